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
        cnf: Thumbprint of the certificate without which it is of no use (`x5t#S256`); left out where none is needed.
            Source: RFC 8705 §3.1.
    """

    access_token: str
    token_type: str = "Bearer"
    expires_in: int = TOKEN_SECONDS
    scope: str = ""
    cnf: dict[str, str] | msgspec.UnsetType = msgspec.UNSET


class ReadToken(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A token as it is read.

    Attributes:
        key: Name of the key for which it stands.
        record: The sealed record on which the key must rest.
        until: Until when it is good, UTC.
        thumbprint: Of the certificate without which it is of no use; empty for none.
    """

    key: str
    record: str
    until: datetime
    thumbprint: str = ""


def token_for(stores: Stores, key: StoredKey, scopes: tuple[str, ...], thumbprint: str = "") -> AccessToken:
    """A token that stands for a key from now on.

    Args:
        stores: The stores of this process.
        key: The key.
        scopes: Acts that the key is limited to (0..n).
        thumbprint: Of the certificate to which the token is bound; empty for none.
    """
    until = datetime.now(UTC) + timedelta(seconds=TOKEN_SECONDS)
    token = ReadToken(key=key.id, record=str(key.record), until=until, thumbprint=thumbprint)
    wrapped = stores.secrets_box.wrap(_USE, msgspec.json.encode(token))
    text = TOKEN + urlsafe_b64encode(wrapped).rstrip(b"=").decode()
    cnf = {"x5t#S256": thumbprint} if thumbprint else msgspec.UNSET
    return AccessToken(access_token=text, scope=" ".join(scopes), cnf=cnf)


def read_token(stores: Stores, presented: str) -> ReadToken | None:
    """What a token says; None if it is none of ours, or over."""
    text = presented.removeprefix(TOKEN)
    try:
        wrapped = urlsafe_b64decode(text + "=" * (-len(text) % 4))
        read = msgspec.json.decode(stores.secrets_box.unwrap(_USE, wrapped), type=ReadToken)
    except (StoreError, ValueError, msgspec.MsgspecError):
        return None
    return read if datetime.now(UTC) < read.until else None
