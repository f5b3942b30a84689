# SPDX-License-Identifier: Apache-2.0
"""The names under which a declaration's consignment may be known, gathered from where the message puts them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from cocket.model import AdditionalDocument, PreviousDocument, Reference
from cocket.model.party import ReferenceKind

#: What the documents that stand for a consignment are called; document codes of UNCL 1001 and of the UK.
_PREVIOUS: dict[str, ReferenceKind] = {"DCR": "DUCR", "MCR": "MUCR", "MRN": "MRN"}
_TRANSPORT: dict[str, ReferenceKind] = {
    "703": "HBL",  # house waybill
    "704": "BL",  # master bill of lading
    "705": "BL",  # bill of lading
    "714": "HBL",  # house bill of lading
    "720": "BL",  # rail consignment note
    "730": "BL",  # road consignment note
    "740": "BL",  # air waybill
    "741": "BL",  # master air waybill
}
_INVOICES: dict[str, ReferenceKind] = {
    "325": "INVOICE",  # pro-forma invoice
    "380": "INVOICE",  # commercial invoice
    "935": "INVOICE",  # invoice on which the customs value is declared
}

#: Previous documents that are no name: an entry in the declarant's records is a day, ZZZ is anything.
_NAMELESS = ("CLE", "ZZZ")


def previous_names(documents: Iterable[PreviousDocument]) -> Iterator[Reference]:
    """Names that previous documents give.

    Args:
        documents: Previous documents of a shipment or an item.

    Returns:
        One name for each with a number (0..n). What is neither a UCR, an MRN nor a transport document is a DOCUMENT:
        an entry summary declaration (355), for one, covers many consignments.

    Source: UK Tariff volume 3, declaration completion, data element 2/1; UNCL 1001.
    """
    for document in documents:
        code = _parted(document.type_code)
        if document.id and code and code not in _NAMELESS:
            yield Reference(_PREVIOUS.get(code) or _TRANSPORT.get(code) or "DOCUMENT", document.id)


def document_names(documents: Iterable[AdditionalDocument]) -> Iterator[Reference]:
    """Names that papers presented give: transport documents and invoices.

    Args:
        documents: Papers of a declaration or an item.

    Returns:
        Names (0..n). Licences, certificates and authorisations name no consignment.

    Source: UNCL 1001; the category `N` of EU and UK document codes marks UNCL codes.
    """
    for document in documents:
        if document.id and document.category_code in (None, "N"):
            code = _parted(document.type_code)
            kind = _TRANSPORT.get(code) or _INVOICES.get(code)
            if kind:
                yield Reference(kind, document.id)


def _parted(code: str | None) -> str:
    """A code without the category `N` that the EU's codes have before it, as in `N705`; the UK's stand apart."""
    return code[1:] if code and len(code) == len("N705") and code[0] == "N" else code or ""


def stated_names(kind: ReferenceKind, *values: str | None) -> list[Reference]:
    """Names stated as such.

    Args:
        kind: What kind of name they are.
        values: The names; None for one that is absent.

    Returns:
        Those that are there (0..n).

    Source: WCO Data Model 3.6, UCR (35B), TransportEquipment (31B), Declaration (42A), Invoice (78A).
    """
    return [Reference(kind, value) for value in values if value]
