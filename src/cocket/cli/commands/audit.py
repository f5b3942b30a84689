# SPDX-License-Identifier: Apache-2.0
"""`cocket audit`: audits after release, planned, listed, shown and closed."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from typing import Annotated

import typer

from cocket.cli.base.instance_access import home_option, open_service, settings_of
from cocket.cli.base.output import HomeOption, JsonOption, Listing, json_line, out, print_lines, shown
from cocket.cli.commands.aeo import OPERATOR
from cocket.control.audit import Period
from cocket.pipeline.base.sealed_advice import ReasonView
from cocket.pipeline.control.audit_views import AuditLineView, AuditView

app = typer.Typer(name="audit", no_args_is_help=True, help="Audits after release, by trader and year.")

_DAYS = ["%Y-%m-%d"]


class Result(StrEnum):
    """How an audit ends."""

    compliant = "compliant"
    irregular = "irregular"
    not_concluded = "not-concluded"


class Which(StrEnum):
    """Which audits to list."""

    open = "open"
    closed = "closed"
    all = "all"


@app.command("plan")
def plan(
    first: Annotated[datetime, typer.Option("--from", formats=_DAYS, help="First day of the period.")],
    last: Annotated[datetime, typer.Option("--to", formats=_DAYS, help="Last day of the period.")],
    days: Annotated[int, typer.Option("--days", min=0, help="Auditor-days to spend.")],
    home: HomeOption = None,
    json_lines: JsonOption = False,
) -> None:
    """Propose audits of a period: most by risk and money at stake, a part by chance.

    The seed of the part of chance is committed to the log before anything is looked at. Traders under audit are not
    proposed again.

    Example:
        cocket audit plan --from 2026-01-01 --to 2026-12-31 --days 200
    """
    period = Period(first.date(), last.date())
    with open_service(settings_of(**home_option(home)), lambda one: one.control.audits) as audits:
        made = audits.plan_audits(OPERATOR, period, days)
    if json_lines:
        json_line(made)
        return
    says = f"{made.traders} traders, {len(made.proposed)} audits proposed, {made.days} of {made.capacity} days."
    out.print(says, highlight=False)
    if made.proposed:
        out.print(_table(made.proposed))


@app.command("list")
def list_audits(
    state: Annotated[Which, typer.Option("--state", help="Which audits.")] = Which.open,
    home: HomeOption = None,
    json_lines: JsonOption = False,
) -> None:
    """List audits, those at work first.

    Example:
        cocket audit list --state all
    """
    with open_service(settings_of(**home_option(home)), lambda one: one.control.audits) as audits:
        found = audits.audits(OPERATOR, state.value)
    if json_lines:
        for line in found.lines:
            json_line(line)
    else:
        out.print(_table(found.lines) if found.lines else "No audit; cocket audit plan proposes some.")


@app.command("show")
def show(
    audit_id: Annotated[str, typer.Argument(metavar="ID", help="Id of the audit.")],
    home: HomeOption = None,
    json_lines: JsonOption = False,
) -> None:
    """Show one audit: why, its sample, what was found, what happened.

    Example:
        cocket audit show 019ab7c2-7d2e-7c1e-a9d3-2f4b6c1d0e9f
    """
    with open_service(settings_of(**home_option(home)), lambda one: one.control.audits) as audits:
        found = audits.audit(OPERATOR, audit_id)
    if json_lines:
        json_line(found)
    else:
        _show(found)


@app.command("close")
def close(
    audit_id: Annotated[str, typer.Argument(metavar="ID", help="Id of the audit.")],
    result: Annotated[Result, typer.Option("--result", help="How it ended.")],
    recommendation: Annotated[str | None, typer.Option("--recommendation", help="What is recommended.")] = None,
    follow_up: Annotated[
        datetime | None, typer.Option("--follow-up", formats=_DAYS, help="Day of the follow-up.")
    ] = None,
    home: HomeOption = None,
    json_lines: JsonOption = False,
) -> None:
    """Close an audit: its findings become labels, and the seed of its sample is published.

    Example:
        cocket audit close 019ab7c2-7d2e-7c1e-a9d3-2f4b6c1d0e9f --result compliant
    """
    day = follow_up.date() if follow_up else None
    with open_service(settings_of(**home_option(home)), lambda one: one.control.audits) as audits:
        closed = audits.close_audit(OPERATOR, audit_id, result.value, recommendation, day)
    if json_lines:
        json_line(closed)
    else:
        out.print(f"Closed: {closed.summary.result}. The seed of its sample was {closed.seed}.", soft_wrap=True)


def _table(lines: tuple[AuditLineView, ...]) -> Listing:
    table = Listing("audit", "trader", "kind", "state", "days", "at stake", "why", whole=("audit",))
    for line in lines:
        name = shown(line.name or line.trader)
        table.add_row(line.id, name, line.kind, line.state, str(line.days), line.money or "–", _why(line))
    return table


def _why(line: AuditLineView) -> str:
    return "drawn at random" if line.is_random else shown("; ".join(_say(reason) for reason in line.reasons[:3]))


def _say(reason: ReasonView) -> str:
    return reason.message.format_map(reason.arguments)


def _show(found: AuditView) -> None:
    line = found.summary
    say = [
        f"{line.name or line.trader} ({line.trader}), {line.first} to {line.last}, {line.kind} audit: {line.state}",
        f"{found.declarations} declarations released, {line.money or '–'} at stake",
        *(["drawn at random"] if line.is_random else [f"• {_say(reason)}" for reason in line.reasons]),
        *(f"{step.at:%Y-%m-%d %H:%M} #{step.index} {step.message.format_map(step.arguments)}" for step in found.steps),
    ]
    print_lines(say)
    if found.sample:
        table = Listing("declaration", "item", "HS", "value", "found", "additional duty")
        for each in found.sample:
            row = (each.title or each.consignment, str(each.item), each.hs or "–", each.value or "–")
            table.add_row(*(shown(cell) for cell in row), each.conclusion or "–", each.additional_duty or "–")
        out.print(table)
    if found.estimate:
        out.print(f"Estimated for the whole period: {found.estimate}", highlight=False)
