# SPDX-License-Identifier: Apache-2.0
"""What doors are shown of advice, orders and results, and hand in of results."""

from __future__ import annotations

from datetime import datetime
from typing import Final, Literal

import msgspec

from cocket.control import (
    Confirmed,
    Evidence,
    ExaminedItem,
    PackageCount,
    Sample,
    SeenContainer,
    SeenSeal,
    Seizure,
)
from cocket.control.work_order import MONEY, NONE, Rank
from cocket.findings import Finding
from cocket.model.message import Lane
from cocket.pipeline.base.agency_holds import LetGo
from cocket.pipeline.base.sealed_advice import ReasonView
from cocket.risk.suspicion import Fact, Head


class HostResultView(msgspec.Struct, frozen=True, kw_only=True):
    """What the host reports of an examination of its own.

    Attributes:
        outcome: `nothing found`, `irregularity found` or `not examined`.
        depth: How deep the look was; None if the host does not say.
        returned: When the result came back, UTC; None if the host does not say.
    """

    outcome: Literal["nothing found", "irregularity found", "not examined"]
    depth: str | None = None
    returned: datetime | None = None

    @property
    def message(self) -> str:
        """English sentence with `{name}` places for `arguments`."""
        kind = "none" if self.outcome == "not examined" else "deep" if self.depth else "unknown"
        return REPORTED[f"{kind}-undated" if self.returned is None else kind]

    @property
    def arguments(self) -> dict[str, str]:
        """Values for the places."""
        told = {
            "outcome": self.outcome,
            "depth": self.depth,
            "reported_day": self.returned and self.returned.isoformat(),
        }
        return {name: value for name, value in told.items() if value}


#: What is said of a result of the host, by what it tells.
REPORTED: Final[dict[str, str]] = {
    "deep": "The host reports: {outcome} · {depth} · {reported_day}",
    "deep-undated": "The host reports: {outcome} · {depth} · day not stated",
    "unknown": "The host reports: {outcome} · depth not stated · {reported_day}",
    "unknown-undated": "The host reports: {outcome} · depth and day not stated",
    "none": "The host reports: {outcome} · {reported_day}",
    "none-undated": "The host reports: {outcome} · day not stated",
}


ChosenBy = Literal["chance", "rule", "score"]


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
        reasons: Rules that fired, strongest first (0..n).
        head: What to look for, because of what, and what is at stake; None for a lane that goes to no officer, for advice
            of before, and where it is not disclosed.
        rank: Where it stands in the order of work; None for advice of before, and where it is not disclosed.
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
        host_result: What the host reports of an examination of its own; None if it reports none, or it is not disclosed.
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
    head: Head | None = None
    rank: Rank | None = None
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
    host_result: HostResultView | None = None
    override: Lane | None = None
    override_reason: str | None = None

    @property
    def because(self) -> tuple[Fact, ...]:
        """The facts that lead to what is to be looked for (0..2); none where chance drew it and nothing is suspected.

        What is known of such a case did not select it, and is not shown as if it had.
        """
        if self.head is None or (self.is_random and self.head.suspicion is None):
            return ()
        return self.head.because

    @property
    def chosen_by(self) -> ChosenBy:
        """What chose it for an examination in which nothing is suspected. Where no score was given, no score chose it."""
        if self.is_random:
            return "chance"
        return "rule" if self.asked_by or self.score is None else "score"


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
        order: Control order it came of; None for results of before.
        is_amended: Whether a later one has taken its place.
        note: Words for the file.
        containers: Containers that were looked for (0..n).
        seals: Seals that were looked at (0..n).
        packages: Packages counted; None if nobody counted.
        examined: When, offset kept; None if nobody did.
        confirmed: What is unlikely in it, and its examiner was asked and kept (0..n).
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
    order: str | None = None
    is_amended: bool = False
    note: str | None = None
    containers: tuple[SeenContainer, ...] = ()
    seals: tuple[SeenSeal, ...] = ()
    packages: PackageCount | None = None
    examined: datetime | None = None
    confirmed: tuple[Finding, ...] = ()


class OrderView(msgspec.Struct, frozen=True, kw_only=True):
    """A control order.

    Attributes:
        id: Our id.
        lane: Lane it asks for.
        status: How far it has got; `lapsed` where nobody came to the documents in time and the goods are audited instead.
        examiner: Who was drawn, or took over; None where nobody was.
        stand_by: Who may take it over, in the order of the draw (0..n).
        look_for: What the officer is to look for, most telling first: tasks of `cocket.control.look_for` (0..n).
        created: When it was opened, UTC; None where it is not told.
        due: By when it must be dealt with, UTC; None where there is no end to it, or it is dealt with.
        result: What came of it, by the latest word; None while nothing has.
    """

    id: str
    lane: Lane
    status: Literal["open", "done", "released", "lapsed"]
    look_for: tuple[ReasonView, ...]
    examiner: str | None = None
    stand_by: tuple[str, ...] = ()
    created: datetime | None = None
    due: datetime | None = None
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
        held_by: Other agencies that hold the goods, beside whatever is advised (0..n).
        let_go: How the goods went on while they are held; None where nobody says that they did.
        let_go_before: How the goods went on before anybody held them, who hold them now; None where nobody says that they did.
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
    held_by: tuple[str, ...] = ()
    let_go: LetGo | None = None
    let_go_before: LetGo | None = None

    @property
    def band(self) -> int | None:
        """Its band in the order of work (1–6); None where this reader is not told whom chance drew, or it is not known."""
        if self.advice is None or self.advice.is_random is None:
            return None
        ordered = self.order is not None and self.order.status == "open"
        band = self.advice.rank.band if self.advice.rank else NONE
        return MONEY if ordered and band == NONE else band


class ExaminerView(msgspec.Struct, frozen=True, kw_only=True):
    """Who can be given an order: sign-in name, open orders (count), and whether on duty."""

    id: str
    open_orders: int
    is_on_duty: bool


class NewEvidence(msgspec.Struct, frozen=True, kw_only=True):
    """Something that proves a finding, as it is handed in.

    Attributes:
        name: Name of the file.
        sha256: SHA-256 of its bytes, 64 hexadecimal digits; None if the bytes come with it.
        kept: Where the bytes are kept; None if they come with it.
        content: The bytes, to be sealed here; None if they are kept elsewhere.
        record: Id of the record by which they were sealed here before; None if they were not.
    """

    name: str
    sha256: str | None = None
    kept: str | None = None
    content: bytes | None = None
    record: str | None = None


class OrderBasis(msgspec.Struct, frozen=True, kw_only=True):
    """What an order rested on when a device was given it: if any of it is otherwise now, a person decides.

    Attributes:
        examiner: With whom it was; None for nobody.
        declaration: Message of the declaration; None if there was none.
        result: Result that stood; None if none did.
    """

    examiner: str | None = None
    declaration: str | None = None
    result: str | None = None


class FromDevice(msgspec.Struct, frozen=True, kw_only=True):
    """Where a result was made that a device sends later, perhaps twice.

    Attributes:
        id: Id that the device gave it, a UUID.
        made: When, by the clock of the device, offset kept.
        basis: What the order rested on there.
    """

    id: str
    made: datetime
    basis: OrderBasis


#: What its examiner says of a result that came second: kept as a note; both hold, of different things; the head decides.
Answer = Literal["note", "both", "ask"]

#: Why a result is not recorded as the result of its order. Of its declaration: it was amended, replaced or cancelled; it stands,
#: and a later one of the consignment counts; or it is in another consignment now, since links changed.
Moved = Literal[
    "taken-over", "declaration-changed", "declaration-added", "declaration-gone", "result-stands", "order-closed"
]


class BesideView(msgspec.Struct, frozen=True, kw_only=True):
    """A result that was kept beside the one of its order.

    Attributes:
        id: Id of its sealed record.
        result: The result.
        answer: What its examiner said of the two.
        moved: What had changed meanwhile (1..n).
    """

    id: str
    result: ResultView
    answer: Answer
    moved: tuple[Moved, ...]


class NewFile(msgspec.Struct, frozen=True, kw_only=True):
    """A photograph, scanner image or paper, as a device hands it in.

    Attributes:
        id: Id that the device gave it, a UUID.
        name: Name of the file.
        sha256: SHA-256 of its bytes by the device, 64 hexadecimal digits.
        content: The bytes.
        kind: `photo`, `paper`, or `x-ray` for an image of a scanner.
        taken: When, by the clock of the device, offset kept; None if not said.
        verdict: What the scanner, or who read its image, said: `clear`, `suspicious`, `inconclusive`; None if nothing.
    """

    id: str
    name: str
    sha256: str
    content: bytes
    kind: Literal["photo", "paper", "x-ray"] = "photo"
    taken: datetime | None = None
    verdict: Literal["clear", "suspicious", "inconclusive"] | None = None


class FileView(msgspec.Struct, frozen=True, kw_only=True):
    """A file of an examination, as it is sealed.

    Attributes:
        record: Id of its sealed record.
        place: Leaf of that record in its log.
        name: Name of the file.
        sha256: SHA-256 of its bytes as they were taken.
        kind: `photo`, `paper` or `x-ray`.
        type: Media type, by its content.
        size: Its size (bytes).
        at: When it was sealed, UTC.
        officer: Who handed it in.
        taken: When it was taken, by the device; None if not said.
        verdict: What was said of a scanner's image; None if nothing.
        is_shown: Whether there is a picture of it that a browser may show.
        facts: What the file says of itself, such as the scanner's modality, by name.
    """

    record: str
    place: int
    name: str
    sha256: str
    kind: str
    type: str
    size: int
    at: datetime
    officer: str
    taken: datetime | None = None
    verdict: str | None = None
    is_shown: bool = False
    facts: dict[str, str] = {}


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
        containers: Containers that were looked for (0..n).
        seals: Seals that were looked at (0..n).
        packages: Packages counted; None if nobody counted. What was declared is filled in from the declaration.
        confirmed: Questions about it that the examiner was asked and answered with "as entered" (0..n); those that it does
            not raise are left out.
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
    containers: tuple[SeenContainer, ...] = ()
    seals: tuple[SeenSeal, ...] = ()
    packages: PackageCount | None = None
    confirmed: tuple[Confirmed, ...] = ()
