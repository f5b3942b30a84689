# SPDX-License-Identifier: Apache-2.0
"""What people and programs enter as words holds no character that cannot be seen; the one rule of every form and body.

A NUL cannot be stored in a text of PostgreSQL; other control characters hide in what officers read, and move the cursor
of a terminal; embeddings and overrides of direction let words be read otherwise than they stand. Tab, line ends, and the
marks and isolates that texts of mixed direction need are words like others. Messages of standards and of devices are not
words: they are kept as they came.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from typing import Any, Final

from cocket.gate.refusal import RequestError

#: Control characters but tab and line ends, halves of surrogate pairs, and what embeds or overrides direction. Source: Unicode 16,
#: general categories Cc, Cs; Unicode Standard Annex 9, chapter 2.
_HIDDEN: Final = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u202a-\u202e\ud800-\udfff]")
_SAYS: Final = "{field}: the text contains {character}, a character that cannot be seen, at place {place}."
_HINT: Final = "Delete it, or type the words again; it may come from a copied document."


class UnseenError(RequestError):
    """Words contain a character that cannot be seen (422).

    Attributes:
        field: The field it is in, without such characters.
        text: What was entered in it; its name, where the character is in that.
        character: The character, such as `U+202E`.
        place: Which character of the text it is, counted from 1.
        fields: All that was entered, by field; empty if it was no form.
    """

    def __init__(self, name: str, text: str, says: str) -> None:
        found = _HIDDEN.search(text)
        self.field = without_unseen(name)
        self.text = text if found else name
        found = found or _HIDDEN.search(name)
        if found is None:
            raise ValueError("there is no such character")
        self.character, self.place = f"U+{ord(found[0]):04X}", found.start() + 1
        self.fields: Mapping[str, str] = {}
        message = says.format(field=self.field, character=self.character, place=self.place)
        super().__init__(message, status=422, code="control-character", hint=_HINT)


def without_unseen(text: str) -> str:
    """A text without the characters that cannot be seen."""
    return _HIDDEN.sub("", text)


def with_unseen(text: str) -> str:
    """A text in which such characters can be seen, as `‹U+202E›`."""
    return _HIDDEN.sub(lambda found: f"‹U+{ord(found[0]):04X}›", text)


def check_words(fields: Iterable[tuple[str, str]], says: str = _SAYS) -> None:
    """Refuse words with a character that cannot be seen.

    Args:
        fields: Name and text of each field (0..n); names are checked too.
        says: The sentence, with the places `field`, `character` and `place` (each 0..1).

    Raises:
        UnseenError: There is one (422).
    """
    for name, text in fields:
        if _HIDDEN.search(text) or _HIDDEN.search(name):
            raise UnseenError(name, text, says)


def texts_of(value: Any, where: str = "") -> Iterator[tuple[str, str]]:
    """Every text in a value of JSON, each with its place such as `items.0.note` (0..n)."""
    if isinstance(value, str):
        yield where or "the body", value
    elif isinstance(value, Mapping):
        for name, held in value.items():
            yield from texts_of(held, f"{where}.{name}" if where else str(name))
    elif isinstance(value, list | tuple):
        for n, held in enumerate(value):
            yield from texts_of(held, f"{where}.{n}" if where else str(n))
