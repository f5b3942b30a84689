# SPDX-License-Identifier: Apache-2.0
"""`cocket receipt verify --log` and `cocket ledger convict`, as a sender types them: over folders and over HTTP."""

from __future__ import annotations

import http.server
import json
import threading
from collections.abc import Iterator
from functools import partial
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from cocket.cli import app
from cocket.cli.commands import receipt as command
from cocket.ledger import write_proof
from tests.cli.commands.ledger.test_monitor import write
from tests.ledger.logs import Folder
from tests.ledger.test_broken_promise import LOG_VKEY, log, with_statement
from tests.ledger.test_receipt import CONTENT, PROOF, RECEIPT, VKEY

OTHER: Folder = log([100, 555], b"another leaf")
LATE: Folder = with_statement(log([300]), log([300]))


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """What a sender has: the receipt, the message and both keys in a file."""
    monkeypatch.setattr(command, "_PAUSE_SECONDS", 0.0)
    monkeypatch.chdir(tmp_path)
    Path("receipt.json").write_bytes(write_proof(RECEIPT))
    Path("message.xml").write_bytes(CONTENT)
    Path("customs.vkeys").write_text(f"{VKEY}\n{LOG_VKEY}\n")
    return tmp_path


@pytest.fixture(params=["folder", "http"])
def place(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """Where the log is; its files are in `log`."""
    (tmp_path / "log").mkdir()
    if request.param == "folder":
        yield "log"
        return

    class Quiet(http.server.SimpleHTTPRequestHandler):
        def log_message(self, *_: object) -> None:
            pass

    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), partial(Quiet, directory=str(tmp_path / "log"))) as server:
        thread = threading.Thread(target=server.serve_forever, daemon=True)
        thread.start()
        yield f"http://127.0.0.1:{server.server_address[1]}"
        server.shutdown()
        thread.join(10)


def run(*words: str) -> Result:
    return CliRunner().invoke(app, list(words))


def look(place: str, *more: str) -> Result:
    return run("receipt", "verify", "receipt.json", "--key", "customs.vkeys", "--log", place, *more)


def convicts(file: str, keys: str = "customs.vkeys") -> Result:
    return run("ledger", "convict", file, "--key", keys)


def test_a_promise_that_was_kept_is_said_to_be(place: str) -> None:
    write(Path("log"), log([100, 555]))
    done = look(place, "--message", "message.xml")
    assert done.exit_code == 0, done.output
    assert "passed       promise     Entry 300 of 555 has what was promised." in done.stdout
    assert "The receipt holds, and its promise was kept." in done.stdout
    assert not list(Path().glob("*evidence*"))


@pytest.mark.parametrize("files", [OTHER, LATE], ids=["another leaf", "late"])
def test_a_broken_promise_exits_1_and_leaves_a_file_that_convicts(place: str, files: Folder) -> None:
    write(Path("log"), files)
    done = look(place)
    assert done.exit_code == 1, done.output
    assert "failed       promise" in done.stdout
    assert "What proves it is in receipt.json.evidence.json." in done.stdout
    write(Path("log"), {})  # offline, and the log is gone
    done = convicts("receipt.json.evidence.json")
    assert (done.exit_code, "promised entry 300" in done.stdout) == (0, True), done.output
    for keys in (VKEY, LOG_VKEY):
        assert convicts("receipt.json.evidence.json", keys).exit_code == 1


def test_evidence_goes_where_it_is_asked_to_and_json_names_it(place: str) -> None:
    write(Path("log"), OTHER)
    said = json.loads(look(place, "--evidence", "broken.json", "--json").stdout)
    assert (said["holds"], said["promise"], said["evidence"]) == (False, "broken", "broken.json")
    assert convicts("broken.json").exit_code == 0
    kept = json.loads(Path("broken.json").read_bytes())
    assert (kept["alarm"]["kind"], kept["alarm"]["entry"]) == ("promise", 300)


def test_a_log_that_is_behind_is_not_known_yet_and_exits_3(place: str) -> None:
    write(Path("log"), log([300]))
    done = look(place)
    assert done.exit_code == 3, done.output
    assert "not-checked  promise     Not known yet." in done.stdout
    assert "The receipt holds, and its promise is not known to have been kept yet." in done.stdout
    said = json.loads(look(place, "--json").stdout)
    assert (said["promise"], said["evidence"]) == ("unknown", None)


@pytest.mark.parametrize("place", ["http://127.0.0.1:9", "nowhere", "http://[/", "."])
def test_a_log_that_cannot_be_reached_is_not_known_yet(place: str) -> None:
    done = look(place)
    assert (done.exit_code, "Not known yet" in done.stdout) == (3, True), done.output


def test_a_receipt_that_nobody_signed_convicts_nobody(place: str) -> None:
    write(Path("log"), OTHER)
    Path("receipt.json").write_bytes(write_proof(RECEIPT).replace(b'"index":300', b'"index":301'))
    done = look(place)
    assert (done.exit_code, "not a promise" in done.stdout) == (1, True), done.output
    assert not list(Path().glob("*evidence*"))


def test_a_kept_promise_does_not_make_good_another_message(place: str) -> None:
    write(Path("log"), log([555]))
    Path("message.xml").write_bytes(b"another")
    done = look(place, "--message", "message.xml")
    assert (done.exit_code, "but the receipt does not hold" in done.stdout) == (1, True), done.output


def test_a_proof_needs_no_log() -> None:
    Path("receipt.json").write_bytes(write_proof(PROOF))
    assert look(".").exit_code == 2
