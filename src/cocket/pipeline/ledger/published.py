# SPDX-License-Identifier: Apache-2.0
"""What the house has published: heads of its logs, and proofs from their files, checked before they are given."""

from __future__ import annotations

from dataclasses import dataclass

from cocket import ledger
from cocket.pipeline.base.wiring import Stores
from cocket.pipeline.ledger.cosignatures import witnessed_note
from cocket.stores.ledger.leaves import StoredLeaf
from cocket.stores.ledger.log_files import LogFiles


@dataclass(frozen=True)
class Published:
    """A signed head of one log.

    Attributes:
        head: The head.
        note: The head as published.
        files: The files of its log.
        files_size: Size of the newest head, which the files are those of (entries).
    """

    head: ledger.Checkpoint
    note: str
    files: LogFiles
    files_size: int


def published_head(stores: Stores, log: str) -> Published | None:
    """The newest published head of a log, signed by a key of that log that is good for it; None before the first.

    Raises:
        ProofError: What is published is not signed so.
    """
    files = stores.log_files.of(stores.leaves.eras.folder(log))
    note, key = files.read(ledger.CHECKPOINT_FILE), files.read(ledger.KEY_FILE)
    if note is None or key is None:
        return None
    tenures = ledger.read_tenures(key.decode("ascii", "replace").strip(), files.read)
    head = _open(note, tenures)
    return Published(head, note.decode(), files, head.size)


def covering_head(stores: Stores, leaf: StoredLeaf) -> Published | None:
    """The head to prove a leaf under: the newest that its witnesses confirmed, else the newest; None if none covers it."""
    published = published_head(stores, leaf.log)
    if published is None or published.head.size <= leaf.place:
        return None
    note = witnessed_note(stores.settings.home, leaf.log) if stores.settings.witness_policy else None
    if note is None:
        return published
    key = published.files.read(ledger.KEY_FILE) or b""
    head = _open(note, ledger.read_tenures(key.decode("ascii", "replace").strip(), published.files.read))
    if not leaf.place < head.size <= published.head.size:
        return published
    return Published(head, note.decode(), published.files, published.head.size)


def _open(note: bytes, tenures: tuple[ledger.Tenure, ...]) -> ledger.Checkpoint:
    """A head, signed by a key that is good for it.

    Raises:
        ProofError: It is not.
    """
    head, _ = ledger.open_checkpoint(note, [ledger.Verifier.from_vkey(tenure.vkey) for tenure in tenures])
    ledger.open_checkpoint(note, ledger.verifiers_for(tenures, head.size))
    return head


def path_of(published: Published, leaf: StoredLeaf) -> list[bytes]:
    """The path from a leaf up to the root of a head that covers it, checked.

    Raises:
        ProofError: The files do not lead there.
    """
    head = published.head
    path = ledger.Prover(published.files_size, published.files.read).inclusion(leaf.place, head.size)
    entry = ledger.write_entry(leaf.seal)
    ledger.verify_inclusion(ledger.leaf_hash(entry), leaf.place, head.size, path, head.root)
    return path


class RecordProver:
    """Sealed records with their proofs, each log's head looked up once.

    Args:
        stores: The stores of this process.
    """

    def __init__(self, stores: Stores) -> None:
        self._stores = stores
        self._heads: dict[str, Published | None] = {}

    def prove(self, leaf: StoredLeaf, body: bytes) -> ledger.SealedRecord | None:
        """A record with the proof that it is under a signed head; None where no head covers it yet.

        Raises:
            ProofError: Its nonce was destroyed, or what is published does not lead there.
        """
        if leaf.log not in self._heads:
            self._heads[leaf.log] = covering_head(self._stores, leaf)
        published = self._heads[leaf.log]
        if published is None or published.head.size <= leaf.place:
            return None
        return self._stores.sealer.sealed_record(leaf, body, published.note, path_of(published, leaf))


def log_key(stores: Stores) -> str | None:
    """The present public key of the newest log that has one; None before the first head."""
    for folder in reversed(ledger.year_folders(stores.log_files.paths())):
        files = stores.log_files.of(folder)
        key = files.read(ledger.KEY_FILE)
        if key is not None:
            return ledger.read_tenures(key.decode("ascii", "replace").strip(), files.read)[-1].vkey
    return None
