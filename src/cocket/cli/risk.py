# SPDX-License-Identifier: Apache-2.0
"""`cocket risk`: train a model on the past, read its card, and look for threats in a log."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import msgspec
import typer
from rich.table import Table

from cocket.cli.risk_explain import draws_command, explain_command
from cocket.cli.risk_models import (
    MODELS,
    ModelsOption,
    evaluate_command,
    is_table,
    models_command,
    promote_command,
    rollback_command,
    train_on_tables,
)
from cocket.cli.risk_review import review_command
from cocket.cli.risk_threats import threats
from cocket.cli.say import JsonOption, json_line, out, progress
from cocket.errors import SettingsError, StoreError
from cocket.risk import Card, Model, Past, read_past, replay, train

app = typer.Typer(no_args_is_help=True, help="Train risk models, read their cards, and find threats.")

app.command("explain")(explain_command)
app.command("draws")(draws_command)
app.command("review")(review_command)
app.command("threats")(threats)
app.command("models")(models_command)
app.command("promote")(promote_command)
app.command("rollback")(rollback_command)
app.command("evaluate")(evaluate_command)

_WAYS = {"model": "this model", "host": "host's lanes", "importer-rate": "importer's record"}
_FIGURES = {"auc": "AUC", "ap": "precision", "p@5": "in top 5 %", "p@10": "in top 10 %"}
_IMPORTANT = 8


@app.command("train")
def train_command(
    data: Annotated[Path, typer.Argument(help="Folder of `cocket simulate`, or its history folder.")],
    model_file: Annotated[Path, typer.Option("--out", help="Model file to write.")] = Path("model.cocket"),
    history_file: Annotated[
        Path | None,
        typer.Option("--history", help="Also write the history that the past leaves behind, to start a desk from."),
    ] = None,
    models: ModelsOption = MODELS,
    as_json: JsonOption = False,
) -> None:
    """Train a model on past cases and their examination results, and print its card.

    From a folder of tables (`cocket simulate --world stable`) a table model is trained and registered in `--models`.
    """
    if is_table(data):
        train_on_tables(data, models, as_json)
        return
    past = _read(data)
    with progress("Training") as step:
        content = train(past, step)
    data_bytes = content.to_bytes()
    version = Model.load(data_bytes).version
    _write(model_file, data_bytes)
    if history_file is not None:
        _write(history_file, replay(past).history.snapshot())
    _show(version, content.card, as_json)


@app.command("card")
def card_command(
    model_file: Annotated[Path, typer.Argument(metavar="FILE", help="Model file.")], as_json: JsonOption = False
) -> None:
    """Load a model, have it pass its own test, and print its card."""
    model = Model.load(_bytes(model_file))
    _show(model.version, model.card, as_json)


def _read(data: Path) -> Past:
    folder = data / "history" if (data / "history").is_dir() else data
    return read_past(_bytes(folder / "declarations.ndjson"), _bytes(folder / "results.csv"))


def _bytes(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError as error:
        raise SettingsError(f"{path} cannot be read: {error.strerror}.", code="file-unreadable") from error


def _write(path: Path, content: bytes) -> None:
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
    except OSError as error:
        raise StoreError(f"{path} cannot be written: {error.strerror}.", code="file-unwritable") from error


def _show(version: str, card: Card, as_json: bool) -> None:
    if as_json:
        json_line({"version": version, "card": msgspec.to_builtins(card)})
        return
    out.print(f"[bold]{version}[/bold]", highlight=False)
    out.print(card.purpose, soft_wrap=True)
    out.print(
        f"Learnt from {card.cases:,} declarations, {card.first_day} to {card.last_day}; {card.examined:,} were examined and "
        f"{card.found:,} found irregular ({_share(card.found, card.examined)}). Of {card.random_examined:,} drawn at random, "
        f"{card.random_found:,} were ({_share(card.random_found, card.random_examined)}).",
        soft_wrap=True,
        highlight=False,
    )
    out.print(
        f"Measured on the latest quarter, from {card.holdout_from}: {card.holdout_examined:,} examined, "
        f"{card.holdout_found:,} found.",
        soft_wrap=True,
        highlight=False,
    )
    out.print(_measured(card))
    out.print(
        "Leans on: "
        + ", ".join(f"{name} {gain:.0%}" for name, gain in list(card.importance.items())[:_IMPORTANT])
        + ".",
        soft_wrap=True,
    )
    for limit in card.limits:
        out.print(f"• {limit}", soft_wrap=True)


def _measured(card: Card) -> Table:
    table = Table("ordered by", *_FIGURES.values())
    for way, figures in card.measured.items():
        table.add_row(
            _WAYS.get(way, way), *("–" if (value := figures[name]) is None else f"{value:.3f}" for name in _FIGURES)
        )
    return table


def _share(part: int, whole: int) -> str:
    return f"{part / whole:.1%}" if whole else "–"
