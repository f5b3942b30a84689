# SPDX-License-Identifier: Apache-2.0
"""Values read ahead in one statement are those that single statements give, until they are put."""

from __future__ import annotations

import pytest

from cocket.errors import StoreError
from cocket.stores import Database
from cocket.stores.base.progress import Places
from tests.postgres import shared_database


def test_what_is_read_ahead_is_what_stands_there_until_it_is_put_and_only_in_that_transaction() -> None:
    places, database = Places(), Database(shared_database(), row_key=b"r" * 32)
    database.migrate()
    with database.transaction() as connection:
        places.put(connection, "one", b"1")
        places.put(connection, "altered", b"true")
        connection.execute("update place set value = 'false' where name = 'altered'")
        places.read_ahead(connection, ("one", "never", "altered"))
        connection.execute("delete from place where name = 'one'")
        assert places.get(connection, "one") == b"1"
        assert places.get(connection, "never") is None
        assert places.learnt(connection, "altered") is None
        with pytest.raises(StoreError, match="altered"):
            places.get(connection, "altered")
        places.put(connection, "one", b"2")
        places.put(connection, "never", b"3")
        assert [places.get(connection, name) for name in ("one", "never")] == [b"2", b"3"]
        places.read_ahead(connection, ("one",))
        connection.rollback()  # others look at this database too
    with database.transaction() as connection:
        assert places.get(connection, "one") is None
    database.close()
