# SPDX-License-Identifier: Apache-2.0
"""A chain's logs as events of a title.

In: logs as a JSON-RPC node gives them, as values. Out: events in order, each with where it stands on the chain.
Source: Ethereum execution APIs, eth_getLogs; TradeTrust Token Registry 5.x, ITitleEscrow.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, cast

import msgspec

from cocket.credentials.title.abi import AbiError, address_of, decode, topic_of, types_of
from cocket.credentials.title.state import EventKind, TitleEvent

NOBODY = "0x" + "0" * 40

#: Parameters of the events: how many of them are topics, and the field each fills; None where none does.
_EVENTS: dict[EventKind, tuple[str, int, tuple[str | None, ...]]] = {
    "TokenReceived": ("address,address,bool,address,uint256,bytes", 3, ("to_beneficiary", "to_holder", "is_minting")),
    "Nomination": ("address,address,address,uint256,bytes", 2, ("from_nominee", "to_nominee")),
    "BeneficiaryTransfer": ("address,address,address,uint256,bytes", 2, ("from_beneficiary", "to_beneficiary")),
    "HolderTransfer": ("address,address,address,uint256,bytes", 2, ("from_holder", "to_holder")),
    "ReturnToIssuer": ("address,address,uint256,bytes", 1, ("caller",)),
    "Shred": ("address,uint256,bytes", 0, ()),
    "RejectTransferOwners": (
        "address,address,address,address,address,uint256,bytes",
        3,
        ("from_beneficiary", "to_beneficiary", "from_holder", "to_holder"),
    ),
    "RejectTransferBeneficiary": ("address,address,address,uint256,bytes", 2, ("from_beneficiary", "to_beneficiary")),
    "RejectTransferHolder": ("address,address,address,uint256,bytes", 2, ("from_holder", "to_holder")),
}


class ChainEvent(msgspec.Struct, frozen=True, kw_only=True):
    """An event and where it stands: what is mirrored into the log, one record each.

    Attributes:
        event: What happened.
        registry: Address of the registry that the escrow names.
        token_id: The title, as 64 hex digits.
        escrow: Address of the contract that said so.
        block: Number of the block.
        block_hash: Hash of the block, `0x…`.
        transaction: Hash of the transaction, `0x…`.
        log_index: Place among the block's logs (0-based).
    """

    event: TitleEvent
    registry: str
    token_id: str
    escrow: str
    block: int
    block_hash: str
    transaction: str
    log_index: int


def read_logs(logs: Iterable[Mapping[str, Any]]) -> tuple[ChainEvent, ...]:
    """Events of titles among a node's logs, in the chain's order; other logs are passed over.

    Args:
        logs: As `eth_getLogs` gives them: hex text throughout.

    Raises:
        AbiError: A log of a title's event has not that event's form.
    """
    events = [event for log in logs if (event := read_log(log)) is not None]
    return tuple(sorted(events, key=lambda event: (event.block, event.log_index)))


def read_log(log: Mapping[str, Any]) -> ChainEvent | None:
    """One log as an event of a title; None if it is of another kind, or of a block that is no longer one.

    Raises:
        AbiError: It has not the form of its event.
    """
    try:
        topics = [bytes.fromhex(topic[2:]) for topic in log["topics"]]
        kind = _kinds().get(topics[0]) if topics else None
        if kind is None or log.get("removed"):
            return None
        event, registry, token_id = _event(kind, topics[1:], bytes.fromhex(log["data"][2:]))
        return ChainEvent(
            event=event,
            registry=registry,
            token_id=f"{token_id:064x}",
            escrow=address_of(log["address"]),
            block=int(log["blockNumber"], 16),
            block_hash=str(log["blockHash"]),
            transaction=str(log["transactionHash"]),
            log_index=int(log["logIndex"], 16),
        )
    except (KeyError, TypeError, ValueError) as error:
        raise AbiError("A log entry does not have the expected format.", found=str(error)[:100]) from error


def event_topics() -> tuple[str, ...]:
    """First topics of all events of a title, for a node's filter (`0x…`)."""
    return tuple("0x" + topic.hex() for topic in _kinds())


def _kinds() -> dict[bytes, EventKind]:
    return {topic_of(f"{kind}({types})"): kind for kind, (types, _, _) in _EVENTS.items()}


def _event(kind: EventKind, topics: list[bytes], data: bytes) -> tuple[TitleEvent, str, int]:
    parameters, indexed, fields = _EVENTS[kind]
    types = types_of(f"({parameters})")
    if len(topics) != indexed:
        raise AbiError(f"A {kind} has {indexed} topics in addition to its name.", found=str(len(topics)))
    values = (*decode(types[:indexed], b"".join(topics)), *decode(types[indexed:], data))
    told = {name: _party(value) for name, value in zip(fields, values, strict=False)}
    registry, token_id, remark = values[-3:]
    event = msgspec.convert({"kind": kind, **told}, TitleEvent)
    return msgspec.structs.replace(event, remark=remark or None), cast(str, registry), cast(int, token_id)


def _party(value: Any) -> Any:
    """The zero address is nobody."""
    return None if value == NOBODY else value
