# SPDX-License-Identifier: Apache-2.0
"""On-call lists, and whom an alert calls: the first of the list, then the next as long as nobody acknowledges, then supervisors.

A red alert calls as soon as it is known, an amber one once its clock has run out; each further call comes when the clock has
run out again. Alerts of one journey that are as grave call once together. Every call is sealed, and is a notice to the officer
(`pipeline.base.notices`). Where no list is kept nobody is called. Policy actions: `alert:read` shows the lists, `duty:set` keeps
them.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Final
from uuid import UUID
from zoneinfo import ZoneInfo

import msgspec

from cocket.errors import SenderError
from cocket.findings import Finding
from cocket.governance import Principal
from cocket.pipeline.base.access import Service
from cocket.pipeline.base.document_files import DocumentFiles
from cocket.pipeline.base.notices import Notice, is_open, preferences_of, tell
from cocket.pipeline.base.wiring import Stores
from cocket.pipeline.tracking.alert_effects import acts_of, with_act
from cocket.pipeline.tracking.response_clocks import LIMITS
from cocket.pipeline.tracking.views import AlertAct
from cocket.stores import NewRecord
from cocket.stores.base.database import Connection
from cocket.stores.tracking.alerts import Alerts, StoredAlert
from cocket.stores.tracking.journeys import Journeys, StoredJourney
from cocket.tracking.on_call import Shift, on_call, wrong_shifts

#: Kind of the sealed record and case file of a list; its name is the office, or `HOUSE`.
ON_CALL: Final = "on-call-list"
HOUSE: Final = "all offices"

#: Alerts raised longer ago call nobody any more; at most so many are looked at (count).
_OLDEST: Final = timedelta(days=7)
_MOST: Final = 500
_MOST_SHIFTS: Final = 200


class OnCallList(msgspec.Struct, frozen=True, kw_only=True):
    """An on-call list; also its sealed record.

    Attributes:
        office: Office for whose alerts it is; "" for alerts of offices without a list, and of none.
        shifts: Shifts in the order in which officers are called (0..n).
        by: Who keeps it.
    """

    office: str
    shifts: tuple[Shift, ...]
    by: str


class OnCallView(msgspec.Struct, frozen=True, kw_only=True):
    """An on-call list as it stands.

    Attributes:
        list: The list.
        now: Who is on call now, in the order of calling (0..n).
        inbox_only: Officers of the list to whom calls are not sent, and who have them in the inbox alone (0..n).
    """

    list: OnCallList
    now: tuple[str, ...]
    inbox_only: tuple[str, ...]


class AlertCall(msgspec.Struct, frozen=True, kw_only=True):
    """The sealed record that an officer was called for an alert.

    Attributes:
        alert: The alert.
        kind: Its kind.
        journey: Journey; None if none is known.
        officer: Who was called.
        step: Which call of this alert it is, from 1; supervisors are called together.
        why: `raised`, or `not-acknowledged` by those called before.
        role: `on-call` or `supervisor`.
    """

    alert: str
    kind: str
    journey: str | None
    officer: str
    step: int
    why: str
    role: str


class OnCall(Service):
    """Keeping the lists.

    Args:
        stores: The stores of this process.
    """

    def __init__(self, stores: Stores) -> None:
        super().__init__(stores)
        self._files = DocumentFiles(stores)

    def on_call_lists(self, principal: Principal) -> tuple[OnCallView, ...]:
        """Lists that concern the reader: of his office and of the whole house, or all where he is bound to none; by office.

        Raises:
            PolicyError: The principal may see no alerts.
        """
        self._access.require(principal, "alert:read")
        with self._stores.database.transaction() as connection:
            every = self._files.every(connection, ON_CALL, OnCallList)
            shown = [one for one in every if principal.office is None or one.office in ("", principal.office)]
            views = tuple(self._view(connection, one) for one in sorted(shown, key=lambda one: one.office))
            names = tuple(one.office or HOUSE for one in shown)
            self._access.seal(connection, self._access.record(principal, "on-call lists", names or ("none",)))
        return views

    def keep_on_call_list(self, principal: Principal, office: str, shifts: Sequence[Shift]) -> OnCallView:
        """Keep the list of an office in place of the one before; without shifts it calls nobody.

        Args:
            principal: Who keeps it.
            office: Office, as journeys name it; "" for offices without a list.
            shifts: Shifts in the order in which officers are called (0..200).

        Raises:
            PolicyError: The principal may not.
            SenderError: It is of another office, or a shift does not hold; `findings` say which.
        """
        self._access.require(principal, "duty:set")
        office = office.strip()
        if principal.office not in (None, office):
            raise SenderError("An on-call list is kept by supervisors of its own office.", code="on-call-office")
        with self._stores.database.transaction() as connection:
            findings = [
                _finding("on-call-officer", "{found} is not an officer who may sign in", name)
                for name in dict.fromkeys(one.officer for one in shifts)
                if self._stores.people.officer(connection, name) is None
            ]
            findings += [
                _finding(
                    "on-call-hours", "hours are from HH:MM to HH:MM, days from 0 (Monday) to 6: {found}", one.officer
                )
                for one in wrong_shifts(shifts)
            ]
            if len(office) > 100 or not office.isprintable() or len(shifts) > _MOST_SHIFTS:
                findings.append(
                    _finding("on-call-length", "a list has an office of 100 characters and 200 shifts at most")
                )
            if findings:
                raise SenderError("The on-call list cannot be kept.", code="on-call", findings=tuple(findings))
            made = OnCallList(office=office, shifts=tuple(shifts), by=principal.id)
            view = self._view(connection, made)
            self._files.keep(connection, ON_CALL, office or HOUSE, (made, principal))
        return view

    def _view(self, connection: Connection, made: OnCallList) -> OnCallView:
        names = dict.fromkeys(shift.officer for shift in made.shifts)
        quiet = []
        for name in names:
            wishes = preferences_of(self._stores, connection, name)
            if not any(is_open(self._stores, channel) for channel in wishes.channels("alert")):
                quiet.append(name)
        local = datetime.now(ZoneInfo(self._stores.settings.time_zone))
        return OnCallView(list=made, now=on_call(made.shifts, local), inbox_only=tuple(quiet))


class Escalation:
    """Calls officers for alerts that nobody has acknowledged.

    Args:
        stores: The stores of this process.
    """

    def __init__(self, stores: Stores) -> None:
        self._stores = stores
        self._files = DocumentFiles(stores)

    def call(self, connection: Connection, now: datetime) -> list[NewRecord]:
        """Call whoever is next for each alert that waits; the records are to be sealed as the last act of the transaction.

        Args:
            connection: The transaction.
            now: When, UTC.
        """
        lists = {one.office: one.shifts for one in self._files.every(connection, ON_CALL, OnCallList) if one.shifts}
        if not lists:
            return []
        every = Alerts().unacknowledged(connection, now - _OLDEST, _MOST)
        waiting = [one for one in every if _is_due(one, now)]
        signs = {sign.id for several in Alerts().signs(connection).values() for sign in several} if waiting else set()
        journeys = Journeys().get_many(connection, [one.journey for one in waiting if one.journey])
        asked: set[tuple[UUID | None, str]] = {
            (one.journey, one.severity) for one in every if one.journey and _is_asked(one, now)
        }
        records: list[NewRecord] = []
        for row in waiting:
            matter = (row.journey, row.severity)
            if row.id in signs or (matter in asked and not _calls(row)):
                continue
            called = self._call(connection, row, journeys.get(row.journey) if row.journey else None, (lists, now))
            if called and row.journey:
                asked.add(matter)
            records += called
        return records

    def _call(
        self,
        connection: Connection,
        row: StoredAlert,
        journey: StoredJourney | None,
        by: tuple[dict[str, tuple[Shift, ...]], datetime],
    ) -> list[NewRecord]:
        lists, now = by
        offices = [row.office or "", *([journey.departure] if journey else []), ""]
        named = next((lists[office] for office in offices if office in lists), None)
        known = Alerts().get(connection, row.id, to_change=True) if named is not None else None
        if named is None or known is None or known.state != "open" or known.is_withdrawn:
            return []
        called = [act for act in acts_of(known) if act.what == "called"]
        role, officers = self._next(connection, on_call(named, self._local(now)), {act.note for act in called}, offices)
        records = []
        for officer in officers:
            step = len({act.at for act in called}) + 1
            known = with_act(known, AlertAct(at=now, who="tracker", what="called", note=officer))
            body = AlertCall(
                alert=row.id,
                kind=row.kind,
                journey=str(row.journey) if row.journey else None,
                officer=officer,
                step=step,
                why="not-acknowledged" if called or row.severity != "red" else "raised",
                role=role,
            )
            about = row.consignment or row.journey
            records.append(self._stores.sealer.record("alert-call", "tracker", body, about=about, at=now))
            reference = journey.reference if journey else row.manifest or ""
            notice = Notice(
                officer=officer,
                kind="alert",
                by="tracker",
                at=now,
                reference=reference,
                path=f"/tracking/alerts/{row.id}",
            )
            tell(self._stores, connection, notice)
        if officers:
            Alerts().put(connection, [known])
        return records

    def _next(
        self, connection: Connection, names: Sequence[str], called: set[str], offices: Sequence[str]
    ) -> tuple[str, tuple[str, ...]]:
        """Who is called next, and as what: one of the list, else all supervisors of the offices who were not called (0..n)."""
        for name in names:
            if name not in called and self._stores.people.officer(connection, name) is not None:
                return "on-call", (name,)
        heads = self._stores.people.supervisors(connection)
        near = [one.id for one in heads if one.office is None or one.office in offices]
        return "supervisor", tuple(name for name in near if name not in called)

    def _local(self, now: datetime) -> datetime:
        return now.astimezone(ZoneInfo(self._stores.settings.time_zone))


def _is_due(row: StoredAlert, now: datetime) -> bool:
    """Whether an alert that nobody acknowledged calls now."""
    called, clock = _calls(row), LIMITS[row.severity]["acknowledge"]
    if not called:
        return row.severity == "red" or now >= row.raised + clock
    return now >= max(called) + clock


def _is_asked(row: StoredAlert, now: datetime) -> bool:
    """Whether somebody was called for an alert so lately that other alerts of its journey need no call of their own."""
    called = _calls(row)
    return bool(called) and now < max(called) + LIMITS[row.severity]["acknowledge"]


def _calls(row: StoredAlert) -> list[datetime]:
    return [act.at for act in acts_of(row) if act.what == "called"]


def _finding(code: str, message: str, found: str | None = None) -> Finding:
    return Finding(code=code, severity="error", message=message, found=found)
