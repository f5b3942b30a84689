# SPDX-License-Identifier: Apache-2.0
"""Permits and what is written off them.

The order of locks is the point: declarations first, then permits, each sorted, so that two transactions never wait for
each other in a ring. What is worked out under these locks is written before they end; the tables' own checks say once
more that no permit is overdrawn.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID, uuid5

import msgspec

from cocket.measures.permits import Draw, Permit, PermitName, Standing, Taken, Use
from cocket.stores.database import Connection

#: Namespace of the ids of permits: the same permit has the same id in every process.
_PERMITS = UUID("6d1c8c52-6a0e-5f0f-9d1e-2f4a0c9b7e11")

_COLUMNS = "id, agency, type, number, line, status, quantity, value, uses, body"
_READ = "body, status, quantity_taken, value_taken, uses_taken"
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


class Permits:
    """Permits and their write-off ledger, on a transaction of the caller."""

    def put(self, connection: Connection, permit: Permit) -> None:
        """Keep a permit as its agency gave it, in place of what was known of it. What is taken stays as it is.

        The caller has locked it with `lock_permits`, and seen that its limits are not below what is taken.
        """
        name = permit.name
        bare = msgspec.structs.replace(permit, taken=Taken())
        connection.execute(
            f"""insert into permit ({_COLUMNS}) values (%s, %s, %s, %s, %s, %s, %s, %s, %s, %s)
            on conflict (id) do update set status = excluded.status, quantity = excluded.quantity,
            value = excluded.value, uses = excluded.uses, body = excluded.body""",
            (
                *(permit_id(name), name.agency, name.type, name.number, name.line, permit.status),
                *(permit.quantity, permit.value, permit.uses, msgspec.json.encode(bare)),
            ),
        )

    def lock_permits(self, connection: Connection, agency: str, type_code: str, number: str) -> list[Permit]:
        """The lines of one permit in order (0..n), locked against change until the transaction ends."""
        rows = connection.execute(
            f"select {_READ} from permit where agency = %s and type = %s and number = %s order by id for update",
            (agency, type_code, number),
        )
        return sorted(map(_permit, rows), key=lambda one: one.line)

    def known(self, connection: Connection, numbers: Collection[str]) -> list[Permit]:
        """Permits by their numbers, as `number_key` writes these (0..n); not locked."""
        rows = connection.execute(f"select {_READ} from permit where number = any(%s) order by id", (sorted(numbers),))
        return [_permit(row) for row in rows]

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
        connection.execute(
            """insert into permit_claim (declaration, version, is_returned)
            select declaration, 0, false from unnest(%s::text[]) as asked (declaration) order by declaration
            on conflict do nothing""",
            (asked,),
        )
        claims = connection.execute(
            """select declaration, version, is_returned from permit_claim where declaration = any(%s)
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
                for name, version, is_returned in claims
            },
            permits={one.name: one for one in map(_permit, permits)},
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
        with connection.cursor() as cursor:
            cursor.executemany(
                "update permit set quantity_taken = %s, value_taken = %s, uses_taken = %s where id = %s",
                [(p.taken.quantity, p.taken.value, p.taken.uses, permit_id(p.name)) for p in permits],
            )
            cursor.executemany(
                "update permit_claim set version = %s, is_returned = %s where declaration = %s",
                [(one.version, one.is_returned, name) for name, one in standings.items()],
            )
            cursor.executemany(
                """insert into permit_use as was (permit, declaration, item, state, quantity, value, at)
                values (%s, %s, %s, %s, %s, %s, %s) on conflict (permit, declaration, item) do update
                set state = excluded.state, quantity = excluded.quantity, value = excluded.value, at = excluded.at
                where (was.state, was.quantity, was.value) is distinct from
                (excluded.state, excluded.quantity, excluded.value)""",
                [_row(name, use, at) for name, one in standings.items() for use in one.uses],
            )

    def uses_of(self, connection: Connection, name: PermitName) -> list[StoredUse]:
        """Uses of one permit, last changed first (0..n), those given back too."""
        rows = connection.execute(
            """select declaration, item, quantity, value, state, at from permit_use where permit = %s
            order by at desc, declaration, item""",
            (permit_id(name),),
        )
        return [
            StoredUse(declaration=declaration, use=Use(Draw(name, item, quantity, value), state), at=at)
            for declaration, item, quantity, value, state, at in rows
        ]

    def of_declarations(self, connection: Connection, declarations: Sequence[str]) -> dict[str, list[Use]]:
        """Uses by declaration, those given back too, in the order of permits and items; not locked."""
        rows = connection.execute(
            """select u.declaration, p.agency, p.type, p.number, p.line, u.item, u.quantity, u.value, u.state
            from permit_use u join permit p on p.id = u.permit where u.declaration = any(%s)
            order by p.agency, p.type, p.number, p.line, u.item""",
            (list(declarations),),
        )
        found: dict[str, list[Use]] = {}
        for declaration, *name, item, quantity, value, state in rows:
            found.setdefault(declaration, []).append(Use(Draw(PermitName(*name), item, quantity, value), state))
        return found


def _permit(row: Sequence[Any]) -> Permit:
    body, status, *taken = row
    return msgspec.structs.replace(_DECODE.decode(body), status=status, taken=Taken(*taken))


def _row(declaration: str, use: Use, at: datetime) -> tuple[Any, ...]:
    draw = use.draw
    return permit_id(draw.permit), declaration, draw.item, use.state, draw.quantity, draw.value, at
