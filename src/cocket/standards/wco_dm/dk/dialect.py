# SPDX-License-Identifier: Apache-2.0
"""Between the tree of a Danish declaration and the one that the WCO declaration has.

What Denmark has elsewhere or calls otherwise is moved and renamed before the WCO's reader takes it, and back before it
is written; all else is alike. Papers of transport stay where they are, since nothing would tell whether they stood with
the goods or with the shipment; they name the consignment all the same.

Source: EU Customs Data Model 6.1 (12 03 supporting document, 12 05 transport document, 16 06 country of dispatch, 18 04
gross mass); WCO Data Model 3.6.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from lxml import etree

from cocket.model import AdditionalDocument, Extension, Reference
from cocket.standards.shape import FOREIGN, Outline
from cocket.standards.wco_dm.fields import DATE_NAMESPACE, DECLARATION_NAMESPACE
from cocket.standards.wco_dm.references import document_names
from cocket.standards.wco_dm.tree import Node

_IN = f"{{{DECLARATION_NAMESPACE}}}"
_DATE = "DateTimeString"
_PREFIXES: Any = {None: DECLARATION_NAMESPACE, "ds": DATE_NAMESPACE}  # what stubs of lxml do not know
#: What states the data set, and shows that a document was read from a Danish declaration.
_DATA_SET = "ProcedureCategory"
_PAPER, _SUPPORTING = "AdditionalDocument", "SupportingDocument"


def is_danish(declaration: etree._Element) -> bool:
    """Whether a Declaration without envelope is one of the Danish system: it alone states its data set.

    Source: Skatteforvaltningen, DMS, ProcedureCategory.
    """
    return declaration.find(f"{_IN}{_DATA_SET}") is not None


def data_set_of(extensions: tuple[Extension, ...]) -> str | None:
    """The data set that a document was read from; None if it is of no Danish declaration.

    Source: Skatteforvaltningen, DMS, ProcedureCategory.
    """
    return next((each.value for each in extensions if each.path == f"{_DATA_SET}[1]"), None)


def to_wco(node: Node) -> Node:
    """The tree of a Danish declaration as the WCO's reader expects it.

    Args:
        node: Tree of the Declaration, which is used up.

    Source: see the module.
    """
    node = _local(node)
    has_papers = _PAPER in node
    shipment = node.get("GoodsShipment")
    if not isinstance(shipment, dict):
        return node
    consignment, measure = shipment.get("Consignment"), shipment.get("GoodsMeasure")
    if isinstance(consignment, dict) and "BorderTransportMeans" in consignment:
        _move(consignment, "BorderTransportMeans", node, "BorderTransportMeans")
    if isinstance(measure, dict) and "GrossMassMeasure" in measure:
        _move(measure, "GrossMassMeasure", node, "TotalGrossMassMeasure")
    if not has_papers:
        _move(shipment, _SUPPORTING, node, _PAPER)
    for each in (shipment, *_each(shipment, "GovernmentAgencyGoodsItem")):
        _move(each, "DispatchCountry", each, "ExportCountry")
    for item in _each(shipment, "GovernmentAgencyGoodsItem"):
        _move(item, _SUPPORTING, item, _PAPER)
    return node


def from_wco(node: Node, outline: Outline) -> Node:
    """The tree that the WCO's writer gives, as the Danish declaration has it.

    Args:
        node: Tree of the Declaration, which is used up.
        outline: What the message has, which tells what is moved.

    Source: see the module.
    """
    root = outline.classes[outline.roots["Declaration"]]
    moved = [
        name for name in ("BorderTransportMeans", "TotalGrossMassMeasure", _PAPER) if name in node and name not in root
    ]
    if not moved and "GoodsShipment" not in node:
        return node
    shipment = _class(node, "GoodsShipment")
    if "BorderTransportMeans" in moved:
        _move(node, "BorderTransportMeans", _class(shipment, "Consignment"), "BorderTransportMeans")
    if "TotalGrossMassMeasure" in moved:
        _move(node, "TotalGrossMassMeasure", _class(shipment, "GoodsMeasure"), "GrossMassMeasure")
    if _PAPER in moved:
        _move(node, _PAPER, shipment, _SUPPORTING)
    shipment_fields = outline.classes[root["GoodsShipment"].content] if "GoodsShipment" in root else {}
    item = shipment_fields.get("GovernmentAgencyGoodsItem")
    item_fields = outline.classes[item.content] if item else {}
    if "ExportCountry" not in shipment_fields:
        _move(shipment, "ExportCountry", shipment, "DispatchCountry")
    for each in _each(shipment, "GovernmentAgencyGoodsItem"):
        _move(each, _PAPER, each, _SUPPORTING)
        if "ExportCountry" not in item_fields:
            _move(each, "ExportCountry", each, "DispatchCountry")
    return node


def _class(node: Node, name: str) -> Node:
    """A class in another, made if it is not there."""
    found = next(_each(node, name), None)
    if found is None:
        found = node[name] = {}
    return found


def _move(source: Node, name: str, target: Node, wanted: str) -> None:
    """Move what stands under a name, unless something stands where it would go."""
    if name in source and wanted not in target:
        target[wanted] = source.pop(name)


def _each(node: Node, name: str) -> Iterator[Node]:
    value = node.get(name)
    return (each for each in (value if isinstance(value, list) else [value]) if isinstance(each, dict))


def _local(node: Node) -> Node:
    """Names of the declaration's own namespace without it."""
    return {name.removeprefix(_IN): _inner(value) for name, value in node.items()}


def _inner(value: Any) -> Any:
    if isinstance(value, list):
        return [_inner(each) for each in value]
    return _local(value) if isinstance(value, dict) else value


def names_of(node: Node) -> tuple[Reference, ...]:
    """The names that papers of transport give, wherever they stand (0..n).

    Args:
        node: Tree of the Declaration.

    Source: EU Customs Data Model 6.1, 12 05 001 000 and 12 05 002 000.
    """
    found: list[AdditionalDocument] = []
    shipment = node.get("GoodsShipment")
    if isinstance(shipment, dict):
        around = (*_each(shipment, "Consignment"), *_each(shipment, "GovernmentAgencyGoodsItem"))
        papers = (paper for each in around for paper in _each(each, "TransportContractDocument"))
        texts = ((paper.get("Type"), paper.get("ID")) for paper in papers)
        found = [
            AdditionalDocument(type_code=kind.strip(), id=number.strip())
            for kind, number in texts
            if isinstance(kind, str) and isinstance(number, str)
        ]
    return tuple(document_names(found))


def danish_element(node: Node, outline: Outline) -> etree._Element:
    """The Declaration element, in the order of the Danish tables; elements they do not have come last.

    Args:
        node: What the WCO's writer gives, which is used up.
        outline: What the message has.

    Source: Skatteforvaltningen, DMS.
    """
    element = etree.Element(f"{_IN}Declaration", nsmap=_PREFIXES)
    _fill(element, from_wco(node, outline), outline, outline.roots["Declaration"])
    return element


def _fill(element: etree._Element, node: Node, outline: Outline, kind: str | None) -> None:
    known = outline.classes.get(kind or "", {})
    order = [name for name, field in known.items() if field.content != FOREIGN and name in node]
    for name in (*order, *(name for name in node if name not in order)):
        if name == "":
            element.text = node[name]
        elif name[0] == "@":
            element.set(name[1:], node[name])
        else:
            values = node[name]
            for value in values if isinstance(values, list) else [values]:
                child = etree.SubElement(element, _tag(name))
                if isinstance(value, dict):
                    _fill(child, value, outline, known[name].content if name in known else None)
                else:
                    child.text = value or None


def _tag(name: str) -> str:
    return name if name[0] == "{" else f"{{{DATE_NAMESPACE if name == _DATE else DECLARATION_NAMESPACE}}}{name}"
