# SPDX-License-Identifier: Apache-2.0
"""The map room of the simulated house: one road, journeys on it as the simulator drives and the rules judge them.

The road runs where one could, on a coast and inland; every office, plate, seal and person is invented.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta
from decimal import Decimal
from functools import cache
from typing import Any

import msgspec

from cocket.errors import SenderError
from cocket.pipeline import NotFoundError
from cocket.pipeline.tracking.views import (
    AlertAct,
    AlertFilter,
    AlertQueue,
    AlertView,
    Corridor,
    CorridorView,
    EtaView,
    FixView,
    GeofenceView,
    JourneyLine,
    JourneyPage,
    JourneyView,
    LivePosition,
    NewJourney,
    Positions,
    Sample,
    SealStep,
    SensorStrip,
    StockDevice,
)
from cocket.simulation.tracks import REGIMES, Way, trips
from cocket.tracking.admission import admit, when
from cocket.tracking.alerts import KINDS, Alert
from cocket.tracking.case import Case
from cocket.tracking.eta import EtaModel
from cocket.tracking.events import Position, TrackingEvent
from cocket.tracking.geometry import Fence, Line, Point
from cocket.tracking.journey import Authority, Detour, Journey
from cocket.tracking.judge import judge
from cocket.tracking.seals import follow
from cocket.tracking.thresholds import Thresholds
from tests.simulators.workbench_country import NOW

ROAD: tuple[Point, ...] = (
    (14.505, -22.957), (14.53, -22.68), (14.75, -22.60), (15.00, -22.42), (15.32, -22.16), (15.60, -22.00),
    (15.86, -21.94), (16.10, -21.90), (16.33, -21.92), (16.62, -21.99), (16.91, -21.98), (16.98, -22.22), (17.08, -22.56),
)  # fmt: skip
_BEGINS = Fence(name="PTA1", purpose="office", centre=ROAD[0], radius_m=1_500)
_ENDS = Fence(name="INB2", purpose="office", centre=ROAD[-1], radius_m=1_500)
_PARK = Fence(name="Halfway lorry park", purpose="permitted-stop", centre=ROAD[6], radius_m=600)
_GORGE = Fence(name="Dry Gorge", purpose="dead-zone", centre=(15.18, -22.28), radius_m=9_000)
_RANGE = Fence(
    name="Firing range",
    purpose="forbidden",
    ring=((16.18, -22.02), (16.45, -22.04), (16.48, -22.2), (16.2, -22.22)),
)
_UNITS = {"temperature_c": "°C", "battery_percent": "%", "light_lux": "lx", "humidity_percent": "%", "shock_g": "g"}
_SPEED = ("speed_m_s", "m/s")

#: Reference, equipment, what is done to it, share of its time that has passed, and the guarantee.
_JOURNEYS = (
    ("26XJ0000815T", "TSTU0400716", "seal-opened-in-dead-zone", 0.82, "182000.00"),
    ("26XJ0000821T", "TSTU0400772", "cold-chain", 0.64, "96020.00"),
    ("26XJ0000830T", "TSTU0400809", None, 0.35, "41200.00"),
    ("26XJ0000799T", "TSTU0400614", "stop", 0.9, "22310.50"),
    ("26XJ0000780T", "TSTU0400533", None, 1.3, "33100.00"),
)


class Driven(msgspec.Struct, frozen=True):
    """A journey with what its device has told so far."""

    journey: Journey
    case: Case
    events: tuple[TrackingEvent, ...]
    alerts: tuple[Alert, ...]


@cache
def driven() -> tuple[Driven, ...]:
    """The journeys of the morning, judged by the rules of the product."""
    way = Way(
        name="road", mode="road", points=ROAD, departure=_BEGINS, destination=_ENDS, parks=((212_000.0, _PARK),),
        tunnels=((95_000.0, _GORGE),), forbidden=_RANGE, masts=tuple((n, _mast(n)) for n in range(60)),
    )  # fmt: skip
    found = []
    for number, (reference, box, threat, share, guarantee) in enumerate(_JOURNEYS):
        threats = (threat,) if threat else ()
        trip = next(iter(trips((way,), REGIMES["plain"], 40 + number, 1, threats)))
        begun = trip.journey.starts_at
        by = NOW - (begun + (trip.truth.arrived_at - begun) * share)
        journey = msgspec.structs.replace(
            trip.journey,
            id=f"journey-{number}", reference=reference, equipment=(box,), seals=(f"E{number}4417",), devices=(f"es-{number}07",),
            starts_at=begun + by, time_limit=begun + by + timedelta(hours=14), guarantee_amount=Decimal(guarantee),
            guarantee_currency="USD",
            authorities=tuple(_at_destination(one, by) for one in trip.journey.authorities if share > 1),
            places=(_PARK, _GORGE, _RANGE), corridor_half_width_m=2_500,
            temperature_c=(2.0, 8.0) if threat == "cold-chain" else None,
        )  # fmt: skip
        events = tuple(_told(event, journey, by) for event in trip.events if event.received_at + by <= NOW)
        case = Case(admit(events, Thresholds()), journey, Thresholds(), NOW)
        found.append(Driven(journey, case, events, judge(events, [journey], as_of=NOW)))
    return tuple(found)


def _at_destination(leave: Authority, by: timedelta) -> Authority:
    return msgspec.structs.replace(leave, officer="officer.a", since=leave.since + by, until=leave.until + by)


def _mast(number: int) -> Position:
    return Line(ROAD).at(number * 7_000.0)


def _told(event: TrackingEvent, journey: Journey, by: timedelta) -> TrackingEvent:
    seal = msgspec.structs.replace(event.seal, number=journey.seals[0]) if event.seal else None
    return msgspec.structs.replace(
        event,
        device=journey.devices[0],
        time=event.time + by if event.time else None,
        received_at=event.received_at + by,
        seal=seal,
        equipment=journey.equipment[0],
    )


class SimulatedTracking:
    """Stands where `cocket.pipeline.tracking.journeys.Tracking` stands."""

    looks: list[tuple[str, str]]

    def __init__(self) -> None:
        self._driven = {one.journey.id: one for one in driven()}
        self._alerts = {alert.id: _alert(alert, one) for one in driven() for alert in one.alerts}
        self._discharged: dict[str, str] = {"journey-4": "officer.a"}
        self._fences = {one.name: _kept(one) for one in (_BEGINS, _ENDS, _PARK, _GORGE, _RANGE)}
        self._ways = {
            "Coast to inland depot": _kept_way(Corridor(name="Coast to inland depot", line=ROAD, half_width_m=2_500))
        }
        self._versions: dict[tuple[str, int], Any] = {}
        self._stock = {one.id: one for one in _stock()}
        self.activated: list[NewJourney] = []

    # Reading
    def alerts(self, principal: Any, wanted: AlertFilter | None = None, *, watch: Any = None) -> AlertQueue:
        self._see(principal, "alerts")
        wanted = wanted or AlertFilter()
        word = (wanted.text or "").lower()
        found = [
            one
            for one in self._alerts.values()
            if wanted.severity in (None, one.severity) and word in f"{one.kind} {one.subject} {one.reference}".lower()
        ]
        counts: dict[str, int] = {}
        for one in found:
            name = "withdrawn" if one.is_withdrawn else one.state
            counts[name] = counts.get(name, 0) + 1
        shown = sorted((one for one in found if _is_wanted(one, wanted.state)), key=lambda one: one.since, reverse=True)
        shown.sort(key=lambda one: one.severity != "red")
        return AlertQueue(
            alerts=tuple(shown[wanted.offset : wanted.offset + wanted.limit]), total=len(shown), counts=counts
        )

    def alert(self, principal: Any, alert_id: str) -> AlertView:
        if alert_id not in self._alerts:
            raise NotFoundError("There is no such alert.")
        self._see(principal, f"alert {alert_id}")
        return self._alerts[alert_id]

    def past_limit(self, principal: Any) -> tuple[()]:
        self._see(principal, "journeys past their limit")
        return ()

    def hand_overs(self, principal: Any) -> tuple[()]:
        self._see(principal, "hand-overs")
        return ()

    def on_call_lists(self, principal: Any) -> tuple[()]:
        self._see(principal, "on-call lists")
        return ()

    def ways(self, principal: Any) -> tuple[()]:
        self._see(principal, "ways")
        return ()

    def journeys(self, principal: Any, state: str = "under-way", text: str = "", page: int = 1) -> JourneyPage:
        self._see(principal, "journeys")
        lines = [self._journey_line(one) for one in self._driven.values()]
        counts = {name: sum(line.state == name for line in lines) for name in ("under-way", "arrived", "discharged")}
        shown = [
            line
            for line in lines
            if state in ("all", line.state)
            and text.lower() in f"{line.reference} {line.equipment} {line.devices}".lower()
        ]
        return JourneyPage(lines=tuple(sorted(shown, key=lambda line: -line.red)), page=page, pages=1, counts=counts)

    def journey(self, principal: Any, journey_id: str) -> JourneyView:
        if journey_id not in self._driven:
            raise NotFoundError("There is no such journey.")
        self._see(principal, f"journey {journey_id}")
        one = self._driven[journey_id]
        line, fixes = self._journey_line(one), tuple(_fixes(one))
        arrived = one.case.arrival
        return JourneyView(
            line=line,
            plan=one.journey,
            fixes=fixes,
            all_fixes=len(fixes),
            seal_steps=tuple(_steps(one)),
            seal_at_start="sealed",
            strips=tuple(_strips(one)),
            eta=None if arrived else _eta(one),
            arrived_at=when(arrived.event) if arrived else None,
            discharged_at=NOW - timedelta(minutes=20) if journey_id in self._discharged else None,
            discharged_by=self._discharged.get(journey_id),
            alerts=tuple(alert for alert in self._alerts.values() if alert.journey == journey_id),
            order=None,
        )

    def journey_events(self, principal: Any, journey_id: str, standard: str) -> bytes:
        self._see(principal, f"{standard} events {journey_id}")
        return b'{"events":[]}'

    def positions(self, principal: Any, since: datetime | None = None, *, watch: Any = None) -> Positions:
        self._see(principal, "positions")
        found = []
        for one in self._driven.values():
            line, fix = self._journey_line(one), list(_fixes(one))[-1]
            told = {name: getattr(fix, name) for name in ("device", "time", "received_at", "lon", "lat", "speed_m_s")}
            severity = "red" if line.red else "amber" if line.amber else None
            if line.state != "discharged":
                found.append(
                    LivePosition(**told, journey=line.id, reference=line.reference, severity=severity, seal=line.seal)  # type: ignore[arg-type]
                )
        return Positions(at=NOW, positions=tuple(found))

    def devices(self, principal: Any) -> tuple[StockDevice, ...]:
        self._see(principal, "devices")
        return tuple(self._stock.values())

    def geofences(self, principal: Any, *, with_retired: bool = False) -> tuple[GeofenceView, ...]:
        return tuple(one for _, one in sorted(self._fences.items()) if with_retired or not one.is_retired)

    def corridors(self, principal: Any, *, with_retired: bool = False) -> tuple[CorridorView, ...]:
        return tuple(one for _, one in sorted(self._ways.items()) if with_retired or not one.is_retired)

    # Acting
    def activate_journey(self, principal: Any, plan: NewJourney) -> JourneyLine:
        if plan.devices[0] not in self._stock:
            raise SenderError("There is no device of this name.", code="journey-device")
        self.activated.append(plan)
        return self._journey_line(self._driven["journey-2"])

    def give_leave(self, principal: Any, journey_id: str, authority: Authority) -> JourneyLine:
        one = self._driven[journey_id]
        plan = msgspec.structs.replace(one.journey, authorities=(*one.journey.authorities, authority))
        self._driven[journey_id] = msgspec.structs.replace(one, journey=plan)
        return self._journey_line(one)

    def allow_detour(self, principal: Any, journey_id: str, detour: Detour, reason: str) -> JourneyLine:
        one = self._driven[journey_id]
        plan = msgspec.structs.replace(one.journey, detours=(*one.journey.detours, detour))
        self._driven[journey_id] = msgspec.structs.replace(one, journey=plan)
        return self._journey_line(one)

    def discharge_journey(
        self, principal: Any, journey_id: str, note: str, *, is_irregular: bool = False
    ) -> JourneyLine:
        line = self._journey_line(self._driven[journey_id])
        if line.red:
            raise SenderError("A red alert is open; deal with it first.", code="journey-held")
        if line.seal in ("breached", "tampered") and not is_irregular:
            raise SenderError(
                "The seal is not whole: have one affixed by permission, or discharge with irregularity.",
                code="journey-seal",
            )
        self._discharged[journey_id] = principal.id
        return self._journey_line(self._driven[journey_id])

    def acknowledge(self, principal: Any, alert_id: str, note: str = "") -> AlertView:
        return self._do(principal, alert_id, "acknowledged", note)

    def assign(self, principal: Any, alert_id: str, officer: str, note: str = "") -> AlertView:
        return self._do(principal, alert_id, "assigned", note, assigned_to=officer)

    def dispatch_unit(self, principal: Any, alert_id: str, unit: str, note: str = "") -> AlertView:
        return self._do(principal, alert_id, "dispatched", note, unit=unit)

    def close_alert(self, principal: Any, alert_id: str, reason: Any, note: str) -> AlertView:
        return self._do(principal, alert_id, "closed", note, reason=reason)

    def issue_device(self, principal: Any, device_id: str, holder: str, note: str = "") -> StockDevice:
        return self._hand(device_id, custody="issued", holder=holder, note=note)

    def recover_device(self, principal: Any, device_id: str, holder: str, note: str = "") -> StockDevice:
        return self._hand(device_id, custody="stock", holder=holder, note=note)

    def report_missing(self, principal: Any, device_id: str, note: str) -> StockDevice:
        return self._hand(device_id, custody="missing", note=note)

    def revoke_device(self, principal: Any, device_id: str, reason: str) -> StockDevice:
        return self._hand(device_id, state="revoked", note=reason)

    def put_geofence(self, principal: Any, fence: Fence) -> GeofenceView:
        return self._put(self._fences, fence.name, fence=fence, made=_kept(fence))

    def put_corridor(self, principal: Any, corridor: Corridor) -> CorridorView:
        made = _kept_way(corridor)
        return self._put(self._ways, corridor.name, corridor=corridor, length_m=made.length_m, made=made)

    def retire_geofence(self, principal: Any, name: str, reason: str) -> GeofenceView:
        self._fences[name] = msgspec.structs.replace(self._fences[name], is_retired=True)
        return self._fences[name]

    def retire_corridor(self, principal: Any, name: str, reason: str) -> CorridorView:
        self._ways[name] = msgspec.structs.replace(self._ways[name], is_retired=True)
        return self._ways[name]

    def restore_geofence(self, principal: Any, name: str, version: int | None = None) -> GeofenceView:
        return self._restore(self._fences, name, version)

    def restore_corridor(self, principal: Any, name: str, version: int | None = None) -> CorridorView:
        return self._restore(self._ways, name, version)

    # Inside
    def _see(self, principal: Any, what: str) -> None:
        self.looks.append((principal.id, what))

    def _do(self, principal: Any, alert_id: str, state: Any, note: str, **more: Any) -> AlertView:
        one = self._alerts[alert_id]
        act = AlertAct(at=NOW, who=principal.id, what=state, note=note)
        made = msgspec.structs.replace(one, state=state, changed_at=NOW, acts=(*one.acts, act), **more)
        self._alerts[alert_id] = made
        return made

    def _hand(self, device_id: str, **more: Any) -> StockDevice:
        self._stock[device_id] = msgspec.structs.replace(self._stock[device_id], **more)
        return self._stock[device_id]

    def _put(self, kept: dict[str, Any], name: str, *, made: Any, **more: Any) -> Any:
        if name in kept:
            was = kept[name]
            self._versions[name, was.version] = was
            made = msgspec.structs.replace(was, version=was.version + 1, changed_at=NOW, **more)
        kept[name] = made
        return made

    def _restore(self, kept: dict[str, Any], name: str, version: int | None) -> Any:
        was = self._versions[name, version] if version else kept[name]
        kept[name] = msgspec.structs.replace(was, is_retired=False, version=kept[name].version + (1 if version else 0))
        return kept[name]

    def _journey_line(self, one: Driven) -> JourneyLine:
        fixes = list(_fixes(one))
        standing = [
            alert for alert in self._alerts.values() if alert.journey == one.journey.id and alert.state != "closed"
        ]
        is_there = one.case.arrival is not None
        state = "discharged" if one.journey.id in self._discharged else "arrived" if is_there else "under-way"
        red = sum(alert.severity == "red" for alert in standing)
        steps = list(_steps(one))
        return JourneyLine(
            id=one.journey.id,
            reference=one.journey.reference,
            consignment="consignment-0" if one.journey.id == "journey-0" else None,
            state=state,  # type: ignore[arg-type]
            departure=_BEGINS.name,
            destination=_ENDS.name,
            devices=one.journey.devices,
            equipment=one.journey.equipment,
            mode="road",
            starts_at=one.journey.starts_at,
            time_limit=one.journey.time_limit,
            is_overdue=False,
            last_heard=fixes[-1].time,
            last_place=(fixes[-1].lon, fixes[-1].lat),
            share=1.0 if is_there else (fixes[-1].along_m or 0.0) / Line(ROAD).length_m,
            seal=steps[-1].after if steps else "sealed",
            red=red,
            amber=len(standing) - red,
            guarantee="released" if state == "discharged" else "held" if red else "at-stake",
        )


def _is_wanted(one: AlertView, state: str) -> bool:
    if state == "to-do":
        return one.state != "closed" and not one.is_withdrawn
    return state == "all" or (state == "withdrawn" if one.is_withdrawn else one.state == state)


def _alert(alert: Alert, one: Driven) -> AlertView:
    shared = {
        name: getattr(alert, name) for name in msgspec.structs.asdict(alert) if name in AlertView.__struct_fields__
    }
    known = {event.id: event for event in one.events}
    raised = max((known[name].received_at for name in alert.events), default=alert.as_of or alert.until)
    told = "raised-late" if raised - alert.until > timedelta(minutes=15) else "raised"
    return AlertView(
        **{**shared, "journey": one.journey.id, "reference": one.journey.reference},
        message=KINDS[alert.kind][1],
        state="open",
        told=told,  # type: ignore[arg-type]
        is_withdrawn=False,
        consignment="consignment-0" if one.journey.id == "journey-0" else None,
        office=None,
        raised_at=raised,
        changed_at=raised,
        ordered=alert.severity == "red",
        acts=(AlertAct(at=raised, who="tracker", what=told),),
    )


def _fixes(one: Driven) -> Iterable[FixView]:
    for fix, way in zip(one.case.fixes, one.case.progress, strict=True):
        yield FixView(
            event=fix.event.id, device=one.journey.devices[0], time=when(fix.event), received_at=fix.event.received_at,
            lon=fix.place.lon, lat=fix.place.lat, speed_m_s=fix.event.speed_m_s, course_deg=fix.event.course_deg,
            along_m=way.along_m, aside_m=way.aside_m,
        )  # fmt: skip


def _steps(one: Driven) -> Iterable[SealStep]:
    for turn in follow(one.case.events, one.journey):
        place = turn.event.position
        yield SealStep(
            event=turn.event.id, device=one.journey.devices[0], time=when(turn.event), sign=turn.sign, before=turn.before,
            after=turn.after, leave=turn.leave, officer=turn.authority.officer if turn.authority else None,
            number=turn.number, lon=place.lon if place else None, lat=place.lat if place else None,
        )  # fmt: skip


def _strips(one: Driven) -> Iterable[SensorStrip]:
    for kind, unit in (_SPEED, *_UNITS.items()):
        samples = [
            Sample(when(event), value) for event in one.case.events if (value := getattr(event, kind)) is not None
        ]
        if samples:
            highest = 50.0 if kind == "light_lux" else None
            yield SensorStrip(
                device=one.journey.devices[0], kind=kind, unit=unit, samples=tuple(samples), highest=highest
            )


def _eta(one: Driven) -> EtaView:
    way = Way(name="road", mode="road", points=ROAD, departure=_BEGINS, destination=_ENDS)
    model = EtaModel(trip.passage for trip in trips((way,), REGIMES["plain"], 9, 40))
    fixes = list(_fixes(one))
    told = model.eta(one.journey.starts_at, fixes[-1].time, min(0.99, (fixes[-1].along_m or 0) / Line(ROAD).length_m))
    return EtaView(
        earliest=told.earliest, expected=told.expected, latest=told.latest, coverage=0.8,
        is_late=told.earliest > one.journey.time_limit,
    )  # fmt: skip


def _kept(fence: Fence) -> GeofenceView:
    return GeofenceView(
        fence=fence, office=None, version=1, is_retired=False, changed_at=NOW - timedelta(days=40), changed_by="head.c"
    )


def _kept_way(corridor: Corridor) -> CorridorView:
    return CorridorView(
        corridor=corridor, length_m=Line(corridor.line).length_m, office=None, version=1, is_retired=False,
        changed_at=NOW - timedelta(days=40), changed_by="head.c",
    )  # fmt: skip


def _stock() -> Iterable[StockDevice]:
    for one in driven():
        yield StockDevice(
            id=one.journey.devices[0], adapter="open-e-seal", state="active", custody="issued", holder="SALT ROAD HAULAGE",
            journey=one.journey.id, last_heard=one.events[-1].received_at, last_place=ROAD[3],
            battery_percent=one.events[-1].battery_percent, credentials=1, note="",
        )  # fmt: skip
    for name, adapter, state, custody, holder, battery, note in (
        ("es-511", "open-e-seal", "active", "stock", "PTA1", 96.0, ""),
        ("es-512", "open-e-seal", "active", "stock", "PTA1", 14.0, "charge before use"),
        ("jt-88001", "jt701", "active", "missing", "CORAL HAULAGE", None, "not submitted at INB2"),
        ("jt-88002", "jt701", "revoked", "stock", "INB2", None, "opened in the workshop"),
    ):
        yield StockDevice(
            id=name, adapter=adapter, state=state, custody=custody, holder=holder, journey=None,  # type: ignore[arg-type]
            last_heard=NOW - timedelta(days=9) if custody == "missing" else None, last_place=None,
            battery_percent=battery, credentials=0 if adapter == "jt701" else 1, note=note,
        )  # fmt: skip
