# SPDX-License-Identifier: Apache-2.0
"""A draft tried on accesses that were made, and whom a difference frees."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from cocket.governance import Policy, compare_policies, shipped_policy
from cocket.governance.policy_rules import freed_by, is_freed, words_of
from cocket.governance.policy_trial import PastDecision, PastLook, PolicyTrial, facts_told

TEXT = shipped_policy().text
NOON = datetime(2026, 11, 30, 12, tzinfo=UTC)

DOSSIERS = """permit (
  principal in Role::"customs",
  action in [Action::"dossier:read", Action::"lane:read", Action::"assessment:read"],
  resource
)
when { context.in_office };"""


def changed(before: str, after: str) -> Policy:
    assert TEXT.count(before) == 1
    return Policy(TEXT.replace(before, after))


def look(number: int, who: str, role: str, *decisions: PastDecision, what: str = "dossier") -> PastLook:
    at = NOON + timedelta(minutes=number)
    return PastLook(id=f"look-{number}", at=at, who=who, roles=(role,), what=what, decisions=decisions)


def read(*facts: str, was_allowed: bool = True) -> PastDecision:
    return PastDecision("dossier:read", "control", facts, was_allowed, True)


def lane(*facts: str, was_allowed: bool = True) -> PastDecision:
    return PastDecision("lane:read", "control", facts, was_allowed, False)


def test_whom_a_draft_would_have_refused_is_counted_by_role_and_action_with_examples() -> None:
    near = changed(DOSSIERS, DOSSIERS.replace("context.in_office", "context.at_same_office"))
    trial = PolicyTrial(near)
    for number in range(5):
        trial.add(look(number, f"officer.{number % 2}", "officer", read("in_office"), lane("in_office")))
    trial.add(look(5, "officer.9", "officer", read("in_office", "at_same_office")))
    result = trial.result()
    assert (result.looks, result.refused_whole, result.refused_in_part, result.admitted) == (6, 5, 0, 0)
    assert result.digest == near.digest
    assert [(one.roles, one.action, one.way, one.looks, one.people) for one in result.lines] == [
        ("officer", "dossier:read", "refused", 5, 2),
        ("officer", "lane:read", "refused", 5, 2),
    ]
    assert [one.look for one in result.lines[0].examples] == ["look-0", "look-1", "look-2"]
    assert result.lines[0].rules == ("nothing-permits",)


def test_a_part_that_would_be_withheld_is_no_access_refused() -> None:
    without = changed(DOSSIERS, DOSSIERS.replace(' Action::"lane:read",', ""))
    trial = PolicyTrial(without)
    trial.add(look(0, "a", "officer", read("in_office"), lane("in_office")))
    result = trial.result()
    assert (result.refused_whole, result.refused_in_part) == (0, 1)
    assert [one.action for one in result.lines] == ["lane:read"]


def test_what_was_withheld_and_the_draft_would_show_is_admitted() -> None:
    open_ = changed(DOSSIERS, DOSSIERS.replace("\nwhen { context.in_office }", ""))
    trial = PolicyTrial(open_)
    trial.add(look(0, "a", "officer", read("in_office"), lane(was_allowed=False)))
    trial.add(look(1, "a", "trader", read("own", was_allowed=False)))
    result = trial.result()
    assert result.admitted == 1
    assert [(one.action, one.way, one.looks) for one in result.lines] == [("lane:read", "admitted", 1)]


def test_the_policy_that_decided_changes_nothing_and_looks_without_facts_are_counted_apart() -> None:
    trial = PolicyTrial(shipped_policy())
    trial.add(look(0, "a", "officer", read("in_office")))
    trial.add(look(1, "a", "officer"))
    result = trial.result()
    assert (result.looks, result.without_facts, result.lines) == (2, 1, ())


def test_facts_of_before_that_are_not_sealed_were_not_true() -> None:
    facts = facts_told(("in_office", "of-an-earlier-program"), "audit")
    assert (facts.in_office, facts.own, facts.has_case, facts.purpose) == (True, False, False, "audit")


@pytest.mark.parametrize(
    ("before", "after", "freed"),
    [
        (DOSSIERS, DOSSIERS.replace("\nwhen { context.in_office }", ""), ("analyst", "auditor", "officer", "supervisor")),
        (DOSSIERS, DOSSIERS.replace("context.in_office", "context.at_same_office"), ()),
        ('permit (principal in Role::"supervisor", action == Action::"duty:set", resource);',
         'permit (principal in Role::"analyst", action == Action::"duty:set", resource);', ("analyst",)),
    ],
)  # fmt: skip
def test_whom_a_draft_would_free(before: str, after: str, freed: tuple[str, ...]) -> None:
    found = freed_by(compare_policies(shipped_policy(), changed(before, after)))
    assert found == freed


def test_an_actor_is_freed_by_one_of_his_roles_or_by_all_together() -> None:
    assert is_freed(("officer", "host"), ("officer",))
    assert is_freed(("officer", "host"), ("host+officer",))
    assert not is_freed(("officer",), ("host+officer", "analyst"))


def test_the_words_of_each_rule_are_found_in_the_text() -> None:
    words = words_of(shipped_policy())
    assert set(words) == {one.id for one in shipped_policy().rules}
    assert words["override-needs-reason"].endswith("unless { context.has_reason };")
