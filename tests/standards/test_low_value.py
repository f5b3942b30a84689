# SPDX-License-Identifier: Apache-2.0
"""Low-value declarations and express manifests: the model, the dossier, and what is told of bad ones."""

from __future__ import annotations

import json
from collections.abc import Callable
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from cocket import standards
from cocket.consignment.references import consignments_of
from cocket.model import Amount, GovernmentProcedure, Manifest, Party, Reference, TransportMeans
from cocket.standards import ConvertOptions, convert

SAMPLES = Path(__file__).resolve().parents[1] / "samples"
H7, FLIGHT = "low-value/h7", "express-manifest/flight"
EURO = "EUR"


def sample(name: str) -> Any:
    return json.loads((SAMPLES / f"{name}.json").read_bytes())


def read(value: Any) -> Any:
    return standards.read(json.dumps(value).encode())


def told(value: Any) -> list[tuple[str, str, str | None]]:
    """Severity, code and location of the findings."""
    return [(each.severity, each.code.removeprefix("low-value-"), each.location) for each in read(value).findings]


def test_a_low_value_declaration_reaches_the_model() -> None:
    found = read(sample(H7))
    assert (found.outcome, found.standard, found.reference) == ("accepted", "low-value", "XB-H7-20261120-07")
    document = found.document
    assert (document.functional_reference, document.type_code, document.flow) == ("H7-2026-000901", "H7 A", "import")
    assert document.references == (
        Reference("LRN", "H7-2026-000901"),
        Reference("UCR", "6XA990000000042-S901"),
        Reference("HBL", "ZX0000901"),
        Reference("BL", "999-12345675"),
    )
    cloth = document.shipment.items[0]
    assert cloth.procedure == GovernmentProcedure(national=("C07", "F48"))
    assert cloth.customs_value == Amount(Decimal(48), EURO) and cloth.packaging[0].quantity == 1
    assert document.shipment.tax_parties == (Party(id="IM3720000224", function_code="FR5"),)
    assert document.shipment.border_transport == TransportMeans(id="ZZ417", mode_code="4", voyage="ZZ417")
    assert document.valuation.charges == {"external_freight": Amount(Decimal("12.5"), EURO)}
    assert document.previous_documents[0].id == "26XB000000000000A1"
    (second,) = (each.document for each in found.further)
    assert (second.type_code, second.agent) == ("H7 D", Party(id="XB0000000418"))


def test_each_declaration_is_written_as_it_was() -> None:
    found = read(sample(H7))
    for each, entry in zip((found, *found.further), sample(H7)["declarations"], strict=True):
        assert json.loads(standards.write(each.document, "low-value"))["declarations"] == [entry]


def test_an_express_manifest_reaches_the_model_and_is_written_as_it_was() -> None:
    value = sample(FLIGHT)
    document = read(value).document
    assert isinstance(document, Manifest)
    assert (document.kind, document.master_id, document.voyage) == ("degroupage", "999-12345675", "ZZ417")
    assert (document.totals.bills, document.totals.packages) == (3, 4)
    cloth, papers, gears = document.bills
    assert (cloth.id, cloth.level, cloth.type_code, cloth.hs_codes) == ("ZX0000901", "house", "3", ("630251",))
    assert papers.consignee is not None and papers.consignee.contact == "D. Clerk"
    assert gears.unique_reference == "6XA990000000042-S903" and gears.information == ("deliver before 10:00",)
    assert json.loads(standards.write(document, "express-manifest")) == value


def test_a_consignment_finds_its_declaration() -> None:
    declared, other = consignments_of(read(sample(H7)), "operator")
    bills = consignments_of(read(sample(FLIGHT)), "carrier")
    strong = [{key.pair for key in claim.strong} for claim in (declared, *bills)]
    assert ("BL", "ZX0000902") in {key.pair for key in other.strong}
    assert ("BL", "ZX0000901") in strong[0] & strong[1]
    assert not strong[1] & strong[2] and not strong[0] & strong[2]


@pytest.mark.parametrize(
    ("change", "finding"),
    [
        (
            lambda d: d["items"][0]["intrinsicValue"].update(amount=135),
            ("warning", "relief-limit", "/declarations/0/items"),
        ),
        (lambda d: d.pop("fiscalReferences"), ("error", "vendor-missing", "/declarations/0/fiscalReferences")),
        (
            lambda d: d["fiscalReferences"][0].update(id="XB37200002241"),
            ("error", "vendor-number", "/declarations/0/fiscalReferences/0/id"),
        ),
        (lambda d: d["items"][1]["procedures"].append("F49"), ("error", "relief-together", "/declarations/0/items")),
        (lambda d: d["items"][1]["procedures"].append("C08"), ("error", "relief-together", "/declarations/0/items")),
        (lambda d: d["items"][1].update(number=7), ("warning", "sequence", "/declarations/0/items/1/number")),
        (
            lambda d: d["items"][1].update(description="goods"),
            ("warning", "vague", "/declarations/0/items/1/description"),
        ),
        (lambda d: d["items"][1].update(grossMass=0.7), ("warning", "mass", "/declarations/0/grossMass")),
        (
            lambda d: d["importer"].pop("city") and d["importer"].pop("address"),
            ("error", "party-incomplete", "/declarations/0/importer"),
        ),
        (lambda d: d.pop("transportDocument"), ("error", "missing", "/declarations/0/transportDocument")),
        (lambda d: d.update(items=[]), ("error", "count", "/declarations/0/items")),
        (lambda d: d.update(mrn="26XB"), ("error", "length", "/declarations/0/mrn")),
        (lambda d: d["information"].append({}), ("error", "missing", "/declarations/0/information/0")),
    ],
)
def test_what_is_wrong_with_a_declaration_is_told_where_it_is(
    change: Callable[[dict[str, Any]], object], finding: tuple[str, str, str]
) -> None:
    value = sample(H7)
    value["declarations"][0].setdefault("information", [])
    change(value["declarations"][0])
    assert finding in told(value)
    assert told(sample(H7)) == []


def test_the_limit_of_a_relief_is_not_asked_in_another_currency_nor_at_the_limit() -> None:
    value = sample(H7)
    items = value["declarations"][0]["items"]
    items[0]["intrinsicValue"].update(amount=134)
    assert told(value) == []
    items[0]["intrinsicValue"].update(amount=10_000, currency="USD")
    assert told(value) == []


def test_a_reference_used_twice_is_told() -> None:
    value = sample(H7)
    value["declarations"][1]["lrn"] = "H7-2026-000901"
    assert ("error", "repeated", "/declarations/1/lrn") in told(value)
    assert ("error", "miscounted", "/declarationCount") in told(sample(H7) | {"declarationCount": 3})


@pytest.mark.parametrize(
    ("place", "change", "finding"),
    [
        (0, lambda c: c.pop("value"), ("error", "value-missing", "/consignments/0/value")),
        (
            1,
            lambda c: c.update(value={"amount": 5, "currency": EURO}),
            ("warning", "category-value", "/consignments/1/value"),
        ),
        (1, lambda c: c["shipper"].pop("country"), ("error", "party-incomplete", "/consignments/1/shipper")),
        (1, lambda c: c["consignee"].pop("id"), ("error", "party-incomplete", "/consignments/1/consignee")),
        (2, lambda c: c.update(description="Parts."), ("warning", "vague", "/consignments/2/description")),
        (2, lambda c: c.update(packages=0), ("error", "range", "/consignments/2/packages")),
        (2, lambda c: c.update(hsCodes=["8448.59"]), ("error", "hs-code", "/consignments/2/hsCodes/0")),
        (2, lambda c: c.update(waybill="ZX0000901"), ("error", "repeated", "/consignments/2/waybill")),
        (0, lambda c: c["screening"].update(status="OK"), ("error", "code", "/consignments/0/screening/status")),
    ],
)
def test_what_is_wrong_with_a_consignment_is_told_where_it_is(
    place: int, change: Callable[[dict[str, Any]], object], finding: tuple[str, str, str]
) -> None:
    value = sample(FLIGHT)
    change(value["consignments"][place])
    assert finding in told(value)
    assert told(sample(FLIGHT)) == []


def test_a_manifest_goes_to_a_cargo_report_and_one_consignment_to_a_declaration() -> None:
    data = (SAMPLES / f"{FLIGHT}.json").read_bytes()
    report = convert(data, "edifact-cuscar", ConvertOptions(partial=True))
    assert report.message is not None and b"ZX0000903" in report.message
    back = convert(report.message, "express-manifest", ConvertOptions(partial=True))
    assert back.message is not None
    assert [each["waybill"] for each in json.loads(back.message)["consignments"]] == [
        "ZX0000901",
        "ZX0000902",
        "ZX0000903",
    ]
    one = convert(data, "low-value", ConvertOptions(partial=True, bill="ZX0000903"))
    assert one.message is not None
    (declared,) = json.loads(one.message)["declarations"]
    assert declared["items"][0]["hsCode"] == "844859" and declared["transportDocument"]["id"] == "ZX0000903"
    assert declared["grossMass"] == 12
    missing = {each.location for each in one.findings}
    assert "/declarations/0/lrn" in missing and "/declarations/0/items/0/procedures" in missing
