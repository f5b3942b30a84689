# SPDX-License-Identifier: Apache-2.0
"""What was set aside because it could not be worked on: why, and one act to have it tried again."""

from __future__ import annotations

from typing import Final, Literal

from fastapi import APIRouter
from starlette.responses import Response

from cocket.gate import make_key
from cocket.workbench.base import given
from cocket.workbench.base.guard import Acting, SignedIn
from cocket.workbench.base.labels import _
from cocket.workbench.base.visits import Toast, Visit
from cocket.workbench.operations import labels as set_aside_words

routes = APIRouter()

_UNPROCESSABLE: Final = 422
_NO_REASON: Final = _("Give a reason; it is recorded under your name.")


@routes.get("/set-aside")
def set_aside(visit: SignedIn, aside: given.SetAside, state: str = "open", offset: str = "0") -> Response:
    """What is set aside, the newest first."""
    state = state if state in set_aside_words.FILTERS else "open"
    start = int(offset) if offset.isascii() and offset.isdigit() and len(offset) < 8 else 0
    found = aside.set_aside_list(visit.principal, is_open=state == "open", offset=start)
    return visit.page("operations/set_aside", said=set_aside_words, found=found, state=state, offset=start)


@routes.get("/set-aside/{wanted}/{act}")
def act_form(visit: SignedIn, aside: given.SetAside, wanted: str, act: Literal["retry", "close"]) -> Response:
    """The form to have a thing tried again, or to close it."""
    return _form(visit, aside, wanted, act, problems={})


@routes.post("/set-aside/{wanted}/{act}")
def act_on(
    acting: Acting, aside: given.SetAside, second: given.SecondPerson, wanted: str, act: Literal["retry", "close"]
) -> Response:
    """Have it tried again, or close it, with a reason; closing may wait for a second person."""
    reason = acting.text("reason")
    if not reason:
        return _form(acting.visit, aside, wanted, act, problems={"reason": _NO_REASON}, status=_UNPROCESSABLE)
    waits = aside.proposed_closing(acting.visit.principal, wanted, reason) if act == "close" else None
    if waits is not None:
        second.propose(acting.visit.principal, waits, make_key)
        return acting.visit.go("/set-aside", Toast("access-proposed"))
    do = aside.retry_set_aside if act == "retry" else aside.close_set_aside
    do(acting.visit.principal, wanted, reason)
    return acting.visit.go("/set-aside", Toast(f"set-aside-{act}"))


def _form(
    visit: Visit,
    aside: given.SetAside,
    wanted: str,
    act: str,
    *,
    problems: dict[str, str],
    status: int = 200,
) -> Response:
    line = aside.set_aside_one(visit.principal, wanted)
    return visit.page(
        "operations/set_aside_act", said=set_aside_words, line=line, act=act, problems=problems, status=status
    )
