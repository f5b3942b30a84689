# SPDX-License-Identifier: Apache-2.0
"""From a message to the model; what has no place there stays as extensions.

Source: OASIS UBL 2.1–2.4; UN/CEFACT Cross Industry Invoice D16B and D22B.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

from lxml import etree
from msgspec import structs

from cocket.model import AdditionalDocument, CommercialInvoice, InvoiceLine, PackingLine, PackingList, Party, Reference
from cocket.model.party import ReferenceKind
from cocket.standards.invoice.fields import CII, CREDIT_TYPES, UBL
from cocket.standards.invoice.places import Texted, read_values
from cocket.standards.leaves import leaves_of
from cocket.standards.shape import Outline

#: Kinds of names by the type of document (UNCL 1001); all others are documents.
KINDS: dict[str, ReferenceKind] = {
    **dict.fromkeys(("704", "705", "706", "707", "710", "711", "712", "720", "730", "740", "741", "760"), "BL"),
    **dict.fromkeys(("703", "714"), "HBL"),
    **dict.fromkeys(("105", "220", "221", "224"), "ORDER"),
    **dict.fromkeys(("325", "380", "381", "385", "388"), "INVOICE"),
    **dict.fromkeys(("830", "929"), "MRN"),
}
_EQUIPMENT = re.compile(r"(?:cac:TransportEquipment|ram:UtilizedLogisticsTransportEquipment)\[\d+\]/\w+:ID\[1\]$")


def read_ubl_invoice(root: etree._Element, outline: Outline) -> CommercialInvoice:
    """An invoice or credit note of UBL.

    Args:
        root: Its root element; what is in it may be anything.
        outline: That of its root.

    Source: OASIS UBL 2.1–2.4.
    """
    texts, name = _texts(root, outline), etree.QName(root).localname
    boxes = _boxes(texts)
    values = read_values(texts, UBL[name])
    kind = "credit-note" if name == "CreditNote" else "invoice"
    invoice = CommercialInvoice(kind=kind, **values)  # type: ignore[arg-type]  # mypy widens the literal
    return _named(invoice, boxes)


def read_cii(root: etree._Element, outline: Outline) -> CommercialInvoice:
    """A Cross Industry Invoice.

    Source: UN/CEFACT D16B, D22B; UNCL 1001 for what is a credit note.
    """
    texts = _texts(root, outline)
    boxes = _boxes(texts)
    values = read_values(texts, CII)
    kind = "credit-note" if values["type_code"] in CREDIT_TYPES else "invoice"
    return _named(CommercialInvoice(kind=kind, **values), boxes)  # type: ignore[arg-type]


def read_packing_list(root: etree._Element, outline: Outline) -> PackingList:
    """A packing list or despatch advice of UBL.

    Source: OASIS UBL 2.1–2.4.
    """
    texts, name = _texts(root, outline), etree.QName(root).localname
    boxes = _boxes(texts)
    values = read_values(texts, UBL[name])
    kind = "despatch-advice" if name == "DespatchAdvice" else "packing-list"
    return _named_list(PackingList(kind=kind, **values), boxes)  # type: ignore[arg-type]


def _texts(root: etree._Element, outline: Outline) -> Texted:
    return dict(leaves_of(root, outline).items())


def _boxes(texts: Texted) -> list[str]:
    """Numbers of containers, wherever they stand (0..n)."""
    return [text.strip() for path, text in texts.items() if text and text.strip() and _EQUIPMENT.search(path)]


# Names -----------------------------------------------------------------------------------------------------------------


def _named(invoice: CommercialInvoice, boxes: Iterable[str]) -> CommercialInvoice:
    own = [Reference("INVOICE", invoice.number, _issuer(invoice.seller))] if invoice.number else []
    names = (
        *own,
        *_references("ORDER", (invoice.order, *(line.order for line in invoice.lines))),
        *_references("BL", (invoice.transport_document,)),
        *_references("DOCUMENT", (invoice.contract, invoice.despatch_advice)),
        *_of_documents(invoice.documents),
        *_references("EQUIPMENT", boxes),
    )
    return structs.replace(invoice, references=tuple(dict.fromkeys(names)))


def _named_list(packing: PackingList, boxes: Iterable[str]) -> PackingList:
    lines: list[InvoiceLine | PackingLine] = [*packing.lines, *(line for unit in packing.units for line in unit.lines)]
    names = (
        *_references("DOCUMENT", (packing.number,)),
        *_references("ORDER", (packing.order, *(line.order for line in lines))),
        *_references("BL", (packing.transport_document,)),
        *_of_documents(packing.documents, _issuer(packing.seller or packing.consignor)),
        *_references("EQUIPMENT", boxes),
    )
    return structs.replace(packing, references=tuple(dict.fromkeys(names)))


def _of_documents(documents: Iterable[AdditionalDocument], seller: str | None = None) -> Iterator[Reference]:
    for document in documents:
        kind = KINDS.get((document.type_code or "").removeprefix("N"), "DOCUMENT")
        if document.id:
            yield Reference(kind, document.id, seller if kind == "INVOICE" else None)


def _references(kind: ReferenceKind, values: Iterable[str | None]) -> Iterator[Reference]:
    return (Reference(kind, value) for value in values if value)


def _issuer(party: Party | None) -> str | None:
    return (party.name or party.id) if party else None
