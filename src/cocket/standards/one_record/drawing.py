# SPDX-License-Identifier: Apache-2.0
"""Objects of ONE Record → bills and movements of the model.

Source: ONE Record data model 3.3 (2026-07), and IATA's mapping of XFWB, XFZB, XFSU and OCI to it (1.2.0).
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from datetime import datetime
from decimal import Decimal
from typing import Any

from msgspec import structs

from cocket.codes import UnitLoadDevice
from cocket.model import (
    Amount,
    BillOfLading,
    CustomsNote,
    Manifest,
    Movement,
    Packaging,
    Party,
    Reference,
    Seal,
    TransportEquipment,
    TransportMeans,
)
from cocket.model.declaration import GoodsLocation
from cocket.standards.air import MONTHS, trader_number
from cocket.standards.json_shape import time_of
from cocket.standards.one_record.graph import Graph, Ref, Thing

_LEVELS = {"MASTER": "master", "HOUSE": "house", "DIRECT": "straight"}
_ROLES = {
    "SHP": "consignor",
    "CNE": "consignee",
    "NFY": "notify",
    "AGT": "forwarder",
    "FFW": "forwarder",
    "FW": "forwarder",
}
_SUBJECTS = {"consignor": "SHP", "consignee": "CNE", "notify": "NFY", "forwarder": "AGT"}
_KILOGRAMS = {"KGM": Decimal(1), "LBR": Decimal("0.45359237"), "GRM": Decimal("0.001"), "TNE": Decimal(1000)}
_CUBIC_METRES = {
    "MTQ": Decimal(1),
    "CMQ": Decimal("0.000001"),
    "DMQ": Decimal("0.001"),
    "FTQ": Decimal("0.028316846592"),
}
_EVENTS = ("LogisticsEvent", "StatusUpdateEvent")
_PAID = {"P": "PP", "PREPAID": "PP", "C": "CC", "COLLECT": "CC"}
_NUMBER = re.compile(r"[-+]?(\d{1,15}(\.\d{0,9})?|\.\d{1,9})", re.ASCII)


def draw(graph: Graph) -> tuple[Manifest | Movement, tuple[str, ...]]:
    """What a message tells: its waybills, else its shipments, else its events, else only what it is.

    Returns:
        The document, and where each of its bills stands, as JSON pointers.

    Source: ONE Record data model 3.3 (2026-07).
    """
    top = {id(each) for each in graph.top}
    waybills = [each for each in graph.all("Waybill") if id(each) in top or not _is_stub(each)]
    goods: dict[int, dict[str, Any]] = {}
    if waybills:
        bills = tuple(
            _bill(graph, each, graph.inside(each, "shipment") or graph.naming(each, "Shipment", "waybill"), goods)
            for each in waybills
        )
        return _manifest(graph, bills), tuple(each.pointer or "/" for each in waybills)
    shipments = [each for each in graph.all("Shipment") if set(each.values) - {"events"}]
    if shipments and any(id(each) in top or "pieces" in each.values for each in shipments):
        bills = tuple(_bill(graph, None, each, goods) for each in shipments)
        return _manifest(graph, bills), tuple(each.pointer or "/" for each in shipments)
    events = tuple(_movement(graph, each) for each in graph.all(*_EVENTS))
    kind = next((name for each in graph.top for name in each.types), None)
    references = tuple(dict.fromkeys(name for event in events for name in event.references))
    return Movement(message_name=kind, movements=events, references=references), ()


def _manifest(graph: Graph, bills: tuple[BillOfLading, ...]) -> Manifest:
    legs = [text(graph, each, "transportIdentifier") for each in graph.all("TransportMovement")]
    flights = [leg for leg in legs if leg]
    voyage = flights[-1] if flights else None
    return Manifest(voyage=voyage, transport=TransportMeans(mode_code="4", voyage=voyage), bills=bills)


def _is_stub(waybill: Thing) -> bool:
    """Whether a waybill is only named: as the master of another, as what an event is about."""
    named = {"waybillNumber", "waybillPrefix", "waybillType", "masterWaybill", "modularCheckNumber"}
    return not set(waybill.values) - named


# Bills -----------------------------------------------------------------------------------------------------------------


def _bill(
    graph: Graph, waybill: Thing | None, shipment: Thing | None, known: dict[int, dict[str, Any]]
) -> BillOfLading:
    """A bill; what a shipment tells of its goods is drawn once, however many waybills name it."""
    goods = known.get(id(shipment))
    if goods is None:
        goods = known[id(shipment)] = _goods(graph, shipment)
    notes = goods["customs_notes"]
    parties = _parties(graph, waybill)
    level = _LEVELS.get(code(graph, waybill, "waybillType") or "")
    master = graph.inside(waybill, "masterWaybill")
    above = graph.naming(waybill, "Waybill", "houseWaybills") if waybill else None
    involved = {part: _numbered(parties.get(part) or goods["parties"].get(part), notes, part) for part in _SUBJECTS}
    return BillOfLading(
        id=_number(graph, waybill, is_house=level == "house"),
        level=level,  # type: ignore[arg-type]  # the values of the table are levels
        master_id=_number(graph, master or above, is_house=False),
        unique_reference=text(graph, waybill, "shippingRefNo"),
        loading_place=place_of(graph, graph.inside(waybill, "departureLocation")),
        unloading_place=place_of(graph, graph.inside(waybill, "arrivalLocation")),
        equipment=tuple(dict.fromkeys(_devices(graph, waybill))),
        customs_value=_amount(graph, graph.inside(waybill, "declaredValueForCustoms")),
        freight_payment_code=_PAID.get((code(graph, waybill, "weightValuationIndicator") or "").upper()),
        **involved,  # type: ignore[arg-type]  # its names are those of the four parties
        **{name: value for name, value in goods.items() if name != "parties"},
    )


def _goods(graph: Graph, shipment: Thing | None) -> dict[str, Any]:
    """What a shipment tells of its goods, by fields of a bill, and its parties."""
    pieces = [
        each for each in (shipment.values.get("pieces", ()) if shipment else ()) if isinstance(each, (Thing, Ref))
    ]
    whole = [thing for each in pieces if (thing := graph.of(each)) is not None]
    around = [shipment, *whole]
    states = [code(graph, each, "securityStatus") for each in _declarations(graph, around)]
    handling = [*_codes(graph, whole, "specialHandlingCodes"), *(state for state in states if state)]
    return {
        "parties": _parties(graph, shipment),
        "goods_description": text(graph, shipment, "goodsDescription") or _joined(graph, whole, "goodsDescription"),
        "packaging": (Packaging(quantity=len(pieces)),) if pieces else (),
        "gross_mass_kg": _whole_mass(graph, shipment, whole),
        "volume_m3": measure(graph, graph.inside(shipment, "totalVolume"), _CUBIC_METRES),
        "hs_codes": tuple(dict.fromkeys(_tariff_codes(graph, whole))),
        "information": tuple(texts(graph, shipment, "textualHandlingInstructions")),
        "handling_codes": tuple(dict.fromkeys(handling)),
        "customs_notes": tuple(_notes(graph, around)),
    }


def _number(graph: Graph, waybill: Thing | None, *, is_house: bool) -> str | None:
    number, prefix = text(graph, waybill, "waybillNumber"), text(graph, waybill, "waybillPrefix")
    return f"{prefix}-{number}" if number and prefix and not is_house else number


def _parties(graph: Graph, thing: Thing | None) -> dict[str, Party]:
    found: dict[str, Party] = {}
    for each in graph.each(thing, "involvedParties"):
        part = _ROLES.get(code(graph, each, "partyRole") or "")
        party = _party(graph, each)
        if part and party != Party():
            found.setdefault(part, party)
    return found


def _party(graph: Graph, party: Thing) -> Party:
    details = graph.inside(party, "partyDetails")
    address = graph.inside(details, "basedAtLocation", "address")
    person = graph.inside(details, "contactPersons")
    names = [text(graph, person, name) for name in ("firstName", "lastName")]
    return Party(
        name=text(graph, details, "name") or text(graph, details, "shortName"),
        address=tuple(texts(graph, address, "streetAddressLines")),
        city=text(graph, address, "cityName") or code(graph, address, "cityCode"),
        postcode=text(graph, address, "textualPostCode") or code(graph, address, "postalCode"),
        country_code=code(graph, address, "country"),
        contact=" ".join(name for name in names if name) or None,
    )


def _numbered(party: Party | None, notes: tuple[CustomsNote, ...], part: str) -> Party | None:
    number = trader_number(notes, _SUBJECTS[part])
    return structs.replace(party, id=number) if party and number else party


def _notes(graph: Graph, around: Iterable[Thing | None]) -> Iterator[CustomsNote]:
    """Lines of customs information, then what security declarations tell, as lines of the same kind."""
    things = [each for each in around if each is not None]
    for thing in things:
        for each in graph.each(thing, "customsInformation"):
            yield CustomsNote(
                country_code=code(graph, each, "country") or code(graph, each, "countryCode"),
                subject_code=code(graph, each, "subjectCode"),
                content_code=code(graph, each, "contentCode"),
                text=text(graph, each, "note") or text(graph, each, "otherCustomsInformation"),
            )
    for declaration in _declarations(graph, things):
        yield from _security(graph, declaration)


def _declarations(graph: Graph, around: Iterable[Thing | None]) -> Iterator[Thing]:
    seen: set[int] = set()
    for thing in around:
        for each in graph.each(thing, "securityDeclarations"):
            if id(each) not in seen:
                seen.add(id(each))
                yield each


def _security(graph: Graph, declaration: Thing) -> Iterator[CustomsNote]:
    issuer = graph.inside(declaration, "regulatedEntityIssuer")
    yield from _entity(graph, issuer, "ISS")
    for each in graph.each(declaration, "regulatedEntityAcceptor"):
        yield from _entity(graph, each, "OSS")
    for name in ("receivedFrom", "regulatedEntitiesReceivedFrom"):
        for each in graph.each(declaration, name):
            yield from _entity(graph, each, None)
    for content, name in (("L", "groundsForExemption"), ("SM", "screeningMethods")):
        for told in _codes(graph, [declaration], name):
            yield CustomsNote(content_code=content, text=told)
    person = graph.inside(declaration, "issuedBy")
    names = [text(graph, person, name) for name in ("firstName", "lastName")]
    if any(names):
        yield CustomsNote(content_code="SN", text=" ".join(name for name in names if name))
    issued = time_of(text(graph, declaration, "issuedOn"))
    if issued is not None:
        yield CustomsNote(content_code="SD", text=f"{issued:%d}{MONTHS[issued.month - 1]}{issued:%y%H%M}")


def _entity(graph: Graph, entity: Thing | None, subject: str | None) -> Iterator[CustomsNote]:
    if entity is None:
        return
    kind = code(graph, entity, "regulatedEntityCategory")
    yield CustomsNote(subject_code=subject, content_code=kind, text=text(graph, entity, "regulatedEntityIdentifier"))
    expires = time_of(text(graph, entity, "regulatedEntityExpiryDate"))
    if expires is not None:
        yield CustomsNote(content_code="ED", text=f"{expires:%m%y}")


def _whole_mass(graph: Graph, shipment: Thing | None, pieces: list[Thing]) -> Decimal | None:
    """The mass of the shipment, else of all its pieces together if each tells its own."""
    told = measure(graph, graph.inside(shipment, "totalGrossWeight"), _KILOGRAMS)
    if told is not None or not pieces:
        return told
    masses = [measure(graph, graph.inside(each, "grossWeight"), _KILOGRAMS) for each in pieces]
    known = [mass for mass in masses if mass is not None]
    return sum(known, Decimal()) if len(known) == len(masses) else None


def _tariff_codes(graph: Graph, pieces: list[Thing]) -> Iterator[str]:
    for piece in pieces:
        products = [*graph.each(piece, "contentProducts")]
        products += [found for item in graph.each(piece, "containedItems") for found in graph.each(item, "ofProduct")]
        for product in products:
            found = code(graph, product, "hsCode")
            if found:
                yield found


def _devices(graph: Graph, waybill: Thing | None) -> Iterator[TransportEquipment]:
    named = [uld for line in graph.each(waybill, "waybillLineItems") for uld in graph.each(line, "uldReferences")]
    is_alone = len(graph.all("Waybill")) < len(("this", "another"))
    for each in named or (graph.all("ULD") if is_alone else ()):
        parts = [code(graph, each, "uldTypeCode"), text(graph, each, "uldSerialNumber"), code(graph, each, "ownerCode")]
        whole = "".join(part for part in parts if part)
        parsed = UnitLoadDevice.parse(whole)
        seal = text(graph, each, "sealNumber")
        if parts[1]:
            yield TransportEquipment(
                id=parsed.canonical if parsed else whole,
                type_code=parts[0],
                seals=(Seal(id=seal),) if seal else (),
                tare_mass_kg=measure(graph, graph.inside(each, "tareWeight"), _KILOGRAMS),
            )


# Events ----------------------------------------------------------------------------------------------------------------


def _movement(graph: Graph, event: Thing) -> Movement:
    location = graph.inside(event, "eventLocation")
    place, name = place_of(graph, location), text(graph, location, "locationName")
    moment = time_of(text(graph, event, "eventDate")) or time_of(text(graph, event, "creationDate"))
    what = code(graph, event, "eventCode")
    timing = code(graph, event, "eventTimeType")
    flight = text(graph, graph.inside(event, "transportMovementReference"), "transportIdentifier")
    return Movement(
        message_name=event.types[0] if event.types else None,
        message_code=what,
        functional_reference=event.id,
        occurred=moment,
        arrived=_actual(moment, timing, what in ("ARR", "RCF")),
        departed=_actual(moment, timing, what == "DEP"),
        location=GoodsLocation(id=place, name=name) if place or name else None,
        transport=TransportMeans(mode_code="4", voyage=flight) if flight else None,
        statuses=tuple((kind, value) for kind, value in (("status", what), ("timing", timing)) if value),
        references=tuple(_event_names(graph, event)),
    )


def _actual(moment: datetime | None, timing: str | None, is_meant: bool) -> datetime | None:
    return moment if is_meant and timing in (None, "ACTUAL") else None


def _event_names(graph: Graph, event: Thing) -> Iterator[Reference]:
    """The waybill of what an event is about, if the message tells it, or its address."""
    for value in event.values.get("eventFor", ()):
        thing = graph.of(value)
        waybill = thing if thing and "Waybill" in thing.types else graph.inside(thing, "waybill")
        level = code(graph, waybill, "waybillType")
        number = _number(graph, waybill, is_house=level == "HOUSE")
        if number:
            yield Reference("HBL" if level == "HOUSE" else "BL", number)
        elif address := value.id if isinstance(value, (Ref, Thing)) else None:
            yield Reference("DOCUMENT", address)


# Values ----------------------------------------------------------------------------------------------------------------


def text(graph: Graph, thing: Thing | None, name: str) -> str | None:
    """The first text of a property; None if there is none.

    Source: JSON-LD 1.1 §3.
    """
    return next(texts(graph, thing, name), None)


def texts(graph: Graph, thing: Thing | None, name: str) -> Iterator[str]:
    """The texts of a property, outer white space removed (0..n).

    Source: JSON-LD 1.1 §3.
    """
    for value in thing.values.get(name, ()) if thing else ():
        if isinstance(value, str) and value.strip():
            yield value.strip()


def code(graph: Graph, thing: Thing | None, name: str) -> str | None:
    """The first code of a property: a text, the end of an address, or a code list element's; None if there is none.

    Source: ONE Record data model, code lists.
    """
    return next(_codes(graph, [thing], name), None)


def _codes(graph: Graph, things: Iterable[Thing | None], name: str) -> Iterator[str]:
    for thing in things:
        for value in thing.values.get(name, ()) if thing else ():
            if isinstance(value, str) and value.strip():
                yield value.strip()
            elif isinstance(value, Ref) and graph.of(value) is None:
                yield re.split(r"[#/]", value.id)[-1].strip() or value.id
            elif (inner := graph.of(value)) is not None:
                found = text(graph, inner, "code") or (inner.id and re.split(r"[#/]", inner.id)[-1])
                if found:
                    yield found


def measure(graph: Graph, value: Thing | None, units: dict[str, Decimal]) -> Decimal | None:
    """A measure in the model's unit; None if it is no number or in a unit that is not known.

    Source: UNECE Recommendation 20.
    """
    number = _decimal(_first(value, "numericalValue"))
    factor = units.get(code(graph, value, "unit") or next(iter(units)))
    return None if number is None or factor is None else number * factor


def _amount(graph: Graph, value: Thing | None) -> Amount | None:
    number = _decimal(_first(value, "numericalValue"))
    return None if number is None else Amount(number, code(graph, value, "currencyUnit"))


def _first(thing: Thing | None, name: str) -> Any:
    return next(iter(thing.values.get(name, ())), None) if thing else None


def _decimal(value: Any) -> Decimal | None:
    if isinstance(value, bool) or not isinstance(value, (int, Decimal, str)):
        return None
    written = (
        value.strip() if isinstance(value, str) else format(value, "f") if isinstance(value, Decimal) else str(value)
    )
    return Decimal(written) if _NUMBER.fullmatch(written) else None


def place_of(graph: Graph, location: Thing | None) -> str | None:
    """The code of a place; None if it has none.

    Source: ONE Record data model, Location: IATA codes and UN/LOCODEs.
    """
    return code(graph, location, "locationCodes") or code(graph, location, "locationCode")


def _joined(graph: Graph, things: Iterable[Thing], name: str) -> str | None:
    found = dict.fromkeys(each for thing in things if (each := text(graph, thing, name)))
    return "\n".join(found) or None
