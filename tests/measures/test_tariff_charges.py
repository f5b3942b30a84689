# SPDX-License-Identifier: Apache-2.0
"""Charges as a graph: how they are written, what is refused, how each sum is explained."""

from __future__ import annotations

import random
from datetime import date
from decimal import Decimal
from typing import Any
from xml.etree import ElementTree as ET

import msgspec
import pytest

from cocket.errors import CocketError, SettingsError
from cocket.measures.tariff import (
    Batch,
    Calculator,
    Charge,
    Duties,
    Goods,
    Procedure,
    Rates,
    Relief,
    Rounding,
    check_tariff,
    graph_of,
    load_tariff,
    mermaid,
    national,
    picture_of,
    read_charges,
    read_tariff,
    svg,
    write_charges,
    write_tariff,
)
from cocket.measures.tariff.charges import Step
from cocket.measures.tariff.expression import read_expression, value_of, wording_of
from tests.measures.making import DAY, RATES, duties, each, goods, measure, percent, tariff


def charge(name: str, kind: Any, base: str = "", **fields: Any) -> Charge:
    return Charge(name=name, kind=kind, base=base, act=f"act on {name}", **fields)


def amounts(found: Duties) -> dict[str, str]:
    return {line.charge: str(line.amount) for line in found.lines}


@pytest.mark.parametrize(
    ("text", "comes_to"),
    [
        ("value", "100"),
        ("1.1 * value + BCD", "117"),
        ("110 % of value + BCD", "117"),
        ("11/12 * (value + BCD - freight)", "91.66666666666666666666666667"),
        ("max(value; 3 * BCD) * 2", "200"),
        ("min(value; 3 * BCD) + 1", "22"),
        ('2 * "Zoll 1" + quantity(KGM)', "13"),
        ("value / 4 - 5 %", "24.95"),
    ],
)
def test_a_base_is_read_as_it_is_written_and_can_be_written_again(text: str, comes_to: str) -> None:
    known = {"": 1, "value": 100, "BCD": 7, "freight": 7, "Zoll 1": 5, "quantity:KGM": 3}
    decimals = {name: Decimal(one) for name, one in known.items()}
    expression = read_expression(text)
    assert value_of(expression, decimals) == Decimal(comes_to)
    if "Zoll" not in text:
        assert value_of(read_expression(wording_of(expression)), decimals) == Decimal(comes_to)


@pytest.mark.parametrize(
    "text",
    ["", "value +", "value BCD", "value * BCD", "1 / value", "value / 0", "(" * 50 + "1", "a + " * 500 + "a", "ü§"],
)
def test_a_base_that_is_none_is_refused(text: str) -> None:
    with pytest.raises(SettingsError):
        read_expression(text)


@pytest.mark.parametrize(
    ("charges", "says"),
    [
        ((charge("A", "fee", "value + B"), charge("B", "fee", "A")), "A → B → A (A: act on A; B: act on B)"),
        ((charge("A", "vat", "value + A"),), "A → A"),
        ((charge("A", "vat", "value + vat"),), "A → A"),
        ((charge("A", "vat", "value", inclusive=True),), "its base does not contain it"),
        ((charge("A", "vat", "valeu"),), "neither a charge nor an amount"),
        ((charge("A", "vat", "fob"),), "is FOB meant?"),
        ((charge("A", "vat", "value - duty"),), "subtracts duty"),
        ((charge("A", "duty"), charge("B", "duty")), "only one can be of kind duty"),
        ((charge("A", "fee", "value", rate="five"),), "its rate cannot be read"),
        ((charge("A", "fee", "value", floor="x KES"),), "not an amount of money"),
        ((charge("A", "fee", "value"), charge("A", "vat", "value")), "different kinds"),
        ((charge("value", "fee", "value"),), "that of an amount"),
        ((charge("A", "vat", "max(value; A)", inclusive=True),), "must be a sum"),
        ((charge("A", "vat", "value + A", inclusive=True, scope="declaration"),), "on the declaration"),
    ],
)
def test_charges_that_are_not_in_order_are_refused_by_name(charges: tuple[Charge, ...], says: str) -> None:
    with pytest.raises(SettingsError) as refused:
        graph_of(charges)
    assert says in str(refused.value)
    assert refused.value.code == "charges-not-in-order"
    assert "charges-not-in-order" in {one.code for one in check_tariff(tariff(charges=charges))}


def test_a_charge_inside_its_own_base_is_solved_exactly() -> None:
    icms = charge("ICMS", "vat", "value + duty + ICMS", inclusive=True, rate="18 %")
    found = duties(measure("duty", percent("14")), charges=(icms,))
    assert amounts(found) == {"duty": "140.00", "ICMS": "250.24"}  # 1140 × 0.18 / 0.82
    assert found.lines[-1].base == "1390.243902 XDC"
    both = (
        charge("EXC", "excise", "value + duty + EXC + INT", inclusive=True, rate="30 %"),
        charge("INT", "excise", "EXC", inclusive=True, rate="10 %"),
    )
    thai = duties(measure("duty", percent("90")), charges=both)
    assert amounts(thai)["EXC"] == "850.75"  # 1900 × 0.3 / (1 − 1.1 × 0.3)


def test_rates_that_eat_up_their_base_or_fit_twice_have_no_answer() -> None:
    whole = charge("A", "vat", "value + A", inclusive=True, rate="100 %")
    found = duties(measure("duty", percent("0")), charges=(whole,))
    assert found.total is None
    assert {one.reason for part in found.not_computable for one in part.missing} == {"inside-itself"}
    twice = read_charges(
        b'name="x"\ncurrency="XDC"\nsource="s"\nas_of="2026"\n[[charges]]\nname="A"\nkind="vat"\nbase="value + A"\n'
        b'inclusive=true\nsteps=[{to=1000,rate="100 XDC flat"},{rate="300 XDC flat"}]\n'
    )
    two = duties(measure("duty", percent("0")), charges=twice.charges, value=Decimal(800))
    assert two.total is None
    assert "more than one amount fits" in two.not_computable[0].missing[0].what
    assert duties(measure("duty", percent("0")), charges=twice.charges, value=Decimal(100)).total == Decimal("100.00")


@pytest.mark.parametrize(
    ("base", "fields", "luxury"),
    [
        ("value - 2000", {}, "0.00"),
        ("value - 2000", {"floor": "15"}, "15.00"),
        ("value - 2000", {"scope": "declaration"}, "0.00"),
        ("value - FOB", {}, "0.00"),
        ("min(value; 5) - 2000", {}, "0.00"),
        ("value - 2000", {"round_base": Rounding(step=Decimal(1000), mode="down")}, "0.00"),
        ("value + LUX - 2000", {"inclusive": True}, "0.00"),
        ("value - 400", {}, "60.00"),
    ],
)
def test_a_base_below_nothing_counts_as_nothing_and_the_line_says_so(
    base: str, fields: dict[str, Any], luxury: str
) -> None:
    law = (
        charge("LUX", "excise", base, rate="10 %", **fields),
        charge("VAT", "vat", "value + duty + LUX", rate="20 %"),
    )
    calculator = Calculator(tariff(measure("duty", percent("10")), charges=law), RATES)
    asked = goods(amounts={"FOB": Decimal(3000)}, procedure="4000", currency="XDC")
    found = calculator.duties(asked, explain=True)
    line = next(one for one in found.lines if one.charge == "LUX")
    assert str(line.amount) == luxury
    is_less = base != "value - 400"
    assert ("comes to less than 0 and counts as 0" in " ".join(line.notes)) == is_less
    if is_less and line.how and fields.get("scope") != "declaration":
        assert "less than 0" in " ".join(line.how) or "round_base" in fields
    assert found.total == Decimal(100) + line.amount + (Decimal(1100) + line.amount) / 5
    plain = goods(procedure="4000")
    assert Batch(calculator).totals([plain]) == [calculator.duties(plain).total]


def test_charges_inside_each_other_are_solved_where_a_base_is_below_nothing() -> None:
    law = (
        charge("A", "excise", "value + B - 2000", inclusive=True, rate="50 %"),
        charge("B", "excise", "value + A", inclusive=True, rate="20 %"),
    )
    found = duties(measure("duty", percent("0")), charges=law)
    assert amounts(found) == {"duty": "0.00", "A": "0.00", "B": "200.00"}
    other = duties(measure("duty", percent("0")), charges=law, value=Decimal(1900))
    assert amounts(other) == {"duty": "0.00", "A": "155.56", "B": "411.11"}, "A = (B - 100) / 2, B = (1900 + A) / 5"


def test_what_the_law_puts_in_the_place_of_an_amount_is_not_below_nothing() -> None:
    law = (charge("LAND", "fee", "value + carriage", rate="10 %"),)
    book = tariff(
        measure("duty", percent("0")), charges=law, amounts=("carriage",), defaults={"carriage": "50 - value"}
    )
    found = Calculator(book, RATES).duties(goods())
    assert found.total == Decimal(100)
    says = "carriage is not stated: 50 - value, which comes to less than 0 and counts as 0"
    assert says in {one.says for one in found.assumed}


def test_floors_caps_steps_and_roundings_do_what_they_say() -> None:
    fees = (
        charge("MIN", "fee", "value", rate="2 %", floor="50"),
        charge("MAX", "fee", "value", rate="2 %", cap="0.009 EUR"),
        charge("STEP", "fee", "value", steps=({"to": 500, "rate": "1 XDC flat"}, {"rate": "1 XDC flat + 1 % of excess"})),
        charge("ROUND", "fee", "1.0006 * value", rate="10 %", round_base={"step": "1"}, round={"step": "5", "mode": "down"}),
    )  # fmt: skip
    charges = msgspec.convert([msgspec.to_builtins(one) for one in fees], tuple[Charge, ...], strict=False)
    found = duties(measure("duty", percent("0")), charges=charges)
    assert amounts(found) == {"duty": "0.00", "MIN": "50.00", "MAX": "0.01", "STEP": "6.00", "ROUND": "100"}


def test_persons_transport_and_uses_decide_and_are_missing_where_they_are_not_told() -> None:
    taxes = (
        charge("IT", "withholding", "value", rate="5 %", persons=("filer",)),
        charge("IT", "withholding", "value", rate="10 %", except_persons=("filer",)),
        charge("HMF", "fee", "value", rate="1 %", transport=("sea",)),
    )
    base: dict[str, Any] = {"charges": taxes}
    duty = measure("duty", percent("0"))
    assert duties(duty, **base, persons=("Filer",), transport="air").total == Decimal("50.00")
    assert duties(duty, **base, persons=(), transport="sea").total == Decimal("110.00")
    unknown = duties(duty, **base)
    assert unknown.total is None
    assert {one.reason for part in unknown.not_computable for one in part.missing} == {"person", "transport"}


def test_every_line_says_how_it_came_about() -> None:
    law = (charge("SWS", "additional", "duty", rate="10 %"), charge("IGST", "vat", "value + duty + SWS", rate="18 %"))
    calculator = Calculator(tariff(measure("duty", percent("10")), charges=law), RATES)
    found = calculator.duties(goods(), explain=True)
    how = found.lines[-1].how
    assert how == ("base = value + duty + SWS = 1000 + 100 + 10 = 1110", "18 % on 1110 XDC = 199.8")
    assert all(line.how for line in found.lines)
    assert calculator.duties(goods()).lines[-1].how == ()


def test_a_strict_answer_has_no_sum_where_anything_was_assumed() -> None:
    found = duties(measure("duty", percent("10")))
    assert {one.code for one in found.assumed} == {"procedure-not-stated", "currency-not-stated"}
    assert (found.total, found.strict().total) == (Decimal("100.00"), None)
    assert (found.strict().at_least, found.strict().at_most) == (None, None), "bounds rest on what was assumed too"
    certain = duties(measure("duty", percent("10")), procedure="4000", currency="XDC")
    assert certain.assumed == ()
    assert certain.strict().total == Decimal("100.00")
    assert {one.by for one in certain.decided_by} == {"code", "day", "procedure"}


def procedure(code: str, **asked: Any) -> Duties:
    return duties(
        measure("duty", percent("10")), measure("vat", percent("20")), measure("fee", each("1", "KGM")),
        quantities={"KGM": 5}, procedure=code, **asked,
    )  # fmt: skip


def test_procedures_do_what_their_table_says() -> None:
    facts = {"months": Decimal("4.2")}
    assert str(procedure("5300", facts=facts).total) == "223.00"  # 15 % of 100, VAT on 1015, the fee
    assert (procedure("5300").total, procedure("5300").suspended) == (Decimal("5.00"), Decimal("320.00"))
    assert str(procedure("5300", facts={"months": Decimal(40)}).lines[0].amount) == "100.00"
    assert procedure("6121").total is None, "the cost of processing is not stated"
    assert str(procedure("6121", amounts={"processing_cost": Decimal(300)}).total) == "101.00"
    returned = procedure("6123")
    assert returned.total == Decimal("5.00")
    assert "procedure-assumes" in {one.code for one in returned.assumed}
    carnet = procedure("ATA")
    assert (carnet.total, carnet.suspended, carnet.security) == (0, Decimal("325.00"), Decimal("357.50"))
    assert str(procedure("DRAWBACK").repaid) == "100.00"
    own = (Procedure(code="77", says="ours", duties="repaid", repaid=Decimal(99)),)
    assert str(procedure("7700", procedures=own).repaid) == "99.00"


def test_relief_for_low_value_takes_off_what_it_names() -> None:
    relief = (Relief(up_to=Decimal(150), currency="EUR", kinds=("duty",), act="Art. 23"),)
    both = measure("duty", percent("10")), measure("vat", percent("20"))
    low = duties(*both, reliefs=relief, value=Decimal("135"))
    assert [(line.effect, str(line.amount)) for line in low.lines] == [("not-due", "13.50"), ("due", "27.00")]
    assert "line-is-the-consignment" in {one.code for one in low.assumed}
    assert duties(*both, reliefs=relief, value=Decimal("135.01")).lines[0].effect == "due"


@pytest.mark.parametrize(
    ("values", "effects", "assumed"),
    [
        (("100", "100"), "due", set()),
        (("75", "75"), "not-due", {"declaration-is-the-consignment"}),
        (("75", "75.01"), "due", set()),
        (("75", None), "due", {"relief-not-looked-at"}),
        (("150",), "not-due", {"line-is-the-consignment"}),
    ],
)
def test_relief_for_low_value_looks_at_all_that_is_declared_together(
    values: tuple[str | None, ...], effects: str, assumed: set[str]
) -> None:
    relief = (Relief(up_to=Decimal(150), kinds=("duty",), act="Art. 23", except_codes=("2402",)),)
    calculator = Calculator(tariff(measure("duty", percent("10")), reliefs=relief), RATES)
    asked = [goods(value=one and Decimal(one), procedure="4000", currency="XDC" if one else None) for one in values]
    answers = calculator.declaration(asked)
    assert {line.effect for one in answers for line in one.lines} == {effects}
    assert [{part.code for part in one.assumed} for one in answers] == [assumed] * len(values)
    other = goods(code="2402", value=Decimal(100))
    assert calculator.declaration([goods(value=Decimal(100)), other])[0].lines[0].effect == "due", (
        "goods without relief are in the consignment too"
    )


def test_a_charge_of_the_declaration_is_spread_to_the_cent_and_the_lines_add_up() -> None:
    law = (charge("MPF", "fee", "value", rate="0.3464 %", floor="32.71", cap="634.62", scope="declaration"),)
    calculator = Calculator(tariff(measure("duty", percent("0")), charges=law), RATES)
    chance = random.Random(5)
    for _ in range(200):
        items = [goods(value=Decimal(chance.randrange(0, 10**7)) / 100) for _ in range(chance.randrange(1, 9))]
        whole = sum((one.value for one in items if one.value is not None), Decimal())
        expected = min(max((whole * Decimal("0.003464")), Decimal("32.71")), Decimal("634.62")).quantize(
            Decimal("0.01"), "ROUND_HALF_UP"
        )
        assert sum(one.total or 0 for one in calculator.declaration(items)) == expected


@pytest.mark.parametrize("scope", ["line", "declaration"])
def test_a_low_amount_is_waived_on_a_line_and_on_a_declaration_alike(scope: Any) -> None:
    law = (charge("FEE", "fee", "value", rate="15 %", waived_below="30 XDC", scope=scope),)
    calculator = Calculator(tariff(measure("duty", percent("0")), charges=law), RATES)

    def fees(*values: str) -> list[Decimal]:
        answers = calculator.declaration([goods(value=Decimal(one)) for one in values])
        return [Decimal(amounts(one)["FEE"]) for one in answers]

    assert [fees(one) for one in ("20", "199.9", "200")] == [[0], [0], [30]]
    low = calculator.duties(goods(value=Decimal(20)))
    assert "waived below 30" in low.lines[-1].notes
    assert low.total == 0
    assert fees("100", "99.93") == [0, 0]
    assert sum(fees("100", "100")) == (0 if scope == "line" else 30)


def test_a_rate_for_a_quantity_of_the_declaration_is_on_the_quantities_of_all_lines() -> None:
    law = (charge("HANDLING", "fee", "value", rate="2 XDC/kg", scope="declaration"),)
    calculator = Calculator(tariff(measure("duty", percent("0")), charges=law), RATES)
    light, heavy = goods(quantities={"KGM": 10}), goods(quantities={"TNE": 3})
    for items in ((light, heavy), (heavy, light)):
        assert sum(one.total or 0 for one in calculator.declaration(items)) == 2 * 3010
    (first, second) = calculator.declaration((light, goods()))
    assert first.total is second.total is None
    assert {one.reason for one in second.not_computable[0].missing} == {"quantity"}


def test_lines_with_different_rates_of_one_charge_of_the_declaration_have_no_sum() -> None:
    law = (charge("FEE", "fee", "value", scope="declaration"),)
    other = measure("fee", percent("3"), "FEE", code="01022990")
    both = measure("duty", percent("0")), measure("duty", percent("0"), code="01022990")
    calculator = Calculator(tariff(*both, measure("fee", percent("2"), "FEE"), other, charges=law), RATES)
    answers = calculator.declaration((goods(), goods(code="01022990")))
    assert [one.total for one in answers] == [None, None]
    assert answers[0].not_computable[0].missing[0].reason == "rates-overlap"
    assert [one.total for one in calculator.declaration((goods(), goods()))] == [Decimal(20), Decimal(20)]


def test_a_batch_of_a_graph_comes_to_what_each_item_comes_to() -> None:
    chance = random.Random(9)
    for country in ("br", "in", "ng", "th", "za", "ph"):
        law = national(country)
        names = {
            "br": ("II", "IPI", "ICMS"),
            "in": ("BCD", "IGST"),
            "ng": ("ID",),
            "th": ("ID", "EXCISE"),
            "za": ("DUTY",),
            "ph": ("CUD",),
        }
        kinds = {one.name: one.kind for one in law.charges}
        own = [measure(kinds[name], percent(str(chance.randrange(1, 30))), name) for name in names[country]]
        book = tariff(*own, charges=law.charges, amounts=law.amounts, defaults=law.defaults, basis=law.basis)
        calculator = Calculator(book, Rates("XDC", [(law.currency, DAY, Decimal(1))]))
        items = [
            goods(
                value=Decimal(chance.randrange(0, 10**8)) / 100,
                amounts=extra,
                transport=by,
                origin="CN",
                procedure=code,
            )
            for extra in ({}, {"FOB": Decimal(7), "sea_freight": Decimal(3)})
            for by in ("sea", "air", None)
            for code in ("4000", "7100", None)
        ]
        assert Batch(calculator).totals(items) == [calculator.duties(one).total for one in items]


def test_a_graph_is_shown_as_text_and_as_a_drawing() -> None:
    for country in ("br", "th", "ph"):
        graph = graph_of(national(country).charges, (), national(country).amounts)
        text = mermaid(graph)
        assert text.startswith("flowchart LR\n")
        assert all(f'"{node.name}: {node.kind}' in text for node in graph.nodes())
        root = ET.fromstring(svg(picture_of(graph)))
        boxes = root.findall("{http://www.w3.org/2000/svg}g")
        assert len(boxes) == text.count('["')
        for box in boxes:
            whole, *shown = ("".join(one.itertext()) for one in box if one.tag.endswith(("title", "text")))
            assert all(one in whole or (one.endswith("…") and one[:-1] in whole) for one in shown), (
                "nothing is cut silently"
            )
    hostile = graph_of((charge('<b>"&', "fee", "value"),))
    ET.fromstring(svg(picture_of(hostile)))


def test_charges_survive_the_file_of_a_tariff() -> None:
    book = tariff(
        measure("duty", percent("10")), charges=national("za").charges, basis="FOB", defaults={"freight": "0"}
    )
    assert read_tariff(write_tariff(book)) == book


TABLE = b"Code,MFN,Excise,VAT\n0101,20,10,15\n"
MAPPING = """
name = "xa"
currency = "XDC"
code = "Code"
[[rates]]
column = "MFN"
kind = "duty"
[[rates]]
column = "Excise"
kind = "excise"
base = "value"
[[rates]]
column = "VAT"
kind = "vat"
base = "value + duties + excise + fees"
[[charges]]
name = "PORT"
kind = "fee"
base = "value"
rate = "1 %"
act = "Ports Act"
"""


def test_a_table_says_with_its_columns_what_they_are_taken_on() -> None:
    loaded = load_tariff([("a.csv", TABLE)], MAPPING.encode())
    found = Calculator(loaded.tariff).duties(
        Goods(code="0101", day=DAY, value=Decimal(1000), currency="XDC", procedure="4000")
    )
    assert amounts(found) == {"duty": "200.00", "Excise": "100.00", "PORT": "10.00", "VAT": "196.50"}
    assert found.assumed == ()
    turned = MAPPING.replace('base = "value"\nrate', 'base = "VAT"\nrate')
    with pytest.raises(SettingsError, match="VAT"):
        load_tariff([("a.csv", TABLE)], turned.encode())


@pytest.mark.parametrize("as_table", [False, True])
def test_a_mutated_file_of_charges_is_read_or_refused_and_nothing_else(as_table: bool) -> None:
    chance = random.Random(17)
    content = (b'name="x"\ncurrency="XDC"\nsource="s"\nas_of="2026"\n[[charges]]\nname="ICMS"\nkind="vat"\n'
        b'base="1.1 * value + duty + ICMS"\ninclusive=true\nrate="18 % MIN 3 XDC/kg"\nfloor="5 XDC"\n'
        b'[[charges]]\nname="FEE"\nkind="fee"\nbase="value"\n'
        b'steps=[{to=10,rate="1 XDC flat"},{rate="2 % of excess"}]\nround={step="1",mode="down"}\n')  # fmt: skip
    content = write_charges(read_charges(content), as_table=True) if as_table else content
    outcomes = set()
    for _ in range(2_000):
        wrong = bytearray(content)
        for _ in range(chance.randrange(1, 4)):
            wrong[chance.randrange(len(wrong))] = chance.randrange(256)
        try:
            law = read_charges(bytes(wrong))
            Calculator(tariff(measure("duty", percent("1")), charges=law.charges, amounts=law.amounts)).duties(goods())
            outcomes.add("read")
        except CocketError:
            outcomes.add("refused")
    assert outcomes == {"read", "refused"}


def test_freight_and_insurance_above_the_cif_value_are_a_finding_and_no_fee_is_below_nothing() -> None:
    law = (charge("CISS", "fee", "FOB", rate="1 %"),)
    calculator = Calculator(tariff(measure("duty", percent("0")), charges=law, basis="CIF"), RATES)
    carriage = {"freight": Decimal(900), "insurance": Decimal(200)}
    asked = goods(value=Decimal(1000), amounts=carriage, procedure="4000")
    answer = calculator.duties(asked)
    assert (answer.total, [one.code for one in answer.findings]) == (None, ["amounts-contradict"])
    assert Batch(calculator).totals([asked]) == [None]
    fitting = msgspec.structs.replace(asked, amounts={**carriage, "insurance": Decimal(100)})
    assert calculator.duties(fitting).total == 0 == Batch(calculator).totals([fitting])[0]


@pytest.mark.parametrize(
    ("days", "day", "is_known"),
    [
        ({"valid_from": date(2020, 1, 1)}, date(2019, 12, 31), False),
        ({"valid_from": date(2020, 1, 1), "begins": True}, date(2019, 12, 31), True),
        ({"valid_to": date(2020, 1, 1)}, date(2020, 1, 2), False),
        ({"valid_to": date(2020, 1, 1), "ends": True}, date(2020, 1, 2), True),
        ({"valid_from": date(2020, 1, 1), "begins": True, "valid_to": date(2021, 1, 1)}, date(2021, 1, 2), False),
        ({"valid_to": date(2020, 1, 1), "codes": ("99",)}, date(2020, 1, 2), True),
    ],
)
def test_a_charge_outside_its_days_is_unknown_unless_the_law_says_there_is_none(
    days: dict[str, Any], day: date, is_known: bool
) -> None:
    levy = charge("LEVY", "fee", "value", rate="1 %", **days)
    book = tariff(measure("duty", percent(10)), charges=(levy,))
    found = Calculator(book).duties(msgspec.structs.replace(goods(), day=day))
    assert (found.total is not None) is is_known
    reasons = {one.reason for part in found.not_computable for one in part.missing}
    assert reasons == (set() if is_known else {"charge-not-in-force"})


def test_an_end_without_its_day_is_refused() -> None:
    with pytest.raises(SettingsError, match="ends needs valid_to"):
        graph_of((charge("LEVY", "fee", "value", rate="1 %", ends=True),))


@pytest.mark.parametrize(
    ("limits", "rate", "least", "most"),
    [
        ({"floor": "100 USD"}, "1 %", "110.00", None),
        ({"cap": "100 USD"}, "1 %", "100.00", "110.00"),
        ({"waived_below": "100 USD"}, "1 %", "100.00", "110.00"),
        ({"floor": "100 USD"}, "free", "100.00", None),
        ({"floor": "50 XDC", "cap": "100 USD"}, "1 %", "100.00", "150.00"),
        ({"floor": "100 USD", "cap": "70 XDC"}, "1 %", "110.00", "170.00"),
        ({"floor": "50 XDC"}, "0.5 USD / kg", "150.00", None),
        ({"cap": "50 XDC"}, "0.5 USD / kg", "100.00", "150.00"),
        ({"floor": "100 USD", "scope": "declaration"}, "1 %", "100.00", None),
        ({"cap": "100 USD", "scope": "declaration"}, "1 %", "100.00", None),
    ],
)
def test_limits_that_are_not_known_bound_nothing(
    limits: dict[str, Any], rate: str, least: str, most: str | None
) -> None:
    fee = charge("FEE", "fee", "value", rate=rate, **limits)
    found = duties(measure("duty", percent(10)), charges=(fee,), quantities={"KGM": "10"})
    assert found.total is None
    assert (str(found.at_least), None if found.at_most is None else str(found.at_most)) == (least, most)


def test_a_base_that_names_a_charge_of_which_nothing_is_known_is_open() -> None:
    levy = charge("LEVY", "fee", "value", rate="1 %", persons=("registered",))
    vat = charge("VAT", "vat", "value + duty + LEVY", rate="20 %")
    found = duties(measure("duty", percent(10)), charges=(levy, vat))
    assert amounts(found) == {"duty": "100.00"}
    assert (found.total, str(found.at_least), found.at_most) == (None, "320.00", None)


@pytest.mark.parametrize(
    ("mode", "total", "finding"),
    [
        ("1", "101.25", None),
        ("Sea", "101.25", None),
        ("4", "100.00", None),
        ("8", "100.00", None),
        ("ocean", None, "ocean"),
        ("rocket", None, "rocket"),
        ("6", None, "6"),
        ("0", None, "0"),
    ],
)
def test_a_mode_of_transport_is_understood_or_not_known(mode: str, total: str | None, finding: str | None) -> None:
    harbour = charge("HMF", "fee", "value", rate="0.125 %", transport=("sea",))
    found = duties(measure("duty", percent(10)), charges=(harbour,), transport=mode)
    assert (None if found.total is None else str(found.total)) == total
    named = [one.found for one in found.findings if one.code == "transport-not-understood"]
    assert named == ([] if finding is None else [finding])


@pytest.mark.parametrize(
    ("persons", "total"),
    [(("API",), "100.00"), (("other",), "110.00"), ((), "110.00"), (("Api importer",), None), (("API", "x"), "100.00")],
)
def test_a_person_whom_no_charge_knows_is_not_another(persons: tuple[str, ...], total: str | None) -> None:
    levy = charge("LEVY", "fee", "value", rate="1 %", except_persons=("API",))
    found = duties(measure("duty", percent(10)), charges=(levy,), persons=persons)
    assert (None if found.total is None else str(found.total)) == total
    unknown = [one for one in persons if one not in ("API", "other")]
    assert [one.found for one in found.findings if one.code == "person-not-understood"] == unknown


@pytest.mark.parametrize(("origin", "total"), [("XB", "110.00"), ("CZE", "100.00"), ("203", "100.00"), ("Q1", None)])
def test_an_origin_is_a_country_of_a_list_or_not_known(origin: str, total: str | None) -> None:
    levy = charge("LEVY", "fee", "value", rate="1 %", origins=("AFAR",))
    found = duties(measure("duty", percent(10)), charges=(levy,), origin=origin)
    assert (None if found.total is None else str(found.total)) == total
    assert [one.found for one in found.findings] == ([] if total else [origin])


def test_an_area_of_which_no_country_is_known_decides_nothing_silently() -> None:
    levy = charge("LEVY", "fee", "value", rate="1 %", origins=("NOWHERE",))
    remedy = measure("anti-dumping", percent(50), area="ELSEWHERE")
    found = duties(measure("duty", percent(10)), remedy, charges=(levy,), origin="XB")
    assert found.total is None
    assert {(one.reason, one.what) for part in found.not_computable for one in part.missing} == {
        ("area", "LEVY"),
        ("area", "ELSEWHERE"),
    }
    codes = [one.code for one in check_tariff(tariff(measure("duty", percent(10)), charges=(levy,)))]
    assert "area-unknown" in codes


@pytest.mark.parametrize("code", ["4000", "5100", "7100", "REFUND", "DRAWBACK", "5300"])
@pytest.mark.parametrize("value", ["100", "1000"])
def test_no_more_is_repaid_or_secured_than_a_release_costs(code: str, value: str) -> None:
    book = {
        "charges": (
            charge("SALES", "vat", "value + duty", rate="10 %", procedures=("4",)),
            charge("SALES", "vat", "value + duty", rate="30 %"),
            charge("TAX", "excise", "value", rate="5 %", except_procedures=("4",)),
        ),
        "reliefs": (Relief(up_to=Decimal(150), kinds=("duty", "vat"), act="relief"),),
    }
    release = duties(measure("duty", percent(10)), value=Decimal(value), procedure="4000", **book)
    found = duties(measure("duty", percent(10)), value=Decimal(value), procedure=code, **book)
    assert release.total == (Decimal() if value == "100" else Decimal("210.00"))
    assert found.repaid is not None and found.security is not None
    assert found.repaid <= release.total
    assert found.security == (release.total if code in ("5100", "7100", "5300") else 0)


def test_what_is_paid_to_a_broker_is_in_the_base_and_in_no_sum() -> None:
    broker = charge("BROKER", "fee", "value", rate="50 XDC flat", is_private=True)
    vat = charge("VAT", "vat", "value + duty + BROKER", rate="20 %")
    book = tariff(measure("duty", percent(10)), charges=(broker, vat))
    for code, total, suspended in (("4000", "330.00", "0"), ("7100", "0", "330.00")):
        asked = goods(procedure=code)
        found = Calculator(book).duties(asked)
        assert [line.effect for line in found.lines if line.charge == "BROKER"] == ["private"]
        assert (str(found.total), str(found.suspended)) == (total, suspended)
        assert Batch(Calculator(book)).totals([asked]) == [found.total]
    unknown = charge("BROKER", "fee", "value", rate="50 XDC flat", is_private=True, persons=("trader",))
    assert Calculator(tariff(measure("duty", percent(10)), charges=(unknown, vat))).duties(goods()).total is None


def test_what_is_taken_for_granted_of_charges_and_claims_is_listed() -> None:
    levy = charge("LEVY", "fee", "value", rate="1 %", assumes="the entry is formal")
    tax = charge("TAX", "withholding", "value", rate="2 %")
    duty, pact = measure("duty", percent(10)), measure("preference", percent(5), "PACT", area="XB")
    asked = {"charges": (levy, tax), "procedure": "5300", "origin": "XB", "preference": "300"}
    found = duties(duty, pact, **asked)
    codes = {one.code for one in found.assumed}
    assert {"charge-assumes", "withholding-taken", "months-not-stated", "taken-as-claimed"} <= codes
    assert found.strict().total is None
    told = duties(duty, pact, **asked | {"facts": {"months": Decimal(2)}, "documents": ("N954",)})
    assert not {"months-not-stated", "taken-as-claimed"} & {one.code for one in told.assumed}


def test_every_rate_of_exchange_that_decided_is_named() -> None:
    def named(*measures: Any, **asked: Any) -> list[str]:
        return [one.found for one in duties(*measures, **asked).decided_by if one.by == "exchange-rate"]

    euro = ["1 EUR = 0.9 XDC, from 2026-01-01"]
    limited = charge("FEE", "fee", "value", rate="1 %", floor="5 EUR")
    whole = charge("FEE", "fee", "value", rate="3 EUR flat", scope="declaration")
    relief = Relief(up_to=Decimal(150), currency="EUR", kinds=("duty",), act="Art. 23")
    assert named(measure("duty", each("2", "KGM", "EUR")), quantities={"KGM": "3"}) == euro
    assert named(measure("duty", percent(1)), charges=(limited,)) == euro
    assert named(measure("duty", percent(1)), charges=(whole,)) == euro
    assert named(measure("duty", percent(1)), reliefs=(relief,)) == euro
    assert named(measure("duty", percent(1)), retail_price=Decimal(9), retail_price_currency="EUR") == euro
    assert named(measure("duty", percent(1))) == []


@pytest.mark.parametrize(
    ("fields", "code"),
    [
        ({"rate": "1 %", "steps": (Step(rate="1 XDC flat"),)}, "rate-and-steps"),
        ({"steps": (Step(rate="1 XDC flat", to=Decimal(9)),)}, "steps-end"),
        ({"steps": (Step(rate="9 XDC flat", to=Decimal(9)), Step(rate="1 XDC flat"))}, "steps-fall"),
        ({"steps": (Step(rate="10 %", to=Decimal(90)), Step(rate="8 XDC flat + 1 % of excess"))}, "steps-fall"),
        ({"rate": "1 %", "floor": "9", "cap": "8"}, "minimum-above-maximum"),
        ({"rate": "1 %", "floor": "9 QQQ"}, "currency-unknown"),
        ({"rate": "1 QQQ flat"}, "currency-unknown"),
    ],
)
def test_a_check_finds_what_a_charge_cannot_mean(fields: dict[str, Any], code: str) -> None:
    law = tariff(measure("duty", percent(10)), charges=(charge("FEE", "fee", "value", **fields),))
    assert code in [one.code for one in check_tariff(law)]
    if any(one.severity == "error" for one in check_tariff(law)):
        with pytest.raises(SettingsError, match="FEE"):
            Calculator(law)
    else:
        Calculator(law)


def test_a_tariff_whose_charges_cannot_be_right_is_refused_with_all_that_is_wrong() -> None:
    fee = charge("FEE", "fee", "value", rate="1 %", floor="9", cap="8")
    tax = charge("TAX", "fee", "value", rate="1 %", steps=(Step(rate="1 XDC flat"),))
    with pytest.raises(SettingsError, match=r"FEE stands twice.*floor is above its cap.*TAX has a rate and steps"):
        Calculator(tariff(measure("duty", percent(10)), charges=(fee, fee, tax)))


def test_names_that_differ_in_capitals_only_are_refused() -> None:
    law = tariff(measure("excise", percent(15), "Excise"), charges=(charge("EXCISE", "excise", "value", rate="1 %"),))
    with pytest.raises(SettingsError, match="in capitals"):
        Calculator(law)


def test_a_check_finds_a_charge_that_stands_twice_and_nothing_in_a_sound_one() -> None:
    fee = charge("FEE", "fee", "value", steps=(Step(rate="1 XDC flat", to=Decimal(9)), Step(rate="2 XDC flat")))
    duty = measure("duty", percent(10))
    assert [one.code for one in check_tariff(tariff(duty, charges=(fee,)))] == []
    assert [one.code for one in check_tariff(tariff(duty, charges=(fee, fee)))] == ["charge-twice"]
    by_sea, by_air = (msgspec.structs.replace(fee, transport=modes) for modes in (("sea", "rail"), ("air",)))
    other_way = msgspec.structs.replace(by_sea, transport=("rail", "sea"), rate="9 %", steps=())
    assert [one.code for one in check_tariff(tariff(duty, charges=(by_sea, by_air, fee)))] == []
    assert [one.code for one in check_tariff(tariff(duty, charges=(by_sea, by_air, other_way)))] == ["charge-twice"]


def test_a_base_may_name_the_only_column_of_duties_and_means_the_lowest_lawful_duty() -> None:
    basic, pact = measure("duty", percent("10"), "BCD"), measure("preference", percent("4"), "PACT", area="AFAR")
    charges = (Charge(name="SWS", kind="fee", base="BCD", rate="10 %"),)
    bare = Calculator(tariff(basic, pact, charges=charges))
    assert [(one.charge, one.amount) for one in bare.duties(goods()).lines] == [("BCD", 100), ("SWS", 10)]
    claimed = bare.duties(goods(origin="XB", preference="300"))
    assert [(one.charge, one.amount) for one in claimed.lines] == [("BCD", 40), ("SWS", 4)]
    with pytest.raises(SettingsError, match="write duty for a column of duties"):
        Calculator(tariff(basic, measure("duty", percent("8"), "WTO"), charges=charges))


def test_a_fee_that_is_due_at_once_counts_in_suspended_charges_as_at_a_release() -> None:
    fee = charge("FEE", "fee", "duty + freight", rate="1 %")
    tax = charge("VAT", "vat", "value + duty + FEE", rate="15 %")
    asked = {"procedure": "7100", "amounts": {"freight": Decimal(50)}}
    found = duties(measure("duty", percent(50)), charges=(fee, tax), **asked)
    assert [(line.charge, str(line.amount), line.effect) for line in found.lines] == [
        ("duty", "500.00", "suspended"),
        ("FEE", "0.50", "due"),
        ("VAT", "225.83", "suspended"),
    ]
    assert (found.total, found.suspended, found.security) == (Decimal("0.50"), Decimal("725.83"), Decimal("730.83"))
    home = duties(measure("duty", percent(50)), charges=(fee, tax), **{**asked, "procedure": "4000"})
    assert [str(line.amount) for line in home.lines] == ["500.00", "5.50", "225.83"]


def test_a_charge_of_the_declaration_says_by_what_it_is_spread_and_what_its_rate_alone_comes_to() -> None:
    fee = charge("FEE", "fee", "freight", rate="1 %", floor="100", scope="declaration")
    calculator = Calculator(tariff(measure("duty", percent(0)), charges=(fee,)), RATES)
    items = [goods(amounts={"freight": Decimal(one)}) for one in (30, 10)]
    lines = [answer.lines[-1] for answer in calculator.declaration(items, explain=True)]
    assert [str(line.amount) for line in lines] == ["75.00", "25.00"]
    assert lines[0].how[0].endswith("= 0.4")
    assert lines[0].how[1:] == ("at least 100", "100 for the declaration, by the base of each line")


def test_a_quantity_of_an_unknown_unit_and_a_rate_of_the_own_currency_are_said() -> None:
    answer = duties(measure("duty", percent(10)), quantities={"ZZZ": 1})
    assert (answer.total, [one.code for one in answer.findings]) == (100, ["unit-not-understood"])
    found = Rates("XDC", [("XDC", DAY, Decimal(2))]).findings
    assert [(one.code, one.severity) for one in found] == [("exchange-rate-of-own", "warning")]


def test_a_charge_inside_its_own_base_says_that_its_floor_is_what_it_comes_to() -> None:
    tax = charge("TAX", "vat", "value + TAX", rate="1 %", inclusive=True, floor="100")
    law = tariff(measure("duty", percent(0)), charges=(tax,))
    (line,) = Calculator(law, RATES).duties(goods(), explain=True).lines[1:]
    assert (str(line.amount), line.how[-3:]) == (
        "100.00",
        ("1 % on 1100 XDC = 11", "at least 100", "to 0.01, halves up = 100.00"),
    )
    assert "at least 100" in line.notes


@pytest.mark.parametrize(("one", "other"), [
    ("A", "A "), ("A B", "A  B"), ("A B", "A\u00a0B"), ("AB", "A B"), ("\u00e9", "e\u0301"), ("\uff21", "A"), ("Maß", "MASS"),
])  # fmt: skip
def test_names_that_look_alike_are_refused(one: str, other: str) -> None:
    charges = tuple(Charge(name=name, kind="fee", rate="5 %") for name in (one, other))
    with pytest.raises(SettingsError, match="form of letters only"):
        Calculator(tariff(charges=charges))


@pytest.mark.parametrize("name", ["Value", "VALUE", "va lue", "fob", "Freight", "retail_Price", "Before", "Story"])
def test_a_charge_that_looks_like_an_amount_is_refused(name: str) -> None:
    with pytest.raises(SettingsError, match="form of letters only"):
        Calculator(tariff(charges=(Charge(name=name, kind="fee", rate="5 %"),), amounts=("story",)))


@pytest.mark.parametrize("fields", [
    {"steps": (Step(to=Decimal(-5), rate="1 %"), Step(rate="2 %"))},
    {"steps": (Step(to=Decimal("NaN"), rate="1 %"), Step(rate="2 %"))},
    {"rate": "1 %", "round": Rounding(step=Decimal(1), mode="up", is_down=True)},
    {"rate": "1 %", "round_base": Rounding(step=Decimal(1), least=Decimal(-4))},
    {"rate": "1 %", "round_total": Rounding(step=Decimal(1), least=Decimal("NaN"))},
])  # fmt: skip
def test_steps_and_roundings_that_cannot_be_are_refused(fields: Any) -> None:
    with pytest.raises(SettingsError, match="The charge Levy is not valid"):
        Calculator(tariff(charges=(Charge(name="Levy", kind="fee", **fields),)))


@pytest.mark.parametrize(("floor", "cap", "is_crossed"), [
    ("100 EUR", "50 XDC", True), ("100 XDC", "50 EUR", True), ("100 XDC", "112 EUR", False), ("10 EUR", "9 XDC", False),
])  # fmt: skip
@pytest.mark.parametrize("scope", ["line", "declaration"])
def test_a_floor_above_its_cap_at_the_rate_of_the_day_is_not_computed(
    floor: str, cap: str, is_crossed: bool, scope: Any
) -> None:
    levy = Charge(name="Levy", kind="fee", rate="5 %", floor=floor, cap=cap, scope=scope)
    found = Calculator(tariff(measure("duty", percent("10")), charges=(levy,)), RATES).duties(goods())
    reasons = [one.reason for part in found.not_computable for one in part.missing]
    assert reasons == (["minimum-above-maximum"] if is_crossed else [])
    assert (found.total is None) is is_crossed
    assert (found.at_least, found.at_most) == (100, None) or not is_crossed


@pytest.mark.parametrize("base", ["10-15", "2026-01-01", "100", "max(1; 2)"])
def test_a_base_that_is_a_number_is_refused(base: str) -> None:
    with pytest.raises(SettingsError, match="is a number, and not an amount"):
        Calculator(tariff(charges=(Charge(name="Levy", kind="fee", base=base, rate="5 %"),)))
