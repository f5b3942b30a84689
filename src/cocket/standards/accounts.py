# SPDX-License-Identifier: Apache-2.0
"""The account of a conversion: which values of a message are in the message made of it, and which are not.

That two messages have an equal value proves little: a `1` is everywhere. So each value of the source is put to the
trial: it is changed, the message is converted again, and what vanishes from the target is what came of it. A value
counts as recovered if one equal in meaning vanished with it, in the same goods item or bill, each being used once;
anything else is lost. The account may call a value lost that is there, not the other way round.
"""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator
from decimal import Decimal
from functools import lru_cache
from typing import Any

import msgspec
from lxml import etree

from cocket.model import Document, Extension
from cocket.standards.xml import text_of, written_name

#: Elements that hold one goods item, bill, invoice or line, by standard; compared without case.
ROWS = {
    "asycuda-sad": "item",
    "asycuda-awmds": "bol_segment",
    "asycuda-c71": "invoice",
    "asycuda-licence": "item",
    "ens": "gooitegds",
    "ics2": "goodsitem",
    "ncts": "consignmentitem",
    "wco-dm": "governmentagencygoodsitem",
    "postal-item": "contents",
    "postal-list": "items",
    "low-value": "items",
    "express-manifest": "consignments",
    "fal-cargo": "consignments",
    "edifact-cuscar": "cni",
    "edifact-cusdec": "cst.2",
    "cargo-xml-xfhl": "includedhouseconsignment",
    "cargo-xml-xffm": "includedmasterconsignment",
    "cargo-imp-fhl": "bill",
    "ubl-invoice": "invoiceline creditnoteline",
    "uncefact": "specifiedconsignment",
    "cii": "includedsupplychaintradelineitem",
}

#: Where the model keeps the same.
_MODEL_ROWS = (("shipment", "items"), ("bills",), ("invoices",), ("items",), ("lines",))

#: Attributes that say how a value is written, and are none themselves.
_FORMATS = {"formatCode", "format"}
_XSI = "{http://www.w3.org/2001/XMLSchema-instance}"

_NUMBER = re.compile(r"[-+]?(\d+(\.\d*)?|\.\d+)", re.ASCII)
_YEAR_FIRST = re.compile(r"(\d{4})[-/.]?(\d\d)[-/.]?(\d\d)(?:\D.*|\d{4}(?:\d\d)?(?:Z|[-+]\d\d)?)?", re.ASCII)
_YEAR_LAST = re.compile(r"(\d{1,2})[-/.](\d{1,2})[-/.](\d{4})", re.ASCII)
_YES = {"1": True, "true": True, "yes": True, "y": True, "0": False, "false": False, "no": False, "n": False}
_PREDICATE = re.compile(r"\[\d+\]|\{[^}]*\}")
_WORD = re.compile(r"\w+")

#: Each digit and letter becomes its neighbour.
_NEIGHBOURS = str.maketrans(
    "0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ",
    "1234567898bcdefghijklmnopqrstuvwxyzyBCDEFGHIJKLMNOPQRSTUVWXYZY",
)

Key = tuple[Any, ...]
#: Place of a goods item, bill or invoice (0-based); None for what stands outside them.
Row = int | None


class Value(msgspec.Struct, frozen=True):
    """One value of a message: the text of an element, or an attribute.

    Attributes:
        path: Absolute XPath with a predicate on every step.
        text: The value without outer white space.
        row: Which item, bill or invoice it stands in.
        misfit: Why the message has no room for it after all; None if it is there.
    """

    path: str
    text: str
    row: Row = None
    misfit: str | None = None


# The values of a message -------------------------------------------------------------------------------------------


def values_of(root: etree._Element, standard: str) -> list[Value]:
    """Every value of a message.

    Args:
        root: Its root element.
        standard: Name of its standard, which tells where items, bills and invoices are.

    Returns:
        The texts and attributes in the order of the message (0..n). Empty ones, namespaces, attributes for schema
        processors and those that only say how a date is written are none.

    Source: XML Path Language 1.0 §2 for the paths.
    """
    return [placed.value for placed in _placed(root, standard)]


class _Placed(msgspec.Struct, frozen=True):
    value: Value
    element: Any  # etree._Element; msgspec cannot name lxml's class
    attribute: str | None = None


def _placed(root: etree._Element, standard: str) -> list[_Placed]:
    return list(_gather(root, f"/{written_name(root)}[1]", _Rows(ROWS.get(standard)), None))


class _Rows:
    """Counts rows as they are met."""

    def __init__(self, name: str | None) -> None:
        self._names = frozenset((name or "").split())
        self._next = 0

    def of(self, element: etree._Element, row: Row) -> Row:
        """The row an element is in: a new one if it is one itself."""
        if row is not None or str(element.tag).rpartition("}")[2].casefold() not in self._names:
            return row
        self._next += 1
        return self._next - 1


def _gather(element: etree._Element, path: str, rows: _Rows, row: Row) -> Iterator[_Placed]:
    for key, text in element.items():
        name = str(key)
        if not name.startswith(_XSI) and name.partition(".")[0] not in _FORMATS and text.strip():
            yield _Placed(Value(f"{path}/@{_attribute(element, name)}", str(text).strip(), row), element, name)
    text = text_of(element).strip()
    if text:
        yield _Placed(Value(path, text, row), element)
    places: dict[str, int] = {}
    for child in element:
        name = written_name(child)
        places[name] = places.get(name, 0) + 1
        yield from _gather(child, f"{path}/{name}[{places[name]}]", rows, rows.of(child, row))


def _attribute(element: etree._Element, name: str) -> str:
    space, _, local = name.removeprefix("{").rpartition("}")
    prefix = next((prefix for prefix, uri in element.nsmap.items() if prefix and uri == space), "xml")
    return f"{prefix}:{local}" if space else local


# What values mean ----------------------------------------------------------------------------------------------------


@lru_cache(maxsize=65_536)
def keys_of(text: str) -> frozenset[Key]:
    """What a text may mean: its words, a number, a day, yes or no. Texts that share a meaning may be the same value.

    Source: XML Schema part 2; UNTDID 2379; the ways of writing days in the standards of this room.
    """
    keys: set[Key] = {("text", _words(text))}
    if _NUMBER.fullmatch(text):
        keys.add(("number", Decimal(text)))
    for pattern, order in ((_YEAR_FIRST, (1, 2, 3)), (_YEAR_LAST, (3, 2, 1)), (_YEAR_LAST, (3, 1, 2))):
        found = pattern.fullmatch(text)
        if found:
            keys.add(("day", *(int(found[place]) for place in order)))
    if text.casefold() in _YES:
        keys.add(("yes-no", _YES[text.casefold()]))
    return frozenset(keys)


def _words(text: str) -> str:
    return " ".join(text.split()).casefold()


def _squeezed(text: str) -> str:
    return "".join(sign for sign in text.casefold() if sign.isalnum())


def _changed(text: str) -> str:
    other = text.translate(_NEIGHBOURS)
    return other if other != text else text + "x"


# The trial -----------------------------------------------------------------------------------------------------------


class Trial:
    """Puts the values of a source to the trial.

    Args:
        root: Root of the source, which is changed and put back as it was.
        standard: Name of its standard.
        again: Converts the source as it then is; gives the values of the target, None if it cannot be converted.
        rows: For each row of the target the rows of the source that it is made from; None if they are the same.
    """

    def __init__(
        self,
        root: etree._Element,
        standard: str,
        again: Callable[[], list[Value] | None],
        rows: tuple[tuple[int, ...], ...] | None,
    ) -> None:
        self._placed = _placed(root, standard)
        self._again = again
        self._rows: dict[int, set[Row]] | None = None
        if rows is not None:
            self._rows = defaultdict(lambda: {None})
            for target, sources in enumerate(rows):
                for row in sources:
                    self._rows[row].add(target)

    @property
    def values(self) -> list[Value]:
        """The values of the source, in its order."""
        return [placed.value for placed in self._placed]

    def outcome(self, written: list[Value]) -> dict[str, Value]:
        """What the values became in the target.

        Args:
            written: The values of the target, those it has no room for last.

        Returns:
            By the path of each value what it became, or the worst of several; without those that became nothing.

        Source: nothing outside: a trial proves what no comparison can.
        """
        texts = {_squeezed(value.text) for value in written}
        everything = "\n".join(texts)
        meanings: set[Key] = set().union(*(keys_of(value.text) for value in written))
        groups: dict[str, list[_Placed]] = defaultdict(list)
        for placed in self._placed:
            groups[_PREDICATE.sub("", placed.value.path)].append(placed)
        found: dict[str, Value] = {}
        for group in groups.values():
            values = [placed.value for placed in group]
            if any(
                not meanings.isdisjoint(keys_of(value.text)) or _may_be_in(value.text, texts, everything)
                for value in values
            ):
                found |= self._matched(values, self._vanished(group, written))
        return found

    def _vanished(self, group: list[_Placed], written: list[Value]) -> list[Value]:
        """What vanishes from the target when values of one kind are changed; all of it if there is none then."""
        for placed in group:
            _set(placed, _changed(placed.value.text))
        again = self._again()
        for placed in group:
            _set(placed, placed.value.text)
        if again is None:
            return written
        left = Counter((value.row, value.text, value.misfit is None) for value in again)
        vanished = []
        for value in written:
            kind = (value.row, value.text, value.misfit is None)
            if left[kind]:
                left[kind] -= 1
            else:
                vanished.append(value)
        return vanished

    def _matched(self, values: list[Value], vanished: list[Value]) -> dict[str, Value]:
        """The values that are among what vanished: as they are, in parts, or as part of a longer text."""
        found: dict[str, Value] = {}
        for way in (_whole, _in_parts, _as_part):
            for value in values:
                became = None if value.path in found else way(value, vanished, self._may_be)
                if became:
                    found[value.path] = became
        return found

    def _may_be(self, value: Value, other: Value) -> bool:
        """Whether a value of the target may be made of one of the source, by the rows they stand in."""
        if value.row is None or other.row is None:
            return True
        return value.row == other.row if self._rows is None else other.row in self._rows[value.row]


_Near = Callable[[Value, Value], bool]


def _whole(value: Value, vanished: list[Value], is_near: _Near) -> Value | None:
    """The same value; what is used is gone."""
    keys = keys_of(value.text)
    place = next((n for n, v in enumerate(vanished) if is_near(value, v) and keys & keys_of(v.text)), None)
    return None if place is None else vanished.pop(place)


def _in_parts(value: Value, vanished: list[Value], is_near: _Near) -> Value | None:
    """Several texts that together make it up, in whatever order they stand; one that has no room stands for all."""
    left, used = _squeezed(value.text), list[Value]()
    while left:
        fitting = [v for v in vanished if v not in used and is_near(value, v) and _starts(left, v.text)]
        if not fitting:
            return None
        used.append(max(fitting, key=lambda v: len(_squeezed(v.text))))
        left = left[len(_squeezed(used[-1].text)) :]
    for part in used:
        vanished.remove(part)
    return max(used, key=lambda part: part.misfit is not None, default=None)


def _starts(whole: str, part: str) -> bool:
    return bool(_squeezed(part)) and whole.startswith(_squeezed(part))


def _as_part(value: Value, vanished: list[Value], is_near: _Near) -> Value | None:
    """A longer text in which it stands, a single sign as a whole word; that stretch is used up."""
    words = re.escape(_words(value.text))
    stretch = re.compile(words if len(value.text) > 1 else rf"(?<!\w){words}(?!\w)")
    for place, other in enumerate(vanished):
        found = stretch.search(_words(other.text)) if is_near(value, other) else None
        if found:
            rest = _words(other.text)
            vanished[place] = msgspec.structs.replace(other, text=f"{rest[: found.start()]}\0{rest[found.end() :]}")
            return other
    return None


def _may_be_in(text: str, texts: set[str], everything: str) -> bool:
    """Whether it is worth a trial: the target has its first word, or a text that it begins with."""
    word, whole = _WORD.search(text), _squeezed(text)
    return bool(word and _squeezed(word[0]) in everything) or any(whole[:end] in texts for end in range(1, len(whole)))


def _set(placed: _Placed, text: str) -> None:
    if placed.attribute is None:
        placed.element.text = text
        for child in placed.element:
            child.tail = None
    else:
        placed.element.set(placed.attribute, text)


# What stayed beside the model ----------------------------------------------------------------------------------------


class Beside:
    """Knows which values a reader kept beside the model, having found no place for them there.

    Args:
        document: The document as read.
    """

    def __init__(self, document: Document) -> None:
        whole: tuple[Extension, ...] = getattr(document, "extensions", ())  # a certificate keeps nothing beside itself
        self._kept: set[tuple[Row, tuple[str, ...]]] = {(None, _names(each.path)) for each in whole}
        for around in _MODEL_ROWS:
            holder: Any = document
            for name in around:
                holder = getattr(holder, name, ())
            for row, member in enumerate(holder):
                extensions: tuple[Extension, ...] = getattr(member, "extensions", ())
                self._kept |= {(row, _names(each.path)) for each in extensions}

    def has(self, value: Value) -> bool:
        """Whether a value was kept so.

        Source: the notation of the extensions, names with or without prefixes and places.
        """
        names = _names(value.path)
        return any((value.row, names[start:]) in self._kept for start in range(len(names)))


def _names(path: str) -> tuple[str, ...]:
    return tuple(step.rpartition(":")[2] for step in _PREDICATE.sub("", path).split("/") if step and step != "text()")
