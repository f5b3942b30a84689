# SPDX-License-Identifier: Apache-2.0
"""What one device and one process may cost."""

from __future__ import annotations

import msgspec

from cocket.errors import SettingsError
from cocket.settings import Settings

#: Doors that are no adapter's.
MQTT, HTTP = "mqtt", "http"


class DeviceBounds(msgspec.Struct, frozen=True, kw_only=True):
    """Limits of the doors for devices.

    Attributes:
        payload_bytes: Largest message.
        hello_bytes: Largest packet of a peer that has not yet said who it is.
        hello_seconds: Time from the opening of a connection until the peer is let in, TLS included.
        packet_seconds: Time for a message, from its first byte to its last.
        idle_seconds: Longest silence of a connection; devices that promise to speak sooner are held to one and a half
            times that.
        write_seconds: Time for a peer to read what it is told, once more waits than `write_bytes`.
        write_bytes: What may wait to be read by a peer.
        in_flight: Messages of one connection that wait to be durable (count); beyond it the connection is not read.
        waiting_bytes: Bytes of all connections that wait to be durable; beyond it none is read.
        connections: Open connections (count).
        per_address: Open connections of one address (count); 0 counts no address.
        per_device: Open connections of one device (count).
        messages_per_second: What one device may send in the long run.
        burst: What it may send at once after a pause (count).
        answer_seconds: How long an HTTP request waits to be durable.
    """

    payload_bytes: int = 65536
    hello_bytes: int = 8192
    hello_seconds: float = 10.0
    packet_seconds: float = 20.0
    idle_seconds: float = 1200.0
    write_seconds: float = 10.0
    write_bytes: int = 64 * 1024
    in_flight: int = 128
    waiting_bytes: int = 32 * 1024 * 1024
    connections: int = 4000
    per_address: int = 2000
    per_device: int = 4
    messages_per_second: float = 100.0
    burst: float = 2000.0
    answer_seconds: float = 10.0


def device_bounds(settings: Settings) -> DeviceBounds:
    """The limits that the settings ask for; a burst is what a device sends in twenty seconds."""
    return DeviceBounds(
        payload_bytes=settings.ingress_max_payload_bytes,
        idle_seconds=settings.ingress_idle_seconds,
        connections=settings.ingress_max_connections,
        per_address=settings.ingress_max_connections_per_address,
        messages_per_second=settings.ingress_messages_per_second,
        burst=20 * settings.ingress_messages_per_second,
    )


def doors_of(settings: Settings, adapters: tuple[str, ...]) -> dict[str, int]:
    """The doors that are to be opened, each with its port; 0 takes a free one.

    Args:
        settings: The settings, whose `ingress` is such as `mqtt:8883 http:8464 jt808:6808`.
        adapters: Adapters whose devices come by TCP.

    Raises:
        SettingsError: A door is unknown, named twice, or its port is none.
    """
    found: dict[str, int] = {}
    for word in settings.ingress.replace(",", " ").split():
        name, _, port = word.partition(":")
        if name not in (MQTT, HTTP, *adapters):
            raise SettingsError(
                f"There is no device endpoint named {name}.",
                expected=", ".join((MQTT, HTTP, *adapters)),
                hint="Write COCKET_INGRESS as NAME:PORT, separated by spaces.",
            )
        if name in found:
            raise SettingsError(f"The device endpoint {name} appears twice in COCKET_INGRESS.")
        if not port.isascii() or not port.isdigit() or int(port) > 65535:
            raise SettingsError(f"The device endpoint {name} has no port.", expected="0 to 65535", found=port)
        found[name] = int(port)
    return found
