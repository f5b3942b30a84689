# SPDX-License-Identifier: Apache-2.0
"""`cocket archive`: bodies of advice of months that are over, out of the database and into files, and whether these are in order."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any, Final

import msgspec
import typer

from cocket.cli.base.instance_access import home_option, open_service, settings_of
from cocket.cli.base.operator_principal import operator
from cocket.cli.base.output import HomeOption, JsonOption, Listing, json_line, note, out, shown
from cocket.errors import SenderError, SettingsError, StoreError
from cocket.findings.words import counted
from cocket.pipeline.operations.archive import MonthPlan
from cocket.settings import Settings

#: Tables that are written, by their ending.
_TABLES: Final = frozenset({".parquet", ".csv"})

app = typer.Typer(
    name="archive",
    no_args_is_help=True,
    help="Archive: months that are over as Parquet files outside the database, still encrypted.",
)

FolderOption = Annotated[
    str | None, typer.Option("--folder", metavar="DIR", help="Folder of the files; else COCKET_ARCHIVE_FOLDER.")
]


@app.command("plan")
def plan(home: HomeOption = None, json_lines: JsonOption = False) -> None:
    """List every month of which there is advice or a message: how much of it is in the database, and what keeps it there.

    Example:
        cocket archive plan
    """
    with open_service(settings_of(**home_option(home)), lambda one: one.operations.archive) as archive:
        found = archive.plan(operator())
    _say_plan(found, json_lines)


@app.command("run")
def run(
    months: Annotated[
        list[str] | None,
        typer.Argument(metavar="[MONTH…]", help="Months, as 2026-03; else those that COCKET_ARCHIVE_AFTER says."),
    ] = None,
    folder: FolderOption = None,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Say what would be archived; change nothing.")] = False,
    home: HomeOption = None,
    json_lines: JsonOption = False,
) -> None:
    """Archive months: write their files, read them back, seal that, and only then remove their bodies from the database.

    A month is taken once it is over, all its dossiers are closed, no legal hold is on one and none is due to be erased. What is
    in the files stays encrypted, each body under a key of its own: erasing destroys the key, and so the copy in the file. Pages
    and commands read the files where they need them, so keep the folder at hand, and a copy of it with the backups.

    Exit 0: all months that were wanted are archived, or there was none. Exit 2: something keeps a month that was named, or a file
    or the database failed; nothing was removed that is not in a file that was sealed.

    Examples:
        cocket archive run 2026-03 --folder /mnt/archive

        cocket archive run --dry-run

        cocket archive run --home /srv/cocket
    """
    settings = _settings(home, folder)
    with open_service(settings, lambda one: one.operations.archive) as archive:
        if dry_run:
            planned = archive.plan(operator())
            wanted = set(months or [one.month for one in planned if one.state == "ready"])
            _say_plan(tuple(one for one in planned if one.month in wanted), json_lines)
            return
        if not settings.archive_folder:
            raise SettingsError(
                "There is no folder for the archive.",
                code="archive-folder",
                hint="Give --folder, or set COCKET_ARCHIVE_FOLDER: what is archived is read from there.",
            )
        done = 0
        archive.finish(operator(), note)
        for month in months or archive.due(operator()):
            made = archive.archive(operator(), month, note)
            done += 1
            if json_lines:
                json_line(made)
            else:
                out.print(
                    f"{made.month}: {counted(made.rows, 'body', 'bodies')} archived in {counted(len(made.parts), 'file')}.",
                    highlight=False,
                )
    if not done and not json_lines:
        out.print("No month is to be archived.", highlight=False)


@app.command("export")
def export(
    month: Annotated[str, typer.Argument(metavar="MONTH", help="Month, as 2026-03, archived or not.")],
    to: Annotated[Path, typer.Option("--out", metavar="FILE", help="Table to write: .parquet or .csv, by its ending.")],
    folder: FolderOption = None,
    home: HomeOption = None,
    as_json: JsonOption = False,
) -> None:
    """Write the advice of a month as a table for analysts: lane, score, rules, chance and what came of it, without names.

    Each row is one advice by its leaf in the log; what was erased is left out. The export is a recorded access.

    Examples:
        cocket archive export 2026-03 --out advice-2026-03.parquet

        cocket archive export 2026-03 --folder /mnt/archive --out advice.csv
    """
    if to.suffix.lower() not in _TABLES:
        raise SenderError("The table must end in .parquet or .csv.", code="archive-table", found=to.name)
    with open_service(_settings(home, folder), lambda one: one.operations.archive) as archive:
        rows = [msgspec.structs.asdict(one) for one in archive.rows(operator(), month, note)]
    _write_rows(to, rows)
    if as_json:
        json_line({"month": month, "rows": len(rows), "file": str(to)})
        return
    said = f"{counted(len(rows), 'advice', 'advices')} in {shown(str(to))}"
    out.print(said, soft_wrap=True, markup=False, highlight=False)


@app.command("check")
def check(folder: FolderOption = None, home: HomeOption = None, json_lines: JsonOption = False) -> None:
    """Read every file of the archive and compare it with what was sealed. Exit 1 if one is missing or altered.

    Examples:
        cocket archive check

        cocket archive check --folder /media/copy-of-archive --json
    """
    with open_service(_settings(home, folder), lambda one: one.operations.archive) as archive:
        found = archive.check(operator())
    for one in found:
        if json_lines:
            json_line(one)
        else:
            words = shown(one.fault) if one.fault else "is as it was sealed"
            out.print(
                f"{one.month}: {shown(one.file)} {words}, {counted(one.rows, 'body', 'bodies')}.",
                highlight=False,
                markup=False,
                soft_wrap=True,
            )
    if not found and not json_lines:
        out.print("Nothing was archived yet.")
    if any(one.fault for one in found):
        raise typer.Exit(1)


def _write_rows(to: Path, rows: list[dict[str, Any]]) -> None:
    """Write rows as a table, at once or not at all.

    Raises:
        SettingsError: Polars is not installed.
        StoreError: It cannot be written.
    """
    try:
        import polars as pl
    except ImportError as error:
        raise SettingsError(
            "Tables are written with Polars, which is not installed.", code="extra", hint="pip install 'cocket[risk]'"
        ) from error
    table = pl.DataFrame(rows, infer_schema_length=None).with_columns(pl.col("duty").cast(pl.Decimal(18, 2)))
    part = to.with_name(f".{to.name}.part")
    try:
        if to.suffix.lower() == ".csv":
            table.write_csv(part)
        else:
            table.write_parquet(part, compression="zstd")
        part.replace(to)
    except OSError as error:
        raise StoreError(f"{to} cannot be written: {error.strerror}.", code="file-unwritable") from error


def _settings(home: HomeOption, folder: str | None) -> Settings:
    return settings_of(**home_option(home), **({"archive_folder": folder} if folder is not None else {}))


def _say_plan(found: tuple[MonthPlan, ...], json_lines: bool) -> None:
    if json_lines:
        for one in found:
            json_line(one)
        return
    if not found:
        out.print("There is no advice to archive.")
        return
    table = Listing("month", "in the database", "state", "files", "kept by")
    for one in found:
        files = f"{len(one.files)} ({one.bytes / 1e6:.1f} MB)" if one.files else ""
        table.add_row(one.month, str(one.bodies), one.state, files, shown(" ".join(one.why)))
    out.print(table)
