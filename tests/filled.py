# SPDX-License-Identifier: Apache-2.0
"""Filled databases of earlier revisions: what a house of that version would have written, in the tables it had.

A house of today is filled through its real doors and roles. Its rows go into the tables and columns that an earlier
revision has, and stand in clear where that revision kept them so. Tables that are still empty get rows of our own,
made from their columns' types.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import msgspec
import psycopg
import zstandard
from alembic import command
from alembic.config import Config
from psycopg import sql
from sqlalchemy import create_engine
from sqlalchemy.pool import NullPool

from cocket.pipeline import Answer, QueueFilter, Stores
from cocket.pipeline.base.database_identity import check_house
from cocket.stores.ledger.leaves import NewRecord, open_body
from tests.house.source import PACKAGE
from tests.houses import Built, envelope, officer, trader
from tests.messages import declaration
from tests.pipeline.tracking.tracked import Tracked
from tests.postgres import shared_database

Connection = psycopg.Connection[tuple[Any, ...]]

_MOMENT = datetime(2026, 3, 4, 5, 6, 7, tzinfo=UTC)

#: Values that a column needs whatever its type says, because a role reads them.
_KNOWN: dict[tuple[str, str], Any] = {
    ("screening_list", "content"): b"id,name\n1,Somebody Else\n",
    ("screening_list", "format"): "csv",
    ("alert", "state"): "closed",
    ("case_file", "kind"): "filled",
}

_BY_TYPE: dict[str, Any] = {
    "text": "filled",
    "uuid": "00000000-0000-7000-8000-00000000f111",
    "timestamp with time zone": _MOMENT,
    "date": _MOMENT.date(),
    "bytea": b"{}",
    "bigint": 1,
    "integer": 1,
    "numeric": 1,
    "double precision": 0.5,
    "real": 0.5,
    "boolean": True,
    "ARRAY": ["filled"],
}


#: What records of assessments say only since revision 0010 or later.
_SAID_SINCE = ("shortfall", "families", "beside", "declaration", "office", "order", "hits", "head", "rank")


def seal_as_before(stores: Stores) -> None:
    """Let records of assessments be sealed as a house of revision 0008 sealed them."""
    seal = stores.sealer.record

    def record(kind: str, actor: str, body: Any, **given: Any) -> NewRecord:
        if kind == "assessment":
            body = {name: value for name, value in msgspec.to_builtins(body).items() if name not in _SAID_SINCE}
        return seal(kind, actor, body, **given)

    vars(stores.sealer)["record"] = record


def fill_house(home: Path, *, is_old: bool = False) -> Built:
    """A house of today with messages, advice, an override, an officer, devices and a journey, signed.

    Args:
        home: Its folder, fresh.
        is_old: Whether its assessments are sealed as in revision 0008.
    """
    tracked = Tracked(home)
    if is_old:
        seal_as_before(tracked.built.stores)
    built = tracked.built
    tracked.activate()
    tracked.hear(range(4))
    lodge(built, *(f"OLD-{number}" for number in range(6)))
    built.house.governance.accounts.put_officer(
        "filled", "Filled Officer", "officer", "XA1", "a long password of filled"
    )
    built.house.governance.accounts.add_key("cocket_filler_secret", "filler", ("trader",), ("ACME",))
    built.desk()
    line = built.house.queries.records.queue(officer("supervisor"), QueueFilter(state="all")).lines[0]
    built.house.control.officer_acts.override(officer("supervisor"), line.id, "red", "a reason to look")
    built.sign()
    check_house(built.settings, built.dsn, with_checkpoint=True)
    with built.stores.database.transaction() as connection:
        connection.execute("update lease set until = %s", (_MOMENT,))  # it was stopped long ago
    return built


def lodge(built: Built, *references: str, then: str = "") -> list[Answer]:
    """Lodge declarations; what was answered. One that comes `then` is another about the same dossier."""
    contents = [declaration(one).replace(one.encode(), one.encode() + then.encode()) for one in references]
    return built.house.intake.messages.take_many([envelope(one) for one in contents], principal=trader("ACME"))


@contextmanager
def of_revision(
    number: str, built: Built, *, is_invented: bool = True, edited: tuple[str, Sequence[str]] | None = None
) -> Iterator[str]:
    """A database of an earlier revision with what a house has, and rows of our own where that is nothing; its URL.

    Args:
        number: The revision.
        built: The house.
        is_invented: Whether there are rows of our own.
        edited: A revision whose file was changed once it had landed, and the statements that it had before.
    """
    url = shared_database()
    config = Config()
    config.set_main_option("script_location", str(PACKAGE / "stores" / "migrations"))
    engine = create_engine("postgresql+psycopg://", creator=lambda: psycopg.connect(url), poolclass=NullPool)
    with engine.connect() as connection:
        config.attributes["connection"] = connection
        if edited is not None:
            command.upgrade(config, f"{int(edited[0]) - 1:04}")
            for statement in (*edited[1], f"update alembic_version set version_num = '{edited[0]}'"):
                connection.exec_driver_sql(statement)
            connection.commit()
        command.upgrade(config, number)
        connection.commit()
    engine.dispose()
    with psycopg.connect(url) as target:
        target.execute("set session_replication_role = replica")
        with psycopg.connect(built.dsn) as source:
            for table in tables(target):
                _copy(source, target, table)
        if number < "0013":  # which brought MACs of rows, and the word that all have them
            target.execute("delete from place where name like 'rows/%'")
        if number < "0019":  # which brought MACs of eras, and what is kept of them all
            target.execute("delete from place where name = 'log/eras'")
        if number < "0003":
            _in_clear(built, target)
        for table in tables(target):
            if is_invented and not _count(target, table):
                _invent(target, table)
    yield url


def tables(connection: Connection) -> list[str]:
    """Tables of a database, but that of Alembic, and parts of others."""
    rows = connection.execute(
        "select relname from pg_class where relnamespace = 'public'::regnamespace and relkind in ('r', 'p')"
        " and not relispartition and relname <> 'alembic_version' order by 1"
    )
    return [row[0] for row in rows]


def columns(connection: Connection, table: str) -> dict[str, str]:
    """Columns of a table with their types; none if there is no such table."""
    rows = connection.execute(
        "select column_name, data_type from information_schema.columns where table_name = %s order by ordinal_position",
        (table,),
    )
    return dict(rows.fetchall())


def content(connection: Connection, wanted: dict[str, list[str]]) -> dict[str, list[str]]:
    """Every row of some columns of some tables, as text, by table."""
    found = {}
    for table, names in wanted.items():
        query = sql.SQL("select row({})::text from {} order by 1").format(
            sql.SQL(", ").join(map(sql.Identifier, names)), sql.Identifier(table)
        )
        found[table] = [row[0] for row in connection.execute(query)]
    return found


def _copy(source: Connection, target: Connection, table: str) -> None:
    """Copy the rows of a table, in the columns that both have; bodies of records once stood with them."""
    has = columns(source, table)
    out_of: sql.Composable = sql.Identifier(table)
    if table == "record" and not columns(target, "record_body"):
        out_of = sql.SQL(
            "(select id, kind, at, actor, subject, about, coalesce(r.body, b.body) as body from record r"
            " left join record_body b using (id)) as whole"
        )
    if table == "message" and columns(source, "record_body"):
        out_of = sql.SQL(
            "(select m.*, coalesce(m.content, b.body) as whole from message m left join record_body b using (id)) as w"
        )
    names = [name for name in columns(target, table) if name in has]
    if not names:
        return
    listed = sql.SQL(", ").join(map(sql.Identifier, names))
    read = sql.SQL(", ").join(
        map(sql.Identifier, ("whole" if (table, one) == ("message", "content") else one for one in names))
    )
    out = sql.SQL("copy (select {} from {}) to stdout (format binary)").format(read, out_of)
    into = sql.SQL("copy {} ({}) from stdin (format binary)").format(sql.Identifier(table), listed)
    with source.cursor().copy(out) as given, target.cursor().copy(into) as write:
        for data in given:
            write.write(data)


def _in_clear(built: Built, target: Connection) -> None:
    """Before revision 0003 there were no keys: nonces and contents stand in clear."""
    keys = built.stores.leaves.keys
    with psycopg.connect(built.dsn) as source:
        slots = dict(source.execute("select record, key from leaf where key is not null").fetchall())
    known = keys.get_many(slots.values())
    for record, slot in slots.items():
        key = known[slot]
        target.execute("update leaf set nonce = %s where record = %s", (key.nonce, record))
        for table, names in (("message", ("content", "reading")), ("record", ("body",))):
            row = target.execute(
                sql.SQL("select {} from {} where id = %s").format(
                    sql.SQL(", ").join(map(sql.Identifier, names)), sql.Identifier(table)
                ),
                (record,),
            ).fetchone()
            for name, closed in zip(names, row or (), strict=False):
                update = sql.SQL("update {} set {} = %s where id = %s")
                clear = open_body(key, closed) if name == "body" else key.open(name, closed)
                target.execute(update.format(sql.Identifier(table), sql.Identifier(name)), (clear, record))


def _count(connection: Connection, table: str) -> int:
    row = connection.execute(sql.SQL("select count(*) from {}").format(sql.Identifier(table))).fetchone()
    return int(row[0]) if row else 0


def _invent(connection: Connection, table: str) -> None:
    """One row of our own."""
    row = {name: _KNOWN.get((table, name), _BY_TYPE[kind]) for name, kind in columns(connection, table).items()}
    if table == "device_batch":
        row["content"] = zstandard.ZstdCompressor().compress(msgspec.msgpack.encode([]))
    connection.execute(
        sql.SQL("insert into {} ({}) overriding system value values ({})").format(
            sql.Identifier(table),
            sql.SQL(", ").join(map(sql.Identifier, row)),
            sql.SQL(", ").join([sql.Placeholder()] * len(row)),
        ),
        list(row.values()),
    )
