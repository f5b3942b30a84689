# SPDX-License-Identifier: Apache-2.0
"""Statements between administrations: tokens signed with the key of our certificates, read with the keys of partners we know."""

from __future__ import annotations

from datetime import datetime
from typing import Any, Final

from cocket.credentials.identity import find_key
from cocket.credentials.keys import PublicKey
from cocket.credentials.tokens import Expected, read_token, sign_token
from cocket.errors import ProofError, SenderError
from cocket.pipeline.base.wiring import Stores
from cocket.pipeline.credentials.issuing_keys import issuer_did, present_keys
from cocket.pipeline.credentials.known_documents import recognition_of, resolver_of
from cocket.stores.base.database import Connection

#: Most bytes of a statement (count).
MOST_STATEMENT: Final = 256 << 10


class PartnerTokens:
    """Signs statements for partners, and reads theirs. Whoever uses it decides by policy.

    Args:
        stores: The stores of this process.
    """

    def __init__(self, stores: Stores) -> None:
        self._stores = stores

    @property
    def own(self) -> str:
        """The DID of this administration.

        Raises:
            SettingsError: The log is not named after a host.
        """
        return issuer_did(self._stores.settings)

    def knows(self, connection: Connection, partner: str) -> bool:
        """Whether a partner is recognised here."""
        return recognition_of(self._stores, connection, partner) is not None

    def sign(self, kind: str, claims: dict[str, Any]) -> str:
        """A statement of ours.

        Args:
            kind: Its `typ`.
            claims: What it says; who issues it is added.

        Raises:
            SenderError: No key was made yet.
            SettingsError: The log is not named after a host, or the key cannot be read.
        """
        keys = present_keys(self._stores.settings)
        if keys is None:
            raise SenderError(
                "This administration has no key for statements to partners yet.",
                code="issuer-key",
                hint="Make one with: cocket credential rotate",
            )
        return sign_token({"typ": kind, "kid": keys.own.method}, {"iss": self.own, **claims}, keys.own.key)

    def read(self, connection: Connection, token: str, kind: str, now: datetime) -> dict[str, Any]:
        """What a partner states to us.

        Raises:
            ProofError: It does not hold, is not for us, or its issuer is not recognised here.
            UnreadableError: It is no token at all.
        """
        return self._read(connection, token, (kind, self.own), now)

    def read_open(self, connection: Connection, token: str, kind: str, now: datetime) -> dict[str, Any]:
        """What a partner states to everybody.

        Raises:
            ProofError: It does not hold, or its issuer is not recognised here.
            UnreadableError: It is no token at all.
        """
        return self._read(connection, token, (kind, None), now)

    def _read(self, connection: Connection, token: str, meant: tuple[str, str | None], now: datetime) -> dict[str, Any]:
        """A token of a kind, for somebody; None for everybody."""
        kind, for_whom = meant
        resolver = resolver_of(self._stores, connection)

        def key_of(header: dict[str, Any], claims: dict[str, Any]) -> PublicKey:
            method, issuer = str(header.get("kid", "")), str(claims.get("iss", ""))
            if method.partition("#")[0] != issuer:
                raise ProofError("The key is not one of its issuer.", code="key-unknown", found=method[:200])
            if not self.knows(connection, issuer):
                raise ProofError(f"{issuer[:200]} is not recognised here.", code="issuer-unknown", found=issuer[:200])
            return find_key(method, now, resolver)

        expected = Expected(
            types=(kind,), algorithms=("EdDSA",), audience=for_whom, needs_end=False, most=MOST_STATEMENT
        )
        return read_token(token.strip(), key_of, expected, now)
