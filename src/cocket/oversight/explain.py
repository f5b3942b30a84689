# SPDX-License-Identifier: Apache-2.0
"""Accesses explained first: for every look, which work led to it.

Most looks have a plain reason that the log itself tells (D. Fabbri and K. LeFevre explain 94 % of accesses to patients' records by
a few templates). What none explains is what is scored.

Source: D. Fabbri, K. LeFevre, Explaining accesses to electronic medical records using diagnosis information, JAMIA 20 (2013).
"""

from __future__ import annotations

from bisect import bisect_left
from collections import Counter, defaultdict
from collections.abc import Iterable
from datetime import date, datetime, timedelta

import msgspec

from cocket.oversight.log import WORK, Event, WatchLog
from cocket.oversight.rules import Explanation, WatcherRules

_BEFORE_HANDS = timedelta(hours=12)
_AFTER_HANDS = timedelta(days=45)
_DAYS_AROUND = timedelta(days=3)
_AROUND = 24


class Explained(msgspec.Struct, frozen=True, gc=False):
    """A look, and what explains it.

    Attributes:
        look: The look.
        by: What explains it, the strongest first (0..n).
        is_off_shift: Whether it was outside the officer's hours.
        is_queued: Whether the consignment stood in a queue then.
    """

    look: Event
    by: tuple[Explanation, ...]
    is_off_shift: bool
    is_queued: bool

    def counts(self, accepted: frozenset[Explanation]) -> bool:
        """Whether none of the explanations is one that is accepted."""
        return accepted.isdisjoint(self.by)


def explain(log: WatchLog, rules: WatcherRules) -> tuple[Explained, ...]:
    """Every look of a watched officer with what explains it, in the order of time (0..n)."""
    known = _Known(log, rules)
    return tuple(
        known.explained(event) for event in log.events if event.kind == "look" and event.officer in log.officers
    )


class _Known:
    """What looks are explained by, ready to be asked."""

    def __init__(self, log: WatchLog, rules: WatcherRules) -> None:
        self._log, self._rules = log, rules
        self._hands: defaultdict[tuple[str, str], list[datetime]] = defaultdict(list)
        self._acts: defaultdict[tuple[str, str], list[tuple[datetime, str]]] = defaultdict(list)
        self._queued: defaultdict[str, list[datetime]] = defaultdict(list)
        self._done: defaultdict[str, list[datetime]] = defaultdict(list)
        self._searches: defaultdict[tuple[str, str], list[datetime]] = defaultdict(list)
        self._worked: defaultdict[str, list[datetime]] = defaultdict(list)
        self._own: defaultdict[str, list[tuple[datetime, str]]] = defaultdict(list)
        for event in log.events:
            self._index(event)
        self._looks: defaultdict[str | tuple[str, date], Counter[int]] = defaultdict(Counter)
        for event in log.events:
            if event.kind == "look":
                self._looks[event.officer][event.at.hour] += 1
                self._looks[event.officer, event.at.date()][event.at.hour] += 1
                if self._held(event):
                    self._worked[event.officer].append(event.at)
        for moments in self._worked.values():
            moments.sort()

    def _index(self, event: Event) -> None:
        key = event.officer, event.subject
        if event.kind in ("drawn", "given", "taken"):
            self._hands[key].append(event.at)
            self._own[event.officer].append((event.at, event.subject))
        elif event.kind in ("second", "contest", "doubt"):
            self._acts[key].append((event.at, event.kind))
        elif event.kind == "queued":
            self._queued[event.subject].append(event.at)
        elif event.kind == "done":
            self._done[event.subject].append(event.at)
        elif event.kind == "search":
            for hit in event.hits:
                self._searches[event.officer, hit].append(event.at)
        if event.kind in WORK:
            self._worked[event.officer].append(event.at)

    def _held(self, look: Event) -> bool:
        return any(
            given - _BEFORE_HANDS <= look.at <= given + _AFTER_HANDS
            for given in self._hands.get((look.officer, look.subject), ())
        )

    def is_queued(self, subject: str, at: datetime) -> bool:
        """Whether a consignment stands in a queue at a moment."""
        begun = [one for one in self._queued.get(subject, ()) if one <= at]
        return bool(begun) and not any(max(begun) < done <= at for done in self._done.get(subject, ()))

    def explained(self, look: Event) -> Explained:
        """A look with what explains it."""
        officer = self._log.officers[look.officer]
        consignment = self._log.consignments.get(look.subject)
        is_off_shift = self._is_off_shift(look)
        is_queued = self.is_queued(look.subject, look.at)
        is_own = consignment is not None and bool(officer.office) and consignment.office == officer.office
        by: list[Explanation] = []
        if self._held(look):
            by.append("assigned")
        by += self._dutiful(look)
        if is_queued and is_own and not is_off_shift:
            by.append("queue")
        if consignment is not None and self._is_linked(look, consignment.linked):
            by.append("linked")
        window = timedelta(minutes=self._rules.search_minutes)
        if any(at <= look.at <= at + window for at in self._searches.get((look.officer, look.subject), ())):
            by.append("search-hit")
        if (is_own or not officer.office) and not is_off_shift:
            by.append("own-office-and-shift")
        return Explained(look, tuple(by), is_off_shift, is_queued)

    def _dutiful(self, look: Event) -> Iterable[Explanation]:
        acts = self._acts.get((look.officer, look.subject), ())
        near = {kind for at, kind in acts if abs(at - look.at) <= _DAYS_AROUND}
        names: tuple[tuple[str, Explanation], ...] = (
            ("second", "second-person"), ("contest", "contest"), ("doubt", "doubt"),
        )  # fmt: skip
        return [name for kind, name in names if kind in near]

    def _is_linked(self, look: Event, linked: Iterable[str]) -> bool:
        days = timedelta(days=self._rules.link_days)
        return any(
            abs(given - look.at) <= days for other in linked for given in self._hands.get((look.officer, other), ())
        )

    def _is_off_shift(self, look: Event) -> bool:
        """No work of his own within hours before or after, and an hour at which he hardly ever works in that stretch.

        Who has no work of such kind, as analysts, is judged by the hours of his looks on other days; who has little, not at all.
        """
        moments = self._worked.get(look.officer, [])
        if not moments:
            every, today = self._looks[look.officer], self._looks[look.officer, look.at.date()]
            near = sum(every[hour] - today[hour] for hour in self._around(look.at.hour))
            others = every.total() - today.total()
            return others >= _AROUND and near < self._rules.usual_share * others
        gap = timedelta(hours=self._rules.shift_gap_hours)
        place = bisect_left(moments, look.at)
        if any(abs(moments[n] - look.at) <= gap for n in (place - 1, place) if 0 <= n < len(moments)):
            return False
        if len(moments) < _AROUND:
            return False
        low = max(0, min(place - _AROUND // 2, len(moments) - _AROUND))
        near = sum(one.hour in self._around(look.at.hour) for one in moments[low : low + _AROUND])
        return near < self._rules.usual_share * _AROUND

    def _around(self, hour: int) -> set[int]:
        """Hours of the day that are near to one."""
        return {(hour + more) % 24 for more in range(-self._rules.near_hours, self._rules.near_hours + 1)}
