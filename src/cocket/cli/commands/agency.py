# SPDX-License-Identifier: Apache-2.0
"""`cocket agency`: other agencies at work here, their words on goods, and the calendar of joint inspections."""

from __future__ import annotations

from datetime import date, time
from decimal import Decimal, InvalidOperation
from pathlib import Path
from typing import Annotated, get_args

import msgspec
import typer

from cocket.cli.base.files import read_file
from cocket.cli.base.instance_access import home_option, open_service, settings_of
from cocket.cli.base.operator_principal import operator
from cocket.cli.base.output import HomeOption, JsonOption, Listing, json_line, out, shown
from cocket.control.agency_words import Outcome, PermitWord
from cocket.control.appointments import Appointment
from cocket.governance import Principal
from cocket.measures.permits import Hold
from cocket.pipeline.partners.agencies import NewDecision, NewFinding
from cocket.pipeline.partners.appointments import NewSlots

app = typer.Typer(
    name="agency",
    no_args_is_help=True,
    help="Other agencies as guests: queue, holds, permits, results, and one appointment for a joint inspection.",
)

ConsignmentArgument = Annotated[str, typer.Argument(metavar="CONSIGNMENT", help="ID of the consignment.")]
AgencyOption = Annotated[str, typer.Option("--as", metavar="AGENCY", help="Agency that you act for.")]
PartyOption = Annotated[
    str, typer.Option("--as", metavar="AGENCY", help="Agency that you act for; customs if not given.")
]
ReasonOption = Annotated[str, typer.Option("--reason", help="Why; it is sealed.")]
SlotArgument = Annotated[str, typer.Argument(metavar="SLOT", help="Slot, as the calendar shows it.")]
ItemOption = Annotated[int | None, typer.Option("--item", min=1, help="Item of the declaration; else all of it.")]


def _day(text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise typer.BadParameter("This is not a day such as 2026-12-25.") from None


def _time(text: str) -> time:
    try:
        return time.fromisoformat(text)
    except ValueError:
        raise typer.BadParameter("This is not a time such as 08:30.") from None


def _figure(text: str) -> Decimal:
    try:
        return Decimal(text)
    except InvalidOperation:
        raise typer.BadParameter("This is not a figure such as 12.5.") from None


def _acting(agency: str) -> Principal:
    """The operator, for an agency or for customs."""
    return msgspec.structs.replace(operator(), roles=("agency",), senders=(agency,)) if agency else operator()


@app.command("list")
def list_agencies(home: HomeOption = None, json_lines: JsonOption = False) -> None:
    """List agencies that work here under an agreement in force, with the scope of each.

    Example:
        cocket agency list
    """
    with open_service(settings_of(**home_option(home)), lambda one: one.partners.agencies) as agencies:
        found = agencies.agencies(operator())
    if json_lines:
        for one in found:
            json_line(one)
        return
    table = Listing("agency", "kind", "codes", "origins", "offices", "sees", "holds", whole=("agency",))
    for one in found:
        scope = one.scope
        table.add_row(
            shown(one.agency), scope.kind, " ".join(scope.codes), " ".join(scope.origins), " ".join(scope.offices),
            ", ".join(one.fields), str(one.held),
        )  # fmt: skip
    out.print(table if found else "No agency works here.")


@app.command("queue")
def queue(
    agency: AgencyOption,
    after: Annotated[
        str, typer.Option("--after", metavar="PLACE", help="Where a further part begins, as the part before says.")
    ] = "",
    home: HomeOption = None,
    json_lines: JsonOption = False,
) -> None:
    """Show an agency's queue: what it holds, then consignments in its scope, the last that came first, and why each is.

    Examples:
        cocket agency queue --as PLANT

        cocket agency queue --as PLANT --after 01a21032-dbd8-7236-9320-ac0953c99041
    """
    with open_service(settings_of(**home_option(home)), lambda one: one.partners.agencies) as agencies:
        found = agencies.queue(_acting(agency), after=after)
    if json_lines:
        for one in found.lines:
            json_line(one)
        if found.after:
            json_line({"after": found.after})
        return
    table = Listing("consignment", "reference", "why", "stands", "appointment", whole=("consignment",))
    for one in found.lines:
        why = ", ".join(
            f"item {each.item}: {each.code or '–'} {each.origin}".rstrip() for each in one.consignment.why[:3]
        )
        stands = "held" if any(each.is_held for each in one.holds) else "released" if one.holds else "–"
        stands += f", let go on {one.let_go}" if one.let_go else ""
        at = one.appointment.begins if one.appointment is not None else None
        table.add_row(
            one.consignment.id, shown(one.consignment.title), shown(why), stands,
            f"{at:%Y-%m-%d %H:%M} UTC" if at else "–",
        )  # fmt: skip
    out.print(table if found.lines else "Nothing is in the scope of this agency.")
    if found.after:
        out.print(f"There are more: --after {found.after}", markup=False, highlight=False, soft_wrap=True)


@app.command("show")
def show(
    consignment: ConsignmentArgument, agency: PartyOption = "", home: HomeOption = None, json_lines: JsonOption = False
) -> None:
    """Show what an agency sees of a consignment, or, for customs, what all agencies do on it, as JSON.

    Examples:
        cocket agency show 01a21032-dbd8-7236-9320-ac0953c99041 --as PLANT

        cocket agency show 01a21032-dbd8-7236-9320-ac0953c99041
    """
    with open_service(settings_of(**home_option(home)), lambda one: one.partners.agencies) as agencies:
        if agency:
            json_line(agencies.consignment(_acting(agency), consignment))
        else:
            json_line(agencies.work(operator(), consignment))


@app.command("hold")
def hold(
    consignment: ConsignmentArgument,
    agency: AgencyOption,
    reason: ReasonOption,
    law: Annotated[str, typer.Option("--law", help="Legal basis.")] = "",
    examine: Annotated[bool, typer.Option("--examine", help="Ask to examine the goods: sets an appointment.")] = False,
    item: ItemOption = None,
    home: HomeOption = None,
    json_lines: JsonOption = False,
) -> None:
    """Hold goods for an agency that works here. Says so where they were let go already.

    Example:
        cocket agency hold 01a21032-dbd8-7236-9320-ac0953c99041 --as PLANT --reason "live plants" --law "Act 7, s. 12" --examine
    """
    word = Hold(agency=agency, item=item, is_held=True, reason=reason, law=law.strip(), examines=examine)
    _say(consignment, word, home, json_lines)


@app.command("release")
def release(
    consignment: ConsignmentArgument,
    agency: AgencyOption,
    reason: ReasonOption,
    item: Annotated[int | None, typer.Option("--item", min=1, help="Item of the declaration; else all of it.")] = None,
    home: HomeOption = None,
    json_lines: JsonOption = False,
) -> None:
    """Release what an agency holds. When the last that examines releases, the appointment is cancelled.

    Example:
        cocket agency release 01a21032-dbd8-7236-9320-ac0953c99041 --as PLANT --reason "certificate is genuine"
    """
    _say(consignment, Hold(agency=agency, item=item, is_held=False, reason=reason), home, json_lines)


@app.command("override")
def override(
    consignment: ConsignmentArgument,
    agency: Annotated[str, typer.Argument(metavar="AGENCY", help="Agency whose hold is ended.")],
    reason: ReasonOption,
    item: ItemOption = None,
    home: HomeOption = None,
    json_lines: JsonOption = False,
) -> None:
    """Propose to end an agency's hold against it; a second person of customs agrees.

    Example:
        cocket agency override 01a21032-dbd8-7236-9320-ac0953c99041 PLANT --reason "court order 12"
    """
    with open_service(settings_of(**home_option(home)), lambda one: one.partners.agencies) as agencies:
        given = agencies.override_hold(operator(), consignment, (agency, item), reason)
    if json_lines:
        json_line({"proposal": given.proposal.id, "state": given.proposal.state, "is_done": given.is_done})
    else:
        out.print(f"Proposal {given.proposal.id} waits until a second person confirms it.", highlight=False)


@app.command("permit")
def permit(
    consignment: ConsignmentArgument,
    type_: Annotated[str, typer.Argument(metavar="TYPE", help="Kind of permit, such as N851.")],
    number: Annotated[str, typer.Argument(metavar="NUMBER", help="Its number.")],
    word: Annotated[str, typer.Argument(metavar="WORD", help="accepted, refused or used-up.")],
    agency: AgencyOption,
    quantity: Annotated[
        Decimal | None, typer.Option("--quantity", parser=_figure, metavar="FIGURE", help="How much is used up.")
    ] = None,
    unit: Annotated[str, typer.Option("--unit", help="Unit of the quantity, such as KGM.")] = "",
    reason: Annotated[str, typer.Option("--reason", help="Why; needed where it is refused.")] = "",
    home: HomeOption = None,
    json_lines: JsonOption = False,
) -> None:
    """Record an agency's word on a permit or certificate.

    Example:
        cocket agency permit 01a21032-dbd8-7236-9320-ac0953c99041 N851 PC7 used-up --quantity 200 --unit KGM --as PLANT
    """
    if word not in get_args(PermitWord):
        raise typer.BadParameter(f"WORD is one of {', '.join(get_args(PermitWord))}.")
    new = NewDecision(type=type_, number=number, word=word, quantity=quantity, unit=unit, reason=reason)  # type: ignore[arg-type]
    with open_service(settings_of(**home_option(home)), lambda one: one.partners.agencies) as agencies:
        made = agencies.decide_permit(_acting(agency), consignment, new)
    if json_lines:
        json_line(made)
    else:
        left = f"; the register leaves {made.left}" if made.left is not None else ""
        out.print(shown(f"{made.type} {made.number}: {made.word}{left}. Sealed."), markup=False, highlight=False)


@app.command("result")
def result(
    consignment: ConsignmentArgument,
    outcome: Annotated[
        str, typer.Argument(metavar="OUTCOME", help="conforms, does-not-conform, treated, sampled or destroyed.")
    ],
    words: Annotated[str, typer.Option("--words", help="What was found and done.")],
    agency: AgencyOption,
    paper: Annotated[
        list[Path] | None, typer.Option("--paper", metavar="FILE", help="A paper of it; repeatable.")
    ] = None,
    home: HomeOption = None,
    json_lines: JsonOption = False,
) -> None:
    """Record what an agency's examination found, with its papers.

    Example:
        cocket agency result 01a21032-dbd8-7236-9320-ac0953c99041 treated --words "heat treated" --paper log.pdf --as PLANT
    """
    if outcome not in get_args(Outcome):
        raise typer.BadParameter(f"OUTCOME is one of {', '.join(get_args(Outcome))}.")
    papers = tuple((one.name, read_file(one)) for one in paper or ())
    with open_service(settings_of(**home_option(home)), lambda one: one.partners.agencies) as agencies:
        made = agencies.record_finding(
            _acting(agency),
            consignment,
            NewFinding(outcome=outcome, words=words, papers=papers),  # type: ignore[arg-type]
        )
    if json_lines:
        json_line(made)
    else:
        out.print(f"{made.outcome}, {len(made.papers)} papers. Sealed.", highlight=False)


@app.command("calendar")
def calendar(
    office: Annotated[str, typer.Option("--office", help="Customs office; all if not given.")] = "",
    first: Annotated[
        date | None, typer.Option("--from", parser=_day, metavar="DAY", help="First day; today if not given.")
    ] = None,
    days: Annotated[int, typer.Option("--days", min=1, max=14, help="How many days.")] = 7,
    agency: PartyOption = "",
    home: HomeOption = None,
    json_lines: JsonOption = False,
) -> None:
    """Show slots for joint inspections, and the appointments in them.

    Example:
        cocket agency calendar --office XAPRT001
    """
    with open_service(settings_of(**home_option(home)), lambda one: one.partners.appointments) as appointments:
        found = appointments.calendar(_acting(agency), office, first, days)
    if json_lines:
        json_line(found)
        return
    table = Listing("slot", "until", "taken", "agencies", "appointments", whole=("slot",))
    for one in found.slots:
        can = ", ".join(f"{name} {places}" for name, places in one.slot.agencies.items())
        there = ", ".join(f"{each.title} ({' '.join(each.appointment.agencies)})" for each in one.lines)
        table.add_row(
            one.slot.id,
            f"{one.slot.ends:%H:%M}Z",
            f"{one.taken}/{one.slot.places}",
            shown(can) or "–",
            shown(there) or "–",
        )
    out.print(table if found.slots else "No slot is open on these days.")
    for each in found.waiting:
        out.print(
            shown(f"Waits for a slot: {each.title} ({' '.join(each.appointment.agencies)})"),
            markup=False,
            highlight=False,
        )


@app.command("open-slots")
def open_slots(
    office: Annotated[str, typer.Argument(metavar="OFFICE", help="Customs office.")],
    day: Annotated[date, typer.Option("--day", parser=_day, metavar="DAY", help="Day.")],
    begins: Annotated[time, typer.Option("--at", parser=_time, metavar="TIME", help="When the first begins.")],
    minutes: Annotated[int, typer.Option("--minutes", min=5, max=720, help="How long each is.")] = 60,
    count: Annotated[int, typer.Option("--count", min=1, max=60, help="How many, one after another.")] = 1,
    places: Annotated[int, typer.Option("--places", min=1, max=50, help="Consignments at once in each.")] = 1,
    place: Annotated[str, typer.Option("--place", help="Where at the office.")] = "",
    home: HomeOption = None,
    json_lines: JsonOption = False,
) -> None:
    """Open slots that customs can attend. Appointments that wait are set at once where they suit all.

    Example:
        cocket agency open-slots XAPRT001 --day 2026-12-08 --at 08:00 --count 4 --place "shed 3"
    """
    new = NewSlots(office=office, day=day, begins=begins, minutes=minutes, count=count, places=places, place=place)
    with open_service(settings_of(**home_option(home)), lambda one: one.partners.appointments) as appointments:
        made = appointments.open_slots(operator(), new)
    for one in made:
        if json_lines:
            json_line(one)
        else:
            out.print(one.id, markup=False, highlight=False)


@app.command("close-slot")
def close_slot(
    slot: SlotArgument, reason: ReasonOption, home: HomeOption = None, json_lines: JsonOption = False
) -> None:
    """Close a slot; what stands in it is moved to the earliest that suits all.

    Example:
        cocket agency close-slot "XAPRT001 2026-12-08T08:00Z" --reason "the crane is broken"
    """
    with open_service(settings_of(**home_option(home)), lambda one: one.partners.appointments) as appointments:
        made = appointments.close_slot(operator(), slot, reason)
    json_line(made) if json_lines else out.print("Closed and sealed.")


@app.command("attend")
def attend(
    slot: SlotArgument,
    agency: AgencyOption,
    places: Annotated[int, typer.Option("--places", min=0, max=50, help="Consignments at once; 0 for none.")] = 1,
    home: HomeOption = None,
    json_lines: JsonOption = False,
) -> None:
    """Say that an agency can attend a slot, or no longer can.

    Example:
        cocket agency attend "XAPRT001 2026-12-08T08:00Z" --as PLANT
    """
    with open_service(settings_of(**home_option(home)), lambda one: one.partners.appointments) as appointments:
        made = appointments.attend(_acting(agency), slot, places)
    json_line(made) if json_lines else out.print("Recorded and sealed.")


@app.command("move")
def move(
    consignment: ConsignmentArgument,
    slot: Annotated[str, typer.Argument(metavar="SLOT", help="Slot, as the calendar shows it.")],
    reason: ReasonOption,
    agency: PartyOption = "",
    home: HomeOption = None,
    json_lines: JsonOption = False,
) -> None:
    """Move an appointment to another slot that all can attend; the trader is informed.

    Example:
        cocket agency move 01a21032-dbd8-7236-9320-ac0953c99041 "XAPRT001 2026-12-08T09:00Z" --reason "team is away" --as PLANT
    """
    with open_service(settings_of(**home_option(home)), lambda one: one.partners.appointments) as appointments:
        _show_appointment(appointments.move(_acting(agency), consignment, slot, reason), json_lines)


@app.command("attended")
def attended(
    consignment: ConsignmentArgument,
    missed: Annotated[
        str, typer.Option("--missed-by", metavar="WHO", help="Who did not come: customs, trader or an agency.")
    ] = "",
    agency: PartyOption = "",
    home: HomeOption = None,
    json_lines: JsonOption = False,
) -> None:
    """Say that an appointment took place, or who did not come: then it is counted, and set again.

    Examples:
        cocket agency attended 01a21032-dbd8-7236-9320-ac0953c99041

        cocket agency attended 01a21032-dbd8-7236-9320-ac0953c99041 --missed-by trader
    """
    with open_service(settings_of(**home_option(home)), lambda one: one.partners.appointments) as appointments:
        who = _acting(agency)
        made = appointments.missed(who, consignment, missed) if missed else appointments.attended(who, consignment)
    _show_appointment(made, json_lines)


def _say(consignment: str, word: Hold, home: Path | None, json_lines: bool) -> None:
    with open_service(settings_of(**home_option(home)), lambda one: one.partners.agencies) as agencies:
        found = agencies.place_hold(_acting(word.agency), consignment, word)
    if json_lines:
        for one in found.holds:
            json_line(one)
        if found.let_go is not None:
            json_line({"let_go": found.let_go, "note": found.note})
    else:
        out.print("Held and sealed." if word.is_held else "Released and sealed.")
        if found.note:
            out.print(found.note, highlight=False, soft_wrap=True)


def _show_appointment(made: Appointment, json_lines: bool) -> None:
    if json_lines:
        json_line(made)
    else:
        at = f"{made.begins:%Y-%m-%d %H:%M} UTC at {made.office}" if made.begins else "waits for a slot"
        out.print(shown(f"{made.state}: {at}"), markup=False, highlight=False)
