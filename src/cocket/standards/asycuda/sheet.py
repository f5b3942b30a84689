# SPDX-License-Identifier: Apache-2.0
"""A paper as flat sheets: values by path, one sheet for the whole and one for each filled row of each table.

Tags are matched without regard to case. Empty elements and padding rows are dropped before anything is counted; what
the outline does not know is kept under the path where it stood.

Source: public SAD files: padding, `null` elements, tags that differ in case between releases.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from decimal import Decimal
from typing import Any

from lxml import etree

from cocket.standards.asycuda.outline import Node, Outline
from cocket.standards.asycuda.values import number

_STEP = re.compile(r"((?:\{[^}]*\})?[^/\[]+)(?:\[(\d+)\])?(?:/|$)")


#: Elements of a paper, apart from those that only mark an empty text.
_COUNT = etree.XPath("count(//*) - count(//null)")


def steps_of(path: str) -> list[tuple[str, int]]:
    """Tags and 1-based positions of a path within a sheet; a position of 1 is not written."""
    return [(tag, int(position or 1)) for tag, position in _STEP.findall(path)]


class Sheet:
    """Values of one paper, item or row.

    Attributes:
        parent: The sheet around it; None of the outermost.
        node: The element it stands for.
        position: Which of its kind it is in its parent, empty ones counted (1-based).
        values: Text by path, as it stood; "" for an unknown element that was there and empty. An element that
            stands where only one was expected has `[2]` and so on after its path.
        numbers: Numbers by path, where the outline says number and the text is one.
        unreadable: Paths where the outline says number and the text is none (0..n).
        dates: Paths where the outline says date and there is text (0..n).
        tables: Filled rows by path of the table, in order.
    """

    __slots__ = ("_kept", "dates", "node", "numbers", "parent", "position", "tables", "unreadable", "values")

    def __init__(self, node: Node, parent: Sheet | None = None, position: int = 1) -> None:
        self.parent = parent
        self.node = node
        self.position = position
        self.values: dict[str, str] = {}
        self.numbers: dict[str, Decimal] = {}
        self.unreadable: list[str] = []
        self.dates: list[str] = []
        self.tables: dict[str, list[Sheet]] = {}
        self._kept: dict[str, int] = {}

    def every_sheet(self) -> Iterator[Sheet]:
        """This sheet and those of its tables, from outside in."""
        yield self
        for rows in self.tables.values():
            for row in rows:
                yield from row.every_sheet()

    def keep(self, path: str, text: str) -> str:
        """Put a value beside those that have the same path already; gives the path it went to."""
        before = self._kept.get(path) or int(path in self.values)
        self._kept[path] = before + 1
        place = f"{path}[{before + 1}]" if before else path
        self.values[place] = text
        return place


class Paper:
    """One paper taken apart.

    Attributes:
        outline: What was expected.
        root: Tag of the root as written.
        sheet: The outermost sheet, with its tables.
        seen: Full paths of the known leaves and tables met, filled or not.
        bare: Full paths of seldom leaves that were there and empty.
        spelling: Tag as written by full path, where it is not spelled as in the outline.
        rows: Most rows of each table with padding, by full path (count).
        null: How empty texts are written: `inline` or `block`, with a `null` element; None if none was met.
        repeated: Sheet and path of each value that stood where only one was expected (0..n).
    """

    __slots__ = (
        "_looks_inside",
        "_spare",
        "_visited",
        "bare",
        "null",
        "outline",
        "repeated",
        "root",
        "rows",
        "seen",
        "sheet",
        "spelling",
    )

    def __init__(self, root: Any, outline: Outline) -> None:
        self.outline = outline
        self.root: str = root.tag
        self.seen: set[str] = set()
        self.bare: set[str] = set()
        self.spelling: dict[str, str] = {}
        self.rows: dict[str, int] = {}
        self.null = _null_form(root)
        self._looks_inside = False
        self._take(root)
        if self._visited != _COUNT(root):  # some leaf has elements in it that the outline does not expect
            self._looks_inside = True
            self._take(root)

    def _take(self, root: Any) -> None:
        self._visited = 1
        self._spare: Sheet | None = None
        self.repeated: list[tuple[Sheet, str]] = []
        self.sheet = Sheet(self.outline.top)
        self._fill(self.sheet, root, self.outline.top)

    def locate(self, sheet: Sheet, path: str = "") -> str:
        """Absolute XPath of a value: the paper's own spelling, a predicate on every step."""
        if sheet.parent is None:
            place, full = f"/{self.root}[1]", ""
        else:
            row = sheet.node.path if sheet.node.is_flat else f"{sheet.node.path}[{sheet.position}]"
            place, full = self.locate(sheet.parent, row), sheet.node.full
        for tag, position in steps_of(path):
            full = f"{full}/{tag}" if full else tag
            written = self.spelling.get(full, tag)
            name = written if "}" not in written else f"*[local-name()='{written.rpartition('}')[2]}']"
            place += f"/{name}[{sheet.position if sheet.node.is_flat else position}]"
        return place

    def _fill(self, sheet: Sheet, element: Any, node: Node) -> None:
        """Take the children of one element into a sheet."""
        known, see = node.children, self.seen.add
        met: dict[Node, int] | None = None
        is_bare = True
        self._visited += len(element)
        for child in element:
            tag = child.tag
            below = known.get(tag) or self._other_spelling(tag, known)
            if below is None:
                is_bare = is_bare and not self._take_unknown(sheet, child, "" if node.is_table else node.path)
                continue
            is_bare = False
            if below.kind is not None:
                see(below.full)
                text = child.text
                if text is not None and not text.isspace():
                    self._take_value(sheet, below, text)
                elif not below.usual:
                    self.bare.add(below.full)
                if self._looks_inside:
                    self._look_inside(sheet, child, below)
            elif not below.is_table:
                self._fill(sheet, child, below)
            elif below.is_flat:
                self._take_flat(sheet, child, below)
            else:
                met = met or {}
                met[below] = met.get(below, 0) + 1
                self._take_row(sheet, child, below, met[below])
        if met:
            self._count_padding(sheet, met)
        if is_bare and (text := element.text) is not None and not text.isspace():
            sheet.keep("" if node.is_table else node.path, text)

    def _take_value(self, sheet: Sheet, node: Node, text: str) -> None:
        path = node.path
        if path in sheet.values:
            path = sheet.keep(path, text)
            self.repeated.append((sheet, path))
            return
        sheet.values[path] = text
        if node.kind == "number":
            value = number(text)
            if value is None:
                sheet.unreadable.append(path)
            else:
                sheet.numbers[path] = value
        elif node.kind == "date":
            sheet.dates.append(path)

    def _take_row(self, sheet: Sheet, element: Any, node: Node, position: int) -> None:
        self.seen.add(node.full)
        row, self._spare = self._spare or Sheet(node), None
        row.node, row.parent, row.position = node, sheet, position
        self._fill(row, element, node)
        if row.values or row.tables:
            sheet.tables.setdefault(node.path, []).append(row)
        else:
            self._spare = row  # a padding row left no trace in it

    def _take_flat(self, sheet: Sheet, element: Any, node: Node) -> None:
        """Part the children of one element into rows: each begins with the tag that comes first in the outline."""
        self.seen.add(node.full)
        self._visited += len(element)
        rows = sheet.tables.setdefault(node.path, [])
        for child in element:
            below = node.children.get(child.tag) or self._other_spelling(child.tag, node.children)
            if not rows or below is node.order[0]:
                rows.append(Sheet(node, sheet, len(rows) + 1))
            if below is None:
                self._take_unknown(rows[-1], child, "")
                continue
            self.seen.add(below.full)
            if child.text is not None and not child.text.isspace():
                self._take_value(rows[-1], below, child.text)
            if self._looks_inside:
                self._look_inside(rows[-1], child, below)
        sheet.tables[node.path] = [row for row in rows if row.values]

    def _count_padding(self, sheet: Sheet, met: dict[Node, int]) -> None:
        """Note how long a table is where it has empty rows; where it has none it is not padded."""
        for node, count in met.items():
            if count > len(sheet.tables.get(node.path, ())):
                self.rows[node.full] = max(count, self.rows.get(node.full, 0))

    def _other_spelling(self, tag: Any, known: dict[str, Node]) -> Node | None:
        node = known.get(tag.lower())
        if node is not None:
            self.spelling[node.full] = tag
        return node

    def _look_inside(self, sheet: Sheet, element: Any, node: Node) -> None:
        """Keep the elements in a leaf, but for the `null` that marks an empty text."""
        self._visited += len(element)
        for child in element:
            self._take_unknown(sheet, child, node.path)

    def _take_unknown(self, sheet: Sheet, element: Any, above: str) -> bool:
        """Keep an element the outline does not know, with all that is in it; gives whether it was an element."""
        if element.tag == "null":
            self._visited -= 1
            return False
        path = f"{above}/{element.tag}" if above else element.tag
        self._visited += len(element)
        inside = [child for child in element if child.tag != "null"]
        self._visited -= len(element) - len(inside)
        text = element.text or ""
        if text.isspace():
            text = ""
        if text or not inside:
            path = sheet.keep(path, text)
        for child in inside:
            self._take_unknown(sheet, child, path)
        return True


def _null_form(root: Any) -> str | None:
    """How a paper writes an empty text, by the first it has: a `null` on a line of its own, or in line."""
    first = next(root.iter("null"), None)
    if first is None or first is root:
        return None
    return "inline" if first.getparent().text is None else "block"
