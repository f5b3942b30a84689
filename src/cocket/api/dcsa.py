# SPDX-License-Identifier: Apache-2.0
"""Where carriers push events of Track and Trace: `/v1/dcsa/events`.

Source: DCSA Track and Trace 2.2 (callback: HEAD and POST, `Notification-Signature`), 3.0 (`POST /v3/events`, `feedbackElements`).
"""

from __future__ import annotations

import base64
import binascii
from typing import TYPE_CHECKING, Annotated, Any, Final

from fastapi import FastAPI, Request
from pydantic import BaseModel, ConfigDict, Field
from starlette.concurrency import run_in_threadpool
from starlette.responses import Response

from cocket.api.callers import Caller, read_form
from cocket.api.intake import read_envelope
from cocket.api.openapi import MESSAGE_BODY, described, json_body
from cocket.api.rendering import answer
from cocket.findings import Finding, render
from cocket.gate import Flight, RequestError

if TYPE_CHECKING:
    from cocket.pipeline.partners.dcsa import Dcsa

_SEVERITIES: Final = {"error": "ERROR", "warning": "WARN", "info": "INFO"}
_MOST_FEEDBACK: Final = 100


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
