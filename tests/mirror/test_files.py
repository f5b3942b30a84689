# SPDX-License-Identifier: Apache-2.0
"""Records as a file: what another instance writes, and a table, read to the same."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from random import Random

import msgspec
import pytest

from benchmarks.mirror import first_world
from cocket.errors import CocketError, UnreadableError
from cocket.mirror.files import looks_like_records, read_records
from cocket.model import Amount

TABLE = """reference,flow,day,country,number,hs,net_kg,packages,price,ucrs,transport_documents,quantities
A-1,export,2026-03-02,xb,1,0901.11.00,120.5,10,3200.00 USD,6xa-1|6XA-2,mxqu 12345678,12 NAR
A-1,export,2026-03-02,xb,2,870323,900,1,,6xa-1|6XA-2,mxqu 12345678,
A-2,import,2026-03-04,XB,,,,,,,,
"""


def test_a_table_has_a_line_for_each_item() -> None:
    one, two = read_records(TABLE.encode(), "XA")
    assert (one.id, one.reference, one.flow, one.day, one.country) == (
        "XA export A-1",
        "A-1",
        "export",
        date(2026, 3, 2),
        "XB",
    )
    assert (one.ucrs, one.transport_documents) == (("6XA1", "6XA2"), ("MXQU12345678",))
    first, second = one.lines
    assert (first.hs, first.net_kg, first.packages, first.price) == (
        "090111",
        Decimal("120.5"),
        10,
        Amount(Decimal("3200.00"), "USD"),
    )
    assert (first.quantities, second.number, second.price) == ((("NAR", Decimal(12)),), 2, None)
    assert (two.flow, two.lines[0].hs, two.lines[0].net_kg, two.net_kg) == ("import", "", None, None)


def test_what_another_instance_writes_is_read_again() -> None:
    records = first_world(4, 30).exports
    written = b"".join(msgspec.json.encode(one) + b"\n" for one in records)
    assert looks_like_records(written)
    again = read_records(written, "XA")
    assert [msgspec.structs.replace(one, id="") for one in again] == [
        msgspec.structs.replace(one, id="") for one in records
    ]


def test_messages_of_standards_are_no_files_of_records() -> None:
    for content in (b"", b"<a/>", b"UNB+UNOA:1'", b'{"a": 1}', b"a,b,c\n"):
        assert not looks_like_records(content)
    assert looks_like_records(TABLE.encode()) and looks_like_records(b"\xef\xbb\xbf" + TABLE.encode())


@pytest.mark.parametrize(
    ("content", "says"),
    [
        ("flow,day\n", "no column reference"),
        (TABLE.replace("hs,", "colour,", 1), "column colour is not known"),
        (TABLE.replace("export,2026-03-02", "export,02.03.2026", 1), "line 2: day"),
        (TABLE.replace(",120.5,", ",much,", 1), "line 2: net_kg"),
        (TABLE.replace(",120.5,", ",-1,", 1), "line 2: net_kg"),
        (TABLE.replace(",120.5,", ",1e99,", 1), "line 2: net_kg"),
        (TABLE.replace("3200.00 USD", "3200.00", 1), "line 2: price"),
        (TABLE.replace("A-1,export", "A-1,sale", 1), "line 2: flow"),
        (TABLE.replace("\nA-2", "\n", 1), "line 4 has no reference"),
        (TABLE + "A-3,export\n", "line 5 has not as many cells"),
        ('{"flow":"export","day":"never","id":"x"}', "line 1"),
    ],
)
def test_what_cannot_be_read_is_refused_whole_with_its_line(content: str, says: str) -> None:
    with pytest.raises(UnreadableError, match=says):
        read_records(content.encode(), "XA")


def test_damaged_files_raise_errors_of_ours_alone() -> None:
    dice = Random(2)
    written = b"".join(msgspec.json.encode(one) + b"\n" for one in first_world(4, 3).exports)
    for content in (TABLE.encode(), written):
        for _ in range(1000):
            damaged = bytearray(content)
            for _ in range(dice.randint(1, 4)):
                damaged[dice.randrange(len(damaged))] = dice.randrange(256)
            try:
                read_records(bytes(damaged), "XA")
            except CocketError:
                continue
