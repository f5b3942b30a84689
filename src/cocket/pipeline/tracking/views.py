# SPDX-License-Identifier: Apache-2.0
"""What doors hand in and are shown of journeys, alerts, devices and places: times UTC, places as (longitude, latitude)."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from decimal import Decimal
from typing import Literal

import msgspec

from cocket.pipeline.tracking.seal_handling import SealStanding
from cocket.tracking.admission import when
from cocket.tracking.batches import Outcome
from cocket.tracking.case import Case
from cocket.tracking.geometry import Fence, Point
from cocket.tracking.journey import Authority, Journey, Mode

JourneyState = Literal["under-way", "arrived", "discharged"]
AlertState = Literal["open", "acknowledged", "assigned", "dispatched", "closed"]
GuaranteeState = Literal["none", "at-stake", "held", "released"]
Custody = Literal["stock", "issued", "missing"]
CloseReason = Literal["confirmed", "explained", "false-alarm", "no-response"]

#: Why an alert may be closed, and what that says.
CLOSE_REASONS: dict[CloseReason, str] = {
    "confirmed": "The alert was correct; what was done is in the note.",
    "explained": "The alert was correct, and there is a lawful reason.",
    "false-alarm": "The alert was not correct.",
    "no-response": "No one could check in time.",
}


class BatchView(msgspec.Struct, frozen=True, kw_only=True):
    """What a device signed as one batch, held against the messages that came.

    Attributes:
        event: Id of the message that states it.
        device: The device.
        at: When it was made by the device's clock; when it was received where it says no time.
        first: Start and number of its first message.
        last: Start and number of its last.
        messages: How many it is over (count).
        outcome: `holds`; `incomplete` while messages have not come; `contradicted` where what came is not what it is over;
            `unknown` where it reaches before this journey's messages, or some of them are in dispute.
        missing: Messages that have not come (count); None where that cannot be told.
    """

    event: str
    device: str
    at: datetime
    first: tuple[int, int]
    last: tuple[int, int]
    messages: int
    outcome: Outcome
    missing: int | None


def batches_shown(cases: Iterable[tuple[str, Case]]) -> tuple[BatchView, ...]:
    """Batches that devices stated on a journey, each with what became of it (0..n)."""
    return tuple(
        BatchView(
            event=batch.event.id,
            device=device,
            at=when(batch.event),
            first=batch.first,
            last=batch.last,
            messages=batch.messages,
            outcome=batch.outcome,
            missing=batch.missing,
        )
        for device, case in cases
        for batch in case.admitted.batches
    )


class NewJourney(msgspec.Struct, frozen=True, kw_only=True):
    """A journey as an office of departure activates it. Places are named; their geometry is fixed at activation.

    Attributes:
        reference: Declaration (MRN) or manifest on which it rests.
        devices: Ids of the devices that follow it (1..n).
        departure: Name of the geofence of the office of departure (purpose `office`).
        destination: Name of the geofence of the office of destination (purpose `office`).
        time_limit: By when it must be presented there.
        starts_at: When it begins; None for now.
        mode: What carries it.
        equipment: Containers or vehicles; None takes those that declaration and manifest name.
        seals: Seal numbers; None takes those of the papers.
        guarantee_amount: What is at stake; None if nothing, or unknown.
        guarantee_currency: ISO 4217 code of it.
        guarantee: Number of a guarantee of the ledger that is to secure it; None if none is.
        guarantee_override: Why it is to be secured although the ledger says no; "" to let the ledger decide.
        corridor: Name of a corridor; None if any way may be taken.
        places: Names of further geofences that count (0..n).
        authorities: Leave given to touch the seal (0..n).
        temperature_c: Lowest and highest temperature the goods bear; None if none is asked for.
        report_every_s: Interval in which devices were set to report; None to learn it from them.
        expected_arrival: When it is expected there; None takes what earlier journeys between the two offices took, if known.
        operator: Who carries the goods, such as the haulier; "" if not known.
    """

    reference: str
    devices: tuple[str, ...]
    departure: str
    destination: str
    time_limit: datetime
    starts_at: datetime | None = None
    mode: Mode = "road"
    equipment: tuple[str, ...] | None = None
    seals: tuple[str, ...] | None = None
    guarantee_amount: Decimal | None = None
    guarantee_currency: str | None = None
    guarantee: str | None = None
    guarantee_override: str = ""
    corridor: str | None = None
    places: tuple[str, ...] = ()
    authorities: tuple[Authority, ...] = ()
    temperature_c: tuple[float, float] | None = None
    report_every_s: float | None = None
    expected_arrival: datetime | None = None
    operator: str = ""


class FixView(msgspec.Struct, frozen=True, kw_only=True):
    """One place of one device at one moment.

    Attributes:
        event: Id of the event; alerts name the same ids.
        device: The device.
        time: When, by the device's clock.
        received_at: When it was received; much later than `time` for what was kept in a dead zone.
        lon: Longitude in degrees.
        lat: Latitude in degrees.
        speed_m_s: Speed over ground in m/s; None where not told.
        course_deg: Course in degrees from true north; None where not told.
        along_m: Metres along the corridor; None without one.
        aside_m: Metres aside of it; None without one.
    """

    event: str
    device: str
    time: datetime
    received_at: datetime
    lon: float
    lat: float
    speed_m_s: float | None = None
    course_deg: float | None = None
    along_m: float | None = None
    aside_m: float | None = None


class SealStep(msgspec.Struct, frozen=True, kw_only=True):
    """A change of a seal: one mark of the seal strip. Between two steps the state is the `after` of the earlier one.

    Attributes:
        event: Id of the event that showed it.
        device: The device.
        time: When.
        sign: What was seen: closed, opened, parted, swapped, faulty, power-lost, power-back.
        before: State before: unsealed, sealed, open, breached, tampered, powerless, faulty.
        after: State after.
        leave: `given`, `none`, or `unproven` where the time fits and the place is not known.
        officer: Who gave leave; None if nobody did.
        number: Seal number from now on; None if unknown.
        lon: Longitude; None where the place is not known.
        lat: Latitude; None where the place is not known.
    """

    event: str
    device: str
    time: datetime
    sign: str
    before: str
    after: str
    leave: str
    officer: str | None = None
    number: str | None = None
    lon: float | None = None
    lat: float | None = None


class Sample(msgspec.Struct, frozen=True, array_like=True):
    """One reading of a strip."""

    time: datetime
    value: float


class SensorStrip(msgspec.Struct, frozen=True, kw_only=True):
    """Readings (1..n) of one kind from one device, oldest first.

    Attributes:
        device: The device.
        kind: `speed_m_s`, `temperature_c`, `humidity_percent`, `light_lux`, `shock_g`, `battery_percent`, or `door` (1 open).
        unit: Unit for people; empty for `door`.
        lowest: Lower limit asked for or held to; None if none.
        highest: Upper limit; None if none.
    """

    device: str
    kind: str
    unit: str
    samples: tuple[Sample, ...]
    lowest: float | None = None
    highest: float | None = None


class EtaView(msgspec.Struct, frozen=True, kw_only=True):
    """When a journey will arrive.

    Attributes:
        earliest: Begin of the interval.
        expected: Its middle.
        latest: Its end.
        coverage: How often such intervals hold (0–1); None where the interval is only from the journey's own pace.
        is_late: Whether even the earliest is past the time limit.
    """

    earliest: datetime
    expected: datetime
    latest: datetime
    coverage: float | None
    is_late: bool


class AlertAct(msgspec.Struct, frozen=True, kw_only=True):
    """What was done about an alert, or became of it.

    Attributes:
        at: When.
        who: Officer; `tracker` for the house itself.
        what: raised, raised-late, changed, withdrawn, acknowledged, assigned, dispatched, there (the unit), closed; called,
            with the officer as `note`.
        note: In words; empty for none.
    """

    at: datetime
    who: str
    what: str
    note: str = ""


class AlertSign(msgspec.Struct, frozen=True, kw_only=True):
    """Another sign of the same opening.

    Attributes:
        id: The alert that it is.
        kind: Of `cocket.tracking.alerts.KINDS`.
        message: What it says, an English sentence.
        since: Time of its first event.
    """

    id: str
    kind: str
    message: str
    since: datetime


ResponseStep = Literal["acknowledge", "dispatch", "there", "close"]


class ResponseClocks(msgspec.Struct, frozen=True, kw_only=True):
    """How quick the response to an alert was, and what it waits for.

    Attributes:
        acknowledged_s: Seconds from when it was known until somebody dealt with it; None while nobody has.
        on_the_way_s: Until a response unit was sent; None while none was.
        there_s: Until the unit was there; None while it is not.
        closed_s: Until the result; None while there is none.
        waits_for: The step that is due next; None for none.
        due: By when, UTC; None for none.
        is_overdue: Whether that has passed.
    """

    acknowledged_s: float | None = None
    on_the_way_s: float | None = None
    there_s: float | None = None
    closed_s: float | None = None
    waits_for: ResponseStep | None = None
    due: datetime | None = None
    is_overdue: bool = False


class AlertView(msgspec.Struct, frozen=True, kw_only=True):
    """One alert as it stands.

    Attributes:
        id: 32 hex digits.
        kind: Of `cocket.tracking.alerts.KINDS`.
        message: What it says, an English sentence.
        severity: `red` calls for an act, `amber` for a look.
        state: What people have done about it so far; `withdrawn` where later data refuted it and nobody has closed it.
        told: `raised`, or `raised-late` where the data came after the fact.
        is_withdrawn: Whether later data refuted it.
        rule: Kind and version of the rules.
        journey: Journey concerned; None if none is known.
        reference: Declaration or manifest of that journey, or manifest of that port call; None without one.
        consignment: Dossier concerned; None if none is linked, or several are, as with a manifest.
        office: Office of destination, or that the manifest is for; None without either.
        subject: Device, or devices joined by a comma; of a vessel its MMSI.
        since: Time of the first event.
        until: Time of the last.
        raised_at: When we first knew.
        changed_at: When it last changed, by data or by people.
        confidence: 0–1, higher is surer; not a probability.
        events: Ids of the events it rests on.
        sequences: Their message numbers, as far as known.
        thresholds: What was allowed, under names that carry the unit.
        measured: What was found, likewise.
        path: Places of the events.
        fence: Name of the place concerned; None if none.
        counter_evidence: Arguments against it (0..n).
        assigned_to: Officer it is assigned to; None if to nobody.
        unit: Response unit dispatched; None if none.
        reason: Why it was closed, of `CLOSE_REASONS`; None while it is not.
        ordered: Whether an examination was ordered at destination on its account.
        acts: What became of it, oldest first (1..n).
        signs: Other signs of the same opening, which are dealt with together with it, by time (0..n).
        clocks: How quick the response is.
    """

    id: str
    kind: str
    message: str
    severity: Literal["amber", "red"]
    state: AlertState | Literal["withdrawn"]
    told: Literal["raised", "raised-late"]
    is_withdrawn: bool
    rule: str
    journey: str | None
    reference: str | None
    consignment: str | None
    office: str | None
    subject: str
    since: datetime
    until: datetime
    raised_at: datetime
    changed_at: datetime
    confidence: float
    events: tuple[str, ...]
    sequences: tuple[int, ...] = ()
    thresholds: dict[str, float | str] = {}
    measured: dict[str, float | str] = {}
    path: tuple[Point, ...] = ()
    fence: str | None = None
    counter_evidence: tuple[str, ...] = ()
    assigned_to: str | None = None
    unit: str | None = None
    reason: CloseReason | None = None
    ordered: bool = False
    acts: tuple[AlertAct, ...] = ()
    signs: tuple[AlertSign, ...] = ()
    clocks: ResponseClocks = ResponseClocks()


class AlertFilter(msgspec.Struct, frozen=True, kw_only=True):
    """Which alerts to show.

    Attributes:
        state: `to-do` (neither closed nor withdrawn), `all`, or one state.
        severity: Only this one; None for both.
        journey: Only of this journey; None for all.
        kind: Only of this kind; None for all.
        text: Words to find in kind, device and reference; None for no search.
        is_overdue: Only those whose response is late.
        order: `newest`: red before amber, then newest first. `stake`: journey by journey, those with red alerts and most at
            stake first; amounts are compared within a currency, currencies by their code.
        offset: Lines to leave out at the start (count).
        limit: Lines to give at most (count).
    """

    state: AlertState | Literal["to-do", "all", "withdrawn"] = "to-do"
    severity: Literal["amber", "red"] | None = None
    journey: str | None = None
    kind: str | None = None
    text: str | None = None
    is_overdue: bool = False
    order: Literal["newest", "stake"] = "newest"
    offset: int = 0
    limit: int = 50


class AlertQueue(msgspec.Struct, frozen=True, kw_only=True):
    """A part of the queue (0..n).

    Attributes:
        total: Alerts that fit the filter, before offset and limit (count).
        counts: Alerts by state, withdrawn ones under `withdrawn`, whatever the filter's state.
    """

    alerts: tuple[AlertView, ...]
    total: int
    counts: dict[str, int]


class JourneyLine(msgspec.Struct, frozen=True, kw_only=True):
    """One journey in a list.

    Attributes:
        id: Our id.
        reference: Declaration or manifest.
        consignment: Dossier; None if none has that reference yet.
        state: `under-way`, `arrived`, or `discharged`.
        departure: Name of the office of departure.
        destination: Name of the office of destination.
        devices: Devices that follow it.
        equipment: Containers or vehicles (0..n).
        mode: What carries it.
        starts_at: When it began.
        time_limit: By when it must be presented.
        is_overdue: Whether that is past and it has not arrived.
        last_heard: Time of its last event; None if nothing was heard.
        last_place: Its last known place; None if none is.
        share: Share of the corridor it has come (0–1); None without a corridor or place.
        seal: State of its seal, the worst of several devices.
        red: Red alerts that stand and are not closed (count).
        amber: Amber ones (count).
        guarantee: `at-stake` while under way, `held` by a red alert, `released` at discharge, `none` without one.
        expected_arrival: When it was expected at destination, by its plan; None if not known.
        arrives: When it arrived, or else the middle of its ETA; None if neither is known.
        late_s: By how much that is later than expected, negative if earlier; None where it cannot be known.
        operator: Who carries the goods; "" if not known.
        convoy: Id of the journey that leads its convoy; "" if it travels alone.
        departure_called: Office of departure with its name in words, where the house knows one.
        destination_called: Office of destination, likewise.
    """

    id: str
    reference: str
    consignment: str | None
    state: JourneyState
    departure: str
    destination: str
    devices: tuple[str, ...]
    equipment: tuple[str, ...]
    mode: Mode
    starts_at: datetime
    time_limit: datetime
    is_overdue: bool
    last_heard: datetime | None
    last_place: Point | None
    share: float | None
    seal: str
    red: int
    amber: int
    guarantee: GuaranteeState
    expected_arrival: datetime | None = None
    arrives: datetime | None = None
    late_s: float | None = None
    operator: str = ""
    convoy: str = ""
    departure_called: str = ""
    destination_called: str = ""


class JourneyPage(msgspec.Struct, frozen=True, kw_only=True):
    """A page of journeys: those with red alerts first, then last begun first.

    Attributes:
        lines: Journeys (0..n).
        page: Its number, from 1.
        pages: How many there are (at least 1).
        counts: Journeys by state.
    """

    lines: tuple[JourneyLine, ...]
    page: int
    pages: int
    counts: dict[str, int]


class JourneyView(msgspec.Struct, frozen=True, kw_only=True):
    """One journey in full.

    Attributes:
        line: As it stands in lists.
        plan: What was laid down: offices, corridor, detours, permitted stops and other places, leave given, limits.
        fixes: Where its devices were, by time (0..n); at most 5,000, thinned evenly where there are more.
        all_fixes: How many there are (count).
        seal_steps: Changes of its seals, by time (0..n); before the first one the seal is `seal_at_start`.
        seal_at_start: State of the seal at activation.
        strips: Readings (0..n).
        eta: When it will arrive; None if it has, or nothing can be told.
        arrived_at: When it arrived; None if not yet.
        discharged_at: When an officer discharged it; None if nobody did.
        discharged_by: Who.
        alerts: Its alerts, withdrawn and closed ones too, by time (0..n).
        order: Id of the control order at destination; None if none.
        batches: Signed batches of its devices, by device and number (0..n).
    """

    line: JourneyLine
    plan: Journey
    fixes: tuple[FixView, ...]
    all_fixes: int
    seal_steps: tuple[SealStep, ...]
    seal_at_start: str
    strips: tuple[SensorStrip, ...]
    eta: EtaView | None
    arrived_at: datetime | None
    discharged_at: datetime | None
    discharged_by: str | None
    alerts: tuple[AlertView, ...]
    order: str | None = None
    batches: tuple[BatchView, ...] = ()


class LivePosition(msgspec.Struct, frozen=True, kw_only=True):
    """Where a device was heard last.

    Attributes:
        device: The device.
        time: When, by its clock.
        received_at: When it was received.
        lon: Longitude.
        lat: Latitude.
        speed_m_s: Speed; None where not told.
        course_deg: Course; None where not told.
        journey: Journey it follows; None if none.
        reference: Reference of that journey; None if none.
        severity: Gravest alert that stands and is not closed on that journey; None if none.
        seal: State of the seal; None without a journey.
    """

    device: str
    time: datetime
    received_at: datetime
    lon: float
    lat: float
    speed_m_s: float | None = None
    course_deg: float | None = None
    journey: str | None = None
    reference: str | None = None
    severity: Literal["amber", "red"] | None = None
    seal: str | None = None


class Positions(msgspec.Struct, frozen=True, kw_only=True):
    """Live positions by device (0..n), and when they were read: hand `at` in as `since` to be given only what is newer."""

    at: datetime
    positions: tuple[LivePosition, ...]


class StockDevice(msgspec.Struct, frozen=True, kw_only=True):
    """A device in the stock.

    Attributes:
        id: Its name.
        adapter: Adapter that reads its messages.
        state: `active`, `suspended` or `revoked`.
        custody: `stock` (with an office), `issued` (on its way), `missing`.
        holder: Office, carrier or person that has it; empty if nobody said.
        journey: Journey it follows now; None if none, empty if it is one that the reader may not see.
        last_heard: When something of it was last received; None if nothing was.
        last_place: Its last known place; None if none is.
        battery_percent: Charge as last told; None if not told.
        credentials: What it can prove itself by now (count); 0 where its protocol proves nothing.
        note: Last note on it; empty for none.
        seal: How it is handled as a seal.
    """

    id: str
    adapter: str
    state: Literal["active", "suspended", "revoked"]
    custody: Custody
    holder: str
    journey: str | None
    last_heard: datetime | None
    last_place: Point | None
    battery_percent: float | None
    credentials: int
    note: str
    seal: SealStanding = SealStanding()


class GeofenceView(msgspec.Struct, frozen=True, kw_only=True):
    """A geofence of the house.

    Attributes:
        fence: Name, purpose and form.
        office: Office that keeps it; None if all.
        version: 1 for the first wording, one more for each change.
        is_retired: Whether it can no longer be chosen; journeys that have it keep it.
        changed_at: When it was last changed.
        changed_by: By whom.
    """

    fence: Fence
    office: str | None
    version: int
    is_retired: bool
    changed_at: datetime
    changed_by: str


class Corridor(msgspec.Struct, frozen=True, kw_only=True):
    """A way that was laid down.

    Attributes:
        name: What people call it.
        line: Its bends, in the direction of travel (2..n).
        half_width_m: How far aside is still on it, in metres.
    """

    name: str
    line: tuple[Point, ...]
    half_width_m: float = 2_000


class CorridorView(msgspec.Struct, frozen=True, kw_only=True):
    """A corridor of the house, with its length; the rest as of `GeofenceView`."""

    corridor: Corridor
    length_m: float
    office: str | None
    version: int
    is_retired: bool
    changed_at: datetime
    changed_by: str
