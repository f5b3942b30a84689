# SPDX-License-Identifier: Apache-2.0
"""Today's host in a world: lanes by static rules and the draw, officers, and what comes back from examinations."""

from __future__ import annotations

import msgspec
import numpy as np

from cocket.simulation.worlds.market import OFFICERS_AN_OFFICE
from cocket.simulation.worlds.parameters import SCHEME_NAMES, World
from cocket.simulation.worlds.play import WAYS, Flags, Floats, Ints, Play, dice
from cocket.simulation.worlds.schemes import LOYALTY, MISTAKE, MISTAKE_ON_PAPER
from cocket.simulation.worlds.trade import RULES, Plan, Trade
from cocket.simulation.worlds.traders import Traders

LANES = ("green", "blue", "yellow", "red")
DEPTHS = ("", "not-examined", "documents", "partial", "full")
_HIGH_VALUE, _AUDITED = 12_000_000.0, 0.05
_NOT_DONE, _FULL, _PARTIAL_SIGHT = 0.02, 0.4, 0.85

#: Usual minutes by depth, and the deviation of their ln; share of work by two officers; share done in a hurry, and
#: the share of the usual time it takes. A friend works alone and in a hurry.
_MINUTES, _MINUTES_SPREAD, _BY_TWO, _HURRIED, _HURRY = (0.0, 0.0, 15.0, 45.0, 120.0), 0.25, 0.4, 0.03, 0.2


class Control(msgspec.Struct, frozen=True, kw_only=True):
    """What the host did, in the order of the plan; `(n,)` each.

    Attributes:
        office: Office; `officer` the one in charge there.
        lane: Position in `LANES`; `rule` in `RULES`, or `len(RULES)` for the rules of documents.
        propensity: Chance of the red lane, everything that the rules look at given.
        depth: Position in `DEPTHS`; 0 where there is no result.
        examined: Day of the examination; `returned` of its result, infinite where there is none.
        found: What the result says; False where there is none.
        recovered: Duty and tax recovered, national currency.
        officers: Officers who signed it; `minutes` it took, 0 where nothing was done.
        would_find: The truth: whether a full examination would find something, whatever the lane.
        would_take: Days from registration until its result would be back.
        would_minutes: Minutes it would take.
    """

    office: Ints
    officer: Ints
    lane: Ints
    rule: Ints
    propensity: Floats
    depth: Ints
    examined: Floats
    returned: Floats
    found: Flags
    recovered: Floats
    officers: Ints
    minutes: Floats
    would_find: Flags
    would_take: Floats
    would_minutes: Floats


#: What the table calls the rules.
RULE_NAMES = (*RULES, "new-importer", "high-value", "audit")


def control(world: World, traders: Traders, play: Play, done: tuple[Plan, Trade]) -> Control:
    """Lanes, examinations and results of all declarations."""
    plan, trade = done
    draw = dice(world.seed, "host")
    n = world.size
    usual = traders.office[plan.trader]
    office = np.where(draw.random(n) < 0.1, usual ^ 1, usual)
    officer = draw.integers(0, OFFICERS_AN_OFFICE, n)
    rule = _rules(draw, world, traders, plan, trade)
    lane = np.select([plan.is_red, (rule == 4) | (rule == 5), rule == 6], [3, 2, 1], 0)
    depth = np.where(draw.random(n) < _NOT_DONE, 1, np.where(draw.random(n) < _FULL, 4, 3))
    depth = np.select([lane == 3, lane == 2], [depth, 2], 0)
    examined = trade.day + draw.uniform(0.1, 2.5, n)
    delay = np.exp(np.log(world.return_days) + world.return_spread * draw.standard_normal(n))
    is_told = draw.random(n) < _sight(play, traders, trade.way, (depth, trade.broker, officer))
    is_told ^= draw.random(n) < world.flips
    has_result, found = depth > 0, is_told & (depth > 1)
    share = draw.uniform(0.7, 1.0, n)
    recovered: Floats = np.where(found, np.where(trade.way > 0, trade.cost * share, 0.02 * trade.value), 0.0)
    full = _sight(play, traders, trade.way, (np.full(n, 4), trade.broker, officer))
    would_find = (draw.random(n) < full) ^ (draw.random(n) < world.flips)
    officers, pace = _pace(world, _is_friend(traders, trade.broker, officer))
    return Control(
        officers=officers,
        minutes=np.round(pace * np.array(_MINUTES)[depth], 1),
        would_minutes=np.round(pace * _MINUTES[-1], 1),
        would_find=would_find,
        would_take=draw.uniform(0.1, 2.5, n) + delay,
        office=office,
        officer=officer,
        lane=lane,
        rule=np.where(lane > 0, rule, 0),
        propensity=_propensity(world, traders, plan),
        depth=depth,
        examined=examined,
        returned=np.where(has_result, examined + delay, np.inf),
        found=found,
        recovered=np.round(recovered, 2),
    )


def _rules(draw: np.random.Generator, world: World, traders: Traders, plan: Plan, trade: Trade) -> Ints:
    is_new = (trade.importer > 0) & trade.new_importer | ~plan.has_before
    papers = np.select([is_new, trade.value > _HIGH_VALUE, draw.random(len(is_new)) < _AUDITED], [4, 5, 6], 0)
    unseen = np.isin(traders.region[plan.trader], world.unseen_regions) & (plan.day < world.unseen_until * world.days)
    return np.where(plan.is_red, plan.rule, np.where(unseen, 0, papers))


def _propensity(world: World, traders: Traders, plan: Plan) -> Floats:
    """Chance of examination as the host's log has it: of the draw for those whom no rule names, 1 for the others.

    The rules themselves send only some of what they name; the log of a real host does not tell such shares either.
    """
    unseen = np.isin(traders.region[plan.trader], world.unseen_regions) & (plan.day < world.unseen_until * world.days)
    by_rule = plan.is_red & (plan.rule < 3)
    return np.where(by_rule, 1.0, np.where(unseen, 0.0, world.random_share))


def _sight(play: Play, traders: Traders, way: Ints, what: tuple[Ints, Ints, Ints]) -> Floats:
    """Chance that the result says "found", before it is entered the wrong way round."""
    depth, broker, officer = what
    full = np.where(way > 0, play.seen[way], MISTAKE)
    paper = np.where(way > 0, play.seen_on_paper[way], MISTAKE_ON_PAPER)
    sight = np.select([depth == 4, depth == 3, depth == 2], [full, full * _PARTIAL_SIGHT, paper], 0.0)
    sighted: Floats = np.where(_is_friend(traders, broker, officer), sight * LOYALTY, sight)
    return sighted


def _is_friend(traders: Traders, broker: Ints, officer: Ints) -> Flags:
    friend: Flags = (broker >= traders.corrupt[0]) & (officer == traders.friends[broker])
    return friend


def _pace(world: World, is_friend: Flags) -> tuple[Ints, Floats]:
    """Officers who sign, and the time they take over the usual; nothing of it tells more than who is whose friend."""
    draw = dice(world.seed, "pace")
    n = len(is_friend)
    officers = np.where((draw.random(n) < _BY_TWO) & ~is_friend, 2, 1)
    hurried = (draw.random(n) < _HURRIED) | is_friend
    return officers, np.where(hurried, _HURRY, 1.0) * np.exp(_MINUTES_SPREAD * draw.standard_normal(n))


def tells(world: World, play: Play, traders: Traders, done: tuple[Trade, Control]) -> tuple[Floats, Floats]:
    """Chance of just the result that came back: given fraud of each scheme `(n, WAYS)`, and given honesty `(n,)`."""
    trade, seen = done
    told = np.empty((len(trade.way), WAYS))
    for way in range(WAYS):
        lawful, offence = (
            _sight(play, traders, np.full(len(trade.way), each), (seen.depth, trade.broker, seen.officer))
            for each in (0, way)
        )
        sight = lawful + play.offends[way] * (offence - lawful)
        sight = sight + world.flips * (1.0 - 2.0 * sight)
        told[:, way] = np.where(seen.depth > 1, np.where(seen.found, sight, 1.0 - sight), 1.0)
    return told, told[:, 0]


#: What an officer calls what he found, by the classes of `control.offences`; and the class of each way of declaring.
OFFENCES = ("undervaluation", "classification", "origin", "quantity", "not-declared", "other")
_CLASS = {
    "misclassification": "classification",
    "false-origin": "origin",
    "transhipment": "origin",
    "quantity": "quantity",
    "concealment": "not-declared",
    "splitting": "other",
}


def offence(way: Ints) -> Ints:
    """Position in `OFFENCES` of what a find is called, from 1; an honest mistake is "other"."""
    named = [1 + OFFENCES.index(_CLASS.get(name, "undervaluation")) for name in SCHEME_NAMES]
    called: Ints = np.array([len(OFFENCES), *named])[way]
    return called
