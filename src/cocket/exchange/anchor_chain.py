# SPDX-License-Identifier: Apache-2.0
"""Heads of logs on a chain: the contract `contracts/Anchor.vy`, put up, kept and asked.

What it shows: that a log had this root when its block was made, and that none of the administrations, nor their witnesses
together, can take that back. It shows no consistency; `check_history` does, from the log's own tiles.
Source: RFC 9162 §2.1.3.2 (inclusion), as the contract checks it; C2SP tlog-checkpoint (origin).
"""

from __future__ import annotations

from datetime import UTC, datetime
from functools import cache
from hashlib import sha256
from importlib.resources import files
from typing import Any

import msgspec

from cocket.credentials.title.abi import address_of, call_data, decode, encode
from cocket.credentials.title.events import NOBODY
from cocket.errors import PartnerError, PolicyError, ProofError
from cocket.exchange.chain import Block, Chain, NodeError, Sent
from cocket.exchange.transactions import Account
from cocket.ledger import Checkpoint, Prover

#: Most hashes on the way from a leaf to its root.
_LONGEST_PATH = 64


class Artefact(msgspec.Struct, frozen=True):
    """The compiled contract, as `scripts/build_anchor.py` writes it.

    Attributes:
        bytecode: Code that deploys it, `0x…`.
        runtime: Code that then stands at its address, before the registrar's address, `0x…`.
    """

    bytecode: str
    runtime: str


class AnchoredHead(msgspec.Struct, frozen=True):
    """A head of a log as the chain has it.

    Attributes:
        size: Size of the log (count of entries).
        root: Its root (32 bytes).
        time: Time of the block, UTC, as who made it states.
    """

    size: int
    root: bytes
    time: datetime


class Anchor:
    """The contract at an address.

    Args:
        chain: The chain.
        address: Its address.

    Raises:
        PartnerError: Another contract than ours, or none, is there.
    """

    def __init__(self, chain: Chain, address: str) -> None:
        self._chain = chain
        self.address = address_of(address)
        if not chain.code(self.address).startswith(_bytes(artefact().runtime)):
            raise PartnerError(
                "The contract at that address of this chain is not our anchor.", code="anchor-other", found=self.address
            )

    @classmethod
    def deploy(cls, chain: Chain, account: Account, registrar: str) -> tuple[Anchor, Sent]:
        """Put up the contract.

        Args:
            chain: The chain.
            account: Who does it.
            registrar: Address of who appoints the keeper of a log that has none; nothing else is in his power.

        Raises:
            NodeError: The chain refuses.
        """
        sent = chain.send(account, None, _bytes(artefact().bytecode) + encode(["address"], [registrar]))
        return cls(chain, str(sent.contract)), sent

    def appoint(self, account: Account, origin: str, keeper: str) -> Sent:
        """Give a log its keeper, as the registrar, or hand it over to another, as its keeper.

        Raises:
            PolicyError: The account may not.
        """
        return self._send(account, call_data("appoint(bytes32,address)", _name(origin), keeper))

    def add(self, account: Account, head: Checkpoint) -> Sent:
        """Anchor a head, larger than the last one of its log.

        Args:
            account: The log's keeper.
            head: The head, whose signature the caller has checked.

        Raises:
            PolicyError: The account is not the keeper, or the head is not larger.
        """
        return self._send(
            account, call_data("anchor(bytes32,uint64,bytes32)", _name(head.origin), head.size, head.root)
        )

    def keeper(self, origin: str) -> str | None:
        """Who may anchor heads of a log; None if nobody was appointed."""
        (keeper,) = self._told("keeper_of(bytes32)", "address", _name(origin))
        return None if keeper == NOBODY else str(keeper)

    def size(self, origin: str, block: int | None = None) -> int:
        """Size of the newest head of a log that is anchored; 0 if none is."""
        (size,) = self._told("size_of(bytes32)", "uint64", _name(origin), block=block)
        return int(size)

    def head(self, origin: str, size: int, block: int | None = None) -> AnchoredHead | None:
        """The head of a size; None if it is not anchored."""
        data = call_data("head_at(bytes32,uint64)", _name(origin), size)
        root, time = decode(["bytes32", "uint64"], self._chain.call(self.address, data, block=block))
        return AnchoredHead(size, root, datetime.fromtimestamp(time, UTC)) if time else None

    def newest(self, origin: str, blocks_behind: int = 0) -> tuple[AnchoredHead | None, Block]:
        """The newest head of a log, and the block at which that was so.

        Args:
            origin: The log.
            blocks_behind: How many blocks behind the newest to ask (count), so that what is read is not undone any more.

        Raises:
            PartnerError: The chain was reorganised meanwhile.
        """
        block = self._chain.newest_block(blocks_behind)
        size = self.size(origin, block.number)
        head = self.head(origin, size, block.number) if size else None
        self._chain.check_still_there(block)
        return head, block

    def includes(self, head: Checkpoint, index: int, leaf: bytes, path: list[bytes]) -> bool:
        """Whether the contract itself finds an entry below an anchored head.

        Args:
            head: The head, by origin and size; its root is the chain's.
            index: Place of the entry, from 0.
            leaf: Its leaf hash (32 bytes).
            path: Hashes from leaf to root, lowest first (0..64).
        """
        if len(path) > _LONGEST_PATH:
            return False
        data = call_data(
            "includes(bytes32,uint64,uint64,bytes32,bytes32[])", _name(head.origin), head.size, index, leaf, path
        )
        (holds,) = decode(["bool"], self._chain.call(self.address, data))
        return bool(holds)

    def check_history(self, origin: str, prover: Prover, size: int, blocks_behind: int = 0) -> AnchoredHead | None:
        """Hold a log as it is now against its newest anchored head: the one must be the beginning of the other.

        Args:
            origin: The log.
            prover: Makes roots from its files.
            size: Size of the log as its checkpoint, checked by the caller, states.
            blocks_behind: How many blocks behind the newest to ask (count).

        Returns:
            The anchored head; None if none is anchored.

        Raises:
            ProofError: The log is shorter than it was, or was another one at that size.
        """
        head, _ = self.newest(origin, blocks_behind)
        if head is None:
            return None
        if head.size > size:
            raise ProofError(
                "The log is shorter than its anchored head.",
                code="anchor-shrunk",
                expected=f"at least {head.size}",
                found=str(size),
            )
        root = prover.root(head.size)
        if root != head.root:
            raise ProofError(
                f"The log's first {head.size} entries are not those that were anchored on {head.time:%Y-%m-%d %H:%M}.",
                code="anchor-forked",
                expected=head.root.hex(),
                found=root.hex(),
                hint="The log was changed after it was anchored, and signed again.",
            )
        return head

    def _send(self, account: Account, data: bytes) -> Sent:
        try:
            return self._chain.send(account, self.address, data)
        except NodeError as error:
            raise _refusal(error) from error

    def _told(self, signature: str, kind: str, *values: Any, block: int | None = None) -> tuple[Any, ...]:
        return decode([kind], self._chain.call(self.address, call_data(signature, *values), block=block))


@cache
def artefact() -> Artefact:
    """The compiled contract that is part of this package."""
    data = (files("cocket.exchange") / "contracts" / "Anchor.json").read_bytes()
    return msgspec.json.decode(data, type=Artefact)


#: What the contract says when it refuses, and what that means.
_REFUSALS = {
    "not the registrar": "Only the anchor's registrar may appoint the first keeper of a log.",
    "not the keeper": "Only the log's keeper may do this.",
    "not larger": "A head of this or a larger size is already anchored.",
    "nobody": "A keeper has an address.",
}


def _refusal(error: NodeError) -> PolicyError | NodeError:
    name = next((name for name in _REFUSALS if error.reason == name), None)
    return PolicyError(_REFUSALS[name], code="anchor-refused", reasons=(name,)) if name else error


def _name(origin: str) -> bytes:
    return sha256(origin.encode("utf-8")).digest()


def _bytes(text: str) -> bytes:
    return bytes.fromhex(text.removeprefix("0x"))
