# SPDX-License-Identifier: Apache-2.0
"""The reader's language."""

from __future__ import annotations

import gettext
import struct
from pathlib import Path

import pytest

from cocket.workbench.base.languages import ENGLISH, Language, chosen, fill, languages


def catalogue(pairs: dict[str, str]) -> bytes:
    """A compiled gettext catalogue, as `msgfmt` writes it."""
    keys = sorted(pairs)
    originals = [key.encode() for key in keys]
    translated = [pairs[key].encode() for key in keys]
    start = 28 + 16 * len(keys)
    tables, texts = b"", b""
    for table in (originals, translated):
        for text in table:
            tables += struct.pack("<II", len(text), start + len(texts))
            texts += text + b"\0"
    head = struct.pack("<7I", 0x950412DE, 0, len(keys), 28, 28 + 8 * len(keys), 0, 0)
    return head + tables + texts


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    for tag, pairs in {
        "ar": {"": "Content-Type: text/plain; charset=UTF-8\n", "Queue": "قائمة الانتظار"},
        "pt_BR": {
            "": "Content-Type: text/plain; charset=UTF-8\nPlural-Forms: nplurals=2; plural=(n > 1);\n",
            "advised {lane}": "aconselhado: {lane}",
            "{number} look\0{number} looks": "{number} olhar\0{number} olhares",
        },
    }.items():
        file = tmp_path / tag / "LC_MESSAGES" / "workbench.mo"
        file.parent.mkdir(parents=True)
        file.write_bytes(catalogue(pairs))
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
    assert Language("xx", gettext.NullTranslations()).translate("") == ""
