# SPDX-License-Identifier: Apache-2.0
"""Tables whose rows follow as a set from other rows: by which names a dossier is found, and what hangs on journeys and alerts.

Their rows bear no MAC. The audit makes the set again from what it follows from, and so finds rows that were added,
changed or taken out; one is set right by making it again. Where not all that a set follows from can be read, only rows
that it lacks are named.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final
from uuid import UUID

import msgspec

from cocket.pipeline.base.wiring import Stores
from cocket.pipeline.consignment.filed_claims import readings_of, uses_of
from cocket.pipeline.consignment.marks import marks_of
from cocket.pipeline.consignment.papers import papers_from
from cocket.stores.base.database import Connection
from cocket.stores.base.dossier_rows import links_of
from cocket.stores.base.row_macs import Protected, shown
from cocket.stores.consignment.rows import LINES
from cocket.stores.operations.row_audits import RowDifference
from cocket.stores.tracking.alerts import ALERTS
from cocket.stores.tracking.journeys import PLANS
from cocket.tracking.journey import Journey

_READ_PLAN = msgspec.json.Decoder(Journey)

#: A row of such a table, its columns in order.
Row = tuple[Any, ...]


@dataclass(kw_only=True)
class Made:
    """The rows of one set, as they follow.

    Attributes:
        rows: Its rows (0..n).
        is_whole: Whether all that it follows from could be read, so that it has no others.
    """

    rows: set[Row] = field(default_factory=set)
    is_whole: bool = True


@dataclass(frozen=True, kw_only=True)
class DerivedSet:
    """A table whose rows follow as a set.

    Attributes:
        table: Its name.
        columns: Its columns, those of its key first.
        keys: How many of them are its key (count); the last of these names what the set follows from.
        source: The table of that, by its key.
        make: Gives the rows of some owners.
        follows: In words, what the rows follow from.
        standing: Expression of SQL for the columns as they are compared.
        about: Which column names a dossier; None if none does.
        waits_for: Table of rows that this follows from by way of them; while some of these differ, rows beside the set stay.
    """

    table: str
    columns: tuple[str, ...]
    keys: int
    source: Protected
    make: Callable[[Stores, Connection, Sequence[Any]], Mapping[Any, Made]]
    follows: str
    standing: str
    about: int | None = None
    waits_for: str = ""

    @property
    def owner(self) -> int:
        """Which column names what the set follows from."""
        return self.keys - 1

    def look(self, stores: Stores, connection: Connection, rows: Sequence[Mapping[str, Any]]) -> list[RowDifference]:
        """What differs in the sets of some owners."""
        owners = [row[self.source.key[0]] for row in rows]
        made, stand = self.make(stores, connection, owners), self._standing(connection, owners)
        differences = []
        for owner in owners:
            wanted, here = made.get(owner, Made()), stand.get(owner, set())
            keys = {row[: self.keys] for row in wanted.rows}
            there = {row[: self.keys]: row for row in here}
            lacking = sorted(wanted.rows - here, key=str)
            if not wanted.is_whole:
                lacking = [row for row in lacking if row[: self.keys] not in there]
            differences += [self._difference(row, there.get(row[: self.keys]), is_wanted=True) for row in lacking]
            if wanted.is_whole:
                beside = [row for row in here if row[: self.keys] not in keys]
                differences += [self._difference(row, row, is_wanted=False) for row in sorted(beside, key=str)]
        return differences

    def look_for_owners(
        self, stores: Stores, connection: Connection, rows: Sequence[Mapping[str, Any]]
    ) -> list[RowDifference]:
        """Rows of the table of which there is no owner, and should be none."""
        name, source = self.columns[self.owner], self.source
        found = connection.execute(
            f"select {source.key[0]} from {source.table} where {source.key[0]} = any(%s)",
            (list({row[name] for row in rows}),),
        )
        owners = {row[0] for row in found.fetchall()}
        gone = list({row[name] for row in rows} - owners)
        made = self.make(stores, connection, gone)  # an owner that was taken out is named itself
        orphans = [tuple(row.values()) for row in rows if row[name] in gone and not made[row[name]].rows]
        return [self._difference(row, row, is_wanted=False) for row in orphans]

    @property
    def rows(self) -> Protected:
        """The table itself, to be gone through."""
        return Protected(table=self.table, key=self.columns[: self.keys], columns=self.columns, mac="")

    def set_right(self, stores: Stores, connection: Connection, identity: str) -> tuple[str, Row] | None:
        """Let one row be as it follows.

        Args:
            stores: The stores.
            connection: The transaction.
            identity: Its key, as a difference names it.

        Returns:
            `put back` or `removed`, and the row; None where nothing says what it must be.
        """
        owner: Any = identity.partition(" ")[2] if self.source is ALERTS else _uuid(identity.rpartition(" ")[2])
        wanted = self.make(stores, connection, [owner]).get(owner, Made())
        row = next((one for one in wanted.rows if self._named(one) == identity), None)
        if row is None and not wanted.is_whole:
            return None
        name = " || ' ' || ".join(f"{one}::text" for one in self.columns[: self.keys])
        gone = connection.execute(
            f"delete from {self.table} where {name} = %s returning {', '.join(self.columns)}", (identity,)
        ).fetchone()
        if row is None:
            return ("removed", tuple(gone)) if gone else None
        marks = ", ".join(["%s"] * len(row))
        connection.execute(f"insert into {self.table} ({', '.join(self.columns)}) values ({marks})", row)
        return "changed" if gone else "put back", row

    def _standing(self, connection: Connection, owners: Sequence[Any]) -> dict[Any, set[Row]]:
        rows = connection.execute(
            f"select {self.standing} where t.{self.columns[self.owner]} = any(%s)", (list(owners),)
        ).fetchall()
        found: dict[Any, set[Row]] = {}
        for row in rows:
            found.setdefault(row[self.owner], set()).add(tuple(row))
        return found

    def _named(self, row: Row) -> str:
        return " ".join(str(one) for one in row[: self.keys])

    def _difference(self, row: Row, stands: Row | None, *, is_wanted: bool) -> RowDifference:
        return RowDifference(
            table=self.table,
            id=self._named(row),
            column="",
            stands=shown(stands) if stands is not None else None,
            sealed=f"{shown(row)}, by {self.follows}" if is_wanted else f"nothing, by {self.follows}",
            about=row[self.about] if self.about is not None else None,
        )


def keys_of_dossiers(stores: Stores, connection: Connection, dossiers: Sequence[UUID]) -> dict[UUID, Made]:
    """The names by which dossiers are found, and their days: those on the papers that are filed in them."""
    uses, unread = uses_of(stores, connection, dossiers)
    return {
        dossier: Made(
            rows={(*pair, dossier, is_strong, use.first, use.last) for pair, (is_strong, use) in uses[dossier].items()},
            is_whole=dossier not in unread,
        )
        for dossier in dossiers
    }


def marks_of_dossiers(stores: Stores, connection: Connection, dossiers: Sequence[UUID]) -> dict[UUID, Made]:
    """By whom and of which goods dossiers are found: as the declaration that holds says, where every paper can be read."""
    parts: dict[UUID, list[tuple[UUID, int]]] = {}
    for dossier, message, part in links_of(connection, "m.consignment = any(%s)", (list(dossiers),)):
        parts.setdefault(dossier, []).append((message, part))
    wanted = {message for several in parts.values() for message, _ in several}
    read = {
        one[0].id: one
        for one in readings_of(stores, connection, list(wanted), "leave out")
        if not isinstance(one, UUID)
    }
    found = {}
    for dossier in dossiers:
        filed = parts.get(dossier, [])
        is_whole = all(message in read for message, _ in filed)
        known = {message: read[message][1] for message, _ in filed if message in read}
        papers = papers_from([(read[message][0], part) for message, part in filed if message in read], known)
        rows = {msgspec.structs.astuple(mark) for mark in marks_of(dossier, papers)} if is_whole else set()
        found[dossier] = Made(rows=rows, is_whole=is_whole)
    return found


def _devices(stores: Stores, connection: Connection, journeys: Sequence[UUID]) -> dict[UUID, Made]:
    """The devices that follow journeys: those of their plans."""
    rows = connection.execute(f"select {PLANS.read} from journey where id = any(%s)", (list(journeys),)).fetchall()
    believed = connection.row_macs.believed(connection, PLANS, rows)
    found = {
        journey: Made(rows={(device, journey) for device in _READ_PLAN.decode(plan).devices})
        for journey, plan in believed
    }
    return {row[0]: found.get(row[0], Made(is_whole=False)) for row in rows}


def _dossiers_of_alerts(stores: Stores, connection: Connection, alerts: Sequence[str]) -> dict[str, Made]:
    """The dossiers that alerts about port calls concern: those of the bills on the manifests that state the calls."""
    rows = connection.execute(
        """select a.id, a.manifest is not null, array_remove(array_agg(distinct p.message), null)
        from alert a left join port_call p on p.manifest = a.manifest where a.id = any(%s) group by a.id""",
        (list(alerts),),
    ).fetchall()
    messages = {one for _, _, several in rows for one in several}
    links: dict[UUID, set[UUID]] = {}
    for dossier, message, _ in links_of(connection, "m.message = any(%s) and m.part > 0", (list(messages),)):
        links.setdefault(message, set()).add(dossier)
    return {
        alert: Made(
            rows={(dossier, alert) for one in several for dossier in links.get(one, ())},
            is_whole=bool(several) or not has_manifest,  # one that was cancelled since leaves its alert as it was
        )
        for alert, has_manifest, several in rows
    }


def _uuid(text: str) -> UUID | None:
    try:
        return UUID(text)
    except ValueError:
        return None


KEYS_OF_DOSSIERS: Final = DerivedSet(
    table="consignment_key",
    columns=("kind", "value", "consignment", "is_strong", "first_day", "last_day"),
    keys=3,
    source=LINES,
    make=keys_of_dossiers,
    follows="the papers filed in the dossier",
    standing="kind, value, consignment, is_strong, first_day, last_day from consignment_key t",
    about=2,
    waits_for="consignment_message",
)

MARKS_OF_DOSSIERS: Final = DerivedSet(
    table="consignment_mark",
    columns=("kind", "value", "consignment", "name", "day", "per_kg"),
    keys=3,
    source=LINES,
    make=marks_of_dossiers,
    follows="the declaration that holds",
    standing="kind, value, consignment, name, day, per_kg from consignment_mark t",
    about=2,
    waits_for="consignment_message",
)

DEVICES_OF_JOURNEYS: Final = DerivedSet(
    table="journey_device",
    columns=("device", "journey"),
    keys=2,
    source=PLANS,
    make=_devices,
    follows="the plan of the journey",
    standing="device, journey from journey_device t",
)

DOSSIERS_OF_ALERTS: Final = DerivedSet(
    table="alert_consignment",
    columns=("consignment", "alert"),
    keys=2,
    source=ALERTS,
    make=_dossiers_of_alerts,
    follows="the manifests that state the port call",
    standing="""coalesce(c.merged_into, t.consignment), t.alert from alert_consignment t
    left join consignment c on c.id = t.consignment""",
    about=0,
    waits_for="consignment_message",
)

#: In the order in which they are looked at.
DERIVED_SETS: Final = (KEYS_OF_DOSSIERS, MARKS_OF_DOSSIERS, DEVICES_OF_JOURNEYS, DOSSIERS_OF_ALERTS)
