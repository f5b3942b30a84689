# SPDX-License-Identifier: Apache-2.0
"""Tables for spreadsheets: the queue, and the places of a journey, safe against cells that would run as a formula."""

from __future__ import annotations

from collections.abc import Iterable
from decimal import Decimal
from typing import Final

from cocket.control.work_order import worth_of
from cocket.exchange.tables import Cell, write_table
from cocket.exchange.workbooks import write_workbook
from cocket.pipeline.control.views import ConsignmentView
from cocket.pipeline.queries.views import GoodsView
from cocket.pipeline.tracking.views import FixView
from cocket.risk.suspicion import NAMES, about
from cocket.workbench.base.languages import Language
from cocket.workbench.base.rendering import sentence

#: A line of the queue with what its declaration says of the goods.
Exported = tuple[ConsignmentView, GoodsView]

COLUMNS: Final = (
    "id", "title", "office", "trader", "goods", "hs", "containers", "equipment", "value", "currency", "duty", "duty_currency",
    "duty_basis", "received_utc",
    "advice", "override", "host_lane", "is_random", "score", "look_for", "because_1", "because_2", "at_stake",
    "at_stake_currency", "at_stake_basis", "found_in", "found_of", "chance_times_stake", "status", "examiner", "due_utc",
)  # fmt: skip
FIX_COLUMNS: Final = (
    "device", "time", "received_at", "latitude", "longitude", "speed_m_s", "course_deg", "along_m", "aside_m", "event",
)  # fmt: skip


def write_csv(lines: Iterable[Exported], language: Language) -> str:
    """One row a consignment under a header row; times in ISO 8601, UTC.

    Source: RFC 4180; OWASP, CSV injection (a leading quote keeps the cell text).
    """
    return write_table(COLUMNS, (_cells(line, language) for line in lines))


def write_xlsx(lines: Iterable[Exported], language: Language) -> bytes:
    """The same as a workbook, with numbers as numbers and times as times."""
    return write_workbook("queue", COLUMNS, (_cells(line, language) for line in lines))


def write_fixes(fixes: Iterable[FixView]) -> str:
    """One row a fix under a header row; times in ISO 8601, UTC; what is not known is empty."""
    return write_table(FIX_COLUMNS, map(_fix_cells, fixes))


def _fix_cells(fix: FixView) -> list[Cell]:
    told = (fix.lat, fix.lon, fix.speed_m_s, fix.course_deg, fix.along_m, fix.aside_m)
    figures = [None if value is None else Decimal(f"{value:.10g}") for value in told]
    return [fix.device, fix.time, fix.received_at, *figures, fix.event]


def _cells(line: Exported, language: Language) -> list[Cell]:
    shown, goods = line
    advice, order = shown.advice, shown.order
    head = advice.head if advice else None
    value, currency = _amount(shown.value)
    chance = {True: "yes", False: "no", None: None}  # None: not disclosed to this reader
    known: list[Cell] = [shown.id, shown.title, shown.office, shown.trader, shown.goods]
    known += [" ".join(goods.hs) or None, " ".join(goods.containers) or None, shown.equipment]
    basis_of_duty = None if goods.duty is None else "computed" if goods.is_computed else "declared"
    known += [value, currency, goods.duty, goods.duty_currency, basis_of_duty, shown.received]
    advised: list[Cell] = [None] * 5
    if advice is not None:
        score = None if advice.score is None else Decimal(f"{advice.score:.3f}")
        advised = [advice.lane, advice.override, advice.host_lane, chance[advice.is_random], score]
    told: list[Cell] = [None] * 9
    if advice is not None and head is not None:
        because = [sentence(fact, language) for fact in advice.because]
        suspected = None
        if head.suspicion is not None:
            suspected = f"{language.translate(NAMES[head.suspicion.kind])}: {sentence(head.suspicion, language)}"
        stake, is_about = None if head.stake.amount is None else Decimal(head.stake.amount), head.stake.is_about
        basis = None if stake is None else "estimated" if is_about else "computed"
        of, out_of = (head.likely.of, head.likely.out_of) if head.likely else (None, None)
        worth = None if stake is None or head.likely is None else Decimal(f"{worth_of(head.likely, head.stake):.2f}")
        told = [suspected, *because, *[None] * (2 - len(because))]
        told += [
            about(stake) if stake is not None and is_about else stake,
            head.stake.currency,
            basis,
            of,
            out_of,
            worth,
        ]
    ordered = [order.status, order.examiner, order.due] if order else [None] * 3
    return [*known, *advised, *told, *ordered]


def _amount(text: str | None) -> tuple[Decimal | None, str | None]:
    """Amount and currency of a value as a line has it."""
    parts = (text or "").split()
    number = next((part for part in parts if part.replace(".", "", 1).isdigit()), None)
    return (Decimal(number) if number else None), next((part for part in parts if part.isalpha()), None)
