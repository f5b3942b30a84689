# SPDX-License-Identifier: Apache-2.0
"""`cocket witness`, as a user calls it."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import httpx
import pytest
from typer.testing import CliRunner, Result

from cocket.cli.commands import witness as command
from cocket.errors import SettingsError
from cocket.exchange.witness_client import WitnessClient
from cocket.ledger import Checkpoint, Signer, Tree, sign_checkpoint
from cocket.ledger.cosignature import WitnessKey
from cocket.pipeline.ledger.witness import Witness
from tests.ledger.logs import ORIGIN, SIGNER, entries

VKEY = SIGNER.verifier.vkey


@pytest.fixture(autouse=True)
def name(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COCKET_WITNESS_NAME", "neighbour.example/witness")


def run(*arguments: str | Path) -> Result:
    return CliRunner().invoke(command.app, list(map(str, arguments)))


def said(*arguments: str | Path) -> dict[str, object]:
    [line] = run(*arguments, "--json").stdout.splitlines()
    found = json.loads(line)
    assert isinstance(found, dict)
    return found


def ask(home: Path, size: int, start: int = 0) -> int:
    tree = Tree()
    tree.grow(entries(start, start + size))
    note = sign_checkpoint(Checkpoint(ORIGIN, size, tree.root), SIGNER)
    witness = Witness("neighbour.example/witness", home / "witness", home / "keys")
    known = witness.logs()[0].size or 0
    return witness.add_checkpoint(f"old {known}\n\n".encode() + note, 1_795_000_000).status


def test_a_log_is_added_and_the_witness_tells_its_keys(tmp_path: Path) -> None:
    result = run("add-log", VKEY, "--home", tmp_path)
    assert result.exit_code == 0
    first, ed25519, ml_dsa = result.stdout.splitlines()
    assert first == f"{ORIGIN} is cosigned."
    assert [WitnessKey.from_vkey(line.strip()).kind.name for line in (ed25519, ml_dsa)] == ["ED25519", "ML_DSA_44"]
    assert said("add-log", VKEY, "--years", "--home", tmp_path)["has_years"] is True


def test_a_log_may_have_several_keys_in_a_file_but_only_one_name(tmp_path: Path) -> None:
    second = Signer.from_bytes(ORIGIN, bytes(32)).verifier.vkey
    other = Signer.from_bytes("else.example/log", bytes(32)).verifier.vkey
    (tmp_path / "keys.txt").write_text(f"{VKEY}\n{second}\n")
    assert said("add-log", tmp_path / "keys.txt", "--home", tmp_path)["vkeys"] == [VKEY, second]
    (tmp_path / "keys.txt").write_text(f"{VKEY}\n{other}\n")
    assert run("add-log", tmp_path / "keys.txt", "--home", tmp_path).exception is not None
    assert run("add-log", "banana", "--home", tmp_path).exit_code == 2


def test_it_says_how_far_each_log_is_cosigned_and_which_has_two_histories(tmp_path: Path) -> None:
    run("add-log", VKEY, "--home", tmp_path)
    assert "never yet" in run("status", "--home", tmp_path).stdout
    assert ask(tmp_path, 5) == 200
    result = run("status", "--home", tmp_path)
    assert (result.exit_code, f"{ORIGIN}: size 5 at 2026-" in result.stdout) == (0, True)
    assert ask(tmp_path, 5, start=1000) == 422
    result = run("status", "--home", tmp_path)
    assert (result.exit_code, "two histories" in result.stdout) == (1, True)


def test_how_our_own_head_is_witnessed_is_told_where_the_book_has_said(tmp_path: Path) -> None:
    assert said("status", "--home", tmp_path) == {"witness": [], "logs": [], "forks": [], "own": None}
    view = {"log": ORIGIN, "size": 5, "has": ["w1"], "of": ["w1", "w2"], "needed": 2, "witnesses": [
        {"url": "https://w1.example", "size": 5, "time": 1_795_000_000, "failure": None},
        {"url": "https://w2.example", "size": None, "time": None, "failure": "The witness does not answer."},
    ]}  # fmt: skip
    (tmp_path / "witnessing.json").write_text(json.dumps(view))
    result = run("status", "--home", tmp_path)
    assert result.exit_code == 1
    assert f"{ORIGIN}: size 5 witnessed 1 of 2 (2 needed)" in result.stdout
    assert "https://w2.example: The witness does not answer." in result.stdout
    (tmp_path / "witnessing.json").write_text(json.dumps({**view, "met": int(time.time()) - 60}))
    result = run("status", "--home", tmp_path)
    assert (result.exit_code, "a head last met its quorum at 20" in result.stdout) == (0, True), "the next may yet come"
    (tmp_path / "witnessing.json").write_text(json.dumps({**view, "met": int(time.time()) - 3600}))
    assert run("status", "--home", tmp_path).exit_code == 1


def test_the_word_of_a_witness_on_our_head_is_told_whatever_time_it_states(tmp_path: Path) -> None:
    run("add-log", VKEY, "--home", tmp_path)
    vkey = Witness("neighbour.example/witness", tmp_path / "witness", tmp_path / "keys").vkeys[0]
    cosignatures = [{"vkey": vkey, "time": 1_795_000_000}, {"vkey": vkey, "time": 2**62}]
    view = {"log": ORIGIN, "size": 5, "has": ["w"], "of": ["w"], "needed": 1, "witnesses": []}
    (tmp_path / "witnessing.json").write_text(json.dumps({**view, "cosignatures": cosignatures}))
    result = run("status", "--home", tmp_path)
    assert result.exit_code == 0
    assert "neighbour.example/witness at 2026-11-18T" in result.stdout
    assert f"neighbour.example/witness at second {2**62}" in result.stdout


def test_without_keys_it_does_not_serve(tmp_path: Path) -> None:
    assert isinstance(run("serve", "--home", tmp_path).exception, SettingsError)


def test_it_serves_until_told_to_stop(tmp_path: Path) -> None:
    run("add-log", VKEY, "--home", tmp_path)
    program = "import sys; from cocket.cli.commands.witness import app; app(sys.argv[1:])"
    environment = {**os.environ, "COCKET_WITNESS_PORT": "0"}
    arguments = [sys.executable, "-c", program, "serve", "--home", str(tmp_path)]
    with subprocess.Popen(arguments, env=environment, stderr=subprocess.PIPE, text=True) as serving:
        assert serving.stderr is not None
        url = serving.stderr.readline().split()[-1]
        keys = [WitnessKey.from_vkey(vkey) for vkey in said("status", "--home", tmp_path)["witness"]]  # type: ignore[attr-defined]
        tree = Tree()
        tree.grow(entries(0, 5))
        note = sign_checkpoint(Checkpoint(ORIGIN, 5, tree.root), SIGNER)
        with WitnessClient(url, keys) as client:
            assert len(client.cosign(ORIGIN, 5, note, lambda old: [])) == 2
        assert httpx.get(f"{url}/healthz", trust_env=False).text == "ok\n"
        serving.send_signal(signal.SIGTERM)
        assert serving.wait(30) == 0
