# SPDX-License-Identifier: Apache-2.0
"""The shortlist: which of very many listed names could be meant, by pieces that they share.

A piece is three neighbouring letters of a word's sound, or of its consonants. Rare pieces count more, and a query is
looked up by its rarest pieces only, so that its cost does not grow with the words that every name has.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Final

import numpy as np
import numpy.typing as npt
from rapidfuzz.distance import OSA

from cocket.screening.spelling import FORMS, PARTICLES, SHARED, TRADES, Spelling, Word

if TYPE_CHECKING:
    from scipy import sparse

#: Most listed names that the pieces of one query may touch in all, and fewest pieces looked up whatever they touch.
_MOST_TOUCHED: Final = 16_000
_FEWEST_PIECES: Final = 8
_CONSONANT_PIECE: Final = 4

#: A word that no listed name has, of so few letters, may be a form of business mistyped.
_LONGEST_FORM: Final = 4
_LONG_FORMS: Final = tuple(sorted(form for form in FORMS if len(form) > 2))

#: Words of so few letters also have as pieces what is left when any one letter goes, for one slip spoils most threes.
_SHORT: Final = 8


def pieces(words: Sequence[Word]) -> Iterator[str]:
    """The pieces of a name's own words, or of all of them if it has none; with repeats (0..n)."""
    own = [word for word in words if word.text not in SHARED]
    for word in own or words:
        if not word.is_abjad:
            yield from _threes(word.sound)
            if len(word.sound) <= _SHORT:
                yield from (f"-{word.sound[:place]}{word.sound[place + 1 :]}" for place in range(len(word.sound)))
                yield f"-{word.sound}"
        if len(word.consonants) > 1:
            yield f"#{word.consonants}"
            if len(word.consonants) >= _CONSONANT_PIECE:
                yield from (f"#{piece}" for piece in _threes(word.consonants))


def _threes(text: str) -> Iterator[str]:
    bounded = f"^{text}$"
    yield from (bounded[place : place + 3] for place in range(len(bounded) - 2))


class NameIndex:
    """Names that can be looked up by their pieces.

    Args:
        spellings: The listed names (1..n); their places are what look-ups give.
        owners: Whose name each is, for an entry of many aliases makes no word common; None where each is of its own.
    """

    def __init__(self, spellings: Sequence[Spelling], owners: Sequence[int] | None = None) -> None:
        from scipy import sparse  # large, and most roles of a house screen nobody

        self._vocabulary: dict[str, int] = {}
        self.size = len(spellings)
        rows, columns = self._count(spellings)
        counts = np.bincount(columns, minlength=len(self._vocabulary))
        self._counts = counts
        self._rarity = np.log1p(self.size / np.maximum(counts, 1)).astype(np.float32)
        weights = self._rarity[columns]
        lengths = np.sqrt(np.bincount(rows, weights=weights.astype(np.float64) ** 2, minlength=self.size))
        data = weights / np.maximum(lengths, 1e-9)[rows]
        shape = (len(self._vocabulary), self.size)
        self._names = sparse.csr_matrix((data.astype(np.float32), (columns, rows)), shape=shape)
        self._words = _word_counts(spellings, owners if owners is not None else range(len(spellings)))

    def rarity_of(self, word: Word) -> float:
        """How much a word tells of who is meant, 0.1 (it parts no names) to 1 (no name has it)."""
        if word.text in FORMS:
            return 0.1
        if word.text in PARTICLES:
            return 0.25
        known = self._words.get(word.sound, 0)
        if not known and len(word.text) <= _LONGEST_FORM and _is_nearly_form(word.text):
            return 0.2
        weight = max(0.6, 1.0 - 0.4 * float(np.log1p(known) / np.log1p(max(self.size, 1_000) / 10)))
        return 0.4 * weight if word.text in TRADES else weight

    def shortlist(self, queries: Sequence[Spelling], most: int) -> list[npt.NDArray[np.int64]]:
        """Places of the listed names that share most with each query, best first (0..most each)."""
        from scipy import sparse

        indptr, indices, data = [0], [], []
        for query in queries:
            chosen = self._rarest(query)
            indices += chosen
            data += [self._rarity[piece] for piece in chosen]
            indptr.append(len(indices))
        shape = (len(queries), len(self._vocabulary))
        matrix = sparse.csr_matrix((np.asarray(data, np.float32), indices, indptr), shape=shape)
        return [_best(row, most) for row in _rows(matrix @ self._names)]

    def _rarest(self, query: Spelling) -> list[int]:
        """The query's known pieces, the rarest first, until they touch enough names."""
        words = (*query.words, *query.seen)
        known = {self._vocabulary[piece] for piece in pieces(words) if piece in self._vocabulary}
        ordered = sorted(known, key=lambda piece: (self._counts[piece], piece))
        touched = 0
        chosen: list[int] = []
        for piece in ordered:
            touched += int(self._counts[piece])
            if touched > _MOST_TOUCHED and len(chosen) >= _FEWEST_PIECES:
                break
            chosen.append(piece)
        return chosen

    def _count(self, spellings: Sequence[Spelling]) -> tuple[npt.NDArray[np.int32], npt.NDArray[np.int32]]:
        rows: list[int] = []
        columns: list[int] = []
        for place, spelling in enumerate(spellings):
            for piece in set(pieces(spelling.words)):
                columns.append(self._vocabulary.setdefault(piece, len(self._vocabulary)))
                rows.append(place)
        return np.asarray(rows, np.int32), np.asarray(columns, np.int32)


def _is_nearly_form(text: str) -> bool:
    return any(abs(len(form) - len(text)) < 2 and OSA.distance(text, form, score_cutoff=1) < 2 for form in _LONG_FORMS)


def _word_counts(spellings: Sequence[Spelling], owners: Sequence[int]) -> dict[str, int]:
    """Of how many entries the names have each word, by its sound."""
    had: dict[str, set[int]] = {}
    for spelling, owner in zip(spellings, owners, strict=True):
        for word in spelling.words:
            had.setdefault(word.sound, set()).add(owner)
    return {sound: len(several) for sound, several in had.items()}


def _rows(matrix: sparse.csr_matrix) -> Iterator[tuple[npt.NDArray[np.int32], npt.NDArray[np.float32]]]:
    for start, end in zip(matrix.indptr[:-1], matrix.indptr[1:], strict=True):
        yield matrix.indices[start:end], matrix.data[start:end]


def _best(row: tuple[npt.NDArray[np.int32], npt.NDArray[np.float32]], most: int) -> npt.NDArray[np.int64]:
    places, weights = row
    if len(places) > most:
        kept = np.argpartition(weights, -most)[-most:]
        places, weights = places[kept], weights[kept]
    return np.asarray(places[np.lexsort((places, -weights))], np.int64)
