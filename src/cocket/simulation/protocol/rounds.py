# SPDX-License-Identifier: Apache-2.0
"""Week after week: score what was declared, examine what is chosen, learn from what comes back, and only from that.

The host's own results teach until `warm`; from then on nobody is examined but by the strategy's choice.
"""

from __future__ import annotations

import hashlib
from typing import Literal

import msgspec
import numpy as np
import polars as pl

from cocket.control.exploration import Chosen, Exploration, ExplorationState, choose, steer
from cocket.errors import SettingsError
from cocket.risk.features import COLUMN_NAMES
from cocket.risk.features.batch import Frame
from cocket.risk.models.evidence import Flags, Floats, Ints, Results, Weights, believe, families_of, weigh
from cocket.risk.models.layered_v1 import (
    Stages,
    answer_of,
    fit_layer_scale,
    in_families,
    learn_stages,
    rows_of,
    scaled,
)
from cocket.risk.models.trust import with_weights
from cocket.simulation.protocol.drift import Bandit, drift_of
from cocket.simulation.worlds.run import Tables
from cocket.simulation.worlds.view import TEACHING, entries_of, terms_of

Strategy = Literal["exploit", "adaptive", "random", "by drift", "bandit"]

#: Ways to explore that are no part of ours.
RIVALS: tuple[Strategy, ...] = ("by drift", "bandit", "random")

#: Strategies that measure how far declarations have moved.
_MEASURES_DRIFT: frozenset[Strategy] = frozenset({"by drift", "bandit"})

#: How many times what has moved the strategy `bandit` may draw at random.
_TIMES = (0.0, 0.5, 1.0, 2.0, 4.0)

#: Weeks before, with which a week's declarations are compared where drift is measured.
_COMPARED = 13

_WEEK, _REFIT_WEEKS, _MOST_WEIGHT = 7.0, 5, 40.0


class Plan(msgspec.Struct, frozen=True, kw_only=True):
    """How rounds are played.

    Attributes:
        budget: Share of a week's declarations examined (0–1).
        warm: Share of the weeks in which the host's results teach and nothing is chosen (0–1).
        threshold: Value under which clearance is simplified, national currency.
        worth: Weight of ln(duty and tax that a find would recover) against ln(chance of a find) in choosing; 0 for hits
            alone, 1 for the revenue to be expected.
        exploration: How the adaptive strategy is steered.
    """

    budget: float = 0.05
    warm: float = 0.15
    threshold: float = 500_000.0
    worth: float = 0.3
    exploration: Exploration = Exploration()


class Log(msgspec.Struct, kw_only=True):
    """What was examined, and what the model said at that moment; one entry an examination, in order.

    Attributes:
        place: Row.
        raw: Log-odds told; NaN for the host's.
        propensity: Chance with which it was chosen.
        by_score: Whether the score chose it; False for chance and the host's.
    """

    place: list[int] = []
    raw: list[float] = []
    propensity: list[float] = []
    by_score: list[bool] = []


class Played(msgspec.Struct, frozen=True, kw_only=True):
    """A whole run.

    Attributes:
        week: Week of each row `(n,)`.
        first_week: First week of the strategy's own.
        chosen: Whether each row was chosen by the strategy `(n,)`.
        chance: Chance of a find told of each row, scaled with the random quota and inverse propensities; NaN before
            `first_week` `(n,)`.
        biased: The same scaled on the model's own choices alone, unweighted `(n,)`.
        amount: Amount told `(n,)`.
        rates: Share drawn at random, a week.
    """

    week: Ints
    first_week: int
    chosen: Flags
    chance: Floats
    biased: Floats
    amount: Floats
    rates: tuple[float, ...]


def order_of(raw: Floats, amount: Floats, scale: tuple[float, float], worth: float) -> Floats:
    """What rows are chosen by, highest first: ln(chance) + `worth` × ln(amount); the log-odds where no amount is known.

    Args:
        raw: Log-odds `(n,)`.
        amount: Duty and tax that a find would recover, national currency `(n,)`; NaN if unknown.
        scale: Slope and intercept from log-odds to a chance.
        worth: Weight of the amount; 0 for hits alone, 1 for the revenue to be expected.
    """
    if not np.isfinite(amount).all():
        return raw
    order: Floats = np.log(np.maximum(scaled(raw, scale), 1e-12)) + worth * np.log(np.maximum(amount, 1.0))
    return order


def _weights_of(tables: Tables) -> Floats:
    """What a full examination of each row would weigh in learning `(n,)`."""
    told = tables.truth.select(
        found="would_find", minutes="would_minutes", officers="would_officers", depth=pl.lit("full")
    ).with_columns(tables.declarations["office"])
    weights: Floats = with_weights(told)["weight"].to_numpy()
    return weights


def play(tables: Tables, strategy: Strategy, plan: Plan, seed: int) -> Played:
    """Play a world's weeks by a strategy."""
    return _Play(tables, strategy, plan, seed).run()


class _Play:
    def __init__(self, tables: Tables, strategy: Strategy, plan: Plan, seed: int) -> None:
        self._strategy, self._plan, self._seed = strategy, plan, seed
        entries = entries_of(tables.declarations)
        self._ids: list[str] = entries["id"].to_list()
        self._day = entries["day"].to_numpy()
        self._frame = Frame(entries, terms_of(tables.crossing, plan.threshold))
        nothing = pl.DataFrame(schema={"id": pl.String, "returned": pl.Float64, "found": pl.Boolean})
        declared = self._frame.features(nothing)
        measures = strategy in _MEASURES_DRIFT
        self._declared = np.column_stack([declared[name] for name in COLUMN_NAMES]) if measures else None
        self._bandit = Bandit(len(_TIMES), seed) if strategy == "bandit" else None
        self._arms: dict[int, tuple[int, float]] = {}
        self._rows = rows_of(declared, self._frame, self._day, self._frame.numbers("phone"))
        truth = tables.truth
        self._find: Flags = truth["would_find"].to_numpy()
        self._back: Floats = self._day + truth["would_take"].to_numpy()
        self._offence: list[str | None] = [
            (offence or "other") if found else None
            for offence, found in zip(truth["offence"].to_list(), self._find.tolist(), strict=True)
        ]
        self._duty: Floats = truth["duty"].to_numpy()
        self._weight = _weights_of(tables)
        self._week = ((self._day - np.floor(self._day[0])) // _WEEK).astype(np.int64)
        self._weeks = int(self._week[-1]) + 1
        self._first = max(1, round(self._weeks * plan.warm))
        self._log = Log()
        self._host(tables)
        n = len(self._day)
        self._chosen = np.zeros(n, dtype=np.bool_)
        self._chance, self._biased, self._amount = (np.full(n, np.nan) for _ in range(3))
        self._state = ExplorationState(rate={"exploit": 0.0, "random": 1.0}.get(strategy, plan.exploration.least))
        self._scale = self._biased_scale = (1.0, 0.0)
        self._stages: Stages | None = None
        self._weights: Weights | None = None
        self._told = 0.0

    def run(self) -> Played:
        """All weeks."""
        rates = []
        for week in range(self._first, self._weeks):
            here = np.flatnonzero(self._week == week)
            if not len(here):
                continue
            begin = float(self._day[here[0]])
            if (week - self._first) % _REFIT_WEEKS == 0:
                self._learn(begin)
            self._steer(begin)
            self._follow_drift(week, begin)
            rates.append(self._state.rate)
            self._one(week, here)
        return Played(week=self._week, first_week=self._first, chosen=self._chosen, chance=self._chance,
            biased=self._biased, amount=self._amount, rates=tuple(rates))  # fmt: skip

    def _host(self, tables: Tables) -> None:
        """What the host examined in the weeks before ours, with what a full examination finds."""
        begin = self._first
        place = {name: number for number, name in enumerate(self._ids)}
        done = tables.results.filter(pl.col("depth").is_in(TEACHING)).join(tables.selections, on="id")
        for name, chance in done.select("id", "propensity").sort("id").iter_rows():
            if self._week[place[name]] < begin:
                self._note(place[name], float("nan"), chance or 0.02, False)

    def _note(self, row: int, raw: float, propensity: float, by_score: bool) -> None:
        self._log.place.append(row)
        self._log.raw.append(raw)
        self._log.propensity.append(propensity)
        self._log.by_score.append(by_score)

    def _labels(self) -> pl.DataFrame:
        place = np.array(self._log.place)
        return pl.DataFrame(
            {
                "id": [self._ids[row] for row in place],
                "returned": self._back[place],
                "found": self._find[place],
                "weight": self._weight[place],
            }
        )

    def _results(self, until: float, families: tuple[str, ...]) -> Results:
        place = np.array(self._log.place)
        place = place[self._back[place] <= until]
        family = in_families([self._offence[row] for row in place], families)
        return Results(place=place, returned=self._back[place], family=family, weight=self._weight[place])

    def _learn(self, now: float) -> None:
        place = np.array(self._log.place)
        known = place[self._back[place] <= now]
        families = families_of([self._offence[row] for row in known])
        features = self._frame.features(self._labels())
        seen = np.flatnonzero(self._day < now)
        results = self._results(now, families)
        try:
            self._stages = learn_stages(
                {name: values[seen] for name, values in features.items()},
                self._rows.of(seen),
                results,
                families,
                self._duty[known],
            )
        except SettingsError:
            return
        self._weights = weigh(self._stages.evidence, self._rows)
        self._calibrate(now)

    def _calibrate(self, now: float) -> None:
        """Scales from what was told at the time of choosing and came back since."""
        place, raw = np.array(self._log.place), np.array(self._log.raw)
        known = np.flatnonzero(np.isfinite(raw) & (self._back[place] <= now))[-6000:]
        if len(known) < 100 or self._find[place[known]].sum() < 10:
            return
        found = self._find[place[known]].astype(np.float64)
        propensity, scored = np.array(self._log.propensity)[known], np.array(self._log.by_score)[known]
        self._scale = fit_layer_scale(raw[known], found, propensity, _MOST_WEIGHT)
        if scored.sum() >= 50:
            self._biased_scale = fit_layer_scale(raw[known][scored], found[scored], np.ones(int(scored.sum())), 1.0)

    def _steer(self, now: float) -> None:
        if self._strategy != "adaptive":
            return
        place, raw = np.array(self._log.place), np.array(self._log.raw)
        fresh = np.isfinite(raw) & (self._back[place] > self._told) & (self._back[place] <= now)
        scored = np.array(self._log.by_score)
        said = scaled(raw, self._scale)
        chosen = [(float(said[each]), bool(self._find[place[each]])) for each in np.flatnonzero(fresh & scored)]
        drawn = [bool(self._find[place[each]]) for each in np.flatnonzero(fresh & ~scored)]
        steer(self._state, self._plan.exploration, chosen, drawn)
        self._told = now

    def _follow_drift(self, week: int, now: float) -> None:
        """Let the share drawn at random be how far this week's declarations have moved from those of the weeks before, as often
        as the bandit says.
        """
        if self._declared is None:
            return
        earlier = (self._week >= week - _COMPARED) & (self._week < week)
        moved = drift_of(self._declared[earlier], self._declared[self._week == week])
        exploration, times = self._plan.exploration, 1.0
        if self._bandit is not None:
            self._reward(self._bandit, now)
            self._arms[week] = self._bandit.choose()
            times = _TIMES[self._arms[week][0]]
        self._state.rate = min(exploration.most, max(exploration.least, moved * times))

    def _reward(self, bandit: Bandit, now: float) -> None:
        """Tell the bandit what each arm's examinations found that came back since it was last told, as shares of its week's."""
        place = np.array(self._log.place)
        fresh = place[(self._back[place] > self._told) & (self._back[place] <= now)]
        for week, (arm, chance) in self._arms.items():
            examined = int((self._week[place] == week).sum())
            found = int(self._find[fresh[self._week[fresh] == week]].sum())
            if found:
                bandit.learn(arm, chance, found / examined)
        self._told = now

    def _one(self, week: int, here: Ints) -> None:
        raw = np.zeros(len(here))
        if self._stages is not None and self._weights is not None:
            features = self._frame.features(self._labels())
            results = self._results(float(self._day[here[-1]]), self._stages.evidence.families)
            upto = slice(0, int(here[-1]) + 1)
            belief = believe(self._stages.evidence, self._weights.of(upto), self._rows.of(upto), results)
            answer = answer_of(
                self._stages, {name: values[here] for name, values in features.items()}, belief.of(here), self._scale
            )
            raw = answer.raw
            self._chance[here], self._amount[here] = answer.chance, answer.amount
            self._biased[here] = scaled(raw, self._biased_scale)
        chosen = self._choose(week, here, order_of(raw, self._amount[here], self._scale, self._plan.worth))
        for by_score, picks in ((True, chosen.by_score), (False, chosen.by_chance)):
            for pick in picks:
                self._note(int(here[pick]), float(raw[pick]), chosen.propensities[pick], by_score)
                self._chosen[here[pick]] = True

    def _choose(self, week: int, here: Ints, order: Floats) -> Chosen:
        places = max(1, round(self._plan.budget * len(here)))
        seed = hashlib.sha256(f"{self._seed}/{week}".encode()).digest()
        return choose([self._ids[row] for row in here], order.tolist(), places, seed, rate=self._state.rate)
