# SPDX-License-Identifier: Apache-2.0
"""A stretch of trade, drawn column by column: who declares what and when, with what in mind, and what of it shows.

The draws follow the order in which `likelihood.py` and `judge.py` undo them: covariates that know nothing of fraud
(trader, time, goods, origin, carrier, the host's static lanes), then whether it is fraud, then the traces given that.
"""

from __future__ import annotations

import msgspec
import numpy as np

from cocket.simulation.people import HUBS, ORIGINS
from cocket.simulation.worlds.market import THRESHOLD, VAT, WORTH, Market
from cocket.simulation.worlds.parameters import SCHEME_NAMES, World
from cocket.simulation.worlds.play import WAYS, Flags, Floats, Ints, Play, dice
from cocket.simulation.worlds.schemes import ODD_PRICE_DEVIATION, ODD_PRICES, PROBES, PROBING_SHARE
from cocket.simulation.worlds.traders import Traders

#: Share of declarations of goods off the trader's usual lanes, through another broker, from another seller.
_UNUSUAL = 0.08

#: Usual ln(gross mass over net mass), and the least that is written.
TARE, LEAST_TARE = 0.07, 0.002

#: Lowest value of what is cut to fall under the threshold, as a share of it.
CUT_FROM = 0.86


class Plan(msgspec.Struct, frozen=True, kw_only=True):
    """What is settled before anybody decides to cheat, in the order of traders and, within each, of time. `(n,)` each.

    Attributes:
        day: Days since the start of the stretch.
        trader: Trader.
        season: Season.
        has_before: Whether the trader declared before within the stretch; the row before is then his last.
        goods: Goods; `origin` their origin.
        is_red: Whether the host's static rules or the draw send it to examination: `rule` says which (0 none).
        rule: Position in `RULES`.
        is_watched_closely: Whether one of the trader's last `PROBES` declarations went to examination so.
    """

    day: Floats
    trader: Ints
    season: Ints
    has_before: Flags
    goods: Ints
    origin: Ints
    is_red: Flags
    rule: Ints
    is_watched_closely: Flags


class Trade(msgspec.Struct, frozen=True, kw_only=True):
    """What was declared, in the order of the plan; `(n,)` each.

    Attributes:
        way: The truth: 0 honest, else the scheme.
        day: Days since the start, parts of a consignment moved to the one before.
        value: Customs value, national currency; `net_kg`, `gross_kg` masses; `packages` count.
        text: Position in `TEXTS`; `route` in `ROUTES`.
        export: Country of dispatch, position in ORIGINS + HUBS.
        preference: Whether a preference is claimed; `bill_differs` whether the bill tells otherwise; `same_bill` whether
            it is a part of the consignment before; `new_importer` whether the importer's number is new.
        seller: Seller; `mill` the scheme whose mill it is, 0 for none.
        broker: Broker; `is_corrupt` whether he has a friend.
        importer: Ordinal of the trader's importer number (0-based).
        cost: The truth: duty and tax withheld, national currency.
    """

    way: Ints
    day: Floats
    value: Floats
    net_kg: Floats
    gross_kg: Floats
    packages: Ints
    text: Ints
    route: Ints
    export: Ints
    preference: Flags
    bill_differs: Flags
    same_bill: Flags
    new_importer: Flags
    seller: Ints
    mill: Ints
    broker: Ints
    is_corrupt: Flags
    importer: Ints
    cost: Floats


#: The host's static rules, written years ago; the draw comes last.
RULES = ("", "watch-list", "goods-and-origin", "draw")
_LISTED_CHAPTERS, _LISTED_ORIGINS, _LOOKED_AT = 5, 4, 0.55


def plan_trade(world: World, market: Market, traders: Traders) -> Plan:
    """Who declares what and when, and where the host's static rules send it."""
    draw = dice(world.seed, "plan")
    day = _days(draw, world)
    trader = _who(draw, traders, day)
    order = np.lexsort((day, trader))
    day, trader, n = day[order], trader[order], world.size
    lane = draw.integers(0, traders.goods.shape[1], n)
    goods, origin = traders.goods[trader, lane], traders.origin[trader, lane]
    unusual = draw.random(n) < _UNUSUAL
    goods = np.where(unusual, draw.choice(len(market.weight), n, p=market.weight), goods)
    origin = np.where(draw.random(n) < _UNUSUAL, draw.integers(0, len(ORIGINS), n), origin)
    rule = _static_rules(draw, world, traders, (day, trader, market.chapter[goods], origin))
    has_before = np.r_[False, trader[1:] == trader[:-1]]
    return Plan(
        day=day,
        trader=trader,
        season=(day // world.season_days).astype(np.int64),
        has_before=has_before,
        goods=goods,
        origin=origin,
        is_red=rule > 0,
        rule=rule,
        is_watched_closely=_lately(rule > 0, trader),
    )


def _days(draw: np.random.Generator, world: World) -> Floats:
    """Times of registration: mostly on weekdays and in the day time, whatever is declared."""
    weekday = np.where(np.arange(world.days) % 7 < 5, 1.0, 0.3)
    whole = draw.choice(world.days, world.size, p=weekday / weekday.sum())
    days: Floats = whole + np.clip(draw.normal(0.54, 0.12, world.size), 0.2, 0.95) + draw.uniform(0, 0.01, world.size)
    return days


def _who(draw: np.random.Generator, traders: Traders, day: Floats) -> Ints:
    """Traders by their weight, among those who trade on the day."""
    weights = np.cumsum(traders.weight)
    trader = np.searchsorted(weights, draw.random(len(day)) * weights[-1], side="right")
    for _ in range(60):
        absent = np.flatnonzero((traders.begin[trader] > day) | (traders.end[trader] < day))
        if not len(absent):
            break
        trader[absent] = np.searchsorted(weights, draw.random(len(absent)) * weights[-1], side="right")
    staying = np.flatnonzero((traders.begin == 0.0) & (traders.end >= traders.end.max()))
    absent = np.flatnonzero((traders.begin[trader] > day) | (traders.end[trader] < day))
    trader[absent] = draw.choice(staying, len(absent))
    found: Ints = trader.astype(np.int64)
    return found


def _static_rules(
    draw: np.random.Generator, world: World, traders: Traders, rows: tuple[Floats, Ints, Ints, Ints]
) -> Ints:
    """Which rule sends each row to examination; none looks at what fraud changes."""
    day, trader, chapter, origin = rows
    chapters = draw.choice(24, _LISTED_CHAPTERS, replace=False)
    origins = draw.choice(len(ORIGINS), _LISTED_ORIGINS, replace=False)
    looked_at = draw.random(len(day)) < _LOOKED_AT
    rule = np.where(draw.random(len(day)) < world.random_share, 3, 0)
    rule = np.where(np.isin(chapter, chapters) & np.isin(origin, origins) & looked_at, 2, rule)
    rule = np.where(traders.is_watched[trader] & looked_at, 1, rule)
    unseen = np.isin(traders.region[trader], world.unseen_regions) & (day < world.unseen_until * world.days)
    kept: Ints = np.where(unseen, 0, rule)
    return kept


def _lately(is_red: Flags, trader: Ints) -> Flags:
    """Whether any of the trader's last declarations went to examination."""
    lately = np.zeros(len(is_red), dtype=np.bool_)
    for back in range(1, PROBES + 1):
        lately[back:] |= is_red[:-back] & (trader[back:] == trader[:-back])
    return lately


def propensities(plan: Plan, market: Market, play: Play) -> Floats:
    """Chance of fraud in each declaration were the trader of each way, `(n, WAYS)`; the first: without a scheme."""
    chance: Floats = play.propensity[None, :] * market.pull[:, plan.goods].T * market.origin_pull[:, plan.origin].T
    probing = 1 + SCHEME_NAMES.index("probing")
    chance[:, probing] *= np.where(plan.is_watched_closely, PROBING_SHARE, 1.0)
    likely: Floats = np.minimum(chance, 0.95)
    return likely


def carry_out(world: World, market: Market, traders: Traders, play: Play, plan: Plan) -> Trade:
    """Decide who cheats, and draw what shows."""
    draw = dice(world.seed, "trade")
    n, region = world.size, traders.region[plan.trader]
    runs = traders.way[plan.trader, plan.season]
    does = _cheats(draw, play, runs, propensities(plan, market, play))
    shows = np.where(runs > 0, does, 0)  # an opportunist leaves nothing to be seen
    way = np.where(draw.random(n) < play.offends[does], does, 0)

    def happens(name: str) -> Flags:
        return draw.random(n) < play.chance[name][region, shows]

    def measure(table: Floats) -> Floats:
        drawn: Floats = table[region, shows, 0] + table[region, shows, 1] * draw.standard_normal(n)
        return drawn

    same_bill, new_importer = happens("same_bill") & plan.has_before, happens("new_importer") & plan.has_before
    day = _moved(draw, plan, same_bill, world.season_days)
    value = np.round(_values(draw, happens("under_threshold")), 2)
    gap = _now_and_then_odd(draw, shows, measure(play.price))
    net = np.maximum(0.5, np.round(value / np.exp(market.usual_price(plan.goods, plan.origin, day) + gap), 2))
    gross = np.round(net * np.exp(np.maximum(TARE + measure(play.tare), LEAST_TARE)), 2)
    packages = np.maximum(1, np.rint(gross / (market.package_kg[plan.goods] * np.exp(measure(play.package)))))
    route = _kind(draw, play.route[region, shows])
    seller, mill = _seller(draw, traders, play, plan, shows)
    broker, is_corrupt = _broker(draw, traders, plan, happens("corrupt"))
    return Trade(
        way=way, day=day, value=value, net_kg=net, gross_kg=gross,
        packages=packages.astype(np.int64),
        text=_kind(draw, play.text[region, shows]),
        route=route,
        export=_export(draw, plan.origin, route),
        preference=happens("preference") & (market.has_preference(plan.goods, plan.origin) > 0),
        bill_differs=happens("bill_differs"),
        same_bill=same_bill,
        new_importer=new_importer,
        seller=seller, mill=mill, broker=broker, is_corrupt=is_corrupt,
        importer=_ordinals(plan, new_importer),
        cost=_cost(draw, market, play, plan, (way, value)),
    )  # fmt: skip


def _cheats(draw: np.random.Generator, play: Play, way: Ints, chances: Floats) -> Ints:
    """Honest, or the scheme: the trader's own, or any for an opportunist."""
    rows = np.arange(len(way))
    any_scheme = draw.choice(WAYS, len(way), p=play.mix)
    return np.where(draw.random(len(way)) < chances[rows, way], np.where(way > 0, way, any_scheme), 0)


def _now_and_then_odd(draw: np.random.Generator, way: Ints, gap: Floats) -> Floats:
    """Gaps of prices, a tenth of the honest ones far off for reasons of their own."""
    odd = (way == 0) & (draw.random(len(way)) < ODD_PRICES)
    return np.where(odd, ODD_PRICE_DEVIATION * draw.standard_normal(len(way)), gap)


def _moved(draw: np.random.Generator, plan: Plan, same_bill: Flags, season_days: int) -> Floats:
    """Days, with each part of a consignment brought to the one before it, never into another season."""
    day, step = plan.day.copy(), draw.uniform(0.01, 1.5, len(plan.day))
    waiting = np.flatnonzero(same_bill)
    depth = np.zeros(len(day), dtype=np.int64)
    while True:  # parts of parts: a chain is worked off from its head
        deeper = np.where(same_bill, np.r_[0, depth[:-1]] + 1, 0)
        if (deeper == depth).all():
            break
        depth = deeper
    for level in range(1, int(depth.max(initial=0)) + 1):
        here = waiting[depth[waiting] == level]
        near = day[here - 1] + step[here]
        keeps = (near // season_days).astype(np.int64) == plan.season[here]
        day[here] = np.where(keeps, np.minimum(day[here], near), day[here])
    return day


def _values(draw: np.random.Generator, is_cut: Flags) -> Floats:
    usual = np.exp(WORTH[0] + WORTH[1] * draw.standard_normal(len(is_cut)))
    return np.where(is_cut, THRESHOLD * draw.uniform(CUT_FROM, 1.0, len(is_cut)), usual)


def _kind(draw: np.random.Generator, chances: Floats) -> Ints:
    kind: Ints = (draw.random(len(chances))[:, None] > np.cumsum(chances, axis=1)[:, :-1]).sum(axis=1)
    return kind


def _export(draw: np.random.Generator, origin: Ints, route: Ints) -> Ints:
    hub = len(ORIGINS) + draw.integers(0, len(HUBS), len(origin))
    odd = (origin + draw.integers(1, len(ORIGINS), len(origin))) % len(ORIGINS)
    return np.choose(route, [origin, hub, odd])


def _seller(draw: np.random.Generator, traders: Traders, play: Play, plan: Plan, way: Ints) -> tuple[Ints, Ints]:
    """Seller of each row, and the scheme whose mill he is: the own scheme's, now and then another's, mostly none."""
    n, region = len(way), traders.region[plan.trader]
    own = (draw.random(n) < play.chance["mill"][region, way]) & (way > 0)
    stray = (draw.random(n) < play.chance["mill"][region, 0] * (WAYS - 1)) & ~own
    mill = np.where(own, way, np.where(stray, draw.integers(1, WAYS, n), 0))
    lane = (traders.origin[plan.trader] == plan.origin[:, None]).argmax(axis=1)
    usual = traders.sellers[plan.trader, lane]
    ordinary = int(traders.mills[0, 0])
    usual = np.where(draw.random(n) < _UNUSUAL, draw.integers(0, ordinary, n), usual)
    return np.where(mill > 0, traders.mills[mill, draw.integers(0, traders.mills.shape[1], n)], usual), mill


def _broker(draw: np.random.Generator, traders: Traders, plan: Plan, is_corrupt: Flags) -> tuple[Ints, Flags]:
    n, honest = len(is_corrupt), int(traders.corrupt[0])
    usual = np.where(draw.random(n) < _UNUSUAL, draw.integers(0, honest, n), traders.broker[plan.trader])
    return np.where(is_corrupt, draw.choice(traders.corrupt, n), usual), is_corrupt


def _ordinals(plan: Plan, new_importer: Flags) -> Ints:
    """How many new numbers the trader took before, so that each row has his latest."""
    count = np.cumsum(new_importer)
    first = ~plan.has_before
    start = np.maximum.accumulate(np.where(first, np.arange(len(count)), 0))
    ordinal: Ints = count - count[start]
    return ordinal


def _cost(draw: np.random.Generator, market: Market, play: Play, plan: Plan, done: tuple[Ints, Floats]) -> Floats:
    way, value = done
    duty = market.duty[plan.goods]
    full = duty + VAT * (1.0 + duty)
    low, high = play.cost[way, 0], play.cost[way, 1]
    cost: Floats = np.round(value * full * (low + (high - low) * draw.random(len(way))), 2)
    return cost
