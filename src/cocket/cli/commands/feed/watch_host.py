# SPDX-License-Identifier: Apache-2.0
"""`cocket feed`: take in what a host writes or keeps, once or watching, and tell it our advice where that is wanted."""

from __future__ import annotations

import signal
import threading
from datetime import datetime
from pathlib import Path
from typing import Annotated, Any

import typer

from cocket.cli.base.host_data import FeedWatch, look_of, source_of, tell_host
from cocket.cli.base.instance_access import home_option, open_service, settings_of
from cocket.cli.base.output import HomeOption, JsonOption, complain, json_line, out, progress
from cocket.cli.commands.feed.preview import show_preview, show_table
from cocket.errors import SettingsError, StoreError
from cocket.exchange import check_target
from cocket.feeds import (
    FeedReport,
    destination_of,
)
from cocket.findings import describe, render
from cocket.findings.words import counted
from cocket.pipeline import Answer, WriteBackReport
from cocket.pipeline.intake.host_files import HostFiles

#: How long a watch sleeps between two looks: at a folder, at tables.
_FOLDER_SECONDS, _TABLE_SECONDS = 1.0, 30.0

#: Most files that --problems names (count).
_MOST_SHOWN = 10_000


def feed(
    source: Annotated[
        Path | None,
        typer.Argument(
            help="Folder of the host's files; or one CSV file, known by its header (lanes and results) or by a mapping; a folder "
            "of those with --map."
        ),
    ] = None,
    dsn: Annotated[
        str | None,
        typer.Option(
            "--dsn", help="URL of the host's database, opened read-only; preferably in COCKET_FEED_DATABASE_URL."
        ),
    ] = None,
    map_file: Annotated[
        Path | None, typer.Option("--map", help="Mapping file of its tables; without it that of ASYCUDA World.")
    ] = None,
    since: Annotated[
        str | None, typer.Option("--since", help="Start at this date, whatever was imported before.")
    ] = None,
    preview: Annotated[
        bool, typer.Option("--preview", help="Show the first rows as they would be read, and store nothing.")
    ] = False,
    watch: Annotated[bool, typer.Option("--watch", help="Keep watching until stopped.")] = False,
    problems: Annotated[
        bool,
        typer.Option("--problems", help="List the files that were not imported, with the reasons; import nothing."),
    ] = False,
    sender: Annotated[str | None, typer.Option("--sender", help="Name under which the host's data is stored.")] = None,
    write_back: Annotated[
        Path | None, typer.Option("--write-back", help="Folder to write advice to, for the host to import.")
    ] = None,
    shadow: Annotated[
        bool, typer.Option("--shadow", help="Write nothing back, regardless of the settings (the default).")
    ] = False,
    home: HomeOption = None,
    json_lines: JsonOption = False,
) -> None:
    """Take in a host's SAD and manifest files, its tables of lanes and results, or the tables of its database.

    Each file is taken in once, each table from where the last look ended. What is told again and has not changed leaves
    no trace; what has changed is a new version. Nothing is written where the host's data is, and advice stays in the
    instance unless --write-back names a folder for it.

    Only regular files are opened, never links, pipes or devices. A file that cannot be taken in is told of, stops no
    other, and is tried again when it changes. Exit 1: something was refused or not taken in.

    Examples:
        cocket feed /srv/asycuda/export --watch

        cocket feed lanes.csv

        cocket feed declarations.csv --map our-tables.toml --preview

        COCKET_FEED_DATABASE_URL=postgresql://reader@replica/asycuda cocket feed --since 2025-01-01

        cocket feed --problems
    """
    settings = settings_of(
        **home_option(home),
        feed_sender=sender,
        feed_database_url=dsn,
        feed_map=str(map_file) if map_file else None,
        write_back="" if shadow else str(write_back) if write_back else None,
    )
    if problems:
        with open_service(settings, lambda one: one.intake.host_files) as files:
            _show_problems(files, is_json=json_lines)
    _check_since(since)
    if source is not None and dsn is not None:
        raise SettingsError("Give a folder or file, or a database, not both.")
    found = source_of(settings, source, is_mapped=map_file is not None)
    if found.folder and since:
        raise SettingsError(
            "A folder of messages has no start date, nor has a table of lanes and results; --since is for tables with a mapping."
        )
    if preview and found.folder and found.only:
        raise typer.Exit(show_table(found.folder / found.only, is_json=json_lines))
    if preview:
        raise typer.Exit(show_preview(found.opener(), found.mapping, since, is_json=json_lines))
    if settings.write_back:
        watched = (Path(settings.feed),) if settings.feed else ()
        check_target(Path(settings.write_back), (*found.places, *watched))
    with open_service(settings, lambda one: (destination_of(one), one.control.write_back)) as (destination, advice):
        telling = _Teller(json_lines)
        look = look_of(destination, settings, found, telling.message, since=since, settle=watch)
        if watch:
            seconds = _FOLDER_SECONDS if found.folder else _TABLE_SECONDS
            _keep_looking(
                FeedWatch(look, lambda: tell_host(advice, settings, telling.written), complain, seconds, telling.report)
            )
            return
        with progress("taking in") as step:
            telling.step = step
            report = look()
        telling.report(report)
        tell_host(advice, settings, telling.written)
    raise typer.Exit(1 if report.refused or report.not_taken or report.unreadable else 0)


def _check_since(since: str | None) -> None:
    try:
        if since is not None and not since.isdecimal():
            datetime.fromisoformat(since)
    except ValueError as error:
        raise SettingsError(
            f"--since is not a date: {since}.",
            expected="a date such as 2025-01-31, or a number where the cursor is one",
        ) from error


def _keep_looking(watch: FeedWatch) -> None:
    """Look after look until a signal; a database of ours that does not answer is waited for."""
    is_stopping = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: is_stopping.set())
    has_said = ""
    while not is_stopping.is_set():
        try:
            _, seconds = watch.turn()
            has_said = ""
        except StoreError as error:
            if str(error) != has_said:
                complain(str(error))
            has_said, seconds = str(error), _FOLDER_SECONDS
        is_stopping.wait(seconds)


def _show_problems(files: HostFiles, *, is_json: bool) -> None:
    """Print the files of hosts that are not taken in."""
    count, named = files.feed_problems(most=_MOST_SHOWN)
    for problem in named:
        if is_json:
            json_line(problem)
        else:
            out.print(f"{problem.path}: {problem.reason}", markup=False, highlight=False, soft_wrap=True)
    if not is_json:
        more = f", the newest {len(named)} shown" if count > len(named) else ""
        out.print(f"{counted(count, 'file is', 'files are')} not imported{more}.", markup=False, highlight=False)
    raise typer.Exit(1 if count else 0)


class _Teller:
    """Says what came in: a JSON line a message, or only what deserves attention."""

    def __init__(self, json_lines: bool) -> None:
        self._json = json_lines
        self.step: Any = None

    def message(self, name: Path | str, answer: Answer | None, done: int, total: int) -> None:
        if self.step:
            self.step(done, total)
        if answer is None:
            return
        if self._json:
            json_line(
                {
                    "file": str(name),
                    "id": answer.id,
                    "outcome": answer.outcome,
                    "repeat": answer.is_repeat,
                    "findings": [describe(f) for f in answer.findings],
                    "receipt": answer.receipt,
                }
            )
        elif answer.outcome != "accepted":
            complain(f"{name}: {answer.outcome}")
            for finding in answer.findings[:5]:
                out.print(f"    {finding.severity}: {render(finding)}", markup=False, highlight=False, soft_wrap=True)

    def report(self, report: FeedReport) -> None:
        if self._json:
            json_line(
                {
                    "accepted": report.accepted,
                    "refused": report.refused,
                    "repeats": report.repeats,
                    "unchanged": report.unchanged,
                    "not_taken": report.not_taken,
                    "waiting": report.waiting,
                    "decisions": report.decisions,
                    "unreadable": report.unreadable,
                    "findings": [describe(f) for f in report.findings],
                }
            )
            return
        for path, why in report.unreadable:
            complain(f"{path}: {why}")
        for finding in report.findings:
            complain(render(finding))
        counts = [
            f"{report.accepted} accepted",
            f"{report.refused} refused",
            f"{report.repeats} already known",
            f"{report.unchanged} unchanged",
            f"{report.decisions} lanes and results",
        ]
        counts += [f"{report.not_taken} not imported"] if report.not_taken else []
        counts += [f"{report.waiting} still being written"] if report.waiting else []
        out.print(", ".join(counts), markup=False, highlight=False, soft_wrap=True)

    def written(self, report: WriteBackReport) -> None:
        if self._json:
            json_line(report)
        else:
            holds = f", {counted(report.holds, 'file', 'files')} of what other agencies hold" if report.holds else ""
            out.print(f"{report.written} written back to the host{holds}", markup=False, highlight=False)
