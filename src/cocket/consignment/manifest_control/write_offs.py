# SPDX-License-Identifier: Apache-2.0
"""What declarations take from the stock of a manifest: one write-off a declaration and bill.

A declaration names its bills item by item, as previous documents, or once for the whole; by the bill's number, or by the
manifest and the line in it.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from decimal import Decimal

import msgspec

from cocket.consignment.manifest_control.stock import bill_number, count_of, kinds_of, plus
from cocket.consignment.paper import Paper
from cocket.consignment.references import keys
from cocket.model import Declaration, GovernmentAgencyGoodsItem, PreviousDocument, Reference
from cocket.model.declaration import Flow

#: Previous documents that are transport documents, master and house: SAD box 40 (category X) and UNCL 1001.
_TRANSPORT = frozenset(("703", "704", "705", "714", "720", "730", "740", "741"))
_HOUSES = frozenset(("703", "714"))
_SUMMARY = "X"


class Named(msgspec.Struct, frozen=True, gc=False):
    """One bill as a declaration names it.

    Attributes:
        number: Its number as numbers are compared; empty where only the line is named.
        as_written: As written, for people.
        is_house: Whether it is named as a house.
        manifest: Name of the manifest that is named in its stead; empty if none is.
        line: Line named beside it (1-based); None if none is.
    """

    number: str
    as_written: str
    is_house: bool = False
    manifest: str = ""
    line: int | None = None


class WriteOff(msgspec.Struct, frozen=True, gc=False, kw_only=True, omit_defaults=True):
    """What one declaration takes from one bill.

    Attributes:
        bill: The bill as it names it.
        message_id: The declaration.
        title: What people call the declaration.
        index: Its leaf index.
        flow: What it is for.
        is_of_host: Whether the host wrote it; a trader's own telling of the same goods does not count beside it.
        manifests: Manifests it names, in the form in which names are compared (0..n).
        packages: Packages (count); None where it does not say how many of this bill.
        kinds: Packages by kind, sorted by kind (0..n).
        gross_mass_kg: Gross mass; None likewise.
    """

    bill: Named
    message_id: str = ""
    title: str = ""
    index: int = 0
    flow: Flow = "import"
    is_of_host: bool = False
    manifests: tuple[str, ...] = ()
    packages: int | None = None
    kinds: tuple[tuple[str, int], ...] = ()
    gross_mass_kg: Decimal | None = None


class _Taken(msgspec.Struct, gc=False):
    """Quantities as they are summed over the items of one declaration."""

    packages: int | None = 0
    gross_mass_kg: Decimal | None = Decimal(0)
    kinds: dict[str, int] = {}


def write_offs_of(paper: Paper) -> tuple[WriteOff, ...]:
    """What one paper takes from stock.

    Args:
        paper: Any paper.

    Returns:
        One write-off a bill it names (0..n). Nothing of a paper that does not hold (refused, superseded, cancelled), or
        that only announces goods (entry summary).
    """
    declaration = paper.declaration
    if declaration is None or not paper.speaks or declaration.flow == "cargo-report":
        return ()
    taken = _of_items(declaration)
    if len(taken) == 1:
        taken = {bill: _as_declared(declaration, one) for bill, one in taken.items()}
    whole = WriteOff(
        bill=Named("", ""),
        message_id=paper.message_id,
        title=title_of(declaration) or paper.message_id,
        index=paper.index,
        flow=declaration.flow,
        is_of_host=declaration.status is not None,
        manifests=manifests_named(declaration),
    )
    return tuple(
        msgspec.structs.replace(
            whole, bill=bill, packages=one.packages, kinds=tuple(sorted(one.kinds.items())), gross_mass_kg=one.gross_mass_kg
        )
        for bill, one in taken.items()
    )  # fmt: skip


def title_of(declaration: Declaration) -> str | None:
    """What people call a declaration: its number, else the declarant's own; None if it has neither."""
    return declaration.id or declaration.functional_reference


def manifests_named(declaration: Declaration) -> tuple[str, ...]:
    """Manifests that a declaration names, in the form in which names are compared (0..n)."""
    names = [*declaration.references, *(name for item in declaration.shipment.items for name in item.references)]
    told = (name for name in names if name.kind == "MANIFEST")
    return tuple(dict.fromkeys(key.value for name in told for key in keys((name,), "")))


def _of_items(declaration: Declaration) -> dict[Named, _Taken]:
    shipment = declaration.shipment
    office = declaration.office.code
    previous = (*declaration.previous_documents, *shipment.previous_documents)
    general = _bills_named(previous, declaration.references, office)
    taken: dict[Named, _Taken] = {}
    for item in shipment.items:
        bills = _bills_named(item.previous_documents, item.references, office) or general
        for bill in bills:
            into = taken.setdefault(bill, _Taken())
            _add(into, item, bill, is_all=len(bills) == 1)
    for bill in general if not taken else ():
        taken[bill] = _Taken(packages=None, gross_mass_kg=None)
    return taken


def _bills_named(
    documents: Sequence[PreviousDocument], references: Iterable[Reference], office: str | None
) -> tuple[Named, ...]:
    """The bills that one item, or the whole, names; houses alone if it names any, as a master beside them only groups."""
    found = list(dict.fromkeys(_documents(documents, office)))
    known = {bill.number for bill in found}
    for name in references:
        if name.kind in ("BL", "HBL") and (number := bill_number(name.value)) and number not in known:
            found.append(Named(number, name.value, name.kind == "HBL"))
            known.add(number)
    houses = tuple(bill for bill in found if bill.is_house)
    return houses or tuple(found)


def _documents(documents: Sequence[PreviousDocument], office: str | None) -> Iterator[Named]:
    for document in documents:
        if not document.id or not (document.category_code == _SUMMARY or document.type_code in _TRANSPORT):
            continue
        number = bill_number(document.id)
        if number is None:
            continue
        is_house = document.type_code in _HOUSES
        manifest = keys((Reference("MANIFEST", document.id, office),), "") if document.line is not None else ()
        yield Named(number, document.id, is_house, manifest[0].value if manifest else "", document.line)


def _add(into: _Taken, item: GovernmentAgencyGoodsItem, bill: Named, *, is_all: bool) -> None:
    """Add what an item takes from a bill: what it says it takes, else all of it if it names no other bill."""
    stated = next(
        (
            document.written_off
            for document in item.previous_documents
            if document.written_off and document.id and bill_number(document.id) == bill.number
        ),
        None,
    )
    if stated is not None:
        into.packages, into.gross_mass_kg = (
            plus(into.packages, stated.packages),
            plus(into.gross_mass_kg, stated.mass_kg),
        )
        return
    if not is_all:
        into.packages = into.gross_mass_kg = None
        return
    into.packages = plus(into.packages, count_of(item.packaging))
    into.gross_mass_kg = plus(into.gross_mass_kg, item.commodity.gross_mass_kg)
    for kind, number in kinds_of(item.packaging):
        into.kinds[kind] = into.kinds.get(kind, 0) + number


def _as_declared(declaration: Declaration, summed: _Taken) -> _Taken:
    """Of the one bill a declaration names it takes all that it declares, if it states that apart from its items."""
    if any(document.written_off for item in declaration.shipment.items for document in item.previous_documents):
        return summed
    packages, mass = declaration.packages_declared, declaration.gross_mass_kg_declared
    return _Taken(
        packages=summed.packages if packages is None else packages,
        gross_mass_kg=summed.gross_mass_kg if mass is None else mass,
        kinds=summed.kinds,
    )
