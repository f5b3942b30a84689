# SPDX-License-Identifier: Apache-2.0
"""A registrar's record as anybody checks it: what does not hold ends in 1, what is no record in 2."""

from __future__ import annotations

import json
from pathlib import Path

import msgspec
import pytest
from typer.testing import CliRunner

from cocket.cli.app import app
from cocket.errors import ProofError, SettingsError
from tests.credentials.title.systems import Registrar

BILL = b"bill of lading"


@pytest.fixture
def registrar() -> Registrar:
    one = Registrar()
    one.act("issuer", "mint", BILL, beneficiary="buyer", holder="buyer")
    return one


@pytest.fixture
def book(registrar: Registrar, tmp_path: Path) -> Path:
    file = tmp_path / "bill.book.json"
    file.write_bytes(msgspec.json.encode(registrar.book(BILL)))
    return file


def check(book: Path, key: str, *more: str) -> tuple[int, str, BaseException | None]:
    done = CliRunner().invoke(app, ["title", "check", str(book), "--registrar", key, *more])
    return done.exit_code, done.stdout, done.exception


def test_a_record_that_holds_is_told(registrar: Registrar, book: Path) -> None:
    code, said, _ = check(book, registrar.name("issuer"))
    assert (code, "1 entry. Title" in said) == (0, True)


def test_a_forged_record_ends_in_1_and_says_so_in_json_too(registrar: Registrar, book: Path) -> None:
    whole = json.loads(book.read_bytes())
    for field, forged in (
        ("title", {**whole["title"], "holder": registrar.name("bank")}),
        ("entries", [{**whole["entries"][0], "countersignature": ""}]),
        ("entries", []),
    ):
        book.write_text(json.dumps({**whole, field: forged}))
        code, said, _ = check(book, registrar.name("issuer"), "--json")
        told = json.loads(said)
        assert (code, told["file"], told["holds"]) == (1, str(book), False)
        assert told["error"]["message"]


def test_a_record_of_another_registrar_ends_in_1(registrar: Registrar, book: Path) -> None:
    code, said, _ = check(book, registrar.name("bank"), "--json")
    error = json.loads(said)["error"]
    assert (code, error["code"]) == (1, "title-registrar")
    assert (error["expected"], error["found"]) == (registrar.name("bank"), registrar.name("issuer"))


def test_what_is_no_record_and_what_is_no_key_is_an_error(registrar: Registrar, book: Path) -> None:
    *_, error = check(book, "xyz")
    assert isinstance(error, SettingsError)
    assert str(error) == "xyz is not the public key of a registrar."
    book.write_bytes(b"{}")
    *_, error = check(book, registrar.name("issuer"))
    assert isinstance(error, ProofError)
    assert error.code == "title-unreadable"


def test_an_instruction_is_one_line_of_json(registrar: Registrar, book: Path, tmp_path: Path) -> None:
    secret = tmp_path / "buyer.key"
    assert CliRunner().invoke(app, ["title", "key", str(secret)]).exit_code == 0
    words = ["title", "instruct", "transferHolder", "--book", str(book), "--holder", registrar.name("bank")]
    done = CliRunner().invoke(app, [*words, "--key", str(secret)])
    (line,) = done.stdout.splitlines()
    assert json.loads(line)["signature"]
