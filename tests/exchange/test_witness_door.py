# SPDX-License-Identifier: Apache-2.0
"""The witness over HTTP, with real files: what it answers, and what it still knows after kill -9."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager, nullcontext
from hashlib import sha256
from pathlib import Path
from typing import Any

import httpx
import pytest

from cocket.api.witness import BOUNDS, build_witness
from cocket.errors import CocketError, PartnerError, SettingsError, StoreError
from cocket.exchange.witness_client import WitnessClient
from cocket.ledger import (
    Checkpoint,
    Prover,
    Signer,
    Tree,
    prove_consistency,
    read_checkpoint,
    sign_checkpoint,
    split_note,
)
from cocket.ledger.cosignature import Kind, WitnessKey, find_cosignatures
from cocket.ledger.witnessing import AddCheckpoint, write_request
from cocket.pipeline.ledger.witness import Witness
from cocket.stores.ledger.witness_state import WitnessState
from tests.faults.serving import until
from tests.ledger.logs import ORIGIN, SIGNER, Folder, entries
from tests.simulators.doors import open_door

NAME = "witness.example/w1"


class Log:
    """A log in memory that signs heads."""

    def __init__(self, start: int = 0, signer: Signer = SIGNER) -> None:
        self.tree = Tree()
        self.files: Folder = {}
        self.start, self.signer = start, signer

    def grow(self, size: int) -> bytes:
        self.files |= self.tree.grow(entries(self.start + self.tree.size, self.start + size)).files
        return sign_checkpoint(self.head(), self.signer)

    def head(self) -> Checkpoint:
        return Checkpoint(self.signer.verifier.name, self.tree.size, self.tree.root)

    def request(self, old: int) -> AddCheckpoint:
        size = self.tree.size
        proof = prove_consistency(min(old, size), size, self.files.get)
        return AddCheckpoint(old, tuple(proof), sign_checkpoint(self.head(), self.signer))

    def prove(self, old: int) -> list[bytes]:
        return prove_consistency(old, self.tree.size, self.files.get)


@pytest.fixture
def witness(tmp_path: Path) -> Witness:
    made = Witness(NAME, tmp_path / "witness", tmp_path / "keys", is_new=True)
    made.add_log((SIGNER.verifier.vkey,))
    return made


@pytest.fixture
def url(witness: Witness) -> Iterator[str]:
    with open_door(build_witness(witness), BOUNDS) as port:
        yield f"http://127.0.0.1:{port}"


def keys_of(witness: Witness) -> list[WitnessKey]:
    return [WitnessKey.from_vkey(vkey) for vkey in witness.vkeys]


def post(url: str, request: AddCheckpoint | bytes) -> httpx.Response:
    body = request if isinstance(request, bytes) else write_request(request)
    return httpx.post(f"{url}/add-checkpoint", content=body, trust_env=False)


def test_it_cosigns_with_both_keys_and_shows_what_it_cosigned(witness: Witness, url: str) -> None:
    log, keys = Log(), keys_of(witness)
    assert [key.kind for key in keys] == [Kind.ED25519, Kind.ML_DSA_44]
    with WitnessClient(url, keys) as client:
        for size in (1, 300, 300, 301):
            signatures = client.cosign(ORIGIN, size, log.grow(size), log.prove)
            assert len(find_cosignatures(log.head(), signatures, keys)) == 2
    shown = httpx.get(f"{url}/{sha256(ORIGIN.encode()).hexdigest()}/checkpoint", trust_env=False)
    text, present = split_note(shown.content)
    assert read_checkpoint(text) == log.head()
    assert [one.name for one in present] == [ORIGIN, NAME, NAME]


def test_each_refusal_has_its_status(url: str) -> None:
    log = Log()
    log.grow(5)
    assert post(url, b"hello").status_code == 400
    stranger = Log(signer=Signer.from_bytes("else.example/log", bytes(32)))
    stranger.grow(5)
    assert post(url, stranger.request(0)).status_code == 404
    forged = Log(signer=Signer.from_bytes(ORIGIN, bytes(32)))
    forged.grow(5)
    assert post(url, forged.request(0)).status_code == 403
    assert post(url, AddCheckpoint(6, (), log.request(0).note)).status_code == 400
    assert post(url, log.request(0)).status_code == 200
    log.grow(9)
    stale = post(url, log.request(3))
    assert (stale.status_code, stale.text, stale.headers["content-type"]) == (409, "5\n", "text/x.tlog.size")
    assert post(url, AddCheckpoint(5, (bytes(32),), log.request(0).note)).status_code == 422
    fork = Log(start=1000)
    fork.grow(9)
    assert post(url, fork.request(5)).status_code == 422
    assert post(url, log.request(5)).status_code == 200


def test_what_is_not_asked_for_so_is_refused(url: str) -> None:
    assert httpx.get(f"{url}/add-checkpoint", trust_env=False).status_code == 405
    assert httpx.get(f"{url}/{'0' * 64}/checkpoint", trust_env=False).status_code == 404
    assert httpx.get(f"{url}/..%2Flogs.json/checkpoint", trust_env=False).status_code == 400
    assert post(url, b"x" * (BOUNDS.body_bytes + 1)).status_code == 413


def test_two_roots_of_one_size_are_kept_as_evidence(witness: Witness, url: str) -> None:
    log, fork = Log(), Log(start=1000)
    log.grow(5)
    fork.grow(5)
    assert post(url, log.request(0)).status_code == 200
    assert witness.forks() == ()
    assert post(url, fork.request(5)).status_code == 422
    assert post(url, fork.request(5)).status_code == 422
    [kept] = witness.forks()
    text = Path(kept).read_text("utf-8")
    assert text.count(f"{ORIGIN}\n5\n") == 2


def test_a_log_of_another_year_is_cosigned_where_its_years_are(witness: Witness, url: str) -> None:
    next_year = Log(signer=Signer.from_bytes("customs.example/log/2027", bytes(range(32))))
    next_year.grow(5)
    assert post(url, next_year.request(0)).status_code == 404
    witness.add_log((SIGNER.verifier.vkey,), has_years=True)
    assert post(url, next_year.request(0)).status_code == 200
    thief = Log(signer=Signer.from_bytes("customs.example/log/2028", bytes(32)))
    thief.grow(5)
    assert post(url, thief.request(0)).status_code == 403
    assert {log.origin: log.size for log in witness.logs()} == {ORIGIN: None, "customs.example/log/2027": 5}


def test_a_log_that_changes_its_key_is_known_under_both(witness: Witness, url: str) -> None:
    log = Log()
    log.grow(5)
    assert post(url, log.request(0)).status_code == 200
    log.signer = Signer.from_bytes(ORIGIN, bytes([7]) * 32)
    log.grow(9)
    assert post(url, log.request(5)).status_code == 403
    witness.add_log((log.signer.verifier.vkey,))
    assert post(url, log.request(5)).status_code == 200


def test_a_disk_that_refuses_gets_nobody_a_cosignature(
    witness: Witness, url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    log = Log()
    log.grow(5)

    def refuse(*_: object) -> None:
        raise StoreError("The disk is full.")

    with monkeypatch.context() as patch:
        patch.setattr(WitnessState, "keep_head", refuse)
        answer = post(url, log.request(0))
    assert (answer.status_code, answer.headers["retry-after"]) == (503, "30")
    assert "disk" not in answer.text
    assert post(url, log.request(0)).status_code == 200


def race(witnesses: list[Witness], rounds: int) -> tuple[list[int], list[str]]:
    """Four clients at once, each with heads of its own.

    Returns:
        Sizes in the order in which they were kept, and what went wrong besides.
    """
    kept: list[int] = []
    mishaps: list[str] = []
    real = WitnessState.keep_head
    whole = Log()
    whole.grow(rounds)
    prover = Prover(rounds, whole.files.get)

    def keep(self: WitnessState, name: str, note: bytes) -> None:
        time.sleep(0.002)
        real(self, name, note)
        kept.append(read_checkpoint(split_note(note)[0]).size)

    def submit(witness: Witness, first: int) -> None:
        for size in range(1 + first, rounds + 1, 4):
            note, old = sign_checkpoint(Checkpoint(ORIGIN, size, prover.root(size)), SIGNER), 0
            while old <= size:
                request = AddCheckpoint(old, tuple(prover.consistency(old, size)), note)
                answer = witness.add_checkpoint(write_request(request), 1_795_000_000)
                if answer.status != 409:
                    break
                old = int(answer.body)

    def work(witness: Witness, first: int) -> None:
        try:
            submit(witness, first)
        except CocketError as error:
            mishaps.append(str(error))

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(WitnessState, "keep_head", keep)
        threads = [threading.Thread(target=work, args=(witnesses[n % len(witnesses)], n)) for n in range(4)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(60)
    return kept, mishaps


def test_heads_that_come_at_once_never_roll_it_back(witness: Witness, tmp_path: Path) -> None:
    other = Witness(NAME, tmp_path / "witness", tmp_path / "keys")
    kept, mishaps = race([witness, other], 60)
    assert mishaps == []
    assert len(kept) > 10
    assert kept == sorted(kept)
    assert witness.logs()[0].size == 60


def test_without_its_lock_they_would(witness: Witness, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(WitnessState, "hold", lambda self, origin: nullcontext())
    other = Witness(NAME, tmp_path / "witness", tmp_path / "keys")
    kept, mishaps = race([witness, other], 60)
    assert mishaps or kept != sorted(kept)


_SERVE = """
import os, signal, sys
from pathlib import Path
from cocket.api.witness import run_witness
from cocket.gate import listen
from cocket.pipeline.ledger.witness import Witness
from cocket.stores.ledger.witness_state import WitnessState
home, port, moment = Path(sys.argv[1]), int(sys.argv[2]), sys.argv[3]
real = WitnessState.keep_head
def keep(self, name, note):
    if moment == "before":
        os.kill(os.getpid(), signal.SIGKILL)
    if moment != "forgetful":
        real(self, name, note)
    if moment == "after":
        os.kill(os.getpid(), signal.SIGKILL)
WitnessState.keep_head = keep
run_witness(Witness("witness.example/w1", home / "witness", home / "keys"), listen("127.0.0.1", port))
"""


def _answers(port: int) -> bool:
    try:
        socket.create_connection(("127.0.0.1", port), timeout=1).close()
    except OSError:
        return False
    return True


@contextmanager
def serving(home: Path, moment: str = "never") -> Iterator[tuple[str, subprocess.Popen[Any]]]:
    """A witness in a process of its own, which kills itself at a moment."""
    with closing(socket.create_server(("127.0.0.1", 0))) as free:
        port = free.getsockname()[1]
    process = subprocess.Popen([sys.executable, "-c", _SERVE, str(home), str(port), moment])
    try:
        until(lambda: _answers(port), "the witness does not come up")
        yield f"http://127.0.0.1:{port}", process
    finally:
        process.kill()
        process.wait(60)


def test_killed_between_keeping_and_answering_it_knows_what_it_kept(witness: Witness, tmp_path: Path) -> None:
    log, fork = Log(), Log(start=1000)
    log.grow(5)
    fork.grow(5)
    with serving(tmp_path, "after") as (url, process):
        with pytest.raises(httpx.HTTPError):
            post(url, log.request(0))
        assert process.wait(60) == -signal.SIGKILL
    with serving(tmp_path) as (url, _):
        assert post(url, fork.request(0)).text == "5\n"
        assert post(url, fork.request(5)).status_code == 422
        assert post(url, log.request(0)).text == "5\n"
        assert post(url, log.request(5)).status_code == 200


def test_killed_before_keeping_it_has_told_nobody(witness: Witness, tmp_path: Path) -> None:
    log = Log()
    log.grow(5)
    with serving(tmp_path, "before") as (url, process):
        with pytest.raises(httpx.HTTPError):
            post(url, log.request(0))
        assert process.wait(60) == -signal.SIGKILL
    with serving(tmp_path) as (url, _):
        assert post(url, log.request(0)).status_code == 200


def test_killed_again_and_again_it_never_forgets_what_it_answered(witness: Witness, tmp_path: Path) -> None:
    log, keys, answered = Log(), keys_of(witness), 0
    for kill in range(4):
        with serving(tmp_path) as (url, process), WitnessClient(url, keys, timeout_seconds=5) as client:
            killer = threading.Timer(0.02 + 0.07 * kill, os.kill, (process.pid, signal.SIGKILL))
            with pytest.raises(PartnerError):
                while True:
                    size = log.tree.size + 1
                    client.cosign(ORIGIN, size, log.grow(size), log.prove)
                    answered = size
                    if killer.ident is None:  # the first answer of each life may take its time
                        killer.start()
        known = witness.logs()[0].size
        assert answered <= (known or 0) <= log.tree.size
    assert answered > 4


def test_a_witness_that_answers_before_it_keeps_is_found_out(witness: Witness, tmp_path: Path) -> None:
    log, fork = Log(), Log(start=1000)
    log.grow(5)
    fork.grow(5)
    with serving(tmp_path, "forgetful") as (url, _):
        assert post(url, log.request(0)).status_code == 200
    with serving(tmp_path) as (url, _):
        assert post(url, fork.request(0)).status_code == 200, "it has cosigned two histories"


def test_its_keys_are_its_own_and_kept_from_others(witness: Witness, tmp_path: Path) -> None:
    again = Witness(NAME, tmp_path / "witness", tmp_path / "keys", is_new=True)
    assert again.vkeys == witness.vkeys
    (tmp_path / "keys" / "witness.key").chmod(0o644)
    with pytest.raises(SettingsError, match="read by others"):
        Witness(NAME, tmp_path / "witness", tmp_path / "keys")
    with pytest.raises(SettingsError, match="missing"):
        Witness(NAME, tmp_path / "witness", tmp_path / "none")


class _Answers(httpx.BaseTransport):
    def __init__(self, *answers: httpx.Response) -> None:
        self.answers = list(answers)

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        return self.answers.pop(0)


@pytest.mark.parametrize(
    ("answers", "code"),
    [
        ([httpx.Response(500, text="oh\nno")], "witness-refused"),
        ([httpx.Response(409, text="seven\n")], "witness-answer"),
        ([httpx.Response(409, text="99\n")], "witness-ahead"),
        ([httpx.Response(409, text="3\n"), httpx.Response(409, text="4\n")], "witness-refused"),
        ([httpx.Response(200, text="ok\n")], "witness-answer"),
        ([httpx.Response(200, content=b"x" * 100_000)], "witness-answer"),
    ],
)
def test_a_witness_that_misbehaves_is_a_partners_fault(
    witness: Witness, answers: list[httpx.Response], code: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    log = Log()
    note = log.grow(5)
    with WitnessClient("http://witness.example", keys_of(witness)) as client:
        client._client = httpx.Client(transport=_Answers(*answers), base_url="http://witness.example")
        with pytest.raises(PartnerError) as caught:
            client.cosign(ORIGIN, 5, note, log.prove)
    assert caught.value.code == code


def test_a_witness_that_is_not_there_is_a_partners_fault(witness: Witness) -> None:
    log = Log()
    with closing(socket.create_server(("127.0.0.1", 0))) as free:
        port = free.getsockname()[1]
    with (
        WitnessClient(f"http://127.0.0.1:{port}", keys_of(witness)) as client,
        pytest.raises(PartnerError, match="does not answer"),
    ):
        client.cosign(ORIGIN, 5, log.grow(5), log.prove)
