# SPDX-License-Identifier: Apache-2.0
"""Information packages: what each uses is accepted, what it does not use is told where it stands."""

from __future__ import annotations

import pytest
from lxml import etree

from cocket.standards.wco_dm.fields import CLASSES, DECLARATION_NAMESPACE
from cocket.standards.wco_dm.packages import PACKAGES, Package, check_package, uses
from tests.standards.wco_samples import declaration_in, full_declaration, own

CARGO_REPORT = f"""
<Declaration xmlns="{DECLARATION_NAMESPACE}">
  <FunctionCode>9</FunctionCode>
  <FunctionalReferenceID>XA-CARGO-1</FunctionalReferenceID>
  <SpecificCircumstancesCodeCode>A20</SpecificCircumstancesCodeCode>
  <Consignment>
    <Carrier><ID>XA0000000001</ID><Address><CityName>Xaport</CityName></Address></Carrier>
    <ConsignmentItem><SequenceNumeric>1</SequenceNumeric></ConsignmentItem>
  </Consignment>
  <GoodsShipment><Consignment><LoadingLocation><ID>XAPRT</ID></LoadingLocation></Consignment></GoodsShipment>
</Declaration>
"""


def found(data: str, package: Package) -> list[tuple[str | None, str]]:
    findings = list(check_package(etree.fromstring(data), package))
    assert {each.code for each in findings} <= {"wco-package-element"}
    return [(each.pointer, each.severity) for each in findings]


def test_a_cargo_report_on_import_has_what_its_package_uses() -> None:
    assert found(CARGO_REPORT, "CRI") == []


def test_what_another_package_does_not_use_is_told_where_it_stands() -> None:
    assert found(CARGO_REPORT, "CRE") == [
        ("42A/28A[1]/18A[1]/R012", "error"),
        ("42A/28A[1]/18A[1]/04A[1]", "error"),
        ("42A/67A[1]/28A[1]", "error"),
    ]
    assert next(pointer for pointer, _ in found(CARGO_REPORT, "CONV")) == "42A/504"
    assert ("42A/504", "error") in found(CARGO_REPORT, "TRT")


def test_an_import_declaration_is_no_cargo_report() -> None:
    findings = list(check_package(declaration_in(own("import")), "CRI"))
    assert findings
    assert {each.severity for each in findings} == {"error"}


def test_flags_of_declarations_are_told_and_never_refuse() -> None:
    for package in ("IM", "EX"):
        findings = check_package(declaration_in(full_declaration()), package)  # type: ignore[arg-type]
        assert {each.severity for each in findings} == {"warning"}


@pytest.mark.parametrize("package", PACKAGES)
def test_what_a_package_flags_it_uses_with_all_that_stands_around(package: Package) -> None:
    used = {(block, name) for block, kind in CLASSES.items() for name in kind.fields if uses(block, name, package)}
    flagged = {
        (block, field.name)
        for block, kind in CLASSES.items()
        for field in kind.fields.values()
        if package in field.usage
    }
    assert flagged <= used
    assert len(used - flagged) <= 4


def test_what_the_message_does_not_know_is_left_to_the_schema() -> None:
    assert found(CARGO_REPORT.replace("<Consignment>", "<Odd/><Consignment>", 1), "CRI") == []
