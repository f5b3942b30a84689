# SPDX-License-Identifier: Apache-2.0
"""Duties done again by hand, from the figures that are shown alone: item by item, each amount rounded once, halves up."""

from __future__ import annotations

import random
import re
from datetime import date
from decimal import ROUND_HALF_UP, Decimal

import pytest

from cocket.measures.tariff import Calculator, Duties, Goods, Rates
from cocket.simulation.law import tariff

DAY = date(2026, 11, 27)
CENT = Decimal("0.01")

#: `20 % on 2685797.73 XTS = 537159.546`, and of a quantity `14 XTS / LTR on 16784 LTR = 234976`.
STEP = re.compile(r"([0-9.]+) (?:%|XTS / (?:([0-9.]+) )?[A-Z]+) on ([0-9.]+) [A-Z]+ = [0-9.]+\Z")


def rounded(amount: Decimal) -> Decimal:
    return amount.quantize(CENT, ROUND_HALF_UP)


def basket(drawn: random.Random) -> list[Goods]:
    """Some items of one declaration, with values to the cent, a few of them in a foreign currency."""
    codes = sorted(code for code in tariff().lines if len(code) == 8)
    return [
        Goods(
            code=drawn.choice(codes),
            day=DAY,
            value=Decimal(drawn.randrange(1, 10**drawn.randrange(4, 10))) / 100,
            currency=drawn.choice(("XTS", "XTS", "USD")),
            origin=drawn.choice(("XM", "XB", "XC")),
            procedure="4000",
            quantities={unit: Decimal(drawn.randrange(1, 500_000)) / 10 for unit in ("KGM", "LTR", "NMB", "NAR", "MTK", "PR")},
        )
        for _ in range(drawn.randrange(1, 6))
    ]  # fmt: skip


def by_hand(shown: Duties) -> Decimal:
    """The sum of an item from the steps of its lines, as a person with a calculator does it."""
    amounts: dict[str, Decimal] = {}
    for line in shown.lines:
        if line.how[-1] == "free = 0":
            assert line.amount == 0
            continue
        told = next((found for step in line.how if (found := STEP.match(step))), None)
        assert told is not None, line.how
        rate, each, base = Decimal(told[1]), Decimal(told[2] or 1), Decimal(told[3])
        worked = rate * base / (100 if "%" in told[0] else each)
        amounts[line.charge] = rounded(worked)
        assert rounded(worked) == line.amount, line.how
        if line.kind == "vat":
            value = line.how[0].split(" = ")[-2].split(" + ")[0]  # `base = value + duties = 100.00 + 8.00 = 108.00`
            before = Decimal(value) + sum(one for name, one in amounts.items() if name != line.charge)
            assert base == before, line.how
    return sum(amounts.values(), Decimal())


@pytest.mark.parametrize("seed", range(60))
def test_a_basket_done_again_by_hand_comes_to_the_same_cent(seed: int) -> None:
    drawn = random.Random(seed)
    rates = Rates("XTS", [("USD", date(2026, 1, 1), Decimal("26.4375"))])
    calculator = Calculator(tariff(), rates)
    many = basket(drawn)
    answers = calculator.declaration(many, explain=True)
    items = [by_hand(one) for one in answers if one.total is not None]
    assert items == [one.total for one in answers if one.total is not None]
    paid = calculator.payable(many)
    if paid is not None:
        assert sum(paid.values()) == sum(items)
