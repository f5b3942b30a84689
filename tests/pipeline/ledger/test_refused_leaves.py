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
    assert (line.role, line.kind, line.leaf, line.attempts, line.can_retry) == ("book", "leaf", 2, 1, False)


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
    with pytest.raises(SenderError, match="signed head"):
        built.house.ledger.refused_leaves.let_leaf_stand(SUPERVISOR, 2, "again")


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
