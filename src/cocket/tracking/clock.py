# SPDX-License-Identifier: Apache-2.0
"""What a device's clock is worth: how far it is off, estimated from when its messages came, and corrected.

D is receipt minus device time. No message comes before it is made, so a clock is ahead by −min D at least; that is certain.
That a clock is behind is a guess: messages may have waited. It is made only where all messages of a device lag by one
constant amount that is a time zone, or by more than any buffer holds; those that came in one burst were stored and say nothing
of it. Where numbers rise and times step once, by as much as the least delays before and after it differ, the clock was set:
what is on the farther side is moved by the step. A time is off by whole GPS eras (1,024 weeks) where
that alone explains it. All of this is a function of the set of messages: late ones only tighten it. Two messages must
agree before a clock is corrected, so that one wrong message does not move the others. What cannot be corrected is named
`adrift`: its time says nothing, and its signs of a seal still count.
Source: S. B. Moon, P. Skelly, D. Towsley, Estimation and Removal of Clock Skew from Network Delay Measurements (1999), for
the least delay; IS-GPS-200 §20.3.3.3.1.1 for the ten bits of the week number.
"""

from __future__ import annotations

from bisect import bisect_left
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime, timedelta
from itertools import pairwise
from statistics import median

import msgspec

from cocket.tracking.alerts import Found
from cocket.tracking.events import TrackingEvent
from cocket.tracking.thresholds import Thresholds

#: Doubt of an event whose time was corrected; `attributes["device_time"]` keeps what the device said.
CORRECTED = "clock-corrected"

#: Seconds of 1,024 weeks: after so long a GPS week number of ten bits begins again.
ERA_S = 619_315_200.0

#: Time zones are multiples of a quarter of an hour.
_QUARTER_S = 900.0

#: Messages that come no further apart come out of one store.
_ONE_DUMP_S = 5.0

#: So many that come together are a store that was emptied, if they were made over a time so many times as long.
_STORE, _STORE_SPREAD = 3, 4

#: A clock that falls back by less between two messages has not been set; a step is at least so large, and at most a zone's.
_FALL_S, _LEAST_STEP_S, _MOST_STEP_S = 60.0, 240.0, 50_400.0

#: Where times do not fall, so many of the least regular places are tried for a step.
_PLACES = 8

#: So many messages without a time are a clock that is missing; fewer are answers and states that need none.
_NO_TIME = 3


class Clock(msgspec.Struct, frozen=True, kw_only=True):
    """The messages of one device with their times as they are believed.

    Attributes:
        events: All of them, those that could be corrected with the corrected time.
        adrift: Ids of those whose time cannot be right and was not corrected.
        found: What this is to tell people (0..n).
    """

    events: tuple[TrackingEvent, ...]
    adrift: frozenset[str]
    found: tuple[Found, ...]


def read_clock(events: Sequence[TrackingEvent], limits: Thresholds, counters: frozenset[str]) -> Clock:
    """Correct the times of the messages of one device, as far as when they came tells how.

    Args:
        events: Its messages, each once; the first receipt of each.
        limits: The measures.
        counters: Protocols whose numbers count events.
    """
    delays = {event.id: _delay(event) for event in events if event.time is not None}
    timed = [event for event in events if event.id in delays]
    moves: dict[str, tuple[float, str]] = {}
    for event in timed:
        eras = _eras(event, delays, timed, limits)
        if eras:
            moves[event.id] = (eras * ERA_S, "gps-week-rollover")
    set_by = _steps([event for event in timed if event.id not in moves], delays, limits, counters)
    timed = [_set(event, set_by[event.id]) if event.id in set_by else event for event in timed]
    delays |= {name: delays[name] - seconds for name, seconds in set_by.items()}
    _behind([event for event in timed if event.id not in moves], delays, moves, limits)
    boots: dict[int | None, list[TrackingEvent]] = defaultdict(list)
    for event in timed:
        if event.id not in moves:
            boots[event.boot].append(event)
    for boot in boots.values():
        _ahead(boot, delays, moves, limits, counters)
    _between([event for boot in boots.values() for event in boot], moves, limits, counters)
    adrift = _unset([event for event in timed if event.id not in moves], delays, moves, limits)
    for name, seconds in set_by.items():
        more, why = moves.get(name, (0.0, "clock-set"))
        moves[name] = (seconds + more, why)
    moves = {name: move for name, move in moves.items() if name not in set_by or abs(move[0]) > limits.clock_agree_s}
    after = [_moved(event, *moves[event.id]) if event.id in moves else event for event in events]
    return Clock(events=tuple(after), adrift=frozenset(adrift), found=tuple(_told(after, moves, adrift)))


def vouched_for(events: Iterable[TrackingEvent], limits: Thresholds, counters: frozenset[str]) -> frozenset[str]:
    """Ids of messages that came before they were made, and whose time stands between those of the numbers around them.

    They were stamped wrongly at receipt.

    Args:
        events: Messages of one device, each once.
        limits: The measures.
        counters: Protocols whose numbers count events.
    """
    suspects, sound = [], defaultdict[int | None, dict[int, datetime]](dict)
    for event in events:
        if event.time is None or event.sequence is None or event.protocol not in counters:
            continue
        if _delay(event) < -limits.clock_ahead_s:
            suspects.append(event)
        else:
            sound[event.boot][event.sequence] = event.time
    numbers = {boot: sorted(times) for boot, times in sound.items()}
    vouched = set()
    for event in suspects:
        known = numbers.get(event.boot, [])
        place = bisect_left(known, event.sequence or 0)
        after = place + (place < len(known) and known[place] == event.sequence)
        if event.time is None or place == 0 or after >= len(known):
            continue
        times = sound[event.boot]
        if times[known[place - 1]] <= event.time <= times[known[after]]:
            vouched.add(event.id)
    return frozenset(vouched)


def _delay(event: TrackingEvent) -> float:
    return (event.received_at - (event.time or event.received_at)).total_seconds()


def _is_recording(timed: Sequence[TrackingEvent]) -> bool:
    """Whether all came at one moment: a file that does not say when its messages came."""
    return len({event.received_at for event in timed}) == 1


def _eras(event: TrackingEvent, delays: dict[str, float], timed: Sequence[TrackingEvent], limits: Thresholds) -> int:
    """How many GPS eras a time must be moved on to be possible; 0 if none explains it."""
    delay = delays[event.id]
    if abs(delay) < ERA_S / 2:
        return 0
    eras = int((delay + limits.clock_ahead_s) // ERA_S)
    rest = delay - eras * ERA_S
    if eras and not _is_recording(timed) and rest <= limits.era_rest_s:
        return eras
    others = [other.time for other in timed if other.time and abs(delays[other.id] - rest) < limits.era_rest_s]
    if eras and event.time and others:
        moved = event.time + timedelta(seconds=eras * ERA_S)
        day = timedelta(days=1)
        return eras if min(others) - day <= moved <= max(others) + day else 0
    return 0


def _behind(
    timed: Sequence[TrackingEvent], delays: dict[str, float], moves: dict[str, tuple[float, str]], limits: Thresholds
) -> None:
    """A clock that is behind by a time zone: no message was ever quicker, and most that were not stored were as quick."""
    least = min((delays[event.id] for event in timed), default=0.0)
    near = [event for event in timed if delays[event.id] <= least + limits.clock_agree_s]
    zone = _zone(least)
    stored = _stored(timed)
    sent = [event for event in timed if event.id not in stored]
    fewest, shortest = (_STORE, 600) if stored else (5, 1800)
    if zone is None or zone <= 0 or len(near) < fewest or _span(near) < shortest or 2 * len(near) < len(sent):
        return
    moves |= {event.id: (zone, "time-zone") for event in timed}


def _stored(timed: Sequence[TrackingEvent]) -> set[str]:
    """Ids of messages that came in one burst though they were made over a longer time: they waited."""
    found: set[str] = set()
    burst: list[TrackingEvent] = []

    def end() -> None:
        made = [_at(event) for event in burst]
        if len(burst) >= _STORE and max(made) - min(made) > _STORE_SPREAD * _span(burst):
            found.update(event.id for event in burst)

    for event in sorted(timed, key=lambda event: (event.received_at, event.id)):
        if burst and (event.received_at - burst[-1].received_at).total_seconds() > _ONE_DUMP_S:
            end()
            burst = []
        burst.append(event)
    end()
    return found


def _steps(
    timed: Sequence[TrackingEvent], delays: dict[str, float], limits: Thresholds, counters: frozenset[str]
) -> dict[str, float]:
    """Seconds by which messages on one side of the one step of a clock are to be moved; empty without a step, or with several.

    A clock that was set shows in numbers that rise while the times step once, and in receipts that go on: the least delays
    before and after it differ by the step. A second sender, or single times that fall back, step more than once.
    """
    counts = [event for event in timed if event.sequence is not None and event.protocol in counters]
    ordered = sorted(counts, key=_numbered)
    if len(ordered) < _STORE or len({_numbered(event) for event in ordered}) < len(ordered):
        return {}
    gaps = [_at(other) - _at(one) for one, other in pairwise(ordered)]
    counted = [_apart(one, other) for one, other in pairwise(ordered)]
    usual = median(gap / count for gap, count in zip(gaps, counted, strict=True))
    falls = [place for place, gap in enumerate(gaps, start=1) if gap < -_FALL_S]
    if len(falls) > 1:
        return {}
    odd = {place: usual * counted[place - 1] - gaps[place - 1] for place in range(1, len(ordered))}
    places = falls or sorted(
        (place for place in odd if abs(odd[place]) >= _LEAST_STEP_S), key=lambda place: (-abs(odd[place]), place)
    )
    stored = _stored(timed)
    sent = {name: delay for name, delay in delays.items() if name not in stored}
    steps = []
    for place in places[:_PLACES]:
        found = _step(ordered[:place], ordered[place:], odd[place], (delays, sent), limits, is_fall=bool(falls))
        if found is not None:
            steps.append((abs(found[0] - odd[place]), place, found))
    if not steps:
        return {}
    _, place, (step, least) = min(steps)
    if falls and any(_returns(ordered[place:], at - place, delays, limits) for at in _jumps(odd, place)):
        return {}
    # The side with the least delay that is none of a clock ahead is the right one, as far as that can be known.
    if -limits.clock_agree_s <= least + step < least or least < -limits.clock_agree_s < least + step:
        return {event.id: -step for event in ordered[:place]}
    return {event.id: step for event in ordered[place:]}


def _step(
    before: Sequence[TrackingEvent],
    after: Sequence[TrackingEvent],
    odd: float,
    known: tuple[dict[str, float], dict[str, float]],
    limits: Thresholds,
    *,
    is_fall: bool,
) -> tuple[float, float] | None:
    """Seconds by which a clock fell back at a place (less than 0: went forward) and the least delay before; None for no step.

    Args:
        before: Messages before it, in order of numbers (1..n).
        after: Those from it on (1..n).
        odd: By how many seconds less time than usual passed at the place.
        known: By id, receipt minus time; of all, and of those that were not stored.
        limits: The measures.
        is_fall: Whether times fall there, so that there is no doubt that the clock was set.
    """
    delays, sent = known
    first, then = _level(before, sent, limits), _level(after, sent, limits)
    if first is not None and then is not None:
        step = then - first
    elif first is not None and is_fall:
        step = min(odd, min(delays[event.id] for event in after) - first)
    elif then is not None and is_fall:
        first = min(delays[event.id] for event in before)
        if abs(first) > limits.clock_agree_s:
            first = then - odd
        step = then - first
    elif is_fall:
        first = min(delays[event.id] for event in before)
        step = odd
    else:
        return None
    is_like = abs(step - odd) <= max(abs(odd) / 2, limits.clock_ahead_s)
    return (step, first) if is_like and _LEAST_STEP_S <= abs(step) <= _MOST_STEP_S else None


def _jumps(odd: dict[int, float], place: int) -> list[int]:
    """Places after one at which times go forward by more than usual, the farthest first."""
    return sorted((at for at in odd if at > place and odd[at] <= -_LEAST_STEP_S), key=lambda at: odd[at])[:_PLACES]


def _returns(after: Sequence[TrackingEvent], place: int, delays: dict[str, float], limits: Thresholds) -> bool:
    """Whether a clock that fell back goes forward again at a place: such times were made up, or are another sender's."""
    first, then = after[:place], after[place:]
    least = _level(first, delays, limits)
    least = min(delays[event.id] for event in first) if least is None else least
    later = _level(then, delays, limits)
    later = min(delays[event.id] for event in then) if later is None else later
    return least - later >= _LEAST_STEP_S


def _level(events: Sequence[TrackingEvent], delays: dict[str, float], limits: Thresholds) -> float | None:
    """The least delay on which two messages that came apart agree, of those whose delay is given; None if none do."""
    ordered = sorted((event for event in events if event.id in delays), key=lambda event: delays[event.id])
    for place, event in enumerate(ordered):
        most = delays[event.id] + limits.clock_agree_s
        for other in ordered[place + 1 :]:
            if delays[other.id] > most:
                break
            if abs((other.received_at - event.received_at).total_seconds()) >= 2 * limits.clock_agree_s:
                return delays[event.id]
    return None


def _numbered(event: TrackingEvent) -> tuple[int, int]:
    return event.boot or 0, event.sequence or 0


def _apart(one: TrackingEvent, other: TrackingEvent) -> int:
    """How many messages lie between two numbers; 1 for the next one, or the first after a start."""
    is_same = (one.boot or 0) == (other.boot or 0)
    return max(1, (other.sequence or 0) - (one.sequence or 0)) if is_same else 1


def _set(event: TrackingEvent, seconds: float) -> TrackingEvent:
    return event if event.time is None else msgspec.structs.replace(event, time=event.time + timedelta(seconds=seconds))


def _ahead(
    boot: list[TrackingEvent],
    delays: dict[str, float],
    moves: dict[str, tuple[float, str]],
    limits: Thresholds,
    counters: frozenset[str],
) -> None:
    """A clock that is ahead, since a start of the device: by as much as its quickest messages came before they were made.

    One that came too early by less than is told of, and out of one store with others that did, waited under the same clock.
    """
    vouched = vouched_for(boot, limits, counters)
    early = [event for event in boot if delays[event.id] < -limits.clock_ahead_s and event.id not in vouched]
    early.sort(key=lambda event: delays[event.id])
    stored = _stored(early)
    levels = _levels([event for event in early if event.id not in stored], delays, limits)
    levels = levels or _levels(early, delays, limits)
    receipts = sorted(event.received_at for event in early)
    for event in boot:
        is_ahead = -limits.clock_ahead_s <= delays[event.id] < -limits.clock_agree_s and event.id not in vouched
        if is_ahead and _came_with(event, receipts):
            early.append(event)
    for event in early:
        fits = [level for level in levels if level <= delays[event.id]]
        if fits:
            zone = _zone(max(fits))
            moves[event.id] = (zone, "time-zone") if zone else (max(fits), "clock-ahead")


def _came_with(event: TrackingEvent, receipts: Sequence[datetime]) -> bool:
    """Whether an event came together with one of those received at some moments, in order: out of one store."""
    place = bisect_left(receipts, event.received_at)
    return any(
        abs((event.received_at - each).total_seconds()) <= _ONE_DUMP_S
        for each in receipts[max(0, place - 1) : place + 1]
    )


def _between(
    timed: list[TrackingEvent], moves: dict[str, tuple[float, str]], limits: Thresholds, counters: frozenset[str]
) -> None:
    """Messages that waited so long that they do not look early, among others of a clock that is ahead.

    They are those that stand between two such messages, in order of numbers or, where none count events, of the device's own
    time; and those that bear a lower number than one of them and, uncorrected, a later time. A start of the device that
    waited whole, between two under one wrong clock, is among them if its last message would be later than the next start.
    """
    if not any(event.id in moves for event in timed):
        return
    counts = [event for event in timed if event.sequence is not None and event.protocol in counters]
    ordered = sorted(counts or timed, key=lambda event: (*_number(event, bool(counts)), _at(event), event.id))
    before: list[tuple[float, str] | None] = []
    for event in ordered:
        before.append(moves.get(event.id) or (before[-1] if before else None))
    after: tuple[float, str] | None = None
    least = float("inf")
    wrong = {event.boot for event in timed if event.id in moves}
    for place in range(len(ordered) - 1, -1, -1):
        event = ordered[place]
        if event.id in moves:
            after = moves[event.id]
        elif after is not None:
            is_between = event.boot in wrong and _agree(before[place], after, limits)
            if is_between or (counts and _at(event) > least):
                moves[event.id] = after
                wrong.add(event.boot)
        if event.id in moves:
            least = min(least, _at(event) + moves[event.id][0])


def _number(event: TrackingEvent, is_counted: bool) -> tuple[int, int]:
    return (event.boot or 0, event.sequence or 0) if is_counted else (0, 0)


def _agree(before: tuple[float, str] | None, after: tuple[float, str], limits: Thresholds) -> bool:
    return before is not None and abs(before[0] - after[0]) <= limits.clock_agree_s


def _at(event: TrackingEvent) -> float:
    return event.time.timestamp() if event.time is not None else 0.0


def _unset(
    timed: Sequence[TrackingEvent], delays: dict[str, float], moves: dict[str, tuple[float, str]], limits: Thresholds
) -> set[str]:
    """Messages from longer ago than any buffer holds: corrected where two agree, else adrift.

    Where all messages of a device came at one moment they are a recording, and old by right.
    """
    old = [event for event in timed if delays[event.id] > limits.era_rest_s]
    if not old or (_is_recording(timed) and len(old) == len(timed)):
        return set()
    boots: dict[int | None, list[TrackingEvent]] = defaultdict(list)
    for event in old:
        boots[event.boot].append(event)
    adrift = set()
    for boot in boots.values():
        levels = _levels(sorted(boot, key=lambda event: delays[event.id]), delays, limits)
        for event in boot:
            fits = [level for level in levels if level <= delays[event.id]]
            if fits:
                moves[event.id] = (max(fits), "clock-not-set")
            else:
                adrift.add(event.id)
    return adrift


def _levels(ordered: Sequence[TrackingEvent], delays: dict[str, float], limits: Thresholds) -> list[float]:
    """Delays on which messages that came apart agree, least first; those of one dump fall with its messages.

    Delays above the least must be those of a fifth of the messages: two dumps may agree on some by chance.
    """
    found: list[float] = []
    for place, event in enumerate(ordered):
        least = delays[event.id]
        if found and least <= found[-1] + limits.clock_agree_s:
            continue
        near = []
        for other in ordered[place:]:
            if delays[other.id] > least + limits.clock_agree_s:
                break
            near.append(other)
        if _span(near) >= 2 * limits.clock_agree_s and (not found or 5 * len(near) >= len(ordered)):
            found.append(least)
    return found


def _span(events: Sequence[TrackingEvent]) -> float:
    receipts = [event.received_at for event in events]
    return (max(receipts) - min(receipts)).total_seconds() if receipts else 0.0


def _zone(delay: float) -> float | None:
    """The offset of a time zone that a least delay is, but for what a message takes; None if it is none."""
    zone = round(delay / _QUARTER_S) * _QUARTER_S
    is_zone = zone != 0 and -50_400 <= zone <= 50_400 and -30 <= delay - zone <= 90
    return zone if is_zone else None


def _moved(event: TrackingEvent, seconds: float, why: str) -> TrackingEvent:
    if event.time is None:
        return event
    told = {"device_time": event.time.isoformat(), "clock_moved_s": round(seconds, 1), "clock_why": why}
    return msgspec.structs.replace(
        event,
        time=event.time + timedelta(seconds=seconds),
        attributes={**event.attributes, **told},
        doubts=(*event.doubts, CORRECTED),
    )


def _told(events: Iterable[TrackingEvent], moves: dict[str, tuple[float, str]], adrift: set[str]) -> Iterator[Found]:
    groups: dict[str, list[TrackingEvent]] = defaultdict(list)
    for event in events:
        if event.id in moves:
            groups[moves[event.id][1]].append(event)
        elif event.id in adrift:
            groups["clock-not-set"].append(event)
        elif event.time is None and not event.doubts:
            groups["no-time"].append(event)
    if len(groups["no-time"]) < _NO_TIME:
        del groups["no-time"]
    for why, several in sorted(groups.items()):
        event = min(several, key=lambda event: (event.received_at, event.id))
        moved = moves.get(event.id)
        measured: dict[str, float | str] = {"likely": why}
        if moved is not None:
            measured["moved_s"] = round(moved[0])
        yield Found(kind="clock-wrong", events=(event,), measured=measured)
