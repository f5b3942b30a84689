# SPDX-License-Identifier: Apache-2.0
"""`cocket questions`: what traders ask, and the answers of officers."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Final

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
from cocket.cli.base.files import read_file
from cocket.cli.base.instance_access import home_option, open_service, settings_of
from cocket.cli.base.operator_principal import operator
from cocket.cli.base.output import HomeOption, JsonOption, json_line, print_lines
from cocket.findings.words import counted
from cocket.governance.question import Side, State
from cocket.pipeline.control.questions import QuestionView

app = typer.Typer(name="questions", no_args_is_help=True, help="Questions of traders: list, show and answer them.")

IdArgument = Annotated[str, typer.Argument(metavar="ID", help="ID of the question.")]

_STATES: Final[dict[State, str]] = {"open": "waits for an answer", "answered": "answered", "withdrawn": "taken back"}
_SIDES: Final[dict[Side, str]] = {"trader": "the trader asks", "customs": "customs asks"}


@app.command("list")
def list_questions(
    is_closed: ClosedOption = False,
    home: HomeOption = None,
    json_lines: JsonOption = False,
) -> None:
    """List questions that wait for an answer of either side, overdue ones first. Exit 1 if any is overdue.

    Example:
        cocket questions list
    """
    with open_service(settings_of(**home_option(home)), lambda one: one.control.questions) as service:
        found = service.questions(operator(), "closed" if is_closed else "open")
    print_list(found, _line, "question", is_closed=is_closed, json_lines=json_lines)


@app.command("show")
def show(wanted: IdArgument, home: HomeOption = None, json_lines: JsonOption = False) -> None:
    """Show one question: what is asked, its papers, until when an answer is due, and the answer.

    Example:
        cocket questions show 0193a5f0-7a44-7c2e-9d1c-3f0a52b7e611
    """
    with open_service(settings_of(**home_option(home)), lambda one: one.control.questions) as service:
        _show(service.question(operator(), wanted), json_lines=json_lines)


@app.command("paper")
def paper(
    wanted: IdArgument,
    record: RecordArgument,
    file: OutOption,
    home: HomeOption = None,
    json_lines: JsonOption = False,
) -> None:
    """Write a paper of a question to a file, as it came.

    Example:
        cocket questions paper 0193a5f0-7a44-7c2e-9d1c-3f0a52b7e611 0193a5f1-11aa-7d3e-8c2b-5a0b1c2d3e4f --out permit.pdf
    """
    with open_service(settings_of(**home_option(home)), lambda one: one.control.questions) as service:
        _, content = service.paper(operator(), wanted, record)
    write_paper("question", (wanted, record), content, file, json_lines=json_lines)


@app.command("answer")
def give_answer(
    wanted: IdArgument,
    words: Annotated[str, typer.Option("--words", help="The answer, as the trader reads it; sealed.")],
    papers: Annotated[list[Path] | None, typer.Option("--paper", help="Paper that goes with it; repeatable.")] = None,
    home: HomeOption = None,
    json_lines: JsonOption = False,
) -> None:
    """Answer a trader's question; papers are added before the answer closes it.

    Example:
        cocket questions answer 0193a5f0-7a44-7c2e-9d1c-3f0a52b7e611 --words "the permit of the wildlife agency" --paper list.pdf
    """
    files = [(path.name, read_file(path)) for path in papers or ()]
    with open_service(settings_of(**home_option(home)), lambda one: one.control.questions) as service, refusals_said():
        for name, content in files:
            service.add_paper(operator(), wanted, name, content)
        view = service.answer(operator(), wanted, words)
    _show(view, json_lines=json_lines)


def _line(view: QuestionView) -> str:
    return f"{view.id} {view.sender}, {_SIDES[view.asks]}: {_standing(view)}"


def _standing(view: QuestionView) -> str:
    """Where it stands, and while it is open until when an answer is due."""
    due = f", {due_words(view.due, is_overdue=view.is_overdue)}" if view.state == "open" else ""
    return f"{_STATES[view.state]}{due}"


def _show(view: QuestionView, *, json_lines: bool) -> None:
    if json_lines:
        json_line(view)
        return
    lines = [
        f"{view.id}: {view.sender}, {_SIDES[view.asks]}; {_standing(view)}",
        f"asked {view.asked:%Y-%m-%d %H:%M} by {view.by}{f', about message {view.message}' if view.message else ''}",
        f"asks: {view.words}",
    ]
    lines += [
        f"paper of {one.side}: {one.name} ({counted(one.size, 'byte')}), record {one.record}" for one in view.papers
    ]
    if view.answer is not None:
        told = view.answer
        lines.append(f"answered {told.at:%Y-%m-%d %H:%M} by {told.by}: {told.words}")
    print_lines(lines)
