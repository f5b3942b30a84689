# SPDX-License-Identifier: Apache-2.0
"""What is set aside is kept once, counted by role, and found from what it is about."""

from datetime import UTC, datetime
from uuid import UUID, uuid4

from cocket.stores import Database
from cocket.stores.base.set_aside import SetAside, StoredSetAside
from tests.houses import _template
from tests.postgres import shared_database

_AT = datetime(2026, 3, 1, 12, tzinfo=UTC)


def _one(role: str = "desk", subject: str = "m-1", about: UUID | None = None) -> StoredSetAside:
    return StoredSetAside(
        id=uuid4(),
        role=role,
        kind="message",
        subject=subject,
        about=about,
        leaf=7,
        what="message m-1",
        code="data-refused",
        reason="The database refused it.",
        mark="abc",
        first=_AT,
        last=_AT,
    )


def test_the_same_thing_is_kept_once_and_its_failures_are_counted() -> None:
    database, shelf = Database(shared_database(_template())), SetAside()
    about = uuid4()
    with database.transaction() as connection:
        first = shelf.put(connection, _one(about=about), [("UCR", "A-1")])
        again = shelf.put(connection, _one(about=about), [("UCR", "A-1")])
        other = shelf.put(connection, _one("tracker"))
    assert again.id == first.id
    assert again.attempts == 2
    with database.transaction() as connection:
        assert [(one.role, one.open, one.since) for one in shelf.counts(connection)] == [
            ("desk", 1, _AT),
            ("tracker", 1, _AT),
        ]
        assert [one.id for one in shelf.about(connection, about)] == [first.id]
        shelf.change(connection, other.id, "closed", uuid4(), _AT)
        assert [one.role for one in shelf.counts(connection)] == ["desk"]
        assert shelf.listed(connection)[1] == 1
        assert shelf.listed(connection, is_open=False)[1] == 2
        shelf.forget(connection, [about])
        assert shelf.counts(connection) == []
    database.close()
