# SPDX-License-Identifier: Apache-2.0
"""Titles on a chain: TradeTrust's own contracts, unchanged, read and acted on.

The contracts are not ours and are not kept here; deploying a registry needs the compiled ones of the npm package
`@tradetrust-tt/token-registry` 5.x. Reading needs nothing: what the contracts answer is a matter of their interface.
Customs reads titles; it has no business holding them.
Source: TradeTrust Token Registry 5.x, ITradeTrustToken, ITitleEscrow, ITitleEscrowFactory.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC
from pathlib import Path
from typing import Any

import msgspec

from cocket.credentials.title import (
    ISSUER_ACTS,
    REFUSALS,
    Act,
    ActKind,
    ChainEvent,
    Title,
    TitleRefusedError,
    event_topics,
    read_logs,
    refusal,
    title_of,
)
from cocket.credentials.title.abi import address_of, call_data, decode, encode, selector_of
from cocket.credentials.title.events import NOBODY
from cocket.errors import PartnerError, ProofError, SettingsError
from cocket.exchange.chain import Block, Chain, NodeError, Sent
from cocket.exchange.transactions import Account

_CONTRADICTION = "chain-contradiction"
#: Where the registry puts what is burned.
_BURNED = "0x000000000000000000000000000000000000dead"

#: Each act as the contracts' function: those of the issuer are the registry's, the others the escrow's.
_CALLS: dict[ActKind, str] = {
    "mint": "mint(address,address,uint256,bytes)",
    "nominate": "nominate(address,bytes)",
    "transferBeneficiary": "transferBeneficiary(address,bytes)",
    "transferHolder": "transferHolder(address,bytes)",
    "transferOwners": "transferOwners(address,address,bytes)",
    "rejectTransferBeneficiary": "rejectTransferBeneficiary(bytes)",
    "rejectTransferHolder": "rejectTransferHolder(bytes)",
    "rejectTransferOwners": "rejectTransferOwners(bytes)",
    "returnToIssuer": "returnToIssuer(bytes)",
    "burn": "burn(uint256,bytes)",
    "restore": "restore(uint256,bytes)",
}
#: Errors of the contracts that carry values; all others carry none.
_WITH_VALUES = {
    "AccessControlUnauthorizedAccount(address,bytes32)",
    "InvalidTokenId(uint256)",
    "InvalidTokenTransferToZeroAddressOwners(address,address)",
}
_REASONS = {selector_of(f"{name}()"): name for name in REFUSALS} | {
    selector_of(error): error.partition("(")[0] for error in _WITH_VALUES
}


class TitleReading(msgspec.Struct, frozen=True):
    """A title as a chain tells it at one block.

    Attributes:
        title: Where it stands.
        events: All that happened to it (0..n), in order; None where only its state was asked for.
        block: The block it was read at.
    """

    title: Title
    events: tuple[ChainEvent, ...] | None
    block: Block

    @property
    def as_of(self) -> str:
        """What the reading rests on, in words."""
        return f"block {self.block.number} of {self.block.time.astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}"


class TokenRegistry:
    """A registry of titles on a chain.

    Args:
        chain: The chain.
        address: Address of the registry.

    Raises:
        PartnerError: There is no registry at that address.
    """

    def __init__(self, chain: Chain, address: str) -> None:
        self._chain = chain
        self.address = address_of(address)
        if not chain.has_code(self.address):
            raise PartnerError("There is no registry of titles at that address of this chain.", found=self.address)
        (self._factory,) = self._told(self.address, "titleEscrowFactory()", "address")
        (self._genesis,) = self._told(self.address, "genesis()", "uint256")

    @classmethod
    def deploy(cls, chain: Chain, issuer: Account, artefacts: Path, name: str, symbol: str) -> TokenRegistry:
        """Put up a registry of TradeTrust's contracts; its issuer may issue, burn and restore.

        Args:
            chain: The chain.
            issuer: Who puts it up.
            artefacts: Folder `dist/artifacts` of the npm package.
            name: Name of the registry.
            symbol: Its short name.

        Raises:
            SettingsError: The compiled contracts are not there.
            NodeError: The chain refuses.
        """
        factory = chain.send(issuer, None, _compiled(artefacts, "TitleEscrowFactory"))
        arguments = encode(("string", "string", "address"), (name, symbol, factory.contract))
        registry = chain.send(issuer, None, _compiled(artefacts, "TradeTrustToken") + arguments)
        return cls(chain, str(registry.contract))

    def act(self, account: Account, token_id: str, act: Act) -> Sent:
        """Do something with a title; the contracts keep the rules.

        Args:
            account: Who does it; the act's `by` is not used, the signature says it.
            token_id: The title, as 64 hex digits.
            act: What is done.

        Raises:
            TitleRefusedError: The contracts refuse; nothing happened.
            PartnerError: The chain does not do its part.
        """
        signature, number = _CALLS[act.kind], int(token_id, 16)
        parties = (act.beneficiary or NOBODY, act.holder or NOBODY)
        values: tuple[Any, ...] = ()
        if act.kind in ("mint", "transferOwners"):
            values = parties
        elif act.kind == "transferHolder":
            values = parties[1:]
        elif act.kind in ("nominate", "transferBeneficiary"):
            values = parties[:1]
        if act.kind in ISSUER_ACTS:
            target, values = self.address, (*values, number)
        else:
            target = self._escrow(token_id)
            if not self._chain.has_code(target):
                raise refusal("InvalidTokenId")
        try:
            return self._chain.send(account, target, call_data(signature, *values, act.remark))
        except NodeError as error:
            raise _reason(error) from error

    def read(self, token_id: str, blocks_behind: int = 0, *, state_alone: bool = False) -> TitleReading:
        """Read a title, both from its state and from its events, which must agree.

        Args:
            token_id: The title, as 64 hex digits.
            blocks_behind: How many blocks behind the newest to read, so that what is read is not undone any more
                (count); 0 on a chain with finality.
            state_alone: Leave the events, which on a chain with years of blocks take many questions. How often the
                title was restored is then not known.

        Raises:
            PartnerError: The chain does not do its part, contradicts itself, or was reorganised meanwhile.
        """
        block = self._chain.newest_block(blocks_behind)
        escrow = self._escrow(token_id)
        title = Title()
        events: tuple[ChainEvent, ...] = ()
        if self._chain.has_code(escrow, block.number):
            title = self._state(escrow, token_id, block.number)
            if not state_alone:
                events = self._events(escrow, token_id, block.number)
                title = _agreed(title, events)
        self._chain.check_still_there(block)
        return TitleReading(title, None if state_alone else events, block)

    def _events(self, escrow: str, token_id: str, last: int) -> tuple[ChainEvent, ...]:
        logs = self._chain.logs([escrow], [list(event_topics())], self._genesis, last)
        return tuple(one for one in read_logs(logs) if (one.registry, one.token_id) == (self.address, token_id))

    def _state(self, escrow: str, token_id: str, block: int) -> Title:
        (owner,) = self._told(self.address, "ownerOf(uint256)", "address", int(token_id, 16), block=block)
        if owner == _BURNED:
            return Title(standing="burned")
        if owner not in (escrow, self.address):
            raise PartnerError(
                "The title's token is in a state that TradeTrust's contracts never produce.", found=owner
            )
        names = ("beneficiary", "holder", "nominee", "prevBeneficiary", "prevHolder")
        found = [self._told(escrow, f"{name}()", "address", block=block)[0] for name in names]
        parties = [None if party == NOBODY else party for party in found]
        return Title(
            standing="in-force" if owner == escrow else "surrendered",
            beneficiary=parties[0],
            holder=parties[1],
            nominee=parties[2],
            previous_beneficiary=parties[3],
            previous_holder=parties[4],
        )

    def _escrow(self, token_id: str) -> str:
        (escrow,) = self._told(
            self._factory, "getEscrowAddress(address,uint256)", "address", self.address, int(token_id, 16)
        )
        return str(escrow)

    def _told(self, to: str, signature: str, kind: str, *values: Any, block: int | None = None) -> tuple[Any, ...]:
        return decode([kind], self._chain.call(to, call_data(signature, *values), block=block))


def _agreed(title: Title, events: Sequence[ChainEvent]) -> Title:
    """A title by its state, with what its events alone tell.

    Raises:
        PartnerError: The events make another state, or none.
    """
    try:
        told = title_of(one.event for one in events)
    except ProofError as error:
        raise PartnerError(f"The chain's node contradicts itself. {error.message}", code=_CONTRADICTION) from error
    title = msgspec.structs.replace(title, times_restored=told.times_restored)
    if title.as_events_tell != told:
        raise PartnerError(
            "The chain's node contradicts itself: the title's state does not follow from its events.",
            code=_CONTRADICTION,
            expected=str(told),
            found=str(title.as_events_tell),
        )
    return title


def _compiled(artefacts: Path, name: str) -> bytes:
    """Code to deploy of one of TradeTrust's contracts.

    Raises:
        SettingsError: It is not there, or is none.
    """
    path = artefacts / f"{name}.sol" / f"{name}.json"
    try:
        return bytes.fromhex(msgspec.json.decode(path.read_bytes())["bytecode"].removeprefix("0x"))
    except (OSError, msgspec.DecodeError, KeyError, AttributeError, TypeError, ValueError) as error:
        raise SettingsError(
            f"The compiled contract {name} is missing.",
            found=str(path),
            hint="Install the npm package @tradetrust-tt/token-registry and name its folder dist/artifacts.",
        ) from error


def _reason(error: NodeError) -> TitleRefusedError | NodeError:
    """The contracts' own refusal, if it is one."""
    name = _REASONS.get(error.data[:4])
    return refusal(name) if name else error
