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

_STEP = re.compile(r"(@?(?:\{[^}]*\})?[^/\[]+)(?:\[(\d+)\])?(?:/|$)")


#: Elements of a paper, apart from those that only mark an empty text, and attributes of all but the root.
_COUNT = etree.XPath("count(//*) - count(//null) + count(/*/descendant::*/@*)")


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
        met: How often an element was met that stands more than once, or that the outline does not know, by path.
    """

    __slots__ = ("dates", "met", "node", "numbers", "parent", "position", "tables", "unreadable", "values")

    def __init__(self, node: Node, parent: Sheet | None = None, position: int = 1) -> None:
        self.parent = parent
        self.node = node
        self.position = position
        self.values: dict[str, str] = {}
        self.numbers: dict[str, Decimal] = {}
        self.unreadable: list[str] = []
        self.dates: list[str] = []
        self.tables: dict[str, list[Sheet]] = {}
        self.met: dict[str, int] = {}

    def every_sheet(self) -> Iterator[Sheet]:
        """This sheet and those of its tables, from outside in."""
        return iter(_gathered(self, []))

    def another(self, path: str) -> str:
        """The path of one more element beside those that have the same path already."""
        before = self.met.get(path) or int(path in self.values)
        self.met[path] = before + 1
        return f"{path}[{before + 1}]" if before else path


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
        "_empty",
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
        if self._visited != _COUNT(root):  # a leaf has elements in it, or some element attributes
            self._looks_inside = True
            self._take(root)

    def _take(self, root: Any) -> None:
        self._visited = 1
        self._spare: Sheet | None = None
        self._empty: list[tuple[Sheet, Node]] = []
        self.repeated: list[tuple[Sheet, str]] = []
        self.sheet = Sheet(self.outline.top)
        self._fill(self.sheet, root, self.outline.top)
        self._settle(0)

    def _settle(self, start: int) -> None:
        """Note the seldom leaves that stayed empty: one that stands again may be filled the second time."""
        self.bare |= {leaf.full for sheet, leaf in self._empty[start:] if leaf.path not in sheet.values}
        del self._empty[start:]

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
        known, see, values, looks_inside = node.children, self.seen.add, sheet.values, self._looks_inside
        met: dict[Node, int] = {}
        is_bare = True
        self._visited += len(element)
        if looks_inside and element.getparent() is not None:
            _keep_attributes(sheet, element, "" if node.is_table else node.path)
        for child in element:
            tag = child.tag
            below = known.get(tag) or self._other_spelling(tag, known)
            if below is None:
                path = tag if node.is_table else f"{node.path}/{tag}"
                is_bare = not self._take_unknown(sheet, child, path) and is_bare
                continue
            is_bare = False
            if below.kind is not None:
                see(below.full)
                text = child.text
                if text is not None and not text.isspace():
                    if below.kind == "text" and below.path not in values:
                        values[below.path] = text
                    else:
                        self._take_value(sheet, below, text)
                elif not below.usual:
                    self._empty.append((sheet, below))
                if looks_inside:
                    self._look_inside(sheet, child, below)
                continue
            met[below] = met.get(below, 0) + 1
            if below.is_flat:
                self._take_flat(sheet, child, below)
            elif below.is_table:
                self._take_row(sheet, child, below, met[below])
            elif met[below] == 1:
                self._fill(sheet, child, below)
            else:
                self._take_again(sheet, child, below)
        if met:
            self._count_padding(sheet, met)
        if is_bare and (text := element.text) is not None and not text.isspace():
            sheet.values["" if node.is_table else node.path] = text

    def _take_value(self, sheet: Sheet, node: Node, text: str) -> None:
        path = node.path
        if path in sheet.values:
            path = sheet.another(path)
            sheet.values[path] = text
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

    def _take_again(self, sheet: Sheet, element: Any, node: Node) -> None:
        """Keep an element that stands once more than expected: the first was read."""
        sheet.met.setdefault(node.path, 1)
        self._take_unknown(sheet, element, node.path)
        self.repeated.append((sheet, f"{node.path}[{sheet.met[node.path]}]"))

    def _take_row(self, sheet: Sheet, element: Any, node: Node, position: int) -> None:
        self.seen.add(node.full)
        row, self._spare = self._spare or Sheet(node), None
        row.node, row.parent, row.position = node, sheet, position
        empty_before = len(self._empty)
        self._fill(row, element, node)
        if len(self._empty) > empty_before:
            self._settle(empty_before)
        if row.values or row.tables:
            sheet.tables.setdefault(node.path, []).append(row)
        else:
            self._spare = row  # a padding row left no trace in it

    def _take_flat(self, sheet: Sheet, element: Any, node: Node) -> None:
        """Part the children of one element into rows: each begins with the tag that comes first in the outline."""
        self.seen.add(node.full)
        self._visited += len(element)
        rows = sheet.tables.setdefault(node.path, [])
        if self._looks_inside:
            _keep_attributes(sheet, element, node.path)
        for child in element:
            below = node.children.get(child.tag) or self._other_spelling(child.tag, node.children)
            if not rows or below is node.order[0]:
                rows.append(Sheet(node, sheet, len(rows) + 1))
            if below is None:
                self._take_unknown(rows[-1], child, child.tag)
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
            if node.is_table and count > len(sheet.tables.get(node.path, ())):
                self.rows[node.full] = max(count, self.rows.get(node.full, 0))

    def _other_spelling(self, tag: Any, known: dict[str, Node]) -> Node | None:
        node = known.get(tag.lower())
        if node is not None:
            self.spelling[node.full] = tag
        return node

    def _look_inside(self, sheet: Sheet, element: Any, node: Node) -> None:
        """Keep attributes of a leaf and elements in it, but for the `null` that marks an empty text."""
        self._visited += len(element)
        again = sheet.met.get(node.path, 1)
        path = node.path if again == 1 else f"{node.path}[{again}]"
        for child in element:
            self._take_unknown(sheet, child, f"{path}/{child.tag}")
        _keep_attributes(sheet, element, path)

    def _take_unknown(self, sheet: Sheet, element: Any, path: str) -> bool:
        """Keep an element that has no place in the outline, with all that is in it; False of a mere `null`."""
        if element.tag == "null":
            self._visited -= 1
            return False
        path = sheet.another(path)
        self._visited += len(element)
        inside = False
        for child in element:
            inside = self._take_unknown(sheet, child, f"{path}/{child.tag}") or inside
        text = element.text or ""
        if not inside or not (text == "" or text.isspace()):
            sheet.values[path] = "" if text.isspace() else text
        _keep_attributes(sheet, element, path)
        return True


def _gathered(sheet: Sheet, found: list[Sheet]) -> list[Sheet]:
    """A sheet and those of its tables, put behind those found before."""
    found.append(sheet)
    for rows in sheet.tables.values():
        for row in rows:
            if row.tables:
                _gathered(row, found)
            else:
                found.append(row)
    return found


def _keep_attributes(sheet: Sheet, element: Any, path: str) -> None:
    for name, value in element.attrib.items():
        sheet.values[f"{path}/@{name}" if path else f"@{name}"] = value


def _null_form(root: Any) -> str | None:
    """How a paper writes an empty text, by the first it has: a `null` on a line of its own, or in line."""
    first = next(root.iter("null"), None)
    if first is None or first is root:
        return None
    return "inline" if first.getparent().text is None else "block"
