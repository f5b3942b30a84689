# SPDX-License-Identifier: Apache-2.0
"""Conditions and rules of transit, one by one: a hit, a near miss, and what happens where something is missing.

An edit is written `path=text` (set), `-path` (take out) or `path+name=text/name=text` (add a part, its own parts after
the first slash). A path without a place means all elements of it.
"""

from __future__ import annotations

import copy
import re
from pathlib import Path

import pytest
from lxml import etree

from cocket.standards.ncts.rules import RULES, check
from cocket.standards.ncts.tables import NAMESPACE
from cocket.standards.xml import parse_xml
from tests.standards.ncts_messages import Element

SAMPLES = Path(__file__).resolve().parents[1] / "samples" / "ncts"

C = "Consignment"
H = f"{C}/HouseConsignment"
I = f"{H}/ConsignmentItem"  # noqa: E741 - an item, in a table that is to be read at a glance
E = f"{C}/TransportEquipment"
A = f"{C}/ActiveBorderTransportMeans"
D = f"{C}/DepartureTransportMeans"
L = f"{C}/LocationOfGoods"
T = "TransitOperation"
TRANSIT = "CustomsOfficeOfTransitDeclared"
DEPARTS, ENDS = "CustomsOfficeOfDeparture/referenceNumber", "CustomsOfficeOfDestinationDeclared/referenceNumber"
TIR, T2 = f"{T}/declarationType=TIR", f"{T}/declarationType=T2"
LODGED = f"{T}/additionalDeclarationType=D"
NO_SAFETY, REDUCED = f"{T}/security=0", f"{T}/reducedDatasetIndicator=1"
GUARANTEE, REFERENCE = "Guarantee/guaranteeType", "Guarantee/GuaranteeReference"
EXIT = "+CustomsOfficeOfExitForTransitDeclared/referenceNumber="
AIR, POST = f"{C}/modeOfTransportAtTheBorder=4", f"{C}/modeOfTransportAtTheBorder=5"
HOUSE_MEANS = f"{H}+DepartureTransportMeans/typeOfIdentification=30"

#: Code, sample, edits that break it, edits that come near.
CASES: list[tuple[str, str, list[str], list[str]]] = [
    ("C0411", "declaration", [f"{T}+TIRCarnetNumber=XA25000000"], [TIR, f"{T}+TIRCarnetNumber=XA25000000"]),
    ("C0904", "declaration", [TIR], [TIR, "HolderOfTheTransitProcedure+TIRHolderIdentificationNumber=GBR/1"]),
    ("R0849", "declaration", [TIR, REDUCED], [REDUCED]),
    ("C0839", "declaration", ["Authorisation/type=C523"], ["Authorisation/type=C523", f"-{T}/limitDate"]),
    ("C0101", "declaration", [REDUCED, "-Authorisation"], ["-Authorisation"]),
    ("R0859", "declaration", [REDUCED], [REDUCED, "Authorisation/type=C524"]),
    ("R0900", "declaration", [f"{GUARANTEE}=9", f"{DEPARTS}=FR000130"], [f"{GUARANTEE}=9"]),
    ("C0085", "declaration", [f"{GUARANTEE}=B"], [f"{GUARANTEE}=B", f"-{REFERENCE}"]),
    (
        "C0086",
        "declaration",
        [f"-{REFERENCE}/GRN"],
        [f"{GUARANTEE}=3", f"-{REFERENCE}/GRN", f"-{REFERENCE}/accessCode"],
    ),
    ("C0130", "declaration", [f"{GUARANTEE}=8"], [f"{GUARANTEE}=8", "Guarantee+otherGuaranteeReference=X"]),
    (
        "R0318",
        "declaration",
        [f"{REFERENCE}/GRN=25GB0000010000HX6A001017"],
        [f"{GUARANTEE}=4", f"{REFERENCE}/GRN=25GB0000010000HX6A001017"],
    ),
    ("R0901", "declaration", [TIR], [TIR, f"{DEPARTS}=FR000130", f"{ENDS}=DE000001"]),
    ("R0905", "declaration", [f"{ENDS}=AD000001"], [f"{ENDS}=AD000001", f"{DEPARTS}=FR000130"]),
    ("R0906", "declaration", [f"{ENDS}=AD000001"], [f"{ENDS}=AD000001", f"{TRANSIT}/referenceNumber=AD000002"]),
    (
        "R0909",
        "declaration",
        [f"{DEPARTS}=IT000001", f"{ENDS}=SM000001", T2],
        [f"{DEPARTS}=IT000001", f"{ENDS}=SM000001", f"{T}/declarationType=T2SM"],
    ),
    (
        "R0911",
        "declaration",
        [f"{DEPARTS}=SM000001", f"{ENDS}=FR000001"],
        [f"{DEPARTS}=SM000001", f"{ENDS}=FR000001", T2],
    ),
    ("C0030", "declaration", [f"-{TRANSIT}"], [f"-{TRANSIT}", f"{ENDS}=GB000142"]),
    ("R0003", "declaration", [f"{TRANSIT}/referenceNumber=CH001252"], [f"{TRANSIT}[2]/referenceNumber=CH001253"]),
    (
        "R0005",
        "declaration",
        [f"{TRANSIT}/arrivalDateAndTimeEstimated=2026-03-04T10:20:30"],
        [f"{TRANSIT}/arrivalDateAndTimeEstimated=2026-03-04T10:20:31"],
    ),
    ("R0006", "declaration", [f"{TRANSIT}[2]/referenceNumber=FR001252"], [f"{TRANSIT}[2]/referenceNumber=CH999999"]),
    ("R0103", "declaration", [f"{EXIT}FR001260"], [f"{EXIT}DE000001"]),
    ("C0587", "declaration", [f"{EXIT}DE000001"], [f"{EXIT}DE000001", f"{TRANSIT}[2]/referenceNumber=TR000001"]),
    ("C0598", "declaration", [f"{T}/security=1"], [f"{T}/security=1", f"{TRANSIT}[2]/referenceNumber=TR000001"]),
    (
        "C0250",
        "declaration",
        [f"-{C}/Consignor/Address"],
        [f"-{C}/Consignor/Address", f"{C}/Consignor+identificationNumber=GB1"],
    ),
    (
        "C0505",
        "declaration",
        [f"-{C}/Consignor/Address/postcode"],
        [f"-{C}/Consignor/Address/postcode", f"{C}/Consignor/Address/country=HK"],
    ),
    ("R0987", "declaration", ["Guarantee/sequenceNumber=2"], [f"-{TRANSIT}[2]"]),
    ("C0822", "declaration", [f"-{C}/containerIndicator"], [f"-{C}/containerIndicator", LODGED]),
    ("C0823", "declaration", [f"-{E}"], [f"-{E}", f"{C}/containerIndicator=0"]),
    (
        "C0055",
        "declaration",
        [f"{C}/containerIndicator=0"],
        [f"{C}/containerIndicator=0", f"-{E}/containerIdentificationNumber"],
    ),
    (
        "R0028",
        "declaration",
        [f"{E}/containerIdentificationNumber=CSQU3054384"],
        [f"{E}/containerIdentificationNumber=TRAILER-7"],
    ),
    ("R0106", "declaration", [f"{E}[1]/numberOfSeals=3"], [f"{E}[1]/numberOfSeals=1", f"-{E}[1]/Seal[2]"]),
    ("R0107", "declaration", [f"{E}/Seal/identifier=GB-EX-0001"], [f"{E}[2]/Seal/identifier=GB-EX-0004"]),
    ("R0448", "declaration", [f"{E}[2]/numberOfSeals=0"], [f"{E}[1]/numberOfSeals=0"]),
    ("C0569", "declaration", [f"-{E}[1]/Seal"], [f"-{E}[1]/Seal", f"{E}[1]/numberOfSeals=0"]),
    ("C0670", "declaration", [f"-{E}[1]/GoodsReference"], [f"-{E}[1]/GoodsReference", f"-{E}[2]"]),
    ("C0710", "declaration", [f"-{L}"], [f"-{L}", LODGED]),
    (
        "C0394",
        "declaration",
        [f"{L}/qualifierOfIdentification=U"],
        [f"{L}/qualifierOfIdentification=U", f"-{L}/authorisationNumber", f"{L}+UNLocode=GBDOV"],
    ),
    (
        "C0671",
        "declaration",
        [f"{L}+additionalIdentifier=1", f"-{L}/authorisationNumber"],
        [f"{L}+additionalIdentifier=1"],
    ),
    ("C0382", "declaration", [f"{L}+PostcodeAddress/country=NL"], [f"{L}+PostcodeAddress/country=IE"]),
    (
        "C0387",
        "declaration",
        [f"-{C}/PlaceOfUnloading/country"],
        [f"-{C}/PlaceOfUnloading/country", f"{C}/PlaceOfUnloading+UNLocode=CHBSL"],
    ),
    ("C0191", "declaration", [NO_SAFETY], [f"-{C}/PlaceOfUnloading"]),
    ("C0186", "declaration", [NO_SAFETY], [NO_SAFETY, f"-{C}/TransportCharges"]),
    (
        "C0586",
        "declaration",
        [f"-{C}/CountryOfRoutingOfConsignment"],
        [f"-{C}/CountryOfRoutingOfConsignment", NO_SAFETY],
    ),
    ("C0599", "declaration", [f"-{C}/modeOfTransportAtTheBorder"], [f"-{C}/modeOfTransportAtTheBorder", LODGED]),
    ("C0806", "declaration", [POST], [POST, f"-{A}"]),
    ("C0531", "declaration", [AIR, f"-{A}/conveyanceReferenceNumber"], [f"-{A}/conveyanceReferenceNumber"]),
    ("R0315", "declaration", [AIR], [AIR, f"{A}/conveyanceReferenceNumber=BA1234A"]),
    (
        "R0789",
        "declaration",
        [f"-{TRANSIT}", f"{C}+ActiveBorderTransportMeans/nationality=GB"],
        [f"{C}+ActiveBorderTransportMeans/nationality=GB"],
    ),
    (
        "R0076",
        "declaration",
        [f"{A}/identificationNumber=ab12cde"],
        [f"{A}/identificationNumber=Speedwell", f"{A}/typeOfIdentification=11"],
    ),
    (
        "R0473",
        "declaration",
        [f"{D}/identificationNumber=ab12cde"],
        [f"{D}/identificationNumber=Speedwell", f"{D}/typeOfIdentification=81"],
    ),
    ("C0826", "declaration", [HOUSE_MEANS], [HOUSE_MEANS, f"-{D}"]),
    ("R0472", "declaration", [f"{C}/inlandModeOfTransport=1"], [f"{C}/inlandModeOfTransport=9"]),
    (
        "R0474",
        "declaration",
        [f"{D}[1]/typeOfIdentification=31"],
        [f"{D}[1]/typeOfIdentification=31", f"{C}/inlandModeOfTransport=2"],
    ),
    ("R0476", "declaration", [f"{D}[2]/typeOfIdentification=30"], [f"-{D}[2]"]),
    ("R0855", "declaration", [f"{C}/inlandModeOfTransport=8"], [f"{C}/inlandModeOfTransport=2"]),
    ("C0909", "declaration", [f"-{C}/countryOfDispatch"], [f"-{C}/countryOfDispatch", f"{H}+countryOfDispatch=GB"]),
    (
        "C0343",
        "declaration",
        [f"-{C}/countryOfDestination"],
        [f"-{C}/countryOfDestination", f"{H}+countryOfDestination=CH"],
    ),
    ("C0502", "declaration", [f"{I}+referenceNumberUCR=U"], [f"{I}+referenceNumberUCR=U", f"-{C}/referenceNumberUCR"]),
    ("C0001", "declaration", [f"-{H}/Consignee"], [f"-{H}/Consignee", f"{C}+Consignee/identificationNumber=CHE1"]),
    (
        "C0542",
        "declaration",
        [f"{H}+Consignor/identificationNumber=GB1"],
        [f"{H}+Consignor/identificationNumber=GB1", f"-{C}/Consignor"],
    ),
    (
        "C0337",
        "declaration",
        [f"{H}+TransportCharges/methodOfPayment=A"],
        [f"{H}+TransportCharges/methodOfPayment=A", f"-{C}/TransportCharges"],
    ),
    (
        "R0506",
        "declaration",
        [f"{H}+countryOfDestination=CH"],
        [f"{H}[1]+countryOfDestination=CH", f"{H}[2]+countryOfDestination=LI"],
    ),
    ("R0507", "declaration", [f"{I}+declarationType=T1"], [f"{H}[1]/ConsignmentItem+declarationType=T1"]),
    (
        "R0007",
        "declaration",
        [f"{H}[2]/ConsignmentItem/declarationGoodsItemNumber=4"],
        [f"{H}[2]/ConsignmentItem/goodsItemNumber=4"],
    ),
    (
        "R0988",
        "declaration",
        [f"{H}[2]/ConsignmentItem/goodsItemNumber=4"],
        [f"{H}[2]/ConsignmentItem/declarationGoodsItemNumber=4"],
    ),
    ("R0994", "declaration", [f"{C}/grossMass=9250.49"], [f"{C}/grossMass=9250.50"]),
    ("R0983", "declaration", [f"{H}[1]/grossMass=6000.49"], [f"{H}[1]/grossMass=6000.50"]),
    (
        "R0223",
        "declaration",
        [f"{I}/Commodity/GoodsMeasure/netMass=4000.6"],
        [f"{I}/Commodity/GoodsMeasure/netMass=4000.5"],
    ),
    (
        "R0221",
        "declaration",
        [f"{H}[1]/ConsignmentItem[2]/Commodity/GoodsMeasure/grossMass=0"],
        [
            f"{H}[1]/ConsignmentItem[2]/Commodity/GoodsMeasure/grossMass=0",
            f"{H}[1]/ConsignmentItem[2]/Packaging/numberOfPackages=0",
        ],
    ),
    ("C0837", "declaration", [f"{H}+PreviousDocument/type=N830"], [f"{H}+PreviousDocument/type=N337"]),
    (
        "C0060",
        "declaration",
        [f"-{I}/Packaging/numberOfPackages"],
        [f"-{I}/Packaging/numberOfPackages", f"{I}/Packaging/typeOfPackages=VQ"],
    ),
    (
        "R0219",
        "declaration",
        [f"{H}[1]/ConsignmentItem[1]+Packaging/numberOfPackages=0"],
        [f"{H}[1]/ConsignmentItem[1]+Packaging/numberOfPackages=5"],
    ),
    (
        "R0220",
        "declaration",
        [f"{H}[2]/ConsignmentItem/Packaging/numberOfPackages=0"],
        [f"{H}[2]/ConsignmentItem/Packaging/numberOfPackages=0", f"{H}[2]/ConsignmentItem/Packaging/typeOfPackages=BX"],
    ),
    (
        "R0364",
        "declaration",
        [f"{H}[1]/ConsignmentItem[2]/Packaging/numberOfPackages=0"],
        [
            f"{H}[1]/ConsignmentItem[2]/Packaging/numberOfPackages=0",
            f"{H}[1]/ConsignmentItem[2]/Packaging/shippingMarks=EXM 1-120",
        ],
    ),
    ("C0045", "declaration", [f"{T}/declarationType=T"], [f"{T}/declarationType=T", f"{I}+declarationType=T1"]),
    ("C0153", "declaration", [f"-{I}/Commodity/CommodityCode"], [f"-{I}/Commodity/CommodityCode", TIR]),
    (
        "C0821",
        "declaration",
        [f"{I}/Commodity/CommodityCode+combinedNomenclatureCode=00"],
        [f"{I}/Commodity/CommodityCode+combinedNomenclatureCode=00", f"{DEPARTS}=FR000130"],
    ),
    ("C0035", "declaration", [T2, f"-{C}/PreviousDocument"], [f"-{C}/PreviousDocument"]),
    ("R0020", "declaration", [T2], [T2, f"{C}/PreviousDocument/type=C612"]),
    (
        "C0298",
        "declaration",
        [f"{I}/PreviousDocument+quantity=2"],
        [f"{I}/PreviousDocument+quantity=2", f"{I}/PreviousDocument+measurementUnitAndQualifier=KGM"],
    ),
    (
        "C0015",
        "declaration",
        [f"-{I}/AdditionalReference/referenceNumber"],
        [f"-{I}/AdditionalReference/referenceNumber", f"{I}/AdditionalReference/type=Y027"],
    ),
    (
        "R0023",
        "declaration",
        [f"{I}/AdditionalReference/referenceNumber=0"],
        [f"{I}/AdditionalReference/referenceNumber=00"],
    ),
    (
        "R0416",
        "declaration",
        [f"{H}+PreviousDocument/referenceNumber=26GB0000601001NTJ3"],
        [f"{H}+PreviousDocument/referenceNumber=26GB0000601001NTB3"],
    ),
    (
        "R3060",
        "declaration",
        [f"{C}/AdditionalInformation/code=30600"],
        [f"{C}/AdditionalInformation/code=30600", f"{C}/countryOfDestination=US"],
    ),
    ("R3061", "declaration", [f"{I}/AdditionalInformation/code=30600"], [f"{C}/AdditionalInformation/code=30600"]),
    ("C0102", "arrival", ["-Authorisation"], ["-Authorisation", f"{T}/simplifiedProcedure=0"]),
    ("C0128", "invalidation-request", ["Invalidation+decision=1"], ["Invalidation+decision=1", "messageRecipient=GB1"]),
    (
        "C0870",
        "invalidation-request",
        ["Invalidation+decisionDateAndTime=2026-03-04T12:00:00"],
        ["Invalidation+decisionDateAndTime=2026-03-04T12:00:00", "messageRecipient=GB1"],
    ),
    (
        "C0137",
        "invalidation-request",
        ["-Invalidation/justification"],
        ["-Invalidation/justification", "messageRecipient=GB1"],
    ),
    (
        "C0129",
        "invalidation-request",
        ["-Invalidation/requestDateAndTime"],
        ["-Invalidation/requestDateAndTime", "Invalidation/initiatedByCustoms=1"],
    ),
    ("C0451", "control-decision", ["-TypeOfControls[2]/text"], ["-TypeOfControls[2]"]),
    ("C0452", "control-decision", ["-TypeOfControls"], ["-TypeOfControls", f"{T}/notificationType=1"]),
    ("C0455", "control-decision", ["-RequestedDocument", f"{T}/notificationType=1"], ["-RequestedDocument"]),
    ("C0492", "rejection", [f"{T}/rejectionCode=4", f"-{T}/rejectionReason"], [f"-{T}/rejectionReason"]),
    ("C0352", "goods-release", [f"-{C}"], [f"-{C}", f"{T}/releaseIndicator=1"]),
    ("C0353", "goods-release", [f"-{I}"], [f"-{I}", f"{H}/releaseType=0"]),
    (
        "C0027",
        "unloading-permission",
        [f"-{C}/grossMass"],
        [
            "+CTLControl/continueUnloading=1",
            f"-{C}",
            "-HolderOfTheTransitProcedure",
            f"-{T}/declarationType",
            f"-{T}/declarationAcceptanceDate",
        ],
    ),
    (
        "C0240",
        "incident",
        [f"-{C}/Incident/TransportEquipment"],
        [f"-{C}/Incident/TransportEquipment", f"{C}/Incident/code=1"],
    ),
    (
        "C0396",
        "incident",
        [f"-{C}/Incident/TransportEquipment/numberOfSeals"],
        [f"-{C}/Incident/TransportEquipment/numberOfSeals", f"{C}/Incident/code=4"],
    ),
    (
        "C0040",
        "incident",
        [f"{C}/Incident+Transhipment/containerIndicator=1", f"-{C}/Incident/TransportEquipment"],
        [f"{C}/Incident+Transhipment/containerIndicator=0", f"-{C}/Incident/TransportEquipment"],
    ),
    (
        "C0460",
        "incident",
        [f"{C}/Incident/Location/qualifierOfIdentification=W"],
        [
            f"{C}/Incident/Location/qualifierOfIdentification=W",
            f"-{C}/Incident/Location/UNLocode",
            f"{C}/Incident/Location+GNSS/latitude=51.1",
        ],
    ),
]

#: Messages that a sample of another one serves for.
SERVES = {"C0492": "CC057C"}


def edited(code: str, sample: str, edits: list[str]) -> Element:
    """A sample with edits made."""
    root = parse_xml((SAMPLES / f"{sample}.xml").read_bytes())
    if code in SERVES:
        root.tag = f"{{{NAMESPACE}}}{SERVES[code]}"
    for edit in edits:
        path, _, text = edit.partition("=")
        if path.startswith("-"):
            found = root.findall(path[1:])
            for each in found:
                each.getparent().remove(each)
        elif "+" in path:
            around, _, added = path.partition("+")
            found = root.findall(around) if around else [root]
            for each in found:
                part = each
                for name in added.split("/"):
                    part = etree.SubElement(part, name)
                part.text = text
        else:
            found = root.findall(path)
            for each in found:
                each.text = text
        assert found, f"nothing to edit: {edit}"
    return root


def codes(root: Element) -> set[str]:
    return {finding.code.removeprefix("ncts-") for finding in check(root)}


@pytest.mark.parametrize(("code", "sample", "hit", "near"), CASES, ids=[case[0] for case in CASES])
def test_a_rule_is_broken_by_a_hit_and_not_by_a_near_miss(
    code: str, sample: str, hit: list[str], near: list[str]
) -> None:
    assert code not in codes(edited(code, sample, []))
    assert code in codes(edited(code, sample, hit))
    assert code not in codes(edited(code, sample, near))


def test_every_rule_has_its_case() -> None:
    named = [case[0] for case in CASES]
    assert sorted(named) == sorted(held.code.removeprefix("ncts-") for held in RULES)


def test_the_page_names_every_rule_once() -> None:
    page = (Path(__file__).resolve().parents[2] / "docs" / "standards" / "ncts.md").read_text("utf-8")
    table = page.partition("## Conditions and rules")[2].partition("Not judged")[0]
    named = re.findall(r"\b[CR]\d{4}\b", "\n".join(line for line in table.splitlines() if line.startswith("|")))
    assert sorted(named) == sorted(held.code.removeprefix("ncts-") for held in RULES)
    assert f"{len(RULES)} conditions" in table


@pytest.mark.parametrize("path", sorted(SAMPLES.glob("*.xml")), ids=lambda path: path.stem)
def test_a_message_that_lacks_any_one_element_is_judged_all_the_same(path: Path) -> None:
    root = parse_xml(path.read_bytes())
    for place in range(1, sum(1 for _ in root.iter())):
        damaged = copy.deepcopy(root)
        element = list(damaged.iter())[place]
        element.getparent().remove(element)
        assert all(finding.location for finding in check(damaged))


def test_a_finding_names_the_place_what_is_missing_and_what_was_found() -> None:
    missing = next(iter(check(edited("C0670", "declaration", [f"-{E}[1]/GoodsReference"]))))
    assert (missing.code, missing.severity) == ("ncts-C0670", "error")
    assert missing.location == "/ncts:CC015C[1]/Consignment[1]/TransportEquipment[1]"
    assert missing.expected == "GoodsReference"
    light = next(iter(check(edited("R0994", "declaration", [f"{C}/grossMass=9000"]))))
    assert (light.expected, light.found) == ("9250.5", "9000")
    assert "{found}" in light.message


FIRST, SECOND = f"{H}[1]/ConsignmentItem[1]", f"{H}[1]/ConsignmentItem[2]"
OTHER, PROOF = "PreviousDocument/type=N337", "PreviousDocument/type=C620"


@pytest.mark.parametrize(
    ("edits", "objected"),
    [
        ([T2], [(1, 1), (1, 2), (2, 1)]),
        ([T2, f"{FIRST}+{PROOF}"], [(1, 2), (2, 1)]),  # beside another document of the same item
        ([T2, f"{C}/{PROOF}"], []),  # of the whole
        ([T2, f"{C}+{PROOF}"], []),  # of the whole, beside another
        ([T2, f"-{C}/PreviousDocument", f"-{I}/PreviousDocument"], []),  # none at all is another condition's
        ([T2, f"-{C}/PreviousDocument"], [(1, 1)]),
        ([T2, f"-{I}/PreviousDocument"], [(1, 1), (1, 2), (2, 1)]),
        ([f"{T}/declarationType=T2F"], [(1, 1), (1, 2), (2, 1)]),
        ([f"{T}/declarationType=T", f"{FIRST}+declarationType=T1", f"{SECOND}+declarationType=T2F"], [(1, 2)]),
        ([T2, f"{DEPARTS}=FR000130"], []),  # from within the Union
    ],
)
def test_union_goods_are_proven_by_a_document_of_the_whole_or_of_each_item(
    edits: list[str], objected: list[tuple[int, int]]
) -> None:
    found = [each for each in check(edited("R0020", "declaration", edits)) if each.code == "ncts-R0020"]
    places = [
        tuple(map(int, re.findall(r"(?:HouseConsignment|ConsignmentItem)\[(\d+)\]", each.location or "")))
        for each in found
    ]
    assert places == objected
    assert {each.expected for each in found} <= {"C612, C620, N822, N825"}
