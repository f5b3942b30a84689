# SPDX-License-Identifier: Apache-2.0
"""Cards as they are written: what is refused, and what is cleaned."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any

import pytest

from cocket.errors import SenderError
from cocket.trials.lessons.card import Cost, checked_card, checked_cost
from tests.trials.lessons.given import TODAY, cost, new_card


@pytest.mark.parametrize(
    ("instead", "code"),
    [
        ({"title": "x"}, "text-length"),
        ({"problem": ""}, "text-length"),
        ({"lesson": "y" * 2001}, "text-length"),
        ({"risk": "<b>none</b>"}, "text-markup"),
        ({"status": "finished"}, "card-status"),
        ({"status": "stopped"}, "card-failed"),
        ({"begins": date(2026, 12, 2)}, "card-days"),
        ({"ends": date(2025, 12, 31)}, "card-days"),
        ({"begins": date(2001, 1, 1)}, "card-days"),
        ({"measures": ()}, "measures-number"),
        ({"measures": ("profit",)}, "measure-unknown"),
        ({"cost": cost("2", "1")}, "cost-range"),
        ({"cost": cost("-1", "1")}, "cost-range"),
        ({"cost": cost("NaN", "NaN")}, "cost-range"),
        ({"cost": cost("0", "1E+40")}, "cost-range"),
        ({"cost": cost("0", "1", "EURO")}, "cost-currency"),
    ],
)
def test_a_card_that_cannot_be_is_refused(instead: dict[str, Any], code: str) -> None:
    with pytest.raises(SenderError) as raised:
        checked_card(new_card(**instead), TODAY)
    assert raised.value.code == code


def test_a_planned_use_may_begin_later_and_a_stopped_one_says_why() -> None:
    assert checked_card(new_card(status="planned", begins=date(2027, 2, 1)), TODAY).status == "planned"
    stopped = new_card(status="stopped", failed="The feed broke each night.", title=" Two\nlines ")
    assert checked_card(stopped, TODAY).title == "Two lines"


def test_a_cost_is_kept_in_hundredths_and_an_unknown_one_stays_unknown() -> None:
    assert checked_cost(cost("1.005", "2", "eur")) == Cost(low=Decimal("1.00"), high=Decimal("2.00"), currency="EUR")
    assert checked_card(new_card(), TODAY).cost is None
