# SPDX-License-Identifier: Apache-2.0
"""A message as its leaves: every text by the path where it stands. A reader takes what it knows; the rest is kept.

A path has a place (1-based) on every step, as `Error[2]/Pointer[1]/TagID[1]`, an attribute as its last step
(`Amount[1]/@currencyID`), and a prefix of the outline, or the whole namespace in braces, where an element is of
another namespace. What nobody took becomes extensions, and a writer lays them back. Order is not in the paths: the
outline gives it when XML is written.

Source: XML 1.0; XML Schema part 2 for numbers and times; UNTDID 2379 for dates (102, 304).
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime, timedelta, timezone
from decimal import Decimal
from typing import Any

from lxml import etree

from cocket.model import Amount, Extension
from cocket.standards.shape import Class, Outline

_XSI = "{http://www.w3.org/2001/XMLSchema-instance}"
_NIL = f"{_XSI}nil"
_DATE = "ds:DateTimeString"

_DECIMAL = re.compile(r"[-+]?(\d+(\.\d*)?|\.\d+)", re.ASCII)
_WHOLE = re.compile(r"0|[1-9]\d{0,8}", re.ASCII)
_DAY = re.compile(r"[1-9]\d{7}", re.ASCII)
_INSTANT = re.compile(r"(?P<time>[1-9]\d{13})(?P<zone>Z|[-+]\d\d)", re.ASCII)
_XSD_INSTANT = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{1,6})?(Z|[-+]\d\d:\d\d)?", re.ASCII)
_NAME = re.compile(r"(?:\{[^{}]*\}|[A-Za-z_][\w.-]*:)?[^\W\d][\w.-]*")
_STEP = re.compile(r"(?:\{[^{}]*\}|[^/{])+")
_PLACED = re.compile(r"(?P<name>.+)\[(?P<place>[1-9]\d{0,8})\]", re.DOTALL)


class Leaves:
    """The leaves of one message.

    Args:
        texts: Texts by path, in the order of the message; None for an element that is there and empty.
    """

    def __init__(self, texts: dict[str, str | None] | None = None) -> None:
        self._texts = texts or {}
        self._counts: dict[str, int] = {}
        self._told: set[str] = set()
        for path in self._texts:
            self._tell(path)

    def copy(self) -> Leaves:
        """The same leaves, to take from without taking from these.

        Source: the notation of this module.
        """
        made = Leaves()
        made._texts, made._counts, made._told = dict(self._texts), self._counts, self._told
        return made

    def _tell(self, path: str) -> None:
        """Note how many there are of each element on a path; what is around it may have been noted before."""
        while path and path not in self._told:
            self._told.add(path)
            around, step = _parted(path)
            name, _, place = step.rpartition("[")
            if name and step[0] != "@":
                name = f"{around}/{name}" if around else name
                self._counts[name] = max(self._counts.get(name, 0), int(place[:-1]))
            path = around

    def each(self, path: str) -> Iterator[str]:
        """The paths of all elements of a name, such as `Error[1]`, `Error[2]` (0..n).

        Source: the notation of this module.
        """
        return (f"{path}[{place}]" for place in range(1, self._counts.get(path, 0) + 1))

    def has(self, path: str) -> bool:
        """Whether there is an element of a name, without place on the last step.

        Source: the notation of this module.
        """
        return path in self._counts

    def peek(self, path: str) -> str | None:
        """A text without outer white space; None if it is absent or empty.

        Source: the notation of this module.
        """
        return (self._texts.get(path) or "").strip() or None

    def take(self, path: str) -> str | None:
        """Take a text.

        Returns:
            The text without outer white space; None if it is absent or empty, and an empty one stays.

        Source: the notation of this module.
        """
        text = self.peek(path)
        if text is not None:
            del self._texts[path]
        return text

    def take_decimal(self, path: str) -> Decimal | None:
        """Take a decimal number; None, and it stays where it is, if it is no such number.

        Source: XML Schema part 2, decimal.
        """
        text = self.peek(path)
        return None if text is None or _DECIMAL.fullmatch(text) is None else Decimal(self.take(path) or 0)

    def take_whole(self, path: str) -> int | None:
        """Take a whole number written plainly; None, and it stays where it is, if it is none of at most nine digits.

        Source: XML Schema part 2, integer.
        """
        text = self.peek(path)
        return None if text is None or _WHOLE.fullmatch(text) is None else int(self.take(path) or 0)

    def take_amount(self, path: str) -> Amount | None:
        """Take a sum of money with its currency; None if it is absent or no number.

        Source: UN/CEFACT amount type, `currencyID`.
        """
        value = self.take_decimal(path)
        return None if value is None else Amount(value, self.take(f"{path}/@currencyID"))

    def take_moment(self, path: str) -> datetime | None:
        """Take a date or a time with its format code.

        Args:
            path: Of the element around `DateTimeString`.

        Returns:
            The instant with the stated offset; a day is its first instant without offset. None, and all stays where
            it is, if it is not one or contradicts its format code.

        Source: UNTDID 2379, codes 102 and 304.
        """
        place = f"{path}/{_DATE}[1]"
        moment = _coded_moment(self.peek(place) or "", self.peek(f"{place}/@formatCode"))
        if moment is not None:
            self.take(place)
            self.take(f"{place}/@formatCode")
        return moment

    def take_instant(self, path: str) -> datetime | None:
        """Take a time of XML Schema; None, and it stays where it is, if it is none, or finer than a microsecond.

        Source: XML Schema part 2, dateTime.
        """
        text = self.peek(path) or ""
        try:
            moment = datetime.fromisoformat(text) if _XSD_INSTANT.fullmatch(text) else None
        except ValueError:
            return None
        if moment is not None:
            self.take(path)
        return moment

    def left(self) -> tuple[Extension, ...]:
        """What nobody has taken, in the order of the message (0..n).

        Source: the notation of this module.
        """
        return tuple(Extension(path, text) for path, text in self._texts.items())

    def put(self, path: str, value: str | int | Decimal | None) -> None:
        """Put a text; None puts nothing.

        Source: the notation of this module.
        """
        if value is not None:
            self._texts[path] = format(value, "f") if isinstance(value, Decimal) else str(value)

    def put_amount(self, path: str, amount: Amount | None) -> None:
        """Put a sum of money; None puts nothing.

        Source: UN/CEFACT amount type, `currencyID`.
        """
        if amount is not None:
            self.put(path, amount.value)
            self.put(f"{path}/@currencyID", amount.currency)

    def put_moment(self, path: str, moment: datetime | None) -> None:
        """Put a date or a time; without an offset it is a day, which is all that can be said then.

        Source: UNTDID 2379, codes 102 and 304.
        """
        if moment is None:
            return
        if (moment.utcoffset() or timedelta()) % timedelta(hours=1):
            moment = moment.astimezone(UTC)  # the message has room for whole hours only
        zone = moment.strftime("%z")[:3]
        text = f"{moment:%Y%m%d%H%M%S}{'Z' if zone == '+00' else zone}" if zone else f"{moment:%Y%m%d}"
        self.put(f"{path}/{_DATE}[1]", text)
        self.put(f"{path}/{_DATE}[1]/@formatCode", "304" if zone else "102")

    def put_instant(self, path: str, moment: datetime | None) -> None:
        """Put a time of XML Schema; None puts nothing.

        Source: XML Schema part 2, dateTime.
        """
        if moment is not None:
            self.put(path, moment.isoformat().replace("+00:00", "Z"))

    def lay_back(self, extensions: Iterable[Extension]) -> None:
        """Put extensions where they stood; what the message says already is not overwritten.

        Args:
            extensions: What a reader had left (0..n); paths that are none of this notation are passed over.

        Source: the notation of this module.
        """
        for extension in extensions:
            if _is_path(extension.path):
                self._texts.setdefault(extension.path, extension.value)

    def items(self) -> Iterable[tuple[str, str | None]]:
        """Path and text of every leaf.

        Source: the notation of this module.
        """
        return self._texts.items()


def _parted(path: str) -> tuple[str, str]:
    """What is around the last step of a path, and the step; a namespace in braces has slashes of its own."""
    if "{" not in path:
        around, _, step = path.rpartition("/")
        return around, step
    *before, step = _STEP.findall(path)
    return "/".join(before), step


def _coded_moment(text: str, code: str | None) -> datetime | None:
    found = _INSTANT.fullmatch(text) if code == "304" else None
    try:
        if code == "102" and _DAY.fullmatch(text):
            return datetime.strptime(text, "%Y%m%d")  # noqa: DTZ007 - the message states no offset
        if found is None:
            return None
        offset = UTC if found["zone"] == "Z" else timezone(timedelta(hours=int(found["zone"])))
        return datetime.strptime(found["time"], "%Y%m%d%H%M%S").replace(tzinfo=offset)
    except ValueError:
        return None


def _is_path(path: str) -> bool:
    *around, last = _STEP.findall(path) or [""]
    if "/".join((*around, last)) != path:
        return False
    steps = [*around, last] if last[:1] != "@" else around
    names = [placed["name"] if (placed := _PLACED.fullmatch(step)) else "" for step in steps]
    return all(map(_NAME.fullmatch, names)) and (last[:1] != "@" or _NAME.fullmatch(last[1:]) is not None)


# XML ---------------------------------------------------------------------------------------------------------------


def leaves_of(element: etree._Element, outline: Outline, but: etree._Element | None = None) -> Leaves:
    """The leaves of a message.

    Args:
        element: A root of the outline; what is in it may be anything.
        outline: Gives the prefixes of its namespaces.
        but: A child of it that is read by somebody else; None if there is none.

    Returns:
        Every text and attribute, except those for schema processors (`xsi:`); `xsi:nil` stays.

    Source: the notation of this module.
    """
    prefixes = {space: prefix for prefix, space in outline.prefixes.items()}
    if not outline.is_qualified:
        del prefixes[outline.prefixes[""]]
        prefixes[""] = ""
    return Leaves(dict(_gather(element, "", prefixes, but)))


def _gather(
    element: etree._Element, path: str, prefixes: dict[str, str], but: etree._Element | None = None
) -> Iterator[tuple[str, str | None]]:
    for key, text in element.items():
        name = str(key)
        if not name.startswith(_XSI) or name == _NIL:
            yield f"{path}/@{name}".removeprefix("/"), str(text)
    places: dict[str, int] = {}
    texts = [element.text or ""]
    for child in element:
        texts.append(child.tail or "")
        if child is but:
            continue
        name = _short(str(child.tag), prefixes)
        places[name] = places.get(name, 0) + 1
        yield from _gather(child, f"{path}/{name}[{places[name]}]".removeprefix("/"), prefixes)
    text = "".join(texts)
    if path and (text.strip() or not len(element)):
        yield path, text or None


def _short(tag: str, prefixes: dict[str, str]) -> str:
    space, _, name = tag.removeprefix("{").rpartition("}")
    prefix = prefixes.get(space)
    return f"{{{space}}}{name}" if prefix is None else f"{prefix}:{name}".removeprefix(":")


class _Node:
    """An element on its way to XML."""

    __slots__ = ("attributes", "children", "text")

    def __init__(self) -> None:
        self.text: str | None = None
        self.attributes: dict[str, str] = {}
        self.children: dict[str, dict[int, _Node]] = {}


def element_of(leaves: Leaves, outline: Outline, root: str) -> etree._Element:
    """The XML of leaves, in the order of the outline; elements it does not have come last in their class.

    Args:
        leaves: Texts by path.
        outline: The order of elements, and the prefixes of namespaces.
        root: Name of the root element, one of the outline's.

    Returns:
        The root element.

    Raises:
        ValueError: A text or a name is one that XML does not allow.

    Source: the notation of this module.
    """
    top = _Node()
    for path, text in leaves.items():
        node = top
        for step in _STEP.findall(path):
            placed = _PLACED.fullmatch(step)
            if placed is None:
                node.attributes[step[1:]] = text or ""
                break
            node = node.children.setdefault(placed["name"], {}).setdefault(int(placed["place"]), _Node())
        else:
            node.text = text
    own = None if outline.is_qualified else outline.code
    spaces: Any = {prefix or own: space for prefix, space in outline.prefixes.items() if prefix in ("", "ds", "rsm")}
    name = _long(root, outline) if ":" in root else f"{{{outline.prefixes['']}}}{root}"
    element = etree.Element(name, nsmap=spaces)
    _fill(element, top, outline, outline.classes[outline.roots[root]])
    return element


def _fill(element: etree._Element, node: _Node, outline: Outline, kind: Class) -> None:
    element.text = node.text
    for name, text in node.attributes.items():
        element.set(name, text)
    known = [name for name in kind if name in node.children]
    for name in (*known, *(name for name in node.children if name not in kind)):
        content = kind[name].content if name in kind else ""
        for _, child in sorted(node.children[name].items()):
            _fill(etree.SubElement(element, _long(name, outline)), child, outline, outline.classes.get(content, {}))


def _long(name: str, outline: Outline) -> str:
    if name[0] == "{":
        return name
    prefix, _, local = name.rpartition(":")
    space = outline.prefixes.get(prefix) if prefix or outline.is_qualified else None
    return f"{{{space}}}{local}" if space is not None else name
