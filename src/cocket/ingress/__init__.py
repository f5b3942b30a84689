# SPDX-License-Identifier: Apache-2.0
"""The doors for devices: MQTT 3.1.1 and 5 over TLS, batches over HTTPS, locks over TCP.

In: bytes of devices that proved who they are, as far as their protocol lets them. Out: arrivals, many to one durable
row, for the tracker to read; and an acknowledgement once that row is durable. What the bytes mean is not asked here.
Source: OASIS MQTT 3.1.1 and 5.0.
"""

from cocket.ingress.bounds import DeviceBounds, device_bounds, doors_of
from cocket.ingress.serving import Doors

__all__ = ["DeviceBounds", "Doors", "device_bounds", "doors_of"]
