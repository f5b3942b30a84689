# SPDX-License-Identifier: Apache-2.0
"""Threats in the house: detectors over what it keeps, shown to whom policy allows.

An alert about somebody inside goes to auditors, and to supervisors of another office than that of whoever it is about;
never to those it is about. What a reader may not see he is not told to be there.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from uuid import UUID

import msgspec

from cocket.governance import Principal, Resource
from cocket.pipeline.base.access import Service
from cocket.pipeline.base.ownership import ids_of
from cocket.pipeline.risk.hubs import hubs_in_use
from cocket.pipeline.risk.threat_log import InstanceLog, instance_log
from cocket.pipeline.risk.threat_views import ThreatList, ThreatView
from cocket.risk.threats import Alert, Limits, find_threats
from cocket.stores.base.database import Connection


class Threats(Service):
    """What chance does not explain."""

    def threats(self, principal: Principal, *, days: int = 30, now: datetime | None = None) -> ThreatList:
        """Alerts over the last days, as far as this principal may see them; the look is sealed before they are given.

        Args:
            principal: Who asks.
            days: How far back to look (count).
            now: The end of the stretch, UTC; None takes the present.

        Raises:
            PolicyError: The principal may see no threats.
        """
        self._access.require(principal, "threat:read")
        until = now or datetime.now(UTC)
        since = until - timedelta(days=days)
        with self._stores.database.transaction() as connection:
            kept = instance_log(self._stores, connection, since)
            alerts = find_threats(kept.log, Limits(), hubs=hubs_in_use(self._stores, connection))
            seen = self._access.seen_advice(connection, principal, {row.consignment for row in kept.rows.values()})
            shown = [one for one in alerts if self._may_see_threat(connection, principal, (one, kept), seen)]
            views = tuple(_view(one, kept, seen) for one in sorted(shown, key=lambda one: one.last, reverse=True))
            subjects = tuple(dict.fromkeys(row.consignment for view in views for row in view.rows if row.consignment))
            self._access.seal(connection, self._access.record(principal, "threats", subjects))
        return ThreatList(
            since=since,
            until=until,
            declarations=len(kept.log.declared),
            acts=len(kept.log.acts),
            is_cut=kept.is_cut,
            threats=views,
        )

    def _may_see_threat(
        self, connection: Connection, principal: Principal, alert: tuple[Alert, InstanceLog], seen: set[UUID]
    ) -> bool:
        """Whether policy shows this alert to this reader.

        One about trade is shown whole or not at all: to those who may see every dossier that it rests on. One about
        somebody inside goes by that person's office, since whoever watches over an office must not be bound to it.
        """
        found, kept = alert
        if not found.is_insider:
            rows = ids_of(kept.rows[row].consignment for row in found.rows)
            may = self._access.may(principal, "threat:read", Resource(concerns=found.who))
            return may and seen.issuperset(rows)
        officers = [self._stores.people.officer(connection, name) for name in found.who]
        offices = tuple(officer.office for officer in officers if officer is not None and officer.office)
        return self._access.may(principal, "threat:read-insider", Resource(offices=offices, concerns=found.who))


def _view(alert: Alert, kept: InstanceLog, seen: set[UUID]) -> ThreatView:
    """An alert as it is shown; dossiers that this reader may not read are not named."""
    rows = [kept.rows[row] for row in alert.rows]
    named = [
        row
        if row.consignment is None or seen.issuperset(ids_of([row.consignment]))
        else msgspec.structs.replace(row, consignment=None, title="")
        for row in rows
    ]
    return ThreatView(
        kind=alert.kind,
        who=alert.who,
        message=alert.message,
        arguments=alert.arguments,
        chance=alert.chance,
        first=alert.first,
        last=alert.last,
        is_insider=alert.is_insider,
        rows=tuple(sorted(named, key=lambda row: row.at)),
    )
