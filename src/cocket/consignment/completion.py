# SPDX-License-Identifier: Apache-2.0
"""What is here of the papers that a movement of this kind should have: a count with its list, which refuses nothing."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final, Literal

import msgspec

from cocket.consignment.in_time import PaperSort, sort_of_paper
from cocket.consignment.paper import Paper
from cocket.consignment.uses import is_air_waybill

#: Kinds of movement, by flow and the way the goods come; `None` where the papers do not tell.
MovementKind = Literal[
    "import-sea", "import-air", "import-other", "export-sea", "export-air", "export-other", "transit"
]

#: Papers that a movement of each kind should have, in the order in which they are made.
#: Source: UN/CEFACT Buy-Ship-Pay reference data model (order to payment); SAFE Framework of Standards 2021, pillar 1, for
#: advance data by mode; SOLAS VI/2 asks for a verified mass of packed containers, of which nothing is drawn here (`standards/dcsa`).
WANTED: Final[dict[MovementKind, tuple[PaperSort, ...]]] = {
    "import-sea": ("invoice", "packing-list", "entry-summary", "transport-document", "import-declaration", "movement"),
    "import-air": ("invoice", "packing-list", "entry-summary", "transport-document", "import-declaration"),
    "import-other": ("invoice", "packing-list", "transport-document", "import-declaration"),
    "export-sea": ("invoice", "packing-list", "export-declaration", "movement", "transport-document"),
    "export-air": ("invoice", "packing-list", "export-declaration", "transport-document"),
    "export-other": ("invoice", "packing-list", "export-declaration"),
    "transit": ("transport-document", "transit-declaration"),
}

_WAYS: Final[dict[str, str]] = {"1": "sea", "4": "air"}


class WantedPaper(msgspec.Struct, frozen=True, kw_only=True):
    """One paper that should be here.

    Attributes:
        sort: What it is.
        message_id: The newest message that is one and holds; None while there is none.
    """

    sort: PaperSort
    message_id: str | None = None


class Completion(msgspec.Struct, frozen=True, kw_only=True):
    """How complete the papers of a consignment are.

    Attributes:
        movement: Kind of movement; None where the papers do not tell, and nothing is counted then.
        here: Papers that are here (count).
        papers: Those that should be, in the order in which they are made (0..n).
    """

    movement: MovementKind | None
    here: int
    papers: tuple[WantedPaper, ...]


def completion_of(papers: Sequence[Paper]) -> Completion:
    """What is here of the papers that a movement of this kind should have.

    Args:
        papers: Every paper of a dossier; refused and superseded ones, and cancellations, are not here.
    """
    holding = [paper for paper in papers if paper.speaks]
    movement = movement_of(holding)
    if movement is None:
        return Completion(movement=None, here=0, papers=())
    found = {sort_of_paper(paper.document): paper.message_id for paper in holding}
    found |= (
        {"packing-list": found["despatch-advice"]} if "packing-list" not in found and "despatch-advice" in found else {}
    )
    wanted = tuple(WantedPaper(sort=sort, message_id=found.get(sort)) for sort in WANTED[movement])
    return Completion(movement=movement, here=sum(one.message_id is not None for one in wanted), papers=wanted)


def movement_of(papers: Sequence[Paper]) -> MovementKind | None:
    """What kind of movement papers that hold tell of: by the declaration, else by the nature of the transport document."""
    flows = [paper.declaration.flow for paper in papers if paper.declaration]
    natures = [paper.bill.nature_code for paper in papers if paper.bill]
    told = [flow for flow in flows if flow in ("import", "export", "transit")]
    by_nature = {"22": "export", "23": "import", "24": "transit"}
    flow = told[-1] if told else next((by_nature[one] for one in natures if one in by_nature), None)
    if flow is None:
        flow = "import" if "cargo-report" in flows else None
    if flow is None or flow == "transit":
        return "transit" if flow else None
    way = _way_of(papers)
    if flow == "import":
        return "import-sea" if way == "sea" else "import-air" if way == "air" else "import-other"
    return "export-sea" if way == "sea" else "export-air" if way == "air" else "export-other"


def _way_of(papers: Sequence[Paper]) -> str:
    """Sea or air as the papers state the mode, else as the transport document's number shows; else neither."""
    for paper in reversed(papers):
        if paper.declaration and (means := paper.declaration.shipment.border_transport) and means.mode_code:
            return _WAYS.get(means.mode_code, "other")
    numbers = ["".join(filter(str.isalnum, paper.bill.id)) for paper in papers if paper.bill and paper.bill.id]
    if any(map(is_air_waybill, numbers)):
        return "air"
    has_boxes = any(paper.bill.equipment for paper in papers if paper.bill)
    return "sea" if has_boxes else "other"
