# SPDX-License-Identifier: Apache-2.0
"""The house towards people who sign in, and the making of their accounts and of keys."""

from __future__ import annotations

import secrets
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from typing import Literal, cast

import msgspec
from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

from cocket.errors import SettingsError
from cocket.pipeline.front_desk import FrontDesk
from cocket.pipeline.views import Officer
from cocket.stores.people import StoredKey, StoredOfficer

Role = Literal["analyst", "officer", "supervisor", "auditor"]

ROLES: tuple[Role, ...] = ("analyst", "officer", "supervisor", "auditor")

_HASHER = PasswordHasher()
_NOBODY = _HASHER.hash(secrets.token_hex(16))
_SHORTEST_PASSWORD = 10


class Grant(msgspec.Struct, frozen=True, kw_only=True):
    """The sealed record of who was given, or lost, which access."""

    name: str
    roles: tuple[str, ...] = ()
    senders: tuple[str, ...] = ()
    office: str | None = None


class SignIn(msgspec.Struct, frozen=True, kw_only=True):
    """The sealed record of an attempt to sign in, good or bad."""

    name: str
    address: str


class Entrance(FrontDesk):
    """Signing in and out, and giving access."""

    def sign_in(self, name: str, password: str, address: str) -> str | None:
        """Let an officer in; the door slows down guessing.

        Args:
            name: Sign-in name.
            password: As typed.
            address: Where the request came from; sealed with the attempt.

        Returns:
            The session's token, given once and kept hashed; None if name or password are wrong, which takes as long.
        """
        with self._shelves.database.transaction() as connection:
            officer = self._shelves.people.officer(connection, name)
        if not _is_right(officer.password_hash if officer else _NOBODY, password) or officer is None:
            with self._shelves.database.transaction() as connection:
                self._seal(
                    connection,
                    self._shelves.sealer.record("sign-in-failed", "", SignIn(name=name[:100], address=address)),
                )
            return None
        return self._open_session(officer, address)

    def officer_of_session(self, token: str) -> Officer | None:
        """The officer of a session; None if it is unknown or over."""
        with self._shelves.database.transaction() as connection:
            session = self._shelves.people.session(connection, _digest(token), datetime.now(UTC))
        if session is None:
            return None
        officer = session.officer
        return Officer(
            id=officer.id,
            name=officer.name,
            role=cast(Role, officer.role),
            office=officer.office,
            csrf=session.csrf,
            expires=session.expires,
        )

    def sign_out(self, token: str) -> None:
        """End a session."""
        with self._shelves.database.transaction() as connection:
            self._shelves.people.end_session(connection, _digest(token))

    def put_officer(self, officer_id: str, name: str, role: str, office: str | None, password: str) -> None:
        """Make an officer's account, or change it; sealed.

        Raises:
            SettingsError: The role is unknown or the password too short.
        """
        if role not in ROLES:
            raise SettingsError(f"There is no role {role}.", expected=", ".join(ROLES), found=role)
        if len(password) < _SHORTEST_PASSWORD:
            raise SettingsError(f"A password needs {_SHORTEST_PASSWORD} characters or more.")
        stored = StoredOfficer(id=officer_id, name=name, role=role, office=office, password_hash=_HASHER.hash(password))
        with self._shelves.database.transaction() as connection:
            self._shelves.people.put_officer(connection, stored, datetime.now(UTC))
            self._seal(
                connection,
                self._shelves.sealer.record("officer", "cli", Grant(name=officer_id, roles=(role,), office=office)),
            )

    def add_key(
        self, presented: str, name: str, roles: Sequence[str], senders: Sequence[str], office: str | None = None
    ) -> None:
        """Keep a new API key, hashed; sealed.

        Args:
            presented: `cocket_<id>_<secret>`, as `cocket.gate.make_key` gives it.
            name: Who holds it, in words.
            roles: Its roles (1..n).
            senders: Senders it may speak for (0..n).
            office: Office it is limited to; None for none.
        """
        _, key_id, secret = presented.split("_")
        key = StoredKey(
            id=key_id, secret_hash=_digest(secret), name=name, roles=tuple(roles), senders=tuple(senders), office=office
        )
        with self._shelves.database.transaction() as connection:
            self._shelves.people.add_key(connection, key, datetime.now(UTC))
            self._seal(connection, self._shelves.sealer.record("key", "cli", _grant(key)))

    def grant_senders(self, key_id: str, senders: Sequence[str]) -> bool:
        """Let a key speak for these senders and no others; sealed. False if there is no such key."""
        with self._shelves.database.transaction() as connection:
            key = self._shelves.people.key(connection, key_id)
            if key is None or not self._shelves.people.grant_senders(connection, key_id, senders):
                return False
            grant = _grant(msgspec.structs.replace(key, senders=tuple(senders)))
            self._seal(connection, self._shelves.sealer.record("key", "cli", grant))
        return True

    def revoke_key(self, key_id: str) -> bool:
        """Revoke a key; sealed. False if there is none that is still good."""
        with self._shelves.database.transaction() as connection:
            if not self._shelves.people.revoke_key(connection, key_id, datetime.now(UTC)):
                return False
            self._seal(connection, self._shelves.sealer.record("key-revoked", "cli", Grant(name=key_id)))
        return True

    def _open_session(self, officer: StoredOfficer, address: str) -> str:
        token = secrets.token_urlsafe(32)
        now = datetime.now(UTC)
        until = now + timedelta(hours=self.settings.session_hours)
        with self._shelves.database.transaction() as connection:
            self._shelves.people.add_session(
                connection, _digest(token), officer.id, secrets.token_urlsafe(24), (now, until)
            )
            self._seal(
                connection, self._shelves.sealer.record("sign-in", officer.id, SignIn(name=officer.id, address=address))
            )
        return token


def _grant(key: StoredKey) -> Grant:
    return Grant(name=key.id, roles=key.roles, senders=key.senders, office=key.office)


def _digest(secret: str) -> bytes:
    return sha256(secret.encode()).digest()


def _is_right(password_hash: str, password: str) -> bool:
    try:
        return _HASHER.verify(password_hash, password)
    except (VerificationError, InvalidHashError):
        return False
