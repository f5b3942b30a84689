# SPDX-License-Identifier: Apache-2.0
"""What routes have in common: who calls, what a query names, the bytes and forms that come, and a file that is given out."""

from __future__ import annotations

from collections.abc import Callable
from typing import Annotated, Any, Literal
from urllib.parse import quote

from fastapi import Depends, Query, Request
from starlette.concurrency import run_in_threadpool
from starlette.responses import Response

from cocket.api.intake import read_body
from cocket.api.permit_body import Body, read
from cocket.api.rendering import answer
from cocket.gate import FORM_BYTES, Asked, Flight


def _caller(request: Request) -> Any:
    return request.state.principal


def asked_of(request: Request) -> Asked:
    """What a request asks for, as far as it decides the form of an answer."""
    scope = request.scope
    return Asked(scope["method"], scope["path"], tuple(scope["headers"]))


#: Who calls, as the guard has authenticated him.
Caller = Annotated[Any, Depends(_caller)]

FileName = Annotated[str, Query(min_length=1, max_length=200, description="What the file is called.")]
ListState = Annotated[Literal["open", "closed"], Query(description="Those that wait for an answer, or closed ones.")]


async def read_form(
    request: Request, flight: Flight, form: type[Body], malformed: str, most_bytes: int = FORM_BYTES
) -> Body:
    """The form that a request brings.

    Args:
        request: The request of a caller.
        flight: Requests under way; what is read counts among them.
        form: Its shape.
        malformed: Code of what is said where it is of another shape.
        most_bytes: Largest form that is taken.

    Raises:
        RequestError: It is not of this shape, or has words with a character that cannot be seen (422), or is too large (413).
    """
    with flight.request(request.state.principal.id) as cargo:
        return read(await read_body(request.receive, cargo, most_bytes), form, malformed)


async def take_paper(
    request: Request, flight: Flight, most_bytes: int, act: Callable[[bytes], Any], status: int = 201
) -> Response:
    """The answer of an act on a file whose bytes a request brings.

    Args:
        request: The request of a caller.
        flight: Requests under way; the file counts among them until the act is done.
        most_bytes: Largest file that is taken.
        act: What is done with the bytes; gives what is answered.
        status: HTTP status of the answer.

    Raises:
        RequestError: It is too large (413).
    """
    with flight.request(request.state.principal.id) as cargo:
        content = await read_body(request.receive, cargo, most_bytes)
        return answer(await run_in_threadpool(act, content), status)


def attachment(name: str, content: bytes) -> Response:
    """A file as it was taken, to be saved under its name."""
    headers = {"content-disposition": f"attachment; filename*=UTF-8''{quote(name, safe='')}"}
    return Response(content, headers=headers, media_type="application/octet-stream")
