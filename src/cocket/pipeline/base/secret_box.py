# SPDX-License-Identifier: Apache-2.0
"""Secrets of devices, wrapped."""

from __future__ import annotations

import hmac
import secrets

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from cocket.errors import StoreError

_NONCE = 12


class SecretBox:
    """Keeps secrets of devices wrapped, under a key that follows from the house's wrapping key.

    Args:
        wrapping: The house's wrapping key (32 bytes).
    """

    def __init__(self, wrapping: bytes) -> None:
        self._cipher = AESGCM(hmac.digest(wrapping, b"device-proof-keys", "sha256"))

    def wrap(self, name: str, secret: bytes) -> bytes:
        """A secret as it may lie in the database, bound to its name."""
        nonce = secrets.token_bytes(_NONCE)
        return nonce + self._cipher.encrypt(nonce, secret, name.encode())

    def unwrap(self, name: str, wrapped: bytes) -> bytes:
        """The secret.

        Raises:
            StoreError: It was wrapped under another key or name, or changed.
        """
        try:
            return self._cipher.decrypt(wrapped[:_NONCE], wrapped[_NONCE:], name.encode())
        except (InvalidTag, ValueError) as error:
            raise StoreError(
                f"The secret of {name} cannot be decrypted.",
                code="device-secret",
                hint="Check that wrapping.key is the one it was encrypted with.",
            ) from error
