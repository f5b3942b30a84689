# SPDX-License-Identifier: Apache-2.0
"""Checkpoints: what a log signs, its name, size and root.

Whoever holds two of them can ask for a consistency proof; whoever holds one can check every entry below it.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

import msgspec

from cocket.errors import ProofError
from cocket.ledger.encoding import from_base64, to_base64
from cocket.ledger.note import Note, Signer, Verifier, open_note, sign_note
from cocket.ledger.tree import HASH_LENGTH

_FEWEST_LINES = 3


class Checkpoint(msgspec.Struct, frozen=True):
    """The head of a log at one size.

    Attributes:
        origin: Name of the log, such as `example.org/log/2026`.
        size: Size of the tree (count of entries).
        root: Root of the tree (32 bytes).
        extensions: Further lines (0..n), none of them empty; a monitor cannot check them, so we write none.
    """

    origin: str
    size: int
    root: bytes
    extensions: tuple[str, ...] = ()

    @property
    def text(self) -> str:
        """The text that is signed.

        Source: C2SP tlog-checkpoint, Note text.
        """
        return "\n".join([self.origin, str(self.size), to_base64(self.root), *self.extensions, ""])


def read_checkpoint(text: str) -> Checkpoint:
    """The head that a note's text states.

    Raises:
        ProofError: The text is not that of a checkpoint.

    Source: C2SP tlog-checkpoint, Note text.
    """
    lines = text.removesuffix("\n").split("\n")
    if len(lines) < _FEWEST_LINES or not all(lines):
        raise ProofError("A checkpoint has three lines or more, none empty.", code="checkpoint-form")
    origin, size, root, *extensions = lines
    checkpoint = Checkpoint(origin, _read_size(size), from_base64(root, "root hash"), tuple(extensions))
    if len(checkpoint.root) != HASH_LENGTH:
        raise ProofError("The checkpoint's root hash is not 32 bytes.", code="checkpoint-form", found=root)
    return checkpoint


def _read_size(text: str) -> int:
    if not re.fullmatch(r"0|[1-9][0-9]{0,18}", text):
        raise ProofError("The checkpoint's size is not a plain number.", code="checkpoint-form", found=text[:200])
    return int(text)


def sign_checkpoint(checkpoint: Checkpoint, *signers: Signer) -> bytes:
    """Sign a head.

    Args:
        checkpoint: What to sign. Two heads of one size must never be signed: that is for the caller to keep.
        signers: Keys to sign with (1..n); the log's own key has the origin as its name.

    Returns:
        The note to publish as `checkpoint`.

    Raises:
        ProofError: The head cannot be one, or nobody signs it.

    Source: C2SP tlog-checkpoint.
    """
    if read_checkpoint(checkpoint.text) != checkpoint:
        raise ProofError("The origin or an extension has more than one line.", code="checkpoint-form")
    return sign_note(checkpoint.text, signers)


def open_checkpoint(data: bytes, verifiers: Sequence[Verifier]) -> tuple[Checkpoint, Note]:
    """Read a published checkpoint and check who signed it.

    Returns:
        The head, and the note with its signatures.

    Raises:
        ProofError: It is not a checkpoint, no known key signed it, or the signature of a known key does not hold.

    Source: C2SP tlog-checkpoint, Signatures.
    """
    note = open_note(data, verifiers)
    return read_checkpoint(note.text), note
