# SPDX-License-Identifier: Apache-2.0
"""`cocket risk` on tables: trained, registered, promoted, rolled back, and evaluated."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import msgspec
import pytest
from typer.testing import CliRunner, Result

from cocket.cli.commands.risk.group import app
from cocket.errors import ProofError, SettingsError
from cocket.simulation.worlds import TABLE_WORLDS
from cocket.simulation.worlds.folder import simulate_table


def run(*arguments: str | Path) -> Result:
    return CliRunner().invoke(app, [str(each) for each in arguments])


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("world")
    world = msgspec.structs.replace(TABLE_WORLDS["stable"], seed=24, size=6_000, random_share=0.15)
    simulate_table(world, folder, name="stable")
    shutil.rmtree(folder / "truth")  # training must do without
    return folder


@pytest.fixture
def models(world: Path, tmp_path: Path) -> Path:
    return tmp_path / "models"


def test_a_table_is_trained_on_without_its_truth_and_the_model_is_registered(world: Path, models: Path) -> None:
    told = json.loads(run("train", world, "--models", models, "--json").stdout)
    assert told["card"]["rows"] == 6_000
    acts = json.loads(run("models", "--models", models, "--json").stdout)["acts"]
    assert [(act["kind"], act["version"]) for act in acts] == [("registered", told["version"])]
    assert acts[0]["data_root"] == told["card"]["data_root"]


def test_the_same_table_gives_the_same_model_and_is_not_registered_twice(world: Path, models: Path) -> None:
    assert run("train", world, "--models", models).exit_code == 0
    again = run("train", world, "--models", models)
    assert isinstance(again.exception, SettingsError)
    assert "already registered" in str(again.exception)


def test_people_read_what_a_model_is_not_for_and_who_did_what(world: Path, models: Path) -> None:
    told = run("train", world, "--models", models).stdout
    assert "must not decide alone" in told
    version = next(word for word in told.split() if word.startswith("layered-v1-"))
    assert run("promote", version, "--reason", "the first", "--anyway", "a test", "--models", models).exit_code == 0
    listed = run("models", "--models", models).stdout
    assert f"champion: {version}" in listed
    refused = run("rollback", "--reason", "a try", "--models", models)
    assert isinstance(refused.exception, SettingsError)


def test_a_changed_register_is_noticed(world: Path, models: Path) -> None:
    run("train", world, "--models", models)
    log = models / "acts.ndjson"
    log.write_bytes(log.read_bytes() + log.read_bytes())
    assert isinstance(run("models", "--models", models).exception, ProofError)


def test_the_protocol_writes_a_report_for_people_and_programs(tmp_path: Path) -> None:
    done = run("evaluate", "--seeds", "1", "--size", "5000", "--worlds", "collapse", "--out", tmp_path, "--json")
    assert done.exit_code == 0, done.output
    told = json.loads(done.stdout)
    assert {claim["name"].partition(":")[0] for claim in told["claims"]} == {"Collapse"}
    assert (tmp_path / "report.html").read_text("utf-8").startswith("<!doctype html>")
    assert json.loads((tmp_path / "report.json").read_bytes())["protocol"]["seeds"] == [101]
    assert isinstance(run("evaluate", "--worlds", "nowhere", "--out", tmp_path).exception, SettingsError)
