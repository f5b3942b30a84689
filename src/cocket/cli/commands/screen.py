# SPDX-License-Identifier: Apache-2.0
"""`cocket screen`: names against lists, each hit with its reasons; lists taken into the house; matches cleared."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Annotated, Any, get_args

import msgspec
import typer
from typer.core import TyperGroup

from cocket.cli.base.files import read_file, standard_input
from cocket.cli.base.instance_access import home_option, open_service, settings_of
from cocket.cli.base.operator_principal import operator
from cocket.cli.base.output import HomeOption, JsonOption, complain, json_line, out, shown
from cocket.cli.commands.proposals import tell_proposed
from cocket.findings import describe, render
from cocket.findings.words import counted
from cocket.gate import make_key
from cocket.pipeline.screening.lists import Screening
from cocket.screening import THRESHOLD, Hit, Screened, Screener, Subject, apply_clearances, read_list
from cocket.screening.screener import What

_BATCH = 256
_MOST_COMPLAINTS = 5

ListOption = Annotated[
    list[Path] | None,
    typer.Option("--list", metavar="FILE", help="List: Security Council XML, FollowTheMoney lines, CSV; repeatable."),
]


class _NamesFirst(TyperGroup):
    """Takes words that are no command of its own for names, so that these need no command before them."""

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:
        """Put the command that screens before words that name none."""
        if args and args[0] not in self.commands and args[0] not in ("--help", "-h"):
            args = ["names", *args]
        return super().parse_args(ctx, args)


app = typer.Typer(cls=_NamesFirst, no_args_is_help=True, help="Screen names against lists.")


@app.command("names")
def screen_names(
    names: Annotated[
        list[str], typer.Argument(metavar="NAME…|FILE|-", help="Names; a file with one name per line; - reads stdin.")
    ],
    lists: ListOption = None,
    what: Annotated[str, typer.Option("--as", help="party, vessel or goods.")] = "party",
    threshold: Annotated[float, typer.Option("--threshold", min=0.5, max=1.0, help="Minimum score.")] = THRESHOLD,
    home: HomeOption = None,
    as_json: JsonOption = False,
) -> None:
    """Screen names against lists, and say why each hit is one. A hit is a question for an officer, not an answer.

    Without --list the lists of the instance are used (`cocket screen list import`), and what an officer has cleared there is shown
    as cleared.

    Exit 1: something was hit that is not cleared. Exit 2: a list or file cannot be read, or wrong usage.

    Examples:
        cocket screen "Sadam Husayn" --list consolidated.xml

        cocket screen --json - --list consolidated.xml < names.txt
    """
    if what not in get_args(What):
        raise typer.BadParameter(f"{what} is not one of party, vessel, goods.", param_hint="--as")
    subjects = (Subject(what, name) for name in _names(names))  # type: ignore[arg-type]
    if lists:
        has_open = _answer(_with_files(subjects, lists, threshold), as_json)
    else:
        with open_service(settings_of(**home_option(home)), lambda one: one.screening.lists) as known:
            has_open = _answer(_with_house(known, subjects), as_json)
    if has_open:
        raise typer.Exit(1)


lists_app = typer.Typer(no_args_is_help=True, help="Lists to screen names against, and cleared matches.")
app.add_typer(lists_app, name="list")


@lists_app.command("import")
def import_list(
    file: Annotated[Path, typer.Argument(help="List: Security Council XML, FollowTheMoney lines, or CSV.")],
    name: Annotated[str | None, typer.Option("--name", help="Name of the list; by default the file's name.")] = None,
    home: HomeOption = None,
    as_json: JsonOption = False,
) -> None:
    """Import a list, replacing an earlier one of the same name. It applies from the next batch of assessments.

    Example:
        cocket screen list import consolidated.xml --name un
    """
    called, content = name or file.stem, read_file(file)
    with open_service(
        settings_of(**home_option(home)), lambda one: (one.screening.lists, one.governance.second_person)
    ) as (lists, second):
        wanted, view = lists.proposed_list(operator(), called, content)
        given = second.propose(operator(), wanted, make_key, (file.name, content))
    if not given.is_done:
        tell_proposed(given.proposal, as_json)
        return
    for place in view.left_out[:_MOST_COMPLAINTS]:
        complain(shown(f"left out, {place}"))
    _show_lists([view], as_json)


@lists_app.command("show")
def show_lists(home: HomeOption = None, as_json: JsonOption = False) -> None:
    """Show the imported lists: number of entries, date, and time of import.

    Example:
        cocket screen list show
    """
    with open_service(settings_of(**home_option(home)), lambda one: one.screening.lists) as lists:
        _show_lists(lists.lists(operator()), as_json)


_NameArgument = Annotated[str, typer.Argument(help="Declared name of the party or vessel.")]
_EntryOption = Annotated[str, typer.Option("--entry", help="The listed entry, as LIST/ID.")]
_KindOption = Annotated[str, typer.Option("--as", help="party, vessel or goods.")]
_NumberOption = Annotated[str | None, typer.Option("--number", help="The number it was declared with, if any.")]


@lists_app.command("clear")
def clear(
    name: _NameArgument,
    entry: _EntryOption,
    ground: Annotated[
        str, typer.Option("--ground", help="Reason why it is not the listed entry; stored with the clearance.")
    ],
    what: _KindOption = "party",
    number: _NumberOption = None,
    home: HomeOption = None,
    as_json: JsonOption = False,
) -> None:
    """Clear a match: it stays cleared through new lists, until the listed entry itself changes.

    Example:
        cocket screen list clear "Chul Ro" --entry un/KPi.033 --ground "other birth date, passport seen"
    """
    subject = _subject(name, what, number)
    with open_service(settings_of(**home_option(home)), lambda one: one.screening.lists) as lists:
        cleared = lists.clear_match(operator(), subject, _entry(entry), ground)
    _tell(cleared, f"{name}: {entry} cleared by {cleared.officer}.", as_json)


@lists_app.command("confirm")
def confirm(
    name: _NameArgument,
    entry: _EntryOption,
    ground: Annotated[
        str, typer.Option("--ground", help="Reason why it is the listed entry; stored with the confirmation.")
    ],
    what: _KindOption = "party",
    number: _NumberOption = None,
    home: HomeOption = None,
    as_json: JsonOption = False,
) -> None:
    """Confirm a match: whoever is declared is who is listed, until the listed entry changes or the match is cleared.

    Example:
        cocket screen list confirm "Chul Ro" --entry un/KPi.033 --ground "same passport number"
    """
    subject = _subject(name, what, number)
    with open_service(settings_of(**home_option(home)), lambda one: one.screening.lists) as lists:
        confirmed = lists.confirm_match(operator(), subject, _entry(entry), ground)
    _tell(confirmed, f"{name}: {entry} confirmed by {confirmed.officer}.", as_json)


def _subject(name: str, what: str, number: str | None) -> Subject:
    """Who is meant, as he was declared."""
    if what not in get_args(What):
        raise typer.BadParameter(f"{what} is not one of party, vessel, goods.", param_hint="--as")
    numbers = ("".join(filter(str.isalnum, number)).upper(),) if number else ()
    return Subject(what, name, numbers)  # type: ignore[arg-type]


def _entry(named: str) -> tuple[str, str]:
    """List and id of `LIST/ID`."""
    list_name, _, entry_id = named.partition("/")
    return list_name, entry_id


def _tell(word: Any, says: str, as_json: bool) -> None:
    if as_json:
        json_line(word)
    else:
        out.print(shown(says), markup=False, highlight=False)


def _names(given: Iterable[str]) -> Iterator[str]:
    """The names meant, one after the other; blank lines are none."""
    for one in given:
        if one == "-":
            lines = (line.decode("utf-8", "replace").strip() for line in standard_input())
            yield from (line for line in lines if line)
        elif Path(one).is_file():
            text = read_file(Path(one)).decode("utf-8", "replace")
            yield from (line.strip() for line in text.splitlines() if line.strip())
        else:
            yield one


def _with_files(
    subjects: Iterable[Subject], files: Iterable[Path], threshold: float
) -> Iterator[tuple[Subject, tuple[Screened, ...]]]:
    lists = [read_list(path.stem, read_file(path)) for path in files]
    for one in lists:
        for place in one.left_out[:_MOST_COMPLAINTS]:
            complain(shown(f"{one.name}: left out, {place}"))
    screener = Screener(lists, threshold)
    for batch in _batches(subjects):
        for subject, hits in zip(batch, screener.screen_all(batch), strict=True):
            yield subject, apply_clearances(subject, hits, ())


def _with_house(lists: Screening, subjects: Iterable[Subject]) -> Iterator[tuple[Subject, tuple[Screened, ...]]]:
    for batch in _batches(subjects):
        yield from zip(batch, lists.screen(operator(), batch), strict=True)


def _batches(subjects: Iterable[Subject]) -> Iterator[list[Subject]]:
    batch: list[Subject] = []
    for subject in subjects:
        batch.append(subject)
        if len(batch) == _BATCH:
            yield batch
            batch = []
    if batch:
        yield batch


def _answer(answers: Iterable[tuple[Subject, tuple[Screened, ...]]], as_json: bool) -> bool:
    """Print every answer; whether any hit is open."""
    has_open = False
    for subject, screened in answers:
        has_open = has_open or any(one.cleared is None for one in screened)
        if as_json:
            json_line({"name": subject.name, "hits": [_described(one) for one in screened]})
            continue
        if not screened:
            out.print(shown(f"{subject.name}: no hit"), markup=False, highlight=False, soft_wrap=True)
        for one in screened:
            out.print(shown(f"{subject.name}: {_line(one)}"), markup=False, highlight=False, soft_wrap=True)
    return has_open


def _described(one: Screened) -> dict[str, Any]:
    hit = msgspec.to_builtins(one.hit)
    hit["reasons"] = [describe(reason) for reason in one.hit.reasons]
    hit["cleared"] = msgspec.to_builtins(one.cleared)
    hit["confirmed"] = msgspec.to_builtins(one.confirmed)
    hit["lapsed"] = msgspec.to_builtins(one.lapsed)
    return hit  # type: ignore[no-any-return]


def _line(one: Screened) -> str:
    hit: Hit = one.hit
    state = f", cleared by {one.cleared.officer}: {one.cleared.ground}" if one.cleared else ""
    state += f", confirmed by {one.confirmed.officer}: {one.confirmed.ground}" if one.confirmed else ""
    lapsed = ", cleared earlier, but the entry has changed since" if one.lapsed else ""
    why = "; ".join(render(reason) for reason in hit.reasons)
    programme = f", {hit.programme}" if hit.programme else ""
    return f"{hit.score:.2f} {hit.list}/{hit.id} {hit.name} ({hit.kind}{programme}){state}{lapsed}: {why}"


def _show_lists(views: Iterable[Any], as_json: bool) -> None:
    for view in views:
        if as_json:
            json_line(view)
        else:
            dated = f" of {view.dated}" if view.dated else ""
            line = f"{view.name}: {counted(view.entries, 'entry', 'entries')}{dated},"
            f" {view.format}, since {view.imported:%Y-%m-%d %H:%M} UTC"
            out.print(shown(line), markup=False, highlight=False, soft_wrap=True)
