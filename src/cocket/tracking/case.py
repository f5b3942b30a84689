# SPDX-License-Identifier: Apache-2.0
"""One device on one journey, as rules look at it: what counts, and what several of them need to know of it."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from functools import cached_property
from itertools import pairwise
from statistics import median
from typing import NamedTuple

import msgspec

from cocket.tracking.admission import EVENT_COUNTERS, Admitted, in_order, made_by, when
from cocket.tracking.cells import CellTable
from cocket.tracking.events import TIME_FROM_RECEIPT, Position, TrackingEvent, shows_breach
from cocket.tracking.geometry import MOST_ERROR_M, Line, Projection, distance_m, line_of
from cocket.tracking.journey import Journey
from cocket.tracking.receipt import waited_s
from cocket.tracking.seals import around, fixes_near, signs_of
from cocket.tracking.thresholds import FASTEST_M_S, Thresholds

#: Tracks of one identity that are looked through for the one a fix continues; more than any real mix has.
_MOST_TRACKS = 16


#: A dilution of precision from which on receivers say that a fix is not to be used, and satellites needed for one.
_NO_GEOMETRY, _FEWEST_SATELLITES = 20.0, 4

#: An accuracy told is the radius that holds two of three fixes (Android, `Location.getAccuracy`); twice it holds nearly all.
_NEARLY_ALL = 2


class Fix(NamedTuple):
    """An event and its place."""

    event: TrackingEvent
    place: Position


class Stop(NamedTuple):
    """Fixes that stay together, in order of time."""

    fixes: tuple[Fix, ...]

    @property
    def place(self) -> Position:
        """The fix in the middle, by the sum of its distances to the others; of a long stop, of nine spread over it."""
        some = [fix.place for fix in self.fixes[:: max(1, len(self.fixes) // 9)]]
        return min(some, key=lambda one: sum(distance_m(one, other) for other in some))

    @property
    def seconds(self) -> float:
        """From the first to the last."""
        return seconds(self.fixes[0].event, self.fixes[-1].event)


#: How much worse it is to have come on faster than possible than to have gone back, metre for metre.
_TOO_FAST = 10.0

#: What lies aside counts so much, against metres of going back: it decides between ways that are as good.
_ASIDE = 0.001


def along(line: Line, fixes: tuple[Fix, ...], half_width_m: float, fastest_m_s: float) -> tuple[Projection, ...]:
    """Places of fixes along a line, chosen together: the way through them that goes back least.

    A fix farther aside than the corridor and its accuracy gets its nearest point, and says nothing about the others.
    Source: A. J. Viterbi, Error Bounds for Convolutional Codes (1967), for the choice; P. Newson and J. Krumm, Hidden
    Markov Map Matching (2009), for its use on tracks.

    Args:
        line: The line, in the direction of travel.
        fixes: Fixes in order of time (0..n).
        half_width_m: How far aside of the line is still on it.
        fastest_m_s: Greatest speed of what carries the goods, in m/s.
    """
    slack = 2 * half_width_m
    choices = [line.near(fix.place, half_width_m + (fix.place.accuracy_m or 0)) for fix in fixes]
    costs: list[list[float]] = []
    came: list[list[int]] = []
    before = -1
    for number, near in enumerate(choices):
        costs.append([_ASIDE * each.aside_m for each in near])
        came.append([0] * len(near))
        if not near:
            continue
        if before >= 0:
            lasted = seconds(fixes[before].event, fixes[number].event)
            reach = (
                fastest_m_s * lasted
                + slack
                + (fixes[before].place.accuracy_m or 0)
                + (fixes[number].place.accuracy_m or 0)
            )
            for place, each in enumerate(near):
                ways = [
                    (
                        cost
                        + max(0.0, other.along_m - each.along_m)
                        + _TOO_FAST * max(0.0, each.along_m - other.along_m - reach),
                        which,
                    )
                    for which, (cost, other) in enumerate(zip(costs[before], choices[before], strict=True))
                ]
                least, came[number][place] = min(ways)
                costs[number][place] += least
        before = number
    found = [line.project(fix.place) if not near else near[0] for fix, near in zip(fixes, choices, strict=True)]
    which = -1
    for number in range(len(fixes) - 1, -1, -1):
        if not choices[number]:
            continue
        if which < 0:
            which = min(range(len(costs[number])), key=lambda each: (costs[number][each], each))
        found[number] = choices[number][which]
        which = came[number][which]
    return tuple(found)


def seconds(one: TrackingEvent, other: TrackingEvent) -> float:
    """Seconds from one event to another, by the device's clock."""
    return (when(other) - when(one)).total_seconds()


class Case:
    """One device on one journey, or on none that is known.

    Args:
        admitted: Its messages, sorted out.
        journey: The journey; None if none is known.
        limits: The measures.
        as_of: The moment for which is judged (UTC): a silence may last until then, or until the journey was discharged.
        cells: Places of mobile network cells; None if unknown.
    """

    def __init__(
        self,
        admitted: Admitted,
        journey: Journey | None,
        limits: Thresholds,
        as_of: datetime,
        cells: CellTable | None = None,
    ) -> None:
        self.admitted = admitted
        self.journey = journey
        self.limits = limits
        ended = (journey.discharged_at, journey.handed_over_at) if journey is not None else ()
        self.as_of = min(as_of, *(one for one in ended if one is not None), as_of)
        self.cells = cells
        #: Whether the device has gone on to another journey, and is not silent on this one.
        self.has_gone_on = False
        #: The device.
        self.device: str | None = admitted.events[0].device if admitted.events else None
        #: When an officer asked it to open while it followed no journey (UTC, 0..n).
        self.disarmed: tuple[datetime, ...] = ()

    @cached_property
    def events(self) -> tuple[TrackingEvent, ...]:
        """Events that count; with a journey, those from its activation on."""
        if self.journey is None:
            return self.admitted.events
        return tuple(event for event in self.admitted.events if made_by(event) >= self.journey.starts_at)

    @cached_property
    def seal_events(self) -> tuple[TrackingEvent, ...]:
        """Events by which the seal is followed: those that count and are not in dispute, and every sign of a breach.

        A sign that bears a time before the journey and came after it began is one of them, or a slow clock would hide it:
        but for what came with the first that was heard since then, and was closed again, as before a seal is affixed, and
        for what its number and a clock that is known to be right show to have been made before.
        """
        sure = [event for event in self.events if event.id not in self.admitted.disputed]
        signs = [event for event in self.admitted.signs if self._is_since_start(event)]
        early = self._before_start()
        told = (*self.events, *early, *self.admitted.refused, *self.admitted.untimed)
        heard = [event.received_at for event in told if self.journey and event.received_at >= self.journey.starts_at]
        closed = [when(event) for event in self.admitted.events if early and "closed" in signs_of(event, None)]
        is_made_before = self._made_before(early)
        for event in early:
            if event.id in is_made_before:
                continue
            is_first = (event.received_at - min(heard)).total_seconds() <= self.limits.crossing_s
            if shows_breach(event) and not (is_first and any(time > when(event) for time in closed)):
                doubts = (*event.doubts, TIME_FROM_RECEIPT)
                signs.append(msgspec.structs.replace(event, time=event.received_at, doubts=doubts))
        return tuple(sorted((*sure, *signs), key=in_order))

    def _before_start(self) -> list[TrackingEvent]:
        """Events that count, bear a time before the journey, and came after it began."""
        if self.journey is None:
            return []
        starts = self.journey.starts_at
        return [event for event in self.admitted.events if when(event) < starts <= event.received_at]

    def _made_before(self, early: Sequence[TrackingEvent]) -> frozenset[str]:
        """Ids of messages that came after the journey began and were certainly made before it.

        One with a higher number came before the journey began; or the clock was right with the next numbers that came at
        once: it was right with numbers before too, or the times run on from the message to there without a gap in which it
        could have been set.
        """
        if self.journey is None or not early:
            return frozenset()
        starts, quick = self.journey.starts_at, timedelta(seconds=self.limits.clock_agree_s)
        told = [event for event in self.admitted.events if _is_counted(event, self.admitted)]
        told.sort(key=lambda event: (event.boot or 0, event.sequence or 0))
        if len({(event.boot, event.sequence) for event in told}) < len(told):
            return frozenset()
        is_right = [abs(event.received_at - when(event)) <= quick for event in told]
        gaps = [seconds(one, other) for one, other in pairwise(told)]
        usual = median(gaps) if gaps else 0.0
        before = [place for place, event in enumerate(told) if event.received_at <= starts]
        last = before[-1] if before else -1
        wanted = {event.id for event in early}
        since = -1
        found = set()
        for place, event in enumerate(told):
            if event.id in wanted:
                then = next((at for at in range(place + 1, len(told)) if is_right[at]), None)
                runs_on = then is not None and max(gaps[place:then]) <= 2 * usual + self.limits.clock_agree_s / 2
                if place < last or (
                    then is not None and (runs_on or (since >= 0 and when(told[since]) <= when(event)))
                ):
                    found.add(event.id)
            since = place if is_right[place] else since
        return frozenset(found)

    def _is_since_start(self, event: TrackingEvent) -> bool:
        return self.journey is None or made_by(event) >= self.journey.starts_at

    @cached_property
    def _numbers(self) -> dict[str, int]:
        return {event.id: number for number, event in enumerate(self.events)}

    def fixes_near(self, event: TrackingEvent) -> tuple[TrackingEvent, ...]:
        """The last event with a fix before one, and the first after it (0..2); of an event that does not count, none."""
        number = self._numbers.get(event.id)
        return () if number is None else fixes_near(self.events, number)

    def around(self, event: TrackingEvent) -> tuple[Position, ...]:
        """Where the device was at an event, just before and just after, as far as known."""
        return around(self.events, self._numbers[event.id])

    @cached_property
    def stuck(self) -> tuple[tuple[TrackingEvent, ...], ...]:
        """Runs in which place and readings repeat to the last digit for too many messages and too long.

        Place alone is not enough: receivers that filter repeat it when they stand. A probe beside it that repeats its
        digits, or a speed above walking pace, is.
        """
        runs: list[list[TrackingEvent]] = []
        for event in self.events:
            if event.position is None or event.id in self.admitted.disputed:
                continue
            if runs and _signs(runs[-1][0]) == _signs(event):
                runs[-1].append(event)
            else:
                runs.append([event])
        limits = self.limits
        return tuple(
            tuple(run)
            for run in runs
            if len(run) >= limits.frozen_messages and seconds(run[0], run[-1]) >= limits.frozen_s and _is_live(run)
        )

    @cached_property
    def tracks(self) -> tuple[tuple[Fix, ...], ...]:
        """Fixes parted into tracks, each of which something could have travelled; the longest first.

        Fixes of a stuck receiver are left out but for the first. A few coarse ones among better ones do not say where the
        track goes on: those that do not fit into the longest of the others are tracks of their own. Source: the idea of pipe
        segments of Global Fishing Watch, for vessels that share one identity.
        """
        idle = {event.id for run in self.stuck for event in run[1:]}
        placed = [Fix(one, one.position) for one in self.events if one.position is not None and one.id not in idle]
        firm = [fix for fix in placed if self.may_err_m(fix) <= MOST_ERROR_M]
        if len(firm) == len(placed) or len(firm) * 2 <= len(placed):
            return self._parted(placed)
        main, *others = self._parted(firm)
        coarse = []
        whole = list(main)
        for fix in placed:
            if self.may_err_m(fix) <= MOST_ERROR_M:
                continue
            at = bisect_left(whole, in_order(fix.event), key=lambda one: in_order(one.event))
            before, after = whole[at - 1 : at] if at else [], whole[at : at + 1]
            pairs = [*((near, fix) for near in before), *((fix, near) for near in after)]
            fits = [self._too_far(one, other, self.fastest_m_s) is not None for one, other in pairs]
            if all(fits):
                whole.insert(at, fix)
            else:
                coarse.append(fix)
        return (tuple(whole), *others, *self._parted(coarse))

    def _parted(self, fixes: Sequence[Fix]) -> tuple[tuple[Fix, ...], ...]:
        """Fixes in order of time, parted into tracks (0..n), the longest first."""
        fastest = self.fastest_m_s
        tracks: list[list[Fix]] = []
        for fix in fixes:
            near = [
                (apart, number)
                for number, track in enumerate(tracks[-_MOST_TRACKS:], start=max(0, len(tracks) - _MOST_TRACKS))
                if (apart := self._too_far(track[-1], fix, fastest)) is not None
            ]
            if near:
                tracks[min(near)[1]].append(fix)
            else:
                tracks.append([fix])
        return tuple(
            sorted((tuple(track) for track in tracks), key=lambda track: (-len(track), in_order(track[0].event)))
        )

    def may_err_m(self, fix: Fix) -> float:
        """How far a fix may be off by its own word, in metres; one of no satellites is the network's, and as coarse as its cells."""
        told = _NEARLY_ALL * float(fix.event.attributes.get("accuracy_told_m", fix.place.accuracy_m or 0.0))
        satellites, dilution = fix.event.satellites, fix.place.hdop or 0.0
        is_of_network = satellites == 0 or (dilution >= _NO_GEOMETRY and (satellites or 0) < _FEWEST_SATELLITES)
        return max(told, self.limits.cell_reach_m) if is_of_network else told

    def _too_far(self, one: Fix, other: Fix, fastest: float) -> float | None:
        """Metres from one fix to the next; None if nothing can have travelled it."""
        apart = distance_m(one.place, other.place)
        errors = (one.place.accuracy_m or 0) + (other.place.accuracy_m or 0)
        lasted = seconds(one.event, other.event) + waited_s(one.event) + waited_s(other.event)
        reach = fastest * lasted + max(errors, self.limits.jump_floor_m)
        return apart if apart <= reach else None

    @cached_property
    def fixes(self) -> tuple[Fix, ...]:
        """The longest track: where the device is believed to have been."""
        return self.tracks[0] if self.tracks else ()

    @cached_property
    def interval_s(self) -> float | None:
        """Seconds between messages: as agreed, else the usual (the median); None for fewer than four messages."""
        if self.journey and self.journey.report_every_s:
            return self.journey.report_every_s
        gaps = [seconds(one, other) for one, other in zip(self.events, self.events[1:], strict=False)]
        return median(gaps) if len(gaps) >= 3 else None

    @cached_property
    def line(self) -> Line | None:
        """The corridor; None if there is none."""
        return line_of(self.journey.corridor) if self.journey and len(self.journey.corridor) >= 2 else None

    @cached_property
    def progress(self) -> tuple[Projection, ...]:
        """Where each of `fixes` lies along the corridor; empty without one.

        A corridor that passes near itself, or goes out and back, offers a fix several places: of all ways through them the
        one is taken that goes back least and is never faster than what carries the goods.
        """
        if self.line is None or self.journey is None:
            return ()
        return along(self.line, self.fixes, self.journey.corridor_half_width_m, self.fastest_m_s)

    @cached_property
    def arrival(self) -> Fix | None:
        """First fix in the office of destination that another confirms; None if not yet there."""
        if self.journey is None:
            return None
        inside = [fix for fix in self.fixes if self.journey.destination.outside_m(fix.place) <= 0]
        return inside[0] if len(inside) > 1 else None

    @cached_property
    def under_way(self) -> tuple[Fix, ...]:
        """Fixes before arrival."""
        if self.arrival is None:
            return self.fixes
        return tuple(fix for fix in self.fixes if in_order(fix.event) < in_order(self.arrival.event))

    @cached_property
    def stops(self) -> tuple[Stop, ...]:
        """Where fixes stay together for as long as a stop that is told, or longer."""
        return tuple(stop for stop in self.stays if stop.seconds >= self.limits.stop_s)

    @cached_property
    def stays(self) -> tuple[Stop, ...]:
        """Fixes parted into such as stay together, a single one where it moves on."""
        found, run = [], [*self.under_way[:1]]
        doubtful: list[Fix] = []
        for fix in self.under_way[1:]:
            reach = self.limits.stop_radius_m + (fix.place.accuracy_m or 0)
            if distance_m(run[0].place, fix.place) <= reach:
                run.append(fix)
                doubtful = []
            elif len(doubtful) < 2 and self._is_stray(run, fix):
                doubtful.append(fix)
            else:
                found.append(Stop(tuple(run)))
                run, doubtful = [*(one for one in doubtful if distance_m(one.place, fix.place) <= reach), fix], []
        found += [Stop(tuple(run))] if run else []
        return tuple(found)

    def _is_stray(self, run: list[Fix], fix: Fix) -> bool:
        """Whether a fix may be an error of a receiver that stands: nearer than errors reach, and the stop is a long one."""
        return len(run) >= 3 and distance_m(run[0].place, fix.place) <= self.limits.jump_floor_m / 2

    @cached_property
    def fastest_m_s(self) -> float:
        """Greatest speed of what carries the goods."""
        return FASTEST_M_S[self.journey.mode if self.journey else "unknown"]


def _is_counted(event: TrackingEvent, admitted: Admitted) -> bool:
    """Whether an event's number says when it was made, and its time is its own."""
    is_numbered = event.sequence is not None and event.protocol in EVENT_COUNTERS
    return is_numbered and event.id not in admitted.disputed and TIME_FROM_RECEIPT not in event.doubts


def _signs(event: TrackingEvent) -> tuple[object, ...]:
    place = event.position
    probes = (event.temperature_c, event.humidity_percent, event.light_lux, event.shock_g)
    return (place.lat if place else None, place.lon if place else None, *probes)


def _is_live(run: Iterable[TrackingEvent]) -> bool:
    """Whether something in a run ought to have moved: a probe is there, or a speed is told."""
    return any(
        event.temperature_c is not None or event.humidity_percent is not None or (event.speed_m_s or 0) > 2
        for event in run
    )
