# SPDX-License-Identifier: Apache-2.0
"""`cocket links`: why papers lie in one dossier, and correcting that."""

from __future__ import annotations

from collections.abc import Callable
from typing import Annotated

import typer

from cocket.cli.base.instance_access import home_option, open_service, settings_of
from cocket.cli.base.operator_principal import operator
from cocket.cli.base.output import HomeOption, JsonOption, json_line, out, print_lines, shown
from cocket.gate import make_key
from cocket.governance.proposals import Proposal
from cocket.pipeline.consignment.corrections import LinkCorrections
from cocket.pipeline.queries.papers_in_time import PapersInTime

app = typer.Typer(name="links", no_args_is_help=True, help="Why papers lie in one dossier; part and join them.")

DossierArgument = Annotated[str, typer.Argument(metavar="CONSIGNMENT", help="ID of the consignment.")]
ReasonOption = Annotated[str, typer.Option("--reason", help="Why; it is sealed under your name.")]


@app.command("show")
def show(dossier: DossierArgument, home: HomeOption = None, json_lines: JsonOption = False) -> None:
    """Show the papers of a consignment in time, and why each lies there.

    Example:
        cocket links show 01a21032-dbd8-7236-9320-ac0953c99041
    """
    with open_service(settings_of(**home_option(home)), lambda one: one.queries.papers) as papers:
        found = papers.papers(operator(), dossier)
    if json_lines:
        json_line(found)
        return
    print_lines(_lines(found))


@app.command("part")
def part(
    dossier: DossierArgument,
    message: Annotated[str, typer.Argument(metavar="MESSAGE", help="ID of the message that does not belong.")],
    reason: ReasonOption,
    number: Annotated[int, typer.Option("--part", min=0, help="Which bill of a manifest; 0 for a whole message.")] = 0,
    home: HomeOption = None,
    json_lines: JsonOption = False,
) -> None:
    """Say that a paper does not belong to a dossier; it waits for a second person where `second_person_for` has `links`.

    Example:
        cocket links part 01a21032-dbd8-7236-9320-ac0953c99041 01a21032-e0c1-7d5a-8a34-0c1f7c2f9b11 --reason "mistyped bill"
    """
    _do(home, lambda links: links.parting(operator(), dossier, message, number, reason), json_lines)


@app.command("join")
def join(
    dossier: DossierArgument,
    other: Annotated[str, typer.Argument(metavar="OTHER", help="ID of the dossier that is the same consignment.")],
    reason: ReasonOption,
    home: HomeOption = None,
    json_lines: JsonOption = False,
) -> None:
    """Say that two dossiers are one; it waits for a second person where `second_person_for` has `links`.

    Example:
        cocket links join 01a21032-dbd8-7236-9320-ac0953c99041 01a21033-0a51-7b0e-b0a4-7b1f0c7f2a90 --reason "one box"
    """
    _do(home, lambda links: links.joining(operator(), dossier, other, reason), json_lines)


@app.command("undo")
def undo(
    dossier: DossierArgument,
    correction: Annotated[str, typer.Argument(metavar="CORRECTION", help="ID of the correction, as show gives it.")],
    reason: ReasonOption,
    home: HomeOption = None,
    json_lines: JsonOption = False,
) -> None:
    """Take a correction back; the papers are linked as if it had not been made.

    Example:
        cocket links undo 01a21032-dbd8-7236-9320-ac0953c99041 01a21035-7a10-7c1e-a9d3-2f4b6c1d0e9f --reason "right after all"
    """
    _do(home, lambda links: links.undoing(operator(), dossier, correction, reason), json_lines)


def _do(home: HomeOption, wanted: Callable[[LinkCorrections], Proposal], json_lines: JsonOption) -> None:
    with open_service(
        settings_of(**home_option(home)), lambda one: (one.consignment.links, one.governance.second_person)
    ) as (links, second):
        done = second.propose(operator(), wanted(links), make_key).proposal
    if json_lines:
        json_line(done)
    elif done.state == "applied":
        out.print("Recorded; the assessment worker links the papers again.", highlight=False)
    else:
        out.print(shown(f"Proposed: {done.id}. It waits for a second person."), markup=False, highlight=False)


def _lines(found: PapersInTime) -> list[str]:
    numbers = {one.message_id: place for place, one in enumerate(found.said, start=1)}
    lines = [
        f"{place}. {one.at:%Y-%m-%d} {one.sort} {one.message_id} part {one.part} from {one.sender}, {one.standing}"
        for place, one in enumerate(found.said, start=1)
    ]
    lines += [
        f"{numbers.get(one.message_id)} with {numbers.get(one.with_message)}: {one.sort} {one.value}, {one.confidence}"
        + (f", but these differ: {', '.join(one.against)}" if one.against else "")
        + ("" if one.days is None else f", {one.days} days apart")
        for one in found.links
    ]
    lines += [f"not joined: {one.consignment_id} by {one.kind} {one.value} ({one.why})" for one in found.beside]
    lines += [
        f"correction {one.id}: {one.kind}, {one.reason}" + (f"; taken back by {one.undone_by}" if one.undone_by else "")
        for one in found.corrections
    ]
    here = found.completion
    if here.movement is not None:
        lacking = [one.sort for one in here.papers if one.message_id is None]
        lines.append(
            f"{here.here} of {len(here.papers)} papers ({here.movement}); lacking: {', '.join(lacking) or 'none'}"
        )
    return lines
