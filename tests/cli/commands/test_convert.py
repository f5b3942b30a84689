# SPDX-License-Identifier: Apache-2.0
"""`cocket convert`: the message on one side, the losses on the other, and an exit code that tells."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
import typer
from typer.testing import CliRunner, Result

from cocket import standards
from cocket.cli.commands.convert import convert
from cocket.errors import SettingsError

SAMPLES = Path(__file__).resolve().parents[2] / "samples"
SAD = SAMPLES / "asycuda-sad" / "import-alphaland.xml"
ENS = SAMPLES / "ens" / "sea.xml"

app = typer.Typer()
app.command()(convert)


def run(*arguments: str | Path, stdin: bytes = b"") -> Result:
    return CliRunner().invoke(app, [str(argument) for argument in arguments], input=stdin)


def test_the_message_goes_to_stdout_and_the_losses_to_stderr() -> None:
    result = run(SAD, "--to", "wco-dm")
    assert result.exit_code == 0
    assert standards.read(result.stdout_bytes).standard == "wco-dm"
    assert "lost: " in result.stderr
    assert "322 values: " in result.stderr


def test_the_message_goes_to_a_file_if_one_is_named(tmp_path: Path) -> None:
    path = tmp_path / "declaration.xml"
    result = run(SAD, "--to", "wco-dm", "--out", path)
    assert (result.exit_code, result.stdout) == (0, "")
    assert standards.read(path.read_bytes()).outcome == "accepted"


def test_standard_input_is_a_file_like_any_other() -> None:
    assert run("-", "--to", "wco-dm", stdin=SAD.read_bytes()).stdout == run(SAD, "--to", "wco-dm").stdout


def test_what_is_missing_refuses_with_the_losses_told(tmp_path: Path) -> None:
    path = tmp_path / "manifest.xml"
    result = run(ENS, "--to", "asycuda-awmds", "--out", path)
    assert (result.exit_code, result.stdout, path.exists()) == (1, "", False)
    assert "convert-missing" in result.stderr
    assert "lost: " in result.stderr
    assert "--partial" in result.stderr


def test_partial_writes_it_all_the_same_and_still_says_so() -> None:
    result = run(ENS, "--to", "asycuda-awmds", "--partial")
    assert result.exit_code == 1
    assert standards.read(result.stdout_bytes).standard == "asycuda-awmds"
    assert "convert-missing" in result.stderr


def test_json_is_one_line_with_the_whole_account() -> None:
    result = run(ENS, "--to", "wco-dm", "--json")
    (line,) = result.stdout.splitlines()
    row = json.loads(line)
    assert list(row) == [
        "file",
        "source",
        "target",
        "outcome",
        "out",
        "message",
        "values",
        "recovered",
        "lost",
        "findings",
    ]
    assert row["values"] == row["recovered"] + len(row["lost"])
    assert set(row["lost"][0]) == {"path", "value", "reason"}
    assert standards.read(row["message"].encode()).standard == "wco-dm"


def test_json_names_the_file_that_holds_the_message(tmp_path: Path) -> None:
    path = tmp_path / "d.xml"
    row = json.loads(run(ENS, "--to", "wco-dm", "--json", "--out", path).stdout)
    assert (row["out"], row["message"]) == (str(path), None)
    assert path.exists()


def test_the_list_has_every_pair() -> None:
    lines = run("--list", "--json").stdout.splitlines()
    assert [json.loads(line) for line in lines] == [
        {"source": pair.source, "target": pair.target, "carries": pair.carries} for pair in standards.pairs()
    ]
    assert "asycuda-sad" in run("--list").stdout


@pytest.mark.parametrize("arguments", [(), (str(SAD),), ("--to", "wco-dm")])
def test_a_call_without_file_or_standard_is_wrong_usage(arguments: tuple[str, ...]) -> None:
    assert run(*arguments).exit_code == 2


@pytest.mark.parametrize(
    ("name", "to", "says"),
    [
        ("wco-res/accepted.xml", "wco-dm", "do not carry the same kind of document"),
        ("wco-dm/import.xml", "edifact", "No standard named edifact"),
        ("asycuda-awmds/awmds-bangladesh.xml", "wco-dm", "--bill"),
        ("wco-dm/amendment.xml", "asycuda-sad", "cannot express"),
    ],
)
def test_what_cannot_be_converted_exits_2_and_says_why(name: str, to: str, says: str) -> None:
    result = run(SAMPLES / name, "--to", to)
    assert (result.exit_code, result.stdout) == (2, "")
    assert says in result.stderr
    error = json.loads(run(SAMPLES / name, "--to", to, "--json").stdout)["error"]
    assert says in error["message"]


def test_a_message_refused_by_its_own_standard_exits_1_with_its_findings() -> None:
    bad = (SAMPLES / "wco-dm" / "import.xml").read_bytes().replace(b"<TypeCode>IMA<", b"<TypeCode>IMPORT<")
    result = run("-", "--to", "asycuda-sad", stdin=bad)
    assert result.exit_code == 1
    assert "wco-value-length" in result.stderr


def test_what_is_no_message_exits_2() -> None:
    result = run("-", "--to", "wco-dm", stdin=b"not XML")
    assert result.exit_code == 2
    assert "XML" in result.stderr


def test_a_file_that_is_not_there_is_a_setting_that_is_wrong() -> None:
    with pytest.raises(SettingsError, match="cannot be opened"):
        CliRunner().invoke(app, ["nowhere.xml", "--to", "wco-dm"], catch_exceptions=False)


H7 = SAMPLES / "low-value" / "h7.json"


def test_each_message_of_a_file_goes_to_a_file_of_its_own(tmp_path: Path) -> None:
    result = run(H7, "--to", "wco-dm", "--out", tmp_path / "h7.xml")
    assert result.exit_code == 0
    readings = [standards.read((tmp_path / name).read_bytes()) for name in ("h7.xml", "h7-2.xml")]
    assert [reading.reference for reading in readings] == ["H7-2026-000901", "H7-2026-000902"]
    assert result.stderr.count("low-value to wco-dm: ") == 2


def test_several_messages_do_not_run_into_one_stream() -> None:
    result = run(H7, "--to", "wco-dm")
    assert (result.exit_code, result.stdout) == (2, "")
    lines = run(H7, "--to", "wco-dm", "--json").stdout.splitlines()
    assert [json.loads(line)["outcome"] for line in lines] == ["accepted", "accepted"]
