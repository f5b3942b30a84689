# SPDX-License-Identifier: Apache-2.0
"""Goods that a ship and her crew have for themselves ↔ declarations: forms 3 and 4.

Of a crew member's effects the goods are drawn, and not whose they are: the names stay with the form.

Source: FAL Convention, annex, standards 2.4 and 2.5, forms 3 and 4.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from msgspec import structs

from cocket.model import Commodity, Declaration, Document, GovernmentAgencyGoodsItem, SupplementaryQuantity
from cocket.standards.imo_fal.call import read_declaration, write_declaration
from cocket.standards.json_drawing import number, objects, text
from cocket.standards.json_nouns import stated


def read_stores(value: dict[str, Any]) -> Declaration:
    """Form 3 as a declaration, an item for each article.

    Args:
        value: The form, right or wrong.

    Source: FAL Convention, form 3.
    """
    return _with_goods(read_declaration(value), objects(value, "stores"))


def write_stores(document: Document) -> dict[str, Any]:
    """A declaration as form 3.

    Args:
        document: A declaration.

    Raises:
        SenderError: It is none.

    Source: FAL Convention, form 3.
    """
    told = write_declaration(document, "FAL3")
    items = document.shipment.items if isinstance(document, Declaration) else ()
    return told | stated(stores=[_article(each) for each in items])


def read_effects(value: dict[str, Any]) -> Declaration:
    """Form 4 as a declaration, an item for each article of any crew member.

    Args:
        value: The form, right or wrong.

    Source: FAL Convention, form 4.
    """
    return _with_goods(
        read_declaration(value), (each for person in objects(value, "persons") for each in objects(person, "effects"))
    )


def write_effects(document: Document) -> dict[str, Any]:
    """A declaration as form 4 without its people, who are in no declaration.

    Args:
        document: A declaration.

    Raises:
        SenderError: It is none.

    Source: FAL Convention, form 4.
    """
    return write_declaration(document, "FAL4")


def _with_goods(declaration: Declaration, articles: Iterable[dict[str, Any]]) -> Declaration:
    items = tuple(_item(place, each) for place, each in enumerate(articles, 1))
    return structs.replace(declaration, shipment=structs.replace(declaration.shipment, items=items))


def _item(sequence: int, value: dict[str, Any]) -> GovernmentAgencyGoodsItem:
    count, unit = number(value, "quantity"), text(value, "unit")
    return GovernmentAgencyGoodsItem(
        sequence=sequence,
        commodity=Commodity(
            description=text(value, "name"),
            supplementary=() if count is None else (SupplementaryQuantity(quantity=count, unit_code=unit),),
        ),
    )


def _article(item: GovernmentAgencyGoodsItem) -> dict[str, Any]:
    found = item.commodity.supplementary[:1]
    return stated(
        name=item.commodity.description,
        quantity=found[0].quantity if found else None,
        unit=found[0].unit_code if found else None,
    )
