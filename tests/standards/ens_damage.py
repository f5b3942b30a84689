# SPDX-License-Identifier: Apache-2.0
"""Seeded damage to the structure of entry summary declarations and of the answers to them."""

from __future__ import annotations

import copy
import random
from collections.abc import Callable, Iterator, Sequence

from lxml import etree

from cocket.standards.ens.fields import MESSAGES, NAMESPACES, TYPES

_XSI = "http://www.w3.org/2001/XMLSchema-instance"
_ELEMENTS = sorted(
    {field.name for message in MESSAGES.values() for field in message.group.fields.values()}
    | {"IteNumGDS7", "PACGS2", "KinOfPacGS23", "TINPLD1", "Unknown", "heahea"}
)
_LETTERS = "AZaz09 -./+,\u00e9\u4e2d\U0001f4a3|\t\n\x7f"

#: Values at the edge of some format.
VALUES = (
    "", " ", "0", "00", "01", "+01", "-01", "1", "12", "123", "1234", "12345", "123456", "12345678", "123456789",
    "0.001", "0.0001", ".5", "5.", "1e3", "12345678.901", "123456789.01", "00000000001.100", "-1.5", "+1.5", "INF",
    "GB", "gb", "G1", "GBR", "GB1", "GB1234567890123", "GB1234567890123456", " GB123456", "GB 123\u00e9", "GB\t12",
    "GB\x7f1", "g", "G", "A", "a", "AB", "A1", "a1b2", "AB12", "AB123", "AB3C4D5E", "AB3C4D5E6", "12345ABC",
    "12AB3C4D5E6F7G8H90", "12AB3C4D5E6F7G8H9A", "12ab3C4D5E6F7G8H90", "030211", "031301", "030230", "030229", "0|0211",
    "030|11", "031|11", "200302111234", "200302301234", "200313111234", "200302112460", "200302112359", "20030211123",
    "020302111234", "2359", "2400", "0000", "CC315A", "CC313A", "CC351A", "cc315a", "CC999A", "IE315", "x" * 14,
    "x" * 15, "x" * 22, "x" * 23, "x" * 35, "x" * 36, "x" * 70, "x" * 71, "x" * 140, "x" * 141, "x" * 350, "x" * 351,
    "  inner   space  ", "line\nbreak", "\u00a0", "\u2028",
)  # fmt: skip

Damage = Callable[[random.Random, etree._Element], None]


def mutants(samples: Sequence[bytes], seed: int, count: int) -> Iterator[etree._Element]:
    """Damaged messages, the same for the same seed.

    Args:
        samples: Messages to start from.
        seed: Where to start.
        count: How many to give.

    Returns:
        Root elements; one to three things were done to each.
    """
    dice = random.Random(seed)
    parser = etree.XMLParser(remove_comments=True, remove_pis=True)
    roots = [etree.fromstring(sample, parser) for sample in samples]
    for _ in range(count):
        root = copy.deepcopy(dice.choice(roots))
        for _ in range(dice.choice((1, 1, 1, 2, 3))):
            dice.choice(DAMAGES)(dice, root)
        yield root


def _any(dice: random.Random, root: etree._Element) -> etree._Element:
    return dice.choice(list(root.iter("*")))


def _leaf(dice: random.Random, root: etree._Element) -> etree._Element:
    return dice.choice([element for element in root.iter("*") if not len(element)])


def _inner(dice: random.Random, root: etree._Element) -> etree._Element:
    """Any element but the root, as long as there is another."""
    found = [element for element in root.iter("*") if element.getparent() is not None]
    return dice.choice(found) if found else root


def _value(dice: random.Random, root: etree._Element) -> None:
    _leaf(dice, root).text = dice.choice(VALUES)


def _letter(dice: random.Random, root: etree._Element) -> None:
    leaf = _leaf(dice, root)
    text = leaf.text or ""
    place = dice.randrange(len(text) + 1)
    leaf.text = text[:place] + dice.choice(_LETTERS) + text[place + dice.randrange(2) :]


def _longer(dice: random.Random, root: etree._Element) -> None:
    leaf = _leaf(dice, root)
    leaf.text = (leaf.text or "x") * dice.randrange(1, 9)


def _drop(dice: random.Random, root: etree._Element) -> None:
    element = _inner(dice, root)
    parent = element.getparent()
    if parent is not None:
        parent.remove(element)


def _double(dice: random.Random, root: etree._Element) -> None:
    element = _inner(dice, root)
    if element is root:
        return
    for _ in range(dice.choice((1, 1, 1, 98, 99))):
        if len(element) < 5 or dice.random() < 0.2:
            element.addnext(copy.deepcopy(element))


def _move(dice: random.Random, root: etree._Element) -> None:
    element, place = _inner(dice, root), _any(dice, root)
    if element is not root and element not in (place, *place.iterancestors()):
        place.insert(dice.randrange(len(place) + 1), element)


def _insert(dice: random.Random, root: etree._Element) -> None:
    name = dice.choice(_ELEMENTS)
    if dice.random() < 0.3:
        name = f"{{{etree.QName(root).namespace}}}{name}"
    child = etree.Element(name)
    child.text = dice.choice(VALUES)
    place = _any(dice, root)
    place.insert(dice.randrange(len(place) + 1), child)


def _rename(dice: random.Random, root: etree._Element) -> None:
    element = _inner(dice, root)
    name = etree.QName(element).localname
    if element is not root:
        element.tag = dice.choice((name.lower(), f"{{urn:x}}{name}", dice.choice(_ELEMENTS)))


def _stray_text(dice: random.Random, root: etree._Element) -> None:
    element = _inner(dice, root)
    element.tail = (element.tail or "") + dice.choice(("stray", " ", "\n", "\u00a0"))


def _attribute(dice: random.Random, root: etree._Element) -> None:
    xml = "{http://www.w3.org/XML/1998/namespace}"
    name = dice.choice(("lang", f"{xml}lang", f"{{{_XSI}}}nil", f"{{{_XSI}}}schemaLocation"))
    _any(dice, root).set(name, dice.choice(("true", "false", "en", "urn:a urn:b")))


def _type(dice: random.Random, root: etree._Element) -> None:
    """Say of what type an element is, rightly or wrongly."""
    element = _any(dice, root)
    parent = element.getparent()
    if parent is None:
        return
    spaces = {**NAMESPACES, "ie": etree.QName(root).namespace or "urn:x", "xs": "http://www.w3.org/2001/XMLSchema"}
    names = [f"{prefix}:{etree.QName(element).localname}Type" for prefix in ("ie", "complex_ics")]
    names += ["xs:token", "xs:string", f"simple:{dice.choice(list(TYPES))}", "tcl:MessageTypes"]
    clone = etree.Element(element.tag, nsmap=spaces)
    clone.text, clone.tail = element.text, element.tail
    clone.extend(list(element))
    clone.set(f"{{{_XSI}}}type", dice.choice(names))
    parent.replace(element, clone)


DAMAGES: tuple[Damage, ...] = (
    _value, _value, _value, _letter, _letter, _longer, _drop, _drop, _double, _move, _insert, _rename, _stray_text,
    _attribute, _type,
)  # fmt: skip
