# SPDX-License-Identifier: Apache-2.0
"""The witness's own small door: heads come in, cosignatures go out, and anyone may see what was cosigned last.

It asks for no key: a head is signed by its log, and nothing else is looked at. Source: C2SP tlog-witness.
"""

from __future__ import annotations

import socket as sockets
import time
from collections.abc import Callable
from typing import TYPE_CHECKING, Final

from starlette.applications import Starlette
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from cocket.errors import StoreError
from cocket.gate import DATA_HEADERS, Bounds, Buckets, Door, Rate, RequestError, serve, start_log, with_headers
from cocket.ledger.witnessing import MOST_REQUEST_BYTES

if TYPE_CHECKING:
    from cocket.gate.headers import Application
    from cocket.pipeline.ledger.witness import Witness

#: Limits of the door: a request is a few kilobytes, and few logs ask.
BOUNDS: Final = Bounds(body_bytes=MOST_REQUEST_BYTES, connections=256)

#: Requests of one address: several logs behind it, a head a second each.
_RATE: Final = Rate(per_second=50.0, burst=200.0)

_TEXT: Final = "text/plain; charset=utf-8"


def build_witness(witness: Witness, clock: Callable[[], float] = time.time) -> Application:
    """The door of a witness, to be served by `cocket.gate.serve`.

    Args:
        witness: Decides and keeps.
        clock: The time (POSIX seconds, UTC).
    """
    quota = Buckets(_RATE, time.monotonic)

    async def add_checkpoint(request: Request) -> Response:
        try:
            quota.take(request.client.host if request.client else "")
        except RequestError as error:
            return Response(f"{error.message}\n", error.status, headers=dict(error.headers), media_type=_TEXT)
        body = await request.body()
        try:
            answer = await run_in_threadpool(witness.add_checkpoint, body, int(clock()))
        except StoreError:
            return _closed()
        return Response(answer.body, answer.status, headers={"content-type": answer.type})

    async def checkpoint(request: Request) -> Response:
        try:
            note = await run_in_threadpool(witness.checkpoint, request.path_params["name"])
        except StoreError:
            return _closed()
        if note is None:
            return Response("No head of this log was cosigned here.\n", 404, media_type=_TEXT)
        return Response(note, media_type=_TEXT)

    async def healthz(request: Request) -> Response:
        return Response("ok\n", media_type=_TEXT)

    routes = [
        Route("/add-checkpoint", add_checkpoint, methods=["POST"]),
        Route("/{name}/checkpoint", checkpoint, methods=["GET"]),
        Route("/healthz", healthz, methods=["GET"]),
    ]
    return with_headers(Starlette(routes=routes), DATA_HEADERS)


def run_witness(witness: Witness, socket: sockets.socket, *, started: Callable[[], None] | None = None) -> None:
    """Serve a witness until SIGTERM.

    Args:
        witness: Decides and keeps.
        socket: Where logs connect, from `cocket.gate.listen`.
        started: Called once requests are taken.
    """
    start_log()
    serve(Door(build_witness(witness), socket, BOUNDS), started=started)


def _closed() -> Response:
    """Nothing was cosigned, and nothing reported that is not on disk."""
    return Response(
        "The witness cannot store anything at the moment.\n", 503, headers={"retry-after": "30"}, media_type=_TEXT
    )
