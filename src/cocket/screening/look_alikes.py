# SPDX-License-Identifier: Apache-2.0
"""Letters that look like others: what a name reads as to the eye, whatever its bytes are.

Only letters that pass for a letter A to Z are kept, of the scripts in which a name can be typed; compatibility letters
(full width, mathematical) are resolved by normalisation form KC instead.
Source: Unicode Technical Standard 39, Unicode Security Mechanisms, 4 (confusable detection).
"""

from __future__ import annotations

import unicodedata
from typing import Final

_PAIRS: Final = (
    # Cyrillic
    ("аԁеһіӏјорԛсѕѵԝхуүгАВЕԌНІӀЈКМОРԚСЅТѴԜХУҮЬ", "adehiijopqcsvwxyyrABEGHIIJKMOPQCSTVWXYYb"),
    # Greek
    ("αιορσυνγκϲϳΑΒΕΖΗΙΚΜΝΟΡΤΥΧϹϜͿ", "aiopouvykcjABEZHIKMNOPTYXCFJ"),
    # Armenian
    ("ցհոռօզսՏՍՕ", "ghnnoquSUO"),
    # Cherokee
    ("ᎪᏟᎠᎬᏀᎻᎥᎫᏦᏞᎷᏢᎡᏚᎢᏙᎳᎩᏃ", "ACDEGHiJKLMPRSTVWYZ"),
    # Coptic
    ("ⲥⲟⲣⲤⲎⲔⲒⲘⲚⲞⲢⲦⲬⲨ", "copCHKIMNOPTXY"),
    # Latin letters that are not those of the alphabet
    ("ɑɡıɪɩᴏɯᴄᴠᴡᴢꜱʏ", "agiiiowcvwzsy"),
)

#: Letter → the letter A to Z (in small) that it passes for.
LETTERS: Final = {ord(sign): like.lower() for signs, likes in _PAIRS for sign, like in zip(signs, likes, strict=True)}

#: Figures that pass for letters within a word.
FIGURES: Final = {ord(sign): like for sign, like in zip("01345", "oleas", strict=True)}

_REVERSED: Final = "\u202e"
_MARKS: Final = frozenset(range(0xFE00, 0xFE10)) | frozenset(range(0xE0000, 0xE01F0))


def visible(text: str) -> str:
    """A text without what does not print, in the order in which the eye sees it.

    Args:
        text: As it came.

    Returns:
        The text without format characters, variation selectors and tags, its spaces plain; words after a mark that turns
        the direction are turned round.
    """
    if text.isascii():
        return text
    if _REVERSED in text:
        head, _, tail = text.partition(_REVERSED)
        text = head + tail.rstrip("\u202c")[::-1]
    kept = (sign for sign in text if ord(sign) not in _MARKS and unicodedata.category(sign) != "Cf")
    return "".join(" " if unicodedata.category(sign) == "Zs" else sign for sign in kept)


def script_of(letter: str) -> str:
    """Script of a letter, such as `LATIN`, by its name in the Unicode character database; "" for a nameless one."""
    return unicodedata.name(letter, "").partition(" ")[0]


def as_seen(word: str) -> str | None:
    """The word in letters A to Z that the eye takes this one for; None if it looks like no such word.

    Args:
        word: A word in normalisation form KC.

    Returns:
        The look-alike word in small letters, only where some letter was replaced and none is left that looks like none.
    """
    seen = word.translate(LETTERS)
    if seen == word or not all(sign.isascii() or script_of(sign) == "LATIN" for sign in seen):
        return None
    return seen
