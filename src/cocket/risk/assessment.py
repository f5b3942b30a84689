# SPDX-License-Identifier: Apache-2.0
"""Case → assessment: a score, the rules that fired, and on demand the reasons behind the score."""

from __future__ import annotations

import math
from collections.abc import Container, Sequence
from typing import TYPE_CHECKING

import msgspec

from cocket.risk.facts import Case
from cocket.risk.features import FEATURES, ROW_NAMES, Measurements, measure
from cocket.risk.features.measured import known as told
from cocket.risk.history import History
from cocket.risk.indicators import INDICATORS, RULES_VERSION
from cocket.risk.scores import Score, Scorer
from cocket.risk.trail import Seen

if TYPE_CHECKING:
    from cocket.risk.models import Model


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
        shortfall: Duty and tax that a find would recover, national currency; None if no model tells it.
        families: Offence family → its part of the score; empty if no model told.
        reasons: Rules that fired; after `explain` with what they weigh, strongest first (0..n).
        features: Name → value in the order of `FEATURES`, of the item that scored worst; without a model, of the worst item
            for each. None where unknown.
        measured: What rules are shown: name → value of the item that is worst in it.
        model_version: Model that scored; None if there was none.
        rules_version: Edition of the rules.
        degraded: Whether the model was missing and the rules alone spoke.
        beside: Version → score of models that are tried beside it; they choose nothing.
    """

    id: str
    made: float
    score: float
    shortfall: float | None = None
    families: dict[str, float] = {}
    reasons: tuple[Reason, ...] = ()
    features: dict[str, float | None]
    measured: dict[str, float | None] = {}
    model_version: str | None = None
    rules_version: str = RULES_VERSION
    degraded: bool = False
    beside: dict[str, Score] = {}

    @property
    def rules(self) -> tuple[str, ...]:
        """Codes of the rules that fired (0..n)."""
        return tuple(reason.code for reason in self.reasons if reason.code not in _FEATURE)


class Basis(msgspec.Struct, frozen=True, kw_only=True):
    """What one assessment rests on.

    Attributes:
        seen: The declaration, and where its trader's past ended.
        measured: Its features as rules are shown them.
        place: Item that scored worst (0-based); None without a model, or without items.
    """

    seen: Seen
    measured: Measurements
    place: int | None = None


class Sitting(msgspec.Struct, frozen=True, kw_only=True):
    """How an assessment worker assesses.

    Attributes:
        beside: Models that are tried; they score and choose nothing (0..n).
        again: Ids of cases that the history has already.
        seen: Case id → what its assessment rests on, which `assess` puts in for whoever wants it taken apart; None to keep
            nothing.
        takes: Whether the history takes note of each case that it has not yet, before the next one is looked at;
            `History.count` is left to who calls.
    """

    beside: Sequence[Model] = ()
    again: Container[str] = frozenset()
    seen: dict[str, Basis] | None = None
    takes: bool = False


_BY_CODE = {indicator.code: indicator for indicator in INDICATORS}


def assess(
    cases: Sequence[Case],
    history: History,
    model: Model | None,
    now: float | None = None,
    sitting: Sitting | None = None,
) -> list[Assessment]:
    """Assess cases one after the other, with what is known on the day of each.

    Args:
        cases: What to assess (0..n), in the order in which it came; batches of 64 and more cost least per case.
        history: What is known. It is advanced to each day.
        model: A trained model; None falls back to the rules alone, marked degraded.
        now: Day number; None for the day of each declaration.
        sitting: What goes with it; None for a look of which nothing is noted.

    Returns:
        One assessment a case, in the same order, with the rules that fired as reasons. `explain` adds the model's.
    """
    sitting = sitting or Sitting()
    beside = tuple(sitting.beside)
    scorers = [Scorer(each) for each in ((model,) if model else ()) + beside]
    seen: list[tuple[Measurements, float]] = []
    kept: list[Seen] = []
    for case in cases:
        looked = history.look(case.facts, now, is_again=case.facts.id in sitting.again)
        seen.append((measure(case, looked.looks), looked.day))
        if sitting.seen is not None:
            kept.append(history.trail.seen(looked))
        for scorer in scorers:
            scorer.see(looked, history.trail)
        if sitting.takes and not looked.is_again:
            history.take(looked)
    scores = [scorer.scores() for scorer in scorers]
    own, others = (scores[0], scores[1:]) if model else (None, scores)
    for number, one_seen in enumerate(kept):
        place = own[number].place if own else None
        _keep(sitting, Basis(seen=one_seen, measured=seen[number][0], place=place))
    assessments = []
    for place, (case, met) in enumerate(zip(cases, seen, strict=True)):
        one = _assessment(case, met, own[place] if own else None, model)
        tried = {each.version: told[place] for each, told in zip(beside, others, strict=True)}
        assessments.append(msgspec.structs.replace(one, beside=tried) if tried else one)
    return assessments


def explain(assessment: Assessment, model: Model | None) -> Assessment:
    """Weigh the rules that fired, from the sealed features alone; what else moved the model is for `signs_of`.

    Args:
        assessment: As `assess` gave it, at any later time.
        model: The model that made it; None leaves the assessment as it is.

    Returns:
        The same assessment with reasons strongest first: every rule that fired, with the weight of the features it
        speaks for. A rule that speaks for no feature, since it rests on what no model knows, does not weigh and stands
        before all others.

    Raises:
        SettingsError: The model is another one than made the assessment.
    """
    if model is None or assessment.degraded:
        return assessment
    model.must_be(assessment.model_version)
    row = tuple(map(assessment.features.get, ROW_NAMES))
    pushes = dict(zip(ROW_NAMES, model.contributions(row), strict=True))
    reasons = []
    for reason in (reason for reason in assessment.reasons if reason.code not in _FEATURE):
        indicator = _BY_CODE.get(reason.code)
        spoken_for = [pushes.pop(name, 0.0) for name in indicator.features] if indicator else []
        reasons.append(msgspec.structs.replace(reason, weight=sum(spoken_for) if spoken_for else None))
    reasons.sort(key=lambda reason: (reason.weight is not None, -(reason.weight or 0.0)))
    return msgspec.structs.replace(assessment, reasons=tuple(reasons))


_FEATURE = {feature.name: feature for feature in FEATURES}


def _assessment(case: Case, seen: tuple[Measurements, float], score: Score | None, model: Model | None) -> Assessment:
    measured, day = seen
    reasons = fired(case, measured)
    if score is None or model is None:
        return Assessment(
            id=case.facts.id,
            made=day,
            score=_by_rules(reasons),
            reasons=reasons,
            features=measured.values,
            measured=measured.values,
            degraded=True,
        )
    features = dict(measured.values)
    if score.place is not None:
        row = (*measured.rows[score.place], score.evidence)
        features.update(zip(ROW_NAMES, map(told, row), strict=True))
    return Assessment(
        id=case.facts.id,
        made=day,
        score=score.chance,
        shortfall=score.shortfall,
        families=score.families,
        reasons=reasons,
        features=features,
        measured=measured.values,
        model_version=model.version,
    )


def _keep(sitting: Sitting, basis: Basis) -> None:
    if sitting.seen is not None:
        sitting.seen[basis.seen.looked.facts.id] = basis


def fired(case: Case, measured: Measurements) -> tuple[Reason, ...]:
    """The rules written in Python that fire on a case, as reasons."""
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
