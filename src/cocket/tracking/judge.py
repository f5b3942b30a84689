# SPDX-License-Identifier: Apache-2.0
"""Judging: from the set of events to the alerts that hold, whatever way the events came.

Nothing is kept between two judgements but the events. What came late, twice or in another order gives the same alerts,
because only the set counts; `alerts.settle` then says what is new, changed or withdrawn.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime
from typing import NamedTuple

import msgspec

from cocket.tracking.admission import Admitted, admit, made_by, when
from cocket.tracking.alerts import Alert, Found, alert_of, weighed_by_time, within_budget
from cocket.tracking.case import Case
from cocket.tracking.cells import CellTable
from cocket.tracking.chain import is_evidence, told_of
from cocket.tracking.events import TrackingEvent
from cocket.tracking.fleet import across
from cocket.tracking.journey import Journey, PortCall
from cocket.tracking.rules import RULES
from cocket.tracking.thresholds import Thresholds
from cocket.tracking.vessels import contradicted


def judge(
    events: Iterable[TrackingEvent],
    journeys: Iterable[Journey] = (),
    *,
    limits: Thresholds | None = None,
    as_of: datetime | None = None,
    cells: CellTable | None = None,
) -> tuple[Alert, ...]:
    """The alerts that hold, given all that is known.

    Args:
        events: Events of any devices, in any order, any of them repeated.
        journeys: Journeys that devices follow, those of which nothing was heard among them (0..n).
        limits: The measures; None for those of the house.
        as_of: The moment for which is judged (UTC); None for the latest that any event bears, so that without an event
            nothing can be told.
        cells: Places of mobile network cells; None if unknown.

    Returns:
        Alerts (0..n), in order of time: the same for the same set of events.
    """
    measures = limits or Thresholds()
    by_device: dict[str, list[TrackingEvent]] = defaultdict(list)
    for event in events:
        by_device[event.device or "unnamed"].append(event)
    ends = as_of or _latest(event for each in by_device.values() for event in each)
    if ends is None:
        return ()
    routes: dict[str, list[Journey]] = defaultdict(list)
    for journey in journeys:
        for device in journey.devices:
            routes[device].append(journey)
    alerts: list[Alert] = []
    cases: list[tuple[str, Case]] = []
    for device in sorted(by_device | routes):
        followed = routes.get(device, ())
        if device in by_device:
            judged = judge_device(by_device[device], followed, limits=measures, as_of=ends, cells=cells)
        else:
            judged = judge_silent(device, followed, limits=measures, as_of=ends)
        alerts += judged.alerts
        cases += [(device, case) for case in judged.cases]
    return _sorted([*alerts, *judge_together(cases, limits=measures)])


class Judged(NamedTuple):
    """What was made of one device.

    Attributes:
        alerts: Alerts of this device alone (0..n), in order of time.
        cases: The device on each of its journeys, or on none (1..n), for `judge_together`.
    """

    alerts: tuple[Alert, ...]
    cases: tuple[Case, ...]


def judge_device(
    events: Sequence[TrackingEvent],
    journeys: Iterable[Journey],
    *,
    limits: Thresholds,
    as_of: datetime,
    cells: CellTable | None = None,
    disarmed: tuple[datetime, ...] = (),
) -> Judged:
    """The alerts of one device alone, given all that is known of it.

    Args:
        events: Its events, in any order, any of them repeated (1..n).
        journeys: Journeys that it follows (0..n).
        limits: The measures.
        as_of: The moment for which is judged (UTC).
        cells: Places of mobile network cells; None if unknown.
        disarmed: When an officer asked it to open (UTC, 0..n); it counts while the device follows no journey.
    """
    return _judged(events[0].device or "unnamed", admit(events, limits), journeys, (limits, as_of, cells), disarmed)


def judge_silent(device: str, journeys: Iterable[Journey], *, limits: Thresholds, as_of: datetime) -> Judged:
    """The alerts of a device that never told anything: that it is silent, and what it did not arrive for.

    Args:
        device: The device.
        journeys: Journeys that it was to follow (1..n).
        limits: The measures.
        as_of: The moment for which is judged (UTC); nothing but the clock speaks here.
    """
    return _judged(device, Admitted(events=()), journeys, (limits, as_of, None))


def _judged(
    device: str,
    admitted: Admitted,
    journeys: Iterable[Journey],
    terms: tuple[Thresholds, datetime, CellTable | None],
    disarmed: tuple[datetime, ...] = (),
) -> Judged:
    limits, as_of, cells = terms
    followed = sorted(journeys, key=lambda journey: (journey.starts_at, journey.id))
    handled: dict[str | None, list[tuple[str, datetime]]] = {plan.id: _handled(plan, device) for plan in followed}
    told: dict[str | None, list[Found]] = defaultdict(list)
    for found in admitted.found:
        told[_journey_at(followed, when(found.events[0]))].append(found)
    alerts = [
        alert_of(found, device, name)
        for name, several in told.items()
        for found in within_budget(several, limits.alerts_of_kind, handled.get(name, ()))
    ]
    evidence: dict[str | None, list[TrackingEvent]] = defaultdict(list)
    for event in filter(is_evidence, admitted.untimed):
        evidence[_journey_at(followed, event.received_at)].append(event)
    alerts += [alert_of(found, device, name) for name, events in evidence.items() for found in told_of(events)]
    cases = []
    for route, part in _parts(admitted, followed):
        case = Case(part, route, limits, as_of, cells)
        case.device = device
        case.disarmed = disarmed
        case.has_gone_on = len(part.events) < len(admitted.events)
        cases.append(case)
        alerts += _alerts(case, device)
    return Judged(_sorted(alerts), tuple(cases))


def judge_together(cases: Sequence[tuple[str, Case]], *, limits: Thresholds) -> tuple[Alert, ...]:
    """The alerts that only several devices together show.

    Args:
        cases: Devices with their cases (0..n).
        limits: The measures.

    Returns:
        Alerts (0..n), in order of time; their subject is the devices, joined by commas.
    """
    if len(cases) < 2:
        return ()
    return _sorted(alert_of(weighed_by_time(found), devices, None) for devices, found in across(list(cases), limits))


def _journey_at(followed: list[Journey], moment: datetime) -> str | None:
    """The journey that a device followed at a moment, before its first the first; None after the last was discharged."""
    begun = [journey for journey in followed if journey.starts_at <= moment] or followed[:1]
    last = begun[-1] if begun else None
    is_over = last is not None and last.discharged_at is not None and last.discharged_at < moment
    return None if last is None or is_over else last.id


def _parts(admitted: Admitted, followed: list[Journey]) -> Iterator[tuple[Journey | None, Admitted]]:
    """Journeys that one device follows in turn, each with its messages until the next begins."""
    if not followed:
        yield None, admitted
    for number, route in enumerate(followed):
        ends = followed[number + 1].starts_at if number + 1 < len(followed) else None
        events = tuple(event for event in admitted.events if ends is None or made_by(event) < ends)
        signs = tuple(event for event in admitted.signs if ends is None or made_by(event) < ends)
        yield route, msgspec.structs.replace(admitted, events=events, signs=signs)


def _latest(events: Iterable[TrackingEvent]) -> datetime | None:
    """The latest moment any event bears that it may: one from after its receipt counts by its receipt; None without any."""
    return max(map(made_by, events), default=None)


def judge_port_calls(
    events: Iterable[TrackingEvent], calls: Iterable[PortCall], *, as_of: datetime, limits: Thresholds | None = None
) -> tuple[Alert, ...]:
    """Alerts of vessels that were not where their manifests say.

    Args:
        events: What was heard of vessels, in any order.
        calls: Port calls as manifests state them.
        as_of: The moment for which is judged (UTC).
        limits: The measures; None for those of the house.
    """
    measures = limits or Thresholds()
    by_vessel: dict[str, list[TrackingEvent]] = defaultdict(list)
    for event in events:
        by_vessel[event.device or "unnamed"].append(event)
    alerts = []
    for call in calls:
        case = Case(admit(by_vessel.get(call.vessel, ()), measures), None, measures, as_of)
        alerts += [alert_of(found, call.vessel, None) for found in contradicted(case, call)]
    return _sorted(alerts)


def _alerts(case: Case, device: str) -> list[Alert]:
    journey = case.journey.id if case.journey else None
    found = within_budget(
        (weighed_by_time(found) for rule in RULES for found in rule(case)),
        case.limits.alerts_of_kind,
        _handled(case.journey, device) if case.journey else (),
    )
    return [alert_of(each, device, journey) for each in found]


def _handled(plan: Journey, device: str) -> list[tuple[str, datetime]]:
    """Kinds of alerts on a device that officers took up or closed, and when (0..n)."""
    return [(one.kind, one.at) for one in plan.handlings if one.device == device]


def _sorted(alerts: Iterable[Alert]) -> tuple[Alert, ...]:
    return tuple(
        sorted({alert.id: alert for alert in alerts}.values(), key=lambda alert: (alert.since, alert.kind, alert.id))
    )


__all__ = ["Judged", "judge", "judge_device", "judge_port_calls", "judge_silent", "judge_together"]
