# SPDX-License-Identifier: Apache-2.0
"""Vessels as AIS tells of them, and the port calls that manifests on file state."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime
from uuid import UUID

import msgspec

from cocket.stores.base.database import Connection
from cocket.stores.base.dossier_rows import links_of
from cocket.stores.base.row_macs import Protected

#: Of the places of a vessel within so many seconds one is kept: the first, whatever order they came in.
SLOT_SECONDS = 300


class StoredFix(msgspec.Struct, frozen=True, kw_only=True):
    """A place where a vessel was heard.

    Attributes:
        mmsi: The vessel.
        time: When (UTC).
        received: When that was received (UTC).
        event: Id of the event.
        receiver: Device that heard it.
        lat: Latitude in degrees.
        lon: Longitude in degrees.
        accuracy_m: Radius of accuracy in metres; None where not told.
        doubts: As the event has them (0..n).
    """

    mmsi: str
    time: datetime
    received: datetime
    event: str
    receiver: str
    lat: float
    lon: float
    accuracy_m: float | None
    doubts: list[str]


def slot_of(fix: StoredFix) -> int:
    """In which five minutes since 1970 a vessel was heard (count)."""
    return int(fix.time.timestamp()) // SLOT_SECONDS


class StoredCall(msgspec.Struct, frozen=True, kw_only=True):
    """A port call of a manifest.

    Attributes:
        source: Sender, standard and reference of the manifest: what a later version of it replaces.
        what: `arrival` or `departure`.
        message: The manifest as it stands.
        manifest: What people call it.
        office: Customs office it is for; None where not stated.
        ends: When the call is over, about (UTC).
        imo: IMO number of the vessel; None where not stated.
        call_sign: Its call sign; None where not stated.
        name: Its name, in the form in which names are compared; None where not stated.
        body: JSON of `cocket.tracking.port_calls.StatedCall`.
    """

    source: str
    what: str
    message: UUID
    manifest: str
    office: str | None
    ends: datetime
    imo: str | None
    call_sign: str | None
    name: str | None
    body: bytes


CALLS = Protected(table="port_call", key=("source", "what"), columns=StoredCall.__struct_fields__)

_FIX = ", ".join(StoredFix.__struct_fields__)
_JOIN = """port_call p join vessel_name n on (n.kind = 'imo' and n.value = p.imo)
    or (n.kind = 'call-sign' and n.value = p.call_sign) or (n.kind = 'name' and n.value = p.name)"""

_PUT_FIX = f"""
insert into vessel_fix as f (slot, {_FIX}) values ({", ".join(["%s"] * (1 + len(StoredFix.__struct_fields__)))})
on conflict (mmsi, slot) do update set time = excluded.time, received = excluded.received, event = excluded.event,
receiver = excluded.receiver, lat = excluded.lat, lon = excluded.lon, accuracy_m = excluded.accuracy_m, doubts = excluded.doubts
where (excluded.time, excluded.event) < (f.time, f.event)
"""

_NEW_MANIFESTS = """
select m.id, l.idx from leaf l join message m on m.id = l.record
where l.idx > %s and l.idx <= %s and m.outcome = 'accepted'
and exists (select from consignment_message c where c.message = m.id and c.part > 0) order by l.idx limit %s
"""


class Vessels:
    """Vessels and port calls, on a transaction of the caller."""

    def put_fixes(self, connection: Connection, fixes: Iterable[StoredFix]) -> None:
        """Keep places of vessels; of several in five minutes the first by its own time, so that no order matters."""
        with connection.cursor() as cursor:
            cursor.executemany(
                _PUT_FIX,
                [(slot_of(fix), *msgspec.structs.astuple(fix)) for fix in fixes],
            )

    def put_names(self, connection: Connection, names: Iterable[tuple[str, str, str, datetime]]) -> None:
        """Keep what vessels tell of themselves: kind, value, MMSI, and when, to the hour."""
        with connection.cursor() as cursor:
            cursor.executemany(
                """insert into vessel_name as v values (%s, %s, %s, %s, %s) on conflict (kind, value, mmsi)
                do update set first = least(v.first, excluded.first), last = greatest(v.last, excluded.last)""",
                [(kind, value, mmsi, at, at) for kind, value, mmsi, at in names],
            )

    def fixes(self, connection: Connection, mmsi: str, since: datetime, until: datetime) -> list[StoredFix]:
        """Places of a vessel in a time, with the last before it and the first after it, by time (0..n)."""
        rows = connection.execute(
            f"""select {_FIX} from vessel_fix where mmsi = %(mmsi)s and time between
            coalesce((select max(time) from vessel_fix where mmsi = %(mmsi)s and time < %(since)s), %(since)s)
            and coalesce((select min(time) from vessel_fix where mmsi = %(mmsi)s and time > %(until)s), %(until)s)
            order by time""",
            {"mmsi": mmsi, "since": since, "until": until},
        )
        names = StoredFix.__struct_fields__
        return [StoredFix(**dict(zip(names, row, strict=True))) for row in rows]

    def put_calls(self, connection: Connection, source: str, calls: Sequence[StoredCall]) -> set[str]:
        """Keep the calls of a manifest in place of those of its version before; names of the manifests concerned."""
        gone = connection.execute("delete from port_call where source = %s returning manifest", (source,))
        touched = {row[0] for row in gone}
        connection.row_macs.put(connection, CALLS, map(msgspec.structs.astuple, calls))
        return touched | {call.manifest for call in calls}

    def manifests_of(self, connection: Connection, mmsis: Sequence[str], since: datetime) -> set[str]:
        """Manifests with a call, over since a moment or not over, of a vessel that may be one of these."""
        rows = connection.execute(
            f"select distinct p.manifest from {_JOIN} where n.mmsi = any(%s) and p.ends >= %s", (list(mmsis), since)
        )
        return {row[0] for row in rows}

    def manifests_since(self, connection: Connection, since: datetime) -> set[str]:
        """Manifests with a call that is over since a moment or not over."""
        rows = connection.execute("select distinct manifest from port_call where ends >= %s", (since,))
        return {row[0] for row in rows}

    def calls(self, connection: Connection, manifests: Sequence[str]) -> list[StoredCall]:
        """The calls of manifests (0..n); one that does not agree with its MAC is left out, and noted."""
        rows = connection.execute(
            f"select {CALLS.read} from port_call where manifest = any(%s) order by source, what", (list(manifests),)
        ).fetchall()
        believed = connection.row_macs.believed(connection, CALLS, rows)
        return [StoredCall(**dict(zip(CALLS.columns, row, strict=True))) for row in believed]

    def vessels_of(self, connection: Connection, call: StoredCall) -> list[tuple[str, str]]:
        """Vessels that may be the one of a call: how they are known as it, and their MMSI (0..n)."""
        rows = connection.execute(
            f"select distinct n.kind, n.mmsi from {_JOIN} where p.source = %s and p.what = %s", (call.source, call.what)
        )
        return rows.fetchall()

    def new_manifests(self, connection: Connection, after: int, upto: int, most: int) -> list[tuple[UUID, int]]:
        """Messages that report bills among a range of leaves, with their indexes, in order (0..most)."""
        return connection.execute(_NEW_MANIFESTS, (after, upto, most)).fetchall()

    def dossiers(self, connection: Connection, messages: Sequence[UUID]) -> list[UUID]:
        """Dossiers of the bills that messages report, those that went up in others as what they are now (0..n)."""
        links = links_of(connection, "m.message = any(%s) and m.part > 0", (list(messages),))
        rows = connection.execute(
            "select distinct coalesce(merged_into, id) from consignment where id = any(%s)",
            ([consignment for consignment, _, _ in links],),
        )
        return [row[0] for row in rows]
