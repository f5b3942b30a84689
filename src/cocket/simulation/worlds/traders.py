# SPDX-License-Identifier: Apache-2.0
"""Who trades: people behind one or more importers' numbers, what they deal in, and what they do in which season."""

from __future__ import annotations

import msgspec
import numpy as np

from cocket.simulation.people import ORIGINS
from cocket.simulation.worlds.market import OFFICERS_AN_OFFICE, Market
from cocket.simulation.worlds.parameters import SCHEME_NAMES, World
from cocket.simulation.worlds.play import REGIONS, WAYS, Flags, Floats, Ints, Play, dice

#: Kinds of traders, which anybody can tell apart, and how much more or less tempted they are than the ordinary ones.
KINDS, TEMPTED = ("ordinary", "authorised", "entrant"), np.array([1.0, 0.25, 1.3])

#: Chance to be on the host's watch list, written before the stretch began: with a scheme then, and without.
WATCHED_RIGHTLY, WATCHED_WRONGLY = 0.25, 0.03

_LANES, _SELLERS = 5, 5


class Traders(msgspec.Struct, frozen=True, kw_only=True):
    """The traders of one world, `n` of them, and whom they deal with.

    Attributes:
        weight: How much each trades, relative `(n,)`.
        begin: First day of trade `(n,)`; 0 for those who were there before; `end` likewise.
        kind: Position in `KINDS` `(n,)`.
        region: Region `(n,)`.
        office: Position of the usual office `(n,)`.
        goods: Goods of the usual lanes `(n, 5)`; `origin` their origins.
        sellers: Usual sellers `(n, 5)`.
        broker: Usual broker `(n,)`.
        is_watched: Whether on the watch list `(n,)`.
        way: What each does in a season, 0 for no scheme `(n, seasons)`.
        brokers: Brokers (count); the last `corrupt` of them have a friend in the office: `friends`, officer by broker.
        seller_origin: Country of each seller `(sellers,)`.
        mills: Sellers that serve a scheme `(WAYS, mills_a_scheme)`; nobody's usual ones.
    """

    weight: Floats
    begin: Floats
    end: Floats
    kind: Ints
    region: Ints
    office: Ints
    goods: Ints
    origin: Ints
    sellers: Ints
    broker: Ints
    is_watched: Flags
    way: Ints
    brokers: int
    corrupt: Ints
    friends: Ints
    seller_origin: Ints
    mills: Ints

    @property
    def count(self) -> int:
        """Traders (count)."""
        return len(self.weight)


def chances_of_ways(world: World, play: Play) -> Floats:
    """Chance of each way for a trader who decides anew, by season, region and kind `(seasons, REGIONS, kinds, WAYS)`."""
    tempted = np.minimum(world.tempted * TEMPTED, 0.9)
    share = play.mix * play.alive
    exists = share.sum(axis=2, keepdims=True)
    share = np.divide(share, exists, out=np.zeros_like(share), where=exists > 0)
    chances: Floats = tempted[None, None, :, None] * share[:, :, None, :]
    chances[..., 0] = 1.0 - chances[..., 1:].sum(axis=3)
    return chances


def settle_traders(world: World, market: Market, play: Play) -> Traders:
    """The traders of a world."""
    draw = dice(world.seed, "traders")
    n = max(40, world.size // world.declarations_a_trader)
    enters, leaves = draw.random(n) < world.entering, draw.random(n) < world.leaving
    begin = np.where(enters, draw.uniform(0.0, 0.95 * world.days, n), 0.0)
    kind = np.where(enters, 2, (draw.random(n) < 0.06).astype(np.int64))
    region = draw.integers(0, REGIONS, n)
    goods, origin = _lanes(draw, market, n)
    seller_origin, sellers, mills = _sellers(draw, n, origin)
    brokers = max(10, n // 25)
    corrupt = np.arange(brokers - max(2, brokers // 30), brokers)
    way = _ways(draw, world, play, (begin, kind, region))
    watch = np.where(way[:, 0] > 0, WATCHED_RIGHTLY, WATCHED_WRONGLY)
    return Traders(
        weight=draw.gamma(0.8, 1.0, n) + 0.1,
        begin=begin,
        end=np.where(leaves, begin + draw.uniform(0.1, 1.0, n) * (world.days - begin), float(world.days)),
        kind=kind,
        region=region,
        office=region * 2 + draw.integers(0, 2, n),
        goods=goods,
        origin=origin,
        sellers=sellers,
        broker=draw.integers(0, corrupt[0], n),
        is_watched=(draw.random(n) < watch) & (begin == 0.0),
        way=way,
        brokers=brokers,
        corrupt=corrupt,
        friends=draw.integers(0, OFFICERS_AN_OFFICE, brokers),
        seller_origin=seller_origin,
        mills=mills,
    )


def _lanes(draw: np.random.Generator, market: Market, n: int) -> tuple[Ints, Ints]:
    """Goods and origins that each trader deals in: mostly of one chapter."""
    first = draw.choice(len(market.weight), n, p=market.weight)
    near = (first[:, None] // 16) * 16 + draw.integers(0, 16, (n, _LANES))
    goods = np.where(
        draw.random((n, _LANES)) < 0.8, near, draw.choice(len(market.weight), (n, _LANES), p=market.weight)
    )
    goods[:, 0] = first
    home = draw.integers(0, len(ORIGINS), n)
    origin = np.where(draw.random((n, _LANES)) < 0.6, home[:, None], draw.integers(0, len(ORIGINS), (n, _LANES)))
    return goods, origin


def _sellers(draw: np.random.Generator, n: int, origin: Ints) -> tuple[Ints, Ints, Ints]:
    """Countries of all sellers; those each trader buys from, one a lane; and the mills, who are nobody's usual ones."""
    ordinary, a_scheme = n + n // 4, max(3, n // 250)
    country = draw.integers(0, len(ORIGINS), ordinary + a_scheme * WAYS)
    by_country = [np.flatnonzero(country[:ordinary] == each) for each in range(len(ORIGINS))]
    usual = np.empty((n, _SELLERS), dtype=np.int64)
    for each, there in enumerate(by_country):
        wanted = origin == each
        usual[wanted] = draw.choice(there, int(wanted.sum())) if len(there) else draw.integers(0, ordinary)
    mills = np.arange(ordinary, ordinary + a_scheme * WAYS).reshape(WAYS, a_scheme)
    return country, usual, mills


def _ways(draw: np.random.Generator, world: World, play: Play, who: tuple[Floats, Ints, Ints]) -> Ints:
    """What each trader does in each season: he keeps on, or decides anew; a scheme that ended is given up."""
    begin, kind, region = who
    chances = chances_of_ways(world, play)
    n, entry = len(begin), (begin // world.season_days).astype(np.int64)
    way = np.zeros((n, world.seasons), dtype=np.int64)
    for season in range(world.seasons):
        fresh = (draw.random(n)[:, None] > np.cumsum(chances[season, region, kind], axis=1)[:, :-1]).sum(axis=1)
        before = way[:, season - 1] if season else fresh
        keeps = (draw.random(n) < world.keeps_on) & play.alive[season, region, before] & (season > entry)
        way[:, season] = np.where(keeps, before, fresh)
    return way


def scheme_name(way: int) -> str:
    """Name of a way of declaring; empty for honesty."""
    return SCHEME_NAMES[way - 1] if way else ""
