# SPDX-License-Identifier: Apache-2.0
"""Which devices may send, as what, and by what they prove it; every change is sealed."""

from __future__ import annotations

import re
import secrets
from collections.abc import Collection, Iterable, Sequence
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from typing import Final
from uuid import UUID

import msgspec

from cocket.errors import SettingsError
from cocket.pipeline.base.access import Service
from cocket.pipeline.base.document_files import file_id
from cocket.pipeline.base.removed_things import Alike, must_be_new, must_be_unlike
from cocket.pipeline.base.sealing import Sealer
from cocket.pipeline.base.wiring import open_stores
from cocket.pipeline.tracking.device_intake import Proof, Source
from cocket.pipeline.tracking.device_proofs import NewProofKey, secret_name
from cocket.settings import Settings
from cocket.stores.base.database import Connection
from cocket.stores.ledger.leaves import NewRecord
from cocket.stores.tracking.device_proof_keys import ProofKeys, StoredProofKey
from cocket.stores.tracking.devices import Devices, NewCredential, State, StoredCredential, StoredDevice
from cocket.tracking.adapters import open_e_seal
from cocket.tracking.identity import device_identity, skeleton

__all__ = [
    "Admission",
    "DeviceChange",
    "DeviceRegister",
    "DeviceView",
    "NewCredential",
    "StoredDevice",
    "open_register",
]

#: Kind of the records of changes to devices.
DEVICE: Final = "device"

#: What may stand in a topic that a device is bound to: levels of plain ASCII, so that no two look alike.
_TOPIC = re.compile(r"[A-Za-z0-9._:@-]+(?:/[A-Za-z0-9._:@-]+)*")
_LONGEST_TOPIC = 200

_KEY_BYTES = 32


class Admission(msgspec.Struct, frozen=True):
    """A device that is let in.

    Attributes:
        source: The device, as what it sends is kept under.
        credential: Id of what it proved itself by; 0 where its protocol proves nothing.
    """

    source: Source
    credential: int


class DeviceView(msgspec.Struct, frozen=True, kw_only=True):
    """A device with what it authenticates by at the door, and its messages by (0..n each), oldest first."""

    device: StoredDevice
    credentials: tuple[StoredCredential, ...]
    proof_keys: tuple[StoredProofKey, ...] = ()


class DeviceChange(msgspec.Struct, frozen=True, kw_only=True):
    """The sealed record of a change to a device.

    Attributes:
        device: Its id.
        act: added, rotated, proof-key, suspended, restored or revoked.
        adapter: Adapter that reads its messages.
        topic: Topic it is bound to.
        kind: Kind of the new credential, or algorithm and name of the new proof key; None where there is none.
        digest: SHA-256 of the new credential or proof key, hexadecimal; None where there is none.
        until: When earlier credentials end (RFC 3339); None where they go on.
        identity: How its own protocol names it; None in records of before.
    """

    device: str
    act: str
    adapter: str
    topic: str
    kind: str | None = None
    digest: str | None = None
    until: datetime | None = None
    identity: str | None = None


def make_device_key() -> str:
    """A new key of 256 bits, for its device alone; it is kept only hashed."""
    return secrets.token_hex(_KEY_BYTES)


def new_device(name: str, adapter: str, topic: str | None = None, identity: str | None = None) -> StoredDevice:
    """A device that may send, under names it is given if it has none of its own.

    Args:
        name: Its name here.
        adapter: Adapter that reads its messages.
        topic: Topic it is bound to; None for `iot/NAME/telemetry`.
        identity: How its own protocol names it; None for the same.
    """
    return StoredDevice(
        id=name, adapter=adapter, topic=topic or f"iot/{name}/telemetry", identity=identity or name, state="active"
    )


def key_credential(key: str) -> NewCredential:
    """A key as it is kept."""
    return NewCredential(kind="key", digest=sha256(key.encode()).digest())


class DeviceRegister(Service):
    """Devices: making and ending them, and letting them in.

    Args:
        shelves: The stores of this process.
    """

    _devices = Devices()

    def add(self, *devices: tuple[StoredDevice, NewCredential | None], by: str = "cli") -> None:
        """Take devices in, all or none.

        Args:
            *devices: Each with what it authenticates by; None only where its protocol has nothing of the kind (1..n).
            by: Who does it.

        Raises:
            SenderError: A name or identity is none that a device may have; or sealed records name it, though it is not
                there (`row-removed`).
            SettingsError: It is taken, looks like another device's, or the topic is none a device may be bound to.
        """
        now = datetime.now(UTC)
        for device, _ in devices:
            check_device(device)
        with self._stores.database.transaction() as connection:
            stand = [one.id for one in self._devices.every(connection)]
            self._must_be_new(connection, {device.id for device, _ in devices}.difference(stand), stand)
            known = {skeleton(one): one for one in stand}
            for device, credential in devices:
                other = known.setdefault(skeleton(device.id), device.id)
                if other != device.id:
                    raise SettingsError(
                        f"{device.id} could be confused with {other}, which already exists.", code="device-look-alike"
                    )
                self._devices.add(connection, device, now)
                if credential:
                    self._devices.add_credential(connection, device.id, credential, now)
            self._record(connection, *(_change(device, "added", credential) for device, credential in devices), by=by)

    def add_table(
        self, rows: Sequence[tuple[StoredDevice, bool]], *, by: str = "cli"
    ) -> tuple[tuple[str, str | None], ...]:
        """Add the devices of a table, all or none; each is given a key of its own unless it cannot authenticate itself.

        Args:
            rows: Devices, and whether each cannot authenticate itself (1..n).
            by: Who does it.

        Returns:
            Name and key of each, the key shown once; None where there is none.

        Raises:
            SenderError: A name or identity is none that a device may have.
            SettingsError: One is taken by now, looks like another device's, or its topic is none.
        """
        keys = [None if is_bare else make_device_key() for _, is_bare in rows]
        pairs = [(device, key_credential(key) if key else None) for (device, _), key in zip(rows, keys, strict=True)]
        self.add(*pairs, by=by)
        return tuple((device.id, key) for (device, _), key in zip(rows, keys, strict=True))

    def rotate(self, device_id: str, credential: NewCredential, overlap: timedelta) -> datetime:
        """Give a device a new credential beside its present ones, which end after a while.

        Args:
            device_id: The device.
            credential: The new one, which holds at once.
            overlap: How long the former ones still hold.

        Returns:
            When the former ones end, UTC.

        Raises:
            SettingsError: There is no such device, it is revoked, or the credential was used before.
        """
        now = datetime.now(UTC)
        with self._stores.database.transaction() as connection:
            device = self._existing(connection, device_id)
            number = self._devices.add_credential(connection, device.id, credential, now)
            self._devices.end_credentials(connection, device.id, number, now + overlap)
            self._record(connection, _change(device, "rotated", credential, now + overlap))
        return now + overlap

    def add_proof_key(self, device_id: str, key: NewProofKey, overlap: timedelta) -> datetime:
        """Give a device a key by which each of its messages proves itself; from now on it must.

        Args:
            device_id: The device.
            key: The new key, which holds at once.
            overlap: How long the former ones still hold. Messages under them that are received later count only where
                the device's chain vouches for them.

        Returns:
            When the former ones end, UTC.

        Raises:
            SettingsError: There is no such device, it is revoked, it does not speak the open e-seal profile, or had a
                key of this name.
        """
        now = datetime.now(UTC)
        with self._stores.database.transaction() as connection:
            device = self._existing(connection, device_id)
            if device.adapter != open_e_seal.NAME:
                raise SettingsError(f"{device_id} uses {device.adapter}, which does not sign messages.")
            is_secret = key.algorithm == "HS256"
            name = secret_name(device.id, key.kid)
            material = self._stores.secrets_box.wrap(name, key.material) if is_secret else key.material
            number = ProofKeys().add(connection, device.id, (key.kid, key.algorithm, material), now)
            ProofKeys().end(connection, device.id, number, now + overlap)
            change = msgspec.structs.replace(
                _change(device, "proof-key", until=now + overlap),
                kind=f"{key.algorithm} {key.kid}",
                digest=sha256(key.material).hexdigest(),
            )
            self._record(connection, change)
        return now + overlap

    def put_state(self, device_id: str, state: State) -> None:
        """Suspend a device, restore it, or revoke it for ever; doors follow within five seconds.

        Raises:
            SettingsError: There is no such device, or it is revoked.
        """
        now = datetime.now(UTC)
        act = {"active": "restored", "suspended": "suspended", "revoked": "revoked"}[state]
        with self._stores.database.transaction() as connection:
            device = self._existing(connection, device_id)
            self._devices.put_state(connection, device.id, state, now)
            if state == "revoked":
                self._devices.end_credentials(connection, device.id, None, now)
            self._record(connection, _change(device, act, until=now if state == "revoked" else None))

    def every(self) -> list[DeviceView]:
        """All devices, by name (0..n)."""
        with self._stores.database.transaction() as connection:
            devices = self._devices.every(connection)
            keys = ProofKeys().of(connection, [one.id for one in devices])
            return [
                DeviceView(
                    device=one,
                    credentials=tuple(self._devices.credentials(connection, one.id)),
                    proof_keys=tuple(keys.get(one.id, ())),
                )
                for one in devices
            ]

    def by_certificate(self, certificate: bytes) -> Admission | None:
        """The device of a client certificate (DER) that holds now; None if there is none.

        Raises:
            StoreError: The database does not answer.
        """
        return self._by(NewCredential(kind="certificate", digest=sha256(certificate).digest()), None)

    def by_key(self, device: str, key: str) -> Admission | None:
        """The device of this name, if this is a key of it that holds now; else None.

        Raises:
            StoreError: The database does not answer.
        """
        return self._by(key_credential(key), device)

    def by_identity(self, adapter: str, identity: str, secret: bytes | None) -> Admission | None:
        """The device that its own protocol names so.

        Args:
            adapter: Adapter of the door it came to.
            identity: What it calls itself.
            secret: What it presents for that; None for nothing.

        Returns:
            The device, with the proof `none` if it presented nothing, or has nothing to prove itself by; None if it is
            not known or active, or has a key and presented something else.

        Raises:
            StoreError: The database does not answer.
        """
        with self._stores.database.transaction() as connection:
            device = self._devices.by_identity(connection, adapter, identity)
            is_bare = device is None or secret is None or not self._devices.has_credential(connection, device.id)
        if device is None:
            return None
        if is_bare or secret is None:
            return Admission(_source(device, "none"), 0)
        return self._by(NewCredential(kind="key", digest=sha256(secret).digest()), device.id)

    def no_longer_good(self, admissions: Iterable[Admission]) -> set[Admission]:
        """Those of these that would not be let in any more (0..n).

        Raises:
            StoreError: The database does not answer.
        """
        asked = set(admissions)
        with self._stores.database.transaction() as connection:
            devices, credentials = self._devices.good(
                connection, [one.source.device for one in asked], [one.credential for one in asked if one.credential]
            )
        return {
            one
            for one in asked
            if one.source.device not in devices or (one.credential and one.credential not in credentials)
        }

    def close(self) -> None:
        """Close the connections."""
        self._stores.database.close()

    def _by(self, credential: NewCredential, device_id: str | None) -> Admission | None:
        with self._stores.database.transaction() as connection:
            found = self._devices.by_digest(connection, credential.kind, credential.digest)
        if found is None or device_id not in (None, found[0].id):
            return None
        return Admission(_source(found[0], credential.kind), found[1])

    def _existing(self, connection: Connection, device_id: str) -> StoredDevice:
        device = self._devices.get(connection, device_id)
        if device is None:
            raise SettingsError(f"There is no device {device_id}.", hint="List them with cocket device list.")
        if device.state == "revoked":
            raise SettingsError(f"{device_id} is permanently revoked.", hint="Add it under another name.")
        return device

    def _must_be_new(self, connection: Connection, devices: Collection[str], stand: Collection[str]) -> None:
        """See that devices that are not there were never there, nor one of a name that looks the same."""
        things = {device_about(one): one for one in devices}
        must_be_new(self._stores, connection, DEVICE, things, lambda body: device_about(_device_of(body)))
        alike = Alike({device_about(one): one for one in stand}, _device_of, skeleton)
        must_be_unlike(self._stores, connection, DEVICE, things, alike)

    def _record(self, connection: Connection, *changes: DeviceChange, by: str = "cli") -> None:
        self._access.seal(connection, *(device_record(self._stores.sealer, change, by) for change in changes))


def _device_of(body: bytes) -> str:
    """The device that a sealed record is about."""
    return msgspec.json.decode(body, type=DeviceChange).device


def device_about(device_id: str) -> UUID:
    """What the sealed records of a device are about; those of before are about nothing."""
    return file_id(DEVICE, device_id)


def device_record(sealer: Sealer, change: DeviceChange, by: str) -> NewRecord:
    """The record of a change to a device."""
    return sealer.record(DEVICE, by, change, about=device_about(change.device))


def check_device(device: StoredDevice) -> None:
    """Refuse names that a device may not have.

    Raises:
        SenderError: A name or identity is none.
        SettingsError: The topic is none that a device can be bound to.
    """
    device_identity(device.id)
    device_identity(device.identity)
    if len(device.topic) > _LONGEST_TOPIC or not _TOPIC.fullmatch(device.topic):
        raise SettingsError(
            f"{device.topic!r} is not a topic that a device can be bound to.",
            code="device-topic",
            expected="levels of ASCII letters, digits and . _ : @ -, with / between them",
            hint="Give one with --topic.",
        )


def _change(
    device: StoredDevice, act: str, credential: NewCredential | None = None, until: datetime | None = None
) -> DeviceChange:
    return DeviceChange(
        device=device.id,
        act=act,
        adapter=device.adapter,
        topic=device.topic,
        kind=credential.kind if credential else None,
        digest=credential.digest.hex() if credential else None,
        until=until,
        identity=device.identity,
    )


def _source(device: StoredDevice, proof: Proof) -> Source:
    return Source(device=device.id, adapter=device.adapter, topic=device.topic, proof=proof)


def open_register(settings: Settings, dsn: str) -> DeviceRegister:
    """The register in this process.

    Raises:
        SettingsError: Keys are missing or not in order.
    """
    return DeviceRegister(open_stores(settings, dsn))
