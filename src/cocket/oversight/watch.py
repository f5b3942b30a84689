# SPDX-License-Identifier: Apache-2.0
"""A run of the watchers: looks explained, what none explains scored, one case for each person and reason, ranked and capped."""

from __future__ import annotations

from collections import Counter
from datetime import datetime
from typing import Literal

import msgspec

from cocket.oversight.explain import Explained, explain
from cocket.oversight.log import Event, WatchLog
from cocket.oversight.rules import ACCEPTED, RULES, Explanation, Reason, WatcherRules
from cocket.oversight.signals import SIGNALS, Scene, Suspicion

#: Why a case is opened: what the rules find in a log, or what a person judged.
CaseReason = Reason | Literal["emergency"]


class Evidence(msgspec.Struct, frozen=True, kw_only=True):
    """One record that a case rests on.

    Attributes:
        id: Id of the sealed record.
        at: When, UTC.
        what: Kind of event.
        subject: Consignment; empty for none.
        officer: Who did it; empty for nobody inside.
        explained_by: Of a look, what explains it, though it is not accepted for this reason (0..n).
    """

    id: str
    at: datetime
    what: str
    subject: str
    officer: str
    explained_by: tuple[Explanation, ...] = ()


class WatchCase(msgspec.Struct, frozen=True, kw_only=True):
    """One person, one reason.

    Attributes:
        officer: Whom it is about.
        reason: Why.
        message: What was seen, an English sentence with `{name}` places.
        arguments: Values of the places.
        chance: Chance at most (0–1) that somebody would be named so by chance; 0 where a rule is broken.
        explained: Of all the officer's looks in the stretch, how many each explanation covers first (count).
        unexplained: Those that none covers (count).
        accepted: Explanations after which a look does not count for this reason, sorted (0..n).
        evidence: What it rests on, in the order of time (1..n).
    """

    officer: str
    reason: CaseReason
    message: str
    arguments: dict[str, str]
    chance: float
    explained: dict[str, int]
    unexplained: int
    accepted: tuple[str, ...]
    evidence: tuple[Evidence, ...]


class WatchRun(msgspec.Struct, frozen=True, kw_only=True):
    """What a run found.

    Attributes:
        cases: Ranked, the most telling first, no more than the cap (0..n).
        held_back: Cases beyond the cap (count).
        looks: Looks read (count).
        explained: Of these, how many each explanation covers first (count).
        officer_days: Days on which an officer was seen at work, over all officers (count).
    """

    cases: tuple[WatchCase, ...]
    held_back: int
    looks: int
    explained: dict[str, int]
    officer_days: int


def watch(log: WatchLog, rules: WatcherRules = RULES) -> WatchRun:
    """Explain every look, score what none explains, and make cases of it.

    Ranked by how many reasons name the same person, then by how seldom chance would do it.

    Args:
        log: What happened.
        rules: By what to go.
    """
    looks = explain(log, rules)
    scene = Scene(log, looks, rules)
    suspicions = [one for signal in SIGNALS.values() for one in signal(scene)]
    times = Counter(one.officer for one in suspicions)
    suspicions.sort(key=lambda one: (-times[one.officer], one.chance, one.officer, one.reason))
    kept = suspicions[: rules.cap]
    by_officer: dict[str, Counter[str]] = {}
    for look in looks:
        by_officer.setdefault(look.look.officer, Counter())[_first(look)] += 1
    explained = {look.look.id: look for look in looks}
    events = {event.id: event for event in log.events}
    cases = tuple(_case(one, by_officer.get(one.officer, Counter()), explained, events) for one in kept)
    return WatchRun(
        cases=cases,
        held_back=len(suspicions) - len(kept),
        looks=len(looks),
        explained=dict(Counter(map(_first, looks))),
        officer_days=log.officer_days,
    )


def _first(look: Explained) -> str:
    return look.by[0] if look.by else "none"


def _case(one: Suspicion, told: Counter[str], looks: dict[str, Explained], events: dict[str, Event]) -> WatchCase:
    evidence = []
    for identity in one.evidence:
        event = events[identity]
        by = looks[identity].by if identity in looks else ()
        evidence.append(
            Evidence(
                id=event.id, at=event.at, what=event.kind, subject=event.subject, officer=event.officer, explained_by=by
            )
        )
    return WatchCase(
        officer=one.officer,
        reason=one.reason,
        message=one.message,
        arguments=one.arguments,
        chance=one.chance,
        explained={name: count for name, count in sorted(told.items()) if name != "none"},
        unexplained=told["none"],
        accepted=tuple(sorted(ACCEPTED[one.reason])),
        evidence=tuple(evidence),
    )


def precision(per_million: float, recall: float, false_alerts: float) -> float:
    """Share of alerts that are true (0–1) at a base rate.

    Args:
        per_million: Officers who begin to misuse access, per million officer-days.
        recall: Share of them that is named (0–1).
        false_alerts: Alerts about others, per officer-day.
    """
    true = per_million / 1e6 * recall
    return true / (true + false_alerts) if true + false_alerts > 0.0 else 0.0
