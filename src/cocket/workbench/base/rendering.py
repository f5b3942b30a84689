# SPDX-License-Identifier: Apache-2.0
"""Templates to pages: one Jinja environment a language, everything escaped unless a template says otherwise."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable, Iterable
from datetime import date, datetime, tzinfo
from decimal import Decimal
from functools import cache
from itertools import groupby
from pathlib import Path
from typing import Any, Final, NamedTuple
from zoneinfo import ZoneInfo

import msgspec
from jinja2 import Environment, FileSystemLoader, StrictUndefined

from cocket.findings import Finding, render
from cocket.pipeline.base.sealed_advice import ReasonView
from cocket.pipeline.control.views import HostResultView
from cocket.pipeline.queries.views import TimelineEntry
from cocket.risk.effort import EqualEffort
from cocket.risk.estimate import FEW_DRAWN, LACKS
from cocket.risk.reasons import words as words_of_reasons
from cocket.risk.suspicion import NAMES as SUSPICIONS
from cocket.risk.suspicion import Exhibit, Fact, Sum, Suspicion, about
from cocket.workbench.base import drawings as picture
from cocket.workbench.base import formats
from cocket.workbench.base import labels as wording
from cocket.workbench.base.filters import query_of
from cocket.workbench.base.languages import Language
from cocket.workbench.base.links import evidence_path
from cocket.workbench.tracking import labels as tracking_words

HOME: Final = Path(__file__).parent.parent

#: Environments that are kept: languages, zones and calendars of one administration's readers (count).
_MOST_KEPT: Final = 24

#: A figure that no place names the kind of.
_NUMBER: Final = re.compile(r"\d+\.\d+")

#: Less than this is what is left over of a difference that is none.
_NEXT_TO_NOTHING: Final = 1e-9

#: A place with which a sentence begins.
_FIRST: Final = re.compile(r"\{(\w+)\}")
STATIC: Final = HOME / "static"


class Pages:
    """Renders the templates in each reader's language.

    Args:
        zone: Time zone of the installation.
        now: Tells the present moment, UTC; ages are counted from it.
    """

    def __init__(self, zone: tzinfo, now: Callable[[], datetime]) -> None:
        self._zone = zone
        self._now = now
        self._environments: dict[tuple[str, str, formats.Calendar], Environment] = {}

    def render(
        self, name: str, language: Language, values: dict[str, Any], wished: formats.ClockWish = formats.USUAL
    ) -> str:
        """The page or part `name`, such as `control/templates/queue.html`, filled with `values`."""
        key = language.tag, wished.zone, wished.calendar
        environment = self._environments.get(key)
        if environment is None:
            while len(self._environments) >= _MOST_KEPT:
                self._environments.pop(next(iter(self._environments)), None)
            environment = self._environments[key] = self._environment(language, self.clock(language, wished))
        return environment.get_template(name).render(values)

    def clock(self, language: Language, wished: formats.ClockWish = formats.USUAL) -> formats.Clock:
        """Moments and ages in this language, and as the reader wishes them."""
        return formats.Clock(language, ZoneInfo(wished.zone) if wished.zone else self._zone, wished.calendar)

    def _environment(self, language: Language, clock: formats.Clock) -> Environment:
        environment = Environment(
            loader=FileSystemLoader(HOME),
            autoescape=True,
            undefined=StrictUndefined,
            trim_blocks=True,
            lstrip_blocks=True,
        )
        environment.globals |= {
            "_": language.say,
            "count": lambda one, many, number: language.count(
                one, many, number, formats.decimal(formats.number(number), language)
            ),
            "language": language,
            "words": wording,
            "asset": asset,
            "query_of": query_of,
            "bar_of": picture.bar_of,
            "weights_of": picture.weights_of,
            "suspicions": SUSPICIONS,
            "evidence_path": evidence_path,
        }
        environment.filters |= {
            "capital": capital,
            "sentence": lambda said: sentence(said, language, clock=clock).replace(
                " %", "\u00a0%"
            ),  # no line ends before it
            "expected": lambda found: _with_figures(found, language).expected,
            "found": lambda found: _with_figures(found, language).found,
            "groupby_runs": _runs,
            "number": lambda value: formats.decimal(formats.number(value), language),
            "money": lambda text, currency=None: formats.decimal(formats.money(text, currency), language),
            "amount": lambda text, currency=None: formats.decimal(formats.money(text, currency), language),
            "about": lambda text, currency=None: language.say(
                wording._("about {amount}"),
                amount=formats.decimal(formats.money(f"{about(Decimal(text)):f}", currency), language),
            ),
            "figure": lambda value: formats.decimal(formats.number(_brief(value)), language),
            "decimal": lambda text: formats.decimal(text, language),
            "whole": lambda text, currency=None: formats.decimal(
                formats.money(formats.rounded(text), currency), language
            ),
            "clause": lambda said: sentence(said, language, is_clause=True, clock=clock),
            "iso_day": lambda text: clock.full(date.fromisoformat(text)),
            "full_day": clock.full,
            "left": lambda when: clock.left(when, self._now()),
            "quantity": lambda text: formats.decimal(formats.quantity(text), language),
            "mass": lambda kilograms: formats.decimal(formats.mass(kilograms), language),
            "unit": lambda code: (
                f"{code} ({language.translate(wording.UNITS[code])})" if code in wording.UNITS else code
            ),
            "percent": lambda share: formats.decimal(formats.percent(share), language),
            "short": formats.short,
            "date": clock.date,
            "day": clock.day,
            "time": clock.time,
            "moment": clock.moment,
            "age": lambda when: clock.age(when, self._now()),
        }
        return environment


def _brief(value: float) -> str:
    """A number of a model to four digits, without a power of ten; what is next to nothing is 0."""
    return f"{Decimal(f'{value:.4g}'):f}" if abs(value) >= _NEXT_TO_NOTHING else "0"


class Run(NamedTuple):
    """Lines that follow each other with the same value of one attribute."""

    key: Any
    items: list[Any]


def _runs(lines: Iterable[Any], name: str) -> list[Run]:
    """Lines in runs by an attribute, in their order; those without it are one run."""
    return [Run(key, list(run)) for key, run in groupby(lines, lambda line: getattr(line, name, None))]


#: What a head says, and what the host reports beside it.
Told = Fact | Suspicion | Sum | Exhibit | HostResultView


def sentence(
    said: Finding | ReasonView | TimelineEntry | Told,
    language: Language,
    *,
    is_clause: bool = False,
    clock: formats.Clock | None = None,
) -> str:
    """A finding, a reason or a thing that happened, as a sentence in the reader's language.

    It begins with a capital letter, but for a clause behind something else, and unless it begins with a value that has no name of ours.
    Days stand as the clock writes them, without one in the Gregorian calendar.
    """
    hands = clock or formats.Clock(language)
    if isinstance(said, Finding):
        text = render(_with_figures(said, language), language.translate)
        return text if said.message.startswith("{") else capital(text)
    if isinstance(said, Exhibit):
        return language.say(
            said.note, **{place: _named(place, value, language, hands) for place, value in said.arguments.items()}
        )
    named = {place: _named(place, value, language, hands) for place, value in said.arguments.items()}
    first = _FIRST.match(language.translate(said.message))
    begins = not first or _name(first[1], said.arguments.get(first[1], ""))
    text = language.say(said.message, **named)
    return capital(text) if begins and not is_clause else text


def _with_figures(said: Finding, language: Language) -> Finding:
    """A finding whose figures are written as everywhere on the page; a code that looks like a figure stays as it is."""
    if "code" in said.code or "code" in said.message.lower():
        return said

    def written(value: str | None) -> str | None:
        if value and any(form.fullmatch(value) for form in (_PACKAGES, _KILOGRAMS, _WITH_UNIT)):
            return _figure(value, language)
        return formats.decimal(formats.money(value), language) if value and _WITH_PLACES.fullmatch(value) else value

    return msgspec.structs.replace(
        said,
        expected=written(said.expected),
        found=written(said.found),
        arguments={name: written(value) or "" for name, value in said.arguments.items()},
    )


def sentence_in(
    said: Finding | ReasonView | TimelineEntry | Told, language: Language, clock: formats.Clock | None = None
) -> str:
    """A sentence in another language than the page's, for sheets that speak two."""
    hands = clock.for_language(language) if clock else None
    return sentence(said, language, clock=hands).replace(" %", "\u00a0%")


def clause_in(said: Told, language: Language) -> str:
    """The same behind something else, in small letters."""
    return sentence(said, language, is_clause=True).replace(" %", "\u00a0%")


def _named(place: str, value: str, language: Language, clock: formats.Clock) -> str:
    """A value as people call it; of several sentences each."""
    if (ours := words_of_reasons.value(place, value, language)) is not None:
        return ours
    kind = place.rpartition("_")[2]
    if kind == "day":
        is_moment = "T" in value
        return clock.full_day(datetime.fromisoformat(value)) if is_moment else clock.full(date.fromisoformat(value))
    write = _WRITTEN.get(kind)
    if write is not None:
        return write(value, language)
    name = _name(place, value)
    return (
        formats.decimal(value, language)
        if name is None and _NUMBER.fullmatch(value)
        else language.translate(name or value)
    )


def _figure(value: str, language: Language) -> str:
    """A sum, or a quantity with its unit behind it: kilograms as everywhere on the page, other units by their codes."""
    if packages := _PACKAGES.fullmatch(value):
        count = int(packages[1])
        return language.count(
            "{number} package", "{number} packages", count, formats.decimal(formats.number(count), language)
        )
    if kilograms := _KILOGRAMS.fullmatch(value):
        return formats.decimal(formats.mass(kilograms[1]), language)
    found = _WITH_UNIT.fullmatch(value)
    if found is None:
        return formats.decimal(formats.money(value), language)
    return formats.decimal(formats.mass(found[1]) if found[2] == "KGM" else formats.quantity(value), language)


#: A quantity with a unit that has a name of ours.
_WITH_UNIT: Final = re.compile(rf"(-?[0-9]+(?:\.[0-9]+)?) ({'|'.join(wording.UNITS)})")

#: A count of packages.
_PACKAGES: Final = re.compile(r"([0-9]{1,12}) packages")

#: A mass in kilograms.
_KILOGRAMS: Final = re.compile(r"(-?[0-9]+(?:\.[0-9]+)?) kg")

#: A figure with decimal places, which is a quantity or an amount, with or without its currency.
_WITH_PLACES: Final = re.compile(r"(?:[A-Z]{3} )?-?[0-9]+\.[0-9]+(?: [A-Z]{3})?")

#: Last word of a place's name → how its value is written, as `cocket.risk.suspicion.Fact` has it.
_WRITTEN: Final[dict[str, Callable[[str, Language], str]]] = {
    "count": lambda value, language: formats.decimal(formats.number(value), language),
    "percent": lambda value, language: formats.decimal(formats.number(value), language),
    "kg": lambda value, language: formats.decimal(formats.mass(value), language),
    "money": lambda value, language: formats.decimal(formats.money(value), language),
    "expected": _figure,
    "found": _figure,
}


def _name(place: str, value: str) -> str | None:
    """What people call a value, still to be translated; None if it has no name of its own."""
    return wording.NAMES.get(place, {}).get(value) or tracking_words.NAMES.get(place, {}).get(value)


def capital(text: str) -> str:
    """The text with its first letter large and the others as they are."""
    return text[:1].upper() + text[1:]


@cache
def asset(name: str) -> str:
    """Address of a file of `static/`, changing with its content, so that browsers may keep it for good."""
    file = STATIC / name
    digest = hashlib.sha256(file.read_bytes()).hexdigest()[:12] if file.is_file() else "absent"
    return f"/static/{name}?v={digest}"


def why(one: EqualEffort, language: Language) -> str:
    """Why nothing can be said yet of a part, and what would mend it: as a sentence goes on behind its colon."""
    if one.lack is None:
        if one.ours is None:
            return language.translate(wording._("nothing was examined"))
        return language.translate(wording._("no red lane of the host is known here, and no draw changes that"))
    reason = language.say(LACKS[one.lack.why], drawn=one.lack.drawn, least=FEW_DRAWN)
    return language.say(
        wording._("draw {count} more at random ({why})"), count=formats.number(one.lack.draw), why=reason
    )
