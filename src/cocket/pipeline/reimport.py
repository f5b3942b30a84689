# SPDX-License-Identifier: Apache-2.0
"""Bringing back from the published tiles what a restored database lacks: commitments, of which nothing else is known.

The one way on where the newest backup is older than the published head: without them the book could only sign another
history. Senders still hold their receipts; what they lodge again is taken in anew.
"""

from __future__ import annotations

from datetime import UTC, datetime

from cocket import ledger
from cocket.errors import ProofError, SettingsError
from cocket.pipeline.shelves import Shelves
from cocket.stores.database import Connection
from cocket.stores.eras import Era
from cocket.stores.log_files import LogFiles


def reimport(shelves: Shelves) -> int:
    """Bring back the leaves that are published and that the database lacks, in one transaction.

    Args:
        shelves: The stores, opened with the checkpoint key.

    Returns:
        How many leaves were brought back, cover leaves included (0..n).

    Raises:
        ProofError: A published log does not hold, is not this house's, or tells otherwise than the database; nothing
            was changed.
        SettingsError: The checkpoint key is not at hand.
        StoreError: Database or disk failed.
    """
    if not shelves.checkpoint_keys:
        raise SettingsError("Bringing leaves back needs the checkpoint key.")
    back, start, before = 0, 0, None
    with shelves.database.transaction() as connection:
        shelves.leaves.eras.load(connection)
        for folder in ledger.year_folders(shelves.log_files.paths()):
            files = shelves.log_files.of(folder)
            head = _head(shelves, files)
            if head is None:
                break
            _enter(shelves, connection, Era(start, head.origin, start, 1, before))
            back += _bring_back(shelves, connection, head, files, start)
            start, before = start + head.size, files.read(ledger.CHECKPOINT_FILE)
    return back


def _head(shelves: Shelves, files: LogFiles) -> ledger.Checkpoint | None:
    """The head of a log whose every byte holds, signed by this house; None if there is none."""
    note = files.read(ledger.CHECKPOINT_FILE)
    if note is None:
        return None
    head = ledger.read_checkpoint(ledger.split_note(note)[0])
    ledger.open_checkpoint(
        note, [ledger.Signer.from_bytes(head.origin, key).verifier for key in shelves.checkpoint_keys]
    )
    verdict = ledger.verify_log(files.read, lambda: ledger.year_folders(files.paths())[""])
    if not verdict.holds:
        file = verdict.problems[0].file
        raise ProofError(f"The published log {head.origin} does not hold: {file}.", code="log-broken", pointer=file)
    return head


def _enter(shelves: Shelves, connection: Connection, era: Era) -> None:
    """Know of a log that was begun after the backup: its leaves stand in the order in which they were published."""
    eras, leaves = shelves.leaves.eras, shelves.leaves
    if eras.has(era.log):
        return
    if era.first:
        leaves.fill(connection, era.first + 1)
    eras.begin(connection, era)


def _bring_back(shelves: Shelves, connection: Connection, head: ledger.Checkpoint, files: LogFiles, start: int) -> int:
    """The leaves of one log that the database lacks."""
    leaves, eras = shelves.leaves, shelves.leaves.eras
    upto = start + head.size
    known = max(leaves.fill(connection, 0), start)
    if known >= upto:
        return 0
    newest = eras.of(upto - 1)
    whole = newest.whole(known)
    if newest.step > 1 and whole < upto:
        # What follows is known by its published order alone; the house goes on with its own order after it.
        eras.begin(connection, Era(whole, newest.log, newest.log_first, 1, newest.begins_with))
    entries = ledger.log_entries(0, head.size, files.read)
    seals = {index: ledger.read_entry(entries[eras.place(index)]) for index in range(known, upto)}
    leaves.bring_back(connection, seals)
    leaves.add_head(connection, head.origin, (head.size, head.root, upto), datetime.now(UTC))
    return len(seals)
