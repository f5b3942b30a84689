# SPDX-License-Identifier: Apache-2.0
"""What binds a derived row to what was sealed: a keyed MAC over its table, its key and its values.

Whoever can write to the database, and does not have the key, can change a row but not its MAC. Each store writes the
MAC with the row and believes a row only if its MAC agrees; see `RowMacs.believed`, the one way in. A row that does not
agree is noted in `row_difference`, where pages, health and the audit find it.

A MAC cannot show that a row was deleted, or that an older version of it was put back with its own MAC: that is for the
audit, which makes rows again from sealed records.
"""

from __future__ import annotations

import hmac
from collections.abc import Collection, Iterable, Mapping, Sequence
from decimal import Decimal
from hashlib import blake2b
from typing import Any, Final
from uuid import UUID

import msgspec
import psycopg

from cocket.errors import RowDiffersError, StoreError
from cocket.stores.base.home_marks import MarkedConnection

#: The transaction of whoever asks; `cocket.stores.base.database` makes them.
Connection = MarkedConnection

#: Length of a MAC (bytes).
MAC_BYTES = 16

#: Types of PostgreSQL whose values are written in one form before they come under a MAC, and those that are read as floats.
_NUMERIC, _FLOATS = 1700, frozenset({700, 701})

#: How many rows a sweep has in memory at a time (count).
_SWEPT_AT_ONCE = 2000

_ENCODE = msgspec.msgpack.Encoder(decimal_format="string", uuid_format="bytes").encode


class Protected(msgspec.Struct, frozen=True, kw_only=True):
    """Columns of a table that one MAC covers.

    Attributes:
        table: Name of the table.
        key: Columns that name the row (1..n).
        columns: Every column under the MAC, those of the key among them, in the order in which they are read.
        mac: Column of the MAC; empty where the rows bear none, and only the audit holds them against records.
        floats: Columns of `double precision`, in which a whole number is the same as its float.
        about: Column that names the dossier the row is about; None if none does.
        empty: Values of a row that was made and not yet written to, without its key; such a row needs no MAC.
    """

    table: str
    key: tuple[str, ...]
    columns: tuple[str, ...]
    mac: str = "mac"
    floats: tuple[str, ...] = ()
    about: str | None = None
    empty: Mapping[str, Any] | None = None

    @property
    def read(self) -> str:
        """Its columns and its MAC, as a list of SQL."""
        return ", ".join((*self.columns, self.mac or "null::bytea"))

    def key_of(self, values: Sequence[Any]) -> str:
        """The row's key as one text, as PostgreSQL writes it."""
        key = [values[self.columns.index(name)] for name in self.key]
        return " ".join(f"\\x{one.hex()}" if isinstance(one, bytes) else str(one) for one in key)

    def about_of(self, values: Sequence[Any]) -> UUID | None:
        """The dossier the row is about; None if it is about none."""
        return values[self.columns.index(self.about)] if self.about else None

    def is_empty(self, values: Sequence[Any]) -> bool:
        """Whether nothing was written to the row yet."""
        return self.empty is not None and all(values[self.columns.index(k)] == v for k, v in self.empty.items())


class RowMacs:
    """Makes and checks the MACs of rows.

    Args:
        key: The key `rows` (32 bytes); None in a process that reads no protected table.
    """

    def __init__(self, key: bytes | None) -> None:
        self._key = key
        self._plans: dict[str, tuple[Any, tuple[int, ...]]] = {}

    def agrees_without(self, protected: Protected, names: Collection[str], rows: Sequence[Sequence[Any]]) -> list[bool]:
        """Whether rows were as the house wrote them when their table did not have some columns yet.

        Args:
            protected: The table as it is now.
            names: The columns it did not have.
            rows: Its columns in the order of `protected.columns`, then the MAC.
        """
        former = msgspec.structs.replace(protected, columns=tuple(one for one in protected.columns if one not in names))
        macs = RowMacs(self._key)
        places = [protected.columns.index(one) for one in former.columns]
        return [macs.agrees(former, [row[at] for at in places], row[-1]) for row in rows]

    def mac(self, protected: Protected, values: Sequence[Any]) -> bytes:
        """The MAC of a row (16 bytes).

        Args:
            protected: Its table.
            values: Its values in the order of `protected.columns`.

        Raises:
            StoreError: This process was opened without the key.
        """
        plan = self._plans.get(protected.table + protected.mac) or self._plan(protected)
        start, floats = plan
        plain = [plain_decimal(value) if type(value) is Decimal else value for value in values]
        for at in floats:
            plain[at] = None if plain[at] is None else float(plain[at])
        hashing = start.copy()
        hashing.update(_ENCODE(plain))
        return bytes(hashing.digest())

    def _plan(self, protected: Protected) -> tuple[Any, tuple[int, ...]]:
        """A hash that has taken in the key and the names, and which columns are floats."""
        if self._key is None:
            raise StoreError("The database was opened without the key `rows`; its rows cannot be verified.")
        names = _ENCODE([protected.table, protected.mac, protected.key, protected.columns])
        start = blake2b(names, key=self._key, digest_size=MAC_BYTES, person=b"cocket-row-v1")
        floats = tuple(protected.columns.index(name) for name in protected.floats)
        self._plans[protected.table + protected.mac] = (start, floats)
        return start, floats

    def agrees(self, protected: Protected, values: Sequence[Any], mac: bytes | None) -> bool:
        """Whether a row is as the house wrote it."""
        if not protected.mac:
            return True
        if mac is None:
            return protected.is_empty(values)
        return hmac.compare_digest(self.mac(protected, values), mac)

    def believed(
        self, connection: Connection, protected: Protected, rows: Iterable[Sequence[Any]], *, to_change: bool = False
    ) -> list[tuple[Any, ...]]:
        """Rows that agree with their MAC; the others are noted and left out.

        Args:
            connection: The transaction.
            protected: The table.
            rows: Its columns in the order of `protected.columns`, then the MAC.
            to_change: Whether something is to be done to the rows: then one that does not agree is refused.

        Returns:
            The rows that agree, without their MACs.

        Raises:
            RowDiffersError: A row that is to be changed does not agree.
        """
        found = []
        for row in rows:
            values = tuple(row[:-1])
            if self.agrees(protected, values, row[-1]):
                found.append(values)
            elif to_change:
                raise RowDiffersError(
                    f"The {words(protected.table)} {protected.key_of(values)} does not agree with its sealed record; "
                    "nothing was done.",
                    pointer=f"{protected.table} {protected.key_of(values)}",
                    hint="`cocket ledger audit --home HOME` shows what was sealed; --set-right repairs the row.",
                )
            else:
                note(connection, protected, values)
        return found

    def put(
        self,
        connection: Connection,
        protected: Protected,
        rows: Iterable[Sequence[Any]],
        more: Mapping[str, Any] | None = None,
    ) -> None:
        """Write whole rows, new or in place of those of the same key, with their MACs.

        Args:
            connection: The transaction.
            protected: The table.
            rows: Its columns in the order of `protected.columns` (0..n).
            more: Columns besides, which are the same in each and under no MAC.
        """
        besides = more or {}
        given = [(*row, *((self.mac(protected, row),) if protected.mac else ()), *besides.values()) for row in rows]
        if not given:
            return
        columns = (*protected.columns, *((protected.mac,) if protected.mac else ()), *besides)
        sets = ", ".join(f"{name} = excluded.{name}" for name in columns if name not in protected.key)
        insert = f"""insert into {protected.table} ({", ".join(columns)}) values ({", ".join(["%s"] * len(columns))})
            on conflict ({", ".join(protected.key)}) do update set {sets}"""
        with connection.cursor() as cursor:
            if len(given) == 1:  # nearly always: a pipeline of one waits twice
                cursor.execute(insert, given[0])
            else:
                cursor.executemany(insert, given)

    def change(
        self,
        connection: Connection,
        protected: Protected,
        which: tuple[str, Sequence[Any] | Mapping[str, Any]],
        new: Mapping[str, Any],
        *,
        to_change: bool = False,
    ) -> int:
        """Change columns of rows, and with them their MACs; rows that do not agree keep a MAC that does not.

        Args:
            connection: The transaction.
            protected: The table.
            which: Condition of SQL, and its values.
            new: Column → value.
            to_change: Whether a row that does not agree is refused.

        Returns:
            How many rows were changed.

        Raises:
            RowDiffersError: A row that is to be changed does not agree, where `to_change` says so.
        """
        condition, given = which
        rows = connection.execute(
            f"select {protected.read} from {protected.table} where {condition} for update", given
        ).fetchall()
        agreed = {protected.key_of(row) for row in self.believed(connection, protected, rows, to_change=to_change)}
        sets = ", ".join(f"{name} = %s" for name in (*new, protected.mac))
        named = " and ".join(f"{name} = %s" for name in protected.key)
        updates = []
        for row in rows:
            values = [new.get(name, value) for name, value in zip(protected.columns, row, strict=False)]
            mac = self.mac(protected, values) if protected.key_of(row) in agreed else b""
            key = [row[protected.columns.index(name)] for name in protected.key]
            updates.append((*new.values(), mac, *key))
        if updates:
            with connection.cursor() as cursor:
                cursor.executemany(f"update {protected.table} set {sets} where {named}", updates)
        return len(updates)

    def sweep(
        self, connection: Connection, protected: Protected, which: tuple[str, Sequence[Any]] = ("true", ())
    ) -> None:
        """Check every row of a table that fits a condition, and note those that do not agree.

        For what is counted in SQL: sweep first, then leave out with `unnoted`.
        """
        with connection.cursor(name="sweep", binary=True) as cursor:
            cursor.itersize = _SWEPT_AT_ONCE
            cursor.execute(f"select {protected.read} from {protected.table} where {which[0]}", which[1])
            bad = self._differing(protected, cursor)
        for values in bad:
            note(connection, protected, values)

    def _differing(self, protected: Protected, rows: psycopg.ServerCursor[tuple[Any, ...]]) -> list[tuple[Any, ...]]:
        """Rows that do not agree, without their MACs; as `agrees` says, and quicker for so many."""
        if not protected.mac:
            return []
        start, floats = self._plans.get(protected.table + protected.mac) or self._plan(protected)
        kinds = [one.type_code for one in rows.description or ()]
        is_plain = _NUMERIC not in kinds and all(kinds[at] in _FLOATS for at in floats)
        if not is_plain:
            return [row[:-1] for row in rows if not self.agrees(protected, row[:-1], row[-1])]
        differ = []
        for row in rows:
            values, mac = row[:-1], row[-1]
            if mac is None:
                if not protected.is_empty(values):
                    differ.append(values)
                continue
            hashing = start.copy()
            hashing.update(_ENCODE(values))
            if not hmac.compare_digest(hashing.digest(), mac):
                differ.append(values)
        return differ


def unnoted(protected: Protected, alias: str) -> str:
    """Condition of SQL that leaves out the rows of a table that were noted as different."""
    key = " || ' ' || ".join(f"{alias}.{name}::text" for name in protected.key)
    return f"not exists (select from row_difference d where d.tbl = '{protected.table}' and d.id = {key})"


def note(connection: Connection, protected: Protected, values: Sequence[Any]) -> None:
    """Note that a row does not agree with its MAC, where pages, health and the audit find it."""
    connection.pending.noted[(protected.table, protected.key_of(values))] = True
    connection.execute(
        """insert into row_difference (tbl, id, col, stands, about) values (%s, %s, '', %s, %s)
        on conflict do nothing""",
        (protected.table, protected.key_of(values), shown(values), protected.about_of(values)),
    )


#: Columns of text that hold what a secret was hashed to.
_SECRET: Final = frozenset({"password_hash"})


def shown(values: Sequence[Any], columns: Sequence[str] = ()) -> str:
    """Values of a row in words, shortened, for the list of differences; no secret is among them.

    Args:
        values: The values.
        columns: Their columns, where one of them may be a secret.
    """
    secret = [name in _SECRET for name in columns] or [False] * len(values)
    told = (
        "–" if value is None else "…" if is_secret or isinstance(value, bytes) else str(value)
        for value, is_secret in zip(values, secret, strict=True)
    )
    return ", ".join(told)[:500]


def words(table: str) -> str:
    """A table's name in words."""
    return table.replace("_", " ")


def plain_decimal(value: Decimal) -> str:
    """A decimal in its one shortest form: the database may give back more zeros than were written."""
    text = f"{value:f}"
    text = text.rstrip("0").rstrip(".") if "." in text else text
    return "0" if text in ("", "-0") else text
