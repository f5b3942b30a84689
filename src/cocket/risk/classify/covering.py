# SPDX-License-Identifier: Apache-2.0
"""How much of a description the texts of a subheading, its heading and its chapter cover, rare words counting more."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any, Final

import numpy as np
import numpy.typing as npt
from scipy import sparse

from cocket.risk.classify.features import LITTLE_WORDS, words_of
from cocket.risk.classify.law import parted, takes_the_rest

Scores = npt.NDArray[np.float32]

_PARTS: Final = frozenset({"part", "accessory"})


class Covering:
    """Words of the texts of each subheading, and how the law words it.

    Args:
        parts: Words of each example (1..n).
        texts: The examples as given.
        is_law: Whether each is the nomenclature's own text.
        code_of: Place of each example's subheading.
        levels: Group of each subheading by itself, by heading, and by chapter, `(n_codes,)` each.
    """

    def __init__(
        self,
        parts: Sequence[Sequence[str]],
        texts: Sequence[str],
        is_law: npt.NDArray[np.bool_],
        code_of: npt.NDArray[Any],
        levels: Sequence[npt.NDArray[Any]],
    ) -> None:
        self._levels = levels
        sets = [_own(words) for words in parts]
        self._vocabulary: dict[str, int] = {}
        for words in sets:
            for word in sorted(words):
                self._vocabulary.setdefault(word, len(self._vocabulary))
        having = np.zeros(len(self._vocabulary))
        for words in sets:
            having[[self._vocabulary[word] for word in words]] += 1
        self._rarity = np.maximum(np.log(len(sets) / (1 + having)), 0.1).astype(np.float32)
        self._unknown = max(np.log(len(sets)), 0.1)
        named, left_out = self._of_law(texts, is_law, code_of, len(levels[0]))
        self._sides = [self._matrix(named), self._matrix(left_out)]
        self._law: set[str] = set().union(*named, *left_out)
        self._groups = [self._matrix(_union(sets, groups[code_of], int(groups.max()) + 1)) for groups in levels]
        self._wording = _wording(texts, is_law, code_of, named)

    def of(self, asked: Sequence[Sequence[str]]) -> list[Scores]:
        """Grounds of every subheading, `(len(asked), n_codes)` each.

        Shares, 0–1, of what is asked that the law names; that it leaves to others; and that any text of the subheading,
        of its heading, and of its chapter has. Then, from the law's wording: it speaks of parts and the description does
        not; both do; it takes the rest; and the logarithm of its length.
        """
        own = [_own(words) for words in asked]
        known = self._matrix(own)
        weighed = (known @ sparse.diags(self._rarity)).tocsr()
        unknown = np.asarray([sum(word not in self._vocabulary for word in words) for words in own]) * self._unknown
        whole = np.maximum(np.asarray(weighed.sum(axis=1)).ravel() + unknown, 1e-9)[:, None].astype(np.float32)
        told = [np.asarray((weighed @ side.T).todense()) / whole for side in self._sides]
        for matrix, groups in zip(self._groups, self._levels, strict=True):
            told.append((np.asarray((weighed @ matrix.T).todense()) / whole)[:, groups])
        speaks = np.asarray([not _PARTS.isdisjoint(words) for words in own], np.float32)[:, None]
        of_parts, rest, length = self._wording
        told += [(1 - speaks) * of_parts, speaks * of_parts]
        told += [np.broadcast_to(row, told[0].shape) for row in (rest, length)]
        return told

    def in_words_of_law(self, asked: Sequence[Sequence[str]]) -> Scores:
        """Share of each description's words that the law has anywhere, 0–1, `(len(asked),)`; 0 for one without words."""
        own = [_own(words) for words in asked]
        return np.asarray([len(words & self._law) / max(len(words), 1) for words in own], np.float32)

    def _of_law(
        self, texts: Sequence[str], is_law: npt.NDArray[np.bool_], code_of: npt.NDArray[Any], size: int
    ) -> tuple[list[set[str]], list[set[str]]]:
        """What the law names in each subheading, and what it leaves to others."""
        named: list[set[str]] = [set() for _ in range(size)]
        left_out: list[set[str]] = [set() for _ in range(size)]
        for place in np.flatnonzero(is_law).tolist():
            for words, side in zip(parted(texts[place]), (named, left_out), strict=True):
                side[code_of[place]] |= _own(words_of(words)) & self._vocabulary.keys()
        return named, [out - within for out, within in zip(left_out, named, strict=True)]

    def _matrix(self, sets: Sequence[Iterable[str]]) -> sparse.csr_matrix:
        """Which known words each set has, `(len(sets), n_words)`."""
        places = [sorted(self._vocabulary[word] for word in words if word in self._vocabulary) for words in sets]
        indptr = np.cumsum([0, *map(len, places)])
        indices = np.asarray([place for several in places for place in several], np.int32)
        shape = (len(sets), len(self._vocabulary))
        return sparse.csr_matrix((np.ones(len(indices), np.float32), indices, indptr), shape=shape)


def _own(words: Iterable[str]) -> set[str]:
    return set(words) - LITTLE_WORDS


def _union(sets: Sequence[set[str]], groups: npt.NDArray[Any], size: int) -> list[set[str]]:
    joined: list[set[str]] = [set() for _ in range(size)]
    for words, group in zip(sets, groups, strict=True):
        joined[group] |= words
    return joined


def _wording(
    texts: Sequence[str], is_law: npt.NDArray[np.bool_], code_of: npt.NDArray[Any], named: Sequence[set[str]]
) -> tuple[Scores, Scores, Scores]:
    """Of each subheading: whether its law speaks of parts, whether it takes the rest, and the log of its words."""
    rest = np.zeros(len(named), np.float32)
    for place in np.flatnonzero(is_law).tolist():
        rest[code_of[place]] = max(rest[code_of[place]], float(takes_the_rest(texts[place])))
    of_parts = np.asarray([not _PARTS.isdisjoint(words) for words in named], np.float32)
    return of_parts, rest, np.asarray([np.log1p(len(words)) for words in named], np.float32)
