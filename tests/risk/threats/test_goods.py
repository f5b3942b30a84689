# SPDX-License-Identifier: Apache-2.0
"""Detectors of what is declared: near misses and missing fields; the hits are in `test_detect.py`."""

from __future__ import annotations

import random
from datetime import UTC, datetime, timedelta
from typing import Any

from cocket.risk.threats import Declared, Limits, log_of
from cocket.risk.threats.alert import Alert
from cocket.risk.threats.goods import (
    find_amending,
    find_probing,
    find_resubmitting,
    find_switching,
)
from cocket.risk.threats.splits import find_splitting

START = datetime(2027, 3, 1, tzinfo=UTC)


def trade(count: int = 600) -> list[dict[str, Any]]:
    source = random.Random(1)
    return [
        {
            "at": START + timedelta(hours=source.uniform(0, 700)), "importer": f"C{source.randrange(60)}",
            "consignee": f"{source.randrange(200)} Quay Road", "hs": source.choice(("610910", "851713")),
            "value": round(source.lognormvariate(6.5, 1.2), 2), "mass_kg": round(source.lognormvariate(2, 1), 2),
            "lane": source.choices(("green", "red"), (9, 1))[0],
        }
        for _ in range(count)
    ]  # fmt: skip


def found(detector: Any, more: list[dict[str, Any]]) -> list[Alert]:
    rows = [{"reference": f"L{n}", **one} for n, one in enumerate([*trade(), *more])]
    return list(detector(log_of([Declared(row=n, **one) for n, one in enumerate(rows, 1)], []), Limits()))


def part(hour: float, value: float | None, **told: Any) -> dict[str, Any]:
    at = START + timedelta(hours=200 + hour)
    return {
        "at": at,
        "importer": "T7",
        "consignee": "5 Long Street",
        "hs": "851713",
        "value": value,
        "mass_kg": 4.0,
        **told,
    }


def test_parts_just_under_a_threshold_are_a_split_and_just_above_it_are_none() -> None:
    (one,) = found(find_splitting, [part(n / 2, 131.0 + n / 10) for n in range(10)])
    assert (one.kind, len(one.rows)) == ("split", 10)
    assert found(find_splitting, [part(n / 2, 136.0 + n / 10) for n in range(10)]) == []


def test_one_address_written_in_two_ways_is_one() -> None:
    names = ("5 Long Street", "Long St. 5")
    (one,) = found(find_splitting, [part(n / 2, 131.0 + n / 10, consignee=names[n % 2]) for n in range(10)])
    assert len(one.rows) == 10


def test_a_subscription_at_one_price_is_no_split() -> None:
    assert found(find_splitting, [part(n * 168 - 190, 131.0) for n in range(5)]) == []


def test_a_steady_trade_about_a_threshold_is_no_split() -> None:
    source = random.Random(2)
    assert found(find_splitting, [part(n * 5, source.gauss(138, 9)) for n in range(40)]) == []


def standing_orders(source: random.Random, traders: int) -> list[dict[str, Any]]:
    """Traders who have the same goods come again and again at a price of their own."""
    prices = [source.uniform(20, 3000) for _ in range(traders)]
    return [
        part(
            n * 9, round(price * source.gauss(1, 0.02), 2), importer=f"S{k}", consignee=f"{k} Hill Lane", mass_kg=k + 1
        )
        for k, price in enumerate(prices)
        for n in range(12)
    ]


def test_identical_goods_that_happen_to_cost_just_under_a_threshold_are_no_split_where_others_keep_their_price() -> (
    None
):
    source = random.Random(5)
    steady = [part(n * 20, round(130.5 * source.gauss(1, 0.012), 2)) for n in range(14)]
    assert [one.kind for one in found(find_splitting, steady)] == ["split-over-days"]
    assert found(find_splitting, steady + standing_orders(source, 12)) == []
    cut = [one | {"mass_kg": round(source.lognormvariate(1, 0.6), 2)} for one in steady]
    assert [one.kind for one in found(find_splitting, cut + standing_orders(source, 12))] == ["split-over-days"]


def test_parts_that_do_not_tell_a_value_or_an_address_are_passed_over() -> None:
    assert found(find_splitting, [part(n / 2, None) for n in range(10)]) == []
    assert found(find_splitting, [part(n / 2, 131.0, consignee=None) for n in range(10)]) == []


def test_a_price_that_drifts_is_no_probing_however_often_the_goods_come() -> None:
    source = random.Random(8)
    drifting = [part(n * 0.8, 1200 * (1 - 0.004 * n * 0.8 / 24) * source.gauss(1, 0.02)) for n in range(200)]
    assert found(find_probing, drifting) == []
    assert found(find_probing, [one | {"value": one["value"] * 0.97**n} for n, one in enumerate(drifting)]) != []


def test_a_ladder_of_values_is_probing_and_values_that_only_scatter_are_none() -> None:
    (one,) = found(find_probing, [part(n * 2, 3000 * 0.96**n) for n in range(14)])
    assert (one.kind, one.who, len(one.rows)) == ("probe", ("T7",), 14)
    source = random.Random(3)
    assert found(find_probing, [part(n * 2, source.gauss(3000, 300)) for n in range(14)]) == []


def test_prices_that_drift_with_their_market_are_no_probing() -> None:
    assert found(find_probing, [part(n * 8, 3000 * 1.001**n) for n in range(60)]) == []


def test_a_ladder_without_masses_is_not_seen() -> None:
    assert found(find_probing, [part(n * 2, 3000 * 0.96**n, mass_kg=None) for n in range(14)]) == []


def version(reference: str, number: int) -> dict[str, Any]:
    return part(number, 500.0, reference=reference, version=number)


def test_many_amendments_of_one_declaration_stand_out_from_few() -> None:
    few = [version(f"S{n}", number) for n in range(20) for number in (0, 1)]
    (one,) = found(find_amending, few + [version("M", number) for number in range(9)])
    assert (one.kind, len(one.rows)) == ("amend-until-green", 9)
    assert found(find_amending, few + [version("M", number) for number in range(3)]) == []


def cancelled(n: int, lane: str, importer: str = "T8") -> list[dict[str, Any]]:
    first = part(n * 20, 900.0 + n, reference=f"C{n}", lane=lane)
    gone = {"at": first["at"] + timedelta(hours=1), "reference": f"C{n}", "importer": "T7", "is_cancellation": True}
    return [first, gone, part(n * 20 + 3, 890.0 + n, reference=f"D{n}", importer=importer)]


def others_cancel() -> list[dict[str, Any]]:
    rows = []
    for n in range(20):
        first = part(n * 20, 700.0, reference=f"O{n}", importer="T9", consignee=f"{n} Hill Lane")
        rows += [first, {"at": first["at"], "reference": f"O{n}", "importer": "T9", "is_cancellation": True}]
    return rows


def test_red_ones_that_come_back_under_a_sister_company_stand_out_and_green_ones_do_not() -> None:
    (one,) = found(find_resubmitting, others_cancel() + [row for n in range(6) for row in cancelled(n, "red")])
    assert len(one.rows) == 18
    assert {"T7", "T8"} <= set(one.who)
    assert found(find_resubmitting, others_cancel() + [row for n in range(6) for row in cancelled(n, "green")]) == []


def moved(price: float, **told: Any) -> list[dict[str, Any]]:
    before = [part(n - 150, 400.0 + n % 3) for n in range(15)]
    return before + [part(100 + n, price + n % 3, hs="851762", **told) for n in range(15)]


def test_a_trade_that_moves_to_another_code_at_its_old_price_stands_out_and_a_new_trade_does_not() -> None:
    (one,) = found(find_switching, moved(400.0))
    assert (one.kind, len(one.rows)) == ("misclass-shift", 15)
    assert found(find_switching, moved(700.0)) == []


def test_a_move_to_a_higher_duty_is_no_threat() -> None:
    rows = [{**one, "duty_rate": 0.2 if one["hs"] == "851762" else 0.05} for one in moved(400.0)]
    assert found(find_switching, rows) == []
