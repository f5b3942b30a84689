# SPDX-License-Identifier: Apache-2.0
"""What the assessment worker's analysts carry in their heads: the models, the history, the day's seeds; and how they get it back.

The history is written down now and then together with how far it goes; what came since is gone through again.
"""

from __future__ import annotations

import hmac
from contextlib import suppress
from datetime import UTC, date, datetime, timedelta
from uuid import UUID

import msgspec
import zstandard

from cocket.control import commit_seed
from cocket.errors import StoreError
from cocket.pipeline.base.roles import SEALED_ASSESSMENT
from cocket.pipeline.base.set_aside import is_outage, reason_of
from cocket.pipeline.base.wiring import Stores
from cocket.pipeline.consignment.dossiers import case_as_of
from cocket.pipeline.consignment.outcomes import outcomes_between
from cocket.pipeline.control.draws import SeedCommitment
from cocket.pipeline.risk.active_models import ActiveModels
from cocket.risk import Case, History
from cocket.stores.base.database import Connection, part_of

#: Leaves after which the history is written down again (count), at the least; one that has grown large is written down less
#: often, so that writing costs each leaf the same.
_OFTEN, _BYTES_A_LEAF = 5_000, 2_000

#: Leaves that are gone through at a time (count).
_STRIDE = 1_000

_PLACE = "analysts"

#: Place of the note that the history could not be written down; empty once it could.
UNWRITTEN_PLACE = "analysts-unwritten"


class _Written(msgspec.Struct, frozen=True):
    """The history as it stood after one leaf."""

    upto: int
    history: bytes


class StateNotWritten(msgspec.Struct, frozen=True):
    """The note that the history cannot be written down: since when, and why, in words."""

    since: datetime
    words: str


def state_not_written(value: bytes | None) -> StateNotWritten | None:
    """The note of a place; None if there is none."""
    return msgspec.msgpack.decode(value, type=StateNotWritten) if value else None


class WorkerState:
    """Models, history and seeds of one assessment worker.

    Args:
        shelves: The stores.

    Attributes:
        unwritten: Why the history could not be written down the last time, in words; None if it could.
    """

    def __init__(self, stores: Stores) -> None:
        self._stores = stores
        self._saved = -1
        self._due = _OFTEN
        self.unwritten: str | None = None
        self.seed = b""
        self.seed_day: date | None = None
        self.speakers = ActiveModels(stores)
        self.history = History()

    def open(self, connection: Connection, upto: int) -> None:
        """Remember everything up to a leaf.

        Raises:
            StoreError: The history cannot be read.
        """
        self.speakers.refresh()
        written = self._restored(connection, upto)
        self.history, self._saved = written if written is not None else (self._first_history(), -1)
        self.go_by_champion()
        self._go_through(connection, self._saved + 1, upto)

    def go_by_champion(self) -> None:
        """Hold values against the threshold of simplified clearance that the champion learnt with."""
        if self.speakers.champion is not None:
            self.history.go_by(self.speakers.champion.card.threshold)

    def is_due(self, upto: int) -> bool:
        """Whether it is time to write the history down."""
        return upto - self._saved >= self._due

    def is_unwritten(self, upto: int) -> bool:
        """Whether the history as it stands after a leaf is not written down, though it might be."""
        return upto != self._saved and (self.unwritten is None or self.is_due(upto))

    def save(self, connection: Connection, upto: int) -> None:
        """Write the history down as it stands after a leaf."""
        snapshot = self.history.snapshot()
        packed = zstandard.compress(snapshot, 1)
        self._stores.places.put(connection, _PLACE, msgspec.msgpack.encode(_Written(upto, packed)))
        if self._stores.places.learnt(connection, UNWRITTEN_PLACE):
            self._stores.places.put(connection, UNWRITTEN_PLACE, b"")
        self._saved, self._due = upto, max(_OFTEN, len(snapshot) // _BYTES_A_LEAF)
        self.unwritten = None

    def put_off(self, upto: int, error: Exception) -> None:
        """Leave a note that the history could not be written down, and try again only after some more leaves."""
        self.unwritten = reason_of(error).words
        self._due = upto - self._saved + _OFTEN
        with suppress(StoreError), self._stores.database.transaction() as connection:
            known = state_not_written(self._stores.places.learnt(connection, UNWRITTEN_PLACE))
            note = StateNotWritten(known.since if known else datetime.now(UTC), self.unwritten)
            self._stores.places.put(connection, UNWRITTEN_PLACE, msgspec.msgpack.encode(note))

    def commit_seeds(self, connection: Connection, today: date) -> None:
        """Commit the seeds of today and tomorrow, in a transaction of their own, before any draw with them.

        A seed follows from a key that never leaves the keys folder, so nobody can have chosen it to fit a draw.
        """
        records = []
        for day in (today, today + timedelta(days=1)):
            if self._stores.orders.seed(connection, day) is None:
                seed = hmac.digest(self._stores.draw_key, f"draw {day.isoformat()}".encode(), "sha256")
                body = SeedCommitment(day=day.isoformat(), commitment=commit_seed(seed))
                record = self._stores.sealer.record("draw-seed", SEALED_ASSESSMENT, body)
                self._stores.orders.put_seed(connection, day, seed, record.leaf.record)
                records.append(record)
        self._stores.leaves.append_records(connection, records)
        self.seed = self._stores.orders.seed(connection, today) or b""
        self.seed_day = today

    def _first_history(self) -> History:
        """What was known before the house began, if that was written down; else nothing."""
        path = self._stores.settings.first_history_file
        try:
            return History.restore(path.read_bytes())
        except FileNotFoundError:
            return History()
        except OSError as error:
            raise StoreError(f"The history {path} cannot be read: {error.strerror}.") from error

    def _restored(self, connection: Connection, upto: int) -> tuple[History, int] | None:
        """The history as it was written down last, and up to which leaf; None if it must be gone through from the start."""
        written = self._written(connection)
        if written is None or written.upto > upto:
            return None
        try:
            return History.restore(written.history), written.upto
        except StoreError:  # of an earlier version
            return None

    def _written(self, connection: Connection) -> _Written | None:
        value = self._stores.places.learnt(connection, _PLACE)
        if value is None:
            return None
        written = msgspec.msgpack.decode(value, type=_Written)
        return msgspec.structs.replace(written, history=zstandard.decompress(written.history))

    def _go_through(self, connection: Connection, first: int, last: int) -> None:
        """See again what was declared and found in a range of leaves, in its order."""
        for start in range(first, last + 1, _STRIDE):
            self._remember(connection, start, min(last, start + _STRIDE - 1))

    def _remember(self, connection: Connection, start: int, end: int) -> None:
        """See some leaves again; of those on which that fails, which the assessment worker has set aside, nothing is remembered."""
        try:
            with part_of(connection):
                outcomes = outcomes_between(self._stores, connection, start, end)
                assessed = self._stores.orders.first_assessments(connection, start, end)
                cases = self._cases(connection, assessed)
        except Exception as error:
            if is_outage(error):
                raise
            if start < end:
                middle = (start + end) // 2
                self._remember(connection, start, middle)
                self._remember(connection, middle + 1, end)
            return
        for outcome in outcomes:
            self.history.learn(outcome)
        for case in cases:
            self.history.observe(case.facts)

    def _cases(self, connection: Connection, assessed: list[tuple[UUID, UUID]]) -> list[Case]:
        """What was assessed for the first time, as it stood then; what was erased since is left out."""
        links = self._stores.consignments.messages_of(connection, [consignment for consignment, _ in assessed])
        ids = {message for parts in links.values() for message, _ in parts}
        messages = {one.id: one for one in self._stores.messages.get_many(connection, list(ids))}
        found = []
        for consignment, called_for in assessed:
            parts = [(messages[message], part) for message, part in links.get(consignment, ()) if message in messages]
            last = messages.get(called_for)
            case = case_as_of(consignment, parts, last.index) if last else None
            if case is not None:
                found.append(case)
        return found
