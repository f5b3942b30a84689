# SPDX-License-Identifier: Apache-2.0
"""Signing in at an OpenID provider: its proof of who somebody is becomes an account and a session here.

A person is known by issuer and subject alone. Role and office follow, at each sign-in anew, from the groups that the provider
names; who is in none that gives a role has none, whatever was given before.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping
from datetime import UTC, datetime
from hashlib import sha256
from pathlib import Path
from typing import Any, Final
from uuid import NAMESPACE_URL, uuid5

import msgspec

from cocket.errors import PolicyError, ProofError, SettingsError
from cocket.exchange.openid import UNPROVEN, Attempt, Client, Identity, OpenIdProvider
from cocket.governance.names import holder_of
from cocket.pipeline.base.access import Service
from cocket.pipeline.base.wiring import Stores
from cocket.pipeline.governance.group_access import GroupAccess, access_of, groups_in, read_group_access
from cocket.pipeline.governance.sign_in import PREFIX, Grant, SignedIn, SignOut, let_in, secret_digest
from cocket.settings import Settings
from cocket.stores import NewRecord
from cocket.stores.base.database import Connection
from cocket.stores.governance.people import EXTERNAL, OFFICERS, SIGN_OUT, StoredOfficer, account
from cocket.stores.governance.sign_in import SignIns

#: Where the provider sends browsers back to.
ANSWER: Final = "/sign-in/provider/answer"

#: Codes of refusals.
NO_GROUPS: Final = "provider-no-groups"
NO_ROLE: Final = "provider-no-role"
DISABLED: Final = "provider-disabled"

#: Where the provider says who was signed out there, and the kind of the sealed record of it.
SIGN_OUT_ADDRESS: Final = "/sign-in/provider/sign-out"
PROVIDER_SIGN_OUT: Final = "provider-sign-out"

#: How a sign-in is counted whose groups the provider left out; health says so for a day.
LEFT_OUT: Final = "no groups"
NO_ROLE_COUNTED: Final = "no role"

_LONGEST_NAME: Final = 40
_LONGEST_SHOWN: Final = 100
_ADDED: Final = 6
_STORE = SignIns()


class ProviderSignOut(msgspec.Struct, frozen=True, kw_only=True):
    """The sealed record that the provider told who was signed out there.

    Attributes:
        issuer: The provider.
        token: Id of its token, which counts once.
        name: Whose account; None for a person who has none here.
        sessions: Sessions that were ended (count).
    """

    issuer: str
    token: str
    name: str | None
    sessions: int


class ProviderSignIn(Service):
    """Signing in at the OpenID provider of the installation, if it has one.

    Args:
        stores: The stores of this process.
    """

    def __init__(self, stores: Stores) -> None:
        super().__init__(stores)
        self._provider = OpenIdProvider(client_of(stores.settings)) if stores.settings.openid_issuer else None

    def begin(self, attempt: Attempt) -> str:
        """Where the browser is sent.

        Raises:
            SettingsError: The installation has no provider.
            PartnerError: The provider cannot be reached.
            ProofError: What it says of itself does not hold.
        """
        return self._asked().address(attempt)

    def finish(self, attempt: Attempt, answer: Mapping[str, str], address: str) -> tuple[str, SignedIn]:
        """Let in whom the provider has proved to be there; the account is made, or renewed, and that is sealed.

        Args:
            attempt: What this browser began.
            answer: What the provider gave it.
            address: Where the request came from.

        Returns:
            Sign-in name and session.

        Raises:
            ProofError: The answer proves nothing.
            PartnerError: The provider cannot be reached, or did not let the person in.
            PolicyError: The person has no role here, or the account is disabled.
            SettingsError: The table of groups, or the secret, cannot be read.
        """
        rows = read_group_access(Path(self._stores.settings.openid_access_file))
        try:
            identity = self._asked().identify(attempt, answer)
        except ProofError:
            with self._stores.database.transaction() as connection:
                _STORE.count(connection, "unproven", "", address, datetime.now(UTC))
            raise
        groups = groups_in(identity.claims, self._stores.settings.openid_groups_claim)
        given = access_of(rows, groups or ())
        if given is None:
            self._turn_away(identity, address, LEFT_OUT if groups is None else NO_ROLE_COUNTED)
            if groups is None:
                raise PolicyError("The provider does not say which groups this person is in.", code=NO_GROUPS)
            raise PolicyError("None of this person's groups has a role here.", code=NO_ROLE)
        officer = self._account(identity, given)
        signed = None
        if officer is not None:
            signed = let_in(self._stores, self._access, officer, address, issuer=identity.issuer)
        if officer is None or signed is None:
            self._turn_away(identity, address)
            raise PolicyError("The account is disabled, or was changed at this moment.", code=DISABLED)
        return officer.id, signed

    def sign_out(self, token: str) -> int:
        """End the sessions of a person who was signed out at the provider. Sealed, and each token counts once.

        Args:
            token: What the provider sent.

        Returns:
            Sessions that were ended (count).

        Raises:
            ProofError: It proves nothing, or came before.
            PartnerError: The keys of the provider cannot be read.
            SettingsError: The installation has no provider.
        """
        told = self._asked().signed_out(token)
        about = uuid5(NAMESPACE_URL, f"{PROVIDER_SIGN_OUT} {told.issuer} {told.id}")
        credential = credential_of(Identity(issuer=told.issuer, subject=told.subject, claims={}))
        with self._stores.database.transaction() as connection:
            _STORE.lock(connection)
            if self._stores.leaves.ids_about(connection, [about]):
                raise ProofError("This sign-out was reported before.", code=UNPROVEN, found="jti")
            known = self._stores.people.external_officer(connection, credential)
            outs = self._ended(connection, known, told.issuer) if known is not None else []
            done = ProviderSignOut(issuer=told.issuer, token=told.id, name=known, sessions=len(outs))
            record = self._stores.sealer.record(PROVIDER_SIGN_OUT, told.issuer, done, about=about)
            self._access.seal(connection, *outs, record)
        return len(outs)

    def _ended(self, connection: Connection, officer: str, by: str) -> list[NewRecord]:
        """End the sessions of an officer; the records that seal it."""
        ended = self._stores.people.take_sessions_of(connection, officer)
        return [
            self._stores.sealer.record(SIGN_OUT, by, SignOut(name=officer, sign_in=one), about=one) for one in ended
        ]

    def _asked(self) -> OpenIdProvider:
        if self._provider is None:
            raise SettingsError("This installation has no OpenID provider.", hint="Set openid_issuer.")
        return self._provider

    def _account(self, identity: Identity, given: GroupAccess) -> StoredOfficer | None:
        """The account of a person, made or changed to what is given now; None if it may not be used."""
        credential = credential_of(identity)
        with self._stores.database.transaction() as connection:
            _STORE.lock(connection)
            known = self._stores.people.external_officer(connection, credential)
            found = self._stores.people.officer(connection, known) if known is not None else None
            if known is not None and found is None:
                return None
            name = known or self._new_name(connection, identity, credential)
            wanted = StoredOfficer(
                id=name,
                name=_shown(identity.claims, name),
                role=given.role,
                office=given.office,
                password_hash=credential,
            )
            if found is not None and found == msgspec.structs.replace(wanted, record=found.record):
                return found
            secret = secret_digest(credential)
            grant = Grant(name=name, roles=(given.role,), office=given.office, secret=secret, group=given.group)
            record = self._stores.sealer.record("officer", identity.issuer, grant, about=account(OFFICERS, name))
            wanted = msgspec.structs.replace(wanted, record=record.leaf.record)
            self._stores.people.end_sessions_of(connection, name)
            self._stores.people.put_officer(connection, wanted, datetime.now(UTC))
            self._access.seal(connection, record)
        return wanted

    def _new_name(self, connection: Connection, identity: Identity, credential: str) -> str:
        """A sign-in name for a person who is new: what the provider calls him where that is free. It proves nothing."""
        digest = credential.removeprefix(EXTERNAL)
        called = str(identity.claims.get("preferred_username") or "").partition("@")[0]
        plain = unicodedata.normalize("NFKC", called).encode("ascii", "ignore").decode().lower()
        word = re.sub(r"[^a-z0-9_.-]+", "-", plain).strip(".-_")[:_LONGEST_NAME] or digest[: 2 * _ADDED]
        name = PREFIX + word
        self._stores.people.lock_names(connection)
        is_taken = holder_of(name, self._stores.people.names(connection)) is not None
        return f"{name}-{digest[:_ADDED]}" if is_taken else name

    def _turn_away(self, identity: Identity, address: str, outcome: str = NO_ROLE_COUNTED) -> None:
        """Count it, and end what sessions there are: who has lost the role at the provider has lost it here. Sealed."""
        with self._stores.database.transaction() as connection:
            known = self._stores.people.external_officer(connection, credential_of(identity))
            _STORE.count(connection, outcome, known or "", address, datetime.now(UTC))
            if known is not None and (outs := self._ended(connection, known, identity.issuer)):
                self._access.seal(connection, *outs)


def client_of(settings: Settings) -> Client:
    """How the provider knows this installation."""

    def secret() -> str:
        if not settings.openid_client_secret_file:
            return ""
        try:
            return Path(settings.openid_client_secret_file).read_text("utf-8").strip()
        except (OSError, UnicodeDecodeError) as error:
            raise SettingsError(
                "The file of openid_client_secret_file cannot be read.", code="openid-secret"
            ) from error

    return Client(
        issuer=settings.openid_issuer,
        client_id=settings.openid_client_id,
        secret=secret,
        redirect_uri=settings.workbench_url.rstrip("/") + ANSWER,
        scopes=settings.openid_scopes,
        acr=tuple(settings.openid_acr.split()),
        max_age=round(settings.openid_max_age_minutes * 60),
        roots=settings.openid_ca,
    )


def credential_of(identity: Identity) -> str:
    """What binds an account to a person at a provider: `openid:` and the SHA-256 of issuer and subject, in hexadecimal."""
    return EXTERNAL + sha256(msgspec.json.encode([identity.issuer, identity.subject])).hexdigest()


def _shown(claims: Mapping[str, Any], name: str) -> str:
    """The name shown: as the provider has it, where it can be shown."""
    text = claims.get("name")
    plain = " ".join(text.split())[:_LONGEST_SHOWN] if isinstance(text, str) else ""
    return plain if plain and plain.isprintable() else name
