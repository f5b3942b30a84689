# SPDX-License-Identifier: Apache-2.0
"""Capacity → proposals: most by rank, a part by chance, so that it shows what the ranking misses."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal

import msgspec

from cocket.control.audit.ranking import AuditPolicy, Ranked
from cocket.control.audit.trader_year import Period
from cocket.control.draw import draw_number

AuditKind = Literal["transaction", "desk", "field"]


class Proposal(msgspec.Struct, frozen=True, kw_only=True):
    """One audit that the capacity allows.

    Attributes:
        ranked: The trader, and what speaks for it.
        kind: `transaction` (single declarations), `desk` (books sent in) or `field` (at the trader's).
        days: Auditor-days it takes (count).
        is_random: Whether chance chose it; then its reasons did not.
        propensity: Chance with which the trader was chosen (above 0, at most 1), over all seeds.
    """

    ranked: Ranked
    kind: AuditKind
    days: int
    is_random: bool = False
    propensity: float = 1.0


def plan(ranked: Sequence[Ranked], capacity: int, seed: bytes, policy: AuditPolicy) -> list[Proposal]:
    """Spend auditor-days.

    Args:
        ranked: Traders in order, none of whom is under audit (0..n).
        capacity: Auditor-days to spend (count).
        seed: Secret seed of the period, committed to beforehand.
        policy: What an audit takes, and the part of chance.

    Returns:
        Proposals by rank, then drawn ones in the order of their numbers (0..n); never more days than there are.

    Source: WCO Guidelines for Post-Clearance Audit, volume 1, 2012 (annual plan, random part); Revised Kyoto Convention,
    General Annex, standard 6.4.
    """
    for_chance = min(capacity, max(policy.desk_days, round(capacity * policy.random_share)))
    for_chance = for_chance if policy.random_share and capacity >= 2 * policy.desk_days else 0
    left, chosen = capacity - for_chance, []
    for place, one in enumerate(ranked):
        kind = _kind(place, len(ranked), policy)
        days = days_of(kind, policy)
        if days <= left:
            chosen.append(Proposal(ranked=one, kind=kind, days=days))
            left -= days
    taken = {proposal.ranked.year.trader for proposal in chosen}
    rest = [one for one in ranked if one.year.trader not in taken]
    return [*chosen, *_drawn(rest, (left + for_chance) // policy.desk_days if for_chance else 0, seed, policy)]


def trader_number_drawn(seed: bytes, period: Period, trader: str) -> float:
    """The number drawn for a trader in a period (at least 0, below 1); the lowest are audited."""
    return draw_number(seed, f"audit plan {period.name} {trader}")


def days_of(kind: AuditKind, policy: AuditPolicy) -> int:
    """Auditor-days that an audit of a kind takes (count)."""
    return {"transaction": policy.transaction_days, "desk": policy.desk_days, "field": policy.field_days}[kind]


def lines_of(kind: AuditKind, policy: AuditPolicy) -> int:
    """Lines to draw in an audit of a kind (count)."""
    return {"transaction": max(1, policy.lines // 2), "desk": policy.lines, "field": 2 * policy.lines}[kind]


def _kind(place: int, among: int, policy: AuditPolicy) -> AuditKind:
    if place < among * policy.field_share:
        return "field"
    return "desk" if place < among * (policy.field_share + policy.desk_share) else "transaction"


def _drawn(rest: Sequence[Ranked], places: int, seed: bytes, policy: AuditPolicy) -> list[Proposal]:
    """Of the traders that rank did not take, those with the lowest numbers; each had the same chance."""
    in_order = sorted(rest, key=lambda one: trader_number_drawn(seed, one.year.period, one.year.trader))
    few = in_order[:places]
    return [
        Proposal(ranked=one, kind="desk", days=policy.desk_days, is_random=True, propensity=len(few) / len(rest))
        for one in few
    ]
