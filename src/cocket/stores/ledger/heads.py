# SPDX-License-Identifier: Apache-2.0
"""When heads were signed, as the database remembers it."""

from __future__ import annotations

from datetime import datetime

from cocket.stores.base.database import Connection


def signed_at(connection: Connection, log: str, size: int) -> datetime | None:
    """When the head of a log over so many entries was committed to, UTC; None if the database does not know of it."""
    row = connection.execute("select at from heads where log = %s and size = %s", (log, size)).fetchone()
    return row[0] if row else None
