# SPDX-License-Identifier: Apache-2.0
"""What a demo prints of cases and of its comparison: every figure with its unit."""

from __future__ import annotations

import io

import msgspec
import pytest
from rich.console import Console

from cocket.cli.demonstration.summary import _comparison, _head
from cocket.risk.suspicion import Fact
from cocket.simulation import Comparison, Found
from tests.simulators.workbench_country import consignments


@pytest.mark.parametrize(
    ("amount", "is_about", "says"),
    [
        ("1152836.81", False, "at stake: XTS 1,152,837"),
        ("1152836.81", True, "at stake: about XTS 1,200,000"),
        ("12.40", False, "at stake: XTS 12.40"),
    ],
)
def test_a_case_has_masses_in_kilograms_and_sums_as_the_queue_has_them(amount: str, is_about: bool, says: str) -> None:
    line = consignments()[0]
    assert line.advice and line.advice.head
    package = Fact(
        code="package",
        message="Item {item}: {mine_kg} a package, for such goods usually {usual_kg}",
        arguments={"item": "2", "mine_kg": "6.63", "usual_kg": "9.28"},
    )
    head = msgspec.structs.replace(
        line.advice.head,
        facts=(package,),
        stake=msgspec.structs.replace(line.advice.head.stake, amount=amount, currency="XTS", is_estimate=is_about),
    )
    told = _head(msgspec.structs.replace(line, advice=msgspec.structs.replace(line.advice, head=head)))
    assert "Item 2: 6.63 kg a package, for such goods usually 9.28 kg" in told
    assert told[-1] == says


def test_the_comparison_names_the_currency_of_what_is_at_stake() -> None:
    found = Found(examined=5.0, frauds=2.0, duty=1_370_512.0)
    told = Comparison(declarations=9, capacity=5, advice=found, host=found, chance=found, best=found, all=found)
    console = Console(file=io.StringIO(), width=120)
    console.print(_comparison(told, "XTS"))
    assert "XTS 1,370,512" in console.file.getvalue()  # type: ignore[attr-defined]  a StringIO
