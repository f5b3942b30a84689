# SPDX-License-Identifier: Apache-2.0
"""Holding the tables against the book, as an operator does."""

from __future__ import annotations

import json
from pathlib import Path

import psycopg
import pytest

from cocket.pipeline import open_database
from cocket.settings import Settings
from tests.cli.commands.test_people import cocket


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    home = tmp_path_factory.mktemp("house")
    place = {"COCKET_HOME": str(home)}
    assert cocket("init", **place).returncode == 0
    register = home / "register.csv"
    register.write_text("number,trader,scheme,scopes,valid_from\n7,A1,AEO-C,import,2026-01-01\n")
    assert cocket("aeo", "import", str(register), **place).returncode == 0
    return place


def insider(place: dict[str, str], statement: str) -> int:
    settings = Settings(home=Path(place["COCKET_HOME"]))
    with open_database(settings) as server, psycopg.connect(server.dsn) as connection:
        return connection.execute(statement).rowcount  # type: ignore[arg-type]


def test_equal_different_and_set_right(place: dict[str, str]) -> None:
    done = cocket("ledger", "audit", **place)
    assert done.returncode == 0, done.stderr
    assert "rows agree with sealed records" in done.stdout
    assert insider(place, "update case_file set state = 'suspended' where kind = 'standing'") == 1
    done = cocket("ledger", "audit", "--json", **place)
    assert done.returncode == 1
    *differences, statement = [json.loads(line) for line in done.stdout.splitlines()]
    (one,) = differences
    assert (one["table"], one["column"], one["stands"]) == ("case_file", "state", "suspended")
    assert one["sealed"] == "valid (standing 7)"
    assert statement["equal"] is False
    assert cocket("ledger", "audit", "--set-right", f"case_file {one['id']}", **place).returncode != 0
    done = cocket("ledger", "audit", "--set-right", f"case_file {one['id']}", "--reason", "forged", **place)
    assert done.returncode == 0, done.stderr
    assert cocket("ledger", "audit", "--from-start", **place).returncode == 0
    assert cocket("ledger", "audit", "--home", str(Path(place["COCKET_HOME"]) / "none")).returncode == 2


def test_a_house_keeps_a_mark_that_its_rows_bear_macs(place: dict[str, str]) -> None:
    keys = Path(place["COCKET_HOME"]) / "keys"
    assert (keys / "rows.adopted").exists()
    assert (keys / "rows.key").stat().st_mode & 0o077 == 0
