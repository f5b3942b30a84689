# SPDX-License-Identifier: Apache-2.0
"""The verdict on structure: ours must be that of the published schemas, on good messages and on damaged ones."""

from __future__ import annotations

import os

import pytest
from lxml import etree

from cocket.standards.ens.fields import MESSAGES, Group
from cocket.standards.ens.schema import accepts
from cocket.standards.xml import parse_xml
from tests.corpora import corpora
from tests.standards.ens_damage import mutants
from tests.standards.ens_messages import (
    ANSWERS,
    DECLARATIONS,
    MANY,
    cases,
    changed,
    every_own,
    is_of_structure,
    own,
    profile_of,
    published_schema,
)

#: Damaged messages to compare on; a soak sets more, with another seed.
MUTANTS = int(os.environ.get("COCKET_MUTANTS", "600"))
SEED = int(os.environ.get("COCKET_SEED", "36"))


def positions(group: Group) -> int:
    """Elements in a group and in all groups inside it."""
    return sum(1 + (positions(field.group) if field.group else 0) for field in group.fields.values())


def verdict(data: bytes, *, is_new: bool = False) -> bool:
    """Whether the structure of a message is right."""
    root = parse_xml(data)
    return accepts(root, etree.QName(root).localname, is_new=is_new)


def test_the_tables_have_every_element_of_every_message() -> None:
    counts = {message.number: positions(message.group) for message in MESSAGES.values()}
    assert counts == {
        "IE315": 144,
        "IE313": 142,
        "IE304": 58,
        "IE305": 38,
        "IE316": 18,
        "IE328": 52,
        "IE351": 68,
    }


def test_every_element_is_explained() -> None:
    assert all(field.meaning for message in MESSAGES.values() for field in message.group.fields.values())


@pytest.mark.parametrize("name", [*DECLARATIONS, *ANSWERS])
@pytest.mark.parametrize("is_new", [False, True])
def test_our_samples_are_accepted(name: str, is_new: bool) -> None:
    assert verdict(own(name), is_new=is_new)


@pytest.mark.parametrize(
    ("good", "bad"),
    [
        (">1</TraModAtBorHEA76", ">111</TraModAtBorHEA76"),
        (">1</TraModAtBorHEA76", ">sea</TraModAtBorHEA76"),
        (">SEA2603040000017<", "><"),
        (">SEA2603040000017<", ">SEA26030400000170000000<"),
        (">15250.500<", ">15250.5005<"),
        (">15250.500<", ">123456789.001<"),
        (">FELIXSTOWE<", ">FELIXSTOWE, IN THE COUNTY OF SUFFOLK, UK<"),
        (">CC315A</MesTyp", ">CC999A</MesTyp"),
        (">260304<", ">261304<"),
        (">260304<", ">260431<"),
        (">0915<", ">2460<"),
        (">202603040914<", ">20260304<"),
        (">LKCMB<", ">1KCMB<"),
        (">GB000051<", ">GB00005<"),
        (">GB713926041000<", "> GB713926041000<"),
        (">GB713926041000<", ">GB7139260410001234<"),
        (">09024000<", ">090240001<"),
        (">5M<", ">5<"),
        ("<ITI>", "<ITI lang='en'>"),
        ("<ITI>", "<ITI>a"),
        ("  <PERLODSUMDEC>\n    <TINPLD1>GB527614938000</TINPLD1>\n  </PERLODSUMDEC>\n", ""),
    ],
)
def test_a_message_outside_its_tables_is_not_accepted(good: str, bad: str) -> None:
    assert not verdict(changed("sea", (good, bad)))


@pytest.mark.parametrize(
    "line", ["<TotNumOfIteHEA305>2</TotNumOfIteHEA305>", "<DecPlaHEA394>FELIXSTOWE</DecPlaHEA394>"]
)
def test_the_new_variant_asks_for_less(line: str) -> None:
    shorter = changed("sea", (line, ""))
    assert not verdict(shorter)
    assert verdict(shorter, is_new=True)


def test_a_value_may_stand_in_white_space_but_a_trader_number_may_not() -> None:
    assert verdict(changed("sea", (">FELIXSTOWE<", ">\n  FELIXSTOWE <")))
    assert not verdict(changed("sea", (">GB713926041000<", ">\n  GB713926041000<")))


def test_a_month_with_a_bar_is_let_through_as_the_published_expressions_do() -> None:
    assert verdict(changed("sea", (">202603040914<", ">20260|040914<")))


def test_the_verdict_on_every_third_party_case_is_the_published_one() -> None:
    wrong = []
    refused = 0
    for case in cases():
        root = parse_xml(corpora(case["file"]).read_bytes(), MANY)
        ours = accepts(root, etree.QName(root).localname, is_new=profile_of(case) == "gb-ens-new")
        refused += not ours
        if ours == is_of_structure(case):
            wrong.append(case["file"])
    assert wrong == []
    assert refused == 216


def test_the_verdict_on_damaged_messages_is_the_published_one() -> None:
    good = 0
    for number, root in enumerate(mutants(every_own(), SEED, MUTANTS)):
        name, is_new = etree.QName(root).localname, bool(number % 2)
        published = published_schema(name, is_new=is_new).validate(root)
        assert accepts(root, name, is_new=is_new) == published, (number, etree.tostring(root))
        good += published
    assert 0 < good < MUTANTS, "the damage must be of both kinds, else the comparison proves nothing"
