# SPDX-License-Identifier: Apache-2.0
"""The names by which a message knows its consignment, gathered from wherever it says them.

Source: UN/EDIFACT code list, 1153 (reference qualifiers) and 8053 (equipment).
"""

from __future__ import annotations

from collections.abc import Iterator

from cocket.model import Reference
from cocket.model.party import ReferenceKind
from cocket.standards.edifact.nodes import Node

KINDS: dict[str, ReferenceKind] = {
    "BM": "BL",
    "MB": "BL",
    "AWB": "BL",
    "MWB": "BL",
    "BH": "HBL",
    "HWB": "HBL",
    "UCN": "UCR",
    "ABT": "MRN",
    "ABE": "LRN",
    "EQ": "EQUIPMENT",
    "ON": "ORDER",
    "IV": "INVOICE",
    "CRN": "MANIFEST",
    "CW": "DOCUMENT",
}


def references_of(root: Node) -> tuple[Reference, ...]:
    """Every name in a message or a part of it, each once, by kind and value (0..n).

    Args:
        root: Where to look.

    Source: UN/EDIFACT code list, 1153, 8053.
    """
    return tuple(Reference(kind, value) for kind, value in sorted(set(_found(root))))


def _found(root: Node) -> Iterator[tuple[ReferenceKind, str]]:
    for node in root.walk():
        if node.tag == "RFF":
            kind, value = KINDS.get(node.get(1)), node.get(1, 2).strip()
        elif node.tag == "EQD" and node.get(1) == "CN":
            kind, value = "EQUIPMENT", node.get(2).strip()
        elif node.tag == "SGP":
            kind, value = "EQUIPMENT", node.get(1).strip()
        else:
            continue
        if kind and value:
            yield kind, value
