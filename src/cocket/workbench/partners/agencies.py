# SPDX-License-Identifier: Apache-2.0
"""Pages of people of other agencies, and what customs sees of their work on a consignment."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from decimal import Decimal, InvalidOperation
from typing import Any
from urllib.parse import quote

from fastapi import APIRouter
from starlette.responses import Response

from cocket.control.agency_words import OUTCOMES, PERMIT_WORDS, Outcome, PermitWord
from cocket.errors import SenderError
from cocket.measures.permits import Hold
from cocket.pipeline import NotFoundError
from cocket.pipeline.partners.agencies import NewDecision, NewFinding
from cocket.workbench.base import given
from cocket.workbench.base.guard import Acting, SignedIn
from cocket.workbench.base.labels import _
from cocket.workbench.base.refusals import full_sentences
from cocket.workbench.base.uploads import UNPROCESSABLE, SentSheet
from cocket.workbench.base.visits import Toast, Visit, consignment_path, hold_toast
from cocket.workbench.partners import agency_labels as agency_words

routes = APIRouter()


@routes.get("/agency")
def queue(visit: SignedIn, agencies: given.Agencies, after: str = "") -> Response:
    """The agency's queue: what it holds, then what came last, each with why it is here; a further part of it by `after`."""
    found = agencies.queue(visit.principal, after=after)
    return visit.page("partners/agency_queue", said=agency_words, found=found, is_first=not after)


@routes.get("/agency/consignments/{consignment_id}")
def one(visit: SignedIn, agencies: given.Agencies, consignment_id: str) -> Response:
    """A consignment in the agency's scope, and what it may do with it."""
    return _page(visit, agencies, consignment_id)


@routes.post("/agency/consignments/{consignment_id}/hold")
def hold(act: Acting, agencies: given.Agencies, consignment_id: str) -> Response:
    """Hold the goods, or release them."""
    visit, item = act.visit, act.text("item")

    def do() -> Toast:
        if item and not (item.isascii() and item.isdigit() and 0 < int(item) < 100_000):
            raise SenderError(_("Write the number of the item, or leave it empty for all of them."), code="item")
        if not act.text("reason"):
            raise SenderError(_("Give a reason; it is recorded under your name."), code="reason-missing")
        word = Hold(
            agency=next(iter(visit.principal.senders), ""),
            item=int(item) if item else None,
            is_held=act.text("word") == "held",
            reason=act.text("reason"),
            law=act.text("law")[:400],
            examines=act.text("examines") == "yes",
        )
        said = agencies.place_hold(visit.principal, consignment_id, word)
        return hold_toast(said.let_go, "agency-act")

    return _step(act.fields, visit, agencies, (consignment_id, do))


@routes.post("/agency/consignments/{consignment_id}/permit")
def decide(act: Acting, agencies: given.Agencies, consignment_id: str) -> Response:
    """Accept or refuse a permit, or say how much of it is used up."""
    visit = act.visit

    def do() -> None:
        word: PermitWord | None = next((one for one in PERMIT_WORDS if one == act.text("permit_word")), None)
        if word is None:
            raise SenderError(_("Choose one."), code="permit-word")
        try:
            quantity = Decimal(act.text("quantity")) if act.text("quantity") else None
        except InvalidOperation as error:
            raise SenderError(
                _("Write a figure without grouping, such as 4000 or 12.5."), code="permit-quantity"
            ) from error
        new = NewDecision(
            type=act.text("type"),
            number=act.text("number"),
            word=word,
            quantity=quantity,
            unit=act.text("unit"),
            reason=act.text("permit_reason"),
        )
        agencies.decide_permit(visit.principal, consignment_id, new)

    return _step(act.fields, visit, agencies, (consignment_id, do))


@routes.post("/agency/consignments/{consignment_id}/result")
def record(sheet: SentSheet, agencies: given.Agencies, consignment_id: str) -> Response:
    """Record what an examination found, with papers if there are any."""
    visit = sheet.visit

    def do() -> None:
        outcome: Outcome | None = next((one for one in OUTCOMES if one == sheet.text("outcome")), None)
        if outcome is None:
            raise SenderError(_("Choose one."), code="agency-outcome")
        papers = tuple((name, content) for name, content in sheet.files if content)
        agencies.record_finding(
            visit.principal, consignment_id, NewFinding(outcome=outcome, words=sheet.text("words"), papers=papers)
        )

    return _step(sheet.fields, visit, agencies, (consignment_id, do))


@routes.get("/consignments/{consignment_id}/agencies")
def work(visit: SignedIn, agencies: given.Agencies, consignment_id: str) -> Response:
    """What agencies hold, decided and found on a consignment, and when they examine it; for customs."""
    return _work_page(visit, agencies, consignment_id, {})


@routes.post("/consignments/{consignment_id}/agencies/override")
def override(act: Acting, agencies: given.Agencies, consignment_id: str) -> Response:
    """Propose to end an agency's hold against it."""
    agency, _sign, item = act.text("hold").rpartition("/")
    number = int(item) if item.isascii() and item.isdigit() and len(item) < 6 else None
    try:
        if not act.text("reason"):
            raise SenderError(_("Give a reason; it is recorded under your name."), code="reason-missing")
        agencies.override_hold(act.visit.principal, consignment_id, (agency, number), act.text("reason"))
    except NotFoundError:
        raise
    except SenderError as error:
        problems = full_sentences(act.visit, error)
        return _work_page(act.visit, agencies, consignment_id, act.fields, problems=problems, status=UNPROCESSABLE)
    return act.visit.go("/waiting", Toast("agency-act"))


def _step(
    fields: Mapping[str, str], visit: Visit, agencies: given.Agencies, what: tuple[str, Callable[[], Toast | None]]
) -> Response:
    """Do something on a consignment, or say why it cannot be done, the fields as they were."""
    consignment_id, do = what
    try:
        toast = do()
    except NotFoundError:
        raise
    except SenderError as error:
        problems = full_sentences(visit, error)
        return _page(visit, agencies, consignment_id, fields=fields, problems=problems, status=UNPROCESSABLE)
    return visit.go(f"/agency/consignments/{quote(consignment_id, safe='')}", toast or Toast("agency-act"))


def _page(visit: Visit, agencies: given.Agencies, consignment_id: str, **more: Any) -> Response:
    how = {"problems": (), "fields": {}, "status": 200, **more}
    file = agencies.consignment(visit.principal, consignment_id)
    return visit.page("partners/agency_consignment", said=agency_words, file=file, **how)


def _work_page(
    visit: Visit, agencies: given.Agencies, consignment_id: str, fields: Mapping[str, str], **more: Any
) -> Response:
    how = {"problems": (), "status": 200, **more}
    work = agencies.work(visit.principal, consignment_id)
    path = consignment_path(consignment_id)
    return visit.page("partners/agency_work", said=agency_words, work=work, fields=fields, dossier=path, **how)
