# SPDX-License-Identifier: Apache-2.0
"""Audits after release: the list, the plan, one audit with its sample, the form of a line and of each act."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import date
from typing import Any, Final, cast
from urllib.parse import quote

from fastapi import APIRouter
from starlette.responses import Response

from cocket.control.audit import Period, Plan
from cocket.errors import SenderError
from cocket.pipeline import NotFoundError
from cocket.pipeline.control.audit_views import AuditStateFilter, AuditView, SampledLineView
from cocket.workbench.base import given
from cocket.workbench.base.guard import Acting, SignedIn
from cocket.workbench.base.labels import _
from cocket.workbench.base.refusals import sentences
from cocket.workbench.base.uploads import UNPROCESSABLE
from cocket.workbench.base.visits import Toast, Visit
from cocket.workbench.control import audit_labels as audit_words
from cocket.workbench.control.audit_forms import PLACES, day_of, read_amount, read_finding

routes = APIRouter()

_NO_REASON: Final = _("Give a reason; it is recorded under your name.")
_NO_DAY: Final = _("Enter the date as year-month-day.")

#: Acts that belong to whoever plans; all others to whoever audits.
_PLANNING: Final = ("plan", "drop")


@routes.get("/audits")
def audits(visit: SignedIn, audits: given.Audits, state: str = "open") -> Response:
    """The list, those at work first."""
    wanted = cast(AuditStateFilter, state if state in audit_words.FILTERS else "open")
    found = audits.audits(visit.principal, wanted)
    return visit.page("control/audits", said=audit_words, audits=found, state=wanted)


@routes.get("/audits/plan")
def plan_form(visit: SignedIn) -> Response:
    """The form that asks for proposals."""
    visit.require("audit:read", visit.principal.office)
    year = visit.workbench.now().year
    fields = {"first": f"{year}-01-01", "last": f"{year}-12-31", "days": "60"}
    return visit.page("control/audit_plan", said=audit_words, fields=fields, problems={})


@routes.post("/audits/plan")
def plan(act: Acting, audits: given.Audits) -> Response:
    """Propose audits of a period."""
    first, last, days = day_of(act.text("first")), day_of(act.text("last")), act.text("days")
    problems = {"first": "" if first else _NO_DAY, "last": "" if last else _NO_DAY}
    if first and last and last < first:
        problems["last"] = _("The period must end after it begins.")
    if not (days.isascii() and days.isdigit() and len(days) < 6):
        problems["days"] = _("Enter the days in figures.")
    if any(problems.values()) or first is None or last is None:
        return act.visit.page(
            "control/audit_plan", status=UNPROCESSABLE, said=audit_words, fields=act.fields, problems=problems
        )
    made = audits.plan_audits(act.visit.principal, Period(first, last), int(days))
    return act.visit.go("/audits", Toast("audits-planned", {"number": str(len(made.proposed))}))


@routes.get("/audits/{audit_id}")
def audit(visit: SignedIn, audits: given.Audits, audit_id: str) -> Response:
    """One audit: why, its sample, what was found, what happened."""
    view = audits.audit(visit.principal, audit_id)
    mine = tuple(act for act in view.acts if act != "find" and visit.may(_right_to(act), view.summary.office))
    may_find = "find" in view.acts and visit.may("audit:work", view.summary.office)
    return visit.page("control/audit", said=audit_words, audit=view, acts=mine, may_find=may_find)


@routes.get("/audits/{audit_id}/lines/{consignment}/{item}")
def line_form(visit: SignedIn, audits: given.Audits, audit_id: str, consignment: str, item: int) -> Response:
    """The form for what was found on a line."""
    view = audits.audit(visit.principal, audit_id)
    return _line_page(visit, view, _line_of(view, consignment, item))


@routes.post("/audits/{audit_id}/lines/{consignment}/{item}")
def record_line(act: Acting, audits: given.Audits, audit_id: str, consignment: str, item: int) -> Response:
    """Record what was found, or say what is missing beside its field."""
    visit = act.visit
    finding, problems = read_finding(act.fields, consignment, item)
    general: tuple[str, ...] = ()
    if finding is not None:
        try:
            audits.record_line(visit.principal, audit_id, finding)
        except NotFoundError:
            raise
        except SenderError as error:
            general = sentences(visit, error)
        else:
            return visit.go(_path(audit_id), Toast("audit-line"))
    view = audits.audit(visit.principal, audit_id)
    how = {"fields": act.fields, "problems": problems, "general": general, "status": UNPROCESSABLE}
    return _line_page(visit, view, _line_of(view, consignment, item), **how)


@routes.get("/audits/{audit_id}/acts/{name}")
def act_form(visit: SignedIn, audits: given.Audits, audit_id: str, name: str) -> Response:
    """The form of an act."""
    return _act_page(visit, audits, audit_id, name)


@routes.post("/audits/{audit_id}/acts/{name}")
def do(act: Acting, audits: given.Audits, audit_id: str, name: str) -> Response:
    """Do it, or say what is missing beside its field."""
    visit = act.visit
    if name not in _DOING:
        raise NotFoundError("There is no such action.")
    problems = _missing(name, act.fields)
    general: tuple[str, ...] = ()
    if not problems:
        try:
            _DOING[name](visit, audits, audit_id, act.fields)
        except NotFoundError:
            raise
        except SenderError as error:
            general = sentences(visit, error)
        else:
            return visit.go(_path(audit_id), Toast("audit-act"))
    how = {"fields": act.fields, "problems": problems, "general": general, "status": UNPROCESSABLE}
    return _act_page(visit, audits, audit_id, name, **how)


def _missing(name: str, fields: Mapping[str, str]) -> dict[str, str]:
    """What an act still needs, by field."""
    entered = {key: text.strip() for key, text in fields.items()}
    problems: dict[str, str] = {}
    if name in ("hand-on", "resume", "drop", "disclose") and not entered.get("reason"):
        problems["reason"] = _("Enter what was disclosed.") if name == "disclose" else _NO_REASON
    if name == "plan" and not entered.get("auditor"):
        problems["auditor"] = _("Enter who leads the audit.")
    if name == "plan" and day_of(entered.get("begins", "")) is None:
        problems["begins"] = _NO_DAY
    if name == "close" and entered.get("result") not in audit_words.RESULTS:
        problems["result"] = _("Enter how the audit ended.")
    if name == "close" and entered.get("follow_up") and day_of(entered["follow_up"]) is None:
        problems["follow_up"] = _NO_DAY
    if name == "disclose":
        problems |= read_amount(entered, "duty")[1]
    return problems


def _plan(visit: Visit, audits: given.Audits, audit_id: str, fields: Mapping[str, str]) -> AuditView:
    begins = day_of(fields["begins"].strip()) or date.min
    return audits.plan_audit(visit.principal, audit_id, Plan(auditor=fields["auditor"], begins=begins))


def _disclose(visit: Visit, audits: given.Audits, audit_id: str, fields: Mapping[str, str]) -> AuditView:
    duty, _problems = read_amount(fields, "duty")
    return audits.record_disclosure(visit.principal, audit_id, fields["reason"], duty)


def _close(visit: Visit, audits: given.Audits, audit_id: str, fields: Mapping[str, str]) -> AuditView:
    words, follow_up = fields.get("recommendation", "").strip() or None, day_of(fields.get("follow_up", "").strip())
    return audits.close_audit(visit.principal, audit_id, fields["result"], words, follow_up)  # type: ignore[arg-type]  # checked


_DOING: Final[dict[str, Callable[[Visit, given.Audits, str, Mapping[str, str]], AuditView]]] = {
    "plan": _plan,
    "notify": lambda visit, audits, audit_id, _: audits.notify_audit(visit.principal, audit_id),
    "start": lambda visit, audits, audit_id, _: audits.start_audit(visit.principal, audit_id),
    "disclose": _disclose,
    "hand-on": lambda visit, audits, audit_id, fields: audits.hand_on_audit(
        visit.principal, audit_id, fields["reason"]
    ),
    "resume": lambda visit, audits, audit_id, fields: audits.resume_audit(visit.principal, audit_id, fields["reason"]),
    "drop": lambda visit, audits, audit_id, fields: audits.drop_audit(visit.principal, audit_id, fields["reason"]),
    "close": _close,
}


def _line_page(visit: Visit, view: AuditView, line: SampledLineView, **more: Any) -> Response:
    how = {"fields": _filled(line), "problems": {}, "general": (), "status": 200, **more}
    return visit.page("control/audit_line", said=audit_words, audit=view, line=line, places=PLACES, **how)


def _act_page(visit: Visit, audits: given.Audits, audit_id: str, name: str, **more: Any) -> Response:
    if name not in _DOING:
        raise NotFoundError("There is no such action.")
    view = audits.audit(visit.principal, audit_id)
    today = visit.workbench.now().date().isoformat()
    how = {
        "fields": {"auditor": visit.officer.id, "begins": today},
        "problems": {},
        "general": (),
        "status": 200,
        **more,
    }
    return visit.page("control/audit_act", said=audit_words, audit=view, act=name, **how)


def _filled(line: SampledLineView) -> dict[str, str]:
    """The form of a line as it stands."""
    duty, penalty = ((text or " ").split(" ", 1) for text in (line.additional_duty, line.penalty))
    fields = {
        "conclusion": line.conclusion or "",
        "currency": duty[0] or penalty[0],
        "duty": duty[1],
        "penalty": penalty[1],
        "note": line.note or "",
        "is_disclosed": "on" if line.is_disclosed else "",
    }
    for place, one in zip(PLACES, line.differences, strict=False):
        fields |= {f"what{place}": one.what, f"declared{place}": one.declared or "", f"found{place}": one.found}
    return fields


def _line_of(view: AuditView, consignment: str, item: int) -> SampledLineView:
    for line in view.sample:
        if (line.consignment, line.item) == (consignment, item):
            return line
    raise NotFoundError("There is no such line in this audit.")


def _right_to(act: str) -> str:
    return "audit:plan" if act in _PLANNING else "audit:work"


def _path(audit_id: str) -> str:
    return f"/audits/{quote(audit_id, safe='')}"
