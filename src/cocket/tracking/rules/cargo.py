# SPDX-License-Identifier: Apache-2.0
"""What happens inside the box: doors, temperature, light, shocks; and the power of the device that tells of them."""

from __future__ import annotations

import itertools
from collections import deque
from collections.abc import Iterator
from statistics import median

import msgspec

from cocket.tracking.admission import in_order
from cocket.tracking.alerts import Found
from cocket.tracking.case import Case, seconds
from cocket.tracking.events import TIME_FROM_RECEIPT, Position, TrackingEvent
from cocket.tracking.seals import leave_for


def door_opened(case: Case) -> Iterator[Found]:
    """A door is open, and no officer gave leave to open it there and then, nor is the journey over.

    An open door counts whatever the clock says: without a time it counts when its message came.
    """
    run: list[TrackingEvent] = []
    for event in (*sorted((*_told(case, "door"), *_untimed_doors(case)), key=in_order), None):
        is_open = event is not None and (event.door == "open" or "door" in event.alarms)
        if event is not None and is_open and not _may_open(case, event):
            run.append(event)
        elif run and (event is None or not is_open):
            yield Found(kind="door-opened", events=tuple(run), measured={"messages": len(run)})
            run = []


def _untimed_doors(case: Case) -> Iterator[TrackingEvent]:
    """Messages about the door that bear no time, since the journey began, at the time of their receipt."""
    for event in case.admitted.untimed:
        is_since = case.journey is None or event.received_at >= case.journey.starts_at
        if is_since and (event.door is not None or "door" in event.alarms):
            yield msgspec.structs.replace(event, time=event.received_at, doubts=(*event.doubts, TIME_FROM_RECEIPT))


#: Fields of which a device may only say that something is wrong, and by which alarm.
_ALARMS = {"door": "door", "light_lux": "light"}


def _told(case: Case, field: str) -> tuple[TrackingEvent, ...]:
    """Events whose reading of a field is undisputed and known; for door and light, also those that alarm about it."""
    return tuple(
        event
        for event in case.events
        if event.id not in case.admitted.disputed
        and (getattr(event, field) is not None or _ALARMS.get(field) in event.alarms)
    )


def _may_open(case: Case, event: TrackingEvent) -> bool:
    if case.arrival is not None and seconds(case.arrival.event, event) >= 0:
        return True
    if TIME_FROM_RECEIPT in event.doubts:
        where: tuple[Position, ...] = () if event.position is None else (event.position,)
        if case.journey is not None and any(map(case.journey.destination.holds, where)):
            return True
    else:
        where = case.around(event)
    return leave_for("opened", event, where, case.journey, case.fixes_near(event))[0] != "none"


def temperature_left(case: Case) -> Iterator[Found]:
    """The temperature left what the goods bear, or, where nothing is asked for, what had been kept until then.

    Warm spells of less than an hour that come at even spacing are a reefer's defrosting, and are not told.
    """
    spells = list(_spells(case))
    cycle = _defrosting(case, spells)
    for run, bounds in spells:
        lasted = seconds(run[0][0], run[-1][0])
        is_long = len(run) >= case.limits.excursion_readings and lasted >= case.limits.excursion_s
        if is_long and run[0][0].id not in cycle:
            yield _excursion(case, run, bounds)


#: Readings outside bounds, each with how far (K), in order of time.
_Run = list[tuple[TrackingEvent, float]]

#: Spells that are needed to call them a cycle, and the spacing it may have: units defrost every 2 to 24 hours.
_CYCLES, _SPACING_S = 3, (2 * 3600.0, 26 * 3600.0)


def _spells(case: Case) -> Iterator[tuple[_Run, tuple[float, float]]]:
    """Times during which readings were outside bounds, and the bounds."""
    asked = case.journey.temperature_c if case.journey else None
    kept: deque[float] = deque(maxlen=max(2, case.limits.temperature_history))
    run: _Run = []
    bounds: tuple[float, float] | None = None
    for event in (*_told(case, "temperature_c"), None):
        bounds = asked or (bounds if run else _established(case, kept))
        reading = event.temperature_c if event else None
        beyond = 0.0 if reading is None or bounds is None else max(bounds[0] - reading, reading - bounds[1])
        if event is not None and beyond > 0:
            run.append((event, beyond))
            continue
        if run and bounds is not None:
            yield run, bounds
        run = []
        if reading is not None:
            kept.append(reading)


def _defrosting(case: Case, spells: list[tuple[_Run, tuple[float, float]]]) -> frozenset[str]:
    """First events of the spells that are a reefer's defrosting: warm, short, alike, at even spacing, the box shut."""
    opened = [event for event in case.events if event.door == "open" or (event.light_lux or 0) > case.limits.light_lux]

    def may_be(run: _Run, highest: float) -> bool:
        begin, end = run[0][0], run[-1][0]
        is_warm = all((event.temperature_c or highest) > highest for event, _ in run)
        is_shut = not any(seconds(begin, event) >= 0 and seconds(event, end) >= 0 for event in opened)
        return is_warm and is_shut and seconds(begin, end) <= case.limits.defrost_s

    warm = [run for run, (_, highest) in spells if may_be(run, highest)]
    gaps = [seconds(one[0][0], other[0][0]) for one, other in itertools.pairwise(warm)]
    if len(warm) < _CYCLES or not _SPACING_S[0] <= (usual := median(gaps)) <= _SPACING_S[1]:
        return frozenset()
    is_even = [abs(gap - usual) <= case.limits.defrost_spacing * usual for gap in gaps]
    of_cycle = [run for number, run in enumerate(warm) if any(is_even[max(0, number - 1) : number + 1])]
    return frozenset(run[0][0].id for run in of_cycle) if len(of_cycle) >= _CYCLES else frozenset()


def _established(case: Case, kept: deque[float]) -> tuple[float, float] | None:
    """Bounds around a temperature that was kept; None if none was."""
    if len(kept) < case.limits.temperature_history:
        return None
    middle = median(kept)
    if median(abs(each - middle) for each in kept) > case.limits.temperature_spread_k:
        return None
    return middle - case.limits.temperature_step_k, middle + case.limits.temperature_step_k


def _excursion(case: Case, run: _Run, bounds: tuple[float, float]) -> Found:
    worst = max(beyond for _, beyond in run)
    readings = [event.temperature_c for event, _ in run if event.temperature_c is not None]
    return Found(
        kind="temperature-excursion",
        events=tuple(event for event, _ in run),
        thresholds={"lowest_c": round(bounds[0], 2), "highest_c": round(bounds[1], 2)},
        measured={"lowest_c": min(readings), "highest_c": max(readings), "seconds": seconds(run[0][0], run[-1][0])},
        excess=1 + worst / case.limits.temperature_step_k,
    )


def light_inside(case: Case) -> Iterator[Found]:
    """There is light inside a box whose door nobody had leave to open."""
    events = [
        event
        for event in _told(case, "light_lux")
        if ((event.light_lux or 0) > case.limits.light_lux or "light" in event.alarms) and not _may_open(case, event)
    ]
    for run in _runs(case, events):
        brightest = max(event.light_lux or 0 for event in run)
        yield Found(
            kind="light-inside",
            events=run,
            thresholds={"light_lux": case.limits.light_lux},
            measured={"light_lux": brightest} if brightest > case.limits.light_lux else {"alarm": "light"},
            excess=max(1.0, brightest / case.limits.light_lux),
        )


def hard_shock(case: Case) -> Iterator[Found]:
    """A shock harder than what goods are packed for."""
    events = [event for event in _told(case, "shock_g") if (event.shock_g or 0) > case.limits.shock_g]
    for run in _runs(case, events):
        hardest = max(event.shock_g or 0 for event in run)
        yield Found(
            kind="shock",
            events=run,
            thresholds={"shock_g": case.limits.shock_g},
            measured={"shock_g": hardest},
            excess=hardest / case.limits.shock_g,
        )


def _runs(case: Case, events: list[TrackingEvent]) -> Iterator[tuple[TrackingEvent, ...]]:
    """Events that belong together: none farther from the one before than a door's window."""
    run: list[TrackingEvent] = []
    for event in events:
        if run and seconds(run[-1], event) > case.limits.door_light_window_s:
            yield tuple(run)
            run = []
        run.append(event)
    if run:
        yield tuple(run)


def battery_implausible(case: Case) -> Iterator[Found]:
    """A battery says more than 100 %, or gains faster than it can be charged.

    The reading is made up, or the battery was changed.
    """
    wrong = tuple(event for event in case.events if "battery-percent-impossible" in event.doubts)
    if wrong:
        yield Found(
            kind="battery-implausible",
            events=wrong,
            thresholds={"highest_percent": 100},
            measured={"messages": len(wrong), "percent": str(wrong[0].attributes.get("batteryLevelRaw", "unknown"))},
        )
    told = _told(case, "battery_percent")
    for before, after in itertools.pairwise(told):
        rise = (after.battery_percent or 0) - (before.battery_percent or 0)
        is_quick = seconds(before, after) <= 3600 and before.power_v is None and after.power_v is None
        if rise > case.limits.battery_rise_percent and is_quick:
            yield Found(
                kind="battery-implausible",
                events=(before, after),
                thresholds={"rise_percent": case.limits.battery_rise_percent},
                measured={"rise_percent": rise},
                excess=rise / case.limits.battery_rise_percent,
            )
