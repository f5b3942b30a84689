# SPDX-License-Identifier: Apache-2.0
"""Days whose records of accesses were destroyed under a schedule, as sealed: who reads accesses is told that earlier ones are gone."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import Final
from uuid import UUID

import msgspec

from cocket.errors import ProofError
from cocket.pipeline.base.sealing import check_sealed
from cocket.pipeline.base.wiring import Stores
from cocket.stores.base.database import Connection
from cocket.stores.operations.retention import access_day_of

#: Kind of the sealed record of what was destroyed by one confirmation.
DESTRUCTION: Final = "destruction"

#: What such a record is about where accesses are among it, so that it is found without reading every record.
ACCESS_DAYS: Final = UUID("acce5500-0000-8000-8000-000000000000")


class DestroyedAccesses(msgspec.Struct, frozen=True, kw_only=True):
    """Records of accesses that were destroyed under a schedule.

    Attributes:
        until: The newest day (UTC) whose records are gone. Of days before it some may be kept, under a hold or a longer law.
        days: How many days (count).
        laws: Laws by which (1..n).
        at: When the last of them were destroyed, UTC.
    """

    until: date
    days: int
    laws: tuple[str, ...]
    at: datetime

    @property
    def seen_from(self) -> date:
        """The first day (UTC) from which on no record was destroyed."""
        return self.until + timedelta(days=1)


class _Gone(msgspec.Struct, frozen=True):
    id: str
    law: str


class _Destruction(msgspec.Struct, frozen=True):
    destroyed: tuple[_Gone, ...] = ()


def destroyed_accesses(
    stores: Stores, connection: Connection, since: datetime | None = None
) -> DestroyedAccesses | None:
    """Which records of accesses are gone; None where none are, or none since a moment.

    Args:
        stores: The stores.
        connection: The transaction.
        since: From when on accesses could be of what is asked about, UTC; None for ever.
    """
    first = since.astimezone(UTC).date() if since is not None else date.min
    days: dict[date, str] = {}
    newest: datetime | None = None
    for leaf, body in stores.leaves.records_about(connection, ACCESS_DAYS, (DESTRUCTION,)):
        try:
            check_sealed(leaf, body, "kept")
            told = msgspec.json.decode(body, type=_Destruction)
        except (ProofError, msgspec.MsgspecError):
            continue
        for one in told.destroyed:
            day = access_day_of(UUID(one.id))
            if day is not None and day >= first:
                days[day], newest = one.law, leaf.at
    if newest is None:
        return None
    laws = dict.fromkeys(days[day] for day in sorted(days))
    return DestroyedAccesses(until=max(days), days=len(days), laws=tuple(laws), at=newest)
