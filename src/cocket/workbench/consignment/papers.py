# SPDX-License-Identifier: Apache-2.0
"""The papers of a consignment in time: who said what first, why each lies here, and correcting that."""

from __future__ import annotations

from typing import Final

from fastapi import APIRouter
from starlette.responses import Response

from cocket.errors import SenderError
from cocket.gate import make_key
from cocket.governance.proposals import Proposal
from cocket.pipeline.governance.second_person import SecondPerson
from cocket.workbench.base import given
from cocket.workbench.base.guard import Act, Acting, SignedIn
from cocket.workbench.base.labels import PAPERS, _
from cocket.workbench.base.refusals import sentences
from cocket.workbench.base.visits import Toast, Visit, consignment_path

routes = APIRouter()

_UNPROCESSABLE: Final = 422
_NO_REASON: Final = _("Give a reason; it is recorded under your name.")

#: Why a paper lies with another.
SORTS: Final = {
    "own-reference": _("the sender's own reference"),
    "registration": _("the host's registration"),
    "movement-reference": _("movement reference number"),
    "previous-document": _("named as previous document"),
    "ucr": _("UCR"),
    "air-waybill": _("air waybill number"),
    "transport-document": _("transport document number"),
    "bill-on-manifest": _("short bill number on one manifest"),
    "invoice": _("invoice number of one seller"),
    "officer": _("joined by an officer"),
}

CONFIDENCES: Final = {"certain": _("certain"), "high": _("high"), "fair": _("fair")}

#: What a paper is.
KINDS: Final = {
    "invoice": _("Invoice"),
    "credit-note": _("Credit note"),
    "packing-list": _("Packing list"),
    "despatch-advice": _("Despatch advice"),
    "certificate": _("Certificate"),
    "licence": _("Licence"),
    "value-declaration": _("Value declaration"),
    "transport-document": _("Transport document"),
    "entry-summary": _("Entry summary"),
    "export-declaration": _("Export declaration"),
    "transit-declaration": _("Transit declaration"),
    "import-declaration": _("Import declaration"),
    "movement": _("Movement"),
    "release-order": _("Release order"),
    "answer": _("Answer of customs"),
    "unread": _("Not read"),
}

MOVEMENTS: Final = {
    "import-sea": _("import by sea"),
    "import-air": _("import by air"),
    "import-other": _("import by land or post"),
    "export-sea": _("export by sea"),
    "export-air": _("export by air"),
    "export-other": _("export by land or post"),
    "transit": _("transit"),
}

WHY: Final = {
    "time": _("too far apart in time"),
    "group": _("such a number never joins"),
    "named": _("a paper of one only names it, as a declaration does an invoice, and is not joined by it"),
    "corrected": _("an officer or an amendment says that it is false"),
}


@routes.get("/consignments/{consignment_id}/papers")
def papers(visit: SignedIn, papers: given.Papers, consignment_id: str) -> Response:
    """Every paper in the order in which it was said, and why it lies here."""
    return _page(visit, papers, consignment_id)


@routes.post("/consignments/{consignment_id}/papers/part")
def part(
    act: Acting,
    papers: given.Papers,
    links: given.LinkCorrections,
    second: given.SecondPerson,
    consignment_id: str,
) -> Response:
    """Say that a paper does not belong; without a reason nothing is done."""
    reason = act.text("reason")
    message, _mark, number = act.text("paper").partition(" ")
    if not reason or not message:
        problems = {"reason": "" if reason else _NO_REASON, "paper": "" if message else _("Choose the paper.")}
        return _page(act.visit, papers, consignment_id, act=act, form="part", problems=problems)
    wanted = links.parting(
        act.visit.principal, consignment_id, message, int(number) if number.isdecimal() else 0, reason
    )
    return _done(act, papers, second, wanted, "part")


@routes.post("/consignments/{consignment_id}/papers/join")
def join(
    act: Acting,
    papers: given.Papers,
    links: given.LinkCorrections,
    second: given.SecondPerson,
    consignment_id: str,
) -> Response:
    """Say that another dossier is of the same consignment; without a reason nothing is done."""
    reason, other = act.text("reason"), act.text("other").rpartition("/")[2].strip()
    if not reason or not other:
        problems = {"reason": "" if reason else _NO_REASON, "other": "" if other else _("Give the other dossier.")}
        return _page(act.visit, papers, consignment_id, act=act, form="join", problems=problems)
    wanted = links.joining(act.visit.principal, consignment_id, other, reason)
    return _done(act, papers, second, wanted, "join")


@routes.post("/consignments/{consignment_id}/papers/undo")
def undo(
    act: Acting,
    papers: given.Papers,
    links: given.LinkCorrections,
    second: given.SecondPerson,
    consignment_id: str,
) -> Response:
    """Take a correction back; without a reason nothing is done."""
    reason = act.text("reason")
    if not reason:
        return _page(act.visit, papers, consignment_id, act=act, form="undo", problems={"reason": _NO_REASON})
    wanted = links.undoing(act.visit.principal, consignment_id, act.text("correction"), reason)
    return _done(act, papers, second, wanted, "undo")


def _done(act: Act, papers: given.Papers, second: SecondPerson, wanted: Proposal, form: str) -> Response:
    try:
        done = second.propose(act.visit.principal, wanted, make_key)
    except SenderError as error:
        problems = {"reason": " ".join(sentences(act.visit, error))}
        return _page(act.visit, papers, wanted.subject, act=act, form=form, problems=problems)
    path = f"{consignment_path(wanted.subject)}/papers"
    return act.visit.go(path, Toast("link-corrected" if done.is_done else "access-proposed"))


def _page(
    visit: Visit,
    papers: given.Papers,
    consignment_id: str,
    *,
    act: Act | None = None,
    form: str = "",
    problems: dict[str, str] | None = None,
) -> Response:
    shown = papers.papers(visit.principal, consignment_id)
    numbers = {one.message_id: place for place, one in enumerate(shown.said, start=1)}
    return visit.page(
        "consignment/papers",
        shown=shown,
        numbers=numbers,
        standards=PAPERS,
        sorts=SORTS,
        confidences=CONFIDENCES,
        kinds=KINDS,
        movements=MOVEMENTS,
        why=WHY,
        fields=act.fields if act is not None else {},
        form=form,
        problems=problems or {},
        here=f"{consignment_path(shown.id)}/papers",
        status=_UNPROCESSABLE if problems else 200,
    )
