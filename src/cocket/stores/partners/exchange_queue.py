# SPDX-License-Identifier: Apache-2.0
"""What waits to be sent to partner administrations, what was answered to theirs, and nonces that were taken."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime
from typing import Literal

import msgspec

from cocket.stores.base.database import Connection

#: `out`: a message of ours, to be sent; `in`: the answer that we gave to a message of theirs.
Side = Literal["out", "in"]


class Sending(msgspec.Struct, frozen=True, kw_only=True):
    """How sending under one agreement goes.

    Attributes:
        failing_since: Since when no attempt went well, UTC; None if the last one did.
        attempts: Attempts since then (count).
        next: Not to be tried before, UTC.
        problem: What the last attempt met, in words; empty if it went well.
    """

    failing_since: datetime | None
    attempts: int
    next: datetime
    problem: str


class ExchangeQueue:
    """Rows of the exchange, on a transaction of the caller."""

    def put(self, connection: Connection, identity: str, side: Side, content: bytes, at: datetime) -> None:
        """Keep what is to be sent, or was answered; what was kept before is replaced."""
        connection.execute(
            """insert into exchange_content (id, side, content, since) values (%s, %s, %s, %s)
            on conflict (id, side) do update set content = excluded.content, since = excluded.since""",
            (identity, side, content, at),
        )

    def content(self, connection: Connection, identity: str, side: Side) -> bytes | None:
        """What is kept; None where nothing is."""
        row = connection.execute(
            "select content from exchange_content where id = %s and side = %s", (identity, side)
        ).fetchone()
        return bytes(row[0]) if row else None

    def drop(self, connection: Connection, identity: str, side: Side) -> None:
        """Keep it no longer."""
        connection.execute("delete from exchange_content where id = %s and side = %s", (identity, side))

    def forget(self, connection: Connection, before: datetime, now: datetime) -> None:
        """Throw away answers of before a moment, and nonces whose requests are too old to be taken."""
        connection.execute("delete from exchange_content where side = 'in' and since < %s", (before,))
        connection.execute("delete from exchange_nonce where until < %s", (now,))

    def take_nonce(self, connection: Connection, key: str, nonce: str, until: datetime) -> bool:
        """Take a nonce; False if it was taken before."""
        return (
            connection.execute(
                "insert into exchange_nonce (key, nonce, until) values (%s, %s, %s) on conflict do nothing",
                (key, nonce, until),
            ).rowcount
            == 1
        )

    def sending(self, connection: Connection, agreements: Collection[str]) -> dict[str, Sending]:
        """How sending goes, by agreement; those under which nothing failed or went yet are left out."""
        rows = connection.execute(
            "select agreement, failing_since, attempts, next, problem from exchange_partner where agreement = any(%s)",
            (list(agreements),),
        )
        names = Sending.__struct_fields__
        return {row[0]: Sending(**dict(zip(names, row[1:], strict=True))) for row in rows}

    def went_well(self, connection: Connection, agreement: str, at: datetime) -> None:
        """An attempt went well, or the partner showed that it is there: the next one may be made at once."""
        connection.execute(
            """insert into exchange_partner (agreement, attempts, next, problem) values (%s, 0, %s, '')
            on conflict (agreement) do update set failing_since = null, attempts = 0, next = excluded.next, problem = ''""",
            (agreement, at),
        )

    def hasten(self, connection: Connection, agreement: str, at: datetime) -> None:
        """The partner can be reached again, as far as is seen: what failed may be tried at once, and has failed all the same."""
        connection.execute(
            "update exchange_partner set next = %s where agreement = %s and failing_since is not null and next > %s",
            (at, agreement, at),
        )

    def failed(self, connection: Connection, agreement: str, next_: datetime, at: datetime, problem: str) -> None:
        """An attempt failed, and the next one is not before a moment."""
        connection.execute(
            """insert into exchange_partner (agreement, failing_since, attempts, next, problem) values (%s, %s, 1, %s, %s)
            on conflict (agreement) do update set failing_since = coalesce(exchange_partner.failing_since, excluded.failing_since),
            attempts = exchange_partner.attempts + 1, next = excluded.next, problem = excluded.problem""",
            (agreement, at, next_, problem),
        )
