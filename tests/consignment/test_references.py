# SPDX-License-Identifier: Apache-2.0
from __future__ import annotations

from typing import Any, get_args

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cocket.consignment import LinkKey, consignments_of, keys, search_keys
from cocket.consignment.references import key_of as key_of_one
from cocket.consignment.references import names_of_bill
from cocket.model import BillOfLading, CustomsNote, GovernmentProcedure, Manifest, Movement, Reference, Response
from cocket.model.party import ReferenceKind
from tests.consignment.making import BOX, bill, box, declaration, item, manifest, reading


def key_of(kind: ReferenceKind, value: str, issuer: str | None = None) -> LinkKey:
    (key,) = keys((Reference(kind, value, issuer),), "acme")
    return key


@pytest.mark.parametrize("value", ["TSTB-0100007", " tstb 0100007", "ＴＳＴＢ０１００００７", "TSTB/0100007."])
def test_a_bill_is_found_however_it_is_written(value: str) -> None:
    assert key_of("BL", value) == LinkKey("BL", "TSTB0100007", True)


def test_a_bill_is_cut_where_asycuda_cuts_it() -> None:
    assert key_of("BL", "ABCD12345678901234567") == key_of("BL", "ABCD1234567890123")


def test_master_and_house_share_one_kind_for_a_declarant_does_not_tell() -> None:
    assert key_of("HBL", "HOUSE001") == key_of("BL", "HOUSE001")


def test_beside_a_house_bill_the_master_only_finds() -> None:
    found = keys((Reference("HBL", "HOUSE001"), Reference("BL", "MASTER01")), "acme")
    assert found == (LinkKey("BL", "HOUSE001", True), LinkKey("MASTER", "MASTER01"))


def test_a_short_bill_joins_on_its_manifest_only() -> None:
    assert key_of("BL", "12") == LinkKey("BL", "12")
    found = keys((Reference("BL", "12"), Reference("MANIFEST", "2026 1", "XA11")), "acme")
    assert found == (LinkKey("BL", "12"), LinkKey("BL", "XA11/2026/1/12", True), LinkKey("MANIFEST", "XA11/2026/1"))


@pytest.mark.parametrize("value", ["TBA", "n/a", "0000000", "-", "XXXXXX", "9999999999", "unknown"])
def test_a_filler_names_nothing(value: str) -> None:
    assert keys((Reference("BL", value),), "acme") == ()


def test_a_declaration_ucr_is_a_ucr() -> None:
    assert key_of("DUCR", "6gb123456789012-x1") == key_of("UCR", "6GB123456789012-X1")
    assert key_of("UCR", "6GB123456789012-X1").is_strong


@pytest.mark.parametrize("kind", ["MUCR", "MANIFEST", "EQUIPMENT", "INVOICE", "ORDER", "LRN", "DOCUMENT"])
def test_what_groups_does_not_join(kind: ReferenceKind) -> None:
    assert not key_of(kind, BOX).is_strong


@pytest.mark.parametrize("kind", ["UCR", "DUCR", "MRN", "SAD", "BL", "HBL"])
def test_what_names_one_consignment_joins_if_long_enough(kind: ReferenceKind) -> None:
    assert key_of(kind, "26GB00000000001").is_strong
    assert not key_of(kind, "26GB1").is_strong


def test_equipment_is_canonical_where_it_has_the_shape() -> None:
    assert key_of("EQUIPMENT", "tstu 820849-4").value == BOX
    assert key_of("EQUIPMENT", "trailer 7").value == "TRAILER7"


def test_a_host_registration_keeps_its_parts_and_drops_leading_noughts() -> None:
    assert key_of("SAD", "2026/C/00123", "XA11") == key_of("SAD", "XA11/2026/C/123")
    assert key_of("SAD", "XA11/2026/C/12").value != key_of("SAD", "XA11/2026/C1/2").value


def test_an_lrn_is_its_senders() -> None:
    (mine,) = keys((Reference("LRN", "A-1"),), "acme")
    (theirs,) = keys((Reference("LRN", "A-1"),), "other")
    assert mine != theirs


def test_a_collective_declaration_joins_none_of_its_bills() -> None:
    twenty = tuple(Reference("BL", f"TSTB01{n:05}") for n in range(20))
    assert all(key.is_strong for key in keys(twenty, "acme"))
    assert not any(key.is_strong for key in keys((*twenty, Reference("BL", "TSTB9900001")), "acme"))


def test_a_manifest_claims_for_each_bill_apart() -> None:
    whole = manifest(bill("TSTB0100001"), bill("TSTB0100002"))
    claims = consignments_of(reading(whole), "carrier")
    assert [(claim.role, claim.part) for claim in claims] == [("bill", 1), ("bill", 2)]
    assert [claim.strong for claim in claims] == [
        (LinkKey("BL", "TSTB0100001", True),),
        (LinkKey("BL", "TSTB0100002", True),),
    ]
    assert LinkKey("MANIFEST", "XA110000/2026/1") in claims[0].keys
    assert LinkKey("EQUIPMENT", BOX) in claims[0].keys


def test_house_bills_of_one_master_stay_apart_and_are_found_by_it() -> None:
    houses = manifest(bill("HOUSE001", level="house"), bill("HOUSE002", level="house"), master_id="MASTER01")
    first, second = consignments_of(reading(houses), "forwarder")
    assert set(first.strong).isdisjoint(second.strong)
    assert LinkKey("MASTER", "MASTER01") in first.keys
    assert LinkKey("MASTER", "MASTER01") in second.keys


def test_a_bill_without_a_number_is_held_by_its_line() -> None:
    (claim,) = consignments_of(reading(manifest(bill(None, line=7)), reference="V1"), "carrier")
    assert claim.strong == (LinkKey("MESSAGE", "carrier/asycuda-sad/V1/7", True),)


def test_a_declaration_is_held_by_its_senders_reference_so_that_amendments_find_it() -> None:
    (claim,) = consignments_of(reading(declaration(None), reference="LRN1"), "acme")
    assert claim.strong == (LinkKey("MESSAGE", "acme/asycuda-sad/LRN1", True),)


def test_a_message_with_no_name_at_all_claims_a_dossier_of_its_own() -> None:
    (claim,) = consignments_of(reading(declaration(None, shipment={"equipment": ()})), "acme")
    assert claim.keys == ()


def test_items_and_equipment_give_names_too() -> None:
    inner = item()
    shipment = {"items": (type(inner)(references=(Reference("UCR", "UCR000001"),), equipment_ids=("TSTU422804-4",)),)}
    (claim,) = consignments_of(reading(declaration(None, shipment=shipment)), "acme")
    assert LinkKey("UCR", "UCR000001", True) in claim.keys
    assert LinkKey("EQUIPMENT", "TSTU4228044") in claim.keys


def test_what_comes_out_of_a_warehouse_does_not_join_what_went_in() -> None:
    def claim(previous: str) -> tuple[LinkKey, ...]:
        inner = type(item())(procedure=GovernmentProcedure(current="40", previous=previous))
        names = (Reference("MRN", "26XA0000000000001"), Reference("MRN", "26XA0000000000002"))
        whole = declaration(id="26XA0000000000002", references=names, shipment={"items": (inner,)})
        return consignments_of(reading(whole), "acme")[0].strong

    assert [key.value for key in claim("71")] == ["26XA0000000000002"]
    assert [key.value for key in claim("00")] == ["26XA0000000000001", "26XA0000000000002"]


def test_a_refused_message_is_filed_but_joins_nothing() -> None:
    names = (Reference("BL", "TSTB0100001"), Reference("UCR", "UCR000001"))
    refused = reading(declaration(references=names), outcome="refused")
    (claim,) = consignments_of(refused, "acme")
    assert claim.keys == (LinkKey("UCR", "UCR000001", True),)
    assert consignments_of(reading(declaration(None), outcome="refused"), "acme") == ()
    assert consignments_of(reading(None, outcome="refused"), "acme") == ()


def test_a_notice_goes_to_the_consignment_that_it_names() -> None:
    answer = Response(references=(Reference("MRN", "26XA0000000000001"),), equipment=(box(),))
    (claim,) = consignments_of(reading(answer), "customs")
    assert claim.role == "notice"
    assert claim.keys == (key_of("EQUIPMENT", BOX), LinkKey("MRN", "26XA0000000000001", True))
    (moved,) = consignments_of(reading(Movement(references=(Reference("DUCR", "6XA123456789000-1"),))), "port")
    assert [key.kind for key in moved.strong] == ["UCR"]


def test_a_search_finds_by_whatever_kind_of_name_was_meant() -> None:
    for wanted in (key_of("BL", BOX), key_of("EQUIPMENT", BOX), key_of("UCR", BOX), LinkKey("MASTER", BOX)):
        assert wanted.pair in {key.pair for key in search_keys("tstu 820849-4")}
    assert LinkKey("LRN", "A1") in search_keys("a-1")
    assert {key.kind for key in search_keys("tstu 820849-4", "DUCR")} == {"UCR"}
    assert {key.kind for key in search_keys("tstu 820849-4", "HBL")} == {"BL", "MASTER"}
    assert search_keys("tstu 820849-4", "no such kind") == ()
    assert key_of("SAD", "XA11/2026/C/123").pair in {key.pair for key in search_keys("XA11 2026 C 123")}
    assert search_keys("  ") == ()


@given(st.text(max_size=40), st.sampled_from(("BL", "UCR", "SAD", "MANIFEST", "EQUIPMENT", "LRN")))
def test_no_text_raises_and_writing_it_again_changes_nothing(text: str, kind: ReferenceKind) -> None:
    for key in keys((Reference(kind, text),), "acme"):
        assert key.value
        if kind in ("UCR", "SAD", "MANIFEST"):
            assert keys((Reference(kind, key.value),), "acme") == (key,)


def test_notes_of_an_air_waybill_name_it_but_not_by_what_is_of_a_house() -> None:
    notes = (
        CustomsNote(content_code="U", text="6HK12345678-1"),
        CustomsNote(country_code="IT", subject_code="IMP", content_code="M", text="26IT0000000000001"),
        CustomsNote(subject_code="HWB", content_code="I", text="HOUSE1"),
        CustomsNote(country_code="IT", subject_code="EXP", content_code="M", text="26IT0000000000002"),
        CustomsNote(content_code="M"),
    )
    bill = BillOfLading(id="160-12345675", customs_notes=notes)
    assert names_of_bill(Manifest(bills=(bill,)), bill) == (
        Reference("BL", "160-12345675"),
        Reference("UCR", "6HK12345678-1"),
        Reference("MRN", "26IT0000000000002"),
    )


def names(bill: BillOfLading, **of_manifest: Any) -> list[tuple[str, str]]:
    return [(each.kind, each.value) for each in names_of_bill(Manifest(bills=(bill,), **of_manifest), bill)]


@pytest.mark.parametrize(
    ("level", "master", "of_manifest", "expected"),
    [
        ("master", None, None, [("BL", "B1")]),
        ("master", None, "M1", [("BL", "B1")]),
        ("master", "M1", None, [("BL", "B1")]),
        ("house", None, None, [("HBL", "B1")]),
        ("house", "M1", None, [("HBL", "B1"), ("BL", "M1")]),
        ("house", None, "M2", [("HBL", "B1"), ("BL", "M2")]),
        ("house", "M1", "M2", [("HBL", "B1"), ("BL", "M1")]),
        (None, None, None, [("BL", "B1")]),
        (None, "M1", None, [("HBL", "B1"), ("BL", "M1")]),
        (None, None, "M2", [("HBL", "B1"), ("BL", "M2")]),
    ],
)
def test_a_bill_is_named_as_a_house_under_its_master_or_as_a_master(
    level: Any, master: str | None, of_manifest: str | None, expected: list[tuple[str, str]]
) -> None:
    """A bill that does not say what it is, is a house if any master is named; its own master goes before the manifest's."""
    assert names(BillOfLading(id="B1", level=level, master_id=master), master_id=of_manifest) == expected


def test_a_bill_is_named_by_all_that_it_carries_and_by_the_manifest_but_not_by_its_other_bills() -> None:
    whole = BillOfLading(
        id="B1", level="house", master_id="M1", unique_reference="U1", equipment=(box(BOX),),
        customs_notes=(CustomsNote(content_code="U", text="UCR1"),),
    )  # fmt: skip
    of_manifest = (Reference("BL", "OTHER"), Reference("MRN", "26XX1"), Reference("HBL", "OTHER2"))
    assert names(whole, references=of_manifest) == [
        ("HBL", "B1"),
        ("BL", "M1"),
        ("DOCUMENT", "U1"),
        ("MRN", "26XX1"),
        ("UCR", "UCR1"),
        ("EQUIPMENT", BOX),
    ]


def test_a_bill_without_a_number_is_named_by_what_else_it_has() -> None:
    assert names(BillOfLading(id="", unique_reference="U1")) == [("DOCUMENT", "U1")]


@given(st.sampled_from(get_args(ReferenceKind)), st.text(max_size=700), st.none() | st.text(max_size=20))
def test_the_key_of_one_name_is_that_of_a_paper_with_this_name_alone(
    kind: ReferenceKind, value: str, issuer: str | None
) -> None:
    alone = Reference(kind, value, None if kind == "INVOICE" else issuer)
    assert key_of_one(Reference(kind, value, issuer), "acme") == next(iter(keys((alone,), "acme")), None)
