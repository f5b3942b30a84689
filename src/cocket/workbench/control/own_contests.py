# SPDX-License-Identifier: Apache-2.0
"""What came of a trader's own declaration, and his contests: lodged, with papers, answered, taken back."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from typing import Any
from urllib.parse import quote

import msgspec
from fastapi import APIRouter
from starlette.responses import Response

from cocket.errors import SenderError
from cocket.pipeline import NotFoundError
from cocket.pipeline.control.contests import NewContest
from cocket.workbench.base import given
from cocket.workbench.base.guard import Acting, SignedIn
from cocket.workbench.base.labels import _
from cocket.workbench.base.offence_labels import OFFENCES
from cocket.workbench.base.refusals import full_sentences, stepped
from cocket.workbench.base.uploads import UNPROCESSABLE, SentSheet
from cocket.workbench.base.visits import Toast, Visit
from cocket.workbench.control import contest_labels as contest_words
from cocket.workbench.control.labels import DEPTHS, DIFFERENCES

routes = APIRouter()


@routes.get("/own/messages/{message_id}/contest")
def case(visit: SignedIn, contests: given.Contests, message_id: str) -> Response:
    """What came of a declaration as far as it may be told, its contests, and the form for another."""
    return _case(visit, contests, message_id)


@routes.post("/own/messages/{message_id}/contest")
def lodge(act: Acting, contests: given.Contests, message_id: str) -> Response:
    """Contest it."""
    visit, told = act.visit, {"ground": act.text("ground"), "words": act.text("words")}
    problems: tuple[str, ...]
    try:
        lodged = contests.lodge(visit.principal, message_id, msgspec.convert(told, NewContest))
    except msgspec.ValidationError:
        problems = (visit.say(_("Choose what you contest.")),)
    except NotFoundError:
        raise
    except SenderError as error:
        problems = full_sentences(visit, error)
    else:
        return visit.go(_path(lodged.id), Toast("own-contest"))
    return _case(visit, contests, message_id, fields=act.fields, problems=problems, status=UNPROCESSABLE)


@routes.get("/own/contests")
def every(visit: SignedIn, contests: given.Contests) -> Response:
    """One's own contests, the last lodged first."""
    return visit.page("control/own_contests", found=contests.own_contests(visit.principal), said=contest_words)


@routes.get("/own/contests/{contest_id}")
def one(visit: SignedIn, contests: given.Contests, contest_id: str) -> Response:
    """One contest with its answer, and the forms to add a paper and to take it back."""
    return _page(visit, contests, contest_id)


@routes.post("/own/contests/{contest_id}/papers")
def add_paper(sheet: SentSheet, contests: given.Contests, contest_id: str) -> Response:
    """Add a paper."""
    visit = sheet.visit
    return stepped(
        visit,
        lambda: contests.add_own_paper(visit.principal, contest_id, *sheet.one_file()),
        (_path(contest_id), "own-paper"),
        partial(_page, visit, contests, contest_id),
    )


@routes.post("/own/contests/{contest_id}/withdrawal")
def withdraw(act: Acting, contests: given.Contests, contest_id: str) -> Response:
    """Take it back."""
    visit = act.visit
    return stepped(
        visit,
        lambda: contests.withdraw(visit.principal, contest_id),
        (_path(contest_id), "own-contest-back"),
        partial(_page, visit, contests, contest_id),
    )


def _case(
    visit: Visit, contests: given.Contests, message_id: str, *, fields: Mapping[str, str] | None = None, **more: Any
) -> Response:
    how = {"problems": (), "status": 200, **more}
    return visit.page(
        "control/own_case",
        case=contests.own_case(visit.principal, message_id),
        said=contest_words,
        grounds={ground: (text, "") for ground, text in contest_words.GROUNDS.items()},
        depths=DEPTHS,
        offences=OFFENCES,
        differences=DIFFERENCES,
        fields=fields or {},
        **how,
    )


def _page(visit: Visit, contests: given.Contests, contest_id: str, **more: Any) -> Response:
    how = {"problems": (), "status": 200, **more}
    contest = contests.own_contest(visit.principal, contest_id)
    return visit.page("control/own_contest", contest=contest, said=contest_words, **how)


def _path(contest_id: str) -> str:
    return f"/own/contests/{quote(contest_id, safe='')}"
