# SPDX-License-Identifier: Apache-2.0
"""The queue by lane, the way to the next consignment, the search, and the queue as a table for spreadsheets."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

import msgspec
from fastapi import APIRouter
from starlette.responses import RedirectResponse, Response

from cocket.pipeline.control.views import ConsignmentView
from cocket.pipeline.queries.views import QueueFilter
from cocket.workbench.base import given
from cocket.workbench.base.export import write_csv
from cocket.workbench.base.filters import PAGE, query_of, read_filter
from cocket.workbench.base.guard import SignedIn
from cocket.workbench.base.visits import Toast, Visit, consignment_path

routes = APIRouter()

_CHUNK: Final = 2_000
_MOST_EXPORTED: Final = 20_000


@routes.get("/")
def first(visit: SignedIn) -> Response:
    """The queue is the first page."""
    return RedirectResponse("/queue", status_code=303)


@routes.get("/queue")
def queue(visit: SignedIn, records: given.Records) -> Response:
    """A part of the queue; only its lines if htmx asks."""
    wanted = read_filter(visit.request.query_params, visit.officer.id)
    found = records.queue(visit.principal, wanted)
    return visit.page("control/queue_lines" if visit.is_part else "control/queue", wanted=wanted, queue=found)


@routes.get("/queue.csv")
def table(visit: SignedIn, records: given.Records) -> Response:
    """All lines that fit the filter, as CSV."""
    wanted = read_filter(visit.request.query_params, visit.officer.id)
    text = write_csv(_lines(visit, records, wanted, _CHUNK), visit.language)
    name = f"queue-{visit.workbench.now():%Y%m%d-%H%M}.csv"
    headers = {"content-disposition": f'attachment; filename="{name}"'}
    return Response(text.encode("utf-8-sig"), media_type="text/csv", headers=headers)


@routes.get("/queue/next")
def following(visit: SignedIn, records: given.Records, after: str = "") -> Response:
    """The consignment after this one in the same part of the queue.

    One that has left the queue, because it was done, has its successor where it stood: the first line.
    """
    wanted = read_filter(visit.request.query_params, visit.officer.id)
    first, is_found = None, False
    for line in _lines(visit, records, wanted, PAGE):
        if is_found:
            return visit.go(consignment_path(line.id) + query_of(wanted))
        first, is_found = first or line.id, line.id == after
    if first is None or is_found:
        return visit.go(f"/queue{query_of(wanted, offset=0)}", Toast("last"))
    return visit.go(consignment_path(first) + query_of(wanted))


@routes.get("/search")
def search(visit: SignedIn, records: given.Records, text: str = "") -> Response:
    """A reference opens its dossier; several are listed; anything else is looked for in the whole queue."""
    words = text.strip()
    found = records.find(visit.principal, words) if words else ()
    if len(found) == 1:
        return visit.go(consignment_path(found[0].id))
    if found:
        return visit.page("base/search", text=words, lines=found, wanted=QueueFilter())
    return visit.go(f"/queue{query_of(QueueFilter(), state='all', text=words or None)}")


def _lines(visit: Visit, records: given.Records, wanted: QueueFilter, chunk: int) -> Iterator[ConsignmentView]:
    """The lines of a part of the queue from its first, fetched as they are needed: each one fetched is one looked at."""
    for offset in range(0, _MOST_EXPORTED, chunk):
        part = records.queue(visit.principal, msgspec.structs.replace(wanted, offset=offset, limit=chunk))
        yield from part.lines
        if offset + len(part.lines) >= part.total:
            return
