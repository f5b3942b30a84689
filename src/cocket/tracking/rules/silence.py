# SPDX-License-Identifier: Apache-2.0
"""Silence, and what it may come of: a hole in coverage, an empty battery, a battery pulled, a suppressed device."""

from __future__ import annotations

import itertools
from collections.abc import Iterator

from cocket.tracking.admission import when
from cocket.tracking.alerts import Found
from cocket.tracking.case import Case, seconds
from cocket.tracking.events import TrackingEvent


def nothing_heard(case: Case) -> Iterator[Found]:
    """Nothing was told for longer than was agreed, or than is usual for this device.

    Messages that came and do not count, for their time is wrong, are not silence. A silence that goes on is told only on
    a journey that has not arrived. Late messages that fill it withdraw it.
    """
    limit = _limit(case)
    if limit is None:
        return
    events = case.events
    for before, after in itertools.pairwise(events):
        lasted = seconds(before, after)
        if lasted > limit and not _accounted(case, before, after) and not _arrived(case, before):
            yield _found(case, before, after, lasted, limit)
    if case.journey is not None and events and case.arrival is None and not case.has_gone_on:
        lasted = (case.as_of - when(events[-1])).total_seconds()
        if lasted > limit:
            yield _found(case, events[-1], None, lasted, limit)


def _limit(case: Case) -> float | None:
    limits = case.limits
    if case.journey and case.journey.report_every_s:
        return max(limits.no_fix_s, limits.silence_intervals * case.journey.report_every_s)
    return None if case.interval_s is None else max(limits.silence_s, limits.silence_intervals * case.interval_s)


def _arrived(case: Case, event: TrackingEvent) -> bool:
    return case.arrival is not None and when(event) >= when(case.arrival.event)


def _accounted(case: Case, before: TrackingEvent, after: TrackingEvent) -> bool:
    """Whether refused messages stand, by their number, between two that count."""
    if before.sequence is None or after.sequence is None or before.boot != after.boot:
        return False
    return any(
        event.sequence is not None and event.boot == before.boot and before.sequence < event.sequence < after.sequence
        for event in case.admitted.refused
    )


def _found(case: Case, before: TrackingEvent, after: TrackingEvent | None, lasted: float, limit: float) -> Found:
    cause, counter = _cause(case, before, after)
    measured: dict[str, float | str] = {"seconds": lasted, "likely": cause}
    missing = _missing(before, after)
    if missing is not None:
        measured["messages_missing"] = missing
    pulled = cause == "battery-pulled"
    return Found(
        kind="battery-pulled" if pulled else "silence",
        events=(before, after) if after else (before,),
        thresholds={"seconds": limit},
        measured=measured,
        excess=lasted / limit,
        counter_evidence=counter,
    )


def _missing(before: TrackingEvent, after: TrackingEvent | None) -> int | None:
    """How many numbered messages are missing; None if that cannot be known."""
    if after is None or before.sequence is None or after.sequence is None or before.boot != after.boot:
        return None
    return max(0, after.sequence - before.sequence - 1)


def _cause(case: Case, before: TrackingEvent, after: TrackingEvent | None) -> tuple[str, tuple[str, ...]]:
    low = case.limits.battery_low_percent
    charge = before.battery_percent
    if charge is not None and charge <= low:
        return "battery-empty", (f"The battery stood at {charge:g} % before.",)
    if after is not None and before.boot is not None and after.boot is not None and after.boot > before.boot:
        is_whole = after.seal is None or (after.seal.strap != "cut" and after.seal.case != "opened")
        return ("battery-pulled" if is_whole else "opened-while-off"), ()
    last = before.position or before.last_position
    zones = case.journey.fences("dead-zone") if case.journey else ()
    if last is not None and any(zone.holds(last, case.limits.jump_floor_m) for zone in zones):
        return "dead-zone", ("It began at a known dead zone.",)
    missing = _missing(before, after)
    if missing == 0:
        return "device-off", ("No numbered message is missing.",)
    return ("messages-missing" if missing else "unknown"), ()
