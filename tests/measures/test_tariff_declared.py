# SPDX-License-Identifier: Apache-2.0
from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any

import msgspec
import pytest

from cocket.measures.tariff import goods_of, recompute
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
