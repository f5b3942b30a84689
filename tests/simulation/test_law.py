# SPDX-License-Identifier: Apache-2.0
"""The law of the synthetic country against what its host reckons by it, and against the checks of measures/."""

from __future__ import annotations

from collections import Counter
from datetime import date
from decimal import Decimal

import msgspec
import pytest

from cocket import standards
from cocket.measures.permits import check_matrix
from cocket.measures.tariff import (
    Calculator,
    Goods,
    Rates,
    at_stake,
    check_tariff,
    goods_of,
    read_rates,
    read_tariff,
    recompute,
    write_tariff,
)
from cocket.model import Declaration
from cocket.simulation import Parameters
from cocket.simulation.law import (
    LEVIES,
    PREFERENCE,
    exchange_rates,
    permit_matrix,
    permit_matrix_file,
    tariff,
)
from cocket.simulation.papers import sad
from cocket.simulation.people import goods_list, settle
from cocket.simulation.trade import USD_RATE, trade

DAY = date(2026, 11, 3)
CALCULATOR = Calculator(tariff())

#: What the host calls it → what the tariff calls it.
KINDS = {"DOG": {"duty", "preference"}, "DAD": {"anti-dumping"}, "EXC": {"excise"}, "TVS": {"vat"}}


def sads(seed: int) -> list[Declaration]:
    """Declarations of one country, as they are read from its files."""
    parameters = Parameters(seed=seed, size=400, history_size=0)
    people = settle(parameters)
    _, live = trade(parameters, people)
    read = []
    for number, each in enumerate(live, start=1):
        paper = sad(each, number, people.brokers[each.broker], None)
        document = standards.read(standards.write(paper, "asycuda-sad")).document
        assert isinstance(document, Declaration)
        read.append(document)
    return read


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_the_hosts_own_lines_agree_with_our_calculator_to_the_cent(seed: int) -> None:
    seen: Counter[str] = Counter()
    for declaration in sads(seed):
        assert declaration.status is not None and declaration.status.registered is not None
        assert recompute(declaration) == ()
        for item in declaration.shipment.items:
            ours = CALCULATOR.duties(goods_of(item, declaration.status.registered))
            theirs = [(one.type_code or "", one.amount.value) for one in item.commodity.duties if one.amount]
            assert [line.amount for line in ours.lines] == [amount for _, amount in theirs]
            assert all(line.kind in KINDS[code] for line, (code, _) in zip(ours.lines, theirs, strict=True))
            assert ours.total == sum(amount for _, amount in theirs)
            assert ours.findings == ()
            seen.update(line.kind for line in ours.lines)
    assert set(seen) == {"duty", "preference", "anti-dumping", "excise", "vat"}


def test_a_host_that_reckoned_otherwise_would_be_caught() -> None:
    declaration = sads(1)[0]
    item = declaration.shipment.items[0]
    line = item.commodity.duties[0]
    assert line.amount is not None
    off = msgspec.structs.replace(
        line, amount=msgspec.structs.replace(line.amount, value=line.amount.value + Decimal("0.02"))
    )
    commodity = msgspec.structs.replace(item.commodity, duties=(off, *item.commodity.duties[1:]))
    items = (msgspec.structs.replace(item, commodity=commodity), *declaration.shipment.items[1:])
    shipment = msgspec.structs.replace(declaration.shipment, items=items)
    found = recompute(msgspec.structs.replace(declaration, shipment=shipment))
    assert "duty-line-amount" in {one.code for one in found}


def beer(**fields: object) -> Goods:
    goods = Goods(
        code="22030000",
        day=DAY,
        value=Decimal("1000"),
        origin="XB",
        quantities={"LTR": Decimal(10)},
        documents=("380",),
    )
    return msgspec.structs.replace(goods, **fields)


def test_beer_by_hand() -> None:
    found = CALCULATOR.duties(beer())
    assert [(line.kind, line.amount) for line in found.lines] == [
        ("duty", Decimal("400.00")),  # 40 % of 1000
        ("excise", Decimal("140.00")),  # 14 for each of 10 litres
        ("vat", Decimal("308.00")),  # 20 % of 1540
    ]
    assert found.total == Decimal("848.00")
    assert all(line.act for line in found.lines)


def test_the_preference_is_given_against_its_proof_alone() -> None:
    stake = at_stake(CALCULATOR, beer(preference=PREFERENCE), beer())
    assert stake.amount == Decimal("288.00")  # 24 % of 1000, and VAT on it
    unproved = CALCULATOR.duties(beer(preference=PREFERENCE, documents=()))
    assert [line.kind for line in unproved.lines] == ["duty", "excise", "vat"]
    assert [one.code for one in unproved.findings] == ["claim-without-effect"]
    hub = CALCULATOR.duties(beer(preference=PREFERENCE, origin="XF"))
    assert hub.lines[0].kind == "duty"


def test_the_anti_dumping_duty_is_on_one_origin_and_in_its_days_alone() -> None:
    def kinds(origin: str, day: date) -> list[str]:
        tyres = Goods(code="40111000", day=day, value=Decimal(100), origin=origin, documents=())
        return [line.kind for line in CALCULATOR.duties(tyres).lines]

    assert kinds("XC", DAY) == ["duty", "anti-dumping", "vat"]
    assert kinds("XB", DAY) == ["duty", "vat"]
    assert kinds("XF", DAY) == ["duty", "vat"], "a country that the tariff names is an origin"
    assert kinds("XC", date(2024, 2, 29)) == ["duty", "vat"]
    assert kinds("XC", date(2034, 3, 1)) == ["duty", "vat"]


def test_another_day_has_another_law() -> None:
    before = CALCULATOR.duties(beer(day=date(2023, 12, 31)))
    assert [(line.kind, line.amount) for line in before.lines] == [
        ("duty", Decimal("450.00")),
        ("excise", Decimal("140.00")),
        ("vat", Decimal("286.20")),  # 18 % of 1590
    ]


def test_the_tariff_is_in_order_and_survives_its_file() -> None:
    told = read_rates(exchange_rates(Parameters()), tariff().currency)
    assert [one for one in check_tariff(tariff(), Rates(tariff().currency, told)) if one.severity != "info"] == []
    assert read_tariff(write_tariff(tariff())) == tariff()
    assert set(tariff().lines) == {goods.hs for goods in goods_list()}
    assert sum(levy.unit is not None for levy in LEVIES) == 2


def test_exchange_rates_hold_for_the_history_and_for_now() -> None:
    parameters = Parameters(start=date(2026, 1, 15))
    assert exchange_rates(parameters) == exchange_rates(parameters)
    rates = Rates("XTS", read_rates(exchange_rates(parameters), "XTS"))
    assert rates.findings == []
    assert rates.of("USD", date(2025, 9, 17)) == rates.of("USD", DAY) == USD_RATE
    assert rates.of("EUR", date(2025, 9, 17)) != rates.of("EUR", DAY)


def test_the_permit_matrix_is_of_three_agencies_and_of_goods_that_are_traded() -> None:
    matrix = permit_matrix()
    assert check_matrix(matrix) == ()
    assert permit_matrix_file().count(b"[[requirements]]") == len(matrix.requirements)
    assert {one.agency for one in matrix.requirements} == {"HEALTH", "FARMING", "NATURE"}
