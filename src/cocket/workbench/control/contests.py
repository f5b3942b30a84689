# SPDX-License-Identifier: Apache-2.0
"""Contests as officers have them: the list, one of them with its papers, the confirmation of receipt, and the answer."""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import partial
from typing import Any, Final, Literal
from urllib.parse import quote

import msgspec
from fastapi import APIRouter
from starlette.responses import Response

from cocket.errors import SenderError
from cocket.pipeline.control.contests import NewAnswer
from cocket.workbench.base import given
from cocket.workbench.base.guard import Acting, SignedIn
from cocket.workbench.base.labels import _
from cocket.workbench.base.offence_labels import OFFENCES
from cocket.workbench.base.refusals import stepped
from cocket.workbench.base.uploads import attachment
from cocket.workbench.base.visits import Visit
from cocket.workbench.control import contest_labels as contest_words
from cocket.workbench.control.labels import DEPTHS, DIFFERENCES

routes = APIRouter()

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
    return _page(visit, contests, contest_id)


@routes.get("/contests/{contest_id}/papers/{record_id}")
def paper(visit: SignedIn, contests: given.Contests, contest_id: str, record_id: str) -> Response:
    """A paper as it came, to be saved and not shown in the browser."""
    return attachment(*contests.paper(visit.principal, contest_id, record_id))


@routes.post("/contests/{contest_id}/receipt")
def confirm(act: Acting, contests: given.Contests, contest_id: str) -> Response:
    """Confirm receipt."""
    visit = act.visit
    return stepped(
        visit,
        lambda: contests.acknowledge(visit.principal, contest_id),
        (_path(contest_id), "contest-receipt"),
        partial(_page, visit, contests, contest_id),
    )


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

    def give() -> None:
        if not all(_NUMBER.match(one) for one in named):
            raise SenderError("Enter the numbers of items in figures.", code="contest-items")
        try:
            new = msgspec.convert(told, NewAnswer)
        except msgspec.ValidationError as error:
            raise SenderError(_("Choose how it ends."), code="contest-outcome") from error
        contests.answer(visit.principal, contest_id, new)

    again = partial(_page, visit, contests, contest_id, fields=act.fields)
    return stepped(visit, give, (_path(contest_id), "contest-answer"), again)


def _page(
    visit: Visit, contests: given.Contests, contest_id: str, *, fields: Mapping[str, str] | None = None, **more: Any
) -> Response:
    how = {"problems": (), "status": 200, **more}
    return visit.page(
        "control/contest",
        said=contest_words,
        contest=contests.contest(visit.principal, contest_id),
        depths=DEPTHS,
        offences=OFFENCES,
        differences=DIFFERENCES,
        fields=fields or {},
        **how,
    )


def _path(contest_id: str) -> str:
    return f"/contests/{quote(contest_id, safe='')}"
