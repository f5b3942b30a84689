# SPDX-License-Identifier: Apache-2.0
"""Alerts from the way, as they stand, with what people did about them."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

import msgspec
from psycopg.types.json import Jsonb

from cocket.stores.base.database import Connection
from cocket.stores.base.row_macs import Protected
from cocket.tracking.alerts import OF_AN_OPENING, Alert, leaders_of


class StoredAlert(msgspec.Struct, frozen=True, kw_only=True):
    """An alert.

    Attributes:
        id: Id under which it was first raised.
        found: Id under which it is found now.
        kind: Of the tracking rules' kinds.
        severity: `red` or `amber`.
        state: `open`, `acknowledged`, `assigned`, `dispatched`, `closed`.
        told: `raised` or `raised-late`.
        is_withdrawn: Whether later data refuted it.
        journey: Journey; None for alerts of several devices together, and of devices on no journey.
        devices: Devices concerned (1..n).
        consignment: Dossier; None if none is linked.
        office: Office of destination, or that a manifest is for; None without either.
        since: Time of its first event, UTC.
        raised: When it was first known, UTC.
        changed: When it last changed, UTC.
        ordered: Whether an examination was ordered on its account.
        assigned_to: Officer; None if nobody.
        unit: Response unit; None if none.
        reason: Why it was closed; None while it is not.
        body: JSON of `cocket.tracking.alerts.Alert`.
        acts: JSON of what became of it.
        manifest: Manifest on which it rests, by what people call it; None for all but port calls.
    """

    id: str
    found: str
    kind: str
    severity: str
    state: str
    told: str
    is_withdrawn: bool
    journey: UUID | None
    devices: list[str]
    consignment: UUID | None
    office: str | None
    since: datetime
    raised: datetime
    changed: datetime
    ordered: bool
    assigned_to: str | None
    unit: str | None
    reason: str | None
    body: bytes
    acts: bytes
    manifest: str | None = None


class AlertsWanted(msgspec.Struct, frozen=True, kw_only=True):
    """Which alerts.

    Attributes:
        state: `to-do`, `all`, `withdrawn`, or one state.
        severity: Only this one; None for both.
        journey: Only of this journey; None for all.
        kind: Only this kind; None for all.
        office: Only those of journeys from or to this office, and those of no journey; None for all.
        text: Words to find; None for no search.
        is_overdue: Only those whose response is late.
        late_after: Seconds after which it is, by severity and what was done: `red open`, `red acknowledged`, `red dispatched`,
            `red there`, `amber open`; a name that is missing is never late.
        now: For when that is asked, UTC.
        order: `newest`, or `stake`: journey by journey, those with red alerts and most at stake first.
        offset: Alerts to leave out at the start (count).
        limit: Alerts to give at most (count).
    """

    state: str = "to-do"
    severity: str | None = None
    journey: UUID | None = None
    kind: str | None = None
    office: str | None = None
    text: str | None = None
    is_overdue: bool = False
    late_after: dict[str, float] = {}
    now: datetime = datetime.max.replace(tzinfo=UTC)
    order: str = "newest"
    offset: int = 0
    limit: int = 50


_NAMES = StoredAlert.__struct_fields__

ALERTS = Protected(table="alert", key=("id",), columns=_NAMES, about="consignment")

_COLUMNS = ", ".join((*_NAMES, ALERTS.mac))
_FITS = """id <> all(%(hidden)s) and (%(office)s::text is null or office is null and journey is null or office = %(office)s
    or exists (select from journey d where d.id = alert.journey and d.departure = %(office)s))
    and (%(severity)s::text is null or severity = %(severity)s) and (%(journey)s::uuid is null or journey = %(journey)s)
    and (%(kind)s::text is null or kind = %(kind)s) and (%(text)s::text is null or kind ilike %(text)s
    or array_to_string(devices, ' ') ilike %(text)s or office ilike %(text)s or manifest ilike %(text)s
    or exists (select from journey j where j.id = alert.journey and j.reference ilike %(text)s))
    and (not %(is_overdue)s or state <> 'closed' and not is_withdrawn and raised + make_interval(secs =>
    (%(late_after)s::jsonb ->> (severity || ' ' || case when state = 'assigned' then 'acknowledged'
    when position('"what":"there"' in convert_from(acts, 'UTF8')) > 0 then 'there' else state end))::float8)
    < %(now)s)"""

#: Red before amber, then newest first.
_NEWEST = "severity desc, raised desc, id"

#: Journey by journey: those that have red alerts here, most at stake first, then within each as above. Alerts of none last.
_STAKE = f"""journey is null, bool_or(severity = 'red') over (partition by journey) desc,
    (select convert_from(j.plan, 'UTF8')::jsonb ->> 'guarantee_currency' from journey j where j.id = alert.journey) nulls last,
    (select (convert_from(j.plan, 'UTF8')::jsonb ->> 'guarantee_amount')::numeric from journey j where j.id = alert.journey)
    desc nulls last, journey, {_NEWEST}"""
_STATE = """case %(state)s when 'all' then true when 'withdrawn' then is_withdrawn
    when 'to-do' then state <> 'closed' and not is_withdrawn else state = %(state)s and not is_withdrawn end"""


class Alerts:
    """Alerts, on a transaction of the caller."""

    def put(self, connection: Connection, alerts: Iterable[StoredAlert]) -> None:
        """Keep alerts, new or changed."""
        connection.row_macs.put(connection, ALERTS, map(msgspec.structs.astuple, alerts))

    def get(self, connection: Connection, alert: str, *, to_change: bool = False) -> StoredAlert | None:
        """One alert; None if there is none. `to_change` lets others wait until the transaction ends."""
        lock = " for update" if to_change else ""
        row = connection.execute(f"select {_COLUMNS} from alert where id = %s{lock}", (alert,)).fetchone()
        found = _alerts(connection, [row] if row else [], to_change=to_change)
        return found[0] if found else None

    def of_devices(
        self, connection: Connection, devices: Sequence[str], journeys: Sequence[UUID]
    ) -> dict[str, list[StoredAlert]]:
        """Alerts of each of these devices alone, withdrawn ones too, on these journeys or on none; locked.

        Args:
            connection: The transaction.
            devices: The devices.
            journeys: Journeys that are judged.

        Returns:
            Device → its alerts; devices without any are left out.
        """
        rows = connection.execute(
            f"""select {_COLUMNS} from alert where devices && %s and cardinality(devices) = 1
            and manifest is null and (journey is null or journey = any(%s)) order by id for update""",
            (list(devices), list(journeys)),
        )
        found: dict[str, list[StoredAlert]] = {}
        for alert in _alerts(connection, rows):
            found.setdefault(alert.devices[0], []).append(alert)
        return found

    def of_several(self, connection: Connection, since: datetime) -> list[StoredAlert]:
        """Alerts of several devices together whose first event is not before a moment, withdrawn ones too."""
        rows = connection.execute(
            f"select {_COLUMNS} from alert where cardinality(devices) > 1 and since >= %s for update", (since,)
        )
        return _alerts(connection, rows)

    def of_journey(
        self, connection: Connection, journey: UUID, devices: Sequence[str], span: tuple[datetime, datetime | None]
    ) -> list[StoredAlert]:
        """Alerts of a journey, by time, with those of its devices together with others while it lasted (begin, end)."""
        rows = connection.execute(
            f"""select {_COLUMNS} from alert where journey = %s or (journey is null and devices && %s and since >= %s
            and (%s::timestamptz is null or since <= %s)) order by since, id""",
            (journey, list(devices), span[0], span[1], span[1]),
        )
        return _alerts(connection, rows)

    def of_consignments(self, connection: Connection, consignments: Sequence[UUID]) -> list[StoredAlert]:
        """Alerts of dossiers that stand (not withdrawn), by time (0..n); one of a manifest once for each of its dossiers."""
        return [alert for alert in self.all_of_consignments(connection, consignments) if not alert.is_withdrawn]

    def all_of_consignments(self, connection: Connection, consignments: Sequence[UUID]) -> list[StoredAlert]:
        """The same with those that were withdrawn."""
        columns = ", ".join(f"a.{name}" for name in (*_NAMES, ALERTS.mac))
        rows = connection.execute(
            f"""select of_one.dossier, {columns} from (
                select id, consignment as dossier from alert where consignment = any(%(of)s)
                union select alert, consignment from alert_consignment where consignment = any(%(of)s)
            ) of_one join alert a on a.id = of_one.id order by a.since, a.id, of_one.dossier""",
            {"of": list(consignments)},
        )
        return [
            msgspec.structs.replace(alert, consignment=dossier)
            for dossier, *row in rows
            for alert in _alerts(connection, [row])
        ]

    def consignments_of(self, connection: Connection, alerts: Iterable[str]) -> set[UUID | None]:
        """Dossiers that any of these alerts belongs to; None stands for those that belong to none."""
        rows = connection.execute(
            """select distinct consignment from alert where id = any(%(ids)s)
            union select consignment from alert_consignment where alert = any(%(ids)s)""",
            {"ids": list(alerts)},
        )
        return {row[0] for row in rows}

    def of_manifests(self, connection: Connection, manifests: Sequence[str]) -> list[StoredAlert]:
        """Alerts of port calls of manifests, withdrawn ones too; locked (0..n)."""
        rows = connection.execute(
            f"select {_COLUMNS} from alert where manifest = any(%s) order by id for update", (list(manifests),)
        )
        return _alerts(connection, rows)

    def put_dossiers(self, connection: Connection, alerts: Sequence[str], consignments: Sequence[UUID]) -> None:
        """Let alerts belong to several dossiers, and to no others."""
        connection.execute(
            "delete from alert_consignment where alert = any(%s) and consignment <> all(%s)",
            (list(alerts), list(consignments)),
        )
        connection.execute(
            """insert into alert_consignment select a, c from unnest(%b::text[]) a, unnest(%b::uuid[]) c
            on conflict do nothing""",
            (list(alerts), list(consignments)),
        )

    def link(self, connection: Connection, journey: UUID, consignment: UUID) -> list[StoredAlert]:
        """Let a journey's alerts belong to a dossier; those of them that stand and are not closed (0..n)."""
        connection.row_macs.change(connection, ALERTS, ("journey = %s", (journey,)), {"consignment": consignment})
        rows = connection.execute(
            f"select {_COLUMNS} from alert where journey = %s and not is_withdrawn and state <> 'closed' order by since, id",
            (journey,),
        )
        return _alerts(connection, rows)

    def of_journeys(self, connection: Connection, journeys: Sequence[UUID]) -> tuple[str, ...]:
        """Ids of the alerts on some journeys, sorted (0..n)."""
        rows = connection.execute("select id from alert where journey = any(%s) order by id", (list(journeys),))
        return tuple(row[0] for row in rows)

    def mark_ordered(self, connection: Connection, alerts: Sequence[str]) -> None:
        """Note that an examination was ordered on account of these."""
        connection.row_macs.change(connection, ALERTS, ("id = any(%s)", (list(alerts),)), {"ordered": True})

    def unacknowledged(self, connection: Connection, raised_since: datetime, most: int) -> list[StoredAlert]:
        """Alerts that nobody has dealt with and that stand, raised since a moment; red before amber, then oldest first."""
        rows = connection.execute(
            f"""select {_COLUMNS} from alert where state = 'open' and not is_withdrawn and raised >= %s
            order by severity desc, raised, id limit %s""",
            (raised_since, most),
        )
        return _alerts(connection, rows)

    def standing_of(self, connection: Connection, journeys: Sequence[UUID]) -> dict[UUID, dict[str, int]]:
        """Alerts to be dealt with, by journey and severity (count); journeys without any are left out.

        One of several devices together counts for each journey that one of them was on then.
        """
        rows = connection.execute(
            """with told as (
                select journey, severity from alert where journey = any(%(journeys)s) and state <> 'closed' and not is_withdrawn
                union all
                select j.id, a.severity from journey j join alert a on a.journey is null and a.devices && array(
                    select d.device from journey_device d where d.journey = j.id)
                where j.id = any(%(journeys)s) and cardinality(a.devices) > 1 and a.state <> 'closed' and not a.is_withdrawn
                and a.since >= j.starts_at and (j.arrived is null or a.since <= j.arrived)
            ) select journey, severity, count(*) from told group by 1, 2""",
            {"journeys": list(journeys)},
        )
        found: dict[UUID, dict[str, int]] = {}
        for journey, severity, number in rows:
            found.setdefault(journey, {})[severity] = number
        for signs in self.signs(connection, journeys).values():
            for one in signs:
                if one.journey is not None:
                    found[one.journey][one.severity] -= 1
        return found

    def signs(
        self, connection: Connection, journeys: Sequence[UUID] | None = None
    ) -> dict[str, tuple[StoredAlert, ...]]:
        """Alerts to be dealt with that are signs of one opening, by the one that tells most, others behind it by time.

        Args:
            connection: The transaction.
            journeys: Of these journeys; None for all.

        Returns:
            Alert that tells most → the others (1..n); openings with one sign are left out.
        """
        rows = connection.execute(
            f"""select {_COLUMNS} from alert where kind = any(%s) and (%s or journey = any(%s)) and state <> 'closed'
            and not is_withdrawn and journey is not null order by since, id""",
            (list(OF_AN_OPENING), journeys is None, list(journeys or ())),
        )
        standing = {one.id: one for one in _alerts(connection, rows)}
        leaders = leaders_of((name, msgspec.json.decode(one.body, type=Alert)) for name, one in standing.items())
        found: dict[str, list[StoredAlert]] = {}
        for name, leader in leaders.items():
            if name != leader:
                found.setdefault(leader, []).append(standing[name])
        return {leader: tuple(sorted(several, key=lambda one: one.since)) for leader, several in found.items()}

    def queue(
        self, connection: Connection, wanted: AlertsWanted, hidden: Sequence[str] = ()
    ) -> tuple[list[StoredAlert], int, dict[str, int]]:
        """Alerts that fit, in the order asked for; how many fit; and how many by state, whatever the state.

        Those that are `hidden` are left out everywhere.
        """
        values = _values(wanted) | {"hidden": list(hidden)}
        rows = connection.execute(
            f"""select {_COLUMNS} from alert where {_STATE} and {_FITS}
            order by {_STAKE if wanted.order == "stake" else _NEWEST} offset %(offset)s limit %(limit)s""",
            values,
        )
        found = _alerts(connection, rows)
        total = connection.execute(f"select count(*) from alert where {_STATE} and {_FITS}", values).fetchone()
        counts = connection.execute(
            f"select case when is_withdrawn then 'withdrawn' else state end, count(*) from alert where {_FITS} group by 1",
            values,
        )
        return found, int(total[0]) if total else 0, dict(counts.fetchall())


def _values(wanted: AlertsWanted) -> dict[str, Any]:
    escaped = wanted.text and wanted.text.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")
    late = Jsonb(wanted.late_after)
    return {**msgspec.structs.asdict(wanted), "text": f"%{escaped}%" if escaped else None, "late_after": late}


def _alerts(connection: Connection, rows: Iterable[Sequence[Any]], *, to_change: bool = False) -> list[StoredAlert]:
    believed = connection.row_macs.believed(connection, ALERTS, rows, to_change=to_change)
    return [StoredAlert(**dict(zip(_NAMES, row, strict=True))) for row in believed]
