# SPDX-License-Identifier: Apache-2.0
"""The reader's language: which catalogue, which direction, and how a sentence gets its values.

Every text of the pages is an English sentence with `{name}` places; it is the key of its translation too. A
catalogue is an ordinary gettext file, `locale/<language>/LC_MESSAGES/workbench.mo`; without one the reader gets English.
Our own French stands in each topic's `french/`, and is spoken on the pages that it is whole for.
"""

from __future__ import annotations

import gettext
import re
import tomllib
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Final, Literal

from cocket.errors import SettingsError
from cocket.risk.reasons import french as french_reasons

Direction = Literal["ltr", "rtl"]

LOCALES = Path(__file__).parent.parent / "locale"
FRENCH: Final = Path(__file__).parent.parent

#: Pages that our own French is whole for: the control room with all below it, a dossier and the acts
#: shown above it, the figures, the review of files.
_IN_FRENCH: Final = re.compile(
    r"/queue(/views)?|/inbox|/orders/assign|/pocket(/.*)?|/search|/traders/[^/]+|/statistics|/review(/.*)?|/tariff|/rules(?!/review)(/.*)?|/tracking(/.*)?|/set-aside(/.*)?"
    r"|/permits(/.*)?"
    r"|/administration(/.*)?|/screening/names"
    r"|/consignments/[^/]+(/order(/proof)?|/comments|/snooze|/override|/holds|/duties|/orders/[^/]+/(release|take-over|reopen))?"
)
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
        pages: Paths of the pages it is spoken on; None for all.
    """

    def __init__(self, tag: str, catalogue: gettext.NullTranslations, pages: re.Pattern[str] | None = None) -> None:
        self.tag = tag
        self.direction: Direction = "rtl" if tag.split("-", maxsplit=1)[0] in _RIGHT_TO_LEFT else "ltr"
        self._catalogue = catalogue
        self._pages = pages

    def speaks(self, path: str) -> bool:
        """Whether a page is to be had in this language."""
        return self._pages is None or self._pages.fullmatch(path) is not None

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


class Sentences(gettext.NullTranslations):
    """A catalogue of sentences that are written beside each other; one that is not there stays English.

    Args:
        said: English sentence → its translation, of a language that counts nought with one, as French does.
    """

    def __init__(self, said: Mapping[str, str]) -> None:
        super().__init__()
        self._said = said

    def gettext(self, message: str) -> str:
        """The sentence in this language."""
        return self._said.get(message, message)

    def ngettext(self, msgid1: str, msgid2: str, n: int) -> str:
        """The sentence for one, or for several."""
        return self.gettext(msgid1 if n < 2 else msgid2)


@cache
def french() -> Language:
    """Our own French: the pages' sentences, and the reasons as their card says them.

    Raises:
        SettingsError: A file of sentences is broken.
    """
    said = dict(french_reasons())
    for file in sorted(FRENCH.glob("*/french/*.toml")):
        try:
            said |= {english: str(text) for english, text in tomllib.loads(file.read_text(encoding="utf-8")).items()}
        except (OSError, tomllib.TOMLDecodeError) as error:
            raise SettingsError(f"The French sentences cannot be read: {error}.", code="french") from error
    return Language("fr", Sentences(said), _IN_FRENCH)


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
