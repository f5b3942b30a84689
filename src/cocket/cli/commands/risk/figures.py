# SPDX-License-Identifier: Apache-2.0
"""`cocket risk figures`: the director's page in the terminal, and the lines that it shares with the review of a folder."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import datetime
from decimal import Decimal
from typing import Annotated, Final

import typer

from cocket.cli.base.instance_access import home_option, open_service, settings_of
from cocket.cli.base.operator_principal import operator
from cocket.cli.base.output import HomeOption, JsonOption, json_line, print_lines
from cocket.consignment import DayBasis
from cocket.pipeline.risk.effort_figures import FiguresView, HostDraws
from cocket.risk.effort import EqualEffort, of_hundred
from cocket.risk.estimate import FEW_DRAWN, FIRST_DRAWS, LACKS, Estimate
from cocket.risk.suspicion import about

_BY_DAY: Final[dict[DayBasis, str]] = {
    "registered": "registered",
    "accepted": "accepted",
    "issued": "made, as the sender states,",
    "received": "received here",
}

_Day = Annotated[datetime | None, typer.Option(formats=["%Y-%m-%d"], help="Day of declaration.")]


def figures_command(
    since: _Day = None, until: _Day = None, home: HomeOption = None, as_json: JsonOption = False
) -> None:
    """Compare our advice, the host and chance at equal effort, as the page of figures does; without days, over a year.

    Example:
        cocket risk figures --since 2026-11-01 --until 2026-11-30

        cocket risk figures --json
    """
    first, last = (day.date() if day else None for day in (since, until))
    with open_service(settings_of(**home_option(home)), lambda one: one.risk.figures) as service:
        view = service.figures(operator(), first, last)
    if as_json:
        json_line(view)
        return
    print_lines(lines_of(view))


def lines_of(view: FiguresView) -> Iterator[str]:
    """The figures as lines."""
    yield f"{view.since} to {view.until}: {said(view.whole, view.currency)}"
    yield (
        f"Examined {view.examined:,}: compared {view.whole.examinations:,}, chance of examination not known "
        f"{view.examined_unknown:,}, not scored {view.examined_unscored:,}."
    )
    yield days_said(view.bases, view.undated, view.future)
    for what, slices in (("office", view.offices), ("lane of the host", view.lanes), ("month", view.months)):
        for one in slices:
            yield f"  {what} {one.name or 'not known'}: {said(one.effort, view.currency)}"
    for officer in view.officers or ():
        yield f"  officer {officer.officer}: {officer.results:,} results, of 100 {_hundred(officer.share)} found something"
    if view.by_host:
        yield from _by_host(view.by_host, view.currency)
    if view.random is None:
        yield f"Nothing drawn at random yet: draw {FIRST_DRAWS}."
    elif view.random.missing:
        told = view.random
        yield (
            f"Drawn at random {told.drawn:,}, of them irregular {told.found:,}: too few to say what was missed. "
            f"Draw {told.missing:,} more at random."
        )
    else:
        told = view.random
        yield (
            f"Drawn at random {told.drawn:,}, of them irregular {told.found:,}; of {told.unseen:,} not examined about "
            f"{told.missed.value:,.0f} ({told.missed.low:,.0f} to {told.missed.high:,.0f}) would have had something."
        )


def _by_host(one: HostDraws, currency: str | None) -> Iterator[str]:
    """What the host says that chance chose, apart from our draw."""
    unknown = f", chance not known of {one.unknown:,}, which are not weighted" if one.unknown else ""
    yield (
        f"Drawn by the host, on its word, and not by our sealed draw: {one.drawn:,}, of them examined {one.examined:,}, "
        f"irregular {one.found:,}{unknown}."
    )
    if one.effort:
        yield f"  by its draws: {said(one.effort, currency)}"


def days_said(bases: Mapping[DayBasis, int], undated: int, future: int) -> str:
    """Which day of each declaration counts, and what was left out because none does."""
    told = ", ".join(f"{_BY_DAY[basis]} {count:,}" for basis, count in bases.items()) or "none"
    left = (
        f" Left out: {undated:,} without a day that can be read, {future:,} dated after today."
        if undated or future
        else ""
    )
    return f"Days are those of the declaration: {told}.{left}"


def said(one: EqualEffort, currency: str | None) -> str:
    """The three ways and what may be said of them, in one line."""
    sides = (("ours", one.ours), ("host", one.host), ("chance", one.chance))
    unknown = "cannot say yet" if one.lack else "not known"
    told = ", ".join(f"{name} {_hundred(side.share) if side else unknown}" for name, side in sides)
    verdict = one.verdict
    if verdict == "cannot say yet":
        verdict_said = f"cannot say yet: {_why(one)}"
    else:
        verdict_said = f"ours {verdict}" if verdict.startswith("finds") else verdict
    if one.more_amount and currency:
        verdict_said += f"; about {about(Decimal(f'{one.more_amount.value:.0f}')):,f} {currency} more recovered"
    effort = f"{one.examinations:,} examinations, {one.drawn:,} drawn at random"
    overlap = f" Ours and the host choose {one.both:,} alike." if one.ours and one.host else ""
    return f"of 100 examined ({effort}): {told}. {verdict_said[:1].upper() + verdict_said[1:]}.{overlap}"


def _why(one: EqualEffort) -> str:
    """Why nothing can be said yet, and what would mend it."""
    if one.lack is None:
        return "no red lane of the host is known here, and no draw changes that" if one.ours else "nothing was examined"
    reason = LACKS[one.lack.why].format(drawn=f"{one.lack.drawn:,}", least=FEW_DRAWN)
    return f"draw {one.lack.draw:,} more at random ({reason})"


def _hundred(one: Estimate) -> str:
    value, low, high = of_hundred(one)
    return f"{value} ({low} to {high})"
