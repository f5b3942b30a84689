# SPDX-License-Identifier: Apache-2.0
"""Sentences that come with their places filled in, in the reader's language."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

import cocket
from cocket.errors import SettingsError
from cocket.languages import ENGLISH, language
from cocket.languages.filled import FILLED, known_again
from cocket.risk.rules import Condition
from cocket.screening.lists import read_list

ROOT = Path(cocket.__file__).parent

#: Modules whose refusals a page shows.
SHOWN = (
    "governance/disclosure.py", "pipeline/base/access.py", "pipeline/control", "pipeline/governance", "pipeline/tracking",
    "workbench",
)  # fmt: skip

#: A refusal of two sentences, of which the first names a kind of record.
NOT_YET = {"X; it is not registered again."}


def filled_refusals() -> Iterator[str]:
    """Refusals of these modules whose text is filled where they are raised, each place with an X."""
    for name in SHOWN:
        place = ROOT / name
        for file in sorted(place.rglob("*.py")) if place.is_dir() else [place]:
            for node in ast.walk(ast.parse(file.read_text("utf-8"))):
                if (
                    isinstance(node, ast.Call)
                    and getattr(node.func, "id", "") in ("SenderError", "PolicyError")
                    and node.args
                    and isinstance(node.args[0], ast.JoinedStr)
                ):
                    parts = node.args[0].values
                    yield "".join(str(part.value) if isinstance(part, ast.Constant) else "X" for part in parts)


def test_every_refusal_that_a_page_shows_is_known_again() -> None:
    found = set(filled_refusals())
    assert len(found) > 12
    assert {text for text in found - NOT_YET if known_again(text) is None} == set()


@pytest.mark.parametrize("sentence", FILLED)
def test_no_sentence_is_taken_for_another(sentence: str) -> None:
    places = re.findall(r"\{(\w+)\}", sentence)
    values = {name: f"V{number}" for number, name in enumerate(places)}
    assert known_again(sentence.format(**values)) == (sentence, values)


@pytest.mark.parametrize("tag", ["fr", "es", "ar"])
def test_each_is_said_in_every_language_with_its_values(tag: str) -> None:
    reader = language(tag)
    for sentence in FILLED:
        text = sentence.replace("{", "<").replace("}", ">")
        said = reader.translate(text)
        assert said != text and sentence not in said, sentence
        assert all(place in said for place in text.split() if place.startswith("<") and place.endswith(">")), said


def test_any_other_text_stays_as_it_is_and_english_stays_english() -> None:
    assert language("fr").translate("Somebody wrote this.") == "Somebody wrote this."
    assert ENGLISH.translate("Not allowed: query:raise.") == "Not allowed: query:raise."
    assert known_again("Not allowed: query:raise.") == ("Not allowed: {action}.", {"action": "query:raise"})
    assert (language("fr").said("Somebody wrote this."), ENGLISH.said("Somebody wrote this.")) == (
        None,
        "Somebody wrote this.",
    )


def test_a_text_of_several_sentences_is_said_where_each_is_known_and_one_within_another_too() -> None:
    french = language("fr")
    both = "It shows a head over 3 entries, after one over 7. The two do not belong to one history."
    assert french.said(both) == (
        "Il montre une tête de 3 entrées, après une de 7. Les deux n'appartiennent pas à une même histoire."
    )
    assert french.said(f"{both} And a third.") is None
    leaf = "Leaf 7 (message-sad of 2026) does not match what was sealed. The stored bytes differ from the sealed ones."
    assert (french.said(leaf) or "").endswith("scellé. Les octets conservés diffèrent de ceux qui ont été scellés.")
    assert french.said("The list has no entry that can be read (line 3: no name).") == (
        "La liste n'a aucune entrée lisible (ligne 3 : pas de nom)."
    )


@pytest.mark.parametrize("tag", ["fr", "es", "ar"])
def test_what_is_left_out_of_a_list_is_said(tag: str) -> None:
    table = read_list("own", b"name,kind\nACME,\n,\nX,submarine\n,person\n")
    entities = read_list(
        "own",
        b'{"id":"1","schema":"Person","properties":{"name":["A"]}}\n{"id":2}\n{"id":"3","schema":"Person","properties":{}}',
    )
    unsc = read_list(
        "un",
        b"<CONSOLIDATED_LIST><INDIVIDUAL><DATAID>1</DATAID><FIRST_NAME>A</FIRST_NAME></INDIVIDUAL><ENTITY/></CONSOLIDATED_LIST>",
    )
    left_out = (*table.left_out, *entities.left_out, *unsc.left_out)
    assert len(left_out) == 5
    for one in left_out:
        told = language(tag).said(one) or one
        assert told.partition("{")[0] != one and not any(
            word in told for word in ("line ", "no name", "no kind", "entity", "reference")
        )


@pytest.mark.parametrize(
    "text",
    [
        "nobody == 1", "sing(importer)", "found('moon', 1) > 1.0", "on_list('none', importer)",
        "found('importer', 9999) > 1.0", "items.exists(i, i.smell == 1)", "true" + " || true" * 2000, "value >",
        "importer = 'x'", "@", "has(importer)", "value > 'much'", "value + 'a' > 1", "size(1) == 1", "1/0 == 1",
        "importer.matches('(')", "double('x') > 1.0", "value > 99999999999999999999",
    ],
)  # fmt: skip
def test_what_the_language_of_rules_refuses_is_said_in_french(text: str) -> None:
    with pytest.raises(SettingsError) as refused:
        Condition(text, {})
    problems = refused.value.problems
    assert problems
    for tag in ("fr", "es", "ar"):
        assert [one for one in problems if language(tag).said(one) is None] == []
