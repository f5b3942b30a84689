# SPDX-License-Identifier: Apache-2.0
"""The alert queue: seen, acknowledged, assigned, answered by a unit, closed with a reason. Each act is sealed."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime

import msgspec

from cocket.errors import SenderError
from cocket.governance import Context, Principal
from cocket.pipeline.base.access import NotFoundError, Service
from cocket.pipeline.base.continuous_access import ContinuousAccess, Watch
from cocket.pipeline.base.ids import parse_id
from cocket.pipeline.base.ownership import of_alert
from cocket.pipeline.base.wiring import Stores
from cocket.pipeline.tracking.alert_effects import Effects, acts_of, free_guarantees, with_act
from cocket.pipeline.tracking.presentation import alert_view
from cocket.pipeline.tracking.response_clocks import LIMITS
from cocket.pipeline.tracking.views import (
    CLOSE_REASONS,
    AlertAct,
    AlertFilter,
    AlertQueue,
    AlertView,
    CloseReason,
)
from cocket.stores.base.database import Connection
from cocket.stores.tracking.alerts import Alerts, AlertsWanted, StoredAlert
from cocket.stores.tracking.journeys import Journeys, StoredJourney

#: Step that is due → what was done last.
_BEFORE = {"acknowledge": "open", "dispatch": "acknowledged", "there": "dispatched", "close": "there"}

#: Longest queue that is given at once (count).
_MOST = 200


#: Seconds after which an alert is overdue, by severity and what was done about it.
_LATE_AFTER = {
    f"{severity} {_BEFORE[step]}": limit.total_seconds()
    for severity, limits in LIMITS.items()
    for step, limit in limits.items()
}


class AlertHandled(msgspec.Struct, frozen=True, kw_only=True):
    """The sealed record of what an officer did about an alert.

    Attributes:
        alert: The alert.
        kind: Its kind.
        journey: Journey; None if none is known.
        what: `acknowledged`, `assigned`, `dispatched`, `there`, `closed`.
        to: Officer or unit; None if to none.
        reason: Why it was closed; None while it is not.
        note: In words.
    """

    alert: str
    kind: str
    journey: str | None
    what: str
    to: str | None
    reason: str | None
    note: str


class TrackingAlerts(Service):
    """Dealing with alerts.

    Args:
        stores: The stores of this process.
    """

    def __init__(self, stores: Stores) -> None:
        super().__init__(stores)
        self._continuous = ContinuousAccess(stores)

    def alerts(
        self, principal: Principal, wanted: AlertFilter | None = None, *, watch: Watch | None = None
    ) -> AlertQueue:
        """A part of the queue; the look is sealed before it is given.

        Args:
            principal: Who asks.
            wanted: Which part; None for what is to be done.
            watch: Whether a page that refreshes itself was opened, or refreshes: one look as long as it lasts. None for a
                look of its own.

        Raises:
            PolicyError: The principal may see no alerts.
        """
        asked = wanted or AlertFilter()
        self._access.require(principal, "alert:read")
        fields = msgspec.structs.asdict(asked) | {
            "journey": parse_id(asked.journey) if asked.journey else None,
            "office": principal.office,
            "limit": max(1, min(asked.limit, _MOST)),
            "late_after": _LATE_AFTER,
            "now": datetime.now(UTC),
        }
        with self._stores.database.transaction() as connection:
            rows, total, counts = Alerts().queue(connection, AlertsWanted(**fields), self._signs(connection, asked))
            views = self.views(connection, principal, rows)
            names = tuple(view.id for view in views)
            self._access.seal(connection, *self._continuous.records(connection, principal, "alerts", names, watch))
        return AlertQueue(alerts=views, total=total, counts=counts)

    def alert(self, principal: Principal, alert_id: str) -> AlertView:
        """One alert.

        Raises:
            NotFoundError: There is none that this principal may see.
        """
        with self._stores.database.transaction() as connection:
            row, _ = self._alert(connection, principal, alert_id, "alert:read")
            view = self.views(connection, principal, [row])[0]
            self._access.seal(connection, self._access.record(principal, "alert", (row.id,)))
        return view

    def acknowledge(self, principal: Principal, alert_id: str, note: str = "") -> AlertView:
        """Say that somebody has seen an alert; said again, it changes nothing and leaves no second line.

        Raises:
            NotFoundError: There is none that this principal may see.
            PolicyError: The principal may not deal with it.
            SenderError: It is closed.
        """
        return self._handle(principal, alert_id, ("acknowledged", None), note)

    def assign(self, principal: Principal, alert_id: str, officer: str, note: str = "") -> AlertView:
        """Give an alert to an officer.

        Raises:
            NotFoundError: There is none that this principal may see.
            PolicyError: The principal may not deal with it.
            SenderError: It is closed, or nobody of that name may sign in here.
        """
        with self._stores.database.transaction() as connection:
            if self._stores.people.officer(connection, officer) is None and officer != principal.id:
                raise SenderError("There is no such officer.", code="alert-officer", found=officer[:100])
        return self._handle(principal, alert_id, ("assigned", officer), note)

    def dispatch_unit(self, principal: Principal, alert_id: str, unit: str, note: str = "") -> AlertView:
        """Send a response unit.

        Raises:
            NotFoundError: There is none that this principal may see.
            PolicyError: The principal may not deal with it.
            SenderError: It is closed, or no unit is named.
        """
        if not unit.strip():
            raise SenderError("Enter the unit.", code="alert-unit")
        return self._handle(principal, alert_id, ("dispatched", unit.strip()), note)

    def report_there(self, principal: Principal, alert_id: str, note: str = "") -> AlertView:
        """Say that the response unit has come to the place.

        Raises:
            NotFoundError: There is none that this principal may see.
            PolicyError: The principal may not deal with it.
            SenderError: It is closed, no unit was sent, or the unit is there already.
        """
        return self._handle(principal, alert_id, ("there", None), note)

    def close_alert(self, principal: Principal, alert_id: str, reason: CloseReason, note: str) -> AlertView:
        """Close an alert.

        Args:
            principal: Who closes it.
            alert_id: The alert.
            reason: One of `CLOSE_REASONS`.
            note: What was seen and done, in words.

        Raises:
            NotFoundError: There is none that this principal may see.
            PolicyError: The principal may not, or says nothing.
            SenderError: It is closed already, or the reason is none.
        """
        if reason not in CLOSE_REASONS:
            raise SenderError(
                "This is not a reason for closing an alert.", code="alert-reason", found=str(reason)[:100]
            )
        return self._handle(principal, alert_id, ("closed", reason), note)

    def views(self, connection: Connection, principal: Principal, rows: Sequence[StoredAlert]) -> tuple[AlertView, ...]:
        """Those of these alerts that this principal may see, each decided by itself, without dossiers that he may not."""
        journeys = Journeys().get_many(connection, [row.journey for row in rows if row.journey])
        shown = [
            row
            for row in rows
            if self._access.may(
                principal, "alert:read", of_alert(row, journeys.get(row.journey) if row.journey else None)
            )
        ]
        seen = self._access.seen(connection, principal, [row.consignment for row in shown])
        references = {str(name): journey.reference for name, journey in journeys.items()}
        signs = Alerts().signs(connection, list(journeys))
        views = [alert_view(row, references, signs.get(row.id, ())) for row in shown]
        return tuple(
            view if row.consignment in seen else msgspec.structs.replace(view, consignment=None)
            for row, view in zip(shown, views, strict=True)
        )

    def _signs(self, connection: Connection, asked: AlertFilter) -> tuple[str, ...]:
        """Alerts that a list shows as signs of another one, which fits it too."""
        if asked.state not in ("to-do", "all") or asked.kind or asked.text:
            return ()
        return tuple(one.id for several in Alerts().signs(connection).values() for one in several)

    def _alert(
        self, connection: Connection, principal: Principal, alert_id: str, action: str
    ) -> tuple[StoredAlert, StoredJourney | None]:
        """An alert that this principal may do this to, locked if it is to be changed; and its journey.

        Raises:
            NotFoundError: There is none that the principal may see.
            PolicyError: It may be seen, and no more.
        """
        row = Alerts().get(connection, alert_id)
        changes = action != "alert:read"
        journey = Journeys().get(connection, row.journey, to_change=changes) if row and row.journey else None
        if changes:  # after its journey, as the tracker does, so that neither waits for the other
            row = Alerts().get(connection, alert_id, to_change=True)
        if row is None or not self._access.may(principal, "alert:read", of_alert(row, journey)):
            raise NotFoundError("There is no such alert.")
        return row, journey

    def _handle(self, principal: Principal, alert_id: str, what: tuple[str, str | None], note: str) -> AlertView:
        act, to = what
        now, words = datetime.now(UTC), note.strip()
        with self._stores.database.transaction() as connection:
            row, journey = self._alert(connection, principal, alert_id, "alert:handle")
            action = "alert:close" if act == "closed" else "alert:handle"
            self._access.require(principal, action, of_alert(row, journey), Context(reason=words))
            if row.state == "closed":
                raise SenderError("The alert is closed.", code="alert-closed")
            if act == "there":
                _check_there(row)
            together = (row, *Alerts().signs(connection, [row.journey] if row.journey else ()).get(row.id, ()))
            if act == "acknowledged" and row.state != "open":
                together = tuple(one for one in together if all(done.what != act for done in acts_of(one)))
            records = [] if together else [self._access.record(principal, "alert", (row.id,))]
            for each in together:  # the signs of one opening are one matter
                done = _handled(each, what, AlertAct(at=now, who=principal.id, what=act, note=_words(to, words)))
                Alerts().put(connection, [done])
                row = done if each.id == row.id else row
                body = AlertHandled(
                    alert=each.id,
                    kind=each.kind,
                    journey=str(each.journey) if each.journey else None,
                    what=act,
                    to=to if act in ("assigned", "dispatched") else None,
                    reason=to if act == "closed" else None,
                    note=words,
                )
                about = each.consignment or each.journey
                records.append(self._stores.sealer.record("alert-act", principal.id, body, about=about, at=now))
            effects = Effects(self._stores, connection, now)
            if act == "closed" and journey is not None:
                free_guarantees(effects, connection, [journey])
            view = self.views(connection, principal, [row])[0]
            self._access.seal(connection, *records, *effects.records)
        return view


def _words(to: str | None, words: str) -> str:
    return f"{to}: {words}" if to and words else to or words


def _check_there(row: StoredAlert) -> None:
    if row.unit is None:
        raise SenderError("No unit was sent yet.", code="alert-unit")
    if any(one.what == "there" for one in acts_of(row)):
        raise SenderError("The unit is there already.", code="alert-there")


def _handled(row: StoredAlert, what: tuple[str, str | None], act: AlertAct) -> StoredAlert:
    """An alert after an officer's act; assigning one that a unit is on its way to leaves it dispatched."""
    done, to = what
    if done == "there":  # the unit is still out: what came of it is the result
        return with_act(row, act)
    rank = ("open", "acknowledged", "assigned", "dispatched", "closed")
    state = done if rank.index(done) > rank.index(row.state) else row.state
    changes: dict[str, str | None] = {"state": state}
    if done == "assigned":
        changes["assigned_to"] = to
    elif done == "dispatched":
        changes["unit"] = to
    elif done == "closed":
        changes["reason"] = to
    return with_act(msgspec.structs.replace(row, **changes), act)
