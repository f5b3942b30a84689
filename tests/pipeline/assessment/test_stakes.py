# SPDX-License-Identifier: Apache-2.0
"""Money of a suspicion: of the packages that are short, of a value under the usual, of a preference, of all of it."""

from __future__ import annotations

from datetime import UTC, date, datetime
from decimal import ROUND_HALF_UP, Decimal

import msgspec
import pytest

from cocket import standards
from cocket.measures.tariff import Calculator
from cocket.measures.tariff.book import Line, Measure, Tariff
from cocket.measures.tariff.formula import AdValorem
from cocket.model import Amount, Declaration
from cocket.pipeline.assessment.stakes import (
    BY_MODEL,
    DECLARED_ALL,
    IF_THEY_CAME,
    IF_THEY_WERE_HERE,
    NOTHING_MORE,
    Declared,
    stake_of,
)
from cocket.risk import facts_of
from cocket.risk.suspicion import Exhibit, Fact, Head, Kind, Suspicion, about
from tests.messages import declaration

MOMENT = datetime(2026, 11, 27, tzinfo=UTC)
PAPER = (Exhibit(source="paper", id="m"),)


def declared(**changes: object) -> Declared:
    read = standards.read(declaration("R1")).document
    assert isinstance(read, Declaration)
    facts = facts_of(read, "c", MOMENT)
    items = tuple(
        msgspec.structs.replace(item, value=Decimal("84000.00"), duty=Decimal("25200.00")) for item in facts.items[:1]
    )
    known = {"facts": msgspec.structs.replace(facts, items=items), "currency": "XTS", "shortfall": None, **changes}
    return Declared(declaration=read, day=date(2026, 11, 27), **known)  # type: ignore[arg-type]


def head(kind: Kind, *facts: Fact) -> Head:
    return Head(suspicion=Suspicion(kind=kind, message="x"), facts=facts)


def short(found: str, expected: str) -> Fact:
    arguments = {"found": found, "expected": expected}
    return Fact(code="bill-packages-differ", message="x", arguments=arguments, kind="quantity", evidence=PAPER)


NOTHING: Calculator | None = None


def test_packages_that_are_short_are_worth_what_the_declared_ones_are() -> None:
    stake = stake_of(head("quantity", short("84", "118")), declared(), NOTHING)
    assert (stake.amount, stake.currency, stake.note) == ("10200.00", "XTS", IF_THEY_CAME)
    assert [(line.message, line.amount) for line in stake.sums] == [
        ("{declared_count} declared, customs value", "84000.00"),
        ("{missing_count} more, at the same value each", "34000.00"),
        ("Duty and taxes, at the rate declared", "10200.00"),
    ]


@pytest.mark.parametrize(
    ("packages", "amount", "note"),
    [(84, "10200.00", IF_THEY_WERE_HERE), (100, "4536.00", IF_THEY_WERE_HERE), (118, "0.00", DECLARED_ALL)],
)
def test_packages_that_were_not_landed_are_worth_what_the_declared_ones_are_as_far_as_they_are_not_declared(
    packages: int, amount: str, note: str
) -> None:
    one = declared()
    items = tuple(msgspec.structs.replace(item, packages=packages) for item in one.facts.items)
    one = msgspec.structs.replace(one, facts=msgspec.structs.replace(one.facts, items=items))
    arguments = {"found": "84 packages", "expected": "118 packages"}
    landed = Fact(code="bill-short-landed", message="x", arguments=arguments, kind="quantity", evidence=PAPER)
    stake = stake_of(head("quantity", landed), one, NOTHING)
    assert (stake.amount, stake.currency, stake.note) == (amount, "XTS", note)
    assert [line.arguments for line in stake.sums[1:2]] == (
        [{"missing_count": str(118 - packages)}] if packages < 118 else []
    )


def light(found: str, expected: str) -> Fact:
    arguments = {"found": found, "expected": expected}
    return Fact(code="bill-gross-differs", message="x", arguments=arguments, kind="quantity", evidence=PAPER)


def test_of_packages_and_mass_that_are_short_the_greater_is_at_stake_about_with_the_other_beside_it() -> None:
    for facts in ((short("3540", "3595"), light("77246.77", "91717.31")), (short("84", "118"), light("840", "850"))):
        both = stake_of(head("quantity", *facts), declared(), NOTHING)
        alone = [stake_of(head("quantity", one), declared(), NOTHING).amount for one in facts]
        amounts = sorted(Decimal(one or 0) for one in alone)
        assert both.amount == f"{amounts[1]}" and both.is_about
        assert both.other is not None and both.other.amount == f"{amounts[0]}"


def test_packages_and_mass_that_say_the_same_are_exact_and_one_that_is_over_takes_nothing_off() -> None:
    same = stake_of(head("quantity", short("84", "118"), light("840", "1180")), declared(), NOTHING)
    assert (same.amount, same.other, same.is_about) == ("10200.00", None, False)
    over = stake_of(head("quantity", short("118", "84"), light("840", "1180")), declared(), NOTHING)
    assert over.amount == "10200.00" and over.is_about
    assert over.other is not None and over.other.amount == "0.00"


def test_more_declared_than_the_bill_has_owes_nothing() -> None:
    stake = stake_of(head("quantity", short("118", "84")), declared(), NOTHING)
    assert (stake.amount, stake.note, stake.sums) == ("0.00", NOTHING_MORE, ())


def test_a_value_under_the_usual_is_worth_the_difference() -> None:
    priced = Fact(
        code="own:price",
        message="x",
        arguments={"item": "1", "mine_money": "50.0 XTS", "usual_money": "100 XTS"},
        kind="value",
        weight=1.0,
        evidence=PAPER,
    )
    assert stake_of(head("value", priced), declared(), NOTHING).amount == "25200.00"


def priced_in_dollars(price: str, value: str) -> Declared:
    """A declaration of one item that states its price in dollars, at 112 each, and its value for customs."""
    one = declared()
    (item, *_) = one.declaration.shipment.items
    commodity = msgspec.structs.replace(item.commodity, price=Amount(Decimal(price), "USD"))
    item = msgspec.structs.replace(item, commodity=commodity, customs_value=Amount(Decimal(value), "XTS"))
    shipment = msgspec.structs.replace(one.declaration.shipment, items=(item,))
    valuation = msgspec.structs.replace(
        one.declaration.valuation, invoice=Amount(Decimal(price), "USD"), exchange_rate=Decimal(112)
    )
    items = tuple(msgspec.structs.replace(each, value=Decimal(value)) for each in one.facts.items[:1])
    return msgspec.structs.replace(
        one,
        declaration=msgspec.structs.replace(one.declaration, shipment=shipment, valuation=valuation),
        facts=msgspec.structs.replace(one.facts, items=items),
    )


LOW = Fact(
    code="own:price",
    message="x",
    arguments={"item": "1", "mine_money": "50.0 XTS", "usual_money": "100 XTS"},
    kind="value",
    weight=1.0,
    evidence=PAPER,
)


@pytest.mark.parametrize("of", [head("value", LOW), head("quantity", short("84", "118"))])
def test_what_is_called_declared_is_what_the_paper_has_and_the_value_for_customs_is_named_so(of: Head) -> None:
    given, value, *computed = stake_of(of, priced_in_dollars("29453.05", "3542848.48"), NOTHING).sums
    assert (given.message, given.amount, given.foreign) == ("Value declared", None, "29453.05")
    assert given.is_declared and not given.is_about
    assert "ustoms value" in value.message and (value.amount, value.foreign) == ("3542848.48", "31632.58")
    assert not value.is_about
    assert not any(one.is_declared or one.message.endswith("Value declared") for one in (value, *computed))


def test_freight_is_said_to_be_included_only_where_the_value_is_more_than_the_price() -> None:
    with_freight = stake_of(head("value", LOW), priced_in_dollars("100", "11900"), NOTHING)
    assert with_freight.sums[1].message == "Customs value, freight and other additions included"
    without = stake_of(head("value", LOW), priced_in_dollars("100", "11200"), NOTHING)
    assert without.sums[1].message == "Customs value"


@pytest.mark.parametrize("kind", ["prohibited", "listed-party"])
def test_a_threat_is_no_money(kind: Kind) -> None:
    stake = stake_of(head(kind), declared(), NOTHING)
    assert stake.is_threat
    assert stake.amount is None


def test_a_seal_puts_all_of_it_at_stake() -> None:
    assert stake_of(head("seal"), declared(), NOTHING).amount == "25200.00"


def test_what_no_paper_tells_is_the_models_and_says_so() -> None:
    stake = stake_of(head("code"), declared(shortfall=1234.567), NOTHING)
    assert (stake.amount, stake.note) == ("1234.57", BY_MODEL)
    assert stake_of(head("code"), declared(), NOTHING).amount is None
    assert stake_of(Head(), declared(), NOTHING).amount is None


@pytest.mark.parametrize(
    ("exact", "shown"),
    [
        ("872750.06", "870000"),
        ("1152836.81", "1200000"),
        ("995.00", "1000"),
        ("42.40", "42"),
        ("0.00", "0"),
        ("0.137", "0.14"),
    ],
)
def test_an_estimate_is_shown_with_two_figures(exact: str, shown: str) -> None:
    assert f"{about(Decimal(exact)):f}" == shown


def test_what_the_model_or_a_usual_value_gives_is_about_and_what_papers_and_tariff_give_is_exact() -> None:
    by_model = stake_of(head("code"), declared(shortfall=872750.06), NOTHING)
    assert by_model.note == BY_MODEL and by_model.is_estimate and by_model.is_about
    priced = Fact(
        code="own:price",
        message="x",
        kind="value",
        evidence=PAPER,
        arguments={"item": "1", "mine_money": "4 XTS", "usual_money": "8 XTS"},
    )
    usual = stake_of(head("value", priced), declared(), NOTHING)
    assert usual.is_about and [line.is_about for line in usual.sums] == [False, *[True] * (len(usual.sums) - 1)]
    short_of = stake_of(head("quantity", short("84", "118")), declared(), NOTHING)
    assert not short_of.is_about and not any(line.is_about for line in short_of.sums)
    assert not stake_of(head("quantity", short("118", "84")), declared(), NOTHING).is_about


def test_the_duty_at_stake_is_found_again_from_the_values_shown() -> None:
    measures = {
        "52082190": (Measure(code="52082190", kind="duty", type_code="MFN", formula=AdValorem(Decimal(10))),),
        "52": (Measure(code="52", kind="vat", type_code="VAT", formula=AdValorem(Decimal(20))),),
    }
    tariff = Tariff(
        name="t",
        edition="1",
        currency="XTS",
        lines={"52082190": Line(code="52082190", description="cotton")},
        measures=measures,
        source="invented",
    )
    one = declared()
    (item, *_) = one.declaration.shipment.items
    item = msgspec.structs.replace(item, customs_value=Amount(Decimal("100.05"), "XTS"))
    shipment = msgspec.structs.replace(one.declaration.shipment, items=(item,))
    items = tuple(msgspec.structs.replace(each, value=Decimal("100.05")) for each in one.facts.items)
    told = msgspec.structs.replace(
        one,
        declaration=msgspec.structs.replace(one.declaration, shipment=shipment),
        facts=msgspec.structs.replace(one.facts, items=items),
    )
    stake = stake_of(head("quantity", short("84", "118")), told, Calculator(tariff))
    shown = [Decimal(line.amount) for line in stake.sums if line.amount]
    more, cent = shown[0] + shown[1], Decimal("0.01")

    def by_hand(value: Decimal) -> tuple[Decimal, Decimal]:
        duty = (value * Decimal("0.1")).quantize(cent, ROUND_HALF_UP)
        return duty, ((value + duty) * Decimal("0.2")).quantize(cent, ROUND_HALF_UP)

    (duty, vat), (duty_before, vat_before) = by_hand(more), by_hand(shown[0])
    assert shown[2:] == [duty - duty_before, vat - vat_before]
    assert stake.amount == f"{sum(shown[2:])}"
