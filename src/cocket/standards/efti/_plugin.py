# SPDX-License-Identifier: Apache-2.0
"""The standard as the house sees it."""

from __future__ import annotations

from typing import Final

from cocket.findings import Finding, Gathered
from cocket.model import Reading
from cocket.standards.efti.reader import read_consignment
from cocket.standards.efti.subsets import NAMESPACE
from cocket.standards.kind import Options, Source, Standard
from cocket.standards.xml import location_of

_NAME: Final = "efti"
_IDENTIFIERS: Final = "http://efti.eu/v1/consignment/identifier"
_ROOTS: Final = (f"{{{NAMESPACE}}}consignment", f"{{{_IDENTIFIERS}}}consignment")


def recognises(source: Source) -> bool:
    """Whether a message is a consignment of eFTI, by its root element.

    Source: schemas of `EFTI4EU/reference-implementation` 0.6.
    """
    return source.root is not None and source.root.tag in _ROOTS


def read(source: Source, options: Options) -> Reading:
    """Read and check one consignment.

    Source: Delegated Regulation (EU) 2024/2024; schemas of `EFTI4EU/reference-implementation` 0.6.
    """
    found = Gathered(options.limit)
    root = source.root
    if not len(root):
        found.add(
            Finding(
                code="efti-empty",
                severity="warning",
                message="the consignment is empty: the subsets that were asked for need nothing of it",
                location=location_of(root),
            )
        )
    document = read_consignment(root, found)
    return Reading(
        standard=_NAME,
        version="0.6",
        profile=_NAME,
        outcome="refused" if found.has_error else "accepted",
        document=document,
        findings=found.result(),
        reference=document.bills[0].id,
    )


EFTI = Standard(name=_NAME, title="eFTI consignment", recognises=recognises, read=read, write=None, profiles=(_NAME,))
