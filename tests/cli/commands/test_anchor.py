# SPDX-License-Identifier: Apache-2.0
"""`cocket anchor`, as a user calls it, against a development chain and OpenSSL's timestamping authority."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner, Result

from cocket.cli.commands import anchor as command
from cocket.errors import CocketError, PartnerError, PolicyError, ProofError
from cocket.ledger import KEY_FILE, Tree
from tests.exchange.authority import authority
from tests.exchange.chains import anvil, in_process_chain
from tests.ledger.logs import ORIGIN, SIGNER, Folder, entries, grown, publish, write

VKEY = SIGNER.verifier.vkey


@pytest.fixture(scope="module")
def rpc() -> Iterator[str]:
    with anvil() as url:
        yield url


@pytest.fixture
def keys(tmp_path: Path) -> dict[str, Path]:
    found = {}
    for number, name in enumerate(("registrar", "keeper"), start=1):
        found[name] = tmp_path / f"{name}.key"
        found[name].write_text(f"{number:064x}\n")
        found[name].chmod(0o600)
    return found


def run(*words: str | Path) -> Result:
    return CliRunner().invoke(command.app, list(map(str, words)))


def said(*words: str | Path) -> dict[str, Any]:
    result = run(*words, "--json")
    assert result.exception is None or result.exit_code in (0, 1), result.exception
    found = json.loads(result.stdout.splitlines()[-1])
    assert isinstance(found, dict)
    return found


def lay(folder: Path, files: Folder) -> Path:
    for name, data in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(data)
    return folder


def put_up(rpc: str, keys: dict[str, Path]) -> str:
    from cocket.exchange.transactions import Account

    contract = said("deploy", "--rpc", rpc, "--account", keys["registrar"])["contract"]
    keeper = Account(bytes(31) + b"\2").address
    assert run("appoint", ORIGIN, keeper, *to(contract, rpc, keys["registrar"])).exit_code == 0
    return str(contract)


def to(contract: str, rpc: str, account: Path | None = None) -> list[str]:
    return ["--contract", contract, "--rpc", rpc, *(["--account", str(account)] if account else [])]


def error_of(result: Result) -> CocketError:
    assert isinstance(result.exception, CocketError), result.output
    return result.exception


def test_a_log_is_anchored_grows_and_is_checked_and_proved(rpc: str, keys: dict[str, Path], tmp_path: Path) -> None:
    contract, log = put_up(rpc, keys), lay(tmp_path / "log", grown([40]))
    on = ["--key", VKEY, *to(contract, rpc)]
    add = ["add", log, *on, "--account", keys["keeper"]]
    assert run("check", log, *on).exit_code == 1
    assert said(*add)["is_new"] is True
    assert said(*add)["is_new"] is False
    lay(log, grown([40, 300]))
    checked = said("check", log, *on)
    assert (checked["holds"], checked["size"], checked["now"]) == (True, 40, 300)
    assert run("prove", log, "39", *on).exit_code == 0
    assert run("prove", log, "40", *on).exit_code == 1
    assert said(*add)["size"] == 300
    assert run("prove", log, "299", *on).exit_code == 0


def test_a_fork_is_found_and_never_anchored(rpc: str, keys: dict[str, Path], tmp_path: Path) -> None:
    contract, log = put_up(rpc, keys), lay(tmp_path / "log", grown([40]))
    on = ["--key", VKEY, *to(contract, rpc)]
    assert run("add", log, *on, "--account", keys["keeper"]).exit_code == 0
    forged: Folder = {KEY_FILE: f"{VKEY}\n".encode()}
    tree = Tree()
    growth = tree.grow([*entries(0, 7), *entries(900, 960)])
    write(forged, growth)
    publish(forged, growth)
    other = lay(tmp_path / "forged", forged)
    found = said("check", other, *on)
    assert (found["holds"], found["code"]) == (False, "anchor-forked")
    assert run("check", other, *on).exit_code == 1
    assert isinstance(error_of(run("add", other, *on, "--account", keys["keeper"])), ProofError)
    assert said("check", log, *on)["holds"] is True


def test_who_is_not_the_keeper_anchors_nothing(rpc: str, keys: dict[str, Path], tmp_path: Path) -> None:
    contract, log = put_up(rpc, keys), lay(tmp_path / "log", grown([5]))
    refused = error_of(run("add", log, "--key", VKEY, *to(contract, rpc, keys["registrar"])))
    assert isinstance(refused, PolicyError)


def test_a_head_that_the_log_did_not_sign_is_not_anchored(rpc: str, keys: dict[str, Path], tmp_path: Path) -> None:
    contract, log = put_up(rpc, keys), lay(tmp_path / "log", grown([5]))
    note = (log / "checkpoint").read_text().replace("\n5\n", "\n6\n")
    (log / "checkpoint").write_text(note)
    assert isinstance(error_of(run("add", log, "--key", VKEY, *to(contract, rpc, keys["keeper"]))), ProofError)


def test_a_node_of_another_chain_is_refused(rpc: str, keys: dict[str, Path]) -> None:
    refused = error_of(run("deploy", "--rpc", rpc, "--account", keys["registrar"], "--chain-id", "1"))
    assert isinstance(refused, PartnerError)
    assert refused.code == "chain-other"


def test_it_is_tried_out_without_any_network(tmp_path: Path) -> None:
    in_process_chain()
    found = said("try", lay(tmp_path / "log", grown([7])), "--key", VKEY)
    assert (found["holds"], found["size"]) == (True, 7)
    assert 50_000 < found["anchor_gas"] < 100_000


def test_a_head_is_stamped_once_and_its_timestamp_verified(tmp_path: Path) -> None:
    pytest.importorskip("rfc3161_client", reason="rfc3161-client is not installed: pip install 'cocket[anchor]'")
    log, stamps, roots = lay(tmp_path / "log", grown([7])), tmp_path / "stamps", tmp_path / "roots.pem"
    with authority(tmp_path / "tsa") as tsa:
        roots.write_bytes(tsa.roots)
        words = ["stamp", log, "--key", VKEY, "--tsa", tsa.url, "--roots", roots, "--to", stamps]
        assert said(*words)["is_new"] is True
        assert said(*words)["is_new"] is False
        assert len(tsa.requests) == 1
    kept = [stamps / "7.checkpoint", stamps / "7.tsr"]
    checked = said("verify-stamp", *kept, "--roots", roots, "--key", VKEY)
    assert (checked["authority"], checked["is_signature_checked"]) == ("CN=Test TSA", True)
    assert "signature of the head was not checked" in run("verify-stamp", *kept, "--roots", roots).stdout
    kept[0].write_bytes(kept[0].read_bytes().replace(b"\n7\n", b"\n8\n"))
    result = run("verify-stamp", *kept, "--roots", roots)
    assert result.exit_code == 1
    assert "other data" in result.stdout
