# SPDX-License-Identifier: Apache-2.0
"""How a client asks for a token: by the client credentials grant. Source: RFC 6749 §4.4.2."""

from __future__ import annotations

from typing import Final
from urllib.parse import parse_qsl

from cocket.gate import RequestError

#: Where tokens are given.
TOKEN_PATH: Final = "/v1/token"

_GRANT: Final = "client_credentials"
_MOST_FIELDS: Final = 20


def check_grant(body: bytes) -> None:
    """Refuse what is not the client credentials grant; an empty body stands for it.

    Raises:
        RequestError: It is another grant, or no form (400).
    """
    try:
        fields = dict(parse_qsl(body.decode("ascii"), keep_blank_values=True, max_num_fields=_MOST_FIELDS))
    except ValueError as error:
        raise RequestError("The body is not a form.", code="form") from error
    if body and fields.get("grant_type") != _GRANT:
        raise RequestError(
            "Tokens are given by the client credentials grant alone.",
            code="unsupported-grant-type",
            hint=f"Send grant_type={_GRANT}.",
        )
