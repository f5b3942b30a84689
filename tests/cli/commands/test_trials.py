# SPDX-License-Identifier: Apache-2.0
"""`cocket trials` as a planner uses it: from an example to a sealed plan, and what is refused in words."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from cocket.stores.postgres.server import EmbeddedPostgres
from tests.cli.commands.test_people import cocket

FIRST = datetime.now(UTC).date() + timedelta(days=9)


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, str]]:
    """Environment of an instance."""
    home = tmp_path_factory.mktemp("house")
    assert cocket("init", "--home", str(home)).returncode == 0
    with EmbeddedPostgres(home / "postgres", durable=False):  # so that no command starts it
        yield {"COCKET_HOME": str(home)}


@pytest.fixture(scope="module")
def plan(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The example, begun some days from now and made small."""
    text = cocket("trials", "example").stdout.replace("2030-01-07", str(FIRST))
    for old, new in (("periods = 9 ", "periods = 4 "), ("looks = [4, 6, 9]", "looks = [2, 4]")):
        assert old in text
        text = text.replace(old, new)
    file = tmp_path_factory.mktemp("plan") / "pilot.toml"
    file.write_text(text, "utf-8")
    return file


def test_a_plan_is_tried_sealed_shown_changed_and_stopped(place: dict[str, str], plan: Path) -> None:
    tried = json.loads(cocket("trials", "plan", str(plan), "--dry-run", "--json", **place).stdout)
    assert 0 < tried["power"]["power"] <= 1
    assert tried["error"]["power"] < 0.15
    assert cocket("trials", "list", "--json", **place).stdout == "", "a trial run seals nothing"
    made = json.loads(cocket("trials", "plan", str(plan), "--json", **place).stdout)
    assert (made["plan"]["estimator"], len(made["steps_of"])) == ("either", 8)
    listed = json.loads(cocket("trials", "list", "--json", **place).stdout)
    assert (listed["standing"], listed["looks"]) == ("planned", 0)
    shown = cocket("trials", "show", made["id"], **place).stdout
    for part in ("Score at the counter", made["commitment"], "stands: planned", "look after period 2"):
        assert part in shown.replace("\n", " "), part
    early = cocket("trials", "look", made["id"], **place)
    assert (early.returncode, "no whole day" in early.stderr) == (2, True)
    unseen = cocket("trials", "report", made["id"], **place)
    assert unseen.returncode == 2 and "no look yet" in unseen.stderr
    other = plan.with_name("other.toml")
    other.write_text(plan.read_text("utf-8").replace("hours = 4 ", "hours = 8 "), "utf-8")
    changed = cocket(
        "trials", "change", made["id"], str(other), "--reason", "more work than thought", "--json", **place
    )
    assert changed.returncode == 0, changed.stderr
    shown = cocket("trials", "show", made["id"], **place).stdout
    assert "hours: 4 → 8" in shown and "more work than thought" in shown and "version 2 sealed" in shown
    moved = plan.with_name("moved.toml")
    moved.write_text(plan.read_text("utf-8").replace("period_days = 14", "period_days = 7"), "utf-8")
    refused = cocket("trials", "change", made["id"], str(moved), "--reason", "quicker", **place)
    assert refused.returncode == 2 and "plan another pilot" in refused.stderr
    assert cocket("trials", "stop", made["id"], "--reason", "the scanner broke", **place).returncode == 0
    assert json.loads(cocket("trials", "show", made["id"], "--json", **place).stdout)["standing"] == "stopped"


@pytest.mark.parametrize(
    ("change", "says"),
    [
        ((str(FIRST), "2020-01-06"), "before its first day"),
        (('design = "wedge"', 'design = "wegde"'), "not a plan"),
        (("[frozen]", "surprise = 1\n[frozen]"), "surprise"),
        (("base = 0.10", "base = 10"), "between 0 and 1"),
        (("title =", "title"), "not TOML"),
    ],
)
def test_a_plan_that_cannot_be_is_refused_in_words(
    place: dict[str, str], plan: Path, change: tuple[str, str], says: str
) -> None:
    text = plan.read_text("utf-8")
    assert change[0] in text
    bad = plan.with_name("bad.toml")
    bad.write_text(text.replace(*change, 1), "utf-8")
    refused = cocket("trials", "plan", str(bad), **place)
    assert refused.returncode == 2, refused.stdout
    assert says in refused.stderr.replace("\n", " ")


def test_what_is_not_there_is_said(place: dict[str, str], tmp_path: Path) -> None:
    for words in (
        ("show", "nothing"),
        ("look", "nothing"),
        ("report", "nothing"),
        ("stop", "nothing", "--reason", "x"),
    ):
        missing = cocket("trials", *words, **place)
        assert missing.returncode == 2 and "no such pilot" in missing.stderr, words
    past = cocket("trials", "past", **place)
    assert past.returncode == 0 and "does not tell" in past.stdout
    (tmp_path / "report.json").write_text("{}", "utf-8")
    assert cocket("trials", "verify", str(tmp_path / "report.json")).returncode == 2
