# SPDX-License-Identifier: Apache-2.0
"""How far each role has got."""

from __future__ import annotations

from cocket.errors import RowDiffersError, StoreError
from cocket.stores.base.database import Connection
from cocket.stores.base.row_macs import Protected

PLACES = Protected(table="place", key=("name",), columns=("name", "value"))


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

    def _value(self, connection: Connection, name: str, *, to_change: bool) -> bytes | None:
        rows = connection.execute("select name, value, mac from place where name = %s", (name,))
        found = connection.row_macs.believed(connection, PLACES, rows, to_change=to_change)
        return found[0][1] if found else None

    def put(self, connection: Connection, name: str, value: bytes) -> None:
        """Keep a value."""
        connection.row_macs.put(connection, PLACES, [(name, value)])
