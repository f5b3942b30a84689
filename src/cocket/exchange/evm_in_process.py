# SPDX-License-Identifier: Apache-2.0
"""A chain inside this process, for trying things out: eth-tester on py-evm, asked as a node is asked.

It proves nothing to anybody, since it ends with the process. It is here so that titles and anchors can be learned and
tested where no network is.
Source: Ethereum execution APIs (eth_call, eth_getLogs, eth_sendRawTransaction, …).
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from cocket.credentials.title.abi import encode, selector_of
from cocket.errors import SettingsError
from cocket.exchange.chain import Ask, NodeError
from cocket.exchange.transactions import Account

_CHAIN_ID = 131277322940537
_ERROR_TEXT = selector_of("Error(string)")


def in_process() -> Ask:
    """A new chain with nothing on it, and how to ask it.

    Raises:
        SettingsError: eth-tester or py-evm is not installed.
    """
    limit = sys.getrecursionlimit()
    try:
        from eth_tester import EthereumTester, PyEVMBackend

        return _Node(EthereumTester(PyEVMBackend()))
    except ImportError as error:
        raise SettingsError("A chain in this process needs eth-tester: pip install 'cocket[chain]'.") from error
    finally:
        sys.setrecursionlimit(limit)  # py-evm raises it, with which deep JSON from elsewhere overruns the stack


def rich_accounts() -> tuple[Account, ...]:
    """The accounts that have coin on such a chain: their keys are 1 to 10, and known to everybody (10)."""
    return tuple(Account(number.to_bytes(32, "big")) for number in range(1, 11))


class _Node:
    """eth-tester under the names and with the hex text of a node."""

    def __init__(self, tester: Any) -> None:
        self._tester = tester
        self._answers: dict[str, Callable[..., Any]] = {
            "eth_chainId": lambda: hex(_CHAIN_ID),
            "eth_blockNumber": lambda: hex(self._block("latest")["number"]),
            "eth_gasPrice": lambda: hex(2 * self._block("latest")["base_fee_per_gas"]),
            "eth_getBlockByNumber": lambda tag, _: _hexed(self._block(_number(tag)), ("number", "hash", "timestamp")),
            "eth_getCode": lambda address, tag: tester.get_code(address, _number(tag)),
            "eth_getTransactionCount": lambda address, _: hex(tester.get_nonce(address)),
            "eth_call": lambda asked, tag: tester.call(_transaction(asked), _number(tag)),
            "eth_estimateGas": lambda asked: hex(tester.estimate_gas(_transaction(asked))),
            "eth_sendRawTransaction": tester.send_raw_transaction,
            "eth_getTransactionReceipt": lambda name: _receipt(tester.get_transaction_receipt(name)),
            "eth_getLogs": self._logs,
        }

    def __call__(self, method: str, parameters: Sequence[Any]) -> Any:
        from eth_tester.exceptions import TransactionFailed, ValidationError
        from eth_utils.exceptions import ValidationError as ValueInvalidError

        try:
            return self._answers[method](*parameters)
        except TransactionFailed as error:
            raise NodeError("The chain refuses: a contract does.", data=_reason(error)) from error
        except (ValidationError, ValueInvalidError, KeyError) as error:
            raise NodeError(f"The chain refuses: {str(error)[:300]}.") from error

    def _block(self, tag: Any) -> Any:
        return self._tester.get_block_by_number(tag)

    def _logs(self, wanted: Mapping[str, Any]) -> list[dict[str, Any]]:
        found = self._tester.get_logs(
            from_block=_number(wanted["fromBlock"]),
            to_block=_number(wanted["toBlock"]),
            address=wanted["address"],
            topics=wanted["topics"],
        )
        return [_log(log) for log in found]


def _transaction(asked: Mapping[str, Any]) -> dict[str, Any]:
    return {"from": rich_accounts()[0].address, "to": "", "gas": 20_000_000} | dict(asked)


def _number(tag: Any) -> Any:
    return int(tag, 16) if tag.startswith("0x") else tag


def _hexed(found: Mapping[str, Any], names: Sequence[str]) -> dict[str, Any]:
    return {name: hex(found[name]) if isinstance(found[name], int) else found[name] for name in names}


def _receipt(found: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "status": hex(found["status"]),
        "blockNumber": hex(found["block_number"]),
        "gasUsed": hex(found["gas_used"]),
        "logs": [_log(log) for log in found["logs"]],
    }


def _log(found: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "address": found["address"],
        "topics": list(found["topics"]),
        "data": found["data"],
        "blockNumber": hex(found["block_number"]),
        "blockHash": found["block_hash"],
        "transactionHash": found["transaction_hash"],
        "logIndex": hex(found["log_index"]),
    }


def _reason(error: Exception) -> bytes:
    """What the contract gave as the reason, as a node gives it.

    eth-tester hands it on as bytes within another error, as hex, or, where it is text, as that text alone.
    """
    given: Any = error
    while isinstance(given, Exception):
        given = given.args[0] if given.args else b""
    if isinstance(given, bytes):
        return given
    text = str(given)
    try:
        if text.startswith("0x"):
            return bytes.fromhex(text[2:])
    except ValueError:
        return b""
    return _ERROR_TEXT + encode(["string"], [text])
