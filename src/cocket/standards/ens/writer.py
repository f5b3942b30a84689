# SPDX-License-Identifier: Apache-2.0
"""From the model to a declaration's tree: the mirror of `reader`, and what a document of another standard needs besides.

Source: ICS functional specification (DDNIA ICS), IE315 and IE313.
"""

from __future__ import annotations

from cocket.model import (
    AdditionalDocument,
    Declaration,
    GovernmentAgencyGoodsItem,
    Packaging,
    TransportEquipment,
)
from cocket.standards.ens.parts import document_node, put_means, put_preparation, trader_node
from cocket.standards.ens.reader import AMENDMENT, FUNCTIONS, HARMONISED_SYSTEM, MADE, counted_in
from cocket.standards.ens.tree import Node, lay_back, put, put_group, put_groups

#: Functions of UNCL 1225 that ask to change what was declared before: change, replace, request for change.
_AMENDING = ("4", "5", FUNCTIONS[AMENDMENT])

_NOMENCLATURE_DIGITS = 8
_MESSAGE_ID_LENGTH = 14


def message_of(document: Declaration) -> str:
    """Which message a declaration is to be written as.

    Args:
        document: The declaration.

    Returns:
        `CC313A` if its function asks for a change, else `CC315A`.

    Source: UNCL 1225.
    """
    return AMENDMENT if document.function_code in _AMENDING else "CC315A"


def declaration_node(document: Declaration) -> Node:
    """The tree of a declaration, extensions back in their places.

    Args:
        document: What to write.

    Returns:
        Tree of the root element of `message_of(document)`.

    Source: ICS functional specification, IE315 and IE313.
    """
    shipment = document.shipment
    node: Node = {}
    put_group(node, "HEAHEA", _header(document))
    put_group(node, "TRACONCO1", trader_node("TRACONCO1", shipment.consignor or shipment.exporter))
    put_group(node, "TRACONCE1", trader_node("TRACONCE1", shipment.consignee or shipment.importer))
    put_group(node, "NOTPAR670", trader_node("NOTPAR670", shipment.notify))
    papers = (*document.documents, *shipment.documents)
    put_groups(node, "GOOITEGDS", (_item(item, papers, _carried(document, item)) for item in shipment.items))
    put_groups(node, "ITI", ({"CouOfRouCodITI1": [country]} for country in shipment.itinerary))
    put_group(node, "TRAREP", trader_node("TRAREP", document.agent))
    put_group(node, "PERLODSUMDEC", trader_node("PERLODSUMDEC", document.declarant))
    put_groups(node, "SEAID529", ({"SeaIdSEAID530": [s.id]} for each in shipment.equipment for s in each.seals))
    put_group(node, "CUSOFFFENT730", _entry(document))
    put_group(node, "TRACARENT601", trader_node("TRACARENT601", shipment.carrier))
    if not _is_of_this_standard(document):
        _complete(node, document)
    lay_back(node, document.extensions)
    return node


def _header(document: Declaration) -> Node:
    message, shipment = message_of(document), document.shipment
    header: Node = {}
    put(header, "RefNumHEA4", document.functional_reference)
    put(header, "DocNumHEA5", document.id)
    if not _is_of_this_standard(document):
        # An original has no MRN yet, an amendment is known by it; another standard may state both numbers in both.
        header.pop("RefNumHEA4" if message == AMENDMENT else "DocNumHEA5", None)
    put_means(header, "NatOfMeaOfTraCroHEA87", shipment.border_transport)
    put(header, "TotNumOfIteHEA305", document.items_declared)
    put(header, "TotNumOfPacHEA306", document.packages_declared)
    put(header, "TotGroMasHEA307", document.gross_mass_kg_declared)
    put(header, "TraChaMetOfPayHEA1", shipment.freight_payment_code)
    put(header, "PlaLoaGOOITE334", shipment.loading_place)
    put(header, "PlaUnlGOOITE334", shipment.unloading_place)
    put(header, MADE[message], document.issued)
    return header


def _entry(document: Declaration) -> Node | None:
    """The first office of entry and when the goods are expected there."""
    node: Node = {}
    put(node, "RefNumCUSOFFFENT731", document.office.code)
    put(node, "ExpDatOfArrFIRENT733", document.shipment.expected_arrival)
    return node or None


def _item(item: GovernmentAgencyGoodsItem, papers: tuple[AdditionalDocument, ...], containers: tuple[str, ...]) -> Node:
    """The group of an item; papers for the whole are produced for each of its items."""
    node: Node = {}
    put(node, "IteNumGDS7", item.sequence)
    put(node, "GooDesGDS23", item.commodity.description)
    put(node, "GroMasGDS46", item.commodity.gross_mass_kg)
    put(node, "UNDanGooCodGDI1", next(iter(item.commodity.dangerous_goods), None))
    put(node, "ComRefNumGIM1", next((name.value for name in item.references if name.kind == "UCR"), None))
    put_groups(node, "PRODOCDC2", map(document_node, (*item.documents, *papers)))
    put_groups(node, "SPEMENMT2", (_mention(each.code) for each in item.information))
    put_group(node, "TRACONCO2", trader_node("TRACONCO2", item.consignor))
    put_group(node, "COMCODGODITM", _commodity_code(item))
    put_group(node, "TRACONCE2", trader_node("TRACONCE2", item.consignee))
    put_group(node, "PRTNOT640", trader_node("PRTNOT640", item.notify))
    put_groups(node, "CONNR2", ({"ConNumNR21": [number]} for number in containers))
    put_groups(node, "PACGS2", map(_packaging, item.packaging))
    lay_back(node, item.extensions)
    return node


def _mention(code: str | None) -> Node:
    node: Node = {}
    put(node, "AddInfCodMT23", code)
    return node


def _commodity_code(item: GovernmentAgencyGoodsItem) -> Node | None:
    """The commodity code; of a longer one of another standard the digits that the message has room for."""
    for code in item.commodity.classifications:
        if code.type_code == HARMONISED_SYSTEM:
            return {"ComNomCMD1": [code.id]}
        if code.id.isdecimal():
            return {"ComNomCMD1": [code.id[:_NOMENCLATURE_DIGITS]]}
    return None


def _packaging(packaging: Packaging) -> Node:
    node: Node = {}
    put(node, "KinOfPacGS23", packaging.type_code)
    put(node, counted_in(packaging.type_code), packaging.quantity)
    put(node, "MarNumOfPacGSL21", packaging.marks)
    return node


def _carried(document: Declaration, item: GovernmentAgencyGoodsItem) -> tuple[str, ...]:
    """The containers of an item: those it names, else those that name it, else all if it is the only item."""
    shipment = document.shipment
    if any(each.equipment_ids for each in shipment.items):
        return item.equipment_ids

    def carries(equipment: TransportEquipment) -> bool:
        return item.sequence in equipment.item_numbers or (len(shipment.items) == 1 and not equipment.item_numbers)

    return tuple(equipment.id for equipment in shipment.equipment if carries(equipment))


# Documents of other standards ----------------------------------------------------------------------------------------


def _is_of_this_standard(document: Declaration) -> bool:
    """Whether a document was read from this message, whose first elements nothing else has."""
    return any(extension.path.startswith("Mes") for extension in document.extensions)


def _complete(node: Node, document: Declaration) -> None:
    """Add what the message asks for and other standards do not state, as far as it follows from what they do."""
    sender = document.declarant or document.agent
    message = message_of(document)
    put(node, "MesSenMES3", sender.id if sender else None)
    if document.issued:
        put_preparation(node, document.issued)
    reference = document.functional_reference or document.id
    put(node, "MesIdeMES19", reference[-_MESSAGE_ID_LENGTH:] if reference else None)
    put(node, "MesTypMES20", message)
    header = node["HEAHEA"][0]
    items = document.shipment.items
    if document.items_declared is None and items:
        put(header, "TotNumOfIteHEA305", len(items))
    put(header, "AmdPlaHEA598" if message == AMENDMENT else "DecPlaHEA394", sender.city if sender else None)
    of_items = {name for item in items for name in item.references}
    whole = (name.value for name in document.references if name.kind == "UCR" and name not in of_items)
    put(header, "ComRefNumHEA", next(whole, None))
    if document.declarant is None:
        put_group(node, "PERLODSUMDEC", trader_node("PERLODSUMDEC", document.agent))
    for place, (item, group) in enumerate(zip(items, node.get("GOOITEGDS", ()), strict=True), 1):
        if item.sequence is None:
            put(group, "IteNumGDS7", place)
