# SPDX-License-Identifier: Apache-2.0
"""Lists of hubs in the house: business centres, brokers and chains by which nobody is linked; imported, withdrawn, each act sealed.

Detectors of threats go by the lists in use. The assessment worker goes by those that were in use when a declaration came, so that
the same log gives the same history whenever it is gone through.
"""

from __future__ import annotations

from bisect import bisect_left
from contextlib import suppress
from functools import lru_cache
from hashlib import sha256
from typing import Final

import msgspec
from msgspec.structs import replace

from cocket.errors import SenderError, StoreError
from cocket.governance import Principal
from cocket.pipeline.base.access import NotFoundError, Service
from cocket.pipeline.base.batch import Batch, Context
from cocket.pipeline.base.document_files import DocumentFiles, file_id
from cocket.pipeline.base.wiring import Stores
from cocket.risk import Case
from cocket.risk.hubs import Hub, Hubs, read_hubs
from cocket.stores.base.database import Connection

#: Kind of the sealed record and case file of a list of hubs.
HUB_LIST: Final = "hub-list"

_LONGEST_NAME: Final = 100
_MOST_PROBLEMS: Final = 20


class HubList(msgspec.Struct, frozen=True, kw_only=True):
    """A list of hubs as it is kept; also its sealed record.

    Attributes:
        name: What it is called here.
        source: SHA-256 of the file, hexadecimal.
        hubs: Its entries (1..n).
        left_out: Lines that could not be read, with the reason (0..20).
        left_out_lines: How many could not be read (count).
        officer: Who imported or withdrew it.
        is_withdrawn: Whether it is no longer used.
        reason: Why it was withdrawn; "" if it was not.
    """

    name: str
    source: str
    hubs: tuple[Hub, ...]
    left_out: tuple[str, ...]
    left_out_lines: int
    officer: str
    is_withdrawn: bool = False
    reason: str = ""


class HubLists(Service):
    """Keeping lists of hubs."""

    def __init__(self, stores: Stores) -> None:
        super().__init__(stores)
        self._files = DocumentFiles(stores)

    def import_hubs(self, principal: Principal, name: str, content: bytes) -> HubList:
        """Take in a list, in place of an earlier one of the same name; it counts for what comes from then on.

        Raises:
            PolicyError: The principal may not.
            SenderError: It has no name, or is no such list.
        """
        self._access.require(principal, "list:import")
        called = name.strip()
        if not 0 < len(called) <= _LONGEST_NAME or not called.isprintable() or "/" in called:
            raise SenderError("A list needs a name, without a slash.", code="list-name", found=name[:80])
        read = read_hubs(content)
        view = HubList(
            name=called,
            source=sha256(content).hexdigest(),
            hubs=read.hubs,
            left_out=read.left_out[:_MOST_PROBLEMS],
            left_out_lines=len(read.left_out),
            officer=principal.id,
        )
        with self._stores.database.transaction() as connection:
            self._files.keep(connection, HUB_LIST, called, (view, principal), "in-use")
        return view

    def withdraw_hubs(self, principal: Principal, name: str, reason: str) -> HubList:
        """No longer use a list; its entries stay on record.

        Raises:
            NotFoundError: There is none in use of that name.
            PolicyError: The principal may not.
            SenderError: No reason is given.
        """
        self._access.require(principal, "list:import")
        if not reason.strip():
            raise SenderError("Give the reason for withdrawing it.", code="hubs-reason")
        with self._stores.database.transaction() as connection:
            known = self._files.read(connection, HUB_LIST, name, HubList, to_change=True)
            if known is None or known.is_withdrawn:
                raise NotFoundError("There is no such list of hubs in use.")
            view = msgspec.structs.replace(known, is_withdrawn=True, reason=reason.strip(), officer=principal.id)
            self._files.keep(connection, HUB_LIST, name, (view, principal), "withdrawn")
        return view

    def hub_lists(self, principal: Principal) -> tuple[HubList, ...]:
        """All lists by name, withdrawn ones too (0..n).

        Raises:
            PolicyError: The principal may not know them.
        """
        self._access.require(principal, "list:read")
        with self._stores.database.transaction() as connection:
            found = self._files.every(connection, HUB_LIST, HubList)
        return tuple(sorted(found, key=lambda one: one.name))


def hubs_in_use(stores: Stores, connection: Connection) -> Hubs:
    """The hubs of all lists in use now."""
    if not stores.case_files.has(connection, HUB_LIST):
        return Hubs()
    lists = DocumentFiles(stores).every(connection, HUB_LIST, HubList, ("in-use",))
    return Hubs(hub for one in lists for hub in one.hubs)


class HubsByLeaf:
    """The hubs that were in use at each place of the log.

    Args:
        stores: The stores of this process.
        connection: The transaction.
    """

    def __init__(self, stores: Stores, connection: Connection) -> None:
        self._indexes: list[int] = []
        self._hubs: list[Hubs] = []
        if not stores.case_files.has(connection, HUB_LIST):
            return
        told: dict[int, HubList] = {}
        for known in DocumentFiles(stores).every(connection, HUB_LIST, HubList):
            with suppress(StoreError):  # what was lost with its key is no longer gone by
                records = stores.leaves.records_about(connection, file_id(HUB_LIST, known.name), (HUB_LIST,))
                told |= {leaf.index: _read(body) for leaf, body in records}
        lists: dict[str, HubList] = {}
        for index in sorted(told):
            lists[told[index].name] = told[index]
            self._indexes.append(index)
            self._hubs.append(Hubs(hub for one in lists.values() if not one.is_withdrawn for hub in one.hubs))

    def before(self, index: int) -> Hubs:
        """Those in use when the entry of an index was made."""
        place = bisect_left(self._indexes, index)
        return self._hubs[place - 1] if place else Hubs()

    def case_without(self, case: Case, index: int) -> Case:
        """A case that a message called for, without the importer's address where it was a hub then."""
        facts = self.before(index).without(case.facts)
        return case if facts is case.facts else msgspec.structs.replace(case, facts=facts)


def leave_out_hubs(turn: Batch, context: Context) -> Batch:
    """Step: leave out of each case the importer's address where it was a hub when its message came."""
    if HUB_LIST not in context.kinds_of_files:
        return turn
    hubs = HubsByLeaf(context.stores, context.connection)
    cases = {
        consignment: hubs.case_without(case, turn.touched[consignment].index)
        for consignment, case in turn.cases.items()
    }
    return replace(turn, cases=cases)


@lru_cache(maxsize=16)
def _read(body: bytes) -> HubList:
    return msgspec.json.decode(body, type=HubList)
