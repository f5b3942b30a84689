# SPDX-License-Identifier: Apache-2.0
"""Putting leaves back that the database lost, on a transaction of the caller that holds the append lock."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from uuid import UUID

import msgspec

from cocket.stores.base.database import Connection
from cocket.stores.ledger.leaves import LEAF_COLUMNS, NewLeaf, keep_promise, leaf_row


class Orphan(msgspec.Struct, frozen=True):
    """A message or record whose leaf is gone.

    Attributes:
        subject: Subject of its leaf, of a record; that of a message follows from the fields after it.
        use: What its key was used for.
        closed: The bytes that were sealed, encrypted.
    """

    record: UUID
    kind: str
    at: datetime
    actor: str
    subject: str
    sender: str
    standard: str | None
    reference: str | None
    use: str
    closed: bytes


def bring_back(connection: Connection, seals: Mapping[int, bytes]) -> None:
    """Let leaves stand of which only index and commitment are known; the append lock is held."""
    for index, seal in sorted(seals.items()):
        connection.execute(
            """insert into leaf (idx, record, kind, at, actor, subject, digest, nonce, seal, include_by)
            values (%s, gen_random_uuid(), 'recovered', now(), '', '', '', '', %s, now())""",
            (index, seal),
        )


def cover_back(connection: Connection, indexes: Sequence[int]) -> None:
    """Let cover leaves stand at places where nothing stands; the append lock is held."""
    ranges: list[list[int]] = []
    for index in sorted(indexes):
        if ranges and ranges[-1][1] == index:
            ranges[-1][1] += 1
        else:
            ranges.append([index, index + 1])
    for first, upto in ranges:
        connection.execute("insert into cover (first, upto) values (%s, %s)", (first, upto))


def put_back(connection: Connection, index: int, leaf: NewLeaf) -> None:
    """Let a leaf stand again at its place; the append lock is held."""
    connection.execute(
        f"""insert into leaf (idx, {LEAF_COLUMNS}) values (%s, %b::uuid, %b::text, %b::timestamptz, %b::text, %b::text,
        %b::bytea, %b::bytea, %b::bytea, %b::timestamptz, %s::bigint)""",
        (index, *leaf_row(leaf)),
    )
    keep_promise(connection, leaf)


#: Messages and records that have no leaf.
_NO_LEAF = "not exists (select from leaf l where l.record = {0}.id)"


def without_leaf(connection: Connection, limit: int) -> list[tuple[str, UUID, str, datetime, str, UUID | None]]:
    """Records, then messages, that have no leaf (0..limit), each oldest first: table, id, kind, time, actor, and what a record is about."""
    found = connection.execute(
        f"""select 'record', r.id, r.kind, r.at, r.actor, r.about from record r where {_NO_LEAF.format("r")}
        union all select 'message', m.id, 'message-' || m.outcome, m.received, m.actor, null from message m
        where {_NO_LEAF.format("m")} order by 1 desc, 4 limit %s""",
        (limit,),
    )
    return [tuple(row) for row in found.fetchall()]


def orphans(connection: Connection, only: UUID | None = None) -> tuple[set[int], list[Orphan]]:
    """Keys that leaves have (slots), and messages and records that have no leaf (0..n), oldest first.

    Args:
        connection: The transaction.
        only: The one message or record that is looked at; None for all.
    """
    used = {row[0] for row in connection.execute("select key from leaf where key is not null").fetchall()}
    messages = connection.execute(
        f"""select m.id, 'message-' || m.outcome, m.received, m.actor, '', m.sender, m.standard, m.reference,
        'content', coalesce(m.content, b.body) from message m left join record_body b on b.id = m.id
        where {_NO_LEAF.format("m")} and m.id = coalesce(%s, m.id) and coalesce(m.content, b.body) is not null
        order by m.received""",
        (only,),
    ).fetchall()
    records = connection.execute(
        f"""select r.id, r.kind, r.at, r.actor, r.subject, '', null, null, 'body',
        coalesce(r.body, b.body) from record r left join record_body b on b.id = r.id
        where {_NO_LEAF.format("r")} and r.id = coalesce(%s, r.id) and coalesce(r.body, b.body) is not null
        order by r.at""",
        (only,),
    ).fetchall()
    return used, [Orphan(*row) for row in (*messages, *records)]
