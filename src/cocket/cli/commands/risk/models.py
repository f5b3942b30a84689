# SPDX-License-Identifier: Apache-2.0
"""`cocket risk models`, `register`, `promote`, `rollback`, and training on tables: the register, and who speaks."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from contextlib import contextmanager
from enum import StrEnum
from importlib.metadata import version as installed
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Protocol

import typer

from cocket.cli.base.files import read_file
from cocket.cli.base.instance_access import home_option, open_service, settings_of
from cocket.cli.base.operator_principal import machine_account, operator
from cocket.cli.base.output import HomeOption, JsonOption, Listing, json_line, out
from cocket.cli.commands.proposals import tell_proposed
from cocket.errors import SettingsError
from cocket.gate import make_key

if TYPE_CHECKING:
    from cocket.governance.proposals import Proposal
    from cocket.pipeline.governance.second_person import SecondPerson
    from cocket.pipeline.risk.challenger_results import ChallengerResult
    from cocket.pipeline.risk.models import Models
    from cocket.risk.estimate import Rate
    from cocket.risk.hubs import Hubs
    from cocket.risk.models.layered_v1 import LayeredFile
    from cocket.risk.models.registry import ModelAct, Role, Roles

#: Folder of models where there is neither another one named nor a house.
_MODELS = Path("models")

ModelsOption = Annotated[
    Path | None,
    typer.Option("--models", help="Folder of a model register; by default that of the instance, else models."),
]


AnywayOption = Annotated[
    str | None,
    typer.Option(
        help="Reason to make it champion although it does no better than chance, or something simpler does better; sealed."
    ),
]


class RoleName(StrEnum):
    """Roles a model can be given."""

    CHAMPION = "champion"
    CHALLENGER = "challenger"
    SHADOW = "shadow"


class Register(Protocol):
    """A register of models, of a house or of a folder."""

    name: str

    def register(self, data: bytes, reason: str) -> str:
        """Take in a model; gives its version."""

    def promote(self, version: str, role: Role, reason: str, anyway: str | None = None) -> Roles:
        """Give a model a role."""

    def roll_back(self, reason: str) -> Roles:
        """Let the champion before speak again."""

    def acts(self) -> tuple[Roles, tuple[ModelAct, ...]]:
        """Roles and all acts."""


@contextmanager
def register_of(folder: Path | None, home: Path | None) -> Iterator[Register]:
    """The register that a command means: of a given folder, else of the instance here, else of the folder `models`.

    Raises:
        SettingsError: The given home has no instance.
    """
    settings = settings_of(**home_option(home))
    if folder is None and (home is not None or settings.keys_folder.is_dir()):
        with open_service(settings, lambda one: (one.risk.models, one.governance.second_person)) as (models, second):
            yield _OfHouse(models, second, str(settings.models_folder))
    else:
        yield _OfFolder(folder or _MODELS)


class _OfHouse:
    def __init__(self, models: Models, second: SecondPerson, name: str) -> None:
        self.models, self.second, self.name = models, second, name

    def register(self, data: bytes, reason: str) -> str:
        return self.models.register_model(operator(), data, reason)

    def promote(self, version: str, role: Role, reason: str, anyway: str | None = None) -> Roles:
        self._propose(self.models.proposed_promotion(operator(), version, role, reason, anyway))
        return self.models.promote_model(operator(), version, role, reason, anyway)

    def roll_back(self, reason: str) -> Roles:
        self._propose(self.models.proposed_roll_back(operator(), reason))
        return self.models.roll_back_model(operator(), reason)

    def acts(self) -> tuple[Roles, tuple[ModelAct, ...]]:
        return self.models.model_acts(operator())

    def _propose(self, wanted: Proposal | None) -> None:
        """Propose what needs a second person, and end there: nothing was done."""
        if wanted is not None:
            tell_proposed(self.second.propose(operator(), wanted, make_key).proposal, as_json=False)
            raise typer.Exit(0)


class _OfFolder:
    def __init__(self, folder: Path) -> None:
        from cocket.pipeline.risk.model_registry import ModelRegistry

        self.name, self._registry = str(folder), ModelRegistry(folder)

    def register(self, data: bytes, reason: str) -> str:
        return self._registry.register(data, machine_account(), reason)

    def promote(self, version: str, role: Role, reason: str, anyway: str | None = None) -> Roles:
        return self._registry.promote(version, role, machine_account(), reason, anyway)

    def roll_back(self, reason: str) -> Roles:
        return self._registry.roll_back(machine_account(), reason)

    def acts(self) -> tuple[Roles, tuple[ModelAct, ...]]:
        return self._registry.roles(), self._registry.acts()


def is_table(folder: Path) -> bool:
    """Whether a folder holds a world of tables."""
    return (folder / "world.json").is_file()


def train_on_tables(folder: Path, hubs: Hubs) -> LayeredFile:
    """Train a model on a folder of tables, linking no one by hubs."""
    from cocket.risk.models.learning import Origin, train_layered
    from cocket.risk.models.tables import rows_without_hubs
    from cocket.simulation.worlds.folder import read_public
    from cocket.simulation.worlds.view import entries_of, results_of, terms_of

    public = read_public(folder)
    return train_layered(
        rows_without_hubs(entries_of(public.declarations), hubs),
        results_of(public.results, public.selections),
        terms_of(public.crossing, public.about.threshold),
        Origin(data_root=_root(folder, public.about.format), code_version=installed("cocket")),
    )


def models_command(folder: ModelsOption = None, home: HomeOption = None, as_json: JsonOption = False) -> None:
    """List the registered models, their roles, what was done with them, and in an instance how each fares.

    Examples:
        cocket risk models

        cocket risk models --models models
    """
    with register_of(folder, home) as register:
        roles, acts = register.acts()
        models = register.models if isinstance(register, _OfHouse) else None
        in_use = models.models_in_use() if models else None
        tried = models.challenger_models(operator()) if models else ()
    if as_json:
        json_line({"roles": roles, "acts": acts, "in_use": in_use, "tried": tried})
        return
    table = Listing("when", "what", "model", "by", "why")
    for act in acts:
        table.add_row(act.at, act.kind, act.version, act.by, act.reason)
    out.print(table)
    _tell(roles, False)
    if in_use is not None:
        spoken = in_use.champion or "no model: only the rules are active"
        _print(f"the assessment worker uses {spoken}" + (f", since {in_use.at}" if in_use.at else ""))
        for role, why in in_use.refused.items():
            _print(f"[bold red]refused[/bold red] as {role}: {why}")
    if tried:
        out.print(_fares(tried))


def register_command(
    file: Annotated[Path, typer.Argument(help="Model file.")],
    reason: Annotated[str, typer.Option(help="Why, in words.")],
    role: Annotated[RoleName | None, typer.Option(help="Role to give it immediately.")] = None,
    anyway: AnywayOption = None,
    folder: ModelsOption = None,
    home: HomeOption = None,
    as_json: JsonOption = False,
) -> None:
    """Take in a model file that was trained elsewhere, after it has passed its own test.

    Example:
        cocket risk register model.cocket --role shadow --reason "trained on the new year"
    """
    data = read_file(file)
    with register_of(folder, home) as register:
        version = register.register(data, reason)
        roles = register.promote(version, role.value, reason, anyway) if role else register.acts()[0]
    if as_json:
        json_line({"version": version, "roles": roles})
        return
    _print(f"[bold]{version}[/bold] is registered.")
    _tell(roles, False)


def promote_command(
    version: Annotated[str, typer.Argument(help="Version of a registered model.")],
    reason: Annotated[str, typer.Option(help="Why, in words.")],
    role: Annotated[RoleName, typer.Option(help="Role to give it.")] = RoleName.CHAMPION,
    anyway: AnywayOption = None,
    folder: ModelsOption = None,
    home: HomeOption = None,
    as_json: JsonOption = False,
) -> None:
    """Give a model a role after it has passed its own test. A running assessment worker takes it up with its next batch.

    No model becomes champion whose order on the latest results is not distinguishable from chance, or that something simpler
    beats there by more than one standard error, as its card shows, unless somebody says why: --anyway. Both reasons are sealed.

    Examples:
        cocket risk promote layered-v1-0123456789ab --role challenger --reason "trained on the new year"

        cocket risk promote layered-v1-0123456789ab --reason "first model" --anyway "to be watched for a month"
    """
    with register_of(folder, home) as register:
        _tell(register.promote(version, role.value, reason, anyway), as_json)


def rollback_command(
    reason: Annotated[str, typer.Option(help="Why, in words.")],
    folder: ModelsOption = None,
    home: HomeOption = None,
    as_json: JsonOption = False,
) -> None:
    """Let the champion before the present one speak again.

    Example:
        cocket risk rollback --reason "hit rate fell"
    """
    with register_of(folder, home) as register:
        _tell(register.roll_back(reason), as_json)


def _fares(tried: tuple[ChallengerResult, ...]) -> Listing:
    table = Listing(
        "model", "its scores", "examined", "found", "AUC", "precision", "in top 5 % of all", "of those that selected"
    )
    for one in tried:
        table.add_row(
            one.version,
            "selected" if one.selects else "beside",
            f"{one.examined:,}",
            f"{one.found:,}",
            _figure(one.auc),
            _figure(one.precision),
            _top(one.in_top),
            ""
            if one.selects
            else f"{_figure(one.champion_auc)}, {_figure(one.champion_precision)}, {_top(one.champion_in_top)}",
        )
    return table


def _top(rate: Rate | None) -> str:
    if rate is None:
        return "– (none drawn at random)"
    return f"{rate.share.value:.1%} ({rate.share.low:.1%}–{rate.share.high:.1%})"


def _figure(value: float | None) -> str:
    return "–" if value is None else f"{value:.3f}"


def _root(folder: Path, form: str) -> str:
    """SHA-256 over the tables that were learnt from, in the order of their names."""
    digest = hashlib.sha256()
    for name in ("declarations", "results", "selections"):
        try:
            digest.update(hashlib.sha256((folder / f"{name}.{form}").read_bytes()).digest())
        except OSError as error:
            raise SettingsError(f"{folder}/{name}.{form} cannot be read.", code="file-unreadable") from error
    return digest.hexdigest()


def _tell(roles: Roles, as_json: bool) -> None:
    if as_json:
        json_line(roles)
        return
    for role in RoleName:
        _print(f"{role.value}: {getattr(roles, role.value) or '–'}")


def _print(text: str) -> None:
    out.print(text, soft_wrap=True, highlight=False)
