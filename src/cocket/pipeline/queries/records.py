# SPDX-License-Identifier: Apache-2.0
"""The house towards readers: each answer is decided by policy, and its look is sealed before it is given.

A machine that may not see a thing is told that there is none, so that asking teaches nothing.
"""

from __future__ import annotations

import time
from collections.abc import Sequence
from datetime import UTC, date, datetime
from typing import Any, Literal
from uuid import UUID

import msgspec

from cocket import ledger
from cocket.consignment import Dossier, Entry, Paper, derive, is_ending, search_keys
from cocket.consignment.completion import Completion, completion_of
from cocket.consignment.uses import as_given
from cocket.control import ControlState
from cocket.governance import HOUSE_WIDE, Principal, Resource, disclose
from cocket.measures.permits import Hold
from cocket.measures.tariff import Calculator
from cocket.model.message import Lane
from cocket.pipeline.base.access import NotFoundError, Service
from cocket.pipeline.base.agency_holds import standing_holds
from cocket.pipeline.base.examination_policy import policy_of
from cocket.pipeline.base.ids import parse_id
from cocket.pipeline.base.kept import Kept
from cocket.pipeline.base.ownership import of_messages, of_result, refuse_lost
from cocket.pipeline.base.readings import alone
from cocket.pipeline.base.sealed_advice import SealedAdvice
from cocket.pipeline.base.sealing import check_promise
from cocket.pipeline.base.tariff import calculator_of
from cocket.pipeline.base.wiring import Stores
from cocket.pipeline.consignment.dossiers import moment_of, newest_declaration
from cocket.pipeline.consignment.manifest_papers import bill_findings
from cocket.pipeline.consignment.manifests import without_foreign
from cocket.pipeline.consignment.marks import value_of
from cocket.pipeline.consignment.mirror_matching import lone_of, mirror_of
from cocket.pipeline.consignment.mirror_records import RecordsReach
from cocket.pipeline.consignment.papers import filed_papers, papers_of
from cocket.pipeline.consignment.partner_notices import notices_about
from cocket.pipeline.consignment.refused_versions import refused_version_finding, refused_versions
from cocket.pipeline.control.advice import results_of
from cocket.pipeline.control.evidence_files import files_of
from cocket.pipeline.control.exploration import control_state
from cocket.pipeline.control.officer_acts import beside_about, beside_view
from cocket.pipeline.control.views import ConsignmentView
from cocket.pipeline.credentials.lodged_certificates import certificates_of
from cocket.pipeline.credentials.titles import titles_of
from cocket.pipeline.intake.messages import findings_of
from cocket.pipeline.ledger.published import covering_head, log_key, path_of
from cocket.pipeline.measures.duties import costs_of, due_of
from cocket.pipeline.measures.payments import payment_of
from cocket.pipeline.measures.permit_needs import Asked, needs_of
from cocket.pipeline.measures.permits import holds_of, ledger_name
from cocket.pipeline.measures.value_forms import value_form_of
from cocket.pipeline.operations.written_answers import Answered, WrittenAnswer, answer_to
from cocket.pipeline.queries.evidence import consignments_in, is_uuid, registered_as, with_names
from cocket.pipeline.queries.lines import disclosed_lines
from cocket.pipeline.queries.timeline import entries_of
from cocket.pipeline.queries.views import (
    Cell,
    DossierView,
    GoodsView,
    MessageView,
    PaperRow,
    ProofView,
    Queue,
    QueueFilter,
    StatsView,
    TimelineEntry,
)
from cocket.pipeline.tracking.journey_state import JourneyAccess
from cocket.pipeline.tracking.presentation import journey_line
from cocket.pipeline.tracking.views import JourneyLine
from cocket.risk import facts_of
from cocket.standards.answers import AnswerForm
from cocket.stores.base.database import Connection
from cocket.stores.base.packing import unpack
from cocket.stores.consignment.marks import MOST_HITS, PARTIES, Marks, words_query
from cocket.stores.consignment.queue_lines import LineFilter, QueueLines
from cocket.stores.consignment.rows import Line
from cocket.stores.intake.messages import StoredMessage
from cocket.stores.ledger.leaves import ASSESSMENT_PLACE, StoredLeaf
from cocket.stores.risk.statistics import Counted
from cocket.stores.tracking.alerts import Alerts
from cocket.stores.tracking.journeys import Journeys

#: A shorter part of a reference is looked for as it was typed alone (characters).
_SHORTEST_NAME = 3

#: A count of the queue that took longer (seconds) is kept for so many times as long.
_COUNT_LONG, _COUNT_KEPT = 0.05, 100.0

#: Counts of parts of the queue that are kept at once (count).
_COUNTS_KEPT = 256


class RecordQueries(Service):
    """Giving out.

    Args:
        stores: The stores of this process.
    """

    def __init__(self, stores: Stores) -> None:
        super().__init__(stores)
        self._stats: Kept[Counted] = Kept()
        self._shown = JourneyAccess(stores)
        self._reach = RecordsReach(stores)
        self._offices: tuple[list[str], float] = [], 0.0
        self._counted: dict[LineFilter, tuple[dict[str, int], float]] = {}

    def message(self, principal: Principal, message_id: str) -> MessageView:
        """One message with its findings.

        Raises:
            NotFoundError: There is none that this principal may see.
        """
        with self._stores.database.transaction() as connection:
            message, _ = self._message(connection, principal, message_id, "message:read")
            dossiers = self._stores.consignments.of_message(connection, message.id)
            seen = self._access.seen(connection, principal, dossiers)
            view = self._message_view(connection, message, [one for one in dossiers if one in seen])
            self._access.seal(connection, self._access.record(principal, "message", (view.id,)))
        return disclose(principal, "message", view)

    def written_answer(self, principal: Principal, message_id: str, form: AnswerForm | None = None) -> WrittenAnswer:
        """The answer to one message as a message: the same bytes whenever it is asked for, while nothing it says changed.

        The answer to a declaration that stands says which other agencies hold its goods, or held them: those alone that work here
        themselves, since what customs writes down for one may hang on what was advised.

        Args:
            principal: Who asks.
            message_id: Which message.
            form: The form; None for the one that goes with the standard of the message.

        Raises:
            NotFoundError: There is none that this principal may see.
        """
        view = self.message(principal, message_id)
        told = Answered(
            id=view.id,
            standard=view.standard,
            reference=view.reference,
            is_accepted=view.outcome == "accepted",
            sender=view.sender,
            received=view.received,
            version=view.version,
            findings=view.findings,
        )
        return answer_to(self._stores, told, form)

    def receipt(self, principal: Principal, message_id: str) -> dict[str, Any]:
        """The receipt of one message, as JSON; the same bytes as when it was lodged.

        Raises:
            NotFoundError: There is none that this principal may see.
        """
        with self._stores.database.transaction() as connection:
            message, is_own = self._message(connection, principal, message_id, "receipt:read")
            leaf = self._leaf(connection, message.id)
            self._seal_foreign(connection, principal, ("receipt", message.id), is_own=is_own)
        return _builtins(self._stores.sealer.receipt(leaf))

    def proof(self, principal: Principal, message_id: str) -> dict[str, Any] | None:
        """The proof that a message is under the newest signed head, as JSON; None if it is not yet.

        Raises:
            NotFoundError: There is none that this principal may see.
        """
        with self._stores.database.transaction() as connection:
            message, is_own = self._message(connection, principal, message_id, "proof:read")
            leaf = self._leaf(connection, message.id)
            self._seal_foreign(connection, principal, ("proof", message.id), is_own=is_own)
        published = covering_head(self._stores, leaf)
        if published is None:
            return None
        return _builtins(self._stores.sealer.proof(leaf, published.note, path_of(published, leaf)))

    def proof_view(self, principal: Principal, message_id: str) -> ProofView:
        """The proof of a message as a picture.

        Raises:
            NotFoundError: There is none that this principal may see.
        """
        with self._stores.database.transaction() as connection:
            message, is_own = self._message(connection, principal, message_id, "proof:read")
            leaf = self._leaf(connection, message.id)
            self._seal_foreign(connection, principal, ("proof", message.id), is_own=is_own)
        check_promise(leaf)
        leaf_hash = ledger.leaf_hash(ledger.write_entry(leaf.seal)).hex()
        published = covering_head(self._stores, leaf)
        if published is None:
            return ProofView(
                message_id=message_id, index=leaf.place, state="sealed", include_by=leaf.include_by, leaf_hash=leaf_hash
            )
        head = published.head
        return ProofView(
            message_id=message_id,
            index=leaf.place,
            state="in-head",
            include_by=leaf.include_by,
            leaf_hash=leaf_hash,
            tree_size=head.size,
            path=sided(leaf.place, head.size, path_of(published, leaf)),
            root=head.root.hex(),
            checkpoint=published.note,
        )

    def content(self, principal: Principal, message_id: str) -> bytes:
        """A message as received, byte for byte.

        Raises:
            NotFoundError: There is none that this principal may see.
        """
        with self._stores.database.transaction() as connection:
            message, _ = self._message(connection, principal, message_id, "message:read")
            packed = self._stores.messages.content(connection, message.id)
            if packed is None:
                raise NotFoundError("There is no such message.")
            self._access.seal(connection, self._access.record(principal, "content", (str(message.id),)))
        return unpack(packed)

    def find(self, principal: Principal, reference: str, kind: str | None = None) -> tuple[ConsignmentView, ...]:
        """Consignments known by a reference, as far as this principal may see them (0..n).

        Raises:
            PolicyError: The principal may not search dossiers.
        """
        self._access.require(principal, "dossier:search")
        keys = search_keys(reference, kind)
        named, endings = [key.pair for key in keys], [key.pair for key in keys if is_ending(key)]
        with self._stores.database.transaction() as connection:
            lines = self._stores.consignments.find(connection, named, endings, offices=self._access.reach(principal))
            views = disclosed_lines(self._stores, self._access, connection, principal, lines)
            if views:
                self._access.seal(
                    connection, self._access.record(principal, "search", tuple(view.id for view in views))
                )
        return views

    def dossier(self, principal: Principal, consignment_id: str) -> DossierView:
        """Everything on one consignment that this principal may see.

        Raises:
            NotFoundError: There is none that this principal may see.
            RowDiffersError: The database names no message of it any more.
        """
        with self._stores.database.transaction() as connection:
            line, where = self._access.dossier(connection, principal, consignment_id)
            papers = filed_papers(self._stores, connection, line.id)
            happened = entries_of(
                self._stores, connection, line.id, where, lambda one: self._access.may(principal, "lane:read", one)
            )
            versions = refused_versions(self._stores, connection, papers)
            dossier = derive(papers, (*happened, *versions))
            of_manifest = bill_findings(
                self._stores,
                connection,
                papers,
                shown=lambda found: without_foreign(self._stores, connection, principal, found),
            )
            dossier = msgspec.structs.replace(
                dossier, findings=(*dossier.findings, *of_manifest, *map(refused_version_finding, versions))
            )
            (summary,) = disclosed_lines(self._stores, self._access, connection, principal, [line])
            summary = self._with_evidence(connection, principal, summary, line)
            messages = [self._stores.messages.get(connection, UUID(paper.message_id)) for paper in dossier.papers]
            views = [self._message_view(connection, message, ()) for message in messages if message]
            results = results_of(
                self._stores,
                connection,
                [line.id],
                lambda _, one: self._access.may(
                    principal, "lane:read", of_result(one.office, one.carried_out_at, where.order)
                ),
            ).get(line.id, [])
            holds = holds_of(self._stores, connection, line.id)
            law = self._law(connection, papers, holds)
            law["completion"] = completion_of(papers)
            law["payment"] = payment_of(self._stores, connection, line.id)
            law["certificates"] = certificates_of(self._stores, connection, papers, datetime.now(UTC))
            law["titles"] = titles_of(self._stores, connection, law["certificates"])
            law["journeys"] = self._journeys_of(connection, principal, line.id)
            marks = sorted(Marks().of_dossiers(connection, [line.id]), key=lambda one: one.kind != "IMPORTER")
            law["parties"] = tuple((one.kind, one.value, one.name) for one in marks if one.kind in PARTIES)
            if self._access.may(principal, "lane:read", where.advice):
                law["mirror"] = mirror_of(self._stores, connection, line.id)
                law["mirror_lone"] = lone_of(self._stores, connection, line.id, papers, self._reach)
                named = [(one.kind, one.value) for one in dossier.references]
                known_as = [one.value for one in marks if one.kind in PARTIES]
                law["partner_notices"] = notices_about(self._stores, connection, named, known_as)
                law["files"] = files_of(self._stores, connection, line.id)
                law["beside"] = tuple(beside_view(*one) for one in beside_about(self._stores, connection, line.id))
            self._access.seal(connection, self._access.record(principal, "dossier", (str(line.id),)))
        view = _dossier_view(dossier, summary, tuple(views))
        return disclose(principal, "dossier", msgspec.structs.replace(view, results=tuple(results), holds=holds, **law))

    def _journeys_of(self, connection: Connection, principal: Principal, consignment: UUID) -> tuple[JourneyLine, ...]:
        """Journeys that rest on a dossier, as far as this principal may see them, oldest first (0..n)."""
        seen = [one for one in Journeys().of_consignment(connection, consignment) if self._shown.sees(principal, one)]
        alerts = Alerts().standing_of(connection, [one.id for one in seen]) if seen else {}
        now = datetime.now(UTC)
        lines = [journey_line(one, alerts.get(one.id, {}), now) for one in seen]
        return self._shown.without_foreign(connection, principal, lines)

    def _law(self, connection: Connection, papers: tuple[Paper, ...], holds: tuple[Hold, ...]) -> dict[str, Any]:
        """What the goods cost and need by the tariff and the permit matrix of the house, as far as it has them."""
        paper = newest_declaration(papers)
        message = self._stores.messages.get(connection, UUID(paper.message_id)) if paper else None
        if paper is None or message is None or paper.declaration is None:
            return {}
        day = moment_of(paper.declaration, paper.received).date()
        calculator = calculator_of(self._stores.settings)
        asked = Asked(name=ledger_name(alone(message, paper.part)), declaration=paper.declaration, day=day, holds=holds)
        (needs,) = needs_of(self._stores, connection, [asked])
        names = self._stores.settings.duty_codes()
        form = value_form_of(papers)
        costs = costs_of(paper.declaration, day, calculator, names, form) if calculator else ()
        return {"costs": costs, "needs": needs}

    def queue(self, principal: Principal, wanted: QueueFilter) -> Queue:
        """A part of the queue, most urgent first.

        Raises:
            PolicyError: The principal has no queue, or not that of the office asked for.
        """
        self._access.require(
            principal, "queue:read", Resource(offices=(wanted.office,)) if wanted.office else HOUSE_WIDE
        )
        offices = self._access.reach(principal)
        fitting = LineFilter(
            lane=wanted.lane,
            offices=offices,
            office=wanted.office,
            state="all" if wanted.state == "held" else wanted.state,
            examiner=wanted.examiner,
            sort=wanted.sort,
            after=wanted.after,
            offset=wanted.offset,
            limit=wanted.limit,
        )
        with self._stores.database.transaction() as connection:
            if wanted.text:
                fitting = msgspec.structs.replace(fitting, among=_typed(self._stores, connection, wanted.text))
            if wanted.state == "held":
                held = standing_holds(self._stores, connection).keys()
                among = held if fitting.among is None else held & set(fitting.among)
                fitting = msgspec.structs.replace(fitting, among=tuple(among))
            found = QueueLines().lines(connection, fitting)
            whole = msgspec.structs.replace(fitting, lane=None, sort="work", after=None, offset=0, limit=0)
            counts = self._counts(connection, whole)
            total = sum(counts.values()) if wanted.lane is None else counts.get(wanted.lane, 0)
            for_others = counts.pop("", 0)
            known = self._known_offices(connection)
            state = control_state(self._stores, connection)
            views = disclosed_lines(self._stores, self._access, connection, principal, [line for line, _ in found])
            self._access.seal(connection, self._access.record(principal, "queue", tuple(view.id for view in views)))
        places = {str(line.id): place for line, place in found}
        mine = tuple(office for office in known if principal.office in (None, office))
        red, taken = self._red_places((wanted.office,) if wanted.office else offices or mine, state)
        last = places.get(views[-1].id) if views and len(found) == fitting.limit else None
        return Queue(
            lines=views,
            counts=counts,
            total=total,
            places=red,
            taken=taken,
            offices=mine,
            for_others=for_others,
            further=last,
        )

    def _red_places(self, offices: Sequence[str], state: ControlState) -> tuple[int, int]:
        """Places for red today by quota over some offices, and how many of them are given, whatever has become of them since."""
        book = policy_of(self._stores.settings)
        flows = {None, *(one.flow for one in book.others)}
        terms = [book.terms(office, flow) for office in offices for flow in flows]
        places = {name: policy.red_per_day for name, policy in terms}
        today = datetime.now(UTC).date()
        used = [state.offices[name] for name in places if name in state.offices]
        return sum(places.values()), sum(one.red for one in used if one.day >= today)

    def following(self, principal: Principal, wanted: QueueFilter, after: str) -> ConsignmentView | None:
        """The consignment after one in a part of the queue, whether that one is still in it or not; None after the last, and the
        first where there is no such consignment.

        Args:
            principal: Who asks.
            wanted: The part of the queue, and its order.
            after: The consignment.

        Raises:
            PolicyError: The principal has no queue, or not that of the office asked for.
        """
        self._access.require(
            principal, "queue:read", Resource(offices=(wanted.office,)) if wanted.office else HOUSE_WIDE
        )
        identity = parse_id(after)
        ordered = LineFilter(sort=wanted.sort, offices=self._access.reach(principal))
        with self._stores.database.transaction() as connection:
            place = QueueLines().place_of(connection, ordered, identity) if identity else None
        found = self.queue(principal, msgspec.structs.replace(wanted, after=place, offset=0, limit=1))
        return next(iter(found.lines), None)

    def goods(self, principal: Principal, lines: Sequence[ConsignmentView]) -> tuple[GoodsView, ...]:
        """What declarations say of the goods of some lines, for a table of them; of lines that this principal may see.

        Args:
            principal: Who asks.
            lines: Lines that `queue` gave.

        Returns:
            One a line, in the same order; empty where he may not see it.
        """
        with self._stores.database.transaction() as connection:
            seen = self._access.seen(connection, principal, [line.id for line in lines])
            papers = papers_of(self._stores, connection, list(seen))
            boxes = QueueLines().containers_of(connection, list(seen))
            if seen:
                self._access.seal(connection, self._access.record(principal, "queue", tuple(map(str, sorted(seen)))))
        calculator = calculator_of(self._stores.settings)
        return tuple(_goods(papers.get(UUID(line.id), ()), boxes.get(UUID(line.id), ()), calculator) for line in lines)

    def completions(self, principal: Principal, lines: Sequence[ConsignmentView]) -> dict[str, Completion]:
        """What is here of the papers that the movements of some lines should have, by id; of lines that this principal may see.

        A line of which the papers do not tell what kind of movement it is stands in it with none. The look at these lines is the
        one that `queue` sealed.

        Args:
            principal: Who asks.
            lines: Lines that `queue` gave.
        """
        with self._stores.database.transaction() as connection:
            seen = self._access.seen(connection, principal, [line.id for line in lines])
            papers = papers_of(self._stores, connection, list(seen))
        return {str(one): completion_of(papers.get(one, ())) for one in seen}

    def _counts(self, connection: Connection, wanted: LineFilter) -> dict[str, int]:
        """Lines that fit, by lane; where counting takes long, kept for a while in proportion, unless it is of a typed text."""
        if wanted.among is not None:
            return QueueLines().counts(connection, wanted)
        counted, until = self._counted.get(wanted, ({}, 0.0))
        began = time.monotonic()
        if began >= until:
            counted = QueueLines().counts(connection, wanted)
            took = time.monotonic() - began
            self._counted[wanted] = (counted, began + took * _COUNT_KEPT if took > _COUNT_LONG else 0.0)
            while len(self._counted) > _COUNTS_KEPT:
                self._counted.pop(next(iter(self._counted)), None)
        return dict(counted)

    def _known_offices(self, connection: Connection) -> list[str]:
        """Offices that have consignments; where finding them takes long, kept for a while in proportion."""
        began = time.monotonic()
        known, until = self._offices
        if began >= until:
            known = self._stores.consignments.offices(connection)
            took = time.monotonic() - began
            self._offices = known, began + took * _COUNT_KEPT if took > _COUNT_LONG else 0.0
        return known

    def stats(
        self,
        principal: Principal,
        since: date | None = None,
        until: date | None = None,
        *,
        again: bool = False,
        patience: float | None = None,
    ) -> StatsView:
        """Our advice and the host's lanes over the same days; of his office alone for whoever is bound to one.

        Args:
            principal: Who asks.
            since: First day of declaration; None counts from the first consignment on.
            until: Last day; None counts to today.
            again: Whether to count now, though counts are kept.
            patience: How long to wait for them (seconds); None for as long as it takes.

        Raises:
            PolicyError: The principal may not see statistics.
            StillMeasuringError: It takes longer.
        """
        self._access.require(principal, "stats:read")
        reach = self._access.reach(principal)
        _, counted = self._stats.get(
            (since, until, reach), lambda: self._count_between(since, until, reach), again=again, patience=patience
        )
        with self._stores.database.transaction() as connection:
            leaves, head = self._sizes(connection)
        return StatsView(**msgspec.structs.asdict(counted), log_size=leaves, head_size=head)

    def _count_between(self, since: date | None, until: date | None, reach: tuple[str, ...] | None) -> Counted:
        with self._stores.database.transaction() as connection:
            return self._stores.figures.between(connection, since, until, reach)

    def public_keys(self) -> dict[str, str | None]:
        """Keys by which anybody verifies: `receipts` signs promises, `log` signs heads (None before the first)."""
        return {"log": log_key(self._stores), "receipts": self._stores.sealer.receipt_vkey}

    def advised(self, principal: Principal, kind: str) -> list[tuple[str, Lane, float | None]]:
        """Lane and score of every consignment by its references of one kind, for comparing advice with what came of it.

        Args:
            principal: Who asks.
            kind: Kind of link key, such as `SAD`.

        Raises:
            PolicyError: The principal may not see statistics.
        """
        self._access.require(principal, "stats:read")
        with self._stores.database.transaction() as connection:
            found = self._stores.consignments.advised(connection, kind, self._access.reach(principal))
            self._access.seal(connection, self._access.record(principal, f"advice on every {kind}", ()))
        return found

    def assessment_progress(self) -> tuple[int, int]:
        """How many leaves the assessment worker has dealt with, and how many it must have to be done with every message (counts)."""
        with self._stores.database.transaction() as connection:
            place = self._stores.places.get(connection, ASSESSMENT_PLACE)
            upto = int(place) if place is not None else -1
            return upto + 1, self._stores.messages.newest(connection, upto) + 1

    def log_size(self) -> tuple[int, int]:
        """Leaves in the book and leaves under the newest signed head (counts); public figures."""
        with self._stores.database.transaction() as connection:
            return self._sizes(connection)

    def _sizes(self, connection: Connection) -> tuple[int, int]:
        return self._stores.leaves.size(connection), self._stores.leaves.signed(connection)

    def _message(
        self, connection: Connection, principal: Principal, message_id: str, action: str
    ) -> tuple[StoredMessage, bool]:
        """A message that this principal may do this to, and whether it is of his own sender.

        Raises:
            NotFoundError: There is none.
            LostError: There is, and nobody can open it.
        """
        wanted = parse_id(message_id)
        only = self._access.senders_alone(principal, action)
        message = self._stores.messages.get(connection, wanted, only) if wanted else None
        where = of_messages(self._stores, connection, [message])[message.id] if message else None
        if message is None or where is None or not self._access.may(principal, action, where):
            refuse_lost(self._stores, connection, wanted, lambda one: self._access.may(principal, action, one), only)
            raise NotFoundError("There is no such message.")
        return message, message.sender in principal.senders

    def _seal_foreign(
        self, connection: Connection, principal: Principal, told: tuple[str, UUID], *, is_own: bool
    ) -> None:
        """Seal a look at a receipt or a proof, except at one's own: those go back to whoever sent the message."""
        if not is_own:
            what, message = told
            self._access.seal(connection, self._access.record(principal, what, (str(message),)))

    def _leaf(self, connection: Connection, record: UUID) -> StoredLeaf:
        leaf = self._stores.leaves.of_record(connection, record)
        if leaf is None:
            raise NotFoundError("There is no such message.")
        return leaf

    def _message_view(self, connection: Connection, message: StoredMessage, dossiers: Sequence[UUID]) -> MessageView:
        leaf = self._leaf(connection, message.id)
        return MessageView(
            id=str(message.id),
            index=leaf.place,
            version=message.version,
            standard=message.standard,
            reference=as_given(message.reference),
            outcome=message.outcome,
            function=message.function,
            sender=message.sender,
            received=message.received,
            proof_state="in-head" if covering_head(self._stores, leaf) else "sealed",
            findings=findings_of(message),
            consignment_ids=tuple(str(d) for d in dossiers),
        )

    def _with_evidence(
        self, connection: Connection, principal: Principal, view: ConsignmentView, line: Line
    ) -> ConsignmentView:
        """The same view with the consignments that its facts speak of, as far as this principal may see them.

        One of the history taken over is known by its registration alone, and opens the dossier that bears it, if there is one; of
        the others an office sees the registrations where it is not bound to itself.
        """
        body = self._stores.leaves.body(connection, line.assessment) if line.assessment else None
        if view.advice is None or view.advice.head is None or body is None:
            return view
        head = msgspec.json.decode(body, type=SealedAdvice).head
        if head is None:
            return view
        named = consignments_in(head)
        ids = {one: UUID(one) for one in named if is_uuid(one)}
        ids |= registered_as(self._stores, connection, [one for one in named if one not in ids])
        lines = self._stores.consignments.lines_of(connection, list(set(ids.values())))
        seen = self._access.seen_advice(connection, principal, list({one.id for one in lines.values()}))
        found = {name: lines[one] for name, one in ids.items() if one in lines}
        names = {name: (str(one.id), one.title) for name, one in found.items() if one.id in seen}
        past = set(named) - set(found) if self._access.reach(principal) is None else ()
        shown = with_names(head, names, past={one for one in past if not is_uuid(one)})
        return msgspec.structs.replace(view, advice=msgspec.structs.replace(view.advice, head=shown))


def _goods(papers: tuple[Paper, ...], containers: tuple[str, ...], calculator: Calculator | None) -> GoodsView:
    paper = newest_declaration(papers)
    if paper is None or paper.declaration is None:
        return GoodsView(containers=containers)
    moment = moment_of(paper.declaration, paper.received)
    facts = facts_of(paper.declaration, "", moment)
    codes = tuple(dict.fromkeys(item.hs for item in facts.items if item.hs))
    duty, currency = facts.duty, None
    if calculator is not None:
        currency = calculator.tariff.currency
        if duty is None:
            duty = due_of(paper.declaration, moment.date(), calculator, value_form_of(papers))
    is_computed = facts.duty is None and duty is not None
    return GoodsView(
        hs=codes,
        containers=containers,
        duty=duty,
        duty_currency=None if duty is None else currency,
        is_computed=is_computed,
    )


def _names_with(text: str) -> tuple[str, ...]:
    """What to look for in references for some words: the forms in which they are compared, none so short that all have it."""
    return tuple({key.value for key in search_keys(text) if len(key.value) >= _SHORTEST_NAME})


def _typed(stores: Stores, connection: Connection, text: str) -> tuple[UUID, ...]:
    """Dossiers that some typed text finds; a whole reference also where it ends a longer one, as behind its office."""
    keys = search_keys(text, None)
    whole, endings = [key.pair for key in keys], [key.pair for key in keys if is_ending(key)]
    named = (line.id for line in stores.consignments.find(connection, whole, endings, limit=MOST_HITS))
    return tuple({*named, *Marks().typed(connection, words_query(text), _names_with(text), value_of(text))})


def _dossier_view(dossier: Dossier, summary: ConsignmentView, messages: tuple[MessageView, ...]) -> DossierView:
    return DossierView(
        summary=summary,
        references=tuple((name.kind, name.value) for name in dossier.references),
        papers=messages,
        rows=tuple(
            PaperRow(
                name=row.name,
                label=row.label,
                cells=tuple(Cell(text=c.text, differs=c.differs) for c in row.cells),
                first=row.first,
            )
            for row in dossier.rows
        ),
        findings=dossier.findings,
        timeline=tuple(_timeline_entry(entry) for entry in dossier.timeline),
    )


def _timeline_entry(entry: Entry) -> TimelineEntry:
    return TimelineEntry(
        at=entry.at,
        code=entry.code,
        message=entry.message,
        arguments=entry.arguments,
        actor=entry.actor,
        index=entry.index,
        message_id=entry.message_id,
        is_day=entry.is_day,
    )


def sided(index: int, size: int, path: list[bytes]) -> tuple[tuple[Literal["left", "right"], str], ...]:
    """Each sibling hash with the side on which it stands (RFC 9162 §2.1.3.2)."""
    sided: list[tuple[Literal["left", "right"], str]] = []
    place, last = index, size - 1
    for sibling in path:
        while place % 2 == 0 and place == last:
            place, last = place >> 1, last >> 1
        sided.append(("left" if place % 2 else "right", sibling.hex()))
        place, last = place >> 1, last >> 1
    return tuple(sided)


def _builtins(value: Any) -> dict[str, Any]:
    plain: dict[str, Any] = msgspec.json.decode(msgspec.json.encode(value))
    return plain
