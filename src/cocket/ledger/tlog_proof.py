# SPDX-License-Identifier: Apache-2.0
"""An inclusion proof as text for people and for any verifier of transparency logs: the `.tlog-proof` file.

    c2sp.org/tlog-proof@v1
    extra <Base64>                 what the format has no place for: commitment, nonce and opening
    index 300
    <Base64>                       the path, one hash a line, lowest first
                                   an empty line
    customs.example/log/2026       the checkpoint, as published
    …

Source: C2SP tlog-proof.
"""

from __future__ import annotations

import re

import msgspec

from cocket.errors import ProofError
from cocket.ledger.encoding import from_base64, to_base64
from cocket.ledger.leaf import Opening
from cocket.ledger.note import split_note
from cocket.ledger.receipt import InclusionProof
from cocket.ledger.tree import HASH_LENGTH

TLOG_PROOF = "c2sp.org/tlog-proof@v1"

_MOST_BYTES = 1 << 20
_MOST_HASHES = 64
_LARGEST_INDEX = 2**53 - 1


class Extra(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What a proof of ours says besides path and checkpoint. The fields stand in JCS order.

    Attributes:
        commit: Commitment of the leaf (32 bytes).
        nonce: The secret of the commitment (32 bytes); None where the opening is withheld.
        opening: What was sealed; None where it is withheld.
    """

    commit: bytes
    nonce: bytes | None
    opening: Opening | None


def write_tlog_proof(proof: InclusionProof) -> bytes:
    """An inclusion proof as a `.tlog-proof` file.

    Args:
        proof: The proof; it need not hold.

    Returns:
        Lines of text in UTF-8, from which `read_tlog_proof` gives the same proof again.

    Raises:
        ProofError: Its checkpoint is no note, or a hash of its path is not 32 bytes.

    Source: C2SP tlog-proof, Format.
    """
    _check_parts(proof.checkpoint, proof.path)
    try:
        extra = msgspec.json.encode(Extra(commit=proof.commit, nonce=proof.nonce, opening=proof.opening))
    except UnicodeEncodeError as error:
        raise ProofError("The opening contains text that is not Unicode.", code="opening-text") from error
    lines = [TLOG_PROOF, f"extra {to_base64(extra)}", f"index {proof.index}", *map(to_base64, proof.path)]
    return ("\n".join(lines) + "\n\n" + proof.checkpoint).encode()


def read_tlog_proof(data: bytes) -> InclusionProof:
    """The inclusion proof in a `.tlog-proof` file of ours.

    Args:
        data: The file.

    Returns:
        The proof, not yet checked.

    Raises:
        ProofError: It is no such file, or its extra data is not that of a blinded leaf, so that nothing tells which
            entry it is about.

    Source: C2SP tlog-proof, Format.
    """
    if len(data) > _MOST_BYTES:
        raise ProofError("The proof is too long.", code="proof-form", expected=f"at most {_MOST_BYTES} bytes")
    try:
        text = data.decode("utf-8")
    except UnicodeDecodeError as error:
        raise ProofError("The proof is not UTF-8.", code="proof-form", pointer=f"@{error.start}") from error
    head, blank, checkpoint = text.partition("\n\n")
    first, *lines = head.split("\n")
    if first != TLOG_PROOF or not blank:
        raise ProofError(f"This is not a {TLOG_PROOF} followed by a checkpoint.", code="proof-form", found=first[:200])
    extra = _read_extra(lines.pop(0) if lines and lines[0].startswith("extra ") else None)
    index = _read_index(lines.pop(0) if lines else "")
    path = [from_base64(line, "path") for line in lines]
    _check_parts(checkpoint, path)
    return InclusionProof(
        index=index,
        commit=extra.commit,
        checkpoint=checkpoint,
        path=path,
        opening=extra.opening,
        nonce=extra.nonce,
    )


def _read_extra(line: str | None) -> Extra:
    if line is None:
        raise ProofError(
            "The proof does not state its entry.",
            code="proof-form",
            expected="a line of extra data with the commitment",
        )
    data = from_base64(line.removeprefix("extra "), "extra data")
    try:
        extra = msgspec.json.decode(data, type=Extra)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise ProofError(f"The extra data does not belong to a blinded leaf: {error}.", code="proof-form") from error
    if msgspec.json.encode(extra) != data:
        raise ProofError("The extra data is not in canonical form.", code="proof-form")
    return extra


def _read_index(line: str) -> int:
    match = re.fullmatch(r"index (0|[1-9][0-9]{0,15})", line)
    if match is None or int(match[1]) > _LARGEST_INDEX:
        raise ProofError("The proof's index is not a plain number.", code="proof-form", found=line[:200])
    return int(match[1])


def _check_parts(checkpoint: str, path: list[bytes]) -> None:
    split_note(checkpoint.encode("utf-8", "surrogatepass"))
    if len(path) > _MOST_HASHES or any(len(hash_) != HASH_LENGTH for hash_ in path):
        raise ProofError(
            "A path has at most 64 hashes, each of 32 bytes.", code="hash-length", found=f"{len(path)} hashes"
        )
