# SPDX-License-Identifier: Apache-2.0
"""From what was entered to what is recorded."""

from __future__ import annotations

import pytest

from cocket.pipeline import NewResult
from cocket.workbench.forms import read_result

FOUND = {
    "depth": "full",
    "found": "yes",
    "offence": "revenue",
    "duty": "41 200.00",
    "currency": "usd",
    "note": " under-valued ",
}


def test_a_find_is_recorded_with_its_kind_and_duty() -> None:
    expected = NewResult(
        depth="full", found=True, offence="revenue", duty_recovered="41200.00", currency="USD", note="under-valued"
    )
    assert read_result(FOUND).result == expected


def test_nothing_found_drops_what_belongs_to_a_find() -> None:
    assert read_result({**FOUND, "found": "no"}).result == NewResult(depth="full", found=False, note="under-valued")


def test_not_examined_is_kept_apart_from_nothing_found() -> None:
    result = read_result({**FOUND, "depth": "not-examined"}).result
    assert result == NewResult(depth="not-examined", found=None, note="under-valued")


def test_a_find_without_duty_has_no_currency() -> None:
    result = read_result({**FOUND, "duty": ""}).result
    assert result is not None
    assert (result.duty_recovered, result.currency) == (None, None)


@pytest.mark.parametrize(
    ("changed", "wrong"),
    [
        ({"depth": ""}, "depth"),
        ({"depth": "thorough"}, "depth"),
        ({"found": ""}, "found"),
        ({"offence": ""}, "offence"),
        ({"offence": "smuggling"}, "offence"),
        ({"duty": "much"}, "duty"),
        ({"duty": "-5"}, "duty"),
        ({"duty": "1e9"}, "duty"),
        ({"currency": "dollars"}, "currency"),
        ({"note": "x" * 4001}, "note"),
        ({"depth": "not-examined", "note": " "}, "note"),
    ],
)
def test_each_problem_is_said_beside_its_field_and_nothing_is_recorded(changed: dict[str, str], wrong: str) -> None:
    filled = read_result({**FOUND, **changed})
    assert filled.result is None
    assert list(filled.problems) == [wrong]


def test_an_empty_form_asks_for_depth_and_finding() -> None:
    assert list(read_result({}).problems) == ["depth", "found"]
