# SPDX-License-Identifier: Apache-2.0
"""Which leaves of the book stand in which log, and where: stretches of the book, each with its log and its step.

Indexes of the book go on for ever; a log begins anew each year. Within a step, places are drawn from a secret, so that
a place on a receipt tells nothing of what came before it.

These rows decide at which place a receipt promises a leaf, and what a head is signed over. So they bear MACs, and all of
them are kept a second time as one value under a MAC of its own: whoever changes, removes or adds a row is found, what
was written is known all the same, and no head is signed before the rows are as they were.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Sequence
from typing import NamedTuple

import msgspec

from cocket import ledger
from cocket.errors import StoreError
from cocket.stores.base.database import Connection
from cocket.stores.base.progress import Places
from cocket.stores.base.row_macs import Protected


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


class _Step(NamedTuple):
    """One step of the book: the eras known then, its leaves, their log, where it begins there, and the order of its leaves."""

    known: tuple[LogYear, ...]
    leaves: range
    log: str
    begins: int
    order: tuple[int, ...]


#: First leaf of the newest era; null before the first leaf of all.
NEWEST_ERA = "select max(first) from era"

ERAS = Protected(table="era", key=("first",), columns=("first", "log", "log_first", "step", "begins_with"))

#: Where all rows of `era` are kept a second time, as one value.
ERAS_PLACE = "log/eras"

#: Code of the error where rows were altered.
CODE = "era-altered"

#: All rows of `era`, and with each what is kept of them all; where there is none, that alone.
_ALL = f"""
select {", ".join(f"e.{name}" for name in ERAS.read.split(", "))}, p.value, p.mac from (select) as one
left join era e on true left join place p on p.name = '{ERAS_PLACE}' order by e.first
"""


class AlteredEra(msgspec.Struct, frozen=True):
    """A row of `era`, or what is kept of them all, that is not as the instance wrote it.

    Attributes:
        table: `era`, or `place` for what is kept of them all.
        id: Its key.
        stands: What stands there, in words; None where it was removed.
        written: What was written, in words; None where the row was added or that is not known.
    """

    table: str
    id: str
    stands: str | None
    written: str | None


class LogYears:
    """All eras, as far as this process has heard of them.

    Args:
        origin: Origin of the first log.
        step: Leaves of a step in the first era.
        key: The secret of cover leaves and of the order within a step.

    Attributes:
        altered: Rows that were not as this instance wrote them when it read them last (0..n).
    """

    def __init__(self, origin: str, step: int, key: bytes) -> None:
        self._origin = origin
        self._step = step
        self._key = key
        self._known: tuple[LogYear, ...] = ()
        self._step_at = _Step((), range(0), "", 0, ())
        self.altered: tuple[AlteredEra, ...] = ()

    def learn(self, connection: Connection, newest: int | None, leaf: int) -> None:
        """Know of the newest era by its first leaf; the first leaf of all begins the first. The append lock is held.

        Args:
            connection: The transaction.
            newest: First leaf of the newest era in the database; None where there is none.
            leaf: Index of the first leaf that is appended.

        Raises:
            StoreError: The eras of earlier leaves were removed, and what is kept of them too.
        """
        if newest is None and leaf == 0:
            self.restore(connection, [LogYear(0, self._origin, 0, self._step, None)])
        elif not self.knows(newest) or self.altered:
            self.load(connection)
            self.of(leaf)

    def begin(self, connection: Connection, era: LogYear) -> None:
        """Begin an era, in place of one that holds no leaf; the append lock is held until the transaction ends.

        Raises:
            StoreError: Rows were altered; none is written beside them.
        """
        self.load(connection)
        self.check()
        connection.row_macs.put(connection, ERAS, [msgspec.structs.astuple(era)])
        self.keep(connection)

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
        """All eras, as this instance wrote them; what stands there otherwise is in `altered`."""
        stands, agreed, kept = self._read(connection)
        if kept is None:
            self._known = tuple(era for first, era in stands.items() if first in agreed)
            self.altered = tuple(_altered(era, None) for first, era in stands.items() if first not in agreed)
            if stands:
                self.altered += (AlteredEra("place", ERAS_PLACE, "altered or removed", None),)
            elif _has_leaves(connection):
                self.altered = (
                    AlteredEra("era", "0", None, "rows that were removed, and with them their copy, place log/eras"),
                )
            return self._known
        self._known = kept
        written = {era.first: era for era in kept}
        self.altered = tuple(
            _altered(stands.get(first), written.get(first))
            for first in sorted(stands.keys() | written.keys())
            if stands.get(first) != written.get(first) or first not in agreed
        )
        return self._known

    def check(self) -> None:
        """See that no row was altered when they were read last.

        Raises:
            StoreError: One was; it says which, and how it is set right.
        """
        for one in self.altered:
            name = f"{one.table} {one.id}"
            what = f"found {one.stands or 'nothing'}; written: {one.written or 'no such row'}"
            raise StoreError(
                f"{name} was altered in the database ({what}): it says at which places of the log leaves stand. No head is "
                f'signed until it is repaired: cocket ledger audit --set-right "{name}" --reason …',
                code=CODE,
                pointer=name,
                hint="The leaves need no repair: what was acknowledged stands, and is signed afterwards.",
            )

    def keep(self, connection: Connection) -> None:
        """Keep all rows a second time, as they stand: to be called where all of them were just written or adopted."""
        stands, _, _ = self._read(connection)
        Places().put(connection, ERAS_PLACE, msgspec.json.encode(tuple(stands.values())))
        self.load(connection)

    def written(self, connection: Connection) -> tuple[tuple[LogYear, ...] | None, tuple[LogYear, ...], bool]:
        """What this instance wrote, as far as a MAC says so.

        Returns:
            What is kept of all rows, None if that was altered or removed; the rows that agree with their MAC, oldest first;
            and whether there are some and no others.
        """
        stands, agreed, kept = self._read(connection)
        authentic = tuple(era for first, era in stands.items() if first in agreed)
        return kept or None, authentic, bool(agreed) and stands.keys() == agreed

    def restore(self, connection: Connection, eras: Sequence[LogYear]) -> None:
        """Let these be all rows, and keep them a second time."""
        connection.execute("delete from era where first <> all(%s)", ([era.first for era in eras],))
        connection.row_macs.put(connection, ERAS, [msgspec.structs.astuple(era) for era in eras])
        self.keep(connection)

    def order(self, step: int, first: int) -> tuple[int, ...]:
        """The place within its step of each leaf of the step that begins at an index."""
        return ledger.shuffle(self._key, step, first)

    def _read(self, connection: Connection) -> tuple[dict[int, LogYear], set[int], tuple[LogYear, ...] | None]:
        """Rows by their first leaf, those among them that agree with their MAC, and what is kept of them all.

        The last is None if that was altered or removed, or nothing was kept yet.
        """
        rows = connection.execute(_ALL).fetchall()
        *_, value, mac = rows[0]
        written = None if value is None else Places().learnt_from(connection, (ERAS_PLACE, value, mac))
        kept = msgspec.json.decode(written, type=tuple[LogYear, ...]) if written else None
        eras = [row[:-2] for row in rows if row[0] is not None]
        stands = {era[0]: LogYear(*era[:-1]) for era in eras}
        return stands, {era[0] for era in eras if connection.row_macs.agrees(ERAS, era[:-1], era[-1])}, kept

    def close_log(self, connection: Connection, after: LogYear, checkpoint: bytes) -> LogYear:
        """Let the log of an era begin with the last checkpoint of the log before it.

        Raises:
            StoreError: Rows were altered.
        """
        self.load(connection)
        self.check()
        which = "log = %s and begins_with is null", (after.log,)
        connection.row_macs.change(connection, ERAS, which, {"begins_with": checkpoint}, to_change=True)
        self.keep(connection)
        return self.of(after.first)

    def knows(self, first: int | None) -> bool:
        """Whether this era is known, and so every one before it."""
        return bool(self._known) and first is not None and self._known[-1].first >= first

    def of(self, index: int) -> LogYear:
        """The era of a leaf.

        Raises:
            StoreError: None is known that it stands in: rows were altered, and what is kept of them too.
        """
        if not self._known or self._known[0].first > max(0, index):
            self.check()
            raise StoreError(
                f"The rows of era that leaf {index} stands in were removed from the database, and what was kept of them.",
                code=CODE,
                pointer="era",
                hint='Repair them: cocket ledger audit --set-right "era 0" --reason …',
            )
        return self._known[bisect_right(self._known, index, key=_first) - 1]

    def place(self, index: int) -> int:
        """The place of a leaf in its log."""
        return self.standing(index)[1]

    def standing(self, index: int) -> tuple[str, int]:
        """The log of a leaf, and its place there; quick for leaves that follow one another."""
        step = self._step_at
        if index not in step.leaves or step.known is not self._known:
            era = self.of(index)
            if era.step == 1 or index < era.base:
                return era.log, index - era.log_first
            first = index - (index - era.base) % era.step
            leaves, order = (
                range(first, min(first + era.step, self.end(era) or first + era.step)),
                self.order(era.step, first),
            )
            step = self._step_at = _Step(self._known, leaves, era.log, first - era.log_first, order)
        return step.log, step.begins + step.order[index - step.leaves.start]

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


def _has_leaves(connection: Connection) -> bool:
    """Whether a leaf stands in the book, so that an era was begun."""
    row = connection.execute("select exists (select from leaf) or exists (select from heads)").fetchone()
    return bool(row and row[0])


def _first(era: LogYear) -> int:
    return era.first


def _altered(stands: LogYear | None, written: LogYear | None) -> AlteredEra:
    """What is wrong with a row: what stands there, what was written; where both are known, only what differs."""
    first = (stands or written or LogYear(0, "", 0, 0, None)).first
    names = LogYear.__struct_fields__
    if stands and written:
        names = tuple(name for name in names if getattr(stands, name) != getattr(written, name))
        if not names:
            return AlteredEra("era", str(first), "another MAC", "the MAC of this instance")
    return AlteredEra("era", str(first), _in_words(stands, names), _in_words(written, names))


def era_words(era: LogYear) -> str:
    """A row in words."""
    return _in_words(era, LogYear.__struct_fields__) or ""


def _in_words(era: LogYear | None, names: Sequence[str]) -> str | None:
    if era is None:
        return None
    values = ((name, getattr(era, name)) for name in names)
    return ", ".join(f"{name} {value.hex()[:32] if isinstance(value, bytes) else value}" for name, value in values)
