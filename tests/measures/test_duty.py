# SPDX-License-Identifier: Apache-2.0
from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any

import msgspec
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from cocket.measures.tariff import Batch, Calculator, Charge, Duties, Formula, Rates, Relief, Rounding, at_stake
from cocket.measures.tariff.faults import of_formula
from cocket.measures.tariff.formula import (
    AdValorem,
    Band,
    Banded,
    Basis,
    Case,
    Choice,
    Difference,
    Missing,
    NotUnderstood,
    Scaled,
    amount,
)
from tests.measures.making import (
    DAY,
    RATES,
    Condition,
    Free,
    Larger,
    Smaller,
    Sum,
    duties,
    each,
    goods,
    measure,
    percent,
    tariff,
)


def amounts(found: Duties) -> list[tuple[str, str]]:
    return [(line.type_code, str(line.amount)) for line in found.lines]


def missing(found: Duties) -> set[tuple[str, str]]:
    return {(one.reason, one.what) for part in found.not_computable for one in part.missing}


GATE = Banded("KGM", "XDC", (Band(each("9", "KGM"), None, Decimal(1)), Band(percent("5"), Decimal(1), None)))


@pytest.mark.parametrize(
    ("formula", "quantities", "expected"),
    [
        (Free(), {}, "0.00"),
        (percent("10.2"), {}, "102.00"),
        (percent("0.005"), {}, "0.05"),
        (each("35.10", "KGM", per="100"), {"KGM": 250}, "87.75"),
        (each("93.10", "DTN", "EUR"), {"KGM": 500}, "418.95"),  # 93.10 × 5 × 0.9
        (Sum((percent("10.2"), each("93.10", "DTN", "EUR"))), {"KGM": 500}, "520.95"),
        (Larger((percent("16.5"), each("320.90", "MIL"))), {"NAR": 400}, "165.00"),  # 165 against 128.36
        (Larger((percent("16.5"), each("320.90", "MIL"))), {"NAR": 600}, "192.54"),
        (Smaller((percent("25"), each("63", "KGM"))), {"KGM": 3}, "189.00"),
        (Larger((Difference(each("401.65", "KGM"), percent("100")), percent("2.2"))), {"KGM": 2}, "22.00"),
        (Larger((Difference(each("401.65", "KGM"), percent("100")), percent("2.2"))), {"KGM": 4}, "606.60"),
        (Scaled(Decimal("0.6"), Difference(each("5", "KGM"), percent("100"))), {"KGM": 1000}, "2400.00"),
        (GATE, {"KGM": 1000}, "9000.00"),  # one a kilogram, the bound included
        (GATE, {"KGM": 999}, "50.00"),
    ],
)
def test_a_rate_comes_to_what_its_words_say(formula: Formula, quantities: dict[str, Any], expected: str) -> None:
    found = duties(measure("duty", formula), quantities=quantities)
    assert amounts(found) == [("duty", expected)]
    assert found.total == Decimal(expected)
    assert found.lines[0].act == "act on duty"


def test_a_specific_duty_without_its_quantity_is_not_computable_and_names_the_unit() -> None:
    found = duties(measure("duty", each("5", "LTR")), quantities={"KGM": 4})
    assert (found.lines, found.total) == ((), None)
    assert missing(found) == {("quantity", "LTR")}


def test_zero_of_a_unit_is_a_quantity() -> None:
    assert duties(measure("duty", each("5", "LTR")), quantities={"LTR": 0}).total == 0


def test_what_was_not_understood_and_what_only_words_decide_is_named() -> None:
    choice = Choice((Case("quota", "within the quota", Free()), Case("other", "", percent("20"))))
    assert missing(duties(measure("duty", choice))) == {("choice", "within the quota"), ("choice", "other")}
    odd = NotUnderstood("as the minister decides", "no-formula")
    assert missing(duties(measure("duty", odd))) == {("no-formula", "as the minister decides")}


def test_the_lowest_lawful_duty_applies_and_says_what_was_passed_over() -> None:
    every = (
        measure("duty", percent("10"), "mfn"),
        measure("preference", percent("4"), "afar", area="AFAR"),
        measure("suspension", percent("7"), "lull", valid_to=date(2026, 2, 28)),
    )
    assert amounts(duties(*every)) == [("mfn", "100.00")]
    assert amounts(duties(*every, origin="XB")) == [("mfn", "100.00")], "a preference must be claimed"
    assert amounts(duties(*every, origin="XD", preference="300")) == [("mfn", "100.00")]
    claimed = duties(*every, origin="XB", preference="300")
    assert amounts(claimed) == [("afar", "40.00")]
    assert claimed.lines[0].notes == ("not applied: mfn 10 %",)
    assert amounts(duties(*every, day=date(2026, 2, 28))) == [("lull", "70.00")]


def test_a_claim_by_name_claims_that_column_only() -> None:
    both = (
        measure("duty", percent("10")),
        measure("preference", percent("4"), "afar", area="AFAR"),
        measure("preference", percent("2"), "pact", area="XB"),
    )
    assert amounts(duties(*both, origin="XB", preference="afar")) == [("afar", "40.00")]
    assert amounts(duties(*both, origin="XB", preference="300")) == [("pact", "20.00")]
    assert amounts(duties(*both, origin="XB", preference="100")) == [("duty", "100.00")]


def test_a_preference_needs_its_proof_where_papers_are_known() -> None:
    proof = (Condition(code="Q", documents=("U088",)), Condition(code="Q", applies=False))
    both = measure("duty", percent("10")), measure("preference", Free(), "pact", area="XB", conditions=proof)
    asked: dict[str, Any] = {"origin": "XB", "preference": "300"}
    assert amounts(duties(*both, **asked, documents=("U088",))) == [("pact", "0.00")]
    assert amounts(duties(*both, **asked, documents=())) == [("duty", "100.00")]
    unknown = duties(*both, **asked)
    assert amounts(unknown) == [("pact", "0.00")]
    assert "its proof is not checked: U088" in unknown.lines[0].notes[0]


def test_a_quota_applies_when_it_is_drawn_on() -> None:
    both = measure("duty", percent("10")), measure("quota", percent("1"), order_number="091234")
    assert amounts(duties(*both)) == [("duty", "100.00")]
    assert amounts(duties(*both, quotas=("091234",))) == [("quota", "10.00")]


def test_a_lower_rate_that_cannot_be_computed_is_not_silently_passed_over() -> None:
    both = measure("duty", percent("10")), measure("suspension", each("1", "LTR"))
    found = duties(*both)
    assert found.total is None
    assert missing(found) == {("quantity", "LTR")}
    free = duties(measure("duty", Free()), measure("suspension", each("1", "LTR")))
    assert free.total == 0, "nothing is lower than nothing"


def test_trade_measures_excise_and_vat_come_on_top_in_order() -> None:
    found = duties(
        measure("vat", percent("20")),
        measure("excise", each("2", "LTR")),
        measure("duty", percent("10")),
        measure("anti-dumping", percent("30"), area="XC"),
        measure("anti-dumping", percent("99"), "other", area="XD"),
        origin="XC",
        quantities={"LTR": 50},
    )
    assert amounts(found) == [
        ("duty", "100.00"),
        ("anti-dumping", "300.00"),
        ("excise", "100.00"),
        ("vat", "300.00"),  # 20 % of 1,000 + 100 + 300 + 100
    ]
    assert found.total == Decimal("800.00")
    assert found.lines[-1].base == "1500 XDC"


def test_without_an_origin_trade_measures_are_open() -> None:
    found = duties(measure("duty", percent("10")), measure("anti-dumping", percent("30"), area="XC"))
    assert found.total is None
    assert ("origin", "trade measures depend on it") in missing(found)


def test_the_standard_vat_applies_unless_a_lower_one_is_claimed() -> None:
    rates = measure("duty", Free()), measure("vat", Free(), "zero"), measure("vat", percent("20"), "full")
    one: dict[str, Any] = {"single": frozenset({"vat"})}
    assert amounts(duties(*rates, **one))[-1] == ("full", "200.00")
    claimed = (*rates, measure("vat", percent("5"), "low", additional_code="VATR"))
    assert amounts(duties(*claimed, **one))[-1] == ("full", "200.00")
    assert amounts(duties(*claimed, **one, additional_codes=("VATR",)))[-1] == ("low", "50.00")


def test_what_a_procedure_suspends_is_shown_and_not_summed() -> None:
    taxes = measure("duty", percent("10")), measure("vat", percent("20"))
    warehouse = duties(*taxes, procedure="7100")
    assert [(line.amount, line.effect) for line in warehouse.lines] == [
        (Decimal("100.00"), "suspended"),
        (Decimal("220.00"), "suspended"),  # of what would be due, duty and all
    ]
    assert (warehouse.total, warehouse.suspended, warehouse.security) == (0, Decimal("320.00"), Decimal("320.00"))
    onward = duties(*taxes, procedure="4200")
    assert [line.effect for line in onward.lines] == ["due", "not-due"]
    assert onward.total == Decimal("100.00")
    assert missing(duties(*taxes, procedure="0100")) == {("procedure", "0100")}


def test_two_rates_of_one_name_on_one_day_are_a_finding_and_no_sum() -> None:
    found = duties(measure("duty", percent("10")), measure("duty", percent("12")))
    assert [finding.code for finding in found.findings] == ["rates-overlap"]
    assert (found.total, found.lines) == (None, ())


def test_a_gap_in_validity_is_no_free_pass() -> None:
    found = duties(measure("duty", percent("10"), valid_from=date(2026, 4, 1)))
    assert (found.total, found.lines) == (None, ())
    assert {reason for reason, _ in missing(found)} == {"rate"}


def test_a_rate_on_a_heading_holds_for_its_lines_and_the_nearest_wins() -> None:
    both = measure("duty", percent("10"), "mfn", code="0102"), measure("duty", percent("3"), "mfn")
    assert amounts(duties(*both)) == [("mfn", "30.00")]
    assert amounts(duties(*both, code="01022990")) == [("mfn", "100.00")]


@pytest.mark.parametrize(
    ("code", "says"), [("0102", "code-not-declarable"), ("9999", "code-not-in-tariff"), ("", "code-not-in-tariff")]
)
def test_a_code_that_is_no_line_has_no_duty(code: str, says: str) -> None:
    found = duties(measure("duty", percent("10")), code=code)
    assert [finding.code for finding in found.findings] == [says]
    assert found.total is None


def test_a_code_longer_than_its_line_or_with_dots_finds_it() -> None:
    assert duties(measure("duty", percent("10")), code="0102.29.10 00").total == Decimal("100.00")


@pytest.mark.parametrize("wrong", ["-1", "NaN", "Infinity"])
def test_an_impossible_number_is_a_finding_and_nothing_is_computed(wrong: str) -> None:
    for asked in ({"value": Decimal(wrong)}, {"quantities": {"KGM": wrong}}):
        found = duties(measure("duty", percent("10")), **asked)
        assert [finding.code for finding in found.findings] == ["number-not-possible"]
        assert (found.lines, found.total) == ((), None)


def test_the_exchange_rate_of_the_day_applies() -> None:
    assert duties(measure("duty", percent("10")), currency="EUR").total == Decimal("90.00")
    assert duties(measure("duty", percent("10")), currency="EUR", day=date(2026, 6, 1)).total == Decimal("80.00")
    for currency, day in (("EUR", date(2025, 12, 31)), ("USD", DAY)):
        assert {r for r, _ in missing(duties(measure("duty", percent("10")), currency=currency, day=day))} >= {
            "exchange-rate"
        }


def test_a_rate_of_zero_or_told_twice_is_not_used_and_said() -> None:
    day = date(2026, 1, 1)
    rates = Rates("XDC", [("EUR", day, Decimal(0)), ("USD", day, Decimal(1)), ("USD", day, Decimal(2))])
    assert [finding.code for finding in rates.findings] == ["exchange-rate-not-positive", "exchange-rate-twice"]
    assert (rates.of("EUR", DAY), rates.of("USD", DAY)) == (None, None)


def test_payable_amounts_are_rounded_as_the_tariff_says_line_by_line() -> None:
    rounding = {"duty": Rounding(step=Decimal(100), is_down=True), "": Rounding(step=Decimal(1))}
    found = duties(
        measure("duty", percent("19.99")), measure("fee", percent("0.25")), rounding=rounding, value=Decimal(1000)
    )
    assert [line.amount for line in found.lines] == [Decimal("199.90"), Decimal("2.50")]
    assert (found.total, found.payable) == (Decimal("202.40"), Decimal(103))


def test_what_is_paid_is_rounded_once_and_as_the_charge_says_where_it_says_how() -> None:
    """The tariff's rounding by kind moves what is paid, and neither the total nor a later base."""
    whole: dict[Any, Rounding] = {"": Rounding(step=Decimal(1)), "duty": Rounding(step=Decimal(1), is_down=True)}
    cents = Rounding(step=Decimal("0.01"))
    charges = (
        Charge(name="PORT", kind="fee", rate="17.496 %", base="value", round=cents),
        Charge(name="ROAD", kind="fee", rate="17.4996 %", base="value"),
        Charge(name="VAT", kind="vat", rate="10 %", base="value + duty + PORT + ROAD"),
    )
    law = tariff(measure("duty", percent("19.9999")), rounding=whole, charges=charges)
    asked = goods(value=Decimal(1000))
    found = Calculator(law).duties(asked, explain=True)
    paid = {line.charge: (line.amount, line.payable) for line in found.lines}
    assert paid == {
        "duty": (Decimal("200.00"), Decimal(199)),
        "PORT": (Decimal("174.96"), Decimal("174.96")),
        "ROAD": (Decimal("175.00"), Decimal(175)),
        "VAT": (Decimal("155.00"), Decimal(155)),
    }, "199.999 without its parts is 199, and PORT says itself how it is rounded"
    assert found.lines[0].how[-1] == "payable: 199.999 to 1, parts dropped = 199"
    bare = Calculator(tariff(measure("duty", percent("19.9999")), charges=charges)).duties(asked)
    assert (found.total, bare.total) == (Decimal("704.96"), Decimal("704.96"))
    assert (found.payable, bare.payable) == (Decimal("703.96"), Decimal("704.96"))
    assert Batch(Calculator(law)).totals([asked]) == [found.total]


def test_a_charge_of_the_declaration_is_paid_as_it_is_rounded_for_the_declaration() -> None:
    charges = (Charge(name="PORT", kind="fee", rate="1 %", base="value", scope="declaration"),)
    whole: dict[Any, Rounding] = {"": Rounding(step=Decimal("0.5"))}
    calculator = Calculator(tariff(measure("duty", Free()), rounding=whole, charges=charges))
    items = [goods(value=Decimal("35.40"))] * 3
    found = calculator.declaration(items)
    lines = [line for one in found for line in one.lines if line.charge == "PORT"]
    assert [line.amount for line in lines] == [Decimal("0.36"), Decimal("0.35"), Decimal("0.35")]
    assert [line.payable for line in lines] == [Decimal("0.34"), Decimal("0.33"), Decimal("0.33")], (
        "1 in all, not three times 0.5"
    )
    assert calculator.payable(items) == {"duty": 0, "PORT": 1}
    own = msgspec.structs.replace(charges[0], round_total=Rounding(step=Decimal(5)), waived_below="1 XDC")
    by_total = Calculator(tariff(measure("duty", Free()), rounding=whole, charges=(own,)))
    assert by_total.payable(items) == {"duty": 0, "PORT": 0}, "its own rule is of the exact 1.062"
    assert sum(one.payable or 0 for one in by_total.declaration(items)) == 0


def test_duty_at_stake_is_the_difference_of_two_sums() -> None:
    calculator = Calculator(tariff(measure("duty", percent("10")), measure("vat", percent("20"))), RATES)
    stake = at_stake(calculator, goods(), goods(value=Decimal(1500)))
    assert (stake.changed, stake.amount) == (("value",), Decimal("160.00"))  # 50 of duty, 110 of VAT
    assert at_stake(calculator, goods(), goods(code="9999")).amount is None


def test_a_stake_looks_at_all_that_is_declared_together() -> None:
    relief = (Relief(up_to=Decimal(1500), kinds=("duty",)),)
    calculator = Calculator(tariff(measure("duty", percent("10")), reliefs=relief), RATES)
    assert at_stake(calculator, goods(), goods(value=Decimal(1200))).amount == 0, "alone both are of low value"
    assert at_stake(calculator, goods(), goods(value=Decimal(1200)), [goods()]).amount == 20
    low = goods(value=Decimal(500))
    assert at_stake(calculator, low, goods(value=Decimal(600)), [goods()]).amount == 160, "no item is relieved any more"
    assert at_stake(calculator, low, goods(value=Decimal(600)), [goods(code="9999")]).amount == 60, (
        "what cannot be computed is in the consignment too"
    )


FORMULAS = st.recursive(
    st.one_of(
        st.just(Free()),
        st.decimals(0, 100, places=2).map(lambda p: percent(str(p))),
        st.decimals(0, 1000, places=2).map(lambda a: each(str(a), "KGM")),
    ),
    lambda inner: st.one_of(
        st.lists(inner, min_size=2, max_size=3).map(lambda parts: Sum(tuple(parts))),
        st.lists(inner, min_size=2, max_size=3).map(lambda parts: Larger(tuple(parts))),
        st.lists(inner, min_size=2, max_size=3).map(lambda parts: Smaller(tuple(parts))),
    ),
    max_leaves=6,
).filter(lambda formula: not any(of_formula(formula, "x")))


@given(FORMULAS, st.decimals(0, 10**6, places=2), st.decimals(0, 10**6, places=2))
def test_a_duty_never_falls_when_the_value_rises(formula: Formula, one: Decimal, other: Decimal) -> None:
    lower, higher = sorted((one, other))
    totals = [duties(measure("duty", formula), value=v, quantities={"KGM": 3}).total for v in (lower, higher)]
    assert totals[0] is not None
    assert totals[1] is not None
    assert totals[0] <= totals[1]


@given(st.decimals("0.01", 1000, places=2), st.decimals("0.01", 10**6, places=2))
def test_a_value_in_another_currency_costs_what_its_exchanged_value_costs(rate: Decimal, value: Decimal) -> None:
    calculator = Calculator(tariff(measure("duty", percent("12.5"))), Rates("XDC", [("USD", DAY, rate)]))
    direct = calculator.duties(goods(value=value * rate))
    assert calculator.duties(goods(value=value, currency="USD")).total == direct.total


@given(FORMULAS, FORMULAS)
def test_the_lower_of_two_is_never_above_the_higher(one: Formula, other: Formula) -> None:
    asked = {"quantities": {"KGM": 3}}
    assume(not any(of_formula(Smaller((one, other)), "x")) and not any(of_formula(Larger((one, other)), "x")))
    low = duties(measure("duty", Smaller((one, other))), **asked).total
    high = duties(measure("duty", Larger((one, other))), **asked).total
    assert low is not None
    assert high is not None
    assert low <= high


@pytest.mark.parametrize("value", ["0", "NaN", "sNaN", "Infinity", "-1", "1E+20", "1E+21", "1E+22", "1E+999999"])
@pytest.mark.parametrize("quantity", ["0", "NaN", "-5", "1E+21", "1E+22", "1E-40"])
def test_many_at_once_refuse_the_same_numbers_as_one(value: str, quantity: str) -> None:
    calculator = Calculator(
        tariff(measure("duty", Larger((percent("10"), each("2", "KGM")))), measure("vat", percent("15"))), RATES
    )
    for facts in ({}, {"lactose-content": Decimal("NaN")}):
        asked = goods(value=Decimal(value), quantities={"KGM": quantity}, facts=facts)
        assert Batch(calculator).totals([asked]) == [calculator.duties(asked).total]


def band(percentage: str, above: str | None, to: str | None) -> Band:
    return Band(percent(percentage), None if above is None else Decimal(above), None if to is None else Decimal(to))


def basis(value: str | None = "1000", quantity: str | None = "10", rate: str | None = "1", **more: Any) -> Basis:
    return Basis(
        values={} if value is None else {"customs-value": Decimal(value)},
        quantities={} if quantity is None else {"KGM": Decimal(quantity)},
        rates={} if rate is None else {"EUR": Decimal(rate)},
        **more,
    )


BANDS = (band("1", None, "50"), band("2", "50", "100"), band("3", "100", "200"))


@pytest.mark.parametrize(
    ("is_from", "value", "expected"),
    [
        (False, "500", "5"),  # 50 a kilogram: a bound belongs to the band below,
        (True, "500", "10"),  # or, by "50 or more", to the band above
        (False, "500.01", "10.0002"),
        (True, "499.99", "4.9999"),
        (False, "1000", "20"),
        (True, "1000", "30"),
        (False, "2000", "60"),
        (False, "1", "0.01"),
    ],
)
def test_a_value_on_a_bound_is_in_one_band(is_from: bool, value: str, expected: str) -> None:
    assert amount(Banded("KGM", "EUR", BANDS, is_from), basis(value)) == Decimal(expected)


@pytest.mark.parametrize("is_from", [False, True])
def test_what_lies_in_no_band_is_not_computed_and_says_where_it_lies(is_from: bool) -> None:
    beyond = (Missing(reason="band", what="201 EUR/KGM"),)
    assert amount(Banded("KGM", "EUR", BANDS, is_from), basis("2010")) == beyond
    if is_from:
        assert amount(Banded("KGM", "EUR", BANDS, True), basis("2000")) == (Missing(reason="band", what="200 EUR/KGM"),)


def test_bands_are_by_the_price_of_one_unit_in_their_own_money() -> None:
    bands = Banded("KGM", "EUR", BANDS)
    assert amount(bands, basis("1000", "20", "0.5")) == 20  # 1,000 / 20 / 0.5 is 100 EUR, the rate is of the 1,000
    assert amount(bands, basis("1000", priced=Decimal(500))) == 10  # by the price, of the base
    assert amount(bands, basis("1000", priced=Decimal(0))) == 10
    flat = Banded("KGM", "EUR", (Band(each("4", "KGM", "EUR"), None, None),))
    assert amount(flat, basis(None, priced=Decimal(70))) == 40


@pytest.mark.parametrize(
    ("known", "reason", "what"),
    [
        (basis(quantity=None), "quantity", "KGM"),
        (basis(quantity="0"), "quantity", "KGM"),
        (basis(rate=None), "exchange-rate", "EUR"),
        (basis(rate="0"), "exchange-rate", "EUR"),
        (basis(None), "value", "customs-value"),
    ],
)
def test_a_band_names_what_is_missing_to_find_it(known: Basis, reason: str, what: str) -> None:
    assert amount(Banded("KGM", "EUR", BANDS), known) == (Missing(reason=reason, what=what),)


@pytest.mark.parametrize(
    ("formula", "is_assumed"),
    [
        (percent("20"), True),
        (Sum((percent("20"), each("3", "KGM"))), True),
        (Larger((each("3", "KGM"), percent("20"))), True),
        (each("3", "KGM"), False),
        (AdValorem(Decimal(20), "retail-price"), False),
        (Sum((AdValorem(Decimal(20), "retail-price"), each("3", "KGM"))), False),
    ],
)
def test_a_usual_base_is_said_to_be_assumed_only_where_the_rate_hangs_on_it(formula: Formula, is_assumed: bool) -> None:
    found = duties(measure("vat", formula, "VAT"), quantities={"KGM": 2}, retail_price=Decimal(50))
    assert ("base-by-default" in {one.code for one in found.assumed}) is is_assumed
