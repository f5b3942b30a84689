# SPDX-License-Identifier: Apache-2.0
"""Threats in values under a threshold: one consignment in parts, within a day or over days.

What is hard is a steady trade in goods that happen to cost just under a threshold. Two things are asked of the office's own
trade: how many of the importer's other values lie beside the band, and how often other importers' identical goods keep
their price, so that many declarations were one choice of a price.
"""

from __future__ import annotations

import math
from bisect import bisect_left, bisect_right
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Sequence
from datetime import timedelta
from statistics import median
from typing import Final

from cocket.risk.features.canonical import canonical_address
from cocket.risk.threats.alert import Alert, Limits, alert
from cocket.risk.threats.chance import binomial_tail, design_effect, share
from cocket.risk.threats.goods import originals
from cocket.risk.threats.log import Declared, Log

_DAY: Final = timedelta(days=1)
_SPLIT_WINDOWS: Final = (_DAY, 7 * _DAY, 31 * _DAY)
_FEWEST_PARTS: Final = 4
_PILED_UP: Final = 0.02
_SAME_MASS: Final = 0.02
_KEEPS: Final = 0.8

#: Importer, commodity code and mass: goods that are the same again.
_Line = tuple[str | None, str | None, int | None]


def find_splitting(log: Log, limits: Limits) -> list[Alert]:
    """Consignments to one address cut into parts just under a threshold.

    An address is that of the consignee, and that at which several importers are: straw consignees come and go at one. For each
    address and threshold, the windows of a day, a week and a month that begin with a value just under it: how
    many of the declarations in the window lie there, against the share of all other declarations that do (binomial).
    Other things are asked beside, so that a steady trade in goods of about such a value is no cut: half of the values lie
    in the nearer half of the band, and the bands of the same width above the threshold and below the band hold far
    fewer; no importer's values are taken to lie in the band more seldom than beside it; and identical goods of one
    importer count the fewer times, the more often other importers' identical goods keep their price (design effect).
    Over more than a day equal prices count twice at most: they are a subscription rather than a cut.
    """
    trade = _Trade([one for one in originals(log.declared) if one.value is not None], limits)
    tried = 2 * len(trade.declared) * len(_SPLIT_WINDOWS) * len(limits.thresholds)
    alerts = _at_places(trade, limits, tried, lambda one: one.consignee)
    explained = {row for told in alerts for row in told.rows}
    for told in _at_places(trade, limits, tried, lambda one: dict(one.identities).get("address")):
        if explained.isdisjoint(told.rows):
            alerts.append(told)
    return alerts


def _at_places(trade: _Trade, limits: Limits, tried: int, named: Callable[[Declared], str | None]) -> list[Alert]:
    groups: defaultdict[str, list[Declared]] = defaultdict(list)
    for one in trade.declared:
        if place := canonical_address(named(one)):
            groups[place].append(one)
    everything = [one.value or 0.0 for group in groups.values() for one in group]
    alerts = []
    for threshold in limits.thresholds:
        band = threshold * (1.0 - limits.band), threshold
        within = sum(band[0] <= value < threshold for value in everything)
        for group in groups.values():
            mine = sum(band[0] <= (one.value or 0.0) < threshold for one in group)
            if mine >= _FEWEST_PARTS:
                usual = share(within - mine, len(everything) - len(group))
                best = _best_window(group, band, usual, trade)
                if (
                    best
                    and best[0] * tried <= limits.false_alerts
                    and _piles_up(best[1], group, band, is_by_straws=trade.are_straws(best[1]))
                ):
                    alerts.append(_split_alert(best, threshold, tried, named(best[1][0]) or ""))
    return alerts


class _Trade:
    """What an office's own trade tells of steady goods.

    Args:
        declared: Declarations with a value, in the order of time.
        limits: How wide a band is.
    """

    def __init__(self, declared: Sequence[Declared], limits: Limits) -> None:
        self.declared = declared
        self._of_importer: defaultdict[str | None, list[float]] = defaultdict(list)
        lines: defaultdict[_Line, list[float]] = defaultdict(list)
        for one in declared:
            self._of_importer[one.importer].append(one.value or 0.0)
            lines[_line(one)].append(one.value or 0.0)
        self._keeps = {
            line: _keeps_its_price(values, limits.band)
            for line, values in lines.items()
            if len(values) >= _FEWEST_PARTS and line[2] is not None
        }

    def counted(self, parts: Sequence[Declared]) -> float:
        """For how many independent choices of a value parts count: fewer where the same goods come again."""
        lines = Counter(map(_line, parts))
        importers = {line[0] for line in lines}
        others = [keeps for line, keeps in self._keeps.items() if line[0] not in importers]
        alike = sum(others) / len(others) if others else 0.0
        return sum(size / design_effect(size, alike if line[2] is not None else 0.0) for line, size in lines.items())

    def are_straws(self, parts: Sequence[Declared]) -> bool:
        """Whether nearly all parts are of importers of whom nothing else is known."""
        return sum(len(self._of_importer[one.importer]) == 1 for one in parts) >= _KEEPS * len(parts)

    def beside(self, parts: Sequence[Declared], band: tuple[float, float], usual: float) -> float:
        """Share of the importers' other values that a band holds, judged by the bands of its width on both sides of it.

        Of somebody with few other values the share is drawn towards the usual one, which counts as one value more.
        """
        low, high = band
        values = [value for importer in {one.importer for one in parts} for value in self._of_importer[importer]]
        near = sum(2 * low - high <= value < low or high <= value < 2 * high - low for value in values)
        return (near / 2 + usual) / (len(values) - len(parts) + 1)


def _line(one: Declared) -> _Line:
    mass = round(math.log(one.mass_kg) / _SAME_MASS) if one.mass_kg and one.mass_kg > 0 else None
    return one.importer, one.hs, mass


def _keeps_its_price(values: Iterable[float], width: float) -> bool:
    """Whether most values lie within one band of the width given, wherever it is."""
    ordered = sorted(values)
    most = max(bisect_right(ordered, low / (1.0 - width)) - place for place, low in enumerate(ordered))
    return most >= _KEEPS * len(ordered)


def _best_window(
    group: Sequence[Declared], band: tuple[float, float], usual: float, trade: _Trade
) -> tuple[float, list[Declared]] | None:
    """The window whose number of parts chance explains least: that chance, and the parts."""
    parts = [one for one in group if band[0] <= (one.value or 0.0) < band[1]]
    moments, all_moments = [one.at for one in parts], [one.at for one in group]
    usual = max(usual, trade.beside(parts, band, usual))
    best: tuple[float, list[Declared]] | None = None
    for length in _SPLIT_WINDOWS:
        for place, begin in enumerate(moments):
            found = parts[place : bisect_right(moments, begin + length)]
            count = int(trade.counted(found))
            if length > _DAY:
                count = min(count, 2 * len({one.value for one in found}))
            if count < _FEWEST_PARTS or sum(one.value or 0.0 for one in found) < 1.5 * band[1]:
                continue
            trials = bisect_right(all_moments, begin + length) - bisect_left(all_moments, begin)
            chance = binomial_tail(count, max(count, trials - len(found) + count), usual)
            if best is None or chance < best[0]:
                best = chance, found
    return best


def _piles_up(
    found: Sequence[Declared], group: Sequence[Declared], band: tuple[float, float], *, is_by_straws: bool
) -> bool:
    """Whether values press against the threshold rather than lie about it by the nature of the trade.

    Importers who declare this once and nothing else have no trade by whose nature values could lie there.
    """
    low, high = band
    during = [one.value or 0.0 for one in group if found[0].at <= one.at <= found[-1].at]
    beside = sum(2 * low - high <= value < low or high <= value < 2 * high - low for value in during)
    is_near = median(one.value or 0.0 for one in found) >= (low + high) / 2
    return (is_near or is_by_straws) and binomial_tail(len(found), len(found) + beside, 1 / 3) <= _PILED_UP


def _split_alert(best: tuple[float, list[Declared]], threshold: float, tried: int, place: str) -> Alert:
    chance, found = best
    is_burst = found[-1].at - found[0].at <= _DAY
    told = {
        "parts": str(len(found)),
        "threshold": f"{threshold:g}",
        "sum": f"{sum(one.value or 0.0 for one in found):.2f}",
        "importers": str(len({one.importer for one in found})),
        "days": str((found[-1].at - found[0].at).days + 1),
    }
    why = "{parts} declarations to one address just under {threshold}, by {importers} importers within {days} days: {sum} together"
    rows = [(one.row, one.at) for one in found]
    kind = "split" if is_burst else "split-over-days"
    return alert(kind, (place,), rows, chance * tried, (why, told))
