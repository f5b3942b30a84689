# SPDX-License-Identifier: Apache-2.0
"""Asking sources by themselves: for what they told, and by their schedules for consignments that wait for what they have; a thread of
the role `events`.

Each question is asked as by whoever put the source in force, for the purpose of its schedule, and is a look like any other. A source
that does not answer is left alone, longer each time, and holds up no other; what waits is asked for once it answers again.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from typing import Final
from uuid import UUID

import msgspec
import structlog

from cocket.consignment.completion import completion_of
from cocket.errors import CocketError, SenderError
from cocket.exchange.sources import Identifier, Source, holds
from cocket.governance import Principal
from cocket.pipeline.base.document_files import DocumentFiles
from cocket.pipeline.base.heartbeat import Doing
from cocket.pipeline.base.senders import OneAtWork, go_on, is_due
from cocket.pipeline.base.wiring import Stores
from cocket.pipeline.consignment.papers import filed_papers
from cocket.pipeline.partners.following import WORK, SourceNotice, SourceWork, waiting_of, write_told
from cocket.pipeline.partners.pulls import Pull, pulls_of
from cocket.pipeline.partners.sources import (
    GIVING_EVENTS,
    AskFor,
    Sources,
    agreement_of,
    every_source,
    identifiers_of,
)
from cocket.stores.base.database import Connection
from cocket.stores.consignment.queue_lines import LineFilter, QueueLines

#: Pauses after questions that were not answered, the last one again and again.
PAUSES: Final = (
    timedelta(minutes=1),
    timedelta(minutes=5),
    timedelta(minutes=15),
    timedelta(hours=1),
)

#: Of one turn: questions to one source, dossiers that are looked at for it (counts), and its time (seconds).
MOST_ASKED: Final = 5
MOST_LOOKED: Final = 50
_TURN_SECONDS: Final = 20.0

#: Questions within an hour to a source that has no schedule, and tells (count).
_USUAL_HOUR: Final = 60

#: How often consignments are looked through for a source whose last look found that none waits.
_IDLE: Final = timedelta(minutes=5)

_AT_ONCE: Final = 4
_LOOK_SECONDS: Final = 10.0
_LEASE_SECONDS: Final = 180.0
_ACTOR: Final = "events"
_HOUR: Final = timedelta(hours=1)

#: Outcomes by which a source was not reached, and by which something came.
_AWAY: Final = ("failed",)
_CAME: Final = ("came", "same", "changed")

#: Papers that a source does not bring: they are their declarant's.
_DECLARED: Final = ("import-declaration", "export-declaration", "transit-declaration", "entry-summary")


class FollowingWork:
    """All asking by itself of one process; of several that run, one works.

    Args:
        stores: Stores of its own.
        sources: Asks them.
    """

    def __init__(self, stores: Stores, sources: Sources) -> None:
        self._stores, self._sources = stores, sources
        self._files = DocumentFiles(stores)
        self._one = OneAtWork(stores, "source-following", _LEASE_SECONDS)
        self._places: dict[str, str] = {}

    def run(self, is_stopping: threading.Event, doing: Doing, tell: Callable[[str], None]) -> None:
        """Ask until it is time to stop; what goes wrong is noted and told, and tried again."""
        try:
            go_on(lambda: 1.0 if self.turn(datetime.now(UTC)) else _LOOK_SECONDS, is_stopping, doing, tell)
        finally:
            self.close()

    def turn(self, now: datetime) -> int:
        """Ask every source that is due some of what waits; how many questions were asked (count).

        Raises:
            StoreError: The database does not answer.
        """
        if not self._one.holds():
            return 0
        with self._stores.database.transaction() as connection:
            due = [one for one in every_source(self._files, connection) if self._is_due(connection, one, now)]
        if not due:
            return 0
        with ThreadPoolExecutor(min(_AT_ONCE, len(due)), thread_name_prefix="source") as pool:
            return sum(pool.map(lambda one: self._ask(one, now), due))

    def close(self) -> None:
        """Stop asking."""
        self._one.release()
        self._stores.database.close()

    def _work(self, connection: Connection, source: Source, now: datetime) -> SourceWork:
        known = self._files.read(connection, WORK, source.id, SourceWork)
        if known is None:
            return SourceWork(source=source.id, hour=now)
        return known if abs(now - known.hour) < _HOUR else msgspec.structs.replace(known, hour=now, asked=0)

    def _is_due(self, connection: Connection, source: Source, now: datetime) -> bool:
        if not source.is_enabled:
            return False
        work = self._work(connection, source, now)
        if not is_due(work.again, now, PAUSES) or work.asked >= _hourly(source):
            return False
        if waiting_of(self._stores, connection, source.id):
            return True
        return source.schedule is not None and (
            work.waiting > 0 or source.id in self._places or work.looked is None or abs(now - work.looked) >= _IDLE
        )

    def _ask(self, source: Source, now: datetime) -> int:
        """Ask one source some of what waits (count); what goes wrong stays with it."""
        try:
            with self._stores.database.transaction() as connection:
                work = self._work(connection, source, now)
                agreement_of(self._stores, connection, source)
                told = waiting_of(self._stores, connection, source.id)
            most, until = min(MOST_ASKED, _hourly(source) - work.asked), time.monotonic() + _TURN_SECONDS
            failures = work.failures
            work, asked = self._told(source, work, told[:most], until)
            if source.schedule is not None and work.failures <= failures and asked < most:
                work, more = self._waiting(source, work, (most - asked, until, now))
                asked += more
        except SenderError as error:  # its agreement is over, or may not be used: a person has to see to it
            work, asked = msgspec.structs.replace(work, problem=error.message[:300], again=now + PAUSES[-1]), 0
        except CocketError as error:
            structlog.get_logger("cocket.partners").warning("source", source=source.id, problem=error.message)
            return 0
        with self._stores.database.transaction() as connection:
            record = self._files.write(connection, WORK, source.id, (work, _ACTOR))
            if record is not None:
                self._stores.leaves.append_records(connection, [record])
        return asked

    def _told(
        self, source: Source, work: SourceWork, told: tuple[SourceNotice, ...], until: float
    ) -> tuple[SourceWork, int]:
        """Pull what a source told of."""
        asked = 0
        for one in told:
            if time.monotonic() > until:
                break
            name = Identifier(type="logistics-object", value=one.about)
            if not holds(source, name):
                pulls: tuple[Pull, ...] = ()
            else:
                views = self._sources.ask_alone(
                    _asker(source), AskFor(purpose=_purpose(source), source=source.id, identifier=name)
                )
                pulls = tuple(view.pull for view in views)
                asked += len(pulls)
                work = _after(work, pulls)
            if any(pull.outcome in _AWAY for pull in pulls):
                break  # it waits until the source answers again
            made = msgspec.structs.replace(
                one,
                state="pulled",
                outcome=pulls[0].outcome if pulls else "nothing",
                problem=pulls[0].problem if pulls else "The source does not hold this.",
            )
            with self._stores.database.transaction() as connection:
                self._stores.leaves.append_records(connection, write_told(self._files, connection, made, _ACTOR))
        return work, asked

    def _waiting(self, source: Source, work: SourceWork, bounds: tuple[int, float, datetime]) -> tuple[SourceWork, int]:
        """Ask for consignments that wait for what a source has, going through them a part at a time."""
        most, until, now = bounds
        begun = self._places.get(source.id)
        with self._stores.database.transaction() as connection:
            wanted = LineFilter(state="open", sort="received", limit=MOST_LOOKED, after=begun)
            found = QueueLines().lines(connection, wanted)
            waiting = [line.id for line, _ in found if self._waits(connection, source, line.id, now)]
        work = msgspec.structs.replace(work, looked=now, waiting=len(waiting))
        asked, following = 0, found[-1][1] if len(found) == MOST_LOOKED else None
        for one in waiting:
            if asked >= most or time.monotonic() > until:
                following = begun  # the rest of this part is looked at again
                break
            views = self._sources.ask(_asker(source), str(one), AskFor(purpose=_purpose(source), source=source.id))
            newest = tuple(view.pull for view in views)
            asked += len(newest)
            work = _after(work, newest)
            if any(pull.outcome in _AWAY for pull in newest):
                following = begun
                break
            work = msgspec.structs.replace(work, waiting=work.waiting - 1)
        if following is None:
            self._places.pop(source.id, None)
        else:
            self._places[source.id] = following
        return work, asked

    def _waits(self, connection: Connection, source: Source, consignment: UUID, now: datetime) -> bool:
        """Whether a consignment lacks a paper that the source may have, and is to be asked for now."""
        papers = filed_papers(self._stores, connection, consignment)
        if not any(holds(source, one) for one in identifiers_of(papers)):
            return False
        lacking = {one.sort for one in completion_of(papers).papers if one.message_id is None}
        wanted = lacking & {"movement"} if source.kind in GIVING_EVENTS else lacking - {"movement", *_DECLARED}
        if not wanted or source.schedule is None:
            return False
        earlier = [one for one in pulls_of(self._stores, connection, consignment) if one.source == source.id]
        if any(one.outcome in _CAME for one in earlier):
            return False  # it gave what it has
        pause = timedelta(minutes=source.schedule.every_minutes)
        return not earlier or earlier[-1].outcome in _AWAY or abs(now - earlier[-1].at) >= pause


def _hourly(source: Source) -> int:
    return source.schedule.most_an_hour if source.schedule is not None else _USUAL_HOUR


def _purpose(source: Source) -> str:
    return source.schedule.purpose if source.schedule is not None else source.purposes[0]


def _asker(source: Source) -> Principal:
    """Whoever put the source, and so its schedule, in force."""
    return Principal(id=source.by, kind="officer", roles=("supervisor",))


def _after(work: SourceWork, pulls: tuple[Pull, ...]) -> SourceWork:
    """How asking goes after some answers."""
    now = datetime.now(UTC)
    made = msgspec.structs.replace(
        work, asked=work.asked + len(pulls), came=work.came + sum(one.outcome in _CAME for one in pulls)
    )
    away = next((one for one in pulls if one.outcome in _AWAY), None)
    if away is None:
        return msgspec.structs.replace(made, last=now, failures=0, since=None, again=None, problem="")
    pause = PAUSES[min(work.failures, len(PAUSES) - 1)]
    return msgspec.structs.replace(
        made, failures=work.failures + 1, since=work.since or now, again=now + pause, problem=away.problem[:300]
    )
