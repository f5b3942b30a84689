# SPDX-License-Identifier: Apache-2.0
"""Code of another hand in the database is named, though no trigger runs it."""

from __future__ import annotations

from pathlib import Path

import psycopg

from cocket.stores.base.table_shapes import odd_tables
from tests.houses import build

FUNCTION = """create function spy(bytea) returns bool language plpgsql immutable as $$ begin return true; end $$"""
ACTS = {
    "has an index": "create index spied on message (spy(content))",
    "has a check": "alter table message add constraint spied check (spy(content))",
    "has a default of a function": "alter table message alter column is_late set default spy('')",
}


def test_code_without_a_trigger_is_named(tmp_path: Path) -> None:
    built = build(tmp_path)
    with psycopg.connect(built.dsn, autocommit=True) as other:
        with built.stores.database.transaction() as connection:
            assert odd_tables(connection) == {}
        other.execute(FUNCTION)
        other.execute("alter table message add column is_late bool")
        for said, act in ACTS.items():
            other.execute(act)
            with built.stores.database.transaction() as connection:
                found = odd_tables(connection)
            assert said in found["message"]
            assert "function spy(bytea)" in found["database"]
        other.execute("create function hook() returns event_trigger language plpgsql as $$ begin end $$")
        other.execute("create event trigger eager on sql_drop execute function hook()")
        with built.stores.database.transaction() as connection:
            assert "event trigger eager" in odd_tables(connection)["database"]
    built.house.close()
