# SPDX-License-Identifier: Apache-2.0
"""The consignments of a pilot, as the instance knows them: advised, ordered, examined, found."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from datetime import date, datetime, timedelta
from typing import Final
from uuid import UUID
from zoneinfo import ZoneInfo

import msgspec

from cocket.pipeline.base.wiring import Stores
from cocket.risk.fairness import size_of
from cocket.stores.base.database import Connection
from cocket.stores.consignment.marks import Marks
from cocket.stores.control.orders import StoredHostDecision, StoredOrder, StoredOverride, StoredResult
from cocket.stores.risk.rules import RuleHits, StoredMeasured
from cocket.trials.pilots.protocol import PilotPlan, PilotProtocol, arm_of
from cocket.trials.pilots.running import PilotData, PilotRow, gather

#: Consignments read at a time (count).
_AT_ONCE: Final = 2_000

#: Lanes of a host in which it examines.
_EXAMINED: Final = ("red", "yellow")


def data_of(stores: Stores, connection: Connection, protocol: PilotProtocol, seed: bytes, until: date) -> PilotData:
    """What a pilot has come to by the end of a day.

    Args:
        stores: The stores.
        connection: The transaction.
        protocol: The newest version of its protocol.
        seed: Of its draw.
        until: Last day of declaration that is counted.
    """
    plan = protocol.plan
    left_out: Counter[str] = Counter()
    taken = []
    for one in RuleHits().measured(connection, plan.first):
        arm = arm_of(protocol, seed, one.office, one.declared_on, str(one.consignment))
        if one.declared_on is not None and not plan.first <= one.declared_on <= min(until, plan.last):
            continue
        if arm is None:
            left_out["no-day" if one.declared_on is None else "no-office" if one.office is None else "elsewhere"] += 1
            continue
        taken.append((one, arm))
    taken.sort(key=lambda each: (each[0].declared_on or date.min, each[0].made, each[0].consignment))
    rows = _rows(stores, connection, [one for one, _ in taken], _last_moment(stores, plan))
    arms = {one.consignment: arm for one, arm in taken}
    made = [msgspec.structs.replace(row, arm=arms[consignment]) for consignment, row in rows]
    return gather(protocol, made, min(until, plan.last), left_out)


def past_of(
    stores: Stores, connection: Connection, days: tuple[date, date], period_days: int, measure: str
) -> tuple[tuple[str, ...], list[list[float]], list[list[float]]]:
    """What was measured in each office and period of some past days.

    Args:
        stores: The stores.
        connection: The transaction.
        days: First and last day of declaration.
        period_days: Days of a period.
        measure: What is measured, as in a plan.

    Returns:
        Offices, largest first; the sums of each in each period; and of how many.
    """
    first, last = days
    periods = max(((last - first).days + 1) // period_days, 1)
    known = [
        one
        for one in RuleHits().measured(connection, first)
        if one.office is not None and one.declared_on is not None and first <= one.declared_on <= last
    ]
    sums: dict[str, list[float]] = defaultdict(lambda: [0.0] * periods)
    counts: dict[str, list[float]] = defaultdict(lambda: [0.0] * periods)
    for _, row in _rows(stores, connection, known, None):
        period = (row.day - first).days // period_days
        if period >= periods:
            continue
        is_examined, is_found = row.is_examined, bool(row.is_found)
        if measure == "hits" and not is_examined:
            continue
        counts[row.office][period] += 1
        sums[row.office][period] += is_examined if measure == "examined" else is_found
    offices = tuple(sorted(counts, key=lambda one: (-sum(counts[one]), one)))
    return offices, [sums[one] for one in offices], [counts[one] for one in offices]


def _last_moment(stores: Stores, plan: PilotPlan) -> datetime:
    """Until when results count."""
    zone = ZoneInfo(stores.settings.time_zone)
    return datetime.combine(plan.locked + timedelta(days=1), datetime.min.time(), zone)


def _rows(
    stores: Stores, connection: Connection, measured: Sequence[StoredMeasured], upto: datetime | None
) -> Iterator[tuple[UUID, PilotRow]]:
    """Each consignment with what a `PilotRow` holds of it."""
    ids = [one.consignment for one in measured]
    importers = {}
    for start in range(0, len(ids), _AT_ONCE):
        importers.update(Marks().importers(connection, ids[start : start + _AT_ONCE]))
    lodged = Counter(name for name, _ in importers.values())
    for start in range(0, len(measured), _AT_ONCE):
        part = measured[start : start + _AT_ONCE]
        some = [one.consignment for one in part]
        orders = stores.orders.order_of(connection, some)
        hosts = stores.orders.host_decisions(connection, some)
        overrides = stores.orders.overrides(connection, some)
        results: dict[UUID, StoredResult] = {}
        for result in stores.orders.results_of(connection, some):  # the newest comes first
            if upto is None or result.at < upto:
                results.setdefault(result.consignment, result)
        for one in part:
            told = orders.get(one.consignment), hosts.get(one.consignment), overrides.get(one.consignment)
            row = _row(one, told, results.get(one.consignment), upto)
            if one.consignment in importers:
                row = msgspec.structs.replace(row, size=size_of(lodged[importers[one.consignment][0]]))
            yield one.consignment, row


def _row(
    one: StoredMeasured,
    told: tuple[StoredOrder | None, StoredHostDecision | None, StoredOverride | None],
    result: StoredResult | None,
    upto: datetime | None,
) -> PilotRow:
    order, host, override = told
    returned = host.returned if host else None
    is_late = upto is not None and returned is not None and returned >= upto
    of_host = host if host is not None and host.is_examined is not None and not is_late else None
    is_examined = result.is_examined if result else bool(of_host and of_host.is_examined)
    is_found = result.is_found if result else of_host.is_found if of_host else None
    at = result.at if result else returned if of_host else None
    handled = one.host_override or one.host_lane or (override.lane if override else None)
    return PilotRow(
        office=one.office or "",
        day=one.declared_on or date.min,
        is_ordered=order is not None or handled in _EXAMINED or is_examined,
        is_examined=is_examined,
        is_found=is_found if is_examined else None,
        hours=(at - one.made).total_seconds() / 3600 if at is not None and is_examined and at >= one.made else None,
        lane=one.lane,
        done_lane=handled or (order.lane if order else None),
        is_overridden=override is not None or one.host_override is not None,
        is_drawn=one.is_random or bool(one.host_random),
        is_drawn_here=one.is_random,
    )
