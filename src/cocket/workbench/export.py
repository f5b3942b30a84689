# SPDX-License-Identifier: Apache-2.0
"""The queue as a table for spreadsheets, safe against cells that a spreadsheet would run as a formula."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable
from typing import Final

from cocket.pipeline.views import ConsignmentView
from cocket.workbench.languages import Language
from cocket.workbench.rendering import sentence

COLUMNS: Final = (
    "id", "title", "office", "trader", "goods", "equipment", "value", "received",
    "advice", "host_lane", "is_random", "score", "status", "reason_1", "reason_2", "reason_3",
)  # fmt: skip
_STARTS_FORMULA: Final = ("=", "+", "-", "@", "\t", "\r", "\n")
_REASONS: Final = 3


def write_csv(lines: Iterable[ConsignmentView], language: Language) -> str:
    """One row a consignment under a header row; times in ISO 8601, UTC.

    Source: RFC 4180; OWASP, CSV injection (a leading quote keeps the cell text).
    """
    written = io.StringIO()
    table = csv.writer(written)
    table.writerow(COLUMNS)
    for line in lines:
        table.writerow([_safe(cell) for cell in _cells(line, language)])
    return written.getvalue()


def _cells(line: ConsignmentView, language: Language) -> list[str]:
    advice, order = line.advice, line.order
    reasons = [sentence(reason, language) for reason in advice.reasons[:_REASONS]] if advice else []
    known = [line.id, line.title, line.office, line.trader, line.goods, str(line.equipment), line.value]
    chance = {True: "yes", False: "no", None: None}  # None: not disclosed to this reader
    advised = [advice.lane, advice.host_lane, chance[advice.is_random]] if advice else [None] * 3
    score = "" if advice is None or advice.score is None else f"{advice.score:.3f}"
    row = [*known, line.received.isoformat(), *advised, score, order.status if order else None, *reasons]
    return [cell or "" for cell in row] + [""] * (_REASONS - len(reasons))


def _safe(cell: str) -> str:
    return f"'{cell}" if cell.startswith(_STARTS_FORMULA) else cell
