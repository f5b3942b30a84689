# SPDX-License-Identifier: Apache-2.0
"""What examinations correct of an item teaches of what comes later, and never of the item itself: against known truth."""

from __future__ import annotations

import math
from random import Random

import msgspec
import polars as pl
import pytest

from cocket.risk.features import COLUMN_NAMES, Entry, Label, Terms
from cocket.risk.features.batch import features_of
from cocket.risk.features.columns import CORRECTIONS
from cocket.risk.models.cells import declarations_in, results_in
from cocket.risk.models.tables import checked
from tests.risk.features.rows import one_by_one, tables_of

LEARNT = (*CORRECTIONS, "meant_code_corrections", "price_proved_gap", "package_proved_gap")


def entry(number: int, **changes: object) -> Entry:
    usual = Entry(
        id=f"E{number}", day=20_000.0 + number / 4, importer=f"I{number % 40}", seller=f"S{number % 9}", origin="XB",
        export_country="XB", hs="610910", description="COTTON SHIRTS", value=1000.0, net_kg=100.0, gross_kg=110.0, packages=10,
    )  # fmt: skip
    return msgspec.structs.replace(usual, **changes)


def last(entries: list[Entry], labels: list[Label]) -> dict[str, float]:
    """Features of the last entry, the same from the table and row by row."""
    table = features_of(*tables_of(entries, labels), Terms())
    online = one_by_one(entries, labels, Terms())
    both = [dict(zip(COLUMN_NAMES, one.row(-1), strict=True)) for one in (table, online)]
    assert both[0] == pytest.approx(both[1], rel=1e-9, abs=1e-9, nan_ok=True)
    return both[0]


def a_market_that_lies() -> tuple[list[Entry], list[Label]]:
    """Three of four declare six tenths of the price of 10 a kg; one in four was examined, and the last two declare 6 and 10."""
    dice = Random(5)
    lies = [dice.random() < 0.75 for _ in range(400)]
    entries = [entry(n, value=100.0 * (6.0 if lie else 10.0)) for n, lie in enumerate(lies)]
    labels = [
        Label(id=one.id, returned=one.day + 2, found=lie, value_ratio=10.0 / 6.0 if lie else None)
        for one, lie in zip(entries[::4], lies[::4], strict=True)
    ]
    return entries, labels


@pytest.mark.parametrize(("price", "off"), [(6.0, math.log(0.6)), (10.0, 0.0)])
def test_prices_proved_by_examinations_are_the_true_ones_where_a_whole_market_lies(price: float, off: float) -> None:
    entries, labels = a_market_that_lies()
    seen = last([*entries, entry(400, value=100.0 * price)], labels)
    assert seen["price_proved_gap"] == pytest.approx(off, abs=0.12)
    assert abs(seen["price_gap"] - off) > 0.25  # what is declared misleads
    untold = last([*entries, entry(400, value=100.0 * price)], [])
    assert untold["price_proved_gap"] == untold["price_gap"]  # the control: without results it misleads as much


def test_a_trader_whose_values_and_quantities_are_corrected_is_known_by_his_factors_and_others_are_not() -> None:
    entries = [entry(n) for n in range(200)]
    labels = [
        Label(id=one.id, returned=one.day + 1, found=one.importer == "I3", value_ratio=2.0 if one.importer == "I3" else None,
              quantity_ratio=1.5 if one.importer == "I3" else None)
        for one in entries
    ]  # fmt: skip
    his, others = (last([*entries, entry(200, importer=who)], labels) for who in ("I3", "I4"))
    assert his["importer_value_correction"] == pytest.approx(math.log(2.0) * 5 / 11, abs=0.03)
    assert his["importer_quantity_correction"] == pytest.approx(math.log(1.5) * 5 / 11, abs=0.03)
    assert others["importer_value_correction"] == others["importer_quantity_correction"] == 0.0


def test_codes_that_examinations_put_under_another_are_doubted_where_the_words_mean_that_other() -> None:
    entries, labels = [], []
    for n in range(300):
        is_pump = n % 3 == 0
        is_false = n % 12 == 0
        words = "STEEL PUMPS" if is_pump else "COTTON SHIRTS"
        entries.append(entry(n, description=words, hs="841370" if is_pump and not is_false else "610910"))
        if n % 5 == 0 or is_false:
            labels.append(
                Label(id=f"E{n}", returned=entries[-1].day + 1, found=is_false, found_hs="841370" if is_false else None)
            )
    pump, shirt = (
        last([*entries, entry(300, description=words)], labels) for words in ("STEEL PUMPS", "COTTON SHIRTS")
    )
    assert pump["meant_code_corrections"] > 3.0 and shirt["meant_code_corrections"] == 0.0
    assert pump["hs_code_corrections"] == shirt["hs_code_corrections"] > 0.1
    other = last([*entries, entry(300, hs="841370", description="STEEL PUMPS")], labels)
    assert other["hs_code_corrections"] == 0.0


def test_origins_that_examinations_corrected_are_doubted_by_route_and_seller() -> None:
    entries = [
        entry(n, export_country="XF" if n % 4 == 0 else "XB", seller="S1" if n % 4 == 0 else "S2") for n in range(200)
    ]
    labels = [
        Label(
            id=one.id, returned=one.day + 1, found=one.seller == "S1", found_origin="XF" if one.seller == "S1" else None
        )
        for one in entries
    ]
    false = last([*entries, entry(200, export_country="XF", seller="S1")], labels)
    true = last([*entries, entry(200, export_country="XB", seller="S2")], labels)
    assert false["route_origin_corrections"] > 0.7 and false["seller_origin_corrections"] > 0.7
    assert true["seller_origin_corrections"] == 0.0 and true["route_origin_corrections"] < 0.1


def test_goods_of_a_corrected_code_prove_the_price_of_the_code_that_was_found() -> None:
    entries = [entry(n, hs="610910" if n % 2 else "841370", value=1000.0 if n % 2 else 4000.0) for n in range(80)]
    entries += [entry(80 + n, value=4000.0) for n in range(40)]
    labels = [Label(id=f"E{80 + n}", returned=20_031.0, found=True, found_hs="841370") for n in range(40)]
    seen = last([*entries, entry(200, hs="841370", value=4000.0)], labels)
    mine = last([*entries, entry(200, value=1000.0)], labels)
    assert seen["price_proved_gap"] == pytest.approx(0.0, abs=0.1)
    assert mine["price_proved_gap"] == pytest.approx(mine["price_gap"], abs=1e-9)  # nothing was proved of shirts


def test_a_correction_teaches_nothing_of_its_own_item_nor_before_it_returned() -> None:
    entries = [entry(n) for n in range(60)]
    labels = [Label(id="E30", returned=entries[30].day + 5, found=True, value_ratio=3.0, quantity_ratio=2.0, found_hs="841370",
                    found_origin="XF")]  # fmt: skip
    with_one, without = (features_of(*tables_of(entries, each), Terms()) for each in (labels, []))
    known = next(n for n, one in enumerate(entries) if one.day >= labels[0].returned)
    for name in LEARNT:
        before, never = with_one[name].to_list()[:known], without[name].to_list()[:known]
        assert before == pytest.approx(never, nan_ok=True), name
    moved = [name for name in LEARNT if with_one[name][-1] != pytest.approx(without[name][-1], nan_ok=True)]
    assert {"hs_code_corrections", "route_origin_corrections"} <= set(moved)


def test_a_find_of_which_nobody_wrote_down_what_was_otherwise_corrects_nothing() -> None:
    entries = [entry(n) for n in range(60)]
    labels = [Label(id=one.id, returned=one.day + 1, found=True) for one in entries]
    seen, never = last([*entries, entry(60)], labels), last([*entries, entry(60)], [])
    assert {name: seen[name] for name in LEARNT} == pytest.approx({name: never[name] for name in LEARNT}, nan_ok=True)


def test_figures_found_in_a_table_are_held_against_the_declared_ones_and_a_figure_of_none_is_left_out_and_counted() -> (
    None
):
    entries = pl.DataFrame(
        {"id": ["b", "a", "c"], "day": [2.0, 1.0, 3.0], "value": [100.0, 0.0, 50.0], "net_kg": [10.0, 5.0, None],
         "hs": ["010121", "610910", "610910"], "origin": ["XB", "XB", "XB"]}
    )  # fmt: skip
    results = pl.DataFrame(
        {"id": ["b", "a", "c"], "returned": [5.0, 5.0, 5.0], "found": [True, True, True], "found_value": [150.0, 7.0, None],
         "found_net_kg": [20.0, None, 3.0], "found_hs": ["010121", "610990", ""], "found_origin": ["XC", "XB", None],
         "value_ratio": [9.0, None, 2.0]}
    )  # fmt: skip
    typed = declarations_in(entries).table
    told, found = checked(typed, results)
    assert told["id"].to_list() == ["a", "b", "c"]
    by_id = {row["id"]: row for row in found.iter_rows(named=True)}
    assert [by_id[one]["value_ratio"] for one in "abc"] == [None, 1.5, 2.0]  # of nothing declared there is no ratio
    assert [by_id[one]["quantity_ratio"] for one in "abc"] == [None, 2.0, None]
    assert [by_id[one]["found_hs"] for one in "abc"] == ["610990", None, None]
    assert [by_id[one]["found_origin"] for one in "abc"] == [None, "XC", None]
    for wrong in (0.0, -1.0, math.nan, math.inf):
        read = results_in(results.with_columns(found_value=pl.lit(wrong)))
        assert read.table["found_value"].to_list() == [None, None, None]
        assert [(one.column, one.cells) for one in read.notes.left_out] == [("found_value", 3)], wrong
