# SPDX-License-Identifier: Apache-2.0
"""Intelligence: the reports that this reader may have, and the form in which one is entered or ended."""

from __future__ import annotations

from typing import Any
from zoneinfo import ZoneInfo

from fastapi import APIRouter
from starlette.responses import Response

from cocket.errors import SenderError
from cocket.findings import render
from cocket.gate import make_key
from cocket.workbench.base import given
from cocket.workbench.base.guard import Act, Acting, SignedIn
from cocket.workbench.base.labels import _
from cocket.workbench.base.visits import Toast, Visit
from cocket.workbench.control import labels as examining
from cocket.workbench.control.forms import read_report

routes = APIRouter()

_UNPROCESSABLE = 422
_NO_REASON = _("Give a reason; it is recorded under your name.")


@routes.get("/intelligence")
def intelligence(
    visit: SignedIn, intelligence: given.Intelligence, consignment: str = "", state: str = "active"
) -> Response:
    """Reports that count now, or all; of one consignment, those that name it."""
    reports = intelligence.intelligence(
        visit.principal, is_active=state != "all" and not consignment, consignment_id=consignment or None
    )
    return visit.page("risk/intelligence", reports=reports, state=state, consignment=consignment, examining=examining)


@routes.get("/intelligence/new")
def new_form(visit: SignedIn) -> Response:
    """The form for a report."""
    visit.require("intelligence:add")
    return _form(visit, {}, {})


@routes.post("/intelligence/new")
def add(act: Acting, intelligence: given.Intelligence) -> Response:
    """Take in a report, or say what is missing beside its field."""
    zone = ZoneInfo(act.visit.workbench.settings.time_zone)
    filled = read_report(act.fields, zone, act.visit.workbench.now())
    problems = filled.problems
    if filled.report is not None:
        try:
            intelligence.add_intelligence(act.visit.principal, filled.report)
        except SenderError as error:
            problems = _beside(act, error)
    if problems:
        return _form(act.visit, act.fields, problems, _UNPROCESSABLE)
    return act.visit.go("/intelligence", Toast("intelligence"))


@routes.get("/intelligence/{report_id}/end")
def end_form(visit: SignedIn, report_id: str) -> Response:
    """The form to end a report before its time."""
    visit.require("intelligence:read-open")
    return visit.page("risk/intelligence_end", report_id=report_id, problems={})


@routes.post("/intelligence/{report_id}/end")
def end(act: Acting, intelligence: given.Intelligence, second: given.SecondPerson, report_id: str) -> Response:
    """End a report, with a reason; or propose that, where two persons answer for it."""
    reason = act.text("reason")
    if not reason:
        return act.visit.page(
            "risk/intelligence_end", report_id=report_id, problems={"reason": _NO_REASON}, status=_UNPROCESSABLE
        )
    wanted = intelligence.proposed_end(act.visit.principal, report_id, reason)
    if wanted is not None:
        second.propose(act.visit.principal, wanted, make_key)
        return act.visit.go("/intelligence", Toast("access-proposed"))
    intelligence.end_intelligence(act.visit.principal, report_id, reason)
    return act.visit.go("/intelligence", Toast("intelligence-ended"))


def _form(visit: Visit, fields: dict[str, str], problems: dict[str, str], status: int = 200) -> Response:
    values: dict[str, Any] = {"fields": fields, "problems": problems, "examining": examining}
    return visit.page("risk/intelligence_new", status=status, **values)


def _beside(act: Act, error: SenderError) -> dict[str, str]:
    """What the house has against a report, each beside the field that is to blame."""
    problems: dict[str, str] = {}
    for finding in error.findings:
        field = finding.arguments.get("kind", "party").upper()
        problems.setdefault(field, render(finding, act.visit.language.translate))
    if not problems:
        raise error
    return problems
