# SPDX-License-Identifier: Apache-2.0
"""The calendar of joint inspections: one appointment for all agencies that examine a consignment.

Slots are opened by customs, so customs can attend every one of them: which slot is chosen, and that there is an appointment at all,
depends on the agencies alone. A trader who is told of it learns nothing of what customs advised.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from typing import Final, Literal

import msgspec

#: Kinds of the documents, and of their sealed records.
SLOT: Final = "inspection-slot"
APPOINTMENT: Final = "appointment"

#: Who is named beside agencies.
CUSTOMS: Final = "customs"
TRADER: Final = "trader"

#: How long before it begins an appointment is set at the latest, so that the trader hears of it in time.
NOTICE: Final = timedelta(hours=2)

AppointmentState = Literal["waiting", "set", "kept", "cancelled"]
Told = Literal["", "set", "moved", "cancelled"]


class Slot(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A time at which goods can be examined at an office; also its sealed record.

    Attributes:
        id: Office and beginning, such as `XAPRT001 2026-12-02T08:00Z`.
        office: Customs office.
        place: Where at the office.
        begins: Beginning, UTC.
        ends: End, UTC.
        places: Consignments that can be examined at once (count).
        agencies: Agency → consignments that it can attend then (count); who is not named cannot come.
        is_closed: Whether it was closed.
        by: Who opened it or changed it last.
    """

    id: str
    office: str
    place: str = ""
    begins: datetime
    ends: datetime
    places: int
    agencies: dict[str, int] = {}
    is_closed: bool = False
    by: str


class Move(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A step of an appointment to another time.

    Attributes:
        at: When it was done, UTC.
        by: `customs`, `trader` or an agency; empty where it followed from what others did.
        reason: Why, in words; empty likewise.
        origin: Slot before; empty for none.
        to: Slot after; empty for none yet.
    """

    at: datetime
    by: str = ""
    reason: str = ""
    origin: str = ""
    to: str = ""


class Miss(msgspec.Struct, frozen=True, kw_only=True):
    """That somebody did not come.

    Attributes:
        slot: The slot.
        who: `customs`, `trader` or an agency.
        by: Who says so.
        at: When it was said, UTC.
    """

    slot: str
    who: str
    by: str
    at: datetime


class Appointment(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """The one appointment for the examination of a consignment; also its sealed record.

    Attributes:
        consignment: The dossier.
        office: Office where it is.
        agencies: Agencies that examine (0..n), sorted.
        state: `waiting` while no slot suits all, `set`, `kept` after it took place, `cancelled` when no agency asks any more.
        slot: The slot; empty while there is none.
        place: Where.
        begins: Beginning, UTC; None while there is none.
        ends: End, UTC; likewise.
        told: What this step tells the trader.
        senders: Senders who are told (0..n).
        moves: Each change of time, oldest first (0..n).
        misses: Who did not come, oldest first (0..n).
        by: Who took this step.
    """

    consignment: str
    office: str
    agencies: tuple[str, ...] = ()
    state: AppointmentState
    slot: str = ""
    place: str = ""
    begins: datetime | None = None
    ends: datetime | None = None
    told: Told = ""
    senders: tuple[str, ...] = ()
    moves: tuple[Move, ...] = ()
    misses: tuple[Miss, ...] = ()
    by: str


def slot_id(office: str, begins: datetime) -> str:
    """The name of a slot, from its office and its beginning (UTC)."""
    return f"{office} {begins:%Y-%m-%dT%H:%MZ}"


def suits(slot: Slot, agencies: Iterable[str], booked: Iterable[Appointment]) -> bool:
    """Whether a slot has room for one more consignment that these agencies examine.

    Args:
        slot: The slot.
        agencies: Agencies that must be there.
        booked: Other appointments, of this slot and any other (0..n).
    """
    there = [one for one in booked if one.state == "set" and one.slot == slot.id]
    if slot.is_closed or len(there) >= slot.places:
        return False
    return all(sum(agency in one.agencies for one in there) < slot.agencies.get(agency, 0) for agency in agencies)


def earliest(slots: Iterable[Slot], wanted: Appointment, booked: Sequence[Appointment], after: datetime) -> Slot | None:
    """The earliest slot of its office that all can attend; None where there is none yet.

    Args:
        slots: Slots, of any office.
        wanted: The appointment; how it stands itself takes no place.
        booked: Every appointment that is set.
        after: Moment that it may begin at the earliest, UTC.
    """
    others = [one for one in booked if one.consignment != wanted.consignment]
    found = (
        one
        for one in slots
        if one.office == wanted.office and one.begins >= after and suits(one, wanted.agencies, others)
    )
    return min(found, key=lambda one: (one.begins, one.id), default=None)


def at_slot(known: Appointment, slot: Slot | None, step: Move) -> Appointment:
    """An appointment at a slot, or waiting for one, with the step that led there."""
    has_one = bool(known.slot) and known.state == "set"
    told: Told = "moved" if has_one else "set" if slot is not None else ""
    origin, to = known.slot if has_one else "", slot.id if slot is not None else ""
    return msgspec.structs.replace(
        known,
        state="set" if slot is not None else "waiting",
        slot=to,
        place=slot.place if slot is not None else "",
        begins=slot.begins if slot is not None else None,
        ends=slot.ends if slot is not None else None,
        told=told,
        moves=(*known.moves, msgspec.structs.replace(step, origin=origin, to=to)),
    )


def settled(
    known: Appointment,
    agencies: Iterable[str],
    calendar: tuple[Sequence[Slot], Sequence[Appointment]],
    step: Move,
    by: str,
) -> Appointment:
    """An appointment after what agencies ask of it changed, or the calendar did.

    It keeps its time where that still suits all, is cancelled when the last agency asks no longer, and else stands at the earliest
    slot that all can attend, or waits for one.

    Args:
        known: As it stands.
        agencies: Agencies that ask for an examination now (0..n).
        calendar: Slots of its office, and every appointment that is set.
        step: When, and by whom and why if somebody says so.
        by: Who took the step that led here.

    Returns:
        As it stands now; equal to `known` where nothing changed.
    """
    slots, booked = calendar
    wanted = msgspec.structs.replace(known, agencies=tuple(sorted(set(agencies))), by=by)
    if not wanted.agencies:
        if known.state in ("cancelled", "kept"):
            return known
        has_one = known.state == "set"
        return msgspec.structs.replace(
            known,
            state="cancelled",
            agencies=(),
            told="cancelled" if has_one else "",
            by=by,
            moves=(*known.moves, msgspec.structs.replace(step, origin=known.slot, to="")),
        )
    if known.state == "kept" and set(wanted.agencies) <= set(known.agencies):
        return known
    others = [one for one in booked if one.consignment != known.consignment]
    own = next((one for one in slots if one.id == known.slot), None) if known.state == "set" else None
    if own is not None and own.begins >= step.at and suits(own, wanted.agencies, others):
        return known if wanted.agencies == known.agencies else msgspec.structs.replace(wanted, told="")
    if own is not None and own.begins < step.at and not own.is_closed and wanted.agencies == known.agencies:
        return known  # it takes place now, or somebody has yet to say how it went
    slot = earliest(slots, wanted, booked, step.at + NOTICE)
    if slot is None and known.state == "waiting":
        return known if wanted.agencies == known.agencies else msgspec.structs.replace(wanted, told="")
    return at_slot(wanted, slot, step)


def state_of_slot(slot: Slot) -> str:
    """How the file of a slot stands: closed, or the month that it is in, by which it is found."""
    return "closed" if slot.is_closed else f"{slot.begins:%Y-%m}"


def state_of_appointment(one: Appointment) -> str:
    """How the file of an appointment stands; one that is over by its month, by which it is found."""
    is_over = one.state in ("kept", "cancelled") and one.begins is not None
    return f"{one.state} {one.begins:%Y-%m}" if is_over else one.state


def months(first: datetime, last: datetime) -> tuple[str, ...]:
    """Every month from one moment to another, such as `2026-12` (1..n)."""
    found, at = [], first.replace(day=1)
    while at <= last:
        found.append(f"{at:%Y-%m}")
        at = (at + timedelta(days=32)).replace(day=1)
    return tuple(found)
