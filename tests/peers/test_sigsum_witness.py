# SPDX-License-Identifier: Apache-2.0
"""`sigsum-witness`, an independent witness in Go, cosigns a log of ours and refuses what it must.

It is of the Debian package `sigsum-go`, and knows logs only by the origin that Sigsum gives them.
"""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import time
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path

import httpx
import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from cocket.errors import PartnerError
from cocket.exchange.witness_client import WitnessClient
from cocket.ledger import Checkpoint, Prover, Signer, Tree, prove_consistency, sign_checkpoint
from cocket.ledger.cosignature import Kind, WitnessKey, find_cosignatures
from cocket.ledger.witnessing import AddCheckpoint, write_request
from tests.ledger.logs import Folder, entries

BINARY = shutil.which("sigsum-witness")
pytestmark = pytest.mark.skipif(BINARY is None, reason="sigsum-witness is not installed (Debian package sigsum-go)")

LOG_KEY = Ed25519PrivateKey.from_private_bytes(bytes(range(32)))
WITNESS_KEY = Ed25519PrivateKey.from_private_bytes(bytes(range(32, 64)))
ORIGIN = f"sigsum.org/v1/tree/{sha256(LOG_KEY.public_key().public_bytes_raw()).hexdigest()}"
SIGNER = Signer.from_bytes(ORIGIN, LOG_KEY.private_bytes_raw())


@dataclass(frozen=True)
class Peer:
    """A running witness."""

    url: str
    key: WitnessKey

    def client(self) -> WitnessClient:
        return WitnessClient(self.url, [self.key])

    def post(self, request: AddCheckpoint) -> httpx.Response:
        return httpx.post(f"{self.url}/add-checkpoint", content=write_request(request), trust_env=False)


class Log:
    """A log of ours in memory, with every head it signed."""

    def __init__(self, start: int = 0) -> None:
        self.tree = Tree()
        self.files: Folder = {}
        self.start = start

    def grow(self, size: int) -> bytes:
        growth = self.tree.grow(entries(self.start + self.tree.size, self.start + size))
        self.files |= growth.files
        return sign_checkpoint(self.head(), SIGNER)

    def head(self) -> Checkpoint:
        return Checkpoint(ORIGIN, self.tree.size, self.tree.root)

    def prove(self, old: int) -> list[bytes]:
        return prove_consistency(old, self.tree.size, self.files.get)


def _write_key(path: Path, key: Ed25519PrivateKey) -> Path:
    path.write_bytes(
        key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.OpenSSH, serialization.NoEncryption())
    )
    path.chmod(0o600)
    public = key.public_key().public_bytes(serialization.Encoding.OpenSSH, serialization.PublicFormat.OpenSSH)
    path.with_suffix(".pub").write_bytes(public + b"\n")
    return path


@pytest.fixture
def peer(tmp_path: Path) -> Iterator[Peer]:
    """A fresh `sigsum-witness` that knows our log."""
    log, witness = _write_key(tmp_path / "log", LOG_KEY), _write_key(tmp_path / "witness", WITNESS_KEY)
    with closing(socket.create_server(("127.0.0.1", 0))) as free:
        port = free.getsockname()[1]
    arguments = ["-k", witness, "--log-key", log.with_suffix(".pub"), "--state-file", tmp_path / "state"]
    # As packaged it is built for Go's older routing, in which none of its addresses exists.
    running = subprocess.Popen(
        [str(BINARY), *map(str, arguments), f"127.0.0.1:{port}"],
        env={**os.environ, "GODEBUG": "httpmuxgo121=0"},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
    )
    try:
        _wait_for(port, running)
        yield Peer(f"http://127.0.0.1:{port}", _key_of(tmp_path))
    finally:
        running.terminate()
        running.communicate(timeout=10)


def _key_of(folder: Path) -> WitnessKey:
    """The key under the name that sigsum-witness gives itself: `sigsum.org/v1/witness/` and the hash of its key."""
    public = WITNESS_KEY.public_key().public_bytes_raw()
    return WitnessKey(f"sigsum.org/v1/witness/{sha256(public).hexdigest()}", Kind.ED25519, public)


def _wait_for(port: int, running: subprocess.Popen[bytes]) -> None:
    for _ in range(1200):
        if running.poll() is not None:
            pytest.fail(f"sigsum-witness ended: {running.communicate()[1].decode()}")
        try:
            socket.create_connection(("127.0.0.1", port), timeout=1).close()
            return
        except OSError:
            time.sleep(0.05)
    pytest.fail("sigsum-witness does not listen")


def test_it_cosigns_head_after_head(peer: Peer) -> None:
    log = Log()
    with peer.client() as client:
        for size in (1, 7, 256, 300, 300):
            note = log.grow(size)
            signatures = client.cosign(ORIGIN, size, note, log.prove)
            [cosignature] = find_cosignatures(log.head(), signatures, [peer.key])
            assert abs(cosignature.time - time.time()) < 600


def test_a_client_that_knows_nothing_goes_on_from_the_size_it_is_told(peer: Peer) -> None:
    log = Log()
    with peer.client() as client:
        client.cosign(ORIGIN, 5, log.grow(5), log.prove)
    with peer.client() as client:
        assert client.cosign(ORIGIN, 9, log.grow(9), log.prove)


def test_it_answers_409_with_its_size_to_a_stale_size(peer: Peer) -> None:
    log = Log()
    with peer.client() as client:
        client.cosign(ORIGIN, 5, log.grow(5), log.prove)
    note = log.grow(9)
    answer = peer.post(AddCheckpoint(3, tuple(log.prove(3)), note))
    assert (answer.status_code, answer.text) == (409, "5\n")


def test_it_refuses_a_bad_proof(peer: Peer) -> None:
    log = Log()
    with peer.client() as client:
        client.cosign(ORIGIN, 5, log.grow(5), log.prove)
    note = log.grow(9)
    good = log.prove(5)
    bad = (bytes(32), *good[1:])
    assert peer.post(AddCheckpoint(5, bad, note)).status_code == 422
    assert peer.post(AddCheckpoint(5, tuple(good), note)).status_code == 200


def test_it_refuses_a_fork(peer: Peer) -> None:
    log, other = Log(), Log(start=1000)
    with peer.client() as client:
        client.cosign(ORIGIN, 5, log.grow(5), log.prove)
        note = other.grow(9)
        with pytest.raises(PartnerError, match="422"):
            client.cosign(ORIGIN, 9, note, other.prove)


def test_it_refuses_another_logs_head(peer: Peer) -> None:
    log = Log()
    log.grow(5)
    stranger = Signer.from_bytes(ORIGIN, bytes(32))
    note = sign_checkpoint(log.head(), stranger)
    assert peer.post(AddCheckpoint(0, (), note)).status_code == 403
    assert Prover(5, log.files.get).root() == log.tree.root
