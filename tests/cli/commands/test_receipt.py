# SPDX-License-Identifier: Apache-2.0
"""`cocket receipt verify`, as a user calls it."""

from __future__ import annotations

import json
import os
from pathlib import Path

import msgspec
import pytest
from typer.testing import CliRunner, Result

from cocket.cli.commands.receipt import app
from cocket.ledger import (
    CHECKPOINT_FILE,
    Promise,
    make_receipt,
    prove_leaf,
    seal_leaf,
    write_proof,
)
from tests.ledger.logs import ORIGIN, SIGNER, grown
from tests.ledger.test_receipt import CONTENT, LEAF, OPENING, PROOF, RECEIPT, VKEY

LOG_VKEY = SIGNER.verifier.vkey


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """What a sender has at home: message, receipt, proof and the two public keys."""
    (tmp_path / "message.xml").write_bytes(CONTENT)
    (tmp_path / "receipt.json").write_bytes(write_proof(RECEIPT))
    (tmp_path / "proof.json").write_bytes(write_proof(PROOF))
    (tmp_path / "receipts.vkey").write_text(f"{VKEY}\n")
    (tmp_path / "keys").write_text(f"{VKEY}\n{LOG_VKEY}\n")
    return tmp_path


def _run(folder: Path, *arguments: str) -> Result:
    here = Path.cwd()
    os.chdir(folder)
    try:
        return CliRunner().invoke(app, ["verify", *arguments])
    finally:
        os.chdir(here)


def test_a_receipt_holds_with_its_key_and_message(folder: Path) -> None:
    result = _run(folder, "receipt.json", "--key", "receipts.vkey", "--message", "message.xml")
    assert result.exit_code == 0
    assert "passed       content" in result.stdout
    assert "not-checked  inclusion" in result.stdout
    assert "The receipt holds." in result.stdout


@pytest.mark.parametrize("key", [LOG_VKEY, "keys"])
def test_a_proof_holds_with_the_logs_key_as_a_line_or_in_a_file(folder: Path, key: str) -> None:
    result = _run(folder, "proof.json", "--key", key)
    assert result.exit_code == 0
    assert "The inclusion proof holds." in result.stdout


def test_json_is_one_line_with_every_check(folder: Path) -> None:
    result = _run(folder, "proof.json", "--key", LOG_VKEY, "--message", "message.xml", "--json")
    [line] = result.stdout.splitlines()
    said = json.loads(line)
    assert (said["file"], said["kind"], said["holds"]) == ("proof.json", "inclusion-proof", True)
    assert {check["name"]: check["outcome"] for check in said["checks"]} == {
        "checkpoint": "passed",
        "inclusion": "passed",
        "commitment": "passed",
        "content": "passed",
        "receipt": "not-checked",
    }


def test_another_message_fails_and_exits_1(folder: Path) -> None:
    (folder / "message.xml").write_bytes(CONTENT + b"\n")
    result = _run(folder, "receipt.json", "--key", VKEY, "--message", "message.xml")
    assert result.exit_code == 1
    assert "failed       content" in result.stdout
    assert "The receipt does not hold." in result.stdout


@pytest.mark.parametrize(("file", "key"), [("receipt.json", LOG_VKEY), ("proof.json", VKEY)])
def test_the_wrong_key_fails_and_exits_1(folder: Path, file: str, key: str) -> None:
    assert _run(folder, file, "--key", key).exit_code == 1


def test_a_proof_from_the_log_alone_holds_and_says_what_is_withheld(folder: Path) -> None:
    log = grown([300])
    (folder / "alone.json").write_bytes(write_proof(prove_leaf(7, 300, log[CHECKPOINT_FILE], log.get)))
    result = _run(folder, "alone.json", "--key", LOG_VKEY)
    assert result.exit_code == 0
    assert "not-checked  commitment" in result.stdout


def test_a_receipt_whose_text_would_move_the_cursor_is_spelled_out(folder: Path) -> None:
    opening = msgspec.structs.replace(OPENING, type="\x1b[2Jmessage")
    leaf = seal_leaf(opening, LEAF.nonce)
    promise = Promise(log=ORIGIN, index=1, commit=leaf.commit, include_by="soon", degraded=False)
    (folder / "odd.json").write_bytes(write_proof(make_receipt(promise, leaf, SIGNER)))
    result = _run(folder, "odd.json", "--key", LOG_VKEY)
    assert result.exit_code == 0
    assert "\x1b" not in result.stdout
    assert r"\x1b[2Jmessage" in result.stdout


@pytest.mark.parametrize(
    "arguments",
    [
        ["receipt.json"],
        ["absent.json", "--key", VKEY],
        ["message.xml", "--key", VKEY],
        ["receipt.json", "--key", VKEY, "--message", "absent.xml"],
        ["receipt.json", "--key", "absent.vkey"],
        ["receipt.json", "--key", "message.xml"],
        ["receipt.json", "--key", VKEY[:-1]],
        ["receipt.json", "--key", "x" * 5000],
        ["receipt.json", "--key", ""],
        [".", "--key", VKEY],
    ],
)
def test_what_cannot_be_read_is_one_sentence_and_exit_2(folder: Path, arguments: list[str]) -> None:
    result = _run(folder, *arguments)
    assert result.exit_code == 2
    assert result.stdout == ""
    assert result.stderr
    assert "Traceback" not in result.stderr


def test_an_empty_file_of_keys_is_no_key(folder: Path) -> None:
    (folder / "empty").write_text("")
    assert _run(folder, "receipt.json", "--key", "empty").exit_code == 2


def test_a_file_name_that_is_not_utf_8_survives_json(folder: Path) -> None:
    name = os.fsdecode(b"re\xffceipt.json")
    (folder / name).write_bytes(write_proof(RECEIPT))
    result = _run(folder, name, "--key", VKEY, "--json")
    assert result.exit_code == 0
    assert b'"file":"re\xffceipt.json"' in result.stdout_bytes
