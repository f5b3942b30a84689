# SPDX-License-Identifier: Apache-2.0
"""What the documentation tells a reader to do by hand does what it says."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
from pathlib import Path

import pytest

from cocket.ledger import CHECKPOINT_FILE, read_proof, write_proof
from tests.ledger.logs import SIGNER, grown
from tests.ledger.test_receipt import CONTENT, PROOF, RECEIPT, VKEY

PAGE = Path(__file__).parents[2] / "docs" / "explanation" / "ledger" / "log.md"
TOOLS = ("sh", "jq", "openssl", "xxd", "base64", "sha256sum", "python3")


def _blocks(kind: str) -> list[str]:
    return re.findall(rf"^```{kind}\n(.*?)^```$", PAGE.read_text("utf-8"), re.MULTILINE | re.DOTALL)


def _by_hand(folder: Path) -> list[str]:
    missing = [tool for tool in TOOLS if shutil.which(tool) is None]
    if missing:
        pytest.skip(f"the machine has no {', '.join(missing)}")
    (folder / "message.xml").write_bytes(CONTENT)
    (folder / "receipt.json").write_bytes(write_proof(RECEIPT))
    (folder / "receipts.vkey").write_text(f"{VKEY}\n")
    (folder / "log.vkey").write_text(f"{SIGNER.verifier.vkey}\n")
    [script] = _blocks("sh")
    result = subprocess.run(["sh", "-c", script], cwd=folder, capture_output=True, text=True, check=False)
    return result.stdout.splitlines()


def test_the_steps_by_hand_come_to_what_the_page_says(tmp_path: Path) -> None:
    (tmp_path / "proof.json").write_bytes(write_proof(PROOF))
    content, sealed, commit, promised, *rest = _by_hand(tmp_path)
    assert (content, commit) == (sealed, promised)
    assert rest == ["Signature Verified Successfully", "Signature Verified Successfully", "in the log"]


def test_the_steps_by_hand_notice_another_path(tmp_path: Path) -> None:
    proof = json.loads(write_proof(PROOF))
    (tmp_path / "proof.json").write_text(json.dumps({**proof, "path": proof["path"][::-1]}))
    assert _by_hand(tmp_path)[-1] == "not in the log"


def test_the_receipt_on_the_page_is_one_we_would_give() -> None:
    assert read_proof(_blocks("json")[0].encode()) == RECEIPT


def test_the_files_and_the_checkpoint_on_the_page_are_those_of_a_log_of_300() -> None:
    log = grown([300])
    [files] = [block for block in _blocks("") if block.startswith("checkpoint ")]
    assert {line.split()[0] for line in files.splitlines()} == set(log)
    assert log[CHECKPOINT_FILE].decode() in _blocks("")
