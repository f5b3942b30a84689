# SPDX-License-Identifier: Apache-2.0
from __future__ import annotations

from datetime import UTC, date, datetime

import pytest

from cocket.control import Selection, order
from cocket.control.orders import _LOOK_FOR
from cocket.risk import FEATURES, INDICATORS, Assessment, Reason

NOW = datetime(2026, 11, 2, 9, tzinfo=UTC)


def selection(lane: str = "red", why: str = "score") -> Selection:
    return Selection(
        consignment="c1",
        office="XA110000",
        day=date(2026, 11, 2),
        lane=lane,
        why=why,
        number=0.5,
        propensity=1.0,  # type: ignore[arg-type]
    )


def assessment(*codes: str) -> Assessment:
    reasons = tuple(Reason(code=code, message=code, source="law") for code in codes)
    return Assessment(id="c1", made=1.0, score=0.5, reasons=reasons, features={})


@pytest.mark.parametrize("lane, depth", [("red", "examination"), ("yellow", "documents")])
def test_red_and_yellow_order_a_control(lane: str, depth: str) -> None:
    given = order(selection(lane), assessment("value-under-peers"), NOW)
    assert given is not None
    assert (given.depth, given.consignment, given.issued, given.propensity) == (depth, "c1", NOW, 1.0)


@pytest.mark.parametrize("lane", ["blue", "green"])
def test_blue_and_green_order_nothing(lane: str) -> None:
    assert order(selection(lane), assessment("value-under-peers"), NOW) is None


def test_tasks_follow_the_reasons_without_saying_the_same_twice() -> None:
    given = order(
        selection(), assessment("value-under-peers", "value_position", "route-odd", "past-offence", "importer-new"), NOW
    )
    assert given is not None
    assert [task.code for task in given.tasks] == ["value-under-peers", "route-odd", "past-offence"]
    assert all(task.reason is not None for task in given.tasks)


def test_a_drawn_case_is_examined_in_full_and_not_explained_away() -> None:
    given = order(selection(why="random"), assessment("value-under-peers"), NOW)
    assert given is not None and given.is_random
    assert [(task.code, task.reason) for task in given.tasks] == [("random", None)]


def test_a_case_without_telling_reasons_still_says_what_to_do() -> None:
    given = order(selection(), assessment(), NOW)
    assert given is not None and len(given.tasks) == 1


def test_every_rule_asks_for_something_and_no_task_is_for_an_unknown_code() -> None:
    rules, features = {each.code for each in INDICATORS}, {each.name for each in FEATURES}
    assert rules <= set(_LOOK_FOR) <= rules | features
