# SPDX-License-Identifier: Apache-2.0
"""Which segments a message has in a release, and which elements a segment: `tables.txt`, looked up and made ready.

The notation is one line a table, `message CUSCAR 96B-97A: UNH M1 BGM M1 4:C9(TDT M1 LOC C99) …` and
`segment DTM 95B-24A: C507 M1 (2005 M an..3, 2380 C an..35, 2379 C an..3)`: M mandatory, C conditional, then how often.
The first line names the releases in order. A directory of the user's own is one line a table with a single release.

Source: UN/EDIFACT directories D.95B to D.24A; ISO 9735-1 §8 for the order in which segments of groups are read.
"""

from __future__ import annotations

import re
from functools import cache, lru_cache
from importlib import resources
from typing import NamedTuple

from cocket.errors import SenderError

_LINE = re.compile(r"(message|segment) ([A-Z]{3,6}) (\d\d[A-C])(?:-(\d\d[A-C]))?: (.+)")
_TOKEN = re.compile(r"(\d+):([MC])(\d+)\(|([A-Z]{3}) ([MC])(\d+)|\)")
_ELEMENT = re.compile(r"(\w{4}) ([MC])(\d+)(?: (an?|n)(\.\.)?(\d+))?(?: \((.*)\))?")
_COMPONENT = re.compile(r"(\d{4}) ([MC]) (an?|n)(\.\.)?(\d+)")

#: What directories may measure that a user brings: lines, and characters of one.
_LINES, _LENGTH = 20_000, 50_000


class Component(NamedTuple):
    """One value of a segment: number in the UNTDED, whether it must be there, kind (`a`, `n`, `an`) and length."""

    number: str
    is_mandatory: bool
    kind: str
    shortest: int
    longest: int


class Element(NamedTuple):
    """One data element of a segment, a simple one having a single component."""

    number: str
    is_mandatory: bool
    most: int
    components: tuple[Component, ...]


class Slot:
    """A place in a message where a segment may stand; the first of a group stands for the group.

    Attributes:
        tag: Tag of the segment.
        name: The tag, with `~2` and so on behind it from the second place of that tag in one group.
        group: The group it is in; the message itself is one.
        opens: The group that it begins; None if it begins none.
        is_mandatory: Whether it, or the group it begins, must be there.
        most: How often, at most.
        place: Where it stands among the members of its group (0-based).
        following: By tag the slots that a segment after this one may stand in, the nearest first.
    """

    __slots__ = ("following", "group", "is_mandatory", "most", "name", "opens", "place", "tag")

    def __init__(self, tag: str, group: Group | None, status: str, most: str) -> None:
        self.tag = self.name = tag
        self.group = group
        self.opens: Group | None = None
        self.is_mandatory = status == "M"
        self.most = int(most)
        self.place = 0
        self.following: dict[str, tuple[Slot, ...]] = {}


class Group:
    """A group of segments, or the whole message.

    Attributes:
        entry: The slot that begins it; None for the message.
        members: Slots in order, groups within it by the slots that begin them.
        depth: How many groups are around it.
    """

    __slots__ = ("by_name", "depth", "entry", "mandatory", "members")

    def __init__(self, entry: Slot | None, depth: int) -> None:
        self.entry = entry
        self.members: list[Slot] = []
        self.by_name: dict[str, Slot] = {}
        self.mandatory: tuple[Slot, ...] = ()
        self.depth = depth

    def add(self, slot: Slot) -> None:
        """Take a slot as its next member."""
        same = sum(member.tag == slot.tag for member in self.members)
        if same:
            slot.name = f"{slot.tag}~{same + 1}"
        slot.place = len(self.members)
        self.members.append(slot)
        self.by_name[slot.name] = slot


class Structure(NamedTuple):
    """A message type of one release.

    Attributes:
        whole: The message as a group.
        start: The slot before the first, from which UNH follows.
        elsewhere: By tag the first slot of each tag.
    """

    whole: Group
    start: Slot
    elsewhere: dict[str, Slot]


class Directory:
    """The tables of all releases, or of one that a user brings.

    Args:
        text: Tables in the notation of this module.
        base: Where to look for what these do not have; None for nowhere.

    Raises:
        SenderError: It is not in that notation.
    """

    def __init__(self, text: str, base: Directory | None = None) -> None:
        self._base = base
        self.releases: tuple[str, ...] = ()
        self._tables: dict[tuple[str, str], list[tuple[str, str, str]]] = {}
        lines = text.splitlines()
        if len(lines) > _LINES or any(len(line) > _LENGTH for line in lines):
            raise SenderError("These tables are too large.", expected=f"{_LINES} lines")
        for number, line in enumerate(lines, 1):
            found = _LINE.fullmatch(line.strip())
            if found:
                table = (found[3], found[4] or found[3], found[5])
                self._tables.setdefault((found[1], found[2]), []).append(table)
            elif line.startswith("releases "):
                self.releases = tuple(line.split()[1:])
            elif line.strip():
                raise SenderError("This is not an EDIFACT table.", pointer=f"line {number}", found=line[:200])
        if not self.releases:
            self.releases = tuple(dict.fromkeys(table[0] for tables in self._tables.values() for table in tables))
        self._order = {release: place for place, release in enumerate(self.releases)}
        own = (name for kind, name in self._tables if kind == "message")
        self.messages: tuple[str, ...] = tuple(dict.fromkeys((*(base.messages if base else ()), *own)))

    def _table(self, kind: str, name: str, release: str) -> str | None:
        place = self._order.get(release)
        if place is None:
            return None
        for first, last, table in self._tables.get((kind, name), ()):
            if self._order.get(first, place + 1) <= place <= self._order.get(last, -1):
                return table
        return None

    def table(self, kind: str, name: str, release: str) -> str | None:
        """One table in the notation of this module; None if there is none.

        Args:
            kind: `message` or `segment`.
            name: Message type or tag.
            release: Such as `95B`.

        Source: UN/EDIFACT directories.
        """
        own = self._table(kind, name, release)
        return self._base.table(kind, name, release) if own is None and self._base else own

    @lru_cache(maxsize=64)  # noqa: B019 - directories live as long as the house, or are few
    def structure(self, message: str, release: str) -> Structure | None:
        """Segments of a message type; None if the release does not have it.

        Source: UN/EDIFACT directories, segment tables.
        """
        table = self.table("message", message, release)
        return None if table is None else _structure(table)

    def segment(self, tag: str, release: str) -> tuple[Element, ...] | None:
        """Elements of a segment; None if the release does not have it.

        Source: UN/EDIFACT directories, segment directory; ISO 9735-1 Annex for service segments.
        """
        table = SERVICE.get(tag) or self.table("segment", tag, release)
        return None if table is None else elements_of(table)


@cache
def built_in() -> Directory:
    """The directory of the house.

    Source: UN/EDIFACT directories D.95B to D.24A.
    """
    return Directory(resources.files(__package__).joinpath("tables.txt").read_text("utf-8"))


@lru_cache(maxsize=8)
def brought(text: bytes) -> Directory:
    """A directory that a user brings, made once by `directory.tables_of`, in front of the one of the house.

    Raises:
        SenderError: It is no such text.

    Source: the user's directory.
    """
    try:
        return Directory(text.decode("utf-8"), built_in())
    except UnicodeDecodeError as error:
        raise SenderError("These are not EDIFACT tables.", found="not UTF-8") from error


#: Segments around the data, as syntax versions 1 to 4 have them together; a message's own are in its directory.
SERVICE = {
    "UNB": "S001 M1 (0001 M a4, 0002 M an1, 0080 C an..6, 0133 C an..3, 0076 C an..2); "
    "S002 M1 (0004 M an..35, 0007 C an..4, 0008 C an..35, 0042 C an..35); "
    "S003 M1 (0010 M an..35, 0007 C an..4, 0014 C an..35, 0046 C an..35); "
    "S004 M1 (0017 M n..8, 0019 M n4); 0020 M1 an..14; S005 C1 (0022 M an..14, 0025 C an2); "
    "0026 C1 an..14; 0029 C1 a1; 0031 C1 n1; 0032 C1 an..35; 0035 C1 n1",
    "UNG": "0038 C1 an..6; S006 C1 (0040 M an..35, 0007 C an..4); S007 C1 (0044 M an..35, 0007 C an..4); "
    "S004 C1 (0017 M n..8, 0019 M n4); 0048 M1 an..14; 0051 C1 an..3; "
    "S008 C1 (0052 M an..3, 0054 M an..3, 0057 C an..6); 0058 C1 an..14",
    "UNH": "0062 M1 an..14; S009 M1 (0065 M an..6, 0052 M an..3, 0054 M an..3, 0051 M an..3, 0057 C an..6, "
    "0110 C an..6, 0113 C an..6); 0068 C1 an..35; S010 C1 (0070 M n..2, 0073 C a1); "
    "S016 C1 (0115 M an..14, 0116 C an..3, 0118 C an..3, 0051 C an..3); "
    "S017 C1 (0121 M an..14, 0122 C an..3, 0124 C an..3, 0051 C an..3); "
    "S018 C1 (0127 M an..14, 0128 C an..3, 0130 C an..3, 0051 C an..3)",
    "UNT": "0074 M1 n..10; 0062 M1 an..14",
    "UNE": "0060 M1 n..6; 0048 M1 an..14",
    "UNZ": "0036 M1 n..6; 0020 M1 an..14",
    "UNS": "0081 M1 a1",
}


@cache
def elements_of(table: str) -> tuple[Element, ...]:
    """The elements of a segment from its table.

    Raises:
        SenderError: It is no such table.

    Source: the notation of this module.
    """
    elements = []
    for part in table.split("; "):
        found = _ELEMENT.fullmatch(part)
        if found is None:
            raise SenderError("This is not a segment table.", found=part[:200])
        number, status, most, kind, upto, length, inner = found.groups()
        if inner is None:
            components: tuple[Component, ...] = (_component(number, status, kind or "an", upto or "..", length or "1"),)
        else:
            components = tuple(_component(*_fields(each)) for each in inner.split(", "))
        elements.append(Element(number, status == "M", int(most), components))
    return tuple(elements)


def _fields(text: str) -> tuple[str, str, str, str, str]:
    found = _COMPONENT.fullmatch(text)
    if found is None:
        raise SenderError("This is not a composite table.", found=text[:200])
    return found[1], found[2], found[3], found[4] or "", found[5]


def _component(number: str, status: str, kind: str, upto: str, length: str) -> Component:
    return Component(number, status == "M", kind, 1 if upto else int(length), int(length))


# The order of segments -------------------------------------------------------------------------------------------------


@cache
def _structure(table: str) -> Structure:
    whole = Group(None, 0)
    around, pending = [whole], ("C", "1")
    opening = False
    for token in _TOKEN.finditer(table):
        group_number, group_status, group_most, tag, status, most = token.groups()
        if group_number:
            pending, opening = (group_status, group_most), True
        elif tag:
            slot = Slot(tag, around[-1], *(pending if opening else (status, most)))
            around[-1].add(slot)
            if opening:
                slot.opens = Group(slot, len(around))
                around.append(slot.opens)
                opening = False
        elif len(around) > 1:
            around.pop()
    start = Slot("", whole, "C", "1")
    start.place = -1
    elsewhere: dict[str, Slot] = {}
    start.following = _following(start)
    _settle(whole, elsewhere)
    return Structure(whole, start, elsewhere)


def _settle(group: Group, elsewhere: dict[str, Slot]) -> None:
    group.mandatory = tuple(slot for slot in group.members if slot.is_mandatory)
    for slot in group.members:
        slot.following = _following(slot)
        elsewhere.setdefault(slot.tag, slot)
        if slot.opens:
            _settle(slot.opens, elsewhere)


def _following(slot: Slot) -> dict[str, tuple[Slot, ...]]:
    """What may come after a slot: what is in its group, itself, what is behind it, then the same of each group around."""
    found: dict[str, list[Slot]] = {}

    def offer(candidate: Slot) -> None:
        found.setdefault(candidate.tag, []).append(candidate)

    if slot.opens:
        for member in slot.opens.members:
            offer(member)
    here: Slot | None = slot
    while here is not None and here.group is not None:
        if here.most > 1:
            offer(here)
        for member in here.group.members[here.place + 1 :]:
            offer(member)
        here = here.group.entry
    return {tag: tuple(slots) for tag, slots in found.items()}
