# SPDX-License-Identifier: Apache-2.0
"""Charges as a graph for people: what each is taken on, as Mermaid text or as a drawing (SVG)."""

from __future__ import annotations

from html import escape

from cocket.measures.tariff.charges import Graph, Node, members
from cocket.measures.tariff.expression import QUANTITY, names_of
from cocket.measures.tariff.wording import wording

_WIDE, _HIGH, _GAP, _MARGIN = 190, 46, 70, 20


def mermaid(graph: Graph) -> str:
    """Charges as a flow chart in Mermaid, amounts on the left.

    Args:
        graph: The charges.
    """
    names = {name: f"n{place}" for place, name in enumerate(_boxes(graph))}
    lines = ["flowchart LR"]
    nodes = {one.name: one for one in graph.nodes()}
    for name, key in names.items():
        text = _text(nodes[name]) if name in nodes else name
        shape = ('["', '"]') if name in nodes else ('(["', '"])')
        lines.append(f"    {key}{shape[0]}{_clean(text)}{shape[1]}")
    lines += [f"    {names[one]} --> {names[other]}" for one, other in _edges(graph)]
    return "\n".join(lines) + "\n"


def svg(graph: Graph) -> str:
    """Charges as a drawing, in columns by the order in which they are computed.

    Args:
        graph: The charges.
    """
    nodes = {one.name: one for one in graph.nodes()}
    columns = _columns(graph)
    places: dict[str, tuple[int, int]] = {}
    for across, column in enumerate(columns):
        for down, name in enumerate(column):
            places[name] = (_MARGIN + across * (_WIDE + _GAP), _MARGIN + down * (_HIGH + _MARGIN))
    width = 2 * _MARGIN + len(columns) * (_WIDE + _GAP) - _GAP
    height = _MARGIN + max(map(len, columns)) * (_HIGH + _MARGIN)
    head = (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" role="img" '
        'font-family="sans-serif" font-size="12"><title>Charges and their bases</title>'
        '<defs><marker id="tip" viewBox="0 0 8 8" refX="8" refY="4" markerWidth="7" markerHeight="7" orient="auto">'
        '<path d="M0 0L8 4L0 8z" fill="#57606a"/></marker></defs>'
    )
    drawn = [head]
    for one, other in _edges(graph):
        (x1, y1), (x2, y2) = places[one], places[other]
        if one == other:
            path = f"M{x1 + _WIDE - 40} {y1} c0 -16 30 -16 30 0"
        else:
            start, end = x1 + _WIDE, x2
            bend = max((end - start) // 2, 30)
            path = f"M{start} {y1 + _HIGH // 2} C{start + bend} {y1 + _HIGH // 2} {end - bend} {y2 + _HIGH // 2} {end} {y2 + _HIGH // 2}"
        drawn.append(f'<path d="{path}" fill="none" stroke="#57606a" marker-end="url(#tip)"/>')
    for name, (x, y) in places.items():
        fill = "#ddf4ff" if name in nodes else "#f6f8fa"
        drawn.append(f'<rect x="{x}" y="{y}" width="{_WIDE}" height="{_HIGH}" rx="6" fill="{fill}" stroke="#57606a"/>')
        head, _, below = (_text(nodes[name]) if name in nodes else name).partition("\n")
        drawn.append(f'<text x="{x + 8}" y="{y + 19}" font-weight="bold">{escape(head[:26])}</text>')
        drawn.append(f'<text x="{x + 8}" y="{y + 36}">{escape(below[:28])}</text>')
    return "\n".join(drawn) + "\n</svg>\n"


def _text(node: Node) -> str:
    first = node.definitions[0]
    rate = wording(first.formula) if first.formula is not None else "rates on the goods"
    several = f" (+{len(node.definitions) - 1})" if len(node.definitions) > 1 else ""
    inside = ", inside its base" if first.charge.inclusive else ""
    return f"{node.name}: {node.kind}\n{rate}{several}{inside}"


def _clean(text: str) -> str:
    return text.replace('"', "'").replace("\n", "<br/>")


def _amounts(graph: Graph) -> list[str]:
    """Amounts that bases name, as far as they are no charges."""
    nodes = tuple(graph.nodes())
    found: dict[str, None] = {}
    for node in nodes:
        for definition in node.definitions:
            for name in sorted(names_of(definition.base)):
                if name == "before":
                    found["value"] = None
                elif name in graph.amounts or name.startswith(QUANTITY):
                    found[name] = None
    return list(found)


def _boxes(graph: Graph) -> list[str]:
    return [*_amounts(graph), *(one.name for one in graph.nodes())]


def _edges(graph: Graph) -> list[tuple[str, str]]:
    nodes = tuple(graph.nodes())
    amounts = set(_amounts(graph))
    found: dict[tuple[str, str], None] = {}
    for node in nodes:
        for definition in node.definitions:
            for name in sorted(names_of(definition.base)):
                if name in amounts:
                    found[name, node.name] = None
                if name == "before":
                    found["value", node.name] = None
                for member in members(name, nodes, node):
                    found[member, node.name] = None
    return list(found)


def _columns(graph: Graph) -> list[list[str]]:
    """Boxes by how many charges stand before them."""
    depth = dict.fromkeys(_amounts(graph), 0)
    edges = _edges(graph)
    for part in graph.parts:
        names = {one.name for one in part}
        before = [depth[one] for one, other in edges if other in names and one not in names]
        for one in part:
            depth[one.name] = max(before, default=0) + 1
    columns: list[list[str]] = [[] for _ in range(max(depth.values()) + 1)]
    for name, place in depth.items():
        columns[place].append(name)
    return columns
