# SPDX-License-Identifier: Apache-2.0
"""The catalogue of attacks on a seal as journeys: each is an invented one to which something is done, or a clean one.

The list is that of docs/reference/tracking/seal-attacks.md with the threats of this package; what must be told of each is a
sentence about any tracking software, and the kinds of alert are ours.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import UTC, datetime, timedelta
from random import Random
from typing import Any, Literal

import msgspec

from cocket.simulation.tracks.devices import seal
from cocket.simulation.tracks.journeys import Trip, Truth, trips
from cocket.simulation.tracks.threats import TELLS
from cocket.simulation.tracks.world import REGIMES, moved, ways
from cocket.tracking.alerts import KINDS
from cocket.tracking.events import Position, SealReading, TrackingEvent
from cocket.tracking.geometry import Fence, distance_m
from cocket.tracking.journey import Authority, Detour, Journey

#: What must hold: a red alert, an alert of any colour, or no red alert on a journey to which nothing was done.
Must = Literal["red", "raised", "not-red"]

#: An opening so far from the place of its leave (metres) is elsewhere.
_FAR_M = 30_000

#: A GPS era: 1,024 weeks.
_ERA = timedelta(weeks=1024)


class Case(msgspec.Struct, frozen=True, kw_only=True):
    """One journey of a kind of attack: as customs know it, what its device told in order of receipt, and the truth."""

    journey: Journey
    events: tuple[TrackingEvent, ...]
    truth: Truth


_Twist = Callable[[Case, Random], Case]


class Attack(msgspec.Struct, frozen=True, kw_only=True):
    """One kind of attack.

    Attributes:
        name: What its folder is called.
        what: What is done, in a sentence.
        must: What must hold.
        kinds: Kinds of our alerts of which one tells it (0..n).
        threat: What the simulator does first; None for nothing.
        twist: What is done to the messages then; None for nothing.
        times: How often it is done, so that as many alerts must tell it (count).
    """

    name: str
    what: str
    must: Must
    kinds: frozenset[str]
    threat: str | None = None
    twist: _Twist | None = None
    times: int = 1


def _at(case: Case, change: Callable[[datetime, int], datetime | None]) -> Case:
    """The same with other device times, by the time and the place in the order of receipt; a copy has that of its first."""
    first: dict[str, int] = {}
    events = []
    for number, event in enumerate(case.events):
        counted = first.setdefault(event.id, number)
        time = None if event.time is None else change(event.time, counted)
        events.append(msgspec.structs.replace(event, time=time))
    return msgspec.structs.replace(case, events=tuple(events))


def _shifted(**by: float) -> _Twist:
    return lambda case, _: _at(case, lambda time, _: time + timedelta(**by))


def _no_clock(case: Case, _: Random) -> Case:
    return _at(case, lambda *_: None)


def _of_2000(case: Case, _: Random) -> Case:
    since = datetime(2000, 1, 3, tzinfo=UTC) - case.journey.starts_at
    return _at(case, lambda time, _: time + since)


def _steps(case: Case, _: Random) -> Case:
    begin = case.truth.since or case.journey.starts_at
    return _at(case, lambda time, _: time + timedelta(hours=8 if time >= begin else 0))


def _wild(case: Case, chance: Random) -> Case:
    off = [timedelta(days=chance.uniform(-4.6, 4.6)) for _ in case.events]
    return _at(case, lambda time, number: time + off[number])


def _era(case: Case, _: Random) -> Case:
    return _at(case, lambda time, _: time - _ERA)


def _era_once(case: Case, _: Random) -> Case:
    return _at(case, lambda time, number: time - _ERA if number == 9 else time)


def _changed(case: Case, **fields: object) -> Case:
    events = tuple(msgspec.structs.replace(event, **fields) for event in case.events)
    return msgspec.structs.replace(case, events=events)


def _spelt(case: Case, _: Random) -> Case:
    events = []
    for event in case.events:
        number = event.seal.number if event.seal else None
        reading = event.seal
        if reading is not None and number is not None:
            reading = msgspec.structs.replace(reading, number=f"{number[:1]} {number[1:]}".lower())
        events.append(msgspec.structs.replace(event, equipment="MSKU 123456-5", seal=reading))
    return msgspec.structs.replace(case, events=tuple(events))


def _one_number(case: Case, _: Random) -> Case:
    return _changed(case, sequence=1)


def _coarse(case: Case) -> Case:
    events = tuple(
        msgspec.structs.replace(event, position=msgspec.structs.replace(event.position, accuracy_m=25_000.0))
        if event.position is not None
        else event
        for event in case.events
    )
    return msgspec.structs.replace(case, events=events)


def _unnamed_seal(case: Case, _: Random) -> Case:
    """The plan names no seal, and every message away from the office of departure shows it cut."""
    office = case.journey.departure
    events = tuple(
        event
        if event.position is not None and office.outside_m(event.position) < 500
        else msgspec.structs.replace(event, seal=seal((event.seal and event.seal.number) or "S", strap="cut"))
        for event in case.events
    )
    away = [event.time for event in events if event.time and event.seal and event.seal.strap == "cut"]
    return Case(
        journey=msgspec.structs.replace(case.journey, seals=()),
        events=events,
        truth=msgspec.structs.replace(case.truth, threat="cut", since=min(away), until=max(away)),
    )


def _timed(case: Case) -> list[tuple[datetime, Position]]:
    """When and where its device was, in order of time."""
    return sorted(
        {(event.time, event.position) for event in case.events if event.time and event.position},
        key=lambda pair: (pair[0], pair[1].lat, pair[1].lon),
    )


def _middle(case: Case) -> tuple[datetime, Position]:
    """When and where it was about halfway: at no time of another leave, and far from the destination."""
    hour = timedelta(hours=1)
    under_way = [pair for pair in _timed(case) if case.journey.starts_at < pair[0] < case.truth.arrived_at]
    free = [
        (at, place)
        for at, place in under_way
        if case.journey.destination.outside_m(place) > _FAR_M
        and not any(one.since - hour <= at <= one.until + hour for one in case.journey.authorities)
    ]
    half = under_way[len(under_way) // 2][0]
    return min(free or under_way, key=lambda pair: abs((pair[0] - half).total_seconds()))


def _with_leave(case: Case, at: datetime, act: Literal["open", "remove"]) -> Case:
    """With leave at the destination, for four hours around a moment."""
    leave = Authority(
        act=act,
        officer="officer-7",
        place=case.journey.destination.name,
        since=at - timedelta(hours=2),
        until=at + timedelta(hours=2),
    )
    return msgspec.structs.replace(
        case, journey=msgspec.structs.replace(case.journey, authorities=(*case.journey.authorities, leave))
    )


def _opened_elsewhere(case: Case, _: Random) -> Case:
    at, _place = _middle(case)
    until = at + timedelta(minutes=15)
    given = _with_leave(_coarse(case), at, "open")
    events = tuple(
        msgspec.structs.replace(event, seal=msgspec.structs.replace(event.seal, lock="unlocked"))
        if event.seal is not None and event.time is not None and at <= event.time <= until
        else event
        for event in given.events
    )
    truth = msgspec.structs.replace(case.truth, threat="opened", since=at, until=until)
    return msgspec.structs.replace(given, events=events, truth=truth)


def _battery_then_cut(case: Case, _: Random) -> Case:
    """Power is cut, nothing is heard for half an hour, then the strap is cut without a fix, in a time of leave to remove it."""
    at, _place = _middle(case)
    again = at + timedelta(minutes=30)
    given = _with_leave(case, at, "remove")
    events = []
    pulled = min(event.time for event in given.events if event.time and event.time >= at)
    for event in given.events:
        if event.time is None or event.time < at:
            events.append(event)
        elif event.time == pulled:
            events.append(msgspec.structs.replace(event, alarms=("power-cut",)))
        elif event.time > again:
            shown = msgspec.structs.replace(event.seal, strap="cut") if event.seal else None
            is_blind = event.time < again + timedelta(hours=1)
            more = {"position": None, "kind": "status", "satellites": 0} if is_blind else {}
            events.append(msgspec.structs.replace(event, seal=shown, **more))
    truth = msgspec.structs.replace(case.truth, threat="cut", since=again, until=again + timedelta(hours=1))
    return msgspec.structs.replace(given, events=tuple(events), truth=truth)


def _detour_coarse(case: Case, _: Random) -> Case:
    return _coarse(case)


def _unloaded_in_parts(case: Case, chance: Random) -> Case:
    """Four halts of 52 minutes within some forty kilometres, away from every permitted place; all that follows comes later."""
    fences = [one for one in case.journey.places if one.purpose in ("permitted-stop", "dead-zone")]
    fences += [case.journey.departure, case.journey.destination]
    fixes = [
        (at, place)
        for at, place in _timed(case)
        if case.truth.arrived_at > at and all(one.outside_m(place) > 3_000 for one in fences)
    ]
    marks: list[tuple[datetime, Position]] = []
    for at, place in fixes[len(fixes) // 4 :]:
        if len(marks) < 4 and all(distance_m(place, other) > 6_000 for _, other in marks):
            marks.append((at, place))
    halt, step = timedelta(minutes=52), timedelta(seconds=case.journey.report_every_s or 300)

    def later(at: datetime) -> timedelta:
        return halt * sum(at > mark for mark, _ in marks)

    out, extra = [], 0
    for event in case.events:
        by = later(event.time) if event.time else timedelta()
        time = event.time + by if event.time else None
        out.append(msgspec.structs.replace(event, time=time, received_at=event.received_at + by))
    for number, (mark, place) in enumerate(marks):
        at = mark + halt * number
        model = next(event for event in case.events if event.time == mark)
        for count in range(1, int(halt / step)):
            extra += 1
            near = moved(place, chance.gauss(0, 8), chance.gauss(0, 8))
            moment = at + count * step
            out.append(
                msgspec.structs.replace(
                    model,
                    id=f"{model.id[:24]}{extra:08x}",
                    time=moment,
                    received_at=moment + timedelta(seconds=chance.uniform(2, 40)),
                    position=near,
                    speed_m_s=0.0,
                )
            )
    out.sort(key=lambda event: (event.time or event.received_at, event.id))
    numbers: dict[str, int] = {}
    for event in out:
        numbers.setdefault(event.id, len(numbers))
    renumbered = [msgspec.structs.replace(event, sequence=numbers[event.id]) for event in out]
    renumbered.sort(key=lambda event: (event.received_at, event.id))
    truth = msgspec.structs.replace(
        case.truth,
        threat="creeping-unload",
        since=marks[0][0],
        until=marks[-1][0] + 4 * halt,
        arrived_at=case.truth.arrived_at + 4 * halt,
    )
    wide = [
        msgspec.structs.replace(one, until=one.until + 4 * halt) if one.act == "remove" else one
        for one in case.journey.authorities
    ]
    plan = msgspec.structs.replace(case.journey, time_limit=case.journey.time_limit + 4 * halt, authorities=tuple(wide))
    return Case(journey=plan, events=tuple(renumbered), truth=truth)


def _each(case: Case, change: Callable[[TrackingEvent], TrackingEvent]) -> Case:
    return msgspec.structs.replace(case, events=_by_receipt(change(event) for event in case.events))


def _by_receipt(events: Iterable[TrackingEvent]) -> tuple[TrackingEvent, ...]:
    return tuple(sorted(events, key=lambda event: (event.received_at, event.id)))


def _planned(case: Case, **fields: Any) -> Case:
    return msgspec.structs.replace(case, journey=msgspec.structs.replace(case.journey, **fields))


def _dated(case: Case, since: datetime, until: datetime) -> Case:
    return msgspec.structs.replace(case, truth=msgspec.structs.replace(case.truth, since=since, until=until))


def _with(event: TrackingEvent, **state: Any) -> TrackingEvent:
    """A message whose seal says otherwise; one that says nothing of a seal is as it was."""
    return (
        event
        if event.seal is None
        else msgspec.structs.replace(event, seal=msgspec.structs.replace(event.seal, **state))
    )


def _span(case: Case) -> tuple[datetime, datetime]:
    """When something was done to it, from and until."""
    begin, end = case.truth.since, case.truth.until
    return begin or case.journey.starts_at, end or case.truth.arrived_at


def _in(event: TrackingEvent, span: tuple[datetime, datetime]) -> bool:
    return event.time is not None and span[0] <= event.time <= span[1]


def _confusable(case: Case, _: Random) -> Case:
    letters = str.maketrans("01", "OI")
    return _each(
        case,
        lambda event: (
            _with(event, number=event.seal.number.translate(letters)) if event.seal and event.seal.number else event
        ),
    )


def _copied(case: Case, _: Random) -> Case:
    again = [msgspec.structs.replace(one, received_at=one.received_at + timedelta(hours=2)) for one in case.events]
    return msgspec.structs.replace(case, events=_by_receipt((*case.events, *again)))


def _hidden_by_copies(case: Case, _: Random) -> Case:
    """Two messages show the cut; from then on those of before it come again in place of the true ones."""
    since, _until = _span(case)
    before = [event for event in case.events if event.time is not None and event.time < since]
    after = [event for event in case.events if event.time is not None and event.time >= since]
    shown = sorted({event.sequence for event in after if event.sequence is not None})[:2]
    old = sorted(before, key=lambda event: (event.time or event.received_at, event.id))[-20:]
    again = [
        msgspec.structs.replace(old[number % len(old)], received_at=event.received_at)
        for number, event in enumerate(event for event in after if event.sequence not in shown)
        if old
    ]
    return msgspec.structs.replace(
        case, events=_by_receipt((*before, *(event for event in after if event.sequence in shown), *again))
    )


def _cut_twice(case: Case, _: Random) -> Case:
    """Cut, whole again, and cut again, for half an hour each."""
    times = sorted({event.time for event in case.events if event.time and event.time < case.truth.arrived_at})
    half = timedelta(minutes=30)
    first, second = times[len(times) // 3], times[2 * len(times) // 3]
    spans = (first, first + half), (second, second + half)
    cut = _each(case, lambda event: _with(event, strap="cut") if any(_in(event, span) for span in spans) else event)
    return _dated(cut, first, second + half)


def _unnamed(case: Case, _: Random) -> Case:
    """Opened for a quarter of an hour, where and when no leave holds; the plan does not name the seal."""
    at, _place = _middle(case)
    span = at, at + timedelta(minutes=15)
    opened = _each(case, lambda event: _with(event, lock="unlocked") if _in(event, span) else event)
    return _dated(_planned(opened, seals=()), *span)


def _never_closed(case: Case, _: Random) -> Case:
    """The plan names no seal, and every message says that the bolt is not locked."""
    office = case.journey.departure
    away = [at for at, place in _timed(case) if office.outside_m(place) > 0]
    return _dated(_planned(_each(case, lambda event: _with(event, lock="unlocked")), seals=()), away[0], away[-1])


def _taken_over_broken(case: Case, _: Random) -> Case:
    taken = _planned(case, seal_states={case.journey.devices[0]: "tampered"})
    return _dated(taken, case.journey.starts_at, case.truth.arrived_at)


def _check(place: Position) -> Fence:
    return Fence(name="CHECK", purpose="office", centre=(place.lon, place.lat), radius_m=2_000)


def _leave_afterwards(case: Case, _: Random) -> Case:
    """Opened in one message; leave for that place and time is recorded once it has come, and all copies of it."""
    at, place = _middle(case)
    span = at, at + timedelta(minutes=1)
    opened = _each(case, lambda event: _with(event, lock="unlocked") if event.time == at else event)
    came = max(event.received_at for event in opened.events if event.time == at)
    leave = Authority(
        act="open",
        officer="officer-7",
        place="CHECK",
        since=at - timedelta(hours=1),
        until=at + timedelta(hours=2),
        given_at=came + timedelta(minutes=1),
    )
    plan = case.journey
    return _dated(_planned(opened, authorities=(*plan.authorities, leave), places=(*plan.places, _check(place))), *span)


def _left_open(case: Case, _: Random) -> Case:
    """Opened by leave, and not closed as the lorry goes on."""
    at, place = _middle(case)
    leave = Authority(
        act="open",
        officer="officer-7",
        place="CHECK",
        since=at - timedelta(minutes=10),
        until=at + timedelta(minutes=20),
        given_at=at - timedelta(hours=1),
    )
    plan, span = case.journey, (at, case.truth.arrived_at)
    opened = _each(case, lambda event: _with(event, lock="unlocked") if _in(event, span) else event)
    return _dated(_planned(opened, authorities=(*plan.authorities, leave), places=(*plan.places, _check(place))), *span)


def _allowed_afterwards(case: Case, _: Random) -> Case:
    """The way that it took is allowed once its messages have come."""
    since, until = _span(case)
    hour = timedelta(hours=1)
    line = tuple((place.lon, place.lat) for at, place in _timed(case) if since - hour <= at <= until + hour)
    came = max(event.received_at for event in case.events if _in(event, (since - hour, until + hour)))
    detour = Detour(line=line, since=since - hour, until=until + hour, given_at=came + timedelta(minutes=1))
    return _planned(case, detours=(detour,))


def _set_on_the_way(case: Case, _: Random) -> Case:
    at, _place = _middle(case)
    return _at(case, lambda time, _: time - timedelta(hours=5 if time < at else 0))


def _slow_and_stored(case: Case, _: Random) -> Case:
    """The clock is seven hours slow, and what was made from an hour before the cut to two hours after it comes at once."""
    since, _until = _span(case)
    span = since - timedelta(hours=1), since + timedelta(hours=2)
    held = [event for event in case.events if _in(event, span)]
    comes = max((event.received_at for event in held), default=span[1])
    places = {
        event.id: place for place, event in enumerate(sorted(held, key=lambda event: (event.sequence or 0, event.id)))
    }
    kept = _each(
        case,
        lambda event: (
            msgspec.structs.replace(event, received_at=comes + timedelta(seconds=0.4 * places[event.id]))
            if event.id in places
            else event
        ),
    )
    return _shifted(hours=-7)(kept, Random(0))


def _before_discharge(case: Case, _: Random) -> Case:
    """Cut at the destination without leave by a clock that is eight minutes ahead; then it is discharged, and the seal taken off."""
    begin = case.truth.arrived_at + timedelta(minutes=5)
    first = min(
        (event for event in case.events if event.time and event.time >= begin), key=lambda one: (one.time, one.id)
    )
    ahead = timedelta(minutes=8)

    def changed(event: TrackingEvent) -> TrackingEvent:
        if event.time is None or first.time is None or event.time < first.time:
            return event
        return _with(msgspec.structs.replace(event, time=event.time + ahead), strap="cut")

    ended = first.received_at + timedelta(seconds=30)
    cut = _planned(_each(case, changed), authorities=(), discharged_at=ended)
    heard = tuple(event for event in cut.events if event.received_at <= ended)
    return _dated(msgspec.structs.replace(cut, events=heard), first.time or begin, ended)


def _third_number(case: Case, _: Random) -> Case:
    (number,) = case.journey.seals
    return _dated(_planned(case, seals=(f"A{number}", f"B{number}")), case.journey.starts_at, case.truth.arrived_at)


def _in_words(*words: str) -> _Twist:
    """The seal says its state in a word of its own; when it is cut, in one of some."""

    def twist(case: Case, chance: Random) -> Case:
        word = chance.choice(words)

        def said(event: TrackingEvent) -> TrackingEvent:
            if event.seal is None or event.seal.lock != "locked":
                return event
            state = word if event.seal.strap == "cut" else "intact"
            reading = SealReading(number=event.seal.number)
            return msgspec.structs.replace(event, seal=reading, attributes={**event.attributes, "seal_state": state})

        return _each(case, said)

    return twist


def _alarm_alone(case: Case, _: Random) -> Case:
    """No message says anything of a seal; two bear the alarm that the rope was cut."""
    cut = sorted({event.sequence or 0 for event in case.events if event.seal and event.seal.strap == "cut"})[:2]
    return _each(
        case,
        lambda event: msgspec.structs.replace(
            event, seal=None, alarms=("rope-cut",) if event.sequence in cut else event.alarms
        ),
    )


def _calls_for_help(case: Case, _: Random) -> Case:
    at, _place = _middle(case)
    called = _each(case, lambda event: msgspec.structs.replace(event, alarms=("sos",)) if event.time == at else event)
    return _dated(called, at, at + timedelta(minutes=10))


_CUT, _OPENED = frozenset({"seal-tampered"}), frozenset({"seal-opened"})


def _cut_with(name: str, clock: str, twist: _Twist) -> Attack:
    return Attack(
        name=f"cut-clock-{name}",
        what=f"The seal is cut; {clock}.",
        must="red",
        kinds=_CUT,
        threat="seal-cut",
        twist=twist,
    )


_DONE: dict[str, str] = {
    "backdated": "Messages bear times hours or days before they were made.",
    "battery-pull": "The battery is pulled for a while.",
    "clone": "A second device reports under the same name from elsewhere.",
    "cold-chain": "The goods are warmed.",
    "detour": "The lorry leaves its corridor.",
    "door": "The container is opened on the way, without its seal showing it.",
    "equipment-swap": "The device reports another container from a moment on.",
    "forbidden": "The lorry enters an area that it may not.",
    "future": "A message bears a time days ahead.",
    "jamming": "Satellites are jammed.",
    "late": "The journey is not presented by its time limit.",
    "replay": "Messages of hours before are sent again.",
    "seal-cut": "The seal is cut, and every message says so from then on.",
    "seal-opened": "The seal is opened without leave, and closed again.",
    "seal-opened-in-dead-zone": "The seal is opened where no network is, and closed again; the messages come later.",
    "seal-swap": "The device reports another seal from a moment on.",
    "shielded": "The device is shielded for a while.",
    "spoof-drag": "Its places are drawn away slowly, to ones where it is not.",
    "spoof-jump": "Its places jump to ones where it is not.",
    "stop": "The lorry stands for long where it may not.",
    "transloading": "The lorry stands where it may not, and light falls in.",
    "turn-back": "The lorry goes back on its way for a while, then on.",
}

#: Spoofing by drawing places away slowly is told by tables of network cells, which other software has none of.
_NEED_CELLS = frozenset({"spoof-drag"})

#: Every kind of attack, and of clean journey, in the order of the catalogue.
ATTACKS: tuple[Attack, ...] = (
    Attack(name="clean", what="Nothing is done.", must="not-red", kinds=frozenset()),
    Attack(
        name="clean-numbers-spelt-otherwise",
        what="Nothing is done; seal and container are written with blanks, a hyphen, in small letters.",
        must="not-red",
        kinds=frozenset(),
        twist=_spelt,
    ),
    Attack(
        name="clean-clock-none",
        what="Nothing is done; no message bears a time.",
        must="not-red",
        kinds=frozenset(),
        twist=_no_clock,
    ),
    Attack(
        name="clean-clock-8h-fast",
        what="Nothing is done; the clock is 8 hours fast.",
        must="not-red",
        kinds=frozenset(),
        twist=_shifted(hours=8),
    ),
    Attack(
        name="clean-gps-era",
        what="Nothing is done; times are 1,024 weeks old.",
        must="not-red",
        kinds=frozenset(),
        twist=_era,
    ),
    Attack(
        name="clean-gps-era-once",
        what="Nothing is done; one time is 1,024 weeks old.",
        must="not-red",
        kinds=frozenset(),
        twist=_era_once,
    ),
    _cut_with("11min-fast", "the clock is 11 minutes fast", _shifted(minutes=11)),
    _cut_with("8h-fast", "the clock is 8 hours fast", _shifted(hours=8)),
    _cut_with("7h-slow", "the clock is 7 hours slow", _shifted(hours=-7)),
    _cut_with("2000", "the clock was never set, and runs from 2000-01-03", _of_2000),
    _cut_with("none", "no message bears a time", _no_clock),
    _cut_with("steps", "the clock steps 8 hours ahead at the cut", _steps),
    _cut_with("wild", "each time is off by up to 4.6 days", _wild),
    _cut_with("gps-era", "times are 1,024 weeks old", _era),
    Attack(
        name="cut-as-first-sign",
        what="The plan does not name a seal, and the first message away from the office of departure shows the seal cut.",
        must="red",
        kinds=_CUT,
        twist=_unnamed_seal,
    ),
    Attack(
        name="battery-pulled-then-cut",
        what="Power is cut; half an hour later the seal is cut without a fix, while leave to remove it holds at the destination.",
        must="raised",
        kinds=_CUT | {"opening-unproven"},
        twist=_battery_then_cut,
    ),
    Attack(
        name="opened-elsewhere-in-leave",
        what="The seal is opened far from the place of the leave and within its time; the device says that its places err by 25 km.",
        must="red",
        kinds=_OPENED,
        twist=_opened_elsewhere,
    ),
    Attack(
        name="detour-behind-accuracy",
        what="The lorry leaves its corridor; the device says that its places err by 25 km.",
        must="raised",
        kinds=frozenset({"corridor-left"}),
        threat="detour",
        twist=_detour_coarse,
    ),
    Attack(
        name="cut-in-a-flood-of-numbers",
        what="The seal is cut, and every message bears the same number.",
        must="red",
        kinds=_CUT,
        threat="seal-cut",
        twist=_one_number,
    ),
    Attack(
        name="creeping-unload",
        what="Four halts of 52 minutes outside permitted places.",
        must="raised",
        kinds=frozenset({"standing-often", "unpermitted-stop"}),
        twist=_unloaded_in_parts,
    ),
    *(
        Attack(
            name=threat,
            what=_DONE[threat],
            must="red" if all(KINDS[kind][0] == "red" for kind in kinds) else "raised",
            kinds=kinds,
            threat=threat,
        )
        for threat, kinds in TELLS.items()
        if threat not in _NEED_CELLS
    ),
    Attack(
        name="clean-numbers-with-o-for-0",
        what="Nothing is done; the seal's number is written with O for 0 and I for 1.",
        must="not-red",
        kinds=frozenset(),
        twist=_confusable,
    ),
    Attack(
        name="clean-copies",
        what="Nothing is done; every message comes again after two hours.",
        must="not-red",
        kinds=frozenset(),
        twist=_copied,
    ),
    Attack(
        name="clean-clock-set-on-the-way",
        what="Nothing is done; the clock is 5 hours slow until about halfway, and right from then on.",
        must="not-red",
        kinds=frozenset(),
        twist=_set_on_the_way,
    ),
    _cut_with(
        "7h-slow-stored", "the clock is 7 hours slow, and what was made around the cut comes at once", _slow_and_stored
    ),
    Attack(
        name="cut-before-discharge",
        what="The seal is cut at the destination without leave by a clock 8 minutes fast; after its message the journey is discharged.",
        must="red",
        kinds=_CUT,
        twist=_before_discharge,
    ),
    Attack(
        name="cut-hidden-by-copies",
        what="The seal is cut; two messages show it, then ones of before the cut come again in place of the true ones.",
        must="red",
        kinds=_CUT,
        threat="seal-cut",
        twist=_hidden_by_copies,
    ),
    Attack(
        name="cut-twice",
        what="The seal is cut, shown whole, and cut again: each cut must raise an alert.",
        must="red",
        kinds=_CUT,
        twist=_cut_twice,
        times=2,
    ),
    Attack(
        name="cut-by-alarm-alone",
        what="The seal is cut; two messages bear the alarm that the rope was cut, none says anything else of a seal.",
        must="red",
        kinds=_CUT,
        threat="seal-cut",
        twist=_alarm_alone,
    ),
    Attack(
        name="cut-in-other-words",
        what="The seal is cut; its state is a word such as broken, tampered or forced.",
        must="red",
        kinds=_CUT,
        threat="seal-cut",
        twist=_in_words("broken", "TAMPERED", "Forced", "severed"),
    ),
    Attack(
        name="cut-in-unknown-words",
        what="The seal is cut; its state is a word that no list has.",
        must="raised",
        kinds=_CUT | {"seal-not-understood"},
        threat="seal-cut",
        twist=_in_words("durchtrennt", "NOK", "state 7"),
    ),
    Attack(
        name="opened-unnamed-seal",
        what="The seal is opened without leave, and closed again; the plan does not name it.",
        must="red",
        kinds=_OPENED,
        twist=_unnamed,
    ),
    Attack(
        name="never-closed",
        what="The plan does not name a seal, and every message says that the bolt is not locked.",
        must="raised",
        kinds=_OPENED,
        twist=_never_closed,
    ),
    Attack(
        name="left-open-after-leave",
        what="The seal is opened by leave, and still open as the lorry goes on.",
        must="red",
        kinds=_OPENED,
        twist=_left_open,
    ),
    Attack(
        name="leave-after-the-deed",
        what="The seal is opened; leave for that place and time is recorded after the messages of it came.",
        must="red",
        kinds=_OPENED,
        twist=_leave_afterwards,
    ),
    Attack(
        name="detour-allowed-after-the-deed",
        what="The lorry leaves its corridor; the way that it took is allowed after its messages came.",
        must="red",
        kinds=frozenset({"corridor-left"}),
        threat="detour",
        twist=_allowed_afterwards,
    ),
    Attack(
        name="taken-over-broken",
        what="The journey is taken over with a seal that was tampered with, and every message shows it whole.",
        must="red",
        kinds=frozenset({"taken-over-red"}),
        twist=_taken_over_broken,
    ),
    Attack(
        name="third-number",
        what="The plan names two seals, and the device reports a third number from the start.",
        must="red",
        kinds=frozenset({"seal-swapped"}),
        twist=_third_number,
    ),
    Attack(
        name="device-calls-for-help",
        what="A message bears the alarm sos.",
        must="raised",
        kinds=frozenset({"device-alarm"}),
        twist=_calls_for_help,
    ),
)


def cases(attack: Attack, seed: int, count: int) -> tuple[Case, ...]:
    """Journeys of a kind of attack.

    Args:
        attack: The kind.
        seed: Seed; with the kind's name it determines the whole output.
        count: How many.
    """
    roads = tuple(way for way in ways(seed) if way.mode == "road")
    number = ATTACKS.index(attack)
    threats = (attack.threat,) if attack.threat else ()
    made = []
    for place, trip in enumerate(trips(roads, REGIMES["plain"], seed * 1_000 + number, count, threats)):
        case = Case(journey=trip.journey, events=_plain(trip), truth=trip.truth)
        twist = attack.twist
        made.append(twist(case, Random(f"attack/{attack.name}/{seed}/{place}")) if twist else case)
    return tuple(made)


def _plain(trip: Trip) -> tuple[TrackingEvent, ...]:
    """What a device told, without the network cells that it heard: they are the simulator's own."""
    return tuple(msgspec.structs.replace(event, cells=()) for event in trip.events)
