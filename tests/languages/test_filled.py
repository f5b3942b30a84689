# SPDX-License-Identifier: Apache-2.0
"""Sentences that come with their places filled in, in the reader's language."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

import cocket
from cocket.errors import SettingsError
from cocket.languages import ENGLISH, language
from cocket.languages.filled import FILLED, known_again
from cocket.risk.rules import Condition

ROOT = Path(cocket.__file__).parent

#: Modules whose refusals a page shows.
SHOWN = (
    "governance/disclosure.py", "pipeline/base/access.py", "pipeline/control", "pipeline/governance", "pipeline/tracking",
    "workbench",
)  # fmt: skip

#: Refusals of states, which say them by names of programs, and one that is of two sentences.
NOT_YET = {"The guarantee is X.", "X; it is not registered again."}


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


@pytest.mark.parametrize(
    "text",
    [
        "nobody == 1", "sing(importer)", "found('moon', 1) > 1.0", "on_list('none', importer)",
        "found('importer', 9999) > 1.0", "items.exists(i, i.smell == 1)", "true" + " || true" * 2000,
    ],
)  # fmt: skip
def test_what_the_language_of_rules_refuses_is_said_in_french(text: str) -> None:
    with pytest.raises(SettingsError) as refused:
        Condition(text, {})
    french = language("fr")
    problems = refused.value.problems
    assert problems and [one for one in problems if french.translate(one) == one] == []
