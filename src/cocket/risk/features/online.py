# SPDX-License-Identifier: Apache-2.0
"""The features of one row after the other, in memory: what `batch.py` gives for a table, for the row that has just come.

For every row in the order of time: `features`, then `observe`; of a declaration with several items `look` at all of them,
then `take` them in. Results go to `learn` when they are known; they count from their return on. Entering the same rows and
results in the same order gives the same memory, bit for bit.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Sequence
from heapq import heappop, heappush
from operator import itemgetter
from typing import Literal, TypeVar

import msgspec

from cocket.errors import StoreError
from cocket.risk.features.blocks import Block
from cocket.risk.features.columns import (
    AGAINST,
    AGES,
    COLUMN_NAMES,
    CORRECTIONS,
    COUNTS,
    GAPS,
    HABITS,
    LAST,
    LEVELS,
    MEANT,
    MOST_CORRECTED,
    OWN,
    PROVED,
    RATES,
    REACH,
    REFERENCES,
    SHARED,
    TALLIES,
    TAUGHT,
    TRENDS,
    WINDOWS,
    Entry,
    Figures,
    Terms,
)
from cocket.risk.features.editions import place_of
from cocket.risk.features.floats import OPS
from cocket.risk.features.keys import Key, keys_of
from cocket.risk.features.rings import Rings
from cocket.risk.features.runs import Trend, Window, cents_of
from cocket.risk.features.words import NOTHING, Vocabulary
from cocket.risk.keyed import Form, Held, Keyed, Tables, taking_over

#: Figures that an entry states as numbers.
STATED = ("value", "freight", "duty_and_tax", "net_kg", "gross_kg", "packages", "bill_gross_kg", "bill_packages")

#: Groups that results are counted for, rows are counted for, and windows are kept of.
RATED = tuple(dict.fromkeys([key for chain in RATES.values() for key in chain] + [key for key, _ in TALLIES.values()]))
COUNTED = tuple(dict.fromkeys([*COUNTS.values(), *AGES.values(), *GAPS.values()]))
WINDOWED = tuple(dict.fromkeys(key for key, _, _ in WINDOWS.values()))
_CORRECTED = frozenset(name for chain, _ in CORRECTIONS.values() for name in chain)
_LESSONS = ("value", "quantity", "code", "origin")

#: Corrections with their place in a lesson, proofs and references with the names of their figures: worked out once.
_CORRECTIONS = [(feature, chain, 1 + _LESSONS.index(kind)) for feature, (chain, kind) in CORRECTIONS.items()]
_PROOFS = [(of, name, f"{of}/{name}/proved", f"{of}/{name}/proofs") for of, chain in PROVED.items() for name in chain]
_REFERENCES = [(figure, chain, f"{figure}_usual", f"{figure}_spread") for figure, chain in REFERENCES.items()]
_UNKNOWN = (math.nan, math.nan)

#: What an item stood for when it was declared: unit price and mass of a package (ln), edition of its code.
_Stood = tuple[float, float, str | None]
_LONGEST = {name: max(days for key, days, _ in WINDOWS.values() if key == name) for name in WINDOWED}

#: Groups of which rows not above the threshold have windows of their own, under the key with this at its end.
_PARTED = frozenset(key for key, _, kind in WINDOWS.values() if kind == "small")
_SMALL = "small"

#: Key of what examinations put from one heading under another, those two behind it.
_RECODED = "recoded"


class Label(msgspec.Struct, frozen=True, kw_only=True):
    """The result of an examination.

    Attributes:
        id: Id of the entry.
        returned: Day number on which it came back; it counts for rows of that moment and later.
        found: Whether an irregularity was found.
        weight: How much it weighs (0–1), less if there is reason to doubt it.
        value_ratio: Value found over value declared (above 0); None if that was as declared, or nobody wrote it down.
        quantity_ratio: The same of the quantity.
        found_hs: Goods code found where it is another than declared; None as above.
        found_origin: Country of origin found where it is another than declared; None as above.
        adds: Whether it only adds corrections to a result that was told before, so that it is counted once.
    """

    id: str
    returned: float
    found: bool
    weight: float = 1.0
    value_ratio: float | None = None
    quantity_ratio: float | None = None
    found_hs: str | None = None
    found_origin: str | None = None
    adds: bool = False

    @property
    def is_checked(self) -> bool:
        """Whether it says what was otherwise: nothing, or what; a find of which that is not known teaches no correction."""
        told = (self.value_ratio, self.quantity_ratio, self.found_hs, self.found_origin)
        return not self.found or any(each is not None for each in told)


T = TypeVar("T")

_COLUMNS = itemgetter(*COLUMN_NAMES)


class Look(msgspec.Struct, frozen=True):
    """What an entry looked like on its day.

    Attributes:
        entry: The entry.
        keys: Its groups: name → key.
        figures: Everything that was computed of it, by name; NaN where unknown.
    """

    entry: Entry
    keys: dict[str, Key]
    figures: Figures

    @property
    def row(self) -> tuple[float, ...]:
        """Its features, `(n_columns,)` in the order of `COLUMNS`; NaN where unknown."""
        row: tuple[float, ...] = _COLUMNS(self.figures)
        return row


class _State(msgspec.Struct, kw_only=True):
    """A memory as it is written down."""

    format: Literal[2] = 2
    tallies: dict[Key, list[float]]
    traffic: dict[Key, list[float]]
    habits: dict[str, dict[Key, list[float]]]
    levels: dict[str, dict[Key, list[float]]]
    blocks: dict[str, dict[Key, tuple[list[float], int, tuple[float, float] | None]]]
    trends: dict[str, dict[Key, tuple[list[tuple[float, float]], float]]]
    windows: dict[Key, tuple[list[float], Sequence[int | str], list[float], list[str]]]
    words: bytes
    rings: bytes
    lesson: float
    zero: float | None
    keys: dict[str, tuple[Key, ...]]
    pending: list[tuple[float, int, Label, tuple[Key, ...] | None]]
    taken: int
    lessons: dict[Key, list[float]] = {}
    proved: dict[str, dict[Key, list[float]]] = {}
    stood: dict[int | str, _Stood] = {}


class MemoryHead(msgspec.Struct, kw_only=True, omit_defaults=True):
    """What a memory holds beside its tables; small, and written down whole."""

    lesson: float
    zero: float | None
    taken: int
    headings: dict[str, int]
    words: int
    pending: list[tuple[float, int, Label, tuple[Key, ...] | None]] = []
    stood: dict[int | str, _Stood] = {}


#: How the tables of a memory are written down, those of one key beside each other.
_ALIKE = "k"
_FORMS = {
    "tallies": Form("ta", Key, list[float], group=_ALIKE),
    "traffic": Form("tr", Key, list[float], group=_ALIKE),
    "habits": Form("ha", Key, list[float], beside=True, group=_ALIKE),
    "levels": Form("le", Key, list[float], beside=True, group=_ALIKE),
    "lessons": Form("ls", Key, list[float], group=_ALIKE),
    "proved": Form("pr", Key, list[float], beside=True, group=_ALIKE),
    "windows": Form(
        "wi",
        Key,
        tuple[float, list[float], list[int | str], list[float], list[str]],
        Window.written,
        lambda _, parts: Window(*parts),
        group=_ALIKE,
    ),
    "blocks": Form(
        "bl",
        Key,
        tuple[list[float], int, tuple[float, float] | None],
        Block.parts,
        lambda _, parts: Block(*parts),
        beside=True,
        group=_ALIKE,
    ),
    "trends": Form(
        "td",
        Key,
        tuple[list[tuple[float, float]], float],
        Trend.parts,
        lambda _, parts: Trend(*parts),
        beside=True,
        group=_ALIKE,
    ),
}


class Memory:
    """Everything the features of the next row are computed from.

    Args:
        terms: What the administration sets.
        by_id: Whether results may be told by the id of their entry alone; costs a line of memory an entry, and is for memories
            without a store alone.
        tables: What it keeps its tables in; None keeps all in memory.
    """

    def __init__(self, terms: Terms | None = None, *, by_id: bool = True, tables: Tables | None = None) -> None:
        self._terms = terms or Terms()
        self._by_id = by_id
        tables = tables or Tables()
        self._tallies: Keyed[Key, list[float]] = tables.table(_FORMS["tallies"])
        self._traffic: Keyed[Key, list[float]] = tables.table(_FORMS["traffic"])
        self._habits: Keyed[tuple[str, Key], list[float]] = tables.table(_FORMS["habits"])
        self._blocks: Keyed[tuple[str, Key], Block] = tables.table(_FORMS["blocks"])
        self._levels: Keyed[tuple[str, Key], list[float]] = tables.table(_FORMS["levels"])
        self._trends: Keyed[tuple[str, Key], Trend] = tables.table(_FORMS["trends"])
        self._windows: Keyed[Key, Window] = tables.table(_FORMS["windows"])
        self._words = Vocabulary(self._terms.word_needed, tables)
        self._rings = Rings(self._terms.ring_most, tables)
        self._lesson = -math.inf
        #: What fades is kept as it would weigh on this day, the first ever; None before that.
        self._zero: float | None = None
        self._keys: dict[str, tuple[Key, ...]] = {}
        self._pending: list[tuple[float, int, Label, tuple[Key, ...] | None]] = []
        self._taken = 0
        #: Group → faded number of checked items, and sums of `_LESSONS`; of a pair of headings the number alone.
        self._lessons: Keyed[Key, list[float]] = tables.table(_FORMS["lessons"])
        self._proved: Keyed[tuple[str, Key], list[float]] = tables.table(_FORMS["proved"])
        #: By the number of a result that waits, or the id of an entry.
        self._stood: dict[int | str, _Stood] = {}
        self._now: Look | None = None

    def go_by(self, threshold: float | None) -> None:
        """Hold the values of rows to come against another threshold of simplified clearance (national currency)."""
        self._terms = msgspec.structs.replace(self._terms, threshold=threshold)

    def learn(self, label: Label, entry: Entry | None = None) -> None:
        """Take in a result, before or after its return; it counts from the return on.

        Args:
            label: The result. Told by id alone, one that returned before its entry was observed, or belongs to none, is no
                result and counts for nothing.
            entry: What was examined, if it is told.
        """
        self._taken += 1
        keys = None if entry is None else _rated(keys_of(entry, self._terms))
        if entry is not None:
            figures = _stated(entry)
            for name, compute in OWN:
                figures[name] = compute(figures, OPS, self._terms)
            self._stood[self._taken] = _stood_for(figures, entry)
        heappush(self._pending, (label.returned, self._taken, label, keys))
        self._now = None

    def features(self, entry: Entry) -> tuple[float, ...]:
        """The features of an entry as of its day, `(n_columns,)` in the order of `COLUMNS`; NaN where unknown."""
        self._now = self._look(entry)
        return self._now.row

    def observe(self, entry: Entry) -> None:
        """Take note of an entry, once, after its features were taken."""
        known = self._now
        self.take([known if known is not None and known.entry is entry else self._look(entry)])

    def look(self, entries: Sequence[Entry]) -> list[Look]:
        """What the items of one declaration look like, none of them knowing of another."""
        return [self._look(entry) for entry in entries]

    def take(self, looks: Sequence[Look]) -> None:
        """Take note of the items of one declaration, once."""
        for look in looks:
            self._take(look)
        self._now = None

    def _take(self, look: Look) -> None:
        entry, keys, figures = look.entry, look.keys, look.figures
        day, grow = entry.day, self._grow(entry.day)
        for name in COUNTED:
            self._count(keys.get(name), day, entry.share * grow)
        cents = cents_of(entry.value)
        is_small = figures["under_threshold"] <= 1.0
        for name in WINDOWED:
            if name in keys:
                for key in (keys[name], (*keys[name], _SMALL)) if is_small and name in _PARTED else (keys[name],):
                    window = self._windows.get(key)
                    if window is None:
                        self._windows[key] = window = Window(_LONGEST[name])
                    window.add(day, cents, entry.share, entry.declaration or entry.id)
                    self._windows.changed(key, window)
        for figure, chain in REFERENCES.items():
            self._refer(figure, [keys[name] for name in chain if name in keys], figures[figure])
        for figure in LEVELS:
            self._settle(figure, look, grow)
        for feature, (name, figure) in HABITS.items():
            self._accustom(self._habits, (feature, keys.get(name)), figures[figure], grow)
        if "importer" in keys:
            for name in SHARED.values():
                if name in keys:
                    self._rings.see(keys["importer"], keys[name])
        if entry.description and "hs4" in keys:
            self._words.read(entry.description, keys["hs4"][1])
        if self._by_id:
            self._keys[entry.id] = _rated(keys)
            self._stood[entry.id] = _stood_for(figures, entry)

    def _look(self, entry: Entry) -> Look:
        self._advance(entry.day)
        keys, fade = keys_of(entry, self._terms), 1.0 / self._grow(entry.day)
        figures = _stated(entry)
        for name, compute in OWN:
            figures[name] = compute(figures, OPS, self._terms)
        self._from_traffic(figures, keys, (entry.day, fade))
        self._from_references(figures, keys)
        for figure in LEVELS:
            self._from_levels(figure, figures, keys, (entry.day, fade))
        self._from_words(figures, keys, entry)
        for name, compute in AGAINST:
            figures[name] = compute(figures, OPS, self._terms)
        self._from_results(figures, keys, fade)
        self._from_habits(figures, keys, fade)
        self._from_windows(figures, keys, entry)
        self._from_rings(figures, keys)
        for name, compute in (*LAST, *TAUGHT):
            figures[name] = compute(figures, OPS, self._terms)
        return Look(entry, keys, figures)

    def snapshot(self) -> bytes:
        """The whole memory as MessagePack bytes; `restore` gives an equal one."""
        return msgspec.msgpack.encode(
            _State(
                tallies=dict(self._tallies.items()),
                traffic=dict(self._traffic.items()),
                habits=_by_figure(self._habits.items()),
                levels=_by_figure(self._levels.items()),
                blocks=_by_figure((key, block.parts()) for key, block in self._blocks.items()),
                trends=_by_figure((key, trend.parts()) for key, trend in self._trends.items()),
                windows={key: window.parts() for key, window in self._windows.items()},
                words=self._words.snapshot(),
                rings=self._rings.snapshot(),
                lesson=self._lesson,
                zero=self._zero,
                keys=self._keys,
                pending=sorted(self._pending, key=lambda each: each[:2]),
                taken=self._taken,
                lessons=dict(self._lessons.items()),
                proved=_by_figure(self._proved.items()),
                stood=self._stood,
            )
        )

    @classmethod
    def restore(cls, data: bytes, terms: Terms | None = None, *, by_id: bool = True) -> Memory:
        """The memory of a snapshot; the other arguments as of the class.

        Raises:
            StoreError: The bytes are no snapshot of ours.
        """
        memory = cls(terms, by_id=by_id)
        try:
            state = msgspec.msgpack.decode(data, type=_State)
            memory._words = Vocabulary.restore(state.words, memory._terms.word_needed)
            memory._rings = Rings.restore(state.rings, memory._terms.ring_most)
        except msgspec.MsgspecError as error:
            raise StoreError("The snapshot of the features cannot be read.", code="history-unreadable") from error
        memory._tallies, memory._traffic, memory._keys = Held.of(state.tallies), Held.of(state.traffic), state.keys
        memory._habits, memory._levels = Held.of(_flat(state.habits)), Held.of(_flat(state.levels))
        memory._blocks = Held.of({key: Block(*parts) for key, parts in _flat(state.blocks).items()})
        memory._trends = Held.of({key: Trend(*parts) for key, parts in _flat(state.trends).items()})
        memory._windows = Held.of({key: Window(_LONGEST[key[0]], *parts) for key, parts in state.windows.items()})
        memory._lesson, memory._zero = state.lesson, state.zero
        memory._pending, memory._taken = state.pending, state.taken
        memory._lessons, memory._proved, memory._stood = (
            Held.of(state.lessons),
            Held.of(_flat(state.proved)),
            state.stood,
        )
        return memory

    def head(self) -> MemoryHead:
        """What it holds beside its tables."""
        return MemoryHead(
            lesson=self._lesson,
            zero=self._zero,
            taken=self._taken,
            headings=self._words.headings,
            words=self._words.read_words,
            pending=self._pending,
            stood=self._stood,
        )

    def go_on(self, head: MemoryHead) -> None:
        """Go on from tables that the store has, and what was held beside them."""
        self._lesson, self._zero, self._taken = head.lesson, head.zero, head.taken
        self._words.go_on(head.headings, head.words)
        self._pending, self._stood = list(head.pending), dict(head.stood)

    def take_over(self, other: Memory) -> Iterator[None]:
        """Take over everything from a memory that is all in memory, and is used up by it; yields after each value."""
        for name in _FORMS:
            yield from taking_over(getattr(self, f"_{name}"), getattr(other, f"_{name}"))
        yield from self._words.take_over(other._words)
        yield from self._rings.take_over(other._rings)
        self.go_on(other.head())

    def _advance(self, day: float) -> None:
        lesson = float(math.floor(day / self._terms.lesson_days))
        if lesson > self._lesson:
            self._words.lesson()
            self._lesson = lesson
        while self._pending and self._pending[0][0] <= day:
            _, number, label, keys = heappop(self._pending)
            stood = self._stood.get(label.id) if keys is None else self._stood.pop(number, None)
            keys = self._keys.get(label.id) if keys is None else keys
            if keys is None:
                continue
            for key in () if label.adds else (("all",), *keys):
                self._tally(key, label)
            if stood is not None and label.is_checked:
                self._teach(label, keys, stood)

    def _grow(self, day: float) -> float:
        """What a weight of 1 entered on a day is worth on the first day ever, so that all of them fade alike."""
        if self._zero is None:
            self._zero = day
        return float(2.0 ** ((day - self._zero) / self._terms.half_life_days))

    def _tally(self, key: Key, label: Label) -> None:
        tally = self._tallies.get(key)
        if tally is None:
            self._tallies[key] = tally = [0.0, 0.0]
        weight = label.weight * self._grow(label.returned)
        tally[0] += weight
        tally[1] += weight * label.found
        self._tallies.changed(key, tally)

    def _teach(self, label: Label, keys: tuple[Key, ...], stood: _Stood) -> None:
        """Take in what an examination corrected of an item, or found to be as declared."""
        weight = label.weight * self._grow(label.returned)
        value, quantity = _corrected(label.value_ratio), _corrected(label.quantity_ratio)
        told = (1.0, value, quantity, float(label.found_hs is not None), float(label.found_origin is not None))
        for key in keys:
            if key[0] in _CORRECTED:
                self._correct(key, [weight * amount for amount in told])
        price, package_mass, edition = stood
        named = {key[0]: key[1] for key in keys}
        hs4, hs6, origin = named.get("hs4"), named.get("hs6"), label.found_origin or named.get("origin")
        if label.found_hs is not None:
            goods = place_of(label.found_hs, edition, self._terms.crossings)
            hs6 = goods.hs6
            if hs4 and goods.hs4 and goods.hs4 != hs4:
                self._correct((_RECODED, hs4, goods.hs4), [weight])
        parts = {"hs6": (hs6,), "hs_origin": (hs6, origin)}
        proved = {"unit_price": price + value - quantity, "package_mass": package_mass + quantity}
        for figure, chain in PROVED.items():
            for name in chain:
                known = [part for part in parts[name] if part]
                if len(known) == len(parts[name]):
                    self._accustom(self._proved, (figure, (name, *known)), proved[figure], weight)

    def _correct(self, key: Key, amounts: list[float]) -> None:
        lesson = self._lessons.get(key)
        if lesson is None:
            self._lessons[key] = lesson = [0.0] * len(amounts)
        for place, amount in enumerate(amounts):
            lesson[place] += amount
        self._lessons.changed(key, lesson)

    def _from_lessons(self, figures: Figures, keys: dict[str, Key], fade: float) -> None:
        """What results corrected, of the groups of an entry."""
        weight = self._terms.back_off_weight
        for feature, chain, place in _CORRECTIONS:
            mean = 0.0
            for name in chain:
                lesson = self._lessons.get(keys[name]) if name in keys else None
                checked, total = (lesson[0] * fade, lesson[place] * fade) if lesson else (0.0, 0.0)
                mean = (total + weight * mean) / (checked + weight)
            figures[feature] = mean
        pair = (_RECODED, keys["hs4"][1], keys["meant"][1]) if "meant" in keys and "hs4" in keys else None
        lesson = self._lessons.get(pair) if pair else None
        figures["meant_code_corrections"] = lesson[0] * fade if lesson else 0.0
        for figure, name, value, number in _PROOFS:
            proved = self._proved.get((figure, keys[name])) if name in keys else None
            figures[value] = proved[0] * fade if proved else 0.0
            figures[number] = proved[1] * fade if proved else 0.0

    def _from_results(self, figures: Figures, keys: dict[str, Key], fade: float) -> None:
        terms, tallies = self._terms, self._tallies
        seen = {}
        for name in RATED:
            if name in keys:
                tally = tallies.get(keys[name])
                seen[name] = (tally[0] * fade, tally[1] * fade) if tally else (0.0, 0.0)
        tally = tallies.get(("all",))
        examined, found = (tally[0] * fade, tally[1] * fade) if tally else (0.0, 0.0)
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
        self._from_lessons(figures, keys, fade)

    def _from_traffic(self, figures: Figures, keys: dict[str, Key], moment: tuple[float, float]) -> None:
        day, fade = moment
        get = self._traffic.get
        seen = {name: get(keys[name]) for name in COUNTED if name in keys}
        for feature, name in COUNTS.items():
            traffic = seen.get(name)
            nothing = 0.0 if name in seen else math.nan
            figures[feature] = traffic[1] * fade if traffic else nothing
        for feature, name in AGES.items():
            traffic = seen.get(name)
            figures[feature] = day - traffic[0] if traffic else 0.0 if name in seen else math.nan
        for feature, name in GAPS.items():
            traffic = seen.get(name)
            figures[feature] = day - traffic[2] if traffic else math.nan

    def _count(self, key: Key | None, day: float, grown: float) -> None:
        if key is None:
            return
        traffic = self._traffic.get(key)
        if traffic is None:
            self._traffic[key] = [day, grown, day]
        else:
            traffic[1] += grown
            traffic[2] = day
            self._traffic.changed(key, traffic)

    def _from_references(self, figures: Figures, keys: dict[str, Key]) -> None:
        for figure, chain, middle, spread in _REFERENCES:
            usual = None
            for name in chain:
                block = self._blocks.get((figure, keys[name])) if name in keys else None
                if block is not None and block.usual is not None:
                    usual = block.usual
                    break
            figures[middle], figures[spread] = usual or _UNKNOWN

    def _refer(self, figure: str, keys: Iterable[Key], value: float) -> None:
        if not math.isfinite(value):
            return
        for key in keys:
            of = (figure, key)
            block = self._blocks.get(of)
            if block is None:
                self._blocks[of] = block = Block()
            block.add(value)
            self._blocks.changed(of, block)

    def _from_words(self, figures: Figures, keys: dict[str, Key], entry: Entry) -> None:
        fits = entry.description and "hs4" in keys
        reading = self._words.fit(entry.description or "", keys["hs4"][1]) if fits else NOTHING
        figures["text_fit"], figures["text_least_fit"] = reading.fit, reading.least_fit
        figures["text_unknown"], figures["text_meant_gain"] = reading.unknown, reading.gain
        if reading.meant is not None:
            keys["meant"] = ("hs4", reading.meant)
        for figure in MEANT:
            block = self._blocks.get((figure, ("hs4", reading.meant))) if reading.meant is not None else None
            figures[f"{figure}_meant"] = block.usual[0] if block is not None and block.usual is not None else math.nan

    def _from_habits(self, figures: Figures, keys: dict[str, Key], fade: float) -> None:
        for feature, (name, _) in HABITS.items():
            habit = self._habits.get((feature, keys[name])) if name in keys else None
            if habit is None:
                figures[feature] = 0.0 if name in keys else math.nan
            else:
                figures[feature] = habit[0] * fade / (habit[1] * fade + self._terms.habit_weight)

    def _from_levels(self, figure: str, figures: Figures, keys: dict[str, Key], moment: tuple[float, float]) -> None:
        day, fade = moment
        value, level = figures[figure], figures[f"{figure}_usual"]
        figures[f"{figure}_held"] = level + _held(value - level)
        for name, worth in LEVELS[figure]:
            seen = self._levels.get((figure, keys[name])) if name in keys else None
            if seen is not None:
                level = (seen[0] * fade + worth * level) / (seen[1] * fade + worth)
        figures[f"{figure}_off"] = _held(value - level)
        name, days, worth = TRENDS[figure]
        trend = self._trends.get((figure, keys[name])) if name in keys else None
        if trend is not None and trend.forget(day - days):
            self._trends.changed((figure, keys[name]), trend)
        figures[f"{figure}_level"] = level if trend is None else level + trend.mean(worth)

    def _settle(self, figure: str, look: Look, grow: float) -> None:
        keys, figures = look.keys, look.figures
        for name, _ in LEVELS[figure]:
            self._accustom(self._levels, (figure, keys.get(name)), figures[f"{figure}_held"], grow)
        name, off = TRENDS[figure][0], figures[f"{figure}_off"]
        if name in keys and math.isfinite(off):
            of = (figure, keys[name])
            trend = self._trends.get(of)
            if trend is None:
                self._trends[of] = trend = Trend()
            trend.add(look.entry.day, off)
            self._trends.changed(of, trend)

    def _accustom(
        self, means: Keyed[tuple[str, Key], list[float]], of: tuple[str, Key | None], value: float, grow: float
    ) -> None:
        name, key = of
        if key is None or not math.isfinite(value):
            return
        known = (name, key)
        habit = means.get(known)
        if habit is None:
            means[known] = [value * grow, grow]
        else:
            habit[0] += value * grow
            habit[1] += grow
            means.changed(known, habit)

    def _from_windows(self, figures: Figures, keys: dict[str, Key], entry: Entry) -> None:
        own = entry.declaration or entry.id
        for feature, (name, days, kind) in WINDOWS.items():
            if name not in keys:
                figures[feature] = math.nan
                continue
            window = self._windows.get((*keys[name], _SMALL) if kind == "small" else keys[name])
            rows, cents = window.since(entry.day - days, own) if window else (0.0, 0)
            figures[feature] = rows if kind == "rows" else cents / 100.0

    def _from_rings(self, figures: Figures, keys: dict[str, Key]) -> None:
        for feature, name in SHARED.items():
            figures[feature] = float(self._rings.sharing(keys[name])) if name in keys else math.nan
        nodes = [keys[name] for name in ("importer", *SHARED.values()) if name in keys]
        figures["ring_size"] = float(self._rings.size(*nodes)) if nodes else math.nan


def _corrected(ratio: float | None) -> float:
    """Ln of a ratio, held within `MOST_CORRECTED`; 0 of none, or of one that is no number above zero."""
    if ratio is None or not (math.isfinite(ratio) and ratio > 0.0):
        return 0.0
    return max(-MOST_CORRECTED, min(MOST_CORRECTED, math.log(ratio)))


def _stood_for(figures: Figures, entry: Entry) -> _Stood:
    return figures["unit_price"], figures["package_mass"], entry.hs_edition


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


def _rated(keys: dict[str, Key]) -> tuple[Key, ...]:
    return tuple([keys[name] for name in RATED if name in keys])


def _by_figure(values: Iterable[tuple[tuple[str, Key], T]]) -> dict[str, dict[Key, T]]:
    told: dict[str, dict[Key, T]] = {}
    for (figure, key), value in values:
        told.setdefault(figure, {})[key] = value
    return told


def _flat(told: dict[str, dict[Key, T]]) -> dict[tuple[str, Key], T]:
    return {(figure, key): value for figure, values in told.items() for key, value in values.items()}
