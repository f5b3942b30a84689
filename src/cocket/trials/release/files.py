# SPDX-License-Identifier: Apache-2.0
"""Stamps of another system as a table: one row a stamp; what is wrong with a row is said of that row, and the others count."""

from __future__ import annotations

import csv
import io
import re
from collections import Counter, defaultdict
from collections.abc import Iterator
from datetime import UTC, datetime, tzinfo
from typing import Any, Final

import msgspec

from cocket.errors import SenderError
from cocket.trials.release.stamps import ACTORS, KINDS, Case, Stamp

#: Columns that a table must have, and those that it may have.
NEEDED: Final = ("consignment", "kind", "at", "source")
GROUPS: Final = ("office", "lane", "mode", "regime", "aeo", "agency", "trader")
FURTHER: Final = ("actor", "announced", "cancelled", *GROUPS)

#: Rows that are read at most, and problems that are named one by one; further ones are counted alone.
MOST_ROWS: Final = 5_000_000
MOST_NAMED: Final = 10_000

#: What may be wrong with a row.
PROBLEMS: Final[dict[str, str]] = {
    "cells": "it has more or fewer cells than the header",
    "consignment": "it does not name a consignment",
    "kind": "its kind is not known",
    "moment": "its time cannot be read",
    "day-only": "it states a day without a time",
    "no-such-hour": "the clocks skipped this hour",
    "hour-twice": "this hour came twice, and no offset says which one is meant",
    "source": "it does not name a source",
    "actor": "its actor is not known; the usual one of its kind is taken",
    "yes-no": "a cell that must be yes or no is neither; it is taken as no",
    "group-differs": "it gives another group than an earlier row of its consignment; the earlier one counts",
    "lane": "its lane is none of red, yellow, blue and green; it is taken as not known",
}

#: Problems with which a row still counts.
STILL_COUNTS: Final = frozenset(("actor", "yes-no", "group-differs", "lane"))

_DAY: Final = re.compile(r"\d{4}-\d{2}-\d{2}|\d{8}")
_YES: Final = {"yes": True, "true": True, "1": True, "no": False, "false": False, "0": False, "": False}
_LANES: Final = frozenset(("red", "yellow", "blue", "green"))


class RowProblem(msgspec.Struct, frozen=True, kw_only=True):
    """What is wrong with a row.

    Attributes:
        row: Its line in the file (1-based, the header is 1).
        code: One of `PROBLEMS`.
        found: What stands there.
    """

    row: int
    code: str
    found: str


class StampFile(msgspec.Struct, frozen=True, kw_only=True):
    """What was read of a table.

    Attributes:
        rows: Rows (count).
        stamps: Rows that count (count).
        problems: What is wrong, row by row, at most `MOST_NAMED` (0..n).
        counts: Problem → rows (count).
        unknown_columns: Columns that are not looked at (0..n).
        cases: Consignments in the order of their first rows (0..n).
    """

    rows: int
    stamps: int
    problems: tuple[RowProblem, ...]
    counts: dict[str, int]
    unknown_columns: tuple[str, ...]
    cases: tuple[Case, ...]


def read_stamps(content: bytes, zone: tzinfo = UTC) -> StampFile:
    """Read a table of stamps.

    Args:
        content: CSV in UTF-8, divided by commas, semicolons or tabs, with a header: `NEEDED`, and any of `FURTHER`.
        zone: Zone of times that state no offset.

    Raises:
        SenderError: It is no such table.
    """
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise SenderError("The file is not UTF-8. Save it as CSV UTF-8.", code="stamps-encoding") from error
    if "\0" in text:
        raise SenderError("The file cannot be CSV: it holds zero bytes.", code="stamps-encoding")
    first = text.partition("\n")[0]
    divider = max(",;\t", key=first.count)
    rows = csv.reader(io.StringIO(text, newline=""), delimiter=divider)
    try:
        header = [one.strip().lower() for one in next(rows, [])]
        return _read(header, rows, zone)
    except csv.Error as error:
        raise SenderError(f"The file cannot be read as CSV: {error}.", code="stamps-csv") from error


def _read(header: list[str], rows: Any, zone: tzinfo) -> StampFile:
    missing = [name for name in NEEDED if name not in header]
    if missing:
        raise SenderError(
            f"The header lacks: {', '.join(missing)}. It needs {', '.join(NEEDED)}.",
            code="stamps-header",
            found=", ".join(header)[:200],
        )
    twice = [name for name, often in Counter(one for one in header if one in (*NEEDED, *FURTHER)).items() if often > 1]
    if twice:
        raise SenderError(f"The header names a column twice: {', '.join(twice)}.", code="stamps-header")
    reader = _Reader(header, zone)
    for row in rows:
        if any(cell.strip() for cell in row):
            reader.take(rows.line_num, row)
    return reader.finish()


class _Reader:
    """Rows as they are read."""

    def __init__(self, header: list[str], zone: tzinfo) -> None:
        self._header, self._zone = header, zone
        self._stamps: defaultdict[str, list[Stamp]] = defaultdict(list)
        self._groups: defaultdict[str, dict[str, str]] = defaultdict(dict)
        self._cancelled: set[str] = set()
        self._problems: list[RowProblem] = []
        self._counts: Counter[str] = Counter()
        self._rows = 0

    def take(self, line: int, row: list[str]) -> None:
        """Take a row in."""
        self._rows += 1
        if self._rows > MOST_ROWS:
            raise SenderError(f"The file has more than {MOST_ROWS:,} rows. Split it by month.", code="stamps-rows")
        if len(row) != len(self._header):
            self._say(line, "cells", f"{len(row)}")
            return
        cells = dict(zip(self._header, (_plain(cell.strip()) for cell in row), strict=True))
        name = cells["consignment"]
        if not name:
            self._say(line, "consignment", "")
            return
        self._take_groups(line, name, cells)
        kind = cells["kind"].lower().replace("_", "-").replace(" ", "-")
        if kind not in KINDS:
            self._say(line, "kind", cells["kind"])
            return
        if not cells["source"]:
            self._say(line, "source", "")
            return
        at = self._moment(line, cells["at"])
        if at is None:
            return
        actor = cells.get("actor", "").lower()
        if actor and actor not in ACTORS:
            self._say(line, "actor", actor)
            actor = ""
        self._stamps[name].append(
            Stamp(
                kind=kind,
                at=at,
                source=cells["source"],
                actor=actor or None,  # type: ignore[arg-type]  # one of ACTORS
                is_stated=self._flag(line, cells.get("announced", "")),
                record=f"row {line}",
            )
        )

    def _take_groups(self, line: int, name: str, cells: dict[str, str]) -> None:
        if self._flag(line, cells.get("cancelled", "")):
            self._cancelled.add(name)
        known = self._groups[name]
        for group in GROUPS:
            text = cells.get(group, "")
            if group in ("lane", "aeo"):
                text = text.lower()
            if group == "lane" and text and text not in _LANES:
                self._say(line, "lane", text)
                continue
            if text and known.setdefault(group, text) != text:
                self._say(line, "group-differs", f"{group} {text}")

    def _flag(self, line: int, text: str) -> bool:
        found = _YES.get(text.lower())
        if found is None:
            self._say(line, "yes-no", text)
        return bool(found)

    def _moment(self, line: int, text: str) -> datetime | None:
        if _DAY.fullmatch(text):
            self._say(line, "day-only", text)
            return None
        try:
            found = datetime.fromisoformat(text)
        except ValueError:
            self._say(line, "moment", text)
            return None
        if not 1900 <= found.year <= 2200:
            self._say(line, "moment", text)
            return None
        if found.tzinfo is not None:
            return found
        here = found.replace(tzinfo=self._zone)
        if here.astimezone(UTC).astimezone(self._zone).replace(tzinfo=None) != found:
            self._say(line, "no-such-hour", text)
            return None
        if here.utcoffset() != here.replace(fold=1).utcoffset():
            self._say(line, "hour-twice", text)
            return None
        return here

    def _say(self, line: int, code: str, found: str) -> None:
        self._counts[code] += 1
        if len(self._problems) < MOST_NAMED:
            self._problems.append(RowProblem(row=line, code=code, found=found[:80]))

    def finish(self) -> StampFile:
        """What was read."""
        return StampFile(
            rows=self._rows,
            stamps=sum(map(len, self._stamps.values())),
            problems=tuple(self._problems),
            counts=dict(sorted(self._counts.items())),
            unknown_columns=tuple(one for one in self._header if one not in (*NEEDED, *FURTHER)),
            cases=tuple(self._cases()),
        )

    def _cases(self) -> Iterator[Case]:
        for name, groups in self._groups.items():
            yield Case(
                id=name, stamps=tuple(self._stamps.get(name, ())), is_cancelled=name in self._cancelled, **groups
            )


def _plain(cell: str) -> str:
    """A cell without the apostrophe that keeps spreadsheets from computing it."""
    return cell[1:] if cell.startswith("'") and cell[1:2] in ("=", "+", "-", "@") else cell


def span_of(cases: tuple[Case, ...]) -> tuple[datetime, datetime] | None:
    """The first and last moment of any stamp; None without stamps."""
    moments = [stamp.at for case in cases for stamp in case.stamps]
    return (min(moments), max(moments)) if moments else None


def begun(case: Case) -> datetime | None:
    """When a consignment counts for the days of a study: its first lodgement, else its first stamp; None without stamps."""
    lodged = [stamp.at for stamp in case.stamps if stamp.kind == "lodgement" and not stamp.is_stated]
    return min(lodged or [stamp.at for stamp in case.stamps], default=None)


def within(case: Case, first: datetime, after: datetime) -> bool:
    """Whether a consignment counts for the days from a moment to before another; one without stamps always does."""
    at = begun(case)
    return at is None or first <= at < after
