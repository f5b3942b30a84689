# SPDX-License-Identifier: Apache-2.0
"""Times for the messages of a device that states none that can be believed: when they came, and how long they may have waited.

A message was made no later than it came, and, where the device sends what it has at once, no earlier than the one before it
came. Messages that come together after a gap were kept back: they are spread evenly over the gap, in order of their numbers,
or, without numbers, in the direction in which their places go on from the ones before them. All of this is a function of the
set of messages. What it gives is an estimate: each event says how long it may have waited (`waited_s`) and bears the doubts
`time-from-receipt` and `no-clock`, and whatever rests on its time alone is amber at most.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from itertools import pairwise

import msgspec

from cocket.tracking.events import NO_CLOCK, TIME_FROM_RECEIPT, Position, TrackingEvent
from cocket.tracking.geometry import distance_m

#: Messages that come no further apart were sent together, one after the other.
_TOGETHER_S = 5.0

#: So many messages at least are a store that was emptied; two that come together may have been made so.
_STORE = 3

#: A store is emptied in a fraction of the time in which it was filled; else the device merely reports often.
_FASTER = 4

#: A message before which none is known is taken to have waited no longer.
_LONGEST_S = 3_600.0


def has_no_clock(untimed: Sequence[TrackingEvent], timed: Sequence[TrackingEvent]) -> bool:
    """Whether a device states no times to speak of: fewer than a quarter of its messages bear one that can be believed."""
    return bool(untimed) and len(untimed) > 3 * len(timed)


def timed_by_receipt(events: Sequence[TrackingEvent], counters: frozenset[str]) -> dict[str, TrackingEvent]:
    """The messages with the times at which they were made, as far as their receipt tells.

    Args:
        events: Messages of one device whose own time is missing or cannot be believed, each once (0..n).
        counters: Protocols whose numbers count events.

    Returns:
        By id, with `time` set and its doubt stated.
    """
    ordered = sorted(events, key=lambda event: (event.received_at, event.id))
    batches: list[list[TrackingEvent]] = []
    for event in ordered:
        if batches and (event.received_at - batches[-1][-1].received_at).total_seconds() <= _TOGETHER_S:
            batches[-1].append(event)
        else:
            batches.append([event])
    found: dict[str, TrackingEvent] = {}
    last_place: Position | None = None
    for number, batch in enumerate(batches):
        before = batches[number - 1][-1].received_at if number else None
        after = batches[number + 1] if number + 1 < len(batches) else []
        receipts = [event.received_at for event in batch]
        gap = (receipts[-1] - before).total_seconds() if before else 0.0
        is_store = len(batch) >= _STORE and gap > _FASTER * (receipts[-1] - receipts[0]).total_seconds()
        if before and is_store:
            receipts = [before + timedelta(seconds=gap * (place + 1) / len(batch)) for place in range(len(batch))]
        waited = gap if before else _LONGEST_S
        for event, moment in zip(_in_order(batch, last_place, after, counters), receipts, strict=True):
            said = {} if event.time is None else {"device_time": event.time.isoformat()}
            found[event.id] = msgspec.structs.replace(
                event,
                time=moment,
                attributes={**event.attributes, **said, "waited_s": round(waited, 1)},
                doubts=(*event.doubts, TIME_FROM_RECEIPT, NO_CLOCK),
            )
            last_place = event.position or last_place
    return found


def _in_order(
    batch: list[TrackingEvent], before: Position | None, after: Sequence[TrackingEvent], counters: frozenset[str]
) -> list[TrackingEvent]:
    """Messages that came together, in the order in which they were made."""
    if len(batch) == 1:
        return batch
    numbers = [(event.boot or 0, event.sequence) for event in batch if event.sequence is not None]
    is_counted = len(set(numbers)) == len(batch) and all(event.protocol in counters for event in batch)
    if is_counted:
        return sorted(batch, key=lambda event: (event.boot or 0, event.sequence or 0))
    places = [event.position for event in batch if event.position is not None]
    if not places:
        return batch
    onwards = next((event.position for event in after if event.position is not None), None)
    forth, back = _way(before, places, onwards), _way(before, places[::-1], onwards)
    return batch[::-1] if back < forth else batch


def _way(before: Position | None, places: list[Position], after: Position | None) -> float:
    """Metres from the place before through the ends of a row of places to the one after it."""
    ends = [place for place in (before, places[0]) if place], [place for place in (places[-1], after) if place]
    return sum(distance_m(one, other) for pair in ends for one, other in pairwise(pair))


def waited_s(event: TrackingEvent) -> float:
    """How long before its time an event may have been made; 0 where the device states its time."""
    return float(event.attributes.get("waited_s", 0)) if NO_CLOCK in event.doubts else 0.0
