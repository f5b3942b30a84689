# SPDX-License-Identifier: Apache-2.0
"""Inclusion proofs as COSE Receipts."""

from __future__ import annotations

import json
from typing import Any

import cbor2
import msgspec
import pytest
from cryptography.hazmat.primitives.serialization import load_pem_public_key
from hypothesis import given
from hypothesis import strategies as st

from cocket.errors import ProofError
from cocket.ledger import Checkpoint, Signature, Signer, Verifier, open_checkpoint, sign_note, write_entry
from cocket.ledger.cose import (
    check_root_signature,
    from_cose,
    line_id,
    read_cose,
    sign_head,
    sign_root,
    verify_cose,
    write_cose,
)
from cocket.ledger.forms import verify_form
from tests.corpora import corpora
from tests.ledger.logs import ORIGIN, SIGNER
from tests.ledger.proofs import BLIND, BOTH, CONTENT, NOTE_ONLY, VKEY, both_signed, holds, leaf_of, mutations, outcomes
from tests.ledger.test_receipt import LEAF

RECEIPT = write_cose(BOTH)
HEAD, _ = open_checkpoint(BOTH.checkpoint.encode(), [SIGNER.verifier])
OTHER = Signer.from_bytes(ORIGIN, bytes([7]) * 32)


def _parts(data: bytes = RECEIPT) -> tuple[dict[Any, Any], dict[Any, Any], Any, bytes]:
    protected, unprotected, payload, signature = cbor2.loads(data).value
    return dict(cbor2.loads(protected)), dict(unprotected), payload, signature


def _made(protected: dict[Any, Any], unprotected: dict[Any, Any], payload: Any = None) -> bytes:
    """A receipt with these headers, honestly signed by the log."""
    header = cbor2.dumps(protected)
    signature = SIGNER.sign(cbor2.dumps(["Signature1", header, b"", HEAD.root]))
    return cbor2.dumps(cbor2.CBORTag(18, [header, unprotected, payload, signature]))


def test_it_has_the_shape_of_rfc_9942() -> None:
    protected, unprotected, payload, signature = _parts()
    assert RECEIPT[:1] == b"\xd2"
    assert (protected[1], protected[395], protected[15]) == (-8, 1, {1: ORIGIN})
    [proof] = unprotected[396][-1]
    assert cbor2.loads(proof) == [555, 300, BOTH.path]
    assert payload is None
    assert len(signature) == 64


def test_it_holds_with_only_the_logs_public_key() -> None:
    assert verify_cose(read_cose(RECEIPT), LEAF.entry, Verifier.from_vkey(VKEY)) == HEAD.root


@pytest.mark.parametrize("proof", [BOTH, BLIND])
def test_a_proof_comes_back_from_it_as_it_was(proof: Any) -> None:
    again = from_cose(read_cose(write_cose(proof)))
    assert again == proof
    assert write_cose(again) == write_cose(proof)


@pytest.mark.parametrize("size", [1, 2, 3, 7, 8, 9, 255, 256, 257])
def test_every_place_of_a_tree_goes_there_and_back(size: int) -> None:
    for index in {0, size // 2, size - 1}:
        proof = both_signed(LEAF, index, size)
        receipt = read_cose(write_cose(proof))
        assert from_cose(receipt) == proof
        assert verify_cose(receipt, LEAF.entry, SIGNER.verifier)
        assert verify_form(proof, VKEY, CONTENT).holds


def test_the_checkpoint_stays_a_note_that_others_can_open() -> None:
    head, note = open_checkpoint(BOTH.checkpoint.encode(), [SIGNER.verifier])
    assert head == HEAD
    assert [signature.name for signature in note.verified] == [ORIGIN]
    assert [signature.key_id for signature in note.unknown] == [line_id(SIGNER.verifier)]


def test_signing_a_head_again_gives_the_same_bytes() -> None:
    assert sign_head(HEAD, SIGNER) == BOTH.checkpoint.encode()


def test_what_cose_signs_cannot_begin_a_note() -> None:
    begin = cbor2.dumps(["Signature1", b"", b"", HEAD.root])[:1]
    with pytest.raises(UnicodeDecodeError):
        begin.decode()


def test_a_verdict_names_the_second_signature() -> None:
    assert list(outcomes(verify_form(BOTH, VKEY))) == [
        "cose", "checkpoint", "inclusion", "commitment", "content", "receipt",
    ]  # fmt: skip
    assert "cose" not in outcomes(verify_form(NOTE_ONLY, VKEY))


def test_the_line_of_another_head_does_not_hold() -> None:
    line = sign_root(Checkpoint(ORIGIN, 555, bytes(32)), SIGNER)
    note = sign_note(HEAD.text, [SIGNER], [line]).decode()
    verdict = verify_form(msgspec.structs.replace(BOTH, checkpoint=note), VKEY)
    assert outcomes(verdict)["cose"] == "failed"
    assert not verdict.holds


def test_the_line_must_be_of_this_size_and_this_log() -> None:
    for head in (Checkpoint(ORIGIN, 554, HEAD.root), Checkpoint("other.example", 555, HEAD.root)):
        line = sign_root(head, SIGNER)
        note = sign_note(HEAD.text, [SIGNER], [line]).decode()
        check = check_root_signature(note, SIGNER.verifier)
        assert check is not None
        assert check.outcome == "failed"


def test_where_the_log_signed_in_cose_this_key_must_be_among_those_that_did() -> None:
    for verifier in (OTHER.verifier, Signer.from_bytes("other.example", bytes(range(32))).verifier):
        check = check_root_signature(BOTH.checkpoint, verifier)
        assert check is not None
        assert check.outcome == "failed"
    assert check_root_signature(NOTE_ONLY.checkpoint, SIGNER.verifier) is None


def test_a_head_that_was_not_signed_in_cose_is_told() -> None:
    with pytest.raises(ProofError, match="not signed in COSE") as caught:
        write_cose(NOTE_ONLY)
    assert caught.value.code == "cose-unsigned"
    assert "newer head" in str(caught.value)


def test_a_head_with_extension_lines_is_not_put_in_cose() -> None:
    head = Checkpoint(ORIGIN, 555, HEAD.root, ("more",))
    with pytest.raises(ProofError, match="extension"):
        write_cose(msgspec.structs.replace(BOTH, checkpoint=sign_head(head, SIGNER).decode()))


def test_a_head_that_cannot_be_one_is_not_signed() -> None:
    with pytest.raises(ProofError, match="more than one line"):
        sign_head(Checkpoint(ORIGIN, 1, bytes(32), ("two\nlines",)), SIGNER)


def test_signatures_of_witnesses_and_of_a_new_key_travel_along() -> None:
    witness = Signature("witness.example", "01020304", bytes(72))
    roots = [sign_root(HEAD, SIGNER), sign_root(HEAD, OTHER)]
    note = sign_note(HEAD.text, [SIGNER, OTHER], [*roots, witness]).decode()
    proof = msgspec.structs.replace(BOTH, checkpoint=note)
    assert from_cose(read_cose(write_cose(proof))) == proof
    for signer in (SIGNER, OTHER):
        verdict = verify_form(proof, signer.verifier.vkey, CONTENT)
        assert verdict.holds
        assert outcomes(verdict)["cose"] == "passed"


def test_another_entry_key_or_log_is_refused() -> None:
    receipt = read_cose(RECEIPT)
    with pytest.raises(ProofError, match="does not verify with this key"):
        verify_cose(receipt, write_entry(bytes(32)), SIGNER.verifier)
    with pytest.raises(ProofError, match="does not verify with this key"):
        verify_cose(receipt, LEAF.entry, OTHER.verifier)
    with pytest.raises(ProofError, match="another log"):
        verify_cose(receipt, LEAF.entry, Signer.from_bytes("other.example", bytes(range(32))).verifier)


def test_the_size_that_was_signed_is_the_one_that_counts() -> None:
    protected, unprotected, _, _ = _parts()
    unprotected[396] = {-1: [cbor2.dumps([554, 300, BOTH.path])]}
    with pytest.raises(ProofError, match="different size"):
        verify_cose(read_cose(_made(protected, unprotected)), LEAF.entry, SIGNER.verifier)


def test_a_plain_receipt_of_any_log_can_be_checked_but_not_made_a_proof_of_ours() -> None:
    receipt = read_cose(_made({1: -8, 395: 1}, {396: _parts()[1][396]}))
    assert verify_cose(receipt, LEAF.entry, SIGNER.verifier) == HEAD.root
    with pytest.raises(ProofError, match="does not contain the log"):
        from_cose(receipt)
    protected = _parts()[0]
    with pytest.raises(ProofError, match="state its entry"):
        from_cose(read_cose(_made(protected, {396: _parts()[1][396]})))


@pytest.mark.parametrize(
    ("header", "loose", "payload", "reason"),
    [
        ({395: 2}, {}, None, "not that of RFC 9162"),
        ({395: True}, {}, None, "not that of RFC 9162"),
        ({2: [99], 99: 1}, {}, None, "not supported"),
        ({2: [True]}, {}, None, "not supported"),
        ({1: None}, {}, None, "algorithm"),
        ({15: 3}, {}, None, "claims"),
        ({4: "text"}, {}, None, "key id"),
        ({-65537: -1}, {}, None, "signed size"),
        ({}, {396: None}, None, "proofs"),
        ({}, {396: {-1: []}}, None, "one inclusion proof"),
        ({}, {396: {-1: [cbor2.dumps([5, 3])]}}, None, "size, index and path"),
        ({}, {396: {-1: [cbor2.dumps([5, 3, [b"short"]])]}}, None, "32 bytes"),
        ({}, {396: {-1: [cbor2.dumps([5, 3, [bytes(32)] * 65])]}}, None, "at most 64"),
        ({}, {396: {-1: [cbor2.dumps([5, -3, []])]}}, None, "index"),
        ({}, {}, b"attached", "detached"),
    ],
)
def test_what_is_no_such_receipt_is_told_with_the_reason(
    header: dict[Any, Any], loose: dict[Any, Any], payload: Any, reason: str
) -> None:
    protected, unprotected, _, _ = _parts()
    with pytest.raises(ProofError, match=reason):
        read_cose(_made(protected | header, unprotected | loose, payload))


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"\xd2",
        RECEIPT + b"\0",
        RECEIPT[:-1],
        RECEIPT[1:],
        b"\x81" * 2000,
        b"\x9b" + b"\xff" * 8,
        b"\xd2\x84\x41\xa0\xa2\x01\x01\x01\x01\xf6\x40",
        b"\x9f\xff",
        cbor2.dumps(cbor2.CBORTag(18, [b"\xa0", {}, None])),
        cbor2.dumps(cbor2.CBORTag(18, ["", {}, None, b""])),
        cbor2.dumps(cbor2.CBORTag(98, [b"\xa0", {}, None, b""])),
    ],
)
def test_bytes_that_are_no_receipt_are_refused_without_a_foreign_error(data: bytes) -> None:
    with pytest.raises(ProofError) as caught:
        read_cose(data)
    assert caught.value.code == "cose-form"


@pytest.mark.parametrize("proof", [BOTH, BLIND])
def test_every_changed_byte_is_noticed(proof: Any) -> None:
    receipt = write_cose(proof)
    content = CONTENT if proof is BOTH else None
    assert holds(receipt, content)
    for at in range(len(receipt)):
        for flip in (0x01, 0x80):
            changed = bytearray(receipt)
            changed[at] ^= flip
            assert not holds(bytes(changed), content), f"byte {at}"


def test_mutations_never_hold_and_never_raise_anything_else() -> None:
    for changed in mutations(RECEIPT):
        assert changed == RECEIPT or not holds(changed)


@given(st.binary(max_size=200))
def test_any_bytes_behind_the_tag_are_refused(data: bytes) -> None:
    with pytest.raises(ProofError):
        from_cose(read_cose(b"\xd2" + data))


def test_text_that_is_not_unicode_is_not_written() -> None:
    opening = msgspec.structs.replace(leaf_of("00").opening, actor="\ud800")
    with pytest.raises(ProofError, match="not Unicode"):
        write_cose(msgspec.structs.replace(BOTH, opening=opening))


@pytest.mark.parametrize(
    ("name", "refusal"),
    [
        ("valid-eddsa", None),
        ("fail-bad-statement-sig", None),
        ("valid-es256", "not signed with Ed25519"),
        ("fail-tampered-path", "does not verify with this key"),
        ("fail-unsupported-vds", "not that of RFC 9162"),
        ("valid-ccf-vds2", "not that of RFC 9162"),
    ],
)
def test_receipts_of_others_are_judged_as_their_makers_say(name: str, refusal: str | None) -> None:
    folder = corpora("ledger-vectors", "scitt", "test-vectors", "v1", name)
    expected = json.loads((folder / "expected.json").read_bytes())
    entry = bytes.fromhex(expected["leaf_entry"])
    public = load_pem_public_key((folder / "log-key.pub").read_bytes())
    raw = public.public_bytes_raw() if hasattr(public, "public_bytes_raw") else bytes(32)

    def verified() -> str:
        return verify_cose(read_cose((folder / "receipt.cose").read_bytes()), entry, Verifier("log", raw)).hex()

    if refusal is None:
        assert expected["receipt_valid"]
        assert verified() == expected["reconstructed_root"]
    else:
        with pytest.raises(ProofError, match=refusal):
            verified()
