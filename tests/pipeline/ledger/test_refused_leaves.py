# SPDX-License-Identifier: Apache-2.0
"""A leaf that is not what was sealed: the book refuses it, shows it, and goes on by a sealed act alone."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import msgspec
import pytest

from cocket import ledger
from cocket.errors import PolicyError, ProofError, SenderError
from cocket.pipeline import LogPublisher
from cocket.pipeline.base.unopenable import SealedErasure, erased_leaves, given_up
from cocket.pipeline.ledger.refused_leaves import known_losses, standing_leaves
from cocket.pipeline.operations.health import Gaps, look
from cocket.pipeline.operations.row_audit import RowAudit, RowDifference
from cocket.pipeline.operations.row_repair import RowRepair
from tests.houses import Built, build, envelope, officer, trader
from tests.messages import declaration

SUPERVISOR = officer("supervisor")
RECEIPTS: list[ledger.Receipt] = []


@pytest.fixture
def built(tmp_path: Path) -> Iterator[Built]:
    made = build(tmp_path)
    answers = made.house.intake.messages.take_many(
        [envelope(declaration(f"R{n}")) for n in range(5)], principal=trader("ACME")
    )
    RECEIPTS[:] = [msgspec.convert(one.receipt, ledger.Receipt) for one in answers]
    yield made
    made.house.close()


def spoil(built: Built, statement: str) -> None:
    with built.stores.database.transaction() as connection:
        connection.execute(statement)  # type: ignore[arg-type]  # a literal of this file


def refused(built: Built, code: str) -> None:
    """The book signs nothing, twice; the leaf is shown once."""
    for _ in range(2):
        book = LogPublisher(built.stores)
        book.open()
        with pytest.raises(ProofError) as told:
            book.turn()
        assert told.value.code == code
    (line,) = built.house.operations.set_aside.set_aside_list(SUPERVISOR).lines
    assert (line.role, line.kind, line.leaf, line.attempts, line.can_retry) == ("log", "leaf", 2, 1, False)


ALTER = "update message set content = 'x' where id = (select record from leaf where idx = 2)"
DELETE = "delete from leaf where idx = 2"


def test_an_altered_leaf_is_refused_shown_and_signed_over_only_by_an_act(built: Built) -> None:
    with built.stores.database.transaction() as connection:
        promised = connection.execute("select seal from leaf where idx = 2").fetchone()
    spoil(built, ALTER)
    refused(built, "leaf-altered")
    with pytest.raises(PolicyError):
        built.house.ledger.refused_leaves.let_leaf_stand(SUPERVISOR, 2, " ")
    with pytest.raises(PolicyError):
        built.house.ledger.refused_leaves.let_leaf_stand(officer("officer"), 2, "why not")
    with pytest.raises(SenderError, match="matches what was sealed"):
        built.house.ledger.refused_leaves.let_leaf_stand(SUPERVISOR, 1, "just so")
    assert built.house.ledger.refused_leaves.let_leaf_stand(SUPERVISOR, 2, "disk damage of 3 March").state == "worked"
    assert built.sign() > 5
    assert built.house.operations.set_aside.set_aside_list(SUPERVISOR).lines == ()
    (statement,) = [msgspec.json.decode(body) for body in built.bodies("set-aside-leaf")]
    assert promised is not None
    assert statement["commitment"] == promised[0].hex()
    assert (statement["index"], statement["origin"], statement["reason"]) == (2, "stored", "disk damage of 3 March")
    again = built.house.ledger.refused_leaves.let_leaf_stand(SUPERVISOR, 2, "and what it sealed is lost")
    assert again.state == "worked"


def test_a_leaf_that_is_gone_stands_as_its_receipt_says(built: Built) -> None:
    with built.stores.database.transaction() as connection:
        row = connection.execute("select seal from leaf where idx = 2").fetchone()
    assert row is not None
    spoil(built, DELETE)
    refused(built, "leaf-missing")
    with pytest.raises(SenderError, match="another leaf"):
        built.house.ledger.refused_leaves.let_leaf_stand(SUPERVISOR, 2, "deleted by hand", RECEIPTS[3])
    forged = msgspec.structs.replace(RECEIPTS[2], signature=bytes(64))
    with pytest.raises(SenderError, match="not signed"):
        built.house.ledger.refused_leaves.let_leaf_stand(SUPERVISOR, 2, "deleted by hand", forged)
    built.house.ledger.refused_leaves.let_leaf_stand(SUPERVISOR, 2, "deleted by hand", RECEIPTS[2])
    assert built.sign() > 5
    (statement,) = [msgspec.json.decode(body) for body in built.bodies("set-aside-leaf")]
    assert statement["origin"] == "receipt"
    tiles = [path.read_bytes() for path in (built.settings.log_folder / "tile/entries").rglob("*") if path.is_file()]
    assert any(ledger.write_entry(row[0]) in tile for tile in tiles)


def test_a_leaf_that_is_gone_without_any_receipt_is_said_to_be_a_substitute(built: Built) -> None:
    spoil(built, DELETE)
    refused(built, "leaf-missing")
    built.house.ledger.refused_leaves.let_leaf_stand(SUPERVISOR, 2, "deleted by hand, no receipt to be had")
    assert built.sign() > 5
    (statement,) = [msgspec.json.decode(body) for body in built.bodies("set-aside-leaf")]
    assert statement["origin"] == "substitute"


def test_a_row_of_the_table_alone_lets_nothing_stand(built: Built) -> None:
    """Control: only a sealed statement does, and only for the commitment it names."""
    spoil(built, ALTER)
    refused(built, "leaf-altered")
    spoil(built, "update set_aside set state = 'worked'")
    book = LogPublisher(built.stores)
    book.open()
    with pytest.raises(ProofError):
        book.turn()
    built.house.ledger.refused_leaves.let_leaf_stand(SUPERVISOR, 2, "disk damage")
    spoil(built, "update leaf set seal = sha256('x') where idx = 2")
    book = LogPublisher(built.stores)
    book.open()
    with pytest.raises(ProofError):
        book.turn()


def audited(built: Built) -> list[RowDifference]:
    """Differences that a whole audit finds."""
    audit = RowAudit(built.stores)
    while audit.step() is None:
        pass
    return audit.differences()


def leaves_are(built: Built, gaps: Gaps | None = None) -> tuple[str, dict[str, float]]:
    """State and figures of the check of leaves."""
    (check,) = [one for one in look(built.stores, gaps).checks if one.name == "leaves"]
    return check.state, check.figures


@pytest.mark.parametrize("of", ["record", "message"])
def test_what_is_lost_under_a_signed_head_is_recorded_and_counted(built: Built, of: str) -> None:
    built.desk()
    built.sign()
    seal = "select idx, seal from leaf where record = any(select id from {}) order by idx limit 1"
    with built.stores.database.transaction() as connection:
        index, promised = connection.execute(seal.format(of)).fetchone() or (0, b"")
        connection.execute(f"delete from {of} where id = (select record from leaf where idx = %s)", (index,))
        connection.execute("delete from consignment_message where message not in (select id from message)")
    assert str(index) in {one.id for one in audited(built) if one.table == "leaf"}
    act = built.house.ledger.refused_leaves.let_leaf_stand
    with pytest.raises(PolicyError):
        act(officer("officer"), index, "why not")
    assert act(SUPERVISOR, index, "deleted on 3 March").state == "worked"
    (body,) = [msgspec.json.decode(body) for body in built.bodies("set-aside-leaf")]
    assert (body["origin"], body["commitment"]) == ("published", promised.hex())
    built.sign()
    left = [one for one in audited(built) if one.table == "leaf" or one.id in {row[1] for row in body["rows"]}]
    assert left == []
    (loss,) = RowAudit(built.stores).losses()
    assert (loss.leaf, loss.reason) == (index, "deleted on 3 March")
    assert leaves_are(built) == ("well", {"missing": 0.0, "on_padding": 0.0, "known_losses": 1.0})
    with built.stores.database.transaction() as connection:  # control: no statement covers another commitment
        connection.execute("update leaf set seal = sha256('x') where idx = %s", (index,))
    assert str(index) in {one.id for one in audited(built) if one.table == "leaf"}
    with pytest.raises(SenderError, match="as published"):
        act(SUPERVISOR, index, "and again")


def files_of(built: Built) -> dict[Path, bytes]:
    """Every published file."""
    return {one: one.read_bytes() for one in built.settings.log_folder.rglob("*") if one.is_file()}


def wounded(built: Built) -> int:
    """Let a sealed record stand at the place of a padding entry that is published; its index there."""
    built.sign()
    with built.stores.database.transaction() as connection:
        leaves = built.stores.leaves
        place = leaves.size(connection)
        leaves.fill(connection, place + 3)
    built.sign()
    with built.stores.database.transaction() as connection:
        leaves.append_records(connection, [built.stores.sealer.record("look", "officer", {"at": 1})])
        connection.execute("update leaf set idx = %s where idx = %s", (place + 1, place + 3))
    return place + 1


def test_a_leaf_at_the_place_of_a_padding_entry_is_named_and_given_a_place_of_its_own(built: Built) -> None:
    index = wounded(built)
    with built.stores.database.transaction() as connection:
        row = connection.execute("select record, seal from leaf where idx = %s", (index,)).fetchone()
    assert row is not None
    assert str(index) in {one.id for one in audited(built)}
    assert leaves_are(built)[0] == "degraded"
    assert leaves_are(built, Gaps()) == ("degraded", {"missing": 0.0, "on_padding": 1.0, "known_losses": 0.0})
    published = files_of(built)
    with pytest.raises(ProofError, match="do not produce the published root"):
        LogPublisher(built.stores).open()
    assert files_of(built) == published
    built.house.ledger.refused_leaves.let_leaf_stand(SUPERVISOR, index, "a race of an older version")
    with built.stores.database.transaction() as connection:
        (leaf,) = built.stores.leaves.of_records(connection, [row[0]])
    assert (leaf.index > index, leaf.seal) == (True, row[1])
    (body,) = [msgspec.json.decode(body) for body in built.bodies("set-aside-leaf")]
    assert (body["index"], body["place"], body["origin"]) == (index, leaf.index, "moved")
    built.sign()
    assert leaves_are(built)[0] == "well"
    assert str(index) not in {one.id for one in audited(built)}


def test_padding_at_the_place_of_a_published_leaf_gives_way_to_it(built: Built) -> None:
    built.sign()
    spoil(built, "insert into cover (first, upto) values (1, 4)")
    for index in (2, 1, 3):
        assert "cover" in {one.table for one in audited(built)}
        built.house.ledger.refused_leaves.let_leaf_stand(SUPERVISOR, index, "a stray row")
    built.sign()
    assert leaves_are(built)[0] == "well"
    assert audited(built) == []
    with built.stores.database.transaction() as connection:
        assert built.stores.leaves.covers(connection, 0, 5) == set()
        assert built.stores.leaves.missing(connection, 0, 5) == set()


def test_a_forged_row_of_padding_is_named_and_not_the_leaves_at_its_place(built: Built) -> None:
    built.sign()
    spoil(built, "insert into cover (first, upto) values (1, 4)")
    (check,) = [one for one in look(built.stores).checks if one.name == "leaves"]
    assert check.words.startswith("cover 1 was forged or altered")
    assert '--set-right "cover 1"' in (check.hint or "")
    assert {(one.table, one.id) for one in audited(built)} == {("cover", "1")}
    RowRepair(built.stores).set_row_right(SUPERVISOR, "cover", "1", "forged on 3 May")
    assert leaves_are(built)[0] == "well"
    assert audited(built) == []
    with built.stores.database.transaction() as connection:
        assert built.stores.leaves.covers(connection, 0, 5) == set()
    built.sign()


def test_a_leaf_twice_over_does_not_hide_one_that_is_missing(built: Built) -> None:
    spoil(built, "insert into cover (first, upto) values (1, 2)")
    spoil(built, "delete from leaf where idx = 3")
    with built.stores.database.transaction() as connection:
        assert built.stores.leaves.missing(connection, 0, 5) == {3}


@pytest.mark.parametrize("body", ["[1]", '{"index":3,"origin":"published"}', "no json", "\\x00ff"])
def test_a_statement_that_was_altered_states_nothing_and_stops_nobody(built: Built, body: str) -> None:
    """What another hand writes into it neither gives another leaf up nor breaks off who reads it."""
    built.sign()
    spoil(built, ALTER)
    built.house.ledger.refused_leaves.let_leaf_stand(SUPERVISOR, 2, "what it sealed is lost")
    with built.stores.database.transaction() as connection:
        assert [one.leaf for one in known_losses(built.stores, connection)] == [2]
        assert given_up(built.stores, connection) == {2} and set(standing_leaves(built.stores, connection)) == {2}
    with built.stores.database.transaction() as connection:
        connection.execute("update record set body = %s where kind = 'set-aside-leaf'", (body.encode(),))
    with built.stores.database.transaction() as connection:
        assert known_losses(built.stores, connection) == []
        assert given_up(built.stores, connection) == set() and standing_leaves(built.stores, connection) == {}


def test_an_erasure_that_was_altered_erases_no_other_leaf(built: Built) -> None:
    with built.stores.database.transaction() as connection:
        done = SealedErasure(who="supervisor", reason="asked for", leaves=(1,))
        record = built.stores.sealer.record("erasure", "supervisor", done)
        built.stores.leaves.append_records(connection, [record])
    with built.stores.database.transaction() as connection:
        assert erased_leaves(built.stores, connection) == {1}
        connection.execute(
            "update record set body = %s where kind = 'erasure'",
            (msgspec.json.encode(msgspec.structs.replace(done, leaves=(1, 2, 3))),),
        )
    with built.stores.database.transaction() as connection:
        assert erased_leaves(built.stores, connection) == set()
