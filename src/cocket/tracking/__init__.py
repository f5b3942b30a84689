# SPDX-License-Identifier: Apache-2.0
"""The map room: what devices tell, in one form for all of them.

In: bytes of devices of many families (`adapters`), told apart in a stream by a `Framing`. Out: `TrackingEvent` values;
whether an identity could be taken for another (`look_alike_of`).
Source: the protocols of `adapters`; UN/CEFACT Smart Container, EPCIS 2.0 and SealConditionCode for what events mean.
"""

from cocket.tracking.events import Cell, Position, SealReading, TrackingEvent
from cocket.tracking.framing import Frame, Framing
from cocket.tracking.identity import device_identity, look_alike_of

__all__ = [
    "Cell",
    "Frame",
    "Framing",
    "Position",
    "SealReading",
    "TrackingEvent",
    "device_identity",
    "look_alike_of",
]
