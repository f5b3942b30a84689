# SPDX-License-Identifier: Apache-2.0
"""Recommendations by page: making one with a forecast, deciding on it, and looking whether it came true."""

from __future__ import annotations

from functools import partial
from typing import Any, Final, cast

from fastapi import APIRouter
from starlette.responses import Response

from cocket.errors import SenderError
from cocket.trials.lessons.recommendations import Decision, Forecast, NewRecommendation, Recommendation
from cocket.trials.lessons.year import figure_words, truth_words
from cocket.workbench.base import given
from cocket.workbench.base.guard import Act, Acting, SignedIn
from cocket.workbench.base.refusals import full_sentences, refusal
from cocket.workbench.base.uploads import UNPROCESSABLE
from cocket.workbench.base.visits import Toast, Visit
from cocket.workbench.trials import lesson_labels as words
from cocket.workbench.trials.days import needed_day

routes = APIRouter()

_HERE: Final = "/trials/recommendations"


@routes.get("/trials/recommendations")
def every(visit: SignedIn, ledger: given.Recommendations) -> Response:
    """The ledger, and the form to make one."""
    return _list(visit, ledger)


@routes.post("/trials/recommendations")
def make(act: Acting, ledger: given.Recommendations) -> Response:
    """Make one; it is not changed afterwards."""
    made: list[Recommendation] = []
    problems = refusal(
        act.visit, lambda: made.append(ledger.recommend(act.visit.principal, _given(act))), full_sentences
    )
    if problems:
        return _list(act.visit, ledger, fields=act.fields, problems=problems, status=UNPROCESSABLE)
    return act.visit.go(f"{_HERE}/{made[0].id}", Toast("lesson-kept"))


@routes.get("/trials/recommendations/{recommendation_id}")
def one(visit: SignedIn, ledger: given.Recommendations, recommendation_id: str) -> Response:
    """One recommendation."""
    return _page(visit, ledger, recommendation_id)


@routes.post("/trials/recommendations/{recommendation_id}/decide")
def decide(act: Acting, ledger: given.Recommendations, recommendation_id: str) -> Response:
    """Decide on one."""
    decision, reason = cast("Decision", act.text("decision")), act.text("reason")
    return _done(
        act, ledger, recommendation_id, lambda: ledger.decide(act.visit.principal, recommendation_id, decision, reason)
    )


@routes.post("/trials/recommendations/{recommendation_id}/judge")
def judge(act: Acting, ledger: given.Recommendations, recommendation_id: str) -> Response:
    """Measure what was forecast."""
    return _done(act, ledger, recommendation_id, lambda: ledger.judge(act.visit.principal, recommendation_id))


def _given(act: Act) -> NewRecommendation:
    forecast = None
    if act.text("measure"):
        forecast = Forecast(
            measure=act.text("measure"),
            low=_number(act.text("low"), "low"),
            high=_number(act.text("high"), "high"),
            confidence=_number(act.text("confidence"), "confidence"),
            since=needed_day(act.text("since"), "since"),
            until=needed_day(act.text("until"), "until"),
            look_on=needed_day(act.text("look_on"), "look_on"),
        )
    return NewRecommendation(
        title=act.text("title"),
        text=act.text("text"),
        evidence=tuple(act.text("evidence").split()),
        made=needed_day(act.text("made"), "made"),
        forecast=forecast,
    )


def _number(text: str, field: str) -> float:
    try:
        return float(text.replace(",", "."))
    except ValueError as error:
        raise SenderError("This is not a number.", code="number", pointer=field, found=text[:20]) from error


def _done(act: Act, ledger: given.Recommendations, name: str, deed: Any) -> Response:
    problems = refusal(act.visit, deed, full_sentences)
    if problems:
        return _page(act.visit, ledger, name, problems=problems, status=UNPROCESSABLE)
    return act.visit.go(f"{_HERE}/{name}", Toast("lesson-kept"))


def _list(visit: Visit, ledger: given.Recommendations, **more: Any) -> Response:
    today = visit.workbench.now().date()
    how = {"fields": {"made": today.isoformat(), "confidence": "0.8"}, "problems": (), "status": 200, **more}
    return visit.page(
        "trials/recommendations",
        found=ledger.ledger(visit.principal),
        said=words,
        truth=partial(truth_words, language=visit.language),
        **how,
    )


def _page(visit: Visit, ledger: given.Recommendations, name: str, **more: Any) -> Response:
    how = {"problems": (), "status": 200, **more}
    return visit.page(
        "trials/recommendation",
        one=ledger.recommendation(visit.principal, name),
        today=visit.workbench.now().date(),
        said=words,
        told=partial(figure_words, language=visit.language),
        truth=partial(truth_words, language=visit.language),
        **how,
    )
