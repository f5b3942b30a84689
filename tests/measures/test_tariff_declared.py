# SPDX-License-Identifier: Apache-2.0
from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any

import msgspec
import pytest

from cocket.measures.tariff import (
    Calculator,
    Charge,
    Compared,
    Formula,
    Relief,
    Rounding,
    Tariff,
    compare,
    goods_of,
    recompute,
)
from cocket.model import (
    AdditionalDocument,
    Amount,
    Classification,
    Commodity,
    Declaration,
    DutyTaxFee,
    GoodsShipment,
    GovernmentAgencyGoodsItem,
    GovernmentProcedure,
    Origin,
    SupplementaryQuantity,
    ValuationCharges,
)
from cocket.standards import Options, read_as, recognise
from tests.corpora import corpora
from tests.measures.making import each, measure, percent, tariff


def fee(code: str, base: str, rate: str, amount: str, **more: Any) -> DutyTaxFee:
    return DutyTaxFee(
        type_code=code,
        base=Decimal(base),
        rate=Decimal(rate),
        is_specific=more.pop("is_specific", False),
        amount=Amount(Decimal(amount)),
        payment_code="1",
    )


def declaration(*fees: DutyTaxFee, total: str | None = None) -> Declaration:
    item = GovernmentAgencyGoodsItem(
        sequence=1, commodity=Commodity(duties=fees), customs_value=Amount(Decimal("1000.00"))
    )
    valuation = ValuationCharges(total_duties=Amount(Decimal(total)) if total else None)
    return Declaration(shipment=GoodsShipment(items=(item,)), valuation=valuation)


DUTY, EXCISE = fee("DOG", "1000.00", "0.05", "50.00"), fee("AKC", "30", "2.5", "75.00", is_specific=True)


def test_an_item_is_asked_by_its_longest_code_its_value_and_what_it_claims() -> None:
    item = GovernmentAgencyGoodsItem(
        commodity=Commodity(
            classifications=(Classification(id="01022910"), Classification(id="0102291010"), Classification(id="VATZ")),
            net_mass_kg=Decimal("12.5"),
            supplementary=(
                SupplementaryQuantity(quantity=Decimal(3), unit_code="NAR"),
                SupplementaryQuantity(quantity=Decimal(9)),
            ),
            price=Amount(Decimal(900), "EUR"),
        ),
        origins=(Origin(country_code="XB"),),
        procedure=GovernmentProcedure(current="40", previous="71"),
        statistical_value=Amount(Decimal(1000), "XDC"),
        preference_code="300",
        quota_id="091234",
        documents=(AdditionalDocument(category_code="C", type_code="644"), AdditionalDocument(type_code="380")),
    )
    goods = goods_of(item, date(2026, 3, 1))
    assert (goods.code, goods.value, goods.currency, goods.origin) == ("0102291010", Decimal(1000), "XDC", "XB")
    assert goods.quantities == {"NAR": Decimal(3), "KGM": Decimal("12.5")}
    assert (goods.preference, goods.procedure, goods.quotas) == ("300", "4071", ("091234",))
    assert [one.code for one in goods.assumed] == ["statistical-value-taken"]
    assert (goods.documents, goods.additional_codes) == (("C644", "380"), ("VATZ",))


def test_an_empty_item_says_nothing() -> None:
    goods = goods_of(GovernmentAgencyGoodsItem(), date(2026, 3, 1))
    assert (goods.code, goods.value, goods.origin, goods.procedure, goods.quantities) == ("", None, None, None, {})


def test_lines_that_are_right_have_no_findings() -> None:
    vat = fee("TVS", "1125.00", "0.2", "225.00")
    assert recompute(declaration(DUTY, EXCISE, vat, total="350.00")) == ()
    assert recompute(declaration(DUTY, fee("TVS", "1050", "0.2", "210.00"))) == ()


@pytest.mark.parametrize(
    ("fees", "total", "codes"),
    [
        ((fee("DOG", "1000", "0.05", "50.02"),), None, ["duty-line-amount"]),
        ((fee("AKC", "30", "2.5", "75.50", is_specific=True),), None, ["duty-line-amount"]),
        ((DUTY, fee("TVS", "900", "0.2", "180.00")), None, ["duty-line-base"]),
        ((DUTY, EXCISE), "125.02", ["duty-total"]),
    ],
)
def test_a_line_that_does_not_reckon_is_found(
    fees: tuple[DutyTaxFee, ...], total: str | None, codes: list[str]
) -> None:
    assert [one.code for one in recompute(declaration(*fees, total=total))] == codes


def test_a_wrong_amount_does_not_make_the_bases_after_it_wrong() -> None:
    found = recompute(declaration(fee("DOG", "1000", "0.05", "55.00"), fee("TVS", "1050.00", "0.2", "210.00")))
    assert [one.code for one in found] == ["duty-line-amount"]


def test_of_the_files_of_a_host_only_the_one_with_a_wrong_tax_is_found() -> None:
    folder = corpora("host", "asycuda-synthetic")
    expected = msgspec.json.decode((folder / "expected.json").read_bytes())["sad"]
    found = set()
    for name in expected:
        document = read_as(*recognise((folder / "sad" / name).read_bytes()), Options()).document
        if isinstance(document, Declaration) and recompute(document):
            found.add(name)
    assert found == {name for name, told in expected.items() if told["defect"] == "tax"}


def taxed(
    value: str, currency: str, *lines: tuple[str, str, str, str], charges: dict[str, str] | None = None
) -> Declaration:
    """A declaration of one item: its value, and lines of duty as (code, base, rate, amount)."""
    duties = tuple(
        DutyTaxFee(
            type_code=code,
            base=Decimal(base),
            rate=Decimal(rate),
            is_specific=False,
            amount=Amount(Decimal(amount), currency),
            payment_code="1",
        )
        for code, base, rate, amount in lines
    )
    item = GovernmentAgencyGoodsItem(
        commodity=Commodity(duties=duties),
        customs_value=Amount(Decimal(value), currency),
        charges={name: Amount(Decimal(one), currency) for name, one in (charges or {}).items()},
    )
    return Declaration(shipment=GoodsShipment(items=(item,)))


@pytest.mark.parametrize(
    "right",
    [
        taxed("1234567", "XOF", ("DD", "1234567", "0.20", "246913"), ("TVA", "1481480", "0.18", "266666")),
        taxed("534795", "JPY", ("D", "534000", "0.14", "74700"), ("CT", "609000", "0.078", "47500"), ("LT", "47500", "0.282051", "13300")),
        taxed(
            "1215000", "NGN",
            ("ID", "1215000", "0.05", "60750"), ("SC", "60750", "0.07", "4252.50"), ("ETLS", "1215000", "0.005", "6075"),
            ("CISS", "1000000", "0.01", "10000"), ("VAT", "1296077.50", "0.05", "64803.88"),
            charges={"external_freight": "200000", "insurance": "15000"},
        ),
        taxed("100000", "INR", ("BCD", "100000", "0.1", "10000"), ("SWS", "10000", "0.1", "1000"), ("IGST", "111000", "0.18", "19980")),
        taxed("1000", "ZAR", ("DUTY", "1000", "0.2", "200"), ("VAT", "1300", "0.15", "195")),
        taxed("1400", "AUD", ("DUTY", "1400", "0.05", "70"), ("GST", "1600", "0.1", "160")),
        taxed("10000", "BRL", ("II", "10000", "0.14", "1400"), ("ICMS", "16913.70", "0.18", "3044.47")),
    ],
    ids=["XOF", "JP", "NG", "IN", "ZA", "AU", "BR"],
)  # fmt: skip
def test_declarations_that_are_right_by_their_law_are_not_called_wrong(right: Declaration) -> None:
    assert recompute(right) == ()


def test_a_base_below_the_value_that_is_no_part_of_it_is_a_question() -> None:
    (found,) = recompute(taxed("1000", "AUD", ("DUTY", "800", "0.05", "40")))
    assert (found.code, found.severity) == ("duty-line-base", "warning")
    (amount,) = recompute(taxed("1000", "JPY", ("DUTY", "1000", "0.05", "200")))
    assert amount.code == "duty-line-amount"


def test_each_line_is_held_against_the_tariff_and_says_what_differs_and_why() -> None:
    law = tariff(measure("duty", percent("10"), "MFN"), measure("vat", percent("20"), "VAT"))
    calculator = Calculator(law)
    day = date(2026, 3, 1)

    def declared(*lines: tuple[str, str, str, str]) -> Declaration:
        plain = taxed("1000", "XDC", *lines)
        item = plain.shipment.items[0]
        commodity = msgspec.structs.replace(item.commodity, classifications=(Classification(id="01022910"),))
        return Declaration(shipment=GoodsShipment(items=(msgspec.structs.replace(item, commodity=commodity),)))

    names = {"DOG": "MFN", "TVS": "VAT"}
    right = compare(declared(("DOG", "1000", "0.1", "100"), ("TVS", "1100", "0.2", "220")), calculator, day, names)
    assert [(one.type_code, one.agrees) for one in right] == [("DOG", True), ("TVS", True)]
    wrong = compare(declared(("DOG", "1000", "0.05", "50"), ("TVS", "1000", "0.2", "200")), calculator, day, names)
    assert [(one.agrees, one.declared, one.amount) for one in wrong] == [
        (False, Decimal(50), Decimal("100.00")),
        (False, Decimal(200), Decimal("220.00")),
    ]
    assert wrong[0].why[0] == "the rate is 5 %, by the tariff it is 10 % (act on MFN)"
    assert wrong[1].why[0] == "the base is 1000, by the tariff it is 1100 XDC"
    assert "base = value + duties + excise = 1000 + 100 = 1100" in wrong[1].why
    short = compare(declared(("DOG", "1000", "0.1", "100")), calculator, day, names)
    assert [(one.type_code, one.agrees, one.declared) for one in short] == [
        ("DOG", True, None or Decimal(100)),
        ("VAT", False, None),
    ]
    other = compare(declared(("XXX", "1000", "0.1", "100")), calculator, day, names)
    assert other[0].why == ("the tariff has no charge XXX; say which charge the code stands for",)
    assert [one.agrees for one in other] == [None, None, None], "a charge that the strange line may be is not missing"
    assert other[1].why[0] == "duty is not declared by this name; it may be XXX"
    free = compare(declared(("EXC", "1000", "0.1", "100")), Calculator(law_with_excise()), day, names)
    assert free[0].why == ("these goods have no charge EXC",)
    assert free[0].agrees is False


def held_against(calculator: Calculator, *lines: Any, value: str = "1000", n_items: int = 1) -> tuple[Compared, ...]:
    """Declared lines of items of one line of the tariff beside its own."""
    (item,) = taxed(value, "XDC").shipment.items
    kilograms = SupplementaryQuantity(quantity=Decimal(200), unit_code="KGM")
    commodity = msgspec.structs.replace(
        item.commodity,
        duties=lines,
        classifications=(Classification(id="01022910"),),
        supplementary=(kilograms,),
    )
    items = tuple(msgspec.structs.replace(item, commodity=commodity, sequence=one + 1) for one in range(n_items))
    return compare(Declaration(shipment=GoodsShipment(items=items)), calculator, date(2026, 3, 1))


@pytest.mark.parametrize(
    ("rate", "line", "why"),
    [
        (percent("10"), fee("duty", "1000", "0.10", "90"), "base times rate is 100, and 90 is declared"),
        (percent("10"), fee("duty", "900", "0.1", "90"), "the base is 900, by the tariff it is 1000 XDC"),
        (percent("10"), fee("duty", "1000", "0.09", "90"), "the rate is 9 %, by the tariff it is 10 % (act on duty)"),
        (percent("1.23456"), fee("duty", "1000", "0.0123456", "12.34"), "it is 12.35, rounded from 12.3456"),
        (
            each("50", "KGM", per="100"),
            fee("duty", "200", "0.5", "90", is_specific=True),
            "base times rate is 100, and 90 is declared",
        ),
        (
            each("50", "KGM", per="100"),
            fee("duty", "180", "0.5", "90", is_specific=True),
            "the base is 180, by the tariff it is 200 KGM",
        ),
        (
            each("50", "KGM", per="100"),
            fee("duty", "200", "0.45", "90", is_specific=True),
            "the rate is 0.45, by the tariff it is 50 XDC / 100 KGM (act on duty)",
        ),
        (
            percent("10"),
            DutyTaxFee(type_code="duty", amount=Amount(Decimal(90))),
            "it is 100 by the rate of the tariff, 10 %",
        ),
    ],
)
def test_a_line_that_differs_has_the_reason_for_it_and_no_other(rate: Formula, line: DutyTaxFee, why: str) -> None:
    (found,) = held_against(Calculator(tariff(measure("duty", rate))), line)
    assert found.agrees is False
    reasons = [one for one in found.why if " = " not in one]
    assert reasons == [why]


def test_an_amount_that_is_paid_alike_agrees_and_one_that_the_charge_rounds_itself_does_not() -> None:
    rounding: dict[Any, Rounding] = {"": Rounding(step=Decimal(1))}
    line = fee("duty", "263184.05", "0.1", "26318.40")
    whole = Calculator(tariff(measure("duty", percent("10")), rounding=rounding))
    assert held_against(whole, line, value="263184.05")[0].agrees is True
    assert held_against(whole, fee("duty", "263184.05", "0.1", "26318.39"), value="263184.05")[0].agrees is False
    at_half = fee("duty", "263185", "0.1", "26318.495")
    assert held_against(whole, at_half, value="263185")[0].agrees is False, "26318 is not 26319"
    assert held_against(Calculator(tariff(measure("duty", percent("10")))), line, value="263184.05")[0].agrees is False
    own = (Charge(name="duty", kind="duty", base="value", round=Rounding()),)
    with_own = Calculator(tariff(measure("duty", percent("10")), rounding=rounding, charges=own))
    assert held_against(with_own, line, value="263184.05")[0].agrees is False


def test_a_line_that_differs_says_what_its_amount_takes_for_granted() -> None:
    relief = (Relief(up_to=Decimal(1500), kinds=("duty",), act="Art. 23"),)
    calculator = Calculator(tariff(measure("duty", percent("10")), reliefs=relief))
    declared = fee("duty", "1000", "0.1", "100")
    (alone,) = held_against(calculator, declared)
    assert alone.agrees is False
    assert alone.why[0] == "the procedure or a relief for low value makes it not-due"
    assert "low value (Art. 23): the line is the whole consignment" in alone.assumed
    both = held_against(calculator, declared, n_items=2)
    assert [(one.agrees, one.assumed) for one in both] == [(True, ()), (True, ())], "2,000 is no low value"


def law_with_excise() -> Tariff:
    """The same with an excise that is on other goods."""
    return tariff(
        measure("duty", percent("10"), "MFN"),
        measure("vat", percent("20"), "VAT"),
        measure("excise", percent("5"), "EXC", code="2402"),
    )
