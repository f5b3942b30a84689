# SPDX-License-Identifier: Apache-2.0
"""Tokens of a quarter of an hour that stand for a key, so that the key itself need not go with every request.

A token is encrypted under a key of the home and names the record on which its key rests: it is good no longer than the key is, and
not at all once the key was changed. What it may do is asked of the key at each use.
"""

from __future__ import annotations

from base64 import urlsafe_b64decode, urlsafe_b64encode
from datetime import UTC, datetime, timedelta
from typing import Final

import msgspec

from cocket.errors import StoreError
from cocket.pipeline.base.wiring import Stores
from cocket.stores.governance.people import StoredKey

#: How a token begins, and for what it is encrypted.
TOKEN: Final = "cocket-token_"
_USE: Final = "access token"

#: How long one is good (seconds).
TOKEN_SECONDS: Final = 900


class AccessToken(msgspec.Struct, frozen=True, kw_only=True):
    """A token as it is given. Source: RFC 6749 §5.1.

    Attributes:
        access_token: What is presented from then on.
        token_type: How: in `Authorization: Bearer`.
        expires_in: For how long it is good (seconds).
        scope: Acts it is limited to, parted by blanks, as its key is; empty for all that the roles allow.
    """

    access_token: str
    token_type: str = "Bearer"
    expires_in: int = TOKEN_SECONDS
    scope: str = ""


class _Token(msgspec.Struct, frozen=True, kw_only=True):
    key: str
    record: str
    until: datetime


def token_for(stores: Stores, key: StoredKey, scopes: tuple[str, ...]) -> AccessToken:
    """A token that stands for a key from now on."""
    until = datetime.now(UTC) + timedelta(seconds=TOKEN_SECONDS)
    token = _Token(key=key.id, record=str(key.record), until=until)
    wrapped = stores.secrets_box.wrap(_USE, msgspec.json.encode(token))
    text = TOKEN + urlsafe_b64encode(wrapped).rstrip(b"=").decode()
    return AccessToken(access_token=text, scope=" ".join(scopes))


def read_token(stores: Stores, presented: str) -> tuple[str, str] | None:
    """Name of the key for which a token stands, and the record it must rest on; None if it is none of ours, or over."""
    text = presented.removeprefix(TOKEN)
    try:
        wrapped = urlsafe_b64decode(text + "=" * (-len(text) % 4))
        read = msgspec.json.decode(stores.secrets_box.unwrap(_USE, wrapped), type=_Token)
    except (StoreError, ValueError, msgspec.MsgspecError):
        return None
    return (read.key, read.record) if datetime.now(UTC) < read.until else None
