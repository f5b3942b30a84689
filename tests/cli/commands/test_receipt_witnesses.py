# SPDX-License-Identifier: Apache-2.0
"""`cocket receipt verify --policy`: whether the head that a proof leads to is witnessed, told offline."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from cocket.cli.commands.receipt import app
from cocket.errors import SettingsError
from cocket.ledger import CHECKPOINT_FILE, prove_leaf, read_checkpoint, split_note, write_proof
from cocket.ledger.cosignature import Cosigner, Kind
from cocket.ledger.forms import Form, write_form
from cocket.ledger.witnessing import add_signatures
from tests.ledger.logs import SIGNER, grown
from tests.ledger.test_receipt import RECEIPT, VKEY

NEAR, FAR = (Cosigner(f"{name}.example", Kind.ED25519, bytes([seed]) * 32) for seed, name in enumerate(("near", "far")))
TIME = 1_795_000_000


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A proof under a head that one of two witnesses cosigned, and policies that ask for one of them and for both."""
    log = grown([300])
    note = log[CHECKPOINT_FILE]
    note = add_signatures(note, [NEAR.cosign(read_checkpoint(split_note(note)[0]), TIME)])
    proof = prove_leaf(7, 300, note, log.get)
    (tmp_path / "proof.json").write_bytes(write_proof(proof))
    (tmp_path / "proof.tlog-proof").write_bytes(write_form(proof, Form.TLOG))
    (tmp_path / "receipt.json").write_bytes(write_proof(RECEIPT))
    named = f"witness near {NEAR.key.vkey}\nwitness far {FAR.key.vkey}\n"
    (tmp_path / "any.policy").write_text(f"{named}group all-of-us any near far\nquorum all-of-us\n")
    (tmp_path / "both.policy").write_text(f"{named}group all-of-us all near far\nquorum all-of-us\n")
    return tmp_path


def run(folder: Path, file: str, policy: str, *more: str, key: str = SIGNER.verifier.vkey) -> Result:
    return CliRunner().invoke(
        app, ["verify", str(folder / file), "--key", key, "--policy", str(folder / policy), *more]
    )


@pytest.mark.parametrize("file", ["proof.json", "proof.tlog-proof"])
def test_a_quorum_is_told_with_names_and_times(folder: Path, file: str) -> None:
    result = run(folder, file, "any.policy")
    assert result.exit_code == 0
    assert "passed       witnesses   Witnessed 1 of 2, 1 needed: near.example at 2026-11-18T" in result.stdout
    assert "The inclusion proof holds." in result.stdout


def test_a_head_short_of_its_quorum_does_not_hold_though_the_proof_does(folder: Path) -> None:
    result = run(folder, "proof.json", "both.policy", "--json")
    assert result.exit_code == 1
    outcomes = {check["name"]: check["outcome"] for check in json.loads(result.stdout)["checks"]}
    assert (outcomes["inclusion"], outcomes["witnesses"]) == ("passed", "failed")


def test_a_forged_word_of_a_witness_does_not_hold(folder: Path) -> None:
    proof = json.loads((folder / "proof.json").read_bytes())
    text, _, last = proof["checkpoint"].rstrip("\n").rpartition("\n")
    proof["checkpoint"] = f"{text}\n{last[:-12]}{'A' if last[-12] != 'A' else 'B'}{last[-11:]}\n"
    (folder / "proof.json").write_text(json.dumps(proof))
    result = run(folder, "proof.json", "any.policy")
    assert result.exit_code == 1
    assert "failed       witnesses" in result.stdout


def test_an_expired_policy_does_not_count_what_came_after_it(folder: Path) -> None:
    text = (folder / "any.policy").read_text()
    (folder / "any.policy").write_text(f"#:valid-until 2026-01-01T00:00:00Z\n{text}")
    assert run(folder, "proof.json", "any.policy").exit_code == 1
    (folder / "now.policy").write_text(f"#:valid-from 2026-01-01T00:00:00Z\n{text}")
    assert run(folder, "proof.json", "").exit_code == 0, "of the policies in a folder, one is enough"


def test_a_promise_has_no_head_to_be_witnessed(folder: Path) -> None:
    result = run(folder, "receipt.json", "any.policy", key=VKEY)
    assert result.exit_code == 0
    assert "not-checked  witnesses" in result.stdout


def test_a_policy_that_is_none_is_refused(folder: Path) -> None:
    (folder / "any.policy").write_text("banana\n")
    assert isinstance(run(folder, "proof.json", "any.policy").exception, SettingsError)
