# SPDX-License-Identifier: Apache-2.0
"""The life of a title on TradeTrust's own contracts, unchanged, and our rules beside theirs."""

from __future__ import annotations

import random
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import msgspec
import pytest

from cocket.credentials.title import ISSUER_ACTS, Act, Title, TitleRefusedError, perform
from cocket.errors import PartnerError, SettingsError
from cocket.exchange.chain import Chain
from cocket.exchange.title_chain import TokenRegistry
from cocket.exchange.transactions import Account
from tests.exchange.chains import ACCOUNTS, artefacts, chain_named, in_process_chain

ISSUER, OWNER, BANK, BUYER, STRANGER = ACCOUNTS[:5]
TITLE = "5b" * 32


@dataclass(frozen=True)
class Registry:
    """A registry that was put up."""

    chain: Chain
    tokens: TokenRegistry

    def act(self, account: Account, kind: str, title: str = TITLE, **given: object) -> int:
        act = msgspec.convert({"kind": kind, "by": account.address, **given}, Act)
        return self.tokens.act(account, title, act).gas

    def mint(self, title: str = TITLE, beneficiary: Account = OWNER, holder: Account = OWNER) -> int:
        return self.act(ISSUER, "mint", title, beneficiary=beneficiary.address, holder=holder.address)

    def title(self, title: str = TITLE) -> Title:
        return self.tokens.read(title).title


def put_up(chain: Chain) -> Registry:
    return Registry(chain, TokenRegistry.deploy(chain, ISSUER, artefacts(), "Bills", "BL"))


@pytest.fixture(params=["in-process", "anvil"])
def registry(request: pytest.FixtureRequest) -> Iterator[Registry]:
    with chain_named(request.param) as chain:
        yield put_up(chain)


@pytest.fixture(scope="module")
def node() -> Iterator[Chain]:
    with chain_named("anvil") as chain:
        yield chain


@pytest.fixture
def quick(node: Chain) -> Registry:
    return put_up(node)


def test_a_title_lives_from_mint_to_burn(registry: Registry) -> None:
    assert registry.title() == Title()
    registry.mint()
    assert registry.title() == Title(standing="in-force", beneficiary=OWNER.address, holder=OWNER.address)
    registry.act(OWNER, "transferHolder", holder=BANK.address, remark=b"pledged")
    assert registry.title().controller == BANK.address
    registry.act(OWNER, "nominate", beneficiary=BUYER.address)
    assert registry.title().nominee == BUYER.address
    registry.act(BANK, "transferOwners", beneficiary=BUYER.address, holder=BUYER.address)
    assert (registry.title().beneficiary, registry.title().nominee) == (BUYER.address, None)
    registry.act(BUYER, "returnToIssuer")
    assert (registry.title().standing, registry.title().controller) == ("surrendered", None)
    registry.act(ISSUER, "restore")
    assert (registry.title().standing, registry.title().times_restored) == ("in-force", 1)
    registry.act(BUYER, "returnToIssuer")
    registry.act(ISSUER, "burn")
    reading = registry.tokens.read(TITLE)
    assert reading.title == Title(standing="burned", times_restored=1)
    kinds = [one.event.kind for one in reading.events or ()]
    assert kinds[:3] == ["BeneficiaryTransfer", "HolderTransfer", "TokenReceived"]
    assert kinds[-1] == "Shred"
    assert any(one.event.remark == b"pledged" for one in reading.events or ())


def test_transfers_are_rejected_and_go_back(registry: Registry) -> None:
    registry.mint()
    registry.act(OWNER, "transferHolder", holder=BANK.address)
    registry.act(BANK, "rejectTransferHolder")
    assert registry.title().holder == OWNER.address
    registry.act(OWNER, "transferBeneficiary", beneficiary=BUYER.address)
    registry.act(BUYER, "rejectTransferBeneficiary")
    assert registry.title().beneficiary == OWNER.address
    registry.act(OWNER, "transferOwners", beneficiary=BUYER.address, holder=BUYER.address)
    registry.act(BUYER, "rejectTransferOwners")
    assert (registry.title().beneficiary, registry.title().holder) == (OWNER.address, OWNER.address)


@pytest.mark.parametrize(
    ("account", "kind", "given", "reason"),
    [
        (STRANGER, "mint", {"beneficiary": OWNER.address, "holder": OWNER.address}, "AccessControlUnauthorizedAccount"),
        (ISSUER, "mint", {"beneficiary": OWNER.address, "holder": OWNER.address}, "TokenExists"),
        (STRANGER, "transferHolder", {"holder": STRANGER.address}, "CallerNotHolder"),
        (STRANGER, "nominate", {"beneficiary": STRANGER.address}, "CallerNotBeneficiary"),
        (OWNER, "transferHolder", {"holder": OWNER.address}, "RecipientAlreadyHolder"),
        (OWNER, "transferHolder", {}, "InvalidTransferToZeroAddress"),
        (OWNER, "transferHolder", {"holder": BANK.address, "remark": bytes(121)}, "RemarkLengthExceeded"),
        (ISSUER, "burn", {}, "TokenNotReturnedToIssuer"),
        (ISSUER, "restore", {}, "TokenNotReturnedToIssuer"),
    ],
)
def test_the_contracts_refuse_and_say_why(
    quick: Registry, account: Account, kind: str, given: dict[str, object], reason: str
) -> None:
    quick.mint()
    before = quick.title()
    with pytest.raises(TitleRefusedError) as refused:
        quick.act(account, kind, **given)
    assert refused.value.reasons == (reason,)
    assert quick.title() == before


def test_what_was_never_issued_cannot_be_transferred(quick: Registry) -> None:
    with pytest.raises(TitleRefusedError) as refused:
        quick.act(OWNER, "transferHolder", holder=BANK.address)
    assert refused.value.reasons == ("InvalidTokenId",)


def test_the_contracts_and_our_rules_agree_on_400_random_acts(quick: Registry) -> None:
    """A random walk over twelve titles: each act is done by the contracts and by our rules, or refused by both alike."""
    draw = random.Random(7)
    names = {account.address: account for account in ACCOUNTS[:5]}
    titles = {f"{number:064x}": Title() for number in range(1, 13)}
    done = refused = 0
    for _ in range(400):
        token = draw.choice(list(titles))
        act = _drawn(draw, titles[token])
        try:
            expected: Title | tuple[str, ...] = perform(titles[token], act, ISSUER.address)[0]
        except TitleRefusedError as error:
            expected = error.reasons
        try:
            quick.tokens.act(names[act.by], token, act)
            found: Title | tuple[str, ...] = quick.title(token)
        except TitleRefusedError as error:
            found = error.reasons
        assert found == expected, act
        if isinstance(expected, Title):
            titles[token], done = expected, done + 1
        else:
            refused += 1
    assert done > 100
    assert refused > 100


def _drawn(draw: random.Random, title: Title) -> Act:
    """An act that is more often than not allowed."""
    kinds = ["nominate", "transferBeneficiary", "transferHolder", "transferOwners", "returnToIssuer"]
    kinds += ["rejectTransferBeneficiary", "rejectTransferHolder", "rejectTransferOwners"]
    kind = draw.choice([*kinds[:5], *kinds[:4], *kinds, "burn", "restore"])
    if title.standing in ("unissued", "surrendered") and draw.random() < 0.8:
        kind = "mint" if title.standing == "unissued" else draw.choice(["restore", "restore", "restore", "burn"])
    by_beneficiary = kind in ("nominate", "rejectTransferBeneficiary")
    likely = ISSUER.address if kind in ISSUER_ACTS else title.beneficiary if by_beneficiary else title.holder
    anybody = [account.address for account in ACCOUNTS[:5]]
    by = likely if likely and draw.random() < 0.85 else draw.choice(anybody)
    nominee = title.nominee if title.nominee and draw.random() < 0.6 else draw.choice([*anybody, None])
    given = {"beneficiary": nominee, "holder": draw.choice([*anybody, None])}
    return msgspec.convert({"kind": kind, "by": by, **given}, Act)


def test_a_reading_of_an_earlier_block_is_of_that_block(quick: Registry) -> None:
    quick.mint()
    quick.act(OWNER, "transferHolder", holder=BANK.address)
    assert quick.tokens.read(TITLE, blocks_behind=1).title.holder == OWNER.address
    assert quick.tokens.read(TITLE).title.holder == BANK.address


def test_the_state_alone_is_read_without_events(quick: Registry) -> None:
    quick.mint()
    reading = quick.tokens.read(TITLE, state_alone=True)
    assert reading.events is None
    assert reading.title.holder == OWNER.address
    assert reading.as_of.startswith("block ")


def test_where_no_registry_is_none_is_taken(quick: Registry) -> None:
    with pytest.raises(PartnerError, match="no registry"):
        TokenRegistry(quick.chain, STRANGER.address)


def test_contracts_that_are_not_there_are_told(tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match="token-registry"):
        TokenRegistry.deploy(in_process_chain(), ISSUER, tmp_path, "Bills", "BL")


def test_a_node_that_hides_an_event_is_found_out(quick: Registry) -> None:
    quick.mint()
    quick.act(OWNER, "transferHolder", holder=BANK.address)
    honest = quick.chain._ask

    def without_the_last(method: str, parameters: object) -> object:
        answer = honest(method, parameters)  # type: ignore[arg-type]
        return answer[:-1] if method == "eth_getLogs" else answer

    lying = TokenRegistry(Chain(without_the_last), quick.tokens.address)
    with pytest.raises(PartnerError, match="contradicts itself") as found:
        lying.read(TITLE)
    assert found.value.code == "chain-contradiction"
