# SPDX-License-Identifier: Apache-2.0
"""Boosted trees, first edition: what a model file holds, and how it answers."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from typing import Any, Literal

import msgspec

from cocket.errors import ProofError, SettingsError
from cocket.risk.features import NAMES
from cocket.risk.models.calibration import chance
from cocket.risk.models.trees import Row, lightgbm, matrix

#: Furthest that a loaded model may answer from what its trainer saw.
_TOLERANCE = 1e-9


class Card(msgspec.Struct, frozen=True, kw_only=True):
    """What a reader must know before trusting a model.

    Attributes:
        purpose: What it is for.
        limits: What it must not be used for, and what its figures do not say (1..n).
        first_day: First day of the past it learnt from (ISO 8601).
        last_day: Last day of it.
        cases: Declarations of that past (count).
        examined: Of them examined, which is all it could learn from (count).
        found: Of them found irregular (count).
        random_examined: Of the examined, those drawn at random (count).
        random_found: Of those, found irregular: the only unbiased view of all trade (count).
        holdout_from: First day of the later part kept back to measure it.
        holdout_examined: Examined cases of that part (count).
        holdout_found: Found cases of that part (count).
        measured: Way of ordering (`model`, `host`, `importer-rate`) → figure (`auc`, `ap`, `p@5`, `p@10`) → value,
            higher is better, on the holdout's examined cases; None where it cannot be computed.
        importance: Feature → share of the gain of all splits (0–1), greatest first.
        parameters: Settings of the trainer, all text.
    """

    purpose: str
    limits: tuple[str, ...]
    first_day: str
    last_day: str
    cases: int
    examined: int
    found: int
    random_examined: int
    random_found: int
    holdout_from: str
    holdout_examined: int
    holdout_found: int
    measured: dict[str, dict[str, float | None]]
    importance: dict[str, float]
    parameters: dict[str, str]


class ModelFile(msgspec.Struct, frozen=True, kw_only=True):
    """A trained model as it is written down.

    Attributes:
        format: Edition of this layout.
        features: Names of the features in the order of a row.
        booster: The trees, as LightGBM writes them.
        scale: Slope and intercept from raw log-odds to a chance.
        card: The model card.
        test_rows: Rows every copy must answer as the trainer did (1..n).
        test_scores: The answers.
    """

    format: Literal["cocket-boosted-v1"] = "cocket-boosted-v1"
    features: tuple[str, ...]
    booster: str
    scale: tuple[float, float]
    card: Card
    test_rows: tuple[Row, ...]
    test_scores: tuple[float, ...]

    def to_bytes(self) -> bytes:
        """The file: one line of JSON with its own SHA-256 in front, so that a change shows."""
        body = msgspec.json.encode(self)
        return hashlib.sha256(body).hexdigest().encode() + b"\n" + body + b"\n"


class Model:
    """A loaded model that answers; made by `load`.

    Attributes:
        version: Name of this very model: edition and the first twelve digits of its hash.
        card: The model card.
    """

    def __init__(self, content: ModelFile, digest: str) -> None:
        self.version = f"boosted-v1-{digest[:12]}"
        self.card = content.card
        self._scale = content.scale
        self._booster = _booster(content.booster)
        self._check(content)

    @classmethod
    def load(cls, data: bytes) -> Model:
        """Load a model file and have it pass its own test.

        Args:
            data: What `ModelFile.to_bytes` gave.

        Raises:
            ProofError: The file was changed, or this machine's LightGBM answers otherwise than the trainer's.
            SettingsError: It is no model file, or one for other features, or LightGBM is not installed.
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
            content = msgspec.json.decode(body, type=ModelFile)
        except msgspec.MsgspecError as error:
            raise SettingsError(f"The model file cannot be read: {error}", code="model-unreadable") from error
        if content.features != NAMES:
            raise SettingsError(
                "The model was trained on other features.",
                code="model-features",
                hint="Train it again: cocket risk train.",
            )
        return cls(content, digest.decode())

    def predict(self, rows: Sequence[Row]) -> list[float]:
        """Chance that an examination of each case finds an irregularity.

        Args:
            rows: Features in the order of `FEATURES`, None where unknown, `(n_rows, n_features)`.

        Returns:
            `(n_rows,)`, each 0–1, higher is worse.
        """
        if not rows:
            return []
        raw = self._booster.predict(matrix(rows), raw_score=True, num_threads=1)
        return [chance(each, self._scale) for each in raw.tolist()]

    def contributions(self, row: Row) -> tuple[float, ...]:
        """What each feature of one case adds to the log-odds of its score.

        Returns:
            `(n_features,)`; with the model's own base they sum to the log-odds of `predict`.

        Source: Lundberg et al., From local explanations to global understanding with explainable AI for trees, Nature
        Machine Intelligence 2, 2020.
        """
        pushes = self._booster.predict(matrix([row]), pred_contrib=True, num_threads=1)[0].tolist()
        return tuple(self._scale[0] * push for push in pushes[:-1])

    def must_be(self, version: str | None) -> None:
        """Make sure that this is the model of a version.

        Raises:
            SettingsError: It is another.
        """
        if version != self.version:
            raise SettingsError(
                "The assessment was made by another model.", code="model-other", expected=version, found=self.version
            )

    def _check(self, content: ModelFile) -> None:
        answers = self.predict(content.test_rows)
        if any(abs(a - b) > _TOLERANCE for a, b in zip(answers, content.test_scores, strict=True)):
            raise ProofError("The model does not answer as it did when it was trained.", code="model-self-test")


def _booster(text: str) -> Any:
    module = lightgbm()
    try:
        return module.Booster(model_str=text)
    except module.basic.LightGBMError as error:
        raise SettingsError(f"The trees cannot be read: {error}", code="model-unreadable") from error
