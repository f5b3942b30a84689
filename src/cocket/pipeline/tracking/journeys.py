# SPDX-License-Identifier: Apache-2.0
"""Journeys in the house: activated at departure, followed, given leave, discharged at destination. Each act is sealed.

Policy actions: `journey:read`, `journey:activate` (leave and detours too), `journey:discharge`, `alert:read`,
`alert:handle`, `alert:close`, `guarantee:read`, `guarantee:keep`, `device:read`, `device:manage`, `device:revoke`, `place:read`,
`place:put`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Literal, NamedTuple
from uuid import UUID

import msgspec

from cocket import standards
from cocket.codes.currency import fits_minor_unit
from cocket.consignment import search_keys
from cocket.errors import SenderError
from cocket.findings import Finding
from cocket.governance import Principal, Resource
from cocket.model import Movement
from cocket.pipeline.base.access import NotFoundError, Service
from cocket.pipeline.base.document_files import DocumentFiles
from cocket.pipeline.base.ids import new_id, parse_id
from cocket.pipeline.base.ownership import of_dossiers, of_journey
from cocket.pipeline.base.wiring import Stores
from cocket.pipeline.tracking.alert_effects import Effects, with_handlings
from cocket.pipeline.tracking.alert_evaluation import REFERENCES, equipment_of
from cocket.pipeline.tracking.alerts import TrackingAlerts
from cocket.pipeline.tracking.guarantees import Guarantees
from cocket.pipeline.tracking.journey_state import (
    JourneyAccess,
    JourneyStanding,
    gravest,
    plan_of,
    seal_steps,
    seals_not_whole,
    standing_of,
)
from cocket.pipeline.tracking.places import TrackingPlaces
from cocket.pipeline.tracking.presentation import eta_of, fixes_of, journey_line, strips_of, usual_arrival
from cocket.pipeline.tracking.seal_handling import SEAL_HANDLING, SealHandling
from cocket.pipeline.tracking.views import (
    EtaView,
    JourneyLine,
    JourneyPage,
    JourneyState,
    JourneyView,
    NewJourney,
    batches_shown,
)
from cocket.stores import NewRecord
from cocket.stores.base.database import Connection
from cocket.stores.tracking.alerts import Alerts
from cocket.stores.tracking.device_events import DeviceEvents
from cocket.stores.tracking.devices import Devices
from cocket.stores.tracking.journeys import Journeys, StoredJourney
from cocket.tracking.admission import in_order, made_by
from cocket.tracking.alerts import Notice
from cocket.tracking.case import Case
from cocket.tracking.events import TrackingEvent
from cocket.tracking.geometry import Fence
from cocket.tracking.guarantee import grn_key
from cocket.tracking.journey import Authority, Detour, Journey
from cocket.tracking.judge import judge_device, judge_silent
from cocket.tracking.rules.identity import TAKEN_OVER_RED
from cocket.tracking.seals import state_at, state_at_start
from cocket.tracking.telling import dcsa_of, epcis_of
from cocket.tracking.thresholds import Thresholds

_PAGE = 50

#: Longest that a journey may be given, and how long before its activation it may have begun.
_LONGEST, _EARLIEST = timedelta(days=365), timedelta(days=30)

#: A permission may begin so long before it is given: clocks differ, and forms take their time. What came before is not covered.
_LEAVE_BEFORE = timedelta(minutes=10)


class TakenOver(NamedTuple):
    """What another administration handed over with a journey.

    Attributes:
        seal_states: States in which seals were handed over, by device.
        alerts: Red alerts that were open, in words (0..n).
    """

    seal_states: Mapping[str, str]
    alerts: tuple[str, ...] = ()


class JourneyAct(msgspec.Struct, frozen=True, kw_only=True):
    """The sealed record of what an officer did with a journey.

    Attributes:
        journey: The journey.
        reference: Declaration or manifest.
        what: `activated`, `leave`, `detour`, `convoy`, `handed-over`, `discharged`.
        note: In words.
        plan: The whole plan as it is from now on.
        irregularity: State of its seals where it was discharged with irregularity; unset where it was not.
    """

    journey: str
    reference: str
    what: str
    note: str
    plan: Journey
    irregularity: str | msgspec.UnsetType = msgspec.UNSET


class Tracking(Service):
    """Journeys, for whoever may have them.

    Args:
        stores: The stores of this process.
        alerts: What shows the alerts on a journey.
        places: Where journeys may go.
        guarantees: What secures them.
    """

    def __init__(self, stores: Stores, alerts: TrackingAlerts, places: TrackingPlaces, guarantees: Guarantees) -> None:
        super().__init__(stores)
        self._shown = JourneyAccess(stores)
        self._alerts = alerts
        self._places = places
        self._guarantees = guarantees

    def activate_journey(self, principal: Principal, plan: NewJourney) -> JourneyLine:
        """Begin a journey at its office of departure.

        Args:
            principal: Who activates it.
            plan: What is laid down; geometry is taken from the places named as they are now.

        Raises:
            PolicyError: The principal may not, at that office.
            SenderError: The plan does not hold, or its guarantee does not secure it; `findings` say where.
        """
        now = datetime.now(UTC)
        with self._stores.database.transaction() as connection:
            stored, records = self.begin(connection, principal, plan, now)
            self._access.seal(connection, *records)
        return journey_line(stored, {}, now)

    def begin(
        self,
        connection: Connection,
        principal: Principal,
        plan: NewJourney,
        now: datetime,
        taken_over: TakenOver | None = None,
    ) -> tuple[StoredJourney, list[NewRecord]]:
        """Begin a journey in a transaction of the caller, who seals the records; as `activate_journey` else.

        Args:
            connection: The transaction.
            principal: Who activates it.
            plan: What is laid down.
            now: When (UTC).
            taken_over: What another administration handed over with it; None where none did.

        Raises:
            PolicyError: The principal may not, at that office.
            SenderError: The plan does not hold, or its guarantee does not secure it; `findings` say where.
        """
        self._access.require(principal, "journey:activate", Resource(offices=(plan.departure,)))
        made = self._plan(connection, principal, plan, now)
        came = TakenOver(self._armed(connection, made)) if taken_over is None else taken_over
        made = msgspec.structs.replace(made, seal_states=dict(came.seal_states), taken_over=came.alerts)
        if made.expected_arrival is None:
            made = msgspec.structs.replace(made, expected_arrival=_usual(connection, made))
        lines = self._stores.consignments.find(
            connection, [key.pair for key in search_keys(plan.reference) if key.kind in REFERENCES], limit=1
        )
        consignment = self._to_follow(connection, principal, made, lines[0].id) if lines else None
        if consignment in self._access.seen(connection, principal, [consignment]):
            made = _as_declared(made, plan, equipment_of(self._stores, connection, consignment))
        stored = StoredJourney(
            id=new_id(),
            reference=made.reference,
            consignment=consignment,
            state="under-way",
            departure=made.departure.name,
            destination=made.destination.name,
            starts_at=made.starts_at,
            time_limit=made.time_limit,
            arrived=None,
            discharged=None,
            discharged_by=None,
            guarantee="none" if made.guarantee_amount is None else "at-stake",
            judged=None,
            plan=b"",
            standing=b"{}",
        )
        made = msgspec.structs.replace(made, id=str(stored.id))
        stored = msgspec.structs.replace(stored, plan=msgspec.json.encode(made))
        Journeys().add(connection, stored, made.devices)
        for device in made.devices:
            DeviceEvents().put_custody(connection, device, "issued", made.reference, "")
        locked = self._guarantees.lock(connection, principal, made, plan.guarantee_override)
        records = [self._journey_act(principal, stored, "activated", ""), *([locked] if locked else [])]
        return self._with_alerts_taken_over(connection, stored, made, now, records)

    def _with_alerts_taken_over(
        self, connection: Connection, stored: StoredJourney, plan: Journey, now: datetime, records: list[NewRecord]
    ) -> tuple[StoredJourney, list[NewRecord]]:
        """A journey and what is to be sealed, with the alert that it was taken over broken: it stands before anything is heard."""
        found = [
            alert
            for device in plan.devices
            for alert in judge_silent(device, [plan], limits=Thresholds(), as_of=now).alerts
            if alert.kind == TAKEN_OVER_RED
        ]
        if not found:
            return stored, records
        effects = Effects(self._stores, connection, now)
        notices = [Notice(what="raised", at=now, alert=alert) for alert in found]
        held = effects.tell(notices, [], {plan.id: stored})[plan.id]
        effects.write()
        Journeys().put(connection, held)
        return held, [*records, *effects.records]

    def mark_handed_over(
        self, connection: Connection, principal: Principal, stored: StoredJourney, partner: str
    ) -> NewRecord:
        """Say in a journey's plan that its devices are with another administration now; the record, to be sealed."""
        plan = msgspec.structs.replace(plan_of(stored), handed_over_at=datetime.now(UTC), discharged_at=None)
        stored = msgspec.structs.replace(stored, plan=msgspec.json.encode(plan), judged=None)
        Journeys().put(connection, stored)
        return self._journey_act(principal, stored, "handed-over", partner)

    def journeys(
        self, principal: Principal, state: JourneyState | Literal["all"] = "under-way", text: str = "", page: int = 1
    ) -> JourneyPage:
        """Journeys of the reader's office, or of all where he is bound to none.

        Args:
            principal: Who asks.
            state: Only this state, or `all`.
            text: Words to find in reference, equipment, devices and offices; "" for no search.
            page: Number of the page, from 1; 50 journeys each.

        Raises:
            PolicyError: The principal may see none.
        """
        self._access.require(principal, "journey:read")
        now, place = datetime.now(UTC), (_PAGE * (max(1, page) - 1), _PAGE)
        wanted = (None if state == "all" else state, text.strip() or None, principal.office)
        with self._stores.database.transaction() as connection:
            rows, counts = Journeys().page(connection, wanted, place)
            rows = [row for row in rows if self._shown.sees(principal, row)]
            alerts = Alerts().standing_of(connection, [row.id for row in rows])
            etas = _etas(connection, rows, now)
            told = [journey_line(row, alerts.get(row.id, {}), now, etas.get(row.id)) for row in rows]
            lines = self._shown.without_foreign(connection, principal, told)
            if lines:
                self._access.seal(
                    connection, self._access.record(principal, "journeys", tuple(line.id for line in lines))
                )
        total = sum(counts.values()) if state == "all" else counts.get(state, 0)
        return JourneyPage(lines=lines, page=max(1, page), pages=max(1, -(-total // _PAGE)), counts=counts)

    def journey(self, principal: Principal, journey_id: str) -> JourneyView:
        """One journey in full; the look is sealed before it is given.

        Raises:
            NotFoundError: There is none that this principal may see.
        """
        now = datetime.now(UTC)
        with self._stores.database.transaction() as connection:
            stored = self._journey(connection, principal, journey_id)
            view = self._view_journey(connection, principal, stored, now)
            self._access.seal(connection, self._access.record(principal, "journey", (str(stored.id),)))
        return view

    def journey_events(self, principal: Principal, journey_id: str, standard: Literal["epcis", "dcsa"]) -> bytes:
        """A journey for others: EPCIS 2.0 of all that happened, or DCSA IoT of what was opened; the look is sealed.

        Raises:
            NotFoundError: There is no journey that this principal may see, or DCSA has nothing to say of it.
        """
        now = datetime.now(UTC)
        with self._stores.database.transaction() as connection:
            stored = self._journey(connection, principal, journey_id)
            plan = plan_of(stored)
            cases = cases_of(connection, stored, plan, now)
            self._access.seal(connection, self._access.record(principal, f"journey as {standard}", (str(stored.id),)))
        if standard == "epcis":
            return standards.write(epcis_of(plan, cases, stored.arrived, now), "epcis", is_compared=False)
        opened = dcsa_of(plan, cases)
        if not opened:
            raise NotFoundError("Nothing was opened on this journey.")
        return standards.write(Movement(movements=opened), "dcsa")

    def give_leave(self, principal: Principal, journey_id: str, authority: Authority) -> JourneyLine:
        """Give permission to affix, open or remove a seal, in the officer's own name; nothing received before is covered.

        Raises:
            NotFoundError: There is no journey that this principal may see.
            PolicyError: The principal may not.
            SenderError: The journey is discharged, has no such place, or the time ends before it begins or begins in the past.
        """
        now = datetime.now(UTC)
        given = msgspec.structs.replace(authority, officer=principal.id, given_at=now)

        def change(plan: Journey) -> Journey:
            if plan.fence(given.place) is None:
                raise SenderError("The journey has no such place.", code="journey-place", found=given.place)
            if given.until <= given.since:
                raise SenderError("The permission must end after it begins.", code="journey-leave")
            if given.since < now - _LEAVE_BEFORE:
                raise SenderError(
                    "A permission cannot begin in the past: what happened before it is given is not permitted.",
                    code="journey-leave",
                    found=given.since.isoformat(),
                )
            return msgspec.structs.replace(plan, authorities=(*plan.authorities, given))

        return self._change(principal, journey_id, ("leave", f"{given.act} at {given.place}"), change)

    def allow_detour(self, principal: Principal, journey_id: str, detour: Detour, reason: str) -> JourneyLine:
        """Allow another way for a time, such as round a road that is closed; no place received before is covered.

        Raises:
            NotFoundError: There is no journey that this principal may see.
            PolicyError: The principal may not.
            SenderError: The journey is discharged, no reason is given, the way is none, or its time begins in the past.
        """
        now = datetime.now(UTC)
        if len(detour.line) < 2 or detour.until <= detour.since or not reason.strip():
            raise SenderError("A detour needs a route, a time and a reason.", code="journey-detour")
        if detour.since < now - _LEAVE_BEFORE:
            raise SenderError(
                "A permission cannot begin in the past: what happened before it is given is not permitted.",
                code="journey-detour",
                found=detour.since.isoformat(),
            )
        given = msgspec.structs.replace(detour, given_at=now)
        return self._change(
            principal,
            journey_id,
            ("detour", reason.strip()),
            lambda plan: msgspec.structs.replace(plan, detours=(*plan.detours, given)),
        )

    def join_convoy(self, principal: Principal, journey_id: str, lead_id: str, note: str = "") -> JourneyLine:
        """Let a journey travel with another that leads; `convoy-parted` is raised if they part.

        Args:
            principal: Who says so.
            journey_id: The journey.
            lead_id: The journey that leads; "" lets it travel alone again.
            note: In words.

        Raises:
            NotFoundError: There is no journey that this principal may see, or no such lead.
            PolicyError: The principal may not.
            SenderError: One of them is discharged, or the lead is the journey itself or follows another.
        """
        lead = None
        if lead_id:
            with self._stores.database.transaction() as connection:
                lead = self._journey(connection, principal, lead_id)
            if lead.discharged is not None or lead.id == parse_id(journey_id) or plan_of(lead).convoy:
                raise SenderError(
                    "A convoy is led by another journey that is not discharged and follows none.", code="journey-convoy"
                )
        name = str(lead.id) if lead else ""
        words = " ".join(word for word in (lead.reference if lead else "alone", note.strip()) if word)
        return self._change(
            principal, journey_id, ("convoy", words), lambda plan: msgspec.structs.replace(plan, convoy=name)
        )

    def discharge_journey(
        self, principal: Principal, journey_id: str, note: str, *, is_irregular: bool = False
    ) -> JourneyLine:
        """Discharge a journey at its office of destination, and release its guarantee.

        Args:
            principal: Who discharges it.
            journey_id: The journey.
            note: In words.
            is_irregular: Whether it is discharged with irregularity, though a seal is not whole; the note then is the reason.

        Raises:
            NotFoundError: There is no journey that this principal may see.
            PolicyError: The principal may not, at that office.
            SenderError: It is discharged already, a red alert is not closed (`journey-held`), or a seal is not whole and no
                officer says with a reason that it is discharged all the same (`journey-seal`).
        """
        now = datetime.now(UTC)
        with self._stores.database.transaction() as connection:
            stored = self._journey(connection, principal, journey_id, to_change=True)
            self._access.require(principal, "journey:discharge", Resource(offices=(stored.destination,)))
            red = Alerts().standing_of(connection, [stored.id]).get(stored.id, {}).get("red", 0)
            if stored.discharged is not None:
                raise SenderError("The journey is already discharged.", code="journey-discharged")
            if red:
                raise SenderError("The guarantee is held: a red alert is open.", code="journey-held", found=str(red))
            irregularity = seals_not_whole(stored)
            if irregularity and not is_irregular:
                raise SenderError(
                    "The seal is not whole: have one affixed by permission, or discharge with irregularity.",
                    code="journey-seal",
                    found=irregularity,
                )
            if irregularity and not note.strip():
                raise SenderError("Give the reason; it is recorded under your name.", code="journey-reason")
            effects = Effects(self._stores, connection, now)
            records = [self._journey_act(principal, stored, "discharged", note.strip(), irregularity)]
            if stored.guarantee != "none":
                why = f"discharged with irregularity: seal {irregularity}" if irregularity else "discharged"
                records.append(effects.guarantee_record(stored, "released", why, principal.id))
            freed = self._guarantees.release(connection, principal, plan_of(stored))
            records += [freed] if freed is not None else []
            stored = msgspec.structs.replace(
                stored,
                state="discharged",
                discharged=now,
                discharged_by=principal.id,
                guarantee="none" if stored.guarantee == "none" else "released",
            )
            Journeys().put(connection, stored)
            self._access.seal(connection, *records)
        return journey_line(stored, {}, now)

    def _change(
        self, principal: Principal, journey_id: str, what: tuple[str, str], change: Callable[[Journey], Journey]
    ) -> JourneyLine:
        now = datetime.now(UTC)
        with self._stores.database.transaction() as connection:
            stored = self._journey(connection, principal, journey_id, to_change=True)
            self._access.require(principal, "journey:activate", of_journey(stored))
            if stored.discharged is not None:
                raise SenderError("The journey is already discharged.", code="journey-discharged")
            plan = change(plan_of(stored))
            stored = msgspec.structs.replace(stored, plan=msgspec.json.encode(plan), judged=None)
            Journeys().put(connection, stored)
            alerts = Alerts().standing_of(connection, [stored.id]).get(stored.id, {})
            self._access.seal(connection, self._journey_act(principal, stored, *what))
        return journey_line(stored, alerts, now)

    def _journey(
        self, connection: Connection, principal: Principal, journey_id: str, *, to_change: bool = False
    ) -> StoredJourney:
        wanted = parse_id(journey_id)
        stored = Journeys().get(connection, wanted, to_change=to_change) if wanted else None
        if stored is None or not self._shown.sees(principal, stored):
            raise NotFoundError("There is no such journey.")
        return stored

    def _journey_act(
        self, principal: Principal, stored: StoredJourney, what: str, note: str, irregularity: str = ""
    ) -> NewRecord:
        body = JourneyAct(
            journey=str(stored.id),
            reference=stored.reference,
            what=what,
            note=note,
            plan=plan_of(stored),
            irregularity=irregularity or msgspec.UNSET,
        )
        about = stored.consignment or stored.id
        return self._stores.sealer.record("journey", principal.id, body, about=about)

    def _plan(self, connection: Connection, principal: Principal, plan: NewJourney, now: datetime) -> Journey:
        """The plan with its geometry.

        Raises:
            SenderError: It does not hold; `findings` say where.
        """
        findings = [*_time_findings(plan, now), *self._device_findings(connection, principal, plan.devices)]
        fences = {
            name: self._places.fence(connection, name) for name in (plan.departure, plan.destination, *plan.places)
        }
        findings += [
            _finding("journey-place", "there is no place {found}", name) for name in fences if not fences[name]
        ]
        for name in (plan.departure, plan.destination):
            if (fence := fences[name]) and fence.purpose not in ("office", "port"):
                findings.append(_finding("journey-office", "{found} is not an office", name))
        corridor = self._places.corridor(connection, plan.corridor) if plan.corridor else None
        if plan.corridor and corridor is None:
            findings.append(_finding("journey-corridor", "there is no corridor {found}", plan.corridor))
        findings += _word_findings(plan, {fence.name for fence in fences.values() if fence})
        if findings:
            raise SenderError("The journey cannot start.", code="journey", findings=tuple(findings))
        known = {name: fence for name, fence in fences.items() if fence is not None}
        return _journey_of(plan, known, now, (corridor.line, corridor.half_width_m) if corridor else ((), 2_000.0))

    def _device_findings(self, connection: Connection, principal: Principal, names: tuple[str, ...]) -> list[Finding]:
        if not names or len(set(names)) < len(names):
            return [_finding("journey-device", "it needs at least one device, each only once")]
        findings = []
        # Locked before it is asked what they follow: of two journeys begun at once, the second sees the first. In order of
        # their names, so that journeys with the same devices never wait for each other.
        devices = {name: Devices().get(connection, name) for name in sorted(names)}
        follows = Journeys().under_way(connection, names)
        standings = DeviceEvents().standings(connection, names)
        for name in names:
            device = devices[name]
            if (
                device is None
                or device.state != "active"
                or (name in follows and not self._shown.acts_on(principal, [follows[name]]))
            ):
                findings.append(_finding("journey-device", "{found} is not an active device", name))
            elif name in follows and follows[name].state == "under-way":
                findings.append(_finding("journey-device", "{found} follows another journey", name))
            elif name in standings and standings[name].custody == "missing":
                findings.append(_finding("journey-device", "{found} is missing", name))
            else:
                seal = DocumentFiles(self._stores).read(connection, SEAL_HANDLING, name, SealHandling)
                if seal is not None and seal.condition != "usable":
                    findings.append(_finding("journey-device", "{found} is not fit to be used as a seal", name))
        return findings

    def _armed(self, connection: Connection, plan: Journey) -> dict[str, str]:
        """Devices that were armed before a journey and show themselves closed since: they begin it sealed, whatever it names."""
        files = DocumentFiles(self._stores)
        handled = [files.read(connection, SEAL_HANDLING, device, SealHandling) for device in plan.devices]
        asked = [
            (one.device, one.asked_at, 0)
            for one in handled
            if one is not None and one.asked == "arm" and one.asked_at is not None and one.asked_at <= plan.starts_at
        ]
        told = DeviceEvents().events_of(connection, asked) if asked else {}
        closed = {}
        for device, since, _ in asked:
            events = [one for one in told.get(device, ([], 0))[0] if since <= made_by(one) <= plan.starts_at]
            if state_at(tuple(sorted(events, key=in_order)), None, plan.starts_at) == "sealed":
                closed[device] = "sealed"
        return closed

    def _to_follow(self, connection: Connection, principal: Principal, plan: Journey, dossier: UUID) -> UUID | None:
        """The dossier that a journey rests on: one that whoever activates it may see, or one of either of its offices.

        Another of the same reference is left alone, as if there were none.
        """
        where = of_dossiers(self._stores, connection, [dossier])[dossier]
        is_of_journey = bool({plan.departure.name, plan.destination.name} & set(where.offices))
        return dossier if is_of_journey or self._access.may(principal, "dossier:read", where) else None

    def _view_journey(
        self, connection: Connection, principal: Principal, stored: StoredJourney, now: datetime
    ) -> JourneyView:
        plan = plan_of(stored)
        cases = cases_of(connection, stored, plan, now)
        fixes, count = fixes_of(cases)
        steps = sorted(
            (step for device, case in cases for step in seal_steps(case, device)), key=lambda step: step.time
        )
        rows = Alerts().of_journey(connection, stored.id, plan.devices, (stored.starts_at, stored.discharged))
        eta = _etas(connection, [stored], now).get(stored.id)
        standing = Alerts().standing_of(connection, [stored.id]).get(stored.id, {})
        line = self._shown.without_foreign(connection, principal, [journey_line(stored, standing, now, eta)])[0]
        order = (
            self._stores.orders.order_of(connection, [stored.consignment]).get(stored.consignment)
            if stored.consignment and line.consignment
            else None
        )
        return JourneyView(
            line=line,
            plan=plan,
            fixes=fixes,
            all_fixes=count,
            seal_steps=tuple(steps),
            seal_at_start=gravest(state_at_start(plan, device) for device in plan.devices),
            strips=strips_of(cases, Thresholds()),
            eta=eta,
            arrived_at=stored.arrived,
            discharged_at=stored.discharged,
            discharged_by=stored.discharged_by,
            alerts=self._alerts.views(connection, principal, rows),
            order=str(order.id) if order else None,
            batches=batches_shown(cases),
        )


def cases_of(connection: Connection, stored: StoredJourney, plan: Journey, now: datetime) -> list[tuple[str, Case]]:
    """Each device on a journey, as the rules look at it; those of which nothing is known are left out."""
    found = []
    rows = Alerts().of_journey(connection, stored.id, plan.devices, (stored.starts_at, stored.discharged))
    plan = with_handlings(plan, rows)
    for device in plan.devices:
        events, _ = DeviceEvents().events(connection, device, stored.starts_at - timedelta(hours=1))
        later = Journeys().next_start(connection, device, stored.starts_at)
        events = [event for event in events if not _is_after(event, later)]
        if events:
            judged = judge_device(events, [plan], limits=Thresholds(), as_of=now)
            found += [(device, case) for case in judged.cases]
    return found


def _is_after(event: TrackingEvent, moment: datetime | None) -> bool:
    return moment is not None and (event.time or event.received_at) >= moment


def _journey_of(
    plan: NewJourney,
    fences: dict[str, Fence],
    now: datetime,
    corridor: tuple[tuple[tuple[float, float], ...], float],
) -> Journey:
    return Journey(
        id="",
        reference=plan.reference.strip(),
        devices=plan.devices,
        departure=fences[plan.departure],
        destination=fences[plan.destination],
        starts_at=(plan.starts_at or now).astimezone(UTC),
        time_limit=plan.time_limit.astimezone(UTC),
        mode=plan.mode,
        equipment=plan.equipment or (),
        seals=plan.seals or (),
        guarantee_amount=plan.guarantee_amount,
        guarantee_currency=plan.guarantee_currency,
        guarantee_reference=grn_key(plan.guarantee) if plan.guarantee else msgspec.UNSET,
        corridor=corridor[0],
        corridor_half_width_m=corridor[1],
        places=tuple(
            fences[name] for name in dict.fromkeys(plan.places) if name not in (plan.departure, plan.destination)
        ),
        authorities=tuple(msgspec.structs.replace(one, given_at=now) for one in plan.authorities),
        temperature_c=plan.temperature_c,
        report_every_s=plan.report_every_s,
        expected_arrival=plan.expected_arrival.astimezone(UTC) if plan.expected_arrival else None,
        operator=plan.operator.strip(),
    )


def _usual(connection: Connection, plan: Journey) -> datetime | None:
    """When journeys before it say that a journey is to arrive; not later than its time limit."""
    before = Journeys().arrived_before(connection, plan.departure.name, plan.destination.name)
    usual = usual_arrival(plan.starts_at, map(standing_of, before))
    return min(usual, plan.time_limit) if usual else None


def _etas(connection: Connection, rows: Sequence[StoredJourney], now: datetime) -> dict[UUID, EtaView]:
    """When journeys under way will arrive, as far as that is known; earlier ones are read once for each pair of offices."""
    before: dict[tuple[str, str], list[JourneyStanding]] = {}
    found = {}
    for row in rows:
        if row.state != "under-way":
            continue
        ends = (row.departure, row.destination)
        if ends not in before:
            before[ends] = [standing_of(one) for one in Journeys().arrived_before(connection, *ends)]
        eta = eta_of(row, before[ends], now)
        if eta is not None:
            found[row.id] = eta
    return found


def _as_declared(journey: Journey, plan: NewJourney, declared: tuple[object, ...]) -> Journey:
    """The journey with the equipment and seals of its papers, where the plan does not say."""
    boxes = tuple(dict.fromkeys(one.id for one in declared))  # type: ignore[attr-defined]
    seals = tuple(dict.fromkeys(seal.id for one in declared for seal in one.seals))  # type: ignore[attr-defined]
    return msgspec.structs.replace(
        journey,
        equipment=boxes if plan.equipment is None else journey.equipment,
        seals=seals if plan.seals is None else journey.seals,
    )


def _time_findings(plan: NewJourney, now: datetime) -> list[Finding]:
    begins = plan.starts_at or now
    if begins.tzinfo is None or plan.time_limit.tzinfo is None:
        return [_finding("journey-limit", "times need their offset from UTC")]
    findings = []
    if not begins < plan.time_limit <= begins + _LONGEST:
        findings.append(_finding("journey-limit", "the time limit must be after the beginning, within a year"))
    expected = plan.expected_arrival
    if expected is not None and (expected.tzinfo is None or not begins < expected <= plan.time_limit):
        findings.append(
            _finding("journey-expected", "the expected arrival must be after the beginning, and within the time limit")
        )
    if not now - _EARLIEST <= begins <= now + _EARLIEST:
        findings.append(_finding("journey-start", "it must begin within a month of now"))
    return findings


def _word_findings(plan: NewJourney, places: set[str]) -> list[Finding]:
    findings = []
    if not 0 < len(plan.reference.strip()) <= 200:
        findings.append(_finding("journey-reference", "it needs the reference of a declaration or manifest"))
    if len(plan.operator) > 200 or not plan.operator.isprintable():
        findings.append(_finding("journey-operator", "the operator is a name of at most 200 characters"))
    amount, currency = plan.guarantee_amount, plan.guarantee_currency
    if amount is not None and (not amount.is_finite() or amount <= 0 or not currency or len(currency) != 3):
        findings.append(_finding("journey-guarantee", "a guarantee needs an amount above 0 and a currency"))
    elif amount is not None and currency and not fits_minor_unit(amount, currency):
        findings.append(
            _finding("journey-guarantee", "its amount has more decimal places than its currency", str(amount))
        )
    findings += [
        _finding("journey-leave", "a permission needs a place of the journey and a time", leave.place)
        for leave in plan.authorities
        if leave.place not in places or leave.until <= leave.since
    ]
    if plan.temperature_c is not None and plan.temperature_c[0] > plan.temperature_c[1]:
        findings.append(_finding("journey-temperature", "the lowest temperature is above the highest"))
    return findings


def _finding(code: str, message: str, found: str | None = None) -> Finding:
    return Finding(code=code, severity="error", message=message, found=found)
