# SPDX-License-Identifier: Apache-2.0
"""Conditions and rules on transport: means, routes, places, equipment and seals."""

from __future__ import annotations

import re
from collections.abc import Iterator

from cocket.codes import EquipmentNumber
from cocket.standards.ncts.rules.lists import POSTCODE_IS_ADDRESS, SECURITY_AREA
from cocket.standards.ncts.rules.sheet import (
    Element,
    Objection,
    Priority,
    Sheet,
    asked,
    number_at,
    repeated,
    text_at,
    text_of,
)

_EQUIPMENT = "Consignment/TransportEquipment"
_DEPARTING = "DepartureTransportMeans"
_ACTIVE = "ActiveBorderTransportMeans"
_POST_OR_FIXED = "5"
_AIR, _ROAD, _RAIL = "4", "3", "2"
_LORRY, _TRAILER = "30", "31"
_SECURE = ("1", "2", "3")

#: Means whose identity is written in capital letters, at departure and at the border.
_CAPITALS = frozenset(["10", "20", "21", "30", "31", "40", "41", "80"])
_CAPITALS_AT_BORDER = frozenset(["10", "21", "30", "40", "41", "80"])

_FLIGHT = re.compile(r"[A-Za-z0-9]{1,3}[0-9]{1,4}[A-Za-z]?", re.ASCII)

#: What names the location of goods, by the qualifier, and whether a contact can be given.
_LOCATED = {
    "T": ("PostcodeAddress", True),
    "U": ("UNLocode", True),
    "V": ("CustomsOffice", False),
    "W": ("GNSS", True),
    "X": ("EconomicOperator", True),
    "Y": ("authorisationNumber", True),
    "Z": ("Address", True),
}
_QUALIFIED = (
    "authorisationNumber",
    "UNLocode",
    "CustomsOffice",
    "GNSS",
    "EconomicOperator",
    "Address",
    "PostcodeAddress",
)


def c0822(sheet: Sheet) -> Iterator[Objection]:
    """Whether goods are in containers is stated, unless the declaration is lodged in advance.

    Source: DDNTA 6.4.1, condition C0822.
    """
    yield from asked(sheet.consignment, "containerIndicator", "O" if sheet.is_pre_lodged else "R")


def c0823(sheet: Sheet) -> Iterator[Objection]:
    """Transport equipment is required for goods in containers, and not allowed where nothing is said of containers.

    Source: DDNTA 6.4.1, condition C0823.
    """
    priorities: dict[str, Priority] = {"1": "R", "": "N"}
    indicator = sheet.text("Consignment/containerIndicator")
    yield from asked(sheet.consignment, "TransportEquipment", priorities.get(indicator, "O"))


def c0055(sheet: Sheet) -> Iterator[Objection]:
    """Of goods in containers at least one container is numbered; of others none.

    Source: DDNTA 6.4.1, condition C0055.
    """
    equipment = sheet.all(_EQUIPMENT)
    numbers = [each for each in equipment if each.find("containerIdentificationNumber") is not None]
    if sheet.text("Consignment/containerIndicator") == "0":
        for each in numbers:
            yield from asked(each, "containerIdentificationNumber", "N")
    elif equipment and not numbers:
        yield from asked(equipment[0], "containerIdentificationNumber", "R")


def r0028(sheet: Sheet) -> Iterator[Objection]:
    """The container number {found} has another check digit than ISO 6346 gives.

    Source: DDNTA 6.4.1, rule R0028; ISO 6346.
    """
    for each in sheet.root.iter("containerIdentificationNumber"):
        number = EquipmentNumber.parse(text_of(each))
        if number is not None and not number.check_digit_ok:
            yield Objection(element=each, found=text_of(each))


def r0106(sheet: Sheet) -> Iterator[Objection]:
    """The number of seals, {found}, is not that of the seals listed, {expected}.

    Source: DDNTA 6.4.1, rule R0106.
    """
    for each in sheet.all(_EQUIPMENT):
        count = max((number_at(seal, "sequenceNumber") or 0 for seal in each.findall("Seal")), default=0)
        stated = number_at(each, "numberOfSeals")
        if stated is not None and stated != count:
            yield Objection(element=each.find("numberOfSeals"), expected=str(count), found=str(stated))


def r0107(sheet: Sheet) -> Iterator[Objection]:
    """The seal {found} is listed twice.

    Source: DDNTA 6.4.1, rule R0107.
    """
    yield from repeated(sheet.all(f"{_EQUIPMENT}/Seal/identifier"))


def r0448(sheet: Sheet) -> Iterator[Objection]:
    """Equipment without a number is there for its seals: their number is not 0.

    Source: DDNTA 6.4.1, rule R0448.
    """
    for each in sheet.all(_EQUIPMENT):
        if each.find("containerIdentificationNumber") is None and number_at(each, "numberOfSeals") == 0:
            yield Objection(element=each.find("numberOfSeals"), found="0")


def c0569(sheet: Sheet) -> Iterator[Objection]:
    """Seals are listed where their number is more than 0, and only there.

    Source: DDNTA 6.4.1, condition C0569.
    """
    for path in (_EQUIPMENT, "Consignment/Incident/TransportEquipment"):
        for each in sheet.all(path):
            yield from asked(each, "Seal", "R" if (number_at(each, "numberOfSeals") or 0) > 0 else "N")


def c0670(sheet: Sheet) -> Iterator[Objection]:
    """Where there is more than one piece of equipment, it is said of each which goods it carries.

    Source: DDNTA 6.4.1, condition C0670.
    """
    equipment = sheet.all(_EQUIPMENT)
    for each in equipment if len(equipment) > 1 else ():
        yield from asked(each, "GoodsReference", "R")


def c0710(sheet: Sheet) -> Iterator[Objection]:
    """The location of goods is stated where departure is outside the security area, unless lodged in advance.

    Source: DDNTA 6.4.1, condition C0710.
    """
    is_free = sheet.is_pre_lodged or sheet.departure in SECURITY_AREA
    yield from asked(sheet.consignment, "LocationOfGoods", "O" if is_free else "R")


def c0394(sheet: Sheet) -> Iterator[Objection]:
    """The location of goods is named as its qualifier says, and in no other way.

    Source: DDNTA 6.4.1, condition C0394.
    """
    for location in sheet.all("Consignment/LocationOfGoods"):
        wanted, has_contact = _LOCATED.get(text_at(location, "qualifierOfIdentification"), (None, True))
        for name in _QUALIFIED if wanted else ():
            yield from asked(location, name, "R" if name == wanted else "N")
        if not has_contact:
            yield from asked(location, "ContactPerson", "N")


def c0671(sheet: Sheet) -> Iterator[Objection]:
    """A location has an additional identifier only where an operator or an authorisation names it.

    Source: DDNTA 6.4.1, condition C0671.
    """
    for location in sheet.all("Consignment/LocationOfGoods"):
        named = location.find("EconomicOperator") is not None or location.find("authorisationNumber") is not None
        yield from asked(location, "additionalIdentifier", "O" if named else "N")


def c0382(sheet: Sheet) -> Iterator[Objection]:
    """An address by postcode has a house number, except in countries where the postcode is enough.

    Source: DDNTA 6.4.1, condition C0382.
    """
    for address in sheet.all("Consignment/LocationOfGoods/PostcodeAddress"):
        is_enough = text_at(address, "country") in POSTCODE_IS_ADDRESS
        yield from asked(address, "houseNumber", "O" if is_enough else "R")


def c0387(sheet: Sheet) -> Iterator[Objection]:
    """A place of loading or unloading without a UN/LOCODE is stated by country and words.

    Source: DDNTA 6.4.1, condition C0387.
    """
    for name in ("PlaceOfLoading", "PlaceOfUnloading"):
        for place in sheet.all(f"Consignment/{name}"):
            for part in ("country", "location") if place.find("UNLocode") is None else ():
                yield from asked(place, part, "R")


def c0191(sheet: Sheet) -> Iterator[Objection]:
    """The place of unloading is required with data for entry, and not allowed without safety data.

    Source: DDNTA 6.4.1, condition C0191.
    """
    priorities: dict[str, Priority] = {"1": "R", "3": "R", "0": "N"}
    yield from asked(sheet.consignment, "PlaceOfUnloading", priorities.get(sheet.security, "O"))


def c0186(sheet: Sheet) -> Iterator[Objection]:
    """How transport is paid is not stated without safety data.

    Source: DDNTA 6.4.1, condition C0186.
    """
    for around in (sheet.consignment, *sheet.houses) if sheet.security == "0" else ():
        yield from asked(around, "TransportCharges", "N")


def c0586(sheet: Sheet) -> Iterator[Objection]:
    """The countries of routing are stated where the itinerary is binding or safety data are given.

    Source: DDNTA 6.4.1, condition C0586.
    """
    is_bound = sheet.text("TransitOperation/bindingItinerary") == "1" or sheet.security in _SECURE
    yield from asked(sheet.consignment, "CountryOfRoutingOfConsignment", "R" if is_bound else "O")


def c0599(sheet: Sheet) -> Iterator[Objection]:
    """With data for exit, the mode of transport at the border is stated, unless lodged in advance.

    Source: DDNTA 6.4.1, condition C0599.
    """
    yield from asked(sheet.consignment, "modeOfTransportAtTheBorder", "R" if _is_exit(sheet) else "O")


def c0806(sheet: Sheet) -> Iterator[Objection]:
    """The means of transport at the border is required with data for exit, and not allowed for mode 5.

    Source: DDNTA 6.4.1, condition C0806.
    """
    priority: Priority = "R" if _is_exit(sheet) else "O"
    yield from asked(sheet.consignment, _ACTIVE, "N" if sheet.border_mode == _POST_OR_FIXED else priority)


def _is_exit(sheet: Sheet) -> bool:
    is_standard = sheet.text("TransitOperation/additionalDeclarationType") == "A"
    return sheet.security == "2" and is_standard


def c0531(sheet: Sheet) -> Iterator[Objection]:
    """By air and with safety data, the number of the flight is stated.

    Source: DDNTA 6.4.1, condition C0531.
    """
    for means in sheet.all(f"Consignment/{_ACTIVE}"):
        is_asked = sheet.security in _SECURE and sheet.border_mode == _AIR
        yield from asked(means, "conveyanceReferenceNumber", "R" if is_asked else "O")


def r0315(sheet: Sheet) -> Iterator[Objection]:
    """By air, {found} is no flight number: operator, up to four digits, a letter at most.

    Source: DDNTA 6.4.1, rule R0315.
    """
    for each in sheet.all(f"Consignment/{_ACTIVE}/conveyanceReferenceNumber") if sheet.border_mode == _AIR else ():
        if not _FLIGHT.fullmatch(text_of(each)):
            yield Objection(element=each, found=text_of(each))


def r0789(sheet: Sheet) -> Iterator[Objection]:
    """Without an office of transit there is one means of transport at the border.

    Source: DDNTA 6.4.1, rule R0789.
    """
    for each in sheet.all(f"Consignment/{_ACTIVE}")[1:] if not sheet.transit_offices else ():
        yield Objection(element=each, found=_ACTIVE)


def r0076(sheet: Sheet) -> Iterator[Objection]:
    """The identity {found} of a means of transport at the border is written in capital letters.

    Source: DDNTA 6.4.1, rule R0076.
    """
    for means in sheet.all(f"Consignment/{_ACTIVE}"):
        yield from _small_letters(means, _CAPITALS_AT_BORDER)


def r0473(sheet: Sheet) -> Iterator[Objection]:
    """The identity {found} of a means of transport at departure is written in capital letters.

    Source: DDNTA 6.4.1, rule R0473.
    """
    for means in (each for group in _departing(sheet) for each in group):
        yield from _small_letters(means, _CAPITALS)


def _small_letters(means: Element, kinds: frozenset[str]) -> Iterator[Objection]:
    name = text_at(means, "identificationNumber")
    if text_at(means, "typeOfIdentification") in kinds and name != name.upper():
        yield Objection(element=means.find("identificationNumber"), expected=name.upper(), found=name)


def c0826(sheet: Sheet) -> Iterator[Objection]:
    """The means at departure are stated for the whole or for the houses, and not for mode 5.

    Source: DDNTA 6.4.1, condition C0826.
    """
    is_fixed = sheet.inland_mode == _POST_OR_FIXED
    yield from asked(sheet.consignment, _DEPARTING, "N" if is_fixed else "O")
    has_one = sheet.root.find(f"Consignment/{_DEPARTING}") is not None
    for house in sheet.houses:
        yield from asked(house, _DEPARTING, "N" if is_fixed or has_one else "O")


def r0472(sheet: Sheet) -> Iterator[Objection]:
    """The kind of identity at departure begins with the mode of transport, {expected}.

    Source: DDNTA 6.4.1, rule R0472.
    """
    for group in _departing(sheet) if sheet.inland_mode in ("1", "2", "3", "4", "8") else ():
        for means in group:
            kind = text_at(means, "typeOfIdentification")
            if kind[:1] != sheet.inland_mode:
                yield Objection(element=means.find("typeOfIdentification"), expected=sheet.inland_mode, found=kind)


def r0474(sheet: Sheet) -> Iterator[Objection]:
    """By road, the first means at departure is the lorry, by its plate (30).

    Source: DDNTA 6.4.1, rule R0474.
    """
    for group in _departing(sheet) if sheet.inland_mode == _ROAD else ():
        kind = text_at(group[0], "typeOfIdentification")
        if kind != _LORRY:
            yield Objection(element=group[0].find("typeOfIdentification"), expected=_LORRY, found=kind)


def r0476(sheet: Sheet) -> Iterator[Objection]:
    """By road, means after the first are trailers, by their plates (31).

    Source: DDNTA 6.4.1, rule R0476.
    """
    for group in _departing(sheet) if sheet.inland_mode == _ROAD else ():
        for means in group[1:3]:
            kind = text_at(means, "typeOfIdentification")
            if kind != _TRAILER:
                yield Objection(element=means.find("typeOfIdentification"), expected=_TRAILER, found=kind)


def r0855(sheet: Sheet) -> Iterator[Objection]:
    """By road there are three means at departure at most, by rail any number, else one.

    Source: DDNTA 6.4.1, rule R0855.
    """
    most = {_ROAD: 3, _RAIL: None}.get(sheet.inland_mode, 1)
    for group in _departing(sheet):
        for means in group[most:] if most is not None else ():
            yield Objection(element=means, expected=str(most), found=_DEPARTING)


def _departing(sheet: Sheet) -> Iterator[list[Element]]:
    """Means at departure: those of the whole, and those of each house."""
    for around in (sheet.consignment, *sheet.houses):
        found = [] if around is None else around.findall(_DEPARTING)
        if found:
            yield found
