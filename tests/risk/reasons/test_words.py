# SPDX-License-Identifier: Apache-2.0
"""Values that are made of words of ours are said in the reader's language, and others stay as they are."""

from __future__ import annotations

import ast
import inspect

import pytest

from cocket.consignment import crosschecks
from cocket.languages import language
from cocket.risk.reasons.words import DISAGREEMENTS, say, value
from cocket.workbench.base.languages import ENGLISH


def codes_of_cross_checks() -> set[str]:
    calls = (node for node in ast.walk(ast.parse(inspect.getsource(crosschecks))) if isinstance(node, ast.Call))
    made = [node for node in calls if getattr(node.func, "id", "") == "_finding"]
    return {node.args[0].value for node in made if isinstance(node.args[0], ast.Constant)}  # type: ignore[misc]


def test_every_cross_check_has_a_name_in_words() -> None:
    codes = codes_of_cross_checks()
    assert len(codes) == len(crosschecks.CHECKS)
    assert {code.replace("-", " ") for code in codes} == set(DISAGREEMENTS)


def test_papers_that_disagree_are_named_by_what_differs() -> None:
    told = say("Papers: {findings}", "en", {"findings": "bill packages differ, seal differs"})
    assert told == "Papers: packages and the bill of lading, seals of a container"


@pytest.mark.parametrize(
    ("hit", "says"),
    [
        ("consignor like watch-list/W1 194 Foods Corrick", "consignor resembles 194 Foods Corrick (watch-list/W1)"),
        ("vessel is un/CDi.001", "vessel is un/CDi.001"),
        ("importer like a/1 A; buyer is b/2 B", "importer resembles A (a/1); buyer is B (b/2)"),
        ("importer like a/1 A; and 3 more", "importer resembles A (a/1); and 3 more"),
        ("written otherwise", "written otherwise"),
    ],
)
def test_a_hit_is_a_sentence_with_its_list_behind_it(hit: str, says: str) -> None:
    assert value("hits", hit, language("en")) == says


def test_any_other_place_is_left_alone() -> None:
    assert value("country", "consignor like a/1 A", ENGLISH) is None


def test_a_figure_has_its_unit_and_a_day_is_written_as_in_the_dossier() -> None:
    message = "{mine_kg}, {usual_money}, {since_day}, {count}"
    places = {"mine_kg": "17.6", "usual_money": "322.5 XTS", "since_day": "2026-08-13", "count": "4"}
    assert say(message, "en", places) == "17.6\u00a0kg, XTS\u00a0322.5, 13\u00a0Aug\u00a02026, 4"
    assert say(message, "fr", places).startswith("17,6\u00a0kg, XTS\u00a0322,5, 13\u00a0août\u00a02026")
    assert say("{mine_kg}", "en", {"mine_kg": "unknown"}) == "unknown"


@pytest.mark.parametrize(
    ("place", "text", "english", "french"),
    [
        ("more_kg", "14470.54", "14\u202f470.54\u00a0kg", "14\u202f470,54\u00a0kg"),
        ("usual_money", "77246.77 XTS", "XTS\u00a077\u202f246.77", "XTS\u00a077\u202f246,77"),
        ("found", "3938.57 KGM", "3\u202f938.57\u00a0kg", "3\u202f938,57\u00a0kg"),
        ("expected", "0 KGM", "0\u00a0kg", "0\u00a0kg"),
        ("found", "1397 packages", "1\u202f397 packages", "1\u202f397 colis"),
        ("expected", "91717.31", "91\u202f717.31", "91\u202f717,31"),
        ("over_count", "-1200", "\u22121\u202f200", "\u22121\u202f200"),
        ("found", "8708.99.00", "8708.99.00", "8708.99.00"),
    ],
)
def test_a_figure_of_a_card_is_written_as_in_the_dossier(place: str, text: str, english: str, french: str) -> None:
    assert say(f"{{{place}}}", "en", {place: text}) == english
    assert say(f"{{{place}}}", "fr", {place: text}) == french
