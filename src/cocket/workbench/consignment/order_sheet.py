# SPDX-License-Identifier: Apache-2.0
"""The control order to print: one A4 in grey, each row in two languages, with a code that opens the proof."""

from __future__ import annotations

from typing import Final

import segno
from fastapi import APIRouter
from markupsafe import Markup
from starlette.responses import Response

from cocket.workbench.base import given
from cocket.workbench.base.drawings import path_of
from cocket.workbench.base.guard import SignedIn
from cocket.workbench.base.languages import ENGLISH, Language, language
from cocket.workbench.base.rendering import clause_in, sentence_in
from cocket.workbench.base.visits import consignment_path
from cocket.workbench.control import labels as examining

routes = APIRouter()

#: Language that stands second on a sheet whose reader has English; for any other reader it is English.
_SECOND: Final = "fr"


@routes.get("/consignments/{consignment_id}/order")
def order(visit: SignedIn, sheets: given.OrderSheets, consignment_id: str) -> Response:
    """The order as a sheet; that it was given out is recorded, and counted on it."""
    sheet = sheets.sheet(visit.principal, consignment_id)
    address = f"{visit.request.url.scheme}://{visit.request.url.netloc}{consignment_path(consignment_id)}/order/proof"
    code = segno.make(address, error="m", boost_error=False, micro=False)
    first: Language = visit.language
    second: Language = language(_SECOND) if first is ENGLISH else ENGLISH
    return visit.page(
        "consignment/order",
        sheet=sheet,
        examining=examining,
        first=first,
        second=second,
        clause=lambda said: (clause_in(said, first), clause_in(said, second)),
        both=lambda said: (sentence_in(said, first), sentence_in(said, second)),
        say=lambda text: (first.translate(text), second.translate(text)),
        code=Markup(code.svg_inline(scale=1, border=0, omitsize=True)),  # noqa: S704  our own drawing, of an address
    )


@routes.get("/consignments/{consignment_id}/order/proof")
def proof(visit: SignedIn, sheets: given.OrderSheets, consignment_id: str) -> Response:
    """What the code on a sheet opens: that the order stands in the log, as it was sealed."""
    shown = sheets.proof(visit.principal, consignment_id)
    return visit.page("consignment/order_proof", proof=shown, drawn=path_of(shown) if shown.root else None)
