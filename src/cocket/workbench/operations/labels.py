# SPDX-License-Identifier: Apache-2.0
"""What is set aside, in words. Every text here is looked up in the catalogue before it is shown."""

from __future__ import annotations

from typing import Final


def _(sentence: str) -> str:
    """Marks a text for the catalogue; it is translated when shown."""
    return sentence


FILTERS: Final[dict[str, str]] = {"open": _("To be dealt with"), "all": _("All")}

ROLES: Final[dict[str, str]] = {
    "desk": _("Desk"),
    "book": _("Book"),
    "tracker": _("Tracker"),
    "ingress": _("Door for devices"),
    "feeds": _("Feed of the host"),
    "intake": _("Door for messages"),
}

KINDS: Final[dict[str, str]] = {
    "message": _("Message"),
    "record": _("Sealed record"),
    "recall": _("Dossier to be assessed again"),
    "lapses": _("Orders that waited too long"),
    "lost": _("Lost: its key is gone"),
    "answered": _("Message, refused when it was stored"),
    "device-message": _("Message of a device"),
    "device-row": _("Row of the door for devices"),
    "device": _("Device"),
    "fleet": _("What several devices show together"),
    "manifest": _("Port calls of a manifest"),
    "manifest-message": _("Port calls of a manifest"),
    "host-row": _("Row of the host"),
    "leaf": _("Leaf of the book"),
}

STATES: Final[dict[str, str]] = {
    "waiting": _("waits for you"),
    "retrying": _("is about to be tried again"),
    "worked": _("was worked on after all"),
    "closed": _("closed"),
}

#: Act → its heading, what it means, and its button.
ACTS: Final[dict[str, tuple[str, str, str]]] = {
    "retry": (
        _("Try again"),
        _("It is worked on alone at the next turn. If it fails again, it is set aside again; nothing else is held up."),
        _("Try it again"),
    ),
    "close": (
        _("Close without working on it"),
        _("It stays sealed, and nothing more is done about it."),
        _("Close it"),
    ),
}
