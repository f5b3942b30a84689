# SPDX-License-Identifier: Apache-2.0
"""What speaks for each subheading that a description may belong to, as numbers that can be weighed.

Likeness to single examples and to the middle of a subheading's examples; how much of the description its texts and those
of its heading cover; how the law words it; how often trade has it. A shortlist is made by plain votes, and for each
subheading on it every ground is told.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Final

import numpy as np
import numpy.typing as npt
from scipy import sparse

from cocket.risk.classify.covering import Covering
from cocket.risk.classify.features import unit

Scores = npt.NDArray[np.float32]

_NEIGHBOURS: Final = 30

#: Subheadings on the shortlist by votes, and beside them those that trade has most often.
_BY_VOTES: Final = 48
_BY_TRADE: Final = 16

#: Share that the middles of subheadings have in the vote by words, beside the nearest examples; and the power of likeness.
_MIDDLES: Final = 0.4
_BY_MIDDLE: Final = 4.0

#: Powers of likeness with which neighbours vote, by words and by meaning; and with which all of trade's examples do.
_BY_WORDS: Final = 3.0
_BY_MEANING: Final = 10.0
_WIDE_BY_WORDS: Final = 2.0
_WIDE_BY_MEANING: Final = 6.0

#: How much a subheading gains by all votes for its heading and its chapter.
_HEADING_GAIN: Final = 3.0
_CHAPTER_GAIN: Final = 1.0

#: Shares of the three votes where an encoder is at hand: words, nearest examples by meaning, middles by meaning.
_SHARES: Final = (0.4, 0.1, 0.5)
_SHARPNESS: Final = 30.0

#: What keeps the straight lines through meanings from following single examples.
_CALM: Final = 0.5

#: What stands for no vote at all where votes are told as logarithms, of a subheading and of a group.
_NO_VOTE: Final = 1e-3
_NO_GROUP_VOTE: Final = 1e-2
_UNLIKE: Final = -0.2

#: Grounds that words give, and those that meaning adds.
_BY_WORDS_ALONE: Final = 23
_AND_BY_MEANING: Final = 14


@dataclass(frozen=True)
class Phrases:
    """Phrases as they are compared.

    Attributes:
        parts: Words of each (n).
        words: Vectors by words, `(n, 2 * WIDTH)`.
        meanings: Vectors by meaning, `(n, size of the encoder)`; None without an encoder.
    """

    parts: tuple[tuple[str, ...], ...]
    words: sparse.csr_matrix
    meanings: Any = None

    def at(self, places: npt.NDArray[Any]) -> Phrases:
        """The phrases at these places."""
        meanings = None if self.meanings is None else self.meanings[places]
        return Phrases(tuple(self.parts[place] for place in places), self.words[places], meanings)


@dataclass(frozen=True)
class Votes:
    """What is shared by all grounds of some descriptions.

    Attributes:
        near: Likeness to each example by words, `(n, n_examples)`.
        by_examples: Votes of the nearest examples by words, `(n, n_codes)`.
        by_middles: Likeness to the middle of each subheading by words, `(n, n_codes)`.
        alike: Likeness to each example by meaning, `(n, n_examples)`; None without an encoder.
        told: Likeness to the middle of each subheading by meaning, `(n, n_codes)`; None without an encoder.
        shares: Shares of all votes, `(n, n_codes)`, each row 1 or, where nothing is known, 0.
    """

    near: sparse.csr_matrix
    by_examples: Scores
    by_middles: Scores
    alike: Any
    told: Any
    shares: Scores


class Grounds:
    """Examples made ready to be held against descriptions.

    Args:
        phrases: The examples (1..n).
        texts: The same as they were given.
        hs6: Six digits of each.
        is_law: Whether each is the nomenclature's own text.

    Attributes:
        codes: The subheadings, in order, `(n_codes,)`.
        code_of: Place of each example's subheading, `(n_examples,)`.
    """

    def __init__(
        self, phrases: Phrases, texts: Sequence[str], hs6: Sequence[str], is_law: npt.NDArray[np.bool_]
    ) -> None:
        self.codes, self.code_of = np.unique(hs6, return_inverse=True)
        self._headings, self._chapters = (
            np.unique([code[:size] for code in self.codes], return_inverse=True)[1] for size in (4, 2)
        )
        self._phrases, self._texts, self._is_law = phrases, texts, is_law
        everyone = np.arange(len(hs6))
        self._belongs = sparse.csr_matrix((np.ones(len(hs6), np.float32), (self.code_of, everyone)))
        self._middles = unit((self._belongs @ phrases.words).tocsr())
        self._meanings: Any = None
        if phrases.meanings is not None:
            middles = self._belongs @ phrases.meanings
            self._meanings = middles / np.maximum(np.linalg.norm(middles, axis=1, keepdims=True), 1e-9)

    def votes(self, asked: Phrases) -> Votes:
        """Votes for each subheading, by fixed rules."""
        near = (asked.words @ self._phrases.words.T).tocsr()
        by_examples = np.vstack([self._vote(near.indices[a:b], near.data[a:b], _BY_WORDS) for a, b in _bounds(near)])
        by_middles = np.asarray((asked.words @ self._middles.T).todense())
        powered = by_middles ** np.float32(_BY_MIDDLE)
        scores = _shares((1 - _MIDDLES) * _shares(by_examples) + _MIDDLES * _shares(powered))
        alike = told = None
        if asked.meanings is not None and self._meanings is not None:
            alike, told = asked.meanings @ self._phrases.meanings.T, asked.meanings @ self._meanings.T
            everyone = np.arange(alike.shape[1])
            neighbours = np.vstack([self._vote(everyone, row, _BY_MEANING) for row in alike])
            by_words, by_neighbours, by_told = _SHARES
            scores = by_words * scores + by_neighbours * _shares(neighbours) + by_told * _shares(_sharp(told))
        for groups, gain in ((self._headings, _HEADING_GAIN), (self._chapters, _CHAPTER_GAIN)):
            scores = _shares(scores * (1 + gain * _sums(scores, groups)[:, groups]))
        return Votes(near, by_examples, by_middles, alike, told, scores)

    def shortlist(self, votes: Votes) -> npt.NDArray[np.int64]:
        """Places of subheadings worth weighing, `(n, n_listed)`, in no order."""
        trade = np.bincount(self.code_of[~self._is_law], minlength=len(self.codes))
        often = np.argsort(-trade, kind="stable")[: min(_BY_TRADE, int((trade > 0).sum()))]
        most = min(_BY_VOTES, len(self.codes) - len(often))
        rest = votes.shares + np.float32(1e-6) * votes.by_middles
        rest[:, often] = -1
        chosen = np.argsort(-rest, axis=1, kind="stable")[:, :most]
        return np.hstack([chosen, np.tile(often, (len(rest), 1))]).astype(np.int64)

    def of(self, asked: Phrases, votes: Votes, listed: npt.NDArray[np.int64]) -> Scores:
        """Every ground of every subheading on the shortlist, `(n, n_listed, n_grounds)`.

        Each stands twice, the second time by how far the description is in the law's own words: what may be trusted of
        “screws, of steel” is another thing than of “rimmel thrllskr extr mscr”.
        """
        rows = np.arange(len(listed))[:, None]
        told: list[Scores] = []

        def tell(scores: Scores) -> None:
            told.append(np.asarray(scores[rows, listed], np.float32))

        def tell_votes(scores: Scores) -> None:
            shared = _shares(scores)
            tell(np.log(shared + np.float32(_NO_VOTE)))
            for groups in (self._headings, self._chapters):
                tell(np.log(_sums(shared, groups) + np.float32(_NO_GROUP_VOTE))[:, groups])

        tell_votes(votes.by_examples)
        tell_votes(votes.by_middles ** np.float32(_BY_MIDDLE))
        tell(votes.by_middles)
        trade = self._trade
        tell_votes(np.asarray((votes.near[:, trade].power(_WIDE_BY_WORDS) @ self._belongs[:, trade].T).todense()))
        for ground in self._covering.of(asked.parts):
            tell(ground)
        told += [usual[listed] for usual in self._usual]
        if votes.alike is not None:
            self._tell_meanings(asked, votes, tell, tell_votes)
        values = np.stack(told, axis=2)
        plain = self._covering.in_words_of_law(asked.parts)[:, None, None]
        return np.concatenate((values, plain * values), axis=2)

    def _tell_meanings(
        self, asked: Phrases, votes: Votes, tell: Callable[[Scores], None], tell_votes: Callable[[Scores], None]
    ) -> None:
        tell_votes(_sharp(votes.told))
        tell(votes.told)
        trade = self._trade
        wide = np.maximum(votes.alike[:, trade], 0) ** np.float32(_WIDE_BY_MEANING)
        tell_votes(np.asarray((self._belongs[:, trade] @ wide.T).T))
        of_trade = self._most(votes.alike, trade)
        of_law = self._most(votes.alike, np.flatnonzero(self._is_law))
        tell(of_trade)
        tell(np.maximum(of_trade, of_law))
        for nearest in (of_trade, of_law):
            best = np.full((len(nearest), int(self._headings.max()) + 1), _UNLIKE, np.float32)
            np.maximum.at(best.T, self._headings, nearest.T)
            tell(best[:, self._headings])
        for lines, groups in self._lines:
            tell((asked.meanings @ lines[:-1] + lines[-1])[:, groups])

    def _most(self, alike: Scores, places: npt.NDArray[Any]) -> Scores:
        """Likeness of the nearest of these examples in each subheading, `(n, n_codes)`."""
        most = np.full((len(alike), len(self.codes)), _UNLIKE, np.float32)
        np.maximum.at(most.T, self.code_of[places], alike[:, places].T)
        return most

    def _vote(self, places: npt.NDArray[Any], alike: npt.NDArray[Any], power: float) -> Scores:
        if len(alike) > _NEIGHBOURS:
            kept = np.argpartition(alike, -_NEIGHBOURS)[-_NEIGHBOURS:]
            places, alike = places[kept], alike[kept]
        votes = np.zeros(len(self.codes), np.float32)
        np.add.at(votes, self.code_of[places], np.maximum(alike, 0) ** power)
        return votes

    @property
    def size(self) -> int:
        """How many grounds are told of each subheading."""
        return 2 * (_BY_WORDS_ALONE if self._meanings is None else _BY_WORDS_ALONE + _AND_BY_MEANING)

    @cached_property
    def _trade(self) -> npt.NDArray[Any]:
        return np.flatnonzero(~self._is_law)

    @cached_property
    def _covering(self) -> Covering:
        levels = (np.arange(len(self.codes)), self._headings, self._chapters)
        return Covering(self._phrases.parts, self._texts, self._is_law, self.code_of, levels)

    @cached_property
    def _usual(self) -> list[Scores]:
        """How often trade has each subheading and heading, and how many subheadings share its heading; `(n_codes,)` each."""
        trade = np.bincount(self.code_of[self._trade], minlength=len(self.codes)).astype(np.float32)
        neighbours = np.bincount(self._headings).astype(np.float32)[self._headings]
        by_heading = np.bincount(self._headings, weights=trade)[self._headings].astype(np.float32)
        return [np.log1p(trade), (trade > 0).astype(np.float32), np.log1p(by_heading), np.log(neighbours)]

    @cached_property
    def _lines(self) -> list[tuple[Scores, npt.NDArray[Any]]]:
        """Least squares from meaning to subheading, heading and chapter: `(size of the encoder + 1, n_groups)` each."""
        meanings = self._phrases.meanings
        spread = np.hstack([meanings, np.ones((len(meanings), 1), np.float32)]).astype(np.float64)
        square = spread.T @ spread
        square[np.diag_indices(len(square))] += _CALM
        lines = []
        for groups in (np.arange(len(self.codes)), self._headings, self._chapters):
            own = groups[self.code_of]
            belongs = sparse.csr_matrix((np.ones(len(own)), (own, np.arange(len(own)))))
            lines.append((np.linalg.solve(square, (belongs @ spread).T).astype(np.float32), groups))
        return lines


def _sharp(told: Scores) -> Scores:
    sharp: Scores = np.exp((told - told.max(axis=1, keepdims=True)) * np.float32(_SHARPNESS))
    return sharp


def _sums(scores: Scores, groups: npt.NDArray[Any]) -> Scores:
    sums = np.zeros((len(scores), int(groups.max()) + 1), np.float32)
    np.add.at(sums.T, groups, scores.T)
    return sums


def _bounds(matrix: sparse.csr_matrix) -> list[tuple[int, int]]:
    return list(zip(matrix.indptr[:-1].tolist(), matrix.indptr[1:].tolist(), strict=True))


def _shares(votes: Scores) -> Scores:
    shares: Scores = votes / np.maximum(votes.sum(axis=1, keepdims=True), np.float32(1e-9))
    return shares
