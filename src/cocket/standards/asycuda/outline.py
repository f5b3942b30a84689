# SPDX-License-Identifier: Apache-2.0
"""The outline of a paper: which elements it has, in which order, and how each is left empty."""

from __future__ import annotations

import re
from typing import Literal

Kind = Literal["text", "number", "date", "flag"]

_LINE = re.compile(r"( *)(\S+)\s+(\S+)(?:\s+(text|number|date|flag))?(?:\s+\*(\d*))?(\s+\?)?")


class Node:
    """One element of an outline.

    Attributes:
        name: Tag, spelled as most files spell it.
        box: Box of the SAD, `-` where it has none.
        kind: What a leaf holds; None of an element with children.
        path: Path from the sheet the element belongs to (the whole paper, an item, a row of a table).
        full: Path from the root through all tables, without positions.
        rows: Whether each occurrence is a sheet of its own (an item, a tax line, a container).
        padded_to: How many rows the host writes, filled or not (count); 0 if it writes only the filled ones.
        usual: Whether it is written even when empty.
        table: Full path of the innermost table around it; None outside tables.
        children: Elements in it by tag, and by tag in lower case.
        order: The same in order, each once (0..n).
    """

    __slots__ = ("box", "children", "full", "kind", "name", "order", "padded_to", "path", "rows", "table", "usual")

    def __init__(self, name: str, box: str = "-", kind: Kind | None = None, *, usual: bool = True) -> None:
        self.name = name
        self.box = box
        self.kind = kind
        self.usual = usual
        self.rows = False
        self.padded_to = 0
        self.path = self.full = ""
        self.table: str | None = None
        self.children: dict[str, Node] = {}
        self.order: list[Node] = []

    @property
    def is_leaf(self) -> bool:
        """Whether it holds a value rather than elements."""
        return self.kind is not None

    def add(self, child: Node) -> None:
        """Take an element in, after those already there."""
        child.path = child.name if self.rows or not self.path else f"{self.path}/{child.name}"
        child.full = f"{self.full}/{child.name}" if self.full else child.name
        child.table = self.full if self.rows and self.full else self.table
        self.order.append(child)
        self.children[child.name.lower()] = child
        self.children[child.name] = child


class Outline:
    """A whole paper.

    Attributes:
        top: Its root, with the elements in it.
        leaves: Every leaf by full path.
        usual: Full paths of the leaves that are written even when empty.
        seldom: Full paths of the leaves that are written only when filled.
        tables: Every table by full path.
    """

    def __init__(self, text: str, root: str) -> None:
        self.top = _parse(text, root)
        nodes = list(_walk(self.top))
        self.leaves = {node.full: node for node in nodes if node.is_leaf}
        self.usual = frozenset(path for path, node in self.leaves.items() if node.usual)
        self.seldom = frozenset(self.leaves) - self.usual
        self.tables = {node.full: node for node in nodes if node.rows and node is not self.top}


def _parse(text: str, root: str) -> Node:
    """Read lines `name box kind *rows ?`, indented by two spaces a level; `?` marks what is seldom written empty."""
    top = Node(root)
    top.rows = True
    open_nodes = [top]
    for line in filter(str.strip, text.splitlines()):
        parts = _LINE.fullmatch(line.rstrip())
        if parts is None:
            raise ValueError(f"not a line of an outline: {line}")
        indent, name, box, kind, rows, seldom = parts.groups()
        del open_nodes[len(indent) // 2 + 1 :]
        parent = open_nodes[-1]
        node = Node(name, box, kind, usual=parent.usual and seldom is None)  # type: ignore[arg-type]  # the pattern allows four kinds
        node.rows = rows is not None
        node.padded_to = int(rows or 0)
        parent.add(node)
        open_nodes.append(node)
    return top


def _walk(node: Node) -> list[Node]:
    return [node, *(found for child in node.order for found in _walk(child))]
