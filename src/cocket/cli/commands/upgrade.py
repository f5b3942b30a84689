# SPDX-License-Identifier: Apache-2.0
"""`cocket upgrade`: bring an older house's database to this version."""

from __future__ import annotations

from typing import Annotated

import typer

from cocket.cli.base.instance_access import home_option, need_home, settings_of
from cocket.cli.base.output import HomeOption, JsonOption, json_line, note
from cocket.pipeline.operations.bootstrap import open_database, state_of


def upgrade(
    home: HomeOption = None,
    is_sure: Annotated[bool, typer.Option("--yes", help="Upgrade without asking (make a backup first).")] = False,
    is_dry: Annotated[bool, typer.Option("--dry-run", help="Show what would be done, without doing it.")] = False,
    json_lines: JsonOption = False,
) -> None:
    """Bring the database of an older version to this one. Only a backup leads back.

    Stop every older Cocket on this database first: it is refused as long as one works on it. Each revision is one
    transaction; what was cut off goes on when it is run again. Safe to run twice, and from several hosts at once. Then
    the tables themselves are compared with what this version creates: one that lacks a column is refused in words.

    Exit 0: the database is at this version. Exit 1: it is not, and --yes was not given. Exit 2: it cannot be upgraded.

    Examples:
        cocket upgrade --dry-run

        cocket upgrade --home /srv/cocket --yes
    """
    settings = settings_of(**home_option(home))
    need_home(settings)
    found, wanted = state_of(settings)
    if not json_lines:
        note(f"The database is at revision {found or 'none'}; {len(wanted)} newer ones are known.")
        for revision in wanted:
            note(f"  {revision.number} {revision.title}")
    is_done = is_sure and not is_dry
    if is_done or not wanted:
        with open_database(settings, to="upgrade", tell=note):
            note("The database is at this version.")
    elif not is_dry:
        note("Make a backup with the version that created it, then run: cocket upgrade --yes")
    if json_lines:
        json_line({"from": found, "revisions": wanted, "upgraded": is_done and bool(wanted)})
    raise typer.Exit(1 if wanted and not is_done and not is_dry else 0)
