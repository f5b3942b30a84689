# SPDX-License-Identifier: Apache-2.0
"""Tables in which a host tells its lanes and its examination results: CSV with a header line."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from decimal import Decimal, InvalidOperation
from typing import Any, get_args

from cocket.control.results import Depth
from cocket.errors import SenderError
from cocket.findings import Finding
from cocket.model import HostDecision, Reference
from cocket.pipeline import HostRow

#: Columns that name a declaration at its host. Both kinds of table carry them.
KEY = ("office", "year", "serial", "number")

_LANES = {"red", "yellow", "blue", "green"}
_TRUE = {"1", "true", "yes", "y"}
_FALSE = {"0", "false", "no", "n"}


def is_table(header: str) -> bool:
    """Whether a first line is that of a table of host decisions."""
    columns = {name.strip().lower() for name in header.lstrip("\ufeff").split(",")}
    return columns.issuperset(KEY) and bool(columns & {"lane", "found", "depth"})


def read_table(data: bytes, name: str = "") -> tuple[list[HostRow], list[Finding]]:
    """Read a table of lanes or results.

    Args:
        data: CSV in UTF-8 with a header; columns `office,year,serial,number` and any of `lane`, `override`,
            `override_reason`, `decided`, `depth`, `found`, `offence`, `duty_recovered`, `currency`, `returned`.
        name: What the table is called; "" if nothing.

    Returns:
        Rows in order (0..n), and findings (0..n) for the rows that were left out or read in part.

    Raises:
        SenderError: It is not such a table.
    """
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise SenderError("The table is not UTF-8.", code="table-encoding", pointer=f"byte {error.start}") from error
    if not is_table(text.partition("\n")[0]):
        raise SenderError(
            "Not a table of host decisions.", code="table-columns", expected=",".join(KEY) + " and lane or found"
        )
    rows: list[HostRow] = []
    findings: list[Finding] = []
    try:
        for number, cells in enumerate(csv.DictReader(io.StringIO(text)), start=2):
            told = {
                (name or "").strip().lower(): (value or "").strip()
                for name, value in cells.items()
                if not isinstance(value, list)
            }
            rows.extend(read_row(told, f"{name} line {number}".strip(), findings, location=f"{number}:1"))
    except csv.Error as error:
        raise SenderError(f"The table is not CSV: {error}.", code="table-csv") from error
    return rows, findings


def read_row(
    cells: Mapping[str, str], place: str, findings: list[Finding], *, location: str | None = None
) -> list[HostRow]:
    """Read one row of what a host decided.

    Args:
        cells: Text by name of column, "" or missing where there is none; names are those of `read_table`.
        place: Where the row stands, for people.
        findings: Takes a warning for each cell that cannot be read, which then stays absent.
        location: Where the row stands in its file, `line:column`; None if in none.

    Returns:
        The row; none if it names no declaration.
    """
    return _Row(cells, place, findings, location).read()


class _Row:
    def __init__(self, cells: Mapping[str, str], place: str, findings: list[Finding], location: str | None) -> None:
        self._cells = cells
        self._place = place
        self._findings = findings
        self._location = location

    def read(self) -> list[HostRow]:
        parts = [self._cells.get(name, "") for name in KEY]
        if not all(parts):
            missing = ", ".join(name for name, part in zip(KEY, parts, strict=True) if not part)
            self._note("table-key-missing", "{place} names no declaration: {found} is empty", missing)
            return []
        depth = self._value("depth", _depth)
        found = self._value("found", _flag)
        tells_result = depth is not None or found is not None
        is_examined = (found is not None if depth is None else depth != "not-examined") if tells_result else None
        decision = HostDecision(
            lane=self._value("lane", _lane),
            override=self._value("override", _lane),
            override_reason=self._cells.get("override_reason") or None,
            found=found if is_examined else None,
            offence=self._cells.get("offence") or None,
            duty_recovered=self._value("duty_recovered", _amount),
            decided=self._value("decided", _time),
        )
        return [
            HostRow(
                reference=Reference("SAD", "/".join(parts)),
                decision=decision,
                returned=self._value("returned", _time) if tells_result else None,
                is_examined=is_examined,
                depth=depth,
                currency=self._cells.get("currency") or None,
            )
        ]

    def _value(self, name: str, read: Callable[[str], Any]) -> Any:
        text = self._cells.get(name, "")
        if not text:
            return None
        try:
            return read(text)
        except (ValueError, InvalidOperation):
            self._note("table-value", "{place}: {column} is not readable: {found}", text, column=name)
            return None

    def _note(self, code: str, message: str, found: str, **arguments: str) -> None:
        self._findings.append(
            Finding(
                code=code,
                severity="warning",
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
    if not amount.is_finite():
        raise ValueError(text)
    return str(amount)


def _time(text: str) -> datetime:
    """ISO 8601; a time without an offset is the host's own clock, taken as UTC."""
    time = datetime.fromisoformat(text)
    return time if time.tzinfo else time.replace(tzinfo=UTC)
