# SPDX-License-Identifier: Apache-2.0
"""Conditions and rules on goods: houses, items, masses, packages, papers."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal
from typing import Any

from cocket.standards.ncts.rules.lists import (
    BULK,
    COMMON_TRANSIT,
    COMMON_TRANSIT_OUTSIDE,
    EXCISE,
    UNION_GOODS,
    UNPACKED,
)
from cocket.standards.ncts.rules.sheet import (
    Element,
    Objection,
    Priority,
    Sheet,
    asked,
    number_at,
    number_of,
    text_at,
    text_of,
)

_TO_ORDER = "30600"
_EXPORT = "N830"
_GROSS = "Commodity/GoodsMeasure/grossMass"
_NET = "Commodity/GoodsMeasure/netMass"

#: What is said of houses only where they differ, and of items.
_OF_HOUSES = (
    "Consignor",
    "Consignee",
    "DepartureTransportMeans",
    "TransportCharges",
    "referenceNumberUCR",
    "countryOfDispatch",
    "countryOfDestination",
)
_OF_ITEMS = ("countryOfDispatch", "countryOfDestination", "referenceNumberUCR", "declarationType")


# Said once ------------------------------------------------------------------------------------------------------------


def c0909(sheet: Sheet) -> Iterator[Objection]:
    """The country of dispatch is stated once: of the whole, of houses, or of items.

    Source: DDNTA 6.4.1, condition C0909.
    """
    yield from _stated_once(sheet, "countryOfDispatch", "R")


def c0343(sheet: Sheet) -> Iterator[Objection]:
    """The country of destination is stated once: of the whole, of houses, or of items.

    Source: DDNTA 6.4.1, condition C0343.
    """
    yield from _stated_once(sheet, "countryOfDestination", "R")


def c0502(sheet: Sheet) -> Iterator[Objection]:
    """The UCR is stated once: of the whole, of houses, or of items, which need one where no transport document is named.

    Source: DDNTA 6.4.1, condition C0502.
    """
    papers = sheet.all("Consignment/TransportDocument") or sheet.all("Consignment/HouseConsignment/TransportDocument")
    yield from _stated_once(sheet, "referenceNumberUCR", "O" if papers else "R")


def _stated_once(sheet: Sheet, name: str, priority: Priority) -> Iterator[Objection]:
    is_of_whole = sheet.root.find(f"Consignment/{name}") is not None
    for house in sheet.houses:
        yield from asked(house, name, "N" if is_of_whole else "O")
        is_above = is_of_whole or house.find(name) is not None
        for item in house.findall("ConsignmentItem"):
            yield from asked(item, name, "N" if is_above else priority)


def c0001(sheet: Sheet) -> Iterator[Objection]:
    """The consignee is stated of the whole or of houses; goods for a common transit country have one, unless to order.

    Source: DDNTA 6.4.1, condition C0001.
    """
    is_of_whole = sheet.root.find("Consignment/Consignee") is not None
    is_whole_destined = sheet.text("Consignment/countryOfDestination") in COMMON_TRANSIT
    for house in sheet.houses:
        countries = [text_at(house, "countryOfDestination")]
        countries += [text_at(item, "countryOfDestination") for item in house.findall("ConsignmentItem")]
        is_destined = is_whole_destined or any(country in COMMON_TRANSIT for country in countries)
        yield from asked(house, "Consignee", "N" if is_of_whole else "R" if is_destined else "O")


def c0542(sheet: Sheet) -> Iterator[Objection]:
    """The consignor is stated of the whole or of houses, and not at all with reduced data without safety data.

    Source: DDNTA 6.4.1, condition C0542.
    """
    is_free = sheet.security == "0" and sheet.is_reduced
    yield from asked(sheet.consignment, "Consignor", "N" if is_free else "O")
    is_of_whole = sheet.root.find("Consignment/Consignor") is not None
    for house in sheet.houses:
        yield from asked(house, "Consignor", "N" if is_free or is_of_whole else "O")


def c0337(sheet: Sheet) -> Iterator[Objection]:
    """How transport is paid is stated of the whole or of houses.

    Source: DDNTA 6.4.1, condition C0337.
    """
    is_of_whole = sheet.root.find("Consignment/TransportCharges") is not None
    for house in sheet.houses if is_of_whole else ():
        yield from asked(house, "TransportCharges", "N")


def r0506(sheet: Sheet) -> Iterator[Objection]:
    """What all houses say alike is said of the whole.

    Source: DDNTA 6.4.1, rule R0506; read for two houses or more.
    """
    yield from _alike(sheet.houses, _OF_HOUSES)


def r0507(sheet: Sheet) -> Iterator[Objection]:
    """What all items of the declaration say alike is said of the whole.

    Source: DDNTA 6.4.1, rule R0507; read for two items or more.
    """
    yield from _alike(sheet.items, _OF_ITEMS)


def _alike(parts: list[Element], names: tuple[str, ...]) -> Iterator[Objection]:
    for name in names if len(parts) > 1 else ():
        said = {tuple(map(_content, part.findall(name))) for part in parts}
        if len(said) == 1 and said != {()}:
            yield Objection(element=parts[0].find(name), found=name)


def _content(element: Element) -> tuple[str, str, tuple[Any, ...]]:
    return str(element.tag), text_of(element), tuple(map(_content, element))


# Numbers and masses ---------------------------------------------------------------------------------------------------


def r0007(sheet: Sheet) -> Iterator[Objection]:
    """Items are numbered through the declaration; this is number {found}, where {expected} would follow.

    Source: DDNTA 6.4.1, rule R0007.
    """
    yield from _numbered(sheet.items, "declarationGoodsItemNumber")


def r0988(sheet: Sheet) -> Iterator[Objection]:
    """Items are numbered within their house; this is number {found}, where {expected} would follow.

    Source: DDNTA 6.4.1, rule R0988.
    """
    for house in sheet.houses:
        yield from _numbered(house.findall("ConsignmentItem"), "goodsItemNumber")


def _numbered(items: list[Element], name: str) -> Iterator[Objection]:
    for place, item in enumerate(items, 1):
        element = item.find(name)
        if element is not None and number_of(text_of(element)) != place:
            yield Objection(element=element, expected=str(place), found=text_of(element))


def r0994(sheet: Sheet) -> Iterator[Objection]:
    """The gross mass of the whole, {found} kg, is less than that of its houses, {expected} kg.

    Source: DDNTA 6.4.1, rule R0994.
    """
    if sheet.consignment is not None:
        yield from _covers(sheet.consignment, [number_at(house, "grossMass") for house in sheet.houses])


def r0983(sheet: Sheet) -> Iterator[Objection]:
    """The gross mass of a house, {found} kg, is less than that of its items, {expected} kg.

    Source: DDNTA 6.4.1, rule R0983.
    """
    for house in sheet.houses:
        yield from _covers(house, [number_at(item, _GROSS) for item in house.findall("ConsignmentItem")])


def _covers(around: Element, parts: list[Decimal | None]) -> Iterator[Objection]:
    total = sum((part for part in parts if part is not None), Decimal())
    stated = number_at(around, "grossMass")
    if stated is not None and stated < total:
        yield Objection(element=around.find("grossMass"), expected=format(total, "f"), found=format(stated, "f"))


def r0223(sheet: Sheet) -> Iterator[Objection]:
    """The net mass of an item, {found} kg, is more than its gross mass, {expected} kg.

    Source: DDNTA 6.4.1, rule R0223.
    """
    for item in sheet.items:
        gross, net = number_at(item, _GROSS), number_at(item, _NET)
        if gross and net is not None and net > gross:
            yield Objection(element=item.find(_NET), expected=format(gross, "f"), found=format(net, "f"))


def r0221(sheet: Sheet) -> Iterator[Objection]:
    """An item without packages of its own has no mass, beside one of the same house that has; any other has a mass.

    Source: DDNTA 6.4.1, rule R0221.
    """
    for house in sheet.houses:
        items = house.findall("ConsignmentItem")
        weighs = any(number_at(item, _GROSS) for item in items)
        for item in items:
            gross = number_at(item, _GROSS)
            if gross is not None and _is_packed_with_another(item) != (gross == 0 and weighs):
                yield Objection(element=item.find(_GROSS), found=format(gross, "f"))


def _is_packed_with_another(item: Element) -> bool:
    return any(number_at(each, "numberOfPackages") == 0 for each in item.findall("Packaging"))


def c0837(sheet: Sheet) -> Iterator[Objection]:
    """The net mass is required for goods under an export declaration, and otherwise not stated with reduced data.

    Source: DDNTA 6.4.1, condition C0837.
    """
    for house in sheet.houses:
        is_export = _follows_export(house)
        for item in house.findall("ConsignmentItem"):
            measure = item.find("Commodity/GoodsMeasure")
            yield from asked(measure, "netMass", "R" if is_export else "N" if sheet.is_reduced else "O")


def _follows_export(house: Element) -> bool:
    return any(text_of(each) == _EXPORT for each in house.findall("PreviousDocument/type"))


# Packages -------------------------------------------------------------------------------------------------------------


def c0060(sheet: Sheet) -> Iterator[Objection]:
    """Packages are counted, except goods in bulk; packed goods have shipping marks too.

    Source: DDNTA 6.4.1, condition C0060.
    """
    for packaging in sheet.all("Consignment/HouseConsignment/ConsignmentItem/Packaging"):
        kind = text_at(packaging, "typeOfPackages")
        yield from asked(packaging, "numberOfPackages", "N" if kind in BULK else "R")
        yield from asked(packaging, "shippingMarks", "O" if kind in BULK | UNPACKED else "R")


def r0219(sheet: Sheet) -> Iterator[Objection]:
    """Where one number of packages of an item is 0, all of them are.

    Source: DDNTA 6.4.1, rule R0219.
    """
    for item in filter(_is_packed_with_another, sheet.items):
        for number in item.findall("Packaging/numberOfPackages"):
            if number_of(text_of(number)) != 0:
                yield Objection(element=number, expected="0", found=text_of(number))


def r0220(sheet: Sheet) -> Iterator[Objection]:
    """Goods without packaging are counted in pieces, which are more than none.

    Source: DDNTA 6.4.1, rule R0220.
    """
    for item in filter(_is_packed_with_another, sheet.items):
        for kind in item.findall("Packaging/typeOfPackages"):
            if text_of(kind) in UNPACKED:
                yield Objection(element=kind, found=text_of(kind))


def r0364(sheet: Sheet) -> Iterator[Objection]:
    """An item whose packages are those of another names the marks of that one, which is in the same house.

    Source: DDNTA 6.4.1, rule R0364.
    """
    for house in sheet.houses:
        packagings = house.findall("ConsignmentItem/Packaging")
        marks = {text_at(each, "shippingMarks") for each in packagings if _holds_goods(each)}
        for each in packagings:
            if number_at(each, "numberOfPackages") == 0 and text_at(each, "shippingMarks") not in marks:
                yield Objection(element=each, found=text_at(each, "shippingMarks") or None)


def _holds_goods(packaging: Element) -> bool:
    kind = text_at(packaging, "typeOfPackages")
    return (number_at(packaging, "numberOfPackages") or 0) > 0 and kind not in BULK | UNPACKED


# Goods and papers -----------------------------------------------------------------------------------------------------


def c0045(sheet: Sheet) -> Iterator[Objection]:
    """In a declaration of type T each item says its own type; in others none does.

    Source: DDNTA 6.4.1, condition C0045.
    """
    for item in sheet.items:
        yield from asked(item, "declarationType", "R" if sheet.type == "T" else "N")


def c0153(sheet: Sheet) -> Iterator[Objection]:
    """The goods are classified; a TIR movement that follows no export may leave it.

    Source: DDNTA 6.4.1, condition C0153.
    """
    for house in sheet.houses:
        is_free = sheet.type == "TIR" and not _follows_export(house)
        for commodity in house.findall("ConsignmentItem/Commodity"):
            yield from asked(commodity, "CommodityCode", "O" if is_free else "R")


def c0821(sheet: Sheet) -> Iterator[Objection]:
    """From outside the Union the code of the goods has no digits of the Combined Nomenclature.

    Source: DDNTA 6.4.1, condition C0821.
    """
    codes = sheet.all("Consignment/HouseConsignment/ConsignmentItem/Commodity/CommodityCode")
    for code in codes if sheet.departure in COMMON_TRANSIT_OUTSIDE else ():
        yield from asked(code, "combinedNomenclatureCode", "N")


def c0035(sheet: Sheet) -> Iterator[Objection]:
    """Union goods from outside the Union have a previous document.

    Source: DDNTA 6.4.1, condition C0035.
    """
    is_of_whole = sheet.root.find("Consignment/PreviousDocument") is not None
    for item in () if is_of_whole else _union_goods(sheet):
        yield from asked(item, "PreviousDocument", "R")


def r0020(sheet: Sheet) -> Iterator[Objection]:
    """Union goods from outside the Union have a previous document that proves their status: {expected}.

    Source: DDNTA 6.4.1, rule R0020.
    """
    of_whole = set(sheet.texts("Consignment/PreviousDocument/type"))
    for item in () if of_whole & UNION_GOODS else _union_goods(sheet):
        own = {text_of(each) for each in item.findall("PreviousDocument/type")}
        if (own or of_whole) and not own & UNION_GOODS:
            yield Objection(element=item, expected=", ".join(sorted(UNION_GOODS)))


def _union_goods(sheet: Sheet) -> Iterator[Element]:
    """Items of Union goods that leave a common transit country."""
    for item in sheet.items if sheet.departure in COMMON_TRANSIT_OUTSIDE else ():
        if {sheet.type, text_at(item, "declarationType")} & {"T2", "T2F"}:
            yield item


def c0298(sheet: Sheet) -> Iterator[Objection]:
    """A quantity of a previous document has a unit, and a unit a quantity.

    Source: DDNTA 6.4.1, condition C0298.
    """
    for each in sheet.all("Consignment/HouseConsignment/ConsignmentItem/PreviousDocument"):
        yield from asked(each, "measurementUnitAndQualifier", "R" if each.find("quantity") is not None else "N")


def c0015(sheet: Sheet) -> Iterator[Objection]:
    """An excise movement is named by its number.

    Source: DDNTA 6.4.1, condition C0015.
    """
    for each in _excise(sheet):
        yield from asked(each, "referenceNumber", "R")


def r0023(sheet: Sheet) -> Iterator[Objection]:
    """The number of an excise movement is not 0.

    Source: DDNTA 6.4.1, rule R0023.
    """
    for each in _excise(sheet):
        if text_at(each, "referenceNumber") == "0":
            yield Objection(element=each.find("referenceNumber"), found="0")


def _excise(sheet: Sheet) -> Iterator[Element]:
    for each in sheet.all("Consignment/HouseConsignment/ConsignmentItem/AdditionalReference"):
        if text_at(each, "type") in EXCISE:
            yield each


def r0416(sheet: Sheet) -> Iterator[Objection]:
    """The previous document {found} of a house is the number of an export declaration, with A, B or E before its end.

    Source: DDNTA 6.4.1, rule R0416.
    """
    for each in sheet.all("Consignment/HouseConsignment/PreviousDocument/referenceNumber"):
        if text_of(each)[16:17] not in ("A", "B", "E"):
            yield Objection(element=each, found=text_of(each))


def r3060(sheet: Sheet) -> Iterator[Objection]:
    """Goods for a common transit country are not to order (30600).

    Source: DDNTA 6.4.1, rule R3060.
    """
    countries = [sheet.text("Consignment/countryOfDestination")]
    countries += [text_at(part, "countryOfDestination") for part in (*sheet.houses, *sheet.items)]
    if any(country in COMMON_TRANSIT for country in countries):
        yield from _to_order(sheet.all("Consignment/AdditionalInformation/code"))


def r3061(sheet: Sheet) -> Iterator[Objection]:
    """A single item cannot be to order (30600).

    Source: DDNTA 6.4.1, rule R3061.
    """
    yield from _to_order(sheet.all("Consignment/HouseConsignment/ConsignmentItem/AdditionalInformation/code"))


def _to_order(codes: list[Element]) -> Iterator[Objection]:
    for code in codes:
        if text_of(code) == _TO_ORDER:
            yield Objection(element=code, found=_TO_ORDER)
