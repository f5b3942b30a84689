# SPDX-License-Identifier: Apache-2.0
"""Threats in who trades, and how goods are said to travel: surges, rings, values told elsewhere, journeys that cannot be."""

from __future__ import annotations

from bisect import bisect_right
from collections import defaultdict
from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from itertools import combinations, pairwise
from math import erfc, sqrt
from statistics import quantiles
from typing import Final

import msgspec

from cocket.risk.threats.alert import Alert, Limits, alert
from cocket.risk.threats.chance import binomial_tail, both, geometric_tail, hypergeometric_tail, share
from cocket.risk.threats.goods import originals
from cocket.risk.threats.log import Declared, Log

_WARM_UP: Final = 0.2
_FIRST_DAYS: Final = timedelta(days=14)
_FEWEST_IN_SURGE: Final = 10
_FEWEST_IN_RING: Final = 3

#: Importers above which what they share tells nothing of them: a business centre's address, a broker's telephone or account (count).
_MOST_IN_RING: Final = 12

#: Identities that say who owns a trader, not where he can be reached.
_OF_OWNERS: Final = frozenset({"account", "director"})

#: Overlap of the spans in which two traders trade, as a share of the shorter one, under which they take turns (0–1).
_MOST_OVERLAP: Final = 0.5
_FEWEST_MIRRORED: Final = 5
_FEWEST_VOYAGES: Final = 10
_TWENTIETHS: Final = 20


def find_surges(log: Log, limits: Limits) -> list[Alert]:
    """A trader nobody had seen before, with far more declarations in his first two weeks than newcomers have.

    Who is still within his first two weeks at the end of the log is told apart, as a very busy newcomer, where hardly any trader is
    ever as busy: a large honest trader who begins just then looks alike, so the chance told is that of one such among all, and
    no more than `Limits.early_most` of all traders are told so, or one.
    Newcomers are those first seen after a fifth of the log. Two explanations must fail. That he is a newcomer like others:
    counts of a first two weeks are taken to be geometric, the widest law without memory, with the mean of all other
    newcomers or of all other traders, whichever is more. And that he is one of the few large traders that every
    office has, who goes on as he began: by how many others have a fortnight as busy, whatever law their sizes follow,
    and by how soon after it his trade ends while that of others goes on (Fisher's product of both).
    """
    trade: defaultdict[str, list[Declared]] = defaultdict(list)
    for one in originals(log.declared):
        if one.importer:
            trade[one.importer].append(one)
    if not trade:
        return []
    begin, end = log.declared[0].at, log.declared[-1].at
    moments = sorted(one.at for lodged in trade.values() for one in lodged)
    known_by = begin + (end - begin) * _WARM_UP
    first = {
        importer: [one for one in lodged if one.at - lodged[0].at <= _FIRST_DAYS] for importer, lodged in trade.items()
    }
    new = [importer for importer, lodged in trade.items() if lodged[0].at > known_by]
    everybody, of_new = sum(map(len, first.values())), sum(len(first[importer]) for importer in new)
    busiest = {importer: _busiest(lodged) for importer, lodged in trade.items()}
    alerts: list[Alert] = []
    early_alerts: list[tuple[int, Alert]] = []
    for importer in new:
        lodged = first[importer]
        mean = max(share(everybody - len(lodged), len(first) - 1, 1), share(of_new - len(lodged), len(new) - 1, 1))
        as_big = sum(count >= len(lodged) for other, count in busiest.items() if other != importer)
        goes_on = both(share(as_big, len(trade) - 1, 1), _stops(trade[importer], len(lodged), moments))
        chance = max(geometric_tail(len(lodged), mean), goes_on) * len(new)
        is_first = end - lodged[0].at <= _FIRST_DAYS
        early = geometric_tail(len(lodged), mean) * len(new)
        if is_first and chance > limits.false_alerts and len(lodged) >= _FEWEST_IN_SURGE:
            if early <= limits.false_alerts and as_big < limits.early_share * len(trade):
                early_alerts.append((as_big, _still_going_on(importer, lodged, (as_big, len(trade)), len(new))))
            continue
        if len(lodged) >= _FEWEST_IN_SURGE and chance <= limits.false_alerts:
            told = {"times": str(len(lodged)), "usual": f"{mean:.1f}"}
            why = "a new trader with {times} declarations in two weeks, who then stopped; other newcomers have {usual}"
            rows = [(one.row, one.at) for one in lodged]
            alerts.append(alert("new-trader-surge", (importer,), rows, chance, (why, told)))
    early_alerts.sort(key=lambda one: (one[0], -len(one[1].rows), one[1].who))
    return alerts + [one for _, one in early_alerts[: max(1, int(limits.early_most * len(trade)))]]


def _still_going_on(importer: str, lodged: Sequence[Declared], bigger: tuple[int, int], new: int) -> Alert:
    """A newcomer within his first two weeks who is already busier than nearly all traders ever are."""
    as_big, traders = bigger
    told = {"times": str(len(lodged)), "days": str((lodged[-1].at - lodged[0].at).days + 1)}
    told |= {"as_big": str(as_big), "traders": str(traders - 1)}
    why = (
        "a new trader with {times} declarations in {days} days, who goes on; {as_big} of {traders} other traders ever have as "
        "many in two weeks"
    )
    chance = min(1.0, share(as_big, traders - 1, 1) * new)
    return alert("new-trader-busy", (importer,), [(one.row, one.at) for one in lodged], chance, (why, told))


def _busiest(lodged: Sequence[Declared]) -> int:
    """Most declarations within two weeks (count)."""
    moments = [one.at for one in lodged]
    return max(bisect_right(moments, moment + _FIRST_DAYS) - place for place, moment in enumerate(moments))


def _stops(lodged: Sequence[Declared], in_first: int, moments: Sequence[datetime]) -> float:
    """Chance that a trader who goes on as the whole trade does lodges so much of it so early.

    Two things are asked of the order in which his declarations and those of others come after his first one: how many
    of his are among those of the first two weeks, and that none of his is among the last (hypergeometric).

    Args:
        lodged: His declarations, in the order of time (1..n).
        in_first: How many of them came in the first two weeks (count).
        moments: When each declaration of everybody came, in the order of time.
    """
    begin = lodged[0].at
    since = len(moments) - bisect_right(moments, begin)
    early = bisect_right(moments, begin + _FIRST_DAYS) - bisect_right(moments, begin)
    silent = len(moments) - bisect_right(moments, lodged[-1].at)
    mine = len(lodged) - 1
    by_weeks = hypergeometric_tail(in_first - 1, early, mine, since)
    by_silence = hypergeometric_tail(silent, silent, since - mine, since)
    return min(1.0, 2.0 * min(by_weeks, by_silence))


def find_mirror_mismatches(log: Log, limits: Limits) -> list[Alert]:
    """An importer whose values lie under those told at export far more often than others' do.

    How many of his ratios lie under the twentieth part of all ratios, against the share of all others' that do
    (binomial).
    """
    trade: defaultdict[str, list[tuple[float, Declared]]] = defaultdict(list)
    for one in originals(log.declared):
        if one.importer and one.value is not None and one.mirror_value:
            trade[one.importer].append((one.value / one.mirror_value, one))
    everything = [ratio for pairs in trade.values() for ratio, _ in pairs]
    if len(everything) < _TWENTIETHS:
        return []
    low = min(1.0, quantiles(everything, n=_TWENTIETHS)[0])
    under = sum(ratio < low for ratio in everything)
    alerts = []
    for importer, mine in trade.items():
        if len(mine) < _FEWEST_MIRRORED:
            continue
        found = [(ratio, one) for ratio, one in mine if ratio < low]
        usual = share(under - len(found), len(everything) - len(mine))
        chance = binomial_tail(len(found), len(mine), usual) * len(trade)
        if chance <= limits.false_alerts:
            middle = sorted(ratio for ratio, _ in found)[len(found) // 2]
            told = {"times": str(len(found)), "of": str(len(mine)), "share": f"{middle:.0%}"}
            why = "{times} of {of} values are far below those declared at export, at about {share} of them"
            rows = [(one.row, one.at) for _, one in found]
            alerts.append(alert("mirror-mismatch", (importer,), rows, chance, (why, told)))
    return alerts


def find_rings(log: Log, limits: Limits) -> list[Alert]:
    """Importers that share two things which two traders do not share, such as a telephone and an account, and act as one.

    For every two identities of different kinds, each of several importers: how far the two groups overlap
    (hypergeometric). Rings that overlap are one. What many importers share is a hub, and no pair is asked of it: clients of one
    broker are found in one business centre without conspiring. To share is not to conspire, though: a chain of shops has one
    telephone, account and director, and clients of a small broker have his telephone and sit in his house. So one of two signs
    must be there besides: they come and go, one trading when another has stopped; or half of them sit at one address and have
    one account or director. Groups without a sign are told by `likely_hubs`, to be confirmed.
    """
    return [_ring_alert(one, log) for one in _linked(log, limits) if one.sign]


class LikelyHub(msgspec.Struct, frozen=True, kw_only=True):
    """What looks like a hub, and is on no list: to be confirmed by who knows.

    Attributes:
        identity: `address`, `phone`, `account` or `director`.
        value: As declarations have it.
        importers: How many share it (count).
        usual: How many importers share one of its kind, at the mean.
    """

    identity: str
    value: str
    importers: int
    usual: float


def likely_hubs(log: Log, limits: Limits) -> tuple[LikelyHub, ...]:
    """What far more importers share than share others of its kind, or several do without a sign that they act as one.

    The number of importers of one address (telephone, …) is taken to be geometric, with the mean of all others of its kind.

    Args:
        log: What happened, without the hubs that are listed.
        limits: By what to go.

    Returns:
        Those that most share first (0..n); nothing that a ring is told by.
    """
    holders = _holders(log)
    links = _linked(log, limits)
    of_rings = {identity for one in links if one.sign for identity in one.identities}
    unproven = {identity for one in links if not one.sign for identity in one.identities}
    found = []
    for kind in sorted({identity[0] for identity in holders}):
        degrees = {identity: len(who) for identity, who in holders.items() if identity[0] == kind}
        whole = sum(degrees.values())
        for identity, degree in degrees.items():
            if degree < _FEWEST_IN_RING or identity in of_rings:
                continue
            more = share(whole - degree - (len(degrees) - 1), len(degrees) - 1)  # beside the one that each has
            is_far = geometric_tail(degree - 1, more) * len(degrees) <= limits.false_alerts
            if is_far or identity in unproven:
                found.append(LikelyHub(identity=kind, value=identity[1], importers=degree, usual=1.0 + more))
    return tuple(sorted(found, key=lambda one: (-one.importers, one.identity, one.value)))


class _Link(msgspec.Struct):
    """Importers that share more than chance lets two traders share, by what, and the sign that they act as one; "" if none."""

    members: set[str]
    identities: set[tuple[str, str]]
    chance: float
    sign: str = ""


def _holders(log: Log) -> dict[tuple[str, str], set[str]]:
    holders: defaultdict[tuple[str, str], set[str]] = defaultdict(set)
    for one in log.declared:
        for identity in one.identities if one.importer else ():
            holders[identity].add(one.importer or "")
    return holders


def _linked(log: Log, limits: Limits) -> list[_Link]:
    """Groups of importers that share two things, each with its sign."""
    holders = _holders(log)
    shared = {identity: who for identity, who in holders.items() if _FEWEST_IN_RING <= len(who) <= _MOST_IN_RING}
    everybody = len({one.importer for one in log.declared if one.importer and one.identities})
    pairs = [(a, b) for a, b in combinations(sorted(shared), 2) if a[0] != b[0]]
    links: list[_Link] = []
    for some, others in pairs:
        members = shared[some] & shared[others]
        chance = hypergeometric_tail(len(members), len(shared[some]), len(shared[others]), everybody) * len(pairs)
        if len(members) >= _FEWEST_IN_RING and chance <= limits.false_alerts:
            _join(links, _Link(members, {some, others}, chance))
    for one in links:
        one.sign = _sign(one, log, limits, len(links))
    return links


def _join(links: list[_Link], link: _Link) -> None:
    """Add a group, into those that it overlaps."""
    for other in [other for other in links if other.members & link.members]:
        links.remove(other)
        link = _Link(link.members | other.members, link.identities | other.identities, min(link.chance, other.chance))
    links.append(link)


def _sign(link: _Link, log: Log, limits: Limits, links: int) -> str:
    """How members act as one; "" if nothing says that they do."""
    trade = [one for one in originals(log.declared) if one.importer in link.members]
    kinds = {kind for kind, _ in link.identities}
    if _relay(trade) * links <= limits.false_alerts:
        return "relay"
    places: defaultdict[str, set[str]] = defaultdict(set)
    for one in trade:
        if one.address and one.importer:
            places[one.address].add(one.importer)
    together = max(map(len, places.values()), default=0)
    if kinds & _OF_OWNERS and together >= max(_FEWEST_IN_RING, len(link.members) / 2):
        return "one address"
    return ""


def _relay(trade: Sequence[Declared]) -> float:
    """Chance that traders whose declarations come in random order take turns as these do; 1 where they trade at one time.

    How many declarations follow one of the same trader, by the normal law of the number of runs; asked only where the spans of
    two of them overlap, at the mean, by less than half of the shorter one.

    Args:
        trade: Their declarations, in the order of time.

    Source: A. M. Mood, The distribution theory of runs, Annals of Mathematical Statistics 11 (1940), for several kinds.
    """
    mine: defaultdict[str, list[datetime]] = defaultdict(list)
    for one in trade:
        mine[one.importer or ""].append(one.at)
    spans = [(moments[0], moments[-1]) for moments in mine.values() if len(moments) > 1]
    if len(spans) < _FEWEST_IN_RING:
        return 1.0
    overlaps = [
        max(
            0.0,
            (min(end, other_end) - max(begin, other_begin))
            / max(timedelta(seconds=1), min(end - begin, other_end - other_begin)),
        )
        for (begin, end), (other_begin, other_end) in combinations(spans, 2)
    ]
    if sum(overlaps) >= _MOST_OVERLAP * len(overlaps):
        return 1.0
    size = len(trade)
    squares, cubes = (sum(len(moments) ** power for moments in mine.values()) for power in (2, 3))
    alike = sum(one.importer == other.importer for one, other in pairwise(trade))
    usual = (squares - size) / size
    spread = squares * (squares + size * (size + 1)) - 2 * size * cubes - size**3
    deviation = sqrt(spread / (size * size * (size - 1))) if spread > 0 else 0.0
    return min(1.0, 0.5 * erfc((alike - 0.5 - usual) / deviation / sqrt(2.0))) if deviation else 1.0


def _ring_alert(link: _Link, log: Log) -> Alert:
    rows = [(one.row, one.at) for one in log.declared if one.importer in link.members]
    kinds = ", ".join(sorted({kind for kind, _ in link.identities}))
    told = {"importers": str(len(link.members)), "what": kinds}
    why = "{importers} importers share {what}, and come and go, one after another"
    if link.sign == "one address":
        why = "{importers} importers share {what}, and sit at one address"
    return alert("ring", tuple(sorted(link.members)), rows, link.chance, (why, told))


def find_impossible_journeys(log: Log, limits: Limits) -> list[Alert]:
    """Impossible journeys: no chance is asked, since physics is broken.

    A container under way on two ships at once; goods that arrive before they leave; a voyage that takes less than half
    the time of the fastest of ten others between the same ports.
    """
    del limits  # no chance is asked
    told = [one for one in originals(log.declared) if one.departed and one.arrived]
    return [*_two_ships(told), *_too_fast(told)]


def _two_ships(told: Sequence[Declared]) -> Iterator[Alert]:
    journeys: defaultdict[str, list[Declared]] = defaultdict(list)
    for one in told:
        if one.equipment and one.vessel:
            journeys[one.equipment].append(one)
    for equipment, group in journeys.items():
        group.sort(key=lambda one: (one.departed, one.row))
        for one, other in pairwise(group):
            if one.vessel != other.vessel and other.departed and one.arrived and other.departed < one.arrived:
                why = "container {equipment} is reported on {one} and on {other} at the same time"
                told_of = {"equipment": equipment, "one": one.vessel or "", "other": other.vessel or ""}
                rows = [(one.row, one.at), (other.row, other.at)]
                yield alert("impossible-logistics", (equipment,), rows, 0.0, (why, told_of))


def _too_fast(told: Sequence[Declared]) -> Iterator[Alert]:
    lanes: defaultdict[tuple[str | None, str | None], list[tuple[float, Declared]]] = defaultdict(list)
    for one in told:
        if one.arrived and one.departed:
            hours = (one.arrived - one.departed).total_seconds() / 3600.0
            lanes[one.lane_from, one.lane_to].append((hours, one))
    for (loaded, unloaded), voyages in lanes.items():
        fastest = sorted(hours for hours, _ in voyages if hours > 0)
        for hours, one in voyages:
            others = [other for other in fastest[:2] if other != hours]
            is_far_faster = (
                len(fastest) > _FEWEST_VOYAGES and bool(others) and 2 * hours < others[0] and hours < others[0]
            )
            if hours < 0 or is_far_faster:
                why = "{hours} h from {loaded} to {unloaded}; the fastest other voyage took {fastest} h"
                named = {"hours": f"{hours:.0f}", "loaded": loaded or "–", "unloaded": unloaded or "–"}
                named["fastest"] = f"{others[0]:.0f}" if others else "–"
                rows = [(one.row, one.at)]
                yield alert("impossible-logistics", (one.vessel or one.reference,), rows, 0.0, (why, named))
