# SPDX-License-Identifier: Apache-2.0
"""What an office's gateway and the house say to each other when the line is up again: a batch of entries, and what came of each."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any, Final, Literal

import msgspec

from cocket.errors import SenderError
from cocket.ledger import GatewayEntry

#: Where a batch is brought.
PATH: Final = "/v1/gateways/entries"

#: Most entries of a batch, and most bytes of their messages together, but for a single one that is larger.
MOST_ENTRIES: Final = 256
MOST_BYTES: Final = 4 * 1024 * 1024

#: Largest message that a gateway stores: as Base64 it fits the largest body of the house's door.
LONGEST_MESSAGE: Final = 7 * 1024 * 1024

#: What came of an entry.
Outcome = Literal["accepted", "same", "late", "refused", "conflict", "held"]

#: Why an entry waits for an officer.
Why = Literal["conflict", "late", "ends-on-paper", "key", "sender", "sender-missing"]

#: The same in words.
WHYS: Final[dict[Why, str]] = {
    "conflict": "Its reference belongs to another message, so it was refused",
    "late": "It was accepted later than the gateway is allowed",
    "ends-on-paper": "Its procedure ended on paper in this outage",
    "key": "The key that brought it is not valid for this sender",
    "sender": "The gateway's key may not send for this sender",
    "sender-missing": "It has no sender, and its key has several",
}

Digest = Annotated[str, msgspec.Meta(pattern="^[0-9a-f]{64}$")]


class BroughtEntry(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """An entry with its message.

    Attributes:
        entry: The entry.
        signature: Of the office (64 bytes).
        body: The message, as it came.
    """

    entry: GatewayEntry
    signature: bytes
    body: bytes


class GatewayBatch(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What a gateway brings; without entries it asks where the house stands.

    Attributes:
        gateway: Its name.
        sent: By its own clock, UTC.
        last: Number of its newest entry; 0 for none.
        head: Hash of that, hexadecimal.
        entries: Entries in order (0..256).
        office: Office at which it stands, by what it was made with; empty of a gateway of before, which does not say it.
    """

    gateway: Annotated[str, msgspec.Meta(min_length=1, max_length=60)]
    sent: datetime
    last: Annotated[int, msgspec.Meta(ge=0, le=2**53 - 1)]
    head: Digest
    entries: Annotated[tuple[BroughtEntry, ...], msgspec.Meta(max_length=MOST_ENTRIES)] = ()
    office: Annotated[str, msgspec.Meta(max_length=20)] = ""


class EntryOutcome(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What came of one entry.

    Attributes:
        sequence: Its number.
        outcome: `accepted`; `same` (the house had it: it was sent directly too, or the answer was lost); `late` (accepted, after
            the time that is allowed); `refused` (by the checks of its standard); `conflict` (the reference belongs to another
            message) or `held` (not taken in); the last three but `refused` wait for an officer, as `late` does.
        message: Our id of the message; empty where it was not taken in.
        reason: Why it is held; empty where it is not.
        outage: The outage in which it was taken in; empty for none that is registered.
        findings: What the checks said (0..n).
        receipt: The receipt of the house; None where it was not taken in.
        held_by: Other agencies that hold goods which a declaration names and its sender declared, each with its legal basis (0..n).
    """

    sequence: int
    outcome: Outcome
    message: str = ""
    reason: str = ""
    outage: str = ""
    findings: tuple[dict[str, Any], ...] = ()
    receipt: dict[str, Any] | None = None
    held_by: tuple[tuple[str, str], ...] = ()


class BatchTaken(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What the house has of a gateway.

    Attributes:
        last: Number of the newest entry that it has; 0 for none.
        head: Hash of that, hexadecimal.
        clock_off_seconds: By how much the gateway's clock is ahead of the house's (seconds; negative: behind).
        outcomes: What came of the entries, in order (0..256).
    """

    last: int
    head: str
    clock_off_seconds: int = 0
    outcomes: tuple[EntryOutcome, ...] = ()


def not_accepted(why: str) -> str:
    """What the sender of an entry is told that is held, in sentences.

    Args:
        why: Why it is held, as a code.
    """
    reason = next((words for code, words in WHYS.items() if code == why), "Customs does not say why")
    directly = " Your own key may: send it to customs directly, or" if why == "sender" else " To go on,"
    return (
        f"Not accepted: customs has this message, and holds it until an officer decides. {reason}.{directly} ask customs what becomes "
        "of it."
    )


def read_batch(content: bytes) -> GatewayBatch:
    """A batch from its JSON.

    Raises:
        SenderError: It is none.
    """
    try:
        batch = msgspec.json.decode(content, type=GatewayBatch)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise SenderError(f"This is not a batch of a gateway: {error}.", code="gateway-malformed") from error
    if batch.sent.tzinfo is None:
        raise SenderError("The gateway's clock must be given in UTC.", code="gateway-malformed")
    return batch
