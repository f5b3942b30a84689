# SPDX-License-Identifier: Apache-2.0
"""Documents that nobody came to in time: the order lapses, the goods go, and are audited after release instead."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

import msgspec

from cocket.control import Waiting, lapsed
from cocket.pipeline.base.examination_policy import policy_of
from cocket.pipeline.base.roles import SEALED_ASSESSMENT
from cocket.pipeline.base.wiring import Stores
from cocket.pipeline.consignment.dossiers import facts_by_consignment
from cocket.pipeline.control.officer_allocation import close_order
from cocket.stores import NewRecord
from cocket.stores.base.database import Connection
from cocket.stores.control.orders import StoredOrder

#: The lane whose orders lapse, and the one that takes its place.
_LAPSES: Final = "yellow"
_INSTEAD: Final = "blue"


class OrderExpiry(msgspec.Struct, frozen=True, kw_only=True):
    """The sealed record that an order lapsed.

    Attributes:
        consignment: Dossier.
        order: The control order.
        opened: When it was opened, RFC 3339 in UTC.
        lane: Lane it had.
        instead: Lane that replaces it.
    """

    consignment: str
    order: str
    opened: str
    lane: str
    instead: str


def expire_orders(
    stores: Stores, connection: Connection, now: datetime, is_kept: Callable[[UUID], bool]
) -> list[NewRecord]:
    """Let yellow orders lapse that waited for longer than the terms say; those of intelligence and of officers never do.

    Args:
        shelves: The stores.
        connection: The transaction.
        now: The time, UTC.
        is_kept: Whether intelligence keeps the order of a dossier open.

    Returns:
        Records to be sealed (0..n).

    Raises:
        SettingsError: The terms do not hold.
    """
    book = policy_of(stores.settings)
    days = [
        one.yellow_days for one in (book.usual, *(other.policy for other in book.others)) if one.yellow_days is not None
    ]
    if not days:
        return []
    orders = {
        str(order.consignment): order
        for order in stores.orders.waiting(connection, _LAPSES, now - timedelta(days=min(days)))
    }
    ids = [order.consignment for order in orders.values()]
    facts = facts_by_consignment(stores, connection, ids)
    waiting = [
        Waiting(
            consignment=name,
            office=order.office or "",
            flow=one.flow if (one := facts.get(order.consignment)) else None,
            lane=_LAPSES,
            since=order.created,
        )
        for name, order in orders.items()
    ]
    due = [orders[name] for name in lapsed(waiting, book, now)]
    return _lapse(stores, connection, [order for order in due if not is_kept(order.consignment)], now)


def _lapse(stores: Stores, connection: Connection, due: list[StoredOrder], now: datetime) -> list[NewRecord]:
    assessed = stores.orders.assessed(connection, [order.consignment for order in due])
    records = []
    for order in due:
        advice = assessed.get(order.consignment)
        if advice is None:
            continue
        stores.consignments.advise(connection, [(order.consignment, _INSTEAD, advice.score, advice.id)])
        told = OrderExpiry(
            consignment=str(order.consignment),
            order=str(order.id),
            opened=order.created.isoformat(),
            lane=_LAPSES,
            instead=_INSTEAD,
        )
        record = stores.sealer.record("lapse", SEALED_ASSESSMENT, told, about=order.consignment, at=now)
        close_order(stores, connection, order, "lapsed", record)
        records.append(record)
    return records
