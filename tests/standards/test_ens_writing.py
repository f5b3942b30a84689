# SPDX-License-Identifier: Apache-2.0
"""Declarations written back, and declarations of other standards written as entry summaries."""

from __future__ import annotations

import os
from datetime import UTC, datetime, timedelta, timezone
from decimal import Decimal

import msgspec
import pytest
from lxml import etree

from cocket.errors import SenderError
from cocket.model import (
    AdditionalDocument,
    Classification,
    Commodity,
    CustomsOffice,
    Declaration,
    Extension,
    GoodsShipment,
    GovernmentAgencyGoodsItem,
    Manifest,
    Packaging,
    Party,
    Reference,
    Seal,
    TransportEquipment,
    TransportMeans,
)
from cocket.standards.ens import ENS, ENS_RESPONSE
from cocket.standards.xml import parse_xml
from tests.standards.ens_damage import mutants
from tests.standards.ens_messages import DECLARATIONS, changed, declaration_of, every_own, own, read

MUTANTS = int(os.environ.get("COCKET_MUTANTS", "600"))
SEED = int(os.environ.get("COCKET_SEED", "38"))

ARRIVAL = Extension("CUSOFFFENT730[1]/ExpDatOfArrFIRENT733[1]", "202605020600")

FOREIGN = Declaration(
    functional_reference="IMPORTER-REFERENCE-77",
    office=CustomsOffice(code="GB000051"),
    issued=datetime(2026, 5, 1, 14, 30, tzinfo=timezone(timedelta(hours=2))),
    declarant=Party(id="GB527614938000", name="EAST COAST FORWARDING LTD", city="FELIXSTOWE"),
    shipment=GoodsShipment(
        exporter=Party(name="SELLER", address=("1 QUAY", "DOOR 2")),
        border_transport=TransportMeans(name="MV TEAK", mode_code="1"),
        equipment=(TransportEquipment(id="CSQU3054383", seals=(Seal(id="S1"), Seal(id="S2"))),),
        documents=(AdditionalDocument(category_code="N", type_code="705", id="BL-1"),),
        items=(
            GovernmentAgencyGoodsItem(
                commodity=Commodity(
                    description="TEA",
                    classifications=(Classification(id="0902400000", type_code="TSP"),),
                    gross_mass_kg=Decimal("12.5"),
                ),
                packaging=(Packaging(quantity=2, type_code="NF"),),
            ),
        ),
    ),
    references=(Reference("UCR", "UCR-1"),),
    extensions=(ARRIVAL,),
)


def write(document: Declaration) -> bytes:
    """Write a declaration in this standard."""
    assert ENS.write is not None
    return ENS.write(document)


def values(data: bytes) -> list[tuple[str, str | None]]:
    """Every value of a message with its element, in order."""
    return [(each.tag, each.text) for each in parse_xml(data).iter() if not len(each)]


@pytest.mark.parametrize("name", DECLARATIONS)
def test_a_declaration_is_written_with_every_value_in_its_place(name: str) -> None:
    assert values(write(declaration_of(own(name)))) == values(own(name))


def test_spellings_and_unknown_fields_are_written_as_they_were() -> None:
    odd = changed("sea", (">45<", ">0045<"), (">017W<", "> 017W <"), ("<ITI>", "<Ours><a n='1'>x</a></Ours><ITI>"))
    written = write(declaration_of(odd))
    assert b">0045<" in written
    assert b"> 017W <" in written
    assert written.count(b'<Ours><a n="1">x</a></Ours>') == 3
    assert declaration_of(written) == declaration_of(odd)


def test_whatever_can_be_written_reads_the_same_damaged_or_not() -> None:
    written = 0
    for number, root in enumerate(mutants(every_own(), SEED, MUTANTS)):
        standard = ENS if etree.QName(root).localname in ("CC315A", "CC313A") else ENS_RESPONSE
        try:
            first = read(etree.tostring(root), limit=1, standard=standard)
            assert first.document is not None
            assert standard.write is not None
            data = standard.write(first.document)
        except SenderError:
            continue
        written += 1
        second = read(data, limit=1, standard=standard)
        assert second.document == first.document, (number, etree.tostring(root))
        # Elements are written in their order, so that what was only misplaced is no longer refused.
        assert first.outcome == "refused" or second.outcome == "accepted", number
    assert written > MUTANTS // 4, "most of the damage could not be written, so this proves little"


def test_a_declaration_of_another_standard_is_completed_from_what_it_says() -> None:
    written = dict(values(write(FOREIGN)))
    assert written["MesSenMES3"] == "GB527614938000"
    assert written["MesIdeMES19"] == "R-REFERENCE-77"
    assert (written["DatOfPreMES9"], written["TimOfPreMES10"]) == ("260501", "1230"), "in UTC"
    assert written["DecDatTimHEA114"] == "202605011230"
    assert (written["TotNumOfIteHEA305"], written["IteNumGDS7"]) == ("1", "1")
    assert written["DecPlaHEA394"] == "FELIXSTOWE"
    assert written["ComRefNumHEA"] == "UCR-1"
    assert (written["NamCO17"], written["StrAndNumCO122"]) == ("SELLER", "1 QUAY, DOOR 2")
    assert written["IdeOfMeaOfTraCroHEA85"] == "MV TEAK"
    assert written["ComNomCMD1"] == "09024000"
    assert (written["DocTypDC21"], written["DocRefDC23"]) == ("N705", "BL-1")
    assert written["ConNumNR21"] == "CSQU3054383"
    assert written["NumOfPieGS25"] == "2"
    assert read(write(FOREIGN)).version == "IE315"


def test_a_change_asked_for_is_written_as_an_amendment() -> None:
    asked = msgspec.structs.replace(FOREIGN, function_code="13", id="26GB0A1B2C3D4E5F67")
    reading = read(write(asked))
    assert (reading.function, reading.reference) == ("amendment", "26GB0A1B2C3D4E5F67")


def test_what_is_missing_is_told_with_its_place() -> None:
    bare = Declaration(functional_reference="R1", issued=datetime(2026, 5, 1, tzinfo=UTC))
    with pytest.raises(SenderError, match="IE315") as refused:
        write(bare)
    missing = {(each.location, each.expected) for each in refused.value.findings if each.code == "ens-element-missing"}
    assert {
        ("/ie:CC315A[1]", "GOOITEGDS"),
        ("/ie:CC315A[1]", "PERLODSUMDEC"),
        ("/ie:CC315A[1]", "CUSOFFFENT730"),
        ("/ie:CC315A[1]/HEAHEA[1]", "TraModAtBorHEA76"),
    } <= missing


def test_a_value_too_long_for_the_message_is_not_cut() -> None:
    long = msgspec.structs.replace(FOREIGN, declarant=Party(id="GB527614938000", name="X" * 36))
    with pytest.raises(SenderError) as refused:
        write(long)
    assert [(each.code, each.expected) for each in refused.value.findings] == [("ens-value-length", "an..35")]


def test_containers_go_to_the_items_that_they_name() -> None:
    item = GovernmentAgencyGoodsItem(commodity=Commodity(description="TEA"))
    items = tuple(msgspec.structs.replace(item, sequence=number) for number in (1, 2))
    equipment = (
        TransportEquipment(id="CSQU3054383", item_numbers=(2,)),
        TransportEquipment(id="TRLU1234560", item_numbers=(1, 2)),
    )
    shipment = msgspec.structs.replace(FOREIGN.shipment, items=items, equipment=equipment)
    document = declaration_of(write(msgspec.structs.replace(FOREIGN, shipment=shipment)))
    assert [each.equipment_ids for each in document.shipment.items] == [
        ("TRLU1234560",),
        ("CSQU3054383", "TRLU1234560"),
    ]


def test_what_is_no_declaration_or_no_xml_is_not_written() -> None:
    assert ENS.write is not None
    with pytest.raises(SenderError, match="Manifest"):
        ENS.write(Manifest())
    with pytest.raises(SenderError, match="XML"):
        write(msgspec.structs.replace(FOREIGN, functional_reference="A\x00B"))
