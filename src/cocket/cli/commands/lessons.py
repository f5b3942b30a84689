# SPDX-License-Identifier: Apache-2.0
"""`cocket lessons`: use cases with results measured here, shared with other administrations; recommendations and what came of them."""

from __future__ import annotations

from datetime import UTC, datetime
from enum import StrEnum
from pathlib import Path
from typing import Annotated, TypeVar

import msgspec
import typer

from cocket.cli.base.files import read_file, write_file
from cocket.cli.base.instance_access import home_option, open_service, settings_of
from cocket.cli.base.operator_principal import operator
from cocket.cli.base.output import AlwaysJsonOption, HomeOption, JsonOption, Listing, json_line, out, shown
from cocket.errors import SenderError
from cocket.pipeline.governance.second_person import Given
from cocket.trials.lessons.card import TEXTS, Card, NewCard
from cocket.trials.lessons.measures import MEASURES, NOTES, WHYS, Measured, figure
from cocket.trials.lessons.recommendations import Calibration, NewRecommendation, Recommendation
from cocket.trials.lessons.sharing import SharedCard, TakenCard, schema
from cocket.trials.lessons.year import TRUTH_WORDS, VERDICT_WORDS, YearReport, cost_words, write_page

Body = TypeVar("Body")

app = typer.Typer(
    name="lessons",
    no_args_is_help=True,
    help="What was learned: use cases, what is shared of them, the report of a year, recommendations.",
)


class Form(StrEnum):
    """Forms of the report of a year."""

    html = "html"
    json = "json"


class Decision(StrEnum):
    """What can be decided."""

    accepted = "accepted"
    declined = "declined"
    withdrawn = "withdrawn"


IdArgument = Annotated[str, typer.Argument(metavar="ID", help="Id of the use case.")]
RecommendationArgument = Annotated[str, typer.Argument(metavar="ID", help="Id of the recommendation.")]
YearArgument = Annotated[int, typer.Argument(metavar="YEAR", help="The year, such as 2026.")]
OutOption = Annotated[Path, typer.Option("--out", metavar="FILE", help="File to write.")]
ReasonOption = Annotated[str, typer.Option("--reason", help="Reason; sealed.")]


@app.command("list")
def list_cards(home: HomeOption = None, json_lines: JsonOption = False) -> None:
    """List use cases: our own, and those taken from other administrations; the look is sealed.

    Example:
        cocket lessons list
    """
    with open_service(settings_of(**home_option(home)), lambda one: one.trials.use_cases) as cases:
        found = cases.catalogue(operator())
    if json_lines:
        for one in (*found.cards, *found.taken):
            json_line(one)
        return
    if not found.cards and not found.taken:
        out.print("No use case yet.")
        return
    table = Listing("id", "title", "status", "from", "version", "shared")
    for own in found.cards:
        card = own.card
        table.add_row(card.id, shown(card.title), card.status, "us", str(card.revision), str(own.shared or "–"))
    for taken in found.taken:
        proved = "signed" if taken.is_signed else "unverified"
        origin = f"{shown(taken.administration)} ({proved})"
        table.add_row(taken.id, shown(taken.card.title), taken.card.status, origin, str(taken.card.revision), "–")
    out.print(table)


@app.command("show")
def show(
    card_id: IdArgument,
    is_taken: Annotated[bool, typer.Option("--taken", help="One of another administration.")] = False,
    home: HomeOption = None,
    json_lines: JsonOption = False,
) -> None:
    """Show a use case with its figures; the look is sealed.

    Examples:
        cocket lessons show 0193a5f0-7a44-7c2e-9d1c-3f0a52b7e611

        cocket lessons show 8d1c3f0a52b7e6110193a5f07a447c2e --taken
    """
    with open_service(settings_of(**home_option(home)), lambda one: one.trials.use_cases) as cases:
        one = cases.taken_card(operator(), card_id) if is_taken else cases.card(operator(), card_id).card
    if json_lines:
        json_line(one)
    elif isinstance(one, TakenCard):
        proved = "signed by it" if one.is_signed else f"unverified: {one.why}"
        _say(f"Of {one.administration} ({one.origin}), {proved}")
        _say("Its figures are its own word; nothing here was measured by us.")
        _print_card(one.card)
    else:
        _print_card(one)


@app.command("put")
def put(
    file: Annotated[Path, typer.Argument(metavar="FILE", help="The use case without figures (TOML).")],
    card_id: Annotated[
        str, typer.Option("--id", metavar="ID", help="The use case that it changes; a new one without it.")
    ] = "",
    home: HomeOption = None,
    json_lines: JsonOption = False,
) -> None:
    """Add a use case, or another version of one; its figures are measured now, for its own days.

    Examples:
        cocket lessons put chance.toml

        cocket lessons put chance.toml --id 0193a5f0-7a44-7c2e-9d1c-3f0a52b7e611
    """
    new = _read(file, NewCard, "use case")
    with open_service(settings_of(**home_option(home)), lambda one: one.trials.use_cases) as cases:
        made = cases.put_card(operator(), new, card_id)
    if json_lines:
        json_line(made)
    else:
        _say(f"{made.id}: version {made.revision}, kept and sealed")
        _print_figures(made.results)


@app.command("measures")
def measures(json_lines: JsonOption = False) -> None:
    """List the measures that a use case or a forecast may name.

    Example:
        cocket lessons measures
    """
    if json_lines:
        for name, one in MEASURES.items():
            json_line({"measure": name, "unit": one.unit, "label": one.label})
        return
    table = Listing("measure", "unit", "what it is", whole=("measure",))
    for name, one in MEASURES.items():
        table.add_row(name, one.unit, one.label)
    out.print(table)


@app.command("share")
def share(card_id: IdArgument, reason: ReasonOption, home: HomeOption = None, json_lines: JsonOption = False) -> None:
    """Propose to give a use case to other administrations; a second person reads the file and agrees.

    Example:
        cocket lessons share 0193a5f0-7a44-7c2e-9d1c-3f0a52b7e611 --reason "Betania asked for it"
    """
    with open_service(settings_of(**home_option(home)), lambda one: one.trials.use_cases) as cases:
        given = cases.propose_share(operator(), card_id, reason)
    _say_given(given, json_lines)


@app.command("export")
def export(card_id: IdArgument, file: OutOption, home: HomeOption = None, json_lines: JsonOption = False) -> None:
    """Write the signed file of a use case that was shared: what it says, without data, persons or small counts.

    Example:
        cocket lessons export 0193a5f0-7a44-7c2e-9d1c-3f0a52b7e611 --out chance.json
    """
    with open_service(settings_of(**home_option(home)), lambda one: one.trials.use_cases) as cases:
        content = cases.shared_file(operator(), card_id)
    _written(file, content, json_lines)


@app.command("import")
def import_card(
    file: Annotated[Path, typer.Argument(metavar="FILE", help="File of another administration.")],
    home: HomeOption = None,
    json_lines: JsonOption = False,
) -> None:
    """Import a use case of another administration, and say whether its signature holds.

    Example:
        cocket lessons import chance.json
    """
    with open_service(settings_of(**home_option(home)), lambda one: one.trials.use_cases) as cases:
        taken = cases.take_card(operator(), read_file(file))
    if json_lines:
        json_line(taken)
    else:
        proved = "signed by it" if taken.is_signed else f"unverified: {taken.why}"
        _say(f"{taken.id}: {taken.card.title}, of {taken.administration} ({taken.origin}), {proved}")


@app.command("schema")
def print_schema(json_lines: AlwaysJsonOption = False) -> None:
    """Print the JSON Schema of a shared use case.

    Example:
        cocket lessons schema
    """
    json_line(schema())


@app.command("year")
def year(
    number: YearArgument,
    file: OutOption,
    form: Annotated[Form, typer.Option("--format", help="A page that prints, or JSON.")] = Form.html,
    is_published: Annotated[bool, typer.Option("--published", help="As published; measured again without it.")] = False,
    home: HomeOption = None,
    json_lines: JsonOption = False,
) -> None:
    """Write the report of a year: what was found, what it cost, what was missed; failures first.

    Examples:
        cocket lessons year 2026 --out 2026.html

        cocket lessons year 2026 --published --format json --out 2026.json
    """
    with open_service(settings_of(**home_option(home)), lambda one: one.trials.use_cases) as cases:
        ask = cases.published_year if is_published else cases.year
        report: YearReport = ask(operator(), number)
    content = (
        write_page(report) if form is Form.html else msgspec.json.format(msgspec.json.encode(report), indent=2) + b"\n"
    )
    _written(file, content, json_lines)


@app.command("publish")
def publish(
    number: YearArgument, reason: ReasonOption, home: HomeOption = None, json_lines: JsonOption = False
) -> None:
    """Propose to publish the report of a year; a second person reads the very report and agrees.

    Example:
        cocket lessons publish 2026 --reason "for the annual report"
    """
    with open_service(settings_of(**home_option(home)), lambda one: one.trials.use_cases) as cases:
        given = cases.propose_year(operator(), number, reason)
    _say_given(given, json_lines)


@app.command("recommendations")
def recommendations(home: HomeOption = None, json_lines: JsonOption = False) -> None:
    """List recommendations, with what was decided and what came of them, and how well forecasts are made.

    Example:
        cocket lessons recommendations
    """
    with open_service(settings_of(**home_option(home)), lambda one: one.trials.recommendations) as service:
        ledger = service.ledger(operator())
    if json_lines:
        for one in ledger.recommendations:
            json_line(one)
        json_line({"calibration": msgspec.to_builtins(ledger.calibration)})
        return
    if not ledger.recommendations:
        out.print("No recommendation yet.")
        return
    table = Listing("id", "made", "recommendation", "decision", "what came of it")
    for one in ledger.recommendations:
        table.add_row(one.id, str(one.made), shown(one.title), one.state, _truth(one))
    out.print(table)
    _print_calibration(ledger.calibration)


@app.command("recommend")
def recommend(
    file: Annotated[Path, typer.Argument(metavar="FILE", help="The recommendation with its forecast (TOML).")],
    home: HomeOption = None,
    json_lines: JsonOption = False,
) -> None:
    """Make a recommendation; neither it nor its forecast can be changed afterwards.

    Example:
        cocket lessons recommend more-draws.toml
    """
    new = _read(file, NewRecommendation, "recommendation")
    with open_service(settings_of(**home_option(home)), lambda one: one.trials.recommendations) as service:
        made = service.recommend(operator(), new)
    _say_recommendation(made, json_lines)


@app.command("decide")
def decide(
    recommendation_id: RecommendationArgument,
    decision: Annotated[Decision, typer.Argument(help="What is decided.")],
    reason: ReasonOption,
    home: HomeOption = None,
    json_lines: JsonOption = False,
) -> None:
    """Decide on a recommendation; what was decided before stays beside it.

    Example:
        cocket lessons decide 0193a5f0-7a44-7c2e-9d1c-3f0a52b7e611 accepted --reason "the budget allows it"
    """
    with open_service(settings_of(**home_option(home)), lambda one: one.trials.recommendations) as service:
        made = service.decide(operator(), recommendation_id, decision.value, reason)
    _say_recommendation(made, json_lines)


@app.command("judge")
def judge(recommendation_id: RecommendationArgument, home: HomeOption = None, json_lines: JsonOption = False) -> None:
    """Measure what was forecast, once its day has come; the answer stands for good.

    Example:
        cocket lessons judge 0193a5f0-7a44-7c2e-9d1c-3f0a52b7e611
    """
    with open_service(settings_of(**home_option(home)), lambda one: one.trials.recommendations) as service:
        made = service.judge(operator(), recommendation_id)
    _say_recommendation(made, json_lines)


@app.command("recommendation")
def recommendation(
    recommendation_id: RecommendationArgument, home: HomeOption = None, json_lines: JsonOption = False
) -> None:
    """Show a recommendation: its evidence, every decision, its forecast and what came of it.

    Example:
        cocket lessons recommendation 0193a5f0-7a44-7c2e-9d1c-3f0a52b7e611
    """
    with open_service(settings_of(**home_option(home)), lambda one: one.trials.recommendations) as service:
        one = service.recommendation(operator(), recommendation_id)
    if json_lines:
        json_line(one)
        return
    _say(f"{one.title} (made {one.made}, recorded {one.at:%Y-%m-%d} by {one.by})")
    _say(one.text)
    for name in one.evidence:
        _say(f"Rests on {name}")
    for each in one.decisions:
        _say(f"{each.at:%Y-%m-%d} {each.by}: {each.decision}, {each.reason}")
    if one.forecast is not None:
        told = one.forecast
        _say(
            f"Forecast: {told.measure} {told.low:g} to {told.high:g}, {told.confidence:.0%} sure, for {told.since} to "
            f"{told.until}; looked at from {told.look_on} on"
        )
    _say(_truth(one))
    if one.outcome is not None:
        _print_figures((one.outcome.result,))


def _read(file: Path, form: type[Body], what: str) -> Body:
    try:
        return msgspec.toml.decode(read_file(file), type=form)
    except (msgspec.MsgspecError, UnicodeDecodeError, ValueError) as error:
        raise SenderError(f"{file} is no {what}: {error}.", code="lesson-file") from error


def _say(text: str) -> None:
    out.print(shown(text), markup=False, highlight=False, soft_wrap=True)


def _written(file: Path, content: bytes, json_lines: bool) -> None:
    write_file(file, content)
    if json_lines:
        json_line({"file": str(file), "bytes": len(content)})
    else:
        _say(f"{file}: {len(content)} bytes")


def _print_card(one: Card | SharedCard) -> None:
    _say(
        f"{one.title} ({one.status}, from {one.begins}{f' to {one.ends}' if one.ends else ''}, version {one.revision})"
    )
    for name in TEXTS:
        if getattr(one, name):
            _say(f"{name.capitalize()}: {getattr(one, name)}")
    _say(f"Cost: {cost_words(one.cost)}")
    _print_figures(one.results)


def _print_figures(results: tuple[Measured, ...]) -> None:
    for one in results:
        told = figure(one) if one.value is not None else WHYS[one.why]
        note = f" {NOTES[one.note]}" if one.note else ""
        _say(f"    {one.measure}: {told}{note}")


def _truth(one: Recommendation) -> str:
    if one.forecast is None:
        return "nothing was forecast"
    if one.outcome is None:
        is_due = one.forecast.look_on <= datetime.now(UTC).date()
        return "due: cocket lessons judge" if is_due else f"looked at from {one.forecast.look_on} on"
    told = TRUTH_WORDS[one.outcome.truth].lower()
    return told if one.is_in_time else f"{told} (recorded afterwards, does not count)"


def _say_recommendation(made: Recommendation, json_lines: bool) -> None:
    if json_lines:
        json_line(made)
    else:
        _say(f"{made.id}: {made.state}; {_truth(made)}")


def _print_calibration(one: Calibration) -> None:
    _say(
        f"Forecasts: {one.made} in time, {one.judged} looked at, {one.came_true} came true, {one.not_measurable} not "
        f"measurable; {one.late} recorded afterwards, which do not count."
    )
    if one.share is not None and one.expected is not None:
        _say(
            f"Came true {one.share.value:.0%} ({one.share.low:.0%} to {one.share.high:.0%}), expected {one.expected:.0%}; "
            f"Brier {one.brier:.2f}."
        )
    _say(VERDICT_WORDS[one.verdict])


def _say_given(given: Given, json_lines: bool) -> None:
    if json_lines:
        json_line({"proposal": given.proposal.id, "state": given.proposal.state, "is_done": given.is_done})
    elif given.is_done:
        out.print("Done and sealed.")
    else:
        out.print(f"Proposal {given.proposal.id} waits until a second person confirms it.", highlight=False)
