# SPDX-License-Identifier: Apache-2.0
"""What an office types where its gateway cannot go on, and what it and customs read."""

from __future__ import annotations

import json
import sqlite3
from datetime import UTC, datetime
from pathlib import Path

import pytest

from cocket.cli.commands.continuity import _tell_gateway, _tell_held, _told_line
from cocket.cli.commands.lodge import _report
from cocket.exchange.office_packs import OfficeResult
from cocket.gateway import Spool, make_identity
from cocket.gateway.spool import NewEntry
from cocket.pipeline.base.gateway_files import Gateway, HeldEntry
from cocket.pipeline.base.office_pack_files import AgainResult, PackLine
from tests.cli.commands.test_people import cocket
from tests.gateway.offices import OFFICE
from tests.messages import declaration


@pytest.fixture
def home(tmp_path: Path) -> Path:
    made = tmp_path / "gate"
    make_identity(made, "alpha-gate", OFFICE)
    spool = Spool(made)
    for number in range(5):
        new = NewEntry(key="acme", sender="", media="", profile="", body=declaration(f"R{number}"))
        spool.store(new).result(timeout=30)
    spool.close()
    return made


def test_status_and_check_agree_on_a_file_that_was_changed(home: Path) -> None:
    assert cocket("gateway", "status", "--home", str(home)).returncode == 0
    assert cocket("gateway", "check", "--home", str(home)).returncode == 0
    with sqlite3.connect(home / "spool.sqlite3") as database:
        database.execute("update entry set body = x'00' where sequence = 3")
    database.close()
    for command in ("status", "check"):
        done = cocket("gateway", command, "--home", str(home))
        assert done.returncode == 1
        assert "entry 3" in done.stderr
        assert "cocket gateway recover" in done.stderr
    told = json.loads(cocket("gateway", "status", "--home", str(home), "--json").stdout)
    assert (told["standing"]["last"], "entry 3" in told["damage"]) == (5, True)


def test_what_can_be_read_is_carried_over_by_command(home: Path, tmp_path: Path) -> None:
    heir = tmp_path / "heir"
    make_identity(heir, "heir-gate", OFFICE)
    done = cocket("gateway", "recover", str(home), "--home", str(heir))
    assert (done.returncode, done.stdout.split(";")[0]) == (0, "5 entries carried over")
    with sqlite3.connect(home / "spool.sqlite3") as database:
        database.execute("delete from entry where sequence = 2")
    database.close()
    again = cocket("gateway", "recover", str(home), "--home", str(heir), "--json")
    assert (again.returncode, json.loads(again.stdout)) == (1, {"carried": 4, "answered": 0, "lost": [2]})
    named = cocket("gateway", "recover", str(home), "--home", str(heir))
    assert "entries 2. Their senders hold provisional receipts: they send again." in named.stderr
    assert "5 entries, 5 waiting" in cocket("gateway", "status", "--home", str(heir)).stdout, "nothing is doubled"
    for old in (heir, tmp_path / "none"):
        refused = cocket("gateway", "recover", str(old), "--home", str(heir))
        assert refused.returncode == 2, old
        assert refused.stderr


@pytest.mark.parametrize("is_empty", [True, False])
def test_a_file_that_is_gone_is_said_with_what_to_do(home: Path, is_empty: bool) -> None:
    for name in ("spool.sqlite3-wal", "spool.sqlite3-shm", "spool.sqlite3"):
        (home / name).unlink(missing_ok=True)
    if is_empty:
        (home / "spool.sqlite3").touch()
    run = ("run", "--to", "http://127.0.0.1:9", "--key", "cocket_a_" + "0" * 64, "--port", "0")
    for command in (("status",), ("check",), run):
        done = cocket("gateway", *command, "--home", str(home))
        assert done.returncode != 0
        assert "does not begin again at number 1" in done.stderr
        assert "cocket gateway init" in done.stderr
    assert not (home / "spool.sqlite3").exists() or not (home / "spool.sqlite3").stat().st_size


def test_a_damaged_file_is_said_with_what_to_do(home: Path) -> None:
    (home / "spool.sqlite3").write_bytes(b"no database" * 1_000)
    for command in ("status", "check"):
        done = cocket("gateway", command, "--home", str(home))
        assert done.returncode != 0
        assert "is damaged" in done.stderr
        assert "cocket gateway recover OLD --home NEW" in done.stderr


def test_customs_reads_words_of_what_waits_and_of_two_histories(capsys: pytest.CaptureFixture[str]) -> None:
    now = datetime(2026, 11, 25, 6, 10, tzinfo=UTC)
    held = HeldEntry(
        id="alpha-gate-3", gateway="alpha-gate", office=OFFICE, sequence=3, why="sender", sender="EVIL", key="evil",
        captured=now, came=now,
    )  # fmt: skip
    _tell_held(held, json_lines=False)
    assert "alpha-gate-3  The gateway's key may not send for this sender  sender EVIL" in capsys.readouterr().out
    gateway = Gateway(
        name="alpha-gate", office=OFFICE, vkey="x", key="alpha-gate", state="forked", last=1_908, newest=1_908, other=1_901, by="x"
    )  # fmt: skip
    _tell_gateway(gateway, json_lines=False)
    told = capsys.readouterr().out
    for words in ("entries up to 1908", "The other had entries up to 1901", "cocket gateway recover OLD --home NEW"):
        assert words in told
    _tell_gateway(Gateway(name="b", office=OFFICE, vkey="x", key="b", last=3, newest=8, by="x"), json_lines=False)
    told = capsys.readouterr().out
    assert "5 still to come" in told
    assert "stranded" not in told


def test_a_message_that_is_held_is_not_lodged(capsys: pytest.CaptureFixture[str]) -> None:
    finding = {"severity": "error", "message": "Not accepted: customs holds it."}
    body = {"outcome": "held", "provisional": {}, "id": "", "findings": [finding]}
    assert _report(Path("a.xml"), 202, body, json_lines=False) == 1
    assert "Not accepted" in capsys.readouterr().out


@pytest.mark.parametrize(
    "command", [("note", "x.pack", "1", "--key", "k", "--results", "r"), ("take-in", "x"), ("paper", "x")]
)
def test_a_class_of_offence_that_is_none_is_refused_at_once(command: tuple[str, ...]) -> None:
    given = () if command[0] == "note" else ("--made", "2026-11-25T06:10Z")
    done = cocket("continuity", *command, "--depth", "full", "--found", "--offence", "misdescription", *given)
    said = " ".join(done.stderr.replace("│", " ").split())
    assert (done.returncode, "There is no such class of offence. Choose one of: undervaluation," in said) == (2, True)
    assert "smuggling" not in said, "what is read of old records is not offered"


def test_what_was_refused_stands_in_the_line_of_its_order() -> None:
    came = AgainResult(
        order="o", result=OfficeResult(order="o", made=datetime.now(UTC), depth="full", found=True, offence="x"),
        outcome="refused", came="laptop", words="there is no class of offence x", by="anna", at=datetime.now(UTC),
    )  # fmt: skip
    line = PackLine(number=2, order="o", title="B/L 1", declaration="m", again=(came,))
    told = "no result yet: file of a laptop (not recorded: there is no class of offence x)"
    assert _told_line(line) == f"2  B/L 1  declaration over the line  {told}"
