# SPDX-License-Identifier: Apache-2.0
"""Today's host: lanes by static rules, officers who override now and then, examinations that miss some."""

from __future__ import annotations

from datetime import datetime, timedelta
from random import Random

import msgspec

from cocket.model.message import Lane
from cocket.simulation.fraud import HABITS
from cocket.simulation.people import Scheme
from cocket.simulation.trade import USD_RATE, Trade

#: The host's lists, written years ago and seldom looked at since.
_CHAPTERS, _ORIGINS = frozenset({"22", "24", "64", "87"}), frozenset({"XC", "XR", "XS"})
_HIGH_VALUE = 9_000_000
_NEW_DAYS = 45
_AUDITED = frozenset({"61", "62", "63"})


class Decision(msgspec.Struct, frozen=True, kw_only=True):
    """What the host and its officers did with one declaration.

    Attributes:
        lane: Lane by the rules.
        decided: When, UTC.
        override: Lane an officer set instead; None if nobody did.
        override_reason: His reason.
        propensity: Chance of the examination lane by the rules (0–1); None where an officer chose.
        criteria: Codes of the rules that it met, `RANDOM` where chance chose it (0..n).
    """

    lane: Lane
    decided: datetime
    override: Lane | None = None
    override_reason: str | None = None
    propensity: float | None
    criteria: tuple[str, ...] = ()

    @property
    def final(self) -> Lane:
        """The lane it went by."""
        return self.override or self.lane


class Result(msgspec.Struct, frozen=True, kw_only=True):
    """What came of a red or yellow lane.

    Attributes:
        examined: When, UTC.
        returned: When the result was entered, UTC.
        depth: `full`, `partial`, `documents`, or `not-examined`.
        found: Whether an irregularity was found; None if not examined.
        offence: Class of the offence; None if nothing was found.
        duty_recovered: Additional duty in national currency; 0 if nothing was found.
    """

    examined: datetime
    returned: datetime
    depth: str
    found: bool | None
    offence: str | None
    duty_recovered: float


def decide(dice: Random, trade: Trade, random_share: float) -> Decision:
    """Lane and override of one declaration."""
    lane, criteria = _rules(trade)
    propensity = 1.0
    if lane != "red":
        propensity = random_share
        if dice.random() < random_share:
            lane, criteria = "red", (*criteria, "RANDOM")
    decided = trade.moment + timedelta(minutes=dice.uniform(1, 20))
    chance = dice.random()
    if lane == "red" and chance < (0.02 if trade.scheme else 0.06):
        return Decision(
            lane=lane,
            decided=decided,
            override="green",
            override_reason="known trader",
            propensity=None,
            criteria=criteria,
        )
    if lane != "red" and chance < (0.05 if trade.scheme else 0.004):
        return Decision(
            lane=lane,
            decided=decided,
            override="red",
            override_reason="doubt of the officer",
            propensity=None,
            criteria=criteria,
        )
    return Decision(lane=lane, decided=decided, propensity=propensity, criteria=criteria)


def examine(dice: Random, trade: Trade, lane: Lane) -> Result | None:
    """What an examination of one declaration finds; None of a lane without one."""
    if lane not in ("red", "yellow"):
        return None
    depth = "documents" if lane == "yellow" else dice.choices(("full", "partial", "not-examined"), (0.4, 0.58, 0.02))[0]
    examined = trade.moment + timedelta(days=dice.uniform(0.1, 2.5))
    returned = examined + timedelta(days=dice.lognormvariate(1.4, 0.6))
    if depth == "not-examined":
        return Result(examined=examined, returned=returned, depth=depth, found=None, offence=None, duty_recovered=0.0)
    is_seen = dice.random() < _detection(trade, depth)
    recovered = trade.duty * dice.uniform(0.7, 1.0) if trade.scheme else trade.lines[0].usd * USD_RATE * 0.02
    return Result(
        examined=examined,
        returned=returned,
        depth=depth,
        found=is_seen,
        offence=_offence(trade.scheme) if is_seen else None,
        duty_recovered=recovered if is_seen else 0.0,
    )


def _rules(trade: Trade) -> tuple[Lane, tuple[str, ...]]:
    """The lane by the static rules, and which of them it met."""
    chapter = trade.lines[0].goods.hs[:2]
    is_new = trade.days_in_trade is not None and trade.days_in_trade < _NEW_DAYS
    met: dict[str, tuple[bool, Lane]] = {
        "WATCHED": (trade.importer.is_watched, "red"),
        "CHAPTER-ORIGIN": (chapter in _CHAPTERS and trade.origin in _ORIGINS, "red"),
        "NEW-TRADER": (is_new, "yellow"),
        "HIGH-VALUE": (sum(line.usd for line in trade.lines) * USD_RATE > _HIGH_VALUE, "yellow"),
        "AUDIT-CHAPTER": (chapter in _AUDITED, "blue"),
    }
    criteria = tuple(code for code, (is_met, _) in met.items() if is_met)
    return (met[criteria[0]][1] if criteria else "green"), criteria


def _detection(trade: Trade, depth: str) -> float:
    if trade.scheme is None:
        return 0.8 if trade.is_mistaken else 0.0
    habit = HABITS[trade.scheme]
    return {"full": habit.seen_by_officer, "partial": 0.85 * habit.seen_by_officer}.get(depth, habit.seen_on_paper)


def _offence(scheme: Scheme | None) -> str:
    return "smuggling" if scheme == "concealment" else "revenue"
