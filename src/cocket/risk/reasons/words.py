# SPDX-License-Identifier: Apache-2.0
"""Sentences of a card in the reader's language, and numbers as it writes them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from babel import Locale

from cocket.languages import language as language_of
from cocket.languages import spoken

#: Tag of a language, one of `LANGUAGES`.
Language = str

LANGUAGES: Final[tuple[Language, ...]] = tuple(spoken())


def say(sentence: str, language: Language, places: Mapping[str, str] | None = None) -> str:
    """A sentence in a language, its places filled; one that was not translated stays as it was written.

    Args:
        sentence: English, with `{name}` places.
        language: One of `LANGUAGES`.
        places: Text for the places.
    """
    written = {name: number(text, language) for name, text in (places or {}).items()}
    return language_of(language).say(sentence, **written)


def number(text: str, language: Language) -> str:
    """A figure as a language writes it; any other text stays."""
    whole, point, part = text.partition(".")
    if point and whole.lstrip("-").isdigit() and part.rstrip(" %").isdigit():
        return f"{whole}{Locale.parse(language, sep='-').number_symbols['latn']['decimal']}{part}"
    return language_of(language).translate(UNKNOWN) if text == UNKNOWN else text


#: What a value is that no document and no history has.
UNKNOWN: Final = "unknown"
