# SPDX-License-Identifier: Apache-2.0
"""The accountability kit from the command line, as an operator makes it twice."""

from __future__ import annotations

import json
from collections.abc import Iterator
from hashlib import sha256
from pathlib import Path

import pytest

from cocket.stores.postgres.server import EmbeddedPostgres
from tests.cli.commands.test_people import cocket

NAMES = ("algorithm-register", "ai-act-annex-iv", "ai-act-deployer", "gdpr-record", "dpia", "frames")


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, str]]:
    """Environment of a house."""
    home = tmp_path_factory.mktemp("house")
    assert cocket("init", "--home", str(home)).returncode == 0
    with EmbeddedPostgres(home / "postgres", durable=False):  # so that no command starts it
        yield {"COCKET_HOME": str(home)}


def test_a_kit_is_written_answered_and_written_again(place: dict[str, str], tmp_path: Path) -> None:
    folder = tmp_path / "kit"
    made = cocket("register", "export", str(folder), **place)
    assert made.returncode == 0, made.stderr
    assert "they stand on no signed head" in made.stdout and "contact_email is required and missing" in made.stdout
    for name in NAMES:
        assert (folder / f"{name}.pdf").read_bytes().startswith(b"%PDF-1.7")
        assert "<title>" in (folder / f"{name}.html").read_text("utf-8")
        assert json.loads((folder / f"{name}.json").read_text("utf-8"))["points"]
    assert not (folder / "entries").exists()
    answers = folder / "answers.toml"
    template = answers.read_text("utf-8")
    told = template.replace('"register.contact_email" = ""', '"register.contact_email" = "ask@customs.example"')
    told = told.replace(
        '"register.publication_category" = ""', '"register.publication_category" = "Impactvolle algoritmes"'
    )
    told = told.replace('"annex-iv.4" = ""', '"annex-iv.4" = "Because."')
    answers.write_text(told, "utf-8")
    again = cocket("register", "export", str(folder), "--json", **place)
    assert again.returncode == 0, again.stderr
    assert answers.read_text("utf-8") == told
    summary = json.loads(again.stdout)
    assert "annex-iv.4" not in summary["unanswered"] and "annex-iv.5" in summary["unanswered"]
    assert all(not problems for problems in summary["entries"].values())
    for name, digest in summary["files"].items():
        assert sha256((folder / name).read_bytes()).hexdigest() == digest
    assert sorted(one.name for one in (folder / "entries").iterdir()) == ["rules-built-in.json", "rules-random.json"]
    answers.write_text(template, "utf-8")
    assert cocket("register", "export", str(folder), **place).returncode == 0
    assert list((folder / "entries").iterdir()) == []  # none of them is fit to be delivered any more


def test_what_cannot_be_done_is_said(place: dict[str, str], tmp_path: Path) -> None:
    broken = tmp_path / "answers.toml"
    broken.write_text("a = 7")
    for words, says in (
        (("--answers", str(broken)), "The answers cannot be read"),
        (("--answers", str(tmp_path / "none.toml")), "cannot be read"),
        (("--head", "77"), "There is no head over 77 entries."),
    ):
        refused = cocket("register", "export", str(tmp_path / "kit"), *words, **place)
        assert refused.returncode == 2 and says in refused.stderr


def test_groups_of_traders_are_compared_in_the_terminal(place: dict[str, str]) -> None:
    told = cocket("risk", "fairness", "--json", **place)
    assert told.returncode == 0, told.stderr
    assert [one["dimension"] for one in json.loads(told.stdout)["dimensions"]] == ["size", "office", "country", "age"]
    assert "Yield says nothing of equal treatment" in cocket("risk", "fairness", **place).stdout
