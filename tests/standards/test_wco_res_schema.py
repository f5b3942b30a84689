# SPDX-License-Identifier: Apache-2.0
"""The verdict on the structure of responses: ours must be that of the published schema, on good and damaged ones."""

from __future__ import annotations

import copy
import json
from functools import lru_cache

import pytest
from lxml import etree

from cocket.standards.wco_dm.response import WCO_RES, accepts
from cocket.standards.wco_dm.response.fields import DATE_NAMESPACE, RESPONSE_NAMESPACE, SHAPE
from cocket.standards.xml import parse_xml
from tests.corpora import corpora
from tests.standards.shape_samples import MUTANTS, SEED, all_own, damaged, own, read

PUBLISHED = "hmrc-cds-declarations/public/api/conf/3.0/schemas/wco/notification/WCO_RES_2_DMS.xsd"
ANSWERS = "answers/cds-xsd-result.jsonl"


@lru_cache(maxsize=1)
def published_schema() -> etree.XMLSchema:
    return etree.XMLSchema(etree.parse(corpora(PUBLISHED)))


def responses_in(data: bytes) -> list[etree._Element]:
    """The Response elements of a message, each a root of its own."""
    return [copy.deepcopy(each) for each in parse_xml(data).iter(f"{{{RESPONSE_NAMESPACE}}}Response")]


def with_namespaces(data: bytes) -> list[etree._Element]:
    """The Response elements of a sample; those of a documentation sample, which has no namespaces, get theirs."""
    root = etree.fromstring(data, etree.XMLParser(remove_comments=True))
    for element in root.iter("*") if etree.QName(root).namespace is None else ():
        name = etree.QName(element).localname
        element.tag = f"{{{DATE_NAMESPACE if name == 'DateTimeString' else RESPONSE_NAMESPACE}}}{name}"
    found = list(root.iter(f"{{{RESPONSE_NAMESPACE}}}Response"))
    etree.cleanup_namespaces(root)
    return [etree.fromstring(etree.tostring(each)) for each in found]


def test_the_table_has_every_element_of_the_message() -> None:
    def positions(name: str) -> int:
        fields = SHAPE.outline.classes[name].values()
        return sum(1 + (positions(field.content) if field.content in SHAPE.outline.classes else 0) for field in fields)

    assert positions("Response") == 73  # with the place of the corrected declaration


def test_our_samples_are_accepted_by_both() -> None:
    elements = [each for data in all_own(WCO_RES) for each in responses_in(data)]
    assert len(elements) == 5
    assert all(map(accepts, elements))
    assert all(map(published_schema().validate, elements))


@pytest.mark.parametrize(
    ("good", "bad", "code", "pointer"),
    [
        ("<r:FunctionCode>03<", "<r:FunctionCode>O3<", "res-value-format", "07B/017"),
        ("<r:FunctionCode>03</r:FunctionCode>", "", "res-element-missing", "07B/017"),
        ("<r:ValidationCode>XA10001<", "<r:ValidationCode>XA1000100<", "res-value-length", "07B/53A[1]/377"),
        ("<r:TagID>128<", "<r:Tag>x</r:Tag><r:TagID>128<", "res-element-unexpected", "07B/53A[1]/97A[5]"),
        ('formatCode="102">20260306', 'formatCode="203">20260306', "res-attribute-format", "07B/03A[1]/264"),
        (
            "20260305094500Z</d:DateTimeString></r:Rej",
            "soon</d:DateTimeString></r:Rej",
            "res-value-format",
            "07B/42A[1]/374",
        ),
        ("<r:VersionID>1</r:VersionID>", "<r:ID>2</r:ID>", "res-element-repeated", "07B/42A[1]/D014"),
    ],
)
def test_a_fault_is_told_with_its_code_and_pointer(good: str, bad: str, code: str, pointer: str) -> None:
    sample = own(WCO_RES, "rejected").decode()
    assert sample.count(good) == 1
    reading = read(WCO_RES, sample.replace(good, bad).encode())
    assert reading.outcome == "refused"
    assert [(each.code, each.pointer) for each in reading.findings] == [(code, pointer)]


def test_a_correction_that_is_no_sound_declaration_refuses_the_response() -> None:
    sample = own(WCO_RES, "corrected").decode()
    reading = read(WCO_RES, sample.replace("<FunctionCode>9<", "<FunctionCode>8<").encode())
    assert reading.outcome == "refused"
    assert [each.code for each in reading.findings] == ["wco-code-unknown"]
    other = sample.replace(
        '<Declaration xmlns="urn:wco:datamodel:WCO:DEC-DMS:2">', '<Other xmlns="urn:wco:datamodel:WCO:DEC-DMS:2">'
    )
    other = other[::-1].replace("</Declaration>"[::-1], "</Other>"[::-1], 1)[::-1]
    reading = read(WCO_RES, other.encode())
    assert reading.outcome == "refused"
    assert [each.code for each in reading.findings] == ["res-element-unexpected"]


def test_the_verdict_on_every_third_party_response_is_the_published_one() -> None:
    folder = corpora(ANSWERS).parents[1]
    rows = [json.loads(line) for line in (folder / ANSWERS).read_text("utf-8").splitlines()]
    judged = agreed = good = 0
    for row in rows:
        if row["kind"] != "notification":
            continue
        elements = with_namespaces((folder / row["file"]).read_bytes())
        ours = all(map(accepts, elements))
        assert ours == all(map(published_schema().validate, elements)), row["file"]
        judged += 1
        agreed += ours == row["xsd_valid_after_ns_repair"]
        good += ours
    assert (judged, good) == (744, 718)
    assert agreed == judged


def test_the_verdict_on_damaged_responses_is_the_published_one() -> None:
    elements = [each for data in all_own(WCO_RES) for each in responses_in(data)]
    good = 0
    for element in damaged(elements, SHAPE.outline, SEED, MUTANTS):
        verdict = published_schema().validate(element)
        assert accepts(element) == verdict, etree.tostring(element)
        good += verdict
    assert 0 < good < MUTANTS, "the damage must be of both kinds, else the comparison proves nothing"
