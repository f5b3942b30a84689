# SPDX-License-Identifier: Apache-2.0
from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone
from decimal import Decimal

import msgspec
import pytest

from cocket.model import (
    Amount,
    Classification,
    Commodity,
    CustomsOffice,
    Declaration,
    DutyTaxFee,
    GoodsShipment,
    GovernmentAgencyGoodsItem,
    GovernmentProcedure,
    Origin,
    Packaging,
    Party,
    TransportEquipment,
    ValuationCharges,
)
from cocket.risk import day_number, facts_of
from cocket.risk.facts import MOST_PACKAGES, words_of

NOON = datetime(2026, 11, 2, 12, tzinfo=UTC)


def declaration(**item: object) -> Declaration:
    goods = {
        "sequence": 1,
        "commodity": Commodity(
            description="Cotton T-shirts, knitted",
            classifications=(Classification(id="6109.10 00"), Classification(id="100")),
            gross_mass_kg=Decimal("110.5"),
            net_mass_kg=Decimal("100"),
            duties=(
                DutyTaxFee(type_code="DOG", amount=Amount(Decimal("5"))),
                DutyTaxFee(type_code="TVS", amount=Amount(Decimal("7"))),
            ),
            price=Amount(Decimal("900"), "USD"),
        ),
        "packaging": (Packaging(quantity=7), Packaging(quantity=3), Packaging()),
        "origins": (Origin(country_code="XB"),),
        "procedure": GovernmentProcedure(current="40"),
        "customs_value": Amount(Decimal("1000.00"), "XTS"),
    }
    return Declaration(
        flow="import",
        office=CustomsOffice(code="XA110000"),
        declarant=Party(id="90-001"),
        shipment=GoodsShipment(
            exporter=Party(name="Acme  Export & Co."),
            importer=Party(id="A 1", name="ACME"),
            export_country_code="XB",
            items=(GovernmentAgencyGoodsItem(**(goods | item)),),  # type: ignore[arg-type]
        ),
        valuation=ValuationCharges(exchange_rate=Decimal("2"), charges={"external_freight": Amount(Decimal("70"))}),
    )


def test_a_full_declaration_gives_full_facts() -> None:
    facts = facts_of(declaration(), "c1", NOON)
    (item,) = facts.items
    assert (facts.id, facts.day, facts.office, facts.flow) == ("c1", day_number(NOON), "XA110000", "import")
    assert (facts.importer, facts.declarant, facts.seller) == ("A1", "90001", "ACMEEXPORTCO")
    assert (facts.export_country, facts.freight) == ("XB", Decimal("70"))
    assert (item.hs, item.origin, item.procedure, item.packages) == ("61091000", "XB", "40", 10)
    assert (item.value, item.duty) == (Decimal("1000.00"), Decimal("12"))
    assert (item.gross_mass_kg, item.net_mass_kg) == (110.5, 100.0)
    assert item.words == ("COTTON", "SHIRTS", "KNITTED")
    assert item.unit_value == pytest.approx(10.0)
    assert item.package_mass_kg == pytest.approx(11.05)


def test_what_is_not_stated_is_none_and_never_zero() -> None:
    facts = facts_of(Declaration(shipment=GoodsShipment(items=(GovernmentAgencyGoodsItem(),))), "c1", NOON)
    (item,) = facts.items
    stated = {name for name in facts.__struct_fields__ if getattr(facts, name) is not None}
    assert stated == {"id", "day", "flow", "items"}
    assert not any(getattr(item, name) is not None for name in item.__struct_fields__ if name != "words")
    assert (facts.value, facts.duty, item.unit_value, item.package_mass_kg) == (None, None, None, None)


def test_a_zero_stays_zero() -> None:
    facts = facts_of(declaration(customs_value=Amount(Decimal("0"))), "c1", NOON)
    assert facts.items[0].value == 0
    assert facts.items[0].unit_value is None


def test_without_a_value_for_customs_the_price_counts_at_the_declared_rate() -> None:
    assert facts_of(declaration(customs_value=None), "c1", NOON).items[0].value == Decimal("1800")


def test_the_value_of_the_whole_is_unknown_if_one_item_states_none() -> None:
    full = declaration()
    goods = (*full.shipment.items, GovernmentAgencyGoodsItem())
    partly = msgspec.structs.replace(full, shipment=msgspec.structs.replace(full.shipment, items=goods))
    assert facts_of(partly, "c1", NOON).value is None


def test_a_container_in_the_papers_counts_though_the_flag_is_missing() -> None:
    shipment = GoodsShipment(equipment=(TransportEquipment(id="CKTU0000000"),))
    assert facts_of(Declaration(shipment=shipment), "c1", NOON).is_containerised is True
    assert facts_of(Declaration(), "c1", NOON).is_containerised is None


def test_the_same_moment_is_the_same_day_number_in_every_offset() -> None:
    there = NOON.astimezone(timezone(timedelta(hours=7)))
    assert day_number(there) == day_number(NOON) == day_number(NOON.replace(tzinfo=None))


def test_words_are_those_of_any_script_without_numbers_and_repeats() -> None:
    assert words_of("Thé vert 500 g, thé", None, "чай") == ("THÉ", "VERT", "ЧАЙ")


def test_packages_of_many_kinds_are_never_more_than_64_bits_hold() -> None:
    many = tuple(Packaging(quantity=10**18 - 1) for _ in range(30))
    facts = facts_of(declaration(packaging=many), "c1", NOON)
    assert facts.items[0].packages == MOST_PACKAGES
    assert msgspec.msgpack.decode(msgspec.msgpack.encode(facts), type=type(facts)) == facts
