# SPDX-License-Identifier: Apache-2.0
"""How the control room writes distances, durations, speeds and places; unknown reads "–"."""

from __future__ import annotations

import re
from datetime import datetime
from typing import Final

from cocket.tracking.geometry import Point
from cocket.workbench.base.formats import UNKNOWN, number
from cocket.workbench.base.languages import ENGLISH, Language
from cocket.workbench.tracking.labels import AGAINST, CAUSES, MEASURES, SEALS, SIGNS

_KM_H: Final = 3.6

#: Endings of names of measurements, the longer first, and what is said after the number.
_UNITS: Final = (
    ("_m_s", "m/s"),
    ("_percent", "%"),
    ("_lux", "lx"),
    ("_km", "km"),
    ("_c", "°C"),
    ("_g", "g"),
    ("_m", "m"),
    ("_s", "s"),
)


def distance(metres: float | None) -> str:
    """A distance: `350 m`, `12.4 km`, `1 204 km`."""
    if metres is None:
        return UNKNOWN
    if metres < 1_000:
        return f"{round(metres)}\u00a0m"
    kilometres = metres / 1_000
    return f"{reading(kilometres)}\u00a0km"


def duration(seconds: float | None, language: Language = ENGLISH) -> str:
    """A duration in at most two units: `45 s`, `12 min`, `3 h 20 min`, `2 d 4 h`."""
    if seconds is None:
        return UNKNOWN
    whole = round(abs(seconds))
    if whole < 60:
        return _counted(whole, "{count} s", language)
    minutes = round(whole / 60)
    days, hours, minutes = minutes // 1440, minutes // 60 % 24, minutes % 60
    told = [(days, "{count} d"), (hours, "{count} h"), (minutes, "{count} min")]
    first = next((place for place, (count, _) in enumerate(told) if count), len(told) - 1)
    kept = [(count, unit) for count, unit in told[first : first + 2] if count] or [(0, "{count} min")]
    return " ".join(_counted(count, unit, language) for count, unit in kept)


def _counted(count: int, unit: str, language: Language) -> str:
    return language.say(unit, count=count).replace(" ", "\u00a0")


def speed(metres_per_second: float | None) -> str:
    """A speed in kilometres an hour: `72 km/h`."""
    return UNKNOWN if metres_per_second is None else f"{round(metres_per_second * _KM_H)}\u00a0km/h"


def place(point: Point | None) -> str:
    """A place: `22.9512° S 14.5021° E`."""
    if point is None:
        return UNKNOWN
    lon, lat = point
    lon = (lon + 180) % 360 - 180
    return f"{abs(lat):.4f}°\u00a0{'S' if lat < 0 else 'N'} {abs(lon):.4f}°\u00a0{'W' if lon < 0 else 'E'}"


def reading(value: float) -> str:
    """A reading with as many digits as people use: `1 024`, `4.5`."""
    return number(f"{round(value) if abs(value) >= 100 else round(value, 1):.12g}")


def measure(name: str, value: float | str, language: Language = ENGLISH) -> tuple[str, str]:
    """A threshold or measurement of an alert.

    Args:
        name: Its name, which ends in the unit, such as `aside_m`.
        value: Its value.
        language: In which units of time are told.

    Returns:
        What it is called and the value with its unit, both still to be translated. A name not known is shown as it is.
    """
    bare, unit = next(
        ((name.removesuffix(end), unit) for end, unit in _UNITS if name.endswith(end) and len(name) > len(end)),
        (name, ""),
    )
    label = MEASURES.get(bare, bare.replace("_", " "))
    if isinstance(value, str):
        return label, _word(name, value)
    if unit == "s" or name == "seconds":
        return label, duration(value, language)
    if unit == "m" or name == "metres":
        return label, distance(value)
    return label, f"{reading(value)}\u00a0{unit}" if unit else reading(value)


def counter_evidence(text: str, language: Language) -> str:
    """What speaks against an alert, in the reader's language, though a figure stands in the sentence."""
    for sentence in AGAINST:
        form = re.sub(r"\\{(\w+)\\}", r"(?P<\1>.+)", re.escape(sentence))
        if found := re.fullmatch(form, text):
            return language.say(sentence, **found.groupdict())
    return language.translate(text)


def _word(name: str, value: str) -> str:
    """A measurement that is no number: a state or a cause by its name, a moment as people write it, else as it is."""
    words = (
        CAUSES if name == "likely" else {**SIGNS, **SEALS} if name in ("sign", "before", "after", "handed_over") else {}
    )
    return words[value] if value in words else _moment(value)


def _moment(text: str) -> str:
    """A moment in UTC as people write it; other text as it is."""
    try:
        when = datetime.fromisoformat(text)
    except ValueError:
        return text
    return f"{when:%Y-%m-%d %H:%M} UTC" if len(text) > 10 else text
