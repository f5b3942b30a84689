# SPDX-License-Identifier: Apache-2.0
"""`cocket track attacks`: the catalogue of attacks on a seal as folders of plain files, and what the rules make of them."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from cocket.cli.base.output import JsonOption, json_line, out, progress, shown


def attacks(
    folder: Annotated[Path, typer.Argument(metavar="FOLDER", help="Folder to write to.")],
    seed: Annotated[int, typer.Option(min=0, help="Seed; it determines every byte.")] = 1,
    each: Annotated[int, typer.Option("--journeys", min=1, max=1000, help="Number of journeys of each kind.")] = 5,
    kinds: Annotated[
        list[str] | None, typer.Option("--kind", help="Only this kind, such as seal-cut; repeatable.")
    ] = None,
    json_lines: JsonOption = False,
) -> None:
    """Write the catalogue of attacks on a seal as plain files, a folder for each kind, for any tracking software.

    Each folder holds the plan, the messages in the order of receipt (NDJSON, CSV, queries for Traccar, telemetry for
    ThingsBoard) and expected.json with what must be raised; README.md describes them. Same seed, same bytes. cocket track replay
    FOLDER compares what Cocket raises.

    Example:
        cocket track attacks attacks --seed 7 --journeys 20 && cocket track replay attacks
    """
    from cocket.simulation import tracks

    with progress("Writing", len(kinds or tracks.ATTACKS)) as step:
        index = tracks.write_attacks(folder, seed, each, kinds or (), step=step)
    if json_lines:
        json_line({"folder": str(folder), "format": index.format, "seed": seed, "journeys": each, "kinds": index.kinds})
    else:
        told = f"{len(index.kinds)} kinds of {each} journeys in {shown(str(folder))}/; README.md describes them."
        out.print(told, soft_wrap=True, highlight=False)


def show_attacks(folder: Path, *, json_lines: bool) -> None:
    """Judge a folder of attacks and print what was told of each kind.

    Raises:
        typer.Exit: Something that must hold does not (1).
    """
    from cocket.simulation import tracks

    with progress("Judging", len(tracks.read_index(folder).kinds)) as step:
        scores = tracks.score_attacks(folder, step=step)
    if not json_lines:
        out.print(
            f"{'kind':<32}{'must be':<9}{'journeys':>8}{'raised':>8}{'red':>6}{'holds':>7}{'after':>9}", highlight=False
        )
    for score in scores:
        if json_lines:
            json_line(score)
            continue
        after = "" if score.after_s is None else f"{score.after_s / 60:,.0f} min"
        line = f"{score.kind:<32}{score.must:<9}{score.journeys:>8}{score.raised:>8}{score.red:>6}{score.holds:>7}{after:>9}"
        out.print(shown(line), markup=False, highlight=False, soft_wrap=True)
    missed = sum(score.journeys - score.holds for score in scores)
    if not json_lines:
        whole = sum(score.journeys for score in scores)
        out.print(f"It holds on {whole - missed:,} of {whole:,} journeys.", highlight=False)
    if missed:
        raise typer.Exit(1)
