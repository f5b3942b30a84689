# SPDX-License-Identifier: Apache-2.0
"""`cocket simulate`: a synthetic country on disk, in real messages or as tables."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import Annotated

import msgspec
import typer

from cocket.cli.base.files import read_file
from cocket.cli.base.output import JsonOption, json_line, out, progress
from cocket.errors import SettingsError
from cocket.simulation import WORLDS, Parameters, Summary, read_parameters, simulate
from cocket.simulation.worlds import TABLE_WORLDS, World, read_world

_ALL = (*WORLDS, *TABLE_WORLDS)


class TableFormat(StrEnum):
    """How the tables of a world are written."""

    PARQUET = "parquet"
    CSV = "csv"


def simulate_command(
    world: Annotated[str, typer.Option(help=f"One of: {', '.join(_ALL)}.")] = "alphaland",
    seed: Annotated[int | None, typer.Option(help="Seed; it determines the whole output.")] = None,
    days: Annotated[int | None, typer.Option(help="Length in days of the live period, or of the whole table.")] = None,
    size: Annotated[int | None, typer.Option(help="Declarations in the live period, or in the whole table.")] = None,
    params: Annotated[Path | None, typer.Option(help="TOML file that changes the world's parameters.")] = None,
    folder: Annotated[Path, typer.Option("--out", help="Folder to write to.")] = Path("simulation"),
    table_format: Annotated[
        TableFormat, typer.Option("--format", help="Format of the tables; alphaland writes real messages instead.")
    ] = TableFormat.PARQUET,
    as_json: JsonOption = False,
) -> None:
    """Make a synthetic country, its truth kept in a folder of its own.

    alphaland: papers for the host and from the traders in real messages, and a past to learn from.
    The others: large tables with eleven schemes, and the best possible score of every declaration.

    Examples:
        cocket simulate --world alphaland --seed 1 --days 5 --out country

        cocket simulate --world stable --seed 101 --days 420 --size 1000000 --out world

        cocket simulate --world drift --seed 7 --params mine.toml --format csv --out drift-7
    """
    asked = {name: value for name, value in {"seed": seed, "days": days, "size": size}.items() if value is not None}
    if world in TABLE_WORLDS:
        _tables(world, asked, params, (folder, table_format), as_json)
        return
    parameters = _parameters(world, asked, params)
    with progress(f"Simulating {world}") as step:
        summary = simulate(parameters, folder, step, world=world)
    if as_json:
        json_line(summary)
    else:
        _say(summary, folder)


def _tables(
    name: str, asked: dict[str, int], params: Path | None, where: tuple[Path, TableFormat], as_json: bool
) -> None:
    try:
        from cocket.simulation.worlds.folder import simulate_table
    except ImportError as error:
        raise SettingsError(
            f"{name} needs a package that is not installed: {error.name}.",
            code="part-missing",
            hint="Install it with `pip install cocket[risk]`.",
        ) from error
    world: World = TABLE_WORLDS[name]
    if params is not None:
        world = read_world(world, read_file(params))
    world = msgspec.structs.replace(world, **asked)
    folder, table_format = where
    with progress(f"Simulating {name}") as step:
        made = simulate_table(world, folder, step, name=name, form=table_format.value)
    if as_json:
        json_line(made)
        return
    hardness = made.hardness
    _print(f"{name}, seed {world.seed}: {world.size:,} declarations of {world.days} days in {folder}/.")
    _print(
        f"{hardness.fraud:.1%} are fraudulent. Best possible score: AUC {hardness.auc:.3f}, precision {hardness.best:.3f} at 5 %; "
        f"sum of risk profiles: {hardness.profiles:.3f}. The ground truth is only in {folder}/truth/."
    )
    for problem in hardness.problems:
        _print(f"[yellow]This world is not usable:[/yellow] {problem}.")


def _parameters(world: str, asked: dict[str, int], params: Path | None) -> Parameters:
    if world not in WORLDS:
        raise SettingsError(
            "There is no such world.", expected=", ".join(_ALL), found=world, hint=f"Use one of: {', '.join(_ALL)}."
        )
    base = WORLDS[world]
    if params is not None:
        base = read_parameters(base, read_file(params))
    return msgspec.structs.replace(base, **asked)


def _say(summary: Summary, folder: Path) -> None:
    _print(
        f"{summary.world}, seed {summary.seed}: {summary.declarations} declarations and {summary.manifests} manifests for the host, "
        f"{summary.lodged} declarations to send, {summary.history:,} past declarations, in {folder}/."
    )
    _print(
        f"{summary.frauds} of the live declarations are fraudulent; the host examined {summary.examined}. "
        f"The ground truth is only in {folder}/truth/."
    )


def _print(text: str) -> None:
    out.print(text, soft_wrap=True, highlight=False)
