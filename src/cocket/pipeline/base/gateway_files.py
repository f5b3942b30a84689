# SPDX-License-Identifier: Apache-2.0
"""Gateways as they are kept: who each is, how far the house has its entries, what it brought, and what waits for an officer."""

from __future__ import annotations

from datetime import datetime
from typing import Final, Literal

import msgspec

from cocket.exchange.gateway_calls import Outcome, Why
from cocket.ledger import NO_ENTRY

#: Kinds of the documents, and of their sealed records.
GATEWAY: Final = "gateway"
BATCH: Final = "gateway-batch"
HELD: Final = "gateway-held"

#: What an officer decides of one.
Settled = Literal["taken-in", "left"]


class GatewayRefusal(msgspec.Struct, frozen=True, kw_only=True):
    """Why what a gateway brings cannot be taken, until something is mended.

    Attributes:
        code: Code of the refusal.
        words: Why, and what mends it.
        at: When it was refused first, UTC.
    """

    code: str
    words: str
    at: datetime


class Gateway(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A gateway; also its sealed record.

    Attributes:
        name: Its name.
        office: Customs office where it stands.
        vkey: Its public key.
        key: Id of the API key by which it brings entries, and whose senders it may bring.
        late_hours: What was taken in longer ago is shown to an officer (hours).
        state: `active`; `forked` (two histories were seen: nothing is taken of it any more) or `ended`.
        last: Number of the newest entry that the house has; 0 for none.
        head: Hash of that.
        newest: Number of the newest entry that the gateway said it had when it came last, of two histories the largest; 0 for none.
        other: Number of the newest entry of the other history, as that said when it was seen; 0 for none.
        counts: Outcome → entries (count).
        clock_off_seconds: By how much its clock was ahead when it came last (seconds; negative: behind).
        seen: When it brought entries last, UTC; None for never.
        why: Why it is forked or ended, in words; empty for neither.
        refused: Why what it brings is refused now; None where it is not.
        by: Who registered it, or changed it last.
    """

    name: str
    office: str
    vkey: str
    key: str
    late_hours: int = 24
    state: Literal["active", "forked", "ended"] = "active"
    last: int = 0
    head: str = NO_ENTRY
    newest: int = 0
    other: int = 0
    counts: dict[str, int] = {}
    clock_off_seconds: int = 0
    seen: datetime | None = None
    why: str = ""
    refused: GatewayRefusal | None = None
    by: str


#: What may be missing here of a gateway with two histories, and what to do.
STRANDED: Final = (
    "Entries may be stranded. Of one history customs has the entries up to {last}. The other had entries up to {other} when it was "
    "seen; the newest that either named is {newest}. What is not here waits at the gateways, and its senders hold provisional receipts. "
    "On each machine on which {name} ran: stop it, make a gateway of another name with cocket gateway init, register that one here, "
    "and carry over what waits with cocket gateway recover OLD --home NEW. What customs has is known again, and not doubled. Where a "
    "machine or its file is lost, senders send again."
)


def stranded_words(one: Gateway) -> str:
    """What may be missing here of a gateway, in sentences; empty where it has one history."""
    if one.state != "forked":
        return ""
    return STRANDED.format(name=one.name, last=one.last, other=one.other, newest=max(one.newest, one.last))


class TakenLine(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What came of one entry, as it is sealed.

    Attributes:
        sequence: Its number.
        hash: Its hash.
        key: Id of the API key that brought it to the gateway.
        captured: When, by the house's clock (UTC).
        outcome: What came of it.
        message: Our id of the message; empty where it was not taken in.
        why: Why it waits for an officer; None where it does not.
        outage: The outage in which it was taken in; empty for none that was registered.
    """

    sequence: int
    hash: str
    key: str
    captured: datetime
    outcome: Outcome
    message: str = ""
    why: Why | None = None
    outage: str = ""


class GatewayBatchTaken(msgspec.Struct, frozen=True, kw_only=True):
    """A batch that was brought; also its sealed record, which says of every message in it where it came from.

    Attributes:
        gateway: Name of the gateway.
        first: Number of its first entry.
        at: When it came, UTC.
        lines: Its entries, in order (1..256).
    """

    gateway: str
    first: int
    at: datetime
    lines: tuple[TakenLine, ...]


class HeldEntry(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """An entry that waits for an officer, or did; also its sealed record.

    Attributes:
        id: Gateway and number.
        gateway: Name of the gateway.
        office: Office of the gateway.
        sequence: Number of the entry.
        why: Why it waits.
        sender: Sender; empty for not known.
        key: Id of the API key that brought it to the gateway.
        captured: When the gateway took it in, by the house's clock (UTC).
        came: When the house had it (UTC).
        message: Our id of the message; empty where it was not taken in.
        outage: The outage in which it was taken in; empty for none.
        media: Media type as stated; empty for none.
        profile: Profile as stated; empty for none.
        content: The message where it was not taken in; empty else.
        settled: What was decided; None while it waits.
        outcome: What came of the message where it was accepted after all: the checks may refuse it; None else.
        words: Why, in words.
        by: Who decided; the gateway while it waits.
        at: When it was decided, UTC; None while it waits.
    """

    id: str
    gateway: str
    office: str
    sequence: int
    why: Why
    sender: str = ""
    key: str
    captured: datetime
    came: datetime
    message: str = ""
    outage: str = ""
    media: str = ""
    profile: str = ""
    content: bytes = b""
    settled: Settled | None = None
    outcome: Outcome | None = None
    words: str = ""
    by: str = ""
    at: datetime | None = None
