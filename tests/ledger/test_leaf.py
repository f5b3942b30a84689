# SPDX-License-Identifier: Apache-2.0
"""The blinded leaf."""

from __future__ import annotations

import hashlib
from contextlib import suppress

import pytest
import rfc8785
from hypothesis import given
from hypothesis import strategies as st

from cocket.errors import ProofError
from cocket.ledger import (
    Opening,
    commitment,
    content_hash,
    read_entry,
    seal_leaf,
    write_entry,
)
from cocket.ledger.encoding import to_base64

NONCE = bytes(range(32))
TEXT = st.text(st.characters(exclude_categories=["Cs"]))
OPENINGS = st.builds(Opening, actor=TEXT, content=TEXT, subject=TEXT, time=TEXT, type=TEXT)


def _opening(**fields: str) -> Opening:
    given_fields = {"type": "message", "time": "2026-11-24T10:00:00Z", "actor": "a", "subject": "s"}
    return Opening(**{**given_fields, "content": content_hash(b"<Declaration/>"), **fields})


@given(OPENINGS)
def test_the_commitment_is_over_the_jcs_form_of_the_opening(opening: Opening) -> None:
    fields = {name: getattr(opening, name) for name in ("type", "time", "actor", "subject", "content")}
    inner = hashlib.sha256(rfc8785.dumps(fields)).digest()
    assert commitment(opening, NONCE) == hashlib.sha256(NONCE + inner).digest()


def test_every_control_character_is_written_as_jcs_writes_it() -> None:
    opening = _opening(actor="".join(map(chr, range(0x20))) + '"\\/\x7f\u2028\U0001f4e6é')
    inner = hashlib.sha256(rfc8785.dumps({name: getattr(opening, name) for name in opening.__struct_fields__})).digest()
    assert commitment(opening, NONCE) == hashlib.sha256(NONCE + inner).digest()


@given(st.binary(min_size=32, max_size=32))
def test_the_public_entry_is_the_jcs_form_of_the_commitment_and_nothing_else(commit: bytes) -> None:
    assert write_entry(commit) == rfc8785.dumps({"v": 1, "commit": to_base64(commit)})
    assert read_entry(write_entry(commit)) == commit


def test_sealing_gives_an_entry_that_shows_nothing_of_the_record() -> None:
    leaf = seal_leaf(_opening(actor="broker-17"), NONCE)
    assert read_entry(leaf.entry) == leaf.commit == commitment(leaf.opening, NONCE)
    assert b"broker" not in leaf.entry


def test_another_nonce_or_another_field_gives_another_commitment() -> None:
    base = commitment(_opening(), NONCE)
    others = [_opening(**{name: "x"}) for name in ("type", "time", "actor", "subject", "content")]
    assert base not in [commitment(other, NONCE) for other in others]
    assert base != commitment(_opening(), bytes(32))


def test_the_content_is_named_as_sha256sum_prints_it() -> None:
    assert content_hash(b"") == "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"


@pytest.mark.parametrize("length", [0, 31, 33])
def test_a_nonce_of_another_length_is_refused(length: int) -> None:
    with pytest.raises(ProofError, match="32 bytes"):
        seal_leaf(_opening(), bytes(length))


def test_text_that_is_not_unicode_is_refused() -> None:
    with pytest.raises(ProofError, match="Unicode"):
        seal_leaf(_opening(actor="\ud800"), NONCE)


@given(st.binary(max_size=80))
def test_an_entry_that_is_not_a_leaf_is_refused(data: bytes) -> None:
    with pytest.raises(ProofError):
        read_entry(data)


@given(st.integers(0, 64), st.integers(0, 7))
def test_an_entry_with_one_bit_changed_is_refused_or_is_another_commitment(place: int, bit: int) -> None:
    entry = bytearray(write_entry(NONCE))
    entry[place % len(entry)] ^= 1 << bit
    with suppress(ProofError):
        assert read_entry(bytes(entry)) != NONCE
