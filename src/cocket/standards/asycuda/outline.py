# SPDX-License-Identifier: Apache-2.0
"""The outline of a paper: which elements it has, in which order, and how each is left empty.

Source: public SAD files; UNCTAD manifest XML message description.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Literal

Kind = Literal["text", "number", "date", "flag", "other"]

_LINE = re.compile(r"( *)(\S+)\s+(\S+)(?:\s+(text|number|date|flag|other))?(?:\s+(\*\d*|~))?(\s+\?)?")


class Node:
    """One element of an outline.

    Attributes:
        name: Tag, spelled as most files spell it.
        box: Box of the SAD, `-` where it has none.
        kind: What a leaf holds, `other` if it is left empty like a number and may be none; None of an element with
            elements in it.
        path: Path within its sheet (the whole paper, an item, a row of a table).
        full: Path from the root through all tables, without positions.
        is_table: Whether each occurrence is a sheet of its own (an item, a tax line, a container).
        is_flat: Whether its rows follow each other in one element, each begun by the first child's tag.
        padded_to: Rows the host writes, filled or not (count); 0 if it writes only the filled ones.
        usual: Whether it is written even when empty.
        table: Full path of the innermost table around it; None outside tables.
        children: Elements in it by tag, and by tag in lower case.
        order: The same in order, each once (0..n).
        sheet: The table it belongs to, or the root; None of the root.
        tables: Of a table or the root: the tables in its sheet, by path.
    """

    __slots__ = (
        "box",
        "children",
        "full",
        "is_flat",
        "is_table",
        "kind",
        "name",
        "order",
        "padded_to",
        "path",
        "sheet",
        "table",
        "tables",
        "usual",
    )

    def __init__(self, name: str, box: str, kind: Kind | None, rows: str | None, *, usual: bool) -> None:
        self.name = name
        self.box = box
        self.kind = kind
        self.usual = usual
        self.is_table = rows is not None
        self.is_flat = rows == "~"
        self.padded_to = int(rows[1:]) if rows and rows[1:] else 0
        self.path = self.full = ""
        self.table: str | None = None
        self.children: dict[str, Node] = {}
        self.order: list[Node] = []
        self.sheet: Node | None = None
        self.tables: dict[str, Node] = {}

    def add(self, child: Node) -> None:
        """Take an element in, after those already there."""
        child.path = child.name if self.is_table else f"{self.path}/{child.name}"
        child.full = f"{self.full}/{child.name}" if self.full else child.name
        child.table = self.full if self.is_table and self.full else self.table
        child.sheet = self if self.is_table else self.sheet
        if child.is_table and child.sheet is not None:
            child.sheet.tables[child.path] = child
        self.order.append(child)
        self.children[child.name] = self.children[child.name.lower()] = child

    def walk(self) -> Iterator[Node]:
        """All elements below, in order."""
        for child in self.order:
            yield child
            yield from child.walk()


class Outline:
    """A whole paper.

    Args:
        root: Tag of its root.
        text: Lines `name box kind rows ?`, indented by two spaces a level. Kind is missing of an element with
            elements in it; rows is `*` for a table, `*8` for one the host fills up to 8 rows, `~` for a flat one;
            `?` marks what is seldom there when empty, with all that is in it.

    Attributes:
        top: Its root.
        leaves: Every leaf by full path.
        usual: Full paths of the leaves that are written even when empty.
        tables: Every table by full path.
    """

    def __init__(self, root: str, text: str) -> None:
        self.top = Node(root, "-", None, "*", usual=True)
        open_nodes = [self.top]
        for line in filter(str.strip, text.splitlines()):
            parts = _LINE.fullmatch(line.rstrip())
            if parts is None:
                raise ValueError(f"not a line of an outline: {line}")
            indent, name, box, kind, rows, seldom = parts.groups()
            del open_nodes[len(indent) // 2 + 1 :]
            parent = open_nodes[-1]
            node = Node(name, box, kind, rows, usual=parent.usual and seldom is None)  # type: ignore[arg-type]  # the pattern knows these kinds
            parent.add(node)
            open_nodes.append(node)
        nodes = list(self.top.walk())
        self.leaves = {node.full: node for node in nodes if node.kind}
        self.usual = frozenset(full for full, node in self.leaves.items() if node.usual)
        self.tables = {node.full: node for node in nodes if node.is_table}
