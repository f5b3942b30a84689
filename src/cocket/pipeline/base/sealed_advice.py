# SPDX-License-Identifier: Apache-2.0
"""The advice on a consignment as it is sealed."""

from __future__ import annotations

import msgspec

from cocket.control import Grounds, RuleDraw
from cocket.control.work_order import Rank
from cocket.model.message import Lane
from cocket.risk.suspicion import Head


class ReasonView(msgspec.Struct, frozen=True, kw_only=True):
    """One reason of an assessment, in words.

    Attributes:
        code: Rule or feature.
        message: English sentence with `{name}` places.
        arguments: Values for the places.
        weight: Contribution to the score, in log-odds; higher is worse; None for a rule that does not weigh.
        source: What the reason rests on (law, standard, paper).
    """

    code: str
    message: str
    arguments: dict[str, str] = {}
    weight: float | None = None
    source: str | None = None


class SealedHit(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A rule that fired on a consignment.

    Attributes:
        rule: Code of the rule.
        wording: Digest of its wording; "" for one that is written in Python.
        is_shadow: Whether it ran without effect.
        asked: Whether it asked for a lane or a query.
    """

    rule: str
    wording: str = ""
    is_shadow: bool = False
    asked: bool = False


class SealedAdvice(msgspec.Struct, frozen=True, kw_only=True):
    """The sealed record of one assessment with the lane it led to.

    Attributes:
        consignment: Dossier.
        message: Message that called for it.
        declaration: Message of the declaration it is about; None in records of before.
        office: Customs office of that declaration; None if not known, and in records of before.
        order: New control order that it opened in place of one that had ended; None where it opened none so.
        made: When, RFC 3339 in UTC.
        lane: Lane advised.
        score: 0–1, higher is worse; None if only rules were used.
        is_random: Whether the random share drew it, now or when the lane that stands was given.
        propensity: Chance with which it was selected, 0–1; of a red lane that stands, that with which it was given.
        is_degraded: Whether something was missing.
        reasons: Strongest first.
        features: Name → value; None where unknown.
        model_version: Model; None if none was used.
        rules_version: Rules.
        draw: Commitment to the seed that the random draw used: of the day on which it was first drawn; None if no draw was
            made.
        number: The number drawn from that seed (0–1); None in records of before.
        chance: Share drawn for red at that moment (0–1); None in records of before.
        drawn_as: Dossier under whose id it was drawn: another one where two were found to be one; None in records of before.
        rule_draws: What was drawn for rules that ask on a share of their hits, now and before (0..n).
        why: Why it got its lane, as `cocket.control.Selection.why` has it; None in records of before.
        asked_by: Rules of the lab that asked for a lane or a query (0..n).
        is_query: Whether the declarant is to be asked something first.
        threshold: Score required for red; None where degraded, and in records of before.
        delay_minutes: Minutes for which a green lane may still be changed before release.
        because: Why it was assessed again, in words, where no paper called for it; else None.
        shortfall: Duty and tax that a find would recover by the model, national currency; None if it does not tell.
        families: Offence family → its part of the score; empty if the model does not tell.
        beside: Version → score of models tried beside the one that chose; none of them had a say.
        hits: Rules that fired, in shadow too (0..n); None in records of before.
        head: What to look for, because of what, and what is at stake; None for a lane that goes to no officer, and in
            records of before.
        rank: Where it stands in the order of work; None in records of before.
        grounds: What decided the lane besides the number, so that it can be found again; None in records of before.
    """

    consignment: str
    message: str
    made: str
    lane: Lane
    score: float | None
    is_random: bool
    propensity: float
    is_degraded: bool
    reasons: tuple[ReasonView, ...]
    features: dict[str, float | None]
    model_version: str | None
    rules_version: str | None
    draw: str | None
    number: float | None = None
    chance: float | None = None
    why: str | None = None
    asked_by: tuple[str, ...] = ()
    is_query: bool = False
    delay_minutes: int = 0
    threshold: float | None = None
    drawn_as: str | None = None
    rule_draws: tuple[RuleDraw, ...] = ()
    because: str | None = None
    shortfall: float | None = None
    families: dict[str, float] = {}
    beside: dict[str, float] = {}
    declaration: str | None = None
    office: str | None = None
    order: str | None = None
    hits: tuple[SealedHit, ...] | None = None
    head: Head | None = None
    rank: Rank | None = None
    grounds: Grounds | None = None
