# SPDX-License-Identifier: Apache-2.0
"""What officers do: record a result, override a lane, release, take a release back. Each act is sealed as it is kept.

Results are also given out here, counted and as seizures, since only together do they say what examining is worth.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, date, datetime
from hashlib import sha256
from uuid import UUID

import msgspec

from cocket.consignment import Paper
from cocket.control import (
    Evidence,
    ExaminationResult,
    ExaminedItem,
    ReportRow,
    ResultCount,
    SeenGoods,
    check_result,
    count_results,
    declared_goods,
    one_an_order,
    report_rows,
    unamended,
)
from cocket.errors import SenderError
from cocket.governance import Context, Principal, Resource
from cocket.model.message import Lane
from cocket.pipeline.base.access import NotFoundError, Service
from cocket.pipeline.base.ids import new_id, parse_id
from cocket.pipeline.base.ownership import belongings, ids_of, of_result
from cocket.pipeline.base.tariff import calculator_of
from cocket.pipeline.consignment.dossiers import moment_of, newest_declaration
from cocket.pipeline.consignment.outcomes import all_results, read_stored
from cocket.pipeline.consignment.papers import papers_of
from cocket.pipeline.control.advice import SealedAct, consignment_views
from cocket.pipeline.control.officer_allocation import close_order, draw_for_order, must_be_examiner, take_order
from cocket.pipeline.control.results import (
    DutyDifference,
    Occasion,
    is_result_of,
    more_due,
    result_of,
    unreadable,
    view_of,
    with_computed_duty,
)
from cocket.pipeline.control.views import AdviceView, ConsignmentView, NewResult, OrderView, ResultView
from cocket.stores import NewRecord
from cocket.stores.base.database import Connection
from cocket.stores.consignment.rows import Line
from cocket.stores.control.orders import StoredOrder, StoredOverride, StoredResult
from cocket.stores.ledger.leaves import StoredLeaf

#: Most bytes of one piece of evidence that are sealed here; larger ones stay where they are, named by their SHA-256.
EVIDENCE_BYTES = 1024 * 1024


class KeptEvidence(msgspec.Struct, frozen=True, kw_only=True):
    """The sealed record of a piece of evidence: a photograph, a scanner image, a paper."""

    name: str
    sha256: str
    content: bytes


class Acts(Service):
    """Acting on consignments."""

    def record_result(self, principal: Principal, order_id: str, new: NewResult) -> ResultView:
        """Record what an examination found; the order is then done.

        Args:
            principal: Who records it.
            order_id: The control order.
            new: What was found; with `amends` it takes the place of an earlier result, which stays on file.

        Raises:
            NotFoundError: There is no such order.
            PolicyError: The principal may not record results there.
            SenderError: The result contradicts itself, or the order has one that it does not amend; `findings` say how.
        """
        with self._stores.database.transaction() as connection:
            order, line = self._order(connection, principal, order_id, "result:record", new.amends)
            paper = self._declaring(connection, line.id)
            declaration = paper.declaration if paper else None
            must_be_examiner(self._stores, connection, principal, order)
            earlier = self._amended(connection, line.id, order, new.amends)
            is_own = earlier is None or is_result_of(earlier, order)
            occasion = Occasion(
                consignment=str(order.consignment),
                order=str(order.id) if is_own else earlier.order if earlier else None,
                office=line.office if is_own or earlier is None else earlier.office,
                carried_out_at=order.office if is_own or earlier is None else earlier.carried_out_at,
                officer=principal.id,
                now=datetime.now(UTC),
                declared=declared_goods(declaration) if declaration else {},
                selected=selected_by(self._stores.leaves.records_about(connection, line.id)),
                amended=earlier,
            )
            result = with_computed_duty(result_of(new, occasion), declaration, self._duty_difference(paper))
            evidence, kept = self._evidence(principal, line.id, new)
            result = msgspec.structs.replace(result, evidence=(*(earlier.evidence if earlier else ()), *evidence))
            if findings := check_result(result):
                raise SenderError("The result cannot be recorded as it is.", code="result", findings=findings)
            record = self._stores.sealer.record("result", principal.id, result, about=line.id, at=result.returned)
            stored = _stored(record.leaf.record, order.consignment, result)
            self._stores.orders.add_results(connection, [stored])
            if result.conclusion != "not-examined" and is_own and self._stores.orders.get_order(connection, order.id):
                close_order(self._stores, connection, order, "done", record)
            self._access.seal(connection, *kept, record)
        return view_of(stored, result)

    def declared_items(
        self, principal: Principal, order_id: str, amends: str | None = None
    ) -> tuple[ExaminedItem, ...]:
        """Items of a consignment as declared, for the form in which the result is entered (0..n).

        Args:
            principal: Who asks.
            order_id: The control order.
            amends: Id of the result that is to be amended; None for a first one.

        Raises:
            NotFoundError: There is no such order.
            PolicyError: The principal may not record results there.
        """
        with self._stores.database.transaction() as connection:
            _, line = self._order(connection, principal, order_id, "result:record", amends)
            paper = self._declaring(connection, line.id)
            self._access.seal(connection, self._access.record(principal, "dossier", (str(line.id),)))
        declared = declared_goods(paper.declaration) if paper and paper.declaration else {}
        return tuple(ExaminedItem(item=item, declared=said, found=SeenGoods()) for item, said in declared.items())

    def evidence(self, principal: Principal, consignment_id: str, record_id: str) -> KeptEvidence:
        """Evidence that is sealed here, byte for byte.

        Raises:
            NotFoundError: There is none that this principal may see.
        """
        wanted = parse_id(record_id)
        with self._stores.database.transaction() as connection:
            line, _ = self._access.advised_dossier(connection, principal, consignment_id, "evidence")
            records = self._stores.leaves.records_about(connection, line.id)
            body = next((body for leaf, body in records if (leaf.kind, leaf.record) == ("evidence", wanted)), None)
            if body is None:
                raise NotFoundError("There is no such evidence.")
            self._access.seal(connection, self._access.record(principal, "content", (str(line.id),)))
        return msgspec.json.decode(body, type=KeptEvidence)

    def count_results(self, principal: Principal, since: date | None = None) -> ResultCount:
        """Results recorded since a day, by depth, offence and why chosen; None counts all. Only those he may see count.

        Raises:
            PolicyError: The principal may not see statistics.
        """
        self._access.require(principal, "stats:read")
        with self._stores.database.transaction() as connection:
            results = self._seen_results(connection, principal)
        told = one_an_order(results).values()
        return count_results(one for one in told if since is None or one.returned.date() >= since)

    def report_seizures(
        self, principal: Principal, first: date, last: date, *, with_identities: bool = False
    ) -> tuple[ReportRow, ...]:
        """Seizures and offences of some days for the Customs Enforcement Network; the look is sealed before.

        Args:
            principal: Who asks.
            first: First day of examination, UTC.
            last: Last day.
            with_identities: Whether to fill the fields that may lead to a person.

        Raises:
            PolicyError: The principal may not take results out of the house.
        """
        self._access.require(principal, "result:export-identities" if with_identities else "result:export")
        with self._stores.database.transaction() as connection:
            told = one_an_order(self._seen_results(connection, principal)).items()
            rows = report_rows(told, with_identities=with_identities)
            rows = tuple(row for row in rows if first <= row.date <= last)
            subjects = tuple(dict.fromkeys(row.reference.partition("/")[0] for row in rows))
            what = "seizure report with identities" if with_identities else "seizure report"
            self._access.seal(connection, self._access.record(principal, what, subjects, "analysis"))
        return rows

    def override(self, principal: Principal, consignment_id: str, lane: Lane, reason: str) -> AdviceView:
        """Set another lane than the one advised.

        Raises:
            NotFoundError: There is no such consignment.
            PolicyError: The principal may not, or gave no reason.
        """
        with self._stores.database.transaction() as connection:
            line, where = self._access.advised_dossier(connection, principal, consignment_id)
            self._access.require(principal, "lane:override", where, Context(reason=reason))
            body = SealedAct(consignment=str(line.id), officer=principal.id, lane=lane, reason=reason.strip())
            record = self._stores.sealer.record("override", principal.id, body, about=line.id)
            self._stores.orders.put_override(
                connection,
                StoredOverride(
                    consignment=line.id,
                    lane=lane,
                    reason=body.reason,
                    officer=principal.id,
                    at=record.leaf.at,
                    record=record.leaf.record,
                ),
            )
            drawn: list[NewRecord] = []
            if lane in ("red", "yellow"):
                order = StoredOrder(
                    id=new_id(),
                    consignment=line.id,
                    lane=lane,
                    office=line.office,
                    status="open",
                    created=record.leaf.at,
                    record=record.leaf.record,
                )
                self._stores.orders.order(connection, [order])
                drawn = draw_for_order(self._stores, connection, line.id, record.leaf.at)
            view = self._view(connection, line)
            self._access.seal(connection, record, *drawn)
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

    def take_over(self, principal: Principal, order_id: str, reason: str) -> OrderView:
        """Take an order over from the examiner who was drawn, as one who stands by, or as a supervisor.

        Raises:
            NotFoundError: There is no such order.
            PolicyError: The principal does not stand by for it.
            SenderError: The order is not open, or is his already, or he gives no reason.
        """
        with self._stores.database.transaction() as connection:
            order, line = self._order(connection, principal, order_id, "result:record")
            if order.status != "open":
                raise SenderError("The order is not open.", code="order-not-open")
            record = take_order(self._stores, connection, principal, order, reason)
            view = self._view(connection, line)
            self._access.seal(connection, record)
        if view.order is None:
            raise NotFoundError("There is no such order.")
        return view.order

    def _set(self, principal: Principal, order_id: str, act: tuple[str, str, str]) -> OrderView:
        kind, status, reason = act
        with self._stores.database.transaction() as connection:
            order, line = self._order(connection, principal, order_id, "order:release")
            if order.status == "done":
                raise SenderError("The order is done; its result stands.", code="order-done")
            body = SealedAct(consignment=str(line.id), officer=principal.id, lane=None, reason=reason.strip())
            record = self._stores.sealer.record(kind, principal.id, body, about=line.id)
            close_order(self._stores, connection, order, status, record)
            view = self._view(connection, line)
            self._access.seal(connection, record)
        if view.order is None:
            raise NotFoundError("There is no such order.")
        return view.order

    def _order(
        self, connection: Connection, principal: Principal, order_id: str, action: str, amends: str | None = None
    ) -> tuple[StoredOrder, Line]:
        """An order that this principal may act on so, and its dossier; one that another came after, by its result alone."""
        wanted = parse_id(order_id)
        order = self._stores.orders.get_order(connection, wanted) if wanted else None
        line = self._stores.consignments.line(connection, order.consignment) if order else None
        of_line = belongings(self._stores, connection, [line.id])[line.id].order.offices if line else ()
        if order is None and wanted and amends:
            order, line, of_line = self._ended(connection, wanted, amends)
        at_order = (order.office,) if order and order.office else ()  # of a dossier that went up in this one, elsewhere
        where = Resource(offices=(*of_line, *at_order), sender=self._stores.settings.feed_sender)
        if order is None or line is None or not self._knows(principal, where):
            raise NotFoundError("There is no such control order.")
        self._access.require(principal, action, where)
        return order, line

    def _ended(
        self, connection: Connection, wanted: UUID, amends: str
    ) -> tuple[StoredOrder | None, Line | None, tuple[str, ...]]:
        """An order in whose place another came, as a result of it tells, its dossier, and the office of its declaration."""
        record = parse_id(amends)
        stored = self._stores.orders.result(connection, record) if record else None
        body = self._stores.leaves.body(connection, stored.id) if stored else None
        result = read_stored(body) if body is not None else None
        if stored is None or result is None or result.order != str(wanted):
            return None, None, ()
        order = StoredOrder(
            id=wanted,
            consignment=stored.consignment,
            lane="red",
            office=result.carried_out_at,
            status="done",
            created=result.returned,
            record=stored.id,
        )
        line = self._stores.consignments.line(connection, stored.consignment)
        return order, line, (result.office,) if result.office else ()

    def _seen_results(self, connection: Connection, principal: Principal) -> dict[str, ExaminationResult]:
        """Every result told on dossiers of whose results this principal may know, by id, oldest first."""
        results = all_results(self._stores, connection)
        told = [one.consignment for one in results.values()]
        found = belongings(self._stores, connection, ids_of(told))
        return {
            identity: one
            for identity, one in results.items()
            if (where := found.get(UUID(one.consignment)))
            and self._access.may(principal, "lane:read", of_result(one.office, one.carried_out_at, where.order))
        }

    def _knows(self, principal: Principal, where: Resource) -> bool:
        """Whether this principal may know of a consignment at all."""
        return self._access.may(principal, "dossier:read", where) or self._access.may(principal, "result:record", where)

    def _view(self, connection: Connection, line: Line) -> ConsignmentView:
        return consignment_views(self._stores, connection, [line])[0]

    def _declaring(self, connection: Connection, consignment: UUID) -> Paper | None:
        """The declaration that holds today; None if none does."""
        return newest_declaration(papers_of(self._stores, connection, [consignment]).get(consignment, ()))

    def _duty_difference(self, paper: Paper | None) -> DutyDifference | None:
        """What computes duty from declared and found; None where no tariff is loaded, and the officer gives it."""
        calculator = calculator_of(self._stores.settings)
        if calculator is None or paper is None or paper.declaration is None:
            return None
        day = moment_of(paper.declaration, paper.received).date()
        return lambda declaration, items: more_due(declaration, items, day, calculator)

    def _amended(
        self, connection: Connection, consignment: UUID, order: StoredOrder, amends: str | None
    ) -> ExaminationResult | None:
        """The result to be amended; None where the order has none yet.

        Raises:
            SenderError: It is none of this consignment, or another has taken its place already; or none is named, and
                an examination of the order has a result.
        """
        stored = self._stores.orders.results_of(connection, [consignment])
        bodies = {str(one.id): self._stores.leaves.body(connection, one.id) for one in stored}
        results = {identity: read_stored(body) for identity, body in bodies.items() if body is not None}
        standing = unamended(results)
        if amends is None:
            orders = self._stores.orders.order_of(connection, [UUID(one.consignment) for one in standing.values()])
            others = {str(one) for one, found in orders.items() if found.id != order.id}
            if mine := [
                identity
                for identity, one in standing.items()
                if one.consignment not in others and one.conclusion != "not-examined" and is_result_of(one, order)
            ]:
                raise unreadable(
                    "result-stands", "the order has a result; give it as the one that this amends: {found}", mine[0]
                )
            return None
        if amends not in standing:
            raise unreadable(
                "result-amends", "there is no such result to amend, or it has been amended already", amends
            )
        return results[amends]

    def _evidence(
        self, principal: Principal, consignment: UUID, new: NewResult
    ) -> tuple[tuple[Evidence, ...], list[NewRecord]]:
        """Evidence as it is named in the result, and the records that hold the bytes that came with it.

        Raises:
            SenderError: Bytes are too many, or are not those of the SHA-256 given.
        """
        named, records = [], []
        for one in new.evidence:
            if one.content is None:
                named.append(Evidence(name=one.name, sha256=(one.sha256 or "").lower(), kept=one.kept or None))
                continue
            digest = sha256(one.content).hexdigest()
            if len(one.content) > EVIDENCE_BYTES:
                raise unreadable(
                    "evidence-size",
                    "the evidence is too large to seal here; give the place where it is stored",
                    one.name,
                )
            if one.sha256 is not None and one.sha256.lower() != digest:
                raise unreadable("evidence-digest", "the SHA-256 of {found} differs from the one given", one.name)
            body = KeptEvidence(name=one.name, sha256=digest, content=one.content)
            record = self._stores.sealer.record("evidence", principal.id, body, about=consignment)
            records.append(record)
            named.append(Evidence(name=one.name, sha256=digest, kept=one.kept, record=str(record.leaf.record)))
        return tuple(named), records


def selected_by(records: Iterable[tuple[StoredLeaf, bytes]]) -> str | None:
    """Why a consignment was chosen: by the last word that chose it.

    Args:
        records: Everything sealed about it, oldest first.

    Returns:
        `override`, or why the selection gave it its lane (`score`, `random`, `intelligence` …); None if not recorded.
    """
    found = None
    for leaf, body in records:
        if leaf.kind == "override":
            found = "override"
        elif leaf.kind == "assessment":
            told = msgspec.json.decode(body)
            why = told.get("why") or ("random" if told.get("is_random") else None)
            found = why if why not in (None, "given") else found
    return found


def _stored(record: UUID, consignment: UUID, result: ExaminationResult) -> StoredResult:
    """The columns of a result; it counts as examined once it can be told whether something is wrong."""
    duty = result.duty_recovered
    return StoredResult(
        id=record,
        consignment=consignment,
        at=result.returned,
        is_examined=result.is_found is not None,
        is_found=result.is_found,
        duty=duty.value if duty else None,
        currency=duty.currency if duty else None,
    )
