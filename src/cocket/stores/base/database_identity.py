# SPDX-License-Identifier: Apache-2.0
"""Whose database this is: the house that took it, the marks of its keys, and samples by which keys can be tried."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from uuid import UUID

import msgspec

from cocket.stores.base.database import Connection

#: A house at work, and a restored copy that takes nothing in and signs nothing.
LIVE, EXAMINATION = "live", "examination"


class HouseRow(msgspec.Struct, frozen=True):
    """The house that a database belongs to.

    Attributes:
        id: Drawn when it took the database.
        log: Name of its logs, without the year.
        since: When it took it, UTC.
        mode: `live` or `examination`.
    """

    id: UUID
    log: str
    since: datetime
    mode: str


class SealedSample(msgspec.Struct, frozen=True):
    """A leaf with what it seals, as they are stored.

    Attributes:
        index: Its index in the book.
        slot: Where its key is; None where all stands in clear, as before revision 0003.
        kind: What it is.
        at: When it happened, UTC.
        actor: Actor of its opening.
        subject: Subject of its opening.
        digest: SHA-256 of what it seals.
        seal: Its commitment.
        about: What a record is about; None for a message and a record about nothing.
        content: A message's bytes as stored; None for a record.
        content_mac: What the house recognises these bytes by; None for a record.
    """

    index: int
    slot: int | None
    kind: str
    at: datetime
    actor: str
    subject: str
    digest: bytes
    seal: bytes
    about: UUID | None
    content: bytes | None
    content_mac: bytes | None


_SAMPLES = """
select l.idx, {key}, l.kind, l.at, l.actor, l.subject, l.digest, l.seal, r.about, {content}, i.content_mac
from (select * from leaf where idx in (select idx from leaf order by idx limit %(most)s)
    or idx in (select idx from leaf order by idx desc limit %(most)s)) l
left join record r on r.id = l.record left join message m on m.id = l.record {apart}
left join identity i on i.message_id = m.id and i.sender = m.sender and octet_length(i.content_mac) = 32
order by l.idx
"""


def read_house(connection: Connection) -> HouseRow | None:
    """The house of a database; None if none has taken it yet."""
    row = connection.execute("select id, log, since, mode from house").fetchone()
    return HouseRow(*row) if row else None


def read_marks(connection: Connection) -> dict[str, str]:
    """Marks of the house's keys, by name."""
    rows = connection.execute("select name, mark from house_key order by name").fetchall()
    return {str(name): str(mark) for name, mark in rows}


def take(connection: Connection, house: HouseRow) -> HouseRow:
    """Take a database for a house, unless one has; of several at once, one does.

    Returns:
        The house whose it is now.
    """
    connection.execute(
        "insert into house (id, log, since, mode) values (%s, %s, %s, %s) on conflict do nothing",
        msgspec.structs.astuple(house),
    )
    return read_house(connection) or house


def put_marks(connection: Connection, marks: Mapping[str, str]) -> None:
    """Remember marks of keys, in place of those of the same names."""
    for name, mark in marks.items():
        connection.execute(
            """insert into house_key (name, mark, since) values (%s, %s, now())
            on conflict (name) do update set mark = excluded.mark, since = excluded.since""",
            (name, mark),
        )


def set_mode(connection: Connection, mode: str) -> None:
    """Put the house to work, or let it only be looked at."""
    connection.execute("update house set mode = %s", (mode,))


def first_log(connection: Connection) -> str | None:
    """Origin of the first log in this database; None before the first leaf. Before revision 0003, that of its heads."""
    query = "select log from heads order by size limit 1"
    if _has(connection, "era"):
        query = "select log from era order by first limit 1"
    row = connection.execute(query).fetchone()
    return str(row[0]) if row else None


def samples(connection: Connection, most: int) -> list[SealedSample]:
    """The oldest leaves and the newest, each once (0..n): what the oldest seal may be in files of the archive."""
    has_months = _has(connection, "record_body")
    query = _SAMPLES.format(
        key="l.key" if _has(connection, "era") else "null::bigint",
        content="coalesce(m.content, b.body)" if has_months else "m.content",
        apart="left join record_body b on b.id = m.id" if has_months else "",
    )
    return [SealedSample(*row) for row in connection.execute(query, {"most": most})]


def highest_slot(connection: Connection) -> int | None:
    """The highest slot of the keys that a leaf names; None if none does. Needs revision 0003."""
    row = connection.execute("select max(key) from leaf").fetchone()
    return row[0] if row else None


def _has(connection: Connection, table: str) -> bool:
    """Whether the database has a table: `era` came with keys in revision 0003, `record_body` in 0031."""
    row = connection.execute("select to_regclass(%s) is not null", (table,)).fetchone()
    return bool(row and row[0])
