# SPDX-License-Identifier: Apache-2.0
"""`cocket risk evaluate`: are we any good, on worlds nobody tuned on?"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from cocket.cli.base.output import JsonOption, Listing, json_line, out, progress
from cocket.errors import SettingsError, StoreError

if TYPE_CHECKING:
    from cocket.simulation.protocol.run import Report


def evaluate_command(
    folder: Annotated[Path, typer.Option("--out", help="Folder to write report.html and report.json to.")] = Path(
        "evaluation"
    ),
    seeds: Annotated[int, typer.Option(min=1, help="Number of paired seeds; eight or more give useful intervals.")] = 8,
    first: Annotated[int, typer.Option(min=101, help="First seed; those up to 100 were used for tuning.")] = 101,
    size: Annotated[int, typer.Option(min=5000, help="Declarations per simulated world.")] = 40_000,
    table: Annotated[int, typer.Option(min=5000, help="Declarations of the table used for training.")] = 80_000,
    worlds: Annotated[
        str, typer.Option(help="Worlds to simulate, separated by commas.")
    ] = "stable,drift,collapse,noise",
    explore: Annotated[
        str, typer.Option(help="Other ways to explore, separated by commas: by drift, bandit, random.")
    ] = "",
    jobs: Annotated[int, typer.Option(min=1, help="Processes.")] = 1,
    public: Annotated[Path | None, typer.Option(help="Folder of the public data set, if available.")] = None,
    as_json: JsonOption = False,
) -> None:
    """Run the whole protocol on worlds that no one tuned on, and write one report.

    Example:
        cocket risk evaluate --seeds 8 --size 40000 --table 80000 --jobs 2 --out evaluation

        cocket risk evaluate --seeds 1 --worlds drift,collapse --size 15000 --explore "by drift,bandit"
    """
    import msgspec

    from cocket.simulation.protocol.page import page_of
    from cocket.simulation.protocol.rounds import RIVALS
    from cocket.simulation.protocol.run import PLAYED, Protocol, evaluate

    names = tuple(worlds.split(","))
    if not set(names) <= set(PLAYED):
        raise SettingsError("There is no such world.", expected=", ".join(PLAYED), found=worlds)
    rivals = tuple(one.strip() for one in explore.split(",")) if explore else ()
    if not set(rivals) <= set(RIVALS):
        raise SettingsError("There is no such way to explore.", expected=", ".join(RIVALS), found=explore)
    protocol = Protocol(
        seeds=tuple(range(first, first + seeds)),
        size=size,
        table=table,
        worlds=names,
        public=str(public) if public else None,
        rivals=tuple(one for one in RIVALS if one in rivals),
    )
    with progress("Evaluating") as step:
        report = evaluate(protocol, step, jobs, folder / "parts")
    _write(folder, lambda: page_of(report), msgspec.json.encode(report))
    _say(report, folder, as_json)


def _say(report: Report, folder: Path, as_json: bool) -> None:
    if as_json:
        json_line(
            {
                "claims": report.claims,
                "means": report.means,
                "baselines": report.baselines,
                "skipped": report.skipped,
            }
        )
        return
    from cocket.simulation.protocol.page import held, told

    table = Listing("figure", "asked", "measured", "holds")
    for claim in report.claims:
        table.add_row(claim.name, claim.asked, told(claim.mean), held(claim))
    out.print(table)
    if report.protocol.rivals:
        out.print(_strategies(report))
    for each in report.skipped:
        _print(f"Left out: {each.world}, seed {each.seed}. {each.why}")
    _print(f"The report is in {folder}/report.html and report.json.")


def _strategies(report: Report) -> Listing:
    """What each way to explore found and recovered, against a selector that knows the truth."""
    from cocket.simulation.protocol.page import told

    table = Listing("world", "strategy", "hits over the truth's", "revenue over the truth's", "drawn at random, mean")
    for world, strategies in report.means.items():
        for strategy, means in strategies.items():
            table.add_row(world, strategy, *(told(means[name]) for name in ("norm_pre", "norm_rev", "rate")))
    return table


def _write(folder: Path, page: Callable[[], str], content: bytes) -> None:
    try:
        folder.mkdir(parents=True, exist_ok=True)
        (folder / "report.json").write_bytes(content)
        (folder / "report.html").write_text(page(), encoding="utf-8")
    except OSError as error:
        raise StoreError(f"{folder} cannot be written: {error.strerror}.", code="file-unwritable") from error


def _print(text: str) -> None:
    out.print(text, soft_wrap=True, highlight=False)
