# SPDX-License-Identifier: Apache-2.0
"""How the newest sealed record of an account is found, whatever the planner knows of young tables."""

from __future__ import annotations

import pytest

from cocket.stores import Database
from cocket.stores.governance.people import API_KEYS, OFFICERS, _newest
from cocket.stores.operations.agreement_times import _QUERIES
from tests.postgres import shared_database

SINCE = {"senders": ["GB1"], "since": "2026-01-01", "until": "2026-12-31"}


@pytest.mark.parametrize(
    "query",
    [
        f"select newest.id from api_key k {_newest(API_KEYS, 'k')} where k.id = 'one'",
        f"select newest.id from officer o {_newest(OFFICERS, 'o')} where o.id = 'one'",
        *_QUERIES.values(),
    ],
)
def test_no_plan_walks_the_log_backwards(query: str) -> None:
    """A planner that may not sort takes any order that an index gives; with no statistics it did so by itself."""
    database = Database(shared_database(), row_key=b"r" * 32)
    database.migrate()
    with database.transaction() as connection:
        connection.execute("set local enable_sort = off; set local enable_seqscan = off")
        plan = "\n".join(row[0] for row in connection.execute(f"explain {query}", SINCE if "%(" in query else ()))
    database.close()
    assert "Limit" in plan
    below = plan.partition("Limit")[2]
    assert "leaf_pkey" not in below.partition("Limit")[0], plan
