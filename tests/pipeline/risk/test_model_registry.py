# SPDX-License-Identifier: Apache-2.0
"""A folder of models: registered, promoted, rolled back, and never loaded if anything was changed."""

from __future__ import annotations

from pathlib import Path

import msgspec
import pytest

from cocket.errors import ProofError, SettingsError
from cocket.pipeline.risk.model_registry import ModelRegistry
from cocket.risk.models.jury import Rival
from cocket.risk.models.layered_v1 import LayeredFile
from cocket.risk.models.learning import Origin, train_layered
from cocket.risk.models.registry import ModelAct
from cocket.simulation.worlds import TABLE_WORLDS
from cocket.simulation.worlds.run import make_tables
from cocket.simulation.worlds.view import entries_of, results_of, terms_of


@pytest.fixture(scope="module")
def models() -> tuple[bytes, bytes]:
    tables = make_tables(msgspec.structs.replace(TABLE_WORLDS["stable"], seed=22, size=6_000, random_share=0.15))
    made = train_layered(
        entries_of(tables.declarations),
        results_of(tables.results, tables.selections),
        terms_of(tables.crossing, 500_000.0),
        Origin(data_root="0" * 64, code_version="test"),
    )
    made = msgspec.structs.replace(
        made, card=msgspec.structs.replace(made.card, rivals=())
    )  # so small a world proves little
    other = msgspec.structs.replace(made, card=msgspec.structs.replace(made.card, code_version="later"))
    return made.to_bytes(), other.to_bytes()


def test_the_champion_is_loaded_replaced_and_rolled_back_to_and_every_act_is_sealed_first(
    models: tuple[bytes, bytes], tmp_path: Path
) -> None:
    sealed: list[ModelAct] = []
    registry = ModelRegistry(tmp_path, sealed.append)
    one, other = (registry.register(data, "A") for data in models)
    assert registry.load("champion") is None
    registry.promote(one, "champion", "A", "first")
    registry.promote(other, "challenger", "A", "newer")
    registry.promote(other, "champion", "B", "better")
    loaded = registry.load("champion")
    assert loaded is not None
    assert loaded.version == other
    assert registry.roll_back("B", "hit rate fell").champion == one
    assert registry.acts() == tuple(sealed)
    assert (tmp_path / f"{one}.card.json").is_file()
    assert (tmp_path / f"{one}.register.json").is_file()


def test_a_changed_file_is_not_loaded(models: tuple[bytes, bytes], tmp_path: Path) -> None:
    registry = ModelRegistry(tmp_path)
    version = registry.register(models[0], "A")
    registry.promote(version, "champion", "A", "first")
    (tmp_path / f"{version}.cocket").write_bytes(models[1])
    with pytest.raises(ProofError):
        registry.load("champion")


def test_what_is_not_sealed_is_not_done(models: tuple[bytes, bytes], tmp_path: Path) -> None:
    def refuse(act: ModelAct) -> None:
        if act.kind != "registered":
            raise ProofError("The book is closed.")

    registry = ModelRegistry(tmp_path, refuse)
    version = registry.register(models[0], "A")
    with pytest.raises(ProofError):
        registry.promote(version, "champion", "A", "first")
    assert registry.roles().champion is None


def test_an_unknown_model_and_a_rollback_without_a_past_are_refused(
    models: tuple[bytes, bytes], tmp_path: Path
) -> None:
    registry = ModelRegistry(tmp_path)
    with pytest.raises(SettingsError):
        registry.promote("layered-v1-unknown", "champion", "A", "a try")
    with pytest.raises(SettingsError):
        registry.roll_back("A", "a try")


def test_no_model_becomes_champion_that_something_simpler_beats_unless_somebody_says_why(
    models: tuple[bytes, bytes], tmp_path: Path
) -> None:
    made = msgspec.json.decode(models[0].split(b"\n")[1], type=LayeredFile)
    rivals = (
        Rival(name="importer-rate", found=0.4, ahead=-0.1, spread=0.04),
        Rival(name="value", found=0.3, ahead=-0.01, spread=0.04),
    )
    beaten = msgspec.structs.replace(made, card=msgspec.structs.replace(made.card, rivals=rivals))
    sealed: list[ModelAct] = []
    registry = ModelRegistry(tmp_path, sealed.append)
    version = registry.register(beaten.to_bytes(), "A")
    with pytest.raises(SettingsError, match=r"importer-rate finds something in 40\.0%") as refused:
        registry.promote(version, "champion", "A", "first")
    assert (refused.value.code, refused.value.found) == ("model-beaten", "importer-rate")
    assert [act.kind for act in sealed] == ["registered"]
    registry.promote(version, "shadow", "A", "to be watched")
    assert registry.promote(version, "champion", "A", "first", "nothing else is at hand").champion == version
    assert sealed[-1].reason == "first (anyway: nothing else is at hand)"
