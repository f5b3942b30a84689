# SPDX-License-Identifier: Apache-2.0
"""Where a title stands: who holds it, who benefits, who is nominated, and whether it is still in force at all.

The state follows from events and from nothing else. A chain's logs and a registrar's book give the same events, so one
fold serves both. Addresses on a chain and keys at a registrar are both just names of parties here.
Source: TradeTrust Token Registry 5.x, ITitleEscrow (events) and TitleEscrow (what they do).
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Literal

import msgspec

from cocket.errors import ProofError

#: `surrendered`: given back to the issuer, who may burn or restore it. `burned`: never in force again.
Standing = Literal["unissued", "in-force", "surrendered", "burned"]

EventKind = Literal[
    "TokenReceived",
    "Nomination",
    "BeneficiaryTransfer",
    "HolderTransfer",
    "ReturnToIssuer",
    "Shred",
    "RejectTransferOwners",
    "RejectTransferBeneficiary",
    "RejectTransferHolder",
]


class TitleEvent(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True, forbid_unknown_fields=True):
    """One thing that happened to a title. Each is a record of its own in the log.

    Attributes:
        kind: Name of the event, as TradeTrust's contracts call it.
        is_minting: Whether a `TokenReceived` issued the title; False restored it, None for other events.
        from_beneficiary: Who benefited before; None where the event does not say, or nobody did.
        to_beneficiary: Who benefits now; None as above.
        from_holder: Who held before; None as above.
        to_holder: Who holds now; None as above.
        from_nominee: Who was nominated before; None as above.
        to_nominee: Who is nominated now; None withdraws a nomination.
        caller: Who gave the title back; None for other events.
        remark: What the parties wrote beside it, usually encrypted; None if nothing.
    """

    kind: EventKind
    is_minting: bool | None = None
    from_beneficiary: str | None = None
    to_beneficiary: str | None = None
    from_holder: str | None = None
    to_holder: str | None = None
    from_nominee: str | None = None
    to_nominee: str | None = None
    caller: str | None = None
    remark: bytes | None = None


class Title(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Where a title stands.

    Attributes:
        standing: Whether it is in force.
        beneficiary: Who has the rights; None before issue and after burning. While surrendered, who had them last.
        holder: Who controls it, alone; None and last as above.
        nominee: Whom the beneficiary wants as the next one; None if nobody.
        previous_beneficiary: Who gets the rights back if the last transfer is rejected; None if it no longer can be, or
            only events are known, which do not tell.
        previous_holder: Who gets control back if the last transfer is rejected; None as above.
        times_restored: How often it was surrendered and then restored (count).
    """

    standing: Standing = "unissued"
    beneficiary: str | None = None
    holder: str | None = None
    nominee: str | None = None
    previous_beneficiary: str | None = None
    previous_holder: str | None = None
    times_restored: int = 0

    @property
    def controller(self) -> str | None:
        """Who can exercise control now: the holder while in force, else nobody among the parties."""
        return self.holder if self.standing == "in-force" else None

    @property
    def as_events_tell(self) -> Title:
        """The same without what events alone do not tell, to compare both ways of knowing."""
        return msgspec.structs.replace(self, previous_beneficiary=None, previous_holder=None)


def title_of(events: Iterable[TitleEvent]) -> Title:
    """Where a title stands after all its events, in order.

    Raises:
        ProofError: The events contradict each other, so some are missing or out of order.
    """
    title = Title()
    for event in events:
        title = after(title, event)
    return title


def after(title: Title, event: TitleEvent) -> Title:
    """Where a title stands after one more event.

    Raises:
        ProofError: The event says that it follows another state than this one.
    """
    _check_follows(title, event)
    changed = msgspec.structs.replace
    match event.kind:
        case "TokenReceived":
            restored = title.times_restored + (event.is_minting is False)
            return changed(
                title,
                standing="in-force",
                beneficiary=event.to_beneficiary,
                holder=event.to_holder,
                times_restored=restored,
            )
        case "Nomination":
            return changed(title, nominee=event.to_nominee)
        case "BeneficiaryTransfer":
            return changed(title, beneficiary=event.to_beneficiary)
        case "HolderTransfer":
            return changed(title, holder=event.to_holder)
        case "ReturnToIssuer":
            return changed(title, standing="surrendered")
        case "Shred":
            return changed(title, standing="burned", beneficiary=None, holder=None, nominee=None)
    return title


def _check_follows(title: Title, event: TitleEvent) -> None:
    """An event names the party it takes something from; that must be the one who had it."""
    expected: str | None
    if event.kind == "Nomination":
        expected, found = title.nominee, event.from_nominee
    elif event.kind == "BeneficiaryTransfer":
        expected, found = title.beneficiary, event.from_beneficiary
    elif event.kind == "HolderTransfer":
        expected, found = title.holder, event.from_holder
    elif event.kind == "TokenReceived":
        expected, found = ("unissued" if event.is_minting else "surrendered"), title.standing
    elif event.kind == "ReturnToIssuer":
        expected, found = "in-force", title.standing
    elif event.kind == "Shred":
        expected, found = "surrendered", title.standing
    else:
        return
    if expected != found:
        raise ProofError(
            f"The events of the title are inconsistent: {event.kind} does not follow what came before.",
            code="title-events",
            expected=expected,
            found=found,
        )
