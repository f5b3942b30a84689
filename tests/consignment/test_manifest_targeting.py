# SPDX-License-Identifier: Apache-2.0
"""Targeting before arrival: each indicator with a hit, a near miss and a missing field, and the sum of points."""

from __future__ import annotations

from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

import pytest

from cocket.consignment.manifest_control import INDICATORS, Known, Target, target
from cocket.consignment.manifest_control.targeting import code_of, source_of, text_of
from cocket.findings import Finding, render
from cocket.model import BillOfLading, Manifest, Packaging, Party, Seal, TransportEquipment

GOOD_BOX = "TSTU8208494"


def unit(number: str = GOOD_BOX, **fields: Any) -> TransportEquipment:
    return TransportEquipment(id=number, **{"fullness_code": "FCL", "seals": (Seal(id="S1"),), **fields})


def bill(**fields: Any) -> BillOfLading:
    """A bill of which nothing stands out."""
    whole: dict[str, Any] = {
        "id": "TSTB0100007",
        "nature_code": "23",
        "consignee": Party(name="ACME TRADING", address=("7 HARBOUR ROAD",)),
        "consignor": Party(name="FAR MILLS"),
        "goods_description": "COTTON SHIRTS FOR MEN",
        "packaging": (Packaging(quantity=100, type_code="CT"),),
        "gross_mass_kg": Decimal(1500),
        "equipment": (unit(),),
        "loading_place": "XDDOM",
        "unloading_place": "XAALP",
    }
    return BillOfLading(**{**whole, **fields})


def manifest(*bills: BillOfLading, **fields: Any) -> Manifest:
    whole: dict[str, Any] = {
        "departed": date(2026, 11, 14),
        "arrives": date(2026, 11, 26),
        "destination_place": "XAALP",
    }
    return Manifest(bills=bills, **{**whole, **fields})


def codes(*bills: BillOfLading, known: Known | None = None, **fields: Any) -> list[str]:
    found = target(manifest(*bills, **fields), known or Known())
    return sorted({reason.code for one in found if one.kind == "bill" for reason in one.reasons})


def at(day: int, hour: int = 12) -> datetime:
    return datetime(2026, 11, day, hour, tzinfo=UTC)


ACME = "ACME TRADING"
HIT: dict[str, tuple[dict[str, Any], Known]] = {
    "consignee-missing": ({"consignee": None}, Known()),
    "consignee-to-order": ({"consignee": Party(name="To the order of Alpha Bank")}, Known()),
    "consignee-new": ({}, Known(consignees=frozenset({"SOMEBODY ELSE"}))),
    "consignee-is-forwarder": ({"consignee": Party(name="Swift Freight Ltd")}, Known()),
    "address-shared": ({}, Known(names_by_address={"7 HARBOUR ROAD": frozenset({"OTHER SHOP"})})),
    "goods-vague": ({"goods_description": "1 x 40 STC General Cargo"}, Known()),
    "goods-missing": ({"goods_description": " - "}, Known()),
    "package-weight-odd": ({"gross_mass_kg": Decimal(25000), "equipment": ()}, Known()),
    "container-overweight": (
        {"gross_mass_kg": Decimal(34000), "packaging": (), "equipment": (unit(gross_mass_kg=Decimal(34000), tare_mass_kg=Decimal(2300)),)},
        Known(),
    ),
    "bill-heavier-than-containers": ({"equipment": (unit(gross_mass_kg=Decimal(1000)),)}, Known()),
    "empty-with-weight": ({"equipment": (unit(fullness_code="MT", gross_mass_kg=Decimal(1500), seals=()),)}, Known()),
    "seal-missing": ({"equipment": (unit(seals=()),)}, Known()),
    "container-number-wrong": ({"equipment": (unit("TSTU8208495"),)}, Known()),
    "route-turns-back": ({"nature_code": "24", "delivery_place": "XDFAR"}, Known()),
    "transhipped-to-here": ({"nature_code": "28"}, Known()),
    "freight-paid-by-third-party": ({"freight_payment_code": "B"}, Known()),
    "manifest-handed-in-late": ({}, Known(received=at(26, 10), notice_hours=24)),
    "amended-after-loading": (
        {},
        Known(earlier=manifest(bill(consignee=Party(name="BETA STORES"))), amended=at(20)),
    ),
}  # fmt: skip

#: The same, but not quite: nothing may be said.
MISS: dict[str, tuple[dict[str, Any], Known]] = {
    "consignee-missing": ({"consignee": Party(id="1007919")}, Known()),
    "consignee-to-order": ({"consignee": Party(name="ORDERLY SHOPS")}, Known()),
    "consignee-new": ({}, Known(consignees=frozenset({ACME}))),
    "consignee-is-forwarder": ({"level": "master", "consignee": Party(name="Swift Freight Ltd")}, Known()),
    "address-shared": ({}, Known(names_by_address={"7 HARBOUR ROAD": frozenset({ACME})})),
    "goods-vague": ({"goods_description": "GENERAL CARGO", "hs_codes": ("620520",)}, Known()),
    "goods-missing": ({"goods_description": None, "hs_codes": ("620520",)}, Known()),
    "package-weight-odd": ({"packaging": (Packaging(quantity=1, type_code="VN"),)}, Known()),
    "container-overweight": ({"equipment": (unit(gross_mass_kg=Decimal(1500), tare_mass_kg=Decimal(2300)),)}, Known()),
    "bill-heavier-than-containers": ({"equipment": (unit(gross_mass_kg=Decimal(1490)),)}, Known()),
    "empty-with-weight": ({"equipment": (unit(fullness_code="MT", seals=()),)}, Known()),
    "seal-missing": ({"equipment": (unit(seals=()),), "seals": (Seal(id="S9"),)}, Known()),
    "container-number-wrong": ({"equipment": (unit("NOT ISO"),)}, Known()),
    "route-turns-back": ({"nature_code": "24", "delivery_place": "XBFAR"}, Known()),
    "transhipped-to-here": ({"nature_code": "28", "delivery_place": "XBFAR"}, Known()),
    "freight-paid-by-third-party": ({"freight_payment_code": "P", "information": ("FREIGHT PREPAID BY SHIPPER",)}, Known()),
    "manifest-handed-in-late": ({}, Known(received=at(25, 23), notice_hours=24)),
    "amended-after-loading": ({}, Known(earlier=manifest(bill(consignee=Party(name="Acme Trading."))), amended=at(20))),
}  # fmt: skip


def test_of_a_plain_bill_nothing_is_said() -> None:
    assert target(manifest(bill())) == ()


def test_every_indicator_has_its_hit_and_its_near_miss() -> None:
    every = {code_of(indicator) for indicator, _ in INDICATORS}
    assert every == set(HIT) == set(MISS)


@pytest.mark.parametrize("code", HIT)
def test_a_hit_is_told(code: str) -> None:
    fields, known = HIT[code]
    assert codes(bill(**fields), known=known) == [code]


@pytest.mark.parametrize("code", MISS)
def test_a_near_miss_is_not(code: str) -> None:
    fields, known = MISS[code]
    assert code not in codes(bill(**fields), known=known)


def test_a_bill_that_says_nothing_is_told_only_what_is_missing() -> None:
    assert codes(BillOfLading()) == ["consignee-missing", "goods-missing"]
    assert codes(BillOfLading(equipment=(TransportEquipment(id="X"),)), arrives=None, departed=None) == [
        "consignee-missing", "goods-missing", "seal-missing",
    ]  # fmt: skip


def test_a_remark_may_name_who_pays_the_freight() -> None:
    assert codes(bill(information=("Freight prepaid by Gamma Holdings SA",))) == ["freight-paid-by-third-party"]
    assert codes(bill(information=("FREIGHT PREPAID BY FAR MILLS",))) == []


def test_two_parties_of_one_manifest_at_one_address_are_told() -> None:
    other = bill(id="TSTB0100008", consignee=Party(name="BETA STORES", address=("7, Harbour Road",)))
    assert codes(bill(), other) == ["address-shared"]


def test_an_amendment_before_departure_is_none_after_loading() -> None:
    changed = Known(earlier=manifest(bill(goods_description="SHOES")), amended=at(13))
    assert codes(bill(), known=changed) == []


def test_a_bill_added_after_loading_is_told() -> None:
    found = target(manifest(bill()), Known(earlier=manifest(bill(id="TSTB0100099")), amended=at(20)))
    assert found[0].reasons[0].arguments == {"what": "the bill was added"}


def test_the_score_is_the_sum_of_points_each_indicator_once() -> None:
    two = bill(equipment=(unit(seals=()), unit("TSTU4228044", seals=())), goods_description="GOODS")
    found = {(one.kind, one.id): one for one in target(manifest(two))}
    assert found["bill", "TSTB0100007"].score == 5
    assert len(found["bill", "TSTB0100007"].reasons) == 3
    assert found["container", GOOD_BOX].score == 5
    assert [reason.arguments for reason in found["container", GOOD_BOX].reasons] == [
        {"goods": "GOODS"},
        {"container": GOOD_BOX},
    ]


def test_a_container_is_told_what_all_its_bills_are() -> None:
    found = target(manifest(bill(goods_description="GOODS"), bill(id="TSTB0100008", consignee=None)))
    container = next(one for one in found if one.kind == "container")
    assert (container.score, {reason.bill for reason in container.reasons}) == (6, {"TSTB0100007", "TSTB0100008"})
    assert found[0] == container


def test_an_analyst_may_set_other_points_and_switch_indicators_off() -> None:
    vague = manifest(bill(goods_description="GOODS", equipment=()))
    assert target(vague, Known(), {"goods-vague": 7})[0].score == 7
    assert target(vague, Known(), {"goods-vague": 0}) == ()


def test_every_indicator_has_a_sentence_with_its_places_filled_and_a_source() -> None:
    for code, (fields, known) in HIT.items():
        found: Target = target(manifest(bill(**fields)), known)[0]
        reason = next(reason for reason in found.reasons if reason.code == code)
        said = render(Finding(code=code, severity="info", message=reason.message, arguments=reason.arguments))
        assert "{" not in said
        assert "–" not in said
        assert len(reason.source) > 10
    for indicator, points in INDICATORS:
        assert points > 0
        assert text_of(indicator)
        assert source_of(indicator)


def test_the_same_manifest_gives_the_same_targets_whatever_the_order_of_bills() -> None:
    rows = [bill(id=f"TSTB010000{n}", goods_description="GOODS" if n % 2 else "TEA", consignee=None) for n in range(6)]

    def told(*order: BillOfLading) -> list[tuple[str, int]]:
        return [(one.id, one.score) for one in target(manifest(*order))]

    assert told(*rows) == told(*reversed(rows))


def test_nothing_known_is_no_new_consignee() -> None:
    assert codes(bill(), known=Known(consignees=None)) == []
