# SPDX-License-Identifier: Apache-2.0
"""One transaction of judging: devices, what they told on their journeys, the alerts that follow."""

from __future__ import annotations

import time
from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from typing import NamedTuple
from uuid import UUID

import msgspec

from cocket.consignment import search_keys
from cocket.model import Manifest, TransportEquipment
from cocket.pipeline.base.document_files import DocumentFiles
from cocket.pipeline.base.wiring import Stores
from cocket.pipeline.consignment.papers import papers_of
from cocket.pipeline.tracking.alert_effects import Effects, alert_in, free_guarantees, with_handlings
from cocket.pipeline.tracking.journey_state import (
    DeviceProgress,
    passed_of,
    progress_of,
    seal_steps,
    standing_of,
    step_name,
)
from cocket.pipeline.tracking.seal_handling import SEAL_HANDLING, SealHandling
from cocket.pipeline.tracking.worker_cache import Memory
from cocket.stores.base.database import Connection
from cocket.stores.tracking.alerts import Alerts, StoredAlert
from cocket.stores.tracking.journeys import Journeys, StoredJourney
from cocket.tracking.alerts import KINDS, Alert, Notice, in_time, refutation, settle
from cocket.tracking.case import Case
from cocket.tracking.declared import judge_declared
from cocket.tracking.events import TrackingEvent
from cocket.tracking.judge import Judged, judge_device, judge_silent, judge_together
from cocket.tracking.thresholds import Thresholds

#: Most devices judged in one transaction (count).
MOST_DEVICES = 50

#: Late data is judged for so long after a journey was discharged.
_AFTERWARDS = timedelta(days=30)

#: Data counts if it came from this long before a journey began.
_BEFORE = timedelta(hours=1)

#: Of a device on no journey, so much is looked at.
_STOCK = timedelta(hours=6)

#: What a journey's reference may be.
REFERENCES = frozenset({"MRN", "UCR", "MUCR", "MASTER", "BL", "MANIFEST", "SAD", "DOCUMENT"})


class Moment(NamedTuple):
    """By what is judged, and for when.

    Attributes:
        limits: The measures.
        now: When this is done (UTC).
        as_of: The moment for which is judged (UTC): now, or earlier while messages of before wait to be taken in.
    """

    limits: Thresholds
    now: datetime
    as_of: datetime


class Judging:
    """Judges devices in one transaction.

    Args:
        shelves: The stores.
        connection: The transaction.
        memory: What the tracker remembers.
        moment: By what is judged, and for when.

    Attributes:
        effects: What follows; its records are to be sealed as the last act of the transaction.
        followed: Devices that are on a journey, of those judged.
    """

    def __init__(self, stores: Stores, connection: Connection, memory: Memory, moment: Moment) -> None:
        self._stores, self._connection, self._memory = stores, connection, memory
        self._limits, self._now, self._as_of = moment
        self._journeys: dict[str, StoredJourney] = {}
        self.effects = Effects(stores, connection, self._now)
        self.followed: set[str] = set()

    def judge(self, devices: Sequence[str], deadline: float) -> dict[str, float]:
        """Judge devices one after the other until a moment (of `time.monotonic`), one at least.

        Returns:
            Those judged, with the seconds each took.
        """
        some = list(devices[:MOST_DEVICES])
        of_devices = Journeys().of_devices(self._connection, some, self._now - _AFTERWARDS, to_change=True)
        self._journeys = {str(one.id): one for several in of_devices.values() for one in several}
        before = dict(self._journeys)
        for name, consignment in self._papers_of().items():
            self._journeys[name] = self._link(self._journeys[name], consignment)
        known = Alerts().of_devices(self._connection, some, [one.id for one in self._journeys.values()])
        starts = {device: [one.starts_at for one in of_devices.get(device, ())] for device in some}
        since = {device: min(begin, default=self._now - _STOCK) - _BEFORE for device, begin in starts.items()}
        events = self._memory.events(self._connection, since)
        done: dict[str, float] = {}
        for device in some:
            began = time.monotonic()
            names = [str(one.id) for one in of_devices.get(device, ())]
            on_file = [row for row in known.get(device, ()) if row.journey or row.since >= since[device]]
            self._judge(device, names, events[device], on_file)
            done[device] = time.monotonic() - began
            if time.monotonic() > deadline:
                break
        self.effects.write()
        changed = [one for one in self._journeys.values() if one is not before[str(one.id)]]
        Journeys().put_standing(self._connection, changed)
        free_guarantees(self.effects, self._connection, changed)
        self.followed = {device for device in done if device in of_devices}
        return done

    def _judge(self, device: str, names: list[str], events: list[TrackingEvent], on_file: list[StoredAlert]) -> None:
        self._memory.cases[device] = ()
        if events or names:
            judged = self._judged(device, names, events, on_file)
            alerts = [*judged.alerts, *(one for case in judged.cases for one in self._declared(case))]
            standing = [alert_in(row) for row in on_file if not row.is_withdrawn]
            notices = explained(in_time(settle(standing, alerts, self._now), events), on_file, events)
            self._journeys |= self.effects.tell(notices, on_file, {name: self._journeys[name] for name in names})
            self._memory.cases[device] = judged.cases if names else ()
            for case in judged.cases:
                if case.journey is not None and events:
                    self._progress(self._journeys[case.journey.id], case, device)
        for name in names:
            self._journeys[name] = msgspec.structs.replace(self._journeys[name], judged=self._now)

    def _judged(
        self, device: str, names: list[str], events: list[TrackingEvent], on_file: Sequence[StoredAlert]
    ) -> Judged:
        plans = [with_handlings(self._memory.plan(self._journeys[name]), on_file) for name in names]
        if events:
            cells = self._memory.cells(self._stores, self._connection)
            judged = judge_device(events, plans, limits=self._limits, as_of=self._as_of, cells=cells)
            disarmed = () if plans or not judged.alerts else self._disarmed(device)
            if disarmed:
                judged = judge_device(
                    events, plans, limits=self._limits, as_of=self._as_of, cells=cells, disarmed=disarmed
                )
            return judged
        return judge_silent(device, plans, limits=self._limits, as_of=self._as_of)

    def _disarmed(self, device: str) -> tuple[datetime, ...]:
        """When a device was asked to disarm (0..n)."""
        known = DocumentFiles(self._stores).read(self._connection, SEAL_HANDLING, device, SealHandling)
        return known.disarmed if known is not None else ()

    def _declared(self, case: Case) -> tuple[Alert, ...]:
        """Alerts of containers and seals that the papers of the journey's dossier do not name."""
        journey = self._journeys[case.journey.id] if case.journey else None
        if journey is None or journey.consignment is None:
            return ()
        consignment = journey.consignment
        papers = self._memory.declared(consignment, lambda: equipment_of(self._stores, self._connection, consignment))
        return judge_declared(case.events, str(journey.id), papers) if papers else ()

    def _papers_of(self) -> dict[str, UUID]:
        """Dossiers of journeys that have none yet, by journey; one look-up answers for all of them."""
        lacking = [one for one in self._journeys.values() if one.consignment is None]
        wanted = {
            str(one.id): [key.pair for key in search_keys(one.reference) if key.kind in REFERENCES]
            for one in lacking
            if self._memory.may_look_for_papers(one.id)
        }
        if not wanted:
            return {}
        keys = sorted({key for several in wanted.values() for key in several})
        known = self._stores.consignments.known_by(self._connection, keys)
        return {name: known[key] for name, several in wanted.items() for key in several if key in known}

    def _link(self, journey: StoredJourney, consignment: UUID) -> StoredJourney:
        """A journey with its dossier; alerts raised before follow it there, and red ones order what they order."""
        journey = msgspec.structs.replace(journey, consignment=consignment)
        red = [one for one in Alerts().link(self._connection, journey.id, consignment) if one.severity == "red"]
        for alert in red:
            journey = self.effects.hold(journey, alert, KINDS[alert.kind][1])
        Alerts().mark_ordered(self._connection, [one.id for one in red])
        return journey

    def _progress(self, journey: StoredJourney, case: Case, device: str) -> None:
        """Keep how far a device has come; seal what its seal went through, and that the journey arrived."""
        standing = standing_of(journey)
        steps = seal_steps(case, device)
        before = standing.devices.get(device, DeviceProgress())
        now_is = progress_of(case, steps, device)
        standing = msgspec.structs.replace(standing, devices={**standing.devices, device: now_is})
        if now_is.arrived != before.arrived:
            standing = msgspec.structs.replace(standing, passed=passed_of(case))
        gone = set(before.steps) - set(now_is.steps)
        told = [("seal-event", step) for step in steps if step_name(step) not in before.steps]
        for kind, body in [*told, *(("seal-event-refuted", {"step": name}) for name in sorted(gone))]:
            fields = {"journey": str(journey.id), "device": device, **msgspec.to_builtins(body)}
            self._seal(kind, journey, fields)
        journey = msgspec.structs.replace(journey, standing=msgspec.json.encode(standing))
        if journey.state != "discharged" and standing.arrived != journey.arrived:
            state = "arrived" if standing.arrived else "under-way"
            fields = {"journey": str(journey.id), "state": state, "office": journey.destination}
            self._seal("journey-arrival", journey, {**fields, "at": standing.arrived})
            journey = msgspec.structs.replace(journey, state=state, arrived=standing.arrived)
        self._journeys[str(journey.id)] = journey

    def _seal(self, kind: str, journey: StoredJourney, fields: dict[str, object]) -> None:
        about = journey.consignment or journey.id
        self.effects.records.append(self._stores.sealer.record(kind, "tracker", fields, about=about, at=self._now))


def judge_fleet(stores: Stores, connection: Connection, memory: Memory, moment: Moment) -> Effects:
    """Hold what several devices show together against what stood; the records are to be sealed."""
    limits, now, _ = moment
    effects = Effects(stores, connection, now)
    cases = [(device, case) for device, several in sorted(memory.cases.items()) for case in several]
    starts = [case.journey.starts_at for _, case in cases if case.journey is not None]
    if not starts:
        return effects
    alerts = judge_together(cases, limits=limits)
    begun = {device: min(_starts(several)) for device, several in memory.cases.items() if several}
    known = [row for row in Alerts().of_several(connection, min(starts)) if _is_judged(row, begun)]
    notices = settle([alert_in(row) for row in known if not row.is_withdrawn], alerts, now)
    if notices:
        devices = sorted({name for notice in notices for name in notice.alert.subject.split(",")})
        of_devices = Journeys().of_devices(connection, devices, now - _AFTERWARDS, to_change=True)
        journeys = {str(one.id): one for several in of_devices.values() for one in several}
        events = [event for _, case in cases for event in case.events]
        after = effects.tell(explained(in_time(notices, events), known, events), known, journeys)
        effects.write()
        Journeys().put_standing(connection, [one for name, one in after.items() if one is not journeys.get(name)])
        free_guarantees(effects, connection, after.values())
    return effects


def _starts(cases: Iterable[Case]) -> list[datetime]:
    return [case.journey.starts_at for case in cases if case.journey is not None]


def _is_judged(row: StoredAlert, begun: dict[str, datetime]) -> bool:
    """Whether an alert's devices are all still looked at, as far back; what is not looked at is not withdrawn."""
    return all(device in begun and begun[device] <= row.since for device in row.devices)


def equipment_of(stores: Stores, connection: Connection, consignment: UUID) -> tuple[TransportEquipment, ...]:
    """Containers with their seals, as declaration and manifest of a dossier name them today (0..n)."""
    found: list[TransportEquipment] = []
    for paper in papers_of(stores, connection, [consignment]).get(consignment, ()):
        if paper.speaks and paper.declaration:
            found += paper.declaration.shipment.equipment
        elif paper.speaks and paper.bill and isinstance(paper.document, Manifest):
            found += paper.bill.equipment
    return tuple(found)


def explained(
    notices: Iterable[Notice], on_file: Iterable[StoredAlert], events: Sequence[TrackingEvent]
) -> tuple[Notice, ...]:
    """Notices, those of withdrawal with their reason."""
    raised = {row.found: row.raised for row in on_file}
    return tuple(
        msgspec.structs.replace(notice, why=refutation(notice.alert, events, raised[notice.alert.id]))
        if notice.what == "withdrawn"
        else notice
        for notice in notices
    )
