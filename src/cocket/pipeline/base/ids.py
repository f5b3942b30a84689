# SPDX-License-Identifier: Apache-2.0
"""Ids of messages and records: unique, and sorted by time so that the database's indexes stay compact."""

from __future__ import annotations

import os
import time
from datetime import UTC, datetime
from uuid import UUID


def new_id() -> UUID:
    """A UUID of version 7: 48 bits of milliseconds since 1970, the rest random (RFC 9562 §5.7)."""
    value = (time.time_ns() // 1_000_000) << 80 | int.from_bytes(os.urandom(10), "big")
    value = value & ~(0xF << 76) | (0x7 << 76)
    value = value & ~(0x3 << 62) | (0x2 << 62)
    return UUID(int=value)


def earliest_id(moment: datetime) -> UUID:
    """An id that sorts before every one made from a moment on."""
    return UUID(int=int(moment.timestamp() * 1000) << 80)


def made_at(identity: UUID) -> datetime:
    """When an id of ours was made, UTC, to the millisecond."""
    return datetime.fromtimestamp((identity.int >> 80) / 1000, UTC)


def parse_id(text: str) -> UUID | None:
    """An id as a door was given it; None if it has not the shape of one."""
    try:
        return UUID(text)
    except ValueError:
        return None
