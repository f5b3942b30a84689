# SPDX-License-Identifier: Apache-2.0
"""A customs declaration (CUSDEC, GOVCBR) ↔ a declaration with its items; an answer of customs (CUSRES) ↔ a response.

Source: UN/EDIFACT CUSDEC, GOVCBR and CUSRES, D.95B to D.24A, data segment clarifications.
"""

from __future__ import annotations

from msgspec import structs

from cocket.model import Classification, Declaration, GovernmentAgencyGoodsItem, Response
from cocket.model.declaration import Flow
from cocket.standards.edifact.fields import CODES, DECLARATION, ITEM, RESPONSE
from cocket.standards.edifact.mapping import Target, write_fields
from cocket.standards.edifact.nodes import Node, laid_out, lay_back, left_of, own_left
from cocket.standards.edifact.references import references_of
from cocket.standards.edifact.taking import reader_of

#: Items stand in the second place of their tag: the first CST is of the whole declaration.
_ITEMS = "CST~2"

#: Kinds of declaration by the code of the document (UNCL 1001).
_FLOWS: dict[str | None, Flow] = {
    "929": "import",
    "830": "export",
    "821": "transit",
    "822": "transit",
    "933": "cargo-report",
}


_KINDS: dict[Flow, str] = {"import": "929", "export": "830", "transit": "821", "cargo-report": "933"}

#: Characters of a code of a document.
_CODE = range(1, 4)

_declaration = reader_of(DECLARATION)
_item = reader_of(ITEM)
_response = reader_of(RESPONSE)


def read_declaration(root: Node) -> Declaration:
    """A declaration from a message.

    Source: UN/EDIFACT CUSDEC and GOVCBR.
    """
    fields = _declaration(root)
    items = tuple(_read_item(node) for node in root.each(_ITEMS))
    shipment = fields.get("shipment")
    if items:
        shipment = structs.replace(shipment or Declaration().shipment, items=items)
    if shipment is not None:
        fields["shipment"] = shipment
    return Declaration(
        **fields,
        flow=_FLOWS.get(fields.get("type_code"), "other"),
        references=references_of(root),
        extensions=tuple(left_of(root, but=frozenset((_ITEMS, "UNT")))),
    )


def _read_item(node: Node) -> GovernmentAgencyGoodsItem:
    fields = _item(node)
    codes = []
    for code, kind in CODES:
        if not node.get(*code):
            break
        codes.append(Classification(id=node.take(*code), type_code=node.take(*kind) or None))
    if codes:
        commodity = fields.get("commodity") or GovernmentAgencyGoodsItem().commodity
        fields["commodity"] = structs.replace(commodity, classifications=tuple(codes))
    node.claim()
    return GovernmentAgencyGoodsItem(
        **fields,
        references=references_of(node),
        extensions=(*own_left(node, ""), *left_of(node)),
    )


def write_declaration(target: Target, declaration: Declaration) -> None:
    """Put a declaration into a message.

    Args:
        target: The message.
        declaration: What to write.

    Source: UN/EDIFACT CUSDEC and GOVCBR.
    """
    if len(declaration.type_code or "") not in _CODE:  # another standard's code, or none
        declaration = structs.replace(declaration, type_code=_KINDS.get(declaration.flow))
    write_fields(target, declaration, DECLARATION)
    for name, section in (("UNS", "D"), ("UNS~2", "S")):
        if target.group and name in target.group.by_name:
            target.kid(name).node.put(1, 1, section)
    if target.group is None or _ITEMS not in target.group.by_name:
        return
    for place, item in enumerate(declaration.shipment.items, 1):
        around = target.kid(_ITEMS, place)._replace(kept=laid_out(item.extensions))
        write_fields(around, item, ITEM)
        for (code, kind), each in zip(CODES, item.commodity.classifications, strict=False):
            around.node.put(*code, each.id)
            around.node.put(*kind, each.type_code or "")
        lay_back(around.node, item.extensions)


def read_response(root: Node) -> Response:
    """A response from a message.

    Source: UN/EDIFACT CUSRES.
    """
    fields = _response(root)
    return Response(
        **fields,
        references=references_of(root),
        extensions=tuple(left_of(root, but=frozenset(("UNT",)))),
    )


def write_response(target: Target, response: Response) -> None:
    """Put a response into a message.

    Source: UN/EDIFACT CUSRES.
    """
    write_fields(target, response, RESPONSE)
