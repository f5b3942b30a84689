# SPDX-License-Identifier: Apache-2.0
"""Where events of Track and Trace are pushed to, asked for, and subscribed to: `/v1/dcsa`.

Source: DCSA Track and Trace 2.2 (callback: HEAD and POST, `Notification-Signature`; `GET /v2/events`, `Next-Page`;
`/v2/event-subscriptions`), 3.0 (`POST /v3/events`, `feedbackElements`; `GET /v3/events`, `Next-Page-Cursor`).
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

from cocket.api.callers import Caller, asked_of, read_form
from cocket.api.dcsa_forms import (
    BASE,
    CALLBACKS,
    SUBSCRIPTIONS,
    VERSION,
    feedback,
    refused_for,
    require_edition,
)
from cocket.api.intake import read_envelope
from cocket.api.openapi import MESSAGE_BODY, described, json_body
from cocket.api.rendering import answer
from cocket.errors import ProofError
from cocket.exchange.webhook_calls import LONGEST_URL
from cocket.gate import Asked, Flight, RequestError
from cocket.gate.headers import Scope
from cocket.pipeline.partners.dcsa_subscriptions import EDITION, EventSubscription, NewEventSubscription
from cocket.standards.dcsa.querying import NEW, OLD, read_query
from cocket.standards.json import write_json

if TYPE_CHECKING:
    from cocket.pipeline.partners.dcsa import Dcsa, Pushed
    from cocket.pipeline.partners.dcsa_callbacks import EventCallbacks
    from cocket.pipeline.partners.dcsa_subscriptions import EventSubscriptions

Cursor = Annotated[str, Query(max_length=100, description="Where the page begins, as the page before it said.")]
Limit = Annotated[int, Query(ge=1, description="Events of the page at most; of more than 1,000 as if it were 1,000.")]
_MOST_EVENTS: Final = 1_000


class SecretBody(BaseModel):
    """The secret that a carrier signs with; empty where it signs no more."""

    model_config = ConfigDict(extra="forbid", strict=True)

    sender: Annotated[str, Field(min_length=1, max_length=100)]
    secret: Annotated[str, Field(max_length=120, description="In base64; 32 to 64 bytes.")]


Code = Annotated[str, Field(min_length=1, max_length=20)]
Text = Annotated[str, Field(min_length=1, max_length=100)]

#: What of a body says where to, and by what it is known; all else filters.
_NO_FILTER: Final = frozenset({"callbackUrl", "secret", "subscriptionID"})


class _FilterBody(BaseModel):
    model_config = ConfigDict(extra="forbid", strict=True)

    callbackUrl: Annotated[str, Field(min_length=1, max_length=LONGEST_URL)]  # noqa: N815 - names of the standard
    eventType: list[Code] | None = Field(None, max_length=10)  # noqa: N815
    shipmentEventTypeCode: list[Code] | None = Field(None, max_length=50)  # noqa: N815
    documentTypeCode: list[Code] | None = Field(None, max_length=50)  # noqa: N815
    transportEventTypeCode: list[Code] | None = Field(None, max_length=50)  # noqa: N815
    equipmentEventTypeCode: list[Code] | None = Field(None, max_length=50)  # noqa: N815
    carrierBookingReference: Text | None = None  # noqa: N815
    transportDocumentReference: Text | None = None  # noqa: N815
    equipmentReference: Text | None = None  # noqa: N815
    transportCallID: Text | None = None  # noqa: N815
    vesselIMONumber: Text | None = None  # noqa: N815
    carrierVoyageNumber: Text | None = None  # noqa: N815
    exportVoyageNumber: Text | None = None  # noqa: N815
    carrierServiceCode: Text | None = None  # noqa: N815
    UNLocationCode: Text | None = None

    def filters(self) -> tuple[tuple[str, str], ...]:
        """Names and values of the filters (0..n)."""
        told = self.model_dump(exclude_none=True)
        return tuple(
            (name, ",".join(value) if isinstance(value, list) else value)
            for name, value in told.items()
            if name not in _NO_FILTER and value != []
        )


class SubscriptionBody(_FilterBody):
    """A subscription to events: where to, signed with what, and which; all filters have to hold, and one value of each list."""

    secret: Annotated[str, Field(max_length=120, description="In base64; 32 to 64 bytes.")]


class ChangedSubscriptionBody(_FilterBody):
    """A subscription as it is to be; the secret is changed apart."""

    subscriptionID: Annotated[str, Field(max_length=40)] | None = None  # noqa: N815


class SubscriptionSecretBody(BaseModel):
    """The secret that notifications are to be signed with."""

    model_config = ConfigDict(extra="forbid", strict=True)

    secret: Annotated[str, Field(max_length=120, description="In base64; 32 to 64 bytes.")]


#: Filters that are lists.
_LISTS: Final = frozenset(
    {
        "eventType",
        "shipmentEventTypeCode",
        "documentTypeCode",
        "transportEventTypeCode",
        "equipmentEventTypeCode",
    }
)
_MALFORMED: Final = "dcsa-malformed"

#: Every body of this file.
DCSA_BODIES: Final = (SecretBody, SubscriptionBody, ChangedSubscriptionBody, SubscriptionSecretBody)


def add_dcsa(app: FastAPI, dcsa: Dcsa, flight: Flight) -> None:
    """Add the routes to an application whose callers have been authenticated."""

    @app.head(f"{BASE}/events", status_code=204, include_in_schema=False)
    def alive(principal: Caller) -> Response:
        return Response(status_code=204)

    @app.post(f"{BASE}/events", **described("DcsaFeedback", "Push events of Track and Trace", body=MESSAGE_BODY))
    async def push(request: Request, principal: Caller) -> Response:
        asked, signature = asked_of(request), request.headers.get("notification-signature", "")
        edition = require_edition(asked)
        with flight.request(principal.id) as cargo:
            envelope = await read_envelope(dict(request.scope["headers"]), request.receive, principal, cargo)
            made = await run_in_threadpool(dcsa.push, principal, envelope, signature)
        if made.outcome != "accepted":
            return _refusal(made, asked)
        return answer(feedback(made.findings), headers={VERSION: edition})

    @app.get(f"{BASE}/events", **described("DcsaEvents", "Events of Track and Trace that you pushed"))
    def events(request: Request, principal: Caller, cursor: Cursor = "", limit: Limit = 100) -> Response:
        edition = require_edition(asked_of(request))
        asked = [(name, value) for name, value in request.query_params.multi_items() if name not in ("cursor", "limit")]
        limit = min(limit, _MOST_EVENTS)
        found = dcsa.events(principal, read_query(asked), edition, (cursor, limit))
        headers = {VERSION: edition, "Cocket-Left-Out": str(found.left_out)}
        if edition == NEW:
            if found.next:
                headers["Next-Page-Cursor"] = found.next
            told = [_left_out(found.left_out)] if found.left_out else []
            body: Any = {"events": list(found.events), **({"feedbackElements": told} if told else {})}
            return Response(write_json(body), 200, headers, media_type="application/json")
        here = f"{str(request.base_url).rstrip('/')}{BASE}/events"
        pages = {"Current-Page": cursor, **({"Next-Page": found.next} if found.next else {})}
        for name, place in pages.items():
            told_by = [*asked, ("limit", str(limit)), *([("cursor", place)] if place else [])]
            headers[name] = f"{here}?{urlencode(told_by)}"
        return Response(write_json(list(found.events)), 200, headers, media_type="application/json")

    @app.put(
        f"{BASE}/secret",
        status_code=204,
        **described(None, "Keep the secret that a carrier signs with", status=204, body=json_body(SecretBody)),
    )
    async def keep(request: Request, principal: Caller) -> Response:
        form = await read_form(request, flight, SecretBody, _MALFORMED)
        await run_in_threadpool(dcsa.keep_secret, principal, form.sender, _secret(form.secret))
        return Response(status_code=204)


def add_event_callbacks(app: FastAPI, callbacks: EventCallbacks, flight: Flight) -> None:
    """Add the routes of callbacks: those by which they are made, and those that carriers call, who have no key (see `is_callback`)."""

    @app.post(
        CALLBACKS,
        status_code=201,
        **described(
            "CallbackView",
            "Make an address that a carrier pushes events to",
            status=201,
            body=json_body(SecretBody),
        ),
    )
    async def make(request: Request, principal: Caller) -> Response:
        form = await read_form(request, flight, SecretBody, _MALFORMED)
        made = await run_in_threadpool(callbacks.make, principal, form.sender, _secret(form.secret))
        return answer(made, 201, {"Location": made.path})

    @app.get(CALLBACKS, **described("CallbackViews", "Your addresses that carriers push events to"))
    def every(principal: Caller) -> Response:
        return answer({"callbacks": callbacks.callbacks(principal)})

    @app.delete(
        f"{CALLBACKS}/{{callback_id}}",
        status_code=204,
        **described(None, "End an address that a carrier pushes events to", status=204),
    )
    def end(callback_id: str, principal: Caller) -> Response:
        callbacks.end(principal, callback_id)
        return Response(status_code=204)

    @app.head(f"{CALLBACKS}/{{callback_id}}", status_code=204, include_in_schema=False)
    def is_there(callback_id: str, request: Request) -> Response:
        return Response(status_code=204, headers={VERSION: EDITION})

    @app.post(
        f"{CALLBACKS}/{{callback_id}}",
        status_code=204,
        **described(None, "A carrier notifies of events, signed", status=204, body=MESSAGE_BODY),
    )
    async def take(callback_id: str, request: Request) -> Response:
        called, signature = request.state.called, request.headers.get("notification-signature", "")
        asked = asked_of(request)
        edition = require_edition(asked)
        headers = {one: value for one, value in request.scope["headers"] if one != b"cocket-sender"}
        with flight.request(f"callback {called.callback.id}") as cargo:
            envelope = await read_envelope(headers, request.receive, called.principal, cargo)
            try:
                made = await run_in_threadpool(callbacks.take, called, envelope, signature)
            except ProofError as error:
                raise RequestError(error.message, status=401, code=error.code) from error
        if made.outcome == "accepted":
            return Response(status_code=204, headers={VERSION: edition})
        return _refusal(made, asked)


def is_callback(scope: Scope) -> bool:
    """Whether a request is one of a carrier's at a callback, for which no key is asked."""
    return scope["method"] in ("HEAD", "POST") and scope["path"].startswith(f"{CALLBACKS}/")


def add_event_subscriptions(app: FastAPI, subscriptions: EventSubscriptions, flight: Flight) -> None:
    """Add the routes by which is subscribed to an application whose callers have been authenticated."""
    base, version = SUBSCRIPTIONS, {VERSION: EDITION}

    @app.post(
        base,
        status_code=201,
        **described("EventSubscription", "Subscribe to events", status=201, body=json_body(SubscriptionBody)),
    )
    async def subscribe(request: Request, principal: Caller) -> Response:
        form = await read_form(request, flight, SubscriptionBody, _MALFORMED)
        new = NewEventSubscription(address=form.callbackUrl, filters=form.filters(), secret=_secret(form.secret))
        made = await run_in_threadpool(subscriptions.subscribe, principal, new)
        return answer(_subscription(made), 201, {**version, "Location": f"{base}/{made.id}"})

    @app.get(base, **described("EventSubscriptions", "Subscriptions to events: yours; for customs, everybody's"))
    def every(principal: Caller) -> Response:
        return answer([_subscription(one) for one in subscriptions.subscriptions(principal)], headers=version)

    @app.get(f"{base}/{{subscription_id}}", **described("EventSubscription", "One subscription to events"))
    def one(subscription_id: str, principal: Caller) -> Response:
        return answer(_subscription(subscriptions.subscription(principal, subscription_id)), headers=version)

    @app.put(
        f"{base}/{{subscription_id}}",
        **described("EventSubscription", "Change a subscription to events", body=json_body(ChangedSubscriptionBody)),
    )
    async def change(subscription_id: str, request: Request, principal: Caller) -> Response:
        form = await read_form(request, flight, ChangedSubscriptionBody, _MALFORMED)
        if form.subscriptionID not in (None, subscription_id):
            raise RequestError("subscriptionID is that of another subscription.", status=422, code="dcsa-subscription")
        new = NewEventSubscription(address=form.callbackUrl, filters=form.filters())
        made = await run_in_threadpool(subscriptions.change, principal, subscription_id, new)
        return answer(_subscription(made), headers=version)

    @app.delete(
        f"{base}/{{subscription_id}}", status_code=204, **described(None, "End a subscription to events", status=204)
    )
    def end(subscription_id: str, principal: Caller) -> Response:
        subscriptions.unsubscribe(principal, subscription_id)
        return Response(status_code=204, headers=version)

    @app.put(
        f"{base}/{{subscription_id}}/secret",
        status_code=204,
        **described(None, "Sign with another secret", status=204, body=json_body(SubscriptionSecretBody)),
    )
    async def keep_secret(subscription_id: str, request: Request, principal: Caller) -> Response:
        form = await read_form(request, flight, SubscriptionSecretBody, _MALFORMED)
        await run_in_threadpool(subscriptions.keep_secret, principal, subscription_id, _secret(form.secret))
        return Response(status_code=204, headers=version)

    @app.get(
        f"{base}/{{subscription_id}}/undelivered",
        **described("Undelivered", "How pushing goes, and which events wait or were given up"),
    )
    def undelivered(subscription_id: str, principal: Caller) -> Response:
        return answer(subscriptions.undelivered(principal, subscription_id))

    @app.post(
        f"{base}/{{subscription_id}}/undelivered",
        status_code=202,
        **described("EventSubscription", "Try at once what waits or was given up", status=202),
    )
    def again(subscription_id: str, principal: Caller) -> Response:
        return answer(_subscription(subscriptions.send_again(principal, subscription_id)), 202, version)


def _subscription(one: EventSubscription) -> dict[str, Any]:
    """A subscription as the standard has it."""
    lists = {name: value.split(",") if name in _LISTS else value for name, value in one.filters}
    return {"subscriptionID": one.id, "callbackUrl": one.address, **lists}


def _secret(text: str) -> bytes:
    try:
        return base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError) as error:
        raise RequestError("The secret is not in base64.", status=422, code="dcsa-secret") from error


def _refusal(made: Pushed, asked: Asked) -> Response:
    """The answer to events that were refused."""
    told = refused_for(made.findings, asked)
    return Response(told.body, told.status, dict(told.headers), media_type=told.media_type)


def _left_out(number: int) -> dict[str, str]:
    """Feedback that events of another edition were left out."""
    words = f"Events of another edition that are left out: {number}. State API-Version: {OLD} for those of Track and Trace 2.2."
    return {"severity": "INFO", "code": "dcsa-left-out", "message": words}
