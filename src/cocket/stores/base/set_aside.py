# SPDX-License-Identifier: Apache-2.0
"""What a role set aside because it could not be worked on: what, why, and how it stands."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any, Literal
from uuid import UUID

import msgspec

from cocket.stores.base.database import Connection

#: How a thing set aside stands: it waits for an operator, is to be tried again, was worked on after all, or was closed
#: without.
State = Literal["waiting", "retrying", "worked", "closed"]


class StoredSetAside(msgspec.Struct, frozen=True, kw_only=True):
    """One thing that a role set aside.

    Attributes:
        id: Our id.
        role: Role that could not work on it, by its sealed name: desk (the assessment worker), book (the log), tracker, ingress,
            feeds, intake.
        kind: What it is: message, record, recall, device-message, device, manifest, fleet, host-row, leaf, lost.
        subject: Its id or name within its kind.
        about: Message or consignment; None if about none.
        leaf: Index of its leaf; None if it has none.
        what: What it is, in words.
        code: Code of the error.
        reason: Why, in words.
        mark: The same for the same error, so that a defect of the house is told from one bad thing.
        first: When it was set aside first (UTC).
        last: When it was tried last (UTC).
        attempts: How often it failed (count).
        state: How it stands.
        record: The newest sealed record of it; None until it is sealed.
        content: Bytes to work on again, where they are sealed nowhere else yet.
    """

    id: UUID
    role: str
    kind: str
    subject: str
    about: UUID | None
    leaf: int | None
    what: str
    code: str
    reason: str
    mark: str
    first: datetime
    last: datetime
    attempts: int = 1
    state: State = "waiting"
    record: UUID | None = None
    content: bytes | None = None


class SetAsideCount(msgspec.Struct, frozen=True, kw_only=True):
    """How much of one role's is set aside and open.

    Attributes:
        role: The role.
        open: Things that wait or are to be tried again (count).
        since: When the first of them was set aside (UTC).
    """

    role: str
    open: int
    since: datetime


_NAMES = StoredSetAside.__struct_fields__
_COLUMNS = ", ".join(_NAMES)
_OPEN = "state in ('waiting', 'retrying')"


class SetAside:
    """Things set aside, on a transaction of the caller."""

    def counts(self, connection: Connection) -> list[SetAsideCount]:
        """How much is open, by role (0..n); a role without anything open is left out."""
        rows = connection.execute(
            f"select role, count(*), min(first) from set_aside where {_OPEN} group by role order by role"
        )
        return [SetAsideCount(role=row[0], open=row[1], since=row[2]) for row in rows]

    def count_of(self, connection: Connection, kind: str) -> int:
        """How many things of a kind are open (count)."""
        row = connection.execute(f"select count(*) from set_aside where {_OPEN} and kind = %s", (kind,)).fetchone()
        return int(row[0]) if row else 0

    def put(self, connection: Connection, new: StoredSetAside, keys: Sequence[tuple[str, str]] = ()) -> StoredSetAside:
        """Keep a thing set aside; one that is known already has failed once more, and stands as the new one.

        Args:
            connection: The transaction.
            new: The thing.
            keys: Keys of the dossiers that it would have gone to (0..n).

        Returns:
            It, as it stands now.
        """
        marks = ", ".join(["%s"] * len(_NAMES))
        row = connection.execute(
            f"""insert into set_aside as s ({_COLUMNS}) values ({marks}) on conflict (role, kind, subject) do update set
            code = excluded.code, reason = excluded.reason, mark = excluded.mark, last = excluded.last,
            attempts = s.attempts + 1, state = excluded.state, record = excluded.record,
            content = coalesce(excluded.content, s.content) returning {_COLUMNS}""",
            msgspec.structs.astuple(new),
        ).fetchone()
        stands = _stored(row) if row else new
        if keys:
            connection.execute(
                """insert into set_aside_key (set_aside, kind, value)
                select %s, * from unnest(%b::text[], %b::text[]) on conflict do nothing""",
                (stands.id, [key[0] for key in keys], [key[1] for key in keys]),
            )
        return stands

    def get(self, connection: Connection, wanted: UUID, *, to_change: bool = False) -> StoredSetAside | None:
        """One thing; None if there is none. Where it is to be changed, others wait until the transaction ends."""
        lock = " for update" if to_change else ""
        row = connection.execute(f"select {_COLUMNS} from set_aside where id = %s{lock}", (wanted,)).fetchone()
        return _stored(row) if row else None

    def find(self, connection: Connection, role: str, kind: str, subject: str) -> StoredSetAside | None:
        """One thing by what it is; None if it was never set aside."""
        row = connection.execute(
            f"select {_COLUMNS} from set_aside where role = %s and kind = %s and subject = %s", (role, kind, subject)
        ).fetchone()
        return _stored(row) if row else None

    def listed(
        self,
        connection: Connection,
        *,
        is_open: bool = True,
        role: str | None = None,
        offset: int = 0,
        limit: int = 100,
    ) -> tuple[list[StoredSetAside], int]:
        """Things set aside, those set aside last first.

        Args:
            connection: The transaction.
            is_open: Whether only what is open.
            role: Only of this role; None for all.
            offset: How many to leave out.
            limit: How many to give at most.

        Returns:
            Those asked for (0..limit), and how many there are in all.
        """
        where = f"where (%(role)s::text is null or role = %(role)s) {'and ' + _OPEN if is_open else ''}"
        asked: dict[str, Any] = {"role": role, "offset": offset, "limit": limit}
        rows = connection.execute(
            f"select {_COLUMNS} from set_aside {where} order by last desc, id limit %(limit)s offset %(offset)s", asked
        ).fetchall()
        count = connection.execute(f"select count(*) from set_aside {where}", asked).fetchone()
        return [_stored(row) for row in rows], count[0] if count else 0

    def of_role(
        self, connection: Connection, role: str, states: Sequence[State], limit: int = 1000
    ) -> list[StoredSetAside]:
        """Things of one role in some states, the oldest first (0..limit)."""
        rows = connection.execute(
            f"select {_COLUMNS} from set_aside where role = %s and state = any(%s) order by first, id limit %s",
            (role, list(states), limit),
        )
        return [_stored(row) for row in rows]

    def open_of_kind(self, connection: Connection, kind: str) -> list[StoredSetAside]:
        """Everything of one kind that is open, the oldest first (0..n)."""
        rows = connection.execute(
            f"select {_COLUMNS} from set_aside where kind = %s and {_OPEN} order by first, id", (kind,)
        )
        return [_stored(row) for row in rows]

    def unsealed(self, connection: Connection, role: str, limit: int = 100) -> list[StoredSetAside]:
        """Things of a role that are not sealed yet, the oldest first (0..limit)."""
        rows = connection.execute(
            f"select {_COLUMNS} from set_aside where record is null and role = %s order by first, id limit %s",
            (role, limit),
        )
        return [_stored(row) for row in rows]

    def about(self, connection: Connection, wanted: UUID) -> list[StoredSetAside]:
        """What is open about one message or consignment, papers that would have gone to its dossier included (0..n)."""
        rows = connection.execute(
            f"""select {_COLUMNS} from set_aside where {_OPEN} and (about = %(wanted)s or id in (
            select k.set_aside from consignment_key c join set_aside_key k on k.kind = c.kind and k.value = c.value
            where c.consignment = %(wanted)s and c.is_strong)) order by first, id""",
            {"wanted": wanted},
        )
        return [_stored(row) for row in rows]

    def has_mark(self, connection: Connection, role: str, mark: str, limit: int) -> int:
        """How many things of a role are open for one and the same error (count, at most `limit`)."""
        row = connection.execute(
            f"""select count(*) from (select from set_aside where role = %s and mark = %s and {_OPEN} limit %s) as alike""",
            (role, mark, limit),
        ).fetchone()
        return row[0] if row else 0

    def change(self, connection: Connection, wanted: UUID, state: State, record: UUID, at: datetime) -> None:
        """Let a thing stand otherwise, as a sealed record says; its bytes are kept in that record from then on."""
        connection.execute(
            "update set_aside set state = %s, record = %s, last = %s where id = %s", (state, record, at, wanted)
        )

    def sealed(self, connection: Connection, wanted: UUID, record: UUID) -> None:
        """Note the record by which a thing was sealed; the record holds its bytes from then on."""
        connection.execute("update set_aside set record = %s, content = null where id = %s", (record, wanted))

    def forget(self, connection: Connection, abouts: Sequence[UUID], devices: Sequence[str] = ()) -> None:
        """Remove what is kept of messages, consignments and devices that are erased."""
        connection.execute(
            """delete from set_aside where about = any(%s)
            or kind = 'device' and subject = any(%s)
            or kind = 'device-message' and regexp_replace(subject, ' [^ ]*$', '') = any(%s)""",
            (list(abouts), list(devices), list(devices)),
        )


def _stored(row: Sequence[Any]) -> StoredSetAside:
    return StoredSetAside(**dict(zip(_NAMES, row, strict=True)))
