# SPDX-License-Identifier: Apache-2.0
"""Permits and what is written off them.

The order of locks is the point: declarations first, then permits, each sorted, so that two transactions never wait for
each other in a ring. What is worked out under these locks is written before they end; the tables' own checks say once
more that no permit is overdrawn.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import datetime
from decimal import Decimal
from typing import Any
from uuid import UUID, uuid5

import msgspec

from cocket.measures.permits import Draw, Permit, PermitName, Standing, Status, Taken, Use, number_key
from cocket.stores.base.database import Connection
from cocket.stores.base.row_macs import Protected

#: Namespace of the ids of permits: the same permit has the same id in every process.
_PERMITS = UUID("6d1c8c52-6a0e-5f0f-9d1e-2f4a0c9b7e11")

#: A permit as its agency gave it, and, written apart from it, what is taken of it.
PERMITS = Protected(
    table="permit",
    key=("id",),
    columns=("id", "agency", "type", "number", "line", "status", "quantity", "value", "uses", "body"),
)
TAKEN = Protected(
    table="permit", key=("id",), columns=("id", "quantity_taken", "value_taken", "uses_taken"), mac="taken_mac"
)
CLAIMS = Protected(table="permit_claim", key=("declaration",), columns=("declaration", "version", "is_returned"))
USES = Protected(
    table="permit_use",
    key=("permit", "declaration", "item"),
    columns=("permit", "declaration", "item", "state", "quantity", "value"),
)

_COLUMNS = ", ".join(PERMITS.columns)
_READ = ", ".join((*PERMITS.columns, PERMITS.mac, *TAKEN.columns, TAKEN.mac))
_DECODE = msgspec.json.Decoder(Permit)


class StoredUse(msgspec.Struct, frozen=True, kw_only=True):
    """One use of a permit, as its file shows it.

    Attributes:
        declaration: The declaration, by the name under which the ledger keeps it.
        use: What is taken, and how it stands.
        at: When it last changed, UTC.
    """

    declaration: str
    use: Use
    at: datetime


class PermitsWanted(msgspec.Struct, frozen=True, kw_only=True):
    """Which permits of the register are asked for.

    Attributes:
        text: Part of their number, or the beginning of their holder's number; "" for all.
        status: What their agency says of them; None for all.
        limit: At most so many (count).
        offset: Leave out so many from the beginning (count).
    """

    text: str = ""
    status: Status | None = None
    limit: int = 50
    offset: int = 0


class Ledger(msgspec.Struct, frozen=True, kw_only=True):
    """A part of the ledger, locked until the transaction ends.

    Attributes:
        standings: How each declaration asked for stands.
        permits: Every permit that these have drawn on, or that has one of the numbers asked for.
    """

    standings: dict[str, Standing]
    permits: dict[PermitName, Permit]


def permit_id(name: PermitName) -> UUID:
    """The id of a permit, made of its name."""
    return uuid5(_PERMITS, "\0".join((name.agency, name.type, name.number, str(name.line))))


def taken_of(connection: Connection, permit: UUID) -> tuple[Decimal, Decimal, int]:
    """What the uses of a permit come to that were not given back: quantity, value and declarations (count)."""
    row = connection.execute(
        """select coalesce(sum(quantity), 0), coalesce(sum(value), 0), count(distinct declaration)::int
        from permit_use where permit = %s and state <> 'returned'""",
        (permit,),
    ).fetchone()
    return tuple(row) if row else (Decimal(0), Decimal(0), 0)


class Permits:
    """Permits and their write-off ledger, on a transaction of the caller."""

    def put(self, connection: Connection, permit: Permit) -> None:
        """Keep a permit as its agency gave it, in place of what was known of it. What is taken stays as it is.

        The caller has locked it with `lock_permits`, and seen that its limits are not below what is taken.
        """
        name, macs = permit.name, connection.row_macs
        bare = msgspec.structs.replace(permit, taken=Taken())
        row = (
            *(permit_id(name), name.agency, name.type, name.number, name.line, permit.status),
            *(permit.quantity, permit.value, permit.uses, msgspec.json.encode(bare)),
        )
        connection.execute(
            f"""insert into permit ({_COLUMNS}, mac, taken_mac)
            values (%s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s)
            on conflict (id) do update set status = excluded.status, quantity = excluded.quantity,
            value = excluded.value, uses = excluded.uses, body = excluded.body, mac = excluded.mac""",
            (*row, macs.mac(PERMITS, row), macs.mac(TAKEN, (row[0], Decimal(0), Decimal(0), 0))),
        )

    def lock_permits(self, connection: Connection, agency: str, type_code: str, number: str) -> list[Permit]:
        """The lines of one permit in order (0..n), locked against change until the transaction ends."""
        rows = connection.execute(
            f"select {_READ} from permit where agency = %s and type = %s and number = %s order by id for update",
            (agency, type_code, number),
        )
        return sorted(_permits(connection, rows, to_change=True), key=lambda one: one.line)

    def known(self, connection: Connection, numbers: Collection[str]) -> list[Permit]:
        """Permits by their numbers, as `number_key` writes these (0..n); not locked."""
        rows = connection.execute(f"select {_READ} from permit where number = any(%s) order by id", (sorted(numbers),))
        return _permits(connection, rows)

    def of_id(self, connection: Connection, permit: UUID) -> Permit | None:
        """One permit by its id; None if there is none. Not locked."""
        rows = connection.execute(f"select {_READ} from permit where id = %s", (permit,))
        return next(iter(_permits(connection, rows)), None)

    def search(
        self, connection: Connection, wanted: PermitsWanted, agencies: Collection[str] | None
    ) -> tuple[list[Permit], int]:
        """A part of the register, by agency, type, number and line; not locked.

        Args:
            connection: The transaction.
            wanted: Which of them.
            agencies: Agencies whose permits count; None for all.

        Returns:
            The part (0..n), and how many there are of these altogether (count).
        """
        holder = b'"holder":"' + msgspec.json.encode(wanted.text)[1:-1]
        parts = {
            "number": number_key(wanted.text),
            "holder": holder,
            "status": wanted.status,
            "agencies": None if agencies is None else sorted(agencies),
            "limit": wanted.limit,
            "offset": wanted.offset,
        }
        where = """(%(number)s = '' or strpos(number, %(number)s) > 0 or position(%(holder)s::bytea in body) > 0)
            and (%(status)s::text is null or status = %(status)s)
            and (%(agencies)s::text[] is null or agency = any(%(agencies)s))"""
        count = connection.execute(f"select count(*) from permit where {where}", parts).fetchone()
        rows = connection.execute(
            f"""select {_READ} from permit where {where} order by agency, type, number, line
            limit %(limit)s offset %(offset)s""",
            parts,
        )
        return _permits(connection, rows), count[0] if count else 0

    def lock(self, connection: Connection, declarations: Collection[str], numbers: Collection[str]) -> Ledger:
        """Lock a part of the ledger.

        Args:
            connection: The transaction. It may lock only once, or two of them could wait for each other.
            declarations: Declarations that are to be written off, or back.
            numbers: Numbers of permits that they may draw on, as `number_key` writes these.

        Returns:
            Standings of the declarations and every permit concerned.
        """
        asked = sorted(set(declarations))
        macs = [connection.row_macs.mac(CLAIMS, (name, 0, False)) for name in asked]
        connection.execute(
            """insert into permit_claim (declaration, version, is_returned, mac)
            select declaration, 0, false, mac from unnest(%s::text[], %s::bytea[]) as asked (declaration, mac)
            order by declaration on conflict do nothing""",
            (asked, macs),
        )
        claims = connection.execute(
            """select declaration, version, is_returned, mac from permit_claim where declaration = any(%s)
            order by declaration for update""",
            (asked,),
        ).fetchall()
        permits = connection.execute(
            f"""select {_READ} from permit where number = any(%s) or id in
            (select permit from permit_use where declaration = any(%s)) order by id for update""",
            (sorted(numbers), asked),
        ).fetchall()
        uses = self.of_declarations(connection, asked)
        return Ledger(
            standings={
                name: Standing(version=version, is_returned=is_returned, uses=tuple(uses.get(name, ())))
                for name, version, is_returned in connection.row_macs.believed(
                    connection, CLAIMS, claims, to_change=True
                )
            },
            permits={one.name: one for one in _permits(connection, permits, to_change=True)},
        )

    def write(
        self, connection: Connection, standings: Mapping[str, Standing], permits: Iterable[Permit], at: datetime
    ) -> None:
        """Write down how declarations and permits stand now; all of them are locked.

        Args:
            connection: The transaction that locked them.
            standings: Declaration → how it stands.
            permits: Permits of which something else is taken.
            at: When, UTC; it stands with the uses that changed.
        """
        macs = connection.row_macs
        taken = [(permit_id(p.name), p.taken.quantity, p.taken.value, p.taken.uses) for p in permits]
        claims = [(name, one.version, one.is_returned) for name, one in standings.items()]
        uses = [_row(name, use) for name, one in standings.items() for use in one.uses]
        with connection.cursor() as cursor:
            cursor.executemany(
                """update permit set quantity_taken = %s, value_taken = %s, uses_taken = %s, taken_mac = %s
                where id = %s""",
                [(*row[1:], macs.mac(TAKEN, row), row[0]) for row in taken],
            )
            cursor.executemany(
                "update permit_claim set version = %s, is_returned = %s, mac = %s where declaration = %s",
                [(*row[1:], macs.mac(CLAIMS, row), row[0]) for row in claims],
            )
            cursor.executemany(
                """insert into permit_use as was (permit, declaration, item, state, quantity, value, at, mac)
                values (%s, %s, %s, %s, %s, %s, %s, %s) on conflict (permit, declaration, item) do update
                set state = excluded.state, quantity = excluded.quantity, value = excluded.value, at = excluded.at,
                mac = excluded.mac where (was.state, was.quantity, was.value) is distinct from
                (excluded.state, excluded.quantity, excluded.value)""",
                [(*row, at, macs.mac(USES, row)) for row in uses],
            )

    def uses_of(self, connection: Connection, name: PermitName) -> list[StoredUse]:
        """Uses of one permit, last changed first (0..n), those given back too."""
        rows = connection.execute(
            """select permit, declaration, item, state, quantity, value, mac, at from permit_use where permit = %s
            order by at desc, declaration, item""",
            (permit_id(name),),
        )
        return [
            StoredUse(declaration=declaration, use=Use(Draw(name, item, quantity, value), state), at=at)
            for *row, at in rows
            for _, declaration, item, state, quantity, value in connection.row_macs.believed(connection, USES, [row])
        ]

    def of_declarations(self, connection: Connection, declarations: Sequence[str]) -> dict[str, list[Use]]:
        """Uses by declaration, those given back too, in the order of permits and items; not locked."""
        rows = connection.execute(
            """select p.agency, p.type, p.number, p.line, u.permit, u.declaration, u.item, u.state, u.quantity, u.value, u.mac
            from permit_use u join permit p on p.id = u.permit where u.declaration = any(%s)
            order by p.agency, p.type, p.number, p.line, u.item""",
            (list(declarations),),
        )
        found: dict[str, list[Use]] = {}
        for agency, kind, number, line, *row in rows:
            for _, declaration, item, state, quantity, value in connection.row_macs.believed(connection, USES, [row]):
                draw = Draw(PermitName(agency, kind, number, line), item, quantity, value)
                found.setdefault(declaration, []).append(Use(draw, state))
        return found


def _permits(connection: Connection, rows: Iterable[Sequence[Any]], *, to_change: bool = False) -> list[Permit]:
    """Permits of rows of `_READ` that agree with both their MACs."""
    parts, macs = len(PERMITS.columns) + 1, connection.row_macs
    found = []
    for row in rows:
        given = macs.believed(connection, PERMITS, [row[:parts]], to_change=to_change)
        taken = macs.believed(connection, TAKEN, [row[parts:]], to_change=to_change)
        if given and taken:
            fields = dict(zip(PERMITS.columns, given[0], strict=True))
            bare = _DECODE.decode(fields["body"])
            found.append(msgspec.structs.replace(bare, status=fields["status"], taken=Taken(*taken[0][1:])))
    return found


def _row(declaration: str, use: Use) -> tuple[Any, ...]:
    draw = use.draw
    return permit_id(draw.permit), declaration, draw.item, use.state, draw.quantity, draw.value
