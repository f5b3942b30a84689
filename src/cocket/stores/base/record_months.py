# SPDX-License-Identifier: Apache-2.0
"""Contents of messages and bodies of advice, in a table of each month beside those of messages and of records.

The row of a message or record stays for good: links, audits and erasures go by it. What was sealed of it is what is large, and
nobody needs it once the goods are gone, so it stands apart and a month of it can be taken away whole. The key is the id of the
message or record, which begins with the time at which it was made: one rule keeps ids unique over all months, and an id alone
says in which month to look.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from datetime import UTC, date, datetime
from typing import Any, Final
from uuid import UUID

import msgspec
import psycopg

from cocket.stores.base.database import Connection, check_written, part_of

#: Kinds of records whose bodies stand apart: what the instance writes itself for each declaration.
BY_MONTH: Final = ("assessment",)

#: How the kind of the leaf of a message begins; the content of every message stands apart.
OF_MESSAGES: Final = "message-"

#: The table, and its part that takes what belongs to no month there is a part for: it should stay empty.
BODIES: Final = "record_body"
OTHER: Final = "record_body_other"

#: Months ahead for which there are parts (count).
AHEAD: Final = 2

#: A part of one month, by its name.
_NAME = re.compile(r"record_body_(\d{4})_(\d{2})")

#: How long a new part waits for the lock of the part of other ids (milliseconds).
_PATIENCE_MS = 2_000

#: A part is vacuumed after so many new rows, as the other tables that only grow.
_GROWS = """(autovacuum_vacuum_insert_scale_factor = 0, autovacuum_vacuum_insert_threshold = 50000,
autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 50000, autovacuum_analyze_scale_factor = 0,
autovacuum_analyze_threshold = 100000)"""

_ADD = "insert into record_body (id, body) values (%b::uuid, %b::bytea)"

_ADD_ALL = "insert into record_body (id, body) select id, body from unnest(%b::uuid[], %b::bytea[]) as new (id, body)"


class Month(msgspec.Struct, frozen=True, order=True):
    """A month, UTC.

    Attributes:
        year: Of the Gregorian calendar.
        month: 1–12.
    """

    year: int
    month: int

    def __str__(self) -> str:
        return f"{self.year:04}-{self.month:02}"

    @property
    def first(self) -> UUID:
        """The id that sorts before all that are made from its beginning on."""
        return _earliest(self)

    @property
    def end(self) -> UUID:
        """The id that sorts before all that are made after it."""
        return _earliest(self.after(1))

    @property
    def table(self) -> str:
        """Name of its part."""
        return f"{BODIES}_{self.year:04}_{self.month:02}"

    @property
    def bound(self) -> str:
        """What its part takes, as PostgreSQL writes it."""
        return f"FOR VALUES FROM ('{self.first}') TO ('{self.end}')"

    def after(self, months: int) -> Month:
        """The month so many months later; earlier where the number is negative."""
        return _of_number(self.year * 12 + self.month - 1 + months)

    def begins(self) -> date:
        """Its first day."""
        return date(self.year, self.month, 1)


def _of_number(number: int) -> Month:
    return Month(number // 12, number % 12 + 1)


def _earliest(month: Month) -> UUID:
    begins = datetime(month.year, month.month, 1, tzinfo=UTC)
    return UUID(int=int(begins.timestamp() * 1000) << 80)


def month_at(moment: datetime) -> Month:
    """The month of a moment."""
    at = moment.astimezone(UTC)
    return Month(at.year, at.month)


def month_of(identity: UUID) -> Month | None:
    """The month in which an id of ours was made; None for an id that tells no time before the year 9999."""
    try:
        return month_at(datetime.fromtimestamp((identity.int >> 80) / 1000, UTC))
    except (OverflowError, ValueError, OSError):
        return None


def month_named(text: str) -> Month | None:
    """A month as people write it, such as `2026-03`; None if it is not one."""
    found = re.fullmatch(r"(\d{4})-(\d{2})", text.strip())
    if found is None or not (1970 <= int(found[1]) < 9999 and 1 <= int(found[2]) <= 12):
        return None
    return Month(int(found[1]), int(found[2]))


def is_apart(kind: str) -> bool:
    """Whether what leaves of a kind seal stands in the table of its month."""
    return kind in BY_MONTH or kind.startswith(OF_MESSAGES)


def add_one(connection: Connection, identity: UUID, body: bytes) -> psycopg.Cursor[tuple[Any, ...]]:
    """Write one body; what comes back says how many rows were written, in a pipeline only at its end."""
    return connection.execute(_ADD, (identity, body))


def add_all(connection: Connection, bodies: Sequence[tuple[UUID, bytes]]) -> psycopg.Cursor[tuple[Any, ...]]:
    """Write bodies by one statement, which a pipeline can take; what comes back is as for `add_one`."""
    return connection.execute(_ADD_ALL, ([one for one, _ in bodies], [body for _, body in bodies]))


def add_many(connection: Connection, bodies: Iterable[tuple[UUID, bytes]]) -> None:
    """Write bodies.

    Raises:
        StoreError: They were not all written.
    """
    connection.copy_rows(BODIES, "id, body", ["uuid", "bytea"], bodies)


def read_many(connection: Connection, ids: Sequence[UUID]) -> dict[UUID, bytes]:
    """Bodies of records and contents of messages as they are stored, encrypted; those that stand elsewhere are left out.

    The bounds let PostgreSQL look at the months of these ids alone.
    """
    if not ids:
        return {}
    rows = connection.execute(
        "select id, body from record_body where id = any(%s) and id >= %s and id <= %s",
        (list(ids), min(ids), max(ids)),
        binary=True,
    )
    return {identity: bytes(body) for identity, body in rows.fetchall()}


def put_again(connection: Connection, identity: UUID, body: bytes) -> None:
    """Let a record have another body, wherever its own stands.

    Raises:
        StoreError: Its own stands in neither table.
    """
    changed = connection.execute("update record_body set body = %s where id = %s", (body, identity)).rowcount
    if not changed:
        changed = connection.execute(
            "update record set body = %s where id = %s and body is not null", (body, identity)
        ).rowcount
    check_written("record", 1, changed)


def remove(connection: Connection, ids: Sequence[UUID]) -> None:
    """Remove bodies, as far as they stand here."""
    if ids:
        connection.execute(
            "delete from record_body where id = any(%s) and id >= %s and id <= %s", (list(ids), min(ids), max(ids))
        )


def parts(connection: Connection) -> dict[str, str]:
    """Parts of the table: name → what each takes, as PostgreSQL writes it."""
    rows = connection.execute(
        """select c.relname, pg_catalog.pg_get_expr(c.relpartbound, c.oid) from pg_catalog.pg_inherits i
        join pg_catalog.pg_class c on c.oid = i.inhrelid where i.inhparent = 'public.record_body'::regclass order by 1"""
    )
    return {str(name): str(bound) for name, bound in rows.fetchall()}


def month_of_part(name: str) -> Month | None:
    """The month of a part, by its name; None of the one of other ids, and of a table that is no part."""
    found = _NAME.fullmatch(name)
    return month_named(f"{found[1]}-{found[2]}") if found else None


def stray(connection: Connection) -> int:
    """Bodies in the part of other ids (count)."""
    row = connection.execute("select count(*) from record_body_other").fetchone()
    return int(row[0]) if row else 0


def ensure_months(connection: Connection, now: datetime) -> list[Month]:
    """Make the parts of this month and the next ones, as far as they are missing, and those of ids that went astray.

    Args:
        connection: The transaction. It waits two seconds at most for others.
        now: The time, UTC.

    Returns:
        The months for which a part was made (0..n).

    Raises:
        StoreError: Another transaction held it up, or the database refused.
    """
    with part_of(connection):
        there = parts(connection).keys()
        wanted = {month_at(now).after(number) for number in range(AHEAD + 1)}
        if not all(one.table in there for one in wanted) or stray(connection):
            connection.execute("select pg_advisory_xact_lock(hashtext('record months'))")
            connection.execute(f"set local lock_timeout = {_PATIENCE_MS}")
            there = parts(connection).keys()  # as whoever held the lock before left them
            wanted |= {month for month in map(month_of, _stray_ids(connection)) if month is not None}
            made = sorted(one for one in wanted if one.table not in there)
            for month in made:
                _make(connection, month)
            return made
    return []


def _stray_ids(connection: Connection) -> list[UUID]:
    """One id of each month in the part of other ids (0..n)."""
    rows = connection.execute("select min(id::text)::uuid from record_body_other group by left(id::text, 8)")
    return [row[0] for row in rows.fetchall()]


def _make(connection: Connection, month: Month) -> None:
    """Make the part of a month, and move to it what went into the one of other ids meanwhile."""
    name, bounds = month.table, {"first": month.first, "end": month.end}
    connection.execute(f"create table {name} (like {OTHER} including all) with {_GROWS}")
    connection.execute(f"lock table {OTHER} in access exclusive mode")
    connection.execute(
        f"""with moved as (delete from {OTHER} where id >= %(first)s and id < %(end)s returning id, body)
        insert into {name} (id, body) select id, body from moved""",
        bounds,
    )
    connection.execute(f"alter table {BODIES} attach partition {name} {month.bound}")
