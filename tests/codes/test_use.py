# SPDX-License-Identifier: Apache-2.0
"""The lists beside a message: warnings where they gainsay it, silence where they cannot know."""

from __future__ import annotations

from datetime import UTC, date, datetime
from decimal import Decimal

import msgspec
import pytest

from cocket import model
from cocket.codes import Code, Codebook, CodeList, Edition, check_codes, codes_used, day_of, write_code_list
from cocket.codes.use import FIELDS
from cocket.model import (
    Amount,
    BillOfLading,
    Classification,
    CommercialInvoice,
    Commodity,
    CustomsOffice,
    Declaration,
    GoodsShipment,
    GovernmentAgencyGoodsItem,
    HandlingUnit,
    InvoiceLine,
    Manifest,
    Origin,
    PackingLine,
    PackingList,
)

DAY = date(2024, 5, 1)


def _list(name: str, *codes: Code, part: bool = False) -> CodeList:
    return CodeList(write_code_list(Edition(list=name, edition="1", is_subset=part), codes))


BOOK = Codebook(
    [
        _list("customs-office", Code(code="XA110000")),
        _list("unlocode", Code(code="NLRTM")),
        _list("currency", Code(code="HRK", valid_to=date(2023, 1, 31)), Code(code="EUR")),
        _list("hs", Code(code="847130")),
        _list("unit", Code(code="KGM"), part=True),
    ]
)


def _declaration(**more: object) -> Declaration:
    commodity = Commodity(
        classifications=(Classification(id="84713000"),), price=Amount(value=Decimal(5), currency="EUR")
    )
    item = GovernmentAgencyGoodsItem(commodity=commodity, origins=(Origin(country_code="XX"),))
    shipment = GoodsShipment(items=(item, item), loading_place="NL RTM")
    return Declaration(office=CustomsOffice(code="XA110000"), shipment=shipment, **more)  # type: ignore[arg-type]


def test_every_field_named_is_a_field_of_the_model() -> None:
    for name, field in FIELDS:
        assert field in getattr(model, name).__struct_fields__, (name, field)


def test_codes_are_found_with_their_place() -> None:
    found = {(use.list, use.code, use.where) for use in codes_used(_declaration())}
    assert ("hs", "84713000", "shipment.items[1].commodity.classifications[0].id") in found
    assert ("customs-office", "XA110000", "office.code") in found


def test_known_codes_and_unknown_lists_raise_nothing() -> None:
    assert check_codes(_declaration(), BOOK, DAY) == ()
    assert check_codes(_declaration(), Codebook([]), DAY) == ()


@pytest.mark.parametrize("day", [DAY, None])
def test_an_unknown_code_is_one_warning_however_often_it_stands(day: date | None) -> None:
    bill = BillOfLading(loading_place="NLXXX", unloading_place="NLXXX", hs_codes=("999999", "010101", "8471"))
    findings = check_codes(Manifest(office=CustomsOffice(code="XA999999"), bills=(bill, bill)), BOOK, day)
    assert [(f.code, f.severity, f.found) for f in findings] == [
        ("code-not-in-list", "warning", "XA999999"),
        ("code-not-in-list", "warning", "NLXXX"),
        ("code-not-in-list", "warning", "010101"),
    ]
    assert findings[1].arguments["where"] == "bills[0].loading_place"


def test_a_code_of_another_day_is_told_apart_from_an_unknown_one() -> None:
    amount = Amount(value=Decimal(1), currency="HRK")
    assert [f.code for f in check_codes(amount, BOOK, DAY)] == ["code-not-valid-then"]
    assert check_codes(amount, BOOK, date(2022, 5, 1)) == ()
    assert check_codes(amount, BOOK, None) == ()


def test_what_has_not_the_shape_of_a_place_and_what_a_subset_lacks_is_left_alone() -> None:
    quantity = model.SupplementaryQuantity(quantity=Decimal(1), unit_code="TAH")
    assert check_codes(quantity, BOOK, DAY) == ()
    assert check_codes(BillOfLading(loading_place="PORT-1"), BOOK, DAY) == ()


def test_an_office_of_a_country_that_no_list_covers_is_left_alone() -> None:
    assert check_codes(CustomsOffice(code="ZB000001"), BOOK, DAY) == ()
    assert [f.found for f in check_codes(CustomsOffice(code="xa000001"), BOOK, DAY)] == ["xa000001"]


def test_a_finding_is_never_an_error() -> None:
    empty = Codebook([_list(name, Code(code="XA!")) for name in {*FIELDS.values()}])
    findings = check_codes(_declaration(), empty, DAY)
    assert findings
    assert {finding.severity for finding in findings} == {"warning"}
    assert msgspec.json.encode(findings)


def test_the_day_is_that_of_registration_else_what_the_message_states() -> None:
    issued = datetime(2024, 3, 2, 23, 30, tzinfo=UTC)
    registered = model.HostStatus(registered=date(2024, 3, 3))
    assert day_of(Declaration(issued=issued, status=registered)) == date(2024, 3, 3)
    assert day_of(Declaration(issued=issued)) == date(2024, 3, 2)
    assert day_of(Manifest(departed=date(2024, 1, 1))) == date(2024, 1, 1)
    assert day_of(Declaration()) is None


def test_the_codes_of_an_invoice_and_a_packing_list_are_of_known_lists() -> None:
    line = InvoiceLine(origin_country_code="KE", quantity=Decimal(1), quantity_unit="H87")
    used = {(use.list, use.code) for use in codes_used(CommercialInvoice(currency="USD", lines=(line,)))}
    assert used == {("currency", "USD"), ("country", "KE"), ("unit", "H87")}
    packing = PackingList(units=(HandlingUnit(type_code="CS", lines=(PackingLine(quantity_unit="KGM"),)),))
    assert {(use.list, use.code) for use in codes_used(packing)} == {("package", "CS"), ("unit", "KGM")}
