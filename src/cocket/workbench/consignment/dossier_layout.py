# SPDX-License-Identifier: Apache-2.0
"""A dossier laid out for the page: papers with short names, rows with who said it first, what happened day by day."""

from __future__ import annotations

from collections.abc import Iterable
from itertools import groupby
from typing import Final

import msgspec

from cocket.pipeline.queries.views import Cell, MessageView, PaperRow, TimelineEntry
from cocket.workbench.base.formats import Clock, money
from cocket.workbench.base.labels import PAPERS

#: Fields of the comparison that hold figures; a code looks like one but is none.
_FIGURES: Final = frozenset({"packages", "gross_mass_kg", "value"})


class Paper(msgspec.Struct, frozen=True):
    """One paper of the comparison: the message, its kind, and which version of it this is.

    Attributes:
        message: The message itself.
        kind: Its standard in words, still to be translated.
        version: None where it is the first and only one.
        holds: Whether it says what holds today: accepted, no cancellation, and no later version took its place.
    """

    message: MessageView
    kind: str
    version: int | None
    holds: bool = True


class Row(msgspec.Struct, frozen=True):
    """One field over all papers.

    Attributes:
        label: The field in words.
        cells: In the order of the papers.
        first: Place of the paper that said it first, of those that hold; None if no paper says it.
        is_unequal: Whether any paper disagrees.
        is_changed: Whether a version that was replaced said otherwise than the one that took its place.
    """

    label: str
    cells: tuple[Cell, ...]
    first: int | None
    is_unequal: bool
    is_changed: bool = False


class Names(msgspec.Struct, frozen=True):
    """Names of one kind that follow each other (1..n)."""

    kind: str
    values: tuple[str, ...]


class Happening(msgspec.Struct, frozen=True):
    """Things of the same kind in a row: one, or several looks folded together (1..n)."""

    entries: tuple[TimelineEntry, ...]


class Day(msgspec.Struct, frozen=True):
    """What happened on one day, oldest first."""

    name: str
    happenings: tuple[Happening, ...]


def papers_of(messages: tuple[MessageView, ...]) -> tuple[Paper, ...]:
    """The messages with the names they have as column heads."""
    kinds = [message.standard for message in messages]
    return tuple(
        Paper(
            message,
            PAPERS.get(message.standard or "", message.standard or "?"),
            message.version if message.version > 1 or kinds.count(message.standard) > 1 else None,
            _holds(message, messages),
        )
        for message in messages
    )


def _holds(message: MessageView, among: tuple[MessageView, ...]) -> bool:
    if message.outcome != "accepted" or message.function == "cancellation":
        return False
    name = (message.sender, message.standard, message.reference)
    return not any(
        (one.sender, one.standard, one.reference) == name
        and one.version > message.version
        and one.outcome == "accepted"
        for one in among
    )


def rows_of(rows: tuple[PaperRow, ...], papers: tuple[Paper, ...]) -> tuple[Row, ...]:
    """The rows, each with the paper that said it first."""
    return tuple(
        Row(
            row.label,
            tuple(_written(row, cell) for cell in row.cells),
            row.first,
            any(cell.differs for cell in row.cells),
            _is_changed(row, papers),
        )
        for row in rows
    )


def _is_changed(row: PaperRow, papers: tuple[Paper, ...]) -> bool:
    holding = {_name(paper): cell.text for paper, cell in zip(papers, row.cells, strict=False) if paper.holds}
    return any(
        cell.text != holding[_name(paper)]
        for paper, cell in zip(papers, row.cells, strict=False)
        if not paper.holds and paper.message.outcome == "accepted" and _name(paper) in holding
    )


def _name(paper: Paper) -> tuple[str, str | None, str | None]:
    """By what versions of one paper are known."""
    return paper.message.sender, paper.message.standard, paper.message.reference


def _written(row: PaperRow, cell: Cell) -> Cell:
    """The cell as people write it: figures in groups, currency first; words as they came."""
    is_figure = row.name in _FIGURES and cell.text is not None
    return msgspec.structs.replace(cell, text=money(cell.text)) if is_figure else cell


def names_of(references: tuple[tuple[str, str], ...]) -> tuple[Names, ...]:
    """Every name of a consignment, those of one kind together."""
    return tuple(
        Names(kind, tuple(value for _, value in together))
        for kind, together in groupby(references, lambda reference: reference[0])
    )


def days_of(timeline: tuple[TimelineEntry, ...], clock: Clock) -> tuple[Day, ...]:
    """What happened, day by day in the reader's time zone; looks that follow each other are folded."""

    def day(entry: TimelineEntry) -> str:
        return clock.date(entry.at.date()) if entry.is_day else clock.day(entry.at)

    return tuple(Day(name, _folded(entries)) for name, entries in groupby(timeline, day))


def _folded(entries: Iterable[TimelineEntry]) -> tuple[Happening, ...]:
    folded: list[Happening] = []
    for is_look, run in groupby(entries, lambda entry: entry.code == "looked"):
        together = tuple(run)
        folded += [Happening(together)] if is_look else [Happening((entry,)) for entry in together]
    return tuple(folded)
