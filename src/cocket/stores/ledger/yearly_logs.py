# SPDX-License-Identifier: Apache-2.0
"""Which leaves of the book stand in which log, and where: stretches of the book, each with its log and its step.

Indexes of the book go on for ever; a log begins anew each year. Within a step, places are drawn from a secret, so that
a place on a receipt tells nothing of what came before it.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Sequence

import msgspec

from cocket import ledger
from cocket.stores.base.database import Connection


class LogYear(msgspec.Struct, frozen=True):
    """One stretch of the book.

    Attributes:
        first: Index of its first leaf.
        log: Origin of the log.
        log_first: The book's index of the log's entry 0.
        step: Leaves of one step; 1 for no cover.
        begins_with: Entry 0 of a log that follows another: the last checkpoint of the one before. None for a first
            log, and as long as the one before is not closed.
    """

    first: int
    log: str
    log_first: int
    step: int
    begins_with: bytes | None

    @property
    def base(self) -> int:
        """Index at which its first step begins: behind entry 0, where it begins a log that follows another."""
        return self.first + (self.first == self.log_first and self.first > 0)

    def whole(self, index: int) -> int:
        """The end of the step that an index stands in, or its beginning if it begins one."""
        past = max(0, index - self.base)
        return self.base + -(-past // self.step) * self.step


#: First leaf of the newest era; null before the first leaf of all.
NEWEST_ERA = "select max(first) from era"

_ALL = "select first, log, log_first, step, begins_with from era order by first"


class LogYears:
    """All eras, as far as this process has heard of them.

    Args:
        origin: Origin of the first log.
        step: Leaves of a step in the first era.
        key: The secret of cover leaves and of the order within a step.
    """

    def __init__(self, origin: str, step: int, key: bytes) -> None:
        self._origin = origin
        self._step = step
        self._key = key
        self._known: tuple[LogYear, ...] = ()

    def learn(self, connection: Connection, newest: int | None) -> None:
        """Know of the newest era by its first leaf; the first leaf of all begins the first. The append lock is held."""
        if newest is None:
            self.begin(connection, LogYear(0, self._origin, 0, self._step, None))
        elif not self.knows(newest):
            self.load(connection)

    def begin(self, connection: Connection, era: LogYear) -> None:
        """Begin an era, in place of one that holds no leaf; the append lock is held until the transaction ends."""
        connection.execute(
            """insert into era values (%s, %s, %s, %s, %s)
            on conflict (first) do update set log = excluded.log, log_first = excluded.log_first, step = excluded.step""",
            msgspec.structs.astuple(era),
        )
        self.load(connection)

    @property
    def newest(self) -> LogYear | None:
        """The newest era this process has heard of; None before the first leaf of all."""
        return self._known[-1] if self._known else None

    def has(self, log: str) -> bool:
        """Whether there is a log of this origin."""
        return any(era.log == log for era in self._known)

    def logs(self) -> list[LogYear]:
        """The first era of each log, oldest first (0..n)."""
        return [era for era in self._known if era.first == era.log_first]

    def folder(self, log: str) -> str:
        """The folder of a log within that of the first: empty for the first, else its year."""
        is_first = not self._known or self._known[0].log == log
        return "" if is_first else log.rpartition("/")[2]

    def whole_before(self, index: int) -> int:
        """The last end of a step at or before an index beyond the first."""
        era = self.of(index - 1)
        whole = era.whole(index)
        return whole if whole == index else whole - era.step

    def end(self, era: LogYear) -> int | None:
        """Index at which the next era begins; None if this one is the newest."""
        later = bisect_right(self._known, era.first, key=_first)
        return self._known[later].first if later < len(self._known) else None

    def load(self, connection: Connection) -> tuple[LogYear, ...]:
        """All eras, as they stand now."""
        self._known = tuple(LogYear(*row) for row in connection.execute(_ALL).fetchall())
        return self._known

    def close_log(self, connection: Connection, after: LogYear, checkpoint: bytes) -> LogYear:
        """Let the log of an era begin with the last checkpoint of the log before it."""
        connection.execute(
            "update era set begins_with = %s where log = %s and begins_with is null", (checkpoint, after.log)
        )
        self.load(connection)
        return self.of(after.first)

    def knows(self, first: int | None) -> bool:
        """Whether this era is known, and so every one before it."""
        return bool(self._known) and first is not None and self._known[-1].first >= first

    def of(self, index: int) -> LogYear:
        """The era of a leaf. At least one era must be known: that of the first leaf."""
        return self._known[bisect_right(self._known, index, key=_first) - 1]

    def place(self, index: int) -> int:
        """The place of a leaf in its log."""
        era = self.of(index)
        return index_of(era, index, self._key) - era.log_first

    def cover(self, index: int) -> bytes:
        """The commitment of the cover leaf of this index."""
        return ledger.cover(self._key, index)

    def in_order(self, leaves: Sequence[bytes], start: int) -> list[bytes]:
        """Leaves of whole steps, from one index on, in the order of their places."""
        placed = list(leaves)
        end = start + len(leaves)
        for era in self._known:
            first, last = max(start, era.base), min(end, self.end(era) or end)
            for begin in range(first, last if era.step > 1 else first, era.step):
                for within, place in enumerate(ledger.shuffle(self._key, era.step, begin)):
                    placed[begin + place - start] = leaves[begin + within - start]
        return placed


def _first(era: LogYear) -> int:
    return era.first


def index_of(era: LogYear, index: int, key: bytes) -> int:
    """The index at which a leaf is made public: its own, moved within its step."""
    if era.step == 1 or index < era.base:
        return index
    number, within = divmod(index - era.base, era.step)
    first = era.base + number * era.step
    return first + ledger.shuffle(key, era.step, first)[within]
