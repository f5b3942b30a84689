# SPDX-License-Identifier: Apache-2.0
"""Rules about the writing of one value, whatever else the message says."""

from __future__ import annotations

import re

from cocket.standards.ens.rules.view import WHITE, Message, Node

_SENDER = re.compile(r"\s*[A-Z]{2}(?:\s++|\S){1,15}/[0-9]{10}\s*", re.ASCII)
_NO_LEADING_ZERO = re.compile(r"\s*[+-]*(?:[1-9.][0-9.]*|0(?:\.[0-9]*)?)\s*", re.ASCII)
_ELEVEN_DIGITS = re.compile(r"\s*(?:[.+-]*[0-9]){1,11}[.+-]?\s*", re.ASCII)
_DIGITS_AROUND_POINT = re.compile(r"\s*[+-]?(?:[^.\s]*|[0-9]+\.[0-9]+)\s*", re.ASCII)
_VESSEL = re.compile(r"\s*[0-9]{7,8}\s*", re.ASCII)


def is_vessel_number(text: str) -> bool:
    """Whether a text looks like the number of a ship: IMO has seven figures, ENI eight.

    Source: EU Import Control System, condition C514.
    """
    return _VESSEL.fullmatch(text) is not None


def has_leading_zero(text: str) -> bool:
    """Whether a number of more than one figure begins with a zero.

    Source: GB Import Control System, errors 8671, 8672, 8678, 8680, 8681 and 8690.
    """
    text = text.strip(WHITE)
    return len(text) > 1 and text.startswith("0")


def has_sign(text: str) -> bool:
    """Whether a plus or a minus stands anywhere in a text.

    Source: GB Import Control System, errors 8673 and 8679.
    """
    return "+" in text or "-" in text


def rule_4065(sender: Node, _around: Node, _message: Message) -> bool:
    """The sender must be written as an EORI number, a slash and a branch of ten figures.

    Source: GB Import Control System, error 4065.
    """
    # Two letters, then up to 15 characters, where white space of any length counts as one.
    return _SENDER.fullmatch(sender.text) is None


def rule_8674(mass: Node, _around: Node, _message: Message) -> bool:
    """The mass must not begin with a zero, unless its whole part is that zero alone.

    Source: GB Import Control System, error 8674.
    """
    return _NO_LEADING_ZERO.fullmatch(mass.text) is None


def rule_8675(mass: Node, _around: Node, _message: Message) -> bool:
    """The mass must not have more than 11 figures.

    Source: GB Import Control System, error 8675.
    """
    return _ELEVEN_DIGITS.fullmatch(mass.text) is None


def rule_8676(mass: Node, _around: Node, _message: Message) -> bool:
    """The mass must not have more than 3 decimals.

    Source: GB Import Control System, error 8676.
    """
    return len(mass.text.strip(WHITE).partition(".")[2]) > 3


def rule_8677(mass: Node, _around: Node, _message: Message) -> bool:
    """If the mass has a decimal point, a figure must stand on both sides of it.

    Source: GB Import Control System, error 8677.
    """
    return _DIGITS_AROUND_POINT.fullmatch(mass.text) is None


def rule_8678(item_number: Node, _around: Node, _message: Message) -> bool:
    """The number of the goods item must not begin with a zero.

    Source: GB Import Control System, error 8678.
    """
    return has_leading_zero(item_number.text)


def rule_8679(mass: Node, _around: Node, _message: Message) -> bool:
    """The gross mass of the goods item must not have a sign.

    Source: GB Import Control System, error 8679.
    """
    return has_sign(mass.text)


def rule_8680(packages: Node, _around: Node, _message: Message) -> bool:
    """The number of packages must not begin with a zero.

    Source: GB Import Control System, error 8680.
    """
    return has_leading_zero(packages.text)


def rule_8681(pieces: Node, _around: Node, _message: Message) -> bool:
    """The number of pieces must not begin with a zero.

    Source: GB Import Control System, error 8681.
    """
    return has_leading_zero(pieces.text)


def rule_8692(tin: Node, _around: Node, _message: Message) -> bool:
    """The TIN of the person lodging the declaration must begin with GB.

    Source: GB Import Control System, error 8692.
    """
    return not tin.text.startswith("GB")
