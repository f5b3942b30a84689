# SPDX-License-Identifier: Apache-2.0
"""The stock of devices: who has each, what it follows, where it was heard last. Every change of hands is sealed."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, date, datetime
from typing import Final

import msgspec

from cocket.errors import SenderError
from cocket.governance import Context, Principal, Resource
from cocket.pipeline.base.access import NotFoundError, Service
from cocket.pipeline.base.continuous_access import ContinuousAccess, Watch
from cocket.pipeline.base.document_files import DocumentFiles
from cocket.pipeline.base.ownership import of_journey
from cocket.pipeline.base.wiring import Stores
from cocket.pipeline.tracking.device_reading import LastPlace
from cocket.pipeline.tracking.device_register import DeviceChange, DeviceRegister, device_record
from cocket.pipeline.tracking.device_tables import DeviceImport, DeviceRow, import_of, read_device_table
from cocket.pipeline.tracking.journey_state import JourneyAccess, plan_of, standing_of
from cocket.pipeline.tracking.journeys import JourneyAct
from cocket.pipeline.tracking.presentation import gravest_by_journey
from cocket.pipeline.tracking.seal_handling import (
    CONDITIONS,
    MOST_DISARMED,
    SEAL_HANDLING,
    SealAct,
    SealHandling,
    SealStanding,
    standing_of_seal,
)
from cocket.pipeline.tracking.views import Custody, LivePosition, Positions, StockDevice
from cocket.stores import NewRecord
from cocket.stores.base.database import Connection
from cocket.stores.tracking.alerts import Alerts
from cocket.stores.tracking.device_events import DeviceEvents, Standing
from cocket.stores.tracking.devices import Devices, StoredDevice
from cocket.stores.tracking.journeys import Journeys, StoredJourney
from cocket.stores.tracking.places import PlaceStore
from cocket.tracking.journey import Authority
from cocket.tracking.seals import DISARM_HOLDS

_READ_PLACE = msgspec.json.Decoder(LastPlace)


class CustodyChange(msgspec.Struct, frozen=True, kw_only=True):
    """The sealed record that a device changed hands.

    Attributes:
        device: The device.
        custody: `stock`, `issued`, `missing`.
        holder: Who has it from now on; "" if nobody knows.
        note: In words.
    """

    device: str
    custody: Custody
    holder: str
    note: str


#: Kind of the sealed record and case file of the offices that a device out of the stock belongs to.
DEVICE_KEEPERS: Final = "device-keepers"

#: Before any journey.
_EVER = datetime.min.replace(tzinfo=UTC)


class DeviceKeepers(msgspec.Struct, frozen=True, kw_only=True):
    """Offices to which a device belongs while whoever has it is neither an office on the map nor an officer.

    Attributes:
        device: The device.
        offices: The office whose stock it left, or those of the journey that it followed (0..n); none for the national stock.
    """

    device: str
    offices: tuple[str, ...]


class TrackingDevices(Service):
    """Keeping the stock.

    Args:
        stores: The stores of this process.
    """

    def __init__(self, stores: Stores) -> None:
        super().__init__(stores)
        self._continuous = ContinuousAccess(stores)
        self._shown = JourneyAccess(stores)
        self._files = DocumentFiles(stores)

    def devices(self, principal: Principal) -> tuple[StockDevice, ...]:
        """All devices by name (0..n); the look is sealed, for where they are is told too.

        The stock is the whole house's. What follows a journey that this principal may not see is there, and on its way;
        which journey, who has it and where it is are not told.

        Raises:
            PolicyError: The principal may not see them.
        """
        self._access.require(principal, "device:read")
        with self._stores.database.transaction() as connection:
            shown = self._stock(connection, principal, Devices().every(connection))
            self._access.seal(connection, self._access.record(principal, "devices", ("stock",)))
        return shown

    def check_table(self, principal: Principal, content: bytes) -> tuple[DeviceRow, ...]:
        """What a table of devices holds, each row recognised or not; nothing is added.

        Raises:
            PolicyError: The principal may not add devices.
            SenderError: It is no such table.
        """
        self._access.require(principal, "device:register", Resource())
        with self._stores.database.transaction() as connection:
            known = Devices().every(connection)
        return read_device_table(content, known)

    def add_table(self, principal: Principal, content: bytes) -> tuple[tuple[str, str | None], ...]:
        """Add every recognised device of a table, all or none; names with their keys, which are shown once.

        Raises:
            PolicyError: The principal may not.
            SenderError: It is no such table, or none of its rows is recognised.
            SettingsError: A name was taken meanwhile; nothing was added.
        """
        rows = self.check_table(principal, content)
        good = [(row.device, row.is_bare) for row in rows if row.device is not None]
        if not good:
            raise SenderError("No row was recognised, so no device was added.", code="device-table")
        return DeviceRegister(self._stores).add_table(good, by=principal.id)

    def import_table(self, principal: Principal, content: bytes, *, is_check: bool = False) -> DeviceImport:
        """Add every recognised device of a table, all or none, and say what became of each row.

        Args:
            principal: Who does it.
            content: The table.
            is_check: Whether it is read only, and nothing added.

        Raises:
            PolicyError: The principal may not.
            SenderError: It is no such table.
            SettingsError: A name was taken meanwhile; nothing was added.
        """
        rows = self.check_table(principal, content)
        good = [(row.device, row.is_bare) for row in rows if row.device is not None]
        if is_check or not good:
            return import_of(rows, {})
        return import_of(rows, dict(DeviceRegister(self._stores).add_table(good, by=principal.id)))

    def issue_device(self, principal: Principal, device_id: str, holder: str, note: str = "") -> StockDevice:
        """Hand a device out.

        Raises:
            NotFoundError: There is none.
            PolicyError: The principal may not.
            SenderError: It is not in the stock or not active, or nobody is named.
        """
        return self._hand(principal, device_id, ("issued", holder.strip(), note.strip()))

    def recover_device(self, principal: Principal, device_id: str, holder: str, note: str = "") -> StockDevice:
        """Take a device back into the stock of an office.

        Raises:
            NotFoundError: There is none.
            PolicyError: The principal may not.
            SenderError: It follows a journey that is not discharged, or no office is named.
        """
        return self._hand(principal, device_id, ("stock", holder.strip(), note.strip()))

    def report_missing(self, principal: Principal, device_id: str, note: str) -> StockDevice:
        """Say that a device was not given back; what it sends is still taken in.

        Raises:
            NotFoundError: There is none.
            PolicyError: The principal may not.
            SenderError: Nothing is said.
        """
        return self._hand(principal, device_id, ("missing", "", note.strip()))

    def handle_seal(
        self, principal: Principal, device_id: str, act: SealAct, note: str = "", until: date | None = None
    ) -> StockDevice:
        """Ask a seal to arm or disarm, or say what it is fit for.

        It is armed, or disarmed, only once the device itself answers; `StockDevice.seal` says when it did. A seal that opens
        within hours of a disarming opens as asked: in the stock, and on a journey at the office of whoever asked.

        Args:
            principal: Who does it.
            device_id: The device.
            act: `arm`, `disarm`; `workshop`, `blacklist`, `use` (fit again); `calibrate`.
            note: In words; needed to blacklist.
            until: Last day of a calibration; for `calibrate` alone.

        Raises:
            NotFoundError: There is none.
            PolicyError: The principal may not.
            SenderError: It is not fit to be armed, missing, follows a journey, or a note or day is missing; or the act is none.
        """
        self._access.require(principal, "device:manage")
        now = datetime.now(UTC)
        given: list[NewRecord] = []
        with self._stores.database.transaction() as connection:
            device = self._device(connection, principal, device_id)
            known = self._files.read(connection, SEAL_HANDLING, device.id, SealHandling, to_change=True)
            made = msgspec.structs.replace(
                known or SealHandling(device=device.id),
                by=principal.id,
                note=note.strip(),
                office=principal.office or "",
            )
            if act in ("arm", "disarm"):
                if made.condition != "usable" or device.state != "active":
                    raise SenderError("The seal is not fit to be used.", code="seal-unfit", found=made.condition)
                if self._standing(connection, device.id).custody == "missing":
                    raise SenderError(
                        "The device is missing.",
                        code="device-missing",
                        hint="Take it back into the stock of an office first.",
                    )
                made = msgspec.structs.replace(made, asked=act, asked_at=now)
                if act == "disarm":
                    made = msgspec.structs.replace(made, disarmed=(*made.disarmed, now)[-MOST_DISARMED:])
                    given = self._leave_to_disarm(connection, principal, device.id, now)
            elif act == "calibrate":
                if until is None:
                    raise SenderError("Enter until when it is calibrated.", code="seal-calibration")
                made = msgspec.structs.replace(made, calibrated_until=until)
            elif act in CONDITIONS:
                if act == "blacklist" and not made.note:
                    raise SenderError("Give the reason; it is recorded under your name.", code="seal-reason")
                if act != "use" and any(
                    one.state == "under-way" for one in Journeys().under_way(connection, [device.id]).values()
                ):
                    raise SenderError("The device follows a journey that is under way.", code="device-under-way")
                made = msgspec.structs.replace(made, condition=CONDITIONS[act])
            else:
                raise SenderError("There is no such act on a seal.", code="seal-act", found=str(act)[:40])
            record = self._files.write(connection, SEAL_HANDLING, device.id, (made, principal.id), made.condition)
            shown = self._stock(connection, principal, [device])[0]
            self._access.seal(connection, *([record] if record is not None else []), *given)
        return shown

    def _leave_to_disarm(
        self, connection: Connection, principal: Principal, device: str, now: datetime
    ) -> list[NewRecord]:
        """Give leave, on the journey that a device follows, to what an officer asks of its seal: at his office, for a time.

        Where he may give none, or the journey neither begins nor ends at his office, nothing is given: there the seal is not
        to be opened.
        """
        follows = Journeys().under_way(connection, [device]).get(device)
        stored = Journeys().get(connection, follows.id, to_change=True) if follows is not None else None
        if stored is None or stored.discharged is not None:
            return []
        here = [name for name in (stored.departure, stored.destination) if principal.office in (None, "", name)]
        if not here or not self._access.may(principal, "journey:activate", of_journey(stored)):
            return []
        leaves = tuple(
            Authority(act="remove", officer=principal.id, place=name, since=now, until=now + DISARM_HOLDS, given_at=now)
            for name in dict.fromkeys(here)
        )
        plan = plan_of(stored)
        plan = msgspec.structs.replace(plan, authorities=(*plan.authorities, *leaves))
        stored = msgspec.structs.replace(stored, plan=msgspec.json.encode(plan), judged=None)
        Journeys().put(connection, stored)
        note = f"disarm {device} at {', '.join(dict.fromkeys(here))}"
        act = JourneyAct(journey=str(stored.id), reference=stored.reference, what="leave", note=note, plan=plan)
        return [self._stores.sealer.record("journey", principal.id, act, about=stored.consignment or stored.id)]

    def revoke_device(self, principal: Principal, device_id: str, reason: str) -> StockDevice:
        """Shut a device out for ever.

        Raises:
            NotFoundError: There is none.
            PolicyError: The principal may not, or gives no reason.
            SenderError: It is already revoked.
        """
        self._access.require(principal, "device:revoke", context=Context(reason=reason))
        now = datetime.now(UTC)
        with self._stores.database.transaction() as connection:
            device = self._device(connection, principal, device_id)
            if device.state == "revoked":
                raise SenderError("It is already revoked.", code="device-revoked")
            Devices().put_state(connection, device.id, "revoked", now)
            Devices().end_credentials(connection, device.id, None, now)
            change = DeviceChange(
                device=device.id,
                act="revoked",
                adapter=device.adapter,
                topic=device.topic,
                until=now,
                identity=device.identity,
            )
            before = self._standing(connection, device.id)
            DeviceEvents().put_custody(connection, device.id, before.custody, before.holder, reason.strip())
            shown = self._stock(connection, principal, [msgspec.structs.replace(device, state="revoked")])[0]
            self._access.seal(connection, device_record(self._stores.sealer, change, principal.id))
        return shown

    def positions(
        self, principal: Principal, since: datetime | None = None, *, watch: Watch | None = None
    ) -> Positions:
        """Last known places of devices on journeys that this principal may see, and of those on none.

        Args:
            principal: Who asks.
            since: Only devices of which something was received after this; None for all.
            watch: Whether a page that refreshes itself was opened, or refreshes: one look as long as it lasts. None for a
                look of its own.

        Raises:
            PolicyError: The principal may not see them.
        """
        self._access.require(principal, "device:read")
        now = datetime.now(UTC)
        with self._stores.database.transaction() as connection:
            heard = DeviceEvents().heard_since(connection, since)
            follow = Journeys().under_way(connection, [one.device for one in heard])
            alerts = gravest_by_journey(Alerts().standing_of(connection, [one.id for one in follow.values()]))
            shown = tuple(
                _position(one, journey, alerts)
                for one in heard
                if (journey := follow.get(one.device)) is None or self._shown.sees(principal, journey)
            )
            names = tuple(one.device for one in shown)
            self._access.seal(connection, *self._continuous.records(connection, principal, "positions", names, watch))
        return Positions(at=now, positions=shown)

    def _hand(self, principal: Principal, device_id: str, to: tuple[Custody, str, str]) -> StockDevice:
        custody, holder, note = to
        self._access.require(principal, "device:manage")
        if not (holder or (custody == "missing" and note)):
            raise SenderError("Enter who has the device, or what happened to it.", code="device-holder")
        with self._stores.database.transaction() as connection:
            device = self._device(connection, principal, device_id)
            before = self._standing(connection, device.id)
            follows = Journeys().under_way(connection, [device.id])
            if custody == "issued" and (device.state != "active" or before.custody != "stock"):
                raise SenderError("The device is not in the stock, or not active.", code="device-not-in-stock")
            if custody == "stock" and any(one.state == "under-way" for one in follows.values()):
                raise SenderError("The device follows a journey that is under way.", code="device-under-way")
            kept = self._keep(connection, principal, before, custody)
            DeviceEvents().put_custody(connection, device.id, custody, holder, note)
            change = CustodyChange(device=device.id, custody=custody, holder=holder, note=note)
            shown = self._stock(connection, principal, [device])[0]
            self._access.seal(connection, self._stores.sealer.record("device-custody", principal.id, change), *kept)
        return shown

    def _device(self, connection: Connection, principal: Principal, device_id: str) -> StoredDevice:
        """The device to act on; one that follows a journey is of the offices of that journey, else of who keeps it."""
        device = Devices().get(connection, device_id)
        follows = Journeys().under_way(connection, [device_id]).values()
        if device is None or (follows and not self._shown.acts_on(principal, follows)):
            raise NotFoundError("There is no such device.")
        keepers = None if follows else self._keepers(connection, self._standing(connection, device_id))
        if keepers is not None and not self._access.may(principal, "journey:read", Resource(offices=keepers)):
            raise NotFoundError("There is no such device.")
        return device

    def _keepers(self, connection: Connection, standing: Standing) -> tuple[str, ...] | None:
        """The offices that may act on a device on no journey; none of them for those bound to no office alone.

        It is of the office in whose stock it is, or whose officer has it. With anybody else, such as a carrier, and missing
        it stays with the office whose stock it left; after a journey, until it is taken back, with the offices of that
        journey. Only what is in the stock and was never anybody's is of every office (None).
        """
        holder = self._office_of(connection, standing)
        if holder is not None:
            return (holder,)
        kept = self._files.read(connection, DEVICE_KEEPERS, standing.device, DeviceKeepers)
        if standing.custody == "stock":
            return kept.offices if kept is not None else None
        journeys = Journeys().of_devices(connection, [standing.device], _EVER).get(standing.device, ())
        last = max(journeys, key=lambda one: one.starts_at, default=None)
        is_of_last = last is not None and (kept is None or standing.holder == last.reference)
        followed = (last.departure, last.destination) if last is not None and is_of_last else ()
        return tuple(dict.fromkeys((*(kept.offices if kept is not None else ()), *followed)))

    def _office_of(self, connection: Connection, standing: Standing) -> str | None:
        """The office that has a device, or whose officer has it; None where whoever has it is neither."""
        if standing.custody == "issued":
            officer = self._stores.people.officer(connection, standing.holder)
            if officer is not None:
                return officer.office
        offices = {one.name for one in PlaceStore().newest(connection, "geofence")}
        return standing.holder if standing.holder in offices else None

    def _keep(
        self, connection: Connection, principal: Principal, before: Standing, custody: Custody
    ) -> list[NewRecord]:
        """Note to which offices a device belongs as it changes hands; what is to be sealed of that (0..1)."""
        own = (principal.office,) if principal.office else ()
        follows = Journeys().under_way(connection, [before.device]).get(before.device)
        if follows is not None:
            offices: tuple[str, ...] = (follows.departure, follows.destination)
        else:
            offices = self._keepers(connection, before) or ()
        kept = DeviceKeepers(device=before.device, offices=own if custody == "stock" or not offices else offices)
        record = self._files.write(connection, DEVICE_KEEPERS, before.device, (kept, principal.id))
        return [record] if record is not None else []

    def _standing(self, connection: Connection, name: str) -> Standing:
        return DeviceEvents().standings(connection, [name]).get(name, Standing(device=name))

    def _stock(
        self, connection: Connection, principal: Principal, devices: Sequence[StoredDevice]
    ) -> tuple[StockDevice, ...]:
        names = [one.id for one in devices]
        standings = DeviceEvents().standings(connection, names)
        follows = Journeys().under_way(connection, names)
        held = Devices().count_credentials(connection, names)
        hidden = {device for device, journey in follows.items() if not self._shown.sees(principal, journey)}
        seals = self._seals(connection, names)
        shown = [
            msgspec.structs.replace(
                _stock(one, standings.get(one.id, Standing(device=one.id)), follows.get(one.id), held.get(one.id, 0)),
                seal=seals.get(one.id, SealStanding()),
            )
            for one in devices
        ]
        return tuple(_hidden(one) if one.id in hidden else one for one in shown)

    def _seals(self, connection: Connection, names: Sequence[str]) -> dict[str, SealStanding]:
        """How devices stand that were handled as seals, by name."""
        wanted, today = set(names), datetime.now(UTC).date()
        handled = [one for one in self._files.every(connection, SEAL_HANDLING, SealHandling) if one.device in wanted]
        asked = [(one.device, one.asked_at, 0) for one in handled if one.asked_at is not None]
        told = DeviceEvents().events_of(connection, asked) if asked else {}
        return {one.device: standing_of_seal(one, told.get(one.device, ([], 0))[0], today) for one in handled}


def _stock(device: StoredDevice, standing: Standing, journey: StoredJourney | None, credentials: int) -> StockDevice:
    last = _READ_PLACE.decode(standing.last) if standing.last else None
    return StockDevice(
        id=device.id,
        adapter=device.adapter,
        state=device.state,
        custody=standing.custody,  # type: ignore[arg-type]  # the table holds these alone
        holder=standing.holder,
        journey=str(journey.id) if journey else None,
        last_heard=standing.heard,
        last_place=(last.lon, last.lat) if last else None,
        battery_percent=last.battery_percent if last else None,
        credentials=credentials,
        note=standing.note,
    )


def _hidden(device: StockDevice) -> StockDevice:
    """A device on a journey that the reader may not see."""
    return msgspec.structs.replace(device, journey="", holder="", last_place=None, note="", seal=SealStanding())


def _position(standing: Standing, journey: StoredJourney | None, alerts: dict[str, str]) -> LivePosition:
    last = _READ_PLACE.decode(standing.last or b"")
    name = str(journey.id) if journey else None
    return LivePosition(
        device=standing.device,
        time=last.time,
        received_at=last.received_at,
        lon=last.lon,
        lat=last.lat,
        speed_m_s=last.speed_m_s,
        course_deg=last.course_deg,
        journey=name,
        reference=journey.reference if journey else None,
        severity=alerts.get(name or ""),  # type: ignore[arg-type]  # red or amber
        seal=standing_of(journey).seal(plan_of(journey)) if journey else None,
    )
