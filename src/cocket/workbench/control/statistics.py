# SPDX-License-Identifier: Apache-2.0
"""The director's page: our advice, the host and chance at equal effort, and what was found; as a page and as a workbook."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import date
from functools import partial
from typing import Any, Final

from fastapi import APIRouter
from starlette.responses import Response

from cocket.pipeline.base import kept
from cocket.pipeline.base.kept import StillMeasuringError
from cocket.pipeline.risk.effort_figures import days_of
from cocket.risk import fairness as treatment
from cocket.risk.effort import of_hundred
from cocket.risk.estimate import FIRST_DRAWS
from cocket.workbench.base import given
from cocket.workbench.base.guard import SignedIn
from cocket.workbench.base.visits import XLSX
from cocket.workbench.control import effort_charts as charts
from cocket.workbench.control import effort_labels as effort
from cocket.workbench.control import labels as examining

routes = APIRouter()

#: Longest sum that is shown; nothing bounds an infinite one.
_ENDLESS: Final = float("inf")


@routes.get("/statistics")
def statistics(
    visit: SignedIn,
    officer_acts: given.OfficerActs,
    records: given.Records,
    figures: given.Figures,
    fairness: given.Fairness,
    rules: given.Rules,
    since: str = "",
    until: str = "",
    by: str = "office",
    again: bool = False,
) -> Response:
    """Figures of some days, all of the same; without any of the last year."""
    asked = _day(since), _day(until)
    days = days_of(*asked)
    view, stats, counted, treated = _together(
        [
            partial(figures.figures, visit.principal, *asked, again=again),
            partial(records.stats, visit.principal, *days, again=again),
            partial(officer_acts.count_results, visit.principal, *days, again=again),
            partial(fairness.fairness, visit.principal, *days, again=again),
        ]
    )
    ends = charts.endings_of(rules.written(visit.principal), view.until) if visit.may("rule:read") else ()
    return visit.page(
        "control/statistics",
        stats=stats,
        counted=counted,
        examining=examining,
        view=view,
        fairness=treated,
        treatment=treatment,
        effort=effort,
        charts=charts,
        ends=ends,
        by=by if by in effort.TABS and (by != "officer" or view.officers is not None) else "office",
        hundred=of_hundred,
        first_draws=FIRST_DRAWS,
        endless=_ENDLESS,
    )


@routes.get("/statistics.xlsx")
def workbook(visit: SignedIn, figures: given.Figures, since: str = "", until: str = "") -> Response:
    """The same figures as a workbook."""
    view = figures.figures(visit.principal, _day(since), _day(until))
    name = f"figures-{view.since:%Y%m%d}-{view.until:%Y%m%d}.xlsx"
    headers = {"content-disposition": f'attachment; filename="{name}"'}
    return Response(effort.write_xlsx(view), media_type=XLSX, headers=headers)


def _together(asks: Iterable[Callable[..., Any]]) -> list[Any]:
    """What a page is made of; where a part of it is still being measured, the others are begun as well.

    Raises:
        StillMeasuringError: A part is not there yet.
    """
    found, waits, patience = [], None, kept.PATIENCE
    for ask in asks:
        try:
            found.append(ask(patience=patience))
        except StillMeasuringError as error:
            waits, patience = waits or error, 0.0
    if waits is not None:
        raise waits
    return found


def _day(text: str) -> date | None:
    try:
        return date.fromisoformat(text) if text else None
    except ValueError:
        return None
