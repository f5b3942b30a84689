# SPDX-License-Identifier: Apache-2.0
"""`cocket risk score` and `cocket risk challenge`: what a model says of a file, and of worlds it was not made for."""

from __future__ import annotations

import json
import secrets
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer
from rich.table import Table

from cocket.cli.base.files import read_file
from cocket.cli.base.output import JsonOption, complain, json_line, out, progress, shown
from cocket.cli.commands.risk.hubs import HubsOption, listed_hubs
from cocket.errors import SettingsError, StoreError
from cocket.risk import Assessment, History, Sitting, assess, explain, load_model, read_past
from cocket.risk.hubs import Hubs
from cocket.risk.past import without_hubs

if TYPE_CHECKING:
    import polars as pl

_AT_ONCE = 256
_WRITERS = {".csv": "write_csv", ".parquet": "write_parquet", ".arrow": "write_ipc", ".ndjson": "write_ndjson"}
_READERS = {".csv": "read_csv", ".parquet": "read_parquet", ".arrow": "read_ipc", ".ndjson": "read_ndjson"}
#: Seeds are drawn below this.
_SEEDS = 10**8
_HEADER = b"id,depth,found,returned\n"

#: Columns of tables that are texts, whatever stands in them.
_TEXTS = (
    "id", "declaration", "office", "importer", "importer_name", "importer_address", "importer_phone", "declarant", "seller", "carrier",
    "origin", "export_country", "hs", "hs_edition", "description", "preference", "transport_document", "offence", "found_hs",
    "found_origin",
)  # fmt: skip


def score_command(
    declarations: Annotated[
        Path,
        typer.Argument(
            metavar="DECLARATIONS",
            help="NDJSON, a case a line, as `cocket risk train` reads it; or a table (.csv, .parquet, .arrow, .ndjson) as of its --from.",
        ),
    ],
    model_file: Annotated[Path, typer.Option("--model", help="Model file.")],
    history_file: Annotated[
        Path | None,
        typer.Option(
            "--history",
            help="History written by `cocket risk train --history`; to a table, a table of earlier declarations.",
        ),
    ] = None,
    results: Annotated[
        Path | None,
        typer.Option(
            help="Results, CSV; each counts from the time it was returned. To a table, a table of results of these and earlier ones."
        ),
    ] = None,
    out_file: Annotated[
        Path | None, typer.Option("--out", help="Table to write: .csv, .parquet, .arrow or .ndjson, by its ending.")
    ] = None,
    hubs_file: HubsOption = None,
    as_json: JsonOption = False,
) -> None:
    """Score declarations in the order of their days, each with what was known on its day, one line out each.

    With --json a line is {"id", "chance", "recovers", "reasons"}: the chance (0–1) that an examination finds an irregularity, the
    duty and tax that a find would recover (null if the model knows no amounts), and why, strongest first. Nothing is kept.

    Examples:
        cocket risk score december.ndjson --model model.cocket --history november.history --json > scores.ndjson

        cocket risk score december.ndjson --model model.cocket --history november.history --results december.csv

        cocket risk score december.parquet --model model.cocket --history until-november.parquet --results results.csv --out scores.parquet
    """
    if out_file is not None and out_file.suffix.lower() not in _READERS:
        raise SettingsError(
            f"No table can be written to {out_file}: its ending is not known.",
            code="file-ending",
            expected=", ".join(_READERS),
            found=out_file.suffix,
        )
    read = _of_table if _is_table(declarations) else _of_cases
    lines = read(declarations, model_file, history_file, results, listed_hubs(hubs_file))
    if out_file is not None:
        _write_table(out_file, list(lines))
        return
    for line in lines:
        if as_json:
            json_line(line)
        else:
            why = "; ".join(reason["says"] for reason in line["reasons"])
            recovers = "–" if line["recovers"] is None else f"{line['recovers']:,.0f}"
            out.print(shown(f"{line['id']}  {line['chance']:.4f}  {recovers}  {why}"), markup=False, soft_wrap=True)


def _is_table(path: Path) -> bool:
    """Whether a file is a table by its ending; lines of JSON are one unless the first is a case."""
    if path.suffix.lower() != ".ndjson":
        return path.suffix.lower() in _READERS
    try:
        first = json.loads(read_file(path).split(b"\n", 1)[0])
    except ValueError:
        return False
    return isinstance(first, dict) and "case" not in first and "id" in first


def _of_cases(
    declarations: Path, model_file: Path, history_file: Path | None, results: Path | None, hubs: Hubs
) -> Iterator[dict[str, Any]]:
    """Lines of cases, with the history of the assessment worker."""
    model = load_model(read_file(model_file))
    past = without_hubs(read_past(read_file(declarations), read_file(results) if results else _HEADER), hubs)
    history = History.restore(read_file(history_file)) if history_file else History()
    history.go_by(model.card.threshold)
    if history_file is None:
        complain("Without --history nothing is known of these traders before their first line.")
    for outcome in past.outcomes.values():
        history.learn(outcome)
    cases = [each.case for each in past.cases]
    for start in range(0, len(cases), _AT_ONCE):
        batch = cases[start : start + _AT_ONCE]
        for case, one in zip(batch, assess(batch, history, model, sitting=Sitting(takes=True)), strict=True):
            history.count(case.facts)
            yield _line(explain(one, model))


def _of_table(
    declarations: Path, model_file: Path, history_file: Path | None, results: Path | None, hubs: Hubs
) -> Iterator[dict[str, Any]]:
    """Lines of rows of a table, with the tables before it."""
    from cocket.risk.models.tables import rows_without_hubs, score_tables

    if history_file is not None and history_file.suffix.lower() not in _READERS:
        raise SettingsError(
            "A table is scored with a table of earlier declarations, not with a history of cases.",
            code="history-form",
            expected=", ".join(_READERS),
            found=history_file.name,
        )
    if history_file is None:
        complain("Without --history nothing is known of these traders before their first line.")
    told = None if results is None else read_table(results)
    before = None if history_file is None else rows_without_hubs(read_table(history_file), hubs)
    asked = rows_without_hubs(read_table(declarations), hubs)
    yield from score_tables(load_model(read_file(model_file)), asked, before, told).iter_rows(named=True)


def _write_table(path: Path, lines: list[dict[str, Any]]) -> None:
    """Lines as a table; in CSV the reasons are one text.

    Raises:
        StoreError: It cannot be written.
    """
    import polars as pl

    reasons = pl.List(pl.Struct({"code": pl.String, "says": pl.String, "weight": pl.Float64}))
    schema: dict[str, Any] = {"id": pl.String, "chance": pl.Float64, "recovers": pl.Float64, "reasons": reasons}
    table = pl.DataFrame(lines, schema=schema)
    form = path.suffix.lower()
    if form == ".csv":
        table = table.with_columns(
            reasons=pl.Series(["; ".join(one["says"] for one in line["reasons"]) for line in lines], dtype=pl.String)
        )
    try:
        getattr(table, _WRITERS[form])(path)
    except OSError as error:
        raise StoreError(f"{path} cannot be written: {error.strerror}.", code="file-unwritable") from error
    out.print(f"{len(lines):,} scores in {shown(str(path))}", soft_wrap=True, markup=False, highlight=False)


def challenge_command(
    seed: Annotated[
        int | None,
        typer.Option(help="First seed, to play the same again; without it one is drawn at random."),
    ] = None,
    worlds: Annotated[int, typer.Option(min=1, help="Worlds of each style (count).")] = 3,
    size: Annotated[int, typer.Option(min=6000, help="Declarations of each world (count).")] = 24_000,
    methods: Annotated[
        bool,
        typer.Option(
            "--methods",
            help="Also let public methods learn the same, and ours with every label known; those not installed are left out.",
        ),
    ] = False,
    as_json: JsonOption = False,
) -> None:
    """Play worlds of other styles than those that models were set by, and hold ours against simple orders on them.

    `ports` has a few very large honest traders, `bazaar` addresses and telephones that many share, `delta` free texts and
    consignments in parts; labels exist only where a host's lanes looked, or chance drew. All learn from the first 70 %, and are
    measured on every later declaration.

    Examples:
        cocket risk challenge --worlds 5 --json

        cocket risk challenge --seed 777001 --methods
    """
    from cocket.simulation.challenge import CHALLENGES, judge

    if seed is None:
        seed = secrets.randbelow(_SEEDS)
        complain(f"Seed {seed}, drawn now: --seed {seed} plays the same worlds again.")
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
    for one in rows:
        if one.reached is not None:
            out.print(
                f"{one.world} {one.seed}: ours goes {one.reached:.2f} of the way from the best simple order to every label known."
            )
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
    options: dict[str, Any] = {}
    if reader in ("read_csv", "read_ndjson"):
        options["infer_schema_length"] = None  # a column may be empty for long, or hold whole numbers first
    if reader == "read_csv":
        options["schema_overrides"] = dict.fromkeys(_TEXTS, pl.String)  # "010121" is a code and no number
    try:
        table: pl.DataFrame = getattr(pl, reader)(path, **options)
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
