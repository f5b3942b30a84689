# SPDX-License-Identifier: Apache-2.0
"""What an adapter is."""

from __future__ import annotations

from collections.abc import Callable

import msgspec

from cocket.tracking.adapters._draft import Context
from cocket.tracking.events import TrackingEvent
from cocket.tracking.framing import Framing


class Adapter(msgspec.Struct, frozen=True, kw_only=True):
    """One family of devices, or one format of files.

    Attributes:
        name: Kebab-case name, the one users type.
        title: What it reads, for people.
        read: Payload and context to events (0..n); 0 for a well-formed message that reports nothing. Raises errors of
            the `SenderError` family only.
        framing: How its messages are told apart in a TCP stream; None where each message comes by itself.
        source: Where the format is laid down.
    """

    name: str
    title: str
    read: Callable[[bytes, Context], tuple[TrackingEvent, ...]]
    framing: Framing | None = None
    source: str
