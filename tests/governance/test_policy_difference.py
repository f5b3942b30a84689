# SPDX-License-Identifier: Apache-2.0
"""Two policies compared: against every row of the table decided one by one, which takes the long way round."""

from __future__ import annotations

import random
from itertools import product
from typing import Any

import pytest

from cocket.governance import ACTIONS, ROLES, Facts, Policy, PolicyDifference, compare_policies, shipped_policy
from cocket.governance.policy_difference import change_lines, told
from cocket.governance.policy_schema import STATED, YES_OR_NO

TEXT = shipped_policy().text


def changed(before: str, after: str) -> Policy:
    """The shipped policy with some of its words replaced."""
    assert TEXT.count(before) == 1
    return Policy(TEXT.replace(before, after))


COMMENTS = """permit (principal in Role::"customs", action == Action::"comment:add", resource)
when { context.in_office };"""
SCREENS = 'permit (principal in Role::"customs", action == Action::"list:read", resource);'
HOLDS = """forbid (principal, action == Action::"agency:hold", resource)
unless { context.has_reason };"""

DRAFTS = {
    "wider by office": (COMMENTS, COMMENTS.replace("\nwhen { context.in_office }", "")),
    "narrower by purpose": (
        SCREENS,
        SCREENS.replace(";", ' when { context.purpose == Purpose::"control" && !context.own };'),
    ),
    "both ways": (
        COMMENTS,
        COMMENTS.replace('in Role::"customs"', "").replace(
            "context.in_office", 'context.at_same_office && !(principal in Role::"analyst") || principal in Role::"carrier"'
        ),
    ),
    "a prohibition less": (HOLDS, HOLDS.replace("unless { context.has_reason }", "when { false }")),
    "the context as a whole": (
        COMMENTS,
        COMMENTS.replace("context.in_office", "context.in_office || (context has own && context.own)"),
    ),
}  # fmt: skip


def every_row() -> list[Facts]:
    """Every combination of facts that can be: whoever is at his very office is in it."""
    rows = []
    for *flags, purpose in product(*[(False, True)] * len(YES_OR_NO), STATED):
        facts: dict[str, Any] = dict(zip(YES_OR_NO, flags, strict=True))
        if facts["in_office"] or not facts["at_same_office"]:
            rows.append(Facts(purpose=str(purpose), **facts))
    return rows


def tells(difference: PolicyDifference, way: str, roles: str, action: str, facts: Facts) -> bool:
    """Whether a difference names one row, by its exact circumstances."""
    return any(
        (one.role, one.action) == (roles, action)
        and any(all(getattr(facts, name) in values for name, values in when.items()) for when in one.when)
        for one in getattr(difference, way)
    )


@pytest.mark.parametrize("draft", DRAFTS)
def test_a_difference_is_that_of_every_row_decided_one_by_one(draft: str) -> None:
    before, after = shipped_policy(), changed(*DRAFTS[draft])
    difference = compare_policies(before, after)
    dice, rows, seen = random.Random(1436), every_row(), 0
    touched = {one.action for one in (*difference.widened, *difference.narrowed)}
    assert touched
    for action in sorted(touched | {"dossier:read"}):
        for role in ((), *((one,) for one in ROLES)):
            some = dice.sample(rows, 250)
            asked = [(role, action, facts) for facts in some]
            for facts, one, two in zip(some, before.decide_all(asked), after.decide_all(asked), strict=True):
                where = ("+".join(role), action, facts)
                assert tells(difference, "widened", *where) is (two.allowed and not one.allowed), where
                assert tells(difference, "narrowed", *where) is (one.allowed and not two.allowed), where
                seen += one.allowed is not two.allowed
    assert seen > 10


def test_the_whole_table_is_counted_and_each_row_of_it_once() -> None:
    before, after = shipped_policy(), changed(*DRAFTS["wider by office"])
    difference = compare_policies(before, after)
    rows = every_row()
    assert difference.rows == (len(ROLES) + 1) * len(ACTIONS) * len(rows)
    [analyst] = [one for one in difference.widened if one.role == "analyst"]
    asked = [(("analyst",), "comment:add", facts) for facts in rows]
    differing = [
        one.allowed != two.allowed for one, two in zip(before.decide_all(asked), after.decide_all(asked), strict=True)
    ]
    assert analyst.rows == sum(differing) == 264
    assert difference.decided < difference.rows / 100


def test_a_difference_is_told_in_words_without_what_stays_forbidden() -> None:
    difference = compare_policies(shipped_policy(), changed(*DRAFTS["wider by office"]))
    assert list(change_lines(difference, "widened")) == [
        ("analyst, officer, supervisor", "comment:add", ("of another office",), 792)
    ]
    assert list(change_lines(difference, "narrowed")) == []
    assert difference.reworded == ("customs-comments",)
    one = difference.widened[0]
    assert (one.before, one.after) == (("nothing-permits",), ("customs-comments",))


def test_two_policies_of_other_words_that_allow_the_same_do_not_differ() -> None:
    same = changed(COMMENTS, COMMENTS.replace("context.in_office", "!(!context.in_office)"))
    difference = compare_policies(shipped_policy(), same)
    assert difference.is_empty
    assert difference.reworded == ("customs-comments",)
    assert compare_policies(shipped_policy(), shipped_policy()).decided == 0


def test_an_actor_of_several_roles_is_compared_where_he_is_asked_for() -> None:
    both = COMMENTS.replace("context.in_office", 'context.in_office || principal in Role::"host"')
    alone = compare_policies(shipped_policy(), changed(COMMENTS, both))
    assert alone.is_empty  # no single role is of customs and the host
    together = compare_policies(shipped_policy(), changed(COMMENTS, both), [("host", "officer")])
    assert {one.role for one in together.widened} == {"host+officer"}


def test_circumstances_are_told_in_words() -> None:
    assert told({}) == "in every case"
    assert (
        told({"in_office": (False,), "purpose": ("audit", "unknown")})
        == "of another office, for audit / no known purpose"
    )
