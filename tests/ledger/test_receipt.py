# SPDX-License-Identifier: Apache-2.0
"""Receipts and inclusion proofs."""

from __future__ import annotations

import json
from contextlib import suppress

import msgspec
import pytest
import rfc8785
from hypothesis import given
from hypothesis import strategies as st

from cocket.errors import ProofError
from cocket.ledger import (
    Checkpoint,
    InclusionProof,
    Opening,
    Promise,
    Receipt,
    Signer,
    Tree,
    Verdict,
    content_hash,
    make_receipt,
    prove_inclusion,
    read_proof,
    seal_leaf,
    sign_checkpoint,
    verify_inclusion_proof,
    verify_receipt,
    write_proof,
)
from cocket.ledger.encoding import to_base64
from tests.ledger.logs import ORIGIN, SIGNER, entries

CONTENT = b"<Declaration><ID>GB-26-001</ID></Declaration>"
RECEIPT_KEY = Signer.from_bytes(f"{ORIGIN}/receipts", bytes([9]) * 32)
VKEY = RECEIPT_KEY.verifier.vkey
OPENING = Opening(
    type="message", time="2026-11-24T10:00:00Z", actor="sender-7", subject="4f1a", content=content_hash(CONTENT)
)
LEAF = seal_leaf(OPENING, bytes(range(32)))
PROMISE = Promise(log=ORIGIN, index=300, commit=LEAF.commit, include_by="2026-11-24T10:01:00Z", degraded=False)
RECEIPT = make_receipt(PROMISE, LEAF, RECEIPT_KEY)


def _proof() -> InclusionProof:
    tree = Tree()
    files = tree.grow([*entries(0, 300), LEAF.entry, *entries(301, 555)]).files
    note = sign_checkpoint(Checkpoint(ORIGIN, tree.size, tree.root), SIGNER)
    return InclusionProof(
        index=300,
        commit=LEAF.commit,
        checkpoint=note.decode(),
        path=prove_inclusion(300, 555, files.get),
        opening=OPENING,
        nonce=LEAF.nonce,
    )


PROOF = _proof()


def _outcomes(verdict: Verdict) -> dict[str, str]:
    return {check.name: check.outcome for check in verdict.checks}


def test_a_receipt_holds_with_only_a_public_key_and_says_what_it_could_not_check() -> None:
    verdict = verify_receipt(RECEIPT, [VKEY])
    assert verdict.holds
    assert _outcomes(verdict) == {
        "signature": "passed",
        "commitment": "passed",
        "content": "not-checked",
        "inclusion": "not-checked",
    }
    assert "request the inclusion proof after 2026-11-24T10:01:00Z" in verdict.checks[-1].reason


def test_the_content_is_compared_when_it_is_given() -> None:
    assert _outcomes(verify_receipt(RECEIPT, [VKEY], CONTENT))["content"] == "passed"
    other = verify_receipt(RECEIPT, [VKEY], CONTENT + b" ")
    assert not other.holds
    assert _outcomes(other)["content"] == "failed"


def test_the_signature_is_over_the_jcs_form_of_the_promise() -> None:
    fields: dict[str, str | int | bool] = {
        "v": 1,
        "log": ORIGIN,
        "index": 300,
        "commit": to_base64(LEAF.commit),
        "include_by": "2026-11-24T10:01:00Z",
        "degraded": False,
    }
    assert RECEIPT_KEY.verifier.signed(rfc8785.dumps(fields), RECEIPT.signature)


@given(st.integers(0, 2**53 - 1), st.text(st.characters(exclude_categories=["Cs"])), st.booleans())
def test_the_promise_is_encoded_as_jcs_encodes_it(index: int, text: str, degraded: bool) -> None:
    promise = Promise(log=text, index=index, commit=LEAF.commit, include_by=text, degraded=degraded)
    assert msgspec.json.encode(promise) == rfc8785.dumps(msgspec.to_builtins(promise))


def test_the_same_promise_gives_the_same_receipt_byte_for_byte() -> None:
    assert write_proof(make_receipt(PROMISE, LEAF, RECEIPT_KEY)) == write_proof(RECEIPT)


def test_a_promise_about_another_leaf_is_not_signed() -> None:
    with pytest.raises(ProofError, match="another leaf"):
        make_receipt(PROMISE, seal_leaf(OPENING, bytes(32)), RECEIPT_KEY)


def test_a_receipt_without_a_key_we_know_does_not_hold() -> None:
    for keys in ([], [SIGNER.verifier.vkey]):
        verdict = verify_receipt(RECEIPT, keys)
        assert not verdict.holds
        assert f"No public key was given for {RECEIPT.key}" in verdict.checks[0].reason


def test_the_right_key_among_several_is_found() -> None:
    assert verify_receipt(RECEIPT, [SIGNER.verifier.vkey, VKEY]).holds


def test_a_receipt_can_be_shown_without_disclosing_the_record() -> None:
    blind = msgspec.structs.replace(RECEIPT, opening=None, nonce=None)
    assert b"sender-7" not in write_proof(blind)
    verdict = verify_receipt(blind, [VKEY])
    assert verdict.holds
    assert _outcomes(verdict)["commitment"] == "not-checked"


def test_content_that_nothing_ties_to_the_commitment_fails() -> None:
    blind = msgspec.structs.replace(RECEIPT, opening=None, nonce=None)
    assert not verify_receipt(blind, [VKEY], CONTENT).holds


@pytest.mark.parametrize("field", ["log", "include_by"])
def test_a_promise_that_was_changed_does_not_hold(field: str) -> None:
    changed = msgspec.structs.replace(RECEIPT, promise=msgspec.structs.replace(PROMISE, **{field: "other"}))
    assert _outcomes(verify_receipt(changed, [VKEY]))["signature"] == "failed"


def test_an_opening_or_nonce_that_was_changed_does_not_hold() -> None:
    opening = msgspec.structs.replace(OPENING, time="2026-11-25T10:00:00Z")
    for changed in (
        msgspec.structs.replace(RECEIPT, opening=opening),
        msgspec.structs.replace(RECEIPT, nonce=bytes(32)),
        msgspec.structs.replace(RECEIPT, nonce=b"short"),
    ):
        assert _outcomes(verify_receipt(changed, [VKEY]))["commitment"] == "failed"


def test_an_inclusion_proof_holds_with_only_the_logs_public_key() -> None:
    verdict = verify_inclusion_proof(PROOF, SIGNER.verifier.vkey, RECEIPT, CONTENT)
    assert verdict.holds
    assert set(_outcomes(verdict).values()) == {"passed"}


def test_an_inclusion_proof_says_what_it_was_not_given() -> None:
    verdict = verify_inclusion_proof(PROOF, SIGNER.verifier.vkey)
    assert verdict.holds
    assert [check.name for check in verdict.checks if check.outcome == "not-checked"] == ["content", "receipt"]


def test_a_withheld_opening_still_leaves_the_commitment_proved() -> None:
    blind = msgspec.structs.replace(PROOF, opening=None, nonce=None)
    outcomes = _outcomes(verify_inclusion_proof(blind, SIGNER.verifier.vkey))
    assert (outcomes["inclusion"], outcomes["commitment"]) == ("passed", "not-checked")


def test_an_inclusion_proof_by_another_key_proves_nothing() -> None:
    verdict = verify_inclusion_proof(PROOF, VKEY)
    assert not verdict.holds
    assert _outcomes(verdict)["checkpoint"] == "failed"
    assert _outcomes(verdict)["inclusion"] == "not-checked"


def test_a_checkpoint_of_another_log_signed_by_the_same_key_is_refused() -> None:
    note = sign_checkpoint(Checkpoint("elsewhere.example", 1, bytes(32)), SIGNER).decode()
    verdict = verify_inclusion_proof(msgspec.structs.replace(PROOF, checkpoint=note), SIGNER.verifier.vkey)
    assert _outcomes(verdict)["checkpoint"] == "failed"


@pytest.mark.parametrize(
    "change",
    [
        {"index": 301},
        {"index": 2**53 - 1},
        {"commit": bytes(32)},
        {"commit": b""},
        {"path": []},
        {"path": [*PROOF.path, bytes(32)]},
        {"path": [b"", *PROOF.path[1:]]},
        {"path": PROOF.path[::-1]},
    ],
)
def test_a_path_that_does_not_lead_to_the_root_fails(change: dict[str, object]) -> None:
    verdict = verify_inclusion_proof(msgspec.structs.replace(PROOF, **change), SIGNER.verifier.vkey)
    assert _outcomes(verdict)["inclusion"] == "failed"


@pytest.mark.parametrize("change", [{"index": 301}, {"log": "elsewhere"}, {"commit": bytes(32)}])
def test_a_receipt_for_something_else_is_told_apart(change: dict[str, object]) -> None:
    other = msgspec.structs.replace(RECEIPT, promise=msgspec.structs.replace(PROMISE, **change))
    verdict = verify_inclusion_proof(PROOF, SIGNER.verifier.vkey, other)
    assert _outcomes(verdict)["receipt"] == "failed"


@pytest.mark.parametrize("item", [RECEIPT, PROOF, msgspec.structs.replace(RECEIPT, opening=None, nonce=None)])
def test_what_is_written_reads_back_in_any_layout(item: Receipt | InclusionProof) -> None:
    assert read_proof(write_proof(item)) == item
    assert read_proof(json.dumps(json.loads(write_proof(item)), indent=2, sort_keys=True).encode()) == item


def _broken() -> list[bytes]:
    whole = json.loads(write_proof(RECEIPT))
    fewer = [{key: value for key, value in whole.items() if key != gone} for gone in whole]
    promise = [
        {**whole, "promise": {k: v for k, v in whole["promise"].items() if k != gone}} for gone in whole["promise"]
    ]
    wrong = [
        {**whole, "more": 1},
        {**whole, "kind": "promise"},
        {**whole, "promise": {**whole["promise"], "v": 2}},
        {**whole, "promise": {**whole["promise"], "index": -1}},
        {**whole, "promise": {**whole["promise"], "index": 2**53}},
        {**whole, "promise": {**whole["promise"], "more": 1}},
        {**whole, "nonce": whole["nonce"].replace("8=", "9=")},
        {**whole, "opening": {**whole["opening"], "more": ""}},
    ]
    texts = [b"", b"{", b"null", b"[]", b"\xff", b"[" * 100_000, b'{"kind":"receipt","key":"\\ud800"}']
    return [*(json.dumps(item).encode() for item in (*fewer, *promise, *wrong)), *texts]


@pytest.mark.parametrize("data", _broken())
def test_what_is_no_receipt_and_no_proof_is_refused(data: bytes) -> None:
    with pytest.raises(ProofError) as refused:
        read_proof(data)
    assert refused.value.code == "proof-form"


def test_stray_bits_of_base64_are_what_the_refusal_is_about() -> None:
    nonce = json.loads(write_proof(RECEIPT))["nonce"]
    assert nonce.endswith("8=")


def _survives(data: bytes) -> bool:
    """Whether a receipt or proof that was tampered with still passes for the original."""
    item = read_proof(data)
    if isinstance(item, Receipt):
        return verify_receipt(item, [VKEY], CONTENT).holds
    return verify_inclusion_proof(item, SIGNER.verifier.vkey, RECEIPT, CONTENT).holds


@pytest.mark.parametrize("item", [RECEIPT, PROOF])
@given(data=st.data())
def test_one_bit_changed_anywhere_is_always_noticed(item: Receipt | InclusionProof, data: st.DataObject) -> None:
    text = bytearray(write_proof(item).rstrip(b"\n"))
    assert _survives(bytes(text))
    text[data.draw(st.integers(0, len(text) - 1))] ^= 1 << data.draw(st.integers(0, 7))
    with suppress(ProofError):
        assert not _survives(bytes(text))
