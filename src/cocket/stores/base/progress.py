# SPDX-License-Identifier: Apache-2.0
"""How far each role has got."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, Final

from cocket.errors import RowDiffersError, StoreError
from cocket.stores.base.database import Connection
from cocket.stores.base.row_macs import Protected

PLACES = Protected(table="place", key=("name",), columns=("name", "value"))


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
        """Read values in one statement, which may stand in a pipeline: whoever asks for one in this transaction gets it from there.

        It gets what stands there now, whatever another transaction writes meanwhile. What is put is read again.
        """
        wanted = list(names)
        rows = connection.execute("select name, value, mac from place where name = any(%s)", (wanted,))
        connection.notes[_AHEAD] = _Ahead(wanted, rows)

    def _value(self, connection: Connection, name: str, *, to_change: bool) -> bytes | None:
        ahead: _Ahead | None = connection.notes.get(_AHEAD)
        if ahead is not None and name in ahead.names:
            rows: Iterable[tuple[Any, ...]] = ahead.of(name)
        else:
            rows = connection.execute("select name, value, mac from place where name = %s", (name,))
        found = connection.row_macs.believed(connection, PLACES, rows, to_change=to_change)
        return found[0][1] if found else None

    def put(self, connection: Connection, name: str, value: bytes) -> None:
        """Keep a value."""
        ahead: _Ahead | None = connection.notes.get(_AHEAD)
        if ahead is not None:
            ahead.names.discard(name)
        connection.row_macs.put(connection, PLACES, [(name, value)])


class _Ahead:
    """Rows of places that were read ahead.

    Args:
        names: Names that were asked for.
        rows: The answer, which comes when it is first looked at.
    """

    def __init__(self, names: Iterable[str], rows: Iterable[tuple[Any, ...]]) -> None:
        self.names = set(names)
        self._answer = rows
        self._rows: dict[str, tuple[Any, ...]] | None = None

    def of(self, name: str) -> list[tuple[Any, ...]]:
        """The row of a name (0..1)."""
        if self._rows is None:
            self._rows = {row[0]: row for row in self._answer}
        return [self._rows[name]] if name in self._rows else []
