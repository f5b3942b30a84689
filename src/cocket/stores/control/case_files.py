# SPDX-License-Identifier: Apache-2.0
"""Files that live longer than one act: how each stands, and by what names it is found."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

import msgspec

from cocket.stores.base.database import Connection
from cocket.stores.base.dossier_rows import belongs_to
from cocket.stores.base.row_macs import Protected


class StoredCaseFile(msgspec.Struct, frozen=True, kw_only=True):
    """A case file as it stands.

    Attributes:
        id: Its id; also what its records are about.
        kind: `value-doubt`, `audit`, `intelligence`, `standing`, `rule`, `allocation`, `screening-match`, `payment`, ….
        state: State within its kind.
        consignment: Dossier it belongs to; None if it belongs to none.
        office: Customs office; None if it belongs to none.
        opened: When it was opened, UTC.
        changed: When it last changed, UTC.
        body: JSON as last sealed.
    """

    id: UUID
    kind: str
    state: str
    consignment: UUID | None = None
    office: str | None = None
    opened: datetime
    changed: datetime
    body: bytes


CASE_FILES = Protected(table="case_file", key=("id",), columns=StoredCaseFile.__struct_fields__, about="consignment")
CASE_FILE_KEYS = Protected(table="case_file_key", key=("name", "value", "file"), columns=("name", "value", "file"))

_READ = (*CASE_FILES.columns, CASE_FILES.mac)
_COLUMNS = ", ".join(_READ)
_OF_FILE = ", ".join(f"f.{name}" for name in _READ)


#: A file about a dossier belongs where the dossier belongs now: to every office of its papers and orders.
_OF_OFFICES = f"""(%(offices)s::text[] = '{{}}' or case when case_file.consignment is null then office = any(%(offices)s)
    else exists (select from consignment a join consignment c on c.id = coalesce(a.merged_into, a.id)
    left join control_order o on o.consignment = c.id
    where a.id = case_file.consignment and {belongs_to("%(offices)s")}) end)"""


class CaseFiles:
    """Case files, on a transaction of the caller."""

    def put(self, connection: Connection, file: StoredCaseFile, keys: Collection[tuple[str, str]] = ()) -> None:
        """Keep a file, new or changed, and the names (name, value) by which alone it is found from now on.

        Raises:
            RowDiffersError: The file on hand does not agree with its sealed record.
        """
        earlier = self.get(connection, file.id, to_change=True)
        if earlier is not None:
            file = msgspec.structs.replace(file, kind=earlier.kind, opened=earlier.opened)
        connection.row_macs.put(connection, CASE_FILES, [msgspec.structs.astuple(file)])
        connection.execute("delete from case_file_key where file = %s", (file.id,))
        names = sorted(set(keys))
        macs = [connection.row_macs.mac(CASE_FILE_KEYS, (*name, file.id)) for name in names]
        connection.execute(
            """insert into case_file_key (name, value, file, mac)
            select name, value, %s, mac from unnest(%s::text[], %s::text[], %s::bytea[]) as given (name, value, mac)""",
            (file.id, [name for name, _ in names], [value for _, value in names], macs),
        )

    def lock(self, connection: Connection, kind: str) -> None:
        """Let others that lock the same kind of file wait until this transaction ends."""
        connection.execute("select pg_advisory_xact_lock(hashtextextended(%s, 9))", (kind,))

    def get(self, connection: Connection, file: UUID, *, to_change: bool = False) -> StoredCaseFile | None:
        """One file; None if there is none.

        Args:
            connection: The transaction.
            file: Its id.
            to_change: Whether others wait until this transaction ends before they change it.
        """
        lock = " for update" if to_change else ""
        row = connection.execute(f"select {_COLUMNS} from case_file where id = %s{lock}", (file,)).fetchone()
        found = _files(connection, [row] if row else [], to_change=to_change)
        return found[0] if found else None

    def of_kind(
        self, connection: Connection, kind: str, states: Sequence[str] = (), offices: Sequence[str] = ()
    ) -> list[StoredCaseFile]:
        """Files of a kind, last changed first; of these states and offices alone, where any are named."""
        rows = connection.execute(
            f"""select {_COLUMNS} from case_file where kind = %s and (%s or state = any(%s)) and (%s or office = any(%s))
            order by changed desc, id""",
            (kind, not states, list(states), not offices, list(offices)),
        )
        return _files(connection, rows)

    def page(
        self, connection: Connection, which: tuple[str, str], offices: Sequence[str], window: tuple[int, int]
    ) -> list[StoredCaseFile]:
        """A part of the files of a kind and state, last changed first (0..n).

        Args:
            connection: The transaction.
            which: Kind and state.
            offices: Of these offices alone; of all if none is named.
            window: How many to leave out at the start, and how many to give at most (count).
        """
        rows = connection.execute(
            f"""select {_COLUMNS} from case_file where kind = %(kind)s and state = %(state)s and {_OF_OFFICES}
            order by changed desc, id offset %(offset)s limit %(limit)s""",
            {
                "kind": which[0],
                "state": which[1],
                "offices": list(offices),
                "offset": window[0],
                "limit": window[1],
            },
        )
        return _files(connection, rows)

    def has(self, connection: Connection, kind: str) -> bool:
        """Whether there is any file of a kind."""
        row = connection.execute("select exists (select from case_file where kind = %s)", (kind,)).fetchone()
        return row is not None and bool(row[0])

    def kinds(self, connection: Connection) -> frozenset[str]:
        """Kinds of which there are files (0..n), by one look into the index for each."""
        rows = connection.execute(
            """with recursive found (kind) as ((select kind from case_file order by kind limit 1) union all
            select (select f.kind from case_file f where f.kind > found.kind order by f.kind limit 1) from found
            where found.kind is not null) select kind from found where kind is not null"""
        )
        return frozenset(row[0] for row in rows.fetchall())

    def states(self, connection: Connection, kind: str, offices: Sequence[str] = ()) -> dict[str, int]:
        """How many files of a kind are in each state, of these offices alone where any are named (count)."""
        rows = connection.execute(
            f"select state, count(*) from case_file where kind = %(kind)s and {_OF_OFFICES} group by state",
            {"kind": kind, "offices": list(offices)},
        )
        return {state: int(count) for state, count in rows}

    def tally(self, connection: Connection, kind: str, name: str) -> dict[str, int]:
        """How many files of a kind are found by each value of a name (count)."""
        rows = connection.execute(
            """select k.value, count(*) from case_file_key k join case_file f on f.id = k.file
            where k.name = %s and f.kind = %s group by k.value""",
            (name, kind),
        )
        return {value: int(count) for value, count in rows}

    def of_consignment(self, connection: Connection, consignment: UUID) -> list[StoredCaseFile]:
        """Files of one dossier, oldest first."""
        rows = connection.execute(
            f"select {_COLUMNS} from case_file where consignment = %s order by opened, id", (consignment,)
        )
        return _files(connection, rows)

    def of_consignments(
        self, connection: Connection, kind: str, consignments: Collection[UUID]
    ) -> dict[UUID, list[StoredCaseFile]]:
        """Files of a kind by dossier, oldest first; dossiers without one are left out."""
        rows = connection.execute(
            f"select {_COLUMNS} from case_file where kind = %s and consignment = any(%s) order by opened, id",
            (kind, list(consignments)),
        )
        found: dict[UUID, list[StoredCaseFile]] = {}
        for file in _files(connection, rows):
            if file.consignment is not None:
                found.setdefault(file.consignment, []).append(file)
        return found

    def about_dossiers(
        self, connection: Connection, kind: str, consignments: Collection[UUID]
    ) -> dict[UUID, list[StoredCaseFile]]:
        """The same, with files of dossiers that were merged into these: they are about these now."""
        ids = list(consignments)
        rows = connection.execute(
            f"""select coalesce(c.merged_into, f.consignment), {_OF_FILE} from case_file f
            left join consignment c on c.id = f.consignment
            where f.kind = %s and f.consignment = any(array(select id from consignment where merged_into = any(%s)) || %s::uuid[])
            order by f.opened, f.id""",
            (kind, ids, ids),
        )
        found: dict[UUID, list[StoredCaseFile]] = {}
        for consignment, *columns in rows:
            for file in _files(connection, [columns]):
                found.setdefault(consignment, []).append(file)
        return found

    def changed_since(
        self, connection: Connection, kind: str, states: Sequence[str], since: datetime | None
    ) -> list[StoredCaseFile]:
        """Files of a kind in some states that changed at a time or later, oldest change first; all of them if None."""
        rows = connection.execute(
            f"""select {_COLUMNS} from case_file where kind = %s and state = any(%s) and (%s::timestamptz is null or changed >= %s)
            order by changed, id""",
            (kind, list(states), since, since),
        )
        return _files(connection, rows)

    def last_changed(self, connection: Connection, kind: str, states: Sequence[str]) -> datetime | None:
        """When any file of a kind in one of some states last changed, UTC; None if there is none."""
        row = connection.execute(
            """select max(newest.changed) from unnest(%s::text[]) as given (state) cross join lateral
            (select changed from case_file where kind = %s and state = given.state order by changed desc limit 1) newest""",
            (list(states), kind),
        ).fetchone()
        return row[0] if row else None

    def last_changed_by(
        self, connection: Connection, which: tuple[str, str], names: tuple[str, Collection[str]]
    ) -> dict[str, datetime]:
        """When a file of a kind and state last changed, UTC, by each value of a name; values without one are left out.

        Args:
            connection: The transaction.
            which: Kind and state.
            names: A name, and its values.
        """
        rows = connection.execute(
            """select k.value, max(f.changed) from case_file_key k join case_file f on f.id = k.file
            where k.name = %s and k.value = any(%s) and f.kind = %s and f.state = %s group by k.value""",
            (names[0], sorted(names[1]), *which),
        )
        return dict(rows.fetchall())

    def named(self, connection: Connection, kind: str, name: str) -> list[StoredCaseFile]:
        """Files of a kind that are found by any value of a name, last changed first."""
        rows = connection.execute(
            f"""select {_COLUMNS} from case_file where kind = %s
            and exists (select from case_file_key k where k.file = case_file.id and k.name = %s) order by changed desc, id""",
            (kind, name),
        )
        return _files(connection, rows)

    def consignments_by(self, connection: Connection, kind: str, key: tuple[str, str]) -> list[UUID]:
        """Dossiers of the files of a kind that are found by a name, as (name, value), sorted (0..n)."""
        rows = connection.execute(
            """select distinct f.consignment from case_file_key k join case_file f on f.id = k.file
            where k.name = %s and k.value = %s and f.kind = %s and f.consignment is not null order by 1""",
            (*key, kind),
        )
        return [row[0] for row in rows]

    def found_by(
        self, connection: Connection, kind: str, keys: Collection[tuple[str, str]]
    ) -> dict[tuple[str, str], list[StoredCaseFile]]:
        """Files of a kind by the names under which they are found.

        Args:
            connection: The transaction.
            kind: Kind of file.
            keys: Names, as (name, value).

        Returns:
            Name → its files, oldest first; names that find nothing are left out.
        """
        names = sorted(set(keys))
        rows = connection.execute(
            f"""select k.name, k.value, k.file, k.mac, {_OF_FILE} from unnest(%s::text[], %s::text[]) as given (name, value)
            join case_file_key k on k.name = given.name and k.value = given.value
            join case_file f on f.id = k.file where f.kind = %s order by f.opened, f.id""",
            ([name for name, _ in names], [value for _, value in names], kind),
        )
        found: dict[tuple[str, str], list[StoredCaseFile]] = {}
        macs = connection.row_macs
        for name, value, file, mac, *columns in rows:
            if macs.believed(connection, CASE_FILE_KEYS, [(name, value, file, mac)]):
                found.setdefault((name, value), []).extend(_files(connection, [columns]))
        return {name: files for name, files in found.items() if files}


def _files(connection: Connection, rows: Iterable[Sequence[Any]], *, to_change: bool = False) -> list[StoredCaseFile]:
    believed = connection.row_macs.believed(connection, CASE_FILES, rows, to_change=to_change)
    return [StoredCaseFile(**dict(zip(CASE_FILES.columns, row, strict=True))) for row in believed]
