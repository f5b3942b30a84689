# SPDX-License-Identifier: Apache-2.0
"""From rows of the door to what each device told: read by its adapter, and held to be its own."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime

import msgspec

from cocket.errors import SenderError
from cocket.stores.device_batches import DeviceMessage
from cocket.stores.device_told import Told
from cocket.tracking.adapters import Context, read_in
from cocket.tracking.events import TrackingEvent


class LastPlace(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """Where a device was last, and what it said there.

    Attributes:
        time: When, by its clock, UTC.
        received_at: When that was received, UTC.
        lon: Longitude in degrees.
        lat: Latitude in degrees.
        speed_m_s: Speed; None where not told.
        course_deg: Course; None where not told.
        battery_percent: Charge, as last told; None where not told.
    """

    time: datetime
    received_at: datetime
    lon: float
    lat: float
    speed_m_s: float | None = None
    course_deg: float | None = None
    battery_percent: float | None = None


class _Gathered:
    """What one device told, while its messages are read."""

    def __init__(self) -> None:
        self.events: list[TrackingEvent] = []
        self.refused = 0
        self.batch = 0
        self.heard: datetime | None = None


def read_messages(
    messages: Iterable[DeviceMessage], identities: Mapping[str, str], last: Mapping[str, LastPlace]
) -> tuple[Told, ...]:
    """What each device told.

    A message that cannot be read, or that claims to be of another device than the one that proved itself at the door, is
    counted and not heeded; its bytes stay in the door's row.

    Args:
        messages: Messages in order.
        identities: How its own protocol names each device, by its name here.
        last: Last places known so far, by device.

    Returns:
        One for each device, by name (0..n).
    """
    gathered: dict[str, _Gathered] = {}
    for message in messages:
        device = message.source.device
        one = gathered.setdefault(device, _Gathered())
        one.batch, one.heard = message.batch, message.received_at
        identity = identities.get(device, device)
        try:
            context = Context(received_at=message.received_at, device=identity)
            events = read_in(message.source.adapter, message.payload, context)
        except SenderError:
            one.refused += 1
            continue
        own = [event for event in events if event.device in (None, identity, device)]
        one.refused += len(own) < len(events)
        one.events += [msgspec.structs.replace(event, device=device) for event in own]
    return tuple(_told(device, one, last.get(device)) for device, one in sorted(gathered.items()) if one.heard)


def _told(device: str, one: _Gathered, before: LastPlace | None) -> Told:
    newest = before
    for event in one.events:
        if event.position is None or event.time is None or (newest is not None and event.time < newest.time):
            continue
        charge = event.battery_percent
        newest = LastPlace(
            time=event.time,
            received_at=event.received_at,
            lon=event.position.lon,
            lat=event.position.lat,
            speed_m_s=event.speed_m_s,
            course_deg=event.course_deg,
            battery_percent=charge if charge is not None else newest.battery_percent if newest else None,
        )
    if one.heard is None:
        raise ValueError("a device that sent nothing told nothing")
    return Told(
        device=device,
        batch=one.batch,
        events=tuple(one.events),
        refused=one.refused,
        heard=one.heard,
        last=msgspec.json.encode(newest) if newest is not None and newest is not before else None,
    )
