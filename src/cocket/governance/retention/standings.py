# SPDX-License-Identifier: Apache-2.0
"""How a thing that is kept stands to its schedule: whether its period runs, has ended, or something stands against it."""

from __future__ import annotations

from calendar import monthrange
from collections.abc import Mapping
from datetime import date, datetime, timedelta, tzinfo
from typing import Literal

import msgspec

from cocket.governance.retention.schedules import ALWAYS, RetentionRule, Schedule

#: `no-rule`: no rule speaks of it, so it is kept; `not-begun`: the event of a rule has not come; `running`; `suspended`: a
#: condition of its rule, or one that always counts, is so; `held`: under a legal hold; `review`: ended, to be looked at;
#: `due`: ended, to be erased.
State = Literal["no-rule", "not-begun", "running", "suspended", "held", "review", "due"]


class Kept(msgspec.Struct, frozen=True, kw_only=True):
    """What is known of a thing that is kept, as far as retention cares.

    Attributes:
        id: Its id.
        class_: Its class.
        title: What people call it; empty where it has no name.
        papers: Standards of its messages (0..n).
        events: Event → when it came, UTC; an event that has not come is left out.
        open: Conditions that are so now (0..n).
        holds: Ids of legal holds that it is under (0..n).
    """

    id: str
    class_: str
    title: str = ""
    papers: frozenset[str] = frozenset()
    events: Mapping[str, datetime] = {}
    open: frozenset[str] = frozenset()
    holds: tuple[str, ...] = ()


class Standing(msgspec.Struct, frozen=True, kw_only=True):
    """How a thing stands.

    Attributes:
        state: See `State`.
        rule: Place in the schedule of the rule that decided, from 0; None where none did.
        ends: Last day of the period; None where it has not begun, or no rule speaks of it.
        why: Conditions or legal holds that stand against erasing (0..n).
    """

    state: State
    rule: int | None = None
    ends: date | None = None
    why: tuple[str, ...] = ()


def end_of(rule: RetentionRule, event: datetime, zone: tzinfo) -> date:
    """The last day of a period.

    Args:
        rule: The rule.
        event: When its event came, UTC.
        zone: Time zone of the administration, whose days count.

    Source: Regulation (EEC, Euratom) No 1182/71, Article 3(1) and (2)(c): the day of the event is not counted, and a period
    in months or years ends with the day of the same date, or with the last day of a month that has no such date.
    """
    day = event.astimezone(zone).date()
    if rule.is_from_end_of_year:
        day = date(day.year, 12, 31)
    if rule.unit == "day":
        return day + timedelta(days=rule.count)
    months = rule.count * (12 if rule.unit == "year" else 1)
    year, month = divmod(day.year * 12 + day.month - 1 + months, 12)
    return date(year, month + 1, min(day.day, monthrange(year, month + 1)[1]))


def judge(schedule: Schedule, kept: Kept, today: date, zone: tzinfo) -> Standing:
    """How a thing stands today.

    Every rule that speaks of it must have ended, so that the longest period counts. A legal hold beats all of them, whether
    they have ended or not.

    Args:
        schedule: The rules.
        kept: The thing.
        today: The day, in the zone of the administration.
        zone: That zone.
    """
    rules = [(place, rule) for place, rule in enumerate(schedule.rules) if _speaks_of(rule, kept)]
    ends = [
        (end_of(rule, kept.events[rule.from_event], zone), place)
        for place, rule in rules
        if rule.from_event in kept.events
    ]
    if kept.holds:
        last = max(ends, default=(None, None))
        return Standing(state="held", rule=last[1], ends=last[0], why=kept.holds)
    if not rules:
        return Standing(state="no-rule")
    if len(ends) < len(rules):
        missing = next(place for place, rule in rules if rule.from_event not in kept.events)
        return Standing(state="not-begun", rule=missing)
    end, place = max(ends)
    against = tuple(sorted({*ALWAYS, *(one for _, rule in rules for one in rule.hold)} & kept.open))
    if today <= end:
        return Standing(state="running", rule=place, ends=end)
    if against:
        return Standing(state="suspended", rule=place, ends=end, why=against)
    is_for_review = any(rule.on_end == "review" for _, rule in rules)
    return Standing(state="review" if is_for_review else "due", rule=place, ends=end)


def _speaks_of(rule: RetentionRule, kept: Kept) -> bool:
    return rule.class_ == kept.class_ and (not rule.papers or not kept.papers.isdisjoint(rule.papers))
