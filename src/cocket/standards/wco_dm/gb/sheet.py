# SPDX-License-Identifier: Apache-2.0
"""A declaration laid out for rules: its values by name, and what the authority's pointer to each of them is.

The authority points otherwise than the Data Model's tree would have it: an item is named by its own number, a class
that can occur once bears none, and the office of exit stands in the shipment.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import cache

import msgspec
from lxml import etree

from cocket.findings import Severity
from cocket.standards.wco_dm.fields import CLASSES, DECLARATION, DECLARATION_NAMESPACE, Class, Field
from cocket.standards.xml import place_of, text_of

_IN = f"{{{DECLARATION_NAMESPACE}}}"
_ITEM, _SHIPMENT, _PROCEDURE = "GovernmentAgencyGoodsItem", "GoodsShipment", "GovernmentProcedure"

#: White space of XML; other blanks, such as U+0085 or U+00A0, are characters of the value (XML 1.0, §2.3).
_WHITE = " \t\r\n"

#: The office of exit, which the authority points to as if it were the shipment's.
_EXIT_OFFICE, _SHIPMENT_STEP = "ExitOffice", ("67A[1]",)


class Value(msgspec.Struct, frozen=True):
    """One value of a declaration.

    Attributes:
        element: The element that holds it (lxml).
        field: Its row of the field tables.
        parent: The class around it.
        text: Its text, outer white space removed; empty if there is none.
    """

    element: etree._Element
    field: Field
    parent: Class
    text: str


class Objection(msgspec.Struct, frozen=True, kw_only=True):
    """One place where a rule does not hold.

    Attributes:
        element: The element objected to, or the class in which something is missing (lxml).
        missing: Path of names below it of what is missing; None if the element itself is at fault.
        expected: What would have been right; None if there is no single right value.
        found: What was there; None if it was absent.
        severity: Where it differs from that of the rule.
    """

    element: etree._Element
    missing: str | None = None
    expected: str | None = None
    found: str | None = None
    severity: Severity | None = None


Rule = Callable[["Sheet"], Iterator[Objection]]


class Sheet:
    """One declaration, read by names.

    Args:
        declaration: The Declaration element, whose structure is right.

    Source: WCO Data Model 3.6, Declaration (42A).
    """

    def __init__(self, declaration: etree._Element) -> None:
        self.declaration = declaration
        self.values: tuple[Value, ...] = tuple(_values(declaration, DECLARATION))
        self.statements = {value.text for value in self.values if value.field.name == "StatementCode"}
        self.items = self.all(f"{_SHIPMENT}/{_ITEM}")
        kind = self.text("TypeCode")
        self.is_original = self.text("FunctionCode") != "13"
        self.flow, self.letter = kind[:2], kind[2:]

    def all(self, path: str, inside: etree._Element | None = None) -> list[etree._Element]:
        """All elements at a path of names below the declaration, or below an element of it (0..n)."""
        start = self.declaration if inside is None else inside
        return start.findall(_qualified(path))

    def one(self, path: str, inside: etree._Element | None = None) -> etree._Element | None:
        """The first element at a path; None if there is none."""
        found = self.all(path, inside)
        return found[0] if found else None

    def text(self, path: str, inside: etree._Element | None = None) -> str:
        """The text at a path, outer white space removed; empty if there is none."""
        element = self.one(path, inside)
        return "" if element is None else text_of(element).strip(_WHITE)

    def has(self, path: str, inside: etree._Element | None = None) -> bool:
        """Whether some element at a path has a text, or a date in it has."""
        return any("".join(map(str, element.itertext())).strip(_WHITE) for element in self.all(path, inside))

    def procedures(self, item: etree._Element) -> tuple[list[tuple[str, str]], list[str]]:
        """Procedures of an item as asked for and previous (0..n), and its additional procedures (0..n)."""
        full, additional = [], []
        for each in self.all(_PROCEDURE, item):
            previous = self.one("PreviousCode", each)
            if previous is None:
                additional.append(self.text("CurrentCode", each))
            else:
                full.append((self.text("CurrentCode", each), self.text("PreviousCode", each)))
        return full, additional


@cache
def _qualified(path: str) -> str:
    """A path of names in the namespace of declarations. The paths are those that the rules have, and so are few."""
    return "/".join(_IN + name for name in path.split("/"))


def _values(element: etree._Element, kind: Class) -> Iterator[Value]:
    for child in element:
        field = kind.fields[str(child.tag).rpartition("}")[2]]
        if field.block:
            yield from _values(child, CLASSES[field.block])
        else:
            value = child[0] if field.term == "DateTime" and len(child) else child
            yield Value(value, field, kind, text_of(value).strip(_WHITE))


def authority_pointer(element: etree._Element, missing: str | None = None) -> str:
    """Where the authority would point to.

    Args:
        element: An element of a declaration whose structure is right.
        missing: Path of names below it of what is missing; None for the element itself.

    Returns:
        Such as `42A/67A[1]/68A[2]/23A/65A/128`: an item bears its own number, a shipment and a class that may be
        repeated their place, except procedures, which the authority takes as one.

    Source: notifications of the UK's Declaration Management System, Error 53A and Pointer 97A.
    """
    chain = [each for each in (element, *element.iterancestors()) if str(each.tag).startswith(_IN)][::-1]
    steps, kind = [DECLARATION.wco_id], DECLARATION
    for each in chain[1:]:
        field = kind.fields[str(each.tag).rpartition("}")[2]]
        if field.block is None:
            return "/".join((*steps, field.wco_id))
        steps += _section(field, each)
        kind = CLASSES[field.block]
    for name in missing.split("/") if missing else ():
        field = kind.fields[name]
        steps += [*_SHIPMENT_STEP, field.wco_id] if name == _EXIT_OFFICE else [field.wco_id]
        kind = CLASSES[field.block] if field.block else kind
    return "/".join(steps)


def _section(field: Field, element: etree._Element) -> list[str]:
    if field.name == _EXIT_OFFICE:
        return [*_SHIPMENT_STEP, field.wco_id]
    if field.name == _ITEM:
        number = (element.findtext(f"{_IN}SequenceNumeric") or "").strip()
        return [f"{field.wco_id}[{number}]"]
    is_numbered = field.name == _SHIPMENT or (field.most != 1 and field.name != _PROCEDURE)
    return [f"{field.wco_id}[{place_of(element)}]" if is_numbered else field.wco_id]
