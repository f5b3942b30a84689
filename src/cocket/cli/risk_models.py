# SPDX-License-Identifier: Apache-2.0
"""`cocket risk models`, `promote`, `rollback`, `evaluate`, and training on tables: the register, and are we any good?"""

from __future__ import annotations

import getpass
import hashlib
from collections.abc import Callable
from enum import StrEnum
from importlib.metadata import version as installed
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.table import Table

from cocket.cli.say import JsonOption, json_line, out, progress
from cocket.errors import SettingsError, StoreError

if TYPE_CHECKING:
    from cocket.simulation.protocol.run import Report

#: Folder of models unless another is named.
MODELS = Path("models")

ModelsOption = Annotated[Path, typer.Option("--models", help="Folder of the register of models.")]


class RoleName(StrEnum):
    """Roles a model can be given."""

    CHAMPION = "champion"
    CHALLENGER = "challenger"
    SHADOW = "shadow"


def is_table(folder: Path) -> bool:
    """Whether a folder holds a world of tables."""
    return (folder / "world.json").is_file()


def train_on_tables(folder: Path, models: Path, as_json: bool) -> None:
    """Train a table model on a folder of tables and register it."""
    from cocket.pipeline.model_registry import ModelRegistry
    from cocket.risk.models.layered_v1 import LayeredModel
    from cocket.risk.models.learning import Origin, train_layered
    from cocket.simulation.worlds.folder import read_public
    from cocket.simulation.worlds.view import entries_of, results_of, terms_of

    public = read_public(folder)
    origin = Origin(data_root=_root(folder, public.about.format), code_version=installed("cocket"))
    with progress("Training", 1) as step:
        content = train_layered(
            entries_of(public.declarations),
            results_of(public.results, public.selections),
            terms_of(public.crossing, public.about.threshold),
            origin,
        )
        step(1)
    data = content.to_bytes()
    version = ModelRegistry(models).register(data, _who())
    card = LayeredModel.load(data).card
    if as_json:
        json_line({"version": version, "card": card})
        return
    _print(
        f"[bold]{version}[/bold] is registered in {models}/, with its card and its entry for a register of algorithms."
    )
    _print(
        f"Learnt from {card.rows:,} declarations and {card.examined:,} results, {card.found:,} finds; {card.random_found:,} of "
        f"{card.random_examined:,} drawn at random. Families: {', '.join(card.families)}."
    )
    table = Table("ordered by", "AUC", "precision", "in top 5 %", "in top 10 %")
    for way, figures in card.measured.items():
        table.add_row(
            way, *("–" if figures[each] is None else f"{figures[each]:.3f}" for each in ("auc", "ap", "p@5", "p@10"))
        )
    out.print(table)
    for limit in card.limits:
        _print(f"• {limit}")


def models_command(folder: ModelsOption = MODELS, as_json: JsonOption = False) -> None:
    """List the registered models, their roles, and what was done with them.

    Example:
        cocket risk models --models models
    """
    from cocket.pipeline.model_registry import ModelRegistry

    registry = ModelRegistry(folder)
    roles, acts = registry.roles(), registry.acts()
    if as_json:
        json_line({"roles": roles, "acts": acts})
        return
    table = Table("when", "what", "model", "by", "why")
    for act in acts:
        table.add_row(act.at, act.kind, act.version, act.by, act.reason)
    out.print(table)
    for role in RoleName:
        _print(f"{role.value}: {getattr(roles, role.value) or '–'}")


def promote_command(
    version: Annotated[str, typer.Argument(help="Version of a registered model.")],
    reason: Annotated[str, typer.Option(help="Why, in words.")],
    role: Annotated[RoleName, typer.Option(help="Role to give it.")] = RoleName.CHAMPION,
    folder: ModelsOption = MODELS,
    as_json: JsonOption = False,
) -> None:
    """Give a model a role after it has passed its own test.

    Example:
        cocket risk promote layered-v1-0123456789ab --role challenger --reason "trained on the new year"
    """
    from cocket.pipeline.model_registry import ModelRegistry

    _tell(ModelRegistry(folder).promote(version, role.value, _who(), reason), as_json)


def rollback_command(
    reason: Annotated[str, typer.Option(help="Why, in words.")],
    folder: ModelsOption = MODELS,
    as_json: JsonOption = False,
) -> None:
    """Let the champion before the present one speak again.

    Example:
        cocket risk rollback --reason "hit rate fell"
    """
    from cocket.pipeline.model_registry import ModelRegistry

    _tell(ModelRegistry(folder).roll_back(_who(), reason), as_json)


def evaluate_command(
    folder: Annotated[Path, typer.Option("--out", help="Folder for report.html and report.json.")] = Path("evaluation"),
    seeds: Annotated[int, typer.Option(min=1, help="Paired seeds; eight and more give intervals worth having.")] = 8,
    first: Annotated[int, typer.Option(min=101, help="First seed; those up to 100 were used for tuning.")] = 101,
    size: Annotated[int, typer.Option(min=5000, help="Declarations a world whose weeks are played.")] = 40_000,
    table: Annotated[int, typer.Option(min=5000, help="Declarations of the table that all learn at once.")] = 80_000,
    worlds: Annotated[str, typer.Option(help="Worlds to play, with commas between.")] = "stable,drift,collapse,noise",
    jobs: Annotated[int, typer.Option(min=1, help="Processes.")] = 1,
    public: Annotated[Path | None, typer.Option(help="Folder of the public set, if you have it.")] = None,
    as_json: JsonOption = False,
) -> None:
    """Run the whole protocol on worlds nobody tuned on, and write one report.

    Example:
        cocket risk evaluate --seeds 8 --size 40000 --table 80000 --jobs 2 --out evaluation
    """
    import msgspec

    from cocket.simulation.protocol.page import page_of
    from cocket.simulation.protocol.run import PLAYED, Protocol, evaluate

    names = tuple(worlds.split(","))
    if not set(names) <= set(PLAYED):
        raise SettingsError("There is no such world to play.", expected=", ".join(PLAYED), found=worlds)
    protocol = Protocol(
        seeds=tuple(range(first, first + seeds)),
        size=size,
        table=table,
        worlds=names,
        public=str(public) if public else None,
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

    table = Table("figure", "asked", "measured", "holds")
    for claim in report.claims:
        table.add_row(claim.name, claim.asked, told(claim.mean), held(claim))
    out.print(table)
    for each in report.skipped:
        _print(f"Left out: {each.world}, seed {each.seed}. {each.why}")
    _print(f"The report is in {folder}/report.html and report.json.")


def _write(folder: Path, page: Callable[[], str], content: bytes) -> None:
    try:
        folder.mkdir(parents=True, exist_ok=True)
        (folder / "report.json").write_bytes(content)
        (folder / "report.html").write_text(page(), encoding="utf-8")
    except OSError as error:
        raise StoreError(f"{folder} cannot be written: {error.strerror}.", code="file-unwritable") from error


def _root(folder: Path, form: str) -> str:
    """SHA-256 over the tables that were learnt from, in the order of their names."""
    digest = hashlib.sha256()
    for name in ("declarations", "results", "selections"):
        try:
            digest.update(hashlib.sha256((folder / f"{name}.{form}").read_bytes()).digest())
        except OSError as error:
            raise SettingsError(f"{folder}/{name}.{form} cannot be read.", code="file-unreadable") from error
    return digest.hexdigest()


def _tell(roles: object, as_json: bool) -> None:
    if as_json:
        json_line(roles)
        return
    for role in RoleName:
        _print(f"{role.value}: {getattr(roles, role.value) or '–'}")


def _who() -> str:
    try:
        return getpass.getuser()
    except (OSError, KeyError):
        return "unknown"


def _print(text: str) -> None:
    out.print(text, soft_wrap=True, highlight=False)
