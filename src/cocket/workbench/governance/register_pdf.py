# SPDX-License-Identifier: Apache-2.0
"""Documents of the accountability kit as PDF: the same points as their pages."""

from __future__ import annotations

from typing import Final

from cocket.governance.accountability import Document, Facts, Table, stands_on
from cocket.workbench.base.pdf import Cell, Sheet

#: Share of the width of the first column of a table; the others share the rest.
_FIRST: Final = 0.2

#: Sizes of letters (points).
_TITLE, _POINT, _LINE, _SMALL = 14.0, 10.5, 9.0, 7.5


def write_document(document: Document, facts: Facts) -> bytes:
    """A document as PDF, the same for the same facts and answers.

    Raises:
        SettingsError: The package that writes PDF is not installed.
    """
    foot = f"SHA-256 of all facts: {facts.digest}"
    sheet = Sheet((foot,))
    sheet.text(document.title, size=_TITLE, face="bold")
    for line in (*stands_on(facts), *document.basis):
        sheet.text(line, size=_LINE)
    sheet.text(f"{len(document.open)} of {len(document.points)} points are open.", size=_LINE, face="bold")
    for point in document.points:
        sheet.skip(8)
        sheet.room(40)
        sheet.text(f"{point.id} · {point.title}", size=_POINT, face="bold")
        sheet.text(point.stands, size=_LINE, face="bold" if point.is_open else "slanted")
        for line in point.lines:
            sheet.text(line, size=_LINE)
        for table in point.tables:
            _write_table(sheet, table)
        if point.question:
            sheet.text(f"{point.question} [{point.key}]", size=_LINE, face="slanted")
        for line in (point.answer or "").splitlines():
            sheet.text(line, size=_LINE, indent=14)
    return sheet.finish(document.title, "en")


def _write_table(sheet: Sheet, table: Table) -> None:
    sheet.skip(4)
    sheet.text(table.title, size=_LINE, face="bold")
    others = len(table.columns) - 1
    widths = [_FIRST, *([(1.0 - _FIRST) / others] * others)] if others else [1.0]
    sheet.row([Cell(((one, "bold"),)) for one in table.columns], widths, size=_SMALL)
    for row in table.rows:
        sheet.row([Cell(((one, "plain"),)) for one in row], widths, size=_SMALL)
    for line in table.cautions:
        sheet.text(line, size=_SMALL)
