# SPDX-License-Identifier: Apache-2.0
"""Drills: backups under load, everything killed, restored elsewhere, and what was acknowledged held against it."""

from __future__ import annotations

import json
import shutil
import subprocess
from pathlib import Path

import psycopg
import pytest

from cocket.stores.postgres.base_backups import first_needed, gap, segments
from cocket.stores.postgres.server import EmbeddedPostgres
from tests.faults.lodging import Line, Lodgers
from tests.faults.serving import COMMAND, SENDER, Served, cocket, copy_home, make_home, settings, until
from tests.messages import declaration

pytestmark = pytest.mark.soak


def run(*words: object, home: Path, code: int = 0, **given: object) -> tuple[dict[str, object], str]:
    """Run a command to its expected end; what it answered in JSON, and said."""
    done = cocket(*map(str, words), "--json", home=home, **({"backup_keys_recipients": "clear"} | given))
    assert done.returncode == code, done.stderr + done.stdout
    return (json.loads(done.stdout.splitlines()[-1]) if done.stdout else {}), done.stderr


def test_a_backup_under_load_brings_back_what_was_acknowledged(tmp_path: Path) -> None:
    home, folder, keys = make_home(tmp_path / "home"), tmp_path / "backup", tmp_path / "safe"
    identity = tmp_path / "identity.txt"
    mine, _ = run("backup-identity", identity, home=home)
    to_me = {"backup_keys_recipients": mine["recipient"]}
    with Served(home, backup_folder=folder, backup_keys_folder=keys, **to_me) as served:
        until(lambda: segments(folder / "wal"), "nothing is streamed")
        with Lodgers(served.address, served.key, per_second=20) as lodgers:
            until(lambda: len(lodgers.acknowledged) > 10, "nothing is acknowledged")
            made, _ = run("backup", folder, "--keys", keys, home=home, **to_me)
            count = len(lodgers.acknowledged)
            until(lambda: len(lodgers.acknowledged) > count + 20, "nothing is acknowledged after the backup")
            copy = tmp_path / "copy"
            opened = ("restore", str(made["folder"]), "--keys", str(keys), "--identity", str(identity))
            early = cocket(*opened, "--json", home=copy)
            assert early.returncode in (0, 1), early.stderr  # while the original runs
            served.kill_all()
        acknowledged = list(lodgers.acknowledged)
    assert json.loads(early.stdout)["mode"] == "examination"
    refused = cocket("serve", home=copy)
    assert (refused.returncode, "copy for examination" in refused.stderr) == (2, True), refused.stderr

    restored = tmp_path / "restored"
    done = cocket(*(*opened, "--log", str(home / "log"), "--json"), home=restored)
    assert done.returncode in (0, 1), done.stderr
    point = json.loads(done.stdout)["point"]
    assert json.loads(done.stdout)["segments"] > 0
    assert json.loads(done.stdout)["keyless"] == 0
    over = cocket("restore", "--take-over", home=restored)
    assert (over.returncode, "--no-newer-log" in over.stderr) == (2, True), over.stderr
    taken = cocket("restore", "--take-over", "--log", str(home / "log"), "--json", home=restored)
    assert taken.returncode in (0, 1), taken.stderr
    shutil.copyfile(home / "trader.txt", restored / "trader.txt")
    with Served(restored) as served:
        line = Line(served.address, served.key)
        kept = [
            one
            for one in acknowledged
            if one.promise["index"] < point["published"] and one.promise["index"] not in point["missing"]
        ]
        assert len(kept) > count, "hardly anything was streamed"
        for one in kept:
            answer = line.ask("GET", f"/v1/messages/{one.message}/receipt")
            assert (answer.status, json.dumps(answer.body, sort_keys=True)) == (200, one.receipt)
        assert line.lodge(declaration("AFTER")).status == 202
        line.close()
    verified = cocket("ledger", "verify", str(restored / "log"), home=restored)
    assert verified.returncode == 0, verified.stdout


def test_an_instance_that_has_sealed_nothing_yet_is_restored(tmp_path: Path) -> None:
    home, safe, copy = tmp_path / "home", tmp_path / "safe", tmp_path / "copy"
    own = {"subject_keys": tmp_path / "apart.keys"}  # in a place of its own, where there is none yet either
    assert cocket("init", home=home, **own).returncode == 0
    made, _ = run("backup", tmp_path / "backup", "--keys", safe, home=home, **own)
    assert not list(safe.rglob("*subjects*")), "something was sealed, so this tests nothing"
    backup = Path(str(made["folder"]))
    (backup / "log").rmdir()  # as object stores and archives do with folders that are empty
    done, _ = run("restore", backup, "--keys", safe, home=copy)
    assert (done["keyless"], done["unreadable"]) == (0, [])
    run("restore", "--take-over", "--no-newer-log", home=copy)
    key = cocket("key", "add", "acme", "--role", "trader", "--sender", SENDER, home=copy)
    (copy / "trader.txt").write_text(key.stdout.strip())
    with Served(copy) as served:
        line = Line(served.address, served.key)
        assert line.lodge(declaration("FIRST")).status == 202
        line.close()
        until(lambda: _is_worked_off(copy), "the desk does not get there")
        until((copy / "log" / "checkpoint").exists, "no head is published")
        status = cocket("status", home=copy)
        assert status.returncode == 0, status.stdout
    for words in (("ledger", "audit", "--home", str(copy)), ("doctor",)):
        said = cocket(*words, home=copy)
        assert said.returncode == 0, said.stdout + said.stderr


def test_keys_that_are_missing_are_not_taken_for_keys_that_were_never_made(
    backed_up: tuple[Path, Path, Path], tmp_path: Path
) -> None:
    _, backup, safe = backed_up
    none = Path(shutil.copytree(safe, tmp_path / "none"))
    shutil.rmtree(none / "subjects")
    said = refusal(["restore", str(backup), "--keys", str(none)], tmp_path / "home")
    assert "subjects is missing or empty" in said
    (none / "subjects.json").unlink()  # as a copy that was made before anything was sealed
    copy = tmp_path / "copy"
    done, _ = run("restore", backup, "--keys", none, home=copy, code=1)
    assert done["keyless"]
    _, said = run("restore", "--take-over", "--no-newer-log", home=copy, code=2)
    assert "ends at 0" in said
    assert not (copy / "keys" / "subjects").exists()


def test_keys_older_than_the_database_are_said_at_once_and_nothing_is_put_in_their_place(tmp_path: Path) -> None:
    home, safe = make_home(tmp_path / "home"), tmp_path / "safe"
    run("backup", tmp_path / "first", "--keys", safe, home=home)
    with Served(home, backup_folder=tmp_path / "stream") as served:
        assert "not the keys" in served.said
        line = Line(served.address, served.key)
        lost = line.lodge(declaration("LATER")).body["id"]
        line.close()
    made, _ = run("backup", tmp_path / "second", home=home)
    restored, newest = tmp_path / "restored", home / "log"
    done, said = run("restore", made["folder"], "--keys", safe, home=restored, code=1)
    assert (done["unreadable"], lost in said, "COCKET_BACKUP_KEYS_FOLDER" in said) == ([lost], True, True), said
    file = restored / "keys" / "subjects" / "00000000.keys"
    before = file.read_bytes()
    over = ("restore", "--take-over", "--log", newest)
    _, said = run(*over, home=restored, code=2)
    assert ("ends at" in said, "--without-keys" in said) == (True, True), said
    assert file.read_bytes() == before

    saved = Path(shutil.copytree(restored, tmp_path / "saved", symlinks=True))
    segment = Path("keys", "subjects", "00000000.keys")
    shutil.copyfile(home / segment, saved / segment)
    done, _ = run(*over, home=saved)
    assert done["keyless"] == 0
    assert _status_of(saved, home, str(lost)) == 200

    done, said = run(*over, "--without-keys", home=restored, code=1)
    assert (done["unreadable"], "recorded as lost" in said) == ([lost], True), said


def test_what_is_lost_with_its_keys_is_named_and_nothing_stands_still_for_it(tmp_path: Path) -> None:
    home, safe = make_home(tmp_path / "home"), tmp_path / "safe"
    with Served(home) as served:
        line = Line(served.address, served.key)
        kept = [line.lodge(declaration(f"KEPT{n}")).body["id"] for n in range(3)]
        until(lambda: _is_worked_off(home), "the desk does not get there")
        run("backup", tmp_path / "first", "--keys", safe, home=home)
        line.close()
    with Served(home) as served:  # whose processes write new keys ahead
        line = Line(served.address, served.key)
        lost = [line.lodge(declaration(f"LOST{n}")).body["id"] for n in range(3)]
        until(lambda: _is_worked_off(home), "the desk does not get there")
        refused = line.lodge(declaration("LOST0")).body["id"]
        line.close()
    assert refused == lost[0]
    made, _ = run("backup", tmp_path / "second", home=home)
    restored = tmp_path / "restored"
    run("restore", made["folder"], "--keys", safe, home=restored, code=1)
    over = ("restore", "--take-over", "--log", home / "log", "--without-keys")
    done, said = run(*over, home=restored, code=1)
    assert set(lost) <= set(done["unreadable"]), said
    shutil.copyfile(home / "trader.txt", restored / "trader.txt")
    with Served(restored) as served:
        line = Line(served.address, served.key)
        for path in ("", "/content", "/receipt", "/proof"):
            answer = line.ask("GET", f"/v1/messages/{lost[0]}{path}")
            assert (answer.status, answer.body["error"]["code"]) == (410, "content-lost"), (path, answer.body)
            assert "Send the message again" in answer.body["error"]["hint"]
        for message in kept:
            assert line.ask("GET", f"/v1/messages/{message}").status == 200
        again = line.lodge(declaration("LOST0"))
        assert (again.status, again.body["id"] in lost) == (202, False)
        until(lambda: _is_worked_off(restored), "the desk does not get there")
        new = f"/v1/messages/{again.body['id']}"
        until(lambda: line.ask("GET", new).body["proof_state"] == "in-head", "no head is signed over it")
        line.close()
        status = json.loads(cocket("status", "--json", home=restored).stdout)
        troubles = {one["name"]: one["words"] for one in status["checks"] if one["state"] != "well"}
        assert (status["state"], list(troubles)) == ("degraded", ["set-aside"]), troubles
        open_things = _set_aside(restored)
        assert {one["message"] for one in open_things if one["message"]} == set(done["unreadable"])
        assert all(one["code"] == "content-lost" and "send it again" in one["reason"] for one in open_things)
        audited = cocket("ledger", "audit", "--home", str(restored), home=restored)
        assert audited.returncode == 0, audited.stdout + audited.stderr
        closed = cocket("set-aside", "close", "--lost", "--reason", "all were lodged again", home=restored)
        assert (closed.returncode, _set_aside(restored)) == (0, []), closed.stdout + closed.stderr
    verified = cocket("ledger", "verify", str(restored / "log"), home=restored)
    assert verified.returncode == 0, verified.stdout


def _is_worked_off(home: Path) -> bool:
    """Whether the desk has dealt with every message."""
    with psycopg.connect(EmbeddedPostgres(home / "postgres").attach()) as connection:
        newest = connection.execute("select max(idx) from leaf where kind like 'message-%'").fetchone()
        place = connection.execute("select value from place where name = 'desk'").fetchone()
    return newest is not None and place is not None and int(place[0]) >= int(newest[0])


def _set_aside(home: Path) -> list[dict[str, object]]:
    said = cocket("set-aside", "list", "--json", home=home).stdout
    return [json.loads(line) for line in said.splitlines()]


def _status_of(home: Path, original: Path, message: str) -> int:
    """What a sender is answered who asks for a message, once the house took in another."""
    shutil.copyfile(original / "trader.txt", home / "trader.txt")
    with Served(home) as served:
        line = Line(served.address, served.key)
        assert line.lodge(declaration("AFTER")).status == 202
        status = line.ask("GET", f"/v1/messages/{message}").status
        line.close()
    return status


@pytest.fixture(scope="module")
def backed_up(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path, Path]:
    """A home, a backup of it, and its keys."""
    folder = tmp_path_factory.mktemp("backed")
    home = make_home(folder / "home")
    run("partner", "identity", home=home)
    made, _ = run("backup", folder / "backup", "--keys", folder / "safe", home=home)
    return home, Path(str(made["folder"])), folder / "safe"


def refusal(words: list[str], home: Path, **given: object) -> str:
    """What is said when nothing is restored, and nothing left."""
    there = home.exists()
    done = cocket(*words, home=home, **given)
    assert done.returncode == 2, done.stdout + done.stderr
    assert home.exists() == there
    assert not list(home.parent.glob(f".{home.name}.part"))
    return done.stderr


def test_what_is_not_whole_is_named_and_nothing_is_restored(backed_up: tuple[Path, Path, Path], tmp_path: Path) -> None:
    home, backup, keys = backed_up
    damaged = Path(shutil.copytree(backup, tmp_path / "damaged"))
    words, to = ["restore", str(damaged), "--keys", str(keys)], tmp_path / "to"
    file = damaged / "database" / "global" / "pg_control"
    whole = file.read_bytes()
    file.write_bytes(whole[:-1] + bytes([whole[-1] ^ 1]))
    assert "database/global/pg_control was changed" in refusal(words, to)
    file.unlink()
    assert "database/global/pg_control is missing" in refusal(words, to)
    file.write_bytes(whole)
    manifest = damaged / "manifest.json"
    said = manifest.read_bytes()
    manifest.write_bytes(said.replace(b'"leaves": ', b'"leaves": 1'))
    assert "manifest.json does not match what was sealed" in refusal(words, to)
    manifest.write_bytes(said)
    (damaged / "statement.json").unlink()
    assert "not a finished backup" in refusal(words, to)
    assert "There are no keys in" in refusal(["restore", str(backup), "--keys", str(tmp_path)], to)
    assert "is in use" in refusal(["restore", str(backup), "--keys", str(keys)], home)


def test_keys_of_another_house_and_a_seal_of_another_house_are_refused(
    backed_up: tuple[Path, Path, Path], made_home: Path, tmp_path: Path
) -> None:
    _, backup, keys = backed_up
    other = copy_home(made_home, tmp_path / "other")
    theirs, _ = run("backup", tmp_path / "theirs", "--keys", tmp_path / "their-keys", home=other)
    words = ["restore", str(backup), "--keys", str(tmp_path / "their-keys")]
    assert "to another instance" in refusal(words, tmp_path / "to")
    forged = Path(shutil.copytree(backup, tmp_path / "forged"))
    for name in ("statement.json", "receipt.json", "manifest.json"):
        shutil.copyfile(Path(str(theirs["folder"])) / name, forged / name)
    assert "damaged" in refusal(["restore", str(forged), "--keys", str(keys)], tmp_path / "to")


def test_copies_of_keys_are_encrypted_unless_they_are_asked_for_in_clear(
    backed_up: tuple[Path, Path, Path], tmp_path: Path
) -> None:
    home, *_ = backed_up
    safe, identity, other = tmp_path / "safe", tmp_path / "identity.txt", tmp_path / "other.txt"
    said = refusal(["backup", str(tmp_path / "b"), "--keys", str(safe)], home)
    assert ("backup-identity" in said, safe.exists()) == (True, False), said
    recipient = str(run("backup-identity", identity, home=home)[0]["recipient"])
    assert identity.stat().st_mode & 0o077 == 0
    run("backup-identity", other, home=home)
    assert "File exists" in refusal(["backup-identity", str(identity)], home)
    assert "not a recipient" in refusal(
        ["backup", str(tmp_path / "b"), "--keys", str(safe), "--recipient", "age1x"], home
    )
    made, _ = run("backup", tmp_path / "b", "--keys", safe, "--recipient", recipient, home=home)
    secrets = {file.name: file.read_bytes() for file in (home / "keys").iterdir() if file.is_file()}
    assert "exchange.key" in secrets
    clear = {file.read_bytes() for file in Path(str(made["folder"])).rglob("*") if file.is_file()}
    assert not clear & {content for content in secrets.values() if content}, "no secret is in the backup itself"
    copies = list((safe / "keys").iterdir())
    assert sorted(file.name for file in copies) == sorted(f"{name}.age" for name in secrets)
    [segment] = (safe / "subjects").iterdir()
    assert (segment.name, safe.stat().st_mode & 0o077) == ("00000000.keys.age", 0)
    assert (home / "keys" / "subjects" / "00000000.keys").read_bytes()[:60] not in segment.read_bytes()
    for file in copies:
        assert secrets[file.name.removesuffix(".age")] not in file.read_bytes() or not secrets[file.name[:-4]]
    words = ["restore", str(made["folder"]), "--keys", str(safe)]
    assert "Give the identity file" in refusal(words, tmp_path / "to")
    assert "encrypted to other recipients" in refusal([*words, "--identity", str(other)], tmp_path / "to")
    run(*words, "--identity", identity, home=tmp_path / "to")
    opened = {file.name: file.read_bytes() for file in (tmp_path / "to" / "keys").iterdir() if file.is_file()}
    assert {name: opened[name] for name in ("wrapping.key", "checkpoint.key")} == {
        name: secrets[name] for name in ("wrapping.key", "checkpoint.key")
    }
    assert not list((tmp_path / "to" / "keys").glob("*.age"))


def test_a_missing_piece_of_the_streamed_log_is_named(backed_up: tuple[Path, Path, Path], tmp_path: Path) -> None:
    _, backup, keys = backed_up
    start = first_needed(backup / "database")
    wal = tmp_path / "wal"
    wal.mkdir()
    named = [f"{start.timeline:08X}{0:08X}{start.number + ahead:08X}" for ahead in range(6)]
    for name in (*named[:3], named[5], named[4] + ".partial"):
        (wal / name).touch()
    assert [one.name for one in segments(wal)] == [*named[:3], named[4] + ".partial", named[5]]
    missing = gap(segments(wal), start)
    assert missing is not None
    assert missing.name == named[3]
    assert gap(segments(wal)[:3], start) is None
    words = ["restore", str(backup), "--keys", str(keys), "--wal", str(wal)]
    assert f"The segment {named[3]} of the database's write-ahead log is missing" in refusal(words, tmp_path / "to")


def test_keys_and_backup_never_lie_in_one_folder_nor_in_the_house(home: Path, tmp_path: Path) -> None:
    for target, keys in ((tmp_path / "b", tmp_path / "b" / "keys"), (home / "b", tmp_path / "k")):
        refused = cocket("backup", str(target), "--keys", str(keys), "--keys-in-clear", home=home)
        assert (refused.returncode, "must not be" in refused.stderr) == (2, True), refused.stderr
        assert not target.exists()


def test_a_backup_that_was_cut_off_looks_like_none_and_is_cleared_away(home: Path, tmp_path: Path) -> None:
    folder, keys = tmp_path / "backup", tmp_path / "safe"
    (folder / ".part-1").mkdir(parents=True)
    (folder / ".part-1" / "manifest.json").write_text("{}")
    with Served(home) as served:
        process = subprocess.Popen(
            [*COMMAND, "backup", str(folder), "--keys", str(keys), "--keys-in-clear"],
            env=settings(home),
            stderr=subprocess.DEVNULL,
        )
        until(lambda: any(folder.glob(".part-*/database/PG_VERSION")), "no backup is begun")
        process.kill()
        process.wait()
        assert [one.name for one in folder.iterdir() if not one.name.startswith(".")] == []
        made, _ = run("backup", folder, "--keys", keys, home=home)
        assert [one.name for one in folder.iterdir() if not one.name.startswith(".")] == [
            Path(str(made["folder"])).name
        ]
        assert not list(folder.glob(".part-*"))
        assert served.word()
