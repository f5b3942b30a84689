# SPDX-License-Identifier: Apache-2.0
"""Reports on the way between two offices, over journeys of some days; each look is sealed. Policy action: `journey:read`."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Final

import msgspec

from cocket.errors import SenderError
from cocket.governance import Principal
from cocket.pipeline.base.access import Service
from cocket.pipeline.base.wiring import Stores
from cocket.pipeline.tracking.alert_effects import alert_in
from cocket.pipeline.tracking.journey_state import JourneyAccess, plan_of
from cocket.pipeline.tracking.journeys import cases_of
from cocket.stores.tracking.alerts import Alerts
from cocket.stores.tracking.journeys import Journeys
from cocket.tracking.alerts import leaders_of
from cocket.tracking.corridor_report import CorridorReport, ReportAlert, Travelled, report_of

#: Most journeys that a report is over, the newest ones (count), and most days.
MOST_JOURNEYS: Final = 200
_MOST_DAYS: Final = 366


class ReportOfCorridor(msgspec.Struct, frozen=True, kw_only=True):
    """A report, and what it is over.

    Attributes:
        departure: Office of departure.
        destination: Office of destination.
        since: Journeys that began since then (UTC).
        left_out: Journeys of that time beyond the 200 newest, and those without any fix (count).
        report: The report.
    """

    departure: str
    destination: str
    since: datetime
    left_out: int
    report: CorridorReport


class CorridorReports(Service):
    """Looking at many journeys together.

    Args:
        stores: The stores of this process.
    """

    def __init__(self, stores: Stores) -> None:
        super().__init__(stores)
        self._shown = JourneyAccess(stores)

    def ways(self, principal: Principal) -> tuple[tuple[str, str], ...]:
        """Pairs of offices between which journeys went that this principal may see, most journeys first (0..n).

        Raises:
            PolicyError: The principal may see no journeys.
        """
        self._access.require(principal, "journey:read")
        with self._stores.database.transaction() as connection:
            return Journeys().ways(connection, principal.office)

    def corridor_report(self, principal: Principal, departure: str, destination: str, days: int) -> ReportOfCorridor:
        """The report on the way between two offices.

        Args:
            principal: Who asks.
            departure: Office of departure.
            destination: Office of destination.
            days: Over journeys that began in so many days (1..366).

        Raises:
            PolicyError: The principal may see no journeys.
            SenderError: The days are none.
        """
        self._access.require(principal, "journey:read")
        if not 1 <= days <= _MOST_DAYS:
            raise SenderError("A report is over 1 to 366 days.", code="report-days", found=str(days))
        now = datetime.now(UTC)
        since = now - timedelta(days=days)
        with self._stores.database.transaction() as connection:
            rows, count = Journeys().between(connection, (departure, destination), since, MOST_JOURNEYS)
            shown = [row for row in rows if self._shown.sees(principal, row)]
            travelled = []
            for row in shown:
                plan = plan_of(row)
                heard = [case for _, case in cases_of(connection, row, plan, now) if case.fixes]
                if not heard:
                    continue
                standing = [
                    (one.id, alert_in(one))
                    for one in Alerts().of_journey(connection, row.id, plan.devices, (row.starts_at, row.discharged))
                    if not one.is_withdrawn
                ]
                leaders = leaders_of(standing)
                alerts = [one for name, one in standing if leaders.get(name, name) == name]
                travelled.append(
                    Travelled(
                        case=max(heard, key=lambda case: len(case.fixes)),
                        operator=plan.operator,
                        expected=plan.expected_arrival,
                        arrived=row.arrived,
                        alerts=tuple(
                            ReportAlert(severity=one.severity, place=one.path[-1] if one.path else None)
                            for one in alerts
                        ),
                    )
                )
            names = tuple(str(row.id) for row in shown)
            self._access.seal(connection, self._access.record(principal, "corridor report", names or ("none",)))
        return ReportOfCorridor(
            departure=departure,
            destination=destination,
            since=since,
            left_out=(count - len(rows) if shown else 0) + len(shown) - len(travelled),
            report=report_of(travelled),
        )
