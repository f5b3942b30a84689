# SPDX-License-Identifier: Apache-2.0
"""`cocket track` for journeys beyond one office: handed over to partners, asked after past their limit, fined."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Annotated, Final, get_args

import typer

from cocket.cli.base.instance_access import home_option, open_service, settings_of
from cocket.cli.base.operator_principal import operator
from cocket.cli.base.output import AlwaysJsonOption, HomeOption, JsonOption, json_line, out, shown
from cocket.cli.commands.track.instance import told
from cocket.cli.commands.track.transit import amount_of, text_of
from cocket.errors import SettingsError
from cocket.pipeline.tracking.enquiries import EnquiryView, Outcome
from cocket.pipeline.tracking.hand_overs import HandOver, TakeOver


def hand_overs(home: HomeOption = None, as_json: JsonOption = False) -> None:
    """List journeys handed over to other administrations and taken over from them.

    Example:
        cocket track hand-overs --json
    """
    with open_service(settings_of(**home_option(home)), lambda one: one.tracking.hand_overs) as service:
        found = service.hand_overs(operator())
    for one in found:
        json_line(one) if as_json else _say(_line(one))


def hand_over(
    journey: Annotated[str, typer.Argument(help="Id of the journey.")],
    partner: Annotated[str, typer.Option("--to", help="DID of the other, such as did:web:customs.example.")],
    place: Annotated[str, typer.Option("--at", help="Office or border post at which it changes hands.")],
    to_file: Annotated[Path | None, typer.Option("--out", help="File for the signed document.")] = None,
    note: Annotated[str, typer.Option("--note", help="Note for the other.")] = "",
    home: HomeOption = None,
    as_json: JsonOption = False,
) -> None:
    """Hand a journey over to another administration, as a signed document with the custody of its seals.

    The other must be recognised (`cocket credential recognise`), and this administration needs a key
    (`cocket credential rotate`).

    Example:
        cocket track hand-over 0193a5f0-7a44-7c2e-9d1c-3f0a52b7e611 --to did:web:customs.b.example --at MALABA --out journey.jwt
    """
    with open_service(settings_of(**home_option(home)), lambda one: one.tracking.hand_overs) as service:
        made = told(lambda: service.hand_over(operator(), journey, partner, place, note))
    _give(made, made.token, to_file, as_json)


def take_over(
    file: Annotated[Path, typer.Argument(help="The signed document.")],
    departure: Annotated[str, typer.Option("--departure", help="Our office at which the journey begins.")],
    destination: Annotated[str, typer.Option("--destination", help="Our office of destination.")],
    devices: Annotated[
        list[str] | None, typer.Option("--device", help="Device that follows it; those handed over by default.")
    ] = None,
    corridor: Annotated[str | None, typer.Option("--corridor", help="Corridor to keep to.")] = None,
    to_file: Annotated[Path | None, typer.Option("--out", help="File for our signed answer.")] = None,
    home: HomeOption = None,
    as_json: JsonOption = False,
) -> None:
    """Take over a journey that a recognised partner handed over; it goes on here as a journey of ours.

    Example:
        cocket track take-over journey.jwt --departure MALABA --destination KAMPALA --out answer.jwt
    """
    how = TakeOver(
        departure=departure,
        destination=destination,
        devices=tuple(devices) if devices else None,
        corridor=corridor,
    )
    document = text_of(file)
    with open_service(settings_of(**home_option(home)), lambda one: one.tracking.hand_overs) as service:
        made = told(lambda: service.take_over(operator(), document, how))
    _give(made, made.answer, to_file, as_json)


def read_hand_over(
    file: Annotated[Path, typer.Argument(help="The signed document.")],
    home: HomeOption = None,
    _as_json: AlwaysJsonOption = False,
) -> None:
    """Print as JSON what a partner's document hands over, once its signature holds; nothing is taken over.

    Example:
        cocket track read-hand-over journey.jwt
    """
    document = text_of(file)
    with open_service(settings_of(**home_option(home)), lambda one: one.tracking.hand_overs) as service:
        partner, content = told(lambda: service.read_hand_over(operator(), document))
    json_line({"partner": partner, "journey": content})


def hand_over_answer(
    what: Annotated[str, typer.Argument(help="Id of a hand-over taken over here, or file of a partner's answer.")],
    to_file: Annotated[Path | None, typer.Option("--out", help="File for our signed answer.")] = None,
    home: HomeOption = None,
    as_json: JsonOption = False,
) -> None:
    """State how far a journey that was taken over has come, or take in a partner's statement on one of ours.

    Examples:
        cocket track hand-over-answer 0193a5f0-7a44-7c2e-9d1c-3f0a52b7e611 --out answer.jwt

        cocket track hand-over-answer answer.jwt
    """
    given = Path(what)
    statement = text_of(given) if given.is_file() else None
    with open_service(settings_of(**home_option(home)), lambda one: one.tracking.hand_overs) as service:
        if statement is not None:
            made = told(lambda: service.accept_answer(operator(), statement))
        else:
            made = told(lambda: service.answer_hand_over(operator(), what))
    _give(made, made.answer, to_file, as_json)


def enquiries(home: HomeOption = None, as_json: JsonOption = False) -> None:
    """List journeys past their time limit, and those with an enquiry or a fine; the longest over first.

    Example:
        cocket track enquiries --json
    """
    with open_service(settings_of(**home_option(home)), lambda one: one.tracking.enquiries) as service:
        found = service.past_limit(operator())
    for view in found:
        json_line(view) if as_json else _tell(view)


def enquire(
    journey: Annotated[str, typer.Argument(help="Id of the journey.")],
    ask: Annotated[str | None, typer.Option("--ask", help="Who is asked, and what.")] = None,
    days: Annotated[int, typer.Option("--days", min=1, max=365, help="Days for the answer.")] = 28,
    answer: Annotated[str | None, typer.Option("--answer", help="The answer that came.")] = None,
    close: Annotated[str | None, typer.Option("--close", help=f"Of: {', '.join(get_args(Outcome))}.")] = None,
    note: Annotated[str, typer.Option("--note", help="Note on the outcome.")] = "",
    home: HomeOption = None,
    as_json: JsonOption = False,
) -> None:
    """Ask after a journey past its time limit, record the answer, or close the enquiry.

    Examples:
        cocket track enquire 0193a5f0-7a44-7c2e-9d1c-3f0a52b7e611 --ask "office TO: was it presented?"

        cocket track enquire 0193a5f0-7a44-7c2e-9d1c-3f0a52b7e611 --close debt --note "no proof of arrival"
    """
    if sum(one is not None for one in (ask, answer, close)) != 1:
        raise SettingsError("Choose one of --ask, --answer and --close.", code="track-enquiry")
    with open_service(settings_of(**home_option(home)), lambda one: one.tracking.enquiries) as service:
        if ask is not None:
            view = told(lambda: service.open_enquiry(operator(), journey, ask, days))
        elif answer is not None:
            view = told(lambda: service.answer_enquiry(operator(), journey, answer))
        else:
            view = told(lambda: service.close_enquiry(operator(), journey, close or "", note))
    json_line(view) if as_json else _tell(view)


def fine(
    journey: Annotated[str, typer.Argument(help="Id of the journey.")],
    amount: Annotated[str | None, typer.Option("--amount", help="Amount of a new fine.")] = None,
    currency: Annotated[str, typer.Option("--currency", help="Its currency.")] = "",
    paid: Annotated[int | None, typer.Option("--paid", help="Number of a fine that was paid.")] = None,
    waive: Annotated[int | None, typer.Option("--waive", help="Number of a fine to waive.")] = None,
    reason: Annotated[str, typer.Option("--reason", help="For what, how or why; required.")] = "",
    home: HomeOption = None,
    as_json: JsonOption = False,
) -> None:
    """Impose a fine on a journey, record that one was paid, or waive one.

    Examples:
        cocket track fine 0193a5f0-7a44-7c2e-9d1c-3f0a52b7e611 --amount 2500 --currency USD --reason "lost seal"

        cocket track fine 0193a5f0-7a44-7c2e-9d1c-3f0a52b7e611 --paid 1 --reason "receipt 4711"
    """
    number = paid if paid is not None else waive
    if sum(one is not None for one in (amount, paid, waive)) != 1:
        raise SettingsError("Choose one of --amount, --paid and --waive.", code="track-fine")
    with open_service(settings_of(**home_option(home)), lambda one: one.tracking.enquiries) as service:
        if number is not None:
            state = "paid" if paid is not None else "waived"
            view = told(lambda: service.settle_fine(operator(), journey, number, state, reason))
        else:
            due = amount_of(amount or "")
            view = told(lambda: service.impose_fine(operator(), journey, due, currency, reason))
    json_line(view) if as_json else _tell(view)


def convoy(
    journey: Annotated[str, typer.Argument(help="Id of the journey.")],
    lead: Annotated[str, typer.Option("--lead", help="Id of the journey that leads; alone again without.")] = "",
    note: Annotated[str, typer.Option("--note", help="Note.")] = "",
    home: HomeOption = None,
    as_json: JsonOption = False,
) -> None:
    """Let a journey travel with another that leads; an alert is raised if they part.

    Example:
        cocket track convoy 0193a5f0-7a44-7c2e-9d1c-3f0a52b7e611 --lead 0193a5f0-7a44-7c2e-9d1c-3f0a52b7e612
    """
    with open_service(settings_of(**home_option(home)), lambda one: one.tracking.journeys) as service:
        line = told(lambda: service.join_convoy(operator(), journey, lead, note))
    json_line(line) if as_json else _say(f"{line.id}  {line.reference}  convoy of {line.convoy or 'its own'}")


def report(
    departure: Annotated[str, typer.Argument(help="Office of departure.")],
    destination: Annotated[str, typer.Argument(help="Office of destination.")],
    days: Annotated[int, typer.Option("--days", min=1, max=366, help="Over journeys of so many days.")] = 90,
    home: HomeOption = None,
    as_json: JsonOption = False,
) -> None:
    """Report on the way between two offices: speed, halts and alerts by kilometre, delay by operator, where they stop.

    Example:
        cocket track report MOMBASA MALABA --days 30
    """
    with open_service(settings_of(**home_option(home)), lambda one: one.tracking.reports) as service:
        found = told(lambda: service.corridor_report(operator(), departure, destination, days))
    if as_json:
        json_line(found)
        return
    _say(f"{found.report.journeys} journeys since {found.since:%Y-%m-%d}, {found.left_out} left out")
    for one in found.report.stretches:
        speed = f"{one.speed_m_s * 3.6:.0f} km/h" if one.speed_m_s is not None else "–"
        _say(
            f"{one.from_km:>7.0f}–{one.to_km:<7.0f}km {one.journeys:>5} journeys {speed:>9} "
            f"{one.halted_s / 3600:>7.1f} h halted  {one.red} red, {one.amber} amber"
        )
    for line in found.report.operators:
        delay = f"{line.delay_s / 3600:+.1f} h" if line.delay_s is not None else "–"
        _say(
            f"{line.operator or 'not stated':<30}{line.journeys:>5} journeys, {line.late} late, median delay {delay}, "
            f"{line.red} red, {line.amber} amber"
        )


#: What is added to `cocket track`, in the order in which help lists it.
COMMANDS: Final[tuple[tuple[str, Callable[..., None]], ...]] = (
    ("convoy", convoy),
    ("report", report),
    ("hand-overs", hand_overs),
    ("hand-over", hand_over),
    ("read-hand-over", read_hand_over),
    ("take-over", take_over),
    ("hand-over-answer", hand_over_answer),
    ("enquiries", enquiries),
    ("enquire", enquire),
    ("fine", fine),
)


def _give(made: HandOver, document: str, to_file: Path | None, as_json: bool) -> None:
    """Say what was made, and write the document for the other where it is wanted."""
    if to_file is not None:
        try:
            to_file.write_text(document + "\n", "utf-8")
        except OSError as error:
            raise SettingsError(f"{shown(str(to_file))} cannot be written: {error.strerror}.") from error
    if as_json:
        json_line(made)
        return
    _say(_line(made))
    if to_file is None:
        _say(document)


def _line(one: HandOver) -> str:
    way = "to" if one.direction == "out" else "from"
    return f"{one.id}  {one.content.reference:<24}{way} {one.partner}  {one.stage} {one.stage_at:%Y-%m-%d %H:%M}Z"


def _tell(view: EnquiryView) -> None:
    known = view.enquiry
    state = known.state if known else "none"
    due = "  due for an enquiry" if view.is_due else "  answer overdue" if view.is_unanswered else ""
    _say(f"{view.line.id}  {view.line.reference:<24}{view.days_over:>4} days over  enquiry {state}{due}")
    for number, one in enumerate(known.fines if known else (), start=1):
        _say(f"    fine {number}: {one.amount:,f} {one.currency}  {one.state}  {one.reason}")


def _say(line: str) -> None:
    out.print(shown(line), markup=False, highlight=False, soft_wrap=True)
