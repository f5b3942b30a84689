# SPDX-License-Identifier: Apache-2.0
"""What is done with the seals of the stock: armed and disarmed by a request that the device itself answers, kept, calibrated.

A seal is armed where, after it was asked to, its own message shows it closed; disarmed where it shows itself open or parted.
Who asked, for which office, and when stands in a document of its own; the answer is read from what the device told.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, datetime
from typing import Final, Literal

import msgspec

from cocket.tracking.events import TrackingEvent, shows_breach
from cocket.tracking.seals import signs_of

#: Kind of the sealed record and case file of how a seal is handled.
SEAL_HANDLING: Final = "seal-handling"

SealAct = Literal["arm", "disarm", "workshop", "blacklist", "use", "calibrate"]
SealCondition = Literal["usable", "workshop", "blacklisted"]

#: Acts that set a condition.
CONDITIONS: Final[dict[SealAct, SealCondition]] = {
    "workshop": "workshop",
    "blacklist": "blacklisted",
    "use": "usable",
}

#: Most requests to disarm that are kept of a seal; no more fall into the hours that are judged of a seal in the stock.
MOST_DISARMED: Final = 50

#: What a seal shows once it did what it was asked.
_ANSWERS: Final[dict[str, frozenset[str]]] = {
    "arm": frozenset({"closed"}),
    "disarm": frozenset({"opened", "parted"}),
}


class SealHandling(msgspec.Struct, frozen=True, kw_only=True):
    """How a seal is handled; also its sealed record.

    Attributes:
        device: The device.
        condition: `usable`, `workshop` or `blacklisted`; only a usable one follows a journey.
        asked: What it was last asked to do; None if nothing.
        asked_at: When, UTC.
        office: For which office; "" for none.
        calibrated_until: Last day of its calibration; None if not known.
        by: Who did the last act.
        note: The last note; "" for none.
        disarmed: When it was asked to disarm (UTC), the last `MOST_DISARMED` times; what opens after that opens as asked.
    """

    device: str
    condition: SealCondition = "usable"
    asked: Literal["arm", "disarm"] | None = None
    asked_at: datetime | None = None
    office: str = ""
    calibrated_until: date | None = None
    by: str = ""
    note: str = ""
    disarmed: tuple[datetime, ...] = ()


class SealStanding(msgspec.Struct, frozen=True, kw_only=True):
    """How a seal stands.

    Attributes:
        handling: How it is handled; None if nothing was done with it.
        answered_at: When a message of its own, made after it was asked, showed that it did so (by its receipt, UTC); None if none.
        is_calibrated: Whether its calibration holds today; None if not known.
    """

    handling: SealHandling | None = None
    answered_at: datetime | None = None
    is_calibrated: bool | None = None


def standing_of_seal(handling: SealHandling, events: Iterable[TrackingEvent], today: date) -> SealStanding:
    """How a seal stands, by what it told.

    Args:
        handling: How it is handled.
        events: What the device told since it was asked (0..n); a message made or received before counts for nothing.
        today: The day.
    """
    answered = None
    if handling.asked is not None and handling.asked_at is not None:
        wanted, since = _ANSWERS[handling.asked], handling.asked_at
        answers = [
            event.received_at
            for event in events
            if event.received_at >= since
            and (event.time or event.received_at) >= since
            and wanted & set(signs_of(event, None))
            and not (handling.asked == "arm" and shows_breach(event))
        ]
        answered = min(answers, default=None)
    until = handling.calibrated_until
    return SealStanding(
        handling=handling, answered_at=answered, is_calibrated=None if until is None else today <= until
    )
