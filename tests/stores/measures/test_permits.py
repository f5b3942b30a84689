# SPDX-License-Identifier: Apache-2.0
"""Permits in a real PostgreSQL: no quantity is used twice, whoever dies when."""

from __future__ import annotations

import random
import time
from collections import Counter
from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path

import pytest

from cocket.errors import StoreError
from cocket.measures.permits import Claim, Draw, Permit, PermitName, Settled, Taken, settle
from cocket.stores import Database, Permits
from cocket.stores.postgres.server import EmbeddedPostgres
from tests.postgres import shared_database
from tests.stores.measures.permit_storm import Worker, faults, prepare, storm, written
from tests.stores.postgres.servers import kill

_LEAST_KILLS = 5
NOON = datetime(2026, 11, 25, 12, tzinfo=UTC)
SHELF = Permits()
NAME = PermitName("wildlife", "C400", "AB12")
PERMIT = Permit(
    agency="wildlife", type="C400", number="ab 12", quantity=Decimal(100), unit="KGM", valid_to=date(2026, 12, 31)
)


@pytest.fixture
def database() -> Iterator[Database]:
    opened = Database(shared_database(), row_key=b"r" * 32)
    opened.migrate()
    yield opened
    opened.close()


def act(database: Database, what: str, version: int, *quantities: str, declaration: str = "D1") -> Settled:
    """One act in a transaction of its own; item n draws the nth quantity on the permit."""
    draws = tuple(Draw(NAME, item, Decimal(text)) for item, text in enumerate(quantities, start=1))
    with database.transaction() as connection:
        ledger = SHELF.lock(connection, [declaration], [NAME.number])
        claim = Claim(declaration=declaration, version=version, act=what, draws=draws)  # type: ignore[arg-type]
        settled = settle(claim, ledger.standings[declaration], ledger.permits)
        SHELF.write(connection, {declaration: settled.standing}, settled.permits, NOON)
        assert faults(connection) == []
    return settled


def taken(database: Database) -> Taken:
    with database.transaction() as connection:
        return SHELF.known(connection, [NAME.number])[0].taken


@pytest.fixture
def registered(database: Database) -> Database:
    with database.transaction() as connection:
        SHELF.put(connection, PERMIT)
    return database


def test_a_permit_comes_back_as_it_was_put_and_as_it_was_changed(database: Database) -> None:
    second = Permit(agency="wildlife", type="C400", number="AB12", line=2, uses=1)
    with database.transaction() as connection:
        for one in (second, PERMIT):
            SHELF.put(connection, one)
        assert SHELF.lock_permits(connection, "wildlife", "C400", "AB12") == [PERMIT, second]
        assert SHELF.known(connection, ["AB13"]) == []
    act(database, "reserve", 1, "40")
    with database.transaction() as connection:
        changed = Permit(
            agency="wildlife", type="C400", number="AB12", status="suspended", quantity=Decimal(50), unit="KGM"
        )
        SHELF.put(connection, changed)
        found = SHELF.lock_permits(connection, "wildlife", "C400", "AB12")[0]
    assert (found.status, found.quantity, found.taken) == ("suspended", Decimal(50), Taken(Decimal(40), Decimal(0), 1))


def test_the_tables_themselves_refuse_an_overdrawn_permit(registered: Database) -> None:
    for change in ("quantity_taken = 101", "quantity_taken = -1"):
        with pytest.raises(StoreError, match="violates"), registered.transaction() as connection:
            connection.execute(f"update permit set {change}")  # type: ignore[arg-type]


def test_reserving_confirming_and_giving_back_end_where_they_began(registered: Database) -> None:
    assert act(registered, "reserve", 1, "60", "10").outcome == "changed"
    assert taken(registered) == Taken(Decimal(70), Decimal(0), 1)
    assert act(registered, "confirm", 1).outcome == "changed"
    assert taken(registered).quantity == Decimal(70)
    assert act(registered, "give-back", 1).outcome == "changed"
    assert taken(registered) == Taken()
    with registered.transaction() as connection:
        uses = SHELF.uses_of(connection, NAME)
    assert [(one.declaration, one.use.draw.item, one.use.state, one.at) for one in uses] == [
        ("D1", 1, "returned", NOON),
        ("D1", 2, "returned", NOON),
    ]


def test_every_act_twice_is_as_good_as_once(registered: Database) -> None:
    for what in ("reserve", "confirm", "give-back"):
        assert act(registered, what, 1, "60").outcome == "changed"
        before = taken(registered)
        assert act(registered, what, 1, "60").outcome in ("unchanged", "refused" if what == "confirm" else "unchanged")
        assert taken(registered) == before
    assert act(registered, "reserve", 1, "60").outcome == "unchanged", "a late repeat must not take again"
    assert taken(registered) == Taken()


def test_an_amendment_replaces_a_reservation_or_leaves_it(registered: Database) -> None:
    act(registered, "reserve", 1, "30", declaration="D2")
    act(registered, "reserve", 1, "60")
    refused = act(registered, "reserve", 2, "71")
    assert (refused.outcome, refused.findings[0].code) == ("refused", "permit-quantity-exceeded")
    assert taken(registered).quantity == Decimal(90)
    assert act(registered, "reserve", 3, "20", "50").outcome == "changed"
    assert taken(registered) == Taken(Decimal(100), Decimal(0), 2)
    assert act(registered, "reserve", 2, "1").outcome == "outdated"
    assert taken(registered).quantity == Decimal(100)


def reckon(database: Database, workers: list[Worker]) -> Counter[str]:
    """See that nothing said is lost and nobody complained; how often each outcome was met."""
    with database.transaction() as connection:
        assert faults(connection) == []
        kept = written(connection)
        outcomes = Counter(row[0] for row in connection.execute("select outcome from storm_run"))
    for worker in workers:
        assert "Error" not in worker.complaint, worker.complaint
        assert set(worker.said) <= kept.get(worker.seed, set()), f"worker {worker.seed} said more than is there"
    return outcomes


def weather(
    database: Database, dsn: str, folder: Path, runs: int, kill_server: Callable[[], None] | None = None
) -> Counter[str]:
    """A storm of so many committed runs, with a worker killed every now and then, and what must hold held throughout."""
    prepare(database)
    chance, workers, looks, kills = random.Random(2026), [], 0, 0
    with storm(dsn, folder, 0) as start:
        workers += [start(10**9) for _ in range(3)]
        done, next_kill = 0, runs // 10
        while done < runs or kills < _LEAST_KILLS:
            time.sleep(chance.uniform(0.005, 0.05))
            try:
                with database.transaction() as connection:
                    assert faults(connection) == []
                    done = connection.execute("select count(*) from storm_run").fetchone()[0]  # type: ignore[index]
            except StoreError:
                continue  # it was killed, and comes again
            looks += 1
            assert all(worker.process.poll() is None for worker in workers[-3:]), [w.complaint for w in workers]
            if done >= next_kill:
                kills += 1
                next_kill += max(20, runs // 40)
                victim = workers.pop(-chance.randint(1, 3))
                victim.kill()
                workers.insert(0, victim)
                workers.append(start(10**9))
                if kill_server is not None and kills % 5 == 0:
                    kill_server()
    assert looks > kills >= _LEAST_KILLS
    print(f"\n  {kills} kills, {looks} looks")
    return reckon(database, workers)


def test_in_a_storm_of_processes_that_die_no_quantity_is_used_twice(tmp_path: Path) -> None:
    dsn = shared_database()
    database = Database(dsn, row_key=b"r" * 32)
    database.migrate()
    outcomes = weather(database, dsn, tmp_path, runs=400)
    database.close()
    assert set(outcomes) == {"changed", "unchanged", "outdated", "refused"}


@pytest.mark.soak
@pytest.mark.timeout(1800)
def test_in_a_long_storm_in_which_the_database_dies_too_no_quantity_is_used_twice(tmp_path: Path) -> None:
    server = EmbeddedPostgres(tmp_path / "postgres")
    server.start()

    def kill_server() -> None:
        kill(server)
        server.start()

    database = Database(server.dsn, row_key=b"r" * 32)
    database.migrate()
    try:
        outcomes = weather(database, server.dsn, tmp_path, 10_000, kill_server)
    finally:
        database.close()
        server.stop()
    print(f"\n  {dict(outcomes)}")
    assert sum(outcomes.values()) >= 10_000


#: Harm, and which invariant must name it.
HARM = {
    "update permit set quantity_taken = quantity_taken + 1 where number = 'AB12'": "quantity taken",
    "update permit set uses_taken = 0": "uses taken",
    "update permit_use set state = 'returned'": "quantity taken",
    "update permit_use set value = 5": "value taken",
    "update permit_use set quantity = 101": "more is used",
    "update permit_claim set is_returned = true": "a declaration that was given back",
}


def test_the_reckoning_sees_every_kind_of_harm(registered: Database) -> None:
    act(registered, "reserve", 1, "60")
    for harm, name in HARM.items():
        with registered.transaction() as connection:
            connection.execute(harm)  # type: ignore[arg-type]
            assert any(fault.startswith(name) for fault in faults(connection)), harm
            connection.rollback()
