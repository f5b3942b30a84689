# SPDX-License-Identifier: Apache-2.0
"""`cocket trials`: pilots planned before their first day, looked at by bounds, stopped by rule, and reported."""

from __future__ import annotations

from datetime import date
from enum import StrEnum
from hashlib import sha256
from pathlib import Path
from typing import Annotated

import typer

from cocket.cli.base.files import read_file, write_file
from cocket.cli.base.instance_access import home_option, open_service, settings_of
from cocket.cli.base.operator_principal import operator
from cocket.cli.base.output import HomeOption, JsonOption, Listing, json_line, out, print_lines, shown
from cocket.errors import SenderError
from cocket.languages import ENGLISH
from cocket.languages import language as language_of
from cocket.pipeline.governance.second_person import Given
from cocket.pipeline.trials.pilots import PilotPreview, PilotView
from cocket.trials.pilots.changes import changes_of
from cocket.trials.pilots.plan_file import EXAMPLE, read_plan
from cocket.trials.pilots.protocol import PilotProtocol
from cocket.trials.pilots.report import PilotLook, bound, hundred, read_signed, verdict_of
from cocket.trials.pilots.report_files import write_report

app = typer.Typer(
    name="trials",
    no_args_is_help=True,
    help="Pilots: planned and sealed before the first day, stopped by rule, reported from what was sealed.",
)

PilotArgument = Annotated[str, typer.Argument(metavar="PILOT", help="ID of the pilot, as list gives it.")]
PlanArgument = Annotated[
    Path, typer.Argument(metavar="FILE", help="Plan (TOML), as `cocket trials example` writes one.")
]
ReasonOption = Annotated[str, typer.Option("--reason", help="Why; it is sealed under your name.")]


class ReportForm(StrEnum):
    """Forms of a report."""

    html = "html"
    pdf = "pdf"
    docx = "docx"
    json = "json"


class PilotMeasure(StrEnum):
    """What is measured."""

    finds = "finds"
    hits = "hits"
    examined = "examined"


def _day(text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise typer.BadParameter("This is not a day such as 2026-12-25.") from None


@app.command("example")
def example() -> None:
    """Print a plan to begin with, with a word on each field.

    Example:
        cocket trials example > pilot.toml
    """
    typer.echo(EXAMPLE, nl=False)


@app.command("past")
def past(
    measure: Annotated[PilotMeasure, typer.Option("--measure", help="What is measured.")] = PilotMeasure.finds,
    period_days: Annotated[int, typer.Option("--period-days", min=1, max=366, help="Days of a period.")] = 28,
    since: Annotated[
        date | None, typer.Option("--since", parser=_day, metavar="DAY", help="First day; a year ago if not given.")
    ] = None,
    home: HomeOption = None,
    json_lines: JsonOption = False,
) -> None:
    """Show what the past says to a planner: offices, base, and how alike outcomes of an office are.

    Example:
        cocket trials past --measure finds --period-days 14
    """
    with open_service(settings_of(**home_option(home)), lambda one: one.trials.pilots) as pilots:
        found = pilots.past(operator(), measure.value, period_days, since)
    if json_lines:
        json_line(found)
        return
    lines = [f"Offices, largest first: {', '.join(found.offices) or 'none'}"]
    if found.spread is None:
        lines.append(f"The past does not tell how alike outcomes are: {found.lack}")
    else:
        told = found.spread
        lines += [
            f"base = {told.base:.4f}, cell_size = {told.cell_size:g}",
            f"icc = {told.spread.icc:.4f}, cac = {told.spread.cac:.3f} (the pessimistic end)",
            f"basis = {found.basis}",
        ]
    print_lines(shown(one) for one in lines)


@app.command("plan")
def plan(
    file: PlanArgument,
    is_dry: Annotated[
        bool, typer.Option("--dry-run", help="Only say what it would find, by simulation; nothing is sealed.")
    ] = False,
    home: HomeOption = None,
    json_lines: JsonOption = False,
) -> None:
    """Seal a plan before its first day: the order is drawn, and power is found by simulation.

    A plan that begins today or in the past is refused.

    Examples:
        cocket trials plan pilot.toml --dry-run

        cocket trials plan pilot.toml
    """
    wanted = read_plan(read_file(file))
    with open_service(settings_of(**home_option(home)), lambda one: one.trials.pilots) as pilots:
        if is_dry:
            _say_preview(pilots.preview(operator(), wanted), json_lines)
            return
        made = pilots.plan(operator(), wanted)
    if json_lines:
        json_line(made)
        return
    print_lines([f"Sealed as {made.id}.", *(shown(one) for one in _protocol_lines(made))])


@app.command("change")
def change(
    pilot: PilotArgument,
    file: PlanArgument,
    reason: ReasonOption,
    home: HomeOption = None,
    json_lines: JsonOption = False,
) -> None:
    """Change what may be changed of a plan: a version of its own, which says that it came after the start.

    It waits for a second person where `second_person_for` has `trials`. Title, question, treatment, measure, design, offices and
    periods cannot be changed; from the first day on, effect, error and looks cannot either, and stop rules only become stricter.

    Example:
        cocket trials change 01a21032-dbd8-7236-9320-ac0953c99041 pilot.toml --reason "the board has a new head"
    """
    wanted = read_plan(read_file(file))
    with open_service(settings_of(**home_option(home)), lambda one: one.trials.pilots) as pilots:
        _say_given(pilots.propose_change(operator(), pilot, wanted, reason), json_lines)


@app.command("stop")
def stop(pilot: PilotArgument, reason: ReasonOption, home: HomeOption = None, json_lines: JsonOption = False) -> None:
    """Stop a pilot before its end; it waits for a second person where `second_person_for` has `trials`.

    Example:
        cocket trials stop 01a21032-dbd8-7236-9320-ac0953c99041 --reason "the bound of harm is passed"
    """
    with open_service(settings_of(**home_option(home)), lambda one: one.trials.pilots) as pilots:
        _say_given(pilots.propose_stop(operator(), pilot, reason), json_lines)


@app.command("list")
def list_pilots(home: HomeOption = None, json_lines: JsonOption = False) -> None:
    """List pilots, last changed first, with how each stands.

    Example:
        cocket trials list
    """
    with open_service(settings_of(**home_option(home)), lambda one: one.trials.pilots) as pilots:
        found = pilots.pilots(operator())
    if json_lines:
        for one in found:
            json_line(one)
    elif not found:
        out.print("No pilot yet.")
    else:
        table = Listing("id", "title", "design", "from", "to", "stands", "looks")
        for one in found:
            told = one.protocol.plan
            table.add_row(
                one.protocol.id,
                shown(told.title),
                told.design,
                str(told.first),
                str(told.last),
                one.standing,
                str(one.looks),
            )
        out.print(table)


@app.command("show")
def show(pilot: PilotArgument, home: HomeOption = None, json_lines: JsonOption = False) -> None:
    """Show a pilot: its plan, who switches when, its bounds and looks.

    Example:
        cocket trials show 01a21032-dbd8-7236-9320-ac0953c99041
    """
    with open_service(settings_of(**home_option(home)), lambda one: one.trials.pilots) as pilots:
        found = pilots.pilot(operator(), pilot)
    if json_lines:
        json_line(found)
    else:
        print_lines(shown(one) for one in _view_lines(found))


@app.command("look")
def look(
    pilot: PilotArgument,
    hours: Annotated[
        float | None, typer.Option("--hours", min=0, help="Hours of work that it cost since the last look.")
    ] = None,
    home: HomeOption = None,
    json_lines: JsonOption = False,
) -> None:
    """Look at a pilot by its bounds and stop rules; the look is sealed. Exits 1 where a rule says stop.

    Example:
        cocket trials look 01a21032-dbd8-7236-9320-ac0953c99041 --hours 6
    """
    with open_service(settings_of(**home_option(home)), lambda one: one.trials.pilots) as pilots:
        made = pilots.look(operator(), pilot, hours)
        protocol = pilots.pilot(operator(), pilot).record.protocol
    if json_lines:
        json_line(made)
    else:
        print_lines(shown(one) for one in _look_lines(made, protocol))
    if made.result.stops:
        raise typer.Exit(1)


@app.command("report")
def report(
    pilot: PilotArgument,
    form: Annotated[ReportForm, typer.Option("--format", help="Form of the file.")] = ReportForm.html,
    file: Annotated[Path | None, typer.Option("--out", metavar="FILE", help="File to write it to.")] = None,
    language: Annotated[str, typer.Option("--language", help="Language of the words, such as fr.")] = "en",
    home: HomeOption = None,
    json_lines: JsonOption = False,
) -> None:
    """Write the signed report of a pilot from its sealed records alone: the same bytes each time.

    pdf and docx need the extra reports.

    Examples:
        cocket trials report 01a21032-dbd8-7236-9320-ac0953c99041 --format pdf --out pilot.pdf

        cocket trials report 01a21032-dbd8-7236-9320-ac0953c99041 --format json --out pilot.json
    """
    with open_service(settings_of(**home_option(home)), lambda one: one.trials.pilots) as pilots:
        found = pilots.report(operator(), pilot)
    written = write_report(found, form.value, ENGLISH if language == "en" else language_of(language))
    place = file or Path(f"pilot-{pilot}.{form.value}")
    write_file(place, written)
    if json_lines:
        json_line({"pilot": pilot, "file": str(place), "sha256": sha256(written).hexdigest()})
        return
    out.print(shown(f"The report is in {place}."), markup=False, highlight=False, soft_wrap=True)


@app.command("verify")
def verify(
    file: Annotated[Path, typer.Argument(metavar="FILE", help="Report (JSON).")],
    key: Annotated[
        str | None, typer.Option("--key", help="Public key of the administration, as known from elsewhere.")
    ] = None,
    json_lines: JsonOption = False,
) -> None:
    """Check a report: its signature, and that nothing of it was changed. No instance is needed.

    Example:
        cocket trials verify pilot.json
    """
    found = read_signed(read_file(file), key)
    if json_lines:
        json_line({"title": found.record.protocol.plan.title, "key": found.key, "is_given_key": key is not None})
        return
    whose = "signed by the key given" if key else f"signed by its own key {found.key}; give --key to check whose it is"
    print_lines([shown(f"The report of {found.record.protocol.plan.title} is whole: {whose}.")])


def _say_preview(found: PilotPreview, json_lines: bool) -> None:
    if json_lines:
        json_line(found)
        return
    if found.power is None and found.problem:
        raise SenderError(found.problem, code="pilot-plan")
    lines = []
    if found.power is not None and found.error is not None:
        lines = [
            f"If the effect is as stated, {found.power.power:.0%} find it ({found.power.runs} pilots simulated).",
            f"If there is none, {found.error.power:.0%} find one all the same.",
        ]
    else:
        lines = ["A shadow changes nothing, so there is no effect to find."]
    if found.orders:
        lines.append(f"The draw can come to {found.orders:,} orders.")
    if found.enough is not None:
        told = found.enough
        periods = f"{told.periods} periods" if told.periods else f"no number of periods up to {told.most_periods}"
        effect = "no difference" if told.effect is None else f"a difference of {hundred(told.effect)} of 100"
        lines.append(f"For a power of {told.wished:.0%}, all else as it stands: {periods}; or {effect}.")
    if found.needed:
        lines.append(f"For a power of 80 % it takes {found.needed:,} consignments, both arms together.")
    if found.problem:
        lines.append(f"It cannot be sealed as it stands: {found.problem}")
    print_lines(shown(one) for one in lines)


def _say_given(given: Given, json_lines: bool) -> None:
    if json_lines:
        json_line(given.proposal)
    else:
        out.print(
            "Done and sealed." if given.is_done else f"Waits for a second person: {given.proposal.id}", highlight=False
        )


def _protocol_lines(made: PilotProtocol) -> list[str]:
    wanted = made.plan
    lines = [
        f"{wanted.title}: {wanted.question}",
        f"{wanted.design}, {wanted.first} to {wanted.last}, {wanted.periods} periods of {wanted.period_days} days",
        f"results count until {wanted.locked}",
        f"commitment to the draw: {made.commitment}",
    ]
    if made.replayed is not None:
        lines.append(
            f"a past is replayed: sealed on {made.replayed} by its calendar, {made.sealed:%Y-%m-%d} by the clock"
        )
    if made.power is not None:
        lines.append(
            f"power {made.power.power:.0%} by {made.power.runs} simulated pilots, for {hundred(wanted.effect)} of 100"
        )
    for step in sorted(set(made.steps_of.values())):
        names = sorted(office for office, at in made.steps_of.items() if at == step)
        lines.append(f"from period {step + 1}: {', '.join(names)}")
    if made.stopped is not None:
        lines.append(f"stopped {made.stopped:%Y-%m-%d} by {made.stopped_by}: {made.stop_reason}")
    return lines


def _view_lines(found: PilotView) -> list[str]:
    first = found.record.versions[0]
    lines = [*_protocol_lines(found.record.protocol), f"sealed {first.sealed:%Y-%m-%d %H:%M} UTC by {first.by}"]
    for change in changes_of(found.record.versions):
        late = " after the start" if change.is_after_start else ""
        lines.append(
            f"version {change.version} sealed {change.at:%Y-%m-%d %H:%M} UTC by {change.by}{late}: {change.reason}"
        )
        lines += [f"  {each.name}: {each.before or '–'} → {each.after or '–'}" for each in change.fields]
    lines.append(f"stands: {found.standing}")
    lines += [
        f"look after period {one.period}: {one.fraction:.0%} known, harm at z {bound(one.harm)}, benefit at {bound(one.benefit)}"
        for one in found.bounds
    ]
    for one in found.record.looks:
        lines += ["", *_look_lines(one, found.record.protocol)]
    if found.due:
        lines.append("A planned look is due: cocket trials look.")
    return lines


def _look_lines(made: PilotLook, protocol: PilotProtocol) -> list[str]:
    result = made.result
    kind = "planned" if made.is_planned else "not planned"
    when = f", replayed as of {made.replayed}" if made.replayed else ""
    lines = [
        f"Look {made.number} ({kind}), {made.at:%Y-%m-%d %H:%M} UTC{when}, by {made.by}: {result.periods} whole periods"
    ]
    if result.effect is None:
        lines.append(f"No effect can be shown: {result.lack}")
    else:
        one = result.effect
        lines.append(f"{hundred(one.value)} of 100 more with the treatment ({hundred(one.low)} to {hundred(one.high)})")
        lines.append(verdict_of(result, protocol))
    if result.best is not None:
        lines.append(f"with what is missing: {hundred(result.worst)} to {hundred(result.best)}")
    lines += [
        f"{one.arm}: {one.consignments} consignments, {one.ordered} ordered, {one.examined} examined, "
        f"{one.found} irregular, {one.missing} missing"
        for one in result.arms
    ]
    for rule in result.fired:
        said = {True: "says stop", False: "holds", None: "too little is known"}[rule.is_fired]
        value = "–" if rule.value is None else f"{rule.value:.3g}"
        lines.append(
            f"stop rule {rule.code}: {said} ({value}, limit {rule.limit:g}){f'; {rule.person}' if rule.person else ''}"
        )
    return lines
