# SPDX-License-Identifier: Apache-2.0
"""From one log key to the next: a note signed by both, published beside the log.

The folder's `key.vkey` stays the log's first key, so that whoever trusts it can follow. Each handover names the new
key, the size from which on it must sign, and the size up to which the old one may still be relied on; in between both
sign. Sizes and not dates bound a key's validity: a checkpoint states its size, and nothing in it proves its date.

    customs.example/log/2026
    handover
    customs.example/log/2026+5ad3b1c2+AbC…
    from 4096
    former until 12288

    — customs.example/log/2026 (former key)
    — customs.example/log/2026 (new key)
"""

from __future__ import annotations

import re
from collections.abc import Sequence

import msgspec

from cocket.errors import ProofError
from cocket.ledger.note import Signature, Signer, Verifier, open_note, sign_note, split_note
from cocket.ledger.tiles import Read

#: Folder of handovers within a log, numbered from 1.
HANDOVERS = "handover"

_MOST = 1000
_TEXT = re.compile(r"([^\n]+)\nhandover\n([^\n]+)\nfrom (0|[1-9]\d{0,15})\nformer until (0|[1-9]\d{0,15})\n")


class Tenure(msgspec.Struct, frozen=True):
    """One key of a log, and the heads it is good for.

    Attributes:
        vkey: The public key.
        first: Smallest size of a head it may sign.
        until: Size from which on its signature is no longer enough; None while it is the log's present key.
    """

    vkey: str
    first: int
    until: int | None

    def is_good_for(self, size: int) -> bool:
        """Whether a head of a size may rest on this key.

        Source: C2SP signed-note; validity by size is ours.
        """
        return self.first <= size and (self.until is None or size < self.until)


def write_handover(former: Signer, new: Signer, first: int, until: int) -> bytes:
    """Hand a log from one key to the next.

    Args:
        former: The key so far.
        new: The key from now on, of the same name.
        first: Smallest size of a head that the new key must sign.
        until: Size from which on the former key is no longer good.

    Returns:
        The note, signed by both.

    Raises:
        ProofError: The keys are of different logs, or the sizes out of order.

    Source: C2SP signed-note.
    """
    if former.verifier.name != new.verifier.name or not 0 <= first <= until:
        raise ProofError("A handover must be between two keys of one log, at one size.", code="handover-form")
    text = f"{new.verifier.name}\nhandover\n{new.verifier.vkey}\nfrom {first}\nformer until {until}\n"
    return sign_note(text, [former, new])


def read_tenures(first_vkey: str, read: Read) -> tuple[Tenure, ...]:
    """All keys of a log, from its first to its present one.

    Args:
        first_vkey: The log's first key, trusted.
        read: Gives the files of the log.

    Returns:
        Each key with the heads it is good for, in their order (1..n).

    Raises:
        ProofError: A handover is not signed by the key before it, or is not one.

    Source: C2SP signed-note.
    """
    tenures = [Tenure(first_vkey, 0, None)]
    for number in range(1, _MOST):
        path = f"{HANDOVERS}/{number}"
        note = read(path)
        if note is None:
            break
        before = tenures[-1]
        try:
            new, first, until = _read(note, Verifier.from_vkey(before.vkey))
        except ProofError as error:
            raise ProofError(f"{path} is not a handover: {error}", code="handover", pointer=path) from error
        if first < before.first:
            raise ProofError(f"{path} begins before the preceding handover.", code="handover", pointer=path)
        tenures[-1] = Tenure(before.vkey, before.first, until)
        tenures.append(Tenure(new.vkey, first, None))
    return tuple(tenures)


def verifiers_for(tenures: Sequence[Tenure], size: int) -> list[Verifier]:
    """The keys that a head of this size may rest on (0..n).

    Source: C2SP signed-note; validity by size is ours.
    """
    return [Verifier.from_vkey(tenure.vkey) for tenure in tenures if tenure.is_good_for(size)]


def _read(note: bytes, former: Verifier) -> tuple[Verifier, int, int]:
    match = _TEXT.fullmatch(split_note(note)[0])
    if match is None:
        raise ProofError("It does not have the expected format.", code="handover-form")
    new = Verifier.from_vkey(match[2])
    opened = open_note(note, [former, new])
    if match[1] != former.name or new.name != former.name or len(opened.verified) < 2 or opened.unknown:
        raise ProofError("It is not signed by both the old and the new key.", code="handover-key")
    if note != _again(match[0], opened.verified):
        raise ProofError("It is not in canonical form.", code="handover-form")
    return new, int(match[3]), int(match[4])


def _again(text: str, signatures: Sequence[Signature]) -> bytes:
    return (text + "\n" + "".join(signature.line for signature in signatures)).encode()
