# SPDX-License-Identifier: Apache-2.0
"""Whatever stands in a tariff, a table, exchange rates or a question: an answer, or an error of ours."""

from __future__ import annotations

import json
import random
from collections.abc import Callable
from datetime import date
from decimal import Decimal
from typing import Any

import pytest

from cocket.errors import CocketError
from cocket.measures.tariff import (
    Calculator,
    Goods,
    Loaded,
    Rates,
    answer,
    check_tariff,
    load_tariff,
    read_question,
    read_rates,
    write_tariff,
)
from tests.measures.making import tariff as our_tariff
from tests.measures.test_tariff_japanese import line
from tests.measures.test_tariff_table import MAPPING, TABLE
from tests.measures.test_tariff_taric import CODE, component, measure

MUTATIONS = 2_000
ODD: list[Any] = [
    None, "", 0, -1, "-5", "NaN", "1e999999", "1e-999999", [], {}, True, "x" * 300, "2021-13-45", "１２", "EUR",
    10**30, "DTN", "01", "15", "17", "36", "5%〜", "(((((((((5%",
]  # fmt: skip
QUESTION = {
    "code": "0102.29.10", "date": "2026-03-01", "value": "1000", "currency": "XDC", "quantities": {"KGM": 20},
    "origin": "XB", "preference": "300", "documents": ["U088"], "quotas": [], "procedure": "4000",
}  # fmt: skip
MONTHS = [
    {"attributes": {"child_monetary_unit_code": "GBP", "exchange_rate": "0.8", "validity_start_date": "2026-01-01"}}
]
JAPANESE = [line("010", {"基本": "10%", "EPA_CPTPP": "関税割当数量以内のもの　3%\nその他のもの　5%"})]
BRITISH = {
    "goods_nomenclature_item_id": CODE,
    "import_measures": [
        measure("103", component("01", "10"), component("04", "5", "EUR", "DTN"), component("15", "3", "GBP", "KGM")),
        measure("305", component("01", "20"), series="P"),
    ],
}


def mutated(value: Any, chance: random.Random) -> bytes:
    """A JSON value with one to three of its leaves replaced by something odd."""
    value = json.loads(json.dumps(value))
    for _ in range(chance.randrange(1, 4)):
        node = value
        while isinstance(node, dict | list) and node:
            key: Any = chance.choice(list(node)) if isinstance(node, dict) else chance.randrange(len(node))
            if not isinstance(node[key], dict | list) or not node[key] or chance.random() < 0.1:
                node[key] = chance.choice(ODD)
                break
            node = node[key]
    return json.dumps(value).encode()


def use(loaded: Loaded) -> None:
    calculator = Calculator(loaded.tariff, loaded.rates([("EUR", date(2021, 1, 1), Decimal("0.9"))]))
    for code in loaded.tariff.lines:
        goods = Goods(
            code=code, day=date(2026, 7, 1), value=Decimal(100), quantities={"KGM": Decimal(3)}, preference="300"
        )
        json.dumps(answer(calculator.duties(goods)))
    check_tariff(loaded.tariff)
    write_tariff(loaded.tariff)


def ask(content: bytes) -> None:
    json.dumps(answer(Calculator(our_tariff()).duties(read_question(content))))


OWN = json.loads(write_tariff(load_tariff([("a", TABLE)], MAPPING).tariff))


@pytest.mark.parametrize(
    ("whole", "then"),
    [
        (OWN, lambda content: use(load_tariff([("a", content)]))),
        (JAPANESE, lambda content: use(load_tariff([("a", content)]))),
        (BRITISH, lambda content: use(load_tariff([("a", content)]))),
        (MONTHS, lambda content: Rates("GBP", read_rates(content, "GBP"))),
        (QUESTION, ask),
    ],
    ids=["own", "japanese", "british", "rates", "question"],
)
def test_a_mutated_file_is_read_or_refused_and_nothing_else(whole: Any, then: Callable[[bytes], Any]) -> None:
    chance = random.Random(20260301)
    outcomes = set()
    for _ in range(MUTATIONS):
        try:
            then(mutated(whole, chance))
            outcomes.add("read")
        except CocketError:
            outcomes.add("refused")
    assert outcomes == {"read", "refused"}


def test_a_mutated_table_is_read_or_refused_and_nothing_else() -> None:
    chance = random.Random(7)
    for _ in range(MUTATIONS):
        content = bytearray(TABLE)
        for _ in range(3):
            content[chance.randrange(len(content))] = chance.randrange(256)
        try:
            use(load_tariff([("a", bytes(content))], MAPPING))
        except CocketError:
            continue


def test_numbers_beyond_all_measure_are_a_finding() -> None:
    found = Calculator(our_tariff()).duties(Goods(code="01022910", day=date(2026, 3, 1), value=Decimal("1e30")))
    assert [one.code for one in found.findings] == ["number-not-possible"]
    assert found.total is None
