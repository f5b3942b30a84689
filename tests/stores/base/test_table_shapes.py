# SPDX-License-Identifier: Apache-2.0
"""What somebody altered in the database is named: code that no trigger runs, types, keys, privileges, settings."""

from __future__ import annotations

from pathlib import Path
from uuid import uuid4

import psycopg
import pytest

from cocket.stores.base.database import newest_revision
from cocket.stores.base.record_months import month_of_part
from cocket.stores.base.table_shapes import TABLES, odd_tables
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


#: Acts on the schema, each with what is said of which.
ALTERED = {
    "alter table override alter column lane type varchar(400)": (
        "override",
        "has the column lane as “character varying(400)",
    ),
    "alter table leaf alter column digest drop not null": (
        "leaf",
        "has the column digest as “bytea”, not “bytea not null”",
    ),
    "alter table leaf drop constraint leaf_pkey cascade": ("leaf", "lacks the constraint leaf_pkey"),
    "alter table session add column note text": ("session", "has a further column note"),
    "alter table officer rename column role to rank": ("officer", "lacks the column role"),
    "create unique index odd on message (received)": ("message", "has a further index odd"),
    "alter table result add constraint odd check (consignment is not null)": ("result", "has a further constraint odd"),
    'alter table message alter column sender type text collate "C"': ("message", "has the column sender as"),
    "alter table control_order alter column status set default 'released'": ("control_order", "default 'released'"),
    "alter table permit_use disable trigger all": (
        "permit_use",
        "has references between tables that are not enforced",
    ),
    "create table odd partition of record_body for values from (minvalue) to ('00000000-0000-0000-0000-000000000000')": (
        "record_body",
        "takes in rows of odd",
    ),
    "create table record_body_1990_01 partition of record_body for values from (minvalue) to "
    "('00000000-0000-0000-0000-000000000000')": ("record_body_1990_01", "takes “FOR VALUES FROM (MINVALUE)"),
    "alter table record_body detach partition record_body_other": (
        "record_body",
        "does not take in rows of record_body_other",
    ),
    "alter table record_body_other alter column body set default ''": ("record_body_other", "bytea not null default"),
    "grant insert on leaf to public": ("database", "lets everybody write to leaf"),
    "create extension file_fdw": ("database", "has an extension file_fdw"),
    "create publication everything for all tables": ("database", "by publication everything"),
    "alter role current_user set row_security = off": ("database", "has the setting row_security=off for the role"),
    "alter database {database} set search_path = other, public": ("database", "has the setting search_path"),
}
UNDONE = (
    "alter role current_user reset all", "alter database {database} reset all", "drop publication if exists everything",
)  # fmt: skip


@pytest.mark.parametrize("act", ALTERED)
def test_what_was_altered_is_named(act: str, tmp_path: Path) -> None:
    table, said = ALTERED[act]
    built = build(tmp_path)
    with psycopg.connect(built.dsn, autocommit=True) as other:
        database = other.info.dbname
        try:
            try:
                other.execute(act.format(database=database))
            except psycopg.errors.UndefinedFile:
                pytest.skip("this PostgreSQL comes without the extension")
            with built.stores.database.transaction() as connection:
                found = odd_tables(connection)
            assert said in found[table], found
            assert found.keys() <= {table, "database"}
        finally:
            for words in UNDONE:
                other.execute(words.format(database=database))
    built.house.close()


def test_a_table_of_another_owner_or_place_and_roles_of_another_hand_are_named(tmp_path: Path) -> None:
    built = build(tmp_path)
    eve = f"eve_{uuid4().hex[:8]}"
    with psycopg.connect(built.dsn, autocommit=True) as other:
        try:
            other.execute(f"create role {eve} login")
            other.execute(f"alter table override owner to {eve}")
            other.execute("set allow_in_place_tablespaces = on")
            other.execute(f"create tablespace {eve} location ''")
            other.execute(f"alter table result set tablespace {eve}")
            with built.stores.database.transaction() as connection:
                found, own = odd_tables(connection), odd_tables(connection, is_own=True)
            assert found["override"].startswith(f"belongs to the role {eve}, not to ")
            assert found["result"] == "is kept in another tablespace than the others"
            assert f"has a further role {eve}, which can log in" in own["database"]
            assert found.keys() == {"override", "result"}
        finally:
            other.execute("alter table result set tablespace pg_default")
            other.execute(f"drop tablespace if exists {eve}")
            other.execute("alter table override owner to current_user")
            other.execute(f"drop role {eve}")
    built.house.close()


def test_an_index_of_the_operator_is_his_own_affair(tmp_path: Path) -> None:
    built = build(tmp_path)
    with psycopg.connect(built.dsn, autocommit=True) as other:
        other.execute("create index my_own on message (received)")
        other.execute("grant select on message to public")
        with built.stores.database.transaction() as connection:
            assert odd_tables(connection) == {}
    built.house.close()


def test_the_catalogue_is_of_the_newest_migration(tmp_path: Path) -> None:
    built = build(tmp_path)
    with built.stores.database.transaction() as connection:
        rows = connection.execute(
            "select relname from pg_class where relnamespace = 'public'::regnamespace and relkind in ('r', 'p')"
        ).fetchall()
        ours = {name for (name,) in rows if month_of_part(name) is None}
        assert ours - {"alembic_version"} == set(TABLES)
        assert odd_tables(connection) == {}, f"run scripts/draw_catalogue.py after migration {newest_revision()}"
    built.house.close()


def test_tables_that_only_grow_are_vacuumed_by_count_and_none_of_them_has_an_index_that_each_pass_reads_whole(
    tmp_path: Path,
) -> None:
    built = build(tmp_path)
    with psycopg.connect(built.dsn) as connection:
        counted = connection.execute(
            """select relname, oid from pg_class where relkind = 'r'
            and 'autovacuum_vacuum_insert_scale_factor=0' = any(reloptions)"""
        ).fetchall()
        names = {name for name, _ in counted}
        assert {"leaf", "message", "record"} <= names
        assert [name for name in names if month_of_part(name) is not None]
        for name, oid in counted:
            (options,) = connection.execute("select reloptions from pg_class where oid = %s", (oid,)).fetchone() or (
                (),
            )
            told = dict(one.split("=") for one in options)
            assert told["autovacuum_vacuum_scale_factor"] == told["autovacuum_analyze_scale_factor"] == "0", name
            assert 0 < int(told["autovacuum_vacuum_insert_threshold"]) <= int(told["autovacuum_analyze_threshold"]), (
                name
            )
            words = connection.execute(
                """select count(*) from pg_index i join pg_class c on c.oid = i.indexrelid join pg_am a on a.oid = c.relam
                where i.indrelid = %s and a.amname = 'gin'""",
                (oid,),
            ).fetchone()
            assert words == (0,), name
