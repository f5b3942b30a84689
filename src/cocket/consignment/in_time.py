# SPDX-License-Identifier: Apache-2.0
"""Who said what first: the papers of a consignment in the order in which they were said, each with what it states."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, date, datetime, time
from typing import Final, Literal

import msgspec

from cocket.consignment.paper import Paper, statement
from cocket.consignment.sides import Row, text_of
from cocket.model import (
    Certificate,
    CommercialInvoice,
    Declaration,
    Document,
    Licence,
    Manifest,
    Movement,
    PackingList,
    ReleaseOrder,
    Response,
    ValueDeclaration,
)

#: Sorts of paper, in the order in which a sale is carried through.
PaperSort = Literal[
    "invoice", "credit-note", "packing-list", "despatch-advice", "certificate", "licence", "value-declaration",
    "transport-document", "entry-summary", "export-declaration", "transit-declaration", "import-declaration", "movement",
    "release-order", "answer", "unread",
]  # fmt: skip

#: What the moment of a paper is: stated by itself, or when it came.
Basis = Literal["stated", "received"]

#: Fields that papers are shown by in time, with their labels.
SAID: Final = (
    ("value", "value"),
    ("gross_mass_kg", "gross kg"),
    ("packages", "packages"),
    ("consignor", "consignor"),
    ("consignee", "consignee"),
)

_FLOWS: Final[dict[str, PaperSort]] = {
    "import": "import-declaration", "export": "export-declaration", "transit": "transit-declaration",
    "cargo-report": "entry-summary",
}  # fmt: skip


class SaidCell(msgspec.Struct, frozen=True, kw_only=True):
    """What one paper states of one field.

    Attributes:
        text: As people read it; None where the paper does not say.
        is_first: Whether no paper that holds said it before.
        differs: Whether it disagrees with what other papers say.
    """

    text: str | None = None
    is_first: bool = False
    differs: bool = False


class Said(msgspec.Struct, frozen=True, kw_only=True):
    """One paper in time.

    Attributes:
        message_id: Its message.
        part: Which part of it; 0 for the whole.
        sort: What it is.
        at: When it was said, offset kept; midnight UTC where only a day is stated (`is_day`).
        is_day: Whether `at` means a day.
        basis: What that moment is.
        received: When it came, UTC.
        sender: Who sent it.
        standard: Its standard; None if none was recognised.
        version: Version of the message.
        standing: `accepted`, `refused` or `superseded`.
        is_member: Whether it is filed in the dossier; else it only names a container of it.
        cells: What it states, in the order of `SAID`.
    """

    message_id: str
    part: int
    sort: PaperSort
    at: datetime
    is_day: bool
    basis: Basis
    received: datetime
    sender: str
    standard: str | None
    version: int
    standing: str
    is_member: bool
    cells: tuple[SaidCell, ...]


def said_in_time(papers: Sequence[Paper], rows: Sequence[Row], beside: Sequence[Paper] = ()) -> tuple[Said, ...]:
    """Papers in the order in which they were said.

    Args:
        papers: All papers of a dossier, in index order (1..n).
        rows: The same papers side by side, as `derive` gives them: where they disagree is judged there.
        beside: Papers that only name a container of it, which are not compared (0..n).

    Returns:
        Each paper, the earliest first. Who said a field first is told of papers that hold, by the moment that each states of
        itself; a paper that is dated back is first by its own word, which `received` beside it shows.
    """
    by_name = {row.name: row for row in rows}
    moments = [moment_of_paper(paper) for paper in papers]
    order = sorted(range(len(papers)), key=lambda n: (_aware(moments[n][0]), papers[n].index, papers[n].part))
    first = {
        name: next((n for n in order if papers[n].speaks and _cell(by_name, name, n).text is not None), None)
        for name, _ in SAID
    }
    told = []
    for n in order:
        cells = tuple(msgspec.structs.replace(_cell(by_name, name, n), is_first=first[name] == n) for name, _ in SAID)
        told.append(_said(papers[n], moments[n], cells, is_member=True))
    for paper in beside:
        says = statement(paper)
        cells = tuple(SaidCell(text=text_of(name, says)) for name, _ in SAID)
        told.append(_said(paper, moment_of_paper(paper), cells, is_member=False))
    return tuple(sorted(told, key=lambda one: _aware(one.at)))


def sort_of_paper(document: Document | None) -> PaperSort:
    """What a paper is, as far as it matters for who says what."""
    match document:
        case CommercialInvoice():
            return "invoice" if document.kind == "invoice" else "credit-note"
        case PackingList():
            return "packing-list" if document.kind == "packing-list" else "despatch-advice"
        case Declaration():
            return _FLOWS.get(document.flow or "", "import-declaration")
        case Manifest():
            return "transport-document"
        case Certificate():
            return "certificate"
        case Licence():
            return "licence"
        case ValueDeclaration():
            return "value-declaration"
        case Movement():
            return "movement"
        case ReleaseOrder():
            return "release-order"
        case Response():
            return "answer"
    return "unread"


def moment_of_paper(paper: Paper) -> tuple[datetime, bool, Basis]:
    """When a paper was said, whether that is only a day, and what it is: as it states itself, else when it came."""
    stated = _stated(paper.document)
    if isinstance(stated, datetime):
        return stated, False, "stated"
    if stated is not None:
        return datetime.combine(stated, time(tzinfo=UTC)), True, "stated"
    return paper.received, False, "received"


def _stated(document: Document | None) -> date | datetime | None:
    match document:
        case Declaration():
            status = document.status
            return document.issued or document.accepted or (status.registered if status else None)
        case Movement():
            return document.occurred or document.arrived or document.departed
        case Manifest() | CommercialInvoice() | PackingList() | Response() | ReleaseOrder():
            return document.issued
    return None


def _cell(by_name: dict[str, Row], name: str, place: int) -> SaidCell:
    row = by_name.get(name)
    if row is None:
        return SaidCell()
    return SaidCell(text=row.cells[place].text, differs=row.cells[place].differs)


def _said(paper: Paper, moment: tuple[datetime, bool, Basis], cells: tuple[SaidCell, ...], *, is_member: bool) -> Said:
    at, is_day, basis = moment
    return Said(
        message_id=paper.message_id,
        part=paper.part,
        sort=sort_of_paper(paper.document),
        at=at,
        is_day=is_day,
        basis=basis,
        received=paper.received,
        sender=paper.sender,
        standard=paper.standard,
        version=paper.version,
        standing=paper.standing,
        is_member=is_member,
        cells=cells,
    )


def _aware(at: datetime) -> datetime:
    return at if at.tzinfo is not None else at.replace(tzinfo=UTC)
