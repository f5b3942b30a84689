# SPDX-License-Identifier: Apache-2.0
"""Comparison sets: what others declared for such goods, as narrow as there are enough of them.

A set never crosses origin, unit, currency or basis. It is of the same code to national depth, commercial level and size
of consignment; where that leaves too few it widens step by step, and says so.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterator
from datetime import date
from typing import Final, Literal

import msgspec

from cocket.findings import Finding
from cocket.measures.tariff.goods import Rates
from cocket.measures.valuation.declared import Basis, Comparable, DeclaredValue, comparable
from cocket.measures.valuation.groups import LEAST_SHAPED, groups_of, trend_of
from cocket.measures.valuation.window import Member, Spread, Window, spread_of

_HS6: Final = 6

#: Code, commercial level, size of consignment, then what no set crosses: origin, unit, currency, basis. None for any.
_Key = tuple[str, str | None, int | None, str, str, str, Basis]


class Practice(msgspec.Struct, frozen=True, kw_only=True):
    """How an administration compares values. None of these is a value.

    Attributes:
        period_days: How long a declaration serves as comparison (days).
        least_members: Members without which nothing is said (count).
        only_examined: Whether only values count that stood after an examination.
        law: What the value for customs includes in this country.
        distance: From how many robust standard deviations on a unit value is unusual.
        gap: Least difference from the middle that is unusual, as a share of it (0–1).
    """

    period_days: int = 365
    least_members: int = 10
    only_examined: bool = False
    law: Basis = "CIF"
    distance: float = 2.5
    gap: float = 0.25


class ComparisonSet(msgspec.Struct, frozen=True, gc=False, kw_only=True, omit_defaults=True):
    """A comparison set, described. It says what was declared, never what a value is.

    Attributes:
        code: Digits that all members share.
        depth: Whether that is the whole code declared, or its first six digits.
        origin: Country of origin of all members.
        unit: Unit of all.
        currency: Currency of all unit values.
        basis: What all values include.
        level: Commercial level of all; None if of any or unknown level.
        quantities: Power of ten of all quantities; None if of any size.
        since: Earliest day from which a member may be.
        before: Day before which all were known.
        newest: Day of the newest.
        traders: Different importers, as far as known (count).
        spread: How they spread, as of the day of the item where they move.
        trend: By how much they move a year, as a share (0.4 is 40 % up); None if they do not move for certain.
        groups: How each of two groups spreads, where the set falls into two, as grades of goods do (0 or 2).
    """

    code: str
    depth: Literal["whole", "hs6"]
    origin: str
    unit: str
    currency: str
    basis: Basis
    level: str | None = None
    quantities: int | None = None
    since: date
    before: date
    newest: date
    traders: int
    spread: Spread
    trend: float | None = None
    groups: tuple[Spread, ...] = ()


class _Shape(msgspec.Struct, frozen=True, gc=False):
    """A set as of a day: its members where they would stand on it, how they spread, and what hides in them."""

    others: list[float]
    spread: Spread
    trend: float
    groups: tuple[Spread, ...]


class Compared(msgspec.Struct, frozen=True, gc=False):
    """An item beside its set.

    Attributes:
        item: The item as it is compared.
        unit_log: Natural logarithm of its unit value, on the basis of the set.
        others: Logarithms of the members, in ascending order, as of the day of the item where they move; good until the
            next comparison.
        set: The set; None if there are too few members at every width.
    """

    item: Comparable
    unit_log: float
    others: list[float]
    set: ComparisonSet | None


class Comparisons:
    """Declared unit values, remembered so that a set can be had as of any day.

    Args:
        rates: Rates by date; None compares each currency within itself.
        practice: How this administration compares.

    Attributes:
        practice: The same.
        left_out: Code of the reason → declarations that cannot serve as comparison (count).
    """

    def __init__(self, rates: Rates | None = None, practice: Practice | None = None) -> None:
        self.rates = rates
        self.practice = practice or Practice()
        self.left_out: Counter[str] = Counter()
        self._windows: dict[_Key, Window] = {}
        self._shapes: dict[_Key, tuple[tuple[int, int, int], int, _Shape]] = {}

    def add(self, declared: DeclaredValue) -> Finding | None:
        """Remember a declared value; it counts for later days alone.

        Returns:
            Why it cannot serve as comparison; None if it can.
        """
        if self.practice.only_examined and not (declared.stands and declared.examined):
            self.left_out["not-examined"] += 1
            return None
        found = comparable(declared, self.rates, self.practice.law)
        if isinstance(found, Finding):
            self.left_out[found.code] += 1
            return found
        entry, leaves = self._days(declared)
        for basis, unit_log in found.unit_logs.items():
            member = Member(entry, leaves, unit_log, declared.trader or "")
            for key in _keys_of(found, basis):
                window = self._windows.get(key)
                if window is None:
                    window = self._windows[key] = Window()
                window.add(member)
        return None

    def withdraw(self, declared: DeclaredValue, day: date) -> None:
        """Let a value remembered before no longer count from a day on: amended, cancelled, or found to be wrong."""
        found = comparable(declared, self.rates, self.practice.law)
        if isinstance(found, Finding):
            return
        entry, _ = self._days(declared)
        for basis, unit_log in found.unit_logs.items():
            windows = [self._windows[key] for key in _keys_of(found, basis) if key in self._windows]
            member = windows[0].find(entry, unit_log, declared.trader or "") if windows else None
            if member is not None:
                member.leaves = min(member.leaves, day.toordinal())
                for window in windows:
                    window.forget()

    def restore(self, declared: DeclaredValue) -> None:
        """Let a value that was withdrawn count again as if it had not been: what spoke against it was withdrawn itself."""
        found = comparable(declared, self.rates, self.practice.law)
        if isinstance(found, Finding):
            return
        entry, leaves = self._days(declared)
        for basis, unit_log in found.unit_logs.items():
            windows = [self._windows[key] for key in _keys_of(found, basis) if key in self._windows]
            member = windows[0].find(entry, unit_log, declared.trader or "") if windows else None
            if member is not None:
                member.leaves = leaves
                for window in windows:
                    window.forget()

    def compare(self, declared: DeclaredValue) -> Compared | Finding:
        """Hold an item against the narrowest set that is large enough.

        Args:
            declared: The item; only what was known before its day is looked at.

        Returns:
            The item beside its set, or why it cannot be compared.
        """
        item = comparable(declared, self.rates, self.practice.law)
        if isinstance(item, Finding):
            return item
        law = self.practice.law
        basis = law if law in item.unit_logs else next(iter(item.unit_logs))
        day, least = declared.day.toordinal(), self.practice.least_members
        for key in _ladder(item, basis):
            window = self._windows.get(key)
            if window is not None and len(window) >= least and len(others := window.on(day)) >= least:
                shape = self._shape(key, window, others, day)
                described = self._described(key, (window, shape), declared.day, item)
                return Compared(item, item.unit_logs[basis], shape.others, described)
        return Compared(item, item.unit_logs[basis], [], None)

    def _days(self, declared: DeclaredValue) -> tuple[int, int]:
        """After which day a value counts, and from which no longer."""
        day = declared.day.toordinal()
        entry, leaves = day, day + self.practice.period_days + 1
        if declared.examined is not None and declared.stands is False:
            leaves = min(leaves, declared.examined.toordinal() + 1)
        if self.practice.only_examined and declared.examined is not None:
            entry = max(entry, declared.examined.toordinal())
        return entry, leaves

    def _shape(self, key: _Key, window: Window, others: list[float], day: int) -> _Shape:
        """The set as of a day; looked at anew only when it has changed, or moves with the days."""
        if len(others) < LEAST_SHAPED:
            return _Shape(others, window.spread(), 0.0, ())
        known = self._shapes.get(key)
        if known is not None and known[0] == window.state and (known[1] == day or not known[2].trend):
            return known[2]
        points = window.points()
        trend = trend_of(points)
        if trend:
            others = sorted(log + trend * (day - entry) for entry, log in points)
        spread = spread_of(others) if trend else window.spread()
        shape = _Shape(others, spread, trend, groups_of(others))
        self._shapes[key] = (window.state, day, shape)
        return shape

    def _described(self, key: _Key, held: tuple[Window, _Shape], day: date, item: Comparable) -> ComparisonSet:
        window, shape = held
        code, level, band, origin, unit, currency, basis = key
        return ComparisonSet(
            code=code,
            depth="whole" if code == item.code else "hs6",
            origin=origin,
            unit=unit,
            currency=currency,
            basis=basis,
            level=level,
            quantities=band,
            since=date.fromordinal(max(1, day.toordinal() - self.practice.period_days)),
            before=day,
            newest=date.fromordinal(window.newest),
            traders=window.traders,
            spread=shape.spread,
            trend=round(math.expm1(shape.trend * _YEAR), 4) if shape.trend else None,
            groups=shape.groups,
        )


def weaknesses(compared: ComparisonSet) -> tuple[Finding, ...]:
    """What makes a set a weak ground to ask on (0..n), in words."""
    spread = compared.spread
    held = {
        "set-small": (spread.size < _SMALL, "the set has only {size} members"),
        "set-hs6": (
            compared.depth == "hs6",
            "too few have the same national code; these have the same first six digits",
        ),
        "set-any-level": (compared.level is None, "commercial levels are not distinguished"),
        "set-any-quantity": (compared.quantities is None, "consignment sizes are not distinguished"),
        "set-one-trader": (compared.traders == 1, "all members belong to one importer"),
        "set-wide": (
            spread.upper - spread.lower > _WIDE,
            "the set is wide: its quartiles differ by more than a factor of four",
        ),
        "set-old": ((compared.before - compared.newest).days > _OLD, "the newest member is from {newest}"),
        "set-far-out": (spread.far_out > 0, "{far_out} of {size} members are outliers; they do not affect the median"),
    }
    held["set-moves"] = (
        compared.trend is not None,
        "the members moved by {trend} % a year; they are compared as of the day of the declaration",
    )
    held["set-two-groups"] = (
        bool(compared.groups),
        "the set falls into two groups, as grades of goods do; the nearer one counts, and its grade is not known",
    )
    trend = f"{100 * (compared.trend or 0):.0f}"
    arguments = {
        "trend": trend,
        "size": str(spread.size),
        "newest": compared.newest.isoformat(),
        "far_out": str(spread.far_out),
    }
    return tuple(
        Finding(code=code, severity="info", message=message, arguments=arguments)
        for code, (is_so, message) in held.items()
        if is_so
    )


_SMALL, _OLD, _WIDE = 30, 90, 1.3863
_YEAR = 365.25


def _ladder(item: Comparable, basis: Basis) -> Iterator[_Key]:
    """Keys of the sets that an item may be compared with, the narrowest first."""
    rest = (item.origin, item.unit, item.currency, basis)
    level, hs6 = item.level, item.code[:_HS6]
    if len(item.code) > _HS6:
        yield (item.code, level, item.band, *rest)
        yield (item.code, level, None, *rest)
        if level is not None:
            yield (item.code, None, None, *rest)
    yield (hs6, level, None, *rest)
    if level is not None:
        yield (hs6, None, None, *rest)


def _keys_of(item: Comparable, basis: Basis) -> Iterator[_Key]:
    """Keys of all sets that an item is a member of."""
    rest = (item.origin, item.unit, item.currency, basis)
    for level in (None,) if item.level is None else (item.level, None):
        if len(item.code) > _HS6:
            yield (item.code, level, item.band, *rest)
            yield (item.code, level, None, *rest)
        yield (item.code[:_HS6], level, None, *rest)
