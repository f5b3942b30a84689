# SPDX-License-Identifier: Apache-2.0
"""Where the parts of the model stand in a message: one table for reading and writing each of them.

Paths are those of `cocket.standards.leaves`, from the element around the part.

Source: DG TAXUD, NCTS, DDNTA 6.4.1 and 5.1, information exchanges; EU customs data model, Annex B column D1–D3.
"""

from __future__ import annotations

import re
from datetime import UTC, datetime
from typing import Any, Literal, TypeVar

import msgspec

from cocket.standards.leaves import Leaves

Kind = Literal["text", "whole", "decimal", "instant", "day", "flag", "line"]

T = TypeVar("T", bound=msgspec.Struct)

_FLAGS = {"0": False, "1": True}
_INSTANT_LENGTH = len("2026-03-04T10:20:30")
_DAY = re.compile(r"\d{4}-\d\d-\d\d", re.ASCII)


class Place(msgspec.Struct, frozen=True):
    """Where one value stands.

    Attributes:
        name: Attribute of the part.
        path: Path from the element around the part.
        kind: How it is written: `day` is a date, of which the model keeps the first instant; `flag` is 0 or 1; `line`
            is an address in one line.
    """

    name: str
    path: str
    kind: Kind = "text"


PARTY = (
    Place("id", "identificationNumber[1]"),
    Place("name", "name[1]"),
    Place("address", "Address[1]/streetAndNumber[1]", "line"),
    Place("city", "Address[1]/city[1]"),
    Place("postcode", "Address[1]/postcode[1]"),
    Place("country_code", "Address[1]/country[1]"),
    Place("contact", "ContactPerson[1]/name[1]"),
)
REPRESENTATIVE = (*PARTY, Place("function_code", "status[1]"))
ACTOR = (Place("id", "identificationNumber[1]"), Place("function_code", "role[1]"))

DECLARATION = (
    Place("functional_reference", "TransitOperation[1]/LRN[1]"),
    Place("id", "TransitOperation[1]/MRN[1]"),
    Place("type_code", "TransitOperation[1]/declarationType[1]"),
    Place("issued", "preparationDateAndTime[1]", "instant"),
    Place("gross_mass_kg_declared", "Consignment[1]/grossMass[1]", "decimal"),
)
TRANSIT = (
    Place("destination_office", "CustomsOfficeOfDestinationDeclared[1]/referenceNumber[1]"),
    Place("time_limit", "TransitOperation[1]/limitDate[1]"),
)
SHIPMENT = (
    Place("export_country_code", "countryOfDispatch[1]"),
    Place("destination_country_code", "countryOfDestination[1]"),
    Place("is_containerised", "containerIndicator[1]", "flag"),
    Place("loading_place", "PlaceOfLoading[1]/UNLocode[1]"),
    Place("unloading_place", "PlaceOfUnloading[1]/UNLocode[1]"),
    Place("freight_payment_code", "TransportCharges[1]/methodOfPayment[1]"),
)
BORDER_TRANSPORT = (
    Place("mode_code", "modeOfTransportAtTheBorder[1]"),
    Place("id", "ActiveBorderTransportMeans[1]/identificationNumber[1]"),
    Place("id_type_code", "ActiveBorderTransportMeans[1]/typeOfIdentification[1]"),
    Place("nationality_code", "ActiveBorderTransportMeans[1]/nationality[1]"),
    Place("voyage", "ActiveBorderTransportMeans[1]/conveyanceReferenceNumber[1]"),
)
INLAND_TRANSPORT = (
    Place("mode_code", "inlandModeOfTransport[1]"),
    Place("id", "DepartureTransportMeans[1]/identificationNumber[1]"),
    Place("id_type_code", "DepartureTransportMeans[1]/typeOfIdentification[1]"),
    Place("nationality_code", "DepartureTransportMeans[1]/nationality[1]"),
)
LOCATION = (Place("type_code", "typeOfLocation[1]"), Place("qualifier_code", "qualifierOfIdentification[1]"))

#: What names the place of goods, by the qualifier; addresses and coordinates are no codes and stay beside the model.
LOCATED_BY = {
    "U": "UNLocode[1]",
    "V": "CustomsOffice[1]/referenceNumber[1]",
    "X": "EconomicOperator[1]/identificationNumber[1]",
    "Y": "authorisationNumber[1]",
}

ITEM = (
    Place("sequence", "declarationGoodsItemNumber[1]", "whole"),
    Place("export_country_code", "countryOfDispatch[1]"),
    Place("destination_country_code", "countryOfDestination[1]"),
)
COMMODITY = (
    Place("description", "Commodity[1]/descriptionOfGoods[1]"),
    Place("gross_mass_kg", "Commodity[1]/GoodsMeasure[1]/grossMass[1]", "decimal"),
    Place("net_mass_kg", "Commodity[1]/GoodsMeasure[1]/netMass[1]", "decimal"),
)
PACKAGING = (
    Place("type_code", "typeOfPackages[1]"),
    Place("quantity", "numberOfPackages[1]", "whole"),
    Place("marks", "shippingMarks[1]"),
)
DOCUMENT = (Place("type_code", "type[1]"), Place("id", "referenceNumber[1]"))
PREVIOUS_DOCUMENT = (*DOCUMENT, Place("line", "goodsItemNumber[1]", "whole"))
INFORMATION = (Place("code", "code[1]"), Place("text", "text[1]"))


def take_part(leaves: Leaves, around: str, places: tuple[Place, ...]) -> dict[str, Any]:
    """Take the values of one part.

    Args:
        leaves: The message.
        around: Path of the element around the part with a slash behind it; empty for the root.
        places: Where its values stand.

    Returns:
        Values by attribute, without those that are absent or not of their kind, which stay where they are.

    Source: see the module.
    """
    found = {place.name: _TAKING[place.kind](leaves, around + place.path) for place in places}
    return {name: value for name, value in found.items() if value is not None}


def take_one(leaves: Leaves, around: str, places: tuple[Place, ...], kind: type[T]) -> T | None:
    """Take a part that may be absent; None if none of its values is there.

    Source: see the module.
    """
    values = take_part(leaves, around, places)
    return kind(**values) if values else None


def peek_one(leaves: Leaves, around: str, places: tuple[Place, ...], kind: type[T]) -> T | None:
    """A part that is left where it is; None if none of its values is there.

    Source: see the module.
    """
    texts = {around + place.path: leaves.peek(around + place.path) for place in places}
    return take_one(Leaves({path: text for path, text in texts.items() if text}), around, places, kind)


def take_each(leaves: Leaves, path: str, places: tuple[Place, ...], kind: type[T]) -> tuple[T, ...]:
    """Take all parts of a name, in order (0..n); their numbers are taken too where they count the places.

    Source: see the module.
    """
    return tuple(_numbered(leaves, each, places, kind) for each in leaves.each(path))


def _numbered(leaves: Leaves, path: str, places: tuple[Place, ...], kind: type[T]) -> T:
    take_number(leaves, path)
    return kind(**take_part(leaves, f"{path}/", places))


def take_number(leaves: Leaves, path: str) -> None:
    """Take the sequence number of an element if it is its place, which a writer knows without it.

    Source: rule R0987 of the message rules: sequence numbers count from 1.
    """
    if leaves.peek(f"{path}/sequenceNumber[1]") == place_of(path):
        leaves.take(f"{path}/sequenceNumber[1]")


def place_of(path: str) -> str:
    """The place on the last step of a path.

    Source: the notation of `cocket.standards.leaves`.
    """
    return path[path.rindex("[") + 1 : -1]


def put_part(leaves: Leaves, around: str, places: tuple[Place, ...], part: Any) -> None:
    """Put the values of one part; None puts nothing.

    Source: see the module.
    """
    for place in places if part is not None else ():
        value = getattr(part, place.name)
        if value is not None:
            _PUTTING.get(place.kind, Leaves.put)(leaves, around + place.path, value)


def put_each(leaves: Leaves, path: str, places: tuple[Place, ...], parts: Any) -> None:
    """Put parts of a name in order, each with its number.

    Source: see the module.
    """
    for number, part in enumerate(parts, 1):
        put_number(leaves, f"{path}[{number}]")
        put_part(leaves, f"{path}[{number}]/", places, part)


def put_number(leaves: Leaves, path: str) -> None:
    """Put the sequence number of an element, unless it has one of its own.

    Source: rule R0987 of the message rules.
    """
    if leaves.peek(f"{path}/sequenceNumber[1]") is None:
        leaves.put(f"{path}/sequenceNumber[1]", place_of(path))


def _take_day(leaves: Leaves, path: str) -> datetime | None:
    text = leaves.peek(path) or ""
    try:
        day = datetime.fromisoformat(text) if _DAY.fullmatch(text) else None
    except ValueError:
        return None
    if day is not None:
        leaves.take(path)
    return day


def _take_instant(leaves: Leaves, path: str) -> datetime | None:
    return leaves.take_instant(path) if len(leaves.peek(path) or "") == _INSTANT_LENGTH else None


def _put_instant(leaves: Leaves, path: str, value: datetime) -> None:
    """A time to the second; one with an offset in UTC, since the message can state none."""
    if value.tzinfo is not None:
        value = value.astimezone(UTC).replace(tzinfo=None)
    leaves.put(path, value.isoformat(timespec="seconds"))


def _take_flag(leaves: Leaves, path: str) -> bool | None:
    text = leaves.peek(path) or ""
    if text in _FLAGS:
        leaves.take(path)
    return _FLAGS.get(text)


def _take_line(leaves: Leaves, path: str) -> tuple[str, ...] | None:
    line = leaves.take(path)
    return None if line is None else (line,)


_TAKING: dict[Kind, Any] = {
    "text": Leaves.take,
    "whole": Leaves.take_whole,
    "decimal": Leaves.take_decimal,
    "instant": _take_instant,
    "day": _take_day,
    "flag": _take_flag,
    "line": _take_line,
}
_PUTTING: dict[Kind, Any] = {
    "instant": _put_instant,
    "day": lambda leaves, path, value: leaves.put(path, value.date().isoformat()),
    "flag": lambda leaves, path, value: leaves.put(path, int(value)),
    "line": lambda leaves, path, value: leaves.put(path, ", ".join(value) or None),
}
