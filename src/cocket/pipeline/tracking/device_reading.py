# SPDX-License-Identifier: Apache-2.0
"""From rows of the door to what each device told: read by its adapter, and held to be its own."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import NamedTuple

import msgspec

from cocket.errors import SenderError
from cocket.pipeline.tracking.device_proofs import DeviceProofs, evidence
from cocket.stores.tracking.device_batches import DeviceMessage
from cocket.stores.tracking.device_events import Told
from cocket.stores.tracking.device_proof_keys import StoredProofKey
from cocket.stores.tracking.devices import Registered
from cocket.tracking.adapters import Context, ais, open_e_seal, read_in
from cocket.tracking.chain import LAPSED, is_evidence
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


class Taken(NamedTuple):
    """What some rows of the door's tell.

    Attributes:
        told: What each device told, by name (0..n).
        vessels: What receivers of AIS heard of vessels: receiver, and events whose devices are MMSIs (0..n).
    """

    told: tuple[Told, ...]
    vessels: tuple[tuple[str, tuple[TrackingEvent, ...]], ...]


class _Gathered:
    """What one device told, while its messages are read."""

    def __init__(self) -> None:
        self.events: list[TrackingEvent] = []
        self.vessels: list[TrackingEvent] = []
        self.refused = 0
        self.batch = 0
        self.heard: datetime | None = None


class Reader:
    """Reads messages as what their devices told.

    Args:
        proofs: Holds messages against the keys of their devices.
    """

    def __init__(self, proofs: DeviceProofs) -> None:
        self._proofs = proofs

    def read(
        self,
        messages: Iterable[DeviceMessage],
        registered: Mapping[str, Registered],
        keys: Mapping[str, Sequence[StoredProofKey]],
        last: Mapping[str, LastPlace],
    ) -> Taken:
        """What each device told.

        A message that cannot be read, that claims to be of another device than the one that proved itself at the door, or
        that does not prove itself where its device has a key for that, is counted and ignored; its bytes stay in the
        door's row.

        Args:
            messages: Messages in order.
            registered: How devices are registered, by their name here.
            keys: Keys by which messages prove themselves, by device; devices without need not.
            last: Last places known so far, by device.

        Returns:
            One for each device, by name (0..n); and what receivers heard of vessels.
        """
        gathered: dict[str, _Gathered] = {}
        for message in messages:
            device = message.source.device
            one = gathered.setdefault(device, _Gathered())
            one.batch = message.batch
            known = registered.get(device, Registered(identity=device))
            try:
                events, vessels, is_own = self._events(message, known, keys.get(device, ()))
            except SenderError:
                one.refused += 1
                continue
            one.refused += not is_own
            one.events += [msgspec.structs.replace(event, device=device) for event in events]
            one.vessels += vessels
            if is_own or any(not is_evidence(event) for event in events):
                one.heard = message.received_at
        told = tuple(_told(device, one, last.get(device)) for device, one in sorted(gathered.items()))
        return Taken(told, tuple((name, tuple(one.vessels)) for name, one in sorted(gathered.items()) if one.vessels))

    def _events(
        self, message: DeviceMessage, known: Registered, keys: Sequence[StoredProofKey]
    ) -> tuple[Sequence[TrackingEvent], Sequence[TrackingEvent], bool]:
        """Events that are the device's own, those of vessels that it heard, and whether nothing was refused.

        Raises:
            SenderError: The message cannot be read.
        """
        if known.revoked_at is not None and message.received_at > known.revoked_at:
            return evidence(message, "device-revoked"), (), False
        if message.source.adapter == open_e_seal.NAME and any(key.since <= message.received_at for key in keys):
            events, why = self._proofs.read(message, known.identity, keys)
            return events, (), why is None
        context = Context(received_at=message.received_at, device=known.identity)
        read = read_in(message.source.adapter, message.payload, context)
        own = [event for event in read if event.device in (None, known.identity, message.source.device)]
        if message.source.adapter == ais.NAME:
            return own, read, True
        return own, (), len(own) == len(read)


def _told(device: str, one: _Gathered, before: LastPlace | None) -> Told:
    newest = before
    for event in one.events:
        moment = event.time or event.received_at
        is_older = newest is not None and moment < newest.time
        # what bears no time is placed by its receipt, but for a device that was heard with a time of its own
        is_stray = event.time is None and newest is not None and newest.time != newest.received_at
        if event.position is None or is_older or is_stray or LAPSED in event.doubts:
            continue
        charge = event.battery_percent
        newest = LastPlace(
            time=moment,
            received_at=event.received_at,
            lon=event.position.lon,
            lat=event.position.lat,
            speed_m_s=event.speed_m_s,
            course_deg=event.course_deg,
            battery_percent=charge if charge is not None else newest.battery_percent if newest else None,
        )
    return Told(
        device=device,
        batch=one.batch,
        events=tuple(one.events),
        refused=one.refused,
        heard=one.heard,
        last=msgspec.json.encode(newest) if newest is not None and newest is not before else None,
    )
