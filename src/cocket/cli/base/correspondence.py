# SPDX-License-Identifier: Apache-2.0
"""What the commands of contests and questions share: lists with what is overdue, papers written to files, and refusals."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import date
from pathlib import Path
from typing import Annotated, Any

import typer

from cocket.cli.base.output import complain, json_line, out, print_lines, shown
from cocket.errors import SenderError
from cocket.findings import render
from cocket.findings.words import counted

ClosedOption = Annotated[bool, typer.Option("--closed", help="Closed ones instead of those that wait.")]
RecordArgument = Annotated[str, typer.Argument(metavar="RECORD", help="Record of the paper, as show names it.")]
OutOption = Annotated[Path, typer.Option("--out", help="File to write.")]


def print_list(found: Any, line: Callable[[Any], str], kind: str, *, is_closed: bool, json_lines: bool) -> None:
    """Print a list of contests or questions, what `line` says of each; exit 1 if any is overdue."""
    if json_lines:
        for one in found.lines:
            json_line(one)
    elif not found.lines:
        out.print(f"No {kind} is closed." if is_closed else f"No {kind} waits for an answer.")
    else:
        print_lines(line(one) for one in found.lines)
        if found.has_more:
            out.print("There are more than are shown here.", highlight=False)
    if found.overdue:
        raise typer.Exit(1)


def due_words(due: date, *, is_overdue: bool, law: str = "") -> str:
    """Until when an answer is due, by which law if one says it, and whether that is past."""
    return f"answer due {due}{f' ({law})' if law else ''}{': OVERDUE' if is_overdue else ''}"


def write_paper(kind: str, names: tuple[str, str], content: bytes, file: Path, *, json_lines: bool) -> None:
    """Write a paper to a file, and say so; `names` are the ids of what it belongs to and of its record."""
    file.write_bytes(content)
    if json_lines:
        json_line({kind: names[0], "record": names[1], "out": str(file), "bytes": len(content)})
        return
    out.print(f"{file}: {counted(len(content), 'byte')}.", markup=False, highlight=False, soft_wrap=True)


@contextmanager
def refusals_said() -> Iterator[None]:
    """Say the findings of a refusal, a line each, and exit 1; a refusal without findings goes on."""
    try:
        yield
    except SenderError as error:
        if not error.findings:
            raise
        for finding in error.findings:
            complain(shown(render(finding)))
        raise typer.Exit(1) from error
