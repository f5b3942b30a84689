# SPDX-License-Identifier: Apache-2.0
"""Packing lists and despatch advices of UBL."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from cocket.findings import render
from cocket.model import HandlingUnit, Packaging, PackingLine, PackingList, Party, TransportEquipment, TransportMeans
from cocket.standards import read, write
from cocket.standards.invoice.rules import PACKING_RULES, check

SAMPLES = Path(__file__).resolve().parents[1] / "samples" / "ubl-packing"
LIST, ADVICE = ((SAMPLES / f"{name}.xml").read_bytes() for name in ("packing-list", "despatch-advice"))


def packing_of(data: bytes) -> PackingList:
    document = read(data).document
    assert isinstance(document, PackingList)
    return document


def test_a_packing_list_has_units_packages_masses_and_transport() -> None:
    packing = packing_of(LIST)
    assert (packing.kind, packing.number, packing.issued) == ("packing-list", "PL-2026-0417", date(2026, 2, 11))
    assert (packing.packages, packing.gross_mass_kg, packing.volume_m3) == (6, Decimal(1840), Decimal("7.2"))
    assert packing.transport == TransportMeans(mode_code="1", voyage="017W", name="MV Kestrel")
    assert packing.consignee == Party(name="Alphaland Waterworks, Store 7")
    crate, other = packing.units
    assert (crate.id, crate.type_code, crate.packages, crate.marks) == ("340123450000000017", "CS", 4, "AW 1-4")
    assert crate.packaging == (Packaging(quantity=4, type_code="CS"),)
    assert crate.equipment[0].id == "CSQU3054383"
    assert (crate.lines[0].gross_mass_kg, crate.lines[0].net_mass_kg) == (Decimal(1700), Decimal("1500.500"))
    assert other.lines[0].quantity == Decimal(480)


def test_a_despatch_advice_has_its_lines_and_order() -> None:
    advice = packing_of(ADVICE)
    assert (advice.kind, advice.order, advice.gross_mass_kg) == ("despatch-advice", "PO-88120", Decimal("1840.00"))
    assert (advice.lines[0].order_line, advice.lines[0].gross_mass_kg) == ("10", Decimal(1700))


@pytest.mark.parametrize("data", [LIST, ADVICE], ids=["list", "advice"])
def test_the_invoice_is_named_with_its_seller_and_the_container_is_found(data: bytes) -> None:
    names = {(name.kind, name.value, name.issuer) for name in packing_of(data).references}
    assert ("INVOICE", "TS-2026-0417", "Tamarind Pumps Ltd") in names
    assert ("EQUIPMENT", "CSQU3054383", None) in names


def test_the_consignee_of_the_consignment_is_the_consignee_if_no_delivery_says() -> None:
    moved = LIST.replace(b"<cac:Delivery>", b"<!--").replace(b"</cac:Delivery>", b"-->")
    start, end = moved.index(b"<!--"), moved.index(b"-->") + 3
    alone = moved[:start] + moved[end:]
    party = b"<cac:ConsigneeParty><cac:PartyName><cbc:Name>Other</cbc:Name></cac:PartyName></cac:ConsigneeParty>"
    with_party = alone.replace(b"<cac:TransportContract>", party + b"<cac:TransportContract>")
    assert packing_of(with_party).consignee == Party(name="Other")
    assert read(with_party).outcome == "accepted"


def test_what_is_unknown_in_a_unit_stays_in_that_unit() -> None:
    known = LIST.replace(
        b"<cbc:ID>340123450000000024</cbc:ID>",
        b"<cbc:ID>340123450000000024</cbc:ID><cbc:HandlingInstructions>Keep upright</cbc:HandlingInstructions>",
    )
    packing = packing_of(known)
    assert [each.value for each in packing.units[1].extensions] == ["Keep upright"]
    assert packing_of(write(packing, "ubl-packing")) == packing


def test_a_packing_list_without_shipment_is_refused() -> None:
    start, end = LIST.index(b"<cac:Shipment>"), LIST.index(b"</cac:Shipment>") + len(b"</cac:Shipment>")
    reading = read(LIST[:start] + LIST[end:])
    assert [finding.code for finding in reading.findings] == ["invoice-element-missing"]


CASES: list[tuple[str, dict[str, Any], dict[str, Any], dict[str, Any]]] = [
    (
        "invoice-net-above-gross",
        {"lines": (PackingLine(gross_mass_kg=Decimal(1), net_mass_kg=Decimal(2)),)},
        {"gross_mass_kg": Decimal(2), "net_mass_kg": Decimal(2)},
        {"net_mass_kg": Decimal(2)},
    ),
    (
        "packing-mass-total",
        {"gross_mass_kg": Decimal(10), "lines": (PackingLine(gross_mass_kg=Decimal(11)),)},
        {"gross_mass_kg": Decimal(10), "lines": (PackingLine(gross_mass_kg=Decimal(9)),)},
        {"gross_mass_kg": Decimal(10), "lines": (PackingLine(gross_mass_kg=Decimal(11)), PackingLine())},
    ),
    (
        "packing-packages-total",
        {"packages": 9, "units": (HandlingUnit(packages=4), HandlingUnit(packages=4))},
        {"packages": 2, "units": (HandlingUnit(packages=4), HandlingUnit(packages=4))},
        {"units": (HandlingUnit(packages=4),)},
    ),
    (
        "invoice-equipment-number",
        {"units": (HandlingUnit(equipment=(TransportEquipment(id="CSQU3054384"),)),)},
        {"units": (HandlingUnit(equipment=(TransportEquipment(id="CSQU3054383"),)),)},
        {"units": (HandlingUnit(),)},
    ),
]


@pytest.mark.parametrize(("code", "hit", "miss", "silent"), CASES, ids=[code for code, *_ in CASES])
def test_a_rule_has_a_hit_a_near_miss_and_a_silence(
    code: str, hit: dict[str, Any], miss: dict[str, Any], silent: dict[str, Any]
) -> None:
    (finding,) = check(PackingList(**hit))
    assert (finding.code, finding.severity) == (code, "warning")
    assert "{" not in render(finding)
    assert not list(check(PackingList(**miss)))
    assert not list(check(PackingList(**silent)))


def test_every_rule_tells_its_source() -> None:
    assert len(PACKING_RULES) == len(CASES)
    assert all(rule.__doc__ and "Source:" in rule.__doc__ for rule in PACKING_RULES)
