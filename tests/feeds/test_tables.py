# SPDX-License-Identifier: Apache-2.0
from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from cocket.errors import SenderError
from cocket.feeds import read_table
from cocket.findings import render

LANES = "office,year,serial,number,lane,decided,override,override_reason\n"
RESULTS = "office,year,serial,number,depth,found,offence,duty_recovered,currency,returned\n"


def test_a_lane_is_read_with_its_override() -> None:
    rows, findings = read_table((LANES + "XA1,2026,C,7,Red,2026-11-02T10:00:00+13:00,green,known trader\n").encode())
    assert not findings
    assert rows[0].reference.value == "XA1/2026/C/7"
    decision = rows[0].decision
    assert (decision.lane, decision.override, decision.override_reason) == ("red", "green", "known trader")
    assert decision.decided is not None
    assert decision.decided.utcoffset() is not None
    assert rows[0].is_examined is None


def test_a_result_is_read_and_a_time_without_offset_is_utc() -> None:
    rows, _ = read_table((RESULTS + "XA1,2026,C,7,full,yes,revenue,1250.50,XAD,2026-11-03\n").encode())
    row = rows[0]
    assert (row.is_examined, row.decision.found, row.decision.duty_recovered, row.currency) == (
        True,
        True,
        "1250.50",
        "XAD",
    )
    assert row.returned == datetime(2026, 11, 3, tzinfo=UTC)


def test_not_examined_is_not_nothing_found() -> None:
    rows, _ = read_table((RESULTS + "XA1,2026,C,7,not-examined,,,,,2026-11-03\n").encode())
    assert (rows[0].is_examined, rows[0].decision.found) == (False, None)


def test_an_empty_cell_is_absent_not_no() -> None:
    rows, _ = read_table((RESULTS + "XA1,2026,C,7,full,,,,,\n").encode())
    assert rows[0].decision.found is None
    assert rows[0].decision.duty_recovered is None


@pytest.mark.parametrize(
    ("row", "code"),
    [
        (",2026,C,7,red,,,\n", "table-key-missing"),
        ("XA1,2026,C,7,purple,,,\n", "table-value"),
        ("XA1,2026,C,7,red,yesterday,,\n", "table-value"),
    ],
)
def test_what_cannot_be_read_is_told_with_its_line_and_the_rest_is_taken(row: str, code: str) -> None:
    rows, findings = read_table((LANES + row + "XA1,2026,C,8,green,,,\n").encode())
    assert [finding.code for finding in findings] == [code]
    assert findings[0].location == "2:1"
    assert rows[-1].reference.value == "XA1/2026/C/8"


@pytest.mark.parametrize("data", [b"\xff\xfe", b"a,b,c\n1,2,3\n", b"", b"office,year,serial,number\n"])
def test_another_table_is_refused(data: bytes) -> None:
    with pytest.raises(SenderError):
        read_table(data)


def test_a_byte_order_mark_and_windows_lines_do_not_disturb() -> None:
    rows, findings = read_table(b"\xef\xbb\xbf" + (LANES + "XA1,2026,C,7,red,,,\n").replace("\n", "\r\n").encode())
    assert (len(rows), findings) == (1, [])


@pytest.mark.parametrize(
    ("header", "row", "column"),
    [
        (RESULTS, "full,yes,,NaN,XAD,", "duty_recovered"),
        (RESULTS, "full,yes,,1e999999,XAD,", "duty_recovered"),
        (RESULTS, "full,yes,,,,0001-01-01T00:00:00+14:00", "returned"),
        (RESULTS, ",,,,,yesterday", "returned"),
        (RESULTS, "deep,yes,,,,", "depth"),
        (RESULTS, "full,perhaps,,,,", "found"),
        (LANES, "purple,2026-11-02,,", "lane"),
        (LANES, "red,2026-11-02,pink,", "override"),
    ],
)
def test_a_row_with_a_cell_that_cannot_be_read_is_left_out_whole(header: str, row: str, column: str) -> None:
    rows, findings = read_table((header + f"XA1,2026,C,7,{row}\n").encode())
    assert rows == []
    assert [(one.code, one.severity, one.arguments["column"]) for one in findings] == [("table-value", "error", column)]
    assert findings[0].location == "2:1"
    assert "left out" in render(findings[0])


@pytest.mark.parametrize(
    ("key", "column"),
    [
        ("XA1,1899,C,7", "year"),
        ("XA1,3000,C,7", "year"),
        ("XA1,26,C,7", "year"),
        ("XA1,2026.0,C,7", "year"),
        ("XA1,2026,C/D,7", "serial"),
        ("XA1,2026,C,7.0", "number"),
        ("XA1,2026,C,1E+05", "number"),
        ("XA1,2026,C,#REF!", "number"),
        ("XA/1,2026,C,7", "office"),
    ],
)
def test_a_name_that_no_declaration_has_is_refused_with_its_row(key: str, column: str) -> None:
    rows, findings = read_table((LANES + f"{key},red,,,\n").encode())
    assert rows == []
    assert [(one.code, one.arguments["column"]) for one in findings] == [("table-key-unreadable", column)]


def test_a_header_once_more_is_no_row() -> None:
    rows, findings = read_table((LANES + "XA1,2026,C,7,red,,,\n" + LANES.upper() + "XA1,2026,C,8,green,,,\n").encode())
    assert [row.reference.value for row in rows] == ["XA1/2026/C/7", "XA1/2026/C/8"]
    assert [(one.code, one.location) for one in findings] == [("table-header-again", "3:1")]


@pytest.mark.parametrize(
    ("row", "code"),
    [
        (b"XA1,2026,C,7,red,,,,one more\n", "table-row"),
        (b"X\xffA1,2026,C,7,red,,,\n", "table-key-unreadable"),
        (b"X\x00A1,2026,C,7,red,,,\n", "table-key-unreadable"),
        (b"X" * 5000 + b",2026,C,7,red,,,\n", "table-key-unreadable"),
        (b"XA1,2026,C,7,red,0001-01-01T00:00:00+14:00,,\n", "table-value"),
        (b"XA1,2026,C,7,red,9999-12-31T23:59:59-14:00,,\n", "table-value"),
        (b"XA1,2026,C,7,red,,red,\xff\n", "table-value"),
        (b"XA1,2026,C,7,red,2150-01-01,,\n", "table-time-ahead"),
        (b"XA1,2026,C,7,red,," + b"x" * 200_000 + b",\n", "table-row"),
    ],
)
def test_one_bad_row_is_its_own_finding_and_the_rest_goes_on(row: bytes, code: str) -> None:
    rows, findings = read_table(LANES.encode() + row + b"XA1,2026,C,8,green,,,\n", "lanes.csv")
    assert [finding.code for finding in findings] == [code]
    assert rows[-1].decision.lane == "green"
    assert "lanes.csv line 2" in render(findings[0])


@pytest.mark.parametrize("amount", ["NaN", "Infinity", "1e999999", "1" * 30, "0." + "1" * 40])
def test_an_amount_that_no_ledger_holds_is_not_taken(amount: str) -> None:
    rows, findings = read_table((RESULTS + f"XA1,2026,C,7,full,yes,,{amount},XAD,\n").encode())
    assert rows == []
    assert [finding.code for finding in findings] == ["table-value"]


def test_a_time_a_few_hours_ahead_without_a_zone_may_be_local_and_with_one_is_not() -> None:
    soon = datetime.now(UTC) + timedelta(hours=9)
    for text, codes in ((soon.replace(tzinfo=None).isoformat(), []), (soon.isoformat(), ["table-time-ahead"])):
        rows, findings = read_table((LANES + f"XA1,2026,C,7,red,{text},,\n").encode())
        assert rows[0].decision.decided == soon
        assert [finding.code for finding in findings] == codes
