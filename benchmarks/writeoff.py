# SPDX-License-Identifier: Apache-2.0
"""Writing a manifest of a million lines off, beside a bare join of the same lines by a dictionary."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import TypeVar

from benchmarks.figures import Figure
from cocket.consignment import Paper
from cocket.consignment.manifest_control import (
    BillKey,
    Named,
    StockLine,
    Terms,
    Voyage,
    WriteOff,
    control,
    controlled,
    counts_of,
)
from cocket.model import (
    BillOfLading,
    CustomsOffice,
    Declaration,
    GoodsShipment,
    GovernmentAgencyGoodsItem,
    HostStatus,
    Manifest,
    Packaging,
    Reference,
    TransportEquipment,
)

Made = TypeVar("Made")

_LINES = 1_000_000
_SAMPLE = 20_000
_NOW = datetime(2026, 12, 24, tzinfo=UTC)
_VOYAGE = Voyage(title="2026 1", names=("XA100000/2026/1",), office="XA100000", arrives=date(2026, 11, 20))


def bench_writeoff(seconds: float) -> Iterator[Figure]:
    """A million bills with as many declarations, and 20,000 taken from their papers on; it runs as long as it takes."""
    stock, taken = _stock(_LINES), _write_offs(_LINES)
    bare, _ = _timed(lambda: _bare(stock, taken))
    whole, found = _timed(lambda: controlled(_VOYAGE, stock, taken, (_NOW, Terms())))
    counts = counts_of(found)
    yield Figure(
        name="write-off", value=whole, unit="s", note=f"{_LINES:,} bills and {len(taken):,} write-offs; budget 60"
    )
    yield Figure(name="a line", value=whole / _LINES * 1e6, unit="µs")
    yield Figure(name="bare dictionary join", value=bare, unit="s", note="sums of packages and mass alone, by number")
    yield Figure(name="ratio", value=whole / bare, unit="×", note="accounts, states and every check included")
    yield Figure(name="findings", value=counts["findings"], unit="warnings", note=f"{_FAULTY_OF} planted")
    papers = _papers(_SAMPLE)
    read, _ = _timed(lambda: control(papers, _VOYAGE.names[0], _NOW))
    yield Figure(
        name="from papers", value=read / _SAMPLE * 1e6, unit="µs a bill", note=f"{_SAMPLE:,} bills, each declared"
    )


def _stock(lines: int) -> dict[BillKey, StockLine]:
    return {
        (key := BillKey(f"CKT{n:08d}")): StockLine(
            key=key,
            number=key.number,
            line=n,
            nature="23",
            packages=10 + n % 90,
            kinds=(("CT", 10 + n % 90),),
            gross_mass_kg=Decimal(1000 + n % 9000),
            equipment=(f"CKTU{n:07d}",),
        )
        for n in range(lines)
    }


#: One line in a thousand is taken twice, one is not declared.
_FAULTY_OF = _LINES // 1000 * 2


def _write_offs(lines: int) -> list[WriteOff]:
    return [
        WriteOff(
            bill=Named(f"CKT{n:08d}", f"CKT{n:08d}"),
            message_id=f"m{n}.{turn}",
            title=f"XA100000/2026/C/{n}",
            index=n,
            is_of_host=True,
            packages=10 + n % 90,
            kinds=(("CT", 10 + n % 90),),
            gross_mass_kg=Decimal(1000 + n % 9000),
        )
        for n in range(lines)
        for turn in range(0 if n % 1000 == 1 else 2 if n % 1000 == 2 else 1)
    ]


def _bare(stock: dict[BillKey, StockLine], taken: list[WriteOff]) -> dict[str, tuple[int, Decimal]]:
    left = {line.key.number: (line.packages or 0, line.gross_mass_kg or Decimal(0)) for line in stock.values()}
    for one in taken:
        packages, mass = left[one.bill.number]
        left[one.bill.number] = packages - (one.packages or 0), mass - (one.gross_mass_kg or Decimal(0))
    return left


def _papers(lines: int) -> list[Paper]:
    bills = tuple(
        BillOfLading(
            id=f"CKT{n:08d}",
            line=n,
            nature_code="23",
            packaging=(Packaging(quantity=10, type_code="CT"),),
            gross_mass_kg=Decimal(1000),
            equipment=(TransportEquipment(id=f"CKTU{n:07d}"),),
        )
        for n in range(lines)
    )
    office = CustomsOffice(code="XA100000")
    manifest = Manifest(office=office, registration="2026 1", arrives=_VOYAGE.arrives, bills=bills)
    declarations = (_declaration(n, office) for n in range(lines))
    return [_paper(0, manifest), *(_paper(n, each) for n, each in enumerate(declarations, start=1))]


def _declaration(number: int, office: CustomsOffice) -> Declaration:
    item = GovernmentAgencyGoodsItem(packaging=(Packaging(quantity=10, type_code="CT"),))
    return Declaration(
        id=f"XA100000/2026/C/{number}",
        flow="import",
        office=office,
        packages_declared=10,
        gross_mass_kg_declared=Decimal(1000),
        shipment=GoodsShipment(items=(item,)),
        status=HostStatus(),
        references=(Reference("BL", f"CKT{number:08d}"),),
    )


def _paper(index: int, document: Manifest | Declaration) -> Paper:
    return Paper(message_id=f"m{index}", index=index, received=_NOW, sender="host", document=document)


def _timed(work: Callable[[], Made]) -> tuple[float, Made]:
    """CPU seconds of one run, and what it made."""
    started = time.process_time()
    made = work()
    return time.process_time() - started, made
