# SPDX-License-Identifier: Apache-2.0
"""Signed notes and their keys."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cocket.errors import CocketError, ProofError
from cocket.ledger import Signature, Signer, Verifier, open_note, sign_note

ALICE = Signer.from_bytes("alice.example", bytes(32))
BOB = Signer.from_bytes("bob.example/witness", bytes([7]) * 32)
TEXT = "Goods entered at Dover.\n\nThree bales, sealed.\n"


def test_a_note_opens_for_whoever_knows_the_key() -> None:
    note = open_note(sign_note(TEXT, [ALICE]), [ALICE.verifier])
    assert note.text == TEXT
    assert [signature.name for signature in note.verified] == ["alice.example"]
    assert note.unknown == ()


def test_the_key_texts_of_go_are_read_and_written_alike() -> None:
    vkey = "PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW"
    skey = "PRIVATE+KEY+PeterNeumann+c74f20a3+AYEKFALVFGyNhPJEMzD1QIDr+Y7hfZx09iUvxdXHKDFz"
    assert Verifier.from_vkey(vkey).vkey == vkey
    assert Signer.from_skey(skey).skey == skey
    assert Signer.from_skey(skey).verifier.vkey == vkey


def test_a_note_that_go_signed_opens() -> None:
    vkey = "PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW"
    text = "If you think cryptography is the answer to your problem,\nthen you don't know what your problem is.\n"
    line = "x08go/ZJkuBS9UG/SffcvIAQxVBtiFupLLr8pAcElZInNIuGUgYN1FFYC2pZSNXgKvqfqdngotpRZb6KE6RyyBwJnAM="
    data = f"{text}\n— PeterNeumann {line}\n".encode()
    assert open_note(data, [Verifier.from_vkey(vkey)]).text == text


def test_signatures_of_unknown_keys_are_kept_and_not_trusted() -> None:
    data = sign_note(TEXT, [ALICE, BOB])
    note = open_note(data, [ALICE.verifier])
    assert [signature.name for signature in note.unknown] == ["bob.example/witness"]
    assert sign_note(note.text, [], [*note.verified, *note.unknown]) == data


def test_a_witness_adds_its_signature_to_a_note() -> None:
    first = open_note(sign_note(TEXT, [ALICE]), [ALICE.verifier])
    both = open_note(sign_note(first.text, [BOB], first.verified), [ALICE.verifier, BOB.verifier])
    assert {signature.name for signature in both.verified} == {"alice.example", "bob.example/witness"}


def test_a_generated_key_signs_what_its_public_half_opens() -> None:
    signer = Signer.generate("carol.example")
    assert signer.skey != Signer.generate("carol.example").skey
    assert open_note(sign_note(TEXT, [signer]), [Verifier.from_vkey(signer.verifier.vkey)]).text == TEXT


@pytest.mark.parametrize("name", ["", "two words", "a+b", "line\nfeed", "tab\there", "nbsp\u00a0x"])
def test_a_name_that_cannot_be_one_is_refused(name: str) -> None:
    with pytest.raises(ProofError, match="key name"):
        Signer.from_bytes(name, bytes(32))


def test_keys_of_another_length_are_refused() -> None:
    with pytest.raises(ProofError, match="32 bytes"):
        Signer.from_bytes("a", bytes(31))
    with pytest.raises(ProofError, match="32 bytes"):
        Verifier("a", bytes(33))


@given(st.data())
def test_a_public_key_line_with_one_bit_changed_is_refused(data: st.DataObject) -> None:
    line = bytearray(BOB.verifier.vkey.encode())
    place = data.draw(st.integers(0, len(line) - 1))
    line[place] ^= 1 << data.draw(st.integers(0, 6))
    with pytest.raises(ProofError):
        Verifier.from_vkey(line.decode())


@pytest.mark.parametrize("skey", ["", "alice", ALICE.verifier.vkey, ALICE.skey[:-4], ALICE.skey.replace("e", "f", 1)])
def test_a_broken_secret_key_line_is_refused_without_showing_it(skey: str) -> None:
    with pytest.raises(ProofError) as caught:
        Signer.from_skey(skey)
    assert skey == "" or skey not in f"{caught.value} {caught.value.expected}"


@given(st.data())
def test_a_note_with_one_bit_changed_never_opens_as_it_was_signed(data: st.DataObject) -> None:
    note = bytearray(sign_note(TEXT, [ALICE]))
    place = data.draw(st.integers(0, len(note) - 1))
    note[place] ^= 1 << data.draw(st.integers(0, 7))
    with pytest.raises(ProofError):
        open_note(bytes(note), [ALICE.verifier])


@given(st.binary(max_size=200) | st.text(max_size=200).map(str.encode))
def test_bytes_that_are_no_note_raise_only_our_errors(data: bytes) -> None:
    with pytest.raises(CocketError):
        open_note(data, [ALICE.verifier])


_LINE = open_note(sign_note(TEXT, [ALICE]), [ALICE.verifier]).verified[0].line


@pytest.mark.parametrize(
    "data",
    [
        TEXT,
        TEXT + "\n",
        TEXT + _LINE,
        TEXT + "\n" + _LINE[:-1],
        TEXT + "\n" + _LINE + "\n",
        TEXT + "\n" + _LINE + "more",
        TEXT + "\n" + _LINE.replace("—", "-"),
        TEXT + "\n" + _LINE.replace("— ", "—"),
        TEXT + "\n" + _LINE.replace(" ", "  ", 1),
        TEXT + "\n" + _LINE + _LINE,
        TEXT + "\n" + _LINE * 101,
        TEXT + "\n— alice.example AAAAAA==\n",
        TEXT.replace("\n", "\r\n") + "\n" + _LINE,
        TEXT + "x" * (1 << 20) + "\n\n" + _LINE,
    ],
)
def test_a_malformed_note_is_refused(data: str) -> None:
    with pytest.raises(ProofError):
        open_note(data.encode(), [ALICE.verifier])


def test_a_note_by_strangers_only_is_refused_and_says_who_was_expected() -> None:
    with pytest.raises(ProofError, match="No known key") as caught:
        open_note(sign_note(TEXT, [BOB]), [ALICE.verifier])
    assert caught.value.expected == f"alice.example+{ALICE.verifier.key_id}"
    assert caught.value.found == f"bob.example/witness+{BOB.verifier.key_id}"


def test_a_known_key_whose_signature_does_not_hold_spoils_the_note() -> None:
    bad = Signature("alice.example", ALICE.verifier.key_id, bytes(64))
    with pytest.raises(ProofError, match="is not valid"):
        open_note(sign_note(TEXT, [BOB], [bad]), [ALICE.verifier, BOB.verifier])


@pytest.mark.parametrize("text", ["", "no newline", "bell\a\n", "tab\there\n"])
def test_a_text_that_cannot_be_a_note_is_not_signed(text: str) -> None:
    with pytest.raises(ProofError):
        sign_note(text, [ALICE])


def test_nobody_signs_nothing() -> None:
    with pytest.raises(ProofError, match="must have a signature"):
        sign_note(TEXT, [])
