# SPDX-License-Identifier: Apache-2.0
from __future__ import annotations

import os
from collections.abc import Iterator
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import msgspec
import psycopg
import pytest
from psycopg import conninfo

from cocket.errors import CocketError, PartnerError, RefusedDataError, SenderError, SettingsError
from cocket.feeds import PostgresTables, TableFeed, described, preview, read_mapping
from cocket.feeds.csv_tables import CsvTables
from cocket.feeds.host_tables import Query
from cocket.feeds.table_feed import stepped_back
from cocket.findings import render
from cocket.pipeline import Instance, QueueFilter
from tests.feeds.tables import csv_feed, database_feed
from tests.houses import Built, build, officer
from tests.postgres import shared_database
from tests.simulators.host_database import Tables, fill_database, write_csv

FIRST = date(2026, 3, 1)


@pytest.fixture
def built(tmp_path: Path) -> Iterator[Built]:
    made = build(tmp_path / "home")
    yield made
    made.house.close()


def tables(count: int = 5) -> Tables:
    """Declarations, one a day, each with a lane; the first with a result."""
    general = [
        {
            "INSTANCEID": 100 + n, "IDE_CUO_COD": "XA110000", "IDE_REG_SER": "C", "IDE_REG_NBR": n + 1,
            "IDE_REG_DAT": FIRST + timedelta(days=n), "DEC_COD": "9000", "DEC_REF_NBR": f"R-{n}", "PTY_GRE": 1,
        }
        for n in range(count)
    ]  # fmt: skip
    items = [{"INSTANCEID": 100 + n, "KEY_ITM_NBR": 1, "TAR_HSC_NB1": "87032100"} for n in range(count)]
    act = {"INSTANCEID": 100, "ACT_TYP": "full", "ACT_RET_DAT": FIRST + timedelta(days=2)}
    line = {"INSTANCEID": 100, "FRD_COD": "07", "AMT": 5}
    return {
        "SAD_GENERAL_SEGMENT": general,
        "SAD_ITEM": items,
        "INSP_ACT_TAB": [act],
        "INSP_ACT_EXAM": [line],
    }


def database(count: int = 5) -> str:
    url = shared_database()
    fill_database(url, tables(count))
    return url


def counts(feed: TableFeed, **how: Any) -> tuple[int, int, int]:
    report = feed.once(**how)
    assert not report.refused
    assert not report.unreadable
    return report.accepted, report.repeats, report.decisions


def run(url: str, statement: str) -> None:
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute(statement.encode())


def test_a_second_look_brings_nothing_and_a_new_row_is_found(built: Built) -> None:
    url = database()
    assert counts(database_feed(built.house, url)) == (5, 0, 6)
    accepted, _, decisions = counts(database_feed(built.house, url))
    assert (accepted, decisions) == (0, 0)
    run(url, "insert into sad_general_segment select 900, 'XA110000', 'C', 99, '2026-04-01', '9000', 'R-99', 1")
    run(url, "insert into sad_item values (900, 1, '87032100')")
    accepted, _, decisions = counts(database_feed(built.house, url))
    assert (accepted, decisions) == (1, 1)


def test_a_look_begins_before_the_last_position_by_the_overlap_and_no_earlier(built: Built) -> None:
    url = database(40)
    feed = database_feed(built.house, url)
    feed.once()
    assert counts(feed) == (0, 31, 0)
    assert counts(feed, since="2026-04-08") == (0, 2, 0)


def test_a_lane_that_changes_is_told_and_makes_no_new_version_of_the_declaration(built: Built) -> None:
    url = database()
    feed = database_feed(built.house, url)
    feed.once()
    run(url, "alter table sad_general_segment add pty_red int")
    run(url, "update sad_general_segment set pty_gre = 0, pty_red = 1 where instanceid = 103")
    assert counts(feed) == (0, 5, 1)


def test_a_row_that_changes_within_the_overlap_is_a_new_version(built: Built) -> None:
    url = database()
    feed = database_feed(built.house, url)
    feed.once()
    run(url, "update sad_item set tar_hsc_nb1 = '22030000' where instanceid = 102")
    assert counts(feed) == (1, 4, 0)
    built.desk()
    lines = built.house.queue(officer(), QueueFilter(state="all")).lines
    versions = [[paper.version for paper in built.house.dossier(officer(), line.id).papers] for line in lines]
    assert sorted(versions) == [[1], [1], [1], [1], [1, 2]]


class _Breaking(Instance):
    """A house whose database goes away after so many messages."""

    left = 1

    def take_many(self, envelopes: Any, **how: Any) -> Any:
        if envelopes and self.left == 0:
            raise PartnerError("gone")
        self.left -= bool(envelopes)
        return super().take_many(envelopes, **how)


def test_a_look_that_was_broken_off_goes_on_where_it_stopped(built: Built) -> None:
    url = database(200)
    mapping = read_mapping()
    streams = tuple(msgspec.structs.replace(s, overlap=0) for s in mapping.streams if s.kind == "declarations")
    alone = msgspec.structs.replace(mapping, streams=streams)
    with pytest.raises(PartnerError):
        database_feed(_Breaking(built.stores), url, alone).once()
    assert counts(database_feed(built.house, url, alone)) == (136, 1, 0)
    with built.stores.database.transaction() as connection:
        assert connection.execute("select count(*) from message").fetchone() == (200,)


def test_days_come_one_after_the_other_with_what_was_returned_on_them(built: Built) -> None:
    database_feed(built.house, database()).once()
    with built.stores.database.transaction() as connection:
        kinds = [row[0] for row in connection.execute("select kind from leaf order by idx")]
    assert kinds == [
        *("message-accepted", "host-lane", "message-accepted", "host-lane"),
        *(
            "message-accepted",
            "host-lane",
            "host-result",
            "message-accepted",
            "host-lane",
            "message-accepted",
            "host-lane",
        ),
    ]


def test_the_session_can_write_nothing(tmp_path: Path) -> None:
    url = database()
    opened = PostgresTables(url)
    with pytest.raises(psycopg.errors.ReadOnlySqlTransaction):
        opened._connection.execute("delete from sad_item")
    opened.close()


def test_an_attempt_to_make_the_session_writable_is_overruled() -> None:
    url = conninfo.make_conninfo(database(), options="-c default_transaction_read_only=off")
    opened = PostgresTables(url)
    assert opened._connection.execute("show transaction_read_only").fetchone() == ("on",)
    opened.close()


def test_a_password_stands_in_no_message() -> None:
    for dsn in (
        "postgresql://reader:s3cret@127.0.0.1:1/customs",
        "host=127.0.0.1 port=1 user=reader password=s3cret",
        "postgresql://reader:s3cret@[bad",
        "host=127.0.0.1 password='s3cret",
    ):
        with pytest.raises(CocketError) as caught:
            PostgresTables(dsn)
        assert "s3cret" not in f"{caught.value!r} {caught.value} {caught.value.found}"
        assert caught.value.__cause__ is None or "s3cret" not in str(caught.value.__cause__)


def test_a_database_is_described_by_where_and_who() -> None:
    assert described("postgresql://reader:s3cret@replica:5433/customs") == "reader@replica:5433/customs"


def test_a_query_that_fails_is_the_hosts_fault(built: Built) -> None:
    url = database()
    run(url, "alter table sad_item alter column instanceid type text")
    with pytest.raises(PartnerError, match="refused"):
        database_feed(built.house, url).once()


def test_rows_that_hold_no_longer_are_left_out() -> None:
    url = shared_database()
    fill_database(url, {"T": [{"ID": 1, "VALID_TO": None}, {"ID": 2, "VALID_TO": FIRST}]})
    opened = PostgresTables(url)
    query = Query(table="T", columns=("id",), order=("id",), empty="valid_to")
    assert list(opened.rows(query)) == [{"id": 1}]
    assert opened.count(query) == 1
    opened.close()


def test_a_message_that_is_too_large_is_told_and_the_rest_is_taken(tmp_path: Path) -> None:
    small = build(tmp_path / "small", max_message_bytes=20_000)
    told = tables()
    told["SAD_ITEM"] += [{"INSTANCEID": 101, "KEY_ITM_NBR": n, "TAR_HSC_NB1": "87032100"} for n in range(2, 12)]
    report = csv_feed(small.house, write_csv(tmp_path / "csv", told)).once()
    assert (report.accepted, report.unreadable) == (4, [("SAD_GENERAL_SEGMENT 101", "larger than allowed")])
    small.house.close()


def test_a_schema_is_named_in_the_mapping(built: Built) -> None:
    url = shared_database()
    fill_database(url, tables(), "AWUNADM", is_upper=True)
    mapping = msgspec.structs.replace(read_mapping(), schema="AWUNADM")
    assert counts(database_feed(built.house, url, mapping)) == (5, 0, 6)
    with pytest.raises(SettingsError, match="there is no table SAD_GENERAL_SEGMENT"):
        database_feed(built.house, url).once()


def test_what_a_file_names_and_is_not_there_stops_all_and_is_told_at_once(built: Built, tmp_path: Path) -> None:
    file = tmp_path / "ours.toml"
    file.write_text(
        """
        base = "asycuda-world"
        [declarations.columns]
        "Transport/Location_of_goods" = "OUR_LOC"
        [declarations.rows."Item/Taxation/Taxation_line"]
        table = "OUR_TAX"
        """,
        "utf-8",
    )
    with pytest.raises(SettingsError) as caught:
        database_feed(built.house, database(), read_mapping(file)).once()
    assert caught.value.problems == ("SAD_GENERAL_SEGMENT has no column OUR_LOC", "there is no table OUR_TAX")


def test_what_the_mapping_built_in_names_and_is_not_there_is_told_once(built: Built) -> None:
    feed = database_feed(built.house, database())
    assert "not read: there is no table GEN_TAB" in [render(finding) for finding in feed.once().findings]
    assert feed.once().findings == []


def test_a_preview_stores_nothing(built: Built) -> None:
    opened = PostgresTables(database())
    shown, absent = preview(opened, read_mapping(), most=2)
    opened.close()
    assert [(one.kind, one.reference) for one in shown] == [
        ("declarations", "XA110000/9000/R-0"),
        ("declarations", "XA110000/9000/R-1"),
        ("decisions", "XA110000/2026/C/1"),
        ("decisions", "XA110000/2026/C/2"),
        ("results", "XA110000/2026/C/1"),
    ]
    assert absent
    with built.stores.database.transaction() as connection:
        assert built.stores.leaves.size(connection) == 0
        assert connection.execute("select count(*) from host_decision").fetchone() == (0,)


def test_csv_files_are_read_as_a_database_is(built: Built, tmp_path: Path) -> None:
    files = write_csv(tmp_path / "csv", tables())
    assert counts(csv_feed(built.house, files)) == (5, 0, 6)
    assert counts(csv_feed(built.house, files)) == (0, 5, 0)
    assert counts(csv_feed(built.house, files), since="2026-03-04") == (0, 2, 0)


def test_days_written_in_another_order_are_put_in_the_order_of_time(built: Built, tmp_path: Path) -> None:
    (tmp_path / "all.csv").write_text(
        "OFFICE;DAY;SER;NR;HS\nXA110000;02.11.2026;C;2;87032100\nXA110000;30.01.2026;C;1;87032100\n", "utf-8"
    )
    (tmp_path / "ours.toml").write_text(
        """
        dates = "%d.%m.%Y"
        [declarations]
        table = "whatever"
        key = ["OFFICE", "DAY", "SER", "NR"]
        cursor = "DAY"
        [declarations.columns]
        "Identification/Office_segment/Customs_clearance_office_code" = "OFFICE"
        "Identification/Registration/Serial_number" = "SER"
        "Identification/Registration/Number" = "NR"
        "Identification/Registration/Date" = "DAY"
        [declarations.rows.Item]
        table = "whatever"
        key = ["OFFICE", "DAY", "SER", "NR"]
        columns = { "Tarification/HScode/Commodity_code" = "HS" }
        """,
        "utf-8",
    )
    mapping = read_mapping(tmp_path / "ours.toml")
    opened = CsvTables([tmp_path / "all.csv"], mapping)
    shown, _ = preview(opened, mapping)
    opened.close()
    assert [one.reference for one in shown] == ["XA110000/2026/C/1", "XA110000/2026/C/2"]
    assert [one.outcome for one in shown] == ["accepted", "accepted"]


@pytest.mark.parametrize(
    ("content", "code"),
    [
        (b"", "table-columns"),
        (b"a,a\n1,2\n", "table-columns"),
        (b"\xff,b\n1,2\n", "table-encoding"),
        (b'a,"b\n1,2\n', "table-csv"),
    ],
)
def test_a_file_that_is_no_table_is_told(tmp_path: Path, content: bytes, code: str) -> None:
    file = tmp_path / "SAD_ITEM.csv"
    file.write_bytes(content)
    with pytest.raises(SenderError) as caught:
        CsvTables([file], read_mapping())
    assert caught.value.code == code


@pytest.mark.parametrize("bad", [b"1,2,3\n", b"\xff,2\n", b'"1"x,2\n'])
def test_a_row_that_is_not_in_order_is_told_and_the_others_are_read(tmp_path: Path, bad: bytes) -> None:
    file = tmp_path / "SAD_ITEM.csv"
    file.write_bytes(b"a,b\n4,5\n" + bad + b"6,7\n8,9\n")
    opened = CsvTables([file], read_mapping())
    rows = list(opened.rows(Query(table="sad_item", columns=("a", "b"))))
    assert [row["a"] for row in rows] == ["4", "6", "8"]
    (fault,) = opened.faults()
    assert (fault.code, fault.severity, fault.location) == ("table-row", "error", "3:1")
    opened.close()


def test_a_pipe_is_no_table_and_is_not_waited_for(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "SAD_ITEM.csv")
    with pytest.raises(SenderError, match="not a file"):
        CsvTables([tmp_path / "SAD_ITEM.csv"], read_mapping())


def test_short_lines_and_empty_ones_are_no_defect(tmp_path: Path) -> None:
    file = tmp_path / "SAD_ITEM.csv"
    file.write_bytes(b"\xef\xbb\xbfA,B\r\n1\r\n\r\n,\r\n2,x,\r\n")
    opened = CsvTables([file], read_mapping())
    assert list(opened.rows(Query(table="sad_item", columns=("A", "B")))) == [
        {"A": "1", "B": None},
        {"A": "2", "B": "x"},
    ]
    opened.close()


@pytest.mark.parametrize(
    ("position", "overlap", "expected"),
    [
        ("2026-03-31", 30, "2026-03-01T00:00:00"),
        ("2026-03-31T10:00:00+00:00", 1, "2026-03-30T10:00:00+00:00"),
        ("1000", 30, "970"),
        ("7", 30, "0"),
        ("word", 30, "word"),
        ("2026-03-31", 0, "2026-03-31"),
    ],
)
def test_a_position_is_stepped_back(position: str, overlap: int, expected: str) -> None:
    assert stepped_back(position, overlap) == expected


@pytest.mark.parametrize("day", ["2150-01-01", "infinity"])
def test_a_row_with_a_day_to_come_is_taken_in_and_hides_no_news_of_today(built: Built, day: str) -> None:
    url = database()
    run(url, f"update sad_general_segment set ide_reg_dat = '{day}' where instanceid = 104")
    feed = database_feed(built.house, url)
    report = feed.once()
    assert (report.accepted + report.refused, report.unreadable) == (5, [])
    assert [finding.code for finding in report.findings].count("host-times-ahead") == 1
    assert feed.once().findings == []  # read again, and said once
    run(url, "insert into sad_general_segment select 900, 'XA110000', 'C', 99, '2026-04-01', '9000', 'R-99', 1")
    run(url, "insert into sad_item values (900, 1, '87032100')")
    assert database_feed(built.house, url).once().accepted == 1


def test_a_row_that_the_database_refuses_stands_alone(built: Built, monkeypatch: pytest.MonkeyPatch) -> None:
    """One message and one row of a lane that cannot be kept are named, once; all others are."""
    url = database(70)
    really, rows_really = built.house.take_many, built.house.take_host_rows

    def take(envelopes: Any, **how: Any) -> Any:
        if any(envelope.file_name == "SAD_GENERAL_SEGMENT 103" for envelope in envelopes):
            raise RefusedDataError("The database refused: text has NUL.")
        return really(envelopes, **how)

    def take_rows(rows: Any) -> int:
        if any(row.reference.value.endswith("/C/8") for row in rows):
            raise RefusedDataError("The database refused: out of range.")
        return rows_really(rows)

    monkeypatch.setattr(built.house, "take_many", take)
    monkeypatch.setattr(built.house, "take_host_rows", take_rows)
    feed = database_feed(built.house, url)
    report = feed.once()
    assert (report.accepted, report.decisions, report.not_taken) == (69, 70, 2)
    assert [name for name, _ in report.unreadable] == ["SAD_GENERAL_SEGMENT 103", "XA110000/2026/C/8"]
    assert feed.once().unreadable == []
