# SPDX-License-Identifier: Apache-2.0
"""What-if by page: a question in words, how far its answer is, the answer with intervals, and how it compared."""

from __future__ import annotations

from fastapi import APIRouter
from starlette.responses import Response

from cocket.errors import SenderError
from cocket.trials.whatif import SENTENCES, Question, question_of
from cocket.workbench.base import given
from cocket.workbench.base.guard import Acting, SignedIn
from cocket.workbench.base.uploads import UNPROCESSABLE
from cocket.workbench.base.visits import Visit
from cocket.workbench.trials import whatif_charts as charts
from cocket.workbench.trials import whatif_labels as said

routes = APIRouter()


@routes.get("/trials/what-if")
def questions(visit: SignedIn, what_ifs: given.WhatIfs) -> Response:
    """Questions so far, and the form for another."""
    return _page(visit, what_ifs)


@routes.post("/trials/what-if")
def ask(act: Acting, what_ifs: given.WhatIfs) -> Response:
    """Ask, and go on to where the answer will be."""
    try:
        begun = what_ifs.begin(act.visit.principal, question_of(act.fields))
    except SenderError as error:
        problem = f"{error.message} {error.hint or ''}".strip()
        return _page(act.visit, what_ifs, problem, act.fields, UNPROCESSABLE)
    return act.visit.go(f"/trials/what-if/{begun.id}")


@routes.get("/trials/what-if/{question_id}")
def question(visit: SignedIn, what_ifs: given.WhatIfs, question_id: str) -> Response:
    """A question with its answer, or how far that is."""
    return _one(visit, what_ifs, question_id)


@routes.post("/trials/what-if/{question_id}/check")
def check(act: Acting, what_ifs: given.WhatIfs, question_id: str) -> Response:
    """Hold the forecast against what happened since."""
    try:
        what_ifs.check(act.visit.principal, question_id)
    except SenderError as error:
        if error.code == "not-found":
            raise
        return _one(act.visit, what_ifs, question_id, f"{error.message} {error.hint or ''}".strip(), UNPROCESSABLE)
    return act.visit.go(f"/trials/what-if/{question_id}")


def _one(visit: Visit, what_ifs: given.WhatIfs, identity: str, problem: str = "", status: int = 200) -> Response:
    running = what_ifs.progress_of(visit.principal, identity)
    told, held = what_ifs.what_if(visit.principal, identity)
    return visit.page(
        "trials/what_if",
        one=told,
        running=running if told.state == "asked" else None,
        check=held,
        changes=_changes(visit, told.question),
        problem=problem,
        charts=charts,
        said=said,
        sentences=SENTENCES,
        status=status,
    )


def _page(
    visit: Visit, what_ifs: given.WhatIfs, problem: str = "", fields: dict[str, str] | None = None, status: int = 200
) -> Response:
    found = what_ifs.what_ifs(visit.principal)
    return visit.page(
        "trials/what_ifs",
        questions=[(one, _changes(visit, one.question)) for one in found[:100]],
        entered=fields or {},
        problem=problem,
        said=said,
        status=status,
    )


def _changes(visit: Visit, question: Question) -> list[str]:
    """What would be otherwise, a phrase each, in the reader's language."""
    return [visit.say(sentence, **places) for sentence, places in said.phrases(question)]
