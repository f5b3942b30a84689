# SPDX-License-Identifier: Apache-2.0
"""Dossiers on disk: their keys, their messages, and the line each shows in the queue."""

from __future__ import annotations

from collections.abc import Collection, Container, Iterable, Mapping, Sequence
from datetime import date, datetime
from typing import Any, NamedTuple, cast
from uuid import UUID

import msgspec

from cocket.model.message import Lane
from cocket.stores.base.database import Connection
from cocket.stores.base.dossier_rows import LINKS, OF_LINKS, advised_at, belongs_to, links_of
from cocket.stores.consignment.queue_lines import StoredRank
from cocket.stores.consignment.rows import (
    ADVICE,
    DAYS,
    LINE,
    LINES,
    OF_ADVICE,
    OF_OFFICES,
    OFFICES,
    RANKS,
    Line,
    Offices,
    joined,
    read_line,
    read_offices,
)
from cocket.stores.control import orders
from cocket.stores.tracking import alerts, journeys

Key = tuple[str, str]


class KeyUse(NamedTuple):
    """A strong key that a dossier holds.

    Attributes:
        kind: Kind of key.
        value: Its value.
        consignment: The dossier.
        first: First day that papers bearing it are about; None where none tells.
        last: Last such day.
    """

    kind: str
    value: str
    consignment: UUID
    first: date | None
    last: date | None


_KEY_COLUMNS = "kind, value, consignment, is_strong, first_day, last_day"
_KEY_TYPES = ["text", "text", "uuid", "bool", "date", "date"]

#: Types of what a dossier is made with: its line, when, offices, its day with what that is, and MACs; advice, and rank.
_CREATED_TYPES = [
    "uuid", "text", "text", "text", "text", "int4", "text", "timestamptz", "bool", "bool", "timestamptz", "text[]", "date", "text",
    "bytea", "bytea", "bytea", "text", "float8", "uuid", "bytea", "int2", "float8", "numeric", "timestamptz", "bytea",
]  # fmt: skip

#: A key `k` that is noted again: it joins if it did in either, and reaches over all days; least and greatest pass over nulls.
_WIDENED = """is_strong = k.is_strong or excluded.is_strong, first_day = least(k.first_day, excluded.first_day),
    last_day = greatest(k.last_day, excluded.last_day)"""
_IS_WIDER = """k.first_day is distinct from least(k.first_day, excluded.first_day)
    or k.last_day is distinct from greatest(k.last_day, excluded.last_day)"""

_OF_USES = "k.kind, k.value, k.consignment, k.first_day, k.last_day"

#: A key as it is written: kind, value, dossier, whether it joins, first and last day.
_KeyRow = tuple[str, str, UUID, bool, date | None, date | None]


def _both(one: _KeyRow, other: _KeyRow) -> _KeyRow:
    """One key that is noted twice: it joins if it does in either, and reaches over all days."""
    days = [day for day in (*one[4:], *other[4:]) if day is not None]
    return (*one[:3], one[3] or other[3], min(days, default=None), max(days, default=None))


#: The dossier `c` of a query, and its orders `o` with those of dossiers that went up in it.
_WITH_ORDERS = """left join lateral (select x.* from control_order x where x.consignment = c.id
    union all select x.* from consignment s join control_order x on x.consignment = s.id where s.merged_into = c.id
    ) o on true"""

#: Strictest first.
LANES = ("red", "yellow", "blue", "green")


#: What of a dossier is written where it is made, with advice and rank that may still be missing.
_CREATED = ", ".join(
    (
        *LINES.columns,
        "created",
        *("offices", "declared_on", "declared_by", LINES.mac, OFFICES.mac, DAYS.mac),
        *("lane", "score", "assessment", ADVICE.mac),
        *("work_band", "work_worth", "work_stake", "work_due", RANKS.mac),
    )
)

#: Dossier, lane, score and assessment.
Advice = tuple[UUID, str | None, float | None, UUID | None]


class _Opened:
    """Dossiers that are made in this transaction, in order, until they are written.

    Args:
        lines: What the queue shows of each.
        at: When they are made.
    """

    table = "consignment"

    def __init__(self, lines: Sequence[Line], at: datetime) -> None:
        self._lines, self._at = lines, at
        self._advice: dict[UUID, tuple[Advice, StoredRank]] = {}

    def advise(self, advice: Sequence[tuple[Advice, StoredRank]]) -> list[tuple[Advice, StoredRank]]:
        """Take the advice on these dossiers; that on others is given back."""
        ids = {line.id for line in self._lines}
        self._advice = {one[0][0]: one for one in advice if one[0][0] in ids}
        return [one for one in advice if one[0][0] not in ids]

    def write(self, connection: Connection) -> None:
        """Write them, each in one row."""
        rows = [self._row(connection, line) for line in self._lines]
        connection.copy_rows(self.table, _CREATED, _CREATED_TYPES, rows)

    def _row(self, connection: Connection, line: Line) -> tuple[Any, ...]:
        mac = connection.row_macs.mac
        shown = tuple(getattr(line, name) for name in LINES.columns)
        offices, day = list(line.offices), (line.id, line.declared_on, line.declared_by)
        made = (
            *shown,
            self._at,
            offices,
            *day[1:],
            mac(LINES, shown),
            mac(OFFICES, (line.id, offices)),
            mac(DAYS, day),
        )
        if line.id not in self._advice:
            return (*made, *[None] * 9)
        lane, rank = self._advice[line.id]
        place = (line.id, rank.band, rank.worth, rank.stake, rank.due)
        return (*made, *lane[1:], mac(ADVICE, (*lane, None)), *place[1:], mac(RANKS, place))


class Consignments:
    """Dossiers, on a transaction of the caller."""

    def owners(self, connection: Connection, keys: Sequence[Key]) -> dict[Key, UUID]:
        """Which dossier holds each strong key, of several that do the one that bears it latest; keys of none are left out."""
        found = sorted(self.bearers(connection, keys), key=lambda one: one.last or date.min)
        return {(one.kind, one.value): one.consignment for one in found}

    def bearers(self, connection: Connection, keys: Sequence[Key]) -> list[KeyUse]:
        """Which dossiers hold each strong key, and from when to when (0..n)."""
        if not keys:
            return []
        rows = connection.execute(
            f"""select {_OF_USES} from unnest(%b::text[], %b::text[]) as asked (kind, value)
            join consignment_key k on k.is_strong and k.kind = asked.kind and k.value = asked.value""",
            ([k[0] for k in keys], [k[1] for k in keys]),
        )
        return [KeyUse(*row) for row in rows]

    def borne_by(self, connection: Connection, ids: Collection[UUID]) -> list[KeyUse]:
        """The strong keys that some dossiers hold, and from when to when (0..n)."""
        rows = connection.execute(
            f"select {_OF_USES} from consignment_key k where k.is_strong and k.consignment = any(%b)", (list(ids),)
        )
        return [KeyUse(*row) for row in rows]

    def ages(self, connection: Connection, ids: Iterable[UUID]) -> dict[UUID, int]:
        """Number of each dossier in order of making; lower is older."""
        if not (wanted := list(ids)):
            return {}
        rows = connection.execute("select id, number from consignment where id = any(%s)", (wanted,))
        return dict(rows.fetchall())

    def create(self, connection: Connection, made: Sequence[tuple[UUID, datetime]]) -> None:
        """Make empty dossiers, in order."""
        if not made:
            return
        connection.execute(
            """insert into consignment (id, created, received)
            select id, at, at from unnest(%b::uuid[], %b::timestamptz[]) with ordinality as new (id, at, n) order by n""",
            ([m[0] for m in made], [m[1] for m in made]),
        )

    def create_described(self, connection: Connection, lines: Sequence[Line], at: datetime) -> None:
        """Make dossiers, in order, with what the queue shows of each: what `create` and `describe` do.

        They are written once, with their advice, where `advise_ranked` gives it before anything asks for them.
        """
        if lines:
            connection.write_put_off()
            connection.put_off = _Opened(lines, at)

    def merge(self, connection: Connection, source: UUID, target: UUID) -> None:
        """Let one dossier go up in another: keys, messages, advice history and results follow, and the stricter lane stands."""
        pair = {"source": source, "target": target}
        connection.execute(
            f"""insert into consignment_key as k ({_KEY_COLUMNS})
            select kind, value, %(target)s, is_strong, first_day, last_day from consignment_key where consignment = %(source)s
            on conflict (kind, value, consignment) do update set {_WIDENED}""",
            pair,
        )
        connection.execute("delete from consignment_key where consignment = %(source)s", pair)
        links = links_of(connection, "consignment = %s", (source,))
        self.add_messages(connection, [(target, message, part) for _, message, part in links])
        connection.execute("delete from consignment_message where consignment = %(source)s", pair)
        connection.execute("delete from consignment_mark where consignment = %(source)s", pair)
        self._merge_rows(connection, source, target)
        connection.execute("update record set about = %(target)s where about = %(source)s", pair)
        gone_up = ("id = %(source)s or merged_into = %(source)s", pair)
        connection.row_macs.change(connection, ADVICE, gone_up, {"merged_into": target})

    def _merge_rows(self, connection: Connection, source: UUID, target: UUID) -> None:
        """Rows that say something of one dossier say it of the other from now on."""
        of_source, new = ("consignment = %s", (source,)), {"consignment": target}
        for protected in (orders.ASSESSMENTS, orders.RESULTS, journeys.JOURNEYS, alerts.ALERTS):
            connection.row_macs.change(connection, protected, of_source, new)
        for protected in (orders.ORDERS, orders.OVERRIDES):
            alone = f"consignment = %s and not exists (select from {protected.table} o where o.consignment = %s)"
            connection.row_macs.change(connection, protected, (alone, (source, target)), new)
        rows = connection.execute(
            f"select {OF_ADVICE} from consignment where id = any(%s) order by id for update", ([source, target],)
        )
        known = {row[0]: row[1:] for row in connection.row_macs.believed(connection, ADVICE, rows)}
        if source in known and target in known:
            (_, *theirs), (_, *ours) = known[source], known[target]
            lane = min(known[target][0], known[source][0], key=lambda one: LANES.index(one) if one else len(LANES))
            score, assessment = (
                mine if mine is not None else other for mine, other in zip(ours[:2], theirs[:2], strict=True)
            )
            self.advise(connection, [(target, lane, score, assessment)])

    def add_keys(
        self,
        connection: Connection,
        keys: Iterable[tuple[UUID, Key, bool, date | None, date | None]],
        new: Container[UUID] = frozenset(),
    ) -> None:
        """Note keys of dossiers, each with the first and last day that papers bearing it are about; one noted already is widened.

        Args:
            connection: The transaction.
            keys: Dossier, key, whether it joins, and these days (0..n).
            new: Dossiers that have no keys yet.
        """
        known: dict[tuple[str, str, UUID], _KeyRow] = {}
        for consignment, (kind, value), is_strong, first, last in keys:
            name = kind, value, consignment
            other = known.get(name)
            row = (*name, is_strong, first or last, last or first)
            known[name] = row if other is None else _both(row, other)
        rows = list(known.values())
        noted: list[_KeyRow] = []
        fresh: list[_KeyRow] = []
        for row in rows:
            (fresh if row[2] in new else noted).append(row)
        if fresh:
            connection.copy_rows("consignment_key", _KEY_COLUMNS, _KEY_TYPES, fresh)
        if not noted:
            return
        connection.execute(
            f"""insert into consignment_key as k ({_KEY_COLUMNS})
            select * from unnest(%b::text[], %b::text[], %b::uuid[], %b::boolean[], %b::date[], %b::date[])
            on conflict (kind, value, consignment) do update set {_WIDENED}
            where k.is_strong < excluded.is_strong or {_IS_WIDER}""",
            list(map(list, zip(*noted, strict=True))),
        )

    def put_keys(
        self,
        connection: Connection,
        dossiers: Collection[UUID],
        keys: Iterable[tuple[UUID, Key, bool, date | None, date | None]],
    ) -> None:
        """Let dossiers bear these keys, as `add_keys` takes them, and no others."""
        connection.execute("delete from consignment_key where consignment = any(%s)", (list(dossiers),))
        self.add_keys(connection, keys)

    def part(
        self,
        connection: Connection,
        two: tuple[UUID, UUID],
        papers: Sequence[tuple[UUID, int]],
        assessments: Sequence[UUID],
    ) -> None:
        """Take papers out of one dossier into another, with the assessments made for them.

        Args:
            connection: The transaction.
            two: The dossier they are in, and the one they go to.
            papers: Message and part of each.
            assessments: Assessments that go with them.
        """
        source, target = two
        connection.execute(
            """delete from consignment_message m using unnest(%s::uuid[], %s::integer[]) as gone (message, part)
            where m.consignment = %s and m.message = gone.message and m.part = gone.part""",
            ([message for message, _ in papers], [part for _, part in papers], source),
        )
        self.add_messages(connection, [(target, *paper) for paper in papers])
        of_these = ("id = any(%s)", (list(assessments),))
        connection.row_macs.change(connection, orders.ASSESSMENTS, of_these, {"consignment": target})
        # Alerts on the manifests of bills that went belong where these bills are now.
        filed = """exists (select from port_call p join alert a on a.manifest = p.manifest join consignment_message m
            on m.message = p.message and m.part > 0 where a.id = x.alert and m.consignment = %s)"""
        connection.execute(
            f"""insert into alert_consignment (alert, consignment) select x.alert, %s from alert_consignment x
            where x.consignment = %s and {filed} on conflict do nothing""",
            (target, source, target),
        )
        connection.execute(
            f"""delete from alert_consignment x where x.consignment = %s and not {filed}
            and exists (select from alert_consignment y where y.alert = x.alert and y.consignment = %s)""",
            (source, source, target),
        )

    def lead(
        self, connection: Connection, addresses: Mapping[UUID, str], two: tuple[UUID, UUID], results: Sequence[UUID]
    ) -> None:
        """Let ids that went up in one dossier lead to another, with the records about them and with results.

        Args:
            connection: The transaction.
            addresses: The ids, each with its subject in the log; where the other is among them, it stands for itself again.
            two: The dossier they led to, and the one they lead to now.
            results: Results that go with them.
        """
        source, target = two
        change = connection.row_macs.change
        others = [one for one in addresses if one != target]
        change(connection, ADVICE, ("id = any(%s)", (others,)), {"merged_into": target})
        if target in addresses:
            change(connection, ADVICE, ("id = %s", (target,)), {"merged_into": None})
        change(connection, orders.RESULTS, ("id = any(%s)", (list(results),)), {"consignment": target})
        connection.execute(
            """update record r set about = %s from leaf l
            where l.record = r.id and r.about = %s and l.subject = any(%s)""",
            (target, source, list(addresses.values())),
        )

    def hand_over(self, connection: Connection, table: str, two: tuple[UUID, UUID]) -> None:
        """Let the order, or the lane an officer set, of one dossier be that of another, which has none."""
        protected = {one.table: one for one in (orders.ORDERS, orders.OVERRIDES)}[table]
        source, target = two
        connection.row_macs.change(connection, protected, ("consignment = %s", (source,)), {"consignment": target})

    def standing_of(self, connection: Connection, ids: Sequence[UUID]) -> dict[UUID, UUID]:
        """The dossier that each of some has gone up in, or itself; those that are not there are left out."""
        rows = connection.execute(
            "select id, coalesce(merged_into, id) from consignment where id = any(%s)", (list(ids),)
        )
        return dict(rows.fetchall())

    def known_beside(
        self, connection: Connection, consignment: UUID, keys: Sequence[Key], most: int
    ) -> list[tuple[KeyUse, bool]]:
        """Other dossiers that bear any of these keys, each with whether it is strong there, newest first (0..most)."""
        rows = connection.execute(
            f"""select {_OF_USES}, k.is_strong from unnest(%b::text[], %b::text[]) as asked (kind, value)
            join consignment_key k on k.kind = asked.kind and k.value = asked.value
            where k.consignment <> %s order by k.last_day desc nulls last, k.consignment, k.kind limit %s""",
            ([kind for kind, _ in keys], [value for _, value in keys], consignment, most),
        )
        return [(KeyUse(*row[:5]), row[5]) for row in rows]

    def linking_numbers(self, connection: Connection) -> dict[Key, int]:
        """Strong keys of dossiers of several papers, by sort: one of each sort stands for all, with how many there are (count)."""
        rows = connection.execute(
            """select k.kind, min(k.value), count(*) from consignment_key k where k.is_strong and exists (
                select from consignment_message m where m.consignment = k.consignment offset 1)
            group by k.kind, k.kind = 'BL' and position('/' in k.value) > 0, k.kind = 'BL' and k.value ~ '^[0-9]{11}$'
            and case when k.value ~ '^[0-9]{11}$' then mod(substr(k.value, 4, 7)::bigint, 7) = right(k.value, 1)::int end"""
        ).fetchall()
        return {(kind, value): count for kind, value, count in rows}

    def gone_up_in(self, connection: Connection, consignment: UUID) -> list[UUID]:
        """Dossiers that have gone up in one, sorted (0..n)."""
        rows = connection.execute("select id from consignment where merged_into = %s order by id", (consignment,))
        return [row[0] for row in rows]

    def add_messages(
        self, connection: Connection, links: Sequence[tuple[UUID, UUID, int]], new: Container[UUID] = frozenset()
    ) -> None:
        """Note which messages, and which part of them, make up which dossier; those that are new have none yet."""
        distinct = list(dict.fromkeys(links))
        if first := [(*link, connection.row_macs.mac(LINKS, link)) for link in distinct if link[0] in new]:
            connection.copy_rows("consignment_message", LINKS.read, ["uuid", "uuid", "int4", "bytea"], first)
        every = [link for link in distinct if link[0] not in new]
        if not every:
            return
        macs = [connection.row_macs.mac(LINKS, link) for link in every]
        connection.execute(
            """insert into consignment_message as m (consignment, message, part, mac)
            select * from unnest(%b::uuid[], %b::uuid[], %b::integer[], %b::bytea[])
            on conflict (consignment, message, part) do update set mac = excluded.mac where m.mac is distinct from excluded.mac""",
            [*map(list, zip(*every, strict=True)), macs],
        )

    def messages_of(self, connection: Connection, ids: Sequence[UUID]) -> dict[UUID, list[tuple[UUID, int]]]:
        """Messages and parts of each dossier (0..n each)."""
        found: dict[UUID, list[tuple[UUID, int]]] = {}
        for consignment, message, part in links_of(connection, "consignment = any(%s)", (list(ids),)):
            found.setdefault(consignment, []).append((message, part))
        return found

    def named_by(self, connection: Connection, ids: Sequence[UUID]) -> dict[Key, list[UUID]]:
        """Every key of some dossiers, with those of them that are known by it."""
        rows = connection.execute(
            "select kind, value, consignment from consignment_key where consignment = any(%s)", (list(ids),)
        )
        found: dict[Key, list[UUID]] = {}
        for kind, value, consignment in rows:
            found.setdefault((kind, value), []).append(consignment)
        return found

    def messages_since(self, connection: Connection, since: Mapping[UUID, datetime]) -> list[tuple[UUID, UUID]]:
        """Dossiers with their messages that came after a moment of each, by when they came (0..n)."""
        rows = connection.execute(
            """select distinct c.consignment, c.message, m.received from unnest(%s::uuid[], %s::timestamptz[]) as g (dossier, since)
            join consignment_message c on c.consignment = g.dossier join message m on m.id = c.message and m.received > g.since
            order by m.received, c.message""",
            (list(since), list(since.values())),
        )
        return [(row[0], row[1]) for row in rows]

    def merged(self, connection: Connection, ids: Sequence[UUID]) -> dict[UUID, UUID]:
        """Into what dossiers were merged; those that were not are left out."""
        rows = connection.execute(
            "select id, merged_into from consignment where id = any(%s) and merged_into is not null", (list(ids),)
        )
        return dict(rows.fetchall())

    def of_message(self, connection: Connection, message: UUID) -> list[UUID]:
        """Dossiers that a message is part of (0..n)."""
        links = links_of(connection, "message = %s", (message,))
        return list(dict.fromkeys(consignment for consignment, _, _ in links))

    def of_messages(self, connection: Connection, messages: Sequence[UUID]) -> set[UUID]:
        """Dossiers that any of these messages is part of."""
        return {consignment for consignment, _, _ in links_of(connection, "message = any(%s)", (list(messages),))}

    def of_each_message(self, connection: Connection, messages: Sequence[UUID]) -> dict[UUID, list[UUID]]:
        """Dossiers that each of these messages is part of (1..n each); messages that are in none are left out."""
        found: dict[UUID, dict[UUID, None]] = {}
        for consignment, message, _ in links_of(connection, "message = any(%b)", (list(messages),)):
            found.setdefault(message, {})[consignment] = None
        return {message: list(dossiers) for message, dossiers in found.items()}

    def of_each_part(self, connection: Connection, messages: Sequence[UUID]) -> dict[tuple[UUID, int], UUID]:
        """The dossier of each part of these messages; parts that are in none are left out."""
        links = links_of(connection, "message = any(%b)", (list(messages),))
        return {(message, part): consignment for consignment, message, part in links}

    def with_messages(self, connection: Connection, messages: Sequence[UUID]) -> set[UUID]:
        """Those of several messages that are in a dossier."""
        return {message for _, message, _ in links_of(connection, "message = any(%s)", (list(messages),))}

    def open_between(
        self, connection: Connection, window: tuple[UUID, UUID], most: int, among: Sequence[UUID] | None = None
    ) -> list[UUID]:
        """Dossiers that nobody has done with: not cancelled, their order open if there is one, no result told.

        Args:
            connection: The transaction.
            window: The id after which to begin, and the one at which to end.
            most: How many to give at most (count).
            among: Of these alone; None for all.

        Returns:
            In the order of their ids, which is that in which they were made (0..most).
        """
        rows = connection.execute(
            """select c.id from consignment c left join control_order o on o.consignment = c.id
            where c.id > %s and c.id <= %s and (%s::uuid[] is null or c.id = any(%s))
            and c.merged_into is null and not c.is_cancelled and (o.id is null or o.status = 'open')
            and not exists (select from result r where r.consignment = c.id and r.is_examined)
            and not exists (select from consignment_key k join host_decision h on h.kind = k.kind and h.value = k.value
                            where k.consignment = c.id and h.is_examined)
            order by c.id limit %s""",
            (*window, *[None if among is None else list(among)] * 2, most),
        )
        return [row[0] for row in rows]

    def describe(self, connection: Connection, lines: Sequence[Line]) -> None:
        """Write what the queue shows of dossiers, all in one statement."""
        rows = [tuple(getattr(line, name) for name in LINES.columns) for line in lines]
        columns = [*map(list, zip(*rows, strict=True)), [connection.row_macs.mac(LINES, row) for row in rows]]
        offices = [list(line.offices) for line in lines]
        macs = [connection.row_macs.mac(OFFICES, (line.id, of)) for line, of in zip(lines, offices, strict=True)]
        # An array of arrays of several lengths is none of PostgreSQL's: each goes as the text of one.
        columns += [[msgspec.json.encode(of).decode() for of in offices], macs]
        columns += _columns_of_days(connection, [(line.id, line.declared_on, line.declared_by) for line in lines])[1:]
        connection.execute(
            """update consignment c set title = n.title, office = n.office, trader = n.trader, goods = n.goods,
            equipment = n.equipment, value = n.value, received = n.received, is_declared = n.is_declared,
            is_cancelled = n.is_cancelled, line_mac = n.mac, offices_mac = n.offices_mac,
            offices = array(select jsonb_array_elements_text(n.offices)),
            declared_on = n.declared_on, declared_by = n.declared_by, day_mac = n.day_mac
            from unnest(%b::uuid[], %b::text[], %b::text[], %b::text[], %b::text[], %b::integer[], %b::text[], %b::timestamptz[],
            %b::boolean[], %b::boolean[], %b::bytea[], %s::jsonb[], %b::bytea[], %b::date[], %b::text[],
            %b::bytea[]) as n (id, title, office, trader, goods, equipment, value, received, is_declared, is_cancelled, mac,
            offices, offices_mac, declared_on, declared_by, day_mac) where c.id = n.id""",
            columns,
        )

    def date_declared(self, connection: Connection, days: Sequence[tuple[UUID, date | None, str | None]]) -> None:
        """Write the day of the declaration of dossiers, and what that day is."""
        if not days:
            return
        connection.execute(
            """update consignment c set declared_on = n.declared_on, declared_by = n.declared_by, day_mac = n.mac
            from unnest(%b::uuid[], %b::date[], %b::text[], %b::bytea[]) as n (id, declared_on, declared_by, mac)
            where c.id = n.id""",
            _columns_of_days(connection, days),
        )

    def advise(
        self, connection: Connection, advice: Sequence[tuple[UUID, str | None, float | None, UUID | None]]
    ) -> None:
        """Write lane, score and assessment of dossiers, none of which has gone up in another."""
        macs = [connection.row_macs.mac(ADVICE, (*one, None)) for one in advice]
        connection.execute(
            """update consignment c set lane = n.lane, score = n.score, assessment = n.assessment, mac = n.mac
            from unnest(%b::uuid[], %b::text[], %s::double precision[], %s::uuid[], %b::bytea[])
            as n (id, lane, score, assessment, mac) where c.id = n.id""",
            [*map(list, zip(*advice, strict=True)), macs],
        )

    def advise_ranked(
        self,
        connection: Connection,
        advice: Sequence[tuple[tuple[UUID, str | None, float | None, UUID | None], StoredRank]],
    ) -> None:
        """Write what `advise` does, and where the dossiers stand in the order of work, in one statement."""
        opened = connection.put_off
        if isinstance(opened, _Opened):
            advice = opened.advise(advice)
            connection.write_put_off()
        if not advice:
            return
        lanes = [lane for lane, _ in advice]
        ranks = [(lane[0], rank.band, rank.worth, rank.stake, rank.due) for lane, rank in advice]
        mac = connection.row_macs.mac
        connection.execute(
            """update consignment c set lane = n.lane, score = n.score, assessment = n.assessment, mac = n.mac,
            work_band = n.band, work_worth = n.worth, work_stake = n.stake, work_due = n.due, work_mac = n.rank_mac
            from unnest(%b::uuid[], %b::text[], %s::double precision[], %s::uuid[], %b::bytea[], %b::integer[],
            %b::double precision[], %s::numeric[], %s::timestamptz[], %b::bytea[])
            as n (id, lane, score, assessment, mac, band, worth, stake, due, rank_mac) where c.id = n.id""",
            [
                *map(list, zip(*lanes, strict=True)),
                [mac(ADVICE, (*lane, None)) for lane in lanes],
                *list(map(list, zip(*ranks, strict=True)))[1:],
                [mac(RANKS, rank) for rank in ranks],
            ],
        )

    def first_lanes(self, connection: Connection, consignments: Sequence[UUID]) -> dict[UUID, tuple[date, Lane]]:
        """The day (UTC) each consignment was first assessed on, and the lane it has now; those never assessed are left out."""
        rows = connection.execute(
            f"""select {orders.columns_of(orders.ASSESSMENTS, "a")}
            from (select distinct on (consignment) * from assessment where consignment = any(%s) order by consignment, made) a""",
            (list(consignments),),
        )
        first = {one.consignment: one.made.date() for one in orders.read_assessments(connection, rows)}
        lanes = _lanes_of(connection, list(first))
        return {key: (day, cast(Lane, lane)) for key, day in first.items() if (lane := lanes.get(key))}

    def line(self, connection: Connection, consignment: UUID) -> Line | None:
        """The line of one dossier, or of the one it went up in; None if there is none."""
        row = connection.execute(
            f"select {LINE} from consignment a join consignment c on c.id = coalesce(a.merged_into, a.id) where a.id = %s",
            (consignment,),
        ).fetchone()
        return read_line(connection, row) if row else None

    def lines_of(self, connection: Connection, consignments: Sequence[UUID]) -> dict[UUID, Line]:
        """The line of each dossier, or of the one it went up in; those that there are none of are left out."""
        rows = connection.execute(
            f"""select a.id, {LINE} from consignment a join consignment c on c.id = coalesce(a.merged_into, a.id)
            where a.id = any(%b)""",
            (list(consignments),),
        )
        return {identity: read_line(connection, row) for identity, *row in rows.fetchall()}

    def declared(self, connection: Connection, consignments: Sequence[UUID]) -> set[UUID]:
        """Those of some dossiers with a declaration that holds, which went up in no other."""
        rows = connection.execute(
            f"select {LINES.read} from consignment where merged_into is null and id = any(%b)", (list(consignments),)
        )
        believed = connection.row_macs.believed(connection, LINES, rows.fetchall())
        is_declared, is_cancelled = (LINES.columns.index(name) for name in ("is_declared", "is_cancelled"))
        return {row[0] for row in believed if row[is_declared] and not row[is_cancelled]}

    def declared_between(self, connection: Connection, first: date, last: date) -> tuple[list[UUID], int]:
        """Dossiers declared on some days, oldest first (0..n), and how many are declared on a day that cannot be read (count).

        A dossier has the day of its newest declaration. With them come dossiers of the year around that hold several messages of one
        standard, each under a number of its own: an earlier declaration of theirs may be of these days.
        """
        rows = connection.execute(
            """select c.id, c.declared_on from consignment c where c.merged_into is null and c.is_declared
            and (c.declared_on is null or c.declared_on between %(first)s and %(last)s
            or (c.declared_on between %(first)s::date - 366 and %(last)s::date + 366 and exists (
                select from consignment_message p join message m on m.id = p.message
                where p.consignment = c.id and m.outcome = 'accepted'
                group by m.standard having count(distinct (m.sender, m.reference)) > 1
            ))) order by c.declared_on, c.id""",
            {"first": first, "last": last},
        ).fetchall()
        return [row[0] for row in rows if row[1] is not None], sum(row[1] is None for row in rows)

    def offices(self, connection: Connection) -> list[str]:
        """Offices that have consignments, sorted."""
        rows = connection.execute(
            """select office from consignment where office is not null and merged_into is null
            union select unnest(offices) from consignment where merged_into is null order by 1"""
        )
        return [row[0] for row in rows]

    def offices_of(self, connection: Connection, ids: Sequence[UUID]) -> dict[UUID, Offices]:
        """Offices of each dossier, or of the one it went up in; those that there are none of are left out."""
        rows = connection.execute(
            f"""select a.id, {OF_OFFICES} from consignment a join consignment c on c.id = coalesce(a.merged_into, a.id)
            {_WITH_ORDERS} where a.id = any(%b)""",
            (list(ids),),
        )
        found: dict[UUID, Offices] = {}
        for identity, *row in rows.fetchall():
            found[identity] = joined(found.get(identity, Offices()), read_offices(connection, row))
        return found

    def offices_of_messages(self, connection: Connection, messages: Sequence[UUID]) -> dict[UUID, tuple[str, ...]]:
        """Offices of the dossiers that each message is part of, sorted; messages of none are left out."""
        rows = connection.execute(
            f"""select {OF_LINKS}, {OF_OFFICES} from consignment_message m join consignment c on c.id = m.consignment
            {_WITH_ORDERS} where m.message = any(%b)""",
            (list(messages),),
        )
        found: dict[UUID, set[str]] = {}
        parts = len(LINKS.columns) + 1
        for row in rows.fetchall():
            for _, message, _ in connection.row_macs.believed(connection, LINKS, [row[:parts]]):
                found.setdefault(message, set()).update(read_offices(connection, row[parts:]).every)
        return {message: tuple(sorted(offices)) for message, offices in found.items() if offices}

    def find(
        self,
        connection: Connection,
        keys: Sequence[Key],
        endings: Sequence[Key] = (),
        *,
        limit: int = 50,
        offices: Sequence[str] | None = None,
    ) -> list[Line]:
        """Dossiers known by any of these keys, newest first.

        Args:
            connection: The transaction.
            keys: Kind and value of each (0..n).
            endings: Those of which a longer key will do too, if it ends with theirs after a stroke (0..n).
            limit: How many to give at most (count).
            offices: Of these alone; None for all.

        Returns:
            Lines (0..limit).
        """
        rows = connection.execute(
            f"""with named as (
                select k.consignment from unnest(%(kinds)s::text[], %(values)s::text[]) as asked (kind, value)
                join consignment_key k on k.kind = asked.kind and k.value = asked.value
                union
                select k.consignment from unnest(%(ending_kinds)s::text[], %(endings)s::text[]) as asked (kind, value)
                join consignment_key k on k.kind = asked.kind
                -- "0" follows the stroke, so these are all that end so, and an index of values with one finds them
                and k.value like '%%/%%' and reverse(k.value) collate "C" >= reverse(asked.value) || '/'
                and reverse(k.value) collate "C" < reverse(asked.value) || '0'
            )
            select {LINE} from named join consignment c on c.id = named.consignment and c.merged_into is null
            left join control_order o on o.consignment = c.id
            where %(offices)s::text[] is null or {belongs_to("%(offices)s")} order by c.received desc limit %(limit)s""",
            {
                "kinds": [k[0] for k in keys],
                "values": [k[1] for k in keys],
                "ending_kinds": [k[0] for k in endings],
                "endings": [k[1] for k in endings],
                "offices": None if offices is None else list(offices),
                "limit": limit,
            },
        )
        return [read_line(connection, row) for row in rows]

    def known_by(self, connection: Connection, keys: Sequence[Key]) -> dict[Key, UUID]:
        """The newest dossier known by each of these keys; keys by which none is known are left out."""
        rows = connection.execute(
            """select k.kind, k.value, c.id from unnest(%b::text[], %b::text[]) as asked (kind, value)
            join consignment_key k on k.kind = asked.kind and k.value = asked.value
            join consignment c on c.id = k.consignment and c.merged_into is null order by c.received, c.number""",
            ([k[0] for k in keys], [k[1] for k in keys]),
        )
        return {(row[0], row[1]): row[2] for row in rows}

    def advised(
        self, connection: Connection, kind: str, offices: Sequence[str] | None = None
    ) -> list[tuple[str, Lane, float | None]]:
        """Keys of one kind with the lane and score of their consignments, sorted (0..n).

        Args:
            connection: The transaction.
            kind: Kind of link key.
            offices: Of dossiers whose advice is for one of these alone; None for all.
        """
        advice = ", ".join(f"c.{name}" for name in (*ADVICE.columns, ADVICE.mac))
        rows = connection.execute(
            f"""select k.value, {advice} from consignment_key k join consignment c on c.id = k.consignment
            left join control_order o on o.consignment = c.id
            where k.kind = %(kind)s and c.lane is not null
            and (%(offices)s::text[] is null or {advised_at("%(offices)s")}) order by k.value""",
            {"kind": kind, "offices": None if offices is None else list(offices)},
        )
        return [
            (value, lane, score)
            for value, *row in rows
            for _, lane, score, *_ in connection.row_macs.believed(connection, ADVICE, [row])
        ]


def _lanes_of(connection: Connection, consignments: Sequence[UUID]) -> dict[UUID, str]:
    """Lanes of consignments; those without one are left out, and rows that do not agree with their sealed record."""
    rows = connection.execute(f"select {OF_ADVICE} from consignment where id = any(%s)", (list(consignments),))
    return {row[0]: row[1] for row in connection.row_macs.believed(connection, ADVICE, rows) if row[1] is not None}


def _columns_of_days(
    connection: Connection, days: Sequence[tuple[UUID, date | None, str | None]]
) -> list[list[object]]:
    """Ids, days, what these are, and MACs, each as a column."""
    macs = [connection.row_macs.mac(DAYS, one) for one in days]
    return [*map(list, zip(*days, strict=True)), list(macs)]
