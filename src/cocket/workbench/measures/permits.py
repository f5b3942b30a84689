# SPDX-License-Identifier: Apache-2.0
"""The register of permits, one permit with what is written off it, and agencies' words on the goods of a consignment."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final, Literal
from urllib.parse import quote, urlencode

import msgspec
from fastapi import APIRouter
from starlette.responses import Response

from cocket.errors import SenderError
from cocket.measures.permits import Hold, Permit, PermitName, Status
from cocket.pipeline import NotFoundError, PermitsWanted
from cocket.workbench.base import given
from cocket.workbench.base.guard import Acting, SignedIn
from cocket.workbench.base.labels import _
from cocket.workbench.base.refusals import full_sentences
from cocket.workbench.base.uploads import UNPROCESSABLE
from cocket.workbench.base.visits import Toast, Visit, consignment_path, hold_toast
from cocket.workbench.measures import labels as permit_words

routes = APIRouter()

_A_PAGE: Final = 50
_NO_REASON: Final = _("Give a reason; it is recorded under your name.")
_NO_FIGURE: Final = _("Write a figure without grouping, such as 4000 or 12.5.")
_NO_DAY: Final = _("Write the day as year-month-day.")
_NO_ITEM: Final = _("Write the number of the item, or leave it empty for all of them.")

#: Fields of the form of a permit that must be filled, and those that are lists of codes.
_NEEDED: Final = ("agency", "type", "number")
_LISTS: Final = ("codes", "origins", "destinations")
_SINGLE: Final = ("holder", "goods", "valid_from", "valid_to", "quantity", "unit", "value", "currency", "uses", "line")


@routes.get("/permits")
def permits(visit: SignedIn, permits: given.Permits, text: str = "", state: str = "", offset: str = "0") -> Response:
    """Permits by number or holder."""
    status: Status | None = state if state in permit_words.PERMIT_STATES else None  # type: ignore[assignment]
    start = int(offset) if offset.isascii() and offset.isdigit() and len(offset) < 8 else 0
    wanted = PermitsWanted(text=text.strip()[:100], status=status, limit=_A_PAGE, offset=start)
    found = permits.permits(visit.principal, wanted)
    return visit.page("measures/permits", said=permit_words, found=found, wanted=wanted, address=_address)


@routes.get("/permits/new")
def new_form(visit: SignedIn) -> Response:
    """The form to register a permit, or to change one: it has the same agency, type, number and line."""
    visit.require("permit:read")
    return _new_page(visit, {})


@routes.post("/permits/new")
def register(act: Acting, permits: given.Permits) -> Response:
    """Register it, or say what is wrong beside its field."""
    permit, problems = read_permit(act.fields)
    if permit is not None:
        try:
            view = permits.register_permit(act.visit.principal, permit, act.text("reason"))
        except SenderError as error:
            general = full_sentences(act.visit, error)
            return _new_page(act.visit, act.fields, general=general, status=UNPROCESSABLE)
        return act.visit.go(_path(view.id), Toast("permit-act"))
    return _new_page(act.visit, act.fields, problems=problems, status=UNPROCESSABLE)


@routes.get("/permits/licence")
def licence_form(visit: SignedIn, message: str = "") -> Response:
    """The form to register a licence that was lodged as a message."""
    visit.require("permit:read")
    return _licence_page(visit, {"message": message})


@routes.post("/permits/licence")
def register_licence(act: Acting, permits: given.Permits) -> Response:
    """Register a permit for each line of it."""
    filled = {name: act.text(name) for name in ("message", *_NEEDED)}
    problems = {name: _("This must be filled in.") for name, text in filled.items() if not text}
    if problems:
        return _licence_page(act.visit, act.fields, problems=problems, status=UNPROCESSABLE)
    name = PermitName(filled["agency"], filled["type"], filled["number"])
    try:
        views = permits.register_licence(act.visit.principal, filled["message"], name)
    except NotFoundError:
        raise
    except SenderError as error:
        general = full_sentences(act.visit, error)
        return _licence_page(act.visit, act.fields, general=general, status=UNPROCESSABLE)
    return act.visit.go(_path(views[0].id), Toast("permit-act"))


@routes.get("/permits/{permit_id}")
def permit(visit: SignedIn, permits: given.Permits, permit_id: str) -> Response:
    """One permit: for what, how much is left of it, and which declarations took the rest."""
    view = permits.permit_of_id(visit.principal, permit_id)
    balances = list(permit_words.balances(view.permit))
    acts = (
        [name for name in permit_words.PERMIT_ACTS if name != view.permit.status]
        if visit.may("permit:register")
        else []
    )
    is_told = visit.officer.office is None
    return visit.page("measures/permit", said=permit_words, view=view, balances=balances, acts=acts, is_told=is_told)


@routes.get("/permits/{permit_id}/{becomes}")
def status_form(
    visit: SignedIn, permits: given.Permits, permit_id: str, becomes: Literal["valid", "suspended", "withdrawn"]
) -> Response:
    """What it means to change the status of a permit, and the form to do it."""
    return _status_page(visit, permits, permit_id, becomes)


@routes.post("/permits/{permit_id}/{becomes}")
def set_status(
    act: Acting, permits: given.Permits, permit_id: str, becomes: Literal["valid", "suspended", "withdrawn"]
) -> Response:
    """Change it for all lines of the permit; without a reason nothing is changed."""
    if not act.text("reason"):
        problems = {"reason": _NO_REASON}
        return _status_page(act.visit, permits, permit_id, becomes, problems=problems, status=UNPROCESSABLE)
    view = permits.permit_of_id(act.visit.principal, permit_id)
    permits.set_permit_status(act.visit.principal, view.permit.name, becomes, act.text("reason"))
    return act.visit.go(_path(permit_id), Toast("permit-act"))


@routes.get("/consignments/{consignment_id}/holds")
def holds(visit: SignedIn, permits: given.Permits, consignment_id: str) -> Response:
    """What agencies say of the goods, and the form to hold or release them for one."""
    return _holds_page(visit, permits, consignment_id, {})


@routes.post("/consignments/{consignment_id}/holds")
def hold(act: Acting, permits: given.Permits, consignment_id: str) -> Response:
    """Hold the goods for an agency, or release them, with a reason."""
    agency, item, reason = act.text("agency"), act.text("item"), act.text("reason")
    problems = {
        "agency": "" if agency else _("Say for which agency."),
        "item": "" if not item or (item.isascii() and item.isdigit() and 0 < int(item) < 100_000) else _NO_ITEM,
        "word": "" if act.text("word") in permit_words.HOLD_WORDS else _("Choose one."),
        "reason": "" if reason else _NO_REASON,
    }
    if any(problems.values()):
        how = {"problems": problems, "status": UNPROCESSABLE}
        return _holds_page(act.visit, permits, consignment_id, act.fields, **how)
    word = Hold(agency=agency, item=int(item) if item else None, is_held=act.text("word") == "held", reason=reason)
    try:
        said = permits.agency_hold(act.visit.principal, consignment_id, word)
    except NotFoundError:
        raise
    except SenderError as error:
        how = {"problems": {"agency": full_sentences(act.visit, error)[0]}, "status": UNPROCESSABLE}
        return _holds_page(act.visit, permits, consignment_id, act.fields, **how)
    return act.visit.go(consignment_path(consignment_id, "holds"), hold_toast(said.let_go, "hold-act"))


def read_permit(fields: Mapping[str, str]) -> tuple[Permit | None, dict[str, str]]:
    """A permit as it was entered; None with what is wrong, by field.

    Args:
        fields: As entered; lists of codes and countries are parted by commas or blanks.
    """
    text = {name: fields.get(name, "").strip() for name in (*_NEEDED, *_LISTS, *_SINGLE)}
    problems = {name: _("This must be filled in.") for name in _NEEDED if not text[name]}
    told: dict[str, Any] = {name: text[name] for name in (*_NEEDED, *_SINGLE) if text[name]}
    told |= {name: text[name].replace(",", " ").upper().split() for name in _LISTS if text[name]}
    for name in ("valid_from", "valid_to", "quantity", "value", "uses", "line"):
        if name in told and not _fits(name, told[name]):
            problems[name] = _NO_DAY if name.startswith("valid") else _NO_FIGURE
    return (None, problems) if problems else (msgspec.convert(told, Permit, strict=False), {})


def _fits(name: str, text: str) -> bool:
    """Whether what was entered in one field is a day or a figure as it must be."""
    try:
        msgspec.convert({"agency": "x", "type": "x", "number": "x", name: text}, Permit, strict=False)
    except msgspec.ValidationError:
        return False
    return text.isascii() and len(text) < 25


def _new_page(visit: Visit, fields: Mapping[str, str], **more: Any) -> Response:
    how = {"problems": {}, "general": (), "status": 200, **more}
    return visit.page("measures/permit_new", said=permit_words, fields=fields, **how)


def _licence_page(visit: Visit, fields: Mapping[str, str], **more: Any) -> Response:
    how = {"problems": {}, "general": (), "status": 200, **more}
    return visit.page("measures/permit_licence", said=permit_words, fields=fields, **how)


def _status_page(visit: Visit, permits: given.Permits, permit_id: str, becomes: str, **more: Any) -> Response:
    view = permits.permit_of_id(visit.principal, permit_id)
    how = {"problems": {}, "status": 200, **more}
    return visit.page("measures/permit_status", said=permit_words, view=view, becomes=becomes, **how)


def _holds_page(
    visit: Visit, permits: given.Permits, consignment_id: str, fields: Mapping[str, str], **more: Any
) -> Response:
    found = permits.agency_holds(visit.principal, consignment_id)
    how = {"problems": {}, "status": 200, **more}
    return visit.page(
        "measures/holds",
        said=permit_words,
        consignment=consignment_id,
        holds=found,
        releasing=permits.releasing_themselves(found),
        fields=fields,
        **how,
    )


def _path(permit_id: str) -> str:
    return f"/permits/{quote(permit_id, safe='')}"


def _address(wanted: PermitsWanted, **changed: Any) -> str:
    """The address of the list with some of what is asked for changed."""
    asked = msgspec.structs.replace(wanted, **changed)
    parts = {"text": asked.text, "state": asked.status or "", "offset": asked.offset or ""}
    query = urlencode({name: part for name, part in parts.items() if part})
    return f"/permits?{query}" if query else "/permits"
