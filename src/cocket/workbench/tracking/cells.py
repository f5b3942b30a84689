# SPDX-License-Identifier: Apache-2.0
"""Tables of network cells: which are used, importing one, withdrawing one."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Depends
from starlette.concurrency import run_in_threadpool
from starlette.responses import Response

from cocket.errors import SenderError
from cocket.workbench.base import given
from cocket.workbench.base.guard import Acting, SignedIn
from cocket.workbench.base.refusals import refusal
from cocket.workbench.base.uploads import UNPROCESSABLE, Upload, refused, uploaded
from cocket.workbench.base.visits import Toast, Visit
from cocket.workbench.tracking import labels as tracking_words

routes = APIRouter()

CellFile = Annotated[Upload, Depends(uploaded("place:put", None))]


@routes.get("/tracking/cells")
def cells(visit: SignedIn, cells: given.CellTables) -> Response:
    """The tables, and the forms to import and withdraw one."""
    return _page(visit, cells)


@routes.post("/tracking/cells")
async def import_cells(sent: CellFile, cells: given.CellTables, name: str = "") -> Response:
    """Import a table, and say what was left out of it."""
    try:
        view = await run_in_threadpool(cells.import_cells, sent.visit.principal, name, sent.content)
    except SenderError as error:
        return refused(sent.visit, error)
    return sent.visit.page("tracking/cells_read", table=view, said=tracking_words)


@routes.post("/tracking/cells/withdraw")
def withdraw(act: Acting, cells: given.CellTables) -> Response:
    """No longer use a table."""
    general = refusal(
        act.visit, lambda: cells.withdraw_cells(act.visit.principal, act.text("table"), act.text("reason"))
    )
    if not general:
        return act.visit.go("/tracking/cells", Toast("cells-withdrawn"))
    return _page(act.visit, cells, general=general, status=UNPROCESSABLE)


def _page(visit: Visit, cells: given.CellTables, *, general: tuple[str, ...] = (), status: int = 200) -> Response:
    return visit.page(
        "tracking/cells", tables=cells.cell_tables(visit.principal), general=general, status=status, said=tracking_words
    )
