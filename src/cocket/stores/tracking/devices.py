# SPDX-License-Identifier: Apache-2.0
"""Devices, and the credentials by which they prove themselves. Secrets come in hashed and are never given out."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Literal

import msgspec
import psycopg

from cocket.errors import SettingsError
from cocket.stores.base.database import Connection

State = Literal["active", "suspended", "revoked"]
Kind = Literal["certificate", "key"]


class StoredDevice(msgspec.Struct, frozen=True, kw_only=True):
    """A device.

    Attributes:
        id: Its name here.
        adapter: Adapter that reads its messages.
        topic: The one topic it may write to.
        identity: How its own protocol names it.
        state: Only an active one is let in; a revoked one stays so.
    """

    id: str
    adapter: str
    topic: str
    identity: str
    state: State


class Registered(msgspec.Struct, frozen=True, kw_only=True):
    """What is to be known of a device to read its messages.

    Attributes:
        identity: How its own protocol names it.
        revoked_at: When it was revoked (UTC): nothing received later counts. None if it was not.
    """

    identity: str
    revoked_at: datetime | None = None


class NewCredential(msgspec.Struct, frozen=True, kw_only=True):
    """What a device will prove itself by: SHA-256 of a certificate (DER) or of a key."""

    kind: Kind
    digest: bytes


class StoredCredential(msgspec.Struct, frozen=True, kw_only=True):
    """What a device authenticates by, and for how long; `until` is None where no end is set."""

    id: int
    device: str
    kind: Kind
    digest: bytes
    since: datetime
    until: datetime | None


_DEVICE = "select d.id, d.adapter, d.topic, d.identity, d.state from device d "
_GOOD = "d.state = 'active' and c.since <= now() and (c.until is null or c.until > now())"


class Devices:
    """Devices and credentials, on a transaction of the caller."""

    def add(self, connection: Connection, device: StoredDevice, at: datetime) -> None:
        """Keep a new device.

        Raises:
            SettingsError: Its id (in whatever case), topic or identity is taken.
        """
        try:
            connection.execute(
                "insert into device (id, adapter, topic, identity, state, created, changed) values (%s, %s, %s, %s, %s, %s, %s)",
                (device.id, device.adapter, device.topic, device.identity, device.state, at, at),
            )
        except psycopg.errors.UniqueViolation as error:
            what = {"device_topic_key": "topic", "device_adapter_identity_key": "identity"}
            taken = what.get(error.diag.constraint_name or "", "name")
            raise SettingsError(
                f"Another device already has this {taken}.", code="device-taken", found=device.id
            ) from error

    def get(self, connection: Connection, device: str) -> StoredDevice | None:
        """A device in whatever state; None if there is none. It stays locked until the transaction ends."""
        row = connection.execute(_DEVICE + "where d.id = %s for update", (device,)).fetchone()
        return _device(row) if row else None

    def every(self, connection: Connection) -> list[StoredDevice]:
        """All devices by name (0..n)."""
        return [_device(row) for row in connection.execute(_DEVICE + "order by d.id")]

    def registered(self, connection: Connection, devices: Sequence[str]) -> dict[str, Registered]:
        """How each of these devices is registered; those that are not there are left out."""
        rows = connection.execute(
            "select id, identity, case when state = 'revoked' then changed end from device where id = any(%s)",
            (list(devices),),
        )
        return {row[0]: Registered(identity=row[1], revoked_at=row[2]) for row in rows}

    def count_credentials(self, connection: Connection, devices: Sequence[str]) -> dict[str, int]:
        """How many credentials of each device hold now (count); devices without any are left out."""
        rows = connection.execute(
            f"""select c.device, count(*) from device_credential c join device d on d.id = c.device
            where c.device = any(%s) and {_GOOD} group by 1""",
            (list(devices),),
        )
        return dict(rows.fetchall())

    def put_state(self, connection: Connection, device: str, state: State, at: datetime) -> None:
        """Change a device's state."""
        connection.execute("update device set state = %s, changed = %s where id = %s", (state, at, device))

    def add_credential(self, connection: Connection, device: str, credential: NewCredential, at: datetime) -> int:
        """Keep a credential that holds from now on; its id.

        Raises:
            SettingsError: It is another device's already, or was this one's before.
        """
        row = connection.execute(
            """insert into device_credential (device, kind, digest, since) values (%s, %s, %s, %s)
            on conflict (digest) do nothing returning id""",
            (device, credential.kind, credential.digest, at),
        ).fetchone()
        if row is None:
            raise SettingsError(f"This {credential.kind} is or was already in use.", code="credential-taken")
        return int(row[0])

    def end_credentials(self, connection: Connection, device: str, before: int | None, until: datetime) -> int:
        """Let a device's credentials end, where they do not end sooner; how many.

        Args:
            connection: The transaction.
            device: The device.
            before: Only those with a lower id; None for all.
            until: When they end, UTC.
        """
        done = connection.execute(
            """update device_credential set until = %s
            where device = %s and (%s::bigint is null or id < %s) and (until is null or until > %s)""",
            (until, device, before, before, until),
        )
        return done.rowcount

    def credentials(self, connection: Connection, device: str) -> list[StoredCredential]:
        """All credentials a device has or had, oldest first (0..n)."""
        rows = connection.execute(
            "select id, device, kind, digest, since, until from device_credential where device = %s order by id",
            (device,),
        )
        names = StoredCredential.__struct_fields__
        return [StoredCredential(**dict(zip(names, row, strict=True))) for row in rows]

    def by_digest(self, connection: Connection, kind: Kind, digest: bytes) -> tuple[StoredDevice, int] | None:
        """The active device that a credential of now belongs to, and the credential's id; None if there is none."""
        row = connection.execute(
            "select d.id, d.adapter, d.topic, d.identity, d.state, c.id from device_credential c join device d on d.id = c.device "
            f"where c.kind = %s and c.digest = %s and {_GOOD}",
            (kind, digest),
        ).fetchone()
        return (_device(row[:5]), row[5]) if row else None

    def by_identity(self, connection: Connection, adapter: str, identity: str) -> StoredDevice | None:
        """The active device that its own protocol names so; None if there is none."""
        row = connection.execute(
            _DEVICE + "where d.adapter = %s and d.identity = %s and d.state = 'active'", (adapter, identity)
        ).fetchone()
        return _device(row) if row else None

    def has_credential(self, connection: Connection, device: str) -> bool:
        """Whether an active device has anything now that it can prove itself by."""
        row = connection.execute(
            f"select 1 from device_credential c join device d on d.id = c.device where d.id = %s and {_GOOD} limit 1",
            (device,),
        ).fetchone()
        return row is not None

    def good(
        self, connection: Connection, devices: Sequence[str], credentials: Sequence[int]
    ) -> tuple[set[str], set[int]]:
        """Which of these devices are active, and which of these credentials hold now."""
        active = connection.execute("select id from device where state = 'active' and id = any(%s)", (list(devices),))
        held = connection.execute(
            f"select c.id from device_credential c join device d on d.id = c.device where c.id = any(%s) and {_GOOD}",
            (list(credentials),),
        )
        return {row[0] for row in active}, {row[0] for row in held}


def _device(row: tuple[str, str, str, str, State]) -> StoredDevice:
    return StoredDevice(id=row[0], adapter=row[1], topic=row[2], identity=row[3], state=row[4])
