# SPDX-License-Identifier: Apache-2.0
"""Charges as a graph for people: what each is taken on, as Mermaid text or as a drawing (SVG)."""

from __future__ import annotations

from collections.abc import Mapping
from html import escape

import msgspec

from cocket.measures.tariff.charges import Definition, Graph, Node, members
from cocket.measures.tariff.expression import QUANTITY, names_of, wording_of
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


class Box(msgspec.Struct, frozen=True, kw_only=True):
    """A charge, or an amount that charges are taken on.

    Attributes:
        name: Its name.
        title: The name with what it is.
        says: Its rate in words, or what it came to.
        is_charge: Whether it is a charge.
        column: Its place from the left (from 0), by the order in which charges are computed.
    """

    name: str
    title: str
    says: str
    is_charge: bool
    column: int


class Picture(msgspec.Struct, frozen=True, kw_only=True):
    """Charges as boxes and arrows.

    Attributes:
        boxes: Amounts and charges (1..n).
        arrows: Name of what stands in a base → name of the charge that is taken on it (0..n).
    """

    boxes: tuple[Box, ...]
    arrows: tuple[tuple[str, str], ...]


def picture_of(graph: Graph, amounts: Mapping[str, str] | None = None) -> Picture:
    """Charges as boxes and arrows.

    Args:
        graph: The charges.
        amounts: What each charge came to, in words: no others are shown, and no amount that none of these is taken on;
            a name that is no charge says what an amount is. None for all of them, with their rates.
    """
    nodes = {one.name: one for one in graph.nodes()}
    arrows = _edges(graph)
    if amounts is not None:
        arrows = [(one, other) for one, other in arrows if other in amounts and (one in amounts or one not in nodes)]
    named = {name for arrow in arrows for name in arrow}
    boxes = []
    for column, names in enumerate(_columns(graph)):
        for name in names:
            if amounts is not None and name not in amounts and (name in nodes or name not in named):
                continue
            title, _, says = (_text(nodes[name]) if name in nodes else name).partition("\n")
            says = says if amounts is None else amounts.get(name, "")
            boxes.append(Box(name=name, title=title, says=says, is_charge=name in nodes, column=column))
    return Picture(boxes=tuple(boxes), arrows=tuple(arrows))


def svg(picture: Picture, title: str = "Charges and their bases") -> str:
    """A picture of charges as a drawing, in columns by the order in which they are computed.

    Args:
        picture: From `picture_of`.
        title: What the drawing is called, for whoever does not see it.
    """
    used = sorted({one.column for one in picture.boxes})
    rows = dict.fromkeys(used, 0)
    places: dict[str, tuple[int, int]] = {}
    for one in picture.boxes:
        across = used.index(one.column)
        places[one.name] = (_MARGIN + across * (_WIDE + _GAP), _MARGIN + rows[one.column] * (_HIGH + _MARGIN))
        rows[one.column] += 1
    width = 2 * _MARGIN + max(len(used), 1) * (_WIDE + _GAP) - _GAP
    height = _MARGIN + max(rows.values(), default=0) * (_HIGH + _MARGIN)
    head = (
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{width}" height="{height}" viewBox="0 0 {width} {height}" '
        f'role="img" font-family="sans-serif" font-size="12"><title>{escape(title)}</title>'
        '<defs><marker id="tip" viewBox="0 0 8 8" refX="8" refY="4" markerWidth="7" markerHeight="7" orient="auto">'
        '<path d="M0 0L8 4L0 8z" fill="#57606a"/></marker></defs>'
    )
    drawn = [head]
    for before, after in picture.arrows:
        (x1, y1), (x2, y2) = places[before], places[after]
        if before == after:
            path = f"M{x1 + _WIDE - 40} {y1} c0 -16 30 -16 30 0"
        else:
            start, end = x1 + _WIDE, x2
            bend = max((end - start) // 2, 30)
            arc = _HIGH if y1 == y2 and end - start > _GAP else 0  # around what stands between
            middle = (y1 + _HIGH // 2, y2 + _HIGH // 2)
            path = f"M{start} {middle[0]} C{start + bend} {middle[0] - arc} {end - bend} {middle[1] - arc} {end} {middle[1]}"
        drawn.append(f'<path d="{path}" fill="none" stroke="#57606a" marker-end="url(#tip)"/>')
    for box in picture.boxes:
        x, y = places[box.name]
        fill = "#ddf4ff" if box.is_charge else "#f6f8fa"
        drawn.append(f"<g><title>{escape(f'{box.title}: {box.says}' if box.says else box.title)}</title>")
        drawn.append(f'<rect x="{x}" y="{y}" width="{_WIDE}" height="{_HIGH}" rx="6" fill="{fill}" stroke="#57606a"/>')
        drawn.append(f'<text x="{x + 8}" y="{y + 19}" font-weight="bold">{escape(_cut(box.title, 26))}</text>')
        drawn.append(f'<text x="{x + 8}" y="{y + 36}">{escape(_cut(box.says, 28))}</text></g>')
    return "\n".join(drawn) + "\n</svg>\n"


def definition_words(one: Definition) -> dict[str, str]:
    """What is written of a charge, in words: its rate, base and act, and under which conditions it is due.

    Args:
        one: The charge as it is understood.

    Returns:
        Name of the part → its words; a part that is not written is empty.
    """
    charge = one.charge
    days = " to ".join(day.isoformat() if day else "…" for day in (charge.valid_from, charge.valid_to))
    return {
        "rate": wording(one.formula) if one.formula is not None else "",
        "base": wording_of(one.base),
        "inside its own base": "" if not charge.inclusive else "yes",
        "at least": charge.floor,
        "at most": charge.cap,
        "for each": charge.scope if charge.scope != "line" else "",
        "base rounded": charge.round_base.says() if charge.round_base else "",
        "rounded": charge.round.says() if charge.round else "",
        "of persons": ", ".join(charge.persons),
        "not of persons": ", ".join(charge.except_persons),
        "by": ", ".join(charge.transport),
        "of origin": ", ".join(charge.origins),
        "in force": days if days != "… to …" else "",
        "known to": charge.known_to.isoformat() if charge.known_to else "",
        "act": charge.act,
    }


def _text(node: Node) -> str:
    first = node.definitions[0]
    rate = wording(first.formula) if first.formula is not None else "rates on the goods"
    several = f" (+{len(node.definitions) - 1})" if len(node.definitions) > 1 else ""
    inside = ", inside its base" if first.charge.inclusive else ""
    return f"{node.name}: {node.kind}\n{rate}{several}{inside}"


def _cut(text: str, most: int) -> str:
    """A text as far as a box holds it, with the sign that more follows; whoever points at the box gets all of it."""
    return text if len(text) <= most else f"{text[: most - 1]}…"


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
