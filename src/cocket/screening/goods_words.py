# SPDX-License-Identifier: Apache-2.0
"""Listed goods words in descriptions of goods: all words of a term, side by side, in the order of the list."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Final, TypeVar

from cocket.screening.entries import ListEntry
from cocket.screening.spelling import FORMS, Word, spell

Listed = tuple[str, ListEntry]
Made = TypeVar("Made")

#: Words that may stand between those of a term (count).
_BETWEEN: Final = 1
_PLURAL: Final = 3


class GoodsWords:
    """Terms for goods, made ready to be found.

    Args:
        entries: Entries of kind `goods`, each with the name of its list (0..n).
    """

    def __init__(self, entries: Sequence[Listed]) -> None:
        self._by_first: dict[str, list[tuple[tuple[str, ...], str, Listed]]] = {}
        for listed in entries:
            for name in listed[1].names:
                stems = tuple(_stem(word) for word in spell(name.text).words)
                if stems:
                    self._by_first.setdefault(stems[0], []).append((stems, name.text, listed))

    def screen(self, text: str, make: Callable[[Listed, str, Sequence[Word]], Made]) -> tuple[Made, ...]:
        """What is made of each listed entry that a description names, in the order of the text (0..n)."""
        if not self._by_first:
            return ()
        words = spell(text).words
        stems = [_stem(word) for word in words]
        found: dict[tuple[str, str], Made] = {}
        for start, stem in enumerate(stems):
            for term, named, listed in self._by_first.get(stem, ()):
                end = _follow(stems, start, term)
                if end is not None:
                    found.setdefault((listed[0], listed[1].id), make(listed, named, words[start:end]))
        return tuple(found.values())


def _follow(stems: Sequence[str], start: int, term: Sequence[str]) -> int | None:
    """Where a term that begins at `start` ends; None if its words do not follow."""
    place = start + 1
    for stem in term[1:]:
        window = stems[place : place + 1 + _BETWEEN]
        if stem not in window:
            return None
        place += window.index(stem) + 1
    return place


def _stem(word: Word) -> str:
    """The word without the ending of a plural, so that rifle and rifles are one."""
    text = word.text
    if text in FORMS or len(text) <= _PLURAL:
        return text
    return text[:-3] + "y" if text.endswith("ies") else text[:-1] if text.endswith("s") and text[-2] != "s" else text
