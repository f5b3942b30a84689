# SPDX-License-Identifier: Apache-2.0
"""A message laid out for rules, and what a rule says of it.

A condition makes a part required (R), optional (O) or not allowed (N) by what stands elsewhere; a rule limits a value.

Source: DDNTA 6.4.1, notation of conditions and rules.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from decimal import Decimal, InvalidOperation
from typing import Any, Literal

import msgspec

#: An element of lxml.
Element = Any

#: Required, optional, not allowed.
Priority = Literal["R", "O", "N"]


class Objection(msgspec.Struct, frozen=True, kw_only=True):
    """One place where a rule does not hold.

    Attributes:
        element: The element objected to, or that in which something is missing (lxml).
        expected: What would have been right, or the name of what is missing; None if there is no single right value.
        found: What was there; None if it was absent.
    """

    element: Element
    expected: str | None = None
    found: str | None = None


class Sheet:
    """One message, read by names.

    Args:
        root: Its root element, whose structure is right.

    Source: DDNTA 6.4.1, information exchanges.
    """

    def __init__(self, root: Element) -> None:
        self.root = root
        self.consignment = root.find("Consignment")
        self.houses: list[Element] = root.findall("Consignment/HouseConsignment")
        self.items: list[Element] = root.findall("Consignment/HouseConsignment/ConsignmentItem")
        self.type = self.text("TransitOperation/declarationType")
        self.security = self.text("TransitOperation/security")
        self.is_reduced = self.text("TransitOperation/reducedDatasetIndicator") == "1"
        self.is_pre_lodged = self.text("TransitOperation/additionalDeclarationType") == "D"
        self.departure = self.text("CustomsOfficeOfDeparture/referenceNumber")[:2]
        self.destination = self.text("CustomsOfficeOfDestinationDeclared/referenceNumber")[:2]
        self.inland_mode = self.text("Consignment/inlandModeOfTransport")
        self.border_mode = self.text("Consignment/modeOfTransportAtTheBorder")
        self.transit_offices: list[Element] = root.findall("CustomsOfficeOfTransitDeclared/referenceNumber")

    def text(self, path: str) -> str:
        """The text at a path from the root; empty if there is none."""
        return text_at(self.root, path)

    def all(self, path: str) -> list[Element]:
        """All elements at a path from the root, in order (0..n)."""
        return list(self.root.findall(path))

    def texts(self, path: str) -> list[str]:
        """The texts of all elements at a path from the root, in order (0..n)."""
        return [text_of(each) for each in self.root.findall(path)]


Rule = Callable[[Sheet], Iterator[Objection]]


def text_of(element: Element) -> str:
    """The text of an element without outer white space."""
    return (element.text or "").strip()


def text_at(element: Element, path: str) -> str:
    """The text at a path from an element; empty if there is none."""
    return (element.findtext(path) or "").strip()


def number_at(element: Element, path: str) -> Decimal | None:
    """The number at a path from an element; None if there is none."""
    return number_of(text_at(element, path))


def number_of(text: str) -> Decimal | None:
    """A text as a number; None if it is none."""
    try:
        number = Decimal(text)
    except InvalidOperation:
        return None
    return number if number.is_finite() else None


def asked(around: Element | None, name: str, priority: Priority) -> Iterator[Objection]:
    """What a condition has against a part.

    Args:
        around: The element around it; None if it is not there, which other rules ask for.
        name: Name of the part.
        priority: What the condition makes of it.

    Returns:
        One objection if it is required and missing, one for each that is not allowed.
    """
    if around is None or priority == "O":
        return
    found = around.findall(name)
    if priority == "R" and not found:
        yield Objection(element=around, expected=name)
    for each in found if priority == "N" else ():
        yield Objection(element=each, found=name)


def repeated(elements: Iterable[Element]) -> Iterator[Objection]:
    """Elements whose text an earlier one has already."""
    seen: set[str] = set()
    for each in elements:
        text = text_of(each)
        if text in seen:
            yield Objection(element=each, found=text)
        seen.add(text)


def unlike(elements: Iterable[Element], allowed: Iterable[str]) -> Iterator[Objection]:
    """Elements whose text is none of those allowed."""
    codes = sorted(allowed)
    for each in elements:
        if text_of(each) not in codes:
            yield Objection(element=each, expected=", ".join(codes), found=text_of(each))
