# SPDX-License-Identifier: Apache-2.0
"""Keys, officers and their sessions. Secrets come in hashed and are never given out."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

import msgspec

from cocket.stores.database import Connection
from cocket.stores.row_macs import Protected


class StoredKey(msgspec.Struct, frozen=True, kw_only=True):
    """An API key without its secret."""

    id: str
    secret_hash: bytes
    name: str
    roles: tuple[str, ...]
    senders: tuple[str, ...]
    office: str | None


class StoredOfficer(msgspec.Struct, frozen=True, kw_only=True):
    """A person who may sign in."""

    id: str
    name: str
    role: str
    office: str | None
    password_hash: str


class StoredSession(msgspec.Struct, frozen=True, kw_only=True):
    """A session that has not expired, with its officer."""

    officer: StoredOfficer
    csrf: str
    expires: datetime


class NewSession(msgspec.Struct, frozen=True, kw_only=True):
    """A session to keep.

    Attributes:
        token_hash: SHA-256 of its token.
        officer: Whose it is.
        csrf: What its forms bear.
        created: From when, UTC.
        expires: Until when, UTC.
        record: The sealed record of the sign-in; without it there is no session.
    """

    token_hash: bytes
    officer: str
    csrf: str
    created: datetime
    expires: datetime
    record: UUID


API_KEYS = Protected(
    table="api_key",
    key=("id",),
    columns=("id", "secret_hash", "name", "roles", "senders", "office", "created", "revoked"),
)
OFFICERS = Protected(
    table="officer", key=("id",), columns=("id", "name", "role", "office", "password_hash", "created", "disabled")
)
SESSIONS = Protected(table="session", key=("token_hash",), columns=NewSession.__struct_fields__)


def _read(protected: Protected, alias: str = "") -> str:
    return ", ".join(f"{alias}{name}" for name in (*protected.columns, protected.mac))


class People:
    """Keys, officers and sessions, on a transaction of the caller."""

    def add_key(self, connection: Connection, key: StoredKey, at: datetime) -> None:
        """Keep a new key."""
        row = key.id, key.secret_hash, key.name, list(key.roles), list(key.senders), key.office, at, None
        connection.execute(
            f"insert into api_key ({_read(API_KEYS)}) values (%s, %s, %s, %s, %s, %s, %s, %s, %s)",
            (*row, connection.row_macs.mac(API_KEYS, row)),
        )

    def key(self, connection: Connection, key_id: str) -> StoredKey | None:
        """A key that is not revoked; None if there is none, or if it is not as it was given out."""
        rows = connection.execute(f"select {_read(API_KEYS)} from api_key where id = %s and revoked is null", (key_id,))
        for row in connection.row_macs.believed(connection, API_KEYS, rows):
            return StoredKey(
                id=row[0], secret_hash=row[1], name=row[2], roles=tuple(row[3]), senders=tuple(row[4]), office=row[5]
            )
        return None

    def revoke_key(self, connection: Connection, key_id: str, at: datetime) -> bool:
        """Revoke a key; False if there is none that is still good."""
        good = "id = %s and revoked is null", (key_id,)
        return connection.row_macs.change(connection, API_KEYS, good, {"revoked": at}) == 1

    def grant_senders(self, connection: Connection, key_id: str, senders: Sequence[str]) -> bool:
        """Let a key speak for these senders, and no others; False if there is no such key.

        Raises:
            RowDiffersError: The key is not as it was given out.
        """
        good = "id = %s and revoked is null", (key_id,)
        new = {"senders": list(senders)}
        return connection.row_macs.change(connection, API_KEYS, good, new, to_change=True) == 1

    def put_officer(self, connection: Connection, officer: StoredOfficer, at: datetime) -> None:
        """Keep an officer, new or changed."""
        row = connection.execute("select created from officer where id = %s for update", (officer.id,)).fetchone()
        created = row[0] if row else at
        given = officer.id, officer.name, officer.role, officer.office, officer.password_hash, created, None
        connection.row_macs.put(connection, OFFICERS, [given])

    def officer(self, connection: Connection, officer_id: str) -> StoredOfficer | None:
        """An officer who is not disabled; None if there is none."""
        rows = connection.execute(
            f"select {_read(OFFICERS)} from officer where id = %s and disabled is null", (officer_id,)
        )
        found = connection.row_macs.believed(connection, OFFICERS, rows)
        return _officer(found[0]) if found else None

    def examiners(self, connection: Connection) -> list[StoredOfficer]:
        """Examining officers who are not disabled, by name (0..n)."""
        rows = connection.execute(
            f"select {_read(OFFICERS)} from officer where role = 'officer' and disabled is null order by id"
        )
        return [_officer(row) for row in connection.row_macs.believed(connection, OFFICERS, rows)]

    def add_session(self, connection: Connection, session: NewSession) -> None:
        """Keep a session, and forget those that have expired."""
        connection.execute("delete from session where expires < %s", (session.created,))
        connection.row_macs.put(connection, SESSIONS, [msgspec.structs.astuple(session)])

    def session(self, connection: Connection, token_hash: bytes, now: datetime) -> StoredSession | None:
        """A session that still holds; None if there is none.

        Both the session and its officer must be as the house wrote them, and the sign-in must stand in the book.
        """
        rows = connection.execute(
            f"""select {_read(OFFICERS, "o.")}, {_read(SESSIONS, "s.")}
            from session s join officer o on o.id = s.officer join leaf l on l.record = s.record and l.kind = 'sign-in'
            where s.token_hash = %s and s.expires > %s and o.disabled is null""",
            (token_hash, now),
        )
        parts = len(OFFICERS.columns) + 1
        for row in rows.fetchall():
            whose = connection.row_macs.believed(connection, OFFICERS, [row[:parts]])
            given = connection.row_macs.believed(connection, SESSIONS, [row[parts:]])
            if whose and given:
                session = NewSession(**dict(zip(SESSIONS.columns, given[0], strict=True)))
                return StoredSession(officer=_officer(whose[0]), csrf=session.csrf, expires=session.expires)
        return None

    def end_session(self, connection: Connection, token_hash: bytes) -> None:
        """End a session; one that is gone already is no error."""
        connection.execute("delete from session where token_hash = %s", (token_hash,))

    def end_sessions_of(self, connection: Connection, officer_id: str) -> int:
        """End all sessions of an officer; how many they were (count)."""
        return connection.execute("delete from session where officer = %s", (officer_id,)).rowcount

    def enable_officer(self, connection: Connection, officer_id: str, disabled: datetime | None) -> bool:
        """Say since when an officer may not sign in, None if he may; False if there is no such officer."""
        named = "id = %s", (officer_id,)
        return connection.row_macs.change(connection, OFFICERS, named, {"disabled": disabled}) == 1

    def staff(
        self, connection: Connection, now: datetime
    ) -> list[tuple[str, str, str, str | None, datetime | None, int]]:
        """Id, name, role, office, since when disabled, and open sessions of every officer, by id."""
        return connection.execute(
            """select id, name, role, office, disabled,
            (select count(*) from session where officer = officer.id and expires > %s)::int
            from officer order by id""",
            (now,),
        ).fetchall()


def _officer(row: Sequence[Any]) -> StoredOfficer:
    return StoredOfficer(id=row[0], name=row[1], role=row[2], office=row[3], password_hash=row[4])
