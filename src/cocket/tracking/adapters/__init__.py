# SPDX-License-Identifier: Apache-2.0
"""Device families and track formats, each a pure function from bytes to events.

`ADAPTERS` lists them, `read` reads a payload of one by its name, `framing_of` tells how its messages stand in a TCP
stream. An adapter raises errors of the `SenderError` family and no others, whatever bytes it is given.
"""

from __future__ import annotations

from datetime import UTC, datetime

from cocket.errors import SenderError
from cocket.tracking.adapters import (
    ais,
    commercial,
    epcis,
    eseal,
    g1rus,
    jt600,
    jt808,
    navigil,
    open_e_seal,
    osmand,
    satellite,
    smart_container,
    teltonika,
    tracks,
    tzone,
)
from cocket.tracking.adapters._adapter import Adapter
from cocket.tracking.adapters._draft import Context
from cocket.tracking.adapters._seal_words import state_in_words, suggests_seal
from cocket.tracking.adapters.naming import named
from cocket.tracking.events import TrackingEvent
from cocket.tracking.framing import Framing
from cocket.tracking.identity import device_identity

ADAPTERS: tuple[Adapter, ...] = (
    jt600.ADAPTER,
    jt808.ADAPTER,
    eseal.ADAPTER,
    open_e_seal.ADAPTER,
    ais.ADAPTER,
    osmand.ADAPTER,
    teltonika.ADAPTER,
    tzone.ADAPTER,
    navigil.ADAPTER,
    g1rus.ADAPTER,
    satellite.ORBCOMM_ADAPTER,
    satellite.GLOBALSTAR_ADAPTER,
    satellite.IRIDIUM_ADAPTER,
    satellite.T622_ADAPTER,
    commercial.ADAPTER,
    epcis.ADAPTER,
    smart_container.ADAPTER,
    *tracks.files(),
)

_BY_NAME = {adapter.name: adapter for adapter in ADAPTERS}


def read(name: str, payload: bytes, *, received_at: datetime, device: str | None = None) -> tuple[TrackingEvent, ...]:
    """Read one message of a device, or one file of a track.

    Args:
        name: Name of an adapter, such as `jt600`.
        payload: The bytes as received.
        received_at: When they were received (aware; events carry it in UTC).
        device: Identity that was shown to the door; it stands in for one that the message does not name, and is not
            compared with one that it does: that is for whoever knows the door's devices.

    Returns:
        Events in the order of the message (0..n); none for a well-formed message that reports nothing.

    Raises:
        UnreadableError: The bytes are no message of this family.
        SenderError: The message names a device by what cannot be a device's name, or there is no such adapter.
    """
    known = None if device is None else device_identity(device)
    return read_in(name, payload, Context(received_at=received_at.astimezone(UTC), device=known))


def read_in(name: str, payload: bytes, context: Context) -> tuple[TrackingEvent, ...]:
    """The same, where more is known of the device: its model, and how its clock is set.

    Raises:
        UnreadableError: The bytes are no message of this family.
        SenderError: As `read`.
    """
    return adapter_of(name).read(payload, context)


def adapter_of(name: str) -> Adapter:
    """The adapter of a name.

    Raises:
        SenderError: There is none.
    """
    adapter = _BY_NAME.get(name)
    if adapter is None:
        raise SenderError(
            f"There is no adapter named {name[:40]}.",
            code="adapter-unknown",
            expected=", ".join(_BY_NAME),
            found=name[:40],
        )
    return adapter


def framing_of(name: str) -> Framing | None:
    """How messages of a family stand in a TCP stream; None if each comes by itself.

    Raises:
        SenderError: There is no such adapter.
    """
    return adapter_of(name).framing


__all__ = [
    "ADAPTERS",
    "Adapter",
    "Context",
    "adapter_of",
    "framing_of",
    "named",
    "read",
    "read_in",
    "state_in_words",
    "suggests_seal",
]
