# SPDX-License-Identifier: Apache-2.0
"""Versions of a dossier's papers that their senders sent under the same reference and that were refused."""

from __future__ import annotations

from collections.abc import Sequence
from uuid import UUID

from cocket.consignment import Entry, Paper
from cocket.consignment.paper import statement
from cocket.consignment.quality import QUALITY_FIELDS
from cocket.consignment.references import parts_in
from cocket.consignment.uses import as_given
from cocket.findings import Finding
from cocket.pipeline.base.readings import reading_of
from cocket.pipeline.base.wiring import Stores
from cocket.pipeline.consignment.papers import papers_from
from cocket.stores.base.database import Connection
from cocket.stores.intake.messages import StoredMessage

_CONFLICTS = """
select m.id, c.id from message m join message c on (c.sender, c.standard, c.reference) = (m.sender, m.standard, m.reference)
where m.id = any(%s) and m.outcome = 'accepted' and c.outcome = 'conflict'
order by c.id, m.id
"""


def refused_versions(stores: Stores, connection: Connection, papers: Sequence[Paper]) -> tuple[Entry, ...]:
    """Other versions of some papers, sent under their references and refused (0..n), each once, in index order.

    Args:
        stores: The stores.
        connection: The transaction.
        papers: Papers of a dossier, as it shows them.

    Returns:
        For the timeline, with the fields that differ. Of a manifest of many only what was changed about these consignments.
    """
    ids = [UUID(one) for one in dict.fromkeys(paper.message_id for paper in papers)]
    rows = connection.execute(_CONFLICTS, (ids,)).fetchall()
    conflicts = {one.id: one for one in stores.messages.get_many(connection, [row[1] for row in rows])}
    found: dict[UUID, Entry] = {}
    for first, second in rows:
        if (conflict := conflicts.get(second)) is not None and second not in found:
            own = [paper for paper in papers if paper.message_id == str(first)]
            if (entry := _told(conflict, own)) is not None:
                found[second] = entry
    return tuple(sorted(found.values(), key=lambda one: one.index or 0))


def refused_version_finding(entry: Entry) -> Finding:
    """A refused version as a difference of the dossier, where the others stand."""
    return Finding(
        code="another-version-refused",
        severity="warning",
        message="{expected} sent another version of a paper under its reference, which was refused; it differs in: {found}",
        expected=entry.arguments["sender"],
        found=entry.arguments["fields"],
    )


def _told(conflict: StoredMessage, own: Sequence[Paper]) -> Entry | None:
    """What is said of a refused version of some papers of one message; None where nothing about these was changed."""
    reading = reading_of(conflict)
    parts = [part for first, count, _ in parts_in(reading) for part in range(first, first + count)]
    others = papers_from(((conflict, part) for part in parts), {conflict.id: reading})
    fields: dict[str, None] = {}
    for paper in own:
        other = _counterpart(paper, others)
        says, said = statement(paper), statement(other) if other else None
        fields |= {
            label: None
            for name, label in QUALITY_FIELDS
            if said is not None and getattr(says, name) != getattr(said, name)
        }
        if other is None:
            fields["this consignment is not in it"] = None
    if not fields and len(parts) != 1:
        return None
    return Entry(
        at=conflict.received,
        code="another-version-refused",
        message="{sender} sent another version under the reference {reference}, which was refused; it differs in: {fields}",
        arguments={
            "sender": conflict.sender,
            "reference": as_given(conflict.reference) or "–",
            "fields": ", ".join(fields) or "–",
        },
        actor=conflict.sender,
        index=conflict.index,
        message_id=str(conflict.id),
    )


def _counterpart(paper: Paper, others: Sequence[Paper]) -> Paper | None:
    """What a version says of the same consignment: by the number of its transport document; what has none, the only part."""
    if paper.bill is not None and len(others) > 1:
        return next((one for one in others if one.bill is not None and one.bill.id == paper.bill.id), None)
    return others[0] if others else None
