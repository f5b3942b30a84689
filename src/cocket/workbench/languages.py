# SPDX-License-Identifier: Apache-2.0
"""The reader's language: which catalogue, which direction, and how a sentence gets its values.

Every text of the pages is an English sentence with `{name}` places; it is the key of its translation too. A
catalogue is an ordinary gettext file, `locale/<language>/LC_MESSAGES/workbench.mo`; without one the reader gets English.
"""

from __future__ import annotations

import gettext
import re
from pathlib import Path
from typing import Literal

Direction = Literal["ltr", "rtl"]

LOCALES = Path(__file__).parent / "locale"
_PLACE = re.compile(r"\{(\w+)\}")
_RIGHT_TO_LEFT = frozenset({"ar", "dv", "fa", "he", "ps", "sd", "ug", "ur", "yi"})


def fill(sentence: str, places: dict[str, str]) -> str:
    """The sentence with its `{name}` places filled in; a place without a value stays as it is."""
    return _PLACE.sub(lambda place: places.get(place[1], place[0]), sentence)


class Language:
    """One language of the reader.

    Args:
        tag: Language tag, such as `fr` or `pt-BR`.
        catalogue: Its translations.
    """

    def __init__(self, tag: str, catalogue: gettext.NullTranslations) -> None:
        self.tag = tag
        self.direction: Direction = "rtl" if tag.split("-", maxsplit=1)[0] in _RIGHT_TO_LEFT else "ltr"
        self._catalogue = catalogue

    def translate(self, sentence: str) -> str:
        """The sentence in this language, its places still open."""
        return self._catalogue.gettext(sentence) if sentence else ""

    def say(self, sentence: str, **places: object) -> str:
        """The sentence in this language, its places filled in."""
        return fill(self.translate(sentence), {name: str(value) for name, value in places.items()})

    def count(self, one: str, many: str, number: int, written: str) -> str:
        """`one` or `many` as this language has it for `number`, which fills the place `{number}` as it is written."""
        return fill(self._catalogue.ngettext(one, many, number), {"number": written})


ENGLISH = Language("en", gettext.NullTranslations())


def languages(folder: Path = LOCALES) -> dict[str, Language]:
    """Every language there is a catalogue for, by tag; English always.

    Args:
        folder: Holds `<language>/LC_MESSAGES/workbench.mo`; it need not exist.
    """
    found = {ENGLISH.tag: ENGLISH}
    for file in sorted(folder.glob("*/LC_MESSAGES/workbench.mo")):
        tag = file.parent.parent.name.replace("_", "-")
        with file.open("rb") as opened:
            found[tag] = Language(tag, gettext.GNUTranslations(opened))
    return found


def chosen(accepted: str, among: dict[str, Language]) -> Language:
    """The reader's most wanted language that we have; English if we have none of them.

    Args:
        accepted: The browser's `Accept-Language`.
        among: What we have, by tag.

    Source: RFC 9110 §12.5.4, Accept-Language.
    """
    wanted: list[tuple[float, str]] = []
    for part in accepted.split(","):
        tag, _, quality = part.strip().partition(";q=")
        try:
            wanted.append((-float(quality or 1), tag))
        except ValueError:
            continue
    for _, tag in sorted(wanted, key=lambda pair: pair[0]):
        for name in (tag, tag.split("-")[0]):
            if name in among:
                return among[name]
    return ENGLISH
