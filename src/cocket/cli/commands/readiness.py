# SPDX-License-Identifier: Apache-2.0
"""`cocket readiness`: a self-assessment whose answers stand beside what is measured, and the plan that follows."""

from __future__ import annotations

from datetime import date
from decimal import Decimal, InvalidOperation
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import msgspec
import typer

from cocket.cli.base.files import write_file
from cocket.cli.base.instance_access import home_option, open_service, settings_of
from cocket.cli.base.operator_principal import operator
from cocket.cli.base.output import HomeOption, JsonOption, Listing, json_line, out, shown
from cocket.exchange.tables import write_table
from cocket.trials.lessons.card import Cost
from cocket.trials.lessons.measures import MEASURES, WHYS, figure
from cocket.trials.lessons.year import cost_words
from cocket.trials.readiness import AREAS, LEVELS, SUBJECTS, ReadinessView, rows_of, write_page
from cocket.trials.readiness.export import COLUMNS, WHY_WORDS
from cocket.trials.readiness.questions import question_of

app = typer.Typer(
    name="readiness",
    no_args_is_help=True,
    help="How ready the instance is for AI, shared ledgers, devices and data sharing: answers beside figures.",
)


class Form(StrEnum):
    """Forms of the export."""

    html = "html"
    json = "json"
    csv = "csv"


def _day(text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise typer.BadParameter("This is not a day such as 2026-12-25.") from None


QuestionArgument = Annotated[str, typer.Argument(metavar="QUESTION", help="Id of the question, such as ai-data.")]


@app.command("show")
def show(
    question: Annotated[
        str, typer.Argument(metavar="[QUESTION]", help="One question in full; all in short without it.")
    ] = "",
    home: HomeOption = None,
    json_lines: JsonOption = False,
) -> None:
    """Show the answers beside what is measured over the last 90 days; the look is sealed.

    Examples:
        cocket readiness show

        cocket readiness show ai-data
    """
    if question:
        question_of(question)
    view = _view(home)
    if json_lines:
        for one in view.standings:
            if question in ("", one.question):
                json_line(one)
        return
    if question:
        _print_one(view, question)
        return
    table = Listing("question", "said", "measured", "figures")
    for one in view.standings:
        figures = "\n".join(f"{each.measure} {figure(each)}" for each in one.figures) or "cannot be measured here"
        table.add_row(one.question, _level(one.said), _level(one.measured), figures)
    out.print(table)
    out.print("No total: cocket readiness show QUESTION explains one, cocket readiness plan says what to do.")


@app.command("answer")
def answer(
    question: QuestionArgument,
    level: Annotated[int, typer.Argument(min=0, max=4, help="0 nothing, 1 begun, 2 in part, 3 in place, 4 checked.")],
    evidence: Annotated[
        str, typer.Option("--evidence", help="What the answer rests on; for every level above 0.")
    ] = "",
    on: Annotated[
        date | None,
        typer.Option("--on", parser=_day, metavar="DAY", help="Day on which that was seen; today if not given."),
    ] = None,
    home: HomeOption = None,
    json_lines: JsonOption = False,
) -> None:
    """Answer a question, in place of the answer before; earlier answers stay sealed.

    Example:
        cocket readiness answer ai-law 3 --evidence "Order 7 of 2025" --on 2025-07-01
    """
    with open_service(settings_of(**home_option(home)), lambda one: one.trials.readiness) as readiness:
        made = readiness.answer(operator(), question, level, evidence, on)
    _kept(question, made.revision, json_lines)


@app.command("cost")
def cost(
    question: QuestionArgument,
    low: Annotated[str, typer.Option("--low", metavar="AMOUNT", help="At least.")] = "",
    high: Annotated[str, typer.Option("--high", metavar="AMOUNT", help="At most; the same as --low without it.")] = "",
    currency: Annotated[str, typer.Option("--currency", metavar="CODE", help="ISO 4217, such as EUR.")] = "",
    basis: Annotated[str, typer.Option("--basis", help="From where it is known, such as an offer.")] = "",
    unknown: Annotated[bool, typer.Option("--unknown", help="It is not known any more.")] = False,
    home: HomeOption = None,
    json_lines: JsonOption = False,
) -> None:
    """Say what the step of a question would cost, as a range. Cocket never estimates a cost.

    Examples:
        cocket readiness cost ai-people --low 20000 --high 35000 --currency EUR --basis "offer of 3 March"

        cocket readiness cost ai-people --unknown
    """
    given = None if unknown else _cost(low, high or low, currency, basis)
    with open_service(settings_of(**home_option(home)), lambda one: one.trials.readiness) as readiness:
        made = readiness.set_cost(operator(), question, given)
    _kept(question, made.revision, json_lines)


@app.command("plan")
def plan(home: HomeOption = None, json_lines: JsonOption = False) -> None:
    """Show what to do, in order, with the costs that were entered.

    Example:
        cocket readiness plan
    """
    found = _view(home).plan
    if json_lines:
        for one in found.steps:
            json_line(one)
        return
    table = Listing("order", "question", "reason", "step", "cost")
    for one in found.steps:
        step = question_of(one.question).step
        table.add_row(str(one.place), one.question, WHY_WORDS[one.why], step, cost_words(one.cost))
    out.print(table)
    for total in found.costs:
        out.print(f"Known costs: {total.currency} {total.low} to {total.high}.", highlight=False)
    if found.unknown:
        out.print(f"Cost not known, in no sum: {found.unknown} steps.", highlight=False)


@app.command("export")
def export(
    file: Annotated[Path, typer.Option("--out", metavar="FILE", help="File to write.")],
    form: Annotated[Form, typer.Option("--format", help="A page that prints, JSON, or a table.")] = Form.html,
    home: HomeOption = None,
    json_lines: JsonOption = False,
) -> None:
    """Write answers, figures and plan to a file.

    Examples:
        cocket readiness export --out readiness.html

        cocket readiness export --format csv --out readiness.csv
    """
    view = _view(home)
    if form is Form.html:
        content = write_page(view)
    elif form is Form.csv:
        content = write_table(COLUMNS, rows_of(view)).encode()
    else:
        content = msgspec.json.format(msgspec.json.encode(view), indent=2) + b"\n"
    write_file(file, content)
    if json_lines:
        json_line({"file": str(file), "bytes": len(content)})
    else:
        out.print(shown(f"{file}: {len(content)} bytes"), markup=False, highlight=False, soft_wrap=True)


def _view(home: Path | None) -> ReadinessView:
    with open_service(settings_of(**home_option(home)), lambda one: one.trials.readiness) as readiness:
        return readiness.standing(operator())


def _level(level: int | None) -> str:
    return "–" if level is None else f"{level} {LEVELS[level].lower()}"


def _print_one(view: ReadinessView, name: str) -> None:
    question = question_of(name)
    one = next(each for each in view.standings if each.question == name)
    lines = [
        f"{SUBJECTS[question.subject]}, {AREAS[question.area].lower()}",
        question.text,
        f"Said: {_level(one.said)}{f', seen {one.on}, by {one.by}: {one.evidence}' if one.on else ''}",
        f"Measured: {_level(one.measured) if question.measures else 'cannot be measured here'}",
    ]
    for each in one.figures:
        cuts = view.cuts.get(each.measure)
        told = figure(each) if each.value is not None else WHYS[each.why]
        lines.append(f"    {MEASURES[each.measure].label}: {told}{f'; levels from {cuts}' if cuts else ''}")
    lines.append(f"If weak: {question.step}")
    for line in lines:
        out.print(shown(line), markup=False, highlight=False, soft_wrap=True)


def _cost(low: str, high: str, currency: str, basis: str) -> Cost:
    try:
        return Cost(low=Decimal(low), high=Decimal(high), currency=currency, basis=basis)
    except InvalidOperation:
        raise typer.BadParameter("Give --low and --currency, amounts such as 20000.00; or --unknown.") from None


def _kept(question: str, revision: int, json_lines: bool) -> None:
    if json_lines:
        json_line({"question": question, "revision": revision})
    else:
        out.print(f"{question}: kept and sealed as version {revision}.", highlight=False)
