# SPDX-License-Identifier: Apache-2.0
"""Filings of the second Import Control System (ICS2) and the answers to them, read as far as public facts reach.

Element names and their places are from the information exchanges that the Commission has published for version 2 of the
trader interface; how version 3 differs is not known from public facts. There is no schema to compare with, so the
structure is read and not judged, which each reading says; and nothing is written.
Source: DG TAXUD, ICS2 Harmonised Trader Interface, information exchanges (HTI IEs) v2.02, 2022-05-04.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import datetime

from lxml import etree

from cocket.findings import Finding
from cocket.model import (
    AdditionalDocument,
    AdditionalInformation,
    Classification,
    Commodity,
    CustomsOffice,
    Declaration,
    GoodsShipment,
    GovernmentAgencyGoodsItem,
    Packaging,
    Party,
    Reference,
    Response,
    ResponseError,
    ResponseStatus,
    Seal,
    TransportEquipment,
    TransportMeans,
)
from cocket.model.message import Function, Reading
from cocket.model.party import ReferenceKind
from cocket.standards.ens.envelope import location_of
from cocket.standards.ens.names import stated_names
from cocket.standards.ens.tree import Node, branch, branches, left_over, peek, take, take_decimal, take_whole, tree_of
from cocket.standards.kind import Options, Source, Standard

_NAMESPACE = "urn:wco:datamodel:eu:ics2:"

#: Filings and their amendments, and the request to invalidate one.
_FILING = re.compile(r"IE3[FA](1\d|2\d|3\d|4\d|5[01])|IE3Q04")
_INVALIDATION = "IE3Q04"

#: What customs sends: registered, arrival registered, invalidated, consultation result; notices; do not load (DNL),
#: request for information (RFI), request for screening (RFS).
_ANSWERS = (
    *("IE3R01", "IE3R04", "IE3R07", "IE3R08"),
    *("IE3N01", "IE3N02", "IE3N03", "IE3N04", "IE3N05", "IE3N07", "IE3N08", "IE3N09", "IE3N10", "IE3N11", "IE3N99"),
    *("IE3Q01", "IE3Q02", "IE3Q03"),
)

#: What every filing must have at its top.
_REQUIRED = ("LRN", "documentIssueDate", "consignmentMasterLevel", "declarant")

#: What a request not to load is told as.
_DO_NOT_LOAD = "DNL"

#: Transport documents by the element that holds them.
_TRANSPORT_DOCUMENTS: dict[str, ReferenceKind] = {
    "transportDocumentMasterLevel": "BL",
    "transportDocumentMaster": "BL",
    "transportDocument": "BL",
    "transportDocumentHouseLevel": "HBL",
    "transportDocumentHouse": "HBL",
}


def recognises(source: Source) -> bool:
    """Whether a message is a filing or an answer of ICS2, by its root element.

    Source: DG TAXUD, ICS2 HTI IEs v2.02, names of the information exchanges.
    """
    namespace, name = source.root_name
    is_known = name in _ANSWERS or _FILING.fullmatch(name or "") is not None
    return is_known and (namespace or "").startswith(_NAMESPACE)


def read(source: Source, options: Options) -> Reading:
    """Read a filing, an amendment, a request to invalidate one, or an answer of customs.

    Args:
        source: The message.
        options: How to read; there is one profile.

    Returns:
        The reading, with a note that its structure was not judged; refused only if a filing lacks what all have.

    Source: DG TAXUD, ICS2 HTI IEs v2.02.
    """
    namespace, name = source.root_name
    name = name or ""
    tree = tree_of(source.root, namespace or "")
    missing = [each for each in _REQUIRED if each not in tree] if name.startswith("IE3F") else []
    document = _response(tree, name) if name in _ANSWERS else _declaration(tree, name)
    findings = (*(_missing(source.root, each) for each in missing), _NOT_JUDGED)
    return Reading(
        standard="ics2",
        version=name,
        profile="ics2",
        outcome="refused" if missing else "accepted",
        document=document,
        findings=findings[: options.limit],
        function=_function(name),
        reference=document.functional_reference or (document.id if isinstance(document, Declaration) else None),
    )


_NOT_JUDGED = Finding(
    code="ics2-structure-not-judged",
    severity="info",
    message="this message was read, but its structure was not checked: its schema is not public",
)


def _missing(root: etree._Element, element: str) -> Finding:
    return Finding(
        code="ics2-element-missing",
        severity="error",
        message="{expected} is missing here",
        location=location_of(root),
        expected=element,
    )


def _function(name: str) -> Function:
    if name == _INVALIDATION:
        return "cancellation"
    return "amendment" if name.startswith("IE3A") else "original"


# Filings -------------------------------------------------------------------------------------------------------------


def _declaration(tree: Node, name: str) -> Declaration:
    master = branch(tree, "consignmentMasterLevel")
    houses = branches(master, "consignmentHouseLevel")
    reference, number = take(tree, "LRN"), take(tree, "MRN")
    levels = (master, *houses)
    names = (
        *stated_names("LRN", reference),
        *stated_names("MRN", number),
        *(each for level in (tree, *levels) for each in _names(level)),
    )
    shipment = _shipment(tree, master, houses)
    return Declaration(
        function_code=_FUNCTION_CODES[_function(name)],
        functional_reference=reference,
        id=number,
        type_code=take(tree, "SpecificCircumstanceIndicator"),
        flow="cargo-report",
        office=CustomsOffice(code=take(branch(tree, "customsOfficeOfFirstEntry"), "referenceNumber")),
        issued=_take_instant(tree, "documentIssueDate"),
        declarant=_take_party(tree, "declarant"),
        agent=_take_party(tree, "representative"),
        gross_mass_kg_declared=take_decimal(houses[0] if len(houses) == 1 else master, "totalGrossMass"),
        shipment=shipment,
        references=tuple(
            dict.fromkeys((*names, *stated_names("EQUIPMENT", *(each.id for each in shipment.equipment))))
        ),
        extensions=left_over(tree),
    )


_FUNCTION_CODES: dict[Function, str] = {"original": "9", "amendment": "13", "cancellation": "1"}


def _shipment(tree: Node, master: Node, houses: list[Node]) -> GoodsShipment:
    """The goods with what stands around them: of the one house if there is one, else of the master."""
    outer = houses[0] if len(houses) == 1 else master
    trade = branch(outer, "goodsShipment")
    equipment = tuple(_equipment((master, *houses)))
    items = [_item(each, None) for each in branches(master, "goodsItem")]
    for house in houses:
        items += [_item(each, house if house is not outer else None) for each in branches(house, "goodsItem")]
    return GoodsShipment(
        consignor=_take_party(outer, "consignor"),
        consignee=_take_party(outer, "consignee"),
        buyer=_take_party(trade, "buyer"),
        seller=_take_party(trade, "seller"),
        carrier=_take_party(master, "carrier") or _take_party(outer, "carrier"),
        border_transport=_take_means(tree),
        loading_place=take(branch(master, "placeOfLoading"), "UNLOCODE"),
        equipment=equipment,
        is_containerised=_containerised(outer),
        items=tuple(items),
        documents=_take_documents(outer),
    )


def _item(node: Node, house: Node | None) -> GovernmentAgencyGoodsItem:
    """One goods item; of several houses each gives its parties and names to its own items."""
    commodity, code = branch(node, "commodity"), branch(branch(node, "commodity"), "commodityCode")
    digits = "".join(
        filter(None, (take(code, "harmonizedSystemSubHeadingCode"), take(code, "combinedNomenclatureCode")))
    )
    equipment = tuple(_equipment((node,)))
    item = GovernmentAgencyGoodsItem(
        sequence=take_whole(node, "goodsItemNumber"),
        commodity=Commodity(
            description=take(commodity, "descriptionOfGoods"),
            classifications=(Classification(id=digits, type_code="HS"),) if digits else (),
            gross_mass_kg=take_decimal(branch(node, "weight"), "grossMass"),
            dangerous_goods=tuple(
                number for each in branches(commodity, "dangerousGoods") if (number := take(each, "UNNumber"))
            ),
        ),
        packaging=tuple(
            Packaging(
                quantity=take_whole(each, "numberOfPackages"),
                type_code=take(each, "typeOfPackages"),
                marks=take(each, "shippingMarks"),
            )
            for each in branches(node, "packaging")
        ),
        documents=_take_documents(node),
        information=_take_information(node),
        equipment_ids=tuple(each.id for each in equipment),
        references=tuple(_names(house)) if house is not None else (),
        consignor=_party(house, "consignor"),
        consignee=_party(house, "consignee"),
        extensions=left_over(node),
    )
    node.clear()
    return item


def _take_means(tree: Node) -> TransportMeans | None:
    found = branches(tree, "activeBorderTransportMeans")
    if not found:
        return None
    return TransportMeans(
        id=take(found[0], "identificationNumber"),
        id_type_code=take(found[0], "typeOfIdentification"),
        mode_code=take(found[0], "ModeOfTransport"),
        voyage=take(found[0], "conveyanceReferenceNumber"),
    )


def _equipment(levels: tuple[Node, ...]) -> Iterator[TransportEquipment]:
    """Containers at any level, each once, with the seals that stand with it."""
    seen = set()
    for level in levels:
        for each in (*branches(level, "transportEquipment"), *_equipment_of_items(level)):
            number = peek(each, "containerIdentificationNumber")
            if number and number not in seen:
                seen.add(number)
                seals = [peek(seal, "identifier") for seal in branches(each, "seal")]
                yield TransportEquipment(
                    id=number,
                    type_code=peek(each, "containerSizeAndType"),
                    fullness_code=peek(each, "containerPackedStatus"),
                    seals=tuple(Seal(id=seal) for seal in seals if seal),
                )


def _equipment_of_items(level: Node) -> Iterator[Node]:
    for item in branches(level, "goodsItem"):
        yield from branches(item, "transportEquipment")


def _containerised(level: Node) -> bool | None:
    code = take(level, "containerIndicator") if peek(level, "containerIndicator") in ("0", "1") else None
    return None if code is None else code == "1"


# Answers -------------------------------------------------------------------------------------------------------------


def _response(tree: Node, name: str) -> Response:
    requests = branches(tree, "referralRequestDetails")
    banned = branch(tree, "doNotLoadDetails")
    reference, number = take(tree, "LRN"), take(tree, "MRN")
    names = (
        *stated_names("LRN", reference),
        *stated_names("MRN", number),
        *(each for level in (tree, banned, *requests) for each in _names(level)),
    )
    statuses = [
        ResponseStatus(code=take(each, "requestType"), text=peek(each, "referralRequestReference")) for each in requests
    ]
    return Response(
        function_code=name,
        functional_reference=peek(requests[0], "referralRequestReference")
        if requests
        else take(tree, "functionalReference"),
        issued=_take_instant(tree, "documentIssueDate") or _take_instant(tree, "notificationDate"),
        office=CustomsOffice(code=take(branch(tree, "customsOfficeOfFirstEntry"), "referenceNumber")),
        declaration_reference=reference,
        declaration_id=number,
        declaration_accepted=_take_instant(tree, "registrationDate"),
        declarant=_take_party(tree, "declarant"),
        agent=_take_party(tree, "representative"),
        statuses=(*((ResponseStatus(code=_DO_NOT_LOAD),) if "doNotLoadDetails" in tree else ()), *statuses),
        errors=tuple(map(_error, branches(tree, "error"))),
        information=tuple(each for request in requests for each in _take_information(request)),
        documents=tuple(each for request in requests for each in _take_documents(request)),
        equipment=tuple(_equipment((banned,))),
        references=tuple(dict.fromkeys(names)),
        extensions=left_over(tree),
    )


def _error(node: Node) -> ResponseError:
    return ResponseError(
        code=take(node, "validationCode"),
        description=take(node, "description") or take(node, "technicalErrorMessage"),
        location=take(branch(node, "pointer"), "messageElementPath"),
    )


# What both have ------------------------------------------------------------------------------------------------------


def _names(level: Node) -> Iterator[Reference]:
    """The names that one level gives; they stay where they are, which says whose they are."""
    yield from stated_names("UCR", peek(branch(level, "referenceNumberUCR"), "referenceNumberUCR"))
    for element, kind in _TRANSPORT_DOCUMENTS.items():
        for each in branches(level, element):
            yield from stated_names(kind, peek(each, "documentNumber"))
    for each in branches(level, "transportEquipment"):
        yield from stated_names("EQUIPMENT", peek(each, "containerIdentificationNumber"))


def _party(level: Node | None, name: str) -> Party | None:
    return None if level is None else _take_party(level, name)


def _take_party(level: Node, name: str) -> Party | None:
    found = branches(level, name)
    if not found:
        return None
    party, address = found[0], branch(found[0], "address")
    lines = [take(address, each) for each in ("street", "number", "streetAdditionalLine", "poBox")]
    return Party(
        id=take(party, "identificationNumber"),
        name=take(party, "name"),
        address=tuple(line for line in lines if line),
        city=take(address, "city"),
        postcode=take(address, "postCode"),
        country_code=take(address, "country"),
    )


def _take_documents(level: Node) -> tuple[AdditionalDocument, ...]:
    return tuple(
        AdditionalDocument(type_code=take(each, "type"), id=take(each, "referenceNumber"))
        for each in branches(level, "supportingDocuments")
    )


def _take_information(level: Node) -> tuple[AdditionalInformation, ...]:
    return tuple(
        AdditionalInformation(code=take(each, "code"), text=take(each, "text"), type_code=take(each, "type"))
        for each in branches(level, "additionalInformation")
    )


def _take_instant(level: Node, name: str) -> datetime | None:
    """Take a date and time, which may stand in an element of its own; None, and it is left, if it is none."""
    values = level.get(name)
    while values and isinstance(values[0], dict) and len(values[0]) == 1:
        values = next(iter(values[0].values()))
    if not values or not isinstance(values[0], str):
        return None
    try:
        instant = datetime.fromisoformat(values[0].strip())
    except ValueError:
        return None
    values[0] = None
    return instant


ICS2 = Standard(
    name="ics2",
    title="ICS2 filing or answer (IE3F10-IE3F51 and their answers), read only",
    recognises=recognises,
    read=read,
    write=None,
    profiles=("ics2",),
)
