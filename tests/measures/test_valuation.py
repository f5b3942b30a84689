# SPDX-License-Identifier: Apache-2.0
from __future__ import annotations

import math
import random
import statistics
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pytest

from cocket.measures.tariff import Calculator, Rates
from cocket.measures.valuation import (
    Comparisons,
    DeclaredValue,
    Practice,
    guarantee_for,
    indicate,
    indicate_all,
    inquiry_of,
    points_of,
    weaknesses,
)
from cocket.measures.valuation.window import spread_of
from tests.measures.making import LIVE, measure, percent, tariff
from tests.measures.making import goods as tariff_goods

DAY = date(2026, 6, 1)


def item(price: str | float = 5, **fields: Any) -> DeclaredValue:
    """100 kg of shirts from Alphaland at a price a kilogram, on 1 June."""
    quantity = Decimal(str(fields.pop("quantity", 100)))
    whole = {"code": "61091000", "day": DAY, "origin": "XA", "currency": "USD", "unit": "KGM", "level": "wholesale"}
    whole["value"] = Decimal(str(price)) * quantity
    return DeclaredValue(**{**whole, "quantity": quantity, **fields})


def past(prices: list[float], **fields: Any) -> list[DeclaredValue]:
    """The same goods on the days before, one a day, each by another importer."""
    return [
        item(price, **{"day": DAY - timedelta(days=n + 1), "trader": f"T{n}", **fields})
        for n, price in enumerate(prices)
    ]


def remembered(*values: DeclaredValue, rates: Rates | None = None, **practice: Any) -> Comparisons:
    comparisons = Comparisons(rates, Practice(**practice))
    for value in values:
        comparisons.add(value)
    return comparisons


USUAL = [4.6, 4.7, 4.8, 4.9, 5.0, 5.0, 5.1, 5.2, 5.3, 5.4, 5.5, 5.6]


@pytest.mark.parametrize(
    ("price", "outcome"), [(1, "ask"), (4.2, "nothing-unusual"), (5, "nothing-unusual"), (40, "ask")]
)
def test_only_what_lies_far_from_the_others_is_asked_about(price: float, outcome: str) -> None:
    assert indicate(item(price), remembered(*past(USUAL))).outcome == outcome


def test_the_grounds_say_how_far_and_among_how_many() -> None:
    found = indicate(item(1), remembered(*past(USUAL)))
    assert found.grounds[0].code == "value-under-others"
    assert found.grounds[0].arguments == {"unit": "KGM", "percent": "80", "size": "12"}
    assert (found.rank, found.declared_unit_value) == (0, Decimal(1))
    assert found.distance is not None
    assert found.distance < -2.5


def test_a_set_too_small_says_nothing_and_invents_no_figure() -> None:
    enough, too_few = past(USUAL[:10]), past(USUAL[:9])
    assert indicate(item(1), remembered(*enough)).outcome == "ask"
    found = indicate(item(1), remembered(*too_few))
    assert found.outcome == "cannot-say"
    assert (found.set, found.distance, found.rank, found.declared_unit_value) == (None, None, None, None)
    assert found.grounds[0].code == "set-too-small"


@pytest.mark.parametrize(
    ("fields", "code"),
    [
        ({"code": "6109"}, "code-too-short"),
        ({"code": "shirts"}, "code-too-short"),
        ({"origin": None}, "origin-not-stated"),
        ({"value": None}, "value-not-stated"),
        ({"currency": None}, "value-not-stated"),
        ({"value": Decimal(0)}, "value-not-positive"),
        ({"value": Decimal(-1)}, "value-not-positive"),
        ({"value": Decimal("NaN")}, "value-not-positive"),
        ({"value": Decimal("Infinity")}, "value-not-positive"),
        ({"value": Decimal("1e400")}, "number-not-possible"),
        ({"value": Decimal("1e-400")}, "number-not-possible"),
        ({"code": "\u0666\u0661\u0660\u0669\u0661\u0660"}, "code-too-short"),
        ({"unit": None}, "quantity-not-stated"),
        ({"terms": "DDP"}, "terms-not-comparable"),
        ({"terms": ""}, "terms-not-comparable"),
    ],
)
def test_what_cannot_be_compared_says_why_and_serves_nobody(fields: dict[str, Any], code: str) -> None:
    comparisons = remembered(*past(USUAL))
    found = indicate(item(5, **fields), comparisons)
    assert (found.outcome, found.grounds[0].code) == ("cannot-say", code)
    assert comparisons.add(item(5, **fields)).code == code  # type: ignore[union-attr]
    assert comparisons.left_out == {code: 1}


@pytest.mark.parametrize(
    ("quantity", "code"),
    [(0, "quantity-not-positive"), (-5, "quantity-not-positive"), ("1e400", "number-not-possible"),
     ("1e-400", "number-not-possible"), ("NaN", "quantity-not-positive")],
)  # fmt: skip
def test_a_quantity_that_cannot_be_is_no_divisor(quantity: str | int, code: str) -> None:
    value = DeclaredValue(
        code="61091000", day=DAY, origin="XA", value=Decimal(1), currency="USD", quantity=Decimal(quantity), unit="KGM"
    )
    assert indicate(value, remembered(*past(USUAL))).grounds[0].code == code


@pytest.mark.parametrize("day", [date.min, date.max])
def test_the_ends_of_the_calendar_are_days_too(day: date) -> None:
    assert indicate(item(5, day=day), remembered(*past(USUAL))).outcome == "cannot-say"
    others = [item(price, day=date.min) for price in USUAL]
    assert indicate(item(1, day=date(1, 1, 9)), remembered(*others)).outcome == "ask"


@pytest.mark.parametrize(
    "fields",
    [{"origin": "XB"}, {"unit": "NAR"}, {"currency": "EUR"}, {"code": "61092000"}],
    ids=lambda one: next(iter(one)),
)
def test_origin_unit_currency_and_code_are_told_apart(fields: dict[str, str]) -> None:
    assert indicate(item(1, **fields), remembered(*past(USUAL))).outcome == "cannot-say"


def test_units_of_one_dimension_are_one() -> None:
    tonnes = [item(price * 1000, unit="TNE", quantity=2, day=DAY - timedelta(days=3)) for price in USUAL]
    found = indicate(item(1), remembered(*tonnes))
    assert found.outcome == "ask"
    assert found.set is not None
    assert found.set.unit == "KGM"


def test_currencies_are_converted_at_the_rate_of_each_day() -> None:
    rates = Rates("USD", [("EUR", date(2026, 1, 1), Decimal(2)), ("EUR", date(2026, 6, 1), Decimal(10))])
    euros = past([price / 2 for price in USUAL], currency="EUR")
    comparisons = remembered(*euros, rates=rates)
    assert indicate(item(5), comparisons).outcome == "nothing-unusual"
    assert indicate(item("0.5", currency="EUR"), comparisons).outcome == "nothing-unusual"
    late = indicate(item("0.1", currency="EUR"), comparisons)
    assert (late.outcome, late.declared_unit_value) == ("ask", Decimal(1))


def test_a_currency_without_a_rate_is_compared_within_itself() -> None:
    rates = Rates("USD", [])
    comparisons = remembered(*past(USUAL, currency="XTS"), rates=rates)
    assert indicate(item(5), comparisons).outcome == "cannot-say"
    assert indicate(item(1, currency="XTS"), comparisons).outcome == "ask"


def test_terms_are_brought_together_only_where_charges_are_declared() -> None:
    others = remembered(*past(USUAL))  # on the basis of the law: CIF
    assert indicate(item(4, terms="FOB"), others).outcome == "cannot-say"
    with_charges = indicate(item(4, terms="FOB", charges=Decimal(100)), others)
    assert with_charges.outcome == "nothing-unusual"
    assert with_charges.set is not None
    assert (with_charges.set.basis, with_charges.rank) == ("CIF", 4)


def test_a_price_without_charges_is_compared_with_such_prices() -> None:
    others = [*past(USUAL, terms="FCA"), *past(USUAL, terms="CIP", charges=Decimal(10))]
    found = indicate(item(1, terms="FOB"), remembered(*others))
    assert found.set is not None
    assert (found.set.basis, found.set.spread.size, found.outcome) == ("FOB", 24, "ask")


def test_where_the_law_leaves_carriage_out_so_does_the_set() -> None:
    others = past(USUAL)
    found = indicate(item(5, terms="CIF", charges=Decimal(10)), remembered(*others, law="FOB"))
    assert found.set is not None
    assert found.set.basis == "FOB"


def test_a_thin_national_code_backs_off_to_six_digits_and_says_so() -> None:
    comparisons = remembered(*past(USUAL, code="61091090"))
    found = indicate(item(1), comparisons)
    assert found.set is not None
    assert (found.set.code, found.set.depth) == ("610910", "hs6")
    assert "set-hs6" in {one.code for one in weaknesses(found.set)}
    comparisons = remembered(*past(USUAL, code="61091090"), *past(USUAL))
    found = indicate(item(1), comparisons)
    assert found.set is not None
    assert (found.set.code, found.set.depth) == ("61091000", "whole")
    assert "set-hs6" not in {one.code for one in weaknesses(found.set)}


def test_the_narrowest_set_that_is_large_enough_is_taken() -> None:
    near = past(USUAL)
    far_level = past([price * 3 for price in USUAL], level="retail")
    far_size = past([price * 2 for price in USUAL], quantity=100_000)
    found = indicate(item(5), remembered(*near, *far_level, *far_size)).set
    assert found is not None
    assert (found.level, found.quantities, found.spread.size) == ("wholesale", 2, 12)
    wider = indicate(item(5), remembered(*near[:6], *far_size)).set
    assert wider is not None
    assert (wider.level, wider.quantities, wider.spread.size) == ("wholesale", None, 18)
    widest = indicate(item(5, level=" Wholesale "), remembered(*near[:6], *far_level)).set
    assert widest is not None
    assert (widest.level, widest.spread.size) == (None, 18)


def test_an_unknown_level_is_no_level_of_its_own() -> None:
    known = remembered(*past(USUAL))
    unknown = indicate(item(5, level=None), known).set
    assert unknown is not None
    assert unknown.level is None
    assert "set-any-level" in {one.code for one in weaknesses(unknown)}
    of_unknown = remembered(*past(USUAL, level=None))
    found = indicate(item(5), of_unknown).set
    assert found is not None
    assert found.level is None


def test_only_what_was_known_before_the_day_counts() -> None:
    same_day = [item(price) for price in USUAL]
    assert indicate(item(1), remembered(*same_day)).outcome == "cannot-say"
    tomorrow = item(1, day=DAY + timedelta(days=1))
    assert indicate(tomorrow, remembered(*same_day)).outcome == "ask"


def test_a_past_longer_ago_than_the_period_no_longer_counts() -> None:
    old = [item(price, day=DAY - timedelta(days=365)) for price in USUAL]
    comparisons = remembered(*old)
    assert indicate(item(1), comparisons).outcome == "ask"
    assert indicate(item(1, day=DAY + timedelta(days=1)), comparisons).outcome == "cannot-say"
    assert indicate(item(1), comparisons).outcome == "ask"


def test_a_value_found_wrong_counts_until_that_was_known() -> None:
    found_wrong = DAY - timedelta(days=1)
    comparisons = remembered(*(item(p, day=DAY - timedelta(days=9), examined=found_wrong, stands=False) for p in USUAL))
    assert indicate(item(1), comparisons).outcome == "cannot-say"
    assert indicate(item(1, day=found_wrong), comparisons).outcome == "ask"


def test_if_asked_so_only_values_that_stood_after_examination_count() -> None:
    stood = past(USUAL, examined=DAY - timedelta(days=1), stands=True)
    assert indicate(item(1), remembered(*stood, *past(USUAL), only_examined=True)).set.spread.size == 12  # type: ignore[union-attr]
    assert indicate(item(1), remembered(*past(USUAL), only_examined=True)).outcome == "cannot-say"
    late = past(USUAL, examined=DAY, stands=True)
    assert indicate(item(1), remembered(*late, only_examined=True)).outcome == "cannot-say"


def test_a_withdrawn_value_no_longer_counts_and_the_others_stay() -> None:
    values = past([*USUAL, *USUAL])
    comparisons = remembered(*values)
    assert indicate(item(5), comparisons).set.spread.size == 24  # type: ignore[union-attr]
    for value in values[:12]:
        comparisons.withdraw(value, DAY)
    assert indicate(item(5), comparisons).set.spread.size == 12  # type: ignore[union-attr]
    comparisons.withdraw(item(77), DAY)  # was never remembered
    comparisons.withdraw(item(5, origin=None), DAY)
    assert indicate(item(5), comparisons).set.spread.size == 12  # type: ignore[union-attr]


def test_wild_values_do_not_move_the_middle_and_are_told() -> None:
    calm = indicate(item(3), remembered(*past(USUAL)))
    wild = indicate(item(3), remembered(*past([*USUAL, 0.001, 90_000])))
    assert calm.set is not None
    assert wild.set is not None
    assert wild.set.spread.median == pytest.approx(calm.set.spread.median)
    assert wild.set.spread.far_out == 2
    assert "set-far-out" in {one.code for one in weaknesses(wild.set)}
    assert "set-far-out" not in {one.code for one in weaknesses(calm.set)}


def test_prices_that_all_agree_make_no_rounding_unusual() -> None:
    comparisons = remembered(*past([5.0] * 20))
    assert indicate(item("4.99"), comparisons).outcome == "nothing-unusual"
    assert indicate(item(2), comparisons).outcome == "ask"


@pytest.mark.parametrize(
    ("values", "code"),
    [
        (past(USUAL), "set-small"),
        (past([5.0] * 40, trader="ONE"), "set-one-trader"),
        (past([0.5, 20.0] * 20), "set-wide"),
        (past(USUAL, day=DAY - timedelta(days=91)), "set-old"),
    ],
    ids=lambda one: one if isinstance(one, str) else "",
)
def test_weak_sets_say_so(values: list[DeclaredValue], code: str) -> None:
    found = indicate(item(5), remembered(*values)).set
    assert found is not None
    assert code in {one.code for one in weaknesses(found)}
    strong = indicate(item(5), remembered(*past([*USUAL, *USUAL, *USUAL]))).set
    assert strong is not None
    assert weaknesses(strong) == ()


def _random_item(chance: random.Random) -> DeclaredValue:
    return item(
        round(chance.lognormvariate(1, 0.6), 3),
        code=chance.choice(["61091000", "61091090", "610910", "61102010"]),
        origin=chance.choice(["XA", "XB"]),
        day=DAY + timedelta(days=chance.randrange(-500, 60)),
        level=chance.choice([None, "wholesale", "retail"]),
        quantity=chance.choice([3, 30, 300]),
        terms=chance.choice([None, "FOB", "CIF"]),
        charges=chance.choice([None, Decimal(1)]),
        trader=chance.choice([None, "T1", "T2"]),
        examined=chance.choice([None, DAY]),
        stands=chance.choice([None, True, False]),
    )


@pytest.mark.parametrize("seed", range(5))
def test_batch_and_online_forms_give_the_same_in_whatever_order(seed: int) -> None:
    chance = random.Random(seed)
    history = [_random_item(chance) for _ in range(600)]
    asked = [_random_item(chance) for _ in range(150)]
    in_batch = indicate_all(asked, remembered(*history))
    chance.shuffle(history)
    online = remembered(*history)
    order = list(range(len(asked)))
    chance.shuffle(order)
    one_by_one = {place: indicate(asked[place], online) for place in order}
    assert in_batch == [one_by_one[place] for place in range(len(asked))]
    alone = [indicate(asked[place], remembered(*history)) for place in range(0, len(asked), 10)]
    assert in_batch[::10] == alone
    assert {one.outcome for one in in_batch} == {"ask", "nothing-unusual", "cannot-say"}


@pytest.mark.parametrize("size", [1, 2, 3, 4, 5, 10, 11, 100, 101])
def test_the_spread_is_what_the_textbook_says(size: int) -> None:
    chance = random.Random(size)
    values = sorted(chance.gauss(2, 0.5) for _ in range(size))
    found = spread_of(values)
    assert found.median == pytest.approx(statistics.median(values))
    mad = statistics.median([abs(value - statistics.median(values)) for value in values])
    assert found.scatter == pytest.approx(max(1.4826 * mad, 0.05))
    if size > 1:
        lower, _, upper = statistics.quantiles(values, n=4, method="inclusive")
        assert (found.lower, found.upper) == (pytest.approx(lower), pytest.approx(upper))


def test_another_currency_for_all_changes_no_answer() -> None:
    chance = random.Random(7)
    prices = [chance.lognormvariate(1, 0.4) for _ in range(40)]
    plain = indicate(item(1), remembered(*past(prices)))
    scaled = indicate(item(500, currency="XTS"), remembered(*past([price * 500 for price in prices], currency="XTS")))
    assert scaled.distance == pytest.approx(plain.distance)
    assert (scaled.rank, scaled.outcome) == (plain.rank, plain.outcome)


def test_the_inquiry_asks_for_an_explanation_and_names_no_figure_of_others() -> None:
    found = indicate(item(1), remembered(*past(USUAL)))
    asked = inquiry_of(found)
    assert asked is not None
    assert {"contract", "payment"} <= set(asked.papers)
    assert not any(sign.isdigit() for sentence in asked.question for sign in sentence.message.replace("Article 8", ""))
    assert inquiry_of(indicate(item(5), remembered(*past(USUAL)))) is None


def test_points_of_a_picture_are_multiples_of_what_was_declared() -> None:
    comparisons = remembered(*past(USUAL))
    assert points_of(item(2), comparisons)[0] == pytest.approx(2.3)
    assert len(points_of(item(2), remembered(*past([5.0 + n / 100 for n in range(300)])))) == 60
    assert points_of(item(2, origin="XB"), comparisons) == ()


def _calculator() -> Calculator:
    return Calculator(tariff(measure("duty", percent("10"))), Rates("XDC"))


def test_a_guarantee_covers_the_duties_at_the_upper_end_of_the_usual() -> None:
    prices = [5.0] * 5 + [8.0] * 10
    found = indicate(item(2, currency="XDC"), remembered(*past(prices, currency="XDC")))
    guarantee = guarantee_for(_calculator(), tariff_goods(value=Decimal(200)), found)
    assert guarantee is not None
    assert (guarantee.amount, guarantee.currency) == (Decimal("60.00"), "XDC")


def test_no_guarantee_is_called_for_where_nothing_is_asked_or_the_value_is_high() -> None:
    comparisons = remembered(*past(USUAL))
    for price in (5, 40):
        assert guarantee_for(_calculator(), tariff_goods(), indicate(item(price), comparisons)) is None


def test_a_guarantee_that_cannot_be_computed_has_no_amount_and_says_what_is_missing() -> None:
    from tests.measures.making import each

    found = indicate(item(1), remembered(*past(USUAL)))
    calculator = Calculator(tariff(measure("duty", each("2", "NAR"))), Rates("XDC"))
    guarantee = guarantee_for(calculator, tariff_goods(code=LIVE), found)
    assert guarantee is not None
    assert guarantee.amount is None
    assert guarantee.missing


def test_half_and_double_are_equally_far() -> None:
    comparisons = remembered(*past([5.0] * 20))
    low, high = indicate(item("2.5"), comparisons), indicate(item(10), comparisons)
    assert low.distance == pytest.approx(-high.distance)  # type: ignore[operator]
    assert low.distance == pytest.approx(-math.log(2) / 0.05)
