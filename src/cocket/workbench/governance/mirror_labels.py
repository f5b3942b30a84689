# SPDX-License-Identifier: Apache-2.0
"""What the page of a partner's records calls things."""

from __future__ import annotations

from typing import Final

from cocket.mirror.matching import State
from cocket.workbench.base.labels import _

STATES: Final[dict[State, str]] = {
    "missing": _("Missing by now"),
    "waits": _("Its time has not passed, or records do not reach so far"),
    "unclear": _("Unclear: others may be it"),
    "not-expected": _("With another country"),
}

DIRECTIONS: Final[dict[str, str]] = {
    "in": _("given to us"),
    "out": _("given by us"),
    "private": _("matched in private"),
}
