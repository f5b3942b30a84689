# SPDX-License-Identifier: Apache-2.0
"""From the model to a message.

Source: OASIS UBL 2.1–2.4; UN/CEFACT Cross Industry Invoice D16B and D22B.
"""

from __future__ import annotations

from typing import Any

from lxml import etree

from cocket.errors import SenderError
from cocket.model import CommercialInvoice, Extension, PackingList
from cocket.standards.invoice.fields import CII, CII_FRAME, UBL, UBL_REPEATED
from cocket.standards.invoice.places import Said, extensions_of, put_values
from cocket.standards.invoice.tables import cii_outline, ubl_outline
from cocket.standards.leaves import Leaves, element_of
from cocket.standards.shape import Outline


def write_ubl(document: CommercialInvoice | PackingList) -> bytes:
    """An invoice, credit note, packing list or despatch advice of UBL.

    Args:
        document: What to write. Amounts without currency get that of the invoice, which UBL asks for.

    Returns:
        The message as UTF-8.

    Raises:
        SenderError: It is of a kind that UBL does not have, or a text is one that XML does not allow.

    Source: OASIS UBL 2.1–2.4.
    """
    roots = {
        "invoice": "Invoice",
        "credit-note": "CreditNote",
        "packing-list": "PackingList",
        "despatch-advice": "DespatchAdvice",
    }
    root = roots.get(document.kind, "")
    if not root:
        raise SenderError(f"UBL has no {document.kind}.", expected=", ".join(roots), found=document.kind)
    leaves = _leaves(document, UBL[root], document.currency if isinstance(document, CommercialInvoice) else None)
    for path, value in dict(leaves.items()).items():
        for asked, said in UBL_REPEATED.items():
            if path.endswith(said) and not leaves.has(path.removesuffix(said) + asked.removesuffix("[1]")):
                leaves.put(path.removesuffix(said) + asked, value)
    return _bytes(leaves, ubl_outline(root), root)


def write_cii(document: CommercialInvoice) -> bytes:
    """A Cross Industry Invoice.

    Args:
        document: What to write.

    Returns:
        The message as UTF-8.

    Raises:
        SenderError: A text is one that XML does not allow.

    Source: UN/CEFACT D22B.
    """
    leaves = _leaves(document, CII, None)
    for path in CII_FRAME:
        if not leaves.has(path):
            leaves.put(f"{path}[1]", "")
    return _bytes(leaves, cii_outline(), "CrossIndustryInvoice")


def _leaves(document: Any, places: tuple[Any, ...], currency: str | None) -> Leaves:
    leaves = Leaves()
    laid = _laid(document, places)
    put_values(leaves, "", document, places, Said(currency, {each.path: each.value for each in laid}))
    leaves.lay_back(laid)
    return Leaves(dict(leaves.items()))


def _laid(document: Any, places: tuple[Any, ...]) -> list[Extension]:
    return [Extension(path, text) for path, text in extensions_of(document, places)]


def _bytes(leaves: Leaves, outline: Outline, root: str) -> bytes:
    try:
        element = element_of(leaves, outline, root)
    except ValueError as error:  # lxml's word for a character or a name that XML has no way to write
        raise SenderError("This document contains text that XML does not allow.", found=str(error)) from error
    spaces: Any = {prefix or None: space for prefix, space in outline.prefixes.items()}
    etree.cleanup_namespaces(element, top_nsmap=spaces)
    return etree.tostring(element, encoding="UTF-8", xml_declaration=True)
