# SPDX-License-Identifier: Apache-2.0
"""The code lists: looked up by hand, and held against the published collections where those are at hand."""

from __future__ import annotations

import csv
import json
from collections.abc import Callable
from decimal import Decimal
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cocket.codes import UnLocode, country, currency, package_kind, unit
from cocket.codes.builtin import user_assigned
from cocket.codes.country import _by_code as countries
from cocket.codes.currency import _by_code as currencies
from cocket.codes.currency import fits_minor_unit
from cocket.codes.package import _by_code as packages
from cocket.codes.unit import _by_code as units
from tests.corpora import corpora


@pytest.mark.parametrize("text", ["CZ", "cze", "203", " CZ "])
def test_a_country_is_found_by_each_of_its_codes(text: str) -> None:
    found = country(text)
    assert found is not None
    assert (found.alpha2, found.alpha3, found.numeric, found.name) == ("CZ", "CZE", "203", "Czechia")


def test_a_numeric_country_may_lack_its_zeros() -> None:
    assert country("8") == country("008") == country("AL")


@pytest.mark.parametrize("code", ["AA", "QM", "QZ", "XA", "XI", "XZ", "ZZ"])
def test_user_assigned_countries_are_told_apart(code: str) -> None:
    found = country(code)
    assert found is not None
    assert (found.assignment, found.alpha3, found.numeric) == ("user", None, None)


def test_what_the_eu_means_by_a_user_assigned_code_is_its_name_in_every_list() -> None:
    found, listed = country("XI"), next(code for code in user_assigned() if code.code == "XI")
    assert found is not None
    assert found.name == listed.name == "United Kingdom (Northern Ireland)"
    assert listed.attributes == {"assignment": "user", "named_by": "European Union"}
    assert [code.name for code in user_assigned() if code.code == "XA"] == ["user-assigned XA"]


def test_reserved_countries_are_told_apart() -> None:
    for code in ("EU", "AN", "UK"):
        found = country(code)
        assert found is not None and found.assignment == "reserved"


@pytest.mark.parametrize("code", ["", "QL", "ZY", "AB", "QMA", "000", "999", "ß", "Alphaland"])
def test_what_is_no_country_is_none(code: str) -> None:
    assert country(code) is None


def test_a_currency_is_found_by_letters_and_number() -> None:
    yen = currency("JPY")
    assert yen is not None and yen == currency("392")
    assert yen.minor_units == 0
    dinar, gold = currency("TND"), currency("XAU")
    assert dinar is not None and dinar.minor_units == 3
    assert gold is not None and gold.minor_units is None
    assert currency("EURO") is None


def test_a_withdrawn_currency_is_known_and_marked_and_yields_its_number() -> None:
    kuna, guilder = currency("HRK"), currency("532")
    assert kuna is not None and kuna.is_withdrawn
    assert guilder is not None and guilder.letters == "XCG"


def test_units_and_packages_are_found() -> None:
    kilogram, hectare, carton = unit("kgm"), unit("HAR"), package_kind("ct")
    assert kilogram is not None and (kilogram.symbol, kilogram.is_withdrawn) == ("kg", False)
    assert hectare is not None and hectare.is_withdrawn
    assert carton is not None and carton.name == "Carton"
    assert unit("???") is None
    assert package_kind("???") is None


def test_a_locode_has_a_shape() -> None:
    assert UnLocode.parse("nl rtm") == UnLocode("NL", "RTM")
    rotterdam = UnLocode.parse("NLRTM")
    assert rotterdam is not None and rotterdam.canonical == "NLRTM"
    for wrong in ("", "NLRT", "NLR01", "N1RTM", "NLRTMX"):
        assert UnLocode.parse(wrong) is None


@given(st.text(max_size=8))
def test_no_text_raises(text: str) -> None:
    for look_up in (country, currency, unit, package_kind, UnLocode.parse):
        look_up(text)


def _published(path: Path, *columns: str) -> set[tuple[str, ...]]:
    with path.open(encoding="utf-8", newline="") as file:
        return {tuple(row[column].strip() for column in columns) for row in csv.DictReader(file)}


def test_official_countries_are_those_published() -> None:
    path = corpora("country-codes", "data", "country-codes.csv")
    published = _published(path, "ISO3166-1-Alpha-2", "ISO3166-1-Alpha-3", "ISO3166-1-numeric")
    ours = {(c.alpha2, c.alpha3, c.numeric) for c in countries().values() if c.assignment == "official"}
    assert ours == {(two, three, number.zfill(3)) for two, three, number in published}


def test_current_currencies_are_those_published() -> None:
    path = corpora("currency-codes", "data", "codes-all.csv")
    columns = ("AlphabeticCode", "NumericCode", "MinorUnit", "WithdrawalDate")
    published = {row[:3] for row in _published(path, *columns) if row[0] and not row[3]}
    ours = {c for c in currencies().values() if not c.is_withdrawn}
    assert {(c.letters, c.numeric, "-" if c.minor_units is None else str(c.minor_units)) for c in ours} == published


def test_packages_are_those_published() -> None:
    path = corpora("hmrc-reference-data", "conf", "resources", "code-lists", "KindOfPackages.json")
    assert set(packages()) == {entry["code"] for entry in json.loads(path.read_bytes())}


def test_units_are_among_those_published() -> None:
    folder = corpora("uncefact-codes", "CLR", "Rec20", "current")
    published = _published(folder / "Annex || & Annex |||" / "code-list.csv", "CommonCode", "Status")
    gone = {code: bool(status) for code, status in published}
    assert {u.code: u.is_withdrawn for u in units().values()}.items() <= gone.items()


@pytest.mark.parametrize("table", [countries, currencies, packages, units])
def test_names_are_never_empty(table: Callable[[], dict[str, object]]) -> None:
    assert all(getattr(entry, "name", "") for entry in table().values())


@pytest.mark.parametrize(
    ("amount", "code", "fits"),
    [
        ("12.50", "EUR", True),
        ("12.500", "EUR", True),
        ("12.505", "EUR", False),
        ("100", "JPY", True),
        ("1E+3", "JPY", True),
        ("0.5", "JPY", False),
        ("1.234", "KWD", True),
        ("0.00001", "XAU", True),
        ("0.00001", "ZZZ", True),
    ],
)
def test_an_amount_has_no_more_places_than_its_currency(amount: str, code: str, fits: bool) -> None:
    assert fits_minor_unit(Decimal(amount), code) is fits
