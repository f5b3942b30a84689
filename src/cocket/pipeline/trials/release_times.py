# SPDX-License-Identifier: Apache-2.0
"""Release times of this instance: measured over every consignment of some days, shown to customs, and what of it may be published."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import UTC, date, datetime, timedelta
from typing import Final
from uuid import UUID
from zoneinfo import ZoneInfo

import msgspec

from cocket.errors import SettingsError
from cocket.governance import Principal
from cocket.pipeline.base.access import Service
from cocket.pipeline.base.examination_policy import offices_of
from cocket.pipeline.base.kept import Kept
from cocket.pipeline.base.wiring import Stores
from cocket.pipeline.trials.release_stamps import StampReader
from cocket.stores.base.database import Connection
from cocket.trials.release import (
    DIMENSIONS,
    Calendars,
    Collected,
    Dimension,
    Published,
    Study,
    collect,
    published,
    read_clocks,
    read_hours,
)
from cocket.trials.release.study import Slow

#: Days that are looked at where nobody says otherwise, and at most.
USUAL_DAYS: Final = 30
MOST_DAYS: Final = 366

#: Of the slowest consignments of a segment, those that are named to a reader who may see them (count).
_NAMED: Final = 25


class ReleaseQuestion(msgspec.Struct, frozen=True, kw_only=True):
    """What is asked of release times.

    Attributes:
        since: First day of declaration; None for thirty days with the last.
        until: Last day; None for today.
        by: By what consignments are grouped.
        only: Dimension → the one group that is looked at; empty for all.
        hours: Hours of an open day, as `08:00-17:00`; empty for the whole day.
        clocks: Corrections of clocks, as `gate=420`; empty for none.
    """

    since: date | None = None
    until: date | None = None
    by: Dimension = "lane"
    only: dict[Dimension, str] = {}
    hours: str = ""
    clocks: str = ""


class SlowLine(msgspec.Struct, frozen=True, kw_only=True):
    """One of the slowest consignments that the reader may see.

    Attributes:
        id: Its id.
        title: Its name.
        seconds: How long it took, or waits.
        is_open: Whether it waits still.
    """

    id: str
    title: str
    seconds: float
    is_open: bool


class ReleaseView(msgspec.Struct, frozen=True, kw_only=True):
    """Release times as they are shown.

    Attributes:
        study: The study; its `slowest` is empty, since it stands in `slowest` here as far as the reader may see it.
        office: The one office that is spoken of; None for all.
        at: When it was measured, UTC.
        slowest: Headline segment → consignments that take longest, which the reader may see (0..25 each).
    """

    study: Study
    office: str | None
    at: datetime
    slowest: dict[str, tuple[SlowLine, ...]]


class ReleaseTimes(Service):
    """Release times of this instance.

    Args:
        stores: The stores of this process.
    """

    def __init__(self, stores: Stores) -> None:
        super().__init__(stores)
        self._kept: Kept[Collected] = Kept()

    def release_times(
        self,
        principal: Principal,
        question: ReleaseQuestion,
        *,
        again: bool = False,
        patience: float | None = None,
    ) -> ReleaseView:
        """Release times of the consignments declared on some days; of his office alone for whoever is bound to one. The look is sealed.

        Args:
            principal: Who asks.
            question: What is asked.
            again: Whether to measure now, though figures are kept.
            patience: How long to wait for them (seconds); None for as long as it takes.

        Raises:
            PolicyError: The principal may not see statistics.
            SettingsError: The question is not one that can be answered.
            StillMeasuringError: It takes longer.
        """
        self._access.require(principal, "stats:read")
        days = _days(question)
        at, found = self._collected(principal, question, days, again=again, patience=patience)
        study = found.study(question.by, only=question.only)
        with self._stores.database.transaction() as connection:
            slowest = {name: self._shown(connection, principal, several) for name, several in study.slowest.items()}
            ids = tuple(dict.fromkeys(one.id for several in slowest.values() for one in several))
            self._access.seal(connection, self._access.record(principal, "release times", ids))
        return ReleaseView(
            study=msgspec.structs.replace(study, slowest={}), office=principal.office, at=at, slowest=slowest
        )

    def published_times(
        self,
        principal: Principal,
        question: ReleaseQuestion,
        *,
        again: bool = False,
        patience: float | None = None,
    ) -> Published:
        """Release times as they may be published, with what changed since as many days before; small groups are masked. The look is sealed.

        Args:
            principal: Who asks.
            question: What is asked; single groups cannot be picked.
            again: As for `release_times`.
            patience: Likewise.

        Raises:
            PolicyError: The principal may not see statistics.
            SettingsError: The question is not one that can be answered.
            StillMeasuringError: It takes longer.
        """
        self._access.require(principal, "stats:read")
        first, last = _days(question)
        earlier = first - (last - first) - timedelta(days=1), first - timedelta(days=1)
        _, found = self._collected(principal, question, (first, last), again=again, patience=patience)
        _, others = self._collected(principal, question, earlier, again=again, patience=patience)
        study = found.study(question.by)
        before = others.study(question.by, mix=study.mix)
        with self._stores.database.transaction() as connection:
            self._access.seal(connection, self._access.record(principal, "release times", ()))
        return published(study, before)

    def _collected(
        self,
        principal: Principal,
        question: ReleaseQuestion,
        days: tuple[date, date],
        *,
        again: bool,
        patience: float | None,
    ) -> tuple[datetime, Collected]:
        reach = self._access.reach(principal)
        hours, clocks = read_hours(question.hours), read_clocks(question.clocks)
        key = days, reach, hours, tuple(sorted(clocks.items()))

        def measure() -> Collected:
            settings = self._stores.settings
            calendars = Calendars(offices_of(settings), ZoneInfo(settings.time_zone), hours)
            into = Collected(days, datetime.now(UTC), calendars, clocks)
            with self._stores.database.transaction() as connection:
                return self._measured(connection, days, reach, into)

        return self._kept.get(key, measure, again=again, patience=patience)

    def _measured(
        self, connection: Connection, days: tuple[date, date], reach: tuple[str, ...] | None, into: Collected
    ) -> Collected:
        ids, undated = self._stores.consignments.declared_between(connection, *days)
        reader = StampReader(self._stores)
        collect(reader.cases(connection, self._within(connection, ids, reach)), into)
        into.counts.update(reader.counts)
        if reach is None:
            into.counts["undated"] += undated
        return into

    def _within(self, connection: Connection, ids: list[UUID], reach: tuple[str, ...] | None) -> list[UUID]:
        """Those whose advice is for one of these offices; all of them for whoever is bound to none."""
        if reach is None:
            return ids
        offices = self._stores.consignments.offices_of(connection, ids)
        return [one for one in ids if one in offices and set(offices[one].advised) & set(reach)]

    def _shown(self, connection: Connection, principal: Principal, slowest: Iterable[Slow]) -> tuple[SlowLine, ...]:
        """The slowest that a reader may see, each decided by itself."""
        several = list(slowest)
        seen = self._access.seen_advice(connection, principal, [one.id for one in several])
        lines = self._stores.consignments.lines_of(connection, list(seen))
        found = [
            SlowLine(id=one.id, title=lines[UUID(one.id)].title, seconds=one.seconds, is_open=one.is_open)
            for one in several
            if UUID(one.id) in lines
        ]
        return tuple(found[:_NAMED])


def _days(question: ReleaseQuestion) -> tuple[date, date]:
    last = question.until or datetime.now(UTC).date()
    first = question.since or last - timedelta(days=USUAL_DAYS - 1)
    if first > last:
        raise SettingsError("The first day is after the last.", code="days", found=f"{first} to {last}")
    if (last - first).days >= MOST_DAYS:
        raise SettingsError(f"Ask for at most {MOST_DAYS} days.", code="days", found=f"{first} to {last}")
    return first, last


def question_of(given: Mapping[str, str]) -> ReleaseQuestion:
    """A question from the fields of a form or an address.

    Args:
        given: `since`, `until`, `by`, `hours`, `clocks`, and a dimension with the one group that is looked at.

    Raises:
        SettingsError: A field is not of its kind.
    """
    by = given.get("by") or "lane"
    if by not in DIMENSIONS:
        raise SettingsError(f"Group by one of {', '.join(DIMENSIONS)}.", code="by", found=by[:40])
    only: dict[Dimension, str] = {name: given[name] for name in DIMENSIONS if given.get(name)}
    return ReleaseQuestion(
        since=_day(given.get("since", "")),
        until=_day(given.get("until", "")),
        by=by,
        only=only,
        hours=given.get("hours", "").strip(),
        clocks=given.get("clocks", "").strip(),
    )


def _day(text: str) -> date | None:
    try:
        return date.fromisoformat(text) if text else None
    except ValueError as error:
        raise SettingsError("Enter a day as 2026-12-25.", code="days", found=text[:20]) from error
