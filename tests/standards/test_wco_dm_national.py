# SPDX-License-Identifier: Apache-2.0
"""National information packages: read as data, and judged by."""

from __future__ import annotations

import json
from typing import Any

import pytest

from cocket import standards
from cocket.errors import SettingsError
from cocket.standards import Options
from cocket.standards.wco_dm import load_package
from tests.standards.wco_samples import OWN, own

PACKAGE = (OWN / "packages" / "xa-import.json").read_bytes()


def package(**changes: Any) -> bytes:
    """Our sample package, changed."""
    return json.dumps(json.loads(PACKAGE) | changes).encode()


def codes(data: bytes, content: bytes = PACKAGE) -> list[tuple[str, str | None]]:
    """Codes and pointers of what a package has against a message."""
    reading = standards.read(data, Options(package=content))
    assert (reading.outcome == "refused") == any(each.severity == "error" for each in reading.findings)
    return [(each.code, each.pointer) for each in reading.findings]


def changed(before: str, after: str) -> bytes:
    text = own("import").decode()
    assert before in text
    return text.replace(before, after, 1).encode()


def test_a_declaration_that_keeps_to_the_package_is_accepted_under_its_name() -> None:
    reading = standards.read(own("import"), Options(package=PACKAGE))
    assert (reading.profile, reading.outcome, reading.findings) == ("xa-import", "accepted", ())


@pytest.mark.parametrize(
    ("before", "after", "code", "pointer"),
    [
        ("<Destination><CountryCode>XA</CountryCode></Destination>", "", "package-element-missing", "42A/67A[1]/99B"),
        ("<CountryCode>XA</CountryCode></Dest", "<RegionID>1</RegionID></Dest", "package-element-missing",
         "42A/67A[1]/99B[1]/465"),
        ("<CountryCode>XA</CountryCode></Dest", "<CountryCode>XB</CountryCode></Dest", "package-code-unknown",
         "42A/67A[1]/99B[1]/465"),
        ("ALPHA-2026-000117", "ALPHA-2026-000117-0117", "package-value-format", "42A/D026"),
        ("</Declaration>", "<SupervisingOffice><ID>X</ID></SupervisingOffice></Declaration>",
         "package-element-forbidden", "42A/97B[1]"),
        ("<Classification>", "<Classification><ID>1</ID></Classification><Classification>",
         "package-element-repeated", "42A/67A[1]/68A[1]/23A[1]/21A[3]"),
    ],
)  # fmt: skip
def test_each_narrowing_refuses(before: str, after: str, code: str, pointer: str) -> None:
    assert codes(changed(before, after)) == [(code, pointer)]


def test_what_is_asked_of_a_class_is_not_asked_where_the_class_is_absent() -> None:
    narrowed = package(elements={"GoodsShipment/Payer/ID": {"cardinality": "1..1"}})
    assert codes(own("import"), narrowed) == []


def test_the_rules_of_its_base_apply_too() -> None:
    assert codes(own("gb-import"), package(base="gb-cds", elements={})) == []
    lacking = own("gb-import").replace(b"<GoodsItemQuantity>2</GoodsItemQuantity>", b"")
    assert codes(lacking, package(base="gb-cds", elements={})) == [("DMS10001", "42A/228")]


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"[]",
        b'{"package": "x"}',
        b"\xff",
        package(edition="4.1"),
        package(base="nowhere"),
        package(elements={"GoodsShipment/Lane": {}}),
        package(elements={"TypeCode/ID": {}}),
        package(elements={"TypeCode": {"cardinality": "1"}}),
        package(elements={"TypeCode": {"format": "x..3"}}),
        package(elements={"GoodsShipment": {"codes": ["A"]}}),
        package(elements={"TypeCode": {"colour": "red"}}),
    ],
)
def test_what_is_no_package_is_told_before_anything_is_judged(content: bytes) -> None:
    with pytest.raises(SettingsError) as told:
        load_package(content)
    assert told.value.problems


def test_all_problems_of_a_package_are_told_at_once() -> None:
    with pytest.raises(SettingsError) as told:
        load_package(package(edition="4.1", base="nowhere", elements={"Lane": {}}))
    assert len(told.value.problems) == 3
