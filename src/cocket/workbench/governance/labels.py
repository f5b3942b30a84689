# SPDX-License-Identifier: Apache-2.0
"""What the pages of administration call things."""

from __future__ import annotations

from typing import Final

from cocket.pipeline.base.notices import Calendar, Channel, NoticeKind
from cocket.pipeline.governance.proposals import Act
from cocket.workbench.base.labels import ROLES, _

__all__ = ["ACTS", "CALENDARS", "CHANNELS", "KEY_ROLES", "NOTICES", "ROLES", "SECRETS"]

#: Calendars in which days can stand.
CALENDARS: Final[dict[Calendar, str]] = {
    "gregorian": _("Gregorian"),
    "buddhist": _("Thai Buddhist era (BE)"),
    "nepali": _("Bikram Sambat (BS), Nepal"),
}

#: Kinds of notice that can be sent, and one for trying.
NOTICES: Final[dict[NoticeKind, str]] = {
    "assigned": _("An order was assigned to me"),
    "mention": _("A comment mentions me"),
    "due": _("An order with me is due within two hours"),
    "second": _("An act waits for me as the second person"),
    "alert": _("I am called for an alert of the way"),
    "test": _("Test notice"),
}

CHANNELS: Final[dict[Channel, str]] = {
    "email": _("By e-mail"),
    "webhook": _("By webhook"),
    "sms": _("By short message"),
}

#: What a proposal does, as a sentence about it.
ACTS: Final[dict[Act, str]] = {
    "account": _("Make or change the account {name}"),
    "password": _("Give {name} a new temporary password"),
    "enable": _("Let {name} sign in again"),
    "key": _("Give the key {name}"),
    "senders": _("Set for whom the key {name} sends"),
}

#: What was made with it, to be shown once.
SECRETS: Final[dict[Act, str]] = {
    "account": _("Temporary password of {name}"),
    "password": _("Temporary password of {name}"),
    "enable": "",
    "key": _("Key {name}"),
    "senders": "",
}

KEY_ROLES: Final[dict[str, str]] = {
    "trader": _("Trader"),
    "declarant": _("Declarant"),
    "carrier": _("Carrier"),
    "forwarder": _("Forwarder"),
    "agency": _("Other agency"),
    "host": _("Host system"),
    "feed": _("Feed of the host"),
}
