# SPDX-License-Identifier: Apache-2.0
"""The copy of the risk history in the database, from which a home that lost its own reads each value when it is asked for.

A row is one value, with its key, encrypted under a key that stands in the file of keys and nowhere else: an erasure destroys it,
and with it every copy in any backup of the database. Which store it follows, and after which leaf it stands, is one place under a
MAC, with the sum over all its values: a row that was removed, or put back as it was before, makes another sum.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import AbstractContextManager
from hashlib import blake2b
from typing import Any, Final

import msgspec

from cocket.errors import StoreError
from cocket.stores.base.database import HISTORY_LOCK, Connection
from cocket.stores.base.subject_keys import SubjectKey
from cocket.stores.risk.kept_history import DamagedHistoryError

#: Under which name the places of the database have it.
COPY_PLACE: Final = "analysts-copy"

#: Rows that are written with one statement at most (count), and bytes after which no further value goes into it: a value may have
#: megabytes, and PostgreSQL takes no parameter of 1 GB.
_TOGETHER: Final = 2_000
_TOGETHER_BYTES: Final = 16_000_000

_NAME_BYTES: Final = 16


class CopyStanding(msgspec.Struct, frozen=True, kw_only=True):
    """What the copy is.

    Attributes:
        id: Of the store that it follows.
        slot: Of the key under which its values are encrypted.
        edition: What the history was made by.
        upto: Leaf after which it stands.
        leaf: What is sealed there.
        changes: Of the store, when it stood so (count).
        digest: Sum over its values, as the store has it.
        copied: Key up to which the store was gone through for the first time; None once all of it was: only then the copy is whole.
            Until then it has nothing behind that key.
        done: Values that were copied when it was gone through (count); None in one that an earlier version began, which may have
            values behind that key, and is begun again.
        total: Values that the store had then (count).
    """

    id: bytes
    slot: int
    edition: str
    upto: int
    leaf: bytes
    changes: int
    digest: bytes
    copied: bytes | None = None
    done: int | None = None
    total: int = 0

    @property
    def is_partial(self) -> bool:
        """Whether the store was not yet gone through to its end."""
        return self.copied is not None


def copy_standing(value: bytes | None) -> CopyStanding | None:
    """What a place says of the copy; None if it says nothing."""
    return msgspec.msgpack.decode(value, type=CopyStanding) if value else None


class HistoryCopy:
    """The rows of the copy, on transactions of the caller.

    Args:
        key: Under which they are encrypted.
    """

    def __init__(self, key: SubjectKey) -> None:
        self._key = key

    def put(self, connection: Connection, changes: Iterable[tuple[bytes, bytes | None]]) -> None:
        """Write values, new or in place of those of the same key; None removes one."""
        for some in _portions(changes):
            gone = [self._name(key) for key, value in some if value is None]
            rows = [self._closed(self._name(key), key, value) for key, value in some if value is not None]
            if gone:
                connection.execute("delete from history_value where name = any(%b::bytea[])", (gone,))
            if rows:
                connection.execute(
                    """insert into history_value (name, value) select * from unnest(%b::bytea[], %b::bytea[])
                    on conflict (name) do update set value = excluded.value""",
                    ([name for name, _ in rows], [value for _, value in rows]),
                )

    def add(self, connection: Connection, entries: Iterable[tuple[bytes, bytes]]) -> None:
        """Write values of keys that have none yet."""
        rows = (self._closed(self._name(key), key, value) for key, value in entries)
        connection.copy_rows("history_value", "name, value", ("bytea", "bytea"), rows)

    def get_many(self, connection: Connection, keys: Sequence[bytes]) -> dict[bytes, bytes]:
        """The values of some keys; those that have none are left out.

        Raises:
            DamagedHistoryError: One is not as it was written.
        """
        found: dict[bytes, bytes] = {}
        for start in range(0, len(keys), _TOGETHER):
            names = [self._name(key) for key in keys[start : start + _TOGETHER]]
            rows = connection.execute(
                "select name, value from history_value where name = any(%b::bytea[])", (names,), binary=True
            )
            found |= dict(self._opened(*row) for row in rows.fetchall())
        return found

    def after(
        self, connection: Connection, name: bytes, count: int, size: int = _TOGETHER_BYTES
    ) -> tuple[list[tuple[bytes, bytes]], bytes]:
        """Keys and values of some rows behind a name, and the name of the last (that one again where none is left).

        Args:
            connection: The transaction.
            name: The name.
            count: Rows at most.
            size: Bytes after which no further row is taken.

        Raises:
            DamagedHistoryError: One is not as it was written.
        """
        rows = connection.execute(
            """select name, value from (
                select name, value, sum(octet_length(value)) over (order by name) - octet_length(value) as before
                from (select name, value from history_value where name > %s order by name limit %s) few
            ) summed where before < %s order by name""",
            (name, count, size),
            binary=True,
        ).fetchall()
        return [self._opened(*row) for row in rows], bytes(rows[-1][0]) if rows else name

    def _name(self, key: bytes) -> bytes:
        return blake2b(key, key=self._key.secret, digest_size=_NAME_BYTES, person=b"cocket-history").digest()

    def _closed(self, name: bytes, key: bytes, value: bytes) -> tuple[bytes, bytes]:
        return name, self._key.close_again(_use(name), msgspec.msgpack.encode((key, value)))

    def _opened(self, name: bytes, closed: bytes) -> tuple[bytes, bytes]:
        try:
            key, value = msgspec.msgpack.decode(self._key.open(_use(name), bytes(closed)), type=tuple[bytes, bytes])
        except (StoreError, msgspec.MsgspecError) as error:
            raise DamagedHistoryError("A value of the history's copy in the database was altered.") from error
        return key, value


class CopySource:
    """The copy as what a store lacks is read from: each value in a transaction of its own.

    Args:
        copy: The copy.
        transaction: Begins a transaction.
    """

    def __init__(self, copy: HistoryCopy, transaction: Callable[[], AbstractContextManager[Connection]]) -> None:
        self._copy, self._transaction = copy, transaction

    def get_many(self, keys: Sequence[bytes], /) -> dict[bytes, bytes]:
        """The values of some keys; those that have none are left out."""
        with self._transaction() as connection:
            return self._copy.get_many(connection, keys)

    def items(self, prefix: bytes, /) -> Iterator[tuple[bytes, bytes]]:
        """Everything whose key begins so, in no order (0..n)."""
        last, rows = self._from(b"")
        while rows:
            yield from (one for one in rows if one[0].startswith(prefix))
            last, rows = self._from(last)

    def some(
        self, connection: Connection, name: bytes, count: int, size: int
    ) -> tuple[list[tuple[bytes, bytes]], bytes]:
        """As `HistoryCopy.after`, on a transaction of the caller."""
        return self._copy.after(connection, name, count, size)

    def _from(self, name: bytes) -> tuple[bytes, list[tuple[bytes, bytes]]]:
        with self._transaction() as connection:
            rows, last = self._copy.after(connection, name, _TOGETHER)
            return last, rows


def hold_copy(connection: Connection) -> None:
    """Let nobody clear the copy before this transaction ends; to be asked before it is looked what the copy is."""
    connection.execute("select pg_advisory_xact_lock(%s)", (HISTORY_LOCK,))


def clear_copy(connection: Connection) -> None:
    """Remove every value, with the room it took."""
    hold_copy(connection)
    connection.execute("truncate history_value")


def _portions(changes: Iterable[tuple[bytes, bytes | None]]) -> Iterator[list[tuple[bytes, bytes | None]]]:
    """Changes as they go into one statement each."""
    some: list[tuple[bytes, bytes | None]] = []
    size = 0
    for key, value in changes:
        some.append((key, value))
        size += len(value or b"")
        if len(some) >= _TOGETHER or size >= _TOGETHER_BYTES:
            yield some
            some, size = [], 0
    if some:
        yield some


def _use(name: Any) -> str:
    return f"history {bytes(name).hex()}"
