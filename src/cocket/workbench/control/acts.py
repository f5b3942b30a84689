# SPDX-License-Identifier: Apache-2.0
"""What an officer does to a consignment: record a result, set another lane, release, open again.

Each act has a form of its own address, which htmx shows above the dossier and a browser without it as a page.
"""

from __future__ import annotations

from typing import Any
from urllib.parse import quote

from fastapi import APIRouter
from starlette.responses import Response

from cocket.errors import SenderError
from cocket.findings import Finding, render
from cocket.gate import make_key
from cocket.pipeline import DossierView, NotFoundError, OrderView, ResultView
from cocket.pipeline.base.agency_holds import HeldError
from cocket.workbench.base import given
from cocket.workbench.base.filters import lane_of, query_of, read_filter
from cocket.workbench.base.guard import Acting, SignedIn
from cocket.workbench.base.labels import LANES, _
from cocket.workbench.base.visits import Toast, Visit, consignment_path
from cocket.workbench.control import labels as examining
from cocket.workbench.control.forms import count_of, fields_of, read_result

routes = APIRouter()

_NO_REASON = _("Give a reason; it is recorded under your name.")
_UNPROCESSABLE = 422

#: Items that one form shows (count).
_MOST_ITEMS = 100


@routes.get("/consignments/{consignment_id}/orders/{order_id}/result")
def result_form(
    visit: SignedIn, officer_acts: given.OfficerActs, records: given.Records, consignment_id: str, order_id: str
) -> Response:
    """The form for what the examination found, beside what to look for."""
    return _result(visit, officer_acts, records, consignment_id, order_id)


@routes.get("/consignments/{consignment_id}/orders/{order_id}/results/{result_id}")
def amend_form(
    visit: SignedIn,
    officer_acts: given.OfficerActs,
    records: given.Records,
    consignment_id: str,
    order_id: str,
    result_id: str,
) -> Response:
    """The same form as it was filled in, to take in the laboratory's answer or a second look."""
    amended = _result_of(_dossier(visit, records, consignment_id), result_id)
    return _result(visit, officer_acts, records, consignment_id, order_id, fields=fields_of(amended, visit.language))


@routes.post("/consignments/{consignment_id}/orders/{order_id}/result")
def record(
    act: Acting, officer_acts: given.OfficerActs, records: given.Records, consignment_id: str, order_id: str
) -> Response:
    """Record the result, or say what is missing beside its field."""
    _order_of(_dossier(act.visit, records, consignment_id), order_id, act.text("amends"))
    filled = read_result(act.fields, act.visit.language)
    problems = filled.problems
    if filled.result is not None:
        try:
            officer_acts.record_result(act.visit.principal, order_id, filled.result)
        except SenderError as error:
            if not error.findings:
                raise
            problems = {_beside(one): render(one, act.visit.language.translate) for one in reversed(error.findings)}
    if problems:
        more = {"fields": act.fields, "problems": problems, "status": _UNPROCESSABLE}
        return _result(act.visit, officer_acts, records, consignment_id, order_id, **more)
    return _back(act.visit, consignment_id, Toast("result"))


@routes.get("/consignments/{consignment_id}/evidence/{record_id}")
def evidence(visit: SignedIn, officer_acts: given.OfficerActs, consignment_id: str, record_id: str) -> Response:
    """What proves a result, byte for byte, to keep and never to open in the browser."""
    kept = officer_acts.evidence(visit.principal, consignment_id, record_id)
    headers = {"content-disposition": f"attachment; filename*=UTF-8''{quote(kept.name, safe='')}"}
    return Response(kept.content, headers=headers, media_type="application/octet-stream")


@routes.get("/consignments/{consignment_id}/override")
def override_form(visit: SignedIn, records: given.Records, consignment_id: str) -> Response:
    """The form to set another lane, with a reason."""
    return _form(visit, records, "override", consignment_id)


@routes.post("/consignments/{consignment_id}/override")
def override(
    act: Acting,
    officer_acts: given.OfficerActs,
    second: given.SecondPerson,
    records: given.Records,
    consignment_id: str,
) -> Response:
    """Set another lane, or propose a milder one where that needs a second person; without a reason nothing is set."""
    lane, reason = lane_of(act.text("lane")), act.text("reason")
    if lane is None or not reason:
        problems = {"lane": "" if lane else _("Choose the lane."), "reason": "" if reason else _NO_REASON}
        return _again(act, records, "override", consignment_id, None, problems=problems)
    waits = officer_acts.proposed_override(act.visit.principal, consignment_id, lane, reason)
    if waits is not None:
        second.propose(act.visit.principal, waits, make_key)
        return _back(act.visit, consignment_id, Toast("access-proposed"))
    advice = officer_acts.override(act.visit.principal, consignment_id, lane, reason)
    name = act.visit.language.translate(LANES[advice.override or lane][0])
    return _back(act.visit, consignment_id, Toast("override", {"lane": name}))


@routes.get("/consignments/{consignment_id}/orders/{order_id}/release")
def release_form(visit: SignedIn, records: given.Records, consignment_id: str, order_id: str) -> Response:
    """The form to let a consignment go without an examination."""
    return _form(visit, records, "release", consignment_id, order_id)


@routes.post("/consignments/{consignment_id}/orders/{order_id}/release")
def release(
    act: Acting, officer_acts: given.OfficerActs, records: given.Records, consignment_id: str, order_id: str
) -> Response:
    """Let it go, with a reason; the toast can take it back."""
    reason = act.text("reason")
    if not reason:
        return _again(act, records, "release", consignment_id, order_id, problems={"reason": _NO_REASON})
    _order_of(_dossier(act.visit, records, consignment_id), order_id)
    try:
        officer_acts.release(act.visit.principal, order_id, reason)
    except HeldError:
        return _again(act, records, "release", consignment_id, order_id, problems={})
    undo = consignment_path(consignment_id, "orders", order_id, "reopen")
    return _back(act.visit, consignment_id, Toast("released", undo=undo))


@routes.get("/consignments/{consignment_id}/orders/{order_id}/take-over")
def take_over_form(visit: SignedIn, records: given.Records, consignment_id: str, order_id: str) -> Response:
    """The form to take an order over from the examiner who was drawn."""
    return _form(visit, records, "take_over", consignment_id, order_id)


@routes.post("/consignments/{consignment_id}/orders/{order_id}/take-over")
def take_over(
    act: Acting, officer_acts: given.OfficerActs, records: given.Records, consignment_id: str, order_id: str
) -> Response:
    """Take it over, with a reason."""
    reason = act.text("reason")
    if not reason:
        return _again(act, records, "take_over", consignment_id, order_id, problems={"reason": _NO_REASON})
    _order_of(_dossier(act.visit, records, consignment_id), order_id)
    officer_acts.take_over(act.visit.principal, order_id, reason)
    return _back(act.visit, consignment_id, Toast("taken-over"))


@routes.post("/consignments/{consignment_id}/orders/{order_id}/reopen")
def reopen(
    act: Acting, officer_acts: given.OfficerActs, records: given.Records, consignment_id: str, order_id: str
) -> Response:
    """Take a release back."""
    _order_of(_dossier(act.visit, records, consignment_id), order_id)
    officer_acts.reopen(act.visit.principal, order_id)
    return _back(act.visit, consignment_id, Toast("reopened"))


def _result(
    visit: Visit,
    officer_acts: given.OfficerActs,
    records: given.Records,
    consignment_id: str,
    order_id: str,
    **more: Any,
) -> Response:
    """The form of a result with the items as declared; whatever was not entered yet is folded away."""
    fields = more.get("fields", {})
    items = officer_acts.declared_items(visit.principal, order_id, fields.get("amends"))
    asked = fields.get("first-item") or visit.request.query_params.get("first-item", "")
    start = min(int(asked) - 1, len(items)) if asked.isdecimal() and asked.isascii() and asked != "0" else 0
    shown = {
        "items": items[start : start + _MOST_ITEMS],
        "items_before": start,
        "items_after": max(0, len(items) - start - _MOST_ITEMS),
        "next_item": max((one.item for one in items), default=0) + 1,
        "examining": examining,
        "blocks": {kind: count_of(fields, kind) for kind in ("seizure", "evidence")},
    }
    return _form(visit, records, "result", consignment_id, order_id, **shown, **more)


def _dossier(visit: Visit, records: given.Records, consignment_id: str) -> DossierView:
    """A dossier on which there may be something to do for this officer; one whose order is for another office is none."""
    dossier: DossierView = records.dossier(visit.principal, consignment_id)
    if dossier.summary.is_for_another and dossier.summary.order is None and not dossier.results:
        raise NotFoundError("There is no such consignment.")
    return dossier


def _form(
    visit: Visit, records: given.Records, name: str, consignment_id: str, order_id: str | None = None, **more: Any
) -> Response:
    """The form of an act, empty or as it came back."""
    dossier = _dossier(visit, records, consignment_id)
    values = {"fields": {}, "problems": {}, "status": 200, **more}
    if order_id is not None:
        values["order"] = _order_of(dossier, order_id, values["fields"].get("amends", ""))
    elif dossier.summary.is_for_another:
        raise NotFoundError("There is no such consignment.")
    wanted = read_filter(visit.request.query_params, visit.officer.id)
    return visit.page(
        f"control/{name}_form" if visit.is_part and name != "result" else f"control/{name}",
        wanted=wanted,
        dossier=dossier,
        **values,
    )


def _again(
    act: Acting,
    records: given.Records,
    name: str,
    consignment_id: str,
    order_id: str | None,
    *,
    problems: dict[str, str],
) -> Response:
    return _form(
        act.visit, records, name, consignment_id, order_id, fields=act.fields, problems=problems, status=_UNPROCESSABLE
    )


def _order_of(dossier: DossierView, order_id: str, amends: str = "") -> OrderView:
    """The order that an address names, by which alone anybody acts on it; one of another dossier is none.

    An order in whose place another came is there for whoever amends its result.
    """
    order = dossier.summary.order
    result = next((one for one in dossier.results if amends and (one.id, one.order) == (amends, order_id)), None)
    if result is not None and (order is None or order.id != order_id):
        return OrderView(id=order_id, lane="red", status="done", look_for=(), result=result)
    if order is None or order.id != order_id:
        raise NotFoundError("There is no such order here.")
    return order


def _result_of(dossier: DossierView, result_id: str) -> ResultView:
    result = next((one for one in dossier.results if one.id == result_id and not one.is_amended), None)
    if result is None:
        raise NotFoundError("This result does not exist, or was replaced.")
    return result


def _beside(finding: Finding) -> str:
    """The field beside which a finding is said; `whole` for the form as a whole."""
    return f"item-{finding.arguments['item']}-quantity" if finding.code == "result-item-unit" else "whole"


def _back(visit: Visit, consignment_id: str, toast: Toast) -> Response:
    """To the dossier again, in the same part of the queue."""
    return visit.go(
        consignment_path(consignment_id) + query_of(read_filter(visit.request.query_params, visit.officer.id)), toast
    )
