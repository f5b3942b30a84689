# SPDX-License-Identifier: Apache-2.0
"""Templates to pages: one Jinja environment a language, everything escaped unless a template says otherwise."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable
from datetime import datetime, tzinfo
from functools import cache
from pathlib import Path
from typing import Any, Final

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from cocket.findings import Finding, render
from cocket.pipeline.base.sealed_advice import ReasonView
from cocket.pipeline.queries.views import TimelineEntry
from cocket.workbench.base import drawings as picture
from cocket.workbench.base import formats
from cocket.workbench.base import labels as wording
from cocket.workbench.base.filters import query_of
from cocket.workbench.base.languages import Language
from cocket.workbench.tracking import labels as tracking_words

HOME: Final = Path(__file__).parent.parent

#: A place with which a sentence begins.
_SENTENCE_END: Final = re.compile(r"(?<=\.) ")
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
        self._environments: dict[str, Environment] = {}

    def render(self, name: str, language: Language, values: dict[str, Any]) -> str:
        """The page or part `name`, such as `control/templates/queue.html`, filled with `values`."""
        environment = self._environments.get(language.tag)
        if environment is None:
            environment = self._environments[language.tag] = self._environment(language)
        return environment.get_template(name).render(values)

    def clock(self, language: Language) -> formats.Clock:
        """Moments and ages in this language and the installation's time zone."""
        return formats.Clock(language, self._zone)

    def _environment(self, language: Language) -> Environment:
        environment = Environment(
            loader=FileSystemLoader(HOME),
            autoescape=True,
            undefined=StrictUndefined,
            trim_blocks=True,
            lstrip_blocks=True,
        )
        clock = self.clock(language)
        environment.globals |= {
            "_": language.say,
            "count": lambda one, many, number: language.count(one, many, number, formats.number(number)),
            "language": language,
            "words": wording,
            "asset": asset,
            "query_of": query_of,
            "bar_of": picture.bar_of,
            "weights_of": picture.weights_of,
        }
        environment.filters |= {
            "capital": capital,
            "sentence": lambda said: sentence(said, language).replace(" %", "\u00a0%"),  # no line ends before it
            "number": formats.number,
            "money": formats.money,
            "quantity": formats.quantity,
            "mass": formats.mass,
            "percent": formats.percent,
            "short": formats.short,
            "date": clock.date,
            "day": clock.day,
            "time": clock.time,
            "moment": clock.moment,
            "age": lambda when: clock.age(when, self._now()),
        }
        return environment


def sentence(said: Finding | ReasonView | TimelineEntry, language: Language) -> str:
    """A finding, a reason or a thing that happened, as a sentence in the reader's language.

    It begins with a capital letter unless it begins with a value that has no name of ours.
    """
    if isinstance(said, Finding):
        text = render(said, language.translate)
        return text if said.message.startswith("{") else capital(text)
    named = {place: _named(place, value, language) for place, value in said.arguments.items()}
    first = _FIRST.match(language.translate(said.message))
    begins = not first or _name(first[1], said.arguments.get(first[1], ""))
    text = language.say(said.message, **named)
    return capital(text) if begins else text


def _named(place: str, value: str, language: Language) -> str:
    """A value as people call it; of several sentences each."""
    if place == "alerts":
        return " ".join(language.translate(says) for says in _SENTENCE_END.split(value))
    return language.translate(_name(place, value) or value)


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
