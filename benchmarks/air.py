# SPDX-License-Identifier: Apache-2.0
"""Reading and checking bills of manifests as messages of air cargo, each beside bare parsing of the same bytes."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from functools import partial
from typing import Any

from lxml import etree
from msgspec import structs

from benchmarks.figures import Figure
from cocket import standards
from cocket.errors import SenderError
from cocket.model import BillOfLading, Manifest, PackageTotals, Packaging, TransportMeans

_BILLS = 40
_BEGIN = datetime(2026, 11, 24, 6, tzinfo=UTC)

Paired = Callable[[Callable[[], Any], Callable[[], Any], float], tuple[float, float]]


def bench_air(manifests: list[bytes], seconds: float, paired: Paired) -> Iterator[Figure]:
    """Waybills, lists of houses and flights in each form.

    Args:
        manifests: Where the bills come from.
        seconds: How long to measure each form.
        paired: Times two pieces of work in turns.
    """
    documents = [document for data in manifests if isinstance(document := standards.read(data).document, Manifest)]
    bills = [bill for document in documents for bill in document.bills]
    masters = tuple(_by_air(bills[number % len(bills)], number) for number in range(_BILLS))
    houses = tuple(structs.replace(bill, id=f"HOUSE{number}", level="house") for number, bill in enumerate(masters))
    means = TransportMeans(mode_code="4", voyage="CX0197")
    flight = Manifest(
        voyage="CX0197", departed=_BEGIN.date(), departure_place="HKG", issued=_BEGIN, transport=means, bills=masters
    )
    count = sum(each.quantity or 0 for bill in masters for each in bill.packaging)
    totals = PackageTotals(packages=count, gross_mass_kg=sum(bill.gross_mass_kg or 0 for bill in masters))  # type: ignore[arg-type]
    listed = structs.replace(
        flight, kind="degroupage", master_id=masters[0].id, destination_place="AKL", totals=totals, bills=houses
    )
    few = structs.replace(masters[0], packaging=(Packaging(quantity=20),))
    record = structs.replace(flight, bills=(few,))  # each piece is an object of its own
    single, house = structs.replace(flight, bills=masters[:1]), structs.replace(flight, bills=houses[:1])
    forms: tuple[tuple[str, Manifest, Callable[[bytes], Any], str], ...] = (
        ("cargo-xml-xfwb", single, etree.fromstring, "lxml parsing"),
        ("cargo-xml-xfzb", house, etree.fromstring, "lxml parsing"),
        ("cargo-xml-xfhl", listed, etree.fromstring, "lxml parsing"),
        ("cargo-xml-xffm", flight, etree.fromstring, "lxml parsing"),
        ("cargo-imp-fwb", single, _split, "splitting at the marks"),
        ("cargo-imp-fhl", listed, _split, "splitting at the marks"),
        ("cargo-imp-ffm", flight, _split, "splitting at the marks"),
        ("one-record", record, json.loads, "json.loads"),
    )
    for name, document, parse, bare_name in forms:
        data = standards.write(document, name)
        if (refused := standards.read(data)).outcome == "refused":
            raise SenderError("A message made for the bench is refused.", findings=refused.findings)
        whole, bare = paired(partial(standards.read, data), partial(parse, data), seconds)
        each = len(document.bills)
        note = f"a bill of a message of {each}, {len(data) / 1024:.1f} KiB, read and checked"
        yield Figure(name=name, value=whole / each * 1e6, unit="µs CPU", note=note)
        yield Figure(name=f"{name} ratio", value=whole / bare, unit="×", note=f"of bare {bare_name}")


def _by_air(bill: BillOfLading, number: int) -> BillOfLading:
    """A bill as one of a waybill by air, with a number of its own; a party with a long name keeps its beginning."""
    serial = 1_000_000 + number
    return BillOfLading(
        id=f"160-{serial}{serial % 7}",
        consignor=bill.consignor and structs.replace(bill.consignor, address=bill.consignor.address[:1], contact=None),
        consignee=bill.consignee and structs.replace(bill.consignee, address=bill.consignee.address[:1], contact=None),
        loading_place="HKG",
        unloading_place="AKL",
        goods_description=bill.goods_description or "GOODS",
        packaging=bill.packaging,
        gross_mass_kg=bill.gross_mass_kg,
        hs_codes=bill.hs_codes,
        handling_codes=("SPX",),
    )


def _split(message: bytes) -> list[list[str]]:
    return [line.split("/") for line in message.decode("latin-1").splitlines()]
