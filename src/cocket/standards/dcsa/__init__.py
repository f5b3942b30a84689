# SPDX-License-Identifier: Apache-2.0
"""DCSA: what carriers tell of containers, ships and papers in JSON.

In: Track and Trace events 2.2 and 3.0, IoT events, bills of lading and shipping instructions 3.0, bookings 2.0, arrival
notices 1.0, and more. Out: movements or transport documents with findings, and back.
Source: DCSA's OpenAPI definitions.
"""

from cocket.standards.dcsa._plugin import DCSA

__all__ = ["DCSA"]
