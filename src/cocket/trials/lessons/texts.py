# SPDX-License-Identifier: Apache-2.0
"""Texts that people of another administration will read, or wrote: one line of defence for both ways."""

from __future__ import annotations

import re
import unicodedata
from typing import Final

from cocket.errors import SenderError
from cocket.governance.names import mixes_lookalikes

#: What embeds or isolates direction, joins nothing, or is not seen; control characters but tab and line end.
_HIDDEN: Final = re.compile(
    "[\x00-\x08\x0b-\x1f\x7f-\x9f\xad\u061c\u180e\u200b\u200e\u200f\u2028-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb"
    "\ud800-\udfff\U000e0000-\U000e0fff]"
)

#: The beginning of a mark of HTML or XML, a template's place, and addresses that run.
_MARKUP: Final = re.compile(r"<[A-Za-z/!?]|\{\{|\{%|\b(?:javascript|vbscript|data)\s*:\s*\S", re.IGNORECASE)

#: Words from which letters of two scripts are looked for (characters): shorter ones are symbols, such as µm.
_LONG: Final = 4

#: Marks above and below one letter beyond which a text overruns its lines (count).
_MOST_MARKS: Final = 6


def checked_text(name: str, text: str, most: int, *, least: int = 0) -> str:
    """A text without what hides, runs or deceives, blanks at its ends removed.

    Args:
        name: What it is, for the message.
        text: As it was given.
        most: Its longest (characters).
        least: Its shortest.

    Raises:
        SenderError: It is too long or too short, holds markup, characters that are not seen, or words of two scripts that look alike.

    Source: Unicode Technical Report 36 (visual spoofing); Unicode Technical Standard 39 (mixed scripts).
    """
    plain = unicodedata.normalize("NFC", text.replace("\r\n", "\n").strip())
    if not least <= len(plain) <= most:
        raise SenderError(
            f"{name}: write {least} to {most} characters.", code="text-length", pointer=name, found=str(len(plain))
        )
    hidden = _HIDDEN.search(plain)
    if hidden is not None:
        raise SenderError(
            f"{name}: the text contains U+{ord(hidden[0]):04X}, a character that cannot be seen.",
            code="text-hidden",
            pointer=name,
        )
    if _MARKUP.search(plain):
        raise SenderError(f"{name}: the text contains markup; write plain words.", code="text-markup", pointer=name)
    run = 0
    for letter in unicodedata.normalize("NFD", plain):
        run = run + 1 if unicodedata.combining(letter) else 0
        if run > _MOST_MARKS:
            raise SenderError(f"{name}: one letter carries too many marks.", code="text-marks", pointer=name)
    for word in re.findall(r"\w+", plain):
        if len(word) >= _LONG and mixes_lookalikes(word):
            raise SenderError(
                f"{name}: the word {word[:40]} mixes letters of two scripts that look alike.",
                code="text-lookalike",
                pointer=name,
                found=word[:40],
            )
    return plain
