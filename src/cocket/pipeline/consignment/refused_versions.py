# SPDX-License-Identifier: Apache-2.0
"""Versions of a dossier's papers that their senders sent under the same reference and that were refused."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TypeVar
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

#: What stands for the fields that differ where none does.
_NONE = "–"

_SAME = "(c.sender, c.standard, c.reference) = (m.sender, m.standard, m.reference)"
_CONFLICTS = f"""
select m.id, c.id from message m join message c on {_SAME}
where m.id = any(%s) and m.outcome = 'accepted' and c.outcome = 'conflict'
order by c.id, m.id
"""
_HOLDERS = f"""
select m.id, c.id from message c join message m on {_SAME}
where c.id = any(%s) and c.outcome = 'conflict' and m.outcome = 'accepted'
order by m.id, c.id
"""

_Dossier = TypeVar("_Dossier")


def refused_versions(stores: Stores, connection: Connection, papers: Sequence[Paper]) -> tuple[Entry, ...]:
    """Other versions of some papers, sent under their references and refused (0..n), each once, in index order.

    Args:
        stores: The stores.
        connection: The transaction.
        papers: Papers of a dossier, as it shows them.

    Returns:
        For the timeline, with the fields that differ. Of a manifest of many only what was changed about these consignments.
    """
    return refused_versions_of(stores, connection, {"": papers}).get("", ())


def refused_versions_of(
    stores: Stores, connection: Connection, dossiers: Mapping[_Dossier, Sequence[Paper]]
) -> dict[_Dossier, tuple[Entry, ...]]:
    """The same of several dossiers (1..n each); those without any are left out."""
    ids = [UUID(one) for one in dict.fromkeys(paper.message_id for papers in dossiers.values() for paper in papers)]
    rows = connection.execute(_CONFLICTS, (ids,)).fetchall()
    if not rows:
        return {}
    versions = {one.id: _Version(one) for one in stores.messages.get_many(connection, [row[1] for row in rows])}
    found: dict[_Dossier, tuple[Entry, ...]] = {}
    for dossier, papers in dossiers.items():
        entries: dict[UUID, Entry] = {}
        for first, second in rows:
            own = [paper for paper in papers if paper.message_id == str(first)]
            if own and second in versions and second not in entries:
                entry = versions[second].told(own)
                if entry is not None:
                    entries[second] = entry
        if entries:
            found[dossier] = tuple(sorted(entries.values(), key=lambda one: one.index or 0))
    return found


def dossiers_changed_by(stores: Stores, connection: Connection, versions: Sequence[StoredMessage]) -> tuple[UUID, ...]:
    """Dossiers with a paper of which some refused versions say something else (0..n)."""
    rows = connection.execute(_HOLDERS, ([one.id for one in versions],)).fetchall()
    held = {one.id: one for one in stores.messages.get_many(connection, [row[0] for row in rows])} if rows else {}
    if not held:
        return ()
    dossiers = stores.consignments.of_each_part(connection, list(held))
    read = {one.id: _Version(one) for one in versions}
    found: dict[UUID, None] = {}
    for first, second in rows:
        parts = [(held[first], part) for message, part in dossiers if message == first and first in held]
        for paper in papers_from(parts, {}):
            if read[second].differs(paper):
                found[dossiers[first, paper.part]] = None
    return tuple(found)


def is_changed(entry: Entry) -> bool:
    """Whether a refused version says something else in a field that is compared."""
    return entry.arguments["fields"] != _NONE


def refused_version_finding(entry: Entry) -> Finding:
    """A refused version as a difference of the dossier, where the others stand."""
    return Finding(
        code="another-version-refused",
        severity="warning",
        message="{expected} sent another version of a paper under its reference, which was refused; it differs in: {found}",
        expected=entry.arguments["sender"],
        found=entry.arguments["fields"],
    )


class _Version:
    """A refused version of a paper, read once.

    Args:
        message: The message.
    """

    def __init__(self, message: StoredMessage) -> None:
        self._message, reading = message, reading_of(message)
        parts = [part for first, count, _ in parts_in(reading) for part in range(first, first + count)]
        self._papers = papers_from(((message, part) for part in parts), {message.id: reading})
        self._by_bill = {one.bill.id: one for one in reversed(self._papers) if one.bill is not None}

    def told(self, own: Sequence[Paper]) -> Entry | None:
        """What is said of it beside some papers of one message; None where nothing about these was changed."""
        fields = dict.fromkeys(field for paper in own for field in self.differs(paper))
        if not fields and len(self._papers) != 1:
            return None
        return Entry(
            at=self._message.received,
            code="another-version-refused",
            message="{sender} sent another version under the reference {reference}, which was refused; it differs in: {fields}",
            arguments={
                "sender": self._message.sender,
                "reference": as_given(self._message.reference) or "–",
                "fields": ", ".join(fields) or _NONE,
            },
            actor=self._message.sender,
            index=self._message.index,
            message_id=str(self._message.id),
        )

    def differs(self, paper: Paper) -> tuple[str, ...]:
        """In what it says something else of the consignment of a paper (0..n)."""
        other = self._counterpart(paper)
        if other is None:
            return ("this consignment is not in it",)
        says, said = statement(paper), statement(other)
        if said is None:
            return ()
        return tuple(label for name, label in QUALITY_FIELDS if getattr(says, name) != getattr(said, name))

    def _counterpart(self, paper: Paper) -> Paper | None:
        """What it says of the same consignment: by the number of its transport document; what has none, the only part."""
        if paper.bill is not None and len(self._papers) > 1:
            return self._by_bill.get(paper.bill.id)
        return self._papers[0] if self._papers else None
