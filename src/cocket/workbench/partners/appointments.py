# SPDX-License-Identifier: Apache-2.0
"""The calendar of joint inspections by week, for customs and for agencies, and a trader's own appointments."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import date, time, timedelta
from typing import Any, Final
from zoneinfo import ZoneInfo

import msgspec
from fastapi import APIRouter
from starlette.responses import Response

from cocket.errors import SenderError
from cocket.pipeline import NotFoundError
from cocket.pipeline.partners.appointments import NewSlots, SlotView
from cocket.workbench.base import given
from cocket.workbench.base.guard import Acting, SignedIn
from cocket.workbench.base.labels import _
from cocket.workbench.base.refusals import full_sentences
from cocket.workbench.base.uploads import UNPROCESSABLE
from cocket.workbench.base.visits import Toast, Visit
from cocket.workbench.partners import agency_labels as agency_words

routes = APIRouter()

_CUSTOMS: Final = "/appointments"
_AGENCY: Final = "/agency/calendar"
_OWN: Final = "/own/appointments"
_DAYS: Final = 7


class Column(msgspec.Struct, frozen=True, kw_only=True):
    """A day of the week as it is drawn: its slots in order of time (0..n)."""

    day: date
    slots: tuple[SlotView, ...]


@routes.get("/appointments")
def calendar(visit: SignedIn, appointments: given.Appointments, office: str = "", first: str = "") -> Response:
    """A week of the calendar, for customs."""
    return _week(visit, appointments, (_CUSTOMS, office, first), {})


@routes.post("/appointments/slots")
def open_slots(act: Acting, appointments: given.Appointments) -> Response:
    """Open slots at an office."""

    def do() -> None:
        appointments.open_slots(act.visit.principal, _slots(act.fields))

    return _done(act, appointments, _CUSTOMS, do)


@routes.post("/appointments/closing")
def close(act: Acting, appointments: given.Appointments) -> Response:
    """Close a slot."""
    return _done(
        act,
        appointments,
        _CUSTOMS,
        lambda: appointments.close_slot(act.visit.principal, act.text("slot"), _reason(act)),
    )


@routes.post("/appointments/move")
def move(act: Acting, appointments: given.Appointments) -> Response:
    """Move an appointment, for customs."""
    return _moved(act, appointments, _CUSTOMS)


@routes.post("/appointments/end")
def end(act: Acting, appointments: given.Appointments) -> Response:
    """Say that an appointment took place, or who did not come, for customs."""
    return _ended(act, appointments, _CUSTOMS)


@routes.get("/agency/calendar")
def agency_calendar(visit: SignedIn, appointments: given.Appointments, office: str = "", first: str = "") -> Response:
    """A week of the calendar, for an agency."""
    return _week(visit, appointments, (_AGENCY, office, first), {})


@routes.post("/agency/calendar/attendance")
def attend(act: Acting, appointments: given.Appointments) -> Response:
    """Say how many consignments the agency can attend in a slot."""

    def do() -> None:
        places = act.text("places")
        if not (places.isascii() and places.isdigit() and len(places) < 4):
            raise SenderError(_("Write a whole number; 0 for none."), code="slot-places")
        appointments.attend(act.visit.principal, act.text("slot"), int(places))

    return _done(act, appointments, _AGENCY, do)


@routes.post("/agency/calendar/move")
def agency_move(act: Acting, appointments: given.Appointments) -> Response:
    """Move an appointment, for an agency that examines."""
    return _moved(act, appointments, _AGENCY)


@routes.post("/agency/calendar/end")
def agency_end(act: Acting, appointments: given.Appointments) -> Response:
    """Say that an appointment took place, or who did not come, for an agency that examines."""
    return _ended(act, appointments, _AGENCY)


@routes.get("/own/appointments")
def own(visit: SignedIn, appointments: given.Appointments) -> Response:
    """What other agencies hold and examine of a trader's own."""
    return _own_page(visit, appointments)


@routes.post("/own/appointments/move")
def own_move(act: Acting, appointments: given.Appointments) -> Response:
    """Move one's own appointment."""
    try:
        appointments.move(act.visit.principal, act.text("consignment"), act.text("slot"), _reason(act))
    except NotFoundError:
        raise
    except SenderError as error:
        return _own_page(act.visit, appointments, problems=full_sentences(act.visit, error), status=UNPROCESSABLE)
    return act.visit.go(_OWN, Toast("agency-act"))


def _own_page(visit: Visit, appointments: given.Appointments, **more: Any) -> Response:
    how = {"problems": (), "status": 200, **more}
    found = appointments.own_appointments(visit.principal)
    return visit.page("partners/own_appointments", said=agency_words, found=found, **how)


def _reason(act: Acting) -> str:
    """The reason that was entered.

    Raises:
        SenderError: None was.
    """
    if not act.text("reason"):
        raise SenderError(_("Give a reason; it is recorded under your name."), code="reason-missing")
    return act.text("reason")


def _moved(act: Acting, appointments: given.Appointments, base: str) -> Response:
    return _done(
        act,
        appointments,
        base,
        lambda: appointments.move(act.visit.principal, act.text("consignment"), act.text("slot"), _reason(act)),
        "appointment-act",
    )


def _ended(act: Acting, appointments: given.Appointments, base: str) -> Response:
    who, consignment = act.text("missed"), act.text("consignment")

    def do() -> None:
        if who:
            appointments.missed(act.visit.principal, consignment, who)
        else:
            appointments.attended(act.visit.principal, consignment)

    return _done(act, appointments, base, do)


def _done(
    act: Acting, appointments: given.Appointments, base: str, do: Callable[[], object], toast: str = "agency-act"
) -> Response:
    """Do something with the calendar, or say above it why it cannot be done."""
    asked = (base, act.text("at_office"), act.text("at_day"))
    try:
        do()
    except NotFoundError:
        raise
    except SenderError as error:
        problems = full_sentences(act.visit, error)
        return _week(act.visit, appointments, asked, act.fields, problems=problems, status=UNPROCESSABLE)
    return act.visit.go(f"{base}?office={asked[1]}&first={asked[2]}", Toast(toast))


def _week(
    visit: Visit, appointments: given.Appointments, asked: tuple[str, str, str], fields: Mapping[str, str], **more: Any
) -> Response:
    base, office, first = asked
    how = {"problems": (), "status": 200, **more}
    try:
        begin = date.fromisoformat(first) if first else None
    except ValueError:
        begin = None
    found = appointments.calendar(visit.principal, office.strip().upper()[:20], begin, _DAYS)
    zone = ZoneInfo(visit.workbench.settings.time_zone)
    days = [found.first + timedelta(days=number) for number in range(_DAYS)]
    week = tuple(
        Column(day=day, slots=tuple(one for one in found.slots if one.slot.begins.astimezone(zone).date() == day))
        for day in days
    )
    return visit.page(
        "partners/calendar",
        said=agency_words,
        found=found,
        week=week,
        base=base,
        before=found.first - timedelta(days=_DAYS),
        after=found.first + timedelta(days=_DAYS),
        free={one.slot.id: one.slot.id for one in found.slots if one.taken < one.slot.places},
        offices={one: one for one in found.offices},
        fields=fields,
        agency=next(iter(visit.principal.senders), "") if visit.officer.is_guest else "",
        **how,
    )


def _slots(fields: Mapping[str, str]) -> NewSlots:
    """Slots as they were entered.

    Raises:
        SenderError: A field is none.
    """
    text = {name: fields.get(name, "").strip() for name in ("office", "day", "begins", "minutes", "count", "places")}
    try:
        return NewSlots(
            office=text["office"],
            day=date.fromisoformat(text["day"]),
            begins=time.fromisoformat(text["begins"]),
            minutes=int(text["minutes"]),
            count=int(text["count"]),
            places=int(text["places"]),
            place=fields.get("place", "").strip(),
        )
    except ValueError as error:
        raise SenderError(_("Write the day, the time and whole numbers."), code="slot-form") from error
