# SPDX-License-Identifier: Apache-2.0
"""Receipts and inclusion proofs: what a sender takes home, checked offline with only a public key.

A receipt is given at once. It is a promise, signed with the receipt key: this commitment has this place in this log,
and a signed head will cover it by this time. An inclusion proof comes later and shows that the promise was kept.
Both carry the opening and nonce for their holder. To show one without disclosing the record, put None for both: the
signature and the path cover the commitment only.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Annotated, Literal

import msgspec

from cocket.errors import ProofError
from cocket.ledger.checkpoint import Checkpoint, open_checkpoint
from cocket.ledger.leaf import Leaf, Opening, commitment, content_hash, read_entry, write_entry
from cocket.ledger.note import Signer, Verifier
from cocket.ledger.proof import prove_inclusion, verify_inclusion
from cocket.ledger.tiles import TILE_WIDTH, Read, Tile, read_entries
from cocket.ledger.tree import leaf_hash

Outcome = Literal["passed", "failed", "not-checked"]

#: The largest whole number that JCS can write (RFC 8785 Appendix D); no log comes near it.
Index = Annotated[int, msgspec.Meta(ge=0, le=2**53 - 1)]


class Promise(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What a receipt's signature covers. The fields stand in JCS order, so that encoding them is the canonical form.

    Attributes:
        commit: Commitment of the leaf (32 bytes).
        degraded: Whether the log was behind, so that `include_by` is later than usual.
        include_by: Time by which a signed head will cover the leaf, RFC 3339 in UTC.
        index: Place of the leaf in the log, from 0.
        log: Origin of the log.
        v: Version of this form.
    """

    commit: bytes
    degraded: bool
    include_by: str
    index: Index
    log: str
    v: Literal[1] = 1


class Receipt(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, tag_field="kind", tag="receipt"):
    """A signed promise, with what opens the commitment.

    Attributes:
        promise: What is signed.
        key: Name and id of the receipt key, `name+id`.
        signature: Ed25519 over the JCS form of `promise` (64 bytes).
        opening: What was sealed; None where it is withheld.
        nonce: The secret of the commitment (32 bytes); None where the opening is withheld.
    """

    promise: Promise
    key: str
    signature: bytes
    opening: Opening | None
    nonce: bytes | None


class InclusionProof(
    msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, tag_field="kind", tag="inclusion-proof"
):
    """That a leaf is in a log whose head is signed, with what opens the commitment.

    Attributes:
        index: Place of the leaf in the log, from 0.
        commit: Commitment of the leaf (32 bytes).
        checkpoint: The signed head, a note, as published.
        path: Hashes from the leaf up to the root, lowest first.
        opening: What was sealed; None where it is withheld.
        nonce: The secret of the commitment (32 bytes); None where the opening is withheld.
        v: Version of this form.
    """

    index: Index
    commit: bytes
    checkpoint: str
    path: list[bytes]
    opening: Opening | None
    nonce: bytes | None
    v: Literal[1] = 1


class Check(msgspec.Struct, frozen=True):
    """One thing that was looked at, or could not be.

    Attributes:
        name: What: `signature`, `checkpoint`, `inclusion`, `commitment`, `content` or `receipt`.
        outcome: `passed`, `failed` or `not-checked`.
        reason: In a sentence.
    """

    name: str
    outcome: Outcome
    reason: str


class Verdict(msgspec.Struct, frozen=True):
    """What came of checking a receipt or proof.

    Attributes:
        checks: Every check there is for it, made or not (1..n).
    """

    checks: tuple[Check, ...]

    @property
    def holds(self) -> bool:
        """Whether no check failed; look at `checks` for those that were not made.

        Source: floor plan §5, `cocket receipt verify`.
        """
        return all(check.outcome != "failed" for check in self.checks)


def make_receipt(promise: Promise, leaf: Leaf, signer: Signer) -> Receipt:
    """Sign a promise. The same promise, leaf and key give the same receipt, byte for byte.

    Args:
        promise: What is promised about the leaf.
        leaf: The leaf, whose opening the receipt hands out.
        signer: The receipt key; never the log's own.

    Returns:
        The receipt.

    Raises:
        ProofError: The promise is for another leaf.

    Source: RFC 6962 §3, the signed certificate timestamp, with the index as in C2SP static-ct-api.
    """
    if promise.commit != leaf.commit:
        raise ProofError("The promise is for another leaf.", code="receipt-leaf")
    return Receipt(
        promise=promise,
        key=_key_name(signer.verifier),
        signature=signer.sign(msgspec.json.encode(promise)),
        opening=leaf.opening,
        nonce=leaf.nonce,
    )


def prove_leaf(index: int, size: int, checkpoint: bytes, read: Read) -> InclusionProof:
    """The inclusion proof of one leaf, from the files of its log alone: what was sealed is withheld.

    Args:
        index: Place of the leaf, from 0.
        size: Size of the tree the checkpoint covers.
        checkpoint: The signed head, as published.
        read: Gives the files.

    Returns:
        The proof, not yet checked.

    Raises:
        ProofError: There is no such leaf, a file is missing or broken, or the entry is not a blinded leaf.

    Source: RFC 9162 §2.1.3.1; C2SP tlog-tiles.
    """
    path = prove_inclusion(index, size, read)
    bundle, place = divmod(index, TILE_WIDTH)
    entries = read_entries(read, Tile(None, bundle, min(TILE_WIDTH, size - bundle * TILE_WIDTH)))
    return InclusionProof(
        index=index,
        commit=read_entry(entries[place]),
        checkpoint=checkpoint.decode("utf-8", "replace"),
        path=path,
        opening=None,
        nonce=None,
    )


def write_proof(proof: Receipt | InclusionProof) -> bytes:
    """A receipt or inclusion proof as one line of JSON.

    Source: RFC 8259; bytes are Base64 (RFC 4648 §4).
    """
    return msgspec.json.encode(proof) + b"\n"


def read_proof(data: bytes) -> Receipt | InclusionProof:
    """A receipt or inclusion proof from its JSON, laid out in any way.

    Raises:
        ProofError: It is neither, has a field too many or too few, or writes a value in more than one way.

    Source: RFC 8259; bytes are Base64 (RFC 4648 §4).
    """
    try:
        proof = msgspec.json.decode(data, type=Receipt | InclusionProof)
        as_read = msgspec.json.decode(data)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError, TypeError) as error:
        raise ProofError(f"This is neither a receipt nor a proof: {error}.", code="proof-form") from error
    if msgspec.to_builtins(proof) != as_read:
        raise ProofError("A field is missing, or its Base64 has stray bits.", code="proof-form")
    return proof


def verify_receipt(receipt: Receipt, public_keys: Iterable[str], content: bytes | None = None) -> Verdict:
    """Check a receipt offline.

    Args:
        receipt: The receipt.
        public_keys: The receipt keys one trusts, as vkey lines.
        content: The record's bytes as they were sent; None if they are not at hand.

    Returns:
        What was checked and what not. That the promise was kept is for the inclusion proof to show.

    Raises:
        ProofError: A public key is not one.

    Source: RFC 8032 §5.1.7; floor plan §5, `cocket receipt verify`.
    """
    known = {_key_name(verifier): verifier for verifier in map(Verifier.from_vkey, public_keys)}
    verifier = known.get(receipt.key)
    if verifier is None:
        signature = Check("signature", "failed", f"No public key was given for {receipt.key}.")
    elif verifier.signed(msgspec.json.encode(receipt.promise), receipt.signature):
        signature = Check("signature", "passed", f"{receipt.key} signed the promise.")
    else:
        signature = Check("signature", "failed", f"The signature of {receipt.key} does not verify over this promise.")
    promised = f"A receipt is a promise: request the inclusion proof after {receipt.promise.include_by}."
    return Verdict(
        (
            signature,
            *_opening_checks(receipt.promise.commit, receipt.opening, receipt.nonce, content),
            Check("inclusion", "not-checked", promised),
        )
    )


def verify_inclusion_proof(
    proof: InclusionProof, log_vkey: str, receipt: Receipt | None = None, content: bytes | None = None
) -> Verdict:
    """Check an inclusion proof offline.

    Args:
        proof: The proof.
        log_vkey: The log's public key, as a vkey line.
        receipt: The receipt that promised it, to compare; its own signature is for `verify_receipt`.
        content: The record's bytes as they were sent; None if they are not at hand.

    Returns:
        What was checked and what not.

    Raises:
        ProofError: The public key is not one.

    Source: RFC 9162 §2.1.3.2; C2SP tlog-checkpoint; floor plan §5, `cocket receipt verify`.
    """
    log = Verifier.from_vkey(log_vkey)
    head = _signed_head(proof, log)
    return Verdict(
        (
            head if isinstance(head, Check) else Check("checkpoint", "passed", f"{log.name} signed size {head.size}."),
            _inclusion_check(proof, head),
            *_opening_checks(proof.commit, proof.opening, proof.nonce, content),
            _receipt_check(proof, log, receipt),
        )
    )


def _signed_head(proof: InclusionProof, log: Verifier) -> Checkpoint | Check:
    """The head the log signed, or why there is none."""
    try:
        head, _ = open_checkpoint(proof.checkpoint.encode(), [log])
    except ProofError as error:
        return Check("checkpoint", "failed", str(error))
    if head.origin != log.name:
        return Check("checkpoint", "failed", f"The checkpoint is for {head.origin}, the key for {log.name}.")
    return head


def _inclusion_check(proof: InclusionProof, head: Checkpoint | Check) -> Check:
    if isinstance(head, Check):
        return Check("inclusion", "not-checked", "There is no signed root.")
    try:
        verify_inclusion(leaf_hash(write_entry(proof.commit)), proof.index, head.size, proof.path, head.root)
    except ProofError as error:
        return Check("inclusion", "failed", str(error))
    return Check("inclusion", "passed", f"The commitment is entry {proof.index} of {head.size}.")


def _opening_checks(
    commit: bytes, opening: Opening | None, nonce: bytes | None, content: bytes | None
) -> tuple[Check, Check]:
    """Whether the opening is what was committed to, and the content what was opened."""
    if opening is None or nonce is None:
        withheld = "The opening is withheld, so the content cannot be linked to the commitment."
        asked: Outcome = "not-checked" if content is None else "failed"
        return Check("commitment", "not-checked", "The opening is withheld."), Check("content", asked, withheld)
    if _opens(commit, opening, nonce):
        commits = Check("commitment", "passed", f"It commits to a {opening.type} of {opening.time}.")
    else:
        commits = Check("commitment", "failed", "The opening and nonce do not match the commitment.")
    if content is None:
        return commits, Check("content", "not-checked", "The content was not given.")
    if content_hash(content) != opening.content:
        return commits, Check("content", "failed", f"The content's SHA-256 is not {opening.content}.")
    return commits, Check("content", "passed", f"The content has SHA-256 {opening.content}.")


def _opens(commit: bytes, opening: Opening, nonce: bytes) -> bool:
    try:
        return commitment(opening, nonce) == commit
    except ProofError:
        return False


def _receipt_check(proof: InclusionProof, log: Verifier, receipt: Receipt | None) -> Check:
    if receipt is None:
        return Check("receipt", "not-checked", "No receipt was given to compare.")
    promised = (receipt.promise.log, receipt.promise.index, receipt.promise.commit)
    if promised != (log.name, proof.index, proof.commit):
        return Check("receipt", "failed", "The receipt promises another log, place or commitment.")
    return Check("receipt", "passed", "The promise was fulfilled; a checkpoint does not show when.")


def _key_name(verifier: Verifier) -> str:
    return f"{verifier.name}+{verifier.key_id}"
