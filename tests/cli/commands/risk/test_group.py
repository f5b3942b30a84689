# SPDX-License-Identifier: Apache-2.0
"""`cocket risk`: a model from a folder, its card for people and programs."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

from cocket.cli.commands.risk.group import app
from cocket.errors import SettingsError, StoreError
from cocket.risk import Facts, History, ItemFacts, load_model
from cocket.simulation import Parameters, simulate


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("country")
    simulate(Parameters(seed=4, size=5, days=1, history_size=6000, history_days=60, fraud_rate=0.06), folder)
    return folder


@pytest.fixture(scope="module")
def model_file(run: Path) -> Path:
    file = run / "models/first.cocket"
    done = CliRunner().invoke(
        app, ["train", str(run), "--out", str(file), "--history", str(run / "first.history"), "--json"]
    )
    assert done.exit_code == 0, done.output
    return file


def test_training_writes_a_model_and_the_history_it_leaves(run: Path, model_file: Path) -> None:
    model = load_model(model_file.read_bytes())
    history = History.restore((run / "first.history").read_bytes())
    assert model.card.rows >= 6000
    probe = history.look(Facts(id="probe", day=30_000.0, items=(ItemFacts(),)))
    assert probe.looks[0].figures["importer_rate"] > 0


def test_the_history_folder_alone_will_do(run: Path, model_file: Path, tmp_path: Path) -> None:
    done = CliRunner().invoke(app, ["train", str(run / "history"), "--out", str(tmp_path / "m"), "--json"])
    assert json.loads(done.stdout)["version"] == load_model(model_file.read_bytes()).version


def test_the_card_is_the_same_after_training_and_from_the_file(run: Path, model_file: Path) -> None:
    card = json.loads(CliRunner().invoke(app, ["card", str(model_file), "--json"]).stdout)
    again = CliRunner().invoke(app, ["train", str(run), "--out", str(model_file), "--json"]).stdout
    assert json.loads(again) == card
    assert set(card["card"]["measured"]) == {
        "model",
        "value",
        "importer-rate",
        "rates",
        "evidence",
        "trees",
        "plain-trees",
    }


def test_people_read_how_it_was_measured_and_what_it_is_not_for(model_file: Path) -> None:
    told = CliRunner().invoke(app, ["card", str(model_file)]).stdout
    for words in ("layered-v1-", "goods items", "value declared", "importer's record", "must not decide alone"):
        assert words in told


def test_a_file_that_is_not_there_or_no_model_is_an_error_of_ours(run: Path, tmp_path: Path) -> None:
    for arguments in (
        ["card", str(tmp_path / "none")],
        ["train", str(tmp_path)],
        ["card", str(run / "history/results.csv")],
    ):
        assert isinstance(CliRunner().invoke(app, arguments).exception, SettingsError)


def test_a_place_that_cannot_be_written_is_an_error_of_ours(run: Path, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("taken")
    done = CliRunner().invoke(app, ["train", str(run), "--out", str(tmp_path / "file/model")])
    assert isinstance(done.exception, StoreError)
