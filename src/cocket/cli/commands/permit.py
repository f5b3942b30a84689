# SPDX-License-Identifier: Apache-2.0
"""`cocket permit`: what agencies say of permits and of goods: registered, suspended, held, released."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Final

import typer

from cocket.cli.base.files import read_file
from cocket.cli.base.instance_access import home_option, open_service, settings_of
from cocket.cli.base.operator_principal import operator_of
from cocket.cli.base.output import HomeOption, JsonOption, Listing, complain, json_line, out, shown
from cocket.errors import SettingsError
from cocket.findings import describe, render
from cocket.measures.permits import Hold, PermitName, Status, form_of, read_permits
from cocket.pipeline.measures.permits import PermitView

app = typer.Typer(name="permit", no_args_is_help=True, help="Permits of other agencies, and goods they hold.")

#: Who the operator of this machine is, as records name him.
OPERATOR = operator_of("cli")

_STATUSES: Final[tuple[Status, ...]] = ("valid", "suspended", "withdrawn")

AgencyArgument = Annotated[str, typer.Argument(metavar="AGENCY", help="Agency that issued it.")]
TypeArgument = Annotated[
    str, typer.Argument(metavar="TYPE", help="Kind of permit, as documents refer to it, such as C400.")
]
NumberArgument = Annotated[str, typer.Argument(metavar="NUMBER", help="Its number.")]
ConsignmentArgument = Annotated[str, typer.Argument(metavar="CONSIGNMENT", help="ID of the consignment.")]
ReasonOption = Annotated[str, typer.Option("--reason", help="Why; it stays on record.")]


@app.command("register")
def register(
    file: Annotated[Path, typer.Argument(help="Permits from the agency: TOML, JSON or CSV.")],
    reason: Annotated[str, typer.Option("--reason", help="Reason, when an existing permit changes.")] = "",
    home: HomeOption = None,
    json_lines: JsonOption = False,
) -> None:
    """Register permits, or change what is known of them; what is written off them stays.

    What cannot be read is named and left out. Exit 1 if a permit was left out.

    Example:
        cocket permit register permits.csv
    """
    data = read_file(file)
    form = form_of(str(file), data)
    if form is None:
        raise SettingsError(f"{file} is not TOML, JSON or CSV.", hint="The format is chosen by the file extension.")
    permits, findings = read_permits(data, form)
    with open_service(settings_of(**home_option(home)), lambda one: one.measures.permits) as service:
        for permit in permits:
            _show(service.register_permit(OPERATOR, permit, reason), json_lines)
    for finding in findings:
        if json_lines:
            json_line(describe(finding) | {"file": str(file)})
        else:
            complain(shown(f"{finding.location}: {render(finding)}"))
    if any(finding.severity == "error" for finding in findings):
        raise typer.Exit(1)


@app.command("register-licence")
def register_licence(
    message: Annotated[str, typer.Argument(metavar="MESSAGE", help="ID of the message that is the licence.")],
    agency: AgencyArgument,
    kind: TypeArgument,
    number: NumberArgument,
    home: HomeOption = None,
    json_lines: JsonOption = False,
) -> None:
    """Register a licence that was received as a message, with a permit for each of its lines.

    Example:
        cocket permit register-licence 01a21032-dbd8-7236-9320-ac0953c99041 trade licence L7
    """
    with open_service(settings_of(**home_option(home)), lambda one: one.measures.permits) as permits:
        views = permits.register_licence(OPERATOR, message, PermitName(agency, kind, number))
    for view in views:
        _show(view, json_lines)


@app.command("status")
def status(
    agency: AgencyArgument,
    kind: TypeArgument,
    number: NumberArgument,
    becomes: Annotated[str, typer.Argument(metavar="STATUS", help="valid, suspended or withdrawn.")],
    reason: ReasonOption,
    home: HomeOption = None,
    json_lines: JsonOption = False,
) -> None:
    """Suspend or withdraw a permit with all its lines, or make it valid again.

    Example:
        cocket permit status "Ministry of Trade" C400 XALIC77 suspended --reason "forged seal"
    """
    wanted = next((one for one in _STATUSES if one == becomes), None)
    if wanted is None:
        raise SettingsError(f"{becomes} is not a permit status.", hint="Give valid, suspended or withdrawn.")
    with open_service(settings_of(**home_option(home)), lambda one: one.measures.permits) as permits:
        name = PermitName(agency, kind, number)
        _show(permits.set_permit_status(OPERATOR, name, wanted, reason), json_lines)


@app.command("show")
def show(
    agency: AgencyArgument,
    kind: TypeArgument,
    number: NumberArgument,
    line: Annotated[int, typer.Option("--line", min=1, help="Line of the permit, with limits of its own.")] = 1,
    home: HomeOption = None,
    json_lines: JsonOption = False,
) -> None:
    """Show one line of a permit, and what declarations took of it.

    Example:
        cocket permit show "Ministry of Trade" C400 XALIC77 --json
    """
    with open_service(settings_of(**home_option(home)), lambda one: one.measures.permits) as permits:
        _show(permits.permit(OPERATOR, PermitName(agency, kind, number, line)), json_lines)


@app.command("hold")
def hold(
    consignment: ConsignmentArgument,
    agency: AgencyArgument,
    reason: ReasonOption,
    item: Annotated[int | None, typer.Option("--item", min=1, help="Item of the declaration; else all of it.")] = None,
    release: Annotated[bool, typer.Option("--release", help="Release what the agency held.")] = False,
    home: HomeOption = None,
    json_lines: JsonOption = False,
) -> None:
    """Hold goods for an agency that an agreement or the permit matrix names, or release them. Says so where they were let go already.

    Example:
        cocket permit hold 01a21032-dbd8-7236-9320-ac0953c99041 food --reason "sample taken"
    """
    word = Hold(agency=agency, item=item, is_held=not release, reason=reason)
    with open_service(settings_of(**home_option(home)), lambda one: one.measures.permits) as permits:
        said = permits.agency_hold(OPERATOR, consignment, word)
    _show_holds(said.holds, json_lines)
    if said.let_go is not None and json_lines:
        json_line({"let_go": said.let_go, "note": said.note})
    elif said.note:
        out.print(said.note, highlight=False, soft_wrap=True)


@app.command("holds")
def holds(consignment: ConsignmentArgument, home: HomeOption = None, json_lines: JsonOption = False) -> None:
    """List what agencies say of a consignment, oldest first.

    Example:
        cocket permit holds 01a21032-dbd8-7236-9320-ac0953c99041
    """
    with open_service(settings_of(**home_option(home)), lambda one: one.measures.permits) as permits:
        _show_holds(permits.agency_holds(OPERATOR, consignment), json_lines)


def _show(view: PermitView, json_lines: bool) -> None:
    if json_lines:
        json_line(view)
        return
    one = view.permit
    says = f"{one.agency} {one.type} {one.number}, line {one.line}: {one.status}; {len(view.uses)} uses."
    out.print(shown(says), markup=False, highlight=False)


def _show_holds(found: tuple[Hold, ...], json_lines: bool) -> None:
    if json_lines:
        for one in found:
            json_line(one)
        return
    table = Listing("agency", "item", "goods", "reason")
    for one in found:
        table.add_row(
            shown(one.agency), str(one.item or "all"), "held" if one.is_held else "released", shown(one.reason)
        )
    out.print(table if found else "No agency holds it.")
