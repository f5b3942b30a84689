# SPDX-License-Identifier: Apache-2.0
"""Whether the places a device tells can be where it was."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Iterator
from datetime import timedelta
from itertools import groupby, pairwise

from cocket.tracking.admission import in_order, when
from cocket.tracking.alerts import Found
from cocket.tracking.case import Case, Fix, seconds
from cocket.tracking.clock import CORRECTED as CLOCK_CORRECTED
from cocket.tracking.events import ACCURACY_POOR, TrackingEvent
from cocket.tracking.geometry import distance_m


def two_places_at_once(case: Case) -> Iterator[Found]:
    """Places that nothing could travel between: one identity in two places, or a jump and perhaps a return.

    The longest of the tracks into which the fixes fall is taken for the true one. Another that runs beside it is a
    second sender; one that stands in a hole of it, before it or after it, is a jump. One that becomes a part of the true
    one if its times are moved as others of the device were (`clock-wrong` says so) waited under the same wrong clock.
    One whose fixes say themselves that they are as coarse as they are off shows that alone: `accuracy-poor`.
    """
    shifts = {
        float(event.attributes.get("clock_moved_s", 0)) for event in case.events if CLOCK_CORRECTED in event.doubts
    }
    main = case.fixes
    keys, moments = [in_order(fix.event) for fix in main], {when(fix.event) for fix in main}
    for track in case.tracks[1:]:
        low, high = bisect_left(keys, in_order(track[0].event)), bisect_right(keys, in_order(track[-1].event))
        is_beside = high > low or when(track[0].event) in moments
        if any(_is_one_track(case, track, shift) for shift in shifts):
            continue
        near = main[low - 1] if low else main[min(high, len(main) - 1)]
        metres = distance_m(near.place, track[0].place)
        speed = metres / max(1.0, abs(seconds(near.event, track[0].event)))
        if _is_admitted(case, track):
            told = [float(fix.event.attributes.get("accuracy_told_m", fix.place.accuracy_m or 0.0)) for fix in track]
            accuracy = max(told) or max(map(case.may_err_m, track))
            yield Found(
                kind="accuracy-poor",
                events=tuple(fix.event for fix in track),
                thresholds={"accuracy_poor_m": case.limits.accuracy_poor_m},
                measured={"accuracy_m": accuracy, "jump_m": round(metres)},
                excess=accuracy / case.limits.accuracy_poor_m,
            )
            continue
        counter = []
        if len(track) == 1 and not is_beside:
            counter.append("It is a single message.")
        if any("checksum-wrong" in fix.event.doubts for fix in track):
            counter.append("A checksum is wrong: bytes may have been changed by accident.")
        yield Found(
            kind="device-cloned" if is_beside else "position-jump",
            events=tuple(fix.event for fix in track),
            thresholds={"speed_m_s": case.fastest_m_s, "jump_floor_m": case.limits.jump_floor_m},
            measured={
                "speed_m_s": round(speed, 1),
                "jump_m": round(metres),
                "returned": str(low > 0 and high < len(main)).lower(),
            },
            excess=speed / case.fastest_m_s,
            counter_evidence=tuple(counter),
        )


def _is_admitted(case: Case, track: tuple[Fix, ...]) -> bool:
    """Whether each fix of a track may have been on the longest one, by what it says of its own accuracy."""
    keys = [in_order(fix.event) for fix in case.fixes]
    for fix in track:
        at = bisect_left(keys, in_order(fix.event))
        for near in case.fixes[max(0, at - 1) : at + 1]:
            reach = case.fastest_m_s * abs(seconds(near.event, fix.event)) + (near.place.accuracy_m or 0)
            if distance_m(near.place, fix.place) > case.may_err_m(fix) + max(reach, case.limits.jump_floor_m):
                return False
    return True


def _is_one_track(case: Case, track: tuple[Fix, ...], shift_s: float) -> bool:
    """Whether something could have travelled the longest track and another whose times are moved (seconds)."""
    move = timedelta(seconds=shift_s)
    moved = [(when(fix.event) + move, fix.place) for fix in track]
    since, until = moved[0][0], moved[-1][0]
    times = [when(fix.event) for fix in case.fixes]
    low, high = max(0, bisect_left(times, since) - 1), bisect_right(times, until) + 1
    merged = sorted([*((when(fix.event), fix.place) for fix in case.fixes[low:high]), *moved], key=lambda one: one[0])
    return all(
        (metres := distance_m(before, after)) <= case.limits.jump_floor_m
        or metres <= case.fastest_m_s * max(1.0, (later - earlier).total_seconds())
        for (earlier, before), (later, after) in pairwise(merged)
    )


def place_and_readings_stuck(case: Case) -> Iterator[Found]:
    """Place and probes tell the same to the last digit, for longer than any noise allows.

    It is an old message told anew, or a receiver that died.
    """
    for run in case.stuck:
        yield Found(
            kind="position-frozen",
            events=run,
            thresholds={"messages": case.limits.frozen_messages, "seconds": case.limits.frozen_s},
            measured={"messages": len(run), "seconds": seconds(run[0], run[-1])},
            excess=seconds(run[0], run[-1]) / case.limits.frozen_s,
        )


def no_satellites(case: Case) -> Iterator[Found]:
    """A device reports without a fix for longer than a tunnel takes, or says itself that it is jammed.

    Reports without a fix count only between two fixes of a journey under way, outside its known dead zones.
    """
    usual = case.fixes[-1].event if case.fixes else None
    for has_fix, group in groupby(case.events, key=lambda event: event.position is not None):
        run = tuple(group)
        jammed = tuple(event for event in run if "jamming" in event.alarms)
        if len(jammed) >= 2:
            yield Found(kind="jamming", events=jammed, measured={"messages": len(jammed), "told_by": "device"})
            continue
        if has_fix or usual is None or not _seeks(run):
            continue
        lasted = seconds(run[0], run[-1])
        if lasted >= case.limits.no_fix_s and len(run) >= 3 and not _in_dead_zone(case, run[0]):
            heard = any(event.cells for event in run)
            yield Found(
                kind="jamming",
                events=run,
                thresholds={"no_fix_s": case.limits.no_fix_s},
                measured={"seconds": lasted, "cells_heard": str(heard).lower()},
                excess=lasted / case.limits.no_fix_s,
                counter_evidence=() if heard else ("No network cell was received either: it may have been shielded.",),
            )


def accuracy_poor(case: Case) -> Iterator[Found]:
    """A device says for longer than a tunnel takes that its place is coarse, so that no fence could hold it to anything.

    One figure of at most `coarse_setting_m` that each of its fixes bears is a setting of the device and no reading: where its
    satellites say that the fixes are good, they are taken to err by 200 m, and nothing is told.
    """
    placed = [event for event in case.events if event.position is not None or ACCURACY_POOR in event.doubts]
    if _is_setting(placed, case.limits.coarse_setting_m):
        return
    for is_poor, group in groupby(placed, key=lambda event: ACCURACY_POOR in event.doubts):
        run = tuple(group)
        lasted = seconds(run[0], run[-1])
        if not is_poor or len(run) < 3 or lasted < case.limits.no_fix_s:
            continue
        told = max(float(event.attributes["accuracy_told_m"]) for event in run)
        is_denied = any((event.satellites or 0) >= 5 for event in run)
        yield Found(
            kind="accuracy-poor",
            events=run,
            thresholds={"accuracy_poor_m": case.limits.accuracy_poor_m, "seconds": case.limits.no_fix_s},
            measured={
                "accuracy_m": told,
                "seconds": lasted,
                "satellites_say_otherwise": str(is_denied).lower(),
            },
            excess=lasted / case.limits.no_fix_s,
        )


def _is_setting(placed: list[TrackingEvent], most_m: float) -> bool:
    """Whether all fixes of a device bear one and the same coarse figure, which its satellites do not bear out."""
    told = {float(event.attributes.get("accuracy_told_m", -1.0)) for event in placed}
    is_denied = all((event.satellites or 0) >= 5 for event in placed)
    return len(told) == 1 and is_denied and told.pop() <= most_m


def _seeks(run: tuple[TrackingEvent, ...]) -> bool:
    """Whether a device that tells no fix looked for one: it says so, or gives its last place instead."""
    return any(event.last_position is not None or event.satellites is not None for event in run)


def _in_dead_zone(case: Case, event: TrackingEvent) -> bool:
    """Whether a device can have been driven into a known dead zone since the last fix before it lost them."""
    zones = case.journey.fences("dead-zone") if case.journey else ()
    keys = [in_order(fix.event) for fix in case.fixes] if zones else []
    before = bisect_left(keys, in_order(event)) - 1
    if before < 0:
        return False
    last = case.fixes[before]
    reach = case.limits.lorry_m_s * seconds(last.event, event)
    return any(zone.holds(last.place, reach) for zone in zones)


def cells_far_away(case: Case) -> Iterator[Found]:
    """The network cells a device hears stand farther from its place than radio of a mobile network reaches.

    Two such fixes in a row are asked for, since a cell may be moved.
    """
    if case.cells is None:
        return
    run: list[tuple[Fix, float]] = []
    for fix in (*case.fixes, None):
        apart = _cell_apart(case, fix) if fix else None
        if fix and apart is not None and apart > case.limits.cell_reach_m + (fix.place.accuracy_m or 0):
            run.append((fix, apart))
            continue
        if fix and apart is None:
            continue
        if len(run) >= 2:
            furthest = max(each for _, each in run)
            yield Found(
                kind="cell-contradicts-place",
                events=tuple(each.event for each, _ in run),
                thresholds={"cell_reach_m": case.limits.cell_reach_m},
                measured={"apart_m": round(furthest), "messages": len(run)},
                excess=furthest / case.limits.cell_reach_m,
            )
        run = []


def _cell_apart(case: Case, fix: Fix) -> float | None:
    """Metres from a fix to where the nearest of the known cells it heard reaches to; None if none is known."""
    cells = case.cells
    known = [place for cell in fix.event.cells if cells is not None and (place := cells.find(cell)) is not None]
    return min((distance_m(fix.place, place) - (place.accuracy_m or 0) for place in known), default=None)
