# SPDX-License-Identifier: Apache-2.0
"""Documents of the house that are each one sealed record and one case file: found by kind and name, whole at any time."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any, TypeVar
from uuid import NAMESPACE_URL, UUID, uuid5

import msgspec

from cocket.errors import RowDiffersError
from cocket.governance import Principal
from cocket.pipeline.base.removed_things import must_be_new
from cocket.pipeline.base.wiring import Stores
from cocket.stores import NewRecord
from cocket.stores.base.database import Connection
from cocket.stores.control.case_files import StoredCaseFile
from cocket.stores.governance.people import newest_record_about

_Body = TypeVar("_Body")


class Place(msgspec.Struct, frozen=True, kw_only=True):
    """Where a document belongs, how it stands, and by what it is found.

    Attributes:
        state: How it stands within its kind.
        consignment: Dossier it belongs to; None for none.
        office: Customs office; None for none.
        names: All names (name, value) by which it is found, its own among them; empty for its own alone.
    """

    state: str = "kept"
    consignment: UUID | None = None
    office: str | None = None
    names: tuple[tuple[str, str], ...] = ()


class DocumentFiles:
    """Keeping documents as case files.

    Args:
        stores: The stores of this process.
    """

    def __init__(self, stores: Stores) -> None:
        self._stores = stores

    def keep(
        self, connection: Connection, kind: str, name: str, what: tuple[Any, Principal], state: str = "kept"
    ) -> None:
        """Write a document down, and seal it where it changed; the last act of a transaction."""
        record = self.write(connection, kind, name, (what[0], what[1].id), state)
        if record is not None:
            self._stores.leaves.append_records(connection, [record])

    def write(
        self,
        connection: Connection,
        kind: str,
        name: str,
        what: tuple[Any, str],
        where: Place | str = "kept",
    ) -> NewRecord | None:
        """Write a document down; the record that is to be sealed, or None where nothing changed.

        Args:
            connection: The transaction.
            kind: What it is, also the kind of its record.
            name: Its name, one of its kind.
            what: The document, and who changed it.
            where: How it stands within its kind, of a document of the whole house; else where it belongs, and how it stands.

        Raises:
            SenderError: There was one, and it was removed from the database.
        """
        body, who = what
        where = Place(state=where) if isinstance(where, str) else where
        place = file_id(kind, name)
        before = self._stores.case_files.get(connection, place, to_change=True)
        if before is None:
            must_be_new(self._stores, connection, kind, {place: name})
        elif before.body == msgspec.json.encode(body):
            return None
        record = self._stores.sealer.record(kind, who, body, about=place)
        kept = StoredCaseFile(
            id=place,
            kind=kind,
            state=where.state,
            consignment=where.consignment,
            office=where.office,
            opened=before.opened if before else record.leaf.at,
            changed=record.leaf.at,
            body=record.body,
        )
        self._stores.case_files.put(connection, kept, where.names or [("name", name[:500])])
        return record

    def read(
        self, connection: Connection, kind: str, name: str, form: type[_Body], *, to_change: bool = False
    ) -> _Body | None:
        """A document; None if there is none. `to_change` lets others wait until the transaction ends.

        Raises:
            SenderError: There was one, and it was removed from the database.
        """
        place = file_id(kind, name)
        file = self._stores.case_files.get(connection, place, to_change=to_change)
        if file is None:
            must_be_new(self._stores, connection, kind, {place: name})
        return read_body(file, form) if file is not None else None

    def read_sealed(
        self, connection: Connection, kind: str, name: str, form: type[_Body], *, to_change: bool = False
    ) -> _Body | None:
        """A document that gives access, believed only if it is what the newest sealed record about it says.

        Raises:
            SenderError: There was one, and it was removed from the database.
            RowDiffersError: It is not what was sealed last.
        """
        found = self.read(connection, kind, name, form, to_change=to_change)
        if found is None:
            return None
        newest = newest_record_about(connection, file_id(kind, name))
        sealed = self._stores.leaves.body(connection, newest) if newest is not None else None
        if sealed is None or msgspec.json.decode(sealed, type=form) != found:
            raise RowDiffersError(
                f"The {kind} {name} is not what was sealed last; nothing was done.",
                pointer=f"case_file {file_id(kind, name)}",
                hint="`cocket ledger audit --home HOME` shows what was sealed; --set-right repairs the row.",
            )
        return found

    def every(
        self, connection: Connection, kind: str, form: type[_Body], states: Collection[str] = ()
    ) -> tuple[_Body, ...]:
        """All documents of a kind, of these states alone where any are named, last changed first (0..n)."""
        files = self._stores.case_files.of_kind(connection, kind, tuple(states))
        return tuple(read_body(file, form) for file in files)


def read_body(file: StoredCaseFile, kind: type[_Body]) -> _Body:
    """What a case file holds."""
    return msgspec.json.decode(file.body, type=kind)


def file_id(kind: str, name: str) -> UUID:
    """Id of the one file of a kind and name."""
    return uuid5(NAMESPACE_URL, f"{kind} {name}")
