# SPDX-License-Identifier: Apache-2.0
"""Steps of the assessment worker that make dossiers: read, gather, derive, and prepare what is to be assessed."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, time
from decimal import Decimal
from uuid import UUID

import msgspec
from msgspec.structs import replace

from cocket.consignment import Paper, Summary, summarise
from cocket.model import Declaration
from cocket.pipeline.base.batch import Batch, Context
from cocket.pipeline.base.readings import reading_of
from cocket.pipeline.base.wiring import Stores
from cocket.pipeline.consignment.papers import papers_from, papers_linked, papers_of
from cocket.risk import Case, Facts, facts_of
from cocket.stores.base.database import Connection
from cocket.stores.consignment.rows import Line
from cocket.stores.intake.messages import StoredMessage

#: Longest words that a line of the queue keeps (characters).
_LONGEST = 200


def read_messages(turn: Batch, context: Context) -> Batch:
    """Step: unpack what was read in each message when it came, and see what else the turn is about."""
    kinds = turn.kinds or context.stores.leaves.kinds_between(context.connection, turn.first, turn.last)
    return replace(turn, readings={message.id: reading_of(message) for message in turn.messages}, kinds=kinds)


def gather_papers(turn: Batch, context: Context) -> Batch:
    """Step: fetch all papers of every dossier that something changed in."""
    known = {message.id: message for message in turn.messages}
    stored = turn.known_before(turn.touched)
    links = context.stores.consignments.messages_of(context.connection, stored) if stored else {}
    links |= {one: parts for one, parts in turn.opened.items() if one in turn.touched}
    missing = {message for one in turn.touched for message, _ in links.get(one, ())} - known.keys()
    versioned: frozenset[UUID] = frozenset()
    if missing:
        older, versioned = context.stores.messages.with_refused(context.connection, list(missing))
        known |= {message.id: message for message in older}
    in_order = {
        one: [part for part in links[one] if part[0] in known]  # what cannot be opened any more is left out
        for one in turn.touched
        if one in links
    }
    papers = papers_linked(context.stores, context.connection, in_order, known, dict(turn.readings))
    return replace(turn, papers=papers, versioned=versioned)


def derive_dossiers(turn: Batch, context: Context) -> Batch:
    """Step: derive each dossier afresh from all its papers, and write its line of the queue."""
    dossiers = {consignment: summarise(papers) for consignment, papers in turn.papers.items()}
    told = {consignment: facts_declared(consignment, papers) for consignment, papers in turn.papers.items()}
    lines = {key: line_of(key, one) for key, one in dossiers.items()}
    new = {one: lines.pop(one) for one in turn.unwritten}
    context.stores.consignments.create_described(context.connection, list(new.values()), context.now)
    if lines:
        context.stores.consignments.describe(context.connection, list(lines.values()))
    facts = {one: facts for one, facts in told.items() if facts is not None}
    return replace(turn, dossiers=dossiers, facts=facts, unwritten=())


def prepare_cases(turn: Batch, context: Context) -> Batch:
    """Step: lay out for assessment what is declared and not cancelled."""
    cases = {
        consignment: case
        for consignment, dossier in turn.dossiers.items()
        if dossier.is_declared
        and not dossier.is_cancelled
        and (case := _case(dossier, turn.papers[consignment], turn.facts.get(consignment)))
    }
    return replace(turn, cases=cases)


def moment_of(declaration: Declaration, received: datetime) -> datetime:
    """When a declaration became known to customs: the day the host registered it, else when it came to us."""
    registered = declaration.status.registered if declaration.status else None
    if registered is None or registered >= received.date():
        return received
    return datetime.combine(registered, time(12), UTC)


def newest_declaration(papers: tuple[Paper, ...]) -> Paper | None:
    """The declaration that holds today; None if none does."""
    speaking = [paper for paper in papers if paper.declaration and paper.speaks]
    return speaking[-1] if speaking else None


def facts_declared(consignment: UUID, papers: tuple[Paper, ...]) -> Facts | None:
    """The flat facts of the declaration that holds today; None if none does."""
    paper = newest_declaration(papers)
    if paper is None or paper.declaration is None:
        return None
    return facts_of(paper.declaration, str(consignment), moment_of(paper.declaration, paper.received))


def _case(dossier: Summary, papers: tuple[Paper, ...], facts: Facts | None) -> Case | None:
    if facts is None:
        return None
    has_second = sum(1 for one in papers if one.speaks) > 1
    warnings = (finding.code for finding in dossier.findings if finding.severity == "warning")
    differences = tuple(dict.fromkeys(warnings))
    return Case(facts=with_bill(facts, dossier), differences=differences if has_second else None)


def case_as_of(consignment: UUID, parts: Sequence[tuple[StoredMessage, int]], index: int) -> Case | None:
    """What was to be assessed of a consignment once its messages up to a leaf had come; None if nothing was declared.

    Args:
        consignment: Dossier.
        parts: Its messages, each with the part that is meant.
        index: Leaf index of the last message that counts.
    """
    papers = papers_from([part for part in parts if part[0].index <= index], {})
    dossier = summarise(papers) if papers else None
    if dossier is None or not dossier.is_declared or dossier.is_cancelled:
        return None
    return _case(dossier, papers, facts_declared(consignment, papers))


def with_bill(facts: Facts, dossier: Summary) -> Facts:
    """The facts with what the transport documents tell of these goods, of part shipments their part of it."""
    declared, billed = dossier.declared, dossier.billed
    if declared is None or billed is None:
        return facts
    masses, counts = ([getattr(item, name) for item in facts.items] for name in ("gross_mass_kg", "packages"))
    return msgspec.structs.replace(
        facts,
        bill_gross_kg=_told_of(masses, declared.gross_mass_kg, billed.gross_mass_kg),
        bill_packages=_told_of(counts, declared.packages, billed.packages),
    )


def _told_of(own: list[float | None], declared: Decimal | int | None, billed: Decimal | int | None) -> float | None:
    """What is billed for every unit declared, times what these goods are of it; None where a part is not stated."""
    known = [each for each in own if each is not None]
    if not known or len(known) < len(own) or billed is None or not declared:
        return None
    return sum(known) * float(billed) / float(declared)


def line_of(consignment: UUID, dossier: Summary) -> Line:
    """What the queue shows of a dossier."""
    value = dossier.value
    return Line(
        id=consignment,
        title=dossier.title[:_LONGEST],
        office=dossier.office,
        offices=dossier.offices,
        trader=dossier.trader and dossier.trader[:_LONGEST],
        goods=dossier.goods and dossier.goods[:_LONGEST],
        equipment=len(dossier.equipment),
        value=f"{value.currency or ''} {value.value:f}".strip() if value else None,
        received=dossier.received,
        is_declared=dossier.is_declared,
        is_cancelled=dossier.is_cancelled,
        declared_on=dossier.day.day if dossier.day else None,
        declared_by=dossier.day.basis if dossier.day else None,
    )


def facts_by_consignment(stores: Stores, connection: Connection, ids: Sequence[UUID]) -> dict[UUID, Facts]:
    """The declaration of each consignment as it stands, flat; consignments without one are left out."""
    told = {one: facts_declared(one, papers) for one, papers in papers_of(stores, connection, ids).items()}
    return {one: facts for one, facts in told.items() if facts is not None}
