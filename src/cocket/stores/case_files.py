# SPDX-License-Identifier: Apache-2.0
"""Files that live longer than one act: how each stands, and by what names it is found."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

import msgspec

from cocket.stores.database import Connection


class StoredCaseFile(msgspec.Struct, frozen=True, kw_only=True):
    """A case file as it stands.

    Attributes:
        id: Its id; also what its records are about.
        kind: `value-doubt`, `audit`, `intelligence`, `standing`.
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


_COLUMNS = "id, kind, state, consignment, office, opened, changed, body"
_OF_FILE = ", ".join(f"f.{name}" for name in _COLUMNS.split(", "))


class CaseFiles:
    """Case files, on a transaction of the caller."""

    def put(self, connection: Connection, file: StoredCaseFile, keys: Collection[tuple[str, str]] = ()) -> None:
        """Keep a file, new or changed, and the names (name, value) by which alone it is found from now on."""
        connection.execute(
            f"""insert into case_file ({_COLUMNS}) values (%s, %s, %s, %s, %s, %s, %s, %s)
            on conflict (id) do update set state = excluded.state, consignment = excluded.consignment,
            office = excluded.office, changed = excluded.changed, body = excluded.body""",
            msgspec.structs.astuple(file),
        )
        connection.execute("delete from case_file_key where file = %s", (file.id,))
        names = sorted(set(keys))
        connection.execute(
            """insert into case_file_key (name, value, file)
            select name, value, %s from unnest(%s::text[], %s::text[]) as given (name, value)""",
            (file.id, [name for name, _ in names], [value for _, value in names]),
        )

    def get(self, connection: Connection, file: UUID, *, to_change: bool = False) -> StoredCaseFile | None:
        """One file; None if there is none.

        Args:
            connection: The transaction.
            file: Its id.
            to_change: Whether others wait until this transaction ends before they change it.
        """
        lock = " for update" if to_change else ""
        row = connection.execute(f"select {_COLUMNS} from case_file where id = %s{lock}", (file,)).fetchone()
        return _file(row) if row else None

    def of_kind(
        self, connection: Connection, kind: str, states: Sequence[str] = (), offices: Sequence[str] = ()
    ) -> list[StoredCaseFile]:
        """Files of a kind, last changed first; of these states and offices alone, where any are named."""
        rows = connection.execute(
            f"""select {_COLUMNS} from case_file where kind = %s and (%s or state = any(%s)) and (%s or office = any(%s))
            order by changed desc, id""",
            (kind, not states, list(states), not offices, list(offices)),
        )
        return [_file(row) for row in rows]

    def of_consignment(self, connection: Connection, consignment: UUID) -> list[StoredCaseFile]:
        """Files of one dossier, oldest first."""
        rows = connection.execute(
            f"select {_COLUMNS} from case_file where consignment = %s order by opened, id", (consignment,)
        )
        return [_file(row) for row in rows]

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
            f"""select k.name, k.value, {_OF_FILE} from unnest(%s::text[], %s::text[]) as given (name, value)
            join case_file_key k on k.name = given.name and k.value = given.value
            join case_file f on f.id = k.file where f.kind = %s order by f.opened, f.id""",
            ([name for name, _ in names], [value for _, value in names], kind),
        )
        found: dict[tuple[str, str], list[StoredCaseFile]] = {}
        for name, value, *columns in rows:
            found.setdefault((name, value), []).append(_file(columns))
        return found


def _file(columns: Sequence[Any]) -> StoredCaseFile:
    return StoredCaseFile(**dict(zip(StoredCaseFile.__struct_fields__, columns, strict=True)))
