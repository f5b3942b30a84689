# SPDX-License-Identifier: Apache-2.0
"""What the assessment worker's analysts carry in their heads: the models, the history, the day's seeds; and how they get it back.

The history is kept in a folder of the home, by key, together with how far it goes. What changed is written down now and then;
what came since is gone through again. A kept history that cannot be trusted is made anew: the database names those that were made
for it, and what is sealed at the leaf where one stands must be what the database has there.

What is written down is written into a copy in the database too. From there a history is made anew at once: what it lacks is read
when it is asked for, and taken over bit by bit beside the work. Without a copy that can be trusted, all leaves are gone through.
"""

from __future__ import annotations

import hmac
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from datetime import UTC, date, datetime, timedelta
from typing import NamedTuple
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
from cocket.stores.risk.history_copy import (
    COPY_PLACE,
    CopySource,
    CopyStanding,
    HistoryCopy,
    clear_copy,
    copy_standing,
    hold_copy,
)
from cocket.stores.risk.kept_history import DamagedHistoryError, KeptHistory, MovedHistoryError, Standing

#: Leaves after which what changed of the history is written down (count): declarations that come meanwhile wait for it, and after a
#: crash so many are gone through again. Where the worker has nothing to do it does so after fewer (count), or so long (seconds).
_OFTEN, _IDLE_OFTEN, _IDLE_SECONDS = 10_000, 2_500, 30.0

#: Changes that are written down at the latest (count): each may touch a page of 4 KiB, all of which are in memory meanwhile.
_MOST_UNSAVED = 20_000

#: Leaves that are gone through at a time (count).
_STRIDE = 1_000

#: How long a step takes about that copies values, takes them over or learns anew while there is nothing else to do (seconds): a
#: declaration that comes meanwhile waits for that.
_STEP_SECONDS = 0.03

#: Leaves that are gone through in one such step at most (count).
_BESIDE = 200

#: Values that are copied, or taken over from the copy, in one such step at most (count), and bytes that such a value may have on
#: average before the step takes fewer: some have megabytes.
_SOME, _BYTES_A_VALUE = 20_000, 1_000

#: After how long an unfinished copy of another store is begun again for this one, if nobody goes on with it (seconds).
_ABANDONED_SECONDS = 30.0

#: Leaves by which the copy may be behind before another store than the one it follows begins a new one (count).
_STALE = 50_000

_PLACE = "analysts"

#: Kept histories that the database names (count): each machine on which an assessment worker runs has one.
_MOST_KEPT = 16

#: Place of the note that the history could not be written down; empty once it could.
UNWRITTEN_PLACE = "analysts-unwritten"


#: Place of the note that the history was made anew, and why.
REBUILT_PLACE = "analysts-rebuilt"

#: Place of how far a history is that is learnt beside the work; empty when none is.
RELEARNING_PLACE = "analysts-relearning"


class _Written(msgspec.Struct, frozen=True):
    """The history as it stood after one leaf, as versions before wrote it into the database."""

    upto: int
    history: bytes


class _Known(msgspec.Struct, frozen=True):
    """Ids of the kept histories that were made for this database; those in which something may stand that was erased since are
    outdated, and each is replaced by one that is learnt beside the work.
    """

    kept: tuple[bytes, ...] = ()
    outdated: tuple[bytes, ...] = ()


class Relearning(msgspec.Struct, frozen=True):
    """How far a history is learnt that will take the place of one in which something may stand that was erased: leaf, of which."""

    reached: int
    upto: int


class _Next(NamedTuple):
    """A history that is learnt beside the work: its store, what is read of it, and up to which leaf it is learnt."""

    kept: KeptHistory
    history: History
    reached: int


class _Pace:
    """How much is done in one step beside the work, so that it takes about as long as it may.

    Args:
        least: Things that a step does at least (count).
        first: Things that the first step does (count).
    """

    def __init__(self, least: int, first: int) -> None:
        self._least, self._wanted, self._most = least, float(first), first

    def within(self, most: int) -> int:
        """Things that the next step does at most (count)."""
        self._most = most
        return min(max(self._least, int(self._wanted)), most)

    def took(self, seconds: float) -> None:
        """Take note of how long a step took: the next does more or less, four times less or twice as much at most."""
        change = min(2.0, max(0.25, _STEP_SECONDS / max(seconds, 1e-6)))
        self._wanted = min(max(self._least, self._wanted * change), float(self._most))


class _Saving:
    """A history that is being written down beside the work, as it stood after one leaf.

    Args:
        upto: That leaf.
        write: Writes it.

    Attributes:
        error: Why that failed; None if it did not, or is not done.
    """

    def __init__(self, upto: int, write: Callable[[int], None]) -> None:
        self.upto = upto
        self.error: Exception | None = None
        self._write = write
        self._thread = threading.Thread(target=self._run, name="history", daemon=True)
        self._thread.start()

    @property
    def is_done(self) -> bool:
        """Whether it is written, or failed."""
        return not self._thread.is_alive()

    def wait(self) -> None:
        """Wait until it is done."""
        self._thread.join()

    def _run(self) -> None:
        try:
            self._write(self.upto)
        except Exception as error:  # noqa: BLE001 - the worker takes note of it between two turns
            self.error = error


class StateNotWritten(msgspec.Struct, frozen=True):
    """A note about the history: since when, and why, in words; and whether it was made anew from the copy."""

    since: datetime
    words: str
    is_from_copy: bool = False


def relearning(value: bytes | None) -> Relearning | None:
    """What a place says of a history that is learnt beside the work; None if none is."""
    return msgspec.msgpack.decode(value, type=Relearning) if value else None


def outdate_histories(stores: Stores, connection: Connection) -> None:
    """Take note that every history that was learnt may hold what is erased: each is learnt anew beside the work."""
    value = stores.places.learnt(connection, _PLACE)
    with suppress(msgspec.ValidationError):  # what a version before wrote down whole is removed
        known = msgspec.msgpack.decode(value, type=_Known) if value else _Known()
        told = _Known((), (*known.outdated, *known.kept)[-_MOST_KEPT:])
        stores.places.put(connection, _PLACE, msgspec.msgpack.encode(told))
        return
    stores.places.put(connection, _PLACE, msgspec.msgpack.encode(_Known()))


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
        self._is_untidy = False
        self._values, self._leaves = _Pace(100, 500), _Pace(10, 50)
        self._unfinished: tuple[bytes, bytes | None] | None = None
        self._look_again: float | None = None
        self._next: _Next | None = None
        self._saving: _Saving | None = None
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
        self.settle(is_to_wait=True)
        self.speakers.refresh()
        self._leave_next()
        if not (self._go_on(connection, upto) or self._go_on_from_copy(connection, upto)):
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
        standing = self._standing(connection)
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
        if self._next is not None:
            self._next.kept.rest()

    @property
    def has_moved(self) -> bool:
        """Whether another process has changed the kept history, so that it must be opened again."""
        return self._kept.has_moved

    def close(self) -> None:
        """Let go of the kept history."""
        self.settle(is_to_wait=True)
        self._leave_next()
        self._kept.close(is_done=True)

    def go_by_champion(self) -> None:
        """Hold values against the threshold of simplified clearance that the champion learnt with."""
        if self.speakers.champion is not None:
            self.history.go_by(self.speakers.champion.card.threshold)
            if self._next is not None:
                self._next.history.go_by(self.speakers.champion.card.threshold)

    def is_due(self, upto: int) -> bool:
        """Whether it is time to write the history down, unless that is being done."""
        if self.is_saving:
            return False
        is_large = self.unwritten is None and self.history.unsaved >= self._most_unsaved
        return upto - self._saved >= self._due or is_large

    def is_idle(self, upto: int) -> bool:
        """Whether the history should be written down while there is nothing else to do."""
        is_time = time.monotonic() - self._saved_at >= _IDLE_SECONDS or upto - self._saved >= _IDLE_OFTEN
        return is_time and self.is_unwritten(upto)

    def is_unwritten(self, upto: int) -> bool:
        """Whether the history as it stands after a leaf is not written down, though it might be."""
        return upto != self._saved and not self.is_saving and (self.unwritten is None or self.is_due(upto))

    def save(self, connection: Connection, upto: int) -> None:
        """Write down what changed of the history, as it stands after a leaf.

        Raises:
            StoreError: It cannot be written.
        """
        self.settle(is_to_wait=True)
        if self._kept.standing is None:
            self._keep(connection, self.history, upto)
        try:
            self._write(connection, upto)
        except MovedHistoryError:
            self.open(connection, upto)
        self._note_written(connection)
        self._is_noted()

    def begin_saving(self, upto: int) -> bool:
        """Begin to write down what changed of the history, as it stands after a leaf, while the work goes on.

        The values are made ready at once, and read from memory until `settle` takes note that they are written.

        Returns:
            Whether it was begun; a history that is not kept yet is to be saved at once.
        """
        if self._kept.standing is None or self.is_saving:
            return False
        self._kept.hand_over(self.history.changes())
        self.history.saved()
        self._saving = _Saving(upto, self._save_handed)
        return True

    @property
    def is_saving(self) -> bool:
        """Whether the history is being written down beside the work."""
        return self._saving is not None

    def settle(self, *, is_to_wait: bool = False) -> bool:
        """Take note that the history was written down beside the work, or why it was not, if that is done.

        Args:
            is_to_wait: Whether to wait until it is done.

        Returns:
            Whether it was written down.
        """
        saving = self._saving
        if saving is None or not (is_to_wait or saving.is_done):
            return False
        saving.wait()
        self._saving = None
        with suppress(MovedHistoryError):  # of which the next turn takes note, and opens it again
            if self._kept.take_note():  # also where the copy was not written
                self._saved, self._saved_at = saving.upto, time.monotonic()
        if saving.error is None:
            self._is_noted()
        elif not isinstance(saving.error, MovedHistoryError):
            self.put_off(saving.upto, saving.error)
        return saving.error is None

    def _save_handed(self, upto: int) -> None:
        """Write what was handed over, in a thread and a transaction of its own, as `_write` does."""
        standing = self._kept.standing
        with self._stores.database.transaction() as connection:
            hold_copy(connection)
            copy = self._follow(connection, standing, list(self._kept.handed.items()))
            written = self._kept.write_handed(upto, self._leaf(connection, upto))
            if copy is not None:
                self._put_copy(connection, self._follows(written, copy))
            self._note_written(connection)

    def _note_written(self, connection: Connection) -> None:
        if self._stores.places.learnt(connection, UNWRITTEN_PLACE):
            self._stores.places.put(connection, UNWRITTEN_PLACE, b"")

    def _is_noted(self) -> None:
        """Nothing keeps the history from being written down any more."""
        self._due = _OFTEN
        self.unwritten = None
        self._is_untidy = True

    @property
    def is_untidy(self) -> bool:
        """Whether something is to be taken over from the copy, copied or learnt anew, while there is nothing else to do."""
        is_to_look = self._look_again is not None and time.monotonic() >= self._look_again
        return (self._is_untidy or is_to_look) and self.unwritten is None and not self.is_saving

    def tidied(self, seconds: float) -> None:
        """Take note of how long a step of `tidy` took, with its commit: the next does so much more or less."""
        (self._values if self._next is None else self._leaves).took(seconds)

    def tidy(self, connection: Connection, upto: int) -> None:
        """Take over some of what the store lacks, copy some of what the copy lacks, or learn some of it anew after an erasure.

        Args:
            connection: The transaction.
            upto: Leaf up to which the worker has worked.

        Raises:
            DamagedHistoryError: What was taken over is not what was once copied.
            StoreError: It cannot be written.
        """
        standing = self._kept.standing
        self._is_untidy, self._look_again = False, None
        if standing is None or self._is_reading:
            return
        known = self._known(connection)
        if standing.id in known.outdated:
            self._relearn(connection, known, upto)
            return
        copy = self._copy_standing(connection)
        if standing.filled is not None:
            self._fill(connection, standing, copy)
        else:
            self._copy_some(connection, standing, copy, upto)

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

    def _standing(self, connection: Connection, *, is_to_write: bool = False) -> Standing | None:
        """What is kept, opened; None if nothing is, or it cannot be read, of which whoever writes leaves a note."""
        try:
            if is_to_write:
                self._kept.finish_replacing(self._stores.settings.next_history_folder)
            standing = self._kept.open(is_to_write=is_to_write)
            if standing is not None and standing.filled is not None:
                self._kept.source = self._source(self._copy_standing(connection), standing)
            return standing
        except StoreError as error:
            if is_to_write:
                self._note_rebuilt(reason_of(error).words)
            return None

    def _go_on(self, connection: Connection, upto: int) -> bool:
        """Go on from what is kept; gives whether it can be trusted."""
        standing = self._standing(connection, is_to_write=True)
        if standing is None:
            return False
        why = self._why_not(connection, standing, upto)
        known = self._known(connection)
        if why is None and standing.id not in (*known.kept, *known.outdated):
            why = "It was not made for this database."
        if why is not None:
            self._note_rebuilt(why)
            return False
        self.history, self._saved = History(None, self._kept, self._most), standing.upto
        self._is_untidy = True
        return True

    def _go_on_from_copy(self, connection: Connection, upto: int) -> bool:
        """Begin a store that lacks everything, and is filled from the copy; gives whether that can be trusted."""
        copy = self._copy_standing(connection)
        if copy is None or copy.copied is not None:
            return False
        if self._kept.has_damaged_source:
            self._put_copy(connection, None)
            return False
        as_store = Standing(id=copy.id, edition=copy.edition, upto=copy.upto, leaf=copy.leaf)
        if self._why_not(connection, as_store, upto) is not None:
            return False
        try:
            source = self._source(copy, None)
            begun = self._kept.begin(copy.edition, copy.upto, copy.leaf, lacking=copy.digest)
            self._kept.source = source
            self.history = History(None, self._kept, self._most)
        except StoreError:
            self._kept.close()
            return False
        self._name(connection, begun.id)
        self._put_copy(connection, msgspec.structs.replace(copy, id=begun.id, changes=begun.changes))
        self._saved, self._is_untidy = copy.upto, True
        with suppress(StoreError), self._stores.database.transaction() as other:
            note = state_not_written(self._stores.places.learnt(other, REBUILT_PLACE))
            words = note.words if note else "The home had none."
            told = msgspec.msgpack.encode(StateNotWritten(datetime.now(UTC), words, is_from_copy=True))
            self._stores.places.put(other, REBUILT_PLACE, told)
        return True

    def _relearn(self, connection: Connection, known: _Known, upto: int) -> None:
        """Learn some more of a history that will take the place of this one, in which something may stand that was erased."""
        self._is_untidy = True
        after = self._next or self._begin_next(connection, known)
        standing = after.kept.standing
        if standing is None or standing.id not in self._known(connection).kept:
            self._leave_next()  # something was erased since it was begun
            after = self._begin_next(connection, _Known())
        end = min(upto, after.reached + self._leaves.within(_BESIDE))
        self._remember(connection, after.reached + 1, end, after.history)
        self._next = after._replace(reached=end)
        if end == upto or after.history.unsaved >= self._most_unsaved:
            after.kept.write(after.history.changes(), end, self._leaf(connection, end))
            after.history.saved()
        is_done = end == upto
        told = b"" if is_done else msgspec.msgpack.encode(Relearning(end, upto))
        self._stores.places.put(connection, RELEARNING_PLACE, told)
        if is_done:
            self._leave_next()
            self._kept.replace(self._stores.settings.next_history_folder)
            self._kept.open(is_to_write=True)
            self.history, self._saved = History(None, self._kept, self._most), upto
            self.go_by_champion()

    def _begin_next(self, connection: Connection, known: _Known) -> _Next:
        """Go on with the history that was learnt beside the work before this process, else begin one."""
        kept = KeptHistory(self._stores.settings.next_history_folder)
        with suppress(StoreError):
            found = kept.open(is_to_write=True)
            is_ours = found is not None and found.id in known.kept and found.edition == History.edition()
            if found is not None and is_ours and found.leaf == self._leaf(connection, found.upto):
                return self._learns_next(kept, found.upto)
        begun = kept.begin(History.edition())
        history = History(None, kept, self._most)
        history.take_over(self._first_history(), lambda: None)
        kept.write(history.changes(), -1, b"")
        self._name(connection, begun.id)
        return self._learns_next(kept, -1)

    def _learns_next(self, kept: KeptHistory, reached: int) -> _Next:
        self._next = _Next(kept, History(None, kept, self._most), reached)
        self.go_by_champion()
        return self._next

    def _leave_next(self) -> None:
        """Let go of the history that is learnt beside the work; what was written of it stays."""
        if self._next is not None:
            self._next.kept.close(is_done=True)
            self._next = None

    def _source(self, copy: CopyStanding | None, standing: Standing | None) -> CopySource:
        """Where what a store lacks is read.

        Raises:
            DamagedHistoryError: There is no copy that it can be filled from: something was erased, or its key is gone.
        """
        key = self._stores.leaves.keys.get(copy.slot) if copy is not None and copy.copied is None else None
        if key is None or copy is None or (standing is not None and copy.id != standing.id):
            raise DamagedHistoryError("The copy in the database, from which the history was taken over, is gone.")
        return CopySource(HistoryCopy(key), self._stores.database.transaction)

    def _fill(self, connection: Connection, standing: Standing, copy: CopyStanding | None) -> None:
        """Take over some values that the store lacks."""
        with self._kept.from_source():
            count = self._values.within(_SOME)
            source, place = self._source(copy, standing), standing.filled or b""
            entries, last = source.some(connection, place, count, count * _BYTES_A_VALUE)
        if entries:
            self._kept.fill(entries, last)
        else:
            self._kept.filled()
        self._is_untidy = True

    def _copy_some(self, connection: Connection, standing: Standing, copy: CopyStanding | None, upto: int) -> None:
        """Copy some values, from the first where there is no copy that follows this store."""
        if standing.id not in self._known(connection).kept:
            return
        if copy is not None and copy.id != standing.id and self._is_of_another(connection, copy, standing, upto):
            return
        key = self._stores.leaves.keys.get(copy.slot) if copy is not None else None
        is_followed = copy is not None and (copy.id, copy.changes) == (standing.id, standing.changes)
        is_of_before = copy is not None and copy.is_partial and copy.done is None
        if copy is None or key is None or not is_followed or is_of_before or not standing.digest:
            self._kept.sum_up()
            clear_copy(connection)
            key = key or self._stores.leaves.keys.take()
            copy = self._begun_copy(self._kept.standing or standing, key.slot)
        if copy.copied is None:
            return
        count = self._values.within(_SOME)
        entries = self._kept.after(copy.copied, count, count * _BYTES_A_VALUE)
        HistoryCopy(key).add(connection, entries)
        copied = entries[-1][0] if entries else None
        done, total = (copy.done or 0) + len(entries), self._kept.count()
        self._put_copy(connection, msgspec.structs.replace(copy, copied=copied, done=done, total=total))
        self._is_untidy = bool(entries)

    def _is_of_another(self, connection: Connection, copy: CopyStanding, standing: Standing, upto: int) -> bool:
        """Whether a copy follows the store of another machine, which keeps it up.

        It does not if it is far behind, or if nobody could go on from it; one that is unfinished may follow a store that is lost,
        and is looked at again after a while.
        """
        as_store = Standing(id=copy.id, edition=copy.edition, upto=copy.upto, leaf=copy.leaf)
        if standing.upto - copy.upto >= _STALE or self._why_not(connection, as_store, upto) is not None:
            return False
        if not copy.is_partial:
            return True
        seen = (copy.id, copy.copied)
        if self._unfinished == seen:
            return False
        self._unfinished, self._look_again = seen, time.monotonic() + _ABANDONED_SECONDS
        return True

    def _follow(
        self, connection: Connection, standing: Standing | None, changes: list[tuple[bytes, bytes | None]]
    ) -> CopyStanding | None:
        """Write changes of a store into the copy that follows it, before they are written there; what it is, if there is one."""
        copy = self._copy_standing(connection)
        if standing is None or copy is None or (copy.id, copy.changes) != (standing.id, standing.changes):
            return None
        key = self._stores.leaves.keys.get(copy.slot)
        if key is None:
            return None
        copied = copy.copied
        if copied is not None:  # what stands behind is copied when it is come to
            changes = [one for one in changes if one[0] <= copied]
        HistoryCopy(key).put(connection, changes)
        return copy

    def _follows(self, standing: Standing, copy: CopyStanding) -> CopyStanding:
        """What a copy is that has what a store has, as far as it has been copied."""
        return msgspec.structs.replace(
            copy,
            id=standing.id,
            edition=standing.edition,
            upto=standing.upto,
            leaf=standing.leaf,
            changes=standing.changes,
            digest=standing.digest,
        )

    def _begun_copy(self, standing: Standing, slot: int) -> CopyStanding:
        """A copy of a store that has nothing yet."""
        return CopyStanding(
            id=standing.id,
            slot=slot,
            edition=standing.edition,
            upto=standing.upto,
            leaf=standing.leaf,
            changes=standing.changes,
            digest=standing.digest,
            copied=b"",
            done=0,
        )

    def _copy_standing(self, connection: Connection) -> CopyStanding | None:
        return copy_standing(self._stores.places.learnt(connection, COPY_PLACE))

    def _put_copy(self, connection: Connection, copy: CopyStanding | None) -> None:
        self._stores.places.put(connection, COPY_PLACE, msgspec.msgpack.encode(copy) if copy is not None else b"")

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
        self._name(connection, begun.id)
        self.history, self._saved, self._is_untidy = kept, upto, True

    def _name(self, connection: Connection, store: bytes) -> None:
        """Let the database name a store that was made for it."""
        known = self._known(connection)
        known = _Known((*known.kept, store)[-_MOST_KEPT:], known.outdated)
        self._stores.places.put(connection, _PLACE, msgspec.msgpack.encode(known))

    def _spill(self, kept: History) -> None:
        """Write what was taken over so far, where much is in memory."""
        if kept.unsaved >= self._most_unsaved:
            self._kept.write(kept.changes(), -1, b"", is_whole=False)
            kept.saved()

    def _write(self, connection: Connection, upto: int) -> None:
        changes = list((self._kept.handed | dict(self.history.changes())).items())
        copy = self._follow(connection, self._kept.standing, changes)
        self._kept.write(changes, upto, self._leaf(connection, upto))
        if copy is not None and self._kept.standing is not None:
            self._put_copy(connection, self._follows(self._kept.standing, copy))
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
            self._remember(connection, start, end, self.history)
            if not self._is_reading and self._kept.standing is not None and self.is_due(end):
                self._write_on_the_way(connection, end)

    def _remember(self, connection: Connection, start: int, end: int, history: History) -> None:
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
                self._remember(connection, start, middle, history)
                self._remember(connection, middle + 1, end, history)
            return
        for outcome in outcomes:
            history.learn(outcome)
        for case in cases:
            history.observe(case.facts)

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
