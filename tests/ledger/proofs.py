# SPDX-License-Identifier: Apache-2.0
"""Proofs under heads that were signed both ways, for the tests of their encodings."""

from __future__ import annotations

import random
from collections.abc import Iterator

import msgspec

from cocket.errors import ProofError
from cocket.ledger import (
    Checkpoint,
    InclusionProof,
    Leaf,
    Opening,
    Tree,
    Verdict,
    open_note,
    prove_inclusion,
    seal_leaf,
)
from cocket.ledger.cose import sign_head
from cocket.ledger.forms import read_form, verify_form
from tests.ledger.logs import ORIGIN, SIGNER, entries
from tests.ledger.test_receipt import CONTENT, LEAF, PROOF

VKEY = SIGNER.verifier.vkey
MUTATIONS = 2000


def both_signed(leaf: Leaf = LEAF, index: int = 300, size: int = 555) -> InclusionProof:
    """The proof of one leaf in a small log whose head is signed as a note and in COSE."""
    tree = Tree()
    files = tree.grow([*entries(0, index), leaf.entry, *entries(index + 1, size)]).files
    return InclusionProof(
        index=index,
        commit=leaf.commit,
        checkpoint=sign_head(Checkpoint(ORIGIN, tree.size, tree.root), SIGNER).decode(),
        path=prove_inclusion(index, size, files.get),
        opening=leaf.opening,
        nonce=leaf.nonce,
    )


BOTH = both_signed()
BLIND = msgspec.structs.replace(BOTH, opening=None, nonce=None)
NOTE_ONLY = PROOF


def leaf_of(content: str, number: int = 0) -> Leaf:
    """A leaf for content with this SHA-256."""
    opening = Opening(type="message", time="2026-11-24T10:00:00Z", actor="sender-7", subject="4f1a", content=content)
    return seal_leaf(opening, number.to_bytes(32, "big"))


def mutations(data: bytes, count: int = MUTATIONS) -> Iterator[bytes]:
    """Damaged copies: bytes changed, cut, doubled, put in; the same ones each time."""
    dice = random.Random(f"{len(data)} bytes")
    for _ in range(count):
        changed = bytearray(data)
        for _ in range(dice.choice((1, 1, 1, 2, 5))):
            at = dice.randrange(len(changed))
            match dice.randrange(5):
                case 0:
                    changed[at] ^= 1 << dice.randrange(8)
                case 1:
                    changed[at] = dice.randrange(256)
                case 2:
                    del changed[at : at + dice.randrange(1, 40)]
                case 3:
                    changed[at:at] = changed[at : at + dice.randrange(1, 40)]
                case 4:
                    changed[at:at] = dice.randbytes(dice.randrange(1, 9))
            if not changed:
                break
        yield bytes(changed)


def holds(data: bytes, content: bytes | None = CONTENT) -> bool:
    """Whether a file is a proof that holds; any error but ours comes through."""
    try:
        proof = read_form(data)
    except ProofError:
        return False
    return isinstance(proof, InclusionProof) and verify_form(proof, VKEY, content).holds


def says_the_same(data: bytes) -> bool:
    """Whether a file says what `BOTH` says, but for signatures of keys that nobody asked about.

    Whoever changes the name or id of a key below a checkpoint makes the line one of another key, and C2SP signed-note
    demands that such lines be ignored. They prove nothing, and can change nothing.
    """
    proof = read_form(data)
    if not isinstance(proof, InclusionProof):
        return False
    found, wanted = (open_note(one.checkpoint.encode(), [SIGNER.verifier]) for one in (proof, BOTH))
    checkpoint = BOTH.checkpoint
    return (found.text, found.verified) == (wanted.text, wanted.verified) and (
        msgspec.structs.replace(proof, checkpoint=checkpoint) == BOTH
    )


def outcomes(verdict: Verdict) -> dict[str, str]:
    """What came of each check, by its name."""
    return {check.name: check.outcome for check in verdict.checks}
