# SPDX-License-Identifier: Apache-2.0
"""Transit messages made from our own tables, from a seed; and what can be done to them."""

from __future__ import annotations

import copy
from collections.abc import Callable
from functools import cache
from pathlib import Path
from random import Random
from typing import Any

from lxml import etree
from msgspec import structs

from cocket.standards.ncts.tables import MESSAGES, NAMESPACE, Edition, shape_of
from cocket.standards.shape import Field, Shape

Element = Any

XSI = "http://www.w3.org/2001/XMLSchema-instance"

SAMPLES = Path(__file__).resolve().parents[1] / "samples" / "ncts"

#: Texts of which each value takes some: numbers, codes, times, references of this trade, and what comes near to them.
TEXTS = (
    "", " ", "0", "1", "2", "9", "10", "12", "12.5", "0.000001", "1.", ".5", "-1", "+1", "00", "99999", "100000", "1e3",
    "A", "a", "GB", "gb", "FR1", "XI", "T1", "T2SM", "TIR", "C521", "N705", "Y027", "NMRN", "ABCD", "ABC12", "CO", "EUR",
    "GB000060", "FR000130", "XI000142", "gb000060", "GB00006", "GB123456789000", "FR12345678901234567", "GBDOV", "GB DOV",
    "26GB0000601001NTJ3", "26GB0000601001NTM3", "25FR00000000000EL5", "26gb0000601001NTJ3", "24GB00006010025540",
    "LRN-2026-000017", "21GB0000010000HX6", "05GB0000010000HX6A001017", "NL05FR0000010000HX6", "GB/ABC/12345678/1234567",
    "2026-03-04", "2026-02-30", "2026-03-04T10:20:30", "2026-03-04T10:20:30Z", "2026-03-04T25:20:30", "20260304",
    "3004", "300490", "30049000", "1234", "51.5074", "-0.12776", "+51.50740", "179.99999", "XA25000000", "25000000", "12345678",
    "0086010-7", "trader@house.example", "Ann Example", " leading", "trailing ", "two  gaps", "a\tb", "a\nb", "\u00e9t\u00e9", "\u0661",
    "x" * 4, "x" * 17, "x" * 22, "x" * 35, "x" * 36, "x" * 70, "x" * 71, "x" * 280, "x" * 512, "x" * 513, "NCTS5.0", "NCTS6",
)  # fmt: skip


@cache
def fitting(edition: Edition, value: str) -> tuple[str, ...]:
    """The texts above that a value may have, and its codes."""
    outline = shape_of(edition).outline
    alone = structs.replace(
        outline, roots={"One": "One"}, classes={"One": {"value": Field(name="value", content=value, least=1)}}
    )
    shape = Shape(alone)
    codes = outline.values[value].codes
    found = tuple(text for text in (*TEXTS, *codes) if shape.accepts(_alone(text)))
    if not found:
        raise LookupError(f"none of the texts is a {value}")
    return found


def _alone(text: str) -> Element:
    root = etree.Element(f"{{{NAMESPACE}}}One")
    etree.SubElement(root, "value").text = text
    return root


def of_edition_before() -> bytes:
    """Our amendment as edition 5.1 lets it be: an item has a consignee of its own."""
    text = (SAMPLES / "amendment.xml").read_text("utf-8").replace("NCTS6", "NCTS5.1")
    house, item = (
        "<Consignee>\n        <identificationNumber>CHE123456789<",
        "<declarationGoodsItemNumber>3</declarationGoodsItemNumber>",
    )
    start, end = text.index(house), text.index("</Consignee>", text.index(house)) + len("</Consignee>")
    consignee = text[start:end]
    text = text[:start] + text[end:]
    place = text.rindex(item) + len(item)
    return (text[:place] + consignee + text[place:]).encode()


def made(edition: Edition, message: str, dice: Random) -> Element:
    """A message that its table allows, with some of what is optional."""
    outline = shape_of(edition).outline
    root = etree.Element(f"{{{NAMESPACE}}}{message}", nsmap={"ncts": NAMESPACE})
    if dice.random() < 0.5:
        root.set("PhaseID", dice.choice(("NCTS5.0", "NCTS5.1")))
    _fill(root, outline.roots[message], edition, dice)
    return root


def _fill(element: Element, kind: str, edition: Edition, dice: Random) -> None:
    classes = shape_of(edition).outline.classes
    for field in classes[kind].values():
        most = 2 if field.most is None else min(field.most, 2)
        for _ in range(dice.randint(field.least, most)):
            child = etree.SubElement(element, field.name)
            if field.content in classes:
                _fill(child, field.content, edition, dice)
            else:
                child.text = dice.choice(fitting(edition, field.content))


_ALL = shape_of("6").outline
_NAMES = [name for kind in _ALL.classes.values() for name in kind]
_KINDS = [f"ncts:{name}" for name in (*_ALL.values, *_ALL.classes)]


def changed(root: Element, dice: Random) -> Element:
    """A copy of a message with one to three changes."""
    message = copy.deepcopy(root)
    for _ in range(dice.choice((1, 1, 1, 2, 3))):
        _change(message, dice.choice(list(message.iter("*"))), dice)
    return message


def _change(message: Element, target: Element, dice: Random) -> None:
    names, kinds = _NAMES, _KINDS
    acts: list[Callable[[], object]] = [
        *[lambda: setattr(target, "text", dice.choice(TEXTS))] * (1 if len(target) else 8),
        lambda: setattr(target, "text", f" {target.text or ''}\n"),
        lambda: setattr(target, "tag", dice.choice(names)),
        lambda: setattr(target, "tag", f"{{{NAMESPACE}}}{dice.choice((*MESSAGES, 'messageSender'))}"),
        lambda: target.insert(dice.randrange(len(target) + 1), etree.Element(dice.choice(names))),
        lambda: target.set("PhaseID", dice.choice(TEXTS)),
        lambda: target.set(f"{{{XSI}}}nil", dice.choice(("true", "false"))),
        *[lambda: target.set(f"{{{XSI}}}type", dice.choice(kinds))] * 2,
        lambda: target.insert(0, etree.Comment("x")),
    ]
    parent = target.getparent()
    if parent is not None:
        acts += [
            *[lambda: parent.remove(target)] * 2,
            *[lambda: parent.insert(parent.index(target), copy.deepcopy(target))] * 2,
            lambda: parent.insert(dice.randrange(len(parent)), target),
            lambda: setattr(target, "tail", "x"),
        ]
    dice.choice(acts)()
