# SPDX-License-Identifier: Apache-2.0
"""What each trader left to be seen, declaration by declaration, and what results told of it.

It belongs to no model: each model reads it in its own way (`models.following`), so that another one can speak at once.
"""

from __future__ import annotations

from array import array
from bisect import bisect_right
from collections.abc import Sequence

import msgspec

from cocket.errors import StoreError
from cocket.risk.facts import Facts
from cocket.risk.features.floats import OPS
from cocket.risk.features.keys import Key
from cocket.risk.features.online import Look
from cocket.risk.features.traces import TAX, TRACES

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


class TraderPast(msgspec.Struct, array_like=True):
    """The past of one trader.

    Attributes:
        days: Day number of each row, never falling.
        owners: Declaration of each.
        steps: What each showed.
        told: Results in the order of their return.
        moved: Times that a result came to be known only after later rows had been taken in.
    """

    days: list[float] = []
    owners: list[str] = []
    steps: list[Step] = []
    told: list[Told] = []
    moved: int = 0

    def known(self, day: float) -> int:
        """Results that had returned by a day (count)."""
        return bisect_right(self.told, day, key=lambda each: each.returned)


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

    def before(self, most: int) -> tuple[TraderPast, float]:
        """The latest rows that were there, without the declaration's own, and the results on them (0..most).

        Returns:
            The past, and how many declarations came before it, items by their share.
        """
        past, own = self.past, self.looked.facts.id if self.looked.is_again else None
        every = [place for place in range(self.rows) if past.owners[place] != own]
        kept = every[-most:]
        at = {place: number for number, place in enumerate(kept)}
        told = [one for one in past.told[: self.known] if one.place in at]
        latest = TraderPast(
            days=[past.days[place] for place in kept],
            owners=[past.owners[place] for place in kept],
            steps=[past.steps[place] for place in kept],
            told=[Told(one.returned, at[one.place], one.weight, one.offence) for one in told],
        )
        return latest, sum(past.steps[place].share for place in every[: len(every) - len(kept)])


class Trail:
    """The past of all traders. Changed only by `take` and `learn`, in the order of time."""

    def __init__(self) -> None:
        self._pasts: dict[Key, TraderPast] = {}

    def of(self, trader: Key | None) -> TraderPast:
        """The past of a trader; an empty one of somebody never seen, or not named."""
        past = self._pasts.get(trader) if trader is not None else None
        return past if past is not None else TraderPast()

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
                past = self._pasts[trader] = TraderPast()
            past.days.append(look.entry.day)
            past.owners.append(look.entry.declaration or look.entry.id)
            past.steps.append(step)

    def learn(
        self, keys: Sequence[dict[str, Key]], owner: str, told: Told, offences: Sequence[str | None] = ()
    ) -> None:
        """Take in the result of a declaration that was taken note of; of one that was not, it says nothing of its trader.

        Args:
            keys: Groups of each of its items.
            owner: The declaration.
            told: The result; its `place` is found here.
            offences: What was found of each item; empty where the result is of all alike.
        """
        for trader in dict.fromkeys(map(trader_of, keys)):
            past = self._pasts.get(trader) if trader is not None else None
            if past is None:
                continue
            places = _places(past.owners, owner)
            each = offences if len(offences) == len(places) else [told.offence] * len(places)
            for place, offence in zip(places, each, strict=True):
                weight = told.weight * past.steps[place].share
                past.told.insert(past.known(told.returned), Told(told.returned, place, weight, offence))
                past.moved += told.returned <= past.days[-1]

    def snapshot(self) -> bytes:
        """The whole trail as MessagePack bytes; `restore` gives an equal one."""
        names = [(trader, past.owners, past.told, past.moved) for trader, past in self._pasts.items()]
        goods = [[(step.hs2, step.origin) for step in past.steps] for past in self._pasts.values()]
        figures = array("d")
        for past in self._pasts.values():
            for day, step in zip(past.days, past.steps, strict=True):
                figures.extend((day, *step.traces, step.tax, step.share))
        width = len(next((past.steps[0].traces for past in self._pasts.values() if past.steps), ()))
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
            past = TraderPast(owners=owners, told=told, moved=moved)
            for hs2, origin in goods:
                row = figures[at : at + width].tolist()
                past.days.append(row[0])
                past.steps.append(Step(tuple(row[1:-2]), row[-2], row[-1], hs2, origin))
                at += width
            trail._pasts[trader] = past
        return trail


class _State(msgspec.Struct, array_like=True):
    """A trail as it is written down: figures of all rows in one run of floats."""

    width: int
    names: list[tuple[Key, list[str], list[Told], int]]
    goods: list[list[tuple[str | None, str | None]]]
    figures: bytes


def _places(owners: list[str], owner: str) -> list[int]:
    """Places of the rows of one declaration, looked for from the newest on: results are of late."""
    end = len(owners)
    while end and owners[end - 1] != owner:
        end -= 1
    start = end
    while start and owners[start - 1] == owner:
        start -= 1
    return list(range(start, end))


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
