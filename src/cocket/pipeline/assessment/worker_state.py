# SPDX-License-Identifier: Apache-2.0
"""What the assessment worker's analysts carry in their heads: the models, the history, the day's seeds; and how they get it back.

The history is kept in a folder of the home, by key, together with how far it goes. What changed is written down now and then;
what came since is gone through again. A kept history that cannot be trusted is made anew from what is sealed: the database names
those that were made for it, and what is sealed at the leaf where one stands must be what the database has there.
"""

from __future__ import annotations

import hmac
import time
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
from cocket.pipeline.risk.hubs import HubsByLeaf
from cocket.risk import Case, History
from cocket.stores.base.database import Connection, part_of
from cocket.stores.risk.kept_history import KeptHistory, MovedHistoryError, Standing

#: Leaves after which what changed of the history is written down (count), and how long the worker may have nothing to do before
#: it does so anyway (seconds).
_OFTEN, _IDLE_SECONDS = 5_000, 30.0

#: Changes that are written down at the latest (count): each may touch a page of 4 KiB, all of which are in memory meanwhile.
_MOST_UNSAVED = 20_000

#: Leaves that are gone through at a time (count).
_STRIDE = 1_000

_PLACE = "analysts"

#: Kept histories that the database names (count): each machine on which an assessment worker runs has one.
_MOST_KEPT = 16

#: Place of the note that the history could not be written down; empty once it could.
UNWRITTEN_PLACE = "analysts-unwritten"


#: Place of the note that the history was made anew, and why.
REBUILT_PLACE = "analysts-rebuilt"


class _Written(msgspec.Struct, frozen=True):
    """The history as it stood after one leaf, as versions before wrote it into the database."""

    upto: int
    history: bytes


class _Known(msgspec.Struct, frozen=True):
    """Ids of the kept histories that were made for this database; an erasure forgets them."""

    kept: tuple[bytes, ...] = ()


class StateNotWritten(msgspec.Struct, frozen=True):
    """A note about the history: since when, and why, in words."""

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
        self._kept = KeptHistory(stores.settings.history_folder)
        self._most = stores.settings.history_values
        self._most_unsaved = min(self._most, _MOST_UNSAVED)
        self._is_reading = False
        self._reached: int | None = None
        self._saved = -1
        self._saved_at = time.monotonic()
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
        if not self._go_on(connection, upto):
            self._begin_anew(connection, upto)
        self.go_by_champion()
        self._go_through(connection, self._saved + 1, upto)

    def open_to_read(self, connection: Connection, upto: int) -> None:
        """Remember everything up to a leaf and write nothing: as the worker of this home has it, else from what is sealed.

        Raises:
            StoreError: The history cannot be read.
        """
        self._is_reading = True
        self.speakers.refresh()
        standing = self._standing()
        if standing is not None and self._why_not(connection, standing, upto) is None:
            self.history, self._saved = History(None, self._kept, self._most), standing.upto
            self._reached = None
        else:
            self._kept.close()
            if self._reached is None or self._reached > upto:
                self.history, self._saved = self._first_history(), -1
            else:
                self._saved = self._reached
            self._reached = upto
        self.go_by_champion()
        self._go_through(connection, self._saved + 1, upto)

    def rest(self) -> None:
        """Let go of the kept history between two pieces of work, so that its room can be used again."""
        self._kept.rest()

    @property
    def has_moved(self) -> bool:
        """Whether another process has changed the kept history, so that it must be opened again."""
        return self._kept.has_moved

    def close(self) -> None:
        """Let go of the kept history."""
        self._kept.close(is_done=True)

    def go_by_champion(self) -> None:
        """Hold values against the threshold of simplified clearance that the champion learnt with."""
        if self.speakers.champion is not None:
            self.history.go_by(self.speakers.champion.card.threshold)

    def is_due(self, upto: int) -> bool:
        """Whether it is time to write the history down."""
        is_large = self.unwritten is None and self.history.unsaved >= self._most_unsaved
        return upto - self._saved >= self._due or is_large

    def is_idle(self, upto: int) -> bool:
        """Whether the history should be written down while there is nothing else to do."""
        return self.is_unwritten(upto) and time.monotonic() - self._saved_at >= _IDLE_SECONDS

    def is_unwritten(self, upto: int) -> bool:
        """Whether the history as it stands after a leaf is not written down, though it might be."""
        return upto != self._saved and (self.unwritten is None or self.is_due(upto))

    def save(self, connection: Connection, upto: int) -> None:
        """Write down what changed of the history, as it stands after a leaf.

        Raises:
            StoreError: It cannot be written.
        """
        if self._kept.standing is None:
            self._keep(connection, self.history, upto)
        try:
            self._write(connection, upto)
        except MovedHistoryError:
            self.open(connection, upto)
        if self._stores.places.learnt(connection, UNWRITTEN_PLACE):
            self._stores.places.put(connection, UNWRITTEN_PLACE, b"")
        self._due = _OFTEN
        self.unwritten = None

    def put_off(self, upto: int, error: Exception) -> None:
        """Leave a note that the history could not be written down, and try again only after some more leaves."""
        self.unwritten = reason_of(error).words
        self._due = upto - self._saved + _OFTEN
        self._saved_at = time.monotonic()
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

    def _standing(self, *, is_to_write: bool = False) -> Standing | None:
        """What is kept, opened; None if nothing is, or it cannot be read, of which whoever writes leaves a note."""
        try:
            return self._kept.open(is_to_write=is_to_write)
        except StoreError as error:
            if is_to_write:
                self._note_rebuilt(reason_of(error).words)
            return None

    def _go_on(self, connection: Connection, upto: int) -> bool:
        """Go on from what is kept; gives whether it can be trusted."""
        standing = self._standing(is_to_write=True)
        if standing is None:
            return False
        why = self._why_not(connection, standing, upto)
        if why is None and standing.id not in self._known(connection).kept:
            why = "It was not made for this database, or something was erased since."
        if why is not None:
            self._note_rebuilt(why)
            return False
        self.history, self._saved = History(None, self._kept, self._most), standing.upto
        return True

    def _why_not(self, connection: Connection, standing: Standing, upto: int) -> str | None:
        """Why a kept history cannot be gone on with, in words; None if it can."""
        if standing.edition != History.edition():
            return "It was made by another version of the program, or on other terms."
        if standing.upto > upto:
            return f"It stands at leaf {standing.upto}, and the database only at leaf {upto}."
        if standing.leaf != self._leaf(connection, standing.upto):
            return f"At leaf {standing.upto} the database has another than it was made with."
        return None

    def _note_rebuilt(self, why: str) -> None:
        """Leave a note that the history is made anew, and why."""
        with suppress(StoreError), self._stores.database.transaction() as connection:
            note = msgspec.msgpack.encode(StateNotWritten(datetime.now(UTC), why))
            self._stores.places.put(connection, REBUILT_PLACE, note)

    def _begin_anew(self, connection: Connection, upto: int) -> None:
        """Begin a history with what a version before wrote into the database, else with the first; it is kept if that is possible."""
        self._kept.close()
        self.history, self._saved = self._restored(connection, upto) or (self._first_history(), -1)
        try:
            self._keep(connection, self.history, self._saved)
        except Exception as error:  # noqa: BLE001 - it goes on in memory, and an outage of the database shows in what comes next
            self.put_off(self._saved, error)

    def _keep(self, connection: Connection, history: History, upto: int) -> None:
        """Keep a history, which is in memory and stands after a leaf, from now on."""
        begun = self._kept.begin(History.edition())
        try:
            kept = History(None, self._kept, self._most)
            kept.take_over(history, lambda: self._spill(kept))
            self._kept.write(kept.changes(), upto, self._leaf(connection, upto))
        except Exception:
            self._kept.close()
            raise
        kept.saved()
        known = _Known((*self._known(connection).kept, begun.id)[-_MOST_KEPT:])
        self._stores.places.put(connection, _PLACE, msgspec.msgpack.encode(known))
        self.history, self._saved = kept, upto

    def _spill(self, kept: History) -> None:
        """Write what was taken over so far, where much is in memory."""
        if kept.unsaved >= self._most_unsaved:
            self._kept.write(kept.changes(), -1, b"", is_whole=False)
            kept.saved()

    def _write(self, connection: Connection, upto: int) -> None:
        self._kept.write(self.history.changes(), upto, self._leaf(connection, upto))
        self.history.saved()
        self._saved, self._saved_at = upto, time.monotonic()

    def _write_on_the_way(self, connection: Connection, upto: int) -> None:
        """Write down what was gone through so far; where that fails it is said, and the rest is gone through."""
        try:
            self._write(connection, upto)
        except MovedHistoryError:
            raise
        except Exception as error:  # noqa: BLE001 - what is learnt stays in memory, and an outage shows in what comes next
            self.put_off(upto, error)

    def _leaf(self, connection: Connection, index: int) -> bytes:
        return self._stores.leaves.seal_at(connection, index) or b""

    def _known(self, connection: Connection) -> _Known:
        value = self._stores.places.learnt(connection, _PLACE)
        return msgspec.msgpack.decode(value, type=_Known) if value else _Known()

    def _restored(self, connection: Connection, upto: int) -> tuple[History, int] | None:
        """The history as a version before wrote it down last, and up to which leaf; None if there is none that can be read."""
        value = self._stores.places.learnt(connection, _PLACE)
        try:
            written = msgspec.msgpack.decode(value, type=_Written) if value else None
        except msgspec.ValidationError:  # names of kept histories
            return None
        if written is None or written.upto > upto:
            return None
        try:
            return History.restore(zstandard.decompress(written.history)), written.upto
        except StoreError:  # of an earlier version
            return None

    def _go_through(self, connection: Connection, first: int, last: int) -> None:
        """See again what was declared and found in a range of leaves, in its order."""
        for start in range(first, last + 1, _STRIDE):
            end = min(last, start + _STRIDE - 1)
            self._remember(connection, start, end)
            if not self._is_reading and self._kept.standing is not None and self.is_due(end):
                self._write_on_the_way(connection, end)

    def _remember(self, connection: Connection, start: int, end: int) -> None:
        """See some leaves again; of those on which that fails, which the assessment worker has set aside, nothing is remembered."""
        try:
            with part_of(connection):
                hubs = HubsByLeaf(self._stores, connection)
                outcomes = outcomes_between(self._stores, connection, start, end, hubs.before)
                assessed = self._stores.orders.first_assessments(connection, start, end)
                cases = self._cases(connection, assessed, hubs)
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

    def _cases(self, connection: Connection, assessed: list[tuple[UUID, UUID]], hubs: HubsByLeaf) -> list[Case]:
        """What was assessed for the first time, as it stood then; what was erased since is left out."""
        links = self._stores.consignments.messages_of(connection, [consignment for consignment, _ in assessed])
        ids = {message for parts in links.values() for message, _ in parts}
        messages = {one.id: one for one in self._stores.messages.get_many(connection, list(ids))}
        found = []
        for consignment, called_for in assessed:
            parts = [(messages[message], part) for message, part in links.get(consignment, ()) if message in messages]
            last = messages.get(called_for)
            case = case_as_of(consignment, parts, last.index) if last else None
            if case is not None and last is not None:
                found.append(hubs.case_without(case, last.index))
        return found
