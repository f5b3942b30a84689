# SPDX-License-Identifier: Apache-2.0
"""Seeded damage to WCO declarations: the ways a sender's software gets a message wrong, and some no software would."""

from __future__ import annotations

import copy
import random
from collections.abc import Callable, Iterator

from lxml import etree

from cocket.standards.wco_dm.fields import CLASSES, DATE_NAMESPACE, DECLARATION_NAMESPACE

XSI = "http://www.w3.org/2001/XMLSchema-instance"

_NAMES = sorted({field.name for parent in CLASSES.values() for field in parent.fields.values()})
_ATTRIBUTES = (
    "currencyID unitCode listID listAgencyID listAgencyName languageID listURI schemeID schemeAgencyID schemeDataURI"
    f" formatCode name risk {{{XSI}}}type {{{XSI}}}nil {{{XSI}}}schemaLocation {{urn:x}}currencyID"
    f" {{{DECLARATION_NAMESPACE}}}unitCode {{http://www.w3.org/XML/1998/namespace}}lang"
).split()
_VALUES = (
    *("", " ", "\n", "  A  ", "A", "AB", "ABC", "abc", "AB\nCD", "é", "船", "a" * 17, "a" * 35, "a" * 36, "a" * 70),
    *(
        "a" * 71,
        "a" * 256,
        "a" * 257,
        "a" * 512,
        "a" * 513,
        "0",
        "1",
        "2",
        "9",
        "13",
        "14",
        "5",
        "-1",
        "+1",
        "-0",
        "00",
    ),
    *("1.0", "1.00", "1.", ".5", "1e3", "NaN", "INF", "1,5", "1 000", "٣", "１", "0x1", "12345", "123456", "99999999"),
    *("100000000", "0.123456", "0.1234567", "0.123", "0.1230", "0.1234", "1234567890123456", "12345678901234567"),
    *("1234567890.123456", "12345678901.123456", "00000000000000000001", "20240101", "20240101120000Z", "20241399"),
    *(
        "20240101120000+01",
        "20240101120000-0100",
        "19990101",
        "2024-01-01",
        "20240101 ",
        " 20240101",
        "102",
        "304",
        "203",
    ),
    *(
        "GBP",
        "gbp",
        "GB P",
        "ZZZZ",
        "GB",
        "G1",
        "en",
        "en-GB",
        "e n",
        "http://x/ y",
        "%zz",
        "urn:a",
        "KGM",
        "true",
        "false",
    ),
    *("Declaration", "xs:string", "nope:x", "a:b:c"),
)


def mutants(samples: list[bytes], seed: int, count: int) -> Iterator[tuple[str, etree._Element]]:
    """Damaged declarations: what was done, and the Declaration element (with its envelope where it had one)."""
    chance = random.Random(seed)
    roots = [etree.fromstring(sample) for sample in samples]
    for _ in range(count):
        root = copy.deepcopy(chance.choice(roots))
        declaration = next(root.iter(f"{{{DECLARATION_NAMESPACE}}}Declaration"))
        done = [_mutate(declaration, chance) for _ in range(chance.choice((1, 1, 1, 2, 5)))]
        yield ", ".join(done), declaration


def _mutate(declaration: etree._Element, chance: random.Random) -> str:
    elements = list(declaration.iter(etree.Element))
    leaves = [element for element in elements if not len(element)] or elements
    act, among = chance.choice(_choices(elements, leaves))
    target = chance.choice(among)
    act(target, chance)
    return f"{act.__name__} {etree.QName(target).localname if isinstance(target.tag, str) else '?'}"


Act = Callable[[etree._Element, random.Random], None]


def _choices(elements: list[etree._Element], leaves: list[etree._Element]) -> list[tuple[Act, list[etree._Element]]]:
    anywhere: tuple[Act, ...] = (
        remove,
        repeat,
        swap,
        rename,
        renamespace,
        add_child,
        add_text,
        attribute,
        nest,
        comment,
    )
    on_leaves: tuple[Act, ...] = (value, value, value, value, pad, empty, attribute, known_attribute, stretch, own_type)
    return [(act, elements) for act in anywhere] + [(act, leaves) for act in on_leaves]


def remove(target: etree._Element, _chance: random.Random) -> None:
    parent = target.getparent()
    if parent is not None:
        parent.remove(target)


def repeat(target: etree._Element, chance: random.Random) -> None:
    parent = target.getparent()
    if parent is not None:
        parent.insert(parent.index(target) + chance.choice((0, 1)), copy.deepcopy(target))


def swap(target: etree._Element, chance: random.Random) -> None:
    parent = target.getparent()
    if parent is not None and len(parent) > 1:
        parent.insert(chance.randrange(len(parent)), target)


def rename(target: etree._Element, chance: random.Random) -> None:
    namespace = etree.QName(target).namespace
    name = chance.choice((*_NAMES, "unknown", etree.QName(target).localname.lower()))
    target.tag = f"{{{namespace}}}{name}" if namespace else name


def renamespace(target: etree._Element, chance: random.Random) -> None:
    name = etree.QName(target).localname
    namespace = chance.choice((None, DATE_NAMESPACE, DECLARATION_NAMESPACE, "urn:wco:datamodel:WCO:DEC-DMS:3", "urn:x"))
    target.tag = f"{{{namespace}}}{name}" if namespace else name


def add_child(target: etree._Element, chance: random.Random) -> None:
    child = etree.Element(f"{{{DECLARATION_NAMESPACE}}}{chance.choice(_NAMES)}")
    child.text = chance.choice(_VALUES)
    target.insert(chance.randrange(len(target) + 1), child)


def nest(target: etree._Element, _chance: random.Random) -> None:
    target.append(copy.deepcopy(target))


def add_text(target: etree._Element, chance: random.Random) -> None:
    if len(target):
        target[chance.randrange(len(target))].tail = chance.choice(("x", "\n", " 1 ", "\u00a0"))
    else:
        target.text = (target.text or "") + chance.choice(("x", "\n", " ", "1"))


def comment(target: etree._Element, chance: random.Random) -> None:
    node = chance.choice((etree.Comment("x"), etree.ProcessingInstruction("x", "y")))
    text, target.text = target.text or "", None
    cut = chance.randrange(len(text) + 1)
    target.insert(0, node)
    target.text, node.tail = text[:cut], text[cut:]


def attribute(target: etree._Element, chance: random.Random) -> None:
    target.set(chance.choice(_ATTRIBUTES), chance.choice(_VALUES))


def known_attribute(target: etree._Element, chance: random.Random) -> None:
    if target.attrib:
        name = chance.choice(list(target.attrib))
        if chance.random() < 0.3:
            del target.attrib[name]
        else:
            target.set(name, chance.choice(_VALUES))
    else:
        attribute(target, chance)


def value(target: etree._Element, chance: random.Random) -> None:
    target.text = chance.choice(_VALUES)


def pad(target: etree._Element, chance: random.Random) -> None:
    target.text = chance.choice((" ", "\n", "\t", "")) + (target.text or "") + chance.choice((" ", "\n   ", "\u00a0"))


def empty(target: etree._Element, _chance: random.Random) -> None:
    target.text = None


def stretch(target: etree._Element, chance: random.Random) -> None:
    target.text = (target.text or "") + chance.choice("a1") * chance.choice((1, 2, 3, 5, 9, 17, 35, 70))


def own_type(target: etree._Element, chance: random.Random) -> None:
    """Name the very type the schema gives the value, or that of its neighbour, which is another one."""
    parent = target.getparent()
    named = chance.choice((target, target, target.getnext()))
    if parent is None or named is None or not isinstance(named.tag, str):
        return
    name = etree.QName(named).localname
    term = "" if name.endswith(("Code", "ID", "Amount", "Quantity", "Measure", "Numeric", "DateTime")) else "Text"
    type_name = f"{etree.QName(parent).localname}{'Identification' if name == 'ID' else ''}{name}{term}Type"
    prefix = next((prefix for prefix, uri in target.nsmap.items() if uri == DATE_NAMESPACE), "p1")
    target.set(f"{{{XSI}}}type", f"{prefix}:{type_name}")
