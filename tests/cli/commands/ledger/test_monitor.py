# SPDX-License-Identifier: Apache-2.0
"""`cocket ledger monitor` and `convict`, as a user calls them, over folders and over HTTP."""

from __future__ import annotations

import http.server
import json
import threading
from collections.abc import Iterator
from functools import partial
from pathlib import Path
from typing import Any

import pytest
import typer
from typer.testing import CliRunner, Result

from cocket.cli.commands.ledger import monitor as command
from cocket.errors import PartnerError, SettingsError, StoreError
from cocket.exchange.watch_files import WatchFiles, read_watched, watch_folder
from cocket.ledger import CHECKPOINT_FILE, Checkpoint, Signer, Tree
from cocket.ledger.cosignature import Cosigner, Kind
from cocket.ledger.witnessing import add_signatures
from tests.ledger.logs import ORIGIN, SIGNER, Folder, entries, grown
from tests.ledger.test_monitoring import rewritten

VKEY = SIGNER.verifier.vkey

app = typer.Typer(pretty_exceptions_enable=False)
app.command("monitor")(command.monitor)
app.command("convict")(command.convict_command)


@pytest.fixture(autouse=True)
def no_pause(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(command, "_PAUSE_SECONDS", 0.0)


def write(folder: Path, files: Folder) -> Path:
    for path in sorted(folder.rglob("*"), reverse=True):
        path.unlink() if path.is_file() else path.rmdir()
    for name, data in files.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_bytes(data)
    return folder


@pytest.fixture
def log(tmp_path: Path) -> Path:
    return write(tmp_path / "log", grown([40, 300]))


def run(*arguments: str | Path) -> Result:
    return CliRunner().invoke(app, list(map(str, arguments)))


def look(place: str | Path, state: Path, *more: str | Path) -> tuple[int, dict[str, Any]]:
    result = run("monitor", place, "--once", "--json", "--state", state, *more)
    [line] = result.stdout.splitlines()
    return result.exit_code, json.loads(line)


def test_a_log_that_grows_is_well(log: Path, tmp_path: Path) -> None:
    state = tmp_path / "peer.json"
    code, said = look(log, state, "--key", VKEY)
    assert (code, said["origin"], said["size"], said["alarms"]) == (0, ORIGIN, 300, [])
    write(log, grown([40, 300, 700]))
    code, said = look(log, state)
    assert (code, said["size"]) == (0, 700)
    assert (tmp_path / "peer.json.leaves").stat().st_size == 700 * 32
    assert not (tmp_path / "peer.json.alarms").exists()


def test_it_says_so_in_words(log: Path, tmp_path: Path) -> None:
    result = run("monitor", log, "--once", "--state", tmp_path / "peer.json")
    assert result.exit_code == 0
    assert f"{ORIGIN}: 300 entries" in result.stdout
    assert "one history" in result.stdout
    assert "taken from the log itself" in result.stderr


def test_a_fork_is_kept_as_a_file_that_convicts_by_itself(log: Path, tmp_path: Path) -> None:
    state = tmp_path / "peer.json"
    look(log, state, "--key", VKEY)
    write(log, rewritten([350], 17))
    code, said = look(log, state)
    assert code == 1
    [alarm] = said["alarms"]
    assert (alarm["kind"], alarm["entry"]) == ("fork", 17)
    kept = json.loads(Path(alarm["kept"]).read_bytes())
    assert kept["before"].startswith(f"{ORIGIN}\n300\n")
    assert kept["shown"].startswith(f"{ORIGIN}\n350\n")
    result = run("convict", alarm["kept"], "--key", VKEY)
    assert (result.exit_code, "whose first 300 differ from" in result.stdout) == (0, True)
    other = Signer.from_bytes(ORIGIN, bytes(32)).verifier.vkey
    assert run("convict", alarm["kept"], "--key", other).exit_code == 1

    assert look(log, state)[0] == 1
    assert len(list((tmp_path / "peer.json.alarms").iterdir())) == 1, "the same alarm is kept once"


def test_an_alarm_is_told_in_words(log: Path, tmp_path: Path) -> None:
    data = bytearray((log / "tile/entries/000").read_bytes())
    data[5] ^= 1
    (log / "tile/entries/000").write_bytes(bytes(data))
    result = run("monitor", log, "--once", "--state", tmp_path / "peer.json")
    assert result.exit_code == 1
    assert "altered" in result.stdout
    assert "tile/entries/000 (entry 0)" in result.stdout
    kept = next((tmp_path / "peer.json.alarms").iterdir())
    assert run("convict", kept, "--key", VKEY).exit_code == 1, "a damaged file is no second history"


def test_an_old_file_that_was_damaged_is_found_unless_only_new_ones_are_read(log: Path, tmp_path: Path) -> None:
    state = tmp_path / "peer.json"
    look(log, state)
    data = bytearray((log / "tile/entries/000").read_bytes())
    data[-1] ^= 1
    (log / "tile/entries/000").write_bytes(bytes(data))
    assert look(log, state, "--new-only")[0] == 0
    assert look(log, state)[0] == 1


def test_a_rollback_is_an_alarm(log: Path, tmp_path: Path) -> None:
    state = tmp_path / "peer.json"
    look(log, state)
    write(log, grown([40]))
    code, said = look(log, state)
    assert (code, said["alarms"][0]["kind"]) == (1, "rollback")


def test_another_key_than_the_one_given_is_refused(log: Path, tmp_path: Path) -> None:
    other = Signer.from_bytes(ORIGIN, bytes(32)).verifier.vkey
    with pytest.raises(SettingsError, match="not the one that was given"):
        CliRunner().invoke(
            app, ["monitor", str(log), "--once", "--state", str(tmp_path / "p"), "--key", other], catch_exceptions=False
        )


def test_the_key_seen_first_stays_the_key(log: Path, tmp_path: Path) -> None:
    state = tmp_path / "peer.json"
    look(log, state)
    write(log, grown([40, 300], Signer.from_bytes(ORIGIN, bytes(32))))
    code, said = look(log, state)
    assert (code, said["alarms"][0]["kind"]) == (1, "signature")


def test_a_policy_says_how_well_it_is_witnessed(log: Path, tmp_path: Path) -> None:
    witness = Cosigner("w.example", Kind.ED25519, bytes(32))
    policy = tmp_path / "peer.policy"
    policy.write_text(f"witness w {witness.key.vkey}\nquorum w\n")
    state = tmp_path / "peer.json"
    code, said = look(log, state, "--policy", policy)
    assert (code, said["witnessed"]) == (0, {"has": [], "of": ["w"], "needed": 1, "holds": False})
    head = Checkpoint(ORIGIN, 300, Tree().grow(entries(0, 300)).root)
    note = (log / CHECKPOINT_FILE).read_bytes()
    (log / CHECKPOINT_FILE).write_bytes(add_signatures(note, [witness.cosign(head, 1_795_000_000)]))
    assert look(log, state, "--policy", policy)[1]["witnessed"]["holds"]
    policy.write_text("banana\n")
    assert isinstance(run("monitor", log, "--once", "--state", state, "--policy", policy).exception, SettingsError)


@pytest.fixture
def url(log: Path) -> Iterator[str]:
    class Quiet(http.server.SimpleHTTPRequestHandler):
        def log_message(self, *_: object) -> None:
            pass

    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), partial(Quiet, directory=str(log))) as server:
        thread = threading.Thread(target=server.serve_forever, daemon=True)
        thread.start()
        yield f"http://127.0.0.1:{server.server_address[1]}"
        server.shutdown()
        thread.join(10)


def test_any_web_server_will_do(url: str, log: Path, tmp_path: Path) -> None:
    state = tmp_path / "peer.json"
    assert look(url, state)[0] == 0
    write(log, rewritten([300], 3))
    code, said = look(f"{url}/", state)
    assert (code, said["alarms"][0]["entry"]) == (1, 3)


def test_a_log_that_cannot_be_reached_is_no_alarm(tmp_path: Path) -> None:
    for place in ("http://127.0.0.1:9", str(tmp_path / "none"), "http://[/"):
        result = run("monitor", place, "--once", "--state", tmp_path / "peer.json")
        assert isinstance(result.exception, PartnerError), result.exception
    assert not (tmp_path / "peer.json").exists()


def test_two_monitors_do_not_share_a_state(log: Path, tmp_path: Path) -> None:
    files = WatchFiles(tmp_path / "peer.json")
    result = run("monitor", log, "--once", "--state", tmp_path / "peer.json")
    assert isinstance(result.exception, SettingsError)
    files.close()
    assert look(log, tmp_path / "peer.json")[0] == 0


@pytest.mark.parametrize("content", [b"", b"{}", b"[]", b"\xff", b'{"vkey":1}'])
def test_a_state_that_is_none_is_refused(log: Path, tmp_path: Path, content: bytes) -> None:
    (tmp_path / "peer.json").write_bytes(content)
    result = run("monitor", log, "--once", "--state", tmp_path / "peer.json")
    assert isinstance(result.exception, StoreError)
    result = run("convict", tmp_path / "peer.json", "--key", VKEY)
    assert isinstance(result.exception, SettingsError)


def test_a_look_that_was_cut_short_is_taken_up_again(log: Path, tmp_path: Path) -> None:
    state = tmp_path / "peer.json"
    look(log, state)
    with (tmp_path / "peer.json.leaves").open("ab") as leaves:
        leaves.write(b"leaves of a look that never ended" * 100)
    write(log, grown([40, 300, 700]))
    assert look(log, state)[0] == 0
    write(log, rewritten([800], 600))
    assert look(log, state)[1]["alarms"][0]["entry"] == 600


def test_without_a_state_it_keeps_what_it_knows_in_the_house(
    log: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COCKET_HOME", str(tmp_path / "home"))
    assert run("monitor", log, "--once").exit_code == 0
    assert run("monitor", log, "--once").exit_code == 0
    [watched] = read_watched(watch_folder(tmp_path / "home"))
    assert (watched.log, watched.alarms, watched.unreadable) == (ORIGIN, (), ())
    assert watched.seen.head is not None
    assert watched.seen.head.size == 300
