# SPDX-License-Identifier: Apache-2.0
"""Journeys handed over between administrations: as a signed document, which the other takes over as a journey of its own.

What is handed over is the journey as declared, its seals with their custody, and the alerts that are open; never the track, nor
who gave which leave. The other answers with statements of its own: taken over, arrived, discharged. Both are tokens signed with
the keys of certificates, read with those of recognised partners, so both administrations can prove what was handed over.
Policy actions: `journey:read`, `journey:activate`.
Source: the movement of a transit between offices of several countries, as in NCTS (CD001C, CD006C, CD018C) and the T1 of
ASYCUDA; the document is our own.
"""

from __future__ import annotations

from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any, Final, Literal, Protocol, get_args
from uuid import UUID

import msgspec

from cocket.errors import SenderError, UnreadableError
from cocket.governance import Principal, Resource, exchanged
from cocket.pipeline.base.access import NotFoundError, Service, Subject
from cocket.pipeline.base.document_files import DocumentFiles
from cocket.pipeline.base.ids import new_id, parse_id
from cocket.pipeline.base.ownership import of_journey
from cocket.pipeline.base.partner_agreements import governing
from cocket.pipeline.base.partner_looks import GivenFor, looks_of_partner, own_purpose
from cocket.pipeline.base.wiring import Stores
from cocket.pipeline.tracking.device_stock import CustodyChange
from cocket.pipeline.tracking.journey_state import JourneyAccess, gravest, plan_of, standing_of
from cocket.pipeline.tracking.journeys import TakenOver, Tracking
from cocket.pipeline.tracking.seal_handling import SEAL_HANDLING, SealHandling
from cocket.pipeline.tracking.views import NewJourney
from cocket.standards.bounds import beyond_bounds
from cocket.stores import NewRecord
from cocket.stores.base.database import Connection
from cocket.stores.tracking.alerts import Alerts
from cocket.stores.tracking.device_events import DeviceEvents, Standing
from cocket.stores.tracking.journeys import Journeys, StoredJourney
from cocket.tracking.journey import Mode
from cocket.tracking.seals import State

#: Kind of the sealed record and case file of a hand-over; its name is direction and id.
HAND_OVER: Final = "journey-hand-over"

#: Types of the two tokens.
HANDED: Final = "cocket-hand-over+jwt"
ANSWER: Final = "cocket-hand-over-answer+jwt"

#: Most red alerts that are named as a journey is taken over.
_MOST_ALERTS: Final = 20

Direction = Literal["out", "in"]

#: How far the journey has come with the other, in order.
Stage = Literal["handed-over", "taken-over", "arrived", "discharged"]
STAGES: Final[tuple[Stage, ...]] = ("handed-over", "taken-over", "arrived", "discharged")


class Signing(Protocol):
    """Statements between administrations; see `pipeline.credentials.partner_tokens`."""

    @property
    def own(self) -> str:
        """The DID of this administration."""
        ...

    def knows(self, connection: Connection, partner: str) -> bool:
        """Whether a partner is recognised here."""
        ...

    def sign(self, kind: str, claims: dict[str, Any]) -> str:
        """A statement of ours."""
        ...

    def read(self, connection: Connection, token: str, kind: str, now: datetime) -> dict[str, Any]:
        """What a partner states to us."""
        ...


class SealHeld(msgspec.Struct, frozen=True, kw_only=True):
    """A seal or device that is handed over, and whose it was.

    Attributes:
        device: The device.
        seals: Numbers of the seals that it watches, as of the journey (0..n).
        state: State of the seal as last known: `sealed`, `open`, `breached`, `tampered`, …
        custody: `stock`, `issued` or `missing`, before it was handed over.
        holder: Office, carrier or person that had it; "" if not known.
        condition: `usable`, `workshop`, `blacklisted`.
        calibrated_until: Last day of its calibration; None if not known.
        office: Office that handled it last; "" if none did.
    """

    device: str
    seals: tuple[str, ...]
    state: str
    custody: str
    holder: str
    condition: str = "usable"
    calibrated_until: date | None = None
    office: str = ""


class OpenAlert(msgspec.Struct, frozen=True, kw_only=True):
    """An alert that was open when a journey was handed over."""

    kind: str
    severity: str
    since: datetime


class HandedJourney(msgspec.Struct, frozen=True, kw_only=True):
    """What one administration tells another of a journey.

    Attributes:
        journey: Id with the one that hands it over.
        reference: Declaration (MRN) or manifest.
        departure: Office of departure there.
        destination: Office of destination there, to which it was declared.
        place: Office or border post at which it is handed over.
        starts_at: When it began (UTC).
        time_limit: By when it must be presented (UTC).
        mode: What carries it.
        equipment: Containers or vehicles (0..n).
        seals: Seal numbers (0..n).
        held: Devices with custody and state (1..n).
        alerts: Alerts that are open (0..n).
        operator: Who carries the goods; "" if not known.
        guarantee_amount: What is at stake; None if nothing.
        guarantee_currency: ISO 4217 code of it.
        guarantee: Number of the guarantee; "" if none is named.
        note: In words.
    """

    journey: str
    reference: str
    departure: str
    destination: str
    place: str
    starts_at: datetime
    time_limit: datetime
    mode: Mode
    equipment: tuple[str, ...]
    seals: tuple[str, ...]
    held: tuple[SealHeld, ...]
    alerts: tuple[OpenAlert, ...] = ()
    operator: str = ""
    guarantee_amount: Decimal | None = None
    guarantee_currency: str | None = None
    guarantee: str = ""
    note: str = ""


class HandOver(msgspec.Struct, frozen=True, kw_only=True):
    """A journey handed over, as it stands; also its sealed record.

    Attributes:
        id: Of the hand-over, the same with both.
        direction: `out` where we handed it over, `in` where we took it over.
        partner: DID of the other.
        journey: Our journey.
        content: What was handed over.
        at: When (UTC).
        by: Officer of ours.
        token: The signed document.
        stage: How far it has come.
        stage_at: When that was (UTC).
        answer: The last statement of whoever took it over, signed; "" for none yet.
    """

    id: str
    direction: Direction
    partner: str
    journey: str
    content: HandedJourney
    at: datetime
    by: str
    token: str
    stage: Stage
    stage_at: datetime
    answer: str = ""


class TakeOver(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """How a journey that was handed over goes on here.

    Attributes:
        departure: Our office at which it begins; a geofence of purpose `office`.
        destination: Our office of destination.
        devices: Devices registered here that follow it (1..n); None for those that were handed over.
        time_limit: By when it must be presented; None for the one handed over.
        corridor: Name of a corridor; None if any way may be taken.
        places: Names of further geofences (0..n).
    """

    departure: str
    destination: str
    devices: tuple[str, ...] | None = None
    time_limit: datetime | None = None
    corridor: str | None = None
    places: tuple[str, ...] = ()


class HandOvers(Service):
    """Handing journeys over, and taking them over.

    Args:
        stores: The stores of this process.
        journeys: What begins a journey here.
        signing: Signs and reads statements.
    """

    def __init__(self, stores: Stores, journeys: Tracking, signing: Signing) -> None:
        super().__init__(stores)
        self._files = DocumentFiles(stores)
        self._journeys = journeys
        self._signing = signing
        self._shown = JourneyAccess(stores)

    def hand_overs(self, principal: Principal) -> tuple[HandOver, ...]:
        """Hand-overs of journeys that this principal may see, last changed first (0..n); the look is sealed.

        Raises:
            PolicyError: The principal may see no journeys.
        """
        self._access.require(principal, "journey:read")
        with self._stores.database.transaction() as connection:
            every = self._files.every(connection, HAND_OVER, HandOver)
            rows = Journeys().get_many(connection, [name for one in every if (name := parse_id(one.journey))])
            seen = {str(row.id) for row in rows.values() if self._shown.sees(principal, row)}
            shown = tuple(one for one in every if one.journey in seen)
            names = tuple(one.id for one in shown)
            self._access.seal(connection, self._access.record(principal, "hand-overs", names or ("none",)))
        return shown

    def hand_over(self, principal: Principal, journey_id: str, partner: str, place: str, note: str = "") -> HandOver:
        """Hand a journey over to another administration: a signed document that it can take over.

        Under an agreement the partner's look at the journey is sealed with it.

        Args:
            principal: Who hands it over.
            journey_id: The journey.
            partner: DID of the other, which must be recognised here.
            place: Office or border post at which it changes hands.
            note: In words.

        Raises:
            NotFoundError: There is no journey that this principal may see.
            PolicyError: The principal may not, or the partner may not have it.
            SenderError: It is discharged or handed over already, the partner is not recognised, no place is named, or the
                agreement that it leans on does not hold.
        """
        now = datetime.now(UTC)
        with self._stores.database.transaction() as connection:
            stored = self._journey(connection, principal, journey_id)
            if stored.discharged is not None:
                raise SenderError("The journey is already discharged.", code="journey-discharged")
            if any(one.direction == "out" for one in self._of_journey(connection, str(stored.id))):
                raise SenderError("The journey was handed over before.", code="hand-over-twice")
            if not self._signing.knows(connection, partner):
                raise SenderError("This partner is not recognised here.", code="hand-over-partner", found=partner[:200])
            agreement = governing(self._stores, connection, "journey-hand-over", partner)
            if not 0 < len(place.strip()) <= 100:
                raise SenderError("Enter the place at which it is handed over.", code="hand-over-place")
            name = str(new_id())
            content = self._content(connection, stored, (place.strip(), note.strip()))
            looks = list[NewRecord]()
            if agreement is not None:
                content = exchanged("journey-hand-over", agreement.exchanges["journey-hand-over"], content)
                given = GivenFor(purpose=own_purpose(principal, agreement), case=f"hand-over {name}")
                ids = (str(stored.consignment), str(stored.id)) if stored.consignment else (str(stored.id),)
                subject = Subject(ids=ids, about=stored.consignment or stored.id)
                looks = looks_of_partner(self._access, agreement, given, (subject,))
            claims = {
                "aud": partner,
                "sub": stored.reference,
                "jti": name,
                "iat": int(now.timestamp()),
                "journey": msgspec.to_builtins(content),
            }
            made = HandOver(
                id=name,
                direction="out",
                partner=partner,
                journey=str(stored.id),
                content=content,
                at=now,
                by=principal.id,
                token=self._signing.sign(HANDED, claims),
                stage="handed-over",
                stage_at=now,
            )
            self._keep(connection, made, principal, *looks)
        return made

    def read_hand_over(self, principal: Principal, token: str) -> tuple[str, HandedJourney]:
        """What a document hands over, and whose it is; nothing is taken over.

        Raises:
            PolicyError: The principal may not take journeys over.
            ProofError: It does not hold, is not for us, or its issuer is not recognised here.
            UnreadableError: It is no such document.
        """
        self._access.require(principal, "journey:activate", Resource(offices=(principal.office or "",)))
        with self._stores.database.transaction() as connection:
            _, partner, content = self._read(connection, token, datetime.now(UTC))
        return partner, content

    def take_over(self, principal: Principal, token: str, how: TakeOver) -> HandOver:
        """Take over a journey that a partner handed over to us: it goes on here as a journey of ours.

        Args:
            principal: Who takes it over.
            token: The document.
            how: How it goes on here.

        Returns:
            The hand-over, whose `answer` is the statement for the other that it was taken over.

        Raises:
            PolicyError: The principal may not, at that office.
            ProofError: The document does not hold, is not for us, or its issuer is not recognised here.
            SenderError: It was taken over before, or the journey cannot begin here; `findings` say why.
            UnreadableError: It is no such document.
        """
        now = datetime.now(UTC)
        with self._stores.database.transaction() as connection:
            name, partner, content = self._read(connection, token, now)
            self._stores.case_files.lock(connection, f"{HAND_OVER} {name}")
            if self._files.read(connection, HAND_OVER, f"in {name}", HandOver) is not None:
                raise SenderError("The journey was taken over before.", code="hand-over-twice", found=content.reference)
            plan = NewJourney(
                reference=content.reference,
                devices=tuple(one.device for one in content.held) if how.devices is None else how.devices,
                departure=how.departure,
                destination=how.destination,
                time_limit=how.time_limit or content.time_limit,
                mode=content.mode,
                equipment=content.equipment,
                seals=content.seals,
                guarantee_amount=content.guarantee_amount,
                guarantee_currency=content.guarantee_currency,
                corridor=how.corridor,
                places=how.places,
                operator=content.operator,
            )
            came = TakenOver(_states_of(content, plan.devices), _red_of(content))
            stored, records = self._journeys.begin(connection, principal, plan, now, came)
            made = HandOver(
                id=name,
                direction="in",
                partner=partner,
                journey=str(stored.id),
                content=content,
                at=now,
                by=principal.id,
                token=token.strip(),
                stage="taken-over",
                stage_at=now,
            )
            made = msgspec.structs.replace(made, answer=self._statement(made, now))
            self._keep(connection, made, principal, *records)
        return made

    def answer_hand_over(self, principal: Principal, hand_over_id: str) -> HandOver:
        """State anew to whoever handed a journey over how far it has come here.

        Raises:
            NotFoundError: Nothing of that id was taken over that this principal may see.
            PolicyError: The principal may not.
        """
        now = datetime.now(UTC)
        with self._stores.database.transaction() as connection:
            known = self._files.read(connection, HAND_OVER, f"in {hand_over_id}", HandOver, to_change=True)
            if known is None:
                raise NotFoundError("Nothing of that id was taken over.")
            stored = self._journey(connection, principal, known.journey)
            stage: Stage = "discharged" if stored.discharged else "arrived" if stored.arrived else "taken-over"
            moments = {"discharged": stored.discharged, "arrived": stored.arrived}
            made = msgspec.structs.replace(known, stage=stage, stage_at=moments.get(stage) or known.at)
            if stage != known.stage:
                made = msgspec.structs.replace(made, answer=self._statement(made, now))
                self._keep(connection, made, principal)
        return made

    def accept_answer(self, principal: Principal, token: str) -> HandOver:
        """Take in a partner's statement on a journey that was handed over to it; then the seals are in its custody.

        Raises:
            NotFoundError: Nothing of that id was handed over that this principal may see.
            PolicyError: The principal may not.
            ProofError: The statement does not hold, is not for us, or is not of the partner it was handed over to.
            SenderError: A later statement was recorded before.
            UnreadableError: It is no such statement.
        """
        now = datetime.now(UTC)
        with self._stores.database.transaction() as connection:
            claims = self._signing.read(connection, token, ANSWER, now)
            known = self._files.read(connection, HAND_OVER, f"out {claims.get('jti')}", HandOver, to_change=True)
            if known is None or known.partner != claims.get("iss"):
                raise NotFoundError("Nothing of that id was handed over to this partner.")
            stored = self._journey(connection, principal, known.journey)
            stage, at = _stage_of(claims)
            if STAGES.index(stage) < STAGES.index(known.stage):
                raise SenderError("A later statement was recorded before.", code="hand-over-old", found=known.stage)
            made = msgspec.structs.replace(known, stage=stage, stage_at=at, answer=token.strip())
            records = (
                self._give_custody(connection, stored, known.partner, principal) if known.stage == "handed-over" else []
            )
            self._keep(connection, made, principal, *records)
        return made

    def _give_custody(
        self, connection: Connection, stored: StoredJourney, partner: str, principal: Principal
    ) -> list[NewRecord]:
        """The devices of a journey are with the partner from now on, and this house no longer waits for their messages."""
        plan = plan_of(stored)
        records = []
        note = f"handed over with {stored.reference}"
        for device in plan.devices:
            DeviceEvents().put_custody(connection, device, "issued", partner, note)
            change = CustodyChange(device=device, custody="issued", holder=partner, note=note)
            records.append(self._stores.sealer.record("device-custody", principal.id, change))
        return [*records, self._journeys.mark_handed_over(connection, principal, stored, partner)]

    def _content(self, connection: Connection, stored: StoredJourney, said: tuple[str, str]) -> HandedJourney:
        plan, standing = plan_of(stored), standing_of(stored)
        standings = DeviceEvents().standings(connection, plan.devices)
        held = []
        for device in plan.devices:
            custody = standings.get(device, Standing(device=device))
            handling = self._files.read(connection, SEAL_HANDLING, device, SealHandling) or SealHandling(device=device)
            progress = standing.devices.get(device)
            held.append(
                SealHeld(
                    device=device,
                    seals=plan.seals,
                    state=progress.seal if progress else standing.seal(plan),
                    custody=custody.custody,
                    holder=custody.holder,
                    condition=handling.condition,
                    calibrated_until=handling.calibrated_until,
                    office=handling.office,
                )
            )
        rows = Alerts().of_journey(connection, stored.id, plan.devices, (stored.starts_at, stored.discharged))
        return HandedJourney(
            journey=str(stored.id),
            reference=stored.reference,
            departure=stored.departure,
            destination=stored.destination,
            place=said[0],
            starts_at=stored.starts_at,
            time_limit=stored.time_limit,
            mode=plan.mode,
            equipment=plan.equipment,
            seals=plan.seals,
            held=tuple(held),
            alerts=tuple(
                OpenAlert(kind=row.kind, severity=row.severity, since=row.since)
                for row in rows
                if row.state != "closed" and not row.is_withdrawn
            ),
            operator=plan.operator,
            guarantee_amount=plan.guarantee_amount,
            guarantee_currency=plan.guarantee_currency,
            guarantee=plan.guarantee_reference if isinstance(plan.guarantee_reference, str) else "",
            note=said[1],
        )

    def _read(self, connection: Connection, token: str, now: datetime) -> tuple[str, str, HandedJourney]:
        claims = self._signing.read(connection, token, HANDED, now)
        try:
            content = msgspec.convert(claims.get("journey"), HandedJourney)
            name = UUID(str(claims.get("jti")))
        except (msgspec.ValidationError, ValueError) as error:
            raise UnreadableError("The document hands no journey over.", code="hand-over-form") from error
        moments = (content.starts_at, content.time_limit, *(one.since for one in content.alerts))
        amount = content.guarantee_amount
        if any(one.state not in get_args(State) for one in content.held):
            raise UnreadableError("The document hands no journey over.", code="hand-over-form")
        if any(one.tzinfo is None for one in moments) or (amount is not None and not amount.is_finite()):
            raise UnreadableError("The document hands no journey over.", code="hand-over-form")
        if beyond := beyond_bounds(content, "HandedJourney"):
            raise UnreadableError(
                "The document hands over what no journey can hold.", code="hand-over-form", findings=beyond
            )
        return str(name), str(claims["iss"]), content

    def _statement(self, made: HandOver, now: datetime) -> str:
        claims = {
            "aud": made.partner,
            "sub": made.content.reference,
            "jti": made.id,
            "iat": int(now.timestamp()),
            "stage": made.stage,
            "at": made.stage_at.isoformat(),
        }
        return self._signing.sign(ANSWER, claims)

    def _of_journey(self, connection: Connection, journey: str) -> list[HandOver]:
        return [one for one in self._files.every(connection, HAND_OVER, HandOver) if one.journey == journey]

    def _journey(self, connection: Connection, principal: Principal, journey_id: str) -> StoredJourney:
        """A journey that this principal may hand over, locked."""
        wanted = parse_id(journey_id)
        stored = Journeys().get(connection, wanted, to_change=True) if wanted else None
        if stored is None or not self._shown.sees(principal, stored):
            raise NotFoundError("There is no such journey.")
        self._access.require(principal, "journey:activate", of_journey(stored))
        return stored

    def _keep(self, connection: Connection, made: HandOver, principal: Principal, *more: NewRecord) -> None:
        name = f"{made.direction} {made.id}"
        record = self._files.write(connection, HAND_OVER, name, (made, principal.id), made.stage)
        self._access.seal(connection, *more, *([record] if record is not None else []))


def _states_of(content: HandedJourney, devices: tuple[str, ...]) -> dict[str, str]:
    """States in which seals go on here, by device, where they are not as a journey's begin: closing one again is no proof.

    A device of ours takes the gravest state over: what it is put on was so, until an officer affixes it.
    """
    usual = "sealed" if content.seals else "unsealed"
    held = {one.device: one.state for one in content.held}
    worst = gravest(held.values()) if held else usual
    return {device: state for device in devices if (state := held.get(device, worst)) != usual}


def _red_of(content: HandedJourney) -> tuple[str, ...]:
    """Red alerts that were open as a journey was handed over, in words (0..`_MOST_ALERTS`)."""
    red = sorted((one.since, one.kind) for one in content.alerts if one.severity == "red")
    return tuple(f"{kind} {since:%Y-%m-%d %H:%M}Z" for since, kind in red[:_MOST_ALERTS])


def _stage_of(claims: dict[str, Any]) -> tuple[Stage, datetime]:
    """How far a journey has come, as a statement has it."""
    try:
        at = datetime.fromisoformat(str(claims.get("at")))
        stage: Stage = msgspec.convert(claims.get("stage"), Stage)
    except (msgspec.ValidationError, ValueError) as error:
        raise UnreadableError("The statement says nothing of a journey.", code="hand-over-form") from error
    if at.tzinfo is None or stage == "handed-over":
        raise UnreadableError("The statement says nothing of a journey.", code="hand-over-form")
    return stage, at
