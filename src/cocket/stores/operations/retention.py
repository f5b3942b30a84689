# SPDX-License-Identifier: Apache-2.0
"""What is kept, and since when, as retention sees it: by the times of leaves, which are sealed."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime
from uuid import UUID

import msgspec

from cocket.stores.base.database import Connection
from cocket.stores.consignment.marks import PARTIES


class KeptRow(msgspec.Struct, frozen=True, kw_only=True):
    """A thing that is kept.

    Attributes:
        id: Its id.
        title: What people call it.
        papers: Standards of its messages (0..n).
        first: When the first of its leaves came, UTC.
        last: When the last of its messages came, UTC.
        acted: When the last of what was done about it was sealed, looks and advice aside, UTC; None where nothing was.
        open: What of it is not ended (0..n).
    """

    id: UUID
    title: str
    papers: tuple[str, ...]
    first: datetime | None
    last: datetime | None
    acted: datetime | None
    open: tuple[str, ...] = ()


class HoldTarget(msgspec.Struct, frozen=True):
    """What a legal hold is on: `consignment`, `message`, `report` (an id each), `party`, `sender`, or `everything`."""

    kind: str
    value: str


#: Conditions that keep a period from ending, in the order of the columns below.
_CONDITIONS = ("open-order", "open-doubt", "open-audit", "open-journey", "open-match")

_CONSIGNMENTS = """
select c.id, c.title, m.papers, m.first, m.last,
    (select max(l.at) from record r join leaf l on l.record = r.id where r.about = c.id
        and r.kind not in ('look', 'look-ended', 'assessment')),
    exists (select from control_order o where o.consignment = c.id and o.status = 'open'),
    exists (select from case_file f where f.consignment = c.id and f.kind = 'value-doubt'
        and f.state not in ('accepted', 'valued', 'closed')),
    exists (select from case_file f join case_file_key k on k.file = f.id and k.name = 'trader'
        join consignment_mark p on p.consignment = c.id and p.kind in ('IMPORTER', 'DECLARANT') and p.value = k.value
        where f.kind = 'audit' and f.state not in ('closed', 'dropped')),
    exists (select from journey j where j.consignment = c.id and j.state <> 'discharged'),
    exists (select from case_file f where f.consignment = c.id and f.kind = 'screening' and f.state = 'open')
from consignment c left join lateral (
    select array_agg(distinct coalesce(m.standard, '')) as papers, min(l.at) as first, max(l.at) as last
    from consignment_message x join message m on m.id = x.message join leaf l on l.record = m.id
    where x.consignment = c.id) m on true
where c.merged_into is null and (%(ids)s::uuid[] is null or c.id = any(%(ids)s)) order by m.first nulls last, c.id
"""

_MESSAGES = """
select m.id, coalesce(m.reference, ''), array[coalesce(m.standard, '')], l.at, l.at, null::timestamptz
from message m join leaf l on l.record = m.id
where not exists (select from consignment_message x where x.message = m.id)
and (%(ids)s::uuid[] is null or m.id = any(%(ids)s)) order by l.at, m.id
"""

_REPORTS = """
select f.id, '', '{}'::text[], f.opened, null::timestamptz,
    (select max(l.at) from record r join leaf l on l.record = r.id where r.about = f.id and r.kind = 'intelligence-end'),
    (convert_from(f.body, 'UTF8')::jsonb ->> 'expires')::timestamptz
from case_file f where f.kind = 'intelligence' and (%(ids)s::uuid[] is null or f.id = any(%(ids)s)) order by f.opened, f.id
"""

#: Kind of target → the things that it covers; `%(value)s` is what it names.
_COVERED = {
    "consignment": "select coalesce(merged_into, id) from consignment where id::text = %(value)s",
    "message": """select id from message where id::text = %(value)s
        union select coalesce(c.merged_into, c.id) from consignment_message x join consignment c on c.id = x.consignment
        where x.message::text = %(value)s""",
    "report": "select id from case_file where id::text = %(value)s and kind = 'intelligence'",
    "party": """select coalesce(c.merged_into, c.id) from consignment_mark p join consignment c on c.id = p.consignment
        where p.value = %(value)s and p.kind = any(%(parties)s)""",
    "sender": """select id from message where sender = %(value)s
        union select coalesce(c.merged_into, c.id) from message m join consignment_message x on x.message = m.id
        join consignment c on c.id = x.consignment where m.sender = %(value)s""",
}

#: Kind of the target that covers all there is.
EVERYTHING = "everything"


class RetentionRows:
    """Things that are kept, on a transaction of the caller."""

    def consignments(self, connection: Connection, ids: Sequence[UUID] | None = None) -> Iterator[KeptRow]:
        """Dossiers, the oldest first; of these ids alone, where any are given."""
        for row in connection.execute(_CONSIGNMENTS, {"ids": _list(ids)}):
            *told, order, doubt, audit, journey, match = row
            is_open = (order, doubt, audit, journey, match)
            conditions = tuple(name for name, so in zip(_CONDITIONS, is_open, strict=True) if so)
            yield _row(told, conditions)

    def messages(self, connection: Connection, ids: Sequence[UUID] | None = None) -> Iterator[KeptRow]:
        """Messages of no dossier, the oldest first; of these ids alone, where any are given."""
        for row in connection.execute(_MESSAGES, {"ids": _list(ids)}):
            yield _row(row, ())

    def reports(self, connection: Connection, ids: Sequence[UUID] | None = None) -> Iterator[KeptRow]:
        """Reports of intelligence, the oldest first; `last` is when one ends by itself."""
        for identity, title, papers, first, _, ended, expires in connection.execute(_REPORTS, {"ids": _list(ids)}):
            yield _row((identity, title, papers, first, expires, ended), ())

    def covered(self, connection: Connection, target: HoldTarget) -> set[UUID]:
        """Ids of what a legal hold is on; not of one that is on everything."""
        query = _COVERED.get(target.kind)
        if query is None:
            return set()
        rows = connection.execute(query, {"value": target.value, "parties": list(PARTIES)})
        return {row[0] for row in rows}

    def leaves_of(self, connection: Connection, thing: UUID) -> list[UUID]:
        """Messages by whose times a thing stands as it does (0..n)."""
        rows = connection.execute(
            """select message from consignment_message where consignment = %(id)s
            union select id from message where id = %(id)s""",
            {"id": thing},
        )
        return [row[0] for row in rows]

    def emptied(self, connection: Connection, indexes: Sequence[int]) -> int:
        """How many of some leaves are there, and hold their commitment alone (count)."""
        row = connection.execute(
            "select count(*) from leaf where idx = any(%s) and octet_length(digest) = 0 and octet_length(seal) > 0",
            (list(indexes),),
        ).fetchone()
        return int(row[0]) if row else 0

    def slots_of(self, connection: Connection, indexes: Sequence[int]) -> list[int]:
        """Slots of the keys that some leaves name (0..n)."""
        rows = connection.execute(
            "select key from leaf where idx = any(%s) and key is not null order by key", (list(indexes),)
        )
        return [row[0] for row in rows]


def _list(ids: Sequence[UUID] | None) -> list[UUID] | None:
    return None if ids is None else list(ids)


def _row(told: Sequence[object], conditions: tuple[str, ...]) -> KeptRow:
    identity, title, papers, first, last, acted = told
    return KeptRow(
        id=identity,  # type: ignore[arg-type]  # as the columns are
        title=str(title or ""),
        papers=tuple(one for one in (papers or ()) if one),  # type: ignore[attr-defined]
        first=first,  # type: ignore[arg-type]
        last=last,  # type: ignore[arg-type]
        acted=acted,  # type: ignore[arg-type]
        open=conditions,
    )
