# SPDX-License-Identifier: Apache-2.0
"""Characters that are not what they look like: invisible ones, and letters of other scripts that look like ours.

Source: Unicode Standard, general categories; Unicode Technical Standard 39, §4 (skeletons of confusable strings), of
which these are the single characters that look like A–Z, a–z and 0–9 in common typefaces, gathered by eye.
"""

from __future__ import annotations

import unicodedata

#: Categories of what cannot be seen: controls, formats (zero width, direction), surrogates, line and paragraph ends.
_INVISIBLE = {"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"}

#: Marks and letters that print nothing, whatever their category says.
_BLANK = frozenset("\u034f\u115f\u1160\u17b4\u17b5\u2800\u3164\uffa0")

#: Rows of one script: what looks like ours, and ours.
_ROWS = (
    ("ΑΒΕΖΗΙΚΜΝΟΡΤΥΧΛΣαικνορυωχ", "ABEZHIKMNOPTYXAEaikvopuwx"),  # Greek
    ("АВЕЅІЈКМНОРСТУХЬԌԚԜҮЗаесорхуіјѕһԁԛԝѵгкҽ", "ABESIJKMHOPCTYXbGQWY3aecopxyijshdqwvrke"),  # Cyrillic
    ("ՍՕԼՏհոսօցզ", "UOLShnuogq"),  # Armenian
    ("ᎪᏴᏟᎠᎬᏀᎻᏆᎫᏦᏞᎷᏢᏒᏚᎢᏙᎳᏃ", "ABCDEGHIJKLMPRSTVWZ"),  # Cherokee
    ("ꓐꓑꓓꓖꓗꓙꓚꓜꓝꓟꓠꓡꓢꓣꓤꓥꓦꓧꓨꓩꓪꓫꓬꓮꓰꓲꓳꓴꓔ", "BPDGKJCZFMNLSRRAVHGJWXYAEIOUT"),  # Lisu
    ("ıɑɡɩɪʏɢɴʀʙʜʟ", "iagiiyGNRBHL"),  # Latin of other uses
    ("‐‑‒–—―−⁃﹣", "---------"),  # hyphens, dashes, minus
    ("⁄∕⧸", "///"),  # slashes
)
_LOOKS_LIKE = {other: ours for others, row in _ROWS for other, ours in zip(others, row, strict=True)}

_LAST_ASCII = "\x7f"


def is_ascii(text: str) -> bool:
    """Whether a text has only visible characters of ASCII, and spaces.

    Source: ISO/IEC 646.
    """
    return text.isascii() and text.isprintable()


def invisible(text: str) -> str | None:
    """The first character of a text that cannot be seen, as `U+200B`; None if there is none.

    Args:
        text: Any text; line feeds, returns and tabs count as invisible.

    Source: Unicode Standard 15, §4.5 (general category).
    """
    if is_ascii(text):
        return None
    for character in text:
        if character in _BLANK or unicodedata.category(character) in _INVISIBLE or _is_selector(character):
            return f"U+{ord(character):04X}"
    return None


def look_alike(text: str) -> str | None:
    """What a text is taken for: the plain text that it looks like; None if it is plain or looks like nothing plain.

    Args:
        text: Any text, such as `G\u0392`, which is taken for `GB`.

    Source: Unicode Technical Standard 39, §4; Unicode Standard Annex 15 (NFKC) for wide and styled letters.
    """
    if text.isascii():
        return None
    skeleton = "".join(map(_plain, text))
    return skeleton if skeleton.isascii() else None


def mixed_word(text: str) -> str | None:
    """The first word of a text in which letters of ASCII stand among letters that only look like them; None if none.

    Args:
        text: Any text. A word wholly in another script is that script's, and nothing to wonder at.

    Source: Unicode Technical Standard 39, §5.1 (mixed-script detection).
    """
    if text.isascii():
        return None
    for word in text.split():
        if any(map(_LOOKS_LIKE.__contains__, word)) and any(each.isascii() and each.isalpha() for each in word):
            letters = [each for each in word if each in _LOOKS_LIKE and each.isalpha()]
            if letters:
                return word
    return None


def _plain(character: str) -> str:
    if character <= _LAST_ASCII:
        return character
    seen = _LOOKS_LIKE.get(character)
    if seen:
        return seen
    digit = unicodedata.digit(character, None)
    return unicodedata.normalize("NFKC", character) if digit is None else str(digit)


def _is_selector(character: str) -> bool:
    return "\ufe00" <= character <= "\ufe0f" or "\U000e0000" <= character <= "\U000e0fff"
