# SPDX-License-Identifier: Apache-2.0
"""Advice as the risk room words it: nothing stands here that its rules and features do not say themselves."""

from __future__ import annotations

from datetime import datetime

import msgspec

from cocket.consignment import Paper
from cocket.control.work_order import rank_of
from cocket.model.message import Lane
from cocket.pipeline.base.sealed_advice import ReasonView
from cocket.pipeline.control.views import AdviceView
from cocket.risk import FEATURES, INDICATORS, RULES_VERSION
from cocket.risk.heads import OBJECTS
from cocket.risk.suspicion import Exhibit, Fact, Head, Kind, Likely, Stake, Sum, Suspicion

_RULES = {indicator.code: indicator for indicator in INDICATORS}

#: Rule → what it makes suspicious.
_KINDS: dict[str, Kind] = {
    "value-under-peers": "value",
    "papers-disagree": "quantity",
    "mass-per-package-odd": "quantity",
    "route-odd": "origin",
}

_STAKE = Stake(
    amount="41200.00",
    currency="XTS",
    foreign="10048.78",
    foreign_currency="USD",
    rate="4.1000",
    rate_day="2026-11-25",
    sums=(
        Sum(message="Value declared", foreign="36000.00", is_declared=True),
        Sum(message="Customs value, freight and other additions included", amount="149654.10", foreign="36501.00"),
        Sum(message="{charge_kind}", arguments={"charge_kind": "vat"}, amount="41200.00", foreign="10048.78"),
    ),
)


class Judged(msgspec.Struct, frozen=True):
    """What was advised and decided on one consignment.

    Attributes:
        lane: Our lane.
        host: Lane of the host; None if not told.
        score: 0–1; None where rules alone spoke.
        reasons: Strongest first (0..n).
        features: What is known beside the features that are reasons.
        is_drawn: Whether the random share drew it.
    """

    lane: Lane
    host: Lane | None
    score: float | None
    reasons: tuple[tuple[ReasonView, dict[str, float]], ...] = ()
    features: dict[str, float] = {}
    is_drawn: bool = False

    def advice(self, place: int, made: datetime, declared: Paper) -> AdviceView:
        """The advice as the pipeline gives it."""
        head = self._head(declared)
        known = {name: value for _, values in self.reasons for name, value in values.items()} | self.features
        return AdviceView(
            assessment_id=f"assessment-{place}",
            index=1040 + place * 7,
            made=made,
            lane=self.lane,
            score=self.score,
            is_random=self.is_drawn,
            propensity=0.02 if self.is_drawn else 0.97,
            is_degraded=self.score is None,
            reasons=tuple(reason for reason, _ in self.reasons if reason.code in _RULES),
            head=head,
            rank=rank_of(head, is_random=self.is_drawn),
            features={feature.name: known.get(feature.name) for feature in FEATURES},
            model_version=None if self.score is None else "boosted-v1-5df6e0e27613",
            rules_version=RULES_VERSION,
            host_lane=self.host,
        )

    def _head(self, declared: Paper) -> Head | None:
        """The head of what goes to an officer: the rules that fired, with the declaration for evidence."""
        if self.lane not in ("red", "yellow"):
            return None
        facts = tuple(
            Fact(
                code=reason.code,
                message=reason.message,
                arguments=reason.arguments,
                kind=_KINDS.get(reason.code),
                weight=reason.weight,
                evidence=(Exhibit(source="paper", id=declared.message_id, name=declared.standard),),
            )
            for reason, _ in self.reasons
            if reason.code in _RULES
        )
        kind = next((fact.kind for fact in facts if fact.kind), None)
        suspicion = Suspicion(kind=kind, message=OBJECTS[kind]) if kind and not self.is_drawn else None
        likely = None if self.is_drawn or self.score is None else Likely(of=1, out_of=3)
        return Head(
            suspicion=suspicion,
            facts=facts,
            too_little=6,
            nothing_to_open=len(self.reasons) - len(facts),
            stake=_STAKE if suspicion else Stake(),
            likely=likely,
        )


def fired(code: str, weight: float | None = None, **arguments: str) -> tuple[ReasonView, dict[str, float]]:
    """A rule that fired; without a model it has no weight."""
    rule = _RULES[code]
    return ReasonView(code=code, message=rule.message, arguments=arguments, weight=weight, source=rule.source), {}


def moved(name: str, weight: float, value: float) -> tuple[ReasonView, dict[str, float]]:
    """A feature that moved the model; of it there is nothing to open."""
    return ReasonView(code=name, message=name, weight=weight), {name: value}


JUDGED = (
    Judged("red", "green", 0.91, (
        fired("value-under-peers", 1.92, item="1", percent="60"),
        fired("papers-disagree", 1.31, findings="bill packages differ, seal differs"),
        fired("importer-new", 0.74, days="9"),
        moved("text_oddity", 0.61, 0.94),
        fired("route-odd", 0.42, country="XB"),
        moved("tax_share", 0.18, 0.34),
    ), {"price_gap": -0.9163, "price_position": -4.12, "importer_days": 9, "papers_differ": 2, "route_rarity": 0.981}),
    Judged("red", "yellow", 0.84, (
        moved("text_oddity", 0.93, 0.97),
        fired("mass-per-package-odd", 0.88, item="2", times="5.9"),
        fired("value-under-peers", 0.71, item="2", percent="38"),
    )),
    Judged("red", "red", 0.79, (
        fired("past-offence", 1.44, percent="31"),
        fired("importer-new", 0.52, days="24"),
        moved("seller_rate", 0.31, 0.22),
    )),
    Judged("red", None, 0.77, (
        fired("mass-per-package-odd", 1.02, item="1", times="2.6"),
        fired("value-under-peers", 0.93, item="3", percent="44"),
    )),
    Judged("red", "blue", 0.18, (moved("hs4_rate", 0.24, 0.07),), is_drawn=True),
    Judged("red", "green", 0.71, (
        fired("papers-disagree", 1.16, findings="bill gross differs"),
        moved("origin_rate", 0.47, 0.12),
    )),
    Judged("red", "yellow", 0.69, (
        fired("past-offence", 0.98, percent="14"),
        moved("importer_hs_rate", 0.66, 0.19),
    )),
    Judged("yellow", "green", 0.55, (moved("declarant_rate", 0.71, 0.11), moved("preference", 0.2, 1))),
    Judged("yellow", None, 0.52, (fired("value-under-peers", 0.84, item="1", percent="41"),)),
    Judged("yellow", "blue", 0.49, (fired("route-odd", 0.58, country="XD"), moved("freight_share", 0.33, 0.21))),
    Judged("yellow", "red", None, (fired("importer-new", days="1"),)),
    Judged("yellow", "green", 0.12, (moved("items", 0.11, 6),), is_drawn=True),
    Judged("blue", "green", 0.33, (moved("seller_days", 0.28, 12),)),
    Judged("blue", None, 0.31, (fired("importer-new", 0.35, days="17"),)),
    Judged("blue", "yellow", 0.29, (moved("text_oddity", 0.4, 0.88),)),
    Judged("green", "green", 0.08, (moved("importer_heading_new", 0.09, 0.5),)),
    Judged("green", "green", 0.11),
    Judged("green", None, 0.06),
)  # fmt: skip
