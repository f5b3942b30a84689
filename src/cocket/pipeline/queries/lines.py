# SPDX-License-Identifier: Apache-2.0
"""Lines of dossiers as a reader may see them: each decided by itself, with as much of the advice as he may know."""

from __future__ import annotations

from collections.abc import Sequence

import msgspec

from cocket.governance import Principal, disclose
from cocket.pipeline.base.access import Access
from cocket.pipeline.base.agency_holds import held_by, kept_holds
from cocket.pipeline.base.ownership import Belonging, belongings
from cocket.pipeline.base.wiring import Stores
from cocket.pipeline.control.views import ConsignmentView
from cocket.pipeline.measures.host_releases import let_go_and_before
from cocket.pipeline.queries.evidence import without_names
from cocket.pipeline.queries.row_notes import marked_views
from cocket.stores.base.database import Connection
from cocket.stores.consignment.rows import Line


def disclosed_lines(
    stores: Stores, access: Access, connection: Connection, principal: Principal, lines: Sequence[Line]
) -> tuple[ConsignmentView, ...]:
    """Those lines that a principal may see, each with as much of the advice as he may know."""
    found = belongings(stores, connection, [line.id for line in lines])
    seen = [line for line in lines if line.id in found and access.may(principal, "dossier:read", found[line.id].papers)]
    views = marked_views(stores, connection, seen)
    holds = kept_holds(stores, connection, [line.id for line in seen])
    gone, before = let_go_and_before(stores, connection, holds)
    told = [
        msgspec.structs.replace(
            view,
            held_by=held_by(holds.get(line.id, ())),
            let_go=gone.get(line.id),
            let_go_before=before.get(line.id),
        )
        for line, view in zip(seen, views, strict=True)
    ]
    return tuple(_disclosed(access, principal, view, found[line.id]) for line, view in zip(seen, told, strict=True))


def _disclosed(access: Access, principal: Principal, view: ConsignmentView, where: Belonging) -> ConsignmentView:
    """The same view with as much of advice and order as this principal may know; that he may see it at all is decided."""
    if view.order and not access.may(principal, "lane:read", where.order):
        view = msgspec.structs.replace(view, order=None)
    if not access.may(principal, "lane:read", where.advice):
        order = view.order and msgspec.structs.replace(view.order, look_for=())  # what to look for tells the reasons
        view = msgspec.structs.replace(
            view, advice=None, order=order, differences=(), is_for_another=True, let_go=None, let_go_before=None
        )
    elif view.advice is not None:
        view = msgspec.structs.replace(view, advice=disclose(principal, "advice", without_names(view.advice)))
    return disclose(principal, "consignment", view)
