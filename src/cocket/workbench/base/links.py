# SPDX-License-Identifier: Apache-2.0
"""Where a piece of evidence opens."""

from __future__ import annotations

from collections.abc import Callable
from urllib.parse import quote

from cocket.risk.suspicion import Exhibit


def evidence_path(exhibit: Exhibit, consignment: str, may: Callable[..., bool]) -> str | None:
    """The page that a piece of evidence opens; None where it was before this house, or is not for this reader.

    Args:
        exhibit: The evidence.
        consignment: Dossier on whose page it is shown.
        may: Whether policy would allow this reader an act.
    """
    name, here = quote(exhibit.id, safe=""), f"/consignments/{quote(consignment, safe='')}"
    if exhibit.source == "paper":
        return f"/messages/{name}"
    if exhibit.source == "consignment":
        return f"/consignments/{name}" if exhibit.name is not None else None
    if exhibit.source == "alert":
        return f"/tracking/alerts/{name}"
    if exhibit.source == "values":
        return f"{here}/values"
    if exhibit.source == "intelligence":
        return f"/intelligence?consignment={quote(consignment, safe='')}" if may("intelligence:read-open") else None
    if exhibit.source == "screening":
        return f"/screening/{quote(consignment, safe='')}" if may("list:read") else None
    return f"/rules/{name}" if may("rule:read") else None
