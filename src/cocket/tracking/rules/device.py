# SPDX-License-Identifier: Apache-2.0
"""What a device says for itself: alarms of its own that no other rule judges, and states of a seal that are not understood."""

from __future__ import annotations

from collections.abc import Iterator

from cocket.tracking.alerts import Found
from cocket.tracking.case import Case, seconds
from cocket.tracking.events import SEAL_UNREAD, Alarm, TrackingEvent

#: Alarms of a device that are worth a look by themselves: its aerial is gone, it is towed away, somebody calls for help.
OWN_ALARMS: tuple[Alarm, ...] = ("gps-antenna-cut", "sos", "tow")


def own_alarm(case: Case) -> Iterator[Found]:
    """The device calls for help, is towed, or lost its aerial, by its own alarm."""
    for alarm in OWN_ALARMS:
        for run in _runs(case, [event for event in case.events if alarm in event.alarms]):
            yield Found(kind="device-alarm", events=run, measured={"alarm": alarm, "messages": len(run)})


def seal_not_understood(case: Case) -> Iterator[Found]:
    """A message says something of a seal, a lock, a door or light in words that are not known: it may be a cut."""
    events = tuple(event for event in case.events if SEAL_UNREAD in event.doubts)
    if events:
        yield Found(
            kind="seal-not-understood",
            events=events,
            measured={"messages": len(events), "said": _said(events[0])},
        )


def _said(event: TrackingEvent) -> str:
    return ", ".join(f"{name} {value}" for name, value in sorted(event.attributes.items()))[:200]


def _runs(case: Case, events: list[TrackingEvent]) -> Iterator[tuple[TrackingEvent, ...]]:
    """Events of which none is farther from the one before than a door's window."""
    run: list[TrackingEvent] = []
    for event in events:
        if run and seconds(run[-1], event) > case.limits.door_light_window_s:
            yield tuple(run)
            run = []
        run.append(event)
    if run:
        yield tuple(run)
