# SPDX-License-Identifier: Apache-2.0
"""`cocket agreements`: agreements with partners as data, and how both sides kept them."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Annotated

import msgspec
import typer

from cocket.cli.base.files import read_file
from cocket.cli.base.instance_access import home_option, open_service, settings_of
from cocket.cli.base.operator_principal import operator
from cocket.cli.base.output import HomeOption, JsonOption, Listing, json_line, out, print_lines, shown
from cocket.governance.agreements import Agreement
from cocket.pipeline.governance.second_person import Given
from cocket.pipeline.queries.agreements import AgreementMeasure, AgreementView

app = typer.Typer(
    name="agreements", no_args_is_help=True, help="Agreements with partners: terms, fields, mutual service levels."
)


def _day(text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise typer.BadParameter("This is not a day such as 2026-12-25.") from None


NameArgument = Annotated[str, typer.Argument(metavar="NAME", help="Name of the agreement.")]


@app.command("add")
def add(
    file: Annotated[Path, typer.Argument(metavar="FILE", help="Agreement (TOML).")],
    home: HomeOption = None,
    json_lines: JsonOption = False,
) -> None:
    """Propose an agreement, or another version of one of the same name; a second person confirms it.

    Example:
        cocket agreements add betania.toml
    """
    with open_service(settings_of(**home_option(home)), lambda one: one.governance.agreements) as agreements:
        given = agreements.propose_agreement(operator(), file.name, read_file(file))
    _say_given(given, json_lines)


@app.command("end")
def end(
    name: NameArgument,
    reason: Annotated[str, typer.Option("--reason", help="Reason, and on whose order; sealed.")],
    home: HomeOption = None,
    json_lines: JsonOption = False,
) -> None:
    """Propose to end an agreement before its last day; a second person confirms it. What leans on it stops then.

    Example:
        cocket agreements end betania-2026 --reason "note of 3 March"
    """
    with open_service(settings_of(**home_option(home)), lambda one: one.governance.agreements) as agreements:
        given = agreements.propose_end(operator(), name, reason)
    _say_given(given, json_lines)


@app.command("list")
def list_agreements(home: HomeOption = None, json_lines: JsonOption = False) -> None:
    """List agreements by name, with how each stands today.

    Example:
        cocket agreements list
    """
    with open_service(settings_of(**home_option(home)), lambda one: one.governance.agreements) as agreements:
        found = agreements.agreements(operator())
    if json_lines:
        for one in found:
            json_line(one)
    elif not found:
        out.print("No agreement.")
    else:
        table = Listing("name", "version", "with", "from", "to", "today", "exchanges", whole=("name",))
        for one in found:
            told = one.agreement
            table.add_row(
                told.name, str(told.version), shown(told.other), str(told.begins), str(told.ends or "–"), _standing(one),
                ", ".join(told.exchanges),
            )  # fmt: skip
        out.print(table)
        print_lines([f"Under {one.agreement.name} nothing goes. {one.problem}" for one in found if one.problem])


@app.command("show")
def show(
    name: NameArgument,
    as_odrl: Annotated[bool, typer.Option("--odrl", help="As an ODRL policy (JSON-LD).")] = False,
    every: Annotated[bool, typer.Option("--versions", help="Every version as it was sealed, oldest first.")] = False,
    home: HomeOption = None,
    json_lines: JsonOption = False,
) -> None:
    """Show an agreement: parties, purposes, term, fields, and what each side owes the other.

    Examples:
        cocket agreements show betania-2026

        cocket agreements show betania-2026 --odrl > betania.jsonld
    """
    with open_service(settings_of(**home_option(home)), lambda one: one.governance.agreements) as agreements:
        if as_odrl:
            json_line(agreements.odrl(operator(), name))
            return
        if every:
            versions = agreements.versions(operator(), name)
            for one in versions:
                if json_lines:
                    json_line(one)
                else:
                    told = f"version {one.agreement.version}: leaf {one.leaf}, {one.at:%Y-%m-%d %H:%M} UTC, {one.agreement.by}"
                    out.print(shown(told), markup=False, highlight=False, soft_wrap=True)
            return
        view = agreements.agreement(operator(), name)
    if json_lines:
        json_line(view)
    else:
        _print(view)


@app.command("measure")
def measure(
    name: NameArgument,
    since: Annotated[
        date | None, typer.Option("--since", parser=_day, metavar="DAY", help="First day; 90 days before the last.")
    ] = None,
    until: Annotated[
        date | None, typer.Option("--until", parser=_day, metavar="DAY", help="Last day; today if not given.")
    ] = None,
    home: HomeOption = None,
    json_lines: JsonOption = False,
) -> None:
    """Measure how both sides kept an agreement, from sealed times. Exit 1 if a service level was not kept.

    The other party gets the same figures over HTTP, by a key for its senders.

    Examples:
        cocket agreements measure betania-2026

        cocket agreements measure betania-2026 --since 2026-01-01 --until 2026-12-31 --json
    """
    with open_service(settings_of(**home_option(home)), lambda one: one.governance.agreements) as agreements:
        found = agreements.measure(operator(), name, since, until)
    if json_lines:
        json_line(found)
    else:
        _print_measure(found)
    if any(one.is_kept is False for one in found.levels):
        raise typer.Exit(1)


def _print(view: AgreementView) -> None:
    one = view.agreement
    print_lines(
        [
            f"{one.name}, version {one.version}: {one.title}",
            f"Today: {_standing(view)}{f', by {one.ended_by}: {one.reason}' if one.ended else ''}",
            *_trouble(view),
            *agreed_lines(one),
        ]
    )


def _standing(view: AgreementView) -> str:
    ended = view.agreement.ended
    return f"{view.standing} {ended:%Y-%m-%d %H:%M} UTC" if ended else view.standing


def _trouble(view: AgreementView) -> list[str]:
    return [f"Nothing goes under it. {view.problem}"] if view.problem else []


def agreed_lines(one: Agreement) -> list[str]:
    """What an agreement says, all of it, a line each."""
    lines = [
        f"With {one.other}{f' ({one.partner})' if one.partner else ''}",
        f"From {one.begins} to {one.ends or 'no end'}; {one.source}",
        f"Purposes: {', '.join(one.purposes)}",
    ]
    lines += [f"Given: {exchange}: {', '.join(fields)}" for exchange, fields in one.exchanges.items()]
    lines += [
        f"Owed by {level.by}: {level.measure} within {level.hours:g} hours, {level.share:.0%} of cases"
        for level in one.service_levels
    ]
    if one.senders:
        lines.append(f"Senders: {', '.join(one.senders)}")
    if one.guest:
        scope = one.guest
        lines.append(
            f"Its people ({scope.kind}) see consignments with codes {', '.join(scope.codes)}, of origins "
            f"{', '.join(scope.origins)}, at offices {', '.join(scope.offices)}"
        )
    if one.country or one.own_country:
        lines.append(f"Countries: {one.own_country or '–'}, {one.country or '–'}")
    if "joint" in one.exchanges:
        lines.append(f"A cell of an evidence table has at least {one.least_cell} examinations")
    if one.signed:
        said = msgspec.to_builtins(one.signed)
        told = (f"{name} {' '.join([text] if isinstance(text, str) else text)}" for name, text in said.items() if text)
        lines.append(f"Signed messages: {'; '.join(told)}")
    return lines


def _print_measure(found: AgreementMeasure) -> None:
    out.print(f"{shown(found.name)}, {found.since} to {found.until}, by sealed times:", markup=False, highlight=False)
    table = Listing("by", "what", "within", "agreed", "cases", "in time", "late", "running", "median", "share", "kept")
    for one in found.levels:
        level = one.level
        table.add_row(
            level.by, level.measure, f"{level.hours:g} h", f"{level.share:.0%}", str(one.cases), str(one.in_time),
            str(one.late), str(one.running), "–" if one.median_hours is None else f"{one.median_hours:.1f} h",
            "–" if one.share is None else f"{one.share:.0%}",
            {True: "yes", False: "NO", None: "no case yet"}[one.is_kept],
        )  # fmt: skip
    out.print(table)
    if found.unsealed:
        out.print(
            f"{found.unsealed} cases left out: a time in the database differs from the sealed one.", highlight=False
        )


def _say_given(given: Given, json_lines: bool) -> None:
    if json_lines:
        json_line({"proposal": given.proposal.id, "state": given.proposal.state, "is_done": given.is_done})
    elif given.is_done:
        out.print("Done and sealed.")
    else:
        out.print(f"Proposal {given.proposal.id} waits until a second person confirms it.", highlight=False)
