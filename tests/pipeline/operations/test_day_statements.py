# SPDX-License-Identifier: Apache-2.0
"""What a real instance states of a day: published beside its heads, checked by the command and by another language."""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import msgspec
import pytest
from typer.testing import CliRunner

from cocket import ledger
from cocket.api import build_app
from cocket.cli import app
from cocket.governance import policy_digest
from cocket.pipeline.operations.day_statements import Counts, DayStatements, cover_counts
from tests.houses import LOG, Built, build, envelope, officer, trader
from tests.messages import declaration
from tests.peers.test_recompute import asked
from tests.simulators.doors import open_door

NOW = datetime.now(UTC)
TODAY = NOW.date()
NEXT = datetime(TODAY.year, TODAY.month, TODAY.day, 0, 5, tzinfo=UTC) + timedelta(days=1)


@pytest.fixture
def built(tmp_path: Path) -> Iterator[Built]:
    made = build(tmp_path / "home", random_share=0.3, merge_delay_seconds=60)
    made.house.intake.messages.take_many([envelope(declaration(f"R{n}")) for n in range(12)], principal=trader("ACME"))
    made.desk()
    made.sign()
    yield made
    made.house.close()


def keys(built: Built, folder: Path) -> Path:
    told = built.house.queries.records.public_keys()
    file = folder / "customs.vkeys"
    file.write_text("".join(f"{key}\n" for key in told.values() if key))
    return file


def exact(built: Built, at: datetime = NEXT) -> Counts:
    with built.stores.database.transaction() as connection:
        return DayStatements(built.stores)._counts(connection, TODAY, at)


def run(*words: str) -> Any:
    return CliRunner().invoke(app, ["ledger", "statement", TODAY.isoformat(), *words])


def test_it_counts_what_was_sealed_on_the_day_and_the_promises_of_it(built: Built) -> None:
    looks = len(built.bodies("look"))
    counts = exact(built)
    assert (counts.messages, counts.advice, counts.draws, counts.looks) == (12, 12, 12, looks)
    assert (counts.kept, counts.open, counts.broken) == (12, 0, 0)
    built.house.queries.records.dossier(officer(), json.loads(built.bodies("assessment")[0])["consignment"])
    assert exact(built).looks == looks + 1
    with built.stores.database.transaction() as connection:
        yesterday = DayStatements(built.stores)._counts(connection, TODAY - timedelta(days=1), NEXT)
    assert set(msgspec.structs.astuple(yesterday)) == {0}


def test_a_promise_that_no_head_covers_is_open_and_then_broken(built: Built) -> None:
    built.house.intake.messages.take_many([envelope(declaration("late"))], principal=trader("ACME"))
    assert (exact(built, NOW).kept, exact(built, NOW).open, exact(built, NOW).broken) == (12, 1, 0)
    assert (exact(built).kept, exact(built).open, exact(built).broken) == (12, 0, 1)
    with built.stores.database.transaction() as connection:
        connection.execute("update leaf set include_by = %s", (NOW - timedelta(hours=1),))
    assert exact(built).broken == 13, "signed after the time promised"


def test_a_day_is_stated_once_when_it_is_over_and_never_again(built: Built) -> None:
    statements = DayStatements(built.stores)
    assert statements.publish_due(NOW) == []
    assert statements.publish_due(NEXT) == [TODAY]
    stands = built.stores.log_files.read(ledger.statement_file(TODAY))
    assert DayStatements(built.stores).publish(TODAY, NEXT + timedelta(hours=1)) is None
    assert built.stores.log_files.read(ledger.statement_file(TODAY)) == stands
    assert stands is not None
    told = ledger.read_statement(stands, None)
    assert (told.log, told.day, told.at, told.policies, told.tables) == (LOG, TODAY, NEXT, policy_digest(), None)
    assert told.size == built.house.queries.records.log_size()[1]
    folder = built.settings.log_folder
    paths = [path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file()]
    verdict = ledger.verify_log(built.stores.log_files.read, paths.copy)
    assert verdict.holds and [one.day for one in verdict.statements] == [TODAY]


def test_what_an_audit_of_tables_published_is_in_it(built: Built) -> None:
    note = ledger.TablesNote(origin=LOG, is_equal=False, size=3, at=NOW.replace(microsecond=0))
    signer = ledger.Signer.from_bytes(LOG, built.stores.checkpoint_keys[0])
    built.stores.log_files.put(ledger.TABLES_FILE, ledger.write_tables_note(note, [signer]))
    told = DayStatements(built.stores).publish(TODAY, NEXT)
    assert told is not None and told.tables == ledger.TablesStated(is_equal=False, size=3, at=note.at)


def test_it_is_served_over_http_and_verified_by_the_command_and_by_another_language(
    built: Built, tmp_path: Path
) -> None:
    DayStatements(built.stores).publish(TODAY, NEXT)
    file = keys(built, tmp_path)
    with open_door(build_app(built.house)) as port:
        log = f"http://127.0.0.1:{port}/log"
        for place in (log, str(built.settings.log_folder)):
            done = run("--log", place, "--key", str(file))
            assert done.exit_code == 0, done.output
            assert "about 0 kept" in done.stdout or "about 64 kept" in done.stdout
            assert f"passed       statement   {LOG} signed it." in done.stdout
            assert "passed       head" in done.stdout
        words = ["receipt", "verify", str(receipt(built, tmp_path, "R1")), "--key", str(file), "--log", log]
        assert CliRunner().invoke(app, words).exit_code == 0, "a promise that was kept, of a log that is served"
    done = run("--home", str(built.settings.home), "--json")
    assert json.loads(done.stdout)["statement"]["broken"] == 0
    note = (built.settings.log_folder / ledger.statement_file(TODAY)).read_text()
    if shutil.which("node"):
        (said,) = asked(file, [("statement", note)])
        assert said["agrees"] and (said["day"], said["broken"]) == (TODAY.isoformat(), 0)
        forged = [("statement", note[:at] + chr(ord(note[at]) ^ 1) + note[at + 1 :]) for at in range(len(note))]
        assert not any(one["agrees"] for one in asked(file, forged))


def receipt(built: Built, folder: Path, name: str) -> Path:
    """The receipt of a message, which is lodged if it was not yet."""
    (one,) = built.house.intake.messages.take_many([envelope(declaration(name))], principal=trader("ACME"))
    file = folder / f"{name}.json"
    file.write_bytes(msgspec.json.encode(one.receipt))
    return file


def test_a_house_that_leaves_a_promise_unkept_convicts_itself_by_its_statement(built: Built, tmp_path: Path) -> None:
    late = receipt(built, tmp_path, "later")
    told = DayStatements(built.stores).publish(TODAY, NEXT)
    assert told is not None and told.broken == 1
    built.sign()  # afterwards, as if nothing had been
    file, evidence = keys(built, tmp_path), tmp_path / "evidence.json"
    with open_door(build_app(built.house)) as port:
        words = ["--key", str(file), "--log", f"http://127.0.0.1:{port}/log", "--evidence", str(evidence)]
        done = CliRunner().invoke(app, ["receipt", "verify", str(late), *words])
    assert done.exit_code == 1, done.output
    done = CliRunner().invoke(app, ["ledger", "convict", str(evidence), "--key", str(file)])
    assert (done.exit_code, "its newest head covers" in done.stdout) == (0, True), done.output
    if shutil.which("node"):
        said = asked(file, [("convict", evidence.read_text()), ("receipt", late.read_text())])
        assert [one["agrees"] for one in said] == [True, True] and said[0]["broken"] == "late"


def test_what_is_not_right_exits_1_or_2(built: Built, tmp_path: Path) -> None:
    home = str(built.settings.home)
    assert run("--home", home).exit_code == 2
    DayStatements(built.stores).publish(TODAY, NEXT)
    stranger = ledger.Signer.from_bytes(LOG, bytes(32)).verifier.vkey
    assert run("--home", home, "--key", stranger).exit_code == 1
    path = built.settings.log_folder / ledger.statement_file(TODAY)
    path.write_text(path.read_text().replace("broken 0", "broken 1"))
    assert run("--home", home).exit_code == 1
    assert run("--log", str(tmp_path / "none")).exit_code == 2


# ── Cover ─────────────────────────────────────────────────────────────────────────────────────────────────────────────


def counts(looks: int = 700) -> Counts:
    return Counts(messages=100, advice=100, draws=90, looks=looks, kept=100, open=0, broken=2)


def test_counts_are_told_in_whole_steps_that_are_right_on_average() -> None:
    days = [date(2026, 1, 1) + timedelta(days=number) for number in range(4000)]
    told = [cover_counts(bytes(32), day, counts()) for day in days]
    assert {one.messages for one in told} == {64, 128}
    assert {one.looks for one in told} == {0, 1024}
    assert {(one.open, one.broken) for one in told} == {(0, 2)}
    assert sum(one.messages for one in told) / 4000 == pytest.approx(100, abs=3)
    assert sum(one.looks for one in told) / 4000 == pytest.approx(700, abs=40)
    assert told == [cover_counts(bytes(32), day, counts()) for day in days], "asking again tells nothing more"


def test_two_houses_that_differ_in_one_lane_state_the_same() -> None:
    """A red lane leads to accesses, and to nothing else that is counted: twenty of them change a line in 2 % of worlds."""
    days = [date(2026, 1, 1) + timedelta(days=number) for number in range(2000)]
    other = sum(
        cover_counts(bytes(32), day, counts()) != cover_counts(bytes(32), day, counts(looks=720)) for day in days
    )
    assert other / 2000 == pytest.approx(20 / 1024, abs=0.012)
    assert all(
        cover_counts(bytes(32), day, counts()).messages == cover_counts(bytes(32), day, counts(looks=720)).messages
        for day in days
    )
