# SPDX-License-Identifier: Apache-2.0
"""What a witness is asked, and how it decides: only a head that carries on from the last one it cosigned gets its word.

The decision is a value: who decides keeps the new head before answering, or answers with the refusal.
Source: C2SP tlog-witness, add-checkpoint.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

import msgspec

from cocket.errors import ProofError
from cocket.ledger.checkpoint import Checkpoint, open_checkpoint, read_checkpoint
from cocket.ledger.cosignature import WitnessKey, find_cosignatures
from cocket.ledger.encoding import from_base64, to_base64
from cocket.ledger.note import Note, Signature, Verifier, split_note
from cocket.ledger.proof import verify_consistency
from cocket.ledger.tree import EMPTY_ROOT, HASH_LENGTH

#: Media type of a size in an answer of 409.
SIZE_TYPE = "text/x.tlog.size"

#: Longest request (bytes): 63 hashes, and a checkpoint with many cosignatures.
MOST_REQUEST_BYTES = 64 * 1024

_MOST_HASHES = 63
_OLD = re.compile(r"old (0|[1-9][0-9]{0,18})")
_SIZE = re.compile(rb"(0|[1-9][0-9]{0,18})\n")


class AddCheckpoint(msgspec.Struct, frozen=True):
    """What a log sends a witness.

    Attributes:
        old: Size of the head that the witness cosigned last, as the log believes.
        proof: Consistency proof from there to the new head (0..63 hashes of 32 bytes).
        note: The new head, signed.
    """

    old: int
    proof: tuple[bytes, ...]
    note: bytes


class Accepted(msgspec.Struct, frozen=True):
    """A head that may be cosigned, once it is kept.

    Attributes:
        head: The head.
        signatures: Those of the log that were checked (1..n).
    """

    head: Checkpoint
    signatures: tuple[Signature, ...]


class Refused(msgspec.Struct, frozen=True):
    """A head that is not cosigned.

    Attributes:
        status: 400 malformed, 403 bad signature, 404 unknown log, 409 other size, 422 not consistent.
        reason: In a sentence.
        size: For 409, the size cosigned last; else None.
        is_fork: Whether the log has signed two roots for one size, so that both heads together convict it.
    """

    status: int
    reason: str
    size: int | None = None
    is_fork: bool = False


def write_request(request: AddCheckpoint) -> bytes:
    """A request as it is sent.

    Raises:
        ProofError: The proof is too long to be sent.
    """
    if len(request.proof) > _MOST_HASHES:
        raise ProofError("The proof is too long for a witness.", code="witness-request")
    lines = [f"old {request.old}", *map(to_base64, request.proof), ""]
    return "".join(f"{line}\n" for line in lines).encode() + request.note


def read_request(body: bytes) -> AddCheckpoint:
    """A request as it came; its checkpoint is a note, not yet checked.

    Raises:
        ProofError: It is malformed.
    """
    head, blank, note = body.partition(b"\n\n")
    try:
        first, *hashes = head.decode("ascii").split("\n")
    except UnicodeDecodeError as error:
        raise ProofError("The request is not ASCII above its checkpoint.", code="witness-request") from error
    match = _OLD.fullmatch(first)
    if match is None or not blank or len(body) > MOST_REQUEST_BYTES:
        raise ProofError("The request does not begin with an old size and an empty line.", code="witness-request")
    if len(hashes) > _MOST_HASHES:
        raise ProofError("The request has too long a proof.", code="witness-request", expected="at most 63 hashes")
    proof = tuple(from_base64(line, "proof hash") for line in hashes)
    if any(len(one) != HASH_LENGTH for one in proof):
        raise ProofError("A hash of the proof is not 32 bytes.", code="witness-request")
    request = AddCheckpoint(int(match[1]), proof, note)
    origin_of(request)
    return request


def origin_of(request: AddCheckpoint) -> str:
    """The log that a request says it is of; what stands below the checkpoint is for `decide` to look at.

    Raises:
        ProofError: It is not a checkpoint with something below it.
    """
    text, blank, tail = request.note.rpartition(b"\n\n")
    try:
        head = read_checkpoint(text.decode("utf-8") + "\n")
    except UnicodeDecodeError as error:
        raise ProofError("The checkpoint is not UTF-8.", code="witness-request") from error
    if not blank or not tail.endswith(b"\n"):
        raise ProofError("The request does not end with a signed checkpoint.", code="witness-request")
    return head.origin


def decide(request: AddCheckpoint, keys: Sequence[Verifier], last: Checkpoint | None) -> Accepted | Refused:
    """Whether to cosign a head.

    Args:
        request: What is asked.
        keys: Keys trusted for the log it names; none if the log is unknown.
        last: The head cosigned last for this log; None if there was none.

    Returns:
        The head to keep and then cosign, or the refusal.
    """
    if not keys:
        return Refused(404, "This log is not known here.")
    try:
        head, note = open_checkpoint(request.note, keys)
    except ProofError as error:
        return Refused(403, str(error))
    if request.old > head.size:
        return Refused(400, f"The old size {request.old} is larger than the new one, {head.size}.")
    size, root = (last.size, last.root) if last else (0, EMPTY_ROOT)
    if request.old != size:
        return Refused(409, f"The last cosigned head has size {size}.", size=size)
    return _follow(request, (size, root), head, note)


def _follow(request: AddCheckpoint, last: tuple[int, bytes], head: Checkpoint, note: Note) -> Accepted | Refused:
    """Whether a head carries on from the last one; an empty tree has one root only."""
    size, root = last
    if head.size == size and head.root != root:
        return Refused(422, f"The log has a different root for size {size}.", is_fork=size > 0)
    try:
        verify_consistency(size, head.size, request.proof, root, head.root)
    except ProofError as error:
        return Refused(422, str(error))
    return Accepted(head, note.verified)


def read_size(body: bytes) -> int:
    """The size in an answer of 409.

    Raises:
        ProofError: There is none.
    """
    match = _SIZE.fullmatch(body)
    if match is None:
        raise ProofError("The witness does not state the size it last cosigned.", code="witness-answer")
    return int(match[1])


def read_cosignatures(note: bytes, body: bytes, keys: Sequence[WitnessKey]) -> tuple[Signature, ...]:
    """The cosignatures in an answer of 200, checked.

    Args:
        note: The checkpoint that was sent.
        body: The answer: signature lines.
        keys: Keys of the witness that was asked; lines of others are passed over.

    Returns:
        Lines to put below the checkpoint (1..n).

    Raises:
        ProofError: The answer is malformed, a cosignature does not hold, or no key one knows made one.
    """
    text, _ = split_note(note)
    head = read_checkpoint(text)
    _, signatures = split_note(text.encode() + b"\n" + body)
    mine = tuple(one for one in signatures if any(key.is_of(one) for key in keys))
    if not find_cosignatures(head, mine, keys):
        raise ProofError("The witness's answer has no cosignature of a known key.", code="witness-answer")
    return mine


def add_signatures(note: bytes, signatures: Sequence[Signature]) -> bytes:
    """A note with further signatures below those it has; one of a key that signed already is passed over.

    Raises:
        ProofError: It is not a note.

    Source: C2SP signed-note, Signatures.
    """
    _, present = split_note(note)
    known = {(one.name, one.key_id) for one in present}
    lines = []
    for one in signatures:
        if (one.name, one.key_id) not in known:
            known.add((one.name, one.key_id))
            lines.append(one.line.encode())
    return note + b"".join(lines)
