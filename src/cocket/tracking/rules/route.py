# SPDX-License-Identifier: Apache-2.0
"""Whether the goods go the way that was laid down, in time, and stop only where they may."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta

from cocket.tracking.admission import when
from cocket.tracking.alerts import Found
from cocket.tracking.case import Case, Fix, Stop, seconds
from cocket.tracking.events import TrackingEvent
from cocket.tracking.geometry import distance_m, line_of, passes


def corridor_left(case: Case) -> Iterator[Found]:
    """The vehicle left its corridor for longer than an error lasts; a way allowed for the time counts as corridor."""
    journey = case.journey
    if journey is None or case.line is None:
        return
    run: list[tuple[Fix, float]] = []
    for number, fix in enumerate(case.under_way):
        aside = case.progress[number].aside_m
        slack = journey.corridor_half_width_m + (fix.place.accuracy_m or 0)
        if aside > slack + (0 if not run else -case.limits.fence_margin_m) and not _detours(case, fix):
            run.append((fix, aside))
            continue
        yield from _left(case, run)
        run = []
    yield from _left(case, run)


def _left(case: Case, run: list[tuple[Fix, float]]) -> Iterator[Found]:
    if len(run) < case.limits.off_corridor_fixes or case.journey is None:
        return
    lasted = seconds(run[0][0].event, run[-1][0].event)
    if lasted < case.limits.off_corridor_s:
        return
    width = case.journey.corridor_half_width_m
    furthest = max(aside for _, aside in run)
    yield Found(
        kind="corridor-left",
        events=tuple(fix.event for fix, _ in run),
        thresholds={"half_width_m": width, "seconds": case.limits.off_corridor_s},
        measured={"aside_m": round(furthest), "seconds": lasted},
        excess=furthest / width,
    )


def _detours(case: Case, fix: Fix) -> bool:
    journey = case.journey
    if journey is None:
        return False
    if journey.departure.holds(fix.place) or journey.destination.holds(fix.place):
        return True
    return any(
        detour.since <= when(fix.event) <= detour.until
        and (detour.given_at is None or fix.event.received_at >= detour.given_at)
        and line_of(detour.line).project(fix.place).aside_m <= journey.corridor_half_width_m
        for detour in journey.detours
    )


def turned_back(case: Case) -> Iterator[Found]:
    """The journey went back along its way, by more than a turn for fuel or a missed exit takes."""
    if case.journey is None or case.line is None:
        return
    slack = max(case.limits.back_m, 2 * case.journey.corridor_half_width_m)
    furthest = 0.0
    run: list[Fix] = []
    worst = 0.0
    for number, fix in enumerate(case.under_way):
        place = case.progress[number]
        if place.aside_m > case.journey.corridor_half_width_m + (fix.place.accuracy_m or 0):
            continue
        back = furthest - place.along_m - (fix.place.accuracy_m or 0)
        furthest = max(furthest, place.along_m)
        if back > slack:
            run.append(fix)
            worst = max(worst, back)
    if len(run) >= 2:
        yield Found(
            kind="wrong-direction",
            events=tuple(fix.event for fix in run),
            thresholds={"back_m": slack},
            measured={"back_m": round(worst)},
            excess=worst / slack,
        )


def stopped_where_not_permitted(case: Case) -> Iterator[Found]:
    """A stop outside offices and permitted places that lasts longer than a driver's rest.

    A red one if the box was opened meanwhile.
    """
    if case.journey is None or case.journey.mode not in ("road", "rail"):
        return
    for stop in case.stops:
        if _is_permitted(case, stop):
            continue
        opened = _opened_during(case, stop)
        facts: dict[str, float | str] = {"seconds": stop.seconds}
        yield Found(
            kind="transloading-suspected" if opened else "unpermitted-stop",
            events=tuple(fix.event for fix in stop.fixes) + opened,
            thresholds={"seconds": case.limits.stop_s, "radius_m": case.limits.stop_radius_m},
            measured=facts | ({"opened_messages": len(opened)} if opened else {}),
            excess=stop.seconds / case.limits.stop_s,
        )


def _is_permitted(case: Case, stop: Stop) -> bool:
    place = stop.place
    fences = case.journey.fences("permitted-stop", "office", "unlock", "port") if case.journey else ()
    return any(fence.holds(place, case.limits.fence_margin_m) for fence in fences)


def stood_often(case: Case) -> Iterator[Found]:
    """Halts outside offices and permitted places, each too short to be told, add up: goods may be unloaded bit by bit."""
    if case.journey is None or case.journey.mode not in ("road", "rail"):
        return
    limits = case.limits
    halts = [
        stop for stop in case.stays if limits.halt_s <= stop.seconds < limits.stop_s and not _is_permitted(case, stop)
    ]
    window: list[Stop] = []
    most: list[Stop] = []
    for halt in halts:
        window.append(halt)
        while seconds(window[0].fixes[0].event, halt.fixes[-1].event) > limits.standing_within_s:
            window.pop(0)
        if sum(each.seconds for each in window) > sum(each.seconds for each in most):
            most = list(window)
    stood = sum(halt.seconds for halt in most)
    if stood > limits.standing_s:
        yield Found(
            kind="standing-often",
            events=tuple(fix.event for halt in most for fix in halt.fixes),
            thresholds={"seconds": limits.standing_s, "within_s": limits.standing_within_s},
            measured={"seconds": stood, "halts": len(most)},
            excess=stood / limits.standing_s,
        )


def _opened_during(case: Case, stop: Stop) -> tuple[TrackingEvent, ...]:
    """Events near a stop that show light, an open door or seal, in a box that should be shut."""
    window = case.limits.door_light_window_s
    return tuple(
        event
        for event in case.events
        if -window <= seconds(stop.fixes[0].event, event) <= stop.seconds + window
        and event.id not in case.admitted.disputed
        and (
            (event.light_lux or 0) > case.limits.light_lux
            or event.door == "open"
            or (event.seal is not None and (event.seal.lock in ("open", "unlocked") or event.seal.strap == "cut"))
        )
    )


def forbidden_area(case: Case) -> Iterator[Found]:
    """A forbidden area was entered, or crossed between two fixes close enough in time to be joined by a straight line."""
    for fence in case.journey.fences("forbidden") if case.journey else ():
        touched: list[TrackingEvent] = []
        is_in = False
        for one, other in zip(case.fixes, case.fixes[1:], strict=False):
            near = seconds(one.event, other.event) <= case.limits.crossing_s
            crossed = near and distance_m(one.place, other.place) > 0 and passes(fence, one.place, other.place)
            is_in = _is_inside(case, fence.outside_m(other.place), other, is_in)
            if is_in or crossed:
                touched += [event for event in (one.event, other.event) if event not in touched[-2:]]
        if touched:
            yield Found(
                kind="forbidden-area", events=tuple(touched), fence=fence.name, measured={"messages": len(touched)}
            )


def _is_inside(case: Case, outside_m: float, fix: Fix, was_in: bool) -> bool:
    """Hysteresis: in only if surely in, out only if surely out."""
    doubt = fix.place.accuracy_m or 0
    return outside_m < -doubt or (was_in and outside_m <= doubt + case.limits.fence_margin_m)


def time_limit(case: Case) -> Iterator[Found]:
    """The goods were not presented at the office of destination by the time limit, whether or not anything was heard."""
    journey = case.journey
    if journey is None:
        return
    arrived = when(case.arrival.event) if case.arrival else None
    over = ((arrived or case.as_of) - journey.time_limit).total_seconds()
    if over <= 0:
        return
    allowed = max(1.0, (journey.time_limit - journey.starts_at).total_seconds())
    yield Found(
        kind="time-limit-exceeded",
        events=(case.arrival.event,) if case.arrival else case.events[-1:],
        thresholds={"time_limit": journey.time_limit.isoformat()},
        measured={"over_s": over, "arrived": arrived.isoformat() if arrived else "not yet"},
        excess=1 + over / allowed,
        fence=journey.destination.name,
        anchor=journey.time_limit,
        as_of=None if arrived else case.as_of,
    )


def running_late(case: Case) -> Iterator[Found]:
    """The goods came later than expected by more than rest and traffic explain, or can no longer come in time.

    While they are on the way, what is left of the corridor is counted at the highest speed there is, so that it is known
    before the hour is past.
    """
    journey = case.journey
    if journey is None or journey.expected_arrival is None:
        return
    arrived = when(case.arrival.event) if case.arrival else None
    late = ((arrived or _soonest(case)) - journey.expected_arrival).total_seconds()
    if late <= case.limits.late_s:
        return
    yield Found(
        kind="running-late",
        events=(case.arrival.event,) if case.arrival else case.events[-1:],
        thresholds={"expected": journey.expected_arrival.isoformat(), "late_s": case.limits.late_s},
        measured={"late_s": late, "arrived": arrived.isoformat() if arrived else "not yet"},
        excess=late / case.limits.late_s,
        fence=journey.destination.name,
        anchor=journey.expected_arrival,
        as_of=None if arrived else case.as_of,
    )


def _soonest(case: Case) -> datetime:
    """When the goods can be at destination at the soonest, seen from where they were last; not before now."""
    if case.line is None or not case.progress or case.journey is None:
        return case.as_of
    speed = case.limits.lorry_m_s if case.journey.mode == "road" else case.fastest_m_s
    left_m = max(0.0, case.line.length_m - case.progress[-1].along_m - case.journey.corridor_half_width_m)
    return max(case.as_of, when(case.fixes[-1].event) + timedelta(seconds=left_m / speed))
