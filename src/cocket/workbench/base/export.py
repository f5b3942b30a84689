# SPDX-License-Identifier: Apache-2.0
"""Tables for spreadsheets: the queue, and the places of a journey, safe against cells that would run as a formula."""

from __future__ import annotations

from collections.abc import Iterable
from decimal import Decimal
from typing import Final

from cocket.exchange.tables import Cell, write_table
from cocket.pipeline.control.views import ConsignmentView
from cocket.pipeline.tracking.views import FixView
from cocket.workbench.base.languages import Language
from cocket.workbench.base.rendering import sentence

COLUMNS: Final = (
    "id", "title", "office", "trader", "goods", "equipment", "value", "received",
    "advice", "host_lane", "is_random", "score", "status", "reason_1", "reason_2", "reason_3",
)  # fmt: skip
FIX_COLUMNS: Final = (
    "device", "time", "received_at", "latitude", "longitude", "speed_m_s", "course_deg", "along_m", "aside_m", "event",
)  # fmt: skip
_REASONS: Final = 3


def write_csv(lines: Iterable[ConsignmentView], language: Language) -> str:
    """One row a consignment under a header row; times in ISO 8601, UTC.

    Source: RFC 4180; OWASP, CSV injection (a leading quote keeps the cell text).
    """
    return write_table(COLUMNS, (_cells(line, language) for line in lines))


def write_fixes(fixes: Iterable[FixView]) -> str:
    """One row a fix under a header row; times in ISO 8601, UTC; what is not known is empty."""
    return write_table(FIX_COLUMNS, map(_fix_cells, fixes))


def _fix_cells(fix: FixView) -> list[Cell]:
    told = (fix.lat, fix.lon, fix.speed_m_s, fix.course_deg, fix.along_m, fix.aside_m)
    figures = [None if value is None else Decimal(f"{value:.10g}") for value in told]
    return [fix.device, fix.time, fix.received_at, *figures, fix.event]


def _cells(line: ConsignmentView, language: Language) -> list[Cell]:
    advice, order = line.advice, line.order
    reasons = [sentence(reason, language) for reason in advice.reasons[:_REASONS]] if advice else []
    known = [line.id, line.title, line.office, line.trader, line.goods, line.equipment, line.value]
    chance = {True: "yes", False: "no", None: None}  # None: not disclosed to this reader
    advised = [advice.lane, advice.host_lane, chance[advice.is_random]] if advice else [None] * 3
    score = None if advice is None or advice.score is None else Decimal(f"{advice.score:.3f}")
    row = [*known, line.received, *advised, score, order.status if order else None, *reasons]
    return [*row, *[None] * (_REASONS - len(reasons))]
