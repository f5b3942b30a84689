# SPDX-License-Identifier: Apache-2.0
"""Permits of a file that an agency sends, registered at once; what cannot be read is named."""

from __future__ import annotations

from typing import Annotated, Final

from fastapi import APIRouter, Depends
from starlette.concurrency import run_in_threadpool
from starlette.responses import Response

from cocket.errors import PolicyError, SenderError, SettingsError
from cocket.findings import render
from cocket.measures.permits import Form
from cocket.workbench.base import given
from cocket.workbench.base.guard import SignedIn
from cocket.workbench.base.labels import _
from cocket.workbench.base.uploads import MOST_SHOWN, UNPROCESSABLE, Upload, refused, uploaded

routes = APIRouter()

PermitFile = Annotated[Upload, Depends(uploaded("permit:register"))]

_FORMS: Final[dict[str, Form]] = {"toml": "toml", "json": "json", "csv": "csv"}
_NO_FORM: Final = _("The name of the file must end with .csv, .json or .toml.")


@routes.get("/administration/permits")
def permits(visit: SignedIn) -> Response:
    """The form for a file of permits."""
    visit.require("permit:register")
    return visit.page("measures/permit_file")


@routes.post("/administration/permits")
async def permit_file(sent: PermitFile, permits: given.Permits, file: str = "", reason: str = "") -> Response:
    """Register the permits of a file; what cannot be read is named and left out."""
    form = _FORMS.get(file.rpartition(".")[2].lower())
    if form is None:
        return sent.visit.page("base/upload_refused", status=UNPROCESSABLE, problem=sent.visit.say(_NO_FORM))
    try:
        taken = await run_in_threadpool(permits.register_file, sent.visit.principal, sent.content, form, reason)
    except PolicyError:
        raise
    except (SenderError, SettingsError) as error:
        return refused(sent.visit, error)
    findings = [(one, render(one, sent.visit.language.translate)) for one in taken.findings]
    return sent.visit.page("measures/permits_taken", taken=taken, findings=findings, most=MOST_SHOWN)
