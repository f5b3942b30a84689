# SPDX-License-Identifier: Apache-2.0
"""Leases: what only one process may do at a time, for as long as it goes on saying so.

Each new holder has a higher term. A holder that was frozen past its lease finds another term when it wakes up, and so
knows that it may not go on.
"""

from __future__ import annotations

from cocket.stores.base.database import Connection


class Lease:
    """One lease.

    Args:
        name: What it is for.
        seconds: How long it lasts without being renewed.
    """

    def __init__(self, name: str, seconds: float) -> None:
        self._name = name
        self._seconds = seconds

    def take(self, connection: Connection, holder: str, *, is_successor: bool) -> int | None:
        """Take the lease, if it is free.

        Args:
            connection: The transaction.
            holder: Who asks.
            is_successor: Whether an earlier holder of this very name is known to be gone.

        Returns:
            The term; None while another holds it.
        """
        row = connection.execute(
            """insert into lease (name, holder, term, until)
            values (%(name)s, %(holder)s, 1, now() + make_interval(secs => %(seconds)s))
            on conflict (name) do update set holder = excluded.holder, term = lease.term + 1, until = excluded.until
            where lease.until < now() or (lease.holder = excluded.holder and %(is_successor)s) returning term""",
            {"name": self._name, "holder": holder, "seconds": self._seconds, "is_successor": is_successor},
        ).fetchone()
        return int(row[0]) if row else None

    def end(self, connection: Connection, term: int) -> None:
        """Give the lease up, if it is still held."""
        connection.execute("update lease set until = now() where name = %s and term = %s", (self._name, term))

    def renew(self, connection: Connection, term: int) -> bool:
        """Go on holding the lease; False if another has taken it. Its row is locked until the transaction ends."""
        row = connection.execute(
            """update lease set until = now() + make_interval(secs => %s) where name = %s and term = %s returning true""",
            (self._seconds, self._name, term),
        ).fetchone()
        return row is not None
