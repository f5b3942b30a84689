# SPDX-License-Identifier: Apache-2.0
"""The laws of all countries against a third way to compute them, and what must hold whatever is asked.

`ORACLE_RUNS` asks for more than a few: 20000 takes some minutes.
"""

from __future__ import annotations

import os
import random
from datetime import date, timedelta
from decimal import Decimal
from fractions import Fraction
from typing import Any

import msgspec
import pytest

from cocket.measures.tariff import (
    Batch,
    Calculator,
    Goods,
    Line,
    Measure,
    Rates,
    Rounding,
    Tariff,
    countries,
    national,
    read_rate,
    with_national,
)
from tests.measures.law_again import OFF, Case, NotKnownError

RUNS = int(os.environ.get("ORACLE_RUNS", "1050"))
SEED = int(os.environ.get("ORACLE_SEED", "20261129"))
AMOUNTS = (
    "freight", "insurance", "price", "sea_freight", "costs_to_destination", "customs_costs", "bank_charges", "wharfage",
    "arrastre",
)  # fmt: skip


def figure(chance: random.Random, most: int, places: int = 2) -> str:
    return f"{chance.randrange(0, most * 10**places) / 10**places:.{places}f}"


def asked(chance: random.Random, country: str) -> dict[str, Any]:
    """A question on goods that have rates of their own for some of the charges."""
    law = national(country)
    known = {word for one in law.charges for word in (*one.persons, *one.except_persons)}
    open_ones = {one.name: one for one in law.charges if not one.rate and not one.steps}
    rates = {
        name: ("percent", figure(chance, 45))
        if one.inclusive or chance.random() < 0.75
        else ("each", figure(chance, 30))
        for name, one in open_ones.items()
        if one.kind == "duty" or chance.random() < 0.6
    }
    day = date(2026, 1, 1) + timedelta(chance.randrange(330))
    if chance.random() < 0.2:
        day = date(2008, 1, 1) + timedelta(chance.randrange(6500))
    value = figure(chance, 10 ** chance.randrange(2, 7))
    most = max(int(float(value)), 1)
    way = most // 3 if chance.random() < 0.98 else most * 9
    amounts = {
        name: figure(chance, (way if name in ("freight", "insurance") else 5000) or 1)
        for name in AMOUNTS
        if chance.random() < 0.9
    }
    return {
        "day": day,
        "procedure": chance.choice((*OFF, "4000", "4000")),
        "persons": [one for one in chance.choice((["API"], ["commercial"], [], ["API", "commercial"])) if one in known],
        "transport": chance.choice(("sea", "air")),
        "origin": chance.choice(("NO", "BW", "CN")),
        "mass": figure(chance, 900, 3),
        "amounts": {"value": value, **amounts},
        "rates": rates,
        "preference": ("percent", figure(chance, 30)) if chance.random() < 0.4 else None,
        "rounding": {
            kind: {"step": chance.choice(("0.05", "1", "100")), "mode": chance.choice(("down", "half-up"))}
            for kind in ("duty", "vat", "")
            if chance.random() < 0.3
        },
    }


def words(rate: tuple[str, str], currency: str) -> str:
    return f"{rate[1]} %" if rate[0] == "percent" else f"{rate[1]} {currency}/kg"


def calculator_of(country: str, told: dict[str, Any]) -> Calculator:
    law = national(country)
    kinds = {one.name: one.kind for one in law.charges}
    measures = [
        Measure(code="01", kind=kinds[name], type_code=name, formula=read_rate(words(rate, law.currency)))
        for name, rate in told["rates"].items()
    ]
    if told["preference"]:
        formula = read_rate(words(told["preference"], law.currency))
        measures.append(Measure(code="01", kind="preference", type_code="PACT", formula=formula, area=told["origin"]))
    bare = Tariff(
        name=country,
        edition="",
        currency=law.currency,
        lines={"01": Line(code="01")},
        measures={"01": tuple(measures)},
        rounding={kind: msgspec.convert(rule, Rounding, strict=False) for kind, rule in told["rounding"].items()},
    )
    rates = Rates(law.currency, [("USD", date(2000, 1, 1), Decimal(1)), ("KES", date(2000, 1, 1), Decimal(1))])
    return Calculator(with_national(bare, law), rates)


def goods_of(told: dict[str, Any], currency: str) -> Goods:
    amounts = {name: Decimal(text) for name, text in told["amounts"].items()}
    return Goods(
        code="01",
        day=told["day"],
        value=amounts.pop("value"),
        currency=currency,
        amounts=amounts,
        quantities={"KGM": Decimal(told["mass"])},
        procedure=told["procedure"],
        persons=tuple(told["persons"]),
        transport=told["transport"],
        origin=told["origin"],
        preference="300" if told["preference"] else None,
        rate_day=told["day"],
    )


def test_the_law_of_every_country_comes_to_what_a_third_way_says() -> None:
    chance = random.Random(SEED)
    seen = dict.fromkeys(countries(), 0)
    unknown = 0
    for turn in range(RUNS):
        country = countries()[turn % len(countries())]
        told = asked(chance, country)
        calculator = calculator_of(country, told)
        goods = goods_of(told, calculator.tariff.currency)
        ours = calculator.duties(goods)
        try:
            due, payable = Case(country, told).totals()
        except NotKnownError:
            assert ours.total is None, (country, told, ours)
            unknown += 1
        else:
            assert ours.total is not None, (country, told, ours.not_computable)
            assert Fraction(ours.total) == due, (country, told, ours.lines)
            assert not told["rounding"] or ours.payable is not None, (country, told)
            assert ours.payable is None or Fraction(ours.payable) == payable, (country, told, ours.lines)
            seen[country] += 1
        assert Batch(calculator).totals([goods]) == [ours.total]
    assert min(seen.values()) > RUNS // 80, seen
    assert unknown > RUNS // 40
    print(seen, "unknown:", unknown)


def test_the_third_way_can_disagree() -> None:
    told = asked(random.Random(1), "br")
    told |= {"procedure": "4000", "day": date(2026, 3, 1)}
    told["amounts"] = dict.fromkeys(AMOUNTS, "10") | told["amounts"]
    due, _ = Case("br", told).totals()
    told["amounts"]["value"] = str(Decimal(told["amounts"]["value"]) + 1000)
    assert Case("br", told).totals()[0] != due


def total(calculator: Calculator, goods: Goods) -> Decimal | None:
    return calculator.duties(goods).total


@pytest.mark.parametrize("country", countries())
def test_what_must_hold_whatever_is_asked(country: str) -> None:
    """A preference never makes more due; goods worth more never owe less; a sum is its lines; two orders are one."""
    chance = random.Random(f"{SEED}{country}")
    looked = 0
    for _ in range(max(20, RUNS // 60)):
        told = asked(chance, country)
        calculator = calculator_of(country, told)
        goods = goods_of(told, calculator.tariff.currency)
        answer = calculator.duties(goods)
        assert answer.total is None or answer.total == sum(
            (one.amount for one in answer.lines if one.effect == "due"), Decimal()
        )
        assert answer.suspended is None or answer.suspended == sum(
            (one.amount for one in answer.lines if one.effect == "suspended"), Decimal()
        )
        bare = total(calculator, msgspec.structs.replace(goods, preference=None))
        if bare is not None and answer.total is not None:
            assert answer.total <= bare, (country, told)
            looked += 1
        more = total(calculator, msgspec.structs.replace(goods, value=(goods.value or Decimal()) * 3 + 7))
        if more is not None and answer.total is not None:
            assert more >= answer.total, (country, told)
        second = msgspec.structs.replace(
            goods, value=Decimal(figure(chance, 9000)), quantities={"KGM": Decimal(chance.randrange(90))}
        )
        one_way = calculator.declaration((goods, second))
        other_way = calculator.declaration((second, goods))
        sums = [[one.total for one in answers] for answers in (one_way, other_way[::-1])]
        if None not in sums[0]:
            assert sum(one for one in sums[0] if one is not None) == sum(one for one in sums[1] if one is not None)
        again = msgspec.structs.replace(
            goods, amounts=dict(reversed(goods.amounts.items())), quantities=dict(reversed(goods.quantities.items()))
        )
        assert calculator.duties(again).total == answer.total
    assert looked > 3
