# SPDX-License-Identifier: Apache-2.0
"""The queue of internal affairs in words. Every text here is looked up in the catalogue before it is shown."""

from __future__ import annotations

from typing import Final


def _(sentence: str) -> str:
    """Marks a text for the catalogue; it is translated when shown."""
    return sentence


FILTERS: Final[dict[str, str]] = {
    "live": _("Waiting or open"), "closed": _("Closed"), "dismissed": _("Dismissed"),
}  # fmt: skip

REASONS: Final[dict[str, str]] = {
    "honey": _("Opened a decoy"),
    "own-interest": _("Opened what is near to him"),
    "tip-off": _("Access, then a milder lane or a sudden change"),
    "bulk": _("Many dossiers at once"),
    "off-shift": _("Access outside working hours"),
    "unexplained": _("Access that nothing explains"),
    "pair": _("An officer and a trader, beyond the draw"),
    "lowered-then-found": _("Lanes lowered, and finds later"),
    "always-nothing": _("Examinations that find nothing"),
    "emergency": _("Opened in an emergency, and not justified"),
}

EXPLANATIONS: Final[dict[str, str]] = {
    "assigned": _("order in his hands"),
    "second-person": _("second person"),
    "contest": _("contest"),
    "doubt": _("doubt about a value"),
    "queue": _("in the queue of his office"),
    "linked": _("linked with his order"),
    "search-hit": _("hit of a search"),
    "own-office-and-shift": _("own office, working hours"),
}

EVENTS: Final[dict[str, str]] = {
    "look": _("accessed"),
    "emergency": _("opened in an emergency"),
    "search": _("searched"),
    "drawn": _("drawn for"),
    "given": _("assigned to"),
    "queued": _("came into the queue"),
    "done": _("left the queue"),
    "result": _("result recorded"),
    "lowered": _("lane lowered"),
    "raised": _("lane raised"),
    "second": _("confirmed as second person"),
    "doubt": _("dealt with a doubt"),
    "contest": _("dealt with a contest"),
    "comment": _("commented"),
    "changed": _("changed by the trader"),
}

STATES: Final[dict[str, str]] = {
    "waiting": _("Waiting"), "open": _("Open"), "closed": _("Closed"), "dismissed": _("Dismissed"),
}  # fmt: skip

OUTCOMES: Final[dict[str, str]] = {
    "founded": _("Founded"), "unfounded": _("Unfounded"), "unproven": _("Not proven"),
}  # fmt: skip

#: Act → what it is called, and its button.
ACTS: Final[dict[str, tuple[str, str]]] = {
    "open": (_("Open the case"), _("Open")),
    "dismiss": (_("Dismiss the case"), _("Dismiss")),
    "close": (_("Close the case"), _("Close")),
}
