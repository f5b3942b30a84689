# SPDX-License-Identifier: Apache-2.0
"""Files that are uploaded from a page. Nothing is read before it is known that whoever asks may send it."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Awaitable, Callable
from typing import Annotated, Final, NamedTuple
from urllib.parse import quote

from fastapi import Depends
from starlette.datastructures import UploadFile
from starlette.formparsers import MultiPartException, MultiPartParser
from starlette.responses import Response

from cocket.errors import SenderError, SettingsError
from cocket.gate import FILE_BYTES, FORM_BYTES, RequestError, check_form
from cocket.workbench.base.guard import check_entered, signed_in
from cocket.workbench.base.visits import Visit

UNPROCESSABLE: Final = 422

#: Files and fields of one form with files (counts).
_MOST_FILES: Final = 5
_MOST_FIELDS: Final = 50

#: Places of a file that are named at most (count).
MOST_SHOWN: Final = 200


class Upload(NamedTuple):
    """A file somebody uploaded: the visit, and its bytes."""

    visit: Visit
    content: bytes


class Sheet(NamedTuple):
    """A form with files, as a browser sends it without a script: the visit, fields, and named files (0..n)."""

    visit: Visit
    fields: dict[str, str]
    files: tuple[tuple[str, bytes], ...]

    def text(self, name: str) -> str:
        """What was entered in a field, without blanks around it; empty if nothing was."""
        return self.fields.get(name, "").strip()

    def one_file(self) -> tuple[str, bytes]:
        """Name and bytes of the file that was chosen.

        Raises:
            SenderError: None was.
        """
        if not self.files:
            raise SenderError("Choose a file.", code="file-missing")
        return self.files[0]


async def sent_sheet(visit: Annotated[Visit, Depends(signed_in)]) -> Sheet:
    """A dependency that reads a form with files, from a page of ours and this session.

    Raises:
        RequestError: It comes from another site or another session (403), or is larger than a file may be (413).
        SenderError: It is not such a form.
    """
    most = visit.workbench.settings.max_file_bytes + FORM_BYTES
    body = bytearray()
    async for chunk in visit.request.stream():
        body += chunk
        if len(body) > most:
            raise RequestError("The file is too large.", status=413, code="too-large")

    async def again() -> AsyncGenerator[bytes, None]:
        yield bytes(body)

    try:
        parser = MultiPartParser(
            visit.request.headers, again(), max_files=_MOST_FILES, max_fields=_MOST_FIELDS, max_part_size=FORM_BYTES
        )
        form = await parser.parse()
    except (MultiPartException, KeyError, ValueError) as error:
        raise SenderError("This is not a form.", code="form") from error
    parts = form.multi_items()
    fields = {name: part for name, part in parts if isinstance(part, str)}
    files = [(part.filename or "", await part.read()) for _, part in parts if isinstance(part, UploadFile)]
    await form.close()
    check_form(visit.request.headers, fields.get("csrf", ""), visit.officer.csrf)
    check_entered(fields)
    return Sheet(visit, fields, tuple(one for one in files if one[0] or one[1]))


SentSheet = Annotated[Sheet, Depends(sent_sheet)]


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


def attachment(name: str, content: bytes) -> Response:
    """A file as it was taken, to be saved under its name and never shown in the browser."""
    headers = {"content-disposition": f"attachment; filename*=UTF-8''{quote(name, safe='')}"}
    return Response(content, headers=headers, media_type="application/octet-stream")


def refused(visit: Visit, error: SenderError | SettingsError) -> Response:
    """What stands against a file."""
    return visit.page("base/upload_refused", status=UNPROCESSABLE, problem=str(error))
