# SPDX-License-Identifier: Apache-2.0
"""Synthetic administrations that share a pattern of fraud, or do not: what a partner's table is worth, with the truth known.

Each case has goods of a chapter and an origin, a sign that our own model sees, and a true chance of a find. Our own model knows the sign
and what our own past taught of the goods. A partner's goods are as risky as ours (`likeness` 1), have nothing to do with ours (0), or are
risky where ours are not (-1). Counted is what is found among the cases examined later: by the true chances, so that chance has no say.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from datetime import date
from random import Random
from typing import Final

import msgspec

from cocket.risk.joint import (
    Comparison,
    EvidenceTable,
    Lifts,
    RandomCase,
    adjust,
    compare,
    lifts_of,
    pull_of,
    raised,
    table_of,
)
from cocket.risk.joint.table import USUAL_LEAST, counts_of

_DAYS: Final = date(2026, 1, 1), date(2026, 12, 31)
_CHAPTERS: Final = tuple(f"{number:02d}" for number in range(1, 41))
_ORIGINS: Final = tuple(f"X{letter}" for letter in "ABCDEFGHIJ")

#: Log-odds of usual goods, what the sign is worth, and how much goods differ.
_BASE: Final = -3.4
_SIGN: Final = 0.8
_SPREAD: Final = 0.8


class Terms(msgspec.Struct, frozen=True, kw_only=True):
    """One setting of the study.

    Attributes:
        likeness: How alike the partners' goods are to ours, -1 to 1, one a partner (1..n).
        past: Examinations of our own that our model learnt from (count).
        draw: Our own random draw, on which a table is tested (count).
        partner: Examinations drawn at random at each partner (count).
        later: Cases of which some are examined later (count).
        budget: Share of them examined (0–1).
    """

    likeness: tuple[float, ...]
    past: int = 500
    draw: int = 3000
    partner: int = 10_000
    later: int = 20_000
    budget: float = 0.05


class Outcome(msgspec.Struct, frozen=True, kw_only=True):
    """What one seed came to.

    Attributes:
        alone: Finds expected among the cases examined, by our own model alone.
        anyway: The same if the table is used whatever the test says.
        decided: The same if it is used only where the test says that it helps.
        best: The same if the true chances were known.
        comparison: The test.
    """

    alone: float
    anyway: float
    decided: float
    best: float
    comparison: Comparison


class _House:
    """One administration: how risky goods are there, and how much of each comes."""

    def __init__(self, draw: Random, risks: dict[tuple[str, str], float]) -> None:
        self._draw, self.risks = draw, risks
        self._cells = sorted(risks)
        self._weights = [draw.paretovariate(2.0) for _ in self._cells]

    def cases(self, number: int) -> list[tuple[tuple[str, str], float, float]]:
        """Goods, sign and true chance."""
        cells = self._draw.choices(self._cells, self._weights, k=number)
        signs = [self._draw.gauss(0.0, 1.0) for _ in cells]
        return [
            (cell, sign, 1.0 / (1.0 + math.exp(-(_BASE + _SIGN * sign + self.risks[cell]))))
            for cell, sign in zip(cells, signs, strict=True)
        ]

    def examined(self, number: int, name: str) -> list[RandomCase]:
        """Cases drawn at random, with what was found."""
        return [
            RandomCase(
                id=f"{name}{place}", day=_DAYS[0], cells=(cell,), score=_told(sign), found=self._draw.random() < chance
            )
            for place, (cell, sign, chance) in enumerate(self.cases(number))
        ]


def run(terms: Terms, seed: int) -> Outcome:
    """One world: our administration with partners, and what is found later without and with what they tell."""
    draw = Random(seed)
    own_risks = _risks(draw)
    ours = _House(draw, own_risks)
    partners = [_House(draw, _alike(draw, own_risks, each)) for each in terms.likeness]
    past = ours.examined(terms.past, "past")
    learnt = lifts_of(_table([past]))
    test = [_scored(one, learnt) for one in ours.examined(terms.draw, "draw")]
    lifts = lifts_of(_table([one.examined(terms.partner, "partner") for one in partners]))
    comparison = compare(test, lifts, max(terms.budget, 0.1), 1.0)
    weight = pull_of(test, lifts).weight
    later = ours.cases(terms.later)
    places = round(terms.budget * len(later))
    scores = raised([_told(sign) for _, sign, _ in later], [learnt.of((cell,))[0] for cell, _, _ in later], 1.0)
    moved = raised(scores, [lifts.of((cell,))[0] for cell, _, _ in later], weight)
    truth = [chance for _, _, chance in later]
    alone, anyway = _found(truth, scores, places), _found(truth, moved, places)
    return Outcome(
        alone=alone,
        anyway=anyway,
        decided=anyway if comparison.verdict == "helps" else alone,
        best=_found(truth, truth, places),
        comparison=comparison,
    )


def _risks(draw: Random) -> dict[tuple[str, str], float]:
    chapters = {one: draw.gauss(0.0, _SPREAD) for one in _CHAPTERS}
    origins = {one: draw.gauss(0.0, _SPREAD / 2) for one in _ORIGINS}
    return {
        (hs2, origin): chapters[hs2] + origins[origin] + draw.gauss(0.0, _SPREAD / 2)
        for hs2 in _CHAPTERS
        for origin in _ORIGINS
    }


def _alike(draw: Random, risks: dict[tuple[str, str], float], likeness: float) -> dict[tuple[str, str], float]:
    others = _risks(draw)
    rest = math.sqrt(max(0.0, 1.0 - likeness * likeness))
    return {cell: likeness * risk + rest * others[cell] for cell, risk in risks.items()}


def _table(examined: Sequence[list[RandomCase]]) -> EvidenceTable:
    """One table, or the sum of several, as partners get it: small cells put together after they were summed."""
    return table_of(counts_of([one for several in examined for one in several]), _DAYS, USUAL_LEAST)


def _told(sign: float) -> float:
    return 1.0 / (1.0 + math.exp(-(_BASE + _SIGN * sign)))


def _scored(one: RandomCase, learnt: Lifts) -> RandomCase:
    return msgspec.structs.replace(one, score=adjust(one.score or 0.0, learnt.of(one.cells)[0], 1.0))


def _found(truth: Sequence[float], scores: Sequence[float], places: int) -> float:
    first = sorted(range(len(scores)), key=lambda place: -scores[place])[:places]
    return math.fsum(truth[place] for place in first)
