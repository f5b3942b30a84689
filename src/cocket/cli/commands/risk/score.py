# SPDX-License-Identifier: Apache-2.0
"""`cocket risk score` and `cocket risk challenge`: what a model says of a file, and of worlds it was not made for."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer
from rich.table import Table

from cocket.cli.base.files import read_file
from cocket.cli.base.output import JsonOption, complain, json_line, out, progress, shown
from cocket.errors import SettingsError
from cocket.risk import Assessment, History, Sitting, assess, explain, load_model, read_past

if TYPE_CHECKING:
    import polars as pl

_AT_ONCE = 256
_READERS = {".csv": "read_csv", ".parquet": "read_parquet", ".arrow": "read_ipc", ".ndjson": "read_ndjson"}
_HEADER = b"id,depth,found,returned\n"


def score_command(
    declarations: Annotated[
        Path, typer.Argument(metavar="DECLARATIONS", help="NDJSON, one case per line, as `cocket risk train` reads it.")
    ],
    model_file: Annotated[Path, typer.Option("--model", help="Model file.")],
    history_file: Annotated[
        Path | None, typer.Option("--history", help="History written by `cocket risk train --history`.")
    ] = None,
    results: Annotated[
        Path | None, typer.Option(help="Results of these declarations, CSV; each counts from the time it was returned.")
    ] = None,
    as_json: JsonOption = False,
) -> None:
    """Score declarations in the order of their days, each with what was known on its day, one line out each.

    With --json a line is {"id", "chance", "recovers", "reasons"}: the chance (0–1) that an examination finds an irregularity, the
    duty and tax that a find would recover (null if the model knows no amounts), and why, strongest first. Nothing is kept.

    Examples:
        cocket risk score december.ndjson --model model.cocket --history november.history --json > scores.ndjson

        cocket risk score december.ndjson --model model.cocket --history november.history --results december.csv
    """
    model = load_model(read_file(model_file))
    past = read_past(read_file(declarations), read_file(results) if results else _HEADER)
    history = History.restore(read_file(history_file)) if history_file else History()
    if history_file is None:
        complain("Without --history nothing is known of these traders before their first line.")
    for outcome in past.outcomes.values():
        history.learn(outcome)
    cases = [each.case for each in past.cases]
    for start in range(0, len(cases), _AT_ONCE):
        batch = cases[start : start + _AT_ONCE]
        for case, one in zip(batch, assess(batch, history, model, sitting=Sitting(takes=True)), strict=True):
            history.count(case.facts)
            line = _line(explain(one, model))
            if as_json:
                json_line(line)
            else:
                why = "; ".join(reason["says"] for reason in line["reasons"])
                recovers = "–" if line["recovers"] is None else f"{line['recovers']:,.0f}"
                out.print(shown(f"{line['id']}  {line['chance']:.4f}  {recovers}  {why}"), markup=False, soft_wrap=True)


def challenge_command(
    seed: Annotated[int, typer.Option(help="First seed; choose one that was not used for tuning.")],
    worlds: Annotated[int, typer.Option(min=1, help="Worlds of each style (count).")] = 3,
    size: Annotated[int, typer.Option(min=6000, help="Declarations of each world (count).")] = 24_000,
    methods: Annotated[
        bool,
        typer.Option("--methods", help="Also let public methods learn the same; those not installed are left out."),
    ] = False,
    as_json: JsonOption = False,
) -> None:
    """Play worlds of other styles than those that models were set by, and hold ours against simple orders on them.

    `ports` has a few very large honest traders, `bazaar` addresses and telephones that many share, `delta` free texts and
    consignments in parts; labels exist only where a host's lanes looked, or chance drew. All learn from the first 70 %, and are
    measured on every later declaration.

    Examples:
        cocket risk challenge --seed 777001 --worlds 5 --json

        cocket risk challenge --seed 777001 --methods
    """
    from cocket.simulation.challenge import CHALLENGES, judge

    rows, played = [], 0
    with progress("Playing", len(CHALLENGES) * worlds) as step:
        for name in CHALLENGES:
            for number in range(worlds):
                try:
                    rows.append(judge(name, seed + number, size, methods=methods))
                except SettingsError as error:
                    complain(shown(f"{name}, seed {seed + number}, is left out: {error.message}"))
                played += 1
                step(played)
    if as_json:
        for one in rows:
            json_line(one)
        return
    table = Table(
        "world", "seed", "finds trained on", "order", "found in top 5 %", "standard error", "revenue in top 5 %",
        "of all of a kind, in top 5 %",
    )  # fmt: skip
    for one in rows:
        for order in one.orders:
            table.add_row(
                one.world,
                str(one.seed),
                str(one.finds),
                order.name,
                f"{order.found:.3f}",
                f"{order.spread:.3f}",
                f"{order.revenue:.2f}",
                ", ".join(f"{kind} {share:.2f}" for kind, share in order.kinds.items()),
            )
    out.print(table)
    if absent := sorted({name for one in rows for name in one.absent}):
        complain(f"Left out, since they are not installed: {', '.join(absent)}.")


def read_table(path: Path) -> pl.DataFrame:
    """A table from CSV, Parquet, Arrow or NDJSON, by the ending of its name.

    Raises:
        SettingsError: There is no such file, it ends otherwise, or it cannot be read.
    """
    import polars as pl

    reader = _READERS.get(path.suffix.lower())
    if reader is None:
        raise SettingsError(
            f"{path} is not a readable table.",
            code="file-unreadable",
            expected=", ".join(_READERS),
            found=path.suffix,
        )
    try:
        table: pl.DataFrame = getattr(pl, reader)(path)
    except (OSError, pl.exceptions.PolarsError) as error:
        raise SettingsError(f"{path} cannot be read: {error}", code="file-unreadable") from error
    return table


def _line(one: Assessment) -> dict[str, Any]:
    return {
        "id": one.id,
        "chance": one.score,
        "recovers": one.shortfall,
        "reasons": [
            {"code": reason.code, "says": _says(reason.message, reason.arguments), "weight": reason.weight}
            for reason in one.reasons
        ],
    }


def _says(message: str, arguments: dict[str, str]) -> str:
    for name, value in arguments.items():
        message = message.replace(f"{{{name}}}", value)
    return message
