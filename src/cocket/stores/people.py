# SPDX-License-Identifier: Apache-2.0
"""Keys, officers and their sessions. Secrets come in hashed and are never given out."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

import msgspec

from cocket.stores.database import Connection


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


class People:
    """Keys, officers and sessions, on a transaction of the caller."""

    def add_key(self, connection: Connection, key: StoredKey, at: datetime) -> None:
        """Keep a new key."""
        connection.execute(
            "insert into api_key (id, secret_hash, name, roles, senders, office, created) values (%s, %s, %s, %s, %s, %s, %s)",
            (key.id, key.secret_hash, key.name, list(key.roles), list(key.senders), key.office, at),
        )

    def key(self, connection: Connection, key_id: str) -> StoredKey | None:
        """A key that is not revoked; None if there is none."""
        row = connection.execute(
            "select id, secret_hash, name, roles, senders, office from api_key where id = %s and revoked is null",
            (key_id,),
        ).fetchone()
        if row is None:
            return None
        return StoredKey(
            id=row[0], secret_hash=row[1], name=row[2], roles=tuple(row[3]), senders=tuple(row[4]), office=row[5]
        )

    def revoke_key(self, connection: Connection, key_id: str, at: datetime) -> bool:
        """Revoke a key; False if there is none that is still good."""
        done = connection.execute("update api_key set revoked = %s where id = %s and revoked is null", (at, key_id))
        return done.rowcount == 1

    def grant_senders(self, connection: Connection, key_id: str, senders: Sequence[str]) -> bool:
        """Let a key speak for these senders, and no others; False if there is no such key."""
        done = connection.execute(
            "update api_key set senders = %s where id = %s and revoked is null", (list(senders), key_id)
        )
        return done.rowcount == 1

    def put_officer(self, connection: Connection, officer: StoredOfficer, at: datetime) -> None:
        """Keep an officer, new or changed."""
        connection.execute(
            """insert into officer (id, name, role, office, password_hash, created) values (%s, %s, %s, %s, %s, %s)
            on conflict (id) do update set name = excluded.name, role = excluded.role, office = excluded.office,
            password_hash = excluded.password_hash, disabled = null""",
            (officer.id, officer.name, officer.role, officer.office, officer.password_hash, at),
        )

    def officer(self, connection: Connection, officer_id: str) -> StoredOfficer | None:
        """An officer who is not disabled; None if there is none."""
        row = connection.execute(
            "select id, name, role, office, password_hash from officer where id = %s and disabled is null",
            (officer_id,),
        ).fetchone()
        return _officer(row) if row else None

    def examiners(self, connection: Connection) -> list[StoredOfficer]:
        """Examining officers who are not disabled, by name (0..n)."""
        rows = connection.execute(
            "select id, name, role, office, password_hash from officer where role = 'officer' and disabled is null order by id"
        )
        return [_officer(row) for row in rows]

    def add_session(
        self, connection: Connection, token_hash: bytes, officer_id: str, csrf: str, times: tuple[datetime, datetime]
    ) -> None:
        """Keep a session from `times[0]` to `times[1]`, and forget those that have expired."""
        connection.execute("delete from session where expires < %s", (times[0],))
        connection.execute(
            "insert into session (token_hash, officer, csrf, created, expires) values (%s, %s, %s, %s, %s)",
            (token_hash, officer_id, csrf, *times),
        )

    def session(self, connection: Connection, token_hash: bytes, now: datetime) -> StoredSession | None:
        """A session that still holds; None if there is none."""
        row = connection.execute(
            """select o.id, o.name, o.role, o.office, o.password_hash, s.csrf, s.expires
            from session s join officer o on o.id = s.officer
            where s.token_hash = %s and s.expires > %s and o.disabled is null""",
            (token_hash, now),
        ).fetchone()
        return StoredSession(officer=_officer(row[:5]), csrf=row[5], expires=row[6]) if row else None

    def end_session(self, connection: Connection, token_hash: bytes) -> None:
        """End a session; one that is gone already is no error."""
        connection.execute("delete from session where token_hash = %s", (token_hash,))

    def end_sessions_of(self, connection: Connection, officer_id: str) -> int:
        """End all sessions of an officer; how many they were (count)."""
        return connection.execute("delete from session where officer = %s", (officer_id,)).rowcount

    def enable_officer(self, connection: Connection, officer_id: str, disabled: datetime | None) -> bool:
        """Say since when an officer may not sign in, None if he may; False if there is no such officer."""
        done = connection.execute("update officer set disabled = %s where id = %s", (disabled, officer_id))
        return done.rowcount == 1

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


def _officer(row: tuple[str, str, str, str | None, str]) -> StoredOfficer:
    return StoredOfficer(id=row[0], name=row[1], role=row[2], office=row[3], password_hash=row[4])
