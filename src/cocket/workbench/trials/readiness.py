# SPDX-License-Identifier: Apache-2.0
"""The self-assessment by page: what is said beside what is measured, and the plan."""

from __future__ import annotations

from decimal import Decimal, InvalidOperation
from functools import partial
from typing import Any

import msgspec
from fastapi import APIRouter
from starlette.responses import Response

from cocket.errors import SenderError
from cocket.exchange.tables import write_table
from cocket.trials.lessons.card import Cost
from cocket.trials.lessons.year import cost_words, figure_words
from cocket.trials.readiness.export import COLUMNS, rows_of, write_page
from cocket.workbench.base import given
from cocket.workbench.base.guard import Act, Acting, SignedIn
from cocket.workbench.base.refusals import full_sentences, refusal
from cocket.workbench.base.uploads import UNPROCESSABLE, attachment
from cocket.workbench.base.visits import Toast, Visit
from cocket.workbench.trials import lesson_labels as words
from cocket.workbench.trials.days import day_of

routes = APIRouter()

_HERE = "/trials/readiness"


@routes.get("/trials/readiness")
def readiness(visit: SignedIn, readiness: given.Readiness) -> Response:
    """Every question with what was answered and what is measured, and the plan."""
    return _page(visit, readiness)


@routes.get("/trials/readiness/report.html")
def report(visit: SignedIn, readiness: given.Readiness) -> Response:
    """The same as a file that prints."""
    return attachment("readiness.html", write_page(readiness.standing(visit.principal), visit.language))


@routes.get("/trials/readiness/report.csv")
def table(visit: SignedIn, readiness: given.Readiness) -> Response:
    """The same as a table."""
    return attachment("readiness.csv", write_table(COLUMNS, rows_of(readiness.standing(visit.principal))).encode())


@routes.get("/trials/readiness/report.json")
def data(visit: SignedIn, readiness: given.Readiness) -> Response:
    """The same as JSON."""
    return attachment("readiness.json", msgspec.json.encode(readiness.standing(visit.principal)))


@routes.post("/trials/readiness/answers/{question}")
def answer(act: Acting, readiness: given.Readiness, question: str) -> Response:
    """Answer a question."""
    level = act.text("level")

    def deed() -> None:
        number = int(level) if level.isdecimal() and len(level) == 1 else -1
        readiness.answer(act.visit.principal, question, number, act.text("evidence"), day_of(act.text("on"), "on"))

    return _done(act, readiness, question, deed)


@routes.post("/trials/readiness/costs/{question}")
def cost(act: Acting, readiness: given.Readiness, question: str) -> Response:
    """Say what a step would cost; empty for not known."""
    return _done(act, readiness, question, lambda: readiness.set_cost(act.visit.principal, question, cost_of(act)))


def cost_of(act: Act) -> Cost | None:
    """The cost that was entered; None where nothing was.

    Raises:
        SenderError: An amount is no number.
    """
    low, high, currency = (act.text(name) for name in ("low", "high", "currency"))
    if not low and not high and not currency:
        return None
    try:
        ends = Decimal(low or high), Decimal(high or low)
    except InvalidOperation as error:
        raise SenderError("An amount is not a number.", code="cost-range", pointer="low") from error
    return Cost(low=ends[0], high=ends[1], currency=currency, basis=act.text("basis"))


def _done(act: Act, readiness: given.Readiness, question: str, deed: Any) -> Response:
    problems = refusal(act.visit, deed, full_sentences)
    if problems:
        return _page(act.visit, readiness, problems=problems, at=question, status=UNPROCESSABLE)
    return act.visit.go(f"{_HERE}#{question}" if question in words.BY_ID else _HERE, Toast("lesson-kept"))


def _page(visit: Visit, readiness: given.Readiness, **more: Any) -> Response:
    how = {"problems": (), "at": "", "status": 200, **more}
    return visit.page(
        "trials/readiness",
        view=readiness.standing(visit.principal),
        said=words,
        told=partial(figure_words, language=visit.language),
        priced=partial(cost_words, language=visit.language),
        **how,
    )
