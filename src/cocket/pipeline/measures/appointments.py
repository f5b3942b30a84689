# SPDX-License-Identifier: Apache-2.0
"""Appointments as holds and the calendar have them: set, moved and cancelled by themselves, one at a time.

Whoever changes an appointment or a slot takes the one lock of the calendar first, so that no slot is ever given twice.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

from cocket.control.appointments import (
    APPOINTMENT,
    SLOT,
    Appointment,
    Move,
    Slot,
    months,
    settled,
    slot_id,
    state_of_appointment,
    state_of_slot,
)
from cocket.measures.permits import Hold
from cocket.pipeline.base.document_files import DocumentFiles, Place
from cocket.pipeline.base.wiring import Stores
from cocket.pipeline.consignment.guest_scopes import declared_by
from cocket.pipeline.consignment.papers import papers_of
from cocket.stores import NewRecord
from cocket.stores.base.database import Connection
from cocket.stores.consignment.rows import Line

#: How far ahead slots are opened and appointments set.
HORIZON: Final = timedelta(days=62)


class Calendar:
    """Slots and appointments, in a transaction that has the calendar for itself.

    Args:
        stores: The stores.
        connection: The transaction; others that change the calendar wait until it ends.
        now: When, UTC.
    """

    def __init__(self, stores: Stores, connection: Connection, now: datetime) -> None:
        self._stores, self._connection, self.now = stores, connection, now
        self._files = DocumentFiles(stores)
        stores.case_files.lock(connection, APPOINTMENT)

    def slots(self, office: str = "", since: datetime | None = None) -> list[Slot]:
        """Slots that are not closed, of an office or of all, from a moment on, in order of time (0..n)."""
        first = since or self.now
        every = self._files.every(self._connection, SLOT, Slot, months(first, self.now + 2 * HORIZON))
        return sorted(
            (one for one in every if one.ends >= first and office in ("", one.office)),
            key=lambda one: (one.begins, one.id),
        )

    def slot(self, name: str) -> Slot | None:
        """One slot, closed or not; None if there is none."""
        return self._files.read(self._connection, SLOT, name, Slot, to_change=True)

    def appointment(self, dossier: UUID) -> Appointment | None:
        """The appointment of a dossier as it stands; None if it never had one."""
        return self._files.read(self._connection, APPOINTMENT, str(dossier), Appointment, to_change=True)

    def open_appointments(self) -> list[Appointment]:
        """Every appointment that is set or waits, those that wait longest first (0..n)."""
        every = self._files.every(self._connection, APPOINTMENT, Appointment, ("set", "waiting"))
        return sorted(every, key=lambda one: (one.moves[0].at if one.moves else self.now, one.consignment))

    def keep_slot(self, slot: Slot) -> list[NewRecord]:
        """Write a slot down; what is to be sealed (0..1)."""
        place = Place(state=state_of_slot(slot), office=slot.office)
        record = self._files.write(self._connection, SLOT, slot_id(slot.office, slot.begins), (slot, slot.by), place)
        return [record] if record is not None else []

    def keep(self, one: Appointment) -> list[NewRecord]:
        """Write an appointment down; what is to be sealed (0..1)."""
        place = Place(state=state_of_appointment(one), consignment=UUID(one.consignment), office=one.office or None)
        record = self._files.write(self._connection, APPOINTMENT, one.consignment, (one, one.by), place)
        return [record] if record is not None else []

    def after_holds(self, line: Line, holds: Iterable[Hold], by: str) -> list[NewRecord]:
        """Let the appointment of a dossier follow the holds that stand on it; what is to be sealed (0..1)."""
        asking = {one.agency for one in holds if one.is_held and one.examines}
        known = self.appointment(line.id)
        if known is None and not asking:
            return []
        if known is None:
            senders = declared_by(papers_of(self._stores, self._connection, [line.id]).get(line.id, ()))
            known = Appointment(
                consignment=str(line.id), office=line.office or "", state="waiting", senders=senders, by=by
            )
        booked = self.open_appointments()
        made = settled(known, asking, (self.slots(known.office), booked), Move(at=self.now), by)
        return self.keep(made) if made != known or not known.agencies else []

    def resettle(self, office: str, by: str) -> list[NewRecord]:
        """Let appointments of an office that wait, or whose slot no longer suits, have the earliest that does; what is to be sealed."""
        booked = {one.consignment: one for one in self.open_appointments()}
        slots, records = self.slots(office), list[NewRecord]()
        for one in [each for each in booked.values() if each.office == office]:
            made = settled(one, one.agencies, (slots, list(booked.values())), Move(at=self.now), by)
            if made != one:
                booked[one.consignment] = made
                records += self.keep(made)
        return records
