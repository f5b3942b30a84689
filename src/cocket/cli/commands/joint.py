# SPDX-License-Identifier: Apache-2.0
"""`cocket joint`: learn with partner administrations: evidence tables, sums that show no table, and whether they help here."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Annotated

import typer

from cocket.cli.base.files import read_file, write_file
from cocket.cli.base.instance_access import home_option, open_service, settings_of
from cocket.cli.base.operator_principal import operator
from cocket.cli.base.output import HomeOption, JsonOption, json_line, out, shown
from cocket.errors import SettingsError
from cocket.pipeline.governance.second_person import Given
from cocket.pipeline.partners.joint import JointGiven, JointLearning, JointView, LetterTaken, RoundFile
from cocket.pipeline.partners.messages import Exchanged
from cocket.pipeline.risk.joint_deed import SAID, USUAL_BUDGET, USUAL_WEIGHT, JointCompared
from cocket.risk.joint import Cell, ModelFigures

app = typer.Typer(
    name="joint",
    no_args_is_help=True,
    help="Learn with partner administrations: evidence tables, sums that show no table, and whether they help here.",
)

sums = typer.Typer(no_args_is_help=True, help="Sum tables with other administrations, without showing any of them.")
app.add_typer(sums, name="sum")


def _day(text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise typer.BadParameter("This is not a day such as 2026-12-25.") from None


PartnerOption = Annotated[
    str, typer.Option("--partner", metavar="CC", help="The partner's country, ISO 3166 alpha-2, such as XB.")
]
PurposeOption = Annotated[str, typer.Option("--purpose", help="For what; the agreement must name it.")]
SinceOption = Annotated[date | None, typer.Option("--since", parser=_day, metavar="DAY", help="First day.")]
UntilOption = Annotated[date | None, typer.Option("--until", parser=_day, metavar="DAY", help="Last day.")]
OutOption = Annotated[Path | None, typer.Option("--out", metavar="FILE", help="File to write the letter to.")]
SendOption = Annotated[bool, typer.Option("--send", help="Send it to every other party in a signed message.")]
NameArgument = Annotated[
    str, typer.Argument(metavar="TABLE", help="Name of the table, as `cocket joint list` shows it.")
]
RoundArgument = Annotated[str, typer.Argument(metavar="ROUND", help="ID of the round.")]
ReasonOption = Annotated[str, typer.Option("--reason", help="Reason; sealed.")]
BudgetOption = Annotated[float, typer.Option("--budget", help="Share of the drawn cases that is examined (0–1).")]
WeightOption = Annotated[float, typer.Option("--weight", help="Most of the table that may be taken (0–1).")]


@app.command("give")
def give(
    partner: PartnerOption,
    file: Annotated[Path, typer.Option("--out", metavar="FILE", help="File to write the letter to.")],
    since: SinceOption = None,
    until: UntilOption = None,
    purpose: PurposeOption = "control",
    home: HomeOption = None,
    json_lines: JsonOption = False,
) -> None:
    """Write our evidence table and model card as a signed letter to a partner; sealed before it is written.

    What the agreement does not name is left out, and so is every cell with fewer examinations than it asks for. Without days it is
    of those the partner was given last, up to today, or of the last year. A later table adds what was found since, as far as it
    reaches that number: a few examinations never show in the difference.

    Example:
        cocket joint give --partner XB --out to-xb.json
    """
    with open_service(settings_of(**home_option(home)), lambda one: one.partners.joint) as joint:
        letter, given = joint.give_table(operator(), partner, purpose, _days(since, until))
    write_file(file, letter)
    _say(
        {"file": str(file), "bytes": len(letter), **_table_given(given)},
        f"{file}: a letter to {given.receivers[0]}, {len(letter):,} bytes, {given.examined:,} examinations "
        f"of {given.since} to {given.until}",
        json_lines,
    )
    _say_same(given, json_lines)


@app.command("send")
def send(
    partner: PartnerOption,
    since: SinceOption = None,
    until: UntilOption = None,
    purpose: PurposeOption = "control",
    later: Annotated[bool, typer.Option("--later", help="Do not send now: leave it to the role events.")] = False,
    home: HomeOption = None,
    json_lines: JsonOption = False,
) -> None:
    """Send the same letter in a signed message. What cannot be sent now waits. Exit 1 if the partner refused it.

    Example:
        cocket joint send --partner XB
    """
    with open_service(settings_of(**home_option(home)), lambda one: (one.partners.joint, one.partners.exchange)) as (
        joint,
        exchange,
    ):
        made, given = joint.send_table(operator(), partner, purpose, _days(since, until))
        if not later:
            exchange.send_waiting(operator())
        found = exchange.message(operator(), made.id)
    _say_same(given, json_lines)
    _say_sent([found], json_lines)


@app.command("take")
def take(
    files: Annotated[list[Path], typer.Argument(metavar="FILE…", help="Letters of partners.")],
    home: HomeOption = None,
    json_lines: JsonOption = False,
) -> None:
    """Import letters of partners: tables, and what belongs to a sum. A letter that came before changes nothing.

    Example:
        cocket joint take from-xb.json
    """
    with open_service(settings_of(**home_option(home)), lambda one: one.partners.joint) as joint:
        for file in files:
            taken = joint.take_letter(operator(), read_file(file))
            _say({"file": str(file), **_of(taken)}, f"{file}: {_taken(taken)}", json_lines)


@app.command("list")
def list_all(home: HomeOption = None, json_lines: JsonOption = False) -> None:
    """List tables, rounds, what was given, and which table moves scores; the look is sealed.

    Example:
        cocket joint list
    """
    with open_service(settings_of(**home_option(home)), lambda one: one.partners.joint) as joint:
        found = joint.view(operator())
    if json_lines:
        json_line(found)
        return
    for line in _lines(found):
        out.print(shown(line), markup=False, highlight=False, soft_wrap=True)


@app.command("show")
def show(
    name: NameArgument,
    most: Annotated[int, typer.Option("--most", help="Cells that are shown, those with most finds first.")] = 20,
    home: HomeOption = None,
    json_lines: JsonOption = False,
) -> None:
    """Show a table and the card that came with it; the look is sealed.

    Example:
        cocket joint show xb-0f3a91d27c55
    """
    with open_service(settings_of(**home_option(home)), lambda one: one.partners.joint) as joint:
        found = next((one.table for one in joint.view(operator()).tables if one.table.name == name), None)
    if found is None:
        raise SettingsError("There is no such evidence table.", found=name)
    if json_lines:
        json_line(found)
        return
    table, card = found.table, found.card
    lines = [
        (
            f"{found.name}: {found.who}, {table.since} to {table.until}, {table.found:,} finds in {table.examined:,} examinations "
            f"drawn at random, cells of {table.least} and more ({table.withheld:,} smaller ones put together or left out)"
        )
    ]
    cells = sorted(table.cells, key=lambda one: (-one.found, one.hs2, one.origin))
    lines += [_cell(one) for one in cells[: max(0, most)]]
    if card is not None:
        model = (
            f"model {card.model}, trained on {card.trained_examined:,} examinations"
            if card.model
            else "no model: rules alone"
        )
        lines += [f"card: {model}", *(_figures(one) for one in card.figures)]
    for line in lines:
        out.print(shown(line), markup=False, highlight=False, soft_wrap=True)


@app.command("compare")
def compare(
    name: NameArgument,
    budget: BudgetOption = USUAL_BUDGET,
    weight: WeightOption = USUAL_WEIGHT,
    home: HomeOption = None,
    json_lines: JsonOption = False,
) -> None:
    """Test a table on our own random draw: our scores with it against without it, as many examined both times. Exit 1 unless it helps.

    No case is judged by a weight that it taught. Nothing is turned on by it.

    Example:
        cocket joint compare xb-0f3a91d27c55
    """
    with open_service(settings_of(**home_option(home)), lambda one: one.risk.joint_tables) as tables:
        made = tables.compare_table(operator(), name, budget, weight)
    if json_lines:
        json_line(made)
    else:
        for line in compared_lines(made):
            out.print(shown(line), markup=False, highlight=False, soft_wrap=True)
    if made.comparison.verdict != "helps":
        raise typer.Exit(1)


@app.command("use")
def use(
    name: Annotated[str, typer.Argument(metavar="TABLE", help="Name of the table; it must be shown to help here.")],
    reason: ReasonOption,
    budget: BudgetOption = USUAL_BUDGET,
    weight: WeightOption = USUAL_WEIGHT,
    home: HomeOption = None,
    json_lines: JsonOption = False,
) -> None:
    """Propose that a table moves scores; a second person agrees. It is refused unless it is shown to help on our random draw.

    Example:
        cocket joint use xb-0f3a91d27c55 --reason "More finds at the same capacity, test of 1 December"
    """
    with open_service(settings_of(**home_option(home)), lambda one: one.partners.joint) as joint:
        given = joint.propose_use(operator(), name, reason, budget, weight)
    _say_given(given, json_lines)


@app.command("end")
def end(name: NameArgument, reason: ReasonOption, home: HomeOption = None, json_lines: JsonOption = False) -> None:
    """Propose that a table moves scores no more; a second person agrees.

    Example:
        cocket joint end xb-0f3a91d27c55 --reason "It is shown to help no more"
    """
    with open_service(settings_of(**home_option(home)), lambda one: one.partners.joint) as joint:
        given = joint.propose_end(operator(), name, reason)
    _say_given(given, json_lines)


@sums.command("begin")
def sum_begin(
    others: Annotated[list[str], typer.Argument(metavar="CC…", help="Countries of the other parties, at least two.")],
    since: Annotated[date, typer.Option("--since", parser=_day, metavar="DAY", help="First day.")],
    until: Annotated[date, typer.Option("--until", parser=_day, metavar="DAY", help="Last day.")],
    file: OutOption = None,
    is_sent: SendOption = False,
    purpose: PurposeOption = "control",
    is_two_allowed: Annotated[
        bool, typer.Option("--two", help="It is known that with two parties each learns the other's table.")
    ] = False,
    home: HomeOption = None,
    json_lines: JsonOption = False,
) -> None:
    """Begin a sum with other administrations: the letter says which days are counted, and with whom.

    Example:
        cocket joint sum begin XB XC --since 2026-01-01 --until 2026-06-30 --out round.json
    """
    _step(
        lambda joint: joint.begin_round(operator(), others, (since, until), purpose, is_two_allowed=is_two_allowed),
        home,
        (file, is_sent),
        json_lines,
    )


@sums.command("open")
def sum_open(
    round_id: RoundArgument,
    file: OutOption = None,
    is_sent: SendOption = False,
    home: HomeOption = None,
    json_lines: JsonOption = False,
) -> None:
    """Take part in a sum: make our key for it. The letter with it is for every other party.

    Example:
        cocket joint sum open 0193a5f0-7a44-7c2e-9d1c-3f0a52b7e611 --out key-xa.json
    """
    _step(lambda joint: joint.open_round(operator(), round_id), home, (file, is_sent), json_lines)


@sums.command("mask")
def sum_mask(
    round_id: RoundArgument,
    file: OutOption = None,
    is_sent: SendOption = False,
    home: HomeOption = None,
    json_lines: JsonOption = False,
) -> None:
    """Put our masked counts into a sum, once every party's key is here. The letter is for every other party.

    Example:
        cocket joint sum mask 0193a5f0-7a44-7c2e-9d1c-3f0a52b7e611 --out masked-xa.json
    """
    _step(lambda joint: joint.mask_round(operator(), round_id), home, (file, is_sent), json_lines)


@sums.command("letter")
def sum_letter(
    round_id: RoundArgument,
    file: Annotated[Path, typer.Option("--out", metavar="FILE", help="File to write the letter to.")],
    home: HomeOption = None,
    json_lines: JsonOption = False,
) -> None:
    """Write our last letter of a round again: the round, our key, or our masked counts.

    Example:
        cocket joint sum letter 0193a5f0-7a44-7c2e-9d1c-3f0a52b7e611 --out again.json
    """
    with open_service(settings_of(**home_option(home)), lambda one: one.partners.joint) as joint:
        letter = joint.round_letter(operator(), round_id)
    write_file(file, letter)
    _say({"file": str(file), "bytes": len(letter)}, f"{file}: {len(letter):,} bytes", json_lines)


@sums.command("stop")
def sum_stop(
    round_id: RoundArgument, reason: ReasonOption, home: HomeOption = None, json_lines: JsonOption = False
) -> None:
    """Stop a round, as where a party dropped out: there is no sum of the others. They begin another.

    Once our masked counts were made, its days are spent: another round is of other days.

    Example:
        cocket joint sum stop 0193a5f0-7a44-7c2e-9d1c-3f0a52b7e611 --reason "XC does not answer"
    """
    with open_service(settings_of(**home_option(home)), lambda one: one.partners.joint) as joint:
        made = joint.stop_round(operator(), round_id, reason)
    _finish(made, (None, b""), json_lines)


def compared_lines(made: JointCompared) -> list[str]:
    """A comparison in words."""
    one = made.comparison
    lines = [
        (
            f"{made.table}: {one.cases:,} of our cases drawn at random have a score and a result, {one.finds:,} with a find; "
            f"the table covers the goods of {one.known:,}"
        )
    ]
    if one.more is not None and one.gain is not None:
        agreement = (
            f"{one.pull.agreement:.2f} ± {1.96 * one.pull.error:.2f}" if one.pull.error is not None else "not known"
        )
        lines += [
            (
                f"agreement with our draw: {agreement} (1: as there; 0: nothing); weight taken: "
                f"{min(one.stated, one.pull.weight):.2f}, at most {one.stated:.2f}"
            ),
            (
                f"finds in {one.shares.places:,} examined: {one.shares.without} without it, {one.shares.with_it} with it; "
                f"in a hundred {one.more.value:+.1f} ({one.more.low:+.1f} to {one.more.high:+.1f})"
            ),
            f"fit of the chances, thousandths a case: {one.gain.value:+.2f} ({one.gain.low:+.2f} to {one.gain.high:+.2f})",
        ]
    return [*lines, SAID[one.verdict]]


def _lines(found: JointView) -> list[str]:
    lines = []
    for one in found.tables:
        told = one.compared.comparison.verdict if one.compared is not None else "not tested"
        standing = "moves scores" if one.is_used else "not in use"
        over = "" if one.is_in_force else ", its agreement is not in force for control"
        table = one.table.table
        lines.append(
            f"table {one.table.name}: {one.table.who}, {table.since} to {table.until}, {table.found:,} finds in "
            f"{table.examined:,} examinations, {told}, {standing}{over}"
        )
    lines += [_round(one) for one in found.rounds]
    lines += [
        f"given {one.at:%Y-%m-%d %H:%M} UTC to {', '.join(one.receivers)}: {one.kind}"
        f"{f' of {one.since} to {one.until}' if one.since else ''}, for {one.purpose}"
        for one in found.given
    ]
    return lines or ["Nothing was exchanged yet."]


def _round(one: RoundFile) -> str:
    waits = f", waits for {', '.join(one.missing)}" if one.missing and one.stage != "stopped" else ""
    told = f": {one.reason}" if one.stage == "stopped" else f", table {one.table}" if one.table else waits
    if one.stage == "done" and not one.table:
        told = f", no cell of it has {one.round.least} examinations"
    return f"round {one.round.id}: {', '.join(one.round.parties)}, {one.round.since} to {one.round.until}, {one.stage}{told}"


def _cell(one: Cell) -> str:
    goods = f"chapter {one.hs2 or '–'} from {one.origin or '–'}" if one.hs2 or one.origin else "all others together"
    return f"  {goods}: {one.found:,} of {one.examined:,}"


def _figures(one: ModelFigures) -> str:
    rate = f"{100 * one.rate.value:.1f} % ({100 * one.rate.low:.1f} to {100 * one.rate.high:.1f})" if one.rate else "–"
    order = f", order {one.order.value:.2f} ({one.order.low:.2f} to {one.order.high:.2f})" if one.order else ""
    return f"  {one.group or 'all'}: {one.found:,} of {one.examined:,} found, {rate}{order}"


def _taken(taken: LetterTaken) -> str:
    what = {"table": "table", "round": "round", "opening": "key for the round", "masked": "masked counts for the round"}
    again = ", known already" if taken.is_known else ""
    return f"{what[taken.kind]} {taken.name} of {taken.sender}{again}"


def _of(taken: LetterTaken) -> dict[str, object]:
    return {"kind": taken.kind, "sender": taken.sender, "name": taken.name, "is_known": taken.is_known}


def _step(
    act: Callable[[JointLearning], RoundFile], home: Path | None, out: tuple[Path | None, bool], json_lines: bool
) -> None:
    """Take a step of a sum; its letter goes to a file, to the others, or both."""
    file, is_sent = out
    with open_service(settings_of(**home_option(home)), lambda one: (one.partners.joint, one.partners.exchange)) as (
        joint,
        exchange,
    ):
        made = act(joint)
        letter = joint.round_letter(operator(), made.round.id) if file is not None else b""
        if is_sent:
            joint.send_round(operator(), made.round.id)
            exchange.send_waiting(operator())
    _finish(made, (file, letter), json_lines)


def _finish(made: RoundFile, letter: tuple[Path | None, bytes], json_lines: bool) -> None:
    if letter[0] is not None:
        write_file(letter[0], letter[1])
    if json_lines:
        json_line(made)
        return
    out.print(shown(_round(made)), markup=False, highlight=False, soft_wrap=True)


def _table_given(given: JointGiven) -> dict[str, object]:
    return {"since": given.since, "until": given.until, "examined": given.examined, "same": given.same}


def _say_same(given: JointGiven, json_lines: bool) -> None:
    if given.same and not json_lines:
        cells = "1 cell stands as it was" if given.same == 1 else f"{given.same:,} cells stand as they were"
        out.print(
            f"{cells} given before: fewer than {given.least} examinations were added, or results were changed.",
            highlight=False,
            soft_wrap=True,
        )


def _say_sent(found: list[Exchanged], json_lines: bool) -> None:
    for one in found:
        problem = f": {one.problem}" if one.problem else ""
        _say(one, f"{one.id} to {one.country}: {one.state}{problem}", json_lines)
    if any(one.state == "refused" for one in found):
        raise typer.Exit(1)


def _say_given(given: Given, json_lines: bool) -> None:
    if json_lines:
        json_line({"proposal": given.proposal.id, "state": given.proposal.state, "is_done": given.is_done})
    else:
        out.print(f"Proposal {given.proposal.id} waits until a second person confirms it.", highlight=False)


def _say(body: object, line: str, json_lines: bool) -> None:
    if json_lines:
        json_line(body)
    else:
        out.print(shown(line), markup=False, highlight=False, soft_wrap=True)


def _days(since: date | None, until: date | None) -> tuple[date, date] | None:
    if (since is None) != (until is None):
        raise SettingsError("Name both the first day and the last, or neither.")
    return (since, until) if since is not None and until is not None else None
