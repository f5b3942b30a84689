# SPDX-License-Identifier: Apache-2.0
"""What the pages of administration call things."""

from __future__ import annotations

from typing import Final

from cocket.pipeline.base.notices import Calendar, Channel, NoticeKind
from cocket.workbench.base.labels import ACCOUNT_ROLES, KEY_ROLES, PLACES, ROLES, WEEKDAYS, _

__all__ = ["ACCOUNT_ROLES", "CALENDARS", "CHANNELS", "KEY_ROLES", "NOTICES", "PLACES", "ROLES", "SECRETS", "WEEKDAYS"]

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
    "emergency": _("An officer opened a consignment in an emergency"),
    "test": _("Test notice"),
}

CHANNELS: Final[dict[Channel, str]] = {
    "email": _("By e-mail"),
    "webhook": _("By webhook"),
    "sms": _("By short message"),
}

#: What was made with it, to be shown once.
SECRETS: Final[dict[str, str]] = {
    "account": _("Temporary password of {name}"),
    "password": _("Temporary password of {name}"),
    "key": _("Key {name}"),
}
