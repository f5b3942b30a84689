# SPDX-License-Identifier: Apache-2.0
"""Postal items: what reaches the model, what is told of bad ones, and how an item finds its list."""

from __future__ import annotations

import json
from collections.abc import Callable
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from cocket import standards
from cocket.consignment.references import consignments_of
from cocket.model import Amount, Classification, Declaration, Manifest, Origin, Party, Reference, SupplementaryQuantity
from cocket.standards import ConvertOptions, convert

SAMPLES = Path(__file__).resolve().parents[1] / "samples"
CN23, CUSITM, ITMATT = "postal-item/cn23", "postal-item/cusitm", "postal-list/itmatt"


def sample(name: str) -> Any:
    return json.loads((SAMPLES / f"{name}.json").read_bytes())


def read(value: Any) -> Any:
    return standards.read(json.dumps(value).encode())


def told(value: Any) -> list[tuple[str, str, str | None]]:
    """Severity, code and location of the findings."""
    return [(each.severity, each.code.removeprefix("postal-"), each.location) for each in read(value).findings]


def test_a_declared_item_is_a_declaration_named_by_its_identifier() -> None:
    found = read(sample(CN23))
    assert (found.outcome, found.standard, found.version) == ("accepted", "postal-item", "CN23")
    document = found.document
    assert isinstance(document, Declaration)
    assert (document.functional_reference, document.type_code, document.flow) == ("CP473124829XA", "CN23", "import")
    names = (Reference("LRN", "CP473124829XA"), Reference("BL", "CP473124829XA"), Reference("INVOICE", "LH-2026-55"))
    assert document.references == names
    assert document.gross_mass_kg_declared == Decimal("1.850")
    shipment = document.shipment
    assert shipment.importer is not None and shipment.importer.address == ("12 Harbour Street", "Flat 3")
    assert (shipment.export_country_code, shipment.destination_country_code) == ("XA", "XB")
    assert shipment.border_transport is not None and shipment.border_transport.mode_code == "5"
    assert shipment.tax_parties == (Party(id="IM3720000224", function_code="FR5"),)
    assert document.valuation.invoice == Amount(Decimal("64.00"), "EUR")
    assert document.valuation.charges["postage"] == Amount(Decimal("18.40"), "EUR")
    cloth = shipment.items[0]
    assert cloth.commodity.classifications == (Classification(id="630251", type_code="HS"),)
    assert cloth.commodity.supplementary == (SupplementaryQuantity(quantity=Decimal(2), unit_code="C62"),)
    assert cloth.commodity.price == Amount(Decimal("48.00"), "EUR") and cloth.origins == (Origin(country_code="XA"),)


def test_several_items_in_one_message_are_a_declaration_each() -> None:
    found = read(sample(CUSITM))
    assert found.reference == "XB-CUSITM-88"
    documents = [found.document, *(each.document for each in found.further)]
    assert [each.functional_reference for each in documents] == ["RR111122229XA", "UA000000014XA"]
    assert documents[1].gross_mass_kg_declared == Decimal("0.05")
    for each, entry in zip(documents, sample(CUSITM)["items"], strict=True):
        assert json.loads(standards.write(each, "postal-item"))["items"] == [entry]


def test_a_list_of_items_is_a_manifest_with_a_bill_for_each() -> None:
    found = read(sample(ITMATT))
    document = found.document
    assert isinstance(document, Manifest)
    assert (document.voyage, document.departure_place, document.destination_place) == ("ZZ417", "XAALT", "XBBTP")
    assert (str(document.departed), str(document.arrives), document.arrival_time) == (
        "2026-11-19",
        "2026-11-20",
        "05:40",
    )
    cloth, _, books = document.bills
    assert (cloth.id, cloth.goods_description) == ("CP473124829XA", "Woven cotton table cloth; Cotton napkins")
    assert cloth.customs_value == Amount(Decimal("64.00"), "EUR") and cloth.hs_codes == ("630251",)
    assert books.customs_value is None and books.information == ("to be returned",)


def test_an_item_finds_the_list_it_was_told_of_in() -> None:
    declared = consignments_of(read(sample(CN23)), "post")
    listed = consignments_of(read(sample(ITMATT)), "other-post")
    assert [claim.role for claim in listed] == ["bill"] * 3
    strong = [{key.pair for key in claim.strong} for claim in (*declared, *listed)]
    assert ("BL", "CP473124829XA") in strong[0] & strong[1]
    assert not strong[1] & strong[2] and not strong[2] & strong[3]


def item(change: Callable[[dict[str, Any]], object], name: str = CN23) -> Any:
    value = sample(name)
    change(value["items"][0])
    return value


@pytest.mark.parametrize(
    ("change", "finding"),
    [
        (lambda i: i.update(itemId="CP473124820XA"), ("warning", "check-digit", "/items/0/itemId")),
        (lambda i: i.update(itemId="H1234567"), ("warning", "item-id", "/items/0/itemId")),
        (lambda i: i.pop("grossMass"), ("error", "missing", "/items/0/grossMass")),
        (lambda i: i.update(grossMass=0), ("error", "range", "/items/0/grossMass")),
        (lambda i: i.update(grossMass=1.5), ("warning", "mass", "/items/0/contents")),
        (lambda i: i.update(category="present"), ("error", "code", "/items/0/category")),
        (lambda i: i.update(category="other"), ("error", "explanation-missing", "/items/0/explanation")),
        (lambda i: i["value"].update(amount=60), ("warning", "value", "/items/0/value")),
        (lambda i: i["value"].update(currency="EURO"), ("error", "currency", "/items/0/value/currency")),
        (lambda i: i["sender"].update(country="X9"), ("error", "country", "/items/0/sender/country")),
        (lambda i: i["addressee"].pop("name"), ("error", "party-incomplete", "/items/0/addressee")),
        (
            lambda i: i.update(addressee={"name": "A", "country": "XB"}),
            ("error", "party-incomplete", "/items/0/addressee"),
        ),
        (lambda i: i.update(contents=[]), ("error", "count", "/items/0/contents")),
        (lambda i: i["contents"][1].update(hsCode="6302"), ("error", "hs-code", "/items/0/contents/1/hsCode")),
        (lambda i: i["contents"][1].pop("hsCode"), ("warning", "commercial", "/items/0/contents/1")),
        (
            lambda i: i["contents"][0].update(description=" Gift "),
            ("warning", "vague", "/items/0/contents/0/description"),
        ),
        (lambda i: i.update(ioss="IM123"), ("error", "length", "/items/0/ioss")),
        (lambda i: i.update(posted="2026-02-30"), ("error", "type", "/items/0/posted")),
        (lambda i: i.update(weight=2), ("warning", "unexpected", "/items/0/weight")),
    ],
)
def test_what_is_wrong_with_an_item_is_told_where_it_is(
    change: Callable[[dict[str, Any]], object], finding: tuple[str, str, str]
) -> None:
    assert finding in told(item(change))
    assert finding not in told(sample(CN23))


def test_a_gift_needs_no_codes_and_a_real_description_is_not_vague() -> None:
    gift = item(lambda i: (i.update(category="gift"), [each.pop("hsCode") for each in i["contents"]]))
    assert told(gift) == []


def test_sums_in_two_currencies_are_not_compared() -> None:
    assert told(item(lambda i: i["contents"][0]["value"].update(currency="USD"))) == []


@pytest.mark.parametrize(
    ("change", "finding"),
    [
        (lambda v: v["items"].append(v["items"][0]), ("error", "repeated", "/items/3/itemId")),
        (lambda v: v.update(itemCount=4), ("error", "miscounted", "/itemCount")),
        (lambda v: v.update(items=[]), ("error", "missing", "/items")),
        (lambda v: v.update(items={}), ("error", "type", "/items")),
        (lambda v: v.pop("items"), ("error", "missing", "/items")),
        (lambda v: v.pop("prepared"), ("error", "missing", "/prepared")),
        (lambda v: v.update(prepared="2026-11-19T20:00:00"), ("error", "moment", "/prepared")),
        (lambda v: v.update(arrivalPlace="Betaport"), ("error", "location", "/arrivalPlace")),
    ],
)
def test_what_is_wrong_with_a_message_is_told(
    change: Callable[[dict[str, Any]], object], finding: tuple[str, str, str]
) -> None:
    value = sample(ITMATT)
    change(value)
    assert finding in told(value)
    assert told(sample(ITMATT)) == []


def test_a_form_goes_with_one_item() -> None:
    value = sample(CUSITM) | {"postalMessage": "CN22"}
    assert ("error", "single", "/items") in told(value)


def test_amendment_and_cancellation_are_said() -> None:
    assert read(sample(CN23) | {"function": "amendment"}).function == "amendment"
    found = read(sample(CN23) | {"function": "cancellation"})
    assert (found.function, found.document.function_code) == ("cancellation", "1")


def test_a_postal_item_becomes_a_declaration_of_the_data_model_and_back() -> None:
    data = (SAMPLES / f"{CN23}.json").read_bytes()
    there = convert(data, "wco-dm", ConvertOptions(partial=True))
    assert there.message is not None and there.outcome == "accepted"
    lost = {each.path for each in there.lost}
    assert not any("description" in path or "hsCode" in path or "netMass" in path or "ioss" in path for path in lost)
    assert there.values == there.recovered + len(there.lost)
    back = convert(there.message, "postal-item", ConvertOptions(partial=True))
    assert back.message is not None
    contents = json.loads(back.message)["items"][0]["contents"]
    assert [each["description"] for each in contents] == ["Woven cotton table cloth", "Cotton napkins, set of four"]
    assert {each.code for each in back.findings if each.severity == "error"} == {"convert-missing"}
