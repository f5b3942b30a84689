# SPDX-License-Identifier: Apache-2.0
"""Files that are uploaded from a page. Nothing is read before it is known that whoever asks may send it."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Annotated, Final, NamedTuple

from fastapi import Depends
from starlette.responses import Response

from cocket.errors import SenderError, SettingsError
from cocket.gate import FILE_BYTES, RequestError, check_form
from cocket.workbench.base.guard import signed_in
from cocket.workbench.base.visits import Visit

UNPROCESSABLE: Final = 422

#: Places of a file that are named at most (count).
MOST_SHOWN: Final = 200


class Upload(NamedTuple):
    """A file somebody uploaded: the visit, and its bytes."""

    visit: Visit
    content: bytes


def uploaded(action: str, *office: None) -> Callable[..., Awaitable[Upload]]:
    """A dependency that reads an uploaded file for whoever may do this, and nothing for anybody else."""

    async def upload(visit: Annotated[Visit, Depends(signed_in)]) -> Upload:
        headers = visit.request.headers
        check_form(headers, headers.get("x-csrf-token", ""), visit.officer.csrf)
        visit.require(action, *office)
        body = bytearray()
        async for chunk in visit.request.stream():
            body += chunk
            if len(body) > FILE_BYTES:
                raise RequestError("The file is too large.", status=413, code="too-large", hint="Use the command line.")
        return Upload(visit, bytes(body))

    return upload


def refused(visit: Visit, error: SenderError | SettingsError) -> Response:
    """What stands against a file."""
    return visit.page("base/upload_refused", status=UNPROCESSABLE, problem=str(error))
