# SPDX-License-Identifier: Apache-2.0
"""The routes by which an officer's system gives something to a partner administration, looks what became of it, and answers requests.

What is given or answered is sealed, and waits until the role `events` has sent it: by signed messages, as `cocket partner push` does.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, Annotated

from fastapi import FastAPI, Path, Query, Request
from starlette.concurrency import run_in_threadpool
from starlette.responses import Response

from cocket.api.callers import Caller, read_form
from cocket.api.openapi import described, json_body
from cocket.api.partner_body import EndBody, NoticeAnswerBody, PushBody
from cocket.api.rendering import answer
from cocket.gate import Flight, RequestError

if TYPE_CHECKING:
    from cocket.governance import Principal
    from cocket.pipeline.partners.exchange import HouseExchange
    from cocket.pipeline.partners.messages import Exchanged
    from cocket.pipeline.partners.notices import PartnerNotices
    from cocket.pipeline.partners.subscribers import PartnerSubscriptions

Country = Annotated[str, Path(max_length=10, description="The partner's country, ISO 3166 alpha-2.")]
OfCountry = Annotated[str, Query(max_length=10, description="Of this partner's country alone.")]
OfKind = Annotated[str, Query(max_length=40, description="Of this kind alone, such as assistance.")]
IsOpen = Annotated[bool, Query(alias="open", description="Requests for assistance alone that wait for an answer.")]

_MALFORMED = "partner-malformed"
_MIRROR = "mirror"


def add_partner_subscriptions(app: FastAPI, subscribers: PartnerSubscriptions, flight: Flight) -> None:
    """Add the routes by which customs sees who subscribed to events, and acts on it, to such an application."""
    base = "/v1/partners/subscriptions"

    @app.get(base, **described("PartnerSubscriptions", "Who subscribed to events, and how sending goes"))
    def every(principal: Caller) -> Response:
        return answer({"subscriptions": subscribers.subscriptions(principal)})

    @app.get(f"{base}/{{subscription_id}}", **described("PartnerSubscription", "One subscription to events"))
    def one(subscription_id: str, principal: Caller) -> Response:
        return answer(subscribers.subscription(principal, subscription_id))

    @app.post(
        f"{base}/{{subscription_id}}/again",
        status_code=202,
        **described("PartnerSubscription", "Try at once what waits or was given up", status=202),
    )
    def again(subscription_id: str, principal: Caller) -> Response:
        return answer(subscribers.send_again(principal, subscription_id), 202)

    @app.post(
        f"{base}/{{subscription_id}}/end",
        status_code=204,
        **described(None, "End a subscription to events", status=204, body=json_body(EndBody)),
    )
    async def end(subscription_id: str, request: Request, principal: Caller) -> Response:
        form = await read_form(request, flight, EndBody, _MALFORMED)
        await run_in_threadpool(subscribers.end, principal, subscription_id, form.reason)
        return Response(status_code=204)


def add_partners(app: FastAPI, exchange: HouseExchange, notices: PartnerNotices, flight: Flight) -> None:
    """Add the routes to an application whose callers have been authenticated."""

    def given(principal: Principal, country: str, body: PushBody) -> Iterable[Exchanged]:
        if body.kind == _MIRROR:
            if body.since is None or body.until is None or body.notices:
                raise RequestError(
                    "Records of trade are of some days: since and until.", status=422, code="partner-push"
                )
            return exchange.push_records(principal, country, body.since, body.until, body.purpose)
        if body.since is not None or body.until is not None or not body.notices:
            raise RequestError("Notices are given as their file: notices.", status=422, code="partner-push")
        return (notices.tell(principal, body.kind, country, body.notices.encode(), body.purpose),)

    def push(principal: Principal, country: str, body: PushBody) -> list[Exchanged]:
        return [exchange.message(principal, one.id) for one in given(principal, country, body)]

    @app.post(
        "/v1/partners/{country}/pushes",
        status_code=202,
        **described(
            "PartnerPushes",
            "Give a partner administration records of trade or notices",
            status=202,
            body=json_body(PushBody),
        ),
    )
    async def pushes(country: Country, request: Request, principal: Caller) -> Response:
        body = await read_form(request, flight, PushBody, _MALFORMED, 2 * 1024 * 1024)
        return answer({"messages": await run_in_threadpool(push, principal, country, body)}, 202)

    @app.get(
        "/v1/partners/messages", **described("ExchangeView", "Messages to and from partners, and how sending goes")
    )
    def every(principal: Caller) -> Response:
        return answer(exchange.exchanges(principal))

    @app.get(
        "/v1/partners/messages/{message_id}", **described("Exchanged", "One message, with why it waits if it does")
    )
    def one(message_id: str, principal: Caller) -> Response:
        return answer(exchange.message(principal, message_id))

    @app.post(
        "/v1/partners/messages/{message_id}/again",
        status_code=202,
        **described("Exchanged", "Send a message again that was given up", status=202),
    )
    def again(message_id: str, principal: Caller) -> Response:
        return answer(exchange.send_again(principal, message_id), 202)


def add_partner_notices(app: FastAPI, exchange: HouseExchange, notices: PartnerNotices, flight: Flight) -> None:
    """Add the routes by which notices and requests are listed, and requests answered, to such an application."""
    base = "/v1/partners/notices"

    def answered(principal: Principal, notice_id: str, body: NoticeAnswerBody) -> Exchanged:
        made = notices.answer(principal, notice_id, body.state, body.words, body.purpose)
        return exchange.message(principal, made.id)

    @app.get(base, **described("PartnerNotices", "Notices and requests for assistance, from and to partners"))
    def every(principal: Caller, country: OfCountry = "", kind: OfKind = "", is_open: IsOpen = False) -> Response:
        return answer({"notices": notices.notices(principal, country.strip().upper(), kind, is_open=is_open)})

    @app.get(f"{base}/{{notice_id}}", **described("NoticeView", "One notice or request, and what became of it"))
    def one(notice_id: str, principal: Caller) -> Response:
        return answer(notices.notice(principal, notice_id))

    @app.post(
        f"{base}/{{notice_id}}/answers",
        status_code=202,
        **described(
            "Exchanged",
            "Accept, decline or answer a partner's request for assistance",
            status=202,
            body=json_body(NoticeAnswerBody),
        ),
    )
    async def answers(notice_id: str, request: Request, principal: Caller) -> Response:
        body = await read_form(request, flight, NoticeAnswerBody, _MALFORMED)
        return answer(await run_in_threadpool(answered, principal, notice_id, body), 202)
