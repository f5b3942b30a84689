# SPDX-License-Identifier: Apache-2.0
"""What officers do: record a result, override a lane, release, take a release back. Each act is sealed as it is kept.

Results are also given out here, counted and as seizures, since only together do they say what examining is worth.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, date, datetime, timedelta
from hashlib import sha256
from uuid import UUID

import msgspec

from cocket.consignment import Paper
from cocket.control import (
    LANES,
    Evidence,
    ExaminationResult,
    ExaminedItem,
    ReportRow,
    ResultCount,
    SeenGoods,
    check_result,
    count_results,
    declared_goods,
    declared_packages,
    one_an_order,
    report_rows,
    unamended,
)
from cocket.control.entry import MOST_FILES
from cocket.errors import SenderError, StoreError
from cocket.governance import Context, Principal, Resource, exchanged
from cocket.governance.proposals import Proposal
from cocket.model.message import Lane
from cocket.pipeline.base.access import NotFoundError, Service, Subject
from cocket.pipeline.base.agency_holds import must_not_be_held
from cocket.pipeline.base.ids import new_id, parse_id
from cocket.pipeline.base.kept import Kept
from cocket.pipeline.base.notices import Notice, tell
from cocket.pipeline.base.ownership import belongings, ids_of, of_result
from cocket.pipeline.base.partner_agreements import named_agreement
from cocket.pipeline.base.partner_looks import GivenFor, own_purpose, partner_of, seal_looks_of_partner
from cocket.pipeline.base.proposals import MakeKey, needs_second
from cocket.pipeline.base.tariff import calculator_of
from cocket.pipeline.base.wiring import Stores
from cocket.pipeline.consignment.dossiers import moment_of, newest_declaration
from cocket.pipeline.consignment.outcomes import all_results, read_stored
from cocket.pipeline.consignment.papers import papers_of
from cocket.pipeline.control.advice import SealedAct, consignment_views
from cocket.pipeline.control.evidence_files import (
    KeptEvidence,
    blob_of,
    check_file,
    evidence_about,
    evidence_record,
    file_view,
    kept_blob,
)
from cocket.pipeline.control.officer_allocation import KIND as ALLOCATION
from cocket.pipeline.control.officer_allocation import (
    WITH_EXAMINER,
    Assignment,
    allocations_of,
    assign_order,
    close_order,
    draw_for_order,
    must_be_examiner,
    off_duty,
    take_order,
)
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
from cocket.pipeline.control.views import (
    AdviceView,
    Answer,
    BesideView,
    ConsignmentView,
    ExaminerView,
    FileView,
    FromDevice,
    Moved,
    NewFile,
    NewResult,
    OrderBasis,
    OrderView,
    ResultView,
)
from cocket.stores import NewRecord
from cocket.stores.base.database import Connection
from cocket.stores.consignment.rows import Line
from cocket.stores.control.orders import StoredOrder, StoredOverride, StoredResult
from cocket.stores.ledger.leaves import StoredLeaf

#: Most bytes of one piece of evidence that are sealed here; larger ones stay where they are, named by their SHA-256.
EVIDENCE_BYTES = 1024 * 1024

#: Kind of the record of a result that was kept beside the one of its order.
BESIDE = "result-beside"

#: How long an assignment can be taken back.
UNDO = timedelta(minutes=10)

#: Kinds of record by which somebody acts on an order.
_ACTS = frozenset(("assignment", "take-over", "allocation", "result", "override", "release", "reopen", "lapse"))


class BesideResult(msgspec.Struct, frozen=True, kw_only=True):
    """The sealed record of a result that came when its order was no longer as its examiner knew it.

    Attributes:
        result: The result, as it would have been recorded.
        answer: What its examiner said of it and the other.
        moved: What had changed meanwhile (1..n).
        stands: Id of the result that stood; None if none did.
    """

    result: ExaminationResult
    answer: Answer
    moved: tuple[Moved, ...]
    stands: str | None = None


class OrderMovedError(SenderError):
    """The order is not as the device knew it; nothing is recorded until a person has seen both (HTTP 409).

    `moved` (1..n) says what changed.
    """

    code = "order-moved"

    def __init__(self, moved: tuple[Moved, ...]) -> None:
        super().__init__("The order changed while this device had no network.")
        self.moved = moved


def declaration_moved(papers: Sequence[Paper], before: str | None) -> Moved:
    """What became of the declaration that an order rested on, where it is not the one that counts now.

    Args:
        papers: All papers of the consignment.
        before: Message of that declaration; None if there was none.
    """
    named = [paper for paper in papers if paper.message_id == before]
    if before is None or any(paper.speaks for paper in named):
        return "declaration-added"
    return "declaration-changed" if named else "declaration-gone"


class Acts(Service):
    """Acting on consignments.

    Args:
        stores: The stores of this process.
    """

    def __init__(self, stores: Stores) -> None:
        super().__init__(stores)
        self._counts: Kept[ResultCount] = Kept()

    def record_result(
        self, principal: Principal, order_id: str, new: NewResult, device: FromDevice | None = None
    ) -> ResultView:
        """Record what an examination found; the order is then done.

        Args:
            principal: Who records it.
            order_id: The control order.
            new: What was found; with `amends` it takes the place of an earlier result, which stays on file.
            device: Where it was made, if a device sends it: what it sent before is recorded once.

        Raises:
            OrderMovedError: The order is not as the device knew it.
            NotFoundError: There is no such order.
            PolicyError: The principal may not record results there.
            SenderError: The result contradicts itself, or the order has one that it does not amend; `findings` say how.
        """
        with self._stores.database.transaction() as connection:
            order, line = self._order(connection, principal, order_id, "result:record", new.amends)
            paper = self._declaring(connection, line.id)
            if device is not None:
                if (known := self._sent_before(connection, line.id, device.id)) is not None:
                    return known
                if moved := self._moved(connection, order, device.basis):
                    raise OrderMovedError(moved)
            must_be_examiner(self._stores, connection, principal, order)
            earlier = self._amended(connection, line.id, order, new.amends)
            is_own = earlier is None or is_result_of(earlier, order)
            occasion = self._occasion(connection, principal, order, (line, paper, device))
            if earlier is not None:
                occasion = msgspec.structs.replace(occasion, amended=earlier)
            if earlier is not None and not is_own:
                of_earlier = {
                    "order": earlier.order,
                    "office": earlier.office,
                    "carried_out_at": earlier.carried_out_at,
                }
                occasion = msgspec.structs.replace(occasion, **of_earlier)
            result, kept = self._result(connection, principal, line, (new, occasion, paper))
            record = self._stores.sealer.record("result", principal.id, result, about=line.id, at=result.returned)
            stored = _stored(record.leaf.record, order.consignment, result)
            self._stores.orders.add_results(connection, [stored])
            if result.conclusion != "not-examined" and is_own and self._stores.orders.get_order(connection, order.id):
                close_order(self._stores, connection, order, "done", record)
            self._access.seal(connection, *kept, record)
        return view_of(stored, result)

    def keep_beside(
        self, principal: Principal, order_id: str, new: NewResult, device: FromDevice, answer: Answer
    ) -> str:
        """Keep a result beside the one of its order, since the order changed while its device had no network.

        Args:
            principal: Who examined.
            order_id: The control order.
            new: What was found.
            device: Where it was made; what it sent before is kept once.
            answer: What the examiner, who has seen both, says of them.

        Returns:
            Id of the sealed record.

        Raises:
            NotFoundError: There is no such order.
            PolicyError: The principal may not record results there.
            SenderError: The result contradicts itself, or nothing has changed: then it is recorded, not kept beside.
        """
        with self._stores.database.transaction() as connection:
            order, line = self._order(connection, principal, order_id, "result:record")
            for leaf, one in beside_about(self._stores, connection, line.id):
                if one.result.own_id == device.id:
                    return str(leaf.record)
            moved = self._moved(connection, order, device.basis)
            if not moved:
                raise unreadable("result-beside", "the order is as it was: record the result", None)
            paper = self._declaring(connection, line.id)
            occasion = self._occasion(connection, principal, order, (line, paper, device))
            result, kept = self._result(connection, principal, line, (new, occasion, paper))
            stands = self._basis(connection, order).result
            body = BesideResult(result=result, answer=answer, moved=moved, stands=stands)
            record = self._stores.sealer.record(BESIDE, principal.id, body, about=line.id, at=result.returned)
            self._access.seal(connection, *kept, record)
        return str(record.leaf.record)

    def bases(self, connection: Connection, orders: Iterable[StoredOrder]) -> dict[UUID, OrderBasis]:
        """What each of some orders rests on at present, by order."""
        return {order.id: self._basis(connection, order) for order in orders}

    def add_file(self, principal: Principal, order_id: str, new: NewFile) -> FileView:
        """Keep a photograph, scanner image or paper of an examination, encrypted, and seal its SHA-256.

        Args:
            principal: Who took it.
            order_id: The control order.
            new: The file; one with an id that was sent before is kept once.

        Raises:
            NotFoundError: There is no such order.
            PolicyError: The principal may not record results there.
            SenderError: It cannot be taken as it is; `findings` say why.
            PartnerError: The virus scanner could not be asked.
            StoreError: It could not be kept; nothing of it is left.
        """
        with self._stores.database.transaction() as connection:
            self._order(connection, principal, order_id, "result:record")
        checked = check_file(new, self._stores.settings)
        with self._stores.database.transaction() as connection:
            order, line = self._order(connection, principal, order_id, "result:record")
            found = evidence_about(self._stores, connection, line.id)
            for leaf, told in found:
                if told.file is not None and told.file.own_id == new.id and told.sha256 == new.sha256.lower():
                    return self._file_view(connection, leaf.record, told)
            if len(found) >= MOST_FILES:
                raise unreadable("file-count", "this consignment has {found} files already", str(len(found)))
            record, body = evidence_record(self._stores, principal.id, checked, str(order.id), line.id)
            with kept_blob(self._stores, record, checked):
                self._access.seal(connection, record)
                view = self._file_view(connection, record.leaf.record, body)
        return view

    def picture(self, principal: Principal, consignment_id: str, record_id: str) -> tuple[bytes, str]:
        """What is shown of a file: a picture that was drawn anew from it, and its media type. The look is sealed.

        Raises:
            NotFoundError: There is none that this principal may see.
            LostError: It is no longer where it was kept.
        """
        wanted = parse_id(record_id)
        with self._stores.database.transaction() as connection:
            line, _ = self._access.advised_dossier(connection, principal, consignment_id, "evidence")
            found = evidence_about(self._stores, connection, line.id)
            told = next((told for leaf, told in found if leaf.record == wanted), None)
            if wanted is None or told is None or told.file is None or told.file.shown is None:
                raise NotFoundError("There is no such evidence.")
            shown = blob_of(self._stores, connection, wanted, "shown")
            self._access.seal(connection, self._access.record(principal, "picture", (str(line.id), str(wanted))))
        return shown, told.file.shown

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
            found = evidence_about(self._stores, connection, line.id)
            told = next((told for leaf, told in found if leaf.record == wanted), None)
            if wanted is None or told is None:
                raise NotFoundError("There is no such evidence.")
            if told.file is not None:
                content = blob_of(self._stores, connection, wanted, "original")
                if sha256(content).hexdigest() != told.sha256:
                    raise StoreError("The file is not the one that was sealed: it was altered.", code="content-altered")
                told = msgspec.structs.replace(told, content=content)
            self._access.seal(connection, self._access.record(principal, "content", (str(line.id),)))
        return told

    def count_results(
        self,
        principal: Principal,
        since: date | None = None,
        until: date | None = None,
        *,
        again: bool = False,
        patience: float | None = None,
    ) -> ResultCount:
        """Results that came back in some days, by depth, offence and why chosen. Only those he may see count.

        Args:
            principal: Who asks.
            since: First day, UTC; None counts from the first result on.
            until: Last day, UTC; None counts to the latest.
            again: Whether to count now, though counts are kept.
            patience: How long to wait for them (seconds); None for as long as it takes.

        Raises:
            PolicyError: The principal may not see statistics.
            StillMeasuringError: It takes longer.
        """
        self._access.require(principal, "stats:read")
        key = since, until, principal.roles, principal.office
        counted = self._counts.get(key, lambda: self._counted(principal, since, until), again=again, patience=patience)
        return counted[1]

    def _counted(self, principal: Principal, since: date | None, until: date | None) -> ResultCount:
        with self._stores.database.transaction() as connection:
            results = self._seen_results(connection, principal)
        told = one_an_order(results).values()
        first, last = since or date.min, until or date.max
        return count_results(one for one in told if first <= one.returned.astimezone(UTC).date() <= last)

    def report_seizures(
        self, principal: Principal, first: date, last: date, *, with_identities: bool = False, agreement: str = ""
    ) -> tuple[ReportRow, ...]:
        """Seizures and offences of some days for the Customs Enforcement Network; the look is sealed before.

        Under an agreement the partner's look at the dossier of each result is sealed too, for the stated purpose if the agreement
        names it, else for its first.

        Args:
            principal: Who asks.
            first: First day of examination, UTC.
            last: Last day.
            with_identities: Whether to fill the fields that may lead to a person.
            agreement: Name of the agreement under which they are given to a partner: only fields that it names are filled;
                empty for none.

        Raises:
            AgreementOverError: The agreement does not hold, or none is named where one is asked for.
            PolicyError: The principal may not take results out of the house, or the partner may not have them.
        """
        self._access.require(principal, "result:export-identities" if with_identities else "result:export")
        with self._stores.database.transaction() as connection:
            under = named_agreement(self._stores, connection, "seizure-report", agreement)
            results = one_an_order(self._seen_results(connection, principal))
            rows = report_rows(results.items(), with_identities=with_identities)
            rows = tuple(row for row in rows if first <= row.date <= last)
            if under is not None:
                given = GivenFor(purpose=own_purpose(principal, under), case=f"seizures of {first} to {last}")
                partner_of(self._access, under, given)
                rows = tuple(exchanged("seizure-report", under.exchanges["seizure-report"], row) for row in rows)
            subjects = tuple(dict.fromkeys(row.reference.partition("/")[0] for row in rows))
            what = "seizure report with identities" if with_identities else "seizure report"
            what += f" under the agreement {under.name}" if under is not None else ""
            self._access.seal(connection, self._access.record(principal, what, subjects))
        if under is not None:
            of_dossiers = [(results[one].consignment, one) for one in subjects]
            looks = [Subject(ids=ids, about=UUID(ids[0])) for ids in of_dossiers]
            seal_looks_of_partner(self._stores, under, given, looks)
        return rows

    def override(
        self, principal: Principal, consignment_id: str, lane: Lane, reason: str, *, proposed_by: str | None = None
    ) -> AdviceView:
        """Set another lane than the one advised.

        Args:
            principal: Who sets it, or confirms that another proposed it.
            consignment_id: The consignment.
            lane: The lane.
            reason: Why.
            proposed_by: Who proposed it, where that is another person; None else.

        Raises:
            NotFoundError: There is no such consignment.
            PolicyError: The principal may not, or gave no reason; or the lane is milder, policy of the house asks for a second
                person, and there is none.
        """
        with self._stores.database.transaction() as connection:
            line, where = self._access.advised_dossier(connection, principal, consignment_id)
            asks = self._asks_second(connection, line, lane)
            circumstances = Context(reason=reason, needs_second=asks, second=proposed_by)
            self._access.require(principal, "lane:override", where, circumstances)
            officer = proposed_by or principal.id
            body = SealedAct(consignment=str(line.id), officer=officer, lane=lane, reason=reason.strip())
            record = self._stores.sealer.record("override", principal.id, body, about=line.id)
            self._stores.orders.put_override(
                connection,
                StoredOverride(
                    consignment=line.id,
                    lane=lane,
                    reason=body.reason,
                    officer=officer,
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

    def proposed_override(self, principal: Principal, consignment_id: str, lane: Lane, reason: str) -> Proposal | None:
        """The act of setting another lane where it needs a second person; None where it does not.

        Raises:
            NotFoundError: There is no such consignment.
        """
        with self._stores.database.transaction() as connection:
            line, _ = self._access.advised_dossier(connection, principal, consignment_id)
            if not self._asks_second(connection, line, lane):
                return None
        return Proposal(
            kind="override",
            subject=str(line.id),
            title=line.title or "",
            after={"lane": lane, "office": line.office or ""},
            reason=reason.strip(),
        )

    def require(self, principal: Principal, wanted: Proposal, context: Context | None = None) -> None:
        """Refuse unless this principal may set a lane on the consignment of a proposal; raises as `override`."""
        with self._stores.database.transaction() as connection:
            _, where = self._access.advised_dossier(connection, principal, wanted.subject)
        self._access.require(principal, "lane:override", where, context or Context(reason=wanted.reason))

    def present(self, connection: Connection, wanted: Proposal) -> dict[str, str]:
        """The lane that holds, and the office that it holds for."""
        wanted_id = parse_id(wanted.subject)
        line = self._stores.consignments.line(connection, wanted_id) if wanted_id else None
        if line is None:
            return {"lane": "none"}
        return {"lane": self._holding(connection, line) or "none", "office": line.office or ""}

    def check(self, connection: Connection, wanted: Proposal) -> None:
        """Refuse where the consignment has no advice any more, or the lane is none."""
        wanted_id = parse_id(wanted.subject)
        line = self._stores.consignments.line(connection, wanted_id) if wanted_id else None
        if line is None or line.lane is None or wanted.after.get("lane") not in LANES:
            raise SenderError("There is no advice on this consignment to set another lane on.", code="override-advice")

    def carry_out(self, wanted: Proposal, principal: Principal, content: bytes | None, make_key: MakeKey) -> str | None:
        """Set the lane of a proposal under the name of who proposed it; None, since no secret is made."""
        lane = next(one for one in LANES if one == wanted.after["lane"])
        by = wanted.proposer if wanted.proposer != principal.id else None
        self.override(principal, wanted.subject, lane, wanted.reason, proposed_by=by)
        return None

    def _asks_second(self, connection: Connection, line: Line, lane: Lane) -> bool:
        """Whether policy asks a second person for this lane: it does for one that is milder than what holds."""
        if not needs_second(self._stores, "override"):
            return False
        holds = self._holding(connection, line)
        return holds is not None and LANES.index(lane) < LANES.index(holds)

    def _holding(self, connection: Connection, line: Line) -> str | None:
        """The lane that holds: what an officer set last, else what was advised; None without either."""
        earlier = self._stores.orders.overrides(connection, [line.id]).get(line.id)
        return earlier.lane if earlier else line.lane

    def release(self, principal: Principal, order_id: str, reason: str) -> OrderView:
        """Release goods without examination; can be taken back.

        Raises:
            HeldError: Another agency holds them.
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

    def examiners_for(self, principal: Principal, order_id: str) -> tuple[ExaminerView, ...]:
        """Who can be given an order: officers of its offices who may record its result, those with fewest open orders first.

        Raises:
            NotFoundError: There is no such order.
            PolicyError: The principal may not assign it.
        """
        with self._stores.database.transaction() as connection:
            order, line = self._order(connection, principal, order_id, "order:assign")
            where = self._where(connection, order, line)
            open_orders = self._stores.case_files.tally(connection, ALLOCATION, WITH_EXAMINER)
            off = off_duty(self._stores, connection)
            staff = self._examining(connection, where)
        found = [
            ExaminerView(id=one.id, open_orders=open_orders.get(one.id, 0), is_on_duty=one.id not in off)
            for one in staff
        ]
        return tuple(sorted(found, key=lambda one: (not one.is_on_duty, one.open_orders, one.id)))

    def assign(self, principal: Principal, order_ids: Sequence[str], examiner: str, reason: str = "") -> int:
        """Give orders to an examiner, all of them or none; each is sealed, and the examiner is told.

        Args:
            principal: Who assigns.
            order_ids: Control orders (1..n).
            examiner: Sign-in name.
            reason: Why, in words; may be empty.

        Returns:
            How many orders changed hands (count); those that the examiner has already stay as they are.

        Raises:
            NotFoundError: There is no such order.
            PolicyError: The principal may not assign one of them.
            SenderError: One is not open, or the examiner may not record its result; or none is given.
        """
        if not order_ids:
            raise SenderError("Choose at least one order.", code="orders-none")
        now, done = datetime.now(UTC), 0
        with self._stores.database.transaction() as connection:
            records = []
            for order_id in dict.fromkeys(order_ids):
                order, line = self._order(connection, principal, order_id, "order:assign")
                if examiner not in {
                    one.id for one in self._examining(connection, self._where(connection, order, line))
                }:
                    raise SenderError(
                        f"{examiner} may not examine {line.title or 'this consignment'}.",
                        code="examiner-elsewhere",
                        found=examiner,
                        hint="Choose an examiner of its office.",
                    )
                allotted = allocations_of(self._stores, connection, [order]).get(order.id)
                if allotted is not None and allotted.examiner == examiner and order.status == "open":
                    continue
                records.append(assign_order(self._stores, connection, principal, order, examiner, reason=reason))
                if examiner != principal.id:
                    told = Notice(officer=examiner, kind="assigned", consignment=str(line.id), by=principal.id, at=now)
                    tell(self._stores, connection, told)
                done += 1
            self._access.seal(connection, *records)
        return done

    def take_back_assignment(self, principal: Principal, order_ids: Sequence[str]) -> int:
        """Take back one's own newest assignment of orders, all of them or none, while nobody has acted on them.

        Returns:
            How many orders went back to who had them before (count).

        Raises:
            NotFoundError: There is no such order.
            PolicyError: The principal may not assign one of them.
            SenderError: It was longer ago than `UNDO`, or was not his, or somebody has acted on the order since.
        """
        now = datetime.now(UTC)
        with self._stores.database.transaction() as connection:
            records = []
            for order_id in dict.fromkeys(order_ids):
                order, line = self._order(connection, principal, order_id, "order:assign")
                told = self._newest_act(connection, line)
                if (
                    told is None
                    or told[0].kind != "assignment"
                    or told[0].actor != principal.id
                    or now - told[0].at > UNDO
                ):
                    raise SenderError(
                        "This can no longer be taken back: it is too long ago, or someone has acted on it since.",
                        code="undo-late",
                        hint="Assign the order again.",
                    )
                before = msgspec.json.decode(told[1], type=Assignment).before
                record = assign_order(self._stores, connection, principal, order, before, is_undone=True)
                records.append(record)
            self._access.seal(connection, *records)
        return len(records)

    def _newest_act(self, connection: Connection, line: Line) -> tuple[StoredLeaf, bytes] | None:
        """The newest record of what somebody did to a consignment, looks aside; None without any."""
        records = self._stores.leaves.records_about(connection, line.id)
        return next((one for one in reversed(records) if one[0].kind in _ACTS), None)

    def _where(self, connection: Connection, order: StoredOrder, line: Line) -> Resource:
        of_line = belongings(self._stores, connection, [line.id])[line.id].order.offices
        return Resource(offices=(*of_line, *((order.office,) if order.office else ())))

    def _examining(self, connection: Connection, where: Resource) -> list[Principal]:
        """Officers who may record results there, by sign-in name."""
        staff = [
            Principal(id=name, kind="officer", roles=(role,), office=office)
            for name, _, role, office, disabled, _ in self._stores.people.staff(connection, datetime.now(UTC))
            if disabled is None
        ]
        return [one for one in staff if self._access.may(one, "result:record", where)]

    def _set(self, principal: Principal, order_id: str, act: tuple[str, str, str]) -> OrderView:
        kind, status, reason = act
        with self._stores.database.transaction() as connection:
            order, line = self._order(connection, principal, order_id, "order:release")
            if order.status == "done":
                raise SenderError("The order is done; its result stands.", code="order-done")
            if status == "released":
                must_not_be_held(self._stores, connection, line.id)
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
            if mine := self._mine(connection, order, standing):
                raise unreadable(
                    "result-stands", "the order has a result; give it as the one that this amends: {found}", mine[0]
                )
            return None
        if amends not in standing:
            raise unreadable(
                "result-amends", "there is no such result to amend, or it has been amended already", amends
            )
        return results[amends]

    def _standing(self, connection: Connection, order: StoredOrder) -> list[str]:
        """Results of an examination by this order that nothing has taken the place of, by id (0..n)."""
        stored = self._stores.orders.results_of(connection, [order.consignment])
        bodies = {str(one.id): self._stores.leaves.body(connection, one.id) for one in stored}
        results = {identity: read_stored(body) for identity, body in bodies.items() if body is not None}
        return self._mine(connection, order, unamended(results))

    def _mine(self, connection: Connection, order: StoredOrder, standing: Mapping[str, ExaminationResult]) -> list[str]:
        """Those of some results that an examination by this order came to, by id (0..n)."""
        orders = self._stores.orders.order_of(connection, [UUID(one.consignment) for one in standing.values()])
        others = {str(one) for one, found in orders.items() if found.id != order.id}
        return [
            identity
            for identity, one in standing.items()
            if one.consignment not in others and one.conclusion != "not-examined" and is_result_of(one, order)
        ]

    def _occasion(
        self,
        connection: Connection,
        principal: Principal,
        order: StoredOrder,
        around: tuple[Line, Paper | None, FromDevice | None],
    ) -> Occasion:
        """What stands around a first result of an order: its dossier, what is declared, and the device that it was made on."""
        line, paper, device = around
        declaration = paper.declaration if paper else None
        return Occasion(
            consignment=str(order.consignment),
            order=str(order.id),
            office=line.office,
            carried_out_at=order.office,
            officer=principal.id,
            now=datetime.now(UTC),
            declared=declared_goods(declaration) if declaration else {},
            packages=declared_packages(declaration) if declaration else None,
            selected=selected_by(self._stores.leaves.records_about(connection, line.id)),
            device=device,
        )

    def _result(
        self,
        connection: Connection,
        principal: Principal,
        line: Line,
        told: tuple[NewResult, Occasion, Paper | None],
    ) -> tuple[ExaminationResult, list[NewRecord]]:
        """What was handed in as a result without errors, and the records of evidence that came with it.

        Raises:
            SenderError: It contradicts itself, or its evidence cannot be taken; `findings` say how.
        """
        new, occasion, paper = told
        declaration, earlier = paper.declaration if paper else None, occasion.amended
        result = with_computed_duty(result_of(new, occasion), declaration, self._duty_difference(paper))
        evidence, kept = self._evidence(connection, principal, line.id, new)
        result = msgspec.structs.replace(result, evidence=(*(earlier.evidence if earlier else ()), *evidence))
        if findings := check_result(result):
            raise SenderError("The result cannot be recorded as it is.", code="result", findings=findings)
        return result, kept

    def _basis(self, connection: Connection, order: StoredOrder) -> OrderBasis:
        """What an order rests on at present."""
        allotted = allocations_of(self._stores, connection, [order]).get(order.id)
        paper = self._declaring(connection, order.consignment)
        standing = self._standing(connection, order)
        return OrderBasis(
            examiner=allotted.examiner if allotted else None,
            declaration=paper.message_id if paper else None,
            result=standing[0] if standing else None,
        )

    def _moved(self, connection: Connection, order: StoredOrder, basis: OrderBasis) -> tuple[Moved, ...]:
        """What of an order is not as a device knew it (0..n)."""
        now = self._basis(connection, order)
        declared: Moved | None = None
        if now.declaration != basis.declaration:
            papers = papers_of(self._stores, connection, [order.consignment]).get(order.consignment, ())
            declared = declaration_moved(papers, basis.declaration)
        changed: dict[Moved, bool] = {
            "taken-over": now.examiner != basis.examiner,
            "declaration-changed": declared == "declaration-changed",
            "declaration-added": declared == "declaration-added",
            "declaration-gone": declared == "declaration-gone",
            "result-stands": now.result is not None,
            "order-closed": order.status != "open",
        }
        return tuple(name for name, is_so in changed.items() if is_so)

    def _sent_before(self, connection: Connection, consignment: UUID, own_id: str) -> ResultView | None:
        """The result that a device recorded under an id before; None if it did not."""
        for stored in self._stores.orders.results_of(connection, [consignment]):
            body = self._stores.leaves.body(connection, stored.id)
            result = read_stored(body) if body is not None else None
            if result is not None and result.own_id == own_id:
                return view_of(stored, result)
        return None

    def _file_view(self, connection: Connection, record: UUID, told: KeptEvidence) -> FileView:
        leaf = self._stores.leaves.of_record(connection, record)
        view = file_view(leaf, told) if leaf else None
        if view is None:
            raise StoreError("The record of the file is not in the database.")
        return view

    def _evidence(
        self, connection: Connection, principal: Principal, consignment: UUID, new: NewResult
    ) -> tuple[tuple[Evidence, ...], list[NewRecord]]:
        """Evidence as it is named in the result, and the records that hold the bytes that came with it.

        Raises:
            SenderError: Bytes are too many, or are not those of the SHA-256 given.
        """
        named, records = [], []
        sealed = {
            str(leaf.record): told
            for leaf, told in (
                evidence_about(self._stores, connection, consignment) if any(one.record for one in new.evidence) else ()
            )
        }
        for one in new.evidence:
            if one.record is not None:
                if one.record not in sealed:
                    raise unreadable(
                        "evidence-record", "there is no sealed file {found} of this consignment", one.record
                    )
                told = sealed[one.record]
                named.append(Evidence(name=told.name, sha256=told.sha256, record=one.record))
                continue
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


def beside_about(stores: Stores, connection: Connection, consignment: UUID) -> list[tuple[StoredLeaf, BesideResult]]:
    """Results that were kept beside the one of an order of a consignment, oldest first (0..n)."""
    records = stores.leaves.records_about(connection, consignment, (BESIDE,))
    return [(leaf, msgspec.json.decode(body, type=BesideResult)) for leaf, body in records]


def beside_view(leaf: StoredLeaf, told: BesideResult) -> BesideView:
    """A result kept beside another, as it is shown."""
    stored = _stored(leaf.record, UUID(told.result.consignment), told.result)
    return BesideView(id=str(leaf.record), result=view_of(stored, told.result), answer=told.answer, moved=told.moved)


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
