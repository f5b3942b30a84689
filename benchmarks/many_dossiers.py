# SPDX-License-Identifier: Apache-2.0
"""Very many dossiers: those of a day, which came through the real interfaces, copied by COPY into another instance, day after day.

Every row of a copy is what the program itself would have written: ids, days and references of its own, contents encrypted
under keys of their own, leaves that seal them, MACs that agree. What it does not make is the public log over them.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from typing import Any, NamedTuple
from uuid import UUID

import psycopg
from psycopg.rows import dict_row

from cocket.pipeline.base.wiring import Stores
from cocket.stores.base import record_months
from cocket.stores.base.packing import pack, unpack
from cocket.stores.ledger.leaves import ASSESSMENT_PLACE, PROMISES, close_body, leaf_row, open_body
from cocket.stores.operations.protected import PROTECTED

#: Tables whose rows are of a dossier or of its papers; leaves are made for messages and records as they are copied.
_TABLES = (
    "consignment",
    "consignment_key",
    "consignment_mark",
    "consignment_message",
    "identity",
    "assessment",
    "control_order",
    "result",
    "rule_hit",
    "message",
    "record",
)

#: What is copied of a table, where not all of it is: records that are about no dossier or paper are the day's own.
_PART = {"record": "about is not null"}

#: Parts that are encrypted.
_CLOSED = ("content", "reading", "body")

#: What of a table stands in the tables of months, of some rows at least.
_APART = {"message": "content", "record": "body"}

#: By how much the number at the end of a reference grows with each day: more than the day has declarations, and without
#: a common factor with the 10,000 by which the bills of manifests are numbered.
STEP = 2_003

_LEAF = "record, kind, at, actor, subject, digest, nonce, seal, include_by, key, promise_mac, idx"
_LEAF_TYPES = ("uuid", "text", "timestamptz", "text", "text", *["bytea"] * 3, "timestamptz", "int8", "bytea", "int8")

_ENDING = re.compile(r"[0-9A-Z][0-9]{7}(?![0-9A-Z])")
_ID = r"[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[0-9a-f]{4}-[0-9a-f]{12}"


class Kept(NamedTuple):
    """The stores of an instance, and their database."""

    stores: Stores
    dsn: str


def multiply(day: Kept, into: Kept, days: int) -> int:
    """Copy the dossiers of an instance, which has those of one day, into an empty one: as they are, and to the days before.

    The oldest day comes first, as in an instance that has grown by the day. No role of either may run meanwhile.

    Args:
        day: The instance that has them.
        into: The empty one, made with the same keys.
        days: How often (count, 1..n).

    Returns:
        How many dossiers there are now.
    """
    with psycopg.connect(day.dsn, autocommit=True) as connection:
        connection.execute("set timezone = 'UTC'")
        tables = [_Table(connection, name) for name in _TABLES]
        leaves = _leaves(connection)
        endings = _endings(connection)
    stores, dsn = into
    with psycopg.connect(dsn, autocommit=True) as connection:
        indexes = _drop_indexes(connection)
    writer = _Writer(day.stores, stores, tables, leaves, _Renaming(endings))
    for before in reversed(range(days)):
        writer.write(before)
    with stores.database.transaction() as connection:
        last = str(writer.next_index - 1).encode("latin-1")
        stores.places.put(connection, ASSESSMENT_PLACE, last)  # so that nothing waits to be assessed
    with psycopg.connect(dsn, autocommit=True) as plain:
        plain.execute("set maintenance_work_mem = '512MB'")
        for made in indexes:
            plain.execute(made)
        plain.execute("vacuum analyze")
        row = plain.execute("select count(*) from consignment where merged_into is null").fetchone()
    return int(row[0]) if row else 0


class _Table:
    """The rows of a table, and their columns with their types."""

    def __init__(self, connection: psycopg.Connection[Any], name: str) -> None:
        found = connection.execute(
            """select column_name, udt_name from information_schema.columns
            where table_name = %s and table_schema = 'public' and is_identity = 'NO' order by ordinal_position""",
            (name,),
        ).fetchall()
        self.name = name
        self.columns = [row[0] for row in found]
        self.types = [f"{row[1][1:]}[]" if row[1].startswith("_") else row[1] for row in found]
        part = _PART.get(name, "true")
        self.apart = _APART.get(name)
        given = ", ".join(f"coalesce({one}, apart)" if one == self.apart else one for one in self.columns)
        beside = " left join (select id, body as apart from record_body) b using (id)" if self.apart else ""
        self.rows = connection.execute(f"select {given} from {name}{beside} where {part}").fetchall()
        self.macs = [one for one in PROTECTED if one.table == name and one.mac]

    def at(self, column: str) -> int:
        """Where a column stands."""
        return self.columns.index(column)


class _Renaming:
    """Names in texts as they are in a copy: references end in another number, ids are of another day."""

    def __init__(self, endings: set[str]) -> None:
        self._endings = endings
        self._parts: dict[str, list[str]] = {}
        self._pattern = re.compile(f"({_ENDING.pattern}|{_ID})")

    def text(self, text: str, copy: int) -> str:
        """A text of a row, of which there are as many as rows: its parts are kept."""
        parts = self._parts.get(text)
        if parts is None:
            parts = self._parts[text] = self._pattern.split(text)
        return text if len(parts) == 1 else self._joined(parts, copy)

    def content(self, content: bytes, copy: int) -> bytes:
        """A content, whatever its form: what is put in is as long as what it stands for."""
        return self.text(content.decode("latin-1"), copy).encode("latin-1")

    def _joined(self, parts: Sequence[str], copy: int) -> str:
        return "".join(
            part if at % 2 == 0 else str(earlier(UUID(part), copy)) if len(part) == 36 else self._ending(part, copy)
            for at, part in enumerate(parts)
        )

    def _ending(self, ending: str, copy: int) -> str:
        return f"{ending[0]}{int(ending[1:]) + copy * STEP:07d}" if ending in self._endings else ending


class _Writer:
    """Writes copies, one transaction each."""

    def __init__(
        self, day: Stores, stores: Stores, tables: Sequence[_Table], leaves: dict[UUID, Any], renaming: _Renaming
    ) -> None:
        self._stores, self._tables, self._leaves, self._renaming = stores, tables, leaves, renaming
        self._keys, self._keys_of_day = stores.leaves.keys, day.leaves.keys
        self._plain = {table.name: self._opened(table) for table in tables}
        self._changes = {table.name: self._changing(table) for table in tables}
        with stores.database.transaction() as connection:
            self.next_index = 0
            stores.leaves.eras.learn(connection, None, self.next_index)  # the first leaf of all begins the log

    def write(self, copy: int) -> None:
        """Write one copy."""
        with self._stores.database.transaction() as connection:
            macs = connection.row_macs
            leaves: list[tuple[int, Any]] = []
            apart: list[tuple[UUID, bytes]] = []
            self._step = timedelta(days=copy)
            record_months.ensure_months(connection, datetime.now(UTC) - self._step)

            def rows(table: _Table) -> Iterator[list[Any]]:
                places = [([table.at(name) for name in one.columns], table.at(one.mac), one) for one in table.macs]
                for number, row in enumerate(table.rows):
                    new = self._copied(table, number, row, copy)
                    if table.name in ("message", "record"):
                        leaves.append(self._sealed(table, number, new, row))
                    for of, at, one in places:
                        if row[at] is not None:
                            new[at] = macs.mac(one, [new[place] for place in of])
                    if table.apart and (table.name == "message" or record_months.is_apart(new[table.at("kind")])):
                        apart.append((new[table.at("id")], new[table.at(table.apart)]))
                        new[table.at(table.apart)] = None
                    yield new

            for table in self._tables:
                connection.copy_rows(table.name, ", ".join(table.columns), table.types, rows(table))
            record_months.add_many(connection, apart)
            leaves.sort(key=lambda leaf: leaf[0])
            connection.copy_rows("leaf", _LEAF, _LEAF_TYPES, self._placed(macs, [leaf for _, leaf in leaves]))

    def _changing(self, table: _Table) -> list[tuple[int, str]]:
        """Columns that differ in a copy, by their type."""
        kinds = ("uuid", "timestamptz", "date", "text")
        return [(at, kind) for at, kind in enumerate(table.types) if kind in kinds]

    def _copied(self, table: _Table, number: int, row: Sequence[Any], copy: int) -> list[Any]:
        new = list(row)
        for at, kind in self._changes[table.name]:
            value = row[at]
            if value is None:
                continue
            if kind == "uuid":
                new[at] = earlier(value, copy)
            elif kind == "text":
                new[at] = self._renaming.text(value, copy)
            else:
                new[at] = value - self._step
        if table.name == "identity" and copy:
            at = table.at("content_mac")
            new[at] = sha256(row[at] + copy.to_bytes(4, "big")).digest() + row[at][32:]
        for name, plain in self._plain[table.name][number]:
            new[table.at(name)] = self._renaming.content(plain, copy)
        return new

    def _sealed(self, table: _Table, number: int, new: list[Any], row: Sequence[Any]) -> tuple[int, Any]:
        """The leaf of a copied row, whose parts are encrypted here: its place among those of the day, and it."""
        old = self._leaves[row[table.at("id")]]
        key = self._keys.take()
        content = new[table.at("content" if table.name == "message" else "body")]
        subject = old["subject"]
        if table.name == "record":
            subject = self._stores.sealer.subject(str(new[table.at("about")]))
        at = old["at"] - self._step
        named = (new[table.at("id")], old["kind"])
        leaf = self._stores.sealer.again(named, at, (old["actor"], subject), sha256(content).digest(), key)
        for name, _ in self._plain[table.name][number]:
            place = table.at(name)
            new[place] = (
                close_body(key, old["kind"], new[place]) if name == "body" else key.close(name, pack(new[place]))
            )
        if table.name == "record":
            new[table.at("subject")] = subject
        return old["idx"], leaf

    def _placed(self, macs: Any, leaves: Sequence[Any]) -> Iterator[tuple[Any, ...]]:
        for leaf in leaves:
            promise = macs.mac(PROMISES, (leaf.record, leaf.include_by, False))
            yield (*leaf_row(leaf), promise, self.next_index)
            self.next_index += 1

    def _opened(self, table: _Table) -> list[list[tuple[str, bytes]]]:
        """What is encrypted in each row of a table, in clear."""
        closed = [name for name in table.columns if name in _CLOSED and table.name in ("message", "record")]
        if not closed:
            return [[] for _ in table.rows]
        keys = self._keys_of_day.get_many(self._leaves[row[table.at("id")]]["key"] for row in table.rows)
        found = []
        for row in table.rows:
            key = keys[self._leaves[row[table.at("id")]]["key"]]
            opened = {name: row[table.at(name)] for name in closed}
            found.append(
                [
                    (name, open_body(key, part) if name == "body" else unpack(key.open(name, part)))
                    for name, part in opened.items()
                ]
            )
        return found


def earlier(one: UUID, days: int) -> UUID:
    """An id of version 7 as it would be if it had been made so many days before."""
    return UUID(int=one.int - (days * 86_400_000 << 80))


def _leaves(connection: psycopg.Connection[Any]) -> dict[UUID, Any]:
    with connection.cursor(row_factory=dict_row) as cursor:
        rows = cursor.execute("select record, idx, kind, at, actor, subject, key from leaf").fetchall()
    return {row["record"]: row for row in rows}


def _endings(connection: psycopg.Connection[Any]) -> set[str]:
    """The last characters of every reference: one, and a number of seven figures."""
    values = connection.execute(
        """select value from consignment_key where kind <> 'EQUIPMENT'
        union select reference from identity where reference is not null"""
    )
    return {found for (value,) in values for found in _ENDING.findall(value)}


def _drop_indexes(connection: psycopg.Connection[Any]) -> list[str]:
    """Take away the indexes that keep no constraint, and say how each is made again."""
    rows = connection.execute(
        """select c.relname, pg_get_indexdef(i.indexrelid) from pg_index i join pg_class c on c.oid = i.indexrelid
        join pg_class t on t.oid = i.indrelid where t.relname = any(%s) and not i.indisunique""",
        ([*_TABLES, "leaf"],),
    ).fetchall()
    for name, _ in rows:
        connection.execute(f"drop index {name}")
    return [made for _, made in rows]
