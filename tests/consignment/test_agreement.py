# SPDX-License-Identifier: Apache-2.0
from __future__ import annotations

from decimal import Decimal

import pytest

from cocket.consignment import agreement
from cocket.model import Amount, Party


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [("0", "1", True), ("0", "1.001", False), ("1000", "1010", True), ("1000", "1011", False), ("-5", "5", False)],
)
def test_masses_agree_within_one_percent_or_one_kilogram(one: str, other: str, same: bool) -> None:
    assert agreement.same_mass(Decimal(one), Decimal(other)) is same
    assert agreement.same_mass(Decimal(other), Decimal(one)) is same


def test_sums_in_different_currencies_or_of_nothing_are_not_compared() -> None:
    dollars, euros = Amount(Decimal(100), "USD"), Amount(Decimal(100), "EUR")
    assert agreement.same_money(dollars, euros) is None
    assert agreement.same_money(dollars, Amount(Decimal(0), "USD")) is None
    assert agreement.same_money(dollars, Amount(Decimal(101), "USD")) is True
    assert agreement.same_money(dollars, Amount(Decimal(102), "USD")) is False


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        ("ACME Trading Ltd.", "acme trading limited", True),
        ("Société Générale S.A.R.L.", "SOCIETE GENERALE SARL", True),
        ("Trading, ACME", "ACME TRADING", True),
        ("ACME", "ACME Trading Europe", True),
        ("ACME Trading", "ACME Shipping", False),
        ("Ltd", "ACME", None),
        ("To order", "ACME", None),
    ],
)
def test_names_are_compared_without_their_dress(one: str, other: str, same: bool | None) -> None:
    assert agreement.same_party(Party(name=one), Party(name=other)) is same


def test_an_equal_number_settles_it_and_an_unequal_one_only_without_names() -> None:
    assert agreement.same_party(Party(id="x1", name="A"), Party(id="X1", name="B")) is True
    assert agreement.same_party(Party(id="1", name="ACME"), Party(id="2", name="ACME")) is True
    assert agreement.same_party(Party(id="1"), Party(id="2")) is False
    assert agreement.same_party(Party(id="1"), Party(name="ACME")) is None


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        (("870323",), ("8703.23.90",), True),
        (("87",), ("87032390", "94036000"), True),
        (("8708",), ("87032390",), False),
        (("94036000", "8708"), ("87032390", "94036000", "39269090"), False),
        (("8",), ("87032390",), False),
        ((), ("87032390",), None),
    ],
)
def test_codes_are_compared_as_far_as_both_go(one: tuple[str, ...], other: tuple[str, ...], same: bool | None) -> None:
    assert agreement.same_codes(one, other) is same
    assert agreement.same_codes(other, one) is same


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        ("used cars", "CAR, USED", True),
        ("auto parts", "used cars", False),
        ("мебель", "МЕБЕЛЬ деревянная", True),
        ("1 2 3", "cars", None),
    ],
)
def test_goods_share_a_word_of_meaning(one: str, other: str, same: bool | None) -> None:
    assert agreement.same_goods((one,), (other,)) is same
