# SPDX-License-Identifier: Apache-2.0
"""The rules of entry summary declarations beside the authority's own cases, and beside its rule files read anew."""

from __future__ import annotations

import json
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from random import Random
from typing import Any

import pytest

from cocket.standards.ens.rules import check
from cocket.standards.ens.rules.rule import rules_of
from cocket.standards.ens.rules.sets import SETS
from cocket.standards.xml import Limits, parse_xml
from tests.corpora import corpora
from tests.standards.ens_mutations import changed
from tests.standards.ens_reference import Reference

KINDS = ("315", "313", "315New", "313New")
MUTATIONS = 400

#: One case has 10,000 seals.
ROOMY = Limits(children=20_000)


def profile_of(kind: str) -> str:
    return "gb-ens-new" if kind.endswith("New") else "gb-ens"


def cases(kind: str) -> Iterator[tuple[Path, set[tuple[str, str]]]]:
    """Files of a rule set that are right in structure, with code and location of what is wrong with them."""
    for line in corpora("answers", "ics-expected.jsonl").read_text(encoding="utf-8").splitlines():
        case = json.loads(line)
        if case["set"] == f"ruleTestCases{kind}" and all(each["type"] == "business" for each in case["expected"]):
            yield corpora(case["file"]), {(each["code"], each["location"]) for each in case["expected"]}


def judged(root: Any, kind: str) -> set[tuple[str, str]]:
    return {(each.code, each.location or "") for each in check(root, profile_of(kind))}


@cache
def reference() -> Reference:
    return Reference(corpora("hmrc-ics-ens", "conf"))


@pytest.mark.parametrize("kind", KINDS)
def test_every_case_of_the_authority_is_judged_as_labelled(kind: str) -> None:
    wrong = [
        file.name for file, expected in cases(kind) if judged(parse_xml(file.read_bytes(), ROOMY), kind) != expected
    ]
    assert wrong == []
    assert sum(1 for _ in cases(kind)) > 1000


@pytest.mark.parametrize("kind", KINDS)
def test_changed_messages_are_judged_as_by_the_rule_files(kind: str) -> None:
    random = Random(kind)
    roots = [parse_xml(file.read_bytes()) for file, _ in cases(kind) if file.stat().st_size < 20_000]
    differences = []
    for _ in range(MUTATIONS):
        message = changed(random.choice(roots), random.choice(roots), random)
        if wrong := judged(message, kind) ^ reference().broken(message, f"businessRules{kind}"):
            differences.append(wrong)
    assert differences == []


@pytest.mark.parametrize("kind", KINDS)
def test_sets_hold_the_codes_of_the_rule_files_at_their_places(kind: str) -> None:
    ours = [(path, held.code) for path, held in rules_of(SETS[f"CC{kind[:3]}A", profile_of(kind)])]
    theirs = [
        (path.strip("/"), code) for path, asserts in reference().rules(f"businessRules{kind}") for code, _ in asserts
    ]
    assert sorted(ours) == sorted(theirs)


def test_a_rule_left_out_would_be_noticed() -> None:
    random = Random("control")
    roots = [parse_xml(file.read_bytes()) for file, _ in cases("315") if file.stat().st_size < 20_000]
    messages = [changed(random.choice(roots), random.choice(roots), random) for _ in range(MUTATIONS)]
    noticed = {code for message in messages for code, _ in reference().broken(message, "businessRules315")}
    assert {"8102", "8117", "8686", "8153", "8193", "4065"} <= noticed


def test_no_sentence_is_taken_from_the_authority() -> None:
    theirs = set()
    for file in corpora("hmrc-ics-ens", "conf", "rules").glob("*.json"):
        for held in json.loads(file.read_text(encoding="utf-8"))["asserts"]:
            theirs |= {held["errorMessage"].strip(), held["localErrorMessage"].strip()}
    assert len(theirs) > 200
    ours = {held.text.format_map({"found": "x", "expected": "x", **held.arguments})
            for rules in SETS.values() for _, held in rules_of(rules)}  # fmt: skip
    assert ours.isdisjoint(theirs)
