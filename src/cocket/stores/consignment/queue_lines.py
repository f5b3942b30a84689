# SPDX-License-Identifier: Apache-2.0
"""Lines of the queue in the order of work or another, a page after a line, and how many there are.

Dossiers with a control order are few: they are looked up one by one from their orders, and sorted by as little of them as that
takes. All others follow the order of an index, so that a page of either costs the same however many dossiers there are.
"""

from __future__ import annotations

from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Callable, Sequence
from datetime import datetime
from decimal import Decimal
from typing import Any, Literal
from uuid import UUID

import msgspec

from cocket.errors import UnreadableError
from cocket.stores.base.database import Connection
from cocket.stores.base.dossier_rows import advised_at, belongs_to, ordered_at
from cocket.stores.consignment.rows import LINE, RANKS, Line, read_line

Sort = Literal["work", "stake", "time", "received", "title"]


class StoredRank(msgspec.Struct, frozen=True, kw_only=True):
    """Where a dossier stands in the order of work: band (1–6), worth within it, stake in national currency, and the end of its
    order; None where it has none.
    """

    band: int
    worth: float
    stake: Decimal | None = None
    due: datetime | None = None


class LineFilter(msgspec.Struct, frozen=True, kw_only=True):
    """Which lines to give; None stands for any.

    Attributes:
        lane: Of this lane, where the reader may know it.
        offices: Of one of these offices, by papers or by order: what the reader may see.
        office: Of this office, among them: what the reader asks for.
        state: `open`, `done` or `all`; where the reader may not know the order, as if there were none.
        examiner: With this officer.
        among: Of these dossiers alone, such as those that some typed text finds; None for all.
        sort: In which order.
        after: The place of the line after which to begin; None for the first. It beats `offset`.
        offset: Lines to leave out at the start (count).
        limit: Lines to give at most (count).
    """

    lane: str | None = None
    offices: tuple[str, ...] | None = None
    office: str | None = None
    state: str = "open"
    examiner: str | None = None
    among: tuple[UUID, ...] | None = None
    sort: Sort = "work"
    after: str | None = None
    offset: int = 0
    limit: int = 50


#: Part of the queue → how a dossier `c` is joined with its order `o`; for those without one all of it is null. `offset 0` keeps
#: PostgreSQL from going through all dossiers for the sake of those few that have an order.
_JOINS = {
    "inner": """from control_order o
cross join lateral (select * from consignment x where x.id = o.consignment and x.merged_into is null offset 0) c""",
    "left": "from consignment c left join control_order o on o.consignment = c.id",
    "none": "from consignment c left join control_order o on false",
}

#: What a reader of some offices may know of advice and order, and so what is shown.
_READER = f"""
cross join lateral (select {advised_at("%(offices)s")} as knows, {ordered_at("%(offices)s")} as has_order) reader"""
_READER_OF_ALL = """
cross join lateral (select true as knows, true as has_order) reader"""
_SHOWN = """
cross join lateral (select case when reader.knows then coalesce(c.lane, o.lane) end as lane,
    case when reader.has_order then o.status end as status) shown"""

#: Band of a dossier that an officer, an alert or intelligence ordered without advice that ranks it; of one that a reader may
#: not know the advice on, the last.
_BAND = """(case when not reader.knows then 6
    when o.id is not null and coalesce(c.work_band, 6) = 6 then case when c.is_declared then 4 else 2 end
    else coalesce(c.work_band, 6) end)"""

#: Order → expressions that rise from line to line, none of them ever null, with their types; the id makes each place one.
#: By time received the newest comes first, so that it and the id fall.
_KEYS: dict[Sort, tuple[tuple[str, str], ...]] = {
    "work": (
        (_BAND, "integer"),
        ("(case when reader.knows then -coalesce(c.work_worth, 0) else 0 end)", "double precision"),
        ("c.received", "timestamptz"),
    ),
    "stake": (("(case when reader.knows then -coalesce(c.work_stake, -1) else 1 end)", "numeric"),),
    "time": (
        ("(case when reader.has_order then coalesce(c.work_due, 'infinity') else 'infinity' end)", "timestamptz"),
        ("(case when reader.has_order then coalesce(o.created, 'infinity') else 'infinity' end)", "timestamptz"),
    ),
    "received": (("c.received", "timestamptz"),),
    "title": (("c.title", "text"),),
}

#: Orders in which every dossier with an order stands before all without one.
_ORDERED_FIRST = frozenset({"work", "stake", "time"})


class QueueLines:
    """The queue, on a transaction of the caller."""

    def ranks_of(self, connection: Connection, consignments: Sequence[UUID]) -> dict[UUID, StoredRank]:
        """Where dossiers stand; those without a rank are left out, and rows that are not as the house wrote them."""
        rows = connection.execute(f"select {RANKS.read} from consignment where id = any(%s)", (list(consignments),))
        return {
            one: StoredRank(band=band, worth=worth, stake=stake, due=due)
            for one, band, worth, stake, due in connection.row_macs.believed(connection, RANKS, rows)
            if band is not None
        }

    def due_between(self, connection: Connection, after: datetime, until: datetime) -> list[UUID]:
        """Dossiers with an open order whose end falls into a time, by their rows alone: `ranks_of` says which to believe."""
        rows = connection.execute(
            """select c.id from control_order o join consignment c on c.id = o.consignment
            where o.status = 'open' and c.work_due > %s and c.work_due <= %s order by c.work_due, c.id""",
            (after, until),
        )
        return [row[0] for row in rows]

    def containers_of(self, connection: Connection, consignments: Sequence[UUID]) -> dict[UUID, tuple[str, ...]]:
        """Containers that the papers of dossiers name, sorted; dossiers without any are left out."""
        rows = connection.execute(
            """select consignment, array_agg(value order by value) from consignment_key
            where kind = 'EQUIPMENT' and consignment = any(%s) group by 1""",
            (list(consignments),),
        )
        return {one: tuple(values) for one, values in rows}

    def lines(self, connection: Connection, wanted: LineFilter) -> list[tuple[Line, str]]:
        """Lines that fit, in the order wanted, each with its place (0..limit).

        Raises:
            UnreadableError: `after` is no place of ours.
        """
        after = _read_place(wanted)
        if wanted.sort not in _ORDERED_FIRST:
            return self._part(connection, wanted, ("left", after, wanted.offset, wanted.limit))
        found: list[tuple[Line, str]] = []
        skipped = 0
        if after is None or after[0] == "inner":
            found = self._part(connection, wanted, ("inner", after, wanted.offset, wanted.limit))
            if wanted.offset and after is None and len(found) < wanted.limit:
                skipped = self._count(connection, wanted, "inner")
        if len(found) < wanted.limit:
            rest = after if after is not None and after[0] == "none" else None
            offset = max(0, wanted.offset - skipped) if after is None else 0
            found += self._part(connection, wanted, ("none", rest, offset, wanted.limit - len(found)))
        return found

    def total(self, connection: Connection, wanted: LineFilter) -> int:
        """How many lines fit, before `after`, `offset` and `limit`."""
        return self._count(connection, wanted, "inner") + self._count(connection, wanted, "none")

    def counts(self, connection: Connection, wanted: LineFilter) -> dict[str, int]:
        """How many lines fit, by lane; "" for those whose lane the reader may not know."""
        counted: dict[str, int] = {}
        for part in ("inner", "none"):
            rows = connection.execute(f"select shown.lane, count(*) {_where(wanted, part)} group by 1", _values(wanted))
            for lane, count in rows.fetchall():
                counted[lane or ""] = counted.get(lane or "", 0) + count
        return counted

    def place_of(self, connection: Connection, wanted: LineFilter, consignment: UUID) -> str | None:
        """The place of a dossier in an order, whether it still fits or not; None if there is none."""
        keys = ", ".join(f"({expression})::text" for expression, _ in _KEYS[wanted.sort])
        row = connection.execute(
            f"select o.id is not null, {keys}, c.received::text, c.id::text {_from(wanted, 'left')} where c.id = %(id)s",
            {"id": consignment, "offices": None if wanted.offices is None else list(wanted.offices)},
        ).fetchone()
        if row is None:
            return None
        has_order, *told, received, identity = row
        if wanted.sort not in _ORDERED_FIRST:
            return _write_place(wanted.sort, "left", (*told, identity))
        if has_order:
            return _write_place(wanted.sort, "inner", (*told, identity))
        return _write_place(wanted.sort, "none", (str(received), identity))

    def _part(
        self, connection: Connection, wanted: LineFilter, asked: tuple[str, tuple[str, ...] | None, int, int]
    ) -> list[tuple[Line, str]]:
        part, after, offset, limit = asked
        keys = _KEYS["received"] if part == "none" else _KEYS[wanted.sort]
        order = [*(expression for expression, _ in keys), "c.id"]
        falls = " desc" if keys is _KEYS["received"] else ""
        seek, values = "", _values(wanted)
        if after is not None:
            types = [*(kind for _, kind in keys), "uuid"]
            names = [f"%(after_{number})s::{kind}" for number, kind in enumerate(types)]
            seek = f" and ({', '.join(order)}) {'<' if falls else '>'} ({', '.join(names)})"
            values |= {f"after_{number}": value for number, value in enumerate(after[1:])}
        cut = msgspec.structs.replace(wanted, offset=offset, limit=limit)
        places = connection.execute(_paged(cut, part, seek, order, falls), values).fetchall()
        rows = connection.execute(
            f"select {LINE} from consignment c where c.id = any(%s)", ([row[0] for row in places],)
        )
        lines = {line.id: line for line in (read_line(connection, row) for row in rows.fetchall())}
        return [(lines[row[0]], _write_place(wanted.sort, part, row[1:])) for row in places]

    def _count(self, connection: Connection, wanted: LineFilter, part: str) -> int:
        row = connection.execute(f"select count(*) {_where(wanted, part)}", _values(wanted)).fetchone()
        return int(row[0]) if row else 0


def _where(wanted: LineFilter, part: str) -> str:
    """What a part of the queue is read from, and on which conditions; only those that are asked for."""
    shown = ["true"]  # the join has said that it went up in no other, in words that let an index answer alone
    if part != "inner":
        shown = ["c.merged_into is null", "(c.is_declared and c.lane is not null or o.id is not null)"]
    if part == "none":
        shown.append("not exists (select from control_order x where x.consignment = c.id)")
    if part == "inner" and wanted.state == "open" and wanted.offices is None:
        # said of the order alone, so that orders that have ended, and their dossiers, are not looked up
        shown.append(
            "o.consignment in (select consignment from control_order where status = 'open' union select about from row_difference)"
        )
    if wanted.lane is not None:
        shown.append("shown.lane = %(lane)s")
        if part == "none":
            shown.append("c.lane = %(lane)s")
    if wanted.offices is not None:
        shown.append(belongs_to("%(offices)s"))
    if wanted.office is not None:
        shown.append(belongs_to("array[%(office)s]"))
    if wanted.state != "all":
        shown.append(
            """((%(state)s = 'open') = (shown.status is null and not c.is_cancelled or shown.status = 'open')
            or c.id in (select about from row_difference))"""
        )
    if (
        part == "none" and wanted.state == "done"
    ):  # said twice, so that the indexes of the few that are cancelled find it
        shown.append("(c.is_cancelled or c.id = any(array(select about from row_difference)))")
    if wanted.examiner is not None:
        shown.append(
            """reader.has_order and exists (select from case_file_key k join case_file_key w on w.file = k.file
            where k.name = 'ORDER' and k.value = o.id::text and w.name = 'EXAMINER' and w.value = %(examiner)s)"""
        )
    if wanted.among is not None:
        shown.append(f"{'o.consignment' if part == 'inner' else 'c.id'} = any(%(among)s)")
    return f"{_from(wanted, part)} where {' and '.join(shown)}"


def _paged(wanted: LineFilter, part: str, seek: str, order: Sequence[str], falls: str) -> str:
    """A page of places: what lines are sorted by is written as text for those alone that are on the page."""
    keys = [f"key_{number}" for number in range(len(order))]
    named = ", ".join(f"{expression} as {key}" for expression, key in zip(order, keys, strict=True))
    sorting = ", ".join(f"page.{key}{falls}" for key in keys)  # by what they are, not by their text
    told = ", ".join(f"{key}::text" for key in keys)
    return f"""with page as materialized (select c.id as line, {named} {_where(wanted, part)}{seek}
        order by {", ".join(expression + falls for expression in order)} offset {int(wanted.offset)} limit {int(wanted.limit)})
        select line, {told} from page order by {sorting}"""


def _from(wanted: LineFilter, part: str) -> str:
    return f"{_JOINS[part]}{_READER_OF_ALL if wanted.offices is None else _READER}{_SHOWN}"


def _values(wanted: LineFilter) -> dict[str, Any]:
    return {
        "lane": wanted.lane,
        "offices": list(wanted.offices) if wanted.offices is not None else None,
        "office": wanted.office,
        "state": wanted.state,
        "examiner": wanted.examiner,
        "among": None if wanted.among is None else list(wanted.among),
    }


def _write_place(sort: str, part: str, values: Sequence[str]) -> str:
    return urlsafe_b64encode(msgspec.json.encode([sort, part, *values])).decode().rstrip("=")


def _read_place(wanted: LineFilter) -> tuple[str, ...] | None:
    """Part and values of a place; None for the first line, and where it is a place in another order."""
    if wanted.after is None:
        return None
    try:
        padded = wanted.after + "=" * (-len(wanted.after) % 4)
        sort, part, *values = msgspec.json.decode(urlsafe_b64decode(padded), type=list[str])
        keys = _KEYS["received"] if part == "none" else _KEYS[wanted.sort]
        if sort != wanted.sort or part not in ("inner", "none", "left"):
            return None
        for value, kind in zip(values, (*(kind for _, kind in keys), "uuid"), strict=True):
            _READ[kind](value)
    except (ValueError, ArithmeticError, msgspec.MsgspecError) as error:
        raise UnreadableError("This is not a place in the queue. Begin at the first line.") from error
    return (part, *values)


def _time(text: str) -> object:
    return text if text == "infinity" else datetime.fromisoformat(text)


_READ: dict[str, Callable[[str], object]] = {
    "integer": int,
    "double precision": float,
    "numeric": Decimal,
    "timestamptz": _time,
    "text": str,
    "uuid": UUID,
}
