# SPDX-License-Identifier: Apache-2.0
"""Use cases by page: the catalogue, one card, sharing it, taking in that of another, and the report of a year."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from functools import partial
from typing import Annotated, Any, Final

import msgspec
from fastapi import APIRouter, Depends
from starlette.concurrency import run_in_threadpool
from starlette.responses import Response

from cocket.errors import SenderError
from cocket.pipeline.governance.second_person import Given
from cocket.trials.lessons.card import STATUSES, TEXTS, Card, NewCard
from cocket.trials.lessons.year import cost_words, figure_words, truth_words, write_page
from cocket.workbench.base import given
from cocket.workbench.base.guard import Act, Acting, SignedIn
from cocket.workbench.base.refusals import full_sentences, refusal
from cocket.workbench.base.uploads import UNPROCESSABLE, Upload, attachment, refused, uploaded
from cocket.workbench.base.visits import Toast, Visit
from cocket.workbench.trials import lesson_labels as words
from cocket.workbench.trials.days import day_of, needed_day
from cocket.workbench.trials.readiness import cost_of

routes = APIRouter()

File = Annotated[Upload, Depends(uploaded("lesson:keep", None))]

_HERE: Final = "/trials/use-cases"


@routes.get("/trials/use-cases")
def catalogue(visit: SignedIn, cases: given.UseCases) -> Response:
    """Every use case: our own, and those taken from others."""
    found = cases.catalogue(visit.principal)
    return visit.page("trials/use_cases", found=found, said=words, year=visit.workbench.now().year)


@routes.get("/trials/use-cases/new")
def new(visit: SignedIn, cases: given.UseCases) -> Response:
    """The form of a new one."""
    visit.require("lesson:keep", None)
    return _form(visit, None, {"status": "pilot", "measure-random-hit-rate": "yes", "measure-finds": "yes"})


@routes.post("/trials/use-cases")
def add(act: Acting, cases: given.UseCases) -> Response:
    """Keep a new one; its figures are measured now."""
    return _put(act, cases, "")


@routes.post("/trials/use-cases/taken")
async def take(sent: File, cases: given.UseCases) -> Response:
    """Import the file of another administration."""
    try:
        taken = await run_in_threadpool(cases.take_card, sent.visit.principal, sent.content)
    except SenderError as error:
        return refused(sent.visit, error)
    return sent.visit.page("trials/use_case_read", taken=taken)


@routes.get("/trials/use-cases/taken/{card_id}")
def taken(visit: SignedIn, cases: given.UseCases, card_id: str) -> Response:
    """One of another administration."""
    found = cases.taken_card(visit.principal, card_id)
    return visit.page("trials/use_case_taken", taken=found, card=found.card, **_told(visit))


@routes.get("/trials/use-cases/{card_id}")
def one(visit: SignedIn, cases: given.UseCases, card_id: str) -> Response:
    """One of our own."""
    return _page(visit, cases, card_id)


@routes.get("/trials/use-cases/{card_id}/change")
def change(visit: SignedIn, cases: given.UseCases, card_id: str) -> Response:
    """The form to write another version of one."""
    visit.require("lesson:keep", None)
    card = cases.card(visit.principal, card_id).card
    return _form(visit, card, _fields_of(card))


@routes.post("/trials/use-cases/{card_id}/change")
def changed(act: Acting, cases: given.UseCases, card_id: str) -> Response:
    """Keep another version of one; its figures are measured again."""
    return _put(act, cases, card_id)


@routes.post("/trials/use-cases/{card_id}/share")
def share(act: Acting, cases: given.UseCases, card_id: str) -> Response:
    """Propose to give one to other administrations."""
    principal, reason = act.visit.principal, act.text("reason")
    done: list[Given] = []
    problems = refusal(act.visit, lambda: done.append(cases.propose_share(principal, card_id, reason)), full_sentences)
    if problems:
        return _page(act.visit, cases, card_id, problems=problems, status=UNPROCESSABLE)
    return act.visit.go(f"{_HERE}/{card_id}", Toast("access-given" if done[0].is_done else "access-proposed"))


@routes.get("/trials/use-cases/{card_id}/file.json")
def file(visit: SignedIn, cases: given.UseCases, card_id: str) -> Response:
    """The signed file of one that was shared."""
    return attachment(f"use-case-{card_id}.json", cases.shared_file(visit.principal, card_id))


@routes.get("/trials/years/{year}")
def year(visit: SignedIn, cases: given.UseCases, year: int) -> Response:
    """What was learned in a year, measured now."""
    return _year(visit, cases, year)


@routes.get("/trials/years/{year}/report.html")
def year_page(visit: SignedIn, cases: given.UseCases, year: int) -> Response:
    """The report as published, as a file that prints."""
    return attachment(f"{year}.html", write_page(cases.published_year(visit.principal, year), visit.language))


@routes.get("/trials/years/{year}/report.json")
def year_data(visit: SignedIn, cases: given.UseCases, year: int) -> Response:
    """The report as published, as JSON."""
    return attachment(f"{year}.json", msgspec.json.encode(cases.published_year(visit.principal, year)))


@routes.post("/trials/years/{year}")
def publish(act: Acting, cases: given.UseCases, year: int) -> Response:
    """Propose to publish the report of a year."""
    principal, reason = act.visit.principal, act.text("reason")
    done: list[Given] = []
    problems = refusal(act.visit, lambda: done.append(cases.propose_year(principal, year, reason)), full_sentences)
    if problems:
        return _year(act.visit, cases, year, problems=problems, status=UNPROCESSABLE)
    return act.visit.go(f"/trials/years/{year}", Toast("access-given" if done[0].is_done else "access-proposed"))


def _told(visit: Visit) -> dict[str, Any]:
    return {
        "said": words,
        "told": partial(figure_words, language=visit.language),
        "priced": partial(cost_words, language=visit.language),
    }


def _page(visit: Visit, cases: given.UseCases, card_id: str, **more: Any) -> Response:
    how = {"problems": (), "status": 200, **more}
    view = cases.card(visit.principal, card_id)
    return visit.page("trials/use_case", view=view, card=view.card, **_told(visit), **how)


def _year(visit: Visit, cases: given.UseCases, year: int, **more: Any) -> Response:
    how = {"problems": (), "status": 200, **more}
    report = cases.year(visit.principal, year)
    is_published = True
    try:
        cases.published_year(visit.principal, year)
    except SenderError:
        is_published = False
    return visit.page(
        "trials/year",
        report=report,
        is_published=is_published,
        truth=partial(truth_words, language=visit.language),
        **_told(visit),
        **how,
    )


def _put(act: Act, cases: given.UseCases, card_id: str) -> Response:
    kept: list[Card] = []
    problems = refusal(
        act.visit, lambda: kept.append(cases.put_card(act.visit.principal, _card_of(act), card_id)), full_sentences
    )
    if problems:
        known = cases.card(act.visit.principal, card_id).card if card_id else None
        return _form(act.visit, known, act.fields, problems=problems, status=UNPROCESSABLE)
    return act.visit.go(f"{_HERE}/{kept[0].id}", Toast("lesson-kept"))


def _card_of(act: Act) -> NewCard:
    status = act.text("status")
    if status not in STATUSES:
        raise SenderError("There is no such status.", code="card-status")
    return NewCard(
        title=act.text("title"),
        **{name: act.text(name) for name in TEXTS},
        status=status,
        begins=needed_day(act.text("begins"), "begins"),
        ends=day_of(act.text("ends"), "ends"),
        measures=tuple(name for name in words.MEASURES if act.text(f"measure-{name}")),
        cost=cost_of(act),
        decided_by=act.text("decided_by"),
        trial=act.text("trial"),
    )


def _fields_of(card: Card) -> dict[str, str]:
    days = {"begins": card.begins, "ends": card.ends}
    cost = {} if card.cost is None else msgspec.structs.asdict(card.cost)
    return {
        **{name: getattr(card, name) for name in ("title", *TEXTS, "status", "decided_by", "trial")},
        **{name: day.isoformat() for name, day in days.items() if isinstance(day, date)},
        **{name: str(value) for name, value in cost.items()},
        **{f"measure-{name}": "yes" for name in card.measures},
    }


def _form(visit: Visit, card: Card | None, fields: Mapping[str, str], **more: Any) -> Response:
    how = {"problems": (), "status": 200, **more}
    return visit.page("trials/use_case_form", card=card, fields=fields, said=words, **how)
