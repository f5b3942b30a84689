# SPDX-License-Identifier: Apache-2.0
"""Tables from a directory that a user brings, in both forms in which directories are printed."""

from __future__ import annotations

import io
import zipfile

import pytest

from cocket.errors import SenderError
from cocket.standards import Options, read
from cocket.standards.edifact import tables_of
from cocket.standards.edifact.directory import segments_of, structure_of
from cocket.standards.edifact.tables import Directory, brought
from tests.standards.edifact_samples import BASE, interchange

MESSAGE = """\
4.3.1  Segment table

Pos     Tag Name                                     S   R

00010   UNH Message header                           M   1
00020 + BGM Beginning of message                     M   1
00030*X DTM Date and time                            C   9

00040       ---- Segment group 1  ------------------ C   9----------------+
00050   TDT Transport                                M   1                |
                                                                          |
00060       ---- Segment group 2  ------------------ C   99--------------+|
00070 | LOC Place                                    M   1               ||
00080   DTM Date and time                            C   9---------------++
00090   UNT Message trailer                          M   1
"""
FRAMED = """\
0010   UNH Message header                            M   1
0020   BGM Beginning of message                      M   1
0030 +     \xc4\xc4\xc4\xc4\xc4 Segment group 1  \xc4\xc4\xc4\xc4\xc4\xc4\xc4\xc4\xc4 C   9\xc4\xc4\xc4\xc4\xc4\xc4\xc4\xbf
0040   TDT Transport                                 M   1       \xb3
0050   LOC Place                                     C   99\xc4\xc4\xc4\xc4\xc4\xc4\xd9
0060   UNT Message trailer                           M   1
"""
SEGMENTS = """\
----------------------------------------------------------------------

    *| DTM  DATE/TIME/PERIOD

       Function: To say when.

010    C507 DATE/TIME/PERIOD                           M    1
       2005  Date or time or period function code
             qualifier                                 M      an..3
       2380  Date or time or period text               C      an..35
       2379  Date or time or period format code        C      an..3

----------------------------------------------------------------------

       LOC  PLACE

       Function: To say where.

010    3227 LOCATION FUNCTION CODE QUALIFIER           M    1 an..3

020 X  C517 LOCATION IDENTIFICATION                    C    9
       3225  Location identifier                       C      an..35
"""


def packed(**files: str) -> bytes:
    """Files in a zip in a zip, as directories come."""
    inner = io.BytesIO()
    with zipfile.ZipFile(inner, "w") as archive:
        for name, text in files.items():
            archive.writestr(name.replace("__", "."), text.encode("latin-1"))
    outer = io.BytesIO()
    with zipfile.ZipFile(outer, "w") as archive:
        archive.writestr("edmd.zip", inner.getvalue())
    return outer.getvalue()


def test_groups_are_read_from_lines_and_from_frames() -> None:
    assert structure_of(MESSAGE) == "UNH M1 BGM M1 DTM C9 1:C9(TDT M1 2:C99(LOC M1 DTM C9)) UNT M1"
    assert structure_of(FRAMED) == "UNH M1 BGM M1 1:C9(TDT M1 LOC C99) UNT M1"


def test_elements_are_read_with_names_that_run_over_the_line() -> None:
    assert dict(segments_of(SEGMENTS)) == {
        "DTM": "C507 M1 (2005 M an..3, 2380 C an..35, 2379 C an..3)",
        "LOC": "3227 M1 an..3; C517 C9 (3225 C an..35)",
    }


def test_a_directory_becomes_tables_by_which_a_message_is_judged() -> None:
    tables = tables_of(packed(CUSCAR_D__25A=MESSAGE, EDSD__25A=SEGMENTS), ("CUSCAR",))
    assert tables.splitlines()[0].startswith("message CUSCAR 25A: UNH M1")
    segments = (BASE[0], "UNH+1+CUSCAR:D:25A:UN", "BGM+785+M+9", "DTM+137:20261120:102", "UNT+4+1", BASE[-1])
    data = interchange(segments).encode()
    assert [each.code for each in read(data).findings] == ["edifact-release-unknown"]
    reading = read(data, Options(package=tables.encode()))
    assert {each.code for each in reading.findings} == {"edifact-segment-unknown", "edifact-segment-missing"}  # no BGM
    assert brought(tables.encode()).structure("CUSDEC", "95B") is not None


@pytest.mark.parametrize("data", [b"", b"no zip", packed(README__TXT="nothing"), packed(CUSCAR_D__25A=MESSAGE)[:-30]])
def test_what_is_no_directory_is_refused(data: bytes) -> None:
    with pytest.raises(SenderError):
        tables_of(data, ("CUSCAR",))


@pytest.mark.parametrize("text", ["nonsense", "segment DTM 95B", "message CUSCAR 95B: X\nmore"])
def test_what_are_no_tables_is_refused(text: str) -> None:
    with pytest.raises(SenderError):
        Directory(text)


def test_tables_that_are_not_text_are_refused() -> None:
    with pytest.raises(SenderError):
        read(interchange().encode(), Options(package=b"\xff\xfe"))


def test_a_table_of_a_segment_that_is_none_is_refused() -> None:
    with pytest.raises(SenderError):
        Directory("segment DTM 95B: nothing").segment("DTM", "95B")
