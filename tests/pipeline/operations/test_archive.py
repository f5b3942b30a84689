# SPDX-License-Identifier: Apache-2.0
"""A month that is over goes to files and out of the database, nothing of it is lost on the way, and it is read from there."""

from __future__ import annotations

import itertools
import os
import re
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from datetime import UTC, datetime
from hashlib import sha256
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit
from uuid import UUID

import duckdb
import msgspec
import psycopg
import pytest
from psycopg import sql

from cocket.cli.commands.archive import _write_rows
from cocket.errors import ArchiveAwayError, CocketError, PolicyError, SenderError, StoreError
from cocket.pipeline import Instance, QueueFilter, open_stores
from cocket.pipeline.base import sealing
from cocket.pipeline.base.ids import earliest_id, new_id
from cocket.pipeline.intake import messages
from cocket.pipeline.operations import doctor
from cocket.pipeline.operations.erasure import Erasure
from cocket.pipeline.operations.health import look_at_records
from cocket.pipeline.operations.legal_holds import LegalHold
from cocket.pipeline.operations.row_audit import RowAudit
from cocket.stores.base.packing import unpack
from cocket.stores.base.record_months import Month, ensure_months, parts, put_again, read_many
from cocket.stores.base.table_shapes import odd_tables
from cocket.stores.ledger import archive_files
from cocket.stores.postgres.server import EmbeddedPostgres
from tests import houses
from tests.houses import Built, build, envelope, officer, trader
from tests.messages import declaration

MARCH = Month(2026, 3)


def lodge_in_march(
    built: Built, patch: pytest.MonkeyPatch, *references: str, with_messages: bool = False
) -> list[UUID]:
    """Lodge and assess declarations, and for "" what nobody can read, with ids of March 2026; the ids of the messages."""
    count = itertools.count(time.time_ns() // 1_000_000 % 2**30)  # later ones have later ids

    def identity() -> UUID:
        start = earliest_id(datetime(2026, 3, 4, tzinfo=UTC)).int + (next(count) << 80)
        return UUID(int=start | new_id().int & (2**80 - 1))

    patch.setattr(sealing, "new_id", identity)
    if with_messages:
        patch.setattr(messages, "new_id", identity)
    contents = [envelope(declaration(one) if one else b"no message") for one in references]
    answers = built.house.intake.messages.take_many(contents, principal=trader("ACME"))
    built.desk()
    return [UUID(one.id) for one in answers]


class Past:
    """A house some of whose advice was sealed in March 2026: its ids are of that month.

    What ids are taken from is turned back while the declarations are assessed; everything else is as it is.
    """

    def __init__(
        self, home: Path, monkeypatch: pytest.MonkeyPatch, *, with_messages: bool = False, **given: Any
    ) -> None:
        self.folder = home.parent / "archive"
        self.built = build(
            home, archive_folder=str(self.folder), red_per_day=0, yellow_per_day=0, random_share=0, **given
        )
        with self.built.stores.database.transaction() as connection:
            ensure_months(connection, datetime(2026, 2, 3, tzinfo=UTC))
        self._patch, self._with_messages = monkeypatch, with_messages
        self.messages: list[UUID] = []
        self.records = self.advise("M-1", "M-2", "M-3")
        self.built.sign()

    @property
    def archive(self) -> Any:
        return self.built.house.operations.archive

    def advise(self, *references: str) -> list[UUID]:
        """Lodge and assess declarations as if it were March; the records of the advice."""
        with self._patch.context() as patch:
            self.messages += lodge_in_march(self.built, patch, *references, with_messages=self._with_messages)
        return [row[0] for row in self.sql("select id from record where kind = 'assessment' order by id")]

    def sql(self, statement: str, *values: object) -> list[Any]:
        with psycopg.connect(self.built.dsn, autocommit=True) as other:
            cursor = other.execute(statement, values)
            return cursor.fetchall() if cursor.description else []

    def run(self, tell: Any = lambda said: None) -> Any:
        return self.archive.archive(officer("supervisor"), str(MARCH), tell)

    def in_database(self) -> int:
        """Bodies of March that are in the database."""
        return int(
            self.sql("select count(*) from record_body where id >= %s and id < %s", MARCH.first, MARCH.end)[0][0]
        )

    def body(self, record: UUID) -> bytes | None:
        with self.built.stores.database.transaction() as connection:
            return self.built.stores.leaves.body(connection, record)

    def differences(self) -> list[str]:
        audit = RowAudit(self.built.stores)
        audit.begin_anew()
        while audit.step() is None:
            pass
        return [f"{one.table} {one.column} {one.stands}" for one in audit.differences()]

    def dossiers(self) -> list[str]:
        shown = self.built.house.queries.records.queue(officer("supervisor"), QueueFilter(state="all")).lines
        return [str(one.id) for one in shown]

    def anew(self) -> Instance:
        """Another process of the same house."""
        return Instance(open_stores(self.built.settings, self.built.dsn))


@pytest.fixture
def past(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Past:
    return Past(tmp_path / "home", monkeypatch)


def test_a_month_goes_to_a_file_and_its_table_away_and_all_is_read_as_before(past: Past) -> None:
    before = {one: past.body(one) for one in past.records}
    assert past.in_database() == 3
    assert past.differences() == []
    said: list[str] = []
    made = past.run(said.append)
    assert (made.month, made.rows, [one.file for one in made.parts]) == ("2026-03", 3, ["advice-2026-03-001.parquet"])
    assert said[-1] == "2026-03: removed from the database."
    file = past.folder / made.parts[0].file
    assert sha256(file.read_bytes()).hexdigest() == made.parts[0].sha256
    with past.built.stores.database.transaction() as connection:
        assert MARCH.table not in parts(connection)
        assert odd_tables(connection) == {}
    assert {one: past.body(one) for one in past.records} == before
    assert past.differences() == []
    past.built.sign()
    for dossier in past.dossiers():
        assert past.built.house.queries.records.dossier(officer("supervisor"), dossier)
    assert [msgspec.json.decode(one)["month"] for one in past.built.bodies("archived-month")] == ["2026-03"]


def test_the_file_holds_no_content_in_clear(past: Past) -> None:
    made = past.run()
    written = (past.folder / made.parts[0].file).read_bytes()
    plain = past.body(past.records[0])
    assert plain is not None
    assert b'"lane"' in plain
    frame = archive_files._polars().read_parquet(past.folder / made.parts[0].file)
    assert frame.columns == ["id", "leaf", "kind", "at", "slot", "body"]
    assert not any(b'"lane"' in body or b"ACME" in body for body in frame["body"])
    assert b"ACME" not in written


def test_two_months_and_several_files_of_one_are_kept_apart(past: Past, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("cocket.pipeline.operations.archive.PART_ROWS", 2)
    before = {one: past.body(one) for one in past.records}
    made = past.run()
    assert [one.rows for one in made.parts] == [2, 1]
    assert {one: past.body(one) for one in past.records} == before
    with past.built.stores.database.transaction() as connection:
        assert past.built.stores.leaves.bodies(connection, past.records).keys() == set(past.records)


#: Another process that archives March and is killed as soon as so many steps were told.
KILLED = """
import os, signal, sys
from pathlib import Path
from cocket.pipeline import Instance, open_stores
from cocket.settings import Settings
from tests.houses import LOG, officer

home, folder, dsn, step = sys.argv[1:]
told = []

def tell(said):
    told.append(said)
    if len(told) == int(step):
        os.kill(os.getpid(), signal.SIGKILL)

settings = Settings(home=Path(home), log_origin=LOG, head_step=1, archive_folder=folder)
Instance(open_stores(settings, dsn)).operations.archive.archive(officer("supervisor"), "2026-03", tell)
"""


@pytest.mark.parametrize("step", range(1, 4))
def test_killed_after_any_step_the_rows_or_the_verified_file_are_left_and_the_next_run_ends_it(
    past: Past, step: int
) -> None:
    before = {one: past.body(one) for one in past.records}
    settings = past.built.settings
    done = subprocess.run(
        [sys.executable, "-c", KILLED, settings.home, settings.archive_folder, past.built.dsn, str(step)], check=False
    )
    assert done.returncode == -signal.SIGKILL
    assert {one: past.body(one) for one in past.records} == before
    if past.in_database() == 0:
        assert step == 3
    if step == 1:  # written, and sealed by nobody yet
        assert past.archive.check(officer("supervisor")) == ()
        past.run()
    else:
        past.archive.finish(officer("supervisor"), lambda said: None)
    assert past.in_database() == 0
    assert [one.fault for one in past.archive.check(officer("supervisor"))] == [""]
    assert {one: past.body(one) for one in past.records} == before
    assert past.differences() == []


@pytest.mark.parametrize("cut", ["write", "replace"])
def test_a_disk_that_fails_leaves_the_rows_and_no_file_by_halves(
    past: Past, cut: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*given: object) -> None:
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as patch:
        if cut == "write":
            patch.setattr(archive_files, "_flush", fail)
        else:
            patch.setattr(Path, "replace", fail)
        with pytest.raises(StoreError, match=r"No space left on device\. Nothing was removed"):
            past.run()
    assert list(past.folder.iterdir()) == []
    assert past.in_database() == 3
    past.run()
    assert past.in_database() == 0


def test_a_file_that_is_away_is_said_and_nothing_is_taken_for_erased(past: Past) -> None:
    made = past.run()
    away = past.folder.with_name("away")
    past.folder.rename(away)
    house = past.anew()
    with pytest.raises(
        ArchiveAwayError, match=r"advice of 2026-03 is archived in the file advice-2026-03-001.parquet"
    ) as told:
        house.queries.records.dossier(officer("supervisor"), past.dossiers()[0])
    assert "Nothing was erased" in (told.value.hint or "")
    (check,) = [one for one in look_at_records(past.built.stores) if one.name == "archive-files"]
    assert check.state == "degraded"
    assert f"{made.parts[0].file} of 2026-03 is not in" in check.words
    found = list(doctor._archive_files(past.built.settings, past.built.stores.database))
    assert [one.state for one in found] == ["error"]
    (state,) = past.archive.check(officer("supervisor"))
    assert state.fault.startswith("is not in")
    with pytest.raises(ArchiveAwayError):  # the audit stands still, and calls nothing altered
        past.differences()
    assert RowAudit(past.built.stores).differences() == []
    past.built.sign()  # the log goes on
    past.advise("M-9")  # so do messages and advice
    away.rename(past.folder)
    assert past.body(past.records[0])
    assert past.differences() == []


def test_a_late_paper_of_an_archived_dossier_is_set_aside_and_all_others_go_on(past: Past) -> None:
    past.run()
    away = past.folder.with_name("away")
    past.folder.rename(away)
    late = declaration("M-1").replace(b"M-1", b"M-1-B")
    past.built.house.intake.messages.take_many([envelope(late)], principal=trader("ACME"))
    before = len(past.sql("select 1 from assessment"))
    past.advise("M-9")
    assert len(past.sql("select 1 from assessment")) == before + 1
    (row,) = past.sql("select code, reason from set_aside where state = 'waiting'")
    assert row[0] == "archive-away"
    assert "advice-2026-03-001.parquet" in row[1]
    away.rename(past.folder)
    ((identity,),) = past.sql("select id from set_aside where state = 'waiting'")
    past.built.house.operations.set_aside.retry_set_aside(officer("supervisor"), str(identity), "the folder is back")
    past.built.desk()
    assert past.sql("select 1 from set_aside where state = 'waiting'") == []
    assert len(past.sql("select 1 from assessment")) == before + 2
    assert past.differences() == []


def test_an_altered_byte_is_found_and_nothing_is_read_from_the_file(past: Past) -> None:
    made = past.run()
    file = past.folder / made.parts[0].file
    good = file.read_bytes()
    for place in (10, len(good) // 2, len(good) - 10):
        file.write_bytes(good[:place] + bytes([good[place] ^ 1]) + good[place + 1 :])
        with pytest.raises(StoreError, match="is not as it was sealed"):
            past.body(past.records[0])
        (state,) = past.archive.check(officer("supervisor"))
        assert state.fault == "is not as it was sealed"
        (found,) = doctor._archive_files(past.built.settings, past.built.stores.database)
        assert found.state == "error"
    file.write_bytes(good[:-1])
    (check,) = [one for one in look_at_records(past.built.stores) if one.name == "archive-files"]
    assert check.state == "degraded"
    file.write_bytes(good)
    assert past.body(past.records[0])
    (found,) = doctor._archive_files(past.built.settings, past.built.stores.database)
    assert (found.state, found.said) == ("good", "1 file of the archive, each as it was sealed.")


def test_a_file_that_was_altered_before_the_rows_went_keeps_them(past: Past, monkeypatch: pytest.MonkeyPatch) -> None:
    def spoil(said: str) -> None:
        if "sealed in the log" in said:
            file = next(past.folder.iterdir())
            file.write_bytes(file.read_bytes()[::-1])

    with pytest.raises(StoreError, match="is not as it was sealed"):
        past.run(spoil)
    assert past.in_database() == 3
    assert past.body(past.records[0])


def test_a_body_that_is_not_as_it_was_sealed_is_not_archived(past: Past) -> None:
    past.sql("update record_body set body = set_byte(body, 20, get_byte(body, 20) # 1) where id = %s", past.records[1])
    with pytest.raises(StoreError, match="cannot be decrypted"):
        past.run()
    past.sql("delete from record_body where id = %s", past.records[1])
    with pytest.raises(StoreError, match=f"record {past.records[1]} is not in the database as it was sealed"):
        past.run()
    assert past.in_database() == 2


def test_a_row_that_changed_after_its_file_was_written_keeps_the_table(past: Past) -> None:
    def alter(said: str) -> None:
        if "sealed in the log" in said:
            past.sql("update record_body set body = 'another' where id = %s", past.records[1])

    with pytest.raises(StoreError, match=f"record {past.records[1]} in the database is not that of the archive file"):
        past.run(alter)
    assert past.in_database() == 3


def test_a_held_dossier_keeps_its_month(past: Past) -> None:
    retention = past.built.house.governance.retention
    dossier = past.dossiers()[0]
    hold = LegalHold(
        name="KB-17", target="consignment", value=dossier, ground="order of a court", by="", placed=datetime.now(UTC)
    )
    retention.place_hold(officer("supervisor"), hold)
    with pytest.raises(SenderError, match=f"under the legal hold KB-17: {dossier}"):
        past.run()
    (plan,) = [one for one in past.archive.plan(officer("supervisor")) if one.month == "2026-03"]
    assert (plan.state, plan.bodies) == ("kept", 3)
    assert past.in_database() == 3


def test_a_hold_that_comes_while_files_are_written_is_in_time(past: Past) -> None:
    def hold(said: str) -> None:
        if "written and read back" in said:
            wanted = LegalHold(
                name="all", target="everything", value="", ground="auditors", by="", placed=datetime.now(UTC)
            )
            past.built.house.governance.retention.place_hold(officer("supervisor"), wanted)

    with pytest.raises(SenderError, match="under the legal hold all"):
        past.run(hold)
    assert past.in_database() == 3
    assert past.archive.check(officer("supervisor")) == ()


def test_an_open_order_keeps_its_month_until_it_is_closed(past: Past) -> None:
    (dossier, *_) = past.dossiers()
    acts = past.built.house.control.officer_acts
    acts.override(officer("supervisor"), dossier, "red", "a reason to look")
    past.built.sign()
    with pytest.raises(SenderError, match=f"1 dossier has an open control order: {dossier}"):
        past.run()
    ((order,),) = past.sql("select id from control_order where status = 'open'")
    acts.release(officer("supervisor"), str(order), "nothing there")
    past.run()
    assert past.in_database() == 0


def test_what_is_due_to_be_erased_is_erased_first(past: Past) -> None:
    past.built.settings.retention_file.write_text(
        '[[rule]]\nclass = "consignment"\nlaw = "law"\nfrom_event = "last-message"\nperiod = "1 days"\non_end = "erase"\n'
    )
    past.sql("update leaf set at = at - interval '3 days'")
    with pytest.raises(SenderError, match="3 dossiers are due to be erased"):
        past.run()


def test_erasing_reaches_what_is_in_the_file(past: Past) -> None:
    made = past.run()
    dossier = past.dossiers()[0]
    ((record,),) = past.sql("select id from assessment where consignment = %s", UUID(dossier))
    assert past.body(record)
    plan = Erasure(past.built.stores).erase(dossier, who="cli", reason="order of the officer")
    assert plan.archived == 1
    assert past.body(record) is None
    with past.built.stores.database.transaction() as connection:
        closed = past.built.stores.leaves.archive.read(made, [record], "advice")[record]
        assert closed  # the ciphertext is there
        assert past.built.stores.leaves.key_of(connection, record) is None  # and nobody can open it
    assert past.differences() == []
    past.built.sign()


def test_what_was_erased_before_its_month_is_archived_is_in_no_file(past: Past) -> None:
    dossier = past.dossiers()[0]
    ((record,),) = past.sql("select id from assessment where consignment = %s", UUID(dossier))
    Erasure(past.built.stores).erase(dossier, who="cli", reason="order of the officer")
    past.built.sign()
    made = past.run()
    assert made.rows == 2
    with past.built.stores.database.transaction():
        assert past.built.stores.leaves.archive.read(made, [record], "advice") == {}
    assert past.differences() == []


def test_bodies_of_a_house_of_before_are_archived_and_emptied_where_they_stand(past: Past) -> None:
    past.sql("update record r set body = b.body from record_body b where b.id = r.id")
    past.sql("update message m set content = b.body from record_body b where b.id = m.id")
    past.sql("delete from record_body")
    before = {one: past.body(one) for one in past.records}
    past.run()
    assert past.sql("select count(*) from record where kind = 'assessment' and body is not null") == [(0,)]
    assert {one: past.body(one) for one in past.records} == before
    assert past.differences() == []


def test_what_came_late_stays_and_the_table_with_it(past: Past) -> None:
    late: list[UUID] = []

    def come(said: str) -> None:
        if "sealed in the log" in said:
            late.extend(one for one in past.advise("M-8") if one not in past.records)

    past.run(come)
    assert len(late) == 1
    assert past.in_database() == 1
    assert past.body(late[0])
    assert past.body(past.records[0])
    assert past.archive.finish(officer("supervisor"), lambda said: None) == ()
    assert past.differences() == []


@pytest.mark.parametrize(
    ("month", "said"),
    [
        ("March", "not a month"),
        ("2026-13", "not a month"),
        ("2025-01", "no advice of 2025-01"),
        (f"{datetime.now(UTC):%Y-%m}", "is not over"),
        ("2999-01", "is not over"),
    ],
)
def test_a_month_that_is_none_or_not_over_is_refused(past: Past, month: str, said: str) -> None:
    with pytest.raises(CocketError, match=said):
        past.archive.archive(officer("supervisor"), month, lambda said: None)


def test_it_is_archived_once_and_only_by_who_may(past: Past) -> None:
    with pytest.raises(PolicyError):
        past.archive.archive(officer("officer"), "2026-03", lambda said: None)
    with pytest.raises(PolicyError):
        past.archive.plan(officer("officer"))
    past.run()
    with pytest.raises(SenderError, match="2026-03 is archived already"):
        past.run()


def test_the_setting_says_which_months_are_taken(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    never = Past(tmp_path / "never", monkeypatch)
    assert never.archive.due(officer("supervisor")) == ()
    (plan,) = [one for one in never.archive.plan(officer("supervisor")) if one.month == "2026-03"]
    assert plan.state == "waits"
    now = datetime.now(UTC)
    age = (now.year * 12 + now.month) - (2026 * 12 + 3)
    taken = Past(tmp_path / "taken", monkeypatch, archive_after=age - 1)
    assert taken.archive.due(officer("supervisor")) == ("2026-03",)
    later = Past(tmp_path / "later", monkeypatch, archive_after=age)
    assert later.archive.due(officer("supervisor")) == ()


def test_a_copy_of_the_folder_serves_as_well(past: Past) -> None:
    past.run()
    copy = past.folder.with_name("copy")
    shutil.copytree(past.folder, copy)
    shutil.rmtree(past.folder)
    settings = msgspec.structs.replace(past.built.settings, archive_folder=str(copy))
    stores = open_stores(settings, past.built.dsn)
    with stores.database.transaction() as connection:
        assert stores.leaves.bodies(connection, past.records).keys() == set(past.records)
    stores.database.close()


@pytest.fixture
def both(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Past:
    """A house of whose declarations of March the messages, too, have ids of that month."""
    return Past(tmp_path / "both", monkeypatch, with_messages=True)


def contents(past: Past, house: Instance | None = None) -> list[bytes]:
    """The contents of the messages, as the one who sent them downloads them."""
    records = (house or past.built.house).queries.records
    return [records.content(trader("ACME"), str(one)) for one in past.messages]


def test_contents_of_messages_go_with_the_month_and_are_read_through_every_door(both: Past) -> None:
    before, advice = contents(both), {one: both.body(one) for one in both.records}
    receipts = [both.built.house.queries.records.receipt(trader("ACME"), str(one)) for one in both.messages]
    assert both.in_database() == 6
    made = both.run()
    assert [(one.file, one.what, one.rows) for one in made.parts] == [
        ("advice-2026-03-001.parquet", "advice", 3),
        ("messages-2026-03-001.parquet", "messages", 3),
    ]
    with both.built.stores.database.transaction() as connection:
        assert MARCH.table not in parts(connection)
        assert odd_tables(connection) == {}
    assert both.sql("select count(*) from message where content is not null") == [(0,)]
    house = both.anew()
    assert contents(both, house) == before == [declaration(one) for one in ("M-1", "M-2", "M-3")]
    assert {one: both.body(one) for one in both.records} == advice
    assert [house.queries.records.receipt(trader("ACME"), str(one)) for one in both.messages] == receipts
    for dossier in both.dossiers():
        assert house.queries.records.dossier(officer("supervisor"), dossier)
    assert both.differences() == []
    both.built.sign()
    (twice,) = both.built.house.intake.messages.take_many([envelope(before[0])], principal=trader("ACME"))
    assert (twice.id, both.sql("select count(*) from message")) == (str(both.messages[0]), [(3,)])
    file = both.folder / "messages-2026-03-001.parquet"
    assert not any(b"ACME" in one for one in archive_files._polars().read_parquet(file)["body"])


@pytest.mark.parametrize("step", range(1, 5))
def test_killed_after_any_step_no_content_is_lost_or_kept_twice(both: Past, step: int) -> None:
    before, settings = contents(both), both.built.settings
    done = subprocess.run(
        [sys.executable, "-c", KILLED, settings.home, settings.archive_folder, both.built.dsn, str(step)], check=False
    )
    assert done.returncode == -signal.SIGKILL
    assert contents(both, both.anew()) == before
    if step < 3:  # written, and sealed by nobody yet
        assert both.archive.check(officer("supervisor")) == ()
        both.run()
    else:
        both.archive.finish(officer("supervisor"), lambda said: None)
    assert both.in_database() == 0
    assert [one.fault for one in both.archive.check(officer("supervisor"))] == ["", ""]
    assert len(both.built.bodies("archived-month")) == 1
    assert contents(both, both.anew()) == before
    assert both.differences() == []


def test_a_file_of_messages_that_is_away_stops_what_reads_it_alone(both: Past) -> None:
    before, _ = contents(both), both.run()
    file = both.folder / "messages-2026-03-001.parquet"
    file.rename(both.folder / "elsewhere")
    house = both.anew()
    with pytest.raises(
        ArchiveAwayError, match=r"content of messages of 2026-03 is archived in the file messages-2026-03"
    ):
        contents(both, house)
    assert house.queries.records.dossier(officer("supervisor"), both.dossiers()[0])  # its advice is at hand
    (found,) = doctor._archive_files(both.built.settings, both.built.stores.database)
    assert (found.state, "messages-2026-03-001.parquet, the archive of 2026-03, is not in" in found.said) == (
        "error",
        True,
    )
    with pytest.raises(ArchiveAwayError):
        both.differences()
    assert RowAudit(both.built.stores).differences() == []
    both.advise("M-9")
    (both.folder / "elsewhere").rename(file)
    assert contents(both)[:3] == before


def test_a_content_that_is_not_as_it_was_sealed_is_not_archived(both: Past) -> None:
    first, second = both.messages[:2]
    key = "update record_body a set body = b.body from record_body b where a.id = %s and b.id = %s"
    both.sql(key, first, second)
    with pytest.raises(StoreError, match="cannot be decrypted"):
        both.run()
    both.sql("delete from record_body where id = %s", first)
    with pytest.raises(StoreError, match=f"message {first} is not in the database as it was sealed"):
        both.run()
    assert both.in_database() == 5
    assert both.archive.check(officer("supervisor")) == ()


def test_of_a_month_whose_advice_was_archived_before_the_messages_follow(
    both: Past, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A house from before revision 0035: contents stand with their messages, and its advice went to a file."""
    both.sql("update message m set content = b.body from record_body b where b.id = m.id")
    both.sql("delete from record_body b using message m where m.id = b.id")
    with monkeypatch.context() as patch:
        patch.setattr("cocket.pipeline.operations.archive._WHATS", ("advice",))
        before = both.run()
    assert [one.what for one in before.parts] == ["advice"]
    was = contents(both)
    (plan,) = [one for one in both.archive.plan(officer("supervisor")) if one.month == "2026-03"]
    assert (plan.state, plan.bodies, len(plan.files)) == ("waits", 3, 1)
    both.built.sign()
    made = both.run()
    assert [one.file for one in made.parts] == ["advice-2026-03-001.parquet", "messages-2026-03-001.parquet"]
    assert both.sql("select count(*) from message where content is not null") == [(0,)]
    assert contents(both, both.anew()) == was
    assert both.differences() == []
    with pytest.raises(SenderError, match="archived already"):
        both.run()


def test_advice_from_before_revision_0036_is_read_audited_and_archived_as_it_stands(past: Past) -> None:
    first, second, _ = past.records
    before = {one: past.body(one) for one in past.records}
    leaves = past.built.stores.leaves
    with past.built.stores.database.transaction() as connection:
        for one in (first, second):
            stored = read_many(connection, [one])[one]
            key = leaves.keys.get(past.sql("select key from leaf where record = %s", one)[0][0])
            assert key is not None
            plain = before[one]
            assert plain is not None
            assert len(stored) < 0.7 * len(plain)
            put_again(connection, one, key.close("body", plain))
    assert past.differences() == []
    assert {one: past.body(one) for one in past.records} == before
    past.run()
    assert past.in_database() == 0
    assert {one: past.body(one) for one in past.records} == before
    assert [one.fault for one in past.archive.check(officer("supervisor"))] == [""]


def test_a_held_message_of_no_dossier_keeps_its_month(both: Past) -> None:
    with pytest.MonkeyPatch.context() as patch:
        (refused,) = lodge_in_march(both.built, patch, "", with_messages=True)
    both.built.sign()
    assert both.sql("select outcome from message where id = %s", refused) == [("refused",)]
    hold = LegalHold(
        name="KB-18", target="message", value=str(refused), ground="a court", by="", placed=datetime.now(UTC)
    )
    both.built.house.governance.retention.place_hold(officer("supervisor"), hold)
    with pytest.raises(SenderError, match=f"1 message is under the legal hold KB-18: {refused}"):
        both.run()


def test_erasing_reaches_contents_in_files_and_large_ones_come_in_files_of_their_own(
    both: Past, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("cocket.pipeline.operations.archive.PART_BYTES", 1)
    before, made = contents(both), both.run()
    assert [one.rows for one in made.parts] == [1] * 6
    assert contents(both) == before
    plan = Erasure(both.built.stores).erase(both.dossiers()[0], who="cli", reason="order of the officer")
    assert plan.archived == 2
    with both.built.stores.database.transaction() as connection:
        found = [both.built.stores.messages.content(connection, one) for one in both.messages]
    assert sorted(unpack(one) for one in found if one is not None) == sorted(
        one for one, kept in zip(before, found, strict=True) if kept is not None
    )
    assert found.count(None) == 1
    assert both.differences() == []


HOW_TO = Path(__file__).parents[3] / "docs" / "how-to" / "operations" / "archive.md"


def queries() -> list[str]:
    return re.findall(r"```sql\n(.*?)```", HOW_TO.read_text("utf-8"), re.DOTALL)


def test_duckdb_reads_the_files_as_the_guide_says(past: Past) -> None:
    past.run()
    files, _ = queries()
    found = duckdb.sql(files.replace("/mnt/archive", str(past.folder))).fetchall()
    assert [(kind, bodies) for kind, _, bodies, _ in found] == [("assessment", 3)]


def test_a_month_is_a_table_for_analysts_before_and_after_it_is_archived(past: Past, tmp_path: Path) -> None:
    who, said = officer("supervisor"), list[str]()
    before = list(past.archive.rows(who, "2026-03", said.append))
    assert len(before) == 3 and said == ["2026-03: 3 of 3 read."]
    past.run()
    after = list(past.archive.rows(who, "2026-03", said.append))
    assert after == before
    looks = [msgspec.json.decode(one)["what"] for one in past.built.bodies("look")]
    assert looks.count("advice on every dossier of 2026-03") == 2
    Erasure(past.built.stores).erase(before[0].consignment, who="a court", reason="as ordered")
    left = list(past.archive.rows(who, "2026-03", said.append))
    assert [one.leaf for one in left] == [one.leaf for one in before if one.consignment != before[0].consignment]
    _, counted = queries()
    table = tmp_path / "advice-2026-03.parquet"
    _write_rows(table, [msgspec.structs.asdict(one) for one in left])
    found = duckdb.sql(counted.replace("advice-2026-*.parquet", str(table))).fetchall()
    assert sum(row[2] for row in found) == len(left) == 2


def test_the_table_of_a_month_is_for_those_of_no_office_and_for_a_month_that_is_there(past: Past) -> None:
    with pytest.raises(PolicyError):
        next(past.archive.rows(officer("supervisor", "XAPRT001"), "2026-03", lambda said: None))
    with pytest.raises(PolicyError):
        next(past.archive.rows(trader("ACME"), "2026-03", lambda said: None))
    for wrong, code in (("2026", "archive-month"), ("1999-01", "archive-empty")):
        with pytest.raises(SenderError) as refused:
            next(past.archive.rows(officer("supervisor"), wrong, lambda said: None))
        assert refused.value.code == code
    past.run()
    shutil.move(past.folder, past.folder.with_name("away"))
    with pytest.raises(ArchiveAwayError):
        list(
            Instance(open_stores(past.built.settings, past.built.dsn)).operations.archive.rows(
                officer("supervisor"), "2026-03", print
            )
        )


@pytest.fixture
def durable(tmp_path: Path) -> Iterator[str]:
    """A server of its own that loses nothing, for backups are made of no other."""
    with EmbeddedPostgres(tmp_path / "server") as server:
        yield server.dsn


def test_a_restored_house_reads_what_was_archived_from_a_copy_of_the_folder(
    durable: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fresh(name: str) -> str:
        with psycopg.connect(durable, autocommit=True) as connection:
            connection.execute(sql.SQL("create database {}").format(sql.Identifier(name)))
        return urlsplit(durable)._replace(path=f"/{name}").geturl()

    def run(*words: object, home: Path, database: str, archive: Path) -> subprocess.CompletedProcess[str]:
        given = {"HOME": home, "DATABASE_URL": database, "ARCHIVE_FOLDER": archive, "LOG_ORIGIN": houses.LOG}
        given |= {"BACKUP_KEYS_RECIPIENTS": "clear", "HEAD_STEP": 1}
        return subprocess.run(
            [sys.executable, "-m", "cocket", *map(str, words)],
            env=os.environ | {f"COCKET_{name}": str(value) for name, value in given.items()},
            capture_output=True,
            text=True,
            check=False,
            timeout=300,
        )

    home, backup, safe, copy = tmp_path / "home", tmp_path / "backup", tmp_path / "safe", tmp_path / "restored"
    original = fresh("original")
    begun = run("init", home=home, database=original, archive=tmp_path / "archive")
    assert begun.returncode == 0, begun.stderr
    monkeypatch.setattr(houses, "shared_database", lambda template: original)
    monkeypatch.setattr(houses, "_template", lambda: "")
    past = Past(home, monkeypatch)
    past.run()
    past.built.sign()
    before = {one: past.body(one) for one in past.records}
    made = run("backup", backup, "--keys", safe, "--json", home=home, database=original, archive=past.folder)
    assert made.returncode == 0, made.stderr
    told = msgspec.json.decode(made.stdout.splitlines()[-1])
    assert told["archive_files"] == 1
    folder, database = tmp_path / "archive-copy", fresh("restored")
    shutil.copytree(past.folder, folder)
    done = run("restore", told["folder"], "--keys", safe, "--json", home=copy, database=database, archive=folder)
    assert done.returncode in (0, 1), done.stderr + done.stdout
    settings = msgspec.structs.replace(past.built.settings, home=copy, archive_folder=str(folder))
    stores = open_stores(settings, database)
    with stores.database.transaction() as connection:
        assert {one: stores.leaves.body(connection, one) for one in past.records} == before
    stores.database.close()
    checked = run("doctor", home=copy, database=database, archive=folder)
    assert "1 file of the archive, each as it was sealed" in checked.stdout, checked.stdout
    shutil.rmtree(folder)
    checked = run("doctor", home=copy, database=database, archive=folder)
    assert checked.returncode == 1 and "as it was sealed" not in checked.stdout, checked.stdout + checked.stderr
