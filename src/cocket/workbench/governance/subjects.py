# SPDX-License-Identifier: Apache-2.0
"""What is held about someone, by page: the form, and the answer as a page of its own or as JSON."""

from __future__ import annotations

import msgspec
from fastapi import APIRouter
from starlette.responses import Response

from cocket.errors import ReasonMissingError, SenderError
from cocket.governance.subject_access import write_export_html
from cocket.workbench.base import given
from cocket.workbench.base.guard import Acting, SignedIn
from cocket.workbench.base.uploads import UNPROCESSABLE

routes = APIRouter()


@routes.get("/administration/subjects")
def form(visit: SignedIn) -> Response:
    """The form."""
    visit.require("subject:export", None)
    return visit.page("governance/subjects", fields={}, problem=None)


@routes.post("/administration/subjects")
def export(act: Acting, subjects: given.Subjects) -> Response:
    """The answer, as a file for the browser to keep; the content of messages is given by the command alone."""
    try:
        made, _ = subjects.export(act.visit.principal, act.text("subject"), act.text("reason"))
    except (SenderError, ReasonMissingError) as error:
        return act.visit.page("governance/subjects", fields=act.fields, problem=error.message, status=UNPROCESSABLE)
    is_json = act.text("form") == "json"
    content = msgspec.json.format(msgspec.json.encode(made), indent=2) if is_json else write_export_html(made)
    name = "subject.json" if is_json else "subject.html"
    kind = "application/json" if is_json else "text/html; charset=utf-8"
    return Response(content, headers={"content-disposition": f'attachment; filename="{name}"'}, media_type=kind)
