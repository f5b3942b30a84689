# SPDX-License-Identifier: Apache-2.0
"""`cocket doctor`: look an instance over, and say what to do."""

from __future__ import annotations

import typer
from rich.markup import escape

from cocket.cli.base.instance_access import home_option, need_home, settings_of
from cocket.cli.base.output import HomeOption, JsonOption, Listing, json_line, out
from cocket.pipeline.operations.doctor import diagnose

_STYLES = {"good": "green", "warning": "yellow", "error": "bold red"}


def doctor(home: HomeOption = None, json_lines: JsonOption = False) -> None:
    """Look an instance over: keys, permissions, space, tables, rows, leaves, clock, identity, log, backups. Nothing is changed.

    With --json one line for each check: what was looked at, its state, what was found, what to do.

    Exit 0: all is well, or there are warnings only. Exit 1: something is wrong. Exit 2: there is no instance here.

    Examples:
        cocket doctor --home /srv/cocket

        cocket doctor --json
    """
    settings = settings_of(**home_option(home))
    need_home(settings)
    found = diagnose(settings)
    if json_lines:
        for one in found:
            json_line(one)
    else:
        table = Listing("what", "state", "", box=None, header_style="bold")
        for one in found:
            table.add_row(one.check, f"[{_STYLES[one.state]}]{one.state}", escape(f"{one.said} {one.do}".strip()))
        out.print(table)
    raise typer.Exit(int(any(one.state == "error" for one in found)))
