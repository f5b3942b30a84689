# SPDX-License-Identifier: Apache-2.0
"""From the model to a message: the mirror of `reader`, and what a document of another standard needs besides.

What was kept beside the model is laid down first, so that it is seen what of the message there is already.

Source: DG TAXUD, NCTS, DDNTA 6.4.1 and 5.1: IE013, IE014, IE015, IE170, and the consignment of IE017, IE025, IE029,
IE043.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator
from decimal import Decimal

from msgspec import structs

from cocket.model import (
    AdditionalDocument,
    Declaration,
    Extension,
    GoodsLocation,
    GoodsShipment,
    GovernmentAgencyGoodsItem,
    ObligationGuarantee,
    Party,
    Seal,
    TransportEquipment,
)
from cocket.standards.leaves import Leaves
from cocket.standards.ncts import places
from cocket.standards.ncts.names import AUTHORISATIONS, PAPERS, code_of, kind_of
from cocket.standards.ncts.places import put_each, put_number, put_part
from cocket.standards.ncts.reader import (
    AGENT,
    CONSIGNEE,
    CONSIGNMENT,
    DEPARTURE,
    EQUIPMENT,
    EXIT,
    FUNCTIONS,
    HOLDER,
    HOUSES,
    INVALIDATION,
    ITEM_PATH,
    JUSTIFICATION,
    LISTS,
    MESSAGE_TYPE,
    TRANSIT_OFFICES,
    equipment_leaves,
    is_identified,
    read_equipment,
)

#: What a message has at its top that no model holds; one that was read has some of it.
_OF_ITS_OWN = ("messageSender[1]", "messageRecipient[1]", "messageIdentification[1]")

#: References of a guarantee beside its first.
_FURTHER = re.compile(r"Guarantee\[\d+\]/GuaranteeReference\[(?!1\])\d+\]")

#: Kinds of transit declaration (CL231).
_TYPES = ("T", "T1", "T2", "T2F", "T2SM", "TIR")
_MESSAGES = {code: name for name, code in FUNCTIONS.items()} | {"4": "CC013C", "5": "CC013C"}


def message_of(document: Declaration) -> str:
    """Which message a declaration is to be written as.

    Args:
        document: The declaration.

    Returns:
        `CC013C` if its function asks for a change, `CC014C` for an invalidation, `CC170C` if it confirms what was
        lodged before, else `CC015C`.

    Source: UNCL 1225.
    """
    return _MESSAGES.get(document.function_code or "", "CC015C")


def declaration_leaves(document: Declaration) -> Leaves:
    """A declaration as the message of `message_of`.

    Args:
        document: What to write.

    Returns:
        All texts of the message.

    Source: IE013, IE014, IE015, IE170.
    """
    leaves = Leaves()
    leaves.lay_back(document.extensions)
    put_declaration(leaves, document, message_of(document))
    return leaves


def put_declaration(leaves: Leaves, document: Declaration, message: str) -> None:
    """Put a declaration into a message.

    Args:
        leaves: The message, with what was kept beside the model.
        document: What to write.
        message: Name of the message.

    Source: IE013, IE014, IE015, IE170; IE017, IE025, IE029, IE043.
    """
    is_own = any(leaves.peek(path) for path in _OF_ITS_OWN)
    document = document if is_own else _fitted(document, message)
    put_type(leaves, message)
    put_part(leaves, "", places.DECLARATION, document)
    leaves.put(DEPARTURE, document.office.code)
    put_part(leaves, AGENT, places.REPRESENTATIVE, document.agent)
    _put_transit(leaves, document)
    _put_guarantees(leaves, document.guarantees)
    put_each(leaves, "Authorisation", places.DOCUMENT, document.documents)
    information = document.information
    if message == INVALIDATION:
        leaves.put(JUSTIFICATION, information[0].text if information else None)
        information = information[1:]
    put_each(leaves, f"{CONSIGNMENT}AdditionalInformation", places.INFORMATION, information)
    _put_shipment(leaves, document.shipment)
    paths = _put_items(leaves, document.shipment.items)
    if not is_own:
        _put_ucrs(leaves, document, paths)


def put_type(leaves: Leaves, message: str) -> None:
    """Put which message it is, unless it says otherwise itself.

    Source: DDNTA, message header.
    """
    if leaves.peek(MESSAGE_TYPE) is None:
        leaves.put(MESSAGE_TYPE, message)


def _fitted(document: Declaration, message: str) -> Declaration:
    """A declaration of another standard, told as this one tells it: an original has no MRN, a change is known by it."""
    is_original = message == "CC015C"
    shipment = document.shipment
    transit = document.transit
    if document.flow == "transit" and transit and not transit.principal:
        transit = structs.replace(transit, principal=document.declarant)
    is_authorisation = [code_of(each) in AUTHORISATIONS for each in document.documents]
    papers = zip(document.documents, is_authorisation, strict=True)
    return structs.replace(
        document,
        id=None if is_original else document.id,
        functional_reference=None if document.id and not is_original else document.functional_reference,
        type_code=document.type_code if document.type_code in _TYPES else None,
        transit=transit,
        documents=tuple(_coded(each) for each, known in papers if known),
        shipment=structs.replace(
            shipment,
            consignor=shipment.consignor or shipment.exporter,
            consignee=shipment.consignee or shipment.importer,
            documents=(
                *(each for each in document.documents if code_of(each) not in AUTHORISATIONS),
                *shipment.documents,
            ),
            previous_documents=(*document.previous_documents, *shipment.previous_documents),
            items=tuple(_fitted_items(shipment)),
        ),
    )


def _fitted_items(shipment: GoodsShipment) -> Iterator[GovernmentAgencyGoodsItem]:
    """Items with the place where each is to stand: those with the same parties are in one house consignment."""
    houses: dict[tuple[Party | None, Party | None], int] = {}
    counts: dict[int, int] = {}
    for place, item in enumerate(shipment.items, 1):
        house = houses.setdefault((item.consignor, item.consignee), len(houses) + 1)
        counts[house] = number = counts.get(house, 0) + 1
        path = f"{HOUSES}[{house}]/ConsignmentItem[{number}]/goodsItemNumber[1]"
        sequence = place if item.sequence is None else item.sequence
        yield structs.replace(item, sequence=sequence, extensions=(Extension(path, str(number)),))


def _coded(document: AdditionalDocument) -> AdditionalDocument:
    return structs.replace(document, category_code=None, type_code=code_of(document) or None)


# The journey ---------------------------------------------------------------------------------------------------------


def _put_transit(leaves: Leaves, document: Declaration) -> None:
    transit = document.transit
    if document.exit_office and document.exit_office.code:
        put_number(leaves, EXIT)
        leaves.put(f"{EXIT}/referenceNumber[1]", document.exit_office.code)
    if transit is None:
        return
    put_part(leaves, "", places.TRANSIT, transit)
    put_part(leaves, HOLDER, places.PARTY, transit.principal)
    for place, office in enumerate(transit.transit_offices, 1):
        put_number(leaves, f"{TRANSIT_OFFICES}[{place}]")
        leaves.put(f"{TRANSIT_OFFICES}[{place}]/referenceNumber[1]", office)
    put_vehicle_seals(leaves, transit.seals)


def _put_guarantees(leaves: Leaves, guarantees: Iterable[ObligationGuarantee]) -> None:
    """Securities, each under a kind of its own; references that the message has beside the first are there already."""
    kept = {found[0] for path, _ in leaves.items() if (found := _FURTHER.match(path))}
    there = Counter(path.rpartition("/")[0] for path in kept)
    rest, place = list(guarantees), 0
    while rest:
        place += 1
        path, each = f"Guarantee[{place}]", rest[0]
        del rest[: 1 + there[path]]
        put_number(leaves, path)
        leaves.put(f"{path}/guaranteeType[1]", each.type_code)
        leaves.put(f"{path}/otherGuaranteeReference[1]", each.name)
        if each == ObligationGuarantee(type_code=each.type_code, name=each.name):
            continue
        reference = f"{path}/GuaranteeReference[1]"
        put_number(leaves, reference)
        leaves.put(f"{reference}/GRN[1]", each.reference)
        leaves.put(f"{reference}/accessCode[1]", each.access_code)
        if each.amount is not None:
            leaves.put(f"{reference}/amountToBeCovered[1]", each.amount.value)
            leaves.put(f"{reference}/currency[1]", each.amount.currency)


def put_equipment(leaves: Leaves, equipment: Iterable[TransportEquipment]) -> None:
    """Put containers that the message does not have yet, in the places that are free.

    Source: IE015, transport equipment.
    """
    there, _ = _there(leaves)
    free = _free_places(leaves)
    for each in equipment:
        if each in there:
            there.remove(each)
        else:
            for path, text in equipment_leaves(each, f"{EQUIPMENT}[{next(free)}]").items():
                leaves.put(path, text)


def put_vehicle_seals(leaves: Leaves, seals: Iterable[Seal]) -> None:
    """Put seals on the vehicle that the message does not have yet.

    Source: IE015, transport equipment without a number.
    """
    _, there = _there(leaves)
    new: list[Seal] = []
    for seal in seals:
        if seal in there:
            there.remove(seal)
        else:
            new.append(seal)
    if new:
        path = f"{EQUIPMENT}[{next(_free_places(leaves))}]"
        for each, text in equipment_leaves(TransportEquipment(id="", seals=tuple(new)), path).items():
            leaves.put(each, text or None)


def _there(leaves: Leaves) -> tuple[list[TransportEquipment], list[Seal]]:
    """The containers, and the seals on the vehicle, that the message has already."""
    texts = {path: text for path, text in leaves.items() if path.startswith(EQUIPMENT)}
    equipment, seals = read_equipment(Leaves(texts))
    return list(equipment), list(seals)


def _free_places(leaves: Leaves) -> Iterator[int]:
    """Places of transport equipment at which the message has none yet."""
    paths = (path for path, _ in leaves.items() if path.startswith(f"{EQUIPMENT}["))
    taken = {path[len(EQUIPMENT) + 1 : path.index("]", len(EQUIPMENT))] for path in paths}
    place = 0
    while True:
        place += 1
        if str(place) not in taken:
            yield place


# The goods -----------------------------------------------------------------------------------------------------------


def _put_shipment(leaves: Leaves, shipment: GoodsShipment) -> None:
    put_part(leaves, CONSIGNMENT, places.SHIPMENT, shipment)
    put_part(leaves, f"{CONSIGNMENT}Consignor[1]/", places.PARTY, shipment.consignor)
    put_part(leaves, f"{CONSIGNMENT}Consignee[1]/", places.PARTY, shipment.consignee)
    put_part(leaves, f"{CONSIGNMENT}Carrier[1]/", places.PARTY, shipment.carrier)
    put_means(leaves, shipment)
    put_location(leaves, shipment.location)
    put_equipment(leaves, shipment.equipment)
    for place, country in enumerate(shipment.itinerary, 1):
        path = f"{CONSIGNMENT}CountryOfRoutingOfConsignment[{place}]"
        put_number(leaves, path)
        leaves.put(f"{path}/country[1]", country)
    put_each(leaves, f"{CONSIGNMENT}PreviousDocument", places.PREVIOUS_DOCUMENT, shipment.previous_documents)
    _put_papers(leaves, CONSIGNMENT, shipment.documents)
    put_each(leaves, f"{CONSIGNMENT}AdditionalSupplyChainActor", places.ACTOR, shipment.recognised_parties)


def put_means(leaves: Leaves, shipment: GoodsShipment) -> None:
    """Put the means of transport of a shipment.

    Source: IE015, active border transport means and departure transport means.
    """
    for part, where, element in (
        (shipment.border_transport, places.BORDER_TRANSPORT, "ActiveBorderTransportMeans[1]"),
        (shipment.inland_transport, places.INLAND_TRANSPORT, "DepartureTransportMeans[1]"),
    ):
        put_part(leaves, CONSIGNMENT, where, part)
        if is_identified(part):
            put_number(leaves, CONSIGNMENT + element)


def put_location(leaves: Leaves, location: GoodsLocation | None) -> None:
    """Put the location of goods.

    Source: IE015, location of goods; condition C0394.
    """
    if location is not None:
        around = f"{CONSIGNMENT}LocationOfGoods[1]/"
        put_part(leaves, around, places.LOCATION, location)
        path = places.LOCATED_BY.get(location.qualifier_code or "")
        if path:
            leaves.put(around + path, location.id)


def _put_papers(leaves: Leaves, around: str, papers: Iterable[AdditionalDocument]) -> None:
    coded = [_coded(each) for each in papers]
    for name in PAPERS:
        put_each(
            leaves, around + name, places.DOCUMENT, (each for each in coded if kind_of(each.type_code or "") == name)
        )


def _put_items(leaves: Leaves, items: tuple[GovernmentAgencyGoodsItem, ...]) -> list[str]:
    """Put the items, and what houses have of them.

    Returns:
        The path of each.
    """
    houses: dict[str, list[tuple[str, GovernmentAgencyGoodsItem]]] = {}
    house = f"{HOUSES}[1]"
    for item in items:
        leaves.lay_back(item.extensions)
        found = next((place for each in item.extensions if (place := ITEM_PATH.match(each.path))), None)
        house = found[1] if found else house
        path = found[0] if found else f"{house}/ConsignmentItem[{len(houses.get(house, ())) + 1}]"
        houses.setdefault(house, []).append((path, item))
    for house, members in houses.items():
        put_number(leaves, house)
        _put_house_parties(leaves, house, members)
        for path, item in members:
            _put_item(leaves, f"{path}/", item)
    return [path for members in houses.values() for path, _ in members]


def _put_house_parties(leaves: Leaves, house: str, members: list[tuple[str, GovernmentAgencyGoodsItem]]) -> None:
    """Parties of the items are the house's, unless the items have consignees of their own already."""
    first = members[0][1]
    put_part(leaves, f"{house}/Consignor[1]/", places.PARTY, first.consignor)
    if not any(f"/{CONSIGNEE}" in each.path for _, item in members for each in item.extensions):
        put_part(leaves, f"{house}/{CONSIGNEE}/", places.PARTY, first.consignee)


def _put_item(leaves: Leaves, around: str, item: GovernmentAgencyGoodsItem) -> None:
    commodity = item.commodity
    put_part(leaves, around, places.ITEM, item)
    put_part(leaves, around, places.COMMODITY, commodity)
    codes = f"{around}Commodity[1]/CommodityCode[1]/"
    for each in commodity.classifications[:1]:
        leaves.put(f"{codes}harmonizedSystemSubHeadingCode[1]", each.id[: min(LISTS)])
        leaves.put(f"{codes}combinedNomenclatureCode[1]", each.id[min(LISTS) : max(LISTS)] or None)
    for quantity in commodity.supplementary[:1]:
        leaves.put(f"{around}Commodity[1]/GoodsMeasure[1]/supplementaryUnits[1]", quantity.quantity)
    for place, number in enumerate(commodity.dangerous_goods, 1):
        put_number(leaves, f"{around}Commodity[1]/DangerousGoods[{place}]")
        leaves.put(f"{around}Commodity[1]/DangerousGoods[{place}]/UNNumber[1]", number)
    put_each(leaves, f"{around}Packaging", places.PACKAGING, item.packaging)
    put_each(leaves, f"{around}PreviousDocument", places.PREVIOUS_DOCUMENT, item.previous_documents)
    _put_papers(leaves, around, item.documents)
    put_each(leaves, f"{around}AdditionalInformation", places.INFORMATION, item.information)
    put_each(leaves, f"{around}AdditionalSupplyChainActor", places.ACTOR, item.recognised_parties)


def _put_ucrs(leaves: Leaves, document: Declaration, paths: list[str]) -> None:
    """What a document of another standard does not say of its houses: their mass; and its UCRs, told once."""
    masses: dict[str, list[Decimal | None]] = {}
    for path, item in zip(paths, document.shipment.items, strict=True):
        masses.setdefault(path.rpartition("/")[0], []).append(item.commodity.gross_mass_kg)
    for house, parts in masses.items():
        if None not in parts:
            leaves.put(f"{house}/grossMass[1]", sum((mass for mass in parts if mass is not None), Decimal()))
    ucrs = list(dict.fromkeys(name.value for name in document.references if name.kind == "UCR"))
    if len(ucrs) == 1:
        leaves.put(f"{CONSIGNMENT}referenceNumberUCR[1]", ucrs[0])
    for path, item in zip(paths, document.shipment.items, strict=True) if len(ucrs) > 1 else ():
        name = next((name.value for name in item.references if name.kind == "UCR"), None)
        leaves.put(f"{path}/referenceNumberUCR[1]", name)
