# SPDX-License-Identifier: Apache-2.0
"""`cocket risk score` and `cocket risk challenge`: what a model says of a file, and of worlds it was not made for."""

from __future__ import annotations

import json
import math
import secrets
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from cocket.cli.base.files import read_file
from cocket.cli.base.output import JsonOption, Listing, complain, json_line, out, progress, shown
from cocket.cli.base.table_files import READERS, WORKBOOKS, read_table, tell_notes, today, told_notes
from cocket.cli.commands.risk.hubs import HubsOption, listed_hubs
from cocket.errors import SettingsError, StoreError
from cocket.risk import Assessment, History, Sitting, assess, explain, load_model, read_past
from cocket.risk.assessment import Basis
from cocket.risk.heads import head_of, reasons_of
from cocket.risk.hubs import Hubs
from cocket.risk.past import without_hubs
from cocket.risk.signs import Around, signs_of, with_bill
from cocket.risk.suspicion import Fact, Head, in_place

if TYPE_CHECKING:
    import polars as pl

    from cocket.risk.models import Model
    from cocket.risk.models.cells import Notes

#: Declarations, and what was before: history and results, if any.
_Files = tuple[Path, Path | None, Path | None]

_AT_ONCE = 256
_WRITERS = {".csv": "write_csv", ".parquet": "write_parquet", ".arrow": "write_ipc", ".ndjson": "write_ndjson"}
#: Seeds are drawn below this.
_SEEDS = 10**8
_HEADER = b"id,depth,found,returned\n"


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

    With --json a line is {"id", "chance", "score", "recovers", "reasons", "scale"}: the chance (0–1) that an examination finds an
    irregularity, the score that they are ordered by (log-odds), the duty and tax that a find would recover (null if the model knows
    no amounts), what to look for and because of which facts, and whether the scale of the chances is "anchored" or "uncertain", then
    with the reason as "scale_reason"; what is known of uncertain ones is two digits. Where not all that a table holds could be used,
    a last line {"tables"} says what was left out. Nothing is kept.

    Examples:
        cocket risk score december.ndjson --model model.cocket --history november.history --json > scores.ndjson

        cocket risk score december.ndjson --model model.cocket --history november.history --results december.csv

        cocket risk score december.parquet --model model.cocket --history until-november.parquet --results results.csv --out scores.parquet
    """
    if out_file is not None and out_file.suffix.lower() not in READERS:
        raise SettingsError(
            f"No table can be written to {out_file}: its ending is not known.",
            code="file-ending",
            expected=", ".join(READERS),
            found=out_file.suffix,
        )
    hubs = listed_hubs(hubs_file)
    notes: list[Notes] = []
    files, model = (declarations, history_file, results), load_model(read_file(model_file))
    lines = _of_table(files, model, hubs, notes) if _is_table(declarations) else _of_cases(files, model, hubs)
    lines = _as_known(lines, model)
    if out_file is not None:
        _write_table(out_file, list(lines))
        return
    for line in lines:
        if as_json:
            json_line(line)
        else:
            why = "; ".join(reason["says"] for reason in line["reasons"])
            recovers = "–" if line["recovers"] is None else f"{line['recovers']:,.0f}"
            chance = (
                f"{line['chance']:.4f}" if line["scale"] == "anchored" else f"{line['chance']:.2g} (scale uncertain)"
            )
            out.print(shown(f"{line['id']}  {chance}  {recovers}  {why}"), markup=False, soft_wrap=True)
    if as_json and (telling := told_notes(notes)):
        json_line({"tables": telling})


def _is_table(path: Path) -> bool:
    """Whether a file is a table, or a workbook, by its ending; lines of JSON are one unless the first is a case."""
    if path.suffix.lower() != ".ndjson":
        return path.suffix.lower() in (*READERS, *WORKBOOKS)
    try:
        first = json.loads(read_file(path).split(b"\n", 1)[0])
    except ValueError:
        return False
    return isinstance(first, dict) and "case" not in first and "id" in first


def _as_known(lines: Iterator[dict[str, Any]], model: Model) -> Iterator[dict[str, Any]]:
    """Lines with chances as far as they are known, the score they are ordered by, and whether their scale can be trusted."""
    from cocket.risk.models.report import as_known, scale_of

    scale, why = scale_of(model.card)
    if why is not None:
        complain(f"The scale of the chances is uncertain. {why}")
    for line in lines:
        chance = min(1.0 - 1e-15, max(1e-15, line["chance"]))
        more = {} if why is None else {"scale_reason": why}
        yield {
            "id": line["id"],
            "chance": as_known(line["chance"], scale),
            "score": round(math.log(chance / (1.0 - chance)), 6),
            "recovers": line["recovers"],
            "reasons": line["reasons"],
            "scale": scale,
            **more,
        }


def _of_cases(files: _Files, model: Model, hubs: Hubs) -> Iterator[dict[str, Any]]:
    """Lines of cases, with the history of the assessment worker."""
    declarations, history_file, results = files
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
        bases: dict[str, Basis] = {}
        for case, one in zip(
            batch, assess(batch, history, model, sitting=Sitting(takes=True, seen=bases)), strict=True
        ):
            history.count(case.facts)
            yield _line(explain(one, model), _head(one, bases[one.id], model))


def _of_table(files: _Files, model: Model, hubs: Hubs, notes: list[Notes]) -> Iterator[dict[str, Any]]:
    """Lines of rows of a table, with the tables before it; what of these was not used goes to `notes`."""
    from cocket.risk.models.cells import CellTable, declarations_in, results_in
    from cocket.risk.models.tables import rows_without_hubs
    from cocket.risk.table_scores import score_tables

    declarations, history_file, results = files
    if history_file is not None and history_file.suffix.lower() not in (*READERS, *WORKBOOKS):
        raise SettingsError(
            "A table is scored with a table of earlier declarations, not with a history of cases.",
            code="history-form",
            expected=", ".join(READERS),
            found=history_file.name,
        )

    def noted(path: Path, read: CellTable) -> pl.DataFrame:
        tell_notes(path, read.notes)
        notes.append(read.notes)
        return read.table

    asked = noted(declarations, declarations_in(read_table(declarations), today()))
    before = None
    if history_file is None:
        complain("Without --history nothing is known of these traders before their first line.")
    elif len(earlier := read_table(history_file)):
        before = rows_without_hubs(noted(history_file, declarations_in(earlier, today(), "history")), hubs)
    told = None if results is None else noted(results, results_in(read_table(results), today()))
    yield from score_tables(model, rows_without_hubs(asked, hubs), before, told).iter_rows(named=True)


def _write_table(path: Path, lines: list[dict[str, Any]]) -> None:
    """Lines as a table; in CSV the reasons are one text.

    Raises:
        StoreError: It cannot be written.
    """
    import polars as pl

    reasons = pl.List(pl.Struct({"code": pl.String, "says": pl.String, "weight": pl.Float64}))
    schema: dict[str, Any] = {
        "id": pl.String, "chance": pl.Float64, "score": pl.Float64, "recovers": pl.Float64, "reasons": reasons,
        "scale": pl.String,
    }  # fmt: skip
    table = pl.DataFrame([{name: line[name] for name in schema} for line in lines], schema=schema)
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
    table = Listing(
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


def _head(one: Assessment, basis: Basis, model: Model) -> Head:
    """What to look for and why, as the assessment worker says it of a case without papers."""
    signs: Sequence[Fact] = signs_of(one, basis, model, Around(declaration=one.id))
    looks = basis.seen.looked.looks
    if basis.place is not None and looks:
        signs = with_bill(signs, looks[basis.place].entry)
    return head_of(signs, one, model, is_random=False)


def _line(one: Assessment, head: Head) -> dict[str, Any]:
    """What is said of a case: what to look for, the facts that lead to it, and rules that fired."""
    rules = [
        {"code": reason.code, "says": in_place(reason.message, reason.arguments), "weight": reason.weight}
        for reason in one.reasons
    ]
    return {"id": one.id, "chance": one.score, "recovers": one.shortfall, "reasons": [*reasons_of(head), *rules]}
