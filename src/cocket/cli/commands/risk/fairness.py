# SPDX-License-Identifier: Apache-2.0
"""`cocket risk fairness`: whether groups of traders are held to the same bar."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from typing import Annotated

import typer

from cocket.cli.base.instance_access import home_option, open_service, settings_of
from cocket.cli.base.operator_principal import operator
from cocket.cli.base.output import HomeOption, JsonOption, json_line, print_lines
from cocket.pipeline.risk.fairness_figures import FairnessView
from cocket.risk.effort import of_hundred
from cocket.risk.fairness import CAUTIONS, FOLLOWS, TITLES, Group, Part

_Day = Annotated[datetime | None, typer.Option(formats=["%Y-%m-%d"], help="Day, UTC.")]


def fairness_command(
    since: _Day = None, until: _Day = None, home: HomeOption = None, as_json: JsonOption = False
) -> None:
    """Compare groups of traders: chosen, examined, found, found at random and at the margin; without days, over a year.

    Groups are by size of trader, office, country of the trader's number, and time since first seen here.

    Examples:
        cocket risk fairness --since 2026-01-01 --until 2026-11-30

        cocket risk fairness --json
    """
    first, last = (day.date() if day else None for day in (since, until))
    with open_service(settings_of(**home_option(home)), lambda one: one.risk.fairness) as service:
        view = service.fairness(operator(), first, last)
    if as_json:
        json_line(view)
        return
    print_lines(lines_of(view))


def lines_of(view: FairnessView) -> Iterator[str]:
    """The comparison as lines."""
    yield f"{view.since} to {view.until}: {view.cases:,} consignments, importer not known of {view.without_trader:,}."
    if view.is_shadow:
        yield (
            "The host chose what was examined, by reasons that are not known here: there is no margin to compare at, and "
            "nothing was drawn at random."
        )
    for one in view.dimensions:
        if any(group.name for group in one.groups):
            yield TITLES[one.dimension]
            yield from (_line(group) for group in one.groups)
    yield from CAUTIONS


def _line(group: Group) -> str:
    told = f"  {group.name or 'not known'}: {group.cases:,} assessed, {group.chosen:,} chosen, "
    parts = (("yield", group.examined), ("drawn at random", group.drawn), ("at the margin", group.margin))
    told += "; ".join(f"{name} {_of(part)}" for name, part in parts)
    return f"{told}. {FOLLOWS[group.follows]}" if group.name else f"{told}."


def _of(part: Part) -> str:
    counted = f"{part.found:,} of {part.examined:,}"
    if part.share is None:
        return f"{counted} (too few)" if part.examined else "none"
    value, low, high = of_hundred(part.share)
    return f"{counted}, {value} of 100 ({low} to {high})"
