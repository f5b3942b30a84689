# SPDX-License-Identifier: Apache-2.0
"""Tables in which a host tells its lanes and its examination results: CSV with a header line."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Callable, Collection, Iterator, Mapping
from datetime import UTC, datetime, timedelta
from decimal import Decimal, InvalidOperation
from typing import Any, get_args

from cocket.control.results import Depth
from cocket.errors import SenderError
from cocket.findings import Finding
from cocket.model import HostDecision, Reference
from cocket.pipeline.consignment.outcomes import HostRow

#: Columns that name a declaration at its host. Both kinds of table carry them.
KEY = ("office", "year", "serial", "number")

#: Columns of which such a table has one at least.
SAYS = ("lane", "found", "depth")

_LANES = {"red", "yellow", "blue", "green"}
#: What each part of a declaration's name looks like.
_SHAPES = {
    "office": re.compile(r"[0-9A-Za-z][0-9A-Za-z._-]{0,29}"),
    "year": re.compile(r"(19|2[0-9])[0-9]{2}"),
    "serial": re.compile(r"[0-9A-Za-z]{1,10}"),
    "number": re.compile(r"[0-9A-Za-z-]{1,30}"),
}

#: Longest text (characters); amounts are smaller, and no finer (decimals).
_LONGEST_TEXT, _MOST, _FINEST = 2000, Decimal(10) ** 18, 10

#: Years that a decision or a result may be of.
_YEARS = range(1900, 2200)

#: A time so far ahead of this machine's clock deserves a word; one without a zone may be local anywhere on earth.
_AHEAD, _AHEAD_WITHOUT_ZONE = timedelta(minutes=5), timedelta(hours=14, minutes=5)

#: Criteria by which a host says that chance chose a declaration, unless a mapping names others.
RANDOM_CRITERIA = ("RANDOM",)

_CRITERION = re.compile(r"[;,|]")

_TRUE = {"1", "true", "yes", "y"}
_FALSE = {"0", "false", "no", "n"}


def first_line(data: bytes) -> str:
    """The first line of what may be a table, as far as a header can reach."""
    return data[:4096].decode("utf-8", "replace").partition("\n")[0]


def is_table(header: str) -> bool:
    """Whether a first line is that of a table of host decisions."""
    return not lacking(header)


def lacking(header: str) -> list[str]:
    """What a first line has not that a table of host decisions needs (0..5), such as `year` or `lane, found or depth`."""
    columns = {name.strip().lower() for name in header.lstrip("\ufeff").split(",")}
    missing = [name for name in KEY if name not in columns]
    return missing if columns & set(SAYS) else [*missing, f"{', '.join(SAYS[:-1])} or {SAYS[-1]}"]


def read_table(data: bytes, name: str = "") -> tuple[list[HostRow], list[Finding]]:
    """Read a table of lanes or results.

    Args:
        data: CSV in UTF-8 with a header; columns `office,year,serial,number` and any of `lane`, `override`,
            `override_reason`, `decided`, `criteria`, `propensity`, `depth`, `found`, `offence`, `duty_recovered`, `currency`, `returned`.
        name: What the table is called; "" if nothing.

    Returns:
        Rows in order (0..n), and findings (0..n) for the rows that were left out or have a time to come.

    Raises:
        SenderError: It is not such a table.
    """
    text = data.decode("utf-8-sig", "surrogateescape")
    if not is_table(text.partition("\n")[0]):
        raise SenderError(
            "Not a table of host decisions.", code="table-columns", expected=",".join(KEY) + " and lane or found"
        )
    findings: list[Finding] = []
    rows: list[HostRow] = []
    reader = csv.DictReader(io.StringIO(text, newline=""))
    for line, cells in _each_row(reader, name, findings):
        told = {(column or "").strip().lower(): (value or "").strip() for column, value in cells.items()}
        if all(value.lower() == column for column, value in told.items()):
            findings.append(_header_again(f"{name} line {line}".strip(), f"{line}:1"))
            continue
        rows.extend(read_row(told, f"{name} line {line}".strip(), findings, location=f"{line}:1"))
    return rows, findings


def _header_again(place: str, location: str) -> Finding:
    return Finding(
        code="table-header-again",
        severity="warning",
        message="{place} repeats the header and was skipped",
        location=location,
        arguments={"place": place},
    )


def _each_row(
    reader: csv.DictReader[str], name: str, findings: list[Finding]
) -> Iterator[tuple[int, dict[str, str | None]]]:
    """Rows that are whole, each with its line; each of the others becomes a finding."""
    while True:
        problem = ""
        try:
            cells = next(reader)
        except StopIteration:
            return
        except csv.Error as error:
            cells, problem = {}, str(error)
        further = cells.pop(None, None)
        if any(map(str.strip, further or ())):
            problem = "it has more cells than the header"
        if not problem:
            yield reader.reader.line_num, cells
            continue
        place = f"{name} line {reader.reader.line_num}".strip()
        findings.append(
            Finding(
                code="table-row",
                severity="error",
                message="{place} was left out: {found}",
                found=problem,
                location=f"{reader.reader.line_num}:1",
                arguments={"place": place},
            )
        )


def read_row(
    cells: Mapping[str, str],
    place: str,
    findings: list[Finding],
    *,
    location: str | None = None,
    is_whole: bool = True,
    random: Collection[str] = RANDOM_CRITERIA,
) -> list[HostRow]:
    """Read one row of what a host decided.

    Args:
        cells: Text by name of column, "" or missing where there is none; names are those of `read_table`.
        place: Where the row stands, for people.
        findings: Takes an error for each cell that cannot be read, and a warning for each time to come.
        location: Where the row stands in its file, `line:column`; None if in none.
        is_whole: Whether a row is taken whole or not at all; otherwise a cell that cannot be read is told and stays
            unknown, but for the time of return, which nothing may stand in for.
        random: Criteria that mean that chance chose; case does not matter.

    Returns:
        The row; none if it names no declaration, or if a cell that it needs cannot be read.
    """
    words = frozenset(one.casefold() for one in random)
    return _Row(cells, place, findings, location, (is_whole, words)).read()


def row_not_kept(place: str, why: str) -> Finding:
    """What is said of a row that was read and cannot be kept."""
    return Finding(
        code="host-row-not-kept",
        severity="error",
        message="{place} {why}",
        arguments={"place": place, "why": why},
    )


class _Row:
    def __init__(
        self,
        cells: Mapping[str, str],
        place: str,
        findings: list[Finding],
        location: str | None,
        how: tuple[bool, frozenset[str]],
    ) -> None:
        self._cells = cells
        self._place = place
        self._findings = findings
        self._location = location
        self._is_whole, self._random = how
        self._is_readable = True

    def read(self) -> list[HostRow]:
        parts = [self._cells.get(name, "") for name in KEY]
        if not all(parts):
            missing = ", ".join(name for name, part in zip(KEY, parts, strict=True) if not part)
            self._note("table-key-missing", "{place} does not identify a declaration: {found} is empty", missing)
            return []
        strange = [name for name in KEY if not _SHAPES[name].fullmatch(self._cells[name])]
        if strange:
            said = "{place} was left out: {found} is not a {column} of a declaration"
            self._note("table-key-unreadable", said, self._cells[strange[0]], column=strange[0])
            return []
        row = self._read_words("/".join(parts))
        return [row] if self._is_readable else []

    def _read_words(self, name: str) -> HostRow:
        """What the row says of a declaration; worth something only if all of it was readable."""
        depth = self._value("depth", _depth)
        found = self._value("found", _flag)
        tells_result = depth is not None or found is not None
        is_examined = (found is not None if depth is None else depth != "not-examined") if tells_result else None
        decision = HostDecision(
            lane=self._value("lane", _lane),
            override=self._value("override", _lane),
            override_reason=self._value("override_reason", _words),
            found=found if is_examined else None,
            offence=self._value("offence", _words),
            duty_recovered=self._value("duty_recovered", _amount),
            decided=self._moment("decided"),
            is_random=self._value("criteria", self._is_random),
            chance=self._value("propensity", _chance),
        )
        returned = self._moment("returned")
        return HostRow(
            reference=Reference("SAD", name),
            decision=decision,
            returned=returned if tells_result else None,
            is_examined=is_examined,
            depth=depth,
            currency=self._value("currency", _words),
        )

    def _value(self, name: str, read: Callable[[str], Any]) -> Any:
        text = self._cells.get(name, "")
        if not text:
            return None
        try:
            return read(text)
        except (ValueError, InvalidOperation):
            if name != "propensity":  # a chance that cannot be read is one that is not known
                self._is_readable &= not (self._is_whole or name == "returned")
            said = "{place}: {column} is not readable: {found}"
            left_out = "{place} was left out: {column} is not readable: {found}"
            self._note("table-value", said if self._is_readable else left_out, text, column=name)
            return None

    def _moment(self, name: str) -> datetime | None:
        """A time; one to come is taken, with a warning: a clock is wrong, theirs or ours."""
        moment: datetime | None = self._value(name, _time)
        has_zone = moment is not None and _has_zone(self._cells.get(name, ""))
        if moment is not None and moment - datetime.now(UTC) > (_AHEAD if has_zone else _AHEAD_WITHOUT_ZONE):
            said = (
                "{place}: {column} is ahead of this machine's clock: {found}; it was used. Check which clock is wrong."
            )
            self._note("table-time-ahead", said, self._cells[name], column=name)
        return moment

    def _is_random(self, text: str) -> bool:
        """Whether one of the criteria that chose it is chance."""
        return any(one.strip().casefold() in self._random for one in _CRITERION.split(_words(text)))

    def _note(self, code: str, message: str, found: str, **arguments: str) -> None:
        self._findings.append(
            Finding(
                code=code,
                severity="error" if self._is_whole and code != "table-time-ahead" else "warning",
                message=message,
                found=found[:200],
                location=self._location,
                arguments={"place": self._place, **arguments},
            )
        )


def _lane(text: str) -> str:
    lane = text.lower()
    if lane not in _LANES:
        raise ValueError(text)
    return lane


def _depth(text: str) -> str:
    depth = text.lower()
    if depth not in get_args(Depth):
        raise ValueError(text)
    return depth


def _flag(text: str) -> bool:
    lowered = text.lower()
    if lowered not in _TRUE | _FALSE:
        raise ValueError(text)
    return lowered in _TRUE


def _amount(text: str) -> str:
    amount = Decimal(text)
    if not amount.is_finite() or abs(amount) >= _MOST or amount.as_tuple().exponent < -_FINEST:  # type: ignore[operator]
        raise ValueError(text)
    return str(amount)


def _chance(text: str) -> float | None:
    """A chance above 0, at most 1; 0 of what was chosen is one that is not known."""
    chance = float(Decimal(text))
    if not 0.0 <= chance <= 1.0:
        raise ValueError(text)
    return chance or None


def _words(text: str) -> str:
    text.encode()  # fails where bytes were not UTF-8
    if len(text) > _LONGEST_TEXT or "\0" in text:
        raise ValueError(text)
    return text


def _time(text: str) -> datetime:
    """ISO 8601; a time without an offset is the host's own clock, taken as UTC."""
    time = datetime.fromisoformat(text)
    time = time if time.tzinfo else time.replace(tzinfo=UTC)
    if not _YEARS.start <= time.year < _YEARS.stop:
        raise ValueError(text)
    return time


def _has_zone(text: str) -> bool:
    return datetime.fromisoformat(text).tzinfo is not None
