# SPDX-License-Identifier: Apache-2.0
"""Sentences of a card in the reader's language, and numbers as it writes them."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from functools import cache
from importlib.resources import files
from typing import Final, Literal, get_args

from cocket.errors import SettingsError

Language = Literal["en", "fr"]

LANGUAGES: Final[tuple[Language, ...]] = get_args(Language)


def say(sentence: str, language: Language, places: Mapping[str, str] | None = None) -> str:
    """A sentence in a language, its places filled; one that was not translated stays as it was written.

    Args:
        sentence: English, with `{name}` places.
        language: `en` or `fr`.
        places: Text for the places.
    """
    said = sentence if language == "en" else french().get(sentence, sentence)
    for name, text in (places or {}).items():
        said = said.replace("{" + name + "}", number(text, language))
    return said


def number(text: str, language: Language) -> str:
    """A figure as a language writes it; any other text stays."""
    whole, point, part = text.partition(".")
    if language == "fr" and point and whole.lstrip("-").isdigit() and part.rstrip(" %").isdigit():
        return f"{whole},{part}"
    return say(text, language) if language != "en" and text == "unknown" else text


@cache
def french() -> Mapping[str, str]:
    """English sentence → French sentence.

    Raises:
        SettingsError: The file of sentences is broken.
    """
    try:
        text = (files("cocket.risk.reasons") / "french.toml").read_text(encoding="utf-8")
        return {english: str(said) for english, said in tomllib.loads(text).items()}
    except (OSError, tomllib.TOMLDecodeError) as error:
        raise SettingsError(f"The French sentences cannot be read: {error}.", code="french") from error
