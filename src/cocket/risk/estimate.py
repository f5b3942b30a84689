# SPDX-License-Identifier: Apache-2.0
"""What examinations find, and would have found elsewhere, with the interval in which the truth lies 95 times of a hundred.

Who is examined is chosen, so what was found says little of the rest. Three kinds of cases are kept apart. What was examined
for a reason speaks for itself alone. What chance alone drew speaks for those that might have been drawn in its place. What
nobody examined is spoken for by the drawn ones, and by nothing where none was drawn. So a choice of `k` cases can never be
said to find more than `k`, and a choice of which every case was examined is known exactly.

One home for every such figure: the review of a month, the frontier, the figures of rules, and models held against each other.

Source: Hájek, Comment on an essay of Basu, 1971 (self-normalised weights); Robins, Rotnitzky and Zhao, JASA 89, 1994 (doubly
robust); Kish, Survey Sampling, 1965 (effective number); Swaminathan and Joachims, NeurIPS 2015 (choices that were logged).
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Sequence
from typing import Final, Literal, TypeVar

import msgspec

#: Standard deviations of the normal law that hold 95 %.
_Z: Final = 1.959964

#: What is left out at either end.
_TAIL: Final = 0.025

#: Chances below this would let one case speak for ten thousand.
_LEAST_CHANCE: Final = 1e-4

#: Share of what there is that a drawn examination is supposed to miss, to show what hangs on it.
MISSED: Final = 0.3

#: Drawn examinations below which a figure is called thin, and nothing is said of what rests on them (count).
FEW_DRAWN: Final = 20

#: Random examinations from which a first answer is to be had (count).
FIRST_DRAWS: Final = 50

#: Why nothing can be said of a choice: chance drew nothing, fewer than `FEW_DRAWN` in all, or fewer of the choice itself.
Why = Literal["none-drawn", "few-drawn", "few-drawn-of-it"]

#: Of what a score lets expect: steps of the fit, how far the slope is held back, and the share found in the one case that is
#: supposed before any (as in one examination of ten).
_STEPS, _RIDGE, _USUAL = 25, 1.0, 0.1

#: Finds of a choice from which it is taken what one recovers (count); with fewer, all finds tell.
_ENOUGH_FINDS: Final = 10

One = TypeVar("One")


class Estimate(msgspec.Struct, frozen=True):
    """A figure and the interval of 95 % around it.

    Attributes:
        value: The figure.
        low: Lower end.
        high: Upper end; infinite where nothing bounds it.
    """

    value: float
    low: float
    high: float


#: Of nothing nothing is known.
_NOTHING: Final = Estimate(0.0, 0.0, 1.0)


class Trial(msgspec.Struct, frozen=True, kw_only=True):
    """One case, as far as estimates go by it.

    Attributes:
        is_examined: Whether it was examined and a result came.
        is_drawn: Whether chance alone chose it for that; never so where it was not examined.
        found: Whether something was found; False where not examined.
        amount: What was recovered, national currency; 0 where nothing was.
        chance: Chance (above 0, at most 1) with which it was, or would have been, drawn; None if nobody knows.
        score: What it is ordered by, higher first.
    """

    is_examined: bool
    is_drawn: bool = False
    found: bool = False
    amount: float = 0.0
    chance: float | None = None
    score: float = 0.0


class Yield(msgspec.Struct, frozen=True, kw_only=True):
    """What an examination of every case of a choice finds.

    Attributes:
        cases: Cases chosen (count).
        seen: Of them examined (count): what these hold is known.
        seen_found: Of them with a find (count).
        drawn: Of them drawn at random (count): on these rests what is said of the unseen ones.
        found: Finds in all, doubly robust: what the order of all drawn cases lets expect, put right by those drawn here. The
            interval rests on those drawn here alone; where none was, it reaches from what is known to every unseen case.
        plain: The same by the weights of the cases drawn here alone; None if none was.
        if_missed: The same as `found` if a drawn examination misses `MISSED` of what a directed one finds.
        amount: Recovered in all, national currency.
    """

    cases: int
    seen: int
    seen_found: int
    drawn: int
    found: Estimate
    plain: Estimate | None
    if_missed: Estimate
    amount: Estimate


class Rate(msgspec.Struct, frozen=True, kw_only=True):
    """The share of some cases in which an examination finds something.

    Attributes:
        share: The share (0–1).
        number: Of how many equal cases it could be as sure.
        drawn: Cases drawn at random that it rests on (count); 0 only where every case was examined.
    """

    share: Estimate
    number: float
    drawn: int


#: The same as a sentence, with its figures.
LACKS: Final[dict[Why, str]] = {
    "none-drawn": "nothing was drawn at random yet",
    "few-drawn": "{drawn} were drawn at random, and nothing is said from fewer than {least}",
    "few-drawn-of-it": "{drawn} of what it rests on were drawn at random, and nothing is said from fewer than {least}",
}


class Lack(msgspec.Struct, frozen=True, kw_only=True):
    """Why nothing can be said of a choice yet, and what would mend it.

    Attributes:
        why: The reason.
        drawn: Random examinations that there are, of the choice or in all as the reason says (count).
        draw: How many more are to be drawn from all cases (count, 1..n).
    """

    why: Why
    drawn: int
    draw: int


def lack_of(choice: Yield | None, drawn: int, cases: int) -> Lack | None:
    """What keeps anything from being said of a choice; None if enough was drawn at random.

    Where every case of a choice was examined its own draws add nothing, and those in all are counted alone.

    Args:
        choice: What it finds; None where chance drew nothing to tell it.
        drawn: Random examinations of all cases (count).
        cases: All cases, of which it is chosen (count).
    """
    if choice is None or not drawn:
        return Lack(why="none-drawn", drawn=0, draw=FIRST_DRAWS)
    of_it = choice.drawn if choice.seen < choice.cases else FEW_DRAWN
    if drawn >= FEW_DRAWN and of_it >= FEW_DRAWN:
        return None
    # further draws fall among the choice at the rate at which they have so far, or at its share of all if none has
    falls = choice.drawn / drawn if choice.drawn else choice.cases / max(1, cases)
    further = math.ceil((FEW_DRAWN - of_it) / falls) if of_it < FEW_DRAWN and falls else 0
    draw = max(1, FIRST_DRAWS - drawn, further)
    if drawn < FEW_DRAWN:
        return Lack(why="few-drawn", drawn=drawn, draw=draw)
    return Lack(why="few-drawn-of-it", drawn=choice.drawn, draw=draw)


def of_others(one: Estimate, cases: int) -> Estimate:
    """The share of some cases, as it would be of others like them: what these hold by chance alone is added to its interval.

    Nothing found in a few cases that were all examined is known of these, and says little of the next ones.

    Args:
        one: Share with the interval in which that of these very cases lies (0–1).
        cases: Cases that it is of (count); of none nothing is known.

    Source: Zou and Donner, Statistics in Medicine 27, 2008 (two independent doubts about one figure, joined end by end).
    """
    by_chance = share(one.value * cases, cases) or _NOTHING
    low = one.value - math.hypot(one.value - one.low, one.value - by_chance.low)
    high = one.value + math.hypot(one.high - one.value, by_chance.high - one.value)
    return Estimate(one.value, max(0.0, low), min(1.0, high))


def share(found: float, of: float) -> Estimate | None:
    """A share with Wilson's interval; None of nothing.

    Args:
        found: How many had it; need not be whole, where weights made it.
        of: Of how many.

    Source: Wilson, Probable inference, the law of succession, and statistical inference, JASA 22, 1927.
    """
    if of <= 0:
        return None
    rate = min(1.0, max(0.0, found / of))
    middle = (rate + _Z * _Z / (2 * of)) / (1 + _Z * _Z / of)
    half = _Z / (1 + _Z * _Z / of) * math.sqrt(rate * (1 - rate) / of + _Z * _Z / (4 * of * of))
    return Estimate(rate, min(rate, max(0.0, middle - half)), max(rate, min(1.0, middle + half)))


def area(value: float, found: int, others: int) -> Estimate:
    """The area under the curve of an order, with its interval: every area by which the one seen would not be odd.

    At one half the spread is that of the rank test, so that an interval above one half says what that test says: the order is
    better than chance. With few finds, or few others, it is wide.

    Args:
        value: The area seen (0–1): the chance that a found case stands above one that was not.
        found: Cases found (count).
        others: Cases in which nothing was found (count). Where either is 0 nothing is known.

    Source: Hanley and McNeil, The meaning and use of the area under a ROC curve, Radiology 143, 1982 (the spread); Newcombe,
    Confidence intervals for an effect size measure based on the Mann–Whitney statistic, Statistics in Medicine 25, 2006 (the
    spread taken at the end of the interval); Mann and Whitney, Annals of Mathematical Statistics 18(1), 1947.
    """
    if not found or not others:
        return Estimate(value, 0.0, 1.0)

    def is_odd(supposed: float) -> bool:
        one, other = supposed / (2.0 - supposed), 2.0 * supposed**2 / (1.0 + supposed)
        terms = supposed * (1.0 - supposed) + (found - 1) * (one - supposed**2) + (others - 1) * (other - supposed**2)
        return abs(value - supposed) > _Z * math.sqrt(max(0.0, terms) / (found * others))

    ends = []
    for far in (0.0, 1.0):
        near = value
        for _ in range(40):
            middle = (far + near) / 2.0
            far, near = (middle, near) if is_odd(middle) else (far, middle)
        ends.append(near)
    return Estimate(value, ends[0], ends[1])


def rate_of(cases: Iterable[Trial]) -> Rate | None:
    """The share of all these cases in which an examination finds something, for cases to come as well.

    Returns:
        None where cases were left unexamined and chance drew none of those like them: nothing then speaks for them.
    """
    told = list(cases)
    directed = [one for one in told if one.is_examined and not one.is_drawn]
    drawn = [one for one in told if _is_drawn(one)]
    spoken_for = len(drawn) + len(_unseen(told))
    if not (directed or drawn) or (spoken_for and not drawn):
        return None
    parts: list[tuple[int, float, float]] = [(len(directed), sum(one.found for one in directed), float(len(directed)))]
    if drawn:
        rate, number = _weighed(drawn, lambda one: float(one.found), _weight)
        parts.append((spoken_for, rate * number, number))
    whole = sum(size for size, _, _ in parts)
    mean = math.fsum(size * found / number for size, found, number in parts if number) / whole
    # Half a case more on either side, so that a part in which nothing was found is not taken to be sure.
    spread = 0.0
    for size, found, number in parts:
        if number:
            middle = (found + 0.5) / (number + 1.0)
            spread += (size / whole) ** 2 * middle * (1.0 - middle) / number
    middle = (mean * whole + 0.5) / (whole + 1.0)
    number = min(float(whole), middle * (1.0 - middle) / spread) if spread else float(whole)
    estimate = share(mean * number, number)
    return None if estimate is None else Rate(share=estimate, number=number, drawn=len(drawn))


def lift(part: Rate | None, whole: Rate | None) -> Estimate | None:
    """How many times more often something is found in a part than in the whole; None where either cannot be told.

    The interval is Katz's on the logarithm, half a case added on either side of each share so that none is 0.

    Source: Katz et al., Obtaining confidence intervals for the risk ratio in cohort studies, Biometrics 34, 1978;
    Walter, The distribution of Levin's measure of attributable risk, Biometrika 62, 1975 (the half).
    """
    if part is None or whole is None:
        return None
    found, found_all = (one.share.value * one.number for one in (part, whole))
    rate, rate_all = (found + 0.5) / (part.number + 0.5), (found_all + 0.5) / (whole.number + 0.5)
    terms = 1 / (found + 0.5) - 1 / (part.number + 0.5) + 1 / (found_all + 0.5) - 1 / (whole.number + 0.5)
    spread = math.sqrt(max(0.0, terms))
    value = part.share.value / whole.share.value if found_all else rate / rate_all
    low, high = (rate / rate_all * math.exp(sign * _Z * spread) for sign in (-1, 1))
    return Estimate(value, min(value, low), max(value, high))


def top(cases: Sequence[One], places: int, score: Callable[[One], float]) -> list[int]:
    """Places in `cases` of those with the highest scores; of equal ones those that come first, whoever was examined.

    Args:
        cases: The cases (0..n).
        places: How many can be examined (count).
        score: What they are ordered by.
    """
    order = sorted(range(len(cases)), key=lambda place: -score(cases[place]))
    return sorted(order[: max(0, places)])


def yield_of(cases: Sequence[Trial], chosen: Iterable[int]) -> Yield:
    """What examining a choice finds.

    The truth that the interval means is what these very cases hold, found by officers who see as much as those who examined.
    Cases of unknown chance that nobody examined are taken to be like the drawn ones; leave them out if they are not. The same
    cases give the same figures to the last digit, in whatever order they come.

    Args:
        cases: All cases that were to be chosen from (1..n).
        chosen: Places of the choice in them.
    """
    ours = [cases[place] for place in chosen]
    seen, unseen = [one for one in ours if one.is_examined], [one for one in ours if not one.is_examined]
    drawn = [one for one in ours if _is_drawn(one)]
    known, known_amount = sum(one.found for one in seen), math.fsum(one.amount for one in seen)
    rate, number, of_finds, plain = 0.0, 0.0, 0.0, None
    if drawn:
        rate, number = _weighed(drawn, lambda one: float(one.found), _odds)
        of_finds = _worth(drawn, rate)
        plain = _spread(known, len(unseen), rate, number, of_finds)
    expected = _expected(cases)
    robust = math.fsum(map(expected, unseen)) / len(unseen) if unseen else 0.0
    if drawn:
        robust += _weighed(drawn, lambda one: one.found - expected(one), _odds)[0]
    missed = min(1.0, rate / (1.0 - MISSED))
    found = _held(plain, known + len(unseen) * robust, known, len(unseen))
    if_missed = _held(
        _spread(known, len(unseen), missed, number, of_finds) if drawn else None,
        known + len(unseen) * robust / (1.0 - MISSED),
        known,
        len(unseen),
    )
    return Yield(
        cases=len(ours),
        seen=len(seen),
        seen_found=known,
        drawn=len(drawn),
        found=found,
        plain=plain,
        if_missed=if_missed,
        amount=_amounts(cases, ours, (known, known_amount), found),
    )


def ahead(cases: Sequence[Trial], budget: float) -> Rate | None:
    """The share with a find among the first of all cases, from examined ones that each stand for their like.

    Args:
        cases: Examined cases of which the chance of examination is known, with scores.
        budget: Share of all cases that can be examined (above 0, at most 1).

    Returns:
        None where none was drawn at random: those who were chosen say nothing of the others.
    """
    known = [one for one in cases if one.is_examined and one.chance is not None]
    if not any(one.is_drawn for one in known):
        return None
    first = first_of(known, budget, lambda one: one.score)
    drawn = sum(one.is_drawn for one, _ in first)
    return Rate(share=share_of(first), number=_kish([part for _, part in first]), drawn=drawn)


def share_of(first: Sequence[tuple[Trial, float]]) -> Estimate:
    """The share with a find among some that `first_of` gives; of none it is 0, and nothing bounds it below 1."""
    whole, number = math.fsum(part for _, part in first), _kish([part for _, part in first])
    found = math.fsum(part for one, part in first if one.found)
    return share(found / whole * number, number) or _NOTHING if whole else _NOTHING


def first_of(cases: Sequence[Trial], budget: float, score: Callable[[Trial], float]) -> list[tuple[Trial, float]]:
    """The first of all cases that examined ones stand for, and how many each stands for there.

    Args:
        cases: Examined cases of known chance (1..n).
        budget: Share of all cases that can be examined (above 0, at most 1).
        score: What they are ordered by, higher first.
    """
    room = budget * math.fsum(map(_weight, cases))
    taken: list[tuple[Trial, float]] = []
    for one in sorted(cases, key=lambda one: -score(one)):
        part = min(_weight(one), room)
        if part <= 0:
            break
        taken.append((one, part))
        room -= part
    return taken


def _is_drawn(one: Trial) -> bool:
    return one.is_drawn and one.is_examined and one.chance is not None


def _unseen(cases: Sequence[Trial]) -> list[Trial]:
    """Unexamined cases that drawn ones speak for: those of known chance, or all where no chance of any is known."""
    unseen = [one for one in cases if not one.is_examined]
    known = [one for one in unseen if one.chance is not None]
    return [one for one in known if (one.chance or 0.0) < 1.0] if known else unseen


def _weight(one: Trial) -> float:
    """How many cases an examined one stands for: itself alone if it had a reason, whatever its chance was."""
    return 1.0 / max(one.chance or 1.0, _LEAST_CHANCE) if one.is_drawn else 1.0


def _odds(one: Trial) -> float:
    """How many cases that were not examined a drawn one stands for."""
    return max(_weight(one) - 1.0, 1e-9)


def _kish(weights: Sequence[float]) -> float:
    """How many equal weights are as sure as these."""
    squares = math.fsum(each * each for each in weights)
    return math.fsum(weights) ** 2 / squares if squares else 0.0


def _weighed(
    cases: Sequence[Trial], figure: Callable[[Trial], float], weight: Callable[[Trial], float]
) -> tuple[float, float]:
    """The weighed mean, and the number of cases that equal weights would need to be as sure."""
    weights = [weight(one) for one in cases]
    total = math.fsum(weights)
    mean = math.fsum(each * figure(one) for each, one in zip(weights, cases, strict=True)) / total
    return mean, _kish(weights)


def _held(sure: Estimate | None, value: float, known: int, unseen: int) -> Estimate:
    """A figure kept within an interval; within what is possible where nothing else bounds it."""
    low, high = (sure.low, sure.high) if sure else (float(known), float(known + unseen))
    return Estimate(min(high, max(low, value)), low, high)


def _worth(drawn: Sequence[Trial], rate: float) -> float:
    """Of how many equal cases a share of as many finds as these are worth is; 0 without finds."""
    weights = [_odds(one) for one in drawn if one.found]
    squares = math.fsum(each * each for each in weights)
    return math.fsum(weights) ** 2 / squares / rate if rate > 0 and squares else 0.0


def _spread(known: float, unseen: int, rate: float, number: float, of_finds: float) -> Estimate:
    """Finds of which some are known: a share of the unseen, of whom `number` like them were drawn, is added."""
    if not unseen:
        return Estimate(known, known, known)
    low, high = _ends(rate, number, of_finds, unseen)
    return Estimate(known + unseen * rate, known + unseen * low, known + unseen * high)


def _ends(rate: float, number: float, of_finds: float, unseen: int) -> tuple[float, float]:
    """Jeffreys' interval of a share; all from 0 to 1 where nothing was drawn.

    A sample speaks of those that were not in it, of which there are finitely many: that takes from its number. One find of
    great weight must not pass for several, so the lower end goes by the number that its finds are worth.

    Source: Brown, Cai and DasGupta, Interval estimation for a binomial proportion, Statistical Science 16, 2001.
    """
    from scipy.special import betaincinv  # heavy, and most figures need none

    def end(worth: float, tail: float) -> float:
        alike = worth * unseen / (worth + unseen)
        return float(betaincinv(rate * alike + 0.5, (1.0 - rate) * alike + 0.5, tail))

    low = 0.0 if rate <= 0 or not number else min(rate, end(min(number, of_finds or number), _TAIL))
    high = 1.0 if rate >= 1 or not number else max(rate, end(number, 1.0 - _TAIL))
    return low, high


def _expected(cases: Sequence[Trial]) -> Callable[[Trial], float]:
    """What a score lets expect, from all drawn cases: log-odds that are straight in the place by score, held back a little.

    It need not be right: where cases were drawn in the choice they put it right, and where none was the interval says so.
    """
    drawn = sorted((one for one in cases if _is_drawn(one)), key=lambda one: (one.score, one.found, _odds(one)))
    if not drawn:
        return lambda _one: 0.5
    ordered = sorted(one.score for one in cases)
    marks = [(_place(ordered, one.score), float(one.found)) for one in drawn]
    weights = [_odds(one) for one in drawn]
    scale = len(drawn) / math.fsum(weights)
    mean = (math.fsum(w * scale * y for w, (_, y) in zip(weights, marks, strict=True)) + _USUAL) / (len(drawn) + 1.0)
    level, slope = math.log(mean / (1.0 - mean)), 0.0
    for _ in range(_STEPS):
        gradient = [0.0, -_RIDGE * slope]
        curve = [1e-6, 0.0, _RIDGE]
        for weight, (x, y) in zip(weights, marks, strict=True):
            p = 1.0 / (1.0 + math.exp(-max(-30.0, min(30.0, level + slope * x))))
            held = weight * scale
            gradient[0] += held * (y - p)
            gradient[1] += held * (y - p) * x
            curve[0] += held * p * (1 - p)
            curve[1] += held * p * (1 - p) * x
            curve[2] += held * p * (1 - p) * x * x
        # One more case, a find in `_USUAL` of them, keeps the level finite where all or none were found.
        p = 1.0 / (1.0 + math.exp(-max(-30.0, min(30.0, level))))
        gradient[0] += _USUAL - p
        curve[0] += p * (1 - p)
        size = curve[0] * curve[2] - curve[1] * curve[1]
        if size <= 1e-12:
            break
        level += max(-2.0, min(2.0, (curve[2] * gradient[0] - curve[1] * gradient[1]) / size))
        slope += max(-2.0, min(2.0, (curve[0] * gradient[1] - curve[1] * gradient[0]) / size))

    known: dict[float, float] = {}  # many have one score, such as all of a draw

    def expected(one: Trial) -> float:
        told = known.get(one.score)
        if told is None:
            told = 1.0 / (1.0 + math.exp(-max(-30.0, min(30.0, level + slope * _place(ordered, one.score)))))
            known[one.score] = told
        return told

    return expected


def _place(ordered: Sequence[float], score: float) -> float:
    """Log-odds of a score's place among all, ties in their middle."""
    from bisect import bisect_left, bisect_right

    middle = (bisect_left(ordered, score) + bisect_right(ordered, score)) / 2.0
    part = min(max(middle / len(ordered), 0.5 / len(ordered)), 1.0 - 0.5 / len(ordered))
    return math.log(part / (1.0 - part))


def _amounts(cases: Sequence[Trial], ours: Sequence[Trial], known: tuple[int, float], found: Estimate) -> Estimate:
    """What finds recover: known ones as they are, others at the mean of finds, and its interval with theirs."""
    finds = [one.amount for one in ours if one.found]
    if len(finds) < _ENOUGH_FINDS:
        finds = [one.amount for one in cases if one.found]
    rest = [max(0.0, each - known[0]) for each in (found.value, found.low, found.high)]
    if not finds or rest[2] <= 0:
        return Estimate(known[1], known[1], known[1] if rest[2] <= 0 else math.inf)
    mean = math.fsum(finds) / len(finds)
    # Amounts are skew: the spread of their mean is taken on the logarithm, of finds that are known and of those to come.
    squares = math.fsum((each - mean) ** 2 for each in finds) / (mean * mean) if mean > 0 else 0.0
    varied = (squares + 1.0) / len(finds)

    def factor(count: float) -> float:
        return math.exp(_Z * math.sqrt(math.log1p(varied * (1.0 / len(finds) + 1.0 / max(1.0, count)))))

    value, low, high = (each * mean for each in rest)
    down = math.hypot(value - low, low - low / factor(rest[0]))
    up = math.hypot(high - value, high * factor(rest[2]) - high)
    return Estimate(known[1] + value, known[1] + max(0.0, value - down), known[1] + value + up)
