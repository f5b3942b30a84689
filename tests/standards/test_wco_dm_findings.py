# SPDX-License-Identifier: Apache-2.0
"""What is said about a declaration: one finding a fault, with the pointer and the place that lead to it."""

from __future__ import annotations

from typing import Any

import pytest
from lxml import etree

from cocket.errors import UnreadableError
from cocket.findings import Finding, render
from cocket.standards.kind import Options, Source
from cocket.standards.wco_dm import WCO_DM
from cocket.standards.wco_dm.rules import RULES
from cocket.standards.xml import parse_xml
from tests.standards.wco_mutations import mutants
from tests.standards.wco_samples import NAMES, accepted_samples, full_declaration, own, read

ITEM = "/md:MetaData[1]/Declaration[1]/GoodsShipment[1]/GovernmentAgencyGoodsItem"
NET_MASS_2 = "42A/67A[1]/68A[2]/23A[1]/65A[1]/128"
ITEM_2 = "42A/67A[1]/68A[2]/"
TWICE = "<TypeCode>IMA</TypeCode><TypeCode>IMA<"
DATES = "CCYYMMDD or CCYYMMDDhhmmss with Z or +hh"
ANOTHER = "</Declaration><Declaration><FunctionCode>9</FunctionCode></Declaration>"
XSI = 'xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" '


def findings(before: str, after: str, sample: str = "import") -> tuple[Finding, ...]:
    """Findings on a sample with one text in it replaced."""
    text = own(sample).decode()
    assert before in text
    return read(text.replace(before, after, 1).encode()).findings


def only(before: str, after: str, sample: str = "import") -> Finding:
    """The single finding on a sample with one text in it replaced."""
    (finding,) = findings(before, after, sample)
    return finding


@pytest.mark.parametrize("name", NAMES)
def test_our_samples_have_no_findings(name: str) -> None:
    assert read(own(name)).findings == ()


def test_a_value_too_long_is_one_finding_with_pointer_and_place() -> None:
    finding = only("<IdentificationTypeCode>TRC<", "<IdentificationTypeCode>TARIC<")
    assert finding == Finding(
        code="wco-value-length",
        severity="error",
        message="{found} is not as long as {expected} allows",
        pointer="42A/67A[1]/68A[1]/23A[1]/21A[2]/337",
        location=f"{ITEM}[1]/Commodity[1]/Classification[2]/IdentificationTypeCode[1]",
        expected="an..3",
        found="TARIC",
    )
    assert render(finding) == "TARIC is not as long as an..3 allows"


def test_places_carry_the_prefixes_of_the_source() -> None:
    finding = only("<d:TypeCode>EXD", "<d:TypeCode>EXPORT", "export-in-request")
    assert finding.location == (
        "/r:submitDeclarationRequest[1]/r:requestDetail[1]/md:MetaData[1]/d:Declaration[1]/d:TypeCode[1]"
    )


@pytest.mark.parametrize(
    ("before", "after", "code", "pointer", "expected", "found"),
    [
        ("<FunctionCode>9</FunctionCode>", "", "wco-element-missing", "42A/017", "FunctionCode", None),
        ("<SequenceNumeric>2</SequenceNumeric>", "", "wco-element-missing", ITEM_2 + "006", "SequenceNumeric", None),
        ("<TypeCode>IMA<", "<Lane>green</Lane><TypeCode>IMA<", "wco-element-unexpected", "42A", None, "Lane"),
        ("<TypeCode>IMA<", TWICE, "wco-element-repeated", "42A/D013", "once", "TypeCode"),
        ("<FunctionCode>9<", "<FunctionCode>7<", "wco-code-unknown", "42A/017", "9, 13, 14", "7"),
        (">18250.50<", ">18250.5055<", "wco-value-digits", "42A/109", "n..16,3", "18250.5055"),
        (">18250.50<", ">18 250<", "wco-value-format", "42A/109", "n..16,3", "18 250"),
        (">18250.50<", "> <", "wco-value-missing", "42A/109", "n..16,3", None),
        ("<ConditionCode>CIF<", "<ConditionCode>C1F<", "wco-value-format", "42A/67A[1]/22B[1]/090", "a3", "C1F"),
        ('currencyID="EUR">18', 'currencyID="eur">18', "wco-attribute-format", "42A/109", "[A-Z]{3}", "eur"),
        ("<TypeCode>IMA<", '<TypeCode risk="0">IMA<', "wco-attribute-unexpected", "42A/D013", None, "0"),
        (' formatCode="304"', "", "wco-attribute-missing", "42A/D011", "102|304", None),
        ("<Agent>", "<Agent>and", "wco-text-unexpected", "42A/05A[1]", None, "and"),
        ("<TypeCode>IMA<", "<TypeCode>IM<b>A</b><", "wco-content-unexpected", "42A/D013", None, "b"),
        ("20260305093000+02", "5 March", "wco-value-format", "42A/D011", DATES, "5 March"),
        ("<TypeCode>IMA<", f'<TypeCode {XSI}xsi:nil="true">IMA<', "wco-attribute-unexpected", "42A/D013", None, "true"),
        ("<TypeCode>IMA<", f'<TypeCode {XSI}xsi:type="x">IMA<', "wco-attribute-unexpected", "42A/D013", None, "x"),
    ],
)
def test_each_kind_of_fault_is_told_once(
    before: str, after: str, code: str, pointer: str, expected: str | None, found: str | None
) -> None:
    finding = only(before, after)
    assert (finding.code, finding.severity, finding.pointer) == (code, "error", pointer)
    assert (finding.expected, finding.found) == (expected, found)


def test_a_date_without_its_one_element_lacks_it() -> None:
    stamp = '<ds:DateTimeString formatCode="304">20260305093000+02</ds:DateTimeString>'
    assert only(stamp, "").code == "wco-element-missing"
    assert only(stamp, "<Day>5</Day>").code == "wco-element-unexpected"


def test_only_the_element_that_was_moved_is_misplaced() -> None:
    text = own("import").decode()
    function = "<FunctionCode>9</FunctionCode>"
    moved = text.replace(function, "", 1).replace("<GoodsShipment>", f"{function}<GoodsShipment>", 1)
    (finding,) = read(moved.encode()).findings
    assert (finding.code, finding.expected) == ("wco-element-misplaced", "first")
    office = "<DeclarationOfficeID>XAPRT001</DeclarationOfficeID>"
    late = text.replace(office, "", 1).replace("<GoodsShipment>", f"{office}<GoodsShipment>", 1)
    (finding,) = read(late.encode()).findings
    assert (finding.found, finding.expected) == ("DeclarationOfficeID", "after GoodsItemQuantity")


def test_an_element_of_another_namespace_is_told_with_it() -> None:
    finding = only("<TypeCode>IMA<", '<TypeCode xmlns="urn:x">IMA<')
    assert finding.found == "{urn:x}TypeCode"


def test_findings_are_given_up_to_the_limit() -> None:
    text = own("import").decode().replace("<Agent>", "<x/>" * 30 + "<Agent>", 1).encode()
    told = WCO_DM.read(Source(text, parse_xml(text)), Options(limit=5)).findings
    assert [finding.code for finding in told] == ["wco-element-unexpected"] * 5 + ["findings-left-out"]


@pytest.mark.parametrize(
    ("before", "after", "code", "severity", "pointer"),
    [
        ("<GoodsItemQuantity>2", "<GoodsItemQuantity>3", "wco-items-total", "warning", "42A/228"),
        ("<TotalPackageQuantity>120", "<TotalPackageQuantity>121", "wco-packages-total", "warning", "42A/146"),
        ("NetNetWeightMeasure>2100", "NetNetWeightMeasure>2220.1", "wco-net-over-gross", "warning", NET_MASS_2),
        ("<ID>CSQU3054383", "<ID>TRAILER 7", "wco-container-number", "info", "42A/67A[1]/28A[1]/31B[1]/159"),
        ("<ID>CSQU3054383", "<ID>CSQU3054384", "wco-container-check-digit", "warning", "42A/67A[1]/28A[1]/31B[1]/159"),
    ],
)
def test_a_rule_warns_and_does_not_refuse(before: str, after: str, code: str, severity: str, pointer: str) -> None:
    finding = only(before, after)
    assert (finding.code, finding.severity, finding.pointer) == (code, severity, pointer)
    assert "{" not in render(finding)


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("<GoodsItemQuantity>2</GoodsItemQuantity>", ""),
        ("<TotalPackageQuantity>120</TotalPackageQuantity>", ""),
        ("<QuantityQuantity>40</QuantityQuantity>", ""),
        ("NetNetWeightMeasure>2100", "NetNetWeightMeasure>2220"),
        ("<GrossMassMeasure>2220</GrossMassMeasure>", ""),
        ("<ID>CSQU3054383", "<ID>csqu 305438-3"),
    ],
)
def test_a_near_miss_and_a_missing_field_are_no_warning(before: str, after: str) -> None:
    assert findings(before, after) == ()


def test_every_rule_names_its_source() -> None:
    assert all("Source:" in (rule.__doc__ or "") for rule, _ in RULES)


@pytest.mark.parametrize(
    ("before", "after", "code", "is_refused"),
    [
        ("<md:WCOTypeName>DEC<", "<md:WCOTypeName>RES<", "wco-envelope-type", False),
        ("ModelVersionCode>3.6<", "ModelVersionCode>4.1<", "wco-edition", False),
        ("</Declaration>", ANOTHER, "wco-declaration-repeated", True),
        ("urn:wco:datamodel:WCO:DEC-DMS:2", "urn:wco:datamodel:WCO:DEC-DMS:3", "wco-declaration-missing", True),
        (' xmlns="urn:wco:datamodel:WCO:DEC-DMS:2"', "", "wco-declaration-missing", True),
    ],
)
def test_an_envelope_that_is_not_right_is_told(before: str, after: str, code: str, is_refused: bool) -> None:
    text = own("amendment").decode().replace(before, after, 1)
    reading = read(text.encode())
    assert [finding.code for finding in reading.findings] == [code]
    assert reading.outcome == ("refused" if is_refused else "accepted")


def test_a_request_without_envelope_lacks_it() -> None:
    text = own("export-in-request").decode().replace("requestDetail", "requestOther")
    reading = read(text.encode())
    assert [(finding.code, finding.expected) for finding in reading.findings] == [
        ("wco-declaration-missing", "MetaData")
    ]
    assert reading.document is None


@pytest.mark.parametrize("data", [b"<Declaration/>", b"<MetaData/>", b'<Declaration xmlns="urn:x"/>', b"<SAD/>"])
def test_another_root_is_not_recognised(data: bytes) -> None:
    assert not WCO_DM.recognises(Source(data, parse_xml(data)))
    assert not WCO_DM.recognises(Source(b"x", None))


def test_every_place_leads_to_one_element_and_every_error_refuses() -> None:
    """The XPath of each finding on damaged declarations finds exactly one node of the message."""
    seen: set[str] = set()
    for damage, declaration in mutants(accepted_samples(), seed=7, count=500):
        data = etree.tostring(declaration.getroottree().getroot())
        try:
            root = parse_xml(data)
        except UnreadableError:
            continue
        source = Source(data, root)
        if not WCO_DM.recognises(source):
            continue
        reading = WCO_DM.read(source, Options())
        errors = [finding for finding in reading.findings if finding.severity == "error"]
        assert (reading.outcome == "refused") == bool(errors), damage
        for finding in reading.findings:
            seen.add(finding.code)
            if finding.code not in ("findings-left-out", "wco-attribute-missing"):
                assert finding.location is not None
                assert nodes_at(root, finding.location) == 1, (damage, finding)
    assert len(seen) >= 14


def nodes_at(root: etree._Element, location: str) -> int:
    """How many nodes an XPath finds, its prefixes read as the elements it passes through read them."""
    nodes: list[Any] = [root]
    first, *rest = location.removeprefix("/").split("/")
    assert matches(root, first)
    for step in rest:
        if step.startswith("@"):
            prefix, _, local = step[1:].rpartition(":")
            names = [etree.QName(name) for node in nodes for name in node.attrib]
            return sum(name.localname == local and bool(name.namespace) == bool(prefix) for name in names)
        place = int(step.removesuffix("]").partition("[")[2])
        found = []
        for node in nodes:
            alike: dict[str, list[Any]] = {}
            for child in node:
                if matches(child, step):
                    alike.setdefault(child.tag, []).append(child)
            found += [group[place - 1] for group in alike.values() if len(group) >= place]
        nodes = found
    return len(nodes)


def matches(element: etree._Element, step: str) -> bool:
    """Whether an element has the prefix and name of a step."""
    name = step.partition("[")[0]
    local = etree.QName(element).localname
    return name == (f"{element.prefix}:{local}" if element.prefix else local)


def test_a_declaration_with_every_element_has_no_errors() -> None:
    assert all(finding.severity != "error" for finding in read(full_declaration()).findings)
