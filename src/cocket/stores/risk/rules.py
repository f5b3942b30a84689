# SPDX-License-Identifier: Apache-2.0
"""Which rule fired on which consignment, and what came of it. The rules themselves are case files."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime
from uuid import UUID

import msgspec

from cocket.stores.base.database import Connection
from cocket.stores.base.dossier_rows import advised_at
from cocket.stores.base.row_macs import unnoted
from cocket.stores.consignment.rows import DAYS
from cocket.stores.control.orders import ASSESSMENTS, HOST_DECISIONS, HOST_DRAWS, RESULTS


class StoredHit(msgspec.Struct, frozen=True, kw_only=True):
    """A rule that fired.

    Attributes:
        consignment: Dossier.
        rule: Code of the rule.
        wording: Digest of its wording; "" for one that is written in Python.
        at: When it first fired, UTC.
        is_shadow: Whether it ran without effect.
        asked: Whether it asked for a lane or a query.
    """

    consignment: UUID
    rule: str
    wording: str
    at: datetime
    is_shadow: bool
    asked: bool


class StoredMeasured(msgspec.Struct, frozen=True, kw_only=True):
    """An assessed consignment as rules are measured by it.

    Attributes:
        consignment: Dossier.
        made: When it was first assessed, UTC.
        propensity: Chance with which our advice chose it for examination (0–1).
        lane: Lane our advice gave it then.
        host_lane: Lane of the host; None where it has not said.
        rules: Rules that fired (0..n).
        duty: Duty recovered by the newest result; None if none was told.
        currency: Of the duty; None if not told.
        score: Score of its first assessment (0–1, higher is worse); None where the model was missing.
        is_random: Whether the random share drew it then.
        office: Where it was declared; None if not known.
        declared_on: The day of its declaration; None where none can be read.
        declared_by: What that day is; see `cocket.consignment.declaration_day`.
        host_override: Lane that an officer of the host set instead; None if none did.
        host_random: Whether the host says that chance chose it; None if it says nothing of why.
        host_chance: With what chance (0–1), as it states; None if it states none.
    """

    consignment: UUID
    made: datetime
    propensity: float
    lane: str
    host_lane: str | None
    rules: tuple[str, ...]
    duty: float | None
    currency: str | None
    score: float | None
    is_random: bool
    office: str | None
    declared_on: date | None = None
    declared_by: str | None = None
    host_override: str | None = None
    host_random: bool | None = None
    host_chance: float | None = None


_COLUMNS = StoredHit.__struct_fields__


class RuleHits:
    """Hits of rules, on a transaction of the caller."""

    def add(self, connection: Connection, hits: Sequence[StoredHit]) -> None:
        """Keep hits; of a rule and a consignment the first one stays."""
        if hits:
            columns = [list(column) for column in zip(*map(msgspec.structs.astuple, hits), strict=True)]
            connection.execute(
                f"""insert into rule_hit ({", ".join(_COLUMNS)}) select * from unnest(%b::uuid[], %s::text[], %s::text[],
                %b::timestamptz[], %b::bool[], %b::bool[]) on conflict do nothing""",
                columns,
            )

    def newest(
        self, connection: Connection, rule: str, wording: str, most: int, offices: Sequence[str] | None = None
    ) -> list[tuple[UUID, datetime]]:
        """Latest hits of a wording, newest first; on dossiers whose advice is for these offices alone, if any are given."""
        rows = connection.execute(
            f"""select consignment, at from rule_hit h where rule = %(rule)s and wording = %(wording)s
            and (%(offices)s::text[] is null or exists (
                select from consignment a join consignment c on c.id = coalesce(a.merged_into, a.id)
                left join control_order o on o.consignment = c.id
                where a.id = h.consignment and {advised_at("%(offices)s")}))
            order by at desc, consignment limit %(most)s""",
            {"rule": rule, "wording": wording, "offices": None if offices is None else list(offices), "most": most},
        )
        return [(row[0], row[1]) for row in rows]

    def measured(
        self, connection: Connection, since: date, offices: Sequence[str] | None = None
    ) -> list[StoredMeasured]:
        """Assessed consignments that were declared since then, or on no day that is known, in order of first assessment (0..n).

        Rows that differ from what was sealed are left out.

        Args:
            connection: The transaction.
            since: First day of declaration.
            offices: Those of which the advice is for one of these offices alone; None for all.
        """
        for protected in (ASSESSMENTS, RESULTS, HOST_DECISIONS, HOST_DRAWS, DAYS):
            connection.row_macs.sweep(connection, protected)
        rows = connection.execute(
            f"""with first as (
                select distinct on (consignment) consignment, made, propensity, lane, score, is_random from assessment a
                where {unnoted(ASSESSMENTS, "a")} order by consignment, made
            ), told as materialized (
                select k.consignment, h.lane, h.override, h.decided, h.duty::float8, h.currency, h.is_random, h.chance,
                    row_number() over (order by h.kind, h.value) as place
                from host_decision h join consignment_key k on k.kind = h.kind and k.value = h.value
                where {unnoted(HOST_DECISIONS, "h")}
            ), laned as (
                select distinct on (consignment) consignment, lane from told where lane is not null
                order by consignment, decided nulls first, place
            ), paid as (
                select distinct on (consignment) consignment, duty, currency from told where duty is not null
                order by consignment, place
            ), drawn as (
                select consignment, max(override) as override, bool_or(is_random) as is_random, min(chance) as chance
                from told group by 1
            ), here as (
                select distinct on (consignment) consignment, duty::float8, currency from result r
                where {unnoted(RESULTS, "r")} order by consignment, at desc
            ), fired as (
                select consignment, array_agg(rule order by rule) as rules from rule_hit group by 1
            )
            select f.consignment, f.made, f.propensity, f.lane, laned.lane, coalesce(fired.rules, '{{}}'),
            coalesce(here.duty, paid.duty), case when here.duty is null then paid.currency else here.currency end,
            f.score, f.is_random, c.office, c.declared_on, c.declared_by,
            drawn.override, drawn.is_random, drawn.chance
            from first f left join consignment c on c.id = f.consignment
            left join control_order o on o.consignment = c.id
            left join laned on laned.consignment = f.consignment
            left join paid on paid.consignment = f.consignment
            left join drawn on drawn.consignment = f.consignment
            left join here on here.consignment = f.consignment
            left join fired on fired.consignment = f.consignment
            where (c.declared_on is null or c.declared_on >= %(since)s) and (c.id is null or {unnoted(DAYS, "c")})
            and (%(offices)s::text[] is null or {advised_at("%(offices)s")})
            order by f.made, f.consignment""",
            {"since": since, "offices": None if offices is None else list(offices)},
            binary=True,
        )
        return [
            StoredMeasured(
                consignment=row[0],
                made=row[1],
                propensity=row[2],
                lane=row[3],
                host_lane=row[4],
                rules=tuple(row[5]),
                duty=row[6],
                currency=row[7],
                score=row[8],
                is_random=row[9],
                office=row[10],
                declared_on=row[11],
                declared_by=row[12],
                host_override=row[13],
                host_random=row[14],
                host_chance=row[15],
            )
            for row in rows
        ]
