# SPDX-License-Identifier: Apache-2.0
"""Threats in what is declared: probing, amending and cancelling around a lane, switched codes."""

from __future__ import annotations

import math
from bisect import bisect_right
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import timedelta
from itertools import pairwise
from statistics import median
from typing import Final

from cocket.risk.threats.alert import Alert, Limits, alert
from cocket.risk.threats.chance import binomial_tail, hypergeometric_tail, in_a_row, share, trend
from cocket.risk.threats.log import Declared, Log

_DAY: Final = timedelta(days=1)
_FEWEST_PROBES: Final = 8

#: How runs of probes are parted: longest time between two and of all, and how far their values must have moved. Prices of
#: markets move too, but slower, so that a slow run must have moved further, and that within a month.
_PROBES: Final = ((_DAY, 7 * _DAY, 0.1), (3 * _DAY, 60 * _DAY, 0.25))
_MONTH: Final = 31 * _DAY
_SAME_MASS: Final = 0.02
_RESUBMITTED_WITHIN: Final = 2 * _DAY
_SAME_VALUE: Final = 0.15
_FEWEST_SWITCHED: Final = 6
_LEFT_BEHIND: Final = 0.2
_SELECTED: Final = ("red", "yellow", "amber")

#: A declaration, its cancellation, and the same goods lodged again (None if they were not).
_Trial = tuple[Declared, Declared, Declared | None]


def originals(declared: Iterable[Declared]) -> Iterator[Declared]:
    """Declarations as first lodged, without amendments and cancellations."""
    return (one for one in declared if not one.is_cancellation and one.version == 0)


def find_probing(log: Log, limits: Limits) -> list[Alert]:
    """The same goods lodged over and over, their value moved in one direction, or in ever smaller steps.

    Runs of one importer, code, consignee and mass with at most a day between two, and again with three days: the chance that
    values in random order would move so steadily (Kendall), asked of the values and of the sizes of the steps. In a long
    run the slowest drift of a price stands out; so the values must also have moved by a tenth, and in a slow run by a
    quarter (a quarter a month where it takes longer), by the middle slope between any two of them.
    """
    groups: defaultdict[tuple[object, ...], list[Declared]] = defaultdict(list)
    for one in originals(log.declared):
        if one.value and one.mass_kg and one.value > 0 and one.mass_kg > 0:
            mass = round(math.log(one.mass_kg) / _SAME_MASS)
            groups[one.importer, one.hs, one.consignee, mass].append(one)
    found: set[int] = set()
    runs = [
        (run, (1.0 + least) ** max(1.0, (run[-1].at - run[0].at) / _MONTH) - 1.0)
        for gap, longest, least in _PROBES
        for group in groups.values()
        for run in _runs(group, gap, longest)
        if len(run) >= _FEWEST_PROBES
    ]
    alerts = []
    for run, least in runs:
        values = [one.value or 1.0 for one in run]
        steps = [abs(math.log(later / earlier)) for earlier, later in pairwise(values)]
        moves = trend(values) if _moved(values) >= least else 1.0
        closes_in = trend(steps) if max(values) >= (1 + least) * min(values) else 1.0
        chance = min(moves, closes_in) * 2 * len(runs)
        if chance <= limits.false_alerts and found.isdisjoint(one.row for one in run):
            found.update(one.row for one in run)
            told = {
                "times": str(len(run)),
                "from": f"{values[0]:.2f}",
                "to": f"{values[-1]:.2f}",
                "hs": run[0].hs or "–",
            }
            why = "the same {hs} of the same mass was declared {times} times, its value changed from {from} to {to}"
            alerts.append(
                alert("probe", (run[0].importer or "",), [(one.row, one.at) for one in run], chance, (why, told))
            )
    return alerts


def _moved(values: Sequence[float]) -> float:
    """How far values move from first to last by their middle slope, as a share of where they end or begin.

    Source: P. K. Sen, Estimates of the regression coefficient based on Kendall's tau, Journal of the American Statistical
    Association 63 (1968).
    """
    logs = [math.log(value) for value in values]
    slopes = [
        (later - earlier) / steps
        for place, earlier in enumerate(logs)
        for steps, later in enumerate(logs[place + 1 :], start=1)
    ]
    return math.expm1(abs(median(slopes)) * (len(values) - 1))


def _runs(group: Sequence[Declared], gap: timedelta, longest: timedelta) -> Iterator[list[Declared]]:
    """Declarations of one mass, each not long after the one before, none too long after the first."""
    run: list[Declared] = []
    for one in group:
        if run and (one.at - run[-1].at > gap or one.at - run[0].at > longest):
            yield run
            run = []
        run.append(one)
    yield run


def find_amending(log: Log, limits: Limits) -> list[Alert]:
    """A declaration amended more often than declarations that are amended at all would be.

    Each amendment is followed by another with the chance that it is among all other declarations, as far as so many of
    them can tell it; so many in a row are then a matter of that chance.
    """
    versions: defaultdict[tuple[str | None, str], list[Declared]] = defaultdict(list)
    for one in log.declared:
        if not one.is_cancellation:
            versions[one.importer, one.reference].append(one)
    chains = {key: group for key, group in versions.items() if len(group) > 1}
    followed = sum(len(group) - 2 for group in chains.values())
    amendments = sum(len(group) - 1 for group in chains.values())
    alerts = []
    for (importer, reference), group in chains.items():
        more = len(group) - 2
        chance = in_a_row(more, followed - more, amendments - more - 1) * len(chains)
        if more >= 2 and chance <= limits.false_alerts:
            codes = {one.hs for one in group}
            values = [one.value for one in group if one.value is not None]
            told = {
                "times": str(len(group) - 1), "reference": reference, "codes": str(len(codes)),
                "from": f"{values[0]:.2f}" if values else "–", "to": f"{values[-1]:.2f}" if values else "–",
            }  # fmt: skip
            why = "{reference} was amended {times} times: {codes} commodity codes, value from {from} to {to}"
            rows = [(one.row, one.at) for one in group]
            alerts.append(alert("amend-until-green", (importer or "",), rows, chance, (why, told)))
    return alerts


def find_resubmitting(log: Log, limits: Limits) -> list[Alert]:
    """Cancelled after it was selected, and lodged anew for the same consignee with the same goods.

    For each consignee, how many of his cancellations after a red or yellow lane are followed by the same goods within two
    days, against the share of all other cancellations that are (binomial). Honest traders correct themselves so; hence the
    same is asked of goods that come back under another importer's number alone.
    """
    lodged = {(one.importer, one.reference): one for one in originals(log.declared)}
    again: defaultdict[tuple[str | None, str | None], list[Declared]] = defaultdict(list)
    for one in originals(log.declared):
        again[one.consignee, one.hs].append(one)
    trials: defaultdict[str, list[_Trial]] = defaultdict(list)
    for one in log.declared:
        first = lodged.get((one.importer, one.reference)) if one.is_cancellation else None
        if first is not None and first.consignee is not None:
            trials[first.consignee].append((first, one, _resubmission(first, one, again[first.consignee, first.hs])))
    everything = [trial for group in trials.values() for trial in group]
    alerts: dict[str, Alert] = {}
    for is_so in (_is_by_another, _is_again):
        total = sum(map(is_so, everything))
        for consignee, group in trials.items():
            selected = [trial for trial in group if trial[0].lane in _SELECTED]
            found = [trial for trial in selected if is_so(trial)]
            usual = share(total - sum(map(is_so, group)), len(everything) - len(group))
            chance = binomial_tail(len(found), len(selected), usual) * 2 * len(trials)
            if len(found) >= 2 and chance <= limits.false_alerts:
                alerts.setdefault(consignee, _resubmit_alert(consignee, found, chance))
    return list(alerts.values())


def _is_again(trial: _Trial) -> bool:
    return trial[2] is not None


def _is_by_another(trial: _Trial) -> bool:
    return trial[2] is not None and trial[2].importer != trial[0].importer


def _resubmission(first: Declared, cancelled: Declared, others: Sequence[Declared]) -> Declared | None:
    """The same goods lodged again soon after a cancellation; None if they were not."""
    begin = bisect_right(others, cancelled.at, key=lambda one: one.at)
    for one in others[begin:]:
        if one.at - cancelled.at > _RESUBMITTED_WITHIN:
            return None
        are_near = _near(one.mass_kg, first.mass_kg, _SAME_MASS) and _near(one.value, first.value, _SAME_VALUE)
        if are_near and one.reference != first.reference:
            return one
    return None


def _near(one: float | None, other: float | None, within: float) -> bool:
    return one is not None and other is not None and abs(one - other) <= within * abs(other)


def _resubmit_alert(consignee: str, found: Sequence[_Trial], chance: float) -> Alert:
    rows = [(one.row, one.at) for trial in found for one in trial if one is not None]
    importers = sorted({one.importer for trial in found for one in trial if one is not None and one.importer})
    told = {"times": str(len(found)), "importers": ", ".join(importers)}
    why = "{times} declarations cancelled after they were selected, and the same goods declared again within two days ({importers})"
    return alert("cancel-and-resubmit", (*importers, consignee), rows, chance, (why, told))


def find_switching(log: Log, limits: Limits) -> list[Alert]:
    """An importer's trade that moves from one code, or one origin, to another while its price per kg stays the same.

    For each importer and pair of codes, the moment that parts them best: Fisher's exact test of before and after against
    the two codes, counted once for every moment and pair that was tried. Where rates of duty are told, only a move to a
    lower one counts.
    """
    groups: defaultdict[str, list[Declared]] = defaultdict(list)
    origins: defaultdict[tuple[str, str], list[Declared]] = defaultdict(list)
    for one in originals(log.declared):
        if one.importer and one.hs and one.value and one.mass_kg:
            groups[one.importer].append(one)
            if one.origin:
                origins[one.importer, one.hs].append(one)
    codes = _switches("misclass-shift", groups.values(), lambda one: one.hs or "", limits)
    return codes + _switches("route-shift", origins.values(), lambda one: one.origin or "", limits)


def _switches(
    kind: str, groups: Iterable[Sequence[Declared]], named: Callable[[Declared], str], limits: Limits
) -> list[Alert]:
    found: list[tuple[float, list[Declared], list[Declared]]] = []
    tried = 0
    for group in groups:
        counts = Counter(map(named, group))
        often = [name for name, count in counts.items() if count >= _FEWEST_SWITCHED]
        for old in often:
            for new in often:
                if old != new:
                    pair = [one for one in group if named(one) in (old, new)]
                    tried += len(pair) - 1
                    found.extend(_parted(pair, lambda one, new=new: named(one) == new))  # type: ignore[misc]
    alerts = []
    for chance, before, after in found:
        if chance * tried <= limits.false_alerts and _is_the_same_trade(before, after):
            told = {
                "old": named(before[0]),
                "new": named(after[0]),
                "times": str(len(after)),
                "before": str(len(before)),
            }
            why = "after {before} declarations as {old} the same goods at the same price were declared as {new}, {times} times"
            rows = [(one.row, one.at) for one in after]
            alerts.append(alert(kind, (after[0].importer or "",), rows, chance * tried, (why, told)))
    return alerts


def _parted(
    pair: Sequence[Declared], is_new: Callable[[Declared], bool]
) -> Iterator[tuple[float, list[Declared], list[Declared]]]:
    """The moment that best parts old from new: its chance, the old ones before and the new ones after it."""
    news = [is_new(one) for one in pair]
    total, size = sum(news), len(pair)
    best, seen_new = (1.0, 0), 0
    for place in range(1, size):
        seen_new += news[place - 1]
        chance = hypergeometric_tail(total - seen_new, size - place, total, size)
        best = min(best, (chance, place))
    chance, place = best
    before = [one for one, new in zip(pair[:place], news[:place], strict=True) if not new]
    after = [one for one, new in zip(pair[place:], news[place:], strict=True) if new]
    is_left = size - place - len(after) <= _LEFT_BEHIND * len(after)
    if is_left and min(len(before), len(after)) >= _FEWEST_SWITCHED:
        yield chance, before, after


def _is_the_same_trade(before: Sequence[Declared], after: Sequence[Declared]) -> bool:
    old, new = (median((one.value or 0.0) / (one.mass_kg or 1.0) for one in part) for part in (before, after))
    rates = [[one.duty_rate for one in part if one.duty_rate is not None] for part in (before, after)]
    is_cheaper = not (rates[0] and rates[1]) or median(rates[1]) < median(rates[0])
    return _near(new, old, _SAME_VALUE) and is_cheaper
