# SPDX-License-Identifier: Apache-2.0
"""What was advised, ordered, decided by hosts and officers, and found."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime
from decimal import Decimal
from uuid import UUID

import msgspec

from cocket.model.message import Lane
from cocket.stores.database import Connection


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
    """A control order."""

    id: UUID
    consignment: UUID
    lane: str
    office: str | None
    status: str
    created: datetime


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


class StoredOverride(msgspec.Struct, frozen=True, kw_only=True):
    """The lane an officer set here instead of the one advised."""

    consignment: UUID
    lane: str
    reason: str
    officer: str
    at: datetime


_ASSESSMENT = "id, consignment, message, made, lane, score, is_random, propensity"
_ORDER = "id, consignment, lane, office, status, created"
_RESULT = "id, consignment, at, is_examined, is_found, duty, currency"


_HOST = StoredHostDecision.__struct_fields__


class Orders:
    """Assessments, control orders, results, host decisions, overrides and quotas, on a transaction of the caller."""

    def add_assessments(self, connection: Connection, made: Sequence[StoredAssessment]) -> None:
        """Keep assessments; the newest of a consignment is the one that counts."""
        with (
            connection.cursor() as cursor,
            cursor.copy(f"copy assessment ({_ASSESSMENT}) from stdin (format binary)") as copy,
        ):
            copy.set_types(["uuid", "uuid", "uuid", "timestamptz", "text", "float8", "bool", "float8"])
            for one in made:
                copy.write_row(msgspec.structs.astuple(one))

    def first_assessments(self, connection: Connection, first: int, last: int) -> list[tuple[UUID, UUID]]:
        """Consignments first assessed within a range of leaves, with the message that called for it, in index order."""
        rows = connection.execute(
            """select a.consignment, a.message from assessment a join leaf l on l.record = a.id
            where l.idx between %s and %s
            and not exists (select from assessment b where b.consignment = a.consignment and b.made < a.made) order by l.idx""",
            (first, last),
        )
        return [(row[0], row[1]) for row in rows]

    def first_lanes(self, connection: Connection, consignments: Sequence[UUID]) -> dict[UUID, tuple[date, Lane]]:
        """The day (UTC) each consignment was first assessed on, and the lane it has now; those never assessed are left out."""
        rows = connection.execute(
            """select c.id, min(a.made)::date, c.lane from consignment c join assessment a on a.consignment = c.id
            where c.id = any(%s) and c.lane is not null group by c.id, c.lane""",
            (list(consignments),),
        )
        return {row[0]: (row[1], row[2]) for row in rows}

    def assessed(self, connection: Connection, consignments: Sequence[UUID]) -> dict[UUID, StoredAssessment]:
        """The newest assessment of each consignment; those without one are left out."""
        rows = connection.execute(
            f"select distinct on (consignment) {_ASSESSMENT} from assessment where consignment = any(%s) order by consignment, made desc",
            (list(consignments),),
        )
        return {
            row[1]: StoredAssessment(**dict(zip(StoredAssessment.__struct_fields__, row, strict=True))) for row in rows
        }

    def newest_of_each(
        self, connection: Connection, consignments: Sequence[UUID]
    ) -> dict[UUID, list[StoredAssessment]]:
        """The newest assessment of each consignment, and of each that went up in it, newest first; else left out."""
        rows = connection.execute(
            f"""select distinct on (a.consignment, l.subject) {", ".join(f"a.{name}" for name in StoredAssessment.__struct_fields__)}
            from assessment a join leaf l on l.record = a.id where a.consignment = any(%s)
            order by a.consignment, l.subject, a.made desc""",
            (list(consignments),),
        )
        found: dict[UUID, list[StoredAssessment]] = {}
        for row in rows:
            found.setdefault(row[1], []).append(
                StoredAssessment(**dict(zip(StoredAssessment.__struct_fields__, row, strict=True)))
            )
        return {key: sorted(several, key=lambda one: one.made, reverse=True) for key, several in found.items()}

    def assessments(self, connection: Connection, ids: Sequence[UUID]) -> dict[UUID, StoredAssessment]:
        """Assessments by id; those that are not there are left out."""
        rows = connection.execute(f"select {_ASSESSMENT} from assessment where id = any(%s)", (list(ids),))
        return {
            row[0]: StoredAssessment(**dict(zip(StoredAssessment.__struct_fields__, row, strict=True))) for row in rows
        }

    def order(self, connection: Connection, orders: Sequence[StoredOrder]) -> None:
        """Open control orders, or bring those of the same consignment to the lane given while they are open.

        One that lapsed is opened again by a new version of the papers.
        """
        connection.execute(
            f"""insert into control_order ({_ORDER}) select * from unnest(%b::uuid[], %b::uuid[], %b::text[], %s::text[], %b::text[],
            %b::timestamptz[]) on conflict (consignment) do update set lane = excluded.lane, status = 'open',
            created = case control_order.status when 'lapsed' then excluded.created else control_order.created end
            where control_order.status in ('open', 'lapsed')""",
            [list(column) for column in zip(*(msgspec.structs.astuple(o) for o in orders), strict=True)],
        )

    def get_order(self, connection: Connection, order: UUID) -> StoredOrder | None:
        """One control order, locked against change until the transaction ends; None if there is none."""
        rows = connection.execute(f"select {_ORDER} from control_order where id = %s for update", (order,))
        return _order(rows.fetchone())

    def order_of(self, connection: Connection, consignments: Sequence[UUID]) -> dict[UUID, StoredOrder]:
        """Control orders by consignment; consignments without one are left out."""
        rows = connection.execute(
            f"select {_ORDER} from control_order where consignment = any(%s)", (list(consignments),)
        )
        found = [_order(row) for row in rows]
        return {order.consignment: order for order in found if order}

    def waiting(self, connection: Connection, lane: str, since: datetime) -> list[StoredOrder]:
        """Open orders of a lane that were opened then or before, oldest first (0..n); those an officer asked for are not."""
        rows = connection.execute(
            f"""select {_ORDER} from control_order o where status = 'open' and lane = %s and created <= %s
            and not exists (select from override v where v.consignment = o.consignment) order by created for update skip locked""",
            (lane, since),
        )
        return [order for row in rows if (order := _order(row))]

    def set_status(self, connection: Connection, order: UUID, status: str) -> None:
        """Say how far an order has got: open, done, released or lapsed."""
        connection.execute("update control_order set status = %s where id = %s", (status, order))

    def move(self, connection: Connection, consignment: UUID, office: str) -> None:
        """Have a consignment's order carried out at another office."""
        connection.execute("update control_order set office = %s where consignment = %s", (office, consignment))

    def add_results(self, connection: Connection, results: Sequence[StoredResult]) -> None:
        """Keep results; one that is there already is no error."""
        with connection.cursor() as cursor:
            cursor.executemany(
                f"insert into result ({_RESULT}) values (%s, %s, %s, %s, %s, %s, %s) on conflict do nothing",
                [msgspec.structs.astuple(r) for r in results],
            )

    def results_of(self, connection: Connection, consignments: Sequence[UUID]) -> list[StoredResult]:
        """Results of these consignments, newest first (0..n)."""
        rows = connection.execute(
            f"select {_RESULT} from result where consignment = any(%s) order by at desc", (list(consignments),)
        )
        return [_result(row) for row in rows]

    def told(
        self, connection: Connection, keys: Sequence[tuple[str, str]]
    ) -> dict[tuple[str, str], StoredHostDecision]:
        """What the host has said so far of the declarations it knows by these keys; silent ones are left out."""
        rows = connection.execute(
            f"""select {", ".join(f"h.{name}" for name in _HOST)} from unnest(%s::text[], %s::text[]) as asked (kind, value)
            join host_decision h using (kind, value)""",
            ([key[0] for key in keys], [key[1] for key in keys]),
        )
        found = [StoredHostDecision(**dict(zip(_HOST, row, strict=True))) for row in rows]
        return {(one.kind, one.value): one for one in found}

    def put_host_decisions(self, connection: Connection, decisions: Sequence[StoredHostDecision]) -> None:
        """Keep what the host has said by now, in place of what was kept before."""
        with connection.cursor() as cursor:
            cursor.executemany(
                f"""insert into host_decision ({", ".join(_HOST)}) values ({", ".join(["%s"] * len(_HOST))})
                on conflict (kind, value) do update set {", ".join(f"{name} = excluded.{name}" for name in _HOST[2:])}""",
                [msgspec.structs.astuple(d) for d in decisions],
            )

    def host_decisions(self, connection: Connection, consignments: Sequence[UUID]) -> dict[UUID, StoredHostDecision]:
        """The host's newest decision on each consignment; those without one are left out."""
        rows = connection.execute(
            f"""select k.consignment, {", ".join(f"h.{name}" for name in _HOST)}
            from consignment_key k join host_decision h on h.kind = k.kind and h.value = k.value
            where k.consignment = any(%s) order by h.decided nulls first""",
            (list(consignments),),
        )
        return {row[0]: StoredHostDecision(**dict(zip(_HOST, row[1:], strict=True))) for row in rows}

    def put_override(self, connection: Connection, override: StoredOverride) -> None:
        """Keep an officer's lane; a later one replaces an earlier one."""
        connection.execute(
            """insert into override (consignment, lane, reason, officer, at) values (%s, %s, %s, %s, %s)
            on conflict (consignment) do update set lane = excluded.lane, reason = excluded.reason,
            officer = excluded.officer, at = excluded.at""",
            msgspec.structs.astuple(override),
        )

    def overrides(self, connection: Connection, consignments: Sequence[UUID]) -> dict[UUID, StoredOverride]:
        """Overrides by consignment; consignments without one are left out."""
        rows = connection.execute(
            "select consignment, lane, reason, officer, at from override where consignment = any(%s)",
            (list(consignments),),
        )
        return {row[0]: StoredOverride(**dict(zip(StoredOverride.__struct_fields__, row, strict=True))) for row in rows}

    def seed(self, connection: Connection, day: date) -> bytes | None:
        """Seed of one day's random share; None if none was committed."""
        row = connection.execute("select seed from draw_seed where day = %s", (day,)).fetchone()
        return row[0] if row else None

    def put_seed(self, connection: Connection, day: date, seed: bytes, record: UUID) -> None:
        """Keep a day's seed beside the record that committed it."""
        connection.execute("insert into draw_seed values (%s, %s, %s) on conflict do nothing", (day, seed, record))


def _order(row: tuple[object, ...] | None) -> StoredOrder | None:
    return StoredOrder(**dict(zip(StoredOrder.__struct_fields__, row, strict=True))) if row else None  # type: ignore[arg-type]


def _result(row: tuple[object, ...]) -> StoredResult:
    return StoredResult(**dict(zip(StoredResult.__struct_fields__, row, strict=True)))  # type: ignore[arg-type]
