# SPDX-License-Identifier: Apache-2.0
"""`cocket emergencies`: accesses in an emergency, read by whoever runs the machine."""

from __future__ import annotations

import typer

from cocket.cli.base.instance_access import home_option, open_service, settings_of
from cocket.cli.base.operator_principal import operator
from cocket.cli.base.output import HomeOption, JsonOption, Listing, json_line, out, shown
from cocket.pipeline.queries.emergencies import EmergencyView

app = typer.Typer(no_args_is_help=True, help="Accesses in an emergency: who opened what, why, and what was said of it.")


@app.command("list")
def list_emergencies(home: HomeOption = None, as_json: JsonOption = False) -> None:
    """List accesses in an emergency, the last opened first; exits 1 while one is open or its review is overdue.

    They are opened, used and reviewed in the workbench alone, by people who have signed in.

    Example:
        cocket emergencies list --json
    """
    with open_service(settings_of(**home_option(home)), lambda one: one.queries.emergencies) as emergencies:
        found = emergencies.emergencies(operator())
    if as_json:
        for view in found:
            json_line(view)
    elif not found:
        out.print("No access in an emergency was opened.")
    else:
        table = Listing("id", "by", "reference", "opened", "until", "state", "reason")
        for view in found:
            one = view.emergency
            times = (f"{at:%Y-%m-%d %H:%M} UTC" for at in (one.opened, one.end))
            table.add_row(one.id, shown(one.by), shown(one.reference), *times, _state(view), shown(one.reason))
        out.print(table)
    if any(view.is_open or view.is_overdue for view in found):
        raise typer.Exit(1)


def _state(view: EmergencyView) -> str:
    if view.is_open:
        return "open"
    if view.emergency.reviewed is not None:
        return "justified" if view.emergency.is_justified else "not justified"
    return "review overdue" if view.is_overdue else "waits for review"
