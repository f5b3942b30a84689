# SPDX-License-Identifier: Apache-2.0
"""What was read is written back in the form it came in; what changed since is written as it is now."""

from __future__ import annotations

import re
from datetime import date
from decimal import Decimal
from pathlib import Path

import msgspec
import pytest
from lxml import etree

from cocket.errors import SenderError
from cocket.model import (
    Amount,
    BillOfLading,
    Classification,
    Commodity,
    CustomsOffice,
    Declaration,
    DutyTaxFee,
    ExportRelease,
    Extension,
    GoodsShipment,
    GovernmentAgencyGoodsItem,
    HostStatus,
    Manifest,
    ObligationGuarantee,
    Party,
    Payment,
    PreviousDocument,
    Reference,
    Seal,
    StockQuantity,
    Transit,
    TransportEquipment,
)
from cocket.standards.asycuda import MANIFEST, SAD
from cocket.standards.asycuda.form import FORM_PATH
from cocket.standards.xml import parse_xml
from tests.standards.asycuda_samples import added, changed, read, sample, samples, told, write

replace = msgspec.structs.replace


@pytest.mark.parametrize("path", samples(), ids=lambda path: path.stem)
def test_a_file_that_was_read_is_written_byte_for_byte(path: Path) -> None:
    assert write(read(path.read_bytes())) == path.read_bytes()


@pytest.mark.parametrize("path", samples(), ids=lambda path: path.stem)
def test_what_is_written_reads_the_same(path: Path) -> None:
    first = read(path.read_bytes())
    assert read(write(first)) == first


def test_unknown_elements_and_attributes_survive_wherever_they_stand() -> None:
    data = sample("import-alphaland")
    odd = '<Odd kind="x"><Inner>1</Inner><Inner>2</Inner><Empty/></Odd>'
    for place in (".", "Traders", "Traders/Exporter/Exporter_name", "Item[2]", "Item[1]/Taxation/Taxation_line[2]"):
        many = added(data, place, odd, odd.replace("1", "3"), "<Blank/>")
        again = write(read(many))
        assert told(again) == told(many), place
        assert again.count(b'kind="x"') == 2
        assert again.count(b"<Blank/>") == 1
        assert read(again).document == read(many).document


def test_attributes_survive_on_every_element() -> None:
    root = parse_xml(sample("warehouse-gammastan"))
    for position, element in enumerate(root.iter("*")):
        if element is not root:
            element.set("at", str(position))
    many = etree.tostring(root)
    again = write(read(many))
    assert placed(again) == placed(many)
    assert read(again).document == read(many).document
    assert read(many).findings == ()


def placed(data: bytes) -> set[tuple[str, str | None]]:
    """Every attribute of a file by the path of its element; where rows are padded, by that of the table."""
    root = parse_xml(data)
    place = root.getroottree().getpath
    return {(re.sub(r"\[\d+\]", "", place(element)), element.get("at")) for element in root.iter("*")}


def test_more_than_nine_unknown_elements_keep_their_order() -> None:
    many = added(sample("import-alphaland"), "Item[1]", *(f"<Mark>{n}</Mark>" for n in range(12)))
    again = write(read(many)).decode()
    places = [again.index(f"<Mark>{n}</Mark>") for n in range(12)]
    assert places == sorted(places)


def test_an_unknown_element_in_a_namespace_survives() -> None:
    odd = '<n:Odd xmlns:n="urn:a/b"><n:Inner>1</n:Inner></n:Odd>'
    many = added(sample("awmcds-co-loader"), "Bol_segment", odd)
    assert b"urn:a/b" in write(read(many))
    assert read(write(read(many))).document == read(many).document


def test_texts_that_the_model_cannot_tell_are_kept_as_written() -> None:
    odd = {
        "Property/Nbers/Total_number_of_packages": "+58.0",
        "Valuation/Total_CIF": "3.72622391E6",
        "Identification/Registration/Date": "soon",
        "Container[1]/Gross_weight": "heavy",
        "Transport/Container_flag": "TRUE",
        "Traders/Exporter/Exporter_name": "  FARAWAY  \n\nFARPORT ",
        "Item[1]/Packages/Number_of_packages": "40.5",
        "Item[1]/Taxation/Taxation_line[1]/Duty_tax_amount": "free",
        "Item[1]/Tarification/Supplementary_unit[1]/Suppplementary_unit_quantity": "many",
    }
    data = changed(sample("import-alphaland"), odd)
    assert told(write(read(data))) == told(data)
    assert read(write(read(data))) == read(data)


def test_a_change_of_the_model_wins_over_the_text_that_was_kept() -> None:
    document = read(changed(sample("import-alphaland"), {"Valuation/Total_CIF": "3.72622391E6"})).document
    assert isinstance(document, Declaration)
    valuation = replace(document.valuation, total_cif=Amount(Decimal("5.00")))
    again = SAD.write(replace(document, valuation=valuation, packages_declared=None))  # type: ignore[misc]
    assert b"<Total_CIF>5.00</Total_CIF>" in again
    assert b"E6" not in again
    assert b"<Total_number_of_packages/>" in again


def test_a_rate_that_changed_is_written_in_the_country_s_unit() -> None:
    assert b"<Duty_tax_rate>0.25</Duty_tax_rate>" in with_rate("import-alphaland", Decimal("0.25"))
    assert b"<Duty_tax_rate>25.00</Duty_tax_rate>" in with_rate("warehouse-gammastan", Decimal("0.25"))
    assert b"<Duty_tax_rate>25.00</Duty_tax_rate>" in with_rate("numeric-codes", Decimal("0.25"))


def with_rate(name: str, rate: Decimal) -> bytes:
    """A sample written again with another rate in the first line of the first item."""
    document = read(sample(name)).document
    assert isinstance(document, Declaration)
    item, *others = document.shipment.items
    line, *lines = item.commodity.duties
    commodity = replace(item.commodity, duties=(replace(line, rate=rate), *lines))
    items = (replace(item, commodity=commodity), *others)
    return SAD.write(replace(document, shipment=replace(document.shipment, items=items)))  # type: ignore[misc]


def test_a_journey_made_here_is_written_and_reads_the_same() -> None:
    transit = Transit(
        principal=Party(id="P1", name="A", contact="B"),
        destination_office="XJ1",
        seals=(Seal(id="S1"), Seal(id="S2")),
        seals_declared=2,
        time_limit="8",
    )
    stock = StockQuantity(packages=3, mass_kg=Decimal("1.5"))
    earlier = PreviousDocument(id="XB1/2026/C/7", line=1, item_number=1, available=stock, written_off=stock)
    document = Declaration(
        office=CustomsOffice(code="XBSGO"),
        transit=transit,
        guarantees=(ObligationGuarantee(name="G", amount=Amount(Decimal(5)), dated=date(2026, 3, 4)),),
        payment=Payment(method="CASH", deferred_reference="D1"),
        export_release=ExportRelease(exited=date(2026, 3, 5), exit_time="08:00"),
        shipment=GoodsShipment(previous_documents=(earlier,), warehouse_id="W1", warehouse_days=90),
    )
    again = read(SAD.write(document)).document  # type: ignore[misc]
    assert isinstance(again, Declaration)
    for name in ("transit", "guarantees", "payment", "export_release"):
        assert getattr(again, name) == getattr(document, name), name
    assert again.shipment == document.shipment


def test_an_item_taken_out_takes_what_was_kept_with_it_along() -> None:
    data = added(sample("import-alphaland"), "Item[1]", "<Odd>vanished</Odd>")
    document = read(data).document
    assert isinstance(document, Declaration)
    shipment = replace(document.shipment, items=document.shipment.items[1:])
    again = SAD.write(replace(document, shipment=shipment))  # type: ignore[misc]
    assert b"vanished" not in again
    assert len(read(again).document.shipment.items) == 2  # type: ignore[union-attr]


def test_a_fresh_declaration_has_the_usual_form_and_reads_as_written() -> None:
    item = GovernmentAgencyGoodsItem(
        sequence=1,
        commodity=Commodity(
            description="CLOCKS",
            classifications=(Classification(id="9105210000", type_code="HS"),),
            duties=(DutyTaxFee(type_code="VAT", base=Decimal(100), rate=Decimal("0.15"), amount=Amount(Decimal(15))),),
        ),
        previous_documents=(PreviousDocument(type_code="705", id="OWNB1"),),
    )
    document = Declaration(
        office=CustomsOffice(code="XBSGO"),
        type_code="IM 4",
        flow="import",
        functional_reference="A1",
        status=HostStatus(registration="C 7 2026-03-04"),
        shipment=GoodsShipment(items=(item,), importer=Party(name="A", address=("B",))),
        references=(Reference("LRN", "A1"), Reference("MANIFEST", "2026 5", "XBSGO")),
        extensions=(Extension("42A/Foreign", "not ours"),),
    )
    data = SAD.write(document)  # type: ignore[misc]
    assert data.count(b"<Taxation_line>") == 8
    assert data.count(b"<Item_tax_total/>") == 14
    assert b"Foreign" not in data
    assert b"<Date>3/4/26</Date>" in data
    assert b"<Duty_tax_rate>15.00</Duty_tax_rate>" in data
    again = read(data).document
    assert isinstance(again, Declaration)
    assert (again.id, again.status) == (
        "XBSGO/2026/C/7",
        HostStatus(registration="C 7 2026-03-04", registered=date(2026, 3, 4)),
    )
    read_item = again.shipment.items[0]
    assert read_item.commodity.classifications == item.commodity.classifications
    assert read_item.commodity.duties[0].rate == Decimal("0.15")
    assert read_item.references == (Reference("BL", "OWNB1"),)
    assert Reference("MANIFEST", "2026 5", "XBSGO") in again.references


def test_a_fresh_declaration_of_an_unknown_country_writes_dates_that_cannot_be_mistaken() -> None:
    document = Declaration(office=CustomsOffice(code="QQ1"), status=HostStatus(registration="C 7 2026-03-04"))
    data = SAD.write(document)  # type: ignore[misc]
    assert b"<Date>2026-03-04</Date>" in data
    assert read(data).document.status.registered == date(2026, 3, 4)  # type: ignore[union-attr]


def test_a_fresh_manifest_is_indented_and_a_fresh_degroupage_has_its_root() -> None:
    unit = TransportEquipment(id="CKTU0000011", fullness_code="FCL", seals=(Seal(id="S1", party_code="CA"),))
    bill = BillOfLading(id="H1", line=1, level="house", master_id="M1", hs_codes=("010121",), equipment=(unit,))
    document = Manifest(
        office=CustomsOffice(code="XA210"), voyage="V1", departed=date(2026, 3, 4), master_id="M1", bills=(bill,)
    )
    data = MANIFEST.write(document)  # type: ignore[misc]
    assert data.startswith(b'<?xml version="1.0" encoding="UTF-8"?>\n<Awbolds>\n  <Master_bol>\n')
    again = read(data).document
    assert isinstance(again, Manifest)
    assert again.bills[0] == replace(bill, extensions=again.bills[0].extensions)
    assert MANIFEST.write(replace(document, master_id=None)).count(b"<Awmds>") == 1  # type: ignore[misc]


def test_codes_that_changed_replace_the_rows_that_were_kept() -> None:
    document = read(sample("awmds-bangladesh")).document
    assert isinstance(document, Manifest)
    first, second = document.bills
    again = MANIFEST.write(replace(document, bills=(replace(first, hs_codes=("090111",)), second)))  # type: ignore[misc]
    assert b"090111" in again
    assert b"17019900" not in again


def test_the_form_travels_as_one_extension_and_only_a_known_form_is_obeyed() -> None:
    document = read(sample("export-betania")).document
    assert isinstance(document, Declaration)
    assert [extension.path for extension in document.extensions].count(FORM_PATH) == 1
    broken = replace(document, extensions=(Extension(FORM_PATH, "{}"),))
    with pytest.raises(SenderError, match="cannot be read"):
        SAD.write(broken)  # type: ignore[misc]


def test_what_cannot_be_written_is_an_error_of_ours() -> None:
    with pytest.raises(SenderError):
        SAD.write(Manifest())  # type: ignore[misc]
    with pytest.raises(SenderError):
        MANIFEST.write(Declaration())  # type: ignore[misc]
    with pytest.raises(SenderError, match="as XML"):
        SAD.write(Declaration(functional_reference="\x00"))  # type: ignore[misc]
