# SPDX-License-Identifier: Apache-2.0
"""Leaves deleted amid the book come back as far as can be, and it is said exactly how far."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from uuid import UUID

import pytest

from cocket.pipeline import AssessmentWorker, LogPublisher
from cocket.pipeline.ledger.reimport import Reimported, reimport
from tests.houses import Built, build, envelope, trader
from tests.messages import declaration

ACME = trader("ACME")
Row = tuple[object, ...]

#: What of a leaf can be made again: all but by when it was promised.
WHOLE = "idx, record, kind, at, actor, subject, digest, nonce, seal, key, is_degraded"


@pytest.fixture(params=[1, 8])
def built(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Built]:
    """A house with six messages worked off and signed."""
    made = build(tmp_path, head_step=request.param)
    lodge(made, 6)
    desk = AssessmentWorker(made.stores)
    desk.open()
    while desk.turn():
        pass
    sign(made)
    yield made
    made.house.close()


def lodge(built: Built, count: int, start: int = 0) -> list[str]:
    messages = [envelope(declaration(f"R{n}")) for n in range(start, start + count)]
    return [answer.id for answer in built.house.take_many(messages, principal=ACME)]


def sign(built: Built) -> None:
    book = LogPublisher(built.stores)
    book.open()
    while book.turn():
        pass
    book.close()


def ask(built: Built, statement: str) -> list[Row]:
    with built.stores.database.transaction() as connection:
        cursor = connection.execute(statement)
        return cursor.fetchall() if cursor.description else []


def goes_on(built: Built) -> None:
    """Assert that book and desk take up their work and do more."""
    (message,) = lodge(built, 1, start=90)
    sign(built)
    desk = AssessmentWorker(built.stores)
    desk.open()
    while desk.turn():
        pass
    assert ask(built, f"select 1 from consignment_message where message = '{message}'") == [(1,)]


def test_leaves_of_messages_and_records_that_are_there_come_back_whole(built: Built) -> None:
    hurt = "kind = 'message-accepted' and idx > 0 or kind = 'assessment'"
    before = ask(built, f"select {WHOLE} from leaf order by idx")
    gone = len(ask(built, f"select 1 from leaf where {hurt}"))
    assert gone > 6
    ask(built, f"delete from leaf where {hurt}")
    found = reimport(built.stores)
    assert found == Reimported(missing=gone, restored=gone)
    assert ask(built, f"select {WHOLE} from leaf where kind <> 'leaves-reimported' order by idx") == before
    goes_on(built)
    assert reimport(built.stores) == Reimported()


def test_what_is_not_there_comes_back_as_a_commitment_and_keeps_its_place(built: Built) -> None:
    ((index, message, seal),) = ask(
        built, "select idx, record, seal from leaf where kind like 'message-%' order by idx limit 1 offset 2"
    )
    ask(built, f"delete from leaf where idx = {index}")
    ask(built, f"delete from message where id = '{message}'")
    assert reimport(built.stores) == Reimported(missing=1, commitments=1)
    assert ask(built, f"select kind, seal from leaf where idx = {index}") == [("recovered", seal)]
    goes_on(built)


def test_a_message_whose_key_was_destroyed_is_named(built: Built) -> None:
    ((index, message, slot),) = ask(
        built, "select idx, record, key from leaf where kind like 'message-%' order by idx limit 1 offset 1"
    )
    built.stores.leaves.keys.destroy([int(str(slot))])
    ask(built, f"delete from leaf where idx = {index}")
    assert reimport(built.stores) == Reimported(missing=1, commitments=1, unplaced=(str(message),))


def test_cover_that_was_deleted_comes_back(built: Built) -> None:
    ranges = ask(built, "select first, upto from cover")
    if not ranges:
        pytest.skip("a log without cover")
    ask(built, "delete from cover")
    covers = sum(int(str(upto)) - int(str(first)) for first, upto in ranges)
    assert reimport(built.stores) == Reimported(missing=covers, covers=covers)
    goes_on(built)


def test_the_end_of_the_book_is_not_given_out_anew_where_its_rows_are_gone(built: Built) -> None:
    size = ask(built, "select max(idx) + 1 from leaf")[0][0]
    ask(built, "delete from leaf where idx > 1")
    (message,) = lodge(built, 1, start=50)
    assert ask(built, f"select idx from leaf where record = '{message}'")[0][0] >= size  # type: ignore[operator]
    found = reimport(built.stores)
    assert (found.commitments, found.blank, found.restored) == (0, 0, found.missing)
    goes_on(built)


def test_leaves_under_no_head_yet_are_placed_by_their_time_and_that_is_said(built: Built) -> None:
    new = lodge(built, 3, start=20)
    before = ask(built, f"select {WHOLE} from leaf order by idx")
    ask(built, f"delete from leaf where record in ('{new[0]}', '{new[1]}')")
    found = reimport(built.stores)
    assert (found.missing, found.restored, found.by_time, found.unworked) == (2, 2, 2, ())
    assert ask(built, f"select {WHOLE} from leaf where kind <> 'leaves-reimported' order by idx") == before
    goes_on(built)


def test_a_leaf_under_no_head_of_which_nothing_is_left_is_covered(built: Built) -> None:
    new = lodge(built, 2, start=30)
    ask(built, f"delete from leaf where record = '{new[0]}'")
    ask(built, f"delete from message where id = '{new[0]}'")
    found = reimport(built.stores)
    assert (found.missing, found.blank) == (1, 1)
    goes_on(built)


def test_a_message_that_the_desk_passed_by_is_named_and_worked_off(built: Built) -> None:
    new = lodge(built, 2, start=40)
    sign(built)
    ask(built, f"delete from leaf where record = '{new[0]}'")
    desk = AssessmentWorker(built.stores)
    desk.open()
    while desk.turn():
        pass
    assert reimport(built.stores) == Reimported(missing=1, restored=1, unworked=(new[0],))
    goes_on(built)
    lanes = f"select lane from consignment join consignment_message on consignment = id where message = '{new[0]}'"
    assert len(ask(built, lanes)) == 1
    assert ask(built, f"select state from set_aside where subject = '{new[0]}'") == [("worked",)]
    assert reimport(built.stores) == Reimported()


def test_bringing_back_is_sealed(built: Built) -> None:
    ask(built, "delete from leaf where idx = 1")
    reimport(built.stores)
    ((record,),) = ask(built, "select id from record where kind = 'leaves-reimported'")
    with built.stores.database.transaction() as connection:
        body = built.stores.leaves.body(connection, UUID(str(record)))
    assert body is not None
    assert b'"missing":1' in body
