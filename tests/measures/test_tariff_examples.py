# SPDX-License-Identifier: Apache-2.0
"""Worked examples: questions of ours to published tariffs, each with its sum and how it was reckoned from their text."""

from __future__ import annotations

import ast
import operator
from collections.abc import Callable
from datetime import date
from decimal import ROUND_HALF_UP, Decimal
from functools import cache
from pathlib import Path
from typing import Any

import msgspec
import pytest

from cocket.measures.tariff import Batch, Calculator, Rates, load_tariff, read_question, recompute
from cocket.model import Amount, Commodity, Declaration, DutyTaxFee, GoodsShipment, GovernmentAgencyGoodsItem
from tests.corpora import corpora

EXAMPLES = [
    msgspec.json.decode(line) for line in Path(__file__).with_name("worked_examples.ndjson").read_bytes().splitlines()
]
FOLDERS = {"jp": ("host", "japan-tariff"), "uk": ("host", "uk-tariff", "uk"), "xi": ("host", "uk-tariff", "xi")}
OF_TARIFFS = [one for one in EXAMPLES if one["tariff"] in FOLDERS]
SAD_LINES = [one for one in EXAMPLES if one["tariff"] == "sad"]


@cache
def calculator(name: str) -> Calculator:
    files = sorted(corpora(*FOLDERS[name]).rglob("*.json"))
    tariff = load_tariff((file.name, file.read_bytes()) for file in files).tariff
    return Calculator(tariff, Rates(tariff.currency, [("EUR", date(2021, 1, 1), Decimal("0.9"))]))


def name(example: dict[str, Any]) -> str:
    return f"{example['tariff']}-{example['ask'].get('code', 'line')}-{example['total']}"


@pytest.mark.parametrize("example", OF_TARIFFS, ids=name)
def test_goods_cost_what_the_text_of_the_tariff_says(example: dict[str, Any]) -> None:
    goods = read_question(msgspec.json.encode(example["ask"]))
    calculated = calculator(example["tariff"])
    assert str(calculated.duties(goods).total) == example["total"]
    assert Batch(calculated).totals([goods]) == [Decimal(example["total"])]


@pytest.mark.parametrize("example", EXAMPLES, ids=name)
def test_each_sum_is_what_its_reckoning_comes_to(example: dict[str, Any]) -> None:
    reckoned = _reckon(ast.parse(example["how"], mode="eval").body).quantize(Decimal("0.01"), ROUND_HALF_UP)
    assert str(reckoned) == example["total"]


def test_there_are_enough_examples() -> None:
    assert len(EXAMPLES) >= 60
    assert len({one["tariff"] for one in EXAMPLES}) == 4


@pytest.mark.parametrize("example", SAD_LINES, ids=name)
def test_a_line_of_a_sad_is_base_times_rate_to_the_cent(example: dict[str, Any]) -> None:
    base, rate, amount = (Decimal(text) for text in (*example["ask"].values(), example["total"]))
    assert recompute(_declaration(base, rate, amount)) == ()
    for wrong in ("0.02", "-0.02"):
        assert [one.code for one in recompute(_declaration(base, rate, amount + Decimal(wrong)))] == [
            "duty-line-amount"
        ]


def _declaration(base: Decimal, rate: Decimal, amount: Decimal) -> Declaration:
    line = DutyTaxFee(type_code="VAT", base=base, rate=rate, is_specific=False, amount=Amount(amount), payment_code="1")
    item = GovernmentAgencyGoodsItem(commodity=Commodity(duties=(line,)), customs_value=Amount(base))
    return Declaration(shipment=GoodsShipment(items=(item,)))


_SIGNS: dict[type, Callable[[Decimal, Decimal], Decimal]] = {
    ast.Add: operator.add,
    ast.Sub: operator.sub,
    ast.Mult: operator.mul,
    ast.Div: operator.truediv,
}


def _reckon(node: ast.expr) -> Decimal:
    if isinstance(node, ast.BinOp):
        return _SIGNS[type(node.op)](_reckon(node.left), _reckon(node.right))
    assert isinstance(node, ast.Constant)
    return Decimal(str(node.value))
