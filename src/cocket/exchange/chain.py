# SPDX-License-Identifier: Apache-2.0
"""A chain, reached over JSON-RPC: asked, listened to, and sent to. Any network that speaks Ethereum's will do.

A node is believed for what it says of its chain. Who must not rely on one node asks his own.
Source: JSON-RPC 2.0; Ethereum execution APIs (eth_call, eth_getLogs, eth_sendRawTransaction, …).
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import Any

import msgspec

from cocket.credentials.title.abi import AbiError, decode, selector_of
from cocket.errors import PartnerError, SettingsError
from cocket.exchange.transactions import Account, Transaction, contract_address

#: Asks a node: method and parameters → result. Raises `NodeError` if the node refuses.
Ask = Callable[[str, Sequence[Any]], Any]

#: Longest silence of a node, and longest time for a whole answer.
_TIMEOUT_SECONDS = 20.0
_ANSWER_SECONDS = 60.0
#: How long a transaction may take to get into a block.
_WAIT_SECONDS = 120.0
#: Most bytes of one answer (count).
_MOST_BYTES = 16 << 20
#: Blocks that one question for logs covers (count); public nodes refuse much more.
_BLOCKS_A_QUESTION = 5_000
#: Most questions for one run of logs (count).
_MOST_QUESTIONS = 2_000
_ERROR_TEXT = selector_of("Error(string)")


class NodeError(PartnerError):
    """The node refuses, or a contract does.

    `data` is what a contract gave as the reason (0..n bytes); `reason` the same in words, where it gave words.
    """

    code = "chain"

    def __init__(self, message: str, *, data: bytes = b"", **fields: str | None) -> None:
        super().__init__(message, **fields)
        self.data = data

    @property
    def reason(self) -> str | None:
        """What a contract gave as the reason; None if it gave no text."""
        return _in_words(self.data)


class Block(msgspec.Struct, frozen=True):
    """A block by which an answer is dated.

    Attributes:
        number: Its number.
        hash: Its hash, `0x…`.
        time: Its time, UTC, as who made it states.
    """

    number: int
    hash: str
    time: datetime


class Sent(msgspec.Struct, frozen=True):
    """A transaction that took effect.

    Attributes:
        transaction: Its hash, `0x…`.
        block: Number of its block.
        gas: Gas it used.
        contract: Address of what it deployed; None if nothing.
        logs: What contracts told, as the node gives it.
    """

    transaction: str
    block: int
    gas: int
    contract: str | None
    logs: tuple[Mapping[str, Any], ...]


@contextmanager
def node_at(url: str) -> Iterator[Ask]:
    """How to ask a node over HTTP, for as long as the block runs.

    Raises:
        SettingsError: `httpx` is not installed, or the URL is none.
    """
    try:
        import httpx
    except ImportError as error:
        raise SettingsError("Reaching a chain needs httpx: pip install 'cocket[server]'.") from error
    if not url.startswith(("http://", "https://")):
        raise SettingsError("A chain's node is reached by an http or https address.", found=url)
    with httpx.Client(timeout=_TIMEOUT_SECONDS, trust_env=False, follow_redirects=False) as client:
        numbers = iter(range(1, 1 << 62))

        def ask(method: str, parameters: Sequence[Any]) -> Any:
            number = next(numbers)
            body = {"jsonrpc": "2.0", "id": number, "method": method, "params": list(parameters)}
            try:
                with client.stream("POST", url, json=body) as answer:
                    data = _within_bounds(answer.iter_bytes())
            except (httpx.HTTPError, httpx.InvalidURL) as error:
                raise PartnerError(
                    f"The chain's node does not answer: {error or type(error).__name__}.", code="chain-unreachable"
                ) from error
            return _result(data, number)

        yield ask


def _result(data: bytes, number: int) -> Any:
    """What a node answers to the question of a number."""
    try:
        said = msgspec.json.decode(data)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise PartnerError("The server is not a chain's node.", code="chain-unreachable") from error
    if not isinstance(said, dict) or said.get("id") != number or ("error" not in said and "result" not in said):
        raise PartnerError("The server is not a chain's node.", code="chain-unreachable")
    if said.get("error") is not None:
        raise _refused(said["error"])
    return said["result"]


def _within_bounds(pieces: Iterable[bytes]) -> bytes:
    """An answer put together, as long as it is neither too long nor too slow in coming."""
    data, end = bytearray(), time.monotonic() + _ANSWER_SECONDS
    for piece in pieces:
        data += piece
        if len(data) > _MOST_BYTES or time.monotonic() > end:
            raise PartnerError("The chain's node's answer is too long, or too slow.", code="chain-slow")
    return bytes(data)


def _refused(error: Any) -> NodeError:
    data = error.get("data") if isinstance(error, Mapping) else None
    if isinstance(data, Mapping):
        data = data.get("data")
    reason = b""
    if isinstance(data, str) and data.startswith("0x"):
        try:
            reason = bytes.fromhex(data[2:])
        except ValueError:
            reason = b""
    message = error.get("message") if isinstance(error, Mapping) else error
    return NodeError(f"The chain refuses: {_in_words(reason) or str(message)[:300]}.", data=reason)


def _in_words(reason: bytes) -> str | None:
    if reason[:4] != _ERROR_TEXT:
        return None
    try:
        return str(decode(["string"], reason[4:])[0])[:300]
    except AbiError:
        return None


class Chain:
    """A chain.

    Args:
        ask: How its node is asked.
        expected_id: EIP-155 number of the chain that is meant; None takes whichever the node is of.

    Raises:
        PartnerError: The node cannot be reached, or is one of another chain.
    """

    def __init__(self, ask: Ask, expected_id: int | None = None) -> None:
        self._ask = ask
        self.chain_id = _number(ask("eth_chainId", []))
        if expected_id not in (None, self.chain_id):
            raise PartnerError(
                "The node belongs to another chain.",
                code="chain-other",
                expected=str(expected_id),
                found=str(self.chain_id),
            )

    def newest_block(self, behind: int = 0) -> Block:
        """The newest block, or one some way behind it: on a chain without finality the newest may still be replaced.

        Args:
            behind: How many blocks behind (count).
        """
        if not behind:
            return self._block("latest")
        return self._block(hex(max(0, _number(self._ask("eth_blockNumber", [])) - behind)))

    def check_still_there(self, block: Block) -> None:
        """Refuse what was read at a block that has been replaced since: the answers may be of two histories.

        Raises:
            PartnerError: The chain was reorganised.
        """
        found = self._block(hex(block.number))
        if found.hash != block.hash:
            raise PartnerError(
                f"The chain replaced block {block.number} while it was read.",
                code="chain-reorganised",
                expected=block.hash,
                found=found.hash,
                hint="Read again, a few blocks behind the newest.",
            )

    def _block(self, tag: str) -> Block:
        found = self._ask("eth_getBlockByNumber", [tag, False])
        try:
            moment = datetime.fromtimestamp(_number(found["timestamp"]), UTC)
            return Block(_number(found["number"]), str(found["hash"]), moment)
        except (KeyError, TypeError, ValueError, OverflowError) as error:
            raise NodeError("The node's block is malformed.") from error

    def code(self, address: str, block: int | None = None) -> bytes:
        """What stands at an address: nothing where there is no contract."""
        return self._bytes("eth_getCode", [address, _tag(block)])

    def has_code(self, address: str, block: int | None = None) -> bool:
        """Whether there is a contract at an address; sending to where none is would do nothing and look well."""
        return len(self.code(address, block)) > 0

    def call(self, to: str, data: bytes, *, sender: str | None = None, block: int | None = None) -> bytes:
        """Ask a contract.

        Args:
            to: The contract.
            data: What is asked.
            sender: Who asks, where it matters.
            block: At which block; None for the newest.

        Raises:
            NodeError: The contract refuses; `data` says why in its own terms.
        """
        asked = {"to": to, "data": "0x" + data.hex()} | ({"from": sender} if sender else {})
        return self._bytes("eth_call", [asked, _tag(block)])

    def logs(self, addresses: Sequence[str], topics: Sequence[Any], first: int, last: int) -> list[Mapping[str, Any]]:
        """What contracts told in a run of blocks.

        Args:
            addresses: The contracts (1..n).
            topics: For each place what may stand there: a topic, several, or None for any.
            first: First block.
            last: Last block.

        Raises:
            PartnerError: There are too many blocks to ask for, or the node does not answer.
        """
        if last - first >= _BLOCKS_A_QUESTION * _MOST_QUESTIONS:
            raise PartnerError(
                "There are too many blocks to search.",
                code="chain-long",
                found=str(last - first + 1),
                hint="Request the state only.",
            )
        found: list[Mapping[str, Any]] = []
        for start in range(first, last + 1, _BLOCKS_A_QUESTION):
            end = min(start + _BLOCKS_A_QUESTION - 1, last)
            wanted = {"address": list(addresses), "topics": list(topics), "fromBlock": hex(start), "toBlock": hex(end)}
            answer = self._ask("eth_getLogs", [wanted])
            if not isinstance(answer, list):
                raise NodeError("The node's logs are malformed.")
            found += answer
        return found

    def send(self, account: Account, to: str | None, data: bytes) -> Sent:
        """Have an account call a contract, or deploy one, and wait until it took effect.

        Args:
            account: Who does it, and pays for it.
            to: The contract; None deploys one.
            data: What is called, or code and arguments of what is deployed.

        Raises:
            NodeError: The contract refuses; nothing happened.
            PartnerError: It is not in a block in time. It may still get there: look before sending again.
        """
        asked = {"from": account.address, "data": "0x" + data.hex()} | ({"to": to} if to else {})
        gas = _number(self._ask("eth_estimateGas", [asked]))
        tip, fee = self._fees()
        transaction = Transaction(
            chain_id=self.chain_id,
            nonce=_number(self._ask("eth_getTransactionCount", [account.address, "pending"])),
            to=to,
            data=data,
            gas=gas + gas // 5,
            tip_wei=tip,
            fee_wei=fee,
        )
        name = str(self._ask("eth_sendRawTransaction", ["0x" + account.sign(transaction).hex()]))
        return self._effect(name, contract_address(account.address, transaction.nonce) if to is None else None)

    def _fees(self) -> tuple[int, int]:
        """Tip and most in all, a unit of gas. On a consortium's free chain both are nothing."""
        price = _number(self._ask("eth_gasPrice", []))
        return min(price, 10**9), 2 * price

    def _effect(self, name: str, contract: str | None) -> Sent:
        end, pause = time.monotonic() + _WAIT_SECONDS, 0.005
        while (receipt := self._ask("eth_getTransactionReceipt", [name])) is None:
            if time.monotonic() > end:
                raise PartnerError(
                    f"The chain has not included transaction {name} in time.",
                    code="chain-slow",
                    hint="Check whether it was included later before sending it again.",
                )
            time.sleep(pause)
            pause = min(1.0, pause * 1.5)
        try:
            if _number(receipt["status"]) != 1:
                raise NodeError(f"The chain refused transaction {name}.")
            block, gas = _number(receipt["blockNumber"]), _number(receipt["gasUsed"])
            return Sent(name, block, gas, contract, tuple(receipt["logs"]))
        except (KeyError, TypeError) as error:
            raise NodeError("The node's receipt is malformed.") from error

    def _bytes(self, method: str, parameters: Sequence[Any]) -> bytes:
        answer = self._ask(method, parameters)
        try:
            return bytes.fromhex(answer.removeprefix("0x"))
        except (AttributeError, ValueError) as error:
            raise NodeError("The node's answer is not a hex string.", found=str(answer)[:100]) from error


def _number(text: Any) -> int:
    try:
        return int(text, 16)
    except (TypeError, ValueError) as error:
        raise NodeError("The node's answer is not a number.", found=str(text)[:100]) from error


def _tag(block: int | None) -> str:
    return "latest" if block is None else hex(block)
