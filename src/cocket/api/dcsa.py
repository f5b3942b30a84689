# SPDX-License-Identifier: Apache-2.0
"""Where carriers push events of Track and Trace, and ask for them: `/v1/dcsa/events`.

Source: DCSA Track and Trace 2.2 (callback: HEAD and POST, `Notification-Signature`; `GET /v2/events`, `Next-Page`), 3.0
(`POST /v3/events`, `feedbackElements`; `GET /v3/events`, `Next-Page-Cursor`).
"""

from __future__ import annotations

import base64
import binascii
from typing import TYPE_CHECKING, Annotated, Any, Final
from urllib.parse import urlencode

from fastapi import FastAPI, Query, Request
from pydantic import BaseModel, ConfigDict, Field
from starlette.concurrency import run_in_threadpool
from starlette.responses import Response

from cocket.api.callers import Caller, read_form
from cocket.api.intake import read_envelope
from cocket.api.openapi import MESSAGE_BODY, described, json_body
from cocket.api.rendering import answer
from cocket.findings import Finding, render
from cocket.gate import Flight, RequestError
from cocket.standards.dcsa.querying import read_query
from cocket.standards.json import write_json

if TYPE_CHECKING:
    from cocket.pipeline.partners.dcsa import Dcsa

_SEVERITIES: Final = {"error": "ERROR", "warning": "WARN", "info": "INFO"}
_MOST_FEEDBACK: Final = 100

Cursor = Annotated[str, Query(max_length=100, description="Where the page begins, as the page before it said.")]
Limit = Annotated[int, Query(ge=1, le=1000, description="Events of the page at most.")]


class SecretBody(BaseModel):
    """The secret that a carrier signs with; empty where it signs no more."""

    model_config = ConfigDict(extra="forbid", strict=True)

    sender: Annotated[str, Field(min_length=1, max_length=100)]
    secret: Annotated[str, Field(max_length=120, description="In base64; 32 to 64 bytes.")]


def add_dcsa(app: FastAPI, dcsa: Dcsa, flight: Flight) -> None:
    """Add the routes to an application whose callers have been authenticated."""

    @app.head("/v1/dcsa/events", status_code=204, include_in_schema=False)
    def alive(principal: Caller) -> Response:
        return Response(status_code=204)

    @app.post("/v1/dcsa/events", **described("DcsaFeedback", "Push events of Track and Trace", body=MESSAGE_BODY))
    async def push(request: Request, principal: Caller) -> Response:
        signature = request.headers.get("notification-signature", "")
        with flight.request(principal.id) as cargo:
            envelope = await read_envelope(dict(request.scope["headers"]), request.receive, principal, cargo)
            made = await run_in_threadpool(dcsa.push, principal, envelope, signature)
        headers = {"API-Version": request.headers.get("api-version", "3.0.0")[:20]}
        body = {"feedbackElements": [_feedback(one) for one in made.findings[:_MOST_FEEDBACK]]}
        return answer(body, 200 if made.outcome == "accepted" else 400, headers)

    @app.get("/v1/dcsa/events", **described("DcsaEvents", "Events of Track and Trace that you pushed"))
    def events(request: Request, principal: Caller, cursor: Cursor = "", limit: Limit = 100) -> Response:
        told = request.headers.get("api-version") or request.headers.get("api-version-major") or "3.0"
        is_old = told.strip().startswith("2")
        asked = [(name, value) for name, value in request.query_params.multi_items() if name not in ("cursor", "limit")]
        found = dcsa.events(principal, read_query(asked), cursor, limit)
        headers = {"API-Version": "2.2.0" if is_old else "3.0.0"}
        if found.next and not is_old:
            headers["Next-Page-Cursor"] = found.next
        if found.next and is_old:
            page = urlencode([*asked, ("limit", str(limit)), ("cursor", found.next)])
            headers["Next-Page"] = f"{str(request.base_url).rstrip('/')}/v1/dcsa/events?{page}"
        content = write_json(list(found.events) if is_old else {"events": list(found.events)})
        return Response(content, 200, headers, media_type="application/json")

    @app.put(
        "/v1/dcsa/secret",
        status_code=204,
        **described(None, "Keep the secret that a carrier signs with", status=204, body=json_body(SecretBody)),
    )
    async def keep(request: Request, principal: Caller) -> Response:
        form = await read_form(request, flight, SecretBody, "dcsa-malformed")
        try:
            secret = base64.b64decode(form.secret, validate=True)
        except (binascii.Error, ValueError) as error:
            raise RequestError("The secret is not in base64.", status=422, code="dcsa-secret") from error
        await run_in_threadpool(dcsa.keep_secret, principal, form.sender, secret)
        return Response(status_code=204)


def _feedback(one: Finding) -> dict[str, Any]:
    where = "$" + "".join(
        f"[{step}]" if step.isdigit() else f".{step}" for step in (one.location or "").split("/") if step
    )
    return {"severity": _SEVERITIES[one.severity], "code": one.code, "message": render(one), "propertyPath": where}
