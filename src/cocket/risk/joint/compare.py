# SPDX-License-Identifier: Apache-2.0
"""Whether a table helps here: our own score with it and without, on the same drawn cases, as many examined both times.

No case is judged by a weight that it taught: the draw is cut in parts, and each is judged by the weight learnt on the others.

Source: McNemar, Note on the sampling error of the difference between correlated proportions, Psychometrika 12, 1947; Good, Rational
decisions, JRSS B 14, 1952 (the logarithm of the chance told, as the measure of a forecast).
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from hashlib import sha256
from typing import Final, Literal

import msgspec

from cocket.risk.estimate import Estimate, share
from cocket.risk.joint.table import RandomCase
from cocket.risk.joint.weigh import (
    LEAST_CASES,
    LEAST_FINDS,
    Lifts,
    Pull,
    adjust,
    fitted_odds,
    log_odds,
    pull_of,
)

#: Whether it helps: `too-few` where the draw is too small to learn a weight on.
Verdict = Literal["helps", "not-shown", "harms", "too-few"]

#: Parts that a draw is cut into.
PARTS: Final = 5

#: Standard deviations of the normal law that hold 95 %.
_Z: Final = 1.959964


class Shares(msgspec.Struct, frozen=True, kw_only=True):
    """What would be found of the drawn cases that stand first (count), without the table and with it.

    Attributes:
        places: Cases examined, the same both times (count).
        without: Finds among them by our own score (count).
        with_it: Finds with the table (count).
        only_without: Finds that the table lost (count); `only_with` those that it gained.
        only_with: See `only_without`.
    """

    places: int
    without: int
    with_it: int
    only_without: int
    only_with: int


class Comparison(msgspec.Struct, frozen=True, kw_only=True):
    """A paired test of a table on our own random draw.

    Attributes:
        cases: Drawn cases with a score of our own (count); `finds` of them with a find.
        finds: See `cases`.
        known: Of them in goods that the table speaks of (count).
        budget: Share that is examined (0–1).
        stated: Weight that was stated: at most this part of the table is taken (0–1).
        pull: How far the whole draw agrees.
        shares: What would be found at that capacity.
        more: Finds more in a hundred examined, with the interval; None where nothing could be learnt.
        gain: How much better the chance told fits each case (ln, a thousandth part), with the interval; above 0 is better.
        verdict: What follows.
    """

    cases: int
    finds: int
    known: int
    budget: float
    stated: float
    pull: Pull
    shares: Shares
    more: Estimate | None
    gain: Estimate | None
    verdict: Verdict


def compare(cases: Sequence[RandomCase], lifts: Lifts, budget: float, stated: float) -> Comparison:
    """Hold our own score with a table against it without.

    Args:
        cases: Our random draw; those without a score are left out.
        lifts: What the table tells.
        budget: Share of the cases that is examined (above 0, at most 1).
        stated: Weight that is not to be passed (0–1).
    """
    told = sorted((one for one in cases if one.score is not None), key=lambda one: one.id)
    finds = sum(one.found for one in told)
    table = lifts
    whole = pull_of(told, table)
    raises = [table.of(one.cells)[0] for one in told]
    known = sum(abs(each) > 0 for each in raises)
    places = max(1, round(budget * len(told))) if told else 0
    parts = [_part(one.id) for one in told]
    is_learnt = len(told) * (PARTS - 1) // PARTS >= LEAST_CASES and finds >= LEAST_FINDS + PARTS
    if not is_learnt:
        shares = Shares(places=places, without=0, with_it=0, only_without=0, only_with=0)
        return Comparison(cases=len(told), finds=finds, known=known, budget=budget, stated=stated, pull=whole, shares=shares,
            more=None, gain=None, verdict="too-few")  # fmt: skip
    before = [one.score or 0.0 for one in told]
    after, gains = list(before), [0.0] * len(told)
    for part in range(PARTS):
        others = [one for one, its in zip(told, parts, strict=True) if its != part]
        weight = min(stated, pull_of(others, table).weight)
        level, slope = fitted_odds(others)
        for place, one in enumerate(told):
            if parts[place] == part:
                after[place] = adjust(before[place], raises[place], weight)
                odds = level + slope * log_odds(before[place])
                gains[place] = _fits(odds + weight * raises[place], one.found) - _fits(odds, one.found)
    shares = _shares(told, before, after, places)
    more, gain = _more(shares), _mean(gains)
    return Comparison(
        cases=len(told),
        finds=finds,
        known=known,
        budget=budget,
        stated=stated,
        pull=whole,
        shares=shares,
        more=more,
        gain=gain,
        verdict=_verdict(more, gain, whole),
    )


def _verdict(more: Estimate, gain: Estimate, pull: Pull) -> Verdict:
    """It helps where the chance told fits better beyond doubt and no fewer are found; it harms where either is worse beyond doubt.

    It harms too where what it tells is beyond doubt the opposite of what is found: then it got no weight, so nothing else shows it.
    """
    is_opposite = pull.error is not None and pull.agreement + _Z * pull.error < 0
    if is_opposite or more.high < 0 or gain.high < 0:
        return "harms"
    return "helps" if gain.low > 0 and more.value >= 0 else "not-shown"


def _shares(cases: Sequence[RandomCase], before: Sequence[float], after: Sequence[float], places: int) -> Shares:
    first, second = (_first(cases, scores, places) for scores in (before, after))
    found = {place for place, one in enumerate(cases) if one.found}
    return Shares(
        places=places,
        without=len(found & first),
        with_it=len(found & second),
        only_without=len(found & first - second),
        only_with=len(found & second - first),
    )


def _first(cases: Sequence[RandomCase], scores: Sequence[float], places: int) -> set[int]:
    """Those with the highest scores; of equal ones in an order that knows nothing of what was found."""
    order = sorted(range(len(cases)), key=lambda place: (-scores[place], _mixed(cases[place].id)))
    return set(order[:places])


def _more(shares: Shares) -> Estimate:
    """Finds more in a hundred examined: what was gained and lost alone tells."""
    odd = shares.only_with + shares.only_without
    scale = 100.0 / max(1, shares.places)
    if not odd:
        return Estimate(0.0, 0.0, 0.0)
    part = share(shares.only_with, odd) or Estimate(0.5, 0.0, 1.0)
    value, low, high = ((2.0 * one - 1.0) * odd * scale for one in (part.value, part.low, part.high))
    return Estimate(value, low, high)


def _mean(gains: Sequence[float]) -> Estimate:
    """The mean in thousandths, with its interval."""
    number = len(gains)
    mean = math.fsum(gains) / number
    spread = math.sqrt(math.fsum((one - mean) ** 2 for one in gains) / max(1, number - 1) / number)
    return Estimate(1000 * mean, 1000 * (mean - _Z * spread), 1000 * (mean + _Z * spread))


def _fits(odds: float, is_found: bool) -> float:
    kept = max(-30.0, min(30.0, odds))
    return -math.log1p(math.exp(-kept if is_found else kept))


def _part(name: str) -> int:
    return sha256(name.encode()).digest()[0] % PARTS


def _mixed(name: str) -> bytes:
    return sha256(b"order " + name.encode()).digest()
