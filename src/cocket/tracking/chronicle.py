# SPDX-License-Identifier: Apache-2.0
"""What would have been told, and when, had one watched while messages came in."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import datetime

from cocket.tracking.alerts import Alert, Notice, settle
from cocket.tracking.events import TrackingEvent
from cocket.tracking.journey import Journey
from cocket.tracking.judge import Cells, judge
from cocket.tracking.thresholds import Thresholds


def chronicle(
    events: Iterable[TrackingEvent],
    journeys: Iterable[Journey] = (),
    *,
    limits: Thresholds | None = None,
    cells: Cells | None = None,
    most: int = 500,
) -> Iterator[Notice]:
    """Notices in the order in which they would have been given.

    Args:
        events: Events of any devices.
        journeys: Journeys that these devices follow.
        limits: The measures; None for those of the house.
        cells: Places of mobile network cells; None if unknown.
        most: Moments at which to judge; where messages came at more than that, several moments are taken together.

    Yields:
        What was raised, raised late, changed and withdrawn.
    """
    came: dict[datetime, list[TrackingEvent]] = {}
    for event in sorted(events, key=lambda event: (event.received_at, event.id)):
        came.setdefault(event.received_at, []).append(event)
    moments = list(came)
    routes = tuple(journeys)
    stride = max(1, -(-len(moments) // most))
    standing: tuple[Alert, ...] = ()
    known: list[TrackingEvent] = []
    for first in range(0, len(moments), stride):
        known += [event for moment in moments[first : first + stride] for event in came[moment]]
        at = known[-1].received_at
        now = judge(known, routes, limits=limits, as_of=at, cells=cells)
        yield from settle(standing, now, at)
        standing = now
