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

import msgspec

from cocket.errors import PolicyError, ProofError, SettingsError
from cocket.exchange.openid import Attempt, Client, Identity, OpenIdProvider
from cocket.pipeline.base.access import Service
from cocket.pipeline.base.wiring import Stores
from cocket.pipeline.governance.group_access import GroupAccess, access_of, groups_in, read_group_access
from cocket.pipeline.governance.sign_in import PREFIX, Grant, SignedIn, SignOut, let_in, secret_digest
from cocket.settings import Settings
from cocket.stores.base.database import Connection
from cocket.stores.governance.people import EXTERNAL, OFFICERS, SIGN_OUT, StoredOfficer, account
from cocket.stores.governance.sign_in import SignIns

#: Where the provider sends browsers back to.
ANSWER: Final = "/sign-in/provider/answer"

#: Codes of refusals.
NO_GROUPS: Final = "provider-no-groups"
NO_ROLE: Final = "provider-no-role"
DISABLED: Final = "provider-disabled"

_LONGEST_NAME: Final = 40
_LONGEST_SHOWN: Final = 100
_ADDED: Final = 6
_STORE = SignIns()


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
            self._turn_away(identity, address)
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
        return f"{name}-{digest[:_ADDED]}" if self._stores.people.is_taken(connection, name) else name

    def _turn_away(self, identity: Identity, address: str) -> None:
        """Count it, and end what sessions there are: who has lost the role at the provider has lost it here. Sealed."""
        with self._stores.database.transaction() as connection:
            known = self._stores.people.external_officer(connection, credential_of(identity))
            _STORE.count(connection, "no role", known or "", address, datetime.now(UTC))
            if known is None:
                return
            for sign_in in self._stores.people.take_sessions_of(connection, known):
                told = SignOut(name=known, sign_in=sign_in)
                self._access.seal(
                    connection, self._stores.sealer.record(SIGN_OUT, identity.issuer, told, about=sign_in)
                )


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
