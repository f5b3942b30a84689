# SPDX-License-Identifier: Apache-2.0
"""`cocket risk hubs`: lists of business centres, brokers and chains, by which no one is linked."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from cocket.cli.base.files import read_file
from cocket.cli.base.instance_access import home_option, open_service, settings_of
from cocket.cli.base.operator_principal import operator
from cocket.cli.base.output import HomeOption, JsonOption, complain, json_line, out, shown
from cocket.errors import SettingsError
from cocket.findings.words import counted
from cocket.pipeline.risk.hubs import HubList
from cocket.risk.hubs import Hubs, read_hubs

_SHOWN = 12

#: A list of hubs as a file, beside other files.
HubsOption = Annotated[
    Path | None,
    typer.Option(
        "--hubs",
        help="CSV of addresses and telephones that many share, as of `cocket risk hubs`: no one is linked by them.",
    ),
]


def listed_hubs(file: Path | None) -> Hubs:
    """The hubs of a file, lines left out told on standard error; none without a file."""
    if file is None:
        return Hubs()
    read = read_hubs(read_file(file))
    for line in read.left_out[:_SHOWN]:
        complain(shown(f"left out, {line}"))
    if len(read.left_out) > _SHOWN:
        complain(f"left out: {counted(len(read.left_out) - _SHOWN, 'more line', 'more lines')}")
    return Hubs(read.hubs)


def hubs_command(
    file: Annotated[
        Path | None,
        typer.Argument(help="CSV with columns identity, value and, if known, kind and note."),
    ] = None,
    name: Annotated[str | None, typer.Option("--name", help="Name of the list; by default that of the file.")] = None,
    withdraw: Annotated[str | None, typer.Option("--withdraw", help="Name of a list no longer to be used.")] = None,
    reason: Annotated[str, typer.Option("--reason", help="Why it is withdrawn.")] = "",
    home: HomeOption = None,
    as_json: JsonOption = False,
) -> None:
    """Import a list of hubs, withdraw one, or list those there are.

    A hub is an address, telephone, account or director that many traders share without knowing each other: a business centre, a
    broker, a chain. Threats link no one by it, and the model learns and says nothing of it, for what comes from then on. A line is
    such as `address,"12 Meridian Tower, Harbour District",business-centre,serviced offices`. A list of the same name is replaced.

    Examples:
        cocket risk hubs business-centres.csv --name centres

        cocket risk hubs --withdraw centres --reason "replaced by the register of 2027"
    """
    if file is not None and withdraw is not None:
        raise SettingsError("A file is imported, or a list withdrawn, not both.", code="risk-hubs")
    with open_service(settings_of(**home_option(home)), lambda one: one.risk.hubs) as service:
        if file is not None:
            views: tuple[HubList, ...] = (service.import_hubs(operator(), name or file.stem, read_file(file)),)
        elif withdraw is not None:
            views = (service.withdraw_hubs(operator(), withdraw, reason),)
        else:
            views = service.hub_lists(operator())
    for view in views:
        if as_json:
            json_line(view)
        else:
            out.print(shown(_line(view)), markup=False, highlight=False, soft_wrap=True)
    for line in views[0].left_out if file is not None and not as_json else ():
        complain(shown(f"left out, {line}"))


def _line(view: HubList) -> str:
    state = f"withdrawn: {view.reason}" if view.is_withdrawn else "in use"
    left = f", {view.left_out_lines} left out" if view.left_out_lines else ""
    return f"{view.name:<24}{counted(len(view.hubs), 'entry', 'entries')}{left}  {state}"
