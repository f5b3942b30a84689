# SPDX-License-Identifier: Apache-2.0
from __future__ import annotations

from cocket.control import look_for, tasks_of
from cocket.control.orders import _LOOK_FOR
from cocket.risk import FEATURES, INDICATORS


def codes(*given: str, is_random: bool = False) -> list[str]:
    return [task.code for task in look_for(given, is_random=is_random)]


def test_tasks_follow_the_reasons_without_saying_the_same_twice() -> None:
    given = codes("value-under-peers", "price_position", "route-odd", "past-offence", "importer-new")
    assert given == ["value-under-peers", "route-odd", "past-offence"]


def test_what_intelligence_asks_comes_before_all_else() -> None:
    assert codes("value-under-peers", "route-odd", "past-offence", "intelligence")[0] == "intelligence"


def test_a_drawn_case_is_examined_in_full_and_not_explained_away() -> None:
    assert codes("value-under-peers", is_random=True) == ["random"]


def test_a_case_without_telling_reasons_still_says_what_to_do() -> None:
    assert codes() == codes("hs2_rate") == ["examine"]


def test_every_rule_asks_for_something_and_no_task_is_for_an_unknown_code() -> None:
    rules, features = {each.code for each in INDICATORS}, {each.name for each in FEATURES}
    assert rules <= set(_LOOK_FOR) <= rules | features


def test_what_stands_besides_gets_its_first_task_once() -> None:
    told = tasks_of("quantity", has_containers=False, others=("permit", "permit"))
    assert [one.code for one in told] == ["quantity", "quantity", "permit"]
    assert told[-1].message == "ask for the permit, and compare the goods with what it covers"
    assert tasks_of("quantity", has_containers=False) == told[:-1]
