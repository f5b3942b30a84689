# SPDX-License-Identifier: Apache-2.0
"""How far each role has got."""

from __future__ import annotations

from cocket.stores.database import Connection


class Places:
    """Single values by name, on a transaction of the caller."""

    def get(self, connection: Connection, name: str) -> bytes | None:
        """A value; None if it was never put."""
        row = connection.execute("select value from place where name = %s", (name,)).fetchone()
        return row[0] if row else None

    def put(self, connection: Connection, name: str, value: bytes) -> None:
        """Keep a value."""
        connection.execute(
            "insert into place values (%s, %s) on conflict (name) do update set value = excluded.value", (name, value)
        )
