# SPDX-License-Identifier: Apache-2.0
"""The routes by which endpoints are registered to which events are sent, and the description of these events."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

from fastapi import Depends, FastAPI, Request
from starlette.concurrency import run_in_threadpool
from starlette.responses import Response

from cocket import __version__
from cocket.api.intake import read_body
from cocket.api.openapi import described, json_body
from cocket.api.permit_body import read
from cocket.api.rendering import answer
from cocket.api.webhook_body import AgainBody, ConfirmBody, SecretBody, WebhookBody, WebhookStateBody
from cocket.exchange.cloud_events import write_async_api
from cocket.gate import FORM_BYTES, Flight

if TYPE_CHECKING:
    from cocket.pipeline.governance.webhooks import Webhooks

_MALFORMED = "webhook-malformed"


def _caller(request: Request) -> Any:
    return request.state.principal


Caller = Annotated[Any, Depends(_caller)]


def add_webhooks(app: FastAPI, own: Webhooks, inside: Webhooks, flight: Flight) -> None:
    """Add the routes to an application whose callers have been authenticated; the same for traders and for customs."""
    _add_kept(app, own, flight, ("/v1/own/webhooks", "yours"))
    _add_kept(app, inside, flight, ("/v1/webhooks", "the administration's and its partners'"))

    @app.get("/v1/asyncapi.json", **described("AsyncApi", "What events there are, as AsyncAPI 3.0"))
    def description(principal: Caller) -> Response:
        return answer(write_async_api(__version__))


def _add_kept(app: FastAPI, webhooks: Webhooks, flight: Flight, where: tuple[str, str]) -> None:
    base, whose = where

    async def body(request: Request, principal: Any, kind: Any) -> Any:
        with flight.request(principal.id) as cargo:
            content = await read_body(request.receive, cargo, FORM_BYTES)
        return read(content or b"{}", kind, _MALFORMED)

    @app.get(base, **described("Webhooks", f"Webhooks: {whose}"))
    def every(principal: Caller) -> Response:
        return answer({"webhooks": webhooks.webhooks(principal)})

    @app.post(
        base,
        status_code=201,
        **described(
            "WebhookSecretShown",
            "Register an endpoint, whose secret is shown once, or an e-mail address",
            status=201,
            body=json_body(WebhookBody),
        ),
    )
    async def register(request: Request, principal: Caller) -> Response:
        new = (await body(request, principal, WebhookBody)).webhook()
        return answer(await run_in_threadpool(webhooks.register, principal, new), 201)

    @app.get(f"{base}/{{webhook_id}}", **described("WebhookView", "One webhook, and how sending to it goes"))
    def one(webhook_id: str, principal: Caller) -> Response:
        return answer(webhooks.webhook(principal, webhook_id))

    @app.post(
        f"{base}/{{webhook_id}}/test", status_code=202, **described("WebhookView", "Send a test event", status=202)
    )
    def test(webhook_id: str, principal: Caller) -> Response:
        return answer(webhooks.send_test(principal, webhook_id), 202)

    @app.post(
        f"{base}/{{webhook_id}}/secret",
        status_code=201,
        **described("WebhookSecretShown", "Make a new secret", status=201, body=json_body(SecretBody)),
    )
    async def renew(webhook_id: str, request: Request, principal: Caller) -> Response:
        hours = (await body(request, principal, SecretBody)).overlap_hours
        return answer(await run_in_threadpool(webhooks.renew_secret, principal, webhook_id, hours), 201)

    @app.post(
        f"{base}/{{webhook_id}}/state",
        **described("WebhookView", "Pause a webhook, resume or end it", body=json_body(WebhookStateBody)),
    )
    async def set_state(webhook_id: str, request: Request, principal: Caller) -> Response:
        state = (await body(request, principal, WebhookStateBody)).state
        return answer(await run_in_threadpool(webhooks.set_state, principal, webhook_id, state))

    @app.post(
        f"{base}/{{webhook_id}}/confirm",
        **described("WebhookView", "Confirm an e-mail address by its code", body=json_body(ConfirmBody)),
    )
    async def confirm(webhook_id: str, request: Request, principal: Caller) -> Response:
        code = (await body(request, principal, ConfirmBody)).code
        return answer(await run_in_threadpool(webhooks.confirm, principal, webhook_id, code))

    @app.post(
        f"{base}/{{webhook_id}}/code",
        status_code=202,
        **described("WebhookView", "Have a new code sent to an e-mail address that is not confirmed", status=202),
    )
    def code(webhook_id: str, principal: Caller) -> Response:
        return answer(webhooks.send_code(principal, webhook_id), 202)

    @app.get(
        f"{base}/{{webhook_id}}/undelivered",
        **described("UndeliveredEvents", "Events that are not sent by themselves any more"),
    )
    def undelivered(webhook_id: str, principal: Caller) -> Response:
        return answer({"events": webhooks.given_up(principal, webhook_id)})

    @app.post(
        f"{base}/{{webhook_id}}/undelivered",
        status_code=202,
        **described("SentAgain", "Send what was not delivered again", status=202, body=json_body(AgainBody)),
    )
    async def again(webhook_id: str, request: Request, principal: Caller) -> Response:
        event = (await body(request, principal, AgainBody)).event
        number = await run_in_threadpool(webhooks.send_again, principal, webhook_id, event)
        return answer({"events": number}, 202)
