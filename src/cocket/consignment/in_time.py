# SPDX-License-Identifier: Apache-2.0
"""Who said what first: the papers of a consignment in the order in which they were said, each with what it states."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Final, Literal

import msgspec

from cocket.consignment.paper import Basis, Paper, moment_of, statement
from cocket.consignment.side_by_side import Row, text_of
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
        Each paper, the earliest first. Who said a field first is told of papers that hold, by `Paper.said`; a paper that is
        dated back is first by its own word, which `received` beside it shows.
    """
    by_name = {row.name: row for row in rows}
    told = []
    for n in sorted(range(len(papers)), key=lambda n: papers[n].said):
        cells = tuple(_cell(by_name.get(name), n, papers[n]) for name, _ in SAID)
        told.append(_said(papers[n], cells, is_member=True))
    for paper in beside:
        says = statement(paper)
        cells = tuple(SaidCell(text=text_of(name, says)) for name, _ in SAID)
        told.append(_said(paper, cells, is_member=False))
    return tuple(sorted(told, key=lambda one: one.at))


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


def _cell(row: Row | None, place: int, paper: Paper) -> SaidCell:
    if row is None:
        return SaidCell()
    cell = row.cells[place]
    return SaidCell(text=cell.text, differs=cell.differs, is_first=row.first == place and paper.speaks)


def _said(paper: Paper, cells: tuple[SaidCell, ...], *, is_member: bool) -> Said:
    at, is_day, basis = moment_of(paper.document, paper.received)
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
