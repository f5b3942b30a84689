# SPDX-License-Identifier: Apache-2.0
"""The same table learnt by others: chance, value, risk profiles, and learners anybody can install.

All learn from the host's results returned by a day, and are measured on every declaration after it.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import msgspec
import numpy as np

from cocket.risk.features import COLUMN_NAMES, RATE_NAMES
from cocket.risk.models.evidence import Flags, Floats, Ints
from cocket.risk.models.learning import Past, past_of, raw_answers
from cocket.simulation.worlds.hardness import LEARNT, profile_sums
from cocket.simulation.worlds.run import Tables
from cocket.simulation.worlds.view import entries_of, results_of, terms_of

#: Share of results turned round in the poisoning rows.
FLIPS = (0.01, 0.05)


class Row(msgspec.Struct, frozen=True, kw_only=True):
    """One way to order the later declarations.

    Attributes:
        name: Which.
        p5: Share of frauds in its top 5 %; `to_bayes` over that of the best possible score.
        p10: Share of frauds in its top 10 %.
        recall10: Share of all frauds in its top 10 %.
        rev5: Share of duty and tax withheld in its top 5 %.
        auc: Area under the curve.
    """

    name: str
    p5: float
    to_bayes: float
    p10: float
    recall10: float
    rev5: float
    auc: float


class Split(msgspec.Struct, frozen=True, kw_only=True):
    """A table with its results, split in time.

    Attributes:
        past: Features, rows and all results.
        taught: Results returned by the day of the split `(t,)`.
        later: Rows after it `(n,)`.
        label: The truth `(n,)`; `duty` withheld `(n,)`.
    """

    past: Past
    taught: Ints
    later: Flags
    label: Flags
    duty: Floats


def split_of(tables: Tables, threshold: float = 500_000.0) -> Split:
    """A world's table with the host's results, split where the hardness of worlds is measured."""
    entries = entries_of(tables.declarations)
    results = results_of(tables.results, tables.selections)
    past = past_of(entries, results, terms_of(tables.crossing, threshold))
    day = float(past.rows.day[int(LEARNT * len(entries))])
    return Split(
        past=past,
        taught=np.flatnonzero(past.returned <= day),
        later=past.rows.day > day,
        label=tables.truth["label"].to_numpy(),
        duty=tables.truth["duty"].to_numpy(),
    )


def compare(tables: Tables, seed: int) -> tuple[tuple[Row, ...], tuple[str, ...]]:
    """All ways on one world, and what had to be left out for want of a library."""
    split = split_of(tables)
    later = split.later
    draw = np.random.default_rng(seed)
    flags, rates = profile_sums(tables)
    best = tables.truth["p_bayes"].to_numpy()[later]
    scores: dict[str, Floats] = {
        "best possible": best,
        "random": draw.random(int(later.sum())),
        "value": tables.declarations["value"].to_numpy()[later],
        "risk-profile sum": flags + 1e-6 * draw.random(len(flags)),
        "sum of rates": rates,
        "layered (ours)": raw_answers(split.past, split.taught)[later],
    }
    absent = []
    for name, learner in LEARNERS.items():
        try:
            scores[name] = learner(split, seed)
        except ImportError:
            absent.append(name)
    for flip in FLIPS:
        scores[f"ours, {flip:.0%} of results flipped"] = raw_answers(_poisoned(split.past, flip, draw), split.taught)[
            later
        ]
    top = row_of("", best, split, 1.0).p5
    return tuple(row_of(name, score, split, top) for name, score in scores.items()), tuple(absent)


def row_of(name: str, score: Floats, split: Split, best: float) -> Row:
    """Figures of a score of the later rows; `best` the precision at 5 % of the best possible score."""
    label, duty = split.label[split.later], split.duty[split.later]
    order = np.argsort(-score, kind="stable")
    five, ten = order[: max(1, round(0.05 * len(order)))], order[: max(1, round(0.10 * len(order)))]
    ranks = np.empty(len(order))
    ranks[order] = np.arange(len(order), 0, -1)
    frauds, n = int(label.sum()), len(label)
    auc = (ranks[label].sum() - frauds * (frauds + 1) / 2) / max(1, frauds * (n - frauds))
    p5 = float(label[five].mean())
    return Row(
        name=name,
        p5=p5,
        to_bayes=p5 / best,
        p10=float(label[ten].mean()),
        recall10=float(label[ten].sum() / max(1, frauds)),
        rev5=float(duty[five].sum() / max(1.0, duty.sum())),
        auc=float(auc),
    )


def _poisoned(past: Past, share: float, draw: np.random.Generator) -> Past:
    flipped = draw.random(len(past.offences)) < share
    offences = [
        (None if offence is not None else "other") if flip else offence
        for offence, flip in zip(past.offences, flipped.tolist(), strict=True)
    ]
    return msgspec.structs.replace(past, offences=offences)


def _matrices(split: Split, names: tuple[str, ...] = COLUMN_NAMES) -> tuple[Floats, Floats, Floats]:
    features = np.column_stack([split.past.features[name] for name in names])
    taught = split.past.place[split.taught]
    return features[taught], split.past.found[split.taught].astype(np.float64), features[split.later]


def _logistic(split: Split, seed: int) -> Floats:
    from sklearn.linear_model import LogisticRegression
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import StandardScaler

    train, target, test = _matrices(split)
    model = make_pipeline(StandardScaler(), LogisticRegression(C=0.1, max_iter=500))
    model.fit(np.nan_to_num(train), target)
    return np.asarray(model.decision_function(np.nan_to_num(test)), dtype=np.float64)


def _forest(split: Split, seed: int) -> Floats:
    from sklearn.ensemble import IsolationForest

    train, _, test = _matrices(split)
    model = IsolationForest(n_estimators=100, random_state=seed).fit(np.nan_to_num(train))
    return -np.asarray(model.score_samples(np.nan_to_num(test)), dtype=np.float64)


def _xgboost(split: Split, seed: int) -> Floats:
    """100 trees of depth 4 on stated figures and risk rates: the configuration published for customs.

    Source: Kim et al., DATE, KDD 2020, and the BACUDA programme of the WCO.
    """
    from xgboost import XGBClassifier

    train, target, test = _matrices(split, (*RATE_NAMES, "ln_value", "tax_share", "freight_by_kg", "duty_at_stake"))
    model: Any = XGBClassifier(n_estimators=100, max_depth=4, n_jobs=1, random_state=seed, verbosity=0)
    return np.asarray(model.fit(train, target).predict_proba(test)[:, 1], dtype=np.float64)


def _catboost(split: Split, seed: int) -> Floats:
    from catboost import CatBoostClassifier

    train, target, test = _matrices(split)
    model: Any = CatBoostClassifier(iterations=200, depth=6, random_seed=seed, thread_count=1, verbose=0,
        allow_writing_files=False)  # fmt: skip
    return np.asarray(model.fit(train, target).predict_proba(test)[:, 1], dtype=np.float64)


def _lightgbm(split: Split, seed: int) -> Floats:
    import lightgbm

    train, target, test = _matrices(split)
    model = lightgbm.train(
        {"objective": "binary", "num_leaves": 15, "learning_rate": 0.05, "min_data_in_leaf": 30, "num_threads": 1,
         "verbose": -1, "seed": seed},
        lightgbm.Dataset(train, label=target), num_boost_round=200,
    )  # fmt: skip
    return np.asarray(model.predict(test, num_threads=1), dtype=np.float64)


LEARNERS: dict[str, Callable[[Split, int], Floats]] = {
    "logistic": _logistic,
    "isolation forest": _forest,
    "XGBoost, published": _xgboost,
    "CatBoost": _catboost,
    "LightGBM, all features": _lightgbm,
}
