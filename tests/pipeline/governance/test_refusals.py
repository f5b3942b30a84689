# SPDX-License-Identifier: Apache-2.0
"""Refusals over a database: counted by day and rule, bounded, never in the way of the answer, and seen by overseers alone."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from cocket.errors import CocketError, PolicyError, SenderError, StoreError
from cocket.governance import Principal
from cocket.pipeline.base.access import NotFoundError
from cocket.pipeline.governance import refusals
from cocket.pipeline.governance.refusals import RefusalRecords
from cocket.stores.governance.refusals import MOST_OF_A_DAY, Refusals
from tests.houses import Built, build

ARJUN = Principal(id="arjun", kind="officer", roles=("auditor",))
REFUSED = PolicyError("Not allowed: rule:read.", reasons=("nothing-permits",))


class Clock:
    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def built(tmp_path: Path) -> Iterator[Built]:
    made = build(tmp_path)
    yield made
    made.house.close()


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def records(built: Built, clock: Clock) -> RefusalRecords:
    return RefusalRecords(built.stores, clock)


def lines(records: RefusalRecords, who: str = "") -> list[tuple[str, str, str, str, int]]:
    found = records.refusals(ARJUN, who=who).refusals
    return sorted((one.who, one.method, one.path, one.code, one.count) for one in found)


def test_what_was_refused_is_counted_by_actor_address_and_rule(records: RefusalRecords) -> None:
    for _ in range(3):
        records.note_refusal("olga", "GET", "/rules", REFUSED)
    records.note_refusal("olga", "GET", "/consignments/7", NotFoundError("There is no such consignment."))
    records.note_refusal("acme", "POST", "/v1/permits", REFUSED)
    assert lines(records) == [
        ("acme", "POST", "/v1/permits", "nothing-permits", 1),
        ("olga", "GET", "/consignments/7", "not-found", 1),
        ("olga", "GET", "/rules", "nothing-permits", 3),
    ]
    assert lines(records, "acme") == lines(records)[:1]


@pytest.mark.parametrize("error", [SenderError("Choose a role."), StoreError("The disk is full.")])
def test_what_is_no_refusal_is_not_counted(records: RefusalRecords, error: CocketError) -> None:
    records.note_refusal("olga", "GET", "/rules", error)
    assert lines(records) == []


def test_a_burst_is_braked_and_what_was_not_written_is_added_to_the_next(records: RefusalRecords, clock: Clock) -> None:
    for _ in range(100):
        records.note_refusal("acme", "GET", "/v1/permits", REFUSED)
    records.note_refusal("olga", "GET", "/rules", REFUSED)
    assert sum(one[-1] for one in lines(records, "acme")) == 20
    clock.now += 1.0
    records.note_refusal("acme", "GET", "/v1/permits", REFUSED)
    assert lines(records, "acme") == [
        ("acme", "", "", "", 80),
        ("acme", "GET", "/v1/permits", "nothing-permits", 21),
    ]
    assert lines(records, "olga") == [("olga", "GET", "/rules", "nothing-permits", 1)]


def test_different_things_of_a_day_are_bounded_and_the_rest_is_counted(records: RefusalRecords, clock: Clock) -> None:
    for number in range(MOST_OF_A_DAY + 5):
        clock.now += 1.0
        records.note_refusal("acme", "GET", f"/v1/permits/{number}", REFUSED)
    found = lines(records, "acme")
    assert len(found) == MOST_OF_A_DAY + 1
    assert found[0] == ("acme", "", "", "", 5)
    clock.now += 1.0
    records.note_refusal("acme", "GET", "/v1/permits/0", REFUSED)
    assert ("acme", "GET", "/v1/permits/0", "nothing-permits", 2) in lines(records, "acme")


def test_a_database_that_fails_loses_no_count_and_stops_no_answer(
    records: RefusalRecords, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Broken(Refusals):
        def count(self, *_: object, **__: object) -> None:
            raise StoreError("The database cannot be reached.")

    with monkeypatch.context() as away:
        away.setattr(refusals, "_STORE", Broken())
        records.note_refusal("olga", "GET", "/rules", REFUSED)
    assert lines(records) == []
    records.note_refusal("olga", "GET", "/rules", REFUSED)
    assert lines(records) == [("olga", "", "", "", 1), ("olga", "GET", "/rules", "nothing-permits", 1)]


@pytest.mark.parametrize(
    "who",
    [
        Principal(id="olga", kind="officer", roles=("officer",)),
        Principal(id="ana", kind="officer", roles=("analyst",)),
        Principal(id="far", kind="officer", roles=("auditor",), office="XA1"),
        Principal(id="ia", kind="officer", roles=("internal-affairs",)),
        Principal(id="acme", kind="key", roles=("trader",), senders=("ACME",)),
    ],
)
def test_nobody_but_overseers_of_no_office_sees_them(records: RefusalRecords, who: Principal) -> None:
    with pytest.raises(PolicyError):
        records.refusals(who)


def test_who_looked_at_them_is_sealed(built: Built, records: RefusalRecords) -> None:
    records.refusals(ARJUN)
    assert b'"what":"refusals"' in built.bodies("look")[-1]


def test_what_is_old_is_forgotten(built: Built, records: RefusalRecords) -> None:
    with built.stores.database.transaction() as connection:
        Refusals().count(connection, "old", ("GET", "/x", "y"), datetime(2020, 1, 1, tzinfo=UTC))
    records.note_refusal("olga", "GET", "/rules", REFUSED)
    with built.stores.database.transaction() as connection:
        assert connection.execute("select who from refusal").fetchall() == [("olga",)]
