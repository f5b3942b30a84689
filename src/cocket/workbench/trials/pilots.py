# SPDX-License-Identifier: Apache-2.0
"""Pilots by page: the list, the plan with its power, the board's page, the report, and three questions to an officer."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any, Final, cast

from fastapi import APIRouter
from starlette.responses import Response

from cocket.errors import SenderError
from cocket.pipeline import NotFoundError
from cocket.trials.pilots.changes import changes_of
from cocket.trials.pilots.checklists import DESIGNS, MEASURES
from cocket.trials.pilots.estimate import Estimator
from cocket.trials.pilots.protocol import Design, Measure, PilotPlan, StopCode, StopRule
from cocket.trials.pilots.report import ANSWERS, QUESTIONS, SHADOWS, STOPS, Answer, hundred, verdict_of
from cocket.trials.pilots.report_files import MEDIA, write_report
from cocket.trials.pilots.sequences import FEWEST_OFFICES
from cocket.trials.pilots.variance import Spread
from cocket.workbench.base import given
from cocket.workbench.base.guard import Act, Acting, SignedIn
from cocket.workbench.base.uploads import UNPROCESSABLE
from cocket.workbench.base.visits import Toast, Visit, consignment_path
from cocket.workbench.trials import pilot_labels as words
from cocket.workbench.trials.pilot_charts import picture_of

routes = APIRouter()

_HERE: Final = "/trials/pilots"

#: Stop rules of the form, each with the limit that stands in it.
_LIMITS: Final[dict[StopCode, float]] = {
    "harm": 0.05,
    "delay": 24,
    "not-examined": 0.3,
    "overrides": 0.2,
    "missing": 0.1,
}

_USUAL: Final[dict[str, str]] = {
    "design": "wedge", "measure": "finds", "estimator": "either", "applies": "record", "period_days": "14", "periods": "9",
    "base": "10", "effect": "5", "cell_size": "200", "icc": "0.01", "cac": "0.8", "lock_days": "30", "looks": "4 6 9",
    "alpha": "0.05", **{f"stop-{code}": f"{limit:g}" for code, limit in _LIMITS.items()},
}  # fmt: skip


@routes.get("/trials/pilots")
def every(visit: SignedIn, pilots: given.Pilots) -> Response:
    """All pilots."""
    return visit.page("trials/pilots", lines=pilots.pilots(visit.principal), said=words, designs=DESIGNS)


@routes.get("/trials/pilots/new")
def new(visit: SignedIn, pilots: given.Pilots) -> Response:
    """The form of a plan, filled in from the past as far as it tells."""
    past = pilots.past(visit.principal)
    fields = dict(_USUAL)
    if past.spread is not None:
        told = past.spread
        fields |= {
            "base": f"{told.base * 100:.2f}", "cell_size": f"{max(told.cell_size / 2, 1):.0f}", "icc": f"{told.spread.icc:.4f}",
            "cac": f"{told.spread.cac:.2f}",
        }  # fmt: skip
    fields |= {"offices": " ".join(past.offices), "basis": past.basis, **_design_for(len(past.offices))}
    if float(fields["base"]) + float(fields["effect"]) >= 100:
        fields["effect"] = f"-{fields['effect']}"
    return _form(visit, fields, lack=past.lack)


@routes.post("/trials/pilots/power")
def power(act: Acting, pilots: given.Pilots) -> Response:
    """What the plan would find, as the form stands."""
    try:
        plan = plan_of(act)
        found, problem = pilots.preview(act.visit.principal, plan), ""
    except SenderError as error:
        if isinstance(error, NotFoundError):
            raise
        plan, found, problem = None, None, error.message
    return act.visit.page("trials/pilot_power", plan=plan, found=found, problem=problem, hundred=hundred)


@routes.post("/trials/pilots")
def seal(act: Acting, pilots: given.Pilots) -> Response:
    """Seal a plan."""
    try:
        made = pilots.plan(act.visit.principal, plan_of(act))
    except NotFoundError:
        raise
    except SenderError as error:
        return _form(act.visit, act.fields, problem=f"{error.message} {error.hint or ''}".strip())
    return act.visit.go(f"{_HERE}/{made.id}", Toast("pilot-sealed"))


@routes.get("/trials/pilots/{pilot_id}")
def board(visit: SignedIn, pilots: given.Pilots, pilot_id: str) -> Response:
    """One pilot, as its board reads it."""
    return _page(visit, pilots, pilot_id)


@routes.post("/trials/pilots/{pilot_id}/look")
def look(act: Acting, pilots: given.Pilots, pilot_id: str) -> Response:
    """Look at it, which is sealed."""
    try:
        hours = _number(act.text("hours"), "hours") if act.text("hours") else None
        pilots.look(act.visit.principal, pilot_id, hours)
    except NotFoundError:
        raise
    except SenderError as error:
        return _page(act.visit, pilots, pilot_id, problem=error.message)
    return act.visit.go(f"{_HERE}/{pilot_id}", Toast("pilot-looked"))


@routes.post("/trials/pilots/{pilot_id}/stop")
def stop(act: Acting, pilots: given.Pilots, pilot_id: str) -> Response:
    """Stop it, or propose that."""
    try:
        done = pilots.propose_stop(act.visit.principal, pilot_id, act.text("reason"))
    except NotFoundError:
        raise
    except SenderError as error:
        return _page(act.visit, pilots, pilot_id, problem=error.message)
    return act.visit.go(f"{_HERE}/{pilot_id}", Toast("pilot-stopped" if done.is_done else "access-proposed"))


@routes.get("/trials/pilots/{pilot_id}/report.{form}")
def report(visit: SignedIn, pilots: given.Pilots, pilot_id: str, form: str) -> Response:
    """Its report as a file, in the reader's language."""
    if form not in MEDIA:
        raise NotFoundError("There is no such form of a report.")
    wanted = form
    written = write_report(pilots.report(visit.principal, pilot_id), wanted, visit.language)
    return Response(
        written,
        media_type=MEDIA[wanted],
        headers={"content-disposition": f'attachment; filename="pilot-{pilot_id}.{form}"'},
    )


@routes.get("/consignments/{consignment_id}/pilot")
def questions(visit: SignedIn, pilots: given.Pilots, consignment_id: str) -> Response:
    """The three questions after an examination."""
    return _questions(visit, pilots, consignment_id)


@routes.post("/consignments/{consignment_id}/pilot")
def answer(act: Acting, pilots: given.Pilots, consignment_id: str) -> Response:
    """Seal the answers."""
    told = {name: act.text(name) for name in QUESTIONS}
    made = Answer(pilot=act.text("pilot"), words=act.text("words"), **cast("dict[str, Any]", told))
    try:
        pilots.answer(act.visit.principal, consignment_id, made)
    except NotFoundError:
        raise
    except SenderError as error:
        return _questions(act.visit, pilots, consignment_id, problem=error.message)
    return act.visit.go(consignment_path(consignment_id), Toast("pilot-answered"))


def plan_of(act: Act) -> PilotPlan:
    """The plan that a form says.

    Raises:
        SenderError: A field is no number or no day.
    """
    text = act.text
    try:
        first = date.fromisoformat(text("first"))
    except ValueError as error:
        raise SenderError("Enter a day, as 2026-12-25.", code="pilot-day", found=text("first")[:20]) from error
    stops = tuple(
        StopRule(code=code, limit=_number(text(f"stop-{code}"), code), person=text("board")[:200])
        for code in _LIMITS
        if text(f"stop-{code}")
    )
    hours = text("hours")
    return PilotPlan(
        title=text("title"),
        question=text("question"),
        treatment=text("treatment"),
        measure=cast("Measure", text("measure") if text("measure") in MEASURES else "finds"),
        design=cast("Design", text("design") if text("design") in DESIGNS else "wedge"),
        applies="host-advice" if text("applies") == "host-advice" else "record",
        offices=tuple(text("offices").replace(",", " ").split()),
        first=first,
        period_days=int(_number(text("period_days"), "period_days")),
        periods=int(_number(text("periods"), "periods")),
        base=_number(text("base"), "base") / 100,
        effect=_number(text("effect"), "effect") / 100,
        cell_size=_number(text("cell_size"), "cell_size"),
        spread=Spread(icc=_number(text("icc"), "icc"), cac=_number(text("cac"), "cac")),
        basis=text("basis")[:2000],
        estimator=cast("Estimator", text("estimator") if text("estimator") in words.ESTIMATORS else "either"),
        alpha=_number(text("alpha"), "alpha"),
        looks=tuple(int(_number(one, "looks")) for one in text("looks").replace(",", " ").split()),
        stop=stops,
        lock_days=int(_number(text("lock_days"), "lock_days")),
        board=text("board")[:2000],
        hours=_number(hours, "hours") if hours else None,
        ethics=text("ethics")[:2000],
    )


def _design_for(offices: int) -> dict[str, str]:
    """Design, periods and looks that so many offices can be sealed with: of fewer than a wedge needs, by consignment."""
    if offices < FEWEST_OFFICES:
        return {"design": "consignments"}
    periods = min(int(_USUAL["periods"]), offices + 1)
    looks = sorted({-(-4 * periods // 9), -(-6 * periods // 9), periods})
    return {"periods": str(periods), "looks": " ".join(map(str, looks))}


def _number(text: str, name: str) -> float:
    try:
        found = float(text.replace(",", "."))
    except ValueError:
        found = float("nan")
    if not -1e9 < found < 1e9:
        raise SenderError("A field that takes a number holds none.", code="pilot-number", pointer=name, found=text[:20])
    return found


def _form(visit: Visit, fields: dict[str, str], *, problem: str = "", lack: str = "") -> Response:
    visit.require("pilot:plan", None)
    return visit.page(
        "trials/pilot_plan",
        fields=fields,
        problem=problem,
        lack=lack,
        said=words,
        designs=DESIGNS,
        measures=MEASURES,
        stops={code: STOPS[code] for code in _LIMITS},
        status=UNPROCESSABLE if problem else 200,
    )


def _page(visit: Visit, pilots: given.Pilots, pilot_id: str, problem: str = "") -> Response:
    view = pilots.pilot(visit.principal, pilot_id)
    record = view.record
    plan = record.protocol.plan
    return visit.page(
        "trials/pilot",
        view=view,
        protocol=record.protocol,
        plan=plan,
        last=record.looks[-1] if record.looks else None,
        verdict=verdict_of(record.looks[-1].result, record.protocol, visit.language) if record.looks else "",
        begins=[plan.first + timedelta(days=plan.period_days * place) for place in range(plan.periods)],
        picture=picture_of(view.bounds, record.looks),
        changes=changes_of(record.versions),
        problem=problem,
        said=words,
        designs=DESIGNS,
        measures=MEASURES,
        stops=STOPS,
        shadows=SHADOWS,
        hundred=hundred,
        status=UNPROCESSABLE if problem else 200,
    )


def _questions(visit: Visit, pilots: given.Pilots, consignment_id: str, problem: str = "") -> Response:
    asked = pilots.open_forms(visit.principal, consignment_id)
    if not asked:
        raise NotFoundError("No pilot asks about this examination, or it was answered.")
    offered = {"useful": ("yes", "partly", "no"), "time": ("less", "same", "more"), "alone": ("yes", "no", "unsure")}
    return visit.page(
        "trials/pilot_questions",
        asked=asked,
        consignment=consignment_id,
        questions=QUESTIONS,
        offered={name: {one: (ANSWERS[one], "") for one in several} for name, several in offered.items()},
        problem=problem,
        status=UNPROCESSABLE if problem else 200,
    )
