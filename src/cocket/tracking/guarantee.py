# SPDX-License-Identifier: Apache-2.0
"""Guarantees of transit: what secures which journeys, for how much, and what room is left.

A guarantee is locked by a journey at activation, released at discharge, or claimed by the office. What is locked or claimed
and not released is its exposure; a comprehensive guarantee may secure journeys up to its reference amount together, an
individual one a single journey. A waiver has a reference amount too, and no guarantor: what it would have to secure is kept
in the same way.
Source: Regulation (EU) 952/2013, articles 89–98; Implementing Regulation (EU) 2015/2447, articles 147–162 and annex 32; the
form of a GRN in the messages of NCTS (CC225C).
"""

from __future__ import annotations

import re
from datetime import date, datetime
from decimal import Decimal
from typing import Final, Literal

import msgspec

GuaranteeType = Literal["individual", "comprehensive", "waiver"]
GuaranteeState = Literal["valid", "suspended", "cancelled"]

#: Why a guarantee does not secure a journey → what is wrong, in words.
REFUSALS: Final[dict[str, str]] = {
    "unknown": "there is no guarantee {found}",
    "not-valid": "the guarantee is {found}",
    "not-yet": "the guarantee is valid from {found}",
    "expired": "the guarantee was valid until {found}",
    "currency": "the guarantee is in another currency: {found}",
    "used": "an individual guarantee secures one journey, and this one secured {found}",
    "exhausted": "the guarantee is exhausted: {found} is left",
    "twice": "the guarantee secures this journey already",
}

_GRN = re.compile(r"[0-9]{2}[A-Z]{2}[A-Z0-9]{12}[0-9](?:[A-Z][0-9]{6})?\Z")
_BLANKS = re.compile(r"[\s\-./]+")


class Usage(msgspec.Struct, frozen=True, kw_only=True):
    """What one journey takes of a guarantee.

    Attributes:
        journey: The journey.
        reference: Its declaration or manifest.
        amount: What it locks, in the guarantee's currency.
        at: When it was locked (UTC).
        by: Who activated the journey.
        override: Why it was locked although the guarantee did not allow it; "" where it did.
        claimed: What was claimed of the guarantor for it; 0 for nothing.
        why: Why it was claimed; "" where it was not.
    """

    journey: str
    reference: str
    amount: Decimal
    at: datetime
    by: str
    override: str = ""
    claimed: Decimal = Decimal(0)
    why: str = ""


class Guarantee(msgspec.Struct, frozen=True, kw_only=True):
    """A guarantee as it stands; also its sealed record.

    Attributes:
        reference: Its reference number (GRN), or what the office calls it, without blanks.
        type: `individual` for one journey, `comprehensive` for several, `waiver` where no guarantor is asked for.
        holder: The principal of the procedure: whose journeys it secures.
        guarantor: Who pays; "" for a waiver.
        reference_amount: Most that it secures at once.
        currency: ISO 4217.
        valid_from: First day.
        valid_until: Last day; None if none is set.
        state: `valid`, `suspended` or `cancelled`; what it secures stays secured.
        usages: What is locked or claimed now (0..n), oldest first. Released ones are in the log and in the two figures below.
        released: Journeys that released it (count).
        released_amount: What they had locked, together.
        reason: Why it was last suspended, restored or cancelled; "" if it never was.
    """

    reference: str
    type: GuaranteeType
    holder: str
    guarantor: str = ""
    reference_amount: Decimal
    currency: str
    valid_from: date
    valid_until: date | None = None
    state: GuaranteeState = "valid"
    usages: tuple[Usage, ...] = ()
    released: int = 0
    released_amount: Decimal = Decimal(0)
    reason: str = ""

    @property
    def exposure(self) -> Decimal:
        """What is locked or claimed."""
        return sum((max(one.amount, one.claimed) for one in self.usages), Decimal(0))

    @property
    def left(self) -> Decimal:
        """What more it can secure; negative where an override went beyond."""
        return self.reference_amount - self.exposure


def grn_key(text: str) -> str:
    """A guarantee's number as it is kept: capitals, without blanks and dashes."""
    return _BLANKS.sub("", text).upper()


def is_grn(text: str) -> bool:
    """Whether a number has the form of a GRN of NCTS, 17 characters or 24; others may have forms of their own."""
    return _GRN.match(text) is not None


def refusal(guarantee: Guarantee, usage: Usage, day: date) -> tuple[str, str] | None:
    """Why a guarantee does not secure a journey, as a key of `REFUSALS` and what was found; None if it does."""
    if any(one.journey == usage.journey for one in guarantee.usages):
        return "twice", usage.reference
    if guarantee.state != "valid":
        return "not-valid", guarantee.state
    if day < guarantee.valid_from:
        return "not-yet", guarantee.valid_from.isoformat()
    if guarantee.valid_until is not None and day > guarantee.valid_until:
        return "expired", guarantee.valid_until.isoformat()
    if guarantee.type == "individual" and (guarantee.usages or guarantee.released):
        return "used", guarantee.usages[0].reference if guarantee.usages else "another"
    if usage.amount > guarantee.left:
        return "exhausted", f"{guarantee.left:f} {guarantee.currency}"
    return None


def locked(guarantee: Guarantee, usage: Usage) -> Guarantee:
    """A guarantee that secures one more journey."""
    return msgspec.structs.replace(guarantee, usages=(*guarantee.usages, usage))


def released(guarantee: Guarantee, journey: str) -> Guarantee:
    """A guarantee whose journey was discharged; what was claimed for it stays, and one without that journey is as before."""
    gone = [one for one in guarantee.usages if one.journey == journey and not one.claimed]
    return msgspec.structs.replace(
        guarantee,
        usages=tuple(one for one in guarantee.usages if one not in gone),
        released=guarantee.released + len(gone),
        released_amount=guarantee.released_amount + sum((one.amount for one in gone), Decimal(0)),
    )


def claimed(guarantee: Guarantee, journey: str, amount: Decimal, why: str) -> Guarantee:
    """A guarantee of which an amount is claimed for a journey that it secures."""
    return msgspec.structs.replace(
        guarantee,
        usages=tuple(
            msgspec.structs.replace(one, claimed=amount, why=why) if one.journey == journey else one
            for one in guarantee.usages
        ),
    )
