# SPDX-License-Identifier: Apache-2.0
"""What a declaration has to state: the data elements of its kind, as one table.

A special procedure, a national additional one, and a value by which no price is declared can release from some of them;
which ones is not public in a form that can be restated, so that there the same lack only warns.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator

import msgspec
from lxml import etree

from cocket.standards.wco_dm.gb.codes import (
    FULL,
    NORTHERN_IRELAND,
    OUTWARD,
    STANDARD,
    STANDARD_VALUES,
    SUPPLEMENTARY,
    TEMPORARY,
    USUAL,
    WAREHOUSING,
)
from cocket.standards.wco_dm.gb.sheet import Objection, Sheet

_INWARD = ("IM", "CO")
_NO_ADDITIONAL = "000"


class Kind(msgspec.Struct, frozen=True, kw_only=True):
    """What kind of declaration an item is in.

    Attributes:
        flow: `IM`, `EX` or `CO`; empty for trade with special territories that goes out, of which little is public.
        letter: Second part of the type, such as `A`.
        requested: Procedure asked for.
        previous: Procedure before.
        is_special: Whether its procedure, or an additional one, may release from data elements.
        is_northern: Whether it is a declaration of Northern Ireland.
    """

    flow: str
    letter: str
    requested: str
    previous: str
    is_special: bool
    is_northern: bool


class Obligation(msgspec.Struct, frozen=True):
    """One data element that some declarations have to state.

    Attributes:
        paths: Where it may stand, the place that is pointed to first (1..n); from the item if `of_item`.
        asked: Of which kinds of declaration it is asked.
        of_item: Whether each item has to state it; one that stands for the whole may begin with `/`.
        is_sure: Whether its lack refuses; else it only warns, since the guides let go of it in cases not told here.
    """

    paths: tuple[str, ...]
    asked: Callable[[Kind], bool]
    of_item: bool = False
    is_sure: bool = True


def _always(_kind: Kind) -> bool:
    return True


def _import(kind: Kind) -> bool:
    return kind.flow in _INWARD and kind.letter in FULL


def _standard_import(kind: Kind) -> bool:
    return kind.flow in _INWARD and kind.letter in STANDARD


def _detailed_import(kind: Kind) -> bool:
    return kind.flow in _INWARD and kind.letter in STANDARD | {"Z"}


def _supplementary_import(kind: Kind) -> bool:
    return kind.flow in _INWARD and kind.letter in SUPPLEMENTARY


def _valued_import(kind: Kind) -> bool:
    return _import(kind) and kind.requested not in WAREHOUSING


def _weighed(kind: Kind) -> bool:
    return kind.letter in FULL and kind.requested not in WAREHOUSING | TEMPORARY


def _export(kind: Kind) -> bool:
    return kind.flow == "EX"


def _full_export(kind: Kind) -> bool:
    return kind.flow == "EX" and kind.letter in FULL


def _standard_export(kind: Kind) -> bool:
    return kind.flow == "EX" and kind.letter in STANDARD


def _full(kind: Kind) -> bool:
    return kind.letter in FULL


def _counted(kind: Kind) -> bool:
    return kind.letter not in SUPPLEMENTARY and not kind.is_northern


def _warehoused(kind: Kind) -> bool:
    return kind.letter in FULL and bool({kind.requested, kind.previous} & WAREHOUSING)


def _described(kind: Kind) -> bool:
    return kind.letter != "Q"


def _imported_by_someone(kind: Kind) -> bool:
    return kind.flow in _INWARD and kind.letter != "Q"


_CONSIGNEE = ("/GoodsShipment/Consignee/Name", "/GoodsShipment/Consignee/ID")
_LOCATION = "GoodsShipment/Consignment/GoodsLocation"

OBLIGATIONS: tuple[Obligation, ...] = (
    Obligation(("AcceptanceDateTime",), _supplementary_import),
    Obligation(("FunctionalReferenceID",), _always),
    Obligation(("TypeCode",), _always),
    Obligation(("GoodsItemQuantity",), _counted),
    Obligation(("TotalPackageQuantity",), _detailed_import),
    Obligation(("AuthorisationHolder/ID",), _supplementary_import),
    Obligation(("BorderTransportMeans/ModeCode",), _full),
    Obligation(("Declarant/ID",), _always),
    Obligation(("Exporter/ID", "Exporter/Name"), _export),
    Obligation(("Exporter/Name", "Exporter/ID", "GoodsShipment/Consignor/ID"), _valued_import),
    Obligation(("ExitOffice/ID",), _export),
    Obligation(("Consignment/Carrier/ID", "Consignment/Carrier/Name"), _standard_export, is_sure=False),
    Obligation(("Consignment/Itinerary/RoutingCountryCode",), _standard_export, is_sure=False),
    Obligation(("Consignment/Freight/PaymentMethodCode",), _standard_export, is_sure=False),
    Obligation(("GoodsShipment/GovernmentAgencyGoodsItem/SequenceNumeric",), _always),
    Obligation(("GoodsShipment/Importer/ID", "GoodsShipment/Importer/Name"), _imported_by_someone),
    Obligation(("GoodsShipment/Consignment/ContainerCode",), _detailed_import),
    Obligation(("GoodsShipment/Consignment/ContainerCode",), _full_export),
    Obligation(
        ("GoodsShipment/Consignment/DepartureTransportMeans/IdentificationTypeCode",), _full_export, is_sure=False
    ),
    Obligation(("GoodsShipment/Warehouse/ID",), _warehoused),
    Obligation((f"{_LOCATION}/TypeCode",), _always),
    Obligation((f"{_LOCATION}/Name", f"{_LOCATION}/ID"), _always),
    Obligation((f"{_LOCATION}/Address/TypeCode",), _always),
    Obligation((f"{_LOCATION}/Address/CountryCode",), _always),
    Obligation(
        ("GoodsShipment/PreviousDocument/ID", "GoodsShipment/GovernmentAgencyGoodsItem/PreviousDocument/ID"), _full
    ),
    Obligation(("Commodity/Description",), _described, of_item=True),
    Obligation(("Commodity/Classification/ID",), _full, of_item=True),
    Obligation(("Commodity/GoodsMeasure/GrossMassMeasure",), _full, of_item=True),
    Obligation(("Commodity/GoodsMeasure/NetNetWeightMeasure",), _weighed, of_item=True),
    Obligation(("Commodity/InvoiceLine/ItemChargeAmount",), _valued_import, of_item=True),
    Obligation(("CustomsValuation/MethodCode",), _valued_import, of_item=True),
    Obligation(("Commodity/DutyTaxFee/DutyRegimeCode",), _valued_import, of_item=True),
    Obligation(("Origin/CountryCode",), _import, of_item=True),
    Obligation(("Consignee/Name", "Consignee/ID", *_CONSIGNEE), _export, of_item=True, is_sure=False),
    Obligation(("Packaging/TypeCode",), _detailed_import, of_item=True),
    Obligation(("Packaging/TypeCode",), _export, of_item=True),
    Obligation(("Packaging/QuantityQuantity",), _standard_import, of_item=True),
    Obligation(("Packaging/QuantityQuantity",), _standard_export, of_item=True),
    Obligation(("Packaging/MarksNumbersID",), _detailed_import, of_item=True),
    Obligation(("Packaging/MarksNumbersID",), _export, of_item=True, is_sure=False),
    Obligation(("StatisticalValueAmount",), _full_export, of_item=True),
    Obligation(("Destination/CountryCode", "/GoodsShipment/Destination/CountryCode"), _full, of_item=True),
    Obligation(("ExportCountry/ID", "/GoodsShipment/ExportCountry/ID"), _import, of_item=True),
    Obligation(("TransactionNatureCode", "/GoodsShipment/TransactionNatureCode"), _full, of_item=True),
)

#: What names a party that has no number: all of these together.
_ADDRESS = ("Name", "Address/CityName", "Address/CountryCode", "Address/Line", "Address/PostcodeID")
_NAMED_PARTIES = ("Exporter", "GoodsShipment/Importer", "GoodsShipment/Consignee", "GoodsShipment/Consignor")


def dms10001_mandatory(sheet: Sheet) -> Iterator[Objection]:
    """{expected} has to be stated in this kind of declaration, and is not.

    Source: UK Trade Tariff, volume 3 for CDS, completion guides: data elements by declaration category; error 10001.
    """
    if not sheet.is_original:
        if not sheet.has("ID"):
            yield _lacking(sheet.declaration, "ID", is_sure=True)
        return
    items = [(item, _kind(sheet, item)) for item in sheet.items]
    whole = items[0][1] if items else _kind(sheet, None)
    for each in OBLIGATIONS:
        if not each.of_item:
            if each.asked(whole) and not any(map(sheet.has, each.paths)):
                yield _lacking(sheet.declaration, each.paths[0], is_sure=each.is_sure and not whole.is_special)
            continue
        for item, kind in items:
            if each.asked(kind) and not any(_states(sheet, item, path) for path in each.paths):
                yield _lacking(item, each.paths[0], is_sure=each.is_sure and not kind.is_special)


def dms10001_procedure(sheet: Sheet) -> Iterator[Objection]:
    """{expected} of the customs procedure has to be stated for each item, and is not.

    Source: UK Trade Tariff, volume 3 for CDS, data element 1/10; error 10001.
    """
    for item in sheet.items if sheet.is_original else ():
        procedures = sheet.all("GovernmentProcedure", item)
        full = [each for each in procedures if sheet.has("PreviousCode", each)]
        for each in full:
            if not sheet.has("CurrentCode", each):
                yield _lacking(each, "CurrentCode", is_sure=True)
        if not full:
            yield _lacking(item, "GovernmentProcedure/PreviousCode", is_sure=True)


def dms10001_party(sheet: Sheet) -> Iterator[Objection]:
    """A party without a number has to be named with its whole address; {expected} is missing.

    Source: UK Trade Tariff, volume 3 for CDS, completion guides, group 3; error 10001.
    """
    for path in _NAMED_PARTIES:
        party = sheet.one(path)
        if party is None or sheet.has("ID", party) or not sheet.has("Name", party):
            continue
        for name in _ADDRESS:
            if not sheet.has(name, party):
                # Some countries have no postcodes, and the guide does not say which.
                yield _lacking(party, name, is_sure=not name.endswith("PostcodeID"))


def _kind(sheet: Sheet, item: etree._Element | None) -> Kind:
    full, additional = sheet.procedures(item) if item is not None else ([], [])
    requested = full[0][0] if full else ""
    is_usual = requested in (OUTWARD if sheet.flow == "EX" else USUAL)
    return Kind(
        flow="" if sheet.flow == "CO" and requested in OUTWARD else sheet.flow,
        letter=sheet.letter,
        requested=requested,
        previous=full[0][1] if full else "",
        is_special=bool(full) and (not is_usual or any(map(_may_release, additional))),
        is_northern=not sheet.statements.isdisjoint(NORTHERN_IRELAND),
    )


def _may_release(additional: str) -> bool:
    """Whether an additional procedure is a national one, or one by which no price is declared."""
    return (additional[:1].isdigit() and additional != _NO_ADDITIONAL) or additional in STANDARD_VALUES


def _states(sheet: Sheet, item: etree._Element, path: str) -> bool:
    return sheet.has(path[1:]) if path[0] == "/" else sheet.has(path, item)


def _lacking(element: etree._Element, path: str, *, is_sure: bool) -> Objection:
    """What is missing, looked for in the classes that are there, so that the place leads as near to it as it can."""
    names = path.split("/")
    while len(names) > 1:
        child = next((each for each in element if str(each.tag).endswith(f"}}{names[0]}")), None)
        if child is None:
            break
        element, names = child, names[1:]
    return Objection(
        element=element,
        missing="/".join(names),
        expected=path.rpartition("/")[2],
        severity=None if is_sure else "warning",
    )
