# SPDX-License-Identifier: Apache-2.0
"""Keeping the register of authorised traders, as an operator does."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from cocket.simulation.parameters import Parameters
from cocket.simulation.standings import register
from cocket.stores.postgres.server import EmbeddedPostgres
from tests.cli.commands.test_people import cocket

HEADER = "number,trader,scheme,scopes,valid_from,valid_to,status\n"


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, str]]:
    home = tmp_path_factory.mktemp("house")
    assert cocket("init", "--home", str(home)).returncode == 0
    with EmbeddedPostgres(home / "postgres", durable=False):  # so that no command starts it
        yield {"COCKET_HOME": str(home)}


def test_a_register_is_taken_in_listed_suspended_and_restored(place: dict[str, str], tmp_path: Path) -> None:
    file = tmp_path / "register.csv"
    assert "No authorised traders are known" in cocket("aeo", "list", **place).stdout
    file.write_text(HEADER + "7,A1,AEO-C,import,2026-01-01,,valid\n8,A2,AEO-S,security,2026-01-01,,valid\n")
    done = cocket("aeo", "import", str(file), **place)
    assert (done.returncode, done.stdout.strip()) == (0, "2 new, 0 changed, 0 unchanged."), done.stderr
    suspended = cocket("aeo", "suspend", "AEO-C/7", "--reason", "books refused", "--json", **place)
    assert json.loads(suspended.stdout)["status"] == "suspended"
    again = cocket("aeo", "import", str(file), **place)
    assert again.stdout.strip() == "0 new, 0 changed, 2 unchanged."
    listed = [json.loads(line) for line in cocket("aeo", "list", "--json", **place).stdout.splitlines()]
    assert [(one["number"], one["status"], one["reason"]) for one in listed] == [
        ("7", "suspended", "books refused"),
        ("8", "valid", None),
    ]
    assert "AEO-C/7 of A1 is valid." in cocket("aeo", "restore", "7", **place).stdout
    assert cocket("aeo", "restore", "7", **place).returncode == 2
    assert "There is no authorisation 9." in cocket("aeo", "suspend", "9", "--reason", "x", **place).stderr


def test_lines_that_cannot_be_read_are_told_and_left_out(place: dict[str, str], tmp_path: Path) -> None:
    file = tmp_path / "register.csv"
    file.write_text(HEADER + "1,B1,X,import,2026-01-01,,\n2,B2,X,import,soon,,\n")
    done = cocket("aeo", "import", str(file), **place)
    assert done.returncode == 1
    assert "line 3: valid_from is not a date: soon" in done.stderr
    assert "1 new" in done.stdout
    told = [json.loads(line) for line in cocket("aeo", "import", str(file), "--json", **place).stdout.splitlines()]
    assert (told[0]["code"], told[0]["location"]) == ("register-day", "line 3")
    assert told[-1]["unchanged"] == 1
    file.write_bytes(b"\xff\xfe")
    assert cocket("aeo", "import", str(file), **place).returncode == 2
    assert cocket("aeo", "import", str(tmp_path / "none.csv"), **place).returncode == 2


def test_the_register_of_the_synthetic_country_is_taken_in_whole(place: dict[str, str], tmp_path: Path) -> None:
    file = tmp_path / "register.csv"
    file.write_text(register(Parameters()))
    done = cocket("aeo", "import", str(file), **place)
    assert (done.returncode, done.stdout.split(",")[0]) == (0, "48 new")
