# SPDX-License-Identifier: Apache-2.0
"""Seizures and intelligence from the command line, as an operator works with them."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from cocket.cli.commands.results import _print_csv
from cocket.control import ReportRow
from cocket.stores.postgres.server import EmbeddedPostgres
from tests.cli.commands.test_people import cocket


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, str]]:
    """Environment of a house."""
    home = tmp_path_factory.mktemp("house")
    assert cocket("init", "--home", str(home)).returncode == 0
    with EmbeddedPostgres(home / "postgres", durable=False):  # so that no command starts it
        yield {"COCKET_HOME": str(home)}


def test_a_report_is_entered_listed_and_ended(place: dict[str, str]) -> None:
    words = ("intelligence", "add", "pistols", "--threat", "weapons", "--grade", "B2", "--route", "XJ", "--json")
    made = cocket(*words, **place)
    assert made.returncode == 0, made.stderr
    report = json.loads(made.stdout)
    assert (report["asks_for"], report["links"]) == ("red", [{"kind": "ROUTE", "value": "XJ"}])
    listed = cocket("intelligence", "list", **place)
    assert "weapons B2 restricted, asks for red" in listed.stdout and "(route XJ)" in listed.stdout
    ended = cocket("intelligence", "expire", report["id"], "--reason", "withdrawn", "--json", **place)
    assert json.loads(ended.stdout)["state"] == "ended"
    assert cocket("intelligence", "list", "--json", **place).stdout == ""
    assert json.loads(cocket("intelligence", "list", "--all", "--json", **place).stdout)["id"] == report["id"]


@pytest.mark.parametrize(
    ("words", "status", "says"),
    [
        (("add", "x", "--threat", "piracy", "--grade", "B2", "--route", "XJ"), 2, "cannot be read"),
        (("add", "x", "--threat", "weapons", "--grade", "G9", "--route", "XJ"), 2, "cannot be read"),
        (
            ("add", "x", "--threat", "weapons", "--grade", "B2", "--route", "far away"),
            1,
            "far away is not a valid route",
        ),
        (("add", "x", "--threat", "weapons", "--grade", "B2"), 1, "whom or what the report is about"),
        (("expire", "nothing", "--reason", "x"), 2, "There is no such report."),
    ],
)
def test_a_report_that_cannot_be_followed_is_refused_in_words(
    place: dict[str, str], words: tuple[str, ...], status: int, says: str
) -> None:
    refused = cocket("intelligence", *words, **place)
    assert (refused.returncode, refused.stdout) == (status, "")
    assert says in refused.stderr


def test_an_export_of_nothing_is_a_head_line_or_nothing(place: dict[str, str]) -> None:
    table = cocket("results", "export", "--cen", "--from", "2026-11-01", "--to", "2026-11-30", "--csv", **place)
    assert table.returncode == 0, table.stderr
    assert next(csv.reader([table.stdout])) == list(ReportRow.__struct_fields__)
    assert cocket("results", "export", "--cen", "--json", **place).stdout == ""


@pytest.mark.parametrize(
    "words",
    [
        ("export",),
        ("export", "--cen", "--csv", "--json"),
        ("export", "--cen", "--from", "2026-12-01", "--to", "2026-11-01"),
        ("export", "--cen", "--from", "yesterday"),
    ],
)
def test_an_export_that_makes_no_sense_is_refused(place: dict[str, str], words: tuple[str, ...]) -> None:
    assert cocket("results", *words, **place).returncode == 2


def test_results_are_counted(place: dict[str, str]) -> None:
    counted = json.loads(cocket("results", "count", "--json", **place).stdout)
    assert (counted["results"], counted["not_examined"], counted["by_depth"]) == (0, 0, {})
    assert "not examined: 0" in cocket("results", "count", **place).stdout


def test_a_cell_that_a_spreadsheet_would_compute_is_text(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    from datetime import date

    row = ReportRow(
        reference="r/1",
        kind="seizure",
        date=date(2026, 11, 2),
        office=None,
        offence="ipr",
        goods="=1+1",
        quantity="-2.50",
        depth="full",
    )
    _print_csv((row,))
    told = next(csv.DictReader(io.StringIO(capsys.readouterr().out)))
    assert (told["goods"], told["date"], told["office"], told["quantity"]) == ("'=1+1", "2026-11-02", "", "-2.50")
