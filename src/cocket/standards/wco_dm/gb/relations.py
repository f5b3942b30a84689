# SPDX-License-Identifier: Apache-2.0
"""What values have to do with each other: totals, masses, procedures and types, things said twice."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal, InvalidOperation

from lxml import etree

from cocket.standards.wco_dm.gb.codes import INWARD, OUTWARD
from cocket.standards.wco_dm.gb.sheet import Objection, Sheet

_MEASURE = "Commodity/GoodsMeasure"

#: Classes of which two that are alike say the same thing twice: where they stand, and what has to be alike.
_TWICE = (
    ("AuthorisationHolder", ("ID", "CategoryCode")),
    ("GoodsShipment/PreviousDocument", ("CategoryCode", "TypeCode", "ID", "LineNumeric")),
    ("GoodsShipment/Consignment/TransportEquipment", ("ID",)),
)
_TWICE_IN_ITEM = (
    ("AdditionalDocument", ("CategoryCode", "TypeCode", "ID", "LPCOExemptionCode")),
    ("PreviousDocument", ("CategoryCode", "TypeCode", "ID", "LineNumeric")),
    ("Commodity/Classification", ("IdentificationTypeCode", "ID")),
    ("GovernmentProcedure", ("CurrentCode", "PreviousCode")),
)


def dms11003_items_total(sheet: Sheet) -> Iterator[Objection]:
    """The declaration says it has {found} goods items, but has {expected}.

    Source: UK Trade Tariff, volume 3 for CDS, data element 1/9; error 11003.
    """
    element, text = sheet.one("GoodsItemQuantity"), sheet.text("GoodsItemQuantity")
    if element is not None and sheet.items and _number(text) != len(sheet.items):
        yield Objection(element=element, expected=str(len(sheet.items)), found=text)


def dms11006_net_over_gross(sheet: Sheet) -> Iterator[Objection]:
    """The net mass of an item, {found} kg, is more than its gross mass, {expected} kg.

    Source: UK Trade Tariff, volume 3 for CDS, data elements 6/1 and 6/5; error 11006.
    """
    for item in sheet.items:
        net, gross = sheet.one(f"{_MEASURE}/NetNetWeightMeasure", item), sheet.one(f"{_MEASURE}/GrossMassMeasure", item)
        if net is None or gross is None or net.get("unitCode", "KGM") != gross.get("unitCode", "KGM"):
            continue
        net_mass, gross_mass = _number(net.text), _number(gross.text)
        if net_mass is not None and gross_mass and net_mass > gross_mass:
            yield Objection(element=net, expected=format(gross_mass, "f"), found=format(net_mass, "f"))


def dms11004_procedure_and_type(sheet: Sheet) -> Iterator[Objection]:
    """Procedure {found} does not go with a declaration of this type.

    Source: UK Trade Tariff, volume 3 for CDS, data elements 1/1 and 1/10, appendix 1; error 11004.
    """
    against = {"IM": OUTWARD, "EX": INWARD}.get(sheet.flow, frozenset())
    for item in sheet.items:
        for each in sheet.all("GovernmentProcedure", item):
            element = sheet.one("CurrentCode", each)
            if element is not None and sheet.one("PreviousCode", each) is not None:
                text = sheet.text("CurrentCode", each)
                if text in against:
                    yield Objection(element=element, found=text)


def gb_item_numbers(sheet: Sheet) -> Iterator[Objection]:
    """Items are numbered one after the other; this is number {found}, where {expected} would follow.

    Source: UK Trade Tariff, volume 3 for CDS, data element 1/6.
    """
    for place, item in enumerate(sheet.items, 1):
        element, text = sheet.one("SequenceNumeric", item), sheet.text("SequenceNumeric", item)
        if element is not None and _number(text) != place:
            yield Objection(element=element, expected=str(place), found=text)
            return


def gb_gross_mass_total(sheet: Sheet) -> Iterator[Objection]:
    """The gross mass of the whole, {found} kg, is less than those of its items, {expected} kg.

    Source: UK Trade Tariff, volume 3 for CDS, data element 6/5; WCO Data Model 3.6, total gross mass (131).
    """
    element = sheet.one("TotalGrossMassMeasure")
    masses = [_number(sheet.text(f"{_MEASURE}/GrossMassMeasure", item)) for item in sheet.items]
    known = [mass for mass in masses if mass is not None]
    total = None if element is None else _number(element.text)
    if element is not None and total is not None and total < sum(known):
        yield Objection(element=element, expected=format(sum(known), "f"), found=format(total, "f"))


def gb_invoice_total(sheet: Sheet) -> Iterator[Objection]:
    """The invoice is over {found}, but the prices of the items, in the same currency, add up to {expected}.

    Source: UK Trade Tariff, volume 3 for CDS, data elements 4/11 and 4/14.
    """
    element = sheet.one("InvoiceAmount")
    prices = [sheet.one("Commodity/InvoiceLine/ItemChargeAmount", item) for item in sheet.items]
    if element is None or not prices:
        return
    total, sums = _number(element.text), Decimal(0)
    for price in prices:
        amount = None if price is None else _number(price.text)
        if price is None or amount is None or price.get("currencyID") != element.get("currencyID"):
            return
        sums += amount
    if total is not None and total != sums:
        yield Objection(element=element, expected=format(sums, "f"), found=format(total, "f"))


def gb_price_nought(sheet: Sheet) -> Iterator[Objection]:
    """The price is nought, but the goods are valued by what was paid for them (method 1).

    Source: UK Trade Tariff, volume 3 for CDS, data elements 4/14 and 4/16.
    """
    for item in sheet.items:
        price = sheet.one("Commodity/InvoiceLine/ItemChargeAmount", item)
        if price is not None and _number(price.text) == 0 and sheet.text("CustomsValuation/MethodCode", item) == "1":
            yield Objection(element=price, found=price.text)


def gb_twice(sheet: Sheet) -> Iterator[Objection]:
    """{found} is stated twice.

    Source: UK Trade Tariff, volume 3 for CDS, completion guides, groups 1 to 3.
    """
    for path, names in _TWICE:
        yield from _repeated(sheet, sheet.all(path), names)
    for item in sheet.items:
        for path, names in _TWICE_IN_ITEM:
            yield from _repeated(sheet, sheet.all(path, item), names)


def _repeated(sheet: Sheet, elements: list[etree._Element], names: tuple[str, ...]) -> Iterator[Objection]:
    seen: set[tuple[str, ...]] = set()
    for element in elements:
        texts = tuple(sheet.text(name, element) for name in names)
        if any(texts) and texts in seen:
            yield Objection(element=element, found=" ".join(filter(None, texts)))
        seen.add(texts)


def _number(text: str | None) -> Decimal | None:
    try:
        return Decimal((text or "").strip())
    except InvalidOperation:
        return None
