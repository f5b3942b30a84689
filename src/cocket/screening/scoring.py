# SPDX-License-Identifier: Apache-2.0
"""How alike two names are, and why: words are paired, and each pair counts as much as its words tell.

The score is 0–1, higher is more alike. Every step that raised or lowered it leaves a reason.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import lru_cache
from itertools import pairwise
from typing import Final, Literal

import msgspec
from rapidfuzz.distance import OSA, JaroWinkler

from cocket.findings import Finding
from cocket.screening.spelling import FORMS, PARTICLES, SHARED, TRADES, Spelling, Word

#: Pairs of words less alike than this are no pair.
_PAIR: Final = 0.72

#: What words without a pair cost: the listed ones that the name lacks, and those that it has beyond, where only one of
#: the two names has any. Where both have, the names contradict each other, and all of it counts.
_MISSING: Final = 0.4
_BEYOND: Final = 0.85
_CONTRADICTION: Final = 1.25

#: A name that both lacks words and is spelt otherwise, or has but one word of its own in common, is off in two ways: then
#: the words alone cost so much more.
_NEARLY_EXACT: Final = 0.96
_TWICE_OFF: Final = 2.2
_FEWEST_OWN: Final = 2

#: What spelling by sound, by consonants, and by running words together is worth.
_BY_SOUND: Final = 0.97
_NEARLY_BY_SOUND: Final = 0.92
_MOST_LONGER: Final = 4
_FEW_SOUNDS: Final = 3
_BY_FEW_SOUNDS: Final = 0.88
_BY_CONSONANTS: Final = 0.93
_BY_TWO_CONSONANTS: Final = 0.8
_RUN_TOGETHER: Final = 0.99
_WEAK: Final = 0.87

#: Letters of a word for each edit that it may be off.
_LETTERS_AN_EDIT: Final = 4
_LETTERS_AN_EDIT_MORE: Final = 16
_LETTERS_FOR_TWO_EDITS: Final = 20
_FEWEST_TOGETHER: Final = 6

#: Letters of a name of usual length, and the bounds of what its length does to a difference in spelling.
_USUAL_LETTERS: Final = 10
_MILDEST: Final = 0.65
_HARSHEST: Final = 1.0

#: Words of so few letters are often one letter apart and yet two words; their beginning is no excuse.
_SHORT: Final = 5

#: Words that many listed names have are soon found together in another's name. Where a name shares only such words and lacks
#: others, or is in another order too and not quite the same, what is amiss counts so much more.
_BY_COMMON_WORDS: Final = 1.8
_COMMON: Final = 0.9
_VERY_COMMON: Final = 0.84

#: What a name spelt nearly like the listed one is worth where one names a trade and the other does not, or another.
_OTHER_TRADE: Final = 0.88

#: By how much shared words of trade may raise a name above what its own words give.
_BY_TRADE: Final = 0.02

#: What a name is worth that may be a listed one written short or with two slips: a hit of the lowest grade.
LOWEST: Final = 0.84

#: How much the family name must tell for a short form to be one, and how alike the words of a short form must be.
_TELLING: Final = 0.88
_SURE: Final = 0.95

#: Letters of a whole name that may have two slips, and of a word that may have both.
_FEWEST_FOR_TWO_SLIPS: Final = 11
_LONG_FOR_TWO_SLIPS: Final = 7

Low = Literal["", "initials", "first-and-last", "two-slips"]

Rarity = Callable[[Word], float]


class Pair(msgspec.Struct, frozen=True, gc=False):
    """Two words taken for the same.

    Attributes:
        found: The word of the name.
        listed: The listed word.
        likeness: How alike, 0–1.
        way: `same`, `spelling`, `sound`, `consonants` or `initial`.
    """

    found: str
    listed: str
    likeness: float
    way: str


class Comparison(msgspec.Struct, frozen=True, gc=False):
    """How a name compares with a listed one.

    Attributes:
        score: 0–1, higher is more alike.
        pairs: Words taken for the same (0..n).
        is_run_together: Whether the names are alike only as one word each.
        by_look: Whether the name was taken as it looks rather than as it reads.
        low: Why it is a hit of the lowest grade only; empty of others.
    """

    score: float
    pairs: tuple[Pair, ...] = ()
    is_run_together: bool = False
    by_look: bool = False
    low: Low = ""


_NOTHING: Final = Comparison(0.0)


def compare(query: Spelling, listed: Spelling, rarity: Rarity) -> Comparison:
    """Compare a name with a listed one.

    Args:
        query: The name of a party.
        listed: The listed name.
        rarity: How much a word tells, 0–1.

    Returns:
        The best way in which they are alike.
    """
    pardon = _pardon(min(len(query.joined), len(listed.joined)))
    best = _by_words(query.words, listed.words, rarity, pardon)
    if query.seen:
        seen = _by_words(query.seen, listed.words, rarity, pardon)
        if seen.score > best.score:
            best = Comparison(seen.score, seen.pairs, by_look=True)
    if best.score < 0.9:
        whole = 1 - pardon * (1 - _run_together(query, listed))
        if whole > best.score:
            best = Comparison(whole, is_run_together=True)
    if best.score < LOWEST and (low := _low(query, listed, rarity)):
        return Comparison(LOWEST, best.pairs, is_run_together=low == "two-slips", low=low)
    return best


def _low(query: Spelling, listed: Spelling, rarity: Rarity) -> Low:
    """Whether a name may be a listed one of two words or more, written short or with two slips."""
    own = [word for word in query.words if len(word.text) == 1 or word.text not in SHARED]
    others = [word for word in listed.words if word.text not in SHARED]
    # of business names many are short forms or near spellings of others
    businesses = any(len(word.text) > 1 and word.text in TRADES | FORMS for word in (*query.words, *listed.words))
    if len(others) < _FEWEST_OWN or businesses:
        return ""
    if len(own) >= _FEWEST_OWN and _is_short(own, others, rarity):
        return "initials" if any(len(word.text) == 1 for word in own) else "first-and-last"
    return "two-slips" if _have_two_slips(query.words, listed.words) else ""


def _have_two_slips(words: Sequence[Word], others: Sequence[Word]) -> bool:
    """Whether two names differ by two letters in all, no word by more than its length excuses."""
    if len(words) != len(others) or sum(len(word.text) for word in words) < _FEWEST_FOR_TWO_SLIPS:
        return False
    edits = [OSA.distance(one.text, other.text, score_cutoff=2) for one, other in zip(words, others, strict=True)]
    excused = (2 if len(one.text) >= _LONG_FOR_TWO_SLIPS else int(len(one.text) > 2) for one in words)
    return sum(edits) <= 2 and all(edit <= most for edit, most in zip(edits, excused, strict=True))


def _is_short(words: Sequence[Word], others: Sequence[Word], rarity: Rarity) -> bool:
    """Whether words, some of them initials, are in this order among the others, the first and the last of them included."""
    family = others[-1]
    if len(words) > len(others) or rarity(family) < _TELLING or len(words[-1].text) == 1:
        return False
    return _may_be(words[0], others[0]) and _may_be(words[-1], family) and _in_order(words[1:-1], others[1:-1])


def _in_order(words: Sequence[Word], others: Sequence[Word]) -> bool:
    rest = iter(others)
    return all(any(_may_be(word, other) for other in rest) for word in words)


def _may_be(word: Word, other: Word) -> bool:
    if len(word.text) == 1:
        return word.text == other.text[0]
    return likeness(word, other)[0] >= _SURE


def weigh(comparison: Comparison, *, is_weak: bool) -> float:
    """The score of a match; where the listed name is a weak alias it is lower, and falls faster."""
    return _WEAK * comparison.score**3 if is_weak else comparison.score


def reasons(comparison: Comparison, query: Spelling, listed: Spelling, *, is_weak: bool) -> tuple[Finding, ...]:
    """Why a name matches, in words (0..n)."""
    told = [_say_pair(pair) for pair in comparison.pairs]
    if comparison.is_run_together:
        told.append(_say("run-together", "similar when written as one word"))
    if "look-alike-letters" in query.oddities:
        told.append(
            _say("look-alike-letters", "letters of another script are used in place of Latin ones that look the same")
        )
    if "hidden-letters" in query.oddities:
        told.append(_say("hidden-letters", "the name has unprintable or unusual characters"))
    paired = {pair.listed for pair in comparison.pairs}
    missing = [] if comparison.is_run_together else [w.text for w in listed.words if w.text not in paired | FORMS]
    if missing:
        told.append(_say("listed-words-missing", "the listed name also has {words}", words=" ".join(missing)))
    had = {pair.found for pair in comparison.pairs}
    beyond = (
        []
        if comparison.is_run_together
        else [word.text for word in (query.seen if comparison.by_look else query.words) if word.text not in had | FORMS]
    )
    if beyond:
        told.append(_say("words-beyond", "the name also has {words}", words=" ".join(beyond)))
    if comparison.low:
        told.append(_say(comparison.low, _LOW[comparison.low]))
    if is_weak:
        told.append(_say("weak-alias", "the list marks this alias as weak, so the match scores lower"))
    return tuple(told)


_LOW: Final = {
    "initials": "the name may be the listed one with initials",
    "first-and-last": "the name has the first and the last word of the listed one",
    "two-slips": "the name is two letters off the listed one",
}

_SENTENCES: Final = {
    "same": "{found} is the same",
    "spelling": "{found} is spelt nearly like {listed}",
    "sound": "{found} sounds like {listed}",
    "consonants": "{found} has the consonants of {listed}",
    "initial": "{found} may be short for {listed}",
}


def _say_pair(pair: Pair) -> Finding:
    return Finding(
        code=f"word-{pair.way}",
        severity="info",
        message=_SENTENCES[pair.way],
        found=pair.found,
        arguments={"listed": pair.listed, "likeness": f"{pair.likeness:.2f}"},
    )


def _say(code: str, message: str, **arguments: str) -> Finding:
    return Finding(code=code, severity="info", message=message, arguments=arguments)


def _pardon(letters: int) -> float:
    """How much a difference in spelling counts: less in a long name, to which few others come near by chance."""
    return min(_HARSHEST, max(_MILDEST, _USUAL_LETTERS / letters)) if letters else 1.0


def _by_words(query: Sequence[Word], listed: Sequence[Word], rarity: Rarity, pardon: float) -> Comparison:
    """Pair the words of two names, the most alike first; what stays alone counts against."""
    alike = [
        (*how, i, j)
        for i, word in enumerate(query)
        for j, other in enumerate(listed)
        if (how := likeness(word, other))[0] >= _PAIR
    ]
    if not alike:
        return _NOTHING
    weights = [rarity(word) for word in query]
    others = [rarity(word) for word in listed]
    candidates = [(value * (weights[i] + others[j]), value, i, j, way) for value, way, i, j in alike]
    candidates.sort(key=lambda one: (-one[0], one[2], one[3]))
    free, open_ = set(range(len(query))), set(range(len(listed)))
    pairs: list[tuple[int, Pair]] = []
    places: list[tuple[int, int]] = []
    tally = _Tally(pardon)
    for shared, value, i, j, way in candidates:
        if i in free and j in open_:
            free.discard(i)
            open_.discard(j)
            is_own = SHARED.isdisjoint((query[i].text, listed[j].text))
            tally.pair(shared, weights[i] + others[j], is_own=is_own)
            if is_own:
                places.append((i, j))
            pairs.append((i, Pair(query[i].text, listed[j].text, value, way)))
    if len(places) > 1:
        turned = [j for _, j in sorted(places)]
        tally.is_turned = any(one > other for one, other in pairwise(turned))
    tally.missing = sum(others[j] for j in open_ if listed[j].text not in FORMS)
    tally.beyond = sum(weights[i] for i in free if query[i].text not in FORMS)
    return Comparison(tally.score, tuple(pair for _, pair in sorted(pairs, key=lambda one: one[0])))


class _Tally:
    """Adds up what pairs of words share and what stays alone."""

    __slots__ = ("beyond", "is_turned", "missing", "own", "own_pairs", "own_shared", "paired", "pardon", "shared")

    def __init__(self, pardon: float) -> None:
        self.pardon = pardon
        self.shared = self.paired = self.own_shared = self.own = self.missing = self.beyond = 0.0
        self.own_pairs = 0
        self.is_turned = False

    def pair(self, shared: float, weight: float, *, is_own: bool) -> None:
        """Count a pair; `is_own` where its words are not of those that many names have."""
        shared = weight - self.pardon * (weight - shared)
        self.shared += shared
        self.paired += weight
        if is_own:
            self.own_shared += shared
            self.own += weight
            self.own_pairs += 1

    @property
    def score(self) -> float:
        """0–1; words of trade in common raise it little above what the names' own words give."""
        score = self._score
        common = _COMMON if self.is_turned else _VERY_COMMON if self.missing else 0.0
        if self.own < 2 * common * self.own_pairs:
            return max(0.0, 1 - _BY_COMMON_WORDS * (1 - score))
        return score

    @property
    def _score(self) -> float:
        if self.missing and self.beyond:
            alone = _CONTRADICTION * (self.missing + self.beyond)
        else:
            alone = _MISSING * self.missing + _BEYOND * self.beyond
            if self.shared < _NEARLY_EXACT * self.paired or self.own_pairs < _FEWEST_OWN:
                alone *= _TWICE_OFF
        whole = self.shared / (self.paired + alone)
        if not self.own:
            return whole if self.paired and not self.missing and not self.beyond else 0.0
        return min(whole, self.own_shared / (self.own + alone) + _BY_TRADE)


def likeness(word: Word, other: Word) -> tuple[float, str]:
    """How alike two words are, 0–1, and in which way."""
    if word.text == other.text:
        return 1.0, "same"
    if abs(len(word.text) - len(other.text)) > _MOST_LONGER and word.is_abjad == other.is_abjad:
        return 0.0, "same"
    return _likeness(word, other) if word.text < other.text else _likeness(other, word)


@lru_cache(maxsize=400_000)
def _likeness(word: Word, other: Word) -> tuple[float, str]:
    if len(word.text) == 1 or len(other.text) == 1:
        return (0.8, "initial") if word.text[0] == other.text[0] and _may_be_initial(word, other) else (0.0, "same")
    if word.is_abjad != other.is_abjad:
        fewest = min(len(word.consonants), len(other.consonants))
        if word.consonants == other.consonants and fewest:
            return _BY_CONSONANTS if fewest > 2 else _BY_TWO_CONSONANTS, "consonants"
        return (0.85 * _nearly(word.consonants, other.consonants) if fewest > 2 else 0.0), "consonants"
    spelt = _nearly(word.text, other.text)
    if word.sound == other.sound:
        sounded = _BY_SOUND if len(word.sound) > _FEW_SOUNDS else _BY_FEW_SOUNDS
    else:
        sounded = _NEARLY_BY_SOUND * _nearly(word.sound, other.sound)
    return (sounded, "sound") if sounded > spelt else (spelt, "spelling")


def _may_be_initial(word: Word, other: Word) -> bool:
    return word.text not in PARTICLES and other.text not in PARTICLES and not (word.text + other.text).isdigit()


def _nearly(text: str, other: str) -> float:
    """Likeness of two words by edits, a swap of neighbours being one; long words that start alike are forgiven more.

    Words more than one edit apart are none of each other's spellings, unless they are long.
    """
    if text == other:
        return 1.0
    if text.isdigit() or other.isdigit():
        return 0.0
    longest = max(len(text), len(other))
    most = max(1, longest // _LETTERS_AN_EDIT)
    edits = OSA.distance(text, other, score_cutoff=most)
    if edits > most:
        return 0.0
    alike = 1.0 - edits / longest
    if longest <= _SHORT:
        return alike
    return max(alike, 0.5 * (alike + float(JaroWinkler.similarity(text, other))))


def _run_together(query: Spelling, listed: Spelling) -> float:
    """Likeness of two names written as one word each; an edit is allowed.

    Another is allowed for every so many letters where the words are parted otherwise, or the name is long.
    """
    text, other = query.joined, listed.joined
    if min(len(text), len(other)) < _FEWEST_TOGETHER:
        return _RUN_TOGETHER if text == other and text else 0.0
    longest = max(len(text), len(other))
    most = 1 + longest // _LETTERS_AN_EDIT_MORE
    edits = OSA.distance(text, other, score_cutoff=most)
    if edits > most:
        return 0.0
    if edits > 1 and longest < _LETTERS_FOR_TWO_EDITS and _own_count(query.words) == _own_count(listed.words):
        return 0.0
    alike = _RUN_TOGETHER * (1.0 - edits / longest)
    return alike * _OTHER_TRADE if edits and _are_of_other_trades(query.words, listed.words) else alike


def _own_count(words: Sequence[Word]) -> int:
    return sum(word.text not in FORMS and word.text not in TRADES for word in words)


def _are_of_other_trades(query: Sequence[Word], listed: Sequence[Word]) -> bool:
    """Whether a trade is named, and the other name has none like it."""
    trades, others = ([word for word in words if word.text in TRADES] for words in (query, listed))
    return bool(trades or others) and not any(likeness(one, other)[0] for one in trades for other in others)
