# SPDX-License-Identifier: Apache-2.0
"""Contests as an operator has them: listed, shown, confirmed, answered."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from cocket.pipeline import Instance, open_stores
from cocket.settings import Settings
from cocket.stores.postgres.server import EmbeddedPostgres
from tests.cli.commands.test_people import cocket
from tests.houses import Built
from tests.pipeline.control.test_contests import ACME, WRONG, examined, lodged, picture


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, str]]:
    home = tmp_path_factory.mktemp("house")
    assert cocket("init", "--home", str(home)).returncode == 0
    with EmbeddedPostgres(home / "postgres", durable=False) as server:  # so that no command starts it
        settings = Settings(home=home)
        stores = open_stores(settings, server.dsn)
        stores.database.migrate()
        instance = Instance(stores)
        built = Built(settings, server.dsn, stores, instance)
        message = lodged(built)
        examined(built, message)
        contest = instance.control.contests.lodge(ACME, message, WRONG).id
        instance.control.contests.add_own_paper(ACME, contest, "contract.png", picture())
        instance.close()
        yield {"COCKET_HOME": str(home), "CONTEST": contest}


def test_an_operator_lists_shows_confirms_and_answers(place: dict[str, str], tmp_path: Path) -> None:
    contest = place["CONTEST"]
    listed = cocket("contests", "list", **place)
    assert listed.returncode == 0 and "receipt not confirmed" in " ".join(listed.stdout.split()), listed
    shown = json.loads(cocket("contests", "show", contest, "--json", **place).stdout)
    assert (shown["deciders"], shown["words"]) == (["examiner"], WRONG.words)
    paper, record = tmp_path / "paper.png", shown["papers"][0]["record"]
    assert cocket("contests", "paper", contest, record, "--out", str(paper), **place).returncode == 0
    assert paper.read_bytes() == picture()
    assert "receipt confirmed" in cocket("contests", "confirm", contest, **place).stdout
    grounds = ("--grounds", "as the contract says")
    refused = cocket("contests", "answer", contest, "--outcome", "not-upheld", *grounds, "--withdraw-finding", **place)
    assert refused.returncode == 1 and "only a contest that is upheld changes a result" in refused.stderr
    answered = cocket("contests", "answer", contest, "--outcome", "upheld", *grounds, "--withdraw-item", "1", **place)
    assert answered.returncode == 0, answered.stderr
    assert "upheld, effect items-withdrawn: as the contract says" in answered.stdout
    assert cocket("contests", "list", **place).stdout.strip() == "No contest waits for an answer."
    assert contest[:8] in cocket("contests", "list", "--closed", **place).stdout
