# SPDX-License-Identifier: Apache-2.0
"""Cutting a data set to the subsets that somebody is entitled to.

In `subsets.txt` a line `n = IDS` is a group of subsets; every other line is a type, an element of it, the type of what is in it (`-`
for a value), and the group of subsets that need it.

Source: `consignment-common.xsd` 0.6 of `EFTI4EU/reference-implementation` (Apache-2.0), annotations `efti/subset`; facts re-stated.
"""

from __future__ import annotations

import re
from collections.abc import Collection
from functools import lru_cache
from importlib import resources
from typing import Any, Final

import msgspec
from lxml import etree

from cocket.errors import UnreadableError
from cocket.standards.xml import Limits, parse_xml

NAMESPACE: Final = "http://efti.eu/v1/consignment/common"
ROOT: Final = "SupplyChainConsignment"

#: A country stands for all subsets of it.
_COUNTRY: Final = re.compile(r"[A-Z]{2}")


class Element(msgspec.Struct, frozen=True):
    """An element of a type: the type of what is in it (empty for a value), and the subsets that need it."""

    content: str
    subsets: frozenset[str]


@lru_cache(maxsize=1)
def elements() -> dict[str, dict[str, Element]]:
    """Type → its elements, by name.

    Source: as of the module.
    """
    groups: dict[str, frozenset[str]] = {}
    found: dict[str, dict[str, Element]] = {}
    text = resources.files("cocket.standards.efti").joinpath("subsets.txt").read_text("utf-8")
    for line in text.splitlines():
        if line.startswith("#"):
            continue
        head, equals, ids = line.partition(" = ")
        if equals:
            groups[head] = frozenset(ids.split())
            continue
        kind, name, content, group = line.split()
        found.setdefault(kind, {})[name] = Element("" if content == "-" else content, groups[group])
    return found


@lru_cache(maxsize=1)
def every_subset() -> frozenset[str]:
    """Ids of all subsets that there are.

    Source: as of the module.
    """
    return frozenset(one for names in elements().values() for element in names.values() for one in element.subsets)


def cut_to_subsets(content: bytes, subsets: Collection[str]) -> bytes:
    """A data set with only the elements that some subsets need.

    Args:
        content: XML: a consignment of the common data set.
        subsets: Ids such as `EU01`; two letters such as `FI` stand for all of that state. One that there is not needs nothing.

    Returns:
        XML in UTF-8; of no subset that there is, an empty consignment.

    Raises:
        UnreadableError: It is no data set.

    Source: Delegated Regulation (EU) 2024/2024; annotations of `consignment-common.xsd` 0.6.
    """
    root = parse_xml(content, Limits(size=32 << 20, elements=500_000))
    if root.tag != f"{{{NAMESPACE}}}consignment":
        raise UnreadableError("This is not a data set of eFTI: the root element is consignment.", code="efti")
    wanted = {one for one in every_subset() if one in subsets or (one[:2] in subsets and _COUNTRY.fullmatch(one[:2]))}
    _cut(root, ROOT, frozenset(wanted))
    made: bytes = etree.tostring(root, encoding="UTF-8", xml_declaration=True)
    return made


def _cut(parent: Any, kind: str, wanted: frozenset[str]) -> None:
    known = elements().get(kind, {})
    for child in list(parent):
        name = etree.QName(child)
        element = known.get(name.localname) if name.namespace == NAMESPACE else None
        if element is None or not element.subsets & wanted:
            parent.remove(child)
            continue
        if element.content:
            _cut(child, element.content, wanted)
            if not len(child):
                parent.remove(child)
