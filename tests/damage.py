# SPDX-License-Identifier: Apache-2.0
"""Damage to messages of any standard: boundary values put where some value stood, parts lost, doubled or moved.

Everything is drawn from a seeded `random.Random`, so that the same seed damages the same messages in the same way.
"""

from __future__ import annotations

import json
import random
import re
from collections.abc import Callable, Sequence
from functools import lru_cache
from typing import Any

from lxml import etree

_MARK = "QzPlaceQz"
_TEXT = re.compile(rb"[A-Za-z0-9][A-Za-z0-9 .,-]*")

NULS = ("\0", "ACME\0LTD", "\0" * 40)
CONTROLS = ("\x01", "A\x1bB", "\x08\x0c", "\x7f\x85")
SURROGATES = ("\ud800", "A\udfffB", "\udc80\ud800")
LONG = ("A1" * 4_500, "\U00020000" * 400, "\ufdfa" * 260, "ΐ" * 400, "B-" * 300, "7" * 600, "word " * 3_000)
DATES = (
    "0001-01-01T00:00:00+14:00",
    "9999-12-31T23:59:59-14:00",
    "0001-01-01T00:00:00Z",
    "9999-12-31T23:59:59Z",
    "0001-01-01",
    "9999-12-31",
    "1582-10-10T12:00:00+00:00",
    "00010101",
    "99991231",
    "19000101",
    "00010101000000+14",
    "99991231235959-12",
    "000101010000",
    "999912312359",
    "010101",
    "991231",
    "0",
    "-1",
)
NUMBERS = (
    "1E+999999",
    "1e400",
    "1E-400",
    "-1E+99",
    "NaN",
    "-Infinity",
    "9" * 60,
    "9" * 5_000,
    "9223372036854775808",
    "-9223372036854775809",
    "1000000000000000000",
    "0." + "3" * 40,
    "-0",
    "0",
    "4294967296",
    "١٢٣",
    "1,000.5",
    "0x10",
)
SCRIPTS = (
    "\u202eDTL EMCA\u202c",
    "\ufeff",
    "\u200b",
    "مرسى بحري",
    "東京港",
    "e\u0301" * 60,
    "İıẞß",
    "\U0001f4a3" * 20,
    "K\u0301\u0302\u0303\u0304" * 30,
    "\u2028\u2029",
    "<&>\"'",
    "'; drop table leaf; --",
    "%s%n{0}",
    "../../etc/passwd",
    "=1+1",
    "",
    " ",
)

#: Values that many places take, so that a message may be accepted and still be like no other.
USUAL = ("1", "0", "99", "12.5", "1000000", "KE", "US", "USD", "KGM", "2026-11-25", "20261125", "ACME LTD", "A", "Z9")

#: What a mutant may hold, by what is tried with it.
VALUES: dict[str, tuple[str, ...]] = {
    "nul": NULS,
    "control": CONTROLS,
    "surrogate": SURROGATES,
    "long": LONG,
    "date": DATES,
    "number": NUMBERS,
    "script": SCRIPTS,
}

#: How often each of them is tried: XML with a control character is refused by its parser, which teaches little.
_WEIGHTS = (1, 1, 1, 3, 3, 3, 4)


def with_value(dice: random.Random, data: bytes, value: str) -> bytes:
    """A message in which a value has taken the place of another, drawn by lot."""
    marked = _marked(dice, data)
    if b'"' + _MARK.encode() + b'"' in marked and _form(data) == "json":
        bare = value.encode() if dice.random() < 0.5 and _is_number(value) else json.dumps(value).encode()
        return marked.replace(b'"' + _MARK.encode() + b'"', bare)
    if _form(data) == "json":
        return marked.replace(_MARK.encode(), json.dumps(value).encode()[1:-1])
    raw = value.encode("utf-8", "surrogatepass")
    if _form(data) == "xml" and dice.random() < 0.9:
        raw = raw.replace(b"&", b"&amp;").replace(b"<", b"&lt;").replace(b'"', b"&quot;")
    return marked.replace(_MARK.encode(), raw)


def _is_number(value: str) -> bool:
    return re.fullmatch(r"-?\d+(\.\d+)?([eE][-+]?\d+)?", value, re.ASCII) is not None


@lru_cache(maxsize=4096)
def _form(data: bytes) -> str:
    start = data[:200].lstrip(b"\xef\xbb\xbf \t\r\n")[:1]
    if start in (b"{", b"["):
        return "json"
    if start == b"<":
        return "xml"
    return "text"


def _marked(dice: random.Random, data: bytes) -> bytes:
    """The message with a mark in the place of one of its values; unchanged if it cannot be taken apart."""
    try:
        if _form(data) == "json":
            return _marked_json(dice, data)
        if _form(data) == "xml":
            return _marked_xml(dice, data)
    except (ValueError, etree.XMLSyntaxError, RecursionError):
        pass
    found = list(_TEXT.finditer(data))
    if not found:
        return data
    one = dice.choice(found)
    return data[: one.start()] + _MARK.encode() + data[one.end() :]


def _marked_json(dice: random.Random, data: bytes) -> bytes:
    value = json.loads(data)
    leaves = [(around, key) for around, key in _places(value) if not isinstance(around[key], (dict, list))]
    objects = [around for around, _ in _places(value) if isinstance(around, dict)]
    if dice.random() < 0.03 and objects:
        around = dice.choice(objects)
        around[_MARK] = around.pop(dice.choice(list(around)))
    elif leaves:
        around, key = dice.choice(leaves)
        around[key] = _MARK
    return json.dumps(value, ensure_ascii=False).encode("utf-8", "surrogatepass")


def _marked_xml(dice: random.Random, data: bytes) -> bytes:
    root = etree.fromstring(data)
    leaves: list[tuple[Any, str | None]] = [(each, None) for each in root.iter("*") if len(each) == 0]
    leaves += [(each, name) for each in root.iter("*") for name in each.keys()]  # noqa: SIM118 - lxml's attributes
    element, name = dice.choice(leaves)
    if name is None:
        element.text = _MARK
    else:
        element.set(name, _MARK)
    return etree.tostring(root, encoding="UTF-8")


def _places(value: Any) -> list[tuple[Any, Any]]:
    found, waiting = [], [value]
    while waiting:
        around = waiting.pop()
        for key in list(around) if isinstance(around, dict) else range(len(around)):
            found.append((around, key))
            if isinstance(around[key], (dict, list)):
                waiting.append(around[key])
    return found


# Parts of a message.


def without_part(dice: random.Random, data: bytes) -> bytes:
    """A message that has lost a part."""
    return _with_parts(dice, data, lambda parts, place: parts.pop(place))


def with_part_twice(dice: random.Random, data: bytes) -> bytes:
    """A message that has a part twice, or many times."""
    times = dice.choice((1, 1, 1, 40))
    return _with_parts(dice, data, lambda parts, place: parts.__setitem__(slice(place, place), [parts[place]] * times))


def with_parts_moved(dice: random.Random, data: bytes) -> bytes:
    """A message in which two parts have changed places."""

    def swap(parts: list[Any], place: int) -> None:
        other = dice.randrange(len(parts))
        parts[place], parts[other] = parts[other], parts[place]

    return _with_parts(dice, data, swap)


def _with_parts(dice: random.Random, data: bytes, change: Callable[[list[Any], int], object]) -> bytes:
    try:
        if _form(data) == "json":
            return _with_members(dice, data, change)
        if _form(data) == "xml":
            return _with_children(dice, data, change)
    except (ValueError, etree.XMLSyntaxError, RecursionError):
        return data
    mark = b"'" if data.count(b"'") > data.count(b"\n") else b"\n"
    parts = data.split(mark)
    change(parts, dice.randrange(len(parts)))
    return mark.join(parts)


def _with_members(dice: random.Random, data: bytes, change: Callable[[list[Any], int], object]) -> bytes:
    value = json.loads(data)
    places = _places(value)
    if not places:  # it has lost all its members
        return data
    around, key = dice.choice(places)
    if isinstance(around, list):
        change(around, key)
    else:
        members = list(around.items())
        change(members, list(around).index(key))
        around.clear()
        around.update(members)
    return json.dumps(value, ensure_ascii=False).encode("utf-8", "surrogatepass")


def _with_children(dice: random.Random, data: bytes, change: Callable[[list[Any], int], object]) -> bytes:
    root = etree.fromstring(data)
    parents = [each for each in root.iter("*") if len(each)]
    if not parents:
        return data
    parent = dice.choice(parents)
    texts = [etree.tostring(child, with_tail=False) for child in parent]
    change(texts, dice.randrange(len(texts)))
    for child in list(parent):
        parent.remove(child)
    parent.extend(etree.fromstring(text) for text in texts)
    return etree.tostring(root, encoding="UTF-8")


def with_bytes_changed(dice: random.Random, data: bytes) -> bytes:
    """A message with some bytes changed, lost or doubled, whatever they stand for."""
    place = dice.randrange(len(data) + 1)
    length = dice.choice((1, 1, 2, 8, 64))
    match dice.randrange(4):
        case 0:
            return data[:place] + bytes([dice.randrange(256)]) + data[place + 1 :]
        case 1:
            return data[:place] + data[place + length :]
        case 2:
            return data[:place] + data[place : place + length] + data[place:]
        case _:
            return data[:place]


# References.

_NAMED = re.compile(
    rb"(?<![A-Za-z0-9<&/:.#=_-])(?=[A-Z/-]*[0-9])(?=[0-9/-]*[A-SU-Z])[A-Z0-9][A-Z0-9/-]{5,40}(?![A-Za-z0-9:.=_-])"
)


@lru_cache(maxsize=4096)
def names_in(data: bytes) -> tuple[bytes, ...]:
    """What looks like a reference in a message, and is no name of an element: capitals and digits, six or more (0..n)."""
    found = dict.fromkeys(_NAMED.findall(data))
    return tuple(name for name in found if b"<" + name not in data and b":" + name not in data)


def with_names_of(dice: random.Random, data: bytes, other: bytes) -> bytes:
    """A message that names things of another: some of its references are the other's."""
    own, theirs = names_in(data), names_in(other)
    if not own or not theirs:
        return data
    for name in dice.sample(own, min(len(own), dice.choice((1, 1, 2, 5)))):
        data = data.replace(name, dice.choice(theirs))
    return data


_FUNCTION = re.compile(
    rb"(?P<xml><(?:\w+:)?(?:FunctionCode|TypeCode|MessageFunctionCode)(?: [^>]*)?>)\d{1,2}(?=<)"
    rb"|(?P<edi>BGM\+[^+']*\+[^+']*\+)\d{1,2}(?=['+])"
    rb'|(?P<json>"(?:function|action|messageFunction)\w*"\s*:\s*")[^"]*(?=")'
)


def with_function(dice: random.Random, data: bytes) -> bytes:
    """A message that adds, amends, replaces, cancels or withdraws, whether there is anything to or not."""
    function = dice.choice((b"1", b"4", b"5", b"9", b"13", b"22", b"50"))

    def changed(found: re.Match[bytes]) -> bytes:
        if found["json"]:
            return found["json"] + dice.choice((b"amendment", b"cancellation", b"original", b"DELETE", b"UPDATE"))
        return (found["xml"] or found["edi"]) + function

    return _FUNCTION.sub(changed, data)


def with_names_anew(dice: random.Random, data: bytes) -> bytes:
    """A message with names of its own, so that it is no repetition; digits change, shapes stay."""
    shift = dice.randrange(1, 10)
    table = bytes.maketrans(b"0123456789", bytes(48 + (digit + shift) % 10 for digit in range(10)))
    for name in names_in(data):
        if dice.random() < 0.5:
            data = data.replace(name, name[:2] + name[2:].translate(table))
    return data


def damaged(dice: random.Random, samples: Sequence[bytes]) -> bytes:
    """One sample with something done to it: in a third of cases nothing that a reader need refuse."""
    data = dice.choice(samples)
    if dice.random() < 0.8:
        data = with_names_anew(dice, data)
    is_gentle = dice.random() < 0.35
    for _ in range(dice.choice((0, 1, 1, 2) if is_gentle else (1, 1, 2, 3))):
        if not data:
            break
        match dice.randrange(4) if is_gentle else dice.randrange(10):
            case 0:
                data = with_part_twice(dice, data)
            case 1:
                data = with_parts_moved(dice, data)
            case 2:
                data = with_names_of(dice, data, dice.choice(samples))
            case 3:
                data = with_value(dice, data, dice.choice(USUAL))
            case 4:
                data = without_part(dice, data)
            case 5:
                data = with_bytes_changed(dice, data)
            case _:
                data = with_value(dice, data, dice.choice(VALUES[dice.choices(list(VALUES), _WEIGHTS)[0]]))
    return data
