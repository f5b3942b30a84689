# SPDX-License-Identifier: Apache-2.0
"""`cocket receipt verify`, `convert` and `page` over every form of a proof, as a user calls them."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from base64 import b64decode
from pathlib import Path

import msgspec
import pytest
from typer.testing import CliRunner, Result

from cocket.cli.commands.receipt import app
from cocket.ledger import SealedRecord, write_proof
from cocket.ledger.forms import Form, read_form, write_form
from tests.ledger.proofs import BOTH, NOTE_ONLY, VKEY
from tests.ledger.test_receipt import CONTENT, RECEIPT
from tests.ledger.test_receipt import VKEY as RECEIPT_VKEY

NAMES = {"json": Form.JSON, "tlog-proof": Form.TLOG, "cose": Form.COSE, "codes": Form.CODES}


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """The message, the log's key and one proof in every form."""
    (tmp_path / "message.xml").write_bytes(CONTENT)
    (tmp_path / "log.vkey").write_text(f"{VKEY}\n")
    (tmp_path / "receipt.json").write_bytes(write_proof(RECEIPT))
    (tmp_path / "note-only.json").write_bytes(write_proof(NOTE_ONLY))
    for name, form in NAMES.items():
        (tmp_path / f"proof.{name}").write_bytes(write_form(BOTH, form))
    return tmp_path


def _run(folder: Path, *arguments: str) -> Result:
    here = Path.cwd()
    os.chdir(folder)
    try:
        return CliRunner().invoke(app, list(arguments))
    finally:
        os.chdir(here)


@pytest.mark.parametrize("name", NAMES)
def test_every_form_is_verified_by_its_content_with_only_a_key_file(folder: Path, name: str) -> None:
    (folder / f"proof.{name}").rename(folder / "some.file")
    result = _run(folder, "verify", "some.file", "--key", "log.vkey", "--message", "message.xml")
    assert result.exit_code == 0
    assert "passed       cose" in result.stdout
    assert "passed       content" in result.stdout
    assert "The inclusion proof holds." in result.stdout
    (folder / "message.xml").write_bytes(CONTENT + b" ")
    assert _run(folder, "verify", "some.file", "--key", "log.vkey", "--message", "message.xml").exit_code == 1


@pytest.mark.parametrize("name", NAMES)
def test_a_wrong_key_fails_for_every_form(folder: Path, name: str) -> None:
    assert _run(folder, "verify", f"proof.{name}", "--key", RECEIPT_VKEY).exit_code == 1


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("to", NAMES)
def test_any_form_is_converted_to_any_other(folder: Path, name: str, to: str) -> None:
    result = _run(folder, "convert", f"proof.{name}", "--to", to)
    assert result.exit_code == 0
    assert result.stdout_bytes == (folder / f"proof.{to}").read_bytes()
    assert _run(folder, "convert", f"proof.{name}", "--to", to, "--out", "made").exit_code == 0
    assert read_form((folder / "made").read_bytes()) == BOTH


def test_a_page_is_made_of_a_proof(folder: Path) -> None:
    result = _run(folder, "page", "proof.cose", "--key", "log.vkey", "--language", "fr", "--out", "page.html")
    assert result.exit_code == 0
    page = (folder / "page.html").read_text("utf-8")
    assert page.startswith("<!doctype html>")
    assert '<html lang="fr" dir="ltr">' in page
    assert "sender-7" in page


def test_the_key_of_the_page_is_the_one_under_which_the_proof_holds(folder: Path) -> None:
    (folder / "keys").write_text(f"{RECEIPT_VKEY}\n{VKEY}\n")
    result = _run(folder, "page", "proof.json", "--key", "keys")
    assert result.exit_code == 0
    assert VKEY in result.stdout


def test_without_a_proof_the_page_is_the_verifier_alone(folder: Path) -> None:
    result = _run(folder, "page", "--key", "log.vkey")
    assert result.exit_code == 0
    assert "Check a customs receipt" in result.stdout
    assert VKEY in result.stdout
    assert _run(folder, "page").exit_code == 0


def test_a_page_is_told_as_json(folder: Path) -> None:
    told = json.loads(_run(folder, "page", "proof.json", "--key", "log.vkey", "--json").stdout)
    assert (told["file"], told["out"], told["bytes"]) == ("proof.json", None, len(told["content"].encode()))
    assert told["content"].startswith("<!doctype html>")
    filed = json.loads(_run(folder, "page", "--out", "page.html", "--json").stdout)
    size = (folder / "page.html").stat().st_size
    assert filed == {"file": None, "out": "page.html", "bytes": size, "content": None}


def test_a_proof_that_does_not_hold_gets_no_page_and_exits_1(folder: Path) -> None:
    result = _run(folder, "page", "proof.json", "--key", RECEIPT_VKEY, "--out", "page.html")
    assert result.exit_code == 1
    assert "No page is written" in result.stderr
    assert not (folder / "page.html").exists()


@pytest.mark.parametrize(
    ("arguments", "reason"),
    [
        (["convert", "receipt.json", "--to", "cose"], "a promise"),
        (["convert", "message.xml", "--to", "cose"], "neither a receipt nor a proof"),
        (["convert", "note-only.json", "--to", "cose"], "not signed in COSE"),
        (["convert", "proof.json", "--to", "xml"], "xml"),
        (["convert", "proof.json", "--to", "cose", "--out", "no/such/folder"], "cannot be written"),
        (["convert", "absent", "--to", "cose"], "cannot be read"),
        (["page", "receipt.json", "--key", "log.vkey"], "a promise"),
        (["page", "proof.json"], "needs --key"),
        (["page", "--language", "xx"], "no texts"),
        (["page", "--out", "no/such/folder"], "cannot be written"),
    ],
)
def test_what_cannot_be_done_is_said_and_exits_2(folder: Path, arguments: list[str], reason: str) -> None:
    result = _run(folder, *arguments)
    assert result.exit_code == 2
    assert reason in " ".join(result.stderr.replace("│", " ").split())
    assert "Traceback" not in result.stderr


@pytest.mark.parametrize("name", [*NAMES, "record"])
def test_a_proof_is_read_from_standard_input(folder: Path, name: str) -> None:
    (folder / "proof.record").write_bytes(msgspec.json.encode(SealedRecord(body=CONTENT.decode(), proof=BOTH)))
    command = [sys.executable, "-m", "cocket", "receipt", "verify", "-", "--key", VKEY]
    done = subprocess.run(command, input=(folder / f"proof.{name}").read_bytes(), capture_output=True, check=False)
    assert (done.returncode, done.stderr) == (0, b"")


def test_a_sealed_record_has_no_other_form_and_says_so(folder: Path) -> None:
    (folder / "advice.json").write_bytes(msgspec.json.encode(SealedRecord(body=CONTENT.decode(), proof=BOTH)))
    for words in (("convert", "advice.json", "--to", "cose"), ("page", "advice.json", "--key", "log.vkey")):
        result = _run(folder, *words)
        assert (result.exit_code, "is a sealed record" in result.stderr) == (2, True)
    (folder / "advice.json").write_bytes(b'{"kind":"sealed-record"}')
    result = _run(folder, "verify", "advice.json", "--key", "log.vkey")
    assert (result.exit_code, "`body`" in result.stderr) == (2, True)


@pytest.mark.parametrize("to", NAMES)
def test_what_is_converted_is_told_in_json_with_its_content_or_its_file(folder: Path, to: str) -> None:
    plain = (folder / f"proof.{to}").read_bytes()
    told = json.loads(_run(folder, "convert", "proof.json", "--to", to, "--json").stdout)
    assert (told["to"], told["out"], b64decode(told["content"])) == (to, None, plain)
    told = json.loads(_run(folder, "convert", "proof.json", "--to", to, "--out", "made", "--json").stdout)
    assert (told["out"], told["content"], told["bytes"]) == ("made", None, len(plain))
    assert (folder / "made").read_bytes() == plain
