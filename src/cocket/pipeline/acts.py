# SPDX-License-Identifier: Apache-2.0
"""What officers do: record a result, override a lane, release, take a release back. Each act is sealed as it is kept."""

from __future__ import annotations

from datetime import UTC, datetime

import msgspec

from cocket.control import ExaminationResult, check_result
from cocket.errors import SenderError
from cocket.findings import Finding
from cocket.governance import Context, Principal, Resource
from cocket.model.message import Lane
from cocket.pipeline.advice import SealedAct, consignment_views, result_view
from cocket.pipeline.front_desk import FrontDesk, NotFoundError
from cocket.pipeline.ids import new_id, parse_id
from cocket.pipeline.views import AdviceView, ConsignmentView, NewResult, OrderView, ResultView
from cocket.stores.consignments import Line
from cocket.stores.database import Connection
from cocket.stores.orders import StoredOrder, StoredOverride, StoredResult


class Acts(FrontDesk):
    """Acting on consignments."""

    def record_result(self, principal: Principal, order_id: str, new: NewResult) -> ResultView:
        """Record what an examination found; the order is then done.

        Raises:
            NotFoundError: There is no such order.
            PolicyError: The principal may not record results there.
            SenderError: The result contradicts itself; `findings` say how.
        """
        with self._shelves.database.transaction() as connection:
            order, _ = self._order(connection, principal, order_id, "result:record")
            result = _result_of(new, str(order.consignment), principal.id, datetime.now(UTC))
            if findings := check_result(result):
                raise SenderError("The result cannot be recorded as it is.", code="result", findings=findings)
            record = self._shelves.sealer.record(
                "result", principal.id, result, about=order.consignment, at=result.returned
            )
            duty = result.duty_recovered
            stored = StoredResult(
                id=record.leaf.record,
                consignment=order.consignment,
                at=result.returned,
                is_examined=new.depth != "not-examined",
                is_found=new.found,
                duty=duty.value if duty else None,
                currency=duty.currency if duty else None,
            )
            self._shelves.orders.add_results(connection, [stored])
            if stored.is_examined:
                self._shelves.orders.set_status(connection, order.id, "done")
            self._seal(connection, record)
        return result_view(stored, result)

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
                connection,
                StoredOverride(
                    consignment=line.id, lane=lane, reason=body.reason, officer=principal.id, at=record.leaf.at
                ),
            )
            if lane in ("red", "yellow"):
                order = StoredOrder(
                    id=new_id(),
                    consignment=line.id,
                    lane=lane,
                    office=line.office,
                    status="open",
                    created=record.leaf.at,
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

    def _order(
        self, connection: Connection, principal: Principal, order_id: str, action: str
    ) -> tuple[StoredOrder, Line]:
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


def _result_of(new: NewResult, consignment: str, officer: str, now: datetime) -> ExaminationResult:
    """What an officer filled in, as a result.

    Raises:
        SenderError: A field cannot be read, or it is not said whether anything was found.
    """
    if new.found is None and new.depth != "not-examined":
        raise _unreadable("result-found", "say whether an irregularity was found", None)
    conclusion = {None: "not-examined", True: "irregular", False: "conform"}[new.found]
    try:
        return msgspec.convert(
            {
                "consignment": consignment,
                "officer": officer,
                "examined": now if new.depth != "not-examined" else None,
                "returned": now,
                "depth": new.depth,
                "conclusion": conclusion,
                "offences": [new.offence] if new.offence else [],
                "duty_recovered": {"value": new.duty_recovered, "currency": new.currency}
                if new.duty_recovered
                else None,
                "note": new.note,
            },
            ExaminationResult,
        )
    except msgspec.ValidationError as error:
        raise _unreadable("result-value", "a field cannot be read: {found}", str(error)) from error


def _unreadable(code: str, message: str, found: str | None) -> SenderError:
    finding = Finding(code=code, severity="error", message=message, found=found and found[:200])
    return SenderError("The result cannot be recorded as it is.", code="result", findings=(finding,))
