# SPDX-License-Identifier: Apache-2.0
"""`cocket simulate`: a synthetic country on disk."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import msgspec
import typer

from cocket.cli.say import JsonOption, json_line, out, progress
from cocket.errors import SettingsError
from cocket.simulation import WORLDS, Parameters, Summary, read_parameters, simulate


def simulate_command(
    world: Annotated[str, typer.Option(help=f"One of: {', '.join(WORLDS)}.")] = "alphaland",
    seed: Annotated[int | None, typer.Option(help="Everything follows from it.")] = None,
    days: Annotated[int | None, typer.Option(help="Length of the live period in days.")] = None,
    size: Annotated[int | None, typer.Option(help="Declarations of the live period.")] = None,
    params: Annotated[Path | None, typer.Option(help="TOML file that changes the world's parameters.")] = None,
    folder: Annotated[Path, typer.Option("--out", help="Folder to write to.")] = Path("simulation"),
    as_json: JsonOption = False,
) -> None:
    """Make a synthetic country: papers for the host and from the traders, a past to learn from, the truth kept apart."""
    parameters = _parameters(world, seed, days, size, params)
    with progress(f"Simulating {world}") as step:
        summary = simulate(parameters, folder, step, world=world)
    if as_json:
        json_line(summary)
    else:
        _say(summary, folder)


def _parameters(world: str, seed: int | None, days: int | None, size: int | None, params: Path | None) -> Parameters:
    if world not in WORLDS:
        raise SettingsError(
            "There is no such world.", expected=", ".join(WORLDS), found=world, hint=f"Use one of: {', '.join(WORLDS)}."
        )
    base = WORLDS[world]
    if params is not None:
        try:
            base = read_parameters(base, params.read_bytes())
        except OSError as error:
            raise SettingsError(f"{params} cannot be read: {error.strerror}.", code="parameters") from error
    asked = {"seed": seed, "days": days, "size": size}
    return msgspec.structs.replace(base, **{name: value for name, value in asked.items() if value is not None})


def _say(summary: Summary, folder: Path) -> None:
    out.print(
        f"{summary.world}, seed {summary.seed}: {summary.declarations} declarations and {summary.manifests} manifests for the host, "
        f"{summary.lodged} declarations to lodge, {summary.history:,} declarations of the past, in {folder}/.",
        soft_wrap=True,
        highlight=False,
    )
    out.print(
        f"{summary.frauds} of the live declarations are fraudulent; the host examined {summary.examined}. "
        f"The truth is in {folder}/truth/ and nowhere else.",
        soft_wrap=True,
        highlight=False,
    )
