# SPDX-License-Identifier: Apache-2.0
"""The ledger of guarantees: what each secures, what is left, registering one, suspending and claiming."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any, Final, cast

from fastapi import APIRouter
from starlette.responses import Response

from cocket.pipeline import NotFoundError
from cocket.pipeline.tracking.guarantees import GUARANTEE_ACTS, NewGuarantee
from cocket.tracking.guarantee import grn_key
from cocket.workbench.base import given
from cocket.workbench.base.guard import Act, Acting, SignedIn
from cocket.workbench.base.labels import _
from cocket.workbench.base.refusals import refusal
from cocket.workbench.base.uploads import UNPROCESSABLE
from cocket.workbench.base.visits import Toast, Visit
from cocket.workbench.tracking import labels as tracking_words
from cocket.workbench.tracking.forms import NO_REASON, amount_of

routes = APIRouter()

_NO_AMOUNT: Final = _("Enter it in figures.")


@routes.get("/tracking/guarantees")
def guarantees(visit: SignedIn, guarantees: given.Guarantees, text: str = "") -> Response:
    """The ledger, the most used first, with sums by holder and guarantor."""
    found = guarantees.guarantees(visit.principal, text.strip()[:100])
    return _page(visit, "tracking/guarantees", found=found, text=text)


@routes.get("/tracking/guarantees/new")
def registration(visit: SignedIn) -> Response:
    """The form that registers a guarantee."""
    visit.require("guarantee:keep", None)
    return _form(visit, {"type": "comprehensive"})


@routes.post("/tracking/guarantees/new")
def register(act: Acting, guarantees: given.Guarantees) -> Response:
    """Register it, or say what is missing beside its field."""
    new, problems = _read(act)
    general: tuple[str, ...] = ()
    if new is not None:
        made = new
        general = refusal(act.visit, lambda: guarantees.register_guarantee(act.visit.principal, made))
        if not general:
            return act.visit.go(f"/tracking/guarantees/{grn_key(new.reference)}", Toast("guarantee-registered"))
    return _form(act.visit, act.fields, problems=problems, general=general, status=UNPROCESSABLE)


@routes.get("/tracking/guarantees/{number}")
def guarantee(visit: SignedIn, guarantees: given.Guarantees, number: str) -> Response:
    """One guarantee with the journeys that it secures."""
    return _page(visit, "tracking/guarantee", view=guarantees.guarantee(visit.principal, number))


@routes.post("/tracking/guarantees/{number}/{name}")
def do(act: Acting, guarantees: given.Guarantees, number: str, name: str) -> Response:
    """Suspend, restore, cancel or claim; or say what is missing beside its field."""
    if name != "claim" and name not in GUARANTEE_ACTS:
        raise NotFoundError("There is no such action.")
    principal, reason = act.visit.principal, act.text("reason")
    amount = amount_of(act.text("amount")) if name == "claim" else None
    problems = {} if reason else {"reason": NO_REASON}
    if name == "claim" and amount is None:
        problems["amount"] = _NO_AMOUNT
    general: tuple[str, ...] = ()
    if not problems:
        if name == "claim":
            due = amount or Decimal(0)
            general = refusal(
                act.visit,
                lambda: guarantees.claim_guarantee(principal, number, act.text("journey"), due, reason),
            )
        else:
            general = refusal(
                act.visit, lambda: guarantees.change_guarantee(principal, number, cast(Any, name), reason)
            )
        if not general:
            return act.visit.go(f"/tracking/guarantees/{grn_key(number)}", Toast("guarantee-act"))
    view = guarantees.guarantee(principal, number)
    if not view.may_act:
        raise NotFoundError("There is no such guarantee.")
    how: dict[str, Any] = {"fields": act.fields, "problems": problems, "general": general, "status": UNPROCESSABLE}
    return _page(act.visit, "tracking/guarantee", view=view, **how)


def _read(act: Act) -> tuple[NewGuarantee | None, dict[str, str]]:
    problems: dict[str, str] = {}
    amount = amount_of(act.text("amount"))
    if amount is None:
        problems["amount"] = _NO_AMOUNT
    days: dict[str, date | None] = {}
    for name in ("valid_from", "valid_until"):
        try:
            days[name] = date.fromisoformat(act.text(name)) if act.text(name) else None
        except ValueError:
            problems[name] = _("Enter a date.")
    needed = {
        "reference": _("Enter the number of the guarantee."),
        "holder": _("Enter the principal whose journeys it secures."),
        "currency": _("Enter the currency."),
    }
    problems |= {name: missing for name, missing in needed.items() if not act.text(name)}
    if act.text("type") not in tracking_words.GUARANTEE_TYPES:
        problems["type"] = _("Choose one from the list.")
    if problems or amount is None:
        return None, problems
    told: dict[str, Any] = {name: act.text(name) for name in ("reference", "type", "holder", "guarantor", "currency")}
    return NewGuarantee(**told | days | {"reference_amount": amount}), {}


def _form(visit: Visit, fields: dict[str, str], **more: Any) -> Response:
    return _page(visit, "tracking/guarantee_new", **{"fields": fields, **more})


def _page(visit: Visit, template: str, /, **values: Any) -> Response:
    how = {"fields": {}, "problems": {}, "general": (), "status": 200, **values}
    return visit.page(template, said=tracking_words, **how)
