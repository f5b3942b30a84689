# SPDX-License-Identifier: Apache-2.0
"""A message as received, made safe to read: nothing in it can hide, reorder or run."""

from __future__ import annotations

import unicodedata
from typing import Final

import msgspec

_SHOWN: Final = 64 * 1024  # bytes; the whole can be downloaded
_PLAIN: Final = frozenset("\n\t")


class Readable(msgspec.Struct, frozen=True):
    """The beginning of a message as text.

    Attributes:
        text: Characters that would not be seen stand as `‹U+202E›`.
        size: Of the whole message (bytes).
        is_cut: Whether there is more than is shown.
    """

    text: str
    size: int
    is_cut: bool


def readable(content: bytes) -> Readable:
    """The beginning of a message for people: control and direction characters shown, not obeyed.

    Source: Unicode 16, general categories Cc and Cf; UTR 36 §2, visual spoofing.
    """
    text = content[:_SHOWN].decode(errors="replace").replace("\r\n", "\n")
    return Readable("".join(map(_visible, text)), len(content), len(content) > _SHOWN)


def _visible(character: str) -> str:
    if character in _PLAIN or unicodedata.category(character) not in {"Cc", "Cf"}:
        return character
    return f"‹U+{ord(character):04X}›"
