# SPDX-License-Identifier: Apache-2.0
"""`cocket ledger statement`: what an instance states of a day in public, checked with its log; with the core install."""

from __future__ import annotations

import os
from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from typing import Annotated, Final

import msgspec
import typer

from cocket import ledger
from cocket.cli.base.output import HomeOption, JsonOption, complain, json_line, shown
from cocket.cli.commands.receipt import trusted_keys
from cocket.errors import PartnerError
from cocket.exchange.log_reader import open_log
from cocket.settings import Settings


def statement(
    day: Annotated[
        datetime, typer.Argument(metavar="DAY", formats=["%Y-%m-%d"], help="A past day, UTC.", show_default=False)
    ],
    log: Annotated[
        str | None,
        typer.Option("--log", metavar="URL|DIR", help="Where the log's files are; by default the instance's own."),
    ] = None,
    key: Annotated[
        str | None,
        typer.Option("--key", metavar="FILE|VKEY", help="Public keys of the log, obtained from another source."),
    ] = None,
    home: HomeOption = None,
    json_lines: JsonOption = False,
) -> None:
    """Show what is stated of a day in public, and check it: who signed it, and that the log has the head it states.

    It counts messages, advice, draws and accesses under cover, promises that were kept, are open or broken, and says which
    access policies were in force and whether tables agreed with the log. The role log publishes it after the day.

    Exit 0: no check failed. Exit 1: one did. Exit 2: the log cannot be read, or has no statement of that day.

    Examples:
        cocket ledger statement 2026-11-28

        cocket ledger statement 2026-11-28 --log https://customs.example/log --key log.vkey

        cocket ledger statement 2026-11-28 --log /mnt/copy --key log.vkey --json
    """
    keys = trusted_keys(key) if key else []
    place = log or str(_own_log(home))
    try:
        with open_log(place) as read:
            found = ledger.find_statement(day.date(), read)
            if found is None:
                complain(f"{shown(place)} has no statement of {day.date()}.")
                raise typer.Exit(2)
            data, within = found
            verdict = ledger.verify_statement(day.date(), data, within, keys)
    except PartnerError as error:
        complain(str(error))
        raise typer.Exit(2) from error
    is_signed = verdict.checks[0].outcome == "passed"
    told = ledger.read_statement(data, None) if is_signed else None
    if json_lines:
        said = {"holds": verdict.holds, "checks": msgspec.to_builtins(verdict.checks)}
        json_line({"log": place, **said, "statement": told and msgspec.to_builtins(told)})
    else:
        if told is not None:
            _show(told)
        for check in verdict.checks:
            typer.echo(f"{check.outcome:11}  {check.name:10}  {shown(check.reason)}")
    raise typer.Exit(int(not verdict.holds))


COMMANDS: Final[tuple[tuple[str, Callable[..., None]], ...]] = (("statement", statement),)


def _own_log(home: Path | None) -> Path:
    named = home or os.environ.get("COCKET_HOME")
    return (Settings(home=Path(named)) if named else Settings()).log_folder


def _show(told: ledger.DayStatement) -> None:
    typer.echo(f"{shown(told.log)} states of {told.day}, at {told.at:%Y-%m-%d %H:%M:%S} UTC:")
    for name, value in (
        ("messages", f"about {told.messages:,}"),
        ("advice", f"about {told.advice:,}"),
        ("first draws", f"about {told.draws:,}"),
        ("accesses", f"about {told.looks:,}"),
        ("promises", f"about {told.kept:,} kept, about {told.open:,} open, {told.broken:,} broken"),
        ("policies", f"SHA-256 {told.policies}"),
        ("tables", _tables(told.tables)),
        ("head", f"{told.size:,} entries, root {told.root.hex()}"),
    ):
        typer.echo(f"  {name:11}  {value}")


def _tables(told: ledger.TablesStated | None) -> str:
    if told is None:
        return "not compared with the log yet"
    word = "agreed" if told.is_equal else "did NOT all agree"
    return f"{word} with the log up to entry {told.size:,}, on {told.at:%Y-%m-%d %H:%M} UTC"
