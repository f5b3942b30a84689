# SPDX-License-Identifier: Apache-2.0
"""Features of a table and of its rows one by one are the same, and know nothing of the future."""

from __future__ import annotations

from random import Random

import msgspec
import numpy as np
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cocket.cli.base.threads import side_by_side
from cocket.errors import SettingsError
from cocket.risk.features import COLUMN_NAMES, COLUMNS, Entry, Memory, Terms
from cocket.risk.features.batch import features_of
from cocket.risk.features.columns import WINDOWS
from cocket.risk.features.editions import Place
from cocket.risk.features.runs import MOST_CENTS
from cocket.risk.features.turns import in_turn
from tests.risk.features.rows import one_by_one, some_rows, tables_of

TERMS = Terms(
    threshold=100_000.0,
    word_needed=2,
    lesson_days=9.0,
    ring_most=4,
    crossings={("2017", "610910"): Place("610990", "6109", "61"), ("2017", "841370"): Place(None, None, "84")},
)


def differing(one: pl.DataFrame, other: pl.DataFrame) -> list[str]:
    """Columns that differ by more than a billionth, or in what is unknown."""
    a, b = one.to_numpy(), other.to_numpy()
    same = (np.isnan(a) & np.isnan(b)) | (np.abs(a - b) <= 1e-9 * np.maximum(1.0, np.abs(a)))
    return [name for place, name in enumerate(COLUMN_NAMES) if not same[:, place].all()]


@settings(max_examples=25, deadline=None)
@given(seed=st.integers(0, 10**6), size=st.sampled_from([1, 2, 30, 400]))
def test_a_table_and_its_rows_one_by_one_have_the_same_features(seed: int, size: int) -> None:
    entries, labels = some_rows(seed, size)
    assert differing(features_of(*tables_of(entries, labels), TERMS), one_by_one(entries, labels, TERMS)) == []


def test_groups_worked_on_side_by_side_give_the_same_features_to_the_last_bit() -> None:
    tables = tables_of(*some_rows(7, 1500))
    alone = features_of(*tables, TERMS).to_numpy()
    for threads in (2, 5):
        np.testing.assert_array_equal(features_of(*tables, TERMS, doing=side_by_side(threads)).to_numpy(), alone)


def test_an_error_in_one_of_several_tasks_is_told() -> None:
    def fails() -> None:
        raise SettingsError("No.")

    for doing in (in_turn, side_by_side(2)):
        with pytest.raises(SettingsError):
            doing([lambda: None, fails])


def test_every_feature_varies_in_the_random_trade_so_that_equality_means_something() -> None:
    table = features_of(*tables_of(*some_rows(5, 1500)), TERMS)
    assert [name for name in COLUMN_NAMES if table[name].drop_nans().n_unique() < 2] == []


def test_a_difference_would_be_found() -> None:
    table = features_of(*tables_of(*some_rows(1, 50)))
    assert differing(table, table.with_columns(importer_rate=pl.col("importer_rate") + 1e-7)) == ["importer_rate"]


def test_what_returns_later_changes_nothing_and_what_returned_before_does() -> None:
    entries, labels = some_rows(3, 600)
    middle = entries[400].day
    dice = Random(1)
    later = [
        msgspec.structs.replace(label, found=dice.random() < 0.5) if label.returned > middle else label
        for label in labels
    ]
    earlier = [
        msgspec.structs.replace(label, found=not label.found) if label.returned <= middle else label for label in labels
    ]
    truth, probe, control = (
        features_of(*tables_of(entries, each), TERMS).head(401) for each in (labels, later, earlier)
    )
    assert differing(truth, probe) == []
    assert "importer_rate" in differing(truth, control)


def test_later_rows_change_nothing_of_earlier_ones() -> None:
    entries, labels = some_rows(4, 500)
    whole = features_of(*tables_of(entries, labels), TERMS).head(250)
    assert differing(whole, features_of(*tables_of(entries[:250], labels), TERMS)) == []


def test_a_past_under_an_older_code_counts_for_the_newer_one() -> None:
    day = [20_000.0, 20_010.0]
    entries = pl.DataFrame(
        {"id": ["old", "new"], "day": day, "hs": ["610910", "610990"], "hs_edition": ["2017", "2022"]}
    )
    labels = pl.DataFrame({"id": ["old"], "returned": [20_005.0], "found": [True]})
    carried = features_of(entries, labels, Terms(crossings={("2017", "610910"): Place("610990", "6109", "61")}))
    forgotten = features_of(entries, labels)
    assert carried["hs6_rate"][1] > forgotten["hs6_rate"][1] > forgotten["hs6_rate"][0]


def test_a_new_importer_with_a_known_telephone_takes_after_those_before_him() -> None:
    entries = pl.DataFrame(
        {"id": ["a", "b", "c"], "day": [1.0, 20.0, 20.5], "importer": ["one", "two", "three"],
         "importer_phone": ["+999 200 1000", "00999-200-1000", "999 300 2000"]}
    )  # fmt: skip
    table = features_of(entries, pl.DataFrame({"id": ["a"], "returned": [5.0], "found": [True]}))
    assert table["phone_rate"][1] > table["phone_rate"][2]
    assert table["phone_importers"].to_list() == [0.0, 1.0, 0.0]
    assert table["importer_days"].to_list() == [0.0, 0.0, 0.0]


def test_a_table_without_rows_has_no_features() -> None:
    entries, labels = tables_of([], [])
    assert features_of(entries, labels).shape == (0, len(COLUMNS))


@pytest.mark.parametrize("wrong", [{"id": ["a"]}, {"id": ["a", "b"], "day": [2.0, 1.0]}, {"id": ["a"], "day": [None]}])
def test_a_table_out_of_order_or_without_days_is_refused(wrong: dict[str, list[object]]) -> None:
    labels = pl.DataFrame({"id": [], "returned": [], "found": []})
    with pytest.raises(SettingsError):
        features_of(pl.DataFrame(wrong), labels)


def test_a_price_level_follows_a_market_and_not_a_liar() -> None:
    price = [1.0] * 60 + [1.3] * 60
    entries = pl.DataFrame(
        {"id": [str(n) for n in range(120)], "day": [float(n) for n in range(120)], "hs": ["610910"] * 120,
         "origin": ["XB"] * 120, "value": [1000.0 * each for each in price], "net_kg": [1000.0] * 120}
    )  # fmt: skip
    labels = pl.DataFrame(schema={"id": pl.String, "returned": pl.Float64, "found": pl.Boolean})
    gap = features_of(entries, labels)["price_gap"].to_list()
    assert gap[60] == pytest.approx(np.log(1.3))
    assert 0.0 <= gap[119] < gap[60] / 3
    lied = entries.with_columns(value=pl.when(pl.col("day") == 50.0).then(1.0).otherwise(pl.col("value")))
    moved = features_of(lied, labels)["price_gap"].to_list()
    assert moved[50] < -6.0
    assert abs(moved[51]) < 0.05


@pytest.mark.parametrize("value", [999_999_999_999_999_999.0, 1e300, -1e300])
def test_values_beyond_all_measure_among_others_give_the_same_features_and_a_memory_that_can_be_written(
    value: float,
) -> None:
    entries, labels = some_rows(3, 300)
    strange = [msgspec.structs.replace(one, value=value) if n % 5 == 0 else one for n, one in enumerate(entries)]
    table, one = features_of(*tables_of(strange, labels), TERMS), one_by_one(strange, labels, TERMS)
    windows = [name for name in WINDOWS if WINDOWS[name][2] != "rows"]
    assert windows
    assert not set(windows) & set(differing(table, one))
    memory = Memory(TERMS)
    for each in strange:
        memory.observe(each)
    assert Memory.restore(memory.snapshot(), TERMS).snapshot() == memory.snapshot()


def test_sums_beyond_64_bits_are_exact_one_by_one_and_in_a_table() -> None:
    """1,500 rows of one telephone, each at the bound: their sum is 1.35e19 hundredths."""
    rows = [
        Entry(id=f"E{n}", day=20_000.0 + n / 1000, importer="I", importer_phone="+999 200 1000", value=1e17)
        for n in range(1_500)
    ]
    table, one = features_of(*tables_of(rows, []), TERMS), one_by_one(rows, [], TERMS)
    name = next(name for name, (group, _, kind) in WINDOWS.items() if group == "phone" and kind != "rows")
    assert table[name][-1] == one[name][-1] == pytest.approx(1_499 * MOST_CENTS / 100)
    memory = Memory(TERMS)
    for each in rows:
        memory.observe(each)
    restored = Memory.restore(memory.snapshot(), TERMS)
    last = Entry(id="last", day=20_002.0, importer="I", importer_phone="+999 200 1000", value=1.0)
    assert restored.features(last) == pytest.approx(memory.features(last), nan_ok=True)
