# SPDX-License-Identifier: Apache-2.0
"""AIS held against the manifests on file: where vessels were heard, which calls manifests state, and what follows.

Receivers are devices as others are; what they hear is of vessels, and kept by MMSI. Manifests are read once the assessment worker has
filed their bills. A manifest is judged again whenever one of its vessels is heard, it is amended or cancelled; alerts go
to the dossiers of its bills.
"""

from __future__ import annotations

import time
from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from functools import cached_property
from uuid import UUID

import msgspec

from cocket.codes import Codebook, read_codebook
from cocket.consignment.manifest_control import names_of_manifest
from cocket.model import Document, Manifest
from cocket.pipeline.base.readings import each_in, reading_of
from cocket.pipeline.base.set_aside import Thing
from cocket.pipeline.base.wiring import Stores
from cocket.pipeline.tracking.alert_effects import Effects, alert_in
from cocket.pipeline.tracking.alert_evaluation import explained
from cocket.stores.base.database import Connection
from cocket.stores.intake.messages import StoredMessage
from cocket.stores.ledger.leaves import ASSESSMENT_PLACE
from cocket.stores.tracking.alerts import Alerts
from cocket.stores.tracking.places import PlaceStore
from cocket.stores.tracking.vessels import StoredCall, StoredFix, Vessels, slot_of
from cocket.tracking.alerts import Alert, in_time, settle
from cocket.tracking.events import Position, TrackingEvent
from cocket.tracking.geometry import Fence
from cocket.tracking.judge import judge_port_calls
from cocket.tracking.port_calls import (
    FROM_LOCODE,
    NAME_ALONE,
    StatedCall,
    locode_fence,
    names_told,
    port_call,
    stated_calls,
    surest,
    timed,
)
from cocket.tracking.thresholds import Thresholds

#: Where the database keeps up to which leaf manifests were read.
MANIFESTS_PLACE = "tracker-manifests"

#: Most manifests read at once, and judged at once (count).
_MOST = 50

#: Kind of a thing set aside: a manifest whose port calls are to be read.
MANIFEST_MESSAGE = "manifest-message"

#: Calls are judged for so long after they were over: AIS by satellite and from ships' own records comes late.
_AFTERWARDS = timedelta(days=30)

#: How often calls are judged, in seconds.
_SECONDS = 5.0

_READ_CALL = msgspec.json.Decoder(StatedCall)
_READ_FENCE = msgspec.json.Decoder(Fence)


class PortCalls:
    """What the tracker does about vessels.

    Args:
        shelves: The stores.
        limits: The measures.
        seconds: How often calls are judged.

    Attributes:
        left: Manifests whose calls are not judged, since they were set aside.
    """

    def __init__(self, stores: Stores, limits: Thresholds, seconds: float = _SECONDS) -> None:
        self._stores, self._limits, self._seconds = stores, limits, seconds
        self._vessels = Vessels()
        self._heard: set[str] = set()
        self._due: set[str] = set()
        self._is_begun = False
        self._next = 0.0
        self._most = _MOST
        self._trying: list[Thing] = []
        self.left: set[str] = set()

    def open(self) -> None:
        """Forget what is under way; every call that is not long over is judged again."""
        self._heard.clear()
        self._due.clear()
        self._is_begun = False
        self._next = 0.0

    def take_in(self, connection: Connection, events: Iterable[TrackingEvent], receiver: str) -> None:
        """Keep where vessels were heard and what they told of themselves.

        Args:
            connection: The transaction.
            events: Events of AIS; their devices are MMSIs.
            receiver: Device that heard them.
        """
        fixes: dict[tuple[str, int], StoredFix] = {}
        names: set[tuple[str, str, str, datetime]] = set()
        for event in map(timed, events):
            if event.device is None or event.time is None:
                continue
            hour = event.time.replace(minute=0, second=0, microsecond=0)
            names.update((kind, value, event.device, hour) for kind, value in names_told(event))
            if event.position is not None:
                fix = _stored(event, event.device, receiver)
                slot = (fix.mmsi, slot_of(fix))
                fixes[slot] = min(fixes.get(slot, fix), fix, key=lambda one: (one.time, one.event))
            self._heard.add(event.device)
        if fixes:
            self._vessels.put_fixes(connection, fixes.values())
        if names:
            self._vessels.put_names(connection, sorted(names))

    def take_message(self, connection: Connection, message: UUID) -> None:
        """Keep the calls of one manifest that the assessment worker filed late, behind the place up to which they were read."""
        for stored in self._stores.messages.get_many(connection, [message]):
            self._due |= self._put(connection, stored)
        self._next = 0.0

    def _put(self, connection: Connection, stored: StoredMessage) -> set[str]:
        """Keep the calls of a message; names of the manifests concerned."""
        calls = calls_of(stored)
        return {
            name
            for source in sources_of(stored)
            for name in self._vessels.put_calls(connection, source, [one for one in calls if one.source == source])
        }

    def is_time(self) -> bool:
        """Whether calls are to be judged now."""
        return time.monotonic() >= self._next

    def judge(self, connection: Connection, now: datetime) -> Effects | None:
        """Judge calls of which something is new; what follows is to be sealed as the last act of the transaction.

        Returns:
            What follows; None if nothing was due.
        """
        self._due |= self._read_manifests(connection)
        if not self._is_begun:
            self._due |= self._vessels.manifests_since(connection, now - _AFTERWARDS)
            self._is_begun = True
        if self._heard:
            self._due |= self._vessels.manifests_of(connection, sorted(self._heard), now - _AFTERWARDS)
            self._heard.clear()
        some = sorted(self._due - self.left)[: self._most]
        self._trying = [
            Thing(kind="manifest", subject=name, what=f"port calls of manifest {name}, which cannot be evaluated")
            for name in some
        ]
        self._due.difference_update(some, self.left)
        if not self._due:
            self._next = time.monotonic() + self._seconds
        return self._judge(connection, some, now) if some else None

    def widen(self) -> None:
        """After a look that went through: look at more."""
        self._most = min(_MOST, 2 * self._most)

    def narrow(self) -> Thing | None:
        """After a look that failed: look at fewer; what is at fault, if it stands alone."""
        tried = self._trying
        self.open()
        self._most = max(1, self._most // 2)
        return tried[0] if len(tried) == 1 else None

    def _read_manifests(self, connection: Connection) -> set[str]:
        """Keep the calls of manifests that the assessment worker has filed since; names of the manifests concerned."""
        places = self._stores.places
        done, worked = places.get(connection, MANIFESTS_PLACE), places.get(connection, ASSESSMENT_PLACE)
        after, upto = int(done) if done is not None else -1, int(worked) if worked is not None else -1
        if upto <= after:
            return set()
        rows = self._vessels.new_manifests(connection, after, upto, self._most)
        self._trying = [
            Thing(
                kind=MANIFEST_MESSAGE,
                subject=str(message),
                what="port calls of a manifest, which cannot be read",
                about=message,
                leaf=leaf,
            )
            for message, leaf in rows
        ]
        messages = {one.id: one for one in self._stores.messages.get_many(connection, [row[0] for row in rows])}
        touched: set[str] = set()
        for message, _ in rows:
            if (stored := messages.get(message)) is None:
                continue  # erased, or its key is lost
            touched |= self._put(connection, stored)
        reached = rows[-1][1] if len(rows) == self._most else upto
        places.put(connection, MANIFESTS_PLACE, str(reached).encode())
        return touched

    def _judge(self, connection: Connection, manifests: Sequence[str], now: datetime) -> Effects:
        calls = self._vessels.calls(connection, manifests)
        events: list[TrackingEvent] = []
        alerts: dict[str, Alert] = {}
        for call in calls:
            alert, heard = self._alert_of(connection, call, now)
            events += heard
            if alert is not None:
                alerts[alert.id] = alert
        known = Alerts().of_manifests(connection, manifests)
        standing = [alert_in(row) for row in known if not row.is_withdrawn]
        notices = explained(in_time(settle(standing, alerts.values(), now), events), known, events)
        effects = Effects(self._stores, connection, now)
        effects.offices = {call.manifest: call.office for call in calls if call.office}
        effects.tell(notices, known, {})
        effects.write()
        for manifest in manifests:
            rows = [row.id for row in Alerts().of_manifests(connection, [manifest])]
            messages = [call.message for call in calls if call.manifest == manifest]
            if rows and messages:
                Alerts().put_dossiers(connection, rows, self._vessels.dossiers(connection, messages))
        return effects

    def _alert_of(
        self, connection: Connection, call: StoredCall, now: datetime
    ) -> tuple[Alert | None, list[TrackingEvent]]:
        """What contradicts a call, if all vessels that may be meant do; and where they were heard."""
        stated = _READ_CALL.decode(call.body)
        port, is_exact = self._port(connection, stated.port)
        known = surest(self._vessels.vessels_of(connection, call))  # type: ignore[arg-type]  # kinds of KNOWN
        if port is None or known is None or (known[0] == "name" and len(known[1]) > 1):
            return None, []
        doubts = (*((NAME_ALONE,) if known[0] == "name" else ()), *(() if is_exact else (FROM_LOCODE,)))
        found: list[Alert] = []
        events: list[TrackingEvent] = []
        for mmsi in known[1]:
            meant = port_call(stated, (call.manifest, mmsi), port, doubts, self._limits)
            span = timedelta(seconds=meant.tolerance_s)
            fixes = self._vessels.fixes(connection, mmsi, meant.arrives - span, meant.arrives + span)
            heard = [_event(fix) for fix in fixes]
            events += heard
            alerts = judge_port_calls(heard, [meant], as_of=now, limits=self._limits)
            if not alerts:
                return None, events
            found += alerts
        return min(found, key=lambda alert: (alert.confidence, alert.id)), events

    def _port(self, connection: Connection, port: str) -> tuple[Fence | None, bool]:
        """The fence of a port: the house's own under its UN/LOCODE, else one around the place of the list's coordinates."""
        for one in PlaceStore().newest(connection, "geofence"):
            if one.name.replace(" ", "").upper() == port:
                return _READ_FENCE.decode(one.body), True
        for _, code in reversed(self._book.find("unlocode", port)):
            if fence := locode_fence(port, code.attributes.get("coordinates", "")):
                return fence, False
        return None, False

    @cached_property
    def _book(self) -> Codebook:
        return read_codebook(self._stores.settings.codes_folder)


def calls_of(message: StoredMessage) -> list[StoredCall]:
    """The port calls that stored manifests state (0..2 each); one that cancels states none."""
    return [
        call for _, one, reading in each_in(message, reading_of(message)) for call in _calls_of(one, reading.document)
    ]


def sources_of(message: StoredMessage) -> list[str]:
    """The names under which the calls of a stored message are kept, one for each of those in the same bytes (1..n)."""
    return list(dict.fromkeys(_source(one) for _, one, _ in each_in(message, reading_of(message))))


def _calls_of(message: StoredMessage, document: Document | None) -> list[StoredCall]:
    if not isinstance(document, Manifest) or message.function == "cancellation":
        return []
    office = document.office.code
    voyage = " ".join(str(part) for part in (document.voyage, document.departed) if part)
    title = document.registration or voyage or next(iter(names_of_manifest(document)), str(message.id))
    return [
        StoredCall(
            source=_source(message),
            what=stated.what,
            message=message.id,
            manifest=f"{office} {title}" if office else title,
            office=office,
            ends=_ends(stated),
            imo=stated.vessel.get("imo"),
            call_sign=stated.vessel.get("call-sign"),
            name=stated.vessel.get("name"),
            body=msgspec.json.encode(stated),
        )
        for stated in stated_calls(document)
    ]


def _source(message: StoredMessage) -> str:
    return "\n".join((message.sender, message.standard or "", message.reference or str(message.id)))


def _ends(stated: StatedCall) -> datetime:
    """When a call is over at the latest, wherever on earth the port is."""
    return datetime.fromisoformat(f"{stated.day}T23:59:59+00:00") + timedelta(hours=36)


def _stored(event: TrackingEvent, mmsi: str, receiver: str) -> StoredFix:
    place = event.position
    if place is None or event.time is None:
        raise ValueError("a fix needs a position and a time")
    return StoredFix(
        mmsi=mmsi,
        time=event.time,
        received=event.received_at,
        event=event.id,
        receiver=receiver,
        lat=place.lat,
        lon=place.lon,
        accuracy_m=place.accuracy_m,
        doubts=list(event.doubts),
    )


def _event(fix: StoredFix) -> TrackingEvent:
    return TrackingEvent(
        id=fix.event,
        protocol="ais",
        device=fix.mmsi,
        received_at=fix.received,
        time=fix.time,
        kind="position",
        position=Position(lat=fix.lat, lon=fix.lon, accuracy_m=fix.accuracy_m),
        doubts=tuple(fix.doubts),
    )
