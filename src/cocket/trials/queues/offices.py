# SPDX-License-Identifier: Apache-2.0
"""The stations of one office, as they were and as they would be: arrivals replayed, and the forecast held against what was."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from datetime import date, datetime, timedelta, tzinfo
from typing import Final

import msgspec

from cocket.trials.queues.calendars import Calendar, weekly
from cocket.trials.queues.fitting import Closing, Fitted, Unidentified, fit
from cocket.trials.queues.forecast import Arrival, Forecast, Waits, forecast, waits_of
from cocket.trials.queues.stations import Passed

#: Lane → the station at which its order is dealt with.
STATION_OF: Final = {"yellow": "documents", "red": "examination"}

#: Days in which the queue fills before anything is counted, and days after the last on which work goes on.
WARM_DAYS: Final = 7
_AFTER: Final = 90

#: Share of the past that the fit is made on, where it is then held against the rest.
_LEARNT: Final = 2 / 3

_DAY: Final = 86_400.0


class Office(msgspec.Struct, frozen=True, kw_only=True):
    """What is known of the stations of an office.

    Attributes:
        stations: `documents`, `examination` → its work (0..n).
    """

    stations: dict[str, tuple[Closing, ...]]


class Changed(msgspec.Struct, frozen=True, kw_only=True):
    """What is otherwise at an office.

    Attributes:
        opens: Minutes since midnight; None as it was.
        closes: The same of closing.
        weekdays: Days of the week, 1 for Monday; empty as they were.
        staff: Station → people more, or fewer (count).
        scanners: Scanners (count); 0 for none.
        scan_seconds: Seconds a scan takes.
        scan_share: Share of examinations that are scanned (0–1).
        scan_cleared: Share of the scanned that need no examination by hand (0–1).
    """

    opens: int | None = None
    closes: int | None = None
    weekdays: tuple[int, ...] = ()
    staff: dict[str, int] = {}
    scanners: int = 0
    scan_seconds: float = 0.0
    scan_share: float = 0.0
    scan_cleared: float = 0.0


class Held(msgspec.Struct, frozen=True, kw_only=True):
    """A forecast of the last third of the past, made from the first two, beside what then was.

    Attributes:
        lane: The lane.
        forecast: Mean hours, forecast.
        naive: Mean hours of the first two thirds, taken as if nothing changed.
        truth: Mean hours as they were.
        cases: Cases of the last third (count).
    """

    lane: str
    forecast: float
    naive: float
    truth: float
    cases: int


class Delay(msgspec.Struct, frozen=True, kw_only=True):
    """Waits at an office, as they were and as they would be.

    Attributes:
        office: The office.
        was: Lane → as it was, by stamps.
        today: As the replay has it with nothing changed: beside `was` it shows how far the replay is to be believed.
        changed: As it would be.
        used: Station → share of the working time used today, and as it would be.
        people: Station → people at work on a usual day (count).
        hours: Station → minutes since midnight of opening and closing, as measured.
        pauses: Station → minutes of work a case, with pauses.
        missing: Station → share of what was done without a stamp or a name (0–1).
        unknown: Station → why its work cannot be told.
        held: The forecast held against the last third (0..n).
    """

    office: str
    was: dict[str, Waits]
    today: tuple[Forecast, ...]
    changed: tuple[Forecast, ...]
    used: dict[str, tuple[float, float]]
    people: dict[str, float]
    hours: dict[str, tuple[int, int]]
    pauses: dict[str, float]
    missing: dict[str, float]
    unknown: dict[str, Unidentified]
    held: tuple[Held, ...]


def servers_of(fitted: Fitted, days: tuple[date, date], zone: tzinfo, changed: Changed, more: int) -> list[Calendar]:
    """When each person of a station works.

    Args:
        fitted: The station as it was: people of each past day as they were, of other days as usual on that day of the week.
        days: First and last day.
        zone: Time zone of the office.
        changed: Hours and days that are otherwise.
        more: People more, or fewer; at least one remains.
    """
    opens = fitted.hours[0] if changed.opens is None else changed.opens
    closes = fitted.hours[1] if changed.closes is None else changed.closes
    weekdays = changed.weekdays or fitted.weekdays
    usual = max(fitted.staff.values())
    people = {}
    day = days[0]
    while day <= days[1]:
        if day.isoweekday() in weekdays and day not in fitted.closed:
            people[day] = max(1, fitted.people.get(day, fitted.staff.get(day.isoweekday(), usual)) + more)
        day += timedelta(days=1)
    if not people or opens >= closes:
        return []
    every = [days[0] + timedelta(days=number) for number in range((days[1] - days[0]).days + 1)]
    servers = []
    for number in range(max(people.values())):
        off = {one for one in every if people.get(one, 0) <= number}
        servers.append(weekly(days, (opens, closes), range(1, 8), zone, off))
    return servers


def delay_of(
    name: str,
    office: Office,
    lanes: tuple[Sequence[Arrival], Sequence[Arrival]],
    changed: Changed,
    terms: tuple[tzinfo, int],
) -> Delay:
    """Waits at an office, as they were and as they would be.

    Args:
        name: The office.
        office: Its stations.
        lanes: What arrives today, and as it would be; each with the one station of its lane.
        changed: Hours, people and scanners that would be otherwise.
        terms: Time zone, and the seed of what is drawn.
    """
    zone, seed = terms
    fits = {station: fit(work, zone) for station, work in office.stations.items()}
    known = {station: one for station, one in fits.items() if isinstance(one, Fitted)}
    was = {
        lane: told
        for lane, station in STATION_OF.items()
        if (told := _was(lane, office.stations.get(station, ()))) is not None
    }
    today, today_used = _replayed(known, lanes[0], Changed(), (zone, seed))
    would, would_used = _replayed(known, lanes[1], changed, (zone, seed))
    return Delay(
        office=name,
        was=was,
        today=today,
        changed=would,
        used={
            one: (used, would_used.get(one, 0.0))
            for one, used in {**dict.fromkeys(would_used, 0.0), **today_used}.items()
        },
        people={station: sum(one.people.values()) / len(one.people) for station, one in known.items()},
        hours={station: one.hours for station, one in known.items()},
        pauses={station: one.mean / 60 for station, one in known.items()},
        missing={station: one.missing for station, one in known.items()},
        unknown={station: one for station, one in fits.items() if isinstance(one, Unidentified)},
        held=tuple(one for station in known for one in held_out(station, office.stations[station], zone, seed)),
    )


def held_out(station: str, work: Sequence[Closing], zone: tzinfo, seed: int = 1) -> tuple[Held, ...]:
    """Learn from the first two thirds of the days, replay the last third, and compare (0..1).

    Args:
        station: Its name.
        work: Its work.
        zone: Time zone of the office.
        seed: Of what is drawn.
    """
    lane = next(lane for lane, one in STATION_OF.items() if one == station)
    opened = sorted(one.opened for one in work)
    if not opened:
        return ()
    cut = opened[0] + (opened[-1] - opened[0]) * _LEARNT
    # what was not closed by then is not known yet
    before = [_as_known(one, cut) for one in work if one.opened < cut]
    fitted = fit(before, zone)
    later = [one for one in work if one.opened >= cut and one.closed is not None]
    earlier = [one for one in before if one.closed is not None]
    if isinstance(fitted, Unidentified) or not later or not earlier:
        return ()
    arrivals = [Arrival(lane, one.opened, (station,)) for one in work]
    servers = servers_of(fitted, _days(arrivals, zone), zone, Changed(), 0)
    told, _ = forecast(arrivals, {station: fitted.samples}, {station: servers}, (cut, opened[-1] + 1), seed=seed)
    return tuple(
        Held(
            lane=lane,
            forecast=one.mean.value,
            naive=sum(each.closed - each.opened for each in earlier if each.closed) / len(earlier) / 3600,
            truth=sum(each.closed - each.opened for each in later if each.closed) / len(later) / 3600,
            cases=len(later),
        )
        for one in told
    )


def _as_known(one: Closing, at: float) -> Closing:
    is_later = one.closed is not None and one.closed >= at
    return msgspec.structs.replace(one, closed=None, worker=None, is_done=False) if is_later else one


def _was(lane: str, work: Collection[Closing]) -> Waits | None:
    passed = [
        Passed(lane, one.opened, one.closed if one.closed is not None else float("inf"), 0.0)
        for one in work
        if one.closed is not None or not one.is_done
    ]
    return waits_of(passed, knows_waits=False)


def _replayed(
    known: Mapping[str, Fitted], lanes: Sequence[Arrival], changed: Changed, terms: tuple[tzinfo, int]
) -> tuple[tuple[Forecast, ...], dict[str, float]]:
    zone, seed = terms
    arrivals = _scanned([one for one in lanes if one.stations[0] in known], changed)
    if not arrivals:
        return (), {}
    days = _days(arrivals, zone)
    stations: dict[str, Sequence[Calendar]] = {
        name: servers_of(one, days, zone, changed, changed.staff.get(name, 0)) for name, one in known.items()
    }
    samples: dict[str, Sequence[float]] = {name: one.samples for name, one in known.items()}
    if changed.scanners and "examination" in known:
        one = known["examination"]
        shift = servers_of(one, days, zone, changed, 0)[:1]
        stations["scanner"], samples["scanner"] = shift * changed.scanners, (changed.scan_seconds,)
    stations = {name: each for name, each in stations.items() if each}
    arrivals = [one for one in arrivals if all(station in stations for station in one.stations)]
    if not arrivals:
        return (), {}
    first, last = min(one.at for one in arrivals), max(one.at for one in arrivals)
    warm = WARM_DAYS * _DAY if last - first > 3 * WARM_DAYS * _DAY else 0.0
    return forecast(arrivals, samples, stations, (first + warm, last + 1), seed=seed)


def _scanned(arrivals: Sequence[Arrival], changed: Changed) -> list[Arrival]:
    """Examinations with the scan before them: every so many, evenly, so that the share holds without chance."""
    if not changed.scanners:
        return list(arrivals)
    made, scans, cleared = [], 0.0, 0.0
    for one in sorted(arrivals, key=lambda one: one.at):
        stations = one.stations
        if stations == ("examination",):
            scans += changed.scan_share
            if scans >= 1.0 - 1e-9:
                scans -= 1.0
                cleared += changed.scan_cleared
                stations = ("scanner", "examination")
                if cleared >= 1.0 - 1e-9:
                    cleared -= 1.0
                    stations = ("scanner",)
        made.append(Arrival(one.lane, one.at, stations))
    return made


def _days(arrivals: Sequence[Arrival], zone: tzinfo) -> tuple[date, date]:
    first, last = min(one.at for one in arrivals), max(one.at for one in arrivals)
    return (
        datetime.fromtimestamp(first, zone).date() - timedelta(days=1),
        datetime.fromtimestamp(last, zone).date() + timedelta(days=_AFTER),
    )
