# SPDX-License-Identifier: Apache-2.0
"""Messages and notices from and to partner administrations by page, and answering a request for assistance."""

from __future__ import annotations

from typing import Final

from fastapi import APIRouter
from starlette.responses import Response

from cocket.errors import ReasonMissingError, SenderError
from cocket.pipeline import NotFoundError
from cocket.pipeline.partners.subscribers import PartnerSubscriptions
from cocket.workbench.base import given
from cocket.workbench.base.guard import Acting, SignedIn
from cocket.workbench.base.uploads import UNPROCESSABLE
from cocket.workbench.base.visits import Toast, Visit
from cocket.workbench.partners import notice_labels as words

routes = APIRouter()

_HERE: Final = "/administration/partners"

#: Messages of the list (count).
_SHOWN: Final = 100


@routes.get("/administration/partners")
def exchange(
    visit: SignedIn,
    exchange: given.HouseExchange,
    notices: given.PartnerNotices,
    subscribers: given.PartnerSubscriptions,
) -> Response:
    """What partners told and asked, what they were told and asked, who subscribed to events, and how sending goes."""
    view = exchange.exchanges(visit.principal)
    found = notices.notices(visit.principal)
    return visit.page(
        "partners/exchange",
        view=view,
        logs=exchange.logs(visit.principal),
        messages=view.messages[:_SHOWN],
        notices=sorted(found, key=lambda one: not one.is_overdue),
        subscriptions=subscribers.subscriptions(visit.principal) if visit.may("agreement:read", None) else None,
        said=words,
    )


@routes.get("/administration/partners/{notice_id}")
def notice(visit: SignedIn, notices: given.PartnerNotices, notice_id: str) -> Response:
    """One notice, and what became of it."""
    return _page(visit, notices, notice_id)


@routes.post("/administration/partners/{notice_id}/answer")
def answer(act: Acting, notices: given.PartnerNotices, notice_id: str) -> Response:
    """Accept, decline or answer a partner's request for assistance."""
    try:
        notices.answer(act.visit.principal, notice_id, act.text("state"), act.text("words"))
    except NotFoundError:
        raise
    except SenderError as error:
        return _page(act.visit, notices, notice_id, problem=error.message)
    return act.visit.go(f"{_HERE}/{notice_id}", Toast("partner-answered"))


@routes.get("/administration/partners/messages/{message_id}")
def message(visit: SignedIn, exchange: given.HouseExchange, message_id: str) -> Response:
    """One message: under which agreement, for what, by whom, what it holds, and what the other side sealed of it."""
    return visit.page("partners/message", view=exchange.opened(visit.principal, message_id), said=words)


@routes.get("/administration/partners/subscriptions/{subscription_id}")
def subscription(visit: SignedIn, subscribers: given.PartnerSubscriptions, subscription_id: str) -> Response:
    """One subscription to events: whose, to what, where it goes, and how sending goes."""
    return _subscription(visit, subscribers, subscription_id)


@routes.post("/administration/partners/subscriptions/{subscription_id}/again")
def send_again(act: Acting, subscribers: given.PartnerSubscriptions, subscription_id: str) -> Response:
    """Try at once what waits or was given up."""
    try:
        subscribers.send_again(act.visit.principal, subscription_id)
    except NotFoundError:
        raise
    except SenderError as error:
        return _subscription(act.visit, subscribers, subscription_id, error.message)
    return act.visit.go(f"{_HERE}/subscriptions/{subscription_id}", Toast("subscription-again"))


@routes.post("/administration/partners/subscriptions/{subscription_id}/end")
def end(act: Acting, subscribers: given.PartnerSubscriptions, subscription_id: str) -> Response:
    """End one, with a reason."""
    try:
        subscribers.end(act.visit.principal, subscription_id, act.text("reason"))
    except NotFoundError:
        raise
    except (SenderError, ReasonMissingError) as error:
        return _subscription(act.visit, subscribers, subscription_id, error.message, act.text("reason"))
    return act.visit.go(_HERE, Toast("subscription-ended"))


def _subscription(
    visit: Visit,
    subscribers: PartnerSubscriptions,
    subscription_id: str,
    problem: str | None = None,
    reason: str = "",
) -> Response:
    return visit.page(
        "partners/subscription",
        one=subscribers.subscription(visit.principal, subscription_id),
        said=words,
        problem=problem,
        reason=reason,
        status=UNPROCESSABLE if problem else 200,
    )


def _page(visit: Visit, notices: given.PartnerNotices, notice_id: str, problem: str | None = None) -> Response:
    view = notices.notice(visit.principal, notice_id)
    told = view.kept.notice
    rows = [(name, getattr(told, name)) for name in words.FIELDS]
    return visit.page(
        "partners/notice",
        view=view,
        rows=[(name, value) for name, value in rows if value not in (None, "", ())],
        problem=problem,
        said=words,
        status=UNPROCESSABLE if problem else 200,
    )
