# SPDX-License-Identifier: Apache-2.0
"""Sentences of a card in the reader's language, and numbers as it writes them."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import date
from typing import Final

from babel import Locale
from babel.dates import format_skeleton

from cocket.languages import Language as Speech
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
    speech = language_of(language)
    written = {name: value(name, text, speech) or figure(name, text, language) for name, text in (places or {}).items()}
    return speech.say(sentence, **written)


#: Where one alert ends and the next begins.
_SENTENCE_END: Final = re.compile(r"(?<=\.) ")


def value(place: str, text: str, language: Speech) -> str | None:
    """A value that is made of words of ours, as the language says it; None if it is anything else.

    Args:
        place: The place of the sentence it stands in.
        text: The value as it is sealed: findings by their codes, hits on lists as screening writes them.
        language: The reader's.
    """
    if place == "alerts":
        return " ".join(language.translate(one) for one in _SENTENCE_END.split(text))
    if place == "findings":
        return ", ".join(language.translate(DISAGREEMENTS.get(one, one)) for one in text.split(", "))
    if place == "differences":
        return "; ".join(language.said(one) or one for one in text.split("; "))
    if place in ("hit", "hits"):
        return "; ".join(_hit(one, language) for one in text.split("; "))
    return None


def _hit(text: str, language: Speech) -> str:
    if more := _MORE.fullmatch(text):
        return language.say("and {count} more", count=more[1])
    hit = _HIT.fullmatch(text)
    if hit is None:
        return text
    entry = f" ({hit['entry']})" if hit["name"] else ""
    places = {"role": language.translate(hit["role"]), "listed": (hit["name"] or hit["entry"]) + entry}
    if hit["how"] == "is":
        return language.say("{role} is {listed}", **places)
    return language.say("{role} resembles {listed}", **places)


def figure(place: str, text: str, language: Language) -> str:
    """A value with its unit, as the last word of its place's name says: `_kg`, `_money`, `_day`; any other as `number`.

    Args:
        place: The place of the sentence it stands in.
        text: The value: a mass in kilograms, an amount and its currency, a day in ISO 8601.
        language: One of `LANGUAGES`.
    """
    kind = place.rpartition("_")[2]
    if kind == "kg" and _PLAIN.fullmatch(text):
        return f"{_grouped(text, language)}\u00a0kg"
    if kind == "count" and _PLAIN.fullmatch(text):
        return _grouped(text, language)
    if kind == "money" and (sum_of := _SUM.fullmatch(text)):
        return f"{sum_of['currency']}\u00a0{_grouped(sum_of['amount'], language)}"
    if kind in ("expected", "found") and (mass := _KILOGRAMS.fullmatch(text)):
        return f"{_grouped(mass['amount'], language)}\u00a0kg"
    if kind in ("expected", "found") and (several := _PACKAGES.fullmatch(text)):
        told = _grouped(several["count"], language)
        return language_of(language).count("{number} package", "{number} packages", int(several["count"]), told)
    if kind in ("expected", "found") and _PLAIN.fullmatch(text):
        return _grouped(text, language)
    if kind == "day" and _DAY.fullmatch(text):
        day = date.fromisoformat(text)
        return f"{format_skeleton('MMMd', day, locale=language_of(language).locale)} {day.year}".replace(" ", "\u00a0")
    return number(text, language)


_KILOGRAMS: Final = re.compile(r"(?P<amount>-?[0-9]+(?:\.[0-9]+)?) (?:KGM|kg)")
_PACKAGES: Final = re.compile(r"(?P<count>[0-9]{1,12}) packages")
_PLAIN: Final = re.compile(r"-?[0-9]+(?:\.[0-9]+)?")
_SUM: Final = re.compile(r"(?P<amount>-?[0-9]+(?:\.[0-9]+)?) (?P<currency>[A-Z]{3})")
_DAY: Final = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")


def _grouped(text: str, language: Language) -> str:
    """A plain figure with the marks of a language between its groups and before its decimals; English has thin groups."""
    whole, point, part = text.lstrip("-").partition(".")
    groups = f"{int(whole):,}"
    if language != "en":
        symbols = Locale.parse(language, sep="-").number_symbols["latn"]
        groups, point = groups.replace(",", symbols["group"]), point and symbols["decimal"]
    else:
        groups = groups.replace(",", "\u202f")
    return ("\u2212" if text.startswith("-") else "") + groups + point + part


def number(text: str, language: Language) -> str:
    """A figure as a language writes it; any other text stays."""
    whole, point, part = text.partition(".")
    if point and whole.lstrip("-").isdigit() and part.rstrip(" %").isdigit():
        return f"{whole}{Locale.parse(language, sep='-').number_symbols['latn']['decimal']}{part}"
    return language_of(language).translate(UNKNOWN) if text == UNKNOWN else text


_HIT: Final = re.compile(r"(?P<role>[\w -]+?) (?P<how>is|like) (?P<entry>\S+/\S+)(?: (?P<name>.+))?")
_MORE: Final = re.compile(r"and (\d+) more")

#: In what papers disagree, by the code of the cross-check with blanks.
DISAGREEMENTS: Final[dict[str, str]] = {
    "bill packages differ": "packages and the bill of lading",
    "bill gross differs": "gross mass and the bill of lading",
    "equipment not on bill": "a container that is not on the bill of lading",
    "equipment not declared": "a container that is not declared",
    "seal differs": "seals of a container",
    "consignee differs": "importer and consignee",
    "goods differ": "what the goods are",
    "hs not on bill": "goods code and the bill of lading",
    "declared not manifested": "goods that are on no manifest",
    "manifested not declared": "goods that are not declared",
    "invoice value differs": "value and the invoice",
    "invoice currency differs": "currency and the invoice",
    "invoice quantity differs": "quantity and the invoice",
    "invoice origin differs": "origin and the invoice",
    "invoice hs differs": "goods code and the invoice",
    "packing packages differ": "packages and the packing list",
    "packing gross differs": "gross mass and the packing list",
}

#: What a value is that no document and no history has.
UNKNOWN: Final = "unknown"
