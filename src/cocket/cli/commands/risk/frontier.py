# SPDX-License-Identifier: Apache-2.0
"""`cocket risk frontier`: what weighing the duty at stake costs in precision, and brings in revenue."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from cocket.cli.base.instance_access import home_option, open_service, settings_of
from cocket.cli.base.operator_principal import operator
from cocket.cli.base.output import HomeOption, JsonOption, Listing, json_line, out
from cocket.control import choose_weight

if TYPE_CHECKING:
    from cocket.pipeline.risk.models import RevenueFrontier


def frontier_command(
    budget: Annotated[
        float, typer.Option(help="Share of consignments that can be examined, greater than 0 and at most 1.")
    ] = 0.05,
    keep: Annotated[float, typer.Option(help="Share of the best precision that must be kept, 0 to 1.")] = 0.95,
    home: HomeOption = None,
    as_json: JsonOption = False,
) -> None:
    """Tell precision and revenue for ten weights on duty, from what was examined here, and which weight to choose.

    Consignments are ordered by score × (1 + duty ÷ duty_unit) ^ weight. Each one examined stands for as many as its chance of
    examination says, so what was drawn at random speaks for what nobody chose. The choice is the administration's: it goes
    into control.toml as revenue_weight.

    Examples:
        cocket risk frontier

        cocket risk frontier --budget 0.1 --keep 0.9 --json
    """
    if not 0 <= keep <= 1:
        raise typer.BadParameter("must be between 0 and 1", param_hint="--keep")
    with open_service(settings_of(**home_option(home)), lambda one: one.risk.models) as models:
        told = models.revenue_frontier(operator(), budget)
    if as_json:
        json_line(told)
    else:
        _show(told, keep)


def _show(told: RevenueFrontier, keep: float) -> None:
    if not told.points:
        out.print("No scored consignment has been examined yet.")
        return
    best = choose_weight(told.points, keep)
    table = Listing("weight", "precision", "revenue", "")
    for point in told.points:
        marks = [
            name for name, is_so in (("chosen", point == best), ("in force", point.weight == told.weight)) if is_so
        ]
        low, high = point.interval
        precision = f"{point.precision:.1%} ({low:.1%}–{high:.1%})"
        table.add_row(f"{point.weight:g}", precision, f"{point.revenue:.1%}", ", ".join(marks))
    out.print(table)
    out.print(
        f"{told.examined:,} examined, {told.found:,} found irregular; {told.budget:.0%} of consignments examined. "
        "Revenue is the share of all duty recovered that these would have recovered."
    )
    if not told.drawn:
        out.print(
            "None of them was drawn at random: these figures describe what was selected and say nothing about the rest."
        )
    if told.left_out:
        out.print(f"{told.left_out:,} left out: no selection probability was logged, or no duty recorded.")
    if best is not None:
        out.print(f"Keeping {keep:.0%} of the best precision: revenue_weight = {best.weight:g} in control.toml.")
