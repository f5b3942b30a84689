# SPDX-License-Identifier: Apache-2.0
"""How a client asks for a token: by the client credentials grant, with its key or by a certificate.

Source: RFC 6749 §4.4.2; RFC 8705 §2.
"""

from __future__ import annotations

import re
from typing import Final
from urllib.parse import parse_qsl

from cocket.gate import RequestError
from cocket.gate.headers import Message, Receive

#: Where tokens are given.
TOKEN_PATH: Final = "/v1/token"

_GRANT: Final = "client_credentials"
_MOST_FIELDS: Final = 20
_CLIENT: Final = re.compile(r"[a-z0-9-]{1,40}")
_LARGEST: Final = 4096


def client_of(body: bytes) -> str | None:
    """Which key a client names who proves himself by his certificate; None if he names none.

    Source: RFC 8705 §2 (`client_id` in the body).
    """
    try:
        fields = dict(parse_qsl(body.decode("ascii"), keep_blank_values=True, max_num_fields=_MOST_FIELDS))
    except ValueError:
        return None
    name = fields.get("client_id", "")
    return name if _CLIENT.fullmatch(name) else None


async def read_ahead(receive: Receive) -> tuple[bytes, Receive]:
    """The body of a request before it is routed, and a way to receive it once more.

    Raises:
        RequestError: It is larger than such a body is (413).
    """
    body = bytearray()
    while True:
        message = await receive()
        if message["type"] != "http.request":
            break
        body += message.get("body", b"")
        if len(body) > _LARGEST:
            raise RequestError("The body is too large.", status=413, code="too-large")
        if not message.get("more_body", False):
            break
    read = [{"type": "http.request", "body": bytes(body), "more_body": False}]

    async def again() -> Message:
        return read.pop() if read else await receive()

    return bytes(body), again


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
