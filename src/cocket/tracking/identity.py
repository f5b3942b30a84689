# SPDX-License-Identifier: Apache-2.0
"""Identities of devices: what may be one, and which could be taken for one that is already there.

A name that only looks like another is how a foreign device would slip into a journey. So an identity is plain ASCII,
and a new one whose letters look like those of a known one is told before it is taken in.
Source: Unicode Technical Standard 39, §4 (skeletons of confusable strings), for ASCII with the pairs below.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable
from functools import lru_cache
from typing import Literal

from cocket.errors import SenderError
from cocket.standards.wco_dm.gb.characters import invisible, look_alike

_IDENTITY = re.compile(r"[A-Za-z0-9](?:[A-Za-z0-9._:/@+-]{0,126}[A-Za-z0-9])?")

_CONTAINER = re.compile(r"[A-Z]{3}[UJZ][0-9]{6,7}")

#: What looks alike within ASCII in common typefaces, lower case: digits and letters, and pairs that run together.
_PAIRS = (("rn", "m"), ("vv", "w"), ("cl", "d"))
_SINGLE = str.maketrans("015|!", "olsll")
_CAPITAL_I = str.maketrans("I", "l")

#: Marks that a reader takes for dirt: the dot above and the dot below.
_FAINT = ("\u0307", "\u0323")


def device_identity(text: str) -> str:
    """An identity that a device may have.

    Args:
        text: As the message has it.

    Returns:
        The same, without blanks around it.

    Raises:
        SenderError: It is empty, longer than 128 characters, or has others than A–Z, a–z, 0–9 and . _ : / @ + -
            (`device-identity`).
    """
    name = text.strip(" ")
    if not _IDENTITY.fullmatch(name):
        seen = invisible(name)
        raise SenderError(
            "This is not a valid device identity.",
            code="device-identity",
            expected="1 to 128 letters, digits and . _ : / @ + - of ASCII",
            found=f"an invisible character, {seen}" if seen else ascii(name[:64]),
            hint="Register the device under the number on its plate.",
        )
    return name


@lru_cache(maxsize=4096)
def number_key(text: str) -> str:
    """What numbers of containers, vehicles and seals are compared by: how people write a number does not make another.

    Args:
        text: Such as `KE 0000002` or `MSKU 123456-5`.

    Returns:
        Capital letters and digits alone. Of a container number owner, category and serial, for the check digit says
        nothing that these do not, is left out by many and mistyped by some.

    Source: ISO 6346:2022, clause 4.
    """
    plain = "".join(sign for sign in unicodedata.normalize("NFKC", text).upper() if sign.isalnum())
    return plain[:10] if _CONTAINER.fullmatch(plain) else plain


#: How a number that was told stands to one that was expected.
Likeness = Literal["same", "written-differently", "other"]

#: Letters that people and devices write for digits, and the digits that they write for letters.
_AS_DIGITS = str.maketrans("OI", "01")
_AS_LETTERS = str.maketrans("01", "OI")


@lru_cache(maxsize=4096)
def confusable_key(text: str) -> str:
    """The same for all numbers that differ by confusable characters or leading zeros alone.

    Args:
        text: Such as `KEO000002`, which is one with `KE0000002`, or `002`, which is one with `0002`.

    Returns:
        A text to compare, and nothing to show. O and 0 are one, and so are I and 1; of a number of digits alone leading
        zeros are left out. A container number has letters and digits where ISO 6346 has them.
    """
    plain = number_key(text)
    container = plain[:4].translate(_AS_LETTERS) + plain[4:].translate(_AS_DIGITS)
    if _CONTAINER.fullmatch(container):
        return container[:10]
    digits = plain.translate(_AS_DIGITS)
    return digits.lstrip("0") or "0" if digits.isdecimal() else digits


def compare_numbers(told: str | None, expected: str | None, known: Iterable[str] = ()) -> Likeness:
    """How a number that was told stands to the one that was expected: an exact match wins.

    Args:
        told: As a device or a person wrote it; None for none, which is `other` than any.
        expected: The number that it may be.
        known: Numbers that are there beside it (0..n). One that `told` is exactly, but for blanks and hyphens, is that one,
            and not a way to write another.
    """
    if told is None or expected is None:
        return "other"
    key = number_key(told)
    if key == number_key(expected):
        return "same"
    if confusable_key(told) != confusable_key(expected) or any(key == number_key(one) for one in known):
        return "other"
    return "written-differently"


def same_number(told: str | None, expected: str | None, known: Iterable[str] = ()) -> bool:
    """Whether a number that was told is the one that was expected, however it is written; see `compare_numbers`."""
    return compare_numbers(told, expected, known) != "other"


def number_meant(told: str, known: Iterable[str]) -> str | None:
    """The one of some numbers that a text writes, the exact one before those it is confusable with; None if it is none of them.

    Args:
        told: As a device or a person wrote it.
        known: The numbers (0..n).
    """
    numbers = tuple(known)
    for wanted in ("same", "written-differently"):
        for one in numbers:
            if compare_numbers(told, one, numbers) == wanted:
                return one
    return None


def skeleton(text: str) -> str:
    """What a reader takes a text for: the same for texts that look alike.

    Args:
        text: Any text.

    Returns:
        A text to compare, and nothing to show. Case is kept apart where it changes the look, and not otherwise.
    """
    plain = "".join(each for each in unicodedata.normalize("NFD", text) if each not in _FAINT and not invisible(each))
    plain = unicodedata.normalize("NFC", plain)
    plain = look_alike(plain) or plain
    plain = " ".join(plain.split())
    plain = plain.translate(_CAPITAL_I).lower().translate(_SINGLE)
    for pair, single in _PAIRS:
        plain = plain.replace(pair, single)
    return plain


def look_alike_of(candidate: str, known: Iterable[str]) -> str | None:
    """The known identity that another could be taken for; None if there is none.

    The same identity, in another case, with other blanks or in another normal form, is no look-alike but the same.

    Args:
        candidate: What is new.
        known: What is there.
    """
    mine = skeleton(candidate)
    turned = skeleton(candidate[::-1]) if _is_turned(candidate) else None
    for other in known:
        if _same(candidate, other):
            continue
        if skeleton(other) in (mine, turned):
            return other
    return None


def _same(one: str, other: str) -> bool:
    return _folded(one) == _folded(other)


def _folded(text: str) -> str:
    if not text.isascii() and invisible(text):
        return text
    return " ".join(unicodedata.normalize("NFC", text).casefold().split(" ")).replace("  ", " ")


def _is_turned(text: str) -> bool:
    return any(mark in text for mark in ("\u202e", "\u202d", "\u2066", "\u2067", "\u2068"))
