# SPDX-License-Identifier: Apache-2.0
"""What the house has published: heads of its logs, and proofs from their files, checked before they are given."""

from __future__ import annotations

from dataclasses import dataclass

from cocket import ledger
from cocket.pipeline.shelves import Shelves
from cocket.stores.leaves import StoredLeaf
from cocket.stores.log_files import LogFiles


@dataclass(frozen=True)
class Published:
    """The newest signed head of one log.

    Attributes:
        head: The head.
        note: The head as published.
        files: The files of its log.
    """

    head: ledger.Checkpoint
    note: str
    files: LogFiles


def published_head(shelves: Shelves, log: str) -> Published | None:
    """The newest published head of a log, signed by a key of that log that is good for it; None before the first.

    Raises:
        ProofError: What is published is not signed so.
    """
    files = shelves.log_files.of(shelves.leaves.eras.folder(log))
    note, key = files.read(ledger.CHECKPOINT_FILE), files.read(ledger.KEY_FILE)
    if note is None or key is None:
        return None
    tenures = ledger.read_tenures(key.decode("ascii", "replace").strip(), files.read)
    head, _ = ledger.open_checkpoint(note, [ledger.Verifier.from_vkey(tenure.vkey) for tenure in tenures])
    ledger.open_checkpoint(note, ledger.verifiers_for(tenures, head.size))
    return Published(head, note.decode(), files)


def covering_head(shelves: Shelves, leaf: StoredLeaf) -> Published | None:
    """The newest published head of a leaf's log, if it covers the leaf."""
    published = published_head(shelves, leaf.log)
    return published if published and published.head.size > leaf.place else None


def path_of(published: Published, leaf: StoredLeaf) -> list[bytes]:
    """The path from a leaf up to the root of a head that covers it, checked.

    Raises:
        ProofError: The files do not lead there.
    """
    head = published.head
    path = ledger.prove_inclusion(leaf.place, head.size, published.files.read)
    entry = ledger.write_entry(leaf.seal)
    ledger.verify_inclusion(ledger.leaf_hash(entry), leaf.place, head.size, path, head.root)
    return path


def log_key(shelves: Shelves) -> str | None:
    """The present public key of the newest log that has one; None before the first head."""
    for folder in reversed(ledger.year_folders(shelves.log_files.paths())):
        files = shelves.log_files.of(folder)
        key = files.read(ledger.KEY_FILE)
        if key is not None:
            return ledger.read_tenures(key.decode("ascii", "replace").strip(), files.read)[-1].vkey
    return None
