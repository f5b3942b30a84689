# SPDX-License-Identifier: Apache-2.0
"""`cocket title`, as its users call it: an officer with a bill, parties on a chain, a registrar without one."""

from __future__ import annotations

import json
from collections.abc import Iterator
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner, Result

from cocket.cli.commands.title import registrar as command
from cocket.errors import CocketError
from cocket.governance import Principal
from tests.cli.commands.test_people import cocket
from tests.exchange.chains import anvil, artefacts
from tests.pipeline.credentials.test_titles import bill


@pytest.fixture(scope="module")
def rpc() -> Iterator[str]:
    with anvil() as url:
        yield url


def run(*words: str | Path) -> Result:
    return CliRunner().invoke(command.app, list(map(str, words)))


def done(*words: str | Path) -> str:
    result = run(*words)
    assert result.exit_code == 0, (result.output, result.exception)
    return result.stdout


def said(*words: str | Path) -> dict[str, Any]:
    result = run(*words, "--json")
    assert result.stdout, (result.output, result.exception)
    found = json.loads(result.stdout)
    assert isinstance(found, dict)
    return found


def chain_key(folder: Path, name: str, number: int) -> Path:
    path = folder / f"{name}.key"
    path.write_text(f"{number:064x}\n")
    path.chmod(0o600)
    return path


def test_an_officer_verifies_a_bill_while_its_title_lives(rpc: str, tmp_path: Path) -> None:
    carrier, owner = chain_key(tmp_path, "carrier", 1), chain_key(tmp_path, "owner", 2)
    registry = said("deploy", "--artefacts", artefacts(), "--rpc", rpc, "--account", carrier)
    title, address = sha256(b"a bill").hexdigest(), said("key", owner)["account"]
    file = tmp_path / "bill.json"
    file.write_bytes(bill("XCKT1", registry["registry"], title, registry["chain_id"]))
    verify = ["verify", file, "--rpc", rpc]
    assert run("verify", file).exit_code == 0
    assert "not queried" in run("verify", file).stdout
    found = said(*verify)
    assert (found["integrity"]["outcome"], found["title"]["standing"], found["is_in_force"]) == (
        "passed",
        "unissued",
        False,
    )
    on = ["--registry", registry["registry"], "--rpc", rpc]
    done("act", "mint", title, *on, "--account", carrier, "--beneficiary", address, "--holder", address)
    assert run(*verify).exit_code == 0
    assert said(*verify)["title"]["holder"] == address
    done("act", "returnToIssuer", title, *on, "--account", owner)
    done("act", "burn", title, *on, "--account", carrier, "--remark", "delivered")
    found = said(*verify)
    assert (found["integrity"]["outcome"], found["title"]["standing"], found["is_in_force"]) == (
        "passed",
        "burned",
        False,
    )
    assert run(*verify).exit_code == 1
    refused = run("act", "transferHolder", title, *on, "--account", owner, "--holder", address)
    assert isinstance(refused.exception, CocketError)
    assert "burned" in str(refused.exception)


def test_an_altered_bill_and_a_node_that_is_silent_are_told_apart(rpc: str, tmp_path: Path) -> None:
    file = tmp_path / "bill.json"
    good = bill("XCKT1", "0x" + "ab" * 20, "5b" * 32, 31337)
    file.write_bytes(good.replace(b"XCKT1", b"XCKT2"))
    found = said("verify", file)
    assert (found["integrity"]["outcome"], found["is_in_force"]) == ("failed", False)
    file.write_bytes(good)
    found = said("verify", file, "--rpc", "http://127.0.0.1:9")
    assert (found["integrity"]["outcome"], found["is_in_force"]) == ("passed", None)
    assert "does not answer" in found["says"]
    assert "no registry" in said("verify", file, "--rpc", rpc)["says"]
    file.write_bytes(b'{"type": "letter"}')
    assert isinstance(run("verify", file).exception, CocketError)


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A house."""
    place = tmp_path_factory.mktemp("house")
    assert cocket("init", "--home", str(place)).returncode == 0
    return place


def test_a_registrar_keeps_a_title_and_a_party_checks_his_book_offline(home: Path, tmp_path: Path) -> None:
    at = ["--home", home]
    registrar, title = said("registrar", *at)["registrar"], sha256(b"another bill").hexdigest()
    keys = {name: tmp_path / f"{name}.key" for name in ("owner", "bank")}
    parties = {name: said("key", path)["party"] for name, path in keys.items()}
    done("issue", "mint", title, "--beneficiary", parties["owner"], "--holder", parties["owner"], *at)
    book, move = tmp_path / "book.json", tmp_path / "move.json"
    book.write_text(done("book", title, *at))
    move.write_text(
        done("instruct", "transferHolder", "--book", book, "--key", keys["owner"], "--holder", parties["bank"])
    )
    assert said("enter", move, *at)["title"]["holder"] == parties["bank"]
    assert "came first" in str(run("enter", move, *at).exception)
    book.write_text(done("book", title, *at))
    checked = done("check", book, "--registrar", registrar)
    assert parties["bank"] in checked and " as of 20" in checked and "later ones are with the registrar" in checked
    assert run("check", book, "--registrar", parties["owner"]).exit_code == 1
    book.write_text(book.read_text().replace(parties["bank"], parties["owner"]))
    assert run("check", book, "--registrar", registrar).exit_code == 1


def test_a_registrar_does_only_what_a_registrar_does(home: Path) -> None:
    assert run("issue", "transferHolder", "5b" * 32, "--home", home).exit_code == 2
    assert run("issue", "steal", "5b" * 32, "--home", home).exit_code == 2
    assert isinstance(run("issue", "burn", "5b" * 32, "--home", home).exception, CocketError)
    assert isinstance(run("issue", "mint", "short", "--home", home).exception, CocketError)
    assert isinstance(run("book", "5b" * 32, "--home", home).exception, CocketError)


def test_a_consignments_title_is_followed_from_the_command_line(home: Path, rpc: str) -> None:
    assert Principal(id="cli", kind="officer", roles=("supervisor",)) == command.OPERATOR
    unknown = run("follow", "NO-SUCH-REFERENCE", "--rpc", rpc, "--home", home)
    assert isinstance(unknown.exception, CocketError)
