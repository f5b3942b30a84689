# SPDX-License-Identifier: Apache-2.0
"""The papers of a transit message by their kind, and the names under which its consignment may be known.

Source: EU code lists of transit: CL754 transport documents, CL213 supporting documents, CL380 additional references,
CL235 authorisations at departure; UNCL 1001.
"""

from __future__ import annotations

import re
from typing import Literal

import msgspec

from cocket.model import AdditionalDocument, Reference
from cocket.model.party import ReferenceKind
from cocket.standards.leaves import Leaves

PaperKind = Literal["SupportingDocument", "TransportDocument", "AdditionalReference"]

#: Lists of papers in the order of the message.
PAPERS: tuple[PaperKind, ...] = ("SupportingDocument", "TransportDocument", "AdditionalReference")

#: Transport documents that name a consignment; others, such as a container list, do not.
_NAMING: dict[str, ReferenceKind] = {
    "N703": "HBL",  # house waybill
    "N704": "BL",  # master bill of lading
    "N705": "BL",  # bill of lading
    "N714": "HBL",  # house bill of lading
    "N720": "BL",  # rail consignment note
    "N722": "BL",  # road list (SMGS)
    "N730": "BL",  # road consignment note
    "N740": "BL",  # air waybill
    "N741": "BL",  # master air waybill
    "N750": "BL",  # movement by post
    "N785": "MANIFEST",  # cargo manifest
    "N787": "BL",  # bordereau
    "N955": "DOCUMENT",  # ATA carnet
}
_TRANSPORT = {*_NAMING, "N235", "N271", "N760"}

#: Authorisations that a declaration relies on: simplified issue, seals of a special type, reduced data.
AUTHORISATIONS = ("C521", "C523", "C524")

#: Previous documents known by a number that customs gave: declarations of any procedure, temporary storage, ENS.
_BY_MRN = ("NMRN", "N337", "N355", "N820", "N821", "N822", "N830")

#: Elements that hold a name; what a `referenceNumber` is, the group around it tells.
_TELLING: dict[str, ReferenceKind | None] = {
    "LRN": "LRN",
    "MRN": "MRN",
    "referenceNumberUCR": "UCR",
    "containerIdentificationNumber": "EQUIPMENT",
    "TIRCarnetNumber": "DOCUMENT",
    "referenceNumber": None,
}
_PLACE = re.compile(r"Consignment\[1\]/HouseConsignment\[\d+\](?:/ConsignmentItem\[\d+\])?")


def code_of(document: AdditionalDocument) -> str:
    """The whole code of a document's type, of which other standards part the category.

    Source: Commission Delegated Regulation (EU) 2015/2446 Annex B, D.E. 12 03.
    """
    return "".join(filter(None, (document.category_code, document.type_code)))


def kind_of(code: str) -> PaperKind:
    """In which list a document of a type stands.

    Source: code lists CL213, CL380, CL754.
    """
    if code in _TRANSPORT:
        return "TransportDocument"
    return "AdditionalReference" if code[:1] == "Y" else "SupportingDocument"


class Names(msgspec.Struct, frozen=True):
    """The names in a message.

    Attributes:
        all: Every one, without repeats (0..n).
        under: Those by the path of the goods item, or else the house consignment, in which they stand.
    """

    all: tuple[Reference, ...]
    under: dict[str, list[Reference]]


def names_in(leaves: Leaves) -> Names:
    """Every name under which the consignment of a message may be known.

    Args:
        leaves: The message, of which nothing has been taken.

    Source: see the module.
    """
    everything: dict[Reference, None] = {}
    under: dict[str, list[Reference]] = {}
    for path, text in leaves.items():
        last = path.rpartition("/")[2].partition("[")[0]
        name = _name(leaves, path, last, text.strip()) if text and last in _TELLING else None
        if name is not None:
            everything[name] = None
            place = _PLACE.match(path)
            under.setdefault(place[0] if place else "", []).append(name)
    return Names(tuple(everything), under)


def _name(leaves: Leaves, path: str, last: str, text: str) -> Reference | None:
    kind = _TELLING[last]
    if last == "referenceNumber":
        group = path.rpartition("/")[0].rpartition("/")[2].partition("[")[0]
        code = leaves.peek(path.replace("/referenceNumber[", "/type[")) or ""
        kind = _NAMING.get(code) if group in ("TransportDocument", "PreviousDocument") else None
        if group == "PreviousDocument" and code in _BY_MRN:
            kind = "MRN"
    return Reference(kind, text) if kind and text else None
