# SPDX-License-Identifier: Apache-2.0
"""Messages, what recognises them again, and what receipts promise: nobody who writes to the database hands them to another."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from uuid import UUID

import pytest

from cocket.errors import CocketError, RowDiffersError, SenderError
from cocket.pipeline.operations.row_repair import RowRepair
from tests.houses import Built, build, envelope, trader
from tests.messages import declaration
from tests.pipeline.operations.test_row_audit import HEAD, Day, undone
from tests.pipeline.operations.test_row_matrix import lodge
from tests.pipeline.tracking.tracked import tracked

ACME, OTHER = trader("ACME"), trader("OTHER")


def lodged(day: Day, content: bytes, sender: str = "ACME") -> str:
    (answer,) = day.house.intake.messages.take_many([envelope(content, sender=sender)], principal=trader(sender))
    return answer.id


@pytest.fixture(scope="module")
def whole_day(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Day]:
    made = Day(lorry=tracked(tmp_path_factory.mktemp("day") / "home"), lines={}, token="")
    for number in range(4):
        lodged(made, declaration(f"A{number}"))
    lodged(made, declaration("B0"), "OTHER")
    made.lorry.built.desk()
    made.lorry.built.sign()
    assert made.audit() == []
    yield made
    made.lorry.close()


@pytest.fixture
def day(whole_day: Day) -> Iterator[Day]:
    with undone(whole_day):
        yield whole_day


def message_of(day: Day, reference: str) -> str:
    return str(day.one("select id from message where reference = %s", reference))


def set_right(day: Day) -> None:
    """Set everything right that differs, by the act alone."""
    room = RowRepair(day.lorry.built.stores)
    for table, identity in dict.fromkeys((one.table, one.id) for one in day.audit()):
        room.set_row_right(HEAD, table, identity, "by another hand")
    assert day.audit() == []


#: Column → what an insider sets, in SQL.
COLUMNS = {
    "sender": "'OTHER'",
    "actor": "'another'",
    "door": "'feeds'",
    "received": "received + interval '1 minute'",
    "standard": "'x'",
    "outcome": "'refused'",
    "function": "'cancellation'",
    "reference": "'Z9'",
    "version": "7",
    "file_name": "'x.xml'",
}


@pytest.mark.parametrize("column", COLUMNS)
def test_no_column_of_a_message_is_believed_that_was_changed(day: Day, column: str) -> None:
    message = message_of(day, "A0")
    records = day.house.queries.records
    given = records.receipt(ACME, message)
    day.sql(f"update message set {column} = {COLUMNS[column]} where id = %s", message)
    for principal in (ACME, OTHER):
        for ask in (records.message, records.content, records.receipt, records.proof):
            with pytest.raises(CocketError) as told:
                ask(principal, message)
            assert isinstance(told.value, RowDiffersError), told.value
    assert ("message", message) in {(one.table, one.id) for one in day.audit()}
    set_right(day)
    assert records.receipt(ACME, message) == given


def test_columns_of_two_messages_that_were_exchanged_with_their_macs_are_found_and_set_right(day: Day) -> None:
    one, other = message_of(day, "A1"), message_of(day, "B0")
    day.sql("create table was as table message")
    for here, there in ((one, other), (other, one)):
        day.sql(
            "update message m set sender = w.sender, mac = w.mac from was w where m.id = %s and w.id = %s", here, there
        )
    day.sql("drop table was")
    with pytest.raises(RowDiffersError):
        day.house.queries.records.content(OTHER, one)
    assert {(one, "sender"), (other, "sender")} <= {(d.id, d.column) for d in day.audit()}


def test_a_message_that_differs_is_set_aside_by_the_desk_and_others_go_on(day: Day) -> None:
    bad, good = lodged(day, declaration("D1")), lodged(day, declaration("D2"))
    day.sql("update message set sender = 'OTHER' where id = %s", bad)
    day.lorry.built.desk()
    assert day.one("select count(*) from consignment_message where message = %s", good) == 1
    assert day.one("select count(*) from consignment_message where message = %s", bad) == 0
    assert day.one("select code from set_aside where subject = %s", bad) == "row-differs"


def test_the_same_content_is_not_answered_with_a_receipt_of_another(day: Day) -> None:
    day.sql("update identity set message_id = %s where message_id = %s", message_of(day, "B0"), message_of(day, "A0"))
    with pytest.raises(RowDiffersError):
        lodged(day, declaration("A0"))
    others = day.house.intake.messages.take_many(
        [envelope(declaration("A1")), envelope(declaration("E1"))], principal=ACME
    )
    assert [one.is_repeat for one in others] == [True, False]
    set_right(day)
    assert lodged(day, declaration("A0")) == message_of(day, "A0")


@pytest.mark.parametrize("is_same", [True, False])
def test_a_reference_whose_row_was_taken_out_is_not_given_out_again(day: Day, is_same: bool) -> None:
    message = message_of(day, "A2")
    day.sql("delete from identity where message_id = %s", message)
    content = declaration("A2") if is_same else declaration("A2", note="something else")
    with pytest.raises(RowDiffersError, match=message):
        lodged(day, content)
    assert {("identity", None)} == {(one.table, one.stands) for one in day.audit()}
    set_right(day)
    assert lodged(day, declaration("A2")) == message


def test_versions_that_were_turned_back_with_their_mac_are_found(day: Day) -> None:
    lodge(day, declaration("V1"))
    day.sql("create table was as table identity")
    lodge(day, declaration("V1", note="amended"))
    assert day.one("select max(version) from message where reference = 'V1'") == 2
    day.sql("update identity i set versions = w.versions, mac = w.mac from was w where w.content_mac = i.content_mac")
    day.sql("drop table was")
    assert {("identity", "versions")} == {(one.table, one.column) for one in day.audit()}
    set_right(day)
    assert day.one("select versions from identity where reference = 'V1'") == 2


@pytest.mark.parametrize("is_degraded", [True, False])
def test_no_other_receipt_is_signed_than_was_given(day: Day, is_degraded: bool) -> None:
    message, records = message_of(day, "A0"), day.house.queries.records
    given = records.receipt(ACME, message)
    sets = "is_degraded = true, include_by = include_by + interval '30 days'" if is_degraded else "include_by = now()"
    day.sql(f"update leaf set {sets} where record = %s", message)
    for ask in (lambda: records.receipt(ACME, message), lambda: lodged(day, declaration("A0"))):
        with pytest.raises(RowDiffersError, match="promises was changed"):
            ask()
    assert {("leaf", "include_by")} == {(one.table, one.column) for one in day.audit()}
    set_right(day)
    assert records.receipt(ACME, message) == given


def test_a_promise_that_nothing_proves_is_adopted_only_where_that_is_asked_for(day: Day) -> None:
    message = message_of(day, "A0")
    index = str(day.one("select idx from leaf where record = %s", message))
    day.sql("update leaf set include_by = now(), promise_mac = null where record = %s", message)
    assert day.audit()
    room = RowRepair(day.lorry.built.stores)
    with pytest.raises(SenderError, match="No sealed record has include_by"):
        room.set_row_right(HEAD, "leaf", index, "by another hand")
    done = room.set_row_right(HEAD, "leaf", index, "by another hand", "adopt")
    assert (done.what, set(done.unproven)) == ("adopted", {"include_by", "is_degraded"})
    assert day.audit() == []


def test_what_was_not_changed_is_answered_as_before(tmp_path: Path) -> None:
    """The control: the same bytes get the same id and receipt, and a promise is in whole seconds."""
    made: Built = build(tmp_path / "home")
    first, again = (
        made.house.intake.messages.take_many([envelope(declaration("C1"))], principal=ACME)[0] for _ in range(2)
    )
    assert (first.id, first.receipt) == (again.id, again.receipt)
    assert again.is_repeat
    assert made.house.queries.records.receipt(ACME, str(UUID(first.id))) == first.receipt
    made.stores.database.close()
