# SPDX-License-Identifier: Apache-2.0
"""`cocket risk`: train a model on the past, read its card, choose who speaks, look for threats in a log, and keep lists of hubs."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from importlib.metadata import version as installed
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from cocket.cli.base.files import history_folder, read_file, write_file
from cocket.cli.base.output import HomeOption, JsonOption, Listing, json_line, out, progress
from cocket.cli.base.table_files import read_table, tell_notes, today, told_notes
from cocket.cli.commands.risk.evaluate import evaluate_command
from cocket.cli.commands.risk.explain import draws_command, explain_command
from cocket.cli.commands.risk.fairness import fairness_command
from cocket.cli.commands.risk.figures import figures_command
from cocket.cli.commands.risk.frontier import frontier_command
from cocket.cli.commands.risk.hubs import HubsOption, hubs_command, listed_hubs
from cocket.cli.commands.risk.models import (
    ModelsOption,
    is_table,
    models_command,
    promote_command,
    register_command,
    register_of,
    rollback_command,
    train_on_tables,
)
from cocket.cli.commands.risk.review import review_command
from cocket.cli.commands.risk.score import challenge_command, score_command
from cocket.cli.commands.risk.threats import threats
from cocket.errors import SettingsError
from cocket.risk import Past, load_model, read_past, replay, train
from cocket.risk.past import without_hubs

if TYPE_CHECKING:
    from cocket.risk.hubs import Hubs
    from cocket.risk.models.cells import Notes
    from cocket.risk.models.layered_v1 import LayeredFile
    from cocket.risk.models.learning import Origin
    from cocket.risk.models.report import LayeredCard

app = typer.Typer(no_args_is_help=True, help="Train risk models, choose the active one, and find threats.")

app.command("score")(score_command)
app.command("challenge")(challenge_command)
app.command("explain")(explain_command)
app.command("draws")(draws_command)
app.command("frontier")(frontier_command)
app.command("figures")(figures_command)
app.command("fairness")(fairness_command)
app.command("review")(review_command)
app.command("threats")(threats)
app.command("hubs")(hubs_command)
app.command("models")(models_command)
app.command("register")(register_command)
app.command("promote")(promote_command)
app.command("rollback")(rollback_command)
app.command("evaluate")(evaluate_command)

_WAYS = {"model": "this model", "value": "value declared", "importer-rate": "importer's record",
    "rates": "mean of found rates", "evidence": "evidence, corrected by trees", "trees": "separate trees",
    "plain-trees": "plain trees, no evidence"}  # fmt: skip
_FIGURES = {"auc": "AUC", "ap": "precision", "p@5": "in top 5 %", "p@10": "in top 10 %"}
_IMPORTANT = 8


@app.command("train")
def train_command(
    data: Annotated[Path | None, typer.Argument(help="Folder of `cocket simulate`, or its history folder.")] = None,
    table: Annotated[
        Path | None,
        typer.Option("--from", help="Table of declarations: CSV, Parquet, Arrow (.arrow) or NDJSON; with --results."),
    ] = None,
    results: Annotated[Path | None, typer.Option(help="Table of results to --from.")] = None,
    threshold: Annotated[
        float | None,
        typer.Option(
            min=0.01,
            help="Value under which clearance is simplified, national currency; without it, it is looked for in the values.",
        ),
    ] = None,
    model_file: Annotated[
        Path | None, typer.Option("--out", help="Model file to write, instead of registering the model.")
    ] = None,
    history_file: Annotated[
        Path | None,
        typer.Option("--history", help="Also write the history, to start an assessment worker from."),
    ] = None,
    hubs_file: HubsOption = None,
    models: ModelsOption = None,
    home: HomeOption = None,
    as_json: JsonOption = False,
) -> None:
    """Train a model on past cases and their examination results, register it, and print its card.

    Registered in the folder `--models` names, else in the instance of this machine, else in `models`. A folder of tables
    (`cocket simulate --world stable`) will do as well, and so will any two tables whose columns are named as in
    docs/how-to/risk/train-a-model.md.

    Examples:
        cocket risk train country --out model.cocket --history country.history

        cocket risk train --from declarations.parquet --results results.csv --threshold 150 --out model.cocket
    """
    if (data is None) == (table is None) or (table is None) != (results is None):
        raise typer.BadParameter("Give a folder, or two tables: --from DECLARATIONS --results RESULTS.")
    hubs = listed_hubs(hubs_file)
    notes: list[Notes] = []
    with progress("Training", 1) as step:
        if table is not None and results is not None:
            content, past = _of_tables((table, results), threshold, hubs, notes), None
        elif data is None:
            raise typer.BadParameter("Name a folder.")
        elif is_table(data):
            if threshold is not None:
                raise SettingsError(
                    "A folder of tables states its threshold itself.",
                    hint="Leave out --threshold.",
                    code="threshold-stated",
                )
            content, past = train_on_tables(data, hubs), None
        else:
            past = without_hubs(_read(data), hubs)
            content = train(past, _origin(data), threshold)
        step(1)
    model = content.to_bytes()
    if model_file is not None:
        write_file(model_file, model)
    if history_file is not None:
        if past is None:
            raise SettingsError(
                "Tables contain no history to start an assessment worker from.", hint="Leave out --history."
            )
        write_file(history_file, replay(past, content.card.threshold).snapshot())
    version, where = load_model(model).version, str(model_file)
    if model_file is None:
        with register_of(models, home) as register:
            version, where = register.register(model, "trained"), register.name
    _show(version, content.card, where, as_json, notes)


def _of_tables(files: tuple[Path, Path], threshold: float | None, hubs: Hubs, notes: list[Notes]) -> LayeredFile:
    """Train on two tables; the hash of their bytes says what was learnt from. What was not used of them goes to `notes`."""
    from cocket.risk.models.cells import declarations_in, results_in
    from cocket.risk.models.learning import Origin
    from cocket.risk.models.tables import rows_without_hubs
    from cocket.risk.models.tables import train_on_tables as train_tables

    table, results = files
    told, found = declarations_in(read_table(table), today()), results_in(read_table(results), today())
    for path, each in ((table, told), (results, found)):
        tell_notes(path, each.notes)
        notes.append(each.notes)
    root = hashlib.sha256(
        hashlib.sha256(read_file(table)).digest() + hashlib.sha256(read_file(results)).digest()
    ).hexdigest()
    origin = Origin(data_root=root, code_version=installed("cocket"))
    return train_tables(rows_without_hubs(told.table, hubs), found.table, origin, threshold)


@app.command("card")
def card_command(
    model_file: Annotated[Path, typer.Argument(metavar="FILE", help="Model file.")], as_json: JsonOption = False
) -> None:
    """Load a model, have it pass its own test, and print its card."""
    model = load_model(read_file(model_file))
    _show(model.version, model.card, str(model_file), as_json)


def _read(data: Path) -> Past:
    folder = history_folder(data)
    return read_past(read_file(folder / "declarations.ndjson"), read_file(folder / "results.csv"))


def _origin(data: Path) -> Origin:
    """Where a model comes from: the hash of the two tables, and the version of the code."""
    from cocket.risk.models.learning import Origin

    digest = hashlib.sha256()
    for name in ("declarations.ndjson", "results.csv"):
        digest.update(hashlib.sha256(read_file(history_folder(data) / name)).digest())
    return Origin(data_root=digest.hexdigest(), code_version=installed("cocket"))


def _show(version: str, card: LayeredCard, where: str, as_json: bool, notes: Sequence[Notes] = ()) -> None:
    from cocket.risk.models.report import warnings_of

    if as_json:
        telling = told_notes(notes)
        json_line({"version": version, "card": card} | ({"tables": telling} if telling else {}))
        return
    _print(f"[bold]{version}[/bold] in {where}")
    _print(card.purpose)
    _print(
        f"Trained on {card.rows:,} goods items and {card.examined:,} results of examinations, {card.found:,} of them finds "
        f"({_share(card.found, card.examined)}); {card.random_found:,} of {card.random_examined:,} drawn at random. Families: "
        f"{', '.join(card.families)}."
    )
    if card.threshold is None:
        _print("No threshold of simplified clearance is known: parts kept under one are not looked for (--threshold).")
    else:
        how = "found in the values" if card.threshold_found else "stated"
        _print(f"Threshold of simplified clearance: {card.threshold:,.2f}, {how}; parts kept under it are looked for.")
    if card.latest is not None:
        area = card.latest.auc
        _print(
            f"On the latest {card.latest.results:,} results, {card.latest.found:,} of them finds, its AUC is {area.value:.3f} "
            f"({area.low:.3f}–{area.high:.3f}); an order by chance has 0.5."
        )
    out.print(_measured(card))
    _print(
        "Leans on: "
        + ", ".join(f"{name} {gain:.0%}" for name, gain in list(card.importance.items())[:_IMPORTANT])
        + "."
    )
    if card.rivals:
        out.print(_rivals(card))
    if card.reliability:
        out.print(_reliability(card))
    for warning in warnings_of(card):
        _print(f"[bold]Warning:[/bold] {warning}")
    for limit in card.limits:
        _print(f"• {limit}")


def _measured(card: LayeredCard) -> Listing:
    table = Listing("latest quarter, ranked by", *_FIGURES.values())
    for way, figures in card.measured.items():
        table.add_row(
            _WAYS.get(way, way), *("–" if (value := figures[name]) is None else f"{value:.3f}" for name in _FIGURES)
        )
    return table


def _rivals(card: LayeredCard) -> Listing:
    """The jury: what each order finds in the first 5 % of all declarations that the latest results stand for."""
    table = Listing(
        "ranked by", "top 5 %", "ahead by", "std. error", "", title="Latest quarter, weighted by selection probability"
    )
    for one in card.rivals:
        beats = "beats it" if one.beats else ""
        table.add_row(
            _WAYS.get(one.name, one.name), f"{one.found:.3f}", f"{one.ahead:+.3f}", f"{one.spread:.3f}", beats
        )
    table.caption = (
        "Ahead: what this model finds more. "
        f"Separate trees have a weight of {card.blend:.0%}, plain trees of {card.plain_part:.0%}."
    )
    return table


def _reliability(card: LayeredCard) -> Listing:
    """What was told, and what observed, on results that neither the model nor its scale learnt from."""
    table = Listing(
        "share", "predicted", "observed", "95 % interval", "results", "drawn at random",
        title="Probabilities, by share of all declarations",
    )  # fmt: skip
    for one in card.reliability:
        table.add_row(
            f"{one.stands_for:.0%}",
            f"{one.told:.3f}",
            f"{one.true.value:.3f}",
            f"{one.true.low:.3f}–{one.true.high:.3f}",
            f"{one.examined:,}",
            f"{one.drawn:,}",
        )
    error = "–" if card.reliability_error is None else f"{card.reliability_error:.3f}"
    table.caption = f"Calibration error among the most likely to be selected: {error}."
    return table


def _share(part: int, whole: int) -> str:
    return f"{part / whole:.1%}" if whole else "–"


def _print(text: str) -> None:
    """A sentence, broken between words on a terminal, and in one line where a program reads it."""
    out.print(text, soft_wrap=not out.is_terminal, highlight=False)
