# SPDX-License-Identifier: Apache-2.0
"""Exact counts over the last days, for rules that ask "how often, how much, how many found, within so long".

Kept by the day: "the last 7 days" are today so far and the six days before. Nothing older than `MOST_DAYS` is kept.
"""

from __future__ import annotations

from array import array
from bisect import bisect_left
from collections.abc import Iterable, Iterator
from typing import Final

from cocket.risk.facts import Facts
from cocket.risk.keyed import Form, Held, Keyed, Tables

#: Longest window (days).
MOST_DAYS: Final = 180

#: Days between two clearances of what nobody asks for any more.
_SWEEP_DAYS = 30

#: Groups that windows are kept of, and what each is made of.
GROUPS: Final[dict[str, str]] = {
    "importer": "the importer",
    "declarant": "the declarant",
    "seller": "the seller",
    "office": "the customs office",
    "importer_hs4": "the importer with a heading of the tariff",
    "importer_seller": "the importer with the seller",
    "declarant_office": "the declarant at the office",
}

#: What of a declaration each is made of; the heading of the group that has one comes behind.
_PARTS: Final[dict[str, tuple[str, ...]]] = {
    "importer": ("importer",),
    "declarant": ("declarant",),
    "seller": ("seller",),
    "office": ("office",),
    "importer_hs4": ("importer",),
    "importer_seller": ("importer", "seller"),
    "declarant_office": ("declarant", "office"),
}

#: A day's line as it is written down: day, declarations, value, examined, found.
Line = tuple[int, float, float, float, float]
_FIGURES: Final = ("declared", "value", "examined", "found")


class Windows:
    """What each group did, day by day.

    Args:
        tables: What they are kept in; None keeps all in memory.
    """

    def __init__(self, tables: Tables | None = None) -> None:
        tables = tables or Tables()
        self._days: Keyed[str, _Days] = tables.table(_DAYS)
        self._swept = 0

    def observe(self, facts: Facts) -> None:
        """Take note of a declaration."""
        day = int(facts.day)
        value = float(facts.value) if facts.value is not None else 0.0
        for key in keys_of(facts):
            self._add(key, day, (1.0, value, 0.0, 0.0))
        self._sweep(day)

    def learn(self, facts: Facts, returned: float, *, found: bool) -> None:
        """Take note of a result, on the day it was returned."""
        for key in keys_of(facts):
            self._add(key, int(returned), (0.0, 0.0, 1.0, float(found)))

    def sum(self, key: str, figure: str, day: float, days: int) -> float:
        """The sum of a figure (`declared`, `value`, `examined`, `found`) of a group over the last days.

        Args:
            key: Of `key_of`.
            figure: Which.
            day: Day number it is asked on; that day counts as far as it has gone.
            days: Length of the window (1..`MOST_DAYS`).
        """
        known = self._of(key)
        return known.sum(_FIGURES.index(figure), int(day), days) if known else 0.0

    def lines(self) -> dict[str, list[Line]]:
        """Everything, to be written down."""
        return {key: list(days.lines()) for key, days in self._days.items() if not self._is_swept(days)}

    @classmethod
    def of(cls, lines: dict[str, list[Line]]) -> Windows:
        """The windows of what was written down."""
        windows = cls()
        for key, days in lines.items():
            windows._days[key] = _Days(days)
        return windows

    @property
    def swept(self) -> int:
        """Day of the last clearance."""
        return self._swept

    def go_on(self, swept: int) -> None:
        """Go on from a table that the store has, and the day of the last clearance."""
        self._swept = swept

    def take_over(self, other: Windows) -> Iterator[None]:
        """Take over everything from windows that are all in memory; yields after each group."""
        for key, days in other._days.items():
            self._days[key] = days
            yield
        self.go_on(other.swept)

    def _of(self, key: str) -> _Days | None:
        known = self._days.get(key)
        return known if known is not None and not self._is_swept(known) else None

    def _add(self, key: str, day: int, figures: tuple[float, ...]) -> None:
        known = self._of(key)
        if known is None:
            self._days[key] = known = _Days()
        known.add(day, figures)
        known.swept = self._swept
        self._days.changed(key, known)

    def _is_swept(self, days: _Days) -> bool:
        """Whether the last clearance took what was known of a group, though it may still be stored."""
        return days.swept < self._swept and days.last <= self._swept - MOST_DAYS

    def _sweep(self, day: int) -> None:
        """Forget what nobody asks for; what is in a store stays there unread until its group is seen again."""
        if day < self._swept + _SWEEP_DAYS:
            return
        self._swept = day
        if isinstance(self._days, Held):
            self._days = Held.of({key: days for key, days in self._days.items() if not self._is_swept(days)})


class _Days:
    """The days of one group, in order.

    Args:
        lines: Lines to begin with, in order.
        swept: Day of the last clearance before it was changed last.
    """

    __slots__ = ("_day", "_figures", "swept")

    def __init__(self, lines: Iterable[Line] = (), swept: int = 0) -> None:
        self._day = array("q")
        self._figures = tuple(array("d") for _ in _FIGURES)
        self.swept = swept
        for day, *figures in lines:
            self.add(day, tuple(figures))

    @property
    def last(self) -> int:
        return self._day[-1]

    def add(self, day: int, figures: tuple[float, ...]) -> None:
        place = bisect_left(self._day, day)
        if place == len(self._day) or self._day[place] != day:
            self._day.insert(place, day)
            for column in self._figures:
                column.insert(place, 0.0)
        for column, figure in zip(self._figures, figures, strict=True):
            column[place] += figure
        while self._day[0] <= self._day[-1] - MOST_DAYS:
            del self._day[0]
            for column in self._figures:
                del column[0]

    def sum(self, figure: int, day: int, days: int) -> float:
        first, end = bisect_left(self._day, day - days + 1), bisect_left(self._day, day + 1)
        return float(sum(self._figures[figure][first:end]))

    def lines(self) -> Iterator[Line]:
        yield from zip(self._day, *self._figures, strict=True)


#: How they are written down.
_DAYS = Form(
    "da",
    str,
    tuple[list[Line], int],
    lambda days: (list(days.lines()), days.swept),
    lambda _, kept: _Days(*kept),
)


def keys_of(facts: Facts) -> tuple[str, ...]:
    """Keys of every group a declaration belongs to, each once (0..n)."""
    keys = [key_of(facts, group) for group in GROUPS if group != "importer_hs4"]
    if facts.importer:
        headings = dict.fromkeys([item.hs[:4] for item in facts.items if item.hs])
        keys += [f"importer_hs4:{facts.importer}:{heading}" for heading in headings]
    return tuple([key for key in keys if key is not None])


def key_of(facts: Facts, group: str, hs: str | None = None) -> str | None:
    """The key of a group; None where the declaration does not state what it is made of.

    Args:
        facts: The declaration.
        group: One of `GROUPS`.
        hs: Commodity code, for the group that needs one.
    """
    parts = [getattr(facts, name) for name in _PARTS[group]]
    if group == "importer_hs4":
        parts.append(hs[:4] if hs else None)
    return ":".join((group, *parts)) if all(parts) else None
