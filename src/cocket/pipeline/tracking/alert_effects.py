# SPDX-License-Identifier: Apache-2.0
"""What follows of alerts: they are kept and sealed, a red one orders an examination at destination and holds the guarantee."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

import msgspec

from cocket.pipeline.base.ids import new_id
from cocket.pipeline.base.wiring import Stores
from cocket.pipeline.tracking.journey_state import lost_seals
from cocket.pipeline.tracking.views import AlertAct
from cocket.stores import NewRecord
from cocket.stores.base.database import Connection
from cocket.stores.control.orders import StoredOrder
from cocket.stores.tracking.alerts import Alerts, StoredAlert
from cocket.stores.tracking.journeys import Journeys, StoredJourney
from cocket.tracking.alerts import KINDS, Alert, Notice
from cocket.tracking.journey import Handling, Journey

#: Kind of the sealed record of what became of an alert.
ALERT: Final = "track-alert"

#: An alert that goes on changing is sealed anew at most so often.
_SEAL_CHANGES = timedelta(minutes=10)

_READ_ACTS = msgspec.json.Decoder(tuple[AlertAct, ...])
_READ_ALERT = msgspec.json.Decoder(Alert)


class SealedAlert(msgspec.Struct, frozen=True, kw_only=True):
    """The sealed record of what became of an alert.

    Attributes:
        id: Id under which it was first raised.
        what: `raised`, `raised-late`, `changed`, `withdrawn`.
        says: What it says, in words.
        severity: `red` or `amber`.
        journey: Journey; None if none is known.
        reference: Declaration or manifest of the journey; None without one.
        consignment: Dossier; None if none is linked.
        alert: The alert.
        why: Why it was withdrawn, in words; "" where it was not.
    """

    id: str
    what: str
    says: str
    severity: str
    journey: str | None
    reference: str | None
    consignment: str | None
    alert: Alert
    why: str = ""


class ExaminationOrder(msgspec.Struct, frozen=True, kw_only=True):
    """The sealed record that a red alert ordered an examination at destination."""

    consignment: str
    journey: str
    lane: str
    office: str
    alert: str
    says: str


class GuaranteeAct(msgspec.Struct, frozen=True, kw_only=True):
    """The sealed record of what became of a journey's guarantee.

    Attributes:
        journey: The journey.
        reference: Declaration or manifest.
        what: `held`, `at-stake` again, or `released`.
        amount: What is at stake, as decimal text; None if unknown.
        currency: ISO 4217 code of it.
        why: In words.
    """

    journey: str
    reference: str
    what: str
    amount: str | None
    currency: str | None
    why: str


def acts_of(alert: StoredAlert) -> tuple[AlertAct, ...]:
    """What became of an alert, oldest first."""
    return _READ_ACTS.decode(alert.acts)


#: What an officer does first about an alert.
_TAKES_UP = frozenset({"acknowledged", "assigned", "dispatched"})


def with_handlings(plan: Journey, rows: Iterable[StoredAlert]) -> Journey:
    """A plan with the alerts on its journey that officers took up or closed: what is done after that is told anew.

    Args:
        plan: The plan.
        rows: Alerts on file (0..n); of other journeys they are left out.
    """
    handled = []
    for row in rows:
        if len(row.devices) != 1 or str(row.journey) != plan.id:
            continue
        acts = acts_of(row)
        first = next((act for act in acts if act.what in _TAKES_UP), None)
        if first is not None:
            handled.append(Handling(device=row.devices[0], kind=row.kind, at=first.at, what="taken-up"))
        handled += [Handling(device=row.devices[0], kind=row.kind, at=act.at) for act in acts if act.what == "closed"]
    return msgspec.structs.replace(plan, handlings=tuple(handled)) if handled else plan


def alert_in(row: StoredAlert) -> Alert:
    """The alert as it was last found."""
    return _READ_ALERT.decode(row.body)


def with_act(alert: StoredAlert, act: AlertAct) -> StoredAlert:
    """An alert with one more thing that became of it."""
    return msgspec.structs.replace(alert, changed=act.at, acts=msgspec.json.encode((*acts_of(alert), act)))


class Effects:
    """What one transaction of the tracker does about alerts.

    Args:
        shelves: The stores.
        connection: The transaction.
        now: When, UTC.

    Attributes:
        records: What is to be sealed at its end.
        alerts: How many alerts were told of: raised, withdrawn or changed (count).
        offices: Office that a manifest is for, by what people call it; for alerts that rest on one.
    """

    def __init__(self, stores: Stores, connection: Connection, now: datetime) -> None:
        self._stores, self._connection, self._now = stores, connection, now
        self._changed: dict[str, StoredAlert] = {}
        self.records: list[NewRecord] = []
        self.alerts = 0
        self.offices: dict[str, str] = {}

    def tell(
        self, notices: Iterable[Notice], known: Sequence[StoredAlert], journeys: Mapping[str, StoredJourney]
    ) -> dict[str, StoredJourney]:
        """Save and seal what is to be told, and do what follows of it.

        Args:
            notices: What is to be told.
            known: Alerts on file that these may be about, withdrawn ones too.
            journeys: The journeys concerned, by id.

        Returns:
            Journeys as they have become, by id.
        """
        rows = {row.found: row for row in known}
        now_are = dict(journeys)
        for notice in notices:
            concerned = _concerned(notice.alert, now_are)
            before = rows.get(notice.was or notice.alert.id)
            row = self._row(notice, before, concerned)
            has_become_red = before is not None and before.severity != "red" and notice.what == "changed"
            if row.severity == "red" and (notice.what in ("raised", "raised-late") or has_become_red):
                for journey in concerned:
                    now_are[str(journey.id)] = self.hold(journey, row, KINDS[row.kind][1])
                    row = msgspec.structs.replace(row, ordered=row.ordered or journey.consignment is not None)
            self._changed[row.id] = row
        return now_are

    def write(self) -> None:
        """Write the alerts that changed."""
        if self._changed:
            Alerts().put(self._connection, self._changed.values())

    def hold(self, journey: StoredJourney, alert: StoredAlert, why: str) -> StoredJourney:
        """Order an examination of a journey's goods at destination, and hold its guarantee."""
        if journey.consignment is not None:
            self._order(journey, alert, why)
        if journey.guarantee != "at-stake":
            return journey
        self.records.append(self.guarantee_record(journey, "held", f"red alert {alert.kind}"))
        return msgspec.structs.replace(journey, guarantee="held")

    def guarantee_record(self, journey: StoredJourney, what: str, why: str, who: str = "tracker") -> NewRecord:
        """The record of what becomes of a guarantee."""
        plan = msgspec.json.decode(journey.plan)
        body = GuaranteeAct(
            journey=str(journey.id),
            reference=journey.reference,
            what=what,
            amount=plan.get("guarantee_amount"),
            currency=plan.get("guarantee_currency"),
            why=why,
        )
        about = journey.consignment or journey.id
        return self._stores.sealer.record("guarantee", who, body, about=about, at=self._now)

    def _order(self, journey: StoredJourney, alert: StoredAlert, why: str) -> None:
        """Open a control order at destination; one that was released or done is opened again."""
        consignment, orders = journey.consignment, self._stores.orders
        if consignment is None:
            return
        body = ExaminationOrder(
            consignment=str(consignment),
            journey=str(journey.id),
            lane="red",
            office=journey.destination,
            alert=alert.id,
            says=why,
        )
        record = self._stores.sealer.record("examination-order", "tracker", body, about=consignment, at=self._now)
        earlier = orders.order_of(self._connection, [consignment]).get(consignment)
        if earlier is not None and earlier.status != "open":
            orders.set_status(self._connection, earlier.id, "open", record.leaf.record)
        order = StoredOrder(
            id=new_id(),
            consignment=consignment,
            lane="red",
            office=journey.destination,
            status="open",
            created=self._now,
            record=record.leaf.record,
        )
        orders.order(self._connection, [order])
        orders.move(self._connection, consignment, journey.destination)
        self.records.append(record)

    def _row(self, notice: Notice, before: StoredAlert | None, concerned: Sequence[StoredJourney]) -> StoredAlert:
        """An alert as it stands after a notice; sealed unless it is a small change."""
        alert, first = notice.alert, concerned[0] if concerned else None
        row = self._again(before, notice) if before is not None else self._new(notice, first)
        if before is not None and notice.what == "changed" and not self._is_worth(before, notice):
            return msgspec.structs.replace(row, body=msgspec.json.encode(alert))
        self.alerts += 1
        row = with_act(row, AlertAct(at=notice.at, who="tracker", what=notice.what, note=notice.why))
        body = SealedAlert(
            id=row.id,
            what=notice.what,
            says=KINDS[alert.kind][1],
            severity=alert.severity,
            journey=alert.journey,
            reference=first.reference if first else alert.reference,
            consignment=str(row.consignment) if row.consignment else None,
            alert=alert,
            why=notice.why,
        )
        about = row.consignment or row.journey
        self.records.append(self._stores.sealer.record(ALERT, "tracker", body, about=about, at=notice.at))
        return row

    def _new(self, notice: Notice, journey: StoredJourney | None) -> StoredAlert:
        alert = notice.alert
        return StoredAlert(
            id=alert.id,
            found=alert.id,
            kind=alert.kind,
            severity=alert.severity,
            state="open",
            told="raised-late" if notice.what == "raised-late" else "raised",
            is_withdrawn=notice.what == "withdrawn",
            journey=UUID(alert.journey) if alert.journey else None,
            devices=alert.subject.split(","),
            consignment=journey.consignment if journey else None,
            office=journey.destination if journey else self.offices.get(alert.reference or ""),
            since=alert.since,
            raised=notice.at,
            changed=notice.at,
            ordered=False,
            assigned_to=None,
            unit=None,
            reason=None,
            body=msgspec.json.encode(alert),
            acts=b"[]",
            manifest=alert.reference,
        )

    def _again(self, before: StoredAlert, notice: Notice) -> StoredAlert:
        """An alert that was on file, as a notice has it; one that was withdrawn stands again when it is raised again.

        One that was closed as amber and has become red is open again.
        """
        is_graver = before.severity != "red" and notice.alert.severity == "red" and before.state == "closed"
        return msgspec.structs.replace(
            before,
            severity=notice.alert.severity,
            state="open" if is_graver else before.state,
            reason=None if is_graver else before.reason,
            found=notice.alert.id,
            is_withdrawn=notice.what == "withdrawn",
            since=notice.alert.since,
            body=msgspec.json.encode(notice.alert),
        )

    def _is_worth(self, before: StoredAlert, notice: Notice) -> bool:
        """Whether a change is sealed: where it rests on other events, or other things speak against it; not too often."""
        was, now = alert_in(before), notice.alert
        if notice.was is not None or (was.counter_evidence, was.severity) != (now.counter_evidence, now.severity):
            return True
        return was.events != now.events and notice.at - before.changed >= _SEAL_CHANGES


def _concerned(alert: Alert, journeys: Mapping[str, StoredJourney]) -> list[StoredJourney]:
    """The journey of an alert; of one of several devices together, each journey that one of them was on then."""
    if alert.journey is not None:
        return [journeys[alert.journey]] if alert.journey in journeys else []
    if "," not in alert.subject:
        return []
    devices = set(alert.subject.split(","))
    return [
        journey
        for journey in journeys.values()
        if journey.starts_at <= alert.until
        and (journey.arrived is None or alert.since <= journey.arrived)
        and devices & set(msgspec.json.decode(journey.plan)["devices"])
    ]


def free_guarantees(
    effects: Effects, connection: Connection, journeys: Iterable[StoredJourney]
) -> dict[str, StoredJourney]:
    """Let guarantees be at stake as before, where no red alert is left and no seal is without integrity; those journeys."""
    held = [journey for journey in journeys if journey.guarantee == "held"]
    standing = Alerts().standing_of(connection, [journey.id for journey in held])
    freed = {}
    for journey in held:
        if "red" not in standing.get(journey.id, {}) and not lost_seals(journey):
            effects.records.append(effects.guarantee_record(journey, "at-stake", "no red alert is left"))
            freed[str(journey.id)] = msgspec.structs.replace(journey, guarantee="at-stake")
    for one in freed.values():
        Journeys().put(connection, one)
    return freed
