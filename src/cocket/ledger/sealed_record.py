# SPDX-License-Identifier: Apache-2.0
"""One sealed record with all that proves it: its bytes, what opens its leaf, the path to a signed head, and the head.

A message has a receipt, since its sender holds the bytes. Of what the administration itself sealed (an advice, a draw, the
seed's commitment) nobody outside holds the bytes: here they come along.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import msgspec

from cocket.errors import ProofError
from cocket.ledger.forms import verify_form
from cocket.ledger.note import Verifier
from cocket.ledger.receipt import Check, InclusionProof, Verdict


class SealedRecord(
    msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, tag_field="kind", tag="sealed-record"
):
    """A record and its inclusion proof.

    Attributes:
        body: The record as it was sealed, character for character: its UTF-8 bytes are what was hashed.
        proof: The proof of its leaf, with what opens it.
    """

    body: str
    proof: InclusionProof

    @property
    def type(self) -> str:
        """Kind of record, as its opening has it; empty if the opening is withheld."""
        return self.proof.opening.type if self.proof.opening else ""


class _Signs(msgspec.Struct, frozen=True):
    """What tells a sealed record from a receipt or proof: its kind, or the proof that it holds."""

    kind: Any = None
    proof: Any = None


def is_sealed_record(data: bytes) -> bool:
    """Whether bytes call themselves a sealed record, or hold a proof as one does; whether they are one is another question.

    Source: RFC 8259.
    """
    try:
        signs = msgspec.json.decode(data, type=_Signs)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return False
    return signs.kind == "sealed-record" or signs.proof is not None


def read_sealed_record(data: bytes) -> SealedRecord:
    """A sealed record from its JSON, laid out in any way.

    Raises:
        ProofError: It is none, has a field too many or too few, or writes a value in more than one way.

    Source: RFC 8259; bytes are Base64 (RFC 4648 §4).
    """
    try:
        record = msgspec.json.decode(data, type=SealedRecord)
        as_read = msgspec.json.decode(data)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise ProofError(f"This is not a sealed record: {error}.", code="sealed-record-form") from error
    if msgspec.to_builtins(record) != as_read:
        raise ProofError(
            "This is not a sealed record: a field is missing, or its Base64 has stray bits.", code="sealed-record-form"
        )
    return record


def verify_sealed_record(record: SealedRecord, log_vkeys: Sequence[str]) -> Verdict:
    """Check a sealed record offline: that its bytes are those of its leaf, and that a signed head covers the leaf.

    Args:
        record: The record.
        log_vkeys: Public keys of logs that one trusts, as vkey lines; a key of another log is no harm.

    Returns:
        What was checked: the COSE signature if the head has one, `checkpoint`, `inclusion`, `commitment`, `content`;
        `checkpoint` fails without a fitting key.

    Raises:
        ProofError: A public key is not one.

    Source: RFC 9162 §2.1.3.2; C2SP tlog-checkpoint; RFC 9942.
    """
    content = record.body.encode("utf-8", "surrogatepass")
    origin = record.proof.checkpoint.partition("\n")[0]
    fitting = [vkey for vkey in log_vkeys if Verifier.from_vkey(vkey).name == origin]
    if not fitting:
        return Verdict((Check("checkpoint", "failed", f"No public key was given for the log {origin[:200]}."),))
    for vkey in fitting:
        verdict = verify_form(record.proof, vkey, content)
        if verdict.holds:
            break
    # A record whose opening is withheld shows bytes that nothing ties to the leaf.
    return Verdict(tuple(_required(check) for check in verdict.checks if check.name != "receipt"))


def _required(check: Check) -> Check:
    return Check(check.name, "failed", check.reason) if check.outcome == "not-checked" else check
