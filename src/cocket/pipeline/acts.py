# SPDX-License-Identifier: Apache-2.0
"""What officers do: record a result, override a lane, release, take a release back. Each act is sealed as it is kept."""

from __future__ import annotations

from decimal import Decimal, InvalidOperation
from uuid import UUID

from cocket.errors import SenderError
from cocket.findings import Finding
from cocket.governance import Context, Principal, Resource
from cocket.model.message import Lane
from cocket.pipeline.advice import SealedAct, SealedResult, consignment_views, result_view
from cocket.pipeline.front_desk import FrontDesk, NotFoundError
from cocket.pipeline.ids import new_id, parse_id
from cocket.pipeline.views import AdviceView, ConsignmentView, NewResult, OrderView, ResultView
from cocket.stores.consignments import Line
from cocket.stores.database import Connection
from cocket.stores.orders import StoredOrder, StoredOverride, StoredResult

_DEPTHS = {"documents", "scan", "partial", "full", "not-examined"}


class Acts(FrontDesk):
    """Acting on consignments."""

    def record_result(self, principal: Principal, order_id: str, new: NewResult) -> ResultView:
        """Record what an examination found; the order is then done.

        Raises:
            NotFoundError: There is no such order.
            PolicyError: The principal may not record results there.
            SenderError: The result contradicts itself; `findings` say how.
        """
        findings = check_result(new)
        if findings:
            raise SenderError("The result cannot be recorded as it is.", code="result", findings=findings)
        with self._shelves.database.transaction() as connection:
            order, _ = self._order(connection, principal, order_id, "result:record")
            body = SealedResult(
                order=str(order.id), consignment=str(order.consignment), officer=principal.id, depth=new.depth, found=new.found,
                offence=new.offence, duty_recovered=new.duty_recovered, currency=new.currency, note=new.note,
            )  # fmt: skip
            record = self._shelves.sealer.record("result", principal.id, body, about=order.consignment)
            stored = StoredResult(
                id=record.leaf.record, consignment=order.consignment, at=record.leaf.at, is_examined=new.depth != "not-examined",
                is_found=new.found, duty=Decimal(new.duty_recovered) if new.duty_recovered else None, currency=new.currency,
            )  # fmt: skip
            self._shelves.orders.add_results(connection, [stored])
            if stored.is_examined:
                self._shelves.orders.set_status(connection, order.id, "done")
            self._seal(connection, record)
        return result_view(stored, body)

    def override(self, principal: Principal, consignment_id: str, lane: Lane, reason: str) -> AdviceView:
        """Set another lane than the one advised.

        Raises:
            NotFoundError: There is no such consignment.
            PolicyError: The principal may not, or gave no reason.
        """
        wanted = parse_id(consignment_id)
        with self._shelves.database.transaction() as connection:
            line = self._shelves.consignments.line(connection, wanted) if wanted else None
            if line is None or not self._may(principal, "dossier:read", Resource(office=line.office)):
                raise NotFoundError("There is no such consignment.")
            self._require(principal, "lane:override", Resource(office=line.office), Context(reason=reason))
            body = SealedAct(consignment=str(line.id), officer=principal.id, lane=lane, reason=reason.strip())
            record = self._shelves.sealer.record("override", principal.id, body, about=line.id)
            self._shelves.orders.put_override(
                connection, StoredOverride(consignment=line.id, lane=lane, reason=body.reason, officer=principal.id, at=record.leaf.at)
            )
            if lane in ("red", "yellow"):
                order = StoredOrder(
                    id=new_id(), consignment=line.id, lane=lane, office=line.office, status="open", created=record.leaf.at
                )
                self._shelves.orders.order(connection, [order])
            view = self._view(connection, line)
            self._seal(connection, record)
        if view.advice is None:
            raise NotFoundError("There is no advice on this consignment yet.")
        return view.advice

    def release(self, principal: Principal, order_id: str, reason: str) -> OrderView:
        """Release goods without examination; can be taken back.

        Raises:
            NotFoundError: There is no such order.
            PolicyError: The principal may not release there.
        """
        return self._set(principal, order_id, ("release", "released", reason))

    def reopen(self, principal: Principal, order_id: str) -> OrderView:
        """Take a release back.

        Raises:
            NotFoundError: There is no such order.
            PolicyError: The principal may not release there.
        """
        return self._set(principal, order_id, ("reopen", "open", ""))

    def _set(self, principal: Principal, order_id: str, act: tuple[str, str, str]) -> OrderView:
        kind, status, reason = act
        with self._shelves.database.transaction() as connection:
            order, line = self._order(connection, principal, order_id, "order:release")
            if order.status == "done":
                raise SenderError("The order is done; its result stands.", code="order-done")
            self._shelves.orders.set_status(connection, order.id, status)
            body = SealedAct(consignment=str(line.id), officer=principal.id, lane=None, reason=reason.strip())
            view = self._view(connection, line)
            self._seal(connection, self._shelves.sealer.record(kind, principal.id, body, about=line.id))
        if view.order is None:
            raise NotFoundError("There is no such order.")
        return view.order

    def _order(self, connection: Connection, principal: Principal, order_id: str, action: str) -> tuple[StoredOrder, Line]:
        wanted = parse_id(order_id)
        order = self._shelves.orders.get_order(connection, wanted) if wanted else None
        line = self._shelves.consignments.line(connection, order.consignment) if order else None
        if order is None or line is None or not self._knows(principal, line):
            raise NotFoundError("There is no such control order.")
        self._require(principal, action, Resource(office=line.office, sender=self.settings.feed_sender))
        return order, line

    def _knows(self, principal: Principal, line: Line) -> bool:
        """Whether this principal may know of a consignment at all."""
        where = Resource(office=line.office, sender=self.settings.feed_sender)
        return self._may(principal, "dossier:read", where) or self._may(principal, "result:record", where)

    def _view(self, connection: Connection, line: Line) -> ConsignmentView:
        return consignment_views(self._shelves, connection, [line])[0]


def check_result(new: NewResult) -> tuple[Finding, ...]:
    """What is wrong with a result; "not examined" is kept apart from "nothing found"."""
    found: list[Finding] = []
    if new.depth not in _DEPTHS:
        found.append(_wrong("result-depth", "depth must be one of {expected}", ", ".join(sorted(_DEPTHS)), new.depth))
    if (new.depth == "not-examined") != (new.found is None):
        found.append(_wrong("result-found", "say whether an irregularity was found exactly if there was an examination", None, str(new.found)))
    if new.offence and not new.found:
        found.append(_wrong("result-offence", "an offence was stated although none was found", None, new.offence))
    if new.duty_recovered is not None:
        found.extend(_check_duty(new))
    return tuple(found)


def _check_duty(new: NewResult) -> list[Finding]:
    found = []
    try:
        amount = Decimal(new.duty_recovered or "")
        is_amount = amount.is_finite() and amount >= 0
    except InvalidOperation:
        is_amount = False
    if not is_amount:
        found.append(_wrong("result-duty", "the duty must be an amount of 0 or more, such as 1250.00", None, new.duty_recovered))
    if not new.currency:
        found.append(_wrong("result-currency", "state the currency of the duty", None, new.currency))
    return found


def _wrong(code: str, message: str, expected: str | None, found: str | None) -> Finding:
    return Finding(code=code, severity="error", message=message, expected=expected, found=found)
