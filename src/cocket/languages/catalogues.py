# SPDX-License-Identifier: Apache-2.0
"""Catalogues as they stand in `locale/<language>/*.po`, and the language that a reader wants most."""

from __future__ import annotations

import gettext
import re
from collections.abc import Callable, Mapping
from functools import cache, cached_property
from pathlib import Path
from typing import Final, Literal

from babel import Locale, UnknownLocaleError
from babel.messages.catalog import Message
from babel.messages.pofile import PoFileError, read_po

from cocket.errors import SettingsError
from cocket.languages.filled import SENTENCES_WITHIN, known_again

Direction = Literal["ltr", "rtl"]

#: Holds `<language>/<catalogue>.po`.
LOCALES: Final = Path(__file__).parent / "locale"

_PLACE: Final = re.compile(r"\{(\w+)\}")
_SENTENCE_END: Final = re.compile(r"(?<=[.:]) +(?=[A-Z`])")
_FIRST_STRONG: Final = "\u2068{}\u2069"


def fill(sentence: str, places: Mapping[str, str]) -> str:
    """The sentence with its `{name}` places filled in; a place without a value stays as it is."""
    return _PLACE.sub(lambda place: places.get(place[1], place[0]), sentence)


def isolate(text: str) -> str:
    """A value between marks that keep its direction from that of the sentence around it.

    Source: UAX #9, explicit directional isolates.
    """
    return _FIRST_STRONG.format(text) if text else text


class Catalogue:
    """Translations by English sentence.

    Args:
        said: English sentence → its forms, one for a sentence without a number.
        form: Number → which form counts it (0-based).
    """

    def __init__(self, said: Mapping[str, tuple[str, ...]], form: Callable[[int], int]) -> None:
        self.said = said
        self.form = form

    def one(self, sentence: str) -> str:
        """The sentence; English if it was not translated."""
        forms = self.said.get(sentence)
        return forms[0] if forms else sentence

    def of(self, one: str, many: str, number: int) -> str:
        """The form for a number; English if it was not translated."""
        forms = self.said.get(one)
        if not forms:
            return one if number == 1 else many
        return forms[min(self.form(number), len(forms) - 1)]


class Language:
    """One language of the reader.

    Args:
        tag: Language tag, such as `fr` or `pt-BR`.
        files: Its catalogues, later ones before earlier (0..n); they are read when first asked for.
    """

    def __init__(self, tag: str, files: tuple[Path, ...] = ()) -> None:
        self.tag = tag
        self._files = files

    @cached_property
    def locale(self) -> Locale:
        """What Unicode CLDR has of it; English is that of the United Kingdom, with the day before the month."""
        try:
            return Locale.parse("en-GB" if self.tag == "en" else self.tag, sep="-")
        except (UnknownLocaleError, ValueError) as error:
            raise SettingsError(
                f"{self.tag} is not a language tag that Unicode CLDR knows.", code="language"
            ) from error

    @property
    def direction(self) -> Direction:
        """Which way it is written."""
        return "rtl" if self.locale.text_direction == "rtl" else "ltr"

    @property
    def name(self) -> str:
        """What it calls itself, such as `français`."""
        shown = self.locale.language_name or self.tag
        return shown[:1].upper() + shown[1:]

    @cached_property
    def catalogue(self) -> Catalogue:
        """Its translations.

        Raises:
            SettingsError: A catalogue is broken.
        """
        said: dict[str, tuple[str, ...]] = {}
        form: Callable[[int], int] = _english_form
        for file in self._files:
            more, form = _read(file)
            said |= more
        return Catalogue(said, form)

    @cached_property
    def is_whole(self) -> bool:
        """Whether it says every sentence of its catalogue of pages, so that a page of it has no English."""
        return self.tag == "en" or all(_lacks_nothing(file) for file in self._files if file.stem == "pages")

    def translate(self, sentence: str) -> str:
        """The sentence in this language, its places still open; those of a text that came filled in stay so."""
        return self.said(sentence) or sentence

    def said(self, text: str) -> str | None:
        """A text of one sentence or several in this language; None if one of them has no translation.

        Args:
            text: English: sentences of the catalogue, or filled in from them, as those of an error are.
        """
        if not text or self.tag == "en":
            return text
        if text in self.catalogue.said:
            return self.catalogue.one(text)
        if text[-1] == "." and text[:-1] in self.catalogue.said:
            return f"{self.catalogue.one(text[:-1])}."
        found = known_again(text)
        if found and found[0] in self.catalogue.said:
            return self.say(found[0], **{name: self._place(name, value) for name, value in found[1].items()})
        first, blank, rest = _first_sentence(text)
        if not blank:
            return None
        parts = self.said(first), self.said(rest)
        return f"{parts[0]}{blank}{parts[1]}" if parts[0] is not None and parts[1] is not None else None

    def _place(self, name: str, value: str) -> str:
        """What fills a place: a sentence where the place is of one."""
        return self.translate(value) if name in SENTENCES_WITHIN else value

    def isolate(self, value: str) -> str:
        """A value as it stands in a sentence: isolated where the sentence goes from right to left."""
        return isolate(value) if self.direction == "rtl" else value

    def say(self, sentence: str, **places: object) -> str:
        """The sentence in this language, its places filled in."""
        return fill(self.translate(sentence), {name: self.isolate(str(value)) for name, value in places.items()})

    def count(self, one: str, many: str, number: int, written: str) -> str:
        """`one` or `many` as this language has it for `number`, which fills the place `{number}` as it is written."""
        return fill(self.catalogue.of(one, many, number), {"number": self.isolate(written)})


def _first_sentence(text: str) -> tuple[str, str, str]:
    """The first sentence, the blank behind it, and the others; no blank if it is the only one."""
    end = _SENTENCE_END.search(text)
    return (text[: end.start()], end[0], text[end.end() :]) if end else (text, "", "")


def _english_form(number: int) -> int:
    return int(number != 1)


@cache
def _read(file: Path) -> tuple[dict[str, tuple[str, ...]], Callable[[int], int]]:
    """The translations of a file, without those that are empty or marked as fuzzy, and its rule of plural forms."""
    try:
        with file.open("rb") as opened:
            catalogue = read_po(opened, abort_invalid=True)
        form = gettext.c2py(catalogue.plural_expr)
    except (OSError, ValueError, PoFileError, UnicodeError) as error:
        raise SettingsError(f"The catalogue {file.name} cannot be read: {error}.", code="catalogue") from error
    said: dict[str, tuple[str, ...]] = {}
    for message in catalogue:
        key = message.id[0] if isinstance(message.id, (tuple, list)) else message.id
        forms = tuple(message.string) if isinstance(message.string, (tuple, list)) else (message.string,)
        if key and all(forms) and not message.fuzzy:
            said[key] = tuple(map(str, forms))
    return said, form


@cache
def _lacks_nothing(file: Path) -> bool:
    with file.open("rb") as opened:
        return all(_is_said(message) for message in read_po(opened) if message.id)


def _is_said(message: Message) -> bool:
    forms = message.string if isinstance(message.string, tuple | list) else (message.string,)
    return all(forms) and not message.fuzzy


ENGLISH: Final = Language("en")


def languages(folder: Path = LOCALES) -> dict[str, Language]:
    """Every language there is a catalogue for, by tag; English always, and first.

    Args:
        folder: Holds `<language>/<catalogue>.po`; it need not exist.
    """
    found = {ENGLISH.tag: ENGLISH}
    for place in sorted(folder.glob("*/")):
        files = tuple(sorted(place.glob("*.po")))
        if files:
            tag = place.name.replace("_", "-")
            found[tag] = Language(tag, files)
    return found


@cache
def spoken() -> dict[str, Language]:
    """The languages of this installation, by tag."""
    return languages()


def language(tag: str) -> Language:
    """A language of this installation; English if there is none of this tag."""
    return spoken().get(tag, ENGLISH)


def chosen(accepted: str, among: Mapping[str, Language]) -> Language:
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
