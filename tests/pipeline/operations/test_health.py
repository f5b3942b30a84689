# SPDX-License-Identifier: Apache-2.0
"""Each check says what is not well, by what is done and not by what is promised."""

from __future__ import annotations

import asyncio
import dataclasses
import os
import signal
import socket
import subprocess
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, cast

import msgspec
import psycopg
import pytest

from cocket.cli.commands.status import _health
from cocket.errors import SettingsError, StoreError
from cocket.pipeline import AssessmentWorker, LogPublisher
from cocket.pipeline.base.database_identity import check_house
from cocket.pipeline.base.heartbeat import Heartbeat, retire_role, words_of
from cocket.pipeline.base.roles import BESIDE, EVENTS
from cocket.pipeline.base.wiring import key_folder
from cocket.pipeline.intake.messages import Committer
from cocket.pipeline.intake.store_tally import TOLD_SECONDS, StoreTally
from cocket.pipeline.operations import doctor, health
from cocket.pipeline.operations.canary import PLACE, last_canary
from cocket.pipeline.operations.health import Check, Gaps, Health, look
from cocket.pipeline.operations.health_service import HealthWatch
from cocket.pipeline.operations.row_repair import RowRepair
from cocket.pipeline.operations.segment_copies import KeyCopies
from cocket.stores.base.role_states import Deeds, RoleStates, Worker
from tests.houses import Built, build, envelope, officer, trader
from tests.messages import declaration

ACME = trader("ACME")
NOW = datetime.now(UTC)


@pytest.fixture
def built(tmp_path: Path) -> Iterator[Built]:
    made = build(tmp_path, canary_minutes=60.0, disk_reserve_mb=0.0)
    beat(made, "assessment")
    beat(made, "log")
    yield made
    made.house.close()


def beat(built: Built, role: str, pid: int = os.getpid(), host: str = socket.gethostname(), **deeds: Any) -> None:
    """A process tells what it did."""
    with built.stores.database.transaction() as connection:
        RoleStates().put(connection, Worker(role, host, role, pid, NOW), Deeds(**deeds))


def do(built: Built, statement: str) -> None:
    with built.stores.database.transaction() as connection:
        connection.execute(statement)


def found(built: Built, name: str) -> Check:
    return next(one for one in look(built.stores).checks if one.name == name)


def test_a_streamed_log_whose_keys_do_not_follow_is_told(built: Built, tmp_path: Path) -> None:
    lodge(built)

    def streamed(keys: str, to: str = "clear", backup: str = "backup") -> Check | None:
        more = {"backup_folder": backup, "backup_keys_folder": keys, "backup_keys_recipients": to}
        settings = msgspec.structs.replace(built.settings, **more)
        stores = dataclasses.replace(built.stores, settings=settings)
        return next((one for one in look(stores).checks if one.name == "streamed-keys"), None)

    assert streamed("", backup="") is None
    safe = str(tmp_path / "safe")
    for keys, to, words in (("", "clear", "KEYS_FOLDER"), (safe, "", "RECIPIENTS"), (safe, "clear", "no copy")):
        check = streamed(keys, to)
        assert check is not None
        assert (check.state, words in check.words) == ("degraded", True), check
    Path(safe).mkdir()
    own = built.settings.subject_keys_folder / "00000000.keys"
    KeyCopies(key_folder(built.settings), Path(safe), ()).copy(is_whole=True)
    check = streamed(safe)
    assert check is not None
    assert check.state == "well", check
    os.utime(own, (time.time() + 60, time.time() + 60))
    check = streamed(safe)
    assert check is not None
    assert (check.state, "is older in" in check.words) == ("degraded", True), check


@pytest.mark.parametrize(("days", "left"), [(0, ["assessment", "book", "desk", "log"]), (2, ["assessment", "log"])])
def test_roles_of_an_older_version_are_not_shown_as_stopped_and_go_with_time(
    built: Built, days: int, left: list[str]
) -> None:
    for role in ("desk", "book"):
        beat(built, role, pid=4194303)
    do(built, f"update role_state set beat = beat - interval '{days} days 1 hour' where role in ('desk', 'book')")
    lodge(built)
    work(built)
    seen = look(built.stores)
    assert (seen.word, seen.problems) == ("ready", ())
    assert {"desk", "book"}.isdisjoint(one.name for one in seen.checks)
    started = Heartbeat("tracker", "tracker", built.dsn)
    started._forget_old()
    with built.stores.database.transaction() as connection:
        assert sorted(one.worker.role for one in RoleStates().all(connection)) == left


def test_a_role_taken_out_of_service_is_forgotten_by_one_act(built: Built) -> None:
    beat(built, "ingress", host="door-2")
    with pytest.raises(SettingsError, match="no silent process"):
        retire_role(built.stores, "ingress", "door-2")
    do(built, "update role_state set beat = beat - interval '1 hour' where role = 'ingress'")
    assert "--retire ingress@door-2" in (found(built, "ingress").hint or "")
    assert retire_role(built.stores, "ingress", "door-2").workers == ("ingress",)
    assert "ingress" not in {one.name for one in look(built.stores).checks}


def lodge(built: Built, count: int = 1, start: int = 0) -> list[str]:
    messages = [envelope(declaration(f"R{n}")) for n in range(start, start + count)]
    return [answer.id for answer in built.house.intake.messages.take_many(messages, principal=ACME)]


def work(built: Built) -> None:
    desk, book = AssessmentWorker(built.stores), LogPublisher(built.stores)
    desk.open()
    while desk.turn():
        pass
    book.open()
    while book.turn():
        pass


def test_a_house_that_works_is_ready(built: Built) -> None:
    lodge(built)
    work(built)
    seen = look(built.stores)
    assert (seen.word, seen.problems) == ("ready", ())


def test_a_process_that_fell_silent_is_told_with_what_became_of_it(built: Built) -> None:
    do(built, "update role_state set beat = now() - interval '5 minutes' where role = 'assessment'")
    assert "gave" not in found(built, "log").words
    assert found(built, "assessment").state == "degraded"
    assert "has sent no heartbeat since" in found(built, "assessment").words
    assert f"Kill its process {os.getpid()}" in str(found(built, "assessment").hint)
    do(built, "update role_state set pid = 4194303 where role = 'assessment'")
    assert "is gone" in found(built, "assessment").words
    do(built, "update role_state set host = 'elsewhere' where role = 'assessment'")
    assert "Check that the machine" in str(found(built, "assessment").hint)
    do(built, "delete from role_state where role = 'assessment'")
    assert "No process of the role assessment" in found(built, "assessment").words


def test_a_role_that_fails_again_and_again_is_told_with_its_words(built: Built) -> None:
    failing: dict[str, Any] = {
        "failing_since": NOW,
        "error_code": "x",
        "error_words": "The moon is full.",
        "error_at": NOW,
    }
    beat(built, "log", failures=1, **failing)
    assert found(built, "log").state == "well"
    beat(built, "log", failures=2, **failing)
    check = found(built, "log")
    assert (check.state, check.since) == ("degraded", NOW)
    assert "The moon is full." in check.words


def test_a_turn_that_does_not_end_is_told(built: Built) -> None:
    beat(built, "assessment", began=NOW - timedelta(minutes=5), ended=NOW - timedelta(minutes=6))
    assert "has been processing one batch since" in found(built, "assessment").words
    beat(built, "assessment", began=NOW - timedelta(minutes=5), ended=NOW - timedelta(minutes=4))
    assert found(built, "assessment").state == "well"


def test_a_desk_at_one_turn_for_half_a_minute_is_not_well_while_messages_wait(built: Built) -> None:
    now = datetime.now(UTC)  # the module may have been loaded minutes ago
    beat(built, "assessment", began=now - timedelta(seconds=35), ended=now - timedelta(seconds=40))
    assert found(built, "assessment").state == "well"
    lodge(built)
    check = found(built, "assessment")
    assert (check.state, "has been processing one batch since" in check.words) == ("degraded", True)
    beat(built, "assessment", began=now - timedelta(seconds=1), ended=now - timedelta(seconds=40))
    assert found(built, "assessment").state == "well"


def test_a_desk_whose_last_turn_failed_is_not_well(built: Built) -> None:
    failing: dict[str, Any] = {"failing_since": NOW, "error_code": "x", "error_words": "No.", "error_at": NOW}
    beat(built, "assessment", failures=1, **failing)
    assert (found(built, "assessment").state, "No." in found(built, "assessment").words) == ("degraded", True)
    beat(built, "assessment", failures=0, ended=NOW, **failing | {"failing_since": None})
    assert found(built, "assessment").state == "well"


def test_advice_and_heads_that_are_late_are_told(built: Built) -> None:
    lodge(built, 2)
    assert (found(built, "advice").state, found(built, "head").state) == ("well", "well")
    do(built, "update leaf set at = at - interval '40 seconds'")
    assert found(built, "advice").words.startswith("No advice on messages since ")
    assert "Receipts are marked degraded" in found(built, "head").words
    do(built, "update leaf set at = at - interval '40 seconds'")
    assert "Promises of receipts are broken" in found(built, "head").words
    assert look(built.stores).word == "degraded"


def test_a_missing_leaf_is_found_by_looks_that_go_round(built: Built, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(health, "_NEWEST", 2)
    monkeypatch.setattr(health, "_STRETCH", 3)
    lodge(built, 12)
    do(built, "delete from leaf where idx = 7")
    gaps = Gaps()
    states = [next(one.state for one in look(built.stores, gaps).checks if one.name == "leaves") for _ in range(5)]
    assert states == ["well", "well", "degraded", "degraded", "degraded"]
    assert (found(built, "leaves").figures, found(built, "leaves").state) == (
        {"missing": 1.0, "on_padding": 0.0, "known_losses": 0.0},
        "degraded",
    )
    do(
        built,
        """insert into leaf select 7, gen_random_uuid(), kind, at, actor, subject, digest, nonce, seal, include_by
        from leaf where idx = 6""",
    )
    assert next(one.state for one in look(built.stores, gaps).checks if one.name == "leaves") == "well"


def test_what_is_set_aside_is_told(built: Built) -> None:
    assert found(built, "set-aside").state == "well"
    do(
        built,
        """insert into set_aside (id, role, kind, subject, what, code, reason, mark, first, last, attempts, state)
        values (gen_random_uuid(), 'desk', 'message', 'x', 'a message', 'x', 'x', 'x', now(), now(), 1, 'waiting')""",
    )
    check = found(built, "set-aside")
    assert (check.state, check.figures) == ("degraded", {"assessment": 1.0})


def test_a_backup_is_judged_where_the_settings_say_so(built: Built) -> None:
    assert found(built, "backup").state == "well"
    strict = msgspec.structs.replace(built.settings, backup_hours=24.0)
    stores = dataclasses.replace(built.stores, settings=strict)
    assert next(one for one in look(stores).checks if one.name == "backup").words == "No backup was made yet."
    assert look(stores).word == "degraded"


def test_a_canary_is_lodged_once_dealt_with_and_seen_by_nobody(built: Built) -> None:
    work(built)
    before = built.house.queries.records.stats(officer("supervisor"))
    built.house.operations.canary.tend_canary()
    built.house.operations.canary.tend_canary()
    with built.stores.database.transaction() as connection:
        rows = connection.execute("select outcome from message where sender = 'cocket-canary'").fetchall()
    assert rows == [("refused",)]
    with built.stores.database.transaction() as connection:
        last = last_canary(built.stores, connection)
        assert last is not None
        older = msgspec.structs.replace(last[0], at=NOW - timedelta(minutes=5))
        built.stores.places.put(connection, PLACE, msgspec.json.encode(older))
    assert "has not been assessed" in found(built, "canary").words
    work(built)
    assert found(built, "canary").figures["dealt_with"] == 1.0
    after = built.house.queries.records.stats(officer("supervisor"))
    sizes = {"log_size": after.log_size, "head_size": after.head_size}
    assert after == msgspec.structs.replace(before, **sizes)
    with built.stores.database.transaction() as connection:
        for table in ("consignment", "consignment_message", "assessment", "control_order", "result"):
            assert connection.execute(f"select count(*) from {table}").fetchone() == (0,), table


def test_a_check_that_cannot_look_never_says_that_all_is_well(built: Built) -> None:
    do(built, "insert into place values ('desk', 'nonsense')")
    check = found(built, "advice")
    assert (check.state, "could not be checked" in check.words) == ("degraded", True)
    assert found(built, "head").state == "well"


def test_a_database_that_is_away_is_not_ready(built: Built) -> None:
    do(built, "alter table health_write rename to elsewhere")
    seen = look(built.stores)
    assert seen.word == "not-ready"
    assert [one.name for one in seen.checks].count("database") == 1


def test_a_home_that_cannot_be_written_is_not_ready(built: Built) -> None:
    (built.settings.home / ".health").unlink(missing_ok=True)
    (built.settings.home / ".health").mkdir()
    assert look(built.stores).word == "not-ready"


def test_a_watch_waits_for_the_first_look_and_a_page_never(built: Built) -> None:
    watch = HealthWatch(built.stores)
    assert watch.glance() is None
    assert watch.now().word == "ready"
    assert watch.glance() is not None


def test_after_a_quiet_time_the_first_visitor_sees_how_it_is_now(monkeypatch: pytest.MonkeyPatch) -> None:
    seen, pause = ["before"], [0.0]

    def looked(*_: object) -> Health:
        time.sleep(pause[0])
        return Health(datetime.now(UTC), (Check(name="assessment", state="degraded", words=seen[0]),))

    monkeypatch.setattr("cocket.pipeline.operations.health_service.look", looked)
    monkeypatch.setattr("cocket.pipeline.operations.health_service._FRESH_SECONDS", 0.05)
    monkeypatch.setattr("cocket.pipeline.operations.health_service._PAST_SECONDS", 0.15)
    watch = HealthWatch(cast("Any", None))
    assert watch.now().checks[0].words == "before"
    time.sleep(0.2)
    seen[0] = "after"
    glanced = watch.glance()
    assert glanced is not None
    assert glanced.checks[0].words == "after"
    time.sleep(0.2)
    pause[0] = 1.5
    glanced = watch.glance()
    assert glanced is not None
    assert "not been checked since" in glanced.checks[0].words


def test_pauses_grow_and_an_outage_is_tried_again_sooner(built: Built) -> None:
    pulse = Heartbeat("assessment", "assessment", built.dsn)
    waits = [pulse.failed(ValueError("x")) for _ in range(9)]
    assert waits == sorted(waits)
    assert (waits[0], waits[-1]) == (0.5, 30.0)
    pulse.ended(has_worked=True)
    assert [pulse.failed(StoreError("away")) for _ in range(9)][-1] == 5.0
    assert pulse.deeds().failures == 9
    pulse.well()
    assert (pulse.deeds().failures, pulse.deeds().error_words) == (0, "away")


def test_what_a_stand_by_waits_for_is_not_a_batch(built: Built) -> None:
    pulse = Heartbeat("log", "log", built.dsn)
    pulse.began()
    pulse.failed(StoreError("its lease is another's"))
    pulse.well()  # it stands by again
    deeds = pulse.deeds()
    assert deeds.began is None
    beat(built, "log", **msgspec.structs.asdict(deeds))
    do(built, "update role_state set began = began - interval '1 hour' where role = 'log'")
    assert found(built, "log").state == "well"


def test_each_process_of_a_name_reports_for_itself(built: Built) -> None:
    first, second, gone = (Heartbeat("assessment", "assessment", built.dsn) for _ in range(3))
    second.worker = msgspec.structs.replace(second.worker, pid=os.getppid())
    gone.worker = msgspec.structs.replace(gone.worker, name="assessment-9", pid=4194303)
    for one in (first, gone, second, first, second):
        one._write()
    first._forget_old()
    with built.stores.database.transaction() as connection:
        pids = [one.worker.pid for one in RoleStates().all(connection) if one.worker.role == "assessment"]
    assert sorted(pids) == sorted([os.getpid(), os.getppid()])
    assert found(built, "assessment").words == "Its 2 processes work."
    do(
        built,
        f"update role_state set beat = now() - interval '5 minutes' where role = 'assessment' and pid = {os.getppid()}",
    )
    assert found(built, "assessment").words.startswith(f"2 processes; assessment (process {os.getppid()}) on ")
    assert "has sent no heartbeat since" in found(built, "assessment").words
    for one in (first, second, gone):
        one._database.close()


def door(built: Built) -> Check:
    """What is said of the door, after a beat of it."""
    beat(built, "api", **msgspec.structs.asdict(built.house.intake.messages.tally.deeds()))
    return found(built, "api")


def test_a_door_that_can_look_up_no_key_is_not_ready(built: Built) -> None:
    messages = built.house.intake.messages
    assert door(built).state == "well"
    do(built, "alter table api_key rename column record to record_x")
    with pytest.raises(StoreError):
        messages.principal_of_key("cocket_abc_def")
    assert messages.principal_of_key("no key at all") is None  # for which nothing is looked up
    said = door(built)
    assert said.state == "failed", said
    assert "keys cannot be looked up" in said.words
    assert "42703" in said.words
    assert "none was stored before" in said.words
    rows = found(built, "rows")
    assert (rows.state, "lacks the column record" in rows.words) == ("failed", True), rows
    assert look(built.stores).word == "not-ready"
    do(built, "alter table api_key rename column record_x to record")
    assert messages.principal_of_key("cocket_abc_def") is None
    assert (door(built).state, found(built, "rows").state) == ("well", "well")


def test_senders_whose_messages_are_refused_by_the_database_are_named(built: Built) -> None:
    messages, number = built.house.intake.messages, iter(range(100))

    def send(sender: str) -> None:
        content = declaration(f"S{next(number)}")
        asyncio.run(messages.take(envelope(content, sender), principal=trader(sender)))

    do(built, "alter table message add constraint zz check (sender <> 'T2') not valid")
    with pytest.raises(StoreError):
        send("T2")
    assert door(built).state == "degraded"  # nothing else came in, but what T2 sends says nothing of others
    send("ACME")
    said = door(built)
    assert said.state == "degraded", said
    for words in ("Some messages are not accepted since", "1 sender (T2)", "“zz”", "23514", "stored at"):
        assert words.strip("“”") in said.words, said
    assert "further constraint zz" in found(built, "rows").words
    do(built, "alter table message drop constraint zz")
    send("T2")
    assert door(built).state == "well"


def test_where_the_log_gives_out_no_places_the_house_is_not_ready_and_says_that_no_messages_are_accepted(
    built: Built,
) -> None:
    lodge(built)
    assert found(built, "places").state == "well"
    do(built, "create table kept as select * from era; delete from era")
    seen = found(built, "places")
    assert (seen.state, "era 0 was altered in the database" in seen.words) == ("degraded", True)
    do(built, "delete from place where name = 'log/eras'")
    with pytest.raises(StoreError):
        asyncio.run(built.house.intake.messages.take(envelope(declaration("LATER")), principal=ACME))
    seen = found(built, "places")
    assert (seen.state, seen.words.startswith("No messages are accepted: era 0")) == ("failed", True), seen
    assert '--set-right "era 0"' in seen.words
    assert look(built.stores).word == "not-ready"
    said = door(built)
    # Whether nothing is accepted is said by `places`, as long as it is so; what the API answered is kept ten minutes.
    assert (said.state, "era 0 was altered" in said.words, "era-altered" in said.words) == ("degraded", True, False), (
        said
    )
    RowRepair(built.stores).set_row_right(officer("supervisor"), "era", "0", "drill", "adopt")
    assert found(built, "places").state == "well"
    asyncio.run(built.house.intake.messages.take(envelope(declaration("LATER")), principal=ACME))
    assert door(built).state == "well"


def test_where_every_door_for_machines_is_stopped_the_house_is_not_ready(built: Built) -> None:
    beat(built, "api", pid=os.getpid())
    beat(built, "api", pid=1, host="elsewhere")
    do(built, "update role_state set beat = beat - interval '10 minutes' where role = 'api' and host = 'elsewhere'")
    assert found(built, "api").state == "degraded"
    do(built, "update role_state set beat = beat - interval '10 minutes' where role = 'api'")
    seen = found(built, "api")
    assert (seen.state, seen.words.startswith("No messages are accepted: ")) == ("failed", True), seen
    assert look(built.stores).word == "not-ready"


def test_a_process_that_is_stopped_is_told_before_its_heartbeat_is_late(built: Built) -> None:
    with subprocess.Popen(["sleep", "60"]) as process:
        try:
            beat(built, "api", pid=process.pid, host=socket.gethostname())
            assert found(built, "api").state == "well"
            process.send_signal(signal.SIGSTOP)
            os.waitid(os.P_PID, process.pid, os.WSTOPPED | os.WNOWAIT)
            seen = found(built, "api")
            assert (seen.state, seen.hint) == (
                "failed",
                f"Its process was stopped: continue it with kill -CONT {process.pid}.",
            )
            assert seen.words.startswith("No messages are accepted: ")
            beat(built, "api", pid=process.pid, host="elsewhere")
            do(built, "delete from role_state where role = 'api' and host <> 'elsewhere'")
            assert found(built, "api").state == "well"  # that process is another's
        finally:
            process.kill()


def test_refusals_for_altered_eras_end_with_these(built: Built) -> None:
    failing: dict[str, Any] = {"failing_since": NOW, "error_words": "Rows of era.", "error_at": datetime.now(UTC)}
    beat(built, "api", failures=3, error_code="era-altered", **failing)
    assert (found(built, "api").state, found(built, "places").state) == ("degraded", "well")
    assert look(built.stores).word == "degraded"
    beat(built, "api", failures=3, error_code="53100", **failing)
    assert found(built, "api").state == "failed"


def test_a_sender_who_sends_no_more_is_told_for_ten_minutes(built: Built, monkeypatch: pytest.MonkeyPatch) -> None:
    tally, moment = StoreTally(), [1_000_000.0]
    monkeypatch.setattr("cocket.pipeline.intake.store_tally.time.time", lambda: moment[0])
    away, refused = StoreError("away"), StoreError("no")
    refused.__cause__ = psycopg.errors.UndefinedColumn()
    own = StoreTally()
    own.failed(StoreError("rows were altered", code="era-altered"), "T1")
    assert (own.deeds().failures, own.deeds().error_code) == (1, "era-altered")
    tally.failed(away, "T1")
    assert tally.deeds() == Deeds()  # the check of the database says so
    tally.failed(refused, "T1")
    assert tally.deeds().failures == 1
    moment[0] += TOLD_SECONDS
    assert tally.deeds().failures == 1
    moment[0] += 1
    assert tally.deeds() == Deeds()


def test_clocks_that_are_apart_are_told_with_which_is_ahead(built: Built) -> None:
    def said(seconds: float) -> Check:
        def machine() -> datetime:
            return health.utc_now() + timedelta(seconds=seconds)

        seen = HealthWatch(built.stores, machine).now()
        return next(one for one in seen.checks if one.name == "clock")

    assert said(0).state == "well"
    assert (said(60).state, said(-60).state, said(3600).state) == ("degraded", "degraded", "failed")
    assert "60 seconds ahead of the database's" in said(60).words
    assert "60 minutes behind the database's" in said(-3600).words
    lodge(built)
    assert said(0).state == "well"
    do(built, "update leaf set at = at + interval '1 hour'")
    assert (said(0).state, "newest entry of the log is dated 60 minutes ahead" in said(0).words) == ("failed", True)
    lodge(built, start=5)  # a later entry by the true clock
    assert said(0).state == "well"


def test_no_promise_is_in_the_past_of_the_newest_entry(built: Built) -> None:
    lodge(built)
    do(built, "update leaf set at = at + interval '1 hour'")
    with built.stores.database.transaction() as connection:
        newest = built.stores.leaves.latest_moment(connection)
    answer = built.house.intake.messages.take_many([envelope(declaration("LATER"))], principal=ACME)[0]
    assert datetime.fromisoformat(answer.receipt["promise"]["include_by"]) > newest


def test_words_of_an_error_are_short_and_can_be_stored() -> None:
    assert words_of(ValueError("a\0b\n c")) == "Unexpected error: ValueError: ab c."
    assert len(words_of(StoreError("x" * 9000))) == 500


def test_a_sequence_at_its_end_is_named_with_the_statement_that_sets_it_back(built: Built) -> None:
    assert found(built, "sequences").state == "well"
    with psycopg.connect(built.dsn, autocommit=True) as other:
        name = other.execute("select sequencename from pg_sequences where schemaname = 'public'").fetchone()
        assert name is not None
        other.execute(f"select setval('{name[0]}', 9223372036854775807)")
        check = found(built, "sequences")
        assert (check.state, f"{name[0]} is at its end" in check.words) == ("degraded", True), check
        for act in (check.hint or "").removeprefix("Find out who changed it. ").split(";")[:2]:
            other.execute(act)
        assert found(built, "sequences").state == "well"
        other.execute(f"alter sequence {name[0]} increment by 1000")
        assert "counts by 1000" in found(built, "sequences").words


def test_a_replaced_clock_function_is_named(tmp_path: Path) -> None:
    built = build(tmp_path)
    beat(built, "assessment")
    assert (found(built, "clock").state, found(built, "rows").state) == ("well", "well")
    with psycopg.connect(built.dsn, autocommit=True) as other:
        other.execute(
            """create or replace function pg_catalog.now() returns timestamptz language sql stable
            as $$ select statement_timestamp() - interval '3 hours' $$"""
        )
    clock, rows = found(built, "clock"), found(built, "rows")
    assert (clock.state, "now() of the database is 3.0 hours behind" in clock.words) == ("failed", True), clock
    assert "has another function now() in pg_catalog than PostgreSQL made" in rows.words
    built.house.close()


def test_what_one_check_cannot_look_at_is_said_in_the_server_s_words(
    built: Built, monkeypatch: pytest.MonkeyPatch
) -> None:
    def spilling(sight: health.Sight) -> Check | None:
        sight.connection.execute("set local temp_file_limit = '1kB'")
        sight.connection.execute("set local work_mem = '64kB'")
        sight.connection.execute(
            "select count(*) from (select distinct i from generate_series(1, 200000) i order by 1) s"
        )
        return None

    monkeypatch.setitem(health.CHECKS, "durability", spilling)
    check = found(built, "durability")
    assert check.state == "degraded"
    assert "The database refused: temporary file size exceeds" in check.words
    assert "Unexpected" not in check.words
    assert found(built, "clock").state == "well"


def test_a_sender_is_told_when_the_database_does_not_confirm(monkeypatch: pytest.MonkeyPatch) -> None:
    class Hanging:
        """An intake whose commit does not come back."""

        def store_each(self, batch: object) -> list[object]:
            time.sleep(1.5)
            return [StoreError("too late")]

    monkeypatch.setattr("cocket.pipeline.intake.messages.ANSWER_SECONDS", 0.3)

    async def lodge_one() -> None:
        committer = Committer(cast(Any, Hanging()), 0.0)
        try:
            await committer.take(cast(Any, object()))
        finally:
            committer.close()

    with pytest.raises(StoreError, match="Whether it was stored is not known"):
        asyncio.run(lodge_one())


def test_a_database_that_names_another_log_is_degraded_at_the_door_and_in_status_alike(built: Built) -> None:
    check_house(built.settings, built.dsn, with_checkpoint=True)
    assert found(built, "identity").state == "well"
    settings = msgspec.structs.replace(built.settings, database_url=built.dsn)

    def in_status() -> dict[str, str]:
        """What status finds; servers of tests do without fsync, which it says too."""
        return {one.name: one.state for one in _health(settings).problems if one.name != "durability"}

    before = in_status()
    do(built, "update house set log = 'evil.example/log'")
    check = found(built, "identity")
    assert (check.state, "evil.example/log" in check.words) == ("degraded", True)
    assert in_status() == before | {"identity": "degraded"}
    assert look(built.stores).word == "degraded"
    do(built, "update house_key set mark = 'another'")
    assert found(built, "identity").state == "failed"
    assert _health(settings).word == look(built.stores).word == "not-ready"


def test_the_doctor_names_a_leaf_that_is_missing_under_no_head_and_a_log_that_stalls(built: Built) -> None:
    def diagnosed() -> dict[str, str]:
        return {one.check: one.state for one in doctor._records(built.settings, built.stores.database)}

    lodge(built, 2)
    do(built, "delete from role_state")
    assert diagnosed() == {"leaves": "good", "places": "good", "months": "good", "set-aside": "good"}
    do(built, "delete from leaf where idx = (select max(idx) - 1 from leaf)")
    said = next(one for one in doctor._records(built.settings, built.stores.database) if one.check == "leaves")
    assert (said.state, "1 leaf is not in the database" in said.said) == ("error", True)
    assert "cocket ledger reimport" in said.do
    since = datetime.now(UTC) - timedelta(minutes=5)
    beat(built, "log", failures=9, failing_since=since, error_at=since, error_words="Leaf 1 is not in the database.")
    assert diagnosed()["log"] == "error"


def test_of_the_threads_beside_the_role_events_those_alone_are_missed_that_the_settings_want(built: Built) -> None:
    def missed(**settings: object) -> list[str]:
        asked = msgspec.structs.replace(built.stores.settings, **settings)
        found = look(dataclasses.replace(built.stores, settings=asked)).checks
        return sorted(each.name for each in found if each.name in BESIDE and "Nothing has been heard" in each.words)

    beat(built, EVENTS)
    assert missed() == []
    partners = ["log-following", "partner-sending", "subscription-sending"]
    assert missed(partner_exchange=True) == partners
    assert missed(event_webhooks=True) == ["event-pushing", "notification-sending", "subscription-sending"]
    beat(built, "event-pushing")
    assert "event-pushing" not in missed(event_webhooks=True)
