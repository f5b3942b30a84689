# SPDX-License-Identifier: Apache-2.0
"""`cocket contests`: what traders contest, and the answers of officers who decided nothing on it."""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated, Final, cast, get_args

import typer

from cocket.cli.base.correspondence import (
    ClosedOption,
    OutOption,
    RecordArgument,
    due_words,
    print_list,
    refusals_said,
    write_paper,
)
from cocket.cli.base.instance_access import home_option, open_service, settings_of
from cocket.cli.base.operator_principal import operator
from cocket.cli.base.output import HomeOption, JsonOption, json_line, print_lines
from cocket.findings.words import counted
from cocket.governance.contest import EffectKind, Outcome
from cocket.pipeline.control.contests import ContestView, NewAnswer

app = typer.Typer(
    name="contests", no_args_is_help=True, help="Contests of traders: list, show, confirm and answer them."
)

ContestOutcome = StrEnum("ContestOutcome", {name.replace("-", "_"): name for name in get_args(Outcome)})  # type: ignore[misc]

IdArgument = Annotated[str, typer.Argument(metavar="ID", help="ID of the contest.")]

_STATES: Final = {
    "lodged": "receipt not confirmed",
    "acknowledged": "receipt confirmed",
    "answered": "answered",
    "withdrawn": "taken back",
}


@app.command("list")
def list_contests(
    is_closed: ClosedOption = False,
    home: HomeOption = None,
    json_lines: JsonOption = False,
) -> None:
    """List contests that wait for an answer, overdue ones first. Exit 1 if any is overdue.

    Example:
        cocket contests list
    """
    with open_service(settings_of(**home_option(home)), lambda one: one.control.contests) as service:
        found = service.contests(operator(), "closed" if is_closed else "open")
    print_list(found, _line, "contest", is_closed=is_closed, json_lines=json_lines)


@app.command("show")
def show(wanted: IdArgument, home: HomeOption = None, json_lines: JsonOption = False) -> None:
    """Show one contest: what is held to be wrong, what stands, who decided, until when an answer is due.

    Example:
        cocket contests show 0193a5f0-7a44-7c2e-9d1c-3f0a52b7e611
    """
    with open_service(settings_of(**home_option(home)), lambda one: one.control.contests) as service:
        _show(service.contest(operator(), wanted), json_lines=json_lines)


@app.command("paper")
def paper(
    wanted: IdArgument,
    record: RecordArgument,
    file: OutOption,
    home: HomeOption = None,
    json_lines: JsonOption = False,
) -> None:
    """Write a paper of a contest to a file, as it came.

    Example:
        cocket contests paper 0193a5f0-7a44-7c2e-9d1c-3f0a52b7e611 0193a5f1-11aa-7d3e-8c2b-5a0b1c2d3e4f --out contract.pdf
    """
    with open_service(settings_of(**home_option(home)), lambda one: one.control.contests) as service:
        _, content = service.paper(operator(), wanted, record)
    write_paper("contest", (wanted, record), content, file, json_lines=json_lines)


@app.command("confirm")
def confirm(wanted: IdArgument, home: HomeOption = None, json_lines: JsonOption = False) -> None:
    """Confirm receipt of a contest.

    Example:
        cocket contests confirm 0193a5f0-7a44-7c2e-9d1c-3f0a52b7e611
    """
    with open_service(settings_of(**home_option(home)), lambda one: one.control.contests) as service:
        _show(service.acknowledge(operator(), wanted), json_lines=json_lines)


@app.command("answer")
def give_answer(
    wanted: IdArgument,
    outcome: Annotated[ContestOutcome, typer.Option("--outcome", help="How it ends.")],
    grounds: Annotated[str, typer.Option("--grounds", help="Why, in words for the trader; sealed.")],
    is_withdrawn: Annotated[
        bool, typer.Option("--withdraw-finding", help="Withdraw the whole finding of the examination.")
    ] = False,
    items: Annotated[
        list[int] | None, typer.Option("--withdraw-item", min=1, help="Withdraw what was found of an item; repeatable.")
    ] = None,
    home: HomeOption = None,
    json_lines: JsonOption = False,
) -> None:
    """Answer a contest. Whoever decided on the consignment cannot. Models and figures use the corrected result.

    Examples:
        cocket contests answer 0193a5f0-7a44-7c2e-9d1c-3f0a52b7e611 --outcome not-upheld --grounds "the invoice was altered"

        cocket contests answer 0193a5f0-7a44-7c2e-9d1c-3f0a52b7e611 --outcome upheld --grounds "as the contract says" --withdraw-finding
    """
    effect: EffectKind = "finding-withdrawn" if is_withdrawn else "items-withdrawn" if items else "none"
    new = NewAnswer(outcome=cast(Outcome, outcome.value), grounds=grounds, effect=effect, items=tuple(items or ()))
    with open_service(settings_of(**home_option(home)), lambda one: one.control.contests) as service, refusals_said():
        view = service.answer(operator(), wanted, new)
    _show(view, json_lines=json_lines)


def _line(view: ContestView) -> str:
    due = f", {due_words(view.due, is_overdue=view.is_overdue, law=view.law)}"
    closed = view.state in ("answered", "withdrawn")
    return f"{view.id} {view.ground}, on {view.title or view.consignment}: {_STATES[view.state]}{'' if closed else due}"


def _show(view: ContestView, *, json_lines: bool) -> None:
    if json_lines:
        json_line(view)
        return
    lines = [
        f"{view.id}: {view.ground}, on {view.title or view.consignment}, from {view.sender}",
        f"sent {view.lodged:%Y-%m-%d %H:%M} under {view.law}{', late' if view.is_late else ''}; {_STATES[view.state]}",
    ]
    if view.state in ("lodged", "acknowledged"):
        lines.append(due_words(view.due, is_overdue=view.is_overdue))
    lines.append(f"says: {view.words}")
    lines += [f"paper: {one.name} ({counted(one.size, 'byte')}), record {one.record}" for one in view.papers]
    lines.append(f"decided by: {', '.join(view.deciders) or 'no one here'}")
    if view.result is not None:
        found = (
            "irregularity found"
            if view.result.found
            else "nothing found"
            if view.result.found is False
            else "no result yet"
        )
        lines.append(f"stands: {found}, {view.result.depth}, by {view.result.officer}")
    if view.answer is not None:
        told = view.answer
        lines.append(
            f"answered {told.at:%Y-%m-%d %H:%M} by {told.by}: {told.outcome}, effect {told.effect.kind}: {told.grounds}"
        )
    print_lines(lines)
