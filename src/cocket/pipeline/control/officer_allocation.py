# SPDX-License-Identifier: Apache-2.0
"""Who examines: drawn from the committed seed when an order is opened, sealed, and taken over by those who stand by.

One draw an order. Officers off duty are in no draw; whoever has orders enough, or has had this declarant too often of late, is
passed over. Where nobody could be drawn, whoever may record results at the office takes the order.
"""

from __future__ import annotations

from collections.abc import Container, Iterable, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from functools import cached_property
from typing import Final
from uuid import UUID

import msgspec
from msgspec.structs import replace

from cocket.control import Allocation, Examiner, Policy, PolicyBook, allocate
from cocket.errors import PolicyError, SenderError
from cocket.governance import Principal
from cocket.pipeline.base.access import NotFoundError, Service
from cocket.pipeline.base.batch import Batch, Context
from cocket.pipeline.base.examination_policy import policy_of
from cocket.pipeline.base.ids import new_id
from cocket.pipeline.base.roles import SEALED_ASSESSMENT
from cocket.pipeline.base.wiring import Stores
from cocket.pipeline.consignment.dossiers import facts_by_consignment
from cocket.risk import Facts
from cocket.stores import NewRecord
from cocket.stores.base.database import Connection
from cocket.stores.control.case_files import StoredCaseFile
from cocket.stores.control.orders import StoredOrder
from cocket.stores.governance.people import StoredOfficer

#: Kind of the case file of each order that was drawn, and of the sealed record of the draw.
KIND: Final = "allocation"

#: Names by which its files are found: of which order; with whom it is, while it is open; who had which declarant.
_ORDER, WITH_EXAMINER, _DECLARANT = "ORDER", "EXAMINER", "EXAMINER-DECLARANT"

OFF_DUTY_PLACE: Final = "off-duty"


class OfficerAllocation(msgspec.Struct, frozen=True, kw_only=True):
    """With whom an order is.

    Attributes:
        order: The control order.
        examiner: Who has it; None where nobody could be drawn and nobody took it.
        stand_by: Who may take it over (0..n), in the order of the draw.
        drawn: The draw, as sealed.
        declarant: Who declared it; None if not known.
    """

    order: str
    examiner: str | None
    stand_by: tuple[str, ...]
    drawn: Allocation
    declarant: str | None = None


class TakeOver(msgspec.Struct, frozen=True, kw_only=True):
    """The sealed record that an examiner took an order over."""

    consignment: str
    order: str
    examiner: str
    before: str | None
    reason: str


class Assignment(msgspec.Struct, frozen=True, kw_only=True):
    """The sealed record that a supervisor gave an order to an examiner, or took that back.

    Attributes:
        consignment: Dossier.
        order: The control order.
        examiner: Who has it now; None where taking it back leaves it with nobody.
        before: Who had it; None where nobody did.
        reason: Why, in words; may be empty.
        is_undone: Whether this takes an assignment back.
    """

    consignment: str
    order: str
    examiner: str | None
    before: str | None
    reason: str = ""
    is_undone: bool = False


class Duty(msgspec.Struct, frozen=True, kw_only=True):
    """The sealed record that an officer came on duty, or went off."""

    officer: str
    is_on: bool
    who: str


class Examiners(Service):
    """The roster."""

    def set_duty(self, principal: Principal, officer: str, *, is_on: bool) -> tuple[str, ...]:
        """Put an officer on the roster, or take him off; draws of before stay as they are.

        Returns:
            Who is off duty now, sorted (0..n).

        Raises:
            NotFoundError: There is no such officer.
            PolicyError: The principal does not keep the roster.
        """
        self._access.require(principal, "duty:set")
        with self._stores.database.transaction() as connection:
            if self._stores.people.officer(connection, officer) is None:
                raise NotFoundError(f"There is no officer {officer}.")
            off = off_duty(self._stores, connection)
            off = off - {officer} if is_on else off | {officer}
            self._stores.places.put(connection, OFF_DUTY_PLACE, msgspec.json.encode(sorted(off)))
            duty = Duty(officer=officer, is_on=is_on, who=principal.id)
            self._access.seal(connection, self._stores.sealer.record("duty", principal.id, duty))
        return tuple(sorted(off))


def off_duty(stores: Stores, connection: Connection) -> frozenset[str]:
    """Officers who are in no draw at present (0..n)."""
    packed = stores.places.get(connection, OFF_DUTY_PLACE)
    return frozenset(msgspec.json.decode(packed, type=list[str])) if packed else frozenset()


def allocate_examiners(turn: Batch, context: Context) -> Batch:
    """Step: draw an examiner for each order that was opened and has none."""
    before = turn.known_before(turn.touched)
    known = context.stores.orders.order_of(context.connection, before) if before else {}
    opened = [order for order in (*turn.ordered, *known.values()) if order.status == "open"]
    facts = {consignment: case.facts for consignment, case in turn.cases.items()}
    records = draw_examiners(
        context.stores, context.connection, opened, (context.seed, context.now), facts, new=turn.opened
    )
    return replace(turn, records=(*turn.records, *records))


def draw_for_order(stores: Stores, connection: Connection, consignment: UUID, now: datetime) -> list[NewRecord]:
    """Draw for an order that an officer opened; where today's seed is not committed yet, nobody is drawn."""
    seed = stores.orders.seed(connection, now.astimezone(UTC).date())
    order = stores.orders.order_of(connection, [consignment]).get(consignment)
    if seed is None or order is None or order.status != "open":
        return []
    return draw_examiners(
        stores, connection, [order], (seed, now), facts_by_consignment(stores, connection, [consignment])
    )


def draw_examiners(
    stores: Stores,
    connection: Connection,
    orders: Sequence[StoredOrder],
    drawing: tuple[bytes, datetime],
    facts: Mapping[UUID, Facts],
    *,
    new: Container[UUID] = frozenset(),
) -> list[NewRecord]:
    """Draw examiners for those orders that were never drawn for, keep who has them, and make the records that seal it.

    Args:
        shelves: The stores.
        connection: The transaction.
        orders: Open orders, in any order (0..n); they are drawn for in the order in which they were opened.
        drawing: Today's seed, and the present moment, UTC.
        facts: What is declared, by consignment, as far as it is known.
        new: Consignments whose orders were opened just now, so that nobody was drawn for them before.
    """
    if not orders:
        return []
    off = off_duty(stores, connection)
    roster = [one for one in stores.people.examiners(connection) if one.id not in off]
    files = _files(stores, connection, [one for one in orders if one.consignment not in new])
    draw = _Draw(stores, connection, drawing, roster)
    records = []
    for order in sorted(orders, key=lambda one: (one.created, one.id)):
        file = files.get(order.id)
        if file is None:
            records += draw.examiner(order, facts.get(order.consignment))
        elif file.state != order.status:  # it lapsed, and was opened again
            _keep(
                stores,
                connection,
                order,
                msgspec.json.decode(file.body, type=OfficerAllocation),
                (file.id, file.changed),
            )
    return records


class _Draw:
    """The draws of one turn: who is on duty, and how many orders each has by now."""

    def __init__(
        self,
        stores: Stores,
        connection: Connection,
        drawing: tuple[bytes, datetime],
        roster: Sequence[StoredOfficer],
    ) -> None:
        self.stores = stores
        self.connection = connection
        self.drawing = drawing
        self.roster = roster
        self.open_orders = stores.case_files.tally(connection, KIND, WITH_EXAMINER) if roster else {}

    @cached_property
    def policy(self) -> PolicyBook:
        """The terms of examination, read where there is anybody to be drawn."""
        return policy_of(self.stores.settings)

    def examiner(self, order: StoredOrder, declared: Facts | None) -> list[NewRecord]:
        """Draw for one order; nothing where nobody at its office is on duty."""
        there = [one for one in self.roster if None in (one.office, order.office) or one.office == order.office]
        if not there:
            return []
        seed, now = self.drawing
        flow, declarant = (declared.flow, declared.declarant) if declared else (None, None)
        terms = self.policy.terms(order.office or "", flow)[1]
        barred = _barred(self.stores, self.connection, [one.id for one in there], declarant, (terms, now))
        examiners = [
            Examiner(
                id=one.id,
                open_orders=self.open_orders.get(one.id, 0),
                most_orders=terms.most_open_orders,
                is_barred=one.id in barred,
            )
            for one in there
        ]
        drawn = allocate(str(order.consignment), examiners, seed)
        if drawn.examiner:
            self.open_orders[drawn.examiner] = self.open_orders.get(drawn.examiner, 0) + 1
        allotted = OfficerAllocation(
            order=str(order.id), examiner=drawn.examiner, stand_by=drawn.stand_by, drawn=drawn, declarant=declarant
        )
        _keep(self.stores, self.connection, order, allotted, (self._file(order), now))
        return [self.stores.sealer.record(KIND, SEALED_ASSESSMENT, drawn, about=order.consignment, at=now)]

    def _file(self, order: StoredOrder) -> UUID:
        """The file of an order; that of an ended one in whose place it came goes on with it."""
        files = self.stores.case_files.of_consignment(self.connection, order.consignment)
        return next((file.id for file in files if file.kind == KIND and file.state != "open"), None) or new_id()


def allocations_of(
    stores: Stores, connection: Connection, orders: Iterable[StoredOrder]
) -> dict[UUID, OfficerAllocation]:
    """With whom orders are, by order; those never drawn for are left out."""
    files = _files(stores, connection, orders)
    return {order: msgspec.json.decode(file.body, type=OfficerAllocation) for order, file in files.items()}


def take_order(
    stores: Stores, connection: Connection, principal: Principal, order: StoredOrder, reason: str
) -> NewRecord:
    """Let an examiner take an order over; the record is the caller's to seal.

    Raises:
        PolicyError: He does not stand by.
        SenderError: It is his already, or he gives no reason.
    """
    file = _files(stores, connection, [order]).get(order.id)
    allotted = msgspec.json.decode(file.body, type=OfficerAllocation) if file else None
    if file is None or allotted is None:
        raise SenderError(
            "No examiner was drawn for this order; anyone who may record its result can do so.", code="not-drawn"
        )
    if allotted.examiner == principal.id:
        raise SenderError("You have this order already.", code="examiner-same")
    if not reason.strip():
        raise SenderError("Give the reason for taking the order over.", code="take-over-reason")
    is_free = allotted.examiner is None or principal.id in allotted.stand_by
    if not is_free and "supervisor" not in principal.roles:
        raise PolicyError("You are not on standby for this order.", reasons=("not-standing-by",))
    others = (*(name for name in allotted.stand_by if name != principal.id), *filter(None, [allotted.examiner]))
    taken = msgspec.structs.replace(allotted, examiner=principal.id, stand_by=others)
    _keep(stores, connection, order, taken, (file.id, datetime.now(UTC)))
    told = TakeOver(
        consignment=str(order.consignment),
        order=str(order.id),
        examiner=principal.id,
        before=allotted.examiner,
        reason=reason.strip(),
    )
    return stores.sealer.record("take-over", principal.id, told, about=order.consignment)


def assign_order(
    stores: Stores,
    connection: Connection,
    principal: Principal,
    order: StoredOrder,
    examiner: str | None,
    *,
    reason: str = "",
    is_undone: bool = False,
) -> NewRecord:
    """Give an order to an examiner, drawn for or not; the record is the caller's to seal.

    Raises:
        SenderError: The order is not open, or is with this examiner already.
    """
    if order.status != "open":
        raise SenderError("The order is not open.", code="order-not-open")
    file = _files(stores, connection, [order]).get(order.id)
    allotted = msgspec.json.decode(file.body, type=OfficerAllocation) if file else _undrawn(order)
    if allotted.examiner == examiner:
        raise SenderError(f"The order is with {examiner} already.", code="examiner-same")
    others = tuple(name for name in allotted.stand_by if name != examiner)
    given = msgspec.structs.replace(allotted, examiner=examiner, stand_by=others)
    _keep(stores, connection, order, given, (file.id if file else new_id(), datetime.now(UTC)))
    told = Assignment(
        consignment=str(order.consignment),
        order=str(order.id),
        examiner=examiner,
        before=allotted.examiner,
        reason=reason.strip(),
        is_undone=is_undone,
    )
    return stores.sealer.record("assignment", principal.id, told, about=order.consignment)


def _undrawn(order: StoredOrder) -> OfficerAllocation:
    """What stands for the draw of an order for which nobody was drawn."""
    nobody = Allocation(
        consignment=str(order.consignment), examiner=None, stand_by=(), passed_over=(), roster=(), commitment=""
    )
    return OfficerAllocation(order=str(order.id), examiner=None, stand_by=(), drawn=nobody)


def close_order(stores: Stores, connection: Connection, order: StoredOrder, status: str, record: NewRecord) -> None:
    """Set how far an order has got, by a record; one that is not open is no more among those that its examiner has."""
    stores.orders.set_status(connection, order.id, status, record.leaf.record)
    file = _files(stores, connection, [order]).get(order.id)
    if file is not None:
        changed = msgspec.structs.replace(order, status=status)
        _keep(
            stores, connection, changed, msgspec.json.decode(file.body, type=OfficerAllocation), (file.id, file.changed)
        )


def must_be_examiner(stores: Stores, connection: Connection, principal: Principal, order: StoredOrder) -> None:
    """Refuse the result of another, where the terms say that only the examiner records it.

    Raises:
        PolicyError: It is not his.
    """
    book = policy_of(stores.settings)
    if principal.kind != "officer" or not any(
        one.examiner_only for one in (book.usual, *(other.policy for other in book.others))
    ):
        return
    facts = facts_by_consignment(stores, connection, [order.consignment]).get(order.consignment)
    if not book.terms(order.office or "", facts.flow if facts else None)[1].examiner_only:
        return
    allotted = allocations_of(stores, connection, [order]).get(order.id)
    if allotted is not None and allotted.examiner not in (None, principal.id):
        raise PolicyError(
            f"This order is assigned to {allotted.examiner}; take it over first.", reasons=("not-the-examiner",)
        )


def _files(stores: Stores, connection: Connection, orders: Iterable[StoredOrder]) -> dict[UUID, StoredCaseFile]:
    names = [(_ORDER, str(order.id)) for order in orders]
    found = stores.case_files.found_by(connection, KIND, names) if names else {}
    return {UUID(value): files[0] for (_, value), files in found.items()}


def _keep(
    stores: Stores,
    connection: Connection,
    order: StoredOrder,
    allotted: OfficerAllocation,
    file: tuple[UUID, datetime],
) -> None:
    identity, changed = file
    stored = StoredCaseFile(
        id=identity,
        kind=KIND,
        state=order.status,
        consignment=order.consignment,
        office=order.office,
        opened=changed,
        changed=changed,
        body=msgspec.json.encode(allotted),
    )
    stores.case_files.put(connection, stored, allotted_names(allotted, order.status))


def allotted_names(allotted: OfficerAllocation, status: str) -> list[tuple[str, str]]:
    """The names by which the file of an order with an examiner is found, while the order stands so."""
    names = [(_ORDER, allotted.order)]
    if allotted.examiner and status == "open":
        names.append((WITH_EXAMINER, allotted.examiner))
    if allotted.examiner and allotted.declarant:
        names.append((_DECLARANT, f"{allotted.examiner} {allotted.declarant}"))
    return names


def _barred(
    stores: Stores,
    connection: Connection,
    officers: Sequence[str],
    declarant: str | None,
    how: tuple[Policy, datetime],
) -> frozenset[str]:
    """Those who have had this declarant too often of late."""
    terms, now = how
    if not terms.most_with_declarant or declarant is None:
        return frozenset()
    names = {(_DECLARANT, f"{name} {declarant}"): name for name in officers}
    since = now - timedelta(days=terms.declarant_days)
    found = stores.case_files.found_by(connection, KIND, names)
    return frozenset(
        names[key]
        for key, files in found.items()
        if sum(file.opened >= since for file in files) >= terms.most_with_declarant
    )
