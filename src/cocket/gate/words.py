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
_SAYS: Final = "{field}: the text contains {character}, a character that cannot be seen."
_HINT: Final = "Delete it, or type the words again; it may come from a copied document."


def check_words(fields: Iterable[tuple[str, str]], says: str = _SAYS) -> None:
    """Refuse words with a character that cannot be seen.

    Args:
        fields: Name and text of each field (0..n); names are checked too.
        says: The sentence, with the places `field` and `character` (each 0..1).

    Raises:
        RequestError: There is one (422).
    """
    for name, text in fields:
        found = _HIDDEN.search(text) or _HIDDEN.search(name)
        if found is not None:
            message = says.format(field=_HIDDEN.sub("", name), character=f"U+{ord(found[0]):04X}")
            raise RequestError(message, status=422, code="control-character", hint=_HINT)


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
