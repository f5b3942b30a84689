# SPDX-License-Identifier: Apache-2.0
"""A list of hubs is read as it is written, and known again however a declaration spells it."""

from __future__ import annotations

import pytest

from cocket.errors import UnreadableError
from cocket.risk import Facts
from cocket.risk.hubs import MOST_HUBS, Hub, Hubs, read_hubs

LIST = b"""identity,value,kind,note
address,"12 Meridian Tower, Harbour District, 1010 Port",business-centre,serviced offices
phone,+44 20 7946 0100,broker,
Account,GB29 NWBK 6016 1331 9268 19,chain,
director,Dana Ashworth Ltd,,
"""


def hubs() -> Hubs:
    return Hubs(read_hubs(LIST).hubs)


@pytest.mark.parametrize(
    ("identity", "text"),
    [
        ("address", "12 MERIDIAN TOWER, Harbour District, 1010 Port"),
        ("address", "1010 Port, Harbour District 12 Meridian Tower"),
        ("address", "12 Meridian Tower, Harbour District, 1010, Port, GB"),
        ("phone", "02079460100"),
        ("account", "gb29nwbk60161331926819"),
        ("director", "DANA ASHWORTH"),
    ],
)
def test_a_hub_is_known_however_it_is_spelt(identity: str, text: str) -> None:
    assert hubs().has(identity, text)


@pytest.mark.parametrize(
    ("identity", "text"),
    [
        ("address", "13 Meridian Tower, Harbour District, 1010 Port"),
        ("address", "Suite 4, 12 Meridian Tower, Harbour District, 1010 Port"),
        ("phone", "+44 20 7946 0101"),
        ("address", "+44 20 7946 0100"),
        ("address", None),
        ("address", ""),
        ("seller", "Dana Ashworth"),
    ],
)
def test_what_is_not_listed_is_no_hub(identity: str, text: str | None) -> None:
    assert not hubs().has(identity, text)


def test_a_declaration_loses_the_address_of_a_hub_and_nothing_else() -> None:
    facts = Facts(id="a", day=1.0, importer="X", importer_address="12 Meridian Tower, Harbour District, 1010, Port, GB")
    left = hubs().without(facts)
    assert left.importer_address is None
    assert (left.id, left.importer) == ("a", "X")
    other = Facts(id="b", day=1.0, importer_address="1 High Street")
    assert hubs().without(other) is other
    assert Hubs().without(facts) is facts


def test_lines_that_are_no_entry_are_left_out_with_their_reason() -> None:
    read = read_hubs(
        b"value;identity;kind\n1 Tower;address;business-centre\nx;vessel;broker\n12;phone;broker\n2 Tower;address;shop\n\n"
    )
    assert read.hubs == (Hub(identity="address", value="1 Tower", kind="business-centre"),)
    assert [line.partition(":")[0] for line in read.left_out] == ["line 3", "line 4", "line 5"]
    assert "12 is no phone" in read.left_out[1]


def test_one_hub_twice_is_one_entry() -> None:
    assert len(read_hubs(b"identity,value\naddress,1 Tower Road\naddress,Tower 1\n").hubs) == 1


@pytest.mark.parametrize(
    ("content", "says"),
    [
        (b"address,1 Tower\n", "no column `identity`"),
        (b"identity,note\naddress,x\n", "no column `value`"),
        (b"identity,value\n", "no entry that can be read"),
        (b"identity,value\nvessel,1\n", "no entry that can be read"),
        (b"\xff\xfe", "not valid CSV"),
        (b"", "no column"),
        (b"identity,value\n" + b"".join(b"address,%d Road\n" % n for n in range(MOST_HUBS + 1)), "more than"),
    ],
)
def test_what_is_no_list_is_refused(content: bytes, says: str) -> None:
    with pytest.raises(UnreadableError, match=says):
        read_hubs(content)
