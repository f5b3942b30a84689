# SPDX-License-Identifier: Apache-2.0
"""Rates of exchange: nothing of a file is passed over, and a rate that cannot be used hides the one before it."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import pytest

from cocket.errors import UnreadableError
from cocket.measures.customs_value import build_values
from cocket.measures.customs_value.building import PricedLine, ValueQuestion
from cocket.measures.tariff import Calculator, Rates, check_tariff, read_rates
from tests.measures.making import goods, measure, percent, tariff

_HEAD = "currency,from,rate\n"
_MONTH = '{"attributes":{"child_monetary_unit_code":"%s","exchange_rate":"%s","validity_start_date":"%s"}}'


@pytest.mark.parametrize(
    ("content", "says"),
    [
        (_HEAD + "EUR,2026-05-01,1,30\n", "line 2 has more cells than heads"),
        (_HEAD + "EUR,2026-05-01,1.30,x\n", "more cells than heads"),
        (_HEAD + "EUR,2026-05-01,1.30,\n", "more cells than heads"),
        ("currency,from,rate,unit\nJPY,2026-05-01,0.7,100\n", "the column 'unit' is not known"),
        (_HEAD + "EUR,2026-05-01,1_3\n", "1_3 is not a rate"),
        (_HEAD + "EUR,2026-05-01,1e0\n", "1e0 is not a rate"),
        (_HEAD + "EUR,2026-05-01,NaN\n", "NaN is not a rate"),
        (_HEAD + "EUR,2026-05-01,\u0663\n", "is not a rate"),
        (_HEAD + "EUR,2026-05-01\n", "the rate is missing"),
        (_HEAD + "EUR,2026-01-01,1.1\nEUI,2026-05-01,1.3\n", "line 3: EUI is not a currency"),
        (_HEAD + "XDC,2026-05-01,2\n", "the tariff's own currency"),
        (f"[{_MONTH % ('XDC', '1_3', '2026-05-01')}]", "not a number"),
        (f"[{_MONTH % ('XDC', '1e2', '2026-05-01')}]", "not a number"),
        (f"[{_MONTH % ('XDC', '2', '2026-05-01')}]".replace("}}", ',"unit":100}}'), "unit"),
        (f"[{_MONTH % ('EUI', '2', '2026-05-01')},{_MONTH % ('XDC', '2', '2026-05-01')}]", "EUI is not a currency"),
        (f"[{_MONTH % ('XDC', '2', '2026-04-01')},{_MONTH % ('USD', '2', '2026-05-01')}]", "have none of XDC"),
        (f"[{_MONTH % ('XDC', '2', '2026-05-01')},{_MONTH % ('XDC', '3', '2026-05-01')}]", "have two of XDC"),
    ],
)  # fmt: skip
def test_a_file_of_rates_that_says_more_than_is_understood_is_refused(content: str, says: str) -> None:
    with pytest.raises(UnreadableError, match=says) as refused:
        read_rates(content.encode(), "XDC")
    assert refused.value.code == "rates-unreadable"


def test_columns_for_people_change_no_rate() -> None:
    content = b"currency,name,from,rate,note,source\neur,euro,2026-05-01,1.30,x,y\n"
    assert read_rates(content, "XDC") == (("EUR", date(2026, 5, 1), Decimal("1.30")),)


@pytest.mark.parametrize("spoilt", ["EUR,2026-05-01,0", "EUR,2026-05-01,-1", "EUR,2026-05-01,1.3\nEUR,2026-05-01,1.4"])
def test_a_rate_that_cannot_be_used_leaves_the_currency_unknown_until_a_later_one(spoilt: str) -> None:
    content = f"{_HEAD}EUR,2026-01-01,1.1\n{spoilt}\nEUR,2026-07-01,1.5\n".encode()
    rates = Rates("XDC", read_rates(content, "XDC"))
    calculator = Calculator(tariff(measure("duty", percent("10"))), rates)
    assert [one.severity for one in rates.findings] == ["error"]
    assert "error" in {one.severity for one in check_tariff(calculator.tariff, rates)}
    totals = []
    for day in (date(2026, 4, 30), date(2026, 5, 1), date(2026, 6, 30), date(2026, 7, 1)):
        totals.append(calculator.duties(goods(currency="EUR", day=day)).total)
    assert totals == [Decimal("110.00"), None, None, Decimal("150.00")]
    (lacking,) = {
        one for part in calculator.duties(goods(currency="EUR", day=date(2026, 5, 5))).not_computable
        for one in part.missing if one.reason == "exchange-rate"
    }  # fmt: skip
    assert lacking.what.startswith("EUR on 2026-05-05: ")
    assert "2026-05-01" in lacking.what


def test_two_rates_of_a_month_that_differ_leave_the_currency_unknown() -> None:
    every = [("GBP", "0.8"), ("USD", "1.6"), ("USD", "1.7"), ("jpy", "160")]
    content = f"[{','.join(_MONTH % (*one, '2026-05-01') for one in every)}]".encode()
    rates = Rates("GBP", read_rates(content, "GBP"))
    day = date(2026, 5, 5)
    assert (rates.of("USD", day), rates.of("JPY", day), rates.of("EUR", day)) == (
        None,
        Decimal("0.005"),
        Decimal("0.8"),
    )


def test_a_customs_value_names_the_rate_that_cannot_be_used() -> None:
    rates = Rates("XDC", read_rates(f"{_HEAD}EUR,2026-01-01,1.1\nEUR,2026-05-01,0\n".encode(), "XDC"))
    asked = ValueQuestion(
        lines=(PricedLine(price=Decimal(10)),), currency="EUR", day=date(2026, 5, 5), terms="CIF", basis="CIF"
    )
    (built,), _ = build_values(asked, rates)
    assert built.value is None
    assert [one.what for one in built.missing] == ["EUR on 2026-05-05: the rate of EUR from 2026-05-01 is 0"]
