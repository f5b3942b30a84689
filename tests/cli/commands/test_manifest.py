# SPDX-License-Identifier: Apache-2.0
"""`cocket manifest`: a line a bill, an exit code that tells, and targets with reasons."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from cocket.cli.commands.manifest import app
from tests.pipeline.consignment.test_manifests import CARGO, bill, manifest, sad


def run(*arguments: str | Path) -> Result:
    return CliRunner().invoke(app, [str(argument) for argument in arguments])


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "0-manifest.xml").write_bytes(CARGO)
    for number, packages in ((1, 10), (2, 12), (3, 10)):
        (tmp_path / f"{number}-sad.xml").write_bytes(sad(number, f"TSTB010000{number}", packages))
    return tmp_path


def rows(result: Result) -> list[dict[str, object]]:
    return [json.loads(line) for line in result.stdout.splitlines() if line.startswith("{")]


def test_a_folder_is_written_off_with_a_json_line_a_bill(folder: Path) -> None:
    result = run("control", folder, "--json", "--on", "2026-01-20")
    assert result.exit_code == 1
    told = [
        (row["bill"], row["state"], row["packages_left"], [f["code"] for f in row["findings"]]) for row in rows(result)
    ]  # type: ignore[attr-defined]
    assert told == [
        ("TSTB0100001", "closed", 0, []),
        ("TSTB0100002", "over", -2, ["declared-more-than-manifested"]),
        ("TSTB0100003", "closed", 0, []),
        ("TSTB0100004", "open", 10, []),
    ]


def test_days_and_the_day_to_judge_by_are_given(folder: Path) -> None:
    (folder / "2-sad.xml").write_bytes(sad(2, "TSTB0100002"))
    assert run("control", folder, "--on", "2026-01-20").exit_code == 0
    result = run("control", folder, "--on", "2026-01-20", "--days", "3")
    assert result.exit_code == 1
    assert "nothing of bill TSTB0100004" in result.stdout
    assert run("control", folder, "--on", "yesterday").exit_code == 2


def test_a_manifest_that_comes_again_tells_what_was_landed(folder: Path) -> None:
    landed = manifest(*(bill(f"TSTB010000{n}", 8 if n == 4 else 10) for n in range(1, 5)))
    (folder / "9-manifest.xml").write_bytes(landed)
    result = run("control", folder, "--json", "--on", "2026-01-20")
    assert [row["packages_landed"] for row in rows(result)] == [10, 10, 10, 8]
    assert "bill-short-landed" in result.stdout


def test_what_cannot_be_read_does_not_count_and_is_said(folder: Path) -> None:
    (folder / "5-noise.xml").write_bytes(b"<nothing/>")
    result = run("control", folder, folder / "absent.xml", "--on", "2026-01-20", "--json")
    assert result.exit_code == 2
    assert [row["bill"] for row in rows(result) if "bill" in row] == [f"TSTB010000{number}" for number in range(1, 5)]
    errors = {Path(str(row["file"])).name: row["error"]["code"] for row in rows(result) if "error" in row}  # type: ignore[index]
    assert errors == {"absent.xml": "file-unreadable", "5-noise.xml": "standard-unknown"}
    assert "absent.xml cannot be read" in result.stderr


@pytest.mark.parametrize("command", ["control", "target"])
def test_a_file_that_cannot_be_read_is_exit_2(folder: Path, command: str) -> None:
    bare = folder / "others"
    (bare / "empty").mkdir(parents=True)
    (bare / "empty.xml").write_bytes(b"")
    (bare / "noise.bin").write_bytes(bytes(range(256)) * 9)
    for name in ("absent.xml", "empty.xml", "noise.bin", "empty"):
        result = run(command, bare / name)
        assert (result.exit_code, bool(result.stderr)) == (2, True), name
        (row,) = rows(run(command, bare / name, "--json"))
        assert (Path(str(row["file"])).name, set(row["error"])) == (name, {"code", "message"})  # type: ignore[call-overload]
        result = run(command, folder / "0-manifest.xml", bare / name, "--json")  # what can be read is told all the same
        assert (result.exit_code, len(rows(result)) > 1) == (2, True)
    result = run(command, folder / "1-sad.xml")
    assert (result.exit_code, "None of the files is a manifest" in result.stderr) == (2, True)


def test_targets_are_told_highest_first_with_their_reasons(folder: Path) -> None:
    result = run("target", folder, "--json")
    assert result.exit_code == 0
    found = rows(result)
    assert [row["score"] for row in found] == sorted((row["score"] for row in found), reverse=True)  # type: ignore[type-var]
    assert "goods-vague" in result.stdout
    assert "do not tell what the goods are" in run("target", folder).stdout
