# SPDX-License-Identifier: Apache-2.0
"""The queue by lane, the way to the next consignment, and the queue as a table for spreadsheets."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

import msgspec
from fastapi import APIRouter
from starlette.responses import RedirectResponse, Response

from cocket.pipeline.queries.views import QueueFilter
from cocket.workbench.base import given
from cocket.workbench.base.export import Exported, write_csv, write_xlsx
from cocket.workbench.base.filters import query_of, read_filter
from cocket.workbench.base.guard import AGENCY, OWN, SignedIn
from cocket.workbench.base.visits import XLSX, Toast, Visit, consignment_path

routes = APIRouter()

_CHUNK: Final = 2_000
_MOST_EXPORTED: Final = 20_000


@routes.get("/")
def first(visit: SignedIn) -> Response:
    """The queue is the first page; of internal affairs, and of people of traders and other agencies, theirs."""
    if visit.is_outside:
        return RedirectResponse(OWN if visit.is_trader else AGENCY, status_code=303)
    return RedirectResponse("/watchers" if visit.may("watch:read") else "/queue", status_code=303)


@routes.get("/queue")
def queue(visit: SignedIn, records: given.Records, notes: given.DeskNotes) -> Response:
    """A part of the queue; only its lines if htmx asks."""
    wanted = read_filter(visit.request.query_params, visit.officer.id)
    found = records.queue(visit.principal, wanted)
    views = notes.views(visit.principal)
    papers = records.completions(visit.principal, found.lines)
    return visit.page(
        "control/queue_lines" if visit.is_part else "control/queue",
        wanted=wanted,
        queue=found,
        views=views,
        papers=papers,
    )


@routes.get("/queue.csv")
def table(visit: SignedIn, records: given.Records) -> Response:
    """All lines that fit the filter, as CSV."""
    wanted = read_filter(visit.request.query_params, visit.officer.id)
    text = write_csv(_lines(visit, records, wanted), visit.language)
    return Response(text.encode("utf-8-sig"), media_type="text/csv", headers=_named(visit, "csv"))


@routes.get("/queue.xlsx")
def workbook(visit: SignedIn, records: given.Records) -> Response:
    """All lines that fit the filter, as a workbook."""
    wanted = read_filter(visit.request.query_params, visit.officer.id)
    return Response(
        write_xlsx(_lines(visit, records, wanted), visit.language), media_type=XLSX, headers=_named(visit, "xlsx")
    )


def _named(visit: Visit, kind: str) -> dict[str, str]:
    name = f"queue-{visit.workbench.now():%Y%m%d-%H%M}.{kind}"
    return {"content-disposition": f'attachment; filename="{name}"'}


@routes.get("/queue/next")
def following(visit: SignedIn, records: given.Records, after: str = "") -> Response:
    """The consignment after this one in the same part of the queue.

    One that has left the queue, because it was done, has its successor where it stood.
    """
    wanted = read_filter(visit.request.query_params, visit.officer.id)
    line = records.following(visit.principal, wanted, after)
    if line is None:
        return visit.go(f"/queue{query_of(wanted, offset=0, after=None)}", Toast("last"))
    return visit.go(consignment_path(line.id) + query_of(wanted))


def _lines(visit: Visit, records: given.Records, wanted: QueueFilter) -> Iterator[Exported]:
    """The lines of a part of the queue from its first, fetched as they are needed: each one fetched is one looked at."""
    after = None
    for _ in range(0, _MOST_EXPORTED, _CHUNK):
        asked = msgspec.structs.replace(wanted, offset=0, after=after, limit=_CHUNK)
        part = records.queue(visit.principal, asked)
        yield from zip(part.lines, records.goods(visit.principal, part.lines), strict=True)
        after = part.further
        if after is None:
            return
