# SPDX-License-Identifier: Apache-2.0
"""Checkpoints."""

from __future__ import annotations

import pytest

from cocket.errors import ProofError
from cocket.ledger import (
    Checkpoint,
    Signer,
    Verifier,
    merkle_root,
    open_checkpoint,
    read_checkpoint,
    sign_checkpoint,
)
from cocket.ledger.tree import leaf_hashes
from tests.corpora import corpora
from tests.ledger.logs import ORIGIN, SIGNER

ROOT = bytes(range(32))
HEAD = Checkpoint(ORIGIN, 20852163, ROOT)
TESSERA = "example.com/log/testdata+33d7b496+AeHTu4Q3hEIMHNqc6fASMsq3rKNx280NI+oO5xCFkkSx"


def test_the_text_is_origin_size_and_root_one_a_line() -> None:
    assert HEAD.text == f"{ORIGIN}\n20852163\nAAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=\n"


def test_what_is_signed_opens_again_and_is_the_same_each_time() -> None:
    extended = Checkpoint(ORIGIN, 0, ROOT, ("one more line",))
    for head in (HEAD, extended):
        data = sign_checkpoint(head, SIGNER)
        opened, note = open_checkpoint(data, [SIGNER.verifier])
        assert opened == head
        assert len(note.verified) == 1
        assert data == sign_checkpoint(head, SIGNER)


def test_two_keys_may_sign_one_head() -> None:
    witness = Signer.from_bytes("witness.example", bytes(32))
    data = sign_checkpoint(HEAD, SIGNER, witness)
    assert len(open_checkpoint(data, [SIGNER.verifier, witness.verifier])[1].verified) == 2


@pytest.mark.parametrize(
    "text",
    [
        "",
        "\n",
        "log\n5\n",
        "log\n05\nAAAA\n",
        "log\n5\nAAAA\n",
        f"log\n05\n{HEAD.text.split()[2]}\n",
        f"log\n-5\n{HEAD.text.split()[2]}\n",
        f"log\n٥\n{HEAD.text.split()[2]}\n",
        f"log\n5e3\n{HEAD.text.split()[2]}\n",
        f"log\n{'9' * 20}\n{HEAD.text.split()[2]}\n",
        f"\n5\n{HEAD.text.split()[2]}\n",
        f"log\n5\n{HEAD.text.split()[2]}\n\nextension\n",
        f"log\n5\n{HEAD.text.split()[2]}\n\n",
        f"log\n5\n{HEAD.text.split()[2].rstrip('=')}\n",
    ],
)
def test_a_text_that_is_no_checkpoint_is_refused(text: str) -> None:
    with pytest.raises(ProofError):
        read_checkpoint(text)


@pytest.mark.parametrize("head", [Checkpoint("a\nb", 1, ROOT), Checkpoint("", 1, ROOT), Checkpoint("a", -1, ROOT)])
def test_a_head_that_would_not_read_back_is_not_signed(head: Checkpoint) -> None:
    with pytest.raises(ProofError):
        sign_checkpoint(head, SIGNER)


def test_every_tessera_checkpoint_opens_with_the_root_of_its_entries() -> None:
    log = corpora("ledger-vectors", "tlog", "tessera-testdata", "testdata", "log")
    verifier = Verifier.from_vkey(TESSERA)
    for size in range(16):
        head, _ = open_checkpoint((log / f"checkpoint.{size}").read_bytes(), [verifier])
        tile = (log / f"tile/0/000.p/{size}").read_bytes() if size else b""
        hashes = [tile[at : at + 32] for at in range(0, len(tile), 32)]
        assert (head.size, head.root) == (size, merkle_root(hashes))
    assert leaf_hashes([b"one"]) == [(log / "tile/0/000.p/1").read_bytes()]
