# SPDX-License-Identifier: Apache-2.0
"""Conditions and rules on the movement as a whole: type, offices, authorisations, securities, who and when."""

from __future__ import annotations

from collections.abc import Iterator

from cocket.standards.ncts.rules.lists import (
    COMMON_GUARANTEES,
    COMMON_TRANSIT_OUTSIDE,
    SECURITY_AREA,
    UNION,
    UNION_GUARANTEES,
    WITH_GRN,
    WITH_REFERENCE,
    WITHOUT_POSTCODE,
)
from cocket.standards.ncts.rules.sheet import (
    Element,
    Objection,
    Priority,
    Sheet,
    asked,
    repeated,
    text_at,
    text_of,
    unlike,
)

_OPERATION = "TransitOperation"
_TRANSIT_OFFICE = "CustomsOfficeOfTransitDeclared"
_EXIT_OFFICE = "CustomsOfficeOfExitForTransitDeclared"
_PARTIES = (
    "HolderOfTheTransitProcedure",
    "Consignment/Consignor",
    "Consignment/Consignee",
    "Consignment/HouseConsignment/Consignor",
    "Consignment/HouseConsignment/Consignee",
)
_ENS, _EXS_AND_ENS = ("1", "3"), ("1", "2", "3")
_GRN_LENGTHS = {True: 24, False: 17}


def c0411(sheet: Sheet) -> Iterator[Objection]:
    """The number of the TIR carnet is required for a declaration of type TIR, and not allowed for any other.

    Source: DDNTA 6.4.1, condition C0411.
    """
    yield from asked(sheet.root.find(_OPERATION), "TIRCarnetNumber", "R" if sheet.type == "TIR" else "N")


def c0904(sheet: Sheet) -> Iterator[Objection]:
    """The holder of a TIR carnet is named by his TIR identification for type TIR, and for no other.

    Source: DDNTA 6.4.1, condition C0904.
    """
    holder = sheet.root.find("HolderOfTheTransitProcedure")
    if sheet.type:
        yield from asked(holder, "TIRHolderIdentificationNumber", "R" if sheet.type == "TIR" else "N")


def r0849(sheet: Sheet) -> Iterator[Objection]:
    """A declaration of type TIR cannot have a reduced set of data.

    Source: DDNTA 6.4.1, rule R0849.
    """
    if sheet.type == "TIR":
        yield from unlike(sheet.all(f"{_OPERATION}/reducedDatasetIndicator"), ("0",))


def c0839(sheet: Sheet) -> Iterator[Objection]:
    """The limit date is for authorised consignors (C521) alone, who must state it unless they lodge in advance.

    Source: DDNTA 6.4.1, condition C0839.
    """
    priority: Priority = "O" if sheet.is_pre_lodged else "R"
    if "C521" not in sheet.texts("Authorisation/type"):
        priority = "N"
    yield from asked(sheet.root.find(_OPERATION), "limitDate", priority)


def c0101(sheet: Sheet) -> Iterator[Objection]:
    """A reduced set of data needs an authorisation.

    Source: DDNTA 6.4.1, condition C0101.
    """
    yield from asked(sheet.root, "Authorisation", "R" if sheet.is_reduced else "O")


def r0859(sheet: Sheet) -> Iterator[Objection]:
    """The authorisation for reduced data (C524) and the indicator of reduced data go together.

    Source: DDNTA 6.4.1, rule R0859.
    """
    found = [each for each in sheet.all("Authorisation/type") if text_of(each) == "C524"]
    if sheet.is_reduced and not found:
        yield Objection(element=sheet.root, expected="C524")
    for each in found if not sheet.is_reduced else ():
        yield Objection(element=each, found="C524")


def r0900(sheet: Sheet) -> Iterator[Objection]:
    """The kind of guarantee is one that can be used: B for type TIR, else by the country of departure.

    Source: DDNTA 6.4.1, rule R0900.
    """
    allowed = UNION_GUARANTEES if sheet.departure in UNION | {"SM", "AD"} else COMMON_GUARANTEES
    yield from unlike(sheet.all("Guarantee/guaranteeType"), ("B",) if sheet.type == "TIR" else allowed)


def c0085(sheet: Sheet) -> Iterator[Objection]:
    """Guarantees of some kinds have references, and others have none.

    Source: DDNTA 6.4.1, condition C0085.
    """
    for guarantee in sheet.all("Guarantee"):
        has = text_at(guarantee, "guaranteeType") in WITH_REFERENCE
        yield from asked(guarantee, "GuaranteeReference", "R" if has else "N")


def c0086(sheet: Sheet) -> Iterator[Objection]:
    """A guarantee with a number of its own is used by that number and its access code; others have neither.

    Source: DDNTA 6.4.1, condition C0086.
    """
    for guarantee in sheet.all("Guarantee"):
        has = text_at(guarantee, "guaranteeType") in WITH_GRN
        for reference in guarantee.findall("GuaranteeReference"):
            for name in ("GRN", "accessCode"):
                yield from asked(reference, name, "R" if has else "N")


def c0130(sheet: Sheet) -> Iterator[Objection]:
    """Another reference is required for guarantees of type 8, may be given for type 3, and for no other.

    Source: DDNTA 6.4.1, condition C0130.
    """
    priorities: dict[str, Priority] = {"8": "R", "3": "O"}
    for guarantee in sheet.all("Guarantee"):
        yield from asked(guarantee, "otherGuaranteeReference", priorities.get(text_at(guarantee, "guaranteeType"), "N"))


def r0318(sheet: Sheet) -> Iterator[Objection]:
    """The number of a guarantee by voucher (type 4) has 24 characters, that of any other 17.

    Source: DDNTA 6.4.1, rule R0318.
    """
    for guarantee in sheet.all("Guarantee"):
        length = _GRN_LENGTHS[text_at(guarantee, "guaranteeType") == "4"]
        for number in guarantee.findall("GuaranteeReference/GRN"):
            if len(text_of(number)) != length:
                yield Objection(element=number, expected=f"{length} characters", found=text_of(number))


def r0901(sheet: Sheet) -> Iterator[Objection]:
    """A TIR movement begins and ends in the Union.

    Source: DDNTA 6.4.1, rule R0901.
    """
    for name in ("CustomsOfficeOfDeparture", "CustomsOfficeOfDestinationDeclared") if sheet.type == "TIR" else ():
        for office in sheet.all(f"{name}/referenceNumber"):
            if text_of(office)[:2] not in UNION:
                yield Objection(element=office, found=text_of(office))


def r0905(sheet: Sheet) -> Iterator[Objection]:
    """From a common transit country outside the Union no movement goes to Andorra or San Marino.

    Source: DDNTA 6.4.1, rule R0905.
    """
    if sheet.departure in COMMON_TRANSIT_OUTSIDE and sheet.destination in ("AD", "SM"):
        office = sheet.root.find("CustomsOfficeOfDestinationDeclared/referenceNumber")
        yield Objection(element=office, found=text_of(office))


def r0911(sheet: Sheet) -> Iterator[Objection]:
    """From San Marino to the Union a declaration is of type T2 or T2F.

    Source: DDNTA 6.4.1, rule R0911.
    """
    if sheet.departure == "SM" and sheet.destination in UNION:
        yield from unlike(sheet.all(f"{_OPERATION}/declarationType"), ("T2", "T2F"))


def c0030(sheet: Sheet) -> Iterator[Objection]:
    """An office of transit is required where the movement leaves or enters a common transit country, and for type T2;
    types TIR and T2SM have none.

    Source: DDNTA 6.4.1, condition C0030.
    """
    yield from asked(sheet.root, _TRANSIT_OFFICE, _transit_office(sheet))


def _transit_office(sheet: Sheet) -> Priority:
    ends = (sheet.departure, sheet.destination)
    if sheet.type in ("TIR", "T2SM"):
        return "N"
    if sheet.departure == sheet.destination and sheet.departure in COMMON_TRANSIT_OUTSIDE:
        return "O"
    is_union = sheet.type == "T2" or (sheet.type == "T" and "T2" in _item_types(sheet))
    routed = sheet.texts("Consignment/CountryOfRoutingOfConsignment/country")
    crosses = any(country in COMMON_TRANSIT_OUTSIDE for country in (*ends, *routed))
    has_exit = sheet.root.find(_EXIT_OFFICE) is not None
    return "R" if is_union or crosses or "AD" in ends or has_exit else "O"


def _item_types(sheet: Sheet) -> list[str]:
    return [text_at(item, "declarationType") for item in sheet.items]


def r0003(sheet: Sheet) -> Iterator[Objection]:
    """The office of transit {found} is named twice.

    Source: DDNTA 6.4.1, rule R0003.
    """
    yield from repeated(sheet.transit_offices)


def r0005(sheet: Sheet) -> Iterator[Objection]:
    """The arrival at an office of transit is expected later than the message was made.

    Source: DDNTA 6.4.1, rule R0005.
    """
    made = sheet.text("preparationDateAndTime")
    for each in sheet.all(f"{_TRANSIT_OFFICE}/arrivalDateAndTimeEstimated"):
        if made and text_of(each)[: len(made)] <= made:
            yield Objection(element=each, expected=f"after {made}", found=text_of(each))


def r0006(sheet: Sheet) -> Iterator[Objection]:
    """An office of transit of the country of destination is named where that is a common transit country; from there
    into the Union, one of the Union.

    Source: DDNTA 6.4.1, rule R0006.
    """
    countries = {text_of(office)[:2] for office in sheet.transit_offices}
    if not countries:
        return  # whether there must be one, C0030 says
    if sheet.destination in COMMON_TRANSIT_OUTSIDE and sheet.destination not in countries:
        yield Objection(element=sheet.transit_offices[-1], expected=sheet.destination)
    if sheet.departure in COMMON_TRANSIT_OUTSIDE and sheet.destination in UNION and not countries & UNION:
        yield Objection(element=sheet.transit_offices[-1], expected="an office of the Union")


def r0906(sheet: Sheet) -> Iterator[Objection]:
    """Towards Andorra the offices of transit are in Andorra.

    Source: DDNTA 6.4.1, rule R0906.
    """
    for office in sheet.transit_offices if sheet.destination == "AD" else ():
        if text_of(office)[:2] != "AD":
            yield Objection(element=office, expected="AD", found=text_of(office))


def r0103(sheet: Sheet) -> Iterator[Objection]:
    """An office of exit for transit is neither an office of transit nor that of destination.

    Source: DDNTA 6.4.1, rule R0103.
    """
    others = {*map(text_of, sheet.transit_offices), sheet.text("CustomsOfficeOfDestinationDeclared/referenceNumber")}
    for office in sheet.all(f"{_EXIT_OFFICE}/referenceNumber"):
        if text_of(office) in others:
            yield Objection(element=office, found=text_of(office))


def c0587(sheet: Sheet) -> Iterator[Objection]:
    """An office of exit for transit goes with data for exit, where an office of transit is outside the security area.

    Source: DDNTA 6.4.1, condition C0587.
    """
    leaves = any(text_of(office)[:2] not in SECURITY_AREA for office in sheet.transit_offices)
    yield from asked(sheet.root, _EXIT_OFFICE, "O" if sheet.security in ("2", "3") and leaves else "N")


def c0598(sheet: Sheet) -> Iterator[Objection]:
    """With data for entry, the arrival at offices of transit of the security area is stated.

    Source: DDNTA 6.4.1, condition C0598.
    """
    for office in sheet.all(_TRANSIT_OFFICE) if sheet.security in _ENS else ():
        if text_at(office, "referenceNumber")[:2] in SECURITY_AREA:
            yield from asked(office, "arrivalDateAndTimeEstimated", "R")


def c0250(sheet: Sheet) -> Iterator[Objection]:
    """A party without an identification number is stated with name and address.

    Source: DDNTA 6.4.1, condition C0250; whether a number is known, only customs can tell.
    """
    for path in _PARTIES:
        for party in sheet.all(path):
            for name in ("name", "Address") if party.find("identificationNumber") is None else ():
                yield from asked(party, name, "R")


def c0505(sheet: Sheet) -> Iterator[Objection]:
    """An address has a postcode, except in countries that have none.

    Source: DDNTA 6.4.1, condition C0505.
    """
    for address in sheet.root.iter("Address"):
        country = text_at(address, "country") or text_at(address.getparent(), "country")
        yield from asked(address, "postcode", "O" if country in WITHOUT_POSTCODE else "R")


def r0909(sheet: Sheet) -> Iterator[Objection]:
    """Towards San Marino a declaration is of type T2SM from Italy, and T2 or T2F from elsewhere in the Union.

    Source: DDNTA 6.4.1, rule R0909.
    """
    if sheet.destination != "SM" or sheet.departure not in UNION:
        return
    allowed = ("T2SM",) if sheet.departure == "IT" else ("T2", "T2F")
    if sheet.departure == "IT" or not set(allowed) & set(_item_types(sheet)):
        yield from unlike(sheet.all(f"{_OPERATION}/declarationType"), allowed)


def r0987(sheet: Sheet) -> Iterator[Objection]:
    """Parts of one kind are numbered one after the other; this is number {found}, where {expected} would follow.

    Source: DDNTA 6.4.1, rule R0987.
    """
    yield from _numbered(sheet.root)


def _numbered(around: Element) -> Iterator[Objection]:
    counts: dict[str, int] = {}
    for part in around:
        counts[part.tag] = place = counts.get(part.tag, 0) + 1
        number = part.find("sequenceNumber")
        if number is not None and text_of(number) != str(place):
            yield Objection(element=number, expected=str(place), found=text_of(number))
        yield from _numbered(part)
