# SPDX-License-Identifier: Apache-2.0
"""The service characters of an interchange and its character set.

Source: ISO 9735-1 (syntax version 4) §6 and §7 and ISO 9735:1988 (versions 1 to 3) §4 and §5.
"""

from __future__ import annotations

import re
from functools import cache
from typing import NamedTuple

#: Codec and, for the levels that are less than their codec, the characters beside separators.
_LEVEL_A = r" A-Z0-9.,\-()/=!\"%&*;<>'+:?"
CHARACTER_SETS: dict[str, tuple[str, str | None]] = {
    "UNOA": ("ascii", _LEVEL_A),
    "UNOB": ("ascii", _LEVEL_A + "a-z"),
    "UNOC": ("iso8859-1", None),
    "UNOD": ("iso8859-2", None),
    "UNOE": ("iso8859-5", None),
    "UNOF": ("iso8859-7", None),
    "UNOG": ("iso8859-3", None),
    "UNOH": ("iso8859-4", None),
    "UNOI": ("iso8859-6", None),
    "UNOJ": ("iso8859-8", None),
    "UNOK": ("iso8859-9", None),
    "UNOL": ("iso8859-15", None),
    "UNOW": ("utf-8", None),
    "UNOX": ("iso2022_jp_2", None),
    "UNOY": ("utf-8", None),
}


class Separators(NamedTuple):
    """The service characters; None for a release or repetition that is not used."""

    component: str = ":"
    element: str = "+"
    decimal: str = "."
    release: str | None = "?"
    repetition: str | None = None
    terminator: str = "'"


def from_advice(advice: str) -> Separators | str:
    """The service characters that a service string advice names.

    Args:
        advice: The six characters behind `UNA`.

    Returns:
        The characters, or why they cannot be.

    Source: ISO 9735-1 §7, service string advice.
    """
    component, element, decimal, release, repetition, terminator = tuple(advice)
    marks = [component, element, terminator, *(mark for mark in (release, repetition) if mark != " ")]
    if any(mark.isalnum() or mark == " " for mark in marks):
        return "a letter, digit or space cannot be a separator"
    if len(set(marks)) != len(marks):
        return "one character is used for two purposes"
    if decimal not in ".,":
        return "the decimal mark is neither point nor comma"
    return Separators(
        component,
        element,
        decimal,
        None if release == " " else release,
        None if repetition == " " else repetition,
        terminator,
    )


@cache
def forbidden(syntax: str, separators: Separators) -> re.Pattern[str]:
    """Finds a character that the character set does not have; line ends are told elsewhere.

    Source: ISO 9735:1988 §4 for levels A and B; the standards of the ISO 8859 family for the others.
    """
    allowed = CHARACTER_SETS[syntax][1]
    marks = "".join(re.escape(mark) for mark in separators if mark)
    if allowed is not None:
        return re.compile(f"[^{allowed}{marks}\r\n]")
    return re.compile(f"(?![{marks}\r\n])[\x00-\x1f\x7f-\x9f]")


@cache
def whole_segments(separators: Separators) -> re.Pattern[str]:
    """Matches one segment with its terminator, released ones passed over."""
    end, release = re.escape(separators.terminator), re.escape(separators.release or "\0")
    return re.compile(f"((?:[^{end}{release}]++|{release}.)*+){end}", re.DOTALL)


def split(text: str, by: str, release: str | None) -> list[str]:
    """A text taken apart at a separator, but not where it is released; releases stay in the parts.

    Source: ISO 9735-1 §7, release character.
    """
    if release is None or release not in text:
        return text.split(by)
    parts, start, place = [], 0, 0
    while place < len(text):
        if text[place] == release:
            place += 1
        elif text[place] == by:
            parts.append(text[start:place])
            start = place + 1
        place += 1
    parts.append(text[start:])
    return parts


def plain(text: str, release: str | None) -> str:
    """A value without its release characters."""
    if release is None or release not in text:
        return text
    mark = re.escape(release)
    return re.sub(f"{mark}(.)", r"\1", text, flags=re.DOTALL)


def released(text: str, separators: Separators) -> str:
    """A value as it is written: each service character in it released."""
    marks = [mark for mark in (*separators[:2], *separators[3:]) if mark]
    if not any(mark in text for mark in marks):
        return text
    return "".join(f"{separators.release}{sign}" if sign in marks else sign for sign in text)
