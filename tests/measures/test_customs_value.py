# SPDX-License-Identifier: Apache-2.0
from __future__ import annotations

import json
import random
from datetime import date
from decimal import Decimal
from typing import Any

import msgspec
import pytest
from typer.testing import CliRunner

from cocket.cli import app
from cocket.measures.customs_value import (
    BuiltValue,
    PricedLine,
    ValueQuestion,
    build_values,
    question_of,
    valued_items,
)
from cocket.measures.tariff import Calculator, Charge, Rates, goods_of
from cocket.model import (
    Amount,
    Classification,
    Commodity,
    Declaration,
    GoodsShipment,
    GovernmentAgencyGoodsItem,
    TradeTerms,
    ValuationCharges,
)
from tests.measures.making import LIVE, measure, percent, tariff

DAY = date(2026, 3, 1)
RATES = Rates("XDC", [("USD", date(2026, 1, 1), Decimal("2")), ("EUR", date(2026, 1, 1), Decimal("2.5"))])


def built(
    terms: str | None, basis: Any = "CIF", prices: tuple[str, ...] = ("1000",), **told: Any
) -> tuple[BuiltValue, ...]:
    amounts = {name: Amount(Decimal(one), "USD") for name, one in told.pop("amounts", {}).items()}
    masses = told.pop("masses", (None,) * len(prices))
    lines = tuple(
        PricedLine(price=Decimal(price), gross_mass_kg=mass and Decimal(mass))
        for price, mass in zip(prices, masses, strict=True)
    )
    return build_values(
        ValueQuestion(lines=lines, currency="USD", day=DAY, terms=terms, basis=basis, amounts=amounts, **told), RATES
    )[0]


ALL = {"inland_export": "20", "export_formalities": "3", "loading": "7", "freight": "100", "insurance": "10"}


@pytest.mark.parametrize(
    ("terms", "cif", "fob"),
    [
        ("EXW", "2280.00", "2060.00"),  # 1000 + 20 + 3 + 7 (+ 100 + 10), twice
        ("FCA", "2274.00", "2054.00"),
        ("FAS", "2234.00", "2014.00"),
        ("FOB", "2220.00", "2000.00"),
        ("CFR", "2020.00", "1800.00"),
        ("CPT", "2020.00", "1800.00"),
        ("CIF", "2000.00", "1780.00"),
        ("CIP", "2000.00", "1780.00"),
        ("DAP", "2000.00", "1780.00"),
        ("dpu", "2000.00", "1780.00"),
    ],
)
def test_terms_of_delivery_lead_to_the_national_basis(terms: str, cif: str, fob: str) -> None:
    assert str(built(terms, amounts=ALL)[0].value) == cif
    assert str(built(terms, "FOB", amounts=ALL)[0].value) == fob


def test_what_the_terms_call_for_and_nobody_states_is_missing() -> None:
    (one,) = built("FOB", amounts={"freight": "100"})
    assert one.value is None
    assert [(lack.reason, lack.what) for lack in one.missing] == [("amount", "insurance")]
    assert built("CIF", "FOB")[0].value is None
    assert [lack.reason for lack in built(None)[0].missing] == ["terms"]
    assert [lack.reason for lack in built("XYZ")[0].missing] == ["terms"]


def test_what_the_law_puts_in_its_place_is_an_assumption() -> None:
    (one,) = built("FOB", defaults={"freight": "20 % of FOB", "insurance": "1.125 % of FOB"})
    assert one.value == Decimal("2422.50")  # 2000 + 400 + 22.50
    assert [assumed.code for assumed in one.assumed] == ["default-taken", "default-taken"]
    assert [step.assumed for step in one.steps] == [False, True, True]


def test_article_8_adds_what_the_price_leaves_out_each_by_its_paragraph() -> None:
    added = {"commissions": "10", "packing": "5", "tools": "20", "royalties": "30", "proceeds": "4"}
    (one,) = built("CIF", amounts=added, royalties_are_condition=True)
    assert one.value == Decimal("2138.00")
    assert [step.article for step in one.steps] == ["1", "8.1(a)(i)", "8.1(a)(iii)", "8.1(b)(ii)", "8.1(c)", "8.1(d)"]
    assert built("CIF", amounts=added, royalties_are_condition=False)[0].value == Decimal("2078.00")
    assert built("CIF", amounts=added)[0].value is None, "nobody says whether royalties are a condition"


def test_what_is_distinguished_from_the_price_is_taken_off_and_what_is_not_stays() -> None:
    (one,) = built("DDP", amounts={"inland_import": "50", "import_duties": "100", "assembly_after_import": "25"})
    assert one.value == Decimal("1650.00")
    (other,) = built("DDP")
    assert other.value == Decimal("2000.00")
    assert {assumed.code for assumed in other.assumed} == {"not-distinguished"}


def test_export_formalities_are_spread_by_price_as_they_are_no_transport() -> None:
    lines = built("EXW", prices=("300", "100"), masses=("10", "90"), amounts=ALL)
    spread = {step.what: step.spread for step in lines[0].steps}
    assert [by for what, by in spread.items() if "export_formalities" in what] == ["price"]
    assert [by for what, by in spread.items() if "loading" in what] == ["gross-mass"]


def test_freight_is_spread_by_gross_mass_and_all_else_by_price() -> None:
    lines = built(
        "FOB", prices=("300", "100", "100"), masses=("10", "20", "70"), amounts={"freight": "100", "insurance": "5"}
    )
    assert [one.value for one in lines] == [Decimal("626.00"), Decimal("242.00"), Decimal("342.00")]
    assert [step.spread for step in lines[0].steps] == ["", "gross-mass", "price"]
    assert built("FOB", prices=("300", "100"), amounts={"freight": "100", "insurance": "5"})[0].value is None, "no mass"


def test_lines_add_up_to_the_whole_to_the_cent_in_any_order() -> None:
    chance = random.Random(3)
    for _ in range(500):
        count = chance.randrange(1, 8)
        prices = [f"{chance.randrange(1, 10**6) / 100:.2f}" for _ in range(count)]
        masses = [f"{chance.randrange(1, 10**5) / 10:.1f}" for _ in range(count)]
        amounts = {
            "freight": f"{chance.randrange(1, 10**5) / 100:.2f}",
            "insurance": f"{chance.randrange(1, 10**4) / 100:.2f}",
        }
        whole = 2 * (sum(map(Decimal, prices)) + sum(map(Decimal, amounts.values())))
        lines = built("FOB", prices=tuple(prices), masses=tuple(masses), amounts=amounts)
        assert sum(one.value for one in lines if one.value is not None) == whole


def test_an_amount_of_no_known_name_is_never_passed_over() -> None:
    assert [lack.reason for lack in built("CIF", amounts={"something": "3"})[0].missing] == ["amount"]
    assert built("CIF", amounts={"something": "0"})[0].value == Decimal("2000.00")
    assert built("CIF", amounts={"packing": "-3"})[0].value is None


def test_the_rate_of_the_day_is_that_of_each_currency() -> None:
    question = ValueQuestion(
        lines=(PricedLine(price=Decimal(100)),),
        currency="EUR",
        day=DAY,
        terms="FOB",
        amounts={"freight": Amount(Decimal(10), "USD"), "insurance": Amount(Decimal(1), "XDC")},
    )
    (one,), questions = build_values(question, RATES)
    assert one.value == Decimal("271.00")
    assert [step.rate for step in one.steps] == [Decimal("2.5"), Decimal(2), None]
    assert [finding.code for finding in questions] == ["relation-not-stated", "first-sale-not-stated"]
    (lacking,), _ = build_values(ValueQuestion(lines=question.lines, currency="GBP", day=DAY, terms="CIF"), RATES)
    assert [lack.reason for lack in lacking.missing] == ["exchange-rate"]


def test_a_declaration_costs_by_the_value_that_is_built_from_it() -> None:
    commodity = Commodity(
        classifications=(Classification(id=LIVE),), price=Amount(Decimal(1000), "USD"), gross_mass_kg=Decimal(5)
    )
    declaration = Declaration(
        shipment=GoodsShipment(
            trade_terms=TradeTerms(code="FOB"),
            items=(GovernmentAgencyGoodsItem(commodity=commodity, statistical_value=Amount(Decimal(7), "XDC")),),
        ),
        valuation=ValuationCharges(
            charges={"external_freight": Amount(Decimal(180), "XDC"), "insurance": Amount(Decimal(20), "XDC")}
        ),
    )
    (one,), _ = build_values(question_of(declaration, DAY, "CIF"), RATES)
    goods = one.goods(goods_of(declaration.shipment.items[0], DAY))
    assert (goods.value, goods.currency) == (Decimal("2200.00"), "XDC")
    assert goods.amounts == {"freight": Decimal("180.00"), "insurance": Decimal("20.00")}
    found = Calculator(tariff(measure("duty", percent("10")))).duties(goods)
    assert found.total == Decimal("220.00")
    assert "statistical-value-taken" not in {assumed.code for assumed in found.assumed}


def declared(value: str | None, terms: str = "FOB", *, own: bool = False) -> Declaration:
    """Two items of one price each, 1 and 3 kg, freight 200 and insurance 8 of the whole, or of the second item alone."""
    charges = {"external_freight": Amount(Decimal(200), "XDC"), "insurance": Amount(Decimal(8), "XDC")}
    items = tuple(
        GovernmentAgencyGoodsItem(
            commodity=Commodity(
                classifications=(Classification(id=LIVE),),
                price=Amount(Decimal(500), "USD"),
                gross_mass_kg=Decimal(mass),
            ),
            customs_value=Amount(Decimal(value), "XDC") if value else None,
            statistical_value=Amount(Decimal(7), "XDC"),
            charges=charges if own and mass == 3 else {},
        )
        for mass in (1, 3)
    )
    return Declaration(
        shipment=GoodsShipment(trade_terms=TradeTerms(code=terms), items=items),
        valuation=ValuationCharges(charges={} if own else charges),
    )


def test_a_value_that_is_not_declared_is_built_and_one_that_is_is_compared() -> None:
    calculator = Calculator(tariff(measure("duty", percent("10")), basis="CIF"), RATES)
    valued, questions = valued_items(declared(None), DAY, RATES, "CIF")
    assert [one.goods.value for one in valued] == [Decimal("1054.00"), Decimal("1154.00")]  # by mass, and by price
    assert [one.goods.amounts["freight"] for one in valued] == [Decimal("50.00"), Decimal("150.00")]
    found = calculator.duties(valued[0].goods)
    assert found.total == Decimal("105.40") and "value-built" in {one.code for one in found.assumed}
    assert found.strict().total is None and [one.agrees for one in valued] == [None, None]
    assert [one.code for one in questions] == ["relation-not-stated", "first-sale-not-stated"]
    right, _ = valued_items(declared("1054"), DAY, RATES, "CIF")
    assert [(one.goods.value, one.agrees) for one in right] == [(Decimal(1054), True), (Decimal(1054), False)]
    assert "value-built" not in {one.code for one in calculator.duties(right[1].goods).assumed}


def test_freight_that_the_value_leaves_out_is_there_for_the_tax_that_is_on_it() -> None:
    """Australia: duty on FOB, tax on FOB with duty, freight and insurance."""
    valued, _ = valued_items(declared("1000"), DAY, RATES, "FOB")
    assert [one.agrees for one in valued] == [True, True]
    assert [one.goods.amounts for one in valued] == [
        {"freight": Decimal(50), "insurance": Decimal(4)}, {"freight": Decimal(150), "insurance": Decimal(4)},
    ]  # fmt: skip
    law = (Charge(name="GST", kind="vat", base="value + duty + freight + insurance", rate="10 %", act="GST Act"),)
    book = tariff(measure("duty", percent("5")), basis="FOB", charges=law)
    assert Calculator(book, RATES).duties(valued[0].goods).total == Decimal("160.40")  # 50 + 10 % of 1104


def test_freight_that_contradicts_a_declared_value_leaves_its_sum_as_it_was() -> None:
    """150 of freight come to an item that was declared to be worth 100 with freight: its duty is still that of 100."""
    valued, _ = valued_items(declared("100"), DAY, RATES, "CIF")
    assert [one.agrees for one in valued] == [False, False] and valued[1].goods.amounts == {}
    assert valued[0].goods.amounts == {"freight": Decimal(50), "insurance": Decimal(4)}
    calculator = Calculator(tariff(measure("duty", percent("10")), basis="CIF"), RATES)
    assert [calculator.duties(one.goods).total for one in valued] == [Decimal("10.00"), Decimal("10.00")]


def test_what_an_item_states_alone_is_its_own() -> None:
    valued, _ = valued_items(declared(None, own=True), DAY, RATES, "CIF")
    assert [one.goods.value for one in valued] == [Decimal("1000.00"), Decimal("1208.00")]
    steps = valued[1].built.steps if valued[1].built else ()
    assert [(step.what, step.spread) for step in steps] == [("price", ""), ("freight", ""), ("insurance", "")]


def test_codes_of_additions_are_understood_and_one_of_two_things_is_asked_about() -> None:
    told = {"AB": Amount(Decimal(40), "XDC"), "BA": Amount(Decimal(8), "XDC")}
    whole = declared(None, "DAP")
    coded = msgspec.structs.replace(whole, valuation=ValuationCharges(charges=told))
    valued, _ = valued_items(coded, DAY, RATES, "CIF")
    assert [one.goods.value for one in valued] == [Decimal("1018.00"), Decimal("1014.00")]  # + 20, - 2 and - 6
    both = msgspec.structs.replace(whole, valuation=ValuationCharges(charges={"AK": Amount(Decimal(40), "XDC")}))
    valued, _ = valued_items(both, DAY, RATES, "CIF")
    assert [one.built and one.built.missing[0].what for one in valued] == [
        "what AK is: no addition or deduction of that name exists"
    ] * 2


def test_nothing_is_built_where_no_law_says_what_a_value_includes() -> None:
    valued, questions = valued_items(declared(None), DAY, RATES, None)
    assert [one.built for one in valued] == [None, None] and questions == ()
    assert valued[0].goods == goods_of(declared(None).shipment.items[0], DAY)
    foreign, _ = valued_items(declared("1054"), DAY, Rates("KWD"), "CIF")
    assert [one.agrees for one in foreign] == [None, None] and foreign[0].goods.value == Decimal(1054)


@pytest.mark.parametrize("number", ["1e28", "1e300", "1e21"])
def test_a_number_out_of_range_is_named_and_no_value_is_built(number: str) -> None:
    for found in (
        built("FOB", prices=(number,), amounts={"freight": "1", "insurance": "1"}),
        built("FOB", amounts={"freight": number, "insurance": "1"}),
    ):
        assert [one.value for one in found] == [None]
        assert [one.reason for one in found[0].missing] == ["number"]


def test_what_a_place_behind_the_terms_decides_is_counted_if_it_is_stated_and_said() -> None:
    (one,) = built("FCA", amounts={"inland_export": "20", "loading": "0", "freight": "1", "insurance": "1"})
    assert str(one.value) == "2044.00"
    assert "place-of-the-terms-assumed" in {told.code for told in one.assumed}
    for terms in ("CPT", "CIP"):
        (other,) = built(terms, amounts={"inland_import": "50", "insurance": "0"})
        assert str(other.value) == "1900.00"
        assert "place-of-the-terms-assumed" in {told.code for told in other.assumed}
        assert str(built(terms, amounts={"insurance": "0"})[0].value) == "2000.00"


@pytest.mark.parametrize("terms", ["DAP", "DPU", "DDP"])
def test_insurance_that_is_not_distinguished_from_the_price_is_said_to_stay_in_a_fob_value(terms: str) -> None:
    (one,) = built(terms, "FOB", amounts={"freight": "100"})
    assert any(told.code == "not-distinguished" and "insurance" in told.says for told in one.assumed)
    assert str(built(terms, "FOB", amounts={"freight": "100", "insurance": "10"})[0].value) == "1780.00"


@pytest.mark.parametrize("masses", [("0", "0"), ("-1", "2"), ("NaN", "1")])
def test_masses_that_say_nothing_are_missing(masses: tuple[str, ...]) -> None:
    found = built("FOB", prices=("10", "20"), masses=masses, amounts={"freight": "7", "insurance": "1"})
    assert found[0].value is None
    assert {lack.reason for lack in found[0].missing} == {"gross-mass"}


def test_a_price_of_nothing_is_a_question() -> None:
    question = ValueQuestion(lines=(PricedLine(price=Decimal()),), currency="USD", day=DAY, terms="CIF")
    assert "price-zero" in {one.code for one in build_values(question, RATES)[1]}


def test_a_line_that_is_no_invoice_does_not_stop_the_others() -> None:
    good = {"date": "2026-03-01", "currency": "XDC", "terms": "CIF", "lines": [{"price": 10}]}
    lines = [good | {"colour": "red"}, good | {"lines": [{"price": 1e28}]}, good]
    text = "".join(json.dumps(one) + "\n" for one in lines) + "nothing\n"
    found = CliRunner().invoke(app, ["measures", "build", "-", "--currency", "XDC", "--json"], input=text)
    assert found.exit_code == 1
    answers = [json.loads(one) for one in found.stdout.splitlines()]
    assert [one["questions"][0]["code"] for one in (answers[0], answers[3])] == ["invoice-unreadable"] * 2
    assert "colour" in answers[0]["questions"][0]["message"] or "colour" in json.dumps(answers[0])
    assert answers[1]["values"][0]["missing"][0]["reason"] == "number"
    assert Decimal(answers[2]["values"][0]["value"]) == 10


WAY = {"inland_export": "100", "export_formalities": "0", "loading": "0", "freight": "100", "insurance": "0"}


@pytest.mark.parametrize(
    ("terms", "deduction", "value"),
    [
        ("EXW", "transport_after_import", "2400.00"),
        ("FOB", "transport_after_import", "2200.00"),
        ("CIF", "transport_after_import", "2000.00"),
        ("CPT", "transport_after_import", "1900.00"),
        ("DAP", "transport_after_import", "1900.00"),
        ("DDP", "transport_after_import", "1900.00"),
        ("FOB", "duties_in_price", "2200.00"),
        ("DAP", "duties_in_price", "2000.00"),
        ("DDP", "duties_in_price", "1900.00"),
    ],
)
def test_only_what_the_terms_put_into_the_price_is_taken_off(terms: str, deduction: str, value: str) -> None:
    names = WAY if terms == "EXW" else {"freight": "100", "insurance": "0"}
    question = ValueQuestion(
        lines=(PricedLine(price=Decimal(1000)),),
        currency="USD",
        day=DAY,
        terms=terms,
        amounts={name: Amount(Decimal(one), "USD") for name, one in {**names, deduction: "50"}.items()},
        is_related=False,
    )
    (one,), questions = build_values(question, RATES)
    assert str(one.value) == value
    is_off = value == "1900.00"
    assert [(told.code, told.found) for told in questions if told.code == "deduction-not-in-price"] == (
        [] if is_off else [("deduction-not-in-price", deduction)]
    )
    own = {"transport_after_import": "inland_import", "duties_in_price": "import_duties"}[deduction]
    assert not any(told.code == "not-distinguished" and told.says.startswith(own) for told in one.assumed)


@pytest.mark.parametrize(
    ("name", "other"), [("inland_import", "transport_after_import"), ("import_duties", "duties_in_price")]
)
def test_one_cost_under_two_names_is_not_taken_off_twice(name: str, other: str) -> None:
    (one,) = built("DDP", amounts={name: "50", other: "50"})
    assert one.value is None and [lack.reason for lack in one.missing] == ["amount"]
    assert str(built("DDP", amounts={name: "0", other: "50"})[0].value) == "1900.00"


@pytest.mark.parametrize("name", ["buying_commission", "interest", "assembly_after_import"])
def test_a_deduction_that_no_term_decides_is_said_to_be_in_the_price(name: str) -> None:
    (one,) = built("CIF", amounts={name: "50"})
    assert str(one.value) == "1900.00"
    assert [told.code for told in one.assumed] == ["deduction-taken"] and name in one.assumed[0].says


@pytest.mark.parametrize("name", ["freight", "inland_import", "royalties"])
@pytest.mark.parametrize("number", ["-100", "NaN"])
def test_an_amount_below_nothing_is_never_passed_over(name: str, number: str) -> None:
    (one,) = built("CIF", amounts={name: number}, royalties_are_condition=False)
    assert one.value is None and [lack.what for lack in one.missing] == [f"{name} is {number}"]
