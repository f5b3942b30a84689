# SPDX-License-Identifier: Apache-2.0
"""Tables that leave the house as CSV: every cell quoted, and none that a spreadsheet would compute."""

from __future__ import annotations

import csv
import io
import unicodedata
from collections.abc import Iterable, Sequence
from datetime import date, time
from decimal import Decimal

#: What a cell is made of: text is guarded, a number is not; None is an empty cell.
Cell = str | int | float | Decimal | date | time | None

#: What begins a formula, in whatever width: compatibility forms are folded first. U+2212 is the minus sign.
_BEGINS_FORMULA = frozenset("=+-@\u2212")

#: What a program may drop from the beginning of a cell before it looks whether that is a formula.
_DROPPED = frozenset({"Cc", "Cf", "Zs", "Zl", "Zp"})


def write_table(columns: Sequence[str], rows: Iterable[Iterable[Cell]], *, line_end: str = "\r\n") -> str:
    """Write a table with a header line.

    Args:
        columns: Names of the columns (1..n).
        rows: Cells of each row (0..n), as many as there are columns. A number stands as it is, without an exponent;
            whether a cell is one is said by its type, never guessed from its text. Times are ISO 8601.
        line_end: What ends a line.

    Returns:
        CSV in which every cell is quoted, and in which text that would begin a formula has an apostrophe before it.

    Source: RFC 4180; OWASP, CSV Injection.
    """
    written = io.StringIO()
    table = csv.writer(written, quoting=csv.QUOTE_ALL, lineterminator=line_end)
    table.writerow(columns)
    table.writerows([_text(cell) for cell in row] for row in rows)
    return written.getvalue()


def guarded(text: str) -> str:
    """Text as a cell that no spreadsheet computes: with an apostrophe before it if it would begin a formula.

    Source: OWASP, CSV Injection.
    """
    return f"'{text}" if _is_formula(text) else text


def unguarded(cell: str) -> str:
    """The text that a cell written by `guarded` stands for: the same, for every text.

    Source: OWASP, CSV Injection.
    """
    return cell[1:] if cell.startswith("'") and _is_formula(cell[1:]) else cell


def _is_formula(text: str) -> bool:
    """Whether text begins a formula; one behind apostrophes counts too, so that reading back is exact."""
    text = text.lstrip("'")
    if text.startswith(("\t", "\r", "\n")):
        return True
    first = next((sign for sign in text if unicodedata.category(sign) not in _DROPPED), "")
    return unicodedata.normalize("NFKC", first)[:1] in _BEGINS_FORMULA and first != ""


def _text(cell: Cell) -> str:
    match cell:
        case None:
            return ""
        case bool() | str():
            return guarded(str(cell))
        case float() | Decimal():
            number = Decimal(repr(cell)) if isinstance(cell, float) else cell
            return format(number, "f") if number.is_finite() else guarded(str(number))
        case int():
            return str(cell)
        case _:
            return cell.isoformat()
