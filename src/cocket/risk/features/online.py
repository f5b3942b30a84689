# SPDX-License-Identifier: Apache-2.0
"""The features of one row after the other, in memory: what `batch.py` gives for a table, for the row that has just come.

For every row in the order of time: `features`, then `observe`. Results go to `learn` when they are known; they count from
their return on.
"""

from __future__ import annotations

import math
from collections import deque
from collections.abc import Iterable
from heapq import heappop, heappush

import msgspec

from cocket.risk.features.blocks import Block
from cocket.risk.features.canonical import canonical_address, canonical_name, canonical_phone
from cocket.risk.features.columns import (
    AGAINST,
    AGES,
    COLUMN_NAMES,
    COUNTS,
    GAPS,
    GROUPS,
    HABITS,
    LEVELS,
    OWN,
    RATES,
    REACH,
    REFERENCES,
    SHARED,
    TALLIES,
    TRENDS,
    WINDOWS,
    Entry,
    Figures,
    Terms,
)
from cocket.risk.features.editions import place_of
from cocket.risk.features.rings import Rings
from cocket.risk.features.words import NOTHING, Vocabulary

#: Figures that an entry states as numbers.
STATED = ("value", "freight", "duty_and_tax", "net_kg", "gross_kg", "packages", "bill_gross_kg", "bill_packages")

#: Groups that results are counted for, rows are counted for, and windows are kept of.
RATED = tuple(dict.fromkeys([key for chain in RATES.values() for key in chain] + [key for key, _ in TALLIES.values()]))
COUNTED = tuple(dict.fromkeys([*COUNTS.values(), *AGES.values(), *GAPS.values()]))
WINDOWED = tuple(dict.fromkeys(key for key, _, _ in WINDOWS.values()))
_LONGEST = {name: max(days for key, days, _ in WINDOWS.values() if key == name) for name in WINDOWED}


class Label(msgspec.Struct, frozen=True, kw_only=True):
    """The result of an examination.

    Attributes:
        id: Id of the entry.
        returned: Day number on which it came back; it counts for rows of that moment and later.
        found: Whether an irregularity was found.
        weight: How much it weighs (0–1), less if there is reason to doubt it.
    """

    id: str
    returned: float
    found: bool
    weight: float = 1.0


class Floats:
    """`Ops` on floats."""

    @staticmethod
    def ratio(one: float, other: float) -> float:
        """See `Ops`."""
        return one / other if other > 0.0 else math.nan

    @staticmethod
    def ln(value: float) -> float:
        """See `Ops`."""
        return math.log(value) if value > 0.0 else math.nan

    @staticmethod
    def exp(value: float) -> float:
        """See `Ops`."""
        return math.exp(value) if value < 700.0 else math.inf if value >= 700.0 else math.nan

    @staticmethod
    def largest(one: float, other: float) -> float:
        """See `Ops`."""
        return math.nan if math.isnan(one) or math.isnan(other) else max(one, other)

    @staticmethod
    def flag(value: float, least: float) -> float:
        """See `Ops`."""
        return math.nan if math.isnan(value) else float(value > least)

    @staticmethod
    def between(value: float, low: float, high: float) -> float:
        """See `Ops`."""
        return math.nan if math.isnan(value) else float(low < value <= high)


_OPS = Floats()

#: A key of a group: its name and the parts.
Key = tuple[str, ...]


class Trend:
    """Values of the last days of one group, and their sum."""

    __slots__ = ("_sum", "_values")

    def __init__(self) -> None:
        self._values: deque[tuple[float, float]] = deque()
        self._sum = 0.0

    def add(self, day: float, value: float) -> None:
        """Take in one value."""
        self._values.append((day, value))
        self._sum += value

    def mean(self, since: float, worth: float) -> float:
        """Mean of the values from a day on, leaning on 0 as much as on `worth` values."""
        while self._values and self._values[0][0] < since:
            self._sum -= self._values.popleft()[1]
        return self._sum / (len(self._values) + worth)


class Memory:
    """Everything the features of the next row are computed from.

    Args:
        terms: What the administration sets.
    """

    def __init__(self, terms: Terms | None = None) -> None:
        self._terms = terms or Terms()
        self._tallies: dict[Key, list[float]] = {}
        self._traffic: dict[Key, list[float]] = {}
        self._habits: dict[tuple[str, Key], list[float]] = {}
        self._blocks: dict[tuple[str, Key], Block] = {}
        self._levels: dict[tuple[str, Key], list[float]] = {}
        self._trends: dict[tuple[str, Key], Trend] = {}
        self._windows: dict[Key, deque[tuple[float, int]]] = {}
        self._words = Vocabulary(self._terms.word_needed)
        self._rings = Rings(self._terms.ring_most)
        self._lesson = -math.inf
        self._keys: dict[str, tuple[Key, ...]] = {}
        self._pending: list[tuple[float, int, Label]] = []
        self._taken = 0
        self._now: tuple[str, dict[str, Key], Figures] | None = None

    def learn(self, label: Label) -> None:
        """Take in a result, before or after its return; it counts from the return on.

        One that returned before its entry was observed, or belongs to none, is no result and counts for nothing.
        """
        self._taken += 1
        heappush(self._pending, (label.returned, self._taken, label))

    def features(self, entry: Entry) -> tuple[float, ...]:
        """The features of an entry as of its day, `(n_columns,)` in the order of `COLUMNS`; NaN where unknown."""
        _, figures = self._figures(entry)
        return tuple([figures[name] for name in COLUMN_NAMES])

    def observe(self, entry: Entry) -> None:
        """Take note of an entry, once, after its features were taken."""
        keys, figures = self._figures(entry)
        day = entry.day
        for name in COUNTED:
            self._count(keys.get(name), day)
        cents = round(100.0 * entry.value) if entry.value is not None and math.isfinite(entry.value) else 0
        for name in WINDOWED:
            if name in keys:
                self._windows.setdefault(keys[name], deque()).append((day, cents))
        for figure, chain in REFERENCES.items():
            self._refer(figure, [keys[name] for name in chain if name in keys], figures[figure])
        for figure in LEVELS:
            self._settle(figure, keys, figures, day)
        for feature, (name, figure) in HABITS.items():
            self._accustom(self._habits, (feature, keys.get(name)), figures[figure], day)
        if "importer" in keys:
            for name in SHARED.values():
                if name in keys:
                    self._rings.see(keys["importer"], keys[name])
        if entry.description and "hs4" in keys:
            self._words.read(entry.description, keys["hs4"][1])
        self._keys[entry.id] = tuple(keys[name] for name in RATED if name in keys)
        self._now = None

    def _figures(self, entry: Entry) -> tuple[dict[str, Key], Figures]:
        if self._now is not None and self._now[0] == entry.id:
            return self._now[1], self._now[2]
        self._advance(entry.day)
        keys = keys_of(entry, self._terms)
        figures = _stated(entry)
        for name, compute in OWN:
            figures[name] = compute(figures, _OPS, self._terms)
        self._from_traffic(figures, keys, entry.day)
        self._from_references(figures, keys)
        for figure in LEVELS:
            self._from_levels(figure, figures, keys, entry.day)
        self._from_words(figures, keys, entry)
        for name, compute in AGAINST:
            figures[name] = compute(figures, _OPS, self._terms)
        self._from_results(figures, keys, entry.day)
        self._from_habits(figures, keys, entry.day)
        self._from_windows(figures, keys, entry.day)
        self._from_rings(figures, keys)
        self._now = (entry.id, keys, figures)
        return keys, figures

    def _advance(self, day: float) -> None:
        lesson = math.floor(day / self._terms.lesson_days)
        if lesson > self._lesson:
            self._words.lesson()
            self._lesson = lesson
        while self._pending and self._pending[0][0] <= day:
            label = heappop(self._pending)[2]
            keys = self._keys.get(label.id)
            if keys is not None:
                for key in (("all",), *keys):
                    self._tally(key, label)

    def _fade(self, days: float) -> float:
        return float(0.5 ** (days / self._terms.half_life_days))

    def _tally(self, key: Key, label: Label) -> None:
        tally = self._tallies.setdefault(key, [0.0, 0.0, label.returned])
        weight = label.weight
        if label.returned >= tally[2]:
            fade = self._fade(label.returned - tally[2])
            tally[0], tally[1], tally[2] = tally[0] * fade, tally[1] * fade, label.returned
        else:  # told late: it weighs what it would weigh had it been told in time
            weight *= self._fade(tally[2] - label.returned)
        tally[0] += weight
        tally[1] += weight * label.found

    def _seen(self, key: Key, day: float) -> tuple[float, float]:
        tally = self._tallies.get(key)
        if tally is None:
            return 0.0, 0.0
        fade = self._fade(day - tally[2])
        return tally[0] * fade, tally[1] * fade

    def _from_results(self, figures: Figures, keys: dict[str, Key], day: float) -> None:
        terms = self._terms
        seen = {name: self._seen(keys[name], day) for name in RATED if name in keys}
        examined, found = self._seen(("all",), day)
        whole = (found + terms.prior_weight * terms.prior_rate) / (examined + terms.prior_weight)
        weight = terms.back_off_weight
        for feature, chain in RATES.items():
            rate = whole
            for name in chain:
                examined, found = seen.get(name, (0.0, 0.0))
                rate = (found + weight * rate) / (examined + weight)
            figures[feature] = rate
        for feature, (name, kind) in TALLIES.items():
            figures[feature] = seen[name][kind == "found"] if name in seen else math.nan

    def _from_traffic(self, figures: Figures, keys: dict[str, Key], day: float) -> None:
        for feature, name in COUNTS.items():
            traffic = self._traffic.get(keys[name]) if name in keys else None
            nothing = 0.0 if name in keys else math.nan
            figures[feature] = traffic[1] * self._fade(day - traffic[2]) if traffic else nothing
        for feature, name in AGES.items():
            traffic = self._traffic.get(keys[name]) if name in keys else None
            figures[feature] = day - traffic[0] if traffic else 0.0 if name in keys else math.nan
        for feature, name in GAPS.items():
            traffic = self._traffic.get(keys[name]) if name in keys else None
            figures[feature] = day - traffic[2] if traffic else math.nan

    def _count(self, key: Key | None, day: float) -> None:
        if key is None:
            return
        traffic = self._traffic.get(key)
        if traffic is None:
            self._traffic[key] = [day, 1.0, day]
        else:
            traffic[1] = traffic[1] * self._fade(day - traffic[2]) + 1.0
            traffic[2] = day

    def _from_references(self, figures: Figures, keys: dict[str, Key]) -> None:
        for figure, chain in REFERENCES.items():
            usual = None
            for name in chain:
                block = self._blocks.get((figure, keys[name])) if name in keys else None
                if block is not None and block.usual is not None:
                    usual = block.usual
                    break
            figures[f"{figure}_usual"], figures[f"{figure}_spread"] = usual or (math.nan, math.nan)

    def _refer(self, figure: str, keys: Iterable[Key], value: float) -> None:
        if not math.isfinite(value):
            return
        for key in keys:
            block = self._blocks.get((figure, key))
            if block is None:
                block = self._blocks[figure, key] = Block()
            block.add(value)

    def _from_words(self, figures: Figures, keys: dict[str, Key], entry: Entry) -> None:
        fits = entry.description and "hs4" in keys
        reading = self._words.fit(entry.description or "", keys["hs4"][1]) if fits else NOTHING
        figures["text_fit"], figures["text_least_fit"] = reading.fit, reading.least_fit
        figures["text_unknown"] = reading.unknown

    def _from_habits(self, figures: Figures, keys: dict[str, Key], day: float) -> None:
        for feature, (name, _) in HABITS.items():
            habit = self._habits.get((feature, keys[name])) if name in keys else None
            if habit is None:
                figures[feature] = 0.0 if name in keys else math.nan
            else:
                fade = self._fade(day - habit[2])
                figures[feature] = habit[0] * fade / (habit[1] * fade + self._terms.habit_weight)

    def _from_levels(self, figure: str, figures: Figures, keys: dict[str, Key], day: float) -> None:
        value, level = figures[figure], figures[f"{figure}_usual"]
        figures[f"{figure}_held"] = level + _held(value - level)
        for name, worth in LEVELS[figure]:
            seen = self._levels.get((figure, keys[name])) if name in keys else None
            if seen is not None:
                fade = self._fade(day - seen[2])
                level = (seen[0] * fade + worth * level) / (seen[1] * fade + worth)
        figures[f"{figure}_off"] = _held(value - level)
        name, days, worth = TRENDS[figure]
        trend = self._trends.get((figure, keys[name])) if name in keys else None
        figures[f"{figure}_level"] = level if trend is None else level + trend.mean(day - days, worth)

    def _settle(self, figure: str, keys: dict[str, Key], figures: Figures, day: float) -> None:
        for name, _ in LEVELS[figure]:
            self._accustom(self._levels, (figure, keys.get(name)), figures[f"{figure}_held"], day)
        name, off = TRENDS[figure][0], figures[f"{figure}_off"]
        if name in keys and math.isfinite(off):
            self._trends.setdefault((figure, keys[name]), Trend()).add(day, off)

    def _accustom(
        self, means: dict[tuple[str, Key], list[float]], of: tuple[str, Key | None], value: float, day: float
    ) -> None:
        name, key = of
        if key is None or not math.isfinite(value):
            return
        habit = means.setdefault((name, key), [0.0, 0.0, day])
        fade = self._fade(day - habit[2])
        habit[0], habit[1], habit[2] = habit[0] * fade + value, habit[1] * fade + 1.0, day

    def _from_windows(self, figures: Figures, keys: dict[str, Key], day: float) -> None:
        for feature, (name, days, kind) in WINDOWS.items():
            if name not in keys:
                figures[feature] = math.nan
                continue
            window = self._windows.get(keys[name])
            count, cents = 0, 0
            if window:
                while window and window[0][0] < day - _LONGEST[name]:
                    window.popleft()
                for then, value in reversed(window):
                    if then < day - days:
                        break
                    count, cents = count + 1, cents + value
            figures[feature] = float(count) if kind == "rows" else cents / 100.0

    def _from_rings(self, figures: Figures, keys: dict[str, Key]) -> None:
        for feature, name in SHARED.items():
            figures[feature] = float(self._rings.sharing(keys[name])) if name in keys else math.nan
        nodes = [keys[name] for name in ("importer", *SHARED.values()) if name in keys]
        figures["ring_size"] = float(self._rings.size(*nodes)) if nodes else math.nan


def keys_of(entry: Entry, terms: Terms) -> dict[str, Key]:
    """The groups an entry belongs to: name of the group → key, name first."""
    place = place_of(entry.hs, entry.hs_edition, terms.crossings)
    derived = {
        "hs2": place.hs2,
        "hs4": place.hs4,
        "hs6": place.hs6,
        "consignee": canonical_name(entry.importer_name),
        "address": canonical_address(entry.importer_address),
        "phone": canonical_phone(entry.importer_phone),
    }
    keys: dict[str, Key] = {}
    for name, parts in GROUPS.items():
        values = [derived[part] if part in derived else getattr(entry, part) for part in parts]
        stated = [value for value in values if value]
        if len(stated) == len(values):
            keys[name] = (name, *stated)
    return keys


def _held(off: float) -> float:
    """A distance held within reach; unknown stays unknown."""
    return off if math.isnan(off) else max(-REACH, min(REACH, off))


def _stated(entry: Entry) -> Figures:
    figures: Figures = {}
    for name in STATED:
        value = getattr(entry, name)
        figures[name] = math.nan if value is None else float(value)
    figures["preference"] = float(bool(entry.preference))
    figures["is_authorised"] = math.nan if entry.is_authorised is None else float(entry.is_authorised)
    return figures
