# SPDX-License-Identifier: Apache-2.0
"""A declaration that is plainly written is read from its characters as parser, schema and tree read it; any other is left to them."""

from __future__ import annotations

import random
import re

import msgspec
import pytest
from lxml import etree

from cocket import standards
from cocket.model import Reading
from cocket.standards import Options
from cocket.standards._front import source_of
from cocket.standards.wco_dm import WCO_DM, plain, read_at_once
from tests.standards.wco_mutations import mutants
from tests.standards.wco_samples import NAMES, accepted_samples, full_declaration, own

#: Ours that nobody wrote comments into, and that are judged by the house's rules alone.
_PLAIN = [re.sub(rb"\s*<!--.*?-->", b"", own(name), flags=re.DOTALL) for name in NAMES]


def at_once(data: bytes, options: Options | None = None) -> Reading | None:
    """What is read from the characters, compared with what parser, schema and tree give; None if nothing is."""
    options = options or Options()
    reading = read_at_once(data, options)
    if reading is not None:
        assert msgspec.json.encode(reading) == msgspec.json.encode(WCO_DM.read(source_of(data), options))
    return reading


def changed(before: str, after: str) -> bytes:
    """Our import declaration, changed in one place."""
    data = _PLAIN[0]
    assert before.encode() in data
    return data.replace(before.encode(), after.encode(), 1)


@pytest.mark.parametrize("data", _PLAIN, ids=NAMES)
def test_our_samples_are_read_at_once(data: bytes) -> None:
    assert at_once(data) is not None


def test_accepted_declarations_of_others_are_read_alike_with_and_without_their_comments() -> None:
    samples = [*accepted_samples(), full_declaration()]
    found = [
        at_once(each) for data in samples for each in (data, re.sub(rb"\s*<!--.*?-->", b"", data, flags=re.DOTALL))
    ]
    assert sum(reading is not None for reading in found) >= len(NAMES)


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("\n", "\r\n"),
        ("<Name>MV KESTREL", "<Name> MV  KESTREL "),
        ("<Name>", "<Name>A &amp; B &lt;&gt;&quot;&apos; "),
        ("<Name>", "<Name>é 船 😀 "),
        ("<InvoiceAmount currencyID", "<InvoiceAmount\n currencyID"),
        ("<FunctionCode>", "\n\t <FunctionCode>"),
        ("<GoodsItemQuantity>", "<GoodsItemQuantity>1"),
    ],
)
def test_other_ways_to_write_plainly_are_read_at_once(before: str, after: str) -> None:
    assert at_once(_PLAIN[0].replace(before.encode(), after.encode())) is not None


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("<TypeCode>", "<TypeCode><!-- of import -->"),
        ("<TypeCode>", "<!-- </TypeCode> --><TypeCode>"),
        ("<TypeCode>", "<?of import?><TypeCode>"),
        ("<TypeCode>IMA", "<TypeCode><![CDATA[IMA]]>"),
        ("<TypeCode>IMA", "<TypeCode>&#73;MA"),
        ("<TypeCode>IMA", "<TypeCode>I<MA"),
        ("<TypeCode>IMA", "<TypeCode>IM&A"),
        ("<TypeCode>IMA", "<TypeCode>I\u00a0A"),
        ("<TypeCode>IMA", "<TypeCode>I\x7fA"),
        ("<TypeCode>IMA", "<TypeCode>IMAX"),
        ("<TypeCode>IMA", "<TypeCode>"),
        ("<TypeCode>", '<TypeCode languageID="en">'),
        ("<TypeCode>", "<TypeCode >x</TypeCode><TypeCode>"),
        ("</TypeCode>", "</TypeCode>text"),
        ("</TypeCode>", "</TypeCode><Unknown>1</Unknown>"),
        ("</TypeCode>", "</TypeCode><ID/>"),
        ("</Declaration>", "</Declaration><Declaration/>"),
        ("<Declaration", "<!-- <Declaration> --><Declaration"),
    ],
)
def test_what_is_not_plain_is_left_to_the_parser(before: str, after: str) -> None:
    assert at_once(changed(before, after)) is None


def test_damaged_declarations_are_read_alike_or_left_to_the_parser() -> None:
    read = refused = 0
    for _, damaged in mutants([*_PLAIN, full_declaration()], 20261202, 800):
        data = etree.tostring(damaged.getroottree())
        if at_once(data) is not None:
            read += 1
        elif standards.read(data).outcome == "refused":
            refused += 1
    assert read > 50
    assert refused > 300


def test_damaged_characters_are_read_alike_or_left_to_the_parser() -> None:
    chance = random.Random(20261202)
    for _ in range(800):
        data = bytearray(chance.choice(_PLAIN))
        place = chance.randrange(len(data))
        data[place : place + chance.choice((0, 1, 2))] = chance.choice(
            (b"", b"<", b">", b"&", b"/", b" ", b'"', b"1", b"\0")
        )
        at_once(bytes(data))


def test_a_warning_has_its_place() -> None:
    reading = at_once(changed("<GoodsItemQuantity>", "<GoodsItemQuantity>1"))
    assert reading is not None
    assert [(each.code, each.pointer) for each in reading.findings] == [("wco-items-total", "42A/228")]
    none = at_once(changed("<GoodsItemQuantity>", "<GoodsItemQuantity>1"), Options(limit=0))
    assert none is not None
    assert [each.code for each in none.findings] == ["findings-left-out"]


@pytest.mark.parametrize(
    "options",
    [Options(profile="gb-cds"), Options(lenient=True), Options(limits=standards.Limits()), Options(package=b"{}")],
)
def test_who_asks_for_another_way_to_read_gets_it(options: Options) -> None:
    assert read_at_once(_PLAIN[0], options) is None


def test_what_is_remembered_is_bounded_and_learnt_again(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(plain, "_MOST_KNOWN", 10)
    plain._writing.cache_clear()
    plain._opened.cache_clear()
    assert at_once(_PLAIN[0]) is not None
    assert plain._writing.cache_info().currsize == 0
    assert at_once(_PLAIN[0]) is not None
    assert at_once(changed("<FunctionCode>", " " * 1_000 + "<FunctionCode>")) is None
