# SPDX-License-Identifier: Apache-2.0
"""An authenticator of passkeys in memory, which keeps to the rules except where it is told not to.

Source: W3C Web Authentication Level 3, §6.1 (authenticator data), §5.8.1 (client data), §8.7 (no attestation).
"""

from __future__ import annotations

import json
import secrets
from base64 import urlsafe_b64decode, urlsafe_b64encode
from dataclasses import dataclass, field
from hashlib import sha256
from typing import Any

import cbor2
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec

PRESENT, VERIFIED, ATTESTED = 0x01, 0x04, 0x40


@dataclass
class Authenticator:
    """One authenticator with one passkey.

    Attributes:
        origin: Address of the page in which the browser stands.
        host: For whom the passkey is; the browser would let it be a part of the page's host alone.
        counter: How often it was used, as it says; a negative step makes a copy that lags behind.
        is_verified: Whether it has asked for the PIN or the finger.
    """

    origin: str
    host: str
    counter: int = 0
    is_verified: bool = True
    key: ec.EllipticCurvePrivateKey = field(default_factory=lambda: ec.generate_private_key(ec.SECP256R1()))
    id: bytes = field(default_factory=lambda: secrets.token_bytes(16))

    def made(self, options: dict[str, Any]) -> str:
        """What the browser answers when a passkey is made."""
        numbers = self.key.public_key().public_numbers()
        key = cbor2.dumps({1: 2, 3: -7, -1: 1, -2: numbers.x.to_bytes(32, "big"), -3: numbers.y.to_bytes(32, "big")})
        data = self._data(ATTESTED) + bytes(16) + len(self.id).to_bytes(2, "big") + self.id + key
        attestation = cbor2.dumps({"fmt": "none", "attStmt": {}, "authData": data})
        client = self._client("webauthn.create", options["challenge"])
        return self._answer(
            {"clientDataJSON": _text(client), "attestationObject": _text(attestation), "transports": []}
        )

    def used(self, options: dict[str, Any]) -> str:
        """What the browser answers when the passkey is used."""
        data, client = self._data(0), self._client("webauthn.get", options["challenge"])
        signature = self.key.sign(data + sha256(client).digest(), ec.ECDSA(hashes.SHA256()))
        return self._answer(
            {"clientDataJSON": _text(client), "authenticatorData": _text(data), "signature": _text(signature)}
        )

    def _data(self, more: int) -> bytes:
        flags = PRESENT | more | (VERIFIED if self.is_verified else 0)
        return sha256(self.host.encode()).digest() + bytes([flags]) + self.counter.to_bytes(4, "big")

    def _client(self, kind: str, challenge: str) -> bytes:
        return json.dumps({"type": kind, "challenge": challenge, "origin": self.origin, "crossOrigin": False}).encode()

    def _answer(self, response: dict[str, Any]) -> str:
        told = {"id": _text(self.id), "rawId": _text(self.id), "type": "public-key", "clientExtensionResults": {}}
        return json.dumps({**told, "response": response})


def _text(data: bytes) -> str:
    return urlsafe_b64encode(data).rstrip(b"=").decode()


def challenge_of(options: dict[str, Any]) -> bytes:
    """The challenge that a browser is asked to sign."""
    text = options["challenge"]
    return urlsafe_b64decode(text + "=" * (-len(text) % 4))
