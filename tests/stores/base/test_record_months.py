# SPDX-License-Identifier: Apache-2.0
"""Bodies of records stand in tables of months, made ahead, and nothing of them is lost on the way there."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path
from uuid import UUID

import psycopg
import pytest

from cocket.errors import StoreError
from cocket.pipeline.base.ids import earliest_id, new_id
from cocket.pipeline.operations.health import look_at_records
from cocket.pipeline.operations.row_audit import RowAudit
from cocket.stores.base.record_months import (
    AHEAD,
    Month,
    ensure_months,
    month_at,
    month_named,
    month_of,
    parts,
    stray,
)
from cocket.stores.base.table_shapes import odd_tables
from tests.houses import Built, build, envelope, trader
from tests.messages import declaration


@pytest.fixture
def built(tmp_path: Path) -> Built:
    return build(tmp_path / "home")


def advised(built: Built, *references: str) -> list[UUID]:
    """Lodge declarations and assess them; the records of their advice."""
    built.house.intake.messages.take_many([envelope(declaration(one)) for one in references], principal=trader("ACME"))
    built.desk()
    with built.stores.database.transaction() as connection:
        rows = connection.execute("select id from record where kind = 'assessment' order by id").fetchall()
    return [row[0] for row in rows]


def differences(built: Built) -> list[str]:
    audit = RowAudit(built.stores)
    audit.begin_anew()
    while audit.step() is None:
        pass
    return [f"{one.table} {one.column} {one.stands}" for one in audit.differences()]


def test_a_month_has_the_ids_that_are_made_in_it() -> None:
    december = Month(2026, 12)
    assert (str(december), december.after(1), december.after(-12)) == ("2026-12", Month(2027, 1), Month(2025, 12))
    assert december.first == earliest_id(datetime(2026, 12, 1, tzinfo=UTC))
    assert december.end == earliest_id(datetime(2027, 1, 1, tzinfo=UTC)) == december.after(1).first
    assert month_of(new_id()) == month_at(datetime.now(UTC))
    assert month_of(UUID(int=2**128 - 1)) is None
    assert month_named("2026-12") == december
    assert [month_named(one) for one in ("2026-13", "2026", "0001-01", "12-2026", "")] == [None] * 5


def test_the_body_of_advice_stands_in_the_table_of_its_month_and_is_read_from_there(built: Built) -> None:
    (record, *_) = advised(built, "M-1", "M-2")
    table = month_at(datetime.now(UTC)).table
    with built.stores.database.transaction() as connection:
        assert connection.execute(
            "select count(*) from record where kind = 'assessment' and body is not null"
        ).fetchone() == (0,)
        assert connection.execute(f"select count(*) from {table} join record using (id)").fetchone() == (2,)
        assert connection.execute(f"select count(*) from {table} join message using (id)").fetchone() == (2,)
        assert connection.execute("select count(*) from message where content is not null").fetchone() == (0,)
        leaf, body = built.stores.leaves.bodies(connection, [record])[record]
        assert leaf.record == record
        assert b"lane" in body
        assert stray(connection) == 0
    assert differences(built) == []


def test_months_ahead_are_made_once(built: Built) -> None:
    now = datetime.now(UTC)
    later = now + timedelta(days=31 * 14)
    with built.stores.database.transaction() as connection:
        assert ensure_months(connection, now) == []
    with built.stores.database.transaction() as connection:
        made = ensure_months(connection, later)
        assert made == [month_at(later).after(number) for number in range(AHEAD + 1)]
    with built.stores.database.transaction() as connection:
        assert ensure_months(connection, later) == []
        assert odd_tables(connection) == {}
        assert {one.table for one in made} < parts(connection).keys()


def test_what_went_astray_is_told_by_health_and_moved_to_the_table_of_its_month(built: Built) -> None:
    ids = advised(built, "M-1", "M-2", "M-3")
    table = month_at(datetime.now(UTC)).table
    with psycopg.connect(built.dsn) as other:
        other.execute(f"alter table record_body detach partition {table}")
        other.execute(f"insert into record_body select * from {table}")
        other.execute(f"drop table {table}")

    def told() -> tuple[str, str]:
        check = next(one for one in look_at_records(built.stores) if one.name == "months")
        return check.state, check.words

    assert told() == ("degraded", "6 bodies stand in the table record_body_other, in no month's.")
    with built.stores.database.transaction() as connection:
        assert built.stores.leaves.bodies(connection, ids).keys() == set(ids)  # nothing is lost meanwhile
    with built.stores.database.transaction() as connection:
        assert [one.table for one in ensure_months(connection, datetime.now(UTC))] == [table]
        assert stray(connection) == 0
        assert connection.execute(f"select count(*) from {table}").fetchone() == (6,)
        assert odd_tables(connection) == {}
    assert told()[0] == "well"
    assert differences(built) == []


def test_a_body_that_is_gone_or_altered_is_named_and_not_passed_over(built: Built) -> None:
    first, second = advised(built, "M-1", "M-2")
    assert differences(built) == []
    with psycopg.connect(built.dsn) as other:
        other.execute(
            "update record_body set body = set_byte(body, 20, get_byte(body, 20) # 1) where id = %s", (first,)
        )
        other.execute("delete from record_body where id = %s", (second,))
    found = differences(built)
    assert sum("The sealed content is altered" in one for one in found) == 1, found
    assert sum("The sealed content is missing" in one for one in found) == 1, found
    with (
        built.stores.database.transaction() as connection,
        pytest.raises(StoreError, match=f"content of record {second}"),
    ):
        built.stores.leaves.body(connection, second)


def test_a_body_of_before_stays_where_it_is_and_is_read_there(built: Built) -> None:
    (record,) = advised(built, "M-1")
    with psycopg.connect(built.dsn) as other:
        other.execute("update record r set body = b.body from record_body b where b.id = r.id")
        other.execute("update message m set content = b.body from record_body b where b.id = m.id")
        other.execute("delete from record_body")
    with built.stores.database.transaction() as connection:
        assert built.stores.leaves.body(connection, record)
    assert differences(built) == []
