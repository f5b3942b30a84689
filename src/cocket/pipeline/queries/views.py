# SPDX-License-Identifier: Apache-2.0
"""What leaves the pipeline towards the doors: one struct per answer, the same JSON from HTTP, CLI and pages."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal
from typing import Literal

import msgspec

from cocket.consignment.completion import Completion
from cocket.findings import Finding
from cocket.measures.permits import Hold
from cocket.model.message import Lane
from cocket.pipeline.consignment.mirror_matching import MirrorHit, MirrorLone
from cocket.pipeline.consignment.partner_notices import NoticeView
from cocket.pipeline.control.views import BesideView, ConsignmentView, FileView, ResultView
from cocket.pipeline.credentials.lodged_certificates import CertificateView
from cocket.pipeline.credentials.title_views import TitleView
from cocket.pipeline.intake.messages import Outcome
from cocket.pipeline.measures.duties import CostView
from cocket.pipeline.measures.payments import PaymentView
from cocket.pipeline.measures.permit_needs import NeedView
from cocket.pipeline.tracking.views import JourneyLine

ProofState = Literal["sealed", "in-head"]


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


class Cell(msgspec.Struct, frozen=True, kw_only=True):
    """One value in one paper, in the papers-side-by-side table.

    Attributes:
        text: The value as text; None if the paper does not say.
        differs: Whether it disagrees with what was said before; never so of the paper that said it first.
    """

    text: str | None
    differs: bool = False


class PaperRow(msgspec.Struct, frozen=True, kw_only=True):
    """One field across all papers.

    Attributes:
        name: Stable name of the field.
        label: The field in English.
        cells: In the order of `DossierView.papers`.
        first: Place in `cells` of the paper that said it first (0-based): by the day that each paper states of itself, else
            by receipt, of those that hold; None if no paper says it.
    """

    name: str
    label: str
    cells: tuple[Cell, ...]
    first: int | None = None


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
        payment: What the declarant was asked to pay, and what was paid.
        needs: What other agencies ask of each item, by the permit matrix of the house (0..n).
        holds: Agencies' own words on the goods, oldest first (0..n).
        certificates: Verifiable certificates, judged as they stand now (0..n).
        titles: Documents of title among them, and where their titles stand by what was last told (0..n).
        journeys: Journeys that rest on it, oldest first (0..n).
        parties: Parties of the declaration that holds, each with its part, how it is known here, and its name as written (0..n).
        files: Photographs, scanner images and papers of its examinations, oldest first (0..n).
        beside: Results that were kept beside the one of its order, oldest first (0..n).
        mirror: What a partner administration's records say of its declarations (0..n).
        mirror_lone: Imports of which such records hold no export, though they are of that time (0..n).
        partner_notices: What partner administrations told of it: seizures, movements, traders they trust (0..n).
        completion: Which papers such a movement should have, and which are here.
    """

    summary: ConsignmentView
    references: tuple[tuple[str, str], ...]
    papers: tuple[MessageView, ...]
    rows: tuple[PaperRow, ...]
    findings: tuple[Finding, ...]
    timeline: tuple[TimelineEntry, ...]
    results: tuple[ResultView, ...] = ()
    costs: tuple[CostView, ...] = ()
    payment: PaymentView | None = None
    needs: tuple[NeedView, ...] = ()
    holds: tuple[Hold, ...] = ()
    certificates: tuple[CertificateView, ...] = ()
    titles: tuple[TitleView, ...] = ()
    journeys: tuple[JourneyLine, ...] = ()
    parties: tuple[tuple[str, str, str | None], ...] = ()
    files: tuple[FileView, ...] = ()
    beside: tuple[BesideView, ...] = ()
    mirror: tuple[MirrorHit, ...] = ()
    mirror_lone: tuple[MirrorLone, ...] = ()
    partner_notices: tuple[NoticeView, ...] = ()
    completion: Completion | None = None


class GoodsView(msgspec.Struct, frozen=True, kw_only=True):
    """What the newest declaration of a consignment says of its goods.

    Attributes:
        hs: Goods codes, digits only, each once (0..n).
        containers: Containers on any paper, sorted (0..n).
        duty: Duties and taxes as declared, else by the tariff of the house; None where neither says.
        duty_currency: ISO 4217 of `duty`, the national currency; None without a tariff, which names it.
        is_computed: Whether `duty` is by the tariff, not declared.
    """

    hs: tuple[str, ...] = ()
    containers: tuple[str, ...] = ()
    duty: Decimal | None = None
    duty_currency: str | None = None
    is_computed: bool = False


class QueueFilter(msgspec.Struct, frozen=True, kw_only=True):
    """Which part of the queue to show.

    Attributes:
        lane: Only this lane; None for all.
        office: Only this office; None for all the reader may see.
        state: `open` (to do), `done`, `all`, or `held` by another agency, their orders done or not.
        examiner: Only orders that are with this officer and open; None for all.
        text: Words to find in names and references; None for no search.
        sort: In which order: `work` (bands, then chance × money), `stake`, `time` (left), `received` (newest first), `title`.
        after: Place in that order after which to begin, as `Queue.further` gives it; None for the first line.
        offset: Lines before these (count), for people; without `after` so many are left out. `limit` is how many to give.
    """

    lane: Lane | None = None
    office: str | None = None
    state: Literal["open", "done", "all", "held"] = "open"
    examiner: str | None = None
    text: str | None = None
    sort: Literal["work", "stake", "time", "received", "title"] = "work"
    after: str | None = None
    offset: int = 0
    limit: int = 50


class Queue(msgspec.Struct, frozen=True, kw_only=True):
    """A part of the queue, most urgent first.

    Attributes:
        lines: Consignments.
        counts: Consignments that fit the filter but for its lane, by lane; `for_others` (count) are those whose lane this
            reader may not know.
        total: Consignments that fit the filter, before offset and limit (count).
        places: Places for red today by quota, over the offices shown (count).
        taken: Places for red given today at these offices, their orders done or not (count); beyond `places` by intelligence
            and alerts, which no quota holds back.
        offices: Offices this reader may choose from.
        further: Place of the last line, after which the next part begins; None if this is the last part.
    """

    lines: tuple[ConsignmentView, ...]
    counts: dict[str, int]
    total: int
    places: int
    taken: int = 0
    for_others: int = 0
    offices: tuple[str, ...]
    further: str | None = None


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
