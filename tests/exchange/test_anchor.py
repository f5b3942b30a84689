# SPDX-License-Identifier: Apache-2.0
"""Heads of several administrations' logs on a chain: who may add them, what they show, what an insider cannot undo."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from hashlib import sha256
from pathlib import Path

import msgspec
import pytest

from cocket.errors import PartnerError, PolicyError, ProofError
from cocket.exchange.anchor_chain import Anchor, artefact
from cocket.exchange.chain import Chain
from cocket.ledger import (
    CHECKPOINT_FILE,
    KEY_FILE,
    Checkpoint,
    Growth,
    Prover,
    Signer,
    Tree,
    leaf_hash,
    open_checkpoint,
    verify_log,
)
from scripts.build_anchor import FOLDER
from scripts.build_anchor import artefact as compiled
from tests.exchange.chains import ACCOUNTS, chain_named
from tests.ledger.logs import ORIGIN, SIGNER, Folder, entries, grown, publish, write

REGISTRAR, KEEPER_A, KEEPER_B, STRANGER = ACCOUNTS[:4]
ORIGIN_B = "customs.b.example/log/2026"


@pytest.fixture(params=["in-process", "anvil"], scope="module")
def chain(request: pytest.FixtureRequest) -> Iterator[Chain]:
    with chain_named(request.param) as chain:
        yield chain


@pytest.fixture
def anchor(chain: Chain) -> Anchor:
    anchor, _ = Anchor.deploy(chain, REGISTRAR, REGISTRAR.address)
    anchor.appoint(REGISTRAR, ORIGIN, KEEPER_A.address)
    anchor.appoint(REGISTRAR, ORIGIN_B, KEEPER_B.address)
    return anchor


def head(size: int, origin: str = ORIGIN) -> Checkpoint:
    return Checkpoint(origin, size, sha256(f"{origin} {size}".encode()).digest())


def head_of(folder: Folder) -> Checkpoint:
    return open_checkpoint(folder[CHECKPOINT_FILE], [SIGNER.verifier])[0]


def test_each_administrations_keeper_adds_heads_of_its_own_log_alone(anchor: Anchor) -> None:
    anchor.add(KEEPER_A, head(8))
    anchor.add(KEEPER_B, head(5, ORIGIN_B))
    assert (anchor.size(ORIGIN), anchor.size(ORIGIN_B)) == (8, 5)
    found, block = anchor.newest(ORIGIN)
    assert found is not None
    assert (found.root, found.time) == (head(8).root, anchor.head(ORIGIN, 8).time)  # type: ignore[union-attr]
    assert block.number > 0
    for account, given in (
        (KEEPER_B, head(9)),
        (KEEPER_A, head(9, ORIGIN_B)),
        (STRANGER, head(9)),
        (REGISTRAR, head(9)),
    ):
        with pytest.raises(PolicyError) as refused:
            anchor.add(account, given)
        assert refused.value.reasons == ("not the keeper",)
    assert (anchor.size(ORIGIN), anchor.size(ORIGIN_B)) == (8, 5)


def test_a_log_only_grows_and_no_size_has_two_roots(anchor: Anchor) -> None:
    anchor.add(KEEPER_A, head(8))
    for size in (8, 7, 0):
        with pytest.raises(PolicyError) as refused:
            anchor.add(KEEPER_A, Checkpoint(ORIGIN, size, bytes(32)))
        assert refused.value.reasons == ("not larger",)
    anchor.add(KEEPER_A, head(9))
    assert anchor.head(ORIGIN, 8).root == head(8).root  # type: ignore[union-attr]
    assert anchor.head(ORIGIN, 7) is None


def test_a_keeper_hands_his_log_over_and_the_registrar_cannot_take_it(anchor: Anchor) -> None:
    for account in (REGISTRAR, STRANGER):
        with pytest.raises(PolicyError):
            anchor.appoint(account, ORIGIN, account.address)
    anchor.appoint(KEEPER_A, ORIGIN, STRANGER.address)
    assert anchor.keeper(ORIGIN) == STRANGER.address
    with pytest.raises(PolicyError):
        anchor.add(KEEPER_A, head(3))
    anchor.add(STRANGER, head(3))


def test_a_log_without_a_keeper_gets_one_from_the_registrar_alone(anchor: Anchor) -> None:
    assert anchor.keeper("new.example/log") is None
    with pytest.raises(PolicyError) as refused:
        anchor.appoint(STRANGER, "new.example/log", STRANGER.address)
    assert refused.value.reasons == ("not the registrar",)
    with pytest.raises(PolicyError):
        anchor.appoint(REGISTRAR, "new.example/log", "0x" + "00" * 20)


@pytest.mark.parametrize("size", [1, 2, 3, 7, 64, 300])
def test_the_contract_itself_finds_every_entry_and_no_other(anchor: Anchor, size: int) -> None:
    folder = grown([size])
    prover, given = Prover(size, folder.get), head_of(folder)
    anchor.add(KEEPER_A, given)
    leaves = [leaf_hash(entry) for entry in entries(0, size)]
    for index in sorted({0, 1, size // 2, size - 2, size - 1} & set(range(size))):
        path = prover.inclusion(index)
        assert anchor.includes(given, index, leaves[index], path)
        assert not anchor.includes(given, index, bytes(32), path)
        assert not anchor.includes(given, index, leaves[index], [*path, bytes(32)])
        if path:
            assert not anchor.includes(given, index, leaves[index], path[:-1])
            assert not anchor.includes(given, (index + 1) % size, leaves[index], path)
        assert not anchor.includes(given, size, leaves[index], path)
        assert not anchor.includes(Checkpoint(ORIGIN, size + 1, given.root), index, leaves[index], path)
    assert not anchor.includes(given, 0, leaves[0], [bytes(32)] * 65)


def test_a_log_that_grew_on_holds_against_its_anchor(anchor: Anchor) -> None:
    folder = grown([40, 300])
    anchor.add(KEEPER_A, head_of(grown([40])))
    found = anchor.check_history(ORIGIN, Prover(300, folder.get), 300)
    assert found is not None
    assert found.size == 40
    assert anchor.check_history("unknown.example/log", Prover(300, folder.get), 300) is None


def test_an_insider_who_rewrites_the_log_and_signs_it_anew_is_caught_by_the_anchor_and_not_by_local_verification(
    anchor: Anchor,
) -> None:
    honest = grown([40, 300])
    anchor.add(KEEPER_A, head_of(honest))
    forged: Folder = {KEY_FILE: honest[KEY_FILE]}
    tree = Tree()
    changed = [*entries(0, 17), *entries(900, 901), *entries(18, 310)]
    growth: Growth = tree.grow(changed)
    write(forged, growth)
    publish(forged, growth)
    assert verify_log(forged.get, lambda: forged, SIGNER.verifier.vkey).holds
    with pytest.raises(ProofError) as caught:
        anchor.check_history(ORIGIN, Prover(310, forged.get), 310)
    assert caught.value.code == "anchor-forked"


def test_a_log_that_was_cut_is_caught(anchor: Anchor) -> None:
    anchor.add(KEEPER_A, head_of(grown([300])))
    shorter = grown([40])
    with pytest.raises(ProofError) as caught:
        anchor.check_history(ORIGIN, Prover(40, shorter.get), 40)
    assert caught.value.code == "anchor-shrunk"


def test_another_contract_is_not_taken_for_the_anchor(chain: Chain) -> None:
    with pytest.raises(PartnerError, match="not our anchor"):
        Anchor(chain, STRANGER.address)
    other = chain.send(REGISTRAR, None, bytes.fromhex("6001600c60003960016000f300"))
    with pytest.raises(PartnerError, match="not our anchor"):
        Anchor(chain, str(other.contract))


def test_the_compiled_contract_is_what_its_source_gives() -> None:
    vyper = os.environ.get("VYPER") or shutil.which("vyper")
    if vyper is None:
        pytest.skip("vyper 0.4.3 is not installed: pip install vyper==0.4.3, by itself")
    assert compiled(vyper) == (FOLDER / "Anchor.json").read_text(encoding="utf-8")


def test_the_compiled_contract_is_of_this_source() -> None:
    kept = msgspec.json.decode((FOLDER / "Anchor.json").read_bytes())
    assert kept["source_sha256"] == sha256((FOLDER / "Anchor.vy").read_bytes()).hexdigest()
    assert kept["bytecode"] == artefact().bytecode
    assert kept["runtime"][2:] in kept["bytecode"]


def test_a_signer_of_the_wrong_name_does_not_pass_for_the_log() -> None:
    """The keeper checks a head before he anchors it: the chain does not know the log's key."""
    other = Signer.from_bytes("other.example/log", bytes(32))
    folder = grown([5], other)
    with pytest.raises(ProofError):
        open_checkpoint(folder[CHECKPOINT_FILE], [SIGNER.verifier])


def test_the_folder_of_the_contract_is_in_the_package() -> None:
    assert (FOLDER / "Anchor.vy").is_relative_to(Path(__file__).resolve().parents[2] / "src" / "cocket")
