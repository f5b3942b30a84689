# SPDX-License-Identifier: Apache-2.0
"""The routes by which partner administrations exchange signed messages: no key, but a signature over each request (RFC 9421)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from fastapi import FastAPI, Request
from starlette.concurrency import run_in_threadpool
from starlette.responses import Response

from cocket.api.intake import read_body
from cocket.api.openapi import SIGNED_BODY, described
from cocket.errors import ProofError
from cocket.exchange.signed_http import SignedRequest, joined
from cocket.gate import SHOWN, Cargo, RequestError
from cocket.gate.headers import Receive, Scope

if TYPE_CHECKING:
    from cocket.pipeline.partners.exchange import Admitted, HouseExchange, SignedAnswerBytes

#: Paths below this one are for signed requests alone.
SIGNED: Final = "/v1/exchange/"


def add_exchange(app: FastAPI, exchange: HouseExchange) -> None:
    """Add the routes to an application whose callers have been authenticated by `admitted`."""

    @app.post(
        "/v1/exchange/messages",
        **described("ExchangeReply", "A partner administration gives or asks for something, signed", body=SIGNED_BODY),
    )
    async def message(request: Request) -> Response:
        who, body = request.state.signed
        return _answer(await run_in_threadpool(exchange.answer_message, who, body))

    @app.post(
        "/v1/exchange/receipts",
        **described("ExchangeReply", "A partner administration brings its receipt of an answer", body=SIGNED_BODY),
    )
    async def receipts(request: Request) -> Response:
        who, body = request.state.signed
        return _answer(await run_in_threadpool(exchange.take_receipts, who, body))


async def admitted(exchange: HouseExchange, scope: Scope, receive: Receive, cargo: Cargo) -> tuple[Admitted, bytes]:
    """The request of a partner whose signature holds, with its body.

    Args:
        exchange: Knows partners.
        scope: ASGI scope.
        receive: ASGI receive.
        cargo: Counts the bytes in.

    Raises:
        NotFoundError: No signed messages are exchanged here.
        RequestError: The signature does not hold (401).
    """
    body = await read_body(receive, cargo)
    headers = joined(scope["headers"])
    target = (scope.get("raw_path") or scope["path"].encode()).decode("latin-1")
    query = scope.get("query_string", b"").decode("latin-1")
    url = f"{scope['scheme']}://{headers.get('host', '')}{target}{f'?{query}' if query else ''}"
    request = SignedRequest(scope["method"], url, headers)
    try:
        who = await run_in_threadpool(exchange.admit, request, body, scope["state"].get(SHOWN, ()))
    except ProofError as error:
        raise RequestError(error.message, status=401, code=error.code) from error
    return who, body


def _answer(made: SignedAnswerBytes) -> Response:
    return Response(made.body, made.status, made.headers)
