# SPDX-License-Identifier: Apache-2.0
"""`cocket rules`: the rule lab: write rules, try them on the past, publish them by two people, review them every year."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import msgspec
import typer

from cocket.cli.base.files import history_folder, read_file, write_file
from cocket.cli.base.instance_access import home_option, open_service, settings_of
from cocket.cli.base.operator_principal import operator
from cocket.cli.base.output import HomeOption, JsonOption, Listing, json_line, out, progress, shown
from cocket.cli.commands.proposals import tell_proposed
from cocket.gate import make_key
from cocket.pipeline.risk.rules import RuleView
from cocket.risk import Past, read_past
from cocket.risk.features import EVIDENCE, FEATURES
from cocket.risk.indicators import INDICATORS
from cocket.risk.rules import (
    FUNCTIONS,
    ITEM_FIELDS,
    VARIABLES,
    BackTest,
    Estimate,
    Rulebook,
    RuleFigures,
    back_test,
    look_back,
    read_duties,
    read_rules,
)
from cocket.risk.rules.pack import standing, write_pack

app = typer.Typer(no_args_is_help=True, help="The rule lab: write, try, publish, measure and end rules.")

CodeArgument = Annotated[str, typer.Argument(metavar="CODE", help="Code of the rule.")]
FileArgument = Annotated[Path, typer.Argument(metavar="FILE", help="TOML: one table [[rule]] per rule, and [lists].")]


@app.command("lab")
def lab(
    file: FileArgument,
    data: Annotated[Path, typer.Option("--data", help="Folder of `cocket simulate`, or its history folder.")],
    as_json: JsonOption = False,
) -> None:
    """Test rules on past declarations in files: no instance needed, nothing stored.

    Example:
        cocket rules lab my-rules.toml --data country
    """
    rules = read_rules(read_file(file))
    past, duties = _past(data)
    with progress("Trying") as step:
        looked = look_back(past, Rulebook(rules), duties=duties, progress=step)
    today = datetime.now(UTC).date()
    built_in = [indicator.code for indicator in INDICATORS]
    for rule in rules:
        _tell_test(back_test(rule, looked, today, built_in), as_json)


@app.command("words")
def words(as_json: JsonOption = False) -> None:
    """List what a condition may use: names, fields of an item, functions.

    Example:
        cocket rules words
    """
    if as_json:
        features = {one.name: one.description for one in FEATURES if one is not EVIDENCE}
        json_line({"names": VARIABLES, "items": ITEM_FIELDS, "functions": FUNCTIONS, "features": features})
        return
    for name, meaning in VARIABLES.items():
        _print(f"{name}: {meaning}")
    _print(f"items have {', '.join(ITEM_FIELDS)}")
    for meaning in FUNCTIONS.values():
        _print(meaning)


@app.command("add")
def add(file: FileArgument, home: HomeOption = None, as_json: JsonOption = False) -> None:
    """Add rules as drafts; a rule that already exists in this wording is left unchanged.

    Example:
        cocket rules add my-rules.toml
    """
    rules = read_rules(read_file(file))
    with open_service(settings_of(**home_option(home)), lambda one: one.risk.rules) as service:
        for view in service.add_rules(operator(), rules):
            _tell(view, as_json)


@app.command("test")
def test(
    code: CodeArgument,
    data: Annotated[
        Path | None,
        typer.Option(
            "--data", help="Past declarations in files; by default those this instance assessed within a year."
        ),
    ] = None,
    home: HomeOption = None,
    as_json: JsonOption = False,
) -> None:
    """Test a rule of the instance on past declarations, and seal the result.

    Example:
        cocket rules test low-unit-value
    """
    past, duties = _past(data) if data else (None, None)
    with open_service(settings_of(**home_option(home)), lambda one: one.risk.rules) as rules:
        view = rules.test_rule(operator(), code, past, duties)
    if view.file and view.file.tested:
        _tell_test(view.file.tested, as_json)


app.command("backtest", help="The same as test.")(test)


@app.command("shadow")
def shadow(code: CodeArgument, home: HomeOption = None, as_json: JsonOption = False) -> None:
    """Let a rule that was tried run without effect.

    Example:
        cocket rules shadow low-unit-value
    """
    with open_service(settings_of(**home_option(home)), lambda one: one.risk.rules) as rules:
        _tell(rules.shadow_rule(operator(), code), as_json)


@app.command("publish")
def publish(
    code: CodeArgument,
    urgent: Annotated[
        str | None,
        typer.Option("--urgent", help="Reason to skip shadow mode; the rule is then valid for at most 14 days."),
    ] = None,
    home: HomeOption = None,
    as_json: JsonOption = False,
) -> None:
    """Propose that a rule is published. Another person approves it, who is not its author; then it is in force.

    Examples:
        cocket rules publish low-unit-value

        cocket rules publish low-unit-value --urgent "a ring is at work"
    """
    with open_service(settings_of(**home_option(home)), lambda one: (one.risk.rules, one.governance.second_person)) as (
        rules,
        second,
    ):
        wanted = rules.proposed_publication(operator(), code, urgent)
        tell_proposed(second.propose(operator(), wanted, make_key).proposal, as_json)


@app.command("expire")
def expire(
    code: CodeArgument,
    reason: Annotated[str, typer.Option("--reason", help="Why; it stays on record.")],
    home: HomeOption = None,
    as_json: JsonOption = False,
) -> None:
    """End a rule before its last day, or propose it where two persons answer for that (setting second_person_for, word rules).

    Example:
        cocket rules expire old-origin-list --reason "finds less than chance"
    """
    with open_service(settings_of(**home_option(home)), lambda one: (one.risk.rules, one.governance.second_person)) as (
        rules,
        second,
    ):
        wanted = rules.proposed_end(operator(), code, reason)
        if wanted is not None:
            tell_proposed(second.propose(operator(), wanted, make_key).proposal, as_json)
        else:
            _tell(rules.end_rule(operator(), code, reason), as_json)


@app.command("list")
def list_rules(
    everything: Annotated[bool, typer.Option("--all", help="Ended versions too.")] = False,
    home: HomeOption = None,
    as_json: JsonOption = False,
) -> None:
    """List rules with what each was worth in the last year.

    Example:
        cocket rules list
    """
    with open_service(settings_of(**home_option(home)), lambda one: one.risk.rules) as rules:
        views = rules.rules(operator(), with_ended=everything)
    if as_json:
        for view in views:
            json_line(view)
        return
    table = Listing(
        "rule", "whose", "state", "hits", "examined", "found", "lift over chance", "stands", whole=("rule",)
    )
    for view in views:
        figures = view.figures
        numbers = (figures.hits, figures.examined, figures.found) if figures else ("–",) * 3
        lift = _said(figures.lift) if figures else "–"
        table.add_row(view.code, view.kind, view.state, *map(str, numbers), lift, standing(figures) if figures else "–")
    out.print(table)


@app.command("review")
def review(
    report: Annotated[Path, typer.Option("--out", help="Folder to write the pack to.")] = Path("rules-review"),
    since: Annotated[
        datetime | None, typer.Option("--from", formats=["%Y-%m-%d"], help="First day; a year ago.")
    ] = None,
    home: HomeOption = None,
    as_json: JsonOption = False,
) -> None:
    """Write the yearly review pack: every rule, its figures, and what to do about it (HTML and JSON).

    Example:
        cocket rules review --out review-2026
    """
    with open_service(settings_of(**home_option(home)), lambda one: one.risk.rules) as rules:
        pack = rules.rule_pack(operator(), since.date() if since else None)
    write_file(report / "rules.html", write_pack(pack).encode())
    write_file(report / "rules.json", msgspec.json.format(msgspec.json.encode(pack)))
    if as_json:
        json_line(pack)
        return
    for code, proposal in sorted(pack.proposals.items()):
        _print(f"{code}: {proposal}")
    _print(f"The pack is in {report}/rules.html.")


def _past(data: Path) -> tuple[Past, dict[str, float]]:
    folder = history_folder(data)
    results = read_file(folder / "results.csv")
    return read_past(read_file(folder / "declarations.ndjson"), results), read_duties(results)


def _tell(view: RuleView, as_json: bool) -> None:
    if as_json:
        json_line(view)
    else:
        version = f" (version {view.file.version})" if view.file else ""
        until = f", until {view.file.rule.expires}" if view.file else ""
        _print(f"{view.code}{version} is {view.state}{until}.")


def _tell_test(test_: BackTest, as_json: bool) -> None:
    if as_json:
        json_line(test_)
        return
    figures: RuleFigures = test_.figures
    known = "" if test_.known is None else f"; {test_.known:.0%} of those examined were also hit by other rules"
    _print(
        f"{test_.code}: {figures.hits:,} hits in {test_.declarations:,} declarations ({test_.per_day:.1f} a day), "
        f"{test_.first_day} to {test_.last_day}; {figures.examined:,} were examined, {figures.found:,} irregular, "
        f"{figures.duty:,.0f} recovered; lift over chance {_said(figures.lift)}: {standing(figures)}{known}."
    )
    if figures.undecided:
        _print(f"  It could not be evaluated for {figures.undecided:,} declarations, which lack the fields it uses.")


def _said(one: Estimate | None) -> str:
    return f"{one.value:.1f} ({one.low:.1f}–{one.high:.1f})" if one else "not known"


def _print(text: str) -> None:
    out.print(shown(text), markup=False, highlight=False, soft_wrap=True)
