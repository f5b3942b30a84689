# SPDX-License-Identifier: Apache-2.0
"""`cocket results`: what examinations found, counted, and seizures for the Customs Enforcement Network."""

from __future__ import annotations

import sys
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Annotated

import msgspec
import typer

from cocket.cli.base.instance_access import home_option, open_service, settings_of
from cocket.cli.base.operator_principal import operator
from cocket.cli.base.output import HomeOption, JsonOption, json_line, out
from cocket.control import Hits, ReportRow
from cocket.errors import SettingsError
from cocket.exchange.tables import Cell, write_table

app = typer.Typer(no_args_is_help=True, help="Results of examinations: counts and exports.")

_DAY = "%Y-%m-%d"
_USUAL_DAYS = 30


@app.command("export")
def export(
    for_cen: Annotated[bool, typer.Option("--cen", help="Seizures and offences in the format of CEN.")] = False,
    first: Annotated[
        datetime | None, typer.Option("--from", formats=[_DAY], help="First day of examination; 30 days ago.")
    ] = None,
    last: Annotated[datetime | None, typer.Option("--to", formats=[_DAY], help="Last day; today.")] = None,
    as_csv: Annotated[bool, typer.Option("--csv", help="Print CSV with a header line (the default).")] = False,
    as_json: JsonOption = False,
    with_identities: Annotated[
        bool,
        typer.Option("--identities", help="Also print what may identify a person: conveyance, place, officer, note."),
    ] = False,
    agreement: Annotated[
        str,
        typer.Option("--under", metavar="NAME", help="Agreement under which it is given: only its fields are filled."),
    ] = "",
    home: HomeOption = None,
) -> None:
    """Print seizures and offences of some days, without personal data; each export is sealed as a look.

    The columns have the contents that the Customs Enforcement Network asks for, under names of our own: its field list
    is not public.

    Examples:
        cocket results export --cen --from 2026-11-01 --to 2026-11-30 --csv > november.csv

        cocket results export --cen --json

        cocket results export --cen --csv --under betania-2026 > for-betania.csv
    """
    if not for_cen:
        raise SettingsError("Choose the format: --cen is the only one.", code="export-form")
    if as_csv and as_json:
        raise SettingsError("Choose --csv or --json, not both.", code="export-form")
    until = last.date() if last else datetime.now(UTC).date()
    since = first.date() if first else until - timedelta(days=_USUAL_DAYS)
    if since > until:
        raise SettingsError("The first day is after the last.", code="export-days")
    with open_service(settings_of(**home_option(home)), lambda one: one.control.officer_acts) as officer_acts:
        rows = officer_acts.report_seizures(
            operator(), since, until, with_identities=with_identities, agreement=agreement
        )
    if as_json:
        for row in rows:
            json_line(row)
    else:
        _print_csv(rows)


@app.command("count")
def count(
    since: Annotated[
        datetime | None, typer.Option("--since", formats=[_DAY], help="First day counted; all if not given.")
    ] = None,
    home: HomeOption = None,
    as_json: JsonOption = False,
) -> None:
    """Count results by depth, offence and why the consignment was chosen; "not examined" stands apart.

    Example:
        cocket results count --since 2026-11-01
    """
    with open_service(settings_of(**home_option(home)), lambda one: one.control.officer_acts) as officer_acts:
        counted = officer_acts.count_results(operator(), since.date() if since else None)
    if as_json:
        json_line(counted)
        return
    for name, value in msgspec.structs.asdict(counted).items():
        out.print(f"{name.replace('_', ' ')}: {_told(value)}", markup=False, highlight=False, soft_wrap=True)


def _print_csv(rows: tuple[ReportRow, ...]) -> None:
    columns = ReportRow.__struct_fields__
    cells = [[_cell(name, getattr(row, name)) for name in columns] for row in rows]
    sys.stdout.write(write_table(columns, cells, line_end="\n"))


def _cell(name: str, value: str | date | None) -> Cell:
    """A value as a cell; of all columns, one holds numbers."""
    return Decimal(value) if name == "quantity" and isinstance(value, str) else value


def _told(value: int | dict[str, Hits] | dict[str, int]) -> str:
    if isinstance(value, int):
        return str(value)
    return ", ".join(f"{name} {_number(one)}" for name, one in value.items()) or "–"


def _number(one: Hits | int) -> str:
    return str(one) if isinstance(one, int) else f"{one.found} of {one.examined}"
