# SPDX-License-Identifier: Apache-2.0
"""What events and webhooks are called on pages."""

from __future__ import annotations

from typing import Final

from cocket.workbench.base.labels import _

#: Event → what happened.
EVENTS: Final[dict[str, str]] = {
    "org.cocket.message.received": _("A message was received and accepted"),
    "org.cocket.message.refused": _("A message was received and refused"),
    "org.cocket.question.asked": _("A question was asked"),
    "org.cocket.question.answered": _("A question was answered"),
    "org.cocket.question.withdrawn": _("A question was withdrawn"),
    "org.cocket.contest.lodged": _("A contest was submitted"),
    "org.cocket.contest.answered": _("A contest was answered"),
    "org.cocket.mandate.given": _("A mandate was given"),
    "org.cocket.mandate.revoked": _("A mandate was taken back"),
    "org.cocket.release.told": _("A control order was released"),
    "org.cocket.appointment.set": _("An appointment for an examination was set"),
    "org.cocket.appointment.moved": _("An appointment was moved"),
    "org.cocket.appointment.cancelled": _("An appointment was cancelled"),
    "org.cocket.hold.placed": _("An agency holds a consignment"),
    "org.cocket.hold.ended": _("An agency released a consignment"),
    "org.cocket.ping": _("A test"),
}

STATES: Final[dict[str, str]] = {
    "unconfirmed": _("Not confirmed"),
    "active": _("Active"),
    "paused": _("Paused"),
    "disabled": _("Disabled"),
}

#: What is said where no code was given.
NO_CODE: Final = _("Give the code that was sent to the address.")

#: How a webhook is signed: name, and what that means for its receiver.
SCHEMES: Final[dict[str, tuple[str, str]]] = {
    "v1": (_("Shared secret (HMAC-SHA256)"), _("The secret is shown once, after registering.")),
    "v1a": (_("Ed25519"), _("The receiver needs a public key alone, which is shown here at any time.")),
}
