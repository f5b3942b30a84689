# SPDX-License-Identifier: Apache-2.0
"""The stock of a manifest: one line a transport document, taken from all papers that report it.

A manifest, what is appended to it, a co-loader's part and the degroupage of its masters are one stock, as they share
the manifest's name. A bill reported again is as it was reported last.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from functools import lru_cache
from typing import NamedTuple, TypeVar

import msgspec

from cocket.consignment.paper import Paper, equipment_name, said_at
from cocket.consignment.references import keys
from cocket.model import BillOfLading, Manifest, Packaging, Reference

Quantity = TypeVar("Quantity", int, Decimal)


class BillKey(NamedTuple):
    """What tells one bill of a manifest from another: a house may bear the number of a master.

    Attributes:
        number: The number as numbers are compared; `line/N` for a bill that has none.
        is_house: Whether it stands under a master.
    """

    number: str
    is_house: bool = False


class StockLine(msgspec.Struct, frozen=True, gc=False, kw_only=True, omit_defaults=True):
    """What one transport document brings into stock.

    Attributes:
        key: Its number, and whether it is a house.
        number: Its number as written; None if it has none.
        line: Line on its manifest (1-based); None where not stated.
        master: Number of its master as numbers are compared; None if it stands under none.
        nature: 22 export, 23 import, 24 transit, 28 transhipment; None where not stated.
        packages: Packages (count); None where not stated.
        kinds: Packages by kind, sorted by kind (0..n); those of no stated kind are under "".
        gross_mass_kg: Gross mass; None where not stated.
        equipment: Containers in canonical form, sorted (0..n).
        seals: Container and seal, sorted (0..n).
        part_loads: Those of `equipment` said to be shared with other bills (0..n).
        consignee: Consignee in words; None where not stated.
        goods: Words on the goods; None where not stated.
        message_id: The paper that reports it.
        part: Its place in that paper (1-based).
        landed_packages: Packages landed (count), where a report after arrival tells; None while none does.
        landed_mass_kg: Gross mass landed; None likewise.
    """

    key: BillKey
    number: str | None = None
    line: int | None = None
    master: str | None = None
    nature: str | None = None
    packages: int | None = None
    kinds: tuple[tuple[str, int], ...] = ()
    gross_mass_kg: Decimal | None = None
    equipment: tuple[str, ...] = ()
    seals: tuple[tuple[str, str], ...] = ()
    part_loads: tuple[str, ...] = ()
    consignee: str | None = None
    goods: str | None = None
    message_id: str = ""
    part: int = 1
    landed_packages: int | None = None
    landed_mass_kg: Decimal | None = None

    @property
    def stock_packages(self) -> int | None:
        """Packages that may be written off: those landed if that is told, else those manifested."""
        return sound(self.packages if self.landed_packages is None else self.landed_packages)

    @property
    def stock_mass_kg(self) -> Decimal | None:
        """Gross mass that may be written off, likewise."""
        return sound(self.gross_mass_kg if self.landed_mass_kg is None else self.landed_mass_kg)

    @property
    def title(self) -> str:
        """What people call it."""
        return self.number or self.key.number


#: What containers of several bills are marked as; national lists differ, these letters are in many of them.
_PART_LOADS = frozenset(("LCL", "PRT", "PART", "P", "LTL"))


def names_of_manifest(manifest: Manifest) -> tuple[str, ...]:
    """Every name of a manifest in the form in which names are compared.

    Args:
        manifest: A manifest, or a part or degroupage of one.

    Returns:
        Office with voyage and day of departure, office with year and number, and whatever else it is called (0..n).
    """
    office = manifest.office.code
    told = [name for name in manifest.references if name.kind == "MANIFEST"]
    if office and manifest.voyage and manifest.departed:
        told.append(Reference("MANIFEST", f"{office}/{manifest.voyage}/{manifest.departed}"))
    if office and manifest.registration:
        told.append(Reference("MANIFEST", manifest.registration, office))
    return tuple(dict.fromkeys(key.value for name in told for key in keys((name,), "")))


@lru_cache(maxsize=1 << 16)
def bill_number(number: str) -> str | None:
    """A transport document's number as numbers are compared; None of a filler such as `TBA`.

    Args:
        number: As written.
    """
    found = keys((Reference("BL", number),), "")
    return found[0].value if found else None


def end_of_arrival(manifest: Manifest) -> datetime | None:
    """The end of the day of arrival in UTC, after which a report tells what was landed; None where no day is stated."""
    return None if manifest.arrives is None else end_of(manifest.arrives)


def end_of(day: date) -> datetime:
    """The first moment after a day, UTC."""
    return datetime.combine(day, time(tzinfo=UTC)) + timedelta(days=1)


def stock_of(papers: Sequence[Paper]) -> dict[BillKey, StockLine]:
    """The stock lines of one manifest.

    Args:
        papers: Its papers in the order in which they were said (`Paper.order`), whole, superseded and refused ones too.

    Returns:
        One line a bill, in the order of first report; each as last reported by a paper that holds.
    """
    found: dict[BillKey, StockLine] = {}
    for paper in papers:
        if not paper.speaks or not isinstance(paper.document, Manifest):
            continue
        reported = lines_of(paper.document, paper.message_id)
        before = _reported_before_arrival(paper, papers)
        if before is not None:
            reported = _landed(lines_of(before, paper.message_id), reported)
        found |= reported
    return found


def lines_of(manifest: Manifest, message_id: str = "") -> dict[BillKey, StockLine]:
    """The stock lines that one paper reports.

    Args:
        manifest: A manifest, or a part or degroupage of one.
        message_id: The paper.

    Returns:
        One line a bill; a number that stands on several lines is one bill, and its quantities are summed.
    """
    found: dict[BillKey, StockLine] = {}
    for part, bill in enumerate(manifest.bills, start=1):
        made = _line(manifest, bill, part, message_id)
        first = found.get(made.key)
        found[made.key] = made if first is None else _joined(first, made)
    return found


def _line(manifest: Manifest, bill: BillOfLading, part: int, message_id: str) -> StockLine:
    master = bill.master_id or manifest.master_id
    above = bill_number(master) if master else None
    is_house = bill.level == "house" or (bill.level is None and above is not None)
    number = (bill_number(bill.id) if bill.id else None) or f"line/{bill.line or part}"
    return StockLine(
        key=BillKey(number, is_house),
        number=bill.id,
        line=bill.line,
        master=above if is_house else None,
        nature=bill.nature_code,
        packages=count_of(bill.packaging),
        kinds=kinds_of(bill.packaging),
        gross_mass_kg=bill.gross_mass_kg,
        equipment=tuple(sorted({equipment_name(unit.id) for unit in bill.equipment})) if bill.equipment else (),
        seals=tuple(sorted({(equipment_name(unit.id), seal.id.upper()) for unit in bill.equipment for seal in unit.seals})),
        part_loads=tuple(equipment_name(u.id) for u in bill.equipment if (u.fullness_code or "").upper() in _PART_LOADS),
        consignee=(bill.consignee.name or bill.consignee.id) if bill.consignee else None,
        goods=bill.goods_description,
        message_id=message_id,
        part=part,
    )  # fmt: skip


def count_of(packaging: Sequence[Packaging]) -> int | None:
    """Packages in all (count); None if none is stated, or one of several is not."""
    if not packaging or any(one.quantity is None for one in packaging):
        return None
    return sum(one.quantity or 0 for one in packaging)


def kinds_of(packaging: Iterable[Packaging]) -> tuple[tuple[str, int], ...]:
    """Packages by kind, sorted by kind (0..n); those of no stated kind are under ""."""
    found: dict[str, int] = {}
    for one in packaging:
        if one.quantity is not None:
            kind = (one.type_code or "").strip().upper()
            found[kind] = found.get(kind, 0) + one.quantity
    return tuple(sorted(found.items()))


def sound(quantity: Quantity | None) -> Quantity | None:
    """A quantity that can be one; a negative one is none, lest it give stock back that was never there."""
    return None if quantity is None or quantity < 0 else quantity


def plus(one: Quantity | None, other: Quantity | None) -> Quantity | None:
    """The sum of two quantities; None if either is not known."""
    return None if one is None or other is None else one + other


def _joined(one: StockLine, other: StockLine) -> StockLine:
    return msgspec.structs.replace(
        one,
        packages=plus(one.packages, other.packages),
        kinds=_kinds_together(one, other),
        gross_mass_kg=plus(one.gross_mass_kg, other.gross_mass_kg),
        equipment=tuple(sorted({*one.equipment, *other.equipment})),
        seals=tuple(sorted({*one.seals, *other.seals})),
        part_loads=(*one.part_loads, *other.part_loads),
    )


def _kinds_together(one: StockLine, other: StockLine) -> tuple[tuple[str, int], ...]:
    summed = dict(one.kinds)
    for kind, number in other.kinds:
        summed[kind] = summed.get(kind, 0) + number
    return tuple(sorted(summed.items()))


def _reported_before_arrival(paper: Paper, papers: Sequence[Paper]) -> Manifest | None:
    """What this paper had said before the ship came in, if it now says what was landed; None if it does not."""
    manifest = paper.document
    arrived = end_of_arrival(manifest) if isinstance(manifest, Manifest) else None
    if arrived is None or said_at(manifest, paper.received) < arrived:
        return None
    earlier = [
        other
        for other in papers
        if other.standing == "superseded" and other.function != "cancellation" and _is_version_of(other, paper)
    ]
    ahead = [other for other in earlier if said_at(other.document, other.received) < arrived] or earlier[:1]
    return ahead[-1].document if ahead and isinstance(ahead[-1].document, Manifest) else None


def _is_version_of(one: Paper, other: Paper) -> bool:
    if one.order >= other.order or (one.sender, one.standard) != (other.sender, other.standard):
        return False
    mine, theirs = one.document, other.document
    return (
        isinstance(mine, Manifest)
        and isinstance(theirs, Manifest)
        and (mine.kind, mine.master_id) == (theirs.kind, theirs.master_id)
        and not set(names_of_manifest(mine)).isdisjoint(names_of_manifest(theirs))
    )


def _landed(manifested: dict[BillKey, StockLine], landed: dict[BillKey, StockLine]) -> dict[BillKey, StockLine]:
    """The bills as manifested, with what was landed of each; one landed that nobody had manifested had nothing."""
    together: dict[BillKey, StockLine] = {}
    for key in (*manifested, *(key for key in landed if key not in manifested)):
        before, after = manifested.get(key), landed.get(key)
        whole = after or manifested[key]
        together[key] = msgspec.structs.replace(
            whole,
            packages=before.packages if before else 0,
            kinds=before.kinds if before else (),
            gross_mass_kg=before.gross_mass_kg if before else Decimal(0),
            landed_packages=after.packages if after else 0,
            landed_mass_kg=after.gross_mass_kg if after else Decimal(0),
        )
    return together
