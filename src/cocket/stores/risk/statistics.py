# SPDX-License-Identifier: Apache-2.0
"""Counts for the head of customs: our advice and the host's lanes over the same consignments.

Rows that do not agree with their sealed records are left out, and it is said how many there are.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, date, datetime

import msgspec

from cocket.stores.base.database import Connection
from cocket.stores.base.dossier_rows import advised_at, belongs_to, ordered_at
from cocket.stores.base.row_macs import unnoted
from cocket.stores.consignment.rows import ADVICE, DAYS
from cocket.stores.control.orders import HOST_DECISIONS, RESULTS


class Counted(msgspec.Struct, frozen=True, kw_only=True):
    """What was counted; see `cocket.pipeline.queries.views.StatsView` for the fields."""

    since: date
    consignments: int
    lanes: dict[str, int]
    host_lanes: dict[str, int]
    examined: int
    found: int
    found_in_red: int
    found_in_host_red: int
    duty_recovered: dict[str, str]
    left_out: int


#: One row a consignment: our lane, the host's, and what was found, by an officer here or else by the host. Nothing of it
#: is told of a dossier whose advice is for another office.
_COUNTED = f"""
with host as (
    select distinct on (k.consignment) k.consignment, h.lane, h.override, h.is_examined, h.is_found, h.duty, h.currency
    from consignment_key k join host_decision h on h.kind = k.kind and h.value = k.value and {unnoted(HOST_DECISIONS, "h")}
    order by k.consignment, h.decided desc nulls last
), here as (
    select distinct on (consignment) consignment, at, is_examined, is_found, duty, currency from result r
    where {unnoted(RESULTS, "r")} order by consignment, at desc
)
select case when knows then c.lane end as lane, coalesce(host.override, host.lane) as host_lane,
       coalesce(here.is_examined, host.is_examined, false) as examined,
       coalesce(here.is_found, host.is_found, false) as found,
       coalesce(here.duty, host.duty) as duty, coalesce(here.currency, host.currency) as currency
from consignment c
left join control_order o on o.consignment = c.id
cross join lateral (select %(offices)s::text[] is null or {advised_at("%(offices)s")} as knows,
    {ordered_at("%(offices)s")} as has_order) reader
left join host on host.consignment = c.id and knows
left join here on here.consignment = c.id
    and (%(offices)s::text[] is null or has_order and coalesce(here.at >= o.created, true))
where c.merged_into is null and c.is_declared and c.lane is not null
  and c.declared_on between %(start)s and %(end)s
  and (%(offices)s::text[] is null or {belongs_to("%(offices)s")})
  and {unnoted(ADVICE, "c")} and {unnoted(DAYS, "c")}
"""


class Figures:
    """Counting, on a transaction of the caller."""

    def between(
        self, connection: Connection, since: date | None, until: date | None, offices: Sequence[str] | None = None
    ) -> Counted:
        """Count consignments declared on some days; None bounds nothing. Of these offices alone, if any are given.

        What is dated after today counts on no day.
        """
        today = datetime.now(UTC).date()
        start, end = since or date.min, min(until or today, today)
        values = {"start": start, "end": end, "offices": None if offices is None else list(offices)}
        recent = "consignment in (select id from consignment where declared_on >= %s)"
        connection.row_macs.sweep(connection, ADVICE, ("declared_on >= %s", (start,)))
        connection.row_macs.sweep(connection, DAYS)
        connection.row_macs.sweep(connection, RESULTS, (recent, (start,)))
        connection.row_macs.sweep(connection, HOST_DECISIONS)
        rows = connection.execute(
            f"""with counted as ({_COUNTED}) select lane, host_lane, currency, count(*), count(*) filter (where examined),
            count(*) filter (where examined and found), sum(duty) filter (where examined and found)
            from counted group by lane, host_lane, currency""",
            values,
        ).fetchall()
        first = connection.execute(
            f"""select min(c.declared_on) from consignment c left join control_order o on o.consignment = c.id
            where c.declared_on between %(start)s and %(end)s and (%(offices)s::text[] is null or {belongs_to("%(offices)s")})""",
            values,
        ).fetchone()
        lanes: dict[str, int] = {}
        host_lanes: dict[str, int] = {}
        duty: dict[str, object] = {}
        for lane, host_lane, currency, count, _, _, recovered in rows:
            if lane:
                lanes[lane] = lanes.get(lane, 0) + count
            if host_lane:
                host_lanes[host_lane] = host_lanes.get(host_lane, 0) + count
            if recovered is not None:
                duty[currency or "–"] = duty.get(currency or "–", 0) + recovered
        return Counted(
            since=since or (first[0] if first and first[0] else end),
            consignments=sum(row[3] for row in rows),
            lanes=lanes,
            host_lanes=host_lanes,
            examined=sum(row[4] for row in rows),
            found=sum(row[5] for row in rows),
            found_in_red=sum(row[5] for row in rows if row[0] == "red"),
            found_in_host_red=sum(row[5] for row in rows if row[1] == "red"),
            duty_recovered={currency: str(total) for currency, total in duty.items()},
            left_out=_noted(connection),
        )


def _noted(connection: Connection) -> int:
    """How many of the rows that are counted differ from their sealed records (count)."""
    row = connection.execute(
        """select count(*) from (select distinct tbl, id from row_difference
        where tbl in ('consignment', 'result', 'host_decision')) d"""
    ).fetchone()
    return int(row[0]) if row else 0
