# SPDX-License-Identifier: Apache-2.0
"""The real house behind the door, for modules that import these fixtures over those of `conftest`."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest

from cocket.pipeline import Instance, open_instance, prepare_home
from cocket.settings import Settings
from cocket.stores import Database
from tests.api.conftest import Keys, Taken
from tests.corpora import corpora
from tests.postgres import shared_database

#: Senders that the forwarder's key speaks for, so that no message meets the reference of another.
SENDERS = tuple(f"sender {number:03}" for number in range(200))


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory, keys: Keys) -> Iterator[Instance]:
    settings = Settings(home=tmp_path_factory.mktemp("home"), database_url=shared_database())
    prepare_home(settings)
    database = Database(settings.database_url)
    database.migrate()
    database.close()
    opened = open_instance(settings, settings.database_url)
    opened.add_key(keys.trader, "A trader", ["declarant"], ["trader"])
    opened.add_key(keys.forwarder, "A forwarder", ["forwarder"], SENDERS)
    yield opened
    opened.close()


@pytest.fixture(scope="module")
def taken(house: Instance) -> Taken:
    """Tells how many messages stand in the database."""
    stores: Any = house._stores

    def count() -> int:
        with stores.database.transaction() as connection:
            return int(connection.execute("select count(*) from message").fetchone()[0])

    return count


@pytest.fixture(scope="module")
def good_message() -> bytes:
    """A declaration that the published schema accepts as it is, in English, with a description of goods."""
    verdicts = corpora("answers", "cds-xsd-result.jsonl").read_text("utf-8").splitlines()
    for verdict in map(json.loads, verdicts):
        if verdict["kind"] == "declaration" and verdict["xsd_valid_after_ns_repair"]:
            content = corpora(verdict["file"]).read_bytes()
            if content.isascii() and b"Description>" in content:
                return content
    pytest.fail("no declaration of the samples fits")
