# SPDX-License-Identifier: Apache-2.0
"""Entry summary declarations changed at random, from a seed: values, and elements dropped, doubled, moved in."""

from __future__ import annotations

import copy
from random import Random
from typing import Any

Element = Any

#: Values that rules look for, near misses, and such as no rule expects.
VALUES = (
    "", " ", "0", "00", "01", " 1 ", "1", "2", "3", "4", "8", "10", "11", "12", "5", "-1", "+1", "999", "10600", " 10600\n",
    "106000", "10601", "C", "D", "E", " E ", "e", "A", "GB", "GB123456789000", " GB123", "gb123", "XI123456789000", "FR1",
    "VQ", "VG", "VL", "VY", "VR", "VS", "VO", "NE", "NF", "NG", "BX", " VQ ", "1234567", "12345678", " 1234567\t", "123456",
    "123456789", "XFER", "XFERab1", "XFERab1:x", "XFERab1-x2", "XFERab1:x:y", " XFER-", "xfer-1", "BA1", "BA1234", "BAW1234A",
    "BAW12345", "0.0001", "1.5", "1.", ".5", "01.5", "0.5", "0", "00.5", "1.2345", "12345678901", "123456789012",
    "1234567.8901", "+5.5", "5+5", "5-", "1,5", "1.2.3", "NaN", "Infinity", "1e3", "0x10", "1_0", "\u0661", "\u00a01", "١",
    "1\n", "\t3", "4\r\n", "GB/1234567890", "GB123456789000/1234567890", "GB /1234567890", "GB123/123456789",
    "GB   1/1234567890 ", "gb1/1234567890", "GB000060", "1.0", "1.00", "100000000", "99999999999", "x",
)  # fmt: skip


def leaves(root: Element) -> list[Element]:
    """All elements that hold a value."""
    return [element for element in root.iter() if len(element) == 0]


def changed(root: Element, donor: Element, random: Random) -> Element:
    """A copy of a message with one to four changes; `donor` gives elements and values to move in."""
    message = copy.deepcopy(root)
    for _ in range(random.choice((1, 1, 2, 3, 4))):
        random.choice((_revalue, _revalue, _borrow, _exchange, _drop, _double, _move_in, _move_in))(
            message, donor, random
        )
    return message


def _revalue(message: Element, _donor: Element, random: Random) -> None:
    random.choice(leaves(message)).text = random.choice(VALUES)


def _borrow(message: Element, donor: Element, random: Random) -> None:
    target = random.choice(leaves(message))
    same = [element for element in donor.iter(target.tag) if len(element) == 0]
    if same:
        target.text = random.choice(same).text


def _exchange(message: Element, _donor: Element, random: Random) -> None:
    one, other = random.choice(leaves(message)), random.choice(leaves(message))
    one.text, other.text = other.text, one.text


def _drop(message: Element, _donor: Element, random: Random) -> None:
    inner = [element for element in message.iter() if element is not message]
    if len(inner) > 1:
        element = random.choice(inner)
        element.getparent().remove(element)


def _double(message: Element, _donor: Element, random: Random) -> None:
    element = random.choice([element for element in message.iter() if element is not message])
    element.addnext(copy.deepcopy(element))


def _move_in(message: Element, donor: Element, random: Random) -> None:
    """Give an element of the message a child that the donor has in such a place."""
    element = random.choice([element for element in donor.iter() if element is not donor])
    parent = element.getparent()
    places = [message] if parent is donor else list(message.iter(parent.tag))
    if places:
        random.choice(places).append(copy.deepcopy(element))
