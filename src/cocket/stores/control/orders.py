# SPDX-License-Identifier: Apache-2.0
"""What was advised, ordered, decided by hosts and officers, and found."""

from __future__ import annotations

from collections.abc import Collection, Container, Iterable, Sequence
from datetime import date, datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

import msgspec

from cocket.stores.base.database import Connection
from cocket.stores.base.row_macs import Protected


class StoredAssessment(msgspec.Struct, frozen=True, kw_only=True):
    """The columns of an assessment; its sealed body is the record of the same id."""

    id: UUID
    consignment: UUID
    message: UUID
    made: datetime
    lane: str
    score: float | None
    is_random: bool
    propensity: float


class StoredOrder(msgspec.Struct, frozen=True, kw_only=True):
    """A control order.

    Attributes:
        id: Its id.
        consignment: Dossier.
        lane: `red` or `yellow`.
        office: Where it is carried out; None if not known.
        status: `open`, `done`, `released`, `lapsed`.
        created: When it was opened, UTC.
        record: The sealed record of the newest act that made it what it is; None for those of before.
    """

    id: UUID
    consignment: UUID
    lane: str
    office: str | None
    status: str
    created: datetime
    record: UUID | None = None


class StoredResult(msgspec.Struct, frozen=True, kw_only=True):
    """The columns of a result; its sealed body is the record of the same id."""

    id: UUID
    consignment: UUID
    at: datetime
    is_examined: bool
    is_found: bool | None
    duty: Decimal | None
    currency: str | None


class StoredHostDecision(msgspec.Struct, frozen=True, kw_only=True):
    """What the host decided and found about the declaration it knows by this key; None where it has not said."""

    kind: str
    value: str
    lane: str | None = None
    override: str | None = None
    override_reason: str | None = None
    decided: datetime | None = None
    is_examined: bool | None = None
    is_found: bool | None = None
    offence: str | None = None
    duty: Decimal | None = None
    currency: str | None = None
    returned: datetime | None = None


class StoredHostDraw(msgspec.Struct, frozen=True, kw_only=True):
    """Whether the host says that chance chose a declaration, and with what chance; None where it has not said."""

    kind: str
    value: str
    is_random: bool | None = None
    chance: float | None = None


class StoredOverride(msgspec.Struct, frozen=True, kw_only=True):
    """The lane an officer set here instead of the one advised."""

    consignment: UUID
    lane: str
    reason: str
    officer: str
    at: datetime
    record: UUID | None = None


class StoredSeed(msgspec.Struct, frozen=True, kw_only=True):
    """The seed of one day's random share, with the record that committed it."""

    day: date
    seed: bytes
    record: UUID


def _protected(table: str, kept: type[msgspec.Struct], key: tuple[str, ...], floats: tuple[str, ...] = ()) -> Protected:
    columns = kept.__struct_fields__
    about = "consignment" if "consignment" in columns else None
    return Protected(table=table, key=key, columns=columns, floats=floats, about=about)


#: What is protected here; the columns are those of the structs.
ASSESSMENTS = _protected("assessment", StoredAssessment, ("id",), ("score", "propensity"))
ORDERS = _protected("control_order", StoredOrder, ("id",))
RESULTS = _protected("result", StoredResult, ("id",))
HOST_DECISIONS = _protected("host_decision", StoredHostDecision, ("kind", "value"))
HOST_DRAWS = Protected(
    table="host_decision",
    key=("kind", "value"),
    columns=StoredHostDraw.__struct_fields__,
    mac="draw_mac",
    floats=("chance",),
    empty={"is_random": None, "chance": None},
)
OVERRIDES = _protected("override", StoredOverride, ("consignment",))
SEEDS = _protected("draw_seed", StoredSeed, ("day",))

_HOST = StoredHostDecision.__struct_fields__


def columns_of(protected: Protected, alias: str) -> str:
    """Columns and MAC of a table that a query knows by another name."""
    return ", ".join(f"{alias}.{name}" for name in (*protected.columns, protected.mac))


_ASSESSMENT, _ORDER, _RESULT, _OVERRIDE = (
    ", ".join((*one.columns, one.mac)) for one in (ASSESSMENTS, ORDERS, RESULTS, OVERRIDES)
)


class Orders:
    """Assessments, control orders, results, host decisions, overrides and quotas, on a transaction of the caller."""

    def add_assessments(self, connection: Connection, made: Sequence[StoredAssessment]) -> None:
        """Keep assessments; the newest of a consignment is the one that counts."""
        types = ["uuid", "uuid", "uuid", "timestamptz", "text", "float8", "bool", "float8", "bytea"]
        rows = (msgspec.structs.astuple(one) for one in made)
        given = ((*row, connection.row_macs.mac(ASSESSMENTS, row)) for row in rows)
        connection.copy_rows("assessment", _ASSESSMENT, types, given)

    def first_assessments(self, connection: Connection, first: int, last: int) -> list[tuple[UUID, UUID]]:
        """Consignments first assessed within a range of leaves, with the message that called for it, in index order."""
        rows = connection.execute(
            f"""select {columns_of(ASSESSMENTS, "a")} from assessment a join leaf l on l.record = a.id
            where l.idx between %s and %s
            and not exists (select from assessment b where b.consignment = a.consignment and b.made < a.made) order by l.idx""",
            (first, last),
        )
        return [(one.consignment, one.message) for one in read_assessments(connection, rows)]

    def assessed(self, connection: Connection, consignments: Sequence[UUID]) -> dict[UUID, StoredAssessment]:
        """The newest assessment of each consignment; those without one are left out."""
        rows = connection.execute(
            f"select distinct on (consignment) {_ASSESSMENT} from assessment where consignment = any(%s) order by consignment, made desc",
            (list(consignments),),
        )
        return {one.consignment: one for one in read_assessments(connection, rows)}

    def first_drawn(self, connection: Connection, consignments: Sequence[UUID]) -> dict[UUID, StoredAssessment]:
        """The first advice with which the random share sent each consignment to red; those never drawn are left out."""
        rows = connection.execute(
            f"""select distinct on (consignment) {_ASSESSMENT} from assessment
            where consignment = any(%s) and is_random and lane = 'red' order by consignment, made""",
            (list(consignments),),
        )
        return {one.consignment: one for one in read_assessments(connection, rows)}

    def newest_of_each(
        self, connection: Connection, consignments: Sequence[UUID]
    ) -> dict[UUID, list[StoredAssessment]]:
        """The newest assessment of each consignment, and of each that went up in it, newest first; else left out."""
        rows = connection.execute(
            f"""select distinct on (a.consignment, l.subject) {columns_of(ASSESSMENTS, "a")}
            from assessment a join leaf l on l.record = a.id where a.consignment = any(%s)
            order by a.consignment, l.subject, a.made desc""",
            (list(consignments),),
        )
        found: dict[UUID, list[StoredAssessment]] = {}
        for one in read_assessments(connection, rows):
            found.setdefault(one.consignment, []).append(one)
        return {key: sorted(several, key=lambda one: one.made, reverse=True) for key, several in found.items()}

    def assessments(self, connection: Connection, ids: Sequence[UUID]) -> dict[UUID, StoredAssessment]:
        """Assessments by id; those that are not there are left out."""
        rows = connection.execute(f"select {_ASSESSMENT} from assessment where id = any(%s)", (list(ids),))
        return {one.id: one for one in read_assessments(connection, rows)}

    def assessments_of(self, connection: Connection, consignment: UUID) -> list[StoredAssessment]:
        """Assessments of a dossier, oldest first (0..n)."""
        rows = connection.execute(
            f"select {_ASSESSMENT} from assessment where consignment = %s order by made, id", (consignment,)
        )
        return read_assessments(connection, rows)

    def called_for_by(self, connection: Connection, message: UUID) -> StoredAssessment | None:
        """The newest assessment that a message called for; None if there is none."""
        rows = connection.execute(
            f"select {_ASSESSMENT} from assessment where message = %s order by made desc limit 1", (message,)
        )
        return next(iter(read_assessments(connection, rows)), None)

    def order(
        self,
        connection: Connection,
        orders: Sequence[StoredOrder],
        anew: Collection[UUID] = (),
        new: Container[UUID] = frozenset(),
    ) -> None:
        """Open control orders, or bring those of the same consignment to the lane given while they are open.

        One that lapsed is opened again by a new version of the papers. One that does not agree with its sealed record stays.

        Args:
            connection: The transaction.
            orders: Orders (0..n).
            anew: Those of these orders, by id, that take the place of one that has ended; its results stay on file.
            new: Dossiers that have no order yet.
        """
        asked = [one.consignment for one in orders if one.consignment not in new]
        known = {one.consignment: one for one in self._locked(connection, asked)} if asked else {}
        written, ended = [], []
        for order in orders:
            earlier = known.get(order.consignment)
            if earlier is None:
                written.append(order)
            elif order.id in anew and earlier.status != "open":
                ended.append(earlier.id)
                written.append(order)
            elif earlier.status in ("open", "lapsed"):
                since = order.created if earlier.status == "lapsed" else earlier.created
                kept = {"lane": order.lane, "status": "open", "created": since, "record": order.record}
                written.append(msgspec.structs.replace(earlier, **kept))
        if not written:
            return
        rows = [msgspec.structs.astuple(one) for one in {one.consignment: one for one in written}.values()]
        macs = [connection.row_macs.mac(ORDERS, row) for row in rows]
        if ended:
            connection.execute("delete from control_order where id = any(%s)", (ended,))
        # One that does not agree is the only one that can be in the way here.
        connection.execute(
            f"""insert into control_order ({_ORDER}) select * from unnest(%b::uuid[], %b::uuid[], %b::text[], %b::text[], %b::text[],
            %b::timestamptz[], %s::uuid[], %b::bytea[]) on conflict (consignment) do update set lane = excluded.lane,
            status = excluded.status, created = excluded.created, record = excluded.record, mac = excluded.mac
            where control_order.id = excluded.id""",
            [list(column) for column in zip(*((*row, mac) for row, mac in zip(rows, macs, strict=True)), strict=True)],
        )

    def _locked(self, connection: Connection, consignments: Sequence[UUID]) -> list[StoredOrder]:
        rows = connection.execute(
            f"select {_ORDER} from control_order where consignment = any(%s) for update", (list(consignments),)
        )
        return _orders(connection, rows)

    def get_order(self, connection: Connection, order: UUID) -> StoredOrder | None:
        """One control order, locked against change until the transaction ends; None if there is none.

        Raises:
            RowDiffersError: It does not agree with its sealed record.
        """
        rows = connection.execute(f"select {_ORDER} from control_order where id = %s for update", (order,))
        found = _orders(connection, rows, to_change=True)
        return found[0] if found else None

    def consignments_of(self, connection: Connection, orders: Sequence[UUID]) -> dict[UUID, UUID]:
        """Consignments by control order, to lead to them; orders that are not there are left out."""
        rows = connection.execute(
            "select id, consignment from control_order where id = any(%b::uuid[])", (list(orders),)
        )
        return dict(rows.fetchall())

    def order_of(self, connection: Connection, consignments: Sequence[UUID]) -> dict[UUID, StoredOrder]:
        """Control orders by consignment; consignments without one are left out, and orders that do not agree."""
        rows = connection.execute(
            f"select {_ORDER} from control_order where consignment = any(%s)", (list(consignments),)
        )
        return {order.consignment: order for order in _orders(connection, rows)}

    def waiting(self, connection: Connection, lane: str, since: datetime) -> list[StoredOrder]:
        """Open orders of a lane that were opened then or before, oldest first (0..n); those an officer asked for are not."""
        rows = connection.execute(
            f"""select {_ORDER} from control_order o where status = 'open' and lane = %s and created <= %s
            and not exists (select from override v where v.consignment = o.consignment) order by created for update skip locked""",
            (lane, since),
        )
        return _orders(connection, rows)

    def set_status(self, connection: Connection, order: UUID, status: str, record: UUID) -> None:
        """Say how far an order has got: open, done, released or lapsed; by which sealed record.

        Raises:
            RowDiffersError: It does not agree with its sealed record.
        """
        new = {"status": status, "record": record}
        connection.row_macs.change(connection, ORDERS, ("id = %s", (order,)), new, to_change=True)

    def move(self, connection: Connection, consignment: UUID, office: str) -> None:
        """Have a consignment's order carried out at another office."""
        connection.row_macs.change(connection, ORDERS, ("consignment = %s", (consignment,)), {"office": office})

    def add_results(self, connection: Connection, results: Sequence[StoredResult]) -> None:
        """Keep results; one that is there already is no error."""
        with connection.cursor() as cursor:
            cursor.executemany(
                f"insert into result ({_RESULT}) values (%s, %s, %s, %s, %s, %s, %s, %s) on conflict do nothing",
                [(*row, connection.row_macs.mac(RESULTS, row)) for row in map(msgspec.structs.astuple, results)],
            )

    def results_of(self, connection: Connection, consignments: Sequence[UUID]) -> list[StoredResult]:
        """Results of these consignments, newest first (0..n)."""
        rows = connection.execute(
            f"select {_RESULT} from result where consignment = any(%s) order by at desc", (list(consignments),)
        )
        return [
            StoredResult(**dict(zip(RESULTS.columns, row, strict=True)))
            for row in connection.row_macs.believed(connection, RESULTS, rows)
        ]

    def result(self, connection: Connection, result: UUID) -> StoredResult | None:
        """One result; None if there is none."""
        rows = connection.execute(f"select {_RESULT} from result where id = %s", (result,))
        believed = connection.row_macs.believed(connection, RESULTS, rows)
        return next((StoredResult(**dict(zip(RESULTS.columns, row, strict=True))) for row in believed), None)

    def told(
        self, connection: Connection, keys: Sequence[tuple[str, str]]
    ) -> dict[tuple[str, str], StoredHostDecision]:
        """What the host has said so far of the declarations it knows by these keys; silent ones are left out."""
        rows = connection.execute(
            f"""select {columns_of(HOST_DECISIONS, "h")} from unnest(%b::text[], %b::text[]) as asked (kind, value)
            join host_decision h using (kind, value)""",
            ([key[0] for key in keys], [key[1] for key in keys]),
        )
        believed = connection.row_macs.believed(connection, HOST_DECISIONS, rows)
        found = [StoredHostDecision(**dict(zip(_HOST, row, strict=True))) for row in believed]
        return {(one.kind, one.value): one for one in found}

    def put_host_decisions(self, connection: Connection, decisions: Sequence[StoredHostDecision]) -> None:
        """Keep what the host has said by now, in place of what was kept before."""
        connection.row_macs.put(connection, HOST_DECISIONS, map(msgspec.structs.astuple, decisions))

    def host_draws(
        self, connection: Connection, keys: Sequence[tuple[str, str]]
    ) -> dict[tuple[str, str], StoredHostDraw]:
        """What the host has said so far of why it chose the declarations it knows by these keys; silent ones are left out."""
        rows = connection.execute(
            f"""select {columns_of(HOST_DRAWS, "h")} from unnest(%b::text[], %b::text[]) as asked (kind, value)
            join host_decision h using (kind, value) where h.draw_mac is not null""",
            ([key[0] for key in keys], [key[1] for key in keys]),
        )
        believed = connection.row_macs.believed(connection, HOST_DRAWS, rows)
        found = [StoredHostDraw(**dict(zip(HOST_DRAWS.columns, row, strict=True))) for row in believed]
        return {(one.kind, one.value): one for one in found}

    def put_host_draws(self, connection: Connection, draws: Sequence[StoredHostDraw]) -> None:
        """Keep why the host chose declarations of which it has said something before."""
        connection.row_macs.put(connection, HOST_DRAWS, map(msgspec.structs.astuple, draws))

    def host_decisions(self, connection: Connection, consignments: Sequence[UUID]) -> dict[UUID, StoredHostDecision]:
        """The host's newest decision on each consignment; those without one are left out."""
        rows = connection.execute(
            f"""select k.consignment, {columns_of(HOST_DECISIONS, "h")}
            from consignment_key k join host_decision h on h.kind = k.kind and h.value = k.value
            where k.consignment = any(%s) order by h.decided nulls first""",
            (list(consignments),),
        )
        found = {}
        for consignment, *row in rows:
            for told in connection.row_macs.believed(connection, HOST_DECISIONS, [row]):
                found[consignment] = StoredHostDecision(**dict(zip(_HOST, told, strict=True)))
        return found

    def put_override(self, connection: Connection, override: StoredOverride) -> None:
        """Keep an officer's lane; a later one replaces an earlier one."""
        connection.row_macs.put(connection, OVERRIDES, [msgspec.structs.astuple(override)])

    def overrides(self, connection: Connection, consignments: Sequence[UUID]) -> dict[UUID, StoredOverride]:
        """Overrides by consignment; consignments without one are left out, and overrides that do not agree."""
        rows = connection.execute(
            f"select {_OVERRIDE} from override where consignment = any(%s)", (list(consignments),)
        )
        believed = connection.row_macs.believed(connection, OVERRIDES, rows)
        return {one.consignment: one for one in (_override(row) for row in believed)}

    def seed(self, connection: Connection, day: date) -> bytes | None:
        """Seed of one day's random share; None if none was committed, or if it is not the one that was."""
        rows = connection.execute("select day, seed, record, mac from draw_seed where day = %s", (day,))
        found = connection.row_macs.believed(connection, SEEDS, rows)
        return found[0][1] if found else None

    def put_seed(self, connection: Connection, day: date, seed: bytes, record: UUID) -> None:
        """Keep a day's seed beside the record that committed it."""
        connection.row_macs.put(connection, SEEDS, [(day, seed, record)])


def read_assessments(connection: Connection, rows: Iterable[tuple[Any, ...]]) -> list[StoredAssessment]:
    """Assessments of rows of their columns with their MACs; those that do not agree are left out."""
    names = ASSESSMENTS.columns
    believed = connection.row_macs.believed(connection, ASSESSMENTS, rows)
    return [StoredAssessment(**dict(zip(names, row, strict=True))) for row in believed]


def _orders(connection: Connection, rows: Iterable[tuple[Any, ...]], *, to_change: bool = False) -> list[StoredOrder]:
    believed = connection.row_macs.believed(connection, ORDERS, rows, to_change=to_change)
    return [StoredOrder(**dict(zip(ORDERS.columns, row, strict=True))) for row in believed]


def _override(row: tuple[Any, ...]) -> StoredOverride:
    return StoredOverride(**dict(zip(OVERRIDES.columns, row, strict=True)))
