# SPDX-License-Identifier: Apache-2.0
"""Retention and agreements from the command line: proposed by the operator, confirmed by another, counted and measured."""

from __future__ import annotations

import json
import re
from datetime import UTC, datetime
from pathlib import Path

import pytest

from tests.cli.commands.test_people import cocket
from tests.governance.agreements.given import text
from tests.pipeline.operations.test_retention import SCHEDULE


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """A house with one supervisor's account and one declaration."""
    from cocket.cli.base.instance_access import settings_of
    from cocket.pipeline import open_database, open_instance, open_stores
    from tests.houses import Built, envelope, trader
    from tests.messages import declaration

    home = tmp_path_factory.mktemp("house")
    assert cocket("init", "--home", str(home)).returncode == 0
    settings = settings_of(home=home)
    with open_database(settings) as server:
        house = open_instance(settings, server.dsn)
        built = Built(settings, server.dsn, open_stores(settings, server.dsn), house)
        house.governance.accounts.put_officer("vea", "Vea", "supervisor", None, "seal and cord and wax")
        house.intake.messages.take_many([envelope(declaration("R1"))], principal=trader("ACME"))
        built.desk().close()
        house.close()
    return {"COCKET_HOME": str(home)}


def confirm(place: dict[str, str], proposal: str) -> None:
    """What the operator proposed, confirmed by an officer."""
    from cocket.cli.base.instance_access import open_service, settings_of
    from cocket.governance import Principal

    vea = Principal(id="vea", kind="officer", roles=("supervisor",))
    with open_service(settings_of(home=Path(place["COCKET_HOME"])), lambda one: one.governance.second_person) as second:
        found = second.proposal(vea, proposal).proposal
        second.vote(vea, proposal, found.digest, lambda name: name)


def test_a_schedule_is_tried_proposed_and_counted_and_nothing_is_due_before_its_day(
    place: dict[str, str], tmp_path: Path
) -> None:
    file = tmp_path / "retention.toml"
    file.write_bytes(SCHEDULE)
    assert "No retention schedule is in force" in cocket("retention", "plan", **place).stdout
    draft = cocket("retention", "plan", "--schedule", str(file), "--on", "2099-01-01", "--json", **place)
    (state,) = json.loads(draft.stdout)["classes"]["consignment"]
    assert state in ("due", "suspended")  # an order on it may be open
    given = json.loads(cocket("retention", "schedule", str(file), "--json", **place).stdout)
    assert given["state"] == "open"
    confirm(place, given["proposal"])
    assert "in force" in cocket("retention", "plan", **place).stdout
    none = cocket("retention", "due", **place)
    assert (none.returncode, none.stdout.strip()) == (0, "Nothing is due.")
    assert cocket("retention", "due", "--within", "36500", "--json", **place).stdout.count('"running"') == 1
    early = cocket("retention", "erase", "--reason", "now", **place)
    assert (early.returncode, early.stderr.strip()) == (2, "Nothing is due.")
    own = cocket("retention", "erase", "--confirm", given["proposal"], "--yes", **place)
    assert own.returncode == 2 and "not about erasing" in own.stderr
    both = cocket("retention", "erase", "--confirm", "x", "--reason", "y", **place)
    assert both.returncode == 2
    report = cocket("retention", "report", "--json", **place)
    assert (report.returncode, json.loads(report.stdout)["lines"]) == (0, [])
    assert cocket("retention", "plan", "--on", "soon", **place).returncode == 2


def test_a_hold_is_placed_listed_and_released_by_two(place: dict[str, str]) -> None:
    bad = cocket("retention", "hold", "KB-1", "--on", "party", "--ground", "court", **place)
    assert (bad.returncode, bad.stderr.strip()) == (2, "Say what the hold is on.")
    placed = cocket("retention", "hold", "KB-1", "--on", "party", "--of", "Acme Ltd.", "--ground", "court", **place)
    assert "KB-1: on party ACMELTD, in force" in placed.stdout
    given = json.loads(cocket("retention", "release", "KB-1", "--reason", "closed", "--json", **place).stdout)
    assert json.loads(cocket("retention", "holds", "--json", **place).stdout)["state"] == "in-force"
    confirm(place, given["proposal"])
    assert "released by cli:" in cocket("retention", "holds", **place).stdout


def test_accesses_are_held_by_day_and_no_order_erases_them(place: dict[str, str]) -> None:
    bad = cocket("retention", "hold", "IA-1", "--on", "accesses", "--of", "then", "--ground", "case", **place)
    assert bad.returncode == 2 and "A hold on accesses is on a day such as" in bad.stderr
    placed = cocket(
        "retention", "hold", "IA-1", "--on", "accesses", "--of", "2026-03-01..2026-03-31", "--ground", "case", **place
    )
    assert "IA-1: on accesses 2026-03-01..2026-03-31, in force" in placed.stdout
    assert "IA-1" in cocket("retention", "holds", **place).stdout  # an access of today
    assert cocket("retention", "plan", "--json", **place).stdout.count('"accesses":{"no-rule"') == 1
    today = datetime.now(UTC).date()
    day = f"acce5500-0000-8000-8000-0000{today:%Y%m%d}"
    order = cocket("erase", day, "--reason", "order", **place)
    assert order.returncode == 2 and "under a retention schedule alone" in order.stderr


def test_an_agreement_is_added_shown_measured_and_ended(place: dict[str, str], tmp_path: Path) -> None:
    file = tmp_path / "betania.toml"
    file.write_bytes(text())
    assert cocket("agreements", "list", **place).stdout.strip() == "No agreement."
    confirm(place, json.loads(cocket("agreements", "add", str(file), "--json", **place).stdout)["proposal"])
    assert "in-force" in cocket("agreements", "list", **place).stdout
    shown = cocket("agreements", "show", "betania-2026", **place).stdout
    assert "With Betania Customs" in shown and "Owed by them: correction within 48 hours, 90% of cases" in shown
    assert json.loads(cocket("agreements", "show", "betania-2026", "--odrl", **place).stdout)["@type"] == "Agreement"
    assert "version 1: leaf" in cocket("agreements", "show", "betania-2026", "--versions", **place).stdout
    measure = cocket("agreements", "measure", "betania-2026", "--json", **place)
    assert (measure.returncode, [one["cases"] for one in json.loads(measure.stdout)["levels"]]) == (0, [0, 0, 0])
    ended = json.loads(cocket("agreements", "end", "betania-2026", "--reason", "note", "--json", **place).stdout)
    confirm(place, ended["proposal"])
    ends = re.search(r"ended \d{4}-\d\d-\d\d \d\d:\d\d UTC", cocket("agreements", "list", **place).stdout)
    shown = cocket("agreements", "show", "betania-2026", **place).stdout
    assert ends and ends[0] in shown and ": note" in shown
    gone = cocket("results", "export", "--cen", "--csv", "--under", "betania-2026", **place)
    assert gone.returncode == 2 and "was ended on" in gone.stderr
    absent = cocket("agreements", "show", "other", **place)
    assert (absent.returncode, absent.stderr.strip()) == (2, "There is no such agreement.")


def test_what_is_held_about_someone_is_written_and_sealed(place: dict[str, str], tmp_path: Path) -> None:
    folder = tmp_path / "answer"
    given = cocket("subject", "export", "acme", str(folder), "--reason", "request of 3 March", "--json", **place)
    told = json.loads(given.stdout)
    assert (told["subject"], told["messages"], len(told["files"])) == ("ACME", 1, 3)
    assert json.loads((folder / "subject.json").read_text())["senders"] == ["ACME"]
    assert (folder / "subject.html").read_text().startswith("<!doctype html>")
    assert any(name.startswith("messages/") for name in told["files"])
    bare = cocket("subject", "export", "acme", str(folder), "--reason", " ", **place)
    assert bare.returncode == 2
