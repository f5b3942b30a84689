# SPDX-License-Identifier: Apache-2.0
"""Repairs before recognition: each slip refused strictly, repaired leniently, and said so."""

from __future__ import annotations

import json
import re

import pytest
from lxml import etree

from cocket import standards
from cocket.errors import UnreadableError
from cocket.standards import Options
from cocket.standards.repair import parse_leniently
from tests.corpora import corpora
from tests.standards.wco_samples import ANSWERS, own

LENIENT = Options(lenient=True, profile="wco-dm")
PUBLISHED_RESPONSE = "hmrc-cds-declarations/public/api/conf/3.0/schemas/wco/notification"


def slip(sample: str, before: str, after: str) -> bytes:
    """A sample with one text in it replaced, which has to occur."""
    text = own(sample).decode()
    assert before in text
    return text.replace(before, after, 1).encode()


def without_namespaces(sample: str) -> bytes:
    """A sample whose prefixes and namespaces were stripped, as documentation tools do it."""
    text = re.sub(r"\sxmlns(:\w+)?=\"[^\"]*\"", "", own(sample).decode())
    return re.sub(r"(</?)\w+:", r"\1", text).encode()


SLIPS = [
    pytest.param(slip("import", "<!-- Two items", "<!-- Two -- items --"), ["repaired-comment"], id="comment"),
    pytest.param(slip("import", "first item. -->", "first item. --->"), ["repaired-comment"], id="comment-dash"),
    pytest.param(own("import") + b"headers=List((a,b))", ["repaired-trailing-text"], id="text-behind"),
    pytest.param(slip("bare", "<TypeCode>", '<TypeCode xmlns:="">'), ["repaired-empty-prefix"], id="empty-prefix"),
    pytest.param(without_namespaces("import"), ["repaired-namespaces"] * 3, id="no-namespaces"),
    pytest.param(without_namespaces("bare"), ["repaired-namespaces"], id="bare-without-namespace"),
    pytest.param(
        without_namespaces("import").replace(b"MetaData>", b"_2MetaData>").replace(b"<DateTime", b"<_2_2DateTime")
        .replace(b"</DateTimeS", b"</_2_2DateTimeS"),
        ["repaired-prefixes", *["repaired-namespaces"] * 3],
        id="lost-colons",
    ),
    pytest.param(
        slip("import", "20260305093000+02<", "20260305093000+02\n  <"), ["repaired-white-space"], id="white-space"
    ),
]  # fmt: skip


@pytest.mark.parametrize(("data", "codes"), SLIPS)
def test_a_slip_is_refused_strictly_and_repaired_leniently(data: bytes, codes: list[str]) -> None:
    assert standards.read(data).outcome == "refused"
    reading = standards.read(data, LENIENT)
    assert reading.outcome == "accepted"
    assert [finding.code for finding in reading.findings if finding.code.startswith("repaired")] == codes
    assert all(finding.severity == "warning" for finding in reading.findings)


def test_a_repaired_message_reads_as_the_one_it_was() -> None:
    whole = standards.read(own("import"))
    assert standards.read(without_namespaces("import"), LENIENT).document == whole.document
    assert standards.read(own("import"), LENIENT) == standards.read(own("import"), Options(profile="wco-dm"))


@pytest.mark.parametrize(
    "data",
    [
        own("import") + b"<x/>",
        own("import") + b"text <x/>",
        own("import")[:-20],
        b"text " + own("import"),
        slip("import", "urn:wco:datamodel:WCO:DEC-DMS:2", "urn:wco:datamodel:WCO:DEC-DMS:1"),
        slip("import", "<TypeCode>IMA<", "<TypeCode>IMPORT<"),
        slip("import", "<md:MetaData", "<!DOCTYPE md:MetaData><md:MetaData"),
        b"",
    ],
)
def test_what_would_have_to_be_guessed_is_not_repaired(data: bytes) -> None:
    assert standards.read(data, LENIENT).outcome == "refused"


def test_a_comment_sign_inside_character_data_is_left_alone() -> None:
    words = "<![CDATA[a <!-- b -- c]]>"
    data = slip("import", "Woven cotton fabric, bleached", words) + b" tail"
    reading = standards.read(data, LENIENT)
    assert [finding.code for finding in reading.findings] == ["repaired-trailing-text"]
    assert reading.document.shipment.items[0].commodity.description == "a <!-- b -- c"  # type: ignore[union-attr]


def test_many_open_comments_take_no_longer_than_their_length() -> None:
    with pytest.raises(UnreadableError):
        parse_leniently(b"<a>" + b"<!--" * 20_000)


def test_white_space_in_words_is_not_the_house_to_trim() -> None:
    root, repairs = parse_leniently(slip("import", "<Name>Harbour Brokers<", "<Name> Harbour Brokers <"))
    assert repairs == ()
    assert " Harbour Brokers " in root.xpath("//*[local-name()='Name']/text()")


def test_places_are_told_as_the_message_has_them() -> None:
    data = without_namespaces("import").replace(b"<TypeCode>IMA<", b"<TypeCode>IMPORT<")
    error = next(each for each in standards.read(data, LENIENT).findings if each.severity == "error")
    assert error.location == "/MetaData[1]/Declaration[1]/TypeCode[1]"


def test_every_third_party_message_valid_after_repair_is_valid_once_repaired() -> None:
    folder = corpora()
    schema = etree.XMLSchema(etree.parse(corpora(*PUBLISHED_RESPONSE.split("/")) / "WCO_RES_2_DMS.xsd"))
    judged = {"declaration": 0, "wrapped_declaration": 0, "notification": 0}
    for row in map(json.loads, (folder / ANSWERS).read_text("utf-8").splitlines()):
        if row["kind"] not in judged or not row["xsd_valid_after_ns_repair"]:
            continue
        judged[row["kind"]] += 1
        data = (folder / row["file"]).read_bytes()
        if row["kind"] == "notification":
            root, _ = parse_leniently(data)
            responses = [each for each in root if etree.QName(each).localname == "Response"]
            assert responses, row
            assert all(map(schema.validate, responses)), row
        else:
            assert standards.read(data, LENIENT).outcome == "accepted", row
    assert judged == {"declaration": 265, "wrapped_declaration": 9, "notification": 718}
