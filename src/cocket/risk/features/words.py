# SPDX-License-Identifier: Apache-2.0
"""Which words belong to which heading, learnt lesson by lesson: a word counts from the lesson after it was read."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator
from typing import Any

import msgspec

from cocket.risk.facts import words_of
from cocket.risk.keyed import Form, Held, Keyed, Tables, taking_over

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


#: How they are written down: what is known of a word stands together.
_WORD = Form("wo", str, int, group="w")
_TOP = Form("to", str, tuple[int, str], group="w")
_PAIR = Form("pa", str, int, beside=True, group="w")
_WAITING = Form("wa", tuple[str, str], int)


class Vocabulary:
    """Words by heading; what is `read` is not known before the next `lesson`.

    Args:
        needed: Times a word must have been read to be known.
        tables: What it keeps its tables in; None keeps all in memory.
    """

    def __init__(self, needed: int, tables: Tables | None = None) -> None:
        self._needed = needed
        tables = tables or Tables()
        self._words: Keyed[str, int] = tables.table(_WORD)
        #: Heading and word → times it was read under it.
        self._pairs: Keyed[tuple[str, str], int] = tables.table(_PAIR)
        self._headings: dict[str, int] = {}
        self._all = 0
        self._waiting: Keyed[tuple[str, str], int] = tables.table(_WAITING)
        #: Word → times it stands under the heading where it stands most, and that heading, the lowest of equals.
        self._tops: Keyed[str, tuple[int, str]] = tables.table(_TOP)
        self._most_texts = min(_KNOWN_TEXTS, tables.most) if tables.store else _KNOWN_TEXTS
        self._readings: dict[tuple[str, str], Reading] = {}
        self._split: dict[str, tuple[str, ...]] = {}

    def read(self, text: str, heading: str, times: int = 1) -> None:
        """Take note of a text under a heading."""
        self._waiting[text, heading] = (self._waiting.get((text, heading)) or 0) + times

    def lesson(self) -> None:
        """Take into use what was read since the last lesson."""
        read = list(self._waiting.items())
        for (text, heading), times in read:
            for word in self._words_of(text):
                self._words[word] = (self._words.get(word) or 0) + times
                together = self._pairs[heading, word] = (self._pairs.get((heading, word)) or 0) + times
                self._rank(word, heading, together)
                self._headings[heading] = self._headings.get(heading, 0) + times
                self._all += times
        for waited, _ in read:
            self._waiting.pop(waited, 0)
        self._readings.clear()

    def fit(self, text: str, heading: str) -> Reading:
        """How the words of a text fit a heading, by the lessons so far."""
        key = (text, heading)
        reading = self._readings.get(key)
        if reading is None:
            reading = self._fit(self._words_of(text), heading)
            if len(self._readings) < self._most_texts:
                self._readings[key] = reading
        return reading

    def snapshot(self) -> bytes:
        """All that was read as MessagePack bytes; `restore` gives an equal one."""
        pairs = {(word, heading): times for (heading, word), times in self._pairs.items()}
        words, waiting = dict(self._words.items()), dict(self._waiting.items())
        return msgspec.msgpack.encode(_State(words, pairs, self._headings, self._all, waiting))

    @classmethod
    def restore(cls, data: bytes, needed: int) -> Vocabulary:
        """The vocabulary of a snapshot; `needed` as of the class.

        Raises:
            msgspec.MsgspecError: It is none.
        """
        made, state = cls(needed), msgspec.msgpack.decode(data, type=_State)
        made._words, made._headings = Held.of(state.words), state.headings
        made._all, made._waiting = state.all, Held.of(state.waiting)
        for (word, heading), times in state.pairs.items():
            made._pairs[heading, word] = times
            made._rank(word, heading, times)
        return made

    @property
    def headings(self) -> dict[str, int]:
        """Words read under each heading (count)."""
        return self._headings

    @property
    def read_words(self) -> int:
        """Words read (count)."""
        return self._all

    def go_on(self, headings: dict[str, int], read_words: int) -> None:
        """Go on from tables that the store has, and what was held beside them."""
        self._headings, self._all = dict(headings), read_words

    def take_over(self, other: Vocabulary) -> Iterator[None]:
        """Take over all tables from a vocabulary that is all in memory; yields after each value."""
        yield from taking_over(self._words, other._words)
        yield from taking_over(self._pairs, other._pairs)
        yield from taking_over(self._waiting, other._waiting)
        yield from taking_over(self._tops, other._tops)

    def _rank(self, word: str, heading: str, times: int) -> None:
        most, top = self._tops.get(word) or (0, "")
        if times > most or (times == most and heading < top):
            self._tops[word] = times, heading

    def _words_of(self, text: str) -> tuple[str, ...]:
        words = self._split.get(text)
        if words is None:
            words = words_of(text)
            if len(self._split) < self._most_texts:
                self._split[text] = words
        return words

    def _fit(self, words: Iterable[str], heading: str) -> Reading:
        several = tuple(words)
        known = [word for word in several if (self._words.get(word) or 0) >= self._needed]
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
        share = share_of(self._headings.get(heading, 0), self._all)
        lift = lift_of(self._pairs.get((heading, word)) or 0, self._words.get(word) or 0, share)
        return max(-MOST_FIT, min(MOST_FIT, math.log(lift)))

    def _meant(self, words: Iterable[str]) -> str:
        """The heading that words mean: each speaks for that under which it stands most."""
        votes: dict[str, float] = {}
        for word in words:
            times, heading = self._tops.get(word) or (0, "")
            vote = vote_of(self._fit_of(word, heading), times, self._words.get(word) or 0)
            votes[heading] = votes.get(heading, 0.0) + vote
        return min(votes, key=lambda one: (-round(votes[one], _DECIMALS), one))
