# SPDX-License-Identifier: Apache-2.0
"""A trader assesses himself: theme by theme, with what is missing, a summary to save, and the act of submitting it."""

from __future__ import annotations

from typing import Any, Final
from urllib.parse import urlencode

import msgspec
from fastapi import APIRouter
from starlette.responses import Response

from cocket.control.self_assessment import CHOICES, THEMES, SelfAnswer, questions_of
from cocket.errors import SenderError
from cocket.findings import render
from cocket.pipeline import NotFoundError
from cocket.workbench.base import given
from cocket.workbench.base.guard import Acting, SignedIn
from cocket.workbench.base.rendering import capital
from cocket.workbench.base.visits import Visit
from cocket.workbench.intake import own_assessment_labels as said

routes = APIRouter()

_UNPROCESSABLE: Final = 422


@routes.get("/own/assessment")
def assessment(visit: SignedIn, assessments: given.SelfAssessments, sender: str = "") -> Response:
    """The themes with what is missing in each, what is measured, and the act of submitting."""
    return _overview(visit, assessments, sender)


@routes.get("/own/assessment/summary.json")
def summary_json(visit: SignedIn, assessments: given.SelfAssessments, sender: str = "") -> Response:
    """The whole as data, to be saved."""
    view = assessments.own_assessment(visit.principal, _sender(visit, sender))
    headers = {"content-disposition": "attachment; filename=self-assessment.json"}
    return Response(msgspec.json.encode(view), headers=headers, media_type="application/json")


@routes.get("/own/assessment/summary.html")
def summary_html(visit: SignedIn, assessments: given.SelfAssessments, sender: str = "") -> Response:
    """The whole as a page of its own, to be saved or printed."""
    view = assessments.own_assessment(visit.principal, _sender(visit, sender))
    answer = visit.page("intake/own_assessment_summary", view=view, said=said, questions=_questions())
    answer.headers["content-disposition"] = "attachment; filename=self-assessment.html"
    return answer


@routes.post("/own/assessment/submission")
def submit(act: Acting, assessments: given.SelfAssessments) -> Response:
    """Give it to customs."""
    visit, sender = act.visit, _sender(act.visit, act.text("sender"))
    try:
        assessments.submit(visit.principal, sender)
    except SenderError as error:
        return _overview(visit, assessments, sender, problems=_sentences(visit, error), status=_UNPROCESSABLE)
    return visit.go(_path("/own/assessment", sender))


@routes.get("/own/assessment/{theme}")
def theme(visit: SignedIn, assessments: given.SelfAssessments, theme: str, sender: str = "") -> Response:
    """The questions of a theme."""
    return _theme(visit, assessments, theme, _sender(visit, sender))


@routes.post("/own/assessment/{theme}")
def answer(act: Acting, assessments: given.SelfAssessments, theme: str) -> Response:
    """Keep the answers of a theme, whole or not."""
    visit, sender = act.visit, _sender(act.visit, act.text("sender"))
    answers = {}
    for one in _asked(theme):
        choice = act.text(f"{one.id}.choice")
        answers[one.id] = SelfAnswer(
            choice=choice if choice in CHOICES else "",  # type: ignore[arg-type]  # one of them
            words=act.text(f"{one.id}.words"),
        )
    try:
        assessments.answer(visit.principal, theme, answers, sender)
    except SenderError as error:
        problems = _sentences(visit, error)
        return _theme(visit, assessments, theme, sender, answers=answers, problems=problems, status=_UNPROCESSABLE)
    following = THEMES[THEMES.index(theme) + 1 :]
    if act.text("act") == "next" and following:
        return visit.go(_path(f"/own/assessment/{following[0]}", sender))
    return visit.go(_path("/own/assessment", sender))


def _overview(visit: Visit, assessments: Any, sender: str, **more: Any) -> Response:
    how = {"problems": (), "status": 200, **more}
    sender = _sender(visit, sender)
    view = assessments.own_assessment(visit.principal, sender)
    left = {name: sum(one.id in view.missing for one in asked) for name, asked in _questions().items()}
    return visit.page(
        "intake/own_assessment",
        view=view,
        left=left,
        questions=_questions(),
        said=said,
        sender=sender,
        by_right=sorted(visit.principal.by_right),
        path_of=_path,
        **how,
    )


def _theme(visit: Visit, assessments: Any, theme: str, sender: str, **more: Any) -> Response:
    asked = _asked(theme)
    view = assessments.own_assessment(visit.principal, sender)
    how = {"answers": view.assessment.answers, "problems": (), "status": 200, **more}
    return visit.page(
        "intake/own_assessment_theme",
        theme=theme,
        asked=asked,
        sender=sender,
        said=said,
        missing=view.missing,
        is_last=theme == THEMES[-1],
        path_of=_path,
        nothing=SelfAnswer(),
        **how,
    )


def _asked(theme: str) -> Any:
    """The questions of a theme.

    Raises:
        NotFoundError: There is no such theme.
    """
    if theme not in THEMES:
        raise NotFoundError("There is no such page.")
    return questions_of(theme)


def _questions() -> dict[str, Any]:
    return {name: questions_of(name) for name in THEMES}


def _sender(visit: Visit, wanted: str) -> str:
    """About which sender: the one that is named, else the first that this person acts for by his own right."""
    return wanted[:100] or min(visit.principal.by_right, default="")


def _sentences(visit: Visit, error: SenderError) -> tuple[str, ...]:
    told = [render(one, visit.language.translate) for one in error.findings] or [
        visit.language.translate(error.message)
    ]
    return tuple(capital(one) for one in told)


def _path(path: str, sender: str) -> str:
    return f"{path}?{urlencode({'sender': sender})}" if sender else path
