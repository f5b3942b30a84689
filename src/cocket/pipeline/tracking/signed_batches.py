# SPDX-License-Identifier: Apache-2.0
"""Signed batches of devices as journeys show them."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

import msgspec

from cocket.tracking.admission import when
from cocket.tracking.batches import Outcome
from cocket.tracking.case import Case


class BatchView(msgspec.Struct, frozen=True, kw_only=True):
    """What a device signed as one batch, held against the messages that came.

    Attributes:
        event: Id of the message that states it.
        device: The device.
        at: When it was made by the device's clock; when it was received where it says no time.
        first: Start and number of its first message.
        last: Start and number of its last.
        messages: How many it is over (count).
        outcome: `holds`; `incomplete` while messages have not come; `contradicted` where what came is not what it is over;
            `unknown` where it reaches before this journey's messages, or some of them are in dispute.
        missing: Messages that have not come (count); None where that cannot be told.
    """

    event: str
    device: str
    at: datetime
    first: tuple[int, int]
    last: tuple[int, int]
    messages: int
    outcome: Outcome
    missing: int | None


def batches_shown(cases: Iterable[tuple[str, Case]]) -> tuple[BatchView, ...]:
    """Batches that devices stated on a journey, each with what became of it (0..n)."""
    return tuple(
        BatchView(
            event=batch.event.id,
            device=device,
            at=when(batch.event),
            first=batch.first,
            last=batch.last,
            messages=batch.messages,
            outcome=batch.outcome,
            missing=batch.missing,
        )
        for device, case in cases
        for batch in case.admitted.batches
    )
