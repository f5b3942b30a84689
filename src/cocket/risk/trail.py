# SPDX-License-Identifier: Apache-2.0
"""What each trader left to be seen, declaration by declaration, and what results told of it.

It belongs to no model: each model reads it in its own way (`models.following`), so that another one can speak at once.
"""

from __future__ import annotations

from array import array
from bisect import bisect_left, bisect_right
from collections.abc import Iterator, Sequence
from itertools import chain
from math import inf
from typing import Any, overload

import msgspec

from cocket.errors import StoreError
from cocket.risk.facts import Facts
from cocket.risk.features.floats import OPS
from cocket.risk.features.keys import Key
from cocket.risk.features.online import Look
from cocket.risk.features.traces import TAX, TRACES
from cocket.risk.keyed import Form, Keyed, Tables

#: Parts of a belief about a trader: results with a find, and those without; past declarations and this one, each with a name
#: of `TRACES` behind it.
FOUND, CLEAN, PAST, OWN = "results-found", "results-clean", "past:", "own:"

#: Rows of a trader of which a belief is taken apart, the latest (count): older ones weigh next to nothing by turn and by time.
MOST_ROWS = 500


class Step(msgspec.Struct, frozen=True, array_like=True):
    """What one row shows anew.

    Attributes:
        traces: Values of `TRACES`, NaN where unknown.
        tax: Usual duty and tax by value of its goods, NaN where unknown.
        share: Part of its declaration that it is (0–1).
        hs2: Chapter; None if not stated.
        origin: Country of origin; None if not stated.
    """

    traces: tuple[float, ...]
    tax: float
    share: float
    hs2: str | None
    origin: str | None


class Told(msgspec.Struct, frozen=True, array_like=True):
    """What a result told of a row of its trader: day number of its return, place of the row, offence (None: nothing was found),
    and how much it weighs (0–1).
    """

    returned: float
    place: int
    weight: float
    offence: str | None


class TraderPast:
    """The past of one trader.

    Attributes:
        days: Day number of each row, never falling.
        owners: Declaration of each.
        steps: What each showed.
        told: Results in the order of their return.
        moved: Times that a result came to be known only after later rows had been taken in.
    """

    days: Sequence[float]
    owners: Sequence[str]
    steps: Sequence[Step]
    told: list[Told]
    moved: int

    def __init__(self) -> None:
        self.days, self.owners, self.steps = self._columns()
        self.told = []
        self.moved = 0

    def known(self, day: float) -> int:
        """Results that had returned by a day (count)."""
        return bisect_right(self.told, day, key=lambda each: each.returned)

    def add(self, row: Row) -> None:
        """Take in a row."""
        for column, value in zip((self.days, self.owners, self.steps), row, strict=True):
            column.append(value)  # type: ignore[attr-defined]

    def rows(self, start: int, stop: int) -> list[Row]:
        """Some rows, from one place to before another."""
        return list(zip(self.days[start:stop], self.owners[start:stop], self.steps[start:stop], strict=True))

    def _columns(self) -> tuple[Sequence[float], Sequence[str], Sequence[Step]]:
        return [], [], []


#: A row of a trader: day number, declaration, what it showed.
Row = tuple[float, str, Step]

#: Rows of a trader that are stored together (count): few enough to be written anew with each.
_TOGETHER = 8

#: Rows of a trader that are looked through at a time (count).
_LOOKED = 32

#: How they are written down: of each trader what is not in rows, and the rows, some at a time.
_PASTS = Form("pt", Key, tuple[int, int, list[Told]], lambda past: (len(past.days), past.moved, past.told), group="k")
_ROWS = Form("ro", tuple[Key, int], list[Row])


class _StoredPast(TraderPast):
    """The past of a trader whose rows are read when they are asked for."""

    def __init__(self, trader: Key, rows: Keyed[tuple[Key, int], list[Row]], kept: tuple[int, int, list[Told]]) -> None:
        self._trader, self._rows = trader, rows
        self._count = kept[0]
        super().__init__()
        self.moved, self.told = kept[1], kept[2]

    @property
    def count(self) -> int:
        """Rows (count)."""
        return self._count

    def row(self, place: int) -> Row:
        """One row (0-based)."""
        return self.rows(place, place + 1)[0]

    def rows(self, start: int, stop: int) -> list[Row]:
        first = start // _TOGETHER
        stored = (self._rows.get((self._trader, place)) or [] for place in range(first, -(-stop // _TOGETHER)))
        rows = list(chain.from_iterable(stored))[start - first * _TOGETHER : stop - first * _TOGETHER]
        if len(rows) != stop - start:
            raise StoreError("Rows of a trader are missing in the risk history.", code="history-unreadable")
        return rows

    def add(self, row: Row) -> None:
        of = (self._trader, self._count // _TOGETHER)
        together = (self._rows.get(of) or [])[: self._count % _TOGETHER]
        self._rows[of] = [*together, row]
        self._count += 1

    def _columns(self) -> tuple[Sequence[float], Sequence[str], Sequence[Step]]:
        return _Column(self, 0), _Column(self, 1), _Column(self, 2)


class _Column(Sequence[Any]):
    """One figure of all rows of a trader."""

    def __init__(self, past: _StoredPast, place: int) -> None:
        self._past, self._place = past, place

    def __len__(self) -> int:
        return self._past.count

    @overload
    def __getitem__(self, place: int) -> Any: ...
    @overload
    def __getitem__(self, place: slice) -> Sequence[Any]: ...
    def __getitem__(self, place: int | slice) -> Any:
        if isinstance(place, slice):
            return [self[each] for each in range(*place.indices(len(self)))]
        count = len(self)
        if not -count <= place < count:
            raise IndexError(place)
        return self._past.row(place % count)[self._place]


class Looked(msgspec.Struct, frozen=True):
    """A declaration as it looks on a day, before its result.

    Attributes:
        facts: The declaration.
        day: Day number it is looked at: its own, or later where later ones were seen already.
        looks: Its items (0..n); `steps` is what each shows anew.
        steps: See `looks`.
        is_again: Whether the history has it already; what it left there is then no trace of another.
    """

    facts: Facts
    day: float
    looks: list[Look]
    steps: list[Step]
    is_again: bool

    @property
    def trader(self) -> tuple[str, ...] | None:
        """Who is behind it; None if that is not stated."""
        return trader_of(self.looks[0].keys) if self.looks else None


class Seen(msgspec.Struct, frozen=True):
    """A declaration, and where its trader's past ended when it was looked at; good until a late result is learnt.

    Attributes:
        looked: The declaration.
        past: The past of its trader, which goes on.
        rows: Rows of it that were there (count).
        known: Results of it that had returned (count).
    """

    looked: Looked
    past: TraderPast
    rows: int
    known: int

    def before(self, most: int) -> TraderPast:
        """The latest rows that were there, without the declaration's own, and the results on them (0..most)."""
        kept = self._latest(most)
        at = {place: number for number, (place, _) in enumerate(kept)}
        latest = TraderPast()
        for _, row in kept:
            latest.add(row)
        latest.told = [
            Told(one.returned, at[one.place], one.weight, one.offence)
            for one in self.past.told[: self.known]
            if one.place in at
        ]
        return latest

    def earlier(self, most: int) -> float:
        """How many declarations came before the rows that `before` gives, items by their share."""
        kept = self._latest(most)
        rows = self.past.rows(0, kept[0][0]) if kept else []
        return sum(step.share for _, owner, step in rows if owner != self._own)

    def first_day(self) -> float | None:
        """Day number of the first declaration of its trader but itself, however long ago; None if there is none."""
        days = (
            day
            for place in range(self.rows)
            for day, owner, _ in self.past.rows(place, place + 1)
            if owner != self._own
        )
        return next(days, None)

    @property
    def _own(self) -> str | None:
        return self.looked.facts.id if self.looked.is_again else None

    def _latest(self, most: int) -> list[tuple[int, Row]]:
        """The latest rows that are not the declaration's own, with their places; older ones are not read."""
        kept: list[tuple[int, Row]] = []
        end, own = self.rows, self._own
        while end and len(kept) < most:
            start = max(0, end - (most - len(kept)))
            kept[:0] = [each for each in enumerate(self.past.rows(start, end), start) if each[1][1] != own]
            end = start
        return kept


class Trail:
    """The past of all traders. Changed only by `take` and `learn`, in the order of time.

    Args:
        tables: What it keeps its tables in; None keeps all in memory.
    """

    def __init__(self, tables: Tables | None = None) -> None:
        tables = tables or Tables()
        self._rows: Keyed[tuple[Key, int], list[Row]] = tables.table(_ROWS)
        self._is_stored = tables.store is not None
        form = _PASTS._replace(made=lambda key, kept: _StoredPast(key, self._rows, kept))
        self._pasts: Keyed[Key, TraderPast] = tables.table(form)

    def of(self, trader: Key | None) -> TraderPast:
        """The past of a trader; an empty one of somebody never seen, or not named."""
        past = self._pasts.get(trader) if trader is not None else None
        return past if past is not None else TraderPast()

    def _new(self, trader: Key) -> TraderPast:
        return _StoredPast(trader, self._rows, (0, 0, [])) if self._is_stored else TraderPast()

    def take_over(self, other: Trail) -> Iterator[None]:
        """Take over everything from a trail that is all in memory, and is used up by it; yields after each row."""
        for trader, theirs in other._pasts.items():
            past = self._new(trader)
            for row in zip(theirs.days, theirs.owners, theirs.steps, strict=True):
                past.add(row)
                yield
            past.told, past.moved = theirs.told, theirs.moved
            self._pasts[trader] = past

    def seen(self, looked: Looked) -> Seen:
        """A declaration with where its trader's past ends now."""
        past = self.of(looked.trader)
        return Seen(looked, past, len(past.days), past.known(looked.day))

    def take(self, looks: Sequence[Look], steps: Sequence[Step]) -> None:
        """Take note of the items of one declaration, once; one whose trader is not named leaves no trail."""
        for look, step in zip(looks, steps, strict=True):
            trader = trader_of(look.keys)
            if trader is None:
                continue
            past = self._pasts.get(trader)
            if past is None:
                self._pasts[trader] = past = self._new(trader)
            past.add((look.entry.day, look.entry.declaration or look.entry.id, step))
            self._pasts.changed(trader, past)

    def learn(
        self,
        keys: Sequence[dict[str, Key]],
        owner: str,
        told: Told,
        offences: Sequence[str | None] = (),
        *,
        since: float = -inf,
    ) -> None:
        """Take in the result of a declaration that was taken note of; of one that was not, it says nothing of its trader.

        Args:
            keys: Groups of each of its items.
            owner: The declaration.
            told: The result; its `place` is found here.
            offences: What was found of each item; empty where the result is of all alike.
            since: Day number of the declaration, by which its rows are found sooner.
        """
        for trader in dict.fromkeys(map(trader_of, keys)):
            past = self._pasts.get(trader) if trader is not None else None
            if past is None or trader is None:
                continue
            places = _places(past, owner, since)
            each = offences if len(offences) == len(places) else [told.offence] * len(places)
            for place, offence in zip(places, each, strict=True):
                weight = told.weight * past.steps[place].share
                past.told.insert(past.known(told.returned), Told(told.returned, place, weight, offence))
                past.moved += told.returned <= past.days[-1]
            self._pasts.changed(trader, past)

    def snapshot(self) -> bytes:
        """The whole trail as MessagePack bytes; `restore` gives an equal one."""
        pasts: list[tuple[Key, TraderPast]] = list(self._pasts.items())
        names = [(trader, list(past.owners), past.told, past.moved) for trader, past in pasts]
        goods = [[(step.hs2, step.origin) for step in past.steps] for _, past in pasts]
        figures = array("d")
        for _, past in pasts:
            for day, step in zip(past.days, past.steps, strict=True):
                figures.extend((day, *step.traces, step.tax, step.share))
        width = len(next((past.steps[0].traces for _, past in pasts if past.steps), ()))
        return msgspec.msgpack.encode(_State(width, names, goods, figures.tobytes()))

    @classmethod
    def restore(cls, data: bytes) -> Trail:
        """The trail of a snapshot.

        Raises:
            StoreError: The bytes are no snapshot of ours.
        """
        trail, figures = cls(), array("d")
        try:
            state = msgspec.msgpack.decode(data, type=_State)
            figures.frombytes(state.figures)
        except (msgspec.MsgspecError, ValueError) as error:
            raise StoreError("The snapshot of the trail cannot be read.", code="history-unreadable") from error
        width, at = state.width + 3, 0
        for (trader, owners, told, moved), goods in zip(state.names, state.goods, strict=True):
            past = TraderPast()
            past.told, past.moved = told, moved
            for owner, (hs2, origin) in zip(owners, goods, strict=True):
                row = figures[at : at + width].tolist()
                past.add((row[0], owner, Step(tuple(row[1:-2]), row[-2], row[-1], hs2, origin)))
                at += width
            trail._pasts[trader] = past
        return trail


class _State(msgspec.Struct, array_like=True):
    """A trail as it is written down: figures of all rows in one run of floats."""

    width: int
    names: list[tuple[Key, list[str], list[Told], int]]
    goods: list[list[tuple[str | None, str | None]]]
    figures: bytes


def _places(past: TraderPast, owner: str, since: float) -> range:
    """Places of the rows of one declaration: looked for from its day on, then, where it got another day later, before."""
    of_day = bisect_left(past.days, since)
    place = _place(past, owner, of_day, len(past.days))
    if place is None:
        place = _place(past, owner, 0, of_day)
    if place is None:
        return range(0)
    start, end, owners = place, place + 1, past.owners
    while start and owners[start - 1] == owner:
        start -= 1
    while end < len(owners) and owners[end] == owner:
        end += 1
    return range(start, end)


def _place(past: TraderPast, owner: str, first: int, last: int) -> int | None:
    """The place of a row of a declaration between two places, looked for from both at once; None if there is none."""
    while first < last:
        after = min(first + _LOOKED, last)
        before = max(after, last - _LOOKED)
        for start, stop in ((first, after), (before, last)):
            for place, row in enumerate(past.rows(start, stop), start):
                if row[1] == owner:
                    return place
        first, last = after, before
    return None


def step_of(look: Look) -> Step:
    """What an entry shows anew."""
    figures, keys = look.figures, look.keys
    traces = tuple([OPS.rounded(read(figures, OPS)) for read in TRACES.values()])
    hs2, origin = keys.get("hs2"), keys.get("origin")
    return Step(
        traces, OPS.rounded(figures[TAX]), look.entry.share, hs2[1] if hs2 else None, origin[1] if origin else None
    )


def trader_of(keys: dict[str, Key]) -> Key | None:
    """Whoever is behind a declaration: those with one telephone, else the importer's number; None where neither is stated."""
    return keys.get("phone") or keys.get("importer")
