# SPDX-License-Identifier: Apache-2.0
"""Questions of traders as an operator has them: listed, shown, answered with a paper."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from cocket.pipeline import Instance, open_stores
from cocket.pipeline.control.questions import NewQuestion
from cocket.settings import Settings
from cocket.stores.postgres.server import EmbeddedPostgres
from tests.cli.commands.test_people import cocket
from tests.houses import trader
from tests.pipeline.control.test_trader_papers import PDF


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, str]]:
    home = tmp_path_factory.mktemp("house")
    assert cocket("init", "--home", str(home)).returncode == 0
    with EmbeddedPostgres(home / "postgres", durable=False) as server:  # so that no command starts it
        stores = open_stores(Settings(home=home), server.dsn)
        stores.database.migrate()
        instance = Instance(stores)
        asked = instance.control.questions.ask(trader("ACME"), NewQuestion(words="Which permit is missing?"))
        instance.control.questions.add_own_paper(trader("ACME"), asked.id, "permit.pdf", PDF)
        instance.close()
        yield {"COCKET_HOME": str(home), "QUESTION": asked.id}


def test_an_operator_lists_shows_and_answers(place: dict[str, str], tmp_path: Path) -> None:
    question = place["QUESTION"]
    listed = cocket("questions", "list", **place)
    assert listed.returncode == 0 and "the trader asks: waits for an answer" in " ".join(listed.stdout.split()), listed
    shown = json.loads(cocket("questions", "show", question, "--json", **place).stdout)
    paper, record = tmp_path / "paper.pdf", shown["papers"][0]["record"]
    assert cocket("questions", "paper", question, record, "--out", str(paper), **place).returncode == 0
    assert paper.read_bytes() == PDF
    bad = tmp_path / "run.hta"
    bad.write_bytes(b"<hta:application>")
    words = ("--words", "the permit of the wildlife agency")
    refused = cocket("questions", "answer", question, *words, "--paper", str(bad), **place)
    assert refused.returncode == 1 and "is a page or a program" in refused.stderr
    answered = cocket("questions", "answer", question, *words, "--paper", str(paper), **place)
    assert answered.returncode == 0, answered.stderr
    assert "paper of customs: paper.pdf" not in answered.stdout  # the same bytes count once
    assert "the permit of the wildlife agency" in answered.stdout
    assert cocket("questions", "list", **place).stdout.strip() == "No question waits for an answer."
    assert question in cocket("questions", "list", "--closed", **place).stdout
