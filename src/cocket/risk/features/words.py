# SPDX-License-Identifier: Apache-2.0
"""Which words belong to which heading, learnt lesson by lesson: a word counts from the lesson after it was read."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterable
from typing import Any

import msgspec

from cocket.risk.facts import words_of

#: What one reading is never taken to exceed, ln: a word either way.
MOST_FIT = 6.0

_BELIEF = 1.0
_WORDS = 1000.0

#: Decimals that are compared: sums of the same in another order are equal.
_DECIMALS = 9

#: Words of a text that may be kept: enough for every trade, few enough for a small machine.
_KNOWN_TEXTS = 200_000


class Reading(msgspec.Struct, frozen=True):
    """How the words of a text fit its heading; NaN where none of them is known.

    Attributes:
        fit: Mean of ln(share of a word in the heading over the heading's share of all words).
        least_fit: The least of them.
        unknown: Share of the words that are not known (0–1); NaN of a text without words.
        gain: How much better the words fit the heading they mean (0 and more); 0 where that is its own.
        meant: The heading that the words mean, where it is another one; None otherwise.
    """

    fit: float
    least_fit: float
    unknown: float
    gain: float = math.nan
    meant: str | None = None


NOTHING = Reading(math.nan, math.nan, math.nan)


def share_of(heading: Any, all_words: Any) -> Any:
    """A heading's share of all words read, smoothed; of counts, one or arrays of them.

    Args:
        heading: Words read under it (count).
        all_words: Words read (count).
    """
    return (heading + _BELIEF) / (all_words + _WORDS * _BELIEF)


def lift_of(together: Any, word: Any, share: Any) -> Any:
    """How much oftener a word stands under a heading than words do; of counts, one or arrays of them.

    Args:
        together: Times it was read under the heading (count).
        word: Times it was read (count).
        share: The heading's, as `share_of` gives it.

    Source: Church and Hanks, Word association norms, mutual information and lexicography, ACL 1989; smoothed towards
    the heading's share of all words.
    """
    return (together + _BELIEF * share) / (word + _BELIEF) / share


def vote_of(lift: Any, top: Any, word: Any) -> Any:
    """What a word says for the heading under which it stands most; of ln lifts and counts, one or arrays of them.

    Args:
        lift: How much oftener it stands there than words do (ln).
        top: Times it was read there (count).
        word: Times it was read (count).
    """
    return lift * top / word


class _State(msgspec.Struct, array_like=True):
    words: dict[str, int]
    pairs: dict[tuple[str, str], int]
    headings: dict[str, int]
    all: int
    waiting: dict[tuple[str, str], int]


class Vocabulary:
    """Words by heading; what is `read` is not known before the next `lesson`.

    Args:
        needed: Times a word must have been read to be known.
    """

    def __init__(self, needed: int) -> None:
        self._needed = needed
        self._words: Counter[str] = Counter()
        self._pairs: Counter[tuple[str, str]] = Counter()
        self._headings: Counter[str] = Counter()
        self._all = 0
        self._waiting: Counter[tuple[str, str]] = Counter()
        #: Word → times it stands under the heading where it stands most, and that heading, the lowest of equals.
        self._tops: dict[str, tuple[int, str]] = {}
        self._readings: dict[tuple[str, str], Reading] = {}
        self._split: dict[str, tuple[str, ...]] = {}

    def read(self, text: str, heading: str, times: int = 1) -> None:
        """Take note of a text under a heading."""
        self._waiting[text, heading] += times

    def lesson(self) -> None:
        """Take into use what was read since the last lesson."""
        for (text, heading), times in self._waiting.items():
            for word in self._words_of(text):
                self._words[word] += times
                self._pairs[word, heading] += times
                self._rank(word, heading)
                self._headings[heading] += times
                self._all += times
        self._waiting.clear()
        self._readings.clear()

    def fit(self, text: str, heading: str) -> Reading:
        """How the words of a text fit a heading, by the lessons so far."""
        key = (text, heading)
        reading = self._readings.get(key)
        if reading is None:
            reading = self._fit(self._words_of(text), heading)
            if len(self._readings) < _KNOWN_TEXTS:
                self._readings[key] = reading
        return reading

    def snapshot(self) -> bytes:
        """All that was read as MessagePack bytes; `restore` gives an equal one."""
        return msgspec.msgpack.encode(_State(self._words, self._pairs, self._headings, self._all, self._waiting))

    @classmethod
    def restore(cls, data: bytes, needed: int) -> Vocabulary:
        """The vocabulary of a snapshot; `needed` as of the class.

        Raises:
            msgspec.MsgspecError: It is none.
        """
        made, state = cls(needed), msgspec.msgpack.decode(data, type=_State)
        made._words, made._pairs, made._headings = Counter(state.words), Counter(state.pairs), Counter(state.headings)
        made._all, made._waiting = state.all, Counter(state.waiting)
        for word, heading in made._pairs:
            made._rank(word, heading)
        return made

    def _rank(self, word: str, heading: str) -> None:
        times, (most, top) = self._pairs[word, heading], self._tops.get(word, (0, ""))
        if times > most or (times == most and heading < top):
            self._tops[word] = times, heading

    def _words_of(self, text: str) -> tuple[str, ...]:
        words = self._split.get(text)
        if words is None:
            words = words_of(text)
            if len(self._split) < _KNOWN_TEXTS:
                self._split[text] = words
        return words

    def _fit(self, words: Iterable[str], heading: str) -> Reading:
        several = tuple(words)
        known = [word for word in several if self._words[word] >= self._needed]
        unknown = len(several) - len(known)
        if not known:
            return Reading(math.nan, math.nan, 1.0) if unknown else NOTHING
        fits = [self._fit_of(word, heading) for word in known]
        fit, gain, meant = sum(fits) / len(fits), 0.0, self._meant(known)
        if meant != heading:
            gain = sum(self._fit_of(word, meant) for word in known) / len(known) - fit
        is_other = round(gain, _DECIMALS) > 0.0
        return Reading(fit, min(fits), unknown / len(several), gain if is_other else 0.0, meant if is_other else None)

    def _fit_of(self, word: str, heading: str) -> float:
        share = share_of(self._headings[heading], self._all)
        lift = lift_of(self._pairs[word, heading], self._words[word], share)
        return max(-MOST_FIT, min(MOST_FIT, math.log(lift)))

    def _meant(self, words: Iterable[str]) -> str:
        """The heading that words mean: each speaks for that under which it stands most."""
        votes: dict[str, float] = {}
        for word in words:
            times, heading = self._tops[word]
            vote = vote_of(self._fit_of(word, heading), times, self._words[word])
            votes[heading] = votes.get(heading, 0.0) + vote
        return min(votes, key=lambda one: (-round(votes[one], _DECIMALS), one))
