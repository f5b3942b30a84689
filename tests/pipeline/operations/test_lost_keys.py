# SPDX-License-Identifier: Apache-2.0
"""What is lost with its keys is named, and holds up neither desk nor book nor the audit of rows."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, cast

import pytest

from cocket.cli.commands.aeo import OPERATOR
from cocket.errors import LostError, ProofError, SenderError, StoreError
from cocket.pipeline import QueueFilter
from cocket.pipeline.operations.health import Gaps, Sight, check_set_aside
from cocket.pipeline.operations.lost_keys import find_lost
from cocket.pipeline.operations.restore import _check_keys, _give_up, _rows_of_lost
from cocket.pipeline.operations.row_audit import RowAudit
from tests.houses import Built, build, envelope, officer, trader
from tests.messages import declaration

ACME = trader("ACME")


@pytest.fixture
def built(tmp_path: Path) -> Iterator[Built]:
    made = build(tmp_path)
    made.house.intake.messages.take_many([envelope(declaration(f"R{n}")) for n in range(4)], principal=ACME)
    made.desk()
    made.sign()
    made.house.intake.messages.take_many([envelope(declaration(f"R{n}")) for n in (4, 5)], principal=ACME)
    yield made
    made.house.close()


def ask(built: Built, statement: str) -> list[tuple[Any, ...]]:
    with built.stores.database.transaction() as connection:
        return connection.execute(statement).fetchall()  # type: ignore[arg-type]


def lose(built: Built, which: str) -> list[str]:
    """Destroy the keys of some leaves, without a word; messages among them."""
    rows = ask(built, f"select key, record, kind from leaf where {which} order by idx")
    built.stores.leaves.keys.destroy(row[0] for row in rows)
    return [str(row[1]) for row in rows if row[2].startswith("message-")]


def message(built: Built, reference: str) -> str:
    return str(ask(built, f"select id from message where reference like '%{reference}'")[0][0])


def test_a_key_that_is_gone_without_a_word_stops_the_book_and_one_given_up_does_not(built: Built) -> None:
    (lost,) = lose(built, f"record = '{message(built, 'R4')}'")
    with pytest.raises(ProofError, match="does not match what was sealed"):
        built.sign()
    with pytest.raises(StoreError, match=r"1 key is missing from .* --without-keys records"):
        _check_keys(built.stores, without_keys=False)
    _check_keys(built.stores, without_keys=True)
    assert _give_up(built.stores) == (1, (lost,))
    _check_keys(built.stores, without_keys=False)
    assert _give_up(built.stores) == (0, ())
    built.desk()
    built.sign()
    with built.stores.database.transaction() as connection:
        assert find_lost(built.stores, connection) == []
    assert built.house.queries.records.message(ACME, message(built, "R5")).proof_state == "in-head"


def test_whoever_may_see_a_lost_message_is_told_so_and_nobody_else(built: Built) -> None:
    (lost,) = lose(built, f"record = '{message(built, 'R0')}'")
    dossier = built.house.queries.records.queue(officer(), QueueFilter(state="all", limit=50)).lines
    _give_up(built.stores)
    for ask_for in (
        built.house.queries.records.message,
        built.house.queries.records.content,
        built.house.queries.records.receipt,
        built.house.queries.records.proof,
    ):
        with pytest.raises(LostError, match="is lost") as error:
            ask_for(ACME, lost)
        assert "Send the message again" in (error.value.hint or "")
        with pytest.raises(Exception, match="There is no such message"):
            ask_for(trader("OTHER"), lost)
    gone = 0
    for line in dossier:
        try:
            built.house.queries.records.dossier(officer(), line.id)
        except LostError:
            gone += 1
            assert [note.kind for note in built.house.operations.set_aside.set_aside_about(officer(), line.id)] == [
                "lost"
            ]
    assert gone == 1
    with pytest.raises(SenderError, match="cannot be retried here"):
        built.house.operations.set_aside.retry_set_aside(
            OPERATOR, built.house.operations.set_aside.set_aside_list(OPERATOR).lines[0].id, "it may be there"
        )
    assert built.house.operations.set_aside.close_lost(OPERATOR, "all were asked to lodge again") == 1
    assert built.house.operations.set_aside.set_aside_list(OPERATOR).total == 0
    (again,) = built.house.intake.messages.take_many([envelope(declaration("R0"))], principal=ACME)
    assert again.id != lost
    built.desk()
    assert built.house.queries.records.message(officer(), again.id).consignment_ids


def test_dossiers_whose_advice_is_lost_are_assessed_again_and_rows_without_records_rest_on_their_macs(
    built: Built,
) -> None:
    lose(built, "kind = 'assessment' and idx < 12")
    before = ask(built, "select count(*) from leaf where kind = 'assessment'")[0][0]
    lost, _ = _give_up(built.stores)
    assert lost >= 1
    built.desk()
    again = ask(built, "select count(*) from set_aside where kind = 'recall' and state = 'worked'")[0][0]
    assert again == lost
    assert ask(built, "select count(*) from leaf where kind = 'assessment'")[0][0] > before
    audit = RowAudit(built.stores)
    while audit.step() is None:
        pass
    found = {(one.table, one.id, one.column) for one in audit.differences()}
    assert found, "the control: rows do rest on lost records"
    with built.stores.database.transaction() as connection:
        connection.execute("delete from row_difference")
    (built.stores.settings.home / "rows.noted").unlink()  # as if that audit had not been
    audit.begin_anew()
    rows = _rows_of_lost(built.stores, lambda sentence: None)
    assert set(rows) >= found


def test_health_does_not_have_lost_things_tried_again(built: Built) -> None:
    lose(built, f"record = '{message(built, 'R0')}'")
    _give_up(built.stores)
    with built.stores.database.transaction() as connection:
        check = check_set_aside(Sight(built.stores, connection, datetime.now(UTC), (), cast("Gaps", None)))
    assert check.state == "degraded"
    assert "cocket set-aside close --lost" in (check.hint or "")
    waiting = ask(built, "select count(*) from set_aside where state in ('waiting', 'retrying') and kind <> 'lost'")
    assert ("Retry those" in (check.hint or "")) is (waiting[0][0] > 0)
