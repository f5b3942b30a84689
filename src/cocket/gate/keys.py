# SPDX-License-Identifier: Apache-2.0
"""API keys as they are presented: `cocket_<id>_<secret>` in `Authorization: Bearer`, or a token given for one in its place."""

from __future__ import annotations

import re
import secrets
from base64 import b64decode
from typing import Final

from cocket.gate.refusal import RequestError

_SECRET_BYTES: Final = 32
_ID_BYTES: Final = 6
_ID: Final = re.compile(r"[a-z0-9-]{1,40}")
_BEARER: Final = re.compile(rb"[Bb]earer +(cocket_[a-z0-9-]{1,40}_[0-9a-f]{64}|cocket-token_[A-Za-z0-9_-]{40,2000})")
_BASIC: Final = re.compile(rb"[Bb]asic +([A-Za-z0-9+/=]{1,400})")
_PAIR: Final = re.compile(rb"([a-z0-9-]{1,40}):([0-9a-f]{64})")


def unauthenticated() -> RequestError:
    """The refusal of whoever brings no good key.

    Source: RFC 9110 §15.5.2, §11.6.1.
    """
    return RequestError(
        "A valid API key is required.",
        status=401,
        code="unauthenticated",
        hint="Send it as `Authorization: Bearer cocket_…`.",
        headers=(("WWW-Authenticate", 'Bearer realm="cocket"'),),
    )


def make_key(key_id: str | None = None) -> str:
    """Make a new key as its holder will present it; it is shown once and kept only hashed.

    Args:
        key_id: Name of the key: lower case letters, digits and hyphens; None makes one.

    Returns:
        `cocket_<id>_<secret>` with a secret of 256 bits.

    Raises:
        RequestError: The name has other characters.
    """
    if key_id is not None and not _ID.fullmatch(key_id):
        raise RequestError(
            f"{key_id!r} is not a valid key name.", code="key-name", hint="Use lower case letters, digits and hyphens."
        )
    return f"cocket_{key_id or secrets.token_hex(_ID_BYTES)}_{secrets.token_hex(_SECRET_BYTES)}"


def presented_key(authorization: bytes | None) -> str | None:
    """The key or token in an `Authorization` field; None if there is none of our form.

    Args:
        authorization: Value of the field; None if it is absent.

    Source: RFC 6750 §2.1.
    """
    match = _BEARER.fullmatch(authorization) if authorization else None
    return match[1].decode("ascii") if match else None


def presented_client(authorization: bytes | None) -> str | None:
    """The key in an `Authorization` field of a client that asks for a token: its name and secret; None if there is none.

    Args:
        authorization: Value of the field; None if it is absent.

    Source: RFC 6749 §2.3.1; RFC 7617 §2.
    """
    match = _BASIC.fullmatch(authorization) if authorization else None
    try:
        pair = _PAIR.fullmatch(b64decode(match[1], validate=True)) if match else None
    except ValueError:
        return None
    return f"cocket_{pair[1].decode('ascii')}_{pair[2].decode('ascii')}" if pair else None
