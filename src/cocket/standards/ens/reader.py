# SPDX-License-Identifier: Apache-2.0
"""From a declaration's tree to the model.

Source: ICS functional specification (DDNIA ICS), IE315 and IE313; Commission Delegated Regulation (EU) 2015/2446
Annex A in its first form, entry summary declaration.
"""

from __future__ import annotations

from collections.abc import Iterator

from cocket.model import (
    AdditionalInformation,
    Classification,
    Commodity,
    CustomsOffice,
    Declaration,
    GoodsShipment,
    GovernmentAgencyGoodsItem,
    Packaging,
    Seal,
    TransportEquipment,
)
from cocket.standards.ens.fields import MESSAGES, group_of
from cocket.standards.ens.names import document_names, stated_names
from cocket.standards.ens.parts import take_documents, take_means, take_trader
from cocket.standards.ens.tree import (
    Node,
    branch,
    branches,
    left_over,
    peek,
    take,
    take_decimal,
    take_moment,
    take_whole,
)

AMENDMENT = "CC313A"

#: What the messages say of themselves by their name, in codes of UNCL 1225.
FUNCTIONS = {"CC315A": "9", AMENDMENT: "13"}

#: The elements in which a declaration and an amendment say when they were made.
MADE = {"CC315A": "DecDatTimHEA114", AMENDMENT: "DatTimAmeHEA113"}

#: The goods item, the same in both messages.
_ITEM = group_of("CC315A", "GOOITEGDS")

#: Kinds of package that mean goods without packaging, counted in pieces (UN/ECE Recommendation 21).
UNPACKED = ("NE", "NF", "NG")

#: List that a commodity code of this message is from: the first digits of the Combined Nomenclature are the HS.
HARMONISED_SYSTEM = "HS"


def read_declaration(tree: Node, message: str) -> Declaration:
    """Read an entry summary declaration or an amendment of one.

    Args:
        tree: Tree of the root element; what is read is taken out of it.
        message: `CC315A` or `CC313A`.

    Returns:
        The declaration; what has no place in the model is in `extensions`, of the item for what stood in an item.

    Source: ICS functional specification, IE315 and IE313.
    """
    header, entry = branch(tree, "HEAHEA"), branch(tree, "CUSOFFFENT730")
    shipment = _shipment(tree, header, entry)
    reference, number = take(header, "RefNumHEA4"), take(header, "DocNumHEA5")
    names = (
        *stated_names("LRN", reference),
        *stated_names("MRN", number),
        # It stays in the header too: which of the UCRs is the header's must not be lost.
        *stated_names("UCR", peek(header, "ComRefNumHEA")),
        *(name for item in shipment.items for name in item.references),
        *stated_names("EQUIPMENT", *(each.id for each in shipment.equipment)),
    )
    return Declaration(
        function_code=FUNCTIONS[message],
        functional_reference=reference,
        id=number,
        flow="cargo-report",
        office=CustomsOffice(code=take(entry, "RefNumCUSOFFFENT731")),
        issued=take_moment(header, MADE[message]),
        declarant=take_trader(tree, "PERLODSUMDEC"),
        agent=take_trader(tree, "TRAREP"),
        items_declared=take_whole(header, "TotNumOfIteHEA305"),
        packages_declared=take_whole(header, "TotNumOfPacHEA306"),
        gross_mass_kg_declared=take_decimal(header, "TotGroMasHEA307"),
        shipment=shipment,
        references=tuple(dict.fromkeys(names)),
        extensions=left_over(tree, MESSAGES[message].group),
    )


def _shipment(tree: Node, header: Node, entry: Node) -> GoodsShipment:
    items = tuple(map(_item, branches(tree, "GOOITEGDS")))
    itinerary = branches(tree, "ITI", needs="CouOfRouCodITI1")
    return GoodsShipment(
        consignor=take_trader(tree, "TRACONCO1"),
        consignee=take_trader(tree, "TRACONCE1"),
        notify=take_trader(tree, "NOTPAR670"),
        border_transport=take_means(header, "NatOfMeaOfTraCroHEA87"),
        loading_place=take(header, "PlaLoaGOOITE334"),
        unloading_place=take(header, "PlaUnlGOOITE334"),
        expected_arrival=take_moment(entry, "ExpDatOfArrFIRENT733"),
        equipment=_equipment(tree, items),
        items=items,
        carrier=take_trader(tree, "TRACARENT601"),
        itinerary=tuple(take(each, "CouOfRouCodITI1") or "" for each in itinerary),
        freight_payment_code=take(header, "TraChaMetOfPayHEA1"),
    )


def _item(node: Node) -> GovernmentAgencyGoodsItem:
    documents = take_documents(node)
    item = GovernmentAgencyGoodsItem(
        sequence=take_whole(node, "IteNumGDS7"),
        commodity=Commodity(
            description=take(node, "GooDesGDS23"),
            classifications=tuple(_classifications(node)),
            gross_mass_kg=take_decimal(node, "GroMasGDS46"),
            dangerous_goods=tuple(_some(take(node, "UNDanGooCodGDI1"))),
        ),
        packaging=tuple(map(_packaging, branches(node, "PACGS2"))),
        documents=documents,
        information=tuple(
            AdditionalInformation(code=take(each, "AddInfCodMT23")) for each in branches(node, "SPEMENMT2")
        ),
        equipment_ids=tuple(take(each, "ConNumNR21") or "" for each in branches(node, "CONNR2", needs="ConNumNR21")),
        references=(*stated_names("UCR", take(node, "ComRefNumGIM1")), *document_names(documents)),
        consignor=take_trader(node, "TRACONCO2"),
        consignee=take_trader(node, "TRACONCE2"),
        notify=take_trader(node, "PRTNOT640"),
        extensions=left_over(node, _ITEM),
    )
    node.clear()  # so that what is left of the declaration does not have it again
    return item


def _classifications(item: Node) -> Iterator[Classification]:
    code = take(branch(item, "COMCODGODITM"), "ComNomCMD1")
    if code:
        yield Classification(id=code, type_code=HARMONISED_SYSTEM)


def _some(value: str | None) -> Iterator[str]:
    if value is not None:
        yield value


def _packaging(node: Node) -> Packaging:
    kind = take(node, "KinOfPacGS23")
    return Packaging(
        quantity=take_whole(node, counted_in(kind)),
        type_code=kind,
        marks=take(node, "MarNumOfPacGSL21"),
    )


def counted_in(kind: str | None) -> str:
    """The element that counts packages of a kind: unpacked goods are counted in pieces.

    Source: ICS functional specification, condition C062.
    """
    return "NumOfPieGS25" if kind in UNPACKED else "NumOfPacGS24"


def _equipment(tree: Node, items: tuple[GovernmentAgencyGoodsItem, ...]) -> tuple[TransportEquipment, ...]:
    """The containers that the items name. Seals are taken if there is but one container that they can be on."""
    carried: dict[str, list[int]] = {}
    for item in items:
        for number in item.equipment_ids:
            carried.setdefault(number, []).extend([] if item.sequence is None else [item.sequence])
    seals: tuple[Seal, ...] = ()
    if len(carried) == 1:
        found = branches(tree, "SEAID529", needs="SeaIdSEAID530")
        seals = tuple(Seal(id=take(each, "SeaIdSEAID530") or "") for each in found)
    return tuple(
        TransportEquipment(id=number, seals=seals, item_numbers=tuple(dict.fromkeys(places)))
        for number, places in carried.items()
    )
