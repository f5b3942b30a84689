# SPDX-License-Identifier: Apache-2.0
"""The encoding of calls, beside `eth-abi`, and hashing beside a published value."""

from __future__ import annotations

import random
from typing import Any

import pytest

from cocket.credentials.title import ChainEvent, event_topics, read_log
from cocket.credentials.title.abi import AbiError, address_of, call_data, decode, encode, topic_of, types_of

TYPES = ("address", "bool", "uint256", "uint64", "bytes32", "bytes", "string", "bytes32[]", "uint256[]", "address[]")


def drawn(draw: random.Random, kind: str) -> Any:
    if kind.endswith("[]"):
        return tuple(drawn(draw, kind[:-2]) for _ in range(draw.randrange(4)))
    if kind == "address":
        return "0x" + draw.randbytes(20).hex()
    if kind == "bool":
        return draw.random() < 0.5
    if kind.startswith("uint"):
        return draw.getrandbits(draw.randrange(1, int(kind[4:]) + 1))
    if kind == "string":
        return "".join(draw.choice("aé漢 ") for _ in range(draw.randrange(70)))
    return draw.randbytes(32 if kind == "bytes32" else draw.randrange(70))


def test_500_random_values_are_written_as_eth_abi_writes_them_and_read_back() -> None:
    peer = pytest.importorskip("eth_abi", reason="eth-abi is not installed: pip install 'cocket[chain]'")
    draw = random.Random(11)
    for _ in range(500):
        types = [draw.choice(TYPES) for _ in range(draw.randrange(1, 6))]
        values = tuple(drawn(draw, kind) for kind in types)
        data = encode(types, values)
        assert data == peer.encode(types, values)
        assert decode(types, data) == values


def test_transfer_of_erc20_has_the_selector_that_everybody_knows() -> None:
    assert call_data("transfer(address,uint256)", "0x" + "00" * 20, 1)[:4].hex() == "a9059cbb"
    assert topic_of("Transfer(address,address,uint256)").hex().startswith("ddf252ad1be2c89b69c2b068fc378daa")
    assert types_of("f()") == ()


@pytest.mark.parametrize(
    ("kind", "value"),
    [("uint64", 1 << 64), ("uint64", -1), ("uint64", "1"), ("bytes32", bytes(31)), ("address", "0x12"), ("point", 1)],
)
def test_a_value_that_is_not_of_its_type_is_refused(kind: str, value: Any) -> None:
    with pytest.raises(AbiError):
        encode([kind], [value])


def test_too_few_values_are_refused() -> None:
    with pytest.raises(AbiError):
        call_data("nominate(address,bytes)", "0x" + "00" * 20)


def test_2000_damaged_answers_are_refused_or_read_but_never_fatal() -> None:
    draw = random.Random(5)
    types = ("address", "bytes32[]", "string", "uint64", "bool")
    good = encode(types, ("0x" + "11" * 20, (bytes(32), bytes(32)), "text", 7, True))
    refused = 0
    for _ in range(2000):
        data = bytearray(good[: draw.randrange(len(good) + 1)] if draw.random() < 0.5 else good)
        for _ in range(draw.randrange(1, 4)):
            if data:
                data[draw.randrange(len(data))] = draw.randrange(256)
        try:
            decode(types, bytes(data))
        except AbiError:
            refused += 1
    assert refused > 500


def test_a_list_longer_than_any_here_is_refused_before_it_is_read() -> None:
    with pytest.raises(AbiError, match="too long"):
        decode(["uint256[]"], (32).to_bytes(32, "big") + (1 << 40).to_bytes(32, "big"))


def test_an_address_is_kept_in_lower_case() -> None:
    assert address_of("0x" + "Ab" * 20) == "0x" + "ab" * 20
    with pytest.raises(AbiError):
        address_of("0x" + "zz" * 20)


def log(**changes: Any) -> dict[str, Any]:
    given = {
        "topics": [
            "0x" + topic_of("HolderTransfer(address,address,address,uint256,bytes)").hex(),
            "0x" + "00" * 12 + "11" * 20,
            "0x" + "00" * 12 + "22" * 20,
        ],
        "data": "0x" + encode(["address", "uint256", "bytes"], ["0x" + "33" * 20, 9, b"note"]).hex(),
        "address": "0x" + "44" * 20,
        "blockNumber": "0x10",
        "blockHash": "0xaa",
        "transactionHash": "0xbb",
        "logIndex": "0x1",
    }
    return given | changes


def test_a_log_is_read_as_its_event() -> None:
    event = read_log(log())
    assert isinstance(event, ChainEvent)
    assert (event.event.from_holder, event.event.to_holder) == ("0x" + "11" * 20, "0x" + "22" * 20)
    assert (event.event.remark, event.token_id, event.block) == (b"note", f"{9:064x}", 16)
    assert log()["topics"][0] in event_topics()


@pytest.mark.parametrize("changes", [{"removed": True}, {"topics": []}, {"topics": ["0x" + "00" * 32]}])
def test_a_log_of_another_kind_or_of_a_replaced_block_is_passed_over(changes: dict[str, Any]) -> None:
    assert read_log(log(**changes)) is None


@pytest.mark.parametrize(
    "changes",
    [{"topics": log()["topics"][:2]}, {"data": "0x00"}, {"data": "zz"}, {"blockNumber": None}, {"address": "0x1"}],
)
def test_a_log_without_its_events_form_is_refused(changes: dict[str, Any]) -> None:
    with pytest.raises(AbiError):
        read_log(log(**changes))
