# SPDX-License-Identifier: Apache-2.0
"""Lists are read as they are published, and what cannot be read of them is told."""

from __future__ import annotations

import pytest

from cocket.errors import CocketError, UnreadableError
from cocket.screening import ListedName, read_list
from tests.corpora import corpora

UNSC = """<?xml version="1.0"?>
<CONSOLIDATED_LIST dateGenerated="2031-05-06T00:00:00Z"><INDIVIDUALS><INDIVIDUAL>
<DATAID>1</DATAID><FIRST_NAME>TEODOR</FIRST_NAME><SECOND_NAME>KRANZ</SECOND_NAME><UN_LIST_TYPE>Atlantis</UN_LIST_TYPE>
<REFERENCE_NUMBER>ATi.001</REFERENCE_NUMBER><NAME_ORIGINAL_SCRIPT>Теодор Кранц</NAME_ORIGINAL_SCRIPT>
<INDIVIDUAL_ALIAS><QUALITY>Low</QUALITY><ALIAS_NAME>The Carpenter</ALIAS_NAME></INDIVIDUAL_ALIAS>
<INDIVIDUAL_ALIAS><QUALITY/><ALIAS_NAME/></INDIVIDUAL_ALIAS>
<INDIVIDUAL_DOCUMENT><TYPE_OF_DOCUMENT>Passport</TYPE_OF_DOCUMENT><NUMBER>AB 12-345 678</NUMBER></INDIVIDUAL_DOCUMENT>
</INDIVIDUAL><INDIVIDUAL><REFERENCE_NUMBER>ATi.002</REFERENCE_NUMBER></INDIVIDUAL></INDIVIDUALS>
<ENTITIES><ENTITY><FIRST_NAME>GRAND NAVAL WORKS (GNW)</FIRST_NAME><REFERENCE_NUMBER>ATe.001</REFERENCE_NUMBER>
<COMMENTS1>Owner of a tanker. IMO number: 9123456.</COMMENTS1></ENTITY></ENTITIES></CONSOLIDATED_LIST>""".encode()

FTM = b"""{"id":"Q1","schema":"Vessel","caption":"SEA FERN","properties":{"name":["SEA FERN"],"imoNumber":["IMO 9123456"],"flag":["xa"]}}
{"id":"Q2","schema":"Ownership","properties":{}}
{"id":"Q3","schema":"Person","properties":{"name":["Teodor Kranz"],"alias":["T. Krantz"],"weakAlias":["Teo"]}}
not json
{"id":"Q4","schema":"Person","properties":{}}
"""


def test_the_security_councils_list_is_read_in_its_own_xml() -> None:
    read = read_list("un", UNSC)
    person, body = read.entries
    assert (read.format, read.dated, person.id, person.programme) == (
        "unsc-xml",
        "2031-05-06T00:00:00Z",
        "ATi.001",
        "Atlantis",
    )
    assert [name.text for name in person.names] == ["TEODOR KRANZ", "Теодор Кранц", "The Carpenter"]
    assert [name.is_weak for name in person.names] == [False, False, True]
    assert person.numbers == ("AB12345678",)
    assert body.names == (
        ListedName("GRAND NAVAL WORKS (GNW)"),
        ListedName("GRAND NAVAL WORKS", is_alias=True),
        ListedName("GNW", is_weak=True, is_alias=True),
    )
    assert body.numbers == ("IMO9123456",)


def test_an_entry_without_a_name_is_told_and_not_lost_in_silence() -> None:
    assert read_list("un", UNSC).left_out == ("line 8: no reference number or no name",)


def test_entities_of_follow_the_money_are_read_a_line_each() -> None:
    read = read_list("os", FTM)
    assert [entry.id for entry in read.entries] == ["Q1", "Q3"]
    assert read.entries[0].kind == "vessel" and read.entries[0].numbers == ("IMO9123456",)
    assert [name.is_weak for name in read.entries[1].names] == [False, False, True]
    assert len(read.left_out) == 2 and read.left_out[0].startswith("line 4") and read.left_out[1] == "line 5: no name"


@pytest.mark.parametrize("sign", [",", ";", "\t"])
def test_a_table_is_read_whatever_parts_its_cells(sign: str) -> None:
    rows = [["ID", "Kind", "Name", "Numbers"], ["7", "ship", "SEA FERN", "9 123 456"], ["8", "goods", "tank shell", ""]]
    read = read_list("own", "\n".join(sign.join(row) for row in rows).encode())
    assert [(entry.id, entry.kind, entry.name) for entry in read.entries] == [
        ("7", "vessel", "SEA FERN"),
        ("8", "goods", "tank shell"),
    ]
    assert read.entries[0].numbers == ("9123456",)


def test_lines_of_a_table_that_are_no_entry_are_told() -> None:
    read = read_list("own", b"name,kind\nKranz,person\n,person\nSea,submarine\n\n")
    assert read.left_out == ("line 3: no name", "line 4: no kind submarine")


@pytest.mark.parametrize(
    "content", [b"", b"<a/>", b"<CONSOLIDATED_LIST", b"who,what\n1,2\n", b"{}\n", b"\xff\xfe\x00", b"name\n"]
)
def test_what_is_no_list_is_refused(content: bytes) -> None:
    with pytest.raises(UnreadableError):
        read_list("x", content)


def test_a_document_type_is_refused() -> None:
    planted = UNSC.replace(b'<?xml version="1.0"?>', b'<?xml version="1.0"?><!DOCTYPE a [<!ENTITY b "c">]>')
    with pytest.raises(UnreadableError):
        read_list("un", planted)


def test_a_damaged_list_raises_only_our_errors() -> None:
    for content in (UNSC, FTM):
        for place in range(0, len(content), 3):
            for damaged in (content[:place], content[:place] + b"\x00" + content[place + 1 :]):
                try:
                    read_list("x", damaged)
                except CocketError:
                    continue


def test_the_list_as_published_is_read_whole() -> None:
    read = read_list("un", corpora("host", "unsc-list", "UN_consolidated.xml").read_bytes())
    assert (len(read.entries), read.left_out) == (1003, ())
    assert sum(entry.kind == "person" for entry in read.entries) == 730
