# SPDX-License-Identifier: Apache-2.0
"""Case → assessment: a score, the rules that fired, and on demand the reasons behind the score."""

from __future__ import annotations

import math
from collections.abc import Sequence

import msgspec

from cocket.risk.facts import Case
from cocket.risk.features import FEATURES, NAMES, Feature, Measurements, measure
from cocket.risk.history import History
from cocket.risk.indicators import INDICATORS, RULES_VERSION
from cocket.risk.models.boosted_v1 import Model

#: Reasons a model adds to those of the rules that fired (count).
_MODEL_REASONS = 3


class Reason(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One reason for a score, in words.

    Attributes:
        code: Code of the rule, or name of the feature.
        message: English sentence with `{name}` places; it doubles as the key for translation.
        arguments: Values for the places, all text.
        weight: Contribution to the score in log-odds, higher is worse; None for a rule of an assessment that is not
            explained yet or had no model.
        source: Law or paper it rests on.
    """

    code: str
    message: str
    arguments: dict[str, str] = {}
    weight: float | None = None
    source: str


class Assessment(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What the analysts say about one consignment.

    Attributes:
        id: Stable id of the consignment.
        made: Day number it was made on.
        score: Estimated chance that an examination finds an irregularity (0–1, higher is worse); of a degraded
            assessment only an order of urgency.
        reasons: Rules that fired; after `explain` also what moved the model, strongest first (0..n).
        features: Name → value in the order of `FEATURES`; None where unknown.
        model_version: Model that scored; None if there was none.
        rules_version: Edition of the rules.
        degraded: Whether the model was missing and the rules alone spoke.
    """

    id: str
    made: float
    score: float
    reasons: tuple[Reason, ...] = ()
    features: dict[str, float | None]
    model_version: str | None = None
    rules_version: str = RULES_VERSION
    degraded: bool = False

    @property
    def rules(self) -> tuple[str, ...]:
        """Codes of the rules that fired (0..n)."""
        return tuple(reason.code for reason in self.reasons if reason.code not in _FEATURE)


_BY_CODE = {indicator.code: indicator for indicator in INDICATORS}


def assess(cases: Sequence[Case], history: History, model: Model | None, now: float) -> list[Assessment]:
    """Assess a batch of cases with what is known now.

    Args:
        cases: What to assess (0..n); batches of 64 and more cost least per case.
        history: What is known. It is advanced to `now`, and not told of these cases: `History.observe` does that.
        model: A trained model; None falls back to the rules alone, marked degraded.
        now: Day number.

    Returns:
        One assessment a case, in the same order, with the rules that fired as reasons. `explain` adds the model's.
    """
    history.advance(now)
    measured = [measure(case, history, now) for case in cases]
    fired = [_fired(case, seen) for case, seen in zip(cases, measured, strict=True)]
    scores = model.predict([seen.values for seen in measured]) if model else [_by_rules(reasons) for reasons in fired]
    return [
        Assessment(
            id=case.facts.id,
            made=now,
            score=score,
            reasons=reasons,
            features=dict(zip(NAMES, seen.values, strict=True)),
            model_version=model.version if model else None,
            degraded=model is None,
        )
        for case, seen, reasons, score in zip(cases, measured, fired, scores, strict=True)
    ]


def explain(assessment: Assessment, model: Model | None) -> Assessment:
    """Add what moved the model to the reasons, from the sealed features alone.

    Args:
        assessment: As `assess` gave it, at any later time.
        model: The model that made it; None leaves the assessment as it is.

    Returns:
        The same assessment with reasons strongest first: every rule that fired, with the weight of the features it
        speaks for, and the three other features that raised the score most. A rule that speaks for no feature, since
        it rests on what no model knows, does not weigh and stands before all others.

    Raises:
        SettingsError: The model is another one than made the assessment.
    """
    if model is None or assessment.degraded:
        return assessment
    model.must_be(assessment.model_version)
    pushes = dict(zip(NAMES, model.contributions(tuple(map(assessment.features.get, NAMES))), strict=True))
    reasons = []
    for reason in (reason for reason in assessment.reasons if reason.code not in _FEATURE):
        indicator = _BY_CODE.get(reason.code)
        spoken_for = [pushes.pop(name, 0.0) for name in indicator.features] if indicator else []
        reasons.append(msgspec.structs.replace(reason, weight=sum(spoken_for) if spoken_for else None))
    others = sorted(((push, name) for name, push in pushes.items() if push > 0), reverse=True)[:_MODEL_REASONS]
    reasons += [_moved(_FEATURE[name], assessment.features[name], push) for push, name in others]
    reasons.sort(key=lambda reason: (reason.weight is not None, -(reason.weight or 0.0)))
    return msgspec.structs.replace(assessment, reasons=tuple(reasons))


_FEATURE = {feature.name: feature for feature in FEATURES}


def _fired(case: Case, measured: Measurements) -> tuple[Reason, ...]:
    reasons = []
    for indicator in INDICATORS:
        arguments = indicator.check(case, measured)
        if arguments is not None:
            reasons.append(
                Reason(code=indicator.code, message=indicator.message, arguments=arguments, source=indicator.source)
            )
    return tuple(reasons)


def _by_rules(reasons: tuple[Reason, ...]) -> float:
    """The chance that at least one of the rules that fired is right, were they independent."""
    return 1.0 - math.prod(1.0 - _BY_CODE[reason.code].weight for reason in reasons)


def _moved(feature: Feature, value: float | None, push: float) -> Reason:
    return Reason(
        code=feature.name,
        message=feature.reason,
        arguments={"value": in_words(feature, value)},
        weight=push,
        source=feature.source,
    )


def in_words(feature: Feature, value: float | None) -> str:
    """The value of a feature as people say it; `unknown` where it is."""
    if value is None:
        return "unknown"
    if feature.unit == "share":
        return f"{100 * value:.0f} %"
    if feature.unit == "ln":
        return f"{math.exp(abs(value)):.1f}"
    return f"{value:.1f}" if feature.unit == "spreads" else f"{value:.0f}"
