# SPDX-License-Identifier: Apache-2.0
"""What the elements of Cargo-XML must say of each other: numbers of waybills, places, sums, security.

Source: IATA Cargo-XML; IATA Resolution 600a; ICAO Consignment Security Declaration.
"""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal

from cocket.findings import Finding
from cocket.model import BillOfLading, Manifest
from cocket.standards.air import check_number, check_place, check_security, finding
from cocket.standards.cargo_xml.lists import HOUSES, consignments
from cocket.standards.cargo_xml.parts import KILOGRAMS, measure_at, pieces_of
from cocket.standards.cargo_xml.waybill import BUSINESS, MASTER
from cocket.standards.leaves import Leaves
from cocket.standards.placi import check_placi

_CODE = "cargo-xml"
_TOLERANCE = Decimal("0.01")


def check_waybill(manifest: Manifest, leaves: Leaves, *, is_placi: bool) -> Iterator[Finding]:
    """The rules of XFWB and XFZB (0..n).

    Args:
        manifest: What was read.
        leaves: The whole message.
        is_placi: Whether it is pre-loading information.

    Source: IATA Cargo-XML, XFWB 5.00 and XFZB 4.00.
    """
    bill = manifest.bills[0]
    where = f"{BUSINESS}ID[1]"
    if bill.level == "house":
        yield from check_number(_CODE, bill.master_id, f"{MASTER}TransportContractDocument[1]/ID[1]")
        around = f"{MASTER}IncludedHouseConsignment[1]/"
    else:
        yield from check_number(_CODE, bill.id, where)
        around = MASTER
    yield from _places(bill, around)
    yield from check_security(_CODE, bill, f"{around[:-1]}")
    yield from _sums(bill, leaves, around)
    if is_placi:
        yield from check_placi(bill, f"{around[:-1]}")


def check_list(manifest: Manifest, leaves: Leaves, *, is_placi: bool) -> Iterator[Finding]:
    """The rules of XFHL and XFFM (0..n).

    Args:
        manifest: What was read.
        leaves: The whole message.
        is_placi: Whether it is pre-loading information.

    Source: IATA Cargo-XML, XFHL 3.00 and XFFM 4.00.
    """
    is_houses = manifest.kind == "degroupage"
    places = list(leaves.each(HOUSES)) if is_houses else [each for _, _, each in consignments(leaves)]
    if is_houses:
        yield from check_number(_CODE, manifest.master_id, f"{MASTER}TransportContractDocument[1]/ID[1]")
    for where, bill in zip(places, manifest.bills, strict=True):
        if not is_houses:
            yield from check_number(_CODE, bill.id, where)
        yield from check_security(_CODE, bill, where)
        if is_placi and is_houses:
            yield from check_placi(bill, where)
    yield from _totals(manifest)


def _places(bill: BillOfLading, around: str) -> Iterator[Finding]:
    yield from check_place(_CODE, bill.loading_place, f"{around}OriginLocation[1]/ID[1]")
    yield from check_place(_CODE, bill.unloading_place, f"{around}FinalDestinationLocation[1]/ID[1]")


def _sums(bill: BillOfLading, leaves: Leaves, around: str) -> Iterator[Finding]:
    """Pieces and mass of the items against those of the whole."""
    ratings = [f"{each}/IncludedMasterConsignmentItem" for each in leaves.each(f"{around}ApplicableRating")]
    if len(ratings) > 1:
        return  # each rating tells of the same goods
    names = ratings or [f"{around}IncludedHouseConsignmentItem"]
    items = [item for name in names for item in leaves.each(name)]
    pieces = [leaves.peek(f"{item}/PieceQuantity[1]") for item in items]
    masses = [measure_at(leaves, f"{item}/GrossWeightMeasure[1]", KILOGRAMS) for item in items]
    whole = pieces_of(bill.packaging)
    counts = [int(text) for text in pieces if text and text.isascii() and text.isdecimal() and len(text) < 10]
    if items and len(counts) == len(items) and whole is not None and sum(counts) != whole:
        message = "the items have {found} pieces, the whole {expected}"
        yield finding(
            f"{_CODE}-pieces", "warning", message, f"{around[:-1]}", expected=str(whole), found=str(sum(counts))
        )
    known = [mass for mass in masses if mass is not None]
    if items and len(known) == len(items) and bill.gross_mass_kg is not None:
        total = sum(known, Decimal())
        if abs(total - bill.gross_mass_kg) > _TOLERANCE:
            message = "the items have {found} kg, the whole {expected}"
            expected = f"{bill.gross_mass_kg:f}"
            yield finding(f"{_CODE}-mass", "warning", message, f"{around[:-1]}", expected=expected, found=f"{total:f}")


def _totals(manifest: Manifest) -> Iterator[Finding]:
    """What a list counts against what it lists."""
    totals, bills = manifest.totals, manifest.bills
    counts = [pieces_of(bill.packaging) for bill in bills]
    masses = [bill.gross_mass_kg for bill in bills]
    found: list[tuple[str, str | None, str | None]] = [
        ("lines", _shown(totals.bills), str(len(bills)) if totals.bills is not None else None),
        ("pieces", _shown(totals.packages), None if None in counts else str(sum(count or 0 for count in counts))),
    ]
    for what, expected, listed in found:
        if bills and expected is not None and listed is not None and expected != listed:
            message = "the list states {expected} {what} and has {found}"
            yield finding(f"{_CODE}-totals", "warning", message, "", expected=expected, found=listed, what=what)
    if bills and totals.gross_mass_kg is not None and None not in masses:
        total = sum((mass for mass in masses if mass is not None), Decimal())
        if abs(total - totals.gross_mass_kg) > _TOLERANCE:
            message = "the list states {expected} kg and has {found}"
            expected = f"{totals.gross_mass_kg:f}"
            yield finding(f"{_CODE}-totals", "warning", message, "", expected=expected, found=f"{total:f}")


def _shown(count: int | None) -> str | None:
    return None if count is None else str(count)
