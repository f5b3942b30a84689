# SPDX-License-Identifier: Apache-2.0
"""What devices told, read into events: a row for each device and each look of the tracker; and where each device is."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime

import msgspec
import zstandard

from cocket.stores.base.database import Connection
from cocket.tracking.events import TrackingEvent

_ENCODE = msgspec.msgpack.Encoder().encode
_DECODE = msgspec.msgpack.Decoder(list[TrackingEvent]).decode


class Told(msgspec.Struct, frozen=True, kw_only=True):
    """What one device told in some rows of the door's.

    Attributes:
        device: The device.
        batch: The last of these rows.
        events: Its events (0..n).
        refused: Messages that could not be read, claimed another device or did not prove themselves (count).
        heard: When the last of those that count was received, UTC; None if none does.
        last: JSON of the device's last place; None where none of these events has one that is newer.
    """

    device: str
    batch: int
    events: tuple[TrackingEvent, ...]
    refused: int
    heard: datetime | None
    last: bytes | None


class Standing(msgspec.Struct, frozen=True, kw_only=True):
    """Where a device is and who has it.

    Attributes:
        device: The device.
        custody: `stock`, `issued`, `missing`.
        holder: Who has it; "" if nobody said.
        note: Last note.
        told: Row of the door's from which something of it was last taken in.
        judged: Up to which row it was judged.
        refused: Messages refused so far (count).
        heard: When something was last received, UTC; None if never.
        last: JSON of its last place; None if unknown.
    """

    device: str
    custody: str = "stock"
    holder: str = ""
    note: str = ""
    told: int = 0
    judged: int = 0
    refused: int = 0
    heard: datetime | None = None
    last: bytes | None = None


_STANDING = ", ".join(Standing.__struct_fields__)


class DeviceEvents:
    """Events and standings of devices, on a transaction of the caller."""

    def append(self, connection: Connection, told: Sequence[Told], at: datetime) -> None:
        """Keep what devices told, and where they are now; the row they were taken from is to be judged.

        Args:
            connection: The transaction.
            told: One for each device (0..n).
            at: When, UTC.
        """
        pack = zstandard.ZstdCompressor(level=1).compress
        rows = [(one.device, one.batch, at, len(one.events), pack(_ENCODE(list(one.events)))) for one in told]
        types = ["text", "int8", "timestamptz", "int4", "bytea"]
        connection.copy_rows("device_told", "device, batch, stored, events, content", types, rows)
        connection.execute(
            """insert into device_standing as s (device, told, refused, heard, last)
            select * from unnest(%b::text[], %b::bigint[], %b::bigint[], %b::timestamptz[], %b::bytea[])
            on conflict (device) do update set told = excluded.told, refused = s.refused + excluded.refused,
            heard = greatest(s.heard, excluded.heard), last = coalesce(excluded.last, s.last)""",
            (
                [one.device for one in told],
                [one.batch for one in told],
                [one.refused for one in told],
                [one.heard for one in told],
                [one.last for one in told],
            ),
        )

    def events(
        self, connection: Connection, device: str, since: datetime | None, after: int = 0
    ) -> tuple[list[TrackingEvent], int]:
        """Events of a device, in the order in which they were taken in.

        Args:
            connection: The transaction.
            device: The device.
            since: Only what was stored since then, UTC; None for all.
            after: Only from rows past this one.

        Returns:
            Events (0..n), and the last row they came from (`after` if none).
        """
        rows = connection.execute(
            """select batch, content from device_told where device = %s and batch > %s
            and (%s::timestamptz is null or stored >= %s) order by batch""",
            (device, after, since, since),
            binary=True,
        )
        unpack = zstandard.ZstdDecompressor().decompress
        found: list[TrackingEvent] = []
        last = after
        for batch, content in rows:
            found += _DECODE(unpack(content))
            last = batch
        return found, last

    def events_of(
        self, connection: Connection, wanted: Sequence[tuple[str, datetime, int]]
    ) -> dict[str, tuple[list[TrackingEvent], int]]:
        """The same of several devices, each since a moment and past a row; devices without any are left out."""
        rows = connection.execute(
            """select t.device, t.batch, t.content from unnest(%b::text[], %b::timestamptz[], %b::bigint[])
            as asked (device, since, after) join device_told t
            on t.device = asked.device and t.batch > asked.after and t.stored >= asked.since order by t.device, t.batch""",
            ([one[0] for one in wanted], [one[1] for one in wanted], [one[2] for one in wanted]),
            binary=True,
        )
        unpack = zstandard.ZstdDecompressor().decompress
        found: dict[str, tuple[list[TrackingEvent], int]] = {}
        for device, batch, content in rows:
            events = found[device][0] if device in found else []
            events += _DECODE(unpack(content))
            found[device] = (events, batch)
        return found

    def waiting(self, connection: Connection) -> dict[str, int]:
        """Devices of which something was taken in and not yet judged, with the row up to which."""
        rows = connection.execute("select device, told from device_standing where told > judged")
        return dict(rows.fetchall())

    def judged(self, connection: Connection, upto: Mapping[str, int]) -> None:
        """Note up to which row devices were judged."""
        connection.execute(
            """update device_standing s set judged = greatest(s.judged, n.upto)
            from unnest(%b::text[], %b::bigint[]) as n (device, upto) where s.device = n.device""",
            (list(upto), list(upto.values())),
        )

    def standings(self, connection: Connection, devices: Iterable[str] | None = None) -> dict[str, Standing]:
        """Standings by device, those never heard or held left out; None asks for all."""
        rows = connection.execute(
            f"select {_STANDING} from device_standing where %s or device = any(%s)",
            (devices is None, list(devices or ())),
        )
        return {row[0]: Standing(**dict(zip(Standing.__struct_fields__, row, strict=True))) for row in rows}

    def heard_since(self, connection: Connection, since: datetime | None) -> list[Standing]:
        """Standings of devices with a last place, heard after a moment (None for all), by name."""
        rows = connection.execute(
            f"""select {_STANDING} from device_standing where last is not null and (%s::timestamptz is null or heard > %s)
            order by device""",
            (since, since),
        )
        return [Standing(**dict(zip(Standing.__struct_fields__, row, strict=True))) for row in rows]

    def put_custody(self, connection: Connection, device: str, custody: str, holder: str, note: str) -> None:
        """Say who has a device now."""
        connection.execute(
            """insert into device_standing (device, custody, holder, note) values (%s, %s, %s, %s)
            on conflict (device) do update set custody = excluded.custody, holder = excluded.holder, note = excluded.note""",
            (device, custody, holder, note),
        )
