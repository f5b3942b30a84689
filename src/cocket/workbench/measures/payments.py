# SPDX-License-Identifier: Apache-2.0
"""Payment on the page of duties: ask for it, print its slip, record and assign what was paid, refund what was too much."""

from __future__ import annotations

import csv
import io
from typing import Final
from urllib.parse import quote

from fastapi import APIRouter
from starlette.responses import Response

from cocket.errors import PolicyError, SenderError, SettingsError
from cocket.findings import render
from cocket.measures.payments import Payer, PaymentAdvice
from cocket.pipeline import NotFoundError
from cocket.workbench.base import given
from cocket.workbench.base.guard import Acting, SignedIn
from cocket.workbench.base.labels import _
from cocket.workbench.base.visits import Toast, Visit, consignment_path
from cocket.workbench.measures.duties import duties_page

routes = APIRouter()

_UNPROCESSABLE: Final = 422
_NEEDED: Final = _("This must be filled in.")
_HEADS: Final = ("account", "bank_reference", "booked", "amount", "currency", "reference", "payer", "text")


@routes.post("/consignments/{consignment_id}/payment")
def advise(act: Acting, duties: given.Duties, payments: given.Payments, consignment_id: str) -> Response:
    """Ask the declarant to pay what is due; where an amount is not known nothing is asked, and the page says why."""
    try:
        payments.advise(act.visit.principal, consignment_id)
    except (PolicyError, NotFoundError):
        raise
    except (SenderError, SettingsError) as error:
        return _again(act, (duties, payments), consignment_id, _problems(act.visit, error))
    return _done(act, consignment_id)


@routes.get("/consignments/{consignment_id}/payment/slip.pdf")
def slip(visit: SignedIn, payments: given.Payments, consignment_id: str) -> Response:
    """The payment slip in the reader's language."""
    view = payments.payment(visit.principal, consignment_id)
    content = payments.slip(view, visit.language)
    name = view.advice.reference if view.advice else "slip"
    headers = {"content-disposition": f"inline; filename={quote(name)}.pdf"}
    return Response(content, media_type="application/pdf", headers=headers)


@routes.post("/consignments/{consignment_id}/payment/received")
def record(act: Acting, duties: given.Duties, payments: given.Payments, consignment_id: str) -> Response:
    """Record a payment that the bank reported otherwise than by a statement; it is matched and counted as those are."""
    problems = {name: _NEEDED for name in ("bank_reference", "booked", "amount") if not act.text(name)}
    if problems:
        return _again(act, (duties, payments), consignment_id, (), problems)
    advice = _advice(payments, act, consignment_id)
    try:
        taken = payments.take(act.visit.principal, _statement(act, advice))
    except (PolicyError, NotFoundError):
        raise
    except (SenderError, SettingsError) as error:
        return _again(act, (duties, payments), consignment_id, _problems(act.visit, error))
    said = [render(one, act.visit.language.translate) for one in taken.findings]
    said += [one.says for one in taken.entries if one.outcome != "counted"]
    return _again(act, (duties, payments), consignment_id, tuple(said)) if said else _done(act, consignment_id)


@routes.post("/consignments/{consignment_id}/payment/assignment")
def assign(act: Acting, duties: given.Duties, payments: given.Payments, consignment_id: str) -> Response:
    """Let a payment that counts for no advice yet count for this one, with a reason."""
    problems = {name: _NEEDED for name in ("payment", "reason") if not act.text(name)}
    if problems:
        return _again(act, (duties, payments), consignment_id, (), problems)
    advice = _advice(payments, act, consignment_id)
    try:
        payments.assign(act.visit.principal, act.text("payment"), advice.reference, act.text("reason"))
    except (PolicyError, NotFoundError):
        raise
    except SenderError as error:
        return _again(act, (duties, payments), consignment_id, _problems(act.visit, error))
    return _done(act, consignment_id)


@routes.post("/consignments/{consignment_id}/payment/refund")
def refund(act: Acting, duties: given.Duties, payments: given.Payments, consignment_id: str) -> Response:
    """Order what was paid too much to be paid back: the answer is the order for the bank."""
    problems = {name: _NEEDED for name in ("to_account", "why") if not act.text(name)}
    if problems:
        return _again(act, (duties, payments), consignment_id, (), problems)
    account, bic = ("".join(act.text(name).split()) for name in ("to_account", "to_bic"))
    payer = Payer(account=account, bic=bic.upper(), name=act.text("to_name")[:140])
    try:
        content = payments.refund(act.visit.principal, consignment_id, payer, act.text("why"))
    except (PolicyError, NotFoundError):
        raise
    except SenderError as error:
        return _again(act, (duties, payments), consignment_id, _problems(act.visit, error))
    headers = {"content-disposition": 'attachment; filename="refund.xml"'}
    return Response(content, media_type="application/xml", headers=headers)


def _advice(payments: given.Payments, act: Acting, consignment_id: str) -> PaymentAdvice:
    found = payments.payment(act.visit.principal, consignment_id).advice
    if found is None:
        raise NotFoundError("No payment has been asked for.", hint="Make an advice first.")
    return found


def _statement(act: Acting, advice: PaymentAdvice) -> bytes:
    """What was entered as a statement of one row."""
    written = io.StringIO()
    rows = csv.writer(written)
    rows.writerow(_HEADS)
    entered = (act.text("bank_reference"), act.text("booked"), act.text("amount"))
    rows.writerow((advice.payee.account, *entered, advice.currency, advice.reference, act.text("payer"), ""))
    return written.getvalue().encode()


def _done(act: Acting, consignment_id: str) -> Response:
    return act.visit.go(consignment_path(consignment_id, "duties"), Toast("payment-act"))


def _again(
    act: Acting,
    services: tuple[given.Duties, given.Payments],
    consignment_id: str,
    general: tuple[str, ...],
    problems: dict[str, str] | None = None,
) -> Response:
    return duties_page(
        act.visit, *services, consignment_id,
        general=general, problems=problems or {}, fields=act.fields, status=_UNPROCESSABLE,
    )  # fmt: skip


def _problems(visit: Visit, error: SenderError | SettingsError) -> tuple[str, ...]:
    """What is wrong, as sentences (1..n)."""
    findings = error.findings if isinstance(error, SenderError) else ()
    return tuple(render(one, visit.language.translate) for one in findings) or (visit.language.translate(str(error)),)
