# SPDX-License-Identifier: Apache-2.0
"""`cocket feed`: take in a host's folder, once or watching."""

from __future__ import annotations

import signal
import threading
from pathlib import Path
from typing import Annotated, Any

import typer

from cocket.cli.ground import home_option, house_of, settings_of
from cocket.cli.init import HomeOption
from cocket.cli.say import JsonOption, complain, json_line, out, progress
from cocket.feeds import FeedReport, FolderFeed
from cocket.findings import describe, render
from cocket.governance import Principal
from cocket.pipeline import Answer


def feed(
    folder: Annotated[Path, typer.Argument(help="Folder that the host writes its files to; it is only read.")],
    watch: Annotated[bool, typer.Option("--watch", help="Keep looking until stopped.")] = False,
    sender: Annotated[str | None, typer.Option("--sender", help="Name under which the host's files are kept.")] = None,
    shadow: Annotated[
        bool, typer.Option("--shadow", help="Advise without writing anything back: the only mode so far.")
    ] = True,
    home: HomeOption = None,
    json_lines: JsonOption = False,
) -> None:
    """Take in a host's SAD and manifest files, and its tables of lanes and results.

    Each file is taken in once: a file that has not changed is not looked into again, one that has changed is a new
    version. Tables are CSV with columns office,year,serial,number and lane, or depth and found.

    Examples:
        cocket feed /srv/asycuda/export

        cocket feed /srv/asycuda/export --watch --sender asycuda-alpha
    """
    settings = settings_of(**home_option(home), feed_sender=sender)
    principal = feed_principal(settings.feed_sender)
    with house_of(settings) as house:
        looking = FolderFeed(house, folder, principal, settings.feed_sender, settings.max_message_bytes)
        tell = _Teller(json_lines)
        if watch:
            is_stopping = threading.Event()
            for number in (signal.SIGTERM, signal.SIGINT):
                signal.signal(number, lambda *_: is_stopping.set())
            for report in looking.watch(is_stopping.is_set, progress=tell.file):
                tell.report(report)
            return
        with progress("taking in") as step:
            tell.step = step
            report = looking.once(tell.file)
    tell.report(report)
    raise typer.Exit(1 if report.refused or report.unreadable else 0)


def feed_principal(sender: str) -> Principal:
    """On whose behalf a folder is taken in: this machine's operator, for one sender."""
    return Principal(id=f"feed:{sender}", kind="key", roles=("feed",), senders=(sender,))


class _Teller:
    """Says what came in: a JSON line a file, or only what deserves attention."""

    def __init__(self, json_lines: bool) -> None:
        self._json = json_lines
        self.step: Any = None

    def file(self, path: Path, answer: Answer | None, done: int, total: int) -> None:
        if self.step:
            self.step(done, total)
        if answer is None:
            return
        if self._json:
            json_line(
                {
                    "file": str(path),
                    "id": answer.id,
                    "outcome": answer.outcome,
                    "repeat": answer.is_repeat,
                    "findings": [describe(f) for f in answer.findings],
                    "receipt": answer.receipt,
                }
            )
        elif answer.outcome != "accepted":
            complain(f"{path}: {answer.outcome}")
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
        out.print(
            f"{report.accepted} accepted, {report.refused} refused, {report.repeats} known already, {report.unchanged} unchanged, "
            f"{report.decisions} lanes and results",
            markup=False,
            highlight=False,
        )
