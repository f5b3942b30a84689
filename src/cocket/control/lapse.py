# SPDX-License-Identifier: Apache-2.0
"""Documents that nobody came to: after some days the goods go, and are audited after release instead."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta

import msgspec

from cocket.control.terms import PolicyBook
from cocket.model.message import Lane


class Waiting(msgspec.Struct, frozen=True, kw_only=True):
    """A consignment in a lane, on which nothing was recorded yet.

    Attributes:
        consignment: Stable id.
        office: Customs office; "" for none.
        flow: What the declaration is for; None if not stated.
        lane: The lane it is in.
        since: When it came into it, UTC.
    """

    consignment: str
    office: str
    flow: str | None = None
    lane: Lane
    since: datetime


def lapsed(waiting: Iterable[Waiting], book: PolicyBook, now: datetime) -> tuple[str, ...]:
    """Consignments whose document check lapses to an audit after release.

    Args:
        waiting: Open ones (0..n); only yellow ones lapse.
        book: How examinations are spent; `yellow_days` says after how long.
        now: The present moment, UTC.

    Returns:
        Their ids, in the order given (0..n).
    """
    found = []
    for one in waiting:
        days = book.terms(one.office, one.flow)[1].yellow_days
        if one.lane != "yellow" or days is None:
            continue
        if now >= book.end_of(one.office, one.since, timedelta(days=days)):
            found.append(one.consignment)
    return tuple(found)
