# SPDX-License-Identifier: Apache-2.0
"""Holding the tables against the book, as an operator does."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import psycopg
import pytest

from cocket.pipeline import open_database, open_stores
from cocket.pipeline.operations.row_audit import RowAudit
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


def listed(place: dict[str, str], *words: str) -> tuple[list[dict[str, Any]], dict[str, Any]]:
    """What an audit finds, as its JSON lines, and its statement."""
    done = cocket("ledger", "audit", "--json", *words, **place)
    *differences, statement = [json.loads(line) for line in done.stdout.splitlines()]
    assert done.returncode == int(not statement["equal"]), done.stderr
    return differences, statement


def stands(place: dict[str, str]) -> list[Any]:
    """The rows that the leaves deleted below vouch for, and these leaves."""
    settings = Settings(home=Path(place["COCKET_HOME"]))
    leaves = (
        "(select idx, record, kind, actor, subject, digest, seal, key from leaf where kind in ('standing', 'officer'))"
    )
    kept = "select jsonb_agg(to_jsonb(t) order by to_jsonb(t)::text) from {} t"
    with open_database(settings) as server, psycopg.connect(server.dsn) as connection:
        tables = ["case_file", "case_file_key", "officer", leaves]
        return [connection.execute(kept.format(one)).fetchone() for one in tables]  # type: ignore[arg-type]


def test_no_row_is_set_right_before_missing_leaves_are_back_and_then_it_is(place: dict[str, str]) -> None:
    added = cocket("officer", "add", "anna", "--role", "officer", entered="a long password of anna\n", **place)
    assert added.returncode == 0, added.stderr
    assert listed(place, "--from-start")[1]["equal"]
    settings = Settings(home=Path(place["COCKET_HOME"]))
    before = stands(place)
    with open_database(settings) as server:  # a pass is on its way
        stores = open_stores(settings, server.dsn, signs_heads=True)
        assert RowAudit(stores).step() is None
        halfway = RowAudit(stores).place()
        assert halfway.leaves > 0
        stores.database.close()
    assert insider(place, "delete from leaf where kind in ('standing', 'officer')") == 2
    assert insider(place, "update case_file set state = 'suspended' where kind = 'standing'") == 1

    differences, _ = listed(place, "--from-start")
    assert len([one for one in differences if one["table"] == "leaf"]) == 2
    rows = {one["table"]: one["id"] for one in differences if one["table"] != "leaf"}
    assert set(rows) == {"officer", "case_file", "record"}
    for way in ("--remove", "--adopt"):
        for table, identity in rows.items():
            row = f"{table} {identity}"
            done = cocket("ledger", "audit", "--set-right", row, "--reason", "looked at", way, **place)
            assert done.returncode != 0
            assert "Leaves are missing from the database (2," in done.stderr
            assert "cocket ledger reimport" in done.stderr

    said = cocket("ledger", "audit", **place).stderr.rstrip()
    assert said.index("2 leaves are missing: run cocket ledger reimport first.") < said.index(": found ")
    assert said.endswith("Restore the missing leaves with cocket ledger reimport, then run cocket ledger audit again.")

    found = json.loads(cocket("ledger", "reimport", "--json", **place).stdout)
    assert (found["missing"], found["restored"], found["commitments"]) == (2, 2, 0)
    with open_database(settings) as server:
        stores = open_stores(settings, server.dsn, signs_heads=True)
        anew = RowAudit(stores).place()
        assert (anew.leaves, anew.part, anew.rows) == (0, 0, 0)
        assert anew.began > halfway.began
        stores.database.close()
    differences, _ = listed(place)
    assert [(one["table"], one["column"]) for one in differences] == [("case_file", "state")]
    row = f"case_file {differences[0]['id']}"
    done = cocket("ledger", "audit", "--set-right", row, "--reason", "forged", **place)
    assert done.returncode == 0, done.stderr
    assert listed(place)[1]["equal"]
    assert stands(place) == before
