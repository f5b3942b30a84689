# SPDX-License-Identifier: Apache-2.0
"""What a table adds to the log-odds of our own score: no more than our own random draw agrees with.

A table tells how much more often something is found in a kind of goods than usual *there*; how often that is does not travel. Small cells
are held towards their chapter and origin, and those towards nothing. What is told so is a prior from outside: how far it is
taken is learnt on our own random draw, beside our own score, and held back by how uncertain that is. A table that says the opposite of
what is found here is given no weight; it is never turned round.

Source: Efron and Morris, Stein's estimation rule and its competitors, JASA 68, 1973 (holding back by the uncertainty, positive part);
Good, Probability and the Weighing of Evidence, 1950 (log-odds that add).
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from typing import Final

import msgspec

from cocket.risk.joint.table import EvidenceTable, RandomCase

#: Examinations that a chapter, an origin and a cell are worth before any is made (count).
_BEFORE: Final = 20.0

#: The furthest that a cell speaks (ln), and that a score is moved.
_SPEAKS: Final = 2.0

#: Drawn cases and finds without which nothing is learnt of a table (count).
LEAST_CASES: Final = 200
LEAST_FINDS: Final = 10

#: What holds the fit from running off where there is little of either kind.
_RIDGE: Final = 1.0
_STEPS: Final = 40


class Lifts(msgspec.Struct, frozen=True, kw_only=True):
    """What a table tells, read off for goods.

    Attributes:
        cells: Chapter and origin → ln of how much more often something is found than usual.
        chapters: Chapter → the same.
        origins: Origin → the same.
        counts: Chapter and origin → consignments examined, and with a find (count).
    """

    cells: dict[tuple[str, str], float]
    chapters: dict[str, float]
    origins: dict[str, float]
    counts: dict[tuple[str, str], tuple[int, int]] = {}

    def of(self, cells: Iterable[tuple[str, str]]) -> tuple[float, tuple[str, str]]:
        """The highest of some goods, and which they are; 0 of none."""
        told = [(self._one(hs2, origin), (hs2, origin)) for hs2, origin in cells]
        return max(told, key=lambda one: one[0], default=(0.0, ("", "")))

    def _one(self, hs2: str, origin: str) -> float:
        known = self.cells.get((hs2, origin))
        if known is not None:
            return known
        return _held(self.chapters.get(hs2, 0.0) + self.origins.get(origin, 0.0))


class Pull(msgspec.Struct, frozen=True, kw_only=True):
    """How far our own random draw agrees with a table.

    Attributes:
        cases: Drawn cases it was learnt on (count).
        finds: Of them with a find (count).
        agreement: What one unit of the table's log-odds is worth here beside our own score; 1 if it holds here as there.
        error: Standard error of it; None where the draw is too small, or the table tells nothing of our goods.
        weight: The part that is taken: the agreement held back by its error, from 0 to 1.
    """

    cases: int
    finds: int
    agreement: float
    error: float | None
    weight: float


def lifts_of(table: EvidenceTable, own: Mapping[tuple[str, str], tuple[int, int]] | None = None) -> Lifts:
    """What a table tells.

    Args:
        table: Of a partner, or of several together.
        own: What we put into a sum ourselves, by chapter and origin: taken out, so that it is not counted twice; None for nothing.
    """
    counts: dict[tuple[str, str], tuple[float, float]] = {}
    for one in table.cells:
        mine = own.get((one.hs2, one.origin), (0, 0)) if own is not None else (0, 0)
        examined = float(max(0, one.examined - mine[0]))
        counts[one.hs2, one.origin] = examined, min(examined, float(max(0, one.found - mine[1])))
    usual = _rate(*_sum(counts.values()), 0.05)
    chapters = _margin(counts, 0, usual)
    origins = _margin(counts, 1, usual)
    cells = {}
    for (hs2, origin), (number, finds) in counts.items():
        if (hs2, origin) == ("", ""):
            continue
        prior = min(0.9, usual * math.exp(_held(chapters.get(hs2, 0.0) + origins.get(origin, 0.0))))
        cells[hs2, origin] = _lift(_rate(number, finds, prior), usual)
    whole = {cell: (int(counts[cell][0]), int(counts[cell][1])) for cell in cells}
    return Lifts(cells=cells, chapters=chapters, origins=origins, counts=whole)


def pull_of(cases: Sequence[RandomCase], lifts: Lifts) -> Pull:
    """How far our own random draw agrees with a table, beside our own score.

    Args:
        cases: Our random draw; those without a score are left out.
        lifts: What the table tells.
    """
    told = [one for one in cases if one.score is not None]
    finds = sum(one.found for one in told)
    if len(told) < LEAST_CASES or finds < LEAST_FINDS:
        return Pull(cases=len(told), finds=finds, agreement=0.0, error=None, weight=0.0)
    rows = [(1.0, log_odds(one.score or 0.0), lifts.of(one.cells)[0]) for one in told]
    fitted, spread = _fit(rows, [one.found for one in told])
    agreement, error = fitted[2], spread
    if not error < math.inf or max(abs(row[2]) for row in rows) < 1e-9:
        return Pull(cases=len(told), finds=finds, agreement=0.0, error=None, weight=0.0)
    z = agreement / error
    kept = agreement * max(0.0, 1.0 - 1.0 / (z * z)) if z > 0 else 0.0
    return Pull(cases=len(told), finds=finds, agreement=agreement, error=error, weight=min(1.0, max(0.0, kept)))


def adjust(score: float, lift: float, weight: float) -> float:
    """A score with what a table adds to its log-odds (0–1).

    Args:
        score: Our own (0–1); one at an end of the scale stays.
        lift: What the table tells of the goods (ln).
        weight: The part of it that is taken (0–1).
    """
    if not 0.0 < score < 1.0:
        return score
    moved = log_odds(score) + weight * lift
    return 1.0 / (1.0 + math.exp(-moved))


def raised(scores: Sequence[float], lifts: Sequence[float], weight: float) -> list[float]:
    """Several scores with what a table adds, in their order."""
    return [adjust(score, lift, weight) for score, lift in zip(scores, lifts, strict=True)]


def log_odds(score: float) -> float:
    """Of a score, kept from the ends of the scale."""
    kept = min(1.0 - 1e-6, max(1e-6, score))
    return math.log(kept / (1.0 - kept))


def fitted_odds(cases: Sequence[RandomCase]) -> tuple[float, float]:
    """Level and slope by which our own scores become chances on a random draw."""
    rows = [(1.0, log_odds(one.score or 0.0), 0.0) for one in cases]
    fitted, _ = _fit(rows, [one.found for one in cases])
    return fitted[0], fitted[1]


def _fit(rows: Sequence[tuple[float, float, float]], found: Sequence[bool]) -> tuple[list[float], float]:
    """Logistic regression on level, own log-odds and the table's, held to 0, 1 and 0; and the error of the last."""
    held = (0.0, 1.0, 0.0)
    ridge = (0.01, _RIDGE, _RIDGE)
    at = [_level(found), 1.0, 0.0]
    hessian = [[0.0] * 3 for _ in range(3)]
    for _ in range(_STEPS):
        level, slope, taken = at
        g0 = g1 = g2 = h00 = h01 = h02 = h11 = h12 = h22 = 0.0
        for (_one, own, told), is_found in zip(rows, found, strict=True):
            chance = _chance(level + slope * own + taken * told)
            miss, curve = is_found - chance, chance * (1.0 - chance)
            g0, g1, g2 = g0 + miss, g1 + miss * own, g2 + miss * told
            h00, h01, h02 = h00 + curve, h01 + curve * own, h02 + curve * told
            h11, h12, h22 = h11 + curve * own * own, h12 + curve * own * told, h22 + curve * told * told
        gradient = [g0, g1 + ridge[1] * (held[1] - slope), g2 + ridge[2] * (held[2] - taken)]
        hessian = [[h00 + ridge[0], h01, h02], [h01, h11 + ridge[1], h12], [h02, h12, h22 + ridge[2]]]
        step = _solved(hessian, gradient)
        at = [a + max(-2.0, min(2.0, s)) for a, s in zip(at, step, strict=True)]
        if max(map(abs, step)) < 1e-8:
            break
    variance = _solved(hessian, [0.0, 0.0, 1.0])[2]
    return at, math.sqrt(variance) if variance > 0 else math.inf


def _level(found: Sequence[bool]) -> float:
    own = (sum(found) + 0.5) / (len(found) + 1.0)
    return math.log(own / (1.0 - own))


def _chance(odds: float) -> float:
    return 1.0 / (1.0 + math.exp(-max(-30.0, min(30.0, odds))))


def _solved(matrix: Sequence[Sequence[float]], wanted: Sequence[float]) -> list[float]:
    """A small system of equations, by elimination."""
    size = len(wanted)
    rows = [[*row, value] for row, value in zip(matrix, wanted, strict=True)]
    for k in range(size):
        best = max(range(k, size), key=lambda i: abs(rows[i][k]))
        rows[k], rows[best] = rows[best], rows[k]
        if abs(rows[k][k]) < 1e-12:
            return [0.0] * size
        for i in range(size):
            if i != k:
                factor = rows[i][k] / rows[k][k]
                rows[i] = [a - factor * b for a, b in zip(rows[i], rows[k], strict=True)]
    return [rows[k][size] / rows[k][k] for k in range(size)]


def _margin(counts: Mapping[tuple[str, str], tuple[float, float]], place: int, usual: float) -> dict[str, float]:
    sums: dict[str, list[float]] = {}
    for cell, (examined, found) in counts.items():
        if cell[place]:
            known = sums.setdefault(cell[place], [0.0, 0.0])
            known[0], known[1] = known[0] + examined, known[1] + found
    return {name: _lift(_rate(examined, found, usual), usual) for name, (examined, found) in sums.items()}


def _sum(counts: Iterable[tuple[float, float]]) -> tuple[float, float]:
    told = list(counts)
    return sum(one[0] for one in told), sum(one[1] for one in told)


def _rate(examined: float, found: float, before: float) -> float:
    return (found + _BEFORE * before) / (examined + _BEFORE)


def _lift(rate: float, usual: float) -> float:
    odds = [min(0.99, max(1e-4, one)) for one in (rate, usual)]
    return _held(math.log(odds[0] / (1 - odds[0])) - math.log(odds[1] / (1 - odds[1])))


def _held(lift: float) -> float:
    return max(-_SPEAKS, min(_SPEAKS, lift))
