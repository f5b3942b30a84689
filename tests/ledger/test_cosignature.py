# SPDX-License-Identifier: Apache-2.0
from __future__ import annotations

import pytest

from cocket.errors import ProofError
from cocket.ledger import Checkpoint, Signature
from cocket.ledger.cosignature import Cosigner, Kind, WitnessKey, find_cosignatures

HEAD = Checkpoint("customs.example/log/2026", 300, bytes(range(32)))
NOW = 1_795_000_000
COSIGNERS = [Cosigner("witness.example/w1", kind, bytes([kind]) * 32) for kind in Kind]
KINDS = pytest.mark.parametrize("cosigner", COSIGNERS, ids=lambda one: one.key.kind.name)


@KINDS
def test_a_cosignature_holds_and_tells_its_time(cosigner: Cosigner) -> None:
    line = cosigner.cosign(HEAD, NOW)
    assert cosigner.key.verify(line, HEAD).time == NOW
    assert find_cosignatures(HEAD, [line], [cosigner.key])[0].vkey == cosigner.key.vkey


@KINDS
def test_a_key_is_read_from_its_line_again(cosigner: Cosigner) -> None:
    again = WitnessKey.from_vkey(cosigner.key.vkey)
    assert (again.vkey, again.kind, again.key_id) == (cosigner.key.vkey, cosigner.key.kind, cosigner.key.key_id)


@KINDS
@pytest.mark.parametrize(
    "head",
    [
        Checkpoint("customs.example/log/2027", HEAD.size, HEAD.root),
        Checkpoint(HEAD.origin, 301, HEAD.root),
        Checkpoint(HEAD.origin, HEAD.size, bytes(32)),
    ],
)
def test_it_does_not_hold_for_another_head(cosigner: Cosigner, head: Checkpoint) -> None:
    with pytest.raises(ProofError, match="is not valid"):
        cosigner.key.verify(cosigner.cosign(HEAD, NOW), head)


@KINDS
@pytest.mark.parametrize("place", [0, 7, 8, 40, -1])
def test_it_does_not_hold_with_a_changed_byte(cosigner: Cosigner, place: int) -> None:
    line = cosigner.cosign(HEAD, NOW)
    data = bytearray(line.data)
    data[place] ^= 1
    with pytest.raises(ProofError, match="cosignature of"):
        cosigner.key.verify(Signature(line.name, line.key_id, bytes(data)), HEAD)


@KINDS
@pytest.mark.parametrize("length", [0, 1, 8, 9, 71])
def test_a_cut_cosignature_does_not_hold(cosigner: Cosigner, length: int) -> None:
    line = cosigner.cosign(HEAD, NOW)
    with pytest.raises(ProofError):
        cosigner.key.verify(Signature(line.name, line.key_id, line.data[:length]), HEAD)


@KINDS
def test_a_cosignature_without_time_is_none(cosigner: Cosigner) -> None:
    with pytest.raises(ProofError):
        cosigner.cosign(HEAD, 0)
    line = cosigner.cosign(HEAD, NOW)
    with pytest.raises(ProofError, match="no time"):
        cosigner.key.verify(Signature(line.name, line.key_id, bytes(8) + line.data[8:]), HEAD)


def test_extension_lines_are_under_ed25519_but_not_under_ml_dsa() -> None:
    extended = Checkpoint(HEAD.origin, HEAD.size, HEAD.root, ("more",))
    ed25519, ml_dsa = COSIGNERS
    with pytest.raises(ProofError):
        ed25519.key.verify(ed25519.cosign(HEAD, NOW), extended)
    assert ml_dsa.key.verify(ml_dsa.cosign(HEAD, NOW), extended).time == NOW


def test_ml_dsa_commits_to_the_name_of_the_witness() -> None:
    ml_dsa = COSIGNERS[1]
    other = WitnessKey("witness.example/w2", Kind.ML_DSA_44, ml_dsa.key.public)
    line = ml_dsa.cosign(HEAD, NOW)
    with pytest.raises(ProofError):
        other.verify(Signature(other.name, other.key_id, line.data), HEAD)


def test_lines_of_others_are_passed_over() -> None:
    line = COSIGNERS[0].cosign(HEAD, NOW)
    stranger = Signature("witness.example/w9", "00000000", b"whatever")
    assert len(find_cosignatures(HEAD, [stranger, line, stranger], [COSIGNERS[0].key])) == 1
    assert find_cosignatures(HEAD, [line], [COSIGNERS[1].key]) == ()


def test_a_witness_that_cosigned_twice_is_told() -> None:
    line = COSIGNERS[0].cosign(HEAD, NOW)
    with pytest.raises(ProofError, match="twice"):
        find_cosignatures(HEAD, [line, line], [COSIGNERS[0].key])


def test_a_cosignature_is_no_signature_of_the_log_and_the_other_way_round() -> None:
    with pytest.raises(ProofError, match="not the key of a witness"):
        WitnessKey.from_vkey("customs.example/log/2026+e4f9f72d+AQOhB7/zzhC+HXDdGOdLwJln5NYwm6UNXx3cnqbP5nWR")


@pytest.mark.parametrize(
    "vkey",
    ["", "w", "w+1+2", "w+00000000+BAAA", COSIGNERS[0].key.vkey[:-4], COSIGNERS[0].key.vkey.replace("w1", "w2")],
)
def test_what_is_no_key_is_refused(vkey: str) -> None:
    with pytest.raises(ProofError):
        WitnessKey.from_vkey(vkey)


@pytest.mark.parametrize("name", ["", "a b", "a+b", "a\nb", "é" * 200])
def test_what_cannot_be_a_name_is_refused(name: str) -> None:
    with pytest.raises(ProofError, match="key name"):
        Cosigner(name, Kind.ED25519, bytes(32))
