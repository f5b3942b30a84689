# SPDX-License-Identifier: Apache-2.0
"""What the page of a partner's records calls things."""

from __future__ import annotations

from typing import Final

from cocket.mirror.matching import State
from cocket.mirror.records import TradeFlow
from cocket.pipeline.queries.mirror import Side, Wanted
from cocket.workbench.base.labels import _

STATES: Final[dict[State, str]] = {
    "missing": _("Missing by now"),
    "waits": _("Its time has not passed, or records do not reach so far"),
    "unclear": _("Unclear: others may be it"),
    "not-expected": _("With another country"),
}

#: What a list of shipments of a month is called.
LISTS: Final[dict[Wanted, str]] = {
    "differing": _("Shipments that differ"),
    "missing": _("Missing by now"),
    "waits": _("Waiting for a counterpart"),
    "unclear": _("Unclear: others may be it"),
    "not-expected": _("With another country"),
}

#: Which records without counterpart are listed, and of which side a list is.
FLOWS: Final[dict[TradeFlow, str]] = {"export": _("Exports"), "import": _("Imports")}
SIDES: Final[dict[Side, str]] = {
    "imports": _("Their exports against our imports"),
    "exports": _("Our exports against their imports"),
}

DIRECTIONS: Final[dict[str, str]] = {
    "in": _("given to us"),
    "out": _("given by us"),
    "private": _("matched in private"),
}
