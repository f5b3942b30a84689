# SPDX-License-Identifier: Apache-2.0
"""A bill of lading lodged as a document of title: its integrity and its title, told apart in the dossier and the book."""

from __future__ import annotations

import json
import stat
from collections.abc import Iterator
from hashlib import sha256
from pathlib import Path
from typing import Any

import msgspec
import pytest

from cocket.credentials import SigningKey, add_proof
from cocket.credentials.title import Act, SignedInstruction, Title, TitleRefusedError, sign
from cocket.errors import PartnerError, PolicyError, ProofError, SenderError, SettingsError
from cocket.exchange.chain import Chain, node_at
from cocket.exchange.title_chain import TokenRegistry
from cocket.pipeline import NotFoundError
from cocket.pipeline.base.secret_files import make_secret, read_secret
from cocket.pipeline.credentials.titles import MirroredEvent, read_title_id
from tests.credentials.made import NOW, as_bytes, key_issuer
from tests.exchange.chains import ACCOUNTS, anvil, artefacts
from tests.houses import Built, build, envelope, officer, trader
from tests.messages import declaration

HEAD = officer("supervisor")
ISSUER, OWNER, BANK = ACCOUNTS[:3]


@pytest.fixture
def built(tmp_path: Path) -> Iterator[Built]:
    made = build(tmp_path / "home", log_origin="customs-a.invalid/log")
    yield made
    made.house.close()


@pytest.fixture(scope="module")
def chain() -> Iterator[Chain]:
    with anvil() as url, node_at(url) as ask:
        yield Chain(ask)


@pytest.fixture
def registry(chain: Chain) -> TokenRegistry:
    return TokenRegistry.deploy(chain, ISSUER, artefacts(), "Bills", "BL")


def act(registry: TokenRegistry, account: Any, token: str, kind: str, **given: str) -> None:
    registry.act(account, token, msgspec.convert({"kind": kind, "by": account.address, **given}, Act))


def bill(number: str, registry: str, token: str, chain_id: int) -> bytes:
    """A bill of lading as a credential whose status is its title."""
    document = {
        "@context": ["https://www.w3.org/ns/credentials/v2"],
        "id": "urn:uuid:00000000-0000-4000-8000-0000000000b1",
        "type": ["VerifiableCredential"],
        "issuer": key_issuer("carrier").issuer,
        "validFrom": "2026-11-01T00:00:00Z",
        "credentialStatus": {
            "type": "TransferableRecords",
            "tokenNetwork": {"chain": "ETH", "chainId": chain_id},
            "tokenRegistry": registry,
            "tokenId": token,
        },
        "credentialSubject": {"type": ["BillOfLading"], "blNumber": number},
    }
    return as_bytes(add_proof(document, key_issuer("carrier"), NOW))


def lodge(built: Built, content: bytes) -> Any:
    answer = built.house.intake.messages.take_many([envelope(content)], principal=trader("ACME"))[0]
    built.desk()
    return answer


def consignment_with_bill(built: Built, registry: str, token: str, chain_id: int) -> tuple[str, Any]:
    """A declared consignment, and the bill of lading that was lodged for it."""
    declared = lodge(built, declaration("R1"))
    (consignment,) = built.house.queries.records.message(HEAD, declared.id).consignment_ids
    number = next(v for k, v in built.house.queries.records.dossier(HEAD, consignment).references if k in ("HBL", "BL"))
    answer = lodge(built, bill(number, registry, token, chain_id))
    (consignment,) = built.house.queries.records.message(HEAD, declared.id).consignment_ids
    return consignment, answer


def title_shown(built: Built, consignment: str) -> Any:
    (shown,) = built.house.queries.records.dossier(HEAD, consignment).titles
    return shown


def test_a_title_is_followed_from_issue_to_burning_while_its_document_stays_whole(
    built: Built, chain: Chain, registry: TokenRegistry
) -> None:
    token = sha256(b"bill 1").hexdigest()
    consignment, answer = consignment_with_bill(built, registry.address, token, chain.chain_id)
    assert answer.outcome == "accepted"
    shown = title_shown(built, consignment)
    assert (shown.integrity.outcome, shown.standing, shown.is_in_force) == ("passed", None, None)
    assert "not queried" in shown.says
    seen = []
    for account, kind, given in (
        (None, "", {}),
        (ISSUER, "mint", {"beneficiary": OWNER.address, "holder": OWNER.address}),
        (OWNER, "transferHolder", {"holder": BANK.address}),
        (BANK, "transferHolder", {"holder": OWNER.address}),
        (OWNER, "returnToIssuer", {}),
        (ISSUER, "burn", {}),
    ):
        if account is not None:
            act(registry, account, token, kind, **given)
        built.house.credentials.titles.follow_titles(HEAD, consignment, chain)
        shown = title_shown(built, consignment)
        seen.append((shown.integrity.outcome, shown.standing, shown.holder, shown.is_in_force))
    assert seen == [
        ("passed", "unissued", None, False),
        ("passed", "in-force", OWNER.address, True),
        ("passed", "in-force", BANK.address, True),
        ("passed", "in-force", OWNER.address, True),
        ("passed", "surrendered", OWNER.address, False),
        ("passed", "burned", None, False),
    ]
    events = [msgspec.json.decode(body, type=MirroredEvent) for body in built.bodies("title-event")]
    assert [one.event.event.kind for one in events][:3] == ["BeneficiaryTransfer", "HolderTransfer", "TokenReceived"]
    assert [one.event.event.kind for one in events][-1] == "Shred"
    assert len({(one.event.transaction, one.event.log_index) for one in events}) == len(events)
    assert len(built.bodies("title")) == 6


def test_a_changed_digit_fails_integrity_and_says_nothing_of_title(
    built: Built, chain: Chain, registry: TokenRegistry
) -> None:
    token = sha256(b"bill 2").hexdigest()
    consignment, _ = consignment_with_bill(built, registry.address, token, chain.chain_id)
    act(registry, ISSUER, token, "mint", beneficiary=OWNER.address, holder=OWNER.address)
    built.house.credentials.titles.follow_titles(HEAD, consignment, chain)
    honest = title_shown(built, consignment)
    number = honest.number.encode()
    altered = bill(honest.number, registry.address, token, chain.chain_id).replace(
        b"2026-11-01T00:00:00Z", b"2026-11-02T00:00:00Z"
    )
    assert number in altered
    assert lodge(built, altered).outcome == "refused"
    both = built.house.queries.records.dossier(HEAD, consignment).titles
    assert [(one.integrity.outcome, one.standing, one.is_in_force) for one in both] == [
        ("passed", "in-force", True),
        ("failed", "in-force", False),
    ]


def test_what_the_chain_takes_back_is_a_record_too(built: Built, registry: TokenRegistry, chain: Chain) -> None:
    token = sha256(b"bill 3").hexdigest()
    consignment, _ = consignment_with_bill(built, registry.address, token, chain.chain_id)
    snapshot = chain._ask("evm_snapshot", [])
    act(registry, ISSUER, token, "mint", beneficiary=OWNER.address, holder=OWNER.address)
    built.house.credentials.titles.follow_titles(HEAD, consignment, chain)
    chain._ask("evm_revert", [snapshot])
    (shown,) = built.house.credentials.titles.follow_titles(HEAD, consignment, chain)
    assert shown.standing == "unissued"
    events = [msgspec.json.decode(body, type=MirroredEvent) for body in built.bodies("title-event")]
    assert [one.is_withdrawn for one in events] == [False, False, False, True, True, True]


def test_a_node_that_fails_leaves_what_was_known(built: Built, chain: Chain, registry: TokenRegistry) -> None:
    token = sha256(b"bill 4").hexdigest()
    consignment, _ = consignment_with_bill(built, registry.address, token, chain.chain_id)
    act(registry, ISSUER, token, "mint", beneficiary=OWNER.address, holder=OWNER.address)
    built.house.credentials.titles.follow_titles(HEAD, consignment, chain)
    before = title_shown(built, consignment)

    def broken(method: str, parameters: Any) -> Any:
        if method == "eth_getLogs":
            raise PartnerError("The chain's node does not answer.")
        return chain._ask(method, parameters)

    with pytest.raises(PartnerError):
        built.house.credentials.titles.follow_titles(HEAD, consignment, Chain(broken))
    assert title_shown(built, consignment) == before


def test_a_title_on_another_chain_is_left_as_it_is(built: Built, chain: Chain, registry: TokenRegistry) -> None:
    consignment, _ = consignment_with_bill(built, registry.address, "5b" * 32, chain.chain_id + 1)
    (shown,) = built.house.credentials.titles.follow_titles(HEAD, consignment, chain)
    assert (shown.standing, shown.asked) == (None, None)


def test_who_may_not_see_the_dossier_follows_no_title(built: Built, chain: Chain) -> None:
    with pytest.raises(NotFoundError):
        built.house.credentials.titles.follow_titles(trader("ACME"), "00000000-0000-4000-8000-000000000000", chain)
    declared = lodge(built, declaration("R1"))
    (consignment,) = built.house.queries.records.message(HEAD, declared.id).consignment_ids
    with pytest.raises(PolicyError):
        built.house.credentials.titles.follow_titles(officer("analyst"), consignment, chain)


# Kept here, without a chain


def key(word: str) -> SigningKey:
    return SigningKey("Ed25519", sha256(word.encode()).digest())


def test_the_house_keeps_a_title_without_a_chain_and_seals_every_entry(built: Built) -> None:
    house, title = built.house, sha256(b"bill 5").hexdigest()
    from cocket.credentials.encoding import to_base64url
    from cocket.credentials.title import Book

    registrar = house.credentials.titles.registrar(HEAD)
    book = Book(registrar, title)
    owner, bank = key("owner"), key("bank")
    mint = book.instruct(
        Act(kind="mint", by=registrar, beneficiary=owner.public.multikey, holder=owner.public.multikey)
    )
    signature = to_base64url(house.credentials.titles.sign_as_registrar(HEAD, mint.signed_bytes))
    book = house.credentials.titles.enter_title(HEAD, SignedInstruction(instruction=mint, signature=signature))
    move = sign(book.instruct(Act(kind="transferHolder", by=owner.public.multikey, holder=bank.public.multikey)), owner)
    book = house.credentials.titles.enter_title(HEAD, move)
    with pytest.raises(TitleRefusedError):
        house.credentials.titles.enter_title(HEAD, move)
    forged = sign(book.instruct(Act(kind="transferHolder", by=bank.public.multikey, holder=registrar)), owner)
    with pytest.raises(ProofError):
        house.credentials.titles.enter_title(HEAD, forged)
    kept = house.credentials.titles.title_book(HEAD, title)
    assert kept == book
    assert kept.title.controller == bank.public.multikey
    sealed = [json.loads(body) for body in built.bodies("title-entry")]
    assert sealed == json.loads(msgspec.json.encode(book.entries))
    path = built.settings.keys_folder / "title-registrar.key"
    assert stat.S_IMODE(path.stat().st_mode) == 0o600


def test_only_who_may_keeps_titles(built: Built) -> None:
    for who in (officer("officer"), officer("auditor"), trader("ACME")):
        with pytest.raises(PolicyError):
            built.house.credentials.titles.registrar(who)
    with pytest.raises(NotFoundError):
        built.house.credentials.titles.title_book(HEAD, "00" * 32)


def test_a_title_has_a_name_of_64_digits() -> None:
    assert read_title_id("5b" * 32) == "5b" * 32
    for text in ("", "5B" * 32, "5b" * 31, "zz" * 32):
        with pytest.raises(SenderError):
            read_title_id(text)


def test_a_secret_is_made_once_and_read_by_its_owner_alone(tmp_path: Path) -> None:
    path = tmp_path / "party.key"
    make_secret(path)
    secret = read_secret(path)
    make_secret(path)
    assert read_secret(path) == secret
    path.chmod(0o644)
    with pytest.raises(SettingsError, match="others"):
        read_secret(path)
    path.chmod(0o600)
    for text in ("", "words", "00" * 31, "é"):
        path.write_text(text)
        with pytest.raises(SettingsError) as refused:
            read_secret(path)
        assert not text or text not in str(refused.value)
    with pytest.raises(SettingsError):
        read_secret(tmp_path / "absent")


def test_a_registry_that_keeps_nothing_yet_tells_so(chain: Chain, registry: TokenRegistry) -> None:
    assert registry.read("00" * 32).title == Title()
