# SPDX-License-Identifier: Apache-2.0
"""`cocket check` with every standard of the house at hand."""

from __future__ import annotations

import gzip
import json
from pathlib import Path
from typing import Any

import typer
from typer.testing import CliRunner

from cocket.cli.commands.check import check
from cocket.standards import STANDARDS
from tests.standards.large_manifest import large_manifest

SAMPLES = Path(__file__).resolve().parents[2] / "samples"

app = typer.Typer()
app.command()(check)


def rows(*arguments: str | Path) -> list[dict[str, Any]]:
    """What is said of each file."""
    result = CliRunner().invoke(app, ["--json", *map(str, arguments)])
    assert result.exit_code in (0, 1), result.output
    return [json.loads(line) for line in result.stdout.splitlines()]


def test_every_sample_is_read_as_its_own_standard() -> None:
    for standard in STANDARDS:
        files = sorted((SAMPLES / standard.name).glob("*.*"))
        assert [row["standard"] for row in rows(*files)] == [standard.name] * len(files)


def test_each_set_of_rules_for_entry_summaries_can_be_asked_for() -> None:
    for profile in ("gb-ens", "gb-ens-new"):
        (row,) = rows("--profile", profile, SAMPLES / "ens" / "sea.xml")
        assert (row["outcome"], row["profile"]) == ("accepted", profile)


def test_the_structure_of_the_data_model_is_asked_for_by_its_name_in_answers_too() -> None:
    answers = sorted((SAMPLES / "wco-res").glob("*.xml"))
    assert {row["outcome"] for row in rows("--profile", "wco-dm", *answers)} == {"accepted"}


def test_habits_of_a_country_can_come_from_a_file_of_ones_own(tmp_path: Path) -> None:
    profile = tmp_path / "own.toml"
    profile.write_text('name = "ownland"\noffices = ["XO"]\n', "utf-8")
    sample = next((SAMPLES / "asycuda-sad").glob("*.xml"))
    (row,) = rows("--profile", profile, sample)
    assert row["profile"] == "asycuda:ownland"
    result = CliRunner().invoke(app, ["--profile", "asycuda:nowhere", str(sample)])
    assert result.exit_code == 2


def test_code_lists_add_warnings_and_change_no_outcome(tmp_path: Path) -> None:
    sample = SAMPLES / "wco-dm" / "import.xml"
    odd = tmp_path / "odd.xml"
    odd.write_bytes(
        sample.read_bytes().replace(b"<ExportCountry><ID>XB<", b"<ExportCountry><ID>YU<")
    )  # a country until 2003
    (alone,), (asked,) = rows(odd), rows("--codes", tmp_path, odd)
    added = [finding for finding in asked["findings"] if finding not in alone["findings"]]
    assert added
    assert {finding["severity"] for finding in added} == {"warning"}
    assert asked["outcome"] == alone["outcome"]


def test_a_manifest_too_large_to_be_held_is_read_in_parts(tmp_path: Path) -> None:
    large = tmp_path / "large.xml.gz"
    with gzip.open(large, "wb", 1) as file:
        for chunk in large_manifest(6000):
            file.write(chunk)
    (row,) = rows(large)
    assert (row["standard"], row["outcome"]) == ("asycuda-awmds", "accepted")


def test_a_list_of_postal_items_too_large_to_be_held_is_read_in_parts(tmp_path: Path) -> None:
    value = json.loads((SAMPLES / "postal-list" / "itmatt.json").read_bytes())
    item = value["items"][0]
    value |= {"itemCount": 16_000, "items": [item | {"itemId": f"CP{number:09d}XA"} for number in range(16_000)]}
    large = tmp_path / "large.json"
    large.write_text(json.dumps(value), "utf-8")
    assert large.stat().st_size > 8 * 1024 * 1024
    (row,) = rows(large)
    assert (row["standard"], row["outcome"]) == ("postal-list", "accepted")
    assert {finding["code"] for finding in row["findings"]} == {"postal-check-digit", "findings-left-out"}
    del value["prepared"]
    large.write_text(json.dumps(value), "utf-8")
    (row,) = rows(large)
    assert row["outcome"] == "refused"
