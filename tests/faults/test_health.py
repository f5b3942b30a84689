# SPDX-License-Identifier: Apache-2.0
"""The house never says that it is well when it is not, goes on as far as it can, and says so again once it is."""

from __future__ import annotations

import http.client
import json
import os
import re
import signal
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import psutil
import psycopg
import pytest

from cocket.stores.postgres.server import EmbeddedPostgres
from tests.faults.disks import fill, small_disk
from tests.faults.lodging import ACCEPTED, UNAVAILABLE, Answer, Line
from tests.faults.serving import COMMAND, Served, cocket, make_home, until
from tests.messages import declaration

#: A house that is quick to say that something is late.
QUICK: dict[str, Any] = {"late_seconds": 2, "disk_reserve_mb": 20}


def ready(served: Served) -> tuple[int, str]:
    """What `/readyz` answers."""
    connection = http.client.HTTPConnection(served.address(), timeout=20)
    try:
        connection.request("GET", "/readyz")
        answer = connection.getresponse()
        return answer.status, answer.read().decode()
    finally:
        connection.close()


def until_ready(served: Served) -> None:
    until(lambda: ready(served) == (200, "ready"), f"it does not become ready: {problems(served.home)}")


def until_degraded(served: Served) -> None:
    until(lambda: ready(served) == (200, "degraded"), "it goes on saying that it is ready")


def status(home: Path, **given: Any) -> tuple[int, dict[str, Any]]:
    """Exit and words of `cocket status --json`."""
    done = cocket("status", "--json", home=home, **{**QUICK, **given})
    return done.returncode, json.loads(done.stdout)


def problems(home: Path, **given: Any) -> str:
    """What `cocket status` says is wrong; it must exit 1 then, and 0 if nothing is."""
    code, found = status(home, **given)
    assert code == bool(found["problems"]), found
    return " ".join(found["problems"])


def lodge(served: Served, reference: str) -> Answer:
    line = Line(served.address, served.key)
    try:
        return line.lodge(declaration(reference))
    finally:
        line.close()


def promise(served: Served, reference: str) -> Any:
    """The promise of a message that was accepted; on a slow machine it is sent again until one is."""
    answers: list[Answer] = []

    def is_accepted() -> bool:
        answers.append(lodge(served, f"{reference}-{time.monotonic()}"))
        return answers[-1].status == ACCEPTED

    until(is_accepted, "no message is accepted")
    return answers[-1].body["receipt"]["promise"]


@contextmanager
def stopped(*pids: int) -> Iterator[None]:
    """Processes under SIGSTOP for as long as the block runs."""
    for pid in pids:
        os.kill(pid, signal.SIGSTOP)
    try:
        yield
    finally:
        for pid in pids:
            os.kill(pid, signal.SIGCONT)


def database(home: Path) -> str:
    """The running database of a home."""
    return EmbeddedPostgres(home / "postgres").attach()


def do(home: Path, statement: str) -> list[tuple[Any, ...]]:
    """What an insider does in the database."""
    with psycopg.connect(database(home)) as connection:
        cursor = connection.execute(statement)
        return cursor.fetchall() if cursor.description else []


def test_a_desk_that_is_stopped_is_told_and_messages_are_taken_in_all_the_same(home: Path) -> None:
    with Served(home, **QUICK) as served:
        until_ready(served)
        assert problems(home) == ""
        with stopped(served.pid_of("assessment")):
            assert lodge(served, "while-1").status == ACCEPTED
            until_degraded(served)
            until(lambda: "No advice on messages since" in problems(home), "late advice is not told")
            assert f"kill -CONT {served.pid_of('assessment')}" in problems(home)
            assert lodge(served, "while-2").status == ACCEPTED
        until_ready(served)
        assert problems(home) == ""


def test_a_book_that_is_stopped_is_told_and_receipts_say_so(home: Path) -> None:
    with Served(home, **QUICK) as served:
        until_ready(served)
        sound = promise(served, "before")
        assert not sound["degraded"]
        with stopped(served.pid_of("log")):
            until_degraded(served)
            assert "log on" in problems(home)
            until(lambda: promise(served, "late")["degraded"], "no receipt says that the log is down")
            assert promise(served, "late")["include_by"][:10] > sound["include_by"][:10]
        until_ready(served)
        until(lambda: not promise(served, "after")["degraded"], "receipts go on saying that the log is down")


def test_a_door_that_cannot_store_is_not_ready_and_an_upgrade_says_what_the_tables_lack(home: Path) -> None:
    with Served(home, **QUICK) as served:
        until_ready(served)
        assert lodge(served, "before").status == ACCEPTED
        do(home, "alter table message rename column reading to reading_x")
        assert lodge(served, "refused").status == UNAVAILABLE
        until(lambda: ready(served) == (503, "not-ready"), "it goes on saying that it is ready")
        until(lambda: "Nothing is accepted since" in problems(home), "what was refused is not told")
        assert "lacks the column reading" in problems(home)
        assert "SQLSTATE 42703" in problems(home)
        upgraded, seen = cocket("upgrade", "--yes", home=home), cocket("doctor", home=home)
        assert (upgraded.returncode, "message lacks the column reading" in upgraded.stderr) == (2, True), (
            upgraded.stderr
        )
        assert (seen.returncode, "lacks the column reading" in " ".join(seen.stdout.split())) == (1, True), seen.stdout
        do(home, "alter table message rename column reading_x to reading")
        assert lodge(served, "after").status == ACCEPTED
        until_ready(served)


def test_of_two_that_serve_one_home_the_one_that_is_stopped_is_named(home: Path) -> None:
    with Served(home, **QUICK), Served(home, "assessment", said=home.parent / "other.said", **QUICK) as other:
        assert other.pid is not None
        until(lambda: "Its 2 processes work." in str(status(home)[1]["checks"]), "the second desk is not told")
        desk, told = other.pid_of("assessment"), status(home)[1]["roles"]
        assert desk in {role["pid"] for role in told.values()}
        assert {"api", "log", "assessment", f"assessment, process {desk}"} <= set(told)
        with stopped(desk):
            until(
                lambda: "2 processes; assessment" in problems(home), f"the stopped one is not named: {problems(home)}"
            )
            assert f"kill -CONT {desk}" in problems(home)
        until(lambda: not problems(home), f"it goes on being told: {problems(home)}")
        first = {path.name for path in home.glob("serving*.json")}
    assert len(first) == 2 and not [*home.glob("serving*.json")]


_FAKETIME = next(iter(Path("/usr/lib").glob("*/faketime/libfaketimeMT.so.1")), None)


@pytest.mark.skipif(_FAKETIME is None, reason="needs libfaketime")
def test_a_clock_that_went_back_is_told_and_promises_nothing_in_the_past_of_the_log(home: Path) -> None:
    with Served(home, **QUICK) as served:
        until_ready(served)
        first = lodge(served, "by-true-time").body["receipt"]["promise"]["include_by"]
    back = ("env", f"LD_PRELOAD={_FAKETIME}", "FAKETIME=-1h", "FAKETIME_DONT_FAKE_MONOTONIC=1", *COMMAND)
    with Served(home, command=back, **QUICK) as served:
        until(lambda: ready(served) == (503, "not-ready"), "a clock an hour back is not told")
        seen = cocket("status", "--json", home=home, before=back[:4], **QUICK)
        assert "60 minutes behind the database's" in seen.stdout
        assert lodge(served, "an-hour-before").body["receipt"]["promise"]["include_by"] >= first


def test_a_desk_that_errs_for_ever_stands_still_and_goes_on_once_it_is_set_right(home: Path) -> None:
    with Served(home, **QUICK) as served:
        assert lodge(served, "first").status == ACCEPTED
        until_ready(served)
        until(lambda: do(home, "select value from place where name = 'desk'"), "the desk does not begin")
        ((place,),) = do(home, "select value from place where name = 'desk'")
        do(home, "update place set value = 'nonsense' where name = 'desk'")
        until_degraded(served)
        until(lambda: "assessment has been stalled since" in problems(home), "the standing desk is not told")
        assert "The stored position desk was altered" in problems(home)
        assert lodge(served, "meanwhile").status == ACCEPTED
        assert not served.has_ended
        do(home, f"update place set value = '{place.decode()}' where name = 'desk'")
        until_ready(served)
        assert "assessment continues" in served.said


def test_a_house_whose_tables_a_newer_program_has_upgraded_stands_still_in_words_until_they_are_as_before(
    home: Path,
) -> None:
    with Served(home, **QUICK) as served:
        assert lodge(served, "first").status == ACCEPTED
        until_ready(served)
        ((revision,),) = do(home, "select version_num from alembic_version")
        do(home, "update alembic_version set version_num = '9999'")
        until(lambda: ready(served)[0] == UNAVAILABLE, "it goes on saying that it is ready")
        size = do(home, "select count(*) from leaf")
        refused = lodge(served, "meanwhile")
        assert (refused.status, refused.body["error"]["code"]) == (UNAVAILABLE, "database-newer")
        assert "upgraded by a newer Cocket" in refused.body["error"]["message"]
        for role in ("assessment", "log"):
            until(lambda role=role: f"{role} is stalled" in served.said, f"{role} says nothing")  # type: ignore[misc]
        assert "created by a newer Cocket" in problems(home)
        assert do(home, "select count(*) from leaf") == size
        assert not served.has_ended
        do(home, f"update alembic_version set version_num = '{revision}'")
        until_ready(served)
        assert lodge(served, "meanwhile").status == ACCEPTED


def test_the_word_of_a_role_that_stands_still_is_said_once(home: Path) -> None:
    with Served(home, **QUICK) as served:
        until_ready(served)
        do(home, "insert into place values ('desk', 'nonsense') on conflict (name) do update set value = 'nonsense'")
        until(lambda: "assessment is stalled" in served.said, "nothing is said")
        time.sleep(3.0)
        assert served.said.count("assessment is stalled") == 1, served.said


@pytest.mark.parametrize("way", ["full", "hung"])
def test_a_database_that_cannot_be_written_is_told(home: Path, tmp_path: Path, way: str) -> None:
    if way == "full":
        with (
            small_disk(tmp_path / "small", 260) as disk,
            Served(make_home(disk / "home"), said=tmp_path / "said", **QUICK) as served,
        ):
            until_ready(served)
            filler = fill(disk)
            until(lambda: ready(served) == (503, "not-ready"), "a full disk is called well")
            assert "MB free on the disk" in problems(served.home)
            filler.unlink()
            until_ready(served)
            assert lodge(served, "after").status == ACCEPTED
        return
    with Served(home, **QUICK) as served:
        until_ready(served)
        parent = psutil.Process(served.pid_of("postgres"))
        with stopped(*[one.pid for one in (parent, *parent.children(recursive=True))]):
            until(lambda: ready(served) == (503, "not-ready"), "a database that hangs is called well")
        until_ready(served)


def test_a_leaf_that_was_deleted_is_told_and_the_house_starts_again(home: Path) -> None:
    with Served(home, **QUICK) as served:
        receipts = [lodge(served, f"kept-{number}").body for number in range(3)]
        line = Line(served.address, served.key)
        until(
            lambda: all(line.ask("GET", f"/v1/messages/{one['id']}/proof").status == 200 for one in receipts),
            "no proof comes",
        )
        until_ready(served)
        do(home, f"delete from leaf where record = '{receipts[1]['id']}'")
        until_degraded(served)
        assert "1 leaf is not in the database" in problems(home)
        line.close()
    with Served(home, **QUICK) as served:
        until(lambda: "log is stalled" in served.said, "the book does not say that it stands still")
        assert lodge(served, "afterwards").status == ACCEPTED
        until(lambda: "log has been stalled since" in problems(home), "the standing book is not told")
        mended = cocket("ledger", "reimport", "--json", home=home, **QUICK)
        assert mended.returncode == 0, mended.stderr
        found = json.loads(mended.stdout)
        assert (found["missing"], found["restored"], found["commitments"]) == (1, 1, 0)
        until_ready(served)
        line = Line(served.address, served.key)
        again = line.ask("GET", f"/v1/messages/{receipts[1]['id']}/proof")
        assert again.status == 200
        line.close()
    assert cocket("ledger", "verify", str(home / "log"), home=home).returncode == 0


def test_looking_how_the_house_is_starts_no_database(home: Path) -> None:
    before = sorted(path.name for path in (home / "postgres").iterdir())
    code, found = status(home)
    assert (code, found["state"]) == (1, "not-ready")
    assert "cocket serve" in found["problems"][0]
    assert sorted(path.name for path in (home / "postgres").iterdir()) == before
    assert not (home / "postgres" / "data" / "postmaster.pid").exists()


def test_the_roles_of_other_machines_are_known_by_the_database_alone(tmp_path: Path) -> None:
    server = EmbeddedPostgres(tmp_path / "given")
    url = server.start()
    try:
        home = make_home(tmp_path / "home", database_url=url)
        with Served(home, "api", database_url=url, **QUICK) as doors:
            until_degraded(doors)
            (home / "serving.json").rename(home / "elsewhere.json")
            told = problems(home, database_url=url)
            assert "No process of the role assessment" in told
            assert "No process of the role log" in told
            for role in ("assessment", "log"):
                do_at(
                    url,
                    f"insert into role_state (role, host, worker, pid, started, beat) values "
                    f"('{role}', 'far-away', '{role}', 17, now(), now() + interval '1 hour')",
                )
            assert problems(home, database_url=url) == ""
            do_at(url, "update role_state set beat = now() - interval '1 minute' where role = 'assessment'")
            assert "assessment on far-away has sent no heartbeat since" in problems(home, database_url=url)
            (home / "elsewhere.json").rename(home / "serving.json")
            assert lodge(doors, "taken").status != UNAVAILABLE
    finally:
        server.stop()


def do_at(url: str, statement: str) -> None:
    with psycopg.connect(url) as connection:
        connection.execute(statement)


def scraped(served: Served) -> str:
    connection = http.client.HTTPConnection(served.address("admin"), timeout=20)
    try:
        connection.request("GET", "/metrics")
        return connection.getresponse().read().decode()
    finally:
        connection.close()


SET_ASIDE = """insert into set_aside (id, role, kind, subject, what, code, reason, mark, first, last, attempts, state)
values (gen_random_uuid(), 'desk', 'message', 'x', 'a message', 'x', 'x', 'x', now(), now(), 1, 'waiting')"""
BACKUP = """insert into backup (id, at, leaves, size_bytes, kind, place, digest)
values (gen_random_uuid(), now(), 1, 1, 'files', 'there', sha256('x'))"""
DOCS = Path(__file__).resolve().parents[2] / "docs"


def test_every_worker_is_counted_and_every_metric_that_is_spoken_of_is_there(home: Path, tmp_path: Path) -> None:
    folder = tmp_path / "host"
    folder.mkdir()
    given = {**QUICK, "canary_minutes": 0.02, "ingress": "http:0", "api_workers": 2, "feed": folder}
    assert cocket("device", "ca", home=home).returncode == 0
    with Served(home, **given) as served:
        for number in range(24):
            assert lodge(served, f"counted-{number}").status == ACCEPTED
        until(lambda: sum(counts(scraped(served))) == 24, "messages are lost from the counts")
        assert len(counts(scraped(served))) == 2, "two workers took messages"
        until(lambda: "cocket_canary_age_seconds" in scraped(served), "no canary was lodged")
        until(lambda: 'cocket_check_state{check="canary"} 0.0' in scraped(served), "the canary is not well")
        until(lambda: "cocket_log_head_age_seconds" in scraped(served), "no head was signed")
        do(home, SET_ASIDE)
        do(home, BACKUP)
        until(lambda: "cocket_set_aside_open" in scraped(served), "what is set aside is not in the metrics")
        text = scraped(served)
        names = set(re.findall(r"^(cocket_\w+)", text, re.MULTILINE))
        for page in ("monitoring/alerts.yaml", "monitoring/dashboard.json", "reference/operations/metrics.md"):
            spoken = set(re.findall(r"\bcocket_[a-z_]+", (DOCS / page).read_text("utf-8")))
            known = names | {name.removesuffix("_bucket") for name in names}
            assert spoken - known == set(), page
        documented = set(re.findall(r"\bcocket_[a-z_]+", (DOCS / "reference/operations/metrics.md").read_text("utf-8")))
        bare = {re.sub(r"_(bucket|count|sum)$", "", name) for name in names}
        assert bare - documented == set()
        with stopped(served.pid_of("assessment")):
            until(
                lambda: 'cocket_check_state{check="assessment"} 1.0' in scraped(served),
                "a stopped desk is not in the metrics",
            )


def counts(text: str) -> list[float]:
    """How many messages each worker took."""
    found = re.findall(r"^cocket_http_requests_total{([^}]*)} ([0-9.e+]+)$", text, re.MULTILINE)
    return [float(value) for labels, value in found if 'route="/v1/messages"' in labels and 'status="202"' in labels]


def test_a_canary_is_seen_nowhere_but_in_the_log(home: Path) -> None:
    with Served(home, **{**QUICK, "canary_minutes": 0.02, "merge_delay_seconds": 3}) as served:
        until(lambda: do(home, "select 1 from place where name = 'canary'"), "no canary is lodged")
        until_ready(served)
        assert do(home, "select outcome from message where sender = 'cocket-canary' limit 1") == [("refused",)]
        for table in ("consignment", "consignment_message", "assessment", "control_order", "result"):
            assert do(home, f"select count(*) from {table}") == [(0,)], table
        with stopped(served.pid_of("assessment")):
            until(lambda: "canary of" in problems(home, canary_minutes=0.02), "a canary that died is not told")
        until_ready(served)


def test_commits_that_wait_for_a_standby_are_told_in_time_and_nothing_is_acknowledged(home: Path) -> None:
    with Served(home, **QUICK) as served:
        until_ready(served)
        assert lodge(served, "before").status == ACCEPTED
        standby(home, "ghost")
        begun = time.monotonic()
        assert lodge(served, "meanwhile").status == UNAVAILABLE
        assert time.monotonic() - begun < 40
        begun = time.monotonic()
        assert "Commits wait for a standby server" in problems(home)
        assert time.monotonic() - begun < 40
        until(lambda: ready(served) == (503, "not-ready"), "it goes on saying that it is ready")
        seen = cocket("doctor", home=home)
        assert (seen.returncode, "Commits wait for a standby" in " ".join(seen.stdout.split())) == (1, True), (
            seen.stdout
        )
        standby(home, "")
        until(lambda: lodge(served, "after").status == ACCEPTED, "it does not go on by itself")
        again = lodge(served, "meanwhile")  # it was stored or not: either is answered with a receipt now
        assert "receipt" in again.body
        until_ready(served)


def test_where_only_the_command_cannot_look_it_says_so_with_the_server_s_reason(home: Path) -> None:
    with Served(home, **QUICK) as served:
        until_ready(served)
        dsn = EmbeddedPostgres(home / "postgres").attach()
        with psycopg.connect(dsn, autocommit=True, dbname="postgres") as other:
            other.execute("alter database cocket allow_connections false")
            found = status(home)[1]
            (check,) = [one for one in found["checks"] if one["name"] == "database"]
            other.execute("alter database cocket allow_connections true")
        assert "not currently accepting connections" in check["words"], found
        assert "This command cannot look at the database; the HTTP API reports that it is" in check["words"], found
        assert found["state"] == "degraded"
        until_ready(served)


def standby(home: Path, names: str) -> None:
    """Have commits wait for a standby of this name; empty, for none."""
    dsn = EmbeddedPostgres(home / "postgres").attach()
    with psycopg.connect(dsn, autocommit=True, options="-c synchronous_commit=off") as other:
        other.execute(f"alter system set synchronous_standby_names = '{names}'")
        other.execute("select pg_reload_conf()")


def test_an_api_that_is_stopped_is_what_the_status_says_first(home: Path) -> None:
    with Served(home, disk_reserve_mb=20, late_seconds=60) as served:
        until_ready(served)
        with stopped(served.pid_of("api")):
            code, found = status(home, late_seconds=60)
            assert (code, found["state"]) == (1, "not-ready")
            assert found["problems"][0].startswith("No messages are accepted: ")
            assert f"kill -CONT {served.pid_of('api')}" in found["problems"][0]
        until_ready(served)


#: What another hand puts on a table so that inserts do nothing, and what takes it off again. A rule stays in the
#: statements that were prepared under it.
SWALLOWS = {
    "rule": ("create rule nothing as on insert to {0} do instead nothing", "drop rule nothing on {0}"),
    "trigger": (
        (
            "create or replace function nothing() returns trigger language plpgsql as 'begin return null; end'; "
            "create trigger nothing before insert on {0} for each row execute function nothing()"
        ),
        "drop trigger nothing on {0}",
    ),
}


def test_no_message_is_acknowledged_that_the_database_swallowed(home: Path) -> None:
    with Served(home, **QUICK) as served:
        line = Line(served.address, served.key)
        acknowledged: list[str] = []
        statuses: set[int] = set()

        def lodge_some(name: str, most: int = 8) -> None:
            for number in range(most):
                answer = line.lodge(declaration(f"{name}-{number}"))
                statuses.add(answer.status)
                if answer.status == ACCEPTED:
                    acknowledged.append(answer.body["id"])
                else:
                    assert answer.status == UNAVAILABLE, answer
                    assert "error" in str(answer.body), answer

        lodge_some("before")
        for table in ("leaf", "message", "record", "identity", "place", "consignment"):
            for how, (put_on, take_off) in SWALLOWS.items():
                do(home, put_on.format(table))
                lodge_some(f"{table}-{how}-under")
                do(home, take_off.format(table))
                lodge_some(f"{table}-{how}-after")
        assert statuses == {ACCEPTED, UNAVAILABLE}
        stands = (
            "select m.id::text from message m join leaf l on l.record = m.id join identity i on i.message_id = m.id"
        )
        assert {name for (name,) in do(home, stands)} >= set(acknowledged)
        for message in (acknowledged[0], acknowledged[-1]):
            assert line.ask("GET", f"/v1/messages/{message}").status == 200
        line.close()
