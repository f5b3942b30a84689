# SPDX-License-Identifier: Apache-2.0
"""The control order to print: one A4 in grey, each row in two languages, with a code that opens the proof."""

from __future__ import annotations

from urllib.parse import quote

import segno
from fastapi import APIRouter
from markupsafe import Markup
from starlette.responses import Response

from cocket.pipeline.queries.order_sheets import OrderSheet
from cocket.workbench.base import given
from cocket.workbench.base.drawings import path_of
from cocket.workbench.base.guard import SignedIn
from cocket.workbench.base.rendering import clause_in, sentence_in
from cocket.workbench.base.visits import Visit, consignment_path
from cocket.workbench.consignment.order_pdf import languages_of, write_order
from cocket.workbench.control import labels as examining

routes = APIRouter()


@routes.get("/consignments/{consignment_id}/order")
def order(visit: SignedIn, sheets: given.OrderSheets, consignment_id: str) -> Response:
    """The order as a sheet to look at; a look is recorded, and counts as no copy."""
    return _page(visit, sheets.sheet(visit.principal, consignment_id, is_print=False), consignment_id)


@routes.post("/consignments/{consignment_id}/order")
def print_order(visit: SignedIn, sheets: given.OrderSheets, consignment_id: str) -> Response:
    """The same for one print; that it was given out is recorded, and counted on it."""
    return _page(visit, sheets.sheet(visit.principal, consignment_id), consignment_id)


@routes.get("/consignments/{consignment_id}/order.pdf")
def order_pdf(visit: SignedIn, sheets: given.OrderSheets, consignment_id: str) -> Response:
    """The same as a file; that it was given out is recorded, and counted on it, like a print."""
    sheet = sheets.sheet(visit.principal, consignment_id)
    reader = visit.workbench.settings.administration, visit.officer.id
    told = write_order(sheet, reader, visit.clock, languages_of(visit.language), _proof_of(visit, consignment_id))
    name = quote(f"order-{sheet.dossier.summary.title or consignment_id}.pdf", safe="")
    headers = {"content-disposition": f"attachment; filename*=UTF-8''{name}"}
    return Response(told, headers=headers, media_type="application/pdf")


@routes.get("/consignments/{consignment_id}/order/proof")
def proof(visit: SignedIn, sheets: given.OrderSheets, consignment_id: str) -> Response:
    """What the code on a sheet opens: that the order stands in the log, as it was sealed."""
    shown = sheets.proof(visit.principal, consignment_id)
    return visit.page("consignment/order_proof", proof=shown, drawn=path_of(shown) if shown.root else None)


def _proof_of(visit: Visit, consignment_id: str) -> str:
    """Address of the proof, as a telephone opens it."""
    return f"{visit.request.url.scheme}://{visit.request.url.netloc}{consignment_path(consignment_id)}/order/proof"


def _page(visit: Visit, sheet: OrderSheet, consignment_id: str) -> Response:
    code = segno.make(_proof_of(visit, consignment_id), error="m", boost_error=False, micro=False)
    first, second = languages_of(visit.language)
    return visit.page(
        "consignment/order",
        sheet=sheet,
        examining=examining,
        first=first,
        second=second,
        clause=lambda said: (clause_in(said, first), clause_in(said, second)),
        both=lambda said: (sentence_in(said, first, visit.clock), sentence_in(said, second, visit.clock)),
        say=lambda text: (first.translate(text), second.translate(text)),
        code=Markup(code.svg_inline(scale=1, border=0, omitsize=True)),  # noqa: S704  our own drawing, of an address
    )
