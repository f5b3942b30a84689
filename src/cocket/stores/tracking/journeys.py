# SPDX-License-Identifier: Apache-2.0
"""Journeys under customs control, and which devices follow them."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

import msgspec

from cocket.stores.base.database import Connection
from cocket.stores.base.row_macs import Protected, unnoted


class StoredJourney(msgspec.Struct, frozen=True, kw_only=True):
    """A journey.

    Attributes:
        id: Our id.
        reference: Declaration or manifest.
        consignment: Dossier; None while none has that reference.
        state: `under-way`, `arrived`, `discharged`.
        departure: Name of the office of departure.
        destination: Name of the office of destination.
        starts_at: When it begins, UTC.
        time_limit: By when it must be presented, UTC.
        arrived: When it arrived, UTC; None if not yet.
        discharged: When it was discharged, UTC; None if not yet.
        discharged_by: By whom.
        guarantee: `none`, `at-stake`, `held`, `released`.
        judged: When it was last judged, UTC; None if never.
        plan: JSON of `cocket.tracking.journey.Journey`.
        standing: JSON of where it is.
    """

    id: UUID
    reference: str
    consignment: UUID | None
    state: str
    departure: str
    destination: str
    starts_at: datetime
    time_limit: datetime
    arrived: datetime | None
    discharged: datetime | None
    discharged_by: str | None
    guarantee: str
    judged: datetime | None
    plan: bytes
    standing: bytes


#: How a journey stands; its plan, which the tracker leaves alone, is written apart from it.
JOURNEYS = Protected(
    table="journey",
    key=("id",),
    columns=tuple(name for name in StoredJourney.__struct_fields__ if name != "plan"),
    about="consignment",
)
PLANS = Protected(table="journey", key=("id",), columns=("id", "plan"), mac="plan_mac")

_NAMES = StoredJourney.__struct_fields__
_READ = (*_NAMES, "mac", "plan_mac")
_COLUMNS = ", ".join(_READ)
_OF_JOURNEY = ", ".join(f"j.{name}" for name in _READ)
_TEXT = """(%(office)s::text is null or j.departure = %(office)s or j.destination = %(office)s)
    and (%(text)s::text is null or j.reference ilike %(text)s or j.departure ilike %(text)s or j.destination ilike %(text)s
    or convert_from(j.plan, 'UTF8') ilike %(text)s)"""


class Journeys:
    """Journeys, on a transaction of the caller."""

    def add(self, connection: Connection, journey: StoredJourney, devices: Sequence[str]) -> None:
        """Keep a new journey and the devices that follow it."""
        marks = ", ".join(["%s"] * len(_READ))
        row = (*msgspec.structs.astuple(journey), _mac(connection, journey), _plan_mac(connection, journey))
        connection.execute(f"insert into journey ({_COLUMNS}) values ({marks})", row)
        connection.execute(
            "insert into journey_device (journey, device) select %s, unnest(%s::text[])", (journey.id, list(devices))
        )

    def put(self, connection: Connection, journey: StoredJourney) -> None:
        """Keep a journey as it has become."""
        connection.execute(
            """update journey set consignment = %s, state = %s, arrived = %s, discharged = %s, discharged_by = %s,
            guarantee = %s, judged = %s, plan = %s, standing = %s, mac = %s, plan_mac = %s where id = %s""",
            (
                journey.consignment,
                journey.state,
                journey.arrived,
                journey.discharged,
                journey.discharged_by,
                journey.guarantee,
                journey.judged,
                journey.plan,
                journey.standing,
                _mac(connection, journey),
                _plan_mac(connection, journey),
                journey.id,
            ),
        )

    def put_standing(self, connection: Connection, journeys: Sequence[StoredJourney]) -> None:
        """Keep what the tracker made of journeys; their plans are left alone."""
        with connection.cursor() as cursor:
            cursor.executemany(
                """update journey set consignment = %s, state = %s, arrived = %s, guarantee = %s, judged = %s, standing = %s,
                mac = %s where id = %s""",
                [
                    (j.consignment, j.state, j.arrived, j.guarantee, j.judged, j.standing, _mac(connection, j), j.id)
                    for j in journeys
                ],
            )

    def get(self, connection: Connection, journey: UUID, *, to_change: bool = False) -> StoredJourney | None:
        """One journey; None if there is none. `to_change` lets others wait until the transaction ends."""
        lock = " for update" if to_change else ""
        row = connection.execute(f"select {_COLUMNS} from journey where id = %s{lock}", (journey,)).fetchone()
        found = _journeys(connection, [row] if row else [], to_change=to_change)
        return found[0] if found else None

    def of_devices(
        self, connection: Connection, devices: Sequence[str], ended_since: datetime, *, to_change: bool = False
    ) -> dict[str, list[StoredJourney]]:
        """Journeys that each device follows, or followed until lately, by when they began; devices without are left out.

        Args:
            connection: The transaction.
            devices: The devices.
            ended_since: Discharged journeys count if they were discharged after this.
            to_change: Whether others wait until the transaction ends.
        """
        lock = " for update of j" if to_change else ""
        rows = connection.execute(
            f"""select d.device, {_OF_JOURNEY} from journey_device d join journey j on j.id = d.journey
            where d.device = any(%s) and (j.discharged is null or j.discharged > %s) order by j.starts_at, j.id{lock}""",
            (list(devices), ended_since),
        )
        found: dict[str, list[StoredJourney]] = {}
        for device, *columns in rows:
            for journey in _journeys(connection, [columns]):
                found.setdefault(device, []).append(journey)
        return found

    def waiting(self, connection: Connection, judged_before: datetime, most: int) -> list[str]:
        """Devices of journeys that have begun, are not discharged and were last judged before a moment; longest ago first."""
        rows = connection.execute(
            f"""select d.device from journey j join journey_device d on d.journey = j.id
            where j.discharged is null and (j.judged is null or j.judged < %s) and {unnoted(JOURNEYS, "j")}
            group by d.device order by min(coalesce(j.judged, '-infinity')), d.device limit %s""",
            (judged_before, most),
        )
        return [row[0] for row in rows]

    def devices_under_way(self, connection: Connection) -> set[str]:
        """Devices of all journeys that are not discharged."""
        rows = connection.execute(
            "select distinct d.device from journey j join journey_device d on d.journey = j.id where j.discharged is null"
        )
        return {row[0] for row in rows}

    def get_many(self, connection: Connection, journeys: Sequence[UUID]) -> dict[UUID, StoredJourney]:
        """Journeys by id; those that there are none of are left out."""
        rows = connection.execute(f"select {_COLUMNS} from journey where id = any(%s)", (list(journeys),))
        return {found.id: found for found in _journeys(connection, rows)}

    def next_start(self, connection: Connection, device: str, after: datetime) -> datetime | None:
        """When a device's next journey begins; None if there is none."""
        row = connection.execute(
            """select min(j.starts_at) from journey j join journey_device d on d.journey = j.id
            where d.device = %s and j.starts_at > %s""",
            (device, after),
        ).fetchone()
        return row[0] if row else None

    def arrived_before(self, connection: Connection, departure: str, destination: str) -> list[StoredJourney]:
        """Journeys between two offices that have arrived, the last 200 of them, oldest first."""
        rows = connection.execute(
            f"""select {_COLUMNS} from journey where departure = %s and destination = %s and arrived is not null
            order by arrived desc limit 200""",
            (departure, destination),
        )
        return _journeys(connection, rows)[::-1]

    def under_way(self, connection: Connection, devices: Sequence[str] | None = None) -> dict[str, StoredJourney]:
        """The journey each device follows now; devices that follow none are left out. None asks for all devices.

        One under way goes before one that arrived and is not discharged yet, whichever began later.
        """
        rows = connection.execute(
            f"""select distinct on (d.device) d.device, {_OF_JOURNEY} from journey_device d
            join journey j on j.id = d.journey where j.discharged is null and (%s or d.device = any(%s))
            order by d.device, (j.state = 'under-way') desc, j.starts_at desc""",
            (devices is None, list(devices or ())),
        )
        return {row[0]: journey for row in rows for journey in _journeys(connection, [row[1:]])}

    def past_limit(self, connection: Connection, office: str | None, now: datetime, most: int) -> list[StoredJourney]:
        """Journeys past their time limit that are not discharged, the longest over first; of an office, or of all."""
        rows = connection.execute(
            f"""select {_COLUMNS} from journey where discharged is null and time_limit < %s
            and (%s::text is null or departure = %s or destination = %s) order by time_limit, id limit %s""",
            (now, office, office, office, most),
        )
        return _journeys(connection, rows)

    def ways(self, connection: Connection, office: str | None) -> tuple[tuple[str, str], ...]:
        """Pairs of offices between which journeys went, of an office or of all, most journeys first (0..100)."""
        rows = connection.execute(
            """select departure, destination from journey
            where %s::text is null or departure = %s or destination = %s
            group by 1, 2 order by count(*) desc, 1, 2 limit 100""",
            (office, office, office),
        )
        return tuple((row[0], row[1]) for row in rows)

    def between(
        self, connection: Connection, ends: tuple[str, str], since: datetime, most: int
    ) -> tuple[list[StoredJourney], int]:
        """Journeys between two offices that began since a moment, newest first, at most so many; and how many there are."""
        where = "departure = %s and destination = %s and starts_at >= %s"
        given = (*ends, since)
        rows = connection.execute(
            f"select {_COLUMNS} from journey where {where} order by starts_at desc, id limit {most:d}", given
        )
        found = _journeys(connection, rows)
        count = connection.execute(f"select count(*) from journey where {where}", given).fetchone()
        return found, count[0] if count else 0

    def relink(self, connection: Connection, journeys: Sequence[UUID], consignment: UUID) -> None:
        """Let journeys rest on another dossier."""
        which = ("id = any(%s)", (list(journeys),))
        connection.row_macs.change(connection, JOURNEYS, which, {"consignment": consignment})

    def of_consignment(self, connection: Connection, consignment: UUID) -> list[StoredJourney]:
        """Journeys of a dossier, oldest first (0..n)."""
        rows = connection.execute(
            f"select {_COLUMNS} from journey where consignment = %s order by starts_at, id", (consignment,)
        )
        return _journeys(connection, rows)

    def of_consignments(self, connection: Connection, consignments: Sequence[UUID]) -> list[StoredJourney]:
        """Journeys of some dossiers, oldest first (0..n)."""
        rows = connection.execute(
            f"select {_COLUMNS} from journey where consignment = any(%s) order by starts_at, id", (list(consignments),)
        )
        return _journeys(connection, rows)

    def page(
        self, connection: Connection, wanted: tuple[str | None, str | None, str | None], place: tuple[int, int]
    ) -> tuple[list[StoredJourney], dict[str, int]]:
        """Journeys that fit: those with red alerts to be dealt with first, then last begun first; and how many by state.

        Args:
            connection: The transaction.
            wanted: State, words to find, and office of departure or destination; each None for all.
            place: Journeys to leave out at the start, and to give at most.
        """
        state, text, office = wanted
        escaped = text and text.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")
        values = {
            "state": state,
            "office": office,
            "text": f"%{escaped}%" if escaped else None,
            "offset": place[0],
            "limit": place[1],
        }
        rows = connection.execute(
            f"""select {_OF_JOURNEY} from journey j where (%(state)s::text is null or j.state = %(state)s) and {_TEXT}
            order by exists (select from alert a where a.journey = j.id and a.severity = 'red' and a.state <> 'closed'
            and not a.is_withdrawn) desc, j.starts_at desc, j.id offset %(offset)s limit %(limit)s""",
            values,
        )
        found = _journeys(connection, rows)
        counts = connection.execute(f"select j.state, count(*) from journey j where {_TEXT} group by 1", values)
        return found, dict(counts.fetchall())


def _mac(connection: Connection, journey: StoredJourney) -> bytes:
    return connection.row_macs.mac(JOURNEYS, [getattr(journey, name) for name in JOURNEYS.columns])


def _plan_mac(connection: Connection, journey: StoredJourney) -> bytes:
    return connection.row_macs.mac(PLANS, (journey.id, journey.plan))


def _journeys(connection: Connection, rows: Iterable[Sequence[Any]], *, to_change: bool = False) -> list[StoredJourney]:
    """Journeys of rows of `_READ` that agree with their MACs."""
    found = []
    for row in rows:
        fields = dict(zip(_READ, row, strict=True))
        standing = [fields[name] for name in (*JOURNEYS.columns, "mac")]
        plan = [fields["id"], fields["plan"], fields["plan_mac"]]
        macs = connection.row_macs
        if macs.believed(connection, JOURNEYS, [standing], to_change=to_change) and macs.believed(
            connection, PLANS, [plan], to_change=to_change
        ):
            found.append(StoredJourney(**{name: fields[name] for name in _NAMES}))
    return found
