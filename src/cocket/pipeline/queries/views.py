# SPDX-License-Identifier: Apache-2.0
"""What leaves the pipeline towards the doors: one struct per answer, the same JSON from HTTP, CLI and pages."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any, Literal

import msgspec

from cocket.control import Evidence, ExaminedItem, Sample, Seizure
from cocket.findings import Finding
from cocket.measures.permits import Hold
from cocket.model.message import Lane
from cocket.pipeline.credentials.certificate_views import CertificateView
from cocket.pipeline.credentials.title_views import TitleView
from cocket.pipeline.measures.duties import CostView
from cocket.pipeline.measures.permit_needs import NeedView
from cocket.pipeline.tracking.views import JourneyLine

Outcome = Literal["accepted", "refused", "conflict"]
ProofState = Literal["sealed", "in-head"]


class Answer(msgspec.Struct, frozen=True, kw_only=True):
    """What a sender is told about one message, after it is on disk.

    Attributes:
        id: Our id of the message.
        outcome: `accepted`, `refused`, or `conflict` (same reference, other content: sealed as a refusal).
        findings: What the checks said (0..n).
        receipt: The signed promise, as JSON.
        is_repeat: Whether the same content had been taken in before; id and receipt are then the earlier ones.
        is_unreadable: Whether it was refused because it could not be read as any standard.
        lane: The lane, only if the caller asked and may know; None otherwise.
    """

    id: str
    outcome: Outcome
    findings: tuple[Finding, ...]
    receipt: dict[str, Any]
    is_repeat: bool = False
    is_unreadable: bool = False
    lane: Lane | None = None


class MessageView(msgspec.Struct, frozen=True, kw_only=True):
    """One message as its sender or an officer may see it.

    Attributes:
        id: Our id.
        index: Leaf index.
        version: 1 for the first of its reference, counting up with each amendment.
        standard: Name of the standard; None if unreadable.
        reference: The sender's reference; None if it has none.
        outcome: How it was answered.
        function: original, amendment or cancellation.
        sender: Who sent it.
        received: When, UTC.
        proof_state: Whether it is promised or already in a signed head.
        findings: What the checks said.
        consignment_ids: Dossiers it was linked to (0..n).
    """

    id: str
    index: int
    version: int
    standard: str | None
    reference: str | None
    outcome: Outcome
    function: str
    sender: str
    received: datetime
    proof_state: ProofState
    findings: tuple[Finding, ...] = ()
    consignment_ids: tuple[str, ...] = ()


class ReasonView(msgspec.Struct, frozen=True, kw_only=True):
    """One reason of an assessment, in words.

    Attributes:
        code: Rule or feature.
        message: English sentence with `{name}` places.
        arguments: Values for the places.
        weight: Contribution to the score, in log-odds; higher is worse; None for a rule that does not weigh.
        source: What the reason rests on (law, standard, paper).
    """

    code: str
    message: str
    arguments: dict[str, str] = {}
    weight: float | None = None
    source: str | None = None


class AdviceView(msgspec.Struct, frozen=True, kw_only=True):
    """Our advice on one consignment, beside what the host decided.

    Attributes:
        assessment_id: Id of the assessment.
        index: Leaf index of the sealed assessment.
        made: When, UTC.
        lane: Our lane.
        score: 0–1, higher is worse; None if only rules were used.
        is_random: Whether the random share drew it; then the reasons did not select it. None if not disclosed.
        propensity: Chance with which it was selected for examination, 0–1; None if not disclosed.
        is_degraded: Whether something (model, list) was missing.
        reasons: Strongest first (0..n).
        features: Name → value as sealed, None where unknown; empty if not disclosed.
        shortfall: Duty and tax that a find would recover by the model, national currency; None if not told or not disclosed.
        families: Offence family → its part of the score; empty if not told or not disclosed.
        model_version: Model, or None.
        rules_version: Rules.
        is_query: Whether a rule asks that the declarant be asked something first, whatever the lane.
        asked_by: Rules that asked for a lane or a query (0..n).
        delay_minutes: Minutes for which a green lane may still be changed before release.
        host_lane: Lane of the host; None if not told.
        host_override: Lane an officer of the host set instead.
        override: Lane an officer set here instead; None if nobody did.
        override_reason: Why.
    """

    assessment_id: str
    index: int
    made: datetime
    lane: Lane
    score: float | None
    is_degraded: bool
    reasons: tuple[ReasonView, ...]
    is_random: bool | None = None
    propensity: float | None = None
    features: dict[str, float | None] = {}
    shortfall: float | None = None
    families: dict[str, float] = {}
    model_version: str | None = None
    rules_version: str | None = None
    is_query: bool = False
    asked_by: tuple[str, ...] = ()
    delay_minutes: int = 0
    host_lane: Lane | None = None
    host_override: Lane | None = None
    override: Lane | None = None
    override_reason: str | None = None


class Cell(msgspec.Struct, frozen=True, kw_only=True):
    """One value in one paper, in the papers-side-by-side table.

    Attributes:
        text: The value as text; None if the paper does not say.
        differs: Whether it disagrees with the paper that said it first.
    """

    text: str | None
    differs: bool = False


class PaperRow(msgspec.Struct, frozen=True, kw_only=True):
    """One field across all papers: `cells` in the order of `DossierView.papers`."""

    name: str
    label: str
    cells: tuple[Cell, ...]


class TimelineEntry(msgspec.Struct, frozen=True, kw_only=True):
    """One thing that happened to a consignment.

    Attributes:
        at: When, UTC.
        code: What: `message-accepted`, `message-refused`, `amended`, `cancelled`, `lane`, `host-lane`, `looked`,
            `override`, `release`, `reopen`, `result`, `merged`.
        message: English sentence with `{name}` places.
        arguments: Values for the places.
        actor: Who; None if a machine of ours.
        index: Leaf index of the sealed record; None if it has none.
        message_id: The message it is about; None if it is about none.
        is_day: Whether only the day of `at` is known.
    """

    at: datetime
    code: str
    message: str
    arguments: dict[str, str] = {}
    actor: str | None = None
    index: int | None = None
    message_id: str | None = None
    is_day: bool = False


class ResultView(msgspec.Struct, frozen=True, kw_only=True):
    """The recorded result of an examination.

    Attributes:
        id: Id of its sealed record.
        at: When it was recorded, UTC.
        officer: Who recorded it.
        depth: How deep the look was.
        found: Whether an irregularity was found; None if nobody looked, or a laboratory has yet to say.
        offence: Class of the gravest offence; None if none was found.
        other_offences: Further classes (0..n).
        items: Items declared otherwise than found (0..n).
        duty_recovered: Additional duty as decimal text; None if none.
        currency: ISO 4217 of `duty_recovered`.
        duty_basis: `given` by the officer or `computed` from declared and found; None if there is none.
        sample: The sample sent to a laboratory; None if none was.
        seizures: What was seized (0..n).
        evidence: What proves it (0..n).
        amends: Id of the result that it takes the place of; None if it is the first.
        is_amended: Whether a later one has taken its place.
        note: Words for the file.
    """

    id: str
    at: datetime
    officer: str
    depth: str
    found: bool | None
    offence: str | None
    other_offences: tuple[str, ...] = ()
    items: tuple[ExaminedItem, ...] = ()
    duty_recovered: str | None
    currency: str | None
    duty_basis: str | None = None
    sample: Sample | None = None
    seizures: tuple[Seizure, ...] = ()
    evidence: tuple[Evidence, ...] = ()
    amends: str | None = None
    is_amended: bool = False
    note: str | None = None


class OrderView(msgspec.Struct, frozen=True, kw_only=True):
    """A control order.

    Attributes:
        id: Our id.
        lane: Lane it asks for.
        status: How far it has got; `lapsed` where nobody came to the documents in time and the goods are audited instead.
        examiner: Who was drawn, or took over; None where nobody was.
        stand_by: Who may take it over, in the order of the draw (0..n).
        look_for: What the officer is to look for, most telling first: tasks of `cocket.control.look_for` (0..n).
        result: What came of it, by the latest word; None while nothing has.
    """

    id: str
    lane: Lane
    status: Literal["open", "done", "released", "lapsed"]
    look_for: tuple[ReasonView, ...]
    examiner: str | None = None
    stand_by: tuple[str, ...] = ()
    result: ResultView | None = None


class DifferenceView(msgspec.Struct, frozen=True, kw_only=True):
    """A row of the database that does not agree with its sealed record, and so is not shown.

    Attributes:
        table: Its table.
        id: Its key.
        column: Column; "" for the whole row.
        sealed: What sealed records say, in words; None where none can be read.
    """

    table: str
    id: str
    column: str
    sealed: str | None


class ConsignmentView(msgspec.Struct, frozen=True, kw_only=True):
    """One consignment in a list: a line of the queue, or a search hit.

    Attributes:
        id: Our id.
        title: Best name for people, such as "B/L TSTB0100007" or an LRN.
        office: Office code of its newest declaration; None if unknown.
        trader: Importer or consignee in words.
        goods: Goods in words.
        equipment: Containers (count).
        value: Customs value with currency, as text; None if unknown.
        received: When its newest declaration came, UTC.
        advice: Our advice; None until assessed.
        order: Its control order; None if none.
        differences: What the database says of it and sealed records do not; none of it is shown as if it held (0..n).
        is_for_another: Whether advice, order and results are for another office, and so not told to this reader.
    """

    id: str
    title: str
    office: str | None
    trader: str | None
    goods: str | None
    equipment: int
    value: str | None
    received: datetime
    advice: AdviceView | None = None
    order: OrderView | None = None
    differences: tuple[DifferenceView, ...] = ()
    is_for_another: bool = False


class DossierView(msgspec.Struct, frozen=True, kw_only=True):
    """Everything on one consignment that this reader may see.

    Attributes:
        summary: The line of the queue.
        references: Every name it is known by, as (kind, value) in display order.
        papers: Messages it is made of, oldest first.
        rows: Fields side by side over `papers`.
        findings: What the cross-checks between papers said.
        timeline: What happened, oldest first.
        results: Recorded results, newest first.
        costs: What each item costs by the tariff of the house (0..n); empty without a tariff.
        needs: What other agencies ask of each item, by the permit matrix of the house (0..n).
        holds: Agencies' own words on the goods, oldest first (0..n).
        certificates: Verifiable certificates, judged as they stand now (0..n).
        titles: Documents of title among them, and where their titles stand by what was last told (0..n).
        journeys: Journeys that rest on it, oldest first (0..n).
    """

    summary: ConsignmentView
    references: tuple[tuple[str, str], ...]
    papers: tuple[MessageView, ...]
    rows: tuple[PaperRow, ...]
    findings: tuple[Finding, ...]
    timeline: tuple[TimelineEntry, ...]
    results: tuple[ResultView, ...] = ()
    costs: tuple[CostView, ...] = ()
    needs: tuple[NeedView, ...] = ()
    holds: tuple[Hold, ...] = ()
    certificates: tuple[CertificateView, ...] = ()
    titles: tuple[TitleView, ...] = ()
    journeys: tuple[JourneyLine, ...] = ()


class QueueFilter(msgspec.Struct, frozen=True, kw_only=True):
    """Which part of the queue to show.

    Attributes:
        lane: Only this lane; None for all.
        office: Only this office; None for all the reader may see.
        state: `open` (to do), `done`, or `all`.
        examiner: Only orders that are with this officer and open; None for all.
        text: Words to find in names and references; None for no search.
        offset: Lines to leave out at the start (count); `limit` is how many to give at most.
    """

    lane: Lane | None = None
    office: str | None = None
    state: Literal["open", "done", "all"] = "open"
    examiner: str | None = None
    text: str | None = None
    offset: int = 0
    limit: int = 50


class Queue(msgspec.Struct, frozen=True, kw_only=True):
    """A part of the queue, most urgent first.

    Attributes:
        lines: Consignments.
        counts: Open consignments by lane; `for_others` (count) are those whose lane this reader may not know.
        total: Consignments that fit the filter, before offset and limit (count).
        places: Places for red today by quota, over the offices shown (count).
        offices: Offices this reader may choose from.
    """

    lines: tuple[ConsignmentView, ...]
    counts: dict[str, int]
    total: int
    places: int
    for_others: int = 0
    offices: tuple[str, ...]


class NewEvidence(msgspec.Struct, frozen=True, kw_only=True):
    """Something that proves a finding, as it is handed in.

    Attributes:
        name: Name of the file.
        sha256: SHA-256 of its bytes, 64 hexadecimal digits; None if the bytes come with it.
        kept: Where the bytes are kept; None if they come with it.
        content: The bytes, to be sealed here; None if they are kept elsewhere.
    """

    name: str
    sha256: str | None = None
    kept: str | None = None
    content: bytes | None = None


class NewResult(msgspec.Struct, frozen=True, kw_only=True):
    """What an officer records after an examination.

    Attributes:
        depth: `documents`, `scan`, `partial`, `full`, or `not-examined`.
        found: Whether an irregularity was found; None if not examined, or while only the laboratory can tell.
        offence: Class of the gravest offence, of `cocket.control.OFFENCES`; None if none found.
        other_offences: Further classes (0..n).
        items: Items found to be otherwise (0..n); what was declared is filled in from the declaration.
        duty_recovered: Additional duty as decimal text; None if none, or to have it computed where a tariff is loaded.
        currency: ISO 4217 of `duty_recovered`.
        sample: The sample sent to a laboratory, with its answer once it has come; None if none was sent.
        seizures: What was seized (0..n).
        evidence: What proves it (0..n); of an amendment, beside what the amended result has.
        amends: Id of the result that this one takes the place of; None if it is the first.
        note: Words for the file.
    """

    depth: Literal["documents", "scan", "partial", "full", "not-examined"]
    found: bool | None = None
    offence: str | None = None
    other_offences: tuple[str, ...] = ()
    items: tuple[ExaminedItem, ...] = ()
    duty_recovered: str | None = None
    currency: str | None = None
    sample: Sample | None = None
    seizures: tuple[Seizure, ...] = ()
    evidence: tuple[NewEvidence, ...] = ()
    amends: str | None = None
    note: str | None = None


class StatsView(msgspec.Struct, frozen=True, kw_only=True):
    """The head of customs' page: our advice and the host's lanes over the same time.

    Attributes:
        since: First day counted.
        consignments: Assessed (count).
        lanes: Our lanes → count.
        host_lanes: The host's lanes → count.
        examined: With a recorded result that is not "not examined" (count).
        found: Of these, with an irregularity (count).
        found_in_red: Of the found, those that our red lane held (count).
        found_in_host_red: Of the found, those that the host's red lane held (count).
        duty_recovered: Currency → sum as text.
        log_size: Leaves in the book; `head_size` are those in the newest signed head.
        left_out: Rows that do not agree with their sealed records, and so count for nothing (count).
    """

    since: date
    consignments: int
    lanes: dict[str, int]
    host_lanes: dict[str, int]
    examined: int
    found: int
    found_in_red: int
    found_in_host_red: int
    duty_recovered: dict[str, str]
    log_size: int
    head_size: int
    left_out: int = 0


class ProofView(msgspec.Struct, frozen=True, kw_only=True):
    """The proof of one message as a picture: the path from the leaf to the head.

    Attributes:
        message_id: The message.
        index: Leaf index.
        state: `sealed` (promised) or `in-head`.
        include_by: By when the promise says it will be in a head.
        tree_size: Size of the head used; None while only promised.
        leaf_hash: Hex.
        path: Sibling hashes from the leaf up, hex, with the side they stand on.
        root: Hex; None while only promised.
        checkpoint: The signed note; None while only promised.
    """

    message_id: str
    index: int
    state: ProofState
    include_by: datetime
    leaf_hash: str
    tree_size: int | None = None
    path: tuple[tuple[Literal["left", "right"], str], ...] = ()
    root: str | None = None
    checkpoint: str | None = None


class Officer(msgspec.Struct, frozen=True, kw_only=True):
    """A person signed in at the workbench.

    Attributes:
        id: Sign-in name.
        name: Name shown.
        role: analyst, officer, supervisor or auditor.
        office: Office; None for all offices.
        csrf: Token that each form of this session carries.
        expires: When the session ends, UTC.
    """

    id: str
    name: str
    role: Literal["analyst", "officer", "supervisor", "auditor"]
    office: str | None
    csrf: str
    expires: datetime
