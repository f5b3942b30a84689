# SPDX-License-Identifier: Apache-2.0
"""What the pages of screening say, in English and French: those who answer for a match read it in their own language."""

from __future__ import annotations

import tomllib
from collections.abc import Callable, Mapping
from functools import cache
from typing import Final

from cocket.errors import SettingsError
from cocket.findings import Finding, render
from cocket.workbench.base.languages import fill
from cocket.workbench.base.rendering import HOME, capital

#: State → how its heading calls it.
STATES: Final[dict[str, str]] = {"open": "Open", "confirmed": "Confirmed", "cleared": "Cleared"}

LANGUAGES: Final[dict[str, str]] = {"en": "English", "fr": "Français"}

#: Codes of reasons that speak against a match.
AGAINST: Final = frozenset({"listed-words-missing", "words-beyond", "weak-alias"})

Say = Callable[..., str]


def speaker(tag: str) -> Say:
    """What says a sentence in a language, its places filled; one that was not translated stays English."""
    known = french() if tag == "fr" else {}

    def say(sentence: str, **places: str) -> str:
        return fill(known.get(sentence, sentence), places)

    return say


def reason(told: Finding, say: Say) -> str:
    """A ground of a match as a sentence."""
    return capital(render(told, say))


@cache
def french() -> Mapping[str, str]:
    """English sentence → French sentence.

    Raises:
        SettingsError: The file of sentences is broken.
    """
    try:
        text = (HOME / "screening" / "screening_french.toml").read_text(encoding="utf-8")
        return {english: str(said) for english, said in tomllib.loads(text).items()}
    except (OSError, tomllib.TOMLDecodeError) as error:
        raise SettingsError(f"The French sentences cannot be read: {error}.", code="french") from error
