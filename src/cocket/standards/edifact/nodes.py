# SPDX-License-Identifier: Apache-2.0
"""A message as a tree: segments in their groups, each found by tag and qualifier; what nobody takes is kept.

A path names a segment by its tag, what qualifies it in braces, and which of its kind it is:
`CNI[2]/RFF{BM}[1]/LOC{9}[1]/2.1` is the first component of the second element. Behind the element a place in
parentheses tells repetitions apart. A segment that stands where its message has no place for it is named with the
segment before it and counted: `GID[1]/MEA>00001.EQD{CN ABCU1234564}[1]`.

Source: ISO 9735-1 §8 for segments and groups; the notation is ours.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

from cocket.model import Extension
from cocket.standards.edifact.tables import Group, Slot

_ONE_QUALIFIER = "ALC ALI CNT COM CTA CUX DOC DTM FII FTX LOC MOA NAD PAT PIA PYT QTY RFF TDT"

#: Which values of a segment say what the others mean; they name the segment and are not values of their own.
QUALIFIERS: dict[str, tuple[tuple[int, int], ...]] = {
    **dict.fromkeys(_ONE_QUALIFIER.split(), ((1, 1),)),
    "MEA": ((1, 1), (2, 1)),
    "EQD": ((1, 1), (2, 1)),
}

#: One element: its components, or its only one. Most elements have one, and a list for each would cost more than all else.
Element = str | list[str]

#: Components of one element that can be told apart by their bits (count); tables have fewer.
_WIDTH = 32

_STEP = re.compile(
    r"(?:([A-Z0-9~]*>\d{5,7}\.))?([A-Z0-9]{3}|[^\[\]{}/>]{1,12}?)(~\d+)?(?:\{([^{}\[\]/]*)\})?\[([1-9]\d{0,6})\]"
)
_LEAF = re.compile(r"([1-9]\d{0,3})(?:\(([1-9]\d{0,3})\))?\.([1-9]\d{0,3})")
_ODD = re.compile(r"[%{}\[\]/>\s]")


def bit_of(element: int, component: int) -> int:
    """The bit of a value among those of its segment that say what is taken.

    Source: the notation of this module.
    """
    return 1 << (element * _WIDTH + component)


class Node:
    """One segment, with the segments of its group if it begins one.

    Attributes:
        tag: Its tag.
        values: Its elements in order.
        repeats: Further repetitions of elements, by number of the element (1-based) and repetition (2-based).
        used: Which values somebody has taken, a bit each; bit 0 says that the segment itself is.
        kids: Segments of its group by name and qualifier; None if nothing is in it.
        slot: Where it stands in its message; None where the message has no place for it.
        line: Line on which it begins (1-based).
        column: Column at which it begins (1-based).
    """

    __slots__ = ("column", "kids", "line", "repeats", "slot", "tag", "used", "values")

    def __init__(self, tag: str, values: list[Element], line: int = 0, column: int = 0) -> None:
        self.tag = tag
        self.values = values
        self.line = line
        self.column = column
        self.repeats: dict[tuple[int, int], list[str]] | None = None
        self.used = 0
        self.kids: dict[str, list[Node]] | None = None
        self.slot: Slot | None = None

    def get(self, element: int, component: int = 1) -> str:
        """One value, both counted from 1; the empty text where there is none."""
        values = self.values
        if element > len(values) or not element:
            return ""
        value = values[element - 1]
        if type(value) is str:
            return value if component == 1 else ""
        return value[component - 1] if component <= len(value) else ""

    def components(self, element: int) -> list[str]:
        """All components of an element, counted from 1; none where it is missing."""
        value = self.values[element - 1] if element <= len(self.values) else []
        return [value] if isinstance(value, str) else value

    def take(self, element: int, component: int = 1) -> str:
        """The same as `get`, and it is not left over then."""
        text = self.get(element, component)
        if text:
            self.used |= bit_of(element, component)
        return text

    def mark(self, element: int, component: int = 1) -> None:
        """Say that a value is taken."""
        self.used |= bit_of(element, component)

    def claim(self) -> None:
        """Say that the segment itself is taken."""
        self.used |= 1

    def put(self, element: int, component: int, text: str) -> None:
        """Set a value."""
        values = self.values
        while len(values) < element:
            values.append("")
        components = self.components(element)
        components = [*components, *[""] * (component - len(components))]
        components[component - 1] = text
        values[element - 1] = components

    @property
    def group(self) -> Group | None:
        """The group it begins; None if it begins none."""
        return self.slot.opens if self.slot else None

    def each(self, key: str) -> list[Node]:
        """Its segments of a name such as `LOC{9}`; with a star in the qualifier of any that begins so (0..n)."""
        if self.kids is None:
            return []
        if not key.endswith("*}"):
            return self.kids.get(key, [])
        start = key[:-2]
        return [node for name, nodes in self.kids.items() if name.startswith(start) for node in nodes]

    def first(self, key: str) -> Node | None:
        """The first of them; None if there is none."""
        found = self.each(key)
        return found[0] if found else None

    def nth(self, key: str, place: int) -> Node | None:
        """One of its segments of a name, by its place among them (1-based); None if there are not so many."""
        found = self.each(key)
        return found[place - 1] if 0 < place <= len(found) else None

    def copy(self) -> Node:
        """The segment and all in it, for looking without taking."""
        other = Node(
            self.tag, [value if isinstance(value, str) else [*value] for value in self.values], self.line, self.column
        )
        other.repeats = self.repeats
        if self.kids:
            other.kids = {key: [each.copy() for each in nodes] for key, nodes in self.kids.items()}
        return other

    def walk(self) -> Iterator[Node]:
        """Itself and all in it, in the order of the message as far as names keep it."""
        ahead = [self]
        while ahead:
            node = ahead.pop()
            yield node
            if node.kids:
                for nodes in reversed(node.kids.values()):
                    ahead.extend(reversed(nodes))


def key_of(name: str, node: Node) -> str:
    """Name and qualifier of a segment, as paths have them."""
    places = QUALIFIERS.get(node.tag)
    if places is None:
        return name
    qualifier = " ".join([node.get(*place) for place in places])
    if not qualifier.isalnum():
        qualifier = " ".join(safe(node.get(*place)) for place in places).rstrip()
    return f"{name}{{{qualifier}}}"


def safe(text: str) -> str:
    """A qualifier as paths have it: signs of the notation are written by their numbers.

    Source: the notation of this module.
    """
    return text if text.isalnum() else _ODD.sub(lambda found: f"%{ord(found[0]):x};", text)


def _plain(text: str) -> str:
    return re.sub(r"%([0-9a-f]{1,6});", lambda found: chr(min(int(found[1], 16), 0x10FFFF)), text)


def hang(parent: Node, name: str, node: Node) -> None:
    """Put a segment under another, as the last of its name and qualifier."""
    if parent.kids is None:
        parent.kids = {}
    key = key_of(name, node)
    same = parent.kids.get(key)
    if same is None:
        parent.kids[key] = [node]
    else:
        same.append(node)


# What is left ----------------------------------------------------------------------------------------------------------


def left_of(node: Node, path: str = "", but: frozenset[str] = frozenset()) -> list[Extension]:
    """Every value under a segment that nobody took, in the order of its path (0..n).

    Args:
        node: The segment; its own values are not told.
        path: What paths begin with.
        but: Names directly under it that are passed over.

    Source: the notation of this module.
    """
    found: list[Extension] = []
    for key, nodes in sorted((node.kids or {}).items()):
        if key not in but:
            for place, kid in enumerate(nodes, 1):
                here = f"{path}{key}[{place}]"
                found += own_left(kid, here)
                if kid.kids:
                    found += left_of(kid, f"{here}/")
    return found


_QUALIFYING = {tag: sum(bit_of(*place) for place in places) for tag, places in QUALIFIERS.items()}


def own_left(node: Node, path: str) -> list[Extension]:
    """What nobody took of one segment itself; that it is there, where this is all it says."""
    used = node.used | _QUALIFYING.get(node.tag, 0)
    found: list[Extension] = []
    place = 0
    for value in node.values:
        place += _WIDTH
        if type(value) is str:
            if value and not used >> (place + 1) & 1:
                found.append(Extension(f"{path}/{place // _WIDTH}.1".removeprefix("/"), value))
            continue
        for component, text in enumerate(value, 1):
            if text and not (component < _WIDTH and used >> (place + component) & 1):
                found.append(Extension(f"{path}/{place // _WIDTH}.{component}".removeprefix("/"), text))
    for (element, repetition), components in (node.repeats or {}).items():
        found += [
            Extension(f"{path}/{element}({repetition}).{component}", text)
            for component, text in enumerate(components, 1)
            if text
        ]
    if not found and not node.used and not node.kids:
        return [Extension(path, None)]
    return found


def laid_out(extensions: Iterable[Extension]) -> Node:
    """A tree of nothing but extensions: what a message will say once they are laid back.

    Source: the notation of this module.
    """
    root = Node("", [])
    lay_back(root, extensions, is_exact=True)
    return root


# Back ------------------------------------------------------------------------------------------------------------------


def find(root: Node, path: str, *, is_exact: bool = False) -> Node | None:
    """The segment at a path, made if it is not there; None if the path is none of this notation.

    Args:
        root: Where the path begins.
        path: The path.
        is_exact: Whether those before it are made too, if there are fewer; otherwise it is the next one then.
    """
    node = root
    for step in path.split("/"):
        found = _STEP.fullmatch(step)
        if found is None:
            return None
        anchor, tag, twin, qualifier, place = found.groups()
        key = f"{anchor or ''}{tag}{twin or ''}" + ("" if qualifier is None else f"{{{qualifier}}}")
        node = _at(node, key, _blank(tag, qualifier), int(place), is_exact=is_exact)
    return node


def _at(parent: Node, key: str, blank: Node, place: int, *, is_exact: bool) -> Node:
    parent.kids = {} if parent.kids is None else parent.kids
    nodes = parent.kids.setdefault(key, [])
    if place > len(nodes):
        missing = min(place, _PLACES) - len(nodes) if is_exact else 1
        nodes += [blank.copy() for _ in range(missing - 1)]
        nodes.append(blank)
    return nodes[min(place, len(nodes)) - 1]


def _blank(tag: str, qualifier: str | None) -> Node:
    node = Node(tag, [])
    for where, text in zip(QUALIFIERS.get(tag, ()), (qualifier or "").split(" "), strict=False):
        if text:
            node.put(*where, _plain(text))
    return node


def made_of(key: str) -> Node | None:
    """A segment that says no more than its name does; None if it is no name of this notation.

    Source: the notation of this module.
    """
    found = _STEP.fullmatch(f"{key}[1]")
    return None if found is None else _blank(found[2], found[4])


def lay_back(root: Node, extensions: Iterable[Extension], *, is_exact: bool = False) -> None:
    """Put extensions where they stood; paths that are none of this notation are passed over, and marked values stay.

    Args:
        root: Under it the paths begin.
        extensions: What a reader had left (0..n).
        is_exact: Whether places are kept where what stood before them is missing.

    Source: the notation of this module.
    """
    for extension in extensions:
        steps, _, last = extension.path.rpartition("/")
        leaf = _LEAF.fullmatch(last)
        node = find(root, steps if leaf else extension.path, is_exact=is_exact) if steps or not leaf else root
        if node is None or leaf is None:
            continue
        element, component = int(leaf[1]), int(leaf[3])
        if element > _MOST or component > _MOST:
            continue
        if leaf[2] is None:
            if component >= _WIDTH or not node.used & bit_of(element, component):
                node.put(element, component, extension.value or "")
        else:
            repeats = node.repeats = node.repeats or {}
            components = repeats.setdefault((element, int(leaf[2])), [])
            components += [""] * (component - len(components))
            components[component - 1] = extension.value or ""


#: Segments of one name at most that are made for one behind them (count).
_PLACES = 20_000
#: Elements and components of one segment at most, when laid back (count).
_MOST = 200
