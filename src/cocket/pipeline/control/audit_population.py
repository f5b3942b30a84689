# SPDX-License-Identifier: Apache-2.0
"""What was released, as audits look back on it: declarations with lane, result, doubts; in batches, so that a year fits."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, time, timedelta
from decimal import Decimal
from uuid import UUID

import msgspec

from cocket.control.audit import AuditedLine, Period, Released, trader_of
from cocket.model.message import Lane
from cocket.pipeline.base.wiring import Stores
from cocket.pipeline.consignment.dossiers import facts_by_consignment
from cocket.risk import Facts
from cocket.stores.base.database import Connection
from cocket.stores.base.row_macs import unnoted
from cocket.stores.consignment.rows import ADVICE
from cocket.stores.control.orders import HOST_DECISIONS, ORDERS, OVERRIDES, RESULTS

_BATCH = 500

#: Released are those whose lane asks nothing before release, and those whose order is done with. The lane that counts is
#: the one an officer set, else the host's own, else the one advised.
_RELEASED = f"""
with host as (
    select distinct on (k.consignment) k.consignment, coalesce(h.override, h.lane) as lane, h.is_examined, h.is_found
    from consignment_key k join host_decision h on h.kind = k.kind and h.value = k.value and {unnoted(HOST_DECISIONS, "h")}
    order by k.consignment, h.decided desc nulls last
), here as (
    select distinct on (consignment) consignment, is_found from result r where is_examined and {unnoted(RESULTS, "r")}
    order by consignment, at desc
), doubt as (
    select consignment, count(*) as doubts from case_file where kind = 'value-doubt' group by consignment
), each as (
    select c.id, c.trader, coalesce(v.lane, host.lane, c.lane) as lane, o.status, coalesce(doubt.doubts, 0) as doubts,
           coalesce(here.is_found, case when host.is_examined then host.is_found end) as found
    from consignment c
    left join host on host.consignment = c.id
    left join here on here.consignment = c.id
    left join doubt on doubt.consignment = c.id
    left join override v on v.consignment = c.id and {unnoted(OVERRIDES, "v")}
    left join control_order o on o.consignment = c.id and {unnoted(ORDERS, "o")}
    where c.merged_into is null and c.is_declared and not c.is_cancelled and c.lane is not null and {unnoted(ADVICE, "c")}
      and c.received >= %s and c.received < %s
)
select id, trader, lane, doubts, found from each
where lane in ('green', 'blue') or status in ('done', 'released') or found is not null
order by id
"""


class _Row(msgspec.Struct, frozen=True):
    id: UUID
    trader: str | None
    lane: Lane
    doubts: int
    found: bool | None


def population_between(stores: Stores, connection: Connection, period: Period) -> Iterator[Released]:
    """Declarations of a period that were released, in no particular order (0..n).

    The day of a declaration is the one on which it became known to customs, so one that a host registered late counts in
    the year in which it was registered.
    """
    rows = _rows(connection, period)
    for batch in (rows[start : start + _BATCH] for start in range(0, len(rows), _BATCH)):
        facts = facts_by_consignment(stores, connection, [row.id for row in batch])
        for row in batch:
            known = facts.get(row.id)
            if known is not None and _is_in(known, period):
                yield Released(facts=known, lane=row.lane, name=row.trader, found=row.found, doubts=row.doubts)


def values_before(stores: Stores, connection: Connection, period: Period) -> dict[str, Decimal]:
    """Customs value of the period of the same length before, by trader; traders of whom none is known are left out."""
    length = period.last - period.first + timedelta(days=1)
    values: dict[str, Decimal] = {}
    for one in population_between(stores, connection, Period(period.first - length, period.last - length)):
        trader = trader_of(one.facts)
        stated = [item.value for item in one.facts.items if item.value is not None]
        if trader and stated:
            values[trader] = values.get(trader, Decimal(0)) + sum(stated, Decimal(0))
    return values


def lines_of_trader(stores: Stores, connection: Connection, period: Period, trader: str) -> list[AuditedLine]:
    """Every goods line of a trader's released declarations of a period (0..n), each by its place in the declaration."""
    return [
        AuditedLine(consignment=one.facts.id, item=place, hs=item.hs, value=item.value)
        for one in population_between(stores, connection, period)
        if trader_of(one.facts) == trader
        for place, item in enumerate(one.facts.items, start=1)
    ]


def _rows(connection: Connection, period: Period) -> list[_Row]:
    """Rows that may be of the period: a declaration comes to us on its day or later, so the end is left open."""
    start = datetime.combine(period.first, time(), UTC)
    for protected in (ADVICE, RESULTS, HOST_DECISIONS, OVERRIDES, ORDERS):
        connection.row_macs.sweep(connection, protected)
    rows = connection.execute(_RELEASED, (start, datetime(9999, 1, 1, tzinfo=UTC)))
    return [_Row(*row) for row in rows]


def _is_in(facts: Facts, period: Period) -> bool:
    day = (datetime(1970, 1, 1, tzinfo=UTC) + timedelta(days=facts.day)).date()
    return period.first <= day <= period.last
