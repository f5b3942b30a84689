# SPDX-License-Identifier: Apache-2.0
"""`cocket init`: make keys, a configuration file and the database's tables."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import typer

from cocket.cli.base.instance_access import home_option, make_home, settings_of
from cocket.cli.base.output import HomeOption, JsonOption, json_line, note, out
from cocket.cli.base.process_supervisor import check_apart
from cocket.errors import StoreError
from cocket.pipeline import open_database, public_keys
from cocket.pipeline.operations.bootstrap import begin_anew
from cocket.settings import Settings

_FILE = """# Settings of this instance; each can also be given as COCKET_… in the environment.
# All settings are described in docs/reference/settings.md
log_origin = {origin}
administration = {administration}
"""


def init(
    home: HomeOption = None,
    origin: Annotated[str | None, typer.Option("--log-origin", help="Globally unique name of the log.")] = None,
    anew: Annotated[
        bool,
        typer.Option(
            "--begin-anew", help="The database is lost for good: move its keys and log away and create new ones."
        ),
    ] = False,
    json_lines: JsonOption = False,
) -> None:
    """Make an instance: secret keys, `cocket.toml`, and the tables of its database.

    Safe to run again: what is there stays as it is. The database of another instance is refused, and so is an empty one
    where keys or log say that there was one.

    Examples:
        cocket init --home /srv/cocket --log-origin customs.example/log/2026

        COCKET_DATABASE_URL=postgresql:///cocket cocket init --home /srv/cocket
    """
    settings = settings_of(**home_option(home), log_origin=origin)
    if anew:
        note(f"The keys and the log of the previous instance are in {begin_anew(settings, datetime.now(UTC))}.")
    make_home(settings)
    file = write_settings(settings)
    with open_database(settings, apart=check_apart, tell=note):
        keys = public_keys(settings)
    if json_lines:
        json_line({"home": str(settings.home), "config": str(file), **keys})
        return
    out.print(f"Instance {settings.home}", markup=False, highlight=False)
    out.print(f"Settings {file}", markup=False, highlight=False)
    out.print(f"Log key  {keys['log']}", markup=False, highlight=False, soft_wrap=True)
    out.print(f"Receipts {keys['receipts']}", markup=False, highlight=False, soft_wrap=True)
    out.print("\nNext: cocket officer add NAME --role supervisor, then cocket serve.", markup=False, highlight=False)


def write_settings(settings: Settings) -> Path:
    """Write down what makes this house the one it is, unless that was done before.

    Raises:
        StoreError: It cannot be written.
    """
    file = settings.home / "cocket.toml"
    if file.exists():
        return file
    try:
        file.write_text(
            _FILE.format(origin=_quote(settings.log_origin), administration=_quote(settings.administration)), "utf-8"
        )
    except OSError as error:
        raise StoreError(f"{file} cannot be written: {error.strerror}.") from error
    return file


def _quote(text: str) -> str:
    """A TOML basic string."""
    escaped = text.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}"'
