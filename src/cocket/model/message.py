# SPDX-License-Identifier: Apache-2.0
"""A message on its way in: what a door hands over, and what a reader makes of it."""

from __future__ import annotations

from datetime import datetime
from typing import Literal

import msgspec

from cocket.findings import Finding
from cocket.model.cargo import Manifest
from cocket.model.certificate import Certificate
from cocket.model.declaration import Declaration
from cocket.model.licence import Licence
from cocket.model.movement import Movement
from cocket.model.release_order import ReleaseOrder
from cocket.model.response import Response
from cocket.model.trade import CommercialInvoice, PackingList
from cocket.model.value_declaration import ValueDeclaration

#: Whatever a message may turn out to be.
Document = (
    Declaration
    | Manifest
    | Response
    | Movement
    | ValueDeclaration
    | Licence
    | ReleaseOrder
    | Certificate
    | CommercialInvoice
    | PackingList
)

Function = Literal["original", "amendment", "cancellation"]
Outcome = Literal["accepted", "refused"]
Lane = Literal["red", "yellow", "blue", "green"]


class HostDecision(msgspec.Struct, frozen=True, gc=False, kw_only=True, omit_defaults=True):
    """What the host system decided about a declaration, told beside the message or later.

    Attributes:
        lane: The host's lane at selectivity.
        override: Lane an officer set instead; None if nobody did.
        override_reason: Why, in words.
        found: Whether the examination found an irregularity; None while not examined.
        offence: Offence class found; None if none or not examined.
        duty_recovered: Additional duty, as decimal text in national currency; None if not examined.
        decided: When the host decided, offset kept.
        is_random: Whether the host says that chance chose it for examination; None if it says nothing of why.
        chance: Chance (above 0, at most 1) with which it was chosen, as the host states it; None if it states none.
    """

    lane: Lane | None = None
    override: Lane | None = None
    override_reason: str | None = None
    found: bool | None = None
    offence: str | None = None
    duty_recovered: str | None = None
    decided: datetime | None = None
    is_random: bool | None = None
    chance: float | None = None


class Envelope(msgspec.Struct, frozen=True, gc=False, kw_only=True, omit_defaults=True):
    """What every door hands in: the bytes as received and what is known around them.

    Attributes:
        sender: Authenticated sender.
        actor: Key or officer that spoke for the sender.
        door: Which door it came through.
        content: The bytes as received.
        received: When the door had the last byte, UTC.
        content_type: As stated by the sender; None where the door has none.
        file_name: As stated, for people; None where the door has none.
        profile: Profile the sender asked for; None lets the reader choose.
    """

    sender: str
    actor: str
    door: Literal["api", "feeds", "workbench", "sources", "gateway"]
    content: bytes
    received: datetime
    content_type: str | None = None
    file_name: str | None = None
    profile: str | None = None


class Reading(msgspec.Struct, frozen=True, gc=False, kw_only=True, omit_defaults=True):
    """What a reader made of one message, and of further ones that came in the same bytes.

    `document`, `function` and `reference` are those of the first message alone: who means the whole file asks `readings`
    or `documents`.

    Attributes:
        standard: Name of the standard, such as `asycuda-sad`, `asycuda-awmds` or `wco-dm`; None if none was recognised.
        version: Edition or dialect as far as the message tells; None if it does not.
        profile: Profile it was judged by; None if none.
        outcome: `refused` if any finding is an error, else `accepted`.
        document: What was read; None if nothing could be.
        findings: What the checks said (0..limit).
        function: Whether it is new, changes or cancels an earlier message of the same reference.
        reference: The sender's reference that identifies the message within its standard; None if it has none.
        further: Readings of further messages that came in the same bytes, in order (0..n); what is wrong with any of
            them is among the findings of the first, and their outcome is its.
    """

    standard: str | None = None
    version: str | None = None
    profile: str | None = None
    outcome: Outcome
    document: Document | None = None
    findings: tuple[Finding, ...] = ()
    function: Function = "original"
    reference: str | None = None
    further: tuple[Reading, ...] = ()

    @property
    def readings(self) -> tuple[Reading, ...]:
        """Every message that came in the same bytes, in order (1..n): this one, then the further ones."""
        return (self, *self.further)

    @property
    def documents(self) -> tuple[Document, ...]:
        """What was read in any of them, in order (0..n)."""
        return tuple(one.document for one in self.readings if one.document is not None)


class Standing(msgspec.Struct, frozen=True, gc=False, kw_only=True, omit_defaults=True):
    """How a message stands in the book after it was taken in.

    Attributes:
        message_id: Our id of the message.
        index: Its leaf index in the log (0-based).
        version: 1 for the first message of its reference, counting up with each amendment.
        is_repeat: Whether the same content had been taken in before; id and index are then the earlier ones.
    """

    message_id: str
    index: int
    version: int = 1
    is_repeat: bool = False
