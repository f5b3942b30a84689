# SPDX-License-Identifier: Apache-2.0
"""Faults of manifest control, planted in the papers of the synthetic country, with the truth known.

What is planted changes one bill each, chosen among those whose papers agree, so that nothing else is to be found there.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from decimal import Decimal
from random import Random
from typing import Literal

import msgspec

from cocket.consignment.manifest_control import bill_number
from cocket.model import (
    BillOfLading,
    Declaration,
    GovernmentAgencyGoodsItem,
    HostStatus,
    Manifest,
    Packaging,
    Reference,
)

Kind = Literal["short", "over-landed", "over", "undeclared", "double-used", "unknown-bill"]

#: What is planted → code of the finding that is to tell of it.
CODES: dict[Kind, str] = {
    "short": "bill-short-landed",
    "over-landed": "bill-over-landed",
    "over": "declared-more-than-manifested",
    "undeclared": "bill-undeclared",
    "double-used": "bill-used-twice",
    "unknown-bill": "declared-on-unknown-bill",
}


class Fault(msgspec.Struct, frozen=True, order=True):
    """The truth about one planted fault.

    Attributes:
        kind: What was planted.
        bill: Number of the bill.
        manifest: Voyage of its manifest.
    """

    kind: Kind
    bill: str
    manifest: str


class Cargo(msgspec.Struct, frozen=True, kw_only=True):
    """The papers of a country's manifest control.

    Attributes:
        manifests: As first handed in (0..n).
        outturns: Of some of them, what was landed: the same manifest amended after arrival (0..n).
        declarations: Declarations that hold (0..n).
    """

    manifests: tuple[Manifest, ...]
    outturns: tuple[Manifest, ...] = ()
    declarations: tuple[Declaration, ...] = ()


class _Hand:
    """Changes papers, one fault at a time."""

    def __init__(self, cargo: Cargo) -> None:
        self.manifests = list(cargo.manifests)
        self.outturns: dict[int, Manifest] = {}
        self.declarations = list(cargo.declarations)

    def short(self, place: int, bill: BillOfLading, declared: int) -> None:
        """A fifth of the packages was not landed, and what was landed is declared."""
        self._land(place, _share(bill, Decimal("0.8")))
        self.declarations[declared] = _scaled(self.declarations[declared], Decimal("0.8"), bill)

    def over_landed(self, place: int, bill: BillOfLading, declared: int) -> None:
        """A quarter more packages was landed, and all of them are declared."""
        self._land(place, _share(bill, Decimal("1.25")))
        self.declarations[declared] = _scaled(self.declarations[declared], Decimal("1.25"), bill)

    def over(self, place: int, bill: BillOfLading, declared: int) -> None:
        """A quarter more packages is declared than the bill has."""
        self.declarations[declared] = _scaled(self.declarations[declared], Decimal("1.25"), bill)

    def undeclared(self, place: int, bill: BillOfLading, declared: int) -> None:
        """Nobody declares the bill."""
        self.declarations[declared] = Declaration()

    def double_used(self, place: int, bill: BillOfLading, declared: int) -> None:
        """A second declaration uses the bill again."""
        first = self.declarations[declared]
        number = f"{first.id or first.functional_reference}-2"
        self.declarations.append(
            msgspec.structs.replace(
                first,
                id=number if first.id else None,
                functional_reference=number,
                references=tuple(name for name in first.references if name.kind not in ("SAD", "LRN")),
            )
        )

    def unknown_bill(self, place: int, bill: BillOfLading, declared: int) -> None:
        """The bill is left out of its manifest, though it is declared there."""
        manifest = self.manifests[place]
        left = tuple(other for other in manifest.bills if other.id != bill.id)
        self.manifests[place] = msgspec.structs.replace(manifest, bills=left)

    def _land(self, place: int, landed: BillOfLading) -> None:
        manifest = self.outturns.get(place, self.manifests[place])
        bills = tuple(landed if other.id == landed.id else other for other in manifest.bills)
        self.outturns[place] = msgspec.structs.replace(manifest, bills=bills)


Act = Callable[[_Hand, int, BillOfLading, int], None]

_ACTS: dict[Kind, Act] = {
    "short": _Hand.short,
    "over-landed": _Hand.over_landed,
    "over": _Hand.over,
    "undeclared": _Hand.undeclared,
    "double-used": _Hand.double_used,
    "unknown-bill": _Hand.unknown_bill,
}


def plant(cargo: Cargo, seed: int, each: int = 2) -> tuple[Cargo, tuple[Fault, ...]]:
    """Plant faults of every kind.

    Args:
        cargo: Papers of the country; any number of faults may be in them already.
        seed: Decides which bills; the same seed plants the same faults.
        each: Faults of each kind (count); fewer if there are not enough bills that agree.

    Returns:
        The changed papers, and the truth, sorted.
    """
    dice = Random(f"{seed}:manifest-faults")
    places = _agreeing(cargo)
    dice.shuffle(places)
    hand = _Hand(cargo)
    faults: list[Fault] = []
    wanted: list[Kind] = [kind for kind in sorted(_ACTS, key=_leaves_manifest_last) for _ in range(each)]
    for kind, (place, bill, declared) in zip(wanted, places, strict=False):
        _ACTS[kind](hand, place, bill, declared)
        faults.append(Fault(kind, bill.id or "", hand.manifests[place].voyage or ""))
    changed = Cargo(
        manifests=tuple(hand.manifests),
        outturns=tuple(hand.outturns.values()),
        declarations=tuple(one for one in hand.declarations if one != Declaration()),
    )
    return changed, tuple(sorted(faults))


def _leaves_manifest_last(kind: Kind) -> tuple[bool, str]:
    """Outturns repeat the manifest as it then stands, so bills are left out of it before."""
    return kind != "unknown-bill", kind


def _agreeing(cargo: Cargo) -> list[tuple[int, BillOfLading, int]]:
    """Bills with one declaration that says the same: place of the manifest, bill, place of the declaration."""
    by_bill = _declared(cargo.declarations)
    uses = Counter(bill.id for manifest in cargo.manifests for bill in manifest.bills)
    found = []
    for place, manifest in enumerate(cargo.manifests):
        for bill in manifest.bills:
            declared = by_bill.get(bill_number(bill.id or "") or "", [])
            is_alone = len(declared) == 1 and uses[bill.id] == 1 and (bill.packaging[0].quantity or 0) >= 10
            if is_alone and _agrees(bill, cargo.declarations[declared[0]]):
                found.append((place, bill, declared[0]))
    return found


def _declared(declarations: Sequence[Declaration]) -> Mapping[str, list[int]]:
    found: dict[str, list[int]] = {}
    for place, declaration in enumerate(declarations):
        for number in {bill_number(name) for name in _bills_of(declaration)} - {None}:
            found.setdefault(number or "", []).append(place)
    return found


def _bills_of(declaration: Declaration) -> list[str]:
    items = declaration.shipment.items
    names: list[Reference] = [*declaration.references, *(name for item in items for name in item.references)]
    return [name.value for name in names if name.kind in ("BL", "HBL")]


def _agrees(bill: BillOfLading, declaration: Declaration) -> bool:
    mass, declared = bill.gross_mass_kg, declaration.gross_mass_kg_declared
    is_of_host = declaration.status is not None and declaration.status != HostStatus()
    return (
        is_of_host
        and declaration.packages_declared == sum(one.quantity or 0 for one in bill.packaging)
        and mass is not None
        and declared is not None
        and abs(mass - declared) <= 1
    )


def _share(bill: BillOfLading, share: Decimal) -> BillOfLading:
    """The bill with a share of its packages and mass."""
    packages = sum(one.quantity or 0 for one in bill.packaging)
    first = msgspec.structs.replace(bill.packaging[0], quantity=int(packages * share))
    mass = None if bill.gross_mass_kg is None else (bill.gross_mass_kg * share).quantize(Decimal("0.01"))
    return msgspec.structs.replace(bill, packaging=(first,), gross_mass_kg=mass)


def _scaled(declaration: Declaration, share: Decimal, bill: BillOfLading) -> Declaration:
    """The declaration of that share of the bill: its first item takes what changes, so that its sums hold."""
    landed = _share(bill, share)
    packages = landed.packaging[0].quantity or 0
    mass = landed.gross_mass_kg or Decimal(0)
    items = declaration.shipment.items
    first = _item_with(items[0], packages - sum(_count(item) for item in items[1:]), mass - _mass(items[1:]))
    shipment = msgspec.structs.replace(declaration.shipment, items=(first, *items[1:]))
    return msgspec.structs.replace(
        declaration, packages_declared=packages, gross_mass_kg_declared=mass, shipment=shipment
    )


def _item_with(item: GovernmentAgencyGoodsItem, packages: int, mass: Decimal) -> GovernmentAgencyGoodsItem:
    kind = item.packaging[0] if item.packaging else Packaging()
    net = item.commodity.net_mass_kg
    commodity = msgspec.structs.replace(
        item.commodity, gross_mass_kg=mass, net_mass_kg=None if net is None else min(net, mass)
    )
    packaging = (msgspec.structs.replace(kind, quantity=packages),)
    return msgspec.structs.replace(item, packaging=packaging, commodity=commodity)


def _count(item: GovernmentAgencyGoodsItem) -> int:
    return sum(one.quantity or 0 for one in item.packaging)


def _mass(items: Sequence[GovernmentAgencyGoodsItem]) -> Decimal:
    return sum((item.commodity.gross_mass_kg or Decimal(0) for item in items), Decimal(0))
