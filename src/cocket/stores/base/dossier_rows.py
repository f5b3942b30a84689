# SPDX-License-Identifier: Apache-2.0
"""What every topic asks of the rows of dossiers: the links that the house wrote, and for which offices a dossier is."""

from __future__ import annotations

from collections.abc import Sequence
from uuid import UUID

from cocket.stores.base.database import Connection
from cocket.stores.base.row_macs import Protected

#: Which message, and which part of it, makes up which dossier.
LINKS = Protected(
    table="consignment_message",
    key=("consignment", "message", "part"),
    columns=("consignment", "message", "part"),
    about="consignment",
)

#: Columns of a link with its MAC, for queries that know its table by this name.
OF_LINKS = ", ".join(f"m.{name}" for name in (*LINKS.columns, LINKS.mac))


#: Condition of SQL that an order `o` is about the newest advice on its dossier `c`: it has not ended before that. Ids of
#: records follow the time at which they were made.
_IS_CURRENT = "(o.status = 'open' or coalesce(o.record >= c.assessment, true))"


def advised_at(offices: str) -> str:
    """Condition of SQL that the advice on a dossier `c` with its order `o` is for one of some offices.

    Args:
        offices: An array of codes, in SQL.
    """
    return f"(c.office = any({offices}) or o.office = any({offices}) and {_IS_CURRENT})"


def ordered_at(offices: str) -> str:
    """Condition of SQL that the order `o` on a dossier `c` is for one of some offices.

    Args:
        offices: An array of codes, in SQL.
    """
    return f"(o.office = any({offices}) or c.office = any({offices}) and (o.office is null or {_IS_CURRENT}))"


def belongs_to(offices: str) -> str:
    """Condition of SQL that a dossier `c` with its order `o` belongs to one of some offices, by any paper or order.

    Args:
        offices: An array of codes, in SQL.
    """
    return f"""(c.office = any({offices}) or o.office = any({offices}) or c.offices && {offices}::text[]
        or exists (select from consignment s
        join control_order x on x.consignment = s.id where s.merged_into = c.id and x.office = any({offices})))"""


def links_of(connection: Connection, condition: str, given: Sequence[object]) -> list[tuple[UUID, UUID, int]]:
    """Links that the house wrote: dossier, message and part (0..n); others are noted and left out.

    Args:
        connection: The transaction.
        condition: Condition of SQL on `consignment_message m`.
        given: Its values.
    """
    rows = connection.execute(f"select {OF_LINKS} from consignment_message m where {condition}", given)
    return [(row[0], row[1], row[2]) for row in connection.row_macs.believed(connection, LINKS, rows.fetchall())]
