# SPDX-License-Identifier: Apache-2.0
"""The calendar of joint inspections: customs opens slots, agencies say which they can attend, appointments follow by themselves.

What a trader is told hangs on holds of agencies and on this calendar, never on what customs advised: customs can attend every slot that
it opens, so no slot is chosen or passed over because of it.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable
from datetime import UTC, date, datetime, time, timedelta
from typing import Final
from uuid import UUID
from zoneinfo import ZoneInfo

import msgspec

from cocket.control.appointments import (
    APPOINTMENT,
    CUSTOMS,
    NOTICE,
    TRADER,
    Appointment,
    Miss,
    Move,
    Slot,
    at_slot,
    earliest,
    months,
    slot_id,
    suits,
)
from cocket.errors import ReasonMissingError, SenderError
from cocket.governance import HOUSE_WIDE, Principal, Resource
from cocket.measures.permits import Hold
from cocket.pipeline.base.access import NotFoundError, Service
from cocket.pipeline.base.agency_holds import standing_holds
from cocket.pipeline.base.document_files import DocumentFiles
from cocket.pipeline.base.ids import parse_id
from cocket.pipeline.base.wiring import Stores
from cocket.pipeline.consignment.guest_scopes import guests_now, within, working
from cocket.pipeline.measures.appointments import HORIZON, Calendar
from cocket.pipeline.measures.permits import holds_by
from cocket.stores.base.database import Connection
from cocket.stores.consignment.rows import Line

__all__ = ["Appointments", "BookedLine", "CalendarDays", "NewSlots", "OwnAppointment", "SlotView"]

#: Days that a calendar shows at once, slots that are opened at once, and moves that a trader may ask for (counts).
MOST_DAYS: Final = 14
_MOST_SLOTS: Final = 60
OWN_MOVES: Final = 2
_LONGEST_REASON: Final = 400
_MOST_PLACES: Final = 50
_LONGEST_SLOT: Final = timedelta(hours=12)


class NewSlots(msgspec.Struct, frozen=True, kw_only=True):
    """Slots that are to be opened, one after another on one day.

    Attributes:
        office: Customs office.
        day: Day, of the zone of the administration.
        begins: When the first begins, of that zone.
        minutes: How long each is.
        count: How many (1..60).
        places: Consignments that can be examined at once in each (count).
        place: Where at the office.
    """

    office: str
    day: date
    begins: time
    minutes: int = 60
    count: int = 1
    places: int = 1
    place: str = ""


class BookedLine(msgspec.Struct, frozen=True, kw_only=True):
    """An appointment in the calendar.

    Attributes:
        appointment: The appointment.
        title: First reference of the consignment.
        has_order: Whether customs has an open order on it; None where the reader may not know.
    """

    appointment: Appointment
    title: str = ""
    has_order: bool | None = None


class SlotView(msgspec.Struct, frozen=True, kw_only=True):
    """A slot with what stands in it.

    Attributes:
        slot: The slot; an agency sees its own attendance alone.
        taken: Places that are taken (count).
        lines: Appointments in it that the reader may see (0..n).
    """

    slot: Slot
    taken: int
    lines: tuple[BookedLine, ...] = ()


class CalendarDays(msgspec.Struct, frozen=True, kw_only=True):
    """Days of the calendar.

    Attributes:
        office: Office; empty for all that the reader may see.
        first: First day.
        last: Last day.
        slots: Slots in order of time (0..n).
        waiting: Appointments that no slot suits yet (0..n).
        offices: Offices that the reader may choose from (0..n).
    """

    office: str
    first: date
    last: date
    slots: tuple[SlotView, ...]
    waiting: tuple[BookedLine, ...] = ()
    offices: tuple[str, ...] = ()


class OwnAppointment(msgspec.Struct, frozen=True, kw_only=True):
    """What a trader is told of a consignment of his that other agencies hold or examine.

    Attributes:
        consignment: Our id of it.
        reference: Its first reference.
        held_by: Agencies that hold it, each with the legal basis that it names (0..n).
        state: How the appointment stands; empty where no agency asks to examine.
        agencies: Agencies that examine (0..n).
        office: Customs office.
        place: Where.
        begins: Beginning, UTC; None while there is no time.
        ends: End, UTC; likewise.
        moved: How often its time changed (count), `misses` how often it was missed.
        misses: As said.
        choices: Slots to which he may still move it (0..n).
    """

    consignment: str
    reference: str
    held_by: tuple[tuple[str, str], ...] = ()
    state: str = ""
    agencies: tuple[str, ...] = ()
    office: str = ""
    place: str = ""
    begins: datetime | None = None
    ends: datetime | None = None
    moved: int = 0
    misses: int = 0
    choices: tuple[tuple[str, datetime], ...] = ()


class Appointments(Service):
    """Slots and appointments.

    Args:
        stores: The stores of this process.
    """

    def __init__(self, stores: Stores) -> None:
        super().__init__(stores)
        self._files = DocumentFiles(stores)

    def calendar(
        self, principal: Principal, office: str = "", first: date | None = None, days: int = 7
    ) -> CalendarDays:
        """Days of the calendar as far as this principal may see them; the look is sealed.

        Args:
            principal: Who asks.
            office: Of this office alone; empty for all that he may see.
            first: First day, of the zone of the administration; today if not given.
            days: How many (1..14).

        Raises:
            PolicyError: He may see no calendar, or not that of this office.
        """
        zone, now = ZoneInfo(self._stores.settings.time_zone), datetime.now(UTC)
        begin = first or now.astimezone(zone).date()
        days = max(1, min(days, MOST_DAYS))
        since, until = (
            datetime.combine(begin + timedelta(days=more), time(), zone).astimezone(UTC) for more in (0, days)
        )
        with self._stores.database.transaction() as connection:
            agency, principal = self._agency(connection, principal)
            if agency:
                self._access.require(principal, "appointment:read", Resource(sender=agency))
            else:
                about = Resource(offices=(office,)) if office else HOUSE_WIDE
                self._access.require(principal, "appointment:read", about)
            calendar = Calendar(self._stores, connection, now)
            slots = [
                one
                for one in calendar.slots(office, since)
                if one.begins < until and self._may(connection, principal, one.office, agency, "appointment:read")
            ]
            kept = self._files.every(
                connection, APPOINTMENT, Appointment, tuple(f"kept {month}" for month in months(since, until))
            )
            every = [*calendar.open_appointments(), *kept]
            lines = self._lines(connection, principal, agency, every)
            known = self._offices(connection, principal, agency, every, calendar.slots("", now))
            subjects = tuple(one.appointment.consignment for one in lines.values()) or ("none",)
            self._access.seal(connection, self._access.record(principal, "appointments", subjects))
        views = []
        for slot in slots:
            there = [one for one in every if one.slot == slot.id and one.state in ("set", "kept")]
            shown = tuple(lines[one.consignment] for one in there if one.consignment in lines)
            views.append(SlotView(slot=_slot_for(slot, agency), taken=len(there), lines=shown))
        waiting = tuple(
            one
            for one in lines.values()
            if one.appointment.state == "waiting" and office in ("", one.appointment.office)
        )
        return CalendarDays(
            office=office,
            first=begin,
            last=begin + timedelta(days=days - 1),
            slots=tuple(views),
            waiting=waiting,
            offices=known,
        )

    def open_slots(self, principal: Principal, new: NewSlots) -> tuple[Slot, ...]:
        """Open slots: customs can attend each of them. Appointments that wait are set at once where they suit; sealed.

        Raises:
            PolicyError: The principal is no examiner of that office.
            SenderError: They cannot be, or one of them overlaps one that is open at the same place: teams that examine there at
                the same time are places of one slot, so that no inspection shed is given twice.
        """
        office = _word(new.office, "office", 20).upper()
        self._access.require(principal, "appointment:keep", Resource(offices=(office,)))
        longest = _LONGEST_SLOT // timedelta(minutes=1)
        if not (5 <= new.minutes <= longest and 1 <= new.count <= _MOST_SLOTS and 1 <= new.places <= _MOST_PLACES):
            raise SenderError(
                f"A slot lasts 5 to 720 minutes; 1 to {_MOST_SLOTS} are opened at once, each with 1 to {_MOST_PLACES} places.",
                code="slot-form",
            )
        now, zone = datetime.now(UTC), ZoneInfo(self._stores.settings.time_zone)
        start = (
            datetime.combine(new.day, new.begins.replace(tzinfo=None), zone)
            .astimezone(UTC)
            .replace(second=0, microsecond=0)
        )
        step = timedelta(minutes=new.minutes)
        if not now <= start <= now + HORIZON - new.count * step:
            raise SenderError(f"Slots are in the future, at most {HORIZON.days} days ahead.", code="slot-time")
        with self._stores.database.transaction() as connection:
            calendar, made, records = Calendar(self._stores, connection, now), [], []
            place = new.place.strip()[:100]
            open_there = [
                one for one in calendar.slots(office, start - _LONGEST_SLOT) if _may_be_same(one.place, place)
            ]
            for number in range(new.count):
                begins = start + number * step
                known = calendar.slot(slot_id(office, begins))
                if known is not None and not known.is_closed:
                    raise SenderError("There is a slot at that time already.", code="slot-known", found=known.id)
                taken = [one for one in open_there if one.begins < begins + step and begins < one.ends]
                if taken:
                    raise SenderError(
                        f"The open slot {taken[0].id} ({taken[0].place or 'no place named'}) overlaps it: it ends at "
                        f"{taken[0].ends:%H:%M}Z. For several teams at once, open one slot with that many places.",
                        code="slot-overlap",
                        found=taken[0].id,
                    )
                slot = Slot(
                    id=slot_id(office, begins),
                    office=office,
                    place=place,
                    begins=begins,
                    ends=begins + step,
                    places=new.places,
                    by=principal.id,
                )
                made.append(slot)
                records += calendar.keep_slot(slot)
            self._access.seal(connection, *records, *calendar.resettle(office, principal.id))
        return tuple(made)

    def close_slot(self, principal: Principal, name: str, reason: str) -> Slot:
        """Close a slot; what stands in it is moved to the earliest that suits all, or waits. Sealed.

        Raises:
            NotFoundError: There is no such slot.
            PolicyError: The principal is no examiner of that office.
            ReasonMissingError: No reason is given.
        """
        words = _reason(reason)
        with self._stores.database.transaction() as connection:
            calendar = Calendar(self._stores, connection, datetime.now(UTC))
            known = self._slot(connection, calendar, principal, name, "")
            self._access.require(principal, "appointment:keep", Resource(offices=(known.office,)))
            made = msgspec.structs.replace(known, is_closed=True, by=principal.id)
            records = calendar.keep_slot(made)
            step = Move(at=calendar.now, by=CUSTOMS, reason=words)
            for one in [each for each in calendar.open_appointments() if each.slot == known.id]:
                slot = earliest(calendar.slots(known.office), one, calendar.open_appointments(), calendar.now + NOTICE)
                records += calendar.keep(msgspec.structs.replace(at_slot(one, slot, step), by=principal.id))
            self._access.seal(connection, *records)
        return made

    def attend(self, principal: Principal, name: str, places: int, agency: str = "") -> Slot:
        """Say how many consignments an agency can attend in a slot; 0 for none. Sealed.

        Raises:
            NotFoundError: There is no such slot at an office of its scope.
            SenderError: It has more appointments there than that: these are moved first.
        """
        if not 0 <= places <= _MOST_PLACES:
            raise SenderError(f"An agency attends 0 to {_MOST_PLACES} consignments at once.", code="slot-places")
        with self._stores.database.transaction() as connection:
            calendar = Calendar(self._stores, connection, datetime.now(UTC))
            own, principal = self._agency(connection, principal, agency)
            known = self._slot(connection, calendar, principal, name, own)
            if not own or not self._may(connection, principal, known.office, own, "appointment:keep"):
                raise NotFoundError("There is no such slot.")
            booked = [one for one in calendar.open_appointments() if one.slot == known.id and own in one.agencies]
            if len(booked) > places:
                raise SenderError(
                    "Appointments stand in this slot: move them first.", code="slot-booked", found=str(len(booked))
                )
            there = {**known.agencies, own: places}
            if not places:
                del there[own]
            made = msgspec.structs.replace(known, agencies=dict(sorted(there.items())), by=principal.id)
            records = calendar.keep_slot(made)
            self._access.seal(connection, *records, *calendar.resettle(known.office, principal.id))
        return _slot_for(made, own)

    def move(self, principal: Principal, consignment_id: str, name: str, reason: str, agency: str = "") -> Appointment:
        """Move an appointment to another slot that all can attend; sealed, and told to the trader.

        Customs may, an agency that examines, and the trader himself, at most twice.

        Raises:
            NotFoundError: There is no such appointment, or slot, for him.
            ReasonMissingError: No reason is given.
            SenderError: The slot does not suit all, or it may not be moved any more.
        """
        words = _reason(reason)
        with self._stores.database.transaction() as connection:
            calendar = Calendar(self._stores, connection, datetime.now(UTC))
            known, by = self._moved_by(connection, calendar, principal, consignment_id, agency)
            slot = calendar.slot(name.strip())
            if slot is None or slot.office != known.office:
                raise NotFoundError("There is no such slot.")
            if known.state not in ("set", "waiting"):
                raise SenderError("This appointment is over.", code="appointment-over")
            if by == TRADER and sum(one.by == TRADER for one in known.moves) >= OWN_MOVES:
                raise SenderError(f"You can move an appointment {OWN_MOVES} times.", code="appointment-moves")
            others = [one for one in calendar.open_appointments() if one.consignment != known.consignment]
            if slot.id == known.slot or slot.begins < calendar.now or not suits(slot, known.agencies, others):
                raise SenderError("Not all can attend this slot, or it is full.", code="slot-taken", found=slot.id)
            step = Move(at=calendar.now, by=by, reason=words)
            made = msgspec.structs.replace(at_slot(known, slot, step), by=principal.id)
            self._access.seal(connection, *calendar.keep(made), *calendar.resettle(known.office, principal.id))
        return _for_reader(made, by)

    def attended(self, principal: Principal, consignment_id: str, agency: str = "") -> Appointment:
        """Say that an appointment took place; sealed. Its holds stand until their agencies release them.

        Raises:
            NotFoundError: There is no such appointment for him.
            SenderError: It is not set, or has not begun.
        """
        with self._stores.database.transaction() as connection:
            calendar = Calendar(self._stores, connection, datetime.now(UTC))
            known, by = self._begun(connection, calendar, principal, consignment_id, agency)
            made = msgspec.structs.replace(known, state="kept", told="", by=principal.id)
            self._access.seal(connection, *calendar.keep(made))
        return _for_reader(made, by)

    def missed(self, principal: Principal, consignment_id: str, who: str, agency: str = "") -> Appointment:
        """Say who did not come; it is counted, and the appointment has the earliest slot that all can attend. Sealed.

        Args:
            principal: Who says so: customs, or an agency that examines.
            consignment_id: The consignment.
            who: `customs`, `trader`, or an agency of the appointment.
            agency: The agency that he speaks for; empty for the only one, or for customs.

        Raises:
            NotFoundError: There is no such appointment for him.
            SenderError: It is not set, has not begun, or that party is not of it.
        """
        with self._stores.database.transaction() as connection:
            calendar = Calendar(self._stores, connection, datetime.now(UTC))
            known, by = self._begun(connection, calendar, principal, consignment_id, agency)
            if who not in (CUSTOMS, TRADER, *known.agencies):
                raise SenderError("Who did not come is of this appointment.", code="appointment-who", found=who[:80])
            miss = Miss(slot=known.slot, who=who, by=principal.id, at=calendar.now)
            booked = calendar.open_appointments()
            slot = earliest(calendar.slots(known.office), known, booked, calendar.now + NOTICE)
            made = at_slot(known, slot, Move(at=calendar.now, by=by, reason=""))
            made = msgspec.structs.replace(made, misses=(*known.misses, miss), by=principal.id)
            self._access.seal(connection, *calendar.keep(made))
        return _for_reader(made, by)

    def own_appointments(self, principal: Principal) -> tuple[OwnAppointment, ...]:
        """Consignments of a trader's own that agencies hold or examine, the next first (0..n); the look is sealed.

        Holds that customs wrote down are left out: when these come may depend on what was advised.

        Raises:
            PolicyError: The principal speaks for no trader.
        """
        now = datetime.now(UTC)
        with self._stores.database.transaction() as connection:
            mine = [
                one for one in principal.senders if self._access.may(principal, "appointment:own", Resource(sender=one))
            ]
            if not mine:
                self._access.require(principal, "appointment:own", Resource(sender=next(iter(principal.senders), None)))
            calendar = Calendar(self._stores, connection, now)
            past = months(now - HORIZON, now + HORIZON)
            states = ("set", "waiting", *(f"{state} {month}" for state in ("kept", "cancelled") for month in past))
            known = {
                UUID(one.consignment): one for one in self._files.every(connection, APPOINTMENT, Appointment, states)
            }
            came = self._stores.consignments.lines_of(connection, list(known))
            every = {
                identity: one
                for identity, one in known.items()
                if identity in came and self._is_own(principal, one.senders, came[identity].received)
            }
            held = self._held_of(connection, principal)
            ids = [*every, *(one for one in held if one not in every)]
            lines = self._stores.consignments.lines_of(connection, ids)
            slots, booked = calendar.slots(), calendar.open_appointments()
            found = [
                _own(lines[one], every.get(one), held.get(one, ()), (slots, booked, now)) for one in ids if one in lines
            ]
            found = [one for one in found if one.held_by or one.state]
            if found:
                subjects = tuple(one.consignment for one in found)
                self._access.seal(connection, self._access.record(principal, "own appointments", subjects))
        far = datetime.max.replace(tzinfo=UTC)
        return tuple(sorted(found, key=lambda one: (one.state == "cancelled", one.begins or far, one.consignment)))

    def _held_of(self, connection: Connection, principal: Principal) -> dict[UUID, tuple[Hold, ...]]:
        """Holds of agencies that work here themselves, on dossiers whose declaration this principal speaks for."""
        every = standing_holds(self._stores, connection)
        known = [dossier for dossier, words in every.items() if any(one.hold.is_own for one in words)]
        own = {
            dossier
            for dossier, parts in self._stores.consignments.messages_of(connection, known).items()
            for message in self._stores.messages.get_many(connection, [one for one, _ in parts])
            if self._is_own(principal, (message.sender,), message.received)
        }
        return {
            dossier: tuple(one for one in holds if one.is_held and one.is_own)
            for dossier, holds in holds_by(self._stores, connection, own).items()
        }

    def _is_own(self, principal: Principal, senders: Iterable[str], at: datetime) -> bool:
        return any(self._access.may(principal, "appointment:own", Resource(sender=one, lodged=at)) for one in senders)

    def _moved_by(
        self, connection: Connection, calendar: Calendar, principal: Principal, consignment_id: str, agency: str
    ) -> tuple[Appointment, str]:
        """An appointment that this principal may change, and for whom he does so."""
        identity = parse_id(consignment_id)
        known = calendar.appointment(identity) if identity else None
        own, principal = self._agency(connection, principal, agency)
        if known is not None and own:
            if own in known.agencies and self._may(connection, principal, known.office, own, "appointment:keep"):
                return known, own
        elif known is not None and self._access.may(
            principal, "appointment:keep", Resource(offices=(known.office,) if known.office else ())
        ):
            return known, CUSTOMS
        elif known is not None and identity is not None:
            line = self._stores.consignments.line(connection, identity)
            if line is not None and self._is_own(principal, known.senders, line.received):
                return known, TRADER
        raise NotFoundError("There is no such appointment.")

    def _begun(
        self, connection: Connection, calendar: Calendar, principal: Principal, consignment_id: str, agency: str
    ) -> tuple[Appointment, str]:
        known, by = self._moved_by(connection, calendar, principal, consignment_id, agency)
        if by == TRADER:
            raise NotFoundError("There is no such appointment.")
        if known.state != "set" or known.begins is None or known.begins > calendar.now:
            raise SenderError("This appointment has not begun.", code="appointment-time")
        return known, by

    def _slot(self, connection: Connection, calendar: Calendar, principal: Principal, name: str, agency: str) -> Slot:
        known = calendar.slot(name.strip())
        if (
            known is None
            or known.is_closed
            or not self._may(connection, principal, known.office, agency, "appointment:read")
        ):
            raise NotFoundError("There is no such slot.")
        return known

    def _agency(self, connection: Connection, principal: Principal, agency: str = "") -> tuple[str, Principal]:
        """The agency that this principal speaks for here, empty for none, and he as he works for its purpose."""
        if "agency" not in principal.roles:
            return "", principal
        guests = guests_now(self._stores, connection)
        own = [one for one in principal.by_right if one in guests and agency in ("", one)]
        return (own[0], working(principal, guests[own[0]])) if len(own) == 1 else ("", principal)

    def _may(self, connection: Connection, principal: Principal, office: str, agency: str, action: str) -> bool:
        """Whether this principal may do something with the calendar of an office."""
        if not agency:
            return self._access.may(principal, action, Resource(offices=(office,)))
        scope = guests_now(self._stores, connection)[agency].guest
        is_near = scope is not None and ("*" in scope.offices or office in scope.offices)
        return self._access.may(principal, action, Resource(sender=agency if is_near else None, offices=(office,)))

    def _lines(
        self, connection: Connection, principal: Principal, agency: str, every: Collection[Appointment]
    ) -> dict[str, BookedLine]:
        """Appointments that this principal may see, by consignment."""
        ids = [UUID(one.consignment) for one in every if not agency or agency in one.agencies]
        lines = self._stores.consignments.lines_of(connection, ids)
        orders = {} if agency else self._stores.orders.order_of(connection, ids)
        if agency:
            agreement = guests_now(self._stores, connection).get(agency)
            standing = within(self._stores, connection, agency, agreement, ids)
            seen = {
                one for one in ids if one in standing and self._access.may(principal, "guest:read", standing[one].where)
            }
        else:
            seen = self._access.seen(connection, principal, ids)
        advised = set() if agency else self._access.seen_advice(connection, principal, ids)
        found = {}
        for one in every:
            identity = UUID(one.consignment)
            if identity in seen and identity in lines:
                order = orders.get(identity)
                has_order = (order is not None and order.status == "open") if identity in advised else None
                shown = _for_reader(one, agency) if agency else one
                found[one.consignment] = BookedLine(appointment=shown, title=lines[identity].title, has_order=has_order)
        return found

    def _offices(
        self,
        connection: Connection,
        principal: Principal,
        agency: str,
        every: Collection[Appointment],
        slots: Collection[Slot],
    ) -> tuple[str, ...]:
        known = {one.office for one in every if one.office} | {one.office for one in slots}
        if not agency:
            known |= set(self._stores.consignments.offices(connection))
        return tuple(sorted(one for one in known if self._may(connection, principal, one, agency, "appointment:read")))


def _own(
    line: Line,
    known: Appointment | None,
    holds: tuple[Hold, ...],
    calendar: tuple[list[Slot], list[Appointment], datetime],
) -> OwnAppointment:
    """What a trader is told of one consignment."""
    held = tuple(dict.fromkeys((one.agency, one.law) for one in holds))
    if known is None:
        return OwnAppointment(consignment=str(line.id), reference=line.title, held_by=held, office=line.office or "")
    slots, booked, now = calendar
    others = [one for one in booked if one.consignment != known.consignment]
    may_move = known.state == "set" and sum(one.by == TRADER for one in known.moves) < OWN_MOVES
    choices = [
        (one.id, one.begins)
        for one in slots
        if may_move
        and one.office == known.office
        and one.id != known.slot
        and one.begins >= now + NOTICE
        and suits(one, known.agencies, others)
    ]
    return OwnAppointment(
        consignment=known.consignment,
        reference=line.title,
        held_by=held,
        state=known.state,
        agencies=known.agencies,
        office=known.office,
        place=known.place,
        begins=known.begins,
        ends=known.ends,
        moved=sum(bool(one.origin and one.to) for one in known.moves),
        misses=len(known.misses),
        choices=tuple(choices[:20]),
    )


def _may_be_same(place: str, other: str) -> bool:
    """Whether two places of an office are one, as people write them; one that is not named can be any."""
    first, second = (" ".join(one.casefold().split()) for one in (place, other))
    return first == second or not first or not second


def _slot_for(slot: Slot, agency: str) -> Slot:
    """A slot as its reader sees it: an agency its own attendance alone."""
    if not agency:
        return slot
    mine = {name: places for name, places in slot.agencies.items() if name == agency}
    return msgspec.structs.replace(slot, agencies=mine, by="")


def _for_reader(one: Appointment, by: str) -> Appointment:
    """An appointment as its reader sees it: whoever is not of customs gets his own reasons alone."""
    if by == CUSTOMS:
        return one
    moves = tuple(each if each.by == by else msgspec.structs.replace(each, reason="") for each in one.moves)
    misses = tuple(msgspec.structs.replace(each, by="") for each in one.misses)
    return msgspec.structs.replace(one, senders=(), moves=moves, misses=misses, by="")


def _reason(words: str) -> str:
    words = words.strip()
    if not words:
        raise ReasonMissingError("Give the reason; it is recorded under your name.")
    if len(words) > _LONGEST_REASON:
        raise SenderError(f"The reason has at most {_LONGEST_REASON} characters.", code="reason-long")
    return words


def _word(text: str, name: str, longest: int) -> str:
    text = text.strip()
    if not text or len(text) > longest or not text.isascii() or not text.isalnum():
        raise SenderError(f"The {name} is a code of letters and digits.", code=name, found=text[:40])
    return text
