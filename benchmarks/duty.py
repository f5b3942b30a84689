# SPDX-License-Identifier: Apache-2.0
"""Duties of many items by a tariff of our own making, beside bare decimal multiplication of the same values."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from datetime import date
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

from benchmarks.figures import Figure
from cocket.errors import StoreError
from cocket.measures.tariff import Batch, Calculator, Formula, Goods, Line, Measure, Tariff, read_rate, with_national

_LINES = 500
_ITEMS = 20_000
_DAY = date(2026, 3, 1)
_CENT = Decimal("0.01")
_RATES = ("free", "5 %", "12.5 %", "35.10 XDC / 100 kg", "10.2 % + 93.10 XDC / 100 kg", "16.5 % MIN 3 XDC / kg")


def bench_duty(seconds: float) -> Iterator[Figure]:
    """Sums of duty, preference and VAT for mixed items: in batch, one by one with their explanation, and the limit."""
    calculator, many = Calculator(_tariff()), _items()
    batch = Batch(calculator)
    if batch.totals(many[:_LINES]) != [calculator.duties(goods).total for goods in many[:_LINES]]:
        raise StoreError("The batch and the calculator do not agree.", code="bench-wrong")
    values = [goods.value or Decimal() for goods in many]
    rate = Decimal("0.125")
    each = seconds / 4
    sums = _a_second(lambda: batch.totals(many), each)
    explained = _a_second(lambda: [calculator.duties(goods) for goods in many], each)
    bare = _a_second(lambda: [(value * rate).quantize(_CENT, ROUND_HALF_UP) for value in values], each)
    yield Figure(name="batch", value=sums, unit="items/s", note="sums of duty, preference and VAT, one core")
    graph = Batch(Calculator(with_national(_tariff("INR"), "in")))
    graphed = _a_second(lambda: graph.totals(many), each)
    yield Figure(name="graph", value=graphed, unit="items/s", note="the same with charges on charges, as in India")
    yield Figure(name="explained", value=explained, unit="items/s", note="each line with base, rate and act")
    yield Figure(name="bare", value=bare, unit="items/s", note="one decimal multiplication and rounding each")
    yield Figure(name="batch ratio", value=sums / bare, unit="×", note="of bare multiplication")


def _tariff(currency: str = "XDC") -> Tariff:
    lines = {f"{1000_0000 + number}": Line(code=f"{1000_0000 + number}") for number in range(_LINES)}
    measures = {code: tuple(_measures(code, number, currency)) for number, code in enumerate(lines)}
    return Tariff(name="bench", edition="1", currency=currency, lines=lines, measures=measures)


def _measures(code: str, number: int, currency: str) -> Iterator[Measure]:
    formulas: list[Formula] = [read_rate(text.replace("XDC", currency)) for text in _RATES]
    yield Measure(code=code, kind="duty", type_code="mfn", formula=formulas[number % len(formulas)])
    yield Measure(code=code, kind="preference", type_code="pact", formula=formulas[1], area="XB")
    yield Measure(code=code, kind="vat", type_code="vat", formula=read_rate("20 %"))


def _items() -> list[Goods]:
    return [
        Goods(
            code=f"{1000_0000 + number * 7 % _LINES}",
            day=_DAY,
            value=Decimal(number * 37 % 100_000) / 100,
            origin="XB" if number % 3 else "XC",
            preference="300" if number % 3 == 1 else None,
            quantities={"KGM": Decimal(number % 1000)},
        )
        for number in range(_ITEMS)
    ]


def _a_second(work: Callable[[], Any], seconds: float) -> float:
    """How many items a second of CPU time, the best of the rounds that fit."""
    end, best = time.monotonic() + seconds, 0.0
    while True:
        start = time.process_time()
        work()
        best = max(best, _ITEMS / (time.process_time() - start))
        if time.monotonic() > end:
            return best
