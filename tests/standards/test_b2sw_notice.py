# SPDX-License-Identifier: Apache-2.0
"""The arrival notice of business to single window, and its mapping to GOVCBR."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from pathlib import Path

import msgspec
import pytest
from lxml import etree

from cocket.errors import SenderError
from cocket.model import Declaration, Party, PreviousDocument, TransportMeans
from cocket.standards.wco_b2sw import WCO_B2SW
from cocket.standards.wco_b2sw.fields import MAI
from cocket.standards.xml import parse_xml
from tests.corpora import corpora
from tests.standards.shape_samples import MUTANTS, SEED, all_own, damaged, own, read

FOLDER = "wco-b2sw-govcbr/jvm/src/test/resources/eu/cdevreeze/yaidom/integrationtest/edifact"
SCHEMA = f"{FOLDER}/schemas/B2SW_MetaData_01A_urn_wco_datamodel_WCO_MAI_01A.xsd"
PAGE = Path(__file__).resolve().parents[2] / "docs" / "standards" / "wco-b2sw.md"


def test_a_notice_says_which_ship_for_whom_and_after_which() -> None:
    reading = read(WCO_B2SW, own(WCO_B2SW, "arrival-notice"))
    document = reading.document
    assert isinstance(document, Declaration)
    assert (reading.outcome, reading.function, reading.reference) == ("accepted", "original", "XA_2026_000042")
    assert (document.type_code, document.flow) == ("MAI", "other")
    assert document.issued == datetime(2026, 3, 5, 9, 30, tzinfo=UTC)
    assert document.declarant == Party(
        id="XA0000000042", name="Harbour Agents of XA", function_code="DT", contact="A. Pilot"
    )
    assert document.shipment.border_transport == TransportMeans(id="9074729", id_type_code="IMO")
    assert document.shipment.previous_documents == (PreviousDocument(id="XA_2026_000041"),)


def test_a_function_code_tells_a_cancellation_from_a_change() -> None:
    assert read(WCO_B2SW, own(WCO_B2SW, "cancellation")).function == "cancellation"
    changed = own(WCO_B2SW, "arrival-notice").replace(b"<FunctionCode>9<", b"<FunctionCode>4<")
    assert read(WCO_B2SW, changed).function == "amendment"


def test_a_date_without_its_element_is_refused_and_kept() -> None:
    data = own(WCO_B2SW, "arrival-notice")
    bare = re.sub(rb"<ds:DateTimeString[^>]*>(.*?)</ds:DateTimeString>", rb"\1", data)
    reading = read(WCO_B2SW, bare)
    assert reading.outcome == "refused"
    assert [(each.code, each.expected, each.pointer) for each in reading.findings] == [
        ("b2sw-element-missing", "DateTimeString", "42A/D011")
    ]
    assert isinstance(reading.document, Declaration)
    assert ("IssueDateTime[1]", "20260305093000Z") in [(each.path, each.value) for each in reading.document.extensions]


def test_what_a_notice_has_no_room_for_is_not_lost_in_silence() -> None:
    document = read(WCO_B2SW, own(WCO_B2SW, "arrival-notice")).document
    assert isinstance(document, Declaration)
    shipment = msgspec.structs.replace(document.shipment, importer=Party(id="XA1"))
    full = msgspec.structs.replace(document, shipment=shipment)
    with pytest.raises(SenderError, match="cannot contain") as caught:
        WCO_B2SW.write(full)
    assert caught.value.found == "shipment"
    with pytest.raises(SenderError):
        WCO_B2SW.write(Declaration())


def test_the_published_sample_is_refused_as_by_its_schema() -> None:
    data = corpora(FOLDER, "sample-declaration.xml").read_bytes()
    assert not etree.XMLSchema(etree.parse(corpora(SCHEMA))).validate(parse_xml(data))
    reading = read(WCO_B2SW, data)
    assert reading.outcome == "refused"
    assert {each.pointer for each in reading.findings} == {"42A/D011"}


def test_the_verdict_on_damaged_notices_is_the_published_one() -> None:
    published = etree.XMLSchema(etree.parse(corpora(SCHEMA)))
    good = 0
    for element in damaged([parse_xml(data) for data in all_own(WCO_B2SW)], MAI.outline, SEED, MUTANTS):
        verdict = published.validate(element)
        assert MAI.accepts(element) == verdict, etree.tostring(element)
        good += verdict
    assert 0 < good < MUTANTS, "the damage must be of both kinds, else the comparison proves nothing"


def mapping() -> list[tuple[str, str]]:
    """Rows of the mapping on the page of the standard: path of the notice, place in GOVCBR."""
    rows = re.findall(r"^\| `([A-Z]\w+(?:/\w+)*)` \| `([A-Z]{3}[^`]*)` \|", PAGE.read_text("utf-8"), re.MULTILINE)
    assert rows
    return rows


def govcbr_values(message: etree._Element, place: str) -> list[str]:
    """The values at a place such as `RFF/C506/1154 where C506/1153 is APG`."""
    path, _, condition = place.partition(" where ")
    segment, *steps = path.split("/")
    qualifier, _, wanted = condition.partition(" is ")
    values = []
    for element in message.iter(f"{{*}}{segment}"):
        if condition and element.findtext(_steps(qualifier.split("/"))) != wanted:
            continue
        values.append(element.findtext(_steps(steps)) or "")
    return values


def _steps(steps: list[str]) -> str:
    return "/".join(f"{{*}}{'e' if step.isdigit() else ''}{step}" for step in steps)


def test_the_mapping_to_govcbr_holds_for_the_published_pair() -> None:
    notice = parse_xml(corpora(FOLDER, "sample-declaration.xml").read_bytes())
    message = parse_xml(corpora(FOLDER, "sample-edifact.xml").read_bytes())
    compared = 0
    for path, place in mapping():
        values = [each.text or "" for each in notice.iterfind(_steps(path.split("/")))]
        if any(values):
            assert govcbr_values(message, place) == values, path
            compared += 1
    assert compared == 15
