# SPDX-License-Identifier: Apache-2.0
"""A worker without work asks one question a look, and sees with the next whatever came."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import msgspec
import psycopg
import pytest

from cocket.errors import StoreError
from cocket.pipeline import AssessmentWorker, QueueFilter, open_stores
from cocket.pipeline.assessment.rescreening import RECALL_PLACE, Rescreening
from cocket.pipeline.base.ids import earliest_id, new_id
from cocket.pipeline.operations.erasure import Erasure
from cocket.stores.base.database import CheckedCursor
from tests.houses import Built, build, envelope, officer, trader
from tests.messages import declaration


@pytest.fixture
def built(tmp_path: Path) -> Iterator[Built]:
    made = build(tmp_path)
    yield made
    made.house.close()


def lodge(built: Built, name: str) -> None:
    built.house.intake.messages.take_many([envelope(declaration(name))], principal=trader("ACME"))


def resting(built: Built) -> AssessmentWorker:
    """A worker that has seen that there is nothing to do."""
    worker = built.desk()
    for _ in range(3):
        assert not worker.turn()
    return worker


def lodged(built: Built) -> None:
    lodge(built, "R2")


def looked(built: Built) -> None:
    """An officer looks at a dossier, which is sealed."""
    line = built.house.queries.records.queue(officer(), QueueFilter(state="all")).lines[0]
    assert built.house.queries.records.dossier(officer(), line.id)


def erased(built: Built) -> None:
    line = built.house.queries.records.queue(officer(), QueueFilter(state="all")).lines[0]
    Erasure(built.stores).erase(str(line.id), who="test", reason="asked for")


def recalled(built: Built) -> None:
    """Another process puts down that every open dossier is to be looked at again."""
    again = Rescreening(
        because="a test", subject=None, after=earliest_id(datetime(2026, 1, 1, tzinfo=UTC)), upto=new_id()
    )
    with built.stores.database.transaction() as connection:
        built.stores.places.put(connection, RECALL_PLACE, msgspec.json.encode([again]))


def lodged_after_a_restart_of_the_server(built: Built) -> None:
    with psycopg.connect(built.dsn, autocommit=True) as other:
        other.execute(
            "select pg_terminate_backend(pid, 5000) from pg_stat_activity where datname = current_database() and pid <> pg_backend_pid()"
        )
    lodge(built, "R2")


@pytest.mark.parametrize("act", [lodged, looked, erased, recalled, lodged_after_a_restart_of_the_server])
def test_a_worker_that_rests_works_with_its_next_look_on_what_came(built: Built, act: Callable[[Built], None]) -> None:
    lodge(built, "R1")
    worker = resting(built)
    act(built)
    assert worker.turn()
    while worker.turn():
        pass
    lodge(built, "R3")
    assert worker.turn()


def test_a_look_in_vain_is_one_question_outside_of_a_transaction(built: Built, monkeypatch: pytest.MonkeyPatch) -> None:
    lodge(built, "R1")
    worker = resting(built)
    asked: list[tuple[str, bool]] = []
    execute = CheckedCursor.execute

    def counted(self: CheckedCursor, query: Any, *given: Any, **how: Any) -> CheckedCursor:
        asked.append((str(query), self.connection.autocommit))
        return execute(self, query, *given, **how)

    monkeypatch.setattr(CheckedCursor, "execute", counted)
    for _ in range(3):
        assert not worker.turn()
    looks = [one for one in asked if "alembic_version" not in one[0] and "set_aside" not in one[0]]
    assert [is_alone for _, is_alone in looks] == [True] * 3


def test_what_another_worker_did_is_known_before_the_next_turn(built: Built) -> None:
    lodge(built, "R1")
    worker = resting(built)
    lodge(built, "R2")
    other = AssessmentWorker(open_stores(built.settings, built.dsn))
    other.open()
    while other.turn():
        pass
    other.close()
    assert not worker.turn()
    lodge(built, "R3")
    while worker.turn():
        pass
    assert len(built.bodies("assessment")) == 3


def test_a_place_that_was_altered_stops_a_worker_that_rests(built: Built) -> None:
    lodge(built, "R1")
    worker = resting(built)
    with psycopg.connect(built.dsn, autocommit=True) as other:
        other.execute("update place set value = '0' where name = 'desk'")
    with pytest.raises(StoreError):
        worker.turn()
