# SPDX-License-Identifier: Apache-2.0
"""What a person of a trader sent: the list, and one message with its proof, its accesses, and the quality of all of it."""

from __future__ import annotations

from fastapi import APIRouter
from starlette.responses import Response

from cocket.consignment.quality import QUALITY_FIELDS
from cocket.measures.payments import PaymentAdvice
from cocket.pipeline import NotFoundError
from cocket.pipeline.measures.payments import PaymentView
from cocket.pipeline.queries.quality import DAYS, OFFERED
from cocket.workbench.base import given
from cocket.workbench.base.guard import SignedIn
from cocket.workbench.intake import message as pages

routes = APIRouter()


@routes.get("/own")
def messages(visit: SignedIn, affairs: given.OwnAffairs, before: str = "", text: str = "") -> Response:
    """The first page of a person of a trader: what was sent, the last received first."""
    wanted = text.strip()[:100]
    found = affairs.own_messages(visit.principal, before[:40] or None, wanted)
    return visit.page("intake/own_messages", found=found, text=wanted, is_later=bool(before))


@routes.get("/own/messages/{message_id}")
def message(
    visit: SignedIn, records: given.Records, payments: given.Payments, affairs: given.OwnAffairs, message_id: str
) -> Response:
    """One message: what is wrong with it, what proves it, and what is to be paid."""
    shown = records.message(visit.principal, message_id)
    payment: PaymentView | None
    try:
        payment = payments.own_payment(visit.principal, message_id)
    except NotFoundError:
        payment = None
    advice: PaymentAdvice | None = payment.advice if payment is not None else None
    return visit.page(
        "intake/own_message",
        message=shown,
        payment=payment if advice is not None else None,
        opens=affairs.opens(visit.principal, message_id),
    )


@routes.get("/own/messages/{message_id}/payment.pdf")
def slip(visit: SignedIn, payments: given.Payments, message_id: str) -> Response:
    """The payment slip in the reader's language."""
    view = payments.own_payment(visit.principal, message_id)
    headers = {"content-disposition": f"attachment; filename={message_id}.pdf"}
    return Response(payments.slip(view, visit.language), media_type="application/pdf", headers=headers)


for _name, _give in {
    "content.bin": pages.download,
    "answer.bin": pages.answered,
    "receipt.json": pages.receipt,
    "receipt.html": pages.page,
    "proof.json": pages.inclusion,
    "proof.tlog-proof": pages.tlog_proof,
    "proof.cose": pages.cose_receipt,
}.items():
    routes.get(f"/own/messages/{{message_id}}/{_name}")(_give)


@routes.get("/own/messages/{message_id}/accesses")
def accesses(visit: SignedIn, affairs: given.OwnAffairs, message_id: str) -> Response:
    """Who accessed what is kept of a declaration, by day, agency and purpose."""
    return visit.page("intake/own_accesses", found=affairs.own_accesses(visit.principal, message_id))


@routes.get("/own/quality")
def quality(visit: SignedIn, quality: given.Quality, days: str = "") -> Response:
    """How good what was sent was, by the findings on it and field by field."""
    wanted = int(days) if days.isdecimal() and len(days) < 4 else DAYS
    return visit.page(
        "intake/own_quality",
        found=quality.own(visit.principal, wanted),
        offered=OFFERED,
        wanted=wanted,
        labels=[label for _, label in QUALITY_FIELDS],
    )
