# SPDX-License-Identifier: Apache-2.0
"""Go's own `sumdb/tlog` and `note`, whose code is not ours, verify our `.tlog-proof`; the program is built offline.

Debian packages: golang-go, golang-golang-x-mod-dev.
"""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from cocket.ledger import Signer
from cocket.ledger.tlog_proof import write_tlog_proof
from tests.ledger.logs import ORIGIN, entry
from tests.ledger.proofs import BLIND, BOTH, NOTE_ONLY, VKEY, both_signed
from tests.ledger.test_receipt import LEAF

SOURCE = Path(__file__).resolve().parents[1] / "peers" / "go" / "verify-tlog-proof" / "main.go"
MODULES = Path("/usr/share/gocode")

Verify = Callable[..., subprocess.CompletedProcess[str]]


@pytest.fixture(scope="module")
def verify(tmp_path_factory: pytest.TempPathFactory) -> Verify:
    """The verifier, built."""
    go = shutil.which("go")
    if go is None or not (MODULES / "src/golang.org/x/mod/sumdb/tlog").is_dir():
        pytest.skip("Go or its x/mod is not installed (Debian: golang-go golang-golang-x-mod-dev)")
    folder = tmp_path_factory.mktemp("go")
    offline = {"GOPATH": str(MODULES), "GO111MODULE": "off", "GOPROXY": "off", "GOFLAGS": "", "GOTOOLCHAIN": "local"}
    environment = os.environ | offline | {"GOCACHE": str(folder / "cache")}
    program = folder / "verify"
    subprocess.run([go, "build", "-o", str(program), str(SOURCE)], env=environment, check=True, timeout=240)

    def verified(proof: bytes, leaf: bytes = LEAF.entry, vkey: str = VKEY) -> subprocess.CompletedProcess[str]:
        command = [str(program), vkey, leaf.decode()]
        answer = subprocess.run(command, input=proof, capture_output=True, timeout=60, check=False)
        return subprocess.CompletedProcess(command, answer.returncode, answer.stdout.decode(), answer.stderr.decode())

    return verified


def test_it_verifies_ours_whoever_signed_besides(verify: Verify) -> None:
    for proof in (BOTH, BLIND, NOTE_ONLY):
        answer = verify(write_tlog_proof(proof))
        assert (answer.returncode, answer.stdout.strip()) == (0, "555"), answer.stderr
    for size in (1, 2, 3, 100, 256, 257):
        assert verify(write_tlog_proof(both_signed(LEAF, size // 2, size))).returncode == 0


def test_it_refuses_another_entry_key_or_path(verify: Verify) -> None:
    text = write_tlog_proof(BOTH)
    assert verify(text, entry(300)).returncode == 1
    assert verify(text, vkey=Signer.from_bytes(ORIGIN, bytes(32)).verifier.vkey).returncode == 1
    lines = text.split(b"\n")
    lines[3], lines[4] = lines[4], lines[3]
    assert verify(b"\n".join(lines)).returncode == 1
    assert verify(text.replace(b"\n555\n", b"\n556\n")).returncode == 1
