# SPDX-License-Identifier: Apache-2.0
"""Stamps of consignments from what the instance has: messages, the host's rows, control orders and results, journeys, other agencies.

Each stamp says where it stands. A day without a time, a planned event, an event elsewhere and a message of the host's folder, whose
coming here is not its lodgement, give none, and are counted.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Collection, Iterator, Sequence
from datetime import UTC, date, datetime, time
from typing import Final
from uuid import UUID
from zoneinfo import ZoneInfo

import msgspec

from cocket.consignment import part_of
from cocket.control.standing import Standing, parties_of, standing_of
from cocket.errors import CocketError
from cocket.model import Declaration, Manifest, Movement, Reading, ReleaseOrder, Response
from cocket.pipeline.base.readings import reading_of
from cocket.pipeline.base.wiring import Stores
from cocket.pipeline.credentials.standings import standings_by_trader
from cocket.stores.base.database import Connection
from cocket.stores.consignment.rows import Line
from cocket.stores.control.orders import StoredHostDecision, StoredOrder, StoredResult
from cocket.stores.intake.messages import StoredMessage
from cocket.stores.tracking.journeys import Journeys, StoredJourney
from cocket.trials.release import Case, Stamp
from cocket.trials.release.stamps import Actor, Kind

#: Dossiers whose stamps are read at once (count): no more than these are held whole.
AT_ONCE: Final = 500

#: Kind of sealed record → what it stamps. The first assessment gives the lane; of payments those that count.
_RECORDS: Final[dict[str, Kind]] = {
    "assessment": "lane",
    "examination-order": "examination-ordered",
    "release": "release",
    "reopen": "reopened",
    "agency-hold": "permit-asked",
    "agency-release": "permit-given",
    "payment": "payment",
}

#: Codes of events → what they stamp: DCSA (equipment, transport, shipment), EPCIS (business steps), IATA (consignment statuses).
_EVENTS: Final[dict[str, Kind]] = {
    "ARRI": "arrival",
    "DISC": "discharge",
    "CUSS": "examination-ordered",
    "CUSI": "examination-ordered",
    "INSP": "examination-ended",
    "CUSR": "release",
    "GTOT": "gate-out",
    "arriving": "arrival",
    "unloading": "discharge",
    "storing": "warehouse",
    "inspecting": "examination-ended",
    "ARR": "arrival",
    "RCF": "warehouse",
    "CCD": "release",
    "DLV": "gate-out",
    "EAL": "arrival",
    "EDL": "gate-out",
}

#: Who makes an event happen, where it is not the usual one of its kind.
_EVENT_ACTORS: Final[dict[Kind, Actor]] = {"release": "customs", "gate-out": "port"}


class StampReader:
    """Reads the stamps of dossiers.

    Args:
        stores: The stores of this process.
    """

    def __init__(self, stores: Stores) -> None:
        self._stores = stores
        self._zone = ZoneInfo(stores.settings.time_zone)
        #: What gave no stamp, and why (counts).
        self.counts: Counter[str] = Counter()

    def cases(self, connection: Connection, dossiers: Sequence[UUID]) -> Iterator[Case]:
        """Dossiers with their stamps, in the order given, some at once; one whose papers cannot be read is left out and counted."""
        for start in range(0, len(dossiers), AT_ONCE):
            yield from self._some(connection, dossiers[start : start + AT_ONCE])

    def _some(self, connection: Connection, ids: Sequence[UUID]) -> Iterator[Case]:
        known = _Known(self._stores, connection, ids)
        declared: dict[UUID, Declaration] = {}
        stamps: dict[UUID, list[Stamp]] = {}
        for dossier in ids:
            if dossier in known.lines:
                newest, found = self._papers(known, dossier)
                stamps[dossier] = [*found, *self._acts(known, dossier)]
                if newest is not None:
                    declared[dossier] = newest
        standings = standings_by_trader(
            self._stores, connection, {number for one in declared.values() for number in parties_of(one).numbers}
        )
        for dossier, found in stamps.items():
            if dossier not in declared:
                self.counts["no-papers"] += 1
                continue
            yield _case(known, dossier, (declared[dossier], standings), self._as_lodged(found))

    def _papers(self, known: _Known, dossier: UUID) -> tuple[Declaration | None, list[Stamp]]:
        """The newest declaration of a dossier, and the stamps that its papers give."""
        newest: tuple[datetime, int, Declaration] | None = None
        stamps: list[Stamp] = []
        parts = known.documents(dossier)
        places = {place for _, _, one in parts for place in _unloading(one.document)}
        names = {name for _, _, one in parts for name in _names(one.document)}
        for message, part, reading in parts:
            document = reading.document
            record = str(message.id)
            if isinstance(document, Declaration):
                function = reading.function if part else message.function
                if function != "cancellation" and (newest is None or (message.received, message.index) >= newest[:2]):
                    newest = message.received, message.index, document
                stamps += self._of_declaration(
                    document, message, is_first=function == "original" and message.version <= 1
                )
            elif isinstance(document, Manifest):
                stamps += self._of_manifest(document, record)
            elif isinstance(document, Response):
                stamps += self._of_response(document, f"response {message.standard or ''}".strip(), record)
            elif isinstance(document, Movement):
                for each in (document, *document.movements):
                    bills = {one.value for one in each.references if one.kind in ("BL", "HBL")}
                    named = bills or {one.value for one in each.references}
                    if each is not document and named and names and not named & names:
                        continue  # of another consignment in the same file
                    stamps += self._of_movement(each, message.sender, record, places)
            elif isinstance(document, ReleaseOrder):
                self.counts["stamp-day-only"] += document.issued is not None
        return (newest[2] if newest else None), stamps

    def _of_declaration(self, document: Declaration, message: StoredMessage, *, is_first: bool) -> Iterator[Stamp]:
        record = str(message.id)
        if is_first:
            if message.door == "feeds":
                self.counts["stamp-feed-time"] += 1
            else:
                yield Stamp(kind="lodgement", at=message.received, source="intake", record=record)
            yield from self._moment("lodgement", document.issued, "stated by the declarant", record, is_stated=True)
        yield from self._moment("acceptance", document.accepted, "stated by the declarant", record, is_stated=True)
        if document.status is not None:
            told = (document.status.registered, document.status.assessed, document.status.paid)
            self.counts["stamp-day-only"] += sum(one is not None for one in told)

    def _of_manifest(self, document: Manifest, record: str) -> Iterator[Stamp]:
        if document.arrives is None:
            return
        try:
            clock = time.fromisoformat((document.arrival_time or "").strip())
        except ValueError:
            self.counts["stamp-day-only"] += 1
            return
        at = datetime.combine(document.arrives, clock.replace(tzinfo=None))
        yield from self._moment("arrival", at, "manifest", record, is_stated=True)

    def _of_response(self, document: Response, source: str, record: str) -> Iterator[Stamp]:
        for each in (document, *document.further):
            yield from self._moment("acceptance", each.declaration_accepted, source, record)
            for status in each.statuses:
                yield from self._moment("release", status.released, source, record)

    def _of_movement(self, document: Movement, sender: str, record: str, places: Collection[str]) -> Iterator[Stamp]:
        code = (document.message_code or "").rpartition("/")[2].rpartition(":")[2].removeprefix("BizStep-")
        kind = _EVENTS.get(code) or ("arrival" if document.arrived else None)
        at = document.occurred or (document.departed if kind == "gate-out" else document.arrived)
        if kind is None or at is None:
            return
        if ("classifier", "ACT") not in document.statuses and any(
            name == "classifier" for name, _ in document.statuses
        ):
            self.counts["stamp-expected"] += 1
            return
        where = (document.location.id if document.location else None) or document.unloading_place
        if where and places and where[:2].upper() not in places:
            self.counts["stamp-elsewhere"] += 1
            return
        for stamp in self._moment(kind, at, f"events of {sender}", record):
            yield msgspec.structs.replace(stamp, actor=_EVENT_ACTORS.get(kind))

    def _acts(self, known: _Known, dossier: UUID) -> Iterator[Stamp]:
        """Stamps of what customs, the host, agencies and lorries did with a dossier."""
        for kind, at, record in known.records.get(dossier, ()):
            if kind != "payment" or record in known.paid:
                yield Stamp(kind=_RECORDS[kind], at=at, source="record here", record=str(record))
        order = known.orders.get(dossier)
        if order is not None and order.lane == "red":
            yield Stamp(kind="examination-ordered", at=order.created, source="record here", record=str(order.id))
        for result in known.results.get(dossier, ()):
            ended: Kind = "examination-ended" if result.is_examined else "documents-checked"
            yield Stamp(kind=ended, at=result.at, source="record here", record=str(result.id))
        host = known.host.get(dossier)
        if host is not None:
            name = f"{host.kind} {host.value}"
            if host.lane and host.decided:
                yield Stamp(kind="lane", at=host.decided, source="host", record=name)
            if host.is_examined and host.returned:
                yield Stamp(kind="examination-ended", at=host.returned, source="host", record=name)
        for journey in known.journeys.get(dossier, ()):
            if journey.arrived is not None:
                yield Stamp(kind="arrival", at=journey.arrived, source="journey", record=journey.reference)

    def _moment(
        self, kind: Kind, at: datetime | None, source: str, record: str, *, is_stated: bool = False
    ) -> Iterator[Stamp]:
        """A stamp at a moment that a paper states; one without an offset is in the zone of the administration."""
        if at is None:
            return
        if at.tzinfo is None:
            if at.time() == time.min:
                self.counts["stamp-day-only"] += 1
                return
            here = at.replace(tzinfo=self._zone)
            is_twice = here.utcoffset() != here.replace(fold=1).utcoffset()
            if is_twice or here.astimezone(UTC).astimezone(self._zone).replace(tzinfo=None) != at:
                self.counts["stamp-hour"] += 1
                return
            at = here
        yield Stamp(kind=kind, at=at, source=source, is_stated=is_stated, record=record)

    def _as_lodged(self, stamps: list[Stamp]) -> tuple[Stamp, ...]:
        """Stamps without the coming here of a declaration that customs had dealt with before it came: that is no lodgement."""
        dealt = [
            one.at
            for one in stamps
            if one.source not in ("record here", "intake") and one.kind in ("lane", "release", "acceptance")
        ]
        first = min((at for at in dealt), default=None)
        if first is None:
            return tuple(stamps)
        kept = tuple(
            one for one in stamps if not (one.kind == "lodgement" and one.source == "intake" and one.at > first)
        )
        self.counts["stamp-late-copy"] += len(stamps) - len(kept)
        return kept


class _Known:
    """What is stored of some dossiers, read at once."""

    def __init__(self, stores: Stores, connection: Connection, ids: Sequence[UUID]) -> None:
        self.lines: dict[UUID, Line] = stores.consignments.lines_of(connection, ids)
        self._parts = stores.consignments.messages_of(connection, ids)
        wanted = {message for several in self._parts.values() for message, _ in several}
        self._messages = {one.id: one for one in stores.messages.get_many(connection, list(wanted))}
        self._readings: dict[UUID, Reading] = {}
        self.host: dict[UUID, StoredHostDecision] = stores.orders.host_decisions(connection, ids)
        self.orders: dict[UUID, StoredOrder] = stores.orders.order_of(connection, ids)
        self.results: defaultdict[UUID, list[StoredResult]] = defaultdict(list)
        for result in stores.orders.results_of(connection, ids):
            self.results[result.consignment].append(result)
        self.journeys: defaultdict[UUID, list[StoredJourney]] = defaultdict(list)
        for journey in Journeys().of_consignments(connection, ids):
            if journey.consignment is not None:
                self.journeys[journey.consignment].append(journey)
        self.records: defaultdict[UUID, list[tuple[str, datetime, UUID]]] = defaultdict(list)
        opened = []
        for dossier, kind, at, record in stores.leaves.moments_about(connection, ids, list(_RECORDS)):
            if kind == "assessment" and any(known == kind for known, _, _ in self.records[dossier]):
                continue
            self.records[dossier].append((kind, at, record))
            if kind in ("payment", "agency-hold"):
                opened.append(record)
        self.paid: set[UUID] = set()
        self.agencies: dict[UUID, str] = {}
        for record, (leaf, body) in stores.leaves.bodies(connection, opened).items():
            told = msgspec.json.decode(body)
            if leaf.kind == "payment" and told.get("outcome") == "counted":
                self.paid.add(record)
            elif leaf.kind == "agency-hold":
                self.agencies[record] = str(told.get("hold", {}).get("agency", ""))

    def documents(self, dossier: UUID) -> list[tuple[StoredMessage, int, Reading]]:
        """Accepted papers of a dossier that can be read, each narrowed to the part that is meant (0..n)."""
        found = []
        for message, part in self._parts.get(dossier, ()):
            stored = self._messages.get(message)
            if stored is None or stored.outcome != "accepted":
                continue
            try:
                reading = self._readings.get(message) or self._readings.setdefault(message, reading_of(stored))
            except (CocketError, msgspec.DecodeError):
                continue
            found.append((stored, part, part_of(reading, part)))
        return sorted(found, key=lambda one: one[0].index)

    def agency(self, dossier: UUID) -> str:
        """Agencies that were asked; `none` where none was."""
        names = {
            self.agencies.get(record, "") for kind, _, record in self.records.get(dossier, ()) if kind == "agency-hold"
        }
        return " ".join(sorted(names - {""})) or "none"


def _unloading(document: object) -> Iterator[str]:
    """Countries in which the goods are unloaded, as far as a paper says so."""
    named: list[str | None] = []
    if isinstance(document, Manifest):
        named = [document.destination_place, *(bill.unloading_place for bill in document.bills)]
    elif isinstance(document, Declaration):
        shipment = document.shipment
        country = shipment.export_country_code if document.flow == "export" else shipment.destination_country_code
        named = [shipment.unloading_place]
        if country and len(country) == 2:
            yield country.upper()
    for place in named:
        if place and len(place) == 5:
            yield place[:2].upper()


def _names(document: object) -> Iterator[str]:
    """Numbers by which the goods of a paper are known."""
    if isinstance(document, Declaration):
        yield from (one.value for one in document.references)
    elif isinstance(document, Manifest):
        for bill in document.bills:
            yield from filter(None, (bill.id, bill.master_id, bill.unique_reference))
            yield from (one.id for one in bill.equipment if one.id)


def _case(
    known: _Known, dossier: UUID, declared: tuple[Declaration, dict[str, list[Standing]]], stamps: tuple[Stamp, ...]
) -> Case:
    line, host = known.lines[dossier], known.host.get(dossier)
    declaration, standings = declared
    shipment, parties = declaration.shipment, parties_of(declaration)
    transport = shipment.border_transport or shipment.inland_transport
    item = shipment.items[0] if shipment.items else None
    procedure = item.procedure if item else None
    day = _day(stamps, line)
    covering = standing_of([one for number in parties.numbers for one in standings.get(number, ())], parties, day)
    return Case(
        id=str(dossier),
        stamps=stamps,
        office=line.office or declaration.office.code or "",
        lane=(host.override or host.lane if host else None) or line.lane or "",
        mode=(transport.mode_code or "")[:1] if transport else "",
        regime=f"{procedure.current or ''}{procedure.previous or ''}" if procedure else declaration.type_code or "",
        aeo="yes" if covering else "no",
        agency=known.agency(dossier),
        trader=parties.importer or parties.exporter or line.trader or "",
        is_cancelled=line.is_cancelled,
    )


def _day(stamps: Sequence[Stamp], line: Line) -> date:
    lodged = [one.at for one in stamps if one.kind == "lodgement"]
    return min(lodged, default=line.received).date()
