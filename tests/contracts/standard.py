# SPDX-License-Identifier: Apache-2.0
"""What every standard promises, as functions that raise `AssertionError` where it does not keep it."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator, Sequence

from lxml import etree

from cocket.errors import CocketError
from cocket.model import Reading
from cocket.standards import Options, Standard
from cocket.standards._front import source_of
from cocket.standards.cargo_imp import looks_like_cargo_imp
from cocket.standards.edifact import looks_like_edifact
from cocket.standards.xml import parse_xml
from tests.contracts.json_messages import is_json, with_member, with_value, with_value_twice, without_value

KEEPSAKE = "kept through reading and writing"

Mutation = Callable[[random.Random, bytes], bytes]


def reading_of(standard: Standard, data: bytes) -> Reading:
    """Read bytes that are known to be this standard's."""
    return standard.read(source_of(data), Options())


def keeps_what_it_reads(standard: Standard, data: bytes) -> None:
    """What is written from a reading reads the same, and is judged the same."""
    first = reading_of(standard, data)
    assert first.document is not None, "nothing was read"
    if standard.write is None:
        return
    second = reading_of(standard, standard.write(first.document))
    assert second.document == first.document, "it reads differently once written"
    assert second.outcome == first.outcome


def keeps_the_unknown(standard: Standard, data: bytes) -> None:
    """A field that no reader knows is still there once written, with its value."""
    if standard.write is None:
        return
    reading = reading_of(standard, with_keepsake(data))
    assert reading.document is not None, "an unknown field makes the message unreadable"
    assert keepsake_in(data).encode() in standard.write(reading.document), "the unknown field is lost"


def keepsake_in(data: bytes) -> str:
    """The keepsake as a message can hold it: EDIFACT's smallest character set and Cargo-IMP have no small letters."""
    return KEEPSAKE.upper() if looks_like_edifact(data) or looks_like_cargo_imp(data) else KEEPSAKE


def with_keepsake(data: bytes) -> bytes:
    """A message with a field of no standard, last in the deepest element that has three children or more.

    In EDIFACT it is a segment of no directory, before the end of the message; in Cargo-IMP a line of none, before the last.
    """
    if looks_like_cargo_imp(data):
        *lines, last = data.splitlines(keepends=True)
        return b"".join((*lines, f"ZZK/{keepsake_in(data)}\n".encode(), last))
    if looks_like_edifact(data):
        return data.replace(b"UNT+", f"ZZK+{keepsake_in(data)}'UNT+".encode(), 1)
    if is_json(data):
        return with_member(data, KEEPSAKE)
    root = parse_xml(data)
    parent = max((e for e in root.iter("*") if len(e) > 2), key=lambda e: sum(1 for _ in e.iterancestors()))
    namespace = etree.QName(parent).namespace
    name = f"{{{namespace}}}NationalKeepsake" if namespace else "NationalKeepsake"
    etree.SubElement(parent, name).text = KEEPSAKE
    return etree.tostring(root, xml_declaration=True, encoding="UTF-8")


def survives_mutations(standard: Standard, samples: Sequence[bytes], count: int, seed: int) -> None:
    """Whatever is done to a message, reading it gives a reading or an error of ours, and nothing else."""
    for number, mutant in enumerate(mutants(samples, count, seed)):
        try:
            reading = reading_of(standard, mutant)
        except CocketError:
            continue
        except Exception as error:
            raise AssertionError(f"mutant {number} of seed {seed} raised {error!r}") from error
        worst = {finding.severity for finding in reading.findings}
        assert (reading.outcome == "refused") is ("error" in worst), f"mutant {number}: outcome against findings"


def mutants(samples: Sequence[bytes], count: int, seed: int) -> Iterator[bytes]:
    """Messages with one to three things done to each, the same for the same seed."""
    dice = random.Random(seed)
    for _ in range(count):
        data = dice.choice(samples)
        for _ in range(dice.randint(1, 3)):
            data = dice.choice(MUTATIONS)(dice, data)
        yield data


def _place(dice: random.Random, data: bytes) -> int:
    return dice.randrange(len(data) + 1)


def _flip(dice: random.Random, data: bytes) -> bytes:
    place = _place(dice, data)
    return data[:place] + bytes([dice.randrange(256)]) + data[place + 1 :]


def _cut(dice: random.Random, data: bytes) -> bytes:
    place = _place(dice, data)
    return data[:place] + data[place + dice.randrange(1, 200) :]


def _double(dice: random.Random, data: bytes) -> bytes:
    place = _place(dice, data)
    return data[:place] + data[place : place + dice.randrange(1, 200)] + data[place:]


def _swap_text(dice: random.Random, data: bytes) -> bytes:
    """Put an awkward value where some text stood; the message stays well-formed."""
    return _at_some_text(dice, data, dice.choice(AWKWARD))


def _drop_element(dice: random.Random, data: bytes) -> bytes:
    if is_json(data):
        return without_value(dice, data)
    try:
        root = parse_xml(data)
    except CocketError:
        return data
    element = dice.choice(list(root.iter("*")))
    parent = element.getparent()
    if parent is not None:
        parent.remove(element)
    return etree.tostring(root, encoding="UTF-8")


def _double_element(dice: random.Random, data: bytes) -> bytes:
    if is_json(data):
        return with_value_twice(dice, data)
    try:
        root = parse_xml(data)
    except CocketError:
        return data
    element = dice.choice(list(root.iter("*")))
    parent = element.getparent()
    if parent is not None:
        parent.insert(0, etree.fromstring(etree.tostring(element, with_tail=False)))
    return etree.tostring(root, encoding="UTF-8")


def _at_some_text(dice: random.Random, data: bytes, text: str) -> bytes:
    if is_json(data):
        return with_value(dice, data, text)
    try:
        root = parse_xml(data)
    except CocketError:
        return data
    element = dice.choice(list(root.iter("*")))
    element.text = text
    return etree.tostring(root, encoding="UTF-8")


#: Values that trip readers: huge, negative, exponents, other scripts' digits, half dates, nothing.
AWKWARD = (
    "",
    " ",
    "0",
    "-1",
    "1e400",
    "1E-400",
    "NaN",
    "Infinity",
    "9" * 60,
    "1,000.5",
    "١٢٣",
    "31/02/2026",
    "20261301",
    "2026-11-25T25:61:00Z",
    "00010101000000+99",
    "\u00a0",
    "\U0001f4a3",
    "A" * 5000,
)

MUTATIONS: tuple[Mutation, ...] = (_flip, _cut, _double, _swap_text, _swap_text, _drop_element, _double_element)
