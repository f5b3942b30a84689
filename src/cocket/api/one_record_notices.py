# SPDX-License-Identifier: Apache-2.0
"""Subscriptions and notifications of ONE Record, those of our server and those that come to us; and how sources are asked by themselves.

Source: ONE Record API 2.3: subscriptions, notifications.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

from fastapi import FastAPI, Query, Request
from starlette.concurrency import run_in_threadpool
from starlette.responses import Response

from cocket.api.callers import Caller, read_form
from cocket.api.one_record import BASE, base_of, body_of, ld_answer, objects_of, requested, require_type, whole_number
from cocket.api.openapi import OBJECT_BODY, described, json_body
from cocket.api.rendering import answer
from cocket.api.source_body import OneRecordCallbackBody, SourceSubscriptionBody, SourceTopicBody
from cocket.gate import Flight
from cocket.standards.one_record.objects import API

if TYPE_CHECKING:
    from cocket.pipeline.partners.following import Following
    from cocket.pipeline.partners.one_record import OneRecord
    from cocket.pipeline.partners.one_record_notices import OneRecordNotices

_MALFORMED = "one-record-malformed"

TopicType = Annotated[
    str, Query(alias="topicType", max_length=200, description="LOGISTICS_OBJECT_TYPE or LOGISTICS_OBJECT_IDENTIFIER.")
]
Topic = Annotated[str, Query(max_length=500, description="IRI of a class, or address of an object.")]


def add_one_record_notices(app: FastAPI, records: OneRecord, notices: OneRecordNotices, flight: Flight) -> None:
    """Add the routes by which senders subscribe at this server, to an application whose callers have been authenticated.

    Args:
        app: The application.
        records: Takes subscriptions.
        notices: Where notifications go, and what became of them.
        flight: Requests under way.
    """

    @app.post(
        f"{BASE}/subscriptions",
        status_code=201,
        **described(None, "Subscribe to a logistics object, or to a class of them", status=201, body=OBJECT_BODY),
    )
    async def subscribe(request: Request, principal: Caller) -> Response:
        body = await body_of(request, flight, principal)
        made = await run_in_threadpool(records.ask_subscription, principal, body, objects_of(request))
        return requested(request, made)

    @app.put(
        f"{BASE}/callback",
        **described(
            "CallbackKept",
            "Keep where notifications are sent; the secret that they are signed with is shown once",
            body=json_body(OneRecordCallbackBody),
        ),
    )
    async def keep(request: Request, principal: Caller) -> Response:
        form = await read_form(request, flight, OneRecordCallbackBody, _MALFORMED)

        def act() -> object:
            return notices.keep_callback(principal, form.sender, form.address, form.token)

        return answer(await run_in_threadpool(act))

    @app.get(
        f"{BASE}/outbox",
        **described("OneRecordOutbox", "Notifications that wait to be sent, were given up, or were withheld"),
    )
    def outbox(principal: Caller) -> Response:
        return answer({"notices": notices.outbox(principal)})

    @app.post(
        f"{BASE}/outbox/{{notice_id}}/again",
        **described("OneRecordNotice", "Send a notification again that was given up"),
    )
    def again(notice_id: str, principal: Caller) -> Response:
        return answer(notices.send_again(principal, notice_id))


def add_following(app: FastAPI, following: Following, flight: Flight) -> None:
    """Add the routes by which sources tell us, and are asked by themselves, to an application whose callers have been authenticated.

    Args:
        app: The application.
        following: Takes what sources tell, and shows how asking them goes.
        flight: Requests under way.
    """

    @app.get(
        f"{BASE}/subscriptions",
        **described("OneRecordObject", "What this server wants to be notified of by the server that asks"),
    )
    def offered(request: Request, principal: Caller, topic_type: TopicType, topic: Topic) -> Response:
        require_type(request)
        found = following.offered(principal, topic_type, topic, base_of(request))
        if found:
            return ld_answer(found[0], f"{API}Subscription", at=None)
        body = {"@type": f"{API}Collection", f"{API}hasTotalItems": whole_number(0), f"{API}hasItem": []}
        return ld_answer(body, f"{API}Collection", at=None)

    @app.post(
        f"{BASE}/notifications",
        status_code=204,
        **described(None, "Tell that something changed at the server of a partner", status=204, body=OBJECT_BODY),
    )
    async def notify(request: Request, principal: Caller) -> Response:
        body = await body_of(request, flight, principal)
        await run_in_threadpool(following.take, principal, body)
        return Response(status_code=204)

    @app.get(
        "/v1/sources/work",
        **described("FollowingView", "How asking sources by themselves goes, their notices, and where we subscribed"),
    )
    def view(principal: Caller) -> Response:
        return answer(following.view(principal))

    @app.post(
        "/v1/sources/{source_id}/subscriptions",
        status_code=201,
        **described("SourceSubscription", "Subscribe at a source", status=201, body=json_body(SourceTopicBody)),
    )
    async def subscribe(source_id: str, request: Request, principal: Caller) -> Response:
        told = await read_form(request, flight, SourceTopicBody, _MALFORMED)
        made = await run_in_threadpool(following.subscribe, principal, source_id, told.topic_type, told.topic)
        return answer(made, 201)

    @app.post(
        "/v1/sources/{source_id}/subscriptions/end",
        **described("SourceSubscription", "End a subscription at a source", body=json_body(SourceSubscriptionBody)),
    )
    async def end(source_id: str, request: Request, principal: Caller) -> Response:
        told = await read_form(request, flight, SourceSubscriptionBody, _MALFORMED)
        return answer(await run_in_threadpool(following.unsubscribe, principal, source_id, told.location))
