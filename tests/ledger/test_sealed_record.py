# SPDX-License-Identifier: Apache-2.0
"""A sealed record: checked as strictly as the proof that it holds."""

from __future__ import annotations

import json

import msgspec
import pytest

from cocket.errors import ProofError
from cocket.ledger import SealedRecord, is_sealed_record, read_sealed_record, verify_sealed_record, write_proof
from tests.ledger.proofs import BOTH, NOTE_ONLY, VKEY, mutations, outcomes
from tests.ledger.test_receipt import CONTENT, RECEIPT

RECORD = SealedRecord(body=CONTENT.decode(), proof=BOTH)


def test_the_cose_signature_of_its_head_is_checked() -> None:
    assert verify_sealed_record(RECORD, [VKEY]).holds
    assert outcomes(verify_sealed_record(RECORD, [VKEY]))["cose"] == "passed"
    *lines, last = BOTH.checkpoint.rstrip("\n").split("\n")
    name, signature = last.rsplit(" ", 1)
    swapped = signature[:40] + ("A" if signature[40] != "A" else "B") + signature[41:]
    damaged = msgspec.structs.replace(BOTH, checkpoint="\n".join([*lines, f"{name} {swapped}", ""]))
    verdict = verify_sealed_record(SealedRecord(body=RECORD.body, proof=damaged), [VKEY])
    assert (verdict.holds, outcomes(verdict)["cose"]) == (False, "failed")


def test_a_head_without_one_is_enough() -> None:
    assert verify_sealed_record(SealedRecord(body=CONTENT.decode(), proof=NOTE_ONLY), [VKEY]).holds


@pytest.mark.parametrize("gone", ["kind", "body", "proof"])
def test_what_lacks_a_field_is_refused_as_a_sealed_record(gone: str) -> None:
    fields = json.loads(msgspec.json.encode(RECORD))
    del fields[gone]
    data = json.dumps(fields).encode()
    assert is_sealed_record(data)
    with pytest.raises(ProofError, match="not a sealed record"):
        read_sealed_record(data)


def test_others_are_none() -> None:
    assert not any(map(is_sealed_record, (write_proof(RECEIPT), write_proof(BOTH), b"", b"[]", b"{}", b"\xff")))


def test_damaged_copies_raise_nothing_else_and_hold_only_where_they_say_the_same() -> None:
    for changed in mutations(msgspec.json.encode(RECORD)):
        try:
            record = read_sealed_record(changed)
        except ProofError:
            continue
        if verify_sealed_record(record, [VKEY]).holds:
            assert record.body == RECORD.body
            assert msgspec.structs.replace(record.proof, checkpoint=BOTH.checkpoint) == BOTH
