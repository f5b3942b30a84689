# SPDX-License-Identifier: Apache-2.0
"""Catalogues, and the reader's language."""

from __future__ import annotations

from pathlib import Path

import pytest

from cocket.errors import SettingsError
from cocket.languages import ENGLISH, Language, chosen, fill, language, languages

HEAD = 'msgid ""\nmsgstr ""\n"Content-Type: text/plain; charset=utf-8\\n"\n'
PORTUGUESE = """"Plural-Forms: nplurals=2; plural=(n > 1);\\n"

msgid "advised {lane}"
msgstr "aconselhado: {lane}"

#, fuzzy
msgid "Released."
msgstr "talvez"

msgid "Sign in"
msgstr ""

msgid "{number} look"
msgid_plural "{number} looks"
msgstr[0] "{number} olhar"
msgstr[1] "{number} olhares"
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    for tag, text in {
        "ar": '\nmsgid "Queue"\nmsgstr "قائمة الانتظار"\n\nmsgid "Set by {who}"\nmsgstr "حدده {who}"\n',
        "pt_BR": PORTUGUESE,
    }.items():
        file = tmp_path / tag / "pages.po"
        file.parent.mkdir(parents=True)
        file.write_text(HEAD + text, "utf-8")
    return tmp_path


def test_every_catalogue_of_the_folder_is_a_language_and_english_always_is(folder: Path) -> None:
    assert list(languages(folder)) == ["en", "ar", "pt-BR"]
    assert list(languages(folder / "absent")) == ["en"]


def test_arabic_runs_from_right_to_left_and_is_translated(folder: Path) -> None:
    arabic = languages(folder)["ar"]
    assert (arabic.direction, arabic.say("Queue")) == ("rtl", "قائمة الانتظار")
    assert ENGLISH.direction == "ltr"


def test_a_sentence_is_translated_before_its_places_are_filled(folder: Path) -> None:
    assert languages(folder)["pt-BR"].say("advised {lane}", lane="vermelho") == "aconselhado: vermelho"


def test_a_sentence_without_a_translation_stays_english(folder: Path) -> None:
    assert languages(folder)["ar"].say("Sign in") == "Sign in"
    assert languages(folder)["pt-BR"].say("Sign in") == "Sign in"


def test_a_translation_that_is_marked_as_uncertain_is_not_shown(folder: Path) -> None:
    assert languages(folder)["pt-BR"].say("Released.") == "Released."


def test_a_value_in_a_sentence_from_right_to_left_keeps_its_own_direction(folder: Path) -> None:
    assert languages(folder)["ar"].say("Set by {who}", who="officer.a") == "حدده \u2068officer.a\u2069"
    assert languages(folder)["pt-BR"].say("advised {lane}", lane="x") == "aconselhado: x"


def test_a_broken_catalogue_is_an_error_of_the_settings(folder: Path) -> None:
    (folder / "ar" / "pages.po").write_text('msgid "Queue\n', "utf-8")
    with pytest.raises(SettingsError):
        languages(folder)["ar"].say("Queue")
    with pytest.raises(SettingsError):
        Language("no-such-language-as-this").direction  # noqa: B018


def test_a_language_that_is_not_here_is_english() -> None:
    assert language("xx") is ENGLISH
    assert language("fr").name == "Français"


def test_plurals_follow_the_language(folder: Path) -> None:
    portuguese = languages(folder)["pt-BR"]
    said = [portuguese.count("{number} look", "{number} looks", n, str(n)) for n in (0, 1, 2)]
    assert said == ["0 olhar", "1 olhar", "2 olhares"]
    assert ENGLISH.count("{number} look", "{number} looks", 0, "0") == "0 looks"


@pytest.mark.parametrize(
    ("accepted", "tag"),
    [
        ("", "en"),
        ("fr", "en"),
        ("ar", "ar"),
        ("pt-BR,pt;q=0.9", "pt-BR"),
        ("fr;q=0.9, ar;q=0.8, en;q=0.1", "ar"),
        ("en, ar;q=0.9", "en"),
        ("ar-EG", "ar"),
        ("ar;q=nonsense, en", "en"),
    ],
)
def test_the_most_wanted_language_that_we_have_is_chosen(folder: Path, accepted: str, tag: str) -> None:
    assert chosen(accepted, languages(folder)).tag == tag


def test_a_place_without_a_value_stays_and_values_are_not_filled_again() -> None:
    assert fill("{a} and {b}", {"a": "{b}"}) == "{b} and {b}"


def test_an_empty_sentence_is_not_the_head_of_the_catalogue(folder: Path) -> None:
    assert languages(folder)["ar"].translate("") == ""
    assert Language("xx").translate("") == ""
