# SPDX-License-Identifier: Apache-2.0
"""Houses of an earlier version, with all keys in one file, and houses that lost a segment of them."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import psycopg
import pytest

from cocket.pipeline.operations.key_copies import make_identity, put_copy
from cocket.stores import read_keys
from cocket.stores.base.key_segments import SEGMENT_SLOTS, KeyFolder
from cocket.stores.base.subject_keys import SubjectKeys
from cocket.stores.postgres.server import EmbeddedPostgres
from tests.faults.lodging import Line
from tests.faults.serving import Served, cocket, make_home, until
from tests.faults.test_backups import run
from tests.messages import declaration

pytestmark = pytest.mark.soak


def in_one_file(folder: Path, file: Path) -> bytes:
    """Put segments into one file, as an earlier version kept them; what is in it."""
    data = b"".join(one.read_bytes() for one in sorted(folder.glob("*.keys")))
    shutil.rmtree(folder)
    file.write_bytes(data)
    file.chmod(0o600)
    return data


def lodged(home: Path, reference: str) -> str:
    """A message that a served house took in."""
    with Served(home) as served:
        line = Line(served.address, served.key)
        answer = line.lodge(declaration(reference))
        line.close()
    assert answer.status == 202
    return str(answer.body["id"])


def asked(home: Path, *messages: str) -> list[int]:
    """What a served house answers who asks for the content of messages."""
    with Served(home) as served:
        line = Line(served.address, served.key)
        found = [line.ask("GET", f"/v1/messages/{one}/content").status for one in messages]
        line.close()
    return found


def found_by_doctor(home: Path) -> dict[str, str]:
    """What is not well with the keys of sealed things: sentence → state."""
    said = [json.loads(line) for line in cocket("doctor", "--json", home=home).stdout.splitlines()]
    return {one["said"]: one["state"] for one in said if one["check"] == "subject keys" and one["state"] != "good"}


def test_the_one_file_of_an_earlier_version_is_moved_once_and_not_while_another_works(tmp_path: Path) -> None:
    home = make_home(tmp_path / "home")
    message = lodged(home, "OLD")
    folder, file = home / "keys" / "subjects", home / "keys" / "subjects.keys"
    data = in_one_file(folder, file)
    assert list(found_by_doctor(home).values()) == ["warning"]
    with EmbeddedPostgres(home / "postgres") as server, psycopg.connect(server.dsn, application_name="cocket 0001"):
        refused = cocket("key", "add", "other", "--role", "trader", "--sender", "OTHER", home=home)
    assert (refused.returncode, "Stop every Cocket of this instance" in refused.stderr) == (2, True), refused.stderr
    assert (file.read_bytes(), folder.exists()) == (data, False)
    assert asked(home, message) == [200]
    assert (file.exists(), [one.name for one in folder.glob("*.keys")]) == (False, ["00000000.keys"])
    assert found_by_doctor(home) == {}
    assert lodged(home, "NEW") != message


@pytest.mark.parametrize("is_encrypted", [False, True])
def test_a_backup_of_an_earlier_version_is_restored(tmp_path: Path, is_encrypted: bool) -> None:
    home, safe, identity = make_home(tmp_path / "home"), tmp_path / "safe", tmp_path / "identity.txt"
    message = lodged(home, "OLD")
    to_me = {"backup_keys_recipients": make_identity(identity)} if is_encrypted else {}
    made, _ = run("backup", tmp_path / "backup", "--keys", safe, home=home, **to_me)
    shutil.rmtree(safe / "subjects")
    (safe / "subjects.json").unlink()
    (safe / ".keys.lock").unlink()
    shutil.copytree(home / "keys" / "subjects", tmp_path / "subjects")
    in_one_file(tmp_path / "subjects", tmp_path / "subjects.keys")
    put_copy(tmp_path / "subjects.keys", safe / "keys" / "subjects.keys", list(to_me.values()))
    listed = json.loads((safe / "keys.json").read_bytes())
    listed["files"][f"keys/subjects.keys{'.age' if is_encrypted else ''}"] = {"size": 1, "sha256": "as it began"}
    (safe / "keys.json").write_text(json.dumps(listed))

    restored = tmp_path / "restored"
    given = ["--identity", identity] if is_encrypted else []
    done, _ = run("restore", made["folder"], "--keys", safe, *given, home=restored)
    assert (done["keyless"], done["key_faults"]) == (0, [])
    assert sorted(one.name for one in (restored / "keys").glob("*subjects*")) == ["subjects"]
    run("restore", "--take-over", "--no-newer-log", home=restored)
    shutil.copyfile(home / "trader.txt", restored / "trader.txt")
    assert asked(restored, message) == [200]


def test_a_lost_segment_costs_its_content_alone_and_is_named_until_it_is_back(tmp_path: Path) -> None:
    home, safe = make_home(tmp_path / "home"), tmp_path / "safe"
    early = lodged(home, "EARLY")
    place = KeyFolder(home / "keys" / "subjects")
    keys = SubjectKeys(place, read_keys(home / "keys", with_checkpoint=False).wrapping)
    while place.slots() <= SEGMENT_SLOTS:  # the next ones are of another segment
        keys.take()
    late = lodged(home, "LATE")
    made, _ = run("backup", tmp_path / "backup", "--keys", safe, home=home)
    assert made["key_faults"] == []
    place.segment(0).unlink()

    with Served(home) as served:
        line = Line(served.address, served.key)
        assert line.ask("GET", f"/v1/messages/{early}").body["error"]["code"] == "subject-key"
        assert line.ask("GET", f"/v1/messages/{late}/content").status == 200
        again = line.lodge(declaration("EARLY"))
        assert (again.status, again.body["error"]["code"]) == (500, "subject-key"), again.body
        new = line.lodge(declaration("NEW"))
        until(lambda: line.ask("GET", f"/v1/messages/{new.body['id']}").body["proof_state"] == "in-head", "no head")
        status = json.loads(cocket("status", "--json", home=home).stdout)
        [said] = [one["words"] for one in status["checks"] if one["name"] == "subject-keys"]
        assert ("00000000.keys is missing" in said, "cannot be decrypted" in said) == (True, True), said
        line.close()
    [(said, state)] = found_by_doctor(home).items()
    assert (state, "leaves, between 0 and" in said) == ("error", True), said
    made, said = run("backup", tmp_path / "again", "--keys", safe, home=home)
    assert "its copy in" in str(made["key_faults"]) and "its copy in" in said
    assert (safe / "subjects" / "00000000.keys").is_file()

    none = Path(shutil.copytree(safe, tmp_path / "none"))
    (none / "subjects" / "00000000.keys").unlink()
    restored = tmp_path / "restored"
    done, said = run("restore", made["folder"], "--keys", none, home=restored, code=1)
    assert (early in done["unreadable"], late in done["unreadable"]) == (True, False), done
    assert "Segment 00000000.keys of the copied keys (0 to 16383) is missing" in said
    assert "cannot be decrypted" in str(done["key_faults"])
    _, said = run("restore", "--take-over", "--no-newer-log", home=restored, code=2)
    assert "keys are missing" in said or "key is missing" in said

    shutil.copyfile(safe / "subjects" / "00000000.keys", place.segment(0))
    place.segment(0).chmod(0o600)
    assert asked(home, early, late) == [200, 200]
    assert found_by_doctor(home) == {}
