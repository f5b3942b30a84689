# SPDX-License-Identifier: Apache-2.0
"""The licence: what it says, and what each of its rules finds, leaves alone and is silent about."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any, NamedTuple

import pytest

from cocket.errors import SenderError
from cocket.findings import render
from cocket.model import Licence, LicenceContact, LicenceItem, Manifest, Party
from cocket.standards.asycuda import LICENCE
from cocket.standards.asycuda.judging import code_of
from cocket.standards.asycuda.legibility import LEGIBILITY
from cocket.standards.asycuda.licence.rules import RULES
from cocket.standards.xml import parse_xml
from tests.standards.asycuda_samples import GONE, changed, read, sample

HEAD = "General_segment"
FIRST = "Lic_item_segment[1]"


class Case(NamedTuple):
    """Changes to a clean sample that break a rule, that nearly do, and that leave it nothing to judge."""

    hit: dict[str, Any]
    near: dict[str, Any]
    missing: dict[str, Any]
    expected: str | None = None


CASES = {
    "licence-no-item": Case({"Lic_item_segment": GONE}, {FIRST: GONE}, {HEAD: GONE}),
    "licence-holder-missing": Case(
        {f"{HEAD}/Importer_code": None, f"{HEAD}/Importer_name": None},
        {f"{HEAD}/Importer_code": None},
        {f"{HEAD}/Importer_name": None},
    ),
    "licence-application-missing": Case(
        {f"{HEAD}/Application_date": None}, {f"{HEAD}/Arrival_date": None}, {f"{HEAD}/Expiry_date": None}
    ),
    "licence-expiry-missing": Case(
        {f"{HEAD}/Expiry_date": None}, {f"{HEAD}/Expiry_date": "9/30/26"}, {f"{HEAD}/Arrival_date": None}
    ),
    "licence-expired-before-application": Case(
        {f"{HEAD}/Expiry_date": "3/13/2026"},
        {f"{HEAD}/Expiry_date": "3/14/2026"},
        {f"{HEAD}/Expiry_date": "3/13/2026", f"{HEAD}/Application_date": None},
        "2026-03-14",
    ),
    "licence-arrival-after-expiry": Case(
        {f"{HEAD}/Arrival_date": "2026-10-01"},
        {f"{HEAD}/Arrival_date": "9/30/2026"},
        {f"{HEAD}/Arrival_date": "2026-10-01", f"{HEAD}/Expiry_date": None},
        "2026-09-30",
    ),
    "licence-importation-after-expiry": Case(
        {f"{HEAD}/Importation_date": "2026-10-01"},
        {f"{HEAD}/Importation_date": "9/30/2026"},
        {f"{HEAD}/Importation_date": None},
        "2026-09-30",
    ),
    "licence-importation-before-application": Case(
        {f"{HEAD}/Importation_date": "3/13/2026"},
        {f"{HEAD}/Importation_date": "3/14/2026"},
        {f"{HEAD}/Importation_date": "3/13/2026", f"{HEAD}/Application_date": None},
        "2026-03-14",
    ),
    "licence-description-missing": Case(
        {f"{FIRST}/Description": None, f"{FIRST}/Commodity_code": None}, {f"{FIRST}/Description": None}, {FIRST: GONE}
    ),
    "licence-commodity-code": Case(
        {f"{FIRST}/Commodity_code": "77010000"},
        {f"{FIRST}/Commodity_code": "76010000"},
        {f"{FIRST}/Commodity_code": None},
    ),
    "licence-quantity-missing": Case(
        {f"{FIRST}/Quantity_requested": None}, {f"{FIRST}/Quantity_to_approve": None}, {FIRST: GONE}
    ),
    "licence-quantity-not-positive": Case(
        {f"{FIRST}/Quantity_requested": "0"},
        {f"{FIRST}/Quantity_requested": "0.001"},
        {f"{FIRST}/Quantity_requested": "many"},
    ),
    "licence-nothing-approved": Case(
        {f"{FIRST}/Quantity_to_approve": "0.0"},
        {f"{FIRST}/Quantity_to_approve": "0.1"},
        {f"{FIRST}/Quantity_to_approve": None},
    ),
    "licence-approved-over-requested": Case(
        {f"{FIRST}/Quantity_to_approve": "241"},
        {f"{FIRST}/Quantity_to_approve": "240.0"},
        {f"{FIRST}/Quantity_to_approve": "241", f"{FIRST}/Quantity_requested": None},
        "240",
    ),
    "licence-unit-missing": Case(
        {f"{FIRST}/Unit_of_measurement": None},
        {f"{FIRST}/Unit_of_measurement": "x"},
        {f"{FIRST}/Unit_of_measurement": None, f"{FIRST}/Quantity_requested": None},
    ),
    "licence-origin-missing": Case({f"{FIRST}/Origin": None}, {f"{FIRST}/Origin": "ZZ"}, {FIRST: GONE}),
    "licence-item-repeated": Case(
        {
            "Lic_item_segment/Commodity_code": "22021000",
            "Lic_item_segment/Description": "Waters",
            "Lic_item_segment/Origin": "US",
            "Lic_item_segment/Unit_of_measurement": "CT",
        },
        {
            "Lic_item_segment/Commodity_code": "22021000",
            "Lic_item_segment/Description": "Waters",
            "Lic_item_segment/Origin": "US",
        },
        {"Lic_item_segment/*": None},
    ),
}


def codes(data: bytes) -> set[str]:
    return {finding.code for finding in read(data).findings}


def test_a_licence_says_whose_what_how_much_and_until_when() -> None:
    document = read(sample("two-goods")).document
    assert isinstance(document, Licence)
    assert document.holder == Party(id="1007919", name="OWN TOYS LTD", contact="A. N. OWNER")
    assert document.holder_contact == LicenceContact(mobile="555 0101", email="own@toys.example")
    assert document.exporter is not None
    assert (document.exporter.name, document.exporter.country_code) == ("SELLER OF TOYS CO", "US")
    assert (document.applied, document.expires) == (date(2026, 3, 14), date(2026, 9, 30))
    assert (document.arrives, document.imported) == (date(2026, 3, 28), date(2026, 6, 14))
    second = document.items[1]
    assert (second.commodity_code, second.origin_country_code, second.unit_code) == ("02071200", "BR", "KGM")
    assert (second.quantity_requested, second.quantity_approved) == (Decimal("1250.5"), Decimal(1000))


def test_a_quantity_not_yet_approved_is_none_and_one_refused_is_zero() -> None:
    asked = read(sample("asked-for")).document
    assert asked.items[0].quantity_approved is None  # type: ignore[union-attr]
    refused = read(changed(sample("two-goods"), {f"{FIRST}/Quantity_to_approve": "0"})).document
    assert refused.items[0].quantity_approved == 0  # type: ignore[union-attr]


@pytest.mark.parametrize("code", CASES)
def test_a_rule_finds_the_fault_and_its_place(code: str) -> None:
    data = changed(sample("two-goods"), CASES[code].hit)
    finding = next(each for each in read(data).findings if each.code == code)
    assert "{" not in render(finding)
    assert finding.location is not None
    assert parse_xml(data).getroottree().xpath(finding.location)
    if CASES[code].expected is not None:
        assert finding.expected == CASES[code].expected


@pytest.mark.parametrize("code", CASES)
def test_a_rule_leaves_a_near_miss_and_a_missing_field_alone(code: str) -> None:
    assert code not in codes(changed(sample("two-goods"), CASES[code].near))
    assert code not in codes(changed(sample("two-goods"), CASES[code].missing))


def test_every_rule_is_tried_here() -> None:
    assert set(CASES) == {code_of(rule) for rule, _ in RULES} - {code_of(rule) for rule, _ in LEGIBILITY}


def test_a_clean_licence_has_nothing_found_and_one_only_asked_for_two_notices() -> None:
    assert codes(sample("two-goods")) == set()
    assert codes(sample("asked-for")) == {"licence-expiry-missing", "licence-origin-missing"}


def test_only_a_licence_of_nothing_is_refused() -> None:
    assert {code_of(rule) for rule, severity in RULES if severity == "error"} == {"licence-no-item"}
    assert read(changed(sample("two-goods"), CASES["licence-no-item"].hit)).outcome == "refused"


def test_a_licence_made_here_is_written_and_reads_the_same() -> None:
    item = LicenceItem(description="SUGAR", quantity_requested=Decimal("40.5"), unit_code="TNE")
    document = Licence(holder=Party(id="1", name="A"), applied=date(2026, 3, 4), items=(item,))
    again = read(LICENCE.write(document)).document  # type: ignore[misc]
    assert isinstance(again, Licence)
    assert (again.holder, again.applied, again.expires, again.items) == (
        document.holder,
        document.applied,
        None,
        (item,),
    )


def test_another_document_is_not_written_as_a_licence() -> None:
    with pytest.raises(SenderError, match="licence"):
        LICENCE.write(Manifest())  # type: ignore[misc]
