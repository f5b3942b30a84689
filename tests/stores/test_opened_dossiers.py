# SPDX-License-Identifier: Apache-2.0
"""Dossiers made in a transaction are written once, with their advice, and are there for whatever asks for them before."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from uuid import UUID

import pytest

from cocket.pipeline.base.ids import new_id
from cocket.stores.base import database
from cocket.stores.consignment.consignments import Consignments
from cocket.stores.consignment.queue_lines import StoredRank
from cocket.stores.consignment.rows import Line
from tests.houses import Built, build

NOW = datetime(2026, 11, 2, 12, tzinfo=UTC)


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Built:
    home: Path = tmp_path_factory.mktemp("opened")
    return build(home)


def _line(identity: UUID, title: str = "UCR 26AA1") -> Line:
    return Line(
        id=identity,
        title=title,
        office="AA01",
        offices=("AA01", "AA02"),
        trader="ACME",
        goods="shoes",
        equipment=1,
        value="EUR 12.50",
        received=NOW,
        is_declared=True,
        is_cancelled=False,
        declared_on=NOW.date(),
        declared_by="lodged",
    )


def _advice(identity: UUID) -> tuple[tuple[UUID, str, float, UUID], StoredRank]:
    return (identity, "red", 0.5, new_id()), StoredRank(band=2, worth=1.5, due=NOW)


def test_a_statement_that_names_their_table_finds_them_and_others_leave_them_unwritten(built: Built) -> None:
    shelf, one = Consignments(), new_id()
    with built.stores.database.transaction() as connection:
        shelf.create_described(connection, [_line(one)], NOW)
        assert shelf.bearers(connection, [("UCR", "26AA1")]) == []
        connection.execute("select consignment from control_order where consignment = %s", (one,))
        assert connection.put_off is not None
        assert shelf.line(connection, one) is not None
        assert connection.put_off is None


def test_only_statements_that_name_the_table_where_tables_stand_make_it_be_written() -> None:
    naming = (
        "select id from consignment where id = %s",
        "select c.id from control_order o, consignment c where c.id = o.consignment",
        "select c.id from unnest(%s::uuid[]) as asked (id), public.consignment c",
        "delete from control_order o using\n  consignment c where c.id = o.consignment",
        "update consignment set lane = null",
        "select (select max(number) from message m, consignment x)",
        "insert into consignment (id) values (%s)",
        "truncate message, consignment",
        "lock table message, consignment in share mode",
    )
    others = (
        "select id, kind, state, consignment, office from case_file where id = %s",
        "select id from case_file where kind = %s order by changed, consignment",
        "update control_order set office = %s, consignment = %s where id = %s",
        "insert into rule_hit (rule, consignment) select * from unnest(%s::text[], %s::uuid[])",
        "select id from consignment_key, consignment_mark",
    )
    assert [query for query in naming if not database._names(query, "consignment")] == []
    assert [query for query in others if database._names(query, "consignment")] == []


def test_advice_goes_into_the_row_that_is_made_and_the_commit_writes_what_nothing_asked_for(built: Built) -> None:
    shelf, advised, bare = Consignments(), new_id(), new_id()
    with built.stores.database.transaction() as connection:
        shelf.create_described(connection, [_line(advised), _line(bare, "")], NOW)
        advice = _advice(advised)
        shelf.advise_ranked(connection, [advice])
    with built.stores.database.transaction() as connection:
        lines = shelf.lines_of(connection, [advised, bare])
        assert (lines[advised].lane, lines[advised].assessment) == ("red", advice[0][3])
        assert (lines[advised].title, lines[bare].title, lines[bare].lane) == ("UCR 26AA1", "", None)
        assert shelf.offices_of(connection, [bare])[bare].every == ("AA01", "AA02")
        rows = connection.execute(
            "select work_band, work_due, xmax::text from consignment where id = any(%s) order by number",
            ([advised, bare],),
        ).fetchall()
        assert rows == [(2, NOW, "0"), (None, None, "0")]
        shelf.advise_ranked(connection, [_advice(bare)])
        assert shelf.lines_of(connection, [bare])[bare].lane == "red"


def test_a_transaction_that_is_undone_leaves_none_of_them_for_the_next(built: Built) -> None:
    shelf, one = Consignments(), new_id()
    with pytest.raises(RuntimeError), built.stores.database.transaction() as connection:
        shelf.create_described(connection, [_line(one)], NOW)
        raise RuntimeError
    for _ in range(4):
        with built.stores.database.transaction() as connection:
            assert connection.put_off is None
            assert shelf.line(connection, one) is None
