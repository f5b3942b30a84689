# SPDX-License-Identifier: Apache-2.0
"""Secrets and signatures of webhooks.

Source: Standard Webhooks 1.0.0: symmetric signatures (`v1`, HMAC-SHA256, secrets `whsec_`), asymmetric ones (`v1a`, Ed25519, keys
`whsk_` and `whpk_`); several signatures, divided by blanks, while a secret is changed over.
"""

from __future__ import annotations

import base64
import binascii
import hmac
from collections.abc import Sequence
from typing import Final, Literal

from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from cocket.errors import SettingsError

#: `v1`: both sides have the secret; `v1a`: the receiver has a public key alone.
Scheme = Literal["v1", "v1a"]

#: Length of a new secret, and of an Ed25519 key (bytes).
SECRET_BYTES: Final = 32

_PREFIXES: Final[dict[Scheme, str]] = {"v1": "whsec_", "v1a": "whsk_"}


def secret_text(scheme: Scheme, secret: bytes) -> str:
    """A secret as it is handed over once, and read by every library."""
    return _PREFIXES[scheme] + base64.b64encode(secret).decode()


def public_key_text(secret: bytes) -> str:
    """The public key of an Ed25519 secret, as receivers take it.

    Args:
        secret: The seed (32 bytes).
    """
    public = Ed25519PrivateKey.from_private_bytes(secret).public_key()
    raw = public.public_bytes(serialization.Encoding.Raw, serialization.PublicFormat.Raw)
    return "whpk_" + base64.b64encode(raw).decode()


def signature(secret: str, identity: str, stamp: str, content: bytes) -> str:
    """What a receiver compares to know that a message is ours.

    Args:
        secret: `whsec_` and base64, `whsk_` and base64, or base64 alone, which is symmetric.
        identity: Id of the message; the same however often it is sent.
        stamp: When it is sent, seconds since 1970.
        content: The body.

    Raises:
        SettingsError: The secret is none.
    """
    scheme: Scheme = "v1a" if secret.strip().startswith(_PREFIXES["v1a"]) else "v1"
    try:
        key = base64.b64decode(secret.strip().removeprefix(_PREFIXES[scheme]), validate=True)
    except (binascii.Error, ValueError) as error:
        raise SettingsError("The secret of the webhook is not whsec_ and base64.") from error
    signed = f"{identity}.{stamp}.".encode() + content
    made = (
        hmac.digest(key, signed, "sha256") if scheme == "v1" else Ed25519PrivateKey.from_private_bytes(key).sign(signed)
    )
    return f"{scheme},{base64.b64encode(made).decode()}"


def signed_headers(secrets: Sequence[str], identity: str, stamp: str, content: bytes) -> dict[str, str]:
    """The three header fields of a message, signed with every secret that is good (1..n).

    Raises:
        SettingsError: A secret is none.
    """
    return {
        "webhook-id": identity,
        "webhook-timestamp": stamp,
        "webhook-signature": " ".join(signature(one, identity, stamp, content) for one in secrets),
    }
