# SPDX-License-Identifier: Apache-2.0
"""What somebody still looks into, so that the records it rests on are not erased though their period has ended.

Open are: a contest that is not answered, of the consignment that was accessed; an access in an emergency that nobody has reviewed; a
case of internal affairs. It is said that something is open, and never which: whoever sees what is due must not learn from it that
there is a case.
"""

from __future__ import annotations

from datetime import UTC, timedelta
from typing import Final
from uuid import UUID

from cocket.governance.contest import OPEN
from cocket.pipeline.base.unopenable import statements_of
from cocket.pipeline.base.wiring import Stores
from cocket.pipeline.control.contests import CONTEST
from cocket.pipeline.governance.emergency_files import every_emergency
from cocket.pipeline.governance.watch_views import CASE, WatchFile
from cocket.stores.base.database import Connection
from cocket.stores.operations.retention import RetentionRows, access_day_id

#: States of cases of internal affairs that wait or are worked on.
_LIVE: Final = ("waiting", "open")


def needed_things(stores: Stores, connection: Connection) -> frozenset[UUID]:
    """Ids of what retention must keep while something is open (0..n), as retention knows them.

    Args:
        stores: The stores.
        connection: The transaction.
    """
    found: set[UUID] = set()
    contested = [
        one.consignment
        for one in stores.case_files.of_kind(connection, CONTEST)
        if one.state in OPEN and one.consignment is not None
    ]
    if contested:
        found |= RetentionRows().accessed(connection, contested)
    for emergency in every_emergency(stores, connection):
        if emergency.reviewed is None:
            first, last = (one.astimezone(UTC).date() for one in (emergency.opened, emergency.end))
            found |= {access_day_id(first + timedelta(days=n)) for n in range((last - first).days + 1)}
    # As they were sealed last: a row that was changed or removed by another hand closes no case.
    cases = {one.id: one for _, one in statements_of(stores, connection, CASE, WatchFile)}
    for case in cases.values():
        if case.state in _LIVE:
            found |= {access_day_id(one.at.astimezone(UTC).date()) for one in case.evidence}
    return frozenset(found)
