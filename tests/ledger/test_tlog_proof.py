# SPDX-License-Identifier: Apache-2.0
"""Inclusion proofs as `.tlog-proof` text."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from cocket.errors import ProofError
from cocket.ledger.encoding import to_base64
from cocket.ledger.tlog_proof import read_tlog_proof, write_tlog_proof
from tests.ledger.proofs import BLIND, BOTH, CONTENT, NOTE_ONLY, both_signed, holds, leaf_of, mutations, says_the_same
from tests.ledger.test_receipt import LEAF

TEXT = write_tlog_proof(BOTH)


def test_it_has_the_lines_of_the_specification() -> None:
    head, _, checkpoint = TEXT.decode().partition("\n\n")
    first, extra, index, *path = head.split("\n")
    assert first == "c2sp.org/tlog-proof@v1"
    assert extra.startswith("extra ")
    assert index == "index 300"
    assert path == [to_base64(one) for one in BOTH.path]
    assert checkpoint == BOTH.checkpoint


@pytest.mark.parametrize("proof", [BOTH, BLIND, NOTE_ONLY])
def test_a_proof_comes_back_from_it_as_it_was(proof: Any) -> None:
    assert read_tlog_proof(write_tlog_proof(proof)) == proof


@pytest.mark.parametrize("size", [1, 2, 7, 256, 257])
def test_a_proof_without_a_path_or_with_a_long_one_goes_there_and_back(size: int) -> None:
    proof = both_signed(LEAF, size - 1, size)
    assert read_tlog_proof(write_tlog_proof(proof)) == proof
    assert holds(write_tlog_proof(proof))


def test_a_blind_proof_shows_nothing_of_the_record() -> None:
    text = write_tlog_proof(BLIND)
    assert holds(text, None)
    assert not holds(text, CONTENT)
    assert to_base64(b"sender-7")[:8] not in text.decode()


@pytest.mark.parametrize(
    ("before", "after", "reason"),
    [
        (b"proof@v1", b"proof@v2", "is not a c2sp"),
        (b"index 300", b"index 0300", "plain number"),
        (b"index 300", b"index -1", "plain number"),
        (b"index 300", b"index 9007199254740992", "plain number"),
        (b"index 300\n", b"", "plain number"),
        (b"\n\ncustoms", b"\ncustoms", "Base64"),
        (b"extra ", b"Extra ", "state its entry"),
        (b"extra ", b"extra  ", "Base64"),
        (b"customs.example/log/2026\n555", b"customs.example/log/2026\x01\n555", "control"),
    ],
)
def test_what_is_malformed_is_told(before: bytes, after: bytes, reason: str) -> None:
    assert before in TEXT
    with pytest.raises(ProofError, match=reason):
        read_tlog_proof(TEXT.replace(before, after, 1))


def test_extra_data_has_one_spelling() -> None:
    line = TEXT.split(b"\n")[1]
    for data in (b"{}", b"[]", b'{"commit":"","nonce":null,"opening":null,"more":1}', b' {"commit":""}', b"\xff"):
        with pytest.raises(ProofError):
            read_tlog_proof(TEXT.replace(line, b"extra " + to_base64(data).encode()))
    spaced = to_base64(b'{"commit": "", "nonce": null, "opening": null}').encode()
    with pytest.raises(ProofError, match="canonical"):
        read_tlog_proof(TEXT.replace(line, b"extra " + spaced))


def test_a_path_that_cannot_be_one_is_neither_read_nor_written() -> None:
    with pytest.raises(ProofError, match="32 bytes"):
        write_tlog_proof(msgspec.structs.replace(BOTH, path=[b"short"]))
    with pytest.raises(ProofError, match="32 bytes"):
        read_tlog_proof(TEXT.replace(to_base64(BOTH.path[0]).encode(), b"AAAA"))
    with pytest.raises(ProofError, match="signatures"):
        write_tlog_proof(msgspec.structs.replace(BOTH, checkpoint="none"))


def test_text_that_is_not_unicode_is_not_written() -> None:
    opening = msgspec.structs.replace(leaf_of("00").opening, actor="\ud800")
    with pytest.raises(ProofError, match="not Unicode"):
        write_tlog_proof(msgspec.structs.replace(BOTH, opening=opening))


def test_more_than_a_mebibyte_is_not_read() -> None:
    with pytest.raises(ProofError, match="too long"):
        read_tlog_proof(TEXT + b"x" * (1 << 20))


def test_every_changed_byte_is_noticed() -> None:
    assert holds(TEXT)
    for at in range(len(TEXT)):
        for flip in (0x01, 0x20):
            changed = bytearray(TEXT)
            changed[at] ^= flip
            assert not holds(bytes(changed)) or says_the_same(bytes(changed)), f"byte {at}"


def test_every_byte_before_the_second_signature_is_noticed() -> None:
    for at in range(TEXT.rindex(" — ".encode()[1:])):
        changed = bytearray(TEXT)
        changed[at] ^= 1
        assert not holds(bytes(changed)), f"byte {at}"


def test_mutations_never_hold_and_never_raise_anything_else() -> None:
    for changed in mutations(TEXT):
        assert not holds(changed) or says_the_same(changed)


@given(st.binary(max_size=200))
def test_any_bytes_behind_the_first_line_are_refused(data: bytes) -> None:
    with pytest.raises(ProofError):
        read_tlog_proof(b"c2sp.org/tlog-proof@v1\n" + data)
