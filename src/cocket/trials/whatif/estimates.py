# SPDX-License-Identifier: Apache-2.0
"""What another way of choosing would have found, from what was logged: five estimators side by side.

A case speaks with the chance with which it was examined: for certain where a reason chose it, by the sealed chance where it was
drawn. What an officer picked was not drawn, and speaks for nobody. The inspected cases alone are never an answer: whoever chose
them chose them because they looked bad.

Source: Horvitz and Thompson, JASA 47, 1952 (IPS); Hájek, 1971 (self-normalised); Dudík, Langford and Li, Doubly robust policy
evaluation and learning, ICML 2011; Wang, Agarwal and Dudík, Optimal and adaptive off-policy evaluation, ICML 2017 (SWITCH); Kish,
Survey Sampling, 1965 (effective number); Efron and Tibshirani, An Introduction to the Bootstrap, 1993 (blocks: days).
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import TYPE_CHECKING, Any, Final, Literal

import msgspec

from cocket.errors import SenderError
from cocket.risk.estimate import Estimate, share

if TYPE_CHECKING:
    import numpy as np

    Array = np.ndarray[Any, np.dtype[np.float64]]

#: Effective cases below which nothing is said (count).
LEAST_EFFECTIVE: Final = 100.0

#: Days below which no interval is made of them (count).
LEAST_DAYS: Final = 14

#: Weight from which SWITCH leaves a case to the model; frozen, so that nobody chooses it by what comes out.
SWITCH_AT: Final = 100.0

#: Resamples of the days.
RESAMPLES: Final = 400

#: Finds below which the interval is that of a share of the effective number (count).
_FEW_FINDS: Final = 10

_TAIL: Final = 0.025

#: How far the model's coefficients are held back, and steps of its fit.
_RIDGE, _STEPS = 1.0, 25

What = Literal["found", "threats", "amount"]
WHATS: Final[tuple[What, ...]] = ("found", "threats", "amount")


class TooLittleError(SenderError):
    """The past cannot tell: too little was drawn at random, or no result came back."""

    code = "what-if-too-little"


class Logged(msgspec.Struct, frozen=True, kw_only=True):
    """One case of the past, as estimates go by it.

    Attributes:
        id: Stable id.
        day: Working day; days are what is resampled.
        chance: Chance with which it was examined by what was logged (above 0, at most 1): 1 where a reason chose it, that of the
            draw elsewhere; None where nobody knows.
        is_seen: Whether that choice was made, and a result came. False for what an officer picked by himself.
        found: Whether something was found; False where not seen.
        threat: Whether what was found hurts people: drugs, weapons, security, health.
        amount: What was recovered, national currency; 0 where nothing was.
        marks: What the model goes by, as many numbers for each case (1..n).
    """

    id: str
    day: date
    chance: float | None
    is_seen: bool
    found: bool = False
    threat: bool = False
    amount: float = 0.0
    marks: tuple[float, ...] = (0.0,)


class Said(msgspec.Struct, frozen=True, kw_only=True):
    """What each estimator says of one figure, summed over the past.

    Attributes:
        best: SWITCH: doubly robust where weights are small, the model elsewhere; the figure that is shown first.
        ips: By the inverse of the chance alone.
        snips: The same, self-normalised.
        model: By the model alone; it knows nothing of what it does not see, and is never the only column.
        robust: Doubly robust.
    """

    best: Estimate
    ips: Estimate
    snips: Estimate
    model: Estimate
    robust: Estimate


class Told(msgspec.Struct, frozen=True, kw_only=True):
    """What a way of choosing would have come to.

    Attributes:
        cases: Cases of the past (count).
        days: Working days (count).
        examinations: Expected examinations (count).
        covered: Share of them of which the past can tell (0–1).
        effective: Of how many equal cases the answer is as sure.
        seen: Cases it rests on (count).
        found: Cases with a find.
        threats: Of them with a find that hurts people.
        amount: Recovered, national currency.
        draws: Resampled SWITCH figures, of `WHATS` in order: rows of the same resampled days, so that answers can be subtracted.
    """

    cases: int
    days: int
    examinations: float
    covered: float
    effective: float
    seen: int
    found: Said
    threats: Said
    amount: Said
    draws: tuple[tuple[float, ...], ...] = ()

    @property
    def precision(self) -> Estimate | None:
        """Share of the covered examinations with a find (0–1); None where there are none."""
        of = self.examinations * self.covered
        return (
            Estimate(*(min(1.0, max(0.0, one / of)) for one in msgspec.structs.astuple(self.found.best)))
            if of
            else None
        )


def estimate(cases: Sequence[Logged], target: Sequence[float], seed: int = 1) -> Told:
    """What a way of choosing would have found.

    Args:
        cases: Cases of the past (1..n).
        target: Chance with which it would have examined each (0–1), in the same order.
        seed: Of the resampling.

    Raises:
        TooLittleError: Fewer than `LEAST_EFFECTIVE` effective cases, or fewer than `LEAST_DAYS` days.
    """
    import numpy as np  # heavy, and a house that asks nothing needs none

    pi = np.asarray(target, dtype=float)
    chance = np.asarray([one.chance or 0.0 for one in cases])
    seen = np.asarray([one.is_seen and bool(one.chance) for one in cases])
    is_covered = chance > 0
    weight = np.where(seen, pi / np.where(is_covered, chance, 1.0), 0.0)
    whole, of_covered = float(pi.sum()), float(pi[is_covered].sum())
    squares = float((weight * weight).sum())
    effective = float(weight.sum()) ** 2 / squares if squares else 0.0
    days = sorted({one.day for one in cases})
    _require(effective, len(days), int(seen.sum()), whole)
    place = {day: number for number, day in enumerate(days)}
    rows = np.asarray([place[one.day] for one in cases])
    counts = np.random.default_rng(seed).multinomial(len(days), np.full(len(days), 1 / len(days)), size=RESAMPLES)
    marks = np.asarray([one.marks for one in cases], dtype=float)
    found = np.asarray([one.found for one in cases], dtype=float)
    expected = _fit(marks, found, seen)
    finds = found[seen].sum()
    amount = np.asarray([one.amount for one in cases], dtype=float)
    mean_amount = float(amount[seen & (found > 0)].mean()) if finds else 0.0
    threat = np.asarray([one.threat for one in cases], dtype=float)
    rate = float(threat[seen].sum() / finds) if finds else 0.0
    parts = {
        "found": (found, expected),
        "threats": (threat, expected * rate),
        "amount": (amount, expected * mean_amount),
    }
    said, draws = {}, []
    reach = np.where(is_covered, pi, 0.0)
    for name, (value, model) in parts.items():
        columns = _columns((reach, weight, chance), value, model, seen)
        by_day = np.zeros((len(days), columns.shape[1]))
        np.add.at(by_day, rows, columns)
        told, resampled = _five(by_day.sum(axis=0)), _five_rows(counts.astype(float) @ by_day)
        draws.append(tuple(float(one) for one in resampled[:, 0]))
        is_few = name != "amount" and float((value * seen * (weight > 0)).sum()) < _FEW_FINDS
        bound = share(told[0] / of_covered * effective, effective) if is_few and of_covered else None
        said[name] = Said(**{
            key: _interval(told[number], resampled[:, number], bound, of_covered)
            for number, key in enumerate(("best", "ips", "snips", "model", "robust"))
        })  # fmt: skip
    return Told(
        cases=len(cases),
        days=len(days),
        examinations=whole,
        covered=of_covered / whole if whole else 1.0,
        effective=effective,
        seen=int((weight > 0).sum()),
        found=said["found"],
        threats=said["threats"],
        amount=said["amount"],
        draws=tuple(draws),
    )


def less(one: Told, other: Told, what: What) -> Estimate:
    """What one way of choosing comes to beyond another, on the same resampled days.

    Args:
        one: The one.
        other: The other, of the same cases and the same seed.
        what: Which figure.
    """
    import numpy as np

    number = WHATS.index(what)
    gaps = np.asarray(one.draws[number]) - np.asarray(other.draws[number])
    value = getattr(one, what).best.value - getattr(other, what).best.value
    low, high = (float(np.quantile(gaps, tail)) for tail in (_TAIL, 1 - _TAIL))
    return Estimate(value, min(value, low), max(value, high))


def _require(effective: float, days: int, seen: int, whole: float) -> None:
    if whole <= 0:
        raise TooLittleError(
            "This way of choosing examines nothing, so there is nothing to estimate.", code="what-if-nothing"
        )
    if not seen:
        raise TooLittleError(
            "The past has no result of an examination that chance or a reason chose, so it cannot tell what another choice finds.",
            hint="Draw a share at random, and record what the examinations find.",
        )
    if days < LEAST_DAYS:
        raise TooLittleError(
            f"The past holds {days} working days; nothing is said from fewer than {LEAST_DAYS}.",
            hint="Ask again when more days have passed, or over a longer time.",
        )
    if effective < LEAST_EFFECTIVE:
        raise TooLittleError(
            f"The answer would rest on {effective:.0f} effective examinations; nothing is said from fewer than {LEAST_EFFECTIVE:.0f}.",
            hint="Draw a larger share at random, ask over a longer time, or ask for a smaller change.",
        )


def _columns(of: tuple[Array, Array, Array], value: Array, model: Array, seen: Array) -> Array:
    """What is summed by day: of IPS, of SNIPS its weights, of the model, and of both corrections."""
    import numpy as np

    reach, weight, chance = of
    gap = np.where(seen, weight * (value - model), 0.0)
    is_small = chance * SWITCH_AT >= 1.0
    return np.stack([weight * value, weight, reach, reach * model, gap, np.where(is_small, gap, 0.0)], axis=1)


def _five(sums: Array) -> tuple[float, ...]:
    import numpy as np

    return tuple(float(one) for one in _five_rows(np.asarray([sums]))[0])


def _five_rows(sums: Array) -> Array:
    import numpy as np

    ips, weights, reach, model, gap, small = sums.T
    snips = np.where(weights > 0, reach * ips / np.where(weights > 0, weights, 1.0), 0.0)
    return np.stack([np.maximum(0.0, model + small), ips, snips, model, np.maximum(0.0, model + gap)], axis=1)


def _interval(value: float, resampled: Array, bound: Estimate | None, reach: float) -> Estimate:
    import numpy as np

    low, high = (float(np.quantile(resampled, tail)) for tail in (_TAIL, 1 - _TAIL))
    if bound is not None:
        low, high = min(low, bound.low * reach), max(high, bound.high * reach)
    return Estimate(value, min(value, low), max(value, high))


def _fit(marks: Array, found: Array, seen: Array) -> Array:
    """What the marks let expect of each case (0–1): a logistic model of all that was seen, held back a little."""
    import numpy as np

    level, spread = marks[seen].mean(axis=0), marks[seen].std(axis=0)
    scaled = (marks - level) / np.where(spread > 0, spread, 1.0)
    held = np.concatenate([np.ones((len(marks), 1)), scaled], axis=1)
    told, answers = held[seen], found[seen]
    # half a find and half a miss more keep the level finite where all or none were found
    mean = (answers.sum() + 0.5) / (len(answers) + 1.0)
    beta = np.zeros(held.shape[1])
    beta[0] = np.log(mean / (1 - mean))
    ridge = np.full(held.shape[1], _RIDGE)
    ridge[0] = 1e-3
    centre = beta.copy()
    for _ in range(_STEPS):
        p = 1.0 / (1.0 + np.exp(-np.clip(told @ beta, -30, 30)))
        gradient = told.T @ (answers - p) - ridge * (beta - centre)
        curve = (told * (p * (1 - p))[:, None]).T @ told + np.diag(ridge)
        step = np.clip(np.linalg.solve(curve, gradient), -2.0, 2.0)
        beta = beta + step
        if np.abs(step).max() < 1e-8:
            break
    fitted: Array = 1.0 / (1.0 + np.exp(-np.clip(held @ beta, -30, 30)))
    return fitted
