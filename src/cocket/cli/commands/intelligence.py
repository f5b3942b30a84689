# SPDX-License-Identifier: Apache-2.0
"""`cocket intelligence`: enter a report, list those that count, end one."""

from __future__ import annotations

from datetime import UTC, datetime, time, timedelta
from typing import Annotated, Any
from zoneinfo import ZoneInfo

import msgspec
import typer

from cocket.cli.base.instance_access import home_option, open_service, settings_of
from cocket.cli.base.operator_principal import operator
from cocket.cli.base.output import HomeOption, JsonOption, complain, json_line, out, shown
from cocket.cli.commands.proposals import tell_proposed
from cocket.errors import SenderError, SettingsError
from cocket.findings import render
from cocket.gate import make_key
from cocket.pipeline.risk.intelligence import IntelligenceView, NewIntelligence

app = typer.Typer(no_args_is_help=True, help="Intelligence: graded reports that select consignments.")


@app.command("add")
def add(
    text: Annotated[str, typer.Argument(help="Text of the report; do not name the source.")],
    threat: Annotated[str, typer.Option("--threat", help="What it warns of, such as narcotics or weapons.")],
    grade: Annotated[str, typer.Option("--grade", help="Source A–F and information 1–6, such as B2.")],
    handling: Annotated[str, typer.Option("--handling", help="open, restricted or closed.")] = "restricted",
    days: Annotated[int, typer.Option("--days", min=1, max=3650, help="Days for which it is valid.")] = 30,
    party: Annotated[list[str] | None, typer.Option("--party", help="Number or name; repeatable.")] = None,
    equipment: Annotated[list[str] | None, typer.Option("--equipment", help="Container; repeatable.")] = None,
    route: Annotated[list[str] | None, typer.Option("--route", help="XJ, XJABC or XJ-XA; repeatable.")] = None,
    commodity: Annotated[list[str] | None, typer.Option("--commodity", help="Digits of a code; repeatable.")] = None,
    home: HomeOption = None,
    as_json: JsonOption = False,
) -> None:
    """Enter a report. A consignment is named if it matches one entry of every kind that is given.

    Example:
        cocket intelligence add "pistols in engine blocks" --threat weapons --grade B2 --route XJ --commodity 8407
    """
    settings = settings_of(**home_option(home))
    given = {"PARTY": party, "EQUIPMENT": equipment, "ROUTE": route, "COMMODITY": commodity}
    last = datetime.now(ZoneInfo(settings.time_zone)).date() + timedelta(days=days)
    new = _read(
        threat=threat,
        source_grade=grade[:1].upper(),
        information_grade=grade[1:],
        handling=handling,
        text=text,
        links=[(kind, one) for kind, several in given.items() for one in several or ()],
        expires=datetime.combine(last, time(), ZoneInfo(settings.time_zone)).astimezone(UTC),
    )
    with open_service(settings, lambda one: one.risk.intelligence) as intelligence:
        try:
            _show([intelligence.add_intelligence(operator(), new)], as_json)
        except SenderError as error:
            for finding in error.findings:
                complain(shown(render(finding)))
            raise typer.Exit(1) from error


@app.command("list")
def list_reports(
    every: Annotated[bool, typer.Option("--all", help="Also ended and expired reports.")] = False,
    home: HomeOption = None,
    as_json: JsonOption = False,
) -> None:
    """List reports; the look is sealed.

    Example:
        cocket intelligence list --all
    """
    with open_service(settings_of(**home_option(home)), lambda one: one.risk.intelligence) as intelligence:
        _show(intelligence.intelligence(operator(), is_active=not every), as_json)


@app.command("expire")
def expire(
    report: Annotated[str, typer.Argument(help="Id of the report.")],
    reason: Annotated[str, typer.Option("--reason", help="Reason for ending it; stored with it.")],
    home: HomeOption = None,
    as_json: JsonOption = False,
) -> None:
    """End a report before its time. What it selected stays selected.

    Where two persons answer for that (setting second_person_for, word intelligence), it is proposed; a report that asks for no
    lane is ended by one.

    Example:
        cocket intelligence expire 0193a5f0-7a44-7c2e-9d1c-3f0a52b7e611 --reason "source withdrew"
    """
    with open_service(
        settings_of(**home_option(home)), lambda one: (one.risk.intelligence, one.governance.second_person)
    ) as (intelligence, second):
        wanted = intelligence.proposed_end(operator(), report, reason)
        if wanted is not None:
            tell_proposed(second.propose(operator(), wanted, make_key).proposal, as_json)
            return
        _show([intelligence.end_intelligence(operator(), report, reason)], as_json)


def _read(**given: Any) -> NewIntelligence:
    try:
        return msgspec.convert(given, NewIntelligence)
    except msgspec.ValidationError as error:
        hint = "See cocket intelligence add --help."
        raise SettingsError(f"The report cannot be read: {error}.", code="intelligence", hint=hint) from error


def _show(reports: Any, as_json: bool) -> None:
    for report in reports:
        if as_json:
            json_line(report)
        else:
            out.print(_line(report), markup=False, highlight=False, soft_wrap=True)


def _line(report: IntelligenceView) -> str:
    grade = report.source_grade + report.information_grade
    links = ", ".join(f"{link.kind.lower()} {link.value}" for link in report.links)
    asks = f"asks for {report.asks_for}" if report.asks_for else "selects nothing"
    head = (
        f"{report.id} {report.state} {report.threat} {grade} {report.handling}, {asks}, until {report.expires:%Y-%m-%d}"
    )
    return shown(f"{head}: {report.text} ({links})")
