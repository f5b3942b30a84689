# SPDX-License-Identifier: Apache-2.0
"""The witness's decision, each status as C2SP tlog-witness has it."""

from __future__ import annotations

import random

import pytest

from cocket.errors import CocketError, ProofError
from cocket.ledger import Checkpoint, Signer, Tree, prove_consistency, sign_checkpoint
from cocket.ledger.cosignature import Cosigner, Kind
from cocket.ledger.tree import EMPTY_ROOT
from cocket.ledger.witnessing import (
    MOST_REQUEST_BYTES,
    Accepted,
    AddCheckpoint,
    Refused,
    add_signatures,
    decide,
    origin_of,
    read_cosignatures,
    read_request,
    read_size,
    write_request,
)
from tests.ledger.logs import ORIGIN, SIGNER, entries

KEYS = [SIGNER.verifier]


def head(size: int, start: int = 0) -> tuple[Checkpoint, dict[str, bytes]]:
    tree = Tree()
    growth = tree.grow(entries(start, start + size))
    return Checkpoint(ORIGIN, tree.size, tree.root), growth.files


def ask(old: int, size: int, start: int = 0) -> AddCheckpoint:
    new, files = head(size, start)
    proof = prove_consistency(min(old, size), size, files.get)
    return AddCheckpoint(old, tuple(proof), sign_checkpoint(new, SIGNER))


def refused(request: AddCheckpoint, last: Checkpoint | None) -> Refused:
    decision = decide(request, KEYS, last)
    assert isinstance(decision, Refused)
    return decision


@pytest.mark.parametrize(("old", "size"), [(0, 0), (0, 1), (1, 1), (3, 7), (7, 7), (255, 300), (256, 300), (299, 300)])
def test_a_head_that_carries_on_is_accepted(old: int, size: int) -> None:
    last = head(old)[0] if old else None
    decision = decide(ask(old, size), KEYS, last)
    assert isinstance(decision, Accepted)
    assert (decision.head, decision.signatures[0].name) == (head(size)[0], ORIGIN)


def test_an_unknown_log_is_404() -> None:
    decision = decide(ask(0, 5), [], None)
    assert isinstance(decision, Refused)
    assert decision.status == 404


def test_a_head_of_another_key_is_403() -> None:
    stranger = Signer.from_bytes(ORIGIN, bytes(32))
    assert refused(AddCheckpoint(0, (), sign_checkpoint(head(5)[0], stranger)), None).status == 403


def test_a_head_whose_known_signature_is_broken_is_403_even_beside_a_good_one() -> None:
    former = Signer.from_bytes(ORIGIN, bytes([9]) * 32)
    note = sign_checkpoint(head(5)[0], SIGNER, former)
    broken = note[:-10] + b"A" * 7 + b"==\n"
    keys = [SIGNER.verifier, former.verifier]
    decision = decide(AddCheckpoint(0, (), broken), keys, None)
    assert isinstance(decision, Refused)
    assert decision.status == 403


def test_an_old_size_beyond_the_head_is_400() -> None:
    assert refused(AddCheckpoint(6, (), sign_checkpoint(head(5)[0], SIGNER)), None).status == 400


@pytest.mark.parametrize("old", [0, 3, 8])
def test_another_old_size_is_409_with_the_size_known(old: int) -> None:
    decision = refused(ask(old, 9), head(5)[0])
    assert (decision.status, decision.size) == (409, 5)


def test_a_first_head_with_an_old_size_is_409_with_zero() -> None:
    assert refused(ask(3, 9), None).size == 0


def test_a_fork_of_another_size_is_422() -> None:
    decision = refused(ask(5, 9, start=1000), head(5)[0])
    assert (decision.status, decision.is_fork) == (422, False)


def test_a_fork_of_the_same_size_is_422_and_convicts() -> None:
    decision = refused(ask(5, 5, start=1000), head(5)[0])
    assert (decision.status, decision.is_fork) == (422, True)


def test_a_bad_proof_is_422() -> None:
    good = ask(5, 9)
    for proof in ((), good.proof[1:], (*good.proof, bytes(32)), (bytes(32), *good.proof[1:])):
        assert refused(AddCheckpoint(5, proof, good.note), head(5)[0]).status == 422


def test_a_proof_where_none_is_needed_is_422() -> None:
    assert refused(AddCheckpoint(0, (bytes(32),), ask(0, 5).note), None).status == 422
    assert refused(AddCheckpoint(5, (bytes(32),), ask(5, 5).note), head(5)[0]).status == 422


def test_an_empty_head_with_another_root_is_422() -> None:
    note = sign_checkpoint(Checkpoint(ORIGIN, 0, bytes(32)), SIGNER)
    assert refused(AddCheckpoint(0, (), note), None).status == 422
    good = sign_checkpoint(Checkpoint(ORIGIN, 0, EMPTY_ROOT), SIGNER)
    assert isinstance(decide(AddCheckpoint(0, (), good), KEYS, None), Accepted)


def test_a_rollback_is_400_or_409_and_never_accepted() -> None:
    assert refused(ask(5, 5), head(9)[0]).status == 409
    assert refused(AddCheckpoint(9, (), ask(0, 5).note), head(9)[0]).status == 400


def test_what_is_written_is_read_again() -> None:
    request = ask(5, 300)
    assert read_request(write_request(request)) == request


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"old 1",
        b"old 1\n\n",
        b"old 01\n\n" + ask(0, 1).note,
        b"old -1\n\n" + ask(0, 1).note,
        b"old 1 \n\n" + ask(0, 1).note,
        b"size 1\n\n" + ask(0, 1).note,
        b"old 0\r\n\r\n" + ask(0, 1).note,
        b"old 0\nAAAA\n\n" + ask(0, 1).note,
        b"old 0\n" + b"AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=\n" * 64 + b"\n" + ask(0, 1).note,
        b"old 0\n\nno checkpoint\n",
        b"old 0\n" + ask(0, 1).note,
        b"old 0\n\n" + ask(0, 1).note[:-1],
        "old 0\né\n\n".encode() + ask(0, 1).note,
        b"old 0\n\n" + b"x" * MOST_REQUEST_BYTES,
    ],
)
def test_a_malformed_request_is_refused(body: bytes) -> None:
    with pytest.raises(ProofError):
        read_request(body)


def test_changed_requests_are_refused_or_decided_and_nothing_else() -> None:
    chance = random.Random(6)
    body = write_request(ask(5, 9))
    accepted = 0
    for _ in range(2000):
        changed = bytearray(body)
        for _ in range(chance.randint(1, 3)):
            changed[chance.randrange(len(changed))] = chance.randrange(256)
        try:
            decision = decide(read_request(bytes(changed)), KEYS, head(5)[0])
        except CocketError:
            continue
        accepted += isinstance(decision, Accepted) and bytes(changed) != body
    assert accepted == 0


def test_a_proof_too_long_is_not_sent() -> None:
    with pytest.raises(ProofError):
        write_request(AddCheckpoint(1, (bytes(32),) * 64, b""))


def test_an_answer_is_read_and_added_once() -> None:
    note = ask(0, 5).note
    cosigner = Cosigner("w.example", Kind.ED25519, bytes(32))
    stranger = Cosigner("v.example", Kind.ED25519, bytes([1]) * 32)
    lines = [one.cosign(head(5)[0], 1_795_000_000) for one in (stranger, cosigner)]
    body = "".join(line.line for line in lines).encode()
    mine = read_cosignatures(note, body, [cosigner.key])
    assert mine == (lines[1],)
    cosigned = add_signatures(note, mine)
    assert cosigned == note + lines[1].line.encode()
    assert add_signatures(cosigned, mine) == cosigned


@pytest.mark.parametrize("body", [b"", b"\n", b"ok\n", "\N{EM DASH} w.example AAAA\n".encode(), b"\xff\n"])
def test_what_is_no_answer_is_refused(body: bytes) -> None:
    with pytest.raises(ProofError):
        read_cosignatures(ask(0, 5).note, body, [Cosigner("w.example", Kind.ED25519, bytes(32)).key])


def test_an_answer_over_another_head_is_refused() -> None:
    cosigner = Cosigner("w.example", Kind.ED25519, bytes(32))
    body = cosigner.cosign(head(6)[0], 1_795_000_000).line.encode()
    with pytest.raises(ProofError, match="is not valid"):
        read_cosignatures(ask(0, 5).note, body, [cosigner.key])


def test_a_size_is_one_plain_number() -> None:
    assert read_size(b"5\n") == 5
    for body in (b"", b"5", b"05\n", b"5\n\n", b"-5\n", b"five\n"):
        with pytest.raises(ProofError):
            read_size(body)


@pytest.mark.parametrize(
    ("note", "code"),
    [
        (b"\xff\n5\n\n\n", "witness-request"),
        (sign_checkpoint(head(5)[0], SIGNER).partition(b"\n\n")[0] + b"\n", "checkpoint-form"),
        (sign_checkpoint(head(5)[0], SIGNER)[:-1], "witness-request"),
        (b"", "checkpoint-form"),
    ],
)
def test_what_is_no_signed_checkpoint_names_no_log(note: bytes, code: str) -> None:
    with pytest.raises(ProofError) as refused_:
        origin_of(AddCheckpoint(0, (), note))
    assert refused_.value.code == code


def test_a_request_names_its_log() -> None:
    assert origin_of(ask(0, 5)) == ORIGIN
