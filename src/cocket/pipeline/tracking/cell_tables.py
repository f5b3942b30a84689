# SPDX-License-Identifier: Apache-2.0
"""Tables of mobile network cells in the house: imported, withdrawn, and held against their sealed digest when used."""

from __future__ import annotations

import time
from hashlib import sha256
from typing import Final

import msgspec

from cocket.errors import SenderError
from cocket.governance import Principal
from cocket.pipeline.base.access import NotFoundError, Service
from cocket.pipeline.base.document_files import DocumentFiles
from cocket.pipeline.base.wiring import Stores
from cocket.stores.base.database import Connection
from cocket.tracking.cells import CellTable, merged, read_cells, unpacked

#: Kind of the sealed record and case file of a table of cells.
CELL_TABLE: Final = "cell-table"

#: How long a tracker goes by the tables it has before it looks for newer ones, in seconds.
_LOOK_SECONDS = 30.0

_LONGEST_NAME = 100


class CellTableView(msgspec.Struct, frozen=True, kw_only=True):
    """A table of cells as it is kept; also its sealed record.

    Attributes:
        name: What it is called here, such as a country.
        digest: SHA-256 of what is kept of it, hexadecimal.
        source: SHA-256 of the file, hexadecimal.
        cells: Cells with a place (count).
        countries: Mobile country codes (1..n).
        left_out: Reason → lines that were left out (count): `few-samples`, `no-number`, `no-place`, `twice`.
        problems: The first lines that could not be read, as number and reason (0..20).
        officer: Who imported or withdrew it.
        is_withdrawn: Whether it is no longer used.
        reason: Why it was withdrawn; "" if it was not.
    """

    name: str
    digest: str
    source: str
    cells: int
    countries: tuple[int, ...]
    left_out: dict[str, int]
    problems: tuple[tuple[int, str], ...]
    officer: str
    is_withdrawn: bool = False
    reason: str = ""


class CellTables(Service):
    """Keeping the places of network cells, against which places that devices report are held."""

    def __init__(self, stores: Stores) -> None:
        super().__init__(stores)
        self._files = DocumentFiles(stores)

    def import_cells(self, principal: Principal, name: str, content: bytes) -> CellTableView:
        """Take in a table in OpenCelliD's form, in place of an earlier one of the same name; trackers use it within half a minute.

        Raises:
            PolicyError: The principal may not.
            SenderError: It has no name, or is no such table.
        """
        self._access.require(principal, "place:put")
        called = name.strip()
        if not 0 < len(called) <= _LONGEST_NAME or not called.isprintable() or "/" in called:
            raise SenderError("A table of cells needs a name, without a slash.", code="cells-name", found=name[:80])
        table, read = read_cells(content)
        packed = table.packed()
        view = CellTableView(
            name=called,
            digest=sha256(packed).hexdigest(),
            source=sha256(content).hexdigest(),
            cells=len(table),
            countries=read.countries,
            left_out=read.left_out,
            problems=read.problems,
            officer=principal.id,
        )
        with self._stores.database.transaction() as connection:
            self._stores.places.put(connection, _place(called), packed)
            self._files.keep(connection, CELL_TABLE, called, (view, principal), "in-use")
        return view

    def withdraw_cells(self, principal: Principal, name: str, reason: str) -> CellTableView:
        """No longer use a table.

        Raises:
            NotFoundError: There is none in use of that name.
            PolicyError: The principal may not.
            SenderError: No reason is given.
        """
        self._access.require(principal, "place:put")
        if not reason.strip():
            raise SenderError("Give the reason for withdrawing it.", code="cells-reason")
        with self._stores.database.transaction() as connection:
            known = self._files.read(connection, CELL_TABLE, name, CellTableView, to_change=True)
            if known is None or known.is_withdrawn:
                raise NotFoundError("There is no such table of cells in use.")
            view = msgspec.structs.replace(known, is_withdrawn=True, reason=reason.strip(), officer=principal.id)
            self._stores.places.put(connection, _place(name), b"")
            self._files.keep(connection, CELL_TABLE, name, (view, principal), "withdrawn")
        return view

    def cell_tables(self, principal: Principal) -> tuple[CellTableView, ...]:
        """All tables by name, withdrawn ones too (0..n).

        Raises:
            PolicyError: The principal may not see them.
        """
        self._access.require(principal, "place:read")
        with self._stores.database.transaction() as connection:
            found = self._files.every(connection, CELL_TABLE, CellTableView)
        return tuple(sorted(found, key=lambda one: one.name))


class CellsInUse:
    """The cells of all tables in use, as a tracker remembers them.

    A table that does not agree with its sealed digest is left out, until it is imported again.

    Args:
        stores: The stores of this process.
    """

    def __init__(self, stores: Stores) -> None:
        self._stores = stores
        self._files = DocumentFiles(stores)
        self._looked: float | None = None
        self._digests: tuple[str, ...] = ()
        self._table: CellTable | None = None

    def table(self, connection: Connection) -> CellTable | None:
        """The cells; None if there are none. Looked for anew every half minute."""
        if self._looked is not None and time.monotonic() - self._looked < _LOOK_SECONDS:
            return self._table
        self._looked = time.monotonic()
        views = sorted(self._files.every(connection, CELL_TABLE, CellTableView, ("in-use",)), key=lambda one: one.name)
        digests = tuple(one.digest for one in views)
        if digests != self._digests:
            packed = [(one, self._stores.places.learnt(connection, _place(one.name)) or b"") for one in views]
            whole = [unpacked(content) for one, content in packed if sha256(content).hexdigest() == one.digest]
            self._table, self._digests = merged(whole), digests if len(whole) == len(views) else ()
        return self._table


def _place(name: str) -> str:
    return f"cells {name}"
