# SPDX-License-Identifier: Apache-2.0
"""What the tests of shaped standards share: our samples, the published schemas, and damage to compare verdicts on."""

from __future__ import annotations

import copy
import os
import random
from collections.abc import Callable, Iterator
from pathlib import Path

from lxml import etree

from cocket.model import Reading
from cocket.standards import Options, Source, Standard
from cocket.standards.shape import Outline
from cocket.standards.xml import parse_xml

SAMPLES = Path(__file__).resolve().parents[1] / "samples"
XSI = "http://www.w3.org/2001/XMLSchema-instance"

#: Damaged messages to compare on; a soak sets more, with another seed.
MUTANTS = int(os.environ.get("COCKET_MUTANTS", "600"))
SEED = int(os.environ.get("COCKET_SEED", "36"))

_TEXTS = (
    *("", " ", "\n", "A", "abc", "AB\nCD", " A B ", "é", "a" * 2, "a" * 3, "a" * 4, "a" * 9, "a" * 17, "a" * 18),
    *("a" * 25, "a" * 26, "a" * 35, "a" * 36, "a" * 512, "a" * 513, "a" * 1025, "0", "1", "-1", "+1", "01", "1.0"),
    *("1.", ".5", "1e3", "NaN", "0.1234", "0.12345", "123456789", "12345678", "12345", "123456", "2147483648"),
    *("1234567890123456", "12345678901234567", "1234567890123.4567", "0.1234567", "D", "M", "EAL", "CST", "A", "Y"),
    *("20260101", "20260101120000Z", "20260101120000+01", "20261399", "19990101", "102", "304", "203", "GBP", "gbp"),
    *("2026-01-01T00:00:00Z", "2026-01-01", "2026-01-01T24:00:00", " 2026-01-01T00:00:00 ", "true", "0 ", "GB/AB-1"),
    *("GB/ABCD-12345", "GB/123456789012-1", "A:ABC12345678", "C:ABCDEF", "6GB000000000001-0001", "12A", "1234", "KGM"),
)


def own(standard: Standard, name: str) -> bytes:
    """One of our samples of a standard."""
    return (SAMPLES / standard.name / f"{name}.xml").read_bytes()


def all_own(standard: Standard) -> list[bytes]:
    """All of them."""
    return [path.read_bytes() for path in sorted((SAMPLES / standard.name).glob("*.xml"))]


def read(standard: Standard, data: bytes, options: Options | None = None) -> Reading:
    """Read bytes as a standard, whatever else the house knows."""
    source = Source(data, parse_xml(data))
    assert standard.recognises(source)
    return standard.read(source, options or Options())


def damaged(elements: list[etree._Element], outline: Outline, seed: int, count: int) -> Iterator[etree._Element]:
    """Messages with one to three things done to each, the same for the same seed."""
    dice = random.Random(seed)
    names = sorted({name for kind in outline.classes.values() for name in kind})
    spaces = list(outline.prefixes.values())
    for _ in range(count):
        root = copy.deepcopy(dice.choice(elements))
        for _ in range(dice.choice((1, 1, 1, 2, 3))):
            _damage(dice.choice(list(root.iter("*"))), dice, names, spaces)
        yield root


def _damage(target: etree._Element, dice: random.Random, names: list[str], spaces: list[str]) -> None:
    parent = target.getparent()
    name = f"{{{dice.choice(spaces)}}}{dice.choice(names)}"
    acts: list[Callable[[], object]] = [
        *[lambda: setattr(target, "text", dice.choice(_TEXTS))] * (1 if len(target) else 6),
        lambda: setattr(target, "text", f" {target.text or ''}\n"),
        lambda: setattr(target, "text", None),
        lambda: setattr(target, "tag", name),
        lambda: target.insert(dice.randrange(len(target) + 1), etree.Element(name)),
        lambda: target.set(
            dice.choice(("unitCode", "currencyID", "formatCode", "listID", "risk")), dice.choice(_TEXTS)
        ),
        lambda: target.set(f"{{{XSI}}}nil", dice.choice(("true", "false", "1", "x"))),
        lambda: target.set(f"{{{XSI}}}type", dice.choice(("ucr", "p:ucr", "StatusNameCodeType", "x:y"))),
        lambda: target.insert(0, etree.Comment("x")),
    ]
    if parent is not None:
        here = parent.index(target)
        acts += [
            lambda: parent.remove(target),
            lambda: parent.remove(target),
            lambda: parent.insert(here, copy.deepcopy(target)),
            lambda: parent.insert(dice.randrange(len(parent)), target),
            lambda: setattr(target, "tail", "x"),
        ]
    dice.choice(acts)()
