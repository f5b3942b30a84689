# SPDX-License-Identifier: Apache-2.0
"""`cocket simulate`: a folder, a line of JSON, and one plain sentence when it cannot be."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
import typer
from typer.testing import CliRunner, Result

from cocket.cli.commands.simulate import simulate_command
from cocket.errors import SettingsError

app = typer.Typer()
app.command()(simulate_command)

SMALL = b"history_size = 200\nhistory_days = 10\nseed = 9\n"


def run(folder: Path, *arguments: str) -> Result:
    parameters = folder / "small.toml"
    parameters.write_bytes(SMALL)
    asked = ["--params", str(parameters), "--out", str(folder / "out"), "--size", "20", "--days", "1", *arguments]
    return CliRunner().invoke(app, asked)


def test_it_makes_the_folder_and_tells_in_json_what_is_in_it(tmp_path: Path) -> None:
    done = run(tmp_path, "--json")
    assert done.exit_code == 0
    told = json.loads(done.stdout)
    assert (told["world"], told["seed"], told["history"]) == ("alphaland", 9, 200)
    assert told["declarations"] + told["lodged"] == 20
    assert len(list((tmp_path / "out/host/sad").iterdir())) == told["declarations"]


def test_the_seed_on_the_command_line_goes_before_that_of_the_file(tmp_path: Path) -> None:
    assert json.loads(run(tmp_path, "--json", "--seed", "2").stdout)["seed"] == 2


def test_people_are_told_in_sentences_where_the_truth_is(tmp_path: Path) -> None:
    told = run(tmp_path).stdout
    assert "declarations to send" in told
    assert "out/truth/" in told.replace("\n", "")


@pytest.mark.parametrize("wrong", [["--world", "nowhere"], ["--size", "0"], ["--params", "/does/not/exist.toml"]])
def test_what_cannot_be_made_is_an_error_of_ours(tmp_path: Path, wrong: list[str]) -> None:
    assert isinstance(run(tmp_path, *wrong).exception, SettingsError)


def test_a_world_of_tables_keeps_its_truth_apart_and_tells_how_hard_it_is(tmp_path: Path) -> None:
    asked = ["--world", "stable", "--seed", "3", "--size", "5000", "--out", str(tmp_path)]
    done = CliRunner().invoke(app, [*asked, "--json"])
    assert done.exit_code == 0
    told = json.loads(done.stdout)
    assert (told["about"]["world"], told["about"]["declarations"]) == ("stable", 5000)
    assert 0.0 < told["hardness"]["fraud"] < 0.2  # so small a world may well be too full of fraud
    assert {path.name for path in tmp_path.iterdir()} > {"truth", "world.json", "declarations.parquet"}
    assert "truth/" in CliRunner().invoke(app, asked).stdout.replace("\n", "")
