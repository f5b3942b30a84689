# SPDX-License-Identifier: Apache-2.0
"""Cells of tables: days in every form that means one day, figures within what they can be, and what is left out is counted."""

from __future__ import annotations

import math
from datetime import UTC, date, datetime, timedelta
from typing import Any

import polars as pl
import pytest

from cocket.errors import SettingsError
from cocket.risk.models.cells import declarations_in, heading_of, results_in

DAY = 20_640.25
MOMENT = datetime(1970, 1, 1, tzinfo=UTC) + timedelta(days=DAY)


def given(**columns: Any) -> pl.DataFrame:
    size = max(len(each) for each in columns.values())
    return pl.DataFrame({"id": [f"D{n}" for n in range(size)], "day": [DAY] * size, "value": [5.0] * size, **columns})


@pytest.mark.parametrize("unit", ["ms", "us", "ns"])
@pytest.mark.parametrize("zone", [None, "UTC", "Asia/Tokyo"])
def test_a_column_of_times_is_days_since_1970_utc(unit: Any, zone: str | None) -> None:
    times = pl.Series([MOMENT.replace(tzinfo=None)]).cast(pl.Datetime(unit)).dt.replace_time_zone("UTC")
    times = times.dt.convert_time_zone(zone) if zone else times.dt.replace_time_zone(None)
    assert declarations_in(given(day=times)).table["day"].to_list() == [DAY]
    results = pl.DataFrame({"id": ["D0"], "returned": times, "found": [True]})
    assert results_in(results).table["returned"].to_list() == [DAY]


def test_a_column_of_dates_is_the_midnight_of_each() -> None:
    assert declarations_in(given(day=[date(2026, 7, 6), date(1970, 1, 1)])).table["day"].to_list() == [20_640.0, 0.0]


@pytest.mark.parametrize(
    ("written", "day"),
    [
        ("2026-07-06", 20_640.0),
        ("2026-07-06T06:00", DAY),
        ("2026-07-06 06:00:00", DAY),
        ("2026-07-06T06:00:00.000Z", DAY),
        ("2026-07-06T15:00:00+09:00", DAY),
        ("2026-07-06T04:30:00-0130", DAY),
        (" 20640.25 ", DAY),
    ],
)
def test_a_day_that_is_written_so_that_it_can_mean_only_one_is_read(written: str, day: float) -> None:
    read = declarations_in(given(day=[written, "20640"]))
    assert read.table["day"].to_list() == pytest.approx([day, 20_640.0], abs=1e-9)
    assert not read.notes.left_out


@pytest.mark.parametrize("wrong", ["27/11/2026", "11-12-2026", "2026-13-01", "2026-07-06T25:00", "20260706", "soon"])
def test_a_day_that_may_mean_several_or_none_is_refused_with_its_row_and_id(wrong: str) -> None:
    with pytest.raises(
        SettingsError, match=r"1 row in which day cannot be read, the first of them row 2 \(id D1\)"
    ) as caught:
        declarations_in(given(day=["20640.25", wrong]))
    assert caught.value.found == wrong and "2026-07-11" in str(caught.value.expected)


@pytest.mark.parametrize("wrong", [-1.0, 60_640.25, 1_783_317_600_000.0, math.inf, math.nan])
def test_a_day_before_1970_or_after_2100_is_refused(wrong: float) -> None:
    for table, read in ((given(day=[DAY, wrong]), declarations_in),
        (pl.DataFrame({"id": ["D0", "D1"], "returned": [DAY, wrong], "found": [True, False]}), results_in)):  # fmt: skip
        with pytest.raises(SettingsError, match=r"row 2 \(id D1\)"):
            read(table)


def test_a_day_that_has_not_come_and_is_far_after_the_rest_is_refused_and_a_played_future_is_not() -> None:
    typed = given(day=[DAY] * 9 + [DAY + 3650.0])
    with pytest.raises(SettingsError, match=r"row 10 \(id D9\)"):
        declarations_in(typed, today=DAY + 5.0)
    assert len(declarations_in(typed, today=DAY + 4000.0).table) == len(declarations_in(typed).table) == 10
    played = given(day=[DAY + 200.0 + n for n in range(300)])
    assert len(declarations_in(played, today=DAY).table) == 300


def test_what_a_column_cannot_hold_is_left_out_and_counted_with_an_example() -> None:
    columns: dict[str, tuple[list[Any], list[Any]]] = {
        "share": ([0.5, 2.0, -0.1, 1.0], [0.5, None, None, 1.0]),
        "packages": ([2.0, 2.5, -3.0, 1e30], [2, None, None, None]),
        "value": ([-5.0, math.nan, math.inf, 7.0], [None, None, None, 7.0]),
        "net_kg": (["-1", "n/a", "12.5", ""], [None, None, 12.5, None]),
        "is_authorised": (["Yes", "no", "maybe", "1"], [True, False, None, True]),
    }
    read = declarations_in(given(**{name: stated for name, (stated, _) in columns.items()}))
    for name, (_, used) in columns.items():
        assert read.table[name].to_list() == used
    told = {one.column: (one.cells, one.found, one.row, one.id) for one in read.notes.left_out}
    assert told == {
        "share": (2, "2.0", 2, "D1"),
        "packages": (3, "2.5", 2, "D1"),
        "value": (3, "-5.0", 1, "D0"),
        "net_kg": (2, "-1", 1, "D0"),
        "is_authorised": (1, "maybe", 3, "D2"),
    }
    assert all(one.expected for one in read.notes.left_out) and read.notes.is_telling


def test_chances_and_weights_of_results_are_held_to_what_they_can_be() -> None:
    table = pl.DataFrame(
        {"id": ["a", "b", "c"], "returned": [DAY] * 3, "found": ["yes", "No", "TRUE"],
         "propensity": [3.0, 0.0, 0.02], "weight": [1.5, 0.5, None]}
    )  # fmt: skip
    read = results_in(table)
    assert read.table["propensity"].to_list() == [None, None, 0.02]
    assert read.table["weight"].to_list() == [None, 0.5, None]
    assert read.table["found"].to_list() == [True, False, True]
    assert [(one.column, one.cells) for one in read.notes.left_out] == [("propensity", 2), ("weight", 1)]


def test_a_comma_for_the_point_is_read_where_it_cannot_part_thousands() -> None:
    assert declarations_in(given(value=["3078,05", "5", "1,234"])).table["value"].to_list() == [3078.05, 5.0, 1.234]
    read = declarations_in(given(value=["1,234", "5,678"], net_kg=[1.0, 2.0]))  # one and a bit, or thousands
    assert read.table["value"].to_list() == [None, None] and read.notes.left_out[0].cells == 2


def test_headings_are_read_in_any_case_and_what_is_missing_or_not_known_is_named() -> None:
    read = declarations_in(pl.DataFrame({" ID": ["a"], "Day": [DAY], "Importer Name": ["x"], "customs_value": [5]}))
    assert read.table["importer_name"].to_list() == ["x"]
    assert read.notes.ignored == ("customs_value",) and "value" in read.notes.missing
    assert heading_of("Net-Kg ") == "net_kg"
    with pytest.raises(SettingsError, match="has the column id 2 times"):
        declarations_in(pl.DataFrame({"id": ["a"], "ID": ["b"], "day": [DAY], "value": [5]}))


def test_codes_that_came_as_numbers_are_written_without_a_point() -> None:
    assert declarations_in(given(hs=[620342.0, None])).table["hs"].to_list() == ["620342", None]
    assert declarations_in(given(hs=[620342])).table["hs"].to_list() == ["620342"]


def test_a_table_of_nothing_but_ids_and_days_or_of_no_rows_is_refused() -> None:
    with pytest.raises(SettingsError, match="nothing but id and day can be used"):
        declarations_in(pl.DataFrame({"id": ["a"], "day": [DAY], "customs_value": [5]}))
    with pytest.raises(SettingsError, match="nothing but id and day can be used"):
        declarations_in(given(value=["dear", "cheap"]))
    with pytest.raises(SettingsError, match="a heading and no rows"):
        declarations_in(given(value=[5.0]).head(0))


def test_a_result_repeated_word_for_word_counts_once_and_one_that_differs_is_refused() -> None:
    table = pl.DataFrame({"id": ["a", "b", "a"], "returned": [DAY] * 3, "found": [True, False, True]})
    read = results_in(table)
    assert (read.table["id"].to_list(), read.notes.repeated, read.notes.rows) == (["a", "b"], 1, 3)
    with pytest.raises(
        SettingsError, match="1 ids have results that differ, the first of them 'a', in 2 rows"
    ) as caught:
        results_in(table.with_columns(found=pl.Series([True, False, False])))
    assert caught.value.code == "result-conflict"


def test_ids_that_stand_twice_and_rows_without_what_they_need_are_counted_and_named() -> None:
    with pytest.raises(SettingsError, match="2 ids stand in more than one row, the first of them 'x'"):
        declarations_in(given(id=["x", "y", "x", "y", "y"], value=[1.0] * 5))
    with pytest.raises(SettingsError, match=r"2 rows without day, the first of them row 1 \(id D0\)"):
        declarations_in(given(day=[None, DAY, None]))
    with pytest.raises(SettingsError, match=r"1 row without id, the first of them row 2;"):
        declarations_in(given(id=["a", None], value=[1.0, 2.0]))
