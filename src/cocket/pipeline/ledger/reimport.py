# SPDX-License-Identifier: Apache-2.0
"""Bringing back leaves that a database lacks: its end, after an older backup, or holes in it.

What is published tells index and commitment of each leaf, and nothing else. Where the message or record that a leaf
sealed is still there, the leaf is made again from it: its key is found among those of no leaf, for only the right one
opens it, and the commitment shows that it is the same. The one way on where leaves are gone: without them the book could
only sign another history. Senders still hold their receipts; what they lodge again is taken in anew.
"""

from __future__ import annotations

from datetime import UTC, datetime
from hashlib import sha256
from typing import Final
from uuid import UUID

import msgspec
import zstandard

from cocket import ledger
from cocket.errors import SettingsError, StoreError
from cocket.pipeline.base.ids import new_id
from cocket.pipeline.base.roles import SEALED_ASSESSMENT
from cocket.pipeline.base.wiring import Stores
from cocket.pipeline.ledger.derived_eras import signed_head
from cocket.stores.base.database import Connection
from cocket.stores.base.set_aside import StoredSetAside
from cocket.stores.base.subject_keys import SubjectKey
from cocket.stores.ledger import leaf_repair
from cocket.stores.ledger.leaf_repair import Orphan
from cocket.stores.ledger.leaves import ASSESSMENT_PLACE, NewLeaf, open_body
from cocket.stores.ledger.log_files import LogFiles
from cocket.stores.ledger.yearly_logs import LogYear

#: Kind of the sealed record that leaves were restored.
REIMPORTED: Final = "leaves-reimported"

_UNPACK = zstandard.ZstdDecompressor()


class Reimported(msgspec.Struct, frozen=True, kw_only=True):
    """What was missing, and what came of it; also the body of the record that seals it.

    Attributes:
        missing: Leaves that the database lacked (count).
        restored: Of these, made again whole from the message or record they sealed.
        covers: Of these, padding entries, which seal nothing.
        commitments: Of these, brought back as commitments only: proofs hold, but the sealed content cannot be decrypted.
        by_time: Of those restored, leaves that were under no head yet, so that only their time tells their place. A
            receipt that names another place is right against us.
        blank: Leaves under no head yet, of which nothing is left; cover stands in their place.
        unplaced: Messages and records (ids) that no missing leaf belongs to, or whose key is gone.
        unworked: Messages restored (ids) that the assessment worker had passed by; it works on them next, one after the other.
    """

    missing: int = 0
    restored: int = 0
    covers: int = 0
    commitments: int = 0
    by_time: int = 0
    blank: int = 0
    unplaced: tuple[str, ...] = ()
    unworked: tuple[str, ...] = ()


def reimport(stores: Stores) -> Reimported:
    """Bring back the leaves that the database lacks, in one transaction.

    Args:
        shelves: The stores, opened with the checkpoint key.

    Returns:
        What was missing and what came of it.

    Raises:
        ProofError: A published log does not hold, is not this house's, or tells otherwise than the database; nothing
            was changed.
        SettingsError: The checkpoint key is not at hand.
        StoreError: Database or disk failed.
    """
    if not stores.checkpoint_keys:
        raise SettingsError("Restoring leaves needs the checkpoint key.")
    with stores.database.transaction() as connection:
        stores.leaves.fill(connection, 0)  # holds the append lock: nothing is appended meanwhile
        stores.leaves.eras.load(connection)
        stores.leaves.eras.check()
        mending = _Mending(stores, connection)
        start, before = 0, None
        for folder in ledger.year_folders(stores.log_files.paths()):
            files = stores.log_files.of(folder)
            head = signed_head(stores, files)
            if head is None:
                break
            _enter(stores, connection, LogYear(start, head.origin, start, 1, before))
            mending.bring_back(head, files, start)
            start, before = start + head.size, files.read(ledger.CHECKPOINT_FILE)
        mending.fill_behind(start)
        found = mending.found()
        if found.missing:
            record = stores.sealer.record(REIMPORTED, "operator", found)
            mending.have_worked(record.leaf.record)
            stores.leaves.append_records(connection, [record])
    return found


def remade(stores: Stores, connection: Connection, record: UUID) -> NewLeaf | None:
    """The leaf of a message or record that has none, as the row says it: nothing but a commitment proves all of it.

    What is sealed by it opens under a key of the instance that no other leaf has, so the instance itself sealed it.

    Args:
        stores: The stores.
        connection: The transaction.
        record: Id of the message or record.

    Returns:
        The leaf, promised from now on; None if it has a leaf, is not there, or no such key opens it.
    """
    used, found = leaf_repair.orphans(connection, record)
    leaf = _remade(stores, found[0], list(stores.leaves.keys.free(used))) if found else None
    if leaf is None:
        return None
    return msgspec.structs.replace(leaf, include_by=datetime.now(UTC) + (leaf.include_by - leaf.at))


def _remade(stores: Stores, orphan: Orphan, free: list[SubjectKey]) -> NewLeaf | None:
    """The leaf that a message or record had; None if its key is not among those of no leaf."""
    for place, key in enumerate(free):
        try:
            is_message = orphan.use == "content"
            content = key.open("content", orphan.closed) if is_message else open_body(key, orphan.closed)
        except StoreError:
            continue
        del free[place]
        if is_message:
            content = _UNPACK.decompress(content)
            subject = stores.sealer.subject(
                orphan.sender, orphan.standard or "", orphan.reference or str(orphan.record)
            )
        else:
            subject = orphan.subject
        return stores.sealer.again(
            (orphan.record, orphan.kind), orphan.at, (orphan.actor, subject), sha256(content).digest(), key
        )
    return None


def _enter(stores: Stores, connection: Connection, era: LogYear) -> None:
    """Know of a log that was begun after the backup: its leaves stand in the order in which they were published."""
    eras, leaves = stores.leaves.eras, stores.leaves
    if eras.has(era.log):
        return
    if era.first:
        leaves.fill(connection, era.first + 1)
    eras.begin(connection, era)


class _Mending:
    """One bringing back, on a transaction that holds the append lock."""

    def __init__(self, stores: Stores, connection: Connection) -> None:
        self._stores = stores
        self._leaves = stores.leaves
        self._eras = stores.leaves.eras
        self._connection = connection
        self._candidates: dict[bytes, NewLeaf] | None = None
        self._unplaced: list[str] = []
        self._restored: list[tuple[int, NewLeaf]] = []
        self._told = Reimported()

    def bring_back(self, head: ledger.Checkpoint, files: LogFiles, start: int) -> None:
        """The leaves of one log under its published head."""
        upto = start + head.size
        known = max(self._leaves.size(self._connection), start)
        if known < upto:
            self._go_on_by_published_order(known, upto)
        missing = self._leaves.missing(self._connection, start, upto) - {start if start else -1}
        if not missing:
            return
        entries = ledger.log_entries(0, head.size, files.read)
        alone: dict[int, bytes] = {}
        covers: list[int] = []
        for index in sorted(missing):
            seal = ledger.read_entry(entries[self._eras.place(index)])
            if seal == self._eras.cover(index):
                covers.append(index)
            elif (leaf := self._orphans().pop(seal, None)) is not None:
                self._put(index, leaf)
            else:
                alone[index] = seal
        leaf_repair.cover_back(self._connection, covers)
        leaf_repair.bring_back(self._connection, alone)
        self._count(commitments=len(alone), covers=len(covers))
        newest = self._leaves.newest_head(self._connection)
        if newest is None or newest[2] < upto:
            self._leaves.add_head(self._connection, head.origin, (head.size, head.root, upto), datetime.now(UTC))

    def fill_behind(self, start: int) -> None:
        """Leaves under no published head: nothing public tells their place, only the time of what they sealed."""
        holes = sorted(self._leaves.missing(self._connection, start, self._leaves.size(self._connection)))
        if not holes:
            return
        blank: list[int] = []
        waiting = sorted(self._orphans().values(), key=lambda leaf: (leaf.at, leaf.key.slot if leaf.key else 0))
        for index in holes:
            if waiting and len(waiting) <= len(holes):
                leaf = waiting.pop(0)
                self._orphans().pop(leaf.seal)
                self._put(index, leaf)
                self._count(by_time=1)
            else:
                blank.append(index)

        leaf_repair.cover_back(self._connection, blank)
        self._count(blank=len(blank))

    def found(self) -> Reimported:
        """What was missing, and what came of it."""
        told = self._told
        self._orphans()
        missing = told.restored + told.covers + told.commitments + told.blank
        left = [str(leaf.record) for leaf in (self._candidates or {}).values()]
        return msgspec.structs.replace(
            told,
            missing=missing,
            unplaced=tuple(sorted(self._unplaced + left)),
            unworked=tuple(sorted(map(str, self._unworked()))),
        )

    def _go_on_by_published_order(self, known: int, upto: int) -> None:
        """Beyond what the database knows, a leaf's place within its step is known by the published order alone."""
        newest = self._eras.of(upto - 1)
        whole = newest.whole(known)
        if newest.step > 1 and whole < upto:
            self._eras.begin(self._connection, LogYear(whole, newest.log, newest.log_first, 1, newest.begins_with))

    def _orphans(self) -> dict[bytes, NewLeaf]:
        """Messages and records without a leaf, each made into the leaf it had, by commitment."""
        if self._candidates is None:
            self._candidates = {}
            used, orphans = leaf_repair.orphans(self._connection)
            free = list(self._leaves.keys.free(used)) if orphans else []
            for orphan in orphans:
                leaf = _remade(self._stores, orphan, free)
                if leaf is None:
                    self._unplaced.append(str(orphan.record))
                else:
                    self._candidates[leaf.seal] = leaf
        return self._candidates

    def _put(self, index: int, leaf: NewLeaf) -> None:
        leaf_repair.put_back(self._connection, index, leaf)
        self._restored.append((index, leaf))
        self._count(restored=1)

    def _unworked(self) -> dict[UUID, int]:
        """Messages restored behind the assessment worker's back that are in no dossier, with their leaves."""
        place = self._stores.places.get(self._connection, ASSESSMENT_PLACE)
        upto = int(place) if place is not None else -1
        passed = {
            leaf.record: index for index, leaf in self._restored if index <= upto and leaf.kind == "message-accepted"
        }
        filed = self._stores.consignments.with_messages(self._connection, list(passed))
        return {record: index for record, index in passed.items() if record not in filed}

    def have_worked(self, record: UUID) -> None:
        """Have the assessment worker process messages restored behind its back, one a turn."""
        now = datetime.now(UTC)
        for message, index in self._unworked().items():
            _, _, what = self._stores.messages.named(self._connection, index) or (message, "", f"leaf {index}")
            row = StoredSetAside(
                id=new_id(),
                role=SEALED_ASSESSMENT,
                kind="message",
                subject=str(message),
                about=message,
                leaf=index,
                what=what,
                code="leaf-restored",
                reason="Its leaf was restored at a position that the assessment worker had already passed; it is processed now.",
                mark="leaf-restored",
                first=now,
                last=now,
                state="retrying",
                record=record,
            )
            self._stores.set_aside.put(self._connection, row)

    def _count(self, **more: int) -> None:
        told = {name: getattr(self._told, name) + number for name, number in more.items()}
        self._told = msgspec.structs.replace(self._told, **told)
