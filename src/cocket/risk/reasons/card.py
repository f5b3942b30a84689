# SPDX-License-Identifier: Apache-2.0
"""The reasons card: why a consignment was advised this lane, in words and numbers, from what was sealed and nothing else.

Officers read rules, what moved the score, similar cases and caveats. Analysts and supervisors also read what would have
changed the lane. A trader, where policy allows, reads which parts of the declaration to look at again, and no more.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import TYPE_CHECKING, Final, Literal

import msgspec

from cocket.model.message import Lane
from cocket.risk.assessment import Reason
from cocket.risk.features import FEATURES, ROW_NAMES
from cocket.risk.reasons.similar import Similar, SimilarCases
from cocket.risk.reasons.words import Language, number, say
from cocket.risk.suspicion import Fact, Head

if TYPE_CHECKING:
    from cocket.risk.models import Model

Audience = Literal["officer", "analyst", "trader"]

_EVIDENCE_SOURCE: Final = "WTO Trade Facilitation Agreement, article 7.4.4"

#: How many contributions a card names for and against, and how many it changes to see what the lane hangs on.
_FOR, _AGAINST, _CHANGED = 5, 3, 4

#: Past cases that a card names, itself never among them.
_SIMILAR: Final = 5

#: Likeness under which a past case is far.
_NEAR: Final = 0.6

#: What the lane depends on, by how the score stands to the threshold, and would stand.
_ABOVE: Final = "the score {score} is above the {threshold} required for red"
_BELOW: Final = "the score {score} is below the {threshold} required for red"
_FEATURE: Final = {one.name: one for one in FEATURES}

_WOULD_FALL: Final = "were {what} as usual, the score would be {score}: below what red required"
_WOULD_STAY: Final = "were {what} as usual, the score would be {score}: still above what red required"

#: Part of the declaration → features and rules that speak of it, for a trader.
_PARTS: Final[dict[str, frozenset[str]]] = {
    "the value declared": frozenset(
        {
            "ln_value", "price_gap", "price_position", "shortfall_at_reference", "freight_share", "value-under-peers",
            "own_price_gap", "own_package_value_gap", "price_proved_gap",
        }
    ),
    "classification and description of the goods": frozenset(
        {
            "text_oddity", "text_least_fit", "text_fit", "text_unknown", "importer_heading_new", "tax_share",
            "text_meant_gain", "meant_tax_gain", "meant_goods_fit", "meant_code_corrections",
        }
    ),
    "origin, preference and route": frozenset({"route_rarity", "preference", "route-odd"}),
    "masses, packages and quantities": frozenset(
        {"package_gap", "package_position", "tare_gap", "mass-per-package-odd", "own_package_gap", "own_tare_gap",
         "package_proved_gap"}
    ),
    "consignments that may be parts of one": frozenset(
        {"just_under_threshold", "under_threshold", "parted_by_consignee", "parted_by_address", "parted_by_goods"}
    ),
    "agreement between the documents": frozenset(
        {"bill_differs", "bill_gross_gap", "bill_packages_gap", "papers-disagree"}
    ),
}  # fmt: skip


class Sealed(msgspec.Struct, frozen=True, kw_only=True):
    """An advice as it was sealed, as far as a card needs it.

    Attributes:
        id: Stable id of the consignment.
        lane: Lane advised.
        why: Why, as `Selection.why` has it; None in old records.
        score: 0–1, higher is worse; None if only rules spoke.
        threshold: Score required for red; None where not sealed.
        is_random: Whether chance drew it.
        is_degraded: Whether the model was missing.
        rules: Rules that fired (0..n).
        asked_by: Rules that asked for a lane (0..n).
        features: Name → value; None where unknown.
        model_version: Model; None if none was used.
        rules_version: Rules; None if none.
        head: What to look for and because of which facts; None for a lane that goes to no officer, and in old records.
    """

    id: str
    lane: Lane
    why: str | None = None
    score: float | None = None
    threshold: float | None = None
    is_random: bool = False
    is_degraded: bool = False
    rules: tuple[Reason, ...] = ()
    asked_by: tuple[str, ...] = ()
    features: dict[str, float | None] = {}
    model_version: str | None = None
    rules_version: str | None = None
    head: Head | None = None


class Line(msgspec.Struct, frozen=True, kw_only=True):
    """One reason on a card.

    Attributes:
        code: Rule or feature.
        text: In words, in the card's language.
        weight: What it adds to the log-odds of the score, higher is worse; None for a rule, which does not weigh itself.
        source: Law or paper it rests on.
    """

    code: str
    text: str
    weight: float | None = None
    source: str


class ReasonsCard(msgspec.Struct, frozen=True, kw_only=True):
    """A card.

    Attributes:
        id: Stable id of the consignment.
        language: Of its sentences.
        lane: Lane advised; None on a trader's card.
        score: 0–1; None if only rules spoke, or on a trader's card.
        rules: Rules that fired (0..n).
        raising: Facts that speak for the suspicion, the most telling first (0..5).
        lowering: Facts that speak against it (0..3).
        similar: Similar past cases with what came of them, most similar first (0..5).
        caveats: What the data do not show (0..n).
        would_change: What the lane depends on (0..n); empty but for analysts and supervisors.
        look_at: Parts of the declaration to look at again (0..n); on a trader's card alone.
        model_version: Model; None if none was used.
        rules_version: Rules; None if none.
    """

    id: str
    language: Language
    lane: Lane | None = None
    score: float | None = None
    rules: tuple[Line, ...] = ()
    raising: tuple[Line, ...] = ()
    lowering: tuple[Line, ...] = ()
    similar: tuple[Similar, ...] = ()
    caveats: tuple[str, ...] = ()
    would_change: tuple[str, ...] = ()
    look_at: tuple[str, ...] = ()
    model_version: str | None = None
    rules_version: str | None = None


def make_card(
    sealed: Sealed, model: Model | None, past: SimilarCases | None, language: Language, audience: Audience
) -> ReasonsCard:
    """Make a card.

    Args:
        sealed: The advice.
        model: The model that made it; None where it is not at hand any more, then nothing is said of what would change the lane.
        past: Past cases; None names none.
        language: Of its sentences.
        audience: Who reads it.

    Raises:
        SettingsError: The model is another one than made the advice.
    """
    pushes = _pushes(sealed, model)
    if audience == "trader":
        return ReasonsCard(id=sealed.id, language=language, look_at=_parts(sealed, pushes, language))
    others = (one for one in past.nearest(sealed.features, _SIMILAR + 1) if one.id != sealed.id) if past else ()
    similar = tuple(others)[:_SIMILAR]
    raising = [(name, push) for name, push in pushes if push > 0][:_FOR]
    return ReasonsCard(
        id=sealed.id,
        language=language,
        lane=sealed.lane,
        score=sealed.score,
        rules=tuple(
            Line(code=rule.code, text=say(rule.message, language, rule.arguments), source=rule.source)
            for rule in sealed.rules
        ),
        raising=tuple(_fact(one, language) for one in (sealed.head.facts if sealed.head else ()))[:_FOR],
        lowering=tuple(_fact(one, language) for one in (sealed.head.against if sealed.head else ()))[:_AGAINST],
        similar=similar,
        caveats=_caveats(sealed, similar, language),
        would_change=_changes(sealed, model, past, raising, language) if audience == "analyst" else (),
        model_version=sealed.model_version,
        rules_version=sealed.rules_version,
    )


def _pushes(sealed: Sealed, model: Model | None) -> list[tuple[str, float]]:
    """What each feature adds to the score, what raises it most first; none without the model."""
    if model is None or sealed.is_degraded or sealed.model_version is None:
        return []
    model.must_be(sealed.model_version)
    pushes = zip(ROW_NAMES, model.contributions(_row(sealed)), strict=True)
    return sorted(pushes, key=lambda pair: -pair[1])


def _row(sealed: Sealed) -> tuple[float | None, ...]:
    return tuple(sealed.features.get(name) for name in ROW_NAMES)


def _fact(fact: Fact, language: Language) -> Line:
    """A fact with evidence; what has none is no line of a card."""
    return Line(
        code=fact.code, text=say(fact.message, language, fact.arguments), weight=fact.weight, source=_EVIDENCE_SOURCE
    )


def _caveats(sealed: Sealed, similar: Sequence[Similar], language: Language) -> tuple[str, ...]:
    told = []
    if sealed.is_random:
        told.append(say("this consignment was drawn at random; none of these reasons selected it", language))
    if sealed.is_degraded:
        told.append(say("no model was available; only the rules were applied", language))
    features = sealed.features
    unknown = sum(value is None for value in features.values())
    if unknown:
        places = {"number": str(unknown), "all": str(len(features))}
        told.append(
            say(
                "{number} of {all} values are unknown, because they are in neither the documents nor the history",
                language,
                places,
            )
        )
    if features.get("papers_differ") is None:
        told.append(say("there was no second document to compare the declaration with", language))
    if not features.get("importer_examined"):
        told.append(
            say(
                "nothing was known of the importer's record; this counts neither for nor against the importer", language
            )
        )
    if features.get("price_gap") is None:
        told.append(say("the value could not be compared: fewer than eight similar declarations are known", language))
    if not similar:
        told.append(say("no past case with a result is known", language))
    elif similar[0].likeness < _NEAR:
        told.append(say("few past cases are similar; the nearest differ considerably", language))
    return tuple(told)


def _changes(
    sealed: Sealed,
    model: Model | None,
    past: SimilarCases | None,
    raising: Sequence[tuple[str, float]],
    language: Language,
) -> tuple[str, ...]:
    """What the lane depends on."""
    if sealed.is_random:
        return (say("nothing: this lane was chosen at random", language),)
    if sealed.why == "intelligence":
        return (say("nothing: intelligence requires this lane", language),)
    told = [
        say("without rule {rule} the lane would depend on the score alone", language, {"rule": rule})
        for rule in sealed.asked_by
    ]
    if sealed.score is None or sealed.threshold is None or not math.isfinite(sealed.threshold):
        return tuple(told)
    is_above = sealed.score >= sealed.threshold
    sentence = _ABOVE if is_above else _BELOW
    told.append(
        say(
            sentence,
            language,
            {"score": f"{sealed.score:.3f}", "threshold": f"{sealed.threshold:.3f}"},
        )
    )
    if is_above and model is not None and past is not None and len(past):
        told += _were_usual(sealed, model, past, raising[:_CHANGED], language)
    return tuple(told)


def _were_usual(
    sealed: Sealed, model: Model, past: SimilarCases, raising: Sequence[tuple[str, float]], language: Language
) -> list[str]:
    """What the score would be, were one figure after the other as usual among past cases."""
    rows = []
    for name, _ in raising:
        usual = past.usual[name]
        rows.append(
            tuple(
                _row(
                    msgspec.structs.replace(
                        sealed, features={**sealed.features, name: None if math.isnan(usual) else usual}
                    )
                )
            )
        )
    told = []
    for (name, _), score in zip(raising, model.predict(rows), strict=True):
        sentence = _WOULD_FALL if sealed.threshold is not None and score < sealed.threshold else _WOULD_STAY
        told.append(
            say(
                sentence,
                language,
                {"what": _feature_words(name, language), "score": number(f"{score:.3f}", language)},
            )
        )
    return told


def _feature_words(name: str, language: Language) -> str:
    """What a number is about, in quotation marks, in the card's language."""
    feature = _FEATURE.get(name)
    return f"“{say(feature.reason, language, {'value': '…'})}”" if feature else name


def _parts(sealed: Sealed, pushes: Sequence[tuple[str, float]], language: Language) -> tuple[str, ...]:
    """Parts of the declaration that some reason speaks of; never how much, nor of anybody's record."""
    named = {rule.code for rule in sealed.rules} | {name for name, push in pushes[:_FOR] if push > 0}
    return tuple(say(part, language) for part, codes in _PARTS.items() if codes & named)
