# SPDX-License-Identifier: Apache-2.0
"""Silence, and what it may come of: a hole in coverage, an empty battery, a battery pulled, a suppressed device."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from datetime import datetime

from cocket.tracking.admission import when
from cocket.tracking.alerts import Found
from cocket.tracking.case import Case, seconds
from cocket.tracking.chain import is_evidence
from cocket.tracking.events import NO_CLOCK, TrackingEvent


def nothing_heard(case: Case) -> Iterator[Found]:
    """Nothing was told for longer than was agreed, or than is usual for this device.

    A journey is silent from its activation on until its device first tells something; one that never does is told of
    without any message. Messages that came and do not count, for their time is wrong, are not silence. A silence that goes
    on is told only on a journey that has not arrived. Late messages that fill it withdraw it.
    """
    yield from _not_begun(case)
    limit = _limit(case)
    if limit is None:
        return
    events = case.events
    for before, after in itertools.pairwise(events):
        lasted = seconds(before, after)
        if lasted > limit and not _accounted(case, before, after) and not _arrived(case, before):
            yield _found(case, (before, after), lasted, limit)
    if case.journey is not None and events and case.arrival is None and not case.has_gone_on:
        lasted = (case.as_of - when(events[-1])).total_seconds()
        if lasted > limit:
            yield _found(case, (events[-1], None), lasted, limit)


def _not_begun(case: Case) -> Iterator[Found]:
    """Silence from the activation of a journey to the first message on it, or to now."""
    if case.journey is None or (case.has_gone_on and not case.events):
        return
    first = case.events[0] if case.events else None
    limit = _limit(case) or case.limits.silence_s
    begin = case.journey.starts_at
    lasted = ((when(first) if first else case.as_of) - begin).total_seconds()
    if lasted <= limit or _is_accounted_from(case, begin):
        return
    yield Found(
        kind="silence",
        events=(first,) if first else (),
        thresholds={"seconds": limit},
        measured={"seconds": lasted, "likely": "never-reported" if first is None else "not-begun"},
        excess=lasted / limit,
        anchor=begin,
        as_of=None if first else case.as_of,
    )


def _is_accounted_from(case: Case, begin: datetime) -> bool:
    """Whether messages came since a journey began whose time is wrong or not told, and none that counts."""
    doubtful = (*case.admitted.refused, *case.admitted.untimed)
    return not case.events and any(event.received_at >= begin and not is_evidence(event) for event in doubtful)


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


def _found(case: Case, around: tuple[TrackingEvent, TrackingEvent | None], lasted: float, limit: float) -> Found:
    before, after = around
    cause, counter = _cause(case, before, after)
    measured: dict[str, float | str] = {"seconds": lasted, "likely": cause}
    missing = _missing(before, after)
    if missing is not None:
        measured["messages_missing"] = missing
    pulled = cause == "battery-pulled" and NO_CLOCK not in before.doubts
    return Found(
        kind="battery-pulled" if pulled else "silence",
        events=(before, after) if after else (before,),
        thresholds={"seconds": limit},
        measured=measured,
        excess=lasted / limit,
        counter_evidence=counter,
        as_of=None if after else case.as_of,
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
        return "battery-empty", (f"The battery was at {charge:g} % before.",)
    if after is not None and before.boot is not None and after.boot is not None and after.boot > before.boot:
        is_whole = after.seal is None or (after.seal.strap != "cut" and after.seal.case != "opened")
        return ("battery-pulled" if is_whole else "opened-while-off"), ()
    last = before.position or before.last_position
    zones = case.journey.fences("dead-zone") if case.journey else ()
    if last is not None and any(zone.holds(last, case.limits.jump_floor_m) for zone in zones):
        return "dead-zone", ("It began in a known dead zone.",)
    missing = _missing(before, after)
    if missing == 0:
        return "device-off", ("No numbered message is missing.",)
    return ("messages-missing" if missing else "unknown"), ()
