# SPDX-License-Identifier: Apache-2.0
"""Messages and notices from and to partner administrations by page, and answering a request for assistance."""

from __future__ import annotations

from typing import Final

from fastapi import APIRouter
from starlette.responses import Response

from cocket.errors import SenderError
from cocket.pipeline import NotFoundError
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
def exchange(visit: SignedIn, exchange: given.HouseExchange, notices: given.PartnerNotices) -> Response:
    """What partners told and asked, what they were told and asked, and how sending goes."""
    view = exchange.exchanges(visit.principal)
    found = notices.notices(visit.principal)
    return visit.page(
        "partners/exchange",
        view=view,
        logs=exchange.logs(visit.principal),
        messages=view.messages[:_SHOWN],
        notices=sorted(found, key=lambda one: not one.is_overdue),
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
