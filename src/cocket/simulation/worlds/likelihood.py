# SPDX-License-Identifier: Apache-2.0
"""How much likelier each declaration's traces are under each scheme than under honesty, from what is written on it."""

from __future__ import annotations

import numpy as np
from scipy.special import ndtr

from cocket.simulation.worlds.market import THRESHOLD, WORTH, Market
from cocket.simulation.worlds.play import WAYS, Flags, Floats, Ints, Play
from cocket.simulation.worlds.schemes import ODD_PRICE_DEVIATION, ODD_PRICES
from cocket.simulation.worlds.trade import CUT_FROM, LEAST_TARE, TARE, Plan, Trade


def log_ratios(market: Market, play: Play, plan: Plan, trade: Trade, region: Ints) -> Floats:
    """Ln of the likelihood of all traces over that under honesty, `(n, WAYS)`, 0 for honesty itself.

    Source: Bayes' rule; given the way, the traces are independent, as `trade.carry_out` draws them.
    """
    gap = np.log(trade.value / trade.net_kg) - market.usual_price(plan.goods, plan.origin, trade.day)
    tare = np.log(trade.gross_kg / trade.net_kg) - TARE
    usual_packages = trade.gross_kg / market.package_kg[plan.goods]
    package_honest = _packages(play, region, 0, (trade.packages, usual_packages))
    tare_honest = _tare(play, region, 0, tare)
    ratios = np.zeros((len(gap), WAYS))
    for way in range(1, WAYS):
        total = _price(play, region, way, gap)
        total += _packages(play, region, way, (trade.packages, usual_packages)) - package_honest
        total += _tare(play, region, way, tare) - tare_honest
        total += np.log(play.text[region, way, trade.text] / play.text[region, 0, trade.text])
        total += np.log(play.route[region, way, trade.route] / play.route[region, 0, trade.route])
        total += _eithers(market, play, plan, trade, (region, way))
        total += _value(play, region, way, trade.value) + _mill(play, region, way, trade.mill)
        ratios[:, way] = total
    return ratios


def _normal(table: Floats, region: Ints, way: int, value: Floats) -> Floats:
    """Ln of a normal density, without the constant."""
    mean, deviation = table[region, way, 0], table[region, way, 1]
    density: Floats = -0.5 * ((value - mean) / deviation) ** 2 - np.log(deviation)
    return density


def _tare(play: Play, region: Ints, way: int, tare: Floats) -> Floats:
    """Ln of the density of the tare; what would lie under the least that is written lies on it."""
    least = LEAST_TARE - TARE
    mean, deviation = play.tare[region, way, 0], play.tare[region, way, 1]
    on_the_edge = np.log(np.maximum(ndtr((least - mean) / deviation), 1e-300))
    return np.where(tare <= least + 1e-4, on_the_edge, _normal(play.tare, region, way, tare))


def _packages(play: Play, region: Ints, way: int, counts: tuple[Ints, Floats]) -> Floats:
    """Ln of the chance of a whole number of packages; of the density of the mass of one where there are many."""
    packages, usual = counts
    mean, deviation = play.package[region, way, 0], play.package[region, way, 1]
    density = _normal(play.package, region, way, np.log(usual / packages))
    few = np.flatnonzero(packages <= _FEW)
    mean, deviation, usual, count = mean[few], deviation[few], usual[few], packages[few]
    low = (np.log(usual / (count + 0.5)) - mean) / deviation
    high = np.where(count > 1, (np.log(usual / np.maximum(count - 0.5, 0.5)) - mean) / deviation, np.inf)
    turned = low > 0  # the difference of two chances close to 1 would lose its digits
    chance = ndtr(np.where(turned, -low, high)) - ndtr(np.where(turned, -high, low))
    density[few] = np.log(np.maximum(chance, 1e-300))
    return density


#: Up to so many packages their number is a step too coarse to be taken for a measure.
_FEW = 300


def _price(play: Play, region: Ints, way: int, gap: Floats) -> Floats:
    usual = np.exp(_normal(play.price, region, 0, gap))
    wide = np.exp(-0.5 * (gap / ODD_PRICE_DEVIATION) ** 2) / ODD_PRICE_DEVIATION
    return _normal(play.price, region, way, gap) - np.log((1.0 - ODD_PRICES) * usual + ODD_PRICES * wide)


def _eithers(market: Market, play: Play, plan: Plan, trade: Trade, where: tuple[Ints, int]) -> Floats:
    """Traces of yes or no; some can only occur where the tariff grants a preference or the trader declared before."""
    region, way = where
    grants = market.has_preference(plan.goods, plan.origin) > 0
    total = np.zeros(len(region))
    for name, seen, can in (
        ("preference", trade.preference, grants),
        ("bill_differs", trade.bill_differs, np.ones_like(grants)),
        ("same_bill", trade.same_bill, plan.has_before),
        ("new_importer", trade.new_importer, plan.has_before),
        ("corrupt", trade.is_corrupt, np.ones_like(grants)),
    ):
        total += np.where(can, _either(play.chance[name][region, way], play.chance[name][region, 0], seen), 0.0)
    return total


def _either(chance: Floats, honest: Floats, seen: Flags) -> Floats:
    return np.where(seen, np.log(chance / honest), np.log((1.0 - chance) / (1.0 - honest)))


def _value(play: Play, region: Ints, way: int, value: Floats) -> Floats:
    """The value: cut to just under the threshold with some chance, else as usual."""
    chance = play.chance["under_threshold"]
    usual = np.exp(-0.5 * ((np.log(value) - WORTH[0]) / WORTH[1]) ** 2) / (WORTH[1] * np.sqrt(2 * np.pi) * value)
    cut = ((value >= CUT_FROM * THRESHOLD) & (value <= THRESHOLD)) / ((1.0 - CUT_FROM) * THRESHOLD)
    mixed = chance[region, way] * cut + (1.0 - chance[region, way]) * usual
    honest = chance[region, 0] * cut + (1.0 - chance[region, 0]) * usual
    ratio: Floats = np.log(mixed / honest)
    return ratio


def _mill(play: Play, region: Ints, way: int, mill: Ints) -> Floats:
    """The seller: a mill of the own scheme, of one of the schemes by stray, or nobody's."""
    own, stray = play.chance["mill"][region, way], play.chance["mill"][region, 0]
    any_stray = stray * (WAYS - 1)
    under = np.where(mill == way, own + (1.0 - own) * stray, (1.0 - own) * stray)
    under = np.where(mill == 0, (1.0 - own) * (1.0 - any_stray), under)
    honest = np.where(mill == 0, 1.0 - any_stray, stray)
    ratio: Floats = np.log(under / honest)
    return ratio
