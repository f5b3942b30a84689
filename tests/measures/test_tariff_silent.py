# SPDX-License-Identifier: Apache-2.0
"""Numbers that must never be said silently: procedures, uses, codes, units and currencies that decide a sum."""

from __future__ import annotations

import random
from datetime import date
from decimal import Decimal
from typing import Any

import msgspec
import pytest

from cocket.errors import CocketError, SenderError, SettingsError, UnreadableError
from cocket.measures.permits import items_of, match, read_matrix, read_permits
from cocket.measures.tariff import (
    USUAL,
    Batch,
    Calculator,
    Charge,
    Duties,
    Goods,
    Kind,
    Rates,
    Rounding,
    check_tariff,
    goods_of,
    load_tariff,
    read_declaration,
    read_question,
    read_rate,
    read_rates,
    read_tariff,
)
from cocket.measures.tariff.files import write_tariff
from cocket.measures.tariff.formula import Difference, Formula, Larger, NotUnderstood, Smaller, Sum
from cocket.measures.tariff.national import read_charges
from cocket.measures.tariff.notation import NotationError
from cocket.measures.tariff.procedures import Relief, effect, procedure_of
from cocket.measures.tariff.table import load_table, read_mapping
from cocket.model import (
    AdditionalDocument,
    Amount,
    Classification,
    Commodity,
    Declaration,
    GoodsShipment,
    GovernmentAgencyGoodsItem,
)
from tests.measures.making import DAY, RATES, duties, each, goods, measure, percent, tariff


def missing(found: Duties) -> set[str]:
    return {one.reason for part in found.not_computable for one in part.missing}


def codes(found: Duties) -> list[str]:
    return [one.code for one in found.findings]


def test_an_answer_hangs_on_its_question_and_not_on_the_one_before() -> None:
    told: dict[str, tuple[Any, ...]] = {
        "value": (Decimal(1000), None), "currency": (None, "EUR", "XDC"), "origin": ("XB", "CN", None),
        "preference": (None, "preference"), "procedure": (None, "4000", "5300", "6121", "7100", "4000 C07"),
        "additional_codes": (None, ()), "documents": (None, ()), "use": (None, "fattening"), "persons": (None, ()),
        "transport": (None, "sea"), "facts": ({}, {"months": Decimal(5)}), "quantities": ({}, {"NAR": "3"}),
        "amounts": ({}, {"processing_cost": Decimal(10)}), "retail_price": (None, Decimal(9)),
        "rate_day": (None, date(2026, 7, 1)),
    }  # fmt: skip
    book = tariff(
        measure("duty", percent("10")), measure("preference", percent("3"), area="AFAR"),
        measure("suspension", each("2", "NAR"), uses="fattening"), measure("vat", percent("20")),
    )  # fmt: skip
    chance = random.Random(2)
    asked = [goods(**{name: chance.choice(several) for name, several in told.items()}) for _ in range(300)]
    alone = [Calculator(book, RATES).duties(one) for one in asked]
    for every in (list(zip(asked, alone, strict=True)), list(zip(asked, alone, strict=True))[::-1]):
        calculator = Calculator(book, RATES)
        assert all(calculator.duties(one) == expected for one, expected in every)
    months = goods(procedure="5300", origin="XB", facts={"months": Decimal(5)})
    without = goods(procedure="5300", origin="XB")
    for order in ((months, without), (without, months)):
        calculator = Calculator(book, RATES)
        said = {bool(one.facts): {part.code for part in calculator.duties(one).assumed} for one in order}
        assert ["months-not-stated" in said[has] for has in (True, False)] == [False, True]


@pytest.mark.parametrize("kind", ["duty", "suspension", "preference", "quota"])
def test_a_procedure_reaches_every_duty_that_competes(kind: Kind) -> None:
    fields: dict[str, Any] = {"preference": {"area": "AFAR"}, "quota": {"order_number": "091"}}.get(kind, {})
    both = measure("duty", percent("30")), measure(kind, percent("20.8"), "other", **fields)
    asked: dict[str, Any] = {"origin": "XB", "preference": "300", "quotas": ("091",), "value": Decimal(1_000_000)}
    assert duties(*both, procedure="4000", **asked).total == Decimal("208000.00")
    transit = duties(*both, procedure="8100", **asked)
    assert transit.total == 0
    assert {line.effect for line in transit.lines} == {"suspended"}
    assert duties(*both, procedure="7100", **asked).total == 0


def test_every_procedure_says_what_it_does_to_every_kind() -> None:
    kinds: tuple[Kind, ...] = (
        "duty", "preference", "suspension", "quota", "anti-dumping", "countervailing", "additional", "excise", "fee",
        "vat", "withholding",
    )  # fmt: skip
    for one in USUAL:
        assert len({effect(one, kind) for kind in ("duty", "preference", "suspension", "quota")}) == 1
        assert all(effect(one, kind) in ("due", "suspended", "not-due", "repaid") for kind in kinds)


def test_an_end_use_is_granted_to_that_use_only() -> None:
    both = measure("duty", percent("10")), measure("suspension", percent("0"), uses="civil aircraft")
    assert duties(*both, use="civil aircraft").total == 0
    assert duties(*both, use=" Civil  Aircraft").total == 0
    ships = duties(*both, use="ships")
    assert ships.total == Decimal("100.00")
    assert codes(ships) == ["use-without-effect"]
    assert duties(*both).total == Decimal("100.00")


def test_rounding_of_duty_is_that_of_every_duty_that_competes() -> None:
    down = {"duty": Rounding(step=Decimal(100), is_down=True)}
    for kind, fields in (("preference", {"area": "AFAR"}), ("suspension", {}), ("quota", {"order_number": "1"})):
        found = duties(
            measure("duty", percent("30")),
            measure(kind, percent("19.99"), "low", **fields),
            rounding=down,
            origin="XB",
            preference="300",
            quotas=("1",),
        )
        assert (found.total, found.payable) == (Decimal("199.90"), Decimal(100)), kind
    rest = {"": Rounding(step=Decimal(1))}
    assert duties(measure("duty", percent("19.99")), rounding=rest).payable == Decimal(200)


@pytest.mark.parametrize("kind", ["anti-dumping", "excise", "fee"])
def test_a_code_of_which_nothing_is_said_is_unknown_and_not_none(kind: Kind) -> None:
    both = measure("duty", percent("24.44")), measure(kind, each("10.32", "KGM"), additional_code="X1")
    mass: dict[str, Any] = {"quantities": {"KGM": 100}}
    unknown = duties(*both, **mass)
    assert unknown.total is None
    assert missing(unknown) == {"additional-code"}
    assert duties(*both, **mass, additional_codes=()).total == Decimal("244.40")
    assert duties(*both, **mass, additional_codes=("X1",)).total == Decimal("1276.40")
    assert Batch(Calculator(tariff(*both), RATES)).totals([goods(**mass)]) == [None]


def test_a_lower_rate_that_a_code_would_claim_is_assumed_not_claimed() -> None:
    found = duties(measure("duty", percent("10")), measure("suspension", percent("2"), additional_code="X2"))
    assert found.total == Decimal("100.00")
    assert "additional-code-not-claimed" in {one.code for one in found.assumed}


def item(**fields: Any) -> GovernmentAgencyGoodsItem:
    return GovernmentAgencyGoodsItem(commodity=Commodity(classifications=(Classification(id="01022910"),)), **fields)


def test_neither_a_statistical_value_nor_a_price_is_taken_for_the_customs_value_silently() -> None:
    priced = GovernmentAgencyGoodsItem(commodity=Commodity(price=Amount(Decimal(900), "EUR")))
    assert goods_of(priced, DAY).value is None
    statistical = goods_of(item(statistical_value=Amount(Decimal(1000), "XDC")), DAY)
    assert statistical.value == Decimal(1000)
    assert [one.code for one in statistical.assumed] == ["statistical-value-taken"]
    found = Calculator(tariff(measure("duty", percent("10")))).duties(statistical)
    assert "statistical-value-taken" in {one.code for one in found.assumed}
    assert goods_of(item(customs_value=Amount(Decimal(1000), "XDC")), DAY).assumed == ()


@pytest.mark.parametrize(
    ("quantities", "is_right"),
    [
        ({"KGM": "1000", "TNE": "1"}, True),
        ({"KGM": "1234.5", "TNE": "1.23"}, True),  # the tonnes are rounded
        ({"KGM": "1000", "TNE": "2"}, False),
        ({"KG": "5", "KGM": "6"}, False),
        ({"NAR": "12", "DZN": "1"}, True),
        ({"KGM": "10", "KGMG": "12"}, True),  # net and gross are two things
    ],
)
def test_quantities_that_contradict_each_other_are_a_finding(quantities: dict[str, str], is_right: bool) -> None:
    found = duties(measure("duty", each("2", "KGM")), measure("vat", percent("5")), quantities=quantities)
    assert codes(found) == ([] if is_right else ["quantities-contradict"])
    if not is_right:
        assert found.total is None


def test_a_currency_that_does_not_exist_is_a_finding() -> None:
    found = duties(measure("duty", percent("10")), currency="EURO")
    assert (codes(found), found.total) == (["currency-unknown"], None)
    assert codes(duties(measure("duty", percent("10")), currency="USD")) == []  # exists; its rate is missing
    assert {one.code for one in check_tariff(tariff(measure("duty", each("5", "KGM", "QQQ"))))} == {"currency-unknown"}
    with pytest.raises(UnreadableError, match="QQQ is not a currency"):
        read_rates(b"currency,from,rate\nQQQ,2026-01-01,2\n", "XDC")
    assert [one.code for one in Rates("XDC", [("QQQ", DAY, Decimal(2))]).findings] == ["currency-unknown"]


def test_a_retail_price_is_in_a_currency_of_its_own() -> None:
    retail = measure("excise", read_rate("10 % of retail price"))
    both = measure("duty", percent("0")), retail
    foreign: dict[str, Any] = {"currency": "EUR", "retail_price": Decimal(500)}
    assert missing(duties(*both, **foreign)) == {"currency"}
    assert duties(*both, **foreign, retail_price_currency="XDC").total == Decimal("50.00")
    assert duties(*both, **foreign, retail_price_currency="EUR").total == Decimal("45.00")
    assert duties(*both, retail_price=Decimal(500)).total == Decimal("50.00")
    asked = read_question(b'{"code":"1","date":"2026-03-01","retail_price":"5","retail_price_currency":"eur"}')
    assert asked.retail_price_currency == "EUR"


@pytest.mark.parametrize(
    ("content", "says"),
    [
        (b"currency,from,rate\nEUR,2026-01-01,x\n", "line 2: x is not a rate"),
        (b"currency,from,rate\nEUR,1.1.2026,1\n", "line 2: 1.1.2026 is not a date"),
        (b"currency,from,rate\nEUR,2026-01-01,1\nUSD,2026-01-01\n", "line 3: the rate is missing"),
        (b"currency;from;rate\nEUR;2026-01-01;1\n", "columns currency, from, rate"),
    ],
)
def test_rates_that_cannot_be_read_say_where_and_what(content: bytes, says: str) -> None:
    with pytest.raises(UnreadableError, match=says):
        read_rates(content, "XDC")


@pytest.mark.parametrize("step", [" - 1 %", " MIN 1 %", " MAX 2 %", " + 1 %"])
def test_a_rate_without_end_is_refused(step: str) -> None:
    with pytest.raises(NotationError):
        read_rate("1 %" + step * 2000)
    content = b"Code,MFN\n0101,1 %" + step.encode() * 2000 + b"\n"
    mapping = read_mapping(b'name="x"\ncurrency="XDC"\ncode="Code"\n[[rates]]\ncolumn="MFN"\nkind="duty"\n')
    assert [one.code for one in load_table(content, mapping)[1]] == ["rate-not-understood"]


def test_what_is_nested_too_deep_is_refused() -> None:
    deep = b"[" * 100_000
    formula = b'{"type":"scaled","factor":"1","of":' * 900 + b'{"type":"free"}' + b"}" * 900
    measures = b'{"0101":[{"code":"0101","kind":"duty","type_code":"x","formula":' + formula + b"}]}"
    whole = (
        b'{"form":"cocket-tariff-1","tariff":{"name":"x","edition":"","currency":"XDC","measures":' + measures + b"}}"
    )
    for read in (
        lambda: read_mapping(b"a = " + deep),
        lambda: load_tariff([("a", deep)]),
        lambda: read_question(deep),
        lambda: read_rates(deep, "EUR"),
        lambda: read_tariff(whole),
    ):
        with pytest.raises(CocketError):
            read()


@pytest.mark.parametrize(
    ("formula", "low", "high"),
    [
        (Larger((percent("16.5"), each("3", "MIL"))), "165.00", None),
        (Smaller((percent("25"), each("3", "KGM"))), "0.00", "250.00"),
        (Sum((percent("10"), each("3", "KGM"))), "100.00", None),
        (Difference(percent("10"), each("3", "KGM")), "0.00", "100.00"),
    ],
)
def test_bounds_are_said_where_arithmetic_knows_them(formula: Formula, low: str, high: str | None) -> None:
    (open_one,) = duties(measure("duty", formula)).not_computable
    assert (str(open_one.at_least), open_one.at_most and str(open_one.at_most)) == (low, high)


def test_bounds_reach_the_tax_on_top() -> None:
    found = duties(measure("duty", Larger((percent("10"), each("3", "KGM")))), measure("vat", percent("20")))
    vat = found.not_computable[-1]
    assert (vat.kind, vat.at_least) == ("vat", Decimal("220.00"))
    assert found.at_least == Decimal("320.00")


def test_an_overdrawn_permit_is_exceeded_and_not_unknown() -> None:
    matrix, _ = read_matrix(
        b'[[requirements]]\ncode="R"\nagency="A"\nlaw="L"\nsays="a licence"\npapers=["C1"]\nis_registered=true\n'
        b'codes=["0102"]\n',
        "toml",
    )
    permits, found = read_permits(
        b'[[permits]]\nagency="A"\ntype="C1"\nnumber="7"\nquantity=100\nunit="KGM"\nquantity_taken=130\n', "toml"
    )
    assert [one.code for one in found] == ["permit-limit-below-taken"]
    commodity = Commodity(classifications=(Classification(id="01022910"),), net_mass_kg=Decimal(1))
    papers = (AdditionalDocument(category_code="C", type_code="1", id="7"),)
    shipment = GoodsShipment(items=(GovernmentAgencyGoodsItem(commodity=commodity, documents=papers),))
    matching = match(items_of(Declaration(flow="import", shipment=shipment), DAY), matrix, permits)
    assert [need.verdict for one in matching.items for need in one.needs] == ["quantity-exceeded"]


def test_two_columns_of_vat_add_up_and_none_is_dropped() -> None:
    found = duties(
        measure("duty", percent("20")),
        measure("vat", percent("18"), "ST"),
        measure("vat", percent("3"), "AST"),
    )
    assert [(line.type_code, line.amount) for line in found.lines] == [
        ("duty", Decimal("200.00")),
        ("ST", Decimal("216.00")),
        ("AST", Decimal("36.00")),
    ]
    table, _ = load_table(
        b"Code,MFN,ST,AST\n0101,20,18,3\n",
        read_mapping(
            b'name="pk"\ncurrency="PKR"\ncode="Code"\n[[rates]]\ncolumn="MFN"\nkind="duty"\n[[rates]]\n'
            b'column="ST"\nkind="vat"\n[[rates]]\ncolumn="AST"\nkind="vat"\n'
        ),
    )
    assert Calculator(table).duties(Goods(code="0101", day=DAY, value=Decimal(1000))).total == Decimal("452.00")


def test_excise_is_on_value_with_duty_and_vat_has_no_fees_unless_the_tariff_says_so() -> None:
    every = (
        measure("duty", percent("50")),
        measure("excise", percent("10")),
        measure("fee", percent("2")),
        measure("vat", percent("10")),
    )
    found = duties(*every)
    assert [str(line.amount) for line in found.lines] == ["500.00", "150.00", "20.00", "165.00"]
    assert {one.code for one in found.assumed} >= {"base-by-default"}


KINDS: tuple[tuple[str, dict[str, Any]], ...] = (
    ("preference", {"area": "AFAR"}),
    ("quota", {"order_number": "1", "area": "AFAR"}),
    ("quota", {"order_number": "1", "preference": "300"}),
    ("suspension", {"preference": "300"}),
    ("fee", {"preference": "300"}),
    ("excise", {"preference": "300"}),
)


def _random_formula(chance: random.Random) -> Formula:
    amount = str(chance.randrange(0, 400) / 10)
    return chance.choice(
        (percent(amount), each(amount, "KGM"), Larger((percent(amount), each("1", "KGM"))), read_rate("free"))
    )


def test_claiming_a_preference_never_makes_more_due() -> None:
    chance = random.Random(20260301)
    seen = 0
    for _ in range(1_500):
        every = [measure("duty", _random_formula(chance)), measure("vat", percent("20"))]
        for kind, fields in chance.sample(KINDS, chance.randrange(1, 4)):
            name = chance.choice(("a", "b")) if kind not in ("fee", "excise") else chance.choice((kind, kind, "b"))
            every.append(measure(kind, _random_formula(chance), name, **fields))
        every.append(measure("fee", _random_formula(chance), "fee"))
        every.append(measure("excise", _random_formula(chance), "excise"))
        calculator = Calculator(tariff(*every))
        asked: dict[str, Any] = {
            "origin": chance.choice(("XB", "XD", None)),
            "procedure": chance.choice((None, "4000", "4200", "7100", "8100", "5100", "6121", "4900", "3100")),
            "quantities": {"KGM": chance.randrange(0, 500)},
            "quotas": chance.choice(((), ("1",))),
        }
        plain = calculator.duties(goods(**asked)).total
        for claim in ("300", "a", "b"):
            claimed = calculator.duties(goods(**asked, preference=claim)).total
            if plain is not None and claimed is not None:
                seen += 1
                assert claimed <= plain
    assert seen > 1_200


def test_goods_worth_more_never_owe_less() -> None:
    chance = random.Random(7)
    for _ in range(800):
        every = [
            measure(kind, _random_formula(chance), kind)
            for kind in ("duty", "suspension", "anti-dumping", "excise", "fee", "vat")
            if kind == "duty" or chance.random() < 0.6
        ]
        calculator = Calculator(tariff(*every))
        value = Decimal(chance.randrange(0, 10**7)) / 100
        more = value + Decimal(chance.randrange(0, 10**5)) / 100
        sums = [calculator.duties(goods(value=one, quantities={"KGM": 7})).total for one in (value, more)]
        assert sums[0] is not None and sums[1] is not None
        assert sums[0] <= sums[1]


def test_the_order_of_measures_and_lines_changes_no_sum_and_lines_add_up() -> None:
    chance = random.Random(11)
    for _ in range(500):
        every = [
            measure(kind, _random_formula(chance), f"{kind}{place}")
            for kind in ("duty", "suspension", "anti-dumping", "excise", "fee", "vat")
            for place in range(chance.randrange(0, 3) if kind != "duty" else 1)
        ]
        asked = goods(quantities={"KGM": 7}, additional_codes=())
        first = Calculator(tariff(*every)).duties(asked)
        assert first.total == sum((line.amount for line in first.lines if line.effect == "due"), Decimal())
        for _ in range(3):
            chance.shuffle(every)
            assert Calculator(tariff(*every)).duties(asked).total == first.total


def test_a_mapping_that_rounds_something_unknown_is_refused() -> None:
    start = b'name="x"\ncurrency="XDC"\ncode="Code"\n[[rates]]\ncolumn="MFN"\nkind="duty"\n'
    for rounding in (b"[rounding.toll]\nstep=1\n", b"[rounding.duty]\nstep=0\n", b"[rounding.duty]\nstep=-1\n"):
        with pytest.raises(SettingsError):
            read_mapping(start + rounding)


def test_the_procedure_that_says_most_is_taken() -> None:
    assert procedure_of("4200") is not None
    assert procedure_of("4200").code == "42"  # type: ignore[union-attr]
    assert procedure_of("0100") is None
    assert duties(measure("duty", percent("10")), day=date(2026, 3, 1)).assumed[0].code == "procedure-not-stated"


QUESTION = b'{"code": "0102", "date": "2026-03-01", "value": 1000, "value": 9, "amounts": {"FOB": 1}}'


@pytest.mark.parametrize(
    ("line", "name"),
    [
        (QUESTION, "value"),
        (b'{"code": "1", "date": "2026-03-01", "amounts": {"FOB": 1, "FOB": 2}}', "FOB"),
        (b'{"code": "1", "date": "2026-03-01", "quantities": {"KGM": 1, " KGM": 2}}', "KGM"),
        (b'{"items": [' + QUESTION + b"]}", "value"),
        (b'{"items": [], "items": [{"code": "1", "date": "2026-03-01"}]}', "items"),
        (b'{"items": [{"code": "1", "date": "2026-03-01"}], "value": 5}', "value"),
    ],
)
def test_a_name_that_stands_twice_is_no_question(line: bytes, name: str) -> None:
    with pytest.raises(SenderError) as refused:
        read_declaration(line)
    (finding,) = refused.value.findings
    assert finding.code == "question-unreadable" and name in finding.arguments["why"]


def test_a_name_that_stands_twice_is_no_tariff_mapping_charges_or_rates() -> None:
    whole = write_tariff(tariff(measure("duty", percent("5"))))
    start, sign, rest = whole.partition(b'"measures":{')
    twice = start + sign + b'"01022910":[],' + rest
    assert read_tariff(whole) and twice != whole
    rates = (
        b'[{"attributes": {"child_monetary_unit_code": "GBP", "exchange_rate": "1", "exchange_rate": "2",'
        b' "validity_start_date": "2026-01-01"}}]'
    )
    charges = b'{"name": "x", "currency": "XDC", "currency": "EUR", "source": "", "as_of": "", "charges": []}'
    mapping = (
        b'{"name": "x", "currency": "XDC", "code": "Code", "rates": [{"column": "A", "kind": "duty", "kind": "vat"}]}'
    )
    for read, content, name in (
        (read_tariff, twice, "01022910"),
        (lambda one: read_rates(one, "XDC"), rates, "exchange_rate"),
        (read_charges, charges, "currency"),
        (read_mapping, mapping, "kind"),
    ):
        with pytest.raises(CocketError, match=f"'{name}' stands twice"):
            read(content)


def test_a_column_that_stands_twice_is_no_table() -> None:
    mapping = read_mapping(
        b'{"name": "x", "currency": "XDC", "code": "Code", "rates": [{"column": "A", "kind": "duty"}]}'
    )
    assert load_table(b"Code,A,B,B\n0102,5 %,1,2\n", mapping)[0].lines, "a column that nothing names may stand twice"
    with pytest.raises(UnreadableError, match="column A twice"):
        load_table(b"Code,A,A\n0102,5 %,50 %\n", mapping)
    with pytest.raises(UnreadableError, match="twice"):
        read_rates(b"currency,from,rate,rate\nEUR,2026-01-01,1,2\n", "XDC")
    with pytest.raises(UnreadableError, match="column quantity twice"):
        read_permits(b"agency,type,number,quantity,quantity\nT,C400,1,5,500\n", "csv")


@pytest.mark.parametrize("value", [Decimal(1000), None])
@pytest.mark.parametrize("name", ["value", "retail_price"])
def test_an_amount_never_counts_in_the_place_of_a_field_of_the_question(name: str, value: Decimal | None) -> None:
    asked: dict[str, Any] = {
        "value": value,
        "retail_price": value,
        "amounts": {name: Decimal(5), "freight": Decimal(50)},
    }
    found = duties(measure("duty", percent("10")), measure("excise", read_rate("5 % of retail price")), **asked)
    assert (found.total, found.at_least, found.lines) == (None, None, ())
    assert [(one.code, one.found, one.severity) for one in found.findings] == [("amount-misplaced", name, "error")]


@pytest.mark.parametrize(
    ("name", "meant"),
    [
        ("foo", None),
        ("FREIGHT", "freight"),
        ("Insurance", "insurance"),
        ("Value", "value"),
        ("EXC", None),
        ("duty", None),
    ],
)
def test_an_amount_of_a_name_that_the_tariff_does_not_know_is_named(name: str, meant: str | None) -> None:
    found = duties(
        measure("duty", percent("10")), amounts={name: Decimal(5), "freight": Decimal(50), "FOB": Decimal(900)}
    )
    assert found.total == 100
    assert [(one.code, one.found, one.expected) for one in found.findings] == [("amount-not-understood", name, meant)]


def test_an_amount_that_a_procedure_or_a_relief_asks_for_is_known() -> None:
    relief = Relief(up_to=Decimal(10), kinds=("duty",), of="consignment")
    book = tariff(measure("duty", percent("10")), reliefs=(relief,), amounts=("consignment",))
    asked = goods(amounts={"processing_cost": Decimal(5), "consignment": Decimal(9)})
    assert codes(Calculator(book).duties(asked)) == []


def test_a_quantity_of_a_strange_name_hides_no_value_that_cannot_be() -> None:
    found = duties(measure("duty", percent("10")), value=Decimal(-5), quantities={"value": "5"})
    assert codes(found) == ["number-not-possible"]


REMEDY = Charge(name="AD", kind="anti-dumping", base="value", rate="50 %", origins=("CN",), act="act on AD")


@pytest.mark.parametrize("origin", ["ZZ", "QQ", "XX", "EU", "QU", "UK", "AN", "SU", "XK", "XS"])
@pytest.mark.parametrize("is_column", [True, False])
def test_goods_of_an_origin_that_is_no_country_avoid_no_trade_measure(origin: str, is_column: bool) -> None:
    duty = measure("duty", percent("10"))
    if is_column:
        found = duties(duty, measure("anti-dumping", percent("50"), area="CN"), origin=origin)
    else:
        found = duties(duty, charges=(REMEDY,), origin=origin)
    assert (found.total, codes(found), missing(found)) == (None, ["origin-not-understood"], {"origin"})
    assert found.findings[0].found == origin


@pytest.mark.parametrize("origin", ["CN", "DE", "XB", "XK"])
def test_a_country_and_a_code_that_the_tariff_names_are_origins(origin: str) -> None:
    remedies = (measure("anti-dumping", percent("50"), area="CN"), measure("countervailing", percent("7"), area="XK"))
    found = duties(measure("duty", percent("10")), *remedies, origin=origin)
    assert (found.total, codes(found)) == ({"CN": 600, "XK": 170}.get(origin, 100), [])


@pytest.mark.parametrize("area", ["EU", "UK", "CHN", "cn", "156"])
def test_a_trade_measure_on_what_is_no_country_and_no_area_is_not_known(area: str) -> None:
    remedy = measure("anti-dumping", percent("50"), area=area)
    charges = (msgspec.structs.replace(REMEDY, origins=(area,)),)
    for found in (
        duties(measure("duty", percent("10")), remedy, origin="CN"),
        duties(measure("duty", percent("10")), charges=charges, origin="CN"),
    ):
        assert (found.total, missing(found)) == (None, {"area"})
    assert "area-unknown" in {one.code for one in check_tariff(tariff(measure("duty", percent("10")), remedy))}


@pytest.mark.parametrize(("area", "excluded", "total"), [
    ("XB", (), None), ("XD", (), 100), ("AFAR", (), 600), (None, ("XB",), None), (None, ("AFAR",), 100), ("ALL", (), 600),
])  # fmt: skip
def test_an_area_as_origin_is_on_a_trade_measure_as_far_as_all_of_its_countries_are(
    area: str | None, excluded: tuple[str, ...], total: int | None
) -> None:
    areas = {"AFAR": frozenset({"XB", "XC"}), "ALL": frozenset({"XB", "XC", "XD"})}
    remedy = measure("anti-dumping", percent("50"), area=area, excluded=excluded)
    levy = msgspec.structs.replace(REMEDY, origins=(area,) if area else (), except_origins=excluded)
    duty = measure("duty", percent("10"))
    for book in (tariff(duty, remedy, areas=areas), tariff(duty, charges=(levy,), areas=areas)):
        found = Calculator(book).duties(goods(origin="AFAR"))
        assert (found.total, codes(found)) == (total, [])


@pytest.mark.parametrize(("stated", "is_possible"), [
    ({"FOB": "5000", "freight": "1"}, False), ({"freight": "2000", "FOB": "5"}, False),
    ({"FOB": "100", "freight": "2000"}, False), ({"FOB": "1000.03"}, False), ({"insurance": "1001"}, False),
    ({"freight": "900", "insurance": "200"}, False), ({"FOB": "900", "freight": "50", "insurance": "20"}, False),
    ({"FOB": "900", "freight": "100"}, True), ({"FOB": "900", "freight": "50"}, True), ({"freight": "1000"}, True),
    ({"FOB": "1000.02"}, True), ({"FOB": "900", "freight": "80", "insurance": "20"}, True),
])  # fmt: skip
@pytest.mark.parametrize("basis", ["CIF", None])
def test_parts_of_a_cif_value_are_never_more_than_it_however_many_are_stated(
    stated: dict[str, str], is_possible: bool, basis: Any
) -> None:
    amounts = {name: Decimal(one) for name, one in stated.items()} | ({} if basis else {"CIF": Decimal(1000)})
    found = Calculator(tariff(measure("duty", percent("10")), basis=basis)).duties(goods(amounts=amounts))
    assert (found.total, codes(found)) == ((100, []) if is_possible else (None, ["amounts-contradict"]))


@pytest.mark.parametrize(("claim", "is_one"), [
    ("0", False), ("000", False), ("999", False), ("30", False), ("3000", False), ("٣٠٠", False),
    ("200", True), ("300", True), ("423", True),
])  # fmt: skip
def test_only_a_code_of_a_preference_claims_one(claim: str, is_one: bool) -> None:
    lower = measure("preference", percent("3"), area="AFAR")
    found = duties(measure("duty", percent("10")), lower, origin="XB", preference=claim, documents=())
    assert (found.total, codes(found)) == ((30, []) if is_one else (100, ["claim-without-effect"]))


def test_a_temporary_admission_of_no_months_is_no_question() -> None:
    found = duties(measure("duty", percent("10")), procedure="5300", facts={"months": Decimal("0.0")})
    assert (found.total, codes(found)) == (None, ["number-not-possible"])
    assert duties(measure("duty", percent("10")), procedure="5300", facts={"months": Decimal("0.5")}).total == 3


@pytest.mark.parametrize("number", ["1_000", "٣٠٠", "\\u0663", "１０"])
@pytest.mark.parametrize("field", ["value", "retail_price", "quantities", "amounts", "facts"])
def test_a_number_is_written_with_digits_and_a_point(field: str, number: str) -> None:
    told = f'"{number}"' if field in ("value", "retail_price") else f'{{"freight": "{number}"}}'
    with pytest.raises(SenderError) as refused:
        read_question(f'{{"code": "0102", "date": "2026-03-01", "{field}": {told}}}'.encode())
    assert refused.value.findings[0].code == "question-unreadable"
    line = f'{{"code": "0102", "date": "2026-03-01", "use": "für_mast", "{field}": {told.replace(number, "1000")}}}'
    assert read_question(line.encode()).use == "für_mast"


def test_what_a_procedure_rests_on_is_said() -> None:
    duty = measure("duty", percent("10"))
    asked: dict[str, Any] = {"currency": "XDC"}
    said = {one.code: one.says for one in duties(duty, procedure="DRAWBACK", **asked).assumed}
    assert said == {"procedure-assumes": "customs has granted the repayment"}
    assert [one.code for one in duties(duty, procedure="4400", **asked).assumed] == ["use-not-stated"]
    assert duties(duty, procedure="4400", use="fattening", **asked).assumed == ()


@pytest.mark.parametrize(("cost", "total"), [("2000", None), ("1000.03", None), ("1000.02", 100), ("200", 20)])
def test_processing_never_costs_more_than_what_comes_back_is_worth(cost: str, total: int | None) -> None:
    found = duties(measure("duty", percent("10")), procedure="6121", amounts={"processing_cost": Decimal(cost)})
    assert codes(found) == (["amounts-contradict"] if total is None else [])
    assert found.total == total
    home = duties(measure("duty", percent("10")), procedure="4000", amounts={"processing_cost": Decimal(cost)})
    assert (home.total, codes(home)) == (100, []), "it counts for nothing at home"


@pytest.mark.parametrize(("net", "gross", "is_said"), [("10", "1", True), ("10", "10", False), ("9", "10", False)])
def test_a_net_mass_above_the_gross_is_said(net: str, gross: str, is_said: bool) -> None:
    found = duties(measure("duty", percent("10")), quantities={"KGM": net, "KGMG": gross})
    assert (found.total, codes(found)) == (100, ["net-above-gross"] if is_said else [])


#: Rates in a currency that does not exist.
STRANGE = (
    "5 XDX/KGM", "5 % MIN 3 XDX flat", "max(5 %; 2 XDX/KGM)", "5 XDX flat", "5 % + 3 XDX/KGM", "5 % MAX 3 XDX flat",
    "one of (5 %; 3 XDX/KGM)",
)  # fmt: skip


@pytest.mark.parametrize("rate", STRANGE)
@pytest.mark.parametrize("kind", ["duty", "excise"])
def test_a_rate_in_no_currency_stops_itself_and_no_other_charge(kind: Kind, rate: str) -> None:
    other: Kind = "excise" if kind == "duty" else "duty"
    found = duties(measure(kind, read_rate(rate)), measure(other, percent("10")), quantities={"KGM": "10"})
    assert (found.total, codes(found)) == (None, ["currency-unknown"])
    assert {"currency-unknown"} <= missing(found)
    assert [line.amount for line in found.lines] == ([100] if kind == "excise" else [])
    assert found.at_least is not None and found.at_least >= 100
    assert found.at_most is None, "nothing is due at most 0"


@pytest.mark.parametrize(("asked", "code"), [
    ({"value": Decimal(-1)}, "number-not-possible"), ({"currency": "XDX"}, "currency-unknown"),
    ({"retail_price": Decimal(1), "retail_price_currency": "XDX"}, "currency-unknown"),
    ({"quantities": {"KGM": "1", "TNE": "1"}}, "quantities-contradict"),
    ({"amounts": {"CIF": Decimal(10), "FOB": Decimal(99)}}, "amounts-contradict"),
    ({"amounts": {"value": Decimal(5)}}, "amount-misplaced"),
])  # fmt: skip
def test_a_question_that_cannot_be_has_no_sum_and_no_bound(asked: dict[str, Any], code: str) -> None:
    found = duties(measure("duty", percent("10")), measure("vat", percent("20")), **asked)
    assert code in codes(found)
    assert (found.lines, found.total, found.payable, found.suspended, found.repaid) == ((), None, None, None, None)
    assert (found.at_least, found.at_most) == (None, None)


def test_a_line_with_a_rate_in_no_currency_is_one_of_its_declaration_that_has_no_sum() -> None:
    wrong = measure("excise", read_rate("5 XDX/KGM"))
    calculator = Calculator(tariff(measure("duty", percent("10")), measure("duty", percent("3"), code="2402"), wrong))
    first, second = calculator.declaration((goods(), goods(code="2402")))
    assert (first.total, first.at_least, second.total) == (None, 100, 30)
    assert calculator.payable((goods(), goods(code="2402"))) is None


def _charged(**fields: Any) -> Any:
    return tariff(measure("duty", percent("10")), charges=(Charge(name="Levy", kind="fee", rate="5 %", **fields),))


@pytest.mark.parametrize("written", ["0102.29", "0102 29", "01.02.29", "0102-29", " 010229 ", "01", "0102.29.10"])
def test_codes_of_charges_and_reliefs_are_read_as_those_of_a_question(written: str) -> None:
    assert Calculator(_charged(codes=(written,))).duties(goods()).total == 150
    assert Calculator(_charged(except_codes=(written,))).duties(goods()).total == 100
    relief = Relief(up_to=Decimal(5000), kinds=("duty",), except_codes=(written,))
    assert Calculator(tariff(measure("duty", percent("10")), reliefs=(relief,))).duties(goods()).total == 100


@pytest.mark.parametrize(
    "written", ["0102O9", "", "x", "0102;29", "٠١٠٢", "0102-0105", "01–02", "0102x", "0102.", "1" * 15]
)
def test_what_is_no_code_of_a_charge_or_relief_is_refused_with_all_named(written: str) -> None:
    relief = Relief(up_to=Decimal(5000), kinds=("duty",), except_codes=(written, "0l02"), act="Act 7")
    for law in (
        _charged(codes=(written, "0l02")),
        _charged(except_codes=(written, "0l02")),
        tariff(measure("duty", percent("10")), reliefs=(relief,)),
    ):
        with pytest.raises(SettingsError, match="0l02") as refused:
            Calculator(law)
        assert f"{written} is not a goods code" in str(refused.value)
        assert [one.code for one in check_tariff(law)].count("code-not-understood") == 2


def test_procedures_of_charges_are_digits_or_words_of_the_table() -> None:
    for field in ("procedures", "except_procedures"):
        for written in ("40", "4", "4071", "ATA", "53"):
            law = _charged(**{field: (written,)})
            assert Calculator(law).duties(goods()).total is not None
            assert "procedure-not-understood" not in [one.code for one in check_tariff(law)]
        for written in ("4O", "", "40 00 C07", "ata", "00001", "x"):
            with pytest.raises(SettingsError, match="is not a procedure"):
                Calculator(_charged(**{field: (written,)}))
        found = [one for one in check_tariff(_charged(**{field: ("99",)})) if one.code == "procedure-not-understood"]
        assert [one.severity for one in found] == ["error"]


def test_a_relief_below_nothing_is_refused() -> None:
    for limit in ("-1", "NaN"):
        with pytest.raises(SettingsError, match="relief-negative"):
            Calculator(tariff(measure("duty", percent("1")), reliefs=(Relief(up_to=Decimal(limit), kinds=("duty",)),)))


@pytest.mark.parametrize("seed", range(40))
def test_the_sum_lies_within_its_bounds_as_it_is_rounded(seed: int) -> None:
    """Each rate in turn is not readable; the bounds hold what is due with it, to the last cent."""
    chance = random.Random(seed)

    def rule() -> Rounding | None:
        step, mode = chance.choice(["0.01", "0.05", "1", "10"]), chance.choice(["up", "down", "half-up", "half-even"])
        return Rounding(step=Decimal(step), mode=mode) if chance.random() < 0.3 else None  # type: ignore[arg-type]

    bases: dict[Kind, str] = {"duty": "value", "excise": "value + duty", "vat": "value + duty + excise"}
    charges = tuple(Charge(name=kind, kind=kind, base=base, round=rule()) for kind, base in bases.items())
    rates: list[tuple[Kind, str]] = [
        ("duty", f"{chance.randint(1, 99)}.{chance.randint(1, 99)} %"), ("suspension", f"{chance.randint(1, 9)}.5 %"),
        ("excise", "0.7 XDC/KGM"), ("vat", "8.3 %"),
    ]  # fmt: skip
    asked = {"value": Decimal(chance.randint(1, 300_000)) / 100, "quantities": {"KGM": "333.3"}}
    whole = duties(*(measure(kind, read_rate(rate)) for kind, rate in rates), charges=charges, **asked)
    assert whole.total is not None and whole.at_least == whole.total == whole.at_most
    for place in range(len(rates)):
        spoilt = [
            measure(kind, NotUnderstood(rate, "rate-not-understood") if turn == place else read_rate(rate))
            for turn, (kind, rate) in enumerate(rates)
        ]
        found = duties(*spoilt, charges=charges, **asked)
        assert found.at_least is not None and found.at_least <= whole.total, place
        assert found.at_most is None or whole.total <= found.at_most, place


def test_of_rates_of_which_the_highest_applies_the_bounds_are_those_of_all() -> None:
    told = [measure("excise", read_rate(one), name) for one, name in (("one of (1 %; 2 %)", "A"), ("30 %", "B"))]
    found = duties(measure("duty", percent("10")), *told, single=frozenset({"excise"}))
    assert (found.total, found.at_least, found.at_most) == (None, 430, 430)
