# SPDX-License-Identifier: Apache-2.0
"""How every command speaks: JSON lines on stdout, progress and complaints on stderr."""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Annotated, Any, Protocol

import msgspec
import typer
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TaskID, TextColumn, TimeElapsedColumn

out = Console()
err = Console(stderr=True)

JsonOption = Annotated[bool, typer.Option("--json", help="Print JSON lines on stdout; progress stays on stderr.")]


def json_line(value: Any) -> None:
    """Print one value as a line of JSON, in which the bytes of a file's name stand as they are, whatever they are."""
    line = json.dumps(msgspec.to_builtins(value), ensure_ascii=False, separators=(",", ":"))
    sys.stdout.buffer.write(os.fsencode(line) + b"\n")
    sys.stdout.buffer.flush()


def shown(text: str) -> str:
    """A text for a person's screen: what would not print, or would move the cursor, is spelled out."""
    decoded = text.encode("utf-8", "surrogateescape").decode("utf-8", "backslashreplace")
    return "".join(sign if sign.isprintable() else sign.encode("unicode_escape").decode() for sign in decoded)


def complain(message: str) -> None:
    """Say one plain sentence on stderr."""
    err.print(message, style="bold red", markup=False, highlight=False, soft_wrap=True)


def note(message: str) -> None:
    """Say on stderr what is being done."""
    err.print(message, markup=False, highlight=False, soft_wrap=True)


class Step(Protocol):
    """Moves a progress bar."""

    def __call__(self, done: int, total: int | None = None) -> None:
        """Say how much is done, and of how much if that has become known."""


@contextmanager
def progress(title: str, total: int | None = None) -> Iterator[Step]:
    """A progress bar on stderr for as long as the block runs; on no terminal, one line when it ends."""
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    with Progress(*columns, console=err, transient=False) as bar:
        task: TaskID = bar.add_task(title, total=total)

        def step(done: int, total: int | None = None) -> None:
            bar.update(task, completed=done, total=total)

        yield step
