# SPDX-License-Identifier: Apache-2.0
"""What a target writes in its own way: the same document, told as a standard tells it.

Source: UNCL 1001 and the EU's document codes; Harmonized System; ICS functional specification, IE315, box 33.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, cast

import msgspec
from msgspec import structs

from cocket.model import AdditionalDocument, Declaration, Document, GovernmentAgencyGoodsItem

_HS_DIGITS = 6
_ENS_DIGITS = 8


def suited(document: Document, target: str) -> Document:
    """A document as a target writes the same: without extensions of another standard.

    Args:
        document: What is to be written.
        target: Name of the standard.

    Returns:
        Texts without line ends where the target has no room for these; document codes parted (`N705` is category N,
        type 705) or joined; for an entry summary the six digits of a commodity code that are the Harmonized
        System's, where the whole code is longer than the message's eight.

    Source: UNCL 1001 and the EU's document codes; Harmonized System; ICS functional specification, IE315, box 33.
    """
    document = _without_extensions(document)
    if target in ("wco-dm", "ens", "ncts"):
        document = _on_one_line(document)
    if isinstance(document, Declaration):
        change = _ITEM_CHANGES.get(target)
        items = tuple(map(change, document.shipment.items)) if change else document.shipment.items
        shipment = structs.replace(document.shipment, items=items)
        document = structs.replace(document, shipment=shipment)
    return document


def _without_extensions(document: Document) -> Document:
    return cast(Document, _changed(document, lambda name, each: () if name == "extensions" else each))


def _on_one_line(document: Document) -> Document:
    return cast(Document, _changed(document, lambda _, each: _one_line(each) if isinstance(each, str) else each))


def _one_line(text: str) -> str:
    return " ".join(text.split()) if "\n" in text else text


def _changed(value: Any, change: Callable[[str, Any], Any], name: str = "") -> Any:
    """A document with every value in it changed."""
    value = change(name, value)
    if isinstance(value, msgspec.Struct):
        parts = {each: _changed(getattr(value, each), change, each) for each in value.__struct_fields__}
        return structs.replace(value, **parts)
    if isinstance(value, tuple):
        return tuple(_changed(each, change, name) for each in value)
    if isinstance(value, dict):
        return {key: _changed(each, change, name) for key, each in value.items()}
    return value


def _with_parted_codes(item: GovernmentAgencyGoodsItem) -> GovernmentAgencyGoodsItem:
    return structs.replace(item, documents=tuple(map(_parted, item.documents)))


def _parted(document: AdditionalDocument) -> AdditionalDocument:
    code = document.type_code or ""
    if document.category_code or len(code) != len("N705") or not (code[0].isalpha() and code[1:].isalnum()):
        return document
    return structs.replace(document, category_code=code[0], type_code=code[1:])


def _with_short_codes(item: GovernmentAgencyGoodsItem) -> GovernmentAgencyGoodsItem:
    codes = tuple(
        structs.replace(each, id=each.id[:_HS_DIGITS]) if len(each.id) > _ENS_DIGITS and each.id.isdecimal() else each
        for each in item.commodity.classifications
    )
    return structs.replace(item, commodity=structs.replace(item.commodity, classifications=codes))


_ITEM_CHANGES = {"wco-dm": _with_parted_codes, "ens": _with_short_codes}
