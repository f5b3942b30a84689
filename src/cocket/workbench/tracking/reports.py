# SPDX-License-Identifier: Apache-2.0
"""Reports on corridors: speed and alerts by kilometre, delay by operator, where journeys stop, on a map and as tables."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal
from typing import Any, Final
from urllib.parse import quote, urlencode

from fastapi import APIRouter
from starlette.responses import Response

from cocket.exchange.tables import Cell, write_table
from cocket.pipeline import NotFoundError
from cocket.pipeline.tracking.corridor_reports import ReportOfCorridor
from cocket.tracking.corridor_report import CELL_DEG
from cocket.workbench.base import given
from cocket.workbench.base.guard import SignedIn
from cocket.workbench.base.languages import Language
from cocket.workbench.base.visits import Visit
from cocket.workbench.tracking import formats as tracking_formats
from cocket.workbench.tracking import labels as tracking_words
from cocket.workbench.tracking.map_charts import chart_of, place_features
from cocket.workbench.tracking.map_features import Feature, heat_feature

routes = APIRouter()

_DAYS: Final = 90


@routes.get("/tracking/reports")
def report(visit: SignedIn, reports: given.CorridorReports, places: given.Places) -> Response:
    """The report on one way; of the one with most journeys where none is chosen."""
    ways = reports.ways(visit.principal)
    asked = _asked(visit, ways)
    found = reports.corridor_report(visit.principal, *asked[:2], asked[2]) if asked[0] else None
    heat = list(_heat(found, visit.language)) if found else []
    fences, corridors = places.geofences(visit.principal), places.corridors(visit.principal)
    drawn = place_features(fences, corridors, visit.language)
    ends = place_features([one for one in fences if one.fence.name in asked[:2]], (), visit.language)
    called = {one.fence.name: one.fence.called for one in fences}
    return visit.page(
        "tracking/reports", ways=ways, asked=asked, found=found, chart=chart_of([*heat, *drawn], [*heat, *ends] or None),
        called=called, travelled=_travelled(found) if found else 0,
        csv=lambda part: f"/tracking/reports/{part}.csv?" + urlencode(
            {"departure": asked[0], "destination": asked[1], "days": asked[2]}
        ), said=tracking_words, shown=tracking_formats,
    )  # fmt: skip


@routes.get("/tracking/reports/{part}.csv")
def table(visit: SignedIn, reports: given.CorridorReports, part: str) -> Response:
    """One of its tables for spreadsheets: `kilometres`, `operators` or `stops`."""
    if part not in _TABLES:
        raise NotFoundError("There is no such table.")
    asked = _asked(visit, reports.ways(visit.principal))
    found = reports.corridor_report(visit.principal, *asked[:2], asked[2])
    columns, rows = _TABLES[part]
    name = quote(f"{asked[0]}-{asked[1]}-{part}.csv", safe="")
    how = {"content-disposition": f"attachment; filename*=UTF-8''{name}"}
    return Response(write_table(columns, rows(found)), media_type="text/csv; charset=utf-8", headers=how)


def _asked(visit: Visit, ways: tuple[tuple[str, str], ...]) -> tuple[str, str, int]:
    """Offices and days of the address; what it does not say is the way with most journeys, and 90 days."""
    query = visit.request.query_params
    usual = ways[0] if ways else ("", "")
    days = query.get("days", "")
    number = int(days) if days.isascii() and days.isdigit() and len(days) < 4 else _DAYS
    departure, destination = query.get("departure") or usual[0], query.get("destination") or usual[1]
    return departure[:100], destination[:100], min(max(1, number), 366)


def _heat(found: ReportOfCorridor, language: Language) -> Iterator[Feature]:
    """Cells in which journeys halted or alerts were raised, darker where it was longer or more."""
    cells = found.report.heat
    most = max((_weight(cell.halted_s, cell.alerts) for cell in cells), default=0.0)
    for cell in cells:
        halted = tracking_formats.duration(cell.halted_s, language)
        title = f"{halted} · {cell.alerts}" if cell.alerts else halted
        yield heat_feature(cell.corner, CELL_DEG, _weight(cell.halted_s, cell.alerts) / most, title)


def _travelled(found: ReportOfCorridor) -> int:
    """Stretches up to the last on which a journey was (count)."""
    return max((number for number, one in enumerate(found.report.stretches, 1) if one.journeys), default=0)


def _weight(halted_s: float, alerts: int) -> float:
    """How much a cell counts: an alert as much as an hour of standing."""
    return halted_s / 3600 + alerts


def _figure(value: float | None) -> Decimal | None:
    return None if value is None else Decimal(f"{value:.10g}")


def _kilometres(found: ReportOfCorridor) -> Iterator[list[Cell]]:
    for one in found.report.stretches:
        yield [
            _figure(one.from_km), _figure(one.to_km), one.journeys, _figure(one.speed_m_s), _figure(one.halted_s),
            one.red, one.amber,
        ]  # fmt: skip


def _operators(found: ReportOfCorridor) -> Iterator[list[Cell]]:
    for one in found.report.operators:
        yield [
            one.operator, one.journeys, one.arrived, one.late, _figure(one.delay_s), _figure(one.halted_s), one.red,
            one.amber,
        ]  # fmt: skip


def _stops(found: ReportOfCorridor) -> Iterator[list[Cell]]:
    for one in found.report.spots:
        yield [
            _figure(one.place[1]), _figure(one.place[0]), one.stops, one.journeys, _figure(one.halted_s),
            "yes" if one.is_permitted else "no",
        ]  # fmt: skip


#: Name of a table → its columns and rows.
_TABLES: Final[dict[str, tuple[tuple[str, ...], Any]]] = {
    "kilometres": (("from_km", "to_km", "journeys", "speed_m_s", "halted_s", "red", "amber"), _kilometres),
    "operators": (
        ("operator", "journeys", "arrived", "late", "delay_s", "halted_s", "red", "amber"),
        _operators,
    ),
    "stops": (("latitude", "longitude", "stops", "journeys", "halted_s", "permitted"), _stops),
}
