# SPDX-License-Identifier: Apache-2.0
"""Contests as officers have them: the list, one of them with its papers, the confirmation of receipt, and the answer."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any, Final, Literal
from urllib.parse import quote

import msgspec
from fastapi import APIRouter
from starlette.responses import Response

from cocket.errors import SenderError
from cocket.findings import render
from cocket.pipeline import NotFoundError
from cocket.pipeline.control.contests import ContestView, NewAnswer
from cocket.workbench.base import given
from cocket.workbench.base.guard import Acting, SignedIn
from cocket.workbench.base.labels import _
from cocket.workbench.base.rendering import capital
from cocket.workbench.base.visits import Toast, Visit
from cocket.workbench.control import contest_labels as contest_words
from cocket.workbench.control.labels import DEPTHS, DIFFERENCES, OFFENCES

routes = APIRouter()

_UNPROCESSABLE: Final = 422
_NUMBER: Final = re.compile(r"[0-9]{1,5}\Z")


@routes.get("/contests")
def contests(visit: SignedIn, contests: given.Contests, state: str = "open") -> Response:
    """The list, overdue ones first."""
    wanted: Literal["open", "closed"] = "closed" if state == "closed" else "open"
    found = contests.contests(visit.principal, wanted)
    return visit.page("control/contests", said=contest_words, found=found, state=wanted)


@routes.get("/contests/{contest_id}")
def contest(visit: SignedIn, contests: given.Contests, contest_id: str) -> Response:
    """One contest: what the trader says, what stands, who decided, and the form of the answer for whoever may give it."""
    return _page(visit, contests.contest(visit.principal, contest_id))


@routes.get("/contests/{contest_id}/papers/{record_id}")
def paper(visit: SignedIn, contests: given.Contests, contest_id: str, record_id: str) -> Response:
    """A paper as it came, to be saved and not shown in the browser."""
    name, content = contests.paper(visit.principal, contest_id, record_id)
    headers = {"content-disposition": f"attachment; filename*=UTF-8''{quote(name, safe='')}"}
    return Response(content, headers=headers, media_type="application/octet-stream")


@routes.post("/contests/{contest_id}/receipt")
def confirm(act: Acting, contests: given.Contests, contest_id: str) -> Response:
    """Confirm receipt."""
    try:
        contests.acknowledge(act.visit.principal, contest_id)
    except NotFoundError:
        raise
    except SenderError as error:
        view = contests.contest(act.visit.principal, contest_id)
        return _page(act.visit, view, problems=said(act.visit, error), status=_UNPROCESSABLE)
    return act.visit.go(_path(contest_id), Toast("contest-receipt"))


@routes.post("/contests/{contest_id}/answer")
def answer(act: Acting, contests: given.Contests, contest_id: str) -> Response:
    """Answer it, or say what is missing."""
    visit, named = act.visit, act.text("items").replace(",", " ").split()
    told = {
        "outcome": act.text("outcome"),
        "grounds": act.text("grounds"),
        "effect": act.text("effect") or "none",
        "items": [int(one) for one in named if _NUMBER.match(one)],
    }
    problems: tuple[str, ...]
    try:
        if not all(_NUMBER.match(one) for one in named):
            raise SenderError("Enter the numbers of items in figures.", code="contest-items")
        contests.answer(visit.principal, contest_id, msgspec.convert(told, NewAnswer))
    except msgspec.ValidationError:
        problems = (visit.say(_("Choose how it ends.")),)
    except NotFoundError:
        raise
    except SenderError as error:
        problems = said(visit, error)
    else:
        return visit.go(_path(contest_id), Toast("contest-answer"))
    view = contests.contest(visit.principal, contest_id)
    return _page(visit, view, fields=act.fields, problems=problems, status=_UNPROCESSABLE)


def said(visit: Visit, error: SenderError) -> tuple[str, ...]:
    """What is wrong, as sentences in the reader's language (1..n)."""
    sentences = [render(one, visit.language.translate) for one in error.findings] or [
        visit.language.translate(error.message)
    ]
    return tuple(capital(one) + "." * (not one.endswith((".", "…"))) for one in sentences)


def _page(visit: Visit, view: ContestView, *, fields: Mapping[str, str] | None = None, **more: Any) -> Response:
    how = {"problems": (), "status": 200, **more}
    return visit.page(
        "control/contest",
        said=contest_words,
        contest=view,
        depths=DEPTHS,
        offences=OFFENCES,
        differences=DIFFERENCES,
        fields=fields or {},
        **how,
    )


def _path(contest_id: str) -> str:
    return f"/contests/{quote(contest_id, safe='')}"
