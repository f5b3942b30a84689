# SPDX-License-Identifier: Apache-2.0
"""Threats in what officers decide: results too quick, approvals in a circle, pairs beyond chance, rules off for a while."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Sequence
from datetime import datetime, timedelta
from itertools import pairwise
from typing import Final

from cocket.risk.threats.alert import Alert, Limits, alert
from cocket.risk.threats.chance import binomial_tail, both, share
from cocket.risk.threats.log import LANES as _STRICTNESS
from cocket.risk.threats.log import Act, Log

_FEWEST_QUICK: Final = 4
_FEWEST_TOGETHER: Final = 4
_FEWEST_FAVOURS: Final = 8
_FEWEST_APPROVED: Final = 2
_QUICK: Final = 0.05
_LENIENT: Final = 0.1


class _Case:
    """What is known of consignments beside the acts themselves: trader, office, and when the work came."""

    def __init__(self, acts: Sequence[Act]) -> None:
        self.traders: dict[str, tuple[str, ...]] = {}
        self.offices: dict[str, str | None] = {}
        self.begun: dict[str, datetime] = {}
        for act in acts:
            if act.kind == "lane-set":
                named = (act.importer, act.declarant)
                self.traders[act.subject] = tuple(dict.fromkeys(name for name in named if name))
                self.offices[act.subject] = act.office
                self.begun[act.subject] = act.at


def find_rubber_stamps(log: Log, limits: Limits) -> list[Alert]:
    """Results with nothing found that come sooner after the lane than others' results do.

    How many of an officer's results are quicker than the quickest twentieth of everybody else's of the same depth, and
    tell nothing (binomial).
    """
    cases = _Case(log.acts)
    times: defaultdict[str | None, list[tuple[timedelta, Act]]] = defaultdict(list)
    for act in log.acts:
        if act.kind == "result" and act.subject in cases.begun:
            times[act.depth].append((act.at - cases.begun[act.subject], act))
    officers = {act.actor for group in times.values() for _, act in group}
    alerts = []
    for officer in sorted(officers):
        quick: list[Act] = []
        trials, expected = 0, 0.0
        for group in times.values():
            others = sorted(took for took, act in group if act.actor != officer)
            mine = [(took, act) for took, act in group if act.actor == officer]
            if len(others) < 1 / _QUICK:
                continue
            limit = others[int(_QUICK * len(others))]
            quick += [act for took, act in mine if took < limit and act.is_found is False]
            trials += len(mine)
            expected += len(mine) * share(int(_QUICK * len(others)), len(others))
        chance = binomial_tail(len(quick), trials, expected / max(trials, 1)) * len(officers)
        if len(quick) >= _FEWEST_QUICK and chance <= limits.false_alerts:
            told = {"times": str(len(quick)), "of": str(trials)}
            why = "{times} of {of} results reported nothing found, sooner after the lane was set than 95 % of others' results"
            alerts.append(alert("rubber-stamp", (officer,), [(act.row, act.at) for act in quick], chance, (why, told)))
    return alerts


def find_reciprocal_approvals(log: Log, limits: Limits) -> list[Alert]:
    """Two officers who are each other's second person more often than the others of the office are.

    For each direction, how often the second person was this one, against this one's share of all others' second words
    at the same offices; both directions count as one chance, since both must hold (product of two binomials).
    """
    cases = _Case(log.acts)
    agreed = [act for act in log.acts if act.kind in ("override", "release") and act.second]
    pairs: defaultdict[tuple[str, str], list[Act]] = defaultdict(list)
    for act in agreed:
        pairs[act.actor, act.second or ""].append(act)
    tried = len(pairs)
    alerts = []
    for (one, other), there in sorted(pairs.items()):
        back = pairs.get((other, one), [])
        if one >= other or min(len(there), len(back)) < _FEWEST_APPROVED:
            continue
        chance = _direction(agreed, (one, other), cases) * _direction(agreed, (other, one), cases) * tried
        if chance <= limits.false_alerts:
            told = {"there": str(len(there)), "back": str(len(back)), "one": one, "other": other}
            why = "{other} agreed to {there} acts of {one}, and {one} to {back} of {other}"
            rows = [(act.row, act.at) for act in (*there, *back)]
            alerts.append(alert("reciprocal-approval", (one, other), rows, chance, (why, told)))
    return alerts


def _direction(agreed: Sequence[Act], pair: tuple[str, str], cases: _Case) -> float:
    """Chance that so many of one's acts have just this second person."""
    actor, second = pair
    mine = [act for act in agreed if act.actor == actor]
    offices = {cases.offices.get(act.subject) for act in mine}
    others = [act for act in agreed if act.actor not in pair and cases.offices.get(act.subject) in offices]
    choices = {act.second for act in agreed if cases.offices.get(act.subject) in offices} - {actor}
    usual = share(sum(act.second == second for act in others), len(others), max(1, len(choices)))
    return binomial_tail(sum(act.second == second for act in mine), len(mine), usual)


def find_collusion(log: Log, limits: Limits) -> list[Alert]:
    """A trader whose consignments one officer lets go far more often than that officer's share of such acts explains.

    Three kinds of acts are asked apart: lanes made laxer, lanes set, and results with nothing found; of the latter only where
    the officer also finds less with this trader than others find. For each trader, how many are this officer's, against his
    share of those of all other traders at the same offices (binomial).
    """
    cases = _Case(log.acts)
    laxer = [act for act in log.acts if act.kind == "override" and _is_laxer(act)]
    results = [act for act in log.acts if act.kind == "result" and act.is_found is not None]
    conform = [act for act in results if act.is_found is False]
    irregular = sum(act.is_found is True for act in results)
    alerts = _pairs(
        laxer, cases, limits, "{times} of {of} laxer lanes of {trader} were set by {officer}; of others' {usual} are"
    )
    why = "{times} of {of} results with nothing found on {trader} came from {officer}; of others' {usual} do"
    for one in _pairs(conform, cases, limits, why):
        officer, trader = one.who
        mine = [act for act in results if act.actor == officer and trader in cases.traders.get(act.subject, ())]
        missed = (1.0 - share(irregular, len(results))) ** len(mine)
        if missed <= _LENIENT and not any(act.is_found for act in mine):
            alerts.append(one)
    return alerts + _lane_favours(log.acts, cases, limits)


def _lane_favours(acts: Sequence[Act], cases: _Case, limits: Limits) -> list[Alert]:
    """A trader whose lanes one officer sets, and sets laxer than he sets others', and than others set this trader's.

    Two things must both point that way (Fisher's product): that so many of the trader's lanes are his, against his share of
    all other traders' at the same offices, and that so few of them are strict, against the lower of the two shares that
    his other lanes and others' lanes of this trader have. Lanes that a system set are passed over; a person needs no other
    act in the log to be one.
    """
    lanes = [act for act in acts if act.kind == "lane-set" and not act.is_system and act.lane in _STRICTNESS]
    strict = Counter(
        (act.actor, trader) for act in lanes for trader in _traders(act) if _STRICTNESS[act.lane or ""] > 1
    )
    all_strict = Counter(act.actor for act in lanes if _STRICTNESS[act.lane or ""] > 1)
    number = Counter(act.actor for act in lanes)
    at_office = Counter(act.office for act in lanes)
    officer_at = Counter((act.actor, act.office) for act in lanes)
    staff = Counter(office for _, office in officer_at)
    of_trader: defaultdict[str, list[Act]] = defaultdict(list)
    for act in lanes:
        for trader in _traders(act):
            of_trader[trader].append(act)
    tried = sum(len({act.actor for act in group}) for group in of_trader.values())
    alerts = []
    for trader, group in sorted(of_trader.items()):
        here = Counter(act.office for act in group)
        theirs = sum(strict[officer, trader] for officer in {act.actor for act in group})
        for officer, count in Counter(act.actor for act in group).items():
            if count < _FEWEST_FAVOURS:
                continue
            own = Counter(act.office for act in group if act.actor == officer)
            usual = sum(
                many * share(officer_at[officer, office] - own[office], at_office[office] - many, staff[office] + 1)
                for office, many in here.items()
            ) / len(group)
            elsewhere = share(all_strict[officer] - strict[officer, trader], number[officer] - count)
            by_others = share(theirs - strict[officer, trader], len(group) - count)
            laxer = min(elsewhere, by_others) if len(group) > count else elsewhere
            lenient = binomial_tail(count - strict[officer, trader], count, 1.0 - laxer)
            together = binomial_tail(count, len(group), usual)
            chance = both(together, lenient) * tried
            if max(together, lenient) <= _LENIENT and chance <= limits.false_alerts:
                told = {
                    "times": str(count), "of": str(len(group)), "usual": f"{usual:.0%}", "officer": officer,
                    "trader": trader, "strict": str(strict[officer, trader]), "others": f"{laxer:.0%}",
                }  # fmt: skip
                why = (
                    "{times} of {of} lanes of {trader} were set by {officer}; of others' {usual} are. {strict} of them were "
                    "yellow or red; otherwise {others} are"
                )
                rows = [(act.row, act.at) for act in group if act.actor == officer]
                alerts.append(alert("collusion", (officer, trader), rows, chance, (why, told)))
    return alerts


def _traders(act: Act) -> tuple[str, ...]:
    return tuple(dict.fromkeys(name for name in (act.importer, act.declarant) if name))


def _pairs(acts: Sequence[Act], cases: _Case, limits: Limits, why: str) -> list[Alert]:
    of_trader: defaultdict[str, list[Act]] = defaultdict(list)
    for act in acts:
        for trader in cases.traders.get(act.subject, ()):
            of_trader[trader].append(act)
    officers = sorted({act.actor for act in acts})
    at_office = Counter(cases.offices.get(act.subject) for act in acts)
    officer_at = Counter((act.actor, cases.offices.get(act.subject)) for act in acts)
    staff = Counter(office for _, office in officer_at)
    tried = len(officers) * len(of_trader)
    alerts = []
    for trader, group in sorted(of_trader.items()):
        here = Counter(cases.offices.get(act.subject) for act in group)
        for officer, count in Counter(act.actor for act in group).items():
            if count < _FEWEST_TOGETHER:
                continue
            own = Counter(cases.offices.get(act.subject) for act in group if act.actor == officer)
            usual = sum(
                number * share(officer_at[officer, office] - own[office], at_office[office] - number, staff[office] + 1)
                for office, number in here.items()
            ) / len(group)
            chance = binomial_tail(count, len(group), usual) * tried
            if chance <= limits.false_alerts:
                told = {
                    "times": str(count), "of": str(len(group)), "usual": f"{usual:.0%}", "officer": officer, "trader": trader,
                }  # fmt: skip
                rows = [(act.row, act.at) for act in group if act.actor == officer]
                alerts.append(alert("collusion", (officer, trader), rows, chance, (why, told)))
    return alerts


def _is_laxer(act: Act) -> bool:
    was, becomes = _STRICTNESS.get(act.was or ""), _STRICTNESS.get(act.becomes or "")
    return was is not None and becomes is not None and becomes < was


def find_rule_windows(log: Log, limits: Limits) -> list[Alert]:
    """A rule switched off and on again within days, with nobody to agree; no chance is asked, since two must agree."""
    changes: defaultdict[str, list[Act]] = defaultdict(list)
    for act in log.acts:
        if act.kind == "rule-change":
            changes[act.subject].append(act)
    longest = timedelta(hours=limits.longest_rule_window_hours)
    alerts = []
    for rule, acts in changes.items():
        for off, on in pairwise(acts):
            is_window = off.becomes == "off" and on.becomes == "on" and on.at - off.at <= longest
            if is_window and (_is_alone(off) or _is_alone(on)):
                hours = (on.at - off.at).total_seconds() / 3600.0
                who = tuple(dict.fromkeys((off.actor, on.actor)))
                told = {"rule": rule, "hours": f"{hours:.1f}"}
                why = "rule {rule} was off for {hours} h without anyone else's approval"
                rows = [(off.row, off.at), (on.row, on.at)]
                alerts.append(alert("rule-off-window", who, rows, 0.0, (why, told)))
    return alerts


def _is_alone(act: Act) -> bool:
    return act.second is None or act.second == act.actor
