# SPDX-License-Identifier: Apache-2.0
"""Tables that leave the house as a workbook: numbers as numbers, times as times, text never as a formula."""

from __future__ import annotations

import io
from collections.abc import Iterable, Sequence
from datetime import date, datetime
from decimal import Decimal

import xlsxwriter
from xlsxwriter.worksheet import Worksheet

from cocket.exchange.tables import Cell

#: Rows that a sheet can hold, its header among them (count).
_MOST_ROWS = 1_048_576

#: Widest that a column is made (characters).
_WIDEST = 60


def write_workbook(title: str, columns: Sequence[str], rows: Iterable[Iterable[Cell]]) -> bytes:
    """Write one table as a workbook with a header line that stays and can be filtered.

    Args:
        title: Name of the sheet.
        columns: Names of the columns (1..n).
        rows: Cells of each row (0..n), as many as there are columns. Times are written in UTC, without an offset, since
            a workbook knows none; the name of the column should say so.

    Returns:
        The bytes of an `.xlsx` file; rows beyond what a sheet can hold are left out.

    Source: ISO/IEC 29500-1, Office Open XML; OWASP, CSV Injection (text is written as text).
    """
    written = io.BytesIO()
    options = {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False, "strings_to_numbers": False}
    book = xlsxwriter.Workbook(written, options)
    sheet = book.add_worksheet(title[:31], worksheet_class=_Sheet)
    bold = book.add_format({"bold": True})
    moment, day = book.add_format({"num_format": "yyyy-mm-dd hh:mm"}), book.add_format({"num_format": "yyyy-mm-dd"})
    widths = [len(name) for name in columns]
    sheet.write_row(0, 0, list(columns), bold)
    last = 0
    for last, row in enumerate(rows, start=1):
        if last >= _MOST_ROWS:
            break
        for place, cell in enumerate(row):
            if cell is None:
                continue
            widths[place] = max(widths[place], min(_WIDEST, len(str(cell))))
            if isinstance(cell, datetime):
                sheet.write_datetime(last, place, cell.replace(tzinfo=None), moment)
            elif isinstance(cell, date):
                sheet.write_datetime(last, place, datetime(cell.year, cell.month, cell.day), day)  # noqa: DTZ001  a day
            elif isinstance(cell, int | float | Decimal):
                sheet.write_number(last, place, float(cell))
            else:
                sheet.write_string(last, place, str(cell))
    sheet.freeze_panes(1, 0)
    sheet.autofilter(0, 0, last, len(columns) - 1)
    for place, width in enumerate(widths):
        sheet.set_column(place, place, width + 2)
    book.close()
    return written.getvalue()


class _Sheet(Worksheet):  # type: ignore[misc]
    """A sheet whose numbers are written as short as they read back: `9.8`, where sixteen digits would say 9.800000000000001."""

    def _xml_number_element(self, number: float, attributes: Sequence[tuple[str, str]] = ()) -> None:
        told = "".join(f' {name}="{self._escape_attributes(value)}"' for name, value in attributes)
        self.fh.write(f"<c{told}><v>{number!r}</v></c>")
