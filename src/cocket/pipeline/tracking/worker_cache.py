# SPDX-License-Identifier: Apache-2.0
"""What a tracker remembers so that it need not read it again: events of devices, cases, what papers declare.

All of it can be had again from the database; forgetting it costs time and nothing else.
"""

from __future__ import annotations

import time
from collections import OrderedDict
from collections.abc import Callable, Iterable, Mapping
from datetime import datetime
from uuid import UUID

from cocket.model import TransportEquipment
from cocket.pipeline.base.wiring import Stores
from cocket.pipeline.tracking.cell_tables import CellsInUse
from cocket.pipeline.tracking.journey_state import plan_of
from cocket.stores.base.database import Connection
from cocket.stores.tracking.device_events import DeviceEvents
from cocket.stores.tracking.journeys import StoredJourney
from cocket.tracking.case import Case
from cocket.tracking.cells import CellTable
from cocket.tracking.events import TrackingEvent
from cocket.tracking.journey import Journey

#: Most events kept in memory (count), some 700 bytes each.
MOST_EVENTS = 400_000

#: How long what papers declare is remembered, in seconds.
_PAPERS_SECONDS = 30.0


class _Kept:
    """Events of one device since a moment, up to a row."""

    def __init__(self, since: datetime, row: int, events: list[TrackingEvent]) -> None:
        self.since, self.row, self.events = since, row, events


class Memory:
    """A tracker's memory.

    Args:
        link_seconds: How often the dossier of a journey is looked for that has none.

    Attributes:
        cases: Cases of devices on journeys that are not discharged, by device.
    """

    def __init__(self, link_seconds: float = 10.0) -> None:
        self._link_seconds = link_seconds
        self._kept: OrderedDict[str, _Kept] = OrderedDict()
        self._count = 0
        self._papers: dict[UUID, tuple[float, tuple[TransportEquipment, ...]]] = {}
        self._plans: dict[UUID, tuple[tuple[bytes, datetime | None], Journey]] = {}
        self._looked: dict[UUID, float] = {}
        self.cases: dict[str, tuple[Case, ...]] = {}
        self._cells: CellsInUse | None = None

    def clear(self) -> None:
        """Forget everything."""
        self._kept.clear()
        self._papers.clear()
        self._plans.clear()
        self._looked.clear()
        self.cases.clear()
        self._cells = None
        self._count = 0

    def events(self, connection: Connection, since: Mapping[str, datetime]) -> dict[str, list[TrackingEvent]]:
        """All events of devices that were taken in, of each since a moment; only what is new is read.

        Args:
            connection: The transaction.
            since: Device → since when.

        Returns:
            Device → its events, in the order in which they were taken in (0..n).
        """
        for device, moment in since.items():
            kept = self._kept.get(device)
            if kept is None or kept.since > moment:
                self._forget(device)
                self._kept[device] = _Kept(moment, 0, [])
            self._kept.move_to_end(device)
        wanted = [(device, self._kept[device].since, self._kept[device].row) for device in since]
        for device, (events, row) in DeviceEvents().events_of(connection, wanted).items():
            kept = self._kept[device]
            kept.events += events
            kept.row = row
            self._count += len(events)
        found = {device: self._kept[device].events for device in since}
        while self._count > MOST_EVENTS and len(self._kept) > len(since):
            self._forget(next(iter(self._kept)))
        return found

    def _forget(self, device: str) -> None:
        kept = self._kept.pop(device, None)
        self._count -= len(kept.events) if kept is not None else 0

    def cells(self, stores: Stores, connection: Connection) -> CellTable | None:
        """Places of network cells, as of half a minute ago at most; None if no table was imported."""
        if self._cells is None:
            self._cells = CellsInUse(stores)
        return self._cells.table(connection)

    def plan(self, journey: StoredJourney) -> Journey:
        """The plan of a journey; the same object as long as it does not change."""
        known, mark = self._plans.get(journey.id), (journey.plan, journey.discharged)
        if known is None or known[0] != mark:
            known = self._plans[journey.id] = (mark, plan_of(journey))
        return known[1]

    def may_look_for_papers(self, journey: UUID) -> bool:
        """Whether it is time to look again for the dossier of a journey that has none."""
        now = time.monotonic()
        if journey in self._looked and now - self._looked[journey] < self._link_seconds:
            return False
        self._looked[journey] = now
        return True

    def declared(
        self, consignment: UUID, read: Callable[[], tuple[TransportEquipment, ...]]
    ) -> tuple[TransportEquipment, ...]:
        """Equipment that the papers of a dossier declare, as of half a minute ago at most."""
        known = self._papers.get(consignment)
        if known is None or time.monotonic() - known[0] > _PAPERS_SECONDS:
            known = self._papers[consignment] = (time.monotonic(), read())
        return known[1]

    def keep_only(self, devices: Iterable[str]) -> None:
        """Forget the cases of all other devices."""
        wanted = set(devices)
        if len(self._plans) > 2 * len(wanted) + 1_000:  # those of journeys long discharged are read again if need be
            self._plans.clear()
            self._looked.clear()
        self.cases = {device: cases for device, cases in self.cases.items() if device in wanted}
