# SPDX-License-Identifier: Apache-2.0
"""A paper as flat sheets: values by path, one sheet for the whole and one for each row of each table.

Tags are matched without regard to case. What is empty is dropped before anything is counted; what the outline does
not know is kept under the path where it stood.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from decimal import Decimal
from typing import Any

from lxml import etree

from cocket.standards.asycuda.outline import Node, Outline
from cocket.standards.asycuda.values import number

_STEP = re.compile(r"((?:\{[^}]*\})?[^/\[]+)(?:\[(\d+)\])?")


class Sheet:
    """Values of one paper, item or row.

    Attributes:
        place: XPath of its element, with a predicate on every step.
        values: Text by path, as it stood; "" for an element the outline does not know that was there and empty.
        numbers: The same as numbers, where the outline says number and the text is one.
        unreadable: Paths where the outline says number and the text is none (0..n).
        dates: Paths where the outline says date and there is text (0..n).
        repeated: Paths of elements that stand more often than the outline allows (0..n).
        tables: Filled rows by path of the table, in order.
    """

    __slots__ = ("dates", "numbers", "place", "repeated", "tables", "unreadable", "values")

    def __init__(self, place: str = "") -> None:
        self.place = place
        self.values: dict[str, str] = {}
        self.numbers: dict[str, Decimal] = {}
        self.unreadable: list[str] = []
        self.dates: list[str] = []
        self.repeated: list[str] = []
        self.tables: dict[str, list[Sheet]] = {}

    def every_sheet(self) -> Iterator[Sheet]:
        """This sheet and those of its tables, from outside in."""
        yield self
        for rows in self.tables.values():
            for row in rows:
                yield from row.every_sheet()


class Paper:
    """One paper taken apart.

    Attributes:
        sheet: The outermost sheet, tables within.
        seen: Full paths of all known leaves and tables met, filled or not.
        spelling: Tag as written by full path, where it is not spelled as in the outline.
        rows_met: Most rows in one table, filled or not, by full path (count).
        padded: Full paths of the tables that had empty rows.
        empty: How the first empty text was written: `block` or `inline` (with a `null` child); None if none was met.
    """

    __slots__ = ("empty", "outline", "padded", "rows_met", "seen", "sheet", "spelling")

    def __init__(self, root: Any, outline: Outline) -> None:
        self.outline = outline
        self.seen: set[str] = set()
        self.spelling: dict[str, str] = {}
        self.rows_met: dict[str, int] = {}
        self.padded: set[str] = set()
        self.empty: str | None = None
        self.sheet = Sheet(f"/{root.tag}[1]")
        self._fill(self.sheet, root, outline.top)

    def locate(self, sheet: Sheet, path: str) -> str:
        """Absolute XPath of a value of a sheet, in the paper's own spelling and with a predicate on every step."""
        table = re.sub(r"\[\d+\]", "", sheet.place).split("/", 2)[2:]
        full = [self._canonical(table[0])] if table else []
        steps = []
        for name, position in steps_of(path):
            full.append(name)
            steps.append(f"/{self.spelling.get('/'.join(full), name)}[{position}]")
        return sheet.place + "".join(steps)

    def _canonical(self, written: str) -> str:
        return next((full for full, spelt in self.spelling.items() if spelt == written), written)

    def _fill(self, sheet: Sheet, element: Any, node: Node) -> None:
        """Take the children of one element into a sheet."""
        known = node.children
        met: dict[str, list[int]] = {}
        children = False
        for child in element:
            tag = child.tag
            below = known.get(tag)
            if below is None:
                below = self._other_spelling(tag, known)
                if below is None:
                    children = children or (type(tag) is str and tag != "null")
                    self._keep_unknown(sheet, child, node.path if not node.rows else "")
                    continue
            children = True
            if below.rows:
                self._take_row(sheet, child, below, met)
            elif below.kind is None:
                self._fill(sheet, child, below)
            else:
                self._take_leaf(sheet, child, below)
        for path, (count, filled) in met.items():
            self._count_rows(path, count, filled)
        if not children and (text := element.text) is not None and not text.isspace():
            sheet.values[node.path if not node.rows else ""] = text

    def _take_leaf(self, sheet: Sheet, element: Any, node: Node) -> None:
        text = element.text
        path = node.path
        self.seen.add(node.full)
        if len(element) and not self._is_null(element, text):
            for child in element:
                self._keep_unknown(sheet, child, path)
        if text is None or text.isspace():
            return
        if path in sheet.values:
            sheet.repeated.append(path)
            path = free_path(path, sheet.values)
        sheet.values[path] = text
        if node.kind == "number":
            value = number(text)
            if value is None:
                sheet.unreadable.append(path)
            else:
                sheet.numbers[path] = value
        elif node.kind == "date":
            sheet.dates.append(path)

    def _is_null(self, element: Any, text: str | None) -> bool:
        if len(element) != 1 or element[0].tag != "null":
            return False
        if self.empty is None:
            self.empty = "inline" if text is None else "block"
        return True

    def _take_row(self, sheet: Sheet, element: Any, node: Node, met: dict[str, list[int]]) -> None:
        counts = met.setdefault(node.path, [0, 0])
        counts[0] += 1
        way = node.path.rpartition("/")[0]
        steps = "".join(f"/{step}[1]" for step in way.split("/")) if way else ""
        row = Sheet(f"{sheet.place}{steps}/{element.tag}[{counts[0]}]")
        self._fill(row, element, node)
        if row.values or row.tables:
            counts[1] += 1
            sheet.tables.setdefault(node.path, []).append(row)
        self.seen.add(node.full)
