# SPDX-License-Identifier: Apache-2.0
"""`cocket aeo`: the standing of traders, from a register, and suspended at once where it must be."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from cocket.cli.base.files import read_file
from cocket.cli.base.instance_access import home_option, open_service, settings_of
from cocket.cli.base.operator_principal import operator_of
from cocket.cli.base.output import HomeOption, JsonOption, Listing, complain, err, json_line, out, shown
from cocket.control.standing import read_register
from cocket.findings import describe, render
from cocket.pipeline.credentials.standings import StandingView

app = typer.Typer(
    name="aeo", no_args_is_help=True, help="Status of authorised traders (AEO); it lowers their chance of selection."
)

#: Who the operator of this machine is, as records name him.
OPERATOR = operator_of("cli")

NameArgument = Annotated[str, typer.Argument(metavar="SCHEME/NUMBER", help="SCHEME/NUMBER, or the number alone.")]


@app.command("import")
def import_register(
    file: Annotated[
        Path, typer.Argument(help="CSV: number, trader, scheme, scopes, valid_from [, valid_to, status, offices].")
    ],
    home: HomeOption = None,
    json_lines: JsonOption = False,
) -> None:
    """Import a register of authorised traders.

    Lines that cannot be read are reported and left out. A suspension made here is kept; standings that the register no
    longer has stay as they were, and are named. Exit 1 if a line was left out.

    Example:
        cocket aeo import register.csv
    """
    data = read_file(file)
    standings, findings = read_register(data)
    with open_service(settings_of(**home_option(home)), lambda one: one.credentials.standings) as service:
        report = service.take_standings(OPERATOR, standings)
    for finding in findings:
        if json_lines:
            json_line(describe(finding) | {"file": str(file)})
        else:
            complain(shown(f"{finding.location}: {render(finding)}"))
    if json_lines:
        json_line(report)
    else:
        says = f"{report.new} new, {report.changed} changed, {report.unchanged} unchanged."
        out.print(says, highlight=False)
        for name in report.absent:
            err.print(f"{shown(name)} is not in this register; it was left unchanged.", markup=False, highlight=False)
    if any(finding.severity == "error" for finding in findings):
        raise typer.Exit(1)


@app.command("list")
def list_standings(
    trader: Annotated[str | None, typer.Option("--trader", help="Only this trader's, by number.")] = None,
    home: HomeOption = None,
    json_lines: JsonOption = False,
) -> None:
    """List standings, by scheme and number.

    Example:
        cocket aeo list --trader A1000037K
    """
    with open_service(settings_of(**home_option(home)), lambda one: one.credentials.standings) as service:
        standings = service.standings(OPERATOR, trader)
    if json_lines:
        for standing in standings:
            json_line(standing)
        return
    table = Listing("standing", "trader", "covers", "valid", "status", whole=("standing",))
    for one in standings:
        last = one.valid_to.isoformat() if one.valid_to else ""
        offices = f" at {' '.join(one.offices)}" if one.offices else ""
        covers = shown(" ".join(one.scopes) + offices)
        table.add_row(
            shown(f"{one.scheme}/{one.number}"), one.trader, covers, f"{one.valid_from} – {last}", _status(one)
        )
    out.print(table if standings else "No authorised traders are known; import a register with cocket aeo import FILE.")


@app.command("suspend")
def suspend(
    name: NameArgument,
    reason: Annotated[str, typer.Option("--reason", help="Why; it stays on record.")],
    home: HomeOption = None,
    json_lines: JsonOption = False,
) -> None:
    """Suspend an authorisation: assessments ignore it from now on.

    Example:
        cocket aeo suspend AEO-C/XA00007 --reason "books refused"
    """
    with open_service(settings_of(**home_option(home)), lambda one: one.credentials.standings) as standings:
        _tell(standings.suspend_standing(OPERATOR, name, reason), json_lines)


@app.command("restore")
def restore(name: NameArgument, home: HomeOption = None, json_lines: JsonOption = False) -> None:
    """Lift a suspension that was made here.

    Example:
        cocket aeo restore AEO-C/XA00007
    """
    with open_service(settings_of(**home_option(home)), lambda one: one.credentials.standings) as standings:
        _tell(standings.restore_standing(OPERATOR, name), json_lines)


def _tell(standing: StandingView, json_lines: bool) -> None:
    if json_lines:
        json_line(standing)
    else:
        says = f"{standing.scheme}/{standing.number} of {standing.trader} is {_status(standing)}."
        out.print(shown(says), markup=False, highlight=False)


def _status(standing: StandingView) -> str:
    by = f" by {standing.suspended_by}" if standing.suspended_by else ""
    why = f": {standing.reason}" if standing.reason else ""
    return shown(f"{standing.status}{by}{why}")
