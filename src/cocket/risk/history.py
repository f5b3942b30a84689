# SPDX-License-Identifier: Apache-2.0
"""What was known at a moment: who was examined and what came of it, what goods usually cost, how they usually come.

A result counts from the moment it was returned, never from the day of the declaration: that is the only way in which
training on the past and scoring the present see the same thing. Entering the same cases and results in the same order
gives the same history, bit for bit.
"""

from __future__ import annotations

import hashlib
import math
from collections.abc import Callable, Iterator
from heapq import heappop, heappush
from typing import Literal

import msgspec

from cocket.errors import StoreError
from cocket.risk.facts import Facts
from cocket.risk.features import Label, Memory, Terms, entries_of
from cocket.risk.features.keys import keys_of
from cocket.risk.features.online import MemoryHead
from cocket.risk.keyed import Entries, Tables
from cocket.risk.trail import Looked, Told, Trail, step_of
from cocket.risk.windows import Line, Windows

#: Offence of a find of which nobody wrote down what it was.
_UNNAMED = "other"


class Corrected(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """How an examination found one item; None where that is as declared, or nobody wrote it down.

    Attributes:
        value_ratio: Value found over value declared (above 0).
        quantity_ratio: Quantity found over quantity declared (above 0).
        hs: Goods code, where it is another.
        origin: Country of origin, ISO 3166 alpha-2, where it is another.
    """

    value_ratio: float | None = None
    quantity_ratio: float | None = None
    hs: str | None = None
    origin: str | None = None

    @property
    def is_known(self) -> bool:
        """Whether anything was written down."""
        return self != Corrected()


class Outcome(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """The result of one examination, as far as learning needs it.

    Attributes:
        facts: The declaration as it stood when it was selected.
        found: Whether an irregularity was found.
        returned: Day number on which the result was returned; it counts from then on.
        propensity: Chance (above 0, at most 1) with which it was selected for examination; None if nobody logged it.
        origin: Whether the goods were examined, or the books audited after release.
        offence: Class of the gravest offence; None if nothing was found or nobody wrote it down.
        recovered: Duty and tax recovered, national currency; None if nobody wrote it down.
        items: Number of each goods item that was found otherwise than declared → class of its offence; empty where the result
            does not tell items apart.
        corrected: Number of each goods item whose correction was written down → the correction.
        adds: Whether it only adds corrections to a result that was told before.
    """

    facts: Facts
    found: bool
    returned: float
    propensity: float | None = None
    origin: Literal["examination", "audit"] = "examination"
    offence: str | None = None
    recovered: float | None = None
    items: dict[int, str] = {}
    corrected: dict[int, Corrected] = {}
    adds: bool = False

    def of_items(self) -> list[str | None]:
        """What was found of each item, as `family`, in the order of `facts.items`: where the result names items, of those alone."""
        numbers = self._numbers()
        if not self.found or not any(number in self.items for number in numbers):
            return [self.family] * len(numbers)
        return [self.items.get(number) for number in numbers]

    def corrections(self) -> list[Corrected]:
        """How each item was found, in the order of `facts.items`."""
        return [self.corrected.get(number, Corrected()) for number in self._numbers()]

    def _numbers(self) -> list[int]:
        return [item.number or place for place, item in enumerate(self.facts.items, start=1)]

    @property
    def family(self) -> str | None:
        """What was found, as models count it; None if nothing was."""
        return (self.offence or _UNNAMED) if self.found else None


class _State(msgspec.Struct, kw_only=True):
    """A history as it is written down."""

    format: Literal[2] = 2
    day: float
    memory: bytes
    trail: bytes
    pending: list[tuple[float, str, int, Outcome]]
    told: int
    windows: dict[str, list[Line]]
    threshold: float | None = None


class _Head(msgspec.Struct, kw_only=True):
    """What a history holds beside its tables; small, and written down whole."""

    day: float
    told: int
    swept: int
    memory: MemoryHead
    threshold: float | None = None
    pending: list[tuple[float, str, int, Outcome]] = []


#: Changes whenever a history of before cannot be gone on with, though the terms are the same.
_EDITION = 1

#: Values taken over between two pauses (count).
_PAUSE = 1_000

#: Under what a store has the head.
_HEAD = b"\x00head"


class History:
    """Everything the features, rules and beliefs look up. Changed only by `take`, `observe`, `learn` and `advance`, each in
    the order of time; what comes out of order is seen on the day of the latest before it.

    Without a store all is in memory. With one a value is read when it is asked for, and what changes stays in memory until
    the caller has written `changes` to the store and says so by `saved`.

    Args:
        terms: What the administration sets of the features.
        store: Where it is kept, with what `changes` gave of it so far; None keeps all in memory.
        most: Values that are kept in memory beside those that are not written yet (count).

    Attributes:
        trail: What each trader left to be seen.
        windows: What each group did lately, day by day.
        day: Latest day number that was seen; minus infinity before any.

    Raises:
        StoreError: What the store has cannot be read.
    """

    def __init__(self, terms: Terms | None = None, store: Entries | None = None, most: int = 2) -> None:
        self._terms = terms or Terms()
        self._tables = Tables(store, most)
        self._memory = Memory(self._terms, by_id=False, tables=self._tables)
        self._pending: list[tuple[float, str, int, Outcome]] = []
        self._told = 0
        self.trail = Trail(self._tables)
        self.windows = Windows(self._tables)
        self.day = -math.inf
        head = store.get(_HEAD) if store is not None else None
        if head is not None:
            self._go_on(head)

    @staticmethod
    def edition(terms: Terms | None = None) -> str:
        """What a stored history must have been made by to be gone on with; the threshold may be another."""
        told = msgspec.structs.replace(terms or Terms(), threshold=None)
        return f"{_EDITION}-{hashlib.sha256(msgspec.json.encode(told, order='sorted')).hexdigest()[:16]}"

    @property
    def held(self) -> int:
        """Values of a store in memory, those apart that are not written yet (count)."""
        return self._tables.held

    @property
    def unsaved(self) -> int:
        """Values that changed since `saved` (count)."""
        return self._tables.unsaved

    def changes(self) -> Iterator[tuple[bytes, bytes | None]]:
        """What changed since `saved`, as the store is to have it, all together; None for what is gone."""
        yield from self._tables.changes()
        head = _Head(
            day=self.day,
            told=self._told,
            swept=self.windows.swept,
            memory=self._memory.head(),
            threshold=self._terms.threshold,
            pending=self._pending,
        )
        yield _HEAD, msgspec.msgpack.encode(head)

    def saved(self) -> None:
        """Take note that the store has the changes."""
        self._tables.saved()

    def take_over(self, other: History, pause: Callable[[], None]) -> None:
        """Take over everything from a history that is all in memory, and is used up by it.

        Args:
            other: That history.
            pause: Called again and again, so that the changes so far can be written.
        """
        self.go_by(other._terms.threshold)
        for part in (
            self._memory.take_over(other._memory),
            self.trail.take_over(other.trail),
            self.windows.take_over(other.windows),
        ):
            for number, _ in enumerate(part):
                if number % _PAUSE == 0:
                    pause()
        self._pending, self._told, self.day = other._pending, other._told, other.day

    def _go_on(self, data: bytes) -> None:
        try:
            head = msgspec.msgpack.decode(data, type=_Head)
        except msgspec.MsgspecError as error:
            raise StoreError("The head of the risk history cannot be read.", code="history-unreadable") from error
        self.go_by(head.threshold)
        self._memory.go_on(head.memory)
        self.windows.go_on(head.swept)
        self._pending, self._told, self.day = list(head.pending), head.told, head.day

    def go_by(self, threshold: float | None) -> None:
        """Hold values to come against a threshold of simplified clearance (national currency); None keeps the one there is."""
        if threshold is not None and threshold != self._terms.threshold:
            self._terms = msgspec.structs.replace(self._terms, threshold=threshold)
            self._memory.go_by(threshold)

    def look(self, facts: Facts, day: float | None = None, *, is_again: bool = False) -> Looked:
        """How a declaration looks, of which nothing is noted yet.

        Args:
            facts: The declaration.
            day: Day number it is looked at; None for its own.
            is_again: Whether the history has it already.
        """
        now = max(facts.day if day is None else day, self.day)
        self.advance(now)
        looks = self._memory.look(entries_of(facts, now))
        return Looked(facts, now, looks, [step_of(look) for look in looks], is_again)

    def take(self, looked: Looked) -> None:
        """Take note of a declaration, examined or not, once; the windows take note of it by `count`."""
        self._memory.take(looked.looks)
        self.trail.take(looked.looks, looked.steps)

    def count(self, facts: Facts) -> None:
        """Let the windows take note of a declaration, once, after the rules have spoken of it."""
        self.windows.observe(facts)

    def observe(self, facts: Facts) -> None:
        """`look`, `take` and `count` in one."""
        self.take(self.look(facts))
        self.count(facts)

    def learn(self, outcome: Outcome) -> None:
        """Take in the result of an examination; it stays without effect until `advance` reaches its return."""
        self._told += 1
        heappush(self._pending, (outcome.returned, outcome.facts.id, self._told, outcome))

    def advance(self, day: float) -> None:
        """Let every result count that was returned by this day number."""
        self.day = max(self.day, day)
        while self._pending and self._pending[0][0] <= day:
            self._hear(heappop(self._pending)[3])

    def snapshot(self) -> bytes:
        """The whole history as MessagePack bytes; `restore` gives an equal one."""
        return msgspec.msgpack.encode(
            _State(
                day=self.day,
                memory=self._memory.snapshot(),
                trail=self.trail.snapshot(),
                pending=sorted(self._pending, key=lambda entry: entry[:3]),
                told=self._told,
                windows=self.windows.lines(),
                threshold=self._terms.threshold,
            )
        )

    @classmethod
    def restore(cls, data: bytes, terms: Terms | None = None) -> History:
        """The history of a snapshot; without `terms` by the usual ones and the threshold that it went by.

        Raises:
            StoreError: The bytes are no snapshot of ours, or one of an earlier version.
        """
        try:
            state = msgspec.msgpack.decode(data, type=_State)
        except msgspec.MsgspecError as error:
            raise StoreError("The snapshot of the risk history cannot be read.", code="history-unreadable") from error
        history = cls(terms or Terms(threshold=state.threshold))
        history._memory = Memory.restore(state.memory, history._terms, by_id=False)
        history.trail, history.windows = Trail.restore(state.trail), Windows.of(state.windows)
        history._pending, history._told, history.day = state.pending, state.told, state.day
        return history

    def _hear(self, outcome: Outcome) -> None:
        facts, returned = outcome.facts, outcome.returned
        entries = entries_of(facts)
        families = outcome.of_items()
        for entry, family, corrected in zip(entries, families, outcome.corrections(), strict=True):
            if outcome.adds and not corrected.is_known:
                continue
            label = Label(
                id=entry.id,
                returned=returned,
                found=family is not None,
                weight=entry.share,
                value_ratio=corrected.value_ratio,
                quantity_ratio=corrected.quantity_ratio,
                found_hs=corrected.hs,
                found_origin=corrected.origin,
                adds=outcome.adds,
            )
            self._memory.learn(label, entry)
        if outcome.adds:
            return
        self.windows.learn(facts, returned, found=outcome.found)
        keys = [keys_of(entry, self._terms) for entry in entries]
        self.trail.learn(keys, facts.id, Told(returned, 0, 1.0, outcome.family), families, since=facts.day)
