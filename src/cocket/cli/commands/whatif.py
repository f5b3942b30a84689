# SPDX-License-Identifier: Apache-2.0
"""`cocket whatif`: another way of choosing, or of working, tried on the past before anyone decides."""

from __future__ import annotations

from contextlib import ExitStack
from datetime import date
from pathlib import Path
from typing import Annotated, Final

import msgspec
import typer

from cocket.cli.base.files import read_file
from cocket.cli.base.instance_access import home_option, open_service, settings_of
from cocket.cli.base.operator_principal import operator
from cocket.cli.base.output import HomeOption, JsonOption, Listing, json_line, out, print_lines, progress, shown
from cocket.errors import SettingsError
from cocket.pipeline.trials.whatif import WhatIf, WhatIfAnswer, WhatIfCheck
from cocket.risk.estimate import Estimate
from cocket.trials.queues import Delay
from cocket.trials.whatif import Question, Said, question_of, read_question

app = typer.Typer(
    name="whatif",
    no_args_is_help=True,
    help="Ask the past what other quotas, hours, people, rules or models would have come to.",
)

#: Option of a lane → field of the question.
_LANES: Final = {"red": "examine", "yellow": "documents", "blue": "audit", "random": "random"}

#: Step of the work → what is said of it.
_STEPS: Final = {
    "reading": "Reading the past",
    "rule": "Trying the rule",
    "lanes": "Choosing lanes again",
    "frontier": "Drawing the frontier",
    "waits": "Replaying the waits",
}


def _day(text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise typer.BadParameter("This is not a day such as 2026-12-25.") from None


Id = Annotated[str, typer.Argument(metavar="ID", help="Id of the question, as `cocket whatif list` shows it.")]


@app.command("run")
def run(
    file: Annotated[
        Path | None, typer.Argument(metavar="[FILE]", help="The question as JSON or TOML, in place of options.")
    ] = None,
    quota: Annotated[
        list[str] | None,
        typer.Option(
            "--quota", metavar="LANE=SHARE", help="Share of cases for red, yellow, blue or random, as red=5%."
        ),
    ] = None,
    places: Annotated[
        list[str] | None,
        typer.Option("--places", metavar="LANE=COUNT", help="Places a day at an office for red or yellow, as red=30."),
    ] = None,
    ignore_below: Annotated[
        str | None,
        typer.Option("--ignore-below", metavar="AMOUNT", help="Declared value under which nothing is chosen."),
    ] = None,
    rule: Annotated[
        str | None,
        typer.Option("--rule", metavar="CODE", help="A rule, a draft too, that would send what it fires on to red."),
    ] = None,
    model: Annotated[
        str | None, typer.Option("--model", metavar="VERSION", help="A model tried beside, whose scores would choose.")
    ] = None,
    hours: Annotated[
        str | None, typer.Option("--hours", metavar="FROM-TO", help="Opening hours, as 08:00-20:00.")
    ] = None,
    staff: Annotated[
        list[str] | None,
        typer.Option(
            "--staff", metavar="STATION=MORE", help="People more or fewer, as examination=+2 or documents=-1."
        ),
    ] = None,
    scanners: Annotated[
        str | None,
        typer.Option(
            "--scanners",
            metavar="COUNTxMINUTES",
            help="Scanners before examination, as 1x12; share and effect by FILE.",
        ),
    ] = None,
    offices: Annotated[
        list[str] | None,
        typer.Option("--office", metavar="CODE", help="Office at which it would be otherwise; all without."),
    ] = None,
    since: Annotated[
        date | None, typer.Option("--since", parser=_day, metavar="DAY", help="First day of the past.")
    ] = None,
    until: Annotated[
        date | None, typer.Option("--until", parser=_day, metavar="DAY", help="Last day of the past.")
    ] = None,
    title: Annotated[str, typer.Option("--title", help="The question in words, for whoever reads it later.")] = "",
    home: HomeOption = None,
    json_lines: JsonOption = False,
) -> None:
    """Ask, and get the answer with intervals; question and answer are sealed.

    Where the past cannot tell, the answer is refused in words: without a random share, without results, or from fewer than 100
    effective examinations.

    Examples:
        cocket whatif run --quota red=5% --office XAPRT001
        cocket whatif run --hours 08:00-20:00 --staff examination=+2
        cocket whatif run question.toml --json
    """
    question = read_question(read_file(file)) if file else None
    given = {
        "ignore_below": ignore_below or "",
        "rule": rule or "",
        "model": model or "",
        "offices": " ".join(offices or ()),
        "since": since.isoformat() if since else "",
        "until": until.isoformat() if until else "",
        "title": title,
        **_pairs(quota, _LANES, "--quota"),
        **_pairs(places, {"red": "examinations_a_day", "yellow": "documents_a_day"}, "--places"),
        **_pairs(staff, {"examination": "staff_examination", "documents": "staff_documents"}, "--staff"),
        **_two(hours, "-", ("opens", "closes")),
        **_two(scanners, "x", ("scanner_count", "scanner_minutes")),
    }
    if question is not None and any(given.values()):
        raise SettingsError("Give the question as a file or as options, not both.", code="what-if-form")
    asked = question if question is not None else question_of(given)
    with (
        open_service(settings_of(**home_option(home)), lambda one: one.trials.what_ifs) as what_ifs,
        ExitStack() as stack,
    ):
        bars: dict[str, object] = {}

        def step(what: str, done: int, of: int) -> None:
            if what not in bars:
                stack.pop_all().close()
                bars[what] = stack.enter_context(progress(_STEPS[what]))
            bars[what](done, of)  # type: ignore[operator]

        told = what_ifs.ask(operator(), asked, step)
    _show(told, None, json_lines)


@app.command("list")
def list_questions(home: HomeOption = None, json_lines: JsonOption = False) -> None:
    """List questions, newest first; the look is sealed.

    Example:
        cocket whatif list
    """
    with open_service(settings_of(**home_option(home)), lambda one: one.trials.what_ifs) as what_ifs:
        found = what_ifs.what_ifs(operator())
    if not found and not json_lines:
        out.print("No question yet.")
    for one in found:
        if json_lines:
            json_line(one)
        else:
            print_lines([f"{one.id} {one.at:%Y-%m-%d %H:%M} UTC {one.state}: {in_words(one.question)}"])


@app.command("show")
def show(identity: Id, home: HomeOption = None, json_lines: JsonOption = False) -> None:
    """Show a question with its answer, and how it was compared with what happened; the look is sealed.

    Example:
        cocket whatif show ID
    """
    with open_service(settings_of(**home_option(home)), lambda one: one.trials.what_ifs) as what_ifs:
        told, check = what_ifs.what_if(operator(), identity)
    _show(told, check, json_lines)


@app.command("check")
def check(
    identity: Id,
    until: Annotated[
        date | None, typer.Option("--until", parser=_day, metavar="DAY", help="Last day; today without.")
    ] = None,
    home: HomeOption = None,
    json_lines: JsonOption = False,
) -> None:
    """Compare a forecast with what happened since: what was examined and found, and how long it took; sealed.

    Example:
        cocket whatif check ID
    """
    with open_service(settings_of(**home_option(home)), lambda one: one.trials.what_ifs) as what_ifs:
        made = what_ifs.check(operator(), identity, until)
    if json_lines:
        json_line(made)
    else:
        print_lines(_checked(made))


def in_words(question: Question) -> str:
    """A question as one line."""
    told = [
        f"{name.replace('_', ' ')} {each}"
        for name, each in msgspec.to_builtins(question).items()
        if name not in ("title", "rule_lane") and each not in (None, "", [], {})
    ]
    return f"{question.title}: {', '.join(told)}" if question.title else ", ".join(told)


def _pairs(given: list[str] | None, known: dict[str, str], option: str) -> dict[str, str]:
    fields = {}
    for text in given or ():
        name, sign, value = text.partition("=")
        if name not in known or not sign or not value:
            raise SettingsError(
                f"{option} {text} is not understood.",
                code="what-if-form",
                hint=f"Say NAME=VALUE; names: {', '.join(known)}.",
            )
        fields[known[name]] = value
    return fields


def _two(text: str | None, sign: str, names: tuple[str, str]) -> dict[str, str]:
    if text is None:
        return {}
    first, found, second = text.partition(sign)
    if not found or not first or not second:
        raise SettingsError(
            f"{text} is not understood.", code="what-if-form", hint=f"Write two values with {sign} between."
        )
    return dict(zip(names, (first, second), strict=True))


def _show(told: WhatIf, check: WhatIfCheck | None, json_lines: bool) -> None:
    if json_lines:
        json_line({**msgspec.to_builtins(told), "check": msgspec.to_builtins(check)})
        return
    print_lines([f"{told.id} · {told.at:%Y-%m-%d %H:%M} UTC · {told.by}", in_words(told.question)])
    if told.answer is None:
        print_lines([f"{told.state}: {told.problem} {told.hint}".strip()])
        return
    answer, past = told.answer, told.answer.past
    print_lines(
        [
            f"Past: {past.first} to {past.last}, {past.asked} cases, {past.examined} examined, {past.drawn} of them drawn at random.",
            "Lanes: " + ", ".join(f"{lane} {old} → {new}" for lane, (old, new) in answer.lanes.items()),
        ]
    )
    _tables(answer)
    for delay in answer.delays:
        print_lines(_waits(delay))
    print_lines(["What the past cannot tell:", *(f"- {one.sentence}" for one in answer.limits)])
    if check is not None:
        print_lines(_checked(check))


def _tables(answer: WhatIfAnswer) -> None:
    if answer.today is None or answer.changed is None:
        return
    table = Listing(
        "", "examinations", "effective", "covered", "found: best", "IPS", "SNIPS", "model", "doubly robust", box=None
    )
    for name, told in (("today", answer.today), ("changed", answer.changed)):
        figures = [_ends(getattr(told.found, each)) for each in Said.__struct_fields__]
        table.add_row(
            name, f"{told.examinations:.0f}", f"{told.effective:.0f}", f"{100 * told.covered:.0f} %", *figures
        )
    out.print(table)
    if answer.difference is not None:
        gap = answer.difference
        unit = f" {answer.past.currency}" if answer.past.currency else ""
        finds = f"finds {_ends(gap.found)}, of them security {_ends(gap.threats)}"
        print_lines(
            [f"Difference: examinations {gap.examinations:+.0f}, {finds}, recovered {_ends(gap.amount)}{unit}."]
        )
    frontier = Listing(
        "frontier", "examinations a day", "found a day", "security a day", "recovered a day", "hours a case", box=None
    )
    for point in answer.frontier:
        frontier.add_row(
            point.name,
            f"{point.examinations:.1f}",
            _ends(point.found),
            _ends(point.threats),
            _ends(point.amount),
            "–" if point.delay is None else f"{point.delay:.1f}",
        )
    out.print(frontier)


def _waits(delay: Delay) -> list[str]:
    lines = [f"Waits at {delay.office or 'no office'}, in hours by the clock:"]
    lines += [
        f"- {station}: cannot be determined ({told.why}, {told.closings} closings)"
        for station, told in delay.unknown.items()
    ]
    for today, changed in zip(delay.today, delay.changed, strict=False):
        was = delay.was.get(today.lane)
        lines.append(
            f"- {today.lane}: mean {_ends(today.mean)} → {_ends(changed.mean)}, nine of ten within {today.p90.value:.1f} → "
            f"{changed.p90.value:.1f}" + (f" (was {was.mean:.1f})" if was else "")
        )
    lines += [
        f"- {station}: {100 * old:.0f} % → {100 * new:.0f} % in use" for station, (old, new) in delay.used.items()
    ]
    lines += [
        f"- last third, {one.lane}: forecast {one.forecast:.1f}, as before {one.naive:.1f}, was {one.truth:.1f}"
        for one in delay.held
    ]
    return lines


def _checked(one: WhatIfCheck) -> list[str]:
    lines = [f"Compared with {one.since} to {one.until}, {one.cases} cases:"]
    for line in one.lines:
        where = " ".join(part for part in (line.what, line.lane, line.office) if part)
        nearer = {True: "nearer to the change", False: "nearer to no change", None: "no difference between the two"}[
            line.nearer
        ]
        lines.append(
            f"- {where}: no change {_ends(line.today)}, change {_ends(line.changed)}, as before "
            f"{'–' if line.naive is None else f'{line.naive:.2f}'}; happened {_ends(line.happened)}, {nearer}"
        )
    return [*lines, *(f"- {name}: too little has happened" for name in one.too_few)]


def _ends(one: Estimate | None) -> str:
    if one is None:
        return "–"
    digits = 0 if abs(one.value) >= 100 else 1 if abs(one.value) >= 10 else 2
    if one.low == one.high:
        return f"{one.value:.{digits}f}"
    return shown(f"{one.value:.{digits}f} ({one.low:.{digits}f} to {one.high:.{digits}f})")
