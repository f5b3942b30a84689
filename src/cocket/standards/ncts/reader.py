# SPDX-License-Identifier: Apache-2.0
"""From a message to the model: declarations and what they are made of.

Goods items are flat in the model. Which house consignment one is in, its number there tells, which stays among its
extensions with its whole path; parties of a house are those of its items. Papers of a house stay in the extensions,
and their names are among the references of its items.

Source: DG TAXUD, NCTS, DDNTA 6.4.1 and 5.1: IE013, IE014, IE015, IE170, and the consignment of IE017, IE025, IE029,
IE043.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from msgspec import structs

from cocket.model import (
    AdditionalDocument,
    AdditionalInformation,
    Amount,
    Classification,
    Commodity,
    CustomsOffice,
    Declaration,
    Extension,
    GoodsLocation,
    GoodsShipment,
    GovernmentAgencyGoodsItem,
    ObligationGuarantee,
    Packaging,
    Party,
    PreviousDocument,
    Seal,
    SupplementaryQuantity,
    Transit,
    TransportEquipment,
    TransportMeans,
)
from cocket.standards.leaves import Leaves
from cocket.standards.ncts import places
from cocket.standards.ncts.names import PAPERS, Names, kind_of, names_in
from cocket.standards.ncts.places import peek_one, place_of, take_each, take_number, take_one, take_part

#: What declarations say of themselves by their name, in codes of UNCL 1225.
FUNCTIONS = {"CC015C": "9", "CC013C": "13", "CC014C": "1", "CC170C": "6"}

INVALIDATION = "CC014C"

CONSIGNMENT = "Consignment[1]/"
HOUSES = f"{CONSIGNMENT}HouseConsignment"
EQUIPMENT = f"{CONSIGNMENT}TransportEquipment"
TRANSIT_OFFICES = "CustomsOfficeOfTransitDeclared"
JUSTIFICATION = "Invalidation[1]/justification[1]"
DEPARTURE = "CustomsOfficeOfDeparture[1]/referenceNumber[1]"
EXIT = "CustomsOfficeOfExitForTransitDeclared[1]"
HOLDER = "HolderOfTheTransitProcedure[1]/"
AGENT = "Representative[1]/"
CONSIGNEE = "Consignee[1]"
MESSAGE_TYPE = "messageType[1]"

_GOODS = "declarationGoodsItemNumber[1]"
_LONGEST_NUMBER = 9

#: Lists of commodity codes by their length: the Harmonised System, and the nomenclature of eight digits.
LISTS = {6: "HS", 8: "TSP"}

ITEM_PATH = re.compile(r"(Consignment\[1\]/HouseConsignment\[\d+\])/ConsignmentItem\[\d+\]")


def read_declaration(leaves: Leaves, message: str | None) -> Declaration:
    """Read a declaration, or a request about one.

    Args:
        leaves: The message; what is read is taken out of it.
        message: Its name, one of `FUNCTIONS`; None for what an answer tells of a declaration.

    Returns:
        The declaration; what has no place in the model is in its extensions, of items in theirs.

    Source: IE013, IE014, IE015, IE170.
    """
    names = names_in(leaves)
    if message and leaves.peek(MESSAGE_TYPE) == message:
        leaves.take(MESSAGE_TYPE)
    shipment, seals = _shipment(leaves, names)
    office, exit_office = leaves.take(DEPARTURE), leaves.take(f"{EXIT}/referenceNumber[1]")
    if exit_office:
        take_number(leaves, EXIT)
    reason = leaves.take(JUSTIFICATION) if message == INVALIDATION else None
    declaration = Declaration(
        function_code=FUNCTIONS.get(message or ""),
        flow="transit",
        **take_part(leaves, "", places.DECLARATION),
        office=CustomsOffice(code=office),
        agent=take_one(leaves, AGENT, places.REPRESENTATIVE, Party),
        shipment=shipment,
        transit=_transit(leaves, seals),
        guarantees=tuple(_guarantees(leaves)),
        exit_office=CustomsOffice(code=exit_office) if exit_office else None,
        documents=take_each(leaves, "Authorisation", places.DOCUMENT, AdditionalDocument),
        information=(
            *((AdditionalInformation(text=reason),) if reason else ()),
            *take_each(leaves, f"{CONSIGNMENT}AdditionalInformation", places.INFORMATION, AdditionalInformation),
        ),
        references=names.all,
    )
    return declaration if message is None else with_extensions(declaration, leaves)


def with_extensions(declaration: Declaration, leaves: Leaves) -> Declaration:
    """A declaration with what nobody has taken: of items in them, all else beside them.

    Source: the notation of `cocket.standards.leaves`.
    """
    items, rest = parted(declaration.shipment.items, leaves)
    shipment = structs.replace(declaration.shipment, items=items)
    return structs.replace(declaration, shipment=shipment, extensions=rest)


def parted(
    items: tuple[GovernmentAgencyGoodsItem, ...], leaves: Leaves
) -> tuple[tuple[GovernmentAgencyGoodsItem, ...], tuple[Extension, ...]]:
    """What nobody has taken, given to the items it stands in.

    Args:
        items: All items of the message, in its order.
        leaves: The message.

    Returns:
        The items, and what stands in none of them.

    Source: the notation of `cocket.standards.leaves`.
    """
    paths = list(_item_paths(leaves)) if items else []
    inside: dict[str, list[Extension]] = {path: [] for path in paths}
    rest: list[Extension] = []
    for extension in leaves.left():
        found = ITEM_PATH.match(extension.path)
        inside.get(found[0] if found else "", rest).append(extension)
    told = (structs.replace(item, extensions=tuple(inside[path])) for item, path in zip(items, paths, strict=True))
    return tuple(told), tuple(rest)


def _item_paths(leaves: Leaves) -> Iterator[str]:
    for house in leaves.each(HOUSES):
        yield from leaves.each(f"{house}/ConsignmentItem")


# The goods -----------------------------------------------------------------------------------------------------------


def _shipment(leaves: Leaves, names: Names) -> tuple[GoodsShipment, tuple[Seal, ...]]:
    """The shipment, and the seals that are on no container."""
    equipment, seals = read_equipment(leaves)
    carriers: dict[int, list[str]] = {}
    for each in equipment:
        for number in each.item_numbers:
            carriers.setdefault(number, []).append(each.id)
    items = tuple(
        structs.replace(item, equipment_ids=tuple(carriers.get(item.sequence or 0, ())))
        for house in leaves.each(HOUSES)
        for item in _house(leaves, house, names)
    )
    shipment = GoodsShipment(
        **take_part(leaves, CONSIGNMENT, places.SHIPMENT),
        consignor=take_one(leaves, f"{CONSIGNMENT}Consignor[1]/", places.PARTY, Party),
        consignee=take_one(leaves, f"{CONSIGNMENT}Consignee[1]/", places.PARTY, Party),
        carrier=take_one(leaves, f"{CONSIGNMENT}Carrier[1]/", places.PARTY, Party),
        border_transport=read_means(leaves, places.BORDER_TRANSPORT, "ActiveBorderTransportMeans[1]"),
        inland_transport=read_means(leaves, places.INLAND_TRANSPORT, "DepartureTransportMeans[1]"),
        location=read_location(leaves),
        equipment=equipment,
        items=items,
        itinerary=_itinerary(leaves),
        previous_documents=take_each(
            leaves, f"{CONSIGNMENT}PreviousDocument", places.PREVIOUS_DOCUMENT, PreviousDocument
        ),
        documents=_papers(leaves, CONSIGNMENT),
        recognised_parties=take_each(leaves, f"{CONSIGNMENT}AdditionalSupplyChainActor", places.ACTOR, Party),
    )
    return shipment, seals


def read_means(leaves: Leaves, where: tuple[places.Place, ...], element: str) -> TransportMeans | None:
    """Take a means of transport, the first where there are several; None if nothing is said of one.

    Source: IE015, active border transport means and departure transport means.
    """
    means = take_one(leaves, CONSIGNMENT, where, TransportMeans)
    if is_identified(means):
        take_number(leaves, CONSIGNMENT + element)
    return means


def is_identified(means: TransportMeans | None) -> bool:
    """Whether more is known of a means of transport than its mode.

    Source: IE015: the mode stands apart from the means.
    """
    return means is not None and means != TransportMeans(mode_code=means.mode_code)


def read_location(leaves: Leaves) -> GoodsLocation | None:
    """Take the location of goods; None if nothing is said of it.

    Source: IE015, location of goods; condition C0394 for what the qualifier asks for.
    """
    around = f"{CONSIGNMENT}LocationOfGoods[1]/"
    values = take_part(leaves, around, places.LOCATION)
    path = places.LOCATED_BY.get(values.get("qualifier_code", ""))
    code = leaves.take(around + path) if path else None
    return GoodsLocation(**values, id=code) if values else None


def _itinerary(leaves: Leaves) -> tuple[str, ...]:
    """Countries of routing, if all of them are stated."""
    paths = list(leaves.each(f"{CONSIGNMENT}CountryOfRoutingOfConsignment"))
    if not all(leaves.peek(f"{path}/country[1]") for path in paths):
        return ()
    for path in paths:
        take_number(leaves, path)
    return tuple(leaves.take(f"{path}/country[1]") or "" for path in paths)


def _papers(leaves: Leaves, around: str) -> tuple[AdditionalDocument, ...]:
    """Papers of the three lists; one that holds a paper of another's kind stays as it is."""
    found: list[AdditionalDocument] = []
    for name in PAPERS:
        codes = [leaves.peek(f"{path}/type[1]") or "" for path in leaves.each(around + name)]
        if all(kind_of(code) == name for code in codes):
            found += take_each(leaves, around + name, places.DOCUMENT, AdditionalDocument)
    return tuple(found)


def _house(leaves: Leaves, house: str, names: Names) -> Iterator[GovernmentAgencyGoodsItem]:
    """The items of a house consignment, with its parties unless they have their own."""
    paths = list(leaves.each(f"{house}/ConsignmentItem"))
    if not paths:
        return
    take_number(leaves, house)
    own = any(leaves.has(f"{path}/Consignee") for path in paths)  # as in edition 5.1; they stay where they are
    consignor = take_one(leaves, f"{house}/Consignor[1]/", places.PARTY, Party)
    consignee = None if own else take_one(leaves, f"{house}/Consignee[1]/", places.PARTY, Party)
    for path in paths:
        references = (*names.under.get(house, ()), *names.under.get(path, ()))
        yield structs.replace(
            _item(leaves, path),
            references=tuple(dict.fromkeys(references)),
            consignor=consignor,
            consignee=peek_one(leaves, f"{path}/{CONSIGNEE}/", places.PARTY, Party) if own else consignee,
        )


def _item(leaves: Leaves, path: str) -> GovernmentAgencyGoodsItem:
    around = f"{path}/"
    return GovernmentAgencyGoodsItem(
        **take_part(leaves, around, places.ITEM),
        commodity=_commodity(leaves, around),
        packaging=take_each(leaves, f"{around}Packaging", places.PACKAGING, Packaging),
        documents=_papers(leaves, around),
        previous_documents=take_each(leaves, f"{around}PreviousDocument", places.PREVIOUS_DOCUMENT, PreviousDocument),
        information=take_each(leaves, f"{around}AdditionalInformation", places.INFORMATION, AdditionalInformation),
        recognised_parties=take_each(leaves, f"{around}AdditionalSupplyChainActor", places.ACTOR, Party),
    )


def _commodity(leaves: Leaves, around: str) -> Commodity:
    quantity = leaves.take_decimal(f"{around}Commodity[1]/GoodsMeasure[1]/supplementaryUnits[1]")
    return Commodity(
        **take_part(leaves, around, places.COMMODITY),
        classifications=tuple(_classifications(leaves, f"{around}Commodity[1]/CommodityCode[1]/")),
        supplementary=() if quantity is None else (SupplementaryQuantity(quantity=quantity),),
        dangerous_goods=_dangerous_goods(leaves, f"{around}Commodity[1]/DangerousGoods"),
    )


def _classifications(leaves: Leaves, around: str) -> Iterator[Classification]:
    """The code, of which the message has the first six digits apart."""
    paths = (f"{around}harmonizedSystemSubHeadingCode[1]", f"{around}combinedNomenclatureCode[1]")
    code = "".join(leaves.peek(path) or "" for path in paths)
    if len(leaves.peek(paths[0]) or "") == min(LISTS) and len(code) in LISTS:
        for path in paths:
            leaves.take(path)
        yield Classification(id=code, type_code=LISTS[len(code)])


def _dangerous_goods(leaves: Leaves, path: str) -> tuple[str, ...]:
    paths = list(leaves.each(path))
    if not all(leaves.peek(f"{each}/UNNumber[1]") for each in paths):
        return ()
    for each in paths:
        take_number(leaves, each)
    return tuple(leaves.take(f"{each}/UNNumber[1]") or "" for each in paths)


# Equipment, journey, securities --------------------------------------------------------------------------------------


def read_equipment(leaves: Leaves) -> tuple[tuple[TransportEquipment, ...], tuple[Seal, ...]]:
    """Read containers with their seals, and the seals on what has no number, which is the vehicle itself.

    Args:
        leaves: The message. A container is taken out of it if a writer would write it just so; else it stays.

    Returns:
        The containers, and the seals of others.

    Source: IE015, transport equipment: its number is optional, and seals on a road vehicle are under one without.
    """
    parts: dict[str, dict[str, str | None]] = {path: {} for path in leaves.each(EQUIPMENT)}
    for path, text in leaves.items() if parts else ():
        around = path[: path.find("]", len(EQUIPMENT)) + 1]
        if around in parts:
            parts[around][path] = text
    equipment: list[TransportEquipment] = []
    seals: list[Seal] = []
    for path, texts in parts.items():
        number = leaves.peek(f"{path}/containerIdentificationNumber[1]")
        marks = (leaves.peek(f"{each}/identifier[1]") for each in leaves.each(f"{path}/Seal"))
        found = tuple(Seal(id=mark) for mark in marks if mark)
        if number is None:
            seals += found
            continue
        container = TransportEquipment(id=number, seals=found, item_numbers=tuple(_goods(leaves, path)))
        equipment.append(container)
        if equipment_leaves(container, path) == texts:
            for each in texts:
                leaves.take(each)
    return tuple(equipment), tuple(seals)


def _goods(leaves: Leaves, path: str) -> Iterator[int]:
    for each in leaves.each(f"{path}/GoodsReference"):
        text = leaves.peek(f"{each}/{_GOODS}") or ""
        if text.isascii() and text.isdecimal() and len(text) <= _LONGEST_NUMBER:
            yield int(text)


def equipment_leaves(equipment: TransportEquipment, path: str) -> dict[str, str]:
    """A container as a message has it.

    Args:
        equipment: The container.
        path: Path of its element, with its place.

    Returns:
        Texts by path.

    Source: IE015, transport equipment.
    """
    leaves = {
        f"{path}/sequenceNumber[1]": place_of(path),
        f"{path}/containerIdentificationNumber[1]": equipment.id,
        f"{path}/numberOfSeals[1]": str(len(equipment.seals)),
    }
    for place, seal in enumerate(equipment.seals, 1):
        leaves[f"{path}/Seal[{place}]/sequenceNumber[1]"] = str(place)
        leaves[f"{path}/Seal[{place}]/identifier[1]"] = seal.id
    for place, number in enumerate(equipment.item_numbers, 1):
        leaves[f"{path}/GoodsReference[{place}]/sequenceNumber[1]"] = str(place)
        leaves[f"{path}/GoodsReference[{place}]/{_GOODS}"] = str(number)
    return leaves


def _transit(leaves: Leaves, seals: tuple[Seal, ...]) -> Transit:
    offices = list(leaves.each(TRANSIT_OFFICES))
    named: tuple[str, ...] = ()
    if all(leaves.peek(f"{office}/referenceNumber[1]") for office in offices):
        for office in offices:
            take_number(leaves, office)
        named = tuple(leaves.take(f"{office}/referenceNumber[1]") or "" for office in offices)
    return Transit(
        **take_part(leaves, "", places.TRANSIT),
        principal=take_one(leaves, HOLDER, places.PARTY, Party),
        transit_offices=named,
        seals=seals,
    )


def _guarantees(leaves: Leaves) -> Iterator[ObligationGuarantee]:
    """Securities, one for each reference. The first under a kind is taken, further ones are seen and stay."""
    for guarantee in leaves.each("Guarantee"):
        take_number(leaves, guarantee)
        kind = leaves.take(f"{guarantee}/guaranteeType[1]")
        name = leaves.take(f"{guarantee}/otherGuaranteeReference[1]")
        first, *further = list(leaves.each(f"{guarantee}/GuaranteeReference")) or [f"{guarantee}/GuaranteeReference[1]"]
        if leaves.has(f"{first}/GRN") or leaves.has(f"{first}/amountToBeCovered"):
            take_number(leaves, first)
        value = leaves.take_decimal(f"{first}/amountToBeCovered[1]")
        yield ObligationGuarantee(
            type_code=kind,
            name=name,
            reference=leaves.take(f"{first}/GRN[1]"),
            access_code=leaves.take(f"{first}/accessCode[1]"),
            amount=None if value is None else Amount(value, leaves.take(f"{first}/currency[1]")),
        )
        for path in further:
            yield ObligationGuarantee(type_code=kind, name=name, reference=leaves.peek(f"{path}/GRN[1]"))
