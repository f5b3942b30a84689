# SPDX-License-Identifier: Apache-2.0
"""The map room: what devices tell, in one form for all of them.

In: bytes of devices of many families (`adapters`), told apart in a stream by a `Framing`; the journeys they follow. Out:
`TrackingEvent` values; alerts that stand (`judge`), and what to tell of them (`settle`); look-alike identities.
Source: the protocols of `adapters`; UN/CEFACT Smart Container, EPCIS 2.0 and SealConditionCode for what events mean.
"""

from cocket.tracking.alerts import Alert, Notice, settle
from cocket.tracking.events import Cell, Position, SealReading, TrackingEvent
from cocket.tracking.framing import Frame, Framing
from cocket.tracking.geometry import Fence
from cocket.tracking.identity import device_identity, look_alike_of
from cocket.tracking.journey import Journey
from cocket.tracking.judge import judge

__all__ = [
    "Alert",
    "Cell",
    "Fence",
    "Frame",
    "Framing",
    "Journey",
    "Notice",
    "Position",
    "SealReading",
    "TrackingEvent",
    "device_identity",
    "judge",
    "look_alike_of",
    "settle",
]
