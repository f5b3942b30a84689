# SPDX-License-Identifier: Apache-2.0
"""What would have been told, and when, had one watched while messages came in."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import datetime

import msgspec

from cocket.tracking.alerts import Alert, Notice, in_time, refutation, settle
from cocket.tracking.events import TrackingEvent
from cocket.tracking.journey import Journey
from cocket.tracking.judge import judge
from cocket.tracking.thresholds import Thresholds


def chronicle(
    events: Iterable[TrackingEvent],
    journeys: Iterable[Journey] = (),
    *,
    limits: Thresholds | None = None,
    ticks: Iterable[datetime] = (),
    most: int = 500,
) -> Iterator[Notice]:
    """Notices in the order in which they would have been given.

    Args:
        events: Events of any devices.
        journeys: Journeys that these devices follow.
        limits: The measures; None for those of the house.
        ticks: Moments (UTC) at which the clock alone had it judged again; `Alert.as_of` keeps those that told of something.
        most: Stretches at whose end to judge, where messages came at more moments than that. A stretch in which something
            changed is judged again moment by moment, so that each notice bears the receipt of the message that gave it; what
            was raised and withdrawn within one stretch is not seen.

    Yields:
        What was raised, raised late (by the receipt of its last message), changed and withdrawn.
    """
    came: dict[datetime, list[TrackingEvent]] = {}
    for event in sorted(events, key=lambda event: (event.received_at, event.id)):
        came.setdefault(event.received_at, []).append(event)
    for tick in ticks:
        came.setdefault(tick, [])
    moments = sorted(came)
    routes = tuple(journeys)
    stride = max(1, -(-len(moments) // most))
    standing: tuple[Alert, ...] = ()
    known: list[TrackingEvent] = []
    for first in range(0, len(moments), stride):
        together = moments[first : first + stride]
        heard = [event for moment in together for event in came[moment]]
        now = judge([*known, *heard], routes, limits=limits, as_of=together[-1])
        if settle(standing, now, together[-1]):
            for moment in together:
                known += came[moment]
                now = judge(known, routes, limits=limits, as_of=moment)
                for notice in in_time(settle(standing, now, moment), known):
                    yield _explained(notice, known)
                standing = now
        else:
            known += heard


def _explained(notice: Notice, known: list[TrackingEvent]) -> Notice:
    if notice.what != "withdrawn":
        return notice
    alert = notice.alert
    told_at = alert.as_of or max(
        (event.received_at for event in known if event.id in alert.events), default=alert.until
    )
    of_devices = [event for event in known if event.device in alert.subject.split(",")]
    return msgspec.structs.replace(notice, why=refutation(alert, of_devices, told_at))
