# SPDX-License-Identifier: Apache-2.0
"""Reading and checking invoices, packing lists and bills of lading, beside bare parsing of the same bytes."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from datetime import date
from decimal import Decimal
from functools import partial
from typing import Any

from lxml import etree

from benchmarks.figures import Figure
from cocket import standards
from cocket.errors import SenderError
from cocket.model import (
    Amount,
    BillOfLading,
    Classification,
    CommercialInvoice,
    Document,
    HandlingUnit,
    InvoiceLine,
    InvoiceTotals,
    Manifest,
    PackingLine,
    PackingList,
    Party,
)

_LINES = 20
_SELLER, _BUYER = Party(id="XB1", name="Tamarind Pumps Ltd"), Party(id="XA1", name="Alphaland Waterworks")

Paired = Callable[[Callable[[], Any], Callable[[], Any], float], tuple[float, float]]


def bench_papers(manifests: list[bytes], seconds: float, paired: Paired) -> Iterator[Figure]:
    """Commercial papers of so many lines in each form, and a bill of the synthetic country.

    Args:
        manifests: Where the bill comes from.
        seconds: How long to measure each form.
        paired: Times two pieces of work in turns.
    """
    forms: tuple[tuple[str, Document, Callable[[bytes], Any], str], ...] = (
        ("ubl-invoice", _invoice(), etree.fromstring, "lxml parsing"),
        ("cii", _invoice(), etree.fromstring, "lxml parsing"),
        ("ubl-packing", _packing_list(), etree.fromstring, "lxml parsing"),
        ("uncefact", _one_bill(manifests), json.loads, "json.loads"),
    )
    for name, document, parse, bare_name in forms:
        data = standards.write(document, name)
        if (refused := standards.read(data)).outcome == "refused":
            raise SenderError("The papers made for the bench are refused.", findings=refused.findings)
        whole, bare = paired(partial(standards.read, data), partial(parse, data), seconds)
        note = f"a message of {len(data) / 1024:.1f} KiB, read and checked"
        yield Figure(name=name, value=whole * 1e6, unit="µs CPU", note=note)
        yield Figure(name=f"{name} ratio", value=whole / bare, unit="×", note=f"of bare {bare_name}")


def _invoice() -> CommercialInvoice:
    price, total = Decimal("12.50"), Decimal("125.00")
    lines = tuple(
        InvoiceLine(
            id=str(number),
            description=f"Part {number}",
            classifications=(Classification(id="848420", type_code="HS"),),
            origin_country_code="KE",
            quantity=Decimal(10),
            quantity_unit="H87",
            unit_price=Amount(price, "USD"),
            amount=Amount(total, "USD"),
        )
        for number in range(1, _LINES + 1)
    )
    whole = Amount(total * _LINES, "USD")
    sums = InvoiceTotals(lines=whole, without_tax=whole, with_tax=whole, payable=whole)
    return CommercialInvoice(
        number="B-1", issued=date(2026, 2, 11), currency="USD", seller=_SELLER, buyer=_BUYER, totals=sums, lines=lines
    )


def _packing_list() -> PackingList:
    units = tuple(
        HandlingUnit(
            id=f"PALLET-{number}",
            packages=1,
            lines=(PackingLine(id="1", description=f"Part {number}", gross_mass_kg=Decimal(20)),),
        )
        for number in range(1, _LINES + 1)
    )
    return PackingList(number="P-1", consignor=_SELLER, packages=_LINES, gross_mass_kg=Decimal(500), units=units)


def _one_bill(manifests: list[bytes]) -> Manifest:
    documents = (standards.read(data).document for data in manifests)
    bills = (bill for document in documents if isinstance(document, Manifest) for bill in document.bills)
    bill = next(bills, BillOfLading(id="B-1"))
    return Manifest(
        voyage="017W",
        bills=(
            BillOfLading(
                id=bill.id or "B-1",
                consignor=bill.consignor,
                consignee=bill.consignee,
                loading_place=bill.loading_place,
                unloading_place=bill.unloading_place,
                goods_description=bill.goods_description,
                packaging=bill.packaging,
                gross_mass_kg=bill.gross_mass_kg,
                hs_codes=bill.hs_codes,
                equipment=bill.equipment,
            ),
        ),
    )
