# SPDX-License-Identifier: Apache-2.0
"""The names under which a consignment may be known, gathered from where a message puts them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from cocket.model import AdditionalDocument, Reference
from cocket.model.party import ReferenceKind

#: Documents that stand for a consignment: codes of UNCL 1001, which the EU writes with an `N` before them.
_TRANSPORT: dict[str, ReferenceKind] = {
    "703": "HBL",  # house waybill
    "704": "BL",  # master bill of lading
    "705": "BL",  # bill of lading
    "710": "BL",  # sea waybill
    "714": "HBL",  # house bill of lading
    "720": "BL",  # rail consignment note
    "722": "BL",  # road list (SMGS)
    "730": "BL",  # road consignment note
    "740": "BL",  # air waybill
    "741": "BL",  # master air waybill
    "750": "BL",  # movement by post
    "785": "MANIFEST",  # cargo manifest
    "787": "BL",  # bordereau
    "952": "DOCUMENT",  # TIR carnet
    "955": "DOCUMENT",  # ATA carnet
}
_MARK = "N"


def document_names(documents: Iterable[AdditionalDocument]) -> Iterator[Reference]:
    """Names that documents produced give.

    Args:
        documents: Documents of an item.

    Returns:
        One name a transport document (0..n); licences and certificates name no consignment.

    Source: UNCL 1001; Commission Delegated Regulation (EU) 2015/2446 Annex B, transport document codes.
    """
    for document in documents:
        kind = _TRANSPORT.get((document.type_code or "").removeprefix(_MARK))
        if kind and document.id:
            yield Reference(kind, document.id)


def stated_names(kind: ReferenceKind, *values: str | None) -> Iterator[Reference]:
    """Names stated as such.

    Args:
        kind: What kind of name they are.
        values: The names; None for one that is absent.

    Returns:
        Those that are there (0..n).

    Source: ICS functional specification, reference numbers, commercial reference number, container number.
    """
    return (Reference(kind, value) for value in values if value)
