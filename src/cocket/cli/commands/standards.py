# SPDX-License-Identifier: Apache-2.0
"""`cocket standards`: what the interpreters read with, made from what standards bodies publish."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from cocket.cli.base.files import read_file
from cocket.cli.base.output import JsonOption, json_line
from cocket.errors import StoreError
from cocket.standards.edifact import MESSAGES, tables_of

app = typer.Typer(name="standards", no_args_is_help=True, help="Tables of standards, built from official publications.")


@app.command("edifact-directory")
def edifact_directory(
    file: Annotated[Path, typer.Argument(metavar="FILE", help="The directory's zip, as published.")],
    target: Annotated[
        Path | None, typer.Option("--out", metavar="FILE", help="File to write to; else standard output.")
    ] = None,
    json_lines: JsonOption = False,
) -> None:
    """Make tables of a UN/EDIFACT directory; nothing is looked up anywhere.

    Read with them by `cocket check --profile FILE.edifact`. With --json the tables stand in the line, unless they went to
    a file. Exit 2: the file cannot be opened or is not a directory.

    Examples:
        cocket standards edifact-directory d25a.zip --out d25a.edifact
    """
    data = read_file(file)
    tables = tables_of(data, MESSAGES)
    if target is not None:
        try:
            target.write_text(tables, encoding="utf-8")
        except OSError as error:
            raise StoreError(f"{target} cannot be written: {error.strerror or error}.") from error
    messages, segments = tables.count("message "), tables.count("segment ")
    if json_lines:
        said = {"file": str(file), "messages": messages, "segments": segments, "out": target and str(target)}
        json_line({**said, "tables": tables if target is None else None})
    elif target is None:
        typer.echo(tables, nl=False)
    else:
        typer.echo(f"{messages} messages, {segments} segments: {target}")
