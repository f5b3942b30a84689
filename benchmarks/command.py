# SPDX-License-Identifier: Apache-2.0
"""The command, and the list of what can be measured."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from typing import Annotated

import msgspec
import typer
from rich.table import Table

from benchmarks.classify import bench_classify
from benchmarks.curve import SIZES, bench_curve
from benchmarks.devices import bench_devices
from benchmarks.duty import bench_duty
from benchmarks.ens import bench_ens
from benchmarks.figures import Figure
from benchmarks.gateway import bench_gateway
from benchmarks.history import bench_history
from benchmarks.hs_words import bench_hs_words
from benchmarks.ingress import bench_ingress
from benchmarks.intake import bench_intake
from benchmarks.ledger import bench_ledger
from benchmarks.linking import bench_linking
from benchmarks.local import bench_check
from benchmarks.mirror import bench_mirror
from benchmarks.pages import DOSSIERS, bench_pages
from benchmarks.policy import bench_policy
from benchmarks.read import bench_read
from benchmarks.reasons import bench_reasons
from benchmarks.risk import bench_risk
from benchmarks.screening import bench_screening
from benchmarks.subject_keys import bench_subject_keys
from benchmarks.tracking import bench_tracking
from benchmarks.value import bench_value
from benchmarks.webhooks import bench_webhooks
from benchmarks.writeoff import bench_writeoff
from cocket.cli.base.output import JsonOption, json_line, out
from cocket.errors import SettingsError

#: What can be measured, in the order in which it is.
BENCHES: dict[str, Callable[[float], Iterator[Figure]]] = {
    "check": bench_check,
    "read": bench_read,
    "ens": bench_ens,
    "duty": bench_duty,
    "value": bench_value,
    "ledger": bench_ledger,
    "keys": bench_subject_keys,
    "linking": bench_linking,
    "writeoff": bench_writeoff,
    "risk": bench_risk,
    "history": bench_history,
    "reasons": bench_reasons,
    "screening": bench_screening,
    "classify": bench_classify,
    "hs-words": bench_hs_words,
    "mirror": bench_mirror,
    "intake": bench_intake,
    "gateway": bench_gateway,
    "pages": bench_pages,
    "curve": bench_curve,
    "policy": bench_policy,
    "webhooks": bench_webhooks,
    "devices": bench_devices,
    "ingress": bench_ingress,
    "tracking": bench_tracking,
}


def bench(
    names: Annotated[
        list[str] | None, typer.Argument(help=f"Of: {', '.join(BENCHES)}. All but curve if none is given.")
    ] = None,
    seconds: Annotated[float, typer.Option("--seconds", min=1.0, max=600.0, help="Duration of each load.")] = 10.0,
    rows: Annotated[
        int | None, typer.Option("--rows", min=1_000, help="Rows of the table of risk; 200,000 if not given.")
    ] = None,
    dossiers: Annotated[
        int | None, typer.Option("--dossiers", min=100, help=f"Dossiers of pages; {DOSSIERS:,} if not given.")
    ] = None,
    home: Annotated[
        Path | None,
        typer.Option(
            "--home", help="Folder in which the dossiers of pages or curve stay; measured as they are if there."
        ),
    ] = None,
    sizes: Annotated[
        list[int] | None,
        typer.Option(
            "--size", min=100, help=f"Dossiers of an instance of curve; {SIZES[0]:,} and {SIZES[1]:,} if not given."
        ),
    ] = None,
    page: Annotated[
        Path | None, typer.Option("--page", help="Folder for the page and picture that curve draws.")
    ] = None,
    is_profiled: Annotated[
        bool, typer.Option("--profile", help="With intake: also what each role and each statement of PostgreSQL cost.")
    ] = False,
    words: Annotated[
        Path | None, typer.Option("--words", help="Folder with the benchmarks and examples of hs-words.")
    ] = None,
    json_lines: JsonOption = False,
) -> None:
    """Measure, beside a limit measured in the same run.

    Absolute figures depend on the machine and on what else it does; compare ratios.

    Examples:
        cocket bench

        cocket bench intake --seconds 30 --json

        cocket bench intake --profile

        cocket bench pages --dossiers 1000000 --home many

        cocket bench curve --size 2000 --size 10000 --home grown --page docs/reference/operations

        cocket bench hs-words --words benchmarks-of-words
    """
    chosen = names or [name for name in BENCHES if name != "curve"]
    if unknown := [name for name in chosen if name not in BENCHES]:
        raise SettingsError(
            f"There is no bench {unknown[0]}.", expected=", ".join(BENCHES), hint="See cocket bench --help."
        )
    benches = BENCHES if rows is None else BENCHES | {"risk": partial(bench_risk, rows=rows)}
    if is_profiled:
        benches = benches | {"intake": partial(bench_intake, is_profiled=True)}
    if words is not None:
        benches = benches | {"hs-words": partial(bench_hs_words, folder=words)}
    if dossiers is not None or home is not None:
        benches = benches | {"pages": partial(bench_pages, dossiers=dossiers or DOSSIERS, home=home)}
    benches = benches | {"curve": partial(bench_curve, sizes=sizes or SIZES, home=home, page=page)}
    for name in chosen:
        table = Table("figure", "value", "", title=name, title_justify="left", box=None, padding=(0, 2))
        for figure in benches[name](seconds):
            if json_lines:
                json_line({"bench": name, **msgspec.to_builtins(figure)})
            else:
                table.add_row(figure.name, f"{figure.value:,.6g} {figure.unit}", figure.note)
        if not json_lines:
            out.print(table)
