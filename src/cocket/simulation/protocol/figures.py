# SPDX-License-Identifier: Apache-2.0
"""Figures of a run of rounds against the truth, and means over paired seeds with their intervals."""

from __future__ import annotations

import math
from collections.abc import Sequence

import msgspec
import numpy as np
import polars as pl

from cocket.risk.models.evidence import Flags, Floats, Ints
from cocket.risk.models.reliability import Bin, Segment, bins_of, calibration_error, segments_of, stability_index
from cocket.simulation.protocol.rounds import Played
from cocket.simulation.worlds import World
from cocket.simulation.worlds.run import Tables

_LATE, _SHARE, _WEEK = 2 / 3, 0.05, 7.0

#: Weights of the amount against the chance along the frontier.
_GAMMAS = (0.0, 0.15, 0.3, 0.5, 0.75, 1.0)

#: t quantile at 97.5 % by degrees of freedom; more take the normal's.
_T = {1: 12.71, 2: 4.30, 3: 3.18, 4: 2.78, 5: 2.57, 6: 2.45, 7: 2.36, 8: 2.31, 9: 2.26, 10: 2.23, 11: 2.20, 15: 2.13}


class Mean(msgspec.Struct, frozen=True, kw_only=True):
    """A mean over seeds.

    Attributes:
        value: The mean; None with no seed.
        se: Its standard error; None with fewer than two, as are `low` and `high`, the ends of the 95 % interval.
        seeds: Seeds (count).
    """

    value: float | None
    se: float | None = None
    low: float | None = None
    high: float | None = None
    seeds: int


class Figures(msgspec.Struct, frozen=True, kw_only=True):
    """One run of rounds.

    Attributes:
        norm_pre: Mean over the weeks of hits over those of a selector that knows the truth; `norm_rev` of revenue.
        norm_pre_late: The same over the last third; `norm_rev_late` likewise.
        bayes_pre: `norm_pre` of the best possible score in the same weeks, which knows the host's results and not ours.
        to_bayes: Hits of our score's top 5 % of each week over those of the best possible score's, last third.
        precision: Share of frauds in our top 5 % of each week, last third; `bayes` that of the best possible score.
        ece: Calibration error against what an examination would find, last third, ten bins of equal count.
        ece_biased: The same without random quota and weights.
        gap: Mean |p − p_bayes| among the selected 5 %, p_bayes times the share of frauds an examination finds.
        gap_biased: The same without random quota and weights.
        frontier: Precision over that of the best possible score at equal revenue, least along the frontier.
        fifth_hits: Scheme that started → weeks from its start to our fifth hit; None if not reached.
        rate: Mean share drawn at random.
    """

    norm_pre: float
    norm_rev: float
    norm_pre_late: float
    norm_rev_late: float
    bayes_pre: float
    to_bayes: float
    precision: float
    bayes: float
    ece: float
    ece_biased: float
    gap: float
    gap_biased: float
    frontier: float
    fifth_hits: dict[str, float | None]
    rate: float


class Looks(msgspec.Struct, frozen=True, kw_only=True):
    """What is looked at beside the figures: calibration `bins` and `biased_bins`, `segments`, score `drift` (index),
    and the frontiers as points (precision, share of revenue), `ours` and `best`.
    """

    bins: tuple[Bin, ...]
    biased_bins: tuple[Bin, ...]
    segments: tuple[Segment, ...]
    drift: float
    ours: tuple[tuple[float, float], ...]
    best: tuple[tuple[float, float], ...]


def mean_of(values: Sequence[float]) -> Mean:
    """Mean over seeds with its interval; what is not finite is left out."""
    known = [value for value in values if math.isfinite(value)]
    if not known:
        return Mean(value=None, seeds=0)
    middle = sum(known) / len(known)
    if len(known) == 1:
        return Mean(value=middle, seeds=1)
    se = math.sqrt(sum((value - middle) ** 2 for value in known) / (len(known) - 1) / len(known))
    reach = se * _T.get(len(known) - 1, 1.96)
    return Mean(value=middle, se=se, low=middle - reach, high=middle + reach, seeds=len(known))


def figures_of(world: World, tables: Tables, played: Played) -> Figures:
    """The figures of a run."""
    truth = tables.truth
    label: Flags = truth["label"].to_numpy()
    duty: Floats = truth["duty"].to_numpy()
    best: Floats = truth["p_bayes"].to_numpy()
    weeks = [np.flatnonzero(played.week == week) for week in range(played.first_week, int(played.week[-1]) + 1)]
    weeks = [here for here in weeks if played.chosen[here].any()]
    pre = np.array([_norm(label[here].astype(float), played.chosen[here]) for here in weeks])
    rev = np.array([_norm(duty[here], played.chosen[here]) for here in weeks])
    ideal = [_norm(label[here].astype(float), top_of(best[here], int(played.chosen[here].sum()))) for here in weeks]
    late = _late(played)
    chance = np.nan_to_num(played.chance)
    ours, theirs = _by_week(played.week, late, chance), _by_week(played.week, late, best)
    find: Flags = truth["would_find"].to_numpy()
    sight = float(find[label].mean())
    biased = np.nan_to_num(played.biased)
    third = max(1, len(weeks) // 3)
    return Figures(
        norm_pre=float(pre.mean()),
        norm_rev=float(rev.mean()),
        norm_pre_late=float(pre[-third:].mean()),
        norm_rev_late=float(rev[-third:].mean()),
        bayes_pre=float(np.mean(ideal)),
        to_bayes=float(label[ours].sum() / max(1, label[theirs].sum())),
        precision=float(label[ours].mean()),
        bayes=float(label[theirs].mean()),
        ece=calibration_error(chance[late], find[late]),
        ece_biased=calibration_error(biased[late], find[late]),
        gap=float(np.abs(chance[ours] - sight * best[ours]).mean()),
        gap_biased=float(np.abs(biased[ours] - sight * best[ours]).mean()),
        frontier=frontier_of(tables, played)[0],
        fifth_hits=_fifth_hits(world, tables, played),
        rate=float(np.mean(played.rates)),
    )


def looks_of(tables: Tables, played: Played) -> Looks:
    """What is looked at beside the figures."""
    late, chance = _late(played), np.nan_to_num(played.chance)
    find: Flags = tables.truth["would_find"].to_numpy()
    label: Flags = tables.truth["label"].to_numpy()
    counts = (
        tables.declarations.select("importer")
        .with_columns(n=pl.int_range(pl.len()).over("importer"))["n"]
        .to_numpy()[late]
    )
    names = np.where(counts < 3, "a: 1st to 3rd declaration", np.where(counts < 20, "b: 4th to 20th", "c: later ones"))
    middle = np.flatnonzero(np.isfinite(played.chance))
    before = middle[: len(middle) // 2]
    _, ours, best = frontier_of(tables, played)
    return Looks(
        bins=bins_of(chance[late], find[late]),
        biased_bins=bins_of(np.nan_to_num(played.biased)[late], find[late]),
        segments=segments_of(names, _flags(len(chance), _by_week(played.week, late, chance))[late], label[late]),
        drift=stability_index(chance[before], chance[late]),
        ours=ours,
        best=best,
    )


def frontier_of(
    tables: Tables, played: Played
) -> tuple[float, tuple[tuple[float, float], ...], tuple[tuple[float, float], ...]]:
    """Precision at equal revenue over the best possible score's (least along the frontier), and both frontiers.

    Both rank by chance × amount ^ γ; the best possible score knows no amounts and takes the duty and tax declared.
    """
    label, duty = tables.truth["label"].to_numpy(), tables.truth["duty"].to_numpy()
    stake = np.maximum(tables.declarations["duty_and_tax"].to_numpy(), 1.0)
    amount = np.where(np.isfinite(played.amount), np.maximum(played.amount, 1.0), stake)
    late, total = _late(played), 0.0
    total = max(1.0, float(duty[late].sum()))
    sets = []
    for chance, worth in ((np.nan_to_num(played.chance), amount), (tables.truth["p_bayes"].to_numpy(), stake)):
        points = []
        for gamma in _GAMMAS:
            rows = _by_week(played.week, late, chance * worth**gamma)
            points.append((float(label[rows].mean()), float(duty[rows].sum()) / total))
        sets.append(tuple(points))
    ours, best = sets
    curve = sorted((revenue, precision) for precision, revenue in best)
    revenues, precisions = [r for r, _ in curve], [p for _, p in curve]
    ratios = [precision / max(1e-9, float(np.interp(revenue, revenues, precisions))) for precision, revenue in ours]
    return min(ratios), ours, best


def top_of(score: Floats, places: int) -> Flags:
    """The highest scores, as many as there are places; ties in the order given."""
    return _flags(len(score), np.argsort(-score, kind="stable")[:places])


def _flags(n: int, rows: Ints) -> Flags:
    flags = np.zeros(n, dtype=np.bool_)
    flags[rows] = True
    return flags


def _late(played: Played) -> Flags:
    last = int(played.week[-1]) + 1
    return (played.week >= int(last * _LATE)) & (played.week >= played.first_week)


def _by_week(week: Ints, among: Flags, score: Floats) -> Ints:
    """Rows of the highest 5 % of each week."""
    rows = []
    for each in np.unique(week[among]):
        here = np.flatnonzero(among & (week == each))
        rows.append(here[np.argsort(-score[here], kind="stable")[: max(1, round(_SHARE * len(here)))]])
    return np.concatenate(rows)


def _norm(worth: Floats, chosen: Flags) -> float:
    ideal = float(np.sort(worth)[::-1][: int(chosen.sum())].sum())
    return float(worth[chosen].sum()) / ideal if ideal > 0 else 1.0


def _fifth_hits(world: World, tables: Tables, played: Played) -> dict[str, float | None]:
    """Weeks from the start of each scheme that starts in our weeks (not one that never does) to the fifth of its frauds that we chose."""
    scheme = np.array([name or "" for name in tables.truth["scheme"].to_list()])
    weeks: dict[str, float | None] = {}
    for name, share in world.starts.items():
        season = math.ceil(share * world.days / world.season_days)
        start = season * world.season_days / _WEEK
        if start < played.first_week or share >= 1.0:
            continue
        hits = played.week[(scheme == name) & played.chosen]
        weeks[name] = float(hits[4] - start + 1.0) if len(hits) >= 5 else None
    return weeks
