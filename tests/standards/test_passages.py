# SPDX-License-Identifier: Apache-2.0
"""From one kind of paper to another: converted, from which rows, and what is not guessed."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal

import pytest

from cocket.errors import SenderError
from cocket.model import (
    AdditionalDocument,
    Amount,
    BillOfLading,
    Classification,
    Commodity,
    Declaration,
    Extension,
    GoodsShipment,
    GovernmentAgencyGoodsItem,
    Manifest,
    Party,
    Reference,
    TransportEquipment,
    TransportMeans,
    ValuationCharges,
    ValueDeclaration,
)
from cocket.standards.passages import (
    declaration_to_entry_summary,
    declaration_to_manifest,
    declaration_to_value_declaration,
    manifest_to_declaration,
    manifest_to_entry_summary,
)
from cocket.standards.suiting import suited


def item(number: int, bill: str | None = None, **more: object) -> GovernmentAgencyGoodsItem:
    return GovernmentAgencyGoodsItem(
        sequence=number,
        commodity=Commodity(description=f"goods {number}", gross_mass_kg=Decimal(number)),
        references=(Reference("BL", bill),) if bill else (),
        **more,  # type: ignore[arg-type]
    )


def declaration(*items: GovernmentAgencyGoodsItem, **more: object) -> Declaration:
    return Declaration(flow="import", shipment=GoodsShipment(items=items, **more))  # type: ignore[arg-type]


BILLS = Manifest(
    voyage="017W",
    arrives=date(2026, 3, 26),
    arrival_time="05:00",
    transport=TransportMeans(id="MV KESTREL", mode_code="1"),
    bills=(
        BillOfLading(id="A1", nature_code="23", hs_codes=("5208",), equipment=(TransportEquipment(id="X"),)),
        BillOfLading(id="B2", level="house", master_id="M", equipment=(TransportEquipment(id="X"),)),
    ),
)


def test_items_under_one_bill_are_summed_and_their_rows_kept() -> None:
    carried = declaration_to_manifest(declaration(item(1, "A"), item(2, "B"), item(3, "A")), None)
    assert isinstance(carried.document, Manifest)
    first, second = carried.document.bills
    assert (first.id, first.gross_mass_kg, first.goods_description) == ("A", Decimal(4), "goods 1; goods 3")
    assert (second.id, second.nature_code) == ("B", "23")
    assert carried.rows == ((0, 2), (1,))


def test_a_mass_that_one_item_does_not_state_is_not_summed() -> None:
    bare = GovernmentAgencyGoodsItem(sequence=2)
    carried = declaration_to_manifest(declaration(item(1), bare), None)
    assert carried.document.bills[0].gross_mass_kg is None  # type: ignore[union-attr]


def test_containers_go_with_the_items_that_are_in_them() -> None:
    boxes = (TransportEquipment(id="X", item_numbers=(1,)), TransportEquipment(id="Y"))
    goods = declaration(item(1, "A"), item(2, "B", equipment_ids=("Y",)), equipment=boxes)
    bills = declaration_to_manifest(goods, None).document.bills  # type: ignore[union-attr]
    assert [[box.id for box in bill.equipment] for bill in bills] == [["X"], ["Y"]]


def test_every_bill_is_an_item_with_its_transport_documents() -> None:
    carried = manifest_to_entry_summary(BILLS, None)
    assert isinstance(carried.document, Declaration)
    shipment = carried.document.shipment
    assert [[(paper.type_code, paper.id) for paper in each.documents] for each in shipment.items] == [
        [("705", "A1")],
        [("714", "B2"), ("705", "M")],
    ]
    assert [(box.id, box.item_numbers) for box in shipment.equipment] == [("X", (1, 2))]
    assert shipment.expected_arrival == datetime(2026, 3, 26, 5)
    assert shipment.border_transport == TransportMeans(id="MV KESTREL", mode_code="1", voyage="017W")
    assert carried.rows == ((0,), (1,))


def test_one_bill_of_several_has_to_be_named() -> None:
    with pytest.raises(SenderError, match="the manifest has 2"):
        manifest_to_declaration(BILLS, None)
    carried = manifest_to_declaration(BILLS, "B2")
    assert carried.rows == ((1,),)
    assert carried.document.flow == "other"  # type: ignore[union-attr]
    assert manifest_to_declaration(BILLS, "A1").document.flow == "import"  # type: ignore[union-attr]


def test_without_a_mode_the_kind_of_transport_document_is_not_guessed() -> None:
    manifest = Manifest(bills=(BillOfLading(id="A1"),))
    papers = manifest_to_declaration(manifest, None).document.shipment.items[0].documents  # type: ignore[union-attr]
    assert papers == (AdditionalDocument(id="A1"),)


def test_goods_that_leave_have_no_entry_summary() -> None:
    with pytest.raises(SenderError, match="have no entry summary"):
        declaration_to_entry_summary(Declaration(flow="export"), None)


def test_an_exporter_is_not_taken_for_the_seller() -> None:
    goods = declaration(item(1), exporter=Party(name="E"), importer=Party(name="I"))
    assert declaration_to_value_declaration(goods, None).document == ValueDeclaration()
    sold = Declaration(
        shipment=GoodsShipment(seller=Party(name="S")), valuation=ValuationCharges(invoice=Amount(Decimal(5), "EUR"))
    )
    document = declaration_to_value_declaration(sold, None).document
    assert isinstance(document, ValueDeclaration)
    assert document.seller == Party(name="S")
    assert document.invoices[0].price.amount == Amount(Decimal(5), "EUR")  # type: ignore[union-attr]


def test_a_paper_of_another_kind_is_refused() -> None:
    with pytest.raises(SenderError):
        declaration_to_manifest(Manifest(), None)
    with pytest.raises(SenderError):
        manifest_to_declaration(Declaration(), None)


def test_what_a_target_writes_in_its_own_way() -> None:
    goods = GovernmentAgencyGoodsItem(
        commodity=Commodity(description="fine\nwool", classifications=(Classification(id="51011100000"),)),
        documents=(AdditionalDocument(type_code="N705"), AdditionalDocument(type_code="licence")),
        extensions=(Extension("x", "y"),),
    )
    document = Declaration(shipment=GoodsShipment(items=(goods,)), extensions=(Extension("x", "y"),))
    wco = suited(document, "wco-dm").shipment.items[0]  # type: ignore[union-attr]
    assert [(paper.category_code, paper.type_code) for paper in wco.documents] == [("N", "705"), (None, "licence")]
    assert (wco.commodity.description, wco.extensions) == ("fine wool", ())
    ens = suited(document, "ens").shipment.items[0]  # type: ignore[union-attr]
    assert ens.commodity.classifications[0].id == "510111"
    sad = suited(document, "asycuda-sad").shipment.items[0]  # type: ignore[union-attr]
    assert sad.commodity.description == "fine\nwool"
