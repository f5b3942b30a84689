# SPDX-License-Identifier: Apache-2.0
"""The demo as a newcomer runs it, small."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest


def cocket(*words: str, **environment: str) -> subprocess.CompletedProcess[str]:
    clean = {name: value for name, value in os.environ.items() if not name.startswith("COCKET_")}
    command = [sys.executable, "-m", "cocket", *words]
    return subprocess.run(command, capture_output=True, text=True, check=False, env=clean | environment, timeout=240)


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("demo") / "home"


@pytest.fixture(scope="module")
def first(home: Path) -> dict[str, Any]:
    done = cocket("demo", "--once", "--size", "60", "--home", str(home), "--json")
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)  # type: ignore[no-any-return]


def test_everything_that_went_in_has_a_lane(first: dict[str, Any]) -> None:
    assert first["refused"] == 0
    assert first["lodged"] > 0
    assert first["stats"]["consignments"] == 60
    assert sum(first["stats"]["lanes"].values()) == 60
    assert sum(first["stats"]["host_lanes"].values()) == first["comparison"]["declarations"]


def test_the_comparison_spends_the_hosts_own_capacity(first: dict[str, Any]) -> None:
    comparison = first["comparison"]
    assert comparison["advice"]["examined"] == comparison["host"]["examined"] == comparison["capacity"]
    assert comparison["best"]["frauds"] >= comparison["advice"]["frauds"]


def test_a_second_run_goes_on_with_what_is_there(first: dict[str, Any], home: Path) -> None:
    done = cocket("demo", "--once", "--size", "60", "--home", str(home), "--json")
    assert done.returncode == 0, done.stderr
    second = json.loads(done.stdout)
    assert second["stats"]["consignments"] == first["stats"]["consignments"]
    assert second["repeats"] == first["fed"] + 2  # the two tables as well
    assert second["comparison"] == first["comparison"]


def test_its_log_and_proof_verify_by_the_commands_it_names(first: dict[str, Any], home: Path) -> None:
    assert cocket("ledger", "verify", str(home / "log")).returncode == 0
    words = ["receipt", "verify", str(home / "proof" / "proof.json"), "--key", str(home / "log" / "key.vkey")]
    assert cocket(*words, "--message", str(home / "proof" / "message.xml")).returncode == 0
    other = home / "proof" / "other.xml"
    other.write_bytes((home / "proof" / "message.xml").read_bytes() + b" ")
    assert cocket(*words, "--message", str(other)).returncode == 1


def test_its_log_folder_holds_the_log_and_nothing_else(first: dict[str, Any], home: Path) -> None:
    assert {path.name for path in (home / "log").iterdir()} == {"checkpoint", "key.vkey", "tile"}


def test_another_size_in_the_same_place_is_refused_in_one_sentence(first: dict[str, Any], home: Path) -> None:
    done = cocket("demo", "--once", "--size", "61", "--home", str(home))
    assert done.returncode == 2
    assert "60 declarations, not 61" in done.stderr
    assert "Traceback" not in done.stderr


def test_what_it_says_to_people_names_lanes_reasons_and_the_proof(first: dict[str, Any], home: Path) -> None:
    done = cocket("demo", "--once", "--size", "60", "--home", str(home))
    assert done.returncode == 0
    for words in ("our advice", "the host's", "Proved offline", "signed the promise", "hit rate"):
        assert words in done.stdout
