# SPDX-License-Identifier: Apache-2.0
"""Training: replay the past, keep the latest part back, measure on it, then learn from all."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from typing import Any

from cocket.errors import SettingsError
from cocket.risk.features import FEATURES, NAMES
from cocket.risk.models.boosted_v1 import Card, ModelFile
from cocket.risk.models.calibration import chance, fit_scale
from cocket.risk.models.metrics import auc, average_precision, precision_at
from cocket.risk.models.trees import Row, lightgbm, matrix
from cocket.risk.past import Past, Replay, replay

#: Called with the rounds done and the rounds in all.
Progress = Callable[[int, int], None]

_ROUNDS = 150
_PARAMETERS: dict[str, Any] = {
    "objective": "binary",
    "num_leaves": 7,
    "learning_rate": 0.05,
    "min_data_in_leaf": 25,
    "lambda_l2": 10.0,
    "feature_fraction": 0.7,
    "monotone_constraints": [int(feature.direction == "up") for feature in FEATURES],
    "deterministic": True,
    "force_row_wise": True,
    "num_threads": 1,
    "seed": 1,
    "verbose": -1,
}

_HOLDOUT = 0.25
_GAP = 20
_LEAST_FOUND = 20
_TEST_ROWS = 16

_PURPOSE = "Order goods declarations by the chance that an examination finds an irregularity, to advise an officer."
_LIMITS = (
    "It knows only what past examinations found; what was never looked for is not in it.",
    "The figures are measured on examined cases, which rules had chosen; they do not hold for all declarations.",
    "It must not decide alone: lanes also draw at random, and officers may override.",
    "It was trained for one administration and fades with its trade; train it again every few weeks.",
)


def train(past: Past, progress: Progress | None = None) -> ModelFile:
    """Train a model on the past.

    Args:
        past: Cases with results; only examined ones teach.
        progress: Told how far it is; None to work in silence.

    Returns:
        The model, its card filled with figures measured on the latest quarter of the examined cases.

    Raises:
        SettingsError: The past holds too few findings to learn from, or LightGBM is not installed.
    """
    learnt = replay(past)
    split = int(len(learnt.rows) * (1 - _HOLDOUT))
    if sum(learnt.found[:split]) < _LEAST_FOUND or not sum(learnt.found[split:]):
        raise SettingsError(
            "The past holds too few findings to learn from.",
            code="past-too-thin",
            expected=f"{_LEAST_FOUND} findings and some in the latest quarter",
            found=str(sum(learnt.found)),
        )
    first = _fit(learnt.rows[:split], learnt.found[:split], _step(progress, 0))
    raw = first.predict(matrix(learnt.rows[split:]), raw_score=True, num_threads=1).tolist()
    scale = fit_scale(raw, learnt.found[split:], [case.propensity for case in learnt.cases[split:]])
    final = _fit(learnt.rows, learnt.found, _step(progress, _ROUNDS))
    test_rows = tuple(learnt.rows[:: max(1, len(learnt.rows) // _TEST_ROWS)][:_TEST_ROWS])
    test_raw = final.predict(matrix(test_rows), raw_score=True, num_threads=1).tolist()
    return ModelFile(
        features=NAMES,
        booster=final.model_to_string(),
        scale=scale,
        card=_card(past, learnt, split, raw, final),
        test_rows=test_rows,
        test_scores=tuple(chance(each, scale) for each in test_raw),
    )


def _fit(rows: Sequence[Row], found: Sequence[bool], step: Callable[[Any], None]) -> Any:
    module = lightgbm()
    data = module.Dataset(matrix(_with_gaps(rows)), label=[float(each) for each in found], feature_name=list(NAMES))
    return module.train(dict(_PARAMETERS), data, num_boost_round=_ROUNDS, callbacks=[step])


def _with_gaps(rows: Sequence[Row]) -> list[Row]:
    """The rows with every feature unknown in one of twenty, so that the trees learn a way for the unknown.

    Deviation: LightGBM reads a missing value as 0 where it never saw one missing; to us unknown is not zero.
    """
    return [
        tuple(None if (7 * n + 3 * place) % _GAP == 0 else value for place, value in enumerate(row))
        for n, row in enumerate(rows)
    ]


def _step(progress: Progress | None, done: int) -> Callable[[Any], None]:
    def step(environment: Any) -> None:
        if progress is not None:
            progress(done + environment.iteration + 1, 2 * _ROUNDS)

    return step


def _card(past: Past, learnt: Replay, split: int, raw: list[float], booster: Any) -> Card:
    later, found = learnt.cases[split:], learnt.found[split:]
    drawn = [yes for case, yes in zip(learnt.cases, learnt.found, strict=True) if _is_random(case.propensity)]
    rates = [row[NAMES.index("importer_rate")] or 0.0 for row in learnt.rows[split:]]
    gains = dict(zip(NAMES, booster.feature_importance("gain").tolist(), strict=True))
    total = sum(gains.values()) or 1.0
    return Card(
        purpose=_PURPOSE,
        limits=_LIMITS,
        first_day=_date(past.cases[0].case.facts.day),
        last_day=_date(past.cases[-1].case.facts.day),
        cases=len(past.cases),
        examined=len(learnt.rows),
        found=sum(learnt.found),
        random_examined=len(drawn),
        random_found=sum(drawn),
        holdout_from=_date(later[0].case.facts.day),
        holdout_examined=len(later),
        holdout_found=sum(found),
        measured={
            "model": _figures(found, raw),
            "host": _figures(found, [case.propensity or 1.0 for case in later]),
            "importer-rate": _figures(found, rates),
        },
        importance={name: gain / total for name, gain in sorted(gains.items(), key=lambda item: -item[1])},
        parameters={"rounds": str(_ROUNDS)} | {name: str(value) for name, value in _PARAMETERS.items()},
    )


def _figures(found: Sequence[bool], scores: Sequence[float]) -> dict[str, float | None]:
    return {
        "auc": auc(found, scores),
        "ap": average_precision(found, scores),
        "p@5": precision_at(found, scores, 0.05),
        "p@10": precision_at(found, scores, 0.10),
    }


def _is_random(propensity: float | None) -> bool:
    return propensity is not None and propensity < 1.0


def _date(day: float) -> str:
    return datetime.fromtimestamp(day * 86_400, UTC).date().isoformat()
