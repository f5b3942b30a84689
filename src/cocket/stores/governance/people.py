# SPDX-License-Identifier: Apache-2.0
"""Keys, officers and their sessions. Secrets come in hashed and are never given out."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from datetime import datetime
from hashlib import sha256
from typing import Any, Final
from uuid import UUID

import msgspec

from cocket.stores.base.database import Connection
from cocket.stores.base.row_macs import Protected, note, unnoted

#: Kind of the record of a sign-out; it is about the record of the sign-in.
SIGN_OUT = "sign-out"


#: Kind of the record that gives an officer a password which another person knows; the kinds that give one at all.
TEMPORARY: Final = "officer-temporary"
_PASSWORDS: Final = ("officer", TEMPORARY, "password")


#: How the credential begins of an account whose officer signs in at an OpenID provider; it has no password.
EXTERNAL: Final = "openid:"


#: How the credential goes on of an account that has no password yet: whoever proposed it may be shown a temporary one, once.
UNSET: Final = "unset:"


#: Whether what is asked at every request keeps its plan. A plan made while there are few records reads all of them, and
#: kept, it does so for ever more slowly as each look adds one; planned anew each time it always goes by an index.
_PREPARED: Final = False


#: The advisory lock of whoever gives a name out.
_NAMES_LOCK: Final = 0x6E616D65


class StoredKey(msgspec.Struct, frozen=True, kw_only=True):
    """An API key without its secret, and the sealed record that made it as it is."""

    id: str
    secret_hash: bytes
    name: str
    roles: tuple[str, ...]
    senders: tuple[str, ...]
    office: str | None
    record: UUID | None = None


class StoredOfficer(msgspec.Struct, frozen=True, kw_only=True):
    """A person who may sign in, and the sealed record that made the account as it is."""

    id: str
    name: str
    role: str
    office: str | None
    password_hash: str
    record: UUID | None = None

    @property
    def is_external(self) -> bool:
        """Whether the officer signs in at an OpenID provider."""
        return self.password_hash.startswith(EXTERNAL)

    @property
    def password(self) -> str | None:
        """The hash of the password; None where there is none, here or yet."""
        return None if self.password_hash.startswith((EXTERNAL, UNSET)) else self.password_hash


class StoredSession(msgspec.Struct, frozen=True, kw_only=True):
    """A session that has not expired, with its officer."""

    officer: StoredOfficer
    csrf: str
    expires: datetime
    is_temporary: bool = False


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
    columns=("id", "secret_hash", "name", "roles", "senders", "office", "created", "revoked", "record"),
)
OFFICERS = Protected(
    table="officer",
    key=("id",),
    columns=("id", "name", "role", "office", "password_hash", "created", "disabled", "record"),
)
SESSIONS = Protected(table="session", key=("token_hash",), columns=NewSession.__struct_fields__)


def account(protected: Protected, name: str) -> UUID:
    """What sealed records that change an account are about, so that the newest of them is found."""
    return UUID(bytes=sha256(f"{protected.table} {name}".encode()).digest()[:16])


def newest_record_about(connection: Connection, about: UUID) -> UUID | None:
    """The newest sealed record about something; None if there is none."""
    row = connection.execute(
        """select r.id from record r join leaf n on n.record = r.id where r.about = %s order by n.idx + 0 desc limit 1""",
        (about,),
    ).fetchone()
    return row[0] if row else None


def newest_records_about(connection: Connection, things: Collection[UUID]) -> dict[UUID, UUID]:
    """The newest sealed record about each of several things; things without one are left out."""
    rows = connection.execute(
        """select distinct on (r.about) r.about, r.id from record r join leaf n on n.record = r.id
        where r.about = any(%s) order by r.about, n.idx desc""",
        (list(things),),
    )
    return dict(rows.fetchall())


def _read(protected: Protected, alias: str = "") -> str:
    return ", ".join(f"{alias}{name}" for name in (*protected.columns, protected.mac))


def _newest(protected: Protected, alias: str) -> str:
    """Join of SQL that gives, as `newest`, the newest sealed record of an account, and its index.

    `+ 0` keeps the planner from walking the whole log backwards until it meets the account, as it does while it has no
    statistics of a young table.
    """
    about = f"encode(substr(sha256(convert_to('{protected.table} ' || {alias}.id, 'UTF8')), 1, 16), 'hex')::uuid"
    return f"""left join lateral (select r.id, n.idx from record r join leaf n on n.record = r.id where r.about = {about}
    order by n.idx + 0 desc limit 1) newest on true"""


#: Expression of SQL: whether the newest password of officer `o` is one that another person knows.
_TEMPORARY_NOW: Final = f"""coalesce((select k.kind = '{TEMPORARY}' from record q join leaf k on k.record = q.id
    where q.about = encode(substr(sha256(convert_to('officer ' || o.id, 'UTF8')), 1, 16), 'hex')::uuid
    and k.kind in {_PASSWORDS} order by k.idx + 0 desc limit 1), false)"""


def _standing(connection: Connection, protected: Protected, rows: Iterable[Sequence[Any]]) -> list[tuple[Any, ...]]:
    """Accounts that are as the house wrote them last; the others are noted.

    The newest record is asked of the book, and of what the home keeps: who hides a record from the book is found out.

    Args:
        connection: The transaction.
        protected: Keys or officers.
        rows: Its columns, the MAC, and the id of the newest sealed record about the account.
    """
    found = []
    for *row, newest in rows:
        for values in connection.row_macs.believed(connection, protected, [row]):
            kept = connection.marks.newest(protected.table, values[0])
            if values[-1] == newest and kept in (None, newest):
                if kept is None and newest is not None:  # an account of before, or a house that was restored
                    connection.pending.accounts[(protected.table, values[0])] = newest
                found.append(values)
            elif values[-1] != newest or not connection.marks.is_under_way:
                note(connection, protected, values)
    return found


def _rests(connection: Connection, protected: Protected, name: str, record: UUID | None) -> bool:
    """Keep in the home which record an account rests on from the end of this transaction on; True."""
    if record is not None:
        connection.pending.accounts[(protected.table, name)] = record
    return True


class People:
    """Keys, officers and sessions, on a transaction of the caller."""

    def add_key(self, connection: Connection, key: StoredKey, at: datetime) -> None:
        """Keep a new key, whose name no other has."""
        row = key.id, key.secret_hash, key.name, list(key.roles), list(key.senders), key.office, at, None, key.record
        connection.execute(
            f"insert into api_key ({_read(API_KEYS)}) values (%s, %s, %s, %s, %s, %s, %s, %s, %s, %s)",
            (*row, connection.row_macs.mac(API_KEYS, row)),
        )
        _rests(connection, API_KEYS, key.id, key.record)

    def key(self, connection: Connection, key_id: str) -> StoredKey | None:
        """A key that is not revoked; None if there is none, or if it is not as the newest sealed record left it."""
        rows = connection.execute(
            f"""select {_read(API_KEYS, "k.")}, newest.id from api_key k {_newest(API_KEYS, "k")}
            where k.id = %s and k.revoked is null and {unnoted(API_KEYS, "k")}""",
            (key_id,),
            prepare=_PREPARED,
        )
        for row in _standing(connection, API_KEYS, rows.fetchall()):
            return StoredKey(
                id=row[0],
                secret_hash=row[1],
                name=row[2],
                roles=tuple(row[3]),
                senders=tuple(row[4]),
                office=row[5],
                record=row[-1],
            )
        return None

    def revoke_key(self, connection: Connection, key_id: str, at: datetime, record: UUID) -> bool:
        """Revoke a key; False if there is none that is still good."""
        good = "id = %s and revoked is null", (key_id,)
        is_done = connection.row_macs.change(connection, API_KEYS, good, {"revoked": at, "record": record}) == 1
        return is_done and _rests(connection, API_KEYS, key_id, record)

    def grant_senders(self, connection: Connection, key_id: str, senders: Sequence[str], record: UUID) -> bool:
        """Let a key speak for these senders, and no others; False if there is no such key.

        Raises:
            RowDiffersError: The key is not as it was given out.
        """
        good = "id = %s and revoked is null", (key_id,)
        new = {"senders": list(senders), "record": record}
        is_done = connection.row_macs.change(connection, API_KEYS, good, new, to_change=True) == 1
        return is_done and _rests(connection, API_KEYS, key_id, record)

    def put_officer(self, connection: Connection, officer: StoredOfficer, at: datetime) -> None:
        """Keep an officer, new or changed."""
        row = connection.execute("select created from officer where id = %s for update", (officer.id,)).fetchone()
        created = row[0] if row else at
        said = officer.id, officer.name, officer.role, officer.office, officer.password_hash
        connection.row_macs.put(connection, OFFICERS, [(*said, created, None, officer.record)])
        connection.execute("delete from row_difference where tbl = 'officer' and id = %s", (officer.id,))
        connection.pending.noted[("officer", officer.id)] = False
        _rests(connection, OFFICERS, officer.id, officer.record)

    def officer(self, connection: Connection, officer_id: str) -> StoredOfficer | None:
        """An officer who is not disabled; None if there is none, or if he is not as the newest sealed record left him."""
        found = self._officers(connection, "o.id = %s", (officer_id,))
        return found[0] if found else None

    def external_officer(self, connection: Connection, credential: str) -> str | None:
        """The account of a person known to the OpenID provider, be it disabled; None if there is none.

        Args:
            connection: The transaction.
            credential: `openid:` and a digest of issuer and subject.
        """
        row = connection.execute(
            "select id from officer where password_hash = %s order by created limit 1", (credential,)
        ).fetchone()
        return str(row[0]) if row else None

    def lock_names(self, connection: Connection) -> None:
        """Let nobody else give a name out until this transaction ends."""
        connection.execute("select pg_advisory_xact_lock(%s)", (_NAMES_LOCK,))

    def names(self, connection: Connection, *, only_good: bool = False) -> list[str]:
        """The name of every account and every key (0..n); one that both have stands there twice.

        Args:
            connection: The transaction.
            only_good: Leave out accounts that are disabled and keys that are revoked.
        """
        rows = connection.execute(
            """select id from officer where not %(only)s or disabled is null
            union all select id from api_key where not %(only)s or revoked is null order by 1""",
            {"only": only_good},
        )
        return [str(row[0]) for row in rows.fetchall()]

    def is_taken(self, connection: Connection, officer_id: str) -> bool:
        """Whether there is an account of this name, be it disabled."""
        return connection.execute("select 1 from officer where id = %s", (officer_id,)).fetchone() is not None

    def is_external(self, connection: Connection, officer_id: str) -> bool:
        """Whether the officer of an account signs in at an OpenID provider."""
        row = connection.execute("select password_hash from officer where id = %s", (officer_id,)).fetchone()
        return row is not None and str(row[0]).startswith(EXTERNAL)

    def examiners(self, connection: Connection) -> list[StoredOfficer]:
        """Examining officers who are not disabled, by name (0..n)."""
        return self._officers(connection, "o.role = 'officer'", ())

    def supervisors(self, connection: Connection) -> list[StoredOfficer]:
        """Supervisors who are not disabled, by name (0..n)."""
        return self._officers(connection, "o.role = 'supervisor'", ())

    def standing_officers(self, connection: Connection) -> list[StoredOfficer]:
        """Every person whose account is not disabled, by name (0..n)."""
        return self._officers(connection, "true", ())

    def _officers(self, connection: Connection, condition: str, given: Sequence[str]) -> list[StoredOfficer]:
        rows = connection.execute(
            f"""select {_read(OFFICERS, "o.")}, newest.id from officer o {_newest(OFFICERS, "o")}
            where {condition} and o.disabled is null and {unnoted(OFFICERS, "o")} order by o.id""",
            given,
            prepare=_PREPARED,
        )
        return [_officer(row) for row in _standing(connection, OFFICERS, rows.fetchall())]

    def add_session(self, connection: Connection, session: NewSession) -> None:
        """Keep a session, and forget those that have expired."""
        connection.execute("delete from session where expires < %s", (session.created,))
        connection.row_macs.put(connection, SESSIONS, [msgspec.structs.astuple(session)])

    def session(self, connection: Connection, token_hash: bytes, now: datetime) -> StoredSession | None:
        """A session that still holds; None if there is none.

        Both must be as the house wrote them last. The sign-in must stand in the book after every change of the account,
        and no sign-out of it may stand there.
        """
        rows = connection.execute(
            f"""select {_read(OFFICERS, "o.")}, newest.id, {_read(SESSIONS, "s.")}, {_TEMPORARY_NOW},
            coalesce(newest.idx < l.idx, true)
            and not exists (select from record e where e.about = s.record and e.kind = '{SIGN_OUT}')
            from session s join officer o on o.id = s.officer join leaf l on l.record = s.record and l.kind = 'sign-in'
            {_newest(OFFICERS, "o")}
            where s.token_hash = %s and s.expires > %s and o.disabled is null and {unnoted(OFFICERS, "o")}""",
            (token_hash, now),
            prepare=_PREPARED,
        )
        parts = len(OFFICERS.columns) + 2
        for row in rows.fetchall():
            whose = _standing(connection, OFFICERS, [row[:parts]])
            given = connection.row_macs.believed(connection, SESSIONS, [row[parts:-2]])
            if given and not row[-1]:
                note(connection, SESSIONS, given[0])
            elif whose and given:
                session = NewSession(**dict(zip(SESSIONS.columns, given[0], strict=True)))
                officer = _officer(whose[0])
                return StoredSession(
                    officer=officer, csrf=session.csrf, expires=session.expires, is_temporary=bool(row[-2])
                )
        return None

    def has_temporary_password(self, connection: Connection, officer_id: str) -> bool:
        """Whether an officer's password is one that another person knows."""
        row = connection.execute(f"select {_TEMPORARY_NOW} from officer o where o.id = %s", (officer_id,)).fetchone()
        return bool(row and row[0])

    def without_password(self, connection: Connection) -> dict[str, str]:
        """Accounts that have no password yet: name → who may be shown a temporary one, once (0..n)."""
        rows = connection.execute(
            "select id, substr(password_hash, %s) from officer where starts_with(password_hash, %s) and disabled is null",
            (len(UNSET) + 1, UNSET),
        )
        return dict(rows.fetchall())

    def passwords_given(self, connection: Connection, officer_id: str) -> list[tuple[str, datetime, str]]:
        """Kind, moment (UTC) and actor of each sealed record that gave an account a password, the oldest first (0..n)."""
        return connection.execute(
            f"""select k.kind, k.at, k.actor from record q join leaf k on k.record = q.id where q.about = %s
            and k.kind in {_PASSWORDS} order by k.idx""",
            (account(OFFICERS, officer_id),),
        ).fetchall()

    def temporary_since(self, connection: Connection, officer_id: str) -> datetime | None:
        """When an officer was given the password that another person knows, UTC; None if he has one of his own."""
        row = connection.execute(
            f"""select k.kind, k.at from record q join leaf k on k.record = q.id where q.about = %s
            and k.kind in {_PASSWORDS} order by k.idx + 0 desc limit 1""",
            (account(OFFICERS, officer_id),),
        ).fetchone()
        return row[1] if row and row[0] == TEMPORARY else None

    def keys(
        self, connection: Connection
    ) -> list[tuple[str, str, tuple[str, ...], tuple[str, ...], str | None, datetime, datetime | None]]:
        """Id, holder, roles, senders, office, since when and until when of every key, by id; secrets are not given."""
        rows = connection.execute(
            "select id, name, roles, senders, office, created, revoked from api_key order by revoked is not null, id"
        )
        return [(row[0], row[1], tuple(row[2]), tuple(row[3]), *row[4:]) for row in rows.fetchall()]

    def offices(self, connection: Connection) -> list[str]:
        """Offices that officers and keys are bound to, sorted (0..n)."""
        rows = connection.execute(
            "select office from officer where office is not null union select office from api_key where office is not null order by 1"
        )
        return [row[0] for row in rows]

    def end_session(self, connection: Connection, token_hash: bytes) -> tuple[str, UUID] | None:
        """End a session; whose it was, and the record of its sign-in. None if it is gone already."""
        row = connection.execute(
            "delete from session where token_hash = %s and record is not null returning officer, record", (token_hash,)
        ).fetchone()
        return (row[0], row[1]) if row else None

    def end_sessions_of(self, connection: Connection, officer_id: str) -> int:
        """End all sessions of an officer; how many they were (count)."""
        return connection.execute("delete from session where officer = %s", (officer_id,)).rowcount

    def take_sessions_of(self, connection: Connection, officer_id: str) -> list[UUID]:
        """End all sessions of an officer; the records of their sign-ins (0..n)."""
        rows = connection.execute(
            "delete from session where officer = %s and record is not null returning record", (officer_id,)
        ).fetchall()
        return [row[0] for row in rows]

    def enable_officer(self, connection: Connection, officer_id: str, disabled: datetime | None, record: UUID) -> bool:
        """Say since when an officer may not sign in, None if he may; False if there is no such officer.

        An account that is not as the newest sealed record left it stays without rights.
        """
        named = "id = %s", (officer_id,)
        rows = connection.execute(
            f"""select {_read(OFFICERS, "o.")}, newest.id from officer o {_newest(OFFICERS, "o")} where o.id = %s""",
            (officer_id,),
        )
        stands = _standing(connection, OFFICERS, rows.fetchall())
        new = {"disabled": disabled, "record": record} if stands else {"disabled": disabled}
        is_done = connection.row_macs.change(connection, OFFICERS, named, new) == 1
        return is_done and _rests(connection, OFFICERS, officer_id, record)

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
    return StoredOfficer(id=row[0], name=row[1], role=row[2], office=row[3], password_hash=row[4], record=row[7])
