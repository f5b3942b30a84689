# SPDX-License-Identifier: Apache-2.0
"""The table model, first edition: evidence first, trees over all features after it, two heads, one scale.

The trees start from what the evidence says and correct it; they may only rise with every found rate. The second head
tells the duty and tax that a find would recover.
"""

from __future__ import annotations

import hashlib
import math
from collections.abc import Sequence
from typing import Any, Literal

import msgspec
import numpy as np

from cocket.errors import ProofError, SettingsError
from cocket.risk.features import COLUMN_NAMES, COLUMNS
from cocket.risk.features.batch import Arrays, Frame
from cocket.risk.features.traces import TAX
from cocket.risk.models.belief_parts import BeliefParts, take_apart
from cocket.risk.models.calibration import fit_scale
from cocket.risk.models.evidence import (
    NAMED,
    Belief,
    Evidence,
    Flags,
    Floats,
    Ints,
    Results,
    Rows,
    believe,
    usual_find,
    weigh,
)
from cocket.risk.models.evidence_fit import fit_evidence
from cocket.risk.models.following import Believed, Follower
from cocket.risk.models.report import LayeredCard
from cocket.risk.models.traces import traces_of
from cocket.risk.models.trees import Row, lightgbm, matrix
from cocket.risk.trail import Seen

#: Furthest that a loaded model may answer from what its trainer saw.
_TOLERANCE = 1e-9

_ROUNDS, _AMOUNT_ROUNDS = 30, 60
_PARAMETERS: dict[str, Any] = {
    "objective": "binary", "num_leaves": 6, "learning_rate": 0.03, "min_data_in_leaf": 50, "lambda_l2": 30.0,
    "feature_fraction": 0.7, "num_threads": 1, "deterministic": True, "force_row_wise": True, "seed": 1, "verbose": -1,
    "monotone_constraints": [int(feature.direction == "up") for feature in COLUMNS] + [1],
}  # fmt: skip
_ALONE_ROUNDS = 250
_ALONE: dict[str, Any] = _PARAMETERS | {
    "num_leaves": 4, "learning_rate": 0.05, "min_data_in_leaf": 10, "lambda_l2": 2.0, "feature_fraction": 0.3,
}  # fmt: skip
#: Plain trees: they know nothing of the evidence, and are held to nothing. Finds are few, so leaves may be small and each tree
#: sees a part of the results and features; but a leaf of few results says little, so that none is learnt by heart and one of an
#: officer in a hurry counts for less.
_PLAIN_ROUNDS = 200
_PLAIN: dict[str, Any] = {name: value for name, value in _ALONE.items() if name != "monotone_constraints"} | {
    "num_leaves": 6, "bagging_fraction": 0.6, "bagging_freq": 1,
}  # fmt: skip
_AMOUNT = {name: value for name, value in _PARAMETERS.items() if name not in {"objective", "monotone_constraints"}} | {
    "objective": "regression"
}

#: Step of the features that trees alone see, and where in a step round numbers lie.
_STEP, _OFF = 1e-6, 0.5137

#: Days in which a result loses half its weight in training.
_HALF_LIFE = 240.0
LEAST_FINDS, _LEAST_AMOUNTS = 20, 60


class LayeredFile(msgspec.Struct, frozen=True, kw_only=True):
    """A trained table model as it is written down.

    Attributes:
        format: Edition of this layout.
        features: Names of the features in the order of a row.
        evidence: The first stage.
        booster: Trees of the chance; they add to the log-odds of the evidence.
        alone: Trees of the chance that take the evidence for a feature among others; empty if the blend leaves them out.
        blend: Part that `alone` has in the log-odds, 0–1; `plain_part` that of `plain`; the others have the rest.
        plain: Trees of the chance by the features alone; empty if they have no part.
        plain_part: See `blend`.
        amounts: Trees of ln(1 + duty and tax recovered, given a find); empty if too few amounts are known.
        amount_spread: Deviation around them (ln).
        scale: Slope and intercept from raw log-odds to a chance.
        card: The model card.
        test_rows: Features and log-odds of the evidence that every copy must answer alike `(t, n_features + 1)`.
        test_answers: Chance and amount for each.
    """

    format: Literal["cocket-layered-v1"] = "cocket-layered-v1"
    features: tuple[str, ...]
    evidence: Evidence
    booster: str
    amounts: str
    amount_spread: float
    scale: tuple[float, float]
    card: LayeredCard
    test_rows: tuple[tuple[float | None, ...], ...]
    test_answers: tuple[tuple[float, float], ...]
    alone: str = ""
    blend: float = 0.0
    plain: str = ""
    plain_part: float = 0.0

    def to_bytes(self) -> bytes:
        """The file: its SHA-256, a line break, one line of JSON."""
        body = msgspec.json.encode(self)
        return hashlib.sha256(body).hexdigest().encode() + b"\n" + body + b"\n"


class Answer(msgspec.Struct, frozen=True, kw_only=True):
    """What a model says of some rows.

    Attributes:
        raw: Log-odds before the scale `(n,)`.
        chance: Chance of an irregularity, 0–1, higher is worse `(n,)`.
        amount: Duty and tax that a find would recover, national currency `(n,)`; NaN if the model knows no amounts.
        of_family: Parts of the chance by offence family `(n, k)`.
    """

    raw: Floats
    chance: Floats
    amount: Floats
    of_family: Floats


class Stages(msgspec.Struct, frozen=True, kw_only=True):
    """The learnt parts of a model before it has a scale, a card and tests."""

    evidence: Evidence
    booster: Any
    amounts: Any
    amount_spread: float
    alone: Any = None
    blend: float = 0.0
    plain: Any = None
    plain_part: float = 0.0


class LayeredModel:
    """A loaded table model; made by `load`.

    Attributes:
        version: Edition and the first twelve digits of its hash.
        card: The model card.
        families: Offence families it tells apart.
        follower: What its first stage believes of rows as they come.
    """

    def __init__(self, content: LayeredFile, digest: str) -> None:
        module = lightgbm()
        self.version = f"layered-v1-{digest[:12]}"
        self.card = content.card
        self.families = content.evidence.families
        self.follower = Follower(content.evidence)
        self._scale = content.scale
        usual = min(1.0 - 1e-5, max(1e-5, usual_find(content.evidence)))
        self._usual = math.log(usual / (1.0 - usual))
        try:
            self._stages = Stages(
                evidence=content.evidence,
                booster=module.Booster(model_str=content.booster),
                amounts=module.Booster(model_str=content.amounts) if content.amounts else None,
                amount_spread=content.amount_spread,
                alone=module.Booster(model_str=content.alone) if content.alone else None,
                blend=content.blend,
                plain=module.Booster(model_str=content.plain) if content.plain else None,
                plain_part=content.plain_part,
            )
        except module.basic.LightGBMError as error:
            raise SettingsError(f"The trees cannot be read: {error}", code="model-unreadable") from error
        self._check(content)

    @classmethod
    def load(cls, data: bytes) -> LayeredModel:
        """Load a model file and have it pass its own test.

        Raises:
            ProofError: The file was changed, or this machine answers otherwise than the trainer's.
            SettingsError: It is no table model, or one for other features, or LightGBM is not installed.
        """
        digest, _, body = data.partition(b"\n")
        body = body.removesuffix(b"\n")
        if len(digest) != 64:
            raise SettingsError(
                "This is not a model file.", code="model-unreadable", hint="Train one: cocket risk train."
            )
        if hashlib.sha256(body).hexdigest().encode() != digest:
            raise ProofError("The model file was changed after it was trained.", code="model-changed")
        try:
            content = msgspec.json.decode(body, type=LayeredFile)
        except msgspec.MsgspecError as error:
            raise SettingsError(f"The model file cannot be read: {error}", code="model-unreadable") from error
        if content.features != COLUMN_NAMES:
            raise SettingsError(
                "The model was trained on other features.", code="model-features", hint="Train it again."
            )
        return cls(content, digest.decode())

    def answer(self, features: dict[str, Floats], rows: Rows, results: Results) -> Answer:
        """Chance and amount of each row.

        Args:
            features: Features by name, `(n,)` each.
            rows: The same rows for the evidence.
            results: What had returned; each counts only for rows after its return.
        """
        return self.answer_believed(features, self.belief(rows, results))

    def belief(self, rows: Rows, results: Results) -> Belief:
        """What the first stage believes of rows; arguments as of `answer`."""
        return believe(self._stages.evidence, weigh(self._stages.evidence, rows), rows, results)

    def answer_believed(self, features: dict[str, Floats], belief: Belief) -> Answer:
        """Chance and amount of each row of which `belief` is believed."""
        return answer_of(self._stages, features, belief, self._scale)

    def answer_each(self, rows: Sequence[Row], believed: Sequence[Believed]) -> Answer:
        """The same of rows one by one.

        Args:
            rows: Features in the order of `COLUMNS`, `(n, n_features)`.
            believed: What the first stage believes of each (n).
        """
        if not rows:
            return Answer(
                raw=np.empty(0), chance=np.empty(0), amount=np.empty(0), of_family=np.empty((0, len(self.families)))
            )
        whole = matrix([(*row, each.evidence) for row, each in zip(rows, believed, strict=True)])
        return _answer(self._stages, whole, np.array([each.of_family for each in believed]), self._scale)

    def predict(self, rows: Sequence[Row]) -> list[float]:
        """Chance that an examination of each row finds an irregularity.

        Args:
            rows: Features in the order of `ROW_NAMES`, None where unknown, `(n, n_features + 1)`.

        Returns:
            `(n,)`, each 0–1, higher is worse.
        """
        return scaled(_run(self._stages, matrix(rows))[0], self._scale).tolist() if rows else []

    def contributions(self, row: Row) -> tuple[float, ...]:
        """What each feature, and last the evidence over what is usual, adds to the log-odds of a row's chance.

        Args:
            row: Features in the order of `ROW_NAMES`, None where unknown.

        Returns:
            `(n_features + 1,)`; with the model's own base they sum to the log-odds of `predict`.

        Source: Lundberg et al., From local explanations to global understanding with explainable AI for trees, Nature
        Machine Intelligence 2, 2020.
        """
        return tuple(self.contributions_of(matrix([row]))[0].tolist())

    def contributions_of(self, whole: Floats) -> Floats:
        """The same of many rows, NaN where unknown, `(n, n_features + 1)` both."""
        pushes: Floats = self._stages.booster.predict(whole, pred_contrib=True, num_threads=1)[:, :-1]
        pushes[:, -1] += whole[:, -1] - self._usual
        pushes *= 1.0 - self._stages.blend - self._stages.plain_part
        if self._stages.alone is not None:
            pushes += (
                self._stages.blend
                * self._stages.alone.predict(rounded(whole), pred_contrib=True, num_threads=1)[:, :-1]
            )
        if self._stages.plain is not None:
            told = self._stages.plain.predict(rounded(whole[:, :-1]), pred_contrib=True, num_threads=1)
            pushes[:, :-1] += self._stages.plain_part * told[:, :-1]
        return self._scale[0] * pushes

    def parts(self, seen: Seen, place: int) -> BeliefParts:
        """What the belief about an item's trader rests on, each part with what it adds to the log-odds of a find.

        Args:
            seen: The declaration, and where its trader's past ended.
            place: The item (0-based).
        """
        return take_apart(self._stages.evidence, seen, place)

    def must_be(self, version: str | None) -> None:
        """Make sure that this is the model of a version.

        Raises:
            SettingsError: It is another.
        """
        if version != self.version:
            raise SettingsError(
                "The assessment was made by another model.", code="model-other", expected=version, found=self.version
            )

    def _check(self, content: LayeredFile) -> None:
        rows = np.array(content.test_rows, dtype=np.float64).reshape(len(content.test_rows), len(COLUMN_NAMES) + 1)
        raw, amount = _run(self._stages, rows)
        told = np.column_stack([scaled(raw, content.scale), np.nan_to_num(amount)])
        if len(rows) and np.abs(told - np.array(content.test_answers)).max() > _TOLERANCE * max(
            1.0, np.abs(told).max()
        ):
            raise ProofError("The model does not give the same scores as when it was trained.", code="model-self-test")


def rows_of(features: dict[str, Floats], frame: Frame, day: Floats, trader: Ints, share: Floats | None = None) -> Rows:
    """Rows for the evidence from features by name; a negative `trader` is somebody of his own, and without `share` each row
    is a declaration of its own.
    """
    lonely = np.flatnonzero(trader < 0)
    who = trader.copy()
    who[lonely] = trader.max(initial=0) + 1 + np.arange(len(lonely))
    groups = {name: frame.named(name) for name in NAMED}
    parts = np.ones(len(day)) if share is None else share
    return Rows(
        day=day, trader=who, traces=traces_of(features), tax=Arrays.rounded(features[TAX]), groups=groups, share=parts
    )


def in_families(offences: list[str | None], families: tuple[str, ...]) -> Ints:
    """Positions of offences in a model's families; one it does not know counts as its last."""
    numbers = {name: number for number, name in enumerate(families)}
    return np.array([-1 if each is None else numbers.get(each, len(families) - 1) for each in offences], dtype=np.int64)


def learn_stages(
    features: dict[str, Floats], rows: Rows, results: Results, families: tuple[str, ...], recovered: Floats | None
) -> Stages:
    """Learn both stages and the amounts from results that have returned.

    Args:
        features: Features by name `(n,)`.
        rows: The same rows for the evidence.
        results: What has returned.
        families: Families they count in.
        recovered: Duty and tax recovered by each result `(m,)`; None if nobody wrote it down.

    Raises:
        SettingsError: There are too few finds.
    """
    found = results.family >= 0
    if int(found.sum()) < LEAST_FINDS or bool(found.all()):
        raise SettingsError(
            "The history has too few findings to train on.",
            code="past-too-thin",
            expected=f"{LEAST_FINDS} findings",
            found=str(int(found.sum())),
        )
    fade = np.exp2((results.returned - results.returned.max()) / _HALF_LIFE)
    fitted = fit_evidence(rows, results, families)
    evidence = fitted.evidence
    belief = believe(evidence, weigh(evidence, rows), rows, results)
    matrix = matrix_of(features, belief)[results.place]
    module = lightgbm()
    data = module.Dataset(matrix, label=found.astype(np.float64), init_score=matrix[:, -1].copy(),
        weight=results.weight * fade * fitted.trust)  # fmt: skip
    booster = module.train(dict(_PARAMETERS), data, num_boost_round=_ROUNDS)
    data = module.Dataset(rounded(matrix), label=found.astype(np.float64), weight=results.weight * fade)
    alone = module.train(dict(_ALONE), data, num_boost_round=_ALONE_ROUNDS)
    data = module.Dataset(rounded(matrix[:, :-1]), label=found.astype(np.float64), weight=results.weight * fade)
    plain = module.train(dict(_PLAIN), data, num_boost_round=_PLAIN_ROUNDS)
    amounts, spread = _learn_amounts(matrix, found, recovered)
    return Stages(evidence=evidence, booster=booster, amounts=amounts, amount_spread=spread, alone=alone, plain=plain)


def matrix_of(features: dict[str, Floats], belief: Belief) -> Floats:
    """Features in the order of `COLUMNS`, then the log-odds of a find by the evidence, `(n, n_features + 1)`."""
    chance = np.clip(belief.find, 1e-5, 1.0 - 1e-5)
    return np.column_stack([*(features[name] for name in COLUMN_NAMES), np.log(chance / (1.0 - chance))])


def answer_of(stages: Stages, features: dict[str, Floats], belief: Belief, scale: tuple[float, float]) -> Answer:
    """What the stages say of rows of which `belief` is believed."""
    return _answer(stages, matrix_of(features, belief), belief.of_family, scale)


def _answer(stages: Stages, whole: Floats, of_family: Floats, scale: tuple[float, float]) -> Answer:
    raw, amount = _run(stages, whole)
    chance = scaled(raw, scale)
    share = of_family / np.maximum(of_family.sum(axis=1, keepdims=True), 1e-12)
    return Answer(raw=raw, chance=chance, amount=amount, of_family=share * chance[:, None])


def scaled(raw: Floats, scale: tuple[float, float]) -> Floats:
    """Chances of raw log-odds by slope and intercept."""
    return 1.0 / (1.0 + np.exp(-np.clip(scale[0] * raw + scale[1], -40.0, 40.0)))


def fit_layer_scale(raw: Floats, found: Floats, propensities: Floats, most_weight: float) -> tuple[float, float]:
    """`calibration.fit_scale` on arrays; no case speaks for more than `most_weight` others."""
    return fit_scale(raw.tolist(), (found > 0).tolist(), propensities.tolist(), most_weight)


def _run(stages: Stages, matrix: Floats) -> tuple[Floats, Floats]:
    if not len(matrix):
        return np.empty(0), np.empty(0)
    raw = raw_of(stages, matrix)
    if stages.amounts is None:
        return raw, np.full(len(matrix), np.nan)
    return raw, amounts_of(stages, matrix)


def raw_of(stages: Stages, matrix: Floats) -> Floats:
    """Log-odds of rows before the scale `(n,)`: evidence corrected by trees, and separate trees, each by its part."""
    raw: Floats = stages.booster.predict(matrix, raw_score=True, num_threads=1) + matrix[:, -1]
    if stages.blend or stages.plain_part:
        raw = (1.0 - stages.blend - stages.plain_part) * raw
    if stages.blend:
        raw = raw + stages.blend * alone_of(stages, matrix)
    if stages.plain_part:
        raw = raw + stages.plain_part * plain_of(stages, matrix)
    return raw


def alone_of(stages: Stages, matrix: Floats) -> Floats:
    """Log-odds of rows by the trees that take the evidence for a feature among others `(n,)`."""
    told: Floats = stages.alone.predict(rounded(matrix), raw_score=True, num_threads=1)
    return told


def plain_of(stages: Stages, matrix: Floats) -> Floats:
    """Log-odds of rows by trees that know the features alone `(n,)`."""
    told: Floats = stages.plain.predict(rounded(matrix[:, :-1]), raw_score=True, num_threads=1)
    return told


def rounded(matrix: Floats) -> Floats:
    """Features and evidence, in steps: what differs by rounding alone must not fall on two sides of a split.

    The steps lie off round numbers, which figures of goods often are.
    """
    return np.floor(matrix / _STEP + _OFF) * _STEP


def amounts_of(stages: Stages, matrix: Floats) -> Floats:
    """Duty and tax that a find would recover from each row, national currency `(n,)`; zeros if no amounts are known."""
    if stages.amounts is None:
        return np.zeros(len(matrix))
    told: Floats = stages.amounts.predict(matrix, num_threads=1)
    return np.expm1(np.minimum(told + 0.5 * stages.amount_spread**2, 40.0))


def _learn_amounts(matrix: Floats, found: Flags, recovered: Floats | None) -> tuple[Any, float]:
    if recovered is None:
        return None, 0.0
    known = np.flatnonzero(found & np.isfinite(recovered))
    if len(known) < _LEAST_AMOUNTS:
        return None, 0.0
    module = lightgbm()
    target = np.log1p(recovered[known])
    booster = module.train(dict(_AMOUNT), module.Dataset(matrix[known], label=target), num_boost_round=_AMOUNT_ROUNDS)
    left = target - booster.predict(matrix[known], num_threads=1)
    return booster, float(left.std())
