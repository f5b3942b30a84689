# SPDX-License-Identifier: Apache-2.0
"""What is kept, and since when, as retention sees it: by the times of leaves, which are sealed."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import UTC, date, datetime, time, timedelta
from typing import Final
from uuid import UUID

import msgspec

from cocket.stores.base.database import Connection
from cocket.stores.consignment.marks import PARTIES
from cocket.stores.governance.people import OFFICERS, account

#: What the ids of days begin with; the day follows in digits, so that an id says which it is and needs no table.
_DAYS: Final = "acce5500-0000-8000-8000-0000"

#: Leaves `l` of accesses that are not emptied; the index `leaf_access` is over these alone.
_ACCESSES: Final = "l.kind in ('look', 'look-ended') and octet_length(l.digest) > 0"


def access_day_id(day: date) -> UUID:
    """The id of the accesses of a day (UTC), as retention knows them.

    Source: RFC 9562 §5.8: a UUID of version 8 is its maker's own.
    """
    return UUID(f"{_DAYS}{day:%Y%m%d}")


def access_day_of(identity: UUID) -> date | None:
    """The day whose accesses an id is of; None if it is of something else."""
    text = str(identity)
    digits = text.removeprefix(_DAYS)
    if digits == text or not digits.isdecimal():
        return None
    try:
        return date(int(digits[:4]), int(digits[4:6]), int(digits[6:]))
    except ValueError:
        return None


def bounds_of(day: date) -> tuple[datetime, datetime]:
    """From when, and until before when, a day is (UTC)."""
    first = datetime.combine(day, time(), UTC)
    return first, first + timedelta(days=1)


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
    """What a legal hold is on: `consignment`, `message`, `report` (an id each), `party`, `sender`, `accesses` (of a day, or from
    one to another), `account` (its name), `case` (of accesses for which it was named), or `everything`.
    """

    kind: str
    value: str


#: Conditions that keep a period from ending, in the order of the columns below.
_CONDITIONS = ("open-order", "open-doubt", "open-audit", "open-journey", "open-match", "open-payment")

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
    exists (select from case_file f where f.consignment = c.id and f.kind = 'screening' and f.state = 'open'),
    exists (select from case_file f join case_file_key k on k.file = f.id and k.name = 'reference'
        where f.consignment = c.id and f.kind = 'payment-advice'
        and (convert_from(f.body, 'UTF8')::jsonb ->> 'total')::numeric <> (
            select coalesce(sum(case when (paid.entry ->> 'is_taken_back')::boolean then -paid.amount else paid.amount end), 0)
            from (select b.entry, (b.entry ->> 'amount')::numeric as amount from case_file p
                join case_file_key n on n.file = p.id and n.name = 'reference' and n.value = k.value,
                lateral (select convert_from(p.body, 'UTF8')::jsonb -> 'entry' as entry) b where p.kind = 'payment') paid))
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

#: Files that belong to no dossier and are erased each by itself: those of partners, of outages and gateways, and what officers
#: answered about a pilot. What was pulled for a dossier is of the dossier.
PARTNER_FILES: Final = ("mirror-record", "partner-notice", "source-pull", "source-notice", "one-record-notice")
CONTINUITY_FILES: Final = ("gateway-batch", "gateway-held", "office-pack")
PILOT_ANSWER: Final = "pilot-answer"

#: Files `f` that wait for something: for the role `events`, or for an officer.
WAITS: Final = """(f.kind in ('source-notice', 'one-record-notice') and f.state = 'waiting'
    or f.kind = 'gateway-held' and f.state = 'open')"""

_OF_PARTNERS = f"""
select f.id, coalesce(convert_from(f.body, 'UTF8')::jsonb ->> 'name', ''), '{{}}'::text[],
    case when {WAITS} then null else f.opened end, null::timestamptz, null::timestamptz
from case_file f where f.kind = any(%(kinds)s) and (f.kind <> 'source-pull' or f.consignment is null)
and (%(ids)s::uuid[] is null or f.id = any(%(ids)s)) order by f.opened, f.id
"""

_OF_CONTINUITY = f"""
select f.id, coalesce(f.office, ''), '{{}}'::text[], f.opened, case when {WAITS} then null else f.changed end, null::timestamptz
from case_file f where f.kind = any(%(kinds)s) and (%(ids)s::uuid[] is null or f.id = any(%(ids)s)) order by f.changed, f.id
"""

#: A pilot ends when it is stopped, else after the last day on which results count (UTC); one that was sealed by the calendar of a
#: replay as long after it was sealed as that day is after the replayed one.
_PILOT_ANSWERS = """
select f.id, p.id, '{}'::text[], f.opened, case when p.body ->> 'stopped' is not null then (p.body ->> 'stopped')::timestamptz
    when p.body ->> 'replayed' is not null then (p.body ->> 'sealed')::timestamptz
        + interval '24 hours' * (p.locked - (p.body ->> 'replayed')::date + 1)
    else (p.locked + 1)::timestamp at time zone 'UTC' end, null::timestamptz
from case_file f join case_file_key k on k.file = f.id and k.name = 'pilot' left join lateral (
    select n.value as id, b.body, (b.body #>> '{plan,first}')::date - 1 + (b.body #>> '{plan,lock_days}')::int
        + (b.body #>> '{plan,period_days}')::int * (b.body #>> '{plan,periods}')::int as locked
    from case_file_key n join case_file c on c.id = n.file and c.kind = 'pilot',
    lateral (select convert_from(c.body, 'UTF8')::jsonb as body) b where n.name = 'name' and n.value = k.value) p on true
where f.kind = %(kind)s and (%(ids)s::uuid[] is null or f.id = any(%(ids)s)) order by f.opened, f.id
"""

_ASSESSMENTS = """
select f.id, (convert_from(f.body, 'UTF8')::jsonb ->> 'trader'), '{}'::text[], f.opened, f.changed, null::timestamptz
from case_file f where f.kind in ('self-assessment', 'self-assessment-submitted')
and (%(ids)s::uuid[] is null or f.id = any(%(ids)s)) order by f.opened, f.id
"""

#: The first and the last access of each day, the oldest day first: from day to day by the index, not over every leaf.
_ACCESS_DAYS = f"""
with recursive day (first) as (
    select min(l.at) from leaf l where {_ACCESSES}
    union all
    select (select min(l.at) from leaf l where {_ACCESSES} and l.at >= date_trunc('day', d.first, 'UTC') + interval '24 hours')
    from day d where d.first is not null)
select d.first, (select max(l.at) from leaf l where {_ACCESSES}
    and l.at >= d.first and l.at < date_trunc('day', d.first, 'UTC') + interval '24 hours')
from day d where d.first is not null order by d.first
"""

_ONE_ACCESS_DAY = f"""
select min(l.at), max(l.at) from leaf l where {_ACCESSES} and l.at >= %s and l.at < %s having count(*) > 0
"""

#: Days on which what a hold covers was accessed, by itself: lists and searches name it only within.
_ACCESSED = f"""
select distinct (l.at at time zone 'UTC')::date from record r join leaf l on l.record = r.id
where (r.about = any(%(things)s) or r.about in (select message from consignment_message where consignment = any(%(things)s)))
and {_ACCESSES}
"""

#: Kind of target → the things that it covers; `%(value)s` is what it names.
_COVERED = {
    "consignment": "select coalesce(merged_into, id) from consignment where id::text = %(value)s",
    "message": """select id from message where id::text = %(value)s
        union select coalesce(c.merged_into, c.id) from consignment_message x join consignment c on c.id = x.consignment
        where x.message::text = %(value)s""",
    "report": "select id from case_file where id::text = %(value)s and kind = any(%(files)s)",
    "party": """select coalesce(c.merged_into, c.id) from consignment_mark p join consignment c on c.id = p.consignment
        where p.value = %(value)s and p.kind = any(%(parties)s)""",
    "sender": """select id from message where sender = %(value)s
        union select coalesce(c.merged_into, c.id) from message m join consignment_message x on x.message = m.id
        join consignment c on c.id = x.consignment where m.sender = %(value)s
        union select f.id from case_file f join case_file_key k on k.file = f.id and k.name = 'name'
        where f.kind in ('self-assessment', 'self-assessment-submitted') and k.value = %(value)s
        union select id from case_file where kind = 'gateway-held' and convert_from(body, 'UTF8')::jsonb ->> 'sender' = %(value)s
        union select id from declaration_draft where sender = %(value)s""",
}

#: Kind of the target that covers all there is.
EVERYTHING = "everything"


class RetentionRows:
    """Things that are kept, on a transaction of the caller."""

    def consignments(self, connection: Connection, ids: Sequence[UUID] | None = None) -> Iterator[KeptRow]:
        """Dossiers, the oldest first; of these ids alone, where any are given."""
        for row in connection.execute(_CONSIGNMENTS, {"ids": _list(ids)}):
            told, is_open = row[: -len(_CONDITIONS)], row[-len(_CONDITIONS) :]
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

    def partner_records(self, connection: Connection, ids: Sequence[UUID] | None = None) -> Iterator[KeptRow]:
        """What partners and sources gave, notices to them and what was pulled for no dossier, those given first first; `first` is
        None of what still waits.
        """
        for row in connection.execute(_OF_PARTNERS, {"ids": _list(ids), "kinds": list(PARTNER_FILES)}):
            yield _row(row, ())

    def continuity(self, connection: Connection, ids: Sequence[UUID] | None = None) -> Iterator[KeptRow]:
        """What gateways brought and packs of offices, the longest unchanged first, by office; `last` is None of what still waits
        for an officer.
        """
        for row in connection.execute(_OF_CONTINUITY, {"ids": _list(ids), "kinds": list(CONTINUITY_FILES)}):
            yield _row(row, ())

    def pilot_answers(self, connection: Connection, ids: Sequence[UUID] | None = None) -> Iterator[KeptRow]:
        """What officers answered about pilots, the oldest first; `last` is when the pilot ends, the title is its id."""
        for row in connection.execute(_PILOT_ANSWERS, {"ids": _list(ids), "kind": PILOT_ANSWER}):
            yield _row(row, ())

    def assessments(self, connection: Connection, ids: Sequence[UUID] | None = None) -> Iterator[KeptRow]:
        """Self-assessments of traders, the oldest first; `last` is when one last changed."""
        for row in connection.execute(_ASSESSMENTS, {"ids": _list(ids)}):
            yield _row(row, ())

    def access_days(self, connection: Connection, ids: Sequence[UUID] | None = None) -> Iterator[KeptRow]:
        """Days (UTC) with accesses, the oldest first; `first` and `last` are the first and last access of it."""
        if ids is None:
            found = connection.execute(_ACCESS_DAYS).fetchall()
        else:
            days = [day for one in ids if (day := access_day_of(one)) is not None]
            found = [row for day in days for row in connection.execute(_ONE_ACCESS_DAY, bounds_of(day)).fetchall()]
        for first, last in found:
            day = first.astimezone(UTC).date()
            yield _row((access_day_id(day), day.isoformat(), (), first, last, None), ())

    def drafts(self, connection: Connection, ids: Sequence[UUID] | None = None) -> Iterator[KeptRow]:
        """Declarations that traders fill in by hand, the longest unchanged first; the title is the sender's."""
        rows = connection.execute(
            """select id, sender, '{}'::text[], changed, changed, null::timestamptz from declaration_draft
            where %(ids)s::uuid[] is null or id = any(%(ids)s) order by changed, id""",
            {"ids": _list(ids)},
        )
        for row in rows:
            yield _row(row, ())

    def drafts_there(self, connection: Connection, ids: Sequence[UUID]) -> int:
        """How many of some ids are drafts that are there (count)."""
        row = connection.execute("select count(*) from declaration_draft where id = any(%s)", (list(ids),)).fetchone()
        return int(row[0]) if row else 0

    def covered(self, connection: Connection, target: HoldTarget) -> set[UUID]:
        """Ids of what a legal hold is on, with the days on which it was accessed by itself; not of one that is on everything, or
        on accesses.
        """
        if target.kind == "account":
            rows = connection.execute(
                f"select distinct (l.at at time zone 'UTC')::date from leaf l where {_ACCESSES} and l.actor = %s",
                (target.value,),
            )
            return {account(OFFICERS, target.value), *(access_day_id(row[0]) for row in rows)}
        query = _COVERED.get(target.kind)
        if query is None:
            return set()
        rows = connection.execute(query, _naming(target.value))
        things = {row[0] for row in rows}
        return things | self.accessed(connection, list(things))

    def accessed(self, connection: Connection, things: Sequence[UUID]) -> set[UUID]:
        """Ids of the days on which any of these was accessed by itself (0..n)."""
        return {access_day_id(row[0]) for row in connection.execute(_ACCESSED, {"things": list(things)})}

    def leaves_of(self, connection: Connection, thing: UUID) -> list[UUID]:
        """Messages and records by whose times a thing stands as it does (0..n)."""
        day = access_day_of(thing)
        if day is not None:
            return self.accesses_of(connection, day)
        rows = connection.execute(
            """select message from consignment_message where consignment = %(id)s
            union select id from message where id = %(id)s""",
            {"id": thing},
        )
        return [row[0] for row in rows]

    def accesses_of(self, connection: Connection, day: date) -> list[UUID]:
        """Records of the accesses of a day (UTC), and of the end of those that lasted, in the order of the log (0..n)."""
        rows = connection.execute(
            f"""select r.id from leaf l join record r on r.id = l.record where {_ACCESSES} and l.at >= %s and l.at < %s
            order by l.idx""",
            bounds_of(day),
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


def _naming(value: str) -> dict[str, object]:
    return {
        "value": value,
        "parties": list(PARTIES),
        "files": ["intelligence", *PARTNER_FILES, *CONTINUITY_FILES, PILOT_ANSWER],
    }


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
