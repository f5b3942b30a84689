# SPDX-License-Identifier: Apache-2.0
"""Names of any script are brought to forms in which spellings of one name meet."""

from __future__ import annotations

import json

import pytest

from cocket.screening.spelling import Spelling, spell
from tests.corpora import corpora


def sounds(spelling: Spelling) -> list[str]:
    return [word.sound for word in spelling.seen or spelling.words]


def text(name: str) -> str:
    return " ".join(word.text for word in spell(name).words)


@pytest.mark.parametrize(
    ("one", "other"),
    [("Osama", "Usama"), ("Hussein", "Husayn"), ("Youssouf", "Yusuf"), ("Philip", "Filip"), ("Khaled", "Haled")],
)
def test_transcriptions_of_one_name_sound_alike(one: str, other: str) -> None:
    assert sounds(spell(one)) == sounds(spell(other))


@pytest.mark.parametrize(("one", "other"), [("Kim", "Kam"), ("Salem", "Samel"), ("Boris", "Doris")])
def test_different_names_do_not(one: str, other: str) -> None:
    assert sounds(spell(one)) != sounds(spell(other))


def test_names_written_without_vowels_keep_their_consonants() -> None:
    arabic, latin = spell("صدام حسين"), spell("Saddam Hussein")
    assert [word.consonants for word in arabic.words] == [word.consonants for word in latin.words]
    assert all(word.is_abjad for word in arabic.words) and not any(word.is_abjad for word in latin.words)


def test_every_script_comes_out_in_latin_letters() -> None:
    assert text("Саддам") == "saddam"
    assert text("金正恩") == "jin zheng en"
    assert text("O’Brien & Söhne G.m.b.H.") == "obrien sohne gmbh"
    assert spell("…!?").words == ()


def test_letters_that_look_alike_are_read_as_the_eye_does_and_told() -> None:
    planted = spell("\u041ecean Star")  # a Cyrillic letter first
    assert sounds(planted) == sounds(spell("Ocean Star"))
    assert planted.oddities == ("look-alike-letters",)


def test_an_honest_cyrillic_name_is_no_look_alike() -> None:
    assert spell("ВОСТОК").oddities == ()


KINDS = {"cyrillic-one", "cyrillic-all", "greek", "fullwidth", "math-bold", "zero-width", "zwj", "soft-hyphen", "rlo"}


def test_made_up_look_alikes_read_as_what_they_pretend_and_are_told() -> None:
    lines = corpora("hostile", "confusable-names", "manifest.jsonl").read_text(encoding="utf-8").splitlines()
    cases = [case for line in lines if (case := json.loads(line))["kind"] in KINDS]
    assert len(cases) == 54
    unread = [case["id"] for case in cases if sounds(spell(case["a"])) != sounds(spell(case["b"]))]
    untold = [case["id"] for case in cases if not spell(case["b"]).oddities]
    assert (unread, untold) == ([], [])
