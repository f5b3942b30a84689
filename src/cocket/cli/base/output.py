# SPDX-License-Identifier: Apache-2.0
"""How every command speaks: JSON lines on stdout, progress and complaints on stderr."""

from __future__ import annotations

import json
import os
import re
import sys
from collections.abc import Collection, Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated, Any, Final, Protocol

import msgspec
import typer
from rich.cells import cell_len
from rich.console import Console, ConsoleOptions, RenderableType, RenderResult
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TaskID, TextColumn, TimeElapsedColumn
from rich.segment import Segment
from rich.table import Column, Table
from rich.text import Text

from cocket.findings import Finding, render


class Screen(Console):
    """A console on which no text steers the terminal, wherever it comes from: controls are shown by their code.

    The end of a line is left as it is; a caller who tells of a name that may hold one passes it through `shown`.
    """

    def render_str(self, text: str, **how: Any) -> Text:
        """Text, before anything that does not print is dropped from it."""
        return super().render_str(_tamed(text), **how)

    def render(self, renderable: RenderableType, options: ConsoleOptions | None = None) -> Iterable[Segment]:
        """What is written; controls are let through where they are our own."""
        for segment in super().render(renderable, options):
            yield segment if segment.control else Segment(_tamed(segment.text), segment.style)


def _tamed(text: str) -> str:
    return text if text.isprintable() else "\n".join(map(shown, text.split("\n")))


#: Cells of a word that a column may break where the screen is narrow, so that a long name does not decide the form.
_WORD: Final = 16


class Listing(Table):
    """A table that cuts nothing: ids and digests stand on one line, to be copied, and long words go on below.

    Where the screen is too narrow for its columns, every row stands as lines of its own, a name and a value each.

    Args:
        headers: Names of the columns (1..n).
        whole: Those whose values are never broken, beside `id` and `digest`.
        how: As of `rich.table.Table`.
    """

    def __init__(self, *headers: str, whole: Collection[str] = (), **how: Any) -> None:
        self._whole = frozenset(("id", "digest", *whole))
        columns = (Column(name, no_wrap=name in self._whole, overflow="fold") for name in headers)
        super().__init__(*columns, **how)

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        rows = [
            [console.render_str(str(cell)) for cell in row]
            for row in zip(*(one.cells for one in self.columns), strict=True)
        ]
        if not rows or self._needed(rows) <= options.max_width:
            yield from super().__rich_console__(console, options)
            return
        if self.title:
            yield Text(str(self.title))
        for row in rows:
            lines = Table.grid(Column(no_wrap=True, style="bold"), Column(overflow="fold"), padding=(0, 2, 0, 0))
            for column, cell in zip(self.columns, row, strict=True):
                lines.add_row(str(column.header), cell)
            yield lines
            yield ""
        if self.caption:
            yield Text(str(self.caption))

    def _needed(self, rows: list[list[Text]]) -> int:
        """The narrowest screen (cells) on which the columns can be read beside each other."""
        _, right, _, left = self.padding
        total = (left + right) * len(self.columns) + (len(self.columns) + 1 if self.box else 0)
        for column, cells in zip(self.columns, zip(*rows, strict=True), strict=True):
            header = max(map(cell_len, str(column.header).split()), default=0)
            if column.header in self._whole:
                total += max(header, *(cell_len(cell.plain) for cell in cells))
            else:
                longest = max((cell_len(word) for cell in cells for word in cell.plain.split()), default=0)
                total += max(header, min(longest, _WORD))
        return total


out = Screen()
err = Screen(stderr=True)

#: What JSON lets stand and a terminal may obey: DEL, C1 and what turns the direction of writing.
_OBEYED = re.compile("[\x7f-\x9f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069]")

HomeOption = Annotated[
    Path | None, typer.Option("--home", help="Home folder of the instance; COCKET_HOME, else var/cocket.")
]

JsonOption = Annotated[bool, typer.Option("--json", help="Print JSON lines on stdout; progress stays on stderr.")]

AlwaysJsonOption = Annotated[
    bool, typer.Option("--json", help="Understood as everywhere; what is printed is JSON without it too.")
]


class Spoken:
    """What a command has said so far, for as long as the block runs: its complaints, and whether any JSON.

    Attributes:
        complaints: Sentences on stderr, in their order.
        has_json: Whether a line of JSON went to stdout.
    """

    def __init__(self) -> None:
        self.complaints: list[str] = []
        self.has_json = False

    def __enter__(self) -> Spoken:
        _LISTENING.append(self)
        return self

    def __exit__(self, *_: object) -> None:
        _LISTENING.remove(self)


_LISTENING: list[Spoken] = []


def json_line(value: Any) -> None:
    """Print one value as a line of JSON, in which the bytes of a file's name stand as they are, whatever they are."""
    line = json.dumps(msgspec.to_builtins(value), ensure_ascii=False, separators=(",", ":"))
    line = _OBEYED.sub(lambda sign: f"\\u{ord(sign[0]):04x}", line)
    json_bytes(os.fsencode(line))


def json_bytes(line: bytes) -> None:
    """Print a line of JSON that is written already."""
    for spoken in _LISTENING:
        spoken.has_json = True
    sys.stdout.buffer.write(line + b"\n")
    sys.stdout.buffer.flush()


def sentence_of(finding: Finding) -> str:
    """What a finding says, fit for a terminal, with what was found where its sentence does not show it."""
    sentence, found = render(finding), finding.found
    hides = found is not None and found not in sentence
    return shown(f"{sentence}; found: {found[:120]}" if hides and found else sentence)


def shown(text: str) -> str:
    """A text for a person's screen: what would not print, or would move the cursor, is spelled out.

    Spaces that keep a figure beside its unit are spaces here.
    """
    decoded = text.encode("utf-8", "surrogateescape").decode("utf-8", "backslashreplace")
    decoded = decoded.replace("\u00a0", " ").replace("\u202f", " ")
    return "".join(sign if sign.isprintable() else sign.encode("unicode_escape").decode() for sign in decoded)


def print_lines(lines: Iterable[str]) -> None:
    """Print texts as they are, a line each; what would not print in them is spelled out."""
    for line in lines:
        out.print(shown(line), markup=False, highlight=False, soft_wrap=True)


def complain(message: str) -> None:
    """Say one plain sentence on stderr."""
    for spoken in _LISTENING:
        spoken.complaints.append(message)
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
