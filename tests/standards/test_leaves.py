# SPDX-License-Identifier: Apache-2.0
"""Messages as leaves: taken, left over, laid back, and written in the order of the outline."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal

import pytest
from lxml import etree

from cocket.model import Amount, Extension
from cocket.standards.leaves import Leaves, element_of, leaves_of
from cocket.standards.shape import Outline, Shape, Value, rows

TOY = Outline(
    code="toy",
    prefixes={"": "urn:toy", "ds": "urn:toy-values"},
    roots={"Toy": "Toy"},
    classes=rows("""
Toy
  Id     D014 IdType   1..1
  Part   99A  Part     0..2
  Made   -    MadeType 0..1

Part
  Size   006  SizeType 1..1
"""),
    values={
        "IdType": Value(longest=3),
        "SizeType": Value(base="decimal", digits=3, decimals=1),
        "MadeType": Value(attributes={"formatCode": Value(codes=("102",))}, inside="DateTimeString"),
    },
)


def toy(inside: str) -> etree._Element:
    return etree.fromstring(f'<Toy xmlns="urn:toy" xmlns:v="urn:toy-values" xmlns:o="urn:other">{inside}</Toy>')


def test_every_text_has_the_path_where_it_stands() -> None:
    element = toy(
        '<Id risk="1">A</Id><Part><Size> 2 </Size></Part><Part/><o:Odd>x<Id/></o:Odd>'
        '<Made><v:DateTimeString formatCode="102">20260305</v:DateTimeString></Made>'
    )
    leaves = leaves_of(element, TOY)
    assert leaves.take("Part[1]/Size[1]") == "2"
    assert list(leaves.each("Part")) == ["Part[1]", "Part[2]"]
    assert leaves.take_moment("Made[1]") == datetime(2026, 3, 5)
    assert [(each.path, each.value) for each in leaves.left()] == [
        ("Id[1]/@risk", "1"),
        ("Id[1]", "A"),
        ("Part[2]", None),
        ("{urn:other}Odd[1]/Id[1]", None),
        ("{urn:other}Odd[1]", "x"),
    ]


def test_what_is_left_is_laid_back_and_written_in_the_order_of_the_outline() -> None:
    element = toy("<o:Odd>x</o:Odd><Part><Size>2</Size><o:Odd/></Part><Id>A</Id>")
    again = Leaves()
    again.lay_back(leaves_of(element, TOY).left())
    written = element_of(again, TOY, "Toy")
    assert [etree.QName(child).localname for child in written] == ["Id", "Part", "Odd"]
    assert sorted(leaves_of(written, TOY).items()) == sorted(leaves_of(element, TOY).items())


def test_what_is_said_already_is_not_overwritten_and_other_notations_are_passed_over() -> None:
    leaves = Leaves()
    leaves.put("Id[1]", "new")
    leaves.lay_back(
        (
            Extension("Id[1]", "old"),
            Extension("/MetaData[1]/X[1]", "header"),
            Extension("General information/Box", "x"),
            Extension("Id[0]", "x"),
            Extension("a b[1]", "x"),
            Extension("", "x"),
        )
    )
    assert leaves.left() == (Extension("Id[1]", "new"),)


def test_a_value_that_is_not_what_is_asked_for_stays() -> None:
    leaves = Leaves({"A[1]": "1e3", "B[1]": "007", "C[1]": "12.50", "C[1]/@currencyID": "EUR", "D[1]": "soon"})
    assert leaves.take_decimal("A[1]") is None
    assert leaves.take_whole("B[1]") is None
    assert leaves.take_instant("D[1]") is None
    assert leaves.take_amount("C[1]") == Amount(Decimal("12.50"), "EUR")
    assert [each.path for each in leaves.left()] == ["A[1]", "B[1]", "D[1]"]


@pytest.mark.parametrize(
    ("text", "code"),
    [("20260305", "304"), ("20260305120000Z", "102"), ("20261305", "102"), ("20260305120000+99", "304"), ("", "102")],
)
def test_a_date_that_contradicts_its_code_or_the_calendar_stays(text: str, code: str) -> None:
    place = "Made[1]/ds:DateTimeString[1]"
    leaves = Leaves({place: text, f"{place}/@formatCode": code})
    assert leaves.take_moment("Made[1]") is None
    assert len(leaves.left()) == 2


def test_the_shape_judges_by_its_table() -> None:
    shape = Shape(TOY)
    assert shape.accepts(toy("<Id>A</Id><Part><Size>12.5</Size></Part>"))
    assert not shape.accepts(toy("<Id>ABCD</Id>"))
    assert not shape.accepts(toy("<Id>A</Id><Part><Size>1.25</Size></Part>"))
    assert not shape.accepts(toy("<Id>A</Id><Part><Size>1</Size></Part><Part/>"))
    assert next(fault.kind for fault in shape.faults(toy("<Part/>"))) == "SCHEMAV_ELEMENT_CONTENT"
