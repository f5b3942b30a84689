# SPDX-License-Identifier: Apache-2.0
"""Intelligence in the house: entered, shown to whom its handling code allows, ended, and matched by the assessment worker.

What the assessment worker finds named it selects by that, whatever the model says. An officer who may not read the report learns that
intelligence names the consignment, and no more.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime
from typing import Final
from uuid import UUID

import msgspec
from msgspec.structs import replace

from cocket.consignment import Paper
from cocket.control import (
    LANES,
    IntelligenceReport,
    Link,
    check_report,
    link_of,
    links_of_bill,
    links_of_declaration,
)
from cocket.control.intelligence import Handling, InformationGrade, LinkKind, SourceGrade
from cocket.control.offences import Offence
from cocket.errors import SenderError
from cocket.findings import Finding
from cocket.governance import Context as Circumstances
from cocket.governance import Principal, disclose
from cocket.governance.proposals import Proposal
from cocket.model import Manifest
from cocket.model.message import Lane
from cocket.pipeline.base.access import NotFoundError, Service
from cocket.pipeline.base.batch import Batch, Context, records_in
from cocket.pipeline.base.ids import new_id, parse_id
from cocket.pipeline.base.proposals import MakeKey, needs_second
from cocket.pipeline.base.roles import SEALED_ASSESSMENT
from cocket.pipeline.base.wiring import Stores
from cocket.pipeline.consignment.papers import newest_messages
from cocket.stores.base.database import Connection
from cocket.stores.control.case_files import StoredCaseFile
from cocket.stores.control.orders import StoredOrder

#: Kind of case file.
KIND = "intelligence"

#: Kind of act that two persons may answer for, and kind of the sealed record of it.
END: Final = "intelligence-end"

_DECODE = msgspec.json.Decoder(IntelligenceReport)


class NewIntelligence(msgspec.Struct, frozen=True, kw_only=True):
    """A report as it is entered; `cocket.control.IntelligenceReport` explains the fields.

    Attributes:
        threat: What it warns of.
        source_grade: A to F.
        information_grade: 1 to 6.
        handling: Who may read it.
        text: What it says.
        links: What it is about, as (kind, text as typed), kind `PARTY`, `EQUIPMENT`, `ROUTE` or `COMMODITY` (1..n).
        expires: When it ends by itself; must carry its offset.
    """

    threat: Offence
    source_grade: SourceGrade
    information_grade: InformationGrade
    handling: Handling
    text: str
    links: tuple[tuple[LinkKind, str], ...]
    expires: datetime


class IntelligenceView(msgspec.Struct, frozen=True, kw_only=True):
    """A report as this reader may see it.

    Attributes:
        id: Our id.
        state: `active`, `ended` or `expired`.
        threat: What it warns of.
        source_grade: A to F.
        information_grade: 1 to 6.
        handling: Who may read it.
        text: What it says.
        links: What it is about (1..n).
        asks_for: Lane it asks for; None if it selects nothing.
        entered: When, UTC.
        expires: When it ends by itself, UTC.
        author: Who entered it; None if not disclosed.
    """

    id: str
    state: str
    threat: str
    source_grade: str
    information_grade: str
    handling: str
    text: str
    links: tuple[Link, ...]
    asks_for: Lane | None
    entered: datetime
    expires: datetime
    author: str | None = None


class IntelligenceHit(msgspec.Struct, frozen=True, kw_only=True):
    """The sealed record that active reports name a consignment, so that it can be told which selected it.

    Attributes:
        consignment: Dossier.
        reports: Ids of the reports, sorted (1..n).
        lane: The lane that they ask for; None if they select nothing.
    """

    consignment: str
    reports: tuple[str, ...]
    lane: Lane | None


class IntelligenceEnd(msgspec.Struct, frozen=True, kw_only=True):
    """The sealed record that a report was ended before its time."""

    report: str
    who: str
    reason: str


class Intelligence(Service):
    """Intelligence, for whoever may have it."""

    def add_intelligence(self, principal: Principal, new: NewIntelligence) -> IntelligenceView:
        """Take in a report; it counts from the assessment worker's next turn on.

        Raises:
            PolicyError: The principal may not enter intelligence.
            SenderError: It says nothing, names nothing, or ends before it begins; `findings` say which.
        """
        self._access.require(principal, "intelligence:add")
        now = datetime.now(UTC)
        links, findings = _links_of(new.links)
        report = IntelligenceReport(
            threat=new.threat,
            source_grade=new.source_grade,
            information_grade=new.information_grade,
            handling=new.handling,
            text=new.text.strip(),
            links=links,
            author=principal.id,
            entered=now,
            expires=new.expires.astimezone(UTC),
        )
        findings = findings or check_report(report)
        if findings:
            raise SenderError("The report cannot be accepted.", code="intelligence", findings=findings)
        file = StoredCaseFile(
            id=new_id(), kind=KIND, state="active", opened=now, changed=now, body=msgspec.json.encode(report)
        )
        with self._stores.database.transaction() as connection:
            self._stores.case_files.put(connection, file, [link.pair for link in links])
            self._access.seal(connection, self._stores.sealer.record(KIND, principal.id, report, about=file.id, at=now))
        return self._shown(principal, file, report, now)

    def intelligence(
        self, principal: Principal, *, is_active: bool = True, consignment_id: str | None = None
    ) -> tuple[IntelligenceView, ...]:
        """Reports that this principal may read, last changed first; the look is sealed before they are given.

        Args:
            principal: Who asks.
            is_active: Whether to give only those that count now.
            consignment_id: Only those that name this consignment; None for all.

        Raises:
            NotFoundError: There is no such consignment.
            PolicyError: The principal may read none.
        """
        self._access.require(principal, "intelligence:read-open")
        now = datetime.now(UTC)
        with self._stores.database.transaction() as connection:
            files = self._files(connection, principal, consignment_id)
            reports = [(file, _DECODE.decode(file.body)) for file in files]
            shown = tuple(
                self._shown(principal, file, report, now)
                for file, report in reports
                if self._reads(principal, report) and (report.is_active(now) or not is_active)
            )
            if shown:
                self._access.seal(connection, self._access.record(principal, KIND, tuple(view.id for view in shown)))
        return shown

    def proposed_end(self, principal: Principal, report_id: str, reason: str) -> Proposal | None:
        """The act of ending a report where it needs a second person; None where one suffices.

        A report that asks for no lane selects nothing, and is ended by one person always.

        Raises:
            NotFoundError, PolicyError, SenderError: As for `end_intelligence`.
        """
        with self._stores.database.transaction() as connection:
            file, report = self._to_end(connection, principal, report_id, Circumstances(reason=reason))
        if not self._ends_by_two(report):
            return None
        return Proposal(kind=END, subject=str(file.id), after={"lane": report.asks_for or ""}, reason=reason.strip())

    def end_intelligence(self, principal: Principal, report_id: str, reason: str) -> IntelligenceView:
        """End a report before its time, where one person suffices; whatever it selected stays selected.

        Raises:
            NotFoundError: There is none that this principal may read.
            PolicyError: It is not his and he may not end those of others, he gives no reason, or two persons answer for it here.
            SenderError: It has been ended already.
        """
        with self._stores.database.transaction() as connection:
            _, report = self._to_end(connection, principal, report_id, Circumstances(reason=reason))
            if self._ends_by_two(report):
                alone = Circumstances(reason=reason, needs_second=True)
                self._access.require(principal, self._action(principal, report), context=alone)
            return self._end(connection, (principal, principal.id), report_id, reason)

    def require(self, principal: Principal, wanted: Proposal, context: Circumstances | None = None) -> None:
        """Refuse unless this principal may read the report and end it, in these circumstances; raises as `end_intelligence`."""
        with self._stores.database.transaction() as connection:
            _, report = self._readable(connection, principal, wanted.subject)
            circumstances = context or Circumstances(reason=wanted.reason)
            self._access.require(principal, self._action(principal, report), context=circumstances)

    def present(self, connection: Connection, wanted: Proposal) -> dict[str, str]:
        """Whether the report counts."""
        file = self._stores.case_files.get(connection, UUID(wanted.subject))
        return {"state": file.state if file is not None else "none"}

    def check(self, connection: Connection, wanted: Proposal) -> None:
        """Refuse to end what has ended."""
        file = self._stores.case_files.get(connection, UUID(wanted.subject))
        if file is None or file.state != "active":
            raise SenderError("The report has already ended.", code="intelligence-ended")

    def carry_out(self, wanted: Proposal, principal: Principal, content: bytes | None, make_key: MakeKey) -> str | None:
        """End it under the names of both; None, since no secret is made."""
        with self._stores.database.transaction() as connection:
            self._end(connection, (principal, ", ".join(wanted.persons)), wanted.subject, wanted.reason)
        return None

    def _ends_by_two(self, report: IntelligenceReport) -> bool:
        """Whether two persons end it: without it a consignment may get a milder lane."""
        return report.asks_for is not None and needs_second(self._stores, END)

    def _action(self, principal: Principal, report: IntelligenceReport) -> str:
        return "intelligence:add" if report.author == principal.id else "intelligence:end"

    def _readable(
        self, connection: Connection, principal: Principal, report_id: str, *, to_change: bool = False
    ) -> tuple[StoredCaseFile, IntelligenceReport]:
        wanted = parse_id(report_id)
        file = self._stores.case_files.get(connection, wanted, to_change=to_change) if wanted else None
        report = _DECODE.decode(file.body) if file is not None and file.kind == KIND else None
        if file is None or report is None or not self._reads(principal, report):
            raise NotFoundError("There is no such report.")
        return file, report

    def _to_end(
        self, connection: Connection, principal: Principal, report_id: str, context: Circumstances
    ) -> tuple[StoredCaseFile, IntelligenceReport]:
        file, report = self._readable(connection, principal, report_id, to_change=True)
        self._access.require(principal, self._action(principal, report), context=context)
        if not (context.reason or "").strip():
            raise SenderError("Give the reason for ending the report.", code="intelligence-reason")
        if file.state != "active":
            raise SenderError("The report has already ended.", code="intelligence-ended")
        return file, report

    def _end(self, connection: Connection, by: tuple[Principal, str], report_id: str, reason: str) -> IntelligenceView:
        principal, who = by
        now = datetime.now(UTC)
        file, report = self._readable(connection, principal, report_id, to_change=True)
        ended = msgspec.structs.replace(report, is_ended=True)
        file = msgspec.structs.replace(file, state="ended", changed=now, body=msgspec.json.encode(ended))
        self._stores.case_files.put(connection, file)
        record = IntelligenceEnd(report=str(file.id), who=who, reason=reason.strip())
        self._access.seal(connection, self._stores.sealer.record(END, principal.id, record, about=file.id))
        return self._shown(principal, file, ended, now)

    def _files(
        self, connection: Connection, principal: Principal, consignment_id: str | None
    ) -> Iterable[StoredCaseFile]:
        """All reports, or those by which a consignment was named."""
        if consignment_id is None:
            return self._stores.case_files.of_kind(connection, KIND)
        line, _ = self._access.dossier(connection, principal, consignment_id)
        hit = last_hit(self._stores, connection, line.id)
        found = [self._stores.case_files.get(connection, UUID(report)) for report in (hit.reports if hit else ())]
        return [file for file in found if file is not None]

    def _reads(self, principal: Principal, report: IntelligenceReport) -> bool:
        return report.author == principal.id or self._access.may(principal, f"intelligence:read-{report.handling}")

    def _shown(
        self, principal: Principal, file: StoredCaseFile, report: IntelligenceReport, now: datetime
    ) -> IntelligenceView:
        view = IntelligenceView(
            id=str(file.id),
            state="ended" if report.is_ended else "active" if report.is_active(now) else "expired",
            threat=report.threat,
            source_grade=report.source_grade,
            information_grade=report.information_grade,
            handling=report.handling,
            text=report.text,
            links=report.links,
            asks_for=report.asks_for,
            entered=report.entered,
            expires=report.expires,
            author=report.author,
        )
        return view if report.author == principal.id else disclose(principal, "intelligence", view)


def reassess_named(turn: Batch, context: Context) -> Batch:
    """Step: take out again dossiers on file whose containers a new report names.

    Reports on parties, routes and goods speak of what comes from then on: dossiers are not found by these.
    """
    told = records_in(turn, context, (KIND,))
    links = {link.pair for _, body in told for link in _DECODE.decode(body).links if link.kind == "EQUIPMENT"}
    if not links:
        return turn
    lines = context.stores.consignments.find(context.connection, sorted(links))
    wanted = [line.id for line in lines if line.id not in turn.touched]
    newest = newest_messages(context.stores, context.connection, wanted)
    return replace(turn, touched={**turn.touched, **newest})


def match_intelligence(turn: Batch, context: Context) -> Batch:
    """Step: hold each dossier against active reports.

    A declared one is selected with the others, by what the reports ask for. For one that only a manifest tells of, the
    order is given at once, before its declaration comes.
    """
    if KIND not in context.kinds_of_files:
        return turn
    known = {
        consignment: links
        for consignment, dossier in turn.dossiers.items()
        if not dossier.is_cancelled and (links := links_of(turn.papers[consignment]))
    }
    named = named_by(context.stores, context.connection, known, context.now)
    cases, orders, records = dict(turn.cases), [], list(turn.records)
    for consignment, hit in named.items():
        record = None
        if last_hit(context.stores, context.connection, consignment) != hit:
            record = context.stores.sealer.record(
                "intelligence-hit", SEALED_ASSESSMENT, hit, about=consignment, at=context.now
            )
            records.append(record)
        if consignment in cases:
            told = {"intelligence": hit.reports, "intelligence_lane": hit.lane}
            cases[consignment] = msgspec.structs.replace(cases[consignment], **told)
        elif hit.lane in ("red", "yellow"):
            order = _order(consignment, hit, turn.dossiers[consignment].office, context.now)
            orders.append(msgspec.structs.replace(order, record=record.leaf.record if record else None))
    if orders:
        context.stores.orders.order(context.connection, orders)
    return replace(turn, cases=cases, records=tuple(records))


def links_of(papers: Iterable[Paper]) -> frozenset[Link]:
    """Every link by which the papers of a dossier that hold today may be known to a report."""
    links: set[Link] = set()
    for paper in papers:
        if paper.speaks and paper.declaration:
            links.update(links_of_declaration(paper.declaration))
        elif paper.speaks and paper.bill and isinstance(paper.document, Manifest):
            links.update(links_of_bill(paper.document, paper.bill))
    return frozenset(links)


def named_by(
    stores: Stores, connection: Connection, known: dict[UUID, frozenset[Link]], now: datetime
) -> dict[UUID, IntelligenceHit]:
    """Consignments that active reports name.

    Args:
        shelves: The stores.
        connection: The transaction.
        known: Consignment → links by which it may be known.
        now: When, UTC.

    Returns:
        Consignment → what names it; those that nothing names are left out. One look-up answers for all of them, so that
        nothing has to be remembered between turns, or can be out of date.
    """
    pairs = {link.pair for links in known.values() for link in links}
    found = stores.case_files.found_by(connection, KIND, pairs) if pairs else {}
    reports = {str(file.id): _DECODE.decode(file.body) for files in found.values() for file in files}
    active = {identity: report for identity, report in reports.items() if report.is_active(now)}
    hits = {}
    for consignment, links in known.items():
        named = tuple(sorted(identity for identity, report in active.items() if report.matches(links)))
        if named:
            lanes = [lane for identity in named if (lane := active[identity].asks_for)]
            lane = max(lanes, key=LANES.index, default=None)
            hits[consignment] = IntelligenceHit(consignment=str(consignment), reports=named, lane=lane)
    return hits


def last_hit(stores: Stores, connection: Connection, consignment: UUID) -> IntelligenceHit | None:
    """What last named a consignment; None if nothing has."""
    records = stores.leaves.records_about(connection, consignment)
    bodies = [body for leaf, body in records if leaf.kind == "intelligence-hit"]
    return msgspec.json.decode(bodies[-1], type=IntelligenceHit) if bodies else None


def is_selected(stores: Stores, connection: Connection, consignment: UUID) -> bool:
    """Whether the reports that name a dossier now ask for a lane."""
    hit = last_hit(stores, connection, consignment)
    return hit is not None and hit.lane is not None


def _order(consignment: UUID, hit: IntelligenceHit, office: str | None, now: datetime) -> StoredOrder:
    return StoredOrder(
        id=new_id(), consignment=consignment, lane=str(hit.lane), office=office, status="open", created=now
    )


def _links_of(named: Iterable[tuple[LinkKind, str]]) -> tuple[tuple[Link, ...], tuple[Finding, ...]]:
    """Links as they are compared, and a finding for each text that is none of its kind."""
    links, findings = [], []
    for kind, text in named:
        link = link_of(kind, text)
        if link:
            links.append(link)
        else:
            finding = Finding(
                code="intelligence-link",
                severity="error",
                message="{found} is not a valid {kind}",
                found=text[:200],
                arguments={"kind": kind.lower()},
            )
            findings.append(finding)
    return tuple(sorted(set(links))), tuple(findings)
