# SPDX-License-Identifier: Apache-2.0
"""The information packages of the declaration message: which of its elements each of them uses.

One schema carries them all: the import and export declaration, the cargo report on import and export, the conveyance
report and the transit declaration. Which element is used by which stands in `fields.py`. A class counts as used where
anything inside it is, since an element cannot be sent without what is around it; but classes that stand in several
places, as addresses do, say nothing of any one of them.

Source: WCO Data Model 3.6, information packages, usage flags of the UK's DMS schema (version 2.15).
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from functools import lru_cache
from typing import Literal, get_args

from lxml import etree

from cocket.findings import Finding, Severity
from cocket.standards.wco_dm.fields import CLASSES, DECLARATION, Class
from cocket.standards.wco_dm.places import field_of, location_of, pointer_of

#: Import, export; cargo report on import, on export; conveyance report; transit.
Package = Literal["IM", "EX", "CRI", "CRE", "CONV", "TRT"]

PACKAGES: tuple[Package, ...] = get_args(Package)

#: The flags of declarations are known to be incomplete (the importer of an import declaration has none): there an
#: element without a flag is told, and not refused.
_INCOMPLETE: tuple[Package, ...] = ("IM", "EX")

_PLACES = Counter(field.block for kind in CLASSES.values() for field in kind.fields.values())
_IN_ONE_PLACE = frozenset(block for block, places in _PLACES.items() if places == 1)


def check_package(declaration: etree._Element, package: Package) -> Iterator[Finding]:
    """Whether a declaration has no more than an information package uses.

    Args:
        declaration: A Declaration element, in the message as received. What the message does not know at all is for
            the schema to refuse, and is passed over here.
        package: The package to judge by.

    Returns:
        One finding for each outermost element that the package does not use, in document order (0..n): an error, but
        a warning for import and export declarations.

    Source: WCO Data Model 3.6, information packages.
    """
    severity: Severity = "warning" if package in _INCOMPLETE else "error"
    for element in _unused(declaration, DECLARATION, "Declaration", package):
        yield Finding(
            code="wco-package-element",
            severity=severity,
            message="{found} is not used in the information package {expected}",
            pointer=pointer_of(element),
            location=location_of(element),
            expected=package,
            found=etree.QName(element).localname,
        )


def uses(block: str, name: str, package: Package) -> bool:
    """Whether an information package uses an element.

    Args:
        block: Block of the class that the element stands in, as `fields.py` names it.
        name: Name of the element.
        package: The package.

    Source: WCO Data Model 3.6, information packages.
    """
    return name in _used(block, package)


def _unused(element: etree._Element, kind: Class, block: str, package: Package) -> Iterator[etree._Element]:
    for child in element:
        field = field_of(child, kind)
        if field is None:
            continue
        if not uses(block, field.name, package):
            yield child
        elif field.block:
            yield from _unused(child, CLASSES[field.block], field.block, package)


@lru_cache(maxsize=len(CLASSES) * len(PACKAGES))
def _used(block: str, package: Package) -> frozenset[str]:
    """Names of the elements of a class that a package uses, itself or for what is inside them."""
    return frozenset(
        field.name
        for field in CLASSES[block].fields.values()
        if package in field.usage or (field.block in _IN_ONE_PLACE and _used(field.block or "", package))
    )
