# SPDX-License-Identifier: Apache-2.0
"""How far each role has got."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, Final

from cocket.errors import RowDiffersError, StoreError
from cocket.stores.base.database import Connection
from cocket.stores.base.row_macs import Protected

PLACES = Protected(table="place", key=("name",), columns=("name", "value"))


#: How far leaves go, and rows of places: equal only if nothing was written there in between.
Sight = tuple[tuple[Any, ...], ...]

#: Under what a transaction notes the values that it has read ahead.
_AHEAD: Final = "places-ahead"


class Places:
    """Single values by name, on a transaction of the caller."""

    def get(self, connection: Connection, name: str) -> bytes | None:
        """A value; None if it was never put.

        Raises:
            StoreError: It is not the one that was put; whoever goes by it stands still.
        """
        try:
            return self._value(connection, name, to_change=True)
        except RowDiffersError as error:
            raise StoreError(f"The stored position {name} was altered.", code="row-differs", hint=error.hint) from error

    def learnt(self, connection: Connection, name: str) -> bytes | None:
        """A value that can be learnt again; None if it was never put, or is not the one that was."""
        return self._value(connection, name, to_change=False)

    def read_ahead(self, connection: Connection, names: Iterable[str]) -> None:
        """Read values in one statement: whoever asks for one in this transaction gets it from there.

        It gets what stands there now, whatever another transaction writes meanwhile. What is put is read again.
        """
        wanted = list(names)
        rows = connection.execute("select name, value, mac from place where name = any(%s)", (wanted,))
        found = {row[0]: row for row in rows.fetchall()}
        connection.notes[_AHEAD] = {name: found.get(name) for name in wanted}

    def with_newest_leaf(self, connection: Connection, names: Iterable[str]) -> Sight:
        """How far leaves go, and values as they stand, unchecked: to see whether anything was written since.

        Args:
            connection: Any connection.
            names: Names of our own (1..n); they stand in the statement itself, so that it has nothing to be made of anew.
        """
        listed = ", ".join(f"'{name}'" for name in names)
        rows = connection.execute(
            f"""select (select max(idx) from leaf), p.name, p.value, p.mac from (select) as one
            left join place p on p.name in ({listed}) order by p.name"""
        )
        return tuple(rows.fetchall())

    def _value(self, connection: Connection, name: str, *, to_change: bool) -> bytes | None:
        ahead = _read_ahead(connection)
        if name in ahead:
            row = ahead[name]
            rows = [] if row is None else [row]
        else:
            rows = connection.execute("select name, value, mac from place where name = %s", (name,)).fetchall()
        return _believed(connection, rows, to_change=to_change)

    def learnt_from(self, connection: Connection, row: tuple[str, bytes, bytes | None]) -> bytes | None:
        """As `learnt`, of a row that was read with others: its name, value and MAC."""
        return _believed(connection, [row], to_change=False)

    def put(self, connection: Connection, name: str, value: bytes) -> None:
        """Keep a value."""
        _read_ahead(connection).pop(name, None)
        connection.row_macs.put(connection, PLACES, [(name, value)])


def _believed(connection: Connection, rows: list[Any], *, to_change: bool) -> bytes | None:
    found = connection.row_macs.believed(connection, PLACES, rows, to_change=to_change)
    return found[0][1] if found else None


def _read_ahead(connection: Connection) -> dict[str, tuple[Any, ...] | None]:
    """What a transaction has read ahead: name → row, None where there is none."""
    ahead: dict[str, tuple[Any, ...] | None] = connection.notes.get(_AHEAD, {})
    return ahead
