# SPDX-License-Identifier: Apache-2.0
from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import msgspec
import pytest

from cocket import ledger
from cocket.errors import ProofError, SettingsError, StoreError
from cocket.pipeline import LogPublisher, open_stores
from tests.houses import LOG, Built, build, envelope, trader
from tests.messages import declaration

ACME = trader("ACME")


@pytest.fixture
def built(tmp_path: Path) -> Iterator[Built]:
    made = build(tmp_path)
    yield made
    made.house.close()


def lodge(built: Built, count: int, start: int = 0) -> None:
    messages = [envelope(declaration(f"R{n}")) for n in range(start, start + count)]
    built.house.take_many(messages, principal=ACME)


def verdict(built: Built) -> ledger.LogVerdict:
    files = built.stores.log_files
    return ledger.verify_log(files.read, files.paths)


def test_each_head_covers_all_leaves_and_the_log_verifies_whole(built: Built) -> None:
    for round_ in range(4):
        lodge(built, 90, start=90 * round_)
        assert built.sign() == 90 * (round_ + 1)
        assert verdict(built).holds


def test_without_new_leaves_nothing_is_signed(built: Built) -> None:
    lodge(built, 3)
    built.sign()
    before = built.stores.log_files.read("checkpoint")
    built.sign()
    assert built.stores.log_files.read("checkpoint") == before


def test_files_that_were_lost_or_damaged_are_made_again_from_the_database(built: Built) -> None:
    lodge(built, 300)
    built.sign()
    tile = built.settings.log_folder / "tile" / "0" / "000"
    tile.write_bytes(b"\0" * len(tile.read_bytes()))
    (built.settings.log_folder / "tile" / "entries" / "000").unlink()
    assert not verdict(built).holds
    LogPublisher(built.stores).open()
    assert verdict(built).holds


def test_a_database_behind_the_published_head_is_refused(built: Built) -> None:
    lodge(built, 5)
    built.sign()
    with built.stores.database.transaction() as connection:
        connection.execute("delete from leaf where idx >= 3")
        connection.execute("delete from heads")  # an older state of the database, not rows deleted from a newer one
    with pytest.raises(ProofError) as refused:
        LogPublisher(built.stores).open()
    assert refused.value.code == "database-behind-head"


def test_a_leaf_changed_in_the_database_is_noticed(built: Built) -> None:
    lodge(built, 5)
    built.sign()
    with built.stores.database.transaction() as connection:
        connection.execute("update leaf set seal = %s where idx = 2", (bytes(32),))
    with pytest.raises(ProofError) as refused:
        LogPublisher(built.stores).open()
    assert refused.value.code == "database-differs-from-head"


def test_never_two_roots_for_one_size(built: Built) -> None:
    lodge(built, 3)
    with built.stores.database.transaction() as connection:
        connection.execute("insert into heads values (%s, 3, %s, now())", (LOG, bytes(32)))
    book = LogPublisher(built.stores)
    book.open()
    with pytest.raises(ProofError) as refused:
        book.turn()
    assert refused.value.code == "second-root"
    assert built.stores.log_files.read("checkpoint") is None


def test_a_crash_between_root_and_head_is_gone_on_from(built: Built, monkeypatch: pytest.MonkeyPatch) -> None:
    lodge(built, 3)
    book = LogPublisher(built.stores)
    book.open()

    def fail(*_: object) -> None:
        raise StoreError("planted")

    with monkeypatch.context() as patched:
        patched.setattr(type(built.stores.log_files), "publish", fail)
        with pytest.raises(StoreError):
            book.turn()
    lodge(built, 2, start=3)
    assert built.sign() == 5
    assert verdict(built).holds


def test_a_log_begun_under_another_name_is_told_apart(built: Built) -> None:
    lodge(built, 1)
    built.sign()
    other = open_stores(
        msgspec.structs.replace(built.settings, log_origin="other.invalid/log"), built.dsn, signs_heads=True
    )
    with pytest.raises(ProofError) as refused:
        LogPublisher(other).open()
    assert refused.value.code == "head-of-another"
    assert "log_origin" in str(refused.value)


def test_only_one_book_signs_at_a_time(built: Built) -> None:
    first = LogPublisher(built.stores)
    second = LogPublisher(open_stores(built.settings, built.dsn, signs_heads=True))
    assert first.hold()
    assert first.hold()
    assert not second.hold()


def test_a_book_needs_the_checkpoint_key(built: Built) -> None:
    with pytest.raises(SettingsError):
        LogPublisher(open_stores(built.settings, built.dsn))
