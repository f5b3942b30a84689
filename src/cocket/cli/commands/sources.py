# SPDX-License-Identifier: Apache-2.0
"""`cocket sources`: where data of others lives, and asking for it."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from cocket.cli.base.files import read_file
from cocket.cli.base.instance_access import home_option, open_service, settings_of
from cocket.cli.base.operator_principal import operator
from cocket.cli.base.output import HomeOption, JsonOption, json_line, out, shown
from cocket.exchange.sources import IDENTIFIER_TYPES, Identifier, Source
from cocket.pipeline.partners.sources import AskFor, PullView

app = typer.Typer(
    name="sources",
    no_args_is_help=True,
    help="Sources of data outside: keep the registry, and ask them under an agreement.",
)

IdArgument = Annotated[str, typer.Argument(metavar="SOURCE", help="Id of the source.")]


@app.command("add")
def add(
    files: Annotated[list[Path], typer.Argument(metavar="FILE…", help="Sources, as TOML.")],
    home: HomeOption = None,
    json_lines: JsonOption = False,
) -> None:
    """Put sources in force, or another version of them. Each needs an agreement in force that covers what it is asked for.

    What a source knows us by is a file in `keys/sources` below the home folder, which only its owner can read.

    Example:
        cocket sources add gate.toml
    """
    with open_service(settings_of(**home_option(home)), lambda one: one.partners.sources) as sources:
        for file in files:
            _say(sources.put(operator(), read_file(file)), json_lines=json_lines)


@app.command("list")
def list_sources(home: HomeOption = None, json_lines: JsonOption = False) -> None:
    """List sources, with why one would not be asked today; the look is sealed.

    Example:
        cocket sources list
    """
    with open_service(settings_of(**home_option(home)), lambda one: one.partners.sources) as sources:
        found = sources.sources(operator())
    if not found and not json_lines:
        out.print("No source yet.")
    for one in found:
        if json_lines:
            json_line(one)
        else:
            _say(one.source, one.obstacle)


@app.command("disable")
def disable(source: IdArgument, home: HomeOption = None, json_lines: JsonOption = False) -> None:
    """Stop asking a source.

    Example:
        cocket sources disable efti-xb
    """
    with open_service(settings_of(**home_option(home)), lambda one: one.partners.sources) as sources:
        _say(sources.set_enabled(operator(), source, is_enabled=False), json_lines=json_lines)


@app.command("enable")
def enable(source: IdArgument, home: HomeOption = None, json_lines: JsonOption = False) -> None:
    """Ask a source again that was disabled.

    Example:
        cocket sources enable efti-xb
    """
    with open_service(settings_of(**home_option(home)), lambda one: one.partners.sources) as sources:
        _say(sources.set_enabled(operator(), source, is_enabled=True), json_lines=json_lines)


@app.command("ask")
def ask(
    consignment: Annotated[
        str,
        typer.Argument(metavar="[CONSIGNMENT]", help="Id of the dossier; left out, name a source and an identifier."),
    ] = "",
    source: Annotated[str, typer.Option("--source", metavar="SOURCE", help="This source alone.")] = "",
    identifier: Annotated[
        str,
        typer.Option(
            "--identifier", metavar="TYPE:VALUE", help=f"By this alone. Types: {', '.join(IDENTIFIER_TYPES)}."
        ),
    ] = "",
    home: HomeOption = None,
    json_lines: JsonOption = False,
) -> None:
    """Ask sources for a dossier, or one source for an identifier; what came stands beside what was declared.

    The look is sealed before a source is asked, what came before it is shown. State the purpose with `cocket --purpose`.

    Example:
        cocket sources ask 0196f0c2-… --source efti-xb
        cocket sources ask --source efti-xb --identifier equipment:CSQU3054383
    """
    wanted = AskFor(source=source, identifier=_identifier(identifier))
    if not consignment and (not source or not identifier):
        raise typer.BadParameter("Give a consignment, or --source and --identifier.")
    with open_service(settings_of(**home_option(home)), lambda one: one.partners.sources) as sources:
        if consignment:
            found = sources.ask(operator(), consignment, wanted)
        else:
            found = sources.ask_alone(operator(), wanted)
    _show(found, json_lines=json_lines)


@app.command("pulls")
def pulls(
    consignment: Annotated[str, typer.Argument(metavar="CONSIGNMENT", help="Id of the dossier.")],
    home: HomeOption = None,
    json_lines: JsonOption = False,
) -> None:
    """Show what was pulled for a dossier, newest first, and by what it could be asked today.

    Example:
        cocket sources pulls 0196f0c2-…
    """
    with open_service(settings_of(**home_option(home)), lambda one: one.partners.sources) as sources:
        found = sources.pulls(operator(), consignment)
        offered = sources.offered(operator(), consignment)
    _show(found, json_lines=json_lines)
    if json_lines:
        return
    for source, names in offered:
        by = ", ".join(f"{one.type} {one.value}" for one in names)
        out.print(shown(f"{source.id} could be asked by {by}"), markup=False, highlight=False, soft_wrap=True)
    if not found and not offered:
        out.print("Nothing was pulled, and no source holds anything that this is known by.")


@app.command("doubt")
def doubt(
    consignment: Annotated[str, typer.Argument(metavar="CONSIGNMENT", help="Id of the dossier.")],
    pull: Annotated[
        str, typer.Argument(metavar="PULL", help="Id of the pull, as `cocket sources pulls --json` shows it.")
    ],
    home: HomeOption = None,
    json_lines: JsonOption = False,
) -> None:
    """Tell a ONE Record source in which fields it differs from what was declared; what was declared is not sent.

    Its agreement names `follow-up`. State the purpose with `cocket --purpose`.

    Example:
        cocket --purpose control sources doubt 0196f0c2-… 0196f0c3-…
    """
    with open_service(settings_of(**home_option(home)), lambda one: one.partners.sources) as sources:
        made = sources.doubt(operator(), consignment, pull, AskFor())
    if json_lines:
        json_line(made)
    else:
        _line(
            f"{made.source} was informed of {', '.join(made.fields)} in {made.address}; it keeps this at {made.request or '–'}"
        )


@app.command("work")
def work(home: HomeOption = None, json_lines: JsonOption = False) -> None:
    """Show how asking sources by themselves goes: schedules, last answers, what waits, their notices, and where we subscribed.

    A source is asked by itself where it has a schedule or sends a notice of a change, and `COCKET_SOURCE_FOLLOWING` is true.

    Example:
        cocket sources work
    """
    with open_service(settings_of(**home_option(home)), lambda one: one.partners.following) as following:
        found = following.view(operator())
    if json_lines:
        json_line(found)
        return
    for one in found.work:
        told = (
            f"{one.source}: {one.waiting} consignments wait, {one.came} documents came, {one.asked} questions this hour"
        )
        told += f", last answer {one.last:%Y-%m-%d %H:%M} UTC" if one.last else ", no answer yet"
        told += f"; held up: {one.problem}" if one.problem else ""
        told += f" Asked again {one.again:%Y-%m-%d %H:%M} UTC." if one.again else ""
        _line(told)
    for each in found.notices:
        _line(
            f"{each.at:%Y-%m-%d %H:%M} UTC {each.source} sent {each.event} about {each.about}: {each.state} {each.outcome}".rstrip()
        )
    for kept in found.subscriptions:
        _line(f"{kept.source}: subscribed to {kept.topic}, kept at {kept.location}")
    if not (found.work or found.notices or found.subscriptions):
        out.print("No source was asked by itself yet, and none sent a notice.")


@app.command("subscribe")
def subscribe(
    source: IdArgument,
    topic: Annotated[
        str, typer.Argument(metavar="TOPIC", help="Address of an object, or IRI of a class of ONE Record.")
    ],
    home: HomeOption = None,
    json_lines: JsonOption = False,
) -> None:
    """Subscribe at a source of the kind one-record, to one object or a class of objects.

    Its agreement names `subscriptions`, its option `subscriber` the address of our organization that it knows.

    Example:
        cocket sources subscribe air https://onerecord.iata.org/ns/cargo#Waybill
    """
    kind = "TYPE" if topic.startswith("https://onerecord.iata.org/ns/cargo#") else "IDENTIFIER"
    with open_service(settings_of(**home_option(home)), lambda one: one.partners.following) as following:
        made = following.subscribe(operator(), source, f"LOGISTICS_OBJECT_{kind}", topic)
    if json_lines:
        json_line(made)
    else:
        _line(f"Subscribed at {made.source} to {made.topic}; kept at {made.location}")


@app.command("unsubscribe")
def unsubscribe(
    source: IdArgument,
    location: Annotated[
        str, typer.Argument(metavar="LOCATION", help="Where it is kept, as `cocket sources work` shows it.")
    ],
    home: HomeOption = None,
    json_lines: JsonOption = False,
) -> None:
    """End a subscription at a source.

    Example:
        cocket sources unsubscribe air https://1r.air.example/action-requests/7
    """
    with open_service(settings_of(**home_option(home)), lambda one: one.partners.following) as following:
        made = following.unsubscribe(operator(), source, location)
    if json_lines:
        json_line(made)
    else:
        _line(f"The subscription at {made.source} to {made.topic} ended.")


@app.command("outbox")
def outbox(
    again: Annotated[str, typer.Option("--again", metavar="ID", help="Send this one again that was given up.")] = "",
    home: HomeOption = None,
    json_lines: JsonOption = False,
) -> None:
    """Show notifications of our ONE Record server that wait, were given up, or were withheld; and have one sent again.

    Example:
        cocket sources outbox
        cocket sources outbox --again 0196f0c2-…
    """
    with open_service(settings_of(**home_option(home)), lambda one: one.partners.one_record_notices) as notices:
        found = (notices.send_again(operator(), again),) if again else notices.outbox(operator())
    for one in found:
        if json_lines:
            json_line(one)
        else:
            told = f"{one.id} {one.receiver} {one.event} {one.object}: {one.state}, {one.attempts} attempts failed"
            _line(f"{told}: {one.problem}" if one.problem else told)
    if not found and not json_lines:
        out.print("Nothing waits, and nothing was given up.")


def _identifier(text: str) -> Identifier | None:
    if not text:
        return None
    kind, colon, value = text.partition(":")
    if not colon or kind not in IDENTIFIER_TYPES or not value.strip():
        raise typer.BadParameter(
            f"An identifier is written TYPE:VALUE, and TYPE is one of {', '.join(IDENTIFIER_TYPES)}."
        )
    return Identifier(type=kind, value=value.strip())


def _say(one: Source, obstacle: str = "", *, json_lines: bool = False) -> None:
    if json_lines:
        json_line(one)
        return
    held = ", ".join(f"{each.type} {each.value}" for each in one.identifiers)
    told = f"{one.id}: {one.title}, {one.kind}, under {one.agreement}, for {', '.join(one.purposes)}; holds {held}"
    if one.schedule is not None:
        told += (
            f"; asked by itself for {one.schedule.purpose}, each consignment every {one.schedule.every_minutes} minutes"
        )
        told += f", at most {one.schedule.most_an_hour} questions an hour"
    told += f"; not asked: {obstacle}" if obstacle else "" if one.is_enabled else "; not asked"
    out.print(shown(told), markup=False, highlight=False, soft_wrap=True)


def _show(found: tuple[PullView, ...], *, json_lines: bool) -> None:
    for one in found:
        if json_lines:
            json_line(one)
            continue
        pull = one.pull
        asked = f"{pull.at:%Y-%m-%d %H:%M} UTC {pull.source} by {pull.identifier.type} {pull.identifier.value}"
        told = f"{asked}: {pull.outcome}"
        told += f", {pull.problem}" if pull.problem else ""
        told += f", {pull.size} bytes, message {pull.message}" if pull.digest else ""
        _line(told)
        for each in one.changed:
            _line(f"    the source now says {each.label}: {each.source or '–'}, before: {each.declared or '–'}")
        for each in one.differences:
            _line(f"    {each.label}: declared {each.declared or '–'}, the source says {each.source or '–'}")
        if one.is_read:
            _line(f"    {one.agreeing} fields agree")


def _line(text: str) -> None:
    out.print(shown(text), markup=False, highlight=False, soft_wrap=True)
