# SPDX-License-Identifier: Apache-2.0
"""What several devices show together: jamming and spoofing of a place, vehicles side by side, one seal in two places, a convoy
that parts.

Places are counted in cells of a grid in degrees and of time; a trouble near an edge is counted in all the cells it
touches. Source: stage two of SeaSpoofFinder (several vessels that share where they jump from and to) for spoofing.
"""

from __future__ import annotations

import itertools
from bisect import bisect_left
from collections import defaultdict
from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import NamedTuple

from cocket.tracking.admission import in_order, when
from cocket.tracking.alerts import Found
from cocket.tracking.case import Case, Fix, Stop, seconds
from cocket.tracking.events import Position, TrackingEvent
from cocket.tracking.geometry import distance_m
from cocket.tracking.identity import number_key, same_number
from cocket.tracking.thresholds import Thresholds

Area = tuple[int, int, int]


class _Trouble(NamedTuple):
    """One device's trouble: at which moment, whence, and whither if it jumped."""

    device: str
    event: TrackingEvent
    place: Position
    target: Position | None


def across(cases: list[tuple[str, Case]], limits: Thresholds) -> Iterator[tuple[str, Found]]:
    """What devices show together.

    Args:
        cases: Devices, and their cases.
        limits: The measures.

    Yields:
        Devices, joined by a comma in order, and what was found of them.
    """
    yield from _areas("jamming-area", [each for name, case in cases for each in _lost(name, case)], limits)
    yield from _areas("spoofing-area", [each for name, case in cases for each in _jumps(name, case)], limits)
    yield from _meetings(cases, limits)
    yield from _shared_seals(cases)
    yield from _parted(cases, limits)


def _cell(place: Position, limits: Thresholds) -> tuple[int, int]:
    return int(place.lat // limits.cluster_deg), int(place.lon // limits.cluster_deg)


def _areas(kind: str, troubles: list[_Trouble], limits: Thresholds) -> Iterator[tuple[str, Found]]:
    """Places and times that enough devices share trouble in; with targets, those must be shared as well."""
    cells: dict[tuple[Area, tuple[int, int] | None], dict[str, _Trouble]] = defaultdict(dict)
    for trouble in sorted(troubles, key=lambda each: in_order(each.event)):
        lat, lon = _cell(trouble.place, limits)
        span = int(when(trouble.event).timestamp() // limits.cluster_s)
        target = _cell(trouble.target, limits) if trouble.target else None
        cells[(lat, lon, span), target].setdefault(trouble.device, trouble)
    for (area, _), found in sorted(cells.items(), key=lambda item: str(item[0])):
        if len(found) < limits.cluster_devices:
            continue
        devices = sorted(found)
        yield (
            ",".join(devices),
            Found(
                kind=kind,
                events=tuple(sorted((found[device].event for device in devices), key=in_order)),
                thresholds={
                    "devices": limits.cluster_devices,
                    "cell_deg": limits.cluster_deg,
                    "seconds": limits.cluster_s,
                },
                measured={"devices": len(devices)},
                excess=len(devices) / limits.cluster_devices,
                fence=f"{area[0] * limits.cluster_deg:g},{area[1] * limits.cluster_deg:g}",
            ),
        )


def _lost(device: str, case: Case) -> Iterator[_Trouble]:
    """Moments in which a device that reports lost its fix, or said it is jammed."""
    last: Position | None = None
    was_lost = False
    for event in case.events:
        is_lost = "jamming" in event.alarms or (event.position is None and event.last_position is not None)
        place = event.position or event.last_position or last
        if is_lost and not was_lost and place is not None:
            yield _Trouble(device, event, place, None)
        was_lost = is_lost
        last = event.position or last


def _jumps(device: str, case: Case) -> Iterator[_Trouble]:
    """Jumps of a device: whence and whither."""
    keys = [in_order(fix.event) for fix in case.fixes]
    for track in case.tracks[1:]:
        before = bisect_left(keys, in_order(track[0].event))
        if before:
            yield _Trouble(device, track[0].event, case.fixes[before - 1].place, track[0].place)


def _meetings(cases: list[tuple[str, Case]], limits: Thresholds) -> Iterator[tuple[str, Found]]:
    """Vehicles that stood side by side, outside places where their journeys may stop.

    Stops are found again in time and place by cells of the grid; only vehicles of different journeys meet.
    """
    stops = [(device, case, stop.fixes) for device, case in cases if case.journey is not None for stop in case.stops]
    grid: dict[tuple[int, int], list[tuple[str, Case, tuple[Fix, ...]]]] = defaultdict(list)
    for each in stops:
        grid[_cell(each[2][0].place, limits)].append(each)
    for group in grid.values():
        for number, (one, case, fixes) in enumerate(group):
            for other, other_case, others in group[number + 1 :]:
                if one == other or case.journey == other_case.journey or _is_permitted(case, Stop(fixes).place):
                    continue
                together = min(when(fixes[-1].event), when(others[-1].event)) - max(
                    when(fixes[0].event), when(others[0].event)
                )
                apart = distance_m(fixes[0].place, others[0].place)
                if together.total_seconds() >= limits.meeting_s and apart <= limits.meeting_m:
                    yield (
                        ",".join(sorted((one, other))),
                        Found(
                            kind="meeting",
                            events=tuple(sorted((fixes[0].event, others[0].event), key=in_order)),
                            thresholds={"metres": limits.meeting_m, "seconds": limits.meeting_s},
                            measured={"metres": round(apart), "seconds": together.total_seconds()},
                            excess=together.total_seconds() / limits.meeting_s,
                        ),
                    )


def _is_permitted(case: Case, place: Position) -> bool:
    fences = case.journey.fences("permitted-stop", "office", "unlock", "port") if case.journey else ()
    return any(fence.holds(place, case.limits.fence_margin_m) for fence in fences)


def _shared_seals(cases: list[tuple[str, Case]]) -> Iterator[tuple[str, Found]]:
    """One seal number that two devices tell on different containers, or from places it cannot have been carried between."""
    seen: dict[str, dict[str, tuple[TrackingEvent, Case]]] = defaultdict(dict)
    for device, case in cases:
        for event in case.events:
            if event.seal is not None and event.seal.number is not None:
                seen[number_key(event.seal.number)].setdefault(device, (event, case))
    for _, told in sorted(seen.items()):
        devices = sorted(told)
        events = [told[device][0] for device in devices]
        if len(devices) < 2 or not _is_apart(events, [told[device][1] for device in devices]):
            continue
        yield (
            ",".join(devices),
            Found(
                kind="seal-used-twice",
                events=tuple(sorted(events, key=in_order)),
                measured={"seal": _number_of(events[0]), "devices": len(devices)},
            ),
        )


def _number_of(event: TrackingEvent) -> str:
    return (event.seal.number if event.seal else None) or ""


def _is_apart(events: list[TrackingEvent], cases: list[Case]) -> bool:
    boxes = [event.equipment for event in events if event.equipment is not None]
    known = [number for case in cases if case.journey is not None for number in case.journey.equipment]
    if any(not same_number(one, boxes[0], known) for one in boxes[1:]):
        return True
    case = cases[0]
    placed = [event for event in events if event.position is not None]
    return any(
        one.position is not None
        and other.position is not None
        and distance_m(one.position, other.position)
        > case.fastest_m_s * abs(seconds(one, other)) + case.limits.jump_floor_m
        for one, other in itertools.pairwise(placed)
    )


def _parted(cases: list[tuple[str, Case]], limits: Thresholds) -> Iterator[tuple[str, Found]]:
    """A vehicle of a convoy that stays farther from the one that leads than vehicles that travel together, both under way.

    Fixes are compared that are near in time; what either can have driven between them is allowed for.
    """
    leads = {case.journey.id: (device, case) for device, case in cases if case.journey is not None}
    for device, case in cases:
        lead = leads.get(case.journey.convoy) if case.journey is not None and case.journey.convoy else None
        if lead is None or lead[0] == device or not lead[1].under_way:
            continue
        first, fixes = lead[1].under_way, case.under_way
        keys = [when(fix.event) for fix in first]
        run: list[tuple[Fix, float]] = []
        for fix in (*fixes, None):
            apart = _apart(fix, first, keys, limits) if fix is not None else 0.0
            if fix is not None and apart is None:
                continue  # nothing was heard of the lead at that time
            if fix is not None and apart is not None and apart > limits.convoy_gap_m:
                run.append((fix, apart))
                continue
            lasted = seconds(run[0][0].event, run[-1][0].event) if run else 0.0
            if lasted >= limits.convoy_s:
                furthest = max(metres for _, metres in run)
                yield (
                    ",".join(sorted((lead[0], device))),
                    Found(
                        kind="convoy-parted",
                        events=tuple(each.event for each, _ in run),
                        thresholds={"metres": limits.convoy_gap_m, "seconds": limits.convoy_s},
                        measured={"metres": round(furthest), "seconds": lasted},
                        excess=furthest / limits.convoy_gap_m,
                    ),
                )
            run = []


def _apart(fix: Fix, lead: Sequence[Fix], keys: Sequence[datetime], limits: Thresholds) -> float | None:
    """Metres from the lead at the time of a fix, less what was driven meanwhile; None if it was not heard near that time."""
    moment = when(fix.event)
    place = bisect_left(keys, moment)
    near = [(abs((keys[each] - moment).total_seconds()), each) for each in (place - 1, place) if 0 <= each < len(keys)]
    lasted, which = min(near)
    if lasted > limits.convoy_heard_s:
        return None
    errors = (fix.place.accuracy_m or 0) + (lead[which].place.accuracy_m or 0)
    return max(0.0, distance_m(fix.place, lead[which].place) - limits.lorry_m_s * lasted - errors)
