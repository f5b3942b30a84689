# SPDX-License-Identifier: Apache-2.0
"""`cocket ledger`, as a user calls it."""

from __future__ import annotations

import json
import os
from itertools import count
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from cocket.cli.base import log_folders
from cocket.cli.commands import receipt
from cocket.cli.commands.ledger import verify as command
from cocket.ledger import CHECKPOINT_FILE, Signer, Tree
from tests.ledger.logs import ORIGIN, SIGNER, Folder, entries, grown

VKEY = SIGNER.verifier.vkey


def _write(folder: Path, files: Folder) -> Path:
    for path, data in files.items():
        (folder / path).parent.mkdir(parents=True, exist_ok=True)
        (folder / path).write_bytes(data)
    return folder


@pytest.fixture
def log(tmp_path: Path) -> Path:
    """A log folder that published checkpoints at 40 and 300."""
    return _write(tmp_path / "log", grown([40, 300]))


def _run(*arguments: str | Path | int) -> Result:
    return CliRunner().invoke(command.app, list(map(str, arguments)))


def _said(result: Result) -> dict[str, object]:
    [line] = result.stdout.splitlines()
    said = json.loads(line)
    assert isinstance(said, dict)
    return said


def test_a_sound_log_holds_and_the_folders_own_key_is_told(log: Path) -> None:
    result = _run("verify", log)
    assert result.exit_code == 0
    assert f"{ORIGIN}: 300 entries" in result.stdout
    assert "Every file agrees with the signed checkpoint." in result.stdout
    assert "not whose it is" in result.stdout


@pytest.mark.parametrize("as_file", [False, True])
def test_a_key_from_elsewhere_is_a_line_or_a_file(log: Path, tmp_path: Path, as_file: bool) -> None:
    (tmp_path / "log.vkey").write_text(f"{VKEY}\n")
    result = _run("verify", log, "--key", tmp_path / "log.vkey" if as_file else VKEY)
    assert result.exit_code == 0
    assert "note" not in result.stdout


def test_the_log_of_another_key_does_not_hold(log: Path) -> None:
    stranger = Signer.from_bytes(ORIGIN, bytes(32)).verifier.vkey
    result = _run("verify", log, "--key", stranger)
    assert result.exit_code == 1
    assert "key.vkey" in result.stdout


def test_a_changed_byte_is_named_with_entry_and_place(log: Path) -> None:
    bundle = log / "tile/entries/001.p/44"
    data = bytearray(bundle.read_bytes())
    data[100] ^= 1
    bundle.write_bytes(bytes(data))
    result = _run("verify", log)
    assert result.exit_code == 1
    assert "altered    tile/entries/001.p/44 (entry 257, byte 65)" in result.stdout
    assert "The log is not valid: 1 of its files" in result.stdout
    said = _said(_run("verify", log, "--json"))
    assert said["holds"] is False
    assert said["problems"] == [
        {
            "file": "tile/entries/001.p/44",
            "code": "altered",
            "message": "Entry 257 differs from that of the tree.",
            "entry": 257,
            "offset": 65,
        }
    ]


def test_json_is_one_line_with_the_whole_verdict(log: Path) -> None:
    said = _said(_run("verify", log, "--key", VKEY, "--json"))
    assert (said["log"], said["holds"], said["origin"], said["size"]) == (str(log), True, ORIGIN, 300)
    assert (said["problems"], said["ahead"], said["older"], said["notes"]) == ([], [], [], [])
    assert said["root"] == (log / CHECKPOINT_FILE).read_text().split("\n")[2]


def test_files_ahead_of_the_checkpoint_are_told_and_the_log_holds(log: Path) -> None:
    _write(log, Tree.resume(300, grown([300]).get).grow(entries(300, 310)).files)
    result = _run("verify", log)
    assert result.exit_code == 0
    assert "2 files extend the log beyond the checkpoint" in result.stdout


@pytest.mark.parametrize("kind", ["file", "link to a file", "link to a folder", "link to nothing", "pipe"])
def test_a_stranger_in_the_folder_is_named_whatever_it_is(log: Path, kind: str) -> None:
    stranger = log / "tile/0/notes"
    if kind == "file":
        stranger.write_text("")
    elif kind == "pipe":
        os.mkfifo(stranger)
    else:
        targets = {"link to a file": log / "checkpoint", "link to a folder": log, "link to nothing": log / "gone"}
        stranger.symlink_to(targets[kind])
    result = _run("verify", log)
    assert result.exit_code == 1
    assert "unexpected tile/0/notes" in result.stdout


def test_a_file_name_that_is_not_utf_8_survives_json(log: Path) -> None:
    (log / os.fsdecode(b"str\xffay")).write_text("")
    assert b'"file":"str\xffay"' in _run("verify", log, "--json").stdout_bytes
    assert r"str\xffay" in _run("verify", log).stdout


def test_a_log_that_is_written_while_it_is_read_is_read_again(log: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The book publishes, and removes what that outdates, between our first look and our second."""
    read = log_folders.read_below
    looks = count(1)

    def slow(folder: Path, path: str) -> bytes | None:
        data = read(folder, path)
        if path == CHECKPOINT_FILE and next(looks) == 2:
            _outdate(log)
        return data

    monkeypatch.setattr(log_folders, "read_below", slow)
    result = _run("verify", log)
    assert result.exit_code == 0
    assert f"{ORIGIN}: 600 entries" in result.stdout


def _outdate(log: Path) -> None:
    for path in [path for path in log.rglob("*") if path.is_file()]:
        path.unlink()
    _write(log, grown([40, 300, 600]))


def test_a_proof_is_shown_with_its_path_and_root(log: Path) -> None:
    result = _run("prove", log, 299)
    assert result.exit_code == 0
    assert f"Entry 299 of 300 is in {ORIGIN}." in result.stdout
    assert result.stdout.count("\n") == 4 + 5


def test_a_proof_as_json_is_what_receipt_verify_reads(log: Path, tmp_path: Path) -> None:
    proof = tmp_path / "299.proof.json"
    proof.write_text(_run("prove", log, 299, "--json").stdout)
    result = CliRunner().invoke(receipt.app, ["verify", str(proof), "--key", str(log / "key.vkey"), "--json"])
    assert result.exit_code == 0
    assert _said(result)["holds"] is True


def test_a_proof_over_a_broken_tile_is_not_shown(log: Path) -> None:
    tile = log / "tile/0/000"
    tile.write_bytes(tile.read_bytes()[::-1])
    result = _run("prove", log, 3, "--json")
    assert (result.exit_code, result.stdout) == (1, "")
    assert result.stderr


def test_a_proof_over_a_missing_tile_names_it(log: Path) -> None:
    (log / "tile/0/000").unlink()
    result = _run("prove", log, 3)
    assert result.exit_code == 1
    assert "tile/0/000 is missing" in result.stderr


@pytest.mark.parametrize(
    "arguments",
    [
        ["verify"],
        ["verify", "absent"],
        ["verify", "LOG/checkpoint"],
        ["verify", "LOG", "--key", "absent"],
        ["verify", "LOG", "--key", "LOG/checkpoint"],
        ["prove", "absent", "0"],
        ["prove", "LOG"],
        ["prove", "LOG", "300"],
        ["prove", "LOG", "many"],
    ],
)
def test_wrong_usage_is_one_sentence_and_exit_2(log: Path, arguments: list[str]) -> None:
    result = _run(*(argument.replace("LOG", str(log)) for argument in arguments))
    assert (result.exit_code, result.stdout) == (2, "")
    assert result.stderr
    assert "Traceback" not in result.stderr


def test_a_folder_without_a_log_does_not_hold_and_proves_nothing(tmp_path: Path) -> None:
    assert _run("verify", tmp_path).exit_code == 1
    assert _run("prove", tmp_path, 0).exit_code == 1


def test_of_several_keys_the_one_of_the_logs_name_is_for_it(log: Path, tmp_path: Path) -> None:
    other = Signer.from_bytes("customs.example/log/2027", bytes(32)).verifier.vkey
    (tmp_path / "two").write_text(f"{other}\n{VKEY}\n")
    assert _run("verify", log, "--key", tmp_path / "two").exit_code == 0
    (tmp_path / "two").write_text(f"{other}\n{Signer.from_bytes(ORIGIN, bytes(32)).verifier.vkey}\n")
    assert _run("verify", log, "--key", tmp_path / "two").exit_code == 1


@pytest.mark.parametrize("words", [["--help"], ["verify", "--help"], ["prove", "--help"]])
def test_help_shows_examples_or_commands(words: list[str]) -> None:
    result = _run(*words)
    assert result.exit_code == 0
    assert "Examples" in result.stdout or "prove" in result.stdout
