# SPDX-License-Identifier: Apache-2.0
"""What pages say of rows that do not agree with their sealed records: that it is so, and what was sealed."""

from __future__ import annotations

from collections.abc import Sequence
from uuid import UUID

import msgspec

from cocket.pipeline.base.wiring import Stores
from cocket.pipeline.control.advice import consignment_views
from cocket.pipeline.control.views import ConsignmentView, DifferenceView
from cocket.pipeline.operations.sealed_rows import SealedRows
from cocket.stores.base.database import Connection
from cocket.stores.consignment.rows import Line
from cocket.stores.operations.row_audits import RowAudits, RowDifference, Shadow

#: Columns that say something to a person, of what was sealed of a dossier.
_TELLING = ("lane", "status", "is_found", "reason", "officer", "state", "guarantee")


def marked_views(stores: Stores, connection: Connection, lines: Sequence[Line]) -> tuple[ConsignmentView, ...]:
    """Lines of the queue with what stands beside them, and with rows about them that differ from what was sealed.

    Rows that were read in this transaction and did not agree are among them. What was sealed is read again from the
    records about the dossier, where no audit has told it yet.
    """
    views = consignment_views(stores, connection, lines)
    found: dict[UUID | None, list[DifferenceView]] = {}
    for one in RowAudits().differences_about(connection, [line.id for line in lines]):
        sealed = one.sealed or _sealed(stores, connection, one)
        view = DifferenceView(table=one.table, id=one.id, column=one.column, sealed=sealed)
        found.setdefault(one.about, []).append(view)
    if not found:
        return views
    return tuple(
        msgspec.structs.replace(view, differences=tuple(found.get(line.id, ())))
        for line, view in zip(lines, views, strict=True)
    )


def _sealed(stores: Stores, connection: Connection, difference: RowDifference) -> str | None:
    """What sealed records say of a row about a dossier, in words; None where they say nothing that can be read."""
    if difference.about is None:
        return None
    nothing: dict[tuple[str, str], Shadow] = {}
    rows = SealedRows(lambda name: None, lambda about: nothing)
    for leaf, body in stores.leaves.records_about(connection, difference.about):
        rows.take(leaf, body)
    of_dossier = difference.table in ("control_order", "override", "consignment")
    shadow = rows.get(difference.table, str(difference.about) if of_dossier else difference.id)
    if shadow is None:
        return None
    told = [f"{name} {value}" for name in _TELLING if (value := shadow.values.get(name)) is not None]
    return ", ".join(told).replace("_", " ") or None
