# SPDX-License-Identifier: Apache-2.0
"""How descriptions fit their headings, over a table: the same as `words.Vocabulary`, a lesson at a time.

Every different text under a heading is read once a lesson; its words are counted in arrays, one number a word, a heading,
and a word under a heading.
"""

from __future__ import annotations

from itertools import pairwise

import msgspec
import numpy as np
import polars as pl

from cocket.risk.facts import words_of
from cocket.risk.features.parts import Coded, code_of, combined
from cocket.risk.features.segments import Flags, Floats, Ints, group
from cocket.risk.features.words import MOST_FIT, lift_of, share_of, vote_of

#: What votes and gains are compared by: one over nine decimals.
_COMPARED = 1e9


def readings(
    description: pl.Series | None, heading: Coded, lesson: Ints, needed: int, bits: int
) -> tuple[Floats, Floats, Floats, Floats, Ints]:
    """Fit, least fit, share of unknown words, and gain of each row by the lessons before its own; NaN where unknown. Last the
    code of the heading that its words mean, -1 where that is its own or unknown.

    Args:
        description: Goods in words `(n,)`; None if no row states them.
        heading: Heading of each row.
        lesson: Number of the lesson of each row `(n,)`, never falling.
        needed: Times a word must have been read to be known.
        bits: As `bits_of` gives.
    """
    if description is None or not len(lesson):
        nothing = np.full(len(lesson), np.nan)
        return nothing, nothing.copy(), nothing.copy(), nothing.copy(), np.full(len(lesson), -1)
    texts, words = _split(code_of(description))
    pairs = group(combined({"text": texts, "heading": heading}, ("text", "heading")), bits)
    sorted_lesson = lesson[pairs.places]
    anew = pairs.first.copy()
    anew[1:] |= sorted_lesson[1:] != sorted_lesson[:-1]
    which, times = np.cumsum(anew) - 1, np.diff(np.append(np.flatnonzero(anew), len(anew)))
    row = pairs.places[anew]
    stated = pairs.keys[anew] >= 0
    # headings in the order of their names, so that the first of equals is the lowest
    order = np.argsort(np.array(heading.values, dtype=np.str_), kind="stable")
    rank = np.r_[np.argsort(order), -1].astype(np.int64)
    read = _Read(np.where(stated, texts.codes[row], -1), rank[heading.codes[row]], times, sorted_lesson[anew])
    *figures, meant = _by_lesson(read, words, len(heading.values), needed)
    fit, least, unknown, gain = (pairs.back(figure[which]) for figure in figures)
    back = np.r_[order, -1].astype(np.int64)
    codes = np.empty(len(lesson), dtype=np.int64)
    codes[pairs.places] = np.where(pairs.keys < 0, -1, back[meant.astype(np.int64)][which])
    return fit, least, unknown, gain, codes


class _Words(msgspec.Struct, frozen=True):
    """Words of texts, those of text 0 first: `words[start[i] : start[i] + length[i]]` are those of text `i`."""

    words: Ints
    start: Ints
    length: Ints

    def of(self, texts: Ints) -> tuple[Ints, Ints]:
        """Words of some texts, one after the other, and where those of each begin."""
        length = self.length[texts]
        begin = np.cumsum(length) - length
        return self.words[np.repeat(self.start[texts] - begin, length) + np.arange(int(length.sum()))], begin


class _Read(msgspec.Struct, frozen=True):
    """What is read: a text (-1 for none) under a heading, so many times, in a lesson."""

    text: Ints
    heading: Ints
    times: Ints
    lesson: Ints

    def take(self, places: Ints) -> _Read:
        return _Read(self.text[places], self.heading[places], self.times[places], self.lesson[places])


def _split(texts: Coded) -> tuple[Coded, _Words]:
    """Texts by what words they have, so that those of the same words read alike; a text without words is none."""
    numbers: dict[tuple[str, ...], int] = {}
    spoken = [words_of(value) for value in texts.values]
    table = [numbers.setdefault(words, len(numbers)) if words else -1 for words in spoken]
    word_numbers: dict[str, int] = {}
    flat = [word_numbers.setdefault(word, len(word_numbers)) for words in numbers for word in words]
    length = np.array([len(words) for words in numbers], dtype=np.int64)
    same = Coded(np.array([*table, -1], dtype=np.int64)[texts.codes], [" ".join(words) for words in numbers])
    return same, _Words(np.array(flat, dtype=np.int64), np.cumsum(length) - length, length)


def _by_lesson(read: _Read, words: _Words, headings: int, needed: int) -> tuple[Floats, ...]:
    """What `Vocabulary.fit` gives of each that is read, taken into use at the end of its lesson."""
    results = (*(np.full(len(read.text), np.nan) for _ in range(4)), np.full(len(read.text), -1.0))
    order = np.flatnonzero(read.text >= 0)
    order = order[np.argsort(read.lesson[order], kind="stable")]
    edges = [0, *(np.flatnonzero(np.diff(read.lesson[order])) + 1).tolist(), len(order)]
    counts = _Counts(int(words.words.max(initial=-1)) + 1, headings)
    for start, end in pairwise(edges):
        places = order[start:end]
        now = read.take(places)
        spoken, begin = words.of(now.text)
        length = words.length[now.text]
        under = np.repeat(now.heading, length)
        lift, known = counts.fit(spoken, under, needed)
        told = _summed(lift, known, begin)
        meant = counts.meant(_Spoken(spoken, known, np.repeat(np.arange(len(places)), length), now.heading), told[0])
        for result, values in zip(results, (*told, *meant), strict=True):
            result[places] = values
        counts.read(spoken, under, np.repeat(now.times, length))
    return results


class _Spoken(msgspec.Struct, frozen=True):
    """Words of some texts one after the other, which of them are known, the text each is of, and the texts' headings."""

    words: Ints
    known: Flags
    text: Ints
    heading: Ints


def _summed(fits: Floats, known: Flags, begin: Ints) -> tuple[Floats, Floats, Floats]:
    """Mean and least of what is known of each text, and the share of what is not; the words of each begin at `begin`."""
    if not len(begin):
        return np.empty(0), np.empty(0), np.empty(0)
    length = np.diff(np.append(begin, len(fits)))
    count = np.add.reduceat(known, begin, dtype=np.int64)
    least = np.minimum.reduceat(np.where(known, fits, np.inf), begin)
    total = np.add.reduceat(np.where(known, fits, 0.0), begin)
    none = count == 0
    return np.where(none, np.nan, total / count), np.where(none, np.nan, least), (length - count) / length


class _Counts:
    """Times that words were read, by word, heading and both.

    Args:
        words: Different words (count); `headings` likewise.
        headings: See `words`.
    """

    def __init__(self, words: int, headings: int) -> None:
        self._words = np.zeros(words, dtype=np.int64)
        self._headings = np.zeros(headings, dtype=np.int64)
        self._both = np.empty(0, dtype=np.int64)
        self._together = np.empty(0, dtype=np.int64)
        #: Times each word stands under the heading where it stands most, and that heading, the lowest of equals.
        self._most = np.zeros(words, dtype=np.int64)
        self._top = np.zeros(words, dtype=np.int64)

    def fit(self, words: Ints, headings: Ints, needed: int) -> tuple[Floats, Flags]:
        """How each word fits the heading beside it, ln, and whether the word is known."""
        return self._fits(words, headings), self._words[words] >= needed

    def meant(self, spoken: _Spoken, fit: Floats) -> tuple[Floats, Floats]:
        """How much better the words of each text fit the heading they mean, and that heading; -1 where it is its own."""
        size = len(fit)
        gain, meant = np.where(np.isnan(fit), np.nan, 0.0), np.full(size, -1.0)
        words, text = spoken.words[spoken.known], spoken.text[spoken.known]
        if not len(words):
            return gain, meant
        top = self._top[words]
        vote = vote_of(self._fits(words, top), self._most[words], self._words[words])
        pairs, number = np.unique(text * len(self._headings) + top, return_inverse=True)
        votes = np.rint(np.bincount(number, vote) * _COMPARED)
        owner, heading = pairs // len(self._headings), pairs % len(self._headings)
        order = np.lexsort((heading, -votes, owner))
        first = order[np.r_[True, np.diff(owner[order]) != 0]]
        best = np.full(size, -1, dtype=np.int64)
        best[owner[first]] = heading[first]
        others = best != spoken.heading
        is_asked = others[text]
        words, text = words[is_asked], text[is_asked]
        count = np.bincount(text, minlength=size)
        total = np.bincount(text, self._fits(words, best[text]), size)
        more = np.divide(total, count, out=np.zeros(size), where=count > 0) - fit
        is_other = (count > 0) & (np.rint(more * _COMPARED) > 0.0)
        gain[is_other], meant[is_other] = more[is_other], best[is_other]
        return gain, meant

    def _fits(self, words: Ints, headings: Ints) -> Floats:
        share = share_of(self._headings, self._headings.sum())[headings]
        fits = np.log(lift_of(self._times(self._both_of(words, headings)), self._words[words], share))
        clipped: Floats = np.clip(fits, -MOST_FIT, MOST_FIT)
        return clipped

    def read(self, words: Ints, headings: Ints, times: Ints) -> None:
        """Take into use words that were read under the headings beside them, so many times."""
        self._words += _sums(words, times, len(self._words))
        self._headings += _sums(headings, times, len(self._headings))
        both, place = np.unique(np.concatenate([self._both, self._both_of(words, headings)]), return_inverse=True)
        self._together = _sums(place, np.concatenate([self._together, times]), len(both))
        self._both = both
        if len(both):
            word = both // len(self._headings)
            starts = np.flatnonzero(np.r_[True, np.diff(word) != 0])
            most = np.maximum.reduceat(self._together, starts)
            sizes = np.diff(np.r_[starts, len(both)])
            is_top = np.flatnonzero(self._together == np.repeat(most, sizes))[::-1]
            self._most[word[starts]] = most
            self._top[word[is_top]] = both[is_top] % len(self._headings)  # the first of equals is set last

    def _both_of(self, words: Ints, headings: Ints) -> Ints:
        return words * len(self._headings) + headings

    def _times(self, both: Ints) -> Ints:
        if not len(self._both):
            return np.zeros(len(both), dtype=np.int64)
        place = np.minimum(np.searchsorted(self._both, both), len(self._both) - 1)
        return np.where(self._both[place] == both, self._together[place], 0)


def _sums(places: Ints, values: Ints, size: int) -> Ints:
    return np.bincount(places, values, size).astype(np.int64)
