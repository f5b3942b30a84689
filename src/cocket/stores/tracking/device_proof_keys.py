# SPDX-License-Identifier: Apache-2.0
"""Keys by which messages of a device prove themselves, one by one. Secrets come in wrapped."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Literal

import msgspec

from cocket.errors import SettingsError
from cocket.stores.base.database import Connection

Algorithm = Literal["HS256", "EdDSA", "ES256"]


class StoredProofKey(msgspec.Struct, frozen=True, kw_only=True):
    """A key of one device.

    Attributes:
        id: Our number.
        device: Whose it is.
        kid: Its name, as messages state it.
        algorithm: What it is for.
        material: Public key, or the wrapped secret.
        since: From when it holds (UTC).
        until: Until when; None where no end is set.
    """

    id: int
    device: str
    kid: str
    algorithm: Algorithm
    material: bytes
    since: datetime
    until: datetime | None

    def __repr__(self) -> str:
        return f"StoredProofKey({self.device!r}, {self.kid!r}, {self.algorithm})"


class ProofKeys:
    """Keys, on a transaction of the caller."""

    def add(self, connection: Connection, device: str, key: tuple[str, Algorithm, bytes], since: datetime) -> int:
        """Keep a key (name, algorithm, material) that holds from a moment on; its number.

        Raises:
            SettingsError: The device has, or had, a key of this name: a name once used says which key made a message.
        """
        kid, algorithm, material = key
        row = connection.execute(
            """insert into device_proof_key (device, kid, algorithm, material, since) values (%s, %s, %s, %b, %s)
            on conflict (device, kid) do nothing returning id""",
            (device, kid, algorithm, material, since),
        ).fetchone()
        if row is None:
            raise SettingsError(
                f"{device} already has or had a key named {kid}.", code="proof-key-taken", hint="Give another --kid."
            )
        return int(row[0])

    def end(self, connection: Connection, device: str, before: int, until: datetime) -> int:
        """Let a device's keys of lower number end, where they do not end sooner; how many."""
        done = connection.execute(
            """update device_proof_key set until = %s where device = %s and id < %s and (until is null or until > %s)""",
            (until, device, before, until),
        )
        return done.rowcount

    def of(self, connection: Connection, devices: Sequence[str]) -> dict[str, list[StoredProofKey]]:
        """All keys that devices have or had, oldest first; devices without any are left out."""
        rows = connection.execute(
            """select id, device, kid, algorithm, material, since, until from device_proof_key
            where device = any(%s) order by device, id""",
            (list(devices),),
        )
        found: dict[str, list[StoredProofKey]] = {}
        for row in rows:
            key = StoredProofKey(**dict(zip(StoredProofKey.__struct_fields__, row, strict=True)))
            found.setdefault(key.device, []).append(key)
        return found
