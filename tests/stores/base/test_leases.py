# SPDX-License-Identifier: Apache-2.0
from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from cocket.stores.base.database import Connection
from cocket.stores.base.leases import Lease
from tests.houses import build


@pytest.fixture
def connection(tmp_path: Path) -> Iterator[Connection]:
    built = build(tmp_path)
    with built.stores.database.transaction() as opened:
        yield opened
    built.house.close()


def lapse(connection: Connection) -> None:
    connection.execute("update lease set until = now() - interval '1 second'")


def test_one_holds_it_until_it_lapses_and_each_new_holder_has_a_higher_term(connection: Connection) -> None:
    lease = Lease("x", 10)
    assert lease.take(connection, "a", is_successor=False) == 1
    assert lease.take(connection, "b", is_successor=True) is None
    lapse(connection)
    assert lease.take(connection, "b", is_successor=False) == 2


def test_who_slept_past_his_lease_is_fenced_off_for_ever(connection: Connection) -> None:
    lease = Lease("x", 10)
    first = lease.take(connection, "a", is_successor=False)
    assert first is not None
    assert lease.renew(connection, first)
    lapse(connection)
    second = lease.take(connection, "b", is_successor=False)
    assert second is not None
    assert not lease.renew(connection, first)
    lease.end(connection, first)
    assert lease.renew(connection, second)


def test_a_successor_of_the_same_name_and_anyone_after_the_end_take_it_at_once(connection: Connection) -> None:
    lease = Lease("x", 10)
    assert lease.take(connection, "a", is_successor=False) == 1
    assert lease.take(connection, "a", is_successor=False) is None
    assert lease.take(connection, "a", is_successor=True) == 2
    lease.end(connection, 2)
    connection.commit()  # the database's clock stands still within a transaction
    lapse(connection)
    assert lease.take(connection, "b", is_successor=False) == 3
