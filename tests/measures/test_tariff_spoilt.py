# SPDX-License-Identifier: Apache-2.0
"""One thing of a tariff spoilt: the answer is the same, or none, or the file is refused; never another number."""

from __future__ import annotations

import json
import os
import random
import tomllib
from collections.abc import Callable, Iterator
from decimal import Decimal
from typing import Any

import msgspec
import pytest
from typer.testing import CliRunner

from cocket.cli import app
from cocket.errors import CocketError, SenderError, SettingsError, UnreadableError
from cocket.measures.tariff import (
    Calculator,
    Charge,
    Duties,
    Relief,
    Rounding,
    check_tariff,
    load_tariff,
    read_charges,
    read_question,
    read_tariff,
    write_tariff,
)
from cocket.measures.tariff.charge_files import write_toml
from cocket.measures.tariff.expression import read_expression
from cocket.measures.tariff.numbers import read_number
from tests.measures.making import duties, goods, measure, percent, tariff

TABLE = (
    b"Code,Text,Unit,MFN,PREF,EXC,VAT,Act\n1111.11.11,A,NAR,10 %,2 %,5 %,20 %,a\n2222.22.22,B,KGM,30 %,4 %,,20 %,b\n"
)
MAPPING = """\
name = "xa"
currency = "XDC"
code = "Code"
description = "Text"
units = ["Unit"]
act = "Act"

[[rates]]
column = "MFN"
kind = "duty"

[[rates]]
column = "PREF"
kind = "preference"
area = "AF"

[[rates]]
column = "EXC"
kind = "excise"

[[rates]]
column = "VAT"
kind = "vat"

[areas]
AF = ["KE", "TZ"]

[[charges]]
name = "EXC"
kind = "excise"
base = "value + duty"

[[charges]]
name = "VAT"
kind = "vat"
base = "value + duty + EXC + FEE"

[[charges]]
name = "FEE"
kind = "fee"
base = "value"
rate = "1 %"
floor = "5 XDC"
cap = "500 XDC"
procedures = ["4"]

[[reliefs]]
up_to = "20"
kinds = ["duty"]
act = "r"
"""
WHOLE = load_tariff([("t", TABLE)], MAPPING.encode()).tariff
WRITTEN = write_tariff(WHOLE)


def answers(book: Any) -> list[Duties]:
    calculator = Calculator(book)
    asked: dict[str, Any] = {"additional_codes": (), "documents": (), "persons": (), "currency": "XDC"}
    return [
        calculator.duties(
            goods(code=code, value=Decimal(value), origin=origin, preference=claim, procedure=how, **asked)
        )
        for code in ("11111111", "22222222")
        for value in ("10", "1000", "90000")
        for origin, claim in (("KE", "PREF"), ("US", None))
        for how in ("4000", "7100")
    ]


BEFORE = answers(WHOLE)

#: How many values are spoilt in each form; `SPOILT_RUNS` asks for more.
RUNS = int(os.environ.get("SPOILT_RUNS", "150"))


def respoilt(change: Callable[[dict[str, Any]], Any]) -> bytes:
    content = json.loads(WRITTEN)
    change(content)
    return json.dumps(content).encode()


@pytest.mark.parametrize("text", ["1_0", "1e1", "1E+1", "\u0663", "1,0", "0x10", "1.2.3", "1.", ".5", "NaN", "", "1 0"])
def test_a_number_is_digits_and_a_point_wherever_it_stands(text: str) -> None:
    with pytest.raises(ValueError, match="not a number"):
        read_number(text)
    laws = {
        'floor = "5 XDC"': f'floor = "{text} XDC"',
        'cap = "500 XDC"': f'cap = "{text} XDC"',
        'rate = "1 %"\n': f'rate = "{text} %"\n',
        'up_to = "20"': f'up_to = "{text}"',
        'base = "value"\nrate = "1 %"': f'base = "{text} * value"\nrate = "1 %"',
        'procedures = ["4"]': f'procedures = ["4"]\nround = {{ step = "{text}" }}',
        'rate = "1 %"\nfloor': f'steps = [{{ rate = "1 %", to = "{text}" }}]\nfloor',
    }
    for old, new in laws.items():
        assert old in MAPPING
        with pytest.raises(CocketError):
            Calculator(load_tariff([("t", TABLE)], MAPPING.replace(old, new).encode()).tariff)
    percent_of = WRITTEN.replace(b'"percent":"10"', f'"percent":{json.dumps(text)}'.encode())
    assert percent_of != WRITTEN
    with pytest.raises(UnreadableError):
        read_tariff(percent_of)


@pytest.mark.parametrize("text", ["1_0", "1e1", "\\u0033\\u005f0", "\u0663"])
@pytest.mark.parametrize("field", ["value", "quantities", "amounts", "facts"])
def test_a_number_of_a_question_is_digits_and_a_point(field: str, text: str) -> None:
    told = f'"{text}"' if field == "value" else f'{{"KGM":"{text}"}}'
    with pytest.raises(SenderError) as refused:
        read_question(f'{{"code":"1","date":"2026-03-01","{field}":{told}}}'.encode())
    assert "use the digits 0 to 9 and a point" in str(refused.value.findings[0].arguments)


@pytest.mark.parametrize("text", ["1_0", "1e1", "\u0663"])
def test_a_number_of_an_invoice_is_digits_and_a_point(text: str) -> None:
    whole = {"price": "1000", "gross_mass_kg": "10"}
    for lines, freight in (
        ([{**whole, "price": text}], "100"), ([{**whole, "gross_mass_kg": text}, whole], "100"), ([whole], text)
    ):  # fmt: skip
        invoice = {
            "date": "2026-05-05", "currency": "XDC", "terms": "FOB", "lines": lines,
            "amounts": {"freight": {"value": freight}, "insurance": {"value": "1"}},
        }  # fmt: skip
        ran = CliRunner().invoke(
            app, ["measures", "build", "-", "--currency", "XDC", "--json"], input=json.dumps(invoice)
        )
        assert ran.exit_code == 1
        assert json.loads(ran.stdout)["values"] == []


def test_an_amount_of_an_invoice_without_a_currency_is_assumed_to_be_in_that_of_the_price() -> None:
    freight: dict[str, Any] = {"value": "100"}
    for told in (freight, {**freight, "currency": ""}, {**freight, "currency": None}):
        invoice = {
            "date": "2026-05-05", "currency": "XDC", "terms": "FOB", "lines": [{"price": "1000"}],
            "amounts": {"freight": told, "insurance": {"value": "1", "currency": "XDC"}},
        }  # fmt: skip
        ran = CliRunner().invoke(
            app, ["measures", "build", "-", "--currency", "XDC", "--json"], input=json.dumps(invoice)
        )
        (built,) = json.loads(ran.stdout)["values"]
        assert built["value"] == "1101.00"
        assert [one for one in built["assumed"] if one["code"] == "currency-not-stated"] == [
            {
                "code": "currency-not-stated",
                "says": "freight is in XDC, the currency of the price, because no currency of it is stated",
            }
        ]


@pytest.mark.parametrize("members", [[], ["KE", "Q"], ["KE ", "TZ"], [""], ["ke"]])
def test_an_area_that_no_goods_come_from_is_refused(members: list[str]) -> None:
    with pytest.raises(SettingsError, match="AF"):
        load_tariff([("t", TABLE)], MAPPING.replace('["KE", "TZ"]', json.dumps(members)).encode())
    with pytest.raises(UnreadableError, match="AF"):
        read_tariff(respoilt(lambda whole: whole["tariff"]["areas"].update(AF=members)))


@pytest.mark.parametrize(
    ("place", "change"),
    [
        (2, lambda one: one.pop("rate")),
        (2, lambda one: one.update(rate="")),
        (2, lambda one: one.update(floor="")),
        (0, lambda one: one.update(name="")),
        (0, lambda one: one.update(name="EXCISE")),
        (1, lambda one: one.update(name="VATX")),
        (1, lambda one: one.update(base="")),
    ],
)
def test_a_written_charge_that_lost_its_rate_or_name_is_refused(
    place: int, change: Callable[[dict[str, Any]], Any]
) -> None:
    with pytest.raises(UnreadableError):
        read_tariff(respoilt(lambda whole: change(whole["tariff"]["charges"][place])))


def test_a_written_rate_of_another_column_is_refused() -> None:
    def change(whole: dict[str, Any]) -> None:
        whole["tariff"]["measures"]["11111111"][2]["type_code"] = "EXI"

    with pytest.raises(UnreadableError, match="EXC"):
        read_tariff(respoilt(change))


def test_a_file_of_before_that_does_not_say_its_columns_is_read() -> None:
    def change(whole: dict[str, Any]) -> None:
        del whole["columns"], whole["on_goods"]

    assert read_tariff(respoilt(change)) == WHOLE == read_tariff(WRITTEN)


def test_a_charge_under_a_procedure_of_no_table_is_refused() -> None:
    for written in ("99", "4O", "0"):
        book = tariff(
            measure("duty", percent("1")), charges=(Charge(name="FEE", kind="fee", rate="1 %", procedures=(written,)),)
        )
        assert ("procedure-not-understood", "error") in {(one.code, one.severity) for one in check_tariff(book)}
        with pytest.raises(SettingsError, match=written):
            Calculator(book)


@pytest.mark.parametrize(
    ("change", "says"),
    [
        ({"of": "valeu"}, "valeu"),
        ({"currency": "EUI"}, "EUI"),
        ({"kinds": ()}, "no kind"),
        ({"of": ""}, "not an amount"),
    ],
)
def test_a_relief_that_could_never_hold_is_refused(change: dict[str, Any], says: str) -> None:
    relief = msgspec.structs.replace(Relief(up_to=Decimal(20), kinds=("duty",), act="r"), **change)
    book = tariff(measure("duty", percent("1")), reliefs=(relief,))
    assert "error" in {one.severity for one in check_tariff(book)}
    with pytest.raises(SettingsError, match=says):
        Calculator(book)
    Calculator(
        tariff(
            measure("duty", percent("1")),
            reliefs=(msgspec.structs.replace(relief, of="FOB", currency="EUR", kinds=("vat",)),),
        )
    )


@pytest.mark.parametrize("value", ["0.04", "0.20", "0.30", "49.9", "50", "60", "300"])
def test_what_is_waived_is_waived_before_it_is_rounded_so_that_a_claim_costs_no_more(value: str) -> None:
    duty = Charge(name="duty", kind="duty", base="value", waived_below="5")
    book: dict[str, Any] = {"charges": (duty,), "rounding": {"": Rounding(step=Decimal(1), mode="up")}}
    both = measure("duty", percent("10")), measure("preference", percent("2"), "PREF", area="AFAR")
    bare, claimed = (
        duties(*both, value=Decimal(value), origin="XB", preference=claim, **book) for claim in (None, "PREF")
    )
    assert bare.payable is not None and claimed.payable is not None
    assert claimed.payable <= bare.payable
    exact = Decimal(value) / 10
    assert (bare.payable > 0) == (exact >= 5)


def test_a_waiver_looks_at_the_exact_amount() -> None:
    duty = Charge(name="duty", kind="duty", base="value", waived_below="5", round=Rounding(step=Decimal(1)))
    assert duties(measure("duty", percent("1")), value=Decimal(499), charges=(duty,)).total == 0
    assert duties(measure("duty", percent("1")), value=Decimal(500), charges=(duty,)).total == 5


@pytest.mark.parametrize("code", ["5100", "7100", "8000", "5300", "ATA"])
def test_what_is_due_and_secured_together_is_what_a_release_costs(code: str) -> None:
    charges = (
        Charge(name="FEE", kind="fee", base="value", rate="1 %", procedures=("4",)),
        Charge(name="DESK", kind="fee", base="duty", rate="10 %"),
        Charge(name="VAT", kind="vat", base="value + duty + FEE + DESK", rate="20 %"),
    )
    release, found = (duties(measure("duty", percent("10")), procedure=one, charges=charges) for one in ("4000", code))
    assert release.total == Decimal("344.00")
    assert found.total is not None and found.security is not None
    share = Decimal("1.1") if code == "ATA" else Decimal(1)
    assert found.security == (release.total - found.total) * share


def test_what_is_repaid_is_what_the_release_did_cost() -> None:
    charges = (
        Charge(name="FEE", kind="fee", base="value", rate="1 %", procedures=("4",)),
        Charge(name="VAT", kind="vat", base="value + duty + FEE", rate="20 %"),
    )
    found = duties(measure("duty", percent("10")), procedure="REFUND", charges=charges)
    assert [(line.charge, str(line.amount), line.effect) for line in found.lines] == [
        ("duty", "100.00", "repaid"),
        ("VAT", "222.00", "repaid"),
    ]
    assert (found.total, found.repaid, found.security) == (Decimal(), Decimal("322.00"), Decimal())


def test_security_that_is_not_known_says_what_a_release_lacks() -> None:
    fee = Charge(name="FEE", kind="fee", base="value", rate="1 %", procedures=("4",), persons=("filer",))
    found = duties(measure("duty", percent("10")), procedure="7100", charges=(fee,))
    assert (found.total, found.security) == (Decimal(), None)
    assert [(one.code, one.arguments["missing"]) for one in found.findings] == [("release-not-computable", "person")]


@pytest.mark.parametrize("field", ["uses", "preference", "additional_code", "order_number", "type", "base"])
def test_a_blank_word_of_a_column_is_refused(field: str) -> None:
    for blank in ("", " "):
        mapping = MAPPING.replace('kind = "preference"', f'kind = "preference"\n{field} = "{blank}"')
        with pytest.raises(SettingsError, match=f"{field} of PREF is blank"):
            load_tariff([("t", TABLE)], mapping.encode())


@pytest.mark.parametrize("field", ["floor", "cap", "rate", "base", "waived_below"])
def test_a_blank_limit_is_refused(field: str) -> None:
    lines = next(line for line in MAPPING.split("\n\n") if 'name = "FEE"' in line).splitlines()
    kept = [line for line in lines if not line.startswith(f"{field} =")]
    mapping = MAPPING.replace("\n".join(lines), "\n".join([*kept, f'{field} = ""']))
    with pytest.raises(SettingsError, match=f"{field} of FEE is blank"):
        load_tariff([("t", TABLE)], mapping.encode())
    law = {
        "name": "x",
        "currency": "XDC",
        "source": "s",
        "as_of": "d",
        "charges": [tomllib.loads("\n".join([*kept[1:], f'{field} = ""']))],
    }
    text = write_toml(law).decode() + f'{field} = ""\n'
    with pytest.raises(SettingsError, match=f"{field} of FEE is blank"):
        read_charges(text.encode())


def test_blanks_around_a_preference_are_passed_over_and_a_use_of_a_blank_measure_is_named() -> None:
    mapping = MAPPING.replace('kind = "preference"', 'kind = "preference"\npreference = "300 "')
    book = load_tariff([("t", TABLE)], mapping.encode()).tariff
    found = Calculator(book).duties(goods(code="11111111", origin="KE", preference="300"))
    assert "PREF" in [line.type_code for line in found.lines]
    blank = duties(measure("duty", percent("10")), measure("suspension", percent("1"), uses=""), use="fattening")
    assert "use-without-effect" in [one.code for one in blank.findings]


#: How one value is spoilt, as a hand or a spreadsheet does it.
SPOILS: tuple[Callable[[str], str], ...] = (
    lambda text: text.replace(".", ",", 1),
    lambda text: text.replace("0", "O", 1),
    lambda text: text.replace("1", "1_", 1),
    lambda text: text + "_0",
    lambda text: text + "e1",
    lambda text: "-" + text,
    lambda text: text + " x",
    lambda text: text + " ",
    lambda text: "",
    lambda text: text.lower(),
    lambda text: text.replace("XDC", "XYZ"),
    lambda text: "\u0663" + text[1:],
    lambda text: text.replace("%", ""),
    lambda text: text.replace(" ", ""),
)  # fmt: skip

#: Values of which another one is another law, lawfully written: no reader could tell.
_OF_THE_LAW = ("kind", "base", "procedures", "kinds", "description", "act", "text", "valid_from", "valid_to", "form")


def places(value: Any, way: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    """Where texts stand, as ways from the outermost value."""
    if isinstance(value, dict | list):
        for key, one in value.items() if isinstance(value, dict) else enumerate(value):
            yield from places(one, (*way, key))
    elif isinstance(value, str) and not any(one in _OF_THE_LAW for one in way):
        yield way


def spoilt(whole: Any, way: tuple[Any, ...], spoil: Callable[[str], str]) -> Any:
    copy = json.loads(json.dumps(whole))
    inner = copy
    for key in way[:-1]:
        inner = inner[key]
    inner[way[-1]] = spoil(inner[way[-1]])
    return copy


def read_mapped(whole: Any) -> Any:
    return load_tariff([("t", TABLE)], json.dumps(whole).encode()).tariff


@pytest.mark.parametrize(
    ("whole", "read"),
    [
        (tomllib.loads(MAPPING), read_mapped),
        (json.loads(WRITTEN), lambda whole: read_tariff(json.dumps(whole).encode())),
    ],
    ids=["mapping", "written"],
)
def test_one_value_spoilt_never_makes_another_number(whole: Any, read: Callable[[Any], Any]) -> None:
    chance = random.Random(1958)
    every = [(way, place) for way in places(whole) for place in range(len(SPOILS))]
    chance.shuffle(every)
    seen = {"refused": 0, "same": 0, "none": 0}
    for way, place in every[:RUNS]:
        try:
            found = answers(read(spoilt(whole, way, SPOILS[place])))
        except CocketError:
            seen["refused"] += 1
            continue
        for before, after in zip(BEFORE, found, strict=True):
            if after.total is None:
                seen["none"] += 1
                assert after.not_computable or after.findings
                continue
            is_said = any(one.code in ("claim-without-effect", "code-not-in-tariff") for one in after.findings)
            same = [getattr(one, name) for one in (before, after) for name in ("total", "security", "repaid")]
            assert same[:3] == same[3:] or is_said, (way, place, before.total, after.total)
            seen["same"] += 1
    assert seen["refused"] and seen["same"]


def test_the_bases_know_no_digits_of_other_scripts() -> None:
    with pytest.raises(SettingsError):
        read_expression("\u0663 * value")
