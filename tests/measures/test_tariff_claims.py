# SPDX-License-Identifier: Apache-2.0
"""Claiming a preference never makes more due, whatever the law."""

from __future__ import annotations

import random
from collections.abc import Sequence
from decimal import Decimal
from fractions import Fraction
from typing import Any

import msgspec
import pytest

from cocket.errors import SettingsError
from cocket.measures.tariff import Batch, Calculator, Duties, Goods, Rates, Rounding, check_tariff, read_rate
from cocket.measures.tariff.charges import Charge, Step, graph_of
from cocket.measures.tariff.claims import may_cost_more, on_duties
from cocket.measures.tariff.plan import columns_of
from cocket.measures.tariff.sheet import apportioned, rising_parts
from tests.measures.making import LIVE, goods, measure, percent, tariff

RUNS = 300
MODES = ("half-up", "half-down", "half-even", "down", "up")


def figure(chance: random.Random, most: int) -> str:
    return f"{chance.randrange(most * 100) / 100:.2f}"


def rate(chance: random.Random) -> str:
    return chance.choice(
        (
            f"{figure(chance, 40)} %",
            f"{figure(chance, 9)} XDC/KGM",
            f"{figure(chance, 400)} XDC/KGM - {figure(chance, 60)} %",
            f"{figure(chance, 30)} % MIN {figure(chance, 60)} XDC flat",
            f"min({figure(chance, 40)} %; {figure(chance, 500)} XDC flat - {figure(chance, 9)} %)",
        )
    )


def rounding(chance: random.Random) -> Rounding:
    return Rounding(step=Decimal(chance.choice(("0.01", "0.05", "1", "5", "25", "100"))), mode=chance.choice(MODES))


def charge(chance: random.Random, place: int, before: list[str]) -> Charge:
    """A charge on duties and earlier charges, with steps, limits and roundings; some of the declaration."""
    fields: dict[str, Any] = {}
    if chance.random() < 0.5:
        first, second = sorted(chance.sample(range(100, 3000), 2))
        fields["steps"] = (
            Step(rate=f"{figure(chance, 30)} %", to=Decimal(first)),
            Step(rate=f"{figure(chance, 200)} XDC flat + {figure(chance, 9)} % of excess", to=Decimal(second)),
            Step(rate=chance.choice((f"{figure(chance, 200)} XDC flat", f"{figure(chance, 20)} %"))),
        )
    else:
        fields["rate"] = rate(chance)
    for name, share in (("round_base", 0.25), ("round", 0.25), ("round_total", 0.08)):
        if chance.random() < share:
            fields[name] = rounding(chance)
    if chance.random() < 0.2:
        fields["floor"] = f"{figure(chance, 90)} XDC"
    if chance.random() < 0.2:
        fields["waived_below"] = f"{figure(chance, 20)} XDC"
    if chance.random() < 0.15:
        fields["scope"] = "declaration"
    base = " + ".join(chance.sample(["value", "duty", *before], chance.randrange(1, 2 + len(before))))
    kind = chance.choice(("excise", "fee", "vat"))
    return Charge(name=f"C{place}", kind=kind, base=base, **fields)


def law(chance: random.Random) -> Calculator:
    """A law whose charges can be put in order."""
    while True:
        names: list[str] = []
        charges: list[Charge] = []
        for place in range(chance.randrange(1, 5)):
            charges.append(charge(chance, place, names))
            names.append(f"C{place}")
        rules = {kind: rounding(chance) for kind in ("duty", "preference", "quota", "", "vat") if chance.random() < 0.3}
        measures = [measure("duty", read_rate(rate(chance)))]
        measures += [measure("preference", read_rate(rate(chance)), "PACT", area="AFAR")]
        if chance.random() < 0.4:
            measures.append(measure("quota", read_rate(rate(chance)), order_number="09"))
        if chance.random() < 0.4:
            measures.append(measure("duty", percent(figure(chance, 90)), preference="300"))
        try:
            return Calculator(tariff(*measures, charges=tuple(charges), rounding=rules), Rates("XDC"))
        except SettingsError as error:
            assert "could cost another more" in error.message


def many(chance: random.Random) -> list[Goods]:
    return [
        goods(
            value=Decimal(figure(chance, 10 ** chance.randrange(1, 5))),
            quantities={"KGM": figure(chance, 20), "KGMG": figure(chance, 30)},
            origin="XB",
            preference=chance.choice((None, "300", "300")),
            quotas=chance.choice(((), ("09",))),
            procedure=chance.choice(("4000", "4000", "7100", "REFUND")),
            additional_codes=(),
        )
        for _ in range(chance.randrange(1, 5))
    ]


def sums(calculator: Calculator, items: Sequence[Goods]) -> list[Decimal] | None:
    """Everything that a declaration comes to; None if anything is not known."""
    found = calculator.declaration(items)
    paid = calculator.payable(items)
    if paid is None or any(one.total is None for one in found):
        return None
    whole = [(one.total, one.total if one.payable is None else one.payable, one.suspended, one.repaid) for one in found]
    return [sum((part or Decimal() for part in column), Decimal()) for column in zip(*whole, strict=True)] + [
        sum(paid.values(), Decimal())
    ]


def broken(calculator: Calculator, items: list[Goods]) -> bool | None:
    """Whether claiming a preference for one more item makes anything more; None if that cannot be told."""
    place = next((place for place, one in enumerate(items) if one.preference), None)
    if place is None:
        return None
    bare = [*items[:place], msgspec.structs.replace(items[place], preference=None), *items[place + 1 :]]
    more, less = sums(calculator, items), sums(calculator, bare)
    if more is None or less is None:
        return None
    return any(one > other for one, other in zip(more, less, strict=True))


def test_a_preference_never_makes_more_due_whatever_the_law(monkeypatch: pytest.MonkeyPatch) -> None:
    chance = random.Random(1847)
    cases = [(law(chance), [many(chance) for _ in range(6)]) for _ in range(RUNS)]
    looked = [(calculator, items) for calculator, several in cases for items in several]
    found = [broken(calculator, items) for calculator, items in looked]
    assert found.count(False) > RUNS * 2 and True not in found
    lapsed = [
        one.code for calculator, items in looked for answer in calculator.declaration(items) for one in answer.findings
    ]
    assert "claim-costs-more" in lapsed
    for calculator, items in looked:
        if len(items) == 1:
            assert Batch(calculator).totals(items) == [one.total for one in calculator.declaration(items)]
    monkeypatch.setattr(Calculator, "is_claim_compared", lambda *_: False)
    assert [broken(calculator, items) for calculator, items in looked].count(True) > 0, "else it shows nothing"


def asked(*measures: Any, **law: Any) -> Duties:
    calculator = Calculator(tariff(*measures, **law), Rates("XDC"))
    return calculator.duties(goods(origin="XB", preference="300", additional_codes=(), procedure="4000"))


def codes(found: Duties) -> list[str]:
    return [one.code for one in found.findings]


GENERAL, PACT = measure("duty", percent("10")), measure("preference", percent("5"), area="AFAR")


def test_a_claim_that_costs_more_is_not_applied_and_says_so() -> None:
    fall = Charge(
        name="FEE",
        kind="fee",
        base="value + duty",
        steps=(Step(rate="500 XDC flat", to=Decimal(1050)), Step(rate="20 XDC flat")),
    )
    found = asked(GENERAL, PACT, charges=(fall,))
    assert found.total == 120 and codes(found) == ["claim-costs-more"]
    assert found.findings[0].arguments == {"amount": "430.00", "currency": "XDC"}
    assert {one.code for one in check_tariff(tariff(GENERAL, PACT, charges=(fall,)))} == {
        "steps-fall",
        "claims-compared",
    }
    rises = msgspec.structs.replace(
        fall, steps=tuple(reversed([Step(rate="500 XDC flat"), Step(rate="20 XDC flat", to=Decimal(1050))]))
    )
    found = asked(GENERAL, PACT, charges=(rises,))
    assert found.total == 70 and codes(found) == []


def test_roundings_of_duties_that_differ_make_no_preference_dearer() -> None:
    rounding = {"duty": Rounding(step=Decimal(5), is_down=True), "preference": Rounding(step=Decimal(150), mode="up")}
    found = asked(GENERAL, PACT, rounding=rounding)
    assert (found.total, found.payable) == (100, 100) and codes(found) == ["claim-costs-more"]
    found = asked(GENERAL, PACT, rounding={"duty": rounding["duty"]})
    assert (found.total, found.payable) == (50, 50)


def test_a_duty_that_must_be_claimed_does_not_hide_the_nearer_or_other_one() -> None:
    dear = measure("duty", percent("30"), "duty", preference="300")
    assert asked(dear, measure("duty", percent("10"), "duty")).total == 100
    vats = (
        measure("vat", percent("20")),
        measure("vat", percent("10")),
        measure("vat", percent("25"), preference="300"),
    )
    assert asked(GENERAL, *vats, single=frozenset({"vat"})).total == 100 + 220
    free = measure("vat", percent("0"), preference="300", additional_code="VATZ")
    coded = Calculator(tariff(GENERAL, vats[0], free, single=frozenset({"vat"})), Rates("XDC"))
    assert coded.duties(goods(origin="XB", preference="300", additional_codes=("VATZ",))).total == 100


def test_a_duty_on_the_whole_declaration_or_inside_itself_is_the_lowest_and_not_the_sum() -> None:
    for more in ({"scope": "declaration"}, {"base": "value + DUTY", "inclusive": True}):
        law = (Charge(name="DUTY", kind="duty", **{"base": "value", **more}),)
        found = asked(GENERAL, PACT, charges=law)
        assert found.total == Decimal("52.63" if "inclusive" in more else "50")
        assert [one.type_code for one in found.lines] == ["preference"]


def test_a_charge_of_the_declaration_that_falls_as_duties_rise_is_refused() -> None:
    fee = Charge(name="FEE", kind="fee", base="duty", rate="500 XDC flat - 50 %", scope="declaration", act="Act 7")
    with pytest.raises(SettingsError, match=r"FEE \(Act 7\).*could cost another more"):
        asked(GENERAL, PACT, charges=(fee,))
    for base in ("value", "value + FOB"):
        assert asked(GENERAL, PACT, charges=(msgspec.structs.replace(fee, base="value"),)).total == 50, base
    with pytest.raises(SettingsError, match="default of FOB subtracts duty"):
        asked(GENERAL, PACT, defaults={"FOB": "value - duty"})


def test_which_charges_hang_on_duties_is_known() -> None:
    law = tariff(
        GENERAL,
        charges=(
            Charge(name="A", kind="excise", base="value", rate="1 %"),
            Charge(name="B", kind="fee", base="duties", rate="1 %"),
            Charge(name="C", kind="vat", base="A + B", rate="1 %"),
        ),
    )
    graph = graph_of(law.charges, columns_of(law))
    assert on_duties(graph) == {"B", "C"} and not may_cost_more(law, graph)


def test_a_part_never_rises_where_the_whole_falls() -> None:
    chance = random.Random(5)
    fallen = 0
    for _ in range(3000):
        weights = [Decimal(chance.randrange(0, 900)) / 100 for _ in range(chance.randrange(1, 7))]
        whole = Decimal(chance.randrange(1, 400)) / 100
        more, less = rising_parts(whole, weights), rising_parts(whole - Decimal("0.01"), weights)
        assert sum(more) == whole and all(one >= 0 for one in more)
        assert all(one >= other for one, other in zip(more, less, strict=True))
        total = sum(weights) or Decimal(1)
        if sum(weights):
            exact = [Fraction(whole) * Fraction(one) / Fraction(total) for one in weights]
            assert all(abs(Fraction(one) - other) < Fraction(1, 25) for one, other in zip(more, exact, strict=True))
        by_remainder = apportioned(whole, weights), apportioned(whole - Decimal("0.01"), weights)
        fallen += any(one < other for one, other in zip(*by_remainder, strict=True))
    assert fallen, "by largest remainder parts do rise where the whole falls"


def test_goods_of_which_only_words_decide_are_compared_too() -> None:
    calculator = Calculator(tariff(GENERAL, PACT), Rates("XDC"))
    assert not calculator.is_claim_compared(goods(preference="300"))
    assert calculator.is_claim_compared(goods(preference="300", cases=("fresh",)))
    assert not calculator.is_claim_compared(goods(cases=("fresh",)))
    assert LIVE in calculator.tariff.lines
