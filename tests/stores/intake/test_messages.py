# SPDX-License-Identifier: Apache-2.0
from __future__ import annotations

import threading
from datetime import UTC, datetime
from hashlib import sha256
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import pytest

from cocket.stores import NewMessage, Placed
from cocket.stores.ledger.leaves import NewLeaf
from tests.houses import Built, build


@pytest.fixture
def built(tmp_path: Path) -> Built:
    return build(tmp_path)


def message(content: str, reference: str | None = None, **given: Any) -> NewMessage:
    fields: dict[str, Any] = {
        "id": uuid4(),
        "sender": "ACME",
        "actor": "key-1",
        "door": "api",
        "received": datetime.now(UTC),
        "content_mac": sha256(content.encode()).digest(),
        "standard": "wco-dm",
        "outcome": "accepted",
        "function": "original",
        "reference": reference,
        "is_authority": False,
        "content": content.encode(),
        "reading": b"",
        "file_name": None,
    }
    return NewMessage(**(fields | given))


def seal(one: NewMessage, outcome: str) -> NewLeaf:
    now = datetime.now(UTC)
    return NewLeaf(one.id, f"message-{outcome}", now, one.actor, "", one.content_mac, b"n" * 32, one.content_mac, now)


def take(built: Built, *batch: NewMessage) -> list[Placed]:
    return built.stores.messages.take(batch, seal)


def rows(built: Built, table: str) -> int:
    with built.stores.database.transaction() as connection:
        row = connection.execute(f"select count(*) from {table}").fetchone()
    return int(row[0]) if row else 0


def test_messages_get_dense_indexes_in_the_order_of_their_batch(built: Built) -> None:
    placed = take(built, *(message(f"content {n}", f"ref {99 - n}") for n in range(5)))
    assert [place.leaf.index for place in placed] == [0, 1, 2, 3, 4]
    assert [place.leaf.index for place in take(built, message("more"))] == [5]


def test_the_same_content_again_is_the_same_message(built: Built) -> None:
    first = take(built, message("content", "ref"))[0]
    again = take(built, message("content", "ref"))[0]
    assert (again.id, again.leaf, again.is_repeat) == (first.id, first.leaf, True)
    assert not first.is_repeat
    assert rows(built, "leaf") == rows(built, "message") == 1


def test_the_same_content_twice_in_a_batch_is_one_message(built: Built) -> None:
    first, again = take(built, message("content", "ref"), message("content", "ref"))
    assert first.id == again.id
    assert (first.is_repeat, again.is_repeat) == (False, True)


def test_the_same_content_of_another_sender_is_another_message(built: Built) -> None:
    placed = take(built, message("content", "ref"), message("content", "ref", sender="OTHER"))
    assert placed[0].id != placed[1].id
    assert {place.outcome for place in placed} == {"accepted"}


def test_other_content_under_a_held_reference_is_a_conflict_and_sealed(built: Built) -> None:
    take(built, message("content", "ref"))
    clash = take(built, message("other content", "ref"))[0]
    assert (clash.outcome, clash.leaf.index, clash.leaf.kind) == ("conflict", 1, "message-conflict")


def test_a_conflict_sent_again_is_a_repeat_of_itself(built: Built) -> None:
    take(built, message("content", "ref"))
    clash, again = take(built, message("other", "ref"))[0], take(built, message("other", "ref"))[0]
    assert (again.id, again.outcome, again.is_repeat) == (clash.id, "conflict", True)


def test_a_refused_message_does_not_hold_its_reference(built: Built) -> None:
    take(built, message("bad", "ref", outcome="refused"))
    assert take(built, message("good", "ref"))[0].outcome == "accepted"


def test_an_amendment_of_a_held_reference_is_a_new_version(built: Built) -> None:
    take(built, message("content", "ref"))
    changes = [message(f"change {n}", "ref", function="amendment") for n in range(2)]
    assert [(p.outcome, p.version) for p in take(built, *changes)] == [("accepted", 2), ("accepted", 3)]
    assert take(built, message("end", "ref", function="cancellation"))[0].version == 4


def test_an_amendment_of_an_unknown_reference_holds_nothing(built: Built) -> None:
    assert take(built, message("change", "ref", function="amendment"))[0].version == 1
    assert take(built, message("content", "ref"))[0].outcome == "accepted"


def test_other_content_of_an_authority_is_a_new_version(built: Built) -> None:
    take(built, message("content", "ref", is_authority=True))
    changed = take(built, message("changed", "ref", is_authority=True))[0]
    assert (changed.outcome, changed.function, changed.version) == ("accepted", "amendment", 2)


def test_racing_writers_lose_nothing_and_double_nothing(built: Built) -> None:
    """Eight writers send overlapping batches in clashing orders; a deadlock would raise, a gap would show."""
    contents = [(f"content {n}", f"ref {n % 40}") for n in range(80)]
    answers: list[list[Placed]] = []

    def write(start: int) -> None:
        mine = contents[start:] + contents[:start]
        for at in range(0, len(mine), 16):
            answers.append(take(built, *(message(*one) for one in mine[at : at + 16])))

    threads = [threading.Thread(target=write, args=(start * 10,)) for start in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sum(map(len, answers)) == 8 * 80
    by_content: dict[bytes, set[UUID]] = {}
    for place in (place for batch in answers for place in batch):
        by_content.setdefault(place.leaf.digest, set()).add(place.id)
    assert len(by_content) == 80
    assert all(len(ids) == 1 for ids in by_content.values())
    accepted = {place.id for batch in answers for place in batch if place.outcome == "accepted"}
    assert len(accepted) == 40
    with built.stores.database.transaction() as connection:
        indexes = [row[0] for row in connection.execute("select idx from leaf order by idx")]
    assert indexes == list(range(80))


def test_after_gives_messages_in_index_order_and_where_to_go_on(built: Built) -> None:
    take(built, *(message(f"content {n}") for n in range(5)))
    with built.stores.database.transaction() as connection:
        first, upto = built.stores.messages.after(connection, -1, 3)
        rest, end = built.stores.messages.after(connection, upto, 3)
        nothing = built.stores.messages.after(connection, end, 3)
    assert [m.index for m in first] == [0, 1, 2]
    assert [m.index for m in rest] == [3, 4]
    assert nothing == ([], 4)
