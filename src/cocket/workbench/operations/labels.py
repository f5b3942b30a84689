# SPDX-License-Identifier: Apache-2.0
"""What is set aside, in words. Every text here is looked up in the catalogue before it is shown."""

from __future__ import annotations

from typing import Final


def _(sentence: str) -> str:
    """Marks a text for the catalogue; it is translated when shown."""
    return sentence


FILTERS: Final[dict[str, str]] = {"open": _("Open"), "all": _("All")}

ROLES: Final[dict[str, str]] = {
    "assessment": _("Assessment worker"),
    "log": _("Log"),
    "tracker": _("Tracker"),
    "ingress": _("Device endpoint"),
    "feeds": _("Host feed"),
    "intake": _("Message intake"),
}

KINDS: Final[dict[str, str]] = {
    "message": _("Message"),
    "record": _("Sealed record"),
    "recall": _("Dossier to be reassessed"),
    "lapses": _("Orders that expired"),
    "lost": _("Lost: its key is missing"),
    "answered": _("Message, refused when it was stored"),
    "device-message": _("Device message"),
    "device-row": _("Row of the device endpoint"),
    "device": _("Device"),
    "fleet": _("What several devices show together"),
    "manifest": _("Port calls of a manifest"),
    "manifest-message": _("Port calls of a manifest"),
    "host-row": _("Host row"),
    "leaf": _("Leaf of the log"),
}

#: Code of an error → of what kind it is.
REASONS: Final[dict[str, str]] = {
    "defect": _("An internal error of the program."),
    "data-refused": _("The database refused the values themselves."),
    "row-differs": _("A row of the database does not agree with its sealed record."),
    "content-lost": _("It was stored, and its key is lost."),
    "leaf-altered": _("A leaf does not match what was sealed."),
    "leaf-erased": _("Its content was erased."),
    "unreadable": _("It cannot be read."),
}
REASON: Final = _("It could not be processed.")

STATES: Final[dict[str, str]] = {
    "waiting": _("waiting for you"),
    "retrying": _("is about to be retried"),
    "worked": _("was processed after all"),
    "closed": _("closed"),
}

#: Act → its heading, what it means, and its button.
ACTS: Final[dict[str, tuple[str, str, str]]] = {
    "retry": (
        _("Try again"),
        _(
            "It is processed separately with the next batch. If it fails again, it is set aside again; nothing else is delayed."
        ),
        _("Try it again"),
    ),
    "close": (
        _("Close without processing"),
        _("It stays sealed, and nothing is done about it."),
        _("Close it"),
    ),
}
