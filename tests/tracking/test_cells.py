# SPDX-License-Identifier: Apache-2.0
"""Tables of network cells in OpenCelliD's form."""

from __future__ import annotations

import gzip
from contextlib import suppress
from random import Random

import pytest

from cocket.errors import CocketError, UnreadableError
from cocket.tracking import Cell
from cocket.tracking.cells import LEAST_SAMPLES, read_cells, unpacked

HEAD = "radio,mcc,net,area,cell,unit,lon,lat,range,samples,changeable,created,updated,averageSignal\n"
LINES = (
    "GSM,639,2,1001,51,0,39.66,-4.05,1500,22,1,1459713046,1717000000,0\n"
    "LTE,639,3,20,135168001,0,36.82,-1.29,90000,7,1,1459713046,1717000000,0\n"
    "UMTS,639,2,1001,4194355,0,39.70,-4.00,3000,9,1,1459713046,1717000000,0\n"
    "UMTS,639,2,1002,4194356,0,39.71,-4.00,3000,9,1,1459713046,1717000000,0\n"
    "UMTS,639,2,1002,8388660,0,39.72,-4.00,3000,9,1,1459713046,1717000000,0\n"
)
CSV = (HEAD + LINES).encode()


def cell(area: int, number: int, mnc: int | None = 2) -> Cell:
    return Cell(mcc=639, mnc=mnc, area=area, cell=number)


@pytest.mark.parametrize("content", [CSV, gzip.compress(CSV), b"\xef\xbb\xbf" + CSV, LINES.encode()])
def test_a_table_is_read_with_and_without_head_and_packed_and_the_same_again(content: bytes) -> None:
    table, read = read_cells(content)
    assert (len(table), read.countries, read.left_out) == (5, (639,), {})
    for one in (table, unpacked(table.packed())):
        place = one.find(cell(1001, 51))
        assert place is not None
        assert (place.lon, place.lat, place.accuracy_m) == pytest.approx((39.66, -4.05, 1500), abs=1e-5)


def test_a_cell_is_found_by_all_of_its_number_or_by_the_part_a_device_tells() -> None:
    table, _ = read_cells(CSV)
    far = table.find(cell(20, 135168001, 3))
    assert far is not None
    assert far.accuracy_m == 40_000  # what its keeper says is more than radio reaches
    assert table.find(cell(1001, 4194355)) is not None
    short = table.find(cell(1001, 4194355 & 0xFFFF))
    assert short is not None
    assert short.lon == pytest.approx(39.66, abs=1e-5)  # 51 is a cell of its own: the whole number counts first
    assert table.find(cell(1002, 52)) is None  # two end so
    assert table.find(cell(1001, 51, None)) is None
    assert table.find(cell(9, 51)) is None


def test_what_is_left_out_is_said_with_its_reason_and_line() -> None:
    bad = (
        "GSM,639,2,1001,52,0,39.66,-4.05,1500,4,1,0,0,0\n"
        "GSM,639,x,1001,53,0,39.66,-4.05,1500,22,1,0,0,0\n"
        "GSM,639,2,1001,54,0,0,0,1500,22,1,0,0,0\n"
        "GSM,639,2,1001,55,0,200,-4.05,1500,22,1,0,0,0\n"
        "GSM,639,2,1001,51,0,10,10,1500,22,1,0,0,0\n"
        "short\n"
    )
    table, read = read_cells(CSV + bad.encode())
    assert len(table) == 5
    assert read.left_out == {"few-samples": 1, "no-number": 2, "no-place": 2, "twice": 1}
    assert read.problems == ((8, "no-number"), (9, "no-place"), (10, "no-place"), (12, "no-number"))
    place = table.find(cell(1001, 51))
    assert place is not None
    assert place.lon == pytest.approx(39.66, abs=1e-5)  # the first one of two counts
    assert LEAST_SAMPLES == 5


@pytest.mark.parametrize(
    "content", [b"", HEAD.encode(), b"a,b\n1,2\n", b"mcc,net\n1,2\n", b"\x1f\x8bno", b"\xff\xfe", b"\0", CSV[:120]]
)
def test_what_is_no_table_is_refused(content: bytes) -> None:
    with pytest.raises(UnreadableError):
        read_cells(content)


def test_mutations_raise_nothing_foreign() -> None:
    chance = Random(5)
    for _ in range(2_000):
        content = bytearray(CSV)
        for _ in range(chance.randint(1, 6)):
            content[chance.randrange(len(content))] = chance.randrange(256)
        with suppress(CocketError):
            read_cells(bytes(content))
