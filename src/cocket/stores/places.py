# SPDX-License-Identifier: Apache-2.0
"""How far each role has got, and which files of a host have been taken in."""

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

    def file_digest(self, connection: Connection, path: bytes, size: int, modified: int) -> bytes | None:
        """Digest of a file already taken in, if it has not changed since; None otherwise."""
        row = connection.execute(
            "select digest from feed_file where path = %s and size = %s and modified = %s", (path, size, modified)
        ).fetchone()
        return row[0] if row else None

    def put_file(self, connection: Connection, path: bytes, stat: tuple[int, int], digest: bytes) -> None:
        """Note a file as taken in, with its size (bytes) and time of change (ns)."""
        connection.execute(
            """insert into feed_file values (%s, %s, %s, %s)
            on conflict (path) do update set size = excluded.size, modified = excluded.modified, digest = excluded.digest""",
            (path, *stat, digest),
        )
