# SPDX-License-Identifier: Apache-2.0
"""From what is kept of journeys and alerts to what doors are shown."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any, TypeVar, cast
from uuid import UUID

from cocket.pipeline.tracking.alert_effects import acts_of, alert_in
from cocket.pipeline.tracking.journey_state import JourneyStanding, plan_of, standing_of
from cocket.pipeline.tracking.response_clocks import clocks_of
from cocket.pipeline.tracking.views import (
    AlertSign,
    AlertView,
    EtaView,
    FixView,
    GuaranteeState,
    JourneyLine,
    JourneyState,
    Sample,
    SensorStrip,
)
from cocket.stores.tracking.alerts import StoredAlert
from cocket.stores.tracking.journeys import StoredJourney
from cocket.tracking.admission import when
from cocket.tracking.alerts import KINDS
from cocket.tracking.case import Case
from cocket.tracking.eta import EtaModel, Passage
from cocket.tracking.journey import Journey
from cocket.tracking.thresholds import Thresholds

Shown = TypeVar("Shown")

#: Most fixes of a journey that are shown, and most readings of a strip.
MOST_FIXES, _MOST_SAMPLES = 5_000, 2_000

#: Strips: field of an event, and unit for people.
_STRIPS = (
    ("speed_m_s", "m/s"),
    ("temperature_c", "°C"),
    ("humidity_percent", "%"),
    ("light_lux", "lx"),
    ("shock_g", "g"),
    ("battery_percent", "%"),
)

#: Without journeys before it, a journey's rest may take so much less or more than its own pace says.
_OWN_PACE = (0.8, 1.6)


def alert_view(row: StoredAlert, references: Mapping[str, str], signs: Iterable[StoredAlert] = ()) -> AlertView:
    """An alert as it is shown, with other signs of the same opening; references by journey."""
    alert, acts = alert_in(row), acts_of(row)
    now = None if row.is_withdrawn or row.state == "closed" else datetime.now(UTC)
    journey = str(row.journey) if row.journey else None
    return AlertView(
        id=row.id,
        kind=row.kind,
        message=KINDS[row.kind][1],
        severity=alert.severity,
        state=cast(Any, "withdrawn" if row.is_withdrawn and row.state != "closed" else row.state),
        told=cast(Any, row.told),
        is_withdrawn=row.is_withdrawn,
        rule=alert.rule,
        journey=journey,
        reference=references.get(journey or "", row.manifest),
        consignment=str(row.consignment) if row.consignment else None,
        office=row.office,
        subject=alert.subject,
        since=alert.since,
        until=alert.until,
        raised_at=row.raised,
        changed_at=row.changed,
        confidence=alert.confidence,
        events=alert.events,
        sequences=alert.sequences,
        thresholds=alert.thresholds,
        measured=alert.measured,
        path=alert.path,
        fence=alert.fence,
        counter_evidence=alert.counter_evidence,
        assigned_to=row.assigned_to,
        unit=row.unit,
        reason=cast(Any, row.reason),
        ordered=row.ordered,
        acts=acts,
        signs=tuple(AlertSign(id=one.id, kind=one.kind, message=KINDS[one.kind][1], since=one.since) for one in signs),
        clocks=clocks_of(alert.severity, row.raised, acts, now),
    )


def journey_line(
    journey: StoredJourney, standing_alerts: Mapping[str, int], now: datetime, eta: EtaView | None = None
) -> JourneyLine:
    """A journey as it stands in lists.

    Args:
        journey: As kept.
        standing_alerts: Alerts to be dealt with, by severity (count).
        now: When, UTC.
        eta: When it will arrive; None if it has, or nothing can be told.
    """
    plan, standing = plan_of(journey), standing_of(journey)
    last = standing.furthest
    arrives = journey.arrived or (eta.expected if eta else None)
    return JourneyLine(
        id=str(journey.id),
        reference=journey.reference,
        consignment=str(journey.consignment) if journey.consignment else None,
        state=cast(JourneyState, journey.state),
        departure=journey.departure,
        destination=journey.destination,
        devices=plan.devices,
        equipment=plan.equipment,
        mode=plan.mode,
        starts_at=journey.starts_at,
        time_limit=journey.time_limit,
        is_overdue=journey.arrived is None and journey.discharged is None and now > journey.time_limit,
        last_heard=last.heard if last else None,
        last_place=last.place if last else None,
        share=1.0 if journey.arrived else last.share if last else None,
        seal=standing.seal(plan),
        red=standing_alerts.get("red", 0),
        amber=standing_alerts.get("amber", 0),
        guarantee=cast(GuaranteeState, journey.guarantee),
        expected_arrival=plan.expected_arrival,
        arrives=arrives,
        late_s=_late(plan.expected_arrival, arrives, now),
        operator=plan.operator,
        convoy=plan.convoy,
        departure_called=plan.departure.called,
        destination_called=plan.destination.called,
    )


def _late(expected: datetime | None, arrives: datetime | None, now: datetime) -> float | None:
    """How much later than expected a journey comes, in seconds; None where that cannot be known yet."""
    if expected is None or (arrives is None and now < expected):
        return None
    return ((arrives or now) - expected).total_seconds()


def gravest_by_journey(counts: Mapping[UUID, Mapping[str, int]]) -> dict[str, str]:
    """The gravest severity of each journey's alerts to be dealt with; journeys without any are left out."""
    return {str(journey): "red" if "red" in several else "amber" for journey, several in counts.items() if several}


def fixes_of(cases: Iterable[tuple[str, Case]]) -> tuple[tuple[FixView, ...], int]:
    """Fixes by time, thinned evenly to what can be shown; and how many there are."""
    found = sorted(
        (fix for device, case in cases for fix in _fixes(device, case)), key=lambda fix: (fix.time, fix.event)
    )
    return _thinned(found, MOST_FIXES), len(found)


def _fixes(device: str, case: Case) -> Iterator[FixView]:
    for number, fix in enumerate(case.fixes):
        along = case.progress[number] if case.progress else None
        yield FixView(
            event=fix.event.id,
            device=device,
            time=when(fix.event),
            received_at=fix.event.received_at,
            lon=fix.place.lon,
            lat=fix.place.lat,
            speed_m_s=fix.event.speed_m_s,
            course_deg=fix.event.course_deg,
            along_m=along.along_m if along else None,
            aside_m=along.aside_m if along else None,
        )


def strips_of(cases: Iterable[tuple[str, Case]], limits: Thresholds) -> tuple[SensorStrip, ...]:
    """Readings by device and kind; kinds that a device never told are left out."""
    return tuple(strip for device, case in cases for strip in _strips(device, case, limits))


def _strips(device: str, case: Case, limits: Thresholds) -> Iterator[SensorStrip]:
    for kind, unit in _STRIPS:
        samples = [Sample(when(event), value) for event in case.events if (value := getattr(event, kind)) is not None]
        if samples:
            lowest, highest = _bounds(kind, case.journey, limits)
            yield SensorStrip(
                device=device,
                kind=kind,
                unit=unit,
                samples=_thinned(samples, _MOST_SAMPLES),
                lowest=lowest,
                highest=highest,
            )
    doors = [Sample(when(event), float(event.door == "open")) for event in case.events if event.door is not None]
    if doors:
        yield SensorStrip(device=device, kind="door", unit="", samples=_thinned(doors, _MOST_SAMPLES))


def _bounds(kind: str, journey: Journey | None, limits: Thresholds) -> tuple[float | None, float | None]:
    if kind == "temperature_c" and journey is not None and journey.temperature_c is not None:
        return journey.temperature_c
    highest = {"light_lux": limits.light_lux, "shock_g": limits.shock_g}.get(kind)
    return (limits.battery_low_percent if kind == "battery_percent" else None), highest


def _thinned(found: Sequence[Shown], most: int) -> tuple[Shown, ...]:
    """At most so many, evenly, the last one always among them."""
    if len(found) <= most:
        return tuple(found)
    step = -(-len(found) // most)
    return (*found[:-1:step], found[-1])


def usual_arrival(starts_at: datetime, before: Iterable[JourneyStanding]) -> datetime | None:
    """The end of the interval in which a journey that begins now will arrive by earlier ones; None if too few are known."""
    passages = [Passage(shares=one.passed.shares, seconds=one.passed.seconds) for one in before if one.passed]
    try:
        return EtaModel(passages).eta(starts_at, starts_at, 0.0).latest
    except ValueError:
        return None


def eta_of(journey: StoredJourney, before: Iterable[JourneyStanding], now: datetime) -> EtaView | None:
    """When a journey will arrive; None if it has, or nothing can be told.

    Args:
        journey: The journey.
        before: Journeys on the same way that have arrived (0..n).
        now: When, UTC.
    """
    last = standing_of(journey).furthest
    if journey.arrived or journey.discharged or last is None or last.heard is None or not last.share:
        return None
    if last.share >= 1.0 or last.heard <= journey.starts_at:
        return None
    passages = [Passage(shares=one.passed.shares, seconds=one.passed.seconds) for one in before if one.passed]
    try:
        eta = EtaModel(passages).eta(journey.starts_at, last.heard, last.share)
        span = (eta.earliest, eta.expected, eta.latest)
        coverage = eta.coverage
    except ValueError:  # too few journeys were seen on this way
        rest = (last.heard - journey.starts_at).total_seconds() / last.share * (1.0 - last.share)
        span = tuple(last.heard + timedelta(seconds=rest * factor) for factor in (_OWN_PACE[0], 1.0, _OWN_PACE[1]))  # type: ignore[assignment]
        coverage = None
    return EtaView(
        earliest=max(now, span[0]),
        expected=max(now, span[1]),
        latest=max(now, span[2]),
        coverage=coverage,
        is_late=span[0] > journey.time_limit,
    )
