# SPDX-License-Identifier: Apache-2.0
"""Orders for the pocket of the examiner who has them: whole, small, and each given out again only once it has changed.

A device keeps them where there is no network. So what it is given is a look at each order, and is sealed as one.
"""

from __future__ import annotations

from collections.abc import Collection
from decimal import Decimal
from hashlib import sha256
from typing import Final
from uuid import UUID

import msgspec

from cocket.consignment import Paper, derive
from cocket.control import Quantity, SeenGoods, declared_goods, declared_packages, in_unit_of, units_beside
from cocket.governance import Principal
from cocket.pipeline.base.access import NotFoundError, Service
from cocket.pipeline.base.ids import parse_id
from cocket.pipeline.base.wiring import Stores
from cocket.pipeline.consignment.dossiers import newest_declaration
from cocket.pipeline.consignment.papers import filed_papers
from cocket.pipeline.control.officer_acts import Acts
from cocket.pipeline.control.views import ConsignmentView, OrderBasis
from cocket.pipeline.queries.order_sheets import SheetContainer, containers_of
from cocket.pipeline.queries.records import RecordQueries
from cocket.pipeline.queries.views import DossierView, QueueFilter
from cocket.stores.base.database import Connection

#: What the record of a look at an order says was looked at.
LOOKED: Final = "order"

#: Orders that one examiner is given (count), and items of each.
_MOST_ORDERS, _MOST_ITEMS = 60, 200

#: Orders that the pack of an office holds (count).
_MOST_OF_OFFICE: Final = 200

_HANDLED: Final = ("red", "yellow")


class PocketUnit(msgspec.Struct, frozen=True):
    """A unit in which a quantity may be found.

    Attributes:
        code: UNECE Recommendation 20 or national.
        of_declared: How many of the declared unit one of it is; 1 for that itself.
    """

    code: str
    of_declared: Decimal


class PocketItem(msgspec.Struct, frozen=True, kw_only=True):
    """One item of an order, as declared.

    Attributes:
        number: Item (1-based).
        declared: What is declared of it.
        units: Units in which its quantity may be found, that of the declaration first; empty where none is declared.
    """

    number: int
    declared: SeenGoods
    units: tuple[PocketUnit, ...]


class PocketOrder(msgspec.Struct, frozen=True, kw_only=True):
    """An order as an examiner carries it.

    Attributes:
        line: The consignment, with its advice and its order.
        basis: What the order rests on: a result is recorded only while this holds.
        items: Goods as declared (0..200).
        left_out: Further items, which are not carried (count).
        containers: Containers of all papers with their seals (0..n).
        packages: Packages declared in all (count); None where not stated.
        version: Names what is given out; the same while nothing of it changes.
    """

    line: ConsignmentView
    basis: OrderBasis
    items: tuple[PocketItem, ...]
    left_out: int
    containers: tuple[SheetContainer, ...]
    packages: int | None
    version: str


class PocketOrders(Service):
    """Giving orders to devices.

    Args:
        stores: The stores of this process.
        records: Gives the queue.
        acts: Says what orders rest on.
    """

    def __init__(self, stores: Stores, records: RecordQueries, acts: Acts) -> None:
        super().__init__(stores)
        self._records = records
        self._acts = acts

    def key(self, principal: Principal) -> str:
        """The key under which an examiner's device encrypts what it keeps: 32 hexadecimal digits, the same at every sign-in."""
        return self._stores.sealer.subject("pocket", principal.id)

    def orders(
        self, principal: Principal, known: Collection[str] = ()
    ) -> tuple[tuple[str, ...], tuple[PocketOrder, ...]]:
        """Open orders of an examiner, then those of his office that nobody has, in the order of work.

        Args:
            principal: Who asks.
            known: Versions that his device has already.

        Returns:
            Versions of all his orders (0..60), and those orders whose version the device has not (0..60).

        Raises:
            PolicyError: The principal has no queue.
        """
        mine = self._records.queue(principal, QueueFilter(examiner=principal.id, limit=_MOST_ORDERS)).lines
        free = [
            line
            for line in self._records.queue(principal, QueueFilter(limit=_MOST_ORDERS)).lines
            if line.order is not None and line.order.examiner is None
        ]
        lines = {line.id: line for line in (*mine, *free) if line.order and line.order.lane in _HANDLED}
        wanted = list(lines.values())[:_MOST_ORDERS]
        with self._stores.database.transaction() as connection:
            carried = [one for line in wanted if (one := self._carried(connection, line)) is not None]
            new = tuple(one for one in carried if one.version not in known)
            looks = [self._access.record(principal, LOOKED, (one.line.id,)) for one in new]
            if looks:
                self._access.seal(connection, *looks)
        return tuple(one.version for one in carried), new

    def of_office(self, principal: Principal, office: str) -> tuple[PocketOrder, ...]:
        """Open orders of an office in the order of work, whoever has them (0..200); each is a look, and sealed as one.

        Raises:
            PolicyError: The principal has no queue.
        """
        lines = self._records.queue(principal, QueueFilter(office=office, limit=_MOST_OF_OFFICE)).lines
        wanted = [line for line in lines if line.order and line.order.lane in _HANDLED]
        with self._stores.database.transaction() as connection:
            carried = tuple(one for line in wanted if (one := self._carried(connection, line)) is not None)
            looks = [self._access.record(principal, LOOKED, (one.line.id,)) for one in carried]
            if looks:
                self._access.seal(connection, *looks)
        return carried

    def order(self, principal: Principal, order_id: str) -> tuple[DossierView, PocketOrder]:
        """One order as it stands now, whatever became of it, with its dossier.

        Raises:
            NotFoundError: There is none that this principal may see.
        """
        wanted = parse_id(order_id)
        with self._stores.database.transaction() as connection:
            order = self._stores.orders.get_order(connection, wanted) if wanted else None
        if order is None:
            raise NotFoundError("There is no such control order.")
        dossier = self._records.dossier(principal, str(order.consignment))
        with self._stores.database.transaction() as connection:
            carried = self._carried(connection, dossier.summary)
        if carried is None or carried.line.order is None or carried.line.order.id != str(order.id):
            raise NotFoundError("There is no such control order.")
        return dossier, carried

    def _carried(self, connection: Connection, line: ConsignmentView) -> PocketOrder | None:
        """An order with what its examiner needs; None where it is gone meanwhile."""
        order = self._stores.orders.order_of(connection, [UUID(line.id)]).get(UUID(line.id))
        if order is None or line.order is None:
            return None
        papers = filed_papers(self._stores, connection, order.consignment)
        paper = newest_declaration(tuple(papers))
        items = _items(paper)
        carried = PocketOrder(
            line=line,
            basis=self._acts.bases(connection, [order])[order.id],
            items=items[:_MOST_ITEMS],
            left_out=max(0, len(items) - _MOST_ITEMS),
            containers=containers_of(derive(papers, ())) if papers else (),
            packages=declared_packages(paper.declaration) if paper and paper.declaration else None,
            version="",
        )
        return msgspec.structs.replace(carried, version=sha256(msgspec.json.encode(carried)).hexdigest()[:32])


def _items(paper: Paper | None) -> tuple[PocketItem, ...]:
    if paper is None or paper.declaration is None:
        return ()
    return tuple(
        PocketItem(number=number, declared=said, units=_units(said.quantity))
        for number, said in declared_goods(paper.declaration).items()
    )


def _units(declared: Quantity | None) -> tuple[PocketUnit, ...]:
    """Units in which a declared quantity may be found, its own first (0..n)."""
    if declared is None:
        return ()
    beside = ((code, in_unit_of(Quantity(Decimal(1), code), declared)) for code in units_beside(declared.unit))
    return tuple(PocketUnit(code, one.value) for code, one in beside if one is not None)
