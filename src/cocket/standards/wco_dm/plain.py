# SPDX-License-Identifier: Apache-2.0
"""A declaration that is plainly written, judged and read from its characters in one pass, without parser and schema.

Software writes the same few things between two texts again and again: `ID></Seal>`, or `ID><TypeCode>`. What one of them
means where it stands is worked out once, by the tables of the message, and remembered: whether a class ends, which begin,
which field the text goes to, and where one stands then. So reading is one look-up for each text. A text is held to the
format of its element, more strictly than the schema does.

Whatever is not plain is left to parser, schema and tree, which alone say what is wrong: comments, unusual attributes,
white space around a text, elements out of order, and every value of whose verdict this module is not certain. What it
reads is what they read.

Source: WCO Data Model 3.6, Declaration (42A); XML 1.0 (5th edition) §2.2, §3.1, §4.6; XML Schema part 2, facets.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from decimal import Decimal
from functools import lru_cache
from itertools import islice
from typing import Any, Final, NamedTuple, TypeVar

from lxml import etree
from msgspec import structs

from cocket.errors import SenderError, UnreadableError
from cocket.model import Amount, Extension
from cocket.standards.wco_dm.envelope import ENVELOPE_NAMESPACE, is_envelope, open_envelope
from cocket.standards.wco_dm.fields import (
    ATTRIBUTES,
    CLASSES,
    DATE_NAMESPACE,
    DECLARATION,
    DECLARATION_NAMESPACE,
    Class,
    Field,
)
from cocket.standards.wco_dm.schema import FORMAT
from cocket.standards.wco_dm.taking import Fields
from cocket.standards.wco_dm.tree import DATE, Node, add, decimal_of, moment_of
from cocket.standards.wco_dm.walking import (
    CURRENCY,
    TREE,
    MomentEntry,
    MoneyEntry,
    PlaceEntry,
    Plan,
    ValueEntry,
    close_lists,
    end_class,
)
from cocket.standards.xml import LIMITS, as_utf8, parse_xml

T = TypeVar("T")

#: Bytes of a message that is read here: those of one text, so that no limit on messages but that on attributes can be exceeded.
_SIZE: Final = LIMITS.text

#: Bytes in which a declaration begins, and those that follow it; an envelope has few headers.
_HEAD: Final = 2_048

#: What is remembered at most of what stands between texts, in one way to write (count), and how long it may be (characters).
_MOST_KNOWN: Final = 4_000
_LONGEST: Final = 500

#: Values of so many characters at most are often the same, and what they say is remembered (256 of each format).
_SHORT: Final = 5

_SPACE: Final = DECLARATION_NAMESPACE.encode()
_START = re.compile(rb"<(?P<name>(?:[A-Za-z_][\w.-]*:)?Declaration)(?=[\s>])[^<>]*>", re.ASCII)
_BEGIN = re.compile(
    r"""[ \n\t]*<(?P<name>[A-Za-z_][\w.:-]*)"""
    r"""(?:[ \n\t]+(?P<attribute>[A-Za-z]+)=(?P<quote>["'])(?P<said>[!#-%(-;=?-~]+)(?P=quote))?""",
    re.ASCII,
)
_WHITE: Final = " \n\t"
_MARK: Final = b"plain"

#: What the attributes may say that are plain.
_ATTRIBUTES = {
    CURRENCY: re.compile("[A-Z]{3}"),
    "unitCode": re.compile(".{1,5}"),
    "formatCode": re.compile("102|304"),
}
_DATE_TIME = re.compile(r"20\d{6}(?:\d{6}(?:Z|[-+]\d\d))?", re.ASCII)
_ENTITY = re.compile("&(amp|lt|gt|quot|apos);")
_ENTITIES = {"amp": "&", "lt": "<", "gt": ">", "quot": '"', "apos": "'"}

#: Attributes of a declaration that say nothing of it.
_PASSED_OVER = frozenset(["{http://www.w3.org/2001/XMLSchema-instance}schemaLocation"])

#: Elements that may be repeated only so often, and the fewest times of any.
_BOUNDED = {
    field.name: field.most
    for kind in CLASSES.values()
    for field in kind.fields.values()
    if field.most is not None and field.most > 1
}
_FEWEST = min(_BOUNDED.values())


class Plain(NamedTuple):
    """A declaration that was plainly written, and whose structure is right.

    Attributes:
        version: Edition of the WCO Data Model; None if nothing tells.
        headers: What its envelope states (0..n).
        node: The tree of what is not plain in it, as `walk` gives it.
        fields: Its fields, as `walk` gives them.
    """

    version: str | None
    headers: tuple[Extension, ...]
    node: Node
    fields: Fields


class _UnplainError(SenderError):
    """It is for parser and schema to judge; does not leave this module."""

    def __init__(self) -> None:
        super().__init__("The declaration is not plainly written.")


class _Around(NamedTuple):
    """The class one is in.

    Attributes:
        outside: The class around it, where it was; None for the declaration.
        written: Its element's name as it is written.
        kind: Its elements.
        plan: What is done with them.
        at: Which of its elements came last (0-based); −1 before the first.
    """

    outside: _Around | None
    written: str
    kind: Class
    plan: Plan
    at: int = -1

    @property
    def path(self) -> tuple[Any, ...]:
        """What tells it from others."""
        return (*(self.outside.path if self.outside else ()), self.written, self.at)

    def before(self, tag: str, name: str) -> tuple[_Around, Field]:
        """Where one is when one of its elements begins."""
        field = self.kind.fields.get(name)
        if field is None or tag != _tag(name):
            raise _UnplainError
        at = list(self.kind.fields).index(name)
        if at < self.at or (at == self.at and field.most == 1) or self.lacks(at):
            raise _UnplainError
        return self._replace(at=at), field

    def lacks(self, until: int | None = None) -> bool:
        """Whether an element is missing between the last one and another, or the end."""
        return any(field.least for field in islice(self.kind.fields.values(), self.at + 1, until))


class _Kept(NamedTuple):
    """An element that is kept in the tree.

    Attributes:
        name: Its name.
        attributes: Its attributes by name, with `@`.
        among: Field of the class it stands in, if it is kept only where it does not say the place of that among the others;
            None if it is kept always.
    """

    name: str
    attributes: dict[str, str]
    among: str | None = None


#: What is between two texts: the plan of the class that ends, None if none does; plans of the classes that begin then
#: (0..n), with their names; what the next text says, None for one that is only kept, which raises if it is not plain, and
#: None in its place where no text may be; the field for what it says, empty if it is only kept; the element of the text as it
#: is kept; where one stands then. A mere tuple, since one is unpacked for each text.
_Step = tuple[Plan | None, tuple[tuple[Plan, str], ...], Callable[[str], Any] | None, str, _Kept, "_Place"]

_NOTHING: Final = _Kept("", {})


class _Place(dict[str, _Step]):
    """Where one stands: what may come from the beginning of the next end tag to the text after it → what that means.

    Attributes:
        writing: How the declaration is written.
        around: The class one is in.
        leaf: The element whose text was met last, as it is written; None if it has ended.
        is_end: Whether the declaration may end here.
    """

    __slots__ = ("around", "is_end", "leaf", "writing")

    def __init__(self, writing: _Writing, around: _Around, leaf: str | None) -> None:
        self.writing = writing
        self.around = around
        self.leaf = leaf
        self.is_end = leaf is None and around.outside is None and not around.lacks()

    def __missing__(self, between: str) -> _Step:
        """Work it out."""
        step = self.writing.step(self, between)
        self.writing.remember(self, between, step)
        return step


class _Writing:
    """One way to write declarations, and what is known of it.

    Args:
        spaces: Namespace by prefix; that of names without under the empty prefix.
        plan: Plan of the declaration.
    """

    def __init__(self, spaces: dict[str, str], plan: Plan) -> None:
        self._spaces = spaces
        self._places: dict[tuple[Any, ...], _Place] = {}
        self._known = 0
        self.start = _Place(self, _Around(None, "", DECLARATION, plan), "")

    def remember(self, place: _Place, between: str, step: _Step) -> None:
        """Remember what something means; of all ways to write, nothing is kept when that becomes too much for one."""
        place[between] = step
        self._known += 1
        if self._known > _MOST_KNOWN:
            _opened.cache_clear()
            _writing.cache_clear()

    def step(self, place: _Place, between: str) -> _Step:
        """What some characters mean; raises if they are not plain."""
        if len(between) > _LONGEST:
            raise _UnplainError
        name, *beginnings = between.split(">")
        around, ended = place.around, None
        if name != (around.written if place.leaf is None else place.leaf):
            raise _UnplainError
        if place.leaf is None:
            ended = around.plan
            if around.outside is None or around.lacks():
                raise _UnplainError
            around = around.outside
        begins = []
        leaf, read, field_name, kept = None, None, "", _NOTHING
        for beginning in beginnings:
            found = _BEGIN.fullmatch(beginning)
            if found is None or leaf is not None:
                raise _UnplainError
            prefix, _, name = found["name"].rpartition(":")
            tag = f"{{{self._spaces.get(prefix)}}}{name}"
            entry = around.plan.entries.get(tag)
            around, field = around.before(tag, name)
            kind = _kind_of(field, name)
            if kind is None:
                leaf = found["name"]
                read, field_name, kept = _reading(field, around.plan, entry, found["attribute"], found["said"])
            elif found["attribute"] is None:
                plan = entry if isinstance(entry, Plan) else TREE
                begins.append((plan, name))
                around = _Around(around, found["name"], kind, plan)
            else:
                raise _UnplainError
        if begins and leaf is None:  # an empty class
            raise _UnplainError
        return ended, tuple(begins), read, field_name, kept, self._place(around, leaf)

    def _place(self, around: _Around, leaf: str | None) -> _Place:
        path = (*around.path, leaf)
        if path not in self._places:
            self._places[path] = _Place(self, around, leaf)
        return self._places[path]


def _tag(name: str) -> str:
    return f"{{{DATE_NAMESPACE if name == DATE else DECLARATION_NAMESPACE}}}{name}"


def _kind_of(field: Field, name: str) -> Class | None:
    """The class that an element holds, which for a date is one with the date as its only element; None for a value."""
    if field.block is not None:
        return CLASSES[field.block]
    if field.term != "DateTime" or name == DATE:
        return None
    return Class(name=name, wco_id="", fields={DATE: structs.replace(field, name=DATE, least=1, most=1)})


def read_plain(data: bytes, plan: Plan) -> Plain | None:
    """Read a declaration from its characters.

    Args:
        data: A message as received, of any kind.
        plan: Plan of the declaration.

    Returns:
        The declaration, whose structure is right; None if it is not plainly written, or no declaration.

    Source: WCO Data Model 3.6, Declaration (42A).
    """
    if len(data) > _SIZE or data.find(_SPACE, 0, _HEAD) < 0 or b"<!" in data:
        return None
    if data.count(b"=") > LIMITS.all_attributes:
        return None
    start = _START.search(data, 0, _HEAD)
    end = -1 if start is None else data.rfind(b"</" + start["name"] + b">")
    if start is None or end < start.end() or len(data) - end > _HEAD:
        return None
    opened = _opened(data[: start.end()], data[end:], plan)
    if opened is None:
        return None
    try:
        body = data[start.end() : end].decode(opened.encoding)
        node, fields = _walk(body, opened.start)
    except (_UnplainError, UnicodeError):
        return None
    return Plain(opened.version, opened.headers, node, fields)


class _Opened(NamedTuple):
    """What stands around a declaration: the edition, the headers, the encoding, and how the declaration begins."""

    version: str | None
    headers: tuple[Extension, ...]
    encoding: str
    start: _Place


@lru_cache(maxsize=256)
def _opened(head: bytes, tail: bytes, plan: Plan) -> _Opened | None:
    """What stands around a declaration, parsed with a mark in the declaration's place."""
    message = head + b"<" + _MARK + b"/>" + tail
    try:
        root = parse_xml(message)
        is_utf8 = as_utf8(message) is message
    except UnreadableError:
        return None
    if not is_envelope(root.tag) or message.count(_MARK) != 1:
        return None
    opened = open_envelope(root)
    declaration: etree._Element | None = opened.declaration
    if (
        declaration is None
        or opened.findings
        or not _PASSED_OVER.issuperset(declaration.attrib)
        or not _holds_mark(declaration)
    ):
        return None
    around = declaration.getparent()
    beside = () if around is None else [child for child in around if child is not declaration]
    if any(etree.QName(child).namespace != ENVELOPE_NAMESPACE for child in beside):
        return None
    spaces = tuple((prefix or "", space) for prefix, space in sorted(declaration.nsmap.items(), key=str))
    return _Opened(opened.version, opened.headers, "utf-8" if is_utf8 else "ascii", _writing(spaces, plan).start)


def _holds_mark(declaration: etree._Element) -> bool:
    return len(declaration) == 1 and etree.QName(declaration[0]).localname == _MARK.decode()


@lru_cache(maxsize=8)
def _writing(spaces: tuple[tuple[str, str], ...], plan: Plan) -> _Writing:
    return _Writing(dict(spaces), plan)


def _walk(body: str, place: _Place) -> tuple[Node, Fields]:
    """What is in a declaration; raises if it is not plain. What `walk` makes of elements is made of characters here."""
    if "\r" in body:
        body = body.replace("\r\n", "\n").replace("\r", "\n")
    has_entities = "&" in body
    parts = f">{body}".split("</")  # before each but the first an end tag begins
    if body.count("<") != 2 * (len(parts) - 1):  # as many tags as are gone through: there is none in a text
        raise _UnplainError
    fields, node = Fields(), Node()
    nodes: list[Node] = []  # of the classes around
    outer: list[Fields] = []  # of those of them that have their own
    for part in parts:
        between, _, text = part.rpartition(">")
        ended, begun, read, field, kept, place = place[between]
        if ended is not None:
            left, node = node, nodes.pop()
            if ended.field is not None:
                taken, fields = fields, outer.pop()
                if not end_class(ended, taken, left, fields, node):
                    raise _UnplainError
            elif left and ended is not TREE:
                node[ended.name] = left
        for plan, name in begun:
            nodes.append(node)
            inner: Node = {}
            if plan is TREE:
                add(node, name, inner)
            elif plan.field is not None:
                outer.append(fields)
                fields = {}
            node = inner
        if read is None:
            if text and text.strip(_WHITE):
                raise _UnplainError
            continue
        if has_entities and "&" in text:
            text = _without_entities(text)
        value = read(text)
        if field and value is not None:
            fields[field] = value
        elif kept.among is None or text != str(len(outer[-1].get(kept.among, ())) + 1):
            add(node, kept.name, kept.attributes | {"": text} if kept.attributes else text)
    if not place.is_end:
        raise _UnplainError
    if len(parts) > _FEWEST and any(body.count(f"{name}>") > most for name, most in _BOUNDED.items()):
        raise _UnplainError
    close_lists(fields, place.around.plan.lists)
    return node, fields


# Values ------------------------------------------------------------------------------------------------------------


def _reading(
    field: Field, plan: Plan, entry: Any, attribute: str | None, said: str
) -> tuple[Callable[[str], Any], str, _Kept]:
    """How the text of an element is read, where it goes, and how it is kept if it goes nowhere."""
    if attribute is not None:
        shape = _ATTRIBUTES.get(attribute)
        if attribute not in ATTRIBUTES[field.term or "Text"] or shape is None or not shape.fullmatch(said):
            raise _UnplainError
    elif field.name == DATE:
        raise _UnplainError
    check = _checking(field.term, field.format, field.codes)
    kept = _Kept(
        field.name, {f"@{attribute}": said} if attribute else {}, plan.field if isinstance(entry, PlaceEntry) else None
    )
    if isinstance(entry, MomentEntry):
        return lambda text: moment_of(check(text), said), entry.field, kept
    if isinstance(entry, MoneyEntry) and attribute == CURRENCY:
        return lambda text: Amount(Decimal(check(text)), said), entry.field, kept
    if attribute is None and isinstance(entry, str):
        return check, entry, kept
    if attribute is None and isinstance(entry, ValueEntry):
        return _valuing(check, Decimal if entry.read is decimal_of else entry.read), entry.field, kept
    return check, "", kept


@lru_cache(maxsize=256)
def _valuing(check: Callable[[str], str], value_of: Callable[[str], Any]) -> Callable[[str], Any]:
    """A text that is plain, and what it says."""

    def read(text: str) -> Any:
        return value_of(check(text))

    return lru_cache(maxsize=256)(read) if hasattr(check, "cache_info") else read


@lru_cache(maxsize=256)
def _checking(term: str | None, form: str | None, codes: tuple[str, ...]) -> Callable[[str], str]:
    """What tells that a text is surely of a format, and gives it; it raises if that is not sure."""
    if term == "DateTime":
        return _matching(_DATE_TIME)
    found = FORMAT.fullmatch(form or "")
    if found is None or (found["characters"] == "an" and not found["upto"]):
        raise _UnplainError
    size, decimals = int(found["size"]), int(found["decimals"] or 0)
    if term in ("Amount", "Measure", "Numeric", "Quantity"):
        fraction = rf"(?:\.\d{{1,{decimals}}})?" if decimals else ""
        check = _matching(re.compile(rf"\d{{1,{size - decimals}}}{fraction}", re.ASCII))
    elif codes:
        check = _matching(re.compile("|".join(map(re.escape, codes))))
    elif found["characters"] == "an":
        check = _texts(size)
    else:
        characters = "[A-Za-z]" if found["characters"] == "a" else "[0-9]"
        check = _matching(re.compile(f"{characters}{{{1 if found['upto'] else size},{size}}}"))
    return lru_cache(maxsize=256)(check) if size <= _SHORT else check


def _matching(shape: re.Pattern[str]) -> Callable[[str], str]:
    match = shape.fullmatch

    def check(text: str) -> str:
        if match(text) is None:
            raise _UnplainError
        return text

    return check


def _texts(most: int) -> Callable[[str], str]:
    """Texts of one line, without what cannot be seen; spaces around them count, but do not belong to them."""

    def check(text: str) -> str:
        inner = text.strip()
        if not inner or len(text) > most or not text.isprintable():
            raise _UnplainError
        return inner

    return check


def _without_entities(text: str) -> str:
    if text.count("&") != len(_ENTITY.findall(text)):
        raise _UnplainError
    return _ENTITY.sub(lambda found: _ENTITIES[found[1]], text)
